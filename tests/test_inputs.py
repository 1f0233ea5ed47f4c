"""A build reads a copy of all that it is made from, and knows it by its content."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from book import inputs

FILES = {
    "_config.yml": "title: T\n",
    "data/a/studies.csv": "study\n",
    "analysis/__init__.py": "",
    "analysis/one.py": "X = 1\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project of three files."""
    for name, text in FILES.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "project"


def copied(copy: Path) -> dict[str, str]:
    """The files of a copy, without its manifest and what Python has compiled."""
    return {
        path.relative_to(copy).as_posix(): path.read_text(encoding="utf-8")
        for path in copy.rglob("*")
        if path.is_file() and path.suffix != ".pyc" and path.name != inputs.MANIFEST
    }


def test_no_copy_takes_the_place_of_the_project(root, monkeypatch):
    (root / "tests").mkdir()
    monkeypatch.chdir(root)
    for copy in (root, root.parent, Path()):
        with pytest.raises(ValueError, match="holds the project itself"):
            inputs.take(root, copy)
    assert (root / "tests").is_dir()


def test_copy_has_the_files_and_the_manifest_says_which(root: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    manifest = json.loads(inputs.take(root, copy))
    assert copied(copy) == FILES
    assert sorted(manifest["files"]) == sorted(FILES)
    assert manifest["packages"]["jupyter-book"] == "1.0.4.post1"
    assert manifest["python"] == sys.version.split()[0]
    assert inputs.manifest_of(copy) == inputs.manifest_of(root) == inputs.take(root, copy)


def test_copy_follows_the_files_whatever_their_dates(root: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    before = inputs.take(root, copy)
    path = root / "data" / "a" / "studies.csv"
    about = path.stat()
    path.write_text("other\n", encoding="utf-8")
    os.utime(path, (about.st_atime, about.st_mtime))
    (root / "_config.yml").unlink()
    (root / "data" / "b").mkdir()
    (root / "data" / "b" / "studies.csv").write_text("b\n", encoding="utf-8")
    assert inputs.take(root, copy) != before
    assert copied(copy) == {
        "analysis/__init__.py": "",
        "analysis/one.py": "X = 1\n",
        "data/a/studies.csv": "other\n",
        "data/b/studies.csv": "b\n",
    }


def test_what_has_become_of_the_copy_is_mended(root: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    inputs.take(root, copy)
    (copy / "_config.yml").write_text("title: U\n", encoding="utf-8")
    (copy / "data" / "stray.csv").write_text("stray\n", encoding="utf-8")
    (copy / "data" / "empty" / "folder").mkdir(parents=True)
    inputs.take(root, copy)
    assert copied(copy) == FILES
    assert not (copy / "data" / "empty").exists()


def test_changed_module_of_the_same_size_and_date_is_the_one_that_runs(
    root: Path, tmp_path: Path
) -> None:
    copy, shown = tmp_path / "copy", []
    for text in ("X = 1\n", "X = 2\n"):
        (root / "analysis" / "one.py").write_text(text, encoding="utf-8")
        inputs.take(root, copy)
        os.utime(copy / "analysis" / "one.py", (1e9, 1e9))
        env = {**os.environ, "PYTHONPATH": str(copy)}
        command = [sys.executable, "-c", "from analysis import one; print(one.X)"]
        shown.append(subprocess.check_output(command, cwd=copy, text=True, env=env).strip())
    assert shown == ["1", "2"]


def test_what_programs_leave_is_no_input(root: Path) -> None:
    before = inputs.manifest_of(root)
    for name in (".~lock.studies.csv#", "~$studies.xlsx", ".DS_Store", "._studies.csv"):
        (root / "data" / "a" / name).write_text("somebody", encoding="utf-8")
    (root / "analysis" / "__pycache__").mkdir()
    (root / "analysis" / "__pycache__" / "one.pyc").write_bytes(b"")
    assert inputs.manifest_of(root) == before


def test_links_are_followed_and_end(root: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_text("linked\n", encoding="utf-8")
    (root / "data" / "a" / "linked.csv").symlink_to(elsewhere)
    (root / "data" / "a" / "loop").symlink_to(root / "data")
    inputs.take(root, tmp_path / "copy")
    assert copied(tmp_path / "copy") == {**FILES, "data/a/linked.csv": "linked\n"}


@pytest.mark.parametrize("kind", ["pipe", "broken link"])
def test_what_is_no_file_is_named(root: Path, tmp_path: Path, kind: str) -> None:
    path = root / "data" / "a" / "reported.csv"
    os.mkfifo(path) if kind == "pipe" else path.symlink_to(tmp_path / "nothing")
    with pytest.raises(ValueError, match=r"^data/a/reported\.csv must be a file or a folder$"):
        inputs.take(root, tmp_path / "copy")


def test_files_that_change_while_they_are_read_are_read_again(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states: Iterator[dict[str, bytes]] = iter(
        [{"a": b"old", "b": b"old"}, {"a": b"new", "b": b"old"}, *[{"a": b"new", "b": b"new"}] * 2]
    )
    monkeypatch.setattr(inputs, "_read", lambda _: next(states))
    inputs.take(root, tmp_path / "copy")
    assert copied(tmp_path / "copy") == {"a": "new", "b": "new"}


def test_files_that_never_rest_are_refused(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "_read", lambda _: {"a": os.urandom(8)})
    with pytest.raises(ValueError, match="change faster than they can be read"):
        inputs.take(root, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
