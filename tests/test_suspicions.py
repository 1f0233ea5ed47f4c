"""A standard error in the place of a standard deviation is said, and not refused."""

from pathlib import Path

import pytest

from analysis.__main__ import main
from analysis.folders import DATA
from analysis.suspicions import suspicions
from book.copies import Row, copy_chapter, edit

CHAPTER = "spinal-cord-injury"


def with_study(tmp_path: Path, sd: str) -> Path:
    """The data with an added study whose treated arm has a given standard deviation, n = 24."""
    data = copy_chapter(CHAPTER, tmp_path / "data")

    def add(rows: list[Row]) -> None:
        like = next(
            row for row in rows if row["study"] == "Chang 2021" and row["outcome"] == "bbb-last"
        )
        new = {"study": "Newcomer 2026", "in_review": "no", "restored": "", "confirmed_by": ""}
        rows.append(like | new | {"sd_treated": sd})

    edit(data / CHAPTER / "studies.csv", add)
    return data


def test_a_standard_error_is_named_with_its_place_and_the_check_passes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = with_study(tmp_path, "0.2")  # 0.98, the SD of the study, over the root of 24
    [found] = [each for each in suspicions(data) if each.file.endswith("studies.csv")]
    assert (found.line, found.column) == (44, "sd_treated")
    assert "may be a standard error: 0.2 is far below" in found.message
    assert main(["check", str(data)]) == 0
    assert "warning: data/spinal-cord-injury/studies.csv:44: sd_treated:" in capsys.readouterr().out


@pytest.mark.parametrize("sd", ["0.98", "0.6", "1.4"])
def test_a_usual_standard_deviation_is_not(tmp_path: Path, sd: str) -> None:
    assert suspicions(with_study(tmp_path, sd)) == []


def test_rows_of_the_published_reviews_are_never_to_be_edited_and_not_named() -> None:
    assert suspicions(DATA) == []


def test_a_standard_deviation_that_the_scale_does_not_allow_is_named(tmp_path: Path) -> None:
    """Eight scores from 0 to 21 with a mean of 20.9: one of 20.2 and seven of 21 are farthest."""

    def alter(rows: list[Row]) -> None:
        rows[0] |= {"n_treated": "8", "mean_treated": "20.90", "sd_treated": "0.29"}
        rows[1] |= {"n_treated": "8", "mean_treated": "20.90", "sd_treated": "0.31"}

    data = copy_chapter(CHAPTER, tmp_path / "data")
    edit(data / CHAPTER / "studies.csv", alter)
    [found] = [each for each in suspicions(data) if each.file.endswith("studies.csv")]
    assert (found.line, found.column) == (3, "sd_treated")
    assert "on a scale from 0 to 21 allows 0.297 at most, got 0.31" in found.message
