"""Pages are for everyone: axe finds nothing, and the keyboard reaches what the mouse does."""

from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page

from tests.site import conftest
from tests.site.conftest import Tab, lay_out, settle

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
ALL = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""The rules of axe whose answer depends on the colours of a theme."""
CHAPTER = "book/spinal-cord-injury.html"


ROWS = 40
"""Rows of a table that are looked at; those after them have the same markup."""


def violations(page: Page, rules: dict[str, Any] = ALL) -> list[str]:
    """What axe finds by some of its rules, each with its place."""
    lay_out(page)
    page.evaluate(
        """rows => {
            for (const body of document.querySelectorAll("tbody")) {
                for (const row of [...body.rows].slice(rows)) row.remove();
            }
            // What is inside an image is nothing to a reader of the page's structure.
            for (const image of document.querySelectorAll("svg[role=img]")) image.replaceChildren();
        }""",
        ROWS,
    )
    page.evaluate(AXE)
    found: list[str] = page.evaluate(
        """async (rules) => {
            const options = {
                runOnly: rules,
                resultTypes: ["violations"],  // of the others it need not keep every element
                elementRef: false,
            };
            const { violations } = await axe.run(document, options);
            return violations.flatMap(({ id, nodes }) =>
                nodes.map(({ target, html }) => `${id}: ${target} ${html.slice(0, 120)}`));
        }""",
        rules,
    )
    return found


def pages(site: Path) -> list[Path]:
    return [*conftest.pages(site), site / "search.html"]


@pytest.mark.parametrize(
    ("width", "scheme", "rules"),
    [(390, "light", ALL), (1280, "light", ALL), (1280, "dark", COLOURS)],
)
def test_axe_finds_nothing_on_any_page(
    browser: Browser, site: Path, width: int, scheme: Any, rules: dict[str, Any]
) -> None:
    found = {}
    for path in pages(site):
        with browser.new_context(
            color_scheme=scheme,
            viewport={"width": width, "height": 900},
            reduced_motion="reduce",  # colours are then those at rest
        ) as context:
            page = context.new_page()
            page.goto(path.as_uri())
            settle(page)
            found[path.name] = violations(page, rules)
    assert {name: each for name, each in found.items() if each} == {}


def test_axe_finds_what_is_wrong(tab: Tab, site: Path) -> None:
    tab.page.goto((site / CHAPTER).as_uri())
    tab.page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img>')")
    assert any(each.startswith("image-alt") for each in violations(tab.page))


def test_axe_finds_nothing_while_charts_and_analysis_are_used(tab: Tab, site: Path) -> None:
    page = tab.page
    page.goto((site / CHAPTER).as_uri() + "#what-if?without=chang-2021&method=PM")
    settle(page)
    forest = page.locator("[id='spinal-cord-injury.bbb-last-forest-md']")
    forest.get_by_label("Sort").select_option("effect")
    for fold in page.locator("figure.chart details").all()[:3]:
        fold.evaluate("fold => { fold.open = true; }")
    assert violations(page) == []


def test_every_page_says_its_language_and_can_be_skipped_to(site: Path, tab: Tab) -> None:
    for path in pages(site):
        tab.page.goto(path.as_uri())
        assert tab.page.evaluate("document.documentElement.lang") == "en"
        tab.page.keyboard.press("Tab")
        assert tab.page.evaluate("document.activeElement.textContent").strip() == (
            "Skip to main content"
        )


def test_focus_is_seen_wherever_it_goes(site: Path, tab: Tab) -> None:
    """Each of the first stops of the keyboard looks otherwise than without the focus."""
    page = tab.page
    page.goto((site / CHAPTER).as_uri())
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => {
                const element = document.activeElement;
                const looks = () => {
                    const { outlineStyle, outlineWidth, boxShadow, backgroundColor, textDecoration,
                        borderColor } = getComputedStyle(element);
                    return [outlineStyle === "none" ? "" : outlineWidth, boxShadow,
                        backgroundColor, textDecoration, borderColor].join();
                };
                const before = looks();
                const name = `${element.tagName} ${element.className} ${element.textContent}`;
                element.blur();
                const differs = looks() !== before;
                element.focus({ focusVisible: true, preventScroll: true });
                return [name.trim().slice(0, 80), differs];
            }"""
        )
        seen.add(found[0])
        assert found[1], f"no focus is seen on {found[0]}"
    assert len(seen) > 40


def test_motion_is_not_forced_on_anyone(browser: Browser, site: Path) -> None:
    with browser.new_context(reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto((site / CHAPTER).as_uri())
        moving = page.evaluate(
            """[...document.querySelectorAll("*")].filter((element) => {
                const { transitionDuration, animationDuration } = getComputedStyle(element);
                const longest = (text) => Math.max(...text.split(",").map(parseFloat));
                return longest(transitionDuration) > 0.01 || longest(animationDuration) > 0.01;
            }).map((element) => `${element.tagName}.${element.className}`)"""
        )
        assert moving == []
        behaviour = page.evaluate("getComputedStyle(document.documentElement).scrollBehavior")
        assert behaviour == "auto"
