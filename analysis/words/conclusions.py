"""What can be said of a survey and what cannot, in whole sentences with their numbers.

A sentence is chosen by the verdict of the frames, which is over every possible table: clear, not clear, open.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analysis.words.figures import (
    CLEAR,
    NOT_CLEAR,
    OPEN,
    Estimate,
    Statement,
    differences_of,
    main_change,
)
from analysis.words.language import Voice, sentence, voice_of
from analysis.words.reservations import say_assumptions, say_cautions, say_nonresponse

if TYPE_CHECKING:
    import pandas as pd

MOST_TOLD = 6  # differences told one by one
SHOWN_PAIRS = 3  # pairs of groups whose whole distributions are told
NARROW = 20  # points: an interval that excludes differences above this much is told; wider ones say little


def conclude(frames: Mapping[str, pd.DataFrame], *, lang: str | None = None) -> list[str]:
    """What can be said of a survey and what cannot, one statement a string.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        From ``gather_frames``; what the survey has no figures for is absent.
    lang : str, optional
        A language of the codebook; left out, English where the survey has it, else its first.

    Returns
    -------
    list of str
        Stages, whole distributions and changes with their verdicts, then what all of it rests on; empty where
        nothing can be compared.

    Raises
    ------
    RequestError
        A language that the codebook does not have, or frames without their codebook.

    Examples
    --------
    >>> from analysis import gather_frames, load_survey
    >>> conclude(gather_frames(load_survey()))[0][:52]
    '“Preparing or piloting” is clearly more common in vo'
    """
    if not frames:
        return []
    voice = voice_of(next(iter(frames.values())), lang)
    return [statement.text for statement in statements(frames, voice)]


def statements(frames: Mapping[str, pd.DataFrame], voice: Voice) -> list[Statement]:
    """All that can be said of the frames of ``gather_frames``: of each the clear first, cautions last."""
    told: list[Statement] = []
    for name, tell in _PARTS.items():
        if name in frames and len(frames[name]):
            told += tell(frames, voice)
    return [*told, *say_cautions(frames, voice)] if told else []


# between groups


def _stages(frames: Mapping[str, pd.DataFrame], voice: Voice) -> list[Statement]:
    """Each stage at which groups clearly differ or may differ, then those where no difference is clear."""
    frame = frames["differences"]
    differences = differences_of(frame)
    if not any(difference.verdict for difference in differences):
        # rounding alone cannot make these, where no counts are known
        real = [one for one in differences if one.estimate_low > 0 or one.estimate_high < 0]
        if not real:
            return [Statement("stage", "", voice.say("conclusions.published_none"))]
        return [_stage(max(real, key=lambda one: abs(one.middle)), frame, voice)]
    settled = _settled_first(differences)
    told = [_stage(difference, frame, voice) for difference in settled[:MOST_TOLD]]
    if left := len(settled[MOST_TOLD:]):
        told.append(Statement("stage", "", voice.say("conclusions.stages_more", count=voice.count(left))))
    return [*told, *_not_clear("stage", differences, voice)]


def _settled_first(differences: Sequence[Estimate]) -> list[Estimate]:
    """The clear differences from the largest on, then the open ones."""
    told = [one for one in differences if one.verdict in {CLEAR, OPEN}]
    return sorted(told, key=lambda one: (one.verdict != CLEAR, -abs(one.middle)))


def _stage(difference: Estimate, frame: pd.DataFrame, voice: Voice) -> Statement:
    upright, verdict = difference.upright, difference.verdict
    text = voice.say(
        f"conclusions.stage_{_key(verdict)}",
        what=voice.answer_phrase(upright.measure, upright.stage),
        where=voice.within(upright.first),
        where_other=voice.within(upright.second),
        points=upright.points(voice),
        interval=_interval(upright.interval(voice), _level(frame), voice),
    )
    if verdict == CLEAR and frame.attrs.get("basis") == "recovered" and frame.attrs.get("n_tables") != 1:
        text += " " + voice.say("conclusions.every_table")
    return Statement("stage", verdict, sentence(text), upright.words(voice))


def _not_clear(kind: str, differences: Sequence[Estimate], voice: Voice) -> list[Statement]:
    """The places where nothing is clear (for no pair of groups), and what is excluded there all the same."""
    told = {(one.measure, one.stage) for one in differences if one.verdict != NOT_CLEAR}
    farthest: dict[tuple[str, str], float] = {}
    for one in differences:
        place = (one.measure, one.stage)
        farthest[place] = max(farthest.get(place, 0.0), one.farthest)
    places = {voice.stage_phrase(*place): ends for place, ends in farthest.items() if place not in told}
    if not places:
        return []
    key = "conclusions.not_clear" if kind == "stage" else "conclusions.not_clear_change"
    texts = [voice.say(key, list=voice.listed(list(places)))]
    excluded = [
        voice.say("conclusions.excluded_above", what=what, points=voice.count(math.ceil(ends - 1e-9)))
        for what, ends in places.items()
        if ends <= NARROW
    ]
    if excluded:
        key = "conclusions.excluded" if kind == "stage" else "conclusions.excluded_change"
        texts.append(voice.say(key, list=voice.listed(excluded)))
    return [Statement(kind, NOT_CLEAR, " ".join(texts))]


def _effects(frames: Mapping[str, pd.DataFrame], voice: Voice) -> list[Statement]:
    """Shape, shift and size of all groups together and of each pair; of many pairs those that differ most."""
    frame = frames["effects"]
    by_pair: dict[tuple[str, str], dict[str, Mapping[Any, Any]]] = {}
    for row in frame.to_dict("records"):
        by_pair.setdefault((_code(row["first"]), _code(row["second"])), {})[str(row["statistic"])] = row
    together = [by_pair.pop(("", ""))] if ("", "") in by_pair else []
    pairs = sorted(by_pair.values(), key=lambda rows: float(rows["shape"]["p_value"]))
    told = []
    for rows in [*together, *pairs[:SHOWN_PAIRS]]:
        told += [_shape(rows["shape"], voice)]
        told += [_shift(rows["shift"], frame, voice)] if "shift" in rows else []
        told += [_size(rows["size"], frame, voice)]
    if left := len(pairs[SHOWN_PAIRS:]):
        told.append(Statement("shape", "", voice.say("conclusions.pairs_more", count=voice.count(left))))
    return [statement for statement in told if statement.text]


def _code(value: Any) -> str:
    """A code, empty where a row is of all groups together."""
    return value if isinstance(value, str) else ""


def _shape(row: Mapping[Any, Any], voice: Voice) -> Statement:
    """Whether distributions differ; empty where a group alone has answers."""
    verdict = str(row["verdict"])
    if not verdict:
        return Statement("shape", "", "")
    p = voice.p(float(row["p_low"]), float(row["p_value"]))
    test = voice.say(f"conclusions.test_{row['method']}")
    key = f"conclusions.shape_{'' if _code(row['first']) else 'all_'}{_key(verdict)}"
    return Statement("shape", verdict, voice.say(key, **_places(row, voice), p=p, test=test), p)


def _shift(row: Mapping[Any, Any], frame: pd.DataFrame, voice: Voice) -> Statement:
    verdict = str(row["verdict"])
    if row["method"] == "unordered":
        return Statement("shift", "", "")
    if not verdict or math.isnan(row["low"]):
        return Statement("shift", "", voice.say("conclusions.shift_not_judged", **_places(row, voice)))
    least, most, low, high = (float(row[name]) for name in ("estimate_low", "estimate_high", "low", "high"))
    places = _places(row, voice)
    if verdict == CLEAR and most < 0.5:  # told of the group that is further along
        places = {"where": places["where_other"], "where_other": places["where"]}
        least, most, low, high = 1 - most, 1 - least, 1 - high, 1 - low
    share = voice.interval(least, most, 0)
    interval = _interval(voice.interval(low, high, 0), _level(frame), voice)
    text = voice.say(f"conclusions.shift_{_key(verdict)}", **places, share=share, interval=interval)
    return Statement("shift", verdict, text, share)


def _size(row: Mapping[Any, Any], frame: pd.DataFrame, voice: Voice) -> Statement:
    """How far distributions are apart; empty where only bounds are known."""
    if math.isnan(row["estimate_low"]):
        return Statement("size", "", "")
    effect = voice.numbers_range(row["estimate_low"], row["estimate_high"], 2)
    level = 1 - 2 * (1 - _level(frame))  # agrees with the one-sided test of the shape
    interval = _interval(voice.numbers_range(row["low"], row["high"], 2), level, voice)
    key = "conclusions.size" if _code(row["first"]) else "conclusions.size_all"
    text = voice.say(key, **_places(row, voice), effect=effect, interval=interval)
    return Statement("size", "", text, effect)


# between waves


def _waves(frames: Mapping[str, pd.DataFrame], voice: Voice) -> list[Statement]:
    """The main change, the other clear or open ones of its group and waves, and those that are not clear."""
    frame = frames["changes"]
    changes = differences_of(frame)
    main = main_change(changes, voice.codebook)
    same = main.group, main.first, main.second
    others = [one for one in changes if (one.group, one.first, one.second) == same and one != main]
    told = [_change(one, frame, voice) for one in [main, *_settled_first(others)[: MOST_TOLD - 1]]]
    return [*told, *(_not_clear("wave", others, voice) if main.verdict else [])]


def _change(change: Estimate, frame: pd.DataFrame, voice: Voice) -> Statement:
    key = _key(change.verdict)
    if change.verdict == CLEAR:
        key += "_up" if change.middle > 0 else "_down"
    before, after = (
        "–" if math.isnan(percent) else voice.percent(percent)
        for percent in (change.percent_second, change.percent_first)
    )
    text = voice.say(
        f"conclusions.change_{key}",
        what=voice.answer_phrase(change.measure, change.stage),
        where=voice.within(change.group),
        before=before,
        after=after,
        earlier=voice.wave(change.second),
        later=voice.wave(change.first),
        points=change.points(voice, sign=True),
        interval=_interval(change.interval(voice), _level(frame), voice),
    )
    return Statement("wave", change.verdict, sentence(text), change.words(voice))


# parts of sentences


def _key(verdict: str) -> str:
    """The end of a key for a verdict; there is none of published figures alone."""
    return verdict.replace(" ", "_") or "published"


def _interval(interval: str, level: float, voice: Voice) -> str:
    """An interval with its level: ``95% confidence interval +2 to +33``; the level a share."""
    return voice.say("phrases.interval", level=voice.of_level(level), interval=interval)


def _places(row: Mapping[Any, Any], voice: Voice) -> dict[str, str]:
    """The two groups of a row as places; nothing for all groups together."""
    sides = {"where": _code(row["first"]), "where_other": _code(row["second"])}
    return {side: voice.within(group) for side, group in sides.items() if group}


def _level(frame: pd.DataFrame) -> float:
    return float(frame.attrs.get("level", 0.95))


_PARTS: dict[str, Callable[[Mapping[str, pd.DataFrame], Voice], list[Statement]]] = {
    "differences": _stages,
    "effects": _effects,
    "changes": _waves,
    "nonresponse": say_nonresponse,
    "assumptions": say_assumptions,
}
