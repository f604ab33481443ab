"""The exact tests against R, against enumeration in rationals, and at their limits.

Numbers of R and of a full enumeration in integers are in ``oracles.json``, with the commands that made
them; rationals come from ``reference.py``.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from reference import (
    ORACLES,
    doubled_midranks,
    freeman_halton_p,
    pearson_distance,
    score_distance,
    statistic_p,
)

from analysis.old.inference.exact import (
    fisher_exact,
    freeman_halton,
    linear_by_linear,
    mann_whitney,
    pearson_exact,
)
from analysis.old.inference.exact.tables import _rows

OURS = ORACLES["wave1"]["counts"]
KNOWN = ORACLES["wave1"]["python"]["exact_conditional"]
R = ORACLES["wave1"]["R"]

cells = st.integers(0, 5)
two_rows = st.integers(1, 5).flatmap(
    lambda size: st.tuples(*[st.lists(cells, min_size=size, max_size=size)] * 2)
)
three_rows = st.tuples(*[st.lists(st.integers(0, 2), min_size=3, max_size=3)] * 3)


def relative(found: float, known: float) -> float:
    return abs(found - known) / known


@pytest.mark.parametrize(
    ("test", "p", "mid_p"),
    [
        (freeman_halton, "p_ffh", "p_ffh_mid"),
        (pearson_exact, "p_pearson_exact", None),
        (mann_whitney, "p_wilcoxon_exact", "p_wilcoxon_mid"),
        (linear_by_linear, "p_linear_by_linear_exact", "p_linear_by_linear_mid"),
    ],
)
def test_our_table_gives_what_all_its_350388_tables_give(test, p, mid_p) -> None:
    found = test(OURS)
    assert relative(found.p_value, KNOWN[p]) < 1e-13
    assert mid_p is None or relative(found.mid_p, KNOWN[mid_p]) < 1e-13
    assert found == test(OURS)
    assert (found.error, found.method) == (0.0, "exact")


def test_our_table_gives_what_r_gives() -> None:
    assert freeman_halton(OURS).p_value == pytest.approx(R["fisher_freeman_halton"]["p"], rel=1e-9)
    ranks = mann_whitney(OURS)
    assert ranks.p_value == pytest.approx(R["wilcoxon_exact_coin"]["p"], rel=1e-9)
    assert ranks.mid_p == pytest.approx(R["wilcoxon_exact_coin"]["p_mid"], rel=1e-9)
    scores = linear_by_linear(OURS)
    assert scores.p_value == pytest.approx(R["linear_by_linear_exact"]["p"], rel=1e-9)
    assert scores.mid_p == pytest.approx(R["linear_by_linear_exact"]["p_mid"], rel=1e-9)


def test_fisher_is_that_of_r_at_each_stage() -> None:
    first, second = OURS
    for a, b, known in zip(first, second, R["per_stage_p"]["fisher_2x2"], strict=True):
        assert fisher_exact(a, sum(first) - a, b, sum(second) - b) == pytest.approx(known, rel=1e-12)


@given(two_rows)
@settings(max_examples=80)
def test_two_rows_agree_with_rationals(table) -> None:
    stages = list(range(1, len(table[0]) + 1))
    pairs = [
        (freeman_halton, freeman_halton_p(table)),
        (pearson_exact, statistic_p(table, pearson_distance(table))),
        (mann_whitney, statistic_p(table, score_distance(table, doubled_midranks(table)))),
        (linear_by_linear, statistic_p(table, score_distance(table, stages))),
    ]
    for test, (p, mid_p) in pairs:
        found = test(table)
        assert relative(found.p_value, float(p)) < 1e-12
        assert relative(found.mid_p, float(mid_p)) < 1e-12


@given(three_rows)
@settings(max_examples=40)
def test_three_rows_agree_with_rationals(table) -> None:
    p, mid_p = freeman_halton_p(table)
    found = freeman_halton(table)
    assert relative(found.p_value, float(p)) < 1e-11
    assert relative(found.mid_p, float(mid_p)) < 1e-11


def test_of_three_rows_none_is_filled_beyond_its_margin() -> None:
    for table in ([[2, 0, 0, 1], [3, 1, 2, 0], [3, 3, 1, 3]], [[3, 0, 0, 2], [0, 0, 0, 2], [3, 1, 2, 2]]):
        p, _ = freeman_halton_p(table)
        assert relative(freeman_halton(table).p_value, float(p)) < 1e-11


@given(two_rows)
@settings(max_examples=30)
def test_the_order_of_rows_and_columns_changes_no_digit(table) -> None:
    first, second = table
    for test in (freeman_halton, pearson_exact, mann_whitney, linear_by_linear):
        assert test([first, second]) == test([second, first])
    assert (
        relative(freeman_halton([first[::-1], second[::-1]]).p_value, freeman_halton(table).p_value) < 1e-12
    )
    assert relative(mann_whitney([first[::-1], second[::-1]]).p_value, mann_whitney(table).p_value) < 1e-12


@pytest.mark.parametrize(
    "table",
    [
        [[0, 0], [0, 0]],
        [[0, 0, 0], [1, 2, 3]],
        [[5, 0, 0], [7, 0, 0]],
        [[1, 0], [0, 0]],
        [[1, 0], [0, 1]],
        [[1], [2]],
        [[1, 2, 3]],
    ],
)
def test_margins_that_allow_one_table_or_its_mirror_give_one(table) -> None:
    assert freeman_halton(table).p_value == 1.0


def test_a_table_nearly_as_probable_does_not_count() -> None:
    """(14, 14, 14) is more probable by 5e-8 of itself; R's tolerance of 1e-7 takes it for a tie."""
    table = [[11, 12, 19], [18, 38, 27]]
    p, _ = freeman_halton_p(table)
    weights = [
        math.comb(29, x) * math.comb(50, y) * math.comb(46, z) for x, y, z in ((11, 12, 19), (14, 14, 14))
    ]
    assert 0 < weights[1] / weights[0] - 1 < 1e-7
    assert relative(freeman_halton(table).p_value, float(p)) < 1e-13


def test_columns_alike_are_told_apart_by_no_digit() -> None:
    table = [[4, 1, 3, 2, 2, 6], [3, 6, 4, 5, 5, 1]]
    p, mid_p = freeman_halton_p(table)
    found = freeman_halton(table)
    assert relative(found.p_value, float(p)) < 1e-13
    assert relative(found.mid_p, float(mid_p)) < 1e-13


def test_a_small_p_keeps_its_digits() -> None:
    table = [[40, 3, 0, 0], [0, 2, 38, 30]]
    p, _ = freeman_halton_p(table)
    assert float(p) < 1e-20
    assert relative(freeman_halton(table).p_value, float(p)) < 1e-12
    ranks, _ = statistic_p([[20, 3, 0], [0, 2, 18]], score_distance([[20, 3, 0], [0, 2, 18]], [21, 46, 69]))
    assert relative(mann_whitney([[20, 3, 0], [0, 2, 18]]).p_value, float(ranks)) < 1e-12


def test_two_columns_are_the_same_table_as_two_rows() -> None:
    assert freeman_halton(np.transpose(OURS)) == freeman_halton(OURS)


def drawn(seed: int, stages: int, n: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.full(stages, 5.0))
    return np.array([rng.multinomial(n // 2, shares), rng.multinomial(n // 2, shares)])


@pytest.mark.parametrize(("stages", "n"), [(2, 5000), (4, 5000), (5, 5000), (7, 500), (10, 300)])
def test_long_tables_are_exact(stages, n) -> None:
    table = drawn(1, stages, n)
    for test in (freeman_halton, pearson_exact, mann_whitney, linear_by_linear):
        assert test(table).method == "exact"


def test_the_longest_tables_never_fail() -> None:
    table = drawn(2, 10, 5000)
    shape, ranks = freeman_halton(table), mann_whitney(table)
    assert (shape.method, ranks.method) == ("contour", "exact")
    assert 0 < shape.error < 1e-6 < shape.p_value
    assert shape == freeman_halton(table)
    pearson = pearson_exact(table)
    assert abs(shape.p_value - pearson.p_value) < 0.01


def test_surveys_of_a_million_answers_still_get_a_p() -> None:
    table = [[200_000, 300_000, 50_000], [200_500, 300_100, 49_000]]
    found = [test(table) for test in (freeman_halton, mann_whitney, linear_by_linear)]
    assert all(0 < one.p_value < 1 for one in found)
    assert math.isnan(found[0].error)
    assert found[0].method == "asymptotic"
    assert 0 < fisher_exact(500_000, 1, 499_000, 20) < 1e-4


def test_beyond_reach_tables_are_drawn_with_a_seed_and_the_error_is_stated() -> None:
    rng = np.random.default_rng(3)
    table = [rng.multinomial(60, [0.2] * 5) for _ in range(6)]
    found = freeman_halton(table)
    assert found.method == "monte_carlo"
    assert found == freeman_halton(table)
    assert found != freeman_halton(table, seed=1)
    assert found.p_value == pytest.approx(freeman_halton(table, seed=1).p_value, abs=2 * found.error)


def test_drawn_tables_agree_with_listed_ones(monkeypatch) -> None:
    table = drawn(4, 6, 40).reshape(3, 4)
    listed = freeman_halton(table)
    monkeypatch.setattr("analysis.old.inference.exact.crossed.ROOM", 0)
    sampled = freeman_halton(table)
    assert (listed.method, sampled.method) == ("exact", "monte_carlo")
    assert abs(sampled.p_value - listed.p_value) < sampled.error
    assert abs(sampled.mid_p - listed.mid_p) < sampled.error


@pytest.mark.parametrize(
    "table",
    [
        [[4, 1, 3, 4, 2, 5, 2, 3, 4, 2], [2, 5, 3, 2, 4, 1, 4, 3, 2, 4]],
        [[0, 3, 0, 2, 1, 4, 0, 2, 0, 3], [4, 1, 3, 2, 2, 0, 5, 2, 4, 0]],
        [[6, 1, 7, 0, 4, 1], [0, 5, 1, 7, 1, 5]],
    ],
)
def test_many_columns_agree_with_rationals(table) -> None:
    p, mid_p = freeman_halton_p(table)
    found = freeman_halton(table)
    assert relative(found.p_value, float(p)) < 1e-13
    assert relative(found.mid_p, float(mid_p)) < 1e-13


def test_tables_as_far_out_are_told_apart_by_the_hundred_thousand() -> None:
    """Of columns that are alike χ² is a sum of squares, so very many tables share its value."""
    first, size = [14, 10, 22, 15, 15, 20, 19, 10, 11, 17], 36
    farther, as_far, whole = sums_of_squares(first, size)
    found = pearson_exact([first, [size - x for x in first]])
    assert relative(found.p_value, (farther + as_far) / whole) < 1e-12
    assert relative(found.mid_p, (farther + as_far / 2) / whole) < 1e-12
    assert found.error == 0.0


def sums_of_squares(first: list[int], size: int) -> tuple[float, float, float]:
    """The weight of the rows with a larger sum of squares than a first row, the same, and of all rows."""
    target, limit = sum(first), sum(x * x for x in first)
    weights = np.zeros((target + 1, limit + 2))  # by sum and sum of squares, those above the limit last
    weights[0, 0] = 1.0
    for _ in first:
        grown = np.zeros_like(weights)
        for x in range(size + 1):
            ways, stop = math.comb(size, x) / math.comb(size, size // 2), max(0, limit + 1 - x * x)
            moved = weights[: target + 1 - x]
            grown[x:, x * x : limit + 1] += ways * moved[:, :stop]
            grown[x:, -1] += ways * moved[:, stop:].sum(axis=1)
        weights = grown
    return weights[target, -1], weights[target, limit], weights[target].sum()


def test_ties_that_are_too_many_to_be_told_apart_are_stated_as_error(monkeypatch) -> None:
    table = [[3, 4, 5, 2, 6, 4], [5, 4, 3, 6, 2, 4]]
    exact = pearson_exact(table)
    monkeypatch.setattr("analysis.old.inference.exact.halves.MOST_NEAR", 3)
    found = pearson_exact(table)
    assert (exact.error, found.method) == (0.0, "exact")
    assert abs(found.mid_p - exact.mid_p) <= found.error / 2 < found.error
    assert relative(found.p_value, exact.p_value) < 1e-12


@pytest.mark.parametrize("seed", range(4))
def test_halves_that_meet_a_few_at_a_time_have_the_same_weight(monkeypatch, seed) -> None:
    table = drawn(seed, 6, 200)
    whole = freeman_halton(table)
    for module in ("halves", "tails"):
        monkeypatch.setattr(f"analysis.old.inference.exact.{module}.BLOCK", 40)
    found = freeman_halton(table)
    assert (whole.error, found.error) == (0.0, 0.0)
    assert relative(found.p_value, whole.p_value) < 1e-13
    assert relative(found.mid_p, whole.mid_p) < 1e-13


def test_lists_that_grow_too_long_are_given_up(monkeypatch) -> None:
    table = drawn(5, 6, 400)
    exact = freeman_halton(table)
    monkeypatch.setattr("analysis.old.inference.exact.tails.lower_tail.__kwdefaults__", {"limit": 50})
    given_up = freeman_halton(table)
    assert (exact.method, given_up.method) == ("exact", "contour")
    assert abs(given_up.p_value - exact.p_value) < given_up.error


def test_a_table_is_read_by_its_shorter_row() -> None:
    assert _rows([[3, 0, 4], [1, 0, 2]]).first == [1, 2]
    assert _rows([[3, 0, 4], [1, 0, 2]]).places == [1, 3]
