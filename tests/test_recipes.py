"""Recipes: what they may say, where a message points, and what their functions give."""

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import judging, recipes
from analysis.dictionary import Column, Table
from analysis.inputs import Key, MissingDataError, PrintedRow, Reader, Rows, Sheet, Sources
from analysis.printed import Printed
from analysis.recipe_functions import BASIS, FUNCTIONS
from analysis.recipes import Call, Name, RecipeError
from analysis.statistics.boxes import UnboundedError, box

TEXT = {
    "study": ["Ada 2020", "Bo 2021", "Cy 2022", "Di 2023"],
    "outcome": ["score"] * 4,
    "source": ["bone", "bone", "fat", ""],
    "tags": ["a;b", "b", "", "a"],
    "mechanism": ["up", "", "down", "up"],
    "extraction": ["printed", "printed", "printed", "digitised"],
    "in_review": ["yes", "yes", "yes", "no"],
}
NUMBERS = {
    "n_treated": ["6", "8", "10", "12"],
    "mean_treated": ["2.5", "3.0", "2.0", "4.0"],
    "sd_treated": ["0.5", "0.6", "0.7", "0.8"],
    "n_control": ["6", "8", "10", "12"],
    "mean_control": ["1.0", "1.5", "1.0", "1.0"],
    "sd_control": ["0.5", "0.5", "0.5", "0.5"],
    "dose": ["1,200", "", "3", "4"],
}
LEVELS = {"source": {"bone": "Bone", "fat": "Fat"}, "tags": {"a": "A", "b": "B"}}
REPORTED = {
    "paper.flow.all": {"kind": "count", "qualifier": "", "value": "1,024"},
    "paper.flow.out": {"kind": "count", "qualifier": "", "value": "24"},
    "paper.flow.left": {"kind": "count", "qualifier": "", "value": "1,000"},
    "paper.total.md": {"kind": "estimate", "value": "1.5", "lower": "1.0", "upper": "2.0"},
    "paper.total.p": {"kind": "p", "qualifier": "<", "value": "0.01"},
    "paper.total.scale": {"kind": "range", "lower": "0", "upper": "21"},
    "paper.search.end": {"kind": "date", "value": "2024-02-29"},
}


EMPTY = {"qualifier": "", "value": "", "lower": "", "upper": ""}


def column_type(name: str) -> str:
    if name in ("n_treated", "n_control"):
        return "integer"
    if name in NUMBERS:
        return "number"
    return {"source": "choice", "tags": "choices", "extraction": "choice"}.get(name, "text")


@pytest.fixture(scope="module")
def paper() -> Sources:
    columns = {
        name: Column(name, name, "", column_type(name), levels=LEVELS.get(name, {}))
        for name in [*TEXT, *NUMBERS]
    }
    table = Table("studies", "Studies", "", ("study",), columns)
    sheet = Sheet(table, [2, 3, 4, 5], {**TEXT, **NUMBERS})
    reported = {identifier: {**EMPTY, **cells} for identifier, cells in REPORTED.items()}
    return Sources("paper", {"studies": sheet}, reported, Path("nowhere"))


def result(paper: Sources, text: str, boxes: bool = False) -> Any:
    return judging.evaluate(paper, recipes.parse(text), Reader(boxes=boxes))


# ---- grammar ---------------------------------------------------------------------------------


def test_recipe_is_a_call_with_literals_tables_calls_and_one_attribute():
    call = recipes.parse("pool(studies, 'a', -1.5, True, inner(x).low, method='EE').tau2")
    inner = Call("inner", (Name("x", 38),), (), "low", 32)
    expected = (Name("studies", 6), "a", -1.5, True, inner)
    assert call == Call("pool", expected, (("method", "EE"),), "tau2", 1)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("count(studies) + 1", 1),
        ("count(studies, 1 + 2)", 16),
        ("share(count(studies), not True)", 23),
        ("count(studies['x'])", 7),
        ("count(studies)[0]", 1),
        ("count(lambda: 1)", 7),
        ("count([1, 2])", 7),
        ("count([x for x in studies])", 7),
        ("count({'a': 1})", 7),
        ("count((1, 2))", 7),
        ("count(1 if True else 2)", 7),
        ("count(1 < 2)", 7),
        ("count(x := 1)", 7),
        ("count(f'{studies}')", 7),
        ("count(b'x')", 7),
        ("count(None)", 7),
        ("count(...)", 7),
        ("count(1j)", 7),
        ("count(-studies)", 7),
        ("count(*studies)", 7),
        ("count(studies, **filters)", 1),
        ("count(studies, source='a', source='b')", 1),
        ("pool(studies).tau2.real", 1),
        ("studies.count()", 1),
        ("count(studies.frame)", 7),
        ("count(studies)()", 1),
        ("(count)(studies).a.b", 1),
        ("count('ärmel', x[0])", 16),
        ("studies", 1),
        ("21", 1),
        ("'count(studies)'", 1),
        ("-5", 1),
    ],
)
def test_everything_but_calls_is_refused_at_its_position(text, position):
    with pytest.raises(RecipeError, match=rf"^position {position}: "):
        recipes.parse(text)


@pytest.mark.parametrize(
    ("text", "position"),
    [("count(studies", 6), ("count(studies))", 15), ("count(a b)", 7), ("count('x)", 7), ("", 0)],
)
def test_what_does_not_parse_says_where(text, position):
    with pytest.raises(RecipeError, match=rf"^position {position}: does not parse"):
        recipes.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 10_000 + "(",
        "(" * 5_000,
        "a(" * 5_000,
        "-" * 50_000 + "1",
        "a(\0)",
        "a(" + "9" * 9_000 + ")",
    ],
)
def test_monstrous_recipe_is_refused_like_any_other(text):
    with pytest.raises(RecipeError):
        recipes.parse(text)


def test_deepest_recipe_that_parses_can_be_evaluated(paper):
    depth = 90
    text = "total(1, " * depth + "count(studies)" + ")" * depth
    assert result(paper, text) == depth + 3


@settings(max_examples=150, derandomize=True, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [*"()[]{}.,'=*+-:1x ", "count", "studies", "row", "lambda ", " for ", "__", "f'", "é"]
        ),
        max_size=12,
    ).map("".join)
)
def test_any_text_is_a_call_or_refused_with_a_position(text):
    try:
        call, message = recipes.parse(text), ""
    except RecipeError as error:
        call, message = None, str(error)
    if call is None:
        assert message.startswith("position ")
    else:
        assert isinstance(call, Call)
        assert isinstance(ast.parse(text.strip(), mode="eval").body, ast.Call | ast.Attribute)


def test_recipe_is_never_run_as_python(paper, monkeypatch):
    def refuse(*arguments: Any) -> None:
        raise AssertionError("ran as Python")

    with monkeypatch.context() as patched:
        patched.setattr("builtins.eval", refuse)
        patched.setattr("builtins.exec", refuse)
        counted = result(paper, "count(studies, source='bone')")
    assert counted == 2
    for text in ("__import__('os')", "eval('1')", "open('x')", "getattr(studies, 'reader')"):
        with pytest.raises(RecipeError, match="no function"):
            result(paper, text)


# ---- names -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cuont(studies)", "position 1: no function 'cuont' (did you mean count?)"),
        ("share(1, totl(2, 3))", "position 10: no function 'totl' (did you mean total?)"),
        ("count(study)", "position 7: no table 'study' (did you mean studies?)"),
        ("count(studies, sauce='bone')", "no column 'sauce' in studies (did you mean source?)"),
        (
            "count(studies, distinct='studdy')",
            "no column 'studdy' in studies (did you mean study?)",
        ),
        ("sum(studies, 'n_treatd')", "no column 'n_treatd' in studies (did you mean n_treated?)"),
        ("count(studies, source='bones')", "source has no level 'bones' (did you mean bone?)"),
        ("count(studies, tags='c')", "tags has no level 'c'"),
        (
            "count(studies, study='Ada 2021')",
            "study has no level 'Ada 2021' (did you mean Ada 2020?)",
        ),
        ("same(row('paper.flow.lef'))", "no row 'paper.flow.lef' (did you mean paper.flow.left?)"),
        ("total(rows('paper.flw'))", "no rows 'paper.flw' (did you mean paper.flow?)"),
        ("pool(studies, outcome='score').tau", "no attribute 'tau' (did you mean tau2?)"),
        ("pool(studies, 'score').__class__", "position 1: no attribute '__class__'; there are"),
        ("pool(studies, 'score').parts", "no attribute 'parts'"),
        ("count(studies).real", "position 1: no attribute 'real'"),
        ("row('paper.total.md').reader", "no attribute 'reader'"),
        ("count(studies, __class__='x')", "no column '__class__' in studies"),
        ("pool(studies, 'score', measure='XX')", "measure must be one of MD, SMD, SMD-RevMan, got"),
        ("pool(studies, 'score', method='XX')", "method must be one of"),
        ("pool(studies, 'scor')", "outcome has no level 'scor' (did you mean score?)"),
    ],
)
def test_unknown_name_is_refused_with_the_nearest_one(paper, text, message):
    with pytest.raises(RecipeError) as caught:
        result(paper, text)
    assert message in str(caught.value)
    assert str(caught.value).startswith("position ")


@pytest.mark.parametrize(
    "text",
    [
        "count()",
        "count(1)",
        "count('studies')",
        "count(studies, self='x')",
        "total()",
        "total(row('paper.flow.all'))",
        "total('a', 'b')",
        "total(studies, studies)",
        "share(row('paper.flow.all'), 0)",
        "share(True, 2)",
        "h2(5, 0)",
        "z(5)",
        "z(row('paper.flow.all'))",
        "centre(row('paper.flow.all'))",
        "row(identifier='paper.flow.all')",
        "row(row('paper.flow.all'))",
        "same(row('paper.total.p'))",
        "row('paper.total.p').value",
        "row('paper.search.end').value",
        "row('paper.total.scale').value",
        "total(row('paper.total.scale'), 1)",
        "total(row('paper.search.end'), 1)",
        "both()",
        "both(1, 2)",
        "both(count(studies))",
        "greater('a', 'b')",
        "sum(studies, 'study')",
        "effect(studies, 'score', 'Nobody 2000')",
        "subgroup(studies, 'score', 'source', 'fur')",
        "either(count(studies), 2)",
    ],
)
def test_call_that_its_function_refuses_is_an_error_of_the_recipe(paper, text):
    with pytest.raises(RecipeError, match=r"^position "):
        result(paper, text)


def test_inequality_is_no_input_and_says_so(paper):
    with pytest.raises(RecipeError, match=r"paper\.total\.p is printed with '<' and can't be"):
        result(paper, "share(row('paper.total.p'), 2)")


def test_empty_cell_makes_its_recipe_wait(paper):
    with pytest.raises(MissingDataError, match=r"dose is not known for 1 rows of studies\.csv"):
        result(paper, "sum(studies, 'dose')")
    assert result(paper, "sum(studies, 'dose', study='Ada 2020')") == 1200


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("either()", "takes recipes alone"),
        ("either(count(studies), 2)", "takes recipes alone"),
        ("either(count(studies)).value", "takes recipes alone"),
        ("either(count(studies), b=count(studies))", "takes recipes alone"),
        (
            "total(1, either(count(studies), count(studies)))",
            "position 10: either must stand outermost",
        ),
        ("either(either(count(studies)))", "position 8: either must stand outermost"),
    ],
)
def test_readings_are_recipes_and_stand_outermost(text, message):
    with pytest.raises(RecipeError, match=message):
        recipes.alternatives(recipes.parse(text))


def test_readings_are_taken_one_by_one():
    both = recipes.alternatives(recipes.parse("either(count(a), share(1, 2))"))
    assert [call.function for call in both] == ["count", "share"]
    assert [c.function for c in recipes.alternatives(recipes.parse("count(a)"))] == ["count"]


def test_rows_that_a_recipe_reads_are_found_at_any_depth_and_by_prefix():
    call = recipes.parse("total(row('a.b.c'), share(row('a.b.d'), x=row('a.b.e')), rows('f.g'))")
    known = ["f.g.h", "f.g.i", "f.h.i", "f.g"]
    assert recipes.rows_named(call, known) == ["a.b.c", "a.b.d", "a.b.e", "f.g.h", "f.g.i"]


def test_keyword_changes_where_it_is_given_or_taken():
    call = recipes.parse("total(pool(s, method='EE'), weight(s), 1)")
    given = recipes.with_keyword(call, "method", "DL")
    assert [dict(each.keywords) for each in recipes.calls(given)] == [{}, {"method": "DL"}, {}]
    taken = recipes.with_keyword(call, "method", "DL", lambda function: function == "weight")
    assert [dict(each.keywords).get("method") for each in recipes.calls(taken)] == [
        None,
        "DL",
        "DL",
    ]


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("count(studies)", True),
        ("total(row('a.b.c'), 1)", True),
        ("share(1, total(rows('a.b'), 2))", True),
        ("total(12, 9)", False),
        ("share(1, h2(3, 4))", False),
    ],
)
def test_recipe_of_literals_alone_reads_nothing(text, reads):
    assert recipes.reads(recipes.parse(text)) is reads


# ---- functions -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count(studies)", 3),  # those that the review pooled
        ("count(every_study)", 4),
        ("count(studies, source='bone')", 2),
        ("count(every_study, source='')", 1),
        ("count(every_study, distinct='source')", 2),  # an empty cell is no source
        ("count(every_study, distinct='study', mechanism='')", 1),
        ("count(every_study, tags='a')", 2),  # of several codes, one
        ("count(every_study, distinct='tags')", 2),
        ("at_least(studies, 'mean_treated', 2.5)", 2),
        ("duplicated(every_study, 'mechanism')", 1),
        ("whole_number(52.4, 21)", False),  # 52.4 exactly
        ("sum(studies, 'n_treated')", 24),
        ("sum(studies, 'n_treated', source='fat')", 10),
        ("difference(row('paper.flow.all'), row('paper.flow.out'))", 1000),
        ("total(rows('paper.flow'))", 2048),
        ("total(row('paper.flow.out'), 1, 2.5)", 27.5),
        ("share(row('paper.flow.out'), 96)", 25),
        ("centre(row('paper.total.md'))", 1.5),
        ("row('paper.total.md').upper", 2.0),
        ("extremes(studies, 'n_treated', 'n_control').upper", 10),
        ("extremes(studies, 'mean_treated', 'mean_control').lower", 1.0),
        ("effect(studies, 'score', 'Ada 2020').value", 1.5),
        ("subgroup(studies, 'score', 'source', 'bone', method='EE').value", 1.5),
        ("subgroup(studies, 'score', 'source', 'fat', method='EE').rank", 2),
        ("i2(83, 20)", 100 * 63 / 83),
        ("i2(0, 20)", 0),
        ("h2(83, 20)", 4.15),
        ("greater(row('paper.total.md').upper, 1.9)", True),
        ("both(greater(2, 1), differs(1, 2), agrees(2, 2))", True),
        ("both(greater(2, 1), greater(1, 2))", False),
        ("excludes(row('paper.total.md'))", True),
        ("excludes(row('paper.total.md'), 1.2)", False),
    ],
)
def test_function_gives(paper, text, expected):
    assert result(paper, text) == pytest.approx(expected)


def test_conditions_hold_only_whatever_was_rounded_away(paper):
    recipe = "greater(row('paper.total.md').upper, 1.97)"  # 2.0 may be 1.95
    assert result(paper, recipe) is True
    assert result(paper, recipe, boxes=True) is False
    assert result(paper, "agrees(row('paper.total.md').upper, 1.97)", boxes=True) is True
    assert result(paper, "differs(row('paper.total.md').upper, 1.94)", boxes=True) is True


@pytest.mark.parametrize("text", ["greater(0.5, {})", "differs({}, 1)", "agrees({}, 1)"])
def test_nothing_is_certain_of_what_is_not_defined(paper, text):
    two = "pool(studies, 'score', source='bone', method='DL').pi_low"
    assert result(paper, text.format(two)) is False


def test_rows_read_off_a_figure_have_no_bounds_but_a_result(paper):
    recipe = "effect(every_study, 'score', 'Di 2023')"
    assert result(paper, recipe).parts["value"] == pytest.approx(3.0)
    with pytest.raises(UnboundedError, match="digitised"):
        result(paper, recipe, boxes=True)
    assert result(paper, "sum(every_study, 'n_treated')", boxes=True).high == pytest.approx(36)


def test_counts_are_exact_and_measurements_are_not(paper):
    animals = result(paper, "sum(studies, 'n_treated')", boxes=True)
    assert animals.high - animals.low < 1e-9
    means = result(paper, "sum(studies, 'mean_treated')", boxes=True)
    assert (means.low, means.high) == pytest.approx((7.35, 7.65))


def test_count_of_rows_above_a_limit_is_bounded_by_what_was_rounded(paper):
    above = result(paper, "at_least(studies, 'mean_treated', 2.52)", boxes=True)
    assert (above.low, above.high) == (1, 2)  # 2.5 may be 2.54
    assert result(paper, "at_least(studies, 'n_treated', 8)", boxes=True) == 2


@pytest.mark.parametrize(("percent", "possible"), [("47.7", True), ("48.8", False)])
def test_percentage_of_a_sum_is_possible_or_not_whatever_was_rounded(paper, percent, possible):
    reported = {**paper.reported, "paper.a.p": {**EMPTY, "kind": "percent", "value": percent}}
    call = recipes.parse("whole_number(row('paper.a.p'), total(row('paper.flow.out'), 20))")
    found = judging.evaluate(replace(paper, reported=reported), call, Reader(boxes=True))
    assert found is possible  # 21 of 44, but not 21 of 43
    with pytest.raises(RecipeError, match="whole number that is known exactly"):
        result(paper, "whole_number(50, row('paper.total.md'))", boxes=True)


def test_reader_remembers_what_it_read_and_moves_it():
    reader = Reader(moves={Key("reported", "a.b.c", "value"): 0.04})
    cells = {"kind": "estimate", "qualifier": "", "value": "1.5", "lower": "", "upper": "2"}
    row = PrintedRow("a.b.c", cells, reader)
    assert row.parts == {"value": 1.54, "upper": 2.0}
    assert set(reader.read) == {Key("reported", "a.b.c", name) for name in ("value", "upper")}


def test_every_function_has_a_docstring_and_a_known_basis():
    for name, function in FUNCTIONS.items():
        assert function.__doc__, name
        assert BASIS[name] in ("study-data", "count", "summary")


def test_tables_of_a_recipe_can_be_filtered_again(paper):
    rows = Rows(paper.sheets["studies"], [0, 1, 2], Reader())
    assert rows.where(source="bone").where(mechanism="up").texts("study") == ["Ada 2020"]


# ---- printed characters ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number", "low", "high"),
    [
        ("1.30", 1.3, 1.295, 1.305),
        ("1.3", 1.3, 1.25, 1.35),
        ("21", 21, 20.5, 21.5),
        ("1,024", 1024, 1023.5, 1024.5),
        ("12,345.6", 12345.6, 12345.55, 12345.65),
        ("−0.05", -0.05, -0.055, -0.045),
        ("-0.05", -0.05, -0.055, -0.045),
        ("+.5", 0.5, 0.45, 0.55),
        ("0.000", 0, -0.0005, 0.0005),
        ("-0.00", 0, -0.005, 0),
        ("1.2 × 10^-5", 1.2e-5, 1.15e-5, 1.25e-5),
        ("3 × 10^-20", 3e-20, 2.5e-20, 3.5e-20),
        ("10^-30", 1e-30, 0.5e-30, 1.5e-30),
    ],
)
def test_printed_characters_stand_for_all_numbers_that_round_to_them(text, number, low, high):
    printed = Printed(text)
    assert printed.number == pytest.approx(number, rel=1e-14, abs=0)
    assert printed.ends == pytest.approx((low, high), rel=1e-14, abs=0)
    assert printed.box.low < printed.ends[0]
    assert printed.box.high > printed.ends[1]
    for inside in (low, high, (low + high) / 2):
        assert printed.prints(inside)
    for outside in (low - (high - low) * 1e-5, high + (high - low) * 1e-5):
        assert not printed.prints(outside)
        assert printed.excludes(box(outside))


def test_count_stands_for_itself_alone():
    printed = Printed("1,024", exact=True)
    assert printed.prints(1024)
    assert printed.prints(1024 * (1 + 2e-16))
    assert not printed.prints(1024.01)
    assert float(printed.box.low) == float(printed.box.high) == 1024


@pytest.mark.parametrize(
    "text",
    ["", "abc", "1,5", "1,0000", "1.2.3", "1e5", "nan", "1_0", "5 %", ".", "10^400", "2 × 10^-999"],
)
def test_characters_that_are_no_number_are_refused(text):
    with pytest.raises(ValueError, match="is no number"):
        _ = Printed(text).number


@settings(max_examples=150, derandomize=True, deadline=None)
@given(value=st.floats(-1e5, 1e5), digits=st.integers(0, 6))
def test_number_prints_as_python_rounds_it(value, digits):
    text = f"{value:.{digits}f}"
    assert Printed(text).prints(value)
    moved = value + 1.001 * 10.0**-digits
    assert not Printed(text).prints(moved)
