"""The charts of ours in a deck, wherever a presenter has put them, and the words that belong to them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from analysis.old.slides.powerpoint.native import TAG, Size
from analysis.old.slides.powerpoint.package import parse, relations, serialize
from analysis.old.slides.powerpoint.textboxes import EMU

PML = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
DML = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
PRESENTATION = "ppt/presentation.xml"
TITLES = ("title", "ctrTitle")


class Page(NamedTuple):
    """One slide of a deck: its number, its part, and its elements now and before."""

    number: int
    part: str
    root: Any
    before: bytes


class Found(NamedTuple):
    """One chart of ours: its page and frame, its name, and its parts where it has them."""

    page: Page
    frame: Any
    name: str
    part: str
    workbook: str | None
    drawing: str | None

    @property
    def size(self) -> Size:
        """How large the chart stands on its slide, in inches."""
        extent = self.frame.find(f"{PML}xfrm/{DML}ext")
        return Size(int(extent.get("cx")) / EMU, int(extent.get("cy")) / EMU)


def read_pages(parts: Mapping[str, bytes]) -> list[Page]:
    """The slides of a deck in their order."""
    links = relations(parts, PRESENTATION)
    entries = parse(parts[PRESENTATION]).iterfind(f"{PML}sldIdLst/{PML}sldId")
    names = [links[entry.get(LINK)] for entry in entries]
    roots = [(name, parse(parts[name])) for name in names]
    return [Page(number, name, root, serialize(root)) for number, (name, root) in enumerate(roots, 1)]


def find_charts(page: Page, parts: Mapping[str, bytes]) -> Iterator[Found]:
    """The charts of ours on a slide, by the names of their shapes."""
    links = relations(parts, page.part)
    for frame in page.root.iter(f"{PML}graphicFrame"):
        name = frame.find(f"{PML}nvGraphicFramePr/{PML}cNvPr").get("name", "")
        chart = next(frame.iter(f"{CHART}chart"), None)
        part = "" if chart is None else links.get(chart.get(LINK), "")
        if name.startswith(TAG) and part in parts:
            root, inside = parse(parts[part]), relations(parts, part)
            workbook, drawing = (
                inside.get(root.find(f"{CHART}{tag}").get(LINK))
                if root.find(f"{CHART}{tag}") is not None
                else None
                for tag in ("externalData", "userShapes")
            )
            yield Found(page, frame, name.removeprefix(TAG), part, workbook, drawing)


def title_of(page: Page) -> str:
    """The words of a slide's title."""
    for shape in page.root.iter(f"{PML}sp"):
        holder = shape.find(f"{PML}nvSpPr/{PML}nvPr/{PML}ph")
        if holder is not None and holder.get("type") in TITLES:
            return "".join(shape.itertext(f"{DML}t"))
    return ""


def write_words(chart: Found, *, alt: str, lines: Mapping[str, str], earlier: Collection[str] = ()) -> None:
    """The alt text of a chart, and the lines beside it that still stand on its slide.

    ``lines`` are the source, the subtitle and the large figure by the names of their boxes; a subtitle
    changes only where it is one of ``earlier`` waves, not what a presenter wrote.
    """
    chart.frame.find(f"{PML}nvGraphicFramePr/{PML}cNvPr").set("descr", alt)
    for shape in chart.page.root.iter(f"{PML}sp"):
        name = shape.find(f"{PML}nvSpPr/{PML}cNvPr").get("name", "")
        line = name.removeprefix(f"{TAG}{chart.name}:")
        if line not in lines or line == name:
            continue
        if line != "subtitle" or "".join(shape.itertext(f"{DML}t")) in earlier:
            _reword(shape, lines[line])


def _reword(shape: Any, words: str) -> None:
    """New words in the first paragraph that has any, in the type of its first run."""
    for paragraph in shape.iter(f"{DML}p"):
        runs = paragraph.findall(f"{DML}r")
        if runs and "".join(paragraph.itertext(f"{DML}t")) != words:
            runs[0].find(f"{DML}t").text = words
            for run in runs[1:]:
                paragraph.remove(run)
        if runs:
            return
