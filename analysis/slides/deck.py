"""A survey as a deck of slides: native charts, one finding a slide, ready to be shown and edited.

A deck or template is opened within limits and refused where it is none; a deck is written to the same bytes.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure
from pptx.enum.text import MSO_ANCHOR
from pptx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from pptx.opc.package import PartFactory
from pptx.package import Package
from pptx.parts.presentation import PresentationPart

from analysis.charts.gallery import figure_bytes
from analysis.errors import MaturityError, RequestError, quote, show
from analysis.inference.findings import gather_frames
from analysis.slides.native import LIGHT, LOCALES, POINT, SMALLEST, chart_data, draw_native, inert, paint
from analysis.slides.story import TAG, Page, pages_of, shape_name, survey_mark, told
from analysis.style import SIZES, Look
from analysis.survey.storing import FIXED_DATE, write_file
from analysis.words.language import Voice, hold_ranges, voice_of

if TYPE_CHECKING:
    import pandas as pd
    from pptx.presentation import Presentation

Box = tuple[float, float, float, float]  # left, top, width and height in points

TEMPLATE = Path(__file__).with_name("template.pptx")
DECK_BYTES = 500 * 2**20  # bytes of a deck, unpacked
LARGEST_XML = 64 * 2**20  # bytes of all its XML, which takes ten times as much memory when it is read
MOST_PARTS = 10_000
SECTIONS = "{521415D9-36F7-43E2-AB2F-B90AF26B5E84}"  # the list of sections, which names slides

OF_PROPERTIES = "/metadata/core-properties"  # how the relation to a deck's own properties ends

TITLES = (28, 26, 24, 22, 20, 18, 16)  # points; all of a deck have the largest that lets the longest fit
OPENING = (36, 32, 28, 24)  # points of the title of the first slide
BODY = (20, 18, 17, 16, 15, SMALLEST)  # points
TYPE = {"subtitle": (17, SMALLEST), "key": (SMALLEST,), "source": (12,)}  # points
HEADING, BETWEEN = 20, 8  # points, and those of the space between paragraphs
SOURCE_ROWS = 3  # lines of a source that have room below a chart
EM, BOLD = 0.52, 0.59  # width of a letter of Arial, of the type size, on average; with the ends of lines
OWN = {13: "subtitle", 14: "chart", 15: "source", 1: "body"}  # roles of the places in our layouts
DPI = 144  # of a chart that goes in as a picture
TITLE_KINDS = {1, 3}  # types of placeholders: titles, usual and centred
NUMBER_KIND = 13  # and the number of a slide


def save_slides(
    path: str | Path,
    survey: pd.DataFrame,
    *,
    lang: str | None = None,
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
    lang : str, optional
        Language of everything on the slides and in the notes, one of the codebook's; left out, English where
        the survey has it, else its first.
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
    pages = pages_of(gather_frames(survey) if frames is None else frames, voice)
    content = make_deck(pages, voice, template=template)
    return write_file(path, content, force=force, never=[template] if template else [])


# as a file


def open_template(template: str | Path | None = None) -> Presentation:
    """A deck without slides: our template, or the master, theme and layouts of a presenter's.

    A file that is no deck or template, has macros, or links to something outside itself is refused.
    """
    path = Path(template or TEMPLATE)
    deck, _ = open_deck(path, what="template")
    with damage(path, what="template"):
        root, entries = deck.element, deck.slides._sldIdLst
        for entry in list(entries):
            deck.part.drop_rel(entry.rId)
            entries.remove(entry)
        for names in [*root.iterfind("{*}custShowLst"), *root.iterfind(f".//*[@uri='{SECTIONS}']")]:
            names.getparent().remove(names)
        outside = [rel.target_ref for rel in deck.part.package.iter_rels() if rel.is_external]
    if outside:
        raise RequestError(
            f"template {show(str(path))} links to {quote(outside[0])}; every deck made from it would do so: "
            "take the link out of its master and layouts first"
        )
    return deck


def open_deck(path: Path, *, what: str = "deck") -> tuple[Presentation, bytes]:
    """A deck as python-pptx reads it, and its bytes; ``what`` says in whose place the file was given.

    A file that is absent, too large, damaged, no PowerPoint deck, or has macros is refused.
    """
    place = f"{what} {show(str(path))}"
    try:
        status = path.stat()
        regular = stat.S_ISREG(status.st_mode)  # a pipe would never end
        blob = path.read_bytes() if regular and status.st_size <= DECK_BYTES else b""
    except (OSError, ValueError) as error:  # a path with a NUL or a surrogate
        reason = getattr(error, "strerror", None) or "a file cannot have that name"
        raise RequestError(f"{place} cannot be read: {reason}") from error
    if not regular:
        raise RequestError(f"{place} is not a file; give a .pptx that PowerPoint saved")
    PartFactory.part_type_for[CONTENT_TYPE.PML_TEMPLATE_MAIN] = PresentationPart
    with damage(path, what=what):
        with zipfile.ZipFile(io.BytesIO(blob)) as archive:
            sizes = [(entry.filename.lower(), entry.file_size) for entry in archive.infolist()]
        markup = sum(size for name, size in sizes if name.endswith((".xml", ".rels", ".vml")))
        if sum(size for _, size in sizes) > DECK_BYTES or markup > LARGEST_XML or len(sizes) > MOST_PARTS:
            raise RequestError(
                f"{place} unpacks to more than {DECK_BYTES >> 20} MB, or {LARGEST_XML >> 20} MB of XML; "
                "give a smaller one"
            )
        package: Any = Package.open(io.BytesIO(blob))
        for rel in package._rels.values():
            if rel._reltype.endswith(OF_PROPERTIES):  # LibreOffice names it by another address
                rel._reltype = RELATIONSHIP_TYPE.CORE_PROPERTIES
        main = package.main_document_part
        if main._content_type == CONTENT_TYPE.PML_TEMPLATE_MAIN:  # the rest of a .potx is as in a deck
            main._content_type = CONTENT_TYPE.PML_PRESENTATION_MAIN
        types = " ".join(part.content_type for part in package.iter_parts())
        if re.search("vbaProject|macroEnabled.main|activeX", types):
            raise RequestError(f"{place} has macros, which are not taken over; save it as .pptx first")
        if main.content_type != CONTENT_TYPE.PML_PRESENTATION_MAIN:
            raise ValueError(main.content_type)
        deck: Presentation = main.presentation
        _ = [slide.shapes for slide in deck.slides], [layout.name for layout in deck.slide_layouts]
    return deck, blob


@contextmanager
def damage(path: Path, *, what: str) -> Iterator[None]:
    """What python-pptx and its parsers stumble over in a damaged file, as a refusal that says so."""
    try:
        yield
    except MaturityError:
        raise
    except Exception as error:  # zipfile, lxml and python-pptx raise many kinds on damaged files
        raise RequestError(
            f"{what} {show(str(path))} is not a PowerPoint deck, or is damaged; give a .pptx or .potx file "
            "that PowerPoint can open and has saved"
        ) from error


def deck_bytes(deck: Presentation) -> bytes:
    """A deck as a file: the same deck, the same bytes; python-pptx puts the clock into it."""
    saved, packed = io.BytesIO(), io.BytesIO()
    deck.save(saved)
    with zipfile.ZipFile(saved) as parts, zipfile.ZipFile(packed, "w") as archive:
        for name in parts.namelist():
            entry = zipfile.ZipInfo(name)  # of 1980, the first year that an archive can name
            entry.create_system = 0  # the same on every system
            archive.writestr(entry, parts.read(name), zipfile.ZIP_DEFLATED, 6)
    return packed.getvalue()


# its slides


def make_deck(
    pages: Mapping[str, Page], voice: Voice, *, template: str | Path | None = None, only: str = ""
) -> bytes:
    """A deck of these pages as the bytes of its file, or of the slide of one chart, by its name."""
    deck = open_template(template)
    titles = [told(page.shapes["title"]) for page in pages.values() if page.name != "opening"]
    for page in pages.values():
        if only in {"", page.name}:
            _add_page(deck, page, max(titles, key=len))
    properties = deck.core_properties  # no clock, no name of a machine
    properties.title, properties.subject = (inert(voice.text(key))[:255] for key in ("title", "question"))
    properties.author = properties.last_modified_by = inert(voice.text("publisher"))[:255]
    properties.language = LOCALES.get(voice.lang, voice.lang)
    properties.created = properties.modified = FIXED_DATE
    properties.revision, properties.category, properties.comments = 1, "", ""
    properties.keywords, properties.version = survey_mark(voice.codebook)
    return deck_bytes(deck)


def _add_page(deck: Presentation, page: Page, longest: str) -> None:
    """One slide: title, what it is about, source, number and notes; no placeholder stays empty."""
    layout = _layout(deck, page)
    slide: Any = deck.slides.add_slide(layout)
    ours = layout.name.startswith("Maturity ") or page.name == "opening"
    holders = {OWN.get(holder.placeholder_format.idx): holder for holder in slide.placeholders if ours}
    holders["title"] = slide.shapes.title
    places, grown = _places(deck, slide.shapes.title, page), 0.0
    for role, lines in page.shapes.items():
        if role == "notes":
            continue
        shape = holders.get(role) or _box(slide, places[role], role)
        width, height, sizes = shape.width / POINT, shape.height / POINT, TYPE.get(role, BODY)
        alike = [told(other).split("\n") for name, other in page.shapes.items() if name[:-1] == role[:-1]]
        if role == "title":  # on two lines
            sizes, text = (OPENING, told(lines)) if page.name == "opening" else (TITLES, longest)
            size = _fitting([text], width, min(height, 2.4 * sizes[0]), sizes, BOLD)
        else:
            size = min(_fitting(text, width, height, sizes) for text in alike)  # of all columns
        fill(shape, page, role)
        _style(shape, page, role, size)
        if role == "source":  # it grows upwards, and the chart above gives way
            grown = 1.2 * size * max(0, ceil(EM * size * len(told(lines)) / width) - SOURCE_ROWS)
    if page.drawing is not None:
        holder = None if "key" in page.shapes or page.native is None else holders.get("chart")
        left, top, width, height = places["chart"]
        _add_chart(slide, page, holder, (left, top, width, height - grown), grown)
    fill(slide.notes_slide.notes_placeholder, page, "notes")
    for holder in list(slide.placeholders):
        if holder.shape_type == 14 and not (holder.has_text_frame and holder.text_frame.text):
            slide.shapes._spTree.remove(holder.element)
    for holder in layout.placeholders:
        if holder.placeholder_format.type == NUMBER_KIND:  # which python-pptx leaves out
            number = deepcopy(holder.element)
            number.nvSpPr.cNvPr.set("id", str(1 + max(shape.shape_id for shape in slide.shapes)))
            slide.shapes._spTree.append(number)


def _layout(deck: Presentation, page: Page) -> Any:
    """The layout for a page: one of ours by its name, else the usual kind of a presenter's template."""
    name, kind = ("Maturity chart" if page.drawing else "Maturity words"), "titleOnly"
    if page.name == "opening":
        name, kind = "Title slide", "title"
    every: Any = deck.slide_layouts
    titled = [
        one for one in every if TITLE_KINDS & {holder.placeholder_format.type for holder in one.placeholders}
    ]
    if not titled:
        raise RequestError("the template has no layout with a title; give a template that has one")

    def misfit(one: Any) -> tuple[bool, bool, int]:
        return one.name != name, one.element.get("type") != kind, len(list(one.placeholders))

    return min(titled, key=misfit)


def _places(deck: Presentation, title: Any, page: Page) -> dict[str, Box]:
    """Where each role stands without a place in the layout: below the title, above number and date."""
    across, down = int(deck.slide_width or 0) / POINT, int(deck.slide_height or 0) / POINT
    sides = (title.left, title.top, title.width, title.height)
    left, top, width, height = (int(side or 0) / POINT for side in sides)
    if width < 0.7 * across:
        left, width = 0.05 * across, 0.9 * across
    top, bottom = (top + height + 3 if top + height < 0.6 * down else 0.2 * down), 0.93 * down
    keys = 1.2 * SMALLEST * ceil(EM * SMALLEST * len(told(page.shapes.get("key", ()))) / width)
    chart = top + (30 + keys if page.native else 40)  # names begin at the very edge of a picture
    columns = [role for role in page.shapes if role == "body" or role.startswith("column")]
    column = (width + 36) / max(len(columns), 1)
    text = {
        role: (left + at * column, top + 12, column - 36, bottom - top - 56)
        for at, role in enumerate(columns)
    }
    return text | {
        "subtitle": (left, top, width, 24),
        "key": (left, top + 30, width, keys),
        "chart": (left, chart, width, bottom - 44 - chart),
        "source": (left, bottom - 38, 0.92 * width, 38),
    }


def _fitting(
    paragraphs: Sequence[str], width: float, height: float, sizes: Sequence[int], letter: float = EM
) -> int:
    """The largest of some sizes of type in which paragraphs fit a place, or the smallest."""
    for size in sizes:
        rows = sum(ceil(letter * size * len(words) / width) for words in paragraphs)
        if 1.2 * size * rows + BETWEEN * (len(paragraphs) - 1) <= height:
            return size
    return sizes[-1]


def _box(slide: Any, place: Box, role: str) -> Any:
    """A text box, where the layout has no place."""
    box = slide.shapes.add_textbox(*(round(length * POINT) for length in place))
    frame = box.text_frame
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.BOTTOM if role == "source" else MSO_ANCHOR.TOP
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    return box


def fill(shape: Any, page: Page, role: str) -> None:
    """The words of a role in a shape, in the looks of what stood there; its name tells that they are ours."""
    lines, lang, frame = page.shapes[role], page.voice.lang, shape.text_frame
    body, paragraphs = frame._txBody, [paragraph._p for paragraph in frame.paragraphs]
    for extra in paragraphs[max(len(lines), 1) :]:
        body.remove(extra)
    for _ in range(len(lines) - len(paragraphs)):
        body.append(deepcopy(frame.paragraphs[-1]._p))
    for paragraph, line in zip(frame.paragraphs, lines, strict=False):
        looks = [deepcopy(run._r.rPr) for run in paragraph.runs if run._r.rPr is not None]
        paragraph.clear()
        for at, words in enumerate(line):
            run = paragraph.add_run()
            run.text = hold_ranges(inert(words.words))
            if looks:
                run._r.insert(0, deepcopy(looks[min(at, len(looks) - 1)]))
            spoken = words.lang or lang
            run._r.get_or_add_rPr().set("lang", LOCALES.get(spoken, spoken))
    shape.name = shape_name(page.name, role, lang, told(lines))


def _style(shape: Any, page: Page, role: str, size: int) -> None:
    """The type of a role's words; a box has the ink that a placeholder inherits."""
    for at, (paragraph, line) in enumerate(zip(shape.text_frame.paragraphs, page.shapes[role], strict=True)):
        heading = role.startswith("column") and at == 0
        if TYPE.get(role) is None and role != "title":
            paragraph.space_before = BETWEEN * POINT
        for run, own in zip(paragraph.runs, line, strict=True):
            run.font.size, run.font.bold = (HEADING if heading else size) * POINT, heading or None
            ink = LIGHT.accent if heading else LIGHT.muted if role in {"subtitle", "source"} else LIGHT.ink
            if own.colour or not shape.is_placeholder:
                paint(run.font.fill, own.colour or ink)


def _add_chart(slide: Any, page: Page, holder: Any, place: Box, grown: float) -> None:
    """A native chart, in its placeholder where there is one, or a picture; with its alternative text.

    A placeholder is made lower by what the source below it has ``grown``.
    """
    where = [round(length * POINT) for length in place]
    if page.native is None:
        picture = picture_of(page, (round(2 * place[2]), round(2 * place[3])))
        shape = slide.shapes.add_picture(io.BytesIO(picture), *where)
    else:
        kind, data = chart_data(page.native)
        shape = holder.insert_chart(kind, data) if holder else slide.shapes.add_chart(kind, *where, data)
        shape.height -= round(grown * POINT) if holder else 0
        draw_native(shape.chart, page.native, shape.height / POINT, page.voice.lang)
    shape.name = f"{TAG}{page.name}:{page.voice.lang}"
    shape.element.xpath(".//p:cNvPr")[0].set("descr", page.alt)  # python-pptx has no API for alt text


def picture_of(page: Page, pixels: tuple[int, int]) -> bytes:
    """A chart without title and source as a PNG of so many pixels; the same each time."""
    points = min(1.0, max(0.8, pixels[0] / 1720))  # nothing below 14, but on narrow slides
    size = SIZES["wide"]._replace(width=1, label=15.6 * points, number=18 * points)
    look = Look(size._replace(small=14.2 * points, source=14 * points), LIGHT)
    figure = Figure(figsize=(pixels[0] / DPI, pixels[1] / DPI), dpi=DPI, layout="constrained")
    if page.drawing is not None:
        page.drawing(figure.subplots(), look=look).set_xlabel("")
    return figure_bytes(figure, "png", prefix="", lang=page.voice.lang, title="", alt=page.alt)
