"""Printed tables for tests, and slow and plain recovery: every composition of n, judged by the rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import pandas as pd
from builders import codebook_of_codes, survey_frame

from analysis.rounding import RULES, Cell, Column, whole

WAVE = "2020-autumn"
Figures = Sequence[int | None]
Table = tuple[tuple[int, ...], ...]


def made_survey(
    columns: dict[str, Figures],
    sizes: dict[str, int],
    *,
    total: str | None = None,
    decimals: int = 0,
    facts: dict[str, Any] | None = None,
    **wave: Any,
) -> pd.DataFrame:
    """A survey of one wave from printed units by group, None where unpublished; ``facts`` of the codebook."""
    stages = [f"s{place}" for place in range(len(next(iter(columns.values()))))]
    waves = [{"id": WAVE, "decimals": decimals, **wave}]
    codebook = codebook_of_codes(stages, list(columns), total, waves, **(facts or {}))
    published = {
        (WAVE, group): {s: a / 10**decimals for s, a in zip(stages, column, strict=True) if a is not None}
        for group, column in columns.items()
    }
    return survey_frame(published, {(WAVE, group): n for group, n in sizes.items()}, codebook)


def listed(count_tables: pd.DataFrame) -> set[Table]:
    """The tables of a frame, each a tuple of columns."""
    groups = count_tables.columns.get_level_values(0).unique()
    return set(zip(*(map(tuple, count_tables[group].to_numpy().tolist()) for group in groups), strict=True))


def compositions(n: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Every way to share n answers among cells."""
    if parts == 1:
        yield (n,)
        return
    for first in range(n + 1):
        for rest in compositions(n - first, parts - 1):
            yield (first, *rest)


def could_print(counts: Sequence[int], column: Column, name: str) -> bool:
    """Whether a rule could print these counts so, however ties were broken."""
    rule, n = RULES[name], sum(counts)
    is_inside = n > 0 and any(
        all(low <= count <= high for count, (low, high) in zip(counts, box, strict=True))
        for box in column.boxes(rule, n)
    )
    return is_inside and bool(rule.suits(column.under(rule) or (), counts, n))


def prints(counts: Sequence[int], figures: Figures, rule: str, decimals: int = 0) -> bool:
    """Whether a rule could print these figures, some completion of the unpublished ones beside them."""
    unit, hidden = whole(decimals), [place for place, units in enumerate(figures) if units is None]
    if not RULES[rule].keeps_sum or not hidden:
        return could_print(counts, _column(figures, unit), rule)
    rest = unit - sum(units or 0 for units in figures)
    for fill in compositions(rest, len(hidden)) if rest >= 0 else ():
        whole_column = list(figures)
        for place, units in zip(hidden, fill, strict=True):
            whole_column[place] = units
        if could_print(counts, _column(whole_column, unit), rule):
            return True
    return False


def tables_that_print(
    rule: str,
    groups: Sequence[Figures],
    sizes: Sequence[int],
    total: Figures | None = None,
    decimals: int = 0,
) -> set[Table]:
    """All tables whose columns, and whose total if there is one, a rule could have printed so."""
    columns = [
        [counts for counts in compositions(n, len(figures)) if prints(counts, figures, rule, decimals)]
        for figures, n in zip(groups, sizes, strict=True)
    ]
    return {
        table
        for table in product(*columns)
        if total is None or prints([sum(stage) for stage in zip(*table, strict=True)], total, rule, decimals)
    }


def _column(figures: Figures, unit: int) -> Column:
    return Column(tuple(Cell(units, unit) for units in figures))
