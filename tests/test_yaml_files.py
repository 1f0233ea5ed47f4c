"""YAML that programs read in two ways, or that never ends, is refused in its line."""

import pytest

from analysis import yaml_files
from analysis.faults import FaultError
from tests.edits import NOT_DECIMAL, cases

pytestmark = pytest.mark.usefixtures("no_hang")

BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
VALUES: dict[str, tuple[str, int, str]] = {
    "octal": ("a: 012", 1, NOT_DECIMAL),
    "octal of YAML 1.2": ("a: 0o14", 1, NOT_DECIMAL),
    "octal that is none": ("a: 089", 1, NOT_DECIMAL),
    "hexadecimal": ("a: 0x1F", 1, NOT_DECIMAL),
    "binary": ("a: 0b11", 1, NOT_DECIMAL),
    "sexagesimal": ("a: 190:20:30", 1, NOT_DECIMAL),
    "underscores": ("a: 1_000", 1, NOT_DECIMAL),
    "a plus": ("a: +1", 1, NOT_DECIMAL),
    "infinity": ("a: .inf", 1, NOT_DECIMAL),
    "minus infinity": ("a: -.INF", 1, NOT_DECIMAL),
    "no number": ("a: .nan", 1, NOT_DECIMAL),
    "too large to be a float": ("a: 1e999", 1, NOT_DECIMAL),
    "of 5,000 digits": (f"a: {'9' * 5000}", 1, NOT_DECIMAL),
    "without a digit behind the point": ("a: 1.", 1, NOT_DECIMAL),
    "without a digit before the point": ("a: .5", 1, NOT_DECIMAL),
    "yes": ("\na: yes", 2, "must be true or false"),
    "off": ("a: {b: off}", 1, "must be true or false"),
    "capital truth": ("a: TRUE", 1, "must be true or false"),
    "capital nothing": ("a: Null", 1, "must be null"),
    "tag": ("a: !!int '3'", 1, "must have no tag"),
    "tag of Python": ("- !!python/object/apply:os.system [ls]", 1, "must have no tag"),
    "tag of a list": ("a: !!set {x}", 1, "must have no tag"),
    "aliases that multiply": (BOMB, 14, "must have at most 50000 entries"),
    "alias to itself": ("a: 1\nb: &b [*b]", 2, "an entry holds itself"),
    "alias to nothing": ("a: *b", 1, "undefined alias"),
    "merge": ("a: &a {b: 1}\nc: {<<: *a}", 2, "must have texts as keys"),
    "depth": ("[" * 150, 1, "more than 100 levels"),
    "length": ("- x\n" * 60_000, 50_000, "must have at most 50000 entries"),
    "key twice": ("a: 1\nb: 2\na: 3", 3, "stands twice: a"),
    "key that is a list": ("? [a]\n: b", 1, "must have texts as keys"),
    "key that is a number": ("1: b", 1, "must have texts as keys"),
    "two documents": ("a: 1\n---\nb: 2", 2, "another document"),
    "not closed": ("a: 'b\nc: d", 2, "is not well-formed YAML"),
    "tab": ("a:\n\tb: 1", 2, "is not well-formed YAML"),
    "bell": ("a: 1\nb: x\x07y", 2, "must be text, has the character U+0007"),
    "escaped bell": ('a: "\\a"', 1, "no control or invisible characters"),
    "bidirectional": ('a: 1\nb: "\\u202e"', 2, "no control or invisible characters"),
    "bidirectional as it is": ("a: x\u2067y", 1, "no control or invisible characters"),
    "zero width": ("a: x\u200by", 1, "no control or invisible characters"),
    "Hangul filler": ("a: {b: x}\nc: \ufeffx", 2, "invisible"),
}


@cases(VALUES)
def test_value_that_can_be_read_in_two_ways_is_refused(case: tuple[str, int, str]) -> None:
    text, line, says = case
    with pytest.raises(FaultError) as refused:
        yaml_files.parsed(text, "file.yml")
    assert refused.value.fault.line == line
    assert says in refused.value.fault.message
    assert len(str(refused.value)) < 300


def test_plain_values_are_read_as_they_stand() -> None:
    text = (
        "a: 12\nb: -0.5\nc: 1.0e+10\nd: true\ne: ~\nf: 2026-11-30\ng: '012'\nh: no data\n"
        "i: &i [x]\nj: *i\n"
    )
    assert yaml_files.parsed(text, "file.yml").content == {
        **{"a": 12, "b": -0.5, "c": 1e10, "d": True, "e": None},
        **{"f": "2026-11-30", "g": "012", "h": "no data", "i": ["x"], "j": ["x"]},
    }
