"""How far reviews rest on the same studies."""

from collections.abc import Collection, Set
from typing import TypeVar

Study = TypeVar("Study")


def corrected_covered_area(reviews: Collection[Set[Study]]) -> float:
    """Corrected covered area in percent: 0 if no study is in two reviews, 100 if all are in all.

    (N - r)/(r c - r), with N inclusions of r different studies in c reviews. Raises ValueError for
    fewer than two reviews, or no study. Source: Pieper et al. 2014, J Clin Epidemiol 67:368-375.
    """
    included = sum(len(review) for review in reviews)
    different = len(set[Study]().union(*reviews))
    if len(reviews) < 2 or not different:
        raise ValueError(
            f"needs two reviews or more with studies, got {len(reviews)} with {different}"
        )
    return 100 * (included - different) / (different * (len(reviews) - 1))
