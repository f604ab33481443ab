"""The Freeman–Halton test of tables with three rows and columns or more: exact within reach, else sampled."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.special import gammaln

from analysis.old.inference.exact.halves import Column, Cut, Integers, Reals, by_key
from analysis.old.inference.exact.tails import NEVER, ExactTest, TooManyError, decided, lower_tail

ROOM = 20_000  # keys of a margin, beyond which sums over them take too long
ENTRIES = 3_000_000
SAMPLES = 50_000
KEPT = 10  # samples, some 4 MB; many of the tables that fit a wave have the same margins
UNIT = 2.0**36  # of a rounded value
SLACK = 64  # units by which rounding may part the values of equally probable tables
NEAR = 1e-9  # the same for logarithms of sampled tables


def many_rows(counts: Integers, *, seed: int) -> ExactTest:
    """The probability of the tables not more probable than the one observed; no margin is empty.

    Beyond reach, tables with these margins are drawn at random (Patefield 1981, Appl. Statist. 30:
    91–97), and the error is three standard errors.
    """
    table = counts if len(counts) <= counts.shape[1] else counts.T
    table = table[np.argsort(table.sum(axis=1), kind="stable")]  # the last row is implied: the longest
    if math.prod(2 * int(size) + 1 for size in table.sum(axis=1)[:-1]) > ROOM:
        return _sampled(table, seed)
    margins = ManyRows(table)
    observed = [
        int(np.flatnonzero((f == c).all(axis=1))[0]) for f, c in zip(margins.fillings, table.T, strict=True)
    ]
    threshold = sum(int(column.values[x]) for column, x in zip(margins.columns, observed, strict=True))
    try:
        tail = lower_tail(margins, Cut(threshold, SLACK), limit=ENTRIES)
    except TooManyError:
        return _sampled(table, seed)
    return decided(tail, margins.ways, operator.mul, observed)


def _sampled(table: Integers, seed: int) -> ExactTest:
    drawn = _draw(tuple(table.sum(axis=1).tolist()), tuple(table.sum(axis=0).tolist()), seed)
    improbable = drawn - gammaln(table + 1.0).sum()
    beyond, ties = (improbable >= -NEAR).sum(), (np.abs(improbable) < NEAR).sum()
    p = float((1 + beyond) / (1 + SAMPLES))  # the table observed is one of them
    error = 3 * math.sqrt(p * (1 - p) / SAMPLES)
    return ExactTest(p, p - float(ties) / (2 * SAMPLES), error, "monte_carlo")


@lru_cache(maxsize=KEPT)
def _draw(rows: tuple[int, ...], columns: tuple[int, ...], seed: int) -> Reals:
    """How improbable each of many random tables with these margins is, in logarithms."""
    from scipy.stats import random_table  # here, since it takes longer to load than most comparisons to make

    tables = random_table(rows, columns).rvs(SAMPLES, random_state=np.random.default_rng(seed))
    return np.asarray(gammaln(tables + 1.0).sum(axis=(1, 2)))


class ManyRows:
    """Tables of several rows: a column's option is a filling of all its rows, the last one implied.

    A key packs what is used of each row but the last, in digits that hold two such sums. The value of a
    filling is the logarithm of its weight, its multinomial probability relative to the largest.
    """

    def __init__(self, table: Integers) -> None:
        self.rows, self.sizes = table.sum(axis=1), table.sum(axis=0).tolist()
        self.freedom = len(self.rows) - 1
        self.kinds = list(range(len(self.sizes)))
        self._digits = np.cumprod([1, *(2 * self.rows[:-1] + 1)])
        self.target = int(self.rows[:-1] @ self._digits[:-1])
        grids = np.meshgrid(*(np.arange(size + 1) for size in self.rows[:-1]), indexing="ij")
        self._grid = np.stack(grids, axis=-1).reshape(-1, self.freedom)
        self._shares = np.log(self.rows / self.rows.sum())
        self.fillings = [self._fill(size) for size in self.sizes]
        self._tops = [float(self._logs(filling).max()) for filling in self.fillings]
        self.columns = [
            self._column(filling, top) for filling, top in zip(self.fillings, self._tops, strict=True)
        ]

    def _fill(self, size: int) -> Integers:
        """All ways to divide answers among the rows."""
        last = size - self._grid.sum(axis=1)
        fits = (last >= 0) & (last <= self.rows[-1])
        return np.column_stack([self._grid[fits], last[fits]])

    def _logs(self, fillings: Integers) -> Reals:
        coefficients = gammaln(fillings.sum(axis=1) + 1.0) - gammaln(fillings + 1.0).sum(axis=1)
        return np.asarray(coefficients + fillings @ self._shares)

    def _column(self, fillings: Integers, top: float) -> Column:
        logs = self._logs(fillings) - top
        return Column(self._keys(fillings), np.rint(logs * UNIT).astype(np.int64), np.exp(logs))

    def _keys(self, fillings: Integers) -> Integers:
        return np.asarray(fillings[:, :-1] @ self._digits[:-1])

    def ways(self, column: int, option: int) -> int:
        """The multinomial coefficient of a filling, exact."""
        cells = self.fillings[column][option].tolist()
        return math.factorial(self.sizes[column]) // math.prod(map(math.factorial, cells))

    def high(self, rest: Sequence[int]) -> Integers:
        """By key used up: no filling of the rest weighs more than all of them together."""
        fillings, top = self._rest(rest)
        logs = np.minimum(self._logs(fillings) - top, 0.0)
        return self._by_use(fillings, np.ceil(logs * UNIT))

    def low(self, rest: Sequence[int]) -> Integers:
        """By key used up: a multinomial coefficient is at least 1."""
        fillings, top = self._rest(rest)
        return self._by_use(fillings, np.floor((fillings @ self._shares - top) * UNIT))

    def total(self, rest: Sequence[int]) -> Reals:
        """By key used by the columns: the fillings of several columns together have a closed form."""
        fillings, top = self._rest(rest)
        return by_key(self._keys(fillings), np.exp(self._logs(fillings) - top))

    def _rest(self, rest: Sequence[int]) -> tuple[Integers, float]:
        return self._fill(sum(self.sizes[j] for j in rest)), math.fsum(self._tops[j] for j in rest)

    def _by_use(self, fillings: Integers, values: Reals) -> Integers:
        bound = np.full(self._digits[-1], NEVER)
        bound[self.target - self._keys(fillings)] = values.astype(np.int64)
        return bound
