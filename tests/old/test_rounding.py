"""Rounding rules against the decimal module, naive procedures, and their own forward prints."""

from __future__ import annotations

import decimal
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import assume, given, settings, strategies as st

from analysis.errors import RequestError
from analysis.old.apportionment import TIES
from analysis.old.rounding import (
    DEFAULT_RULES,
    RULES,
    could_print,
    print_percentages,
    publish,
)

DECK = {
    (15, 15, 22, 26, 2): [19, 19, 28, 32, 2],
    (20, 21, 9, 39, 6): [21, 22, 10, 41, 6],
    (35, 36, 31, 65, 8): [20, 20, 18, 37, 5],
}
MODES = {
    "half_up": decimal.ROUND_HALF_UP,
    "half_down": decimal.ROUND_HALF_DOWN,
    "half_even": decimal.ROUND_HALF_EVEN,
    "nearest": decimal.ROUND_HALF_EVEN,
    "floor": decimal.ROUND_FLOOR,
    "ceiling": decimal.ROUND_CEILING,
}
counts_of_a_column = st.lists(st.integers(0, 60), min_size=2, max_size=6).filter(any)


def test_one_procedure_prints_all_fifteen_figures_of_the_deck() -> None:
    assert {counts: print_percentages(counts) for counts in DECK} == DECK


def test_the_default_rules_are_the_safe_ones() -> None:
    assert DEFAULT_RULES == ("nearest", "largest_remainder", "adjust_minimal")


@pytest.mark.parametrize(
    ("rule", "printed"),
    [("half_up", 13), ("half_down", 12), ("half_even", 12), ("floor", 12), ("ceiling", 13)],
)
def test_one_of_eight_is_12_or_13(rule: str, printed: int) -> None:
    assert publish([1, 7], rule)[0] == printed


@settings(max_examples=60)
@given(counts_of_a_column, st.integers(0, 3), st.sampled_from(sorted(MODES)))
def test_independent_rules_print_as_the_decimal_module(counts: list[int], decimals: int, rule: str) -> None:
    step = Decimal(1).scaleb(-decimals)
    with decimal.localcontext(prec=60):
        known = [(100 * Decimal(c) / sum(counts)).quantize(step, MODES[rule]) for c in counts]
    assert publish(counts, rule, decimals=decimals) == [int(k.scaleb(decimals)) for k in known]


@settings(max_examples=150)
@given(counts_of_a_column, st.sampled_from(sorted(RULES)), st.integers(0, 3), st.sampled_from(sorted(TIES)))
def test_every_rule_could_print_what_it_prints(
    counts: list[int], rule: str, decimals: int, ties: str
) -> None:
    try:
        printed = publish(counts, rule, decimals=decimals, ties=ties)
    except RequestError:
        assume(False)
    assert could_print(counts, printed, rule, decimals=decimals)
    if RULES[rule].keeps_sum:
        assert sum(printed) == 100 * 10**decimals


@settings(max_examples=60)
@given(counts_of_a_column, st.data())
def test_an_unpublished_figure_never_excludes(counts: list[int], data: st.DataObject) -> None:
    rule = data.draw(st.sampled_from(sorted(set(RULES) - {"largest_remainder_untied", "adjust_last"})))
    printed: list[int | None] = list(publish(counts, rule))
    for position in data.draw(st.sets(st.integers(0, len(counts) - 1))):
        printed[position] = None
    assert could_print(counts, printed, rule)


def test_ties_may_go_either_way_unless_the_rule_names_their_order() -> None:
    tied = [1, 1, 6]  # 12.5, 12.5, 75
    orders = {
        rule: [could_print(tied, printed, rule) for printed in ([13, 12, 75], [12, 13, 75])]
        for rule in RULES
        if rule.startswith("largest_remainder")
    }
    assert orders == {
        "largest_remainder": [True, True],
        "largest_remainder_first": [True, False],
        "largest_remainder_last": [False, True],
        "largest_remainder_untied": [False, False],
    }


def test_no_simple_tie_order_prints_the_whole_deck() -> None:
    rules = ("largest_remainder_first", "largest_remainder_last", "largest_remainder_untied")
    fits = {rule: [could_print(counts, printed, rule) for counts, printed in DECK.items()] for rule in rules}
    assert fits["largest_remainder_first"] == [True, True, False]
    assert fits["largest_remainder_last"] == [False, True, True]
    assert fits["largest_remainder_untied"] == [False, True, False]


@settings(max_examples=60)
@given(st.lists(st.integers(0, 9), min_size=2, max_size=4).filter(any))
def test_columns_that_add_up_to_100_are_nested_as_the_theory_says(counts: list[int]) -> None:
    near = [[-(-100 * c // sum(counts)) + step for step in (-2, -1, 0, 1)] for c in counts]
    for printed in product(*near):
        if sum(printed) == 100 and min(printed) >= 0:
            fits = {rule for rule in RULES if could_print(counts, printed, rule)}
            if "nearest" in fits:
                assert {"largest_remainder", "webster", "adjust_minimal", "adjust_one"} <= fits
            if "largest_remainder" in fits:
                assert "floor_or_ceiling" in fits
            if fits & {"half_up", "half_down", "half_even"}:
                assert "nearest" in fits
            if "adjust_largest" in fits or "adjust_last" in fits:
                assert "adjust_one" in fits


def test_decimals_are_printed_as_floats_and_whole_percentages_as_integers() -> None:
    assert print_percentages([1, 6], decimals=1) == [14.3, 85.7]
    assert [type(p) for p in print_percentages([1, 6])] == [int, int]


@pytest.mark.parametrize("counts", [[], [0, 0], [3, -1]])
def test_no_answers_have_no_percentages(counts: list[int]) -> None:
    with pytest.raises(RequestError, match="percentages need answers"):
        print_percentages(counts)


def test_unknown_names_are_refused_with_the_nearest() -> None:
    with pytest.raises(RequestError, match="did you mean 'half_even'"):
        publish([1, 2], "half_evn")
    with pytest.raises(RequestError, match="use one of first, last, largest"):
        publish([1, 2], "largest_remainder", ties="random")
