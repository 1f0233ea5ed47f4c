"""References on pages, and the templates from which a script makes others."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from analysis import exhibits, tables
from analysis.citing import book as books
from analysis.citing import items, shown
from analysis.citing.files import FORMATS, formats
from analysis.folders import ROOT
from analysis.html import Html
from analysis.references import references
from analysis.review import Chapter, all_numbers
from analysis.versions.releases import releases

CHAPTER = "spinal-cord-injury"
BY_CHAPTER = tables.chapters()


def templates(page: Html) -> Mapping[str, Any]:
    [found] = re.findall(
        r'<script type="application/json" class="citations">(.*?)</script>', page.markup
    )
    read: Mapping[str, Any] = json.loads(found)
    return read


def test_templates_have_each_chapter_and_format() -> None:
    read = templates(all_numbers())
    assert list(read["results"]) == BY_CHAPTER
    assert list(templates(Chapter(CHAPTER).citation())["results"]) == [CHAPTER]
    for name, each in read["results"].items():
        paper = items.paper(references()[tables.review(name)["source"]])
        assert each["paper"] == {"key": paper.key, "formats": formats(paper)}
        assert list(each["book"]["formats"]) == list(FORMATS)
        for text in each["book"]["formats"].values():
            assert shown.LABEL in text
            assert shown.KIND in text
            assert shown.ID in text


@pytest.mark.parametrize("chapter", BY_CHAPTER)
def test_template_filled_with_plain_words_is_the_reference(chapter: str) -> None:
    identifier, label = f"{chapter}.what.which", "A plain label"
    template = templates(Chapter(chapter).citation())["results"][chapter]
    expected = formats(items.result(identifier, label, chapter))
    for name, text in template["book"]["formats"].items():
        filled = text.replace("⟦label⟧", label).replace("⟦kind⟧", "printed number")
        assert filled.replace("⟦id⟧", identifier) == expected[name]
    assert template["address"] == f"book/{chapter}.html#⟦id⟧"


def test_page_of_several_chapters_says_where_each_of_its_results_stands() -> None:
    read = templates(exhibits.page_citation("synthesis", "What the reviews say together"))[
        "results"
    ]
    assert read[CHAPTER]["address"] == f"book/{CHAPTER}.html#⟦id⟧"
    for begin in (f"{CHAPTER}.certainty", "synthesis"):
        assert read[begin]["address"] == "book/synthesis.html#⟦id⟧"
    assert (
        f"data {tables.digest(CHAPTER)[:12]}"
        in read[f"{CHAPTER}.certainty"]["book"]["formats"]["apa"]
    )
    assert f"data {tables.digest()[:12]}" in read["synthesis"]["book"]["formats"]["apa"]
    assert read[f"{CHAPTER}.certainty"]["paper"] == read[CHAPTER]["paper"]
    assert "paper" not in read["synthesis"], "it is of no single paper"


def test_section_shows_texts_and_folds_files() -> None:
    markup = Chapter(CHAPTER).citation().markup
    assert markup.count("<blockquote data-format=") == 4
    assert re.findall(r"<details><summary>(.*?)</summary>", markup) == [
        *("BibTeX", "RIS", "CSL-JSON"),
        *("BibTeX", "RIS", "CSL-JSON"),
    ]
    assert "cite this book at its version" in markup
    assert "cite the paper" in markup


def test_signs_are_escaped_in_the_page() -> None:
    item = items.result(f"{CHAPTER}.odd.0", "</code><script>alert(1)</script>", CHAPTER)
    markup = shown.reference(item, "A result:").markup
    assert "<script>" not in markup
    assert markup.count("&lt;/code&gt;&lt;script&gt;") == len(FORMATS)


def test_script_escapes_the_same_signs_of_tex() -> None:
    from analysis.citing.files import TEX

    script = (ROOT / "book" / "_static" / "cite.js").read_text(encoding="utf-8")
    found = re.search(r"const TEX = (\{.*?\});", script, re.DOTALL)
    assert found
    table = json.loads(re.sub(r",\s*}", "}", found[1]))
    assert table == {sign: text for sign, text in TEX.items() if text != f"\\{sign}"}


def test_former_reference_is_that_of_the_release() -> None:
    identifier = f"{CHAPTER}.bbb-last.living"
    for release in releases():
        markup = unescape(exhibits.former_reference(identifier, str(release.version)).markup)
        [entry] = [each for each in release.document["living"] if each["id"] == identifier]
        [chapter] = [each for each in release.document["chapters"] if each["id"] == CHAPTER]
        assert f"(Version {release.version}, data {chapter['data_digest'][:12]})" in markup
        assert f"{entry['estimate']:.2f} (95% CI {entry['ci_low']:.2f} to " in markup
        assert f"DA  - {release.released.replace('-', '/')}\n" in markup
    assert len(releases()) > 1


def test_unknown_results_and_releases_are_named() -> None:
    with pytest.raises(
        ValueError, match=r"no result 'spinal-cord-injury\.bbb-last\.livin'.*living"
    ):
        exhibits.result_reference(f"{CHAPTER}.bbb-last.livin")
    with pytest.raises(ValueError, match=r"no release '1999\.0\.0'"):
        exhibits.former_reference(f"{CHAPTER}.bbb-last.living", "1999.0.0")
    with pytest.raises(ValueError, match=rf"has no living estimate '{CHAPTER}\.a\.b'"):
        exhibits.former_reference(f"{CHAPTER}.a.b")


def test_another_book_is_told_the_label_of_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    identifier = f"{CHAPTER}.bbb-last.living"
    markup = unescape(exhibits.from_sphinx(identifier).markup)
    assert f"{{external+msc-ev:ref}}`{identifier}`" in markup
    assert f":external+msc-ev:ref:`{identifier}`" in markup
    made = replace(books.book(), base="https://example.org/")
    monkeypatch.setattr("analysis.exhibits.citing.book", lambda: made)
    markup = unescape(exhibits.from_sphinx(identifier).markup)
    assert '{"msc-ev": ("https://example.org/", None)}' in markup
