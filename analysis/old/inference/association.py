"""Measures of how groups differ over a whole scale, for many tables of counts side by side.

Counts come as tables × groups × stages. Empty stages and groups are left out of each table; where fewer
than two of either are left, a measure is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, chndtr, ndtri, xlogy

Reals: TypeAlias = NDArray[np.float64]

HALVINGS = 80  # of an interval that is searched; no digit is left after them


class Measure(NamedTuple):
    """One value a table; NaN where a field does not apply."""

    estimate: Reals
    low: Reals
    high: Reals
    p_value: Reals
    statistic: Reals
    df: Reals


def pearson(counts: Reals) -> Measure:
    """Pearson's χ² of independence.

    Source: Pearson (1900), Philos. Mag. 50: 157–175.
    """
    expected = _expected(counts)
    parts = np.divide((counts - expected) ** 2, expected, out=np.zeros_like(expected), where=expected > 0)
    return _chi_square(counts, parts.sum(axis=(1, 2)))


def g_test(counts: Reals) -> Measure:
    """The likelihood ratio χ² of independence.

    Source: Wilks (1935), Ann. Math. Stat. 6: 190–196.
    """
    expected = np.where(counts > 0, _expected(counts), 1.0)
    return _chi_square(counts, 2 * xlogy(counts, counts / expected).sum(axis=(1, 2)))


def cramers_v(counts: Reals, level: float) -> tuple[Measure, Measure]:
    """Cramér's V, plain and corrected for its bias, with the intervals of the noncentral χ².

    Sources: Cramér (1946), Mathematical Methods of Statistics, section 21.9; Bergsma (2013), J. Korean
    Stat. Soc. 42: 323–328; Steiger & Fouladi (1997), in What If There Were No Significance Tests? 221–257.
    """
    test, n = pearson(counts), counts.sum(axis=(1, 2))
    tails = (0.5 + level / 2, 0.5 - level / 2)
    squares = [
        bound / np.maximum(n, 1) for bound in (test.statistic, *(_noncentrality(test, t) for t in tails))
    ]
    lengths = [_present(counts, axis) for axis in (2, 1)]
    shrunk = [np.maximum(_shrunk(square, test.df, n), 0.0) for square in squares]
    shorter = [_shrunk(length, (length - 1) ** 2, n) for length in lengths]
    return _v(test, squares, lengths), _v(test, shrunk, shorter)


def _v(test: Measure, squares: Sequence[Reals], lengths: Sequence[Reals]) -> Measure:
    """V and its bounds from mean squares and the numbers of groups and stages.

    Over many cells chance alone raises V above both bounds; they are widened to hold it.
    """
    least = np.minimum(*lengths) - 1
    nothing = np.full(len(least), np.nan)
    shares = [np.divide(square, least, out=nothing.copy(), where=least > 0) for square in squares]
    v, low, high = (np.sqrt(np.minimum(share, 1.0)) for share in shares)
    return Measure(v, np.minimum(low, v), np.maximum(high, v), test.p_value, test.statistic, test.df)


def _shrunk(value: Reals, by: Reals, n: Reals) -> Reals:
    """A value less what chance adds to it, as Bergsma corrects it."""
    return np.asarray(value - by / np.maximum(n - 1, 1))


def kruskal_wallis(counts: Reals) -> Measure:
    """Kruskal and Wallis' test that no group lies higher than another, ties by midranks.

    Source: Kruskal & Wallis (1952), J. Am. Stat. Assoc. 47: 583–621.
    """
    stages, n = counts.sum(axis=1), counts.sum(axis=(1, 2))
    ranks = stages.cumsum(axis=1) - stages / 2 - n[:, None] / 2  # midranks less their mean
    sums, sizes = (counts * ranks[:, None]).sum(axis=2), counts.sum(axis=2)
    between = np.divide(sums**2, sizes, out=np.zeros_like(sums), where=sizes > 0).sum(axis=1)
    all_squares = (stages * ranks**2).sum(axis=1)
    h = (n - 1) * np.divide(between, all_squares, out=np.full(len(n), np.nan), where=all_squares > 0)
    return _test(h, np.where(np.isnan(h), 0.0, _present(counts, 2) - 1))


def cochran_armitage(counts: Reals) -> Measure:
    """The trend of the first of two groups' share over stages scored 1, 2, 3 …, as R's ``prop.trend.test``.

    Sources: Cochran (1954), Biometrics 10: 417–451; Armitage (1955), Biometrics 11: 375–386.
    """
    z = trend(counts)
    return _test(z**2, np.where(np.isnan(z), 0.0, 1.0))


def trend(counts: Reals) -> Reals:
    """The square root of the trend χ², above 0 where the first of two groups lies higher."""
    stages, n = counts.sum(axis=1), counts.sum(axis=(1, 2))
    share = np.divide(counts[:, 0].sum(axis=1), n, out=np.full(len(n), np.nan), where=n > 0)
    scores = np.arange(1.0, counts.shape[2] + 1)
    centred = scores - np.divide((stages * scores).sum(axis=1), n, out=np.zeros(len(n)), where=n > 0)[:, None]
    square = share * (1 - share) * (stages * centred**2).sum(axis=1)
    shift = (counts[:, 0] * centred).sum(axis=1)
    return np.asarray(np.divide(shift, np.sqrt(square), out=np.full(len(n), np.nan), where=square > 0))


def superiority(counts: Reals, level: float) -> Measure:
    """The probability that an answer of the first group lies higher than one of the second, ties by half.

    The interval is method 5 of Newcombe (2006), Stat. Med. 25: 559–573, part 2: it solves for the
    probabilities that are ``z`` standard errors away, the errors being those at the probability sought.
    """
    first, second = counts[:, 0], counts[:, 1]
    sizes = first.sum(axis=1), second.sum(axis=1)
    wins = (first * (second.cumsum(axis=1) - second / 2)).sum(axis=1)
    pairs = sizes[0] * sizes[1]
    ps = np.divide(wins, pairs, out=np.full(len(wins), np.nan), where=pairs > 0)
    z, spare = ndtri(0.5 + level / 2), (sizes[0] + sizes[1]) / 2 - 1

    def beyond(theta: Reals) -> NDArray[np.bool_]:
        spread = theta * (1 - theta) * (1 + spare * ((1 - theta) / (2 - theta) + theta / (1 + theta)))
        return np.asarray((ps - theta) ** 2 * pairs > z**2 * spread)

    low, high = (_edge(beyond, ps, np.where(pairs > 0, end, np.nan)) for end in (0.0, 1.0))
    nothing = np.full(len(ps), np.nan)
    return Measure(ps, low, high, nothing, nothing, nothing)


def _edge(beyond: Callable[[Reals], NDArray[np.bool_]], inside: Reals, outside: Reals) -> Reals:
    """Where a condition begins to hold on the way from inside to outside, by halving."""
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        holds = beyond(middle)
        inside, outside = np.where(holds, inside, middle), np.where(holds, middle, outside)
    return outside


def _noncentrality(test: Measure, tail: float) -> Reals:
    """The noncentrality at which the statistic is this quantile; 0 where it is below it already."""
    known = np.nan_to_num(test.statistic), np.where(test.df > 0, test.df, 1.0)
    most = np.full(len(known[0]), 1.0)
    while (chndtr(*known, most) > tail).any():
        most *= 2
    edge = _edge(lambda nc: chndtr(*known, nc) <= tail, np.zeros(len(most)), most)
    return np.where(np.isnan(test.statistic), np.nan, np.where(chndtr(*known, 0.0) <= tail, 0.0, edge))


def _expected(counts: Reals) -> Reals:
    n = np.maximum(counts.sum(axis=(1, 2)), 1)
    return np.asarray(counts.sum(axis=2)[:, :, None] * counts.sum(axis=1)[:, None] / n[:, None, None])


def _present(counts: Reals, axis: int) -> Reals:
    """How many groups (summed over axis 2) or stages (axis 1) hold answers."""
    return np.asarray((counts.sum(axis=axis) > 0).sum(axis=1), dtype=float)


def _chi_square(counts: Reals, statistic: Reals) -> Measure:
    groups, stages = _present(counts, 2) - 1, _present(counts, 1) - 1
    return _test(statistic, np.maximum(groups, 0) * np.maximum(stages, 0))


def _test(statistic: Reals, df: Reals) -> Measure:
    """A χ² test where there is a degree of freedom."""
    nothing = np.full(len(statistic), np.nan)
    statistic, df = np.where(df > 0, statistic, np.nan), np.where(df > 0, df, np.nan)
    return Measure(nothing, nothing, nothing, chdtrc(df, statistic), statistic, df)
