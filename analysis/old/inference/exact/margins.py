"""Tables of two rows with fixed margins: what each column may hold, and what the others can still add.

Given the margins, a table has the multivariate hypergeometric probability, a product over the columns
of binomial coefficients. It is taken relative to the largest coefficient of each column, so that no
weight overflows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from analysis.old.inference.exact.halves import Column, Cut, Integers, Near, Reals
from analysis.old.inference.exact.tails import NEVER, Tail

LONGEST = 60_000  # options, beyond which exact binomial coefficients take too long


class TwoRows:
    """Tables of two rows: column ``j`` holds ``x`` in the first row, which adds up to ``target``.

    This adds ``values[j][x]`` to the statistic, concave in ``x``, and has the weight ``weights[j][x]``.
    """

    freedom = 1

    def __init__(self, values: Sequence[Integers], weights: Sequence[Reals], target: int) -> None:
        self.target = target
        self.columns = [
            Column(np.arange(len(value)), value, weight)
            for value, weight in zip(values, weights, strict=True)
        ]
        seen: dict[bytes, int] = {}
        self.kinds = [seen.setdefault(value.tobytes(), len(seen)) for value in values]
        self._steps = [np.diff(value) for value in values]
        self._chords = [np.full(len(s), int(s.sum()) // max(len(s), 1) - 1) for s in self._steps]
        self._least = [int(value[0]) for value in values]
        self._room = target + max(len(value) for value in values)
        self._totals: dict[tuple[int, ...], Reals] = {(): np.ones(1)}

    def high(self, rest: Sequence[int]) -> Integers:
        """By key used up: the most of a sum of concave values takes the largest steps first."""
        steps = _joined([self._steps[j] for j in rest])
        steps.sort()
        return self._bound(rest, steps[::-1])

    def low(self, rest: Sequence[int]) -> Integers:
        """By key used up: concave values lie above their chords, and the smallest chord steps come first."""
        steps = _joined([self._chords[j] for j in rest])
        steps.sort()
        return self._bound(rest, steps)

    def _bound(self, rest: Sequence[int], steps: Integers) -> Integers:
        by_rest = np.empty(len(steps) + 1, np.int64)
        by_rest[0] = sum(self._least[j] for j in rest)
        steps.cumsum(out=by_rest[1:])
        by_rest[1:] += by_rest[0]
        first = max(0, self.target - len(steps))
        bound = np.full(self._room, NEVER)
        bound[first : self.target + 1] = by_rest[self.target - first :: -1]
        return bound

    def total(self, rest: Sequence[int]) -> Reals:
        """By key used by the columns: the summed weight of all ways to fill them."""
        known = tuple(rest)
        if known not in self._totals:
            self._totals[known] = np.convolve(self.total(known[1:]), self.columns[known[0]].weights)
        return self._totals[known]


def log_weights(sizes: Sequence[int], target: int) -> list[Reals]:
    """The logarithms of the binomial coefficients of each column, relative to the largest.

    They are tilted by the odds of the first row, which changes all tables alike, and summed outwards
    from the largest, so that the digits are lost where there is no weight.
    """
    tilt = math.log((sum(sizes) - target) / target)
    known = {size: _log_weights(size, tilt) for size in set(sizes)}
    return [known[size] for size in sizes]


def _log_weights(size: int, tilt: float) -> Reals:
    options = np.arange(size)
    steps = np.log((size - options) / (options + 1)) - tilt
    top = int(np.count_nonzero(steps > 0))
    falling = np.cumsum(-steps[:top][::-1])[::-1]
    return np.concatenate([falling, [0.0], np.cumsum(steps[top:])])


def _joined(parts: Sequence[Integers]) -> Integers:
    return np.concatenate([np.zeros(0, np.int64), *parts])


def two_columns(values: Sequence[Integers], weights: Sequence[Reals], target: int, cut: Cut) -> Tail:
    """The tail of a two by two table, whose tables are few enough to look at each.

    Of very long ones those near the threshold are not named.
    """
    option = np.arange(max(0, target - len(values[1]) + 1), min(len(values[0]) - 1, target) + 1)
    distance = values[0][option] + values[1][target - option] - cut.threshold
    weight = weights[0][option] * weights[1][target - option]
    near = np.flatnonzero(np.abs(distance) <= cut.slack)
    tables = None
    if len(values[0]) + len(values[1]) <= LONGEST:
        tables = Near(np.column_stack([option, target - option])[near], weight[near])
    below = float(weight[distance < -cut.slack].sum())
    return Tail(below, float(weight[near].sum()), float(weight.sum()), tables)
