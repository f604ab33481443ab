"""The parts of a difference: Fisher's p, residuals, verdicts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from builders import DECK
from hypothesis import given, settings, strategies as st

from analysis.errors import RequestError
from analysis.old.inference.differences import adjusted_residuals, check_request, fisher_p, verdicts
from analysis.old.inference.exact import fisher_exact

ORACLE = json.loads((Path(__file__).parents[2] / "oracles.json").read_text(encoding="utf-8"))["wave1"]
FIRST, SECOND = np.array(DECK["vocational"]), np.array(DECK["general"])


def test_fishers_p_meets_r():
    # fisher.test of each stage against the others
    found = fisher_p(FIRST, np.array(80), SECOND, np.array(95))
    np.testing.assert_allclose(found, ORACLE["R"]["per_stage_p"]["fisher_2x2"], rtol=0, atol=1e-9)


@given(sizes=st.tuples(st.integers(1, 120), st.integers(1, 120)), data=st.data())
@settings(max_examples=80)
def test_fishers_p_of_many_is_that_of_each(sizes, data):
    x = [data.draw(st.integers(0, n)) for n in sizes]
    known = fisher_exact(x[0], sizes[0] - x[0], x[1], sizes[1] - x[1])
    found = fisher_p(np.array(x[:1]), np.array(sizes[0]), np.array(x[1:]), np.array(sizes[1]))
    assert found.item() == pytest.approx(known, rel=1e-10)


def test_fishers_p_of_nothing_is_nothing():
    nothing = np.empty((1, 0, 5), dtype=int)
    assert fisher_p(nothing, np.array(4), nothing, np.array(6)).shape == (1, 0, 5)


def test_fishers_p_keeps_the_shape_of_its_arrays():
    shape = np.broadcast_shapes((2, 1, 5), (2, 3, 1))
    found = fisher_p(np.ones((2, 1, 5), int), np.array(4), np.full((2, 3, 1), 2), np.array(6))
    assert found.shape == shape


def test_adjusted_residuals_meet_r():
    # chisq.test(...)$stdres, first row
    found = adjusted_residuals(FIRST, np.array(80), SECOND, np.array(95))
    np.testing.assert_allclose(found, ORACLE["python"]["pearson"]["adjusted_residuals"][0], atol=1e-9)


def test_a_stage_without_answers_has_no_residual():
    assert np.isnan(adjusted_residuals(np.array(0), np.array(5), np.array(0), np.array(7)))


def test_a_verdict_holds_for_every_table_for_none_or_is_undetermined():
    lowest, highest = np.array([0.001, 0.001, 0.2]), np.array([0.04, 0.2, 0.9])
    assert verdicts(lowest, highest, 0.95).tolist() == ["every table", "undetermined", "none"]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ((1.0, "holm", "newcombe"), "between 0 and 1"),
        ((0.95, "sidak", "newcombe"), "holm, bonferroni, bh"),
        ((0.95, "holm", "wald"), "newcombe, miettinen_nurminen"),
    ],
)
def test_what_is_not_known_is_refused(request_, message):
    with pytest.raises(RequestError, match=message):
        check_request(*request_)
