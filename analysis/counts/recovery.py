"""Every table of counts that fits a published table of rounded percentages.

Percentages are read as what they are, rounded; counts are derived from them, never data, and carry the
rules, the n and the number of tables with them. "Exactly one table" is meant given that n and these rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.codebook import codebook_of
from analysis.counts.audit import explain_none
from analysis.counts.columns import TooManyError, find_tables, narrow_windows, no_tables
from analysis.counts.reading import GroupSizes, PrintedWave, read_wave
from analysis.errors import RecoveryError, RequestError, unknown_code
from analysis.rounding import DEFAULT_RULES, join_ends, rule_names, whole

MAX_TABLES = 10_000
MOST_BOUNDED = 200_000  # tables to go through for the bounds of their cells


def recover_counts(
    survey: pd.DataFrame,
    wave: str | None = None,
    *,
    n: GroupSizes | None = None,
    max_n: int | None = None,
    rounding: str | Sequence[str] = DEFAULT_RULES,
    max_tables: int = MAX_TABLES,
) -> pd.DataFrame:
    """Every table of counts that rounds to the published percentages of a wave.

    The figures are taken as unweighted, with all answers shown and one answer from each respondent, unless
    the codebook says otherwise.

    Parameters
    ----------
    survey : DataFrame
        A survey, as ``load_survey`` returns it.
    wave : str, optional
        The id of the wave; left out, the latest complete one.
    n : mapping or int, optional
        For a group its n, or the n that it may have (a range, list or set); one number where there is one
        group. Groups that are not named have the n of the survey.
    max_n : int, optional
        The n of the survey are not used: a group that ``n`` does not name may have any n up to this.
    rounding : str or sequence of str
        One rule, or several whose tables are united; in one table all columns follow the same rule.
    max_tables : int
        With more tables than this, bounds are returned instead of a list.

    Returns
    -------
    DataFrame
        One row per table (index ``table``); one column per part group and stage (MultiIndex ``group``,
        ``stage``), answers. An unpublished stage is free; of a column with several of them, the rules that
        keep the sum bind the published ones only, so the set may be too wide, never too narrow. With too many
        tables two rows (index ``bound``: "low", "high"): no table has fewer or more answers in a cell.

        ``attrs``: ``status`` ("unique", "several", "none" or "too_many"), ``n_tables`` (None if too many),
        ``rules``, ``admitted`` (tables by rule), ``n`` (by group; lowest and highest where it varies),
        ``percent`` (as published, by group), ``limits`` (the stages printed as "<1", if any), ``decimals``,
        ``basis`` ("counted" where the survey has the counts, else "recovered"), ``assumed`` (what was given
        here), ``max_tables`` and ``reason`` (why there is none).

    Raises
    ------
    RecoveryError
        The wave cannot be recovered (weighted, withheld, different bases, unknown n without a bound).
    RequestError
        Unknown wave, group or rule.

    Examples
    --------
    >>> from analysis.survey.table import load_survey
    >>> count_tables = recover_counts(load_survey(), "2020-autumn")
    >>> count_tables.attrs["status"], count_tables["vocational"].iloc[0].tolist()
    ('unique', [15, 15, 22, 26, 2])
    """
    names = rule_names(rounding)
    printed = read_wave(survey, wave, n=n, max_n=max_n)
    if printed.codebook.withheld(printed.wave):
        raise RecoveryError(
            f"stages of {printed.wave} were withheld to protect single answers, so their counts are not "
            "recovered"
        )
    attrs = _attrs(printed, names)
    attrs |= {"assumed": _assumed(printed, n, max_n, names), "max_tables": max_tables}
    try:
        tables = find_tables(printed, names, max_tables)
    except TooManyError:
        bounds = narrow_windows(printed, names)
        if bounds is not None:
            limits = _frame(printed, np.array(bounds), pd.Index(["low", "high"], name="bound"))
            limits.attrs |= attrs | {"status": "too_many", "n_tables": None, "admitted": {}}
            return limits
        tables = no_tables(printed)
    number = len(tables.counts)
    count_tables = _frame(printed, tables.counts, pd.RangeIndex(number, name="table"))
    status = "several" if number > 1 else ("unique" if number else "none")
    admitted = {name: int((tables.rules >> bit & 1).sum()) for bit, name in enumerate(attrs["rules"])}
    count_tables.attrs |= attrs | {"status": status, "n_tables": number, "admitted": admitted}
    if status == "none":
        count_tables.attrs["reason"] = explain_none(printed, names)
    return count_tables


def wave_counts(
    survey: pd.DataFrame,
    wave: str | None = None,
    *,
    n: GroupSizes | None = None,
    max_n: int | None = None,
    rounding: str | Sequence[str] = DEFAULT_RULES,
) -> pd.DataFrame:
    """The counts of a wave where exactly one table fits, or where the survey has them.

    Parameters are those of `recover_counts`.

    Returns
    -------
    DataFrame
        One row per stage (ordered index ``stage``), one column of answers per part group. ``attrs`` as in
        `recover_counts`: ``basis``, ``rules`` and ``n`` belong to the counts.

    Raises
    ------
    RecoveryError
        No table fits, or several: the message says how many and what would settle it.
    """
    count_tables = recover_counts(survey, wave, n=n, max_n=max_n, rounding=rounding)
    if count_tables.attrs["status"] != "unique":
        raise RecoveryError(_why_not_unique(count_tables))
    return next(_each_table(count_tables))


def cell_bounds(
    survey: pd.DataFrame,
    wave: str | None = None,
    *,
    n: GroupSizes | None = None,
    max_n: int | None = None,
    rounding: str | Sequence[str] = DEFAULT_RULES,
) -> pd.DataFrame:
    """The fewest and most answers in each cell over all tables that fit, however many they are.

    Parameters are those of `recover_counts`.

    Returns
    -------
    DataFrame
        One row per group (the total too) × stage: ``group``, ``stage``, ``low``, ``high`` (answers),
        ``n_values`` (how many counts are possible) and ``method``: "all tables" where each was gone
        through, else "windows": no table lies outside, though the ends may not be reached.

    Raises
    ------
    RecoveryError
        No table fits, or as `recover_counts`.
    """
    return bound_cells(read_wave(survey, wave, n=n, max_n=max_n), rule_names(rounding))


def bound_cells(printed: PrintedWave, names: Sequence[str]) -> pd.DataFrame:
    """The frame of `cell_bounds` for a wave that has been read; refused where no table fits."""
    method = "all tables"
    try:
        counts = find_tables(printed, names, MOST_BOUNDED).counts
        if printed.total and printed.exhaustive:
            counts = np.concatenate([counts, counts.sum(1, keepdims=True)], axis=1)
        bounds = (counts.min(0), counts.max(0)) if len(counts) else None
    except TooManyError:
        method, bounds = "windows", narrow_windows(printed, names)
    if bounds is None:
        raise RecoveryError(explain_none(printed, names))
    low, high = bounds
    values = high - low + 1
    if method == "all tables":
        values = 1 + np.count_nonzero(np.diff(np.sort(counts, axis=0), axis=0), axis=0)
    rows = [
        (group, stage, *cell, method)
        for group, *columns in zip(printed.names, low.tolist(), high.tolist(), values.tolist(), strict=False)
        for stage, *cell in zip(printed.stages, *columns, strict=False)
    ]
    frame = pd.DataFrame(rows, columns=["group", "stage", "low", "high", "n_values", "method"])
    for name, codes in (("group", printed.codebook.groups), ("stage", printed.stages)):
        frame[name] = pd.Categorical(frame[name], categories=codes, ordered=True)
    frame = frame.sort_values(["group", "stage"], ignore_index=True)
    frame.attrs = {"codebook": printed.codebook, "wave": printed.wave, "rules": list(names)}
    return frame


def possible(table: pd.DataFrame, counts: pd.DataFrame) -> tuple[bool, str]:
    """Whether a table of counts is one of those that fit, and which cell or sum speaks against it.

    Parameters
    ----------
    table : DataFrame
        Answers: one row per stage, one column per part group, as `wave_counts` returns them.
    counts : DataFrame
        From `recover_counts`.

    Returns
    -------
    tuple of bool and str
        True and "" where the table is in the set; with too many tables to list, where it lies inside the
        bounds. Otherwise False and the reason.

    Raises
    ------
    RequestError
        The table lacks a group or a stage.

    Examples
    --------
    >>> from analysis.survey.table import load_survey
    >>> tables = recover_counts(load_survey(), "2020-autumn")
    >>> table = wave_counts(load_survey(), "2020-autumn")
    >>> possible(table, tables)
    (True, '')
    >>> table.loc["piloting", "general"] += 1
    >>> possible(table, tables)
    (False, 'general adds up to 96, but its n is 95')
    """
    for level, axis in ((0, table.columns), (1, table.index)):
        for code in counts.columns.get_level_values(level).unique():
            if code not in axis:
                raise RequestError(
                    unknown_code(str(counts.columns.names[level]), str(code), list(map(str, axis)))
                )
    answers = table.to_dict()
    keys = list(zip(*map(counts.columns.get_level_values, (0, 1)), strict=True))
    cells = [int(answers[group][stage]) for group, stage in keys]
    attrs, rows = counts.attrs, counts.to_numpy()
    if attrs.get("status") != "too_many" and (rows == np.array(cells)).all(1).any():
        return True, ""
    codebook = codebook_of(counts)
    for group, n in attrs.get("n", {}).items() if codebook.adds_up else ():
        ends = n if isinstance(n, list) else [n, n]
        together = sum(answers[group].values())
        if not ends[0] <= together <= ends[1]:
            return False, f"{group} adds up to {together}, but its n is {join_ends(*ends)}"
    for (group, stage), count, column in zip(keys, cells, rows.T, strict=True):
        if len(column) and not column.min() <= count <= column.max():
            span = join_ends(column.min(), column.max())
            return False, f"{group} {stage} is {count}; every table that fits has {span}"
    if attrs.get("status") == "too_many":
        return True, ""
    return False, "each cell could be so, but no table that fits has all of them at once"


def across_tables(count_tables: pd.DataFrame, statistic: Callable[[pd.DataFrame], Any]) -> pd.DataFrame:
    """The lowest and highest value of a statistic over all tables of counts that fit.

    The set is no distribution: no table is likelier than another, so there is no average and no likely value.

    Parameters
    ----------
    count_tables : DataFrame
        From `recover_counts`, listed.
    statistic : callable
        A function of a ``counts`` frame (stages × groups) that returns a number, a truth value, or a
        mapping or Series of them.

    Returns
    -------
    DataFrame
        One row per value that the statistic returns (``statistic`` is its name): ``low``, ``high``, ``same``
        (whether all tables give one value) and ``n_tables``.

    Raises
    ------
    RecoveryError
        No table fits, or too many to go through each.
    """
    attrs = count_tables.attrs
    if not len(count_tables):
        raise RecoveryError(attrs.get("reason", "no table of counts fits"))
    if attrs.get("status") == "too_many":
        raise RecoveryError(
            "there are too many to go through each; use the bounds of their cells (cell_bounds)"
        )
    values = pd.DataFrame(
        dict(value if hasattr(value, "keys") else {"value": value})
        for value in map(statistic, _each_table(count_tables))
    )
    ranges = pd.DataFrame({"low": values.min(), "high": values.max()}).rename_axis("statistic").reset_index()
    ranges["same"] = ranges["low"] == ranges["high"]
    ranges["n_tables"] = len(count_tables)
    ranges.attrs = {name: attrs[name] for name in ("codebook", "wave", "rules", "n") if name in attrs}
    return ranges


def _each_table(count_tables: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Each table as a ``counts`` frame, stages × groups."""
    groups, stages = (list(count_tables.columns.get_level_values(level).unique()) for level in (0, 1))
    index = pd.CategoricalIndex(stages, categories=stages, ordered=True, name="stage")
    for row in count_tables.to_numpy().reshape(-1, len(groups), len(stages)):
        counts = pd.DataFrame(row.T, index=index, columns=pd.Index(groups, name="group"))
        counts.attrs = dict(count_tables.attrs)
        yield counts


def _frame(printed: PrintedWave, counts: Any, index: pd.Index) -> pd.DataFrame:
    """Rows of counts, each groups × cells; what is not shown and the total are left out."""
    groups, stages = len(printed.groups), len(printed.stages)
    places = [[place // stages for place in range(groups * stages)], [*range(stages)] * groups]
    levels = [list(printed.groups), printed.stages]
    columns = pd.MultiIndex(levels, places, names=["group", "stage"], verify_integrity=False)
    rows = counts[:, :groups, :stages].reshape(len(counts), groups * stages)
    return pd.DataFrame(rows, columns=columns, index=index)


def _attrs(printed: PrintedWave, names: Sequence[str]) -> dict[str, Any]:
    limits = {
        group: [s for s, cell in zip(printed.stages, printed.columns[group].cells, strict=False) if cell.sign]
        for group in printed.names
    }
    return {
        "codebook": printed.codebook,
        "wave": printed.wave,
        "basis": "counted" if printed.counted else "recovered",
        "rules": [] if printed.counted else list(names),
        "n": _ends(printed, printed.groups),
        "decimals": printed.decimals,
        "percent": {group: _percentages(printed, group) for group in printed.names},
    } | ({"limits": limits} if any(limits.values()) else {})


def _ends(printed: PrintedWave, groups: Iterable[str]) -> dict[str, int | list[int]]:
    """The n of each group, where it varies the lowest and the highest."""
    sizes = {group: printed.sizes[group] or () for group in groups}
    return {group: n[0] if len(n) == 1 else [n[0], n[-1]] for group, n in sizes.items() if n}


def _percentages(printed: PrintedWave, group: str) -> list[float | None]:
    """The published figures of a group, so that whatever is computed from its tables prints the same."""
    cells = printed.columns[group].cells[: len(printed.stages)]
    return [None if cell.units is None else cell.units / (cell.unit // 100) for cell in cells]


def _assumed(
    printed: PrintedWave, n: GroupSizes | None, max_n: int | None, names: Sequence[str]
) -> dict[str, Any]:
    """What the user said in place of the survey and the defaults."""
    given = set(printed.names) if max_n else set(n) if isinstance(n, Mapping) else set(printed.groups)
    assumed: dict[str, Any] = {}
    if n is not None or max_n is not None:
        assumed["n"] = _ends(printed, (group for group in printed.names if group in given))
    return assumed | ({} if set(names) == set(DEFAULT_RULES) else {"rounding": list(names)})


def _why_not_unique(count_tables: pd.DataFrame) -> str:
    """How many tables fit instead of one, and what would settle it."""
    attrs = count_tables.attrs
    if attrs["status"] == "none":
        return str(attrs["reason"])
    number = attrs["n_tables"] or f"more than {attrs['max_tables']}"
    open_n = [group for group, n in attrs["n"].items() if isinstance(n, list)]
    settles = [f"the n of {', '.join(open_n)}"] if open_n else []
    settles += _settling_decimals(count_tables)
    return (
        f"{number} tables of counts fit the percentages of {attrs['wave']} under "
        f"{', '.join(attrs['rules'])}, not exactly one; "
        f"what would settle it: {', '.join([*settles, 'the counts themselves'])}. "
        "Use recover_counts for all of them, or compare the published shares"
    )


def _settling_decimals(count_tables: pd.DataFrame) -> list[str]:
    """With how many more decimals the listed tables would print differently, if with any."""
    if count_tables.attrs["status"] != "several":
        return []
    groups = len(count_tables.columns.get_level_values("group").unique())
    tables = count_tables.to_numpy().reshape(len(count_tables), groups, -1)
    n = np.maximum(tables.sum(2, keepdims=True), 1)
    for decimals in range(count_tables.attrs["decimals"] + 1, 4):
        printed = (2 * whole(decimals) * tables + n) // (2 * n)
        if len(np.unique(printed, axis=0)) == len(tables):
            return [f"percentages with {decimals} decimal{'s' if decimals > 1 else ''}"]
    return []
