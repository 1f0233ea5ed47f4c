"""Reading a YAML file: its content, and the line on which each entry stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from analysis.faults import Fault, FaultError, shown

Place = tuple[str | int, ...]
"""Keys and positions that lead to an entry, from the top of its file."""

TEXT = "tag:yaml.org,2002:str"

DEEPEST = 100
"""Levels that a file may have; libyaml, which composes them one within the other, has no bound."""


class _Loader(yaml.CSafeLoader):
    """Reads dates as the text that they are in the file, by libyaml, which is fast."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (as the class above has it)
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


@dataclass(frozen=True, eq=False)
class Document:
    """The content of a file, which is not to be changed, and its lines by place.

    `name` is how faults call the file.
    """

    name: str
    content: Any
    lines: Mapping[Place, int]

    def line(self, place: Place) -> int:
        """The line of an entry or, if it is missing, of what should hold it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 0)


def read(path: Path, name: str) -> Document:
    """Read a UTF-8 file whose keys are texts, each once; `name` is how faults call it.

    Raises FaultError for a file that can't be read or is not such YAML.
    """
    try:
        if path.is_symlink():
            raise _fault(name, 0, "must be a file of its own, not a symbolic link")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise _fault(name, 0, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        byte = error.object[error.start]
        raise _fault(name, line, f"must be UTF-8, has the byte 0x{byte:02x}") from None
    return _parsed(text, name)


@lru_cache(maxsize=64)
def _parsed(text: str, name: str) -> Document:
    try:
        _measure(text, name)
        loader = _Loader(text)
        node = loader.get_single_node()
        lines = dict(_lines(name, node, (), ())) if node else {}
        content = loader.construct_document(node) if node else None
    except FaultError:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        raise _fault(name, line, f"is not well-formed YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise _fault(name, 0, f"is not well-formed YAML: {reason}") from None
    return Document(name, content, lines)


def _measure(text: str, name: str) -> None:
    depth = 0
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            line = event.start_mark.line + 1 if event.start_mark else 0
            raise _fault(name, line, f"is not well-formed YAML: more than {DEEPEST} levels")


def _lines(
    name: str, node: yaml.Node, place: Place, above: tuple[int, ...]
) -> Iterator[tuple[Place, int]]:
    line = node.start_mark.line + 1
    yield place, line
    if id(node) in above:
        raise _fault(name, line, "is not well-formed YAML: an entry holds itself")
    inside = (*above, id(node))
    if isinstance(node, yaml.SequenceNode):
        for position, entry in enumerate(node.value):
            yield from _lines(name, entry, (*place, position), inside)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            column = ".".join(map(str, place))
            if key.tag != TEXT:
                raise _fault(name, line, "must have texts as keys; use quotation marks", column)
            if key.value in seen:
                raise _fault(name, line, f"stands twice: {shown(key.value)}", column)
            seen.add(key.value)
            yield from _lines(name, value, (*place, key.value), inside)
            yield (*place, key.value), line


def _fault(name: str, line: int, message: str, column: str = "") -> FaultError:
    return FaultError(Fault(name, line, column, message))
