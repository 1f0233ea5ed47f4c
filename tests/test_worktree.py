"""A release is of a commit, of another state than the last, and says what it is."""

import subprocess
from pathlib import Path

import pytest

from analysis.versions import identity, releases, worktree
from analysis.versions.releases import Version
from tests.commands import Captured, run

LAST = Version(2025, 1, 0)


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(root), *who, *arguments], check=True, capture_output=True)


def commit(root: Path, file: str, text: str) -> None:
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    git(root, "add", ".")
    git(root, "commit", "-m", "x")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project whose last commit released 2025.1.0."""
    git(tmp_path, "init")
    commit(tmp_path, "book/index.md", "A page")
    commit(tmp_path, f"data/releases/{LAST}/results.json", "{}")
    return tmp_path


def test_nothing_is_released_twice(root: Path) -> None:
    assert worktree.unready(LAST, root) == "nothing has changed since 2025.1.0"
    commit(root, "CITATION.cff", "version: 2025.1.0")  # which a release writes itself
    assert worktree.unready(LAST, root) == "nothing has changed since 2025.1.0"
    commit(root, "book/index.md", "Another page")
    assert worktree.unready(LAST, root) == ""


def test_nothing_is_released_that_no_commit_has(root: Path) -> None:
    (root / "book" / "index.md").write_text("Another page", encoding="utf-8")
    (root / "book" / "new.md").write_text("A new page", encoding="utf-8")
    assert worktree.unready(LAST, root) == (
        "2 files have changes that no commit has, first book/index.md"
    )


def test_a_first_release_needs_a_commit_alone(root: Path) -> None:
    assert worktree.unready(None, root) == ""


def test_nothing_is_released_without_git(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "data"
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert "needs git" in worktree.unready(LAST, outside)
    monkeypatch.setenv("PATH", "")
    assert "needs git" in worktree.unready(LAST, root)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "release: --note is missing: what this version is, in a few words"),
        (("--note", "a\nb"), "release: --note: must be on one line"),
        (("--note", "A search"), "release: nothing has changed since 2025.1.0"),
    ],
)
def test_release_that_is_none_is_refused_in_a_line(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str
) -> None:
    monkeypatch.setattr(identity, "check", lambda: [])
    monkeypatch.setattr(releases, "proposed", lambda: Version(2025, 2, 0))
    monkeypatch.setattr(releases, "releases", lambda: ())
    monkeypatch.setattr(worktree, "unready", lambda _: "nothing has changed since 2025.1.0")
    status, out, err = run(capsys, "release", *arguments)
    assert (status, out) == (2, "")
    assert err.startswith(says)
    assert err.count("\n") == 1
