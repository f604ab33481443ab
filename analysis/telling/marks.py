"""Sentences that explain what was done to a wave before it was published: withheld cells, weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.codebook import codebook_of
from analysis.wording import format_count, join_words, quoted, say

if TYPE_CHECKING:
    import pandas as pd


def describe_withheld(survey: pd.DataFrame, *, lang: str = "en") -> str:
    """Which stages of a wave were withheld, and below which count; empty where none was.

    The codebook says so in the wave's ``withheld``, an object with ``minimum`` and ``stages``; the rows of
    ``withhold_small_cells`` carry such a codebook.
    """
    codebook = codebook_of(survey)
    withheld = _declared(survey, "withheld")
    if not withheld:
        return ""
    names = [quoted(codebook.word("stage", stage, lang), lang) for stage in withheld["stages"]]
    minimum = format_count(withheld["minimum"], lang)
    return say("respondents.withheld", lang, minimum=minimum, stages=join_words(names, lang))


def describe_weighting(survey: pd.DataFrame, *, lang: str = "en") -> str:
    """That the percentages of a wave are weighted, and what follows; empty where they are not."""
    return say("respondents.weighted", lang) if _declared(survey, "weighted") else ""


def _declared(survey: pd.DataFrame, key: str) -> Any:
    """What the codebook declares of the frame's only wave."""
    waves = [str(wave) for wave in survey["wave"].unique()]
    return codebook_of(survey).wave(waves[0]).get(key) if len(waves) == 1 else None
