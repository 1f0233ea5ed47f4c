"""Mistaken and hostile files beside the data are refused, each in its line and at once."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis import validation
from analysis.book_files import check as book_files
from analysis.folders import ROOT
from tests.edits import (
    NO_FILE,
    NOT_A_LINE,
    Edit,
    cases,
    entry,
    loop,
    removed,
    replaced,
    written,
)

pytestmark = pytest.mark.usefixtures("no_hang")

BIBLIOGRAPHY = "book/references.bib"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the book that are not its tables."""
    root = tmp_path_factory.mktemp("book")
    (root / "book").mkdir()
    for name in ("_toc.yml", "_config.yml", "CITATION.cff", ".zenodo.json", BIBLIOGRAPHY):
        shutil.copy(ROOT / name, root / name)
    text = (ROOT / BIBLIOGRAPHY).read_text(encoding="utf-8")
    (root / BIBLIOGRAPHY).write_text("\n@".join(text.split("\n@")[:5]), encoding="utf-8")
    for page in (ROOT / "book").glob("*.md"):
        head, _, rest = page.read_text(encoding="utf-8").partition("\n# ")
        heading = rest.partition("\n")[0]
        (root / "book" / page.name).write_text(f"{head}\n# {heading}\n", encoding="utf-8")
    (root / "book" / "_ext").mkdir()
    for extension in (ROOT / "book" / "_ext").glob("*.py"):
        (root / "book" / "_ext" / extension.name).touch()
    for review in (ROOT / "data").glob("*/review.yml"):
        (root / "data" / review.parent.name).mkdir(parents=True)
        shutil.copy(review, root / "data" / review.parent.name)
    return root


@pytest.fixture
def root(tmp_path: Path, whole: Path) -> Path:
    """The same to be spoilt."""
    return Path(shutil.copytree(whole, tmp_path / "book"))


def appended(file: str, text: str) -> Edit:
    def edit(root: Path) -> None:
        with (root / file).open("a", encoding="utf-8") as target:
            target.write(text)

    return edit


def in_turn(*edits: Edit) -> Edit:
    def edit(root: Path) -> None:
        for each in edits:
            each(root)

    return edit


def field(name: str, text: str) -> Edit:
    """Put another text into a field of the first entry of the bibliography."""

    def edit(root: Path) -> None:
        path = root / BIBLIOGRAPHY
        content = path.read_text(encoding="utf-8")
        changed = re.sub(
            rf"^( +{name} *= ).*$",
            lambda found: f"{found[1]}{{{text}}},",
            content,
            count=1,
            flags=re.M,
        )
        assert changed != content
        path.write_text(changed, encoding="utf-8")

    return edit


def config(key: str, text: str) -> Edit:
    return entry("_config.yml", key, text)


def cited(key: str, text: str) -> Edit:
    return entry("CITATION.cff", key, text)


def dropped(file: str, key: str) -> Edit:
    """Drop an entry at the top of a YAML file, with what is under it."""

    def edit(root: Path) -> None:
        text = (root / file).read_text(encoding="utf-8")
        changed = re.sub(rf"^{key}:.*\n(?:[ -].*\n|\n)*", "", text, count=1, flags=re.M)
        assert changed != text
        (root / file).write_text(changed, encoding="utf-8")

    return edit


JAVASCRIPT, DATA = "javascript:alert(1)", "data:text/html,<script>alert(1)</script>"
ADDRESS = "must be an address such as https://"
MARKUP = "must be text without < > & and quotation marks"
DOI = "must be a DOI such as 10.1136/bmj.n71"
FIRST = re.findall(r"- (file: book/\S+)", (ROOT / "_toc.yml").read_text(encoding="utf-8"))[0]
PAGE = "book/cite.md"

BOOK: dict[str, tuple[Edit, str, str]] = {
    # Contents
    "contents missing": (removed("_toc.yml"), "_toc.yml:", "cannot be read"),
    "contents empty": (written("_toc.yml", b""), "_toc.yml:", "must be a mapping"),
    "contents a list": (written("_toc.yml", b"- a"), "_toc.yml:1:", "must be a mapping"),
    "contents a number": (written("_toc.yml", b"3"), "_toc.yml:1:", "must be a mapping"),
    "contents not UTF-8": (written("_toc.yml", b"a: \xff"), "_toc.yml:1:", "must be UTF-8"),
    "contents malformed": (written("_toc.yml", b"a: [\n"), "_toc.yml:2:", "not well-formed"),
    "contents without parts": (dropped("_toc.yml", "parts"), "_toc.yml:1:", "parts: is missing"),
    "contents without a root": (dropped("_toc.yml", "root"), "_toc.yml:1:", "root: is missing"),
    "contents with empty parts": (
        written("_toc.yml", b"format: jb-book\nroot: book/index\nparts: []\n"),
        "_toc.yml:3:",
        "parts: must not be empty",
    ),
    "contents with a part that is a text": (
        written("_toc.yml", b"format: jb-book\nroot: book/index\nparts: [a]\n"),
        "_toc.yml:3:",
        "must be a mapping",
    ),
    "contents with a page elsewhere": (
        replaced("_toc.yml", FIRST, "file: ../../etc/passwd"),
        "_toc.yml:6:",
        "must match",
    ),
    "contents with a page that is an address": (
        replaced("_toc.yml", FIRST, f"url: {JAVASCRIPT}"),
        "_toc.yml:6:",
        "is not known",
    ),
    "contents with markup": (entry("_toc.yml", "caption", "<b>A</b>"), "_toc.yml:4:", MARKUP),
    "line without its page": (
        replaced("_toc.yml", "book/methods", "book/method"),
        "_toc.yml:",
        "has no page book/method.md (did you mean book/methods?)",
    ),
    "page that stands twice": (
        replaced("_toc.yml", "book/methods", "book/ledger"),
        "_toc.yml:",
        "stands already in line",
    ),
    "chapter without its line": (
        replaced("_toc.yml", f"      - {FIRST}\n", ""),
        "_toc.yml:3:",
        f"has no line for the chapter of {FIRST.replace('file: book', 'data')}",
    ),
    # Configuration
    "configuration missing": (removed("_config.yml"), "_config.yml:", "cannot be read"),
    "configuration empty": (written("_config.yml", b""), "_config.yml:", "must be a mapping"),
    "configuration a list": (written("_config.yml", b"- a"), "_config.yml:1:", "must be a mapping"),
    "configuration without a title": (dropped("_config.yml", "title"), "_config.yml:", "title: is"),
    "configuration without extensions": (
        dropped("_config.yml", "sphinx"),
        "_config.yml:",
        "sphinx: is missing",
    ),
    "configuration that publishes errors": (
        config("allow_errors", "true"),
        "_config.yml:",
        "execute.allow_errors: must be one of false, got true",
    ),
    "configuration that executes nothing": (
        config("execute_notebooks", '"off"'),
        "_config.yml:",
        "execute.execute_notebooks: must be one of cache, got off",
    ),
    **{
        f"configuration without the extension {name}": (
            replaced("_config.yml", f"    {name}: book/_ext", f"    # {name}"),
            "_config.yml:",
            f"sphinx.local_extensions.{name}: is missing",
        )
        for name in ("fresh", "strict", "offline")
    },
    "configuration with an extension that is not there": (
        replaced("_config.yml", "    search: book/_ext", "    serch: book/_ext"),
        "_config.yml:",
        "has no file book/_ext/serch.py (did you mean search?)",
    ),
    "title with a script": (
        config("title", "'<script>alert(1)</script>'"),
        "_config.yml:3:",
        MARKUP,
    ),
    "title with an attribute": (
        config("title", "'x\" onload=\"alert(1)'"),
        "_config.yml:3:",
        MARKUP,
    ),
    "title with an entity": (config("title", "'&lt;script&gt;'"), "_config.yml:3:", MARKUP),
    "title of two lines": (config("title", '"a\\\\nb"'), "_config.yml:3:", NOT_A_LINE),
    "title that is a number": (config("title", "12"), "_config.yml:3:", "must be text"),
    "title that is empty": (config("title", '""'), "_config.yml:3:", "must not be empty"),
    "title from right to left": (config("title", '"a\\\\u202eb"'), "_config.yml:3:", "invisible"),
    "author with an image": (
        config("author", "'<img src=x onerror=alert(1)>'"),
        "_config.yml:4:",
        MARKUP,
    ),
    "author with a field of RIS": (
        config("author", '"A\\\\nER  - "'),
        "_config.yml:4:",
        NOT_A_LINE,
    ),
    "copyright with markup": (config("copyright", "'<i>2026'"), "_config.yml:5:", MARKUP),
    "script as the address of the site": (config("baseurl", JAVASCRIPT), "_config.yml:", ADDRESS),
    "data as the address of the site": (config("baseurl", f"'{DATA}'"), "_config.yml:", ADDRESS),
    "site without encryption": (config("baseurl", "http://example.org"), "_config.yml:", ADDRESS),
    "site with a user": (config("baseurl", "https://a:b@example.org"), "_config.yml:", ADDRESS),
    "site with a quotation mark": (
        config("baseurl", "'https://example.org/\"x'"),
        "_config.yml:",
        ADDRESS,
    ),
    "repository with a script": (config("url", JAVASCRIPT), "_config.yml:", ADDRESS),
    "announcement with a script": (
        replaced("_config.yml", "html:\n", "html:\n  announcement: <script src=x></script>\n"),
        "_config.yml:",
        MARKUP,
    ),
    "icon that leads to a script": (
        appended(
            "_config.yml", f"    html_theme_options: {{icon_links: [{{url: '{JAVASCRIPT}'}}]}}\n"
        ),
        "_config.yml:",
        "must be no address but of https",
    ),
    "extensions that are a list": (
        replaced("_config.yml", "  config:\n", "  config: []\n  others:\n"),
        "_config.yml:",
        "must be a mapping",
    ),
    # Citation
    "citation missing": (removed("CITATION.cff"), "CITATION.cff:", "cannot be read"),
    "citation empty": (written("CITATION.cff", b""), "CITATION.cff:", "must be a mapping"),
    "citation a text": (written("CITATION.cff", b"Mou"), "CITATION.cff:1:", "must be a mapping"),
    **{
        f"citation without {key}": (
            dropped("CITATION.cff", key),
            "CITATION.cff:1:",
            f"{key}: is missing",
        )
        for key in ("version", "authors", "abstract", "title", "keywords", "references", "license")
    },
    "version of two numbers": (cited("version", "2025.1"), "CITATION.cff:", "must be text"),
    "version of words": (cited("version", "latest"), "CITATION.cff:", "must match"),
    "version with a path": (cited("version", "../2025.1.0"), "CITATION.cff:", "must match"),
    "day that lies ahead": (cited("date-released", "2099-01-01"), "CITATION.cff:", "lie ahead"),
    "day that does not exist": (cited("date-released", "2026-02-30"), "CITATION.cff:", "a date"),
    "day of the year 1": (cited("date-released", "0001-01-01"), "CITATION.cff:", "a date"),
    "author without a name": (
        cited("  - name", "\n    email: a@example.org"),
        "CITATION.cff:",
        "must be text, got None",
    ),
    "author of two lines": (cited("  - name", '"A\\\\nAU  - B"'), "CITATION.cff:", NOT_A_LINE),
    "author that is a text": (
        replaced("CITATION.cff", "  - name: The", "  - The"),
        "CITATION.cff:",
        "must be a mapping",
    ),
    "no author": (
        replaced("CITATION.cff", "authors:\n  - name: The", "authors: []\nothers:\n  - name: The"),
        "CITATION.cff:",
        "authors: must not be empty",
    ),
    "author with half a name": (
        replaced("CITATION.cff", "given-names: Yi-Ping", "affiliation: X"),
        "CITATION.cff:",
        "must have a name, or family-names and given-names",
    ),
    "DOI that is an address": (
        cited("version", "2025.1.0\ndoi: https://doi.org/10.5281/zenodo.1"),
        "CITATION.cff:",
        DOI,
    ),
    "DOI that is a script": (
        cited("version", f"2025.1.0\ndoi: {JAVASCRIPT}"),
        "CITATION.cff:",
        DOI,
    ),
    "DOI that leads up": (cited("version", "2025.1.0\ndoi: 10.5281/../x"), "CITATION.cff:", DOI),
    "DOI with markup": (
        cited("version", "2025.1.0\ndoi: '10.5281/\"><script>'"),
        "CITATION.cff:",
        DOI,
    ),
    "DOI of a paper": (cited("doi", JAVASCRIPT), "CITATION.cff:", DOI),
    "address that is a script": (
        cited("version", f"2025.1.0\nurl: {JAVASCRIPT}"),
        "CITATION.cff:",
        ADDRESS,
    ),
    "address of a field that we don't use": (
        cited("version", f"2025.1.0\nrepository-artifact: {JAVASCRIPT}"),
        "CITATION.cff:",
        "must be no address but of https",
    ),
    "licence that is no name": (cited("license", "'<b>'"), "CITATION.cff:", "must match"),
    "paper without a journal": (
        replaced("CITATION.cff", "    journal: Frontiers in Neurology\n", ""),
        "CITATION.cff:",
        "journal: is missing",
    ),
    "paper of no year": (cited("year", "soon"), "CITATION.cff:", "must be a whole number"),
    "abstract with a bell": (
        replaced("CITATION.cff", "abstract: >-\n", 'abstract: "\\a"\nothers: >-\n'),
        "CITATION.cff:",
        "invisible",
    ),
    "paper of a chapter left out": (
        replaced("CITATION.cff", 'title: "Stem cell-derived exosome', 'title: "Exosome'),
        "CITATION.cff:",
        "must name the paper of data/spinal-cord-injury: Stem cell-derived exosome treatment",
    ),
    "Zenodo not told": (removed(".zenodo.json"), ".zenodo.json:", "cannot be read"),
    "Zenodo told less": (written(".zenodo.json", b"{}"), ".zenodo.json:", "must say what"),
    "Zenodo told half": (written(".zenodo.json", b'{\n"a": '), ".zenodo.json:2:", "JSON"),
    "Zenodo told nothing": (written(".zenodo.json", b""), ".zenodo.json:1:", "JSON"),
    "Zenodo told in depth": (written(".zenodo.json", b"[" * 99_999), ".zenodo.json:", "JSON"),
    "Zenodo told another title": (cited("title", '"Another"'), ".zenodo.json:", "must say what"),
    # Bibliography
    "bibliography missing": (removed(BIBLIOGRAPHY), f"{BIBLIOGRAPHY}:", "cannot be read"),
    "bibliography not UTF-8": (
        written(BIBLIOGRAPHY, b"@article{a,\n title={\xff}}"),
        f"{BIBLIOGRAPHY}:2:",
        "must be UTF-8",
    ),
    "entry that is not closed": (
        written(BIBLIOGRAPHY, b"@article{a,\n title = {x}\n\n@article{b, title = {y}}"),
        f"{BIBLIOGRAPHY}:4:",
        "BibTeX",
    ),
    "key that stands twice": (
        appended(BIBLIOGRAPHY, "@misc{Mou2025, title = {x}, year = {2025}}\n"),
        f"{BIBLIOGRAPHY}:{{last}}:",
        "stands twice: Mou2025",
    ),
    "field that stands twice": (
        appended(BIBLIOGRAPHY, "@misc{a, title = {x}, title = {y}, year = {2025}}\n"),
        f"{BIBLIOGRAPHY}:{{last}}:",
        "BibTeX",
    ),
    "text without braces": (
        appended(BIBLIOGRAPHY, "@misc{a, title = x, year = {2025}}\n"),
        f"{BIBLIOGRAPHY}:{{last}}:",
        "undefined string",
    ),
    "braces in depth": (
        appended(
            BIBLIOGRAPHY, f"@misc{{a, title = {{{'{' * 3000}{'}' * 3000}}}, year = {{2025}}}}\n"
        ),
        f"{BIBLIOGRAPHY}:{{last}}:",
        "BibTeX",
    ),
    "TeX that is none": (field("title", "x \\"), f"{BIBLIOGRAPHY}:1:", "BibTeX"),
    "name of five parts": (field("author", "A, B, C, D, E"), f"{BIBLIOGRAPHY}:1:", "BibTeX"),
    "one DOI in two entries": (
        appended(
            BIBLIOGRAPHY,
            "@misc{a, title = {x}, year = {2025}, doi = {10.3389/FNEUR.2025.1447414}}\n",
        ),
        f"{BIBLIOGRAPHY}:{{last}}:",
        "doi: a: stands already in mou2025",
    ),
    "unknown type": (
        appended(BIBLIOGRAPHY, "@artcle{a, title = {x}, year = {2025}}\n"),
        f"{BIBLIOGRAPHY}:{{last}}:",
        "must be one of article",
    ),
    "unknown field": (
        appended(BIBLIOGRAPHY, "@misc{a, titel = {x}, year = {2025}}\n"),
        f"{BIBLIOGRAPHY}:{{last}}:",
        "is no field of the bibliography (did you mean title?)",
    ),
    "no title": (
        appended(BIBLIOGRAPHY, "@misc{a, year = {2025}}\n"),
        f"{BIBLIOGRAPHY}:{{last}}:",
        "has no title",
    ),
    "no year": (field("year", "in press"), f"{BIBLIOGRAPHY}:1:", "must have four digits"),
    "key with markup": (
        appended(BIBLIOGRAPHY, "@misc{<b>, title = {x}, year = {2025}}\n"),
        f"{BIBLIOGRAPHY}:{{last}}:",
        "must have a key of letters",
    ),
    "DOI with an address": (field("doi", "https://doi.org/10.1/x"), f"{BIBLIOGRAPHY}:1:", DOI),
    "DOI with a script": (field("doi", JAVASCRIPT), f"{BIBLIOGRAPHY}:1:", DOI),
    "DOI that leads to another": (field("doi", "10.3389/../../x"), f"{BIBLIOGRAPHY}:1:", DOI),
    "DOI with an attribute": (field("doi", "10.3389/x' onclick='y"), f"{BIBLIOGRAPHY}:1:", DOI),
    "DOI with a point behind": (field("doi", "10.3389/fneur."), f"{BIBLIOGRAPHY}:1:", DOI),
    "script as an address": (
        field("pages", f"1}},\n  url = {{{JAVASCRIPT}"),
        f"{BIBLIOGRAPHY}:1:",
        ADDRESS,
    ),
    "data as an address": (
        field("pages", f"1}},\n  url = {{{DATA}"),
        f"{BIBLIOGRAPHY}:1:",
        ADDRESS,
    ),
    "address without encryption": (
        field("pages", "1},\n  url = {http://example.org"),
        f"{BIBLIOGRAPHY}:1:",
        ADDRESS,
    ),
    "link in a title": (
        field("title", rf"\href{{{JAVASCRIPT}}}{{x}}"),
        f"{BIBLIOGRAPHY}:1:",
        "must hold no link",
    ),
    "link in a note": (
        field("pages", rf"1}},\n  note = {{\url{{{JAVASCRIPT}}}".replace(r"\n", "\n")),
        f"{BIBLIOGRAPHY}:1:",
        "must hold no link",
    ),
    "link in a name": (
        field("author", rf"\href{{{JAVASCRIPT}}}{{Mou}}"),
        f"{BIBLIOGRAPHY}:1:",
        "must be names without links",
    ),
    "title from right to left, of a paper": (
        field("title", "a\u202eb"),
        f"{BIBLIOGRAPHY}:1:",
        NOT_A_LINE,
    ),
    "title with a zero width": (field("title", "a\u200bb"), f"{BIBLIOGRAPHY}:1:", NOT_A_LINE),
    # Pages
    "page without front matter": (written(PAGE, b"# Cite\n"), f"{PAGE}:1:", "front matter"),
    "page empty": (written(PAGE, b""), f"{PAGE}:1:", "front matter"),
    "front matter not closed": (
        written(PAGE, b"---\na: b\n# Cite\n"),
        f"{PAGE}:1:",
        "front matter",
    ),
    "front matter a list": (written(PAGE, b"---\n- a\n---\n"), f"{PAGE}:2:", "must be a mapping"),
    "front matter empty": (written(PAGE, b"---\n---\n"), f"{PAGE}:", "must be a mapping"),
    "front matter malformed": (written(PAGE, b"---\na: [\n---\n"), f"{PAGE}:", "not well-formed"),
    "front matter with a script": (
        replaced(PAGE, "file_format", "html_meta: {x: y}\nfile_format"),
        f"{PAGE}:3:",
        "is not known",
    ),
    "page without a description": (
        lambda root: replaced(PAGE, (root / PAGE).read_text().splitlines()[1] + "\n", "")(root),
        f"{PAGE}:1:",
        "description: is missing",
    ),
    "page whose cells nothing executes": (
        in_turn(
            replaced(PAGE, "file_format: mystnb\n", ""),
            appended(PAGE, "\n```{code-cell}\n1\n```\n"),
        ),
        f"{PAGE}:1:",
        "file_format: is missing: no cell would be executed",
    ),
    "description that is a number": (entry(PAGE, "description", "3"), f"{PAGE}:2:", "must be text"),
    "description of two lines": (entry(PAGE, "description", '"a\\\\nb"'), f"{PAGE}:2:", NOT_A_LINE),
    "page that reads an unknown chapter": (
        entry(PAGE, "file_format", "mystnb\nreads: [umbrela]"),
        f"{PAGE}:4:",
        "is not known: umbrela (did you mean umbrella?)",
    ),
    "page that reads a text": (
        entry(PAGE, "file_format", "mystnb\nreads: umbrella"),
        f"{PAGE}:4:",
        "must be a list",
    ),
    "page of a chapter with another heading": (
        replaced("book/osteoporosis.md", "# Osteoporosis", "# Bone loss"),
        "book/osteoporosis.md:7:",
        "must have the title of data/osteoporosis/review.yml as its heading, Osteoporosis, got "
        "Bone loss",
    ),
    "page of a chapter without a heading": (
        replaced("book/osteoporosis.md", "# Osteoporosis", "Osteoporosis"),
        "book/osteoporosis.md:1:",
        "Osteoporosis, got none",
    ),
    "page of another kernel": (entry(PAGE, "  name", "bash"), f"{PAGE}:", "must be one of python3"),
    "page that cites nothing known": (
        appended(PAGE, "\n{cite:t}`mou2025, mou2052`\n"),
        f"{PAGE}:",
        "is not in references.bib: mou2052 (did you mean mou2025?)",
    ),
    "page not UTF-8": (written(PAGE, b"---\na: \xff\n---\n"), f"{PAGE}:2:", "must be UTF-8"),
}


@cases(BOOK)
def test_fault_of_a_file_beside_the_data_is_named(root: Path, case: tuple[Edit, str, str]) -> None:
    edit, place, says = case
    edit(root)
    lines = (root / BIBLIOGRAPHY).read_bytes().count(b"\n") if (root / BIBLIOGRAPHY).exists() else 0
    faults = [str(fault) for fault in book_files.check(root)]
    assert any(fault.startswith(place.format(last=lines)) and says in fault for fault in faults), (
        faults
    )
    assert len(faults) <= 2
    assert all("\n" not in fault and len(fault) < 500 for fault in faults)


def test_the_book_itself_has_no_fault(root: Path) -> None:
    assert book_files.check(root) == []


@pytest.mark.parametrize("make", NO_FILE, ids=lambda make: make.__name__)
@pytest.mark.parametrize(
    "file", ["_toc.yml", "_config.yml", "CITATION.cff", ".zenodo.json", BIBLIOGRAPHY, PAGE]
)
def test_what_is_no_file_is_refused_at_once(
    root: Path, file: str, make: Callable[[Path], None]
) -> None:
    (root / file).unlink()
    make(root / file)
    faults = [str(fault) for fault in book_files.check(root)]
    assert f"{file}: {NO_FILE[make]}" in faults or (file == PAGE and "has no page" in faults[0])


@pytest.mark.parametrize("make", NO_FILE, ids=lambda make: make.__name__)
@pytest.mark.parametrize("file", ["studies.csv", "flow.csv", "review.yml", "dictionary.yml"])
def test_what_is_no_file_of_a_chapter_is_refused_at_once(
    data: Path, file: str, make: Callable[[Path], None]
) -> None:
    path = data / "spinal-cord-injury" / file
    path.unlink()
    make(path)
    faults = [str(fault) for fault in validation.check(data)]
    if file == "dictionary.yml" and make is loop:
        return  # a chapter without a dictionary of its own is one
    assert f"data/spinal-cord-injury/{file}: {NO_FILE[make]}" in faults
