"""What a reader of the whole book sees first: the answer, and what to take from it."""

from collections import Counter
from html import escape
from math import isfinite

from analysis import formats, html, ledger_pages, tables
from analysis.citing.book import address
from analysis.citing.book import book as cited
from analysis.citing.items import state
from analysis.evidence.certainty import Certainty
from analysis.evidence.synthesis import Synthesis
from analysis.exhibits.audit import first_sentence, whole
from analysis.html import Cell, Html


def front_card(book: Synthesis) -> Html:
    """The answer in a few sentences, above what there is to take from it."""
    sentences = "".join(f"<p>{escape(sentence)}</p>" for sentence in book.answer())
    return Html(f'<div class="answer">{sentences}</div>{synthesis_card(book).markup}')


def audit_line(book: Synthesis) -> Html:
    """The audit in one line of numbers, with the bar of verdicts."""
    counts = ledger_pages.verdict_counts(list(book.ledger.entries.values()))
    return Html(
        f'<a class="card-counts" href="ledger.html">{counts.markup}</a>'
        f"<p>{escape(book.audit())}</p>"
    )


def synthesis_card(book: Synthesis) -> Html:
    """The strongest and the least certain finding, the most contradicted paper, the audit."""
    worst, findings = book.claims[0] if book.claims else ("", [])
    items = [
        _item("Most certain finding", book.strongest),
        _item("Least certain finding", book.weakest),
    ]
    if findings:
        first = findings[0]
        items.append(
            '<li><span class="card-label">Least supported conclusions: '
            f"{escape(book.titles[worst])}, {escape(formats.count(len(findings), 'finding'))}; "
            "the weightiest</span> "
            f'<span class="card-claim">{escape(first.claim)}</span> '
            f'<span class="card-prediction">{escape(first_sentence(first.against))} '
            f"{whole(first).markup}</span></li>"
        )
    counts = book.counts
    made = formats.count(counts["contradictions"], "contradiction")
    discrepant = f"{counts['discrepant']} of {book.checked(counts):,} checked, in {made}"
    about = html.facts(
        {
            "Discrepant numbers": html.link("synthesis.html#what-the-audit-found", discrepant),
            "Reviews": str(len(book.titles)),
            "Pooled outcomes": str(len(book.certainties)),
            "Data last changed": book.last_changed,
            "Version": f"{cited().version}, data {state(tables.digest())}",
        }
    )
    return Html(
        '<aside class="review-card" aria-label="At a glance">'
        f'<ul class="card-results">{"".join(items)}</ul>{about}</aside>'
    )


def _item(label: str, each: Certainty) -> str:
    body, best = each.body, each.body.best
    unit = body.printed.unit
    estimate = formats.number(body.natural(best.estimate))
    limits = formats.interval(body.natural(best.ci_low), body.natural(best.ci_high))
    sure = each.circles
    if isfinite(best.pi_low):
        span = formats.interval(body.natural(best.pi_low), body.natural(best.pi_high))
        sure = f"95% prediction interval {span}; {sure}"
    name = html.link(address(body.chapter, body.rests_on), body.name).markup
    return (
        f'<li><span class="card-label">{escape(label)}: {name}</span> '
        f'<span class="card-estimate">{escape(f"{estimate} ({limits}) {unit}".strip())}</span> '
        f'<span class="card-prediction">{escape(sure)}</span></li>'
    )


def chapters_table(book: Synthesis) -> Html:
    """Every chapter: its question, its first outcomes with their certainty, its audit."""
    rows: list[list[str | Cell]] = []
    for name, title in book.titles.items():
        review = tables.review(name, book.data)
        counts = book.ledger.counts(name)
        outcomes = [each for each in book.certainties if each.body.chapter == name]
        levels = Counter(map(str, outcomes))
        certainty = ", ".join(f"{n} {level}" for level, n in levels.most_common())
        rows.append(
            [
                Cell(title, link=f"{name}.html"),
                str(review["question"]).strip(),
                certainty or "–",
                Cell(
                    f"{book.checked(counts)} of {book.results(counts)} results checked, "
                    f"{counts['discrepant']} discrepant",
                    link=f"{name}.html#what-does-not-add-up",
                ),
                str(review["search"]["last_run"]),
            ]
        )
    header = ["Chapter", "Question", "Outcomes by certainty", "Audit", "Search to"]
    return html.table("The chapters", header, rows, widths=(19, 34, 16, 17, 14))
