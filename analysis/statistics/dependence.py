"""Which effects depend on each other, because they share animals, and how their errors covary."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.arrays import (
    NOISE,
    FloatArray,
    at_least,
    effects,
    labelled,
    one_length,
    positive,
    unlabelled,
)


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
    its place. Raises ValueError for lengths that differ, and for an effect without a study.
    """
    arms = [None] * len(names) if control is None else list(control)
    for argument, labels in (("study", study), ("control", arms)):
        if len(labels) != len(names):
            raise ValueError(
                f"{argument} and names must have the same length, "
                f"got {len(labels)} and {len(names)}"
            )
    labelled("study", study, len(names))
    return tuple(
        Dependence(names[i], names[j], "control arm" if _alike(arms[i], arms[j]) else "study")
        for i, j in combinations(range(len(names)), 2)
        if study[i] == study[j]
    )


def correlated_errors(vi: ArrayLike, cluster: Sequence[Hashable], rho: float) -> FloatArray:
    """Covariance (k, k) of sampling errors that correlate by `rho` within a cluster.

    `vi` are the sampling variances (k,), and `cluster` names that of each effect; None is a
    cluster of one. `rho` is an assumption, to be varied. Raises ValueError for lengths that don't
    fit, and a correlation that the largest cluster can't have. Source: Hedges, Tipton and Johnson
    2010, Res Synth Methods 1:39-65; as metafor's `vcalc()` with `rho`.
    """
    v = np.atleast_1d(positive("vi", vi))
    same = _shared("cluster", cluster, v.size)
    least = -1 / max(int(same.sum(-1).max()) - 1, 1)
    if not least < rho < 1:
        raise ValueError(f"rho must lie between {least:.3g} and 1, got {rho}")
    return _covariance(v, same, rho * np.sqrt(np.outer(v, v)))


def shared_control_errors(
    vi: ArrayLike, control: Sequence[Hashable], control_variance: ArrayLike
) -> FloatArray:
    """Covariance (k, k) of effects, each a difference from a control that others may share.

    `vi` (k,) are the variances of the effects, `control_variance` (k,) what the control adds to
    them: sd²/n for a mean difference, sd²/(n mean²) for a ratio of means, 1/events - 1/n for a risk
    ratio, all on the scale of analysis. `control` names the control of each effect; None is shared
    with none. Raises ValueError for lengths that don't fit, variances that are not positive,
    controls of one name that differ, and a control with all the variance of an effect. Source:
    Gleser and Olkin 2009, Handbook of Research Synthesis and Meta-Analysis, 2nd edition, pages
    357-376; as metafor's `vcalc()` with `grp1` and `grp2`.
    """
    v, part = one_length(
        vi=np.atleast_1d(positive("vi", vi)),
        control_variance=positive("control_variance", control_variance),
    )
    same = _shared("control", control, v.size)
    _one_value("control_variance", part, same)
    positive("vi - control_variance", v - part)
    return _covariance(v, same, np.broadcast_to(part, same.shape))


def shared_control_smd_errors(
    yi: ArrayLike,
    vi: ArrayLike,
    control: Sequence[Hashable],
    n_treated: ArrayLike,
    n_control: ArrayLike,
) -> FloatArray:
    """Covariance (k, k) of standardized mean differences from a control that others may share.

    Arguments have the shape (k,): effects, their variances, the name of the control of each (None
    is shared with none), and the animals in each group. With N for all animals of the arms that
    share a control, the covariance is 1/n_control + yi yj/(2N). Raises ValueError for lengths that
    don't fit, groups without animals, and controls of one name that differ in their number.
    Source: Gleser and Olkin 2009, Handbook of Research Synthesis and Meta-Analysis, 2nd edition,
    pages 357-376.
    """
    y, v = effects(yi, vi)
    y, v, treated, untreated = one_length(
        yi=y,
        vi=v,
        n_treated=at_least("n_treated", n_treated, 1),
        n_control=at_least("n_control", n_control, 1),
    )
    same = _shared("control", control, y.size)
    _one_value("n_control", untreated, same)
    total = untreated + same @ treated
    return _covariance(v, same, 1 / untreated + np.outer(y, y) / (2 * total))


def _alike(a: Hashable, b: Hashable) -> bool:
    """Whether two labels are the same; one that is none is like no other."""
    return a == b and not unlabelled(a)


def _shared(name: str, labels: Sequence[Hashable], k: int) -> FloatArray:
    """Whether two effects have the same label (k, k), as 0 or 1."""
    if len(labels) != k:
        raise ValueError(f"{name} must name {k} effects, got {len(labels)}")
    same = [[_alike(a, b) for a in labels] for b in labels]
    return np.asarray(np.maximum(np.array(same, dtype=float), np.eye(k)))


def _one_value(name: str, values: FloatArray, same: FloatArray) -> None:
    differing = np.argwhere((same > 0) & (np.abs(values[:, None] - values) > NOISE * values))
    if differing.size:
        i, j = differing[0]
        raise ValueError(
            f"{name}[{i}] and {name}[{j}] must be equal, as their control is the same, "
            f"got {values[i]:g} and {values[j]:g}"
        )


def _covariance(v: FloatArray, same: FloatArray, shared: FloatArray) -> FloatArray:
    return np.asarray(np.where(np.eye(v.size) > 0, v, same * shared))
