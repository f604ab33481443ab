"""Waves compared with the one before, group by group."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.cells import MEASURES
from analysis.codebook import Codebook, codebook_of
from analysis.differences import (
    COLUMNS,
    METHODS,
    Request,
    adjusted_residuals,
    check_request,
    finish,
    fisher_p,
    published_differences,
    verdicts,
)
from analysis.multiplicity import adjust_p
from analysis.published import Published, published_upwards, read_published
from analysis.spans import Span, wave_spans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.cells import Integers

MOST_PAIRS = 2_500  # of counts of one cell in two waves; beyond it rounding says more than sampling


def compare_waves(
    survey: pd.DataFrame, *, level: float = 0.95, adjust: str = "holm", method: str = "newcombe"
) -> pd.DataFrame:
    """The change of each group from wave to wave, at each stage and at that stage or higher.

    Counts are recovered where they can be; a change then has an interval and a p-value, valid over all
    counts that fit. Else it stands between the bounds that rounding leaves. Waves are compared with the
    group's wave before, unless the codebook declares ``"comparable": false`` of a wave in between or of
    the later one: its question or scale changed.

    Parameters
    ----------
    survey : DataFrame
        Rows of the survey table.
    level : float
        Confidence level of each interval.
    adjust : str
        ``holm``, ``bonferroni`` or ``bh``; the family is the stages (or cuts) of one group and two waves.
    method : str
        Interval: ``newcombe`` or ``miettinen_nurminen``.

    Returns
    -------
    DataFrame
        One row per group × two waves × measure × stage that both waves publish: ``group`` and the columns
        of ``compare_stages``, with ``first`` (and ``wave``) the later wave and ``second`` the earlier.
        ``estimate``, ``low`` and ``high`` are later minus earlier, shares between −1 and 1. Where several
        counts fit, ``p_adjusted`` adjusts the largest p of each stage, which is at least the largest
        adjusted p. ``method`` is "rounding" where counts cannot be told. Empty for a single wave.

    Raises
    ------
    RequestError
        An unknown method or adjustment, or a level not between 0 and 1.

    Notes
    -----
    Sources as in ``compare_stages``. Who answers may change from wave to wave; no interval knows of that.
    """
    request = check_request(level, adjust, method)
    codebook = codebook_of(survey)
    times = [str(wave) for wave in survey["wave"].cat.categories if (survey["wave"] == wave).any()]
    published = {wave: read_published(survey, wave) for wave in times}
    spans = {wave: wave_spans(survey, wave) for wave in times}
    blocks = []
    for group, earlier, later in _steps(published, codebook):
        new, old = (_of_group(published[wave], group) for wave in (later, earlier))
        known = [spans[wave].get(group) for wave in (later, earlier)]
        upper = published_upwards(new), published_upwards(old)
        for measure, (first, second) in zip(MEASURES, ((new, old), upper), strict=True):
            block = _change(first, second, known, measure, request)
            blocks.append(block.assign(group=group, wave=later, first=later, second=earlier, measure=measure))
    changes = pd.concat(blocks) if blocks else pd.DataFrame(columns=["group", *COLUMNS])
    return finish(changes, codebook, {})


def _steps(published: dict[str, Published], codebook: Codebook) -> Iterator[tuple[str, str, str]]:
    """Group, earlier and later wave, for waves of one line: no declared break between them."""
    breaks = np.cumsum([codebook.wave(wave).get("comparable", True) is False for wave in published])
    line = dict(zip(published, breaks.tolist(), strict=True))
    for group in codebook.groups:
        own = [wave for wave, shares in published.items() if group in shares.groups]
        for earlier, later in pairwise(own):
            if line[earlier] == line[later]:
                yield group, earlier, later


def _of_group(published: Published, group: str) -> Published:
    return published.take([published.groups.index(group)])


def _change(
    later: Published, earlier: Published, spans: list[Span | None], measure: str, request: Request
) -> pd.DataFrame:
    """The rows of one measure: on counts where both waves have them, else as published."""
    new, old = spans
    both = ~np.isnan(later.estimate[0]) & ~np.isnan(earlier.estimate[0])
    if new is None or old is None or not both.any():
        return published_differences(later, earlier)
    ends = [ends[measure][both] for span in (new, old) for ends in (span.low, span.high)]
    if np.prod([ends[1] - ends[0] + 1, ends[3] - ends[2] + 1], axis=0).max() > MOST_PAIRS:
        return published_differences(later, earlier)
    block = _range(ends, [new.n, old.n], request)
    n_tables = [span.n_tables for span in (new, old) if span.n_tables is not None]
    return block.assign(
        stage=np.array(later.stages)[both],
        percent_first=later.percent[0, both],
        percent_second=earlier.percent[0, both],
        basis="counted" if new.basis == old.basis == "counted" else "recovered",
        n_tables=math.prod(n_tables) if len(n_tables) == 2 else np.nan,
    )


def _range(ends: list[Integers], sizes: list[int], request: Request) -> pd.DataFrame:
    """Differences over all counts between the ends: lowest and highest of the later and the earlier wave.

    Both ends of an interval rise with the first count and fall with the second, so two corners bound it.
    """
    low1, high1, low2, high2 = ends
    n1, n2 = np.array(sizes)
    least, most = low1 / n1 - high2 / n2, high1 / n1 - low2 / n2
    bounds = METHODS[request.method]
    p = [
        fisher_p(np.arange(a, b + 1)[:, None], n1, np.arange(c, d + 1), n2)
        for a, b, c, d in zip(*ends, strict=True)
    ]
    p_low, p_high = np.array([values.min() for values in p]), np.array([values.max() for values in p])
    adjusted_low, adjusted_high = (adjust_p(values, method=request.adjust) for values in (p_low, p_high))
    single = (low1 == high1) & (low2 == high2)
    return pd.DataFrame(
        {
            "estimate": np.where(single, least, np.nan),
            "estimate_low": least,
            "estimate_high": most,
            "low": bounds(low1, n1, high2, n2, level=request.level)[0],
            "high": bounds(high1, n1, low2, n2, level=request.level)[1],
            "p_value": p_high,
            "p_low": p_low,
            "p_high": p_high,
            "p_adjusted": adjusted_high,
            "residual": np.where(single, adjusted_residuals(low1, n1, low2, n2), np.nan),
            "level": request.level,
            "method": request.method,
            "adjust": request.adjust,
            "n_first": n1,
            "n_second": n2,
            "verdict": verdicts(adjusted_low, adjusted_high, request.level),
        }
    )
