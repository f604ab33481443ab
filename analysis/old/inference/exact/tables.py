"""Exact tests of tables: the same p-value on every call, from no sample and no large-sample formula.

All condition on both margins. A p-value is the probability of the tables that are as far out as the
one observed or farther; whether a table is as far out is decided in integers, never by a tolerance.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from analysis.old.inference.exact.contour import contour_tail
from analysis.old.inference.exact.crossed import many_rows
from analysis.old.inference.exact.halves import Cut, Integers, Reals
from analysis.old.inference.exact.margins import TwoRows, log_weights, two_columns
from analysis.old.inference.exact.scoretests import score_test
from analysis.old.inference.exact.tails import (
    CERTAIN,
    ExactTest,
    Join,
    Part,
    Tail,
    TooManyError,
    decided,
    lower_tail,
)

BITS = 44  # behind the point of a rounded value
SLACK = 32  # units of it by which rounding may part the values of equally probable tables
LONGEST = 20_000  # options in all, beyond which sums over a side take too long


class Rows(NamedTuple):
    """A two-row table without its empty columns; ``places`` counts columns from 1, empty ones too."""

    first: list[int]
    sizes: list[int]
    places: list[int]

    @property
    def target(self) -> int:
        """Answers in the first row."""
        return sum(self.first)

    @property
    def total(self) -> int:
        """Answers in all."""
        return sum(self.sizes)

    @property
    def certain(self) -> bool:
        """Whether the margins allow one table only."""
        return len(self.sizes) < 2 or self.target in {0, self.total}


def fisher_exact(a: int, b: int, c: int, d: int) -> float:
    """Fisher's exact two-sided p of the table with the rows (a, b) and (c, d).

    The probability of the tables that are not more probable than the one observed.
    Source: Fisher (1935), J. R. Stat. Soc. 98: 39–82.
    """
    return freeman_halton([[a, b], [c, d]]).p_value


def freeman_halton(table: ArrayLike, *, seed: int = 0) -> ExactTest:
    """The probability of the tables that are not more probable than the one observed.

    Tables of two rows or two columns are exact while the halves of all tables can be gone through (ten
    columns up to about a thousand answers, six up to five thousand), then integrated; tables of three and
    more of both are exact while they can be listed, then sampled with ``seed``. Both state their error.
    Source: Freeman & Halton (1951), Biometrika 38: 141–149.
    """
    counts = np.asarray(table)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if min(counts.shape) < 2:
        return CERTAIN
    if min(counts.shape) > 2:
        return many_rows(counts, seed=seed)
    rows = _rows(counts if len(counts) == 2 else counts.T)
    logs = log_weights(rows.sizes, rows.target)

    def ways(column: int, x: int) -> int:
        return math.comb(rows.sizes[column], x)

    return _concave_test(rows, (logs, logs), ways, operator.mul)


def pearson_exact(table: ArrayLike) -> ExactTest:
    """The probability of the two-row tables whose Pearson χ² is as large as that observed, or larger.

    Source: Yates (1934), J. R. Stat. Soc. Suppl. 1: 217–235, for the conditional reference set.
    """
    rows = _rows(table)
    if rows.certain:
        return CERTAIN
    common = math.lcm(*rows.sizes)
    share = rows.target / rows.total
    values = [
        -((np.arange(size + 1.0) - share * size) ** 2) / (2 * size * share * (1 - share))
        for size in rows.sizes
    ]

    def nearness(column: int, x: int) -> int:
        return -x * x * (common // rows.sizes[column])

    return _concave_test(rows, (values, log_weights(rows.sizes, rows.target)), nearness, operator.add)


def mann_whitney(table: ArrayLike) -> ExactTest:
    """The exact two-sided p of the Wilcoxon–Mann–Whitney test on ordered columns, ties by midranks.

    The probability of rank sums of the first row as far from their mean as that observed, or farther.
    Sources: Wilcoxon (1945), Biometrics Bull. 1: 80–83; Mann & Whitney (1947), Ann. Math. Stat. 18:
    50–60; Lehmann (1975), Nonparametrics, section 1.4 for ties.
    """
    rows = _rows(table)
    doubled = 2 * np.cumsum(rows.sizes) - np.array(rows.sizes) + 1  # midranks times two are whole
    return CERTAIN if rows.certain else score_test(rows.first, rows.sizes, doubled.tolist())


def linear_by_linear(table: ArrayLike) -> ExactTest:
    """The exact two-sided p of the linear-by-linear association, columns scored 1, 2, 3 …

    Source: Agresti, Mehta & Patel (1990), J. Am. Stat. Assoc. 85: 453–458.
    """
    rows = _rows(table)
    return CERTAIN if rows.certain else score_test(rows.first, rows.sizes, rows.places)


def _rows(table: ArrayLike) -> Rows:
    """The table by its shorter row, so that the order of the rows changes no digit."""
    counts = np.asarray(table)
    kept = np.flatnonzero(counts.sum(axis=0))
    counts = counts[:, kept]
    first = min(counts.tolist(), key=lambda row: (sum(row), row))
    return Rows(first, counts.sum(axis=0).tolist(), (kept + 1).tolist())


def _concave_test(rows: Rows, sums: tuple[list[Reals], list[Reals]], part: Part, join: Join) -> ExactTest:
    """The probability of the tables whose summed values are at most those observed, ties by exact rank.

    What is summed is a value, none above 0, and the logarithm of a weight.
    """
    values, logs = sums
    threshold = math.fsum(float(value[x]) for value, x in zip(values, rows.first, strict=True))
    bits = min(BITS, 57 - rows.target.bit_length() - math.ceil(1 - threshold).bit_length())
    rounded = [np.rint(value * 2.0**bits).astype(np.int64) for value in values]
    cut = Cut(sum(int(value[x]) for value, x in zip(rounded, rows.first, strict=True)), SLACK)
    tail = _tail(rounded, [np.exp(log) for log in logs], rows.target, cut)
    if tail is None:
        return _estimated(rows, values, logs)
    return decided(tail, part, join, rows.first)


def _tail(values: Sequence[Integers], weights: Sequence[Reals], target: int, cut: Cut) -> Tail | None:
    """The weights below and near the threshold, None where the lists are too long."""
    if len(values) == 2:
        return two_columns(values, weights, target, cut)
    if sum(len(value) for value in values) > LONGEST:
        return None
    try:
        return lower_tail(TwoRows(values, weights, target), cut)
    except TooManyError:
        return None


def _estimated(rows: Rows, values: Sequence[Reals], logs: Sequence[Reals]) -> ExactTest:
    """The same probability from the contour integral, or of χ² where even that takes too long."""
    threshold = math.fsum(float(value[x]) for value, x in zip(values, rows.first, strict=True))
    found = contour_tail(logs, values, rows.target, threshold + 1e-9)
    if found is not None:
        p = min(1.0, max(found.value, 0.0))
        return ExactTest(p, p, found.error, "contour")
    sizes, share = np.array(rows.sizes), rows.target / rows.total
    statistic = ((rows.first - share * sizes) ** 2 / (share * (1 - share) * sizes)).sum()
    p = float(chdtrc(len(sizes) - 1, statistic))
    return ExactTest(p, p, math.nan, "asymptotic")
