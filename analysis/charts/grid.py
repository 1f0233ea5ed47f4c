"""A grid of two categories: bubbles for counts, or shaded tiles with their numbers."""

from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Any, Literal, NamedTuple

import pandas as pd

from analysis.charts import marks, theme
from analysis.charts.drawing import assemble
from analysis.charts.figure import Figure, Layout
from analysis.charts.marks import Area, Segment, Symbol, Text
from analysis.charts.theme import CAPTION, INK, MUTED, longest_word, text_width, wrap

LINE = 15.0
GAP = 8.0
"""Px between a label and the first column."""


class Tile(NamedTuple):
    """What a cell says: its text, its level from 0 (least) to 1 (most), and if it is hollow."""

    text: str
    level: float
    hollow: bool = False


def grid(
    tiles: Mapping[tuple[str, str], Tile],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    kind: Literal["bubbles", "tiles"],
    name: str,
    title: str,
    description: str,
    heading: str = "Row",
) -> Figure:
    """A grid whose cells are those of `tiles`, by row and column; the others stay empty.

    Bubbles grow with their level, the shade of tiles gets stronger in three steps; `description`
    says what they stand for. On a phone the columns have letters, explained above them. Raises
    ValueError for a tile outside of the grid.
    """
    for row, column in tiles:
        if row not in rows or column not in columns:
            raise ValueError(f"no cell {row!r}, {column!r} in the grid")

    def drawing(layout: Layout) -> Any:
        titles, key = list(columns), list[str]()
        if layout.narrow:
            titles = list(ascii_uppercase[: len(columns)])
            named = (f"{head}\u00a0{column}" for head, column in zip(titles, columns, strict=True))
            key = wrap(" · ".join(named), layout.width, CAPTION)
        label_width = _label_width(rows, titles, layout)
        left = label_width + GAP
        step = (layout.width - left) / len(columns)
        heads = [wrap(title, step - 2, CAPTION) for title in titles]
        top = LINE * (len(key) + max(map(len, heads))) + 8
        texts = [Text(0, 8 + LINE * n, line, "left", MUTED, CAPTION) for n, line in enumerate(key)]
        texts += [
            Text(left + step * (n + 0.5), top - 12 - LINE * up, line, "center", MUTED, CAPTION)
            for n, lines in enumerate(heads)
            for up, line in enumerate(reversed(lines))
        ]
        areas, symbols, lines_ = [], [], []
        at = top
        for row in rows:
            lines = wrap(row, label_width)
            height = max(24.0, 16.0 * len(lines) + 4)
            middle = at + height / 2
            first = middle - 8 * (len(lines) - 1)
            texts += [Text(0, first + 16 * n, line) for n, line in enumerate(lines)]
            lines_.append(Segment((0, at), (layout.width, at), theme.FAINT))
            for n, column in enumerate(columns):
                tile = tiles.get((row, column))
                if tile is None:
                    continue
                x = left + step * (n + 0.5)
                if kind == "tiles":
                    shade = theme.CONTOURS[min(2, int(tile.level * 3))]
                    box = marks.box(x - step / 2 + 1, at + 1, x + step / 2 - 1, at + height - 1)
                    areas.append(Area(box, shade))
                    texts.append(Text(x, middle, tile.text, "center", INK, CAPTION))
                else:
                    fill = theme.SURFACE if tile.hollow else None
                    size = 200 + 210 * tile.level
                    tip = f"{row}, {column}: {tile.text}"
                    symbols.append(Symbol(x, middle, "circle", theme.STUDY, size, fill, tip))
                    ink = theme.INK if tile.hollow else theme.SURFACE
                    texts.append(Text(x, middle, tile.text, "center", ink, CAPTION))
            at += height
        lines_.append(Segment((0, at), (layout.width, at), theme.FAINT))
        layers = [
            marks.areas(areas),
            marks.segments(lines_),
            marks.symbols(symbols),
            marks.texts(texts),
        ]
        return assemble(layers, layout.width, at + 10)

    shown = [
        (row, *(tiles[row, column].text if (row, column) in tiles else "" for column in columns))
        for row in rows
    ]
    data = pd.DataFrame(shown, columns=[heading, *columns])
    if kind == "bubbles" and tiles:
        (row, column), most = max(tiles.items(), key=lambda item: item[1].level)
        description += f" Most: {row} and {column}, with {most.text}."
    return Figure(name, title, description, drawing, data)


def _label_width(rows: Sequence[str], heads: Sequence[str], layout: Layout) -> float:
    """Room for the labels, such that no word of a label or a head is broken.

    Words that leave too little for the columns are broken nevertheless.
    """
    columns = len(heads) * (longest_word(heads, CAPTION) + 3)
    widest = max(text_width(row) for row in rows)
    wanted = min(widest, 0.28 * layout.width, layout.width - columns - GAP)
    return min(max(wanted, longest_word(rows)), 0.46 * layout.width)
