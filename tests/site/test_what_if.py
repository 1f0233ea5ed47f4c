"""The reader's own analysis gives what the package gives, and its address brings it back."""

import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from analysis import exhibits, studies
from analysis.exhibits.what_if import slugs
from analysis.living import estimates
from analysis.review import Chapter
from analysis.statistics import pooling
from analysis.studies import Outcome
from tests.site.conftest import Tab, settle

CHAPTER = "spinal-cord-injury"
OUTCOMES = studies.outcomes(CHAPTER, in_review_only=False)
NUMBERS = (
    *("estimate", "se", "ci_low", "ci_high", "p", "tau2", "i2"),
    *("q", "q_p", "pi_low", "pi_high"),
)
STATES = 300
SOURCES = Counter(
    map(Chapter(CHAPTER).levels("source").__getitem__, OUTCOMES["bbb-last"].rows["source"])
)
BONE_MARROW = f"Bone marrow ({SOURCES['Bone marrow']})"


@pytest.fixture
def page(site: Path, tab: Tab) -> Iterator[Page]:
    tab.page.goto((site / "book" / f"{CHAPTER}.html").as_uri())
    settle(tab.page)
    yield tab.page
    assert tab.errors == []
    assert tab.refused == []


def states(n: int) -> Iterator[tuple[Outcome, str, str, str, list[int]]]:
    """Random outcomes, measures, models, intervals and choices of studies."""
    chance = random.Random(7)
    for _ in range(n):
        outcome = OUTCOMES[chance.choice(list(OUTCOMES))]
        arms = not outcome.rows["mean_treated"].isna().any()  # an effect may be all that is known
        k = chance.randint(1, len(outcome))
        chosen = sorted(chance.sample(range(len(outcome)), k))
        yield (
            outcome,
            chance.choice(["MD", "SMD"] if arms else [outcome.measure]),
            chance.choice(["EE", "DL", "REML"]),
            chance.choice(list(pooling.TESTS)),
            chosen,
        )


def pooled(outcome: Outcome, measure: str, method: str, test: str, chosen: list[int]) -> Any:
    part = replace(outcome, rows=outcome.rows.iloc[chosen].reset_index(drop=True))
    i2_from = "q" if method == "EE" else "tau2"
    return studies.pool(part, measure=measure, method=method, test=test, i2_from=i2_from)


def test_random_states_give_the_numbers_of_the_package(page: Page) -> None:
    compared = 0
    for outcome, measure, method, test, chosen in states(STATES):
        found = page.evaluate(
            """([outcome, measure, chosen, settings]) => {
                const text = document.querySelector(".what-if-data").textContent;
                const { studies } = JSON.parse(text).outcomes.find(({ id }) => id === outcome);
                const pairs = chosen.map((place) => studies[place].effects[measure]);
                const [yi, vi] = [0, 1].map((part) => pairs.map((pair) => pair[part]));
                const result = reviewStatistics.pool(yi, vi, settings);
                // JSON knows no NaN.
                return JSON.parse(JSON.stringify(result));
            }""",
            [outcome.id, measure, chosen, {"method": method, "test": test}],
        )
        expected = pooled(outcome, measure, method, test, chosen)
        assert found["k"] == expected.k == len(chosen)
        for name in NUMBERS:
            value = getattr(expected, name)
            if np.isfinite(value):
                assert found[name] == pytest.approx(value, rel=1e-6, abs=1e-12), name
                compared += 1
            else:
                assert found[name] is None, name
        assert found["weights"] == pytest.approx(expected.weights, rel=1e-6)
    assert compared > 8 * STATES


def address(outcome: str, without: list[str], **settings: str) -> str:
    return "#what-if?" + urlencode({"outcome": outcome, **settings, "without": " ".join(without)})


def fragment(page: Page) -> str:
    """What follows the address of the page, which is set when a change has been drawn."""
    found: str = page.evaluate("new Promise((done) => setTimeout(() => done(location.hash)))")
    return found


def written(value: float) -> str:
    return pooling.number(value)


def test_an_address_brings_its_analysis_back(site: Path, page: Page) -> None:
    for outcome, measure, method, test, chosen in states(12):
        if len(chosen) < 3:
            continue
        names = slugs(outcome.labels)
        without = sorted(name for place, name in enumerate(names) if place not in chosen)
        asked = address(outcome.id, without, measure=measure, method=method, test=test)
        page.evaluate("hash => { location.hash = hash; }", asked)
        expected = pooled(outcome, measure, method, test, chosen)
        interval = f"{written(expected.ci_low)} to {written(expected.ci_high)}"
        said = page.locator(".what-if-result")
        said.get_by_text(f"{written(expected.estimate)} ({interval})").wait_for()
        assert f"{len(chosen)} of {len(outcome)}" in said.inner_text()
        ticked = page.locator(".what-if-table tbody input")
        assert [box.is_checked() for box in ticked.all()] == [
            place in chosen for place in range(len(outcome))
        ]
        page.locator(".what-if-table tbody input").first.click()
        page.locator(".what-if-table tbody input").first.click()
        again = fragment(page)
        assert dict(pair.split("=") for pair in again[9:].split("&")) == dict(
            pair.split("=") for pair in asked[9:].split("&") if pair.split("=")[1]
        )
        assert page.locator(".what-if-note").inner_text() == ""


def test_the_start_is_the_living_estimate_and_says_so(page: Page) -> None:
    living = estimates()[f"{CHAPTER}.bbb-last.living"].pooled
    shown = page.locator(".what-if-result").inner_text()
    assert (
        f"{written(living.estimate)} ({written(living.ci_low)} to {written(living.ci_high)})"
        in shown
    )
    assert f"{written(living.pi_low)} to {written(living.pi_high)}" in shown
    said = page.locator(".what-if-said")
    assert said.inner_text().startswith("These are the settings and the studies of the living")
    page.locator(".what-if-table tbody input").nth(1).uncheck()
    page.locator(".what-if").get_by_label("Model").select_option("DL")
    expected = pooled(
        OUTCOMES["bbb-last"], "MD", "DL", "adhoc", [0, *range(2, len(OUTCOMES["bbb-last"]))]
    )
    gap = expected.estimate - living.estimate
    text = said.inner_text()
    assert text.startswith("This is your own analysis, not a result of this book or of the paper.")
    assert "leaves out 1 study and estimates by DL instead of REML" in text
    assert f"{abs(gap):.2f} {'above' if gap > 0 else 'below'} the living estimate" in text
    page.get_by_role("button", name="Back to the living estimate").click()
    assert said.inner_text().startswith("These are the settings")
    assert fragment(page) == "#your-own-analysis"


def test_a_group_is_chosen_at_once(page: Page) -> None:
    box = page.get_by_label(BONE_MARROW)
    box.uncheck()
    outcome = OUTCOMES["bbb-last"]
    chosen = [i for i, source in enumerate(outcome.rows["source"]) if source != "bone-marrow"]
    expected = pooled(outcome, "MD", "REML", "adhoc", chosen)
    shown = page.locator(".what-if-result").inner_text()
    assert f"{len(chosen)} of {len(outcome)}" in shown
    assert written(expected.estimate) in shown
    page.locator(".what-if-table tbody tr", has_text="Chang 2021").locator("input").check()
    assert page.get_by_label(BONE_MARROW).evaluate("box => box.indeterminate")


def test_without_any_study_nothing_is_pooled_and_nothing_fails(page: Page) -> None:
    for label in SOURCES:
        page.get_by_role("checkbox", name=label).uncheck()
    assert page.locator(".what-if-said").inner_text().startswith("No study is chosen")
    page.locator(".what-if-table tbody input").first.check()
    shown = page.locator(".what-if-result").inner_text()
    assert f"1 of {len(OUTCOMES['bbb-last'])}" in shown
    assert "not defined" in shown


@pytest.mark.parametrize(
    ("damaged", "note"),
    [
        ("#what-if?method=<script>alert(1)</script>", "method <script>alert(1)</script>"),
        ("#what-if?measure=OR&test=t", "measure OR, test t"),
        ("#what-if?outcome=bbb-middle", "outcome bbb-middle"),
        ("#what-if?without=nobody-2020+chang-2021", "study nobody-2020"),
        ("#what-if?%E0%A4%A=%", "�"),
        ("#what-if?" + "x" * 5000, "xxx"),
        ("#what-if?colour=red", "colour"),
    ],
)
def test_what_an_address_asks_in_vain_is_said_and_left_out(
    page: Page, damaged: str, note: str
) -> None:
    page.evaluate("hash => { location.hash = hash; }", damaged)
    said = page.locator(".what-if-note")
    said.get_by_text("is followed without it").wait_for()
    assert note in said.inner_text()
    assert len(said.inner_text()) < 250
    assert page.locator(".what-if-result dd").count() == 7


@pytest.mark.parametrize("damaged", ["#%", "#%E0%A4%A", "#what-if", "#a.b.c", "#'\"<>"])
def test_other_damaged_addresses_do_no_harm(site: Path, tab: Tab, damaged: str) -> None:
    tab.page.goto((site / "book" / f"{CHAPTER}.html").as_uri() + damaged)
    settle(tab.page)
    assert tab.page.locator(".what-if-result dd").count() == 7
    assert tab.errors == []


def test_it_is_used_with_the_keyboard(page: Page) -> None:
    page.locator(".what-if").get_by_label("Interval").focus()
    page.keyboard.press("Home")
    assert "test=z" in fragment(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert not page.get_by_label(BONE_MARROW).is_checked()
    page.locator(".what-if-table thead button").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    first = page.locator(".what-if-table tbody tr").first.inner_text()
    assert first.split("\t")[0].strip() == sorted(OUTCOMES["bbb-last"].labels)[-1]


def saved(page: Page, drawing: str, kind: str) -> bytes:
    """What the button gives that saves a drawing of the reader's own analysis."""
    with page.expect_download() as downloading:
        page.get_by_role(
            "button", name=f"Save the {drawing} of your own analysis as {kind}"
        ).click()
    assert downloading.value.suggested_filename.endswith(f"-own-{drawing[:6]}.{kind.lower()}")
    return Path(downloading.value.path()).read_bytes()


def texts(drawing: bytes) -> list[str]:
    return [
        "".join(node.itertext())
        for node in ElementTree.fromstring(drawing).iter("{http://www.w3.org/2000/svg}text")
    ]


def test_its_drawings_are_saved_with_their_settings(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    page.locator(".what-if-table tbody input").nth(1).uncheck()
    page.locator(".what-if-table").get_by_role("button", name="Weight").click()
    outcome = OUTCOMES["bbb-last"]
    chosen = [0, *range(2, len(outcome))]
    result = pooled(outcome, "MD", "REML", "adhoc", chosen)
    interval = f"{written(result.ci_low)} to {written(result.ci_high)}"
    forest = saved(page, "forest plot", "SVG")
    said = texts(forest)
    assert f"Studies: {len(chosen)} of {len(outcome)}" in said[2]
    assert said[1].startswith("MD; REML, restricted maximum likelihood; interval: Knapp-Hartung")
    assert said[said.index("Pooled") + 1] == f"{written(result.estimate)} ({interval})"
    listed = [text for text in said if text in outcome.labels]
    assert listed == [row.strip() for row in page.locator(".what-if tbody th").all_inner_texts()]
    assert said[said.index(outcome.labels[1]) + 2] == "–"
    funnel = saved(page, "funnel plot", "SVG")
    assert texts(funnel)[-1].startswith(
        "BBB score, last assessment: a reader’s own analysis; MD; RE"
    )
    assert "Open and dotted: left out" in said
    assert {"MD (BBB points); higher favours treatment"} <= set(said) & set(texts(funnel))
    for drawing in (forest, funnel):
        assert b"var(" not in drawing
        assert b"class=" not in drawing
        colours = set(re.findall(rb'(?:fill|stroke)="(rgb[^"]*)"', drawing))
        assert b"rgb(0, 103, 165)" in colours, "the blue of the light scheme"
    assert page.locator("html").get_attribute("data-theme") == "dark"
    for name in ("forest plot", "funnel plot"):
        picture = saved(page, name, "PNG")
        assert picture.startswith(b"\x89PNG")
        assert int.from_bytes(picture[16:20], "big") > 800


def test_the_forest_plot_is_saved_without_any_study_chosen(page: Page) -> None:
    for label in SOURCES:
        page.get_by_role("checkbox", name=label).uncheck()
    said = texts(saved(page, "forest plot", "SVG"))
    assert "Pooled" not in said
    assert OUTCOMES["bbb-last"].labels[0] in said
    assert page.get_by_role("button", name="Save the funnel plot").count() == 0


HOSTILE = [
    "<script>window.harmed = 1</script> 2020",
    '“O\'Neill” & "Sons" <b>2020</b>',
    "{{ config }} `code` 2021",
    "مُختبر 2022",
    "👩‍🔬 2023",
    "x" * 295 + " 2024",
    "</script><img src=x onerror='window.harmed = 1'>",
]


def with_names(names: list[str]) -> str:
    """The section with studies of other names."""
    outcome = OUTCOMES["bbb-last"]
    rows = outcome.rows.iloc[np.arange(len(names)) % len(outcome)].reset_index(drop=True)
    made = replace(outcome, rows=rows.assign(study=names))
    return exhibits.what_if({outcome.id: made}, [], []).markup


def put(page: Page, markup: str) -> None:
    page.evaluate(
        """markup => {
            const place = document.querySelector(".what-if");
            place.outerHTML = markup;
            startWhatIf(document.querySelector(".what-if"));
        }""",
        markup,
    )


def test_names_of_any_characters_appear_as_text(page: Page) -> None:
    put(page, with_names(HOSTILE))
    shown = page.locator(".what-if-table tbody th").all_text_contents()
    assert [text.strip() for text in shown] == [" ".join(name.split()) for name in HOSTILE]
    page.locator(".what-if-table tbody input").first.uncheck()
    assert page.evaluate("window.harmed") is None
    assert page.locator(".what-if img, .what-if b").count() == 0
    with page.expect_download() as downloading:
        page.locator(".what-if").get_by_role("button", name="Download CSV").click()
    text = Path(downloading.value.path()).read_text(encoding="utf-8")
    assert HOSTILE[0] in text
    drawn = texts(saved(page, "forest plot", "SVG"))
    assert HOSTILE[0] in drawn
    assert HOSTILE[4] in drawn
    assert max(map(len, drawn)) < 160, "a long name is cut"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


ROWS = 200
"""Rows of the table that are shown together."""


@pytest.mark.timed
@pytest.mark.parametrize(("k", "limit"), [(21, 50), (500, 200), (5000, 300)])
def test_a_change_is_followed_at_once(page: Page, k: int, limit: int) -> None:
    put(page, with_names([f"Study {place} 2020" for place in range(k)]))
    assert page.locator(".what-if-table tbody tr").count() == min(k, ROWS)
    assert page.locator(".what-if-funnel circle").count() == k
    elapsed = page.evaluate(
        """() => {
            const boxes = document.querySelectorAll(".what-if-table tbody input");
            const times = [0, 1, 2, 3, 4].map((place) => {
                const start = performance.now();
                boxes[place].click();
                document.body.getBoundingClientRect();
                return performance.now() - start;
            });
            return times.sort((a, b) => a - b)[2];
        }"""
    )
    assert elapsed < limit


def test_the_drawings_follow_a_change(page: Page) -> None:
    """They look as if they were drawn anew for it."""

    def drawn() -> list[str]:
        found: list[str] = page.eval_on_selector_all(
            ".what-if svg", "all => all.map((svg) => svg.outerHTML)"
        )
        return found

    def changed(*places: int) -> list[str]:
        for place in places:
            page.locator(".what-if-table tbody input").nth(place).click()
        return drawn()

    first = drawn()
    assert len(first) == len(OUTCOMES["bbb-last"]) + 3
    after = changed(0, 4)
    assert sum(new != old for new, old in zip(after, first, strict=True)) > 2
    assert "without=" in fragment(page)
    page.reload()
    settle(page)
    assert drawn() == after
    assert changed(0, 4) == first


def test_a_long_table_is_turned_over(page: Page) -> None:
    names = [f"Study {place:03} 2020" for place in range(2 * ROWS + 7)]
    put(page, with_names(names))
    shown = page.locator(".what-if-table tbody th")
    place = page.locator(".what-if output")
    later = page.get_by_role("button", name="Later rows")
    assert [text.strip() for text in shown.all_text_contents()] == names[:ROWS]
    assert page.get_by_role("button", name="Earlier rows").is_disabled()
    later.click()
    page.locator(".what-if-table tbody input").first.uncheck()
    later.click()
    assert place.inner_text() == "401 to 407 of 407"
    assert [text.strip() for text in shown.all_text_contents()] == names[2 * ROWS :]
    assert page.locator(".what-if-table tbody svg").count() == 7
    assert later.is_disabled()
    assert page.locator(".what-if-table tbody input:checked").count() == 7
    assert "406 of 407" in page.locator(".what-if-result").inner_text()
    page.get_by_role("button", name="Earlier rows").click()
    assert page.locator(".what-if-table tbody input:not(:checked)").count() == 1
    assert page.locator(".what-if-table .left-out th").inner_text().strip() == names[ROWS]
    page.locator(".what-if-table").get_by_role("button", name="Study").click()
    page.locator(".what-if-table").get_by_role("button", name="Study").click()
    assert place.inner_text() == "1 to 200 of 407"
    assert shown.first.inner_text().strip() == names[-1]
    drawn = texts(saved(page, "forest plot", "SVG"))
    assert [text for text in drawn if text in names] == names[::-1]


@pytest.mark.parametrize("width", [390, 768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_the_screen(page: Page, width: int, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_timeout(100)
    overflow = page.locator(".what-if .table-frame").evaluate("f => f.scrollWidth - f.clientWidth")
    assert overflow <= 0
    for drawing in page.locator(".what-if svg").all():
        box = drawing.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


def test_without_a_script_the_section_says_where_the_published_analyses_are(
    browser: Browser, site: Path
) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto((site / "book" / f"{CHAPTER}.html").as_uri())
        assert "needs a script" in page.locator(".what-if").inner_text()
