"""Tables of what the audit of the papers found."""

from collections.abc import Mapping, Sequence
from html import escape

from analysis import html
from analysis.citing.book import address
from analysis.dictionary import tables as dictionary
from analysis.html import Cell, Html
from analysis.ledger import NOT_RECOMPUTABLE_KINDS, SEVERITIES, Finding, Ledger
from analysis.ledger_pages import SIGNS
from analysis.verdicts import Verdict


def verdicts_table(ledger: Ledger, titles: Mapping[str, str]) -> Html:
    """How many numbers of each paper have each verdict, by kind where they have none."""
    columns = {"reported": "Numbers"}
    for verdict in Verdict:
        code, sign = verdict.value.replace(" ", "_"), SIGNS[verdict]
        if verdict is Verdict.NOT_RECOMPUTABLE:
            columns |= {f"{code}_{kind}": f"{sign} {kind}" for kind in NOT_RECOMPUTABLE_KINDS}
        else:
            columns[code] = f"{sign} {verdict.value}"
        if verdict is Verdict.DISCREPANT:
            columns["contradictions"] = "(contra\u00addictions)"
    counts = {}
    for chapter in titles:
        found = ledger.counts(chapter)
        counts[chapter] = [found[name] for name in columns]
    return _by_paper("Verdicts by paper", ["Chapter", *columns.values()], counts, titles)


def severities_table(ledger: Ledger, titles: Mapping[str, str]) -> Html:
    """How many findings there are on each paper, by what they touch."""
    counts = {}
    for chapter in titles:
        found = [each.severity for each in ledger.findings_of(chapter)]
        counts[chapter] = [len(found), *(found.count(severity) for severity in SEVERITIES)]
    header = ["Chapter", "Findings", *(f"Touch a {severity}" for severity in SEVERITIES)]
    return _by_paper("Findings by paper", header, counts, titles)


def _by_paper(
    caption: str,
    header: Sequence[str],
    counts: Mapping[str, Sequence[int]],
    titles: Mapping[str, str],
) -> Html:
    """Counts by paper, with their totals; each paper leads to what does not add up in it."""
    rows: list[list[str | Cell]] = [
        [Cell(titles[chapter], link=f"{chapter}.html#what-does-not-add-up"), *map(str, numbers)]
        for chapter, numbers in counts.items()
    ]
    totals = [str(sum(column)) for column in zip(*counts.values(), strict=True)]
    every: list[str | Cell] = ["All", *totals]
    return html.table(caption, header, [*rows, every], numeric=range(1, len(header)))


def kinds_table(ledger: Ledger, titles: Mapping[str, str]) -> Html:
    """Which kinds of contradiction recur, by paper."""
    kinds = dictionary()["findings"].columns["kind"].levels
    findings = list(ledger.findings.values())
    rows = []
    for kind, meaning in kinds.items():
        chosen = [each for each in findings if each.kind == kind]
        by_paper = [sum(each.chapter == chapter for each in chosen) for chapter in titles]
        touching = sum(each.severity == "conclusion" for each in chosen)
        cells = [str(n) if n else "·" for n in by_paper]
        rows.append([meaning.capitalize(), *cells, str(len(chosen)), str(touching)])
    rows.sort(key=lambda row: -int(row[-2]))
    header = ["Kind", *titles.values(), "All", "Touch a conclusion"]
    return html.table("Kinds of finding", header, rows, numeric=range(1, len(header)))


def conclusions_list(findings: Sequence[Finding], titles: Mapping[str, str]) -> Html:
    """The findings that touch a conclusion: the claim, what stands first against it, and a link."""
    groups = []
    for chapter, title in titles.items():
        items = [
            f'<li class="finding severity-conclusion"><p><b>{escape(each.claim)}</b> '
            f"{escape(first_sentence(each.against))} "
            f"{whole(each).markup}</p></li>"
            for each in findings
            if each.chapter == chapter and each.severity == "conclusion"
        ]
        if items:
            groups.append(
                f'<details class="findings" open><summary>{escape(title)} ({len(items)})</summary>'
                f"<ol>{''.join(items)}</ol></details>"
            )
    return Html("".join(groups))


def whole(finding: Finding) -> Html:
    """A link to all that a finding says, from where its first sentence stands."""
    return html.link(address(finding.chapter, finding.id), "The whole finding", finding.claim)


def first_sentence(text: str) -> str:
    """The first sentence of a text; a point inside a number or an abbreviation ends none."""
    for place, character in enumerate(text):
        after = text[place + 1 : place + 3]
        ends = character in ".?!" and (not after or (after[0] == " " and after[1:2].isupper()))
        if ends and not text[:place].endswith(("et al", "vs", "e.g", "i.e")):
            return text[: place + 1]
    return text
