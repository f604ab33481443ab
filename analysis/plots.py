"""How a sheet stands on a slide: kinds of native charts, their colours, and words at the thing."""

from __future__ import annotations

from colorsys import rgb_to_hls
from typing import TYPE_CHECKING, NamedTuple

from analysis.lettering import count_lines, narrowest, text_height, text_width
from analysis.native import (
    CLEAR,
    GROUND,
    INK,
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
)
from analysis.placing import spread
from analysis.style import THEMES, label_ink, lightness, parse_hex, ramp
from analysis.wording import MINUS, format_percent, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

LIGHT = THEMES["light"]
ROOM = 1.06  # end of an axis of shares that add up to about one: room for a label behind the last
GAP = 0.08  # inches between a mark and its words
BAR = 1.0  # inches, the thickest bar
PALE = 0.95  # lightness to which the tints of a theme colour run
NAMES = ((16, 2), (14, 2), (14, 3), (12, 3))  # points and lines of the names above a bar, best first
UNCLEAR = Shade("tx2", (("lumMod", 75_000), ("lumOff", 25_000)))
FAINT = Shade("tx2", (("lumMod", 30_000), ("lumOff", 70_000)))
ACCENTS = 6  # that a theme has


class Size(NamedTuple):
    """Width and height of a chart in inches."""

    width: float
    height: float


def stages_plot(sheet: pd.DataFrame, *, decimals: int = 0, lang: str = "en", size: Size) -> Plot:
    """One stacked bar a group, one segment a stage, the stages' names above the first bar."""
    figures = 20 if len(sheet) <= 3 else 16 if len(sheet) <= 6 else 14
    axis = Font(min(figures, 18))
    frame, bar = bars_box(sheet, axis, size, top=text_height(2, NAMES[0][0]) + GAP)
    form = percent_form(lang, decimals)
    points = outside_points(sheet, frame, bar, figures, decimals=decimals, lang=lang, size=size)
    series = []
    for column, colour in enumerate(ramp(len(sheet.columns), LIGHT)):
        ink = GROUND if label_ink(colour, LIGHT) == "#ffffff" else INK
        label = Label(form, Font(figures, ink, bold=True), "ctr")
        series.append(Series(column, tint(colour), form, label, points.get(column, ())))
    names = name_callouts(sheet, frame, bar, size)
    return Plot(
        name="stages",
        kind="stacked",
        sheet=sheet,
        series=tuple(series),
        box=frame,
        forms=(form,) * len(series),
        axis=axis,
        high=ROOM,
        gap=gap_of(frame, bar, len(sheet), size),
        legend=not names,
        callouts=names,
    )


def bars_box(sheet: pd.DataFrame, axis: Font, size: Size, *, top: float, right: float = 0) -> tuple[Box, float]:
    """Where horizontal bars stand, their labels to the left, and how thick a row of them is, in inches."""
    words = max(narrowest(line, axis.size, lines=2) for label in sheet.index for line in label.split("\n"))
    left = min(words + 2 * GAP, 0.34 * size.width)
    pitch = (size.height - top) / len(sheet)
    box = Box(
        round(left / size.width, 4),
        round(top / size.height, 4),
        round(1 - (left + right) / size.width, 4),
        round(1 - top / size.height, 4),
    )
    return box, min(BAR, 0.62 * pitch)


def gap_of(box: Box, bar: float, rows: int, size: Size) -> int:
    """The space between rows, in per cent of a bar, as PowerPoint wants it (0 to 500)."""
    return min(500, round(100 * (box.height * size.height / rows / bar - 1)))


def outside_points(
    sheet: pd.DataFrame, box: Box, bar: float, figures: int, *, decimals: int, lang: str, size: Size
) -> dict[int, tuple[Point, ...]]:
    """The labels that do not fit their segment: that of the last goes to its right, others below the bar."""
    scale = box.width * size.width / ROOM  # inches of a whole
    found: dict[int, list[Point]] = {}
    for row, values in enumerate(sheet.to_numpy()):
        middles, start = [], 0.0
        for value in values:
            middles.append(scale * (start + value / 2))
            start += value if value == value else 0.0
        widths = [text_width(format_percent(100 * v, lang, decimals), figures, bold=True) for v in values]
        tight = [c for c, v in enumerate(values) if v == v and widths[c] + GAP / 2 > scale * v]
        below = [column for column in tight if column < len(values) - 1]
        places = spread(
            [middles[c] for c in below], [widths[c] for c in below], low=0, high=scale * ROOM, gap=GAP / 2
        ) or [middles[c] for c in below]
        for column, place in zip(below, places, strict=True):
            drop = (bar + text_height(1, figures)) / 2
            found.setdefault(column, []).append(
                Point(row, dx=share(place - middles[column], size.width), dy=share(drop, size.height))
            )
        if tight and tight[-1] == len(values) - 1:
            aside = (scale * values[-1] + widths[-1]) / 2 + GAP
            found.setdefault(len(values) - 1, []).append(Point(row, dx=share(aside, size.width)))
    return {column: tuple(points) for column, points in found.items()}


def name_callouts(sheet: pd.DataFrame, box: Box, bar: float, size: Size) -> tuple[Callout, ...]:
    """The names of the columns above their segments of the first bar; nothing where there is no room."""
    left, scale = box.x * size.width, box.width * size.width / ROOM
    values = sheet.iloc[0].fillna(0.0).to_list()
    starts = [sum(values[:position]) for position in range(len(values))]
    centres = [left + scale * (start + value / 2) for start, value in zip(starts, values, strict=True)]
    bottom = box.y + (box.height / len(sheet) - bar / size.height) / 2 - GAP / size.height
    for points, lines in NAMES:
        widths = [narrowest(name, points, lines=lines) + 0.02 for name in sheet.columns]
        places = spread(centres, widths, low=0, high=size.width, gap=2 * GAP)
        if places is None or not all(
            abs(place - centre) <= max(width, scale * value) / 2
            for place, centre, width, value in zip(places, centres, widths, values, strict=True)
        ):
            continue
        top = bottom - share(text_height(lines, points), size.height)
        return tuple(
            Callout(
                f"stage {column}",
                str(name),
                share(place - width / 2, size.width),
                round(max(top, 0), 4),
                share(place + width / 2, size.width),
                round(bottom, 4),
                Font(points),
            )
            for column, (name, place, width) in enumerate(zip(sheet.columns, places, widths, strict=True))
        )
    return ()


def clustered_plot(
    name: str, sheet: pd.DataFrame, shades: Sequence[Shade], *, decimals: int = 0, lang: str = "en", size: Size
) -> Plot:
    """Horizontal bars side by side, one colour a column, its name behind the first bar."""
    bars = len(sheet) * len(sheet.columns)
    figures = 18 if bars <= 8 else 16 if bars <= 12 else 14
    axis = Font(figures if len(sheet) <= 6 else 14)
    form = percent_form(lang, decimals)
    named = len(sheet.columns) > 1
    longest = max(text_width(f"{head}  100 %", figures, bold=True) for head in sheet.columns) if named else 1.0
    box, row = bars_box(sheet, axis, size, top=0, right=min(longest, 0.34 * size.width))
    row = min(0.82 * box.height * size.height / len(sheet), 0.62 * len(sheet.columns))
    bar = row / len(sheet.columns)
    label = Label(form, Font(figures, bold=True), "outEnd")
    points = (Point(0, named=True),) if named else ()
    return Plot(
        name=name,
        kind="clustered",
        sheet=sheet,
        series=tuple(Series(column, shade, form, label, points) for column, shade in enumerate(shades)),
        box=box,
        forms=(form,) * len(sheet.columns),
        axis=axis,
        high=1.0,
        gap=min(500, round(100 * (box.height * size.height / len(sheet) - row) / bar)),
        overlap=0,
    )


def group_shades(groups: int) -> list[Shade]:
    """One colour of the theme a group; past the last accent their darker kin."""
    darker = (("lumMod", 60_000),)
    return [
        Shade(f"accent{position % ACCENTS + 1}", darker if position >= ACCENTS else ())
        for position in range(groups)
    ]


def wave_shades(waves: int) -> list[Shade]:
    """The latest wave in full colour, those before it paler."""
    colours = ramp(max(waves + 2, 4), LIGHT)
    return [*(tint(colour) for colour in colours[1:waves]), CLEAR]


def differences_plot(
    sheet: pd.DataFrame, *, decimals: int = 0, lang: str = "en", size: Size, ends: tuple[str, str]
) -> Plot:
    """A mark with its interval above each stage; what is clear in colour, what is not in grey.

    ``ends`` says what lies above and below nothing.
    """
    form = points_form(decimals)
    crowded = len(sheet) > 6
    axis = Font(14 if crowded else 16)
    clear, unclear, low, high = range(4)
    labels = [
        Label(form, Font(18 if crowded else 22, shade, bold=bold), "r")
        for shade, bold in ((CLEAR, True), (MUTED, False))
    ]
    tint_of = {clear: Shade("accent1", (("satMod", 60_000), ("lumMod", 55_000), ("lumOff", 45_000))), unclear: FAINT}
    series = [
        *(Series(c, tint_of[c], form, interval=Interval(4, 5, tint_of[c], 8)) for c in (clear, unclear)),
        *(Series(c, s, form, labels[c], marker=16) for c, s in ((clear, CLEAR), (unclear, UNCLEAR))),
        *(Series(c, FAINT, form) for c in (low, high)),
    ]
    lines = max(count_lines(str(n), 0.9 * size.width * 0.93 / len(sheet), axis.size) for n in sheet.index)
    left, foot = 0.07, (text_height(lines, axis.size) + 2 * GAP) / size.height
    head = text_height(1, 14) / size.height
    box = Box(left, round(head + 0.02, 4), 1 - left, round(1 - head - 0.02 - foot, 4))
    words = [
        Callout("above", ends[0], left, 0, 1, round(head, 4), Font(14, MUTED), "l", "t"),
        Callout(
            "below", ends[1], left, round(1 - foot - head - 0.01, 4), 1, round(1 - foot - 0.01, 4), Font(14, MUTED), "l"
        ),
    ]
    return Plot(
        name="differences",
        kind="line",
        sheet=sheet,
        series=tuple(series),
        box=box,
        forms=(form, form, *(points_form(1),) * 2, "0.0", "0.0"),
        axis=axis,
        scale=form,
        callouts=tuple(words),
    )


def percent_form(lang: str, decimals: int) -> str:
    """Excel's number format of a share: as ``format_percent`` says it."""
    number = "0." + "0" * decimals if decimals else "0"
    return say("common.percent", lang, number=number).replace("\N{NO-BREAK SPACE}", '"\N{NO-BREAK SPACE}"')


def points_form(decimals: int) -> str:
    """Excel's number format of percentage points: as ``format_points`` says it."""
    number = "0." + "0" * decimals if decimals else "0"
    return f'+{number};"{MINUS}"{number};0'


def tint(colour: str) -> Shade:
    """A colour as a paler kin of the theme's first accent, so that a template turns the ramp to its own hue."""
    deep = rgb_to_hls(*parse_hex(LIGHT.accent))
    wanted = rgb_to_hls(*parse_hex(colour))
    if lightness(colour) <= lightness(LIGHT.accent):
        return CLEAR
    kept = (PALE - wanted[1]) / (PALE - deep[1])
    shifts = (
        ("satMod", min(1.0, wanted[2] / deep[2])),
        ("lumMod", kept),
        ("lumOff", (1 - kept) * PALE),
    )
    return Shade(CLEAR.name, tuple((name, round(100_000 * value)) for name, value in shifts))


def share(length: float, whole: float) -> float:
    """A length as a share of the chart, in the digits that a file needs."""
    return round(length / whole, 4)
