"""The exact test of a whole table against R, against enumeration in rationals, and at its limits.

Numbers of R and of a full enumeration in integers are in ``oracles.json``, with the commands that made
them; rationals come from ``reference.py``.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from reference import ORACLES, freeman_halton_p

from analysis.inference import exact
from analysis.inference.exact import freeman_halton

OURS = np.array(ORACLES["wave1"]["counts"])
KNOWN = ORACLES["wave1"]["python"]["exact_conditional"]
R = ORACLES["wave1"]["R"]

two_rows = st.integers(2, 5).flatmap(
    lambda size: st.tuples(*[st.lists(st.integers(0, 5), min_size=size, max_size=size)] * 2)
)
three_rows = st.tuples(*[st.lists(st.integers(0, 2), min_size=3, max_size=3)] * 3)


def test_our_table_gives_what_r_and_all_its_350388_tables_give() -> None:
    found = freeman_halton(OURS)
    assert found.low == found.high == pytest.approx(R["fisher_freeman_halton"]["p"], rel=1e-9)
    assert found.high == pytest.approx(KNOWN["p_ffh"], rel=1e-11)
    assert found.method == "exact"


@given(st.one_of(two_rows, three_rows))
@settings(max_examples=80, deadline=None)
def test_small_tables_agree_with_rationals(rows) -> None:
    table = np.array(rows)
    if ((table.sum(1) > 0).sum() > 1) and table.sum() > 0:
        assert freeman_halton(table).high == pytest.approx(float(freeman_halton_p(rows)[0]), rel=1e-10)


@given(st.one_of(two_rows, three_rows))
@settings(max_examples=40, deadline=None)
def test_what_the_more_probable_tables_leave_is_the_same_p(rows) -> None:
    table = np.array(rows)
    if ((table.sum(1) > 0).sum() > 1) and table.sum() > 0:
        whole, few = freeman_halton(table), exact.FEW
        exact.FEW = 0
        try:
            assert freeman_halton(table).high == pytest.approx(whole.high, abs=1e-11)
        finally:
            exact.FEW = few


def test_of_three_rows_none_is_filled_beyond_its_margin() -> None:
    for rows in ([[2, 0, 0, 1], [3, 1, 2, 0], [3, 3, 1, 3]], [[3, 0, 0, 2], [0, 0, 0, 2], [3, 1, 2, 2]]):
        assert freeman_halton(np.array(rows)).high == pytest.approx(
            float(freeman_halton_p(rows)[0]), rel=1e-11
        )


def test_rows_columns_and_empty_ones_change_nothing() -> None:
    p = freeman_halton(OURS).high
    for other in (
        OURS[::-1],
        OURS[:, ::-1],
        OURS.T,
        np.insert(OURS, 2, 0, axis=1),
        np.insert(OURS, 1, 0, axis=0),
    ):
        assert freeman_halton(other).high == pytest.approx(p, rel=1e-11)


def test_one_group_has_no_p_and_one_stage_says_nothing() -> None:
    assert np.isnan(freeman_halton(np.array([[3, 4], [0, 0]])).high)
    assert freeman_halton(np.array([[3, 0], [9, 0]])).high == 1.0


@pytest.mark.parametrize(
    ("stages", "n", "most"), [(5, 175, 60_000), (6, 2_000, 3_000_000), (8, 500, 4_000_000)]
)
def test_two_groups_are_decided_exactly_by_so_many_fillings(stages: int, n: int, most: int) -> None:
    """A million fillings take some .3 s; times are measured in benchmarks."""
    generator = np.random.default_rng(stages)
    shares = generator.dirichlet(np.full(stages, 9.0), size=2)
    for mixed in (0.0, 0.15, 1.0):
        second = (1 - mixed) * shares[0] + mixed * shares[1]
        table = np.array([generator.multinomial(n // 2, share) for share in (shares[0], second)])
        found = freeman_halton(table)
        assert found.method == "exact"
        assert found.work <= most


def test_a_table_too_large_to_list_is_sampled_with_a_seed_and_bounded() -> None:
    generator = np.random.default_rng(5)
    table = generator.multinomial(2_000, np.full(9, 1 / 9), size=5)
    found = freeman_halton(table)
    assert found.method == "sampled"
    assert 0 < found.low < found.high < 1
    assert found == freeman_halton(table)


def test_of_billions_of_answers_no_tables_are_drawn() -> None:
    for n in (4 * 10**9, 10**15):
        table = np.array([[n // 2, n // 4, n // 4], [n // 2, n // 3, n // 6]])
        assert freeman_halton(table).method == "bounds"


def test_the_interval_of_a_sampled_p_holds_the_exact_one() -> None:
    table = np.array([[9, 4, 7, 3], [4, 8, 5, 9], [3, 3, 9, 9]])
    known, sampled = freeman_halton(table), exact._sample(table)
    assert (known.method, sampled.method) == ("exact", "sampled")
    assert sampled.low < known.high < sampled.high


def test_a_p_too_small_to_list_is_bounded_from_above() -> None:
    table = np.array([[900, 100, 400, 300, 50, 50], [100, 900, 300, 400, 60, 40]])
    found = freeman_halton(table)
    assert (found.low, found.method) == (0.0, "exact")
    assert found.high < 1e-5
