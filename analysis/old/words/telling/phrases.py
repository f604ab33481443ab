"""Parts of sentences: a stage, a group as a place, a difference; labels never get an ending."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.codebook import codebook_of
from analysis.old.words.telling.figures import Difference, differences_of, level_of
from analysis.old.words.wording import (
    format_percent,
    format_points,
    format_range,
    join_words,
    points_phrase,
    quoted,
    rounded,
    say,
    wave_order,
)

if TYPE_CHECKING:
    import pandas as pd

    from analysis.codebook import Codebook

MOST_LISTED = 3  # shares of groups in one sentence


def sentence(words: str) -> str:
    """Words with their first letter as at the start of a sentence."""
    return words[:1].upper() + words[1:]


def where(codebook: Codebook, group: str, lang: str) -> str:
    """A group as the place of an answer: its form ``within``, else "in the group" with its label."""
    if codebook.has_form("group", group, "within"):
        return codebook.word("group", group, lang, "within")
    return say("phrases.in_group", lang, group=quoted(codebook.word("group", group, lang), lang))


def stage_label(codebook: Codebook, measure: str, stage: str, lang: str) -> str:
    """A stage, or that stage or further, as a label; nothing is further than the highest stage."""
    label = codebook.word("stage", stage, lang)
    return label if _alone(codebook, measure, stage) else say("charts.stage_or_further", lang, stage=label)


def stage_phrase(codebook: Codebook, measure: str, stage: str, lang: str) -> str:
    """A stage in quotation marks, or that stage or further; nothing is further than the highest stage."""
    label = quoted(codebook.word("stage", stage, lang), lang)
    return label if _alone(codebook, measure, stage) else say("phrases.at_least", lang, stage=label)


def answer_phrase(codebook: Codebook, measure: str, stage: str, lang: str) -> str:
    """As ``stage_phrase``, but the subject of a sentence: the answer of that name."""
    phrase = stage_phrase(codebook, measure, stage, lang)
    return say("phrases.answer", lang, stage=phrase) if _alone(codebook, measure, stage) else phrase


def _alone(codebook: Codebook, measure: str, stage: str) -> bool:
    return measure == "stage" or stage == codebook.stages[-1]


def pair_label(found: Difference, codebook: Codebook, lang: str) -> str:
    """The two groups of a difference, the first minus the second."""
    first, second = (codebook.word("group", g, lang, "short") for g in (found.first, found.second))
    return say("charts.first_minus_second", lang, first=first, second=second)


def list_shares(shares: Sequence[tuple[str, float]], codebook: Codebook, lang: str, decimals: int) -> str:
    """Groups with their shares in per cent; of many groups only the lowest and the highest."""
    if len(shares) == 1:
        return format_percent(shares[0][1], lang, decimals)
    if len(shares) <= MOST_LISTED:
        words = [
            say(
                "phrases.share_there",
                lang,
                percent=format_percent(share, lang, decimals),
                where=where(codebook, group, lang),
            )
            for group, share in shares
        ]
        return join_words(words, lang)
    low, high = (end(shares, key=lambda pair: pair[1]) for end in (min, max))
    return say(
        "phrases.span_there",
        lang,
        low=format_percent(low[1], lang, decimals),
        where_low=where(codebook, low[0], lang),
        high=format_percent(high[1], lang, decimals),
        where_high=where(codebook, high[0], lang),
    )


def size_of_difference(difference: Difference, lang: str, decimals: int) -> str:
    """How large a difference is, without its sign: one figure, or its range over all that fit."""
    ends = sorted(rounded(abs(value), decimals) for value in (difference.least, difference.most))
    if ends[0] == ends[1]:
        return points_phrase(float(ends[0]), lang, decimals)
    span = format_range(float(ends[0]), float(ends[1]), lang, decimals)
    return say("phrases.range_of_points", lang, range=span)


def span_of_points(least: float, most: float, lang: str, decimals: int, *, sign: bool = False) -> str:
    """A difference in percentage points: one figure, or its range, with signs where asked or below 0."""
    if rounded(least, decimals) == rounded(most, decimals):
        return points_phrase(least, lang, decimals, sign=sign)
    ends = format_range(least, most, lang, decimals, sign=sign)
    return say("phrases.range_of_points", lang, range=ends)


def change_of(difference: Difference, lang: str, decimals: int) -> str:
    """A difference in percentage points with its sign; its range over all that fit as more or less."""
    least, most = (rounded(value, decimals) for value in (difference.least, difference.most))
    if least == most or least < 0 < most:
        return span_of_points(difference.least, difference.most, lang, decimals, sign=True)
    size = size_of_difference(difference, lang, decimals)
    return say("phrases.more" if most > 0 else "phrases.less", lang, points=size)


def change_range(difference: Difference, lang: str, decimals: int) -> str:
    """A difference with its sign, then its interval in brackets where it has one."""
    ends = [format_points(value, lang, decimals) for value in (difference.least, difference.most)]
    points = ends[0] if ends[0] == ends[1] else say("phrases.span", lang, low=ends[0], high=ends[1])
    if difference.only_rounding:
        return points
    interval = format_range(difference.low, difference.high, lang, decimals, sign=True)
    return say("phrases.with_interval", lang, points=points, interval=interval)


def main_change(frame: pd.DataFrame) -> Difference:
    """The change that a chart of waves is about: at the codebook's cut or further, of all who answered.

    Of the latest two waves; where there is no such change, the largest.
    """
    codebook = codebook_of(frame)
    changes = differences_of(frame)
    latest = max((change.first for change in changes), key=wave_order)
    return max(
        (change for change in changes if change.first == latest),
        key=lambda change: (
            change.measure == "at_least" and change.stage == codebook.cut,
            change.group == codebook.total,
            abs(change.middle),
        ),
    )


def only_rounding(frame: pd.DataFrame) -> bool:
    """Whether the ends in a frame are what rounding leaves, not what chance could do."""
    return "method" in frame and set(frame["method"].dropna()) == {"rounding"}


def lines_phrase(frame: pd.DataFrame, lang: str) -> str:
    """What the lines through the marks mean; empty where there are none."""
    if "method" not in frame or not len(frame["method"].dropna()):
        return ""
    if only_rounding(frame):
        return say("phrases.lines_rounding", lang)
    level = format_percent(level_of(frame), lang)
    several = (frame["estimate_high"] - frame["estimate_low"]).abs().max() > 0
    return say("phrases.lines_tables" if several else "phrases.lines_interval", lang, level=level)
