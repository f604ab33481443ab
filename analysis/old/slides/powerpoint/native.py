"""A native, editable PowerPoint chart: its XML, its workbook, and the words that stand inside it.

A ``Plot`` says what is drawn; its ``sheet`` holds every number, and is what the presenter finds under
"Edit data". Colours are those of the theme, so that a template recolours the chart.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from analysis.old.slides.powerpoint.embedded import cell_range, number, write_workbook
from analysis.old.slides.powerpoint.package import inert
from analysis.old.words.wording import MINUS, say

if TYPE_CHECKING:
    import pandas as pd
    from jinja2 import Environment
    from pptx.slide import Slide

TEMPLATES = Path(__file__).parents[1] / "templates"
TAG = "maturity:"  # begins the name of every shape that a refresh may find again
LOCALES = {"fi": "fi-FI", "sv": "sv-FI", "en": "en-GB"}
SHOWN = ("box", "axis", "small", "scale", "low", "high", "gap", "overlap", "legend", "zero")
CALLOUTS_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chartshapes+xml"
CALLOUTS_LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/chartUserShapes"


class Shade(NamedTuple):
    """A colour of the theme and how it is changed: ``lumMod``, ``lumOff``, ``satMod`` in 1/1000 per cent."""

    name: str
    shifts: tuple[tuple[str, int], ...] = ()


INK, RULE, GROUND, CLEAR = Shade("tx1"), Shade("bg2"), Shade("bg1"), Shade("accent1")
MUTED = Shade("tx1", (("lumMod", 65_000), ("lumOff", 35_000)))  # grey in every theme, as tx2 is not


class Font(NamedTuple):
    """How text is set: points, colour, weight."""

    size: int
    shade: Shade = INK
    bold: bool = False


class Point(NamedTuple):
    """One label that differs from those of its series: moved by shares of the chart, or with the name."""

    at: int  # position of the category
    shade: Shade = INK
    dx: float = 0
    dy: float = 0
    named: bool = False


class Label(NamedTuple):
    """The figures at the marks of a series: number format, type, place (``ctr``, ``outEnd``, ``r``)."""

    form: str
    font: Font
    place: str
    ground: Shade | None = None  # behind the figure, where lines would cross it


class Interval(NamedTuple):
    """Bars of uncertainty: columns of the sheet with their lengths below and above, width in points."""

    below: int
    above: int
    shade: Shade
    width: float
    cap: str = "rnd"


class Series(NamedTuple):
    """One column of the sheet as it is drawn."""

    column: int
    shade: Shade | None  # none is not seen
    form: str
    label: Label | None = None
    points: tuple[Point, ...] = ()
    interval: Interval | None = None
    marker: int = 0  # points; 0 draws none


class Box(NamedTuple):
    """A rectangle in shares of the chart."""

    x: float
    y: float
    width: float
    height: float


class Size(NamedTuple):
    """Width and height of a chart in inches."""

    width: float
    height: float


class Callout(NamedTuple):
    """Words inside a chart, in shares of it."""

    name: str
    text: str
    left: float
    top: float
    right: float
    bottom: float
    font: Font
    align: str = "ctr"
    anchor: str = "b"


class Plot(NamedTuple):
    """One chart: what it is called, the sheet that it draws, and how."""

    name: str
    kind: str  # "stacked", "clustered" (horizontal bars) or "line" (marks over categories)
    sheet: pd.DataFrame  # index: categories; columns: series; values: what is drawn, NaN for nothing
    series: tuple[Series, ...]
    box: Box
    forms: tuple[str, ...]  # number format of each column in the workbook
    axis: Font = Font(16)
    small: Font = Font(14, MUTED)
    scale: str = "General"  # number format of the value axis
    low: float | None = None  # ends of the value axis; left out, PowerPoint finds them
    high: float | None = None
    gap: int = 60  # between categories, per cent of a bar
    overlap: int = 100
    legend: bool = False
    zero: bool = False  # a line at zero of horizontal bars
    callouts: tuple[Callout, ...] = ()


class Cells(NamedTuple):
    """Cells of the workbook as a chart keeps them: where they are and what they hold."""

    ref: str
    values: list[Any]


class NativeChart:
    """What python-pptx asks of chart data, its XML and its workbook, for a plot."""

    def __init__(self, plot: Plot, lang: str) -> None:
        self.plot = plot
        self.lang = lang

    def xml_bytes(self, chart_type: object) -> bytes:  # noqa: ARG002  (the template knows better)
        """The chart part."""
        return render_chart(self.plot, self.lang)

    @property
    def xlsx_blob(self) -> bytes:
        """The embedded workbook."""
        return write_workbook(self.plot.sheet, self.plot.forms)


def add_chart(slide: Slide, plot: Plot, place: tuple[int, int, int, int], *, lang: str, alt: str) -> None:
    """A plot on a slide at a place (left, top, width, height in EMU), with its alt text and its words."""
    from pptx.enum.chart import XL_CHART_TYPE

    shapes: Any = slide.shapes
    frame = shapes.add_chart(XL_CHART_TYPE.BAR_STACKED, *place, NativeChart(plot, lang))
    frame.name = TAG + plot.name
    frame._element.nvGraphicFramePr.cNvPr.set("descr", inert(alt))  # noqa: SLF001  (no API for alt text)
    if plot.callouts:
        attach_callouts(frame.chart.part, render_callouts(plot, lang))


def attach_callouts(chart_part: Any, blob: bytes) -> None:
    """Words drawn inside a chart: they move and scale with it."""
    from pptx.opc.package import Part
    from pptx.oxml import parse_xml

    package = chart_part.package
    partname = package.next_partname("/ppt/drawings/drawing%d.xml")
    link = chart_part.relate_to(Part(partname, CALLOUTS_TYPE, package, blob), CALLOUTS_LINK)
    chart_part.chart.element.append(
        parse_xml(
            '<c:userShapes xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
            'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
            f'r:id="{link}"/>'
        )
    )


def render_chart(plot: Plot, lang: str) -> bytes:
    """The XML of a chart part."""
    sheet = plot.sheet
    context = {
        "kind": plot.kind,
        "lang": LOCALES[lang],
        "series": [_drawn(one, sheet) for one in plot.series],
        "categories": _cells(0, [inert(str(label)) for label in sheet.index]),
        **{name: getattr(plot, name) for name in SHOWN},
        "ink": INK,
        "rule": RULE,
        "ground": GROUND,
    }
    return _environment().get_template("chart.xml.j2").render(context).encode()


def render_callouts(plot: Plot, lang: str) -> bytes:
    """The XML of the words inside a chart."""
    callouts = [c._replace(text=inert(c.text), name=inert(c.name)) for c in plot.callouts]
    template = _environment().get_template("callouts.xml.j2")
    return template.render(callouts=callouts, lang=LOCALES[lang]).encode()


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)


def _drawn(one: Series, sheet: pd.DataFrame) -> dict[str, Any]:
    """A series as the template wants it: cells with their reference in the place of columns."""
    found: dict[str, Any] = {
        **one._asdict(),
        "name": Cells(cell_range(one.column + 1, 1, 1), [inert(str(sheet.columns[one.column]))]),
        "cells": _column(one.column, sheet),
    }
    if one.interval:
        found["interval"] = {
            **one.interval._asdict(),
            "below": _column(one.interval.below, sheet),
            "above": _column(one.interval.above, sheet),
            "width": round(one.interval.width * 12700),
        }
    return found


def _column(column: int, sheet: pd.DataFrame) -> Cells:
    return _cells(column + 1, [number(value) for value in sheet.iloc[:, column]])


def _cells(column: int, values: list[Any]) -> Cells:
    return Cells(cell_range(column, 2, len(values) + 1), values)


def percent_form(lang: str, decimals: int) -> str:
    """Excel's number format of a share, so that it reads as ``format_percent`` says it."""
    number = "0." + "0" * decimals if decimals else "0"
    return say("common.percent", lang, number=number).replace("\N{NO-BREAK SPACE}", '"\N{NO-BREAK SPACE}"')


def points_form(decimals: int, *, ahead: str = "") -> str:
    """Excel's number format of percentage points, so that they read as ``format_points`` says them."""
    number = "0." + "0" * decimals if decimals else "0"
    return f'"{ahead}+"{number};"{ahead}{MINUS}"{number};"{ahead}"0'


def share(length: float, whole: float) -> float:
    """A length as a share of the chart, in the digits that a file needs."""
    return round(length / whole, 4)
