"""Exact two-sided tests of a sum of scores over the first of two rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from analysis.old.inference.exact.contour import contour_tail
from analysis.old.inference.exact.halves import Integers, Reals
from analysis.old.inference.exact.margins import log_weights
from analysis.old.inference.exact.scores import End, Sums, score_ends
from analysis.old.inference.exact.tails import ExactTest

FAINT = 45.0  # minus the logarithm of what no digit shows
LARGE = 8_000_000  # cells of the table of two columns
TOGETHER = 2**15  # entries looked at together, so that they stay in the cache
FEW = 4_000_000  # entries of a list, beyond which the transform is faster
SHORT = 50_000  # entries up to which no transform is
STEPS = 200  # entries that take as long as the transform of a standard deviation of one


def score_test(first: Sequence[int], sizes: Sequence[int], scores: Sequence[int]) -> ExactTest:
    """The probability of sums of whole scores as far from their mean as the one observed, or farther.

    ``first`` are the answers of the first row, ``sizes`` those of both, by column.
    """
    total, target = sum(sizes), sum(first)
    mean = target * sum(score * size for score, size in zip(scores, sizes, strict=True))
    distance = abs(total * sum(score * x for score, x in zip(scores, first, strict=True)) - mean)
    low, high = (mean - distance) // total, -((-mean - distance) // total)
    ends, error, method = _ends(Sums(np.array(sizes), np.array(scores), target), low, high)
    exactly = (total * low == mean - distance, total * high == mean + distance)
    ties = sum(end.at for end, tie in zip(ends, exactly, strict=True) if tie)
    if distance == 0:
        return ExactTest(1.0, 1 - ties / 4, error, method)  # both ends hold the mean
    p = min(1.0, ends[0].beyond + ends[1].beyond)
    return ExactTest(p, p - ties / 2, error, method)


def _ends(sums: Sums, low: int, high: int) -> tuple[list[End], float, str]:
    """Both ends of the distribution of the sum: from lists, its transform, an integral, or as normal."""
    total, share = sums.sizes.sum(), sums.target / sums.sizes.sum()
    centred = sums.scores - sums.sizes @ sums.scores / total
    spread = math.sqrt(share * (1 - share) * total / (total - 1) * (sums.sizes @ centred**2))
    deviation = (high - low) / 2 / spread
    few = min(FEW, max(SHORT, round(STEPS * spread)))
    ends = _listed(sums, (low, high), FAINT + deviation**2 / 2, few) or score_ends(sums, low, high)
    if ends is not None:
        return ends, 0.0, "exact"
    logs = log_weights(sums.sizes.tolist(), sums.target)
    found = [
        contour_tail(
            logs,
            [
                sign * score / spread * np.arange(float(len(log)))
                for score, log in zip(sums.scores, logs, strict=True)
            ],
            sums.target,
            (sign * limit + 0.5) / spread,
            steepest=2 + 2 * deviation,
        )
        for limit, sign in ((low, 1), (high, -1))
    ]
    known = [one for one in found if one is not None]
    if len(known) < 2:
        return [End(0.0, float(ndtr(-deviation)))] * 2, math.nan, "asymptotic"
    return [End(0.0, one.value) for one in known], sum(one.error for one in known), "contour"


def _listed(sums: Sums, limits: tuple[int, int], faint: float, few: int) -> list[End] | None:
    """Both ends from a list over all columns but the two largest, and a table of those; None if too long.

    Options and beginnings so rare that no digit shows them are left out.
    """
    logs = log_weights(sums.sizes.tolist(), sums.target)
    options = [np.flatnonzero(log >= -faint) for log in logs]
    *others, one, two = np.argsort(sums.sizes, kind="stable").tolist()
    spans = [len(options[column]) for column in others]
    if math.prod(spans) > few or (sum(spans) + 1) * max(len(options[one]), len(options[two])) > LARGE:
        return None
    pair = _Pair(sums, logs, options, (one, two))
    begun = _Beginnings(np.full(1, sums.target), np.zeros(1, np.int64), np.ones(1))
    columns = [(options[column], int(sums.scores[column]), logs[column]) for column in others]
    for column in columns[:-1]:
        begun = begun.grow(*column, faint)
    blocks = begun.split(math.prod(spans) // TOGETHER + 1)
    full = (block.grow(*columns[-1], faint) if columns else block for block in blocks)
    total, *ends = np.sum([pair.complete(block, limits) for block in full], axis=0).tolist()
    return [End(at / total, beyond / total) for at, beyond in zip(ends[::2], ends[1::2], strict=True)]


class _Beginnings(NamedTuple):
    """Ways to fill some columns: what they leave of the margin, their sum of scores, their weight."""

    left: Integers
    values: Integers
    weights: Reals

    def grow(self, options: Integers, score: int, logs: Reals, faint: float) -> _Beginnings:
        """The ways to fill one more column."""
        weights = np.multiply.outer(self.weights, np.exp(logs[options]))
        row, option = np.nonzero(weights >= math.exp(-faint))
        x = options[option]
        return _Beginnings(self.left[row] - x, self.values[row] + score * x, weights[row, option])

    def split(self, parts: int) -> list[_Beginnings]:
        """The same ways in several parts."""
        split = (np.array_split(one, parts) for one in self)
        return [_Beginnings(*part) for part in zip(*split, strict=True)]


class _Pair:
    """Two columns by their sum and by the option of the one with the higher score."""

    def __init__(
        self, sums: Sums, logs: Sequence[Reals], options: Sequence[Integers], columns: tuple[int, int]
    ) -> None:
        lower, upper = sorted(columns, key=lambda column: int(sums.scores[column]))
        self.options, self.score = options[upper], int(sums.scores[lower])
        self.gap = int(sums.scores[upper]) - self.score
        spare = sum(int(one[-1]) for column, one in enumerate(options) if column not in columns)
        most = min(sums.target, len(logs[lower]) + len(logs[upper]) - 2)
        self.first = max(0, sums.target - spare)
        rest = np.arange(self.first, most + 1)[:, None] - self.options
        possible = (rest >= 0) & (rest < len(logs[lower]))
        logarithms = logs[lower][np.where(possible, rest, 0)] + logs[upper][self.options]
        self.weights = np.where(possible, np.exp(logarithms), 0.0)
        self.below = np.pad(self.weights.cumsum(axis=1), ((0, 0), (1, 0)))
        self.above = np.pad(self.weights[:, ::-1].cumsum(axis=1)[:, ::-1], ((0, 0), (0, 1)))

    def complete(self, begun: _Beginnings, limits: tuple[int, int]) -> Reals:
        """The weight of all ways to fill the pair too; at each limit, and there or beyond."""
        rows = begun.left - self.first
        possible = (rows >= 0) & (rows < len(self.weights))
        rows, weights = rows[possible], begun.weights[possible]
        base = (begun.values + self.score * begun.left)[possible] + self.gap * int(self.options[0])
        found = [(weights * self.below[rows, -1]).sum()]
        for limit, sign, beyond in zip(limits, (1, -1), (self.below, self.above), strict=True):
            steps = sign * (sign * (limit - base) // self.gap)
            at = np.flatnonzero(steps * self.gap == limit - base)
            at = at[(steps[at] >= 0) & (steps[at] < len(self.options))]
            found.append((weights[at] * self.weights[rows[at], steps[at]]).sum())
            count = (steps + (sign > 0)).clip(0, len(self.options))
            found.append((weights * beyond[rows, count]).sum())
        return np.array(found)
