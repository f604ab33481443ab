"""Percentages that add up to 100: the methods of apportionment, and repair by hand.

Each method stands twice: as a procedure that prints, and as a relation that says whether counts could be
printed so. ``unit`` is what 100 % is in printed units, n the sum of the counts, and the signed error of a
cell in n-ths of a unit is ``unit * count - printed * n``. Balinski & Young (1982), Fair Representation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from heapq import heapify, heapreplace
from typing import NamedTuple

from analysis.errors import RequestError

Counts = Sequence[int]
Printed = Sequence[int | None]
TieOrder = Callable[[int, int], tuple[int, ...]]

TIES: dict[str, TieOrder] = {
    "first": lambda position, _count: (position,),
    "last": lambda position, _count: (-position,),
    "largest": lambda position, count: (-count, position),
}


class Divisor(NamedTuple):
    """A divisor method: a multiplier puts each count between two signposts, d(a - 1) and d(a).

    The signposts are kept as integers: ``below(a) <= (scale * multiplier * count) ** power <= above(a)``.
    """

    below: Callable[[int], int]
    above: Callable[[int], int]
    scale: int = 1
    power: int = 1


DIVISORS = {
    "webster": Divisor(lambda a: max(0, 2 * a - 1), lambda a: 2 * a + 1, scale=2),
    "jefferson": Divisor(lambda a: a, lambda a: a + 1),
    "adams": Divisor(lambda a: max(0, a - 1), lambda a: a),
    "huntington_hill": Divisor(lambda a: a * max(0, a - 1), lambda a: a * (a + 1), power=2),
}


def signed_errors(counts: Counts, printed: Printed, unit: int) -> list[int]:
    """The signed error of each published cell, in n-ths of a unit."""
    n = sum(counts)
    return [unit * c - a * n for c, a in zip(counts, printed, strict=True) if a is not None]


def balanced(printed: Printed, unit: int) -> list[int | None] | None:
    """The column as a method that keeps the sum must have printed it; None when it cannot add up to 100 %.

    A single unpublished figure follows from the others.
    """
    hidden = [position for position, units in enumerate(printed) if units is None]
    rest = unit - sum(units or 0 for units in printed)
    if rest < 0 or (rest > 0 and not hidden):
        return None
    return [rest if [position] == hidden else units for position, units in enumerate(printed)]


def print_largest_remainder(counts: Counts, unit: int, order: TieOrder) -> list[int]:
    """Cut off, then one unit more for the largest remainders (Hamilton)."""
    n = sum(counts)
    units, remainders = map(list, zip(*(divmod(unit * c, n) for c in counts), strict=True))
    ranked = sorted(range(len(counts)), key=lambda k: (-remainders[k], order(k, counts[k])))
    for position in ranked[: unit - sum(units)]:
        units[position] += 1
    return units


def print_untied(counts: Counts, unit: int, _order: TieOrder) -> list[int]:
    """Largest remainder where no tie matters.

    Raises
    ------
    RequestError
        Two cells have the same claim to the last unit.
    """
    first, last = (print_largest_remainder(counts, unit, TIES[ties]) for ties in ("first", "last"))
    if first != last:
        raise RequestError("largest remainders are tied; use a rule with a tie order")
    return first


def fits_largest_remainder(counts: Counts, printed: Printed, unit: int) -> bool:
    """No remainder rounded up is smaller than one rounded down; ties may go either way."""
    errors = signed_errors(counts, printed, unit)
    n = sum(counts)
    return _spread(errors) <= n and all(abs(error) < n for error in errors)


def fits_untied(counts: Counts, printed: Printed, unit: int) -> bool:
    """Largest remainder, and no tie decided anything."""
    spread = _spread(signed_errors(counts, printed, unit))
    return fits_largest_remainder(counts, printed, unit) and spread < sum(counts)


def fits_tie_order(counts: Counts, printed: Printed, unit: int, sign: int) -> bool:
    """Largest remainder with ties to the first cells (``sign`` 1) or the last ones (-1)."""
    n, parts = sum(counts), len(counts)
    keys = [
        parts * (unit * c - a * n) - sign * position
        for position, (c, a) in enumerate(zip(counts, printed, strict=True))
        if a is not None
    ]
    return fits_largest_remainder(counts, printed, unit) and _spread(keys) < parts * n


def print_divisor(counts: Counts, unit: int, order: TieOrder, method: Divisor) -> list[int]:
    """Units one by one to the cell with the strongest claim, count to signpost."""
    n, few = sum(counts), max(0, unit - len(counts))
    units = [few * c // n for c in counts]
    claims = [(_claim(c, units[k], method), order(k, c), k) for k, c in enumerate(counts) if c]
    heapify(claims)
    for _ in range(unit - sum(units)):
        position = claims[0][2]
        units[position] += 1
        count = counts[position]
        heapreplace(claims, (_claim(count, units[position], method), order(position, count), position))
    return units


def fits_divisor(counts: Counts, printed: Printed, unit: int, method: Divisor) -> bool:
    """One multiplier exists that puts every count between its two signposts."""
    cells = [(c, a) for c, a in zip(counts, printed, strict=True) if a is not None]
    if any(c == 0 and a > 0 for c, a in cells):
        return False
    n, parts = sum(counts), len(counts)
    lowest = Fraction(method.scale * max(0, unit - parts), n) ** method.power
    highest = Fraction(method.scale * (unit + parts), n) ** method.power
    for c, a in cells:
        if c:
            lowest = max(lowest, Fraction(method.below(a), c**method.power))
            highest = min(highest, Fraction(method.above(a), c**method.power))
    return lowest <= highest


def half_even(numerator: int, denominator: int) -> int:
    """The nearest integer, halves to the even one."""
    quotient, rest = divmod(numerator, denominator)
    return quotient + (2 * rest > denominator or (2 * rest == denominator and quotient % 2 == 1))


def print_minimal_repair(counts: Counts, unit: int, order: TieOrder) -> list[int]:
    """Half to even, then one unit in as many cells as needed, those with the largest error first."""
    units = [half_even(unit * c, sum(counts)) for c in counts]
    missing = unit - sum(units)
    step = 1 if missing > 0 else -1
    errors = signed_errors(counts, units, unit)
    ranked = sorted(range(len(counts)), key=lambda k: (-step * errors[k], order(k, counts[k])))
    for position in ranked[: abs(missing)]:
        units[position] += step
    return units


def print_repair_in_largest(counts: Counts, unit: int, order: TieOrder) -> list[int]:
    """Half to even, then all that is missing in the cell with the most answers."""
    largest = min(range(len(counts)), key=lambda k: (-counts[k], order(k, counts[k])))
    return _repair_in(largest, counts, unit)


def print_repair_in_last(counts: Counts, unit: int, _order: TieOrder) -> list[int]:
    """Half to even, then all that is missing in the last cell.

    Raises
    ------
    RequestError
        The last cell would be printed below zero.
    """
    units = _repair_in(len(counts) - 1, counts, unit)
    if units[-1] < 0:
        raise RequestError("the last cell is too small to take what is above 100 %; use another rule")
    return units


def fits_minimal_repair(counts: Counts, printed: Printed, unit: int) -> bool:
    """Each cell is the nearest unit or one step from it, all steps in one direction."""
    n = sum(counts)
    doubled = [2 * error for error in signed_errors(counts, printed, unit)]
    return all(-3 * n <= e <= n for e in doubled) or all(-n <= e <= 3 * n for e in doubled)


def fits_repair_in_one(counts: Counts, printed: Printed, unit: int) -> bool:
    """At most one cell is not the nearest unit."""
    return len(_not_nearest(counts, printed, unit)) <= 1


def fits_repair_in_largest(counts: Counts, printed: Printed, unit: int) -> bool:
    """At most one cell is not the nearest unit, and no published cell has more answers than it."""
    repaired = _not_nearest(counts, printed, unit)
    most = max((c for c, a in zip(counts, printed, strict=True) if a is not None), default=0)
    return not repaired or (len(repaired) == 1 and counts[repaired[0]] == most)


def fits_repair_in_last(counts: Counts, printed: Printed, unit: int) -> bool:
    """Every cell but the last is the nearest unit."""
    return set(_not_nearest(counts, printed, unit)) <= {len(counts) - 1}


def _not_nearest(counts: Counts, printed: Printed, unit: int) -> list[int]:
    n = sum(counts)
    cells = enumerate(zip(counts, printed, strict=True))
    return [k for k, (c, a) in cells if a is not None and 2 * abs(unit * c - a * n) > n]


def _repair_in(position: int, counts: Counts, unit: int) -> list[int]:
    units = [half_even(unit * c, sum(counts)) for c in counts]
    units[position] += unit - sum(units)
    return units


def _claim(count: int, units: int, method: Divisor) -> Fraction:
    """The smaller, the stronger: signpost to count."""
    return Fraction(method.above(units), count**method.power)


def _spread(values: Sequence[int]) -> int:
    return max(values) - min(values) if values else 0
