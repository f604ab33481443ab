"""Differences between groups at each stage: one family, one criterion, in every table of counts that fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from analysis.codebook import Codebook, codebook_of
from analysis.counts.reading import main_wave
from analysis.inference.cells import (
    MEASURES,
    VERDICTS,
    Cells,
    Side,
    check_request,
    inner_stages,
    judge,
    level_of,
    members_of,
    ordered,
    ordered_scale,
    printed_percent,
    read_cells,
    settings,
    side_of,
    stages_of,
)
from analysis.inference.intervals import effective_n, fisher_p, holm, newcombe, share_of
from analysis.inference.shares import published_attrs
from analysis.inference.sources import EXACT, Published, at_least, read_published
from analysis.rounding import DEFAULT_RULES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.inference.intervals import Integers, Reals

DIFFERENCE_COLUMNS = (
    "measure",
    "stage",
    "first",
    "second",
    "percent_first",
    "percent_second",
    "estimate",
    "estimate_low",
    "estimate_high",
    "low",
    "high",
    "p_value",
    "p_adjusted",
    "verdict",
)
MOST_PAIRS = 2_500  # pairs of counts of two bounded cells whose p are gone through one by one


class Compared(NamedTuple):
    """What stands beside the differences of one measure, by pair and stage; ``shown`` chooses the rows."""

    measure: str
    first: list[str]
    second: list[str]
    stages: list[str]
    percent_first: Reals
    percent_second: Reals
    shown: NDArray[np.bool_]


def compare_stages(
    counts: pd.DataFrame,
    *,
    level: float = 0.95,
    adjust: str = "family",
    population: Mapping[str, int] | None = None,
    rounding: str | Sequence[str] = DEFAULT_RULES,
) -> pd.DataFrame:
    """The difference between each two groups at each stage, in every table of counts that fits.

    All statements of one comparison together are wrong in at most 5 of 100 surveys like this (at a level of
    .95): the family is the stages, the inner cumulative shares and the shift (``compare_groups``) of all
    pairs of groups.

    Parameters
    ----------
    counts : DataFrame
        From ``recover_counts`` (tables, or the bounds of too many), or counts with stages as rows. Or rows of
        a survey whose counts cannot be told: then its main wave's published shares are compared.
    level : float
        Confidence level, of the whole family or of each interval.
    adjust : str
        "family": intervals hold together, each at Bonferroni's level; "none": each holds by itself.
    population : mapping of str to int, optional
        Members of each group: the finite population correction.
    rounding : str or sequence of str
        Of survey rows: the rules whose bounds the published shares have.

    Returns
    -------
    DataFrame
        One row per measure × pair of groups × stage. ``measure`` is "stage", or "at_least" (that stage or a
        higher one) for the inner stages, since the others repeat a stage. ``percent_first`` and
        ``percent_second`` are the published shares in per cent, but of "at_least" 100 · count / n, like the
        interval (where tables differ the nearest to the sum of the published shares, which is shown only
        where there are no counts). ``estimate``, ``low`` and ``high`` are differences of shares, ``first``
        minus ``second``, −1 to 1: ``estimate_low`` and ``estimate_high`` the range over all tables,
        ``estimate`` nan where they differ, ``low`` to ``high`` the union of the tables' Newcombe intervals,
        each widened to zero where Fisher's exact test at the same level does not exclude it (not with a
        population). ``p_value`` is Fisher's, two-sided, the largest over the tables; ``p_adjusted`` the
        largest of Holm's.
        ``verdict``: "clear" where the interval leaves zero out in every table, "not clear" where it does in
        none, else "open"; "" where published shares are compared without counts, whose ``low`` and ``high``
        are the bounds of rounding. Empty for a single group. ``attrs["family"]`` is its size.

    Raises
    ------
    RequestError
        A level not between 0 and 1, an unknown adjustment, a population that does not fit.
    RecoveryError
        No table of counts fits.

    Notes
    -----
    Newcombe (1998), Statistics in Medicine 17: 873–890, method 10; Fisher (1935), JRSS 98: 39–82; Holm
    (1979), Scand. J. Statistics 6: 65–70; the largest p over a set that holds the true table is a valid p.
    Newcombe's intervals alone err in 8 of 100 families where a group of 20 is compared with 1 000 and some
    stages are rare; reaching zero with the exact test they keep to 5.
    """
    check_request(level, adjust)
    if "percent" in counts.columns and "stage" in counts.columns:
        return published_differences(counts, main_wave(counts), level=level, adjust=adjust, rounding=rounding)
    cells = read_cells(counts)
    pairs = list(combinations(range(len(cells.groups)), 2))
    family = family_size(cells.codebook, cells.stages, len(pairs))
    members = members_of(population, cells)
    blocks = []
    for measure in MEASURES:
        side, percent = side_of(cells, measure, members), printed_percent(cells, measure)
        sides = [Side(*(values[:, [pair[at] for pair in pairs]] for values in side)) for at in (0, 1)]
        compared = compared_pairs(cells, measure, pairs, percent)
        blocks.append(difference_rows(compared, sides[0], sides[1], level_of(level, family, adjust)))
    attrs = settings(cells.attrs, level=level, adjust=adjust, family=family)
    if population is not None:
        attrs["population"] = dict(population)
    return finish_differences(blocks, cells.codebook, attrs, 1 if adjust == "none" else family)


def family_size(codebook: Codebook, stages: Sequence[str], pairs: int) -> int:
    """How many statements hold together: stages, inner cumulative shares and the shift, of all pairs."""
    each = len(stages) + len(inner_stages(codebook, stages)) + ordered_scale(codebook)
    return pairs * each


def compared_pairs(cells: Cells, measure: str, pairs: Sequence[tuple[int, int]], percent: Reals) -> Compared:
    """The rows of one measure: what both groups publish; all where nothing is published beside the counts."""
    first, second = ([pair[at] for pair in pairs] for at in (0, 1))
    stages = stages_of(cells.stages, measure)
    shown = np.ones((len(pairs), len(stages)), dtype=bool)
    if "percent" in cells.attrs:
        shown = ~np.isnan(percent[first] - percent[second])
    if measure == "at_least":
        shown = shown & np.isin(stages, inner_stages(cells.codebook, cells.stages))
    names = [[cells.groups[place] for place in places] for places in (first, second)]
    return Compared(measure, names[0], names[1], stages, percent[first], percent[second], shown)


def difference_rows(compared: Compared, one: Side, other: Side, level: float) -> pd.DataFrame:
    """Rows of first minus second: both ends of an interval rise with one count and fall with the other.

    Sides are by table, pair and stage. ``p_by_table`` has each table's p, for Holm's adjustment.
    """
    keep = compared.shown
    one, other = (Side(*(values[:, keep] for values in side)) for side in (one, other))
    percents = [compared.percent_first[keep], compared.percent_second[keep]]
    if compared.measure == "at_least":  # a sum of rounded figures may lie beside what is compared
        percents = [share_inside(*pair) for pair in zip(percents, (one, other), strict=True)]
    p_least, p_most = pair_p(one, other)
    ends = difference_ends(one, other, level)
    least, most, low_least, low_most, high_least, high_most = ends
    if not np.isfinite(one.members).any():  # Fisher's test knows no finite population
        (low_least, high_most), (low_most, high_least) = (
            _widened(low, high, p > 1 - level)
            for low, high, p in ((low_least, high_most, p_most), (low_most, high_least, p_least))
        )
    pair, stage = np.nonzero(keep)
    return pd.DataFrame(
        {
            "measure": compared.measure,
            "stage": np.array(compared.stages, dtype=object)[stage],
            "first": np.array(compared.first, dtype=object)[pair],
            "second": np.array(compared.second, dtype=object)[pair],
            "percent_first": percents[0],
            "percent_second": percents[1],
            "estimate": np.where(least.min(0) == most.max(0), least[0], np.nan),
            "estimate_low": least.min(0),
            "estimate_high": most.max(0),
            "low": low_least.min(0),
            "high": high_most.max(0),
            "p_value": p_most.max(0),
            "p_by_table": list(p_most.T),
            "verdict": judge(low_least.min(0), low_most.max(0), high_least.min(0), high_most.max(0)),
        }
    )


def share_inside(percent: Reals, side: Side) -> Reals:
    """The share of the counts in per cent, or where tables differ the one nearest to the published sum."""
    least, most = share_of(side.low, side.n_high).min(0), share_of(side.high, side.n_low).max(0)
    return np.clip(percent, 100 * least, 100 * most).round(9)


def difference_ends(one: Side, other: Side, level: float) -> tuple[Reals, ...]:
    """By table: least and most of the difference, of the lower and of the upper end of its interval."""
    first_least, first_most = share_of(one.low, one.n_high), share_of(one.high, one.n_low)
    second_least, second_most = share_of(other.low, other.n_high), share_of(other.high, other.n_low)
    first_most, second_most = np.fmin(first_most, 1.0), np.fmin(second_most, 1.0)
    few = effective_n(one.n_low, one.members), effective_n(other.n_low, other.members)
    least = newcombe(first_least, few[0], second_most, few[1], level=level)
    most = newcombe(first_most, few[0], second_least, few[1], level=level)
    if one.low is one.high or (np.array_equal(one.low, one.high) and np.array_equal(other.low, other.high)):
        estimate = first_least - second_least
        return estimate, estimate, least[0], least[0], most[1], most[1]
    many = effective_n(one.n_high, one.members), effective_n(other.n_high, other.members)
    inner_high = newcombe(first_least, many[0], second_most, many[1], level=level)[1]
    inner_low = newcombe(first_most, many[0], second_least, many[1], level=level)[0]
    return first_least - second_most, first_most - second_least, least[0], inner_low, inner_high, most[1]


def finish_differences(
    blocks: Sequence[pd.DataFrame], codebook: Codebook, attrs: dict[Any, Any], family: int
) -> pd.DataFrame:
    """The frame of all blocks with p adjusted inside each table, its codes as ordered categories."""
    differences = pd.concat(blocks, ignore_index=True)
    adjusted = np.array([])
    if len(differences):
        by_table = np.stack(differences["p_by_table"].to_list())
        adjusted = (by_table if family == 1 else holm(np.nan_to_num(by_table.T, nan=1.0), family).T).max(1)
    differences["p_adjusted"] = np.where(differences["p_value"].isna(), np.nan, adjusted)
    codes = {"measure": MEASURES, "stage": codebook.stages, "verdict": VERDICTS}
    codes |= dict.fromkeys(
        [name for name in ("first", "second") if "group" not in differences], codebook.groups
    )
    for name, known in codes.items():
        differences[name] = ordered(list(differences[name]), known)
    names = [name for name in ("group", *DIFFERENCE_COLUMNS) if name in differences]
    differences = differences[names]
    differences.attrs = attrs
    return differences


def published_rows(
    measure: str,
    names: tuple[Sequence[str], Sequence[str]],
    sides: tuple[Published, Published],
    level: float,
    stages: Sequence[str],
) -> pd.DataFrame:
    """Rows of first minus second between the bounds of rounding; intervals where both were weighted here."""
    one, other = sides
    keep = ~np.isnan(one.percent - other.percent) & np.isin(one.stages, stages)
    pair, stage = np.nonzero(keep)
    low, high = (one.low - other.high)[keep].round(EXACT), (one.high - other.low)[keep].round(EXACT)
    estimate = np.where(high - low < 1e-12, low, np.nan)
    weighted = ~np.isnan(one.size + other.size)[keep]
    interval = newcombe(one.low[keep], one.size[keep], other.low[keep], other.size[keep], level=level)
    ends = [np.where(weighted, end, bound) for end, bound in zip(interval, (low, high), strict=True)]
    nothing = np.full(len(low), np.nan)
    return pd.DataFrame(
        {
            "measure": measure,
            "stage": np.array(one.stages, dtype=object)[stage],
            "first": np.array(names[0], dtype=object)[pair],
            "second": np.array(names[1], dtype=object)[pair],
            "percent_first": one.percent[keep],
            "percent_second": other.percent[keep],
            "estimate": estimate,
            "estimate_low": low,
            "estimate_high": high,
            "low": ends[0],
            "high": ends[1],
            "p_value": nothing,
            "p_by_table": list(nothing[:, None]),
            "verdict": np.where(weighted, judge(ends[0], ends[0], ends[1], ends[1]), ""),
        }
    )


def published_differences(
    survey: pd.DataFrame,
    wave: str,
    *,
    level: float = 0.95,
    adjust: str = "family",
    rounding: str | Sequence[str] = DEFAULT_RULES,
) -> pd.DataFrame:
    """The differences of a wave whose counts cannot be told, as published."""
    codebook, stages = codebook_of(survey), read_published(survey, wave, rounding=rounding)
    alone = stages.groups == [codebook.total]
    parts = [place for place, group in enumerate(stages.groups) if alone or group != codebook.total]
    pairs = list(combinations(parts, 2))
    family = family_size(codebook, stages.stages, len(pairs))
    chosen = {
        "stage": (stages, stages.stages),
        "at_least": (at_least(stages), inner_stages(codebook, stages.stages)),
    }
    blocks = []
    for measure in MEASURES:
        side, shown = chosen[measure]
        one, other = (_take(side, [pair[at] for pair in pairs]) for at in (0, 1))
        names = one.groups, other.groups
        blocks.append(published_rows(measure, names, (one, other), level_of(level, family, adjust), shown))
    weighted = bool(codebook.wave(wave).get("weighted")) or bool(survey.attrs.get("shares"))
    attrs = published_attrs(survey, wave, "weighted" if weighted else "published", rounding)
    attrs = settings(attrs, level=level, adjust=adjust, family=family)
    return finish_differences(blocks, codebook, attrs, family)


def _take(published: Published, places: list[int]) -> Published:
    """The groups at these places, repeated where a place is."""
    return published._replace(
        groups=[published.groups[place] for place in places],
        **{
            name: getattr(published, name)[places]
            for name in ("percent", "low", "high", "n", "size", "counted")
        },
    )


def _widened(low: Reals, high: Reals, excluded: NDArray[np.bool_]) -> tuple[Reals, Reals]:
    """Intervals that reach zero where the exact test does not exclude it."""
    return np.where(excluded, np.minimum(low, 0.0), low), np.where(excluded, np.maximum(high, 0.0), high)


def pair_p(one: Side, other: Side) -> tuple[Reals, Reals]:
    """The least and the largest of Fisher's p by table and row; of bounded cells over all pairs of counts.

    Where these are too many, p is taken at the corners where the shares are farthest apart and nearest, and
    is 1 where they may be equal.
    """
    if all(np.array_equal(s.low, s.high) and np.array_equal(s.n_low, s.n_high) for s in (one, other)):
        p = fisher_p(one.low, one.n_low, other.low, other.n_low)
        return p, p
    wide = other.high - other.low + 1
    pairs = ((one.high - one.low + 1) * wide)[0].astype(np.intp)  # np.repeat takes no other on 32 bits
    fixed = ((one.n_low == one.n_high) & (other.n_low == other.n_high))[0]
    few = np.flatnonzero(fixed & (pairs <= MOST_PAIRS))
    least, most = _corner_p(one, other)
    if len(few):
        row = np.repeat(few, pairs[few])
        starts = np.cumsum(pairs[few]) - pairs[few]
        at: Integers = np.arange(len(row)) - np.repeat(starts, pairs[few])
        x1, x2 = one.low[0, row] + at // wide[0, row], other.low[0, row] + at % wide[0, row]
        every = fisher_p(x1, one.n_low[0, row], x2, other.n_low[0, row])
        least[0, few], most[0, few] = np.minimum.reduceat(every, starts), np.maximum.reduceat(every, starts)
    return least, most


def _corner_p(one: Side, other: Side) -> tuple[Reals, Reals]:
    """Fisher's p where the shares are farthest apart on either side, and where they are nearest."""
    above = fisher_p(np.minimum(one.high, one.n_high), one.n_high, other.low, other.n_high)
    below = fisher_p(one.low, one.n_high, np.minimum(other.high, other.n_high), other.n_high)
    low = share_of(one.low, one.n_high) - share_of(other.high, other.n_low)
    high = share_of(one.high, one.n_low) - share_of(other.low, other.n_high)
    nearest_above = fisher_p(one.low, one.n_low, np.minimum(other.high, other.n_low), other.n_low)
    nearest_below = fisher_p(np.minimum(one.high, one.n_low), one.n_low, other.low, other.n_low)
    nearest = np.where(low > 0, nearest_above, np.where(high < 0, nearest_below, 1.0))
    return np.minimum(np.minimum(above, below), nearest), nearest
