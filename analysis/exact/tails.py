"""The probability below a threshold of a statistic that adds up over the columns of a table.

Tables with fixed margins are too many to list, but not their halves. The columns are split into two
sides, and each side is listed column by column. A beginning is closed as soon as all its
continuations lie on one side of the threshold, as in the network algorithm (Mehta & Patel 1983,
*J. Am. Stat. Assoc.* 78, 427-434), because the weight of all continuations has a closed form. Then
the two lists meet (Horowitz & Sahni 1974, *J. ACM* 21, 277-292): one search in sorted values for
each entry.

Values are integers, so their sums do not depend on the order; weights are positive and only ever
added, so no digits cancel however small the probability is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analysis.exact.halves import Cut, Entries, Integers, Reals, meet

Table: TypeAlias = tuple[list[int], float]  # the option of each column; the table's weight

NEVER = -(2**62)  # the value of what cannot be completed
BLOCK = 2**15  # candidates looked at together, so that they stay in the cache
LIMIT = 8_000_000  # entries of both sides: about a second and two thirds of a gigabyte
MOST_COLUMNS = 16  # so that all ways to split them can be compared


class TooManyError(Exception):
    """The lists have more entries than can be held; the caller has another way."""


class ExactTest(NamedTuple):
    """A p-value, its mid-p, their numerical error, and how they were found.

    ``method`` is ``exact`` (the error is in the last digits, stated as 0), ``contour`` (an integral),
    ``monte_carlo`` (a sample, three standard errors) or ``asymptotic`` (the error is NaN).
    """

    p_value: float
    mid_p: float
    error: float
    method: str


CERTAIN = ExactTest(1.0, 0.5, 0.0, "exact")  # where the margins allow one table only


class Column(NamedTuple):
    """The ways to fill one column: what each uses up of the margin, its value, its weight."""

    keys: Integers
    values: Integers
    weights: Reals


class Margins(Protocol):
    """The columns of a table and what those not yet filled can still add; no value is above 0.

    ``kinds`` tells which columns are alike; ``target`` is the key of a complete table; a column adds
    ``freedom`` dimensions.
    """

    columns: list[Column]
    kinds: list[int]
    target: int
    freedom: int

    def high(self, rest: Sequence[int]) -> Integers:
        """By key used up so far: the most that the columns ``rest`` can add, NEVER if they cannot."""
        ...

    def low(self, rest: Sequence[int]) -> Integers:
        """By key used up so far: what the columns ``rest`` add at least."""
        ...

    def total(self, rest: Sequence[int]) -> Reals:
        """By key that the columns ``rest`` use: the weight of all ways to fill them."""
        ...


class Tail(NamedTuple):
    """Weights below the threshold, near it, and in all; the tables near it, None where they are many."""

    below: float
    near: float
    total: float
    tables: list[Table] | None


class Ways(NamedTuple):
    """The open options of a column; by key, the weight of those that are below whatever else is chosen."""

    open: Integers
    closed: Reals


class Step(NamedTuple):
    """What one more column meets: bounds on the rest, the cut, how many like it stand before, the limit."""

    high: Integers
    low: Integers
    cut: Cut
    alike: int
    limit: int


class Side(NamedTuple):
    """One side, listed; ``settled`` is by key the weight that is below whatever the other side does."""

    order: Sequence[int]
    entries: Entries
    settled: Reals


def lower_tail(margins: Margins, cut: Cut, *, limit: int = LIMIT) -> Tail:
    """The weight of the tables whose value is below a threshold, near it, and in all.

    Values are rounded, so every table near the threshold is named and the caller can decide in exact
    arithmetic.

    Raises
    ------
    TooManyError
        However the columns are split, the lists need more than ``limit`` entries.
    """
    everything = range(len(margins.columns))
    ways = [_ways(margins, column, cut) for column in everything]
    first, second = _split(margins, [len(way.open) for way in ways], limit)
    left = _list_side(margins, ways, (first, second), cut, limit)
    right = _list_side(margins, ways, (second, first), cut, limit)
    below, near, pairs = meet(margins.target, left.entries, right.entries, cut)
    below += _sum_at(right.settled, margins.target - left.entries.keys, left.entries.weights)
    below += _sum_at(margins.total(second), margins.target - np.arange(len(left.settled)), left.settled)
    tables = None
    if pairs is not None:
        tables = [(_options(ways, (left.order, right.order), codes), weight) for codes, weight in pairs]
    return Tail(below, near, float(margins.total(everything)[margins.target]), tables)


def decided(tail: Tail, rank: Callable[[Sequence[int]], int], observed: Sequence[int]) -> ExactTest:
    """The test whose tables near the threshold count by their exact rank, up to the one observed."""
    below, ties, error = tail.below, tail.near, tail.near / tail.total
    if tail.tables is not None:
        error = 0.0
        here = rank(observed)
        ranks = [(rank(options), weight) for options, weight in tail.tables]
        ties = math.fsum(weight for place, weight in ranks if place == here)
        below += math.fsum(weight for place, weight in ranks if place < here)
    return ExactTest(min(1.0, (below + ties) / tail.total), (below + ties / 2) / tail.total, error, "exact")


def _ways(margins: Margins, column: int, cut: Cut) -> Ways:
    others = [other for other in range(len(margins.columns)) if other != column]
    keys, values, weights = margins.columns[column]
    high = margins.high(others)[keys]
    below = values + high < cut.threshold - cut.slack
    above = values + margins.low(others)[keys] > cut.threshold + cut.slack
    closed = below & (high > NEVER)
    return Ways(np.flatnonzero(~below & ~above), _by_key(keys[closed], weights[closed]))


def _split(margins: Margins, sizes: Sequence[int], limit: int) -> tuple[list[int], list[int]]:
    """The columns of each side, so that both lists are short; alike ones stand together."""
    if len(sizes) > MOST_COLUMNS:
        raise TooManyError
    order = sorted(range(len(sizes)), key=lambda column: (-sizes[column], margins.kinds[column]))
    sides = (np.arange(2 ** (len(sizes) - 1))[:, None] >> np.arange(len(sizes))) & 1 == 1
    options = np.log([max(sizes[column], 1) for column in order])
    alike = np.array([margins.kinds[column] for column in order])
    lengths = np.array([_log_length(chosen, options, alike, margins.freedom) for chosen in (sides, ~sides)])
    together = np.logaddexp(*lengths)
    best = int(np.argmin(together))
    if together[best] > math.log(limit):
        raise TooManyError
    chosen = list(zip(order, sides[best].tolist(), strict=True))
    return [column for column, on in chosen if on], [column for column, on in chosen if not on]


def _log_length(chosen: NDArray[np.bool_], options: Reals, kinds: Integers, freedom: int) -> Reals:
    """About how many entries a side gets: what a ball leaves of its box, permutations told once."""
    most = range(len(kinds) + 1)
    ball = np.array(
        [d / 2 * math.log(math.pi / 4) - math.lgamma(d / 2 + 1) for d in np.array(most) * freedom]
    )
    repeats = np.array([math.lgamma(size + 1) for size in most])
    alike = sum(repeats[chosen[:, kinds == kind].sum(axis=1)] for kind in set(kinds.tolist()))
    return np.asarray(chosen @ options + ball[chosen.sum(axis=1)] - alike)


def _list_side(
    margins: Margins, ways: Sequence[Ways], sides: tuple[list[int], list[int]], cut: Cut, limit: int
) -> Side:
    """The open beginnings over the columns of the first of two sides, the weight of all others settled."""
    order, others = sides
    zero = np.zeros(1, np.int64)
    entries, settled, alike = Entries(zero, zero, np.ones(1), zero, np.zeros(1, np.int8)), np.zeros(1), 0
    for position, column in enumerate(order):
        rest = order[position + 1 :]
        same = position > 0 and margins.kinds[column] == margins.kinds[order[position - 1]]
        alike = alike + 1 if same else 1
        remaining = [*rest, *others]
        step = Step(margins.high(remaining), margins.low(remaining), cut, alike, limit)
        outside = np.convolve(_by_key(entries.keys, entries.weights), ways[column].closed)
        outside[step.high[: len(outside)] == NEVER] = 0.0
        keys, values, weights = margins.columns[column]
        chosen = ways[column].open
        options = Column(keys[chosen], values[chosen], weights[chosen])
        entries, closed = _grow(entries, options, step)
        settled = _add(settled, np.convolve(_add(outside, closed), margins.total(rest)))
    return Side(order, entries, settled)


def _grow(entries: Entries, options: Column, step: Step) -> tuple[Entries, Reals]:
    """The entries with one more column, and by key the weight of what is now closed below.

    Of columns that are alike only rising options are kept, with the weight of all their permutations.
    What closes is weighed in each order: of an entry that is kept, no permutation was closed before.
    """
    kept, closed, size = [], np.zeros(1), 0
    floor, ceiling = step.cut.threshold - step.cut.slack, step.cut.threshold + step.cut.slack
    block = max(1, BLOCK // max(1, len(options.keys)))
    for start in range(0, max(1, len(entries.keys)), block):
        some = entries.take(slice(start, start + block))
        keys = some.keys[:, None] + options.keys
        values = some.values[:, None] + options.values
        reach = step.high[keys]
        below = values + reach < floor
        row, option = np.nonzero(below & (reach > NEVER))
        closed = _add(closed, _by_key(keys[row, option], some.weights[row] * options.weights[option]))
        stays = ~below & (values + step.low[keys] <= ceiling)
        if step.alike > 1:
            stays &= np.arange(len(options.keys)) >= (some.codes % len(options.keys))[:, None]
        kept.append(_chosen(some, options, stays, step.alike))
        size += len(kept[-1].keys)
        if size > step.limit:
            raise TooManyError
    return Entries(*(np.concatenate(part) for part in zip(*kept, strict=True))), closed


def _chosen(entries: Entries, options: Column, stays: NDArray[np.bool_], alike: int) -> Entries:
    row, option = np.nonzero(stays)
    codes, weights = entries.codes[row], entries.weights[row] * options.weights[option]
    runs = np.ones(len(row), np.int8)
    if alike > 1:
        again = option == codes % len(options.keys)
        runs[again] += entries.runs[row[again]]
        weights *= alike / runs
    keys, values = entries.keys[row] + options.keys[option], entries.values[row] + options.values[option]
    return Entries(keys, values, weights, codes * len(options.keys) + option, runs)


def _options(ways: Sequence[Ways], orders: Sequence[Sequence[int]], codes: tuple[int, int]) -> list[int]:
    """The option of each column that the codes of a beginning and an end stand for."""
    chosen = [0] * len(ways)
    for order, whole in zip(orders, codes, strict=True):
        code = whole
        for column in reversed(order):
            code, position = divmod(code, len(ways[column].open))
            chosen[column] = int(ways[column].open[position])
    return chosen


def _by_key(keys: Integers, weights: Reals) -> Reals:
    return np.bincount(keys, weights, minlength=1).astype(float, copy=False)  # integers when empty


def _add(first: Reals, second: Reals) -> Reals:
    """The sum of two arrays by key, the shorter one filled with zeros."""
    longer, shorter = (first, second) if len(first) > len(second) else (second, first)
    result = longer.copy()
    result[: len(shorter)] += shorter
    return result


def _sum_at(by_key: Reals, keys: Integers, weights: Reals) -> float:
    """The weights times what an array holds at their keys, zero outside of it."""
    inside = (keys >= 0) & (keys < len(by_key))
    return float((by_key[keys[inside]] * weights[inside]).sum())
