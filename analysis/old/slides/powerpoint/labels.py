"""The words of a native chart: names of groups, stages, differences and directions."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from analysis.old.words.telling.phrases import pair_label, stage_label, where
from analysis.old.words.wording import format_n, say

if TYPE_CHECKING:
    from analysis.codebook import Codebook
    from analysis.old.words.telling.figures import Difference

COLUMNS = ("clear", "unclear", "low", "high", "below", "above", "clear_varies", "varies", "half")


def group_label(codebook: Codebook, group: str, n: float, lang: str) -> str:
    """A group in words, and under it the answers that its shares rest on, where known."""
    words = codebook.word("group", group, lang, "short")
    return words if isnan(n) else f"{words}\n{format_n(n, lang)}"


def difference_label(found: Difference, codebook: Codebook, lang: str, *, several: bool) -> str:
    """The stage of a difference, and of several pairs of groups which one it is."""
    stage = stage_label(codebook, found.measure, found.stage, lang)
    return f"{stage}\n{pair_label(found, codebook, lang)}" if several else stage


def directions(codebook: Codebook, pair: tuple[str, str] | None, lang: str) -> tuple[str, str]:
    """What it means to lie above and below zero for a pair of groups; for several, right and left of it."""
    if pair is None:
        return f"{say('charts.more_in_first', lang)} ▶", f"◀ {say('charts.more_in_second', lang)}"
    first, second = (say("charts.more_there", lang, where=where(codebook, g, lang)) for g in pair)
    return f"▲ {first}", f"▼ {second}"


def spoken_words(codebook: Codebook, lang: str) -> set[str]:
    """All the names that rows and columns of sheets, and words inside charts, can have in a language."""
    measures = [(measure, stage) for measure in ("stage", "at_least") for stage in codebook.stages]
    pairs = [None, *((group, group) for group in codebook.groups)]
    return {
        *(stage_label(codebook, measure, stage, lang) for measure, stage in measures),
        *(codebook.word("group", group, lang, "short") for group in codebook.groups),
        *(say(f"slides.column_{name}", lang) for name in COLUMNS),
        *(way for pair in pairs for way in directions(codebook, pair, lang)),
    }
