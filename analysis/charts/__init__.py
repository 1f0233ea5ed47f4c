"""Charts of results: they draw what the statistics found, and compute nothing."""

from analysis.charts.figure import NARROW, WIDE, Figure, Layout
from analysis.charts.flow import flow
from analysis.charts.forest import forest
from analysis.charts.funnel import funnel
from analysis.charts.intervals import intervals
from analysis.charts.scatter import scatter

__all__ = [
    "NARROW",
    "WIDE",
    "Figure",
    "Layout",
    "flow",
    "forest",
    "funnel",
    "intervals",
    "scatter",
]
