"""Every table of counts that fits a published table of rounded percentages.

Percentages are read as what they are, rounded; counts are derived from them, never data, and carry the
rules, the n and the number of tables with them. "Exactly one table" is meant given that n and these rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from analysis.errors import RecoveryError
from analysis.old.counts.audit import explain_none
from analysis.old.counts.solving.candidates import Rounding, read_rounding, to_record
from analysis.old.counts.solving.printed import MOST_DECIMALS, Printed, Sizes, read_printed
from analysis.old.counts.solving.solutions import Solution, find_tables, number_of, sample_of
from analysis.old.rounding import DEFAULT_RULES, publish

MAX_TABLES = 10_000

Rules = str | Sequence[str]


def recover_counts(
    survey: pd.DataFrame,
    wave: str,
    *,
    n: Sizes | None = None,
    max_n: int | None = None,
    rounding: Rules = DEFAULT_RULES,
    total_rounding: Rules | None = None,
    max_tables: int = MAX_TABLES,
    seed: int = 0,
) -> pd.DataFrame:
    """Every table of counts that rounds to the published percentages of a wave.

    Parameters
    ----------
    survey : DataFrame
        A survey, as ``load_survey`` returns it.
    wave : str
        The id of the wave.
    n : mapping, optional
        For a group its n, or the n that it may have (a range, list or set). Groups that are not named
        have the n of the survey.
    max_n : int, optional
        The n of the survey are not used: a group that ``n`` does not name may have any n up to this.
    rounding : str or sequence of str
        One rule, or several whose tables are united; in one table all groups follow the same rule.
    total_rounding : str or sequence of str, optional
        Another rule for the total; left out, it follows the rule of its groups.
    max_tables : int
        With more tables than this a sample is returned instead of a list.
    seed : int
        Of the sample, and of an estimated number.

    Returns
    -------
    DataFrame
        One row per table; one column per part group and stage (MultiIndex ``group``, ``stage``), answers.
        An unpublished stage is a free cell; of a column with several of them, the rules that keep the sum
        bind the published ones only, so the set may be too wide, never too narrow.

        ``attrs``: ``status`` ("unique", "several", "none" or "too_many"), ``n_tables`` (exact, or a dict
        with ``estimate``, ``low``, ``high``), ``rules``, ``admitted`` (tables by rule), ``n`` (by group;
        lowest and highest where it varies), ``percent`` (as published, by group), ``basis`` ("counted"
        where the survey has the counts, else "recovered") and ``reason`` (why there is none). With
        "too_many" the rows are a seeded uniform sample, not the list; ``seed``, and ``problem``, which is
        what `across_tables` needs for exact bounds.

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
    printed = read_printed(survey, wave, n=n, max_n=max_n)
    if printed.codebook.withheld(wave):
        raise RecoveryError(
            f"stages of {wave} were withheld to protect single answers, so their counts are not recovered"
        )
    rules = read_rounding(rounding, total_rounding)
    found = find_tables(printed, rules, max_tables=max_tables, seed=seed)
    count_tables = _frame(printed, rules, found)
    if found.status == "none":
        count_tables.attrs["reason"] = explain_none(printed, rules)
    if found.status == "too_many":
        count_tables.attrs |= {"seed": seed, "problem": to_record(printed, rules)}
    return count_tables


def number_of_tables(
    survey: pd.DataFrame,
    wave: str,
    *,
    n: Sizes | None = None,
    max_n: int | None = None,
    rounding: Rules = DEFAULT_RULES,
    total_rounding: Rules | None = None,
    seed: int = 0,
) -> int | dict[str, Any]:
    """How many tables of counts fit a wave; parameters and errors are those of `recover_counts`.

    Returns
    -------
    int or dict
        The exact number, however large. Where none is within reach (a total over large groups) a seeded
        estimate that says so: ``estimate``, ``low``, ``high``, ``level``, ``method``, ``draws``, ``seed``.

    Raises
    ------
    RecoveryError, RequestError
        As `recover_counts`.
    """
    printed = read_printed(survey, wave, n=n, max_n=max_n)
    return number_of(printed, read_rounding(rounding, total_rounding), seed)


def sample_tables(
    survey: pd.DataFrame,
    wave: str,
    *,
    size: int = 1_000,
    n: Sizes | None = None,
    max_n: int | None = None,
    rounding: Rules = DEFAULT_RULES,
    total_rounding: Rules | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Tables drawn from all that fit a wave, each equally likely, with replacement.

    A sample shows what the tables look like; it bounds nothing. Parameters are those of `recover_counts`.

    Returns
    -------
    DataFrame
        One row per drawn table, columns as in `recover_counts`; ``attrs["status"]`` is "too_many", as these
        rows are no list.

    Raises
    ------
    RecoveryError
        As `recover_counts`; or no table fits, or hardly any drawn one does.
    """
    printed = read_printed(survey, wave, n=n, max_n=max_n)
    rules = read_rounding(rounding, total_rounding)
    tables = sample_of(printed, rules, size, seed)
    if len(tables) < size:
        raise RecoveryError(f"{len(tables)} of {size} tables of {wave} could be drawn; see cell_bounds")
    sample = _frame(printed, rules, Solution("too_many", number_of(printed, rules, seed), tables, None))
    sample.attrs |= {"seed": seed, "problem": to_record(printed, rules)}
    return sample


def wave_counts(
    survey: pd.DataFrame,
    wave: str,
    *,
    n: Sizes | None = None,
    max_n: int | None = None,
    rounding: Rules = DEFAULT_RULES,
    total_rounding: Rules | None = None,
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
    count_tables = recover_counts(
        survey, wave, n=n, max_n=max_n, rounding=rounding, total_rounding=total_rounding
    )
    if count_tables.attrs["status"] != "unique":
        raise RecoveryError(_why_not_unique(count_tables))
    groups, stages = (list(count_tables.columns.get_level_values(level).unique()) for level in (0, 1))
    counts = pd.DataFrame(
        count_tables.to_numpy().reshape(len(groups), len(stages)).T,
        index=pd.CategoricalIndex(stages, categories=stages, ordered=True, name="stage"),
        columns=pd.Index(groups, name="group"),
    )
    counts.attrs = dict(count_tables.attrs)
    return counts


def _frame(printed: Printed, rounding: Rounding, found: Solution) -> pd.DataFrame:
    groups, stages = len(printed.groups), len(printed.stages)
    places = [[place // stages for place in range(groups * stages)], [*range(stages)] * groups]
    columns = pd.MultiIndex([printed.groups, printed.stages], places, names=["group", "stage"])
    count_tables = pd.DataFrame(found.tables.reshape(len(found.tables), len(columns)), columns=columns)
    sizes = {group: printed.sizes[group] or () for group in printed.groups}
    count_tables.attrs = {
        "codebook": printed.codebook,
        "wave": printed.wave,
        "basis": "counted" if printed.counted else "recovered",
        "status": found.status,
        "n_tables": found.n_tables,
        "rules": [] if printed.counted else list(rounding.rules),
        "admitted": found.admitted,
        "n": {group: n[0] if len(n) == 1 else [n[0], n[-1]] for group, n in sizes.items()},
        "decimals": printed.decimals,
        "percent": {group: _percentages(printed, group) for group in printed.columns},
    }
    return count_tables


def _percentages(printed: Printed, group: str) -> list[float | None]:
    """The published figures of a group, so that whatever is computed from its tables prints the same."""
    return [None if units is None else units / 10**printed.decimals for units in printed.units[group]]


def _why_not_unique(count_tables: pd.DataFrame) -> str:
    """How many tables fit instead of one, and what would settle it."""
    attrs = count_tables.attrs
    if attrs["status"] == "none":
        return str(attrs["reason"])
    number = attrs["n_tables"]
    if isinstance(number, dict):
        number = f"about {number['estimate']:.2g} ({number['low']:.2g} to {number['high']:.2g})"
    open_n = [group for group, n in attrs["n"].items() if isinstance(n, list)]
    settles = [f"the n of {', '.join(open_n)}"] if open_n else []
    settles += _settling_decimals(count_tables)
    return (
        f"{number} tables of counts fit {attrs['wave']} under {', '.join(attrs['rules'])}, not exactly one; "
        f"what would settle it: {', '.join([*settles, 'the counts themselves'])}. "
        "Use recover_counts for all of them, or compare the published shares"
    )


def _settling_decimals(count_tables: pd.DataFrame) -> list[str]:
    """With how many more decimals the listed tables would print differently, if with any."""
    if count_tables.attrs["status"] != "several":
        return []
    groups = list(count_tables.columns.get_level_values(0).unique())
    columns = [count_tables[group].to_numpy() for group in groups]
    for decimals in range(count_tables.attrs["decimals"] + 1, MOST_DECIMALS + 1):
        prints = {
            tuple(tuple(publish(column[row], decimals=decimals)) for column in columns if column[row].any())
            for row in range(len(count_tables))
        }
        if len(prints) == len(count_tables):
            return [f"percentages with {decimals} decimal{'s' if decimals > 1 else ''}"]
    return []
