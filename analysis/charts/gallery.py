"""The charts by name: the only list of them. A new kind is one file, and its line here.

And their files: SVG, PNG or PDF with title and alt text inside, the same bytes each time.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from xml.etree.ElementTree import Element, fromstring, register_namespace, tostring

from analysis.charts.chart import Chart, draw_chart
from analysis.charts.differences import DIFFERENCES
from analysis.charts.panel import ChartFigure, root_of
from analysis.charts.shares import CUMULATIVE, SHARES
from analysis.charts.stages import DIVERGING, STAGES
from analysis.charts.waves import WAVES
from analysis.errors import RequestError, show, unknown_code
from analysis.style import look_of, only_settings
from analysis.words.language import voice_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CHARTS: dict[str, Chart] = {
    chart.name: chart for chart in (STAGES, CUMULATIVE, DIFFERENCES, SHARES, WAVES, DIVERGING)
}
FORMATS = ("svg", "png", "pdf")
MAKER = "maturity-survey"
ROOT_STYLE = {  # once on the root, so that no style element reaches the page that a drawing stands in
    "font-family": '"Source Sans Pro", "Source Sans 3", Arial, sans-serif',
    "stroke-linejoin": "round",
    "stroke-linecap": "butt",
}
TYPEFACE = re.compile(r"font-family:[^;]*;?\s*")
COMPRESSION = 3  # of PNG: a third of the time of the usual 6 for files a tenth larger
SVG, XML = "http://www.w3.org/2000/svg", "http://www.w3.org/XML/1998/namespace"


def charts_of(frames: Mapping[str, pd.DataFrame]) -> list[str]:
    """The names of the charts that a survey bears, in the order of the gallery."""
    return [name for name, chart in CHARTS.items() if chart.bears(frames)]


def draw_figure(
    chart: str,
    frames: Mapping[str, pd.DataFrame],
    *,
    lang: str | None = None,
    size: str = "wide",
    theme: str = "light",
) -> ChartFigure:
    """A chart as a figure apart from pyplot, in a size and on a theme; its words are its ``alt_text``.

    Raises
    ------
    RequestError
        There is no such chart, size or theme, or the survey does not bear the chart.
    """
    if chart not in CHARTS:
        raise RequestError(unknown_code("chart", chart, list(CHARTS)))
    kind, look = CHARTS[chart], look_of(size, theme)
    frame = frames.get(kind.frame)
    if frame is None:
        able = ", ".join(charts_of(frames))
        raise RequestError(f"this survey has no figures for the chart '{chart}'; it has figures for {able}")
    ax = draw_chart(kind, frame, voice_of(frame, lang), look=look, pyplot=False)
    return cast("ChartFigure", root_of(ax))


def chart_files(
    chart: str,
    frames: Mapping[str, pd.DataFrame],
    formats: tuple[str, ...],
    *,
    lang: str | None = None,
    size: str = "wide",
    theme: str = "light",
) -> dict[str, bytes]:
    """A chart as files (svg, png, pdf) with title and alt text inside, drawn once; the same bytes each time.

    Raises
    ------
    RequestError
        As of ``draw_figure``.
    """
    figure = draw_figure(chart, frames, lang=lang, size=size, theme=theme)
    words = {"title": figure.finding, "alt": figure.alt_text, "lang": figure.lang}
    prefix = f"{chart}-{size}-{theme}"
    return {form: figure_bytes(figure, form, prefix=prefix, **words) for form in formats}


def save_chart(
    ax: Axes,
    path: str | Path,
    *,
    alt: str | None = None,
    title: str | None = None,
    lang: str | None = None,
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
    lang : str, optional
        Language of the words on it; left out, that which the chart was drawn in.
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
    spoken = str(lang or getattr(figure, "lang", "en"))
    content = figure_bytes(
        figure, form, title=title or ax.get_title().replace("\n", " "), alt=words, lang=spoken
    )
    write_file(target, content, force=force)
    return target


def figure_bytes(
    figure: Figure, form: str, *, title: str, alt: str, lang: str, prefix: str = "chart"
) -> bytes:
    """A figure as svg, png or pdf with title and alt text inside; the same bytes each time."""
    title, alt = show(title), show(alt)
    options: Any = {"metadata": dict.fromkeys(("Date", "Creator", "Format", "Type"))}
    if form == "png":
        options = {"metadata": {"Title": title, "Description": alt, "Software": None}}
        options["pil_kwargs"] = {"compress_level": COMPRESSION}
    elif form == "pdf":
        names = {"Title": title, "Subject": alt, "Creator": MAKER, "Producer": MAKER}
        options = {"metadata": {**names, "CreationDate": None}}
    content = io.BytesIO()
    settings = {"svg.fonttype": "none", "svg.hashsalt": prefix, "pdf.fonttype": 42}  # journals refuse Type 3
    with only_settings(settings):
        figure.savefig(content, format=form, dpi="figure", facecolor=figure.get_facecolor(), **options)
    drawing = content.getvalue()
    if form != "svg":
        return drawing
    return _finish_svg(drawing, prefix=prefix, lang=lang, title=title, desc=alt)


def _finish_svg(drawing: bytes, *, prefix: str, lang: str, title: str, desc: str) -> bytes:
    """SVG with title, description, role and language, without names or styles that reach beyond it."""
    register_namespace("", SVG)
    register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = fromstring(drawing)  # noqa: S314  (matplotlib wrote it)
    for element in root.iter():
        for child in element.findall(f"{{{SVG}}}style"):
            element.remove(child)
        if element.tag == f"{{{SVG}}}g":
            element.attrib.pop("id", None)
        if "style" in element.attrib:
            element.set("style", TYPEFACE.sub("", element.attrib["style"]))
    for place, (tag, text) in enumerate({"title": title, "desc": desc}.items()):
        element = Element(f"{{{SVG}}}{tag}", {"id": f"{prefix}-{tag}"})
        element.text = text
        root.insert(place, element)
    for name, value in {**ROOT_STYLE, "role": "img", "lang": lang, f"{{{XML}}}lang": lang}.items():
        root.set(name, value)
    root.set("aria-labelledby", f"{prefix}-title {prefix}-desc")
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"
