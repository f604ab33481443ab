"""What conclusions rest on: recovered counts, who did not answer, other assumptions, the mix, chance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from analysis.words.figures import CLEAR, Estimate, Statement, differences_of, estimates_of, main_change
from analysis.words.language import Voice, sentence, voice_of

if TYPE_CHECKING:
    import pandas as pd

    from analysis.codebook import Codebook

MOST_LISTED = 5  # statements that keep their verdict, or do not, told by name

Assumption = tuple[str, str]  # rules and n, as a frame of assumptions has them


def describe_recovery(counts: pd.DataFrame, *, lang: str | None = None) -> str:
    """How many tables of counts are possible for a wave, under which n and rules, and what that presumes.

    Parameters
    ----------
    counts : DataFrame
        From ``recover_counts``.
    lang : str, optional
        A language of the codebook; left out, English where the survey has it, else its first.

    Returns
    -------
    str
        A few sentences. The last ones say what is presumed (unweighted percentages, all answers shown, one
        answer each) and that the counts are derived.

    Raises
    ------
    RequestError
        A language that the codebook does not have, or a frame without its codebook.

    Examples
    --------
    >>> from analysis import load_survey, recover_counts
    >>> describe_recovery(recover_counts(load_survey())).partition(":")[0]
    'Exactly one table of counts is possible with these numbers of answers'
    """
    voice = voice_of(counts, lang)
    attrs = counts.attrs
    if attrs["basis"] == "counted":
        return voice.say("recovery.counted")
    status, tables = str(attrs["status"]), attrs.get("n_tables")
    head = voice.say(
        f"recovery.{status}",
        tables="" if tables is None else voice.count(tables),
        most=voice.count(attrs.get("max_tables") or 0),
        n=voice.sizes(attrs["n"]),
        rounding=_rounding(counts, voice),
    )
    if status == "none":
        return " ".join([head, voice.say("recovery.none_next")])
    taken = voice.say(f"recovery.presumed_{presumed(voice.codebook)}")
    return " ".join([head, taken, *low_sums(counts, voice)])


def presumed(codebook: Codebook) -> str:
    """What recovered counts presume: that all answers are shown, an unknown rest, or several answers each."""
    if codebook.survey.get("multiple"):
        return "multiple"
    return "rest" if codebook.survey.get("rest") == "unknown" else "all"


def low_sums(counts: pd.DataFrame, voice: Voice, *, in_shell: bool = False) -> list[str]:
    """What sums below 100 may mean, where nobody said whether all answers of a pasted table are shown.

    ``in_shell`` names the option of the command line instead of the argument of ``read_percentages``.
    """
    is_open = voice.codebook.survey.get("restAssumed")
    percents = counts.attrs.get("percent", {}).items() if is_open is not None else ()
    sums = {group: round(sum(cells), 6) for group, cells in percents if None not in cells}
    low = [f"{voice.group(group)} {voice.number(value)}" for group, value in sums.items() if value < 100]
    if not low:
        return []
    rest = "none" if is_open else "unknown"
    option = f"--rest-{rest}" if in_shell else f'rest="{rest}"'
    key = "recovery.sums_too_low" if is_open else "recovery.sums_low"
    return [voice.say(key, sums="; ".join(low), option=option)]


def _rounding(counts: pd.DataFrame, voice: Voice) -> str:
    """The rules that were asked; of several, how many tables each admits, where any and all are counted."""
    rules, admitted = list(counts.attrs["rules"]), counts.attrs.get("admitted") or {}
    if len(rules) == 1:
        return voice.say("recovery.rounded_one", rules=voice.rule(rules[0]))
    words = {rule: voice.rule(rule) for rule in rules}
    if any(admitted.values()):
        for rule, tables in admitted.items():
            words[rule] = voice.say("recovery.rule_tables", rule=words[rule], tables=voice.count(tables))
    return voice.say("recovery.rounded_several", rules="; ".join(words.values()))


def say_nonresponse(frames: Mapping[str, pd.DataFrame], voice: Voice) -> list[Statement]:
    """What those who did not answer could do to the difference that matters most."""
    frame = frames["nonresponse"]
    differences = differences_of(frames["differences"])
    main = max(differences, key=lambda one: (one.verdict == CLEAR, abs(one.middle)))
    rows = {
        tuple(str(row[name]) for name in ("measure", "stage", "first", "second")): row
        for row in frame.to_dict("records")
    }
    row = rows.get((main.measure, main.stage, main.first, main.second), next(iter(rows.values())))
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


def say_assumptions(frames: Mapping[str, pd.DataFrame], voice: Voice) -> list[Statement]:
    """Which verdicts stay under every other assumption that was tried, and which do not."""
    rows = [row for row in frames["assumptions"].to_dict("records") if isinstance(row["statistic"], str)]
    base, *others = dict.fromkeys((str(row["rounding"]), str(row["n"])) for row in rows) or [("", "")]
    if not others:
        return []
    several = len({(str(row["first"]), str(row["second"])) for row in rows}) > 1
    stays, told = [], []
    for (statistic, stage, *pair), under in _verdicts(rows).items():
        name = _statement(statistic, stage, pair if several else None, voice)
        verdict, *departing = under
        if not departing and len(under[verdict]) == 1 + len(others) and verdict == CLEAR:
            stays.append(name)
        elif departing and CLEAR in under:
            told.append(_departing(name, under, base, voice))
    if left := len(told[MOST_LISTED:]):
        more = voice.say("conclusions.changes_more", count=voice.count(left))
        told = [*told[:MOST_LISTED], Statement("assumption", "open", more)]
    if not stays:
        return told
    listed = stays[:MOST_LISTED]
    if left := len(stays[MOST_LISTED:]):
        listed.append(voice.say("conclusions.statements_more", count=voice.count(left)))
    assumptions = _departures(others, base, voice)
    text = voice.say("conclusions.assumption_stays", assumptions=assumptions, list=voice.listed(listed))
    return [Statement("assumption", CLEAR, text), *told]


def _verdicts(rows: Iterable[Mapping[Any, Any]]) -> dict[tuple[str, ...], dict[str, list[Assumption]]]:
    """By statement its verdicts, the usual one first, each with the assumptions that it has under."""
    by_statement: dict[tuple[str, ...], dict[str, list[Assumption]]] = {}
    for row in rows:
        if row["verdict"]:
            statement = tuple(str(row[name]) for name in ("statistic", "stage", "first", "second"))
            under = by_statement.setdefault(statement, {}).setdefault(str(row["verdict"]), [])
            under.append((str(row["rounding"]), str(row["n"])))
    return by_statement


def _departing(
    name: str, verdicts: Mapping[str, list[Assumption]], base: Assumption, voice: Voice
) -> Statement:
    verdict, *departing = verdicts
    others = "; ".join(
        voice.say(
            "conclusions.assumption_verdict",
            verdict=voice.verdict(other),
            assumptions=_departures(verdicts[other], base, voice),
        )
        for other in departing
    )
    told = {"what": name, "verdict": voice.verdict(verdict), "others": others}
    return Statement("assumption", "open", sentence(voice.say("conclusions.assumption_changes", **told)))


def _statement(statistic: str, stage: str, pair: list[str] | None, voice: Voice) -> str:
    """What a row of assumptions is about: a difference at a stage, the shape or the shift, and of whom."""
    if statistic in {"shape", "shift"}:
        name = voice.say(f"conclusions.statement_{statistic}")
    else:
        name = voice.say("conclusions.statement_stage", stage=voice.stage_phrase(statistic, stage))
    if pair is None:
        return name
    groups = [voice.group(group, "short") for group in pair if group in voice.codebook.groups]
    return f"{name} ({' – '.join(groups) or voice.say('conclusions.statement_all')})"


def _departures(assumptions: Iterable[Assumption], base: Assumption, voice: Voice) -> str:
    """In what assumptions depart from the first one: other n of some groups, other rules."""
    sizes: dict[str, None] = {}  # in their order, each once
    rules: dict[str, None] = {}
    for rounding, n in assumptions:
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
    """That waves may share answerers, and what a changed mix of groups alone would have done to the total.

    That is the sum of each group's earlier share times the change of its weight, over the tables.
    """
    changes, parts = frames.get("changes"), voice.codebook.parts
    if changes is None or not len(changes):
        return []
    main = main_change(differences_of(changes), voice.codebook)
    told = [voice.say("conclusions.overlap")] if _is_judged(changes) else []
    if main.group != voice.codebook.total:
        return told
    known, sizes = changes.attrs.get("n") or {}, []
    for wave in (main.second, main.first):
        answers = voice.codebook.wave(wave).get("answers", {}) | (known.get(wave) or {})
        sizes.append({group: answers.get(group) for group in parts})
    shares = _shares_before(frames, main)
    numbers = [isinstance(n, int | float) for own in sizes for n in own.values()]
    if not numbers or not all(numbers) or not set(parts) <= set(shares):
        return [*told, voice.say("conclusions.mix_unknown")]
    if sizes[0] == sizes[1]:
        return told
    before, after = ({group: n / sum(own.values()) for group, n in own.items()} for own in sizes)
    moves = [[(after[group] - before[group]) * end for end in shares[group]] for group in parts]
    mix = voice.say(
        "conclusions.mix_known",
        before=voice.sizes(sizes[0]),
        after=voice.sizes(sizes[1]),
        earlier=voice.wave(main.second),
        later=voice.wave(main.first),
        what=voice.stage_phrase(main.measure, main.stage),
        points=voice.points(sum(map(min, moves)), sum(map(max, moves))),
    )
    return [*told, mix]


def _shares_before(frames: Mapping[str, pd.DataFrame], change: Estimate) -> dict[str, tuple[float, ...]]:
    """The share of each group before a change, its ends over the tables; as published of another wave."""
    place, shares = (change.measure, change.stage), frames.get("shares")
    if shares is not None and shares.attrs.get("wave") == change.second:
        rows = [one for one in estimates_of(shares) if (one.measure, one.stage) == place]
        return {one.group: (one.estimate_low / 100, one.estimate_high / 100) for one in rows}
    return {
        one.group: (one.percent_second / 100,)
        for one in differences_of(frames["changes"])
        if one.verdict
        and (one.first, one.second, one.measure, one.stage) == (change.first, change.second, *place)
    }
