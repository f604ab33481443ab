"""Rounding rules as relations on whole arrays of columns: could these counts be printed so?

The same relations as in ``rounding``, for many columns at once: one array a cell, and an array of n.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial, reduce
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from analysis.apportionment import DIVISORS, Divisor, Printed
from analysis.rounding import WINDOWS

Integers = NDArray[np.integer]
Verdicts = NDArray[np.bool_]
Cells = Sequence[Integers]
Relation = Callable[[Cells, Integers, Printed, int], Verdicts]


def fits_arrays(rule: str, counts: Cells, n: Integers, printed: Printed, unit: int) -> Verdicts:
    """Which of many columns a rule could have printed as these units.

    Parameters
    ----------
    rule
        A name in `rounding.RULES`.
    counts
        One array a cell, all of one shape, of a type that holds four times ``unit`` times n; the divisor
        methods need room for products of two signposts and counts (see `needed_type`).
    n
        Their sums, in the same shape.
    printed
        Units of the column, None where free; for a rule that keeps the sum, as `apportionment.balanced`
        gives it.
    unit
        What 100 % is in printed units.

    Returns
    -------
    array of bool
        In the shape of n.
    """
    return _RELATIONS[rule](counts, n, printed, unit)


def needed_type(rules: Sequence[str], most_n: int, unit: int, parts: int) -> type[np.generic]:
    """The narrowest type whose arithmetic is exact here; Python integers where 64 bits are too few."""
    largest = 4 * unit * most_n * max(1, parts)
    for name in set(rules) & set(DIVISORS):
        method = DIVISORS[name]
        largest = max(largest, method.above(unit + parts) * (method.scale * most_n) ** method.power)
    if largest < 2**31:
        return np.int32
    return np.int64 if largest < 2**63 else np.object_


def _errors(counts: Cells, n: Integers, printed: Printed, unit: int) -> Iterator[tuple[int, int, Integers]]:
    for cell, (count, units) in enumerate(zip(counts, printed, strict=True)):
        if units is not None:
            yield cell, units, unit * count - units * n


def _all(verdicts: Iterator[Verdicts], n: Integers) -> Verdicts:
    return reduce(np.logical_and, verdicts, np.ones(n.shape, dtype=bool))


def _within(error: Integers, low: Integers, high: Integers) -> Verdicts:
    """Whether a doubled error lies in its window; ``low`` and ``high`` are in the same doubled units."""
    doubled = 2 * error
    return np.asarray((doubled >= low) & (doubled <= high))


def _fits_windows(counts: Cells, n: Integers, printed: Printed, unit: int, *, rule: str) -> Verdicts:
    window = WINDOWS[rule]
    cells = _errors(counts, n, printed, unit)
    return _all((_within(error, *window(units, n)) for _, units, error in cells), n)  # type: ignore[arg-type]


def _fits_remainders(
    counts: Cells, n: Integers, printed: Printed, unit: int, *, sign: int = 0, untied: bool = False
) -> Verdicts:
    """Spread of the errors, or of errors with the place of the cell as the tie order."""
    parts = len(counts) if sign else 1  # the sign is that of the tie order: 1 first, -1 last, 0 none
    highest = lowest = None
    quota = np.ones(n.shape, dtype=bool)
    for cell, _, error in _errors(counts, n, printed, unit):
        key = parts * error - sign * cell
        highest = key if highest is None else np.maximum(highest, key)
        lowest = key if lowest is None else np.minimum(lowest, key)
        if None in printed:
            quota &= np.abs(error) < n
    if highest is None or lowest is None:
        return quota
    return quota & np.asarray(highest - lowest < parts * n + (not sign and not untied))


def _fits_divisor(counts: Cells, n: Integers, printed: Printed, unit: int, *, method: Divisor) -> Verdicts:
    """The multiplier that n allows, cell by cell, and then the same multiplier for each pair of cells."""
    cells = [(count, units) for count, units in zip(counts, printed, strict=True) if units is not None]
    power, parts = method.power, len(counts)
    slowest = (method.scale * max(0, unit - parts)) ** power
    fastest = (method.scale * (unit + parts)) ** power
    fits = np.ones(n.shape, dtype=bool)
    for count, units in cells:
        fits &= (count > 0) | (units == 0)
        fits &= method.below(units) * n**power <= fastest * count**power
        fits &= slowest * count**power <= method.above(units) * n**power
    left = [(count[fits] ** power, method.below(a), method.above(a)) for count, a in cells]
    fits[fits] = _all(
        (below * other <= above * count for (count, below, _), (other, _, above) in permutations(left, 2)),
        n[fits],
    )
    return fits


def _misses(counts: Cells, n: Integers, printed: Printed, unit: int) -> Iterator[tuple[int, Verdicts]]:
    """For each published cell whether it is not printed as the nearest unit."""
    for cell, _, error in _errors(counts, n, printed, unit):
        yield cell, np.asarray(2 * np.abs(error) > n)


def _fits_minimal_repair(counts: Cells, n: Integers, printed: Printed, unit: int) -> Verdicts:
    raised, lowered = np.ones(n.shape, dtype=bool), np.ones(n.shape, dtype=bool)
    for _, _, error in _errors(counts, n, printed, unit):
        raised &= _within(error, -3 * n, n)
        lowered &= _within(error, -n, 3 * n)
    return raised | lowered


def _fits_repair_in_one(counts: Cells, n: Integers, printed: Printed, unit: int) -> Verdicts:
    missed = np.zeros(n.shape, dtype=np.int8)
    for _, miss in _misses(counts, n, printed, unit):
        missed += miss
    return missed <= 1


def _fits_repair_in_largest(counts: Cells, n: Integers, printed: Printed, unit: int) -> Verdicts:
    missed, largest = np.zeros(n.shape, dtype=np.int8), np.ones(n.shape, dtype=bool)
    most = reduce(np.maximum, (c for c, a in zip(counts, printed, strict=True) if a is not None), 0 * n)
    for cell, miss in _misses(counts, n, printed, unit):
        missed += miss
        largest &= ~miss | (counts[cell] == most)
    return (missed <= 1) & largest


def _fits_repair_in_last(counts: Cells, n: Integers, printed: Printed, unit: int) -> Verdicts:
    last = len(counts) - 1
    return _all((~miss for cell, miss in _misses(counts, n, printed, unit) if cell != last), n)


_RELATIONS: dict[str, Relation] = {
    **{rule: partial(_fits_windows, rule=rule) for rule in WINDOWS},
    "largest_remainder": _fits_remainders,
    "largest_remainder_first": partial(_fits_remainders, sign=1),
    "largest_remainder_last": partial(_fits_remainders, sign=-1),
    "largest_remainder_untied": partial(_fits_remainders, untied=True),
    **{name: partial(_fits_divisor, method=method) for name, method in DIVISORS.items()},
    "adjust_minimal": _fits_minimal_repair,
    "adjust_one": _fits_repair_in_one,
    "adjust_largest": _fits_repair_in_largest,
    "adjust_last": _fits_repair_in_last,
}
