"""Printed percentages against their n: what any rounding could print is accepted, the rest is named."""

from __future__ import annotations

from itertools import product
from time import process_time

import pytest
from hypothesis import assume, given, settings, strategies as st

from analysis.errors import RequestError
from analysis.rounding import (
    RULES,
    can_add_up,
    find_contradictions,
    print_percentages,
    print_units,
    publish,
    smallest_cut,
)

DECK = {
    "all": ["20", "20", "18", "37", "5"],
    "vocational": ["19", "19", "28", "32", "2"],
    "general": ["21", "22", "10", "41", "6"],
}
SIZES = {"all": 175, "vocational": 80, "general": 95}


def column(percents: str, n: int | None) -> list[str]:
    found = find_contradictions({"g": [p if p != "-" else None for p in percents.split()]}, {"g": n})
    return [contradiction.reason for contradiction in found]


def test_the_published_table_is_accepted() -> None:
    assert find_contradictions(DECK, SIZES, total="all") == []


@pytest.mark.parametrize(
    ("percents", "n"),
    [
        ("33 33 33 0 0", 3),
        ("13 13 13 13 50", 8),  # half up
        ("12 12 12 12 50", 8),  # half to even
        ("14.3 14.3 28.6 14.3 28.6", 7),  # adds up to 100.1
        ("16.0 17.0 17.0 17.0 33.0", 6),  # a spreadsheet's zeros say nothing
        ("10 15 20 45 10", 1_000_000_000),
        ("10 15 20 45 10", None),
        ("- - - 54 8", 128),
        ("- - - - -", None),
    ],
)
def test_sums_other_than_100_are_right_where_counts_print_them(percents: str, n: int | None) -> None:
    assert column(percents, n) == []


def test_a_figure_that_no_count_prints_is_named_with_its_neighbour_and_the_nearest_n() -> None:
    assert column("20 20 20 22 17", 5) == [
        "no counts out of n = 5 give 22 % or 17 %; 1 of 5 is 20 %; n = 35 would fit"
    ]


def test_a_sum_out_of_reach_is_named_with_what_the_sum_can_be() -> None:
    (reason,) = column("10 16 14 40 10", 50)
    assert reason.startswith("percentages sum to 90; whole percentages of five stages sum to 98-102")


def test_figures_rounded_in_different_ways_are_named() -> None:
    assert column("15 14 29 14 29", 7) == [
        "counts near these percentages add up to n = 7, but no one rounding prints them all; n = 59 would fit"
    ]


def test_shares_as_fractions_are_recognised() -> None:
    assert column("0.1 0.16 0.24 0.4 0.1", 50) == [
        "shares add up to 1.00: they look like fractions; multiply them by 100"
    ]


def test_no_answers_have_no_percentages() -> None:
    assert column("20 80", 0) == ["n = 0 has no percentages"]


def test_groups_swapped_are_found_by_their_total() -> None:
    swapped = {"all": DECK["all"], "general": DECK["vocational"], "vocational": DECK["general"]}
    (found,) = find_contradictions(swapped, SIZES, total="all")
    assert found.group == "all"
    assert 2 in found.stages
    assert "18 % of 175 cannot be the sum of 26-27 of 95 (28 %) and 8 of 80 (10 %)" in found.reason


def test_one_unknown_n_follows_from_the_others() -> None:
    swapped = {"all": DECK["all"], "general": DECK["vocational"], "vocational": DECK["general"]}
    for unknown in SIZES:
        assert find_contradictions(swapped, SIZES | {unknown: None}, total="all") != []


def test_a_total_far_outside_its_groups_is_found_without_any_n() -> None:
    moved = DECK | {"all": ["20", "20", "37", "18", "5"]}
    unknown = dict.fromkeys(SIZES, None)
    assert find_contradictions(DECK, unknown, total="all") == []
    (found,) = find_contradictions(moved, unknown, total="all")
    assert (found.group, found.stages) == ("all", (2,))


def test_n_that_do_not_add_up_are_left_to_the_caller() -> None:
    assert find_contradictions(DECK, SIZES | {"all": 176}, total="all") == []


@settings(max_examples=80)
@given(st.data())
def test_the_cut_condition_finds_counts_exactly_where_there_are_some(data: st.DataObject) -> None:
    window = st.tuples(st.integers(0, 3), st.integers(0, 3)).map(lambda ends: (min(ends), max(ends)))
    parts = data.draw(st.lists(st.tuples(window, window, window), min_size=1, max_size=2))
    total = data.draw(st.tuples(*[st.tuples(st.integers(0, 6), st.integers(0, 6)).map(sorted)] * 3))
    sizes = data.draw(st.lists(st.integers(0, 9), min_size=len(parts), max_size=len(parts)))
    choices = [
        [c for c in product(*(range(low, high + 1) for low, high in part)) if sum(c) == n]
        for part, n in zip(parts, sizes, strict=True)
    ]
    known = any(
        all(
            low <= sum(stage) <= high
            for stage, (low, high) in zip(zip(*table, strict=True), total, strict=True)
        )
        for table in product(*choices)
    )
    assert can_add_up(tuple(map(tuple, total)), parts, sizes) == known


def test_the_cut_is_the_same_from_either_side() -> None:
    room = [[1, 2, 0], [3, 0, 1]]
    assert (
        smallest_cut([2, 4], [3, 1, 1], room)
        == smallest_cut([3, 1, 1], [2, 4], [[1, 3], [2, 0], [0, 1]])
        == 5
    )


@settings(max_examples=80)
@given(st.data())
def test_what_any_named_rule_prints_is_accepted_with_its_total(data: st.DataObject) -> None:
    stages = data.draw(st.integers(2, 6))
    column_of_counts = st.lists(st.integers(0, 40), min_size=stages, max_size=stages).filter(any)
    parts = data.draw(st.lists(column_of_counts, min_size=1, max_size=3))
    counts = {"all": [sum(stage) for stage in zip(*parts, strict=True)]}
    counts |= {f"g{position}": part for position, part in enumerate(parts)}
    decimals = data.draw(st.integers(0, 2))
    rule = data.draw(st.sampled_from(sorted(set(RULES) - {"within_one"})))
    try:
        printed = {group: publish(column, rule, decimals=decimals) for group, column in counts.items()}
    except RequestError:
        assume(False)
    percents = {group: [print_units(a, decimals) for a in column] for group, column in printed.items()}
    sizes = {group: sum(column) for group, column in counts.items()}
    assert find_contradictions(percents, sizes, total="all", decimals=decimals) == []
    hidden = {group: [None, *column[1:]] for group, column in percents.items()}
    assert find_contradictions(hidden, sizes, total="all", decimals=decimals) == []


def test_many_stages_and_groups_and_a_huge_n_are_decided_at_once() -> None:
    counts = {f"g{g}": [10**8 * (k + 1) + 7 * g * k for k in range(12)] for g in range(8)}
    counts["all"] = [sum(stage) for stage in zip(*counts.values(), strict=True)]
    percents = {group: [str(p) for p in print_percentages(column)] for group, column in counts.items()}
    sizes = {group: sum(column) for group, column in counts.items()}
    started = process_time()
    assert find_contradictions(percents, sizes, total="all") == []
    percents["all"] = percents["all"][::-1]
    assert find_contradictions(percents, sizes, total="all")[0].group == "all"
    assert process_time() - started < 1.0  # seconds; some 0.1 on a small machine
