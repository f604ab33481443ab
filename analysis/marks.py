"""Sentences that explain what was done to a wave before it was published: withheld cells, weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.codebook import codebook_of
from analysis.wording import format_count, join_words, quoted, say

if TYPE_CHECKING:
    import pandas as pd


def describe_withheld(survey: pd.DataFrame, *, lang: str = "en") -> str:
    """Which stages were withheld, and from which count on cells are shown; empty where none was.

    The frame says so itself (``attrs["withheld"]``, from ``withhold_small_cells``), or the codebook does in
    the wave's ``withheld``, an object with ``minimum`` and ``stages``.
    """
    codebook = codebook_of(survey)
    withheld = _of_wave(survey, "withheld")
    if not withheld or not withheld["stages"]:
        return ""
    names = [quoted(codebook.word("stage", stage, lang), lang) for stage in withheld["stages"]]
    minimum = format_count(withheld["minimum"], lang)
    return say("respondents.withheld", lang, minimum=minimum, stages=join_words(names, lang))


def describe_weighting(survey: pd.DataFrame, *, lang: str = "en") -> str:
    """That the percentages are weighted, and what follows from it; empty where they are not."""
    return say("respondents.weighted", lang) if _of_wave(survey, "weighted") else ""


def _of_wave(survey: pd.DataFrame, key: str) -> Any:
    """What the frame says of itself, else what the codebook says of its only wave."""
    if key in survey.attrs:
        return survey.attrs[key]
    waves = list(survey["wave"].unique())
    return codebook_of(survey).wave(str(waves[0])).get(key) if len(waves) == 1 else None
