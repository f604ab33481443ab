"""A figure as a file: SVG, PNG or PDF with title and alt text inside, the same bytes each time."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, fromstring, register_namespace, tostring

from analysis.charts.panel import root_of
from analysis.errors import RequestError, show, unknown_code
from analysis.style import only_settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("svg", "png", "pdf")
MAKER = "maturity-survey"
ROOT_STYLE = {  # once on the root, so that no style element reaches the page that a drawing stands in
    "font-family": '"Source Sans Pro", "Source Sans 3", Arial, sans-serif',
    "stroke-linejoin": "round",
    "stroke-linecap": "butt",
}
TYPEFACE = re.compile(r"font-family:[^;]*;?\s*")
COMPRESSION = 3  # of PNG: a third of the time of the usual 6 for files a tenth larger
SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
XML = "http://www.w3.org/XML/1998/namespace"
SETTINGS: Any = {  # of matplotlib while it saves
    "svg.fonttype": "none",
    "svg.hashsalt": MAKER,
    "pdf.fonttype": 42,  # TrueType: some journals refuse Type 3
}


def save_chart(
    ax: Axes,
    path: str | Path,
    *,
    alt: str | None = None,
    title: str | None = None,
    lang: str = "en",
    force: bool = False,
) -> Path:
    """The figure of these Axes as a file, title and alt text inside; the same figure gives the same bytes.

    Parameters
    ----------
    ax : Axes
        What a ``draw_`` function returned.
    path : str or Path
        Where to save; its ending says the format: .svg, .png or .pdf. Its folder is made where it is missing.
    alt : str, optional
        What the chart shows, in words; left out, what the ``describe_`` twin says, which the figure carries.
    title : str, optional
        The name of the picture; left out, the title of the Axes.
    lang : str
        Language of the words on it.
    force : bool
        Write over a file that is there.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    RequestError
        The ending is of another format, or a file is there and ``force`` is not given.
    StorageError
        The disk or the system refused; a file that was there is as it was.
    """
    from analysis.survey.storing import write_file

    target = Path(path)
    form = target.suffix.removeprefix(".").lower()
    if form not in FORMATS:
        raise RequestError(unknown_code("format", form, FORMATS))
    figure = root_of(ax)
    words = getattr(figure, "alt_text", "") if alt is None else alt
    content = figure_bytes(
        figure, form, title=title or ax.get_title().replace("\n", " "), alt=words, lang=lang
    )
    write_file(target, content, force=force)
    return target


def figure_bytes(
    figure: Figure, form: str, *, title: str, alt: str, lang: str, prefix: str = "chart"
) -> bytes:
    """A figure as svg, png or pdf with title and alt text inside; the same bytes each time."""
    title, alt = show(title), show(alt)
    if form == "png":
        facts = {"Title": title, "Description": alt, "Software": None}
        return _save(figure, form, facts, pil_kwargs={"compress_level": COMPRESSION})
    if form == "pdf":
        names = {"Title": title, "Subject": alt, "Creator": MAKER, "Producer": MAKER}
        return _save(figure, form, {**names, "CreationDate": None})
    drawing = _save(figure, form, dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return _finish_svg(drawing, prefix=prefix, lang=lang, title=title, desc=alt)


def _save(figure: Figure, form: str, metadata: dict[str, str | None], **options: Any) -> bytes:
    content = io.BytesIO()
    look: Any = {"dpi": "figure", "facecolor": figure.get_facecolor(), "metadata": metadata, **options}
    with only_settings(SETTINGS):
        figure.savefig(content, format=form, **look)
    return content.getvalue()


def _finish_svg(drawing: bytes, *, prefix: str, lang: str, title: str, desc: str) -> bytes:
    """SVG with title, description, role and language, and identifiers that no other drawing on a page has."""
    register_namespace("", SVG)
    register_namespace("xlink", XLINK)
    root = fromstring(drawing)  # noqa: S314  (matplotlib wrote it)
    for parent, tag in ((root, "metadata"), *((defs, "style") for defs in root.iter(f"{{{SVG}}}defs"))):
        for element in parent.findall(f"{{{SVG}}}{tag}"):
            parent.remove(element)
    for element in root.iter():
        for name, value in list(element.attrib.items()):
            element.set(name, _own_reference(name, value, prefix))
    for place, (tag, text) in enumerate({"title": title, "desc": desc}.items()):
        element = Element(f"{{{SVG}}}{tag}", {"id": f"{prefix}-{tag}"})
        element.text = text
        root.insert(place, element)
    for name, value in {**ROOT_STYLE, "role": "img", "lang": lang, f"{{{XML}}}lang": lang}.items():
        root.set(name, value)
    root.set("aria-labelledby", f"{prefix}-title {prefix}-desc")
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _own_reference(name: str, value: str, prefix: str) -> str:
    """An attribute with the prefix where it names or points to an element, without the typeface."""
    if name == "id":
        return f"{prefix}-{value}"
    if name == f"{{{XLINK}}}href":
        return value.replace("#", f"#{prefix}-", 1)
    if name in {"style", "clip-path"}:
        return TYPEFACE.sub("", value.replace("url(#", f"url(#{prefix}-"))
    return value
