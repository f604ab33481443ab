"""The contour integral against exact tails, within the error that it states."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.old.inference.exact import freeman_halton
from analysis.old.inference.exact.contour import contour_tail
from analysis.old.inference.exact.margins import log_weights


def integrated(table):
    sizes, first = table.sum(axis=0).tolist(), table[0].tolist()
    logs = log_weights(sizes, sum(first))
    threshold = sum(float(log[x]) for log, x in zip(logs, first, strict=True))
    return contour_tail(logs, logs, sum(first), threshold + 1e-9)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("tilt", [60.0, 1e9])
def test_it_agrees_with_the_exact_tail_within_its_error(seed, tilt) -> None:
    rng = np.random.default_rng(seed)
    stages = 5 + seed % 3
    shares = rng.dirichlet(np.full(stages, 9.0))
    table = np.array([rng.multinomial(200, shares), rng.multinomial(250, rng.dirichlet(tilt * shares))])
    exact, found = freeman_halton(table), integrated(table)
    assert exact.method == "exact"
    assert abs(found.value - exact.p_value) < found.error
    assert found.error < 0.02 * exact.p_value


@pytest.mark.parametrize("seed", [4, 5, 11, 14])
def test_columns_that_are_alike_part_from_the_exact_tail_by_no_more_than_is_stated(seed) -> None:
    sizes = np.full(5, 200)
    first = np.random.default_rng(seed).multivariate_hypergeometric(sizes, 500)
    table = np.array([first, sizes - first])
    exact, found = freeman_halton(table), integrated(table)
    assert exact.method == "exact"
    assert abs(found.value - exact.p_value) < found.error


@pytest.mark.parametrize(
    "table",
    [
        [[48, 69, 36, 97], [55, 68, 31, 96]],
        [[38, 28, 106, 31, 47], [49, 32, 92, 32, 45]],
    ],
)
def test_a_range_that_agrees_with_its_half_by_chance_is_not_believed(table) -> None:
    exact, found = freeman_halton(table), integrated(np.array(table))
    assert abs(found.value - exact.p_value) < found.error


def test_small_probabilities_keep_their_digits() -> None:
    table = np.array([[60, 70, 20, 30, 45], [20, 30, 70, 80, 25]])
    exact, found = freeman_halton(table), integrated(table)
    assert exact.p_value < 1e-15
    assert found.value == pytest.approx(exact.p_value, rel=1e-3)


def test_columns_too_long_are_refused() -> None:
    assert integrated(np.array([[20_000, 30_000], [20_100, 29_000]])) is None


def test_the_far_tail_of_five_thousand_answers_is_still_listed() -> None:
    table = np.array([[365, 430, 485, 560, 660], [505, 515, 525, 480, 475]])
    exact, found = freeman_halton(table), integrated(table)
    assert exact.method == "exact"
    assert 0 < exact.p_value < 1e-13
    assert abs(found.value - exact.p_value) < found.error
