"""Shares from wave to wave as lines on a true scale of time, each change with its interval."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis.codebook import codebook_of
from analysis.old.charts.drawing.canvas import Canvas, Head, new_axes
from analysis.old.charts.drawing.timelines import Label, Timeline
from analysis.old.charts.headlines import headline_waves
from analysis.old.words.telling.courses import Course, courses_of
from analysis.old.words.telling.figures import decimals_of, level_of
from analysis.old.words.telling.phrases import change_range, stage_label
from analysis.old.words.wording import format_percent, say, source_line

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def draw_waves(frame: pd.DataFrame, *, lang: str = "en", ax: Axes | None = None) -> Axes:
    """How shares changed from wave to wave: of one group its stages, of several the share at the cut.

    Parameters
    ----------
    frame : DataFrame
        Changes between waves.
    lang : str
        fi, sv or en.
    ax : Axes, optional
        Where to draw; left out, new Axes (wide, light).

    Returns
    -------
    Axes
        Across is time in years, upwards per cent. A line joins waves that were compared, and no others; a
        pale line at the later wave is the interval of the change. In colour where the change is clear.

    Raises
    ------
    RequestError
        The frame has no change whose shares are known.
    """
    canvas, courses = Canvas(ax or new_axes()), courses_of(frame)
    sheet = Timeline(canvas, courses, _labels(frame, courses, lang), decimals_of(frame), lang)
    source = source_line(frame, lang=lang)
    if len(sheet.told) < len(sheet.waves) - 1:
        source = f"{source} {say('charts.see_table', lang)}"
    head = Head(headline_waves(frame, lang=lang), _subtitle(frame, lang), source)
    canvas.frame(head, needed=sheet.needed, least=[sheet.needed, sheet.least])
    sheet.draw()
    return canvas.ax


def _subtitle(frame: pd.DataFrame, lang: str) -> str:
    """Topic, unit, and what the upright lines mean."""
    words = {"topic": codebook_of(frame).text("topic", lang), "unit": say("charts.unit_stage", lang)}
    level = level_of(frame)
    if math.isnan(level):
        return say("charts.waves_subtitle", lang, **words)
    several = bool((frame["estimate_high"] > frame["estimate_low"]).any())
    key = "charts.waves_subtitle_tables" if several else "charts.waves_subtitle_interval"
    return say(key, lang, level=format_percent(level, lang), **words)


def _labels(frame: pd.DataFrame, courses: list[Course], lang: str) -> list[Label]:
    """The words at the end of each line: of one group its stages, of several the groups."""
    codebook, decimals = codebook_of(frame), decimals_of(frame)
    several = len({course.group for course in courses}) > 1
    return [
        Label(
            format_percent(list(course.points.values())[-1], lang, decimals),
            codebook.word("group", course.group, lang)
            if several
            else stage_label(codebook, course.measure, course.stage, lang),
            change_range(course.changes[-1], lang, decimals),
        )
        for course in courses
    ]
