"""Intervals of shares and of their differences, and exact p-values of pairs; arrays in, arrays out.

Each interval broadcasts, stays inside the possible range, is defined at 0 and n, and has zero width only
where nothing is left to know (a population that answered whole). No answers (n = 0) leave the whole range.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Reals: TypeAlias = NDArray[np.float64]
    Integers: TypeAlias = NDArray[np.int64]

TIE_OF_LOGS = 1e-9  # logarithms of probabilities nearer than this are equal; their last bits are noise
MANY_ANSWERS = 1_000_000  # answers in the smallest margin; of more the tables are not gone through
FAR_OUT = 20, 800  # standard errors and answers from the middle, beyond which p is 0 in any print


def critical(level: float) -> float:
    """The two-sided standard normal quantile of a confidence level."""
    return float(special.ndtri((1 + level) / 2))


def share_of(x: ArrayLike, n: ArrayLike) -> Reals:
    """X / n, nan where nobody answered."""
    hits, answers = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(n, dtype=float))
    return np.asarray(np.divide(hits, answers, out=np.full(hits.shape, np.nan), where=answers > 0))


def effective_n(n: ArrayLike, population: ArrayLike = np.inf) -> Reals:
    """The n that gives a share the same variance without the finite population correction.

    n (N − 1) / (N − n), infinite when all of the population answered; n itself in an infinite one.
    Source: Cochran (1977), *Sampling Techniques*, section 3.2; used so by Korn & Graubard (1998).
    """
    answers, members = np.broadcast_arrays(np.asarray(n, dtype=float), np.asarray(population, dtype=float))
    effective = np.where(np.isinf(members), answers, np.inf)
    part = np.isfinite(members) & (members > answers)
    members = np.where(part, members, answers + 1)
    np.divide(answers * (members - 1), members - answers, out=effective, where=part)
    return effective


def wilson(share: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> tuple[Reals, Reals]:
    """Wilson's score interval of one share of n answers (or of an effective n).

    Of the shares that it could be, all within z of their own standard errors: so it widens as n falls and
    rises with the share, and corners bound it. Source: Wilson (1927), JASA 22: 209–212.
    """
    p, size = np.broadcast_arrays(np.asarray(share, dtype=float), np.asarray(n, dtype=float))
    z = critical(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        shrink = 1 + z**2 / size
        centre = (p + z**2 / (2 * size)) / shrink
        half = z * np.sqrt(p * (1 - p) / size + (z / (2 * size)) ** 2) / shrink
    low = np.where(p == 0, 0.0, np.where(np.isnan(p), 0.0, centre - half))
    high = np.where(p == 1, 1.0, np.where(np.isnan(p), 1.0, centre + half))
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)


def newcombe(
    first: ArrayLike, n_first: ArrayLike, second: ArrayLike, n_second: ArrayLike, *, level: float = 0.95
) -> tuple[Reals, Reals]:
    """Newcombe's hybrid score interval of a difference of shares, first minus second.

    Both ends rise with the first share and fall with the second, and move apart as an n falls. With a finite
    population n is the effective one. Source: Newcombe (1998), Statistics in Medicine 17: 873–890, method 10
    (no continuity correction).
    """
    p1, p2 = np.broadcast_arrays(np.asarray(first, dtype=float), np.asarray(second, dtype=float))
    low1, high1 = wilson(p1, n_first, level=level)
    low2, high2 = wilson(p2, n_second, level=level)
    low = p1 - p2 - np.hypot(p1 - low1, high2 - p2)
    high = p1 - p2 + np.hypot(high1 - p1, p2 - low2)
    unknown = np.isnan(p1 - p2)
    return np.clip(np.where(unknown, -1.0, low), -1.0, 1.0), np.clip(np.where(unknown, 1.0, high), -1.0, 1.0)


def fisher_p(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> Reals:
    """Fisher's exact two-sided p of each pair of shares; pairs with the same margins share one distribution.

    Of more than a million answers in each margin it is that of the normal distribution (continuity
    corrected), which differs by less than the probability of one table.

    Source: Fisher (1935), JRSS 98: 39–82.
    """
    first, size1, second, size2 = np.broadcast_arrays(
        *(np.asarray(x, dtype=np.int64) for x in (x1, n1, x2, n2))
    )
    margins = np.stack([size1, size2, first + second], axis=-1).reshape(-1, 3)
    distinct, place = np.unique(margins, axis=0, return_inverse=True)
    p, hits = np.empty(len(margins)), first.ravel()
    alike = np.split(np.argsort(place, kind="stable"), np.cumsum(np.bincount(place))[:-1])
    for (a, b, both), rows in zip(distinct.tolist(), alike, strict=False):  # no pairs still split in one
        p[rows] = _two_sided(hits[rows], a, b, both)
    return p.reshape(first.shape)


def _two_sided(x: Integers, n1: int, n2: int, both: int) -> Reals:
    """Probabilities of all tables with these margins that are no more probable than that with x."""
    n, smallest = n1 + n2, min(n1, n2, both, n1 + n2 - both)
    if smallest > MANY_ANSWERS:
        deviation = (n1 / n * n2 / n * both / (n - 1) * (n - both)) ** 0.5
        p: Reals = 2 * special.ndtr((0.5 - np.abs(x - n1 / n * both)) / deviation)
        return np.minimum(p, 1.0)
    middle, reach = (n1 + 1) * (both + 1) // (n + 2), int(FAR_OUT[0] * smallest**0.5) + FAR_OUT[1]
    least, most = max(0, both - n2, middle - reach), min(n1, both, middle + reach)
    before = np.arange(least, most, dtype=float)
    ratios = (n1 - before) / (before + 1) * ((both - before) / (n2 - both + 1 + before))
    logs = np.concatenate([[0.0], np.log(ratios).cumsum()])
    ranked = np.sort(logs)
    sums: Reals = np.exp(ranked - ranked[-1]).cumsum()
    last = np.searchsorted(ranked, logs[np.clip(x, least, most) - least] + TIE_OF_LOGS, side="right") - 1
    return np.asarray(sums[last] / sums[-1])


def holm(p_values: ArrayLike, family: int) -> Reals:
    """p-values on the last axis adjusted over a family of at least as many, of which the others count as 1.

    Source: Holm (1979), Scand. J. Statistics 6: 65–70.
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, axis=-1)
    ranked = np.take_along_axis(p, order, -1)
    stepped = np.maximum.accumulate(ranked * (family - np.arange(p.shape[-1])), axis=-1)
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, np.minimum(stepped, 1.0), -1)
    return adjusted
