"""What conclusions rest on: those who did not answer, other assumptions, the mix of groups, chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analysis.words.figures import CLEAR, Estimate, Statement, differences_of, main_change
from analysis.words.language import Voice, sentence

if TYPE_CHECKING:
    import pandas as pd


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
        known = (
            source.get(voice.lang) or next(iter(source.values())) if isinstance(source, Mapping) else source
        )
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
    if not rows:
        return []
    base = rows[0]["rounding"], rows[0]["n"]
    by_statement: dict[tuple[str, ...], list[dict[Any, Any]]] = {}
    for row in rows:
        if str(row["verdict"]):
            key = tuple(str(row[name]) for name in ("statistic", "stage", "first", "second"))
            by_statement.setdefault(key, []).append(row)
    others = list(dict.fromkeys(_assumption(row, base, voice) for row in rows))
    others = [other for other in others if other]
    stays, told = [], []
    for (statistic, stage, *pair), under in by_statement.items():
        verdict = str(under[0]["verdict"])
        departing = [row for row in under if str(row["verdict"]) != verdict]
        name = _statement(statistic, stage, pair if _several_pairs(rows) else [], voice)
        if not departing and len(under) == len(others) + 1:
            stays += [name] if verdict == CLEAR else []
        elif departing and CLEAR in {verdict, *(str(row["verdict"]) for row in departing)}:
            told.append(_departing(name, verdict, departing, base, voice))
    if stays:
        text = voice.say(
            "conclusions.assumption_stays", assumptions="; ".join(others), list=voice.listed(stays)
        )
        told.insert(0, Statement("assumption", CLEAR, text))
    return told


def _departing(
    name: str, verdict: str, rows: Sequence[Mapping[Any, Any]], base: tuple[str, str], voice: Voice
) -> Statement:
    by_verdict: dict[str, list[str]] = {}
    for row in rows:
        by_verdict.setdefault(str(row["verdict"]), []).append(_assumption(row, base, voice))
    others = [
        voice.say("conclusions.assumption_verdict", verdict=voice.verdict(other), list="; ".join(under))
        for other, under in by_verdict.items()
    ]
    text = voice.say(
        "conclusions.assumption_changes",
        what=name,
        verdict=voice.verdict(verdict),
        others=voice.listed(others),
    )
    return Statement("assumption", "open", sentence(text))


def _several_pairs(rows: Sequence[Mapping[Any, Any]]) -> bool:
    return len({(str(row["first"]), str(row["second"])) for row in rows}) > 1


def _statement(statistic: str, stage: str, pair: Sequence[str], voice: Voice) -> str:
    """What a row of assumptions is about: a difference at a stage, the shape or the shift."""
    if statistic in {"shape", "shift"}:
        name = voice.say(f"conclusions.statement_{statistic}")
    else:
        name = voice.say("conclusions.statement_stage", stage=voice.stage_phrase(statistic, stage))
    groups = [voice.group(group, "short") for group in pair if group in voice.codebook.groups]
    return f"{name} ({' – '.join(groups)})" if groups else name


def _assumption(row: Mapping[Any, Any], base: tuple[str, str], voice: Voice) -> str:
    """In what an assumption departs from the first one: other n of some groups, other rules."""
    parts = []
    if row["n"] != base[1]:
        known = _sizes(base[1])
        changed = {group: n for group, n in _sizes(row["n"]).items() if known.get(group) != n}
        parts.append(voice.say("conclusions.assumption_n", sizes=voice.sizes(changed)))
    if row["rounding"] != base[0]:
        rules = "; ".join(voice.rule(rule) for rule in str(row["rounding"]).split(", "))
        parts.append(voice.say("conclusions.assumption_rounding", rules=rules))
    return ", ".join(parts)


def _sizes(text: str) -> dict[str, list[int]]:
    """Group and n of the text ``vocational 80, general 95–97``."""
    parts = [part.rpartition(" ") for part in text.split(", ")] if text else []
    return {group: [int(end) for end in n.split("–")] for group, _, n in parts}


def say_cautions(frames: Mapping[str, pd.DataFrame], voice: Voice) -> list[Statement]:
    """What all of it rests on: independent waves, the mix of groups, the promise, the answers as a sample."""
    compared = [frames[name] for name in ("differences", "changes") if name in frames and len(frames[name])]
    told = _say_mix(frames, voice) if "changes" in frames and len(frames["changes"]) else []
    if any(frame["verdict"].astype(str).ne("").any() for frame in compared):
        attrs = compared[0].attrs
        wrong = voice.level(1 - float(attrs.get("level", 0.95))).strip("%\u00a0")
        told.append(voice.say(f"conclusions.promise_{attrs.get('adjust', 'family')}", wrong=wrong))
        population = attrs.get("population")
        key = "conclusions.sampling_population" if population else "conclusions.sampling"
        told.append(voice.say(key, sizes=voice.sizes(population or {})))
    if "nonresponse" not in frames:
        told.append(voice.say("conclusions.nonresponse_unknown"))
    return [Statement("caution", "", text) for text in told]


def _say_mix(frames: Mapping[str, pd.DataFrame], voice: Voice) -> list[str]:
    """That waves may share answerers, and what a changed mix of groups alone would have done to the total."""
    changes = frames["changes"]
    main = main_change(differences_of(changes), voice.codebook)
    told = [voice.say("conclusions.overlap")]
    if main.group != voice.codebook.total:
        return told
    ends = mix_ends(frames, main, voice)
    if ends is None:
        return [*told, voice.say("conclusions.mix_unknown")]
    sizes = _answers(changes, (main.second, main.first), voice)
    parts = {wave: {g: sizes[wave][g] for g in voice.codebook.parts} for wave in (main.second, main.first)}
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
    shares = frames.get("shares")
    if shares is None or shares.attrs.get("wave") != change.second:
        return None
    rows = shares[
        (shares["measure"].astype(str) == change.measure) & (shares["stage"].astype(str) == change.stage)
    ]
    ends = {
        str(row["group"]): (float(row["estimate_low"]), float(row["estimate_high"]))
        for row in rows.to_dict("records")
    }
    if not set(weights[0]) <= set(ends):
        return None
    low = high = 0.0
    for group, (least, most) in ends.items():
        if group in weights[0]:
            moved = sorted((weights[1][group] - weights[0][group]) * end for end in (least, most))
            low, high = low + moved[0], high + moved[1]
    return low, high
