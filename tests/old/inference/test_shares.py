"""Arrays of shares: standard errors, the stratified total, bounds of sums."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.codebook import load_codebook
from analysis.errors import RequestError
from analysis.old.inference.cells import Cells
from analysis.old.inference.shares import METHODS, bounded_shares, check_level, stratified_total, sum_bounds

COUNTS = np.array([[[15, 15, 22, 26, 2], [20, 21, 9, 39, 6]]])


def cells_of(counts: np.ndarray) -> Cells:
    codebook = load_codebook()
    return Cells(counts, ["vocational", "general"], codebook.stages, {"codebook": codebook})


@pytest.mark.parametrize("measure", ["stage", "at_least"])
@pytest.mark.parametrize("method", METHODS)
def test_every_method_bounds_every_share(method, measure):
    shares = bounded_shares(cells_of(COUNTS), measure, level=0.95, method=method)
    assert np.all((shares.low >= 0) & (shares.low < shares.estimate))
    assert np.all((shares.estimate < shares.high) & (shares.high <= 1))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("row", [[0, 0, 0, 5, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 9]])
def test_full_and_empty_cells_and_a_single_answer_keep_their_width(method, row):
    for measure in ("stage", "at_least"):
        shares = bounded_shares(cells_of(np.array([[row, row]])), measure, level=0.95, method=method)
        assert np.all((shares.low >= 0) & (shares.low <= shares.estimate) & (shares.estimate <= shares.high))
        assert np.all((shares.high <= 1) & (shares.low < shares.high))


def test_simultaneous_intervals_are_wider_than_single_ones():
    single = bounded_shares(cells_of(COUNTS), "at_least", level=0.95, method="wilson")
    together = bounded_shares(cells_of(COUNTS), "at_least", level=0.95, method="bonferroni_wilson")
    assert np.all(together.low < single.low)
    assert np.all(together.high > single.high)


def test_the_standard_error_is_that_of_the_r_package_survey():
    # svymean(~factor(s), svydesign(ids = ~1, fpc = ~N)) of 244 vocational institutions: se_fpc_unbiased
    known = [
        0.0360019302415359,
        0.0360019302415359,
        0.0411859241564402,
        0.043202316289843,
        0.0144007720966143,
    ]
    members = np.array([244, 289])
    shares = bounded_shares(cells_of(COUNTS), "stage", level=0.95, method="wilson", members=members)
    np.testing.assert_allclose(shares.error[0, 0], known, atol=1e-12)


def test_a_population_that_answered_whole_has_no_error():
    shares = bounded_shares(
        cells_of(COUNTS), "stage", level=0.95, method="wilson", members=np.array([80, 95])
    )
    np.testing.assert_array_equal(shares.error, 0)
    np.testing.assert_allclose(shares.low, shares.high)


def test_the_stratified_total_weights_by_members():
    members = np.array([112, 372])
    shares = bounded_shares(cells_of(COUNTS), "stage", level=0.95, method="wilson", members=members)
    total = stratified_total(shares, members, "all")
    share = 112 / 484 * 22 / 80 + 372 / 484 * 9 / 95
    variance = sum(
        (size / 484) ** 2 * p * (1 - p) / (n - 1) * (1 - n / size)
        for size, p, n in ((112, 22 / 80, 80), (372, 9 / 95, 95))
    )
    assert total.estimate[0, 0, 2] == pytest.approx(share, abs=1e-15)
    assert total.error[0, 0, 2] == pytest.approx(variance**0.5, abs=1e-15)
    assert 0 <= total.low[0, 0, 2] < share < total.high[0, 0, 2] <= 1


def test_weights_of_one_group_give_its_own_interval():
    members = np.array([10**9, 95])
    shares = bounded_shares(cells_of(COUNTS), "stage", level=0.95, method="wilson", members=members)
    total = stratified_total(shares, members, "all")
    np.testing.assert_allclose(total.low[0, 0], shares.low[0, 0], atol=1e-6)
    np.testing.assert_allclose(total.high[0, 0], shares.high[0, 0], atol=1e-6)


def test_bounds_of_a_sum_use_the_stages_below_too():
    # stages of 0.1–0.2, 0.3–0.4, 0.4–0.6: at least the second is 0.7–1.0 by itself, 0.8–0.9 from the first
    low, high = sum_bounds(np.array([0.1, 0.3, 0.4]), np.array([0.2, 0.4, 0.6]))
    np.testing.assert_allclose(low, [0.8, 0.4])
    np.testing.assert_allclose(high, [0.9, 0.6])


@pytest.mark.parametrize("level", [0, 1, -0.5, 95])
def test_a_level_outside_0_and_1_is_refused(level):
    with pytest.raises(RequestError, match="between 0 and 1"):
        check_level(level)
