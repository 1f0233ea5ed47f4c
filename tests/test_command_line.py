"""The command line: what it prints, its exit statuses, and one-line reasons for what it refuses."""

import json
import subprocess
import sys
from collections.abc import Sequence
from math import exp, log, sqrt
from pathlib import Path
from typing import Any

import pytest

from analysis import ledger, study_files
from analysis.faults import Fault
from analysis.folders import DATA, ROOT
from analysis.statistics import heterogeneity, pooling
from tests.commands import Captured, run
from tests.frozen import LIVE

STUDIES = DATA / "spinal-cord-injury" / "studies.csv"
KEYS = [
    *("k", "estimate", "se", "ci_low", "ci_high", "statistic", "p", "tau2", "tau2_ci_low"),
    *("tau2_ci_high", "i2", "h2", "q", "q_df", "q_p", "pi_low", "pi_high", "weights"),
]
CONTEXT = ["method", "test", "level"]
READ = ["measure", "outcome", "columns", "left_out"]


def saved(folder: Path, text: str) -> Path:
    path = folder / "input.csv"
    path.write_text(text, encoding="utf-8")
    return path


def pooled(capsys: Captured, path: Path, *arguments: str) -> dict[str, Any]:
    status, out, err = run(capsys, "pool", path, *arguments, "--json")
    assert (status, err) == (0, "")
    parsed: dict[str, Any] = json.loads(out, parse_constant=pytest.fail)
    return parsed


def test_check_accepts_the_data_of_the_book_as_they_stand() -> None:
    command = [sys.executable, "-m", "analysis", "check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert (done.stdout, done.stderr) == (f"{LIVE}: no faults\n", "")


def test_check_prints_each_fault_on_a_line_of_its_own(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    faults = [Fault("data/a/studies.csv", 3, "n_treated", "must be x"), Fault("b", 0, "", "is y")]
    seen: list[Path] = []

    def check(data: Path) -> list[Fault]:
        seen.append(data)
        return faults

    monkeypatch.setattr(ledger, "check", check)
    status, out, err = run(capsys, "check", tmp_path / "." / "data" / "..")
    assert (status, err) == (1, "")
    assert out == "data/a/studies.csv:3: n_treated: must be x\nb: is y\n"
    assert seen == [tmp_path]


def test_check_of_no_folder_is_a_fault(capsys: Captured, tmp_path: Path) -> None:
    assert run(capsys, "check", tmp_path / "x") == (1, f"{tmp_path / 'x'}: is not a folder\n", "")


ARMS = """study,n_treated,mean_treated,sd_treated,n_control,mean_control,sd_control
a,10,3,2,10,1,2
b,20,5,3,20,3,3
c,15,4,2,15,0,2
"""


def test_arms_are_pooled_as_by_hand(capsys: Captured, tmp_path: Path) -> None:
    found = pooled(capsys, saved(tmp_path, ARMS), "--measure", "MD", "--method", "EE")
    weights = [10 / 8, 20 / 18, 15 / 8]
    effects = [2, 2, 4]
    estimate = sum(w * y for w, y in zip(weights, effects, strict=True)) / sum(weights)
    assert found["estimate"] == pytest.approx(estimate, rel=1e-12)
    assert found["se"] == pytest.approx(1 / sqrt(sum(weights)), rel=1e-12)
    assert found["ci_high"] == pytest.approx(estimate + 1.959963984540054 * found["se"])
    assert found["weights"] == pytest.approx([100 * w / sum(weights) for w in weights])
    assert (found["k"], found["q_df"], found["tau2"]) == (3, 2, 0)


@pytest.mark.parametrize("method", heterogeneity.METHODS)
@pytest.mark.parametrize("measure", ["MD", "SMD", "ROM"])
def test_every_method_pools_arms_as_the_package_does(
    capsys: Captured, tmp_path: Path, measure: str, method: str
) -> None:
    path = saved(tmp_path, ARMS.replace(",15,0,2", ",15,1,2"))
    found = pooled(capsys, path, "--measure", measure, "--method", method, "--test", "knha")
    effects = study_files.read(path, measure).effects
    expected = pooling.pool(effects.yi, effects.vi, method=method, test="knha")
    assert found["tau2"] == expected.tau2
    assert found["statistic"] == expected.statistic
    assert found["q_p"] == expected.q_p
    scale = exp if measure == "ROM" else float
    assert found["ci_low"] == pytest.approx(scale(expected.ci_low), rel=1e-12)


def test_published_figure_is_pooled_from_its_rows(capsys: Captured, tmp_path: Path) -> None:
    header, *rows = STUDIES.read_text(encoding="utf-8").splitlines()
    published = [row for row in rows if ",yes," in row]
    path = saved(tmp_path, "\n".join([header, *published]) + "\n")
    status, out, _ = run(
        capsys, "pool", path, "--measure", "MD", "--i2-from", "q", "--outcome", "bbb-last"
    )
    assert status == 0
    assert out.splitlines()[0] == "MD, REML, test z, k = 21"
    assert "estimate   1.7150 (95% CI 1.4286 to 2.0014)" in out
    assert "tau2       0.3285" in out
    assert "I2         79.7%" in out


SAME_EFFECTS = {
    "se": "effect,se\n1,0.5\n2,0.25\n",
    "variance": "effect,variance\n1,0.25\n2,0.0625\n",
    "interval": "effect,ci_low,ci_high\n"
    f"1,{1 - 0.5 * 1.959963984540054},{1 + 0.5 * 1.959963984540054}\n"
    f"2,{2 - 0.25 * 1.959963984540054},{2 + 0.25 * 1.959963984540054}\n",
    "columns in another order, and others": "note,se,effect\nx,0.5,1\ny,0.25,2\n",
    "byte-order mark, CRLF and quotes": '\ufeffeffect,"se"\r\n"1",0.5\r\n2,"0.25"\r\n',
    "spaces and exponents": "effect,se\n 1 ,5e-1\n2.,.25\n",
}


@pytest.mark.parametrize("text", SAME_EFFECTS.values(), ids=SAME_EFFECTS)
def test_effects_are_pooled_whatever_their_precision_is_given_as(
    capsys: Captured, tmp_path: Path, text: str
) -> None:
    found = pooled(capsys, saved(tmp_path, text), "--measure", "GEN", "--method", "EE")
    assert found["estimate"] == pytest.approx((1 * 4 + 2 * 16) / 20, rel=1e-12)
    assert found["se"] == pytest.approx(sqrt(1 / 20), rel=1e-12)
    assert found["q"] == pytest.approx(4 * 0.8**2 + 16 * 0.2**2)


@pytest.mark.parametrize("measure", ["OR", "RR", "HR", "ROM"])
def test_ratios_come_and_go_on_the_natural_scale(
    capsys: Captured, tmp_path: Path, measure: str
) -> None:
    path = saved(tmp_path, "effect,se\n2,0.3\n8,0.3\n4,0.3\n")
    found = pooled(capsys, path, "--measure", measure, "--method", "EE")
    assert found["estimate"] == pytest.approx(4)
    half = 1.959963984540054 * 0.3 / sqrt(3)
    assert (found["ci_low"], found["ci_high"]) == pytest.approx((4 * exp(-half), 4 * exp(half)))
    assert found["se"] == pytest.approx(0.3 / sqrt(3))
    assert found["statistic"] == pytest.approx(log(4) / found["se"])


def test_prediction_interval_of_a_ratio_is_on_the_natural_scale(
    capsys: Captured, tmp_path: Path
) -> None:
    path = saved(tmp_path, "effect,se\n1,0.1\n4,0.1\n16,0.1\n")
    found = pooled(capsys, path, "--measure", "OR", "--prediction", "z")
    half = 1.959963984540054 * sqrt(found["tau2"] + found["se"] ** 2)
    assert found["pi_high"] == pytest.approx(4 * exp(half))
    assert found["pi_low"] == pytest.approx(4 * exp(-half))


@pytest.mark.parametrize(
    ("measure", "estimate"), [("OR", (6 / 4) / (3 / 7)), ("RR", 2), ("RD", 0.3)]
)
def test_events_are_pooled(capsys: Captured, tmp_path: Path, measure: str, estimate: float) -> None:
    header = "events_treated,n_treated,events_control,n_control\n"
    found = pooled(capsys, saved(tmp_path, header + "6,10,3,10\n" * 2), "--measure", measure)
    assert found["estimate"] == pytest.approx(estimate)
    assert found["k"] == 2


def test_json_has_just_the_promised_names(capsys: Captured, tmp_path: Path) -> None:
    found = pooled(capsys, saved(tmp_path, ARMS), "--measure", "SMD")
    assert list(found) == KEYS + CONTEXT + READ
    assert [found[name] for name in CONTEXT] == ["REML", "z", 0.95]
    assert [found[name] for name in READ] == ["SMD", "", {}, []]
    assert isinstance(found["k"], int)
    assert len(found["weights"]) == found["k"]
    assert all(isinstance(weight, float) for weight in found["weights"])


@pytest.mark.parametrize(
    ("rows", "arguments", "undefined"),
    [
        ("1,0.5\n", [], {"tau2_ci_low", "tau2_ci_high", "pi_low", "pi_high", "q_p", "h2", "i2"}),
        ("1,0.5\n", ["--test", "knha"], {"se", "ci_low", "ci_high", "statistic", "p"}),
        ("1,0.5\n2,0.5\n", [], {"pi_low", "pi_high"}),
        ("1,0.5\n2,0.5\n3,0.5\n", ["--method", "EE"], {"pi_low", "tau2_ci_low"}),
        ("1,0.5\n2,0.5\n3,0.5\n", [], set()),
    ],
)
def test_what_is_undefined_is_null_and_is_said(
    capsys: Captured,
    tmp_path: Path,
    rows: str,
    arguments: Sequence[str],
    undefined: set[str],
) -> None:
    path = saved(tmp_path, f"effect,se\n{rows}")
    found = pooled(capsys, path, "--measure", "GEN", *arguments)
    null = {name for name, value in found.items() if value is None}
    assert undefined <= null
    assert null or not undefined
    status, out, err = run(capsys, "pool", path, "--measure", "GEN", *arguments)
    assert (status, err) == (0, "")
    assert "nan" not in out
    assert "None" not in out
    assert ("not defined" in out) is bool(null)


def test_limit_beyond_all_numbers_is_null(capsys: Captured, tmp_path: Path) -> None:
    path = saved(tmp_path, "effect,se\n1e300,40\n1e300,40\n1e300,40\n")
    found = pooled(capsys, path, "--measure", "OR")
    assert found["ci_high"] is found["pi_high"] is None
    assert found["estimate"] == pytest.approx(1e300)


def test_level_of_the_interval_can_be_chosen(capsys: Captured, tmp_path: Path) -> None:
    path = saved(tmp_path, ARMS)
    wide, narrow = (
        pooled(capsys, path, "--measure", "MD", "--level", level) for level in ("0.99", "0.9")
    )
    assert wide["ci_low"] < narrow["ci_low"] < narrow["ci_high"] < wide["ci_high"]
    assert "(90% CI" in run(capsys, "pool", path, "--measure", "MD", "--level", "0.9")[1]


EVENTS = "events_treated,n_treated,events_control,n_control\n"
REFUSED: dict[str, tuple[str | bytes, str, Sequence[str], str]] = {
    "unknown columns": (
        "effekt,se\n1,1\n",
        "MD",
        [],
        "MD needs the columns n_treated mean_treated sd_treated n_control mean_control sd_control, "
        "or effect with se, variance, or ci_low and ci_high; of these the file has se",
    ),
    "none of the columns": ("a,b\n1,1\n", "HR", [], "the file has none"),
    "means for a measure of events": (ARMS, "OR", [], "OR needs the columns events_treated"),
    "text in a number": (
        "effect,se\n1,1\nhigh,1\n",
        "MD",
        [],
        ":3: effect: must be a number, got 'high'",
    ),
    "empty cell": ("effect,se\n1,1\n1,\n", "MD", [], ":3: se: must be a number, got ''"),
    "decimal comma": ('effect,se\n"1,5",1\n', "MD", [], ":2: effect: must be a number, got '1,5'"),
    "underscore": ("effect,se\n1_0,1\n", "MD", [], ":2: effect: must be a number, got '1_0'"),
    "full-width digits": ("effect,se\n１,1\n", "MD", [], ":2: effect: must be a number, got '１'"),
    "not a number": ("effect,se\nnan,1\n", "MD", [], ":2: effect: must be a number, got 'nan'"),
    "infinite": ("effect,se\n1,inf\n", "MD", [], ":2: se: must be a number, got 'inf'"),
    "overflow": ("effect,se\n1e999,1\n", "MD", [], ":2: effect must be finite, got inf"),
    "variance of 0": (
        "effect,variance\n1,1\n1,0\n",
        "MD",
        [],
        ":3: variance must be greater than 0, got 0",
    ),
    "negative variance": (
        "effect,variance\n1,-1\n",
        "MD",
        [],
        ":2: variance must be greater than 0, got -1",
    ),
    "negative standard error": (
        "effect,se\n1,1\n1,-1\n",
        "MD",
        [],
        ":3: se must be greater than 0, got -1",
    ),
    "swapped limits": (
        "effect,ci_low,ci_high\n1,2,0\n",
        "MD",
        [],
        ":2: effect must lie inside its interval",
    ),
    "estimate outside its interval": (
        "effect,ci_low,ci_high\n1,0,2\n5,0,2\n",
        "MD",
        [],
        ":3: effect must lie inside its interval",
    ),
    "ratio that is not positive": (
        "effect,se\n-1,1\n",
        "OR",
        [],
        ":2: effect must be greater than 0, got -1",
    ),
    "one animal": (
        ARMS.replace("c,15", "c,1"),
        "MD",
        [],
        ":4: n_treated must be at least 2, got 1",
    ),
    "SD of 0": (
        ARMS.replace("b,20,5,3", "b,20,5,0"),
        "SMD",
        [],
        ":3: sd_treated must be greater than 0, got 0",
    ),
    "more events than animals": (
        f"{EVENTS}5,10,11,10\n",
        "RR",
        [],
        ":2: n_control - events_control must be at least 0, got -1",
    ),
    "numbers beyond computing": (
        "effect,variance\n1e308,1e-308\n-1e308,1e-308\n",
        "MD",
        [],
        "the numbers are too large or too small to be pooled",
    ),
    **{
        f"numbers beyond computing: 1e{size}": (
            f"effect,se\n1e{size},1e{size}\n2e{size},1e{size}\n4e{size},1e{size}\n",
            "GEN",
            [],
            "the numbers are too large or too small to be pooled",
        )
        for size in (-154, -78, -60, -31, 31, 78)
    },
    "level of 2": (ARMS, "MD", ["--level", "2"], "level must lie between 0 and 1, got 2.0"),
    "level that is no number": (ARMS, "MD", ["--level", "nan"], "level must lie between 0 and 1"),
    "empty file": ("", "MD", [], ": is empty; a header line is needed"),
    "only a header": ("effect,se\n", "MD", [], ": has a header and no row"),
    "ragged rows": (
        "effect,se\n1\n1,2,3\n",
        "MD",
        [],
        ":2: must have 2 cells as the header has, got 1 (and 1 more)",
    ),
    "semicolons": (
        "effect;se\n1;2\n",
        "MD",
        [],
        ":1: must be separated by commas, is separated by semicolons",
    ),
    "semicolons between quoted cells, with decimal commas": (
        '"effect";"se"\n1,5;0,2\n',
        "MD",
        [],
        ":1: must be separated by commas, is separated by semicolons",
    ),
    "tabs between quoted cells": (
        '"effect"\t"se"\n"1,5"\t"0,2"\n',
        "MD",
        [],
        ":1: must be separated by commas, is separated by tabs",
    ),
    "decimal commas": (
        'study,effect,se\na,"1,5","0,2"\nb,2,"0,3"\n',
        "MD",
        [],
        ":2: effect: must be a number, got '1,5'; decimals need a point (and 2 like it)",
    ),
    "near name": (
        "study,effekt,se\na,1,1\n",
        "MD",
        [],
        "input.csv: MD needs the columns n_treated mean_treated sd_treated n_control mean_control "
        "sd_control, or effect with se, variance, or ci_low and ci_high; of these the file has se; "
        "its columns are study, effekt, se (did you mean effect for effekt?)",
    ),
    "needed column that stands twice in another case": (
        "effect,Effect,se\n1,2,1\n",
        "MD",
        [],
        ":1: effect: stands twice in the header",
    ),
    "arms that are begun": (
        ARMS.replace("b,20,5,3", "b,20,,3"),
        "MD",
        [],
        ":3: mean_treated: must be a number, got ''",
    ),
    "no row with numbers": (
        "study,effect,se\na,,\nb,NA,NA\n",
        "MD",
        [],
        "input.csv: no row has a number in effect, se",
    ),
    "outcomes": (
        "outcome,effect,se\nbone,1,1\nskin,1,1\n",
        "MD",
        [],
        "input.csv: the column outcome has 'bone', 'skin'; choose one with --outcome",
    ),
    "rows with and without an outcome": (
        "outcome,effect,se\nbone,1,1\n,1,1\n",
        "MD",
        [],
        "input.csv: the column outcome has 'bone', ''; choose one with --outcome",
    ),
    "unknown outcome": (
        "outcome,effect,se\nbone,1,1\nskin,1,1\n",
        "MD",
        ["--outcome", "bones"],
        "input.csv: no outcome 'bones' (did you mean bone?)",
    ),
    "outcome of a file without any": (
        "effect,se\n1,1\n",
        "MD",
        ["--outcome", "bone"],
        "input.csv: has no column outcome",
    ),
    "outcome without numbers": (
        "outcome,effect,se\nbone,1,1\nskin,,\n",
        "MD",
        ["--outcome", "skin"],
        "input.csv: no row of 'skin' has a number in effect, se",
    ),
    "column that stands twice": ("effect,effect\n1,2\n", "MD", [], ":1: effect: stands twice"),
    "open quote": ('effect,se\n"1,2\n', "MD", [], ":2: is not well-formed CSV"),
    "not UTF-8": (b"effect,se\n\xff,2\n", "MD", [], ":2: must be UTF-8, has the byte 0xff"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00", "MD", [], ":1: must be UTF-8, has the byte 0x89"),
}


@pytest.mark.parametrize(
    ("content", "measure", "arguments", "reason"), REFUSED.values(), ids=REFUSED
)
def test_bad_input_is_refused_with_one_line(
    capsys: Captured,
    tmp_path: Path,
    content: str | bytes,
    measure: str,
    arguments: Sequence[str],
    reason: str,
) -> None:
    path = tmp_path / "input.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    status, out, err = run(capsys, "pool", path, "--measure", measure, *arguments)
    assert (status, out) == (2, "")
    assert err.startswith("pool: ")
    assert reason in err
    assert err.index("\n") == len(err) - 1
    assert len(err) < 400


def test_missing_file_and_folder_are_refused(capsys: Captured, tmp_path: Path) -> None:
    missing = tmp_path / "nowhere.csv"
    assert run(capsys, "pool", missing, "--measure", "MD") == (
        2,
        "",
        f"pool: {missing}: cannot be read: No such file or directory\n",
    )
    assert run(capsys, "pool", tmp_path, "--measure", "MD") == (
        2,
        "",
        f"pool: {tmp_path}: cannot be read: Is a directory\n",
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pool", STUDIES], "the following arguments are required: --measure"),
        (
            ["pool", STUDIES, "--outcome", "bbb-lst"],
            "no outcome 'bbb-lst' (did you mean bbb-last?)",
        ),
        (["pool", STUDIES, "--measure", "WMD"], "invalid choice: 'WMD'"),
        (["pool", STUDIES, "--measure", "MD", "--method", "XX"], "invalid choice: 'XX'"),
        (["pool", STUDIES, "--measure", "MD", "--test", "t"], "invalid choice: 't'"),
        (["pool", STUDIES, "--measure", "MD", "--level", "high"], "invalid float value: 'high'"),
        (["poool"], "invalid choice: 'poool'"),
        ([], "required"),
    ],
)
def test_wrong_arguments_are_explained(
    capsys: Captured, arguments: Sequence[object], said: str
) -> None:
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert said in err


def test_module_runs_as_a_command(tmp_path: Path) -> None:
    path = saved(tmp_path, "effect,variance\n1,1\n1,0\n")
    done = subprocess.run(
        [sys.executable, "-m", "analysis", "pool", path, "--measure", "MD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"pool: {path}:3: variance must be greater than 0, got 0\n"
