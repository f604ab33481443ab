"""The exact distribution of a sum of integer scores over the first of two rows, for long tables.

Given the margins, the answers of the first row are binomials conditioned on their total, so the
probabilities of their scores' sum are one discrete Fourier transform in two variables (Pagano &
Tritchler 1983, *J. Am. Stat. Assoc.* 78, 435-440). At most frequencies the transform is too small to
show in any digit, and a bound tells which without computing it.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len
from scipy.special import expit

from analysis.old.inference.exact.halves import Integers, Reals

FAINT = 42.0  # minus the logarithm of what no digit shows
LONGEST = 2**22  # values of the sum: about a second and 200 MB
MOST_FACTORS = 2 * 10**7
EXACT = 20_000  # answers up to which a binomial coefficient is computed in full
TOGETHER = 2**15  # frequencies looked at together
SMALL = 1e-4  # a probability below it is computed again, tilted so that it lies in the middle


class Sums(NamedTuple):
    """Columns of ``sizes`` answers with ``scores``, ``target`` answers of all in the first row."""

    sizes: Integers
    scores: Integers
    target: int


class End(NamedTuple):
    """The probability of a limit, and of that limit or what lies beyond it."""

    at: float
    beyond: float


class Tilt(NamedTuple):
    """An answer of the first row weighs exp(odds + slope × score); the shares of columns that this gives."""

    odds: float
    slope: float
    shares: Reals


class Law(NamedTuple):
    """Probabilities of the sums from ``first`` on, tilted; ``scale`` is the logarithm that undoes it at 0."""

    first: int
    probabilities: Reals
    slope: float
    scale: float


def score_ends(sums: Sums, low: int, high: int) -> list[End] | None:
    """The probabilities of a sum of at most ``low`` and of one of at least ``high``.

    None where the sum takes too many values to transform.
    """
    least = int(sums.scores.min())
    unit = int(np.gcd.reduce(sums.scores - least)) or 1
    shifted = Sums(sums.sizes, (sums.scores - least) // unit, sums.target)
    limits = (low - least * sums.target) // unit, -((least * sums.target - high) // unit)
    middle = _law(shifted, None)
    if middle is None:
        return None
    ends = [_end(shifted, middle, limit, sign) for limit, sign in zip(limits, (1, -1), strict=True)]
    known = [end for end in ends if end is not None]
    return known if len(known) == 2 else None


def _end(sums: Sums, law: Law, limit: int, sign: int) -> End | None:
    """One end of the law; tilted towards it where it is small, so that its digits are kept."""
    least, most = _extremes(sums)
    if not least <= limit <= most:
        return End(0.0, 0.0) if (limit < least) == (sign > 0) else End(0.0, 1.0)
    end = _beyond(law, limit, sign)
    if end.beyond >= SMALL:
        return end
    tilted = _law(sums, limit)
    return None if tilted is None else _beyond(tilted, limit, sign)


def _beyond(law: Law, limit: int, sign: int) -> End:
    distance = sign * (limit - law.first - np.arange(len(law.probabilities)))
    outside = distance >= 0
    weights = np.exp(sign * law.slope * distance[outside])
    beyond = float((law.probabilities[outside] * weights).sum())
    at = float(law.probabilities[distance == 0].sum())
    factor = math.exp(law.scale - law.slope * limit)
    return End(at * factor, beyond * factor)


def _law(sums: Sums, aim: int | None) -> Law | None:
    """The law of the sum, tilted so that ``aim`` is its mean."""
    tilt = _tilt(sums, aim)
    spread = sums.sizes * tilt.shares * (1 - tilt.shares)
    rows = _span(float(spread.sum()), 1.0, int(sums.sizes.sum()) + 1)
    centred = sums.scores - (spread @ sums.scores) / spread.sum()
    most = int(sums.sizes @ sums.scores) + 1
    values = _span(float(spread @ centred**2), float(np.abs(centred).max()), most)
    length = rows * next_fast_len(-(-values // rows))
    strong = _strong(sums.scores, spread, length) if length <= LONGEST else np.zeros(0, np.int64)
    if not 0 < len(strong) * rows * len(sums.sizes) <= MOST_FACTORS:
        return None
    transform = np.zeros(length // 2 + 1, complex)
    transform[strong] = _transform(sums, tilt, rows, length, strong)
    mean = round(float(sums.sizes * tilt.shares @ sums.scores))
    first = int(np.clip(mean - length // 2, 0, max(0, most - length)))
    probabilities = np.roll(irfft(transform.conj(), length), -first)
    weight = float(sums.sizes @ np.logaddexp(0.0, tilt.odds + tilt.slope * sums.scores))
    return Law(first, probabilities, tilt.slope, weight - tilt.odds * sums.target - _log_ways(sums))


def _log_ways(sums: Sums) -> float:
    """The logarithm of the number of ways to choose the first row's answers."""
    total = int(sums.sizes.sum())
    if total <= EXACT:
        return math.log(math.comb(total, sums.target))
    return math.lgamma(total + 1) - math.lgamma(sums.target + 1) - math.lgamma(total - sums.target + 1)


def _tilt(sums: Sums, aim: int | None) -> Tilt:
    """The tilt that gives the first row its margin and the sum its aim, which is a logistic regression."""
    from scipy.optimize import brentq

    def odds_at(slope: float) -> float:
        most = 40 + abs(slope) * int(sums.scores.max())
        return float(
            brentq(
                lambda o: sums.sizes @ expit(o + slope * sums.scores) - sums.target, -most, most, xtol=1e-13
            )
        )

    def lacking(slope: float) -> float:
        return float(sums.sizes @ (expit(odds_at(slope) + slope * sums.scores) * sums.scores) - goal)

    slope = 0.0
    if aim is not None:
        least, most = _extremes(sums)
        goal = float(np.clip(aim, least + 0.5, most - 0.5))
        steep = 1.0 / max(int(sums.scores.max()), 1)
        while lacking(-steep) > 0 or lacking(steep) < 0:
            steep *= 2
        slope = float(brentq(lacking, -steep, steep, rtol=1e-6))
    odds = odds_at(slope)
    return Tilt(odds, slope, expit(odds + slope * sums.scores))


def _extremes(sums: Sums) -> tuple[int, int]:
    """The smallest and the largest sum that the sizes of the columns allow."""
    ends = []
    for order in (np.argsort(sums.scores), np.argsort(-sums.scores)):
        before = np.cumsum(sums.sizes[order]) - sums.sizes[order]
        taken = np.clip(sums.target - before, 0, sums.sizes[order])
        ends.append(int(taken @ sums.scores[order]))
    return ends[0], ends[1]


def _span(variance: float, step: float, most: int) -> int:
    """How many values cover all but a trace of a sum; at most all there are."""
    return int(next_fast_len(min(2 * math.ceil(reach(variance, step, FAINT)) + 1, most)))


def reach(variance: float, step: float, faint: float) -> float:
    """How far from its mean a sum of steps goes but for exp(-faint) on each side (Bernstein's inequality)."""
    return faint * step / 3 + math.sqrt((faint * step / 3) ** 2 + 2 * faint * variance)


def _strong(scores: Integers, spread: Reals, length: int) -> Integers:
    """The frequencies at which the transform can show in a digit.

    A binomial's transform is at most exp(-variance × (1 - cos angle)). Whatever the other frequency is,
    their product is at most exp(-(variances - length of the sum of phasors)), for all columns or for two.
    """
    found = np.arange(length // 2 + 1)
    order = np.argsort(-spread)
    for one, other in pairwise(order):
        angles = 2 * np.pi / length * (found * (scores[other] - scores[one]) % length)
        found = found[
            spread[one] + spread[other] - np.abs(spread[one] + spread[other] * np.exp(1j * angles)) <= FAINT
        ]
    angles = 2 * np.pi / length * (found[:, None] * scores % length)
    phasors = np.abs((spread * np.exp(1j * angles)).sum(axis=1))
    return np.asarray(found[spread.sum() - phasors <= FAINT])


def _transform(
    sums: Sums, tilt: Tilt, rows: int, length: int, frequencies: Integers
) -> NDArray[np.complex128]:
    """The transform of the sum at some frequencies, with the first row's margin as given."""
    spread = sums.sizes * tilt.shares * (1 - tilt.shares)
    margin = np.arange(rows) * (length // rows)
    turn = np.exp(2j * np.pi / length * margin)
    phase = np.exp(-2j * np.pi / rows * (np.arange(rows) * sums.target % rows)) / rows
    factors = [_Binomial(size, share, length) for size, share in zip(sums.sizes, tilt.shares, strict=True)]
    result = []
    for start in range(0, len(frequencies), max(1, TOGETHER // rows)):
        some = frequencies[start : start + max(1, TOGETHER // rows), None]
        phasors = (spread * np.exp(2j * np.pi / length * (some * sums.scores % length))).sum(axis=1)
        row, column = np.nonzero(spread.sum() - (phasors[:, None] * turn).real <= FAINT)
        product = phase[column]
        for factor, score in zip(factors, sums.scores, strict=True):
            product *= factor.at((some[row, 0] * score + margin[column]) % length)
        result.append(
            np.bincount(row, product.real, len(some)) + 1j * np.bincount(row, product.imag, len(some))
        )
    return np.concatenate(result)


class _Binomial:
    """The transform of a binomial at the angles 2π index / length."""

    def __init__(self, size: float, share: float, length: int) -> None:
        self.size, self.share, self.length = size, share, length
        self.table = self._compute(np.arange(length)) if length <= TOGETHER else None

    def at(self, index: Integers) -> NDArray[np.complex128]:
        """Its values, looked up where all fit a table."""
        return self._compute(index) if self.table is None else self.table[index]

    def _compute(self, index: Integers) -> NDArray[np.complex128]:
        points = np.exp(2j * np.pi / self.length * index)
        powers: NDArray[np.complex128] = (1 - self.share + self.share * points) ** self.size
        return powers
