"""Intervals for shares and for their differences; arrays in, arrays out.

Each function broadcasts, returns ``(low, high)`` inside the possible range, is defined at 0 and n, and
has zero width only where nothing is left to know (a population that answered whole). No answers (n = 0)
leave the whole range.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Bounds = tuple[Floats, Floats]


def critical(level: float) -> float:
    """The two-sided standard normal quantile of a confidence level."""
    return float(special.ndtri((1 + level) / 2))


def effective_n(n: ArrayLike, population: ArrayLike | None = None) -> Floats:
    """The sample size that gives a share the same variance without the finite population correction.

    n (N − 1) / (N − n), infinite when all of the population answered; n itself without a population.
    Source: Cochran (1977), *Sampling Techniques*, section 3.2; used so by Korn & Graubard (1998).
    """
    answers = np.asarray(n, dtype=float)
    if population is None:
        return answers
    answers, size = np.broadcast_arrays(answers, np.asarray(population, dtype=float))
    effective = np.full(answers.shape, np.inf)
    np.divide(answers * (size - 1), size - answers, out=effective, where=size > answers)
    return effective


def wilson(x: ArrayLike, n: ArrayLike, *, level: float = 0.95, population: ArrayLike | None = None) -> Bounds:
    """Wilson's score interval of one share; with a population, on the effective n.

    Source: Wilson (1927), JASA 22: 209–212.
    """
    return _score_interval(*_share(x, n, population), critical(level))


def agresti_coull(
    x: ArrayLike, n: ArrayLike, *, level: float = 0.95, population: ArrayLike | None = None
) -> Bounds:
    """The Agresti–Coull interval of one share: Wilson's centre with Wald's form, cut to [0, 1].

    Source: Agresti & Coull (1998), The American Statistician 52: 119–126.
    """
    p, size = _share(x, n, population)
    z2 = critical(level) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = (p + z2 / (2 * size)) / (1 + z2 / size)
        half = np.sqrt(z2 * centre * (1 - centre) / (size + z2))
    return _cut(centre - half, centre + half, 0.0)


def clopper_pearson(
    x: ArrayLike, n: ArrayLike, *, level: float = 0.95, population: ArrayLike | None = None
) -> Bounds:
    """The exact interval of one share with equal tails; with a population, by inverting the hypergeometric.

    Sources: Clopper & Pearson (1934), Biometrika 26: 404–413; finite: Katz (1953), JASA 48: 256–261.
    """
    if population is not None:
        return _hypergeometric(x, n, population, level)
    return _beta_tails(np.asarray(x, dtype=float), np.asarray(n, dtype=float), (1 - level) / 2, 0.0)


def jeffreys(
    x: ArrayLike, n: ArrayLike, *, level: float = 0.95, population: ArrayLike | None = None
) -> Bounds:
    """Equal tails of the posterior under Jeffreys' prior, to the end of the scale at 0 and n.

    Source: Brown, Cai & DasGupta (2001), Statistical Science 16: 101–133, section 4.1.2.
    """
    p, size = _share(x, n, population)
    known = np.isinf(size)
    room = np.where(known, 1.0, size)
    low, high = _beta_tails(p * room, room, (1 - level) / 2, 0.5)
    return _cut(np.where(known, p, low), np.where(known, p, high), 0.0)


def newcombe(
    x1: ArrayLike,
    n1: ArrayLike,
    x2: ArrayLike,
    n2: ArrayLike,
    *,
    level: float = 0.95,
    population1: ArrayLike | None = None,
    population2: ArrayLike | None = None,
) -> Bounds:
    """Newcombe's hybrid score interval of a difference of shares, x1/n1 − x2/n2.

    Source: Newcombe (1998), Statistics in Medicine 17: 873–890, method 10 (no continuity correction);
    finite populations through the effective n of each sample.
    """
    p1, size1 = _share(x1, n1, population1)
    p2, size2 = _share(x2, n2, population2)
    z = critical(level)
    low1, high1 = _score_interval(p1, size1, z)
    low2, high2 = _score_interval(p2, size2, z)
    low = p1 - p2 - np.hypot(p1 - low1, high2 - p2)
    high = p1 - p2 + np.hypot(high1 - p1, p2 - low2)
    return _cut(low, high, -1.0)


def miettinen_nurminen(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, *, level: float = 0.95
) -> Bounds:
    """Miettinen & Nurminen's score interval of a difference of shares, x1/n1 − x2/n2.

    All differences whose score statistic, with the constrained maximum likelihood variance times
    N / (N − 1), stays inside the normal quantiles; found by bisection to the last bit.
    Source: Miettinen & Nurminen (1985), Statistics in Medicine 4: 213–226, eqs. 6–9 and appendix I.
    """
    numbers = np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in (x1, n1, x2, n2)))
    z = critical(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = numbers[0] / numbers[1] - numbers[2] / numbers[3]
    start = np.nan_to_num(difference)
    low = _bisect(lambda delta: score_statistic(delta, *numbers) > z, np.full_like(start, -1.0), start)
    high = _bisect(lambda delta: score_statistic(delta, *numbers) > -z, start, np.ones_like(start))
    return np.where(np.isnan(difference), -1.0, low), np.where(np.isnan(difference), 1.0, high)


def score_statistic(delta: Floats, x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> Floats:
    """Miettinen & Nurminen's statistic of the hypothesis that the difference of shares is ``delta``.

    Falls as ``delta`` grows; infinite where the hypothesis leaves no variance. Its square with one
    degree of freedom is eq. 8 of the paper.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        p2 = constrained_share(delta, x1, n1, x2, n2)
        p1 = np.clip(p2 + delta, 0, 1)
        total = n1 + n2
        variance = (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * total / (total - 1)
        distance = x1 / n1 - x2 / n2 - delta
        extreme = np.where(distance == 0, 0.0, np.copysign(np.inf, distance))
        return np.where(variance > 0, distance / np.sqrt(variance), extreme)


def constrained_share(delta: Floats, x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> Floats:
    """The second share that is most likely when the first is ``delta`` above it: a root of a cubic.

    Source: Miettinen & Nurminen (1985), appendix I (closed form of the constrained maximum).
    """
    total, hits = n1 + n2, x1 + x2
    b = ((n1 + 2 * n2) * delta - total - hits) / total
    c = ((n2 * delta - total - 2 * x2) * delta + hits) / total
    d = x2 * delta * (1 - delta) / total
    q = (b / 3) ** 3 - b * c / 6 + d / 2
    radius = np.where(q >= 0, 1.0, -1.0) * np.sqrt(np.maximum((b / 3) ** 2 - c / 3, 0))
    cosine = np.divide(q, radius**3, out=np.zeros_like(q), where=radius != 0)
    root = 2 * radius * np.cos((np.pi + np.arccos(np.clip(cosine, -1, 1))) / 3) - b / 3
    feasible: Floats = np.clip(root, np.maximum(0, -delta), np.minimum(1, 1 - delta))
    return feasible


def _share(x: ArrayLike, n: ArrayLike, population: ArrayLike | None) -> Bounds:
    hits, answers = np.asarray(x, dtype=float), np.asarray(n, dtype=float)
    hits, answers = np.broadcast_arrays(hits, answers)
    p = np.divide(hits, answers, out=np.full(hits.shape, np.nan), where=answers > 0)
    return p, effective_n(answers, population)


def _score_interval(p: Floats, size: Floats, z: float) -> Bounds:
    with np.errstate(divide="ignore", invalid="ignore"):
        shrink = 1 + z**2 / size
        centre = (p + z**2 / (2 * size)) / shrink
        half = z * np.sqrt(p * (1 - p) / size + (z / (2 * size)) ** 2) / shrink
    low, high = _cut(centre - half, centre + half, 0.0)
    return np.where(p == 0, 0.0, low), np.where(p == 1, 1.0, high)


def _cut(low: Floats, high: Floats, least: float) -> Bounds:
    """Bounds inside the possible range; all of it where there were no answers."""
    return (
        np.clip(np.where(np.isnan(low), least, low), least, 1),
        np.clip(np.where(np.isnan(high), 1.0, high), least, 1),
    )


def _beta_tails(x: Floats, n: Floats, tail: float, prior: float) -> Bounds:
    """Beta quantiles: prior 0 gives Clopper & Pearson's, ½ Jeffreys'."""
    with np.errstate(invalid="ignore"):
        low = special.betaincinv(x + prior, n - x + 1 - prior, tail)
        high = special.betaincinv(x + 1 - prior, n - x + prior, 1 - tail)
    return np.where(x <= 0, 0.0, low), np.where(x >= n, 1.0, high)


def _hypergeometric(x: ArrayLike, n: ArrayLike, population: ArrayLike, level: float) -> Bounds:
    from scipy.stats import hypergeom

    hits, n, size = np.broadcast_arrays(*(np.asarray(value, dtype=np.int64) for value in (x, n, population)))
    tail = (1 - level) / 2
    fewest, most = hits, size - n + hits
    low = _first(lambda m: hypergeom.sf(hits - 1, size, m, n) > tail, fewest, most)
    high = most - _first(lambda back: hypergeom.cdf(hits, size, most - back, n) > tail, 0 * hits, most - hits)
    # a sample that is not whole leaves more than one count open, however sharp the test
    low = np.where(low == high, np.maximum(low - 1, fewest), low)
    high = np.where(low == high, np.minimum(high + 1, most), high)
    p, _ = _share(hits, n, None)
    return _cut(np.fmin(low / size, p), np.fmax(high / size, p), 0.0)


def _first(holds: Callable[[Any], Any], least: Any, most: Any) -> Any:
    """The smallest integer from ``least`` to ``most`` at which a monotone condition holds."""
    while np.any(least < most):
        middle = (least + most) // 2
        found = holds(middle)
        least, most = np.where(found, least, middle + 1), np.where(found, middle, most)
    return least


def _bisect(right_of: Callable[[Floats], Any], low: Floats, high: Floats) -> Floats:
    """The point where ``right_of`` turns false, halved until floats have no more between."""
    for _ in range(60):
        middle = (low + high) / 2
        right = right_of(middle)
        low, high = np.where(right, middle, low), np.where(right, high, middle)
    return (low + high) / 2
