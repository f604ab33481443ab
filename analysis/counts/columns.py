"""The columns of counts that each group may have, and the tables that they make under the total.

Every column inside a group's windows is listed, for each n that the group may have, with the rules that could
have printed it. Groups are then joined one after the other: a table counts when one rule could have printed
every column of it. What is too much to list is bounded, by narrowing the windows until nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.counts.reading import PrintedWave
from analysis.rounding import RULES, Cell, Rule, column_box, is_suited, windows_of

MOST_COLUMNS = 400_000  # of one group to list, some 0.5 s
MOST_PAIRS = 20_000_000  # of columns to compare with the total, some 5 s
MOST_JOINED = 2_000_000  # columns of some groups together, some 0.2 GB
BLOCK = 1 << 18  # pairs at once; arrays of this size stay in the processor's cache
ROUNDS = 200  # of narrowing windows

Integers = NDArray[np.int64]
Bits = NDArray[np.int32]


class TooManyError(Exception):
    """There are more columns or tables than are listed; the caller uses bounds instead."""


class Limits(NamedTuple):
    """The lowest and highest count of each cell under one rule: cells × n, lowest above highest if none."""

    rule: Rule
    cells: tuple[Cell, ...]
    low: Integers
    high: Integers


class Listed(NamedTuple):
    """Columns that one group may have: counts (cells × columns), their n, and which rules print them.

    Bit r of ``rules`` is the r-th rule.
    """

    counts: Integers
    n: Integers
    rules: Bits


class Joined(NamedTuple):
    """Columns of some groups put together: their places (groups × tables), summed counts, n and rules."""

    places: Integers
    counts: Integers
    n: Integers
    rules: Bits


def limits_of(printed: PrintedWave, group: str, rule: Rule, n: Integers) -> Limits | None:
    """What a rule leaves each cell of a column for each n; None where it could not print these figures."""
    column = printed.columns[group]
    cells = None if printed.multiple and rule.span else column.under(rule)
    if cells is None:
        return None
    if len(n) == 1 and n[0] and not printed.multiple and printed.counts[group].count(None) == len(cells):
        box = column_box(rule, column, int(n[0]), cells)  # whole numbers of Python are faster for one n
        return None if box is None else Limits(rule, cells, *np.array(box)[:, :, None].swapaxes(0, 1))
    low, high = np.zeros((len(cells), len(n)), dtype=np.int64), np.tile(n, (len(cells), 1))
    for place, (cell, known) in enumerate(zip(cells, printed.counts[group], strict=True)):
        for least, most in windows_of(rule, cell, n, column.parts):
            np.maximum(low[place], least, out=low[place])
            np.minimum(high[place], most, out=high[place])
        if known is not None:
            np.maximum(low[place], known, out=low[place])
            np.minimum(high[place], known, out=high[place])
    if n[0] == 0:  # nobody answered: zeros are printed, by any rule
        low[:, 0], high[:, 0] = 0, -1 if any(cell.units for cell in cells) else 0
    impossible = (low > high).any(0)
    if not printed.multiple:
        impossible |= (low.sum(0) > n) | (high.sum(0) < n)
    low[:, impossible], high[:, impossible] = 1, 0
    return Limits(rule, cells, low, high)


def list_columns(
    printed: PrintedWave, group: str, names: Sequence[str], *, most: int = MOST_COLUMNS
) -> Listed:
    """Every column of counts that a group may have, over all its n and rules.

    Raises
    ------
    TooManyError
        There are more than ``most``.
    """
    n = np.array(printed.sizes[group], dtype=np.int64)
    limits = [limits_of(printed, group, RULES[name], n) for name in names]
    cells = len(printed.columns[group].cells)
    low, high = np.full((cells, len(n)), np.iinfo(np.int64).max), np.full((cells, len(n)), -1)
    for rule in limits:
        if rule is not None:
            possible = rule.low[0] <= rule.high[0]
            np.minimum(low, rule.low, out=low, where=possible)
            np.maximum(high, rule.high, out=high, where=possible)
    rows = (low[0] <= high[0]).nonzero()[0]
    rows, counts = _list_inside(rows, n, low, high, most, fixed_sum=not printed.multiple)
    sizes, bits = n[rows], np.zeros(len(rows), dtype=np.int32)
    for bit, rule in enumerate(limits):
        if rule is not None:
            bits |= (_inside(rule, counts, rows) & _is_suited(rule, counts, sizes)).astype(np.int32) << bit
    kept = bits > 0
    return Listed(counts[:, kept], sizes[kept], bits[kept])


def _list_inside(
    rows: Integers, n: Integers, low: Integers, high: Integers, most: int, *, fixed_sum: bool
) -> tuple[Integers, Integers]:
    """All counts between ``low`` and ``high`` that add up to n, and which n each is of."""
    need = n[rows]
    after_low, after_high = low[:, rows].sum(0), high[:, rows].sum(0)
    counts: list[Integers] = []
    for least, greatest in zip(low, high, strict=True):
        start, end = least[rows], greatest[rows]
        if fixed_sum:
            after_low, after_high = after_low - start, after_high - end
            start, end = np.maximum(start, need - after_high), np.minimum(end, need - after_low)
        width = np.maximum(end - start + 1, 0)
        if width.sum() > most:
            raise TooManyError
        parent = np.repeat(np.arange(len(rows)), width)
        value = start[parent] + np.arange(len(parent)) - (np.cumsum(width) - width)[parent]
        rows, need = rows[parent], need[parent] - value
        after_low, after_high = after_low[parent], after_high[parent]
        counts = [*(cell[parent] for cell in counts), value]
    return rows, np.array(counts)


def _inside(limits: Limits, counts: Integers, place: Integers) -> NDArray[np.bool_]:
    """Which columns lie in every window, that of their n being at ``place``."""
    inside = np.ones(counts.shape[1], dtype=bool)
    for cell, count in enumerate(counts):
        inside &= (count >= limits.low[cell][place]) & (count <= limits.high[cell][place])
    return inside


def _is_suited(limits: Limits, counts: Integers, n: Integers) -> Any:
    """Which columns one hidden number suits, by their cells with a figure."""
    shown = [place for place, cell in enumerate(limits.cells) if cell.units is not None]
    if limits.rule.span is None or not shown:
        return True
    lowest: Any = None
    highest: Any = None
    for place in shown:
        low, high = limits.rule.span(counts[place], limits.cells[place].units, n, limits.cells[place].unit)
        lowest, highest = (
            (low, high) if lowest is None else (np.maximum(lowest, low), np.minimum(highest, high))
        )
    return is_suited(limits.rule, lowest, highest, n)


class Under:
    """The total as it bounds the sums of its groups: what each rule leaves each cell, for each n."""

    def __init__(self, printed: PrintedWave, names: Sequence[str], listed: Sequence[Listed]) -> None:
        first, last = (sum(int(end(group.n)) for group in listed) for end in (np.min, np.max))
        own = printed.sizes[printed.total] if printed.total else None
        self.exhaustive = printed.exhaustive
        sizes = np.arange(first, last + 1) if printed.exhaustive else np.array(own)
        self.sizes = sizes
        self.limits: list[Limits | None] = []
        cells = len(listed[0].counts)
        self.low = np.full((cells, len(sizes)), np.iinfo(np.int64).max)
        self.high = np.full((cells, len(sizes)), -1)
        for name in names:
            limits = limits_of(printed, str(printed.total), RULES[name], sizes)
            if limits is not None:
                if own is not None:
                    limits.high[:, ~np.isin(sizes, own)] = -1
                possible = limits.low[0] <= limits.high[0]
                np.minimum(self.low, limits.low, out=self.low, where=possible)
                np.maximum(self.high, limits.high, out=self.high, where=possible)
            self.limits.append(limits)
        self.is_single = len(self.limits) - self.limits.count(None) == 1  # its windows are looked at already
        if not printed.exhaustive:
            self.low[:] = 0

    def reach(self, later: Sequence[Listed]) -> tuple[Integers, Integers]:
        """Between what the groups joined so far must add up, cell by cell, for the later ones to mend it."""
        low, high = self.low.min(1), self.high.max(1)
        for group in later:
            low, high = low - group.counts.max(1), high - group.counts.min(1)
        return low, high

    def chosen(self, joined: Joined) -> Joined:
        """The tables of which a rule prints the columns and their sum as the total."""
        rules = np.zeros_like(joined.rules)
        sums, n = joined.counts, joined.n
        for bit, limits in enumerate(self.limits):
            if limits is None:
                continue
            if self.exhaustive:
                place = n - self.sizes[0]
                inside = self.is_single or _inside(limits, sums, place)
                fits = np.broadcast_to(inside & _is_suited(limits, sums, n), n.shape)
            else:
                fits = np.zeros(len(n), dtype=bool)
                for size, low, high in zip(self.sizes, limits.low.T, limits.high.T, strict=True):
                    rest = size - np.maximum(sums, low[:, None]).sum(0)  # for the groups that are not shown
                    fits |= (sums <= high[:, None]).all(0) & (rest >= 0) & (low[0] <= high[0])
            rules |= fits.astype(np.int32) << bit
        rules &= joined.rules
        kept = rules.nonzero()[0]
        return Joined(joined.places[:, kept], sums[:, kept], n[kept], rules[kept])


def join_columns(printed: PrintedWave, names: Sequence[str], listed: Sequence[Listed]) -> Iterator[Joined]:
    """Every table that the columns of the groups make under the total, in blocks.

    Raises
    ------
    TooManyError
        More pairs of columns would have to be compared than there is time for.
    """
    if not all(len(group.n) for group in listed):
        return
    under = Under(printed, names, listed) if printed.total else None
    first = listed[0]
    joined = Joined(np.arange(len(first.n))[None], first.counts, first.n, first.rules)
    for place, following in enumerate(listed[1:], start=1):
        later = listed[place + 1 :]
        if not len(joined.n):
            return
        blocks = _cross(joined, following, under, later)
        if not later:
            yield from blocks
            return
        joined = _together(blocks)
    if under:
        joined = under.chosen(joined)
    yield joined


def _cross(
    joined: Joined, following: Listed, under: Under | None, later: Sequence[Listed]
) -> Iterator[Joined]:
    """Each of what is joined with each column of the next group, where a rule prints both.

    The columns of the group stand in the order of n and of one cell, so that for each n those that bring
    this cell of the total within its window are a slice.
    """
    window = _Window(joined, following, under, later)
    cell, *window.cells = window.sharpest()
    order = np.lexsort((following.counts[cell], following.n))
    following = Listed(following.counts[:, order], following.n[order], following.rules[order])
    sizes, size_of = np.unique(following.n, return_inverse=True)
    lowest = following.counts[cell].min()
    steps = int(following.counts[cell].max() - lowest) + 2
    if steps * len(sizes) > MOST_COLUMNS * 10:
        raise TooManyError
    filled = np.bincount(
        size_of * steps + following.counts[cell] - lowest + 1, minlength=steps * len(sizes) + 1
    )
    starts = np.cumsum(filled)  # at [size, count]: how many columns stand before
    base = np.arange(len(sizes)) * steps - lowest
    step = max(1, min(BLOCK // len(sizes), 4 * BLOCK // len(following.n)))

    def slices(start: int) -> tuple[Integers, Integers]:
        """For some joined columns and each n the first column to look at, and how many."""
        rows = slice(start, start + step)
        low, high = window.of(cell, joined.n[rows, None] + sizes)
        counts = joined.counts[cell, rows, None]
        first = starts[np.clip(low - counts, lowest, lowest + steps - 1) + base]
        last = starts[np.clip(high - counts + 1, lowest, lowest + steps - 1) + base]
        return first.ravel(), np.maximum(last - first, 0).ravel()

    blocks = range(0, len(joined.n), step)
    if sum(int(slices(start)[1].sum()) for start in blocks) > MOST_PAIRS:
        raise TooManyError
    for start in blocks:
        first, width = slices(start)
        parent = np.repeat(np.arange(len(width)), width)
        column = np.arange(len(parent)) + (first - np.cumsum(width) + width)[parent]
        pairs = _closer(joined, following, start + parent // len(sizes), column, window)
        pairs.places[-1] = order[pairs.places[-1]]
        yield pairs


def _closer(joined: Joined, following: Listed, row: Integers, column: Integers, window: _Window) -> Joined:
    """The pairs that a rule prints, cell by cell inside the total's windows and then by its rules."""
    kept = (joined.rules[row] & following.rules[column]).nonzero()[0]
    row, column = row[kept], column[kept]
    for cell in window.cells:
        low, high = window.of(cell, joined.n[row] + following.n[column])
        sums = joined.counts[cell, row] + following.counts[cell, column]
        kept = ((sums >= low) & (sums <= high)).nonzero()[0]
        row, column = row[kept], column[kept]
    pairs = Joined(
        np.vstack([joined.places[:, row], column]),
        joined.counts[:, row] + following.counts[:, column],
        joined.n[row] + following.n[column],
        joined.rules[row] & following.rules[column],
    )
    return pairs if window.under is None or window.later else window.under.chosen(pairs)


class _Window:
    """Between what a cell of some joined groups must lie, so that the total's own window is still met."""

    def __init__(
        self, joined: Joined, following: Listed, under: Under | None, later: Sequence[Listed]
    ) -> None:
        self.joined, self.following, self.under, self.later = joined, following, under, later
        self.cells: Sequence[int] = ()
        if under:
            self.low, self.high = under.reach(later)

    def of(self, cell: int, n: Integers) -> tuple[Any, Any]:
        """The lowest and highest sum of a cell where n is the sum of the groups' n."""
        if self.under is None:
            return 0, np.iinfo(np.int64).max // 2
        if self.later or not self.under.exhaustive:
            return self.low[cell], self.high[cell]
        return self.under.low[cell][n - self.under.sizes[0]], self.under.high[cell][n - self.under.sizes[0]]

    def sharpest(self) -> list[int]:
        """The cells by how many pairs fall away by them, tried on some pairs."""
        if self.under is None:
            return [0]
        if len(self.joined.n) * len(self.following.n) < BLOCK // 16:
            return [*range(len(self.following.counts))]
        one, other = (
            slice(None, None, 1 + len(columns.n) // 300) for columns in (self.joined, self.following)
        )
        n = self.joined.n[one, None] + self.following.n[other]
        left = []
        for cell in range(len(self.following.counts)):
            low, high = self.of(cell, n)
            sums = self.joined.counts[cell, one, None] + self.following.counts[cell, other]
            left.append(int(((sums >= low) & (sums <= high)).sum()))
        return sorted(range(len(left)), key=left.__getitem__)


def _together(blocks: Iterator[Joined]) -> Joined:
    """The blocks as one; not more than there is room for, to be compared with the next group."""
    kept, number = [], 0
    for block in blocks:
        kept.append(block)
        number += len(block.n)
        if number > MOST_JOINED:
            raise TooManyError
    return Joined(*(np.concatenate(parts, axis=-1) for parts in zip(*kept, strict=True)))


class Tables(NamedTuple):
    """Tables that fit, groups × cells each, and the rules that print them."""

    counts: Integers
    rules: Bits


def find_tables(printed: PrintedWave, names: Sequence[str], max_tables: int) -> Tables:
    """Every table that fits.

    Raises
    ------
    TooManyError
        There are more than ``max_tables``, or more columns than can be listed.
    """
    if printed.counted:
        counts = np.array([printed.counts[group] for group in printed.groups], dtype=np.int64)
        return Tables(counts[None], np.zeros(1, dtype=np.int32))
    listed = []
    for group in printed.groups:
        listed.append(list_columns(printed, group, names))
        if not len(listed[-1].n):
            break
    if printed.total is None:
        by_rule = (prod(int((group.rules >> bit & 1).sum()) for group in listed) for bit in range(len(names)))
        if max(by_rule) > max_tables:
            raise TooManyError
    blocks, number = [], 0
    for block in join_columns(printed, names, listed):
        number += len(block.n)
        if number > max_tables:
            raise TooManyError
        blocks.append(
            Tables(
                np.stack(
                    [group.counts[:, places].T for group, places in zip(listed, block.places, strict=True)], 1
                ),
                block.rules,
            )
        )
    if not blocks:
        shape = (0, len(printed.groups), len(printed.columns[printed.groups[0]].cells))
        return Tables(np.zeros(shape, dtype=np.int64), np.zeros(0, dtype=np.int32))
    return Tables(*(np.concatenate(parts) for parts in zip(*blocks, strict=True)))


def narrow_windows(printed: PrintedWave, names: Sequence[str]) -> dict[str, tuple[Integers, Integers]] | None:
    """The lowest and highest count of every cell by column, over all rules; None where nothing fits.

    No count outside them is in any table that fits; one inside need not be.
    """
    hull: dict[str, tuple[Integers, Integers]] | None = None
    for name in names:
        bounds = _narrow(printed, RULES[name])
        if bounds is None:
            continue
        if hull is None:
            hull = bounds
        else:
            hull = {
                column: (np.minimum(hull[column][0], low), np.maximum(hull[column][1], high))
                for column, (low, high) in bounds.items()
            }
    return hull


def _narrow(printed: PrintedWave, rule: Rule) -> dict[str, tuple[Integers, Integers]] | None:
    bounds, ends = {}, {}
    for group in printed.groups:
        span = _span_of(printed, group, rule, np.array(printed.sizes[group], dtype=np.int64))
        if span is None:
            return None
        bounds[group], ends[group] = span
    if printed.total is None:
        return bounds
    own = printed.sizes[printed.total]
    first, last = (sum(end[side] for end in ends.values()) for side in (0, 1))
    if printed.exhaustive:
        sizes = (
            np.arange(first, last + 1) if own is None else np.array([n for n in own if first <= n <= last])
        )
    else:
        sizes = np.array([n for n in own or () if n >= first])
    span = _span_of(printed, printed.total, rule, sizes) if len(sizes) else None
    if span is None:
        return None
    bounds[printed.total], ends[printed.total] = span
    return _settle(printed, bounds, ends)


def _span_of(
    printed: PrintedWave, group: str, rule: Rule, n: Integers
) -> tuple[tuple[Integers, Integers], tuple[int, int]] | None:
    """The lowest and highest counts of a column over all its n, and the least and greatest n that fit."""
    limits = limits_of(printed, group, rule, n)
    possible = None if limits is None else limits.low[0] <= limits.high[0]
    if limits is None or possible is None or not possible.any():
        return None
    low, high, n = limits.low[:, possible], limits.high[:, possible], n[possible]
    if not printed.multiple:
        low, high = np.maximum(low, n - high.sum(0) + high), np.minimum(high, n - low.sum(0) + low)
    return (low.min(1), high.max(1)), (int(n.min()), int(n.max()))


def _settle(
    printed: PrintedWave, bounds: dict[str, tuple[Integers, Integers]], ends: dict[str, tuple[int, int]]
) -> dict[str, tuple[Integers, Integers]] | None:
    """Windows of the groups and the total narrowed by each other until nothing changes."""
    low = np.array([bounds[group][0] for group in printed.names])
    high = np.array([bounds[group][1] for group in printed.names])
    least, most = (np.array([ends[group][side] for group in printed.names]) for side in (0, 1))
    for _ in range(ROUNDS):
        before = low.copy(), high.copy()
        sums_low, sums_high = low[:-1].sum(0), high[:-1].sum(0)
        low[-1] = np.maximum(low[-1], sums_low)
        high[:-1] = np.minimum(high[:-1], high[-1] - sums_low + low[:-1])
        if printed.exhaustive:
            high[-1] = np.minimum(high[-1], sums_high)
            low[:-1] = np.maximum(low[:-1], low[-1] - sums_high + high[:-1])
        if not printed.multiple:
            spare_low, spare_high = (most - low.sum(1))[:, None] + low, (least - high.sum(1))[:, None] + high
            low, high = np.maximum(low, spare_high), np.minimum(high, spare_low)
        if (low > high).any():
            return None
        if (low == before[0]).all() and (high == before[1]).all():
            break
    return {group: (low[place], high[place]) for place, group in enumerate(printed.names)}
