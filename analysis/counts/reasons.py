"""Why each cell of a printed wave is printed as it is, given its counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.codebook import codebook_of
from analysis.counts.reading import GroupSizes, PrintedWave, read_wave
from analysis.counts.recovery import wave_counts
from analysis.errors import RecoveryError
from analysis.rounding import DEFAULT_RULES


def explain_rounding(
    survey: pd.DataFrame,
    wave: str | None = None,
    *,
    counts: pd.DataFrame | None = None,
    n: GroupSizes | None = None,
    rounding: str | Sequence[str] = DEFAULT_RULES,
) -> pd.DataFrame:
    """Why each figure is printed as it is: 9 of 95 is 9.47 %, printed 10, raised so that the sum is 100.

    Parameters
    ----------
    survey : DataFrame
        A survey.
    wave : str, optional
        The id of the wave; left out, the latest complete one.
    counts : DataFrame, optional
        The counts to explain the figures by, stages × groups; left out, `wave_counts` with the other
        arguments.
    n, rounding
        As in `recover_counts`.

    Returns
    -------
    DataFrame
        One row per group (the total too) × published stage: ``wave``, ``group``, ``stage``, ``count``,
        ``n``, ``exact`` (per cent, unrounded), ``percent`` (as printed), ``decimals`` and ``reason``:
        "exact", "nearest", "tie_up" or "tie_down" (halfway), "raised" or "lowered" (not the nearest figure:
        moved so that the column adds up to 100), "rounded_up" or "cut_off" (not the nearest, and the column
        does not add up to 100).

    Raises
    ------
    RecoveryError
        Not exactly one table fits, ``counts`` lacks a group or stage of the wave, or nothing was published.
    """
    if counts is None:
        counts = wave_counts(survey, wave, n=n, rounding=rounding)
    sizes = {group: int(counts[group].sum()) for group in counts.columns if counts[group].sum() > 0}
    printed = read_wave(survey, wave, n=sizes)
    missing = [group for group in printed.groups if group not in counts.columns]
    if missing or not set(printed.stages) <= set(counts.index):
        lacking = ", ".join(missing) or "a stage"
        raise RecoveryError(f"counts of {printed.wave} lack {lacking}; give every group and stage")
    rows = [row for column in printed.names for row in _explain(printed, column, counts)]
    if not rows:
        raise RecoveryError(
            f"no percentages of {printed.wave} were published; no rounding is to be explained"
        )
    explanations = pd.DataFrame(rows)
    codebook = codebook_of(survey)
    for name, codes in (("group", codebook.groups), ("stage", codebook.stages)):
        explanations[name] = pd.Categorical(explanations[name], categories=codes, ordered=True)
    explanations = explanations.sort_values(["group", "stage"], ignore_index=True)
    explanations.attrs = {**counts.attrs, "codebook": codebook, "wave": printed.wave}
    return explanations


def _explain(printed: PrintedWave, group: str, counts: pd.DataFrame) -> list[dict[str, object]]:
    parts = list(printed.groups) if group == printed.total else [group]
    answers = counts[parts].sum(axis=1).loc[printed.stages].astype(int).tolist()
    n, column = sum(answers), printed.columns[group]
    return [
        {
            "wave": printed.wave,
            "group": group,
            "stage": stage,
            "count": count,
            "n": n,
            "exact": 100 * count / n if n else np.nan,
            "percent": 100 * cell.units / cell.unit,
            "decimals": printed.decimals,
            "reason": _reason(2 * (cell.unit * count - cell.units * n), n, balanced=column.rest == 0),
        }
        for stage, count, cell in zip(printed.stages, answers, column.cells, strict=False)
        if cell.units is not None
    ]


def _reason(doubled: int, n: int, *, balanced: bool) -> str:
    """From twice the signed error in n-ths of a unit; it is negative where more was printed than counted."""
    if abs(doubled) < n:
        return "nearest" if doubled else "exact"
    up = doubled < 0
    if abs(doubled) == n:
        return "tie_up" if up else "tie_down"
    if balanced:
        return "raised" if up else "lowered"
    return "rounded_up" if up else "cut_off"
