"""A survey as a deck of slides: native charts, one finding a slide, ready to be shown and edited."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from copy import deepcopy
from itertools import zip_longest
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.figure import Figure
from pptx.enum.chart import XL_CHART_TYPE
from pptx.enum.text import MSO_ANCHOR

from analysis.charts.chart import draw_chart
from analysis.charts.files import figure_bytes
from analysis.errors import RequestError
from analysis.inference.findings import gather_frames
from analysis.slides.native import (
    LIGHT,
    LOCALES,
    POINT,
    SMALLEST,
    TYPES,
    chart_data,
    draw_native,
    inert,
    paint,
)
from analysis.slides.package import FIXED_DATE, deck_bytes, open_template
from analysis.slides.story import TAG, Page, StoryLine, pages_of, shape_name, survey_mark, told
from analysis.survey.storing import write_file
from analysis.words.language import Voice, voice_of

if TYPE_CHECKING:
    import pandas as pd
    from pptx.presentation import Presentation

TITLES = (28, 26, 24, 22, 20)  # points; all titles of a deck have the largest that lets them fit on two lines
OPENING = (40, 36, 32, 28, 24)  # points of the title of the first slide
BODY = (20, 18, 17, 16, 15, SMALLEST)  # points, the largest that fits
SIZES = {"subtitle": 17, "source": 12}  # points
HEADING, BETWEEN = 20, 8  # points, and those of the space between paragraphs
EM, BOLD = 0.52, 0.56  # width of a letter of Arial, of the type size, on average
OWN = {"subtitle": 13, "chart": 14, "source": 15, "body": 1}  # the places for these in our template's layouts
DPI = 130  # of a chart that goes in as a picture, of 144 pixels an inch: more would make its names collide
TITLE, NUMBER = {1, 3}, 13  # types of placeholders: titles, usual and centred, and the number of a slide


def save_slides(
    path: str | Path,
    survey: pd.DataFrame,
    *,
    lang: str = "en",
    template: str | Path | None = None,
    frames: Mapping[str, pd.DataFrame] | None = None,
    force: bool = False,
) -> Path:
    """A survey as a PowerPoint deck with native, editable charts; the same survey gives the same bytes.

    Parameters
    ----------
    path : path
        Where the deck goes; a deck made here before is replaced, unless somebody changed it since.
    survey : DataFrame
        Rows of the survey table.
    lang : str
        Language of everything on the slides and in the notes, one of the codebook's.
    template : path, optional
        A .pptx or .potx whose master, theme and layouts are used; its own slides are left out.
    frames : mapping of DataFrame, optional
        What ``gather_frames`` gives of the survey under the assumptions it was asked for; left out, its own.
    force : bool
        Replace whatever file stands there.

    Returns
    -------
    Path
        Where the deck is.

    Raises
    ------
    RequestError
        The language or the template cannot be used, or what stands at ``path`` is not ours to replace.
    StorageError
        The disk or the system refused; nothing was changed.

    Examples
    --------
    >>> from analysis import load_survey, save_slides
    >>> save_slides("slides-fi.pptx", load_survey(), lang="fi")  # doctest: +SKIP
    PosixPath('slides-fi.pptx')
    """
    voice = voice_of(survey, lang)
    content = make_deck(gather_frames(survey) if frames is None else frames, voice, template=template)
    return write_file(path, content, force=force, never=[template] if template else [])


def make_deck(
    frames: Mapping[str, pd.DataFrame], voice: Voice, *, template: str | Path | None = None, only: str = ""
) -> bytes:
    """A deck as the bytes of its file, or the slide of one chart alone, by the chart's name.

    Raises
    ------
    RequestError
        The template cannot be used.
    """
    deck = open_template(template)
    pages = pages_of(frames, voice)
    longest = max(len(told(page.shapes["title"])) for page in pages.values() if page.name != "opening")
    for page in pages.values():
        if only in {"", page.name}:
            _add_page(deck, page, longest, frames, voice)
    _describe(deck.core_properties, voice)
    return deck_bytes(deck)


def _describe(properties: Any, voice: Voice) -> None:
    """The properties of a deck: what it is, of which survey, no clock, no name of a machine."""
    properties.title, properties.subject = (inert(voice.text(key))[:255] for key in ("title", "question"))
    properties.author = properties.last_modified_by = inert(voice.text("publisher"))[:255]
    properties.language = LOCALES.get(voice.lang, voice.lang)
    properties.created = properties.modified = FIXED_DATE
    properties.revision, properties.category, properties.comments = 1, "", ""
    properties.keywords, properties.version = survey_mark(voice.codebook)


def _add_page(deck: Presentation, page: Page, longest: int, frames: Mapping[str, Any], voice: Voice) -> None:
    """One slide: title, what it is about, source, number and notes."""
    slide: Any = deck.slides.add_slide(_layout(deck, page))
    ours, title = slide.slide_layout.name.startswith("Maturity "), slide.shapes.title
    _fill(title, page, "title", voice)
    room = _room(deck, title)
    if page.name == "opening":
        longest = len(told(page.shapes["title"]))
    sizes = OPENING if page.name == "opening" else TITLES
    fitting = (size for size in sizes if longest * BOLD * size <= 0.95 * room.width * 2)  # on two lines
    _set_type(title, next(fitting, sizes[-1]))
    places = {holder.placeholder_format.idx: holder for holder in slide.placeholders} if ours else {}
    if page.name == "opening":
        subtitle = next((one for one in slide.placeholders if one.shape_id != title.shape_id), None)
        places = {OWN["body"]: subtitle} if subtitle is not None and subtitle.has_text_frame else {}
    columns = [role for role in page.shapes if role.startswith("column")]
    size = min(
        (_fitting(page.shapes[role], *room.part(columns, role)[2:]) for role in columns), default=BODY[0]
    )
    for role, lines in page.shapes.items():
        if role not in ("title", "notes"):
            shape = places.get(OWN.get(role)) or _box(slide, room.part(columns, role), role)
            _fill(shape, page, role, voice)
            if role == "body":
                size = _fitting(lines, shape.width / POINT, shape.height / POINT)
            long = role == "subtitle" and EM * SIZES[role] * len(told(lines)) > room.width
            _set_type(shape, SMALLEST if long else SIZES.get(role, size), lines, small=role in SIZES)
    if page.chart is not None:
        _add_chart(slide, page, frames, places.get(OWN["chart"]) or room.part(columns, "chart"), voice)
    _finish(slide, page, voice)


def _layout(deck: Presentation, page: Page) -> Any:
    """The layout for a page: one of ours by its name, else the usual kind of a presenter's template."""
    every: Any = deck.slide_layouts
    layouts = [one for one in every if TITLE & {own.placeholder_format.type for own in one.placeholders}]
    if not layouts:
        raise RequestError("the template has no layout with a title; give a template that has one")
    named = {one.name: one for one in layouts}
    kinds = {one.element.get("type"): one for one in reversed(layouts)}
    plainest = kinds.get("titleOnly") or min(layouts, key=lambda one: len(list(one.placeholders)))
    if page.name == "opening":
        return kinds.get("title") or plainest
    return named.get("Maturity words" if page.chart is None else "Maturity chart") or plainest


class Room(NamedTuple):
    """The part of a slide below its title, in points."""

    left: float
    top: float
    width: float
    bottom: float

    def part(self, columns: Sequence[str], role: str) -> tuple[float, float, float, float]:
        """Left, top, width and height of what has a role there."""
        left, top, width, bottom = self
        if role in columns:
            column = (width - 36 * (len(columns) - 1)) / len(columns)
            return left + columns.index(role) * (column + 36), top + 12, column, bottom - top - 56
        if role == "source":
            return left, bottom - 38, 0.92 * width, 38
        return (left, top, width, 24) if role == "subtitle" else (left, top + 30, width, bottom - top - 74)


def _room(deck: Presentation, title: Any) -> Room:
    """As wide as the title, or nearly the slide; above the usual places for number and date."""
    width, height = int(deck.slide_width or 0) / POINT, int(deck.slide_height or 0) / POINT
    below = ((title.top or 0) + (title.height or 0)) / POINT
    wide = title.width is not None and title.width / POINT > 0.7 * width
    left, across = (title.left / POINT, title.width / POINT) if wide else (0.05 * width, 0.9 * width)
    return Room(left, below + 3 if 0 < below < 0.6 * height else 0.2 * height, across, 0.93 * height)


def _fitting(lines: Sequence[StoryLine], width: float, height: float) -> int:
    """The type in points in which paragraphs fit a place."""
    for size in BODY:
        rows = sum(ceil(EM * size * len(told([line])) / width) for line in lines)
        if 1.2 * size * rows + BETWEEN * len(lines) <= height:
            return size
    return BODY[-1]


def _box(slide: Any, place: tuple[float, float, float, float], role: str) -> Any:
    """A text box, where the layout has no place."""
    box = slide.shapes.add_textbox(*(round(length * POINT) for length in place))
    frame = box.text_frame
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.BOTTOM if role == "source" else MSO_ANCHOR.TOP
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    return box


def _fill(shape: Any, page: Page, role: str, voice: Voice) -> None:
    """The words of a role in a shape, which is named for them."""
    write(shape.text_frame, page.shapes[role], voice.lang)
    shape.name = shape_name(page.name, role, voice.lang, told(page.shapes[role]))


def _set_type(shape: Any, size: float, lines: Sequence[StoryLine] = (), *, small: bool = False) -> None:
    """The type of a shape; headings stand out, and a box has the ink that a placeholder inherits."""
    for paragraph, line in zip_longest(shape.text_frame.paragraphs, lines):
        heading = line is not None and line.heading
        if line is not None and not small:
            paragraph.space_before = BETWEEN * POINT
        for run in paragraph.runs:
            run.font.size = (HEADING if heading else size) * POINT
            run.font.bold = True if heading else None
            if not shape.is_placeholder:
                paint(run.font.fill, LIGHT.accent if heading else LIGHT.muted if small else LIGHT.ink)


def _add_chart(slide: Any, page: Page, frames: Mapping[str, pd.DataFrame], place: Any, voice: Voice) -> None:
    """A native chart, in its placeholder where there is one, or a picture; with its alternative text."""
    native, holder = page.native, None if isinstance(place, tuple) else place
    if holder is not None:
        place = [length / POINT for length in (holder.left, holder.top, holder.width, holder.height)]
    if native is None:  # its names begin at its very edge, below a subtitle of two lines
        place = [place[0], place[1] + 10, place[2], place[3] - 10]
    where = [round(length * POINT) for length in place]
    if native is None:
        picture = picture_of(page, frames, voice, (round(2 * place[2]), round(2 * place[3])))
        shape = slide.shapes.add_picture(io.BytesIO(picture), *where)
    else:
        data = chart_data(native, native.series)
        kind = XL_CHART_TYPE[TYPES[native.kind]]
        shape = holder.insert_chart(kind, data) if holder else slide.shapes.add_chart(kind, *where, data)
        draw_native(shape.chart, native, place[3], voice.lang)
    shape.name = f"{TAG}{page.name}:{voice.lang}"
    shape.element.xpath(".//p:cNvPr")[0].set("descr", page.alt)  # python-pptx has no API for alt text


def picture_of(page: Page, frames: Mapping[str, Any], voice: Voice, pixels: tuple[int, int]) -> bytes:
    """A chart without title and source as a PNG of so many pixels; the same each time."""
    assert page.chart is not None  # noqa: S101  (only pages with a chart have a picture)
    figure = Figure(figsize=(pixels[0] / DPI, pixels[1] / DPI), dpi=DPI, layout="constrained")
    ax = draw_chart(page.chart, frames[page.chart.frame], voice, figure.subplots())
    ax.set_xlabel("")
    return figure_bytes(figure, "png", prefix="", lang=voice.lang, title="", alt=page.alt)


def write(frame: Any, lines: Sequence[StoryLine], lang: str) -> None:
    """Lines in a shape, in the looks of what stood there; each run knows its language."""
    body, paragraphs = frame._txBody, [paragraph._p for paragraph in frame.paragraphs]
    for extra in paragraphs[max(len(lines), 1) :]:
        body.remove(extra)
    for _ in range(len(lines) - len(paragraphs)):
        body.append(deepcopy(frame.paragraphs[-1]._p))
    for paragraph, line in zip(frame.paragraphs, lines, strict=False):
        looks = next((deepcopy(run._r.rPr) for run in paragraph.runs if run._r.rPr is not None), None)
        paragraph.clear()
        for words, spoken in ((line.ahead, lang), (line.words, line.lang or lang)):
            if words:
                run = paragraph.add_run()
                run.text = inert(words)
                if looks is not None:
                    run._r.insert(0, deepcopy(looks))
                run._r.get_or_add_rPr().set("lang", LOCALES.get(spoken, spoken))


def _finish(slide: Any, page: Page, voice: Voice) -> None:
    """The notes and the number of a slide, which python-pptx leaves out; no placeholder stays empty."""
    notes = slide.notes_slide
    _fill(notes.notes_placeholder, page, "notes", voice)
    for holder in list(notes.placeholders):
        if holder.element.ph.get("type") not in ("sldImg", "body"):
            notes.shapes._spTree.remove(holder.element)
    for holder in list(slide.placeholders):
        if holder.shape_type == 14 and not (holder.has_text_frame and holder.text_frame.text):
            slide.shapes._spTree.remove(holder.element)
    for holder in slide.slide_layout.placeholders:
        if holder.placeholder_format.type == NUMBER:
            number = deepcopy(holder.element)
            number.nvSpPr.cNvPr.set("id", str(1 + max(shape.shape_id for shape in slide.shapes)))
            slide.shapes._spTree.append(number)
