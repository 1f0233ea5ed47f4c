"""Titles, descriptions and headings are written for people."""

import re
from html import unescape
from pathlib import Path

import pytest
import yaml

from analysis import folders, tables
from tests.site.conftest import Book

HEADING = re.compile(
    r'<section id="([^"]*)">\s*(?:<span id="[^"]*"></span>)*<h[1-6]>(.*?)</h', re.S
)
ANCHOR = re.compile(r"(?!id\d+$)[a-z][a-z0-9]*(-[a-z0-9]+)*")
HEAD = {
    "title": re.compile(r"<title>(.*?)</title>", re.S),
    "description": re.compile(r'<meta name="description" content="([^"]*)"'),
}


@pytest.fixture(scope="module")
def contents(site: Path) -> dict[str, str]:
    """The pages of the contents, by name."""
    return {page.stem: page.read_text(encoding="utf-8") for page in (site / "book").glob("*.html")}


def test_each_page_has_a_title_and_a_description_of_its_own(
    built: Book, contents: dict[str, str]
) -> None:
    book = yaml.safe_load((built.root / "_config.yml").read_text(encoding="utf-8"))["title"]
    titles = {name: _head(text, "title") for name, text in contents.items()}
    for name, title in titles.items():
        heading = unescape(HEADING.findall(contents[name])[0][1].partition("<a ")[0])
        assert title == (heading if name == "index" else f"{heading} — {book}")
        assert 15 <= len(title) <= 70
    assert len(set(titles.values())) == len(titles) > 10
    descriptions = {name: _head(text, "description") for name, text in contents.items()}
    assert {name: text for name, text in descriptions.items() if not 50 <= len(text) <= 160} == {}
    assert len(set(descriptions.values())) == len(descriptions)
    for chapter in folders.chapters():
        assert descriptions[chapter] == " ".join(tables.review(chapter)["question"].split())


def test_headings_of_a_page_are_distinct_and_their_anchors_are_words(
    contents: dict[str, str],
) -> None:
    for name, text in contents.items():
        found = HEADING.findall(text)
        assert len(found) == text.count("<section id=") > 0
        headings = [heading for _, heading in found]
        assert len(set(headings)) == len(headings), name
        assert [anchor for anchor, _ in found if not ANCHOR.fullmatch(anchor)] == [], name


def _head(text: str, name: str) -> str:
    [found] = HEAD[name].findall(text)
    return unescape(found)
