"""Data to be spoilt."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis.folders import DATA
from tests.edits import (
    CHAPTER,
    COUNT,
    DATE,
    FINDINGS,
    FLOW,
    RANGE,
    REPORTED,
    REVIEW,
    STUDIES,
    table,
    write,
)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the data with fewer printed numbers: those that other files name, and a few.

    Tables that name many of them are left out, or name none.
    """
    data = Path(shutil.copytree(DATA, tmp_path_factory.mktemp("original") / "data"))
    for other in data.iterdir():
        if other.is_dir() and other.name != CHAPTER:
            shutil.rmtree(other)
    named = "".join((data / file).read_text(encoding="utf-8") for file in (STUDIES, FLOW, REVIEW))
    some = {f"{CHAPTER}.{row}" for row in (COUNT, DATE, RANGE, "bbb-last.tau2")}
    reported = table(data / REPORTED)
    write(data / REPORTED, reported[[id_ in some or id_ in named for id_ in reported["id"]]])
    write(data / FINDINGS, table(data / FINDINGS).assign(rows=""))
    for name in ("pools", "certainty", "methods", "questions", "contradictions"):
        (data / CHAPTER / f"{name}.csv").unlink()
    return data


@pytest.fixture
def data(tmp_path: Path, original: Path) -> Path:
    """A copy of the data to be spoilt."""
    return Path(shutil.copytree(original, tmp_path / "data"))


@pytest.fixture
def no_hang() -> Iterator[None]:
    """End a test that waits for a file that never ends; longer than a busy machine takes."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
