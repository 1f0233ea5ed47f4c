"""One chapter, ready for its page: what the pages of the book import."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from html import escape
from math import isnan
from typing import Any

import pandas as pd

from analysis import folders, formats, html, ledger_pages, living, settings, tables, undefined
from analysis.citing import shown
from analysis.citing.book import book
from analysis.citing.items import state
from analysis.dictionary import Column
from analysis.dictionary import tables as dictionary
from analysis.evidence.certainty import Certainty, certainties
from analysis.evidence.classified import Classification, classifications
from analysis.evidence.overlap import units
from analysis.faults import nearest
from analysis.html import BLANK, Html
from analysis.ledger import Entry, Finding, ledger
from analysis.living import LivingEstimate
from analysis.pools import PrintedResult, printed_results
from analysis.references import Reference, references
from analysis.statistics.arrays import UndefinedError
from analysis.studies import Outcome, outcomes, pool
from analysis.versions import identity

__all__ = [
    "Chapter",
    "all_numbers",
    "pool",
    "quote",
    "say",
]

LIVING_PARTS: Mapping[str, Callable[[LivingEstimate], str]] = {
    "": str,
    "estimate": lambda entry: formats.number(entry.pooled.estimate),
    "ci": lambda entry: formats.interval(entry.pooled.ci_low, entry.pooled.ci_high),
    "pi": lambda entry: _predicted(entry),
    "k": lambda entry: str(entry.pooled.k),
    "i2": lambda entry: formats.percent(entry.pooled.i2),
    "tau2": lambda entry: formats.significant(entry.pooled.tau2),
    "p": lambda entry: formats.p_value(entry.pooled.p),
}
"""What a sentence can quote of a living estimate, by name; "" is the whole phrase."""

PRINTED_PARTS: Mapping[str, Callable[[Entry], str]] = {
    "": ledger_pages.printed_text,
    "value": lambda entry: formats.typeset(entry.reported.get("value", "")),
    "lower": lambda entry: formats.typeset(entry.reported.get("lower", "")),
    "upper": lambda entry: formats.typeset(entry.reported.get("upper", "")),
    "recomputed": ledger_pages.recomputed_text,
    "verdict": lambda entry: entry.verdict.value,
}
"""What a sentence can quote of a printed number, by name; "" is all that is printed."""


class Chapter:
    """A chapter of the book by its name, `Chapter("spinal-cord-injury")`.

    Raises ValueError for a name that is no folder of the data.
    """

    def __init__(self, name: str) -> None:
        known = tables.chapters()
        if name not in known:
            raise ValueError(f"no chapter {name!r}; there are {', '.join(known)}")
        self.name = name
        self.review: dict[str, Any] = tables.review(name)

    @cached_property
    def studies(self) -> dict[str, Outcome]:
        """The rows that the published review pooled, by outcome."""
        return outcomes(self.name)

    @cached_property
    def every_study(self) -> dict[str, Outcome]:
        """The same with the rows that were added later."""
        return outcomes(self.name, in_review_only=False)

    @cached_property
    def source(self) -> Reference:
        """The published review that the chapter is about."""
        return references()[self.review["source"]]

    @property
    def living(self) -> Mapping[str, LivingEstimate]:
        """The chapter's living estimates by id."""
        every = living.estimates()
        return {name: entry for name, entry in every.items() if entry.chapter == self.name}

    @property
    def classification(self) -> list[Classification]:
        """The paper's ranking rule, applied to each of its groups; empty without a rule."""
        return [each for each in classifications().values() if each.chapter == self.name]

    @property
    def entries(self) -> list[Entry]:
        """Every number that the paper prints, with its verdict."""
        return ledger().of(self.name)

    @property
    def findings(self) -> list[Finding]:
        """What contradicts what, worst first."""
        return ledger().findings_of(self.name)

    @property
    def conclusions(self) -> int:
        """How many findings and discrepant numbers touch a conclusion."""
        severities = [each.severity for each in self.findings]
        severities += [each.severity for each in self.entries]
        return severities.count("conclusion")

    @property
    def tables(self) -> list[str]:
        """Names of the tables that the chapter has."""
        return sorted(path.stem for path in folders.entries(tables.DATA / self.name, "*.csv"))

    def table(self, name: str) -> pd.DataFrame:
        """One table of the chapter's data, by its name in the dictionary."""
        return tables.load(self.name, name)

    def tally(self, table: str, column: str) -> dict[str, int]:
        """How many rows of a table have each value of a column, in words, most frequent first."""
        known = dictionary(self.name)[table].columns[column].levels
        cells = [part for cell in self.table(table)[column] for part in str(cell).split(";")]
        counted = Counter(known.get(cell, cell) for cell in cells if cell)
        return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))

    def crossed(self, table: str, first: str, second: str) -> dict[tuple[str, str], int]:
        """How many rows of a table have each pair of values of two columns, in words."""
        names = [dictionary(self.name)[table].columns[column].levels for column in (first, second)]
        rows = self.table(table)
        return dict(
            Counter(
                (names[0].get(one, one), names[1].get(other, other))
                for here, there in zip(rows[first], rows[second], strict=True)
                for one in str(here).split(";")
                for other in str(there).split(";")
            )
        )

    def levels(self, column: str, table: str = "studies") -> dict[str, str]:
        """What the codes of a column stand for, such as Bone marrow for bone-marrow."""
        return dict(dictionary(self.name)[table].columns[column].levels)

    def columns(self, *names: str, table: str = "studies") -> list[Column]:
        """What the dictionary says of some columns."""
        known = dictionary(self.name)[table].columns
        return [known[name] for name in names]

    def printed(self, result: str) -> Mapping[str, str]:
        """The characters that are printed of `<chapter>.<result>`: value, lower and upper."""
        identifier = f"{self.name}.{result}"
        entries = ledger().entries
        if identifier not in entries:
            raise ValueError(f"no result {identifier!r}{nearest(identifier, entries)}")
        return entries[identifier].reported

    def pools(self, *roles: str) -> list[PrintedResult]:
        """The pooled results that the paper prints, those of some roles or all of them."""
        found = printed_results(self.name).values()
        return [result for result in found if not roles or result.role in roles]

    def printed_by_study(self, what: str, studies: Outcome) -> list[str]:
        """The printed values of the rows `<chapter>.<what>.<study>`, study by study."""
        names = (label.lower().replace(" ", "-") for label in studies.labels)
        return [self.printed(f"{what}.{name}")["value"] for name in names]

    def flow(self) -> pd.DataFrame:
        """The boxes of the study flow with their numbers `n` as printed."""
        boxes = self.table("flow")
        known = ledger().entries
        numbers = [known[name].reported["value"] if name else "" for name in boxes["reported"]]
        return boxes.assign(n=pd.Series(numbers, dtype=object).replace("", None))

    def headlines(self) -> list[tuple[str, str, str]]:
        """The chapter's main results: label, estimate, and what says how sure it is.

        They are its living estimates and, where its review names any, the paper's own results.
        """
        entries = ledger().entries
        printed = [entries[name] for name in self.review.get("headline", ())]
        bodies = [each for each in certainties() if each.body.chapter == self.name]
        of_outcome = {each.body.printed.outcome: each for each in bodies}
        of_number = {each.body.printed.id: each for each in bodies}
        return [
            *(
                (
                    each.label,
                    _headline(each),
                    _sure(_prediction(each), of_outcome.get(each.outcome)),
                )
                for each in self.living.values()
            ),
            *(
                (
                    f"{each.label}, as printed",
                    _printed(each),
                    _sure(f"verdict: {each.verdict}", of_number.get(each.id)),
                )
                for each in printed
            ),
        ]

    def card(self) -> Html:
        """The chapter at a glance: source, headline results, verdicts, what is current."""
        search = self.review["search"]
        headline = "".join(
            f'<li><span class="card-label">{escape(label)}</span> '
            f'<span class="card-estimate">{escape(estimate)}</span> '
            f'<span class="card-prediction">{escape(below)}</span></li>'
            for label, estimate, below in self.headlines()
        )
        about = html.facts(
            {
                "Source": html.link(self.source.url, self.source.short)
                if self.source.url
                else self.source.short,
                f"{units(self.name).capitalize()} listed": str(self.study_count() or "none"),
                "Last search": str(search["last_run"]),
                "Next search due": str(search["next_due"]),
                "Data last changed": tables.last_changed(self.name),
                "Version": f"{book().version}, data {state(tables.digest(self.name))}",
            }
        )
        counts = ledger_pages.verdict_counts(self.entries)
        return Html(
            '<aside class="review-card" aria-label="At a glance">'
            f'<ul class="card-results">{headline}</ul>'
            f'<a class="card-counts" href="#every-number">{counts.markup}</a>{about}</aside>'
        )

    def study_count(self) -> int:
        """Number of different studies in the data, whether their results are known or not."""
        if "studies" not in self.tables:
            return 0
        return int(self.table("studies")["study"].nunique())

    def living_table(self) -> Html:
        """The living estimates of the chapter, each row with its id as an anchor."""
        entries = list(self.living.values())
        header = [
            "Outcome",
            "Studies",
            "Added",
            "Estimate (95% CI)",
            "95% prediction interval",
            "I²",
        ]
        return html.table(
            "Living estimates: every study, modern settings",
            header,
            [
                [
                    entry.label,
                    str(entry.pooled.k),
                    str(entry.added),
                    _headline(entry),
                    formats.interval(entry.pooled.pi_low, entry.pooled.pi_high),
                    formats.percent(entry.pooled.i2),
                ]
                for entry in entries
            ],
            ids=[entry.id for entry in entries],
            numeric=(1, 2),
        )

    def settings_table(self) -> Html:
        """The settings that print the paper's results: how each is known, what else was tried."""
        rows = []
        for name, entry in self.review["as_published"].items():
            said, tried = settings.value(entry["value"]), settings.value(entry.get("tried", []))
            how = entry.get("note", "").strip()
            rows.append([settings.NAMES.get(name, name), said, entry["basis"], tried or "–", how])
        header = ["Setting", "As published", "Basis", "Tried as well", "How it is known"]
        return html.table("As-published settings", header, rows)

    def search_table(self) -> Html:
        """The state of the search: strategy, databases, last run and the next one due."""
        search = self.review["search"]
        rows = [
            ["Strategy", search["strategy"].strip()],
            ["Databases", ", ".join(search["databases"])],
            ["Last run", str(search["last_run"])],
            ["Records screened", str(search.get("screened", "not printed"))],
            ["Next one due", str(search["next_due"])],
        ]
        return html.table("State of the search", ["What", "State"], rows)

    def cautions(self) -> Html:
        """What contradicts nothing and yet belongs beside the estimates, each with its source."""
        return Html(
            "".join(
                f'<div class="admonition caution" id="{escape(row["id"])}">'
                f'<p class="admonition-title">Caution</p><p>{escape(row["says"])} '
                f"({html.link(source.url, source.short).markup})</p></div>"
                for row in ledger().rows(self.name, "cautions")
                for source in [references()[row["reference"]]]
            )
        )

    def does_not_add_up(self) -> Html:
        """Discrepant numbers and findings, worst first."""
        return ledger_pages.does_not_add_up(self.entries, self.findings)

    def every_number(self) -> Html:
        """Every number that the paper prints, with its verdict, as a table to search and filter."""
        title = self.review["title"]
        caption = f"{title}: every printed number"
        table = ledger_pages.ledger_table(self.entries, caption, {self.name: title})
        gone = ledger_pages.retired_table(identity.retired(self.name))
        return Html(table.markup + gone.markup)

    def citation(self) -> Html:
        """How to cite the chapter, and when to cite the paper instead."""
        return Html(f'<div class="citation">{shown.section(self.name).markup}</div>')


def all_numbers() -> Html:
    """Every number of every paper in one table."""
    entries: Sequence[Entry] = list(ledger().entries.values())
    caption = "Every printed number of every review"
    table = ledger_pages.ledger_table(entries, caption, tables.titles())
    return Html(table.markup + shown.templates({name: name for name in tables.chapters()}))


def quote(result: str, part: str = "") -> str:
    """What a sentence says of a result by its id: the whole phrase, or one part of it.

    What is not defined says so. Raises ValueError for an unknown id or part, or without a text.
    """
    every, entries = living.estimates(), ledger().entries
    found = every.get(result) or entries.get(result)
    if found is None and result in living.waiting():
        return undefined.words(UndefinedError("no study of it has results yet"))
    if found is None:
        raise ValueError(f"no result {result!r}{nearest(result, [*every, *entries])}")
    parts: Mapping[str, Callable[[Any], str]] = (
        LIVING_PARTS if isinstance(found, LivingEstimate) else PRINTED_PARTS
    )
    if part not in parts:
        raise ValueError(
            f"no part {part!r} of {result}; there are {', '.join(filter(None, parts))}"
        )
    text = undefined.said(lambda: parts[part](found))
    if not text or BLANK.search(text):
        raise ValueError(f"{result} {part}: has no text, got {text!r}")
    return text


def say(**values: Any) -> None:
    """Make values available to the page's sentences, as `{glue:text}` with the same names.

    A function without arguments is called, and what it finds undefined is said in its place.
    Raises ValueError that names a value which would print as nan, None or nothing.
    """
    from myst_nb import glue

    for name, value in values.items():
        text = undefined.said(value) if callable(value) else str(value)
        if not text.strip() or BLANK.search(text):
            raise ValueError(f"{name} would print as {text!r}")
        glue(name, text, display=False)


def _predicted(entry: LivingEstimate) -> str:
    """The prediction interval. Raises UndefinedError where there are too few studies for one."""
    if isnan(entry.pooled.pi_low):
        raise UndefinedError("a prediction interval needs at least 3 studies")
    return formats.interval(entry.pooled.pi_low, entry.pooled.pi_high)


def _headline(entry: LivingEstimate) -> str:
    return f"{entry} {entry.unit}".strip()


def _printed(entry: Entry) -> str:
    unit = "" if entry.unit == "%" else entry.unit
    return f"{ledger_pages.printed_text(entry)} {unit}".strip()


def _sure(said: str, certainty: Certainty | None) -> str:
    return said if certainty is None else f"{said}; certainty {certainty.circles}"


def _prediction(entry: LivingEstimate) -> str:
    interval = formats.interval(entry.pooled.pi_low, entry.pooled.pi_high)
    return f"95% prediction interval {interval}"
