"""Shares as dots with their intervals: of each stage, or of that stage and further."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from analysis.codebook import codebook_of
from analysis.old.charts.drawing.canvas import Canvas, Head, new_axes
from analysis.old.charts.drawing.lanes import Mark, Name
from analysis.old.charts.drawing.panels import Panels, Sheet, Together
from analysis.old.charts.headlines import headline_cumulative, headline_shares
from analysis.old.style import group_looks, text_colour
from analysis.old.words.telling.figures import Cell, Row, decimals_of, one_wave, rows_of
from analysis.old.words.telling.phrases import lines_phrase, only_rounding, stage_label
from analysis.old.words.wording import format_n, format_percent, say, source_line, wave_label

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.codebook import Codebook

Span = tuple[float, float]
EXACT = 1e-9


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
    canvas = Canvas(ax or new_axes())
    sheet = _sheet(frame, measure, canvas, lang)
    head = Head(headline, _subtitle(frame, measure, lang), source_line(frame, lang=lang))
    limits = 0.0, _limit(list(sheet.marks.values()))
    together = Together(canvas, sheet)
    room = canvas.room_for_body(head)
    if together.least[1] > room:
        panels = Panels(canvas, sheet)
        if panels.fit(room):
            panels.draw(head, limits)
            return canvas.ax
        head = head._replace(source=f"{head.source} {say('charts.see_table', lang)}")
    together.draw(head, limits, partial(format_percent, lang=lang))
    return canvas.ax


def _sheet(frame: pd.DataFrame, measure: str, canvas: Canvas, lang: str) -> Sheet:
    """What a chart of shares shows: stages down, groups with their looks, a mark where both meet."""
    codebook, rows = codebook_of(frame), rows_of(frame, measure)
    known = {cell.stage for row in rows for cell in row.cells}
    stages = [stage for stage in codebook.stages if stage in known]
    looks = group_looks(codebook.groups, codebook.total, canvas.theme)
    return Sheet(
        [Name(stage_label(codebook, measure, stage, lang)) for stage in stages],
        [_group_name(row, codebook, lang) for row in rows],
        [looks[row.group] for row in rows],
        {
            (place, stages.index(cell.stage)): _mark(cell, looks[row.group], frame, canvas, lang)
            for place, row in enumerate(rows)
            for cell in row.cells
        },
    )


def _mark(cell: Cell, look: tuple[str, str], frame: pd.DataFrame, canvas: Canvas, lang: str) -> Mark:
    """A share in the colour and shape of its group."""
    (colour, marker), rounding = look, only_rounding(frame)
    interval, span = _reach(cell, rounding=rounding)
    value = None if span and not rounding else cell.share
    figure = format_percent(cell.printed, lang, decimals_of(frame))
    return Mark(value, interval, span, figure, colour, text_colour(colour, canvas.theme), marker=marker)


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
