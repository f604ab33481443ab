"""Measures of the whole scale against R and against direct formulas; R's numbers are in ``oracles.json``."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from reference import ORACLES
from scipy import stats
from scipy.optimize import brentq

from analysis.old.inference import association as of

OURS = np.array([ORACLES["wave1"]["counts"]], float)
R = ORACLES["wave1"]["R"]
PYTHON = ORACLES["wave1"]["python"]

tables = st.integers(2, 5).flatmap(
    lambda stages: st.lists(
        st.lists(st.integers(0, 8), min_size=stages, max_size=stages), min_size=2, max_size=4
    )
)


def answers(table) -> list[np.ndarray]:
    """One rank an answer, group by group."""
    return [np.repeat(np.arange(len(group)), group) for group in np.asarray(table, int)]


@pytest.mark.parametrize(
    ("test", "name"), [(of.pearson, "pearson"), (of.g_test, "g_test"), (of.kruskal_wallis, "kruskal_wallis")]
)
def test_tests_are_those_of_r(test, name) -> None:
    found = test(OURS)
    assert found.statistic[0] == pytest.approx(R[name]["statistic"], rel=1e-9)
    assert found.df[0] == R[name]["df"]
    assert found.p_value[0] == pytest.approx(R[name]["p"], rel=1e-9)


def test_the_trend_is_that_of_r() -> None:
    found = of.cochran_armitage(OURS)
    assert found.statistic[0] == pytest.approx(R["cochran_armitage"]["chisq"], rel=1e-9)
    assert found.p_value[0] == pytest.approx(R["cochran_armitage"]["p"], rel=1e-9)
    assert of.trend(OURS)[0] * np.sqrt(174 / 175) == pytest.approx(
        R["linear_by_linear_asymptotic"]["Z"], rel=1e-9
    )


def test_cramers_v_and_its_intervals_are_those_of_r() -> None:
    known = R["cramers_v_effectsize"]
    plain, corrected = of.cramers_v(OURS, 0.95)
    assert plain.estimate[0] == pytest.approx(R["cramers_v"]["V"], rel=1e-9)
    assert corrected.estimate[0] == pytest.approx(R["cramers_v"]["V_bias_corrected_bergsma"], rel=1e-9)
    assert [plain.low[0], plain.high[0]] == pytest.approx(known["ci"], abs=1e-6)
    assert [corrected.low[0], corrected.high[0]] == pytest.approx(known["ci_adj"], abs=1e-6)


def test_superiority_and_its_interval_are_those_of_newcombe() -> None:
    """``oracles.json`` sets the second group against the first."""
    known = PYTHON["superiority"]
    found = of.superiority(OURS[:, ::-1], 0.95)
    assert found.estimate[0] == pytest.approx(known["ps"], rel=1e-12)
    assert [found.low[0], found.high[0]] == pytest.approx(known["newcombe2006_method5"], rel=1e-9)
    ours = of.superiority(OURS, 0.95)
    assert [ours.low[0], ours.high[0]] == pytest.approx([1 - found.high[0], 1 - found.low[0]], rel=1e-12)


@given(tables)
@settings(max_examples=60)
def test_tests_agree_with_scipy_where_it_has_them(table) -> None:
    counts = np.array(table, float)
    live = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    pearson, g = of.pearson(counts[None]), of.g_test(counts[None])
    if min(live.shape) < 2:
        assert np.isnan(pearson.p_value[0])
        assert np.isnan(g.p_value[0])
        return
    for found, name in ((pearson, "pearson"), (g, "log-likelihood")):
        known = stats.chi2_contingency(live, correction=False, lambda_=name)
        assert found.statistic[0] == pytest.approx(known.statistic, rel=1e-9, abs=1e-9)
        assert found.p_value[0] == pytest.approx(known.pvalue, rel=1e-9)
        assert found.df[0] == known.dof
    known = stats.kruskal(*(group for group in answers(table) if len(group)))
    assert of.kruskal_wallis(counts[None]).statistic[0] == pytest.approx(known.statistic, rel=1e-9, abs=1e-9)


@given(tables)
@settings(max_examples=60)
def test_superiority_counts_pairs(table) -> None:
    counts = np.array(table[:2], float)
    first, second = answers(table[:2])
    found = of.superiority(counts[None], 0.9)
    if not len(first) or not len(second):
        assert np.isnan([found.estimate[0], found.low[0], found.high[0]]).all()
        return
    signs = np.sign(np.subtract.outer(first, second))
    assert found.estimate[0] == pytest.approx((signs.mean() + 1) / 2, abs=1e-12)
    assert 0 <= found.low[0] <= found.estimate[0] <= found.high[0] <= 1


def test_the_interval_of_superiority_solves_its_equation() -> None:
    table = np.array([[[4, 1, 0], [1, 2, 3]]], float)
    found = of.superiority(table, 0.9)
    z, pairs, spare = stats.norm.ppf(0.95), 30, 4.5

    def distance(theta: float) -> float:
        spread = (
            theta
            * (1 - theta)
            * (1 + spare * (1 - theta) / (2 - theta) + spare * theta / (1 + theta))
            / pairs
        )
        return abs(found.estimate[0] - theta) - z * spread**0.5

    assert found.low[0] == pytest.approx(brentq(distance, 1e-9, found.estimate[0]), rel=1e-9)
    assert found.high[0] == pytest.approx(brentq(distance, found.estimate[0], 1 - 1e-9), rel=1e-9)


def test_the_interval_of_v_leaves_the_statistic_at_its_quantiles() -> None:
    table = np.array([[[40, 10, 5], [10, 30, 25]]], float)
    plain, _ = of.cramers_v(table, 0.9)
    for bound, tail in ((plain.low[0], 0.95), (plain.high[0], 0.05)):
        assert stats.ncx2.cdf(plain.statistic[0], 2, bound**2 * 120) == pytest.approx(tail, abs=1e-9)


def test_the_interval_of_v_holds_an_estimate_that_chance_raises_above_it() -> None:
    counts = np.array([[[0, 1, 1, 2, 1], [1, 2, 0, 2, 0]]], float)
    for found in of.cramers_v(counts, 0.5):
        assert 0 <= found.low[0] <= found.estimate[0] <= found.high[0]


def test_a_perfect_association_has_a_v_of_one() -> None:
    for found in of.cramers_v(np.array([[[5, 0], [0, 5]]], float), 0.95):
        assert found.estimate[0] == found.high[0] == pytest.approx(1.0)


@pytest.mark.parametrize("table", [[[0, 0], [1, 2]], [[3, 0], [4, 0]], [[0, 0], [0, 0]]])
def test_nothing_is_measured_where_nothing_can_differ(table) -> None:
    counts = np.array([table], float)
    for test in (of.pearson, of.g_test, of.kruskal_wallis, of.cochran_armitage):
        assert np.isnan(test(counts).p_value[0])
    assert all(np.isnan(found.estimate[0]) for found in of.cramers_v(counts, 0.95))
