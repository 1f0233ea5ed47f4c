"""Numbers are written in one form everywhere, and none is written as what it is not."""

from math import inf, nan

import pytest

from analysis import formats
from analysis.charts import figure
from analysis.charts.columns import Effect
from analysis.sentences import fill


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (1, "p = 1.00"),
        (0.41, "p = 0.41"),
        (0.1, "p = 0.10"),
        (0.0999, "p = 0.100"),
        (0.0502, "p = 0.0502"),
        (0.0498, "p = 0.0498"),
        (0.0488, "p = 0.049"),
        (0.0506, "p = 0.051"),
        (0.032, "p = 0.032"),
        (0.001, "p = 0.001"),
        (0.00099, "p < 0.001"),
        (0, "p < 0.001"),
    ],
)
def test_p_value_is_written(p: float, text: str) -> None:
    assert formats.p_value(p) == text


@pytest.mark.parametrize("p", [inf, -0.01, 1.01])
def test_p_value_that_is_none_is_refused(p: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        formats.p_value(p)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(78.4, 0, "78%"), (78.45, 1, "78.5%"), (0, 0, "0%"), (100, 0, "100%"), (-3.2, 1, "−3.2%")],
)
def test_percent_is_written(value: float, digits: int, text: str) -> None:
    assert formats.percent(value, digits) == text


def test_infinite_percent_is_refused() -> None:
    with pytest.raises(ValueError, match="must be a number"):
        formats.percent(inf)


def test_what_is_not_defined_says_so() -> None:
    assert formats.p_value(nan) == "p not defined"
    assert formats.percent(nan) == formats.number(nan) == "not defined"


def test_numbers_have_a_true_minus_sign() -> None:
    assert formats.number(-1.2345) == "−1.23"
    assert formats.interval(-0.381, 1.256) == "−0.38 to 1.26"
    assert formats.interval(-2, -1, 1) == "−2.0 to −1.0"
    assert formats.significant(-0.012345) == "−0.0123"
    written = [formats.number(-1), formats.interval(-2, -1), formats.significant(-1e-9)]
    assert all("-" not in text for text in written)


def test_interval_that_is_undefined_says_so() -> None:
    assert formats.interval(nan, 1) == formats.interval(1, nan) == "not defined"
    assert formats.significant(nan) == "–"


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (0, "no studies"),
        (1, "one study"),
        (2, "two studies"),
        (21, "21 studies"),
        (1200, "1,200 studies"),
    ],
)
def test_counts_are_words_up_to_ten(n: int, text: str) -> None:
    assert formats.count(n, "study", "studies") == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (2.9059701e-260, 3, "2.91 × 10⁻²⁶⁰"),
        (2.9059701e-260, 8, "2.9059701 × 10⁻²⁶⁰"),
        (1e-5, 3, "10⁻⁵"),
        (-1e-5, 3, "−1 × 10⁻⁵"),
        (1e4, 3, "10⁴"),
        (3e11, 3, "3 × 10¹¹"),
        (0.00012, 3, "0.00012"),
        (2414, 6, "2414"),
        (0, 3, "0"),
    ],
)
def test_very_small_and_large_numbers_are_written_as_powers(
    value: float, digits: int, text: str
) -> None:
    assert formats.significant(value, digits) == text


@pytest.mark.parametrize(
    ("p", "text"), [(0.0123, "0.0123"), (2e-7, "2 × 10⁻⁷"), (2e-75, "< 10⁻¹⁰"), (0, "< 10⁻¹⁰")]
)
def test_no_p_value_is_written_as_zero(p: float, text: str) -> None:
    assert formats.exact_p(p) == text


def test_what_rounds_to_zero_has_no_sign() -> None:
    assert formats.number(-0.004) == "0.00"
    assert formats.interval(-0.001, 1.136) == formats.interval(0.001, 1.136) == "0.00 to 1.14"
    assert formats.interval(-2, -0.0, 1) == "−2.0 to 0.0"
    assert formats.significant(-0.0) == "0"
    assert figure.cell(-0.0) == "0.000"
    assert fill("From {least():.2f}.", lambda call: -0.004) == "From 0.00."
    assert str(Effect(0.57, -0.004, 1.14)) == "0.57 [0.00, 1.14]"


def test_sign_of_a_printed_zero_stays() -> None:
    assert formats.phrase({"value": "0.57", "lower": "-0.00", "upper": "1.14"}) == (
        "0.57 (−0.00 to 1.14)"
    )


def test_percentage_that_rounds_to_zero_has_no_sign() -> None:
    assert formats.percent(-0.2) == "0%"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1 × 10^9", "1 × 10⁹"),
        ("10^-30", "10⁻³⁰"),
        ("-1.30", "−1.30"),
        ("-0.00", "−0.00"),
        ("1,276", "1,276"),
        ("2025-07", "2025-07"),
        ("2187-2201 (1-2)", "2187-2201 (1-2)"),
        ("miR-214-3p, PD-1", "miR-214-3p, PD-1"),
        ("as printed (-3.14,-.5)", "as printed (−3.14,−.5)"),
        ("", ""),
    ],
)
def test_printed_characters_keep_their_digits(text: str, shown: str) -> None:
    assert formats.typeset(text) == shown


@pytest.mark.parametrize(
    ("parts", "unit", "qualifier", "text"),
    [
        ({"value": "1.72", "lower": "-1.43", "upper": "2.00"}, "SD", "", "1.72 (−1.43 to 2.00)"),
        ({"value": "12.8", "lower": "7.6", "upper": "18.0"}, "%", "", "12.8% (7.6 to 18.0)"),
        ({"lower": "1 × 10^5", "upper": "10^11"}, "", "~", "~ 1 × 10⁵ to 10¹¹"),
        ({"value": None, "lower": "71", "upper": "87"}, "%", "", "71 to 87%"),
        ({"lower": "5"}, "", "", "from 5"),
        ({"upper": "5"}, "", "", "up to 5"),
        ({"value": "0.01"}, "", "<", "< 0.01"),
        ({}, "%", "", ""),
    ],
)
def test_parts_of_a_number_are_put_into_one_phrase(
    parts: dict[str, str | None], unit: str, qualifier: str, text: str
) -> None:
    assert formats.phrase(parts, unit, qualifier) == text


def test_sentences_of_the_data_write_powers_as_pages_do() -> None:
    found = {"least": 1e-5, "most": 3e11, "change": -0.5}
    said = fill(
        "Above 10^3: {least()} to {most():.3g}, {change():.1f}.", lambda call: found[call.function]
    )
    assert said == "Above 10³: 10⁻⁵ to 3 × 10¹¹, −0.5."


@pytest.mark.parametrize(
    ("value", "scale", "text"),
    [
        (1.71499, 0.286, "1.7150"),
        (-0.00001, 0.286, "0.0000"),
        (2.184e-6, 1.24e-6, "0.000002184"),
        (2.184e-7, 1.24e-7, "2.184e-07"),
        (-4e-10, 1.24e-6, "0.000000000"),
        (-2.184e-7, 1e-300, "-2.1840000000000000e-07"),
        (1e-30, 1e-20, "1e-30"),
        (0, 1e-30, "0.000000000"),
        (2184499.79, 1238145, "2184500"),
        (1e15, 1e12, "1.000000000000000e+15"),
    ],
)
def test_plain_number_has_the_digits_that_its_scale_leaves(
    value: float, scale: float, text: str
) -> None:
    assert formats.plain_number(value, scale) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0, "p < 1e-10"),
        (9.9e-11, "p < 1e-10"),
        (1.04e-10, "p = 1.04e-10"),
        (0.05123, "p = 0.0512"),
    ],
)
def test_plain_p_value_is_never_zero(p: float, text: str) -> None:
    assert formats.plain_p(p) == text
