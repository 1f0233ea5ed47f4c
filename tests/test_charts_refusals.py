"""Charts that can't be drawn are refused."""

from dataclasses import replace

import pytest

from analysis.charts import (
    NARROW,
    WIDE,
    flow,
    forest,
    funnel,
    intervals,
    scatter,
)
from tests.figures import (
    BOXES,
    FIGURES,
    LABELS,
    MODELS,
    RANDOM,
    VI,
    YI,
)


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
