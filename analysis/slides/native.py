"""A chart of ours as PowerPoint's own, drawn by python-pptx: editable, recoloured by a template's theme.

What python-pptx lacks is small XML here: lines of uncertainty, labels beside segments too narrow for them,
shades of the theme. Texts stay texts in the embedded workbook, whatever they begin with.
"""

from __future__ import annotations

import io
import re
from colorsys import rgb_to_hls
from contextlib import suppress
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from math import ceil, floor, inf, isfinite
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from pptx.chart.data import CategoryChartData
from pptx.chart.xlsx import CategoryWorkbookWriter
from pptx.enum import chart as office
from pptx.oxml import parse_xml
from xlsxwriter import Workbook

from analysis.errors import show
from analysis.style import THEMES, label_ink, parse_hex, text_colour
from analysis.survey.storing import FIXED_DATE

if TYPE_CHECKING:
    from analysis.charts.chart import NativeChart, NativeSeries
    from analysis.words.language import Voice

C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
XML_SPACES = f'xmlns:c="{C[1:-1]}" xmlns:a="{A[1:-1]}"'
NO_LEADERS = (  # a dash before a moved label would read as a minus
    '<c:extLst><c:ext uri="{CE6537A1-D6FC-4f65-9D91-7224C49458BB}" '
    'xmlns:c15="http://schemas.microsoft.com/office/drawing/2012/chart">'
    '<c15:showLeaderLines val="0"/></c:ext></c:extLst>'
)
WHISKERS = (
    '<c:errBars><c:errBarType val="both"/><c:errValType val="cust"/><c:noEndCap val="1"/><c:plus/><c:minus/>'
    '<c:spPr><a:ln w="31750"><a:solidFill><a:schemeClr val="tx1"><a:lumMod val="65000"/><a:lumOff '
    'val="35000"/></a:schemeClr></a:solidFill></a:ln></c:spPr></c:errBars>'
)
TYPES = {"stacked": "BAR_STACKED", "bars": "BAR_CLUSTERED", "dots": "BAR_CLUSTERED", "lines": "LINE_MARKERS"}
NATIVE_MARKERS = ("CIRCLE", "SQUARE", "DIAMOND", "TRIANGLE")  # lines of one colour are told apart by them
LOCALES = {"fi": "fi-FI", "sv": "sv-FI", "en": "en-GB"}
POINT = 12_700  # EMU
WIDE_SLIDE = 960  # points of a slide of 16:9
SMALLEST = 14  # points of anything on a slide but its source
LARGEST = 18  # points of names and figures where there is room
MANY_ROWS = 4  # rows, from which on a second line beside them or a figure between them would be too much
NARROW_PART = 0.0345  # share of a chart that a figure takes
BEHIND = 0.035  # share of a chart by which the figure of a narrow last part moves
NUDGE = 0.0001  # share of a chart by which a label of its own is known as ours
APART = 0.065  # share of a chart from one figure to the next below it
LIGHT = THEMES["light"]


def inert(text: str) -> str:
    """Text as XML may hold it: control characters are named by code point, lines may break."""
    return "".join(sign if sign in "\n\t\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}" else show(sign) for sign in text)


def number_of(cell: Any) -> float | None:
    """A number in a chart, to the digits that every office program keeps; #N/A and the like are none."""
    with suppress(TypeError, ValueError):
        number = float(f"{float(cell):.15g}")
        return number if isfinite(number) else None
    return None


@cache
def theme_fill(colour: str) -> str:
    """A colour of ours as a shade of the theme: greys of the ink, others of the accent nearest in hue."""
    accents = {accent: f"accent{place}" for place, accent in enumerate(LIGHT.groups[:6], 1)}
    names = {**accents, LIGHT.ink: "tx1", LIGHT.ground: "bg1"}
    if colour in names:
        return f'<a:solidFill {XML_SPACES}><a:schemeClr val="{names[colour]}"/></a:solidFill>'
    hue, lightness, strength = rgb_to_hls(*parse_hex(colour))
    grey = max(parse_hex(colour)) - min(parse_hex(colour)) < 0.12 and colour not in LIGHT.ramp
    near = min(accents, key=lambda accent: abs(rgb_to_hls(*parse_hex(accent))[0] - hue))
    turn, own, full = rgb_to_hls(*parse_hex(LIGHT.ink if grey else near))
    kept = (1 - lightness) / (1 - own) if lightness > own else lightness / own
    shifts = {"satMod": strength / full, "lumMod": kept, "lumOff": 1 - kept if lightness > own else 0}
    inside = "" if grey else f'<a:hueOff val="{round(360 * 60_000 * (hue - turn))}"/>'
    inside += "".join(f'<a:{name} val="{round(100_000 * share)}"/>' for name, share in shifts.items())
    name = "tx1" if grey else names[near]
    return f'<a:solidFill {XML_SPACES}><a:schemeClr val="{name}">{inside}</a:schemeClr></a:solidFill>'


def paint(fill: Any, colour: str) -> None:
    """A fill, of a shape, line or font, in the theme's shade of a colour."""
    fill.solid()
    fill._xPr.replace(fill._xPr.find(f"{A}solidFill"), parse_xml(theme_fill(colour)))


def settle(native: NativeChart, voice: Voice) -> NativeChart:
    """A chart as slides show it: differences stand as figures in the names of their rows, where no line is.

    Labels stay texts only where they say something else than the value, so that the others follow Edit Data.
    Many rows have their n behind their names; a part of a stack that is nothing has no figure.
    """
    names, series, labelled = native.categories, native.series, native.kind in {"bars", "lines"}
    if native.kind == "dots":
        names = ["\n".join(words) for words in zip(names, series[0].labels or [], strict=True)]
    if len(names) > MANY_ROWS:
        names = [name.replace("\n", ", ") for name in names]
    sign = voice.percent(0, 0).removeprefix("0").replace("\N{NO-BREAK SPACE}", '"\N{NO-BREAK SPACE}"')
    form = re.sub(r"0(\.0+)?%", f"{0:.{voice.decimals}f}{sign}", native.number_format)
    if native.kind == "stacked":
        form = "{0};{0};".format(form.partition(";")[0])
    series = [one._replace(labels=_own_labels(one, voice) if labelled else None) for one in series]
    return native._replace(categories=names, series=series, number_format=form)


def _own_labels(one: NativeSeries, voice: Voice) -> list[str]:
    """The labels that a program would not print of the values by itself; it rounds halves up."""
    step, labels = Decimal(1).scaleb(-voice.decimals), []
    for value, label in zip(one.values, one.labels or [""] * len(one.values), strict=True):
        share = Decimal(repr(round(100 * (value or 0), 9))).quantize(step, ROUND_HALF_UP)
        labels.append("" if label == voice.percent(float(share)) else label)
    return labels


class TextChartData(CategoryChartData):
    """Data of a chart in whose workbook every text stays a text, without a clock."""

    @property
    def xlsx_blob(self) -> bytes:
        """The workbook."""
        content, turned = io.BytesIO(), ("strings_to_formulas", "strings_to_urls", "strings_to_numbers")
        with Workbook(content, {"in_memory": True, **dict.fromkeys(turned, False)}) as workbook:
            workbook.set_properties({"created": FIXED_DATE})
            writer: Any = cast("Any", CategoryWorkbookWriter)(self)
            writer._populate_worksheet(workbook, workbook.add_worksheet())
        return content.getvalue()


def chart_data(native: NativeChart) -> tuple[Any, Any]:
    """What python-pptx makes a chart of: its type and its data."""
    data = cast("Any", TextChartData)(number_format=native.number_format)
    data.categories = [inert(label) for label in native.categories]
    for one in native.series:
        data.add_series(inert(one.name), one.values)
    return office.XL_CHART_TYPE[TYPES[native.kind]], data


class Span(NamedTuple):
    """The scale of a chart, and the shares of its width that things take."""

    low: float
    high: float
    unit: float  # how many times as much a sign takes as on a slide of 16:9; shapes may have other widths
    bars: float  # of the bars, beside their names, about

    @property
    def narrow(self) -> float:
        """The value of a part of a stack below which its figure does not fit in."""
        return NARROW_PART * self.unit * (self.high - self.low) / self.bars


def _measure(chart: Any, native: NativeChart) -> Span:
    """A scale from zero or below that holds all stacks and intervals; PowerPoint leaves intervals out."""
    ends = [0.0]
    if native.kind == "stacked":
        for row in zip(*(one.values for one in native.series), strict=True):
            ends += [sum(part for part in row if part and sign * part > 0) for sign in (1, -1)]
    else:
        for one in native.series:
            reach = zip(*one.errors, strict=True) if one.errors else [(0.0, 0.0)] * len(one.values)
            for value, (below, above) in zip(one.values, reach, strict=True):
                ends += [] if value is None else [value - below, value + above]
    unit = WIDE_SLIDE * POINT / chart.part.package.presentation_part.presentation.slide_width
    longest = max(len(line) for name in native.categories for line in name.split("\n"))
    bars = max(0.97 - 0.0085 * unit * longest, 0.4)
    return Span(floor(10 * min(ends)) / 10, ceil(10 * max(ends) + 0.3) / 10, unit, bars)


def draw_native(chart: Any, native: NativeChart, height: float, lang: str) -> None:
    """The looks of a chart that was made of ``chart_data``, so many points high on its slide."""
    space, plot, rows = chart._chartSpace, chart.plots[0], len(native.categories)
    for identity in space.iter(f"{C}axId", f"{C}crossAx"):  # python-pptx numbers axes below zero
        identity.set("val", identity.get("val").lstrip("-"))
    space.insert(1, _element(f'<c:lang val="{LOCALES.get(lang, lang)}"/>'))
    chart.has_title, chart.has_legend, chart.font.size = False, native.legend, SMALLEST * POINT
    if native.legend:
        chart.legend.position, chart.legend.include_in_layout = office.XL_LEGEND_POSITION.TOP, False
    beside = len(native.series) if native.kind == "bars" else 1  # bars that share a row
    if native.kind != "lines":
        plot.overlap = 100 if native.kind == "stacked" or beside == 1 else -5
        plot.gap_width = 45 if native.kind == "stacked" else 60
    _set_axes(chart, native, height)
    lane = 0.55 * height / rows / beside
    size = min(floor(lane), SMALLEST if native.kind == "stacked" and rows > MANY_ROWS else LARGEST)
    told = native.kind != "dots" and (native.kind != "lines" or len(native.series) <= MANY_ROWS)
    for place, drawn in enumerate(plot.series):
        _draw_series(drawn, native, place)
        if told and size >= SMALLEST:  # else the figures stand in the names, or nowhere
            _set_labels(drawn.data_labels, native, native.series[place], size, _measure(chart, native))
    renew_looks(chart, native, fresh=True)


def _set_axes(chart: Any, native: NativeChart, height: float) -> None:
    """Names read from the top down beside bars; no scale where the figures stand at the bars."""
    names, values = chart.category_axis, chart.value_axis
    room = 0.75 * height / len(native.categories) / max(label.count("\n") + 1 for label in native.categories)
    names.tick_labels.font.size = min(max(floor(room), SMALLEST), LARGEST) * POINT
    names.tick_label_position = office.XL_TICK_LABEL_POSITION.LOW
    names._element.find(f"{C}lblOffset").addnext(_element('<c:tickLblSkip val="1"/>'))
    names.major_tick_mark = values.major_tick_mark = office.XL_TICK_MARK.NONE
    paint(names.format.line.fill, LIGHT.muted if _measure(chart, native).low else LIGHT.rule)
    values.format.line.fill.background()
    values.has_major_gridlines = native.kind == "lines"
    if native.kind == "lines":
        paint(values.major_gridlines.format.line.fill, LIGHT.rule)
        values.tick_labels.number_format = native.number_format
        values.tick_labels.number_format_is_linked = False
    else:
        names.reverse_order, values.tick_label_position = True, office.XL_TICK_LABEL_POSITION.NONE


def _draw_series(drawn: Any, native: NativeChart, place: int) -> None:
    """The colour of a series and of its points, its marks or its lines of uncertainty."""
    one, line = native.series[place], drawn.format.line
    if native.kind == "lines":
        drawn.smooth, line.width, marker = False, 3 * POINT, drawn.marker
        marker.style, marker.size = office.XL_MARKER_STYLE[NATIVE_MARKERS[place % len(NATIVE_MARKERS)]], 11
        for fill in (line.fill, marker.format.fill, marker.format.line.fill):
            paint(fill, one.colour)
        return
    paint(drawn.format.fill, one.colour)
    drawn.invert_if_negative = False
    if native.kind == "stacked":
        paint(line.fill, LIGHT.ground)
        line.width = 2 * POINT
    if one.errors:
        drawn._element.find(f"{C}cat").addprevious(_element(WHISKERS))
    for at, colour in enumerate(one.colours or []):
        paint(drawn.points[at].format.fill, colour)


def _set_labels(labels: Any, native: NativeChart, one: NativeSeries, size: int, span: Span) -> None:
    """The figures of a series: within the parts of a stack, behind bars, at the ends of lines."""
    stacked, form, places = native.kind == "stacked", native.number_format, office.XL_LABEL_POSITION
    if stacked and len(native.categories) > MANY_ROWS:  # no room between rows for a figure
        form = "[>={0:.3f}]{1};[<=-{0:.3f}]{1};".format(span.narrow, form.partition(";")[0])
    labels.show_value = native.kind != "lines"
    labels.position = {"stacked": places.CENTER, "lines": None}.get(native.kind, places.OUTSIDE_END)
    labels.number_format, labels.number_format_is_linked = form, False
    labels.font.size, labels.font.bold = size * POINT, True
    paint(labels.font.fill, label_ink(one.colour, LIGHT) if stacked else text_colour(one.colour, LIGHT))
    labels._element.append(_element(NO_LEADERS))


# what follows the values


class PointLabel(NamedTuple):
    """The figure of one point: its words, where they are not its value, and how far it moves."""

    words: str = ""
    x: float = NUDGE  # shares of the chart
    y: float = NUDGE
    side: str = ""  # of the point, where not that of its series


def renew_looks(chart: Any, native: NativeChart, *, fresh: bool = False) -> None:
    """Scale, lines of uncertainty, colours of verdicts, labels; what a presenter made otherwise stays so."""
    axis, span = chart.value_axis, _measure(chart, native)
    if fresh or (axis.minimum_scale or 0.0) > span.low:
        axis.minimum_scale = span.low
    if fresh or (axis.maximum_scale is not None and axis.maximum_scale < span.high):
        axis.maximum_scale = span.high
    for place, (drawn, one) in enumerate(zip(chart.plots[0].series, native.series, strict=False)):
        _renew_series(drawn, one)
        ink = LIGHT.ink if native.kind == "stacked" else text_colour(one.colour or LIGHT.ink, LIGHT)
        for at in range(len(native.categories) if drawn._element.dLbls is not None else 0):
            _renew_label(drawn, at, _label_of(native, place, at, span), ink)


def _label_of(native: NativeChart, place: int, at: int, span: Span) -> PointLabel | None:
    """The figure of a point where it needs words or a place of its own.

    What is too narrow for its figure has it behind the last part of a stack, above or below others; an
    interval has it behind its line; of lines the ends have one, moved down below that of a line above.
    """
    one, row = native.series[place], [other.values[at] for other in native.series]
    value, words, rows = one.values[at], inert(one.labels[at]) if one.labels else "", len(native.categories)
    narrow = value and abs(value) < span.narrow and rows <= MANY_ROWS
    if value is None or (native.kind == "stacked" and not narrow):
        return None
    if native.kind == "stacked":
        if value > 0 and not any(row[place + 1 :]):
            return PointLabel(x=round(BEHIND * span.unit, 4))
        return PointLabel(y=round((0.3 if place % 2 else -0.3) / max(rows, 2), 4))
    if native.kind == "lines":
        ends = [wave for wave, share in enumerate(one.values) if share is not None]
        if at not in {ends[0], ends[-1]}:
            return None
        heights, top = [0.75 * (share or 0) / (span.high - span.low) for share in row], inf
        for other in sorted(range(len(row)), key=lambda line: (-heights[line], line)):
            top = min(heights[other], top - APART)
            if other == place:
                break
        return PointLabel(words, y=round(heights[place] - top, 4), side="RIGHT" if at == ends[-1] else "LEFT")
    behind = (
        round(span.bars / (span.high - span.low) * one.errors[1][at] + 0.015 * span.unit, 4)
        if one.errors
        else NUDGE
    )
    return PointLabel(words, behind) if words or one.errors else None


def _renew_series(drawn: Any, one: NativeSeries) -> None:
    """Its lines of uncertainty, and with another verdict another colour; a fill that is of none stays."""
    for end, lengths in zip(("minus", "plus"), one.errors or (), strict=False):
        new = list(map(number_of, lengths))
        for old in drawn._element.iterfind(f"{C}errBars/{C}{end}"):
            if [number_of(cell.text) for cell in old.iter(f"{C}v")] != new:
                points = enumerate(map(float, lengths))
                cells = "".join(f'<c:pt idx="{at}"><c:v>{length!r}</c:v></c:pt>' for at, length in points)
                head = f'<c:formatCode>General</c:formatCode><c:ptCount val="{len(new)}"/>'
                old[:] = [_element(f"<c:numLit>{head}{cells}</c:numLit>")]
    verdicts = (LIGHT.accent, LIGHT.faint)
    shades = {colour: parse_xml(theme_fill(colour)).xpath(".//@val") for colour in verdicts}
    paths = {"c:marker//a:solidFill|c:spPr/a:ln/a:solidFill": one.colour}
    paths |= {f"c:dPt[c:idx/@val={at}]/c:spPr/a:solidFill": it for at, it in enumerate(one.colours or [])}
    for path, colour in paths.items():
        for fill in drawn._element.xpath(path) if colour in shades else ():
            if fill.xpath(".//@val") in shades.values() and fill.xpath(".//@val") != shades[colour]:
                fill.getparent().replace(fill, parse_xml(theme_fill(colour)))


def _renew_label(drawn: Any, at: int, wanted: PointLabel | None, ink: str) -> None:
    """A label of its own for a point that needs one; a presenter's stays."""
    label = drawn._element.get_dLbl(at)
    if label is not None:
        has = "".join(run.text or "" for run in label.iter(f"{A}t"))
        ends = [float(end.get("val")) for end in label.iterfind(f"{C}layout/{C}manualLayout/*")]
        theirs = NUDGE not in ends or re.search(r"[^\W\d_]", has)
        if theirs or (wanted and (has, ends) == (wanted.words, [wanted.x, wanted.y])):
            return
        label.getparent().remove(label)
    if wanted is not None:
        own, like = drawn.points[at].data_label, drawn.data_labels
        own.position = getattr(office.XL_LABEL_POSITION, wanted.side) if wanted.side else like.position
        if wanted.words:
            own.text_frame.text = wanted.words
        font = own.text_frame.paragraphs[0].runs[0].font if wanted.words else own.font
        font.size, font.bold = like.font.size or SMALLEST * POINT, True
        paint(font.fill, ink)
        label = drawn._element.get_dLbl(at)
        for old in label.findall(f"{C}layout"):
            label.remove(old)
        place = f'<c:x val="{wanted.x}"/><c:y val="{wanted.y}"/>'
        label.insert(1, _element(f"<c:layout><c:manualLayout>{place}</c:manualLayout></c:layout>"))


def _element(xml: str) -> Any:
    """An element of a chart, in the spaces of names that charts use."""
    return parse_xml(re.sub(r"^<[\w:]+", rf"\g<0> {XML_SPACES}", xml))
