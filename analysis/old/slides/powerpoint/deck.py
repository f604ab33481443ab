"""A deck of slides: our theme or a presenter's template, its layouts, its slides and their room."""

from __future__ import annotations

import io
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from analysis.errors import RequestError
from analysis.old.slides.powerpoint.lettering import count_lines, fitting_size, text_height
from analysis.old.slides.powerpoint.native import LOCALES, TEMPLATES
from analysis.old.slides.powerpoint.package import (
    DECK,
    TEMPLATE,
    TYPES,
    inert,
    not_a_deck,
    pack,
    read_parts,
    unpack,
)
from analysis.old.slides.powerpoint.textboxes import EMU, POINT, Place, Text, write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pptx.presentation import Presentation
    from pptx.slide import Slide, SlideLayout

BASE = TEMPLATES / "base"
FIXED_DATE = datetime(2021, 1, 1)  # noqa: DTZ001  (a deck has a date; ours must not depend on the clock)
ARIAL = 0.9  # of the width of DejaVu Sans, or a little more
AROUND = 0.08  # inches around the words of a title
MARGINS = 0.2  # inches, that PowerPoint keeps free to the left and right of text
TITLE_SIZES = (40, 36, 32, 28, 26, 24, 22, 20, 18)  # points
LARGEST_TITLE = 44  # points, what PowerPoint itself takes where a master says nothing
TITLES = (1, 3)  # the placeholder types title and centred title
FOOT = int(0.3 * EMU)  # that stays free at the lower edge
CORE = "docProps/core.xml"
UNMARKED = "sha256:unmarked"
FOOTERS = (13, 15, 16)  # slide number, footer, date
SECTIONS = "{521415D9-36F7-43E2-AB2F-B90AF26B5E84}"  # the list of sections, which names slides
PRESENTATION = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def open_deck(template: str | Path | None = None) -> Presentation:
    """An empty deck with our theme, or with the master, theme and layouts of a template.

    Raises
    ------
    RequestError
        The template is not a PowerPoint deck or template.
    """
    from pptx import Presentation
    from pptx.exc import PythonPptxError

    if template is None:
        return Presentation(io.BytesIO(pack(_base_parts())))
    path = Path(template)
    parts = read_parts(path, what="template")
    parts[TYPES] = parts[TYPES].replace(TEMPLATE, DECK)
    try:
        deck = Presentation(io.BytesIO(pack(parts)))
    except (PythonPptxError, KeyError, ValueError, SyntaxError) as error:  # lxml's error is a SyntaxError
        raise not_a_deck(path, what="template") from error
    _remove_slides(deck)
    return deck


def _base_parts() -> dict[str, bytes]:
    names = {path.relative_to(BASE).as_posix(): path for path in sorted(BASE.rglob("*")) if path.is_file()}
    return {TYPES if name == "content_types.xml" else name: path.read_bytes() for name, path in names.items()}


def _remove_slides(deck: Presentation) -> None:
    """Take out the slides of a template, and what names them."""
    root: Any = deck.element
    entries = root.find(f"{PRESENTATION}sldIdLst")
    for entry in [] if entries is None else list(entries):
        deck.part.drop_rel(entry.rId)
        entries.remove(entry)
    for gone in [*root.findall(f"{PRESENTATION}custShowLst"), *root.iterfind(f".//*[@uri='{SECTIONS}']")]:
        gone.getparent().remove(gone)


def layout_of(deck: Presentation, *types: str) -> SlideLayout:
    """The layout of the first of some types that the deck has, else the plainest one with a title.

    Raises
    ------
    RequestError
        No layout has a title.
    """
    layouts: list[Any] = [layout for layout in deck.slide_layouts if _has_title(layout)]
    if not layouts:
        raise RequestError("the template has no layout with a title; give a template that has one")
    by_type = {layout.element.get("type"): layout for layout in reversed(layouts)}
    plainest = min(layouts, key=lambda layout: len(list(layout.placeholders)))
    found: SlideLayout = next((by_type[name] for name in types if name in by_type), plainest)
    return found


def _has_title(layout: Any) -> bool:
    return any(holder.placeholder_format.type in TITLES for holder in layout.placeholders)


def add_slide(
    deck: Presentation, layout: SlideLayout, title: str, *, lang: str, most: float | None = None
) -> Slide:
    """A slide with its title in the largest type that fits, of at most so many points."""
    slide: Slide = deck.slides.add_slide(layout)
    frame = title_of(slide).text_frame
    write(frame, [Text(title)], lang=lang)
    size = title_size(slide, deck, [title], most=most)
    if size < _inherited(layout):
        frame.paragraphs[0].runs[0].font.size = int(size * POINT)
    if _hangs(layout):
        _cut_to_words(title_of(slide), title_place(slide, deck), title, size)
    return slide


def _cut_to_words(holder: Any, place: Place, title: str, size: float) -> None:
    """A title as high as its words; where a wider face stands in for Arial, the type shrinks to that."""
    from pptx.enum.text import MSO_AUTO_SIZE

    lines = count_lines(title, _title_width(place), size, bold=True)
    height = int((text_height(lines, size) + AROUND) * EMU)
    holder.left, holder.top, holder.width, holder.height = place._replace(height=height)
    holder.text_frame.auto_size = MSO_AUTO_SIZE.TEXT_TO_FIT_SHAPE


def _title_width(place: Place) -> float:
    """Inches for the words of a title, in the measure of the wide face, set in Arial."""
    return (place.width / EMU - MARGINS) / ARIAL


def title_size(slide: Any, deck: Presentation, titles: Sequence[str], *, most: float | None = None) -> float:
    """The type in points in which all of some titles fit where the title of a slide, or layout, stands."""
    inherited = _inherited(getattr(slide, "slide_layout", slide))
    largest = min(inherited, most or inherited)
    room = title_place(slide, deck)
    sizes = [largest, *(size for size in TITLE_SIZES if size < largest)]
    return fitting_size(titles, _title_width(room), room.height / EMU, sizes, bold=True)


def title_of(slide: Any) -> Any:
    """The title placeholder of a slide or layout."""
    return next(h for h in slide.placeholders if h.placeholder_format.type in TITLES)


def _inherited(layout: Any) -> float:
    """The size in points that a title inherits from its layout and master."""
    style = layout.slide_master.element.find(f"{PRESENTATION}txStyles/{PRESENTATION}titleStyle")
    for source in [*_title_elements(layout), *([] if style is None else [style])]:
        found = source.find(f".//{DRAWING}lvl1pPr/{DRAWING}defRPr[@sz]")
        if found is not None:
            return int(found.get("sz")) / 100
    return LARGEST_TITLE


def _title_elements(layout: Any) -> list[Any]:
    """The titles of a layout and of its master, from which a slide inherits in this order."""
    holders = [*layout.placeholders, *layout.slide_master.placeholders]
    return [holder.element for holder in holders if holder.placeholder_format.type in TITLES]


def title_place(slide: Any, deck: Presentation) -> Place:
    """Where the title of a slide stands; near the top where the template does not say."""
    holder = title_of(slide)
    measures = (holder.left, holder.top, holder.width, holder.height)
    if None in measures:
        width, height = size_of_slides(deck)
        return Place(width // 20, height // 20, width - width // 10, height // 7)
    return Place(*measures)


def _hangs(layout: Any) -> bool:
    """Whether the words of titles hang from the upper edge of their place."""
    anchors = [element.find(f".//{DRAWING}bodyPr[@anchor]") for element in _title_elements(layout)]
    return next((found.get("anchor") for found in anchors if found is not None), "t") == "t"


def size_of_slides(deck: Presentation) -> tuple[int, int]:
    """Width and height of the slides in EMU."""
    size = deck.element.find(f"{PRESENTATION}sldSz")
    return int(size.get("cx")), int(size.get("cy"))


def room_under(slide: Slide, deck: Presentation) -> Place:
    """The room between a slide's title and its foot, as wide as the title or nearly the slide."""
    title, (width, height) = title_place(slide, deck), size_of_slides(deck)
    wide = title.width >= 0.7 * width
    left = title.left if wide else width // 20
    span = title.width if wide else width - width // 10
    top = title.top + title.height
    if top > height // 2:  # a template with the title at the foot
        top = height // 20
        bottom = title.top
    else:
        bottom = foot_of(slide, deck)
    return Place(left, top, span, bottom - top)


def foot_of(slide: Slide, deck: Presentation) -> int:
    """The lower edge of the room on a slide: above the layout's places for date, footer and number."""
    height, layout = size_of_slides(deck)[1], cast("Any", slide.slide_layout)
    tops = [h.top for h in layout.placeholders if h.placeholder_format.type in FOOTERS and h.top is not None]
    return int(min([height - FOOT, *(top for top in tops if top > 0.8 * height)]))


def remove_empty(slide: Slide) -> None:
    """Take out the placeholders that nothing was written into."""
    for holder in list(slide.placeholders):
        if not holder.has_text_frame or not holder.text_frame.text:
            holder.element.getparent().remove(holder.element)


def describe_deck(deck: Presentation, *, title: str, author: str, subject: str, lang: str) -> None:
    """The properties of a deck: no clock, no name of a machine."""
    properties = deck.core_properties
    properties.title = inert(title)
    properties.author = properties.last_modified_by = inert(author)
    properties.subject = inert(subject)
    properties.language = LOCALES[lang]
    properties.created = properties.modified = FIXED_DATE
    properties.revision = 1
    properties.category = properties.comments = properties.keywords = ""


def deck_bytes(deck: Presentation) -> bytes:
    """A deck as a file, marked as ours: the same deck, the same bytes."""
    deck.core_properties.identifier = UNMARKED
    buffer = io.BytesIO()
    deck.save(buffer)
    parts = unpack(buffer.getvalue())
    parts[CORE] = parts[CORE].replace(UNMARKED.encode(), _mark(parts).encode())
    return pack(parts)


def is_ours(path: Path) -> bool:
    """Whether a file is a deck as it was made here, with no part changed since."""
    try:
        parts = read_parts(path, what="deck")
    except RequestError:
        return False
    return _mark(parts).encode() in parts.get(CORE, b"")


def _mark(parts: Mapping[str, bytes]) -> str:
    """The hash of what a deck holds."""
    digest = sha256()
    for name in sorted(parts.keys() - {CORE}):
        digest.update(name.encode() + b"\0" + parts[name] + b"\0")
    return f"sha256:{digest.hexdigest()}"
