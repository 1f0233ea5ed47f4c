"""Horizontal bars: how often each thing occurs."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.charts import marks, theme
from analysis.charts.drawing import assemble
from analysis.charts.figure import Figure, Layout
from analysis.charts.marks import Area, Segment, Text
from analysis.charts.theme import CAPTION, MUTED, text_width, wrap

HEIGHT = 13.0
GAP = 10.0
"""Px between a label and its bar."""


def bars(
    groups: Mapping[str, Mapping[str, int]],
    *,
    name: str,
    title: str,
    description: str = "",
    heading: str = "What",
    unit: str,
) -> Figure:
    """Bars of counts, in groups that share one scale; a group without a name has no heading.

    `groups` are counts by label, by the name of the group; `unit` is what they count, and
    `description` how. Raises ValueError without any count.
    """
    every = [n for counts in groups.values() for n in counts.values()]
    if not every or max(every) <= 0:
        raise ValueError("there must be at least one count above 0")

    def drawing(layout: Layout) -> Any:
        widest = max(text_width(label) for counts in groups.values() for label in counts)
        left = min(widest + GAP, 0.46 * layout.width)
        room = layout.width - left - text_width(str(max(every))) - 8
        texts = [
            Text(0, 10, heading, "left", MUTED, CAPTION),
            Text(left, 10, unit, "left", MUTED, CAPTION),
        ]
        areas: list[Area] = []
        axes: list[Segment] = []
        at = 24.0
        for group, counts in groups.items():
            if group:
                texts.append(Text(0, at + 10, group, bold=True))
                at += 22
            start = at
            for label, n in counts.items():
                lines = wrap(label, left - GAP)
                middle = at + 9 + 8 * (len(lines) - 1)
                for place, line in enumerate(lines):
                    texts.append(Text(0, at + 9 + 16 * place, line))
                end = left + room * n / max(every)
                box = marks.box(left, middle - HEIGHT / 2, end, middle + HEIGHT / 2)
                areas.append(Area(box, theme.STUDY))
                texts.append(Text(end + 5, middle, str(n)))
                at += 16 * len(lines) + 4
            axes.append(Segment((left, start), (left, at), theme.LINE))
            at += 10
        layers = [marks.areas(areas), marks.segments(axes), marks.texts(texts)]
        return assemble(layers, layout.width, at)

    rows = [(group, label, n) for group, counts in groups.items() for label, n in counts.items()]
    data = pd.DataFrame(rows, columns=["Group", heading, unit])
    if len(groups) == 1:
        data = data[[heading, unit]]
    said = (f"Number of {unit.lower()}.", description, f"Most: {_most(groups)}.")
    return Figure(name, title, " ".join(filter(None, said)), drawing, data)


def _most(groups: Mapping[str, Mapping[str, int]]) -> str:
    """What is most frequent in each group, and how often it is."""
    found = []
    for group, counts in groups.items():
        most = max(counts.values(), default=0)
        leading = [label for label, n in counts.items() if n == most]
        each = " each" if len(leading) > 1 else ""
        place = f" ({group})" if group else ""
        if leading:
            found.append(f"{' and '.join(leading)}, with {most}{each}{place}")
    return "; ".join(found)
