"""Text on slides: runs that know their language, boxes with a name, notes for the speaker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from analysis.old.slides.powerpoint.native import INK, LOCALES, TAG, Shade
from analysis.old.slides.powerpoint.package import inert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pptx.slide import Slide

EMU = 914_400  # an inch
POINT = 12_700  # EMU
PRESENTATION = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
DECORATIVE = (
    '<a:extLst xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
    '<a:ext uri="{C183D7F6-B498-43B3-948B-1728B52AA6E4}"><adec:decorative val="1" '
    'xmlns:adec="http://schemas.microsoft.com/office/drawing/2017/decorative"/></a:ext></a:extLst>'
)
NOTES_KEPT = ("sldImg", "body")  # of the notes page; a page number without a number would stand empty


class Place(NamedTuple):
    """A rectangle on a slide in EMU."""

    left: int
    top: int
    width: int
    height: int


class Text(NamedTuple):
    """A paragraph: size in points (none keeps the placeholder's), colour, weight, space above in points.

    Its language, where not that of the slide, and what stands ahead of its words in that of the slide.
    """

    words: str
    size: int | None = None
    shade: Shade | None = None
    bold: bool | None = None
    above: float | None = None
    lang: str = ""
    ahead: str = ""

    @property
    def whole(self) -> str:
        """All that is read."""
        return self.ahead + self.words


def write(frame: Any, texts: Sequence[Text], *, lang: str) -> None:
    """Paragraphs into a shape, in the place of what stood there."""
    frame.clear()
    for position, text in enumerate(texts):
        paragraph = frame.paragraphs[0] if position == 0 else frame.add_paragraph()
        if text.above is not None:
            paragraph.space_before = int(text.above * POINT)
        for words, spoken in ((text.ahead, lang), (text.words, text.lang or lang)):
            if words:
                _add_run(paragraph, words, text, spoken)


def _add_run(paragraph: Any, words: str, text: Text, lang: str) -> None:
    run = paragraph.add_run()
    run.text = inert(words)
    run.font._element.set("lang", LOCALES[lang])  # noqa: SLF001  (the API knows no Finland Swedish)
    if text.size is not None:
        run.font.size = text.size * POINT
    run.font.bold = text.bold
    if text.shade is not None:
        _colour(run.font.fill, text.shade)


def _colour(fill: Any, shade: Shade) -> None:
    """A colour of the theme into a fill."""
    from pptx.enum.dml import MSO_THEME_COLOR

    fill.solid()
    fill.fore_color.theme_color = MSO_THEME_COLOR.from_xml(shade.name)
    light = dict(shade.shifts).get("lumOff")
    if light:
        fill.fore_color.brightness = light / 100_000


def add_box(
    slide: Slide, name: str, place: Place, texts: Sequence[Text], *, lang: str, anchor: str = "t"
) -> None:
    """A text box with a name that a refresh finds again; ``anchor`` is ``t``, ``ctr`` or ``b``."""
    from pptx.enum.text import MSO_ANCHOR

    shapes: Any = slide.shapes
    box = shapes.add_textbox(*place)
    box.name = TAG + name
    frame = box.text_frame
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.vertical_anchor = MSO_ANCHOR.from_xml(anchor)
    write(frame, [text._replace(shade=text.shade or INK) for text in texts], lang=lang)


def add_rule(slide: Slide, place: Place, shade: Shade) -> None:
    """A bar of colour that says nothing, and is marked so for screen readers."""
    from pptx.enum.shapes import MSO_SHAPE
    from pptx.oxml import parse_xml

    shapes: Any = slide.shapes
    bar = shapes.add_shape(MSO_SHAPE.RECTANGLE, *place)
    bar.name = f"{TAG}rule"
    _colour(bar.fill, shade)
    bar.line.fill.background()
    bar.element.remove(bar.element.find(f"{PRESENTATION}style"))
    bar.element.remove(bar.element.txBody)
    bar.element.nvSpPr.cNvPr.append(parse_xml(DECORATIVE))


def add_notes(slide: Slide, texts: Sequence[Text], *, lang: str) -> None:
    """What the speaker says, a paragraph each."""
    page: Any = slide.notes_slide
    for holder in list(page.placeholders):
        if holder.element.ph.get("type") not in NOTES_KEPT:
            holder.element.getparent().remove(holder.element)
    write(page.notes_text_frame, texts, lang=lang)
