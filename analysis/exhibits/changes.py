"""Tables of releases, and of what moved between them."""

from collections.abc import Mapping, Sequence
from html import escape

from analysis import html
from analysis.citing.book import address
from analysis.html import Cell, Html
from analysis.versions.history import KEPT, History
from analysis.versions.moved import Change, Moved
from analysis.versions.releases import Release

PAGES: Mapping[str, str] = {"evidence": "synthesis"}
"""The page of a result, by its kind, where that is not the page of its chapter."""

ROWS = ("study", "row")
"""The kinds of what has no address of its own."""


def releases_table(releases: Sequence[Release]) -> Html:
    """Every release, the last one first: its day, its data, how much it published."""
    rows = []
    for each in reversed(releases):
        chapters = each.document["chapters"]
        counts = [chapter["counts"] for chapter in chapters]
        rows.append(
            [
                str(each.version),
                each.released,
                each.document["data_digest"][:12],
                str(len(chapters)),
                f"{sum(count['reported'] for count in counts):,}",
                str(sum(count["discrepant"] for count in counts)),
                f"{len(each.rows):,}",
                each.note or "–",
            ]
        )
    header = [
        "Version",
        "Released",
        "Data",
        "Chapters",
        "Numbers",
        "Discrepant",
        "Rows of studies",
        "What",
    ]
    return html.table("Releases", header, rows, numeric=range(3, 7))


def _estimates_table(moved: Moved, corrections: Mapping[str, str], to: str) -> Html:
    """Estimates and ranks that are not what they were, and why if not by rows of studies."""
    changes = moved.of("living", "evidence", "classification")
    noted = any(each.note for each in changes)
    corrected = any(each.id in corrections for each in changes)
    rows: list[list[str | Cell]] = [
        [
            Cell(each.label, link=_address(each)),
            each.before or "new",
            each.after or "gone",
            *([each.note or "–"] if noted else []),
            *([corrections.get(each.id, "–")] if corrected else []),
        ]
        for each in changes
    ]
    header = ["Result", "Before", "Now", *(["What of it"] if noted else [])]
    header += ["Why it was corrected"] if corrected else []
    return html.table(f"Estimates and ranks that moved{to}", header, rows)


def _numbers_table(moved: Moved, corrections: Mapping[str, str], to: str) -> Html:
    """Numbers, their verdicts, findings and rows that are not what they were, and why."""
    rows: list[list[str | Cell]] = [
        [
            Cell(
                each.label,
                link=_address(each) if each.after and each.kind not in ("study", "row") else "",
            ),
            each.before or "new",
            each.after or "gone",
            corrections.get(each.id, "–"),
        ]
        for each in moved.of(*KEPT)
    ]
    header = ["Number, finding or row of a study", "Before", "Now", "Why it was corrected"]
    columns = ("minmax(0, 1fr)", "9rem", "9rem", "minmax(0, 1fr)")  # there can be hundreds
    return html.table(f"Numbers and findings that moved{to}", header, rows, columns=columns)


def _rows_table(moved: Moved, history: History, to: str) -> Html:
    """Rows of studies that were added or removed; of one chapter, it stands in the caption."""
    rows = [
        [study, history.titles.get(chapter, chapter), history.outcome(chapter, outcome), what, day]
        for what, found in (("added", moved.added), ("removed", moved.removed))
        for chapter, study, outcome, _, day in found
    ]
    caption, header = f"Rows of studies{to}", ["Study", "Chapter", "Outcome", "Change", "Day"]
    titles = {row[1] for row in rows}
    if len(titles) == 1:
        caption = f"{caption}: {titles.pop()}"
        for row in (header, *rows):
            del row[1]
    return html.table(caption, header, rows)


def moved_tables(history: History, moved: Moved, to: str = "") -> Html:
    """What moved in one step: estimates and ranks, rows of studies, numbers and findings.

    `to` stands at the end of the captions, so that no two tables of a page have the same.
    """
    parts = [f"<p>{escape(history.summary(moved))}</p>"]
    if moved.of("living", "evidence", "classification"):
        parts.append(_estimates_table(moved, history.corrections, to).markup)
    if moved.added or moved.removed:
        parts.append(_rows_table(moved, history, to).markup)
    if moved.of(*KEPT):
        parts.append(_numbers_table(moved, history.corrections, to).markup)
    return Html("".join(parts))


def history_tables(history: History) -> Html:
    """What moved from each release to the next, the last step first."""
    parts = [
        f"<h3>{release.version}, {release.released}</h3>"
        f"{moved_tables(history, moved, f' to {release.version}').markup}"
        for release, moved in history.steps
    ]
    return Html("".join(parts) or "<p>There is no second release yet.</p>")


def _sentence(note: str) -> str:
    return note[:1].upper() + note[1:]


def _address(change: Change) -> str:
    page = PAGES.get(change.kind, change.chapter)
    return address(page, change.id)
