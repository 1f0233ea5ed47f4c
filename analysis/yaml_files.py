"""Reading a YAML file: its content, and the line on which each entry stands.

Only what every program reads alike: keys are texts, each once; numbers are decimal; `true`, `false`
and nothing else are truths. Dates are the texts that they are in the file.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from analysis import text_files
from analysis.faults import Fault, FaultError, shown
from analysis.kinds import is_plain

Place = tuple[str | int, ...]
"""Keys and positions that lead to an entry, from the top of its file."""

TEXT = "tag:yaml.org,2002:str"

DEEPEST = 100
"""Levels that a file may have; libyaml, which composes them one within the other, has no bound."""

MOST = 50_000
"""Entries that a file may have, those that its aliases repeat counted each time."""

NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15}(e[-+][0-9]{1,2})?)?")
READ_AS_NUMBER = re.compile(r"0o[0-7]+|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)(e[-+]?[0-9]+)?", re.I)
"""What YAML 1.2 reads as a number, and YAML 1.1 as a text."""

PLAIN: Mapping[str, tuple[re.Pattern[str], str]] = {
    "int": (NUMBER, "a number in decimal digits without separators"),
    "float": (NUMBER, "a number in decimal digits without separators"),
    "bool": (re.compile("true|false"), "true or false"),
    "null": (re.compile("(null|~)?"), "null"),
    "merge": (re.compile("(?!)"), "a key of its own"),
    "value": (re.compile("(?!)"), "a value of its own"),
}
"""How a value without quotation marks is written that is no text, by its tag, and in words."""


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
    return parsed(text_files.read(path, name), name)


@lru_cache(maxsize=64)
def parsed(text: str, name: str, above: int = 0) -> Document:
    """The same of a text that stands in a file, `above` lines below its top.

    Raises FaultError as `read` does.
    """
    try:
        _measure(text, name)
        loader = _Loader(text)
        node = loader.get_single_node()
        lines = dict(_lines(name, node, ())) if node else {}
        content = loader.construct_document(node) if node else None
    except FaultError as error:
        raise _moved(error.fault, above) from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        message = f"must be text, has the character U+{int(error.character):04X}"
        raise _fault(name, line + above, message) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 + above if mark else 0
        raise _fault(name, line, f"is not well-formed YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise _fault(name, 0, f"is not well-formed YAML: {reason}") from None
    return Document(name, content, {place: line + above for place, line in lines.items()})


def _measure(text: str, name: str) -> None:
    """Refuse, before anything is made of it, a file that is too deep or too large, or has tags."""
    open_: list[tuple[str | None, int]] = []  # the anchor of each level, and what came before it
    sizes: dict[str, int] = {}
    size = 0
    for event in yaml.parse(text, _Loader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in open_):
                raise _fault(name, line, "is not well-formed YAML: an entry holds itself")
            size += sizes.get(str(event.anchor), 1)
        elif isinstance(event, yaml.NodeEvent):
            if event.tag is not None:  # type: ignore[attr-defined]
                raise _fault(name, line, f"must have no tag, got {shown(event.tag)}")  # type: ignore[attr-defined]
            size += 1
            if isinstance(event, yaml.ScalarEvent):
                sizes[str(event.anchor)] = 1
            else:
                open_.append((event.anchor, size - 1))
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_.pop()
            sizes[str(anchor)] = size - before
        if len(open_) > DEEPEST:
            raise _fault(name, line, f"is not well-formed YAML: more than {DEEPEST} levels")
        if size > MOST:
            raise _fault(name, line, f"must have at most {MOST} entries, with what aliases repeat")


def _lines(name: str, node: yaml.Node, place: Place) -> Iterator[tuple[Place, int]]:
    line = node.start_mark.line + 1
    yield place, line
    column = ".".join(map(str, place))
    if isinstance(node, yaml.ScalarNode):
        if wrong := _unclear(node):
            raise _fault(name, line, wrong, column)
    elif isinstance(node, yaml.SequenceNode):
        for position, entry in enumerate(node.value):
            yield from _lines(name, entry, (*place, position))
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.tag != TEXT:
                raise _fault(name, line, "must have texts as keys; use quotation marks", column)
            if key.value in seen:
                raise _fault(name, line, f"stands twice: {shown(key.value)}", column)
            seen.add(key.value)
            yield from _lines(name, value, (*place, key.value))
            yield (*place, key.value), line


def _unclear(node: yaml.ScalarNode) -> str:
    """What is wrong with a value: programs read it in different ways, or it can't be seen."""
    kind = node.tag.rpartition(":")[2]
    if kind == "str" and not node.style and READ_AS_NUMBER.fullmatch(node.value):
        kind = "float"
    if kind in PLAIN:
        pattern, says = PLAIN[kind]
        if not pattern.fullmatch(node.value):
            return f"must be {says}, or a text in quotation marks, got {shown(node.value)}"
    elif not all(map(is_plain, node.value.split("\n"))):
        return f"must have no control or invisible characters, got {shown(node.value)}"
    return ""


def _moved(fault: Fault, above: int) -> FaultError:
    return _fault(fault.file, fault.line + above if fault.line else 0, fault.message, fault.column)


def _fault(name: str, line: int, message: str, column: str = "") -> FaultError:
    return FaultError(Fault(name, line, column, message))
