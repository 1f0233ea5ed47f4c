"""What studies give together: rows of pooled effects, and the line about heterogeneity."""

from collections.abc import Mapping, Sequence
from math import isfinite, nan

from analysis.charts import theme
from analysis.charts.columns import Effect, Row
from analysis.charts.intervals import Estimate, numbers
from analysis.formats import p_value
from analysis.statistics.pooling import Pooled, number

MODEL_COLORS = (theme.VERMILLION, theme.GREEN, theme.PURPLE, theme.OCHRE)
"""Colors of the pooled effects, from the last model to the first."""

_INTERVALS = {"z": "", "knha": ", Knapp-Hartung", "adhoc": ", modified Knapp-Hartung"}


def grouped(
    studies: Sequence[Row],
    groups: Sequence[str],
    pooled: Mapping[str, Estimate] | None,
    measure: str,
    blank: tuple[str, ...],
) -> list[Row]:
    """Studies under the headings of their groups, each with its own diamond."""
    found: list[Row] = []
    unknown = set(pooled or {}) - set(groups)
    if unknown:
        raise ValueError(f"group_pooled has results of no group: {', '.join(sorted(unknown))}")
    for group in dict.fromkeys(groups):
        members = [row for row, of in zip(studies, groups, strict=True) if of == group]
        space = 10.0 if found else 0.0
        found.append(Row(group, kind="heading", bold=True, space=space))
        found += members
        if pooled and group in pooled:
            effect = numbers(pooled[group], measure)
            found.append(
                Row(
                    f"Subgroup, k = {len(members)}",
                    (*blank, str(effect)),
                    kind="diamond",
                    color=theme.PURPLE,
                    bold=True,
                    effect=effect._replace(pi_low=nan, pi_high=nan),
                )
            )
    return found


def pooled_rows(models: Mapping[str, Effect], blank: tuple[str, ...]) -> list[Row]:
    """A diamond for each model, and a bar for each prediction interval."""
    found: list[Row] = []
    predicting = [label for label, effect in models.items() if isfinite(effect.pi_low)]
    for place, (label, effect) in enumerate(models.items()):
        color = MODEL_COLORS[(len(models) - 1 - place) % len(MODEL_COLORS)]
        found.append(
            Row(
                label,
                (*blank, str(effect)),
                kind="diamond",
                color=color,
                bold=True,
                space=0.0 if found else 13.0,
                ruled=not found,
                effect=effect._replace(pi_low=nan, pi_high=nan),
            )
        )
        if label in predicting:
            predicted = Effect(low=effect.pi_low, high=effect.pi_high)
            found.append(
                Row(
                    "Prediction interval" + (f", {label}" if len(predicting) > 1 else ""),
                    (*blank, str(predicted)),
                    kind="bar",
                    color=color,
                    effect=predicted,
                )
            )
    return found


def heterogeneity(label: str, model: Pooled) -> str:
    """The line below the plot: how the model was fitted, and how far the studies differ."""
    if model.k < 2:
        return f"{label}: one study"
    found = [
        f"I² = {model.i2:.0f}%",
        f"Q = {model.q:.1f} (df {model.q_df:g}, {p_value(model.q_p)})",
    ]
    if model.method != "EE" and isfinite(model.tau2):
        tau2 = f"tau² = {number(model.tau2)}"
        if isfinite(model.tau2_ci_low) and isfinite(model.tau2_ci_high):
            span = f"{number(model.tau2_ci_low)} to {number(model.tau2_ci_high)}"
            # With one degree of freedom the upper limit is far beyond all that could be.
            open_ = ", which leaves it open" if model.k == 2 else ""
            tau2 += f" ({100 * model.level:g}% CI {span}{open_})"
        found.insert(0, tau2)
    # No-break spaces: a line may end after a number, not inside it.
    numbers = ", ".join(part.replace(" ", "\u00a0") for part in found)
    return f"{label} ({model.method}{_INTERVALS.get(model.test, '')}): {numbers}"
