"""What can be concluded from a comparison, and what cannot, in plain sentences with their numbers.

A sentence is chosen by the verdict over every table of counts that fits: it holds in every table, in none,
or depends on which one is true.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import partial
from math import isnan
from typing import TYPE_CHECKING, Any

from analysis.codebook import codebook_of
from analysis.old.words.reservations import conclude_assumptions, conclude_nonresponse, conclude_sampling
from analysis.old.words.telling.figures import Difference, decimals_of, differences_of
from analysis.old.words.telling.phrases import (
    answer_phrase,
    main_change,
    span_of_points,
    stage_phrase,
    where,
)
from analysis.old.words.wording import (
    format_count,
    format_number,
    format_p,
    format_p_range,
    format_percent,
    format_range,
    format_share,
    join_words,
    rounded,
    say,
    wave_label,
)

if TYPE_CHECKING:
    import pandas as pd

    from analysis.codebook import Codebook

Effect = Mapping[Hashable, Any]  # one row of an effects frame
BRANCHES = {"every table": "differs", "none": "none", "undetermined": "open"}
MOST_TOLD = 6  # differences told one by one


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
        "nonresponse": conclude_nonresponse,
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
    say_stage = partial(_say_stage, differences, lang)
    found = differences_of(differences)
    clear = sorted((one for one in found if one.clear), key=lambda one: -abs(one.middle))
    if all(difference.only_rounding for difference in found):
        return (
            say_stage("stage_published", clear[0])
            if clear
            else say("conclusions.stages_published_none", lang)
        )
    unsettled = [one for one in found if one.verdict == "undetermined"]
    counted = set(differences["basis"]) == {"counted"}
    sentences = [say_stage("stage_counted" if counted else "stage_clear", one) for one in clear[:MOST_TOLD]]
    sentences += [say_stage("stage_open", one) for one in unsettled[:MOST_TOLD]]
    left = len(clear[MOST_TOLD:]) + len(unsettled[MOST_TOLD:])
    if left:
        sentences.append(say("conclusions.stages_more", lang, count=format_count(left, lang)))
    return " ".join([*sentences, *_say_none(differences, found, lang)])


def _say_none(differences: pd.DataFrame, found: list[Difference], lang: str) -> list[str]:
    """Where no difference is shown: at the stages of a pair, of several pairs those where no pair differs."""
    told = {(one.measure, one.stage) for one in found if one.verdict != "none"}
    places = dict.fromkeys((one.measure, one.stage) for one in found if one.verdict == "none")
    codebook = codebook_of(differences)
    phrases = [stage_phrase(codebook, *place, lang) for place in places if place not in told]
    return [say("conclusions.stages_none", lang, list=join_words(phrases, lang))] if phrases else []


def _say_stage(differences: pd.DataFrame, lang: str, key: str, one: Difference) -> str:
    codebook, decimals = codebook_of(differences), decimals_of(differences)
    sign = 1 if one.middle > 0 else -1
    more, less = (one.first, one.second)[::sign]
    low, high = sorted((sign * one.low, sign * one.high))
    least, most = sorted((sign * one.least, sign * one.most))
    return say(
        f"conclusions.{key}",
        lang,
        what=answer_phrase(codebook, one.measure, one.stage, lang),
        where=where(codebook, more, lang),
        where_other=where(codebook, less, lang),
        points=span_of_points(least, most, lang, decimals),
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
    test, effect = measures["freeman_halton"], measures["cramers_v"]
    if isnan(test["p_value"]):
        return ""
    close = test["verdict"] == "undetermined" and test["n_tables"] == 1
    low, high = (format_number(effect[f"estimate_{end}"], lang, 2) for end in ("low", "high"))
    bounded = rounded(effect["low"], 2) > 0
    interval = format_range(effect["low"], effect["high"], lang, 2)
    most = say("conclusions.at_most", lang, most=format_number(effect["high"], lang, 2))
    return say(
        "conclusions.shape_close" if close else f"conclusions.shape_{BRANCHES[str(test['verdict'])]}",
        lang,
        effect=low if low == high else f"{low}–{high}",
        interval=interval if bounded else most,
        **_of_test("shape", test, lang),
    )


def _conclude_shift(measures: Mapping[str, Effect], groups: list[str], codebook: Codebook, lang: str) -> str:
    test, effect = measures["mann_whitney"], measures["probability_of_superiority"]
    if isnan(test["p_value"]):
        return ""
    one, other = (format_share(effect[f"estimate_{end}"], lang) for end in ("low", "high"))
    least, most = (100 * effect[f"estimate_{end}"] for end in ("low", "high"))
    return say(
        f"conclusions.shift_{BRANCHES[str(test['verdict'])]}",
        lang,
        where=where(codebook, groups[0], lang),
        where_other=where(codebook, groups[1], lang),
        share=one if one == other else format_range(least, most, lang, percent=True),
        interval=format_range(100 * effect["low"], 100 * effect["high"], lang, percent=True),
        **_of_test("shift", test, lang),
    )


def _conclude_ranks(test: Effect, lang: str) -> str:
    if isnan(test["p_value"]):
        return ""
    return say(f"conclusions.ranks_{BRANCHES[str(test['verdict'])]}", lang, **_of_test("ranks", test, lang))


def _of_test(kind: str, test: Effect, lang: str) -> dict[str, str]:
    """What a sentence says of a test: its name, by how it was computed, its p-value and the range of it."""
    method = test["method"] if test["method"] in {"exact", "monte_carlo"} else "approximate"
    error = format_number(test["p_high"] - test["p_value"], lang, 4)
    return {
        "test": say(f"conclusions.{kind}_test_{method}", lang, error=error),
        "p": format_p(test["p_value"], lang),
        "range": format_p_range(test["p_low"], test["p_high"], lang),
        "level": format_share(test["level"], lang),
    }


def conclude_waves(changes: pd.DataFrame, *, lang: str = "en") -> str:
    """Whether the share at the codebook's cut or further changed, with the other explanation named."""
    codebook, decimals = codebook_of(changes), decimals_of(changes)
    change = main_change(changes)
    counted = set(changes["basis"]) == {"counted"}
    branches = {
        "every table": "change_counted" if counted else "change_clear",
        "none": "change_none",
        "undetermined": "change_open",
    }
    told = say(
        f"conclusions.{'change_published' if change.only_rounding else branches[change.verdict]}",
        lang,
        what=stage_phrase(codebook, change.measure, change.stage, lang),
        where=where(codebook, change.group, lang),
        before=format_percent(change.printed_second, lang, decimals),
        after=format_percent(change.printed_first, lang, decimals),
        earlier=wave_label(change.second, lang),
        later=wave_label(change.first, lang),
        points=span_of_points(change.least, change.most, lang, decimals, sign=True),
        level="" if change.only_rounding else format_percent(100 * change.level, lang),
        interval=format_range(change.low, change.high, lang, decimals, sign=True),
    )
    return f"{told} {say('conclusions.change_composition', lang)}"
