"""Style sheets as rules: which of them a page uses, and which draw with a font of icons."""

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path
from posixpath import normpath
from typing import Any

import tinycss2

IMPORT = re.compile(r"""@import\s+["']([^"']+)["']\s*;""")

RELATIVE = re.compile(r"""url\(\s*["']?(?![a-z]+:|[#/])([^"')\s]+)["']?\s*\)""", re.IGNORECASE)

CONDITIONS = {"container", "layer", "media", "supports"}
"""At-rules that hold rules for elements."""

GLYPH = re.compile(r"--fa-|Font\\? Awesome|content:\s*(?:var\(--pst-icon|[\"'][\ue000-\uf8ff])")
"""What is declared where an icon is a character of a font, outside what other fonts have."""


@dataclass(frozen=True)
class Rule:
    """Declarations and what they are for; without selectors, any other part of a style sheet."""

    conditions: tuple[str, ...]
    selectors: tuple[tuple[str, frozenset[str]], ...]
    """Each with the classes and ids without which it can't mean an element."""
    text: str

    def __str__(self) -> str:
        """As it is written, apart from its conditions."""
        listed = ",".join(selector for selector, _ in self.selectors)
        return f"{listed}{{{self.text}}}" if listed else self.text


def read(site: Path, address: str) -> list[Rule]:
    """The rules of a style sheet of a site, as they are for a page at the root of the site."""
    return list(_rules(tinycss2.parse_stylesheet(_source(site, address), skip_whitespace=True)))


def used(rules: Iterable[Rule], names: AbstractSet[str]) -> list[Rule]:
    """The rules that can apply where all classes and ids are among `names`.

    A selector is dropped if it asks for any other; what it excludes or offers as a choice, as in
    `:not(.a)` or `:is(.a, .b)`, is not looked at.
    """
    kept = []
    for rule in rules:
        selectors = tuple(each for each in rule.selectors if each[1] <= names)
        if selectors or not rule.selectors:
            kept.append(replace(rule, selectors=selectors))
    return kept


def text(rules: Iterable[Rule]) -> str:
    """The rules as a style sheet."""
    parts = []
    for conditions, group in groupby(rules, key=lambda rule: rule.conditions):
        inside = "\n".join(map(str, group))
        for condition in reversed(conditions):
            inside = f"{condition}{{{inside}}}"
        parts.append(inside)
    return "\n".join(parts)


def selectors(rules: Iterable[Rule]) -> set[str]:
    """The selectors of rules, each in the one way of writing it that can be compared."""
    written = {" ".join(each.split()) for rule in rules for each, _ in rule.selectors}
    return {re.sub(r" ?([>+~]) ?", r"\1", each.replace("::", ":")) for each in written}


def glyphs(rules: Iterable[Rule]) -> set[str]:
    """The selectors of the rules that draw with a font of icons."""
    return selectors(rule for rule in rules if GLYPH.search(rule.text))


def _source(site: Path, address: str) -> str:
    """A style sheet with what it imports in place, and its addresses from the root of the site."""
    folder = address.rpartition("/")[0]
    source = (site / address).read_text(encoding="utf-8")
    source = RELATIVE.sub(lambda found: f"url({normpath(f'{folder}/{found[1]}')})", source)
    return IMPORT.sub(lambda found: _source(site, normpath(f"{folder}/{found[1]}")), source)


def _rules(nodes: Iterable[Any], conditions: tuple[str, ...] = ()) -> Iterator[Rule]:
    for node in nodes:
        if node.type == "error":
            raise ValueError(f"a style sheet has a fault: {node.message}")
        if node.type == "qualified-rule":
            asked = tuple((_written(each), _asked(each)) for each in _selectors(node.prelude))
            yield Rule(conditions, asked, _written(node.content))
        elif node.type == "at-rule" and node.lower_at_keyword in CONDITIONS and node.content:
            inside = tinycss2.parse_rule_list(node.content, skip_whitespace=True)
            yield from _rules(
                inside, (*conditions, f"@{node.at_keyword}{_written(node.prelude, ' ')}")
            )
        elif node.type != "comment" or node.value.startswith("!"):  # a licence
            yield Rule(conditions, (), node.serialize())


def _written(tokens: Iterable[Any], before: str = "") -> str:
    kept = (token for token in tokens if token.type != "comment")
    return before + str(tinycss2.serialize(kept)).strip()


def _selectors(prelude: Iterable[Any]) -> list[list[Any]]:
    """The selectors of a rule, which commas part."""
    parts: list[list[Any]] = [[]]
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _asked(selector: list[Any]) -> frozenset[str]:
    ids = {token.value for token in selector if token.type == "hash"}
    return frozenset(
        ids.union(
            token.value
            for before, token in pairwise(selector)
            if token.type == "ident" and before.type == "literal" and before.value == "."
        )
    )
