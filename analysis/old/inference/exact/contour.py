"""The probability below a threshold as an integral, where tables are too many even for lists.

The probability that a sum over columns is at most ``t`` is an integral of its moment generating
function along a vertical line in the complex plane (Daniels 1954, *Ann. Math. Stat.* 25, 631-650).
The function is one coefficient of a product of polynomials, one a column, so a point of the line takes
a few Fourier transforms and never a list of tables (Baglivo, Olivier & Pagano 1992, *J. Am. Stat.
Assoc.* 87, 464-469). The line runs through the saddle point, so small probabilities keep their digits.

The distribution has steps finer than any number of points resolves: the answer comes with its error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.fft import fft, next_fast_len

from analysis.old.inference.exact.halves import Reals

WORK = 36_000_000  # coefficients transformed: about half a second
LONGEST = 60_000  # options in all
FEWEST = 400  # points without which the integral is not begun
MOST = 20_000  # more points than that show little new
TOGETHER = 32  # points transformed in one go
FAINT = 1e-18  # of the largest weight; no digit shows it
SHORTER = (0.7, 0.5, 0.35, 0.25, 0.15, 0.1)  # shares of the range on which the integral is taken again


class Estimate(NamedTuple):
    """A probability and its numerical error, about four standard deviations; more for few answers."""

    value: float
    error: float


class Kind(NamedTuple):
    """Columns that are alike: logarithms of weights and values by option; how many they are."""

    logs: Reals
    values: Reals
    times: int


class Tilt(NamedTuple):
    """The saddle point, the odds that keep the margin there, and spreads of margin and statistic."""

    point: float
    odds: float
    margin: float
    statistic: float


def contour_tail(
    logs: Sequence[Reals],
    values: Sequence[Reals],
    target: int,
    threshold: float,
    *,
    steepest: float = 0.98,
) -> Estimate | None:
    """The probability that the values of a table add up to at most a threshold.

    Each column holds one option, weighed by its binomial coefficient as in ``log_weights``; they add up to
    ``target``. The saddle point is sought up to ``steepest``. None where the columns are so long that
    too few points could be afforded.
    """
    if sum(len(log) for log in logs) > LONGEST:
        return None
    kinds = _kinds(logs, values)
    tilt = _saddle(kinds, target, threshold, steepest)
    size = next_fast_len(int(min(sum(len(log) - 1 for log in logs) + 1, 17 * tilt.margin + 20)))
    step = 2 * math.pi / (16 * tilt.statistic + 30 / tilt.point)
    count = min(WORK // (len(kinds) * size), MOST)
    if count < FEWEST:
        return None
    line = step * np.arange(count // TOGETHER * TOGETHER)
    tilted = [_tilted(kind, tilt) for kind in kinds]
    scale = sum(kind.times * top for kind, (top, _) in zip(kinds, tilted, strict=True))
    scale += tilt.point * threshold - tilt.odds * target - _log_weight(logs, target)
    moments = _transform(kinds, [weights for _, weights in tilted], target, size, line)
    heights = moments * np.exp(1j * line * threshold + scale) / (tilt.point + 1j * line)
    return _integral(heights, step, max(kind.times for kind in kinds))


def _kinds(logs: Sequence[Reals], values: Sequence[Reals]) -> list[Kind]:
    found: dict[bytes, Kind] = {}
    for log, value in zip(logs, values, strict=True):
        key = log.tobytes() + value.tobytes()
        found[key] = Kind(log, value, found[key].times + 1 if key in found else 1)
    return list(found.values())


def _log_weight(logs: Sequence[Reals], target: int) -> float:
    """The logarithm of the weight of all tables: one binomial coefficient, tilted as its parts are."""
    sizes = [len(log) - 1 for log in logs]
    tilt = float(logs[0][0] - logs[0][-1]) / sizes[0]  # the coefficients at both ends are 1
    tops = -math.fsum(float(log[0]) for log in logs)
    total = sum(sizes)
    ways = math.lgamma(total + 1) - math.lgamma(target + 1) - math.lgamma(total - target + 1)
    return ways - tilt * target - tops


def _saddle(kinds: Sequence[Kind], target: int, threshold: float, steepest: float) -> Tilt:
    """The point where the integrand is smallest on the positive axis."""
    from scipy.optimize import minimize_scalar

    def height(point: float) -> float:
        return _moments(kinds, point, target)[0] + point * threshold - math.log(point)

    point = float(
        minimize_scalar(height, bounds=(0.02, steepest), method="bounded", options={"xatol": 0.02}).x
    )
    near = [_moments(kinds, point * shift, target) for shift in (0.98, 1.0, 1.02)]
    bend = (near[0][0] - 2 * near[1][0] + near[2][0]) / (0.02 * point) ** 2
    return Tilt(point, near[1][1], near[1][2], math.sqrt(max(bend, 1e-4)))


def _moments(kinds: Sequence[Kind], point: float, target: int) -> tuple[float, float, float]:
    """About the logarithm of the moment generating function, the odds it takes, the margin's spread."""
    from scipy.optimize import brentq

    def lacking(odds: float) -> float:
        return sum(kind.times * _moment(kind, point, odds)[1] for kind in kinds) - target

    odds = float(brentq(lacking, -100.0, 100.0, xtol=1e-9))
    parts = [(kind.times, *_moment(kind, point, odds)) for kind in kinds]
    spread = max(sum(times * variance for times, _, _, variance in parts), 0.1)
    height = sum(times * log for times, log, _, _ in parts)
    return height - odds * target - math.log(2 * math.pi * spread) / 2, odds, math.sqrt(spread)


def _moment(kind: Kind, point: float, odds: float) -> tuple[float, float, float]:
    """Logarithm of the total, mean and variance of the options of a column, tilted."""
    options = np.arange(len(kind.logs))
    logs = kind.logs - point * kind.values + odds * options
    weights = np.exp(logs - logs.max())
    total = weights.sum()
    mean = float(weights @ options / total)
    variance = float(weights @ (options - mean) ** 2 / total)
    return float(logs.max() + math.log(total)), mean, variance


def _tilted(kind: Kind, tilt: Tilt) -> tuple[float, Reals]:
    """The largest logarithm of the tilted weights, and the weights relative to it."""
    logs = kind.logs - tilt.point * kind.values + tilt.odds * np.arange(len(kind.logs))
    return float(logs.max()), np.exp(logs - logs.max())


def _transform(
    kinds: Sequence[Kind], weights: Sequence[Reals], target: int, size: int, line: Reals
) -> NDArray[np.complex128]:
    """The moment generating function of the tilted weights along the line, one value a point."""
    kept = [np.flatnonzero(weight > FAINT) for weight in weights]
    pairs = list(zip(kinds, weights, kept, strict=True))
    spins = [w[at] * np.exp(-1j * line[:TOGETHER, None] * kind.values[at]) for kind, w, at in pairs]
    turns = [np.exp(-1j * line[TOGETHER] * kind.values[at]) for kind, _, at in pairs]
    phase = np.exp(2j * np.pi * (np.arange(size) * target % size) / size) / size
    result = []
    for _ in range(0, len(line), TOGETHER):
        product = np.ones((TOGETHER, size), complex)
        for number, (kind, at, turn) in enumerate(zip(kinds, kept, turns, strict=True)):
            factor = fft(_folded(spins[number], at, size), axis=1)
            for _ in range(kind.times):
                product *= factor
            spins[number] *= turn
        result.append((product * phase).sum(axis=1))
    return np.concatenate(result)


def _folded(rows: NDArray[np.complex128], places: NDArray[np.intp], size: int) -> NDArray[np.complex128]:
    """Rows of coefficients laid out at their powers, powers taken modulo the size."""
    laid = np.zeros((len(rows), size), complex)
    for start in range(0, len(places), size):
        part = slice(start, start + size)
        laid[:, places[part] % size] += rows[:, part]
    return laid


def _integral(heights: NDArray[np.complex128], step: float, alike: int) -> Estimate:
    """The integral by the trapezoidal rule, tapered where it is cut off.

    What is cut off has the size of the last quarter and a random phase; what else it would add shows
    when the range is shortened. The more columns are alike, the taller are the steps that are smoothed.
    """
    heights[0] /= 2

    def until(share: float) -> float:
        return float((heights.real * _taper(len(heights), share)).sum()) * step / math.pi

    whole = until(1.0)
    last = heights[-len(heights) // 4 :]
    cut = math.sqrt(float(np.mean(np.abs(last) ** 2)) * len(heights)) * step / math.pi
    return Estimate(whole, 4 * alike * max(cut, *(abs(whole - until(share)) for share in SHORTER)))


def _taper(count: int, share: float) -> Reals:
    """One up to half of a share of the points, then falling to zero as a cosine squared."""
    place = np.arange(count) / (share * count)
    return np.where(place < 0.5, 1.0, np.cos(np.pi * np.clip(place - 0.5, 0.0, 0.5)) ** 2)
