"""The range of a cell, or of any statistic, over all tables of counts that fit a printed wave."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.codebook import codebook_of
from analysis.errors import RecoveryError
from analysis.old.counts.audit import explain_none
from analysis.old.counts.solving.candidates import Rounding, from_record, read_rounding
from analysis.old.counts.solving.printed import Printed, Sizes, read_printed
from analysis.old.counts.solving.programs import linear_bounds
from analysis.old.counts.solving.solutions import possible_counts
from analysis.old.rounding import DEFAULT_RULES

Statistic = Callable[[pd.DataFrame], Any] | Mapping[tuple[str, str], float]


def cell_bounds(
    survey: pd.DataFrame,
    wave: str,
    *,
    n: Sizes | None = None,
    max_n: int | None = None,
    rounding: str | Sequence[str] = DEFAULT_RULES,
    total_rounding: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """The fewest and most answers in each cell over all tables that fit; for tables too many to list.

    Parameters are those of `recover_counts`.

    Returns
    -------
    DataFrame
        One row per group (the total too) × stage: ``group``, ``stage``, ``low``, ``high`` (answers),
        ``n_values`` (how many counts are possible) and ``method``: "all tables" where each was gone
        through, else "integer program": then ``n_values`` is every count from low to high, and
        "(numerical)" is added where no table was verified at a bound.

    Raises
    ------
    RecoveryError
        No table fits, or as `recover_counts`.
    """
    printed = read_printed(survey, wave, n=n, max_n=max_n)
    return bound_cells(printed, read_rounding(rounding, total_rounding))


def bound_cells(printed: Printed, rounding: Rounding) -> pd.DataFrame:
    """The frame of `cell_bounds` for a wave that has been read.

    Raises
    ------
    RecoveryError
        No table fits.
    """
    counts = possible_counts(printed, rounding)
    if counts is not None and not counts[printed.columns[0]][0]:
        raise RecoveryError(explain_none(printed, rounding))
    rows = []
    for column in printed.columns:
        for place, stage in enumerate(printed.stages):
            if counts is None:
                found = _solve(printed, rounding, column, place)
            else:
                found = _seen(counts[column][place])
            rows.append([column, stage, *found])
    bounds = pd.DataFrame(rows, columns=["group", "stage", "low", "high", "n_values", "method"])
    for name, codes in (("group", printed.codebook.groups), ("stage", printed.stages)):
        bounds[name] = pd.Categorical(bounds[name], categories=codes, ordered=True)
    bounds = bounds.sort_values(["group", "stage"], ignore_index=True)
    bounds.attrs = {"codebook": printed.codebook, "wave": printed.wave, "rules": list(rounding.rules)}
    return bounds


def across_tables(count_tables: pd.DataFrame, statistic: Statistic) -> pd.DataFrame:
    """The lowest and highest value of a statistic over all tables of counts that fit.

    The set is no distribution: no table is likelier than another, so there is no average and no likely value.

    Parameters
    ----------
    count_tables : DataFrame
        From `recover_counts`.
    statistic : callable or mapping
        A function of a ``counts`` frame (stages × groups) that returns a number, a truth value, or a
        mapping or Series of them; or weights by (group, stage), for a weighted sum of counts.

    Returns
    -------
    DataFrame
        One row per value that the statistic returns (``statistic`` is its name): ``low`` and ``high``;
        ``same``, whether all tables give one value; ``bound``: "exact" where all tables were listed or the
        weighted sum was solved for, "numerical" where no table was verified at its ends, or "inner" where
        the tables are a sample, so that the true range may be wider; ``n_tables`` (exact, or the estimate).

    Raises
    ------
    RecoveryError
        No table fits.

    Examples
    --------
    >>> from analysis.old.counts.recovery import recover_counts
    >>> from analysis.survey.table import load_survey
    >>> tables = recover_counts(load_survey(), "2020-autumn", rounding="within_one")
    >>> across_tables(tables, {("vocational", "piloting"): 1})[["low", "high", "bound"]].values.tolist()
    [[22, 23, 'exact']]
    """
    attrs = count_tables.attrs
    if not len(count_tables):
        raise RecoveryError(attrs.get("reason", "no table of counts fits"))
    listed = attrs.get("status") != "too_many"
    if isinstance(statistic, Mapping) and not listed:
        ranges = _solved(count_tables, statistic)
    else:
        values = pd.DataFrame(_values(count_tables, statistic))
        ends = {"low": values.min().to_list(), "high": values.max().to_list()}
        ranges = pd.DataFrame({"statistic": values.columns, **ends, "bound": "exact" if listed else "inner"})
    ranges.insert(3, "same", ranges["low"] == ranges["high"])
    number = attrs.get("n_tables", len(count_tables))
    ranges["n_tables"] = number["estimate"] if isinstance(number, dict) else number
    ranges.attrs = {name: attrs[name] for name in ("codebook", "wave", "rules", "n") if name in attrs}
    return ranges


def _solved(count_tables: pd.DataFrame, weights: Mapping[tuple[str, str], float]) -> pd.DataFrame:
    """The bounds of a weighted sum over all tables, though only a sample of them is listed."""
    printed, rounding = from_record(count_tables.attrs["problem"], codebook_of(count_tables))
    places = {stage: place for place, stage in enumerate(printed.stages)}
    low, high, proved = linear_bounds(
        printed, rounding, {(group, places[stage]): weight for (group, stage), weight in weights.items()}
    )
    bound = "exact" if proved else "numerical"
    return pd.DataFrame([["weighted sum", low, high, bound]], columns=["statistic", "low", "high", "bound"])


def _values(count_tables: pd.DataFrame, statistic: Statistic) -> list[dict[Any, Any]]:
    """The values of a statistic by name, one dict a table."""
    if isinstance(statistic, Mapping):
        cells, weights = list(statistic), np.array(list(statistic.values()))
        return [{"weighted sum": value} for value in (count_tables[cells].to_numpy() @ weights).tolist()]
    groups, stages = (list(count_tables.columns.get_level_values(level).unique()) for level in (0, 1))
    index = pd.CategoricalIndex(stages, categories=stages, ordered=True, name="stage")
    found = []
    for row in count_tables.to_numpy().reshape(-1, len(groups), len(stages)):
        counts = pd.DataFrame(row.T, index=index, columns=pd.Index(groups, name="group"))
        counts.attrs = dict(count_tables.attrs)
        value = statistic(counts)
        named = (
            value.items() if hasattr(value, "items") else [(getattr(statistic, "__name__", "value"), value)]
        )
        found.append(dict(named))
    return found


def _seen(counts: list[int]) -> tuple[int, int, int, str]:
    return counts[0], counts[-1], len(counts), "all tables"


def _solve(printed: Printed, rounding: Rounding, column: str, place: int) -> tuple[int, int, int, str]:
    """One cell as a sum of the groups' cells: a cell of the total is the sum of theirs."""
    groups = printed.groups if column == printed.total else (column,)
    low, high, proved = linear_bounds(printed, rounding, {(group, place): 1.0 for group in groups})
    method = "integer program" if proved else "integer program (numerical)"
    return round(low), round(high), round(high - low) + 1, method
