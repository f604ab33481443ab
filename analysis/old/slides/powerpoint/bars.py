"""How shares stand on a slide as bars: stacked by stage, or side by side; words at the thing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from analysis.old.charts.drawing.placing import fill_rows, spread
from analysis.old.slides.powerpoint.lettering import fitting_labels, narrowest, text_height, text_width
from analysis.old.slides.powerpoint.native import (
    Box,
    Callout,
    Font,
    Label,
    Plot,
    Point,
    Series,
    Shade,
    Size,
    percent_form,
    share,
)
from analysis.old.slides.powerpoint.shades import stage_shades
from analysis.old.words.wording import format_percent

if TYPE_CHECKING:
    import pandas as pd

ROOM = 1.06  # end of an axis of shares that add up to about one: room for a label behind the last
GAP = 0.08  # inches between a mark and its words
BAR = 1.0  # inches, the thickest bar of a stack
SLIM = 0.62  # inches, the thickest bar of a cluster
FILLED = 0.62  # of the height of a row, at most
WORDS = 0.34  # of the width, that labels beside bars take at most
NAMES = ((16, 2), (14, 2), (14, 3), (12, 3))  # points and lines of the names above a bar, best first
AXIS = (18, 16, 14, 12)  # points of the labels beside bars, best first
LEGEND = Font(12)
EASE = 1.05  # of the measured width of a name, so that no other setting breaks it
KEY = 0.3  # inches, of the mark in a legend and the space around it
WIDEST_GAP = 500  # per cent of a bar, that PowerPoint takes


def stages_plot(sheet: pd.DataFrame, *, size: Size, decimals: int = 0, lang: str = "en") -> Plot:
    """One stacked bar a group, one segment a stage, the stages' names above the first bar."""
    figures, form = 20 if len(sheet) <= 3 else 16 if len(sheet) <= 6 else 14, percent_form(lang, decimals)
    box, axis = bars_box(sheet, size, top=text_height(2, NAMES[0][0]) + GAP)
    names = name_callouts(sheet, box, size)
    if not names:
        box, axis = bars_box(sheet, size, top=legend_height(sheet, size))
    points = outside_points(sheet, box, size, figures=figures, decimals=decimals, lang=lang)
    return Plot(
        name="stages",
        kind="stacked",
        sheet=sheet,
        series=tuple(
            Series(
                column, shade, form, Label(form, Font(figures, ink, bold=True), "ctr"), points.get(column, ())
            )
            for column, (shade, ink) in enumerate(stage_shades(len(sheet.columns)))
        ),
        box=box,
        forms=(form,) * len(sheet.columns),
        axis=axis,
        small=LEGEND,
        low=0,
        high=ROOM,
        gap=gap_of(row_height(sheet, box, size) / bar_height(sheet, box, size) - 1),
        legend=not names,
        callouts=names,
    )


def clustered_plot(
    sheet: pd.DataFrame,
    shades: Sequence[Shade],
    *,
    name: str,
    size: Size,
    decimals: int = 0,
    lang: str = "en",
) -> Plot:
    """Horizontal bars side by side, one colour a column, the column's name behind its first bar."""
    columns, form = len(sheet.columns), percent_form(lang, decimals)
    figures = 18 if sheet.size <= 8 else 16 if sheet.size <= 12 else 14
    named = [f"{head}  {format_percent(100, lang, decimals)}" for head in sheet.columns]
    behind = max(text_width(words, figures, bold=True) for words in named)
    box, axis = bars_box(sheet, size, right=min(behind, WORDS * size.width))
    pitch = row_height(sheet, box, size)
    bar = min(0.8 * pitch / columns, SLIM)
    points = (Point(0, named=True),) if columns > 1 else ()
    label = Label(form, Font(figures, bold=True), "outEnd")
    return Plot(
        name=name,
        kind="clustered",
        sheet=sheet,
        series=tuple(Series(column, shade, form, label, points) for column, shade in enumerate(shades)),
        box=box,
        forms=(form,) * columns,
        axis=axis,
        low=0,
        high=1,
        gap=gap_of(pitch / bar - columns),
        overlap=0,
    )


def bars_box(sheet: pd.DataFrame, size: Size, *, top: float = 0, right: float = 0) -> tuple[Box, Font]:
    """Where horizontal bars stand, and the type of the labels to their left.

    So many inches are kept free above and to the right.
    """
    pitch, most = (size.height - top) / len(sheet), WORDS * size.width
    points, words = fitting_labels([str(label) for label in sheet.index], AXIS, pitch=pitch, most=most)
    left = words + 2 * GAP
    box = Box(
        share(left, size.width),
        share(top, size.height),
        share(size.width - left - right, size.width),
        share(size.height - top, size.height),
    )
    return box, Font(points)


def row_height(sheet: pd.DataFrame, box: Box, size: Size) -> float:
    """Inches from one row of bars to the next."""
    return box.height * size.height / len(sheet)


def bar_height(sheet: pd.DataFrame, box: Box, size: Size) -> float:
    """Thickness of a stacked bar in inches."""
    return min(BAR, FILLED * row_height(sheet, box, size))


def gap_of(bars: float) -> int:
    """The space between rows of so many bars, in per cent of a bar, as far as PowerPoint takes it."""
    return min(WIDEST_GAP, round(100 * bars))


def legend_height(sheet: pd.DataFrame, size: Size) -> float:
    """Inches that a legend over a chart takes."""
    widths = [text_width(str(name), LEGEND.size) + KEY for name in sheet.columns]
    rows = fill_rows(widths, room=0.8 * size.width, gap=KEY)
    return text_height(len(rows), LEGEND.size) + 3 * GAP


def outside_points(
    sheet: pd.DataFrame, box: Box, size: Size, *, figures: int, decimals: int, lang: str
) -> dict[int, tuple[Point, ...]]:
    """The labels that do not fit their segment: that of the last goes to its right, others below the bar."""
    scale = box.width * size.width / ROOM  # inches of a whole
    drop = share((bar_height(sheet, box, size) + text_height(1, figures)) / 2, size.height)
    found: dict[int, list[Point]] = {}
    for row, values in enumerate(sheet.to_numpy()):
        lengths = scale * np.nan_to_num(values)
        middles = np.cumsum(lengths) - lengths / 2
        printed = [format_percent(100 * value, lang, decimals) for value in np.nan_to_num(values)]
        widths = [text_width(words, figures, bold=True) for words in printed]
        last = len(values) - 1
        tight = [
            column for column in range(last + 1) if widths[column] > lengths[column] and values[column] >= 0
        ]
        below = [column for column in tight if column < last]
        wanted, room = [float(middles[column]) for column in below], [widths[column] for column in below]
        places = spread(wanted, room, low=0, high=scale * ROOM, gap=GAP / 2) or wanted
        for column, place in zip(below, places, strict=True):
            move = share(place - float(middles[column]), size.width)
            found.setdefault(column, []).append(Point(row, dx=move, dy=drop))
        if last in tight:
            move = share((float(lengths[last]) + widths[last]) / 2 + GAP, size.width)
            found.setdefault(last, []).append(Point(row, dx=move))
    return {column: tuple(points) for column, points in found.items()}


def name_callouts(sheet: pd.DataFrame, box: Box, size: Size) -> tuple[Callout, ...]:
    """The names of the columns above their segments of the first bar; nothing where there is no room."""
    scale = box.width * size.width / ROOM
    lengths = scale * np.nan_to_num(sheet.iloc[0].to_numpy())
    centres = [
        box.x * size.width + float(end - length / 2)
        for end, length in zip(np.cumsum(lengths), lengths, strict=True)
    ]
    above = (row_height(sheet, box, size) - bar_height(sheet, box, size)) / 2 - GAP
    bottom = box.y + above / size.height
    for points, lines in NAMES:
        widths = [
            name_width(str(name), points, lines, length)
            for name, length in zip(sheet.columns, lengths, strict=True)
        ]
        places = spread(centres, widths, low=0, high=size.width, gap=2 * GAP)
        if places is None or any(
            abs(place - centre) > max(width, length) / 2
            for place, centre, width, length in zip(places, centres, widths, lengths, strict=True)
        ):
            continue
        top = max(bottom - share(text_height(lines, points), size.height), 0)
        return tuple(
            Callout(
                f"column {column}",
                str(name),
                share(place - width / 2, size.width),
                round(top, 4),
                share(place + width / 2, size.width),
                round(bottom, 4),
                Font(points),
            )
            for column, (name, place, width) in enumerate(zip(sheet.columns, places, widths, strict=True))
        )
    return ()


def name_width(name: str, points: int, lines: int, length: float) -> float:
    """How wide a name is set, in inches: on one line where its segment is as wide, else on several."""
    whole = text_width(name, points)
    return (whole if whole <= length else narrowest(name, points, lines=lines)) * EASE + GAP
