"""The ledger as a reader sees it: every number in a table, and what does not add up."""

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

from analysis import html, recipes
from analysis.citing.book import address
from analysis.dictionary import tables as dictionary
from analysis.formats import exact_p, phrase, significant
from analysis.html import Cell, Html
from analysis.ledger import NOT_RECOMPUTABLE_KINDS, SEVERITIES, Entry, Finding
from analysis.printed import Printed
from analysis.verdicts import Verdict
from analysis.versions.identity import Retired

SIGNS: Mapping[Verdict, str] = {
    Verdict.REPRODUCED: "✓",
    Verdict.WITHIN_ROUNDING: "≈",
    Verdict.DISCREPANT: "✗",
    Verdict.UNDECIDED: "?",
    Verdict.NOT_RECOMPUTABLE: "–",
    Verdict.RESTATED: "↻",
}
"""A sign for each verdict, so that none is told by colour alone."""

MEANINGS: Mapping[Verdict, str] = {
    Verdict.REPRODUCED: "The printed inputs give every printed character.",
    Verdict.WITHIN_ROUNDING: "Inputs inside the rounding of those printed give all of it.",
    Verdict.DISCREPANT: "No inputs inside their rounding give it, under any setting admitted.",
    Verdict.UNDECIDED: "Neither could be shown.",
    Verdict.NOT_RECOMPUTABLE: "Nothing that is printed determines it; the row says what would.",
    Verdict.RESTATED: "It repeats a number printed elsewhere, and agrees with it.",
}

KIND_NAMES: Mapping[str, str] = {
    "input": "from other sources",
    "choice": "of method",
    "result": "without data",
}
"""What a number that is not recomputable is, in a word or two behind a count."""

SEVERITY_NAMES: Mapping[str, str] = {
    "conclusion": "What touches a conclusion",
    "number": "Numbers",
    "label": "Names, units and wording",
}


def verdict_badge(verdict: Verdict) -> str:
    """A verdict as markup: its sign and its name."""
    slug = verdict.value.replace(" ", "-")
    return (
        f'<span class="verdict verdict-{slug}"><span aria-hidden="true">{SIGNS[verdict]}</span> '
        f"{escape(verdict.value)}</span>"
    )


def verdict_counts(entries: Sequence[Entry]) -> Html:
    """How many numbers have each verdict, as a list with a bar drawn to scale.

    Those that are not recomputable stand by kind: inputs and choices are paler in the bar, as
    nobody could check them.
    """
    verdicts = Counter(entry.verdict for entry in entries)
    kinds = Counter(entry.not_recomputable_kind for entry in entries)
    items, bar = [], []
    for verdict in Verdict:
        n = verdicts[verdict]
        if not n:
            continue
        slug = verdict.value.replace(" ", "-")
        parts = {"": n}
        said = ""
        if verdict is Verdict.NOT_RECOMPUTABLE:
            parts = {kind: kinds[kind] for kind in KIND_NAMES if kinds[kind]}
            said = ": " + ", ".join(_kind(kind, part) for kind, part in parts.items())
        bar += [
            f'<span class="verdict-{slug}{kind and f" kind-{kind}"}" style="flex-grow:{part}">'
            "</span>"
            for kind, part in parts.items()
        ]
        items.append(
            f'<li title="{escape(MEANINGS[verdict])}"><b>{n}</b> {verdict_badge(verdict)}{said}'
            "</li>"
        )
    return Html(
        f'<div class="verdict-counts"><p>{len(entries):,} printed numbers</p>'
        f'<div class="verdict-bar" aria-hidden="true">{"".join(bar)}</div>'
        f"<ul>{''.join(items)}</ul></div>"
    )


def _kind(kind: str, n: int) -> str:
    """How many numbers are of a kind, which a hint explains."""
    return f'<span title="{escape(NOT_RECOMPUTABLE_KINDS[kind])}">{n} {KIND_NAMES[kind]}</span>'


def ledger_table(entries: Sequence[Entry], caption: str, chapters: Mapping[str, str]) -> Html:
    """Every number with its verdict; each row opens to its recipe, settings and arithmetic.

    `chapters` are the titles by name; a column names the chapter where there are several. The place
    in the paper stands under a label that others of its chapter have, too. Each row has its id as
    an anchor, and a link to its address on the page of its chapter.
    """
    several = len(chapters) > 1
    labels = Counter((entry.chapter, entry.label) for entry in entries)
    ambiguous = [labels[entry.chapter, entry.label] > 1 for entry in entries]
    columns = {
        "Number": "minmax(0, 1fr)",
        "Review": "8rem",
        "Printed": "9.5rem",
        "Recomputed": "9.5rem",
        "Verdict": "8.5rem",
    }
    if not several:
        del columns["Review"]
    head = "".join(
        f'<th scope="col" aria-sort="none"><button type="button">{name}</button></th>'
        for name in columns
    )
    framed = html.frame(
        caption,
        f"<thead><tr>{head}</tr></thead>",
        [_row(*each, chapters) for each in zip(entries, ambiguous, strict=True)],
        lines=len(entries) + sum(ambiguous),
        kind="ledger-table",
        columns=list(columns.values()),
    )
    filters = [("verdict", "Verdict", [verdict.value for verdict in Verdict])]
    if several:
        filters.insert(0, ("chapter", "Review", list(chapters)))
    filters += [
        ("why", "Why not", list(NOT_RECOMPUTABLE_KINDS)),
        ("severity", "Severity", list(SEVERITIES)),
        ("basis", "Basis", ["study-data", "summary", "count", "form"]),
    ]
    names = {**chapters, **NOT_RECOMPUTABLE_KINDS}
    controls = "".join(
        f'<label>{label} <select data-filter="{name}"><option value="">all</option>'
        + "".join(
            f'<option value="{escape(value)}">{escape(names.get(value, value))}</option>'
            for value in values
        )
        + "</select></label>"
        for name, label, values in filters
    )
    return Html(
        '<div class="ledger">'
        '<form class="ledger-controls" role="search" hidden>'
        '<label>Search <input type="search" placeholder="study, number, place"></label>'
        f"{controls}"
        '<button type="button" data-open>Open all</button>'
        '<button type="button" data-download="csv">Download CSV</button>'
        '<button type="button" data-download="json">Download JSON</button>'
        f'<output aria-live="polite">{len(entries):,} of {len(entries):,}</output></form>'
        f"{framed}</div>"
    )


def retired_table(gone: Sequence[Retired]) -> Html:
    """Ids that are no longer used, each still an anchor, with what took its place."""
    if not gone:
        return Html("")
    rows: list[list[str | Cell]] = [
        [
            each.id,
            each.day,
            Cell(each.went_to or "–", link=f"#{each.went_to}" if each.went_to else ""),
            each.reason,
        ]
        for each in gone
    ]
    header = ["Id", "Since", "Went to", "Why"]
    return html.table("Ids that are no longer used", header, rows, ids=[each.id for each in gone])


def does_not_add_up(entries: Sequence[Entry], findings: Sequence[Finding]) -> Html:
    """Discrepant numbers and findings in one list, worst first."""
    items: list[tuple[int, str]] = []
    for finding in findings:
        links = ", ".join(
            html.link(f"#{row}", row.partition(".")[2]).markup for row in finding.rows
        )
        items.append(
            (
                SEVERITIES.index(finding.severity),
                _item(
                    finding.id,
                    finding.severity,
                    finding.claim,
                    finding.location,
                    finding.against,
                    (f"Numbers: {links}. " if links else "") + f"{_found(finding).capitalize()}. ",
                    finding.check,
                ),
            )
        )
    for entry in entries:
        if entry.verdict is Verdict.DISCREPANT:
            claim = f"{entry.label}: {printed_text(entry)} is printed."
            link = f"Number: {html.link(f'#{entry.id}', entry.id.partition('.')[2]).markup}. "
            items.append(
                (
                    SEVERITIES.index(entry.severity),
                    _item("", entry.severity, claim, entry.location, entry.explanation, link, ""),
                )
            )
    groups = []
    for place, severity in enumerate(SEVERITIES):
        chosen = [markup for rank, markup in items if rank == place]
        if chosen:
            # Names and units are many and small: they wait folded below what weighs more.
            state = "" if severity == "label" else " open"
            groups.append(
                f'<details class="findings"{state}><summary>{SEVERITY_NAMES[severity]} '
                f'({len(chosen)})</summary><ol style="--rows: {len(chosen)}">'
                f"{''.join(chosen)}</ol></details>"
            )
    return Html("".join(groups))


def _found(finding: Finding) -> str:
    """How often it was found, in words."""
    return dictionary()["findings"].columns["checked"].levels[finding.checked]


def _item(
    identifier: str,
    severity: str,
    claim: str,
    location: str,
    against: str,
    links: str,
    recipe: str,
) -> str:
    anchor = f' id="{escape(identifier)}"' if identifier else ""
    rule = (
        '<details class="finding-rule"><summary>Checked at every build</summary>'
        f"<code>{escape(recipe)}</code></details>"
        if recipe
        else ""
    )
    return (
        f'<li{anchor} class="finding severity-{severity}">'
        f"<p><b>{escape(claim)}</b> <cite>{escape(location)}</cite></p>"
        f'<p>{escape(against)}</p><p class="finding-proof">{links}</p>{rule}</li>'
    )


def _row(entry: Entry, ambiguous: bool, chapters: Mapping[str, str]) -> str:
    own = address(entry.chapter, entry.id)
    review = f"<td>{escape(chapters[entry.chapter])}</td>" if len(chapters) > 1 else ""
    place = f'<small class="cell-note">{escape(entry.location)}</small>' if ambiguous else ""
    return (
        f'<tr id="{escape(entry.id)}" '
        f'data-result="{escape(entry.id)}" data-chapter="{escape(entry.chapter)}" '
        f'data-verdict="{escape(entry.verdict.value)}" data-severity="{escape(entry.severity)}" '
        f'data-basis="{escape(entry.basis)}" data-why="{escape(entry.not_recomputable_kind)}">'
        f'<th scope="row"><details><summary>{escape(entry.label)}</summary>'
        f'{_details(entry)}<p><a class="row-address" href="{escape(own)}">'
        f"{escape(entry.id)}</a></p></details>{place}</th>{review}"
        f"<td>{escape(printed_text(entry))}</td>"
        f"<td>{escape(recomputed_text(entry))}</td>"
        f"<td>{verdict_badge(entry.verdict)}</td></tr>"
    )


def _details(entry: Entry) -> str:
    kind = NOT_RECOMPUTABLE_KINDS.get(entry.not_recomputable_kind, "")
    tested = entry.basis == "form" and entry.verdict is Verdict.NOT_RECOMPUTABLE
    facts = {
        "Where": entry.location,
        "Recipe": entry.recipe,
        "Computed": ", ".join(
            f"{name} {_significant(value, 8, entry)}" for name, value in entry.recomputed.items()
        ),
        "Inputs inside their rounding give": "; ".join(
            f"{name} from {significant(low, 6)} to {significant(high, 6)}"
            for name, (low, high) in entry.bounds.items()
        ),
        "Settings": entry.settings,
        "Basis": entry.basis,
        "Arithmetic": entry.explanation,
        "Why not": f"{kind.capitalize()}. {entry.not_recomputable}" if kind else "",
        "Form": f"Checked: {_form(entry)}." if tested else "",
        "Transcription": "" if entry.transcription == "verbatim" else entry.transcription,
        "Read": "twice, independently" if entry.checked else "once",
    }
    return (
        "<dl>"
        + "".join(
            f"<dt>{term}</dt><dd>{_code(term, text)}</dd>" for term, text in facts.items() if text
        )
        + "</dl>"
    )


def _form(entry: Entry) -> str:
    """What a number has whose form was tested."""
    if recipes.parse(entry.recipe).function == "grim":
        return "whole numbers can give it"
    return "it stands in the middle of its interval"


def _code(term: str, text: str) -> str:
    return f"<code>{escape(text)}</code>" if term == "Recipe" else escape(text)


def printed_text(entry: Entry) -> str:
    """What is printed, as a sentence quotes it."""
    return phrase(entry.reported, entry.unit, entry.qualifier)


def recomputed_text(entry: Entry) -> str:
    """What was computed, to the digits that are printed; one more where they would hide a miss."""
    cells = {
        name: _recomputed(value, entry.reported.get(name, ""), entry)
        for name, value in entry.recomputed.items()
    }
    return phrase(cells, entry.unit)


def _recomputed(value: float, printed: str, entry: Entry) -> str:
    if entry.qualifier or "10^" in printed:
        if printed and value == Printed(printed).number:
            return printed
        return _significant(value, 3, entry)
    digits, commas = len(printed.partition(".")[2]), "," * ("," in printed)
    shown = f"{value:z{commas}.{digits}f}"
    hides = shown != printed.replace("−", "-") and not float(value).is_integer()
    return f"{value:z{commas}.{digits + 2}f}" if hides else shown


def _significant(value: float, digits: int, entry: Entry) -> str:
    return exact_p(value, digits) if entry.kind == "p" else significant(value, digits)
