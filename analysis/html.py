"""Pieces of a page as HTML: escaped, with captions and header cells."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from analysis import kinds

SHORT = 24
"""Characters that a cell of a table can have on one line, if it holds numbers."""

WORDS = 16
"""The same for words, which can be broken between two of them."""

PHONE = 40
"""Characters that all columns of a table can have together on the screen of a phone."""

NUMBER = 12
"""Characters that a single number has at most."""

LONG = 80
"""Characters from which on a cell is a text that wants a wide column."""

ROWS, LONG_ROWS = 200, 2000
"""Rows of a table that a page shows, and of one whose rows are laid out one by one."""

DOWNLOADS = '<a href="download.html">the downloads</a>'
"""Where all data are that a page shows in part."""

SCHEME = re.compile(r"[^a-zA-Z0-9#./]*[a-zA-Z][a-zA-Z0-9+.-]*:|[\s\x00-\x1f]*//")
"""What begins an address that isn't below the page that has it."""

ROLES = {
    "table": "table",
    "thead": "rowgroup",
    "tbody": "rowgroup",
    "tr": "row",
    "td": "cell",
    'th scope="col"': "columnheader",
    'th scope="row"': "rowheader",
}
"""What the tags of a table mean, for where its rows are laid out in another way."""

TAGS = re.compile(f"<({'|'.join(ROLES)})(?=[ >])")

BLANK = re.compile(r"^\s*None\s*$|(?<!\w)(nan|NaN|NaT|<NA>|inf)(?!\w)")
"""Text that stands for no value (but a study may be called Nan 2020, and have inflammation)."""


@dataclass(frozen=True)
class Html:
    """Markup that a notebook shows as it is."""

    markup: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.markup}


@dataclass(frozen=True)
class Cell:
    """A table cell: `text` is escaped, `link` makes it an anchor; so with the `note` below it."""

    text: str
    link: str = ""
    note: str = ""
    note_link: str = ""

    @property
    def lines(self) -> int:
        """About how many lines it takes, its note included, at least one."""
        return max(1, -(-len(self.text) // SHORT)) + -(-len(self.note) // SHORT)

    @property
    def width(self) -> int:
        """The characters of its text or its note, whichever has more."""
        return max(len(self.text), len(self.note))

    @property
    def short(self) -> bool:
        """Whether it is kept on one line."""
        most = SHORT if any(map(str.isdigit, self.text)) else WORDS
        return not self.note and len(self.text) <= most

    def markup(self, tag: str, numeric: bool = False, label: str = "") -> str:
        """The cell as `<td>`, or as the `<th>` of its row; `label` names its column to a phone."""
        inner = _linked(self.text, self.link)
        if self.note:
            inner += f' <small class="cell-note">{_linked(self.note, self.note_link)}</small>'
        scope = ' scope="row"' if tag == "th" else ""
        named = f' data-label="{escape(label)}"' if label else ""
        kinds = _class({"number": numeric, "short": self.short, "long": self.width >= LONG})
        return f"<{tag}{scope}{kinds}{named}>{inner}</{tag}>"


def table(
    caption: str,
    header: Sequence[str],
    rows: Iterable[Sequence[str | Cell]],
    *,
    ids: Sequence[str] = (),
    numeric: Iterable[int] = (),
    tools: bool = False,
    filters: Iterable[int] = (),
    widths: Sequence[int] = (),
    columns: Sequence[str] = (),
) -> Html:
    """A table whose first column names its rows.

    `ids` are the anchors of the rows, `numeric` the columns to be set flush right. With `tools` a
    script adds search, sorting and download, and a choice of values for each column of `filters`.
    `widths` are those of the columns in percent, for tables of sentences. `columns` make it a table
    of very many rows, as in `frame`. Of more rows than a page shows, the first ones are there, and
    that is said; rows with `ids` all are.
    Raises ValueError for a column without a heading, a row of another length than the header, or a
    cell that reads nan.
    """
    if not all(header):
        raise ValueError(f"{caption}: every column must have a heading, got {list(header)}")
    every = list(rows)
    rows = every if ids else every[: LONG_ROWS if columns else ROWS]
    right, chosen = set(numeric), set(filters)
    head = "".join(
        f'<th scope="col"{_class({"number": place in right})}{" data-filter" * (place in chosen)}>'
        f"{escape(name)}</th>"
        for place, name in enumerate(header)
    )
    made = []
    for number, row in enumerate(rows):
        if len(row) != len(header):
            raise ValueError(f"{caption}: row {number + 1} has {len(row)} cells, not {len(header)}")
        made.append([_cell(caption, cell) for cell in row])
    stacked = not columns and _stacked(made)
    labelled = stacked and len(header) > 2
    body = []
    for number, (first, *others) in enumerate(made):
        anchor = f' id="{escape(ids[number])}"' if ids else ""
        inner = first.markup("th", 0 in right) + "".join(
            cell.markup("td", place in right, header[place] if labelled else "")
            for place, cell in enumerate(others, start=1)
        )
        body.append(f"<tr{anchor}>{inner}</tr>")
    cols = "".join(f'<col style="width:{width}%">' for width in widths)
    framed = frame(
        caption,
        (f"<colgroup>{cols}</colgroup>" if cols else "") + f"<thead><tr>{head}</tr></thead>",
        body,
        lines=sum(max(cell.lines for cell in cells) for cells in made),
        kind=_names({"sentences": bool(widths), "stacked": stacked}),
        columns=columns,
    )
    said = "" if len(rows) == len(every) else _part(len(rows), len(every))
    return Html(said + (f'<div class="table-tools">{framed}</div>' if tools else framed))


def _part(shown: int, every: int) -> str:
    """What stands over a table that is shown in part."""
    return (
        f'<p class="table-part">The first {shown:,} of {every:,} rows are shown. The data of all '
        f"are in {DOWNLOADS}.</p>"
    )


def frame(
    caption: str,
    head: str,
    rows: Sequence[str],
    *,
    lines: int,
    kind: str = "",
    columns: Sequence[str] = (),
) -> str:
    """A table in a frame that is scrolled where it is too wide; `lines` are about those of `rows`.

    Given the widths of its `columns`, in the words of style sheets, the frame is also scrolled
    where it is too high, and its rows are laid out one by one, so that there can be thousands.
    """
    names = _names({"review-table": True, kind: bool(kind), "long-table": bool(columns)})
    style = f' style="--columns: {" ".join(columns)}"' if columns else ""
    made = (
        f'<table class="{names}"{style}><caption>{escape(caption)}</caption>{head}'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
    if columns or "stacked" in names:  # which takes a table's roles from it: they are given by name
        made = TAGS.sub(lambda tag: f'<{tag[1]} role="{ROLES[tag[1]]}"', made)
    return (
        f'<div class="table-frame" tabindex="0" role="region" aria-label="{escape(caption)}" '
        f'style="--rows: {len(rows)}; --lines: {lines}">{made}</div>'
    )


def json_script(document: Any, name: str = "", *, kind: str = "application/json") -> str:
    """Data for programs that read the page, in an element of class `name`, if any.

    Its numbers must be finite; `kind` is their media type.
    """
    # A text can hold </script>, which would end the element.
    text = json.dumps(document, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
    named = f' class="{escape(name)}"' if name else ""
    return f'<script type="{kind}"{named}>{text}</script>'


def facts(pairs: Mapping[str, str | Html]) -> str:
    """A list of terms and what they stand for."""
    return (
        "<dl>"
        + "".join(
            f"<div><dt>{escape(term)}</dt><dd>{_inner(meaning)}</dd></div>"
            for term, meaning in pairs.items()
        )
        + "</dl>"
    )


def yes(condition: bool) -> str:
    """A condition as a cell says it: yes or no."""
    return "yes" if condition else "no"


def link(address: str, text: str, about: str = "") -> Html:
    """A link; `about` tells those who only hear its text what it leads to.

    Raises ValueError for an address that leads out of the site by anything but https.
    """
    if SCHEME.match(address):
        kinds.https(address)
    label = f' aria-label="{escape(f"{text}: {about}")}"' if about else ""
    return Html(f'<a href="{escape(address)}"{label}>{escape(text)}</a>')


def _stacked(rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether a phone shows the cells of a row below each other: words and intervals, too wide.

    A table of single numbers is scrolled sideways instead, so that they can be compared.
    """
    if not rows:
        return False
    widths = [max(cell.width for cell in column) for column in zip(*rows, strict=True)]
    return sum(widths) > PHONE and max(widths[1:], default=0) > NUMBER


def _linked(text: str, address: str) -> str:
    return link(address, text).markup if address else escape(text)


def _inner(value: str | Html) -> str:
    return value.markup if isinstance(value, Html) else escape(value)


def _class(names: Mapping[str, bool]) -> str:
    joined = _names(names)
    return f' class="{joined}"' if joined else ""


def _names(classes: Mapping[str, bool]) -> str:
    return " ".join(name for name, on in classes.items() if on)


def _cell(caption: str, cell: str | Cell) -> Cell:
    made = cell if isinstance(cell, Cell) else Cell(cell)
    if BLANK.search(made.text):
        raise ValueError(f"{caption}: a cell would read {made.text!r}")
    return made
