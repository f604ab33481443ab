"""Differences between groups, each with its interval: what is clear stands out, what is not is grey."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis.codebook import codebook_of
from analysis.old.charts.drawing.canvas import Canvas, Head, new_axes
from analysis.old.charts.drawing.dumbbells import draw_dumbbells, plan_dumbbells
from analysis.old.charts.drawing.keys import draw_sides, plan_sides, sides_height
from analysis.old.charts.drawing.lanes import Lanes, Mark, Name
from analysis.old.charts.drawing.placing import round_ticks
from analysis.old.charts.headlines import headline_differences
from analysis.old.words.telling.figures import (
    Difference,
    decimals_of,
    differences_of,
    one_wave,
    pairs_of,
    shown_differences,
)
from analysis.old.words.telling.phrases import lines_phrase, pair_label, stage_label, where
from analysis.old.words.wording import format_number, format_points, say, source_line, wave_label

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.old.style import Theme

MOST_TICKS = {True: 6, False: 8}  # by whether the format is a narrow one
EXACT = 1e-9
ROUND = 5  # the scale ends at multiples of this many points


def draw_differences(frame: pd.DataFrame, *, lang: str = "en", ax: Axes | None = None) -> Axes:
    """The difference between two groups at each stage, with its interval.

    Of more than two groups the largest differences, the clear ones first.

    Parameters
    ----------
    frame : DataFrame
        Differences of one wave, on counts or as published.
    lang : str
        fi, sv or en.
    ax : Axes, optional
        Where to draw; left out, new Axes (wide, light).

    Returns
    -------
    Axes
        A dot for each difference at its percentage points, a pale line for its interval, a strong one for
        the range over all tables of counts that fit; in colour where the difference is clear, else grey.

    Raises
    ------
    RequestError
        The frame has no difference, or several waves.
    """
    canvas, shown = Canvas(ax or new_axes()), shown_differences(frame)
    decimals = decimals_of(frame)
    strong = _stressed(shown)
    marks = [_mark(d, canvas.theme, lang, decimals, clear=d in strong) for d in shown]
    names = [
        name._replace(strong=d in strong) for name, d in zip(_names(frame, shown, lang), shown, strict=True)
    ]
    lanes = Lanes(canvas, names, lanes=1, figures=[mark.figure for mark in marks])
    panel = plan_dumbbells(canvas, frame, shown, lang, left=lanes.left)
    lanes.scale(_limits(shown), left=panel.end if panel else lanes.left)
    sides = plan_sides(canvas, _sides(frame, shown, lang), left=canvas.across[0] if panel else canvas.margin)
    above = max(sides_height(canvas, sides), panel.key.height if panel else 0.0)
    head = Head(headline_differences(frame, lang=lang), _subtitle(frame, lang), source_line(frame, lang=lang))
    canvas.frame(head, needed=above + lanes.needed, least=[above + height for height in lanes.least])
    lanes.place(canvas.body[0] + above)
    draw_sides(canvas, sides, lanes.top - sides_height(canvas, sides))
    ticks = round_ticks(*canvas.limits, at_most=MOST_TICKS[canvas.size.stacked])
    lanes.draw_ticks([(tick, format_points(tick, lang)) for tick in ticks], zero=True)
    lanes.draw_names()
    middles = [middle for _, _, (middle,) in lanes.rows()]
    for mark, y in zip(marks, middles, strict=True):
        lanes.draw_mark(mark, y)
    if panel:
        draw_dumbbells(canvas, panel, middles, lanes.top - panel.key.height)
    return canvas.ax


def _stressed(shown: list[Difference]) -> list[Difference]:
    """The differences to draw in colour: the clear ones; as published, the largest of them."""
    clear = [difference for difference in shown if difference.clear]
    if any(difference.only_rounding for difference in clear):
        return [max(clear, key=lambda difference: abs(difference.middle))]
    return clear


def _mark(difference: Difference, theme: Theme, lang: str, decimals: int, *, clear: bool) -> Mark:
    """A difference as a mark: in the accent where it is clear, else grey; a range instead of one value."""
    ends = [format_points(value, lang, decimals) for value in (difference.least, difference.most)]
    differs = difference.most - difference.least > EXACT
    figure = say("phrases.span", lang, low=ends[0], high=ends[1]) if ends[0] != ends[1] else ends[0]
    return Mark(
        None if differs else difference.estimate,
        None if difference.only_rounding else (difference.low, difference.high),
        (difference.least, difference.most) if differs else None,
        figure,
        theme.accent if clear else theme.faint,
        theme.accent if clear else theme.muted,
        pale=None if clear else theme.faintest,
        strong=clear,
    )


def _names(frame: pd.DataFrame, shown: list[Difference], lang: str) -> list[Name]:
    """The stage of each row, and of more than two groups which pair it is."""
    codebook = codebook_of(frame)
    several = len(pairs_of(frame)) > 1
    return [
        Name(
            stage_label(codebook, difference.measure, difference.stage, lang),
            pair_label(difference, codebook, lang) if several else "",
        )
        for difference in shown
    ]


def _limits(shown: list[Difference]) -> tuple[float, float]:
    """From the lowest to the highest end and zero, to round points."""
    ends = [0.0, *(end for d in shown for end in (d.low, d.high, d.least, d.most) if not math.isnan(end))]
    low, high = (
        function(end / ROUND) * ROUND for function, end in ((math.floor, min(ends)), (math.ceil, max(ends)))
    )
    return float(low), float(high)


def _sides(frame: pd.DataFrame, shown: list[Difference], lang: str) -> tuple[str, str]:
    """What it means to lie left and right of zero."""
    if len(pairs_of(frame)) > 1:
        return say("charts.more_in_second", lang), say("charts.more_in_first", lang)
    places = [where(codebook_of(frame), group, lang) for group in (shown[0].second, shown[0].first)]
    return say("charts.more_there", lang, where=places[0]), say("charts.more_there", lang, where=places[1])


def _subtitle(frame: pd.DataFrame, lang: str) -> str:
    """First minus second, unit, what the lines mean, wave; how many of the differences are shown."""
    differences, shown = differences_of(frame), shown_differences(frame)
    words = {"lines": lines_phrase(frame, lang), "wave": wave_label(one_wave(frame), lang)}
    if len(shown) < len(differences):
        counts = {"shown": format_number(len(shown), lang), "total": format_number(len(differences), lang)}
        return say("charts.largest_differences_subtitle", lang, **counts, **words)
    return say(
        "charts.differences_subtitle", lang, pair=pair_label(shown[0], codebook_of(frame), lang), **words
    )
