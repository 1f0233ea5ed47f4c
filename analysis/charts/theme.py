"""One palette and one type for every drawing of the book, in a light and in a dark scheme."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

FONT = (
    '-apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", Arial, '
    '"Liberation Sans", sans-serif'
)
"""The system's own sans serif: nothing to load, and it looks like the page around the chart."""


@dataclass(frozen=True)
class Token:
    """A colour by role: a CSS custom property that `book/_static/charts.css` sets per scheme.

    `str()` is what goes into a drawing. Its fallback, the light colour, lets an SVG that was saved
    by itself still show.
    """

    name: str
    light: str
    dark: str

    def __str__(self) -> str:
        """The CSS value: `var(--chart-name, #light)`."""
        return f"var(--chart-{self.name}, {self.light})"


INK = Token("ink", "#1b1f24", "#e4e7eb")
"""Text that carries a result."""
MUTED = Token("muted", "#57606a", "#a7b0ba")
"""Text around it: axis labels, headings of columns, notes."""
LINE = Token("line", "#7d8690", "#7f8892")
"""Axes and the line of no effect."""
FAINT = Token("faint", "#d5dae0", "#3a4149")
"""Hairlines that only order the page."""
SURFACE = Token("surface", "#ffffff", "#121212")
"""The page: what an open symbol is filled with."""
RAISED = Token("raised", "#f4f6f8", "#1d2126")
"""A box that stands out from the page."""
BAND = Token("band", "#e3edf6", "#16293a")
"""An interval as a background, behind marks and text."""
CONTOURS = (
    Token("contour-1", "#eceff2", "#23292f"),
    Token("contour-2", "#dde2e8", "#333b43"),
    Token("contour-3", "#c9d1d9", "#414b56"),
)
"""Regions of significance, from the smallest p-value (nearest to the page) to the largest."""

BLUE = Token("blue", "#0067a5", "#56b4e9")
VERMILLION = Token("vermillion", "#b84300", "#ff8a4c")
GREEN = Token("green", "#00785a", "#2fc79b")
PURPLE = Token("purple", "#9a3f7f", "#e08fc3")
OCHRE = Token("ochre", "#806000", "#e3b624")

CATEGORIES = (
    (BLUE, "circle"),
    (VERMILLION, "square"),
    (GREEN, "triangle-up"),
    (PURPLE, "diamond"),
    (OCHRE, "triangle-down"),
)
"""Colours after Okabe and Ito, darkened or lightened for contrast; each has a shape of its own."""

TOKENS = (
    *(INK, MUTED, LINE, FAINT, SURFACE, RAISED, BAND),
    *CONTOURS,
    *(color for color, _ in CATEGORIES),
)
"""Every colour that a drawing may have."""

STUDY, POOLED, EMPHASIS = BLUE, VERMILLION, VERMILLION
"""Roles in the drawings of results: one study; a pooled effect; the row that the text speaks of."""

CAPTION = 12.0
"""Size in px of axis labels, headings and notes: the smallest text of any drawing."""
BODY = 12.5
"""Size in px of labels and numbers."""


def stylesheet() -> str:
    """The custom properties of both schemes, as they stand in `charts.css`."""

    def block(selector: str, values: Iterable[tuple[str, str]], indent: str = "") -> str:
        lines = "".join(f"{indent}  --chart-{name}: {value};\n" for name, value in values)
        return f"{indent}{selector} {{\n{lines}{indent}}}\n"

    light = [(token.name, token.light) for token in TOKENS]
    dark = [(token.name, token.dark) for token in TOKENS]
    return (
        block(":root", [*light, ("font", FONT)])
        + "\n"
        + block('html[data-theme="dark"]', dark)
        + "\n@media print {\n"
        # The selector of the dark scheme is repeated so that paper is white for its readers too.
        + block('html,\n  html[data-theme="dark"]', light, "  ")
        + "}\n"
    )


_ADVANCE = {
    0.28: "ijl'",
    0.32: " ,.·’I",
    0.34: "/:;\\|",
    0.36: "-f",
    0.40: "!()[]t`⁰¹²³⁴⁵⁶⁷⁸⁹",
    0.42: "r",
    0.46: '"',
    0.52: "*_szJ“”",
    0.56: "?cL–",
    0.60: "Fkvxy•",
    0.62: "Taeo",
    0.67: "EKPS",
    0.69: "ABVXYZ",
    0.72: "CR",
    0.75: "HNU",
    0.79: "DGOQ&",
    0.82: "w",
    0.84: "#+<=>^~×−≤≥",
    0.87: "M",
    0.98: "%m",
    1.00: "W@…←→",
}
"""Width of a character in em, the larger one of Arial's and DejaVu Sans's.

DejaVu Sans, which Linux falls back to, is the widest of the fonts that a reader may have.
"""
_WIDTH = {character: width for width, characters in _ADVANCE.items() for character in characters}
_BOLD = 1.14


def text_width(text: str, size: float = BODY, bold: bool = False) -> float:
    """Width in px that `text` may take in any of the fonts: an estimate on the safe side."""
    em = sum(_WIDTH.get(character, 0.64 if character < "\u2e80" else 1.0) for character in text)
    return em * size * (_BOLD if bold else 1.0)


def longest_word(texts: Iterable[str], size: float = BODY) -> float:
    """Width in px below which a word of `texts` would have to be broken."""
    return max(text_width(word, size) for text in texts for word in text.split(" "))


def wrap(text: str, width: float, size: float = BODY, bold: bool = False) -> list[str]:
    """Break `text` into lines no wider than `width` px.

    A word is broken only if it alone is wider, after a hyphen if it has one. A no-break space holds
    its words together.
    """
    lines: list[str] = []
    line = ""
    for word in re.split(r"[ \t\r\n]+", text.strip()):
        longer = f"{line} {word}" if line else word
        if text_width(longer, size, bold) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while text_width(line, size, bold) > width and len(line) > 1:
            cut = len(line) - 1
            while cut > 1 and text_width(line[:cut], size, bold) > width:
                cut -= 1
            cut = line.rfind("-", 0, cut) + 1 or cut
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line] if line else lines or [""]


def clean(text: object) -> str:
    """One line of printable characters: what XML can hold, whatever a table contains."""
    return "".join(c if c.isprintable() else " " for c in " ".join(str(text).split()))
