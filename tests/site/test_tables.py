"""Tables can be read at every width: nothing is cut, covered or a tower of words."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize

from tests.site.conftest import Tab, lay_out, pages, settle

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 800}

EVERY_OUTCOME = re.compile("Every pooled outcome of the .* papers")

CUT = """() => [...document.querySelectorAll(".long-table tbody tr")].flatMap((row) => {
    const { left, right } = row.getBoundingClientRect();
    return [...row.cells].filter((cell) => {
        const range = document.createRange();
        range.selectNodeContents(cell);
        const text = range.getBoundingClientRect();
        return text.width && (text.right > right + 1 || text.left < left - 1);
    }).map((cell) => cell.textContent);
})"""
"""Texts that leave the row that they stand in, which shows nothing outside itself."""

COVERING = """() => [...document.querySelectorAll(".table-frame th, .table-frame td")]
    .filter((cell) => cell.checkVisibility() && cell.scrollWidth > cell.clientWidth + 1)
    .map((cell) => cell.textContent)"""
"""Texts that are wider than their cell, and run into the next."""

SCROLLED = """() => [...document.querySelectorAll(".table-frame")]
    .filter((frame) => frame.checkVisibility() && frame.scrollWidth > frame.clientWidth + 1)
    .map((frame) => frame.getAttribute("aria-label"))"""


def open_laid_out(page: Page, path: Path) -> None:
    """Open a page with everything laid out, also what is far from the screen."""
    page.goto(path.as_uri())
    settle(page)
    lay_out(page)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("name", ["ledger", "umbrella", "versions"])
def test_no_text_of_a_long_table_is_cut(
    site: Path, tab: Tab, size: ViewportSize, name: str
) -> None:
    tab.page.set_viewport_size(size)
    open_laid_out(tab.page, site / "book" / f"{name}.html")
    assert tab.page.locator(".long-table tbody tr").count() > 100
    assert tab.page.evaluate(CUT) == []


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_no_cell_runs_into_the_next(site: Path, tab: Tab, size: ViewportSize) -> None:
    tab.page.set_viewport_size(size)
    found = {}
    for path in pages(site):
        open_laid_out(tab.page, path)
        found[path.stem] = tab.page.evaluate(COVERING)
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_a_phone_shows_the_cells_of_wide_tables_below_each_other_with_their_columns(
    site: Path, tab: Tab
) -> None:
    tab.page.set_viewport_size(PHONE)
    seen = 0
    for path in pages(site):
        open_laid_out(tab.page, path)
        scrolled = tab.page.evaluate(SCROLLED)
        stacked = tab.page.locator(".table-frame:has(> .stacked)")
        names = [frame.get_attribute("aria-label") for frame in stacked.all()]
        seen += len(names)
        assert not set(names) & set(scrolled), path.stem
    assert seen > 40
    tab.page.goto((site / "book" / "synthesis.html").as_uri())
    cell = tab.page.locator(".stacked td[data-label='95% prediction interval']").first
    label = cell.evaluate("cell => getComputedStyle(cell, '::before').content")
    assert label == '"95% prediction interval: "'


def test_a_phone_sorts_a_wide_table_by_each_of_its_columns(site: Path, tab: Tab) -> None:
    tab.page.set_viewport_size(PHONE)
    open_laid_out(tab.page, site / "book" / "synthesis.html")
    frame = tab.page.get_by_role("region", name=EVERY_OUTCOME)
    frame.get_by_role("button", name="Studies").click()
    cells = frame.locator("td[data-label='Studies']").all_text_contents()
    known = [int(cell) for cell in cells if cell != "–"]
    assert len(set(known)) > 5
    assert known == sorted(known)
    assert frame.locator("th[aria-sort=ascending]").text_content() == "Studies"


def test_most_tables_fit_beside_the_contents_of_a_page(site: Path, tab: Tab) -> None:
    tab.page.set_viewport_size(DESK)
    wide = []
    for path in pages(site):
        open_laid_out(tab.page, path)
        wide += tab.page.evaluate(SCROLLED)
    # How wide a table of what moved is follows from what moved.
    wide = [name for name in wide if not name.startswith("Estimates and ranks that moved")]
    assert len(wide) <= 1, wide


def test_the_name_of_a_row_stays_in_sight_while_its_table_is_scrolled(site: Path, tab: Tab) -> None:
    tab.page.set_viewport_size(DESK)
    open_laid_out(tab.page, site / "book" / "synthesis.html")
    frame = tab.page.get_by_role("region", name=EVERY_OUTCOME)
    frame.evaluate("frame => { frame.scrollLeft = 600; }")
    place = frame.bounding_box()
    assert place is not None
    for part in (frame.locator("tbody th").first, frame.locator("caption")):
        box = part.bounding_box()
        assert box is not None
        assert box["x"] == pytest.approx(place["x"], abs=1)


def test_no_table_is_cut_on_paper(site: Path, tab: Tab) -> None:
    tab.page.set_viewport_size({"width": 717, "height": 1000})  # A4 within its margins
    cut = {}
    for path in pages(site):
        tab.page.goto(path.as_uri())
        settle(tab.page)
        tab.page.emulate_media(media="print")
        cut[path.stem] = tab.page.evaluate(SCROLLED)
        tab.page.emulate_media(media="screen")
    assert {name: captions for name, captions in cut.items() if captions} == {}


def test_what_is_not_known_is_last_in_both_orders(site: Path, tab: Tab) -> None:
    tab.page.set_viewport_size(DESK)
    open_laid_out(tab.page, site / "book" / "synthesis.html")
    frame = tab.page.get_by_role("region", name=EVERY_OUTCOME)
    for order in (sorted, lambda numbers: sorted(numbers, reverse=True)):
        frame.get_by_role("button", name="Studies").click()
        cells = frame.locator("tbody tr td:nth-child(7)").all_text_contents()
        known = [int(cell) for cell in cells if cell != "–"]
        assert cells == [*map(str, order(known)), *["–"] * (len(cells) - len(known))]
        assert 0 < len(known) < len(cells)
