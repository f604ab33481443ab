"""Shares with their intervals: of each stage, and of that stage and all above it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import RequestError
from analysis.inference.cells import (
    MEASURES,
    SAME,
    Cells,
    check_request,
    common,
    level_of,
    ordered_scale,
    printed_percent,
    settings,
    stages_of,
    with_codes,
)
from analysis.inference.intervals import wilson
from analysis.inference.sources import cells_of
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
    cells = cells_of(counts, wave, rounding).with_members(population).with_total()
    measures = MEASURES if ordered_scale(cells.codebook) else MEASURES[:1]
    shares = pd.concat([_share_rows(cells, measure, level, adjust) for measure in measures])
    shares = with_codes(shares.astype({"n": "Int64"}), cells.codebook)
    shares = shares.sort_values(["measure", "group", "stage"], ignore_index=True)
    if not len(shares):
        raise RequestError(f"wave {cells.attrs['wave']} has no published figure")
    shares.attrs = settings(cells.attrs, level=level, adjust=adjust, usual="none", population=population)
    return shares


def _share_rows(cells: Cells, measure: str, level: float, adjust: str) -> pd.DataFrame:
    stages, side = stages_of(cells.stages, measure), cells.side(measure)
    (least, most), few = side.shares, side.answers[0]
    one = level_of(level, len(stages), adjust)
    low, high = wilson(least, few, level=one)[0], wilson(most, few, level=one)[1]
    ends = np.array([least, most, np.where(np.isnan(few), least, low), np.where(np.isnan(few), most, high)])
    total = cells.codebook.total
    if np.isfinite(cells.members).all() and total in cells.groups and len(cells.groups) > 1:
        place = cells.groups.index(total)
        ends[:, :, place] = _stratified(np.delete(ends, place, 2), np.delete(cells.members, place))
    least, most, low, high = ends[0].min(0), ends[1].max(0), ends[2].min(0), ends[3].max(0)
    shown = cells.shown(measure)
    if cells.size is not None:
        shown |= most - least < SAME
    group, stage = np.nonzero(shown)
    numbers = {
        "percent": printed_percent(cells, measure),
        "n": np.broadcast_to(_answers(cells)[:, None], shown.shape),
        "estimate": np.where(most - least < SAME, least, np.nan),
        "estimate_low": least,
        "estimate_high": most,
        "low": low,
        "high": high,
    }
    codes = {"measure": measure, "group": np.array(cells.groups)[group], "stage": np.array(stages)[stage]}
    return pd.DataFrame(codes | {name: values[shown] for name, values in numbers.items()})


def _answers(cells: Cells) -> Reals:
    """The n of each group, nan where it is not known or tables differ."""
    if cells.size is None:
        return np.where((cells.n_low == cells.n_high).all(0), common(cells.n_low), np.nan)
    sizes = [cells.attrs["n"].get(group) for group in cells.groups]
    return np.array([size if isinstance(size, int) else np.nan for size in sizes], dtype=float)


def _stratified(parts: Reals, members: Reals) -> Reals:
    """The share in the whole population; its interval adds up the squared arms of the groups."""
    weight = (members / members.sum())[:, None]
    least, most, low, high = parts
    centre, top = (weight * least).sum(1), (weight * most).sum(1)
    below = np.sqrt(((weight * (least - low)) ** 2).sum(1))
    above = np.sqrt(((weight * (high - most)) ** 2).sum(1))
    return np.array([centre, top, centre - below, top + above])
