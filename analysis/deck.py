"""A deck of slides: our theme or a presenter's template, its layouts, its slides and their room."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import RequestError
from analysis.lettering import fitting_size
from analysis.native import LOCALES, TEMPLATES
from analysis.package import DECK, TEMPLATE, TYPES, inert, not_a_deck, pack, read_parts, unpack
from analysis.textboxes import EMU, POINT, Place, Text, write

if TYPE_CHECKING:
    from pptx.presentation import Presentation
    from pptx.slide import Slide, SlideLayout

BASE = TEMPLATES / "base"
FIXED_DATE = datetime(2021, 1, 1)  # noqa: DTZ001  (a deck has a date; ours must not depend on the clock)
MARGINS = 0.2  # inches, that PowerPoint keeps free to the left and right of text
TITLE_SIZES = (30, 28, 26, 24, 22, 20, 18)  # points
LARGEST_TITLE = 44  # points, what PowerPoint itself takes where a master says nothing
TITLES = (1, 3)  # the placeholder types title and centred title
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


def add_slide(deck: Presentation, layout: SlideLayout, title: str, *, lang: str) -> Slide:
    """A slide with its title in the largest type that fits; other placeholders are left to the caller."""
    slide: Slide = deck.slides.add_slide(layout)
    frame = title_of(slide).text_frame
    write(frame, [Text(title)], lang=lang)
    room, inherited = title_place(slide, deck), _title_size(layout)
    width, height = room.width / EMU - MARGINS, room.height / EMU
    sizes = [inherited, *(size for size in TITLE_SIZES if size < inherited)]
    size = fitting_size([title], width, height, sizes, bold=True)
    if size < inherited:
        frame.paragraphs[0].runs[0].font.size = int(size * POINT)
    return slide


def title_of(slide: Slide) -> Any:
    """The title placeholder of a slide."""
    return slide.shapes.title


def _title_size(layout: Any) -> float:
    """The size in points that a title inherits from its layout and master."""
    master = layout.slide_master
    sources = [
        *(holder.element for holder in layout.placeholders if holder.placeholder_format.type in TITLES),
        *(holder.element for holder in master.placeholders if holder.placeholder_format.type in TITLES),
        master.element.find(f"{PRESENTATION}txStyles/{PRESENTATION}titleStyle"),
    ]
    for source in sources:
        found = None if source is None else source.find(f".//{DRAWING}lvl1pPr/{DRAWING}defRPr[@sz]")
        if found is not None:
            return int(found.get("sz")) / 100
    return LARGEST_TITLE


def title_place(slide: Slide, deck: Presentation) -> Place:
    """Where the title of a slide stands; near the top where the template does not say."""
    holder = title_of(slide)
    measures = (holder.left, holder.top, holder.width, holder.height)
    if None in measures:
        width, height = size_of_slides(deck)
        return Place(width // 20, height // 20, width - width // 10, height // 7)
    return Place(*measures)


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
        bottom = min([height - int(0.3 * EMU), *_footer_tops(slide, height)])
    return Place(left, top, span, bottom - top)


def _footer_tops(slide: Slide, height: int) -> list[int]:
    """Upper edges of the places for date, footer and number at the foot of the layout."""
    layout: Any = slide.slide_layout
    tops = [h.top for h in layout.placeholders if h.placeholder_format.type in FOOTERS and h.top is not None]
    return [top for top in tops if top > 0.8 * height]


def empty_placeholders(slide: Slide) -> None:
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
    """A deck as a file: the same deck, the same bytes."""
    buffer = io.BytesIO()
    deck.save(buffer)
    return pack(unpack(buffer.getvalue()))
