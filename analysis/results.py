"""results.json: every result of the book in one document that programs can read."""

import json
from math import isfinite, nan
from pathlib import Path
from typing import Any

from analysis import living, tables
from analysis.citing.book import book, place
from analysis.evidence.certainty import Certainty, certainties
from analysis.evidence.classified import Classification, classifications
from analysis.folders import DATA, code_digest
from analysis.inputs import FIELDS
from analysis.ledger import Entry, Finding, ledger
from analysis.living import LivingEstimate
from analysis.references import references
from analysis.statistics.effect_sizes import natural_scale

SCHEMA_VERSION = 1
SYNTHESIS = "synthesis"
"""The page that has the bodies of evidence."""

DIGITS = 12

ESTIMATES = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")


def results(data: Path = DATA) -> dict[str, Any]:
    """The whole document; numbers have 12 significant digits, what is not defined is null.

    Ratio measures are on the natural scale. Its layout is versioned by `schema_version`.
    """
    chapters = tables.chapters(data)
    return {
        "schema_version": SCHEMA_VERSION,
        "title": book().title,
        "version": book().version,
        "data_digest": tables.digest(data=data),
        "code_digest": code_digest(),
        "released": book().released,
        **({"doi": book().doi} if book().doi else {}),
        "chapters": [_chapter(chapter, data) for chapter in chapters],
        "results": [_result(entry) for entry in ledger(data).entries.values()],
        "findings": [_finding(finding) for finding in ledger(data).findings.values()],
        "living": [
            *(_living(estimate) for estimate in living.estimates(data).values()),
            *(_classification(each) for each in classifications(data).values()),
        ],
        "evidence": [_evidence(each) for each in certainties(data)],
    }


def text(data: Path = DATA) -> str:
    """The whole document as JSON, as it stands in results.json."""
    return json.dumps(results(data), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def url(result: str) -> str:
    """Address of a result in the site: its chapter's page and its id as the anchor."""
    return place(result.split(".")[0], result)


def _chapter(chapter: str, data: Path) -> dict[str, Any]:
    review = tables.review(chapter, data)
    source = references()[review["source"]]
    return {
        "id": chapter,
        "title": review["title"],
        "url": f"book/{chapter}.html",
        "version": book().version,
        "data_digest": tables.digest(chapter, data),
        "last_changed": tables.last_changed(chapter, data),
        "last_search": str(review["search"]["last_run"]),
        "source": {"key": source.key, "doi": source.doi, "title": source.title},
        "counts": ledger(data).counts(chapter),
    }


def _result(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "chapter": entry.chapter,
        "label": entry.label,
        "location": entry.location,
        "kind": entry.kind,
        "unit": entry.unit,
        "qualifier": entry.qualifier,
        "reported": {name: entry.reported.get(name) for name in FIELDS},
        "recomputed": {name: _or_null(entry.recomputed.get(name, nan)) for name in FIELDS}
        if entry.recomputed
        else None,
        "settings": entry.settings,
        "recipe": entry.recipe,
        "verdict": entry.verdict.value,
        "basis": entry.basis,
        "severity": entry.severity,
        "explanation": entry.explanation or entry.not_recomputable,
        "not_recomputable_kind": entry.not_recomputable_kind,
        "url": url(entry.id),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "chapter": finding.chapter,
        "severity": finding.severity,
        "kind": finding.kind,
        "claim": finding.claim,
        "location": finding.location,
        "against": finding.against,
        "rows": list(finding.rows),
        "check": finding.check,
        "holds": finding.holds,
        "url": url(finding.id),
    }


def _living(entry: LivingEstimate) -> dict[str, Any]:
    pooled = entry.pooled
    return {
        "id": entry.id,
        "chapter": entry.chapter,
        "label": entry.label,
        "measure": entry.measure,
        "unit": entry.unit,
        "favours": entry.favours,
        "preset": "modern",
        "k": pooled.k,
        "added": entry.added,
        **{
            name: _or_null(float(natural_scale(getattr(pooled, name), entry.measure)))
            for name in ESTIMATES
        },
        "tau2": _or_null(pooled.tau2),
        "i2": _or_null(pooled.i2),
        "url": url(entry.id),
    }


def _classification(entry: Classification) -> dict[str, Any]:
    return {
        "id": entry.id,
        "chapter": entry.chapter,
        "label": entry.label,
        "before": entry.says_before,
        "after": entry.says_after,
        "added": entry.added,
        "url": url(entry.id),
    }


def _evidence(entry: Certainty) -> dict[str, Any]:
    body, best = entry.body, entry.body.best
    return {
        "id": body.id,
        "chapter": body.chapter,
        "condition": body.printed.condition,
        "label": body.printed.label,
        "measure": body.printed.measure,
        "unit": body.printed.unit,
        "favours": body.printed.favours,
        "reported": body.printed.id,
        "basis": best.basis,
        "k": best.k or None,
        "animals": body.animals or None,
        "added": body.added,
        **{name: _or_null(body.natural(getattr(best, name))) for name in ESTIMATES},
        "tau2": _or_null(best.tau2),
        "i2_low": _or_null(body.i2[0]),
        "i2_high": _or_null(body.i2[1]),
        "probability": _or_null(body.probability),
        "smd": _or_null(body.smd.estimate) if body.smd else None,
        "certainty": entry.level.value,
        "at_most": entry.is_bound,
        "domains": [
            {
                "domain": each.domain,
                "downgrade": each.downgrade,
                "basis": each.basis.value,
                "reason": each.reason,
                "change": each.change,
            }
            for each in entry.proposals
        ],
        "url": place(SYNTHESIS, body.id),
    }


def _or_null(value: float) -> float | None:
    """The number with the digits that every processor gives: how sums are ordered is its choice."""
    return float(f"{value:.{DIGITS}g}") if isfinite(value) else None
