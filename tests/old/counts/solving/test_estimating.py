"""Numbers of tables too many to list: exact by boxes, or a seeded estimate with its interval."""

from __future__ import annotations

from collections import Counter

import pytest
from brute import tables_that_print
from builders import codebook_of_codes
from hypothesis import given, settings, strategies as st

from analysis.old.counts.recovery import number_of_tables
from analysis.old.counts.solving.candidates import Rounding, read_rounding
from analysis.old.counts.solving.estimating import _estimate, _pairs, count_tables, draw_tables
from analysis.old.counts.solving.printed import Printed
from analysis.old.counts.solving.solutions import number_of
from analysis.old.rounding import publish
from analysis.survey.table import load_survey

RULES = ["half_up", "nearest", "largest_remainder", "adjust_minimal", "webster", "floor_or_ceiling"]


def wave_of(groups: list[list[int]], rule: str = "nearest", *, total: bool) -> Printed:
    """A printed wave of these counts."""
    names = [f"g{place}" for place in range(len(groups))]
    columns = dict(zip(names, groups, strict=True))
    if total:
        columns["all"] = [sum(stage) for stage in zip(*groups, strict=True)]
    codebook = codebook_of_codes(
        [f"s{k}" for k in range(len(groups[0]))], list(columns), "all" if total else None
    )
    return Printed(
        wave="2020-autumn",
        codebook=codebook,
        groups=tuple(names),
        total="all" if total else None,
        units={name: tuple(publish(column, rule)) for name, column in columns.items()},
        counts={name: (None,) * len(column) for name, column in columns.items()},
        sizes={name: (sum(column),) for name, column in columns.items()},
        decimals=0,
    )


def known_union(printed: Printed, rules: list[str]) -> int:
    groups = [printed.units[group] for group in printed.groups]
    sizes = [printed.sizes[group][0] for group in printed.groups]
    total = printed.units["all"] if printed.total else None
    return len(set().union(*(tables_that_print(rule, groups, sizes, total) for rule in rules)))


@settings(max_examples=30)
@given(
    st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=2).filter(any), min_size=1, max_size=3),
    st.lists(st.sampled_from(RULES), min_size=1, max_size=3, unique=True),
)
def test_unions_without_a_total_are_counted_exactly(groups: list[list[int]], rules: list[str]) -> None:
    printed = wave_of(groups, total=False)
    assert count_tables(printed, read_rounding(rules), 0) == known_union(printed, rules)


@settings(max_examples=20)
@given(
    st.lists(st.lists(st.integers(0, 5), min_size=3, max_size=3).filter(any), min_size=2, max_size=2),
    st.lists(
        st.sampled_from(["half_up", "nearest", "floor_or_ceiling", "within_one"]), min_size=1, unique=True
    ),
)
def test_two_groups_under_a_total_are_counted_exactly(groups: list[list[int]], rules: set[str]) -> None:
    printed = wave_of(groups, total=True)
    assert count_tables(printed, read_rounding(sorted(rules)), 0) == known_union(printed, sorted(rules))


def test_an_estimate_says_so_and_holds_the_truth() -> None:
    printed = wave_of([[50, 57, 43], [47, 30, 70]], "largest_remainder", total=True)
    rounding = read_rounding(["largest_remainder", "nearest", "webster"])
    known = number_of(printed, rounding, 0)  # by listing
    found = _estimate(printed, _pairs(printed, rounding), seed=1)
    assert found["low"] <= known <= found["high"]
    assert found["low"] <= found["estimate"] <= found["high"]
    assert (found["level"], found["seed"]) == (0.95, 1)
    assert found == _estimate(printed, _pairs(printed, rounding), seed=1)


def test_tables_of_a_union_are_drawn_equally_often() -> None:
    printed = wave_of([[15, 17, 13], [14, 9, 21]], "nearest", total=True)
    rounding = read_rounding(["within_one", "nearest", "floor_or_ceiling"])
    drawn = Counter(draw_tables(printed, rounding, 3_000, seed=4))
    assert len(drawn) == known_union(printed, list(rounding.rules))
    mean = 3_000 / len(drawn)
    assert all(abs(times - mean) < 5 * mean**0.5 for times in drawn.values())


def test_nothing_is_drawn_where_nothing_fits() -> None:
    printed = wave_of([[1, 1, 1]], "nearest", total=False)  # adds up to 99
    assert draw_tables(printed, read_rounding("largest_remainder"), 5, seed=0) == []
    assert count_tables(printed, Rounding(("largest_remainder",), (("largest_remainder",),)), 0) == 0


def test_large_groups_are_counted_by_boxes_and_estimated_under_a_total() -> None:
    first = [110, 190, 70, 260, 150, 230, 90, 310, 120, 180, 140, 150]  # 2 000 answers
    second = [60, 220, 130, 200, 90, 210, 130, 240, 170, 120, 80, 150]  # 1 800
    alone = wave_of([first], "largest_remainder", total=False)
    assert count_tables(alone, read_rounding("largest_remainder"), 0) > 10**13
    together = wave_of([first, second], "half_up", total=True)
    assert count_tables(together, read_rounding("half_up"), 0) > 2**64
    tied = wave_of([first, second], "largest_remainder", total=True)
    found = count_tables(tied, read_rounding("largest_remainder"), 0)
    assert isinstance(found, dict)
    assert 0 < found["low"] < found["high"]


@pytest.mark.parametrize("rule", ["within_one", "floor_or_ceiling"])
def test_boxes_and_lists_count_the_deck_alike(rule: str) -> None:
    from analysis.old.counts.solving.printed import read_printed

    deck = load_survey()
    printed = read_printed(deck, "2020-autumn")
    listed = number_of_tables(deck, "2020-autumn", rounding=rule)
    assert count_tables(printed, read_rounding(rule), 0) == listed
