"""Every page's cells and sentences on altered data, in forks of one process.

Run as a program in a copy of the project: it reads alterations as JSON from its input, each a name
and the new texts of some files, and writes what went wrong with each, by its name. With the name of
a page as its argument it writes what that page shows.
"""

import ast
import json
import os
import re
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(?::[^\n]*\n)*(.*?)^```$", re.M | re.S)
GLUED = re.compile(r"\{glue:text\}`(\w+)`")
RESULT = re.compile(r"\{result\}`([^` ]+) ?([^`]*)`")


def main() -> None:
    """Try every alteration of the input, each in a fork that has read nothing yet."""
    root = Path.cwd()
    for alteration in json.load(sys.stdin):
        before = {name: (root / name).read_text(encoding="utf-8") for name in alteration["files"]}
        for name, text in alteration["files"].items():
            (root / name).write_text(text, encoding="utf-8")
        wrong = forked(root)
        for name, text in before.items():
            (root / name).write_text(text, encoding="utf-8")
        print(json.dumps({alteration["name"]: wrong}), flush=True)


def forked(root: Path) -> list[str]:
    """What goes wrong with the pages and the commands, as found by a process of their own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as out:
            try:
                with redirect_stdout(StringIO()):
                    found = [*pages(root), *commands()]
            except BaseException:  # whatever it is, it is what went wrong
                found = [traceback.format_exc()]
            json.dump(found, out)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else ["the process ended"]


def pages(root: Path) -> Iterator[str]:
    """What goes wrong when the cells and the sentences of every page are read."""
    from analysis.review import quote

    for path in sorted((root / "book").glob("*.md")):
        text, known = path.read_text(encoding="utf-8"), dict[str, Any]()
        said = glued()
        for number, cell in enumerate(CELL.findall(text), 1):
            try:
                shown(cell, known)
            except Exception as error:
                where = traceback.extract_tb(error.__traceback__)[-1]
                place = f"{Path(where.filename).name}:{where.lineno}"
                yield f"{path.stem} cell {number}: {type(error).__name__}: {error} ({place})"
                break
        else:
            yield from (
                f"{path.stem}: {name} is {said.get(name)!r}"
                for name in GLUED.findall(text)
                if not str(said.get(name, "")).strip()
            )
        for identifier, part in RESULT.findall(text):
            try:
                quote(identifier, part)
            except ValueError as error:
                yield f"{path.stem}: result {identifier} {part}: {error}"


def glued() -> dict[str, str]:
    """What a page says from now on to its sentences, by name."""
    said: dict[str, str] = {}

    def glue(name: str, value: str, display: bool) -> None:
        said[name] = value

    sys.modules["myst_nb"] = cast(ModuleType, SimpleNamespace(glue=glue))
    return said


def outputs(page: Path) -> list[str]:
    """What the cells of a page show, and say to its sentences."""
    said, known = glued(), dict[str, Any]()
    with redirect_stdout(StringIO()):
        found = [shown(cell, known) for cell in CELL.findall(page.read_text(encoding="utf-8"))]
    return [*found, *(f"{name}: {text}" for name, text in said.items())]


def shown(cell: str, known: dict[str, Any]) -> str:
    """Execute a cell, and draw what its last line shows."""
    tree = ast.parse(cell)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), known)
    if isinstance(last, ast.Expr):
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), known)
        if hasattr(value, "_repr_mimebundle_"):
            return str(value._repr_mimebundle_())
    return ""


def commands() -> Iterator[str]:
    """What goes wrong with the document of all results, and with the ledger in lines."""
    from analysis import __main__, results, tables

    attempts: dict[str, Callable[[], object]] = {
        "results": results.text,
        **{
            f"audit {chapter}": partial(deque, __main__._ledger_lines(chapter))
            for chapter in tables.chapters()
        },
    }
    for name, attempt in attempts.items():
        try:
            attempt()
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(where.filename).name}:{where.lineno}"
            yield f"{name}: {type(error).__name__}: {error} ({place})"


def warmed() -> tuple[ModuleType, ...]:
    """Import what the pages import, so that no fork has to, and search for witnesses less long."""
    from analysis import charts, exhibits, figures, results, review, verdicts
    from analysis.charts import svg
    from analysis.downloads import package
    from analysis.evidence import synthesis
    from analysis.versions import history

    verdicts.SEARCHES = 1
    return charts, exhibits, figures, results, review, svg, package, synthesis, history


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    if sys.argv[1:]:
        print(json.dumps(outputs(Path("book", f"{sys.argv[1]}.md"))))
    else:
        warmed()
        main()
