"""The frames behind every chart, slide and page of a survey; and what would follow if more were known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.codebook import codebook_of
from analysis.counts.reading import main_wave
from analysis.errors import RequestError
from analysis.inference.cells import MEASURES, check_request, judge, read_cells, settings, with_codes
from analysis.inference.differences import compare_stages, compare_waves
from analysis.inference.effects import compare_groups
from analysis.inference.shares import estimate_shares, rows_of_wave, tables_of
from analysis.rounding import DEFAULT_RULES, rule_names

ROUNDINGS = (DEFAULT_RULES, ("floor_or_ceiling",), ("within_one",))
SPARE = 2  # answers more than the stated n of one group: what the n of a whole survey may hide of a question
MOST_GROUPS = 4  # with more, one assumption after another takes longer than the report
ASSUMPTION_COLUMNS = (
    "rounding", "n", "n_tables", "statistic", "stage", "first", "second",
    "estimate_low", "estimate_high", "p_low", "p_value", "verdict",
)  # fmt: skip


def gather_frames(
    survey: pd.DataFrame,
    *,
    wave: str | None = None,
    n: Mapping[str, Any] | None = None,
    rounding: str | Sequence[str] = DEFAULT_RULES,
    level: float = 0.95,
    adjust: str = "family",
    population: Mapping[str, int] | None = None,
) -> dict[str, pd.DataFrame]:
    """The frames of a survey by the name of what is drawn or told from them.

    Parameters
    ----------
    survey : DataFrame
        Rows of the survey table.
    wave : str, optional
        The wave to report; left out, the main one.
    n, rounding
        Other n and rules than the survey's, as in ``recover_counts``; they reach every frame but those of
        other waves, whose n stays.
    level, adjust
        As in ``compare_stages``.
    population : mapping of str to int, optional
        Members of each part group; left out, what the codebook declares of the wave.

    Returns
    -------
    dict of DataFrame
        ``survey`` (rows of the wave), ``counts`` (every table that fits, or the bounds of too many),
        ``shares``, ``differences``, ``effects`` (two or more groups), ``changes`` (between waves),
        ``nonresponse`` (where a population is known), ``assumptions`` (what survives other n and rules). A
        name is absent where the survey has no figures for it; where counts cannot be told, ``shares`` and
        ``differences`` are of the published figures. What was assumed stands in ``attrs["assumed"]``.

    Raises
    ------
    RequestError
        An unknown wave, group, rule or adjustment, a level not between 0 and 1, or a population where counts
        cannot be told.
    """
    check_request(level, adjust)
    wave = wave or main_wave(survey)
    how: dict[str, Any] = {"level": level, "adjust": adjust}
    frames = {"survey": rows_of_wave(survey, wave)}
    frames |= frames_of_wave(survey, wave, n=n, rounding=rounding, population=population, **how)
    if frames["counts"].attrs.get("basis") == "recovered" and len(frames["counts"]):
        frames["assumptions"] = compare_assumptions(survey, wave, n=n, rounding=rounding, **how)
    frames["changes"] = compare_waves(survey, rounding=rounding, **how)
    return {name: frame for name, frame in frames.items() if len(frame)}


def frames_of_wave(
    survey: pd.DataFrame,
    wave: str,
    *,
    n: Mapping[str, Any] | None = None,
    rounding: str | Sequence[str] = DEFAULT_RULES,
    level: float = 0.95,
    adjust: str = "family",
    population: Mapping[str, int] | None = None,
) -> dict[str, pd.DataFrame]:
    """The frames of one wave; ``counts`` has no row and says the ``reason`` where there are none."""
    how: dict[str, Any] = {"level": level, "adjust": adjust}
    counts = tables_of(survey, wave, rounding, n)
    if not len(counts):
        if population:
            raise RequestError(f"population needs counts: {counts.attrs['reason']}")
        rows = _with_sizes(survey, wave, counts.attrs["assumed"])
        return {
            "counts": counts,
            "shares": estimate_shares(rows, wave, level=level, rounding=rounding),
            "differences": compare_stages(rows, wave, **how, rounding=rounding),
        }
    groups, declared = list(counts.columns.unique(0)), codebook_of(counts).population(wave)
    if not population and set(groups) <= set(declared):
        population = {group: int(declared[group]) for group in groups}
    frames = {
        "counts": counts,
        "shares": estimate_shares(counts, level=level, population=population),
        "differences": compare_stages(counts, **how, population=population),
        "effects": compare_groups(counts, **how),
    }
    return frames | ({"nonresponse": bound_nonresponse(counts, population=population)} if population else {})


def _with_sizes(survey: pd.DataFrame, wave: str, assumed: Mapping[str, Any]) -> pd.DataFrame:
    """The rows of a wave with the n that were assumed in place of theirs, though no counts came of it."""
    rows, sizes = rows_of_wave(survey, wave).copy(), assumed.get("n") or {}
    for group in {codebook_of(survey).total, *sizes} if sizes else ():  # the total's follows from its groups
        size = sizes.get(str(group))
        rows.loc[rows["group"] == group, "n"] = size if isinstance(size, int) else pd.NA
    rows.attrs = {**survey.attrs, "assumed": {"n": dict(sizes)} if sizes else {}}
    return rows


def bound_nonresponse(counts: pd.DataFrame, *, population: Mapping[str, int] | None = None) -> pd.DataFrame:
    """What each difference can be among all members, whatever those who did not answer would have answered.

    Parameters
    ----------
    counts : DataFrame
        From ``recover_counts``, or counts with stages as rows.
    population : mapping of str to int, optional
        Members of each group, all who could have answered; left out, what the codebook declares of the wave.

    Returns
    -------
    DataFrame
        One row per measure × pair of groups × stage, as in ``compare_stages``. ``estimate_low`` and
        ``estimate_high`` are the difference among the answers over all tables, ``missing_first`` and
        ``missing_second`` how many did not answer (the most), ``low`` to ``high`` what the difference among
        all members can be (shares, −1 to 1). ``verdict``: "clear" where its sign holds whatever they would
        have answered, "not clear" where it does so in no table, else "open".

    Raises
    ------
    RequestError
        The population is not known, does not give each group, or gives fewer members than answered.
    RecoveryError
        No table of counts fits.

    Notes
    -----
    Manski (1989), J. Human Resources 24: 343–360: bounds that assume nothing of those who are missing.
    """
    cells = read_cells(counts)
    declared = cells.codebook.population(str(cells.attrs.get("wave", "")))
    known = population or {group: int(declared[group]) for group in cells.groups if group in declared}
    if not known:
        raise RequestError(f"population gives nothing; give the members of {', '.join(cells.groups)}")
    one, other = cells.with_members(known).cumulated(cells.inner).pairs()
    shown = one.shown() & other.shown()
    # the least and the most of the lower end of a share among all members, then of its upper end
    first, second = (
        np.stack([x.low, x.high, x.low + x.members - x.n_high, x.high + x.members - x.n_low]) / x.members
        for x in (one, other)
    )
    low_least, low_most, high_least, high_most = (values[:, shown] for values in first - second[::-1])
    silent = [np.broadcast_to((x.members - x.n_low).max(0), shown.shape)[shown] for x in (one, other)]
    low, high = low_least.min(0), high_most.max(0)
    numbers = {
        "estimate_low": (one.shares[0] - other.shares[1]).min(0)[shown],
        "estimate_high": (one.shares[1] - other.shares[0]).max(0)[shown],
        "missing_first": silent[0].astype(np.int64),
        "missing_second": silent[1].astype(np.int64),
        "low": low,
        "high": high,
        "verdict": judge(low, low_most.max(0), high_least.min(0), high),
    }
    labels = one.labels(shown, first=one.groups, second=other.groups)
    bounds = with_codes(labels.assign(**numbers), cells.codebook)
    bounds.attrs = cells.attrs | {"population": {group: int(size) for group, size in known.items()}}
    return bounds


def compare_assumptions(
    survey: pd.DataFrame,
    wave: str | None = None,
    *,
    n: Mapping[str, Any] | None = None,
    rounding: str | Sequence[str] = DEFAULT_RULES,
    level: float = 0.95,
    adjust: str = "family",
) -> pd.DataFrame:
    """What survives other assumptions: a few answers more in one group, other rules.

    Parameters
    ----------
    survey : DataFrame
        Rows of the survey table.
    wave : str, optional
        The id of the wave; left out, the main one.
    n, rounding, level, adjust
        The assumptions of the first rows, as in ``gather_frames``; the others depart from them.

    Returns
    -------
    DataFrame
        One row per assumption × pair of groups × statement. ``rounding`` and ``n`` say the assumption
        (rules; n of each group, or "low–high" where it is a range), ``n_tables`` how many tables fit, empty
        for more than can be listed. ``statistic`` is "shape", "shift", or "stage" or "at_least" with its
        ``stage``: those that are clear or open under any assumption. ``estimate_low`` to ``estimate_high``
        is the estimate over the tables, ``p_low`` to ``p_value`` its p; ``verdict`` as in ``compare_stages``
        and ``compare_groups``. An assumption under which no table fits has one row without a statement.

    Raises
    ------
    RequestError
        An unknown wave, group or rule.
    """
    wave, rules = wave or main_wave(survey), rule_names(rounding)
    sizes = tables_of(survey, wave, rounding, n).attrs.get("n", {})
    assumed: list[tuple[Sequence[str], Mapping[str, Any] | None]] = [(rules, n)]
    if len(sizes) <= MOST_GROUPS:
        known = {group: size for group, size in sizes.items() if isinstance(size, int)}
        assumed += [
            (rules, {**(n or {}), group: range(size, size + SPARE + 1)}) for group, size in known.items()
        ]
        assumed += [(others, n) for others in ROUNDINGS if others != rules]
    how: dict[str, Any] = {"level": level, "adjust": adjust}
    rows = pd.concat([_statements(survey, wave, *one, how) for one in assumed], ignore_index=True)
    statement = pd.MultiIndex.from_frame(
        rows[["statistic", "stage", "first", "second"]].astype(object).fillna("")
    )
    told = rows["statistic"].isin(["shape", "shift"]) | rows["verdict"].isin(["clear", "open"])
    rows = rows[statement.isin(statement[told]) | rows["statistic"].isna()].reset_index(drop=True)
    codebook = codebook_of(survey)
    rows = with_codes(rows, codebook, statistic=("shape", "shift", *MEASURES))
    rows = rows.astype({"n_tables": "Int64"} | dict.fromkeys(ASSUMPTION_COLUMNS[7:11], float))
    rows.attrs = settings({"codebook": codebook, "wave": wave, "basis": "recovered"}, **how)
    return rows


def _statements(
    survey: pd.DataFrame, wave: str, rules: Sequence[str], n: Mapping[str, Any] | None, how: dict[str, Any]
) -> pd.DataFrame:
    """The statements under one assumption."""
    counts = tables_of(survey, wave, rules, n)
    ends = {g: size if isinstance(size, list) else [size] for g, size in counts.attrs.get("n", {}).items()}
    sizes = ", ".join(f"{group} {'–'.join(map(str, size))}" for group, size in ends.items())
    head: dict[str, Any] = {"rounding": ", ".join(rules), "n": sizes, "n_tables": 0}
    if not len(counts):
        return pd.DataFrame([head], columns=list(ASSUMPTION_COLUMNS))
    head["n_tables"] = counts.attrs["n_tables"]
    effects = compare_groups(counts, **how)
    effects = effects[effects["statistic"].isin(["shape", "shift"])].assign(stage=None)
    differences = compare_stages(counts, **how).assign(p_low=np.nan)
    differences = differences.rename(columns={"measure": "statistic"})
    rows = [frame[list(ASSUMPTION_COLUMNS[3:])].astype(object) for frame in (effects, differences)]
    return pd.concat(rows, ignore_index=True).assign(**head)[list(ASSUMPTION_COLUMNS)]
