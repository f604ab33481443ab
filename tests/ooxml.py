"""What a deck is made of, read without python-pptx: parts, charts, workbooks, the order PowerPoint wants."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
from lxml import etree
from openxml_audit import OpenXmlValidator

C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"

# ECMA-376, part 1, 21.2.2: the order of children, of the elements that the charts use.
LABEL = "layout tx numFmt spPr txPr dLblPos showLegendKey showVal showCatName showSerName showPercent"
LABEL += " showBubbleSize separator"
AXIS = "axId scaling delete axPos majorGridlines minorGridlines title numFmt majorTickMark minorTickMark"
AXIS += " tickLblPos spPr txPr crossAx crosses crossesAt"
ORDER = {
    "chartSpace": "date1904 lang roundedCorners style chart spPr txPr externalData userShapes extLst",
    "chart": "title autoTitleDeleted plotArea legend plotVisOnly dispBlanksAs showDLblsOverMax extLst",
    "plotArea": "layout barChart lineChart catAx valAx spPr extLst",
    "barChart": "barDir grouping varyColors ser dLbls gapWidth overlap serLines axId extLst",
    "lineChart": "grouping varyColors ser dLbls dropLines hiLowLines upDownBars marker smooth axId extLst",
    "ser": "idx order tx spPr invertIfNegative marker dPt dLbls trendline errBars cat val smooth extLst",
    "dLbls": f"dLbl {LABEL} showLeaderLines extLst",
    "dLbl": f"idx delete {LABEL} extLst",
    "errBars": "errDir errBarType errValType noEndCap plus minus val spPr extLst",
    "catAx": f"{AXIS} auto lblAlgn lblOffset tickLblSkip noMultiLvlLbl extLst",
    "valAx": f"{AXIS} crossBetween majorUnit minorUnit dispUnits extLst",
    "scaling": "logBase orientation max min extLst",
    "legend": "legendPos legendEntry layout overlay spPr txPr extLst",
    "manualLayout": "layoutTarget xMode yMode wMode hMode x y w h extLst",
}


def parts_of(path: Path) -> dict[str, bytes]:
    """The parts of an Office file by name."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def charts_of(parts: dict[str, bytes]) -> Iterator[tuple[str, etree._Element]]:
    """The chart parts of a deck."""
    for name, blob in parts.items():
        if name.startswith("ppt/charts/chart"):
            yield name, etree.fromstring(blob)


def misplaced(root: etree._Element) -> list[str]:
    """The children that do not stand where the schema wants them."""
    found = []
    for element in root.iter(etree.Element):
        name = etree.QName(element)
        if name.namespace == C[1:-1] and name.localname in ORDER and len(element):
            order = ORDER[name.localname].split()
            children = [etree.QName(child).localname for child in element]
            places = [order.index(child) if child in order else -1 for child in children]
            if places != sorted(places) or -1 in places:
                found.append(f"{name.localname}: {children}")
    return found


def change(path: Path, part: str, old: bytes | str, new: bytes | str | Callable[[re.Match], bytes]) -> None:
    """Another text in the parts of a file whose name matches."""
    sought, put = (text.encode() if isinstance(text, str) else text for text in (old, new))
    parts = parts_of(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, blob in parts.items():
            archive.writestr(name, re.sub(sought, put, blob) if re.fullmatch(part, name) else blob)


def breaches(path: Path) -> list[str]:
    """Where an Office file breaks the schemas of Office."""
    return [str(error) for error in OpenXmlValidator().validate(path).errors]


def cells_of(workbook: bytes) -> list[list[object]]:
    """The cells of the first sheet, row by row."""
    page = openpyxl.load_workbook(io.BytesIO(workbook)).worksheets[0]
    return [[cell.value for cell in row] for row in page.iter_rows()]
