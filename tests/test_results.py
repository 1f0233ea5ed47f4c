"""results.json has the layout that programs rely on; numbers and markup are written as promised."""

import json
import re
import shutil
from collections import Counter
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from analysis import folders, html, living, results, tables
from analysis.folders import ROOT
from analysis.html import Cell
from analysis.verdicts import Verdict
from book.copies import copy_chapter

CHAPTER = "spinal-cord-injury"
MAYBE = (float, type(None))
LAYOUT: dict[str, dict[str, Any]] = {
    "chapters": {
        **dict.fromkeys(("id", "title", "url", "version", "data_digest"), str),
        **dict.fromkeys(("last_changed", "last_search"), str),
        "source": {"key": str, "doi": str, "title": str},
        "counts": dict.fromkeys(
            (
                *("reported", "reproduced", "within_rounding", "discrepant"),
                *("undecided", "not_recomputable", "restated"),
                *(f"not_recomputable_{kind}" for kind in ("input", "choice", "result")),
                "contradictions",
            ),
            int,
        ),
    },
    "results": {
        **dict.fromkeys(("id", "chapter", "label", "location", "kind", "unit", "qualifier"), str),
        "reported": dict.fromkeys(("value", "lower", "upper"), (str, type(None))),
        "recomputed": dict.fromkeys(("value", "lower", "upper"), MAYBE),
        **dict.fromkeys(("settings", "recipe", "verdict", "basis", "severity"), str),
        **dict.fromkeys(("explanation", "not_recomputable_kind", "url"), str),
    },
    "findings": {
        **dict.fromkeys(("id", "chapter", "severity", "kind", "claim"), str),
        **dict.fromkeys(("location", "against"), str),
        "rows": list,
        "check": str,
        "holds": bool,
        "url": str,
    },
    "living": {
        **dict.fromkeys(("id", "chapter", "label", "measure", "unit", "favours", "preset"), str),
        **dict.fromkeys(("k", "added"), int),
        **dict.fromkeys(("estimate", "ci_low", "ci_high", "pi_low", "pi_high"), MAYBE),
        **dict.fromkeys(("tau2", "i2"), MAYBE),
        "url": str,
    },
    "evidence": {
        **dict.fromkeys(("id", "chapter", "condition", "label", "measure", "unit", "favours"), str),
        **dict.fromkeys(("reported", "basis"), str),
        **dict.fromkeys(("k", "animals"), (int, type(None))),
        "added": int,
        **dict.fromkeys(("estimate", "ci_low", "ci_high", "pi_low", "pi_high"), MAYBE),
        **dict.fromkeys(("tau2", "i2_low", "i2_high", "probability", "smd"), MAYBE),
        "certainty": str,
        "at_most": bool,
        "domains": list,
        "url": str,
    },
}


CLASSIFICATION: dict[str, Any] = {
    **dict.fromkeys(("id", "chapter", "label", "before", "after"), str),
    **{"added": int, "url": str},
}
"""A living classification, which stands among the living estimates."""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return results.results()


def assert_layout(entry: Any, layout: Any, place: str) -> None:
    if isinstance(layout, dict):
        assert list(entry) == list(layout), place
        for name, inner in layout.items():
            assert_layout(entry[name], inner, f"{place}.{name}")
    else:
        assert type(entry) in (layout if isinstance(layout, tuple) else (layout,)), place


def test_document_begins_with_what_it_is(document: dict[str, Any]) -> None:
    head = ["schema_version", "title", "version", "data_digest", "code_digest", "released"]
    assert list(document) == [*head, *LAYOUT]
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert document["schema_version"] == 1
    assert (document["title"], document["version"]) == (cited["title"], str(cited["version"]))
    assert document["released"] == str(cited.get("date-released", ""))
    assert re.fullmatch(r"[0-9a-f]{64}", document["data_digest"])
    assert document["code_digest"] == folders.code_digest()


def test_digest_of_the_code_changes_with_the_code_and_not_with_line_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "ROOT", tmp_path)
    module = tmp_path / "analysis" / "pooling.py"
    module.parent.mkdir()
    (tmp_path / "requirements.txt").write_text("numpy\n", encoding="utf-8")
    found = []
    for content in (b"REML\n", b"REML\r\n", b"DL\n"):
        module.write_bytes(content)
        folders.code_digest.forget()
        found.append(folders.code_digest())
    folders.code_digest.forget()
    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize("part", LAYOUT)
def test_every_entry_has_the_promised_names_and_types(document: dict[str, Any], part: str) -> None:
    assert document[part]
    for entry in document[part]:
        layout = CLASSIFICATION if "before" in entry else LAYOUT[part]
        if entry.get("recomputed", True) is None:
            layout = {**layout, "recomputed": type(None)}
        assert_layout(entry, layout, f"{part}.{entry['id']}")


def test_document_is_plain_json(document: dict[str, Any]) -> None:
    text = json.dumps(document, allow_nan=False)
    assert json.loads(text) == document
    assert "np.float" not in text


def test_ids_are_unique_and_begin_with_their_chapter(document: dict[str, Any]) -> None:
    entries = [entry for part in ("results", "findings", "living") for entry in document[part]]
    assert [name for name, n in Counter(e["id"] for e in entries).items() if n > 1] == []
    for entry in entries:
        assert entry["id"].startswith(f"{entry['chapter']}.")
        assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+){2}", entry["id"])


def test_addresses_are_those_of_chapter_pages(document: dict[str, Any]) -> None:
    for chapter in document["chapters"]:
        assert chapter["url"] == f"book/{chapter['id']}.html"
        assert (ROOT / "book" / f"{chapter['id']}.md").exists()
    for part in ("results", "findings", "living"):
        for entry in document[part]:
            assert entry["url"] == f"book/{entry['chapter']}.html#{entry['id']}"


def test_every_part_has_every_chapter_and_no_other(document: dict[str, Any]) -> None:
    chapters = [entry["id"] for entry in document["chapters"]]
    assert chapters == tables.chapters()
    for part in ("results", "findings", "living"):
        assert {entry["chapter"] for entry in document[part]} <= set(chapters)
    assert {entry["chapter"] for entry in document["results"]} == set(chapters)


def test_chapters_count_their_results(document: dict[str, Any]) -> None:
    for chapter in document["chapters"]:
        own = [entry for entry in document["results"] if entry["chapter"] == chapter["id"]]
        verdicts = Counter(entry["verdict"].replace(" ", "_") for entry in own)
        kinds = Counter(f"not_recomputable_{each['not_recomputable_kind']}" for each in own)
        counts = dict(chapter["counts"])
        assert counts.pop("reported") == sum(verdicts.values())
        assert bool(counts.pop("contradictions")) is bool(verdicts["discrepant"])
        assert counts == {name: (verdicts | kinds)[name] for name in counts}


def test_chapter_tells_its_source_its_dates_and_its_digest(document: dict[str, Any]) -> None:
    for chapter in document["chapters"]:
        # One source paper prints no DOI.
        assert chapter["source"]["doi"].startswith("10.") or chapter["source"]["key"] == "mai2025"
        assert chapter["source"]["title"]
        assert chapter["data_digest"] == tables.digest(chapter["id"])
        assert date.fromisoformat(chapter["last_changed"]) <= date.today()
        assert chapter["last_search"] <= date.today().isoformat()


def test_search_ends_on_a_day_or_in_a_month_that_the_paper_prints(document: dict[str, Any]) -> None:
    for chapter in document["chapters"]:
        printed = [
            entry["reported"]["value"]
            for entry in document["results"]
            if entry["chapter"] == chapter["id"]
            and entry["kind"] == "date"
            and ".search-" in entry["id"]
        ]
        # Or, once the search has been run again for the book, later than all of them.
        assert chapter["last_search"] in printed or chapter["last_search"] > max(printed)


def test_results_say_what_was_printed_and_what_follows(document: dict[str, Any]) -> None:
    verdicts = {verdict.value for verdict in Verdict}
    for entry in document["results"]:
        assert entry["verdict"] in verdicts
        assert any(entry["reported"].values()) or "not readable" in entry["explanation"]
        if not entry["recipe"]:
            assert entry["verdict"] == "not recomputable"
        if entry["verdict"] in ("reproduced", "within rounding", "discrepant"):
            assert entry["basis"] in ("study-data", "summary", "count", "form")
            assert entry["recomputed"] is not None or entry["kind"] == "date"
        if entry["verdict"] in ("discrepant", "not recomputable"):
            assert entry["explanation"]
        assert bool(entry["severity"]) is (entry["verdict"] == "discrepant")


def test_one_result_in_full(document: dict[str, Any]) -> None:
    [entry] = [e for e in document["results"] if e["id"] == f"{CHAPTER}.bbb-last.random"]
    assert entry["reported"] == {"value": "1.72", "lower": "1.43", "upper": "2.00"}
    assert entry["recomputed"]["value"] == pytest.approx(1.7150, abs=5e-5)
    assert entry["recomputed"]["upper"] == pytest.approx(2.0014, abs=5e-5)
    assert (entry["kind"], entry["unit"], entry["qualifier"]) == ("estimate", "BBB points", "")
    assert (entry["verdict"], entry["basis"], entry["severity"]) == ("reproduced", "study-data", "")
    assert "REML" in entry["recipe"]


def test_findings_hold_and_name_results(document: dict[str, Any]) -> None:
    known = {entry["id"] for entry in document["results"]}
    for finding in document["findings"]:
        assert finding["holds"] is True
        assert set(finding["rows"]) <= known
        assert finding["severity"] in ("conclusion", "number", "label")


def test_living_estimates_have_twelve_digits_and_are_by_the_modern_preset(
    document: dict[str, Any],
) -> None:
    estimates = living.estimates()
    published = [entry for entry in document["living"] if "before" not in entry]
    assert [entry["id"] for entry in published] == list(estimates)
    for entry in published:
        pooled = estimates[entry["id"]].pooled
        assert entry["preset"] == "modern"
        assert entry["k"] == pooled.k
        assert entry["tau2"] == float(f"{pooled.tau2:.12g}")
        if entry["measure"] in ("MD", "SMD"):
            for name in ("estimate", "ci_high"):
                assert entry[name] == float(f"{getattr(pooled, name):.12g}")
        assert entry["ci_low"] <= entry["estimate"] <= entry["ci_high"]


@pytest.fixture
def twins(tmp_path: Path) -> list[Path]:
    """Two copies of one chapter with fewer printed numbers, in folders with other names."""
    copies = []
    for name in ("a", "b"):
        data = tmp_path / name / "data"
        folder = data / CHAPTER
        shutil.copytree(tables.DATA / CHAPTER, folder)
        for shared in tables.DATA.glob("*.yml"):
            shutil.copy(shared, data)
        for file in ("findings.csv", "flow.csv", "pools.csv", "certainty.csv"):
            (folder / file).unlink()
        reported = pd.read_csv(folder / "reported.csv", dtype=str, keep_default_na=False)
        chosen = reported["id"].str.contains("bbb-last[.]|methods[.]")
        reported[chosen].to_csv(folder / "reported.csv", index=False)
        copies.append(data)
    return copies


def test_same_data_give_the_same_document_wherever_they_are(twins: list[Path]) -> None:
    first, second = (json.dumps(results.results(data), allow_nan=False) for data in twins)
    assert first == second
    assert len(json.loads(first)["results"]) > 5


def test_digest_changes_with_any_byte_of_a_chapter_and_with_nothing_else(
    twins: list[Path],
) -> None:
    data, other = twins
    assert tables.digest(data=data) == tables.digest(data=other)
    assert tables.digest(CHAPTER, data) == tables.digest(CHAPTER, other)
    (data / CHAPTER / ".DS_Store").write_text("x")
    (data / ".hidden").write_text("x")
    assert tables.digest(data=data) == tables.digest(data=other)
    with (data / CHAPTER / "lists.csv").open("a") as file:
        file.write("\n")
    assert tables.digest(CHAPTER, data) != tables.digest(CHAPTER, other)
    assert tables.digest(data=data) != tables.digest(data=other)


def test_ratio_measures_are_on_the_natural_scale(
    twins: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = twins[0]
    review = data / CHAPTER / "review.yml"
    measured = review.read_text(encoding="utf-8").replace("measure: MD", "measure: ROM")
    review.write_text(measured, encoding="utf-8")
    published = {entry["id"]: entry for entry in results.results(data)["living"]}
    assert len(published) == 2
    for name, entry in published.items():
        assert entry["measure"] == "ROM"
        logarithm = living.estimates(data)[name].pooled.estimate
        assert entry["estimate"] == pytest.approx(2.718281828459045**logarithm)


SCRIPT = "<script>alert(\"x\")</script> & 'y'"


def test_markup_in_texts_is_shown_and_not_run() -> None:
    made = html.table(SCRIPT, [SCRIPT, "n"], [[SCRIPT, Cell(SCRIPT, SCRIPT)]], ids=[SCRIPT])
    pieces = [made.markup, html.facts({SCRIPT: SCRIPT}), html.link(SCRIPT, SCRIPT).markup]
    for markup in pieces:
        assert "<script" not in markup
        assert "&lt;script&gt;alert(&quot;x&quot;)" in markup
        assert 'alert("x")' not in markup


def test_table_has_a_caption_and_headers() -> None:
    made = html.table("Studies", ["Study", "n"], [["Chang 2021", "24"]], numeric=(1,), ids=["a.b"])
    assert "<caption>Studies</caption>" in made.markup
    assert made.markup.count('scope="col"') == 2
    assert made.markup.count('scope="row"') == 1
    assert '<tr id="a.b">' in made.markup
    assert re.search(r'<td class="[^"]*\bnumber\b[^"]*">24</td>', made.markup)
    assert made._repr_mimebundle_() == {"text/html": made.markup}


@pytest.mark.parametrize(
    "text",
    ["nan", "NaN", " nan ", "nan (nan to nan)", "1.2 (nan to 3)", "None", "<NA>", "inf", "-inf"],
)
def test_cell_without_a_value_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Studies: a cell would read"):
        html.table("Studies", ["Study", "n"], [["Chang 2021", text]])


@pytest.mark.parametrize("text", ["", "–", "Nan 2020", "nanoparticles", "infarct", "none of them"])
def test_cell_with_a_text_is_accepted(text: str) -> None:
    assert text in html.table("Studies", ["Study", "n"], [["Chang 2021", text]]).markup


def test_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="Studies: row 1 has 1 cells, not 2"):
        html.table("Studies", ["Study", "n"], [["Chang 2021"]])


def test_every_number_of_the_document_is_finite(document: dict[str, Any]) -> None:
    def numbers(entry: Any) -> list[float]:
        if isinstance(entry, dict):
            return [n for value in entry.values() for n in numbers(value)]
        if isinstance(entry, list):
            return [n for value in entry for n in numbers(value)]
        return [entry] if isinstance(entry, float) else []

    found = numbers(document)
    assert len(found) > 100
    assert all(map(isfinite, found))


def test_day_of_the_last_change_is_that_of_a_correction_too(tmp_path: Path) -> None:
    data = copy_chapter(CHAPTER, tmp_path / "data")
    before = tables.last_changed(CHAPTER, data)
    (data / CHAPTER / "corrections.csv").write_text(
        f"id,corrected,was,reason\n{CHAPTER}.bbb-last.common,2031-02-03,1.6,It was misread.\n",
        encoding="utf-8",
    )
    assert before < tables.last_changed(CHAPTER, data) == "2031-02-03"
