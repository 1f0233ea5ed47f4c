"""Random sequences of edits, dates and commands, each site held against a build from nothing.

`python -m tests.site.sequences` walks through the whole book, the test through a small one.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from book import inputs
from book.bench import LIKE, add_study
from book.copies import Row, copy_project, edit, program

PRINTED = ("The copy that was read prints mg;", "The copy that was read has mg;")
"""Words of the ledger of the chapter that is changed in the whole book."""

OLD = 1_000_000_000  # a date of 2001, as of a file from an archive


@dataclass
class Walk:
    """A book that is changed and built, by acts in a random order."""

    root: Path
    chapter: str
    """The chapter whose data are changed."""
    printed: tuple[str, str]
    """A piece of the chapter's reported.csv, and what may stand in its place."""
    page: str
    """The page of a chapter, whose title, prose and cells are changed."""
    chance: random.Random
    elsewhere: Path
    """A folder for the builds from nothing."""
    done: list[str] = field(default_factory=list)
    builds: int = 0
    expected: dict[str, str] = field(default_factory=dict)
    """The digest of the site that each state of the files gives, by their manifest."""

    def act(self) -> None:
        """Do one act; those that end in a site compare it. Raises AssertionError with the acts."""
        acts: list[Callable[[], str]] = [
            *(self.change_a_mean, self.change_a_number),
            *(self.change_a_title, self.change_prose, self.change_a_cell),
            *(self.change_code, self.change_style, self.add_or_remove_a_page, self.move),
            *(self.write_into_the_site, self.kill, self.change_during_a_build),
            *(self.build, self.build, self.build),
        ]
        chosen = self.chance.choice(acts)
        self.done.append(f"{chosen.__name__}: {chosen()}")

    def build(self) -> str:
        """Build by one of the two commands, and compare."""
        name = self.chance.choice(["plain", "make"])
        process = self._start(name)
        output, _ = process.communicate()
        assert process.returncode == 0, self._said(output)
        self._compare([self._manifest()], name)
        return name

    def change_a_mean(self) -> str:
        """Write one of two values into the last mean of the chapter, which no release has."""
        value = self.chance.choice(["3.11", "2.53"])

        def alter(rows: list[Row]) -> None:
            rows[-1]["mean_treated"] = value

        path = self.root / "data" / self.chapter / "studies.csv"
        return f"{value} {self._dated(path, lambda: edit(path, alter))}"

    def change_a_number(self) -> str:
        """Write one of two values of a printed number that another chapter reads."""
        return self._replace(f"data/{self.chapter}/reported.csv", *self.printed)

    def change_a_title(self) -> str:
        """Give the page and its review one of two titles."""
        path = self.root / "data" / self.page / "review.yml"
        title = yaml.safe_load(path.read_text(encoding="utf-8"))["title"]
        plain = title.removesuffix(" again")
        return ", ".join(
            self._replace(name, *(f"{before}{each}\n" for each in (plain, f"{plain} again")))
            for name, before in (
                (f"data/{self.page}/review.yml", "title: "),
                (f"book/{self.page}.md", "\n# "),
            )
        )

    def change_prose(self) -> str:
        """Add a paragraph to the page, or take it away."""
        cell = "\n\n```{code-cell}"
        return self._replace(f"book/{self.page}.md", cell, f"\n\nMore prose.{cell}")

    def change_a_cell(self) -> str:
        """Give a cell of the page one more line, or take it away."""
        return self._replace(f"book/{self.page}.md", "\nchapter = ", "\nmore = 1\nchapter  = ")

    def change_code(self) -> str:
        """Let the code write another caption on the page of the ledger, or the same as before."""
        path, caption = "analysis/review.py", "Every printed number of every review"
        return self._replace(path, caption, caption.replace("every review", "all reviews"))

    def change_style(self) -> str:
        """Change a style sheet, or put it back."""
        return self._replace("book/_static/review.css", "\nhtml:root {", "\nhtml:root{")

    def add_or_remove_a_page(self) -> str:
        """Add a page to the contents, or remove it with its file."""
        path, contents = self.root / "book" / "trial.md", self.root / "_toc.yml"
        listed = yaml.safe_load(contents.read_text(encoding="utf-8"))
        pages = listed["parts"][0]["chapters"]
        if path.exists():
            path.unlink()
            pages[:] = [each for each in pages if each["file"] != "book/trial"]
        else:
            path.write_text(
                "---\ndescription: A page.\n---\n# Trial\n\nA page.\n", encoding="utf-8"
            )
            pages.append({"file": "book/trial"})
        contents.write_text(yaml.safe_dump(listed, sort_keys=False), encoding="utf-8")
        return "added" if path.exists() else "removed"

    def move(self) -> str:
        """Give the folder of the book another name."""
        other = self.root.with_name(self.chance.choice(["book", "another book"]))
        if not other.exists():
            self.root.rename(other)
            self.root = other
        return other.name

    def write_into_the_site(self) -> str:
        """Change, remove or add a file of the published site, as by a third way of writing it."""
        site = self.root / "_build" / "html"
        pages = sorted(site.glob("book/*.html"))
        if not pages:
            return "no site"
        page = self.chance.choice(pages)
        act = self.chance.choice(["changed", "removed", "added"])
        if act == "removed":
            page.unlink()
        elif act == "added":
            page.with_name("stray.html").write_text("stray", encoding="utf-8")
        else:
            about = page.stat()
            page.write_bytes(page.read_bytes().replace(b"2.", b"3.", 1))
            os.utime(page, (about.st_atime, about.st_mtime))
        return f"{act} {page.name}"

    def kill(self) -> str:
        """Begin a build, and kill the command alone, or all that it has started."""
        process = self._start(self.chance.choice(["plain", "make"]))
        seconds, whole = self.chance.uniform(0.2, 12), self.chance.random() < 0.5
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL) if whole else process.kill()
        process.communicate(timeout=60)  # nothing that has its output goes on
        return f"{'all' if whole else 'the command'} after {seconds:.1f} s"

    def change_during_a_build(self) -> str:
        """Change a mean while a build runs, and perhaps back: the site is of one of the states."""
        before = self._manifest()
        process = self._start("plain")
        time.sleep(self.chance.uniform(0.2, 8))
        said = [self.change_a_mean()]
        states = [before, self._manifest()]
        if self.chance.random() < 0.5:
            time.sleep(self.chance.uniform(0.2, 4))
            said.append(self.change_a_mean())
            states.append(self._manifest())
        output, _ = process.communicate()
        assert process.returncode == 0, self._said(output)
        self._compare(states, "a build during which " + ", ".join(said))
        return ", ".join(said)

    def _replace(self, name: str, plain: str, changed: str) -> str:
        """Put the second text in the place of the first, or the first in that of the second."""
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert plain in text or changed in text, (name, plain)
        old, new = (changed, plain) if changed in text else (plain, changed)
        dated = self._dated(path, lambda: path.write_text(text.replace(old, new, 1), "utf-8"))
        return f"{name} {dated}"

    def _dated(self, path: Path, change: Callable[[], object]) -> str:
        """Change a file, which then has the date of now, the date that it had, or an old one."""
        about = path.stat()
        change()
        date = self.chance.choice(["now", "as before", "old"])
        if date != "now":
            second = OLD if date == "old" else about.st_mtime
            os.utime(path, (second, second))
        return f"dated {date}"

    def _start(self, command: str) -> subprocess.Popen[str]:
        run = [program("jupyter-book"), "build", "."]
        if command == "make":
            run = [sys.executable, "-m", "book.publish", "--end-with-parent"]
        return subprocess.Popen(
            run,
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(self.root)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        )

    def _manifest(self) -> str:
        return inputs.manifest_of(self.root)

    def _compare(self, states: list[str], what: str) -> None:
        """Hold the site against builds from nothing of the states that it may be of."""
        self.builds += 1
        site = self.root / "_build" / "html"
        made_from = (site / inputs.MANIFEST).read_text(encoding="utf-8")
        assert made_from in states, self._said(f"{what}: made from none of the files' states")
        if made_from not in self.expected:
            if made_from != self._manifest():  # a state that has gone: the next build compares
                return
            self.expected[made_from] = inputs.digest(self._from_nothing())
        assert inputs.digest(site) == self.expected[made_from], self._said(f"{what}: another site")

    def _from_nothing(self) -> Path:
        """The site that the present files give in a new folder."""
        shutil.rmtree(self.elsewhere, ignore_errors=True)
        ignored = shutil.ignore_patterns("_build", "__pycache__")
        root = Path(shutil.copytree(self.root, self.elsewhere, ignore=ignored))
        command = [program("jupyter-book"), "build", "."]
        env = {**os.environ, "PYTHONPATH": str(root)}
        subprocess.run(command, cwd=root, env=env, check=True, capture_output=True)
        return root / "_build" / "html"

    def _said(self, what: str) -> str:
        return "\n".join([*self.done, what])


def main() -> int:
    """Walk through the whole book, and print every act."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--acts", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    chosen = parser.parse_args()
    with TemporaryDirectory() as folder:
        root = copy_project(Path(folder) / "book")
        add_study(root)
        chance = random.Random(chosen.seed)
        walk = Walk(root, LIKE, PRINTED, "osteoporosis", chance, Path(folder) / "from nothing")
        print(f"seed {chosen.seed}")
        for _ in range(chosen.acts):
            walk.act()
            print(walk.done[-1], flush=True)
        walk.build()
    print(f"{walk.builds} sites, {len(walk.expected)} states: as from nothing")
    return 0


if __name__ == "__main__":
    sys.exit(main())
