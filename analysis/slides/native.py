"""A chart of ours as PowerPoint's own, drawn by python-pptx: editable, recoloured by a template's theme.

What python-pptx lacks is small XML here: lines of uncertainty, labels beside segments too narrow for them,
shades of the theme. Texts stay texts in the embedded workbook, whatever they begin with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from colorsys import rgb_to_hls
from contextlib import contextmanager
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from itertools import zip_longest
from math import ceil, floor
from typing import TYPE_CHECKING, Any, cast

from pptx.chart.data import CategoryChartData
from pptx.chart.xlsx import CategoryWorkbookWriter
from pptx.enum import chart as office
from pptx.oxml import parse_xml
from xlsxwriter import Workbook

from analysis.errors import show
from analysis.slides.package import FIXED_DATE
from analysis.style import THEMES, label_ink, parse_hex, text_colour

if TYPE_CHECKING:
    from analysis.charts.chart import NativeChart, NativeSeries
    from analysis.words.language import Voice

C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
SPACES = f'xmlns:c="{C[1:-1]}" xmlns:a="{A[1:-1]}"'
NO_LEADERS = (  # a dash before a moved label would read as a minus
    '<c:extLst><c:ext uri="{CE6537A1-D6FC-4f65-9D91-7224C49458BB}" '
    'xmlns:c15="http://schemas.microsoft.com/office/drawing/2012/chart">'
    '<c15:showLeaderLines val="0"/></c:ext></c:extLst>'
)
WHISKERS = (
    '<c:errBarType val="both"/><c:errValType val="cust"/><c:noEndCap val="1"/><c:spPr><a:ln w="31750">'
    '<a:solidFill><a:schemeClr val="tx1"><a:lumMod val="65000"/><a:lumOff val="35000"/></a:schemeClr>'
    "</a:solidFill></a:ln></c:spPr>"
)
TYPES = {"stacked": "BAR_STACKED", "bars": "BAR_CLUSTERED", "dots": "BAR_CLUSTERED", "lines": "LINE_MARKERS"}
LOCALES = {"fi": "fi-FI", "sv": "sv-FI", "en": "en-GB"}
POINT = 12_700  # EMU
SMALLEST = 14  # points of anything on a slide but its source
FIGURES = (18, 16, SMALLEST)  # points of names and figures, best first
MANY = 4  # rows, from which on a second line beside them or a figure between them would be too much
NARROW = 0.0345  # share of a chart that a figure takes
BEHIND = 0.035  # share of a chart by which the figure of a narrow last part moves
NUDGE = 0.0001  # share of a chart by which a label that was moved is known as ours
LIGHT = THEMES["light"]


def inert(text: str) -> str:
    """Text as XML may hold it: control characters are named by code point, lines may break."""
    return "".join(sign if sign in "\n\t\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}" else show(sign) for sign in text)


@cache
def theme_fill(colour: str) -> str:
    """A colour of ours as a shade of the theme: greys of the ink, others of the accent nearest in hue."""
    accents = {accent: f"accent{place}" for place, accent in enumerate(LIGHT.groups[:6], 1)}
    names = {**accents, LIGHT.ink: "tx1", LIGHT.ground: "bg1"}
    if colour in names:
        return f'<a:solidFill {SPACES}><a:schemeClr val="{names[colour]}"/></a:solidFill>'
    hue, lightness, strength = rgb_to_hls(*parse_hex(colour))
    grey = max(parse_hex(colour)) - min(parse_hex(colour)) < 0.12 and colour not in LIGHT.ramp
    near = min(accents, key=lambda accent: abs(rgb_to_hls(*parse_hex(accent))[0] - hue))
    turn, own, full = rgb_to_hls(*parse_hex(LIGHT.ink if grey else near))
    kept = (1 - lightness) / (1 - own) if lightness > own else lightness / own
    shifts = {"satMod": strength / full, "lumMod": kept, "lumOff": 1 - kept if lightness > own else 0}
    inside = "" if grey else f'<a:hueOff val="{round(360 * 60_000 * (hue - turn))}"/>'
    inside += "".join(f'<a:{name} val="{round(100_000 * share)}"/>' for name, share in shifts.items())
    name = "tx1" if grey else names[near]
    return f'<a:solidFill {SPACES}><a:schemeClr val="{name}">{inside}</a:schemeClr></a:solidFill>'


def paint(fill: Any, colour: str) -> None:
    """A fill, of a shape, line or font, in the theme's shade of a colour."""
    fill.solid()
    fill._xPr.replace(fill._xPr.find(f"{A}solidFill"), parse_xml(theme_fill(colour)))


def settle(native: NativeChart, voice: Voice) -> NativeChart:
    """A chart as slides show it: differences stand as figures in the names of their rows, where no line is.

    Labels stay texts only where they say something else than the value, so that the others follow Edit Data.
    Many rows have their n behind their names; a part of a stack that is nothing has no figure.
    """
    names, form = list(native.categories), native.number_format
    if native.kind == "dots" and _is_single(native):
        for at, row in enumerate(_rows(native)):
            cells = zip(native.series, row, strict=True)
            told = [one.labels[at] for one, value in cells if one.labels and value is not None]
            names[at] = "\n".join([names[at], *told])
    told_in_names = native.kind == "stacked" or names != native.categories
    series = [one._replace(labels=None if told_in_names else _own_labels(one, form)) for one in native.series]
    if len(names) > MANY:
        names = [name.replace("\n", ", ") for name in names]
    sign = (
        voice.percent(0).removeprefix(voice.number(0)).replace("\N{NO-BREAK SPACE}", '"\N{NO-BREAK SPACE}"')
    )
    form = re.sub(r"(?<![\s\"])%", sign, form)
    if native.kind == "stacked":
        form = "{0};{0};".format(form.partition(";")[0])
    return native._replace(categories=names, series=series, number_format=form)


def _own_labels(one: NativeSeries, form: str) -> list[str]:
    """The labels that a program would not print of the values by itself; it rounds halves up."""
    step = Decimal(1).scaleb(-form.partition("%")[0].partition(".")[2].count("0"))
    shares = [Decimal(repr(round(100 * (value or 0), 9))) for value in one.values]
    printed = [str(share.quantize(step, ROUND_HALF_UP)) for share in shares]
    labels = zip(one.labels or [""] * len(printed), printed, strict=True)
    return ["" if re.sub(r"[%\s]", "", had).replace(",", ".") == figure else had for had, figure in labels]


def _rows(native: NativeChart) -> list[tuple[float | None, ...]]:
    return list(zip(*(one.values for one in native.series), strict=True))


def _is_single(native: NativeChart) -> bool:
    """Whether no category has values of two series."""
    return all(sum(value is not None for value in row) <= 1 for row in _rows(native))


class TextWorkbook(CategoryWorkbookWriter):
    """A workbook in which every text stays a text, without a clock."""

    @contextmanager
    def _open_worksheet(self, xlsx_file: Any) -> Iterator[tuple[Any, Any]]:
        turned = ("strings_to_formulas", "strings_to_urls", "strings_to_numbers")
        workbook = Workbook(xlsx_file, {"in_memory": True, **dict.fromkeys(turned, False)})
        workbook.set_properties({"created": FIXED_DATE})
        yield workbook, workbook.add_worksheet()
        workbook.close()


class TextChartData(CategoryChartData):
    """Data of a chart with such a workbook."""

    _workbook_writer = property(cast("Any", TextWorkbook))


def chart_data(native: NativeChart, series: Sequence[NativeSeries], forms: Sequence[str] = ()) -> Any:
    """What python-pptx draws of some series, each in the number format that it has or else the chart's."""
    data = cast("Any", TextChartData)()
    data.categories = [inert(label) for label in native.categories]
    for one, form in zip_longest(series, forms):
        data.add_series(inert(one.name), one.values, form or native.number_format)
    return data


def draw_native(chart: Any, native: NativeChart, height: float, lang: str) -> None:
    """The looks of a chart that was made of ``chart_data``, so many points high on its slide."""
    space, plot = chart._chartSpace, chart.plots[0]
    stacked, lines = native.kind == "stacked", native.kind == "lines"
    for identity in space.iter(f"{C}axId", f"{C}crossAx"):  # python-pptx numbers axes below zero
        identity.set("val", identity.get("val").lstrip("-"))
    space.insert(1, _element(f'<c:lang val="{LOCALES.get(lang, lang)}"/>'))
    chart.has_title, chart.has_legend, chart.font.size = False, native.legend, SMALLEST * POINT
    if native.legend:
        chart.legend.position, chart.legend.include_in_layout = office.XL_LEGEND_POSITION.TOP, False
    if not lines:
        plot.overlap, plot.gap_width = (100 if stacked or _is_single(native) else -5), (45 if stacked else 60)
    _set_axes(chart, native, height)
    thickness = 0.55 * height / len(native.categories) / (1 if stacked or lines else len(native.series))
    size = next((size for size in FIGURES if size <= thickness), 0)  # no figures where they could not be read
    if lines and len(native.series) > MANY:
        size = 0
    for place, (drawn, one) in enumerate(zip(plot.series, native.series, strict=True)):
        _draw_series(drawn, native, one, size)
        if size and lines and place % 2:  # apart from those of the line above
            drawn.data_labels.position = office.XL_LABEL_POSITION.BELOW
    renew_looks(chart, native, fresh=True)


def _set_axes(chart: Any, native: NativeChart, height: float) -> None:
    """Names read from the top down beside bars; no scale where the figures stand at the bars."""
    names, values, lines = chart.category_axis, chart.value_axis, native.kind == "lines"
    room = 0.75 * height / len(native.categories) / max(label.count("\n") + 1 for label in native.categories)
    names.tick_labels.font.size = next((size for size in FIGURES if size <= room), SMALLEST) * POINT
    names.tick_label_position = office.XL_TICK_LABEL_POSITION.LOW
    names._element.find(f"{C}lblOffset").addnext(_element('<c:tickLblSkip val="1"/>'))
    names.major_tick_mark = values.major_tick_mark = office.XL_TICK_MARK.NONE
    below = any(value is not None and value < 0 for row in _rows(native) for value in row)
    paint(names.format.line.fill, LIGHT.muted if below else LIGHT.rule)
    values.format.line.fill.background()
    values.has_major_gridlines = lines
    if not below:
        values.minimum_scale = 0
    if lines:
        paint(values.major_gridlines.format.line.fill, LIGHT.rule)
        values.tick_labels.number_format = native.number_format
        values.tick_labels.number_format_is_linked = False
        return
    names.reverse_order, values.tick_label_position = True, office.XL_TICK_LABEL_POSITION.NONE


def _draw_series(drawn: Any, native: NativeChart, one: NativeSeries, size: int) -> None:
    """The colour of a series, its figures and its lines of uncertainty."""
    place, ink, kind = office.XL_LABEL_POSITION.OUTSIDE_END, text_colour(one.colour, LIGHT), native.kind
    if kind == "lines":
        place = office.XL_LABEL_POSITION.ABOVE
        drawn.smooth, drawn.format.line.width = False, 3 * POINT
        drawn.marker.style, drawn.marker.size = office.XL_MARKER_STYLE.CIRCLE, 11
        for fill in (drawn.format.line.fill, drawn.marker.format.fill, drawn.marker.format.line.fill):
            paint(fill, one.colour)
    else:
        paint(drawn.format.fill, one.colour)
        drawn.invert_if_negative = False
    if kind == "stacked":
        place, ink = office.XL_LABEL_POSITION.CENTER, label_ink(one.colour, LIGHT)
        paint(drawn.format.line.fill, LIGHT.ground)
        drawn.format.line.width = 2 * POINT
    if one.errors:
        way = '<c:errDir val="y"/>' if kind == "lines" else ""
        drawn._element.find(f"{C}cat").addprevious(_element(f"<c:errBars>{way}{WHISKERS}</c:errBars>"))
    if size and not (kind == "dots" and _is_single(native)):
        labels = drawn.data_labels
        labels.show_value, labels.position = True, place
        form, least = native.number_format, f"{_narrow(native):.3f}"
        if kind == "stacked" and len(native.categories) > MANY:  # no room between rows for a figure
            form = "[>={0}]{1};[<=-{0}]{1};".format(least, form.partition(";")[0])
        labels.number_format, labels.number_format_is_linked = form, False
        labels.font.size, labels.font.bold = size * POINT, True
        paint(labels.font.fill, ink)
        labels._element.append(_element(NO_LEADERS))


def renew_looks(chart: Any, native: NativeChart, *, fresh: bool = False) -> None:
    """What follows the values: scale, lines of uncertainty, labels, colours of points.

    What a presenter took away, moved or coloured stays so, unless all is ``fresh``.
    """
    if native.kind == "stacked" or any(one.errors for one in native.series):
        _widen(chart.value_axis, native, fresh=fresh)
    unit = _across(native) / _scale(native)[1]  # shares of the chart, about
    for place, (drawn, one) in enumerate(zip(chart.plots[0].series, native.series, strict=False)):
        _renew_errors(drawn, one)
        _renew_colours(drawn, one, fresh=fresh)
        labelled = drawn._element.find(f"{C}dLbls") is not None
        for at, row in enumerate(_rows(native) if labelled else ()):
            move = _move_of(native, row, place) if native.kind == "stacked" else None
            if one.errors and native.kind != "lines":  # behind the line of uncertainty
                move = round(unit * one.errors[1][at] + 0.015, 4), NUDGE
            ink = LIGHT.ink if native.kind == "stacked" else text_colour(one.colour or LIGHT.ink, LIGHT)
            words = inert(one.labels[at]) if one.labels and row[place] is not None else ""
            _renew_label(drawn, at, words, move if row[place] is not None else None, ink)


def _across(native: NativeChart) -> float:
    """The share of a chart that its bars have beside their names, about."""
    return max(0.97 - 0.0085 * max(len(line) for name in native.categories for line in name.split("\n")), 0.4)


def _narrow(native: NativeChart) -> float:
    """The value of a part of a stack below which its figure does not fit in."""
    low, high = _scale(native)
    return NARROW * (high - low) / _across(native)


def _move_of(native: NativeChart, row: Sequence[float | None], place: int) -> tuple[float, float] | None:
    """How far a label of a stack moves, in shares of the chart: behind the last segment, above or below."""
    value = row[place]
    if not value or abs(value) >= _narrow(native) or len(native.categories) > MANY:
        return None
    if value > 0 and not any(row[place + 1 :]):
        return BEHIND, NUDGE
    return NUDGE, round((0.3 if place % 2 else -0.3) / max(len(native.categories), 2), 4)


def _scale(native: NativeChart) -> tuple[float, float]:
    """A scale from zero or below that holds all stacks, or lines of uncertainty, with room behind."""
    lines = [
        line for one in native.series if one.errors for line in zip(one.values, *one.errors, strict=True)
    ]
    ends = [
        end for value, below, above in lines if value is not None for end in (value - below, value + above)
    ]
    if native.kind == "stacked":
        parts = [[part or 0.0 for part in row] for row in _rows(native)]
        ends = [sum(part for part in row if sign * part > 0) for row in parts for sign in (1, -1)]
    return floor(10 * min([0.0, *ends])) / 10, ceil(10 * max([0.0, *ends]) + 0.3) / 10


def _widen(axis: Any, native: NativeChart, *, fresh: bool) -> None:
    """A scale with ends reaches as far as lines of uncertainty, which PowerPoint leaves out of account."""
    low, high = _scale(native)
    if fresh or (axis.minimum_scale or 0.0) > low:
        axis.minimum_scale = low
    if fresh or (axis.maximum_scale is not None and axis.maximum_scale < high):
        axis.maximum_scale = high


def _renew_errors(drawn: Any, one: NativeSeries) -> None:
    bars = drawn._element.find(f"{C}errBars")
    if bars is None or one.errors is None:
        return
    for name, before, lengths in (("plus", "noEndCap", one.errors[1]), ("minus", "plus", one.errors[0])):
        known, old = (
            [(str(at), repr(float(length))) for at, length in enumerate(lengths)],
            bars.find(C + name),
        )
        if old is None or known != [(p.get("idx"), p.findtext(f"{C}v")) for p in old.iter(f"{C}pt")]:
            cells = "".join(f'<c:pt idx="{at}"><c:v>{length}</c:v></c:pt>' for at, length in known)
            held = f'<c:formatCode>General</c:formatCode><c:ptCount val="{len(lengths)}"/>{cells}'
            if old is not None:
                bars.remove(old)
            new = _element(f"<c:{name}><c:numLit>{held}</c:numLit></c:{name}>")
            bars.find(C + before).addnext(new)


def _renew_colours(drawn: Any, one: NativeSeries, *, fresh: bool) -> None:
    def shade(fill: Any) -> list[tuple[str, str]]:
        return [(part.tag, part.get("val")) for part in fill.iter()]

    colours = one.colours or []
    house = {name: shade(parse_xml(theme_fill(name))) for name in (LIGHT.accent, LIGHT.faint, *colours)}
    fills = {p.idx.val: p.find(f"{C}spPr/{A}solidFill") for p in drawn._element.findall(f"{C}dPt")}
    for at, colour in enumerate(colours):
        old = shade(fills[at]) if fills.get(at) is not None else []
        if fresh or (old in house.values() and old != house[colour]):
            paint(drawn.points[at].format.fill, colour)


def _renew_label(drawn: Any, at: int, words: str, move: tuple[float, float] | None, ink: str) -> None:
    """A label of its own for a point that needs one; a presenter's stays."""
    labels = drawn._element.findall(f"{C}dLbls/{C}dLbl")
    label = next((one for one in labels if one.idx.val == at), None)
    if label is not None:
        has = "".join(run.text or "" for run in label.iter(f"{A}t"))
        places = [end.get("val") for end in label.iterfind(f"{C}layout/{C}manualLayout/*")]
        ends = [float(place) for place in places if place]
        theirs = re.search(r"[^\W\d_]", has) or (ends and NUDGE not in ends) or not (has or ends)
        if theirs or (has, ends) == (words, list(move or ())):
            return
        label.getparent().remove(label)
    if words or move:
        own, like = drawn.points[at].data_label, drawn.data_labels
        own.position = like.position
        if words:
            own.text_frame.text = words
        font = own.text_frame.paragraphs[0].runs[0].font if words else own.font
        font.size, font.bold = like.font.size or SMALLEST * POINT, True
        paint(font.fill, ink)
        label = next(one for one in drawn._element.iter(f"{C}dLbl") if one.idx.val == at)
        for old in label.findall(f"{C}layout"):
            label.remove(old)
        place = "".join(f'<c:{axis} val="{end}"/>' for axis, end in zip("xy", move or (), strict=False))
        held = f"<c:manualLayout>{place}</c:manualLayout>" if move else ""
        label.insert(1, _element(f"<c:layout>{held}</c:layout>"))


def _element(xml: str) -> Any:
    """An element of a chart, in the spaces of names that charts use."""
    return parse_xml(re.sub(r"^<[\w:]+", rf"\g<0> {SPACES}", xml))
