"""The kinds of slides in a deck: opening, chart, text, two columns; each with title, source and notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from analysis.old.slides.powerpoint.deck import add_slide, foot_of, layout_of, remove_empty, room_under
from analysis.old.slides.powerpoint.lettering import count_lines, fitting_size, text_height, text_width
from analysis.old.slides.powerpoint.native import CLEAR, INK, MUTED, Size, add_chart
from analysis.old.slides.powerpoint.textboxes import EMU, Place, Text, add_box, add_notes, add_rule, write

if TYPE_CHECKING:
    from pptx.presentation import Presentation
    from pptx.slide import Slide

    from analysis.old.slides.powerpoint.exhibits import Exhibit

GAP = int(0.12 * EMU)
RULE = int(0.05 * EMU)
SUBTITLE, SOURCE, HEADING = 17, 12, 20  # points
FIGURE = (96, 80, 66, 54, 44)  # points, of the one number that a slide is about; the largest that fits
REMARK = (20, 18, 16, 14, 12)
OPENING = (20, 18, 16, 14, 12)
BODY = (24, 22, 20, 18, 16, 14, 12)
ASIDE = 0.34  # of the width, for a figure beside its chart
BETWEEN = 12  # points between paragraphs
SOURCE_LINES = 3
TEXT_HOLDERS = (2, 7)  # the placeholder types body and object
SUBTITLES = (2, 4)  # body and subtitle


class Words(NamedTuple):
    """What every slide has beside its body."""

    title: str
    source: str
    notes: tuple[Text, ...]
    lang: str
    size: float | None = None  # of the title at most, in points


def opening_slide(deck: Presentation, words: Words, lines: Sequence[str]) -> None:
    """The first slide: title, who was asked what, and the source in the same place, legible on any ground."""
    slide = add_slide(deck, layout_of(deck, "title", "titleOnly"), words.title, lang=words.lang)
    holder = _holder(slide, SUBTITLES)
    room = room_under(slide, deck) if holder is None else _lengthened(holder, foot_of(slide, deck))
    text = "\n".join([*lines, words.source])
    size = int(fitting_size([text], 0.95 * room.width / EMU, _height(room, len(lines) + 2), OPENING))
    texts = [
        *(Text(line, size, above=BETWEEN / 2) for line in lines),
        Text(words.source, min(size, SOURCE + 2), above=2 * BETWEEN),
    ]
    if holder is None:
        add_box(slide, "opening", room, texts, lang=words.lang)
    else:
        write(holder.text_frame, texts, lang=words.lang)
    _finish(slide, words)


def _lengthened(holder: Any, bottom: int) -> Place:
    """A placeholder that reaches down to the foot of the slide, and where it stands."""
    place = Place(holder.left, holder.top, holder.width, max(bottom - holder.top, holder.height))
    holder.left, holder.top, holder.width, holder.height = place
    return place


def chart_slide(deck: Presentation, words: Words, exhibit: Exhibit) -> None:
    """A finding and its chart; a figure that the slide is about stands large beside it."""
    slide = add_slide(deck, layout_of(deck, "titleOnly"), words.title, lang=words.lang, most=words.size)
    body = _body(slide, deck, words, exhibit.name, exhibit.subtitle)
    if exhibit.figure:
        width = int(ASIDE * body.width)
        _figure(slide, exhibit, body._replace(width=width - 2 * GAP), words.lang)
        body = Place(body.left + width, body.top, body.width - width, body.height)
    plot = exhibit.plot(Size(body.width / EMU, body.height / EMU))
    add_chart(slide, plot, body, lang=words.lang, alt=exhibit.alt)
    _source(slide, deck, words, exhibit.name)
    _finish(slide, words)


def text_slide(deck: Presentation, words: Words, name: str, items: Sequence[Text]) -> None:
    """A heading and its points, in the body placeholder where the layout has one."""
    slide = add_slide(
        deck, layout_of(deck, "obj", "tx", "titleOnly"), words.title, lang=words.lang, most=words.size
    )
    body = _body(slide, deck, words, name)
    read = "\n".join(item.whole for item in items)
    size = int(fitting_size([read], 0.94 * body.width / EMU, _height(body, len(items)), BODY))
    texts = [item._replace(size=size) for item in items]
    holder = _holder(slide, TEXT_HOLDERS)
    if holder is None:
        boxed = [text._replace(shade=INK, above=BETWEEN) for text in texts]
        add_box(slide, name, body, boxed, lang=words.lang)
    else:
        holder.left, holder.top, holder.width, holder.height = body
        write(holder.text_frame, texts, lang=words.lang)
    _source(slide, deck, words, name)
    _finish(slide, words)


def columns_slide(
    deck: Presentation, words: Words, name: str, columns: Sequence[tuple[str, Sequence[str]]]
) -> None:
    """Headings side by side, each with its sentences under it."""
    slide = add_slide(deck, layout_of(deck, "titleOnly"), words.title, lang=words.lang, most=words.size)
    body = _body(slide, deck, words, name)
    between = 4 * GAP
    width = (body.width - between * (len(columns) - 1)) // len(columns)
    most = max(len(sentences) for _, sentences in columns)
    texts = ["\n".join(sentences) for _, sentences in columns]
    size = int(fitting_size(texts, width / EMU, _height(body, most + 3), BODY[1:]))
    for position, (heading, sentences) in enumerate(columns):
        left, shade = body.left + position * (width + between), (CLEAR, MUTED)[min(position, 1)]
        add_rule(slide, Place(left, body.top, width, RULE), shade)
        top = body.top + RULE + GAP
        place = Place(left, top, width, body.top + body.height - top)
        paragraphs = [
            Text(heading, HEADING, shade, bold=True),
            *(Text(sentence, size, INK, above=BETWEEN) for sentence in sentences),
        ]
        add_box(slide, f"{name}:{position + 1}", place, paragraphs, lang=words.lang)
    _source(slide, deck, words, name)
    _finish(slide, words)


def _height(body: Place, paragraphs: int) -> float:
    """Inches for lines in a body, without the space between its paragraphs."""
    return body.height / EMU - paragraphs * BETWEEN / 72


def _body(slide: Slide, deck: Presentation, words: Words, name: str, subtitle: str = "") -> Place:
    """The room between the title, a line under it, and the source."""
    room = room_under(slide, deck)
    top, bottom = room.top, _source_place(slide, deck, words).top - GAP
    if subtitle:
        lines = count_lines(subtitle, room.width / EMU, SUBTITLE)
        height = int(text_height(lines, SUBTITLE) * EMU)
        place = room._replace(height=height)
        add_box(slide, f"{name}:subtitle", place, [Text(subtitle, SUBTITLE, MUTED)], lang=words.lang)
        top += height
    else:
        top += 2 * GAP
    return Place(room.left, top + GAP, room.width, bottom - top - GAP)


def _source_place(slide: Slide, deck: Presentation, words: Words) -> Place:
    room = room_under(slide, deck)
    lines = min(SOURCE_LINES, count_lines(words.source, room.width / EMU, SOURCE))
    height = int(text_height(lines, SOURCE) * EMU)
    return Place(room.left, room.top + room.height - height, room.width, height)


def _source(slide: Slide, deck: Presentation, words: Words, name: str) -> None:
    texts = [Text(words.source, SOURCE, MUTED)]
    place = _source_place(slide, deck, words)
    add_box(slide, f"{name}:source", place, texts, lang=words.lang, anchor="b")


def _figure(slide: Slide, exhibit: Exhibit, place: Place, lang: str) -> None:
    """The figure as large as its place is wide, and what stands under it."""
    width, height = place.width / EMU, place.height / EMU
    large = next((s for s in FIGURE if text_width(exhibit.figure, s, bold=True) <= width), FIGURE[-1])
    remarks = "\n".join(exhibit.remarks)
    left = height - text_height(1, large) - len(exhibit.remarks) * BETWEEN / 72
    size = int(fitting_size([remarks], width, left, REMARK))
    texts = [
        Text(exhibit.figure, large, CLEAR, bold=True),
        *(Text(remark, size, INK, above=BETWEEN) for remark in exhibit.remarks),
    ]
    add_box(slide, f"{exhibit.name}:figure", place, texts, lang=lang, anchor="ctr")


def _holder(slide: Slide, types: Sequence[int]) -> Any:
    """The first placeholder for text of some types whose place is known, if the layout has one."""
    holders: Any = slide.placeholders
    fitting = (h for h in holders if h.placeholder_format.type in types and h.has_text_frame)
    return next((h for h in fitting if h.top is not None), None)


def _finish(slide: Slide, words: Words) -> None:
    add_notes(slide, words.notes, lang=words.lang)
    remove_empty(slide)
