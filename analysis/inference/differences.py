"""Differences between groups and between waves: one family, one criterion, in every table that fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtr

from analysis.codebook import Codebook, codebook_of, waves_in_time
from analysis.inference.cells import (
    EXACT,
    SAME,
    Cells,
    check_request,
    common,
    judge,
    level_of,
    settings,
    with_codes,
)
from analysis.inference.shares import assumed_rules, cells_of, counted_cells, published_cells, wilson
from analysis.rounding import DEFAULT_RULES, rule_names

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from analysis.inference.cells import Integers, Reals

MOST_MARGINS = 100  # of two bounded cells, whose p are gone through one by one
TIE_OF_LOGS = 1e-9  # logarithms of probabilities nearer than this are equal; their last bits are noise
MANY_ANSWERS = 1_000_000  # answers in the smallest margin; of more the tables are not gone through
FAR_OUT = 20, 800  # standard errors and answers from the middle, beyond which p is 0 in any print


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

    One or more of the statements of a comparison are wrong in at most 5 of 100 surveys like this (at a level
    of .95): the family is the stages, the inner cumulative shares and the shift (``compare_groups``) of all
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
        ``percent_second`` are the published shares in per cent (nan where a limit such as "<1" is printed;
        what is not shown at all has no row), but of "at_least" 100 · count / n, like the interval (where
        tables differ the nearest to the sum of the published shares, which is shown only where there are no
        counts). ``estimate``, ``low`` and ``high`` are differences of shares, ``first`` minus ``second``, −1
        to 1: ``estimate_low`` and ``estimate_high`` the range over all tables, ``estimate`` nan where they
        differ, ``low`` to ``high`` the union of the tables' Newcombe intervals, each widened to zero where
        Fisher's exact test at the same level does not exclude it (not with a population). ``p_value`` is
        Fisher's, two-sided, the largest over the tables; ``p_adjusted`` the largest of Holm's.
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
    cells = cells_of(counts, wave, rounding).parts().with_members(population)
    family, cumulated = cells.family, cells.cumulated(cells.inner)
    differences = with_codes(difference_rows(*cumulated.pairs(), level, family, adjust), cells.codebook)
    differences.attrs = settings(
        cells.attrs, level=level, adjust=adjust, family=family, population=population
    )
    return differences


def compare_waves(
    survey: pd.DataFrame,
    *,
    level: float = 0.95,
    adjust: str = "family",
    rounding: str | Sequence[str] = DEFAULT_RULES,
    population: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """The change of each group from wave to wave, at each stage that both publish.

    Counts are recovered where they can be, of a partly published wave too; a change then has an interval that
    holds in every table that fits. Waves are compared with the group's wave before, unless the codebook
    declares ``"comparable": false`` of a wave in between or of the later one: its question or scale changed.

    Parameters
    ----------
    survey : DataFrame
        Rows of the survey table.
    level, adjust, population
        As in ``compare_stages``; the family is the changes of all groups between two waves.
    rounding : str or sequence of str
        The rules, as in ``recover_counts``.

    Returns
    -------
    DataFrame
        One row per group × two waves × measure × stage: ``group`` and the columns of ``compare_stages``, with
        ``first`` the later wave and ``second`` the earlier one; differences are later minus earlier. ``low``
        and ``high`` are the bounds of rounding and ``verdict`` "" where counts cannot be told. Empty for a
        single wave.

    Raises
    ------
    RequestError
        An unknown adjustment or rule, or a level not between 0 and 1.

    Notes
    -----
    Sources as in ``compare_stages``. Two waves are taken for independent samples: institutions that answered
    both times make the interval too wide rather than too narrow where they tend to answer alike. Who answers
    may change from wave to wave; no interval knows of that.
    """
    check_request(level, adjust)
    codebook, rules = codebook_of(survey), rule_names(rounding)
    waves = waves_in_time(survey)
    published = {wave: published_cells(survey, wave, rules) for wave in waves}
    published = {wave: cells.cumulated(cells.inner) for wave, cells in published.items()}
    steps = _steps(published, codebook)
    compared = [wave for wave in waves if any(wave in step for step in steps)]
    counted = {wave: counted_cells(survey, published[wave], rules, population) for wave in compared}
    # waves know nothing of each other's tables, so the ends of each side bound every pair of them
    none = np.zeros((1, 0, 0))
    nothing = Cells(none, none, none, none, np.zeros((0, 1)), [], [], {"codebook": codebook})
    blocks = [difference_rows(nothing, nothing, level, 1, adjust).assign(later=[], earlier=[])]
    families, bases = {}, set()
    for step, groups in steps.items():
        both = [group for group in groups if all(group in counted[wave].groups for wave in step)]
        left = [group for group in groups if group not in both]
        bases |= {counted[wave].attrs["basis"] for wave in step if both}
        sides = [[counted[wave].take(both) for wave in step], [published[wave].take(left) for wave in step]]
        family = families[" ".join(step)] = sum(int((a.shown() & b.shown()).sum()) for a, b in sides)
        rows = [difference_rows(one, other, level, family, adjust) for one, other in sides]
        blocks += [changes.assign(later=step[0], earlier=step[1]) for changes in rows]
    changes = pd.concat(blocks, ignore_index=True)
    changes.insert(0, "group", changes["first"])
    changes["first"], changes["second"] = changes.pop("later"), changes.pop("earlier")
    changes = with_codes(changes, codebook, first=waves, second=waves)
    changes = changes.sort_values(["group", "first", "second", "measure", "stage"], ignore_index=True)
    attrs = {
        "codebook": codebook,
        "basis": "counted" if bases == {"counted"} else "recovered" if bases else "published",
        "rules": list(rules),
        "n": {wave: published[wave].attrs["n"] for wave in compared},
        "decimals": max((published[wave].attrs["decimals"] for wave in compared), default=0),
        "assumed": assumed_rules(rules),
    }
    changes.attrs = settings(attrs, level=level, adjust=adjust, family=families)
    return changes


def _steps(published: Mapping[str, Cells], codebook: Codebook) -> dict[tuple[str, str], list[str]]:
    """The groups that have a later and an earlier wave next to each other, with no declared break between."""
    breaks = np.cumsum([codebook.wave(wave).get("comparable", True) is False for wave in published])
    line = dict(zip(published, breaks.tolist(), strict=True))
    steps: dict[tuple[str, str], list[str]] = {}
    for group in codebook.groups:
        own = [wave for wave, cells in published.items() if group in cells.groups]
        for earlier, later in pairwise(own):
            if line[earlier] == line[later]:
                steps.setdefault((later, earlier), []).append(group)
    return steps


def difference_rows(one: Cells, other: Cells, level: float, family: int, adjust: str) -> pd.DataFrame:
    """Rows of first minus second, group by group, of what both show; p adjusted inside each table.

    Where rounding alone bounds a share, the bounds stand in place of an interval, and there is no p and no
    verdict.
    """
    shown = one.shown() & other.shown()
    level = level_of(level, family, adjust)
    ends = (values[:, shown] for values in difference_ends(one, other, level))
    least, most, low_least, low_most, high_least, high_most = ends
    p = np.full_like(least, np.nan)
    if one.size is not None:
        least, most = least.round(EXACT), most.round(EXACT)
    else:
        p_least, p = (values[:, shown] for values in pair_p(one, other))
        if not np.isfinite(one.members).any():  # Fisher's test knows no finite population
            error = 1 - level - SAME  # a p of .05 is not below .05, whatever its last bits
            # an interval reaches zero where the exact test at its level does not exclude it
            np.minimum(low_least, 0.0, out=low_least, where=p > error)
            np.maximum(high_most, 0.0, out=high_most, where=p > error)
            np.minimum(low_most, 0.0, out=low_most, where=p_least > error)
            np.maximum(high_least, 0.0, out=high_least, where=p_least > error)
    estimate_low, estimate_high = least.min(0), most.max(0)
    low, high = low_least.min(0), high_most.max(0)
    numbers = {
        "percent_first": _percent(one)[shown],
        "percent_second": _percent(other)[shown],
        "estimate": common(estimate_low, estimate_high),
        "estimate_low": estimate_low,
        "estimate_high": estimate_high,
        "low": np.where(np.isnan(low), estimate_low, low),
        "high": np.where(np.isnan(high), estimate_high, high),
        "p_value": p.max(0),
        "p_adjusted": (p if adjust == "none" else holm(p, family)).max(0),
        "verdict": judge(low, low_most.max(0), high_least.min(0), high),
    }
    return one.labels(shown, first=one.groups, second=other.groups).assign(**numbers)


def difference_ends(one: Cells, other: Cells, level: float) -> tuple[Reals, ...]:
    """By table: least and most of the difference, of the lower and of the upper end of its interval.

    Both ends rise with the first share and fall with the second, and move apart as an n falls.
    """
    (first_least, first_most), (second_least, second_most) = one.shares, other.shares
    (first_few, first_many), (second_few, second_many) = one.answers, other.answers
    low_least = newcombe(first_least, first_few, second_most, second_few, level=level)[0]
    low_most = newcombe(first_most, first_many, second_least, second_many, level=level)[0]
    high_least = newcombe(first_least, first_many, second_most, second_many, level=level)[1]
    high_most = newcombe(first_most, first_few, second_least, second_few, level=level)[1]
    return first_least - second_most, first_most - second_least, low_least, low_most, high_least, high_most


def _percent(cells: Cells) -> Reals:
    """The published figures; sums of rounded ones, which may stray, as near as the counts allow."""
    percent, stages = cells.percent(), len(cells.stages)
    if cells.size is None:
        least, most = (100 * share[..., stages:] for share in cells.shares)
        percent[:, stages:] = np.clip(percent[:, stages:], least.min(0), most.max(0)).round(9)
    return percent


def pair_p(one: Cells, other: Cells) -> tuple[Reals, Reals]:
    """The least and the largest of Fisher's p by table and row; of bounded cells over all their counts and n.

    Where these are too many, p is taken at the corners where the shares are farthest apart and nearest, and
    is 1 where they may be equal.
    """
    if one.listed and other.listed:
        p = fisher_p(one.low, one.n_low, other.low, other.n_low)
        return p, p
    least, most = _corner_p(one, other)
    lows = np.broadcast_arrays(one.low, one.n_low, other.low, other.n_low)
    highs = np.broadcast_arrays(one.high, one.n_high, other.high, other.n_high)
    x1, n1, x2, n2 = (high - low + 1 for low, high in zip(lows, highs, strict=True))
    for place in map(tuple, np.argwhere(n1 * n2 * (x1 + x2 - 1) <= MOST_MARGINS)):
        ranges = (np.arange(low[place], high[place] + 1) for low, high in zip(lows, highs, strict=True))
        x1, n1, x2, n2 = np.ix_(*ranges)
        p = fisher_p(np.minimum(x1, n1), n1, np.minimum(x2, n2), n2)
        least[place], most[place] = p.min(), p.max()
    return least, most


def _corner_p(one: Cells, other: Cells) -> tuple[Reals, Reals]:
    """Fisher's p where the shares are farthest apart on either side, and where they are nearest."""
    above = fisher_p(np.minimum(one.high, one.n_high), one.n_high, other.low, other.n_high)
    below = fisher_p(one.low, one.n_high, np.minimum(other.high, other.n_high), other.n_high)
    low, high = one.shares[0] - other.shares[1], one.shares[1] - other.shares[0]
    nearest_above = fisher_p(one.low, one.n_high, np.minimum(other.high, other.n_low), other.n_low)
    nearest_below = fisher_p(np.minimum(one.high, one.n_low), one.n_low, other.low, other.n_high)
    nearest = np.where(low > 0, nearest_above, np.where(high < 0, nearest_below, 1.0))
    return np.minimum(np.minimum(above, below), nearest), nearest


def newcombe(
    first: ArrayLike, n_first: ArrayLike, second: ArrayLike, n_second: ArrayLike, *, level: float = 0.95
) -> tuple[Reals, Reals]:
    """Newcombe's hybrid score interval of a difference of shares, first minus second.

    Both ends rise with the first share and fall with the second, and move apart as an n falls. With a finite
    population n is the effective one. Source: Newcombe (1998), Statistics in Medicine 17: 873–890, method 10
    (no continuity correction).
    """
    p1, p2 = np.broadcast_arrays(np.asarray(first, dtype=float), np.asarray(second, dtype=float))
    low1, high1 = wilson(p1, n_first, level=level)
    low2, high2 = wilson(p2, n_second, level=level)
    low = p1 - p2 - np.hypot(p1 - low1, high2 - p2)
    high = p1 - p2 + np.hypot(high1 - p1, p2 - low2)
    unknown = np.isnan(p1 - p2)
    return np.clip(np.where(unknown, -1.0, low), -1.0, 1.0), np.clip(np.where(unknown, 1.0, high), -1.0, 1.0)


def fisher_p(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> Reals:
    """Fisher's exact two-sided p of each pair of shares; pairs with the same margins share one distribution.

    Of more than a million answers in each margin it is that of the normal distribution (continuity
    corrected), which differs by less than the probability of one table.

    Source: Fisher (1935), JRSS 98: 39–82.
    """
    first, size1, second, size2 = np.broadcast_arrays(
        *(np.asarray(x, dtype=np.int64) for x in (x1, n1, x2, n2))
    )
    margins = np.stack([size1, size2, first + second], axis=-1).reshape(-1, 3)
    distinct, place = np.unique(margins, axis=0, return_inverse=True)
    p, hits = np.empty(len(margins)), first.ravel()
    alike = np.split(np.argsort(place, kind="stable"), np.cumsum(np.bincount(place))[:-1])
    for (a, b, both), rows in zip(distinct.tolist(), alike, strict=False):  # no pairs still split in one
        p[rows] = _two_sided(hits[rows], a, b, both)
    return p.reshape(first.shape)


def _two_sided(x: Integers, n1: int, n2: int, both: int) -> Reals:
    """Probabilities of all tables with these margins that are no more probable than that with x."""
    n, smallest = n1 + n2, min(n1, n2, both, n1 + n2 - both)
    if smallest > MANY_ANSWERS:
        deviation = (n1 / n * n2 / n * both / (n - 1) * (n - both)) ** 0.5
        p: Reals = 2 * ndtr((0.5 - np.abs(x - n1 / n * both)) / deviation)
        return np.minimum(p, 1.0)
    middle, reach = (n1 + 1) * (both + 1) // (n + 2), int(FAR_OUT[0] * smallest**0.5) + FAR_OUT[1]
    least, most = max(0, both - n2, middle - reach), min(n1, both, middle + reach)
    before = np.arange(least, most, dtype=float)
    ratios = (n1 - before) / (before + 1) * ((both - before) / (n2 - both + 1 + before))
    logs = np.concatenate([[0.0], np.log(ratios).cumsum()])
    ranked = np.sort(logs)
    sums: Reals = np.exp(ranked - ranked[-1]).cumsum()
    last = np.searchsorted(ranked, logs[np.clip(x, least, most) - least] + TIE_OF_LOGS, side="right") - 1
    return np.asarray(sums[last] / sums[-1])


def holm(p_values: ArrayLike, family: int) -> Reals:
    """p-values on the last axis adjusted over a family of at least as many, of which the others count as 1.

    Source: Holm (1979), Scand. J. Statistics 6: 65–70.
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, axis=-1)
    ranked = np.take_along_axis(p, order, -1)
    stepped = np.maximum.accumulate(ranked * (family - np.arange(p.shape[-1])), axis=-1)
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, np.minimum(stepped, 1.0), -1)
    return adjusted
