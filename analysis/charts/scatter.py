"""Labelled points: Baujat plots, influence, anything with two numbers for each study."""

from collections.abc import Sequence
from statistics import median
from typing import Any

import pandas as pd
from numpy.typing import ArrayLike

from analysis.charts import marks, part, theme
from analysis.charts.drawing import assemble
from analysis.charts.figure import Figure, Layout
from analysis.charts.marks import Segment
from analysis.charts.plane import Dot, Plane, name_points
from analysis.charts.scale import finite_list, linear_scale
from analysis.statistics.pooling import number


def scatter(
    x: ArrayLike,
    y: ArrayLike,
    labels: Sequence[object],
    *,
    x_title: str,
    y_title: str,
    name: str,
    title: str,
    description: str = "",
    heading: str = "Study",
    top: int = 6,
    x_line: float | None = None,
    y_line: float | None = None,
) -> Figure:
    """A scatter plot of n points, the `top` ones farthest from the middle named.

    `x` and `y` have shape (n,), in the units that their titles say; an axis begins at 0 if none of
    its numbers is negative. `x_line` and `y_line` are limits, drawn as dashed lines. `heading` is
    what the labels are called in the folded table. Raises ValueError for lengths that differ and
    for numbers that are not finite.
    """
    across, along, names = finite_list("x", x), finite_list("y", y), [str(text) for text in labels]
    if not len(across) == len(along) == len(names) > 0:
        raise ValueError(
            "x, y and labels must have the same length above 0, "
            f"got {len(across)}, {len(along)} and {len(names)}"
        )
    x_scale = linear_scale([*across, *([] if x_line is None else [x_line])])
    y_scale = linear_scale([*along, *([] if y_line is None else [y_line])])
    n, farthest = len(names), _extremes(across, along)
    kept = part.spread(farthest, farthest[:top])
    across, along = ([values[place] for place in kept] for values in (across, along))
    names = [names[place] for place in kept]
    order = [kept.index(place) for place in farthest[:top]]
    dots = [
        Dot(*point, tip=f"{point[2]}: {number(point[0])}, {number(point[1])}", key=point[2])
        for point in zip(across, along, names, strict=True)
    ]

    def drawing(layout: Layout) -> Any:
        plane = Plane(x_scale, y_scale, layout.width, 300.0 if layout.narrow else 380.0)
        texts = plane.titles(x_title, y_title)
        total = max(text.y for text in texts) + 12
        points = [plane.at(dot.x, dot.y) for dot in dots]
        bounds = (plane.left + 3, plane.top - 6, layout.width, plane.bottom - 3)
        limits = []
        if x_line is not None:
            at, _ = plane.at(x_line, y_scale.low)
            limits.append(Segment((at, plane.top), (at, plane.bottom), theme.POOLED))
        if y_line is not None:
            _, level = plane.at(x_scale.low, y_line)
            limits.append(Segment((plane.left, level), (plane.right, level), theme.POOLED))
        layers = [
            marks.segments(limits, dashed=True),
            plane.dots(dots, total),
            marks.texts([*texts, *name_points(points, names, order, bounds)]),
        ]
        return assemble(layers, layout.width, total)

    data = pd.DataFrame({heading: names, x_title: across, y_title: along})
    shown = description or (
        f"{n} points: {x_title.lower()} to the right, {y_title.lower()} upwards; "
        "the farthest from the middle are named."
    )
    shown += part.says(len(kept), n, "points", "evenly from the farthest to the middle")
    return Figure(name, title, shown, drawing, data)


def _extremes(x: Sequence[float], y: Sequence[float]) -> list[int]:
    """Places of the points, the farthest from the middle of both axes first."""

    def distances(values: Sequence[float]) -> list[float]:
        middle, span = median(values), (max(values) - min(values)) or 1.0
        return [abs(value - middle) / span for value in values]

    both = [a**2 + b**2 for a, b in zip(distances(x), distances(y), strict=True)]
    return sorted(range(len(both)), key=lambda place: -both[place])
