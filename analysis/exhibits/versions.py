"""Tables in which a number that was cited from a release is found again."""

from collections import Counter
from collections.abc import Sequence
from html import escape

from analysis import html
from analysis.exhibits.downloads import SITE
from analysis.html import Cell, Html
from analysis.versions.lookup import Fate, Published
from analysis.versions.releases import FOLDER, RESULTS, Release

HEADER = ("Id and result", "Version", "Then", "Today", "What happened")

COLUMNS = tuple(f"minmax(0, {share}fr)" for share in (2.2, 1, 1.3, 1.3, 1))
"""How wide each of them is in a table of very many rows."""

WIDTHS = (30, 14, 20, 21, 15)
"""The same in a short one, in percent."""

HIDDEN = "changed, in digits that are not shown"
"""What is said of a change that both texts leave out; the file of the release has it."""


def version_parts(releases: Sequence[Release], every: Sequence[Published]) -> Html:
    """For each release, the last one first: its file, and which of its results are not the same.

    `every` are all published results; each is also a row of `lookup_table` on the same page.
    """
    return Html("".join(_part(release, every) for release in reversed(releases)))


def lookup_table(every: Sequence[Published]) -> Html:
    """Every published result by its id, which is the anchor of its first row."""
    rows = [_row(each, _address(each)) for each in every]
    seen: set[str] = set()
    anchors = []
    for each in every:
        anchors.append(f"{each.id}@{each.versions[0]}" if each.id in seen else each.id)
        seen.add(each.id)
    caption = "Every result that a version published"
    return html.table(
        caption, HEADER, rows, ids=anchors, filters=(1, 4), tools=True, columns=COLUMNS
    )


def _part(release: Release, every: Sequence[Published]) -> str:
    version = str(release.version)
    own = [each for each in every if version in each.versions]
    fates = Counter(each.fate for each in own)
    said = (
        f"{len(own):,} results. Today, {fates[Fate.SAME]:,} are the same, "
        f"{fates[Fate.CHANGED]:,} have changed and {fates[Fate.RETIRED]:,} are retired. "
    )
    path = f"{FOLDER}/{version}/{RESULTS}"
    markup = (
        f'<h3 id="{escape(version)}">{escape(version)}, {escape(release.released)}</h3>'
        f"<p>{escape(said)}All of them, as they were: {html.link(SITE + path, path).markup}</p>"
    )
    rows = [_row(each, f"#{each.id}") for each in own if each.fate is not Fate.SAME]
    if rows:
        caption = f"Results of {version} that are not the same today"
        markup += html.table(caption, HEADER, rows, widths=WIDTHS).markup
    return markup


def _row(each: Published, link: str) -> list[str | Cell]:
    hidden = each.fate is Fate.CHANGED and each.then == each.now
    return [
        Cell(each.id, link=link, note=each.label),
        each.span,
        each.then,
        each.now or "–",
        HIDDEN if hidden else each.fate.value,
    ]


def _address(each: Published) -> str:
    """Where a result stands today, from a page of the book; empty for a retired one."""
    return each.url.removeprefix("book/")
