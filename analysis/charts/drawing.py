"""From layers to one chart of an exact size."""

from collections.abc import Sequence
from typing import Any, ClassVar

import altair as alt

from analysis.charts.marks import Layer
from analysis.charts.theme import FONT


def assemble(layers: Sequence[Layer], width: float, height: float) -> alt.LayerChart:
    """The chart of all layers that hold anything, exactly `width` by `height` px.

    Nothing is sized automatically, so that no position depends on which fonts the machine has that
    builds the book.
    """
    filled = {f"layer-{place}": layer for place, layer in enumerate(layers) if layer.values}
    return alt.LayerChart(
        layer=[
            alt.Chart(
                alt.NamedData(name=name),
                mark=layer.mark,
                encoding=alt.FacetedEncoding(**layer.channels),
            )
            for name, layer in filled.items()
        ],
        datasets={name: _Values(layer.values) for name, layer in filled.items()},
        width=width,
        height=height,
        padding=0,
        autosize=alt.AutoSizeParams(type="none"),
        config=alt.Config(
            aria=False,
            background="transparent",
            font=FONT,
            view=alt.ViewConfig(stroke=None, fill=None),
        ),
    )


class _Values:
    """A data set that Altair takes over as it is.

    It would otherwise walk through every number, which takes longer than drawing them.
    """

    _schema: ClassVar[dict[str, Any]] = {"type": "array"}

    def __init__(self, values: list[dict[str, Any]]) -> None:
        self._values = values

    def to_dict(self, *args: Any, **kwargs: Any) -> list[dict[str, Any]]:
        return self._values
