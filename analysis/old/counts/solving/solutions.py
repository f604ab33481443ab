"""All tables that fit one printed wave: their number, a list of them or a sample, and each cell's counts."""

from __future__ import annotations

from collections import Counter
from functools import reduce
from operator import and_
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.old.counts.solving.candidates import (
    Columns,
    Rounding,
    TooManyError,
    figures_for,
    join_columns,
    list_columns,
)
from analysis.old.counts.solving.estimating import count_tables, draw_tables
from analysis.old.counts.solving.printed import Printed
from analysis.old.counts.solving.programs import has_table
from analysis.old.counts.solving.relations import ColumnArrays, fits_arrays

SAMPLE = 1_000  # tables of a sample
QUICK_COLUMNS = 20_000  # of one group
QUICK_PAIRS = 10_000_000  # to compare in some 0.3 s

Tables = NDArray[np.int64]  # tables × groups × stages


class Solution(NamedTuple):
    """What fits: ``status``, the number of tables, the tables (a sample when they are too many).

    ``admitted`` is the number of tables that each rule alone allows, None where only the union is counted.
    """

    status: str
    n_tables: int | dict[str, Any]
    tables: Tables
    admitted: dict[str, int] | None


def find_tables(printed: Printed, rounding: Rounding, *, max_tables: int, seed: int) -> Solution:
    """Every table, or when they are more than ``max_tables`` their number and a seeded uniform sample."""
    if printed.counted:
        known = np.array([[printed.counts[group] for group in printed.groups]], dtype=np.int64)
        return Solution("unique", 1, known, {})
    try:
        columns = [list_columns(printed, group, rounding.rules) for group in printed.groups]
        numbers, places = _sweep(printed, rounding, columns, max_tables)
    except TooManyError:
        return _beyond_listing(printed, rounding, seed)
    number = sum(numbers.values())
    admitted = {
        rule: sum(some for rules, some in numbers.items() if rules >> bit & 1)
        for bit, rule in enumerate(rounding.rules)
    }
    if number > max_tables:
        return Solution("too_many", number, sample_of(printed, rounding, SAMPLE, seed), admitted)
    tables = _tables_at(columns, places)
    _recheck(printed, rounding, tables)
    return Solution({0: "none", 1: "unique"}.get(number, "several"), number, tables, admitted)


def list_tables(printed: Printed, rounding: Rounding, most: int) -> Tables:
    """Every table, where they are found soon; the search ends at more than ``most``.

    Raises
    ------
    TooManyError
        There are more, or too many columns to try them in a second.
    """
    if printed.counted:
        return find_tables(printed, rounding, max_tables=1, seed=0).tables
    columns = [list_columns(printed, group, rounding.rules, most=QUICK_COLUMNS) for group in printed.groups]
    if printed.total is None and sum(_multiply(columns).values()) > most:
        raise TooManyError(f"more than {most} tables")
    places, number = [np.empty((0, len(columns)), dtype=np.int64)], 0
    for block in join_columns(printed, rounding, columns, most=QUICK_PAIRS):
        places.append(block.places)
        number += len(block.n)
        if number > most:
            raise TooManyError(f"more than {most} tables")
    return _tables_at(columns, places)


def number_of(printed: Printed, rounding: Rounding, seed: int) -> int | dict[str, Any]:
    """The number of tables: counted by boxes, or under a total by listing where that is within reach."""
    if printed.counted:
        return 1
    if printed.total is None:
        return count_tables(printed, rounding, seed)
    try:
        columns = [list_columns(printed, group, rounding.rules) for group in printed.groups]
        return sum(_sweep(printed, rounding, columns, 0)[0].values())
    except TooManyError:
        return count_tables(printed, rounding, seed)


def sample_of(printed: Printed, rounding: Rounding, size: int, seed: int) -> Tables:
    """Tables drawn uniformly, with replacement; fewer where tables must be guessed and hardly any fits."""
    try:
        if printed.total is not None:
            columns = [list_columns(printed, group, rounding.rules) for group in printed.groups]
            return _at_ranks(printed, rounding, columns, size, seed)
    except TooManyError:
        pass
    drawn = draw_tables(printed, rounding, size, seed)
    return np.array(drawn, dtype=np.int64).reshape(len(drawn), len(printed.groups), len(printed.stages))


def possible_counts(printed: Printed, rounding: Rounding) -> dict[str, list[list[int]]] | None:
    """For each column and stage the counts that some table has, in order; None where not all were seen."""
    if printed.counted:
        tables = find_tables(printed, rounding, max_tables=1, seed=0).tables
        counts = {group: tables[:, place].T.tolist() for place, group in enumerate(printed.groups)}
        return counts if printed.total is None else counts | {printed.total: tables.sum(1).T.tolist()}
    try:
        columns = [list_columns(printed, group, rounding.rules) for group in printed.groups]
        seen, sums = _meet(printed, rounding, columns)
    except TooManyError:
        return None
    counts = {
        group: [np.unique(cell).tolist() for cell in column.counts[met].T]
        for group, column, met in zip(printed.groups, columns, seen, strict=True)
    }
    return counts if printed.total is None else counts | {printed.total: sums}


def _beyond_listing(printed: Printed, rounding: Rounding, seed: int) -> Solution:
    """The number, exact or estimated, and a sample; none when no draw fits and no program has a solution."""
    number = count_tables(printed, rounding, seed)
    estimate = number["estimate"] if isinstance(number, dict) else number
    if estimate:
        return Solution("too_many", number, sample_of(printed, rounding, SAMPLE, seed), None)
    nothing = np.empty((0, len(printed.groups), len(printed.stages)), dtype=np.int64)
    if isinstance(number, dict) and has_table(printed, rounding):
        return Solution("too_many", number, nothing, None)
    return Solution("none", 0, nothing, None)


def _sweep(
    printed: Printed, rounding: Rounding, columns: list[Columns], keep: int
) -> tuple[Counter[int], list[NDArray[np.int64]]]:
    """The number of tables for each set of rules that prints them (bits), and their places up to ``keep``."""
    numbers = _multiply(columns) if printed.total is None else Counter[int]()
    kept: list[NDArray[np.int64]] = []
    if sum(numbers.values()) > keep:
        return numbers, kept
    for block in join_columns(printed, rounding, columns):
        if printed.total is not None:
            rules, times = np.unique(block.rules, return_counts=True)
            numbers.update(dict(zip(rules.tolist(), times.tolist(), strict=True)))
        if sum(numbers.values()) <= keep:
            kept.append(block.places)
    return numbers, kept


def _multiply(columns: list[Columns]) -> Counter[int]:
    """The number of tables for each set of rules where nothing ties the groups together."""
    numbers = Counter({-1: 1})
    for column in columns:
        before, numbers = numbers, Counter()
        for own, some in zip(*(a.tolist() for a in np.unique(column.rules, return_counts=True)), strict=True):
            for shared, number in before.items():
                numbers[shared & own] += number * some
    del numbers[0]
    return numbers


def _at_ranks(printed: Printed, rounding: Rounding, columns: list[Columns], size: int, seed: int) -> Tables:
    """The tables of random ranks in the order of the sweep, which is gone through twice."""
    number = sum(_sweep(printed, rounding, columns, 0)[0].values())
    ranks = np.sort(np.random.default_rng(seed).integers(number, size=size)) if number else np.empty(0, int)
    kept, before = [np.empty((0, len(columns)), dtype=np.int64)], 0
    for block in join_columns(printed, rounding, columns):
        inside = ranks[(ranks >= before) & (ranks < before + len(block.n))]
        kept.append(block.places[inside - before])
        before += len(block.n)
    return _tables_at(columns, kept)


def _tables_at(columns: list[Columns], places: list[NDArray[np.int64]]) -> Tables:
    together = np.concatenate(places)
    return np.stack([column.counts[together[:, g]] for g, column in enumerate(columns)], axis=1)


def _meet(
    printed: Printed, rounding: Rounding, columns: list[Columns]
) -> tuple[list[NDArray[np.bool_]], list[list[int]]]:
    """Which columns of each group are in some table, and the counts of the total by stage."""
    if printed.total is None:
        shared = reduce(and_, (int(np.bitwise_or.reduce(column.rules)) for column in columns))
        return [column.rules & shared > 0 for column in columns], []
    seen = [np.zeros(len(column.n), dtype=bool) for column in columns]
    sums: list[set[int]] = [set() for _ in printed.stages]
    for block in join_columns(printed, rounding, columns):
        for places, met in zip(block.places.T, seen, strict=True):
            met[places] = True
        for cell, known in zip(block.counts, sums, strict=True):
            known.update(np.unique(cell).tolist())
    return seen, [sorted(known) for known in sums]


def _recheck(printed: Printed, rounding: Rounding, tables: Tables) -> None:
    """Each listed table once more against the rules themselves: what boxes and joins made is not trusted."""
    right = np.zeros(len(tables), dtype=bool)
    for rule, totals in zip(rounding.rules, rounding.totals, strict=True):
        fits = np.ones(len(tables), dtype=bool)
        for place, group in enumerate(printed.groups):
            fits &= _prints(printed, group, rule, tables[:, place])
        if printed.total is not None:
            sums = tables.sum(1)
            fits &= np.any([_prints(printed, printed.total, total, sums) for total in totals], axis=0)
        right |= fits
    if not right.all():
        raise AssertionError(f"{np.count_nonzero(~right)} tables of {printed.wave} do not print its figures")


def _prints(printed: Printed, column: str, rule: str, counts: Tables) -> NDArray[np.bool_]:
    figures, n = figures_for(printed, column, rule), counts.sum(1)
    empty = np.asarray(n == 0)
    if figures is None:
        return empty
    return empty | fits_arrays(rule, ColumnArrays(list(counts.T), n, figures, printed.unit))
