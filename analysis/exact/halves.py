"""Beginnings and ends of tables, and the weight of the pairs of them below a threshold."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[np.int64]
Reals: TypeAlias = NDArray[np.float64]
Pair: TypeAlias = tuple[tuple[int, int], float]  # the codes of a beginning and an end; their weight

MOST_NEAR = 50_000  # pairs near the threshold that are told apart; more are too light for any digit


class Cut(NamedTuple):
    """The threshold, and how far from it a value counts as near."""

    threshold: int
    slack: int


class Entries(NamedTuple):
    """Half tables, one position each.

    What they use of the margin, their value and weight, a code that tells their options, and the number
    of equal options at the end.
    """

    keys: Integers
    values: Integers
    weights: Reals
    codes: Integers
    runs: NDArray[np.int8]

    def take(self, which: Any) -> Entries:
        """The entries at some positions."""
        return Entries(*(part[which] for part in self))


def meet(target: int, left: Entries, right: Entries, cut: Cut) -> tuple[float, float, list[Pair] | None]:
    """The weight of all pairs below and near the threshold, and the codes and weights of the near ones.

    Key and value are packed into one integer, so that one search serves all entries. For each key a
    mark of no weight stands before its entries, where searches end that find none.
    """
    bits = packed_bits(cut)
    base = cut.threshold - cut.slack
    marks = np.arange(target + 1) << bits
    ends = np.concatenate([marks, (right.keys << bits) + right.values - base + 1])
    order = np.argsort(ends)
    ends = ends[order]
    sums = _running(
        np.concatenate([np.zeros(len(marks)), right.weights])[order], np.searchsorted(ends, marks)
    )
    wanted = ((target - left.keys) << bits) + (cut.threshold - left.values) - base + 1
    first = np.argsort(wanted)
    wanted, weights = wanted[first], left.weights[first]
    under = np.searchsorted(ends, wanted - cut.slack, "left") - 1
    upto = np.searchsorted(ends, wanted + cut.slack, "right") - 1
    below, near = (weights * sums[under]).sum(), (weights * (sums[upto] - sums[under])).sum()
    if (upto - under).sum() > MOST_NEAR:
        return float(below), float(near), None
    pairs = []
    for one in np.flatnonzero(upto > under):
        begin = left.take(first[one])
        for other in order[under[one] + 1 : upto[one] + 1] - len(marks):
            end = right.take(other)
            pairs.append(((int(begin.codes), int(end.codes)), float(begin.weights * end.weights)))
    return float(below), float(near), pairs


def packed_bits(cut: Cut) -> int:
    """The bits that a value takes where it is packed with a key."""
    return (max(0, -cut.threshold) + cut.slack).bit_length() + 2


def _running(weights: Reals, starts: Integers) -> Reals:
    """Running sums that begin anew at each start, so that small ones are not lost behind large ones."""
    sums = np.empty(len(weights))
    for start, stop in pairwise([*starts.tolist(), len(weights)]):
        weights[start:stop].cumsum(out=sums[start:stop])
    return sums
