"""The forest plot: every study's effect, and what they give together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite, nan
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.charts import part, scale
from analysis.charts.columns import Effect, Row
from analysis.charts.figure import About, Figure, Layout
from analysis.charts.intervals import Estimate, cell_text, numbers
from analysis.charts.rows import Reference, Rows, draw
from analysis.charts.summaries import MODEL_COLORS, grouped, heterogeneity, pooled_rows
from analysis.formats import count
from analysis.statistics import pooling
from analysis.statistics.pooling import Pooled


def forest(
    labels: Sequence[str],
    yi: ArrayLike,
    vi: ArrayLike,
    *,
    pooled: Mapping[str, Pooled],
    name: str,
    title: str,
    description: str = "",
    measure: str = "MD",
    unit: str = "",
    heading: str = "Study",
    columns: Mapping[str, Sequence[object]] | None = None,
    groups: Sequence[str] | None = None,
    group_pooled: Mapping[str, Estimate] | None = None,
    favours: tuple[str, str] | None = None,
    domain: tuple[float, float] | None = None,
    table: Mapping[str, Sequence[object]] | None = None,
    about: Sequence[About] | None = None,
) -> Figure:
    """A forest plot of k studies on the natural scale of `measure`, in `unit`.

    `yi` and `vi`, shape (k,), are on the scale of analysis; `pooled` are the models by name, the
    last one leading: its weights size the squares, and its estimate is the dashed line. `columns`
    are texts before the axis, k of each; `table` more columns of the folded table alone, such as
    weights as printed. `groups` names each study's subgroup; `group_pooled` holds their results;
    `about` says more of each study, which is also sorted by effect, weight and precision.
    `favours` says what lies left and right of no effect. Of very many studies those with the
    largest weights are drawn, under results of all. Raises ValueError for lengths that differ.
    """
    y, v = np.asarray(yi, dtype=float), np.asarray(vi, dtype=float)
    k = len(labels)
    before, further = _columns(columns, k), _columns(table, k)
    lengths = {"yi": y.size, "vi": v.size}
    lengths |= {"groups": len(groups or labels), "about": len(about or labels)}
    for argument, length in lengths.items():
        if length != k:
            raise ValueError(f"{argument} must have length {k}, got {length}")
    if not pooled:
        raise ValueError("pooled must hold at least one model")
    leading = list(pooled.values())[-1]
    low, high = pooling.interval(y, np.sqrt(v), None, leading.level)
    effects = [
        Effect(*values)
        for values in zip(*(scale.natural(a, measure) for a in (y, low, high)), strict=True)
    ]
    models = {label: numbers(model, measure) for label, model in pooled.items()}
    weights = {
        _weight_heading(label, len(pooled)): np.asarray(model.weights)
        for label, model in pooled.items()
        if np.shape(model.weights) == (k,)
    }
    sizes = np.asarray(leading.weights) if np.shape(leading.weights) == (k,) else 1 / v
    shares = (sizes / sizes.max()).tolist()
    studies = [
        Row(
            labels[i],
            (
                *(cell_text(values[i]) for values in before.values()),
                str(effects[i]),
                *(f"{column[i]:.1f}%" for column in weights.values()),
            ),
            kind="square",
            effect=effects[i],
            share=shares[i],
            key=labels[i],
        )
        for i in range(k)
    ]
    blank = ("",) * len(before)
    rows = studies if groups is None else grouped(studies, groups, group_pooled, measure, blank)
    kept = part.largest(sizes)
    left_out = {id(row) for row in studies} - {id(studies[i]) for i in kept}
    rows = [row for row in rows if id(row) not in left_out]
    results = pooled_rows(models, blank)
    ends = [end for row in (*rows, *results) for end in row.effect[1:]]
    centre = models[list(models)[-1]].estimate
    chart = Rows(
        rows=[*rows, *results],
        label_heading=heading,
        headings=(*before, f"Effect [{100 * leading.level:g}%\u00a0CI]", *weights),
        scale=scale.effect_scale(measure, [effect.estimate for effect in effects], ends, domain),
        no_effect=scale.no_effect(measure),
        axis_title=scale.title(measure, unit),
        before=len(before),
        main=len(before),
        reference=Reference(centre, color=MODEL_COLORS[0]),
        favours=favours,
        notes=tuple(heterogeneity(label, model) for label, model in pooled.items()),
    )

    def drawing(layout: Layout) -> Any:
        return draw(chart, layout)

    subgroups = {
        f"Subgroup {group}": numbers(result, measure)._replace(pi_low=nan, pi_high=nan)
        for group, result in (group_pooled or {}).items()
    }
    extra = {**before, **weights, **further}
    data = _data(heading, labels, effects, extra, groups, {**subgroups, **models})
    data = data.drop(index=sorted(set(range(k)).difference(kept)))
    shown = description or _description(k, leading.level, list(pooled), models)
    shown += part.says(
        len(kept), k, "studies", "those with the largest weights; pooled effects are of all"
    )
    told = {
        labels[i]: replace(
            each,
            order={
                "effect": effects[i].estimate,
                "weight": float(sizes[i]),
                "precision": float(1 / v[i]),
                **each.order,
            }
            if groups is None
            else {},
        )
        for i, each in enumerate(about or [])
        if i in set(kept)
    }
    return Figure(name, title, chart.described(shown), drawing, data, told)


def _columns(columns: Mapping[str, Sequence[object]] | None, k: int) -> dict[str, list[object]]:
    found = {heading: list(values) for heading, values in (columns or {}).items()}
    for heading, values in found.items():
        if len(values) != k:
            raise ValueError(f"{heading} must have length {k}, got {len(values)}")
    return found


def _weight_heading(label: str, models: int) -> str:
    if models == 1:
        return "Weight"
    word = label.split()[0]
    return f"Weight, {word.lower() if word.istitle() else word}"


def _data(
    heading: str,
    labels: Sequence[str],
    effects: Sequence[Effect],
    extra: Mapping[str, Any],
    groups: Sequence[str] | None,
    results: Mapping[str, Effect],
) -> pd.DataFrame:
    """Studies, then what they give together, which has no cells in the `extra` columns."""
    blank = [""] * len(results)
    both = [*effects, *results.values()]
    columns: dict[str, list[object]] = {heading: [*labels, *results]}
    if groups is not None:
        columns["Group"] = [*groups, *blank]
    columns["Effect"] = [effect.estimate for effect in both]
    columns["CI low"] = [effect.low for effect in both]
    columns["CI high"] = [effect.high for effect in both]
    for column, values in extra.items():
        unit = " (%)" if isinstance(values, np.ndarray) else ""
        columns[column + unit] = [*list(values), *blank]
    if any(isfinite(effect.pi_low) for effect in both):
        columns["PI low"] = [_or_blank(effect.pi_low) for effect in both]
        columns["PI high"] = [_or_blank(effect.pi_high) for effect in both]
    return pd.DataFrame(columns)


def _or_blank(value: float) -> object:
    return value if isfinite(value) else ""


def _description(k: int, level: float, models: Sequence[str], effects: Mapping[str, Effect]) -> str:
    bar = (
        "; the bar is the prediction interval"
        if any(isfinite(effect.pi_low) for effect in effects.values())
        else ""
    )
    return (
        f"Effects of {count(k, 'study', 'studies')} with {100 * level:g}% confidence intervals. "
        f"Squares are sized by weight; diamonds are pooled effects ({', '.join(models)}){bar}."
    )
