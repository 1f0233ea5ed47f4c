"""Charts: what they say, in which colors, and that a page can hold them."""

import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import altair as alt
import numpy as np
import pandas as pd
import pytest
import vl_convert

from analysis.charts import (
    NARROW,
    WIDE,
    Figure,
    Layout,
    Span,
    Tile,
    bars,
    flow,
    forest,
    funnel,
    grid,
    intervals,
    plane,
    scale,
    scatter,
    spans,
    svg,
    theme,
)
from analysis.charts.figure import cell
from analysis.charts.marks import Segment
from analysis.statistics import moderators, pooling, sensitivity, small_study

CSS = (Path(__file__).parents[1] / "book/_static/charts.css").read_text()

EVIL = """Evil <script>alert("x")</script> & 'sons' 2019"""
LONG = "Brown-Fitzgerald-Montgomery and 14 colleagues 2016 (second experiment, female animals)"
LABELS = ["Abe 2015", LONG, "Cho 2017", "Dal 2018", EVIL, "García 2020", "Hui 2021", "Ito 2022"]
YI = np.array([0.9, 1.8, -0.4, 1.1, 0.6, 2.9, 1.4, 0.2])
VI = np.array([0.04, 0.30, 0.12, 0.08, 0.20, 0.35, 0.06, 0.15])
SKEWED = np.array([0.2, 0.1, 0.4, 0.3, 0.8, 1.5, 1.9, 2.6])
SKEWED_VI = np.array([0.01, 0.02, 0.03, 0.05, 0.2, 0.4, 0.5, 0.7])
FILLED = small_study.trim_and_fill(SKEWED, SKEWED_VI, side="left")
COMMON = pooling.pool(YI, VI, method="EE")
RANDOM = pooling.pool(YI, VI, **pooling.MODERN)
MODELS = {"Common effect": COMMON, "Random effects": RANDOM}
GROUPS = ["Bone marrow"] * 3 + ["Placenta"] * 5
SUBGROUPS = moderators.separate_subgroups(YI, VI, GROUPS)
BOXES: list[dict[str, Any]] = [
    {"box": "db", "kind": "kept", "parent": "", "label": "Records in databases", "n": 1243},
    {"box": "other", "kind": "kept", "parent": None, "label": "Other records", "n": None},
    {"box": "twice", "kind": "removed", "parent": "db", "label": "Duplicates", "n": "412"},
    {"box": "all", "kind": "kept", "parent": "db; other", "label": "Records screened", "n": 831},
    {"box": "out", "kind": "removed", "parent": "all", "label": f"Excluded {EVIL}", "n": 810},
    {"box": "why", "kind": "reason", "parent": "out", "label": "Other outcome", "n": 800.0},
    {"box": "who", "kind": "reason", "parent": "out", "label": "Other cells", "n": float("nan")},
    {"box": "in", "kind": "kept", "parent": "all", "label": "Studies included", "n": 21},
]


def figures() -> dict[str, Figure]:
    """One figure of every kind, with whatever is optional."""
    fan = sensitivity.compare_estimators(YI, VI)
    made = [
        forest(
            LABELS,
            YI,
            VI,
            pooled=MODELS,
            unit="BBB points",
            columns={"EVs": range(8), "Control": range(8)},
            favours=("favours control", "favours EVs"),
            table={"Weight as printed": [f"{n}.5%" for n in range(8)]},
            name="forest",
            title=f"A forest {EVIL}",
        ),
        forest(
            LABELS,
            YI,
            VI,
            pooled={"Random effects": RANDOM},
            measure="OR",
            groups=GROUPS,
            group_pooled=dict(zip(SUBGROUPS.levels, SUBGROUPS.pooled, strict=True)),
            name="forest-ratio",
            title="Subgroups",
        ),
        intervals(
            fan,
            columns={"τ²": [p.tau2 for p in fan.values()], "I²": ["0%"] * len(fan)},
            emphasis=["REML"],
            reference=RANDOM,
            heading="Estimator",
            groups=["One"] * 4 + ["Two"] * (len(fan) - 4),
            name="estimators",
            title="Estimators",
        ),
        intervals(
            sensitivity.leave_one_out(YI, VI, method="REML"),
            LABELS,
            measure="RR",
            name="left-out",
            title="Leave-one-out",
        ),
        funnel(
            SKEWED,
            SKEWED_VI,
            pooling.pool(SKEWED, SKEWED_VI),
            LABELS,
            filled=FILLED,
            egger=small_study.egger_regression(SKEWED, SKEWED_VI),
            measure="SMD",
            name="funnel",
            title="A funnel",
        ),
        flow(BOXES, name="flow", title="A flow"),
        scatter(
            np.arange(8.0),
            YI,
            LABELS,
            x_title="Across",
            y_title="Along",
            x_line=5,
            y_line=2,
            name="scatter",
            title="A scatter plot",
        ),
        bars({"": {"Rats": 3, LONG: 12}, "Other": {EVIL: 1}}, name="bars", title="Bars"),
        *(
            grid(
                {("Rats", EVIL): Tile("4", 1.0), (LONG, "Fat"): Tile("1", 0.0, hollow=True)},
                ["Rats", LONG],
                ["Fat", EVIL, "Cord"],
                kind=kind,
                name=kind,
                title=f"A grid of {kind}",
            )
            for kind in ("bubbles", "tiles")
        ),
        spans(
            [Span("Abe 2015", 2, 300, EVIL), Span("Abe 2015", 1e9, 1e9), Span(LONG, 5, 1, "IV")],
            axis="Dose",
            name="spans",
            title="Ranges",
        ),
    ]
    return {figure.name: figure for figure in made}


FIGURES = figures()
every_figure = pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES.keys())
both_layouts = pytest.mark.parametrize("layout", [WIDE, NARROW], ids=["wide", "narrow"])


@cache
def parsed(figure: Figure, layout: Layout) -> ElementTree.Element:
    """A drawing as a tree, drawn once for all tests that only read it."""
    return ElementTree.fromstring(figure.svg(layout))


@cache
def page_of(figure: Figure) -> str:
    """A figure as HTML, drawn once for all tests that only read it."""
    return figure.html()


def words(figure: Figure, layout: Layout) -> list[str]:
    """Every text of a drawing."""
    return [node.text or "" for node in parsed(figure, layout).iter() if node.tag.endswith("text")]


def said(figure: Figure, layout: Layout) -> str:
    """All texts in a row: a label that was broken into lines reads on."""
    return " ".join(words(figure, layout))


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


# What a drawing says.


@both_layouts
def test_forest_names_studies_and_results(layout):
    text = said(FIGURES["forest"], layout)
    for label in LABELS:
        # A label that is too long goes on in the next line, after a space or a hyphen.
        assert label.replace(" ", "") in text.replace(" ", "")
    text = text.replace("\u00a0", " ")
    assert "0.90 [0.51, 1.29]" in text
    assert f"{RANDOM.estimate:.2f} [{RANDOM.ci_low:.2f}, {RANDOM.ci_high:.2f}]" in text
    assert "Common effect" in text
    assert "Prediction interval" in text
    assert f"{RANDOM.pi_high:.2f}]" in text
    assert "Mean difference (BBB points)" in text
    assert "← favours control" in text
    assert "favours EVs →" in text
    assert f"τ² = {RANDOM.tau2:.2f}" in text
    assert f"I² = {RANDOM.i2:.0f}%" in text
    assert f"Q = {RANDOM.q:.1f}" in text


def test_wide_forest_has_weights_and_columns():
    texts = words(FIGURES["forest"], WIDE)
    for model in (COMMON, RANDOM):
        assert {f"{weight:.1f}%" for weight in model.weights} <= set(texts)
    assert {"EVs", "Control", "7"} <= set(texts)


@both_layouts
def test_subgroups_have_headings_and_diamonds(layout):
    text = said(FIGURES["forest-ratio"], layout)
    assert "Bone marrow" in text
    assert "Subgroup, k = 5" in text
    first = np.exp(SUBGROUPS.pooled[0].estimate)
    assert f"{first:.2f} [" in text
    data = FIGURES["forest-ratio"].data.set_index("Study")
    assert data.loc["Subgroup Bone marrow", "Effect"] == pytest.approx(first)


@both_layouts
def test_one_study_can_be_drawn(layout):
    alone = pooling.pool(YI[:1], VI[:1], **pooling.MODERN)
    figure = forest(["Abe 2015"], YI[:1], VI[:1], pooled={"All": alone}, name="one", title="One")
    assert "All: one study" in said(figure, layout)
    assert "nan" not in figure.html()
    assert "nan" not in said(funnel(YI[:1], VI[:1], alone, name="one", title="One"), layout)


@both_layouts
def test_intervals_name_rows_groups_and_columns(layout):
    text = said(FIGURES["estimators"], layout)
    for label in ("EE", "REML", "PM", "One", "Two", "τ²", f"{RANDOM.tau2:.2f}"):
        assert label in text
    left_out = said(FIGURES["left-out"], layout)
    assert all(label in left_out for label in LABELS)


def test_prediction_intervals_can_be_left_out():
    def rules(prediction: bool) -> int:
        figure = intervals(
            {"all": RANDOM}, prediction=prediction, name="one", title="One", heading="Which"
        )
        return len(figure.spec(WIDE)["datasets"]["layer-1"])

    assert rules(True) == rules(False) + 1


@both_layouts
def test_flow_says_every_box(layout):
    text = said(FIGURES["flow"], layout).replace("\u00a0", " ")
    for box in BOXES:
        assert box["label"] in text
    for printed in ("n = 1,243", "n = 412", "not printed", "(n = 800)", "(not printed)"):
        assert printed in text


@both_layouts
def test_funnel_explains_what_it_draws(layout):
    text = said(FIGURES["funnel"], layout)
    for part in ("Standard error", "filled study", "95% limits", "Egger's regression", "p < 0.01"):
        assert part in text
    dots = FIGURES["funnel"].data
    assert FILLED.k0 > 0
    assert list(dots["Study"]).count("filled") == FILLED.k0
    assert len(dots) == len(SKEWED) + FILLED.k0


def test_funnel_of_few_things_explains_no_more():
    figure = funnel(YI, VI, RANDOM, contours=False, name="bare", title="Bare")
    assert "Egger" not in said(figure, WIDE)
    assert "p <" not in said(figure, WIDE)


@both_layouts
def test_scatter_names_only_the_extremes(layout):
    text = said(FIGURES["scatter"], layout)
    assert "García 2020" in text
    assert "Dal 2018" not in text
    assert "Across" in text
    assert "Along" in text


def test_names_that_find_no_place_are_left_out():
    points = [(50.0, 50.0), (51.0, 50.0), (52.0, 51.0)]
    bounds = (0.0, 40.0, 130.0, 60.0)
    placed = plane.name_points(points, ["Wide name", "Wide name", "Wide name"], range(3), bounds)
    assert len(placed) == 1
    barred = [Segment((60.0, 0.0), (60.0, 100.0)), Segment((40.0, 0.0), (40.0, 100.0))]
    assert plane.name_points(points[:1], ["Wide name"], [0], bounds, barred) == []


# What a drawing is.


@every_figure
@both_layouts
def test_drawing_keeps_to_its_layout(figure, layout):
    root = parsed(figure, layout)
    assert float(root.get("width", "")) == layout.width
    assert root.get("viewBox") == f"0 0 {layout.width} {root.get('height')}"
    for left, top, right, bottom, text in boxes_of_text(root):
        assert left >= -1, text
        assert right <= layout.width + 1, text
        assert top >= 0, text
        assert bottom <= float(root.get("height", "")), text


@every_figure
@both_layouts
def test_no_text_covers_another(figure, layout):
    for a, b in combinations(boxes_of_text(parsed(figure, layout)), 2):
        apart = a[2] <= b[0] + 1 or b[2] <= a[0] + 1 or a[3] <= b[1] + 1 or b[3] <= a[1] + 1
        assert apart, (a[4], b[4])


def boxes_of_text(root: ElementTree.Element) -> list[tuple[float, float, float, float, str]]:
    """Left, top, right, bottom and text of every line, by the width that any font may need."""
    found = []

    def walk(node: ElementTree.Element, x: float, y: float) -> None:
        moved = re.fullmatch(r"translate\(([^,]+),([^)]+)\)", node.get("transform", ""))
        if moved:
            x, y = x + float(moved[1]), y + float(moved[2])
        if node.tag.endswith("text") and node.text:
            size = float(node.get("font-size", "").removesuffix("px"))
            width = theme.text_width(node.text, size, node.get("font-weight") == "bold")
            width /= 1.07  # the allowance for wider fonts
            start = {"end": x - width, "middle": x - width / 2}.get(node.get("text-anchor", ""), x)
            found.append((start, y - 0.72 * size, start + width, y + 0.2 * size, node.text))
        for child in node:
            walk(child, x, y)

    walk(root, 0, 0)
    assert found
    return found


@every_figure
@both_layouts
def test_colors_are_tokens_and_text_is_large_enough(figure, layout):
    allowed = {str(token) for token in theme.TOKENS} | {"none"}
    for node in parsed(figure, layout).iter():
        assert {node.get(key, "none") for key in ("fill", "stroke")} <= allowed
        assert node.get("opacity") is None
        if node.tag.endswith("text"):
            assert float(node.get("font-size", "").removesuffix("px")) >= theme.CAPTION


@every_figure
@both_layouts
def test_specification_is_valid(figure, layout):
    spec = figure.spec(layout)
    assert spec["name"] == f"{figure.name}-{layout.name}"
    alt.LayerChart.from_dict(spec, validate=True)
    assert "container" not in str(spec)


@every_figure
@both_layouts
def test_static_text_is_where_vega_draws_it(figure, layout):
    whole = svg.tidy(vl_convert.vegalite_to_svg(figure.spec(layout), vl_version="6.4"), "")

    def drawn(root: ElementTree.Element) -> set[tuple[str | None, ...]]:
        found = set()
        for node in root.iter():
            if node.tag.endswith("text"):
                place = re.findall(r"-?[\d.]+", node.get("transform", ""))
                anchor = (node.get("text-anchor") or "start").replace("start", "")
                weight = (node.get("font-weight") or "normal").replace("normal", "")
                rest = (node.get("font-size"), node.get("fill"), node.text)
                found.add((*(f"{float(at):.1f}" for at in place), anchor, weight, *rest))
        return found

    assert drawn(whole) == drawn(parsed(figure, layout))


@pytest.mark.parametrize("name", ["forest-ratio", "left-out"], ids=["forest", "intervals"])
@both_layouts
def test_ratios_have_a_log_axis_with_natural_ticks(name, layout):
    assert axis_kinds(FIGURES[name], layout) == {"log"}
    ticks = {text for text in words(FIGURES[name], layout) if re.fullmatch(r"[\d.]+", text)}
    assert ticks >= {"1", "10"}
    assert len(ticks) >= 3
    assert FIGURES["left-out"].data["Estimate"].min() > 0


def axis_kinds(figure: Figure, layout: Layout) -> set[str]:
    """The kinds of horizontal scale of the layers that have one."""
    scales = [layer["encoding"]["x"]["scale"] for layer in figure.spec(layout)["layer"]]
    return {found["type"] for found in scales if found}


def test_differences_have_a_linear_axis():
    layers = FIGURES["forest"].spec(WIDE)["layer"]
    kinds = {
        layer["encoding"]["x"]["scale"]["type"]
        for layer in layers
        if "at" in str(layer) and layer["encoding"]["x"]["scale"]
    }
    assert kinds == {"linear"}


def test_intervals_beyond_the_axis_end_in_arrows():
    figure = forest(
        ["a", "b"],
        [1.0, 1.2],
        [0.01, 0.02],
        pooled={"All": COMMON},
        domain=(0.95, 1.3),
        name="cut",
        title="Cut",
    )
    shapes = [
        item.get("shape") for layer in figure.spec(WIDE)["datasets"].values() for item in layer
    ]
    assert "triangle-left" in shapes
    assert "triangle-right" in shapes


def test_marks_say_their_numbers_when_asked():
    layers = FIGURES["forest"].spec(WIDE)["datasets"].values()
    tips = {item.get("tip") for values in layers for item in values}
    assert tips >= {"Abe 2015: 0.90 [0.51, 1.29]"}
    bar = f"Prediction interval: [{RANDOM.pi_low:.2f}, {RANDOM.pi_high:.2f}]".replace("-", "−")
    assert bar in tips


def test_ticks_are_round_numbers():
    assert scale.Scale(-0.3, 3.1).ticks(4) == [0, 1, 2, 3]
    assert scale.Scale(0.08, 14, log=True).ticks(4) == [0.1, 0.3, 1, 3, 10]
    assert scale.Scale(0.8, 1.9, log=True).ticks(4) == [1.0, 1.5]
    assert scale.Scale(1e-4, 1e4, log=True).ticks(5) == [1e-4, 1e-2, 1, 1e2, 1e4]
    assert scale.tick_format([0.0, 0.05, 0.1], False) == ".2f"


# What a page gets.


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


# Colors.


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


# What is refused.


@pytest.mark.parametrize("name", ["Forest", "1st", "a b", "", 'a"b', "a--b"])
def test_names_that_are_no_ids_are_refused(name):
    with pytest.raises(ValueError, match="name must be"):
        scatter([1.0], [1.0], ["a"], x_title="", y_title="", name=name, title="")


def test_drawing_of_another_width_is_refused():
    figure = replace(FIGURES["flow"], draw=lambda _: FIGURES["flow"].draw(WIDE))
    with pytest.raises(ValueError, match="flow: drawn 680 px wide, not 350"):
        figure.spec(NARROW)


def test_lengths_that_differ_are_refused():
    with pytest.raises(ValueError, match="yi must have length 1, got 8"):
        forest(["a"], YI, VI, pooled=MODELS, name="f", title="")
    with pytest.raises(ValueError, match="EVs must have length 8, got 1"):
        forest(LABELS, YI, VI, pooled=MODELS, columns={"EVs": [1]}, name="f", title="")
    with pytest.raises(ValueError, match="labels must have length 1, got 2"):
        intervals(RANDOM, ["a", "b"], name="i", title="")
    with pytest.raises(ValueError, match="τ² must have length 1, got 2"):
        intervals({"a": RANDOM}, columns={"τ²": [1, 2]}, name="i", title="")
    with pytest.raises(ValueError, match="the same length"):
        funnel(YI, VI, RANDOM, ["a"], name="f", title="")
    with pytest.raises(ValueError, match="the same length"):
        scatter([1.0], [1.0, 2.0], ["a"], x_title="", y_title="", name="s", title="")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "lost"}, "kind must be kept, removed or reason"),
        ({"box": "db"}, "two boxes of this name"),
        ({"parent": "nowhere"}, "no box 'nowhere'"),
        ({"kind": "removed", "parent": ""}, "needs a parent"),
        ({"parent": "out"}, "of the wrong kind"),
    ],
)
def test_flows_that_make_no_sense_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        flow([*BOXES[:-1], {**BOXES[-1], **change}], name="f", title="")


def test_unknown_measures_and_empty_domains_are_refused():
    with pytest.raises(ValueError, match="measure must be one of"):
        intervals({"a": RANDOM}, measure="odds", name="i", title="")
    with pytest.raises(ValueError, match="domain must be an interval"):
        intervals({"a": RANDOM}, measure="OR", domain=(0, 2), name="i", title="")
