"""Printed characters, and the numbers that they stand for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.printed import Printed
from analysis.statistics.boxes import box


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
