"""The columns of counts that each group may have, and the tables that they make under the total.

Every column inside a group's windows is listed, for each n that the group may have, with the rules that could
have printed it. Groups are then joined one after the other: a table counts when one rule could have printed
every column of it. What is too much to list is bounded, by narrowing the windows until nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.counts.reading import PrintedWave
from analysis.rounding import RULES, Cell, Rule, is_suited, windows_of

MOST_COLUMNS = 400_000  # of one group to list, some 0.5 s
MOST_PAIRS = 20_000_000  # of columns to compare with the total, some 5 s
MOST_JOINED = 2_000_000  # columns of some groups together, some 0.2 GB
BLOCK = 1 << 18  # pairs at once; arrays of this size stay in the processor's cache
SAMPLED = 300  # columns on either side by which it is tried which cell tells most pairs apart
ROUNDS = 200  # of narrowing windows
FAR = 1 << 60  # beyond any count; the lowest one where none will do

Integers = NDArray[np.int64]
Bits = NDArray[np.int32]
Truths = NDArray[np.bool_]
Windows = Callable[[int, Integers], tuple[Any, Any]]  # the lowest and highest count of a cell for each n


class TooManyError(Exception):
    """There are more columns or tables than are listed; the caller uses bounds instead."""


class Limits(NamedTuple):
    """The lowest and highest count of each cell under one rule: cells × n, lowest above highest if none."""

    rule: Rule
    cells: tuple[Cell, ...]
    low: Integers
    high: Integers

    def allow(self, counts: Integers, n: Integers, place: Integers) -> Truths:
        """Which columns the rule prints, the windows of their n being at ``place``."""
        allowed = np.ones(len(n), dtype=bool)
        for low, high, count in zip(self.low, self.high, counts, strict=True):
            allowed &= (count >= low[place]) & (count <= high[place])
        shown = [
            (cell, count) for cell, count in zip(self.cells, counts, strict=True) if cell.units is not None
        ]
        if self.rule.span is None or not shown:
            return allowed
        lows, highs = zip(
            *(self.rule.span(count, cell.units, n, cell.unit) for cell, count in shown), strict=True
        )
        suited: Truths = is_suited(self.rule, np.maximum.reduce(lows), np.minimum.reduce(highs), n)
        return allowed & suited


class CountColumns(NamedTuple):
    """Columns that one group may have, or sums of those of several groups.

    ``counts`` is cells × columns, and ``n`` what belongs to each. Bit r of ``rules`` tells whether the r-th
    rule prints it, and ``places`` (groups × columns) where its parts stand among those of their groups.
    """

    counts: Integers
    n: Integers
    rules: Bits
    places: Integers

    def take(self, kept: Any) -> CountColumns:
        """Some of the columns."""
        return CountColumns(self.counts[:, kept], self.n[kept], self.rules[kept], self.places[:, kept])


def limits_of(printed: PrintedWave, group: str, rule: Rule, n: Integers) -> Limits:
    """What a rule leaves each cell of a column for each n, narrowed by the cells adding up to it."""
    column = printed.columns[group]
    cells = None if printed.multiple and rule.span else column.under(rule)
    if cells is None:
        shape = len(column.cells), len(n)
        return Limits(rule, column.cells, np.full(shape, FAR), np.full(shape, -1))
    low, high = np.zeros((len(cells), len(n)), dtype=np.int64), np.tile(n, (len(cells), 1))
    for place, (cell, known) in enumerate(zip(cells, printed.counts[group], strict=True)):
        windows = list(windows_of(rule, cell, n, column.parts))
        for least, most in windows if known is None else [*windows, (known, known)]:
            low[place], high[place] = np.maximum(low[place], least), np.minimum(high[place], most)
    if n[0] == 0:  # nobody answered: zeros are printed, by any rule
        low[:, 0], high[:, 0] = 0, -1 if any(cell.units for cell in cells) else 0
    impossible = (low > high).any(0)
    if group == printed.total and (own := printed.sizes[group]):
        impossible |= ~np.isin(n, own)
    if not printed.multiple:
        impossible |= (low.sum(0) > n) | (high.sum(0) < n)
        low, high = _adding_up(low, high, n, n, axis=0)
    low[:, impossible], high[:, impossible] = FAR, -1
    return Limits(rule, cells, low, high)


def list_columns(printed: PrintedWave, group: str, names: Sequence[str]) -> CountColumns:
    """Every column of counts that a group may have, over all its n and rules; refused if too many."""
    n = np.array(printed.sizes[group], dtype=np.int64)
    limits = [limits_of(printed, group, RULES[name], n) for name in names]
    low, high = _hull(limits)
    place, counts = _list_inside(n, low, high, fixed_sum=not printed.multiple)
    rules = _printing(limits, counts, n[place], place)
    kept = rules.nonzero()[0]
    return CountColumns(counts[:, kept], n[place[kept]], rules[kept], np.arange(len(kept))[None])


def _hull(limits: Sequence[Limits]) -> tuple[Integers, Integers]:
    """The windows around those of several rules."""
    return np.min([rule.low for rule in limits], axis=0), np.max([rule.high for rule in limits], axis=0)


def _printing(limits: Sequence[Limits], counts: Integers, n: Integers, place: Integers) -> Bits:
    """For each column the rules that print it, a bit each."""
    rules = np.zeros(len(n), dtype=np.int32)
    for bit, rule in enumerate(limits):
        rules |= rule.allow(counts, n, place).astype(np.int32) << bit
    return rules


def _list_inside(n: Integers, low: Integers, high: Integers, *, fixed_sum: bool) -> tuple[Integers, Integers]:
    """All counts between ``low`` and ``high`` that add up to n, and at which n each is."""
    place = (low[0] <= high[0]).nonzero()[0]
    need, after_low, after_high = n[place], low[:, place].sum(0), high[:, place].sum(0)
    counts: list[Integers] = []
    for least, greatest in zip(low, high, strict=True):
        start, end = least[place], greatest[place]
        if fixed_sum:
            after_low, after_high = after_low - start, after_high - end
            start, end = np.maximum(start, need - after_high), np.minimum(end, need - after_low)
        parent, value = _spread(start, end, MOST_COLUMNS)
        place, need, after_low, after_high = (
            values[parent] for values in (place, need, after_low, after_high)
        )
        need = need - value
        counts = [*(cell[parent] for cell in counts), value]
    return place, np.array(counts)


def _spread(start: Integers, end: Integers, most: int) -> tuple[Integers, Integers]:
    """Every whole number from each start to its end, and which of them it belongs to."""
    width = np.maximum(end - start + 1, 0)
    if width.sum() > most:
        raise TooManyError
    parent = np.repeat(np.arange(len(width)), width)
    return parent, np.arange(len(parent)) + (start - np.cumsum(width) + width)[parent]


class Under:
    """What the total leaves the sums of its groups, cell by cell for each n; anything where there is none."""

    def __init__(self, printed: PrintedWave, names: Sequence[str], listed: Sequence[CountColumns]) -> None:
        ends = [sum(int(end(group.n)) for group in listed) for end in (np.min, np.max)]
        self.sizes = sizes_of_total(printed, *ends)
        self.exhaustive, self.multiple = printed.exhaustive, printed.multiple
        self.limits: list[Limits] = []
        shape = len(listed[0].counts), len(self.sizes)
        self.low, self.high = np.zeros(shape, dtype=np.int64), np.full(shape, FAR)
        if printed.total:
            self.limits = [limits_of(printed, printed.total, RULES[name], self.sizes) for name in names]
            self.low, self.high = _hull(self.limits)
        if not printed.exhaustive:
            self.low[:] = 0

    def windows(self, later: Sequence[CountColumns]) -> Windows:
        """Between what a cell of the groups joined so far must lie, for the later ones to mend it."""
        low, high = self.low.min(1), self.high.max(1)
        for group in later:
            low, high = low - group.counts.max(1), high - group.counts.min(1)

        def window(cell: int, n: Integers) -> tuple[Any, Any]:
            if later or not self.exhaustive:
                return low[cell], high[cell]
            return self.low[cell][n - self.sizes[0]], self.high[cell][n - self.sizes[0]]

        return window

    def choose(self, joined: CountColumns) -> CountColumns:
        """The tables of which one rule prints the columns and their sum as the total."""
        if not self.limits:
            return joined
        if self.exhaustive:
            rules = _printing(self.limits, joined.counts, joined.n, joined.n - self.sizes[0])
        else:
            rules = np.zeros_like(joined.rules)
            for bit, limits in enumerate(self.limits):
                rules |= self._leaves_room(limits, joined).astype(np.int32) << bit
        rules &= joined.rules
        return joined._replace(rules=rules).take(rules.nonzero()[0])

    def _leaves_room(self, limits: Limits, joined: CountColumns) -> Truths:
        """Which sums of the groups leave the others, which are not shown, what makes up the total."""
        sums, fits = joined.counts, np.zeros(len(joined.n), dtype=bool)
        for n, low, high in zip(self.sizes, limits.low.T[:, :, None], limits.high.T[:, :, None], strict=True):
            if low[0] <= high[0]:
                missing, others = np.maximum(low - sums, 0), n - joined.n
                taken = missing.max(0) if self.multiple else missing.sum(0)
                fits |= (sums <= high).all(0) & (taken <= others)
        return fits


def sizes_of_total(printed: PrintedWave, least: int, most: int) -> Integers:
    """The n that the total may have where its groups together have between ``least`` and ``most``."""
    own = printed.sizes[printed.total] if printed.total and not printed.exhaustive else None
    return np.arange(least, most + 1) if own is None else np.array(own)


def join_columns(
    printed: PrintedWave, names: Sequence[str], listed: Sequence[CountColumns]
) -> Iterator[CountColumns]:
    """Every table that the columns of the groups make under the total, in blocks; refused if too many."""
    if not all(len(group.n) for group in listed):
        return
    under = Under(printed, names, listed)
    joined = listed[0]
    for place, following in enumerate(listed[1:], start=2):
        blocks = _cross(joined, following, under, later=listed[place:])
        if place == len(listed):
            yield from map(under.choose, blocks)
            return
        joined = _together(blocks, MOST_JOINED)
    yield under.choose(joined)


def _cross(
    joined: CountColumns, following: CountColumns, under: Under, later: Sequence[CountColumns]
) -> Iterator[CountColumns]:
    """Each of what is joined with each column of the next group, where a rule prints both.

    The columns of the group stand in the order of n and of one cell, so that for each n those that bring
    this cell of the total within its window are a slice.
    """
    window = under.windows(later)
    cell, *others = _sharpest(joined, following, window) if under.limits else [0]
    sizes, size_of = np.unique(following.n, return_inverse=True)
    lowest = following.counts[cell].min()
    steps = int(following.counts[cell].max() - lowest) + 2
    base = np.arange(len(sizes)) * steps
    keys = base[size_of] + following.counts[cell] - lowest
    order = np.argsort(keys)
    following = following.take(order)
    if steps * len(sizes) > 10 * MOST_COLUMNS:
        raise TooManyError
    before = np.searchsorted(keys[order], np.arange(steps * len(sizes)))  # columns before an n and a count
    step = max(1, min(BLOCK // len(sizes), 4 * BLOCK // len(keys)))

    def slices(start: int) -> tuple[Integers, Integers]:
        """For some joined columns and each n the first and the last column to look at."""
        rows = slice(start, start + step)
        low, high = window(cell, joined.n[rows, None] + sizes)
        counts = joined.counts[cell, rows, None] + lowest
        first = before[np.clip(low - counts, 0, steps - 1) + base]
        last = before[np.clip(high - counts + 1, 0, steps - 1) + base] - 1
        return first.ravel(), last.ravel()

    starts = range(0, max(len(joined.n), 1), step)
    if sum(int(np.maximum(last - first + 1, 0).sum()) for first, last in map(slices, starts)) > MOST_PAIRS:
        raise TooManyError
    for start in starts:
        parent, column = _spread(*slices(start), MOST_PAIRS)
        row = start + parent // len(sizes)
        kept = (joined.rules[row] & following.rules[column]).nonzero()[0]
        row, column = row[kept], column[kept]
        for other in others:
            low, high = window(other, joined.n[row] + following.n[column])
            sums = joined.counts[other, row] + following.counts[other, column]
            kept = ((sums >= low) & (sums <= high)).nonzero()[0]
            row, column = row[kept], column[kept]
        yield CountColumns(
            joined.counts[:, row] + following.counts[:, column],
            joined.n[row] + following.n[column],
            joined.rules[row] & following.rules[column],
            np.vstack([joined.places[:, row], following.places[:, column]]),
        )


def _sharpest(joined: CountColumns, following: CountColumns, window: Windows) -> list[int]:
    """The cells, first the one within whose window the fewest pairs lie, tried on some."""
    one, other = (group.take(slice(None, None, 1 + len(group.n) // SAMPLED)) for group in (joined, following))
    n = one.n[:, None] + other.n
    left = []
    for cell, counts in enumerate(other.counts):
        low, high = window(cell, n)
        sums = one.counts[cell][:, None] + counts
        left.append(np.count_nonzero((sums >= low) & (sums <= high)))
    return sorted(range(len(left)), key=left.__getitem__)


def _together(blocks: Iterator[CountColumns], most: int) -> CountColumns:
    """The blocks as one, if there are not more columns in them."""
    kept, number = [], 0
    for block in blocks:
        kept.append(block)
        number += len(block.n)
        if number > most:
            raise TooManyError
    return CountColumns(*(np.concatenate(parts, axis=-1) for parts in zip(*kept, strict=True)))


class Tables(NamedTuple):
    """Tables that fit, each groups × cells, and the rules that print them."""

    counts: Integers
    rules: Bits


def no_tables(printed: PrintedWave) -> Tables:
    """The tables of a wave of which none fits."""
    shape = (0, len(printed.groups), len(printed.columns[printed.groups[0]].cells))
    return Tables(np.zeros(shape, dtype=np.int64), np.zeros(0, dtype=np.int32))


def find_tables(printed: PrintedWave, names: Sequence[str], max_tables: int) -> Tables:
    """Every table that fits; refused if they, or the columns of a group, are too many."""
    if printed.counted:
        counts = np.array([printed.counts[group] for group in printed.groups], dtype=np.int64)
        return Tables(counts[None], np.zeros(1, dtype=np.int32))
    listed: list[CountColumns] = []
    for group in printed.groups:
        listed.append(list_columns(printed, group, names))
        if not len(listed[-1].n):
            return no_tables(printed)
    if printed.total is None:
        by_rule = (prod(int((group.rules >> bit & 1).sum()) for group in listed) for bit in range(len(names)))
        if max(by_rule) > max_tables:
            raise TooManyError
    joined = _together(join_columns(printed, names, listed), max_tables)
    order = np.lexsort(joined.places[::-1])
    places = joined.places[:, order]
    columns = [group.counts[:, place].T for group, place in zip(listed, places, strict=True)]
    return Tables(np.stack(columns, 1), joined.rules[order])


def narrow_windows(printed: PrintedWave, names: Sequence[str]) -> tuple[Integers, Integers] | None:
    """The lowest and highest count of every cell, columns × cells, over all rules; None where nothing fits.

    No count outside them is in any table that fits; one inside need not be.
    """
    bounds = [window for name in names if (window := _narrow(printed, RULES[name])) is not None]
    if not bounds:
        return None
    lows, highs = zip(*bounds, strict=True)
    return np.min(lows, axis=0), np.max(highs, axis=0)


def _narrow(printed: PrintedWave, rule: Rule) -> tuple[Integers, Integers] | None:
    """The windows of the groups and the total narrowed by each other until nothing changes."""
    rows: list[tuple[Integers, Integers, int, int]] = []
    for group in printed.names:
        if group == printed.total:
            least = sum(row[2] for row in rows)
            n = sizes_of_total(printed, least, sum(row[3] for row in rows))
        else:
            least, n = 0, np.array(printed.sizes[group], dtype=np.int64)
        limits = limits_of(printed, group, rule, n)
        fitting = ((limits.low[0] <= limits.high[0]) & (n >= least)).nonzero()[0]
        if not len(fitting):
            return None
        low, high = limits.low[:, fitting].min(1), limits.high[:, fitting].max(1)
        rows.append((low, high, int(n[fitting].min()), int(n[fitting].max())))
    low, high, least_n, most_n = map(np.array, zip(*rows, strict=True))
    if printed.total is None:
        return low, high
    for ends in ((low, high), (least_n, most_n)):  # groups minus total are nothing, cell by cell
        ends[0][-1], ends[1][-1] = -ends[1][-1], -ends[0][-1]
    for _ in range(ROUNDS):
        before = low, high
        low, high = _adding_up(low, high, 0 if printed.exhaustive else -FAR, 0, axis=0)
        if not printed.multiple:
            low, high = _adding_up(low, high, least_n[:, None], most_n[:, None], axis=1)
        if (low > high).any():
            return None
        if np.array_equal(before, (low, high)):
            break
    low[-1], high[-1] = -high[-1], -low[-1]
    return low, high


def _adding_up(
    low: Integers, high: Integers, least: Any, most: Any, *, axis: int
) -> tuple[Integers, Integers]:
    """Windows narrowed by what is in them adding up to between ``least`` and ``most``."""
    lowest, highest = low.sum(axis, keepdims=True), high.sum(axis, keepdims=True)
    return np.maximum(low, least - highest + high), np.minimum(high, most - lowest + low)
