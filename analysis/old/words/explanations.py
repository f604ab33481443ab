"""What lies behind the percentages, in words: how many tables of counts fit, and why each figure is so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.codebook import codebook_of
from analysis.old.rounding import RULES
from analysis.old.words.wording import format_count, format_percent, format_range, say

if TYPE_CHECKING:
    import pandas as pd

OPEN_TIES = set(RULES) - {
    *("half_up", "half_down", "half_even", "floor", "ceiling", "within_one", "floor_or_ceiling"),
    *("largest_remainder_first", "largest_remainder_last", "largest_remainder_untied"),
}


def describe_recovery(count_tables: pd.DataFrame, *, lang: str = "en") -> str:
    """How many tables of counts fit a wave, under which n, rules and ties.

    Parameters
    ----------
    count_tables : DataFrame
        From ``recover_counts``.
    lang : str
        ``fi``, ``sv`` or ``en``.

    Returns
    -------
    str
        A few sentences; the last one says that the counts are derived.

    Raises
    ------
    RequestError
        An unknown language.
    """
    attrs = count_tables.attrs
    if attrs["basis"] == "counted":
        return say("recovery.counted", lang)
    values = {
        "rules": "; ".join(_rule(rule, lang) for rule in attrs["rules"]),
        "n": "; ".join(_size(count_tables, group, n, lang) for group, n in attrs["n"].items()),
    }
    status = attrs["status"]
    if status in {"several", "too_many"}:
        values["tables"] = _number(attrs["n_tables"], lang)
    sentences = [say(f"recovery.{status}", lang, **values)]
    if len(attrs["rules"]) > 1 and attrs["admitted"] and status != "none":
        admitted = attrs["admitted"].items()
        numbers = "; ".join(f"{_rule(rule, lang)}: {format_count(number, lang)}" for rule, number in admitted)
        sentences.append(say("recovery.by_rule", lang, numbers=numbers))
    if OPEN_TIES & set(attrs["rules"]):
        sentences.append(say("recovery.ties", lang))
    if status != "none":
        sentences.append(say("recovery.derived", lang))
    return " ".join(sentence[:1].upper() + sentence[1:] for sentence in sentences)


def describe_explanations(explanations: pd.DataFrame, *, lang: str = "en") -> str:
    """Why each figure is printed as it is, one line a cell: 9 of 95 is 9.47%, printed 10%, raised.

    Parameters
    ----------
    explanations : DataFrame
        From ``explain_rounding``.
    lang : str
        ``fi``, ``sv`` or ``en``.

    Returns
    -------
    str
        One sentence a line, in the order of the frame.

    Raises
    ------
    RequestError
        An unknown language.
    """
    codebook = codebook_of(explanations)
    return "\n".join(
        say(
            f"recovery.cell_{cell['reason']}",
            lang,
            printed=format_percent(cell["percent"], lang, cell["decimals"]),
            exact=_exact(cell, lang),
            group=codebook.word("group", cell["group"], lang),
            stage=codebook.word("stage", cell["stage"], lang),
            count=format_count(cell["count"], lang),
            n=format_count(cell["n"], lang),
        )
        for cell in explanations.to_dict("records")
    )


def _exact(cell: dict[Any, Any], lang: str) -> str:
    """The unrounded figure; a figure halfway needs one decimal more than is printed, others show two."""
    more = 1 if cell["reason"].startswith("tie") else 2
    return format_percent(cell["exact"], lang, cell["decimals"] + more)


def _size(count_tables: pd.DataFrame, group: str, n: int | list[int], lang: str) -> str:
    label = codebook_of(count_tables).word("group", group, lang)
    size = format_range(n[0], n[1], lang) if isinstance(n, list) else format_count(n, lang)
    return f"{label} {size}"


def _rule(rule: str, lang: str) -> str:
    return say(f"recovery.rule_{rule}", lang)


def _number(number: int | dict[str, Any], lang: str) -> str:
    if not isinstance(number, dict):
        return format_count(number, lang)
    rounded = {name: float(f"{number[name]:.3g}") for name in ("estimate", "low", "high")}
    return say("recovery.estimated", lang, **{name: format_count(x, lang) for name, x in rounded.items()})
