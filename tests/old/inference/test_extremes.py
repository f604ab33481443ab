"""The tables that bound an exact p-value, against a test of every table."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.old.inference import extremes
from analysis.old.inference.exact import freeman_halton, linear_by_linear, mann_whitney
from analysis.old.inference.extremes import ranks_p, scores_p, shape_p

EVERY_TEST = pytest.mark.parametrize(
    ("bound", "test"),
    [(shape_p, freeman_halton), (ranks_p, mann_whitney), (scores_p, linear_by_linear)],
)


def tables_of(sizes, stages, number) -> np.ndarray:
    rng = np.random.default_rng(3)
    return np.stack([rng.multinomial(n, [1 / stages] * stages, size=number) for n in sizes], axis=1)


def counted(monkeypatch, name) -> list[np.ndarray]:
    """The tables that a test is asked about."""
    asked, test = [], getattr(extremes, name)
    monkeypatch.setattr(extremes, name, lambda table, **given: asked.append(table) or test(table, **given))
    return asked


@EVERY_TEST
def test_the_ends_are_those_of_every_table(bound, test) -> None:
    tables = tables_of((6, 8), 3, 90)
    found, all_p = bound(tables, np.full(90, 0.5)), [test(table).p_value for table in tables]
    assert (found.p_values.min(), found.p_values.max()) == (min(all_p), max(all_p))
    assert found.method == "exact"


def test_of_three_groups_the_ends_are_those_of_every_table() -> None:
    tables = tables_of((3, 4, 5), 3, 60)
    found, all_p = shape_p(tables, np.full(60, 0.5)), [freeman_halton(table).p_value for table in tables]
    assert (found.p_values.min(), found.p_values.max()) == pytest.approx((min(all_p), max(all_p)), rel=1e-13)


def test_tables_of_the_same_margins_take_two_tests(monkeypatch) -> None:
    asked = counted(monkeypatch, "freeman_halton")
    shape_p(np.array([[[x, 9 - x, 3], [12 - x, 3 + x, 1]] for x in range(9)]), np.full(9, 0.5))
    assert len(asked) == 2


@EVERY_TEST
def test_beyond_the_most_the_ends_by_an_approximation_are_tested(monkeypatch, bound, test) -> None:
    monkeypatch.setattr(extremes, "MOST_TESTED", 6)
    asked = counted(monkeypatch, test.__name__)
    tables = tables_of((6, 8), 3, 90)
    all_p = np.array([test(table).p_value for table in tables])
    found = bound(tables, all_p / 2)
    assert (len(asked), found.method) == (6, "asymptotic")
    assert (found.p_values.min(), found.p_values.max()) == pytest.approx((all_p.min(), all_p.max()))


def test_a_poor_approximation_widens_what_was_not_tested(monkeypatch) -> None:
    monkeypatch.setattr(extremes, "MOST_TESTED", 6)
    tables = tables_of((6, 8), 3, 90)
    all_p = np.array([mann_whitney(table).p_value for table in tables])
    found = ranks_p(tables, np.random.default_rng(1).permutation(all_p)).p_values
    assert found.min() < all_p.min() / 2
    assert found.max() == 1


def test_a_table_of_one_group_leaves_the_ends_unknown() -> None:
    found = ranks_p(np.array([[[1, 2], [3, 1]], [[0, 0], [3, 1]]]), np.full(2, 0.5))
    assert np.isnan(found.p_values.max())
    assert len(found.p_values) == len(found.errors) == 2
