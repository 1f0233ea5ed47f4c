"""Numbers of former versions, looked up by their ids."""

import re
from typing import Any

from analysis.exhibits import (
    lookup_table,
    version_parts,
)
from analysis.versions import lookup, releases
from analysis.versions.lookup import Fate
from analysis.versions.releases import Release, Version

PARTS = ("results", "findings", "living", "evidence")


def release(version: int, **parts: list[dict[str, Any]]) -> Release:
    return Release(Version(version, 0, 0), {"released": "2026-11-21", **parts}, ())


def number(value: str, verdict: str = "reproduced", **other: Any) -> dict[str, Any]:
    """An entry of the results under one id."""
    reported = {"value": value, "lower": None, "upper": None}
    return {
        **{"id": "a.b.c", "label": "L", "reported": reported, "verdict": verdict},
        **{"unit": "", "qualifier": "", "recomputed": {"value": 1.0}},
        **{"url": "book/a.html#a.b.c", **other},
    }


def test_a_result_that_stayed_the_same_stands_once() -> None:
    before = [release(1, results=[number("1.0", label="Old")]), release(2, results=[number("1.0")])]
    [found] = lookup.published(before, release(3, results=[number("1.0", label="New")]))
    assert (found.id, found.label, found.fate) == ("a.b.c", "New", Fate.SAME)
    assert (found.then, found.now) == ("1.0: reproduced", "1.0: reproduced")
    assert (found.versions, found.span) == (("1.0.0", "2.0.0"), "1.0.0 to 2.0.0")
    assert found.url == "book/a.html#a.b.c"


def test_each_different_number_of_an_id_stands_with_its_versions() -> None:
    values = ("1.0", "1.0", "2.0", "1.0")
    before = [release(n, results=[number(value)]) for n, value in enumerate(values)]
    found = lookup.published(before, release(9, results=[number("2.0", "discrepant")]))
    assert [(each.span, each.then) for each in found] == [
        ("0.0.0 to 1.0.0", "1.0: reproduced"),
        ("2.0.0", "2.0: reproduced"),
        ("3.0.0", "1.0: reproduced"),
    ]
    assert {each.fate for each in found} == {Fate.CHANGED}
    assert {each.now for each in found} == {"2.0: discrepant"}


def test_a_retired_result_is_still_found_and_a_new_one_is_none_of_a_version() -> None:
    new = {**number("3.0"), "id": "a.b.new"}
    before = [release(1, results=[number("1.0")])]
    [found] = lookup.published(before, release(2, results=[new]))
    assert (found.id, found.fate, found.then) == ("a.b.c", Fate.RETIRED, "1.0: reproduced")
    assert (found.now, found.url, found.label) == ("", "", "L")


def test_a_finding_is_looked_up_by_its_claim() -> None:
    finding = {"id": "a.finding.b", "claim": "C", "severity": "number", "holds": True, "url": "u"}
    gone = {**finding, "holds": False}
    [found] = lookup.published([release(1, findings=[finding])], release(2, findings=[gone]))
    assert (found.label, found.then, found.now) == ("C", "number, holds", "number, does not hold")


def test_rows_of_the_look_up_have_one_anchor_each_and_say_what_is_hidden() -> None:
    before = [
        release(1, results=[number("1.0")]),
        release(2, results=[number("1.0", recomputed={"value": 1.1})]),
    ]
    every = lookup.published(before, release(3, results=[number("1.0")]))
    markup = lookup_table(every).markup
    assert re.findall(r'<tr role="row" id="([^"]+)"', markup) == ["a.b.c", "a.b.c@2.0.0"]
    assert markup.count('href="a.html#a.b.c"') == 2
    assert markup.count("changed, in digits that are not shown") == 1
    parts = version_parts(before, every).markup
    assert re.findall(r'<h3 id="([^"]+)"', parts) == ["2.0.0", "1.0.0"]
    assert "1 results. Today, 0 are the same, 1 have changed and 0 are retired." in parts
    assert parts.count('href="#a.b.c"') == 1
    assert 'href="../releases/1.0.0/results.json"' in parts


def test_every_id_of_every_release_can_be_looked_up() -> None:
    frozen = releases.releases()
    found = lookup.published(frozen, releases.current())
    for each in frozen:
        expected = {entry["id"] for part in PARTS for entry in each.document[part]}
        here = [one for one in found if str(each.version) in one.versions]
        assert len(expected) > 1400
        assert {one.id for one in here} == expected
        assert len(here) == len(expected)
