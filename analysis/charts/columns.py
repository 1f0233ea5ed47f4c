"""Where the texts of a chart of rows stand: in columns on a desk, above the drawing on a phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import Literal, NamedTuple, Protocol

from analysis.charts.marks import Text
from analysis.charts.theme import BODY, CAPTION, MUTED, STUDY, Token, text_width, wrap
from analysis.statistics.pooling import number

LINE_HEIGHT = 16.0
GAP = 14.0
LEAST_AXIS = 250.0
"""Px of an axis that labels leave free: both directions stand below it in one line."""


class Effect(NamedTuple):
    """An estimate, its confidence and its prediction interval: nan for what there is not."""

    estimate: float = nan
    low: float = nan
    high: float = nan
    pi_low: float = nan
    pi_high: float = nan

    def __str__(self) -> str:
        """Estimate and interval as they stand in a column: `1.72 [1.43, 2.00]`."""
        defined = isfinite(self.low) and isfinite(self.high)
        span = f"[{number(self.low)}, {number(self.high)}]" if defined else "[–]"
        return f"{number(self.estimate)} {span}" if isfinite(self.estimate) else span


NOTHING = Effect()

UNKNOWN = "–"
"""A cell of which nothing is known; where cells are listed, it isn't."""


@dataclass(frozen=True)
class Row:
    """One row: a label, what is drawn beside it, and the texts in its columns.

    `effect` is on the natural scale; `share` is the size of a square or circle relative to the
    largest one, by area. `space` px are left above the row, with a hairline if it is `ruled`.
    `key` names the study that it is about, if it is about one.
    """

    label: str
    cells: tuple[str, ...] = ()
    kind: Literal["square", "circle", "diamond", "bar", "heading"] = "circle"
    effect: Effect = NOTHING
    share: float = 1.0
    color: Token = STUDY
    bold: bool = False
    space: float = 0.0
    ruled: bool = False
    key: str = ""


@dataclass(frozen=True)
class Placed:
    """A row between the px `top` and `bottom`, its first line of text, the middle of its mark."""

    row: Row
    lines: list[str]
    top: float
    text_y: float
    mark_y: float
    bottom: float


class Columns(Protocol):
    """What drawing needs to know of the columns: where the axis is, and all texts."""

    top: float
    left: float
    right: float

    def head(self) -> list[Text]:
        """The headings of the columns."""
        ...

    def place(self) -> list[Placed]:
        """Every row with its height."""
        ...

    def texts(self, placed: Placed) -> list[Text]:
        """Label and cells of one row."""
        ...

    def strips(self, placed: Sequence[Placed], bottom: float) -> list[tuple[float, float]]:
        """The stretches, from px to px, in which vertical lines meet no text."""
        ...


class WideColumns:
    """Label, columns before the axis, the axis, columns after it.

    Raises ValueError if the columns leave too little for the axis.
    """

    def __init__(
        self, rows: Sequence[Row], label: str, headings: tuple[str, ...], before: int, width: float
    ) -> None:
        self.rows, self.label = rows, label
        widths = []
        self.headings = []
        for place, heading in enumerate(headings):
            filled = [row for row in rows if len(row.cells) > place]
            widest = max(
                (text_width(row.cells[place], BODY, row.bold) for row in filled), default=0.0
            )
            lines = wrap(heading, max(1.15 * widest, 62), CAPTION)
            self.headings.append(lines)
            widths.append(max(widest, *(text_width(line, CAPTION) for line in lines)))
        natural = max(
            text_width(label, CAPTION), *(text_width(row.label, BODY, row.bold) for row in rows)
        )
        beside = sum(widths) + GAP * (len(widths) + 1)
        self.label_width = min(natural, 0.36 * width, max(90.0, width - beside - LEAST_AXIS))
        self.left = self.label_width + sum(widths[:before]) + GAP * (before + 1)
        self.right = width - sum(widths[before:]) - GAP * (len(widths) - before) - 1
        if self.right - self.left < LEAST_AXIS / 2:
            raise ValueError(
                f"the columns leave {self.right - self.left:.0f} px for the axis: give fewer"
            )
        self.ends = []
        at = self.label_width
        for place, column in enumerate(widths):
            at = (self.right if place == before else at) + GAP + column
            self.ends.append(at)
        self.top = 8 + 15.0 * max([1, *(len(lines) for lines in self.headings)]) + 4

    def head(self) -> list[Text]:
        """Headings, their last lines on one level."""
        level = self.top - 13
        found = [Text(0, level, self.label, "left", MUTED, CAPTION)] if self.label else []
        for end, lines in zip(self.ends, self.headings, strict=True):
            for place, line in enumerate(reversed(lines)):
                found.append(Text(end, level - 15 * place, line, "right", MUTED, CAPTION))
        return found

    def place(self) -> list[Placed]:
        """Rows of 22 px, more where the label takes several lines."""
        found, at = [], self.top + 2
        for row in self.rows:
            lines = wrap(row.label, self.label_width, BODY, row.bold)
            top = at + row.space
            height = max(22.0, LINE_HEIGHT * len(lines) + 6)
            middle = top + height / 2
            first = middle - LINE_HEIGHT * (len(lines) - 1) / 2
            found.append(Placed(row, lines, top, first, middle, top + height))
            at = top + height
        return found

    def texts(self, placed: Placed) -> list[Text]:
        """Label at the left, cells flush right in their columns."""
        row = placed.row
        return _label(placed) + [
            Text(end, placed.mark_y, text, "right", bold=row.bold, key=row.key)
            for end, text in zip(self.ends, row.cells, strict=False)
            if text
        ]

    def strips(self, placed: Sequence[Placed], bottom: float) -> list[tuple[float, float]]:
        """One: no text stands in the axis."""
        return [(self.top - 2, bottom)]


class NarrowColumns:
    """Label and main cell in the first line, the drawing over the whole width below them.

    The other cells, as far as they are known, are listed between them if `stacked`.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        label: str,
        headings: tuple[str, ...],
        main: int,
        stacked: bool,
        width: float,
    ) -> None:
        self.rows, self.label, self.headings = rows, label, headings
        self.main, self.stacked, self.width = main, stacked, width
        self.left, self.right = 9.0, width - 9
        self.top = 27.0

    def head(self) -> list[Text]:
        """The headings of label and main cell."""
        found = [Text(0, 14, self.label, "left", MUTED, CAPTION)] if self.label else []
        if self.headings:
            heading = self.headings[self.main]
            found.append(Text(self.width, 14, heading, "right", MUTED, CAPTION))
        return found

    def place(self) -> list[Placed]:
        """Rows as high as their lines of text and, but for headings, 21 px for the drawing."""
        found, at = [], self.top
        for row in self.rows:
            main = row.cells[self.main] if row.cells else ""
            room = self.width - (text_width(main, BODY, row.bold) + GAP if main else 0)
            lines = wrap(row.label, room, BODY, row.bold)
            top = at + row.space
            first = top + 4 + LINE_HEIGHT / 2
            text_bottom = top + 4 + LINE_HEIGHT * (len(lines) + len(self._others(row)))
            bottom = text_bottom + (2 if row.kind == "heading" else 21)
            found.append(Placed(row, lines, top, first, text_bottom + 9, bottom))
            at = bottom
        return found

    def texts(self, placed: Placed) -> list[Text]:
        """Label, main cell beside its first line, the others below."""
        row, found = placed.row, _label(placed)
        if row.cells and row.cells[self.main]:
            main = row.cells[self.main]
            found.append(Text(self.width, placed.text_y, main, "right", bold=row.bold, key=row.key))
        at = placed.text_y + LINE_HEIGHT * len(placed.lines)
        for place, line in enumerate(self._others(row)):
            y = at + LINE_HEIGHT * place
            found.append(Text(0, y, line, "left", MUTED, CAPTION, key=row.key))
        return found

    def strips(self, placed: Sequence[Placed], bottom: float) -> list[tuple[float, float]]:
        """One for each drawing."""
        return [(item.mark_y - 7, item.mark_y + 8) for item in placed if item.row.kind != "heading"]

    def _others(self, row: Row) -> list[str]:
        if not self.stacked:
            return []
        parts = [
            f"{heading} {text}"
            for place, (heading, text) in enumerate(zip(self.headings, row.cells, strict=False))
            if place != self.main and text not in ("", UNKNOWN)
        ]
        return wrap(" · ".join(parts), self.width, CAPTION) if parts else []


def _label(placed: Placed) -> list[Text]:
    row = placed.row
    return [
        Text(0, placed.text_y + LINE_HEIGHT * place, line, bold=row.bold, key=row.key)
        for place, line in enumerate(placed.lines)
    ]
