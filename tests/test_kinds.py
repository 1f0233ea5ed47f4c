"""What a text of a kind is, and what it is not: in files, in sentences and in recipes."""

import pytest

from analysis import kinds, recipes, sentences
from analysis.recipes import RecipeError

pytestmark = pytest.mark.usefixtures("no_hang")

KIND_CASES: dict[str, tuple[list[str], list[str]]] = {
    "doi": (
        [
            "10.1136/bmj.n71",
            "10.1890/0012-9658(1999)080[1150:TMAORR]2.0.CO;2",
            "10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-N",
        ],
        [
            *("", "bmj.n71", "10.1136", "10.1136/", "https://doi.org/10.1136/x", "10.1136/x y"),
            *("10.1136/<b>", '10.1136/"', "10.1136/../x", "10.1136/x?y", "10.1136/x#y", "10.1/x"),
            *("10.1136/x\n", "10.1136/é", "javascript:alert(1)", "10.1136/x.", "10.1136/%0a"),
        ],
    ),
    "https": (
        ["https://example.org", "https://a.example.org:8080/b/c.html?d=e&f#g", "https://a.b/~c"],
        [
            *("", "http://example.org", "javascript:alert(1)", "data:text/html,x", "//example.org"),
            *("https://", "https://a", "https://a:b@example.org", "https://example.org/<b>"),
            *(
                'https://example.org/"',
                "https://example.org/'",
                "https://example.org/ ",
                " https://a.b",
            ),
            *(
                "https://example.org\n",
                "ftp://example.org",
                "https:example.org",
                "https://exämple.org",
            ),
        ],
    ),
    "line": (
        ["", "A title: τ² & <b>", "Öztürk"],
        [
            " a",
            "a ",
            "a  b",
            "a\nb",
            "a\tb",
            "a\x00b",
            "a\u202eb",
            "a\u200bb",
            "a\xa0b",
            "a\u2028b",
        ],
    ),
    "text-alone": (["MSC-EV: a living review"], ["<b>", "a & b", 'a "b"', "a > b", "a\nb"]),
    "cell": (["A label", "A folded text\n"], ["=1", "+1", "-1", "@a", "a\nb", "a\n\n", "\t=1"]),
    "day": (
        ["2026-11-30", "1900-01-01", "2099-12-31"],
        ["2026-02-30", "2026-1-1", "0001-01-01", "9999-12-31", "20261130", "2026-11-30T00:00", ""],
    ),
    "past-day": (["2026-11-20"], ["2099-01-01", "2026-13-01"]),
}


@pytest.mark.parametrize("name", kinds.KINDS)
def test_a_kind_takes_what_it_is_and_nothing_else(name: str) -> None:
    kind, (good, bad) = kinds.KINDS[name], KIND_CASES[name]
    assert [kind(text) for text in good] == good
    for text in bad:
        with pytest.raises(ValueError, match="must"):
            kind(text)


@pytest.mark.parametrize(
    "form",
    [
        *(".1000000000f", "3000000.1f", ".999f", "0100000d", "x>9.1f", ">9", "_", "%", "s", "n"),
        *("+.1f", "#x", "b", "c", ".1F", "١.1f", " .1f", "=9999999g"),
    ],
)
def test_a_format_that_no_sentence_needs_is_refused(form: str) -> None:
    with pytest.raises(RecipeError, match=r"must be written as|has a brace"):
        sentences.fill(f"It is {{count(studies):{form}}}.", lambda call: 4.0)


@pytest.mark.parametrize(
    "recipe",
    [
        *("1", "True", "'yes'", "studies", "f(1e999)", "f(-1e999)", "f(1e101)", "f(1j)", "f(b'x')"),
        *("f(None)", "f(...)", f"f({'9' * 200})", f"f({'9' * 5000})", "(" * 5000, "f(" * 5000),
        *(
            "f(*a)",
            "f(**a)",
            "f(a := 1)",
            "lambda: 1",
            "[1]",
            "f(1)(2)",
            "f(1) + 1",
            "f.a",
            "f(a.b)",
        ),
    ],
)
def test_a_recipe_that_is_no_call_of_bounded_numbers_is_refused(recipe: str) -> None:
    with pytest.raises(RecipeError, match="position "):
        recipes.parse(recipe)
