"""Shares as dots with their intervals: of each stage, or of that stage and further."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis.codebook import codebook_of
from analysis.drawing.canvas import Canvas, Head, new_axes
from analysis.drawing.keys import draw_key, plan_legend
from analysis.drawing.lanes import Lanes, Mark, Name
from analysis.drawing.placing import round_ticks
from analysis.headlines import headline_cumulative, headline_shares
from analysis.style import group_looks, text_colour
from analysis.telling.figures import Cell, Row, decimals_of, one_wave, rows_of
from analysis.telling.phrases import lines_phrase, only_rounding
from analysis.wording import format_n, format_percent, say, source_line, wave_label

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.codebook import Codebook

Span = tuple[float, float]
EXACT = 1e-9
MOST_TICKS = {True: 5, False: 7}  # by whether the format is a narrow one


def draw_shares(frame: pd.DataFrame, *, lang: str = "en", ax: Axes | None = None) -> Axes:
    """The share of each stage in every group, with its interval.

    Parameters
    ----------
    frame : DataFrame
        Estimates of one wave (measure ``stage``).
    lang : str
        fi, sv or en.
    ax : Axes, optional
        Where to draw; left out, new Axes (wide, light).

    Returns
    -------
    Axes
        A dot for each share at its per cent, a pale line for its interval, a strong one for the range over
        all tables of counts that fit where they differ.

    Raises
    ------
    RequestError
        The frame holds several waves, or no shares.
    """
    return _draw(frame, "stage", headline_shares(frame, lang=lang), lang, ax)


def draw_cumulative(frame: pd.DataFrame, *, lang: str = "en", ax: Axes | None = None) -> Axes:
    """The share at each stage or further in every group, with its interval.

    Parameters and return as of ``draw_shares``; the measure is ``at_least``.

    Raises
    ------
    RequestError
        The frame holds several waves, or no shares.
    """
    return _draw(frame, "at_least", headline_cumulative(frame, lang=lang), lang, ax)


def _draw(frame: pd.DataFrame, measure: str, headline: str, lang: str, ax: Axes | None) -> Axes:
    canvas, rows = Canvas(ax or new_axes()), rows_of(frame, measure)
    codebook = codebook_of(frame)
    looks = group_looks(codebook.groups, codebook.total, canvas.theme)
    marks = _marks(rows, frame, canvas, lang)
    stages = [stage for stage in codebook.stages if any(stage == place for _, place in marks)]
    lanes = Lanes(
        canvas,
        [Name(_stage_name(codebook, measure, stage, lang)) for stage in stages],
        lanes=len(rows),
        figures=[mark.figure for mark in marks.values()],
    )
    lanes.scale((0, _limit(list(marks.values()))), left=lanes.left)
    key = plan_legend(canvas, [_group_name(row, codebook, lang) for row in rows])
    head = Head(headline, _subtitle(frame, measure, lang), source_line(frame, lang=lang))
    canvas.frame(
        head, needed=key.height + lanes.needed, least=[key.height + height for height in lanes.least]
    )
    draw_key(canvas, key, canvas.body[0], [looks[row.group] for row in rows])
    lanes.place(canvas.body[0] + key.height)
    ticks = round_ticks(*canvas.limits, at_most=MOST_TICKS[canvas.size.stacked])
    lanes.draw_ticks([(tick, format_percent(tick, lang)) for tick in ticks])
    lanes.draw_names()
    for stage, (_, _, middles) in zip(stages, lanes.rows(), strict=True):
        for row, y in zip(rows, middles, strict=True):
            if (row.group, stage) in marks:
                lanes.draw_mark(marks[row.group, stage], y)
    return canvas.ax


def _marks(rows: list[Row], frame: pd.DataFrame, canvas: Canvas, lang: str) -> dict[tuple[str, str], Mark]:
    """The mark of each group at each stage, in the colour and shape of the group."""
    codebook, decimals = codebook_of(frame), decimals_of(frame)
    looks = group_looks(codebook.groups, codebook.total, canvas.theme)
    rounding = only_rounding(frame)
    marks = {}
    for row in rows:
        colour, marker = looks[row.group]
        ink = text_colour(colour, canvas.theme)
        for cell in row.cells:
            interval, span = _reach(cell, rounding=rounding)
            value = None if span and not rounding else cell.share
            figure = format_percent(cell.printed, lang, decimals)
            marks[row.group, cell.stage] = Mark(value, interval, span, figure, colour, ink, marker=marker)
    return marks


def _reach(cell: Cell, *, rounding: bool) -> tuple[Span | None, Span | None]:
    """The sampling interval of a share, and its range over all that fits; each only where there is one."""
    interval = None if math.isnan(cell.low) else (cell.low, cell.high)
    if rounding:
        return None, interval
    differs = not math.isnan(cell.least) and cell.most - cell.least > EXACT
    return interval, (cell.least, cell.most) if differs else None


def _limit(marks: list[Mark]) -> float:
    """The end of the scale: all there is to draw, to the next ten."""
    ends: list[float] = [
        end for mark in marks for end in (*(mark.interval or ()), *(mark.span or ()), mark.value or 0.0)
    ]
    return min(100.0, max(10.0, 10 * math.ceil(max(ends) / 10 - EXACT)))


def _stage_name(codebook: Codebook, measure: str, stage: str, lang: str) -> str:
    label = codebook.word("stage", stage, lang)
    return label if measure == "stage" else say("charts.stage_or_further", lang, stage=label)


def _group_name(row: Row, codebook: Codebook, lang: str) -> str:
    name = codebook.word("group", row.group, lang)
    return (
        name if math.isnan(row.n) else say("charts.group_with_n", lang, group=name, n=format_n(row.n, lang))
    )


def _subtitle(frame: pd.DataFrame, measure: str, lang: str) -> str:
    """Topic, unit, what the lines mean, wave."""
    words = {
        "topic": codebook_of(frame).text("topic", lang),
        "unit": say(f"charts.unit_{measure}", lang),
        "wave": wave_label(one_wave(frame), lang),
        "lines": lines_phrase(frame, lang),
    }
    return say("charts.shares_subtitle" if words["lines"] else "charts.plain_subtitle", lang, **words)
