"""A book of two small chapters, of which one reads the other's rows, with the real extensions."""

import shutil
from pathlib import Path

import yaml

from book import inputs
from book.bench import LEFT_OUT, LIKE, UNRESTORED
from book.copies import Row, edit, write

ROOT = Path(__file__).resolve().parents[2]
FIRST, SECOND = "first", "second"

PAGE = """---
description: A page of a small book.
file_format: mystnb
kernelspec:
  name: python3
  display_name: Python 3
---
# About {name}

It says {{result}}`{name}.bbb-last.living`.

```{{code-cell}} ipython3
from analysis.review import Chapter

chapter = Chapter("{name}")
chapter.every_number()
```
"""

LEDGER = """---
description: A page of a small book.
file_format: mystnb
kernelspec:
  name: python3
  display_name: Python 3
---
# Ledger

```{code-cell} ipython3
from analysis.review import all_numbers

all_numbers()
```
"""

PAGES = (SECOND, "ledger")

CONTENTS = {
    "format": "jb-book",
    "root": f"book/{FIRST}",
    "parts": [{"caption": "Pages", "chapters": [{"file": f"book/{page}"} for page in PAGES]}],
}


def small_book(root: Path) -> Path:
    """Write the book to the new folder `root`, and return that."""
    inputs.take(ROOT, root)
    (root / inputs.MANIFEST).unlink()
    for path in (root / "data").iterdir():
        if path.is_dir() and path.name != LIKE:
            shutil.rmtree(path)
    for path in (root / "book").glob("*.md"):
        path.unlink()
    (root / "book" / "ledger.md").write_text(LEDGER, encoding="utf-8")
    for name, recipe in (
        (FIRST, "count(studies, outcome='bbb-last')"),
        (SECOND, f'same(row("{FIRST}.bbb-last.n"))'),
    ):
        _chapter(root, name, recipe)
    shutil.rmtree(root / "data" / LIKE)
    (root / "_toc.yml").write_text(yaml.safe_dump(CONTENTS, sort_keys=False), encoding="utf-8")
    return root


def _chapter(root: Path, name: str, recipe: str) -> None:
    folder = root / "data" / name
    shutil.copytree(root / "data" / LIKE, folder)
    for table in LEFT_OUT:
        (folder / f"{table}.csv").unlink(missing_ok=True)
    for path in folder.iterdir():
        path.write_text(path.read_text(encoding="utf-8").replace(LIKE, name), encoding="utf-8")
    review = yaml.safe_load((folder / "review.yml").read_text(encoding="utf-8"))
    review.pop("doses", None)
    del review["outcomes"]["bbb-first"]
    review["living"] = [each for each in review["living"] if "last" in each["id"]]
    (folder / "review.yml").write_text(yaml.safe_dump(review), encoding="utf-8")

    def keep(rows: list[Row]) -> None:
        rows[:] = [row | UNRESTORED for row in rows if row["outcome"] == "bbb-last"][:4]

    edit(folder / "studies.csv", keep)
    write_number(folder / "reported.csv", name, recipe)
    (root / "book" / f"{name}.md").write_text(PAGE.format(name=name), encoding="utf-8")


def write_number(path: Path, chapter: str, recipe: str) -> None:
    """Write a ledger of one number, the count of the studies."""
    cells = {
        "id": f"{chapter}.bbb-last.n",
        "location": "Figure 2",
        "label": "Studies",
        "kind": "count",
        "unit": "studies",
        "qualifier": "",
        "value": "4",
        **dict.fromkeys(("lower", "upper"), ""),
        "transcription": "verbatim",
        "restoration": "",
        "recompute": recipe,
        **dict.fromkeys(("not_recomputable", "not_recomputable_kind"), ""),
        **dict.fromkeys(("severity", "explanation"), ""),
        "checked": "no",
    }
    write(path, [cells])
