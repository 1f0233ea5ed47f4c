"""The funnel plot, which shows whether small studies find something else than large ones."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.charts import marks, part, scale
from analysis.charts.drawing import assemble
from analysis.charts.figure import Figure, Layout
from analysis.charts.marks import Area, Point, Segment
from analysis.charts.plane import Dot, Key, Plane, legend, name_points
from analysis.charts.theme import CONTOURS, GREEN, POOLED, STUDY, SURFACE
from analysis.formats import count
from analysis.statistics import pooling
from analysis.statistics.pooling import Pooled
from analysis.statistics.small_study import AsymmetryTest, TrimAndFill

CONTOUR_LEVELS = (0.01, 0.05, 0.1)
"""p-values where the shading changes, as in Peters et al. 2008, J Clin Epidemiol 61:991-996."""


def funnel(
    yi: ArrayLike,
    vi: ArrayLike,
    pooled: Pooled,
    labels: Sequence[object] | None = None,
    *,
    name: str,
    title: str,
    description: str = "",
    note: str = "",
    measure: str = "MD",
    unit: str = "",
    heading: str = "Study",
    filled: TrimAndFill | None = None,
    egger: AsymmetryTest | None = None,
    contours: bool = True,
    top: int = 4,
) -> Figure:
    """A funnel plot of k studies: effect against standard error, the most precise ones on top.

    `yi` and `vi`, shape (k,), are on the scale of analysis; the axis has the natural scale of
    `measure`, in `unit`. `pooled` is the middle of the funnel, whose dashed limits hold 95% of
    effects if only chance spread them. `contours` shades where an effect differs from no effect at
    p below 0.01, 0.05 and 0.1. Studies that `filled` imputes are open circles; `egger` draws the
    regression on the standard error. The `top` studies farthest outside the limits are named by
    their `labels`; a `note` follows the description. Of very many studies, those that are named and
    some evenly spread over the precisions are drawn. Raises ValueError for lengths that differ.
    """
    y, se = np.asarray(yi, dtype=float), np.sqrt(np.asarray(vi, dtype=float))
    names = [str(label) for label in (range(1, y.size + 1) if labels is None else labels)]
    if not y.size == se.size == len(names) > 0:
        raise ValueError(
            "yi, vi and labels must have the same length above 0, "
            f"got {y.size}, {se.size} and {len(names)}"
        )
    imputed = filled if filled is not None and filled.k0 else None
    more_y = np.asarray(imputed.filled_yi if imputed else [], dtype=float)
    more_se = np.sqrt(np.asarray(imputed.filled_vi if imputed else [], dtype=float))
    y_scale = scale.linear_scale([*se, *more_se])
    deepest = y_scale.high
    z = float(pooling.quantile(0.975, None))
    limits = (pooled.estimate - z * deepest, pooled.estimate + z * deepest)
    reached = [*y, *more_y, *limits]
    if egger is not None:
        reached += [egger.limit, egger.limit + egger.slope * deepest]
    effects = scale.natural(y, measure)
    x_scale = scale.effect_scale(measure, scale.natural(reached, measure), [], None)
    outside = np.abs(y - pooled.estimate) / se
    farthest = [int(place) for place in np.argsort(-outside, kind="stable") if outside[place] > z]
    by_precision = np.argsort(se, kind="stable").tolist()
    kept = part.spread(by_precision, farthest[:top])
    order = [kept.index(place) for place in farthest[:top]]
    dots = [
        Dot(
            *point,
            tip=f"{point[2]}: {pooling.number(point[0])}, SE {pooling.number(point[1])}",
            key=point[2] if labels is not None else "",
        )
        for point in [(effects[place], float(se[place]), names[place]) for place in kept]
    ] + [
        Dot(*point, "", STUDY, "circle", True, "filled by trim and fill")
        for point in zip(scale.natural(more_y, measure), more_se.tolist(), strict=True)
    ]
    shown_names = [names[place] for place in kept]
    entries = _entries(contours, imputed is not None, egger is not None)

    def drawing(layout: Layout) -> Any:
        plane = Plane(x_scale, y_scale, layout.width, 300.0 if layout.narrow else 400.0, True)

        def at(effect: float, error: float) -> Point:
            return plane.at(scale.natural(effect, measure)[0], error)

        texts = plane.titles(scale.title(measure, unit), "Standard error")
        start = max(text.y for text in texts) + 26
        patches, symbols, lines, dashes, words, total = legend(entries, start, layout.width)
        middle = at(pooled.estimate, 0.0)
        none = at(0.0, 0.0)
        dashes += [Segment(middle, at(limit, deepest), POOLED, 1.3) for limit in limits]
        lines.append(Segment(middle, at(pooled.estimate, deepest), POOLED, 1.3))
        lines.append(Segment(none, at(0.0, deepest)))
        if egger is not None:
            end = at(egger.limit + egger.slope * deepest, deepest)
            lines.append(Segment(at(egger.limit, 0.0), end, GREEN, 1.8))
        regions = []
        if contours:
            for level, color in zip(CONTOUR_LEVELS, CONTOURS, strict=True):
                half = float(pooling.quantile(1 - level / 2, None)) * deepest
                triangle = [none, at(half, deepest), at(-half, deepest)]
                regions.append(Area(_between(triangle, plane.left, plane.right), color))
        points = [plane.at(dot.x, dot.y) for dot in dots]
        bounds = (plane.left + 2, plane.top - 6, layout.width, plane.bottom - 2)
        named = name_points(points, shown_names, order, bounds, [*lines, *dashes])
        layers = [
            marks.areas([*regions, *patches]),
            marks.segments(lines),
            marks.segments(dashes, dashed=True),
            plane.dots(dots, total),
            marks.symbols(symbols),
            marks.texts([*texts, *words, *named]),
        ]
        return assemble(layers, layout.width, total)

    data = pd.DataFrame(
        {
            heading: [*shown_names, *["filled"] * more_y.size],
            "Effect": [dot.x for dot in dots],
            "Standard error": [dot.y for dot in dots],
        }
    )
    drawn = description or _description(y.size, more_y.size, contours, egger is not None)
    drawn += part.says(len(kept), y.size, "studies", "evenly from the most to the least precise")
    shown = f"{drawn} {note}".strip()
    return Figure(name, title, shown, drawing, data)


def _entries(contours: bool, imputed: bool, egger: bool) -> list[list[Key]]:
    """The legend, for what there is to explain."""
    found = [Key("study", STUDY, "dot")]
    if imputed:
        found.append(Key("filled study", STUDY, "open"))
    found += [Key("pooled effect", POOLED, "line"), Key("95% limits", POOLED, "dashes")]
    if egger:
        found.append(Key("Egger's regression", GREEN, "line"))
    shades = [
        Key("p > 0.1", CONTOURS[2]),
        Key("p = 0.05 to 0.1", CONTOURS[1]),
        Key("p = 0.01 to 0.05", CONTOURS[0]),
        Key("p < 0.01", SURFACE),
    ]
    return [found, shades] if contours else [found]


def _between(corners: Sequence[Point], left: float, right: float) -> tuple[Point, ...]:
    """The part of a polygon between two vertical lines."""
    for edge, side in ((left, 1.0), (right, -1.0)):
        kept: list[Point] = []
        for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], *corners[:1]], strict=True):
            first, second = side * (x1 - edge), side * (x2 - edge)
            if first >= 0:
                kept.append((x1, y1))
            if first * second < 0:
                kept.append((edge, y1 + (y2 - y1) * first / (first - second)))
        corners = kept
    return tuple(corners)


def _description(k: int, imputed: int, contours: bool, egger: bool) -> str:
    parts = [
        f"Effect and standard error of {count(k, 'study', 'studies')} around the pooled effect"
    ]
    if imputed:
        parts.append(f"open circles are the {imputed} that trim and fill imputes")
    if egger:
        parts.append("the sloping line is Egger's regression")
    if contours:
        parts.append("shading shows the p-value against no effect")
    return "; ".join(parts) + "."
