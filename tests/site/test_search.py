"""Readers find studies, results and terms, and other books find results."""

import csv
import json
import posixpath
import re
from collections.abc import Callable, Iterable
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sphinx.util.inventory import InventoryFile

from analysis import folders, tables
from analysis.versions import releases
from search import English
from tests.site.conftest import Book, Tab

CHAPTER = "spinal-cord-injury"
RESULT = f"{CHAPTER}.bbb-last.random"
ENDED = re.compile("^Search finished|^Your search did not match")

Search = Callable[[str], list[str]]


@pytest.fixture(params=["folder", "server"])
def search(request: pytest.FixtureRequest, site: Path, served: str, tab: Tab) -> Search:
    """The addresses that the search page lists for what is typed, the first one first."""
    root = site.as_uri() if request.param == "folder" else served

    def found(typed: str) -> list[str]:
        tab.page.goto(f"{root}/search.html?q={quote(typed)}")
        tab.page.locator(".search-summary", has_text=ENDED).wait_for()
        links = tab.page.locator("#search-results li > a")
        addresses: list[str] = links.evaluate_all("all => all.map(a => a.getAttribute('href'))")
        assert (tab.refused, tab.errors) == ([], []), typed
        return addresses

    return found


@pytest.fixture(scope="module")
def index(site: Path) -> dict[str, Any]:
    """What the search page knows."""
    text = (site / "searchindex.js").read_text(encoding="utf-8")
    return dict(json.loads(text.removeprefix("Search.setIndex(").removesuffix(")")))


@pytest.fixture(scope="module")
def anchors(site: Path) -> dict[str, set[str]]:
    """The anchors of each page, by its address in the site."""
    return {
        page.relative_to(site).as_posix(): set(
            map(unescape, re.findall(r'<[^>]* id="([^"]+)"', page.read_text(encoding="utf-8")))
        )
        for page in (site / "book").glob("*.html")
    }


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("chang 2021", f"book/{CHAPTER}.html#the-studies"),
        ("Aghayan 2024", "book/umbrella.html#the-47-meta-analyses"),
        ("prediction interval", "book/methods.html#prediction-interval"),
        ("knapp-hartung", "book/methods.html#knapp-hartung"),
        ("spinal cord injury", f"book/{CHAPTER}.html"),
    ],
)
def test_what_is_looked_for_comes_first(search: Search, typed: str, first: str) -> None:
    assert search(typed)[0] == first


def test_a_result_of_each_kind_is_found_by_its_id(search: Search, site: Path) -> None:
    document = json.loads((site / "results.json").read_text(encoding="utf-8"))
    for kind in ("results", "findings", "living", "evidence"):
        for entry in (document[kind][0], document[kind][-1]):
            assert search(entry["id"])[0] == entry["url"]


def test_results_are_found_by_their_words_before_the_pages_that_have_them(search: Search) -> None:
    found = search("last assessment, random-effects model")
    assert found.index(f"book/{CHAPTER}.html#{RESULT}") < found.index("book/ledger.html")
    found = search("chang 2021")
    row = f"book/{CHAPTER}.html#{CHAPTER}.bbb-last-md.chang-2021"
    assert found.index(row) < found.index("book/ledger.html")


def test_a_result_that_was_found_opens_at_its_row(search: Search, tab: Tab) -> None:
    search(RESULT)
    tab.page.locator("#search-results li > a").first.click()
    tab.page.wait_for_url(f"**/book/{CHAPTER}.html#{RESULT}")
    tab.page.locator(f"tr[id='{RESULT}'] details[open]").wait_for()


@pytest.mark.parametrize("typed", ["constructor", "__proto__", "hasOwnProperty", "-constructor"])
def test_what_javascript_gives_to_each_object_is_not_found(search: Search, typed: str) -> None:
    assert search(typed) == []


@pytest.mark.parametrize(
    "typed", ["hide-input", "glue", "exhibits", "does_not_add_up", "every_number"]
)
def test_folded_code_is_not_found(search: Search, typed: str) -> None:
    assert search(typed) == []


def test_code_that_a_page_shows_is_found(search: Search) -> None:
    assert search("dtype") == ["book/download.html"]


def test_pages_are_listed_with_what_they_are_about(search: Search, tab: Tab) -> None:
    search("chang 2021")
    listed = tab.page.locator("#search-results li").all_inner_texts()
    question = " ".join(tables.review("osteoporosis")["question"].split())
    assert f"Osteoporosis ({question})" in listed


def test_names_in_the_cells_of_chapters_are_not_in_the_index(
    built: Book, index: dict[str, Any]
) -> None:
    language = English({})
    found, looked_for = set(), 0
    for chapter in folders.chapters():
        source = (built.root / "book" / f"{chapter}.md").read_text(encoding="utf-8")
        cells = "".join(re.findall(r"```\{code-cell\}.*?```", source, re.DOTALL))
        for name in set(re.findall(r"[a-z]+_\w+", cells)):
            pages = index["terms"].get(language.stem(name).lower(), [])
            looked_for += 1
            if index["docnames"].index(f"book/{chapter}") in (
                pages if isinstance(pages, list) else [pages]
            ):
                found.add(name)
        # The ledger shows recipes to readers, with their settings.
        recipes = (built.root / "data" / chapter / "reported.csv").read_text(encoding="utf-8")
        found -= {name for name in found if name in recipes}
    assert looked_for > 100
    assert found <= {"i2_from"}  # which is a setting of every paper


def test_index_has_every_study_and_no_number(index: dict[str, Any]) -> None:
    kinds = {int(number): kind for number, (_, kind, _) in index["objnames"].items()}
    listed = {
        (index["docnames"][page], name)
        for page, kind, _, _, name in index["objects"][""]
        if kinds[kind] == "study"
    }
    rows = [
        (f"book/{chapter}", row["study"], row["in_review"])
        for chapter in folders.chapters()
        if tables.has(chapter, "studies")
        for _, row in tables.records(chapter, "studies")
    ]
    of_papers = {(page, study) for page, study, in_review in rows if in_review == "yes"}
    assert len(of_papers) > 100
    assert of_papers <= listed <= {(page, study) for page, study, _ in rows}
    assert [word for word in index["terms"] if word.isdigit() and word.isascii()] == []


def test_what_the_index_names_stands_where_it_says(
    index: dict[str, Any], anchors: dict[str, set[str]]
) -> None:
    rows = index["objects"][""]
    assert len(rows) > 1500
    lost = [row for row in rows if row[3] not in anchors[f"{index['docnames'][row[0]]}.html"]]
    assert lost == []


def drawn(site: Path, pages: Iterable[str]) -> dict[str, str]:
    """The titles of the charts on pages, by their ids."""
    return {
        chart: unescape(title)
        for name in pages
        for chart, title in re.findall(
            r'<figure class="chart" id="([^"]*)">.*?<strong>(.*?)</strong>',
            (site / name).read_text(encoding="utf-8"),
            re.DOTALL,
        )
    }


def test_every_result_has_its_address_in_the_inventory(
    site: Path, anchors: dict[str, set[str]]
) -> None:
    with (site / "objects.inv").open("rb") as file:
        inventory = InventoryFile.load(file, "", posixpath.join)
    labels = {
        name: (address, words) for name, (_, _, address, words) in inventory["std:label"].items()
    }
    document = json.loads((site / "results.json").read_text(encoding="utf-8"))
    expected = {
        entry["id"]: (entry["url"], entry.get("claim", entry.get("label", "")))
        for kind in ("results", "findings", "living")
        for entry in document[kind]
    } | {
        entry["id"]: (entry["url"], f"{entry['condition']}: {entry['label']}")
        for entry in document["evidence"]
    }
    assert len(expected) > 1400
    expected |= {
        chart: (f"book/{chart.partition('.')[0]}.html#{chart}", title)
        for chart, title in drawn(site, anchors).items()
    }
    assert {name: labels.get(name) for name in expected} == expected
    for name, (address, _) in labels.items():
        page, _, anchor = address.partition("#")
        if page.startswith("book/"):  # Sphinx also lists its indices, which this book leaves out
            assert anchor in anchors[page], name


def test_published_charts_keep_their_ids_and_what_they_show(
    site: Path, anchors: dict[str, set[str]]
) -> None:
    """charts.csv lists what has been published; a new chart is added to it, none is taken out.

    New data draw charts too: those of a chapter that no release has, and of a unit of doses.
    """
    with Path(__file__).with_name("charts.csv").open(encoding="utf-8", newline="") as file:
        published = {row["id"]: row["title"] for row in csv.DictReader(file)}
    shown = drawn(site, anchors)
    last = releases.releases()[-1].document["chapters"]
    unreleased = set(folders.chapters()) - {chapter["id"] for chapter in last}
    made_by_data = (*(f"{chapter}." for chapter in unreleased), "synthesis.doses-")
    new = [chart for chart in shown.keys() - published if not chart.startswith(made_by_data)]
    assert new == [], "a new chart belongs into charts.csv"
    for chart, title in published.items():
        # A chart that is gone leaves its anchor on its page, beside what took its place.
        assert chart in anchors[f"book/{chart.partition('.')[0]}.html"], chart
        assert shown.get(chart, title) == title, f"{chart} shows something else"
