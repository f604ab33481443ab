"""Intervals and p of two shares against published examples and by exact enumeration of all outcomes.

Against R they are held where they are used, in ``test_shares`` and ``test_differences``. Coverage is computed
by summing binomial probabilities over every outcome, without simulation.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from reference import ORACLES
from scipy.special import ndtr
from scipy.stats import binom

from analysis.inference.cells import effective_n
from analysis.inference.differences import fisher_p, holm, newcombe
from analysis.inference.shares import wilson

R = ORACLES["wave1"]["R"]


@pytest.mark.parametrize(
    ("numbers", "known"),
    [  # Newcombe (1998), Statistics in Medicine 17: 873–890, Table II
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((6, 7, 2, 7), (0.0582, 0.8062)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
        ((0, 10, 0, 20), (-0.1611, 0.2775)),
        ((10, 10, 0, 20), (0.6791, 1.0)),
        ((10, 10, 0, 10), (0.6075, 1.0)),
    ],
)
def test_examples_of_newcombe_1998_are_met(numbers, known):
    x1, n1, x2, n2 = numbers
    assert tuple(np.round(newcombe(x1 / n1, n1, x2 / n2, n2), 4)) == known


def test_fisher_of_billions_of_answers_ends_and_goes_on_from_that_of_millions():
    n = 10 ** np.arange(5, 16)
    x = n // 5
    p = fisher_p(x, n, x + np.sqrt(0.6 * n).astype(np.int64), n)
    deviation, limit = np.sqrt(0.08 * n), 2 * ndtr(-np.sqrt(0.6 / 0.32))
    assert (np.abs(p / limit - 1) < 3 / deviation).all()
    assert fisher_p(10**12, 10**12, 0, 10**12) == 0
    assert fisher_p(10**12, 10**12, 10**12, 10**12) == 1
    np.testing.assert_allclose(fisher_p(3, 10**15, 0, 10**15), 0.25)


def test_holm_is_that_of_r():
    p = np.array(R["per_stage_p"]["fisher_2x2"])
    np.testing.assert_allclose(holm(p, 5), R["per_stage_p"]["holm_fisher"], rtol=1e-12)


def test_holm_over_a_larger_family_counts_the_others_as_1():
    p = np.array([0.01, 0.2, 0.03])
    np.testing.assert_allclose(holm(p, 5), holm(np.append(p, [1.0, 1.0]), 5)[:3])


def test_wilson_covers_what_it_says_on_average():
    grid, x = np.linspace(0.005, 0.995, 199), np.arange(81)
    low, high = wilson(x / 80, 80)
    held = (low[:, None] <= grid) & (high[:, None] >= grid)
    coverage = (binom.pmf(x[:, None], 80, grid) * held).sum(0)
    assert 0.945 < coverage.mean() < 0.96


@pytest.mark.parametrize("level", [0.95, 1 - 0.05 / 8])
def test_newcombe_covers_what_it_says_on_average(level):
    shares = np.linspace(0.05, 0.95, 10)
    x1, x2 = np.meshgrid(np.arange(21), np.arange(26), indexing="ij")
    low, high = newcombe(x1 / 20, 20, x2 / 25, 25, level=level)
    covered = []
    for first, second in [*combinations(shares, 2), *zip(shares, shares, strict=True)]:
        chance = np.outer(binom.pmf(np.arange(21), 20, first), binom.pmf(np.arange(26), 25, second))
        covered.append(chance[(low <= first - second + 1e-12) & (first - second - 1e-12 <= high)].sum())
    assert np.mean(covered) > level - 0.002


shares = st.floats(0, 1)
sizes = st.integers(1, 500)


@given(st.tuples(shares, shares), sizes, shares, sizes, sizes)
@settings(max_examples=200)
def test_corners_bound_newcombe(pair, n, second, m, fewer):
    """Both ends rise with the first share and fall with the second; fewer answers move them apart."""
    least, most = sorted(pair)
    low, high = newcombe(least, n, second, m), newcombe(most, n, second, m)
    assert low[0] <= high[0] + 1e-12
    assert low[1] <= high[1] + 1e-12
    wide, narrow = newcombe(least, min(n, fewer), second, m), newcombe(least, max(n, fewer), second, m)
    assert wide[0] <= narrow[0] + 1e-12
    assert wide[1] >= narrow[1] - 1e-12


def test_no_answers_leave_the_whole_range_and_a_whole_population_none():
    assert [float(end) for end in wilson(np.nan, 0)] == [0.0, 1.0]
    assert [float(end) for end in newcombe(np.nan, 0, 0.5, 10)] == [-1.0, 1.0]
    assert [float(end) for end in wilson(0.4, effective_n(10, 10))] == [0.4, 0.4]
