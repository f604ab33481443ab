"""Differences between groups at each stage: one family, one criterion, in every table of counts that fits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from analysis.codebook import Codebook, codebook_of
from analysis.counts.reading import main_wave
from analysis.inference.cells import (
    MEASURES,
    Cells,
    Side,
    check_request,
    inner_stages,
    judge,
    level_of,
    members_of,
    ordered_scale,
    printed_percent,
    read_cells,
    settings,
    side_of,
    stages_of,
    with_codes,
)
from analysis.inference.intervals import effective_n, fisher_p, holm, newcombe, share_of
from analysis.inference.sources import EXACT, Published, published_attrs, read_published
from analysis.rounding import DEFAULT_RULES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.inference.intervals import Integers, Reals

MOST_PAIRS = 2_500  # pairs of counts of two bounded cells whose p are gone through one by one
SIDES = ("first", "second")
SAME = 1e-12  # shares nearer than this are one


class Labels(NamedTuple):
    """What stands in a row before its numbers, each by row; cells of ``chosen`` are those of the rows."""

    chosen: NDArray[np.bool_]
    codes: dict[str, Any]
    percents: list[Reals]


def compare_stages(
    counts: pd.DataFrame,
    wave: str | None = None,
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
        a survey whose counts cannot be told: then the published shares are compared.
    wave : str, optional
        Of survey rows: which wave; left out, the main one.
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
        return _published_differences(counts, wave or main_wave(counts), level, adjust, rounding)
    cells = read_cells(counts)
    family = family_size(cells.codebook, cells.stages, len(cells.groups))
    members, one = members_of(population, cells), level_of(level, family, adjust)
    blocks = [difference_rows(*paired_sides(cells, measure, members), one) for measure in MEASURES]
    attrs = settings(cells.attrs, level=level, adjust=adjust, family=family, population=population)
    return finish_differences(blocks, cells.codebook, attrs, 1 if adjust == "none" else family)


def family_size(codebook: Codebook, stages: Sequence[str], groups: int) -> int:
    """How many statements hold together: stages, inner cumulative shares and the shift, of all pairs."""
    each = len(stages) + len(inner_stages(codebook, stages)) + ordered_scale(codebook)
    return math.comb(groups, 2) * each


def label_rows(
    measure: str,
    stages: Sequence[str],
    names: Sequence[Sequence[str]],
    percents: Sequence[Reals],
    chosen: NDArray[np.bool_],
) -> Labels:
    """The labels of the chosen cells (pairs × stages); ``names`` and ``percents`` are of both sides."""
    pair, stage = np.nonzero(chosen)
    sides = {side: np.array(own, dtype=object)[pair] for side, own in zip(SIDES, names, strict=True)}
    codes = {"measure": measure, "stage": np.array(stages, dtype=object)[stage], **sides}
    return Labels(chosen, codes, [percent[chosen] for percent in percents])


def paired_sides(cells: Cells, measure: str, members: Reals) -> tuple[Labels, Side, Side]:
    """What both groups of each pair publish (all where nothing is published beside the counts), by row."""
    places = np.array(list(combinations(range(len(cells.groups)), 2)), dtype=np.intp).reshape(-1, 2).T
    stages, percent = stages_of(cells.stages, measure), printed_percent(cells, measure)
    percents = [percent[own] for own in places]
    chosen = np.ones(percents[0].shape, dtype=bool)
    if "percent" in cells.attrs:
        chosen = ~np.isnan(percents[0] - percents[1])
    if measure == "at_least":
        chosen = chosen & np.isin(stages, inner_stages(cells.codebook, cells.stages))
    names = [[cells.groups[place] for place in own] for own in places]
    side = side_of(cells, measure, members)
    one, other = (Side(*(values[:, own][:, chosen] for values in side)) for own in places)
    return label_rows(measure, stages, names, percents, chosen), one, other


def difference_rows(labels: Labels, one: Side, other: Side, level: float) -> pd.DataFrame:
    """Rows of first minus second: both ends of an interval rise with one count and fall with the other.

    Sides are by table and row. ``p_by_table`` has each table's p, for Holm's adjustment.
    """
    if labels.codes["measure"] == "at_least":  # a sum of rounded figures may lie beside what is compared
        inside = [share_inside(*pair) for pair in zip(labels.percents, (one, other), strict=True)]
        labels = labels._replace(percents=inside)
    p_least, p_most = pair_p(one, other)
    ends = difference_ends(one, other, level)
    least, most, low_least, low_most, high_least, high_most = ends
    if not np.isfinite(one.members).any():  # Fisher's test knows no finite population
        (low_least, high_most), (low_most, high_least) = (
            _widened(low, high, p > 1 - level)
            for low, high, p in ((low_least, high_most, p_most), (low_most, high_least, p_least))
        )
    judged = [low_least.min(0), low_most.max(0), high_least.min(0), high_most.max(0)]
    estimates, ends = (least.min(0), most.max(0)), (judged[0], judged[3])
    return _frame(labels, estimates=estimates, ends=ends, p_by_table=p_most, verdict=judge(*judged))


def _frame(
    labels: Labels, *, estimates: tuple[Reals, Reals], ends: Sequence[Reals], p_by_table: Reals, verdict: Any
) -> pd.DataFrame:
    """The columns of every frame of differences, and ``p_by_table`` until p is adjusted."""
    numbers = {
        "percent_first": labels.percents[0],
        "percent_second": labels.percents[1],
        "estimate": np.where(estimates[1] - estimates[0] < SAME, estimates[0], np.nan),
        "estimate_low": estimates[0],
        "estimate_high": estimates[1],
        "low": ends[0],
        "high": ends[1],
        "p_value": p_by_table.max(0),
        "p_adjusted": np.nan,
        "verdict": verdict,
        "p_by_table": list(p_by_table.T),
    }
    return pd.DataFrame(labels.codes | numbers)


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
    by_table = differences.pop("p_by_table")
    if len(differences):
        p = np.stack(by_table.to_list())
        adjusted = (p if family == 1 else holm(np.nan_to_num(p.T, nan=1.0), family).T).max(1)
        differences["p_adjusted"] = np.where(differences["p_value"].isna(), np.nan, adjusted)
    differences = with_codes(differences, codebook)
    differences.attrs = attrs
    return differences


def published_rows(labels: Labels, one: Published, other: Published, level: float) -> pd.DataFrame:
    """Rows of first minus second between the bounds of rounding; intervals where both were weighted here."""
    one, other = (
        side._replace(**{name: getattr(side, name)[labels.chosen] for name in ("low", "high", "size")})
        for side in (one, other)
    )
    bounds = (one.low - other.high).round(EXACT), (one.high - other.low).round(EXACT)
    weighted = ~np.isnan(one.size + other.size)
    interval = newcombe(one.low, one.size, other.low, other.size, level=level)
    ends = [np.where(weighted, end, bound) for end, bound in zip(interval, bounds, strict=True)]
    verdict = np.where(weighted, judge(ends[0], ends[0], ends[1], ends[1]), "")
    no_p = np.full((1, len(weighted)), np.nan)
    return _frame(labels, estimates=bounds, ends=ends, p_by_table=no_p, verdict=verdict)


def _published_differences(
    survey: pd.DataFrame, wave: str, level: float, adjust: str, rounding: str | Sequence[str]
) -> pd.DataFrame:
    """The differences of a wave whose counts cannot be told, as published."""
    codebook, published = codebook_of(survey), read_published(survey, wave, rounding=rounding)
    parts = [group for group in published.groups if group != codebook.total] or published.groups
    first, second = zip(*combinations(parts, 2), strict=True) if len(parts) > 1 else ((), ())
    family = family_size(codebook, published.stages, len(parts))
    blocks = []
    for measure in MEASURES:
        sides = [published.take(groups, measure) for groups in (first, second)]
        percents = [side.percent for side in sides]
        inner = inner_stages(codebook, codebook.stages) if measure == "at_least" else codebook.stages
        chosen = ~np.isnan(percents[0] - percents[1]) & np.isin(sides[0].stages, inner)
        labels = label_rows(measure, sides[0].stages, (first, second), percents, chosen)
        blocks.append(published_rows(labels, sides[0], sides[1], level_of(level, family, adjust)))
    attrs = settings(published_attrs(survey, wave, rounding), level=level, adjust=adjust, family=family)
    return finish_differences(blocks, codebook, attrs, family)


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
