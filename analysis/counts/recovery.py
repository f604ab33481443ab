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
from analysis.counts.assumptions import explain_none
from analysis.counts.columns import find_tables_or_bounds
from analysis.counts.reading import GroupSizes, PrintedWave, read_wave
from analysis.errors import RecoveryError, RequestError, unknown_code
from analysis.rounding import DEFAULT_RULES, join_ends, rule_names

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
    tables = find_tables_or_bounds(printed, names, max_tables)
    number = len(tables.counts) if tables.listed else None
    index = pd.Index(["low", "high"], name="bound") if number is None else pd.RangeIndex(number, name="table")
    shape = len(printed.groups), len(printed.stages)  # without what is not shown, and the total
    levels, places = [list(printed.groups), printed.stages], np.indices(shape).reshape(2, -1).tolist()
    columns = pd.MultiIndex(levels, places, names=["group", "stage"], verify_integrity=False)
    rows = tables.counts[:, : shape[0], : shape[1]].reshape(len(index), len(columns))
    count_tables = pd.DataFrame(rows, columns=columns, index=index)
    rules = [] if printed.counted else list(names)
    limits = {
        group: [s for s, cell in zip(printed.stages, printed.columns[group].cells, strict=False) if cell.sign]
        for group in printed.names
    }
    count_tables.attrs = {
        "codebook": printed.codebook,
        "wave": printed.wave,
        "basis": "counted" if printed.counted else "recovered",
        "rules": rules,
        "n": _ends(printed, printed.groups),
        "decimals": printed.decimals,
        "percent": {group: _percentages(printed, group) for group in printed.names},
        "assumed": _assumed(printed, n, max_n, names),
        "max_tables": max_tables,
        "status": {None: "too_many", 0: "none", 1: "unique"}.get(number, "several"),
        "n_tables": number,
        "admitted": {r: int((tables.rules >> bit & 1).sum()) for bit, r in enumerate(rules) if tables.listed},
    }
    count_tables.attrs |= {"limits": limits} if any(limits.values()) else {}
    count_tables.attrs |= {"reason": explain_none(printed, names)} if number == 0 else {}
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
    attrs = count_tables.attrs
    if attrs["status"] == "none":
        raise RecoveryError(attrs["reason"])
    if attrs["status"] != "unique":
        number = attrs["n_tables"] or f"more than {attrs['max_tables']}"
        open_n = [f"the n of {group}" for group, sizes in attrs["n"].items() if isinstance(sizes, list)]
        raise RecoveryError(
            f"{number} tables of counts fit the percentages of {attrs['wave']} under "
            f"{', '.join(attrs['rules'])}, not exactly one; what could settle it: "
            f"{', '.join([*open_n, 'percentages with more decimals', 'the counts themselves'])}. "
            "Use recover_counts for all of them, or compare the published shares"
        )
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
    tables = find_tables_or_bounds(printed, names, MOST_BOUNDED)
    counts = tables.counts
    if not len(counts):
        raise RecoveryError(explain_none(printed, names))
    if tables.listed and printed.total and printed.codebook.exhaustive:
        counts = np.concatenate([counts, counts.sum(1, keepdims=True)], axis=1)
    low, high = counts.min(0), counts.max(0)
    distinct = 1 + np.count_nonzero(np.diff(np.sort(counts, axis=0), axis=0), axis=0)
    cells = np.stack([low, high, distinct if tables.listed else high - low + 1], axis=-1)
    rows = [
        (group, stage, *cell, "all tables" if tables.listed else "windows")
        for group, column in zip(printed.names, cells.tolist(), strict=False)
        for stage, cell in zip(printed.stages, column, strict=False)
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
    attrs, listed, answers = counts.attrs, counts.attrs.get("status") != "too_many", table.to_dict()
    keys = list(zip(*map(counts.columns.get_level_values, (0, 1)), strict=True))
    cells = [int(answers[group][stage]) for group, stage in keys]
    if listed and (counts.to_numpy() == cells).all(1).any():
        return True, ""
    for group, n in attrs.get("n", {}).items() if codebook_of(counts).adds_up else ():
        least, most = n if isinstance(n, list) else (n, n)
        if not least <= (together := int(table[group].sum())) <= most:
            return False, f"{group} adds up to {together}, but its n is {join_ends(least, most)}"
    ends = zip(keys, cells, counts.min(), counts.max(), strict=True)
    for (group, stage), count, low, high in ends if len(counts) else ():
        if not low <= count <= high:
            return False, f"{group} {stage} is {count}; every table that fits has {join_ends(low, high)}"
    if listed:
        return False, "each cell could be so, but no table that fits has all of them at once"
    return True, ""


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


def _ends(printed: PrintedWave, groups: Iterable[str]) -> dict[str, int | list[int]]:
    """The n of each group, where it varies the lowest and the highest."""
    sizes = {group: printed.sizes[group] for group in groups}
    return {group: n[0] if len(n) == 1 else [n[0], n[-1]] for group, n in sizes.items()}


def _percentages(printed: PrintedWave, group: str) -> list[float | None]:
    """The published figures of a group, so that whatever is computed from its tables prints the same."""
    cells = printed.columns[group].cells[: len(printed.stages)]
    return [None if cell.units is None else cell.units / (cell.unit // 100) for cell in cells]


def _assumed(
    printed: PrintedWave, n: GroupSizes | None, max_n: int | None, names: Sequence[str]
) -> dict[str, Any]:
    """What the user said in place of the survey and the defaults."""
    given = {*(n if isinstance(n, Mapping) else printed.groups), *(printed.groups if max_n else ())}
    assumed: dict[str, Any] = {}
    if n is not None or max_n is not None:
        assumed["n"] = _ends(printed, (group for group in printed.names if group in given))
    return assumed | ({} if set(names) == set(DEFAULT_RULES) else {"rounding": list(names)})
