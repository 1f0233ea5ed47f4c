"""Charts: what they say and how their axes run."""

import re
from math import nan

import numpy as np
import pytest

from analysis.charts import (
    NARROW,
    WIDE,
    Figure,
    Layout,
    Span,
    Tile,
    bars,
    forest,
    funnel,
    grid,
    intervals,
    plane,
    scale,
    spans,
    theme,
)
from analysis.charts.marks import Segment
from analysis.statistics import pooling
from tests.figures import (
    BOXES,
    COMMON,
    FIGURES,
    FILLED,
    LABELS,
    RANDOM,
    SKEWED,
    SUBGROUPS,
    VI,
    YI,
    both_layouts,
    words,
)


def said(figure: Figure, layout: Layout) -> str:
    """All texts in a row: a label that was broken into lines reads on."""
    return " ".join(words(figure, layout))


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
    assert f"tau² = {RANDOM.tau2:.2f}" in text
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
def test_two_studies_do_not_inform_on_tau2(layout):
    two = pooling.pool(YI[:2], VI[:2], method="DL")
    figure = forest(LABELS[:2], YI[:2], VI[:2], pooled={"All": two}, name="two", title="Two")
    assert two.tau2_ci_high > 1000 * two.tau2
    text = said(figure, layout).replace("\u00a0", " ")
    assert f"tau² = {two.tau2:.2f} (95% CI not informative)" in text
    assert "informative" not in said(FIGURES["forest"], layout)


@both_layouts
def test_intervals_name_rows_groups_and_columns(layout):
    text = said(FIGURES["estimators"], layout)
    for label in ("EE", "REML", "PM", "One", "Two", "τ²", f"{RANDOM.tau2:.2f}"):
        assert label in text
    left_out = said(FIGURES["left-out"], layout)
    assert all(label in left_out for label in LABELS)


def test_what_is_not_known_takes_no_line_on_a_phone():
    figure = intervals(
        {"one": RANDOM, "two": COMMON}, columns={"k": ["–", "21"]}, name="one", title="One"
    )
    assert [text for text in words(figure, NARROW) if text.startswith("k ")] == ["k 21"]
    assert "–" in words(figure, WIDE)


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
    bounds = (0.0, 40.0, 135.0, 60.0)
    placed = plane.name_points(points, ["Wide name", "Wide name", "Wide name"], range(3), bounds)
    assert len(placed) == 1
    barred = [Segment((60.0, 0.0), (60.0, 100.0)), Segment((40.0, 0.0), (40.0, 100.0))]
    assert plane.name_points(points[:1], ["Wide name"], [0], bounds, barred) == []


def test_bars_say_what_they_count_and_what_is_most():
    groups = {"Animal": {"Rats": 12, "Mice": 3}, "Sex": {"Female": 4, "Male": 4}, "Age": {}}
    figure = bars(
        groups, unit="Studies", description="One can have both.", name="bars", title="Bars"
    )
    assert figure.description == (
        "Number of studies. One can have both. "
        "Most: Rats, with 12 (Animal); Female and Male, with 4 each (Sex)."
    )
    assert bars({"": {"Rats": 12}}, unit="Studies", name="one", title="One").description == (
        "Number of studies. Most: Rats, with 12."
    )


@both_layouts
def test_bars_keep_away_from_their_labels(layout):
    drawn = FIGURES["bars"].spec(layout)["datasets"]
    items = [item for values in drawn.values() for item in values]
    start = min(item["x"] for item in items if item.get("area") == 0)
    labels = [item for item in items if "text" in item and item["x"] == 0 and item["y"] > 20]
    for label in labels:
        if label["weight"] == "normal":
            assert theme.text_width(label["text"]) <= start - 10, label["text"]
    heads = {item["text"]: item["x"] for item in items if "text" in item}
    assert heads["Studies"] == start
    assert heads["What"] == 0


@pytest.mark.parametrize("kind", ["bubbles", "tiles"])
def test_letters_of_columns_are_explained_before_the_grid(kind):
    texts = words(FIGURES[kind], NARROW)
    key = texts.index("A")
    assert " ".join(texts[:key]).replace("\u00a0", " ").startswith("A Fat · B ")
    assert texts[key : key + 3] == ["A", "B", "C"]
    assert "A" not in words(FIGURES[kind], WIDE)


@both_layouts
def test_no_word_of_a_grid_is_broken(layout):
    rows = ["Cardiovascular diseases", "Kidney transplantation", "Premature ovarian insufficiency"]
    columns = ["Count", *(f"Other animals {n}" for n in range(9))]
    tiles = {(rows[0], columns[0]): Tile("12", 0.5)}
    figure = grid(
        tiles, rows, columns, kind="tiles", name="grid", title="Grid", description="A grid."
    )
    known = {word for text in (*rows, *columns) for word in text.split()}
    assert known <= {word for text in words(figure, layout) for word in text.split()}


def test_grids_say_what_they_count_and_what_is_most():
    assert FIGURES["bubbles"].description.startswith("Number of studies. Most: Rats and ")
    assert FIGURES["bubbles"].description.endswith("with 4.")
    assert FIGURES["tiles"].description == "Number of studies."


@both_layouts
def test_every_range_has_its_label_and_rows_of_one_label_share_their_note(layout):
    rows = [Span("Abe 2015", 2, 300, "IV, IP"), Span("Abe 2015", 5, 9, "IV, IP")]
    figure = spans(rows, axis="Dose", heading="Study", note="Route", name="s", title="Ranges")
    texts = words(figure, layout)
    assert sum(text.startswith("Abe 2015") for text in texts) == 2
    assert sum(text.endswith("IV, IP") for text in texts) == 1
    assert {"Study", "Route"} <= set(texts) or layout is NARROW
    assert figure.description == "Logarithmic axis, from 2 to 300."


def test_range_without_a_lower_end_comes_from_the_left_edge():
    """Mussin 2025, Table 4, Zhang et al. (2025): 100 µg, and up to 300 µg."""
    rows = [Span("Zhang 2025", 100, 100), Span("Zhang 2025", nan, 300)]
    figure = spans(rows, axis="Dose", name="s", title="Ranges")
    assert list(figure.data["From"]) == ["100", "–"]
    assert figure.description == "Logarithmic axis, from 100 to 300."
    assert words(figure, WIDE)
    with pytest.raises(ValueError, match="above 0"):
        spans([Span("None", 1, nan)], axis="Dose", name="s", title="Ranges")


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


@both_layouts
def test_intervals_beyond_the_axis_end_in_arrows_inside_of_it(layout):
    def drawn(domain: tuple[float, float] | None) -> Figure:
        pooled = {"All": COMMON}
        labels, yi, vi = ["a", "b"], [1.0, 1.2], [0.01, 0.02]
        return forest(labels, yi, vi, pooled=pooled, domain=domain, name="cut", title="Cut")

    cut = drawn((0.95, 1.3))
    spec = cut.spec(layout)
    values = [item for layer in spec["datasets"].values() for item in layer]
    ends = next(
        layer["encoding"]["x"]["scale"]["range"]
        for layer in spec["layer"]
        if layer["encoding"]["x"]["scale"]
    )
    arrows = {item["shape"]: item["x"] for item in values if "triangle" in item.get("shape", "")}
    assert set(arrows) == {"triangle-left", "triangle-right"}
    assert ends[0] + 3 < arrows["triangle-left"] < arrows["triangle-right"] < ends[1] - 3
    lines = [item for item in values if "to" in item]
    assert all(0.95 < item["at"] < item["to"] < 1.3 for item in lines)
    assert "An arrow marks" in cut.description
    assert "arrow" not in drawn(None).description


@both_layouts
@pytest.mark.parametrize("domain", [(-0.1, 9), (-9, 0.1), (-9, 9)])
def test_directions_stand_at_the_ends_of_the_axis(layout, domain):
    sides = ("favours control", "favours vesicles")
    figure = intervals(
        {"all": RANDOM}, domain=domain, favours=sides, name="one", title="One", heading="Which"
    )
    spec = figure.spec(layout)
    ends = next(
        layer["encoding"]["x"]["scale"]["range"]
        for layer in spec["layer"]
        if layer["encoding"]["x"]["scale"]
    )
    texts = [item for layer in spec["datasets"].values() for item in layer if "text" in item]
    placed = [(item["x"], item["align"]) for item in texts if "favours" in item["text"]]
    assert placed == [(round(ends[0], 1), "left"), (round(ends[1], 1), "right")]


@both_layouts
def test_directions_that_would_meet_stand_in_two_lines(layout):
    sides = ("favours control " * 2, "favours vesicles " * 2)
    figure = intervals(
        {"all": RANDOM},
        columns={"More": ["x" * 16]} if layout is WIDE else None,
        favours=sides,
        name="one",
        title="One",
    )
    texts = [
        item
        for layer in figure.spec(layout)["datasets"].values()
        for item in layer
        if "favours" in item.get("text", "")
    ]
    assert texts[1]["y"] == texts[0]["y"] + 16


def test_inset_of_an_axis_keeps_its_ends_apart():
    assert scale.Scale(0, 100).inset(10, 200) == scale.Scale(5, 95)
    ratio = scale.Scale(0.1, 10, log=True).inset(10, 200)
    assert (ratio.low, ratio.high) == pytest.approx((10**-0.9, 10**0.9))


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
