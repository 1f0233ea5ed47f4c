"""What the command `check` says of faulty data, in forks of one process.

Run as a program in a copy of the project, of which it uses the command alone: it reads data sets as
JSON from its input, each a name, a file, its text and the chapters to take, and writes the answers.
"""

import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from analysis.__main__ import main as command


def main() -> None:
    """Ask the command `check` of the project in the working folder of each data set of the input.

    Each is asked in a fork that knows what the command imports, and nothing of the data set.
    """
    asked, found = json.load(sys.stdin), dict[str, str]()
    with TemporaryDirectory() as folder:
        _copy(Path("data"), Path(folder, "warm"), asked[0][-1])
        with redirect_stdout(io.StringIO()):
            command(["check", str(Path(folder, "warm"))])
        data = Path(folder, "data")
        for name, file, text, chapters in asked:
            _copy(Path("data"), data, chapters)
            (data / file).write_text(text, encoding="utf-8")
            found[name] = _forked(partial(command, ["check", str(data)])).replace(folder, "")
            shutil.rmtree(data)
    print(json.dumps(found))


def _copy(data: Path, copy: Path, chapters: Sequence[str]) -> None:
    """Copy some chapters of the data, and what they share."""
    shutil.copytree(
        data,
        copy,
        ignore=lambda path, names: {
            name
            for name in names
            if Path(path) == data and Path(path, name).is_dir() and name not in chapters
        },
    )


def _forked(ask: Callable[[], int]) -> str:
    """Exit and output of a command that runs in a process of its own."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as out, redirect_stdout(out):
            try:
                print(ask())
            except BaseException as error:  # whatever it is, it is what the command gives
                print(repr(error))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    os.wait()
    return text


if __name__ == "__main__":
    main()
