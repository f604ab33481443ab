"""What conclusions rest on: those who did not answer, other assumptions, the mix of groups, chance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analysis.words.figures import CLEAR, Estimate, Statement, differences_of, main_change
from analysis.words.language import Voice, sentence

if TYPE_CHECKING:
    import pandas as pd

MOST_LISTED = 5  # statements that keep their verdict, or do not, told by name


def say_nonresponse(frames: Mapping[str, pd.DataFrame], voice: Voice) -> list[Statement]:
    """What those who did not answer could do to the difference that matters most."""
    frame = frames["nonresponse"]
    rows = frame.to_dict("records")
    chosen = _matters_most(frames)
    row = next((row for row in rows if _place(row) == chosen), rows[0])
    verdict = str(row["verdict"])
    low, high = float(row["low"]), float(row["high"])
    if low + high < 0:
        low, high = -high, -low
    text = voice.say(
        "conclusions.nonresponse_clear" if verdict == CLEAR else "conclusions.nonresponse_not_clear",
        what=voice.stage_phrase(str(row["measure"]), str(row["stage"])),
        missing=voice.sizes({str(row[side]): int(row[f"missing_{side}"]) for side in ("first", "second")}),
        low=voice.number(100 * low, 0, sign=True),
        high=voice.number(100 * high, 0, sign=True),
    )
    source = voice.codebook.wave(str(frame.attrs.get("wave", ""))).get("populationSource")
    if source:
        known = source if isinstance(source, str) else voice.codebook.choose(source, voice.lang)
        text += " " + voice.say("conclusions.population_source", source=known)
    return [Statement("nonresponse", verdict, text)]


def _matters_most(frames: Mapping[str, pd.DataFrame]) -> tuple[str, ...]:
    """The largest clear difference between groups, else the largest."""
    differences = differences_of(frames["differences"])
    largest = max(differences, key=lambda one: (one.verdict == CLEAR, abs(one.middle)))
    return largest.measure, largest.stage, largest.first, largest.second


def _place(row: Mapping[Any, Any]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in ("measure", "stage", "first", "second"))


def say_assumptions(frames: Mapping[str, pd.DataFrame], voice: Voice) -> list[Statement]:
    """Which verdicts stay under every other assumption that was tried, and which do not."""
    frame = frames["assumptions"]
    rows = [row for row in frame.to_dict("records") if isinstance(row["statistic"], str)]
    tried = list({_assumption(row): row for row in rows}.values())
    if len(tried) < 2:
        return []
    base = _assumption(tried[0])
    by_statement: dict[tuple[str, ...], list[dict[Any, Any]]] = {}
    for row in rows:
        if str(row["verdict"]):
            key = tuple(str(row[name]) for name in ("statistic", "stage", "first", "second"))
            by_statement.setdefault(key, []).append(row)
    stays, told = [], []
    for (statistic, stage, *pair), under in by_statement.items():
        verdict = str(under[0]["verdict"])
        departing = [row for row in under if str(row["verdict"]) != verdict]
        name = _statement(statistic, stage, pair if _several_pairs(rows) else None, voice)
        if not departing and len(under) == len(tried):
            stays += [name] if verdict == CLEAR else []
        elif departing and CLEAR in {verdict, *(str(row["verdict"]) for row in departing)}:
            told.append(_departing(name, verdict, departing, base, voice))
    if left := len(told[MOST_LISTED:]):
        more = voice.say("conclusions.changes_more", count=voice.count(left))
        told = [*told[:MOST_LISTED], Statement("assumption", "open", more)]
    return [*_staying(stays, _departures(tried[1:], base, voice), voice), *told]


def _staying(names: Sequence[str], assumptions: str, voice: Voice) -> list[Statement]:
    listed = list(names[:MOST_LISTED])
    if left := len(names[MOST_LISTED:]):
        listed.append(voice.say("conclusions.statements_more", count=voice.count(left)))
    text = voice.say("conclusions.assumption_stays", assumptions=assumptions, list=voice.listed(listed))
    return [Statement("assumption", CLEAR, text)] if names else []


def _departing(
    name: str, verdict: str, rows: Sequence[Mapping[Any, Any]], base: tuple[str, str], voice: Voice
) -> Statement:
    by_verdict: dict[str, list[Mapping[Any, Any]]] = {}
    for row in rows:
        by_verdict.setdefault(str(row["verdict"]), []).append(row)
    others = [
        voice.say(
            "conclusions.assumption_verdict",
            verdict=voice.verdict(other),
            assumptions=_departures(under, base, voice),
        )
        for other, under in by_verdict.items()
    ]
    text = voice.say(
        "conclusions.assumption_changes",
        what=name,
        verdict=voice.verdict(verdict),
        others="; ".join(others),
    )
    return Statement("assumption", "open", sentence(text))


def _several_pairs(rows: Sequence[Mapping[Any, Any]]) -> bool:
    return len({(str(row["first"]), str(row["second"])) for row in rows}) > 1


def _statement(statistic: str, stage: str, pair: Sequence[str] | None, voice: Voice) -> str:
    """What a row of assumptions is about: a difference at a stage, the shape or the shift, and of whom."""
    if statistic in {"shape", "shift"}:
        name = voice.say(f"conclusions.statement_{statistic}")
    else:
        name = voice.say("conclusions.statement_stage", stage=voice.stage_phrase(statistic, stage))
    if pair is None:
        return name
    groups = [voice.group(group, "short") for group in pair if group in voice.codebook.groups]
    return f"{name} ({' – '.join(groups) or voice.say('conclusions.statement_all')})"


def _assumption(row: Mapping[Any, Any]) -> tuple[str, str]:
    return str(row["rounding"]), str(row["n"])


def _departures(rows: Iterable[Mapping[Any, Any]], base: tuple[str, str], voice: Voice) -> str:
    """In what assumptions depart from the first one: other n of some groups, other rules."""
    sizes: dict[str, None] = {}  # in their order, each once
    rules: dict[str, None] = {}
    for rounding, n in map(_assumption, rows):
        if n != base[1]:
            known = _sizes(base[1])
            changed = {group: ends for group, ends in _sizes(n).items() if known.get(group) != ends}
            sizes[voice.sizes(changed)] = None
        if rounding != base[0]:
            rules |= {voice.rule(rule): None for rule in rounding.split(", ")}
    words = [voice.say("conclusions.assumption_n", sizes="; ".join(sizes))] if sizes else []
    words += [voice.say("conclusions.assumption_rounding", rules="; ".join(rules))] if rules else []
    return voice.listed(words)


def _sizes(text: str) -> dict[str, list[int]]:
    """Group and n of the text ``vocational 80, general 95–97``."""
    parts = [part.rpartition(" ") for part in text.split(", ")] if text else []
    return {group: [int(end) for end in n.split("–")] for group, _, n in parts}


def say_cautions(frames: Mapping[str, pd.DataFrame], voice: Voice) -> list[Statement]:
    """What all of it rests on: independent waves, the mix of groups, the promise, the answers as a sample."""
    compared = [frames[name] for name in ("differences", "changes") if name in frames and len(frames[name])]
    told = [("wave", text) for text in _say_mix(frames, voice)]
    if any(map(_is_judged, compared)):
        attrs = compared[0].attrs
        right = voice.level(float(attrs.get("level", 0.95))).strip("%\u00a0")
        told.append(
            ("chance", voice.say(f"conclusions.promise_{attrs.get('adjust', 'family')}", right=right))
        )
        if "effects" in frames and attrs.get("adjust", "family") == "family":
            told.append(("chance", voice.say("conclusions.promise_shape")))
        population = attrs.get("population")
        key = "conclusions.sampling_population" if population else "conclusions.sampling"
        told.append(("nonresponse", voice.say(key, sizes=voice.sizes(population or {}))))
    if "nonresponse" not in frames:
        told.append(("nonresponse", voice.say("conclusions.nonresponse_unknown")))
    return [Statement("caution", "", text, topic=topic) for topic, text in told]


def _is_judged(frame: pd.DataFrame) -> bool:
    return bool(frame["verdict"].astype(str).ne("").any())


def _say_mix(frames: Mapping[str, pd.DataFrame], voice: Voice) -> list[str]:
    """That waves may share answerers, and what a changed mix of groups alone would have done to the total."""
    changes = frames.get("changes")
    if changes is None or not len(changes):
        return []
    main = main_change(differences_of(changes), voice.codebook)
    told = [voice.say("conclusions.overlap")] if _is_judged(changes) else []
    if main.group != voice.codebook.total:
        return told
    ends = mix_ends(frames, main, voice)
    if ends is None:
        return [*told, voice.say("conclusions.mix_unknown")]
    sizes = _answers(changes, (main.second, main.first), voice)
    parts = {wave: {g: sizes[wave][g] for g in voice.codebook.parts} for wave in (main.second, main.first)}
    if parts[main.second] == parts[main.first]:
        return told
    mix = voice.say(
        "conclusions.mix_known",
        before=voice.sizes(parts[main.second]),
        after=voice.sizes(parts[main.first]),
        earlier=voice.wave(main.second),
        later=voice.wave(main.first),
        what=voice.stage_phrase(main.measure, main.stage),
        points=voice.points_range(*ends),
    )
    return [*told, mix]


def _answers(changes: pd.DataFrame, waves: Sequence[str], voice: Voice) -> dict[str, dict[str, Any]]:
    """How many of each group answered, by wave: of the frame, or as the codebook declares of the wave."""
    known = changes.attrs.get("n") or {}
    return {
        wave: {**voice.codebook.wave(wave).get("answers", {}), **(known.get(wave) or {})} for wave in waves
    }


def mix_ends(
    frames: Mapping[str, pd.DataFrame], change: Estimate, voice: Voice
) -> tuple[float, float] | None:
    """What the total would have changed had each group answered as in the earlier wave: ends over the tables.

    The sum of each group's earlier share times the change of its weight; None where the n of the groups in
    both waves, or their earlier shares, are not known.
    """
    sizes = _answers(frames["changes"], (change.second, change.first), voice)
    weights = []
    for wave in (change.second, change.first):
        n = {group: sizes[wave].get(group) for group in voice.codebook.parts}
        known = {group: float(size) for group, size in n.items() if isinstance(size, int | float)}
        if not known or len(known) < len(n):
            return None
        weights.append({group: size / sum(known.values()) for group, size in known.items()})
    ends = _shares_before(frames, change)
    if not set(weights[0]) <= set(ends):
        return None
    low = high = 0.0
    for group, (least, most) in ends.items():
        if group in weights[0]:
            moved = sorted((weights[1][group] - weights[0][group]) * end for end in (least, most))
            low, high = low + moved[0], high + moved[1]
    return low, high


def _shares_before(frames: Mapping[str, pd.DataFrame], change: Estimate) -> dict[str, tuple[float, float]]:
    """The share of each group before a change, its ends over the tables; as published of another wave."""
    shares = frames.get("shares")
    if shares is None or shares.attrs.get("wave") != change.second:
        known = {
            one.group: one.percent_second / 100
            for one in differences_of(frames["changes"])
            if one.verdict
            and (one.first, one.second) == (change.first, change.second)
            and (one.measure, one.stage) == (change.measure, change.stage)
        }
        return {group: (share, share) for group, share in known.items()}
    rows = shares[
        (shares["measure"].astype(str) == change.measure) & (shares["stage"].astype(str) == change.stage)
    ]
    return {
        str(row["group"]): (float(row["estimate_low"]), float(row["estimate_high"]))
        for row in rows.to_dict("records")
    }
