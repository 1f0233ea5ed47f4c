"""A standard error in the place of a standard deviation is said, and not refused."""

import re
from pathlib import Path

import pytest

from analysis import living, validation
from analysis.__main__ import main
from analysis.folders import DATA
from analysis.suspicions import lost_zeros, of_studies, suspicions
from book.copies import Row, copy_chapter, edit
from tests import frozen
from tests.edits import cases

CHAPTER = "spinal-cord-injury"


def with_study(tmp_path: Path, sd: str) -> Path:
    """The data with an added study whose treated arm has a given standard deviation, n = 24."""
    data = copy_chapter(CHAPTER, tmp_path / "data")

    def add(rows: list[Row]) -> None:
        like = next(
            row for row in rows if row["study"] == "Chang 2021" and row["outcome"] == "bbb-last"
        )
        new = {
            **{"study": "Newcomer 2026", "year": "2026", "mean_control": "1.30"},
            **{"in_review": "no", "restored": "", "confirmed_by": ""},
        }
        rows.append(like | new | {"sd_treated": sd})

    edit(data / CHAPTER / "studies.csv", add)
    return data


def test_a_standard_error_is_named_with_its_place_and_the_check_passes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = with_study(tmp_path, "0.2")  # 0.98, the SD of the study, over the root of 24
    [found] = suspicions(data)
    assert (found.line, found.column) == (44, "sd_treated")
    assert "may be a standard error: 0.2 is far below" in found.message
    assert main(["check", str(data)]) == 0
    assert "warning: data/spinal-cord-injury/studies.csv:44: sd_treated:" in capsys.readouterr().out


@pytest.mark.parametrize("sd", ["0.98", "0.6", "1.4"])
def test_a_usual_standard_deviation_is_not(tmp_path: Path, sd: str) -> None:
    assert list(of_studies(CHAPTER, with_study(tmp_path, sd))) == []


def test_rows_of_the_published_reviews_are_never_to_be_edited_and_not_named() -> None:
    assert suspicions(DATA) == []


def test_a_standard_deviation_that_the_scale_does_not_allow_is_named(tmp_path: Path) -> None:
    """Eight scores from 0 to 21 with a mean of 20.9: one of 20.2 and seven of 21 are farthest."""

    def alter(rows: list[Row]) -> None:
        rows[0] |= {"n_treated": "8", "mean_treated": "20.90", "sd_treated": "0.29"}
        rows[1] |= {"n_treated": "8", "mean_treated": "20.90", "sd_treated": "0.31"}

    data = copy_chapter(CHAPTER, tmp_path / "data")
    edit(data / CHAPTER / "studies.csv", alter)
    [found] = of_studies(CHAPTER, data)
    assert (found.line, found.column) == (3, "sd_treated")
    assert "on a scale from 0 to 21 allows 0.297 at most, got 0.31" in found.message


def suspected(tmp_path: Path, **cells: str) -> list[tuple[str, str]]:
    """Column and message of what is suspected of an added study, as the last row of the table."""
    data = copy_chapter(CHAPTER, tmp_path / "data")

    def add(rows: list[Row]) -> None:
        like = next(
            row for row in rows if row["study"] == "Chang 2021" and row["outcome"] == "bbb-last"
        )
        plain = {
            "study": "Newcomer 2025",
            "year": "2025",
            "in_review": "no",
            "restored": "",
            "confirmed_by": "",
            **{"n_treated": "8", "mean_treated": "2.90", "sd_treated": "0.81"},
            **{"n_control": "8", "mean_control": "1.30", "sd_control": "0.62"},
        }
        names = {name: "" for name in cells if name not in like}
        rows[:] = [row | names for row in rows]
        rows.append(like | names | plain | cells)

    edit(data / CHAPTER / "studies.csv", add)
    assert validation.check(data) == []
    return [(each.column, each.message) for each in of_studies(CHAPTER, data)]


ROW: dict[str, tuple[dict[str, str], str, str]] = {
    "arms swapped": (
        {"mean_treated": "0.50", "mean_control": "3.60"},
        "mean_treated",
        "may have its arms swapped: its effect, in MD, is -3.1",
    ),
    "an effect far from the others": (
        {"mean_treated": "19.50"},
        "mean_treated",
        "is far from the others: its effect, in MD, is 18.2",
    ),
    "200 animals in both arms": (
        {"n_treated": "200", "n_control": "200"},
        "n_treated",
        "is far above the others, up to 25, and the same in both arms: 200",
    ),
    "a scale from 0 to 2": (
        {
            **{"mean_treated": "0.15", "sd_treated": "0.03"},
            **{"mean_control": "0.06", "sd_control": "0.03"},
        },
        "mean_treated",
        "may be on another scale: means and SDs are",
    ),
    "standard errors in both arms": (
        {"sd_treated": "0.29", "sd_control": "0.22"},
        "sd_treated, sd_control",
        "may be standard errors: together, 0.25",
    ),
    "the numbers of another study": (
        {
            **{"n_treated": "24", "mean_treated": "1.51", "sd_treated": "0.60"},
            **{"n_control": "24", "mean_control": "0.53", "sd_control": "0.44"},
        },
        "n_treated, mean_treated, sd_treated, n_control, mean_control, sd_control",
        "has the same numbers as Chang 2021",
    ),
    "the controls of another study": (
        {"n_control": "24", "mean_control": "0.53", "sd_control": "0.44"},
        "n_control, mean_control, sd_control",
        "has the same controls as Chang 2021",
    ),
    "a label of another year": (
        {"study": "Newcomer 2024"},
        "year",
        "is not that of its label, 2024, got 2025",
    ),
    "a reference of another year": (
        {"reference": "basso1995"},
        "year",
        "is not that of its reference, 1995, got 2025",
    ),
    "added before the last search": (
        {"added": "2024-01-31"},
        "added",
        "is before the day of the search, 2024-02-29, got 2024-01-31",
    ),
    "added before the chapter": (
        {"added": "2025-05-31"},
        "added",
        "is before the day of the chapter, 2026-11-20, got 2025-05-31",
    ),
    "an effect off the middle of its interval": (
        {"effect": "1.60", "ci_low": "1.40", "ci_high": "2.60"},
        "effect",
        "is not in the middle of its interval 1.40 to 2.60, got 1.60",
    ),
}


@cases(ROW)
def test_an_unlikely_added_row_is_named(
    tmp_path: Path, case: tuple[dict[str, str], str, str]
) -> None:
    cells, column, beginning = case
    found = [each for each in suspected(tmp_path, **cells) if each[0] == column]
    assert len(found) == 1
    assert found[0][1].startswith(beginning)


def test_an_unlikely_row_says_what_the_estimate_would_be_without_it(tmp_path: Path) -> None:
    [(_, message)] = suspected(tmp_path, mean_treated="0.50", mean_control="3.60")
    data = tmp_path / "data"
    now = living.estimates(data)[f"{CHAPTER}.bbb-last.living"].pooled.estimate
    before = living.estimates(DATA)[f"{CHAPTER}.bbb-last.living"].pooled.estimate
    assert message.endswith(
        f"without the row the estimate, in MD, would be {before:.3g} and not {now:.3g}"
    )


def test_a_likely_added_row_is_not_named(tmp_path: Path) -> None:
    assert suspected(tmp_path) == []


def test_a_row_that_no_estimate_takes_is_named(tmp_path: Path) -> None:
    data = copy_chapter(CHAPTER, tmp_path / "data")
    review = data / CHAPTER / "review.yml"
    entry = f"  - id: {CHAPTER}.bbb-last.living\n    outcome: bbb-last\n"
    text = review.read_text(encoding="utf-8")
    assert entry in text
    review.write_text(text.replace(entry, ""), encoding="utf-8")
    edit(data / CHAPTER / "studies.csv", lambda rows: rows[-1].update(in_review="no"))
    assert "is in no living estimate of review.yml: bbb-last" in {
        each.message for each in of_studies(CHAPTER, data)
    }


def strip_zeros(rows: list[Row]) -> None:
    """What a spreadsheet does to numbers with zeros at their ends."""
    for row in rows:
        for name, cell in row.items():
            if re.fullmatch(r"-?[0-9]+\.[0-9]+", cell):
                row[name] = cell.rstrip("0").rstrip(".")


def test_lost_zeros_of_studies_are_named(tmp_path: Path) -> None:
    data = copy_chapter(CHAPTER, tmp_path / "data")
    edit(data / CHAPTER / "studies.csv", strip_zeros)
    [found] = lost_zeros(data)
    assert found.message.endswith("a spreadsheet may have dropped the zeros")


def test_zeros_lost_since_the_release_are_named_before_what_follows_from_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # 2.00 and 1.20 come back from a spreadsheet as 2 and 1.2, and verdicts with them.
    data = frozen.whole(tmp_path / "data")
    assert lost_zeros(data) == []
    edit(data / CHAPTER / "reported.csv", strip_zeros)
    assert main(["check", str(data)]) == 1
    first, *others = capsys.readouterr().out.splitlines()
    named = f"warning: data/{CHAPTER}/reported.csv:"
    assert first.startswith(named)
    assert "has lost zeros at its end since the last release" in first
    assert others
    assert not any(each.startswith("warning") for each in others)
