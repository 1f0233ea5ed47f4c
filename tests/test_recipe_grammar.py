"""The grammar of recipes: what parses, and where it does not."""

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import recipes
from analysis.recipes import Call, Name, RecipeError


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
