"""A chart as a page shows it: two static drawings, its caption, the numbers behind it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from html import escape
from math import isfinite
from numbers import Integral, Real
from typing import Any, Literal

import altair as alt
import pandas as pd

from analysis import html
from analysis.charts import svg
from analysis.charts.theme import clean


@dataclass(frozen=True)
class Layout:
    """The width in px that a drawing has to keep to, and the page it is for."""

    name: Literal["wide", "narrow"]
    width: int

    @property
    def narrow(self) -> bool:
        """Whether the drawing is for a phone."""
        return self.name == "narrow"


WIDE = Layout("wide", 680)
"""The column of text beside two sidebars, on a tablet or on paper."""

NARROW = Layout("narrow", 350)
"""A phone held upright."""


@dataclass(frozen=True)
class About:
    """What a drawing can tell of a study: `facts` on request, in words by their names.

    Rows can be sorted by the numbers of `order`, and chosen by the words of `groups`.
    """

    facts: Mapping[str, str] = field(default_factory=dict)
    order: Mapping[str, float] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)


_NAME = re.compile(r"[a-z][a-z0-9]*([.-][a-z0-9]+)*")


@dataclass(frozen=True, eq=False)
class Figure:
    """A chart of results, ready for a page.

    `name` becomes the id of the figure and must be unique in its page; `title` and `description`
    say what it shows; `draw` draws it for a layout; `data` are the numbers behind it, shown as a
    folded table; `about` is what a script tells of its studies. Raises ValueError for a name that
    is no id, and without a description.
    """

    name: str
    title: str
    description: str
    draw: Callable[[Layout], alt.TopLevelMixin] = field(repr=False)
    data: pd.DataFrame = field(repr=False)
    about: Mapping[str, About] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                "name must be lower-case words joined by hyphens or points, "
                f"beginning with a letter, got {self.name!r}"
            )
        if not self.description:
            raise ValueError(f"{self.name}: description must say what the chart shows")

    def spec(self, layout: Layout) -> dict[str, Any]:
        """The Vega-Lite specification of one layout."""
        # Altair's validation costs more than the drawing; the tests do it.
        spec: dict[str, Any] = self.draw(layout).to_dict(validate=False)
        if spec.get("width") != layout.width:
            raise ValueError(f"{self.name}: drawn {spec.get('width')} px wide, not {layout.width}")
        return {**spec, "name": f"{self.name}-{layout.name}"}

    def svg(self, layout: Layout) -> str:
        """The static drawing of one layout, as an element for a page."""
        return svg.element(
            self.spec(layout),
            prefix=f"{self.name}-{layout.name}-",
            label=self.title,
            described_by=f"{self.name}-caption",
        )

    def html(self) -> str:
        """The whole figure: caption, both drawings, table."""
        name, title = escape(self.name), escape(self.title)
        description = f" <span>{escape(self.description)}</span>"
        drawings = "".join(
            f'<div class="chart-{layout.name}">{self.svg(layout)}</div>'
            for layout in (WIDE, NARROW)
        )
        return (
            f'<figure class="chart" id="{name}">'
            f'<figcaption id="{name}-caption"><strong>{title}</strong>{description}</figcaption>'
            f"{drawings}"
            f"<details><summary>The numbers in this chart</summary>{_table(self.data, title)}"
            f"</details>{self._told()}</figure>"
        )

    def _told(self) -> str:
        if not self.about:
            return ""
        told = {clean(key): asdict(about) for key, about in self.about.items()}
        return html.json_script(told, "chart-about")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html()}


def cell(value: object) -> str:
    """A number as the table of a figure shows it: three decimals, or two digits if tiny.

    `–` stands for what is not defined; text and whole numbers stay as they are.
    """
    if value is None or value is pd.NA:
        return "–"
    if not isinstance(value, Real) or isinstance(value, bool):
        return str(value)
    if isinstance(value, Integral):
        return str(int(value)).replace("-", "−")
    number = float(value)
    if not isfinite(number):
        return "–"
    text = f"{number:.2g}" if 0 < abs(number) < 0.001 else f"{number:z.3f}"
    return text.replace("-", "−")


def _table(data: pd.DataFrame, title: str) -> str:
    columns = [str(column) for column in data.columns]
    numeric = [all(map(_is_numeric, data.iloc[:, place])) for place in range(len(columns))]
    style = [' class="number"' if right else "" for right in numeric]
    head = "".join(
        f'<th scope="col"{css}>{escape(column)}</th>'
        for column, css in zip(columns, style, strict=True)
    )
    body = []
    for row in data.itertuples(index=False, name=None):
        first, *rest = (escape(cell(value)) for value in row)
        cells = "".join(f"<td{css}>{text}</td>" for text, css in zip(rest, style[1:], strict=True))
        body.append(f'<tr><th scope="row">{first}</th>{cells}</tr>')
    return (
        f'<div class="chart-table" role="region" aria-label="{title}" tabindex="0">'
        f"<table><caption>{title}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _is_numeric(value: object) -> bool:
    """Whether a cell is set flush right: a number, one as printed, or none."""
    return not isinstance(value, str) or re.fullmatch(r"[<>≥~−-]?[\d.,]*%?", value) is not None
