"""Drawings of charts keep to their layout, and their texts are read."""

import re
from itertools import combinations
from xml.etree import ElementTree

import altair as alt
import pytest
import vl_convert

from analysis.charts import (
    svg,
    theme,
)
from tests.figures import (
    both_layouts,
    every_figure,
    parsed,
)

pytestmark = pytest.mark.slow


@every_figure
@both_layouts
def test_drawing_keeps_to_its_layout(figure, layout):
    root = parsed(figure, layout)
    assert float(root.get("width", "")) == layout.width
    assert root.get("viewBox") == f"0 0 {layout.width} {root.get('height')}"
    for left, top, right, bottom, text in boxes_of_text(root):
        assert left >= -1, text
        assert right <= layout.width + 1, text
        assert top >= 0, text
        assert bottom <= float(root.get("height", "")), text


@every_figure
@both_layouts
def test_no_text_covers_another(figure, layout):
    for a, b in combinations(boxes_of_text(parsed(figure, layout)), 2):
        apart = a[2] <= b[0] + 1 or b[2] <= a[0] + 1 or a[3] <= b[1] + 1 or b[3] <= a[1] + 1
        assert apart, (a[4], b[4])


def boxes_of_text(root: ElementTree.Element) -> list[tuple[float, float, float, float, str]]:
    """Left, top, right, bottom and text of every line, by the width that any font may need."""
    found = []

    def walk(node: ElementTree.Element, x: float, y: float) -> None:
        moved = re.fullmatch(r"translate\(([^,]+),([^)]+)\)", node.get("transform", ""))
        if moved:
            x, y = x + float(moved[1]), y + float(moved[2])
        if node.tag.endswith("text") and node.text:
            size = float(node.get("font-size", "").removesuffix("px"))
            width = theme.text_width(node.text, size, node.get("font-weight") == "bold")
            start = {"end": x - width, "middle": x - width / 2}.get(node.get("text-anchor", ""), x)
            found.append((start, y - 0.72 * size, start + width, y + 0.2 * size, node.text))
        for child in node:
            walk(child, x, y)

    walk(root, 0, 0)
    assert found
    return found


@every_figure
@both_layouts
def test_colors_are_tokens_and_text_is_large_enough(figure, layout):
    allowed = {str(token) for token in theme.TOKENS} | {"none"}
    for node in parsed(figure, layout).iter():
        assert {node.get(key, "none") for key in ("fill", "stroke")} <= allowed
        assert node.get("opacity") is None
        if node.tag.endswith("text"):
            assert float(node.get("font-size", "").removesuffix("px")) >= theme.CAPTION


@every_figure
@both_layouts
def test_specification_is_valid(figure, layout):
    spec = figure.spec(layout)
    assert spec["name"] == f"{figure.name}-{layout.name}"
    alt.LayerChart.from_dict(spec, validate=True)
    assert "container" not in str(spec)


@every_figure
@both_layouts
def test_static_text_is_where_vega_draws_it(figure, layout):
    whole = svg.tidy(vl_convert.vegalite_to_svg(figure.spec(layout), vl_version="6.4"), "")

    def drawn(root: ElementTree.Element) -> set[tuple[str | None, ...]]:
        found = set()
        for node in root.iter():
            if node.tag.endswith("text"):
                place = re.findall(r"-?[\d.]+", node.get("transform", ""))
                anchor = (node.get("text-anchor") or "start").replace("start", "")
                weight = (node.get("font-weight") or "normal").replace("normal", "")
                rest = (node.get("font-size"), node.get("fill"), node.text)
                found.add((*(f"{float(at):.1f}" for at in place), anchor, weight, *rest))
        return found

    assert drawn(whole) == drawn(parsed(figure, layout))
