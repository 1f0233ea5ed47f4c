"""Static drawings: Vega's SVG, made fit to stand in a page beside others."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from analysis.charts.theme import FONT

_DROPPED = ("class", "role", "pointer-events", "version")
_NUMBER = re.compile(r"-?\d+\.\d{3,}(?!\d*e)")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_LAYER = re.compile(r"layer_(\d+)_marks")
_ANCHORS = {"left": "start", "center": "middle", "right": "end"}


def element(spec: dict[str, Any], *, prefix: str, label: str, described_by: str) -> str:
    """Draw a Vega-Lite specification as an `<svg>` element.

    `prefix` begins every id inside it, `label` is its accessible name, `described_by` the id of the
    element that describes it.
    """
    import vl_convert  # starts a JavaScript engine, which only pages with charts need

    # vl_convert takes a millisecond to measure each text, and no text of a layer needs measuring.
    lines = [layer for layer in spec["layer"] if layer["mark"]["type"] == "text"]
    rest = [layer for layer in spec["layer"] if layer["mark"]["type"] != "text"]
    drawn = vl_convert.vegalite_to_svg({**spec, "layer": rest}, vl_version="6.4")
    values = [spec["datasets"][layer["data"]["name"]] for layer in rest]
    root = tidy(drawn, prefix, values)
    for layer in lines:
        root.extend(_text(**item) for item in spec["datasets"][layer["data"]["name"]])
    size = {key: root.attrib[key] for key in ("width", "height", "viewBox")}
    ratio = f"aspect-ratio: {size['width']} / {size['height']}"  # known before it is laid out
    root.attrib.clear()
    root.attrib.update(
        {"xmlns": "http://www.w3.org/2000/svg", "role": "img", "aria-label": label}
        | {"aria-describedby": described_by, "font-family": FONT}
        | size
        | {"style": ratio}
    )
    return ElementTree.tostring(root, encoding="unicode")


def tidy(
    drawn: str, prefix: str, values: Sequence[Sequence[Mapping[str, Any]]] | None = None
) -> ElementTree.Element:
    """Vega's SVG without what a page doesn't need, with ids of its own and short numbers.

    Vega's class names would meet the page's styles, its ids those of the next chart. `values` are
    the data of each layer: a mark gets the key and the tip of its own as `data-` attributes.
    """
    root = ElementTree.fromstring(drawn)
    if values is not None:
        _tell(root, values)
    for node in root.iter():
        node.tag = node.tag.rpartition("}")[2]
        attributes = dict(node.attrib)
        node.attrib.clear()
        for key, value in attributes.items():
            if key in _DROPPED or key.startswith("aria-") or (key, value) == ("opacity", "1"):
                continue
            if key == "font-family" and value == FONT:
                continue
            value = _NUMBER.sub(lambda match: f"{float(match[0]):.2f}", value)
            value = _REFERENCE.sub(rf"url(#{prefix}\1)", value)
            if key == "id":
                value = prefix + value
            elif key.endswith("href") and value.startswith("#"):
                value = f"#{prefix}{value[1:]}"
            node.set(key.rpartition("}")[2], value)
    _prune(root)
    return root


def _tell(root: ElementTree.Element, values: Sequence[Sequence[Mapping[str, Any]]]) -> None:
    """Let each mark say what it is about; the corners of one area are one mark, which doesn't."""
    for group in root.iter():
        layer = _LAYER.search(group.get("class", ""))
        if layer is None or "mark-line" in group.get("class", ""):
            continue
        for mark, value in zip(group, values[int(layer[1])], strict=True):
            for name in ("key", "tip"):
                if value.get(name):
                    mark.set(f"data-{name}", value[name])


def _text(
    x: float, y: float, text: str, align: str, color: str, size: float, weight: str, key: str
) -> ElementTree.Element:
    """A line of text as Vega draws it: the middle of its capitals at `y`."""
    node = ElementTree.Element("text")
    if align != "left":
        node.set("text-anchor", _ANCHORS[align])
    node.set("transform", f"translate({x:g},{y + round(0.3 * size):g})")
    node.set("font-size", f"{size:g}px")
    if weight != "normal":
        node.set("font-weight", weight)
    node.set("fill", color)
    if key:
        node.set("data-key", key)
    node.text = text
    return node


def _prune(parent: ElementTree.Element) -> None:
    """Drop what paints nothing, and put the children of bare groups in the groups' place."""
    kept: list[ElementTree.Element] = []
    for child in parent:
        _prune(child)
        if child.get("transform") in ("translate(0,0)", "translate(0 0)"):
            del child.attrib["transform"]
        if child.tag == "path" and not {"fill", "stroke"} & set(child.attrib):
            continue
        if child.tag == "g" and (not child.attrib or not len(child)):
            kept.extend(child)
        else:
            kept.append(child)
    parent[:] = kept
