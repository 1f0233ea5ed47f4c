"""The Sphinx extensions, without a build."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from myst_nb.core.read import read_myst_markdown_notebook

import fresh
import mathml
import offline
from analysis import folders

CELLS = {
    "plain": "```{code-cell} ipython3\na = 1\n```",
    "empty": "```{code-cell}\n```",
    "options": "```{code-cell} ipython3\n:tags: [hide-input]\n:key: 1\n\na = 1\n```",
    "options alone": "```{code-cell}\n:tags: [hide-input]\n```",
    "yaml": "```{code-cell} ipython3\n---\ntags: [hide-input]\nmystnb:\n  x: 1\n---\na = 1\n```",
    "yaml and a blank": "```{code-cell}\n---\ntags: [x]\n---\n\na = 1\n```",
    "long fence": "````{code-cell} ipython3\n:tags: [x]\na = '```'\n````",
    "tildes": "~~~{code-cell} ipython3\na = 1\n~~~",
    "indented": "  ```{code-cell} ipython3\n  :tags: [x]\n  a = 1\n  ```",
    "after an example": "````md\n```{code-cell}\nb\n```\n````\n\n```{code-cell}\na = 1\n```",
}


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_stamp_is_the_first_line_of_the_first_cell_and_changes_nothing_else(cell: str) -> None:
    source = f"---\nfile_format: mystnb\n---\n# A page\n\n{cell}\n\n```{{code-cell}}\nb = 2\n```\n"
    before = read_myst_markdown_notebook(source).cells
    after = read_myst_markdown_notebook(fresh.stamped(source, "abc")).cells
    first = next(place for place, cell in enumerate(before) if cell.cell_type == "code")
    stamp, _, code = after[first].source.partition("\n")
    assert stamp == "# inputs: abc"
    assert code.strip() == before[first].source.strip()
    assert [cell.metadata for cell in after] == [cell.metadata for cell in before]
    assert [cell.source for cell in after[first + 1 :]] == [
        cell.source for cell in before[first + 1 :]
    ]


def test_page_without_cells_has_no_stamp() -> None:
    assert fresh.stamped("# A page\n\n```python\na = 1\n```\n", "abc").count("abc") == 0


CELL = "```{{code-cell}} ipython3\n{}\n```\n"


def test_chapter_reads_what_its_data_rest_on_and_what_its_cells_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rests_on = {"one": ("one", "third"), "other": ("other",), "third": ("third",)}
    monkeypatch.setattr("analysis.folders.chapters", lambda data: list(rests_on))
    monkeypatch.setattr("analysis.folders.reads", rests_on.get)
    assert fresh.read_by("book/one", "in prose, 'other' is executed by nobody") == ("one", "third")
    for named in ('Chapter("other")', "Chapter('other')", 'Chapter(f"""other""")'):
        assert fresh.read_by("book/one", CELL.format(named)) == ("one", "third", "other")


def test_another_page_reads_everything_unless_it_says_what(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.folders.chapters", lambda data: ["one"])
    monkeypatch.setattr("analysis.folders.reads", lambda name, data: (name, "third"))
    assert fresh.read_by("book/index", CELL.format("1")) == (None,)
    assert fresh.read_by("book/index", "---\nreads: []\n---\n") == ()
    assert fresh.read_by("book/index", "---\nreads: [one]\n---\n") == ("one", "third")


def test_data_rest_on_the_chapters_whose_rows_they_name(tmp_path: Path) -> None:
    for chapter, quoted in (("a", "row('b.x.y')"), ("b", '"row(""c.x.y"")"'), ("c", "no row")):
        folder = tmp_path / chapter
        folder.mkdir()
        (folder / "review.yml").write_text("title: T\n", encoding="utf-8")
        (folder / "reported.csv").write_text(f"recompute\n{quoted}\n", encoding="utf-8")
    assert folders.reads("a", tmp_path) == ("a", "b", "c")
    assert folders.reads("b", tmp_path) == ("b", "c")
    assert folders.reads("c", tmp_path) == ("c",)


def test_a_chapter_that_ranks_evidence_rests_on_the_chapters_whose_papers_it_names(
    tmp_path: Path,
) -> None:
    for chapter, review in (
        ("a", "source: ada2020\nclassification: {group: disease}\n"),
        ("b", "source: bo2021\n"),
        ("c", "source: cy2022\n"),
    ):
        (tmp_path / chapter).mkdir()
        (tmp_path / chapter / "review.yml").write_text(review, encoding="utf-8")
        (tmp_path / chapter / "studies.csv").write_text("reference\nbo2021\n", encoding="utf-8")
    assert folders.reads("a", tmp_path) == ("a", "b")
    assert folders.reads("c", tmp_path) == ("c",)


@pytest.mark.parametrize(
    "formula",
    [
        r"\hat\mu = \frac{\sum_i w_i y_i}{\sum_i w_i}",
        r"\begin{aligned} a &= b \\ c &= d \end{aligned}",
        r"\begin{cases} 1 & x < 0 \\ 2 & x \ge 0 \end{cases}",
        r"I^2 \ge 50\%",
    ],
)
def test_formula_becomes_mathml(formula: str) -> None:
    assert mathml.mathml(formula).startswith("<math ")


@pytest.mark.parametrize(
    "formula",
    [r"\nosuchcommand x", r"\begin{nosuch}x\end{nosuch}", r"\frac{1}{2", "x_1_2", "a & b", ""],
)
def test_formula_that_cannot_be_converted_is_refused(formula: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        mathml.mathml(formula)


@pytest.mark.parametrize(
    "markup",
    [
        '<script src="https://example.org/a.js"></script>',
        '<img src="//example.org/a.png">',
        '<img src="/a.png">',
        '<img srcset="https://example.org/a.png 2x">',
        '<link rel="stylesheet" href="https://example.org/a.css">',
        '<link rel="preload" as="font" href="https://example.org/a.woff2">',
        '<svg><image href="https://example.org/a.png"/></svg>',
        '<p style="background: url(https://example.org/a.png)">',
        '<style>@import "https://example.org/a.css";</style>',
        '<iframe src="https://example.org/"></iframe>',
    ],
)
def test_request_for_something_outside_is_found(markup: str) -> None:
    assert len(offline.outside_page(markup)) == 1


@pytest.mark.parametrize(
    "markup",
    [
        '<a href="https://example.org/">elsewhere</a>',
        '<link rel="canonical" href="https://example.org/">',
        '<script src="../_static/a.js?v=1"></script>',
        '<img src="data:image/png;base64,AAAA">',
        '<math xmlns="http://www.w3.org/1998/Math/MathML"></math>',
        '<svg><use href="#mark"/></svg>',
        '<style>a { background: url("data:image/png;base64,AAAA") } b { mask: url(#m) }</style>',
    ],
)
def test_request_for_something_of_its_own_is_no_fault(markup: str) -> None:
    assert offline.outside_page(markup) == []


def test_page_that_requests_something_outside_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named: list[str] = []
    monkeypatch.setattr(offline.logger, "warning", lambda text, *parts: named.append(text % parts))
    builder = SimpleNamespace(format="html")
    app: Any = SimpleNamespace(builder=builder, outdir=tmp_path)
    (tmp_path / "clean.html").write_text("<p>of its own</p>", encoding="utf-8")
    (tmp_path / "page.html").write_text('<img src="//a.org/a.png">', encoding="utf-8")
    offline.check(app, None)
    assert named == ["page.html requests //a.org/a.png"]
