"""The frames behind every chart, slide and page of a survey, computed once and handed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.counts.reading import main_wave
from analysis.inference.assumptions import bound_nonresponse, compare_assumptions, declared_members
from analysis.inference.cells import check_request
from analysis.inference.differences import compare_stages
from analysis.inference.effects import compare_groups
from analysis.inference.shares import estimate_shares
from analysis.inference.sources import rows_of_wave, tables_of
from analysis.inference.waves import compare_waves
from analysis.rounding import DEFAULT_RULES


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
        name is absent where the survey cannot bear it; where counts cannot be told, ``shares`` and
        ``differences`` are of the published figures. What was assumed stands in ``attrs["assumed"]``.

    Raises
    ------
    RequestError
        An unknown wave, group, rule or adjustment, or a level not between 0 and 1.
    """
    check_request(level, adjust)
    wave = wave or main_wave(survey)
    frames: dict[str, pd.DataFrame] = {"survey": rows_of_wave(survey, wave)}
    how: dict[str, Any] = {"level": level, "adjust": adjust}
    counts = tables_of(survey, wave, rounding, n)
    if counts is None or counts.empty:
        frames["shares"] = estimate_shares(survey, wave, level=level, rounding=rounding)
        frames["differences"] = compare_stages(survey, wave, **how, rounding=rounding)
    else:
        declared = declared_members(counts)
        of_all = set(declared) == set(counts.columns.get_level_values(0))
        members = population or (declared if of_all else None)
        frames["counts"] = counts
        frames["shares"] = estimate_shares(counts, level=level, population=members)
        frames["differences"] = compare_stages(counts, **how, population=members)
        frames["effects"] = compare_groups(counts, **how)
        if members:
            frames["nonresponse"] = bound_nonresponse(counts, population=members)
        if counts.attrs["basis"] == "recovered":
            frames["assumptions"] = compare_assumptions(survey, wave, n=n, rounding=rounding, **how)
    frames["changes"] = compare_waves(survey, rounding=rounding, **how)
    return {name: frame for name, frame in frames.items() if len(frame)}
