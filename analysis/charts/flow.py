"""The flow diagram: how many records were found, what was removed and why, what is left."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.charts import theme
from analysis.charts.figure import Figure, Layout
from analysis.charts.flow_drawing import Box, arrange, draw

HARD_SPACE = "\u00a0"


def flow(
    boxes: pd.DataFrame | Sequence[Mapping[str, Any]],
    *,
    name: str,
    title: str,
    description: str = "",
) -> Figure:
    """A PRISMA flow diagram from a table with the columns box, kind, parent, label and n.

    `kind` is `kept`, `removed` or `reason`; a reason belongs to the removed box that is its
    parent; the parents of a box are separated by semicolons. `n` is a number or the characters as
    printed; where there is none, the drawing says "not printed". Raises ValueError for unknown
    kinds and parents, keys that repeat, and a table without a kept box.
    """
    records = boxes.to_dict("records") if isinstance(boxes, pd.DataFrame) else list(boxes)
    found = _read([{str(key): value for key, value in record.items()} for record in records])
    levels = _levels(found)

    def drawing(layout: Layout) -> Any:
        height = arrange(found, levels, layout)
        return draw(found, levels, layout, height)

    rows = []
    for box in found.values():
        parents = ", ".join(found[parent].label for parent in box.parents)
        rows.append((box.label, "removed" if box.removed else "kept", parents, box.n))
        rows += [(label, "reason", box.label, n) for label, n in box.reasons]
    data = pd.DataFrame(
        {
            heading: [theme.clean(row[place]).removeprefix("n = ") for row in rows]
            for place, heading in enumerate(("Box", "Kind", "From", "n"))
        }
    )
    shown = description or "Outlined boxes were kept; shaded boxes were removed."
    return Figure(name, title, shown, drawing, data)


def _count(n: object) -> str:
    """`n = 1,234`, whatever characters were printed, or that none were; in one piece."""
    if n is None or n is pd.NA or n != n or not str(n).strip():
        return "not printed".replace(" ", HARD_SPACE)
    characters = f"{n:,.0f}" if isinstance(n, int | float) else str(n).strip()
    return f"n = {characters}".replace(" ", HARD_SPACE)


def _read(records: Sequence[Mapping[str, Any]]) -> dict[str, Box]:
    found: dict[str, Box] = {}
    for record in records:
        key, kind, label = (str(record[column]) for column in ("box", "kind", "label"))
        if kind not in ("kept", "removed", "reason"):
            raise ValueError(f"{key}: kind must be kept, removed or reason, got {kind!r}")
        if key in found:
            raise ValueError(f"{key}: there are two boxes of this name")
        cell = record.get("parent")
        parents = [part.strip() for part in cell.split(";")] if isinstance(cell, str) else []
        parents = [parent for parent in parents if parent]
        unknown = [parent for parent in parents if parent not in found]
        if unknown:
            raise ValueError(f"{key}: no box {unknown[0]!r} stands before it")
        if kind != "kept" and not parents:
            raise ValueError(f"{key}: a {kind} box needs a parent")
        if any(found[parent].removed != (kind == "reason") for parent in parents):
            raise ValueError(f"{key}: the parent of a {kind} box is of the wrong kind")
        if kind == "reason":
            found[parents[0]].reasons.append((label, _count(record.get("n"))))
        else:
            found[key] = Box(key, kind == "removed", parents, label, _count(record.get("n")))
    if not any(not box.removed for box in found.values()):
        raise ValueError("a flow needs at least one kept box")
    return found


def _levels(boxes: Mapping[str, Box]) -> list[list[Box]]:
    """Kept boxes by their distance from the first ones."""
    depth: dict[str, int] = {}
    for key, box in boxes.items():
        if not box.removed:
            depth[key] = 1 + max((depth[parent] for parent in box.parents), default=-1)
    return [
        [boxes[key] for key, at in depth.items() if at == level]
        for level in range(max(depth.values()) + 1)
    ]
