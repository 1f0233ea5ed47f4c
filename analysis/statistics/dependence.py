"""Which effects depend on each other, because they share animals."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True)
class Dependence:
    """Two effects, by name, and what they share: `study` or `control arm`."""

    first: str
    second: str
    shares: str

    def __str__(self) -> str:
        """The pair as a sentence needs it."""
        return f"{self.first} and {self.second} share their {self.shares}"


def dependent_pairs(
    names: Sequence[str], study: Sequence[Hashable], control: Sequence[Hashable] | None = None
) -> tuple[Dependence, ...]:
    """The pairs of effects that are not independent, in the order of `names`.

    `study` is the study of each effect, `control` a label of its control arm within the study,
    None where it is not known. A shared control arm says more than a shared study and is named in
    its place. Raises ValueError for lengths that differ.
    """
    arms = [None] * len(names) if control is None else list(control)
    for argument, labels in (("study", study), ("control", arms)):
        if len(labels) != len(names):
            raise ValueError(
                f"{argument} and names must have the same length, "
                f"got {len(labels)} and {len(names)}"
            )
    return tuple(
        Dependence(names[i], names[j], "control arm" if arms[i] and arms[i] == arms[j] else "study")
        for i, j in combinations(range(len(names)), 2)
        if study[i] == study[j]
    )
