"""Waves compared with the one before, group by group."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.codebook import Codebook, codebook_of
from analysis.old.inference.differences import COLUMNS, Block, build_frame, check_request
from analysis.old.inference.leeway import counted_differences, published_differences
from analysis.old.inference.published import Published, read_published
from analysis.old.inference.spans import wave_spans

if TYPE_CHECKING:
    from collections.abc import Iterator


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
    blocks: list[Block] = []
    for group, earlier, later in _steps(published, codebook):
        new, old = (_of_group(published[wave], group) for wave in (later, earlier))
        found = None
        if group in spans[later] and group in spans[earlier]:
            found = counted_differences(new, old, [(spans[later][group], spans[earlier][group])], request)
        sides = {"group": group, "wave": later, "first": later, "second": earlier}
        blocks += [block | sides for block in found or published_differences(new, old)]
    nothing = np.array([], dtype=object)
    return build_frame(blocks or [dict.fromkeys(("group", *COLUMNS), nothing)], codebook, {})


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
