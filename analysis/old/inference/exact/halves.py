"""Beginnings and ends of tables, and the weight of the pairs of them below a threshold.

A half is known by its place: what it uses of the margin, its key, packed with its value into one integer.
Halves with their last column are never held all together. Some at a time are completed, meet those of the
other side that use what is left of the margin, and are forgotten.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[np.int64]
Reals: TypeAlias = NDArray[np.float64]

BLOCK = 2**14  # halves looked at together, so that they stay in the cache
MOST_NEAR = 500_000  # pairs near the threshold that are told apart: about a quarter of a second


class Cut(NamedTuple):
    """The threshold, and how far from it a value counts as near."""

    threshold: int
    slack: int

    @property
    def bits(self) -> int:
        """The bits of a value in a place, twice what it needs on either side of 0."""
        return (self.slack - self.threshold).bit_length() + 2

    @property
    def zero(self) -> int:
        """The place of the value 0 with the key 0, far from where other keys begin."""
        return 1 << (self.bits - 1)


class Column(NamedTuple):
    """The ways to fill one column: what each uses up of the margin, its value, its weight."""

    keys: Integers
    values: Integers
    weights: Reals


class Entries(NamedTuple):
    """Halves, one position each.

    Their place and weight, the position of what they were without the last column, the option chosen
    there, and the number of equal options at the end.
    """

    places: Integers
    weights: Reals
    origins: Integers
    options: Integers
    runs: NDArray[np.int8]

    def take(self, which: Any) -> Entries:
        """The entries at some positions."""
        return Entries(*(part[which] for part in self))


class Pieces(NamedTuple):
    """Ranges of entries that stay open with an option of one more column, by the key they then have."""

    keys: Integers
    options: Integers
    starts: Integers
    sizes: Integers

    def between(self, first: int, stop: int) -> Pieces:
        """Those with keys from the first to before another."""
        begin, end = np.searchsorted(self.keys, [first, stop])
        return Pieces(*(part[begin:end] for part in self))

    def blocks(self) -> list[Pieces]:
        """The same, some at a time."""
        spans = pairwise(_edges(self.sizes))
        return [Pieces(*(part[first:stop] for part in self)) for first, stop in spans]


class Side(NamedTuple):
    """One side: its entries before each of its columns, by place, and what the last column makes of them.

    ``alike`` tells how many of the last columns are alike; ``settled`` is by key the weight that is below
    whatever the other side does.
    """

    order: Sequence[int]
    levels: list[Entries]
    column: Column
    pieces: Pieces
    alike: int
    settled: Reals

    @property
    def work(self) -> int:
        """The mean of how many halves are looked at and are kept."""
        return int(self.pieces.sizes.sum() * (1 + 1 / self.alike) / 2)

    def complete(self, pieces: Pieces, bits: int) -> Entries:
        """The halves of some pieces.

        Of columns that are alike only rising options are kept, with the weight of all their permutations.
        """
        entries, column = self.levels[-1], self.column
        rows, options = _ranges(pieces.starts, pieces.sizes), np.repeat(pieces.options, pieces.sizes)
        if self.alike > 1:
            rising = options >= entries.options[rows]
            rows, options = rows[rising], options[rising]
        places, weights, runs = entries.places[rows], entries.weights[rows], np.ones(len(rows), np.int8)
        places += ((column.keys << bits) + column.values)[options]
        weights *= column.weights[options]
        if self.alike > 1:
            again = options == entries.options[rows]
            runs[again] += entries.runs[rows[again]]
            weights *= self.alike / runs
        return Entries(places, weights, rows, options, runs)

    def options(self, entries: Entries, positions: Integers) -> list[Integers]:
        """The options of each column at some positions."""
        options = []
        for level in [entries, *self.levels[:0:-1]]:
            options.append(level.options[positions])
            positions = level.origins[positions]
        return options[::-1]


class Row(NamedTuple):
    """Ends in order of their places, a mark before and behind those of each key, and sums of their weights.

    A mark weighs what is below in any case. Places are counted from ``start``; they have lost some of
    their last bits and got others to tell a position.
    """

    ends: Entries
    places: Integers
    sums: Reals
    start: int
    lost: int
    added: int


class Near(NamedTuple):
    """Tables near the threshold, one row each: the option of each column; and their weights."""

    options: Integers
    weights: Reals


class Met(NamedTuple):
    """The weight of pairs below and near the threshold; the near ones, None where they are many."""

    below: float
    near: float
    tables: Near | None


def meet(target: int, left: Side, right: Side, cut: Cut) -> Met:
    """All pairs of a beginning and an end that use up the margin and that neither side has settled."""
    sizes = np.bincount(right.pieces.keys, right.pieces.sizes, target + 1)[::-1]
    none = Near(np.zeros((0, len(left.order) + len(right.order)), np.int64), np.zeros(0))
    parts, most = [Met(0.0, 0.0, none)], MOST_NEAR
    for first, stop in pairwise(_edges(sizes)):
        pieces = left.pieces.between(first, stop)
        if len(pieces.keys):
            keys = target - int(pieces.keys[-1]), target - int(pieces.keys[0])
            row = _row(right, keys, int(pieces.sizes.sum()), cut.bits)
            for part in pieces.blocks():
                parts.append(_meet(target, (left, right), part, row, cut, most=most))
                most -= MOST_NEAR if parts[-1].tables is None else len(parts[-1].tables.weights)
    below, near, tables = zip(*parts, strict=True)
    listed = [some for some in tables if some is not None]
    told = Near(*(np.concatenate(part) for part in zip(*listed, strict=True)))
    return Met(math.fsum(below), math.fsum(near), told if len(listed) == len(tables) else None)


def _row(side: Side, keys: tuple[int, int], most: int, bits: int) -> Row:
    """The ends with keys from the first to the last, to be asked by some beginnings at most."""
    first, last = keys
    ends = side.complete(side.pieces.between(first, last + 1), bits)
    marks = np.arange(last - first + 2) << bits
    places = np.concatenate([marks, ends.places - (first << bits)])
    added = max(len(places), most).bit_length()
    lost = max(0, int(marks[-1]).bit_length() + added - 63)
    order = _sort(places, lost, added)
    weights = np.concatenate([np.zeros(len(marks)), ends.weights])
    settled = side.settled[first : last + 1]
    weights[: len(settled)] = settled
    sums = _running(weights[order], np.flatnonzero(order < len(marks)))
    return Row(ends, places, sums, first << bits, lost, added)


def _sort(places: Integers, lost: int, added: int) -> Integers:
    """The positions of places by their order; the places are sorted and tell them in their last bits."""
    places >>= lost
    places <<= added
    places += np.arange(len(places))
    places.sort()
    return places & ((1 << added) - 1)


def _meet(target: int, sides: tuple[Side, Side], pieces: Pieces, row: Row, cut: Cut, *, most: int) -> Met:
    """Some beginnings and the ends of a row: one search in sorted places for each beginning."""
    begins = sides[0].complete(pieces, cut.bits)
    wanted = (target << cut.bits) + 2 * cut.zero + cut.threshold - row.start - begins.places
    places = wanted.copy()
    order = _sort(places, row.lost, row.added)
    reach = ((cut.slack >> row.lost) + 2) << row.added
    places -= order + reach
    under = np.searchsorted(row.places, places)
    weights = begins.weights[order]
    below = float((weights * row.sums[under - 1]).sum())
    places += 2 * reach
    close = np.flatnonzero(row.places[under] < places)
    under = under[close]
    sizes = np.searchsorted(row.places, places[close]) - under
    if sizes.sum() > most:
        sums = row.sums[under + sizes - 1] - row.sums[under - 1]
        return Met(below, float((weights[close] * sums).sum()), None)
    one, other = np.repeat(order[close], sizes), row.places[_ranges(under, sizes)] & ((1 << row.added) - 1)
    other -= len(row.places) - len(row.ends.places)
    gaps, weights = (
        row.ends.places[other] - row.start - wanted[one],
        begins.weights[one] * row.ends.weights[other],
    )
    below += float(weights[gaps < -cut.slack].sum())
    near = np.abs(gaps) <= cut.slack
    options = sides[0].options(begins, one[near]) + sides[1].options(row.ends, other[near])
    return Met(below, float(weights[near].sum()), Near(np.column_stack(options), weights[near]))


def by_key(keys: Integers, weights: Reals) -> Reals:
    """The sums of weights by key, up to the last key there is."""
    return np.bincount(keys, weights, minlength=1).astype(float, copy=False)  # integers when empty


def _edges(sizes: NDArray[Any]) -> list[int]:
    """Where blocks begin, and the end, of things of some sizes."""
    return [0, *(np.flatnonzero(np.diff(sizes.cumsum() // BLOCK)) + 1).tolist(), len(sizes)]


def _ranges(starts: Integers, sizes: Integers) -> Integers:
    """The positions in ranges, one range after the other."""
    positions = np.repeat(starts - sizes.cumsum() + sizes, sizes)
    positions += np.arange(len(positions))
    return positions


def _running(weights: Reals, starts: Integers) -> Reals:
    """Running sums that begin anew at each start, so that small ones are not lost behind large ones."""
    sums = np.empty(len(weights))
    for start, stop in pairwise([*starts.tolist(), len(weights)]):
        weights[start:stop].cumsum(out=sums[start:stop])
    return sums
