"""Which rounding rules could have printed a wave, where each one fails, and which n near by it would fit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from analysis.counts.columns import (
    FAR,
    TooManyError,
    find_tables,
    join_columns,
    list_columns,
    narrow_windows,
)
from analysis.counts.reading import GroupSizes, PrintedWave, read_wave
from analysis.rounding import RULES, rule_names

AROUND = 20  # how far from each n the nearest ones that fit are looked for
MOST_AUDITED = 1_000_000  # tables to count one by one under a rule


def audit_rounding(
    survey: pd.DataFrame,
    wave: str | None = None,
    *,
    n: GroupSizes | None = None,
    max_n: int | None = None,
    rules: Sequence[str] = (),
) -> pd.DataFrame:
    """Which rule could have printed this table: every rule against every column and all together.

    Parameters
    ----------
    survey : DataFrame
        A survey; counts in it are not used.
    wave : str, optional
        The id of the wave; left out, the latest complete one.
    n, max_n
        As in `recover_counts`.
    rules : sequence of str
        The rules to try; all of them when left out.

    Returns
    -------
    DataFrame
        One row per rule: ``rule``; ``sums`` (whether the rule allows the sums of the printed columns); for
        each column of the wave, named by its group, the number of ways to count it that fit alone (None
        where there are too many to list); ``n_tables`` (all columns together, None where too many); ``fits``
        (with too many: nothing speaks against it); ``nearest`` (n by group that the rule fits, nearest to
        the given ones; None where there is none within 20 answers of each, or too many to look through).

    Raises
    ------
    RecoveryError
        The wave cannot be recovered.
    RequestError
        Unknown wave, group or rule.
    """
    printed = read_wave(survey, wave, n=n, max_n=max_n).without_counts()
    rows = [_audit(printed, rule) for rule in rule_names(rules or tuple(RULES))]
    audit = pd.DataFrame(rows, dtype=object).astype({"rule": str, "sums": bool, "fits": bool})
    sizes = {group: list(size) if size else None for group, size in printed.sizes.items()}
    audit.attrs = {"codebook": printed.codebook, "wave": printed.wave, "n": sizes}
    return audit


def explain_none(printed: PrintedWave, names: Sequence[str]) -> str:
    """Why no table fits: what to ask first, which column fails under which rule, and which n would fit."""
    sentences = []
    for name in names:
        failing = [group for group in printed.groups if _alone(printed, group, name) == 0]
        if failing:
            columns = " and ".join(f"{group} ({_said(printed.sizes[group])})" for group in failing)
            sentence = f"{name}: no counts of {columns} print its percentages"
        else:
            sentence = f"{name}: each group fits alone, but no sum of them prints {printed.total}"
        near = nearest_sizes(printed, name)
        if near:
            sentence += f"; {', '.join(f'{group}={n}' for group, n in near.items())} would fit"
        sentences.append(sentence)
    return (
        f"no table of counts fits the percentages of {printed.wave}. First ask whether the figures are "
        "weighted, or a row is not shown (no answer, don't know, other). If neither, the n or the rule is "
        f"another one. {'. '.join(sentences)}"
    )


def nearest_sizes(printed: PrintedWave, name: str) -> dict[str, int] | None:
    """The n by group nearest to the given ones that have a table: least sum of distances, then smallest."""
    if printed.total is None and len(printed.groups) > 1:
        alone = [nearest_sizes(printed._replace(groups=(group,)), name) for group in printed.groups]
        return dict(chain.from_iterable(n.items() for n in alone if n)) if all(alone) else None
    given = {group: printed.sizes[group] or (1,) for group in printed.groups}
    around: dict[str, tuple[int, ...] | None] = {
        group: tuple(range(max(1, n[0] - AROUND), n[-1] + AROUND + 1)) for group, n in given.items()
    }
    if any(len(sizes) > 10 * AROUND for sizes in around.values() if sizes):
        return None  # the given n are a range so wide that none is near it
    if printed.total:
        around[printed.total] = None if printed.exhaustive else printed.sizes[printed.total]
    moved = printed._replace(sizes=around)
    near = []
    try:
        listed = [list_columns(moved, group, [name]) for group in moved.groups]
        for block in join_columns(moved, [name], listed):
            sizes = np.array([group.n[place] for group, place in zip(listed, block.places, strict=True)])
            away = [np.abs(n[:, None] - own).min(1) for n, own in zip(sizes, given.values(), strict=True)]
            distance = np.sum(away, axis=0)
            nearest = np.unique(sizes[:, distance == distance.min(initial=FAR)], axis=1).T.tolist()
            near += [(int(distance.min()), sum(n), n) for n in nearest]
    except TooManyError:
        return None
    return dict(zip(printed.groups, min(near)[-1], strict=True)) if near else None


def _audit(printed: PrintedWave, name: str) -> dict[str, Any]:
    alone = {column: _alone(printed, column, name) for column in printed.names}
    number: int | None = 0
    if all(ways != 0 for ways in alone.values()):
        try:
            number = len(find_tables(printed, [name], MOST_AUDITED).counts)
        except TooManyError:
            number = None if narrow_windows(printed, [name]) else 0
    given = {group: (printed.sizes[group] or (0,))[0] for group in printed.groups}
    settled = number != 0 and all(len(printed.sizes[group] or ()) == 1 for group in printed.groups)
    return {
        "rule": name,
        "sums": all(_allows_sum(printed, column, name) for column in printed.names),
        **alone,
        "n_tables": number,
        "fits": number != 0,
        "nearest": given if settled else nearest_sizes(printed, name),
    }


def _alone(printed: PrintedWave, column: str, name: str) -> int | None:
    """In how many ways one column can be counted by itself; None where there are too many to list."""
    low, high = printed.total_sizes()
    sizes = printed.sizes[column] or tuple(range(low, high + 1))
    try:
        return len(list_columns(printed._replace(sizes={column: sizes}), column, [name]).n)
    except TooManyError:
        return None


def _allows_sum(printed: PrintedWave, group: str, name: str) -> bool:
    """Whether a rule can print figures with this sum, for the largest n that the column may have."""
    if printed.multiple:
        return RULES[name].span is None
    rule, column = RULES[name], printed.columns[group]
    if rule.span is not None:
        return column.under(rule) is not None
    n = (printed.sizes[group] or printed.total_sizes())[-1]
    low = high = 0  # the sum of the counts that the windows leave, in half of the finest units
    for cell in column.cells:
        ends = (0, 2 * n * cell.unit) if cell.units is None else rule.window(cell.units, n, cell.unit, 1)
        least, most = ((2 * n * (cell.units or 0) + end) * (column.unit // cell.unit) for end in ends)
        low, high = low + least, high + most
    return low <= 2 * n * column.unit <= high


def _said(sizes: Sequence[int] | None) -> str:
    if not sizes:
        return "n unknown"
    return f"n = {sizes[0]}" if len(sizes) == 1 else f"any n of {sizes[0]}-{sizes[-1]}"
