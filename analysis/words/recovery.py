"""What recovery found, in words: how many tables are possible, under which n and rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.words.language import Voice, voice_of

if TYPE_CHECKING:
    import pandas as pd

    from analysis.codebook import Codebook


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
    status = str(attrs["status"])
    tables = attrs.get("n_tables")
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
    tables = {rule: admitted.get(rule) for rule in rules}
    words = [
        voice.say("recovery.rule_tables", rule=voice.rule(rule), tables=voice.count(number))
        if isinstance(number, int) and any(tables.values())
        else voice.rule(rule)
        for rule, number in tables.items()
    ]
    return voice.say("recovery.rounded_several", rules="; ".join(words))
