"""The columns of counts that each group may have, and the tables that they make under the total.

Columns of a group are listed for each n that it may have, each with the rules that could have printed
it. Groups are then joined: a table counts when one rule could have printed every column of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.codebook import Codebook
from analysis.old.apportionment import DIVISORS, balanced
from analysis.old.counts.solving.boxes import intersect, rule_boxes
from analysis.old.counts.solving.lattice import count_points, list_points
from analysis.old.counts.solving.printed import Figures, Printed
from analysis.old.counts.solving.relations import ColumnArrays, fits_arrays, needed_type
from analysis.old.counts.solving.windows import Window
from analysis.old.rounding import RULES, find_rule

MOST_COLUMNS = 200_000  # of one group to list, some 0.5 s
MOST_PAIRS = 400_000_000  # to compare with the total, some 10 s
MOST_JOINED = 10_000_000  # columns of some groups together, some 0.5 GB
UNBOUNDED = {*DIVISORS, "adjust_one", "adjust_largest", "adjust_last"}
BLOCK = 1 << 18  # pairs at once; arrays of this size stay in the processor's cache

Integers = NDArray[np.integer]
Bits = NDArray[np.int32]
Check = Callable[[Sequence[Integers], Integers, Bits], Bits]


class TooManyError(Exception):
    """There are more columns or tables than can be listed; the caller counts or estimates instead."""


class Rounding(NamedTuple):
    """Rules of the groups, each with the rules of the total that go with it."""

    rules: tuple[str, ...]
    totals: tuple[tuple[str, ...], ...]

    @property
    def of_total(self) -> list[str]:
        """All rules of the total."""
        return [rule for rules in self.totals for rule in rules]


class Columns(NamedTuple):
    """The columns that one group may have: counts (columns × stages), their n, and which rules print them.

    Bit r of ``rules`` is the r-th rule.
    """

    counts: Integers
    n: Integers
    rules: Bits


class Joined(NamedTuple):
    """Columns of some groups put together: their places, summed counts and n, and the rules that print them.

    ``counts`` has one row a stage, so that each is contiguous.
    """

    places: NDArray[np.int64]
    counts: Integers
    n: Integers
    rules: Bits


def read_rounding(
    rounding: str | Sequence[str], total_rounding: str | Sequence[str] | None = None
) -> Rounding:
    """Rules by name; the total follows the rule of its groups unless it has its own.

    Raises
    ------
    RequestError
        A rule that does not exist.
    """
    rules = (rounding,) if isinstance(rounding, str) else tuple(dict.fromkeys(rounding))
    own = (total_rounding,) if isinstance(total_rounding, str) else tuple(total_rounding or ())
    for rule in (*rules, *own):
        find_rule(rule)
    return Rounding(rules, tuple(own or (rule,) for rule in rules))


def to_record(printed: Printed, rounding: Rounding) -> dict[str, Any]:
    """A printed wave and its rules as plain values, to travel in the ``attrs`` of a frame."""
    return {**printed._asdict(), "codebook": None, "rules": rounding.rules, "totals": rounding.totals}


def from_record(record: Mapping[str, Any], codebook: Codebook) -> tuple[Printed, Rounding]:
    """The wave and rules of `to_record`."""
    fields = {name: record[name] for name in Printed._fields}
    return Printed(**{**fields, "codebook": codebook}), Rounding(record["rules"], record["totals"])


def figures_for(printed: Printed, group: str, rule: str) -> Figures | None:
    """The printed units as a rule must have printed them; None where it keeps the sum and they do not."""
    units = printed.units[group]
    if not RULES[rule].keeps_sum:
        return units
    figures = balanced(units, printed.unit)
    return None if figures is None else tuple(figures)


def group_boxes(printed: Printed, group: str, rule: str, n: int) -> list[Window]:
    """The counts that a group may have under one rule and n, as disjoint boxes; known counts are kept."""
    figures = figures_for(printed, group, rule)
    if n == 0:
        return [] if any(printed.units[group]) else [((0, 0),) * len(printed.stages)]
    if figures is None:
        return []
    boxes = rule_boxes(rule, figures, n, printed.unit)
    known = printed.counts[group]
    if not any(count is not None for count in known):
        return boxes
    fixed = [tuple((c, c) if c is not None else (0, n) for c in known)]
    return intersect(boxes, fixed, n)


def list_columns(printed: Printed, group: str, rules: Sequence[str], *, most: int = MOST_COLUMNS) -> Columns:
    """Every column of counts that a group may have, over all its n and rules.

    Raises
    ------
    TooManyError
        There are more than ``most``.
    """
    found: dict[tuple[int, ...], int] = {}
    for n in printed.sizes[group] or ():
        for position, rule in enumerate(rules):
            boxes = group_boxes(printed, group, rule, n)
            if len(found) + _at_most(boxes, n) > most:
                raise TooManyError(group)
            for point in list_points(boxes, n):
                found[point] = found.get(point, 0) | 1 << position
    counts = np.array(list(found), dtype=np.int64).reshape(len(found), len(printed.stages))
    return Columns(counts, counts.sum(1), np.fromiter(found.values(), np.int32, len(found)))


def _at_most(boxes: list[Window], n: int) -> int:
    """The number of points of boxes, counted only where their volume does not bound it already."""
    volume = sum(prod(high - low + 1 for low, high in box) for box in boxes)
    return volume if volume <= MOST_COLUMNS // 100 else count_points(boxes, n)


def join_columns(
    printed: Printed, rounding: Rounding, columns: Sequence[Columns], *, most: int = MOST_PAIRS
) -> Iterator[Joined]:
    """Every table that the columns of the groups make under the total, in blocks.

    Raises
    ------
    TooManyError
        More than ``most`` pairs of columns would have to be compared at once.
    """
    most_n = sum(int(column.n.max(initial=0)) for column in columns)
    kind = needed_type(rounding.of_total, most_n, printed.unit, len(printed.stages))
    nothing = np.zeros((len(printed.stages), 1), dtype=kind)
    everything = np.array([(1 << len(rounding.rules)) - 1], dtype=np.int32)
    joined = Joined(np.empty((1, 0), dtype=np.int64), nothing, nothing[0], everything)
    for position, following in enumerate(columns[:-1], start=1):
        check = _reach(printed, rounding, columns[position:])
        room = min(MOST_JOINED, most // max(1, len(columns[position].n)))
        joined = _together(_cross(joined, following, check), room)
    yield from _cross(joined, columns[-1], partial(_under_total, printed, rounding))


def _cross(joined: Joined, following: Columns, check: Check) -> Iterator[Joined]:
    """Each of what is joined with each column of the next group, where a rule prints both."""
    counts = np.ascontiguousarray(following.counts.T, dtype=joined.n.dtype)
    sizes = following.n.astype(joined.n.dtype)
    step = max(1, BLOCK // max(1, len(sizes)))
    for first in range(0, max(1, len(joined.n)), step):
        rows = slice(first, first + step)
        sums = [head[rows, None] + tail for head, tail in zip(joined.counts, counts, strict=True)]
        n = joined.n[rows, None] + sizes
        rules = check(sums, n, joined.rules[rows, None] & following.rules)
        row, column = np.nonzero(rules)
        places = np.column_stack([joined.places[rows][row], column])
        kept = np.array([cell[row, column] for cell in sums])
        yield Joined(places, kept, n[row, column], rules[row, column])


def _together(found: Iterator[Joined], room: int) -> Joined:
    """The blocks as one; not more than there is room for, to be compared with the next group."""
    blocks, number = [], 0
    for block in found:
        blocks.append(block)
        number += len(block.n)
        if number > room:
            raise TooManyError(f"more than {room} columns of joined groups")
    return Joined(
        np.concatenate([block.places for block in blocks]),
        np.concatenate([block.counts for block in blocks], axis=1),
        np.concatenate([block.n for block in blocks]),
        np.concatenate([block.rules for block in blocks]),
    )


def _under_total(
    printed: Printed, rounding: Rounding, sums: Sequence[Integers], n: Integers, rules: Bits
) -> Bits:
    """The rules that print the columns and also their sum as the total."""
    if printed.total is None:
        return rules
    allowed = printed.sizes[printed.total]
    right = np.ones(n.shape, dtype=bool) if allowed is None else np.isin(n, allowed)
    kept = np.zeros_like(rules)
    columns: dict[Figures, ColumnArrays] = {}
    for bit, totals in enumerate(rounding.totals):
        for rule in totals:
            figures = figures_for(printed, printed.total, rule)
            if figures is not None:
                known = columns.setdefault(figures, ColumnArrays(sums, n, figures, printed.unit))
                kept |= rules & ((fits_arrays(rule, known) & right).astype(np.int32) << bit)
    return kept


def _reach(printed: Printed, rounding: Rounding, later: Sequence[Columns]) -> Check:
    """Drops what no columns of the later groups can bring within the total's figures any more.

    No rule but repair in one cell and the divisor methods is off by more than one and a half units.
    """
    if printed.total is None or set(rounding.of_total) & UNBOUNDED:
        return lambda _sums, _n, rules: rules
    unit, bounds = printed.unit, []
    for cell, units in enumerate(printed.units[printed.total]):
        if units is not None:
            above, below = ([_doubled_error(c, cell, units + s, unit) for c in later] for s in (1.5, -1.5))
            bounds.append(
                (cell, units, sum(e.min(initial=0) for e in above), sum(e.max(initial=0) for e in below))
            )

    def check(sums: Sequence[Integers], n: Integers, rules: Bits) -> Bits:
        for cell, units, least, most in bounds:
            doubled = 2 * unit * sums[cell] - 2 * units * n
            rules = rules * ((doubled - 3 * n + least <= 0) & (doubled + 3 * n + most >= 0))
        return rules

    return check


def _doubled_error(columns: Columns, cell: int, units: float, unit: int) -> Integers:
    """Twice the error of each column in one cell, were ``units`` printed, in n-ths of a unit."""
    return 2 * unit * columns.counts[:, cell] - int(2 * units) * columns.n
