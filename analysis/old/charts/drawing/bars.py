"""Stacked bars of the stages by group: from the left edge, or to both sides of a cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.codebook import codebook_of
from analysis.old.charts.drawing.canvas import Canvas, Head, new_axes
from analysis.old.charts.drawing.stacks import Bar, Segment, Stack
from analysis.old.charts.headlines import headline_diverging, headline_stages
from analysis.old.words.telling.figures import Row, decimals_of, one_wave, rows_of, sides_of
from analysis.old.words.wording import format_number, format_percent, quoted, say, source_line, wave_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.codebook import Codebook


def draw_stages(frame: pd.DataFrame, *, lang: str = "en", ax: Axes | None = None) -> Axes:
    """Every group's answers as one bar, cut into the stages in their order.

    Parameters
    ----------
    frame : DataFrame
        Estimates of one wave (measure ``stage``), or rows of the survey table.
    lang : str
        fi, sv or en.
    ax : Axes, optional
        Where to draw; left out, new Axes (wide, light).

    Returns
    -------
    Axes
        One rectangle a segment, labelled by its stage, its width in per cent.

    Raises
    ------
    RequestError
        The frame holds several waves, or no shares.
    """
    return _draw(frame, _bars(frame, lang, cut=None), headline_stages(frame, lang=lang), lang, ax, ())


def draw_diverging(frame: pd.DataFrame, *, lang: str = "en", ax: Axes | None = None) -> Axes:
    """Every group's answers to both sides of the cut that the codebook declares.

    Parameters and return as of ``draw_stages``; zero is the cut, with the sums of both sides at the ends.

    Raises
    ------
    RequestError
        The frame holds several waves or no shares, or a group lacks stages on both sides of the cut.
    """
    codebook = codebook_of(frame)
    cut = quoted(codebook.word("stage", codebook.cut, lang), lang)
    sides = say("charts.short_of", lang, cut=cut), say("charts.reached", lang, cut=cut)
    bars = _bars(frame, lang, cut=codebook.cut)
    return _draw(frame, bars, headline_diverging(frame, lang=lang), lang, ax, sides)


def _bars(frame: pd.DataFrame, lang: str, *, cut: str | None) -> list[Bar]:
    """The bars of a frame, from the first group down."""
    codebook, decimals = codebook_of(frame), decimals_of(frame)
    bars = []
    withheld = bool(codebook.withheld(one_wave(frame)))
    gap = say("respondents.withheld_cells" if withheld else "charts.not_published", lang)
    for row in rows_of(frame):
        pieces = _pieces(row, codebook, lang, decimals, gap)
        sums, left = None, 0.0
        if cut:
            left, sums = _sides(row, pieces, codebook, lang, decimals)
        segments = []
        for stage, width, figure in pieces:
            segments.append(Segment(stage, left, width, figure))
            left += width
        bars.append(Bar(row, segments, sums))
    return bars


def _pieces(
    row: Row, codebook: Codebook, lang: str, decimals: int, gap: str
) -> list[tuple[str | None, float, str]]:
    """Stage, width and figure of each piece; what was not published is one piece where it begins."""
    pieces: list[tuple[str | None, float, str]] = [
        (cell.stage, cell.share, format_number(cell.printed, lang, decimals)) for cell in row.cells
    ]
    known = [cell.stage for cell in row.cells]
    rest = 100 - sum(cell.share for cell in row.cells)
    missing = [position for position, stage in enumerate(codebook.stages) if stage not in known]
    if missing and rest > 0:
        pieces.insert(missing[0], (None, rest, gap))
    return pieces


def _sides(
    row: Row, pieces: list[tuple[str | None, float, str]], codebook: Codebook, lang: str, decimals: int
) -> tuple[float, tuple[str, str]]:
    """Where a bar begins, so that the cut is at zero, and the printed sums of its sides."""
    below = codebook.stages[: codebook.stages.index(codebook.cut)]
    low, high = (format_percent(value, lang, decimals) for value in sides_of(row, codebook))
    rest_below = bool(set(below) - {cell.stage for cell in row.cells})
    start = -sum(width for stage, width, _ in pieces if stage in below or (stage is None and rest_below))
    return start, (low, high)


def _draw(  # noqa: PLR0917  (private, called twice)
    frame: pd.DataFrame, bars: list[Bar], headline: str, lang: str, ax: Axes | None, sides: Sequence[str]
) -> Axes:
    canvas, codebook = Canvas(ax or new_axes()), codebook_of(frame)
    values = {"topic": codebook.text("topic", lang), "wave": wave_label(one_wave(frame), lang)}
    stack = Stack(canvas, bars, codebook, lang, sides=sides)
    subtitle = say("charts.plain_subtitle", lang, unit=say("charts.unit_stage", lang), **values)
    without_intervals = frame.drop(columns="method", errors="ignore")  # none are drawn
    head = Head(headline, subtitle, source_line(without_intervals, lang=lang))
    canvas.frame(head, needed=stack.needed, least=[stack.least])
    stack.draw()
    return canvas.ax
