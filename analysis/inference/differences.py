"""Differences between groups and between waves: one family, one criterion, in every table that fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.codebook import Codebook, codebook_of
from analysis.inference.cells import (
    EXACT,
    MEASURES,
    SAME,
    Cells,
    Side,
    check_request,
    judge,
    level_of,
    settings,
    with_codes,
)
from analysis.inference.intervals import fisher_p, holm, newcombe
from analysis.inference.shares import assumed_rules, cells_of, group_cells, published_cells
from analysis.rounding import DEFAULT_RULES, rule_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.inference.intervals import Reals

MOST_MARGINS = 100  # of two bounded cells, whose p are gone through one by one


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
    family, one = cells.family, level_of(level, cells.family, adjust)
    blocks = [difference_rows(*paired_rows(*cells.pairs(), measure), one) for measure in MEASURES]
    attrs = settings(cells.attrs, level=level, adjust=adjust, family=family, population=population)
    return finish_differences(blocks, cells.codebook, attrs, 1 if adjust == "none" else family)


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
    waves = [str(wave) for wave in survey["wave"].cat.categories if (survey["wave"] == wave).any()]
    published = {wave: published_cells(survey, wave, rules) for wave in waves}
    steps: dict[tuple[str, str], list[str]] = {}
    for group, earlier, later in _steps(published, codebook):
        steps.setdefault((later, earlier), []).append(group)
    counted = {
        wave: group_cells(survey, published[wave], rules, population) for wave in dict.fromkeys(chain(*steps))
    }
    blocks, families, bases = [], {}, set()
    for (later, earlier), groups in steps.items():
        changes = []
        for group in groups:
            both = group in counted[later] and group in counted[earlier]
            bases |= {counted[wave][group].attrs["basis"] for wave in (later, earlier) if both}
            one, other = (
                counted[wave][group] if both else published[wave].take([group]) for wave in (later, earlier)
            )
            for measure in MEASURES:
                labels, after, before = paired_rows(one, other, measure)
                codes = {"group": group, **labels, "first": later, "second": earlier}
                # waves know nothing of each other's tables, so the ends of each side bound every pair of them
                changes.append((codes, after.over_tables(), before.over_tables()))
        family = families[f"{later} {earlier}"] = sum(len(labels["stage"]) for labels, *_ in changes)
        rows = [difference_rows(*change, level_of(level, family, adjust)) for change in changes]
        blocks.append(finish_differences(rows, codebook, {}, 1 if adjust == "none" else family))
    frame = pd.concat(blocks, ignore_index=True) if blocks else _no_change(codebook)
    for name in ("first", "second"):
        frame[name] = pd.Categorical(list(frame[name]), categories=waves, ordered=True)
    frame = frame.sort_values(["group", "first", "second", "measure", "stage"], ignore_index=True)
    attrs = {
        "codebook": codebook,
        "basis": "counted" if bases == {"counted"} else "recovered" if bases else "published",
        "rules": list(rules),
        "n": {wave: published[wave].attrs["n"] for wave in counted},
        "decimals": max((published[wave].attrs["decimals"] for wave in counted), default=0),
        "assumed": assumed_rules(rules),
    }
    frame.attrs = settings(attrs, level=level, adjust=adjust, family=families)
    return frame


def _steps(published: Mapping[str, Cells], codebook: Codebook) -> Iterator[tuple[str, str, str]]:
    """Group, earlier and later wave, for waves of one line: no declared break between them."""
    breaks = np.cumsum([codebook.wave(wave).get("comparable", True) is False for wave in published])
    line = dict(zip(published, breaks.tolist(), strict=True))
    for group in codebook.groups:
        own = [wave for wave, cells in published.items() if group in cells.groups]
        for earlier, later in pairwise(own):
            if line[earlier] == line[later]:
                yield group, earlier, later


def _no_change(codebook: Codebook) -> pd.DataFrame:
    """The columns of the frame, without a row."""
    names = ("group", "measure", "stage", "first", "second", "percent_first", "percent_second")
    nothing = Side(*[np.zeros((1, 0))] * 5)
    rows = difference_rows({name: [] for name in names}, nothing, nothing, 0.95)
    return finish_differences([rows], codebook, {}, 1)


def paired_rows(one: Cells, other: Cells, measure: str) -> tuple[dict[str, Any], Side, Side]:
    """What stands in each row before its numbers, and both sides by table and row.

    The groups of ``one`` and ``other`` are compared in their order, where both show something: at each stage,
    of the cumulative shares at the inner stages.
    """
    stages = np.array(one.stages_of(measure), dtype=object)
    chosen = one.shown(measure) & other.shown(measure)
    if measure == "at_least":
        chosen &= np.isin(stages, one.inner)
    pair, stage = np.nonzero(chosen)
    sides = [cells.side(measure).chosen(chosen) for cells in (one, other)]
    percents = [cells.percent(measure)[chosen] for cells in (one, other)]
    if measure == "at_least":  # a sum of rounded figures may lie beside what is compared
        percents = [_inside(*both) for both in zip(percents, sides, strict=True)]
    labels = {
        "measure": measure,
        "stage": stages[stage],
        "first": np.array(one.groups, dtype=object)[pair],
        "second": np.array(other.groups, dtype=object)[pair],
        "percent_first": percents[0],
        "percent_second": percents[1],
    }
    return labels, sides[0], sides[1]


def _inside(percent: Reals, side: Side) -> Reals:
    """The share of the counts in per cent, or where tables differ the one nearest to the published sum."""
    if side.size is not None:
        return percent
    least, most = side.shares
    return np.clip(percent, 100 * least.min(0), 100 * most.max(0)).round(9)


def difference_rows(labels: Mapping[str, Any], one: Side, other: Side, level: float) -> pd.DataFrame:
    """Rows of first minus second: both ends of an interval rise with one count and fall with the other.

    Sides are by table and row. ``p_by_table`` has each table's p, for Holm's adjustment. Where rounding alone
    bounds a share, the bounds stand in place of an interval, and there is no p and no verdict.
    """
    least, most, low_least, low_most, high_least, high_most = difference_ends(one, other, level)
    p = np.full_like(least, np.nan)
    if one.size is None:
        p_least, p = pair_p(one, other)
        if not np.isfinite(one.members).any():  # Fisher's test knows no finite population
            error = 1 - level - SAME  # a p of .05 is not below .05, whatever its last bits
            low_least, high_most = _widened(low_least, high_most, p > error)
            low_most, high_least = _widened(low_most, high_least, p_least > error)
    estimate_low, estimate_high, low, high = least.min(0), most.max(0), low_least.min(0), high_most.max(0)
    verdict = judge(low, low_most.max(0), high_least.min(0), high)
    if one.size is not None:
        estimate_low, estimate_high = estimate_low.round(EXACT), estimate_high.round(EXACT)
        bounded = np.isnan(one.answers[0] + other.answers[0])[0]
        low, high = np.where(bounded, estimate_low, low), np.where(bounded, estimate_high, high)
        verdict = np.where(bounded, "", verdict)
    numbers = {
        "estimate": np.where(estimate_high - estimate_low < SAME, estimate_low, np.nan),
        "estimate_low": estimate_low,
        "estimate_high": estimate_high,
        "low": low,
        "high": high,
        "p_value": p.max(0),
        "p_adjusted": np.nan,
        "verdict": verdict,
        "p_by_table": list(p.T),
    }
    return pd.DataFrame({**labels, **numbers})


def difference_ends(one: Side, other: Side, level: float) -> tuple[Reals, ...]:
    """By table: least and most of the difference, of the lower and of the upper end of its interval."""
    (first_least, first_most), (second_least, second_most) = one.shares, other.shares
    (first_few, first_many), (second_few, second_many) = one.answers, other.answers
    low_least = newcombe(first_least, first_few, second_most, second_few, level=level)[0]
    high_most = newcombe(first_most, first_few, second_least, second_few, level=level)[1]
    least, most = first_least - second_most, first_most - second_least
    if one.known and other.known:
        least = first_least - second_least
        return least, least, low_least, low_least, high_most, high_most
    low_most = newcombe(first_most, first_many, second_least, second_many, level=level)[0]
    high_least = newcombe(first_least, first_many, second_most, second_many, level=level)[1]
    return least, most, low_least, low_most, high_least, high_most


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


def _widened(low: Reals, high: Reals, excluded: NDArray[np.bool_]) -> tuple[Reals, Reals]:
    """Intervals that reach zero where the exact test does not exclude it."""
    return np.where(excluded, np.minimum(low, 0.0), low), np.where(excluded, np.maximum(high, 0.0), high)


def pair_p(one: Side, other: Side) -> tuple[Reals, Reals]:
    """The least and the largest of Fisher's p by table and row; of bounded cells over all their counts and n.

    Where these are too many, p is taken at the corners where the shares are farthest apart and nearest, and
    is 1 where they may be equal.
    """
    if one.known and other.known:
        p = fisher_p(one.low, one.n_low, other.low, other.n_low)
        return p, p
    least, most = _corner_p(one, other)
    ranges = [ends for side in (one, other) for ends in ((side.low, side.high), (side.n_low, side.n_high))]
    x1, n1, x2, n2 = (high - low + 1 for low, high in ranges)
    for row in np.flatnonzero((n1 * n2 * (x1 + x2 - 1))[0] <= MOST_MARGINS):
        x1, n1, x2, n2 = np.ix_(*(np.arange(low[0, row], high[0, row] + 1) for low, high in ranges))
        p = fisher_p(np.minimum(x1, n1), n1, np.minimum(x2, n2), n2)
        least[0, row], most[0, row] = p.min(), p.max()
    return least, most


def _corner_p(one: Side, other: Side) -> tuple[Reals, Reals]:
    """Fisher's p where the shares are farthest apart on either side, and where they are nearest."""
    above = fisher_p(np.minimum(one.high, one.n_high), one.n_high, other.low, other.n_high)
    below = fisher_p(one.low, one.n_high, np.minimum(other.high, other.n_high), other.n_high)
    low, high = one.shares[0] - other.shares[1], one.shares[1] - other.shares[0]
    nearest_above = fisher_p(one.low, one.n_high, np.minimum(other.high, other.n_low), other.n_low)
    nearest_below = fisher_p(np.minimum(one.high, one.n_low), one.n_low, other.low, other.n_high)
    nearest = np.where(low > 0, nearest_above, np.where(high < 0, nearest_below, 1.0))
    return np.minimum(np.minimum(above, below), nearest), nearest
