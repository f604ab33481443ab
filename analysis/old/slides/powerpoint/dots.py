"""How figures with their uncertainty stand on a slide: a mark over each category, its interval behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.old.slides.powerpoint.bars import bars_box, row_height
from analysis.old.slides.powerpoint.lettering import count_lines, fitting_size, text_height
from analysis.old.slides.powerpoint.native import (
    CLEAR,
    GROUND,
    MUTED,
    Box,
    Callout,
    Font,
    Interval,
    Label,
    Plot,
    Point,
    Series,
    Shade,
    Size,
    percent_form,
    points_form,
    share,
)
from analysis.old.slides.powerpoint.shades import FAINT, UNCLEAR, tint

if TYPE_CHECKING:
    import pandas as pd

SPACE = "\N{NO-BREAK SPACE}"  # between a mark and its figure
GAP = 0.08  # inches between a mark and its words
SCALE = 0.8  # inches for the figures of the scale
SMALL = Font(14, MUTED)
MARK = 16  # points
THIN, THICK = 8, 12  # points, of intervals
PALE = tint("#8fa9c6")
FILLED = tint("#b5cde3")  # a bar that a figure stands on
LINE = 3  # points, of an interval over a bar
ROW_GAP = 150  # per cent of a bar
FIGURES = (18, 16, 14, 12)  # points of the figures between bars, best first
LONGEST, WIDE = 100, 70  # points; a scale that would run past what is possible ends there
CROWDED = 6  # categories from which type gets smaller


def differences_plot(
    sheet: pd.DataFrame, *, size: Size, decimals: int = 0, ends: tuple[str, str] = ("", "")
) -> Plot:
    """Differences by stage: what is clear in colour, what is not in grey.

    ``ends`` says what a difference above and below zero means.
    """
    form, figure = points_form(decimals), points_form(decimals, ahead=SPACE)
    clear, unclear, low, high, below, above, *varies = range(len(sheet.columns))
    font = Font(18 if len(sheet) > CROWDED else 22, CLEAR, bold=True)
    box = marks_box(sheet, size, head=True)
    series = [
        *interval(clear, below, above, PALE, THIN),
        *interval(unclear, below, above, FAINT, THIN),
        *_ranges(varies, (below, above)),
        Series(clear, CLEAR, form, Label(figure, font, "r", GROUND), marker=MARK),
        Series(unclear, UNCLEAR, form, Label(figure, Font(font.size, MUTED), "r", GROUND), marker=MARK),
        *(Series(column, FAINT, form) for column in (low, high)),  # unseen; they stretch the scale
    ]
    return Plot(
        name="differences",
        kind="line",
        sheet=sheet,
        series=tuple(series),
        box=box,
        forms=(form, form, *(points_form(1),) * 2, *("0.0",) * (len(sheet.columns) - 4)),
        axis=Font(14 if len(sheet) > CROWDED else 16),
        small=SMALL,
        scale=form,
        low=-LONGEST if sheet.iloc[:, low].min() < -WIDE else None,
        high=LONGEST if sheet.iloc[:, high].max() > WIDE else None,
        callouts=_ways(box, ends) if all(ends) else (),
    )


def _ways(box: Box, ends: tuple[str, str]) -> tuple[Callout, Callout]:
    """What lies above and below zero, said at the top and at the bottom."""
    bottom = box.y + box.height
    return (
        Callout("above", ends[0], box.x, 0, 1, box.y, SMALL, "l", "t"),
        Callout("below", ends[1], box.x, round(bottom - box.y, 4), 1, round(bottom, 4), SMALL, "l", "b"),
    )


def _ranges(varies: Sequence[int], ends: tuple[int, int]) -> list[Series]:
    """The intervals of differences that tables differ in, and their ranges, in colour where it is clear."""
    series: list[Series] = []
    for column, pale, deep in zip(varies, (PALE, FAINT), (CLEAR, UNCLEAR), strict=False):
        series += interval(column, *ends, pale, THIN)
        series += interval(column, varies[-1], varies[-1], deep, THICK)
    return series


def pairs_plot(
    sheet: pd.DataFrame, *, size: Size, decimals: int = 0, ends: tuple[str, str] = ("", "")
) -> Plot:
    """Differences between several pairs of groups: a row for each, since their names are long.

    A bar from zero to the difference with its figure above it, a line over its end for the interval.
    ``ends`` says what it means to lie to the right and to the left of zero.
    """
    form = points_form(decimals)
    box, axis = bars_box(sheet, size, top=text_height(1, SMALL.size) + GAP)
    middle = box.x + box.width / 2
    words = (
        Callout("above", ends[0], middle, 0, 1, box.y, SMALL, "r", "t"),
        Callout("below", ends[1], box.x, 0, middle, box.y, SMALL, "l", "t"),
    )
    return Plot(
        name="differences",
        kind="clustered",
        sheet=sheet,
        series=tuple(_bars(sheet, form, row_height(sheet, box, size), size)),
        box=box,
        forms=(form, form, *(points_form(1),) * 2, *("0.0",) * (len(sheet.columns) - 4)),
        axis=axis,
        small=SMALL,
        zero=True,
        gap=ROW_GAP,
        callouts=words if all(ends) else (),
    )


def _bars(sheet: pd.DataFrame, form: str, pitch: float, size: Size) -> list[Series]:
    """The columns of a sheet of differences as bars: clear, not clear, and those that tables differ in."""
    clear, unclear, low, high, below, above, *varies = range(len(sheet.columns))
    label, points = _figures(len(sheet), form, pitch, size)
    bars = []
    for column, shade, line in ((clear, FILLED, CLEAR), (unclear, FAINT, UNCLEAR)):
        bars.append(Series(column, shade, form, label, points, Interval(below, above, line, LINE)))
    for column, shade, line in zip(varies, (FILLED, FAINT), (CLEAR, UNCLEAR), strict=False):
        bands = Interval(below, above, line, LINE), Interval(varies[-1], varies[-1], line, THICK)
        bars += [Series(column, shade, form, interval=band) for band in bands]
    return bars + [Series(column, None, form) for column in (low, high)]  # unseen; they stretch the scale


def _figures(rows: int, form: str, pitch: float, size: Size) -> tuple[Label, tuple[Point, ...]]:
    """The figures of bars, moved from their middle to above them, where no interval runs."""
    bar = pitch / (1 + ROW_GAP / 100)
    font = Font(int(fitting_size(["0"], size.width, pitch - bar, FIGURES)), bold=True)
    rise = share((bar + text_height(1, font.size)) / 2, size.height)
    return Label(form, font, "inBase"), tuple(Point(row, dy=-rise) for row in range(rows))


def pair_plot(sheet: pd.DataFrame, *, size: Size, decimals: int = 0, lang: str = "en") -> Plot:
    """Two shares with their intervals."""
    form = percent_form(lang, decimals)
    level, low, high, below, above = range(len(sheet.columns))
    return Plot(
        name="robust",
        kind="line",
        sheet=sheet,
        series=(
            *interval(level, below, above, PALE, THICK),
            Series(
                level,
                CLEAR,
                form,
                Label(f'"{SPACE}"{form}', Font(24, CLEAR, bold=True), "r", GROUND),
                marker=MARK + 4,
            ),
            *(Series(column, FAINT, form) for column in (low, high)),  # unseen; they stretch the scale
        ),
        box=marks_box(sheet, size),
        forms=(form, *(percent_form(lang, 1),) * 4),
        axis=Font(18),
        small=SMALL,
        scale=percent_form(lang, 0),
        low=0,
    )


def interval(column: int, below: int, above: int, shade: Shade, width: int) -> tuple[Series]:
    """A column as intervals alone; a series of its own, so that marks of later ones lie on it."""
    return (Series(column, shade, "General", interval=Interval(below, above, shade, width)),)


def marks_box(sheet: pd.DataFrame, size: Size, *, head: bool = False) -> Box:
    """Where marks stand: the scale to the left, the categories below, a line of words above if asked for."""
    points = 14 if len(sheet) > CROWDED else 18
    width = 0.85 * (size.width - SCALE) / len(sheet)
    foot = text_height(max(count_lines(str(name), width, points) for name in sheet.index), points) + 2 * GAP
    top = text_height(1, SMALL.size) + GAP if head else GAP
    return Box(
        share(SCALE, size.width),
        share(top, size.height),
        share(size.width - SCALE, size.width),
        share(size.height - top - foot, size.height),
    )
