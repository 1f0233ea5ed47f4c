"""What each public function of the statistics is compared with, as proofs.yml says."""

from dataclasses import dataclass
from pathlib import Path

from analysis import yaml_files

FILE = Path(__file__).with_name("proofs.yml")


@dataclass(frozen=True)
class Proof:
    """The test that compares a function, named by its module, with values of another program.

    `compared_with` is that program's call; `section` is where its values are in tests/reference.
    """

    function: str
    compared_with: str
    section: str
    test: str


def proofs() -> tuple[Proof, ...]:
    """Every function that is compared, in the order of the file."""
    return tuple(
        Proof(str(function), str(each["with"]), str(each["section"]), str(each["test"]))
        for function, each in yaml_files.read(FILE, FILE.name).content.items()
    )
