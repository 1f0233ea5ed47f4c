"""Copies of the project, to be changed and built without touching the project itself."""

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from analysis.folders import DATA
from book import inputs

Row = dict[str, str]


def program(name: str) -> str:
    """A program of the environment that this one runs in."""
    return str(Path(sys.executable).with_name(name))


def copy_project(root: Path, project: Path | None = None) -> Path:
    """Copy what a build of a project reads to `root`, and return that.

    It is the project in the working folder, if none is named.
    """
    inputs.take(project or Path.cwd(), root)
    (root / inputs.MANIFEST).unlink()
    return root


def build(root: Path, **variables: str) -> Path:
    """Build a copy as `jupyter-book build .` does, and return the folder of its site.

    `variables` are further ones of its environment. Raises CalledProcessError if the build fails.
    """
    env = {**os.environ, "PYTHONPATH": str(root), **variables}
    command = [program("jupyter-book"), "build", "."]
    subprocess.run(command, cwd=root, env=env, check=True, capture_output=True)
    return root / "_build" / "html"


def copy_chapter(chapter: str, data: Path) -> Path:
    """Copy one chapter's data, and what chapters share, to the new folder `data`; return that."""
    shutil.copytree(DATA / chapter, data / chapter)
    for shared in DATA.glob("*.yml"):
        shutil.copy(shared, data)
    return data


def edit(path: Path, alter: Callable[[list[Row]], None]) -> None:
    """Let `alter` change the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    alter(rows)
    write(path, rows)


def write(path: Path, rows: list[Row]) -> None:
    """Write a CSV file whose columns are those of its first row."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
