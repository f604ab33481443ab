"""Exact tests by plain enumeration in rationals, slow and obvious, to compare with."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

ORACLES: dict[str, Any] = json.loads((Path(__file__).parent / "oracles.json").read_text(encoding="utf-8"))

Table = Sequence[Sequence[int]]


def freeman_halton_p(table: Table) -> tuple[Fraction, Fraction]:
    """p and mid-p: tables as probable as the one observed or less, by their exact weights."""
    columns = list(zip(*table, strict=True))
    observed = math.prod(multinomial(column) for column in columns)
    weights = Counter({(tuple([0] * len(table)), 1): 1})
    for column in columns:
        grown: Counter[Any] = Counter()
        for (used, weight), ways in weights.items():
            for filling in fillings(sum(column), [sum(row) - u for row, u in zip(table, used, strict=True)]):
                key = tuple(u + x for u, x in zip(used, filling, strict=True)), weight * multinomial(filling)
                grown[key] += ways * multinomial(filling)
        weights = grown
    whole = sum(weights.values())
    below = sum(ways for (_, weight), ways in weights.items() if weight < observed)
    ties = sum(ways for (_, weight), ways in weights.items() if weight == observed)
    return Fraction(below + ties, whole), Fraction(2 * below + ties, 2 * whole)


def statistic_p(table: Table, distance: Callable[[Sequence[int]], Any]) -> tuple[Fraction, Fraction]:
    """p and mid-p of a two-row table: first rows as distant as the one observed, or farther."""
    sizes = [a + b for a, b in zip(*table, strict=True)]
    observed = distance(table[0])
    whole = beyond = ties = 0
    for row in product(*(range(size + 1) for size in sizes)):
        if sum(row) == sum(table[0]):
            ways = math.prod(math.comb(size, x) for size, x in zip(sizes, row, strict=True))
            whole += ways
            beyond += ways * (distance(row) > observed)
            ties += ways * (distance(row) == observed)
    return Fraction(beyond + ties, whole), Fraction(2 * beyond + ties, 2 * whole)


def pearson_distance(table: Table) -> Callable[[Sequence[int]], Fraction]:
    """Pearson's χ² but for what is the same in all tables."""
    sizes = [a + b for a, b in zip(*table, strict=True)]
    return lambda row: sum(
        (Fraction(x * x, size) for x, size in zip(row, sizes, strict=True) if size), Fraction()
    )


def score_distance(table: Table, scores: Sequence[int]) -> Callable[[Sequence[int]], int]:
    """How far a sum of scores is from its mean, in n-ths."""
    sizes = [a + b for a, b in zip(*table, strict=True)]
    mean = sum(table[0]) * sum(score * size for score, size in zip(scores, sizes, strict=True))
    return lambda row: abs(sum(sizes) * sum(score * x for score, x in zip(scores, row, strict=True)) - mean)


def doubled_midranks(table: Table) -> list[int]:
    """Midranks of the columns times two, which are whole."""
    ranks, below = [], 0
    for a, b in zip(*table, strict=True):
        ranks.append(2 * below + a + b + 1)
        below += a + b
    return ranks


def multinomial(column: Sequence[int]) -> int:
    """Ways to divide a column's answers as given."""
    return math.factorial(sum(column)) // math.prod(math.factorial(x) for x in column)


def fillings(total: int, room: Sequence[int]) -> list[tuple[int, ...]]:
    """All ways to divide a total among rows with limited room."""
    return [x for x in product(*(range(min(total, most) + 1) for most in room)) if sum(x) == total]
