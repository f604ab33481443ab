"""Relations on arrays say the same as the relations on single columns."""

from __future__ import annotations

import numpy as np
import pytest
from brute import compositions, printed_columns
from hypothesis import assume, given, settings

from analysis.old.apportionment import balanced
from analysis.old.counts.solving.relations import _RELATIONS, ColumnArrays, fits_arrays, needed_type
from analysis.old.rounding import RULES


def test_every_rule_has_its_relation() -> None:
    assert set(_RELATIONS) == set(RULES)


@settings(max_examples=150)
@given(printed_columns())
def test_arrays_and_single_columns_agree(case: tuple[str, tuple[int | None, ...], int, int]) -> None:
    rule, printed, n, unit = case
    column = balanced(printed, unit) if RULES[rule].keeps_sum else list(printed)
    assume(column is not None)
    all_columns = list(compositions(n, len(printed)))
    known = [RULES[rule].fits(c, column, unit) for c in all_columns]
    for kind in (needed_type([rule], n, unit, len(printed)), np.object_):
        counts = list(np.array(all_columns, dtype=kind).T)
        sizes = np.full(len(all_columns), n, dtype=kind)
        assert fits_arrays(rule, ColumnArrays(counts, sizes, column, unit)).tolist() == known


@pytest.mark.parametrize(
    ("rules", "n", "unit", "known"),
    [
        (["nearest"], 175, 100, np.int32),
        (["largest_remainder"], 10**9, 100_000, np.int64),
        (["huntington_hill"], 175, 100, np.int32),
        (["huntington_hill"], 10**6, 100_000, np.object_),
    ],
)
def test_the_type_holds_every_product(rules: list[str], n: int, unit: int, known: type) -> None:
    assert needed_type(rules, n, unit, 5) is known
