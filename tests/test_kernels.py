"""Kernels of a build are forks of one process."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

import kernels

pytestmark = pytest.mark.slow

KNOWN = "import os, sys; print(os.getppid(), 'analysis.exhibits' in sys.modules)"


@pytest.fixture(scope="module")
def forked() -> Iterator[kernels.Warm]:
    kernels.start()
    assert kernels.WarmProvisioner.warm is not None
    yield kernels.WarmProvisioner.warm
    kernels.end()


def executed(code: str) -> str:
    notebook = new_notebook(cells=[new_code_cell(code)])
    NotebookClient(notebook, kernel_name="python3").execute()
    return str(notebook.cells[0].outputs[0].text).strip()


def test_kernels_have_one_parent_and_have_imported_already(forked: kernels.Warm) -> None:
    parent, known = executed(KNOWN).split()
    assert known == "True"
    assert int(parent) != os.getpid()
    assert executed(KNOWN).split()[0] == parent


def test_kernels_are_spoken_to_through_files_and_leave_no_sockets(
    forked: kernels.Warm, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "from ipykernel.kernelapp import IPKernelApp as App; print(App.instance().transport)"
    with TemporaryDirectory() as folder:  # of a short name, as paths of sockets are bounded
        monkeypatch.setattr(tempfile, "tempdir", folder)
        assert executed(code) == "ipc"
        assert list(Path(folder).glob("kernel-*")) == []


def test_kernels_share_nothing_that_a_page_does(forked: kernels.Warm) -> None:
    assert executed("import sys; sys.seen = 1; print(sys.seen)") == "1"
    assert executed("import sys; print(hasattr(sys, 'seen'))") == "False"


def test_kernels_end_with_the_process_that_they_are_forks_of(
    forked: kernels.Warm, tmp_path: Path
) -> None:
    kernel = forked.kernel(["-f", "connection.json"], str(tmp_path))
    assert kernel.poll() is None
    kernels.end()
    kernel.wait(timeout=30)
    assert kernel.poll() == 0


def test_kernels_start_as_usual_when_there_is_nothing_to_fork() -> None:
    kernels.start()
    assert kernels.WarmProvisioner.warm is not None
    kernels.WarmProvisioner.warm.process.kill()
    kernels.WarmProvisioner.warm.process.wait()
    assert executed(KNOWN).split() == [str(os.getpid()), "False"]
    kernels.end()
