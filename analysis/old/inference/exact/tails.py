"""The probability below a threshold of a statistic that adds up over the columns of a table.

Tables with fixed margins are too many to list, but not their halves. The columns are split into two
sides, and each side is listed column by column. A beginning is closed as soon as all its
continuations lie on one side of the threshold, as in the network algorithm (Mehta & Patel 1983,
*J. Am. Stat. Assoc.* 78, 427-434), because the weight of all continuations has a closed form. Then
the two sides meet (Horowitz & Sahni 1974, *J. ACM* 21, 277-292): one search in sorted values for
each half of the shorter one.

Values are integers, so their sums do not depend on the order; weights are positive and only ever
added, so no digits cancel however small the probability is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analysis.old.inference.exact.halves import (
    BLOCK,
    Column,
    Cut,
    Entries,
    Integers,
    Near,
    Pieces,
    Reals,
    Side,
    by_key,
    meet,
)

Part: TypeAlias = Callable[[int, int], int]  # the exact share of a column's option in the rank of a table
Join: TypeAlias = Callable[[Any, Any], Any]  # how a rank is made of these: by sum or by product

NEVER = -(2**62)  # the value of what cannot be completed
LIMIT = 16_000_000  # halves of both sides: about three quarters of a second and a tenth of a gigabyte
MOST_COLUMNS = 16  # so that all ways to split them can be compared


class TooManyError(Exception):
    """There are more halves than can be gone through; the caller has another way."""


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
    tables: Near | None


class Ways(NamedTuple):
    """The open options of a column, and by key the weight of those that are below whatever else is chosen."""

    open: Integers
    column: Column
    closed: Reals


def lower_tail(margins: Margins, cut: Cut, *, limit: int = LIMIT) -> Tail:
    """The weight of the tables whose value is below a threshold, near it, and in all.

    Values are rounded, so every table near the threshold is named and the caller can decide in exact
    arithmetic.

    Raises
    ------
    TooManyError
        However the columns are split, the sides have more than about ``limit`` halves.
    """
    everything = range(len(margins.columns))
    ways = [_ways(margins, column, cut) for column in everything]
    orders = _split(margins, [len(way.open) for way in ways], limit)
    sides = [_list_side(margins, ways, order, cut, limit) for order in (orders, orders[::-1])]
    if sum(side.work for side in sides) > limit:
        raise TooManyError
    left, right = sorted(sides, key=lambda side: side.work)
    below, near, tables = meet(margins.target, left, right, cut)
    below += _matched(left.settled, margins.total(right.order), margins.target)
    if tables is not None:
        tables = Near(_options(ways, [*left.order, *right.order], tables.options), tables.weights)
    return Tail(below, near, float(margins.total(everything)[margins.target]), tables)


def decided(tail: Tail, part: Part, join: Join, observed: Sequence[int]) -> ExactTest:
    """The test whose tables near the threshold count by their exact rank, up to the one observed."""
    below, ties, error = tail.below, tail.near, tail.near / tail.total
    if tail.tables is not None:
        error = 0.0
        options, weights = tail.tables
        here = reduce(join, (part(column, option) for column, option in enumerate(observed)))
        ranks = reduce(join, (_parts(part, column, chosen) for column, chosen in enumerate(options.T)))
        ties = float(weights[ranks == here].sum())
        below += float(weights[ranks < here].sum())
    return ExactTest(min(1.0, (below + ties) / tail.total), (below + ties / 2) / tail.total, error, "exact")


def _parts(part: Part, column: int, options: Integers) -> NDArray[np.object_]:
    """The exact shares of options of a column, worked out once each."""
    distinct, place = np.unique(options, return_inverse=True)
    return np.array([part(column, int(option)) for option in distinct], object)[place]


def _ways(margins: Margins, number: int, cut: Cut) -> Ways:
    others = [other for other in range(len(margins.columns)) if other != number]
    keys, values, weights = margins.columns[number]
    high = margins.high(others)[keys]
    below = values + high < cut.threshold - cut.slack
    above = values + margins.low(others)[keys] > cut.threshold + cut.slack
    closed = below & (high > NEVER)
    chosen = np.flatnonzero(~below & ~above)
    chosen = chosen[np.argsort(keys[chosen])]
    column = Column(keys[chosen], values[chosen], weights[chosen])
    return Ways(chosen, column, by_key(keys[closed], weights[closed]))


def _split(margins: Margins, sizes: Sequence[int], limit: int) -> tuple[list[int], list[int]]:
    """The columns of each side, so that both lists are short; alike ones stand together."""
    if len(sizes) > MOST_COLUMNS:
        raise TooManyError
    order = sorted(range(len(sizes)), key=lambda column: (sizes[column], margins.kinds[column]))
    sides = (np.arange(1, 2 ** (len(sizes) - 1))[:, None] >> np.arange(len(sizes))) & 1 == 1
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
    return np.asarray((chosen * options).sum(axis=1) + ball[chosen.sum(axis=1)] - alike)


def _list_side(
    margins: Margins, ways: Sequence[Ways], sides: tuple[list[int], list[int]], cut: Cut, limit: int
) -> Side:
    """The open beginnings over the columns of the first of two sides, the weight of all others settled."""
    order, others = sides
    way, zero = ways[order[0]], np.zeros(1, np.int64)
    nothing = Entries(zero + cut.zero, np.ones(1), zero, zero, np.zeros(1, np.int8))
    options = np.arange(len(way.open))
    pieces = Pieces(way.column.keys, options, 0 * options, 0 * options + 1)
    settled = np.convolve(way.closed, margins.total(order[1:]))
    side = Side(order, [nothing], way.column, pieces, 1, settled)
    for position in range(1, len(order)):
        side = _longer(margins, ways[order[position]], side, (position, others), cut)
        if side.work > limit:
            raise TooManyError
    return side


def _longer(margins: Margins, way: Ways, side: Side, at: tuple[int, list[int]], cut: Cut) -> Side:
    """A side with one more column."""
    position, others = at
    last, column, *rest = side.order[position - 1 :]
    entries = side.complete(side.pieces, cut.bits)
    entries = entries.take(np.argsort(entries.places))
    high, low = (bound([*rest, *others]) for bound in (margins.high, margins.low))
    outside = np.convolve(by_key(entries.places >> cut.bits, entries.weights), way.closed)
    outside[high[: len(outside)] == NEVER] = 0.0
    pieces, closed = _pieces(entries, way.column, (high, low), cut)
    settled = _add(side.settled, np.convolve(_add(outside, closed), margins.total(rest)))
    alike = side.alike + 1 if margins.kinds[column] == margins.kinds[last] else 1
    return Side(side.order, [*side.levels, entries], way.column, pieces, alike, settled)


def _pieces(
    entries: Entries, column: Column, bounds: tuple[Integers, Integers], cut: Cut
) -> tuple[Pieces, Reals]:
    """What stays open with one more column, and by key the weight of what is now closed below."""
    used = np.flatnonzero(np.bincount(entries.places >> cut.bits))
    rows = max(1, BLOCK // max(1, len(column.keys)))
    closed, parts = np.zeros(1), []
    for start in range(0, max(1, len(used)), rows):
        part, below = _part(entries, used[start : start + rows], column, bounds, cut)
        closed = _add(closed, below)
        parts.append(part)
    pieces = Pieces(*(np.concatenate(part) for part in zip(*parts, strict=True)))
    order = np.argsort(pieces.keys, kind="stable")
    return Pieces(*(part[order] for part in pieces)), closed


def _part(
    entries: Entries, used: Integers, column: Column, bounds: tuple[Integers, Integers], cut: Cut
) -> tuple[Pieces, Reals]:
    """The same of the entries with some keys: with an option, the ranges below a value close or stay open.

    What closes is weighed in each order of columns that are alike: of an entry that is kept, no
    permutation was closed before.
    """
    keys, first = used[:, None] + column.keys, (used << cut.bits)[:, None]
    high, low = bounds[0][keys], bounds[1][keys]
    begin = np.searchsorted(entries.places, first)
    room = np.array([cut.threshold - cut.slack - high, cut.threshold + cut.slack + 1 - low]) - column.values
    start, stop = np.searchsorted(entries.places, first + cut.zero + np.minimum(room, cut.zero - 1))
    row, option = np.nonzero((start > begin) & (high > NEVER))
    edges = np.array([begin[row, 0], start[row, option]]).T.ravel()
    weights = np.add.reduceat(np.append(entries.weights, 0.0), edges)[::2]
    closed = by_key(keys[row, option], weights * column.weights[option])
    row, option = np.nonzero(stop > start)
    begin = start[row, option]
    return Pieces(keys[row, option], option, begin, stop[row, option] - begin), closed


def _options(ways: Sequence[Ways], order: Sequence[int], positions: Integers) -> Integers:
    """The options of the columns by their positions among the open ones, whose columns stand in an order."""
    options = np.empty_like(positions)
    for column, chosen in zip(order, positions.T, strict=True):
        options[:, column] = ways[column].open[chosen]
    return options


def _add(first: Reals, second: Reals) -> Reals:
    """The sum of two arrays by key, the shorter one filled with zeros."""
    longer, shorter = (first, second) if len(first) > len(second) else (second, first)
    result = longer.copy()
    result[: len(shorter)] += shorter
    return result


def _matched(first: Reals, second: Reals, target: int) -> float:
    """The products of two arrays by key, summed over keys that add up to the target."""
    keys = np.arange(max(0, target + 1 - len(second)), min(len(first), target + 1))
    return float((first[keys] * second[target - keys]).sum())
