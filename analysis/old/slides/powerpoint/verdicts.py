"""What a survey bears and what it does not, as short lines for a slide; ``conclusions`` has them in full."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from analysis.codebook import codebook_of
from analysis.old.charts.headlines import headline_differences, headline_waves
from analysis.old.words.telling.figures import Difference, decimals_of, differences_of, pairs_of
from analysis.old.words.telling.phrases import (
    answer_phrase,
    main_change,
    sentence,
    size_of_difference,
    stage_phrase,
    where,
)
from analysis.old.words.wording import format_count, format_p, join_words, say

if TYPE_CHECKING:
    import pandas as pd

MOST_CLEAR = 3  # differences named one by one
SURE, NONE, OPEN = "every table", "none", "undetermined"
WHOLE = ("freeman_halton",)  # of the shape of the distributions
AHEAD = ("mann_whitney", "kruskal_wallis")  # of how far along the groups are


class Verdicts(NamedTuple):
    """Lines for the two columns of a slide."""

    holds: list[str]
    open: list[str]


def verdicts_of(frames: Mapping[str, pd.DataFrame], *, lang: str = "en") -> Verdicts:
    """What can be said and what cannot; both empty where nothing can be compared."""
    found = Verdicts([], [])
    if "differences" in frames:
        _judge_differences(frames["differences"], found, lang)
    if "effects" in frames:
        _judge_whole(frames, found, lang)
    if "changes" in frames:
        _judge_change(frames["changes"], found, lang)
    if found.holds or found.open:
        found.open.extend(say(f"slides.open_{what}", lang) for what in ("cause", "silent"))
    return found


def _judge_differences(frame: pd.DataFrame, found: Verdicts, lang: str) -> None:
    differences = differences_of(frame)
    clear = [one for one in differences if one.clear]
    if all(one.only_rounding for one in differences):
        (found.holds if clear else found.open).append(headline_differences(frame, lang=lang))
        found.open.append(say("slides.open_chance", lang))
        return
    if len(clear) > MOST_CLEAR:
        found.holds.append(headline_differences(frame, lang=lang))
    else:
        found.holds.extend(_clear_line(one, frame, lang) for one in clear)
    none = [one for one in differences if one.verdict == NONE]
    unsettled = [one for one in differences if one.verdict == OPEN]
    for name, rest in (("differences", none), ("tables", unsettled)):
        if rest:
            found.open.append(_rest_line(name, rest, frame, lang))


def _clear_line(one: Difference, frame: pd.DataFrame, lang: str) -> str:
    codebook, decimals = codebook_of(frame), decimals_of(frame)
    more, less = (one.first, one.second) if one.middle > 0 else (one.second, one.first)
    line = say(
        "slides.holds_difference",
        lang,
        what=answer_phrase(codebook, one.measure, one.stage, lang),
        points=size_of_difference(one, lang, decimals),
        where=where(codebook, more, lang),
        where_other=where(codebook, less, lang),
    )
    return sentence(line)


def _rest_line(name: str, rest: list[Difference], frame: pd.DataFrame, lang: str) -> str:
    """The differences that are not shown: by stage for one pair of groups, by number for several."""
    if len(pairs_of(frame)) > 1:
        return say(f"slides.open_{name}_count", lang, count=format_count(len(rest), lang))
    codebook = codebook_of(frame)
    stages = [stage_phrase(codebook, one.measure, one.stage, lang) for one in rest]
    return say(f"slides.open_{name}", lang, stages=join_words(stages, lang))


def _judge_whole(frames: Mapping[str, pd.DataFrame], found: Verdicts, lang: str) -> None:
    """Whether the distributions differ, and whether one group is further along, however it was rounded."""
    effects = frames["effects"]
    for name, measures in (("whole", WHOLE), ("ahead", AHEAD)):
        tests = effects[effects["measure"].isin(measures)].dropna(subset=["p_value"])
        for test in tests.to_dict("records"):
            if test["verdict"] != SURE:
                found.open.append(say(f"slides.open_{name}", lang))
            elif _rests_on_rounding(frames, test["measure"]):
                found.open.append(say(f"slides.open_{name}_rounding", lang))
            else:
                found.holds.append(say(f"slides.holds_{name}", lang, p=format_p(test["p_value"], lang)))


def _rests_on_rounding(frames: Mapping[str, pd.DataFrame], measure: str) -> bool:
    """Whether a verdict falls, or may fall, when the percentages were rounded in another way."""
    if "assumptions" not in frames:
        return False
    rows = frames["assumptions"]
    not_compared = rows["measure"].isna() & (rows["n_tables"] != 0)
    return bool(not_compared.any() or (rows.loc[rows["measure"] == measure, "verdict"] != SURE).any())


def _judge_change(changes: pd.DataFrame, found: Verdicts, lang: str) -> None:
    change = main_change(changes)
    if change.clear and not change.only_rounding:
        found.holds.append(headline_waves(changes, lang=lang))
    else:
        what = stage_phrase(codebook_of(changes), change.measure, change.stage, lang)
        found.open.append(say("slides.open_change", lang, what=what))
