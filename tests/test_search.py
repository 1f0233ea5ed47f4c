"""What the search page is given, without a build."""

import pytest
from docutils import nodes
from docutils.utils import new_document

import places
from places import Place, Result
from search import English, readable, text_of


def page(*parts: nodes.Node) -> nodes.document:
    """A page with one section."""
    document = new_document("page")
    document += nodes.section("", *parts, ids=["the-section"])
    return document


def cell(hide_mode: str, code: str, html: str) -> nodes.container:
    """A code cell as MyST-NB leaves it, its code folded in an element of its own."""
    source = nodes.container("", nodes.literal_block(code, code), nb_element="cell_code_source")
    output = nodes.container("", nodes.raw("", html, format="html"), nb_element="cell_code_output")
    return nodes.container("", nodes.Element("", source), output, hide_mode=hide_mode)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<td>Chang 2021</td><td>1.19</td>", "Chang 2021 1.19"),
        ("p &lt; 0.05<br>Zhang &amp; Li", "p < 0.05 Zhang & Li"),
        ("<p>seen<script>if (a < b) hidden()</script> <style>p { a: b }</style></p>", "seen"),
        (
            "<figure><svg><g><text>axis</text></g></svg><figcaption>Flow</figcaption></figure>",
            "Flow",
        ),
        ("<dd><code>pool(studies)</code></dd><dd>REML</dd>", "REML"),
        ("<form><label>Search <input></label><button>all</button></form><b>row</b>", "row"),
    ],
)
def test_text_of_html_is_what_readers_see(html: str, text: str) -> None:
    assert text_of(html) == text


@pytest.mark.parametrize("hide_mode", ["input", "input+output", "all"])
def test_folded_code_is_not_read_and_the_page_stays_as_it_is(hide_mode: str) -> None:
    document = page(cell(hide_mode, "import glue", "<p>shown</p>"), nodes.math("", r"\frac{1}{2}"))
    before = document.pformat()
    assert readable(document).astext().split() == ["shown"]
    assert document.pformat() == before


@pytest.mark.parametrize("hide_mode", ["", "output"])
def test_code_that_is_shown_is_read(hide_mode: str) -> None:
    document = page(cell(hide_mode, "import glue", "<p>shown</p>"))
    assert readable(document).astext().split() == ["import", "glue", "shown"]


@pytest.mark.parametrize("word", ["2021", "0", "254438e", "1e05", "83c1355d69f7", "the"])
def test_numbers_digests_and_small_words_are_left_out(word: str) -> None:
    assert not English({}).word_filter(word)


@pytest.mark.parametrize("word", ["chang", "2020a", "3d", "i2", "c57bl6", "facedeadbeef"])
def test_words_with_digits_are_kept(word: str) -> None:
    assert English({}).word_filter(word)


def test_term_is_a_paragraph_with_an_anchor_that_begins_in_bold() -> None:
    def paragraph(words: str, anchor: str) -> nodes.paragraph:
        bold = nodes.strong("", words)
        return nodes.paragraph("", "", nodes.Text(""), bold, ids=[anchor] if anchor else [])

    document = page(
        paragraph("Prediction interval.", "prediction-interval"),
        paragraph("Tests and intervals.", "knapp-hartung"),
        paragraph("Ratios.", ""),
        nodes.paragraph("", "not bold", ids=["not-bold"]),
    )
    assert list(places.terms(document)) == [
        Place("Prediction interval", "term", "prediction-interval", 0),
        Place("Tests and intervals · knapp-hartung", "term", "knapp-hartung", 0),
    ]


def test_study_stands_where_a_table_first_has_a_row_of_it() -> None:
    rows = '<th scope="row">Chang 2021</th><td>Li 2020, Chang 2021</td>'
    document = page(nodes.raw("", rows, format="html"))
    later = nodes.raw("", f"{rows}<th>Li &amp; Xu 2020</th>", format="html")
    document += nodes.section("", later, ids=["later"])
    names = ["Chang 2021", "Li & Xu 2020", "Li 2020"]
    assert list(places.studies(document, names)) == [
        Place("Chang 2021", "study", "the-section", 0),
        Place("Li & Xu 2020", "study", "later", 0),
    ]


def test_charts_get_an_id_of_the_book_and_are_found_by_their_titles() -> None:
    chart = (
        '<figure class="chart" id="{}"><figcaption id="{}-caption"><strong>{}</strong> More, '
        "<strong>much</strong>.</figcaption></figure>"
    )
    drawn = chart.format("forest", "forest", "A &amp; B") + chart.format("funnel", "funnel", "C")
    document = page(nodes.raw("", drawn, format="html"), nodes.raw("", "<p>x</p>", format="html"))
    assert list(places.charts(document, "book/spinal-cord-injury")) == [
        Result("spinal-cord-injury.forest", "book/spinal-cord-injury", "A & B", "chart"),
        Result("spinal-cord-injury.funnel", "book/spinal-cord-injury", "C", "chart"),
    ]
    written = [raw.astext() for raw in document.findall(nodes.raw)]
    assert written == [
        drawn.replace('id="forest"', 'id="spinal-cord-injury.forest"').replace(
            'id="funnel"', 'id="spinal-cord-injury.funnel"'
        ),
        "<p>x</p>",
    ]


def test_every_kind_of_result_has_its_page_words_and_place() -> None:
    address = "book/{}.html#{}".format
    document = {
        "results": [{"id": "a.b.c", "url": address("a", "a.b.c"), "label": "Mean"}],
        "findings": [{"id": "a.finding.d", "url": address("a", "a.finding.d"), "claim": "Said."}],
        "living": [
            {"id": "a.b.living", "url": address("a", "a.b.living"), "label": "Mean"},
            {"id": "a.e.f", "url": address("a", "a.e.f"), "label": "Sepsis", "before": "High"},
        ],
        "evidence": [
            {
                "id": "a.certainty.b",
                "url": address("synthesis", "a.certainty.b"),
                "condition": "Sepsis",
                "label": "Survival",
            }
        ],
    }
    found = list(places.results(document))
    assert found == [
        Result("a.b.c", "book/a", "Mean", "printed number"),
        Result("a.finding.d", "book/a", "Said.", "finding"),
        Result("a.b.living", "book/a", "Mean", "living estimate"),
        Result("a.e.f", "book/a", "Sepsis", "living classification"),
        Result("a.certainty.b", "book/synthesis", "Sepsis: Survival", "certainty"),
    ]
    assert [places.result_place(each) for each in found] == [
        Place("Mean · b.c", "printed number of a", "a.b.c", 2),
        Place("Said. · finding.d", "finding of a", "a.finding.d", 2),
        Place("Mean · b.living", "living estimate of a", "a.b.living", 1),
        Place("Sepsis · e.f", "living classification of a", "a.e.f", 1),
        Place("Sepsis: Survival · certainty.b", "certainty of a", "a.certainty.b", 1),
    ]
