"""Exact two-sided tests of a sum of scores over the first of two rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr

from analysis.exact.contour import contour_tail
from analysis.exact.halves import Integers, Reals
from analysis.exact.margins import log_weights
from analysis.exact.scores import End, Sums, reach, score_ends
from analysis.exact.tails import ExactTest

FAINT = 45.0  # minus the logarithm of what no digit shows
LARGE = 8_000_000  # cells of the table of two columns
FEW = 300_000  # entries of a list, beyond which the transform is faster


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
    ends = _listed(sums, (low, high), FAINT + deviation**2 / 2) or score_ends(sums, low, high)
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


def _listed(sums: Sums, limits: tuple[int, int], faint: float) -> list[End] | None:
    """Both ends from a list over all columns but the two largest, and a table of those; None if too long.

    Options so rare that no digit shows them are left out.
    """
    options = _common(sums, faint)
    *others, one, two = np.argsort(sums.sizes, kind="stable").tolist()
    lower, upper = sorted((one, two), key=lambda column: int(sums.scores[column]))
    spans = [len(options[column]) for column in others]
    if math.prod(spans) > FEW or (sum(spans) + 1) * len(options[upper]) > LARGE:
        return None
    logs = log_weights(sums.sizes.tolist(), sums.target)
    left, values, weights = _beginnings(sums, others, options, logs)
    possible = (left >= 0) & (left <= sums.sizes[[one, two]].sum())
    left, values, weights = left[possible], values[possible], weights[possible]
    pair = _Pair(logs[lower], logs[upper], options[upper], int(left.min()), int(left.max()))
    gap, rows = int(sums.scores[upper] - sums.scores[lower]), left - pair.first
    total = float((weights * pair.below[rows, -1]).sum())
    ends = []
    for limit, rounding, beyond in zip(limits, (1, 0), (pair.below, pair.above), strict=True):
        steps, rest = np.divmod(limit - values - sums.scores[lower] * left, gap)
        place = steps - pair.options[0]
        count = np.where(rest > 0, place + 1, place + rounding).clip(0, len(pair.options))
        exact = (rest == 0) & (place >= 0) & (place < len(pair.options))
        at = float((weights[exact] * pair.weights[rows[exact], place[exact]]).sum())
        ends.append(End(at / total, float((weights * beyond[rows, count]).sum()) / total))
    return ends


def _beginnings(
    sums: Sums, columns: Sequence[int], options: Sequence[Integers], logs: Sequence[Reals]
) -> tuple[Integers, Integers, Reals]:
    """All ways to fill some columns: what they leave of the margin, their sum of scores, their weight."""
    left, values, weights = np.full(1, sums.target), np.zeros(1, np.int64), np.ones(1)
    for column in columns:
        left = np.subtract.outer(left, options[column]).ravel()
        values = np.add.outer(values, sums.scores[column] * options[column]).ravel()
        weights = np.multiply.outer(weights, np.exp(logs[column][options[column]])).ravel()
    return left, values, weights


def _common(sums: Sums, faint: float) -> list[Integers]:
    """The options of each column that are not so rare that no digit shows them."""
    share = sums.target / sums.sizes.sum()
    found = []
    for size in sums.sizes.tolist():
        far = math.ceil(reach(size * share * (1 - share), 1.0, faint))
        middle = math.floor(size * share)
        found.append(np.arange(max(0, middle - far), min(size, middle + 1 + far) + 1))
    return found


class _Pair:
    """Two columns by their sum, from ``first`` on, and by the option of the one with the higher score."""

    def __init__(self, lower: Reals, upper: Reals, options: Integers, first: int, last: int) -> None:
        rest = np.arange(first, last + 1)[:, None] - options
        possible = (rest >= 0) & (rest < len(lower))
        self.first, self.options = first, options
        self.weights = np.where(possible, np.exp(lower[np.where(possible, rest, 0)] + upper[options]), 0.0)
        self.below = np.pad(self.weights.cumsum(axis=1), ((0, 0), (1, 0)))
        self.above = np.pad(self.weights[:, ::-1].cumsum(axis=1)[:, ::-1], ((0, 0), (0, 1)))
