"""How long the book takes to build, beside Jupyter Book's own defaults, in one run.

Prints medians and their ratios, and writes them as JSON: a build from nothing, one after a study
was added, and one without any change; then how a build from nothing grows with the number of
chapters and of studies. Run it as `python -m book.bench`; `make bench` does.
"""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import yaml

from book.copies import Row, build, copy_project, edit, write

LIKE = "spinal-cord-injury"
"""The chapter that is multiplied: it has the data of its studies."""

UNRESTORED = {"restored": "", "confirmed_by": ""}
"""The cells of a study's row of which no character was restored."""

LEFT_OUT = (
    *("findings", "cautions", "flow", "lists", "methods", "questions", "certainty", "pools"),
    *("reported", "contradictions", "corrections", "retired"),
)


def main() -> int:
    """Measure, print, and write `_build/bench.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--chapters", type=int, nargs="*", default=[6, 12, 24])
    parser.add_argument("--studies", type=int, nargs="*", default=[20, 200, 2000])
    chosen = parser.parse_args()
    found: dict[str, dict[str, float]] = {"book": {}, "defaults": {}, "chapters": {}, "studies": {}}
    times: dict[tuple[str, str], list[float]] = {}
    for _ in range(chosen.repeats):  # side by side, so that a busy moment meets both
        for kind in ("book", "defaults"):
            with copied() as root:
                if kind == "defaults":
                    without_extensions(root)
                for state, prepare in STATES.items():
                    prepare(root)
                    # The defaults don't notice changed data: they have to execute everything.
                    again = kind == "defaults" and state == "one study added"
                    times.setdefault((kind, state), []).append(timed(root, fresh=again))
    for (kind, state), measured in times.items():
        found[kind][state] = median(measured)
    for state in STATES:
        ratio = found["book"][state] / found["defaults"][state]
        print(f"{state:>16}: {found['book'][state]:6.1f} s, defaults", end=" ")
        print(f"{found['defaults'][state]:6.1f} s, ratio {ratio:.2f}")
    for n in chosen.chapters:
        with copied() as root:
            add_chapters(root, n)
            found["chapters"][str(n)] = timed(root)
        print(f"{n:>5} chapters: {found['chapters'][str(n)]:6.1f} s")
    for n in chosen.studies:
        with copied() as root:
            add_studies(root, n)
            found["studies"][str(n)] = timed(root)
        print(f"{n:>5} studies in one chapter: {found['studies'][str(n)]:6.1f} s")
    target = Path("_build") / "bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


@contextmanager
def copied() -> Iterator[Path]:
    """A copy of the project in a folder of its own."""
    with TemporaryDirectory() as folder:
        yield copy_project(Path(folder) / "book")


def timed(root: Path, fresh: bool = False) -> float:
    """Build a copy, from nothing if `fresh`, and return the seconds that it took.

    Raises CalledProcessError if the build fails.
    """
    if fresh:
        shutil.rmtree(root / "_build", ignore_errors=True)
    start = time.perf_counter()
    build(root)
    return time.perf_counter() - start


def without_extensions(root: Path) -> None:
    """Leave the configuration of the copy as Jupyter Book has it by itself."""
    path = root / "_config.yml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    del config["sphinx"]
    path.write_text(yaml.safe_dump(config), encoding="utf-8")


def add_study(root: Path) -> None:
    """Add a study to a chapter, as a maintainer does."""
    add_studies(root, 1)


def add_studies(root: Path, n: int) -> None:
    """Add `n` studies to a chapter, each like one that is there."""

    def add(rows: list[Row]) -> None:
        like = next(row for row in rows if row["outcome"] == "bbb-last")
        new = {"in_review": "no", **UNRESTORED}
        rows += [like | new | {"study": f"Newcomer {place}"} for place in range(n)]

    edit(root / "data" / LIKE / "studies.csv", add)


def add_chapters(root: Path, total: int) -> None:
    """Multiply one chapter until the book has `total` of them."""
    template = (root / "book" / "_templates" / "chapter.md").read_text(encoding="utf-8")
    contents = (root / "_toc.yml").read_text(encoding="utf-8")
    line = "      - file: book/umbrella\n"
    for place in range(total - len(list((root / "data").glob("*/review.yml")))):
        name = f"copy-{place}"
        folder = root / "data" / name
        shutil.copytree(root / "data" / LIKE, folder)
        for table in LEFT_OUT:
            (folder / f"{table}.csv").unlink(missing_ok=True)
        for path in folder.iterdir():
            text = path.read_text(encoding="utf-8").replace(LIKE, name)
            path.write_text(text, encoding="utf-8")
        review = yaml.safe_load((folder / "review.yml").read_text(encoding="utf-8"))
        review.pop("doses", None)
        review["title"] = name
        (folder / "review.yml").write_text(yaml.safe_dump(review), encoding="utf-8")
        edit(folder / "studies.csv", blank_restorations)
        write_reported(folder / "reported.csv", name)
        words = {"CHAPTER": name, "TITLE": name, "SOURCE": "mou2025", "OUTCOME": "bbb-last"}
        page = template
        for word, value in words.items():
            page = page.replace(word, value)
        (root / "book" / f"{name}.md").write_text(page, encoding="utf-8")
        contents = contents.replace(line, f"{line}      - file: book/{name}\n")
    (root / "_toc.yml").write_text(contents, encoding="utf-8")


def blank_restorations(rows: list[Row]) -> None:
    """Let no character of the studies be a restored one: no other table confirms it."""
    for row in rows:
        row |= UNRESTORED


def write_reported(path: Path, chapter: str) -> None:
    """Write a ledger of one number, the count of the studies."""
    cells = {
        "id": f"{chapter}.bbb-last.n",
        "location": "Figure 2",
        "label": "Studies",
        "kind": "count",
        "unit": "studies",
        "qualifier": "",
        "value": "21",
        **dict.fromkeys(("lower", "upper"), ""),
        "transcription": "verbatim",
        "restoration": "",
        "recompute": "count(studies, outcome='bbb-last')",
        **dict.fromkeys(("not_recomputable", "not_recomputable_kind"), ""),
        **dict.fromkeys(("severity", "explanation"), ""),
        "checked": "no",
    }
    write(path, [cells])


STATES: dict[str, Callable[[Path], None]] = {
    "from nothing": lambda root: None,
    "one study added": add_study,
    "unchanged": lambda root: None,
}


if __name__ == "__main__":
    sys.exit(main())
