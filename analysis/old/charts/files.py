"""A figure to SVG, PNG and PDF, its alt text inside; the same bytes each time, whole or not at all."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, fromstring, register_namespace, tostring

from analysis.codebook import LANGUAGES
from analysis.errors import RequestError, StorageError, show, unknown_code

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROOT_STYLE = {  # once on the root, so that no style element reaches the page that a drawing stands in
    "font-family": '"Source Sans Pro", "Source Sans 3", Arial, sans-serif',
    "stroke-linejoin": "round",
    "stroke-linecap": "butt",
}
TYPEFACE = re.compile(r"font-family:[^;]*;?\s*")
NO_TURN = re.compile(r"rotate\(-?0 [-0-9. ]+\)$")
COMPRESSION = 3  # of PNG: a third of the time of the usual 6 for files a tenth larger
MAKER = "maturity-survey"
SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
XML = "http://www.w3.org/XML/1998/namespace"
SETTINGS: Any = {  # of matplotlib while it saves, whatever the user has set
    "svg.fonttype": "none",
    "svg.hashsalt": MAKER,
    "pdf.fonttype": 42,
    "savefig.bbox": None,
    "savefig.orientation": "portrait",
}


def save_chart(
    ax: Axes,
    stem: str | Path,
    *,
    alt: str,
    formats: Sequence[str] = ("svg", "png", "pdf"),
    lang: str = "en",
) -> list[Path]:
    """The figure of these Axes in every format, with its title and alt text inside.

    Parameters
    ----------
    ax : Axes
        What a ``draw_`` function returned.
    stem : str or Path
        Where to save, without an ending; its folder is made where it is missing.
    alt : str
        What the chart shows, in words: the ``describe_`` twin gives it.
    formats : sequence of str
        Of svg, png, pdf.
    lang : str
        Language of the words on it.

    Returns
    -------
    list of Path
        One file per format, in their order; the same figure gives the same bytes.

    Raises
    ------
    RequestError
        An unknown format or language.
    StorageError
        The disk or the system refused; a file that was there is as it was.
    """
    for name, values, valid in (("format", formats, list(WRITERS)), ("lang", [lang], LANGUAGES)):
        for value in values:
            if value not in valid:
                raise RequestError(unknown_code(name, value, valid))
    target = Path(stem)
    contents = {form: WRITERS[form](ax, alt=alt, lang=lang, prefix=target.name) for form in formats}
    return [
        write_file(target.with_name(f"{target.name}.{form}"), content) for form, content in contents.items()
    ]


def write_file(path: str | Path, content: bytes | str) -> Path:
    """A file with this content, text as UTF-8: written beside its place, then moved there.

    Raises
    ------
    StorageError
        The disk or the system refused; a file that was there is as it was.
    """
    target = Path(path)
    content = content.encode("utf-8") if isinstance(content, str) else content
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            beside.write_bytes(content)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(f"{show(str(target))} cannot be written: {reason}") from error
    return target


class ShownChart:
    """A chart as a notebook shows it: the drawing, and its alt text for those who do not see it."""

    def __init__(self, svg: str, alt: str) -> None:
        self.svg, self.alt = svg, alt

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        return {"image/svg+xml": self.svg, "text/plain": self.alt}


def show_chart(ax: Axes, *, alt: str, lang: str = "en") -> ShownChart:
    """The figure of these Axes for a notebook, as SVG with its alt text; the same bytes each time."""
    prefix = "chart-" + sha256(f"{_title(ax)} {alt}".encode()).hexdigest()[:8]
    return ShownChart(_write_svg(ax, alt=alt, lang=lang, prefix=prefix).decode("utf-8"), alt)


def _write_svg(ax: Axes, *, alt: str, lang: str, prefix: str) -> bytes:
    """SVG with text as text, named by its title and description, identifiers of its own."""
    register_namespace("", SVG)
    register_namespace("xlink", XLINK)
    root = fromstring(_save(ax, "svg", {"Date": None, "Creator": None, "Format": None, "Type": None}))  # noqa: S314
    for parent, tag in ((root, "metadata"), *((found, "style") for found in root.iter(f"{{{SVG}}}defs"))):
        for element in parent.findall(f"{{{SVG}}}{tag}"):
            parent.remove(element)
    _own_identifiers(root, prefix)
    words = {"title": _title(ax), "desc": alt}
    for place, (tag, text) in enumerate(words.items()):
        element = Element(f"{{{SVG}}}{tag}", {"id": f"{prefix}-{tag}"})
        element.text = show(text)
        root.insert(place, element)
    root.set("role", "img")
    for name, value in ROOT_STYLE.items():
        root.set(name, value)
    root.set("aria-labelledby", " ".join(f"{prefix}-{tag}" for tag in words))
    root.set("lang", lang)
    root.set(f"{{{XML}}}lang", lang)
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _own_identifiers(root: Element, prefix: str) -> None:
    """Every identifier and reference with a prefix, so that two drawings on a page share none.

    The typeface goes, since it stands on the root, and turns by nothing at all.
    """
    for element in root.iter():
        for name, value in list(element.attrib.items()):
            if name == "id":
                element.set(name, f"{prefix}-{value}")
            elif name == f"{{{XLINK}}}href":
                element.set(name, value.replace("#", f"#{prefix}-", 1))
            elif name == "transform" and NO_TURN.match(value):
                del element.attrib[name]
            elif name in {"style", "clip-path"}:
                element.set(name, TYPEFACE.sub("", value.replace("url(#", f"url(#{prefix}-")))


def _write_png(ax: Axes, *, alt: str, lang: str, prefix: str) -> bytes:  # noqa: ARG001  (as for SVG)
    """PNG at the resolution of the figure, title and alt text in its text chunks."""
    named = {"Title": show(_title(ax)), "Description": show(alt), "Software": None}
    return _save(ax, "png", named, pil_kwargs={"compress_level": COMPRESSION})


def _write_pdf(ax: Axes, *, alt: str, lang: str, prefix: str) -> bytes:  # noqa: ARG001
    """PDF with its fonts embedded, title and alt text in its document information."""
    named = {"Title": show(_title(ax)), "Subject": show(alt), "Creator": MAKER, "Producer": MAKER}
    return _save(ax, "pdf", {**named, "CreationDate": None})


WRITERS: dict[str, Callable[..., bytes]] = {"svg": _write_svg, "png": _write_png, "pdf": _write_pdf}


def _title(ax: Axes) -> str:
    """The headline that the chart was drawn with."""
    return str(ax.get_title(loc="left") or ax.get_title())


def _save(ax: Axes, form: str, metadata: dict[str, str | None], **options: Any) -> bytes:
    import matplotlib as mpl

    from analysis.old.charts.drawing.canvas import root_of

    figure, content = root_of(ax), io.BytesIO()
    with mpl.rc_context(SETTINGS):
        ground = figure.get_facecolor()
        figure.savefig(content, format=form, dpi="figure", metadata=metadata, facecolor=ground, **options)
    return content.getvalue()
