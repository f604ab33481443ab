"""What can be concluded from a comparison, and what cannot, in plain sentences with their numbers.

A sentence is chosen by the verdict over every table of counts that fits: it holds in every table, in none,
or depends on which one is true.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

from analysis.codebook import codebook_of
from analysis.figures import Difference, decimals_of, differences_of
from analysis.phrases import answer_phrase, change_of, main_change, size_of_difference, stage_phrase, where
from analysis.wording import (
    format_count,
    format_number,
    format_p,
    format_percent,
    format_range,
    format_share,
    join_words,
    say,
    wave_label,
)

if TYPE_CHECKING:
    import pandas as pd

    from analysis.codebook import Codebook

Effect = Mapping[Hashable, Any]  # one row of an effects frame
BRANCHES = {"every table": "differs", "none": "none", "undetermined": "open"}


def conclude(frames: Mapping[str, pd.DataFrame], *, lang: str = "en") -> list[str]:
    """The paragraphs of a whole survey, from the frames of ``findings.gather_frames``.

    Returns
    -------
    list of str
        One paragraph a comparison that the survey bears, and what the intervals assume; empty where
        nothing can be compared.
    """
    parts = {
        "differences": conclude_stages,
        "effects": conclude_groups,
        "assumptions": conclude_assumptions,
        "changes": conclude_waves,
    }
    told = [tell(frames[name], lang=lang) for name, tell in parts.items() if name in frames]
    paragraphs = [paragraph for paragraph in told if paragraph]
    compared = [frames[name] for name in ("differences", "changes") if name in frames]
    sampled = any(frame["level"].notna().any() for frame in compared)
    return [*paragraphs, conclude_sampling(lang=lang)] if sampled else paragraphs


def conclude_stages(differences: pd.DataFrame, *, lang: str = "en") -> str:
    """At which stages the groups differ, at which it is not shown, and at which it stays open.

    Parameters
    ----------
    differences : DataFrame
        Rows of ``compare_stages`` or ``compare_published``.
    lang : {"fi", "sv", "en"}
        Language of the sentences.
    """
    codebook, decimals = codebook_of(differences), decimals_of(differences)
    found = differences_of(differences)
    if all(difference.only_rounding for difference in found):
        return _conclude_published(found, codebook, lang, decimals)
    clear = [difference for difference in found if difference.clear]
    unsettled = [difference for difference in found if difference.verdict == "undetermined"]
    none = [difference for difference in found if difference.verdict == "none"]
    sentences = [_say_stage("stage_clear", one, codebook, lang, decimals) for one in clear]
    sentences += [_say_stage("stage_open", one, codebook, lang, decimals) for one in unsettled]
    if none:
        listed = join_words(
            list(dict.fromkeys(stage_phrase(codebook, one.measure, one.stage, lang) for one in none)), lang
        )
        sentences.append(say("conclusions.stages_none", lang, list=listed))
    return " ".join(sentences)


def _conclude_published(found: list[Difference], codebook: Codebook, lang: str, decimals: int) -> str:
    clear = [difference for difference in found if difference.clear]
    if not clear:
        return say("conclusions.stages_published_none", lang)
    largest = max(clear, key=lambda difference: abs(difference.middle))
    return _say_stage("stage_published", largest, codebook, lang, decimals)


def _say_stage(key: str, one: Difference, codebook: Codebook, lang: str, decimals: int) -> str:
    more, less = (one.first, one.second) if one.middle > 0 else (one.second, one.first)
    sign = 1 if one.middle > 0 else -1
    low, high = sorted((sign * one.low, sign * one.high))
    size = size_of_difference if key == "stage_clear" else change_of
    if one.only_rounding:
        points = say(
            "phrases.range_of_points", lang, low=format_number(low, lang), high=format_number(high, lang)
        )
    else:
        points = size(one, lang, decimals)
    return say(
        f"conclusions.{key}",
        lang,
        what=answer_phrase(codebook, one.measure, one.stage, lang),
        where=where(codebook, more, lang),
        where_other=where(codebook, less, lang),
        points=points,
        level="" if one.only_rounding else format_percent(100 * one.level, lang),
        interval=format_range(low, high, lang, decimals, sign=True),
    )


def conclude_groups(effects: pd.DataFrame, *, lang: str = "en") -> str:
    """Whether the distributions as a whole differ (shape), and whether one group is further along (shift)."""
    codebook = codebook_of(effects)
    measures = {str(row["measure"]): row for row in effects.to_dict("records")}
    sentences = [_conclude_shape(measures, lang)]
    if "mann_whitney" in measures:
        groups = [str(group) for group in effects.attrs["groups"]]
        sentences.append(_conclude_shift(measures, groups, codebook, lang))
    elif "kruskal_wallis" in measures:
        sentences.append(_conclude_ranks(measures["kruskal_wallis"], lang))
    return " ".join(sentence for sentence in sentences if sentence)


def _conclude_shape(measures: Mapping[str, Effect], lang: str) -> str:
    test = measures["freeman_halton"]
    if test["p_value"] != test["p_value"]:
        return ""
    branch = BRANCHES[str(test["verdict"])]
    effect = measures["cramers_v"]
    low, high = (format_number(effect[f"estimate_{end}"], lang, 2) for end in ("low", "high"))
    return say(
        f"conclusions.shape_{branch}",
        lang,
        p=format_p(test["p_value"], lang),
        effect=low if low == high else f"{low}–{high}",
        **_ends(test, lang),
    )


def _conclude_shift(measures: Mapping[str, Effect], groups: list[str], codebook: Codebook, lang: str) -> str:
    test, effect = measures["mann_whitney"], measures["probability_of_superiority"]
    if test["p_value"] != test["p_value"]:
        return ""
    least, most = (100 * effect[f"estimate_{end}"] for end in ("low", "high"))
    one = format_share(effect["estimate_low"], lang)
    several = format_range(least, most, lang, percent=True)
    return say(
        f"conclusions.shift_{BRANCHES[str(test['verdict'])]}",
        lang,
        p=format_p(test["p_value"], lang),
        where=where(codebook, groups[0], lang),
        where_other=where(codebook, groups[1], lang),
        share=one if one == format_share(effect["estimate_high"], lang) else several,
        level=format_share(effect["level"], lang),
        interval=format_range(100 * effect["low"], 100 * effect["high"], lang, percent=True),
        **_ends(test, lang),
    )


def _conclude_ranks(test: Effect, lang: str) -> str:
    key = {"differs": "ranks_differ", "none": "ranks_none", "open": "ranks_open"}[
        BRANCHES[str(test["verdict"])]
    ]
    return say(f"conclusions.{key}", lang, p=format_p(test["p_value"], lang), **_ends(test, lang))


def _ends(test: Effect, lang: str) -> dict[str, str]:
    return {end: format_number(test[f"p_{end}"], lang, 3) for end in ("low", "high")}


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
            low=format_number(whole["low"], lang, 3),
            high=format_number(whole["high"], lang, 3),
        )
    ]
    if largest["verdict"] == "every table":
        stage = stage_phrase(codebook, "stage", str(largest["stage"]), lang)
        high = format_number(largest["high"], lang, 4)
        sentences.append(say("conclusions.assumptions_firm", lang, stage=stage, high=high))
    return " ".join(sentences)


def conclude_waves(changes: pd.DataFrame, *, lang: str = "en") -> str:
    """Whether the share at the codebook's cut or further changed, with the other explanation named."""
    codebook, decimals = codebook_of(changes), decimals_of(changes)
    change = main_change(changes)
    branch = {"every table": "change_clear", "none": "change_none", "undetermined": "change_open"}[
        change.verdict
    ]
    told = say(
        "conclusions.change_published" if change.only_rounding else f"conclusions.{branch}",
        lang,
        what=stage_phrase(codebook, change.measure, change.stage, lang),
        where=where(codebook, change.group, lang),
        before=format_percent(change.printed_second, lang, decimals),
        after=format_percent(change.printed_first, lang, decimals),
        earlier=wave_label(change.second, lang),
        later=wave_label(change.first, lang),
        points=change_of(change, lang, decimals),
        level="" if change.only_rounding else format_percent(100 * change.level, lang),
        interval=format_range(change.low, change.high, lang, decimals, sign=True),
    )
    return f"{told} {say('conclusions.change_composition', lang)}"


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
    """
    codebook = codebook_of(estimates)
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
        total=codebook.word("group", str(codebook.total), lang),
        sizes="; ".join(sizes),
        what=stage_phrase(codebook, "at_least", codebook.cut, lang),
        stratified=_share_range(cut.loc["population"], lang),
        pooled=_share_range(cut.loc["answers"], lang),
    )


def _share_range(row: Any, lang: str) -> str:
    low, high = (format_share(row[f"estimate_{end}"], lang, 1) for end in ("low", "high"))
    return low if low == high else f"{low}–{high}"
