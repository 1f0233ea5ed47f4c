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
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from functools import partial
from hashlib import sha256
from io import StringIO
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(?::[^\n]*\n)*(.*?)^```$", re.M | re.S)
GLUED = re.compile(r"\{glue:text\}`(\w+)`")
RESULT = re.compile(r"\{result\}`([^` ]+) ?([^`]*)`")
NO_TEXT = re.compile(r"<script.*?</script>|<[^>]*>", re.S)

drawn: set[str] = set()
"""What charts that could be drawn show: the same numbers are drawn the same."""


def main() -> None:
    """Try every alteration of the input, each in a fork that has read nothing yet."""
    root = Path.cwd()
    warnings.simplefilter("error")  # a cell that warns fails the build
    warnings.simplefilter("ignore", DeprecationWarning)
    for alteration in json.load(sys.stdin):
        before = {name: (root / name).read_text(encoding="utf-8") for name in alteration["files"]}
        for name, text in alteration["files"].items():
            (root / name).write_text(text, encoding="utf-8")
        wrong, charts = forked(root)
        drawn.update(charts)
        for name, text in before.items():
            (root / name).write_text(text, encoding="utf-8")
        print(json.dumps({alteration["name"]: wrong}), flush=True)


def forked(root: Path) -> tuple[list[str], list[str]]:
    """What goes wrong with the pages and the commands, and the charts that could be drawn.

    As found by a process of their own.
    """
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
            json.dump([found, sorted(drawn)], out)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else (["the process ended"], [])


def pages(root: Path) -> Iterator[str]:
    """What goes wrong when the cells and the sentences of every page are read."""
    from analysis.html import BLANK
    from analysis.review import quote

    for path in sorted((root / "book").glob("*.md")):
        text, known = path.read_text(encoding="utf-8"), dict[str, Any]()
        said = glued()
        for number, cell in enumerate(CELL.findall(text), 1):
            try:
                text_shown = NO_TEXT.sub("\n", shown(cell, known))
            except Exception as error:
                yield f"{path.stem} cell {number}: {told(error)}"
                break
            if blank := BLANK.search(text_shown):
                around = text_shown[max(0, blank.start() - 60) : blank.end() + 20].split()
                yield f"{path.stem} cell {number} shows {' '.join(around)}"
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
        if type(value).__name__ == "Figure":
            return figure(value)
        if hasattr(value, "_repr_mimebundle_"):
            return str(value._repr_mimebundle_()["text/html"])
    return ""


def figure(value: Any) -> str:
    """Draw a chart, unless one of the same numbers could be drawn before."""
    shows = (value.name, value.title, value.description, value.data.to_csv(), value.about)
    key = sha256(repr(shows).encode()).hexdigest()
    if key in drawn:
        return ""
    found = str(value.html())
    drawn.add(key)
    return found


def told(error: Exception) -> str:
    """An error, and where it was raised."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"


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
            yield f"{name}: {told(error)}"


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
