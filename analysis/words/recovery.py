"""What recovery found, in words: how many tables are possible, under which n and rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.words.language import Voice, voice_of

if TYPE_CHECKING:
    import pandas as pd


def describe_recovery(counts: pd.DataFrame, *, lang: str = "en") -> str:
    """How many tables of counts are possible for a wave, under which n and rules, and what that presumes.

    Parameters
    ----------
    counts : DataFrame
        From ``recover_counts``.
    lang : str
        A language of the codebook.

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
        rules="; ".join(voice.rule(rule) for rule in attrs["rules"]),
    )
    if status == "none":
        return " ".join([head, voice.say("recovery.none_next")])
    return " ".join([head, *_by_rule(counts, voice), voice.say("recovery.presumed")])


def _by_rule(counts: pd.DataFrame, voice: Voice) -> list[str]:
    """How many tables each rule admits, where several rules were asked."""
    admitted = counts.attrs.get("admitted") or {}
    known = {rule: tables for rule, tables in admitted.items() if isinstance(tables, int)}
    if len(known) < 2:
        return []
    numbers = "; ".join(f"{voice.rule(rule)}: {voice.count(tables)}" for rule, tables in known.items())
    return [voice.say("recovery.by_rule", numbers=numbers)]
