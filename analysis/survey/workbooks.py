"""The sheet of a workbook that holds the table, as Excel shows it.

A workbook is measured before it is unpacked. What it does not show (sheets, rows, columns, numbers), or
shows without holding it (formulas without a stored value, merged cells), is refused by its place. openpyxl
reads the cells and their number formats; python-calamine is 25 times faster, but tells of neither hidden
rows nor formats, and a workbook of 5 KB with one cell in XFD1048576 aborts its process.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import reduce
from pathlib import Path
from typing import IO, Any, NamedTuple
from xml.parsers.expat import ParserCreate

from analysis.errors import quote, shorten, show
from analysis.survey.cells import LOOKED_AT, known_names
from analysis.survey.ledger import Ledger, span
from analysis.survey.opening import open_plain

LONGEST_LIST = 60  # characters of the numbers of hidden rows
MOST_ENTRIES = 2000  # files in a workbook; it has some twenty
MOST_UNPACKED = 10_000_000  # bytes of a table's workbook once unpacked
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384  # of any sheet
MOST_CELLS = 5_000_000  # from the first column to the last filled one, over all rows
LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[[^\]]*\]|[_*].')  # in a number format, what is no place of a digit
FIGURE = re.compile(r"(?P<whole>[#?0,]*)(?:\.(?P<decimals>[0#?]*))?(?P<scale>,*)(?P<percent>%?)")


class SheetGrid(NamedTuple):
    """The sheet with the table: its name, its rows of cells as openpyxl gives them (None where empty).

    ``header`` is the place of the header in ``rows``; line numbers are places plus one.
    """

    title: str
    rows: list[list[Any]]
    header: int


def open_workbook(
    path: str | Path, ledger: Ledger, names: Collection[str] = (), *, most: int = MOST_UNPACKED
) -> SheetGrid:
    """The sheet of a workbook that holds the table: the only visible one, or the only one with the header.

    The header is the row of the first twenty that has most of the ``names``; ``most`` are the bytes that the
    workbook may unpack to. Hidden rows and columns, merged cells and formulas without a stored value are
    problems in the ledger; SurveyDataError where it is too large, damaged, empty, or no single sheet is the
    table's.
    """
    with open_plain(path, ledger) as file:
        _measure(file, ledger, most)
        try:
            sheets = list(_load_sheets(file, ledger))
        except (zipfile.BadZipFile, EOFError):
            raise _damaged(ledger) from None
    visible = {title: rows for title, rows, is_visible, _ in sheets if is_visible and any(map(any, rows))}
    hidden = [title for title, rows, is_visible, _ in sheets if not is_visible and any(map(any, rows))]
    if not visible:
        problem = f"only hidden sheets hold something: {_listed(hidden)}; show the one with the table"
        raise ledger.stop("", "", "", "empty-file", problem if hidden else "the workbook is empty")
    title = _choose_sheet(visible, names, ledger)
    rows = visible[title]
    ledger.note(f"read from the sheet {quote(title)} of the workbook")
    if hidden:
        ledger.note(f"hidden sheets left out: {_listed(hidden)}")
    header = _find_header(rows, names)
    if header and any(map(any, rows[:header])):
        above = " ".join(_texts([cell for row in rows[:header] for cell in row]))
        ledger.note(f"what is above the header was left out: {quote(above)}")
    shape = next(shape for name, _, _, shape in sheets if name == title)
    _refuse_unseen(rows, header, shape, ledger)
    return SheetGrid(title, rows, header)


def show_cell(cell: Any, line: int, ledger: Ledger) -> str:
    """What Excel shows in a cell; a problem where it shows another number than it holds, or nothing."""
    if cell is None:
        return ""
    value = cell.value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if not isinstance(value, int | float):
        return str(value)
    exact = Decimal(repr(value))
    shown, percent = _formatted(exact, str(cell.number_format))
    exact = exact * 100 if percent else exact
    if shown is None:
        hides = f"the number format {quote(cell.number_format)} hides the number {exact:f}"
        ledger.refuse(line, "", f"{exact:f}", "hidden-value", f"{hides}; show or delete it")
    elif shown != exact and abs(shown - exact) > abs(exact).scaleb(-12):
        problem = f"a cell shows {shown} but holds {exact:f}: two readings; type the number that is meant"
        ledger.refuse(line, "", f"{exact:f}", "two-readings", problem)
    return f"{exact if shown is None else shown:f}" + ("%" if percent else "")


class _Shape:
    """What the XML of a sheet says that openpyxl does not tell while it streams."""

    def __init__(self) -> None:
        self.rows: set[int] = set()  # hidden ones
        self.columns: set[int] = set()  # hidden ones
        self.merged: list[str] = []
        self.unvalued: list[tuple[int, str]] = []  # formulas without a stored value, by row
        self.is_too_large = False
        self._line, self._cells, self._hides = 0, 0, False
        self._cell, self._formula, self._value, self._text = "", False, False, False

    def read(self, source: IO[bytes]) -> None:
        """Read the XML once, element by element, and stop where it grows too large."""
        parser = ParserCreate(namespace_separator="}")
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._characters
        while chunk := source.read(1 << 16):
            parser.Parse(chunk)
            if self.is_too_large:
                return

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition("}")[2]:
            case "c":
                self._cell = attributes.get("r", "")
                self._formula, self._value = False, attributes.get("t") == "str"
                self._cells += _column(self._cell)
            case "f":
                self._formula = True
            case "v":
                self._text = True
            case "row":
                self._line = int(attributes.get("r", self._line + 1))
                height = attributes.get("ht")
                if _says(attributes, "hidden") or (self._hides if height is None else float(height) < 1):
                    self.rows.add(self._line)
            case "col" if _says(attributes, "hidden") or float(attributes.get("width", 1)) < 0.1:
                last = min(int(attributes["max"]), LAST_COLUMN)
                self.columns.update(range(int(attributes["min"]), last + 1))
            case "sheetFormatPr":
                self._hides = _says(attributes, "zeroHeight") or attributes.get("defaultRowHeight") == "0"
            case "mergeCell":
                self.merged.append(attributes.get("ref", ""))
        self.is_too_large |= self._line > LAST_ROW or self._cells > MOST_CELLS

    def _characters(self, text: str) -> None:
        self._value |= self._text and bool(text.strip())

    def _end(self, name: str) -> None:
        if name.endswith("}v"):
            self._text = False
        elif name.endswith("}c") and self._formula and not self._value:
            self.unvalued.append((self._line, self._cell))


def _says(attributes: dict[str, str], name: str) -> bool:
    return attributes.get(name) in {"1", "true"}


def _column(reference: str) -> int:
    """The number of a cell's column: 28 of ``AB3``."""
    letters = reference.rstrip("0123456789")
    return reduce(lambda number, letter: 26 * number + ord(letter) - 64, letters, 0)


def _measure(file: IO[bytes], ledger: Ledger, most: int) -> None:
    """Refuse a workbook that unpacks to too much, by what its index says, before anything is unpacked."""
    try:
        with zipfile.ZipFile(file) as parts:
            entries = parts.infolist()
    except Exception as error:
        raise _damaged(ledger) from error
    xml = sum(part.file_size for part in entries if part.filename.endswith((".xml", ".rels", ".vml")))
    if len(entries) > MOST_ENTRIES or xml > most:
        problem = f"the workbook unpacks to more than {most // 10**6} MB; give the table alone"
        raise ledger.stop("", "", "", "too-large", problem)


def _damaged(ledger: Ledger) -> Exception:
    problem = "the file is no sound Excel workbook; save it anew in Excel, best as 'CSV UTF-8'"
    return ledger.stop("", "", "", "not-text", problem)


def _load_sheets(file: IO[bytes], ledger: Ledger) -> Iterator[tuple[str, list[list[Any]], bool, _Shape]]:
    """Name, rows, whether it is visible, and shape of each sheet."""
    import warnings

    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of styles and validations, which do not matter here
        try:
            file.seek(0)
            book = openpyxl.load_workbook(io.BytesIO(file.read()), read_only=True, data_only=True)
            worksheets = list(book.worksheets)
        except Exception as error:
            raise _damaged(ledger) from error
        for sheet in worksheets:
            shape = _Shape()
            try:
                with sheet._get_source() as source:  # noqa: SLF001  (no API for the XML of a streamed sheet)
                    shape.read(source)
                if not shape.is_too_large:
                    sheet.reset_dimensions()  # which some tools write wrongly, so that rows would be lost
                    found = sheet.iter_rows()
                    rows = [[None if cell.value is None else cell for cell in row] for row in found]
            except Exception as error:
                raise _damaged(ledger) from error
            if shape.is_too_large:
                problem = f"the sheet {quote(sheet.title)} is larger than a table; delete what lies far out"
                raise ledger.stop("", "", "", "too-large", problem)
            yield sheet.title, rows, sheet.sheet_state == "visible", shape


def _choose_sheet(visible: dict[str, list[list[Any]]], names: Collection[str], ledger: Ledger) -> str:
    headers = {title: rows[_find_header(rows, names)] for title, rows in visible.items()}
    headed = [title for title, row in headers.items() if len(known_names(_texts(row), names)) > 1]
    if len(visible) == 1 or len(headed) != 1:
        if len(visible) > 1:
            problem = f"several sheets hold something: {_listed(visible)}; leave only the one with the table"
            raise ledger.stop("", "", "", "several-sheets", problem)
        return next(iter(visible))
    others = _listed(title for title in visible if title != headed[0])
    ledger.warn(f"other sheets of the workbook are left out, since they have no such header: {others}")
    return headed[0]


def _find_header(rows: Sequence[Sequence[Any]], names: Collection[str]) -> int:
    """The place of the row with most of the names; the first row where none has two of them."""
    known = [len(known_names(_texts(row), names)) for row in rows[:LOOKED_AT]]
    return known.index(max(known)) if max(known) >= min(2, len(names)) else 0


def _texts(row: Sequence[Any]) -> list[str]:
    return [str(cell.value) for cell in row if cell is not None]


def _listed(titles: Iterable[str]) -> str:
    return ", ".join(map(quote, titles))


def _refuse_unseen(rows: Sequence[Sequence[Any]], header: int, shape: _Shape, ledger: Ledger) -> None:
    """What stands where the person who sees the sheet does not see it, or is not there although it shows."""
    lines = [line for line in sorted(shape.rows) if line <= len(rows) and any(rows[line - 1])]
    if lines:
        problem = "what stands here is hidden in the workbook, as by a filter; show all rows, or delete these"
        ledger.refuse(shorten(span(lines), LONGEST_LIST), "", "", "hidden-rows", problem)
    for column in sorted(shape.columns & set(range(1, max(map(len, rows)) + 1))):
        cells = [row[column - 1] for row in rows if len(row) >= column and row[column - 1] is not None]
        if cells:
            name = str(cells[0].value)
            problem = f"column {column} ({quote(name)}) is hidden in the workbook; show it, or delete it"
            ledger.refuse("", name, "", "hidden-columns", problem)
    for line, cell in shape.unvalued:
        if line > header:
            problem = f"cell {show(cell)} holds a formula without a stored value; open and save it in Excel"
            ledger.refuse(line, "", "", "formula-without-value", problem)
    for reference in shape.merged:
        last = re.search(r"[0-9]+$", reference)
        if last and int(last[0]) > header:
            first = re.sub(r"[^0-9]", "", reference.partition(":")[0])
            problem = f"cells {show(reference)} are merged; unmerge them, and write the value into each"
            ledger.refuse(first, "", "", "merged-cells", problem)


def _formatted(exact: Decimal, number_format: str) -> tuple[Decimal | None, bool]:
    """The number that a format shows, None where it shows none, and whether it shows it as per cent."""
    bare = LITERAL.sub(lambda part: "\0" if part[1] or part[2] else "", number_format)
    sections = bare.split(";")
    position = 1 if exact < 0 else 2 if exact == 0 else 0
    section = sections[position if position < len(sections) else 0].strip()
    digits = re.sub(r"[\0 ()+-]", "", section)
    found = FIGURE.fullmatch(digits)
    if not section or (not digits and exact):
        return None, False
    if found is None or not digits:
        return exact, False
    thousands = len(found["whole"]) - len(found["whole"].rstrip(",")) + len(found["scale"])
    value = (exact * 100 if found["percent"] else exact).scaleb(-3 * thousands)
    with suppress(InvalidOperation):
        value = value.quantize(Decimal(1).scaleb(-len(found["decimals"] or "")), ROUND_HALF_UP)
    return value, bool(found["percent"])
