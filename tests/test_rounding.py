"""Rounding: what each rule prints it accepts, ties may go either way, and cells are read as printed."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import assume, given, strategies as st
from printed import compositions, could_print

from analysis.errors import RequestError
from analysis.rounding import (
    RULES,
    Cell,
    Column,
    print_percentages,
    print_units,
    printed_units,
    publish,
    read_cell,
    read_decimal,
    rule_names,
    significant_decimals,
    whole,
)

counts_of_a_column = st.lists(st.integers(0, 60), min_size=2, max_size=7).filter(any)
rules = st.sampled_from(sorted(RULES))


def column(units: list[int], decimals: int = 0) -> Column:
    return Column(tuple(Cell(a, whole(decimals)) for a in units))


@given(counts_of_a_column, rules, st.integers(0, 3))
def test_what_a_rule_prints_it_accepts(counts: list[int], rule: str, decimals: int) -> None:
    printed = publish(counts, rule, decimals=decimals)
    assert could_print(counts, column(printed, decimals), rule)
    if RULES[rule].keeps_sum:
        assert sum(printed) == whole(decimals)


def test_the_shipped_figures_are_printed_by_the_packages_own_rule() -> None:
    assert print_percentages([15, 15, 22, 26, 2]) == [19, 19, 28, 32, 2]
    assert print_percentages([20, 21, 9, 39, 6]) == [21, 22, 10, 41, 6]
    assert print_percentages([35, 36, 31, 65, 8]) == [20, 20, 18, 37, 5]
    assert print_percentages([1, 2], decimals=1) == [33.3, 66.7]


@pytest.mark.parametrize(
    ("rule", "printed"),
    [
        ("half_up", [13, 88]),
        ("half_down", [12, 87]),
        ("half_even", [12, 88]),
        ("floor", [12, 87]),
        ("ceiling", [13, 88]),
        ("largest_remainder", [12, 88]),
    ],
)
def test_one_of_eight_is_printed_by_each_rule_in_its_way(rule: str, printed: list[int]) -> None:
    assert publish([1, 7], rule) == printed


def test_ties_may_have_gone_either_way() -> None:
    for rule in ("nearest", "largest_remainder", "webster", "adjust_minimal"):
        assert could_print([1, 7], column([12, 88]), rule)
        assert could_print([1, 7], column([13, 87]), rule)
    assert not could_print([1, 7], column([13, 88]), "largest_remainder")


@given(st.lists(st.integers(0, 6), min_size=3, max_size=3).filter(any))
def test_largest_remainder_accepts_what_some_order_of_its_remainders_prints(counts: list[int]) -> None:
    """By definition: cut off, then one unit more for as many of the largest remainders as are missing."""
    n = sum(counts)
    cut, remainders = zip(*(divmod(100 * c, n) for c in counts), strict=True)
    missing = 100 - sum(cut)
    for ups in product((0, 1), repeat=3):
        raised = [r for r, up in zip(remainders, ups, strict=True) if up]
        left = [r for r, up in zip(remainders, ups, strict=True) if not up]
        fair = sum(ups) == missing and min(raised, default=n) >= max(left, default=0) and 0 not in raised
        printed = [a + up for a, up in zip(cut, ups, strict=True)]
        assert could_print(counts, column(printed), "largest_remainder") == fair


@given(st.lists(st.integers(0, 5), min_size=3, max_size=3).filter(any), st.sampled_from([7, 20]))
def test_webster_accepts_what_one_multiplier_prints(counts: list[int], unit: int) -> None:
    """By definition: some multiplier rounds every count to its figure, either way at a half."""
    for printed in compositions(unit, 3):
        cells = [(a, c) for a, c in zip(printed, counts, strict=True) if c]
        zero = all(a == 0 for a, c in zip(printed, counts, strict=True) if not c)
        low = max(Fraction(2 * a - 1, c) for a, c in cells)
        fair = zero and low <= min(Fraction(2 * a + 1, c) for a, c in cells)
        figures = Column(tuple(Cell(a, unit) for a in printed))
        assert could_print(counts, figures, "webster") == fair


@given(counts_of_a_column, rules, rules)
def test_rules_are_as_wide_as_their_definitions_say(counts: list[int], rule: str, printer: str) -> None:
    """Nearest holds the three ways to break ties, the quota holds Hamilton, and so on."""
    printed = column(publish(counts, printer))
    wider = {
        "half_up": ["nearest", "within_one"],
        "half_down": ["nearest", "within_one"],
        "half_even": ["nearest", "within_one"],
        "largest_remainder": ["floor_or_ceiling", "within_one", "adjust_minimal"],
    }
    assume(could_print(counts, printed, rule))
    assert all(could_print(counts, printed, other) for other in wider.get(rule, []))


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("19", Cell(19, 100)),
        ("20.0", Cell(200, 1000)),
        (".5", Cell(5, 1000)),
        ("6 %", Cell(6, 100)),
        ("<1", Cell(None, 100, "<", 1)),
        ("≥ 95.5", Cell(None, 1000, "≥", 955)),
        *((text, Cell(None, 100)) for text in ("", "-", "–", "*", "[c]", "c", "..", "n/a")),
    ],
)
def test_a_cell_is_read_as_it_is_printed(text: str, cell: Cell) -> None:
    assert read_cell(text) == cell


@pytest.mark.parametrize("text", ["about 5", "-3", "1,5", "5-6", "19 19"])
def test_a_cell_that_is_no_percentage_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="a percentage is"):
        read_cell(text)


def test_less_than_five_is_fewer_answers_or_a_smaller_share() -> None:
    cells = Column((read_cell("<5"), read_cell("")))
    assert could_print([4, 16], cells, "nearest")  # 20 %, but fewer than five answers
    assert not could_print([5, 15], cells, "nearest")
    assert could_print([9, 191], cells, "nearest")


def test_mixed_decimals_are_read_cell_by_cell() -> None:
    cells = Column((read_cell("11"), read_cell("8.2"), read_cell("81")))
    assert could_print([20, 15, 148], cells, "nearest")  # 10.9, 8.2 and 80.9 % of 183
    assert not could_print([20, 16, 147], cells, "nearest")


def test_a_computer_adds_noise_to_a_float_and_not_to_a_text() -> None:
    assert str(read_decimal(13.750000000000002)) == "13.75"
    assert significant_decimals([13.750000000000002, 27.5]) == 2
    assert significant_decimals([100 / 3]) == 6
    assert printed_units(19.5, 1) == 195
    assert print_units(195, 1) == "19.5"
    with pytest.raises(RequestError, match="published with 0 decimals"):
        printed_units("19.5", 0)


def test_rules_and_counts_that_do_not_exist_are_refused() -> None:
    with pytest.raises(RequestError, match="did you mean 'half_up'"):
        publish([1], "half-up")
    with pytest.raises(RequestError, match="percentages need at least one answer"):
        publish([0, 0])
    with pytest.raises(RequestError, match="no rounding rule"):
        rule_names([])
    assert rule_names("floor") == ("floor",)
