"""Charts of outcomes and of bodies of evidence: what the statistics give, drawn by `charts`."""

from analysis.figures.evidence import doses, evidence, standardized
from analysis.figures.outcomes import (
    baujat,
    change,
    cumulative,
    estimators,
    forest,
    funnel,
    leave_one_out,
    printed_results,
    subgroups,
)

__all__ = [
    "baujat",
    "change",
    "cumulative",
    "doses",
    "estimators",
    "evidence",
    "forest",
    "funnel",
    "leave_one_out",
    "printed_results",
    "standardized",
    "subgroups",
]
