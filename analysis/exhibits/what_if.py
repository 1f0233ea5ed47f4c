"""What a page needs to pool the studies of a chapter anew, in the browser."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from html import escape
from math import isfinite
from typing import Any

from analysis import html
from analysis.dictionary import ARMS, Column
from analysis.html import Html
from analysis.living import LivingEstimate
from analysis.statistics.effect_sizes import RATIO_MEASURES
from analysis.statistics.pooling import MODERN
from analysis.studies import Outcome, effects_of, filled

MOST = 5000
"""Studies of an outcome that a browser pools at once, and a page can hold."""

NOT_SLUG = re.compile(r"[^a-z0-9]+")


def what_if(
    studies: Mapping[str, Outcome],
    living: Iterable[LivingEstimate],
    moderators: Iterable[Column],
) -> Html:
    """The reader's own analysis of outcomes: every effect in each measure that the data give.

    `living` are the estimates that it is compared with, `moderators` what subsets can be chosen by.
    An outcome of more studies than `MOST` is left out, and named: no part of it would be its pool.
    Raises ValueError without an outcome.
    """
    if not studies:
        raise ValueError("there must be at least one outcome, got none")
    left_out = "".join(
        f'<p class="table-part">{escape(outcome.label)} has {len(outcome):,} studies, more than '
        f"the {MOST:,} that this part can take. Their data are in {html.DOWNLOADS}.</p>"
        for outcome in studies.values()
        if len(outcome) > MOST
    )
    studies = {name: outcome for name, outcome in studies.items() if len(outcome) <= MOST}
    if not studies:
        return Html(left_out)
    compared = {estimate.outcome: estimate for estimate in living}
    columns = list(moderators)
    document = {
        "modern": {name: MODERN[name] for name in ("method", "test")},
        "moderators": [
            {"name": column.name, "title": column.title, "levels": dict(column.levels)}
            for column in columns
        ],
        "outcomes": [
            {
                "id": outcome.id,
                "label": outcome.label,
                "favours": outcome.favours,
                "measures": _measures(outcome),
                "living": _living(compared.get(name)),
                "studies": _studies(outcome, [column.name for column in columns]),
            }
            for name, outcome in studies.items()
        ],
    }
    return Html(
        f'{left_out}<div class="what-if"><p>This part needs a script, which does not run here. '
        "The published analyses above stand without it.</p>"
        f"{html.json_script(document, 'what-if-data')}</div>"
    )


def slugs(studies: Iterable[str]) -> list[str]:
    """The names of studies as they stand in an address, each another one."""
    found: list[str] = []
    taken: Counter[str] = Counter()
    for study in studies:
        plain = NOT_SLUG.sub("-", study.lower()).strip("-")
        taken[plain] += 1
        found.append(f"{plain}.{taken[plain]}" if taken[plain] > 1 or not plain else plain)
    return found


def _measures(outcome: Outcome) -> list[dict[str, Any]]:
    """The outcome's own measure and, where there are arms, SMD."""
    names = dict.fromkeys((outcome.measure, *(["SMD"] if filled(outcome.rows, ARMS).any() else [])))
    return [
        {
            "name": name,
            "unit": outcome.unit if name == outcome.measure else "SD",
            "ratio": name in RATIO_MEASURES,
        }
        for name in names
    ]


def _living(estimate: LivingEstimate | None) -> dict[str, Any] | None:
    """The living estimate on the scale of analysis; none without an interval."""
    if estimate is None or not isfinite(estimate.pooled.ci_low):
        return None
    names = ("k", "estimate", "ci_low", "ci_high")
    return {
        "measure": estimate.measure,
        **{name: getattr(estimate.pooled, name) for name in names},
    }


def _studies(outcome: Outcome, moderators: list[str]) -> list[dict[str, Any]]:
    """Each study with its effects, [yi, vi] by measure; one without arms has no SMD."""
    rows, by_arms = outcome.rows, filled(outcome.rows, ARMS)
    own = outcome.effects
    effects = [{outcome.measure: pair} for pair in zip(own.yi, own.vi, strict=True)]
    if by_arms.any():
        smd = effects_of(rows[by_arms], "SMD")
        pairs = zip(smd.yi, smd.vi, strict=True)
        for place in by_arms.to_numpy().nonzero()[0]:
            effects[place]["SMD"] = next(pairs)
    return [
        {
            "slug": slug,
            "study": str(row["study"]),
            "year": int(row["year"]),
            "source": source,
            "animals": f"{row['n_treated']} / {row['n_control']}" if arms else "",
            "added": row["in_review"] == "no",
            "moderators": {name: str(row[name]) for name in moderators},
            "effects": {
                measure: [float(yi), float(vi)] for measure, (yi, vi) in effects[place].items()
            },
        }
        for place, (slug, source, row, arms) in enumerate(
            zip(
                slugs(outcome.labels),
                outcome.sources,
                rows.to_dict("records"),
                by_arms,
                strict=True,
            )
        )
    ]
