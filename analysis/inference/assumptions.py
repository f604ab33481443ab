"""What would follow if more were known: of those who did not answer, of the n, of the rounding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.codebook import codebook_of
from analysis.counts.reading import main_wave
from analysis.inference.cells import MEASURES, judge, members_of, read_cells, settings, with_codes
from analysis.inference.differences import compare_stages, paired_sides
from analysis.inference.effects import compare_groups
from analysis.inference.intervals import share_of
from analysis.inference.sources import tables_of
from analysis.rounding import DEFAULT_RULES

ROUNDINGS = (DEFAULT_RULES, "floor_or_ceiling", "within_one")
SPARE = 2  # answers more than the stated n of one group: what the n of a whole survey may hide of a question
MOST_GROUPS = 4  # with more, one assumption after another takes longer than the report
ASSUMPTION_COLUMNS = (
    "rounding", "n", "n_tables", "statistic", "stage", "first", "second",
    "estimate_low", "estimate_high", "p_low", "p_value", "verdict",
)  # fmt: skip


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
    known = population or declared_members(counts)
    members = members_of(known, cells)
    blocks = []
    for measure in MEASURES:
        labels, one, other = paired_sides(cells, measure, members)
        missing = [(side.members - side.n_low, side.members - side.n_high) for side in (one, other)]
        least = one.low / one.members - (other.high + missing[1][0]) / other.members
        most = (one.high + missing[0][0]) / one.members - other.low / other.members
        # where a cell is bounded and not known, one table lies at each end
        inner_low = one.high / one.members - (other.low + missing[1][1]) / other.members
        inner_high = (one.low + missing[0][1]) / one.members - other.high / other.members
        ends = [least.min(0), inner_low.max(0), inner_high.min(0), most.max(0)]
        numbers = {
            "estimate_low": (share_of(one.low, one.n_high) - share_of(other.high, other.n_low)).min(0),
            "estimate_high": (share_of(one.high, one.n_low) - share_of(other.low, other.n_high)).max(0),
            "missing_first": missing[0][0].max(0).astype(np.int64),
            "missing_second": missing[1][0].max(0).astype(np.int64),
            "low": ends[0],
            "high": ends[3],
            "verdict": judge(*ends),
        }
        blocks.append(pd.DataFrame(labels.codes | numbers))
    bounds = with_codes(pd.concat(blocks, ignore_index=True), cells.codebook)
    bounds.attrs = cells.attrs | {"population": {group: int(size) for group, size in known.items()}}
    return bounds


def declared_members(counts: pd.DataFrame) -> dict[str, int]:
    """The members of each part group that the codebook declares of the wave of some counts."""
    cells = read_cells(counts)
    declared = cells.codebook.wave(str(cells.attrs.get("wave", ""))).get("population") or {}
    return {group: int(declared[group]) for group in cells.groups if group in declared}


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
    wave = wave or main_wave(survey)
    rules = [tuple([rounding] if isinstance(rounding, str) else rounding)]
    rules += [tuple([rule] if isinstance(rule, str) else rule) for rule in ROUNDINGS]
    assumed: list[tuple[tuple[str, ...], Mapping[str, Any] | None]] = [(rules[0], n)]
    tables = tables_of(survey, wave, rounding, n)
    sizes = {} if tables is None else tables.attrs["n"]
    few = len(sizes) <= MOST_GROUPS
    known = {group: size for group, size in sizes.items() if few and isinstance(size, int)}
    assumed += [
        (rules[0], {**(n or {}), group: range(size, size + SPARE + 1)}) for group, size in known.items()
    ]
    assumed += [(rule, n) for rule in dict.fromkeys(rules[1:]) if few and rule != rules[0]]
    how: dict[str, Any] = {"level": level, "adjust": adjust}
    found = pd.concat([_statements(survey, wave, *one, how) for one in assumed], ignore_index=True)
    statements = ["statistic", "stage", "first", "second"]
    told = found[found["statistic"].isin(["shape", "shift"]) | found["verdict"].isin(["clear", "open"])]
    kept = {tuple(row) for row in told[statements].astype(str).to_numpy().tolist()}
    shown = [tuple(row) in kept for row in found[statements].astype(str).to_numpy().tolist()]
    found = found[np.array(shown) | found["statistic"].isna()].reset_index(drop=True)
    codebook = codebook_of(survey)
    found = with_codes(found, codebook, statistic=("shape", "shift", *MEASURES))
    found = found.astype({"n_tables": "Int64"} | dict.fromkeys(ASSUMPTION_COLUMNS[7:11], float))
    found.attrs = settings({"codebook": codebook, "wave": wave, "basis": "recovered"}, **how)
    return found


def _statements(
    survey: pd.DataFrame, wave: str, rules: Sequence[str], n: Mapping[str, Any] | None, how: dict[str, Any]
) -> pd.DataFrame:
    """The statements under one assumption."""
    head: dict[str, Any] = {"rounding": ", ".join(rules), "n": "", "n_tables": 0}
    counts = tables_of(survey, wave, rules, n)
    if counts is not None:
        ends = ((group, n if isinstance(n, list) else [n]) for group, n in counts.attrs["n"].items())
        head["n"] = ", ".join(f"{group} {'–'.join(map(str, size))}" for group, size in ends)
    if counts is None or counts.empty:
        return pd.DataFrame([head], columns=list(ASSUMPTION_COLUMNS))
    head["n_tables"] = counts.attrs["n_tables"]
    effects = compare_groups(counts, **how)
    effects = effects[effects["statistic"].isin(["shape", "shift"])].assign(stage=None)
    differences = compare_stages(counts, **how).assign(p_low=np.nan)
    differences = differences.rename(columns={"measure": "statistic"})
    names = list(ASSUMPTION_COLUMNS[3:])
    rows = [frame[names].astype(object) for frame in (effects, differences)]
    return pd.concat(rows, ignore_index=True).assign(**head)[list(ASSUMPTION_COLUMNS)]
