"""results.csv: one row for each result of results.json, of every kind."""

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.inputs import FIELDS

HOLDS = {True: "holds", False: "does not hold"}


def rows(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of results.csv for the document of results.json, in its order."""
    kinds = {"results": _number, "findings": _finding, "living": _living, "evidence": _evidence}
    for part, own in kinds.items():
        for entry in document[part]:
            yield {
                "id": entry["id"],
                "chapter": entry["chapter"],
                "part": part,
                **own(entry),
                "url": entry["url"],
                "version": document["version"],
            }


def _number(entry: Mapping[str, Any]) -> dict[str, Any]:
    same = (
        "label",
        "location",
        "unit",
        "qualifier",
        "verdict",
        "not_recomputable_kind",
        "settings",
        "recipe",
        "explanation",
    )
    recomputed = entry["recomputed"] or {}
    return {
        **{name: entry[name] for name in same},
        **{f"reported_{name}": entry["reported"][name] for name in FIELDS},
        **{f"recomputed_{name}": recomputed.get(name) for name in FIELDS},
    }


def _finding(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "label": entry["claim"],
        "location": entry["location"],
        "verdict": HOLDS[entry["holds"]],
        "recipe": entry["check"],
        "explanation": entry["against"],
    }


def _living(entry: Mapping[str, Any]) -> dict[str, Any]:
    if "before" in entry:
        said = f"Before: {entry['before']}. After: {entry['after']}."
        return {"label": entry["label"], "explanation": said}
    return {**_estimate(entry), "label": entry["label"], "settings": entry["preset"]}


def _evidence(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **_estimate(entry),
        "label": f"{entry['condition']}: {entry['label']}",
        "certainty": entry["certainty"],
        "settings": entry["basis"],
    }


def _estimate(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "measure": entry["measure"],
        "unit": entry["unit"],
        "recomputed_value": entry["estimate"],
        "recomputed_lower": entry["ci_low"],
        "recomputed_upper": entry["ci_high"],
        "prediction_lower": entry["pi_low"],
        "prediction_upper": entry["pi_high"],
        "studies": entry["k"],
    }
