"""What a script adds to the charts of a page."""

import csv
import io
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Locator, Page

from analysis import charts, studies, tables
from analysis.statistics import pooling
from tests.site.conftest import Tab, settle

CHAPTER = "spinal-cord-injury"
LAST = studies.outcomes(CHAPTER)["bbb-last"]


@pytest.fixture
def chapter(site: Path, tab: Tab) -> Page:
    tab.page.goto((site / "book" / f"{CHAPTER}.html").as_uri())
    settle(tab.page)
    return tab.page


@pytest.fixture
def forest(chapter: Page) -> Locator:
    return chapter.locator(f"[id='{CHAPTER}.bbb-last-forest-md']")


def listed(forest: Locator) -> list[str]:
    """The studies in the order in which they stand in the drawing that is shown."""
    places: list[tuple[float, str]] = forest.evaluate(
        """figure => {
            const svg = [...figure.querySelectorAll("svg")].find((each) => each.checkVisibility());
            const labels = new Map();
            for (const text of svg.querySelectorAll("text[data-key]")) {
                const top = text.getBoundingClientRect().top;
                const key = text.dataset.key;
                labels.set(key, Math.min(top, labels.get(key) ?? Infinity));
            }
            return [...labels].map(([key, top]) => [top, key]);
        }"""
    )
    return [name for _, name in sorted(places)]


def by(values: list[float], falling: bool = False) -> list[str]:
    return [name for _, name in sorted(zip(values, LAST.labels, strict=True), reverse=falling)]


@pytest.mark.parametrize("width", [390, 1280])
def test_studies_are_sorted_with_all_their_pieces(
    chapter: Page, forest: Locator, width: int
) -> None:
    chapter.set_viewport_size({"width": width, "height": 900})
    assert listed(forest) == LAST.labels
    sort = forest.get_by_label("Sort")
    sort.select_option("effect")
    assert listed(forest) == by(LAST.yi.tolist())
    sort.select_option("precision")
    assert listed(forest) == by((1 / LAST.vi).tolist(), falling=True)
    sort.select_option("year")
    years = dict(zip(LAST.labels, LAST.rows["year"], strict=True))
    assert [years[name] for name in listed(forest)] == sorted(years.values())
    apart = forest.evaluate(
        """figure => {
            const svg = [...figure.querySelectorAll("svg")].find((each) => each.checkVisibility());
            const marks = [...svg.querySelectorAll("[data-key]")];
            const keys = [...new Set(marks.map(({ dataset }) => dataset.key))];
            return Math.max(...keys.map((key) => {
                const pieces = marks.filter(({ dataset }) => dataset.key === key);
                const boxes = pieces.map((piece) => piece.getBoundingClientRect());
                return Math.max(...boxes.map((box) => box.bottom)) -
                    Math.min(...boxes.map((box) => box.top));
            }));
        }"""
    )
    assert apart < (60 if width == 390 else 24)
    sort.select_option("")
    assert listed(forest) == LAST.labels


def test_a_study_is_shown_in_every_chart_with_its_numbers(chapter: Page, forest: Locator) -> None:
    row = LAST.rows.iloc[1]
    mark = forest.locator(f"svg:visible [data-key='{row['study']}'][data-tip]").last
    mark.scroll_into_view_if_needed()
    mark.hover()
    tip = chapter.locator(".chart-tip")
    told = tip.inner_text()
    assert row["study"] in told
    assert f"Treated: {row['mean_treated']:g} ± {row['sd_treated']:g}, n = 24" in told
    assert "Mou et al. 2025, Figure 2B" in told
    shown = chapter.locator("figure.chart:has(svg .is-shown)")
    names = {figure.get_attribute("id") for figure in shown.all()}
    charts = ("bbb-last-forest-md", "bbb-last-funnel", "bbb-last-baujat", "bbb-first-funnel")
    expected = {f"{CHAPTER}.{name}" for name in charts}
    assert expected | {f"{CHAPTER}.bbb-last-leave-one-out"} <= names
    assert set(
        shown.locator(".is-shown").evaluate_all("marks => marks.map((each) => each.dataset.key)")
    ) == {row["study"]}
    chapter.mouse.move(5, 5)
    assert tip.is_hidden()
    assert chapter.locator(".is-shown").count() == 0


def test_another_outcome_does_not_lend_its_arms(chapter: Page) -> None:
    funnel = chapter.locator(f"[id='{CHAPTER}.bbb-first-funnel'] svg:visible")
    mark = funnel.locator("[data-tip^='Chang 2021']").first
    mark.scroll_into_view_if_needed()
    mark.hover()
    told = chapter.locator(".chart-tip").inner_text()
    assert "Bone marrow" in told
    assert "Treated" not in told


def test_studies_of_other_groups_are_faint_in_every_chart(chapter: Page, forest: Locator) -> None:
    forest.get_by_label("EV source").select_option("Placenta")
    faint = chapter.evaluate(
        """chapter => Object.fromEntries(["bbb-last-forest-md", "bbb-last-funnel"].map((id) => [id,
            [...new Set([...document.querySelectorAll(`[id="${chapter}.${id}"] svg .is-faint`)]
                .map((each) => each.dataset.key))]]))""",
        CHAPTER,
    )
    others = {
        name
        for name, source in zip(LAST.labels, LAST.rows["source"], strict=True)
        if source != "placenta"
    }
    assert set(faint["bbb-last-forest-md"]) == set(faint["bbb-last-funnel"]) == others
    forest.get_by_label("EV source").select_option("")
    assert chapter.locator(".is-faint").count() == 0


def test_a_chart_is_saved_as_svg_png_and_data(chapter: Page, forest: Locator) -> None:
    saved = {}
    for kind in ("SVG", "PNG", "CSV"):
        with chapter.expect_download() as downloading:
            forest.get_by_role("button", name=f"as {kind}").click()
        assert (
            downloading.value.suggested_filename == f"{CHAPTER}.bbb-last-forest-md.{kind.lower()}"
        )
        saved[kind] = Path(downloading.value.path()).read_bytes()
    drawing = ElementTree.fromstring(saved["SVG"])
    title = forest.locator("figcaption strong").inner_text()
    assert {"Chang 2021", "Random effects", title} <= {
        node.text for node in drawing.iter("{http://www.w3.org/2000/svg}text")
    }
    assert b"var(" not in saved["SVG"]
    assert saved["PNG"].startswith(b"\x89PNG")
    assert int.from_bytes(saved["PNG"][16:20], "big") == 2 * (680 + 2 * 12), "with a margin"
    rows = list(csv.DictReader(io.StringIO(saved["CSV"].decode())))
    assert [row["Study"] for row in rows[: len(LAST)]] == LAST.labels
    assert [float(row["Effect"]) for row in rows[: len(LAST)]] == pytest.approx(
        LAST.yi.tolist(), abs=5e-4
    )


def test_charts_are_used_with_the_keyboard(chapter: Page, forest: Locator) -> None:
    forest.get_by_label("Sort").focus()
    chapter.keyboard.press("ArrowDown")
    assert listed(forest) == by(LAST.yi.tolist())
    for name in ("EV source", "Injured segment"):
        chapter.keyboard.press("Tab")
        assert chapter.evaluate("document.activeElement.parentElement.textContent").startswith(name)
    chapter.keyboard.press("Tab")
    with chapter.expect_download() as downloading:
        chapter.keyboard.press("Enter")
    assert downloading.value.suggested_filename.endswith(".svg")


def test_every_chart_has_a_name_a_description_and_its_data(site: Path, tab: Tab) -> None:
    for chapter in [*tables.chapters(), "synthesis", "index"]:
        tab.page.goto((site / "book" / f"{chapter}.html").as_uri())
        for figure in tab.page.locator("figure.chart").all():
            drawing = figure.locator("svg:visible").first
            described = drawing.get_attribute("aria-describedby")
            assert drawing.get_attribute("role") == "img"
            assert drawing.get_attribute("aria-label")
            caption = tab.page.locator(f"[id='{described}']").inner_text()
            assert len(caption) > len(drawing.get_attribute("aria-label") or "")
            table = figure.locator("details table")
            assert table.locator("caption").count() == 1
            assert table.locator("tbody tr").count() > 0
            assert table.locator("th:not([scope])").count() == 0


@pytest.mark.parametrize("width", [390, 1280])
def test_no_text_leaves_its_drawing(site: Path, tab: Tab, width: int) -> None:
    """In the font of this machine, which may be as wide as DejaVu Sans."""
    tab.page.set_viewport_size({"width": width, "height": 900})
    for chapter in [*tables.chapters(), "synthesis", "index"]:
        tab.page.goto((site / "book" / f"{chapter}.html").as_uri())
        cut = tab.page.locator("figure.chart svg:visible").evaluate_all(
            """drawings => drawings.flatMap((svg) => {
                const { left, right } = svg.getBoundingClientRect();
                return [...svg.querySelectorAll("text")].filter((text) => {
                    const box = text.getBoundingClientRect();
                    return box.left < left - 1 || box.right > right + 1;
                }).map((text) => text.textContent);
            })"""
        )
        assert cut == [], chapter


HOSTILE = [
    "O’Neill & \"Sons\" 'x' 2026",
    "<script>window.harmed = 1</script> 2026",
    "</script><img src=x onerror='window.harmed = 1'> 2026",
    "{{ config }} `code` $x$ [a](b) 2026",
    "مختبر 2026",
    "🐀 2026",
    "x" * 295 + " 2026",
]


@pytest.mark.parametrize("width", [390, 1280])
def test_names_of_any_characters_are_text_in_charts(chapter: Page, width: int) -> None:
    chapter.set_viewport_size({"width": width, "height": 900})
    n = len(HOSTILE)
    yi, vi = [float(place) for place in range(n)], [0.1] * n
    figure = charts.forest(
        HOSTILE,
        yi,
        vi,
        pooled={"Random effects": pooling.pool(yi, vi)},
        name="hostile",
        title="Names <b>of</b> any & all characters",
        about=[charts.About({"Fact": name}, {}, {"Group": name}) for name in HOSTILE],
    )
    chapter.evaluate(
        """(markup) => {
            document.querySelector("article").innerHTML = markup;
            const script = document.createElement("script");
            script.src = "../_static/charts.js";
            document.body.append(script);
            return new Promise((done) => { script.onload = done; });
        }""",
        figure.html(),
    )
    for name in HOSTILE:
        marks = chapter.locator("#hostile svg:visible [data-tip]")
        mark = marks.nth(
            marks.evaluate_all(
                "(all, key) => all.findLastIndex((m) => m.dataset.key === key)", name
            )
        )
        mark.scroll_into_view_if_needed()
        mark.hover()
        tips = chapter.locator(".chart-tip").all_inner_texts()
        assert any(f"Fact: {name}" in text for text in tips)
    chapter.get_by_label("Sort").select_option("precision")
    chapter.locator("#hostile [data-group='Group']").select_option(HOSTILE[1])
    rows = chapter.locator("#hostile table tbody th").all_text_contents()
    assert rows[:n] == HOSTILE
    with chapter.expect_download() as downloading:
        chapter.get_by_role("button", name="as SVG").click()
    drawing = ElementTree.fromstring(Path(downloading.value.path()).read_bytes())
    texts = [node.text for node in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert HOSTILE[4] in texts
    assert chapter.locator("#hostile b, #hostile img").count() == 0
    assert chapter.evaluate("window.harmed") is None
    assert chapter.evaluate("document.documentElement.scrollWidth <= innerWidth")
