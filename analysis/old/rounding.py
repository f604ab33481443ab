"""How percentages get rounded: forward (publish) and as a relation (could these counts print so?).

A rule about published numbers is a relation, since ties may have been broken either way. Everything is
integers: ``unit`` is what 100 % is in printed units (100 at no decimals), n the sum of the counts, and a
cell's signed error ``unit * count - printed * n`` is in n-ths of a unit. An unpublished cell (None) is free;
of a column with several of them, the methods that keep the sum bind the published cells only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from analysis.errors import RequestError, unknown_code
from analysis.old import apportionment as ap
from analysis.old.apportionment import DIVISORS, TIES, Counts, Printed, TieOrder, half_even
from analysis.old.digits import whole

DEFAULT_RULES = ("nearest", "largest_remainder", "adjust_minimal")


class Rule(NamedTuple):
    """One way of rounding: whether counts could be printed so, and how it prints them."""

    fits: Callable[[Counts, Printed, int], bool]
    publish: Callable[[Counts, int, TieOrder], list[int]]
    keeps_sum: bool = True


WINDOWS: dict[str, Callable[[int, int], tuple[int, int]]] = {
    # lowest and highest doubled error of a cell printed as a, in n-ths of a unit
    "half_up": lambda _a, n: (-n, n - 1),
    "half_down": lambda _a, n: (1 - n, n),
    "half_even": lambda a, n: (a % 2 - n, n - a % 2),
    "nearest": lambda _a, n: (-n, n),
    "floor": lambda _a, n: (0, 2 * n - 1),
    "ceiling": lambda _a, n: (1 - 2 * n, 0),
    "within_one": lambda _a, n: (-2 * n, 2 * n),
    "floor_or_ceiling": lambda _a, n: (1 - 2 * n, 2 * n - 1),
}


def publish(
    counts: Sequence[int], rule: str = "nearest", *, decimals: int = 0, ties: str = "first"
) -> list[int]:
    """Counts as a rule prints them, in units of the last decimal.

    Parameters
    ----------
    counts
        The answers in each cell of one column.
    rule
        A name in `RULES`. ``nearest`` and ``within_one`` print half to even, ``floor_or_ceiling`` the
        largest remainder.
    decimals
        Decimals of the printed percentages.
    ties
        Who gets a unit that several cells claim alike: the ``first`` or ``last`` cell, or the ``largest``.

    Returns
    -------
    list of int
        One a cell; 195 is 19.5 % at one decimal.

    Raises
    ------
    RequestError
        Unknown rule or tie order, no answers at all, or a table that the rule cannot print.

    Examples
    --------
    >>> publish([15, 15, 22, 26, 2], "largest_remainder")
    [19, 19, 28, 32, 2]
    """
    if ties not in TIES:
        raise RequestError(unknown_code("tie order", ties, list(TIES)))
    if min(counts, default=0) < 0 or sum(counts) <= 0:
        raise RequestError(f"counts are {list(counts)}; percentages need answers, none of them negative")
    return find_rule(rule).publish([int(c) for c in counts], whole(decimals), TIES[ties])


def could_print(
    counts: Sequence[int], printed: Sequence[int | None], rule: str, *, decimals: int = 0
) -> bool:
    """Whether a rule could print these counts as these units, however ties were broken.

    Raises
    ------
    RequestError
        Unknown rule.

    Examples
    --------
    >>> could_print([1, 7], [12, 88], "nearest"), could_print([1, 7], [12, 88], "half_up")
    (True, False)
    """
    known, unit = find_rule(rule), whole(decimals)
    column = ap.balanced(printed, unit) if known.keeps_sum else list(printed)
    if column is None or min(counts) < 0 or sum(counts) <= 0:
        return False
    return known.fits([int(c) for c in counts], column, unit)


def find_rule(name: str) -> Rule:
    """The rounding rule of a name.

    Raises
    ------
    RequestError
        There is no such rule; the message lists them and the nearest one.
    """
    if name not in RULES:
        raise RequestError(unknown_code("rounding rule", name, list(RULES)))
    return RULES[name]


def print_percentages(counts: Sequence[int], *, decimals: int = 0) -> list[float]:
    """The percentages of one column as this package prints them: they add up to 100.

    Round half to even; if the column does not add up to 100, the cells with the largest rounding error
    move by one unit, the first listed on ties. This prints all fifteen figures of the shipped table.

    Parameters
    ----------
    counts
        The answers in each cell of one column.
    decimals
        Decimals of the printed percentages.

    Returns
    -------
    list of float
        One percentage a cell; integers when ``decimals`` is 0.

    Raises
    ------
    RequestError
        There are no answers.

    Examples
    --------
    >>> print_percentages([20, 21, 9, 39, 6])
    [21, 22, 10, 41, 6]
    """
    return [_percentage(units, decimals) for units in publish(counts, "adjust_minimal", decimals=decimals)]


def _percentage(units: int, decimals: int) -> float:
    return units / 10**decimals if decimals else units


def _fits_windows(counts: Counts, printed: Printed, unit: int, rule: str) -> bool:
    n = sum(counts)
    for count, units in zip(counts, printed, strict=True):
        if units is not None:
            low, high = WINDOWS[rule](units, n)
            if not low <= 2 * (unit * count - units * n) <= high:
                return False
    return True


def _each(cell: Callable[[int, int], int]) -> Callable[[Counts, int, TieOrder], list[int]]:
    def print_cells(counts: Counts, unit: int, _order: TieOrder) -> list[int]:
        return [cell(unit * count, sum(counts)) for count in counts]

    return print_cells


def _by_windows(rule: str, cell: Callable[[int, int], int]) -> Rule:
    return Rule(partial(_fits_windows, rule=rule), _each(cell), keeps_sum=False)


def _tied(fits: Callable[[Counts, Printed, int], bool], ties: str) -> Rule:
    order = TIES[ties]
    return Rule(fits, lambda counts, unit, _order: ap.print_largest_remainder(counts, unit, order))


RULES: dict[str, Rule] = {
    "half_up": _by_windows("half_up", lambda top, n: (2 * top + n) // (2 * n)),
    "half_down": _by_windows("half_down", lambda top, n: -((n - 2 * top) // (2 * n))),
    "half_even": _by_windows("half_even", half_even),
    "nearest": _by_windows("nearest", half_even),
    "floor": _by_windows("floor", lambda top, n: top // n),
    "ceiling": _by_windows("ceiling", lambda top, n: -(-top // n)),
    "within_one": _by_windows("within_one", half_even),
    "largest_remainder": Rule(ap.fits_largest_remainder, ap.print_largest_remainder),
    "largest_remainder_first": _tied(partial(ap.fits_tie_order, sign=1), "first"),
    "largest_remainder_last": _tied(partial(ap.fits_tie_order, sign=-1), "last"),
    "largest_remainder_untied": Rule(ap.fits_untied, ap.print_untied),
    "floor_or_ceiling": Rule(partial(_fits_windows, rule="floor_or_ceiling"), ap.print_largest_remainder),
    **{
        name: Rule(partial(ap.fits_divisor, method=method), partial(ap.print_divisor, method=method))
        for name, method in DIVISORS.items()
    },
    "adjust_minimal": Rule(ap.fits_minimal_repair, ap.print_minimal_repair),
    "adjust_one": Rule(ap.fits_repair_in_one, ap.print_repair_in_largest),
    "adjust_largest": Rule(ap.fits_repair_in_largest, ap.print_repair_in_largest),
    "adjust_last": Rule(ap.fits_repair_in_last, ap.print_repair_in_last),
}
