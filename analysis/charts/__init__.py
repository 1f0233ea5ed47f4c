"""Charts of results: they draw what the statistics found, and compute nothing."""

from analysis.charts.bars import bars
from analysis.charts.figure import NARROW, WIDE, About, Figure, Layout
from analysis.charts.flow import flow
from analysis.charts.forest import forest
from analysis.charts.funnel import funnel
from analysis.charts.grid import Tile, grid
from analysis.charts.intervals import intervals
from analysis.charts.scatter import scatter
from analysis.charts.spans import Span, spans

__all__ = [
    "NARROW",
    "WIDE",
    "About",
    "Figure",
    "Layout",
    "Span",
    "Tile",
    "bars",
    "flow",
    "forest",
    "funnel",
    "grid",
    "intervals",
    "scatter",
    "spans",
]
