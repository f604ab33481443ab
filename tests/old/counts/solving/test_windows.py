"""Windows around printed figures hold every column that a named rule could have printed."""

from __future__ import annotations

from brute import compositions, printed_columns
from hypothesis import assume, given, settings

from analysis.old.apportionment import balanced
from analysis.old.counts.solving.windows import Column, column_windows, hull, tighten
from analysis.old.rounding import RULES


@settings(max_examples=100)
@given(printed_columns())
def test_no_named_rule_leaves_the_windows(case: tuple[str, tuple[int | None, ...], int, int]) -> None:
    rule, printed, n, unit = case
    column = balanced(printed, unit) if RULES[rule].keeps_sum else list(printed)
    assume(column is not None and rule != "within_one")
    windows = column_windows(Column(printed, unit), n)
    for counts in compositions(n, len(printed)):
        if RULES[rule].fits(counts, column, unit):
            assert any(
                all(low <= c <= high for c, (low, high) in zip(counts, window, strict=True))
                for window in windows
            )


def test_n_narrows_a_window_from_both_sides() -> None:
    assert tighten([(0, 9), (3, 4), (2, 2)], 7) == ((1, 2), (3, 4), (2, 2))
    assert tighten([(0, 1), (3, 4)], 7) is None
    assert tighten([(2, 1), (3, 4)], 5) is None


def test_the_hull_holds_all_windows() -> None:
    assert hull([((0, 2), (5, 6)), ((1, 3), (4, 5))]) == ((0, 3), (4, 6))


def test_windows_inside_others_are_left_out() -> None:
    assert column_windows(Column((19, 19, 28, 32, 2), 100), 80) != []
    assert len(column_windows(Column((10, 15, 20, 45, 10), 100), 40)) == 1
