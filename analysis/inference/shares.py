"""Shares with their intervals: of each stage, and of that stage and all above it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.codebook import codebook_of
from analysis.counts.reading import main_wave
from analysis.errors import RequestError
from analysis.inference.cells import (
    MEASURES,
    Cells,
    Side,
    check_request,
    common,
    level_of,
    members_of,
    ordered_scale,
    printed_percent,
    read_cells,
    settings,
    side_of,
    stages_of,
    with_codes,
    with_total,
)
from analysis.inference.intervals import effective_n, share_of, wilson
from analysis.inference.sources import published_attrs, read_published
from analysis.rounding import DEFAULT_RULES

if TYPE_CHECKING:
    from analysis.inference.intervals import Reals


def estimate_shares(
    counts: pd.DataFrame,
    wave: str | None = None,
    *,
    level: float = 0.95,
    adjust: str = "none",
    population: Mapping[str, int] | None = None,
    rounding: str | Sequence[str] = DEFAULT_RULES,
) -> pd.DataFrame:
    """The share of each stage, and of that stage or a higher one, in every table of counts that fits.

    Parameters
    ----------
    counts : DataFrame
        From ``recover_counts``, or counts with stages as rows and groups as columns. Or rows of a survey
        whose counts cannot be told: then the published shares, between the bounds that rounding leaves.
    wave : str, optional
        Of survey rows: which wave; left out, the main one.
    level : float
        Confidence level.
    adjust : str
        "none": each interval holds by itself, since no share is a verdict; "family": those of a group's
        stages hold together (Bonferroni's level), as do those of its cumulative shares.
    population : mapping of str to int, optional
        Members of each part group, those who did not answer included: the finite population correction,
        and a total in which a group weighs as much as it has members. Without it the total counts every
        answer alike.
    rounding : str or sequence of str
        Of survey rows: the rules whose bounds the published shares have.

    Returns
    -------
    DataFrame
        One row per measure × group × stage. ``measure`` is "stage" or "at_least" (that stage or a higher
        one; the first stage left out). ``percent`` is the figure as published, in per cent, of "at_least"
        the sum of the published ones; ``n`` answers, empty where tables differ. ``estimate``, ``low`` and
        ``high`` are shares, 0 to 1: ``estimate_low`` and ``estimate_high`` the range over all tables that
        fit, ``estimate`` nan where they differ, ``low`` to ``high`` the union of the tables' intervals.
        Of published shares ``low`` and ``high`` are the bounds of rounding, or of weighted ones that were
        tabulated here the interval by their linearised standard error.

    Raises
    ------
    RequestError
        A level not between 0 and 1, an unknown adjustment, a population that does not give each group's
        members or gives fewer than answered.
    RecoveryError
        No table of counts fits.

    Notes
    -----
    Wilson (1927), JASA 22: 209–212; Cochran (1977), Sampling Techniques, sections 3.2 and 5.10; Zou, Huang &
    Zhang (2009), Comput. Stat. Data Anal. 53: 1080–1085 for the total of a population.

    Examples
    --------
    >>> import pandas as pd
    >>> from analysis.codebook import load_codebook
    >>> counts = pd.DataFrame({"vocational": [15, 15, 22, 26, 2]}, index=load_codebook().stages)
    >>> counts.attrs["codebook"] = load_codebook()
    >>> estimate_shares(counts)["estimate"].head(3).tolist()
    [0.1875, 0.1875, 0.275]
    """
    check_request(level, adjust)
    if "percent" in counts.columns and "stage" in counts.columns:
        return _published_shares(counts, wave or main_wave(counts), level, adjust, rounding)
    cells = read_cells(counts)
    members = members_of(population, cells)
    measures = MEASURES if ordered_scale(cells.codebook) else MEASURES[:1]
    blocks = [_share_rows(cells, measure, level, adjust, members) for measure in measures]
    attrs = settings(cells.attrs, level=level, adjust=adjust, usual="none", population=population)
    shares = pd.concat(blocks)
    return _finish(shares[shares["percent"].notna()] if "percent" in cells.attrs else shares, attrs)


def _share_rows(cells: Cells, measure: str, level: float, adjust: str, members: Reals) -> pd.DataFrame:
    stages = stages_of(cells.stages, measure)
    one = level_of(level, len(stages), adjust)
    pooled = with_total(cells)
    ends = _share_ends(side_of(pooled, measure, np.full(len(pooled.groups), np.inf)), one)
    if np.isfinite(members).all():
        parts = _share_ends(side_of(cells, measure, members), one)
        places = [pooled.groups.index(group) for group in cells.groups]
        ends[:, :, places] = parts
        if len(pooled.groups) > len(cells.groups):
            ends[:, :, pooled.groups.index(str(cells.codebook.total))] = _stratified(parts, members)
    least, most, low, high = ends
    n = np.where((pooled.n_low == pooled.n_high).all(0), common(pooled.n_low), np.nan)
    estimate = np.where((least == most).all(0), common(least), np.nan)
    values = [printed_percent(pooled, measure), estimate, least.min(0), most.max(0), low.min(0), high.max(0)]
    return _rows(measure, pooled.groups, stages, n, values)


def _rows(
    measure: str, groups: Sequence[str], stages: Sequence[str], n: Reals, values: Sequence[Reals]
) -> pd.DataFrame:
    """One row per group and stage; ``values`` by group and stage, in the order of the columns."""
    percent, *shares = (array.ravel() for array in values)
    codes = {"measure": measure, "group": np.repeat(groups, len(stages)), "stage": [*stages] * len(groups)}
    numbers = dict(zip(("estimate", "estimate_low", "estimate_high", "low", "high"), shares, strict=True))
    return pd.DataFrame(codes | {"percent": percent, "n": np.repeat(n, len(stages))} | numbers)


def _share_ends(side: Side, level: float) -> Reals:
    """Least and most of the estimate, then of the interval, by table, group and stage."""
    least, most = share_of(side.low, side.n_high), share_of(side.high, side.n_low)
    size = effective_n(side.n_low, side.members)
    low, high = wilson(least, size, level=level)[0], wilson(most, size, level=level)[1]
    return np.array([least, np.fmin(most, 1.0), low, high])


def _stratified(parts: Reals, members: Reals) -> Reals:
    """The share in the whole population; its interval adds up the squared arms of the groups."""
    weight = (members / members.sum())[:, None]
    least, most, low, high = parts
    centre, top = (weight * least).sum(1), (weight * most).sum(1)
    below = np.sqrt(((weight * (least - low)) ** 2).sum(1))
    above = np.sqrt(((weight * (high - most)) ** 2).sum(1))
    return np.array([centre, top, centre - below, top + above])


def _published_shares(
    survey: pd.DataFrame, wave: str, level: float, adjust: str, rounding: str | Sequence[str]
) -> pd.DataFrame:
    """The published shares of a wave, for survey rows whose counts cannot be told."""
    codebook, published = codebook_of(survey), read_published(survey, wave, rounding=rounding)
    blocks = []
    for measure in MEASURES if ordered_scale(codebook) else MEASURES[:1]:
        side = published.take(published.groups, measure)
        estimate = np.where(side.high - side.low < 1e-12, side.low, np.nan)
        interval = wilson(estimate, side.size, level=level_of(level, len(side.stages), adjust))
        bounds = side.low, side.high
        ends = [np.where(np.isnan(side.size), *pair) for pair in zip(bounds, interval, strict=True)]
        rows = _rows(measure, side.groups, side.stages, side.n, [side.percent, estimate, *bounds, *ends])
        blocks.append(rows[~(rows["percent"].isna() & rows["estimate"].isna())])
    attrs = published_attrs(survey, wave, rounding)
    return _finish(pd.concat(blocks), settings(attrs, level=level, adjust=adjust, usual="none"))


def _finish(shares: pd.DataFrame, attrs: dict[Any, Any]) -> pd.DataFrame:
    """The rows in order, with their codes as ordered categories."""
    shares = with_codes(shares.astype({"n": "Int64"}), attrs["codebook"])
    shares = shares.sort_values(["measure", "group", "stage"], ignore_index=True)
    if not len(shares):
        raise RequestError(f"wave {attrs['wave']} has no published figure")
    shares.attrs = attrs
    return shares
