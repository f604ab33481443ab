"""Exact p-values over many tables of counts, from those tables alone that bound them.

Given the margins a p-value falls as the table lies farther out, so of the tables that share their margins
the nearest and the farthest are enough.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analysis.old.inference.exact import freeman_halton, linear_by_linear, mann_whitney

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from analysis.old.inference.exact import ExactTest

    Integers = NDArray[np.int64]
    Reals = NDArray[np.float64]

MOST_TESTED = 100  # tables; a test of a few hundred answers takes some 20 ms
TINY = 1e-300  # what a p that is too small for a number is taken for
SEED = 20210401  # of the sampled Freeman–Halton test
METHODS = ("exact", "contour", "monte_carlo", "asymptotic")  # from the most to the least certain


class PValues(NamedTuple):
    """The p-values that bound those of all tables, their numerical errors, and the least certain method."""

    p_values: Reals
    errors: Reals
    method: str


def shape_p(counts: Integers, approximate: Reals) -> PValues:
    """The ends of Freeman and Halton's p over tables (first axis) of groups × stages.

    Given the margins a table is the less probable, the larger the product of its factorials.
    """
    tables = counts.reshape(len(counts), -1).tolist()
    known = {count: math.factorial(count) for count in np.unique(counts).tolist()}
    products = [math.prod(known[count] for count in table) for table in tables]
    ranks = {product: rank for rank, product in enumerate(sorted(set(products)))}
    distance = np.array([ranks[product] for product in products])
    margins = np.concatenate([counts.sum(axis=2), np.sort(counts.sum(axis=1))], axis=1)
    return _bounding(counts, margins, distance, lambda table: freeman_halton(table, seed=SEED), approximate)


def ranks_p(counts: Integers, approximate: Reals) -> PValues:
    """The ends of Mann and Whitney's p over tables of two groups."""
    sizes = counts.sum(axis=1)
    return _of_scores(counts, 2 * sizes.cumsum(axis=1) - sizes, mann_whitney, approximate)


def scores_p(counts: Integers, approximate: Reals) -> PValues:
    """The ends of the p of the linear-by-linear association over tables of two groups."""
    return _of_scores(counts, np.arange(counts.shape[2]), linear_by_linear, approximate)


def _of_scores(
    counts: Integers, scores: Integers, test: Callable[[Integers], ExactTest], approximate: Reals
) -> PValues:
    """The ends of the p of a sum of scores; a table lies as far out as its sum from the mean."""
    sizes, n = counts.sum(axis=1), counts.sum(axis=2)
    mean = n[:, 0] * (sizes * scores).sum(axis=1)
    distance = np.abs(n.sum(axis=1) * (counts[:, 0] * scores).sum(axis=1) - mean)
    return _bounding(counts, np.concatenate([n, sizes], axis=1), distance, test, approximate)


def _bounding(
    counts: Integers,
    margins: Integers,
    distance: Integers,
    test: Callable[[Integers], ExactTest],
    approximate: Reals,
) -> PValues:
    """The p of the tables at the ends of their margins, and NaN if in any table one group alone answered.

    Beyond ``MOST_TESTED`` those of middling p are bounded by their approximation, as far off as it was found
    to be at worst.
    """
    answered = (counts.sum(axis=2) > 0).sum(axis=1) > 1
    places = np.flatnonzero(answered)[_ends(margins[answered], distance[answered])]
    places = places[np.argsort(approximate[places], kind="stable")]
    spare = max(0, len(places) - MOST_TESTED)
    middle = places[MOST_TESTED // 2 :][:spare]
    tested = np.setdiff1d(places, middle)
    tested = tested[np.lexsort(counts[tested].sum(axis=1).T)]  # those of the same margins share a sample
    found = [test(table) for table in counts[tested]]
    unknown = np.full(len(counts) - np.count_nonzero(answered), np.nan)
    p_values = np.array([one.p_value for one in found])
    off, middling = p_values / np.maximum(approximate[tested], TINY), approximate[middle]
    guessed = [middling.min() * off.min(), min(1.0, middling.max() * off.max())] if spare else []
    p_values = np.concatenate([p_values, guessed, unknown])
    errors = np.concatenate([[one.error for one in found], np.zeros(len(guessed)), unknown])
    methods = [*(one.method for one in found), *(["asymptotic"] if spare else [])]
    return PValues(p_values, np.nan_to_num(errors), max(methods, key=METHODS.index, default="exact"))


def _ends(margins: Integers, distance: Integers) -> Integers:
    """The places of the smallest and the largest distance among equal margins, one of each."""
    _, alike = np.unique(margins, axis=0, return_inverse=True)
    order = np.lexsort([distance, alike])
    starts = np.flatnonzero(np.diff(alike[order], prepend=-1))
    stops = np.flatnonzero(np.diff(alike[order], append=-1))
    apart = distance[order[starts]] < distance[order[stops]]
    return np.concatenate([order[starts], order[stops[apart]]])
