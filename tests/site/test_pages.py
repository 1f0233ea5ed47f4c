"""The pages show what the analysis gives, in a browser, without a network."""

import json
import re
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader

from tests.site.conftest import Book, SilentHandler, Tab, settle

CHAPTER = "spinal-cord-injury"


@pytest.fixture(scope="module")
def results(site: Path) -> dict[str, Any]:
    """What programs read."""
    document: dict[str, Any] = json.loads((site / "results.json").read_text(encoding="utf-8"))
    return document


@pytest.fixture
def chapter(site: Path, tab: Tab) -> Page:
    """The chapter, opened from its folder."""
    tab.page.goto((site / "book" / f"{CHAPTER}.html").as_uri())
    return tab.page


@pytest.fixture
def ledger(site: Path, tab: Tab) -> Page:
    """The page of the ledger, opened from its folder."""
    tab.page.goto((site / "book" / "ledger.html").as_uri())
    return tab.page


def two_decimals(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def test_numbers_in_the_prose_are_those_of_results_json(
    chapter: Page, results: dict[str, Any]
) -> None:
    living = {each["id"]: each for each in results["living"] if each["chapter"] == CHAPTER}
    printed = {entry["id"]: entry for entry in results["results"]}
    quoted = chapter.locator("[data-result].result").all()
    assert len(quoted) > 8
    seen = set()
    for span in quoted:
        identifier, _, part = (span.get_attribute("data-result") or "").partition(" ")
        text = span.inner_text()
        seen.add((identifier in living, part))
        if identifier in living:
            entry = living[identifier]
            low, high = ("pi_low", "pi_high") if part == "pi" else ("ci_low", "ci_high")
            span_text = f"{two_decimals(entry[low])} to {two_decimals(entry[high])}"
            expected = {
                "": f"{two_decimals(entry['estimate'])} (95% CI {span_text})",
                "pi": span_text,
                "k": str(entry["k"]),
            }[part]
            assert text == expected
        elif part == "recomputed":
            assert float(text) == printed[identifier]["recomputed"]["value"]
        else:
            assert text.startswith(printed[identifier]["reported"]["value"])
    assert {(True, ""), (True, "pi"), (True, "k"), (False, "recomputed"), (False, "")} <= seen


def test_headline_estimates_in_the_page_are_those_of_the_command_line(
    chapter: Page, results: dict[str, Any]
) -> None:
    table = chapter.locator("table", has_text="Living estimates")
    for entry in (each for each in results["living"] if each["chapter"] == CHAPTER):
        row = table.locator(f"tr[id='{entry['id']}']").text_content() or ""
        assert two_decimals(entry["estimate"]) in row
        assert two_decimals(entry["pi_low"]) in row
        assert str(entry["k"]) in row


def test_every_chart_is_drawn(chapter: Page) -> None:
    figures = chapter.locator("figure.chart")
    assert figures.count() >= 12
    for figure in figures.all():
        drawings = figure.locator("svg:visible")
        assert drawings.count() == 1
        box = drawings.first.bounding_box()
        assert box is not None
        assert box["width"] > 250
        assert box["height"] > 80
        assert figure.locator("figcaption").inner_text().strip()


@pytest.mark.parametrize("width", [390, 768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_the_screen_and_charts_stay_readable(
    site: Path, tab: Tab, width: int, scheme: Any
) -> None:
    tab.page.set_viewport_size({"width": width, "height": 900})
    tab.page.emulate_media(color_scheme=scheme)
    for name in ("index", CHAPTER, "ledger", "methods"):
        tab.page.goto((site / "book" / f"{name}.html").as_uri())
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= width, name
    tab.page.goto((site / "book" / f"{CHAPTER}.html").as_uri())
    smallest = tab.page.evaluate(
        """Math.min(...Array.from(document.querySelectorAll("figure.chart svg"))
            .filter((svg) => svg.checkVisibility())
            .flatMap((svg) => Array.from(svg.querySelectorAll("text"), (text) =>
                parseFloat(getComputedStyle(text).fontSize) * svg.getBoundingClientRect().width
                / svg.viewBox.baseVal.width)))"""
    )
    assert smallest >= 10


def lowered(text: str) -> str:
    """A text with its exponents as plain text has them, behind a caret."""
    plain = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
    return re.sub("(?<=10)[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda raised: "^" + raised[0].translate(plain), text)


def test_ledger_agrees_with_results_json_row_by_row(ledger: Page, results: dict[str, Any]) -> None:
    rows = ledger.eval_on_selector_all(
        "tr[data-result]",
        """rows => rows.map(row => [row.dataset.result, row.dataset.verdict,
            row.dataset.severity, row.dataset.basis, row.querySelector("summary").textContent,
            row.cells[row.cells.length - 3].textContent])""",
    )
    assert [row[:5] for row in rows] == [
        [entry[name] for name in ("id", "verdict", "severity", "basis", "label")]
        for entry in results["results"]
    ]
    for row, entry in zip(rows, results["results"], strict=True):
        for text in filter(None, entry["reported"].values()):
            shown = f"−{text[1:]}" if text.startswith("-") else text
            assert shown in lowered(row[5]), entry["id"]


def test_ledger_is_searched_filtered_and_sorted(ledger: Page, results: dict[str, Any]) -> None:
    total = len(results["results"])
    shown = ledger.locator("tr[data-result]:visible")
    assert shown.count() == total
    ledger.locator(".ledger input").fill("chang weight")
    texts = ledger.locator("tr[data-result]").all_text_contents()
    expected = sum("chang" in text.lower() and "weight" in text.lower() for text in texts)
    named = [entry["label"] for entry in results["results"] if "Chang" in entry["label"]]
    assert shown.count() == expected >= sum("Weight" in label for label in named) > 0
    assert ledger.locator(".ledger output").inner_text() == f"{expected} of {total:,}"
    ledger.locator(".ledger input").fill("")
    ledger.get_by_label("Verdict").select_option("discrepant")
    assert shown.count() == sum(entry["verdict"] == "discrepant" for entry in results["results"])
    ledger.get_by_label("Verdict").select_option("")
    ledger.get_by_label("Basis").select_option("count")
    assert shown.count() == sum(entry["basis"] == "count" for entry in results["results"])
    ledger.get_by_label("Basis").select_option("")
    header = ledger.get_by_role("button", name="Printed")
    header.click()
    values = [
        float(number[1].replace("−", "-").replace(",", "")) * 10 ** int(number[2] or 0)
        for text in ledger.locator("tr[data-result] td:nth-last-of-type(3)").all_text_contents()
        if (number := re.match(r"[<>≥~]? ?([−\d][\d.,]*)(?: × 10\^(\d+))?", lowered(text)))
        and "-" not in text
    ]
    assert len(values) > 1000
    assert values == sorted(values)
    assert ledger.locator("th[aria-sort=ascending]").inner_text().startswith("Printed")


def test_a_row_has_its_own_address_and_opens_there(site: Path, tab: Tab) -> None:
    identifier = f"{CHAPTER}.bbb-last.random"
    tab.page.goto((site / "book" / f"{CHAPTER}.html").as_uri() + f"#{identifier}")
    row = tab.page.locator(f"tr[id='{identifier}']")
    assert row.locator("details").get_attribute("open") is not None
    assert "pool(studies" in (row.text_content() or "")
    assert "REML" in (row.text_content() or "")


def height_on_screen(page: Page, identifier: str) -> float:
    """Where on the screen an element begins, as its part, when nothing there moves any more."""
    settle(page)
    height: float = page.evaluate(
        """(id) => new Promise((done) => {
            let last, still = 0;
            const look = () => {
                const { y } = document.getElementById(id).getBoundingClientRect();
                still = y === last ? still + 1 : 0;
                last = y;
                if (still === 10) done(y / innerHeight);
                else requestAnimationFrame(look);
            };
            look();
        })""",
        identifier,
    )
    return height


@pytest.mark.parametrize(
    ("name", "identifier", "width"),
    [
        (CHAPTER, f"{CHAPTER}.bbb-last.random", 390),
        (CHAPTER, f"{CHAPTER}.bbb-last.living", 1280),
        ("umbrella", "umbrella.t6-egger.yi-2021", 390),
        ("umbrella", "umbrella.t6-egger.yi-2021", 1280),
        ("umbrella", "since-publication", 390),
        ("bone-regeneration", "bone-regeneration.finding.subgroups-and-total", 390),
        ("ledger", "umbrella.t6-egger.yi-2021", 1280),
        ("versions", "umbrella.t6-egger.yi-2021", 1280),
        ("synthesis", "the-next-study", 1280),
    ],
)
def test_an_address_leads_to_its_place_far_down_a_page(
    site: Path, tab: Tab, name: str, identifier: str, width: int
) -> None:
    """Though what is passed on the way has not been laid out, and has not its height yet."""
    tab.page.set_viewport_size({"width": width, "height": 900})
    address = (site / "book" / f"{name}.html").as_uri()
    tab.page.goto(f"{address}#{identifier}")
    assert 0 < height_on_screen(tab.page, identifier) < 0.5
    tab.page.goto("about:blank")
    tab.page.goto(address)
    tab.page.evaluate("id => { location.hash = id; }", identifier)
    assert 0 < height_on_screen(tab.page, identifier) < 0.5


def test_ledger_is_used_with_the_keyboard(ledger: Page) -> None:
    ledger.locator(".ledger input").focus()
    before = ledger.locator("tr[data-result]:visible").count()
    ledger.keyboard.type("bbb-last.tau2")
    row = ledger.locator(f"tr[id='{CHAPTER}.bbb-last.tau2']:visible")
    assert 0 < ledger.locator("tr[data-result]:visible").count() < before
    summary = row.locator("summary")
    summary.focus()
    ledger.keyboard.press("Enter")
    assert row.locator("details").get_attribute("open") is not None


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_what_is_shown_is_downloaded(ledger: Page, kind: str) -> None:
    ledger.get_by_label("Verdict").select_option("discrepant")
    count = ledger.locator("tr[data-result]:visible").count()
    with ledger.expect_download() as downloading:
        ledger.get_by_role("button", name=f"Download {kind.upper()}").click()
    text = Path(downloading.value.path()).read_bytes().decode()
    lines = json.loads(text) if kind == "json" else text.split("\r\n")[1:]
    assert len(lines) == count > 0


@pytest.mark.timed
def test_several_thousand_rows_filter_without_a_delay(ledger: Page) -> None:
    ledger.evaluate(
        """() => {
            const body = document.querySelector(".ledger tbody");
            body.innerHTML = body.innerHTML.repeat(Math.ceil(4001 / body.rows.length));
            const script = document.createElement("script");
            script.src = document.querySelector('script[src*="ledger.js"]').src;
            document.querySelector(".ledger").replaceWith(
                document.querySelector(".ledger").cloneNode(true));
            document.body.append(script);
            return new Promise((done) => { script.onload = done; });
        }"""
    )
    assert ledger.locator("tr[data-result]").count() > 4000
    elapsed = ledger.evaluate(
        """() => {
            const search = document.querySelector(".ledger input");
            return Math.min(...["weight", "", "chang", "", "tau"].map((words) => {
                search.value = words;
                const start = performance.now();
                search.dispatchEvent(new Event("input"));
                document.body.getBoundingClientRect();
                return performance.now() - start;
            }));
        }"""
    )
    assert elapsed < 300


def test_everything_stands_without_scripts(browser: Any, site: Path) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto((site / "book" / f"{CHAPTER}.html").as_uri())
        assert page.locator("figure.chart svg:visible").count() >= 12
        assert page.locator("tr[data-result]").count() > 200
        assert page.locator("details.findings li").count() > 30


def test_site_works_below_any_address(built: Book, tab: Tab) -> None:
    """Nothing that a page asks for is missing when the site is not at the root of a server."""
    handler = partial(SilentHandler, directory=str(built.root))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        missing: list[str] = []
        tab.page.on(
            "response",
            lambda answer: missing.append(answer.url) if answer.status >= 400 else None,
        )
        base = f"http://127.0.0.1:{server.server_port}/_build/html"
        for path in sorted(built.html.glob("book/*.html")):
            tab.page.goto(f"{base}/book/{path.name}")
        tab.page.goto(f"{base}/index.html")
        tab.page.wait_for_url("**/book/index.html")
        server.shutdown()
    assert missing == []
    assert tab.errors == []


@pytest.mark.parametrize("name", [CHAPTER, "osteoporosis"])
def test_code_of_a_page_is_copied_and_runs_as_it_stands(built: Book, tab: Tab, name: str) -> None:
    tab.page.goto((built.html / "book" / f"{name}.html").as_uri())
    code = tab.page.locator(".cell_input .highlight pre").all_text_contents()
    assert len(code) > 10
    assert not any("# inputs:" in cell for cell in code)
    done = built.run("python", "-c", "\n".join(code))
    assert done.returncode == 0, done.stdout


def test_paper_has_the_whole_ledger_and_all_charts_and_no_tools(
    chapter: Page, tmp_path: Path
) -> None:
    chapter.emulate_media(media="print")
    charts = chapter.locator("figure.chart")
    assert charts.count() >= 12
    for chart in charts.all():
        assert chart.locator("svg:visible").count() == 1
    rows = chapter.locator("tr[data-result]")
    assert rows.count() == chapter.locator("tr[data-result]:visible").count() > 200
    tools = ".chart-tools, .ledger-controls, .what-if, .copybtn, details.hide > summary"
    assert chapter.locator(f":is({tools}):visible").count() == 0
    clipped = chapter.evaluate(
        """[...document.querySelectorAll(".table-frame")].filter((frame) =>
            getComputedStyle(frame).overflowX !== "visible").length"""
    )
    assert clipped == 0
    chapter.pdf(path=tmp_path / "chapter.pdf", format="A4")
    sheets = [sheet.extract_text() for sheet in PdfReader(tmp_path / "chapter.pdf").pages]
    of_ledger = [text for text in sheets if text.count("✓ reproduced") > 5]
    assert len(of_ledger) > 3
    assert all("Recomputed" in text and "Verdict" in text for text in of_ledger)
