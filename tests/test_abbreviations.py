"""Abbreviations that tables show are explained among the methods."""

import re

import pytest

from analysis import tables
from analysis.folders import ROOT
from analysis.statistics import heterogeneity
from analysis.statistics.effect_sizes import MEASURES

METHODS = (ROOT / "book" / "methods.md").read_text(encoding="utf-8")
EXPLAINED = METHODS.partition("## Outcomes and abbreviations")[2].partition("\n## ")[0]
SHORT = re.compile(r"\b[A-Z]{2,3}\b")


def explains(name: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.]\w)", EXPLAINED) is not None


def test_routes_as_printed_are_explained() -> None:
    printed = " ".join(tables.load("umbrella", "dosing")["routes_printed"])
    routes = set(SHORT.findall(printed))
    assert {"IV", "IP", "IT", "IN", "ICV", "SC"} <= routes
    assert [name for name in sorted(routes) if not explains(name)] == []


def test_tissues_as_printed_are_explained() -> None:
    printed = set(SHORT.findall(" ".join(tables.load("umbrella", "reviews")["sources_printed"])))
    assert {"BM", "UC", "AT"} <= printed
    tissues = [name for name in sorted(printed) if not name.endswith(("SC", "MSC"))]
    assert [name for name in tissues if not explains(name)] == []


def test_models_and_measures_are_explained() -> None:
    names = [
        *heterogeneity.METHODS,
        *(name for name in MEASURES if name in ("MD", "OR", "RR", "HR")),
    ]
    assert [name for name in names if not explains(name)] == []


LABELS = (
    *("Tb.N", "Tb.Sp", "Tb.Th", "Ct.Th", "BMD", "BV/TV", "MAR", "WMD", "CAMARADES", "SYRCLE"),
    *("CEJ-ABC", "AMH", "IUA", "POI", "mNSS", "BBB"),
)


@pytest.mark.parametrize("name", LABELS)
def test_abbreviation_of_a_label_is_explained(name: str) -> None:
    assert explains(name)


def test_abbreviation_that_nobody_explains_is_found() -> None:
    assert not explains("Tb")
    assert not explains("XYZ")
