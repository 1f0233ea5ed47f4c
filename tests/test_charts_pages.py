"""Charts on a page: ids, captions, tables and colours."""

import re
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from analysis.charts import (
    NARROW,
    WIDE,
    Figure,
    scatter,
    svg,
    theme,
)
from analysis.charts.figure import cell
from tests.figures import (
    FIGURES,
    MODELS,
    RANDOM,
    every_figure,
    figures,
    words,
)

pytestmark = pytest.mark.slow

CSS = (Path(__file__).parents[1] / "book/_static/charts.css").read_text()


@cache
def page_of(figure: Figure) -> str:
    """A figure as HTML, drawn once for all tests that only read it."""
    return figure.html()


class Page(HTMLParser):
    """The tags, ids and texts of a page."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [value or "" for key, value in attrs if key == "id"]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_rendering_is_deterministic():
    for name, again in figures().items():
        assert again.html() == page_of(FIGURES[name]), name


def test_ids_are_unique_on_a_page():
    page = Page("".join(page_of(figure) for figure in FIGURES.values()))
    assert len(page.ids) == len(set(page.ids))
    assert set(FIGURES) <= set(page.ids)
    described = [value for key, value in page.attributes if key == "aria-describedby"]
    assert len(described) == 2 * len(FIGURES)
    assert set(described) <= set(page.ids)


def test_ids_inside_a_drawing_get_its_prefix():
    drawn = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        '<defs><clipPath id="clip0"><path fill="none" d="M0,0"/></clipPath></defs>'
        '<g clip-path="url(#clip0)"><use xlink:href="#clip0"/></g></svg>'
    )
    text = ElementTree.tostring(svg.tidy(drawn, "a-wide-"), encoding="unicode")
    assert 'id="a-wide-clip0"' in text
    assert 'clip-path="url(#a-wide-clip0)"' in text
    assert 'href="#a-wide-clip0"' in text


@every_figure
def test_page_has_both_drawings_caption_and_table(figure):
    assert list(figure._repr_mimebundle_()) == ["text/html"]
    page = Page(page_of(figure))
    assert page.tags.count("svg") == 2
    assert {"figure", "figcaption", "details", "caption"} <= set(page.tags)
    assert page.attributes.count(("role", "img")) == 2
    assert page.attributes.count(("aria-label", figure.title)) == 3
    assert ("class", "chart-wide") in page.attributes
    assert ("class", "chart-narrow") in page.attributes
    assert page.tags.count("th") == len(figure.data.columns) + len(figure.data)
    assert page.attributes.count(("scope", "row")) == len(figure.data)


@every_figure
def test_names_from_data_are_escaped(figure):
    page = Page(page_of(figure))
    assert "script" not in page.tags
    if "Evil" in page_of(figure):
        assert any("<script>" in text for text in page.words)


def test_control_characters_do_not_break_the_drawing():
    figure = scatter(
        [1.0], [2.0], ["a\x00b\u2028\ud7ff c"], x_title="x", y_title="y", name="c", title="c"
    )
    assert any(text.startswith("a b") for text in words(figure, WIDE))


def test_table_has_weights_as_printed_and_recomputed():
    data = FIGURES["forest"].data
    assert list(data["Weight as printed"][:2]) == ["0.5%", "1.5%"]
    assert data["Weight, random (%)"][0] == pytest.approx(RANDOM.weights[0])
    assert list(data["Study"][-2:]) == list(MODELS)
    page = Page(FIGURES["forest"].html())
    assert f"{RANDOM.weights[0]:.3f}" in page.words
    assert "nan" not in page.words


def test_numbers_in_tables_are_rounded():
    values = [1.23456, -0.5, 0.00012345, 0.0, 12, np.int64(-3), float("nan"), None, pd.NA, "1.30"]
    expected = ["1.235", "−0.500", "0.00012", "0.000", "12", "−3", "–", "–", "–", "1.30"]
    assert [cell(value) for value in values] == expected


def test_drawing_engine_is_loaded_only_to_draw():
    code = "import analysis.charts, sys; sys.exit('vl_convert' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_stylesheet_has_the_palette():
    assert theme.stylesheet() in CSS


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(scheme):
    def luminance(token: theme.Token) -> float:
        color = getattr(token, scheme)
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(a: theme.Token, b: theme.Token) -> float:
        low, high = sorted((luminance(a), luminance(b)))
        return (high + 0.05) / (low + 0.05)

    grounds = (theme.SURFACE, theme.RAISED, theme.BAND, *theme.CONTOURS)
    for ground in grounds:
        assert contrast(theme.INK, ground) >= 7
        for color, _ in theme.CATEGORIES:
            assert contrast(color, ground) >= 3
    # The steps of the dark scheme look smaller than they measure.
    least = {"light": 1.12, "dark": 1.27}[scheme]
    for weaker, stronger in pairwise((theme.SURFACE, *theme.CONTOURS)):
        assert contrast(weaker, stronger) >= least
    assert contrast(theme.MUTED, theme.SURFACE) >= 4.5
    assert contrast(theme.MUTED, theme.RAISED) >= 4.5
    assert contrast(theme.LINE, theme.SURFACE) >= 3
    assert len({shape for _, shape in theme.CATEGORIES}) == len(theme.CATEGORIES)


def test_no_drawing_is_shown_too_small_to_read():
    least_wide = re.search(r"@container \(min-width: (\d+)px\)", CSS)
    least_narrow = re.search(r"min-width: (\d+)px;", CSS)
    assert least_wide
    assert least_narrow
    assert theme.CAPTION * int(least_wide[1]) / WIDE.width >= 11
    assert theme.CAPTION * int(least_narrow[1]) / NARROW.width >= 11
