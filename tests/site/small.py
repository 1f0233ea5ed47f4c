"""A book of two small chapters, of which one reads the other's rows, with the real extensions."""

import shutil
from pathlib import Path

import yaml

from book.bench import LEFT_OUT, LIKE, UNRESTORED
from book.copies import Row, copy_project, edit, write

FIRST, SECOND = "first", "second"

HEAD = """---
description: A page of a small book.
file_format: mystnb
kernelspec:
  name: python3
  display_name: Python 3
---
"""

PAGE = """# About {name}

It says {{result}}`{name}.bbb-last.living`.

```{{code-cell}} ipython3
from analysis.review import Chapter

chapter = Chapter("{name}")
chapter.every_number()
```

```{{code-cell}} ipython3
chapter.does_not_add_up()
```
"""

LEDGER = """# Ledger

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
    copy_project(root)
    for path in (root / "data").iterdir():
        if path.is_dir() and path.name != LIKE:
            shutil.rmtree(path)
    for path in (root / "book").glob("*.md"):
        path.unlink()
    (root / "book" / "ledger.md").write_text(HEAD + LEDGER, encoding="utf-8")
    count, printed = "count(studies, outcome='bbb-last')", "a study's own figure"
    _chapter(root, FIRST, [("n", "4", count, ""), ("scale", "4.12", "", printed)])
    finding = {
        "id": f"{SECOND}.finding.scale",
        "severity": "label",
        "kind": "count",
        "claim": f'Where this paper says 4.1, the other prints {{row("{FIRST}.bbb-last.scale")}}.',
        "location": "Figure 2",
        "against": "Figure 2 of the other paper",
        "rows": f"{SECOND}.bbb-last.scale",
        "check": f'differs(row("{FIRST}.bbb-last.scale"), 4.1)',
        "checked": "held",
    }
    _chapter(root, SECOND, [("scale", "4.1", f'product(row("{FIRST}.bbb-last.scale"), 1)', "")])
    write(root / "data" / SECOND / "findings.csv", [finding])
    shutil.rmtree(root / "data" / LIKE)
    (root / "_toc.yml").write_text(yaml.safe_dump(CONTENTS, sort_keys=False), encoding="utf-8")
    return root


def _chapter(root: Path, name: str, numbers: list[tuple[str, str, str, str]]) -> None:
    """Write a chapter of four studies and some numbers: what `_number` takes after the id."""
    folder = root / "data" / name
    shutil.copytree(root / "data" / LIKE, folder)
    for table in LEFT_OUT:
        (folder / f"{table}.csv").unlink(missing_ok=True)
    for path in folder.iterdir():
        path.write_text(path.read_text(encoding="utf-8").replace(LIKE, name), encoding="utf-8")
    review = yaml.safe_load((folder / "review.yml").read_text(encoding="utf-8"))
    review["title"] = f"About {name}"
    review.pop("doses", None)
    del review["outcomes"]["bbb-first"]
    review["living"] = [each for each in review["living"] if "last" in each["id"]]
    (folder / "review.yml").write_text(yaml.safe_dump(review), encoding="utf-8")

    def keep(rows: list[Row]) -> None:
        rows[:] = [row | UNRESTORED for row in rows if row["outcome"] == "bbb-last"][:4]

    edit(folder / "studies.csv", keep)
    rows = [_number(f"{name}.bbb-last.{number[0]}", *number[1:]) for number in numbers]
    write(folder / "reported.csv", rows)
    (root / "book" / f"{name}.md").write_text(HEAD + PAGE.format(name=name), encoding="utf-8")


def _number(identifier: str, value: str, recipe: str, reason: str) -> Row:
    """A row of reported.csv: a printed number with its recipe, or why it has none."""
    return {
        "id": identifier,
        "location": "Figure 2",
        "label": "Studies",
        "kind": "count" if recipe.startswith("count") else "estimate",
        "unit": "studies" if recipe.startswith("count") else "points",
        "qualifier": "",
        "value": value,
        **dict.fromkeys(("lower", "upper"), ""),
        "transcription": "verbatim",
        "restoration": "",
        "recompute": recipe,
        "not_recomputable": reason,
        "not_recomputable_kind": "input" if reason else "",
        **dict.fromkeys(("severity", "explanation"), ""),
        "checked": "no",
    }
