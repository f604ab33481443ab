"""The exact test of a whole table (Freeman & Halton), by meeting two halves of its columns.

Given the margins, a table is the less probable, the larger the product of its factorials. p is the
probability of all tables as probable as the observed one or less. Each column's fillings are listed with
their deficit, that is how far the logarithm of their multinomial probability lies below the most probable
filling's; a table's deficit is the sum of its columns'. The columns are split in two halves, the fillings
of each half listed by their sums over groups and sorted by deficit; a table is a left and a right filling
whose sums make up the groups, so each left one needs one look into the sorted right ones.

Where all fillings are few, the tail itself is added up. Else only fillings with a smaller deficit than the
table's are listed, those of the tables that are more probable, and p is what they leave.

Source: Freeman & Halton (1951), Biometrika 38: 141–149; meeting in the middle as Pagano & Halvorsen (1981),
JASA 76: 931–934, pass sums from column to column.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import betaincinv, gammaln

if TYPE_CHECKING:
    from analysis.inference.cells import Integers, Reals

TIE = 1e-7  # deficits nearer than this are equal, as in R's fisher.test
FEW = 100_000  # fillings of a half, up to which all are listed
MOST_FILLINGS = 3_000_000  # fillings of a half that are listed at most: some 100 MB and half a second
REACH = 34.0, 16.0  # deficits; farther out lies a probability of some 1e-12, 1e-5, which then bounds p
RESOLUTION = 1e-12  # of p as what is left of 1
DRAWS = 20_000  # tables, where halves cannot be listed: p of .05 to ± .005
STEPS = 500  # drawing a cell takes as long again for each that many in the root of all answers
MOST_DRAWN = 20  # cells to draw in all for each filling that may be listed
MOST_ANSWERS = 2**31  # that scipy draws tables of without failing
SURE = 0.999  # level of the interval of a p that was sampled
SEED = 20210401

Margin = tuple[int, ...]


class ExactP(NamedTuple):
    """Bounds of a p-value, equal but for sampled and very small ones, and how it was found.

    ``method`` is "exact" or "sampled"; where either would take too long p is unknown (nan), left to "bounds".
    """

    low: float
    high: float
    method: str
    work: int = 0  # fillings that were looked at


class Half(NamedTuple):
    """Fillings of some columns: segments of equal sums over groups (``keys``), by rising deficit in each."""

    keys: Integers
    starts: Integers
    deficits: Reals


def freeman_halton(table: Integers, most: int = MOST_FILLINGS) -> ExactP:
    """The p-value of a table of groups × stages; nan where fewer than two groups answered.

    Never fails: where a half has more than ``most`` fillings to list, p is estimated from seeded tables with
    the same margins, and bounded by Clopper and Pearson's interval at a level of .999; of billions of answers
    it stays unknown.

    Examples
    --------
    >>> round(freeman_halton(np.array([[15, 15, 22, 26, 2], [20, 21, 9, 39, 6]])).high, 4)
    0.0326
    """
    return _exact_p(tuple(map(tuple, table.tolist())), most)


@lru_cache(maxsize=4096)  # other assumptions allow many of the same tables
def _exact_p(rows: tuple[Margin, ...], most: int) -> ExactP:
    table = np.array(rows, dtype=np.int64)
    table = table[table.sum(1) > 0][:, table.sum(0) > 0]
    if min(table.shape) < 2:
        p = math.nan if len(table) < 2 else 1.0
        return ExactP(p, p, "exact")
    if len(table) > table.shape[1]:
        table = table.T
    groups, stages = tuple(table.sum(1).tolist()), tuple(table.sum(0).tolist())
    has_keys = (sum(groups) + 1) ** (len(groups) - 1) < 2**62  # their sums over groups, of 62 bits
    if not has_keys or sum(_fillings([size], len(groups)) for size in stages) > most * len(stages):
        return _sample(table, most)
    modes = math.fsum(_column(size, groups)[2] for size in stages)
    norm = float(_log_weight(np.array(groups), groups)) - modes
    deficit = modes - float(_log_weight(table.T, groups).sum()) - TIE
    target = int(np.dot(groups[:-1], _radix(groups)))
    split = _split(groups, stages)
    whole = all(_fillings(half, len(groups)) <= FEW for half in split)
    for reach in (math.inf,) if whole else dict.fromkeys(min(deficit, limit) for limit in REACH):
        build = _build_again if whole else _build
        left, right = (build(columns, groups, reach, most) for columns in split)
        if left is not None and right is not None:
            weight = _join(left, right, target, min(reach, deficit), tail=whole) * math.exp(-norm)
            p = min(weight if whole else max(1 - weight, RESOLUTION), 1.0)
            looked_at = len(left.deficits) + len(right.deficits)
            return ExactP(p if reach >= deficit else 0.0, p, "exact", looked_at)
    return _sample(table, most)


def _fillings(columns: Sequence[int], groups: int) -> int:
    """Ways to divide the answers of some columns among groups."""
    return math.prod(math.comb(size + groups - 1, groups - 1) for size in columns)


def _split(groups: Margin, stages: Margin) -> list[Margin]:
    """The columns in two halves with about as many fillings, the larger half second."""
    halves: list[list[int]] = [[], []]
    for size in sorted(stages, reverse=True):
        halves[_fillings(halves[0], len(groups)) > _fillings(halves[1], len(groups))].append(size)
    return [tuple(half) for half in sorted(halves, key=lambda half: _fillings(half, len(groups)))]


def _build(columns: Margin, groups: Margin, reach: float, most: int) -> Half | None:
    """All fillings of some columns whose deficit stays below the reach; None where there are too many."""
    keys, deficits = np.zeros(1, dtype=np.int64), np.zeros(1)
    for size in columns:
        more_keys, more, _ = _column(size, groups)
        counts = np.searchsorted(more, reach - deficits, side="left")
        if counts.sum() > most:
            return None
        place = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        keys, deficits = np.repeat(keys, counts) + more_keys[place], np.repeat(deficits, counts) + more[place]
    order = np.argsort(deficits)
    for digit in range(0, int(keys.max(initial=0)).bit_length(), 16):
        # 16 bits at a time, lowest first, take a fraction of the time of whole keys
        order = order[np.argsort((keys[order] >> digit).astype(np.uint16), kind="stable")]
    keys, deficits = keys[order], deficits[order]
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    return Half(keys[starts], np.append(starts, len(keys)), deficits)


_build_again = lru_cache(maxsize=64)(_build)  # of few fillings: many tables have a half in common


@lru_cache(maxsize=256)
def _column(size: int, groups: Margin) -> tuple[Integers, Reals, float]:
    """The fillings of one column by rising deficit: their keys, deficits, and the log weight of the first."""
    filled = np.zeros((1, 0), dtype=np.int64)
    left = np.full(1, size, dtype=np.intp)  # np.repeat takes no other on 32 bits
    for _ in groups[:-1]:
        own = np.arange((left + 1).sum()) - np.repeat(np.cumsum(left + 1) - left - 1, left + 1)
        filled = np.column_stack([np.repeat(filled, left + 1, axis=0), own])
        left = np.repeat(left, left + 1) - own
    keys = filled @ _radix(groups)
    weights = _log_weight(np.column_stack([filled, left]), groups)
    order = np.argsort(-weights, kind="stable")
    return keys[order], np.maximum(weights[order[0]] - weights[order], 0.0), float(weights[order[0]])


def _join(left: Half, right: Half, target: int, threshold: float, *, tail: bool) -> float:
    """The weight of all tables with a deficit below the threshold, or of those from it on (``tail``)."""
    _, ours, theirs = np.intersect1d(target - left.keys, right.keys, return_indices=True)
    weights = []
    for our, their in zip(ours.tolist(), theirs.tolist(), strict=True):
        one = left.deficits[left.starts[our] : left.starts[our + 1]]
        other = right.deficits[right.starts[their] : right.starts[their + 1]]
        place, each = np.searchsorted(other, threshold - one, side="left"), np.exp(-other)
        sums = np.append(each[::-1].cumsum()[::-1], 0.0) if tail else np.append(0.0, each.cumsum())
        weights.append(float(np.exp(-one) @ sums[place]))
    return math.fsum(weights)


def _radix(groups: Margin) -> Integers:
    """What each group but the last counts in a key; no sum over columns can carry into the next."""
    return np.array([(sum(groups) + 1) ** place for place in range(len(groups) - 1)], dtype=np.int64)


def _log_weight(filled: Integers, groups: Margin) -> Reals:
    """The logarithm of the multinomial probability of fillings (last axis) with the groups' shares."""
    shares = np.log(np.array(groups) / sum(groups))
    return np.asarray(gammaln(filled.sum(-1) + 1) - gammaln(filled + 1).sum(-1) + filled @ shares)


def _sample(table: Integers, most: int = MOST_FILLINGS) -> ExactP:
    """P from seeded tables with the same margins, between the ends of its Clopper–Pearson interval.

    Sources: Patefield (1981), Applied Statistics 30: 91–97; Clopper & Pearson (1934), Biometrika 26: 404–413.
    """
    from scipy.stats import random_table

    work = int(DRAWS * table.size * (1 + table.sum() ** 0.5 / STEPS))
    if work > MOST_DRAWN * most or table.sum() > MOST_ANSWERS:
        return ExactP(math.nan, math.nan, "bounds")
    drawn = random_table(table.sum(1), table.sum(0), seed=SEED).rvs(size=DRAWS)
    hits = int((gammaln(drawn + 1).sum((1, 2)) >= gammaln(table + 1).sum() - TIE).sum())
    tail = (1 - SURE) / 2
    low = float(betaincinv(hits, DRAWS - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, DRAWS - hits, 1 - tail)) if hits < DRAWS else 1.0
    return ExactP(low, high, "sampled", work + MOST_FILLINGS)
