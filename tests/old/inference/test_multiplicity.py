"""Simultaneous intervals and adjusted p-values against R 4.2.2 (``oracles.json`` names each expression)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from analysis.old.inference import multiplicity
from analysis.old.inference.multiplicity import adjust_p, bonferroni_wilson, goodman, sison_glaz

COUNTS = np.array([[15, 15, 22, 26, 2], [20, 21, 9, 39, 6]])


@pytest.fixture(scope="module")
def oracle() -> dict:
    """What R computed for the one table of counts that fits the deck."""
    content = json.loads((Path(__file__).parents[2] / "oracles.json").read_text(encoding="utf-8"))
    return content["wave1"]["R"]


@pytest.mark.parametrize(("method", "key"), [(goodman, "goodman"), (sison_glaz, "sison_glaz")])
def test_simultaneous_intervals_meet_r(oracle, method, key):
    known = np.array(oracle[key])[..., 1:]
    np.testing.assert_allclose(np.stack(method(COUNTS), -1), known, rtol=0, atol=1e-9)
    known_all = np.array(oracle[f"{key}_all"])[:, 1:]
    np.testing.assert_allclose(np.stack(method(COUNTS.sum(0)), -1), known_all, rtol=0, atol=1e-9)


def test_goodman_solves_its_equation():
    # (x/n − p)² = A p (1 − p) / n, with A the 99 % quantile of χ² with one degree of freedom: 6.634896601
    low, high = goodman(COUNTS[0])
    for p in (low, high):
        np.testing.assert_allclose(
            (COUNTS[0] / 80 - p) ** 2, 6.6348966010212145 * p * (1 - p) / 80, atol=1e-12
        )


def test_sison_glaz_has_width_at_full_and_empty_cells():
    # statsmodels 0.15 gives [1, 1] for the full cell; the exact region is p⁵ ≥ 0.05
    low, high = sison_glaz([0, 0, 0, 5, 0])
    least = 0.05 ** (1 / 5)
    np.testing.assert_allclose(low, [0, 0, 0, least, 0])
    np.testing.assert_allclose(high, [1 - least, 1 - least, 1 - least, 1, 1 - least])


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        # sisonglaz() of the R script whose other values are in oracles.json
        ([1, 0, 0, 5, 0], [0, 0, 0, 0.6666666667, 0], [0.4447570, 0.2780903, 0.2780903, 1, 0.2780903]),
        ([0, 0, 0, 100, 1], [0, 0, 0, 0.980198, 0], [0.01699526, 0.01699526, 0.01699526, 1, 0.02689625]),
        ([1, 1], [0.5, 0.5], [1, 1]),
    ],
)
def test_sison_glaz_meets_its_algorithm_beside_empty_cells(counts, low, high):
    found = sison_glaz(counts)
    np.testing.assert_allclose(found[0], low, atol=1e-6)
    np.testing.assert_allclose(found[1], high, atol=1e-6)


def test_sison_glaz_bounds_alike_columns_once(monkeypatch):
    bounded, bound = [], multiplicity._sison_glaz_one
    monkeypatch.setattr(
        multiplicity, "_sison_glaz_one", lambda *given: bounded.append(given) or bound(*given)
    )
    low, _ = sison_glaz([[[1, 2], [3, 4]], [[3, 4], [1, 2]]])
    assert len(bounded) == 2
    assert low[0, 0].tolist() == low[1, 1].tolist() != low[0, 1].tolist()


def test_sison_glaz_loses_no_digits_in_large_counts():
    # one answer in a million: its Poisson, cut to 0–2, has the mean 0.8; the full cell mirrors it
    low, high = sison_glaz([10**6, 1])
    assert low[0] < 1 - 1e-6 < high[0]
    assert low[1] == 0
    assert 2e-6 < high[1] < 4e-6


@pytest.mark.parametrize("method", [goodman, sison_glaz])
@given(counts=st.lists(st.integers(0, 60), min_size=2, max_size=8), level=st.sampled_from([0.9, 0.95, 0.999]))
@settings(max_examples=60)
def test_simultaneous_intervals_stay_in_range_hold_the_shares_and_have_width(method, counts, level):
    low, high = method(counts, level=level)
    n = sum(counts)
    share = np.array(counts) / n if n else np.zeros(len(counts))
    assert np.all((low >= 0) & (low <= share + 1e-12) & (share - 1e-12 <= high) & (high <= 1))
    assert np.all(low < high)


def test_bonferroni_widens_wilson_with_the_size_of_the_family():
    low2, high2 = bonferroni_wilson([10, 10], [40, 40])
    low3, high3 = bonferroni_wilson([10, 10, 10], [40, 40, 40])
    assert low3[0] < low2[0] < high2[0] < high3[0]


def test_adjusted_p_values_meet_r(oracle):
    known = oracle["per_stage_p"]
    for key in ("fisher", "z"):
        p = known["fisher_2x2" if key == "fisher" else "z_uncorrected"]
        np.testing.assert_allclose(adjust_p(p, method="holm"), known[f"holm_{key}"], atol=1e-9)
        np.testing.assert_allclose(adjust_p(p, method="bh"), known[f"bh_{key}"], atol=1e-9)


def test_bonferroni_multiplies_by_the_family():
    np.testing.assert_allclose(adjust_p([0.01, 0.02, 0.5], method="bonferroni"), [0.03, 0.06, 1.0])


def test_families_on_the_last_axis_are_adjusted_apart():
    p = np.array([[0.01, 0.04, 0.03], [0.5, 0.001, 0.02]])
    for method in ("holm", "bh", "bonferroni"):
        apart = [adjust_p(row, method=method) for row in p]
        np.testing.assert_allclose(adjust_p(p, method=method), apart)


def test_an_unknown_adjustment_is_refused():
    with pytest.raises(ValueError, match="holm, bonferroni, bh"):
        adjust_p([0.1], method="sidak")
