"""Alt texts: the kind of chart, its finding, and every figure that is drawn, in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis.codebook import codebook_of
from analysis.old.charts.headlines import (
    headline_cumulative,
    headline_differences,
    headline_diverging,
    headline_shares,
    headline_stages,
    headline_waves,
)
from analysis.old.words.telling.courses import Course, courses_of
from analysis.old.words.telling.figures import (
    Cell,
    Difference,
    Row,
    decimals_of,
    differences_of,
    level_of,
    one_wave,
    pairs_of,
    rows_of,
    shown_differences,
    sides_of,
)
from analysis.old.words.telling.phrases import change_range, only_rounding, sentence, stage_phrase
from analysis.old.words.wording import (
    describe_marks,
    format_n,
    format_number,
    format_percent,
    format_range,
    join_words,
    quoted,
    rounded,
    say,
    wave_label,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from analysis.codebook import Codebook


def describe_stages(frame: pd.DataFrame, *, lang: str = "en") -> str:
    """The shares of each stage in every group, and which were not published."""
    rows = [_stage_row(row, frame, lang) for row in rows_of(frame)]
    return say(
        "descriptions.stages",
        lang,
        headline=headline_stages(frame, lang=lang),
        rows=_rows(rows, frame, lang),
        **_about(frame, lang),
    )


def describe_diverging(frame: pd.DataFrame, *, lang: str = "en") -> str:
    """The shares of each stage in every group, and their sums on both sides of the codebook's cut."""
    codebook, decimals = codebook_of(frame), decimals_of(frame)
    rows = []
    for row in rows_of(frame):
        below, above = sides_of(row, codebook)
        rows.append(
            say(
                "descriptions.row_with_sums",
                lang,
                row=_stage_row(row, frame, lang),
                below=format_percent(below, lang, decimals),
                above=format_percent(above, lang, decimals),
            )
        )
    cut = quoted(codebook.word("stage", codebook.cut, lang), lang)
    headline = headline_diverging(frame, lang=lang)
    values = _about(frame, lang) | {"rows": _rows(rows, frame, lang)}
    return say("descriptions.diverging", lang, headline=headline, cut=cut, **values)


def describe_shares(frame: pd.DataFrame, *, lang: str = "en") -> str:
    """The share of each stage in every group with its interval."""
    headline = headline_shares(frame, lang=lang)
    return _describe_dots(frame, "stage", "descriptions.shares", headline, lang)


def describe_cumulative(frame: pd.DataFrame, *, lang: str = "en") -> str:
    """The share at each stage or further in every group with its interval."""
    headline = headline_cumulative(frame, lang=lang)
    return _describe_dots(frame, "at_least", "descriptions.cumulative", headline, lang)


def describe_differences(frame: pd.DataFrame, *, lang: str = "en") -> str:
    """Each difference that is drawn, the two shares behind it, its interval, and how firmly it holds."""
    shown, differences = shown_differences(frame), differences_of(frame)
    several = len(pairs_of(frame)) > 1
    values = {
        "headline": headline_differences(frame, lang=lang),
        "wave": wave_label(one_wave(frame), lang),
        "lines": _lines(frame, lang),
        "rows": _rows([_difference_row(found, frame, lang, several=several) for found in shown], frame, lang),
    }
    if len(shown) < len(differences):
        counts = format_number(len(shown), lang), format_number(len(differences), lang)
        return say("descriptions.differences_largest", lang, shown=counts[0], total=counts[1], **values)
    bases = "" if several else _bases(shown[0], frame, lang)
    return say("descriptions.differences", lang, bases=bases, **values)


def describe_waves(frame: pd.DataFrame, *, lang: str = "en") -> str:
    """Each line that is drawn: its share in every wave, its changes with their intervals."""
    courses = courses_of(frame)
    several = len({course.group for course in courses}) > 1
    return say(
        "descriptions.waves",
        lang,
        headline=headline_waves(frame, lang=lang),
        topic=codebook_of(frame).text("topic", lang),
        lines=_lines(frame, lang),
        rows=_rows([_course_row(course, frame, lang, several=several) for course in courses], frame, lang),
    )


def _about(frame: pd.DataFrame, lang: str) -> dict[str, str]:
    """Topic and wave."""
    return {"topic": codebook_of(frame).text("topic", lang), "wave": wave_label(one_wave(frame), lang)}


def _rows(rows: Sequence[str], frame: pd.DataFrame, lang: str) -> str:
    """Every figure that is drawn, then what was withheld or weighted."""
    return " ".join([*rows, *describe_marks(frame, lang=lang)])


def _named(row: Row, cells: Sequence[str], codebook: Codebook, lang: str) -> str:
    """A group with its base and its cells as a sentence."""
    values = {"group": codebook.word("group", row.group, lang), "cells": ", ".join(cells)}
    if math.isnan(row.n):
        return say("descriptions.row", lang, **values)
    return say("descriptions.row_with_n", lang, n=format_n(row.n, lang), **values)


def _stage_row(row: Row, frame: pd.DataFrame, lang: str) -> str:
    codebook, decimals = codebook_of(frame), decimals_of(frame)
    cells = [
        say(
            "descriptions.cell",
            lang,
            name=codebook.word("stage", cell.stage, lang),
            value=format_percent(cell.printed, lang, decimals),
        )
        for cell in row.cells
    ]
    known = {cell.stage for cell in row.cells}
    missing = [codebook.word("stage", stage, lang) for stage in codebook.stages if stage not in known]
    words = _named(row, cells, codebook, lang)
    if not missing or codebook.withheld(one_wave(frame)):
        return words
    return say("descriptions.missing", lang, row=words, stages=join_words(missing, lang))


def _describe_dots(frame: pd.DataFrame, measure: str, key: str, headline: str, lang: str) -> str:
    codebook, decimals = codebook_of(frame), decimals_of(frame)
    rows = []
    for row in rows_of(frame, measure):
        cells = [
            say(
                "descriptions.cell",
                lang,
                name=stage_phrase(codebook, measure, cell.stage, lang),
                value=_with_range(cell, lang, decimals),
            )
            for cell in row.cells
        ]
        rows.append(_named(row, cells, codebook, lang))
    values = _about(frame, lang) | {"lines": _lines(frame, lang)}
    return say(key, lang, headline=headline, rows=_rows(rows, frame, lang), **values)


def _with_range(cell: Cell, lang: str, decimals: int) -> str:
    """A share with its interval in brackets, and its range over all tables where they differ."""
    value = format_percent(cell.printed, lang, decimals)
    if math.isnan(cell.low):
        return value
    values = {"value": value, "range": format_range(cell.low, cell.high, lang, decimals, percent=True)}
    if cell.most > cell.least and (cell.least, cell.most) != (cell.low, cell.high):
        span = format_range(cell.least, cell.most, lang, decimals, percent=True)
        return say("descriptions.with_both", lang, span=span, **values)
    return say("descriptions.with_range", lang, **values)


def _lines(frame: pd.DataFrame, lang: str) -> str:
    """What stands in brackets; nothing where no interval does."""
    if only_rounding(frame):
        return say("descriptions.lines", lang, lines=say("descriptions.rounding", lang))
    level = level_of(frame)
    if math.isnan(level):
        return ""
    interval = say("descriptions.interval", lang, level=format_percent(level, lang))
    return say("descriptions.lines", lang, lines=interval)


def _bases(difference: Difference, frame: pd.DataFrame, lang: str) -> str:
    """The two groups and how many answered in each; nothing where it is not known."""
    if math.isnan(difference.n_first) or math.isnan(difference.n_second):
        return ""
    words = [codebook_of(frame).word("group", group, lang) for group in (difference.first, difference.second)]
    bases = format_n(difference.n_first, lang), format_n(difference.n_second, lang)
    return say(
        "descriptions.bases", lang, first=words[0], second=words[1], n_first=bases[0], n_second=bases[1]
    )


def _difference_row(difference: Difference, frame: pd.DataFrame, lang: str, *, several: bool) -> str:
    codebook, decimals = codebook_of(frame), decimals_of(frame)
    name = stage_phrase(codebook, difference.measure, difference.stage, lang)
    if several:
        groups = [codebook.word("group", g, lang) for g in (difference.first, difference.second)]
        name = say("descriptions.pair", lang, stage=name, first=groups[0], second=groups[1])
    printed = (difference.printed_first, difference.printed_second)
    figures = ""
    if not any(map(math.isnan, printed)):
        shares = [format_percent(share, lang, decimals) for share in printed]
        figures = say("descriptions.figures", lang, first=shares[0], second=shares[1])
    points = change_range(difference, lang, decimals)
    verdict = _verdict(difference, lang, decimals)
    return say(
        "descriptions.difference", lang, name=sentence(name), figures=figures, points=points, verdict=verdict
    )


def _verdict(difference: Difference, lang: str, decimals: int) -> str:
    """How firmly a difference holds."""
    if difference.only_rounding:
        return say("descriptions.rounded_clear" if difference.clear else "descriptions.rounded_open", lang)
    if difference.clear:
        return say("descriptions.clear", lang)
    if difference.verdict == "undetermined":
        return say("descriptions.undetermined", lang)
    low, high = (rounded(end, decimals) for end in (difference.low, difference.high))
    crowded = low > 0 or high < 0  # by itself it would be clear
    return say("descriptions.crowded" if crowded else "descriptions.chance", lang)


def _course_row(course: Course, frame: pd.DataFrame, lang: str, *, several: bool) -> str:
    codebook, decimals = codebook_of(frame), decimals_of(frame)
    name = stage_phrase(codebook, course.measure, course.stage, lang)
    if several:
        group = codebook.word("group", course.group, lang)
        name = say("descriptions.cell", lang, name=group + ",", value=name)
    points = [
        say(
            "descriptions.point",
            lang,
            wave=wave_label(wave, lang),
            value=format_percent(share, lang, decimals),
        )
        for wave, share in course.points.items()
    ]
    changes = [
        say(
            "descriptions.change",
            lang,
            change=change_range(change, lang, decimals),
            verdict=_verdict(change, lang, decimals),
        )
        for change in course.changes
    ]
    name = sentence(name)
    return say("descriptions.course", lang, name=name, points=", ".join(points), changes="; ".join(changes))
