"""Whether a reported statistic can come from a published table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from builders import DECK, codebook_of_codes, counts_frame, tables_frame

from analysis.counts.recovery import recover_counts
from analysis.errors import RequestError
from analysis.inference.effects import check_reported
from analysis.survey.table import load_survey

SURVEY = load_survey()


@pytest.mark.parametrize(
    ("statistic", "value", "possible"),
    [
        ("chi2", "10.56", True),
        ("chi2", "10.5", False),
        ("p", "0.032", True),
        ("p", "<0.05", True),
        ("p", ">.05", False),
        ("v", 0.25, True),
        ("v", 0.35, False),
    ],
)
def test_what_the_one_table_gives_is_possible_and_nothing_else(statistic, value, possible):
    rows = check_reported(recover_counts(SURVEY), statistic, value)
    assert bool(rows.iloc[0]["possible"]) is possible
    assert rows.iloc[0]["fitting"] == int(possible)


def test_p_is_tried_by_each_test_that_may_have_been_used():
    rows = check_reported(recover_counts(SURVEY), "p", "0.0326").set_index("method")
    assert (rows.loc["freeman_halton", "possible"], rows.loc["pearson", "possible"]) == (True, False)


def test_a_mean_is_one_of_the_tables():
    tables = recover_counts(SURVEY, rounding="within_one")
    means = tables["general"].to_numpy() @ np.arange(1, 6) / 95
    row = check_reported(tables, "mean", f"{means[0]:.2f}", group="general").iloc[0]
    assert (row["low"], row["high"]) == pytest.approx((means.min(), means.max()))
    assert row["fitting"] == (np.abs(means - round(means[0], 2)) <= 0.005).sum()
    assert not check_reported(tables, "mean", "2.10", group="general").iloc[0]["possible"]


def test_scores_may_be_other_than_the_places_of_the_stages():
    scores = [0, 10, 20, 50, 100]
    known = np.array(DECK["vocational"]) @ scores / 80
    row = check_reported(counts_frame(DECK), "mean", f"{known:.2f}", group="vocational", scores=scores).iloc[
        0
    ]
    assert (row["low"], row["possible"]) == (pytest.approx(known), True)
    with pytest.raises(RequestError, match="there are 4 scores; give one for each of"):
        check_reported(counts_frame(DECK), "mean", "2.5", group="vocational", scores=scores[1:])


def test_a_standard_deviation_is_over_n_minus_one():
    row = check_reported(counts_frame(DECK), "sd", "1.19", group="vocational").iloc[0]
    answers = np.repeat(np.arange(1, 6), DECK["vocational"])
    assert row["low"] == pytest.approx(answers.std(ddof=1))


def test_two_groups_and_two_stages_may_have_been_corrected():
    """R: chisq.test(matrix(c(12, 5, 8, 15), 2))$statistic is 3.6828645; correct = FALSE gives 5.0127877."""
    counts = counts_frame({"one": [12, 5], "two": [8, 15]}, codebook_of_codes(["a", "b"], ["one", "two"]))
    rows = check_reported(counts, "chi2", "3.6829").set_index("method")
    assert list(rows["possible"]) == [False, True]


def test_bounds_bound_a_mean_and_say_nothing_of_a_test():
    frame = tables_frame([DECK, {group: [x + 2 for x in counts] for group, counts in DECK.items()}])
    frame = frame.set_axis(["low", "high"], axis=0)
    frame.attrs |= {"status": "too_many", "n_tables": None, "n": {"vocational": 84, "general": 99}}
    assert check_reported(frame, "mean", "2.8", group="vocational").iloc[0]["possible"]
    assert not check_reported(frame, "mean", "4.8", group="vocational").iloc[0]["possible"]
    assert pd.isna(check_reported(frame, "chi2", "10.56").iloc[0]["possible"])


@pytest.mark.parametrize(
    ("given_", "message"),
    [(("chi", 3), "did you mean 'chi2'"), (("p", "small"), "as it was reported"), (("mean", "3.1"), "group")],
)
def test_what_cannot_be_asked_is_refused(given_, message):
    with pytest.raises(RequestError, match=message):
        check_reported(counts_frame(DECK), *given_)


def test_nothing_is_known_of_a_mean_where_answers_do_not_add_up():
    codebook = codebook_of_codes(["a", "b"], ["one"], multiple=True)
    frame = tables_frame([{"one": [60, 70]}], codebook)
    frame.attrs["n"] = {"one": 100}
    assert pd.isna(check_reported(frame, "mean", "2.0").iloc[0]["possible"])
