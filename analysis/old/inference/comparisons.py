"""Groups compared at each stage: on counts, or on published shares with what rounding leaves open."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from analysis.codebook import codebook_of
from analysis.old.inference.cells import MEASURES, Cells, common, measured, printed, read_cells
from analysis.old.inference.differences import (
    METHODS,
    Block,
    Request,
    adjusted_residuals,
    build_frame,
    check_request,
    fisher_p,
    verdicts,
)
from analysis.old.inference.leeway import counted_differences, published_differences
from analysis.old.inference.multiplicity import adjust_p
from analysis.old.inference.published import Published, read_published
from analysis.old.inference.spans import wave_spans


def compare_stages(
    counts: pd.DataFrame, *, level: float = 0.95, adjust: str = "holm", method: str = "newcombe"
) -> pd.DataFrame:
    """The difference between each two groups at each stage, and at that stage or higher.

    Parameters
    ----------
    counts : DataFrame
        ``counts`` or ``count_tables``. Over several tables an interval is the union of theirs and a
        p-value the largest, so both hold whichever table is true.
    level : float
        Confidence level of each interval.
    adjust : str
        ``holm``, ``bonferroni`` or ``bh``, within each table; the family is all pairs of groups and all
        stages of one measure.
    method : str
        Interval: ``newcombe`` or ``miettinen_nurminen``.

    Returns
    -------
    DataFrame
        One row per measure × pair of groups × stage. ``estimate``, ``low`` and ``high`` are differences
        of shares, ``first`` minus ``second`` in the codebook's order, −1 to 1; ``estimate_low`` and
        ``estimate_high`` their range over the tables, ``estimate`` nan where the tables differ.
        ``p_value`` is Fisher's exact, two-sided. ``residual`` is the adjusted residual of the first
        group. ``verdict``: whether ``p_adjusted`` is below 1 − level in "every table", in "none", or
        "undetermined". Empty for a single group.

    Raises
    ------
    RequestError
        An unknown method or adjustment, or a level not between 0 and 1.
    RecoveryError
        No table of counts fits.

    Notes
    -----
    Newcombe (1998), Statistics in Medicine 17: 873–890, method 10; Miettinen & Nurminen (1985),
    Statistics in Medicine 4: 213–226; Fisher (1935), JRSS 98: 39–82; Haberman (1973), Biometrics 29:
    205–220 for residuals; Holm (1979), Scand. J. Statistics 6: 65–70.
    """
    request = check_request(level, adjust, method)
    cells = read_cells(counts)
    alike = {**request._asdict(), "wave": cells.wave, "basis": cells.basis, "n_tables": cells.n_tables}
    blocks = [_compare(cells, measure, request) | alike for measure in MEASURES]
    return build_frame(blocks, cells.codebook, cells.attrs)


def compare_published(survey: pd.DataFrame, wave: str) -> pd.DataFrame:
    """The difference between each two groups as published, between the bounds that rounding leaves.

    Shares printed as 28 and 10 % differ by 17 to 19 percentage points. Nothing is assumed of counts or
    sampling, so there is no interval of confidence and no p-value.

    Returns
    -------
    DataFrame
        One row per measure × pair of groups × stage published for both, with the columns of
        ``compare_stages``; ``low`` and ``high`` equal ``estimate_low`` and ``estimate_high``, ``method``
        is "rounding". ``verdict``: "every table" where all differences that rounding leaves have the
        same sign, else "undetermined".

    Raises
    ------
    RequestError
        The survey has no such wave.
    """
    first, second = _sides(survey, wave)
    blocks = [block | {"wave": wave} for block in published_differences(first, second)]
    return build_frame(blocks, codebook_of(survey), {"wave": wave, "basis": "published"})


def compare_cells(
    survey: pd.DataFrame,
    wave: str,
    *,
    level: float = 0.95,
    adjust: str = "holm",
    method: str = "newcombe",
) -> pd.DataFrame:
    """The difference between each two groups, cell by cell over all counts that each cell can have.

    For a wave with more tables of counts than can be listed. Cells are taken by themselves, so ranges are
    as wide as over the tables or wider, and what is said holds for every table. Where the counts of a
    group cannot be told, or are too many, the published shares are compared instead.

    Parameters
    ----------
    survey, wave
        Rows of the survey table, and the wave.
    level, adjust, method
        As in ``compare_stages``.

    Returns
    -------
    DataFrame
        One row per measure × pair of groups × stage published for both, with the columns of
        ``compare_stages``, or of ``compare_published`` where ``method`` is "rounding".

    Raises
    ------
    RequestError
        An unknown wave, method or adjustment, or a level not between 0 and 1.
    """
    request = check_request(level, adjust, method)
    first, second = _sides(survey, wave)
    spans = wave_spans(survey, wave)
    pairs = list(zip(first.groups, second.groups, strict=True))
    known = bool(pairs) and all(group in spans for pair in pairs for group in pair)
    found = [(spans[one], spans[other]) for one, other in pairs] if known else []
    differences = counted_differences(first, second, found, request) if known else None
    if differences is None:
        return compare_published(survey, wave)
    blocks = [block | {"wave": wave} for block in differences]
    return build_frame(blocks, codebook_of(survey), {"wave": wave, "basis": "recovered"})


def order_groups(differences: pd.DataFrame) -> pd.DataFrame:
    """Whether one group lies higher than another at every cut of the scale.

    A distribution dominates another when its share of "at least this stage" is nowhere lower and
    somewhere higher (stochastic order, Lehmann 1955, Ann. Math. Statist. 26: 399–419).

    Parameters
    ----------
    differences : DataFrame
        From ``compare_published`` or ``compare_stages``; the ranges of its estimates are used, so the
        verdict holds for all that rounding, or the set of tables, leaves open.

    Returns
    -------
    DataFrame
        One row per pair of groups: ``cuts`` (number of cuts compared), ``first_higher`` and
        ``second_higher`` (cuts at which that group is higher for certain), and ``verdict``: "first" or
        "second" dominates, "neither" does, "equal", or "undetermined".
    """
    rows = differences[differences["measure"] == "at_least"]
    cuts = len(rows["stage"].cat.categories) - 1
    keys = ["wave", "first", "second"]
    found = [
        {**dict(zip(keys, key, strict=True)), **_order(pair, cuts)}
        for key, pair in rows.groupby(keys, sort=False)
    ]
    columns = [*keys, "cuts", "first_higher", "second_higher", "verdict"]
    orders = pd.DataFrame(found, columns=columns)
    orders.attrs = dict(differences.attrs)
    return orders


def _sides(survey: pd.DataFrame, wave: str) -> tuple[Published, Published]:
    """The published shares of each pair of part groups, the first of the pairs and the second."""
    total = codebook_of(survey).total
    published = read_published(survey, wave)
    first, second = _pair_up(place for place, group in enumerate(published.groups) if group != total)
    return published.take(first), published.take(second)


def _order(pair: pd.DataFrame, cuts: int) -> dict[str, Any]:
    low, high = pair["estimate_low"].to_numpy(), pair["estimate_high"].to_numpy()
    first, second = int((low > 0).sum()), int((high < 0).sum())
    complete = len(pair) == cuts
    verdict = "undetermined"
    if first and second:
        verdict = "neither"
    elif complete and first and (low >= 0).all():
        verdict = "first"
    elif complete and second and (high <= 0).all():
        verdict = "second"
    elif complete and (low == 0).all() and (high == 0).all():
        verdict = "equal"
    return {"cuts": len(pair), "first_higher": first, "second_higher": second, "verdict": verdict}


def _compare(cells: Cells, measure: str, request: Request) -> Block:
    """The rows of one measure; arrays run over tables, pairs of groups and stages."""
    stages, x = measured(cells, measure)
    first, second = _pair_up(range(len(cells.groups)))
    x1, x2, n1, n2 = x[:, first], x[:, second], cells.n[:, first, None], cells.n[:, second, None]
    with np.errstate(invalid="ignore"):
        estimate = x1 / n1 - x2 / n2
    low, high = METHODS[request.method](x1, n1, x2, n2, level=request.level)
    p = fisher_p(x1, n1, x2, n2)
    family = p.reshape(len(p), len(first) * len(stages))
    adjusted = adjust_p(family, method=request.adjust).reshape(p.shape)
    columns = {
        "estimate": common(estimate),
        "estimate_low": estimate.min(0),
        "estimate_high": estimate.max(0),
        "low": low.min(0),
        "high": high.max(0),
        "p_value": p.max(0),
        "p_low": p.min(0),
        "p_high": p.max(0),
        "p_adjusted": adjusted.max(0),
        "residual": common(adjusted_residuals(x1, n1, x2, n2)),
        "verdict": verdicts(adjusted.min(0), adjusted.max(0), request.level),
    }
    values = {name: array.ravel() for name, array in columns.items()}
    return values | {"measure": measure} | _sides_of(cells, measure, first, second)


def _sides_of(cells: Cells, measure: str, first: list[int], second: list[int]) -> Block:
    """The stage, groups, n and printed shares of each row of a measure."""
    stages, _ = measured(cells, measure)
    percent = printed(cells, measure)
    columns: Block = {"stage": np.tile(stages, len(first))}
    for side, places in (("first", first), ("second", second)):
        columns[side] = np.repeat([cells.groups[place] for place in places], len(stages))
        columns[f"n_{side}"] = np.repeat(common(cells.n[:, places]), len(stages))
        columns[f"percent_{side}"] = percent[places].ravel()
    return columns


def _pair_up(places: Iterable[int]) -> tuple[list[int], list[int]]:
    """Every two places in their order: the first of each pair, and the second."""
    pairs = list(combinations(places, 2))
    return [first for first, _ in pairs], [second for _, second in pairs]
