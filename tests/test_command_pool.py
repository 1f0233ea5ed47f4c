"""The command `pool` on files as programs and people write them, and how it prints numbers."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from io import BytesIO, TextIOWrapper
from math import exp, log, sqrt
from pathlib import Path
from typing import Any

import pytest

from analysis import __main__ as command_line
from analysis import studies, tables
from analysis.folders import DATA, ROOT
from tests.commands import Captured, run

STUDIES = DATA / "spinal-cord-injury" / "studies.csv"


def saved(folder: Path, text: str) -> Path:
    path = folder / "input.csv"
    path.write_text(text, encoding="utf-8")
    return path


def pooled(capsys: Captured, path: Path, *arguments: str) -> dict[str, Any]:
    status, out, err = run(capsys, "pool", path, *arguments, "--method", "EE", "--json")
    assert (status, err) == (0, "")
    parsed: dict[str, Any] = json.loads(out)
    return parsed


def common(effects: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Estimate and standard error of the common-effect model from effects and variances."""
    weights = [1 / variance for _, variance in effects]
    total = sum(w * y for w, (y, _) in zip(weights, effects, strict=True))
    return total / sum(weights), 1 / sqrt(sum(weights))


def difference(n1: int, m1: float, sd1: float, n2: int, m2: float, sd2: float) -> Any:
    return m1 - m2, sd1**2 / n1 + sd2**2 / n2


EFFECTS = [(0.46, 0.15**2), (0.21, 0.09**2), (0.81, 0.07**2)]
ARMS = [
    difference(13, 5, 4.7, 13, 6.5, 3.8),
    difference(30, 4.9, 1.71, 50, 6.1, 2.3),
    difference(35, 22.5, 3.44, 35, 24.9, 10.65),
]
BLANK = """study,n_treated,mean_treated,sd_treated,n_control,mean_control,sd_control,effect,se
a,13,5,4.7,13,6.5,3.8,,
b,30,4.9,1.71,50,6.1,2.3,,
c,35,22.5,3.44,35,24.9,10.65,,
"""
TWO = [difference(8, 11.2, 1.9, 8, 8.1, 1.6), difference(10, 9.8, 2.1, 10, 7.7, 1.9)]

READ: dict[str, tuple[str, Sequence[tuple[float, float]]]] = {
    "R's write.csv": (
        '"","effect","variance"\n"1",0.46,0.0225\n"2",0.21,0.0081\n"3",0.81,0.0049\n',
        EFFECTS,
    ),
    "pandas' to_csv with its index": (
        ",effect,se\n0,0.46,0.15\n1,0.21,0.09\n2,0.81,0.07\n",
        EFFECTS,
    ),
    "several columns without a name, and notes that stand twice": (
        ",note,effect,se,note,\n0,x,0.46,0.15,y,\n1,,0.21,0.09,,\n2,,0.81,0.07,,\n",
        EFFECTS,
    ),
    "spaces after commas": (
        "study, effect, se\na, 0.46, 0.15\nb, 0.21, 0.09\nc, 0.81, 0.07\n",
        EFFECTS,
    ),
    "names in capitals": (
        "Study,Effect,SE\na,0.46,0.15\nb,0.21,0.09\nc,0.81,0.07\n",
        EFFECTS,
    ),
    "precision in one column or the other": (
        "effect,variance,se,ci_low,ci_high\n0.46,,0.15,,\n0.21,0.0081,NA,,\n"
        f"0.81,,,{0.81 - 0.07 * 1.959963984540054},{0.81 + 0.07 * 1.959963984540054}\n",
        EFFECTS,
    ),
    "text in a column that is not needed": (
        "effect,se,mean_treated,events_treated\n0.46,0.15,high,\n0.21,0.09,,?\n0.81,0.07,,\n",
        EFFECTS,
    ),
    "known columns without a number": (BLANK, ARMS),
    "a row with an effect among those with arms": (
        BLANK.replace("c,35,22.5,3.44,35,24.9,10.65,,", "c,,,,,,,-2.4,1.9"),
        [*ARMS[:2], (-2.4, 1.9**2)],
    ),
    "a row with one arm and an effect": (
        BLANK.replace("c,35,22.5,3.44,35,24.9,10.65,,", "c,35,22.5,3.44,NA,NA,NA,-2.4,1.9"),
        [*ARMS[:2], (-2.4, 1.9**2)],
    ),
    "metafor's means": (
        "study,n1i,m1i,sd1i,n2i,m2i,sd2i\nA,8,11.2,1.9,8,8.1,1.6\nB,10,9.8,2.1,10,7.7,1.9\n",
        TWO,
    ),
    "metafor's effects": ("study,yi,vi\nA,3.1,0.771\nB,2.1,0.803\n", [(3.1, 0.771), (2.1, 0.803)]),
    "metafor's standard errors": ("yi,sei\n3.1,0.5\n2.1,0.25\n", [(3.1, 0.25), (2.1, 0.0625)]),
}


@pytest.mark.parametrize(("text", "effects"), READ.values(), ids=READ)
def test_file_of_any_program_is_pooled_as_by_hand(
    capsys: Captured, tmp_path: Path, text: str, effects: Sequence[tuple[float, float]]
) -> None:
    found = pooled(capsys, saved(tmp_path, text), "--measure", "MD")
    assert found["k"] == len(effects)
    assert (found["estimate"], found["se"]) == pytest.approx(common(effects), rel=1e-12)


TABLES = {
    "the book's names": "events_treated,n_treated,events_control,n_control\n6,10,3,11\n1,12,4,12\n",
    "metafor's with totals": "ai,n1i,ci,n2i\n6,10,3,11\n1,12,4,12\n",
    "metafor's with the four cells": "ai,bi,ci,di\n6,4,3,8\n1,11,4,8\n",
}


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES)
def test_events_are_pooled_by_either_form_of_their_table(
    capsys: Captured, tmp_path: Path, text: str
) -> None:
    effects = [
        (log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d)
        for a, b, c, d in ((6, 4, 3, 8), (1, 11, 4, 8))
    ]
    found = pooled(capsys, saved(tmp_path, text), "--measure", "OR")
    assert (log(found["estimate"]), found["se"]) == pytest.approx(common(effects), rel=1e-12)


def test_metafor_has_the_logarithm_of_a_ratio_and_the_book_the_ratio(
    capsys: Captured, tmp_path: Path
) -> None:
    logarithms = pooled(capsys, saved(tmp_path, "yi,vi\n0.4,0.04\n0.7,0.09\n"), "--measure", "OR")
    ratios = saved(tmp_path, f"effect,variance\n{exp(0.4)},0.04\n{exp(0.7)},0.09\n")
    estimate, _ = common([(0.4, 0.04), (0.7, 0.09)])
    assert logarithms["estimate"] == pytest.approx(exp(estimate))
    assert pooled(capsys, ratios, "--measure", "OR")["estimate"] == pytest.approx(exp(estimate))


def test_what_was_taken_as_what_is_said(capsys: Captured, tmp_path: Path) -> None:
    path = saved(tmp_path, "study,Yi,vi\nA,3.1,0.771\nB,2.1,0.803\n")
    assert pooled(capsys, path, "--measure", "MD")["columns"] == {"Yi": "effect", "vi": "variance"}
    _, out, _ = run(capsys, "pool", path, "--measure", "MD")
    assert "columns    Yi as effect, vi as variance" in out.splitlines()
    cells = saved(tmp_path, "ai,bi,ci,di\n6,4,3,8\n")
    assert pooled(capsys, cells, "--measure", "RR")["columns"] == {
        "ai": "events_treated",
        "ai+bi": "n_treated",
        "ci": "events_control",
        "ci+di": "n_control",
    }


def test_rows_that_wait_for_their_numbers_are_left_out_and_named(
    capsys: Captured, tmp_path: Path
) -> None:
    rows = "a,0.46,0.15\nb,,\nc,0.21,0.09\nd,NA,NA\n,,\ne,0.81,0.07\n"
    path = saved(tmp_path, f"study,effect,se\n{rows}")
    found = pooled(capsys, path, "--measure", "MD")
    assert (found["k"], found["left_out"]) == (3, [3, 5])
    assert found["estimate"] == pytest.approx(common(EFFECTS)[0])
    _, out, _ = run(capsys, "pool", path, "--measure", "MD")
    assert out.splitlines()[-1] == "left out   rows without these numbers, in the lines 3, 5"


def test_one_outcome_of_several_is_pooled_by_its_name(capsys: Captured, tmp_path: Path) -> None:
    rows = "bone,0.46,0.15\nskin,9,1\nbone,0.21,0.09\nskin,,\n bone ,0.81,0.07\nbone,,\n"
    path = saved(tmp_path, f"Outcome,effect,se\n{rows}")
    found = pooled(capsys, path, "--measure", "MD", "--outcome", "bone")
    assert (found["k"], found["outcome"], found["left_out"]) == (3, "bone", [7])
    assert found["estimate"] == pytest.approx(common(EFFECTS)[0])
    _, out, _ = run(capsys, "pool", path, "--measure", "MD", "--outcome", "bone")
    assert "outcome    bone" in out.splitlines()


@pytest.mark.parametrize("chapter", sorted(path.parent.name for path in DATA.glob("*/studies.csv")))
def test_every_outcome_of_the_book_is_pooled_from_its_table_or_has_no_numbers(
    capsys: Captured, chapter: str
) -> None:
    known = studies.outcomes(chapter, in_review_only=False)
    for outcome in tables.review(chapter)["outcomes"]:
        path = DATA / chapter / "studies.csv"
        status, out, err = run(capsys, "pool", path, "--outcome", outcome, "--json")
        if outcome in known:
            assert (status, err) == (0, "")
            found = json.loads(out)
            expected = studies.pool(known[outcome])
            assert (found["k"], found["measure"]) == (expected.k, known[outcome].measure)
            assert found["tau2"] == expected.tau2
        else:
            assert (status, out) == (2, "")
            assert f"no row of {outcome!r} has a number in" in err or "no outcome" in err


OTHERS: dict[str, tuple[str, str]] = {
    "Review Manager 5": (
        "Name,Data Type,Events 1,Mean 1,SD 1,Total 1,Events 2,Mean 2,SD 2,Total 2,Variance,SE\n"
        "Okafor 2026,CON,0,11.2,1.9,8,0,8.1,1.6,8,0,0.878\n",
        "of these the file has variance, se; its columns are Name, Data Type, Events 1, Mean 1, "
        "SD 1, Total 1, Events 2, Mean 2, SD 2, Total 2, Variance, SE "
        "(did you mean mean_treated for Mean 1, sd_treated for SD 1, n_treated for Total 1, "
        "mean_control for Mean 2, sd_control for SD 2, n_control for Total 2?)",
    ),
    "Review Manager 5, as R reads it": (
        "Name,Mean.1,SD.1,Total.1,Mean.2,SD.2,Total.2\nOkafor 2026,11.2,1.9,8,8.1,1.6,8\n",
        "(did you mean mean_treated for Mean.1, sd_treated for SD.1, n_treated for Total.1, "
        "mean_control for Mean.2, sd_control for SD.2, n_control for Total.2?)",
    ),
    "RevMan Web": (
        "Study,Experimental mean,Experimental SD,Experimental N,Control mean,Control SD,Control N,"
        "Mean\nOkafor 2026,11.2,1.9,8,8.1,1.6,8,3.1\n",
        "the file has none; its columns are Study, Experimental mean, Experimental SD, "
        "Experimental N, Control mean, Control SD, Control N, Mean (did you mean mean_treated for "
        "Experimental mean, sd_treated for Experimental SD, n_treated for Experimental N, "
        "mean_control for Control mean, sd_control for Control SD, n_control for Control N?)",
    ),
    "Metapsy": (
        "study,mean_arm1,sd_arm1,n_arm1,mean_arm2,sd_arm2,n_arm2,mean_change_arm1\n"
        "Okafor 2026,11.2,1.9,8,8.1,1.6,8,NA\n",
        "(did you mean mean_treated for mean_arm1, sd_treated for sd_arm1, n_treated for n_arm1, "
        "mean_control for mean_arm2, sd_control for sd_arm2, n_control for n_arm2?)",
    ),
}


@pytest.mark.parametrize(("text", "reason"), OTHERS.values(), ids=OTHERS)
def test_file_of_another_program_is_refused_with_the_names_that_it_needs(
    capsys: Captured, tmp_path: Path, text: str, reason: str
) -> None:
    status, out, err = run(capsys, "pool", saved(tmp_path, text), "--measure", "MD")
    assert (status, out) == (2, "")
    assert reason in err
    assert err.count("\n") == 1


def test_no_refusal_lists_columns_without_end(capsys: Captured, tmp_path: Path) -> None:
    names = ",".join(f"column {place}" for place in range(500))
    _, _, err = run(capsys, "pool", saved(tmp_path, f"{names}\n{',' * 499}x\n"), "--measure", "MD")
    assert "column 19 and 480 more" in err
    assert "column 20" not in err


TEXT = "effect,se\n0.46,0.15\n0.21,0.09\n0.81,0.07\n"


def command(*arguments: object, given: str = "", **variables: str) -> tuple[int, str, str]:
    """Exit status, output and errors of a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "analysis", *map(str, arguments)],
        cwd=ROOT,
        input=given,
        env={**os.environ, **variables},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_standard_input_links_and_pipes_are_read(capsys: Captured, tmp_path: Path) -> None:
    path = saved(tmp_path, TEXT)
    expected = run(capsys, "pool", path, "--measure", "MD")
    assert expected[0] == 0
    link = tmp_path / "link.csv"
    link.symlink_to(path)
    assert run(capsys, "pool", link, "--measure", "MD") == expected
    assert command("pool", "-", "--measure", "MD", given=TEXT) == expected
    read, write = os.pipe()
    os.write(write, TEXT.encode())
    os.close(write)
    assert run(capsys, "pool", f"/dev/fd/{read}", "--measure", "MD") == expected
    os.close(read)
    assert command("pool", "-", "--measure", "MD") == (
        2,
        "",
        "pool: standard input: is empty; a header line is needed\n",
    )


def summary(capsys: Captured, folder: Path, rows: str, measure: str = "MD") -> Mapping[str, str]:
    _, out, _ = run(capsys, "pool", saved(folder, f"effect,se\n{rows}"), "--measure", measure)
    return {line[:11].strip(): line[11:] for line in out.splitlines()}


def test_digits_follow_the_scale(capsys: Captured, tmp_path: Path) -> None:
    """The same data in three units; the values are of a restricted likelihood maximized by SciPy.

    It gives 2.1844998 (0.9463548 to 3.4226448), tau² 1.0340848, prediction -2.9663933 to 7.3353929.
    """
    small, whole, large = (
        summary(capsys, tmp_path, "".join(f"{y}{unit},{se}{unit}\n" for y, se in rows))
        for rows in [((2.1, 0.4), (3.4, 0.5), (1.2, 0.3))]
        for unit in ("e-6", "", "e6")
    )
    assert [each["estimate"] for each in (small, whole, large)] == [
        "0.000002184 (95% CI 0.000000946 to 0.000003423), p = 0.000544",
        "2.184 (95% CI 0.946 to 3.423), p = 0.000544",
        "2184500 (95% CI 946355 to 3422645), p = 0.000544",
    ]
    assert [each["prediction"] for each in (small, whole, large)] == [
        "-0.000002966 to 0.000007335",
        "-2.966 to 7.335",
        "-2966393 to 7335393",
    ]
    assert small["tau2"].startswith("1.034e-12 (95% CI 1.58e-13 to ")
    assert whole["tau2"].startswith("1.034 (95% CI 0.158 to ")


def test_digits_follow_the_interval_of_an_estimate_far_from_zero(
    capsys: Captured, tmp_path: Path
) -> None:
    found = summary(capsys, tmp_path, "1000.00001,0.000002\n")
    assert found["estimate"].startswith("1000.000010000 (95% CI 1000.000006080 to 1000.000013920)")


def test_no_p_value_is_zero_and_no_zero_has_a_sign(capsys: Captured, tmp_path: Path) -> None:
    found = summary(capsys, tmp_path, "9,0.01\n-9,0.01\n")
    assert found["estimate"] == "0.00 (95% CI -17.64 to 17.64), p = 1"
    assert found["I2"].endswith("on 1 df, p < 1e-10")
    found = summary(capsys, tmp_path, "9,0.01\n9,0.01\n")
    assert found["estimate"] == "9.00000 (95% CI 8.98614 to 9.01386), p < 1e-10"


def test_a_ratio_far_below_one_keeps_its_digits(capsys: Captured, tmp_path: Path) -> None:
    low, high = (1.2 * exp(sign * 4 * 1.959963984540054) for sign in (-1, 1))
    found = summary(capsys, tmp_path, "1.2,4\n", "OR")
    assert f"1.2000000 (95% CI {low:.7f} to {high:.7f})" in found["estimate"]


def test_help_names_every_column(capsys: Captured) -> None:
    status, out, _ = run(capsys, "pool", "--help")
    assert status == 0
    assert {*studies.KNOWN, "outcome"} <= set(out.replace(",", " ").split())
    assert max(map(len, out.splitlines())) <= 100


def written(encoding: str, monkeypatch: pytest.MonkeyPatch, *arguments: object) -> str:
    """What a command writes where standard output has an encoding."""
    raw = BytesIO()
    stream = TextIOWrapper(raw, encoding=encoding, newline="\n")
    with monkeypatch.context() as context:
        context.setattr(sys, "stdout", stream)
        assert command_line.main([str(each) for each in arguments]) == 0
    stream.flush()
    return raw.getvalue().decode(encoding)


COMMANDS = [["audit"], ["audit", "--json"], ["diff"], ["check"]]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize("arguments", COMMANDS, ids=map(" ".join, COMMANDS))
def test_every_command_ends_well_where_output_is_not_utf_8(
    monkeypatch: pytest.MonkeyPatch, encoding: str, arguments: Sequence[str]
) -> None:
    out = written(encoding, monkeypatch, *arguments)
    expected = written("utf-8", monkeypatch, *arguments)
    if "--json" in arguments:
        assert json.loads(out) == json.loads(expected)
    else:
        assert out == expected.encode(encoding, "backslashreplace").decode(encoding)
    if arguments == ["audit"]:
        assert out != expected


def test_outcome_in_any_script_is_written_where_output_is_ascii(tmp_path: Path) -> None:
    path = saved(tmp_path, "outcome,effect,se\nhöhe β,0.46,0.15\n")
    status, out, err = command("pool", path, "--measure", "MD", PYTHONIOENCODING="ascii")
    assert (status, err) == (0, "")
    assert out.splitlines()[-1] == r"outcome    h\xf6he \u03b2"


# By line: events in one arm alone, in none, in both, and nothing else in both.
TRIALS = """events_treated,n_treated,events_control,n_control
0,10,5,10
0,10,0,10
4,12,8,12
7,7,9,9
"""


@pytest.mark.parametrize(
    ("measure", "whole", "dropped"),
    [
        # metafor 3.8.1: rma() with method "EE" of escalc(), and of escalc(drop00 = TRUE).
        ("OR", 0.241973188, 0.169675630),
        ("RR", 0.932835915, 0.425720406),
    ],
)
def test_trials_without_events_are_counted_and_said_or_left_out(
    capsys: Captured, tmp_path: Path, measure: str, whole: float, dropped: float
) -> None:
    path = saved(tmp_path, TRIALS)
    for arguments, estimate, k in (([], whole, 4), (["--drop00"], dropped, 2)):
        found = pooled(capsys, path, "--measure", measure, *arguments)
        assert found["estimate"] == pytest.approx(estimate, rel=1e-6)
        assert (found["k"], len(found["weights"]), found["double_zeros"]) == (k, k, [3, 5])
    status, out, _ = run(capsys, "pool", path, "--measure", measure)
    assert status == 0
    assert out.splitlines()[-1] == (
        "trials     2 with events in no arm, or nothing else in both "
        "(counted with half an event; --drop00 leaves it out), in the lines 3, 5"
    )
    _, out, _ = run(capsys, "pool", path, "--measure", measure, "--drop00")
    assert "(left out), in the lines 3, 5" in out


def test_every_trial_without_events_leaves_none_to_pool(capsys: Captured, tmp_path: Path) -> None:
    path = saved(tmp_path, "events_treated,n_treated,events_control,n_control\n0,10,0,10\n")
    status, _, err = run(capsys, "pool", path, "--measure", "OR", "--drop00")
    assert (status, err) == (
        2,
        f"pool: {path}: every trial has events in no arm, or nothing else in both\n",
    )


def test_measures_without_events_have_no_trials_without_events(
    capsys: Captured, tmp_path: Path
) -> None:
    path = saved(tmp_path, "effect,se\n0.4,0.2\n0.7,0.3\n")
    assert "double_zeros" not in pooled(capsys, path, "--measure", "GEN")
    assert pooled(capsys, path, "--measure", "OR", "--drop00")["double_zeros"] == []
