"""Groups over the whole scale: shape, shift and size against R, against definitions, and over many tables."""

from __future__ import annotations

import numpy as np
import pytest
from builders import DECK, codebook_of_codes, counts_frame, tables_frame
from hypothesis import assume, given, settings, strategies as st
from reference import ORACLES
from scipy.stats import t as student

from analysis.inference.effects import compare_groups, noncentrality, superiority

R = ORACLES["wave1"]["R"]
OURS = np.array([[DECK["vocational"], DECK["general"]]])


def bounds_frame(low: dict[str, list[int]], high: dict[str, list[int]], **n: int):
    """Bounds of too many tables, as ``recover_counts`` returns them."""
    frame = tables_frame([low, high]).set_axis(["low", "high"], axis=0)
    frame.attrs |= {"status": "too_many", "n_tables": None, "n": n}
    return frame


def row(effects, statistic):
    return effects[effects["statistic"] == statistic].iloc[0]


def brunner_munzel(first, second, level):
    """Estimate, p and interval from overall and own mid-ranks, as Brunner & Munzel (2000), section 2."""
    answers = [np.repeat(np.arange(len(counts)), counts) for counts in (first, second)]
    pooled = np.concatenate(answers)

    def ranks(values, among):
        return np.array([(among < value).sum() + ((among == value).sum() + 1) / 2 for value in values])

    n, m = map(len, answers)
    overall = [ranks(own, pooled) for own in answers]
    means = [rank.mean() for rank in overall]
    spread = [
        ((rank - ranks(own, own) - mean + (len(own) + 1) / 2) ** 2).sum() / (len(own) - 1)
        for rank, own, mean in zip(overall, answers, means, strict=True)
    ]
    estimate = (means[0] - (n + 1) / 2) / m
    error = np.sqrt(spread[0] / m**2 / n + spread[1] / n**2 / m)
    weights = n * spread[0], m * spread[1]
    freedom = sum(weights) ** 2 / (weights[0] ** 2 / (n - 1) + weights[1] ** 2 / (m - 1))
    reach = student.ppf((1 + level) / 2, freedom) * error
    return estimate, 2 * student.sf(abs(estimate - 0.5) / error, freedom), estimate - reach, estimate + reach


def test_superiority_is_that_of_r_which_counts_the_other_way():
    found, known = superiority(OURS[:, ::-1], 0.95), R["brunner_munzel"]
    assert found.estimate[0] == pytest.approx(known["ps"], abs=1e-12)
    assert found.p_value[0] == pytest.approx(known["p"], abs=1e-9)
    assert [found.low[0], found.high[0]] == pytest.approx(known["ci"], abs=1e-9)


columns = st.integers(2, 6).flatmap(
    lambda size: st.tuples(*[st.lists(st.integers(0, 9), min_size=size, max_size=size)] * 2)
)


@given(columns, st.sampled_from([0.9, 0.95, 0.99375]))
@settings(max_examples=80, deadline=None)
def test_superiority_is_what_its_definition_by_ranks_gives(pair, level):
    first, second = pair
    found = superiority(np.array([pair]), level)
    assume(min(sum(first), sum(second)) > 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        known = brunner_munzel(first, second, level)
    assume(known[3] > known[2])
    assert found.estimate[0] == pytest.approx(known[0], abs=1e-12)
    assert found.p_value[0] == pytest.approx(known[1], abs=1e-9)
    assert [found.low[0], found.high[0]] == pytest.approx(np.clip(known[2:], 0, 1), abs=1e-9)


def test_answers_that_are_all_alike_leave_what_independent_pairs_leave():
    apart = superiority(np.array([[[0, 0, 25], [30, 0, 0]]]), 0.95)
    assert (apart.estimate[0], apart.high[0]) == (1.0, 1.0)
    assert apart.low[0] == pytest.approx(0.025 ** (1 / 25))
    alike = superiority(np.array([[[0, 25, 0], [0, 30, 0]]]), 0.95)
    assert (alike.estimate[0], alike.p_value[0]) == (0.5, 1.0)
    assert alike.low[0] < 0.5 < alike.high[0]


def test_compare_groups_gives_shape_shift_and_size_of_our_table():
    effects = compare_groups(counts_frame(DECK))
    assert list(effects["statistic"]) == ["shape", "shift", "size"]
    assert row(effects, "shape")["p_value"] == pytest.approx(R["fisher_freeman_halton"]["p"], rel=1e-9)
    assert row(effects, "shift")["p_value"] == pytest.approx(R["brunner_munzel"]["p"], abs=1e-9)
    assert row(effects, "size")["estimate"] == pytest.approx(R["cramers_v"]["V"], abs=1e-12)
    assert list(effects["verdict"]) == ["clear", "not clear", ""]
    assert effects.attrs["family"] == 8


def test_the_interval_of_v_holds_the_noncentralities_of_its_two_tails():
    """R: uniroot(function(x) pchisq(10.5577514855686, 4, x) - .95, c(0, 90), tol = 1e-10), and .05."""
    found = [noncentrality(np.array([10.5577514855686]), np.array([4.0]), tail)[0] for tail in (0.95, 0.05)]
    assert found == pytest.approx([0.466123605, 20.236480732], rel=1e-8)
    size = row(compare_groups(counts_frame(DECK)), "size")
    assert [size["low"], size["high"]] == pytest.approx(np.sqrt(np.array(found) / 175), abs=1e-6)


small = st.lists(st.integers(0, 30), min_size=4, max_size=4)


@given(small, small, st.sampled_from([0.8, 0.95]))
@settings(max_examples=60, deadline=None)
def test_the_interval_of_v_leaves_zero_out_exactly_where_the_shapes_differ(first, second, level):
    """W11: no interval from 0 beside a p below 5 %, and none above 0 beside a larger one."""
    codebook = codebook_of_codes(list("abcd"), ["one", "two"])
    effects = compare_groups(counts_frame({"one": first, "two": second}, codebook), level=level)
    size = row(effects, "size")
    if not np.isnan(size["low"]):
        assert (size["low"] > 0) == (row(effects, "shape")["verdict"] == "clear")
        assert size["low"] <= size["estimate"] <= size["high"]


def test_the_largest_p_over_the_tables_decides():
    tables = [DECK, {"vocational": DECK["vocational"], "general": [20, 21, 10, 39, 6]}]
    effects = compare_groups(tables_frame(tables))
    shape = row(effects, "shape")
    each = [row(compare_groups(counts_frame(table)), "shape")["p_value"] for table in tables]
    assert (shape["p_low"], shape["p_value"]) == pytest.approx((min(each), max(each)))
    known = ["clear" if p < 0.05 else "not clear" for p in each]
    assert shape["verdict"] == (known[0] if len(set(known)) == 1 else "open")
    shift = row(effects, "shift")
    assert np.isnan(shift["estimate"])
    assert shift["estimate_low"] < shift["estimate_high"]


@pytest.mark.parametrize(
    "small_group",
    [[2, 3, 4, 5, 5], [0, 1, 38, 1, 0]],
    ids=["fewer than 20 answers", "all but two answers alike"],
)
def test_a_shift_is_not_judged_on_too_little(small_group):
    shift = row(
        compare_groups(counts_frame({"vocational": small_group, "general": DECK["general"]})), "shift"
    )
    assert (shift["method"], shift["verdict"]) == ("too_few", "")
    assert np.isnan([shift["low"], shift["high"], shift["p_value"]]).all()


def test_an_unordered_scale_has_no_shift():
    codebook = codebook_of_codes(list("abc"), ["one", "two"], ordered=False)
    effects = compare_groups(counts_frame({"one": [20, 20, 20], "two": [10, 20, 40]}, codebook))
    assert row(effects, "shift")["method"] == "unordered"


def test_of_three_groups_all_are_compared_together_first():
    codebook = codebook_of_codes(list("abc"), ["one", "two", "three"])
    counts = {"one": [20, 20, 20], "two": [10, 20, 40], "three": [30, 20, 10]}
    effects = compare_groups(counts_frame(counts, codebook))
    together = effects[effects["first"].isna()]
    assert list(together["statistic"]) == ["shape", "size"]
    assert len(effects) == 2 + 3 * 3
    assert effects.attrs["family"] == 3 * (3 + 0 + 1)


def test_bounds_of_too_many_tables_hold_what_each_table_says():
    low, high = {"vocational": [13, 13, 20, 24, 1], "general": [18, 19, 8, 37, 5]}, {}
    high = {group: [x + 4 for x in counts] for group, counts in low.items()}
    bounded = compare_groups(bounds_frame(low, high, vocational=80, general=95))
    known = compare_groups(counts_frame(DECK))
    shape, shift = (row(bounded, name) for name in ("shape", "shift"))
    assert (shape["method"], shift["method"]) == ("bounds", "bounds")
    assert shift["verdict"] == "open"  # its variance may be smaller than the one that is taken
    assert shape["p_value"] >= row(known, "shape")["p_value"] or shape["p_value"] >= 0.0128
    assert shift["estimate_low"] <= row(known, "shift")["estimate"] <= shift["estimate_high"]
    assert shift["low"] <= row(known, "shift")["low"]
    assert shift["high"] >= row(known, "shift")["high"]
    assert row(bounded, "size")["verdict"] == ""


def test_a_shift_beyond_all_doubt_is_clear_from_bounds_too():
    low = {"vocational": [0, 0, 5, 60, 90], "general": [90, 60, 5, 0, 0]}
    high = {group: [x + 10 for x in counts] for group, counts in low.items()}
    effects = compare_groups(bounds_frame(low, high, vocational=180, general=180))
    assert list(effects["verdict"]) == ["clear", "clear", ""]


@pytest.mark.parametrize("rows", [[[2, 0, 2], [0, 1, 11]], [[2, 2, 0], [0, 12, 0]], [[1, 0, 0], [0, 19, 0]]])
def test_a_p_of_5_in_100_is_not_below_it(rows):
    codebook = codebook_of_codes(list("abc"), ["one", "two"])
    effects = compare_groups(counts_frame(dict(zip(("one", "two"), rows, strict=True)), codebook))
    assert row(effects, "shape")["p_value"] == pytest.approx(0.05)
    assert (row(effects, "shape")["verdict"], row(effects, "size")["low"]) == ("not clear", 0)


def test_billions_of_answers_are_compared_by_their_stages():
    n = 10**12
    counts = counts_frame({"vocational": [n, n, n, n, n], "general": [n, n, n + 10**7, n, n]})
    shape = row(compare_groups(counts), "shape")
    assert (shape["method"], shape["verdict"]) == ("bounds", "clear")


def test_one_group_has_nothing_to_compare():
    assert compare_groups(counts_frame({"vocational": DECK["vocational"]})).empty
