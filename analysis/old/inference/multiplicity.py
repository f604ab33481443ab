"""Inference on several shares at once: simultaneous intervals, and p-values adjusted over their family."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from analysis.old.inference.intervals import wilson

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from analysis.old.inference.intervals import Bounds, Floats


ADJUSTMENTS = ("holm", "bonferroni", "bh")
REACH = 12  # standard deviations; the box is full of probability long before


def bonferroni_wilson(
    x: ArrayLike, n: ArrayLike, *, level: float = 0.95, population: ArrayLike | None = None
) -> Bounds:
    """Wilson's intervals that hold together along the last axis, each at 1 − (1 − level) / K.

    Source: Wilson (1927) with Bonferroni's inequality; Goodman (1965) for the cells of a multinomial.
    """
    family = np.shape(x)[-1] or 1  # no cuts in a scale of one stage
    return wilson(x, n, level=1 - (1 - level) / family, population=population)


def goodman(counts: ArrayLike, *, level: float = 0.95, population: ArrayLike | None = None) -> Bounds:
    """Goodman's simultaneous intervals of the cells of a multinomial, which lie on the last axis.

    The roots of (x/n − p)² = A p (1 − p) / n with A the 1 − (1 − level) / K quantile of χ² with one
    degree of freedom, that is Wilson's interval at Bonferroni's level.
    Source: Goodman (1965), Technometrics 7: 247–254, eq. 2.7.
    """
    cells = np.asarray(counts)
    size = None if population is None else np.asarray(population)[..., None]
    return bonferroni_wilson(cells, cells.sum(-1, keepdims=True), level=level, population=size)


def sison_glaz(counts: ArrayLike, *, level: float = 0.95) -> Bounds:
    """Sison & Glaz' simultaneous intervals of the cells of a multinomial, which lie on the last axis.

    Where all answers fall in one cell the multinomial at the estimate has no spread to build on; there
    the exact region pⁿ ≥ 1 − level of the full cell is used, and what it leaves for the empty ones.
    Sources: Sison & Glaz (1995), JASA 90: 366–369; May & Johnson (2000), J. Stat. Software 5(6).
    """
    cells = np.asarray(counts, dtype=float)
    tables, back = np.unique(cells.reshape(-1, cells.shape[-1]), axis=0, return_inverse=True)
    bounds = np.array([_sison_glaz_one(table, level) for table in tables])[back]
    return bounds[:, 0].reshape(cells.shape), bounds[:, 1].reshape(cells.shape)


def adjust_p(p_values: ArrayLike, *, method: str = "holm") -> Floats:
    """p-values adjusted over the family on the last axis: ``holm``, ``bonferroni`` or ``bh``.

    Sources: Holm (1979), Scand. J. Statistics 6: 65–70; Bonferroni's inequality; Benjamini & Hochberg
    (1995), JRSS B 57: 289–300.

    Raises
    ------
    ValueError
        The method is not one of the three.
    """
    p = np.asarray(p_values, dtype=float)
    size = p.shape[-1]
    if method not in ADJUSTMENTS:
        raise ValueError(f"adjust is '{method}'; use one of {', '.join(ADJUSTMENTS)}")
    order = np.argsort(p, axis=-1)
    ranked = np.take_along_axis(p, order, -1)
    if method == "bonferroni":
        stepped = ranked * size
    elif method == "holm":
        stepped = np.maximum.accumulate(ranked * np.arange(size, 0, -1), axis=-1)
    else:
        raised = ranked * size / np.arange(1, size + 1)
        stepped = np.flip(np.minimum.accumulate(np.flip(raised, -1), axis=-1), -1)
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, np.minimum(stepped, 1), -1)
    return adjusted


def _sison_glaz_one(cells: Floats, level: float) -> Bounds:
    n = cells.sum()
    share = cells / n if n else np.zeros_like(cells)
    if np.count_nonzero(cells) < 2:
        least = (1 - level) ** (1 / n) if n else 0.0
        return np.where(cells > 0, least, 0.0), np.where(cells > 0, 1.0, 1 - least)
    within = _box_probabilities(cells)
    enough = np.flatnonzero(within > level)
    if not len(enough):
        return np.zeros_like(cells), np.ones_like(cells)
    reach = int(enough[0])  # the largest whose box is not probable enough; 0 stands for none
    below = within[reach - 1] if reach else 0.0
    part = (level - below) / (within[reach] - below)
    return np.maximum(share - reach / n, 0), np.minimum(share + (reach + 2 * part) / n, 1)


def _box_probabilities(cells: Floats) -> Floats:
    """P(every count within 1, 2, 3 … of the observed), by truncated Poissons and an Edgeworth expansion.

    Source: Sison & Glaz (1995), eqs. 2.4–2.7.
    """
    n = cells.sum()
    inside, mean, variance, third, fourth = _truncated_poissons(cells, int(min(n, REACH * (1 + np.sqrt(n)))))
    spread = variance.sum(1)
    z = -mean.sum(1) / np.sqrt(spread)
    skew, excess = third.sum(1) / spread**1.5, (fourth - 3 * variance**2).sum(1) / spread**2
    series = (
        1
        + skew * (z**3 - 3 * z) / 6
        + excess * (z**4 - 6 * z**2 + 3) / 24
        + skew**2 * (z**6 - 15 * z**4 + 45 * z**2 - 15) / 72
    )
    density = series * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi * spread)
    return np.asarray(inside.prod(1) * density / _poisson(n, n))


def _truncated_poissons(rate: Floats, most: int) -> Floats:
    """Poissons cut to 1 … ``most`` (first axis) around their means: what is inside, and four moments.

    Of what is inside: the mean's distance from the rate, then the central moments. Sums run over distances
    from the rate, so that large rates lose no digits.
    """
    distance = np.arange(1, most + 1.0)[:, None]
    above, below = _poisson(rate + distance, rate), _poisson(rate - distance, rate)
    sums = [np.cumsum(distance**power * (above + (-1) ** power * below), axis=0) for power in range(5)]
    inside = sums[0] + _poisson(rate, rate)
    one, two, three, four = (total / inside for total in sums[1:])
    return np.array(
        [
            inside,
            one,
            two - one**2,
            three - 3 * one * two + 2 * one**3,
            four - 4 * one * three + 6 * one**2 * two - 3 * one**4,
        ]
    )


def _poisson(count: Floats, rate: Floats) -> Floats:
    possible = np.maximum(count, 0)
    logs = special.xlogy(possible, rate) - rate - special.gammaln(possible + 1)
    return np.where(count < 0, 0.0, np.exp(logs))
