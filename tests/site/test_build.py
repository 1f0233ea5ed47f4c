"""A build is complete, never stale, never blank, and needs no network."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import date
from html import unescape
from pathlib import Path

import pytest

import fresh
from analysis import folders
from book import copies
from book.bench import add_chapters
from offline import outside_page, outside_style
from tests.site.conftest import Book, Tab
from tests.site.small import FIRST

STUDIES = "data/{}/studies.csv"
CHAPTER = "spinal-cord-injury"
JIANG = "spinal-cord-injury.studies.jiang-2021-bbb-last"
TOGETHER = ("index", "synthesis")
EVERYTHING = {*TOGETHER, "ledger", "cite", "changes", "versions", "download"}
"""The pages that read the data of all chapters."""


def reading(book: Book, chapter: str) -> set[str]:
    """The pages with cells that can read the data of a chapter."""
    found = set()
    for page in book.contents:
        source = (book.root / "book" / f"{page}.md").read_text(encoding="utf-8")
        if {chapter, None} & {*fresh.read_by(page, source)} and "{code-cell}" in source:
            found.add(page)
    return found


def edit(book: Book, alter: Callable[[list[dict[str, str]]], None], chapter: str = CHAPTER) -> None:
    """Let `alter` change the rows of the studies of a chapter."""
    copies.edit(book.root / STUDIES.format(chapter), alter)


def add_study(book: Book, chapter: str = CHAPTER) -> None:
    """Add a study that the published review did not pool, as a maintainer does."""

    def alter(rows: list[dict[str, str]]) -> None:
        like = next(row for row in rows if row["outcome"] == "bbb-last")
        name = {"study": "Newcomer 2026", "study_printed": "Newcomer 2026", "year": "2026"}
        changes = {"mean_treated": "12", "restored": "", "confirmed_by": "", "in_review": "no"}
        rows.append(like | name | changes)

    edit(book, alter, chapter)


def snapshot(folder: Path) -> dict[str, str]:
    """Every file under a folder with the digest of its content."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def shown(book: Book, chapter: str = CHAPTER) -> str:
    """The living estimate of a chapter as its page shows it."""
    page = (book.html / "book" / f"{chapter}.html").read_text(encoding="utf-8")
    found = re.search(rf'<span[^>]* data-result="{chapter}.bbb-last.living"[^>]*>([^<]*)<', page)
    assert found
    return found[1]


def computed(book: Book, chapter: str = CHAPTER) -> str:
    """The same estimate as the command line of the copy computes it."""
    code = f"from analysis.review import quote; print(quote('{chapter}.bbb-last.living'))"
    return book.run("python", "-c", code).stdout.strip()


def sentences(book: Book) -> dict[str, str]:
    """What the data of the copy say of all chapters together."""
    code = (
        "import json; from analysis.evidence.synthesis import Synthesis; "
        "print(json.dumps(Synthesis().sentences()))"
    )
    return dict(json.loads(book.run("python", "-c", code).stdout))


def visible(book: Book, page: str) -> str:
    """The text of a page without its markup."""
    text = (book.html / "book" / f"{page}.html").read_text(encoding="utf-8")
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text)))


def drawings(book: Book, page: str) -> list[str]:
    """The charts of a page as they are drawn."""
    text = (book.html / "book" / f"{page}.html").read_text(encoding="utf-8")
    return re.findall(r"<svg.*?</svg>", text, re.DOTALL)


def pages(site: Path) -> list[Path]:
    """The pages of the site; the theme leaves templates among its static files."""
    return sorted(page for page in site.rglob("*.html") if "_static" not in page.parts)


def test_every_page_of_the_contents_is_built(built: Book) -> None:
    assert {page.stem for page in (built.html / "book").glob("*.html")} == built.contents
    assert len(built.contents) > 10
    assert "url=book/index.html" in (built.html / "index.html").read_text(encoding="utf-8")


def test_an_anchor_stands_once_on_a_page(built: Book) -> None:
    for page in pages(built.html / "book"):
        found = Counter(re.findall(r'<[^>]* id="([^"]+)"', page.read_text(encoding="utf-8")))
        assert [name for name, n in found.items() if n > 1] == [], page


def test_each_page_shows_the_version_and_the_data_that_it_was_made_from(built: Book) -> None:
    published = json.loads((built.html / "results.json").read_text(encoding="utf-8"))
    code = published["code_digest"][:12]
    digests = {each["id"]: each["data_digest"][:12] for each in published["chapters"]}
    for page in pages(built.html / "book"):
        text = visible(built, page.stem)
        assert f"Version {published['version']}" in text, page
        if page.stem == "methods":  # it has no cells, and so no data
            continue
        digest = digests.get(page.stem, published["data_digest"][:12])
        assert f"data {digest}, code {code}." in text, page


def test_second_build_by_either_command_reads_and_executes_nothing(small: Book) -> None:
    tool = small.root / ".some_cache" / "README.md"
    tool.parent.mkdir()
    tool.write_text("What a tool leaves behind is no page.\n", encoding="utf-8")
    before = snapshot(small.html)
    build = small.build()
    assert build.ok, build.output
    assert (build.read, build.executed) == (set(), set())
    done = small.run("python", "-m", "book.publish")
    assert done.returncode == 0, done.stdout
    assert "Nothing has changed" in done.stdout
    assert snapshot(small.html) == before


def test_changed_data_change_the_page_and_what_rests_on_it(book: Book) -> None:
    published = shown(book)
    add_study(book)
    build = book.build()
    assert build.ok, build.output
    with_a_study = shown(book)
    assert with_a_study == computed(book) != published
    said = sentences(book)
    charts = {name: drawings(book, name) for name in TOGETHER}
    for name in TOGETHER:
        assert said["audit"] in visible(book, name), name

    def alter(rows: list[dict[str, str]]) -> None:
        [jiang] = [
            row for row in rows if (row["study"], row["outcome"]) == ("Jiang 2021", "bbb-last")
        ]
        jiang["mean_treated"] = "1.70"

    # The second time, the build starts from what the first has saved in the same place.
    edit(book, alter)
    why = f"{JIANG},{date.today()},1.60,It was misread.\n"
    book.append("data/spinal-cord-injury/corrections.csv", why)
    build = book.build()
    assert build.ok, build.output
    assert shown(book) == computed(book)
    assert shown(book) not in (published, with_a_study)
    results = json.loads((book.html / "results.json").read_text(encoding="utf-8"))["results"]
    verdicts = {entry["id"]: entry["verdict"] for entry in results}
    assert verdicts["spinal-cord-injury.bbb-last-md.jiang-2021"] == "discrepant"
    # Findings hold the papers of bone and the umbrella review against this one, a study of which
    # add-a-study shows.
    besides = {"bone-regeneration", "osteoporosis", "umbrella", "add-a-study"}
    assert build.executed == reading(book, "spinal-cord-injury")
    assert build.executed >= {"spinal-cord-injury", *besides, *EVERYTHING}
    now = sentences(book)
    assert now["audit"] != said["audit"]
    for name in TOGETHER:
        assert now["audit"] in visible(book, name), name
        assert said["audit"] not in visible(book, name), name
        assert drawings(book, name) != charts[name], name
    # Every sentence of the synthesis is the one that the data of the copy give now.
    for key, sentence in now.items():
        assert sentence in visible(book, "synthesis"), key


@pytest.mark.parametrize(
    ("chapter", "besides"),
    [
        ("intervertebral-disc", {"umbrella", "bone-regeneration", "osteoporosis"}),
        ("osteoporosis", {"umbrella", "bone-regeneration"}),
    ],
)
def test_changed_data_execute_the_pages_that_can_read_them_and_no_other(
    book: Book, chapter: str, besides: set[str]
) -> None:
    # The umbrella review's rule ranks the others' evidence, and two papers are held against it.
    book.append(f"data/{chapter}/reported.csv", "\n")
    build = book.build()
    assert build.ok, build.output
    assert build.executed == reading(book, chapter) != book.contents
    assert build.executed >= {chapter, *besides, *EVERYTHING}


def test_changed_prose_executes_nothing(small: Book) -> None:
    for page in (FIRST, "ledger"):
        small.append(f"book/{page}.md", "\nMore prose, and {result}`first.bbb-last.living`.\n")
    build = small.build()
    assert build.ok, build.output
    assert build.executed == set()
    for page in (FIRST, "ledger"):
        assert f"More prose, and {computed(small, FIRST)}" in visible(small, page)


def test_another_review_is_data_a_page_and_a_line(book: Book) -> None:
    add_chapters(book.root, len(folders.chapters()) + 1)
    build = book.build()
    assert build.ok, build.output
    code = "from analysis.review import quote; print(quote('copy-0.bbb-last.living'))"
    assert book.run("python", "-c", code).stdout.strip() in visible(book, "copy-0")
    address = 'href="copy-0.html#what-does-not-add-up"'  # from its tables, not the contents
    for name in TOGETHER:
        text = (book.html / "book" / f"{name}.html").read_text(encoding="utf-8")
        assert address in text, name


def test_same_bytes_in_another_folder_with_another_order_of_sets(
    built: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "12345")
    other = Book(tmp_path / "another folder")
    shutil.copytree(built.root, other.root, ignore=shutil.ignore_patterns("_build", "__pycache__"))
    build = other.build()
    assert build.ok, build.output
    assert snapshot(other.html) == snapshot(built.html)


@pytest.mark.parametrize("stage", ["", "reading sources", "writing output"])
def test_a_killed_publication_leaves_the_old_site_and_the_next_is_right(
    small: Book, stage: str
) -> None:
    before = snapshot(small.html)
    add_study(small, FIRST)
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "book.publish"],
        cwd=small.root,
        env={**os.environ, "PYTHONPATH": str(small.root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    said = next((line for line in process.stdout if stage in line), None) if stage else ""
    assert said is not None, f"the build never came to {stage}"
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert snapshot(small.html) == before
    done = small.run("python", "-m", "book.publish")
    assert done.returncode == 0, done.stdout
    assert shown(small, FIRST) == computed(small, FIRST)
    assert snapshot(small.html) != before


def test_changed_code_executes_again(small: Book) -> None:
    small.append("analysis/__init__.py", "\n# changed\n")
    build = small.build()
    assert build.ok, build.output
    assert build.read == build.executed == small.contents


def test_page_that_changes_the_data_fails_its_build(small: Book) -> None:
    small.append(
        "book/ledger.md",
        "\n```{code-cell} ipython3\n"
        "from analysis import tables\n"
        "with (tables.DATA / 'dictionary.yml').open('a') as file:\n"
        "    _ = file.write('# changed')\n"
        "```\n",
    )
    before = snapshot(small.html)
    build = small.build()
    assert not build.ok
    assert "a page has changed what the build reads" in build.output
    assert snapshot(small.html) == before


def test_wrong_cells_stop_the_build_before_it_writes(small: Book) -> None:
    def spoil(rows: list[dict[str, str]]) -> None:
        rows[0]["sd_treated"], rows[-1]["n_control"] = "-1.2", "many"

    edit(small, spoil, FIRST)
    before = snapshot(small.html)
    build = small.build()
    assert not build.ok
    studies = STUDIES.format(FIRST)
    assert re.search(rf"^{studies}:2: sd_treated: .*-1\.2", build.output, re.MULTILINE)
    assert re.search(rf"^{studies}:5: n_control: .*many", build.output, re.MULTILINE)
    assert "Traceback" not in build.output
    assert (build.read, build.executed) == (set(), set())
    assert snapshot(small.html) == before


def test_blanks_fail_every_build(small: Book) -> None:
    page = f"book/{FIRST}.md"
    good = (small.root / page).read_text(encoding="utf-8")
    small.append(page, "\n{glue:text}`no_such_key`, {result}`first.no.such`\n")
    small.append(page, "\n```{code-cell} ipython3\n1 / 0\n```\n")
    before = snapshot(small.html)
    for build in (small.build(), small.build()):
        assert not build.ok
        for cause in ("no_such_key", "first.no.such", "ZeroDivisionError"):
            assert cause in build.output
        assert snapshot(small.html) == before
    (small.root / page).write_text(good, encoding="utf-8")
    assert small.build().ok
    assert snapshot(small.html) == before


def test_warnings_while_writing_fail_every_build(small: Book) -> None:
    small.append("book/ledger.md", "\n[nowhere](nowhere.md) and $\\nosuchcommand$\n")
    small.append("book/ledger.md", '\n<img src="https://example.org/tracker.png" alt="">\n')
    for build in (small.build(), small.build()):
        assert not build.ok
        for cause in ("nowhere.md", r"unknown command \nosuchcommand", "example.org/tracker.png"):
            assert cause in build.output


@pytest.mark.parametrize("cut", ["executed/*/base.ipynb", "global.db"])
def test_output_that_a_full_disk_cut_short_is_made_again(small: Book, cut: str) -> None:
    before = snapshot(small.html)
    for path in (small.root / "_build" / "work").rglob(cut):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    shutil.rmtree(small.html)
    build = small.build()
    assert build.ok, build.output
    assert build.executed
    assert snapshot(small.html) == before


def test_no_page_names_a_resource_outside(site: Path) -> None:
    found = {page.name: outside_page(page.read_text(encoding="utf-8")) for page in pages(site)}
    styles = site.rglob("*.css")
    found |= {css.name: outside_style(css.read_text(encoding="utf-8")) for css in styles}
    assert {name: outside for name, outside in found.items() if outside} == {}


def test_no_page_loads_mathjax_or_thebe(site: Path) -> None:
    for page in pages(site):
        scripts = " ".join(re.findall(r"<script.*?</script>", page.read_text("utf-8"), re.DOTALL))
        assert not re.search("mathjax|thebe|require", scripts, re.IGNORECASE), page.name


@pytest.mark.parametrize("opened_from", ["folder", "server"])
def test_pages_open_without_network_or_errors(
    site: Path, served: str, tab: Tab, opened_from: str
) -> None:
    for page in pages(site):
        path = page.relative_to(site).as_posix()
        tab.page.goto(page.as_uri() if opened_from == "folder" else f"{served}/{path}")
        tab.page.wait_for_load_state("networkidle")
        assert (tab.refused, tab.errors) == ([], []), path


REQUESTS = """async ([address, count]) => {
    const refused = [];
    document.addEventListener("securitypolicyviolation",
        ({ effectiveDirective }) => refused.push(effectiveDirective));
    const add = (tag, properties) => document.body.append(
        Object.assign(document.createElement(tag), properties));
    add("img", { src: `${address}/img` });
    add("script", { src: `${address}/script` });
    add("link", { rel: "stylesheet", href: `${address}/sheet` });
    add("style", { textContent: `@import "${address}/import";` });
    add("style", { textContent: `body { background: url("${address}/background") }` });
    add("iframe", { src: `${address}/iframe` });
    add("video", { src: `${address}/video` });
    add("object", { data: `${address}/object` });
    const form = document.createElement("form");
    form.action = `${address}/form`;
    document.body.append(form);
    form.submit();
    await fetch(`${address}/fetch`).catch(() => null);
    navigator.sendBeacon(`${address}/beacon`);
    const request = new XMLHttpRequest();
    request.open("GET", `${address}/request`);
    request.send();
    await new FontFace("f", `url("${address}/font")`).load().catch(() => null);
    for (let turn = 0; turn < 200 && refused.length < count; turn++) {
        await new Promise((done) => setTimeout(done, 50));
    }
    return refused;
}"""
"""Asks for something in many ways; gives the part of the page's policy that each was refused by."""


@pytest.mark.parametrize("opened_from", ["folder", "server"])
def test_what_a_script_asks_of_the_network_is_refused(
    site: Path, served: str, tab: Tab, opened_from: str
) -> None:
    root = site.as_uri() if opened_from == "folder" else served
    for page in pages(site):
        if page == site / "index.html":  # it only leads to the front page
            continue
        policy = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\';'
        assert policy in page.read_text(encoding="utf-8").partition("<script")[0], page
    tab.page.goto(f"{root}/book/methods.html")
    elements = ["img-src"] * 2 + ["script-src-elem"] + ["style-src-elem"] * 2
    others = ["frame-src", "media-src", "object-src", "form-action", "font-src"]
    asked = [*elements, *others, *["connect-src"] * 3]
    refused = tab.page.evaluate(REQUESTS, ["https://example.org", len(asked)])
    assert sorted(refused) == sorted(asked)
    assert tab.refused == []
