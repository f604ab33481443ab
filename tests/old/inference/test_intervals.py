"""Intervals against R, against published examples and by exact enumeration of all outcomes.

R 4.2.2 made the reference values (``oracles.json`` names each expression); coverage is computed here,
by summing binomial probabilities over every outcome, without simulation.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.stats import binom

from analysis.old.inference import intervals

VOCATIONAL, GENERAL = np.array([15, 15, 22, 26, 2]), np.array([20, 21, 9, 39, 6])
ONE_SHARE = ["wilson", "agresti_coull", "clopper_pearson", "jeffreys"]
GRID = np.linspace(0.005, 0.995, 199)


@pytest.fixture(scope="module")
def oracle() -> dict:
    """What R computed for the one table of counts that fits the deck."""
    content = json.loads((Path(__file__).parents[2] / "oracles.json").read_text(encoding="utf-8"))
    return content["wave1"]["R"]


def coverage(method: str, n: int, level: float = 0.95) -> np.ndarray:
    """P(the interval holds p) for each p of the grid, over all n + 1 outcomes."""
    x = np.arange(n + 1)
    low, high = getattr(intervals, method)(x, n, level=level)
    held = (low[:, None] <= GRID) & (high[:, None] >= GRID)
    return (binom.pmf(x[:, None], n, GRID) * held).sum(0)


def coverage_of_difference(method: str, n1: int, n2: int) -> np.ndarray:
    """P(the interval holds p1 − p2) for pairs of shares 0.05, 0.10 … 0.95, over all outcomes."""
    p = np.linspace(0.05, 0.95, 19)
    x1, x2 = np.meshgrid(np.arange(n1 + 1), np.arange(n2 + 1), indexing="ij")
    low, high = getattr(intervals, method)(x1, n1, x2, n2)
    found = []
    for first in p:
        for second in p:
            chance = np.outer(
                binom.pmf(np.arange(n1 + 1), n1, first), binom.pmf(np.arange(n2 + 1), n2, second)
            )
            found.append(chance[(low <= first - second + 1e-12) & (first - second - 1e-12 <= high)].sum())
    return np.array(found)


def test_wilson_meets_r(oracle):
    known = np.array(oracle["wilson"])
    found = np.stack([np.stack(intervals.wilson(x, x.sum()), -1) for x in (VOCATIONAL, GENERAL)])
    np.testing.assert_allclose(found, known, rtol=0, atol=1e-9)


def test_newcombe_meets_r(oracle):
    # R subtracts vocational from general
    known = np.array(oracle["stage_differences_newcombe_g2_minus_g1"])[:, 1:]
    found = np.stack(intervals.newcombe(GENERAL, 95, VOCATIONAL, 80), -1)
    np.testing.assert_allclose(found, known, rtol=0, atol=1e-9)


def test_miettinen_nurminen_meets_r(oracle):
    known = np.array(oracle["stage_differences_miettinen_nurminen_g2_minus_g1"])[:, 1:]
    found = np.stack(intervals.miettinen_nurminen(GENERAL, 95, VOCATIONAL, 80), -1)
    np.testing.assert_allclose(found, known, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("group", "counts"), [("vocational", VOCATIONAL), ("general", GENERAL)])
def test_finite_populations_meet_r(oracle, group, counts):
    known = oracle["fpc"][group]
    n, size = known["n"], known["N"]
    assert intervals.effective_n(n, size) == pytest.approx(known["n_eff"], abs=1e-9)
    found = np.stack(intervals.wilson(counts, n, population=size), -1)
    np.testing.assert_allclose(found, known["wilson_fpc"], rtol=0, atol=1e-9)
    exact = np.stack(intervals.clopper_pearson(counts, n, population=size), -1)
    np.testing.assert_allclose(exact, np.array(known["hypergeometric_exact"])[:, 2:], rtol=0, atol=1e-9)


def test_newcombe_of_finite_populations_meets_r(oracle):
    known = np.array(oracle["fpc_newcombe_g2_minus_g1"])[:, 1:]
    found = intervals.newcombe(GENERAL, 95, VOCATIONAL, 80, population1=289, population2=244)
    np.testing.assert_allclose(np.stack(found, -1), known, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("numbers", "method", "known"),
    [
        # Newcombe (1998), Statistics in Medicine 17: 873–890, Table II
        ((56, 70, 48, 80), "newcombe", (0.0524, 0.3339)),
        ((56, 70, 48, 80), "miettinen_nurminen", (0.0528, 0.3382)),
        ((9, 10, 3, 10), "miettinen_nurminen", (0.1700, 0.8406)),
        ((6, 7, 2, 7), "miettinen_nurminen", (0.0342, 0.8534)),
        ((9, 10, 3, 10), "newcombe", (0.1705, 0.8090)),
        ((6, 7, 2, 7), "newcombe", (0.0582, 0.8062)),
        ((5, 56, 0, 29), "newcombe", (-0.0381, 0.1926)),
        ((0, 10, 0, 20), "newcombe", (-0.1611, 0.2775)),
        ((10, 10, 0, 20), "newcombe", (0.6791, 1.0)),
        ((10, 10, 0, 10), "newcombe", (0.6075, 1.0)),
    ],
)
def test_examples_of_newcombe_1998_are_met(numbers, method, known):
    assert tuple(np.round(getattr(intervals, method)(*numbers), 4)) == known


def test_the_constrained_share_is_the_maximum_of_the_likelihood():
    # the score of the constrained likelihood falls, so bisection finds its root without the closed form
    random = np.random.default_rng(20)
    n1, n2 = random.integers(1, 300, (2, 500)).astype(float)
    x1, x2 = np.floor(random.random((2, 500)) * (np.array([n1, n2]) + 1))
    delta = random.uniform(-0.99, 0.99, 500)
    low, high = np.maximum(0, -delta), np.minimum(1, 1 - delta)
    for _ in range(60):
        p = (low + high) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            score = x2 / p - (n2 - x2) / (1 - p) + x1 / (p + delta) - (n1 - x1) / (1 - p - delta)
        low, high = np.where(score > 0, p, low), np.where(score > 0, high, p)
    found = intervals.constrained_share(delta, x1, n1, x2, n2)
    np.testing.assert_allclose(found, p, rtol=0, atol=1e-11)


def test_the_score_statistic_at_no_difference_is_pearsons_with_n_minus_one():
    # chi-squared of 15/80 against 20/95 without correction is (n-1)/n of the statistic's square at delta 0
    x1, n1, x2, n2 = (np.array(float(value)) for value in (15, 80, 20, 95))
    pooled = 35 / 175
    z = (15 / 80 - 20 / 95) / np.sqrt(pooled * (1 - pooled) * (1 / 80 + 1 / 95))
    found = intervals.score_statistic(np.array(0.0), x1, n1, x2, n2)
    assert found == pytest.approx(z * np.sqrt(174 / 175), abs=1e-12)


@pytest.mark.parametrize("n", [1, 2, 5, 10, 20, 40, 60])
def test_clopper_pearson_never_covers_less_than_its_level(n):
    assert coverage("clopper_pearson", n).min() >= 0.95


def test_wilson_covers_its_level_on_average_for_every_n_up_to_60():
    means = np.array([coverage("wilson", n).mean() for n in range(1, 61)])
    assert means.min() >= 0.949
    assert means.max() <= 0.971


@pytest.mark.parametrize("n", [10, 20, 40, 60])
def test_wilson_dips_to_its_known_least_coverage_beside_the_first_limit(n):
    # just under the lower limit of x = 1 only x = 0 covers: (1 − p)ⁿ, near 0.838 (Agresti & Coull 1998)
    low, _ = intervals.wilson(np.arange(n + 1), n)
    p = low[1] - 1e-9
    covered = binom.pmf(np.arange(n + 1), n, p)[low <= p].sum()
    assert covered == pytest.approx((1 - p) ** n, abs=1e-9)
    assert 0.83 < covered < 0.84


@pytest.mark.parametrize(("n1", "n2"), [(5, 5), (10, 10), (30, 30), (60, 60), (10, 60)])
def test_newcombe_covers_its_level_on_average_and_never_far_below(n1, n2):
    covered = coverage_of_difference("newcombe", n1, n2)
    assert 0.949 <= covered.mean() <= 0.96
    assert covered.min() >= 0.89


@pytest.mark.parametrize(("n1", "n2"), [(10, 10), (30, 30), (60, 60), (10, 60)])
def test_miettinen_nurminen_covers_its_level_on_average(n1, n2):
    covered = coverage_of_difference("miettinen_nurminen", n1, n2)
    assert 0.945 <= covered.mean() <= 0.97
    assert covered.min() >= 0.90


@pytest.mark.parametrize("method", ONE_SHARE)
@given(n=st.integers(1, 400), data=st.data(), level=st.sampled_from([0.8, 0.95, 0.99]))
@settings(max_examples=40)
def test_one_share_stays_in_range_holds_the_share_and_has_width(method, n, data, level):
    x = data.draw(st.integers(0, n))
    size = data.draw(st.none() | st.integers(n + 1, 3 * n + 1))
    low, high = getattr(intervals, method)(x, n, level=level, population=size)
    assert 0 <= low <= x / n <= high <= 1
    assert low < high


@pytest.mark.parametrize("method", ONE_SHARE)
def test_a_population_that_answered_whole_leaves_nothing_open(method):
    low, high = getattr(intervals, method)([0, 1, 4], [4, 4, 4], population=4)
    np.testing.assert_allclose(low, [0, 0.25, 1])
    np.testing.assert_allclose(high, [0, 0.25, 1])


@pytest.mark.parametrize("method", ONE_SHARE)
def test_no_answers_leave_the_whole_range(method):
    assert tuple(getattr(intervals, method)(0, 0)) == (0, 1)


@pytest.mark.parametrize("method", ONE_SHARE)
def test_counting_the_other_answers_mirrors_the_interval(method):
    x = np.arange(21)
    low, high = getattr(intervals, method)(x, 20)
    other_low, other_high = getattr(intervals, method)(20 - x, 20)
    np.testing.assert_allclose(low, 1 - other_high, atol=1e-12)
    np.testing.assert_allclose(high, 1 - other_low, atol=1e-12)


def test_a_large_population_changes_nothing():
    found = intervals.wilson(VOCATIONAL, 80, population=10**12)
    np.testing.assert_allclose(found, intervals.wilson(VOCATIONAL, 80), atol=1e-9)


@pytest.mark.parametrize("method", ["newcombe", "miettinen_nurminen"])
@given(n1=st.integers(1, 200), n2=st.integers(1, 200), data=st.data())
@settings(max_examples=60)
def test_swapping_the_samples_mirrors_the_difference(method, n1, n2, data):
    x1, x2 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n2))
    low, high = getattr(intervals, method)(x1, n1, x2, n2)
    swapped_low, swapped_high = getattr(intervals, method)(x2, n2, x1, n1)
    assert low == pytest.approx(-swapped_high, abs=1e-9)  # the cubic has 11 digits near a full sample
    assert high == pytest.approx(-swapped_low, abs=1e-9)
    assert -1 <= low < high <= 1
    assert low <= x1 / n1 - x2 / n2 + 1e-15
    assert x1 / n1 - x2 / n2 - 1e-15 <= high


@pytest.mark.parametrize("method", ["newcombe", "miettinen_nurminen"])
def test_a_difference_from_no_answers_is_wholly_open(method):
    assert tuple(getattr(intervals, method)(0, 0, 3, 8)) == (-1, 1)
