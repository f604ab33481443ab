"""Differences between groups: one family, one criterion, in every table that fits and in bounds of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from builders import DECK, codebook_of_codes, counts_frame, survey_frame, tables_frame
from hypothesis import given, settings, strategies as st
from reference import ORACLES

from analysis.counts.recovery import recover_counts
from analysis.errors import RecoveryError, RequestError
from analysis.inference.differences import compare_stages, compare_waves
from analysis.inference.shares import estimate_shares
from analysis.survey.pasted import read_percentages
from analysis.survey.table import load_survey
from analysis.words.tables import widen_survey

R = ORACLES["wave1"]["R"]
TWO = codebook_of_codes(list("abcd"), ["one", "two"])


def bounds_frame(tables, codebook=None):
    """The bounds of some tables of equal n, as ``recover_counts`` gives them where these are too many."""
    frame = tables_frame(tables, codebook)
    n = {group: sum(counts) for group, counts in tables[0].items()}
    bounds = frame.agg(["min", "max"]).set_axis(["low", "high"], axis=0)
    bounds.attrs = frame.attrs | {"status": "too_many", "n_tables": None, "n": n}
    return bounds


def test_ordinary_differences_meet_r_which_subtracts_vocational():
    differences = compare_stages(counts_frame(DECK), adjust="none")
    stages = differences[differences["measure"] == "stage"]
    known = -np.array(R["stage_differences_newcombe_g2_minus_g1"])[:, [0, 2, 1]]
    np.testing.assert_allclose(stages[["estimate", "low", "high"]], known, atol=1e-9)
    np.testing.assert_allclose(stages["p_value"], R["per_stage_p"]["fisher_2x2"], rtol=1e-12)
    assert (stages["p_adjusted"] == stages["p_value"]).all()


def test_cumulative_differences_meet_r_at_the_inner_stages():
    differences = compare_stages(counts_frame(DECK), adjust="none")
    inner = differences[differences["measure"] == "at_least"]
    assert list(inner["stage"]) == ["piloting", "experiments"]
    known = -np.array([R["at_least_stage_k"][place]["newcombe"] for place in (1, 2)])[:, [0, 2, 1]]
    np.testing.assert_allclose(inner[["estimate", "low", "high"]], known, atol=1e-9)


def test_eight_statements_of_five_stages_hold_together():
    differences = compare_stages(counts_frame(DECK))
    assert differences.attrs["family"] == 8
    piloting = differences[differences["stage"] == "piloting"].iloc[0]
    assert piloting["verdict"] == "clear"
    assert piloting["p_adjusted"] == pytest.approx(8 * R["per_stage_p"]["fisher_2x2"][2], rel=1e-12)
    ordinary = compare_stages(counts_frame(DECK), adjust="none", level=1 - 0.05 / 8)
    np.testing.assert_allclose(differences[["low", "high"]], ordinary[["low", "high"]])


@pytest.mark.parametrize(
    ("stages", "groups", "family"), [(2, 2, 3), (3, 2, 4), (5, 2, 8), (5, 3, 24), (7, 4, 72)]
)
def test_the_family_is_of_all_stages_inner_cuts_and_shifts_of_all_pairs(stages, groups, family):
    codes = [f"s{number}" for number in range(stages)], [f"g{number}" for number in range(groups)]
    counts = {group: [5] * stages for group in codes[1]}
    differences = compare_stages(counts_frame(counts, codebook_of_codes(*codes)))
    assert differences.attrs["family"] == family
    assert len(differences) == family - groups * (groups - 1) // 2


def test_an_unordered_scale_has_its_stages_alone():
    codebook = codebook_of_codes(list("abcd"), ["one", "two"], ordered=False)
    differences = compare_stages(counts_frame({"one": [5, 6, 7, 8], "two": [9, 9, 1, 1]}, codebook))
    assert (set(differences["measure"]), differences.attrs["family"]) == ({"stage"}, 4)


small = st.lists(st.integers(0, 25), min_size=4, max_size=4).filter(any)


@given(st.lists(st.tuples(small, small), min_size=1, max_size=4), st.sampled_from(["family", "none"]))
@settings(max_examples=50, deadline=None)
def test_the_verdict_is_what_the_interval_says_in_every_table(tables, adjust):
    """W5, W8: one criterion. The union of the intervals leaves zero out where the verdict is clear, only."""
    tables = [{"one": first, "two": second} for first, second in tables]
    whole = compare_stages(tables_frame(tables, TWO), adjust=adjust)
    each = [compare_stages(tables_frame([table], TWO), adjust=adjust) for table in tables]
    low, high = (np.array([frame[end] for frame in each]) for end in ("low", "high"))
    np.testing.assert_allclose(whole["low"], low.min(0))
    np.testing.assert_allclose(whole["high"], high.max(0))
    out = (low > 0) | (high < 0)
    same = (low.min(0) > 0) | (high.max(0) < 0)
    known = np.where(same, "clear", np.where(out.any(0), "open", "not clear"))
    assert list(whole["verdict"]) == list(known)
    np.testing.assert_allclose(whole["p_value"], np.max([frame["p_value"] for frame in each], axis=0))
    error = 0.05 if adjust == "none" else 0.05 / whole.attrs["family"]
    assert (whole.loc[whole["verdict"] == "clear", "p_value"] <= error).all()


moves = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=5)


@given(small, small, moves)
@settings(max_examples=50, deadline=None)
def test_bounds_hold_what_every_table_says(first, second, changes):
    tables = [{"one": first, "two": second}]
    for source, target in changes:
        moved = list(tables[-1]["one"])
        if moved[source]:
            moved[source] -= 1
            moved[target] += 1
        tables.append({"one": moved, "two": second})
    known, bounded = compare_stages(tables_frame(tables, TWO)), compare_stages(bounds_frame(tables, TWO))
    assert (bounded["low"] <= known["low"] + 1e-12).all()
    assert (bounded["high"] >= known["high"] - 1e-12).all()
    assert (bounded["p_value"] >= known["p_value"] - 1e-9).all()
    for narrow, wide in zip(known["verdict"], bounded["verdict"], strict=True):
        assert wide in {narrow, "open"}


@pytest.mark.parametrize(("more", "jump"), [(2, 1e-9), (200, 1e-3)])  # p jumps as an n rises by one
def test_of_an_open_n_the_largest_p_is_that_of_the_nearest_shares(more, jump):
    two = [8, 50, 60, 32]
    tables = [{"one": [20, 30, third, 10], "two": two} for third in range(40, 41 + more)]
    bounded = bounds_frame(tables, TWO)
    bounded.attrs["n"] = {"one": [100, 100 + more], "two": 150}
    known, wide = compare_stages(tables_frame(tables, TWO)), compare_stages(bounded)
    assert (wide["p_value"] >= known["p_value"] - jump).all()


def test_wide_bounds_take_p_from_their_corners():
    low, high = {"one": [4000, 2000, 500, 500], "two": [1000, 3000, 500, 500]}, {}
    high = {group: [x + 400 for x in counts] for group, counts in low.items()}
    frame = bounds_frame([low, high], TWO)
    frame.attrs["n"] = {"one": 7800, "two": 5800}
    differences = compare_stages(frame)
    assert differences["p_value"].notna().all()
    assert list(differences["verdict"][:2]) == ["clear", "clear"]


def test_newcombe_alone_would_err_where_stages_are_rare_and_groups_uneven():
    """2 of 20 beside 8 of 1 000: Newcombe's at 1 − .05/6 leaves zero out, Fisher's p of .015 does not."""
    one, two = {"one": [18, 2, 0, 0]}, {"two": [992, 8, 0, 0]}
    differences = compare_stages(counts_frame(one | two, TWO))
    rare = differences[differences["stage"] == "b"].iloc[0]
    assert (rare["low"], rare["verdict"]) == (0.0, "not clear")
    assert rare["p_value"] > 0.05 / 6


@pytest.mark.parametrize("adjust", ["family", "none"])
@pytest.mark.parametrize("level", [0.999999, 1 - 1e-16])
def test_a_level_next_to_1_has_intervals(level, adjust):
    differences = compare_stages(counts_frame(DECK), level=level, adjust=adjust)
    narrow = compare_stages(counts_frame(DECK), level=0.9999, adjust=adjust)
    assert (differences["low"] > -1).all()
    assert (differences["low"] < narrow["low"]).all()
    assert (differences["high"] > narrow["high"]).all()


def test_of_a_group_without_answers_nothing_is_known():
    differences = compare_stages(counts_frame({"one": [0, 0, 0, 0], "two": [3, 4, 5, 6]}, TWO))
    assert (differences["verdict"] == "not clear").all()
    assert ((differences["low"] == -1) & (differences["high"] > 0)).all()


def test_a_p_of_5_in_100_leaves_zero_in():
    counts = counts_frame({"one": [2, 2, 0, 0], "two": [0, 12, 0, 0]}, TWO)
    first = compare_stages(counts, adjust="none").iloc[0]
    assert (first["p_value"], first["verdict"]) == (pytest.approx(0.05), "not clear")


def test_a_population_narrows_differences():
    plain, finite = (
        compare_stages(counts_frame(DECK), adjust="none", population=population)
        for population in (None, {"vocational": 244, "general": 289})
    )
    stages = finite[finite["measure"] == "stage"]
    known = -np.array(R["fpc_newcombe_g2_minus_g1"])[:, [0, 2, 1]]
    np.testing.assert_allclose(stages[["estimate", "low", "high"]], known, atol=1e-9)
    assert ((finite["high"] - finite["low"]) < (plain["high"] - plain["low"])).all()
    census = compare_stages(counts_frame(DECK), population={"vocational": 80, "general": 95})
    np.testing.assert_allclose(census["low"], census["high"])


def test_published_shares_without_counts_are_not_judged():
    """W3: the bounds are those of the default rules, so the one table that fits lies in them; W5."""
    survey = load_survey()
    differences = compare_stages(survey)
    known = compare_stages(counts_frame(DECK))
    assert (differences["estimate_low"] - 1e-12 <= known["estimate"]).all()
    assert (known["estimate"] <= differences["estimate_high"] + 1e-12).all()
    assert set(differences["verdict"]) == {""}
    assert differences["p_value"].isna().all()


def test_cumulative_shares_are_those_that_the_difference_is_of():
    """W12: 28 of 80 is 35 %; the sum of the printed figures, 34, is all there is without counts."""
    survey = load_survey()
    other = {**DECK, "vocational": [15, 14, 22, 27, 2]}
    tables = tables_frame([DECK, other])
    tables.attrs["percent"] = {"vocational": [19, 19, 28, 32, 2], "general": [21, 22, 10, 41, 6]}
    known = {"counts": (35.0, 100 * 45 / 95), "range": (35.0, 100 * 45 / 95), "published": (34.0, 47.0)}
    found = {"counts": recover_counts(survey), "range": tables, "published": survey}
    for name, source in found.items():
        rows = compare_stages(source).set_index(["measure", "stage"])
        row = rows.loc[("at_least", "experiments")]
        assert (row["percent_first"], row["percent_second"]) == pytest.approx(known[name]), name
        assert rows.loc[("stage", "piloting"), "percent_first"] == 28


def test_unpublished_stages_have_no_row():
    codebook = codebook_of_codes(list("abcd"), ["one", "two"])
    frame = counts_frame({"one": [5, 6, 7, 8], "two": [9, 9, 1, 1]}, codebook)
    frame.attrs["percent"] = {"one": [19, 23, 27, 31], "two": [45, None, 5, 5]}
    differences = compare_stages(frame)
    assert list(differences["stage"]) == ["a", "c", "d", "c"]


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({"level": 95}, "level is 95"),
        ({"adjust": "holm"}, "family, none"),
        ({"population": {"general": 95}}, "vocational"),
    ],
)
def test_what_cannot_be_is_refused(given_, message):
    with pytest.raises(RequestError, match=message):
        compare_stages(counts_frame(DECK), **given_)


def test_no_table_is_told_so():
    frame = tables_frame([DECK]).iloc[:0]
    frame.attrs |= {"reason": "no table fits", "codebook": frame.attrs.get("codebook")}
    with pytest.raises(RecoveryError, match="no table"):
        compare_stages(frame)


def test_one_group_has_nothing_to_compare():
    survey = survey_frame(
        {("2020-autumn", "one"): {"a": 40, "b": 60}}, codebook=codebook_of_codes(["a", "b"], ["one"])
    )
    assert compare_stages(survey).empty
    assert compare_stages(counts_frame({"vocational": DECK["vocational"]})).empty


LIMITED = """role,one (n = 180),two (n = 250)
no,19,21
planned,19,40
piloting,29,10
some,33,28
much,<1,<2
"""


def test_a_cell_that_is_printed_as_a_limit_has_a_row_with_the_bounds_that_hold():
    """ "<1" of 180 is at most 1 answer, "<2" of 250 at most 4; what the other stages leave narrows both."""
    survey = read_percentages(LIMITED)
    tables = recover_counts(survey)
    assert len(tables) > 1
    rows = compare_stages(tables).set_index(["measure", "stage"])
    much = tables[("one", "much")] / 180 - tables[("two", "much")] / 250
    row = rows.loc[("stage", "much")]
    assert (row["estimate_low"], row["estimate_high"]) == pytest.approx((much.min(), much.max()))
    assert row["low"] < row["estimate_low"] <= row["estimate_high"] < row["high"]
    assert (row["verdict"], np.isnan(row["percent_first"])) == ("not clear", True)
    assert row["p_value"] > 0.05
    assert ("at_least", "some") in rows.index
    assert ("stage", "much") in estimate_shares(tables).set_index(["measure", "stage"]).index


def test_a_limit_bounds_a_published_share_by_answers_too_where_these_are_few():
    """ "<2" is fewer than 2 % or fewer than 2 answers: of 40 up to 5 %, of an unknown n what others leave."""
    survey = read_percentages("role,one,two (n = 40)\nno,60,50\nsome,39,45\nmuch,<2,<2\n")
    row = compare_stages(survey, rounding="nearest").set_index(["measure", "stage"]).loc[("stage", "much")]
    assert (row["estimate_low"], row["estimate_high"]) == pytest.approx((0 - 0.05, 0.02 - 0.04))
    assert row["verdict"] == ""


def test_an_n_that_may_vary_bounds_shares_of_several_answers_each():
    codebook = codebook_of_codes(list("ab"), ["one", "two"], multiple=True)
    frame = tables_frame([{"one": [60, 70], "two": [10, 80]}], codebook)
    frame.attrs["n"] = {"one": [100, 102], "two": 90}
    row = compare_stages(frame).iloc[0]
    assert (row["estimate_low"], row["estimate_high"]) == pytest.approx((60 / 102 - 1 / 9, 60 / 100 - 1 / 9))


def test_a_survey_whose_codes_are_plain_text_is_compared_alike():
    survey = load_survey()
    plain = survey.astype(dict.fromkeys(["wave", "group", "stage"], "str"))
    pd.testing.assert_frame_equal(compare_waves(plain), compare_waves(survey))
    pd.testing.assert_frame_equal(widen_survey(plain), widen_survey(survey))
