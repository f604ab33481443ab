"""Rounding rules as relations on whole arrays of columns: could these counts be printed so?

The same relations as in ``rounding``, for many columns at once. Most rules need no more than the least and
the greatest error of a column, so these are computed once for all rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial, reduce
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from analysis.old.apportionment import DIVISORS, Divisor, Printed
from analysis.old.rounding import WINDOWS

Integers = NDArray[np.integer]
Verdicts = NDArray[np.bool_]


class ColumnArrays:
    """Many columns of counts beside one printed column: one array a cell, all of the shape of ``n``.

    Parameters
    ----------
    counts
        Counts by cell, of a type in which the rules' arithmetic is exact (`needed_type`).
    n
        Their sums.
    figures
        Printed units of the column, None where free; for a rule that keeps the sum, as
        `apportionment.balanced` gives it.
    unit
        What 100 % is in printed units.
    """

    def __init__(self, counts: Sequence[Integers], n: Integers, figures: Printed, unit: int) -> None:
        self.counts = counts
        self.n = n
        self.figures = figures
        self.unit = unit
        self.published = [cell for cell, units in enumerate(figures) if units is not None]

    def doubled(self, cell: int) -> Integers:
        """Twice the signed error of a published cell, in n-ths of a unit."""
        units = self.figures[cell] or 0
        return np.asarray(2 * self.unit * self.counts[cell] - 2 * units * self.n)

    @cached_property
    def extremes(self) -> tuple[Integers, Integers]:
        """The least and the greatest doubled error of each column; 0 where nothing is published."""
        errors = map(self.doubled, self.published)
        least = greatest = next(errors, 0 * self.n)
        for error in errors:
            least, greatest = np.minimum(least, error), np.maximum(greatest, error)
        return least, greatest

    def within(self, low: Integers, high: Integers) -> Verdicts:
        """Whether every doubled error of a column lies from low to high."""
        least, greatest = self.extremes
        return np.asarray((least >= low) & (greatest <= high))


Relation = Callable[[ColumnArrays], Verdicts]


def fits_arrays(rule: str, columns: ColumnArrays) -> Verdicts:
    """Which of many columns a rule could have printed, in the shape of their n."""
    return _RELATIONS[rule](columns)


def needed_type(rules: Sequence[str], most_n: int, unit: int, parts: int) -> type[np.generic]:
    """The narrowest type whose arithmetic is exact here; Python integers where 64 bits are too few."""
    largest = 8 * unit * most_n * max(1, parts)
    for name in set(rules) & set(DIVISORS):
        method = DIVISORS[name]
        largest = max(largest, method.above(unit + parts) * (method.scale * most_n) ** method.power)
    if largest < 2**31:
        return np.int32
    return np.int64 if largest < 2**63 else np.object_


def _all(verdicts: Iterator[Verdicts], n: Integers) -> Verdicts:
    return reduce(np.logical_and, verdicts, np.ones(n.shape, dtype=bool))


def _fits_window(columns: ColumnArrays, *, rule: str) -> Verdicts:
    """Windows alike for all figures need the extremes only; those of half to even depend on the figure."""
    window, n = WINDOWS[rule], columns.n
    if window(0, 1) == window(1, 1):
        return columns.within(*window(0, n))  # type: ignore[arg-type]
    fits = np.ones(n.shape, dtype=bool)
    for cell in columns.published:
        low, high = window(columns.figures[cell] or 0, n)  # type: ignore[arg-type]
        error = columns.doubled(cell)
        fits &= (error >= low) & (error <= high)
    return fits


def _fits_remainders(columns: ColumnArrays, *, untied: bool = False) -> Verdicts:
    least, greatest = columns.extremes
    quota = columns.within(1 - 2 * columns.n, 2 * columns.n - 1)
    return quota & np.asarray(greatest - least < 2 * columns.n + (not untied))


def _fits_tie_order(columns: ColumnArrays, *, sign: int) -> Verdicts:
    """The place of a cell in the column breaks ties: sign 1 for the first, -1 for the last."""
    parts = len(columns.figures)
    keys = [parts * columns.doubled(cell) - 2 * sign * cell for cell in columns.published] or [0 * columns.n]
    spread = reduce(np.maximum, keys) - reduce(np.minimum, keys)
    return _fits_remainders(columns) & np.asarray(spread < 2 * parts * columns.n)


def _fits_divisor(columns: ColumnArrays, *, method: Divisor) -> Verdicts:
    """The multiplier that n allows, cell by cell, and then the same multiplier for each pair of cells."""
    cells = [(columns.counts[cell], columns.figures[cell] or 0) for cell in columns.published]
    n, power, parts = columns.n, method.power, len(columns.figures)
    slowest = (method.scale * max(0, columns.unit - parts)) ** power
    fastest = (method.scale * (columns.unit + parts)) ** power
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


def _fits_minimal_repair(columns: ColumnArrays) -> Verdicts:
    n = columns.n
    return columns.within(-3 * n, n) | columns.within(-n, 3 * n)


def _misses(columns: ColumnArrays) -> Iterator[tuple[int, Verdicts]]:
    """For each published cell whether it is not printed as the nearest unit."""
    for cell in columns.published:
        yield cell, np.asarray(np.abs(columns.doubled(cell)) > columns.n)


def _fits_repair_in_one(columns: ColumnArrays) -> Verdicts:
    missed = np.zeros(columns.n.shape, dtype=np.int8)
    for _, miss in _misses(columns):
        missed += miss
    return missed <= 1


def _fits_repair_in_largest(columns: ColumnArrays) -> Verdicts:
    most = reduce(np.maximum, (columns.counts[cell] for cell in columns.published), 0 * columns.n)
    largest = np.ones(columns.n.shape, dtype=bool)
    for cell, miss in _misses(columns):
        largest &= ~miss | (columns.counts[cell] == most)
    return largest & _fits_repair_in_one(columns)


def _fits_repair_in_last(columns: ColumnArrays) -> Verdicts:
    last = len(columns.figures) - 1
    return _all((~miss for cell, miss in _misses(columns) if cell != last), columns.n)


_RELATIONS: dict[str, Relation] = {
    **{rule: partial(_fits_window, rule=rule) for rule in WINDOWS},
    "largest_remainder": _fits_remainders,
    "largest_remainder_first": partial(_fits_tie_order, sign=1),
    "largest_remainder_last": partial(_fits_tie_order, sign=-1),
    "largest_remainder_untied": partial(_fits_remainders, untied=True),
    **{name: partial(_fits_divisor, method=method) for name, method in DIVISORS.items()},
    "adjust_minimal": _fits_minimal_repair,
    "adjust_one": _fits_repair_in_one,
    "adjust_largest": _fits_repair_in_largest,
    "adjust_last": _fits_repair_in_last,
}
