"""A site is exchanged as a whole, and builds wait for each other."""

import ctypes
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace

import pytest

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


@pytest.mark.slow
def test_builds_started_together_run_one_after_the_other(tmp_path: Path) -> None:
    fake = tmp_path / "jupyter-book"
    fake.write_text(
        "#!/bin/sh\n"
        'echo begin >> log; sleep 0.6; mkdir -p "$4/_build/html"; echo page > "$4/_build/html/p"\n'
        "echo end >> log\n",
        encoding="utf-8",
    )
    fake.chmod(0o755)
    python = tmp_path / "python"
    python.symlink_to(sys.executable)
    code = (
        "import sys; sys.executable = sys.argv[1]\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from book import publish; sys.exit(publish.main())"
    )
    running = []
    for _ in range(2):
        running.append(
            subprocess.Popen(
                [sys.executable, "-c", code, str(python)],
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
        )
        time.sleep(0.25)
    outputs = [process.communicate(timeout=60)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert "Another build is running" in outputs[1]
    assert (tmp_path / "log").read_text().split() == ["begin", "end"] * 2
    assert (tmp_path / "_build/html/p").read_text() == "page\n"
    assert not (tmp_path / "_build/staged").exists()


def test_failed_build_publishes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from book import publish

    monkeypatch.chdir(tmp_path)
    site(tmp_path / "_build", "html")
    monkeypatch.setattr(publish, "program", lambda _: "false")
    assert publish.main() == 1
    assert told(tmp_path / "_build" / "html") == {"html"}
