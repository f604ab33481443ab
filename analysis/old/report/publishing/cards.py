"""The findings on top of a page: a number, what it is of, a sentence, and how firmly it holds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from analysis.codebook import codebook_of
from analysis.old.report.publishing.grids import verdict_of
from analysis.old.words.telling.figures import Difference, Row, decimals_of, differences_of, one_wave, rows_of
from analysis.old.words.telling.phrases import main_change, sentence, stage_phrase, where
from analysis.old.words.wording import (
    fieldwork,
    format_count,
    format_n,
    format_number,
    format_percent,
    format_points,
    format_range,
    rounded,
    say,
    wave_label,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

CARDS = 3  # more would not be read
ARROW = " → "  # from an earlier share to a later one


class Card(NamedTuple):
    """One finding; ``firm`` when neither chance nor an unknown table could undo it."""

    number: str
    what: str
    sentence: str
    tag: str
    firm: bool


def find_cards(frames: Mapping[str, pd.DataFrame], *, lang: str) -> list[Card]:
    """The findings that the survey bears, the most telling first.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        The frames of the survey, as ``gather_frames`` names them.
    lang : {"fi", "sv", "en"}
        Language of the words.

    Returns
    -------
    list of Card
        At most three: the clearest difference between groups, the latest change, the gap at the codebook's
        cut; where one of them is missing, the share from the cut on, the most common answer, and how many
        answered. No number stands on two cards.
    """
    cards: list[Card] = []
    for make in (_difference, _change, _gap_at_cut, _share_from_cut, _most_common, _answers):
        card = make(frames, lang)
        if card is not None and not any(card.number in other.number.split(ARROW) for other in cards):
            cards.append(card)
    return cards[:CARDS]


def _difference(frames: Mapping[str, pd.DataFrame], lang: str) -> Card | None:
    if "differences" not in frames:
        return None
    frame = frames["differences"]
    codebook, decimals, differences = codebook_of(frame), decimals_of(frame), differences_of(frame)
    clear = [difference for difference in differences if difference.clear]
    largest = _upright(max(clear or differences, key=lambda difference: abs(difference.middle)))
    words = {
        "first": where(codebook, largest.first, lang),
        "second": where(codebook, largest.second, lang),
        "percent_first": format_percent(largest.printed_first, lang, decimals),
        "percent_second": format_percent(largest.printed_second, lang, decimals),
    }
    return Card(
        number=_span(largest, lang, decimals),
        what=codebook.word("stage", largest.stage, lang),
        sentence=say("report.card_difference", lang, **words),
        tag=_tag(largest, frame, lang),
        firm=largest.clear and not largest.only_rounding,
    )


def _upright(difference: Difference) -> Difference:
    """The same difference with the larger share first."""
    if difference.middle >= 0:
        return difference
    return difference._replace(
        first=difference.second,
        second=difference.first,
        least=-difference.most,
        most=-difference.least,
        low=-difference.high,
        high=-difference.low,
        printed_first=difference.printed_second,
        printed_second=difference.printed_first,
    )


def _span(difference: Difference, lang: str, decimals: int) -> str:
    ends = {rounded(end, decimals) for end in (difference.least, difference.most)}
    if len(ends) == 1:
        return format_points(difference.least, lang, decimals)
    return format_range(difference.least, difference.most, lang, decimals)


def _change(frames: Mapping[str, pd.DataFrame], lang: str) -> Card | None:
    if "changes" not in frames:
        return None
    frame = frames["changes"]
    codebook, decimals, change = codebook_of(frame), decimals_of(frame), main_change(frame)
    words = {
        "later": wave_label(change.first, lang),
        "earlier": wave_label(change.second, lang),
        "where": where(codebook, change.group, lang),
    }
    earlier = format_number(change.printed_second, lang, decimals)
    everyone = change.group == codebook.total
    return Card(
        number=f"{earlier}{ARROW}{format_percent(change.printed_first, lang, decimals)}",
        what=sentence(stage_phrase(codebook, change.measure, change.stage, lang)),
        sentence=say("report.card_change" if everyone else "report.card_change_there", lang, **words),
        tag=_tag(change, frame, lang),
        firm=change.clear and not change.only_rounding,
    )


def _gap_at_cut(frames: Mapping[str, pd.DataFrame], lang: str) -> Card | None:
    frame = frames.get("cumulative_differences")
    if frame is None:
        return None
    codebook, decimals = codebook_of(frame), decimals_of(frame)
    gaps = [difference for difference in differences_of(frame) if difference.stage == codebook.cut]
    if not gaps:
        return None
    widest = max(gaps, key=lambda difference: abs(difference.middle))
    words = {name: where(codebook, getattr(widest, name), lang) for name in ("first", "second")}
    shares = (format_number(share, lang, decimals) for share in (widest.printed_first, widest.printed_second))
    return Card(
        number=" : ".join(shares),
        what=sentence(stage_phrase(codebook, "at_least", codebook.cut, lang)),
        sentence=say("report.card_gap", lang, **words),
        tag=_tag(widest, frame, lang),
        firm=widest.clear and not widest.only_rounding,
    )


def _tag(difference: Difference, frame: pd.DataFrame, lang: str) -> str:
    """How firmly a difference holds, in a few words."""
    verdict = verdict_of(difference)
    if verdict == "clear" and "group" not in frame and (frame["basis"] == "recovered").all():
        return say("report.tag_every_table", lang)
    interval = format_range(difference.low, difference.high, lang, decimals_of(frame), sign=True)
    interval = interval.replace(" ", "\u00a0")
    if difference.only_rounding:
        return say("report.tag_rounding", lang, interval=interval)
    if verdict == "chance" and not difference.low <= 0 <= difference.high:
        return say("report.tag_chance_of_many", lang)
    level = format_percent(100 * difference.level, lang)
    return say(f"report.tag_{verdict}", lang, interval=interval, level=level)


def _share_from_cut(frames: Mapping[str, pd.DataFrame], lang: str) -> Card | None:
    frame = frames["published"]
    codebook, row = codebook_of(frame), _everyone(frame)
    if len(row.cells) < len(codebook.stages):
        return None
    above = set(codebook.stages[codebook.stages.index(codebook.cut) :])
    share = sum(cell.printed for cell in row.cells if cell.stage in above)
    number = format_percent(share, lang, decimals_of(frame))
    what = sentence(stage_phrase(codebook, "at_least", codebook.cut, lang))
    return _plain_card(frame, number, what, _say_there("report.card_share", frame, lang), lang=lang)


def _most_common(frames: Mapping[str, pd.DataFrame], lang: str) -> Card | None:
    frame = frames["published"]
    cells = _everyone(frame).cells
    most = max(cells, key=lambda cell: cell.printed)
    if 100 - sum(cell.share for cell in cells) > most.share and len(cells) < len(codebook_of(frame).stages):
        return None
    number = format_percent(most.printed, lang, decimals_of(frame))
    what = codebook_of(frame).word("stage", most.stage, lang)
    return _plain_card(frame, number, what, _say_there("report.card_common", frame, lang), lang=lang)


def _answers(frames: Mapping[str, pd.DataFrame], lang: str) -> Card | None:
    frame = frames["published"]
    row = _everyone(frame)
    if math.isnan(row.n):
        return None
    told = _say_there("report.card_answers", frame, lang)
    return _plain_card(
        frame, format_count(row.n, lang), say("report.card_answers_head", lang), told, lang=lang
    )


def _everyone(frame: pd.DataFrame) -> Row:
    """The row of the total, or of the first group where there is none."""
    rows, total = rows_of(frame), codebook_of(frame).total
    return next((row for row in rows if row.group == total), rows[0])


def _say_there(key: str, frame: pd.DataFrame, lang: str) -> str:
    codebook = codebook_of(frame)
    when = fieldwork(codebook, one_wave(frame), lang)
    return say(key, lang, where=where(codebook, _everyone(frame).group, lang), fieldwork=when)


def _plain_card(frame: pd.DataFrame, number: str, what: str, told: str, *, lang: str) -> Card:
    """A figure as it was published, weighted or counted; it needs no verdict."""
    everyone = _everyone(frame)
    base = say("report.tag_base_unknown", lang) if math.isnan(everyone.n) else format_n(everyone.n, lang)
    weighted = codebook_of(frame).wave(one_wave(frame)).get("weighted")
    counted = frame.loc[frame["group"] == everyone.group, "count"].notna().all()
    origin = "weighted" if weighted else "counted" if counted else "published"
    return Card(number, what, told, say(f"report.tag_{origin}", lang, base=base), firm=True)
