"""What a conclusion rests on: the rounding assumed, the answers as a sample, group sizes, who is missing."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from math import isnan
from typing import TYPE_CHECKING, Any

from analysis.codebook import Codebook, codebook_of
from analysis.old.words.telling.figures import decimals_of
from analysis.old.words.telling.phrases import answer_phrase, span_of_points, stage_phrase, where
from analysis.old.words.wording import (
    format_count,
    format_p_range,
    format_points,
    format_share,
    say,
)

if TYPE_CHECKING:
    import pandas as pd


def conclude_assumptions(assumptions: pd.DataFrame, *, lang: str = "en") -> str:
    """What of the whole distribution and of the largest difference survives any rounding within one unit.

    Empty where the verdicts are those of the assumed rounding, or too many tables would fit.
    """
    codebook = codebook_of(assumptions)
    widest = assumptions[assumptions["rounding"] == "within_one"].dropna(subset="measure")
    measures = {str(row["measure"]): row for row in widest.to_dict("records")}
    whole, largest = measures.get("freeman_halton"), measures.get("largest_difference")
    if whole is None or largest is None or whole["verdict"] != "undetermined":
        return ""
    sentences = [
        say(
            "conclusions.assumptions_open",
            lang,
            tables=format_count(whole["n_tables"], lang),
            p=format_p_range(whole["low"], whole["high"], lang),
        )
    ]
    if largest["verdict"] == "every table":
        stage = stage_phrase(codebook, "stage", str(largest["stage"]), lang)
        p = format_p_range(largest["high"], largest["high"], lang)
        sentences.append(say("conclusions.assumptions_firm", lang, stage=stage, p=p))
    return " ".join(sentences)


def conclude_sampling(*, lang: str = "en") -> str:
    """What the intervals assume: a census with non-response is read as if it were a random sample."""
    return say("conclusions.sampling", lang)


def conclude_population(estimates: pd.DataFrame, population: Mapping[str, int], *, lang: str = "en") -> str:
    """What the published total is a share of, beside the share of all institutions by their real numbers.

    Parameters
    ----------
    estimates : DataFrame
        Rows of ``estimate_shares`` with a population: both targets are in it.
    population : mapping of str to int
        Members of each group, as given to ``estimate_shares``.
    lang : {"fi", "sv", "en"}
        Language of the sentence.

    Returns
    -------
    str
        Empty for a survey without a total.
    """
    codebook = codebook_of(estimates)
    if codebook.total is None:
        return ""
    cut = estimates[
        (estimates["group"] == codebook.total)
        & (estimates["measure"] == "at_least")
        & (estimates["stage"] == codebook.cut)
    ].set_index("target")
    sizes = [
        f"{codebook.word('group', group, lang)}: {format_count(members, lang)}"
        for group, members in population.items()
    ]
    return say(
        "conclusions.population",
        lang,
        total=codebook.word("group", codebook.total, lang),
        sizes="; ".join(sizes),
        what=stage_phrase(codebook, "at_least", codebook.cut, lang),
        stratified=_share_range(cut.loc["population"], lang),
        pooled=_share_range(cut.loc["answers"], lang),
    )


def _share_range(row: Any, lang: str) -> str:
    low, high = (format_share(row[f"estimate_{end}"], lang, 1) for end in ("low", "high"))
    return low if low == high else f"{low}–{high}"


def conclude_nonresponse(bounds: pd.DataFrame, *, lang: str = "en") -> str:
    """How those who did not answer would have to answer to level the largest difference.

    Parameters
    ----------
    bounds : DataFrame
        From ``bound_nonresponse``; of several rows the one with the largest difference at a single stage.
    lang : {"fi", "sv", "en"}
        Language of the sentences.

    Returns
    -------
    str
        Empty where the groups do not differ at all, or one has no answers.
    """
    numbers = bounds.astype({"answers_first": float, "answers_second": float})
    rows = numbers[numbers["measure"] == "stage"].to_dict("records") or numbers.to_dict("records")
    known = [row for row in rows if _least(row) > 0]
    if not known:
        return ""
    return " ".join(_say_bounds(max(known, key=_least), codebook_of(bounds), decimals_of(bounds), lang))


def _least(row: Mapping[Hashable, Any]) -> float:
    """The smallest size of a difference over the tables; 0 where its sign is not known."""
    low, high = row["estimate_low"], row["estimate_high"]
    return 0.0 if isnan(low) or low <= 0 <= high else float(min(abs(low), abs(high)))


def _say_bounds(row: Mapping[Hashable, Any], codebook: Codebook, decimals: int, lang: str) -> list[str]:
    """What it takes to level a difference in answers, then what the missing of a population could do."""
    sign = 1 if row["estimate_low"] > 0 else -1
    sides = {side: where(codebook, str(row[side]), lang) for side in ("first", "second")}
    needed = {side: row[f"answers_{side}"] for side in sides}
    possible = [side for side, answers in needed.items() if not isnan(answers)]
    told = [*possible, *(side for side in sides if side not in possible)]
    least, most = sorted(100 * sign * row[f"estimate_{end}"] for end in ("low", "high"))
    first = say(
        f"conclusions.nonresponse_answers_{('none', 'one', 'both')[len(possible)]}",
        lang,
        what=answer_phrase(codebook, str(row["measure"]), str(row["stage"]), lang),
        points=span_of_points(least, most, lang, decimals),
        where=sides[told[0]],
        where_other=sides[told[1]],
        more=format_count(needed[told[0]], lang) if possible else "",
        more_other=format_count(needed[told[1]], lang) if len(possible) == 2 else "",
    )
    return [first] if isnan(row["low"]) else [first, *_say_population(row, sides, sign, lang)]


def _say_population(row: Mapping[Hashable, Any], sides: Mapping[str, str], sign: int, lang: str) -> list[str]:
    low, high = sorted(100 * sign * row[end] for end in ("low", "high"))
    ends = {"low": format_points(low, lang), "high": format_points(high, lang)}
    if row["verdict"] == "every table":
        return [say("conclusions.nonresponse_firm", lang, **ends)]
    bounds = say("conclusions.nonresponse_bounds", lang, **ends)
    levelling = [side for side in sides if not isnan(row[f"levelling_{side}"])]
    if not levelling:
        return [bounds, say("conclusions.nonresponse_neither", lang)]
    side = min(levelling, key=lambda side: abs(row[f"levelling_{side}"] - row[f"share_{side}"]))
    share = row[f"share_{side}"]
    told = say(
        "conclusions.nonresponse_share_only" if isnan(share) else "conclusions.nonresponse_share",
        lang,
        where=sides[side],
        needed=format_share(row[f"levelling_{side}"], lang),
        share="" if isnan(share) else format_share(share, lang),
    )
    return [bounds, told]
