"""All tables that fit one printed wave: their number, a list of them or a sample, and each cell's counts."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.candidates import (
    MOST_PAIRS,
    Columns,
    Rounding,
    TooManyError,
    figures_for,
    join_columns,
    list_columns,
)
from analysis.estimating import count_tables, draw_tables
from analysis.printed import Printed
from analysis.programs import has_table
from analysis.relations import ColumnArrays, fits_arrays

SAMPLE = 1_000  # tables of a sample

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
    shape = (-1, len(printed.groups), len(printed.stages))
    if printed.counted:
        known = np.array([printed.counts[group] for group in printed.groups], dtype=np.int64)
        return Solution("unique", 1, known.reshape(shape), {})
    try:
        columns = [list_columns(printed, group, rounding.rules) for group in printed.groups]
        number, admitted, places = _sweep(printed, rounding, columns, max_tables)
    except TooManyError:
        counted = count_tables(printed, rounding, seed)
        hits = counted["estimate"] if isinstance(counted, dict) else counted
        if not hits and not (isinstance(counted, dict) and has_table(printed, rounding)):
            return Solution("none", 0, np.empty((0, *shape[1:]), dtype=np.int64), None)
        drawn = draw_tables(printed, rounding, SAMPLE, seed) if hits else []
        return Solution("too_many", counted, np.array(drawn, dtype=np.int64).reshape(shape), None)
    if number > max_tables:
        ranks = np.sort(np.random.default_rng(seed).integers(number, size=SAMPLE))
        places = _at_ranks(printed, rounding, columns, ranks)
    tables = _tables_at(columns, places)
    status = "none" if not number else "unique" if number == 1 else "several"
    _recheck(printed, rounding, tables)
    return Solution("too_many" if number > max_tables else status, number, tables, admitted)


def possible_counts(printed: Printed, rounding: Rounding) -> dict[str, list[list[int]]] | None:
    """For each column and stage the counts that some table has, in order; None where not all were seen."""
    try:
        columns = [list_columns(printed, group, rounding.rules) for group in printed.groups]
        seen = [np.zeros(len(column.n), dtype=bool) for column in columns]
        sums: list[set[int]] = [set() for _ in printed.stages]
        for block in join_columns(printed, rounding, columns):
            for places, met in zip(block.places.T, seen, strict=True):
                met[places] = True
            for cell, known in zip(block.counts, sums, strict=True):
                known.update(np.unique(cell).tolist())
    except TooManyError:
        return None
    counts = {
        group: [np.unique(cell).tolist() for cell in column.counts[met].T]
        for group, column, met in zip(printed.groups, columns, seen, strict=True)
    }
    return counts if printed.total is None else {**counts, printed.total: [sorted(known) for known in sums]}


def number_of(printed: Printed, rounding: Rounding, seed: int) -> int | dict[str, Any]:
    """The number of tables: counted by boxes, or under a total by listing where that is within reach."""
    if printed.counted:
        return 1
    if printed.total is None:
        return count_tables(printed, rounding, seed)
    try:
        columns = [list_columns(printed, group, rounding.rules) for group in printed.groups]
        return _sweep(printed, rounding, columns, 0)[0]
    except TooManyError:
        return count_tables(printed, rounding, seed)


def _sweep(
    printed: Printed, rounding: Rounding, columns: list[Columns], max_tables: int
) -> tuple[int, dict[str, int], NDArray[np.int64]]:
    """The number of tables, of each rule too, and the places of their columns unless there are too many."""
    if prod(len(column.n) for column in columns) > MOST_PAIRS and printed.total is None:
        raise TooManyError("more tables than can be gone through")
    number, kept = 0, [np.empty((0, len(columns)), dtype=np.int64)]
    admitted = dict.fromkeys(rounding.rules, 0)
    for block in join_columns(printed, rounding, columns):
        number += len(block.n)
        for bit, rule in enumerate(rounding.rules):
            admitted[rule] += int(np.count_nonzero(block.rules & (1 << bit)))
        if number <= max_tables:
            kept.append(block.places)
    return number, admitted, np.concatenate(kept)


def _tables_at(columns: list[Columns], places: NDArray[np.int64]) -> Tables:
    return np.stack([column.counts[places[:, g]] for g, column in enumerate(columns)], axis=1)


def _at_ranks(
    printed: Printed, rounding: Rounding, columns: list[Columns], ranks: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The tables of sorted ranks in the order of the sweep."""
    kept, before = [], 0
    for block in join_columns(printed, rounding, columns):
        inside = ranks[(ranks >= before) & (ranks < before + len(block.n))]
        kept.append(block.places[inside - before])
        before += len(block.n)
    return np.concatenate(kept)


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
