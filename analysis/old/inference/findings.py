"""The frames behind every chart, slide and page of a survey, computed once and handed on."""

from __future__ import annotations

import pandas as pd

from analysis.codebook import codebook_of
from analysis.errors import RecoveryError, RequestError
from analysis.old.counts.recovery import recover_counts
from analysis.old.counts.solving.candidates import TooManyError, read_rounding
from analysis.old.counts.solving.printed import read_printed
from analysis.old.counts.solving.solutions import list_tables
from analysis.old.inference.changes import compare_waves
from analysis.old.inference.comparisons import compare_cells, compare_stages
from analysis.old.inference.effects import compare_groups
from analysis.old.inference.estimates import estimate_shares, published_shares
from analysis.old.inference.nonresponse import bound_nonresponse
from analysis.old.inference.sensitivity import MOST_COMPARED, compare_assumptions
from analysis.old.rounding import DEFAULT_RULES

MOST_GROUPS = 4  # with more, a wide rounding fits more tables than can be counted while a report is made


def main_wave(survey: pd.DataFrame) -> str:
    """The wave that a report is about: the latest in which every group that it has, has every stage.

    Withheld stages are not missed. A wave of the total alone is passed over; where no wave is complete it is
    the latest one of all.

    Raises
    ------
    RequestError
        The survey has no figure yet.
    """
    codebook = codebook_of(survey)
    known = survey.dropna(subset=["percent", "count"], how="all")
    if not len(known):
        raise RequestError("the survey has no figures yet; add a wave first: maturity append FILE")
    cells = known.groupby("wave", observed=True).size()
    present = known.groupby("wave", observed=True)["group"].nunique()
    stages = pd.Series(
        {wave: len(codebook.stages) - len(codebook.withheld(str(wave))) for wave in cells.index}
    )
    complete = cells[(present >= min(2, len(codebook.groups))) & (cells == present * stages)]
    return str((complete if len(complete) else cells).index.max())


def recover_wave(survey: pd.DataFrame, wave: str) -> pd.DataFrame | None:
    """Every table of counts that fits a wave, or nothing where none can be told or too many to compare.

    They are listed with little patience first, since what cannot be listed would be counted at length.
    """
    try:
        list_tables(read_printed(survey, wave), read_rounding(DEFAULT_RULES), MOST_COMPARED)
        tables = recover_counts(survey, wave, max_tables=MOST_COMPARED)
    except (RecoveryError, TooManyError):
        return None
    return tables if len(tables) and tables.attrs["status"] in {"unique", "several"} else None


def parts_of(estimates: pd.DataFrame, measure: str) -> pd.DataFrame:
    """The estimates of one measure for the groups that are compared; for the total where it stands alone."""
    chosen = estimates[estimates["measure"] == measure]
    parts = chosen[chosen["group"].isin(codebook_of(estimates).parts)]
    return parts if len(parts) else chosen


def gather_frames(
    survey: pd.DataFrame, *, wave: str | None = None, level: float = 0.95
) -> dict[str, pd.DataFrame]:
    """The frames of a survey by the name of what is drawn or told from them.

    Parameters
    ----------
    survey : DataFrame
        Rows of the survey table.
    wave : str, optional
        The wave to report; left out, ``main_wave``.
    level : float
        Confidence level of intervals.

    Returns
    -------
    dict of DataFrame
        ``published`` (rows of the wave), ``stages`` (estimates as published), ``tables`` (every table of
        counts that fits), ``shares`` and ``cumulative`` (estimates with intervals; where counts cannot be
        told, there are no ``shares`` and ``cumulative`` is as published), ``differences``,
        ``cumulative_differences``, ``effects`` (two or more groups), ``nonresponse`` (what those who did
        not answer could do), ``assumptions`` (what survives other roundings), ``changes`` (between waves).
        A name is absent where the survey cannot bear it.
    """
    wave = wave or main_wave(survey)
    shares = published_shares(survey, wave)
    frames = {
        "published": survey[survey["wave"] == wave],
        "stages": parts_of(shares, "stage"),
        "cumulative": parts_of(shares, "at_least"),
        "tables": recover_wave(survey, wave),
        "changes": compare_waves(survey, level=level),
    }
    frames |= _compare(survey, wave, frames["tables"], level)
    return {name: frame for name, frame in frames.items() if frame is not None and len(frame)}


def _compare(
    survey: pd.DataFrame, wave: str, tables: pd.DataFrame | None, level: float
) -> dict[str, pd.DataFrame | None]:
    frames: dict[str, pd.DataFrame | None] = {}
    if tables is None:
        differences = compare_cells(survey, wave, level=level)
    else:
        estimates = estimate_shares(tables, level=level)
        frames["shares"] = parts_of(estimates, "stage")
        frames["cumulative"] = parts_of(estimates, "at_least")
        differences = compare_stages(tables, level=level)
        frames["effects"] = compare_groups(tables, level=level)
        frames["nonresponse"] = bound_nonresponse(tables)
        if tables.attrs["basis"] == "recovered" and len(tables.attrs["n"]) <= MOST_GROUPS:
            frames["assumptions"] = compare_assumptions(survey, wave)
    frames["differences"] = differences[differences["measure"] == "stage"]
    frames["cumulative_differences"] = differences[differences["measure"] == "at_least"]
    return frames
