"""The lowest and highest count that each published share of a wave can stand for, group by group."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analysis.codebook import codebook_of
from analysis.errors import RecoveryError
from analysis.old.counts.recovery import MAX_TABLES
from analysis.old.counts.solving.candidates import TooManyError, group_boxes, read_rounding
from analysis.old.counts.solving.printed import read_printed
from analysis.old.counts.solving.programs import has_table
from analysis.old.counts.solving.solutions import list_tables
from analysis.old.inference.cells import Cells, upwards, with_total
from analysis.old.inference.published import rows_of_wave
from analysis.old.rounding import DEFAULT_RULES

if TYPE_CHECKING:
    import pandas as pd

    from analysis.old.inference.cells import Integers


class Span(NamedTuple):
    """Lowest and highest count of a group by measure, one for each stage; unpublished ones are bounded too.

    ``n_tables`` is the number of tables behind them, None where it was not counted.
    """

    n: int
    low: dict[str, Integers]
    high: dict[str, Integers]
    basis: str
    n_tables: int | None


def wave_spans(survey: pd.DataFrame, wave: str) -> dict[str, Span]:
    """The counts that a wave's groups can have, by group; a group whose counts cannot be told is left out.

    Complete columns are recovered together with their total, under the default rules. A column with
    unpublished stages is read as rounded to the nearest: there is no sum that a rule could have kept.

    Raises
    ------
    RequestError
        The survey has no such wave.
    """
    codebook = codebook_of(survey)
    rows = rows_of_wave(survey, wave).dropna(subset=["percent", "count"], how="all")
    published = rows.groupby("group", observed=True).size()
    complete = [group for group in published.index if published[group] == len(codebook.stages)]
    joined = [complete] if set(codebook.parts) <= set(complete) else [[group] for group in complete]
    spans: dict[str, Span] = {}
    for groups in joined:
        spans |= _listed_spans(rows[rows["group"].isin(groups)], wave)
    for group in set(published.index) - set(complete):
        spans |= _boxed_span(rows, wave, group, ("nearest",))
    return spans


def _listed_spans(rows: pd.DataFrame, wave: str) -> dict[str, Span]:
    """Spans over every table of the groups and their total; by group where the tables are too many."""
    groups, rounding = list(rows["group"].unique()), read_rounding(DEFAULT_RULES)
    try:
        printed = read_printed(rows, wave)
        tables = list_tables(printed, rounding, MAX_TABLES)
    except RecoveryError:
        return {}
    except TooManyError:
        boxed = groups if has_table(printed, rounding) else []
        found = [_boxed_span(rows, wave, group, rounding.rules) for group in boxed]
        return {group: span for one in found for group, span in one.items()}
    if not len(tables):
        return {}
    cells = with_total(Cells(tables, list(printed.groups), printed.stages, {"codebook": printed.codebook}))
    basis = "counted" if printed.counted else "recovered"
    return {
        group: _span(column, column, int(n), basis, len(tables))
        for group, column, n in zip(cells.groups, cells.counts.swapaxes(0, 1), cells.n[0], strict=True)
        if group in groups
    }


def _boxed_span(rows: pd.DataFrame, wave: str, group: str, rules: tuple[str, ...]) -> dict[str, Span]:
    """The span of one group by itself, from the boxes of counts that the rules allow."""
    rows = rows[rows["group"] == group]
    try:
        printed = read_printed(rows, wave)
    except RecoveryError:
        return {}
    n = (printed.sizes[group] or (0,))[0]
    boxes = np.array([box for rule in rules for box in group_boxes(printed, group, rule, n)])
    if not len(boxes):
        return {}
    low, high = boxes[..., 0], boxes[..., 1]
    shown = [position for position, units in enumerate(printed.units[group]) if units is not None]
    fixed = (low[:, shown].min(0) == high[:, shown].max(0)).all()
    counted = all(printed.counts[group][position] is not None for position in shown)
    return {group: _span(low, high, n, "counted" if counted else "recovered", 1 if fixed else None)}


def _span(low: Integers, high: Integers, n: int, basis: str, n_tables: int | None) -> Span:
    """The span of a union of boxes (first axis) whose counts add up to n."""
    upper_low = np.maximum(upwards(low), n - high.cumsum(-1)[:, :-1])
    upper_high = np.minimum(upwards(high), n - low.cumsum(-1)[:, :-1])
    return Span(
        n,
        {"stage": low.min(0), "at_least": upper_low.min(0)},
        {"stage": high.max(0), "at_least": upper_high.max(0)},
        basis,
        n_tables,
    )
