"""Data to compute from, and data to be spoilt."""

import atexit
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

import analysis
from tests import frozen

SITE = Path(__file__).parent / "site"


def pytest_configure(config: pytest.Config) -> None:
    """Let `analysis` read the frozen data, or those of the book if its site is tested.

    It comes before the import of any module of `analysis`, whose calls have the data as a default.
    """
    named = [config.invocation_params.dir / name.partition("::")[0] for name in config.args]
    if not all(path.resolve().is_relative_to(SITE) for path in named):
        folder = Path(mkdtemp()).resolve()
        atexit.register(shutil.rmtree, folder)
        analysis.DATA = frozen.whole(folder / "data")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the data with fewer printed numbers."""
    from tests.edits import with_few_numbers  # which reads the data when it is imported

    return with_few_numbers(tmp_path_factory.mktemp("original") / "data")


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
