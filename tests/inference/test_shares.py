"""Shares with intervals: of counts, of a population, of published and of weighted figures."""

from __future__ import annotations

import numpy as np
import pytest
from builders import DECK, codebook_of_codes, counts_frame, survey_frame, tables_frame
from hypothesis import given, settings, strategies as st
from reference import ORACLES

from analysis.counts.recovery import recover_counts
from analysis.inference.shares import estimate_shares
from analysis.rounding import DEFAULT_RULES, publish
from analysis.survey.table import load_survey

R = ORACLES["wave1"]["R"]


def shares_of(frame, group, measure="stage"):
    return frame[(frame["group"] == group) & (frame["measure"] == measure)]


def test_each_share_has_the_interval_of_r():
    shares = estimate_shares(counts_frame(DECK))
    for group, known in zip(["vocational", "general"], R["wilson"], strict=True):
        np.testing.assert_allclose(shares_of(shares, group)[["low", "high"]], known, atol=1e-9)
    np.testing.assert_allclose(shares_of(shares, "all")[["low", "high"]], R["wilson_all"], atol=1e-9)


def test_together_they_have_goodmans_which_is_wilsons_at_bonferronis_level():
    shares = estimate_shares(counts_frame(DECK), adjust="family")
    known = np.array(R["goodman_all"])
    np.testing.assert_allclose(shares_of(shares, "all")[["estimate", "low", "high"]], known, atol=1e-9)


def test_cumulative_shares_come_from_the_counts_of_their_interval():
    """W12: 28 of 80 is 35 %, though the printed figures add up to 34."""
    shares = estimate_shares(recover_counts(load_survey(), "2020-autumn"))
    row = shares_of(shares, "vocational", "at_least").set_index("stage").loc["experiments"]
    assert (row["estimate"], row["percent"]) == (0.35, 34.0)
    assert row["low"] < 0.35 < row["high"]


def test_over_several_tables_the_estimate_is_a_range():
    other = {**DECK, "general": [20, 21, 10, 39, 6]}
    shares = estimate_shares(tables_frame([DECK, other]))
    row = shares_of(shares, "general").set_index("stage").loc["piloting"]
    assert np.isnan(row["estimate"])
    assert (row["estimate_low"], row["estimate_high"]) == (9 / 95, 10 / 96)
    assert row.isna()["n"]
    each = [shares_of(estimate_shares(tables_frame([table])), "general") for table in (DECK, other)]
    assert row["low"] == min(frame.set_index("stage").loc["piloting", "low"] for frame in each)


def test_a_population_corrects_the_groups_and_weights_the_total():
    members = {"vocational": R["fpc"]["vocational"]["N"], "general": R["fpc"]["general"]["N"]}
    shares = estimate_shares(counts_frame(DECK), population=members)
    for group in members:
        np.testing.assert_allclose(
            shares_of(shares, group)[["low", "high"]], R["fpc"][group]["wilson_fpc"], atol=1e-9
        )
    total = shares_of(shares, "all").set_index("stage").loc["piloting"]
    known = (members["vocational"] * 22 / 80 + members["general"] * 9 / 95) / sum(members.values())
    assert total["estimate"] == pytest.approx(known)
    assert total["low"] < known < total["high"]


def test_published_shares_hold_what_the_default_rules_can_print():
    """W3: general *piloting*, printed 10 %, is 9 of 95 = 9.47 %, which plain rounding to 10 excludes."""
    shares = estimate_shares(load_survey(), "2020-autumn")
    row = shares_of(shares, "general").set_index("stage").loc["piloting"]
    assert row["low"] <= 9 / 95 < 0.095
    assert row["estimate_high"] <= 0.115


answers = st.lists(st.integers(0, 60), min_size=2, max_size=6).filter(any)


@given(answers, st.sampled_from(DEFAULT_RULES), st.integers(0, 2), st.booleans())
@settings(max_examples=150, deadline=None)
def test_the_truth_lies_inside_published_shares(counts, rule, decimals, partial):
    """W3: under each of the default rules, with any n, of stages and of sums of them."""
    stages = [f"s{number}" for number in range(len(counts))]
    codebook = codebook_of_codes(stages, ["all"], waves=[{"id": "2020-autumn", "decimals": decimals}])
    figures = [units / 10**decimals for units in publish(counts, rule, decimals=decimals)]
    shown = dict(zip(stages, figures, strict=True))
    if partial:
        shown.pop(stages[0])
    survey = survey_frame({("2020-autumn", "all"): shown}, codebook=codebook)
    shares = estimate_shares(survey).set_index(["measure", "stage"])
    truth = np.array(counts) / sum(counts)
    for place, stage in enumerate(stages):
        for measure, share in (("stage", truth[place]), ("at_least", truth[place:].sum())):
            if (measure, stage) in shares.index:
                row = shares.loc[(measure, stage)]
                assert row["estimate_low"] - 1e-9 <= share <= row["estimate_high"] + 1e-9


def test_weighted_shares_have_the_interval_of_their_standard_error():
    codebook = codebook_of_codes(["a", "b"], ["one"], waves=[{"id": "2020-autumn", "weighted": True}])
    survey = survey_frame(
        {("2020-autumn", "one"): {"a": 40, "b": 60}}, {("2020-autumn", "one"): 90}, codebook
    )
    record = {"wave": "2020-autumn", "group": "one", "error": 0.06, "n_effective": 66.7, "count": 40, "n": 90}
    survey.attrs["shares"] = [
        record | {"stage": "a", "estimate": 0.401},
        record | {"stage": "b", "estimate": 0.599},
    ]
    shares = estimate_shares(survey)
    assert shares.attrs["basis"] == "weighted"
    row = shares.iloc[0]
    assert row["estimate"] == 0.401
    assert row["high"] - row["low"] == pytest.approx(2 * 1.96 * 0.06, rel=0.05)


def test_several_answers_each_are_shares_of_n_and_have_no_sums():
    codebook = codebook_of_codes(list("ab"), ["one", "two"], multiple=True)
    frame = tables_frame([{"one": [60, 70], "two": [10, 80]}], codebook)
    frame.attrs["n"] = {"one": 100, "two": 90}
    shares = estimate_shares(frame)
    assert list(shares["estimate"]) == [0.6, 0.7, 10 / 90, 80 / 90]
    assert set(shares["measure"]) == {"stage"}


def test_a_published_share_has_no_room_where_the_count_is_given():
    codebook = codebook_of_codes(["a", "b"], ["one"])
    key = ("2020-autumn", "one")
    survey = survey_frame({key: {"a": 33, "b": 67}}, {key: 3}, codebook, counts={key: {"a": 1, "b": 2}})
    row = estimate_shares(survey).iloc[0]
    assert (row["estimate"], row["low"], row["high"]) == pytest.approx((1 / 3, 1 / 3, 1 / 3))
