"""Methods of apportionment against naive procedures that try every tie."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product

import pytest
from hypothesis import given, settings, strategies as st

from analysis.errors import RequestError
from analysis.old.apportionment import DIVISORS, TIES, balanced, print_divisor
from analysis.old.rounding import could_print, publish

few_counts = st.lists(st.integers(0, 12), min_size=2, max_size=4).filter(any)


def columns_near(counts: list[int], reach: int) -> list[tuple[int, ...]]:
    """Every column of whole percentages that adds up to 100 and is within reach of the exact shares."""
    exact = [Fraction(100 * c, sum(counts)) for c in counts]
    choices = [range(max(0, int(x) - reach), int(x) + reach + 2) for x in exact]
    return [column for column in product(*choices) if sum(column) == 100]


def hamilton_prints(counts: list[int]) -> set[tuple[int, ...]]:
    """Largest remainder with its ties broken in every way."""
    n = sum(counts)
    floors = [100 * c // n for c in counts]
    remainders = [100 * c % n for c in counts]
    raised = 100 - sum(floors)
    found = set()
    for up in combinations(range(len(counts)), raised):
        down = set(range(len(counts))) - set(up)
        if not up or not down or min(remainders[k] for k in up) >= max(remainders[k] for k in down):
            found.add(tuple(f + (k in up) for k, f in enumerate(floors)))
    return found


def divisor_prints(counts: list[int], name: str) -> set[tuple[int, ...]]:
    """A divisor method seat by seat, with its ties broken in every way."""
    method = DIVISORS[name]
    columns = {tuple(0 for _ in counts)}
    for _ in range(100):
        following = set()
        for column in columns:
            claims = {
                k: Fraction(method.above(column[k]), c**method.power) for k, c in enumerate(counts) if c
            }
            strongest = min(claims.values())
            winners = [k for k, claim in claims.items() if claim == strongest]
            following |= {tuple(a + (j == k) for j, a in enumerate(column)) for k in winners}
        columns = following
    return columns


@settings(max_examples=60)
@given(few_counts)
def test_largest_remainder_is_what_some_breaking_of_ties_prints(counts: list[int]) -> None:
    known = hamilton_prints(counts)
    assert {c for c in columns_near(counts, 2) if could_print(counts, c, "largest_remainder")} == known


@settings(max_examples=40)
@given(few_counts, st.sampled_from(sorted(DIVISORS)))
def test_divisor_methods_are_what_some_breaking_of_ties_prints(counts: list[int], name: str) -> None:
    known = divisor_prints(counts, name)
    assert tuple(publish(counts, name)) in known
    assert {c for c in columns_near(counts, 3) if could_print(counts, c, name)} == known


def test_divisor_methods_differ_on_the_textbook_case() -> None:
    # Balinski & Young (1982), Fair Representation: five parties and 26 seats
    votes = [9061, 7179, 5259, 3319, 1182]
    found = {name: print_divisor(votes, 26, TIES["first"], method) for name, method in DIVISORS.items()}
    assert found == {
        "webster": [9, 8, 5, 3, 1],
        "jefferson": [10, 7, 5, 3, 1],
        "adams": [9, 7, 5, 3, 2],
        "huntington_hill": [9, 7, 6, 3, 1],
    }


def test_an_empty_cell_prints_zero_under_every_divisor_method() -> None:
    for name in DIVISORS:
        assert publish([0, 3, 4], name)[0] == 0
        assert not could_print([0, 3, 4], [1, 43, 56], name)


def test_a_single_unpublished_figure_follows_from_the_sum() -> None:
    assert balanced([20, None, 30], 100) == [20, 50, 30]
    assert balanced([20, None, None], 100) == [20, None, None]
    assert balanced([20, 30], 100) is None
    assert balanced([60, 50, None], 100) is None


def test_repair_in_one_cell_moves_it_by_all_that_is_missing() -> None:
    counts = [1, 1, 1, 1, 1, 2]  # 14.29 five times, 28.57: rounds to 99
    assert publish(counts, "adjust_largest") == [14, 14, 14, 14, 14, 30]
    assert publish(counts, "adjust_last") == [14, 14, 14, 14, 14, 30]
    assert could_print(counts, [15, 14, 14, 14, 14, 29], "adjust_one")
    assert not could_print(counts, [15, 14, 14, 14, 14, 29], "adjust_largest")
    assert publish(counts, "adjust_minimal") == [15, 14, 14, 14, 14, 29]


def test_a_repair_that_would_print_below_zero_is_refused() -> None:
    with pytest.raises(RequestError, match="too small"):
        publish([3, 3, 2, 0], "adjust_last")  # 37.5 and 37.5 print 38: 101 without the last


def test_tied_remainders_are_refused_where_no_tie_may_matter() -> None:
    with pytest.raises(RequestError, match="tied"):
        publish([1, 1, 6], "largest_remainder_untied")
    assert publish([1, 2, 4], "largest_remainder_untied") == [14, 29, 57]
