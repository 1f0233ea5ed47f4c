"""The names of recipes, and what their functions give."""

from contextlib import suppress
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from analysis import judging, recipes
from analysis.dictionary import Column, Table
from analysis.inputs import Key, MissingDataError, PrintedRow, Reader, Rows, Sheet, Sources
from analysis.recipe_functions import BASIS, FUNCTIONS
from analysis.recipes import RecipeError
from analysis.statistics.boxes import UnboundedError

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
    "paper.total.share": {"kind": "percent", "value": "33"},
    "paper.total.score": {"kind": "estimate", "value": "5.75"},
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
    return Sources("paper", {"studies": sheet}, reported, {"as_published": {}, "outcomes": {}})


def result(paper: Sources, text: str, boxes: bool = False) -> Any:
    return judging.evaluate(paper, recipes.parse(text), Reader(boxes=boxes))


def test_deepest_recipe_that_parses_can_be_evaluated(paper):
    depth = 90
    text = "total(1, " * depth + "count(studies)" + ")" * depth
    assert result(paper, text) == depth + 3


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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cuont(studies)", "position 1: no function 'cuont' (did you mean count?)"),
        ("share(1, totl(2, 3))", "position 10: no function 'totl' (did you mean total?)"),
        ("count(study)", "position 7: no table 'study' (did you mean studies?)"),
        ("count(studies, sauce='bone')", "its table (did you mean source?)"),
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
        (
            "count(studies, __class__='x')",
            "count has no setting '__class__'; it has rows, distinct",
        ),
        ("pool(studies, 'score', measure='XX')", "measure must be one of MD, SMD, SMD-RevMan, ROM"),
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
        "rounding(row('paper.total.p'))",
        "rounding(row('paper.total.scale'))",
        "rounding(5)",
        "row('paper.total.scale').value",
        "total(row('paper.total.scale'), 1)",
        "total(row('paper.search.end'), 1)",
        "spread_of_most(every_study, 2.2, 3.5, 'mean_treated')",  # two of four are no majority
        "spread_of_most(every_study, 0, 5, 'dose', source='bone')",
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


GIVEN = ("studies", "row('paper.total.md')", "rows('paper.flow')", "1.5", "'score'", "True")
"""An argument of each kind that a recipe can have."""


@pytest.mark.parametrize("name", [*FUNCTIONS, "row", "rows"])
@pytest.mark.parametrize("boxes", [False, True])
def test_arguments_of_any_kind_are_taken_or_refused(paper, name, boxes):
    for number in range(4):
        for chosen in product(GIVEN, repeat=number):
            with suppress(RecipeError, UnboundedError, MissingDataError):
                result(paper, f"{name}({', '.join(chosen)})", boxes=boxes)


@pytest.mark.parametrize("error", [TypeError, AttributeError, KeyError, IndexError])
def test_fault_in_the_code_of_a_function_is_raised_as_it_is(paper, monkeypatch, error):
    def share(part: Any, whole: float) -> float:
        raise error("a fault in the code")

    monkeypatch.setitem(FUNCTIONS, "share", share)
    with pytest.raises(error, match="a fault in the code") as raised:
        result(paper, "total(share(row('paper.flow.out'), 96), 1)")
    assert raised.traceback[-1].name == "share"
    with pytest.raises(RecipeError, match="position 7: share: can't take str as whole"):
        result(paper, "total(share(row('paper.flow.out'), 'all'), 1)")
    with pytest.raises(
        RecipeError, match="position 7: share: missing a required argument: 'whole'"
    ):
        result(paper, "total(share(row('paper.flow.out')), 1)")


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


def test_keywords_change_call_by_call():
    call = recipes.parse("total(pool(s, method='EE'), weight(s), 1)")
    chosen = {"pool": {"method": "DL"}, "weight": {"test": "z"}}
    changed = recipes.with_keywords(call, lambda each: chosen.get(each.function, {}))
    assert [dict(each.keywords) for each in recipes.calls(changed)] == [
        {},
        {"method": "DL"},
        {"test": "z"},
    ]


def test_setting_that_a_function_does_not_have_is_named_with_those_that_it_has(paper):
    message = (
        "position 1: pool has no setting 'vtyp'; it has rows, outcome, measure, vtype, method, "
        "test, i2_from and the columns of its table (did you mean vtype?)"
    )
    with pytest.raises(RecipeError) as refusal:
        result(paper, "pool(studies, outcome='score', vtyp='UB')")
    assert str(refusal.value) == message
    with pytest.raises(RecipeError) as refusal:
        result(paper, "centre(row('paper.total.md'), level=0.9)")
    assert str(refusal.value) == "position 1: centre has no setting 'level'; it has row, log"


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
        ("sum_known(every_study, 'dose')", 1207),  # of three cells, the fourth is empty
        ("sum_known(studies, 'dose', source='bone')", 1200),
        ("spread_of_most(every_study, 1, 3.5, 'mean_treated').lower", 2.0),
        ("spread_of_most(every_study, 1, 3.5, 'mean_treated').upper", 3.0),
        ("spread_of_most(every_study, 0, 3.5, 'mean_treated', 'mean_control').lower", 1.0),
        ("centre(row('paper.total.md'))", 1.5),
        ("least_n(row('paper.total.md'))", 4 * (2 * 1.959964 / 1.1) ** 2),  # 0.95 to 2.05
        ("grim(row('paper.total.share'), 20)", 35),  # 6 of 20 are 30%, 7 are 35%
        ("grim(row('paper.total.share'), 21)", 100 * 7 / 21),
        ("grim(row('paper.total.score'), 55)", 316 / 55),
        ("grim(row('paper.total.score'), row('paper.flow.out'))", 5.75),
        ("row('paper.total.md').upper", 2.0),
        ("rounding(row('paper.total.md')).lower", 1.45),
        ("rounding(row('paper.total.md')).upper", 1.55),
        ("rounding(row('paper.flow.all')).upper", 1024),  # a count is exact
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


@pytest.mark.parametrize("text", ["least_n(row({}))", "grim(row({}), 20)"])
def test_what_looks_at_the_digits_gives_one_number_however_it_is_read(paper, text):
    of = "'paper.total.md'"
    assert result(paper, text.format(of), boxes=True) == result(paper, text.format(of))
    with pytest.raises(RecipeError, match="printed with '<'"):
        result(paper, text.format("'paper.total.p'"))
    with pytest.raises(RecipeError, match=r"no '(lower|value)'"):
        result(
            paper, text.format("'paper.search.end'" if "least" in text else "'paper.total.scale'")
        )


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
        assert BASIS[name] in ("study-data", "count", "form", "summary")


def test_tables_of_a_recipe_can_be_filtered_again(paper):
    rows = Rows(paper.sheets["studies"], [0, 1, 2], Reader())
    assert rows.where(source="bone").where(mechanism="up").texts("study") == ["Ada 2020"]
