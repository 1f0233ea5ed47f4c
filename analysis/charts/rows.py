"""Labelled rows beside an axis: the common part of forest plots and charts of intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nan

import altair as alt

from analysis.charts import marks, theme
from analysis.charts.columns import Columns, NarrowColumns, Placed, Row, WideColumns
from analysis.charts.drawing import assemble
from analysis.charts.figure import Layout
from analysis.charts.marks import Area, Segment, Text
from analysis.charts.row_marks import goes_on, row_marks
from analysis.charts.scale import Scale
from analysis.charts.theme import CAPTION, FAINT, INK, LINE, MUTED, Token, text_width, wrap


@dataclass(frozen=True)
class Reference:
    """A vertical line at an estimate, with its interval as a band where `low` is a number."""

    estimate: float
    low: float = nan
    high: float = nan
    color: Token = theme.POOLED


@dataclass(frozen=True)
class Rows:
    """All that a chart of rows consists of.

    `headings` name the columns of `cells`, the first `before` of them left of the axis. `main` is
    the column that a narrow drawing keeps beside the label; with `stacked` it lists the others
    below the label, else leaves them out.
    """

    rows: Sequence[Row]
    label_heading: str
    headings: tuple[str, ...]
    scale: Scale
    no_effect: float
    axis_title: str
    before: int = 0
    main: int = 0
    stacked: bool = False
    reference: Reference | None = None
    favours: tuple[str, str] | None = None
    notes: tuple[str, ...] = ()

    def described(self, description: str) -> str:
        """The description, with a word on the arrows if there are any."""
        if not any(goes_on(row, self.scale) for row in self.rows):
            return description
        return f"{description} An arrow marks an interval that goes on beyond the axis."


def draw(chart: Rows, layout: Layout) -> alt.LayerChart:
    """Draw the rows in a layout: in columns if wide, label above its interval if narrow."""
    columns: Columns
    if layout.narrow:
        columns = NarrowColumns(
            chart.rows,
            chart.label_heading,
            chart.headings,
            chart.main,
            chart.stacked,
            layout.width,
        )
    else:
        columns = WideColumns(
            chart.rows, chart.label_heading, chart.headings, chart.before, layout.width
        )
    placed = columns.place()
    bottom = placed[-1].bottom + 4
    foot, height = _foot(chart, columns, bottom, layout.width)
    strips = columns.strips(placed, bottom)
    axis = chart.scale.axis("bottom", bottom - height, columns.right - columns.left)
    x = alt.X("at:Q", scale=chart.scale.vega(columns.left, columns.right), axis=axis)
    layers = _background(chart, columns, placed, strips, layout.width)
    layers += row_marks(placed, chart.scale, x, (columns.left, columns.right))
    texts = [text for item in placed for text in columns.texts(item)]
    layers.append(marks.texts([*columns.head(), *texts, *foot]))
    return assemble(layers, layout.width, height)


def _foot(chart: Rows, columns: Columns, bottom: float, width: float) -> tuple[list[Text], float]:
    """Everything below the axis, and where the drawing ends."""
    left, right = columns.left, columns.right
    found: list[Text] = []
    at = bottom + 33
    for line in wrap(chart.axis_title, width, CAPTION):
        half = text_width(line, CAPTION) / 2
        middle = min(max((left + right) / 2, half), width - half)
        found.append(Text(middle, at, line, "center", INK, CAPTION))
        at += 16
    if chart.favours:
        found += _favours(chart.favours, left, right, at + 2)
        at = found[-1].y + 16
    at += 8
    for note in chart.notes:
        for line in wrap(note, width, CAPTION):
            found.append(Text(0, at, line, "left", MUTED, CAPTION))
            at += 16
    return found, round(at if chart.notes else at - 8)


def _favours(sides: tuple[str, str], left: float, right: float, y: float) -> list[Text]:
    """Both directions at the ends of the axis; the right one a line lower where they would meet."""
    less, more = f"← {sides[0]}", f"{sides[1]} →"
    meet = text_width(less, CAPTION) + text_width(more, CAPTION) + 16 > right - left
    return [
        Text(left, y, less, "left", MUTED, CAPTION),
        Text(right, y + (16 if meet else 0), more, "right", MUTED, CAPTION),
    ]


def _background(
    chart: Rows,
    columns: Columns,
    placed: Sequence[Placed],
    strips: Sequence[tuple[float, float]],
    width: float,
) -> list[marks.Layer]:
    """Hairlines between rows, the line of no effect, the reference with its band."""
    rules = [Segment((0, columns.top - 3), (width, columns.top - 3), FAINT)]
    for item in placed:
        if item.row.ruled:
            y = item.top - item.row.space / 2
            rules.append(Segment((0, y), (width, y), FAINT))
    layers = []
    reference, span = chart.reference, (columns.left, columns.right)
    if reference is not None and isfinite(reference.low) and isfinite(reference.high):
        low, high = (
            chart.scale.px(chart.scale.clamp(end), *span) for end in (reference.low, reference.high)
        )
        band = [Area(marks.box(low, start, high, end), theme.BAND) for start, end in strips]
        layers.append(marks.areas(band))
    if chart.scale.contains(chart.no_effect):
        at = chart.scale.px(chart.no_effect, *span)
        rules += [Segment((at, start), (at, end), LINE) for start, end in strips]
    layers.append(marks.segments(rules))
    if reference is not None and chart.scale.contains(reference.estimate):
        at = chart.scale.px(reference.estimate, *span)
        dashes = [Segment((at, start), (at, end), reference.color, 1.1) for start, end in strips]
        layers.append(marks.segments(dashes, dashed=True))
    return layers
