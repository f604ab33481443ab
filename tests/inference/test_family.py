"""The promise: one or more of the statements of a comparison are wrong in at most 5 of 100 surveys.

By exact enumeration of all pairs of tables of two small groups, and by simulation with a fixed seed; both
under no difference, where every statement that is clear is wrong. 20 000 surveys of each of ten shapes erred
in at most .032, from 10/10 to 80/1 000 answers; here fewer are drawn, for time.
"""

from __future__ import annotations

from itertools import combinations
from math import factorial, prod

import numpy as np
import pytest

from analysis.inference.cells import Cells
from analysis.inference.differences import difference_ends, newcombe, pair_p
from analysis.inference.effects import superiority

SHAPES = {
    "even": [0.2, 0.2, 0.2, 0.2, 0.2],
    "of the survey": [0.2, 0.206, 0.177, 0.371, 0.046],
    "skewed": [0.6, 0.2, 0.1, 0.07, 0.03],
    "two ends": [0.45, 0.05, 0.0, 0.05, 0.45],
    "rare": [0.93, 0.03, 0.02, 0.01, 0.01],
}


def wrong(counts: np.ndarray) -> np.ndarray:
    """By table of two groups, whether any of stages, inner cumulative shares and shift is clear."""
    stages = counts.shape[2]
    family = stages + max(stages - 3, 0) + 1
    level, n = 1 - 0.05 / family, counts.sum(2)[..., None]
    found = np.zeros(len(counts), dtype=bool)
    names = [str(stage) for stage in range(stages)]
    cells = Cells(counts, counts, n, n, np.full((2, 1), np.inf), ["one", "two"], names, {})
    sides = cells.cumulated(names[2:-1]).pairs()
    ends, p = difference_ends(*sides, level), pair_p(*sides)[1]
    found |= (((ends[2] > 0) | (ends[5] < 0)) & (p <= 1 - level)).any((1, 2))
    shift = superiority(counts, level)
    apart = (counts.sum(2) - counts.max(2)).min(1)
    judged = (counts.sum(2).min(1) >= 20) & (apart >= 3)
    return found | (judged & ((shift.low > 0.5) | (shift.high < 0.5)))


def all_columns(n: int, stages: int) -> np.ndarray:
    """Every way to give n answers to the stages."""
    bars = np.array(list(combinations(range(n + stages - 1), stages - 1)))
    edges = np.hstack([np.full((len(bars), 1), -1), bars, np.full((len(bars), 1), n + stages - 1)])
    return np.diff(edges, axis=1) - 1


@pytest.mark.parametrize(
    ("sizes", "shares"),
    [
        ((9, 9), (0.3, 0.3, 0.4)),
        ((6, 20), (0.1, 0.3, 0.6)),
        ((5, 24), (0.02, 0.08, 0.9)),
        ((5, 5), (0.25,) * 4),
    ],
)
def test_of_all_small_surveys_at_most_5_of_100_are_wrong(sizes, shares) -> None:
    first, second = (all_columns(n, len(shares)) for n in sizes)
    chance = [
        np.array([factorial(n) / prod(map(factorial, x)) * prod(np.power(shares, x)) for x in ways.tolist()])
        for n, ways in zip(sizes, (first, second), strict=True)
    ]
    pairs = np.stack([np.repeat(first, len(second), axis=0), np.tile(second, (len(first), 1))], axis=1)
    weight = np.outer(*chance).ravel()
    assert weight.sum() == pytest.approx(1)
    assert weight[wrong(pairs)].sum() <= 0.05


@pytest.mark.parametrize(("n", "m"), [(80, 95), (20, 25), (20, 1_000), (40, 160)])
def test_of_simulated_surveys_at_most_5_of_100_are_wrong(n, m) -> None:
    generator = np.random.default_rng(20211103)
    for shares in SHAPES.values():
        drawn = np.stack([generator.multinomial(size, shares, 4_000) for size in (n, m)], axis=1)
        assert wrong(drawn).mean() <= 0.05


def test_newcombe_alone_would_break_the_promise() -> None:
    generator = np.random.default_rng(20211103)
    drawn = np.stack([generator.multinomial(size, SHAPES["rare"], 4_000) for size in (20, 1_000)], axis=1)
    x, n = drawn, drawn.sum(2)[..., None]
    low, high = newcombe(x[:, 0] / n[:, 0], n[:, 0], x[:, 1] / n[:, 1], n[:, 1], level=1 - 0.05 / 8)
    assert ((low > 0) | (high < 0)).any(1).mean() > 0.06
