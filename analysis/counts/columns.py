"""The columns of counts that each group may have, and the tables that they make under the total.

Every column inside a group's windows is listed, for each n that the group may have, with the rules that could
have printed it. Groups are then joined one after the other: a table counts when one rule could have printed
every column of it. What is too much to list is bounded, by narrowing the windows until nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.counts.reading import PrintedWave
from analysis.rounding import RULES, Column, Rule

MOST_COLUMNS = 400_000  # of one group to list, some 0.5 s
MOST_PAIRS = 50_000_000  # of columns to compare with the total, some 0.5 s
MOST_JOINED = 2_000_000  # columns of some groups together, some 0.2 GB
BLOCK = 1 << 18  # pairs at once; arrays of this size stay in the processor's cache
ROUNDS = 200  # of narrowing windows
FAR = 1 << 50  # beyond any count; the lowest one where none will do

Integers = NDArray[np.int64]
Bits = NDArray[np.int32]


class TooManyError(Exception):
    """There are more columns or tables than are listed; the caller uses bounds instead."""


class Windows:
    """The lowest and highest count of each cell of a column for each n, under some rules: cells × n.

    The lowest is above the highest for an n at which none of the rules prints the column, or that is not
    among ``own``. ``boxes`` has the windows of each rule, which is the r-th of them, one after the other.
    """

    def __init__(
        self, column: Column, sizes: Sequence[int], names: Sequence[str], own: Sequence[int] | None = None
    ) -> None:
        self.column, self.n = column, np.array(sizes, dtype=np.int64)
        self.boxes: list[tuple[int, Rule, Integers, Integers]] = []
        for r, rule in enumerate(map(RULES.__getitem__, names)):
            for box in column.boxes(rule, self.n, np.minimum, np.maximum):
                low, high = np.array(box).transpose(1, 0, 2)
                empty = (low > high).any(0)
                if own is not None:
                    empty |= ~np.isin(self.n, own)
                low[:, empty], high[:, empty] = FAR, -1
                self.boxes.append((r, rule, low, high))
        shape = len(column.cells), len(self.n)
        self.low = np.min([np.full(shape, FAR), *(low for *_, low, _ in self.boxes)], axis=0)
        self.high = np.max([np.full(shape, -1), *(high for *_, high in self.boxes)], axis=0)
        self.fitting = (self.low[0] <= self.high[0]).nonzero()[0]

    def rules_of(self, counts: Integers, place: Integers) -> Bits:
        """The rules that print each column, a bit each; its n stands at ``place``."""
        rules = np.zeros(len(place), dtype=np.int32)
        for r, rule, low, high in self.boxes:
            inside = ((low[:, place] <= counts) & (counts <= high[:, place])).all(0)
            cells = self.column.under(rule) or ()
            inside &= rule.suits(cells, counts, self.n[place], np.minimum, np.maximum)
            rules |= inside.astype(np.int32) << r
        return rules

    def rules_with_others(self, counts: Integers, n: Integers) -> Bits:
        """The rules that print each column where other answers, which are not shown, make up its n."""
        rules = np.zeros(len(n), dtype=np.int32)
        for r, _, lows, highs in self.boxes:
            for size, low, high in zip(self.n, lows.T[..., None], highs.T[..., None], strict=True):
                missing = np.maximum(low - counts, 0)
                taken = missing.max(0) if self.column.multiple else missing.sum(0)
                rules |= ((counts <= high).all(0) & (taken <= size - n)).astype(np.int32) << r
        return rules


class CountColumns(NamedTuple):
    """Columns that one group may have, or sums of those of several groups.

    ``counts`` is cells × columns, and ``n`` what belongs to each. Bit r of ``rules`` tells whether the r-th
    rule prints it, and ``places`` (groups × columns) where its parts stand among those of their groups.
    """

    counts: Integers
    n: Integers
    rules: Bits
    places: Integers

    def under(self, rules: Bits) -> CountColumns:
        """The columns that one of their own rules and of these prints."""
        rules = rules & self.rules
        kept = rules.nonzero()[0]
        return CountColumns(self.counts[:, kept], self.n[kept], rules[kept], self.places[:, kept])


def list_columns(windows: Windows) -> CountColumns:
    """Every column of counts that a rule prints, over all n; refused if there are too many."""
    column = windows.column
    place, low, high = windows.fitting, windows.low, windows.high
    left, counts = windows.n[place], np.empty((0, len(place)), dtype=np.int64)
    for cell, (least, most) in enumerate(zip(low, high, strict=True)):
        start, end = least[place], most[place]
        if not column.multiple:  # what the later cells can make up
            start = np.maximum(start, left - high[cell + 1 :, place].sum(0))
            end = np.minimum(end, left - low[cell + 1 :, place].sum(0))
        width = np.maximum(end - start + 1, 0)
        if width.sum() > MOST_COLUMNS:
            raise TooManyError
        parent = np.repeat(np.arange(len(width)), width)
        count = np.arange(len(parent)) + (start - np.cumsum(width) + width)[parent]
        place, left, counts = place[parent], left[parent] - count, np.vstack([counts[:, parent], count])
    rules = windows.rules_of(counts, place)
    kept = rules.nonzero()[0]
    return CountColumns(counts[:, kept], windows.n[place[kept]], rules[kept], np.arange(len(kept))[None])


def total_windows(printed: PrintedWave, names: Sequence[str], sizes: Sequence[Integers]) -> Windows:
    """The windows of the total; of all the groups that there are, for each n that they may have together."""
    column, own = printed.columns[printed.total or ""], printed.sizes[printed.total or ""]
    if not printed.codebook.exhaustive:
        return Windows(column, own, names)
    least, most = (sum(int(end(n)) for n in sizes) for end in (np.min, np.max))
    return Windows(column, range(least, most + 1), names, own)


def _cross(
    joined: CountColumns, following: CountColumns, low: Integers, high: Integers, least: int
) -> Iterator[CountColumns]:
    """The sums of a joined and a following column, where a rule prints both, inside windows, in blocks.

    The windows are cells × n from the least n on, or one for all.
    """
    if len(joined.n) * len(following.n) > MOST_PAIRS:
        raise TooManyError
    spread = np.ptp(joined.counts, 1) + np.ptp(following.counts, 1)
    first, *others = np.argsort((high - low).min(1) / (1 + spread)).tolist()  # the cell that tells most apart
    step, last = max(1, BLOCK // len(following.n)), low.shape[1] - 1
    for start in range(0, len(joined.n), step):
        rows = slice(start, start + step)
        place = np.clip(joined.n[rows, None] + following.n - least, 0, last) if last else 0
        sums = joined.counts[first, rows, None] + following.counts[first]
        row, column = ((low[first][place] <= sums) & (sums <= high[first][place])).nonzero()
        row += start
        kept = joined.rules[row] & following.rules[column] > 0
        row, column = row[kept], column[kept]
        for cell in others:
            place = np.clip(joined.n[row] + following.n[column] - least, 0, last) if last else 0
            sums = joined.counts[cell, row] + following.counts[cell, column]
            kept = (low[cell][place] <= sums) & (sums <= high[cell][place])
            row, column = row[kept], column[kept]
        yield CountColumns(
            joined.counts[:, row] + following.counts[:, column],
            joined.n[row] + following.n[column],
            joined.rules[row] & following.rules[column],
            np.vstack([joined.places[:, row], following.places[:, column]]),
        )


def _join(
    printed: PrintedWave, names: Sequence[str], listed: Sequence[CountColumns], most: int
) -> Iterator[CountColumns]:
    """The tables of which one rule prints the columns of all groups and their sum as the total, in blocks."""
    shape, exhaustive = (len(listed[0].counts), 1), printed.codebook.exhaustive
    low, high, least = np.zeros(shape, dtype=np.int64), np.full(shape, FAR), 0
    if printed.total:
        total = total_windows(printed, names, [group.n for group in listed])
        high = total.high if exhaustive else total.high.max(1, keepdims=True)
        low, least = total.low if exhaustive else low, int(total.n[0])
    blocks = iter([listed[0]])
    for place, following in enumerate(listed[1:], start=2):
        joined = _together(blocks, MOST_JOINED if printed.total else most)  # nothing makes them fewer
        if joined is None:
            return
        ends = low, high
        if later := listed[place:]:  # what they can mend
            ends = (
                low.min(1, keepdims=True) - sum(group.counts.max(1, keepdims=True) for group in later),
                high.max(1, keepdims=True) - sum(group.counts.min(1, keepdims=True) for group in later),
            )
        blocks = _cross(joined, following, *ends, least)
    for block in blocks:
        if not printed.total:
            yield block
        elif exhaustive:
            yield block.under(total.rules_of(block.counts, block.n - least))
        else:
            yield block.under(total.rules_with_others(block.counts, block.n))


def _together(blocks: Iterable[CountColumns], most: int) -> CountColumns | None:
    """The blocks as one, if there are not more columns in them; None where there are none."""
    kept, number = [], 0
    for block in blocks:
        number += len(block.n)
        if number > most:
            raise TooManyError
        if len(block.n):
            kept.append(block)
    return (
        CountColumns(*(np.concatenate(parts, axis=-1) for parts in zip(*kept, strict=True))) if kept else None
    )


class Tables(NamedTuple):
    """Tables that fit, each groups × cells; the n of each group (groups × tables); the rules that print each.

    Where they are too many to be ``listed``, two that have the fewest and the most answers of each cell, the
    total after the groups.
    """

    counts: Integers
    n: Integers
    rules: Bits
    listed: bool = True


def _no_tables(printed: PrintedWave) -> Tables:
    groups, cells = len(printed.groups), len(printed.columns[printed.groups[0]].cells)
    counts, n = np.zeros((0, groups, cells), dtype=np.int64), np.zeros((groups, 0), dtype=np.int64)
    return Tables(counts, n, np.zeros(0, dtype=np.int32))


def find_tables(printed: PrintedWave, names: Sequence[str], most: int) -> Tables:
    """Every table that fits; refused if they, or the columns of a group, are too many."""
    columns = [printed.columns[group] for group in printed.groups]
    if printed.counted:
        counts = np.array([[cell.answers for cell in column.cells] for column in columns], dtype=np.int64)
        return Tables(counts[None], counts.sum(1)[:, None], np.zeros(1, np.int32))
    windows = [Windows(printed.columns[group], printed.sizes[group], names) for group in printed.groups]
    listed = list(map(list_columns, windows)) if all(len(each.fitting) for each in windows) else []
    if not listed or not all(len(group.n) for group in listed):
        return _no_tables(printed)
    tables = _together(_join(printed, names, listed, most), most)
    if tables is None:
        return _no_tables(printed)
    n = np.array([group.n[place] for group, place in zip(listed, tables.places, strict=True)])
    cells = [group.counts[:, place].T for group, place in zip(listed, tables.places, strict=True)]
    return Tables(np.stack(cells, 1), n, tables.rules)


def find_tables_or_bounds(printed: PrintedWave, names: Sequence[str], most: int) -> Tables:
    """Every table that fits; with too many the bounds of their cells, outside which no table lies."""
    try:
        return find_tables(printed, names, most)
    except TooManyError:
        bounds = [ends for name in names if (ends := _narrow(printed, name)) is not None]
    if not bounds:
        return _no_tables(printed)
    lows, highs = zip(*bounds, strict=True)
    counts = np.array([np.min(lows, axis=0), np.max(highs, axis=0)])
    return _no_tables(printed)._replace(counts=counts, listed=False)


def _narrow(printed: PrintedWave, name: str) -> tuple[Integers, Integers] | None:
    """The windows of the groups and the total narrowed by each other until nothing changes."""
    windows = [Windows(printed.columns[group], printed.sizes[group], [name]) for group in printed.groups]
    sizes = [each.n[each.fitting] for each in windows]
    if printed.total and all(map(len, sizes)):
        windows.append(total_windows(printed, [name], sizes))
        sizes.append(windows[-1].n[windows[-1].fitting])
    if not all(map(len, sizes)):
        return None
    low, high = (
        np.array([each.low.min(1) for each in windows]),
        np.array([each.high.max(1) for each in windows]),
    )
    if printed.total is None:
        return low, high
    least_n, most_n = np.array([n.min() for n in sizes]), np.array([n.max() for n in sizes])
    for ends in ((low, high), (least_n, most_n)):  # groups minus total are nothing, cell by cell
        ends[0][-1], ends[1][-1] = -ends[1][-1], -ends[0][-1]
    for _ in range(ROUNDS):
        before = low, high
        low, high = _adding_up(low, high, 0 if printed.codebook.exhaustive else -FAR, 0, axis=0)
        if not printed.codebook.multiple:
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
