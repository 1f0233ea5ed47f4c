"""Charts of outcomes say in words what their rows and columns are."""

from analysis import figures
from analysis.statistics.heterogeneity import METHODS, NAMES
from analysis.studies import outcomes

LAST = outcomes("spinal-cord-injury")["bbb-last"]


def test_every_estimator_of_tau2_stands_with_its_name() -> None:
    assert list(NAMES) == list(METHODS)
    labels = list(figures.estimators(LAST).data["Estimator"])
    assert labels == [f"{method}, {NAMES[method]}" for method in METHODS]


def test_numbers_of_studies_stand_under_one_head() -> None:
    levels = {name: name for name in LAST.rows["source"].unique()}
    for figure in (figures.cumulative(LAST), figures.subgroups(LAST, "source", levels)):
        assert "Studies" in figure.data.columns
        assert "k" not in figure.data.columns
    assert list(figures.cumulative(LAST).data["Studies"])[-1] == str(len(LAST))
