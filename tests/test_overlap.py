"""Overlap of reviews: the covered area by its definition, and how papers are matched."""

import pytest

from analysis.evidence.overlap import inclusions, overlap
from analysis.statistics.overlap import corrected_covered_area


def test_covered_area_is_0_without_and_100_with_complete_overlap():
    assert corrected_covered_area([{1, 2}, {3}, {4, 5}]) == 0
    assert corrected_covered_area([{1, 2, 3}, {1, 2, 3}, {1, 2, 3}]) == 100


def test_covered_area_counts_each_repetition_by_its_definition():
    # N = 4 + 3 + 2 = 9 inclusions of r = 6 studies in c = 3 reviews: (9 - 6) / (6 * 3 - 6).
    assert corrected_covered_area([{1, 2, 3, 4}, {3, 4, 5}, {4, 6}]) == pytest.approx(25)


@pytest.mark.parametrize("reviews", [[], [{1}], [set(), set()]])
def test_covered_area_needs_two_reviews_with_studies(reviews):
    with pytest.raises(ValueError, match="needs two reviews or more with studies"):
        corrected_covered_area(reviews)


def test_a_paper_of_another_condition_is_not_the_same_paper():
    found = {each.row: each for each in inclusions()}
    assert found["Mou 2025"].same  # Front Neurol 2025, on spinal cord injury
    assert found["Mou 2025"].in_review
    assert not found["Zhang 2025"].same  # Brain Res Bull 2025, on ischemic stroke
    assert found["Zhang 2025 (osteoporosis)"].same  # its row cites the paper itself
    assert not found["Zhang 2025 (osteoporosis)"].in_review


def test_every_match_stands_in_the_lists_of_its_chapters():
    found = overlap()
    assert found.matches
    for match in found.matches:
        assert len(dict(match.places)) > 1
        for _, name in match.places:
            assert name.startswith(match.author)
            assert match.year in name
    assert set(found.listed) == {"bone-regeneration", "osteoporosis", "spinal-cord-injury"}
