"""The common odds ratio against R, against its own likelihood, and where it has no finite value.

R's numbers are in ``oracles.json`` (``MASS::polr``, ``ordinal::clm``): there the second group is set
against the first. Their profile intervals interpolate the profile and part by 5e-6; ours solves it.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from reference import ORACLES
from scipy.optimize import brentq, minimize
from scipy.special import expit, logit

from analysis.old.inference.odds import fit_common_odds

OURS = np.array(ORACLES["wave1"]["counts"])
R = ORACLES["wave1"]["R"]


def negative_likelihood(counts, cuts, slope) -> float:
    """Written anew, from the definition of the model."""
    total = 0.0
    for row, side in zip(counts, (0.5, -0.5), strict=True):
        below = np.concatenate([[0.0], expit(np.array(cuts) - side * slope), [1.0]])
        parts = np.diff(below)
        if (parts <= 0).any():
            return 1e9
        total -= float(row @ np.log(parts))
    return total


def test_the_ratio_its_error_and_tests_are_those_of_r() -> None:
    found = fit_common_odds(OURS[::-1])
    assert float(found.ratio) == pytest.approx(R["clm_crosscheck"]["OR"], rel=1e-9)
    assert float(found.ratio) == pytest.approx(R["polr"]["OR"], rel=1e-6)
    assert float(found.error) == pytest.approx(R["clm_crosscheck"]["se"], rel=1e-6)
    assert [float(found.wald_low), float(found.wald_high)] == pytest.approx(R["polr"]["ci_wald"][0], rel=1e-6)
    assert [float(found.low), float(found.high)] == pytest.approx(
        R["clm_crosscheck"]["ci_profile"][0], rel=3e-6
    )
    assert float(found.lr) == pytest.approx(R["polr"]["lr"], rel=1e-6)
    assert float(found.p_value) == pytest.approx(R["polr"]["p_lr"], rel=1e-6)


def test_proportionality_is_tested_as_in_r() -> None:
    found, known = fit_common_odds(OURS), R["proportional_odds_test_nominal"]
    assert float(found.proportional_lr) == pytest.approx(known["lr"], rel=1e-9)
    assert float(found.df) == known["df"]
    assert float(found.proportional_p) == pytest.approx(known["p"], rel=1e-9)


def test_the_profile_interval_is_where_the_likelihood_has_fallen_enough() -> None:
    found = fit_common_odds(OURS)
    start = logit(np.cumsum(OURS.sum(axis=0))[:-1] / OURS.sum())

    def best(slope) -> float:
        fit = minimize(
            lambda cuts: negative_likelihood(OURS, cuts, slope), start, method="BFGS", options={"gtol": 1e-9}
        )
        return float(fit.fun)

    top = best(float(np.log(found.ratio)))
    fallen = lambda slope: best(slope) - top - 1.959963984540054**2 / 2  # noqa: E731
    assert float(np.log(found.low)) == pytest.approx(brentq(fallen, -2.0, -0.2, xtol=1e-10), abs=1e-6)
    assert float(np.log(found.high)) == pytest.approx(brentq(fallen, 0.0, 1.5, xtol=1e-10), abs=1e-6)


tables = st.integers(2, 6).flatmap(
    lambda stages: st.lists(
        st.lists(st.integers(0, 9), min_size=stages, max_size=stages), min_size=2, max_size=2
    )
)


@given(tables)
@settings(max_examples=60)
def test_swapping_groups_turns_the_ratio_over(table) -> None:
    found, swapped = fit_common_odds(table), fit_common_odds(table[::-1])
    with np.errstate(divide="ignore"):
        for one, other in (("ratio", "ratio"), ("low", "high"), ("wald_low", "wald_high")):
            np.testing.assert_allclose(getattr(found, one), 1 / getattr(swapped, other), rtol=1e-8)
    for same in ("lr", "p_value", "proportional_lr"):
        np.testing.assert_allclose(getattr(found, same), getattr(swapped, same), rtol=1e-7, atol=1e-9)


@given(tables)
@settings(max_examples=60)
def test_the_interval_holds_the_ratio_and_the_test_agrees_with_it(table) -> None:
    found = fit_common_odds(table)
    if np.isnan(found.ratio):
        return
    assert found.low <= found.ratio <= found.high
    if abs(found.p_value - 0.05) > 1e-6:
        assert (found.p_value < 0.05) == (found.low > 1 or found.high < 1)


@given(tables, st.integers(0, 6))
@settings(max_examples=50)
def test_an_empty_stage_changes_nothing(table, place) -> None:
    wider = np.insert(np.array(table), min(place, len(table[0])), 0, axis=1)
    for one, other in zip(fit_common_odds(table), fit_common_odds(wider), strict=True):
        np.testing.assert_array_equal(one, other)


def test_many_tables_are_fitted_as_one_by_one() -> None:
    many = np.random.default_rng(0).integers(0, 8, (40, 2, 4))
    together = fit_common_odds(many)
    for position, table in enumerate(many):
        for field, alone in zip(together, fit_common_odds(table), strict=True):
            np.testing.assert_allclose(field[position], alone, rtol=1e-9)


@pytest.mark.parametrize("table", [[[0, 3, 4], [2, 2, 0]], [[0, 5], [5, 0]], [[0, 0, 1], [1, 0, 0]]])
def test_a_group_wholly_above_has_an_infinite_ratio_with_a_lower_bound(table) -> None:
    above, below = fit_common_odds(table), fit_common_odds(table[::-1])
    assert np.isinf(above.ratio)
    assert np.isinf(above.high)
    assert 0 < above.low < np.inf
    assert np.isnan(above.wald_low)
    assert float(below.ratio) == float(below.low) == 0.0
    assert float(below.high) == pytest.approx(1 / float(above.low), rel=1e-9)


def test_a_two_by_two_ratio_is_the_cross_ratio() -> None:
    found = fit_common_odds([[10, 30], [25, 20]])
    assert float(found.ratio) == pytest.approx(30 * 25 / (10 * 20), rel=1e-12)
    assert float(found.error) == pytest.approx(np.sqrt(1 / 10 + 1 / 30 + 1 / 25 + 1 / 20), rel=1e-12)
    assert np.isnan(found.proportional_p)


@pytest.mark.parametrize("table", [[[0, 0], [1, 2]], [[3, 0], [4, 0]], [[0, 0], [0, 0]]])
def test_an_empty_group_or_a_single_stage_says_nothing(table) -> None:
    assert all(np.isnan(field) for field in fit_common_odds(table))
