"""A site is exchanged as a whole, and builds wait for each other."""

import ctypes
import errno
import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace

import psutil
import pytest

from book import inputs, publish
from book.publish import exchange

ROOT = Path(__file__).parents[1]


def site(folder: Path, name: str) -> Path:
    """A site whose every page tells which one it is."""
    made = folder / name
    (made / "book").mkdir(parents=True)
    for page in ("index.html", "book/a.html", "book/b.html"):
        (made / page).write_text(name, encoding="utf-8")
    return made


def told(folder: Path) -> set[str]:
    return {path.read_text(encoding="utf-8") for path in folder.rglob("*.html")}


def test_first_site_is_put_in_its_place(tmp_path: Path) -> None:
    exchange(site(tmp_path, "new"), tmp_path / "html")
    assert told(tmp_path / "html") == {"new"}


@pytest.mark.parametrize("system", ["this one", "one that can't exchange", "one without a call"])
def test_new_site_takes_the_place_of_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    if system != "this one":

        def refuse(*_: object) -> int:
            ctypes.set_errno(22)
            return -1

        calls = {"renameat2": refuse} if "exchange" in system else {}
        monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: SimpleNamespace(**calls))
    old = site(tmp_path, "old")
    new = site(tmp_path, "new")
    exchange(new, old)
    assert (told(old), told(new)) == ({"new"}, {"old"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "old"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs renameat2")
def test_at_every_moment_there_is_a_whole_site(tmp_path: Path) -> None:
    published, other = site(tmp_path, "published"), site(tmp_path, "other")
    stop = Event()
    seen: list[str] = []

    def look() -> None:
        while not stop.is_set():
            seen.append((published / "book" / "a.html").read_text(encoding="utf-8"))

    reader = Thread(target=look)
    reader.start()
    end = time.monotonic() + 20
    while (len(seen) < 300 or len(set(seen)) < 2) and reader.is_alive() and time.monotonic() < end:
        exchange(other, published)
    alive = reader.is_alive()  # a page that is missing would have ended it
    stop.set()
    reader.join()
    assert alive
    assert set(seen) == {"published", "other"}


def test_missing_site_is_no_site(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        exchange(tmp_path / "none", site(tmp_path, "old"))
    assert told(tmp_path / "old") == {"old"}


def test_linked_site_is_written_where_it_leads(tmp_path: Path) -> None:
    old = site(tmp_path / "volume", "old")
    link = tmp_path / "html"
    link.symlink_to(old)
    for name in ("new", "newest"):
        publish.put(site(tmp_path, name), link)
        assert link.is_symlink()
        assert told(old) == told(link) == {name}
    assert sorted(path.name for path in (tmp_path / "volume").iterdir()) == ["old"]


@pytest.mark.parametrize("code", [errno.EBUSY, errno.EXDEV])
def test_site_that_can_t_be_renamed_is_written_file_by_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, "mounted")

    monkeypatch.setattr(publish, "exchange", refuse)
    old = site(tmp_path, "old")
    (old / "stray" / "deep").mkdir(parents=True)
    (old / "stray" / "deep" / "page.html").write_text("old", encoding="utf-8")
    new = site(tmp_path, "new")
    publish.put(new, old)
    assert inputs.digest(old) == inputs.digest(new)
    assert not (old / "stray").exists()


def test_file_in_the_place_of_the_site_is_refused(tmp_path: Path) -> None:
    (tmp_path / "html").write_text("a file", encoding="utf-8")
    with pytest.raises(NotADirectoryError, match="html"):
        publish.put(site(tmp_path, "new"), tmp_path / "html")
    assert (tmp_path / "html").read_text(encoding="utf-8") == "a file"


JUPYTER_BOOK = """#!/bin/sh
# jupyter-book build COPY --path-output WORK
home="$4/../.."
echo begin >> "$home/log"
. "$home/does"
mkdir -p "$4/_build/html"
cat "$2/_config.yml" > "$4/_build/html/page.html"
echo end >> "$home/log"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one file, and a command in the place of Jupyter Book that copies it."""
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    fake = bin_folder / "jupyter-book"
    fake.write_text(JUPYTER_BOOK, encoding="utf-8")
    fake.chmod(0o755)
    (tmp_path / "_config.yml").write_text("one", encoding="utf-8")
    (tmp_path / "does").write_text("", encoding="utf-8")
    return tmp_path


def start(project: Path, *arguments: str) -> subprocess.Popen[str]:
    """Run `python -m book.publish` in a project, with its own command for Jupyter Book."""
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        f"from book import publish; publish.program = {str(project / 'bin') + '/'!r}.__add__\n"
        "publish._faults = lambda _: []  # the one file is no configuration\n"
        f"sys.exit(publish.main({list(arguments)!r}))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


def run(project: Path, *arguments: str) -> tuple[int, str]:
    process = start(project, *arguments)
    output, _ = process.communicate(timeout=60)
    return process.returncode, output


def log(project: Path) -> list[str]:
    path = project / "log"
    return path.read_text(encoding="utf-8").split() if path.exists() else []


def test_site_is_built_again_when_a_file_or_the_site_has_other_bytes_and_else_not(
    project: Path,
) -> None:
    source, page = project / "_config.yml", project / "_build" / "html" / "page.html"
    assert run(project)[0] == 0
    assert "Nothing has changed" in run(project)[1]
    assert log(project) == ["begin", "end"]
    source.write_text("two", encoding="utf-8")
    os.utime(source, (1e9, 1e9))  # of 2001
    assert run(project)[0] == 0
    assert page.read_text(encoding="utf-8") == "two"
    for stray in (page, page.with_name("stray.html")):
        stray.write_text("by another program", encoding="utf-8")
        assert run(project)[0] == 0
        assert told(page.parent) == {"two"}
    page.unlink()
    assert run(project)[0] == 0
    assert log(project) == ["begin", "end"] * 5
    assert run(project, "--all")[0] == 0
    assert log(project) == ["begin", "end"] * 6


def test_build_that_changes_what_it_reads_publishes_nothing(project: Path) -> None:
    (project / "does").write_text('echo more >> "$2/_config.yml"\n', encoding="utf-8")
    status, output = run(project)
    assert status == 1
    assert "a page has changed what the build reads" in output
    assert not (project / "_build" / "html").exists()


def test_failed_build_publishes_nothing(project: Path) -> None:
    run(project)
    (project / "_config.yml").write_text("two", encoding="utf-8")
    (project / "does").write_text("exit 3\n", encoding="utf-8")
    assert run(project)[0] == 3
    assert told(project / "_build" / "html") == {"one"}


def test_what_can_t_be_read_is_named_in_a_line(project: Path) -> None:
    os.mkfifo(project / "LICENSE")
    status, output = run(project)
    assert (status, log(project)) == (1, [])
    assert output == "Nothing was published: LICENSE must be a file or a folder\n"


def test_too_few_open_files_are_named_in_a_line(project: Path) -> None:
    command = f"ulimit -n 64; exec {sys.executable} -m book.publish"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["sh", "-c", command], cwd=project, env=env, capture_output=True, encoding="utf-8"
    )
    assert (done.returncode, log(project)) == (1, [])
    assert done.stderr == (
        "Nothing was published: a build opens 256 files at once, and 64 are allowed (ulimit -n)\n"
    )


def test_builds_started_together_run_one_after_the_other(project: Path) -> None:
    (project / "does").write_text("sleep 0.6\n", encoding="utf-8")
    first = start(project)
    while log(project) != ["begin"]:
        time.sleep(0.02)
    (project / "_config.yml").write_text("two", encoding="utf-8")
    second = start(project)
    outputs = [process.communicate(timeout=60)[0] for process in (first, second)]
    assert [process.returncode for process in (first, second)] == [0, 0]
    assert "Another build is running" in outputs[1]
    assert log(project) == ["begin", "end"] * 2
    assert told(project / "_build" / "html") == {"two"}


@pytest.mark.skipif(sys.platform != "linux", reason="needs prctl")
def test_what_a_killed_build_has_started_ends_with_it(project: Path) -> None:
    (project / "does").write_text('echo $$ > "$home/number"; exec sleep 60\n', encoding="utf-8")
    process = start(project)
    number = project / "number"
    while not (number.exists() and number.read_text()):
        time.sleep(0.02)
    process.kill()
    process.communicate(timeout=60)
    psutil.wait_procs([psutil.Process(int(number.read_text()))], timeout=10)
    assert not psutil.pid_exists(int(number.read_text()))
    (project / "does").write_text("", encoding="utf-8")
    assert run(project)[0] == 0
    assert told(project / "_build" / "html") == {"one"}
