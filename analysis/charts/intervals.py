"""Estimates with their intervals, row by row."""

from collections.abc import Mapping, Sequence
from math import isfinite, nan
from typing import Any, Protocol

import numpy as np
import pandas as pd

from analysis.charts import part, scale, theme
from analysis.charts.columns import UNKNOWN, Effect, Row
from analysis.charts.figure import Figure, Layout
from analysis.charts.rows import Reference, Rows, draw
from analysis.statistics.pooling import number


class Estimate(Protocol):
    """What can be drawn as a row: a pooled effect, a coefficient, a contrast, or a batch of them.

    On the scale of analysis. `pi_low`, `pi_high` and `level` are used where there are any.
    """

    @property
    def estimate(self) -> float:
        """The estimate, or an array of them."""

    @property
    def ci_low(self) -> float:
        """The lower end of its interval."""

    @property
    def ci_high(self) -> float:
        """The upper end of its interval."""


def intervals(
    results: Mapping[str, Estimate] | Estimate,
    labels: Sequence[object] | None = None,
    *,
    name: str,
    title: str,
    description: str = "",
    measure: str = "MD",
    unit: str = "",
    axis: str = "",
    heading: str = "",
    columns: Mapping[str, Sequence[object]] | None = None,
    groups: Sequence[str] | None = None,
    keys: Sequence[str] | None = None,
    reference: Estimate | None = None,
    emphasis: Sequence[object] = (),
    favours: tuple[str, str] | None = None,
    domain: tuple[float, float] | None = None,
    prediction: bool = True,
) -> Figure:
    """A chart of n rows with estimate and confidence interval, and `prediction` interval if any.

    `results` are one result for each label, or a batch of shape (n,) with `labels`; they are on the
    scale of analysis, and drawn on the natural scale of `measure`, in `unit`; `axis` overrides the
    title of the axis, `domain` what it spans. `heading` stands over the labels; `columns` are more
    texts or numbers, n of each, beside the estimates; `groups` names the group of each row, as a
    heading where it changes; `keys` names the study that each row is about; `reference` is drawn as
    a line with a band; labels in `emphasis` stand out; `favours` says what lies left and right of
    no effect. Of very many rows the farthest from `reference`, or else from no effect, are drawn.
    Raises ValueError for lengths that differ.
    """
    made = _rows(results, labels, measure)
    if not prediction:
        made = [(label, effect._replace(pi_low=nan, pi_high=nan)) for label, effect in made]
    n = len(made)
    extra = {key: list(values) for key, values in (columns or {}).items()}
    lengths = {key: len(values) for key, values in extra.items()}
    lengths["groups"] = n if groups is None else len(groups)
    lengths["keys"] = n if keys is None else len(keys)
    for key, length in lengths.items():
        if length != n:
            raise ValueError(f"{key} must have length {n}, got {length}")
    line = None
    if reference is not None:
        at, low, high = scale.natural(
            (reference.estimate, reference.ci_low, reference.ci_high), measure
        )
        line = Reference(at, low, high)
    middle = scale.no_effect(measure) if line is None else line.estimate
    kept = part.largest(np.nan_to_num([abs(effect.estimate - middle) for _, effect in made]))
    made = [made[place] for place in kept]
    extra = {key: [values[place] for place in kept] for key, values in extra.items()}
    groups = None if groups is None else [groups[place] for place in kept]
    keys = None if keys is None else [keys[place] for place in kept]
    chosen = {str(label) for label in emphasis}
    rows: list[Row] = []
    for place, (label, found) in enumerate(made):
        if groups is not None and (place == 0 or groups[place] != groups[place - 1]):
            space = 8.0 if place else 0.0
            rows.append(Row(groups[place], kind="heading", bold=True, space=space))
        stands_out = label in chosen
        rows.append(
            Row(
                label,
                (str(found), *(cell_text(values[place]) for values in extra.values())),
                effect=found,
                share=0.3,
                color=theme.EMPHASIS if stands_out else theme.STUDY,
                bold=stands_out,
                key="" if keys is None else keys[place],
            )
        )
    ends = [end for _, effect in made for end in effect[1:]]
    estimates = [effect.estimate for _, effect in made]
    if line is not None:
        estimates.append(line.estimate)
        ends += [line.low, line.high]
    level = 100 * float(getattr(_first(results), "level", 0.95))
    chart = Rows(
        rows=rows,
        label_heading=heading,
        headings=(f"Estimate [{level:g}%\u00a0CI]", *extra),
        scale=scale.effect_scale(measure, estimates, ends, domain),
        no_effect=scale.no_effect(measure),
        axis_title=axis or scale.title(measure, unit),
        stacked=True,
        reference=line,
        favours=favours,
    )

    def drawing(layout: Layout) -> Any:
        return draw(chart, layout)

    data: dict[str, list[object]] = {heading or "Row": [label for label, _ in made]}
    if groups is not None:
        data["Group"] = list(groups)
    data |= {
        "Estimate": [effect.estimate for _, effect in made],
        "CI low": [effect.low for _, effect in made],
        "CI high": [effect.high for _, effect in made],
    }
    predicted = any(isfinite(effect.pi_low) for _, effect in made)
    if predicted:
        data["PI low"] = [effect.pi_low for _, effect in made]
        data["PI high"] = [effect.pi_high for _, effect in made]
    shown = description or _description(level, predicted, line is not None)
    far = "no effect" if line is None else "the dashed line"
    shown += part.says(len(kept), n, "rows", f"those farthest from {far}")
    table = pd.DataFrame({**data, **extra})
    return Figure(name, title, chart.described(shown), drawing, table)


def cell_text(value: object) -> str:
    """A text as it is, a float with two decimals, nothing for what is not defined."""
    if isinstance(value, float | np.floating):
        return number(float(value)) if isfinite(value) else UNKNOWN
    return "" if value is None else str(value)


def numbers(result: Estimate, measure: str) -> Effect:
    """What one result says, on the natural scale."""
    return _batch(result, measure)[0]


def _rows(
    results: Mapping[str, Estimate] | Estimate, labels: Sequence[object] | None, measure: str
) -> list[tuple[str, Effect]]:
    if isinstance(results, Mapping):
        names = [str(label) for label in (results if labels is None else labels)]
        found = [numbers(result, measure) for result in results.values()]
    else:
        found = _batch(results, measure)
        names = [str(label) for label in labels or ()]
    if not found:
        raise ValueError("there must be at least one result, got none")
    if len(names) != len(found):
        raise ValueError(f"labels must have length {len(found)}, got {len(names)}")
    return list(zip(names, found, strict=True))


def _batch(result: Estimate, measure: str) -> list[Effect]:
    fields = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
    columns = [scale.natural(getattr(result, field, nan), measure) for field in fields]
    n = len(columns[0])
    full = [column if len(column) == n else column * n for column in columns]
    return [Effect(*values) for values in zip(*full, strict=True)]


def _first(results: Mapping[str, Estimate] | Estimate) -> Estimate:
    return next(iter(results.values())) if isinstance(results, Mapping) else results


def _description(level: float, predicted: bool, reference: bool) -> str:
    parts = [f"Dots are estimates, thick lines their {level:g}% confidence intervals"]
    if predicted:
        parts.append("thin lines prediction intervals")
    if reference:
        parts.append("the dashed line with its band is the pooled effect with its interval")
    return ", ".join(parts) + "."
