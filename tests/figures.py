"""One figure of every kind, and what can be read from it."""

from functools import cache
from typing import Any
from xml.etree import ElementTree

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
    flow,
    forest,
    funnel,
    grid,
    intervals,
    scatter,
    spans,
)
from analysis.statistics import moderators, pooling, sensitivity, small_study

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
        bars(
            {"": {"Rats": 3, LONG: 12}, "Other": {EVIL: 1}},
            unit="Studies",
            name="bars",
            title="Bars",
        ),
        *(
            grid(
                {("Rats", EVIL): Tile("4", 1.0), (LONG, "Fat"): Tile("1", 0.0, hollow=True)},
                ["Rats", LONG],
                ["Fat", EVIL, "Cord"],
                kind=kind,
                name=kind,
                title=f"A grid of {kind}",
                description="Number of studies.",
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


def words(figure: Figure, layout: Layout) -> list[str]:
    """Every text of a drawing."""
    return [node.text or "" for node in parsed(figure, layout).iter() if node.tag.endswith("text")]
