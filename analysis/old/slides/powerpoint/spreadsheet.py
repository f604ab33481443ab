"""Cells of a workbook changed in place: styles, formulas elsewhere and other sheets stay as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from analysis.old.slides.powerpoint.package import pack, parse, relations, serialize, unpack

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
SPACE = "{http://www.w3.org/XML/1998/namespace}space"
ROWS = r"\$(?P<column>[A-Z]{1,3})\$(?P<first>\d+)(?::\$(?P=column)\$(?P<last>\d+))?"
REFERENCE = re.compile(r"(?:'(?P<quoted>(?:[^']|'')+)'|(?P<plain>[^'!]+))!" + ROWS)

Value = str | float | None


class Range(NamedTuple):
    """Cells of one column of a sheet; rows as Excel counts them."""

    sheet: str
    column: str
    first: int
    last: int

    def __str__(self) -> str:
        """As a chart refers to it, such as ``Sheet1!$B$2:$B$6``."""
        plain = re.fullmatch(r"[A-Za-z_]\w*", self.sheet)
        sheet = self.sheet if plain else "'" + self.sheet.replace("'", "''") + "'"
        rows = [f"${self.column}${row}" for row in dict.fromkeys((self.first, self.last))]
        return f"{sheet}!{':'.join(rows)}"


class Cell(NamedTuple):
    """One cell: its sheet, its row and its column."""

    sheet: str
    row: int
    column: str


def read_range(formula: str) -> Range | None:
    """The cells that a chart refers to; nothing where they are not of one column."""
    found = REFERENCE.fullmatch(formula)
    if found is None:
        return None
    sheet = found["plain"] or found["quoted"].replace("''", "'")
    first = int(found["first"])
    return Range(sheet, found["column"], first, int(found["last"] or first))


def change_cells(blob: bytes, values: Mapping[Cell, Value]) -> bytes:
    """A workbook with some cells changed; the same bytes where they hold these values already.

    A string is written as a string, whatever it begins with; nothing empties a cell.
    """
    parts = unpack(blob)
    shared = _shared_strings(parts)
    changed = False
    for sheet, page in _pages(parts).items():
        root = parse(parts[page])
        wanted = {cell: value for cell, value in sorted(values.items()) if cell.sheet == sheet}
        written = [
            _change(root.find(f"{MAIN}sheetData"), cell, value, shared) for cell, value in wanted.items()
        ]
        if any(written):
            changed = True
            for stale in root.findall(f"{MAIN}dimension"):
                root.remove(stale)
            parts[page] = serialize(root)
    return pack(parts) if changed else blob


def strings_in(blob: bytes) -> set[str]:
    """All the strings that the sheets of a workbook hold."""
    parts = unpack(blob)
    shared = _shared_strings(parts)
    cells = (cell for page in _pages(parts).values() for cell in parse(parts[page]).iter(f"{MAIN}c"))
    return {value for value in (_value(cell, shared) for cell in cells) if isinstance(value, str)}


def _pages(parts: Mapping[str, bytes]) -> dict[str, str]:
    """The sheets of a workbook: name to part."""
    links = relations(parts, "xl/workbook.xml")
    sheets = parse(parts["xl/workbook.xml"]).iterfind(f"{MAIN}sheets/{MAIN}sheet")
    return {sheet.get("name"): links[sheet.get(LINK)] for sheet in sheets}


def _shared_strings(parts: Mapping[str, bytes]) -> list[str]:
    blob = parts.get("xl/sharedStrings.xml")
    return [] if blob is None else ["".join(entry.itertext(f"{MAIN}t")) for entry in parse(blob)]


def _change(data: Any, cell: Cell, value: Value, shared: list[str]) -> bool:
    """Write one cell, if it does not hold the value already; whether it was written."""
    line = _find(data, "row", str(cell.row))
    found = None if line is None else _find(line, "c", f"{cell.column}{cell.row}")
    if _value(found, shared) == value:
        return False
    if line is None:
        line = _insert(data, "row", str(cell.row))
    if found is None:
        found = _insert(line, "c", f"{cell.column}{cell.row}")
    line.attrib.pop("spans", None)
    found.attrib.pop("t", None)
    for child in list(found):
        found.remove(child)
    _fill(found, value)
    return True


def _fill(cell: Any, value: Value) -> None:
    from lxml.etree import SubElement

    if isinstance(value, str):
        cell.set("t", "inlineStr")
        text = SubElement(SubElement(cell, f"{MAIN}is"), f"{MAIN}t")
        text.text = value
        text.set(SPACE, "preserve")
    elif value is not None:
        SubElement(cell, f"{MAIN}v").text = repr(value)


def _find(parent: Any, tag: str, name: str) -> Any:
    return next((one for one in parent.iterfind(f"{MAIN}{tag}") if one.get("r") == name), None)


def _insert(parent: Any, tag: str, name: str) -> Any:
    """A new row or cell where the order of a sheet wants it."""
    from lxml.etree import Element

    new = Element(f"{MAIN}{tag}", r=name)
    later = [one for one in parent.iterfind(f"{MAIN}{tag}") if _order(one.get("r")) > _order(name)]
    if later:
        later[0].addprevious(new)
    else:
        parent.append(new)
    return new


def _order(name: str) -> tuple[int, str, int]:
    """What sorts names of cells and rows: A, B … Z, AA, then the number."""
    letters = name.rstrip("0123456789")
    return len(letters), letters, int(name[len(letters) :])


def _value(cell: Any, shared: list[str]) -> Value:
    """What a cell holds; a formula is taken for what it last gave."""
    if cell is None:
        return None
    kind, raw = cell.get("t"), cell.findtext(f"{MAIN}v")
    if kind == "inlineStr":
        return "".join(cell.itertext(f"{MAIN}t"))
    if not raw:
        return None
    return shared[int(raw)] if kind == "s" else raw if kind in {"str", "e"} else float(raw)
