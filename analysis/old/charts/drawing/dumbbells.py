"""The two shares behind each difference as a dumbbell beside it, where a format has room for them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from analysis.codebook import codebook_of
from analysis.old.charts.drawing.keys import Key, draw_key, plan_legend
from analysis.old.charts.drawing.typesetting import POINT, Style, text_width
from analysis.old.style import group_looks, text_colour
from analysis.old.words.telling.figures import Difference, decimals_of
from analysis.old.words.wording import format_number

if TYPE_CHECKING:
    import pandas as pd

    from analysis.old.charts.drawing.canvas import Canvas

WIDTH = 0.24  # of the canvas
AFTER = 0.05
MARK = 0.5  # width of a mark, of the type size of the figures beside differences


class Dumbbells(NamedTuple):
    """A panel of dumbbells: two shares a row in per cent, their figures, and how the groups look."""

    shares: list[tuple[float, float]]
    figures: list[tuple[str, str]]
    looks: list[tuple[str, str]]
    key: Key
    style: Style
    left: float
    right: float
    end: float  # where what stands beside it begins


def plan_dumbbells(
    canvas: Canvas, frame: pd.DataFrame, shown: Sequence[Difference], lang: str, *, left: float
) -> Dumbbells | None:
    """The panel that begins at a place; none in a narrow format, for several pairs or unprinted shares."""
    pairs = {(difference.first, difference.second) for difference in shown}
    shares = [(difference.printed_first, difference.printed_second) for difference in shown]
    if canvas.size.stacked or len(pairs) > 1 or any(math.isnan(share) for pair in shares for share in pair):
        return None
    codebook, decimals = codebook_of(frame), decimals_of(frame)
    looks = group_looks(codebook.groups, codebook.total, canvas.theme)
    groups = [shown[0].first, shown[0].second]
    figures = [(format_number(a, lang, decimals), format_number(b, lang, decimals)) for a, b in shares]
    style = canvas.style("label")
    widest = max(text_width(figure, *style.face) for pair in figures for figure in pair)
    clear = widest + 1.2 * style.capital
    names = [codebook.word("group", group, lang, "short") for group in groups]
    key = plan_legend(canvas, names, left=left, room=WIDTH * canvas.width)
    right = left + WIDTH * canvas.width
    return Dumbbells(
        shares,
        figures,
        [looks[g] for g in groups],
        key,
        style,
        left + clear,
        right - clear,
        right + AFTER * canvas.width,
    )


def draw_dumbbells(canvas: Canvas, panel: Dumbbells, middles: Sequence[float], top: float) -> None:
    """The groups named on top, then each row's two shares, joined, the figures on the outer sides."""
    draw_key(canvas, panel.key, top, panel.looks)
    most = max(share for pair in panel.shares for share in pair) or 1.0
    for shares, figures, y in zip(panel.shares, panel.figures, middles, strict=True):
        places = [panel.left + share / most * (panel.right - panel.left) for share in shares]
        canvas.line(places, (y, y), canvas.theme.rule, 0.2 * panel.style.size * POINT)
        first_is_left = places[0] <= places[1]
        for position in (0, 1):
            colour, marker = panel.looks[position]
            side = MARK * panel.style.size * POINT
            canvas.mark(places[position], y, marker, side, colour)
            outwards = -1 if (position == 0) == first_is_left else 1
            x = places[position] + outwards * (side / 2 + 0.45 * panel.style.capital)
            style = panel.style._replace(colour=text_colour(colour, canvas.theme))
            ha = "right" if outwards < 0 else "left"
            canvas.text(x, y + style.capital / 2, figures[position], style, ha=ha)
