"""The one filled sheet of an Excel workbook as records of cells, each number as Excel shows it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple
from xml.parsers.expat import ParserCreate

from analysis.errors import quote, shorten
from analysis.survey.ledger import Ledger, span
from analysis.survey.parsing.sheets import known_names
from analysis.survey.parsing.tokens import Record

MOST_BYTES = 10_000_000  # of a workbook's text once unpacked
FIXED_FORMAT = re.compile(r"(?:#,##)?0(?:\.(?P<decimals>0+))?(?P<percent> ?%)?")
LONGEST_LIST = 60  # characters of the numbers of hidden rows
LAST_COLUMN = 16_384  # of any sheet


class Hidden(NamedTuple):
    """What Excel does not show of a sheet, as by a filter: numbers of rows and of columns."""

    rows: set[int]
    columns: set[int]


class Grid(NamedTuple):
    """What a sheet holds: rows of cells, each None or with a value and a number format."""

    rows: list[list[Any]]
    hidden: Hidden


def read_workbook(data: bytes, ledger: Ledger, names: Sequence[str]) -> Iterator[Record]:
    """One record per row of the sheet with the table; lines are the rows that Excel shows.

    That is the only sheet that holds anything, else the only one whose first row has some of ``names``.

    Raises
    ------
    SurveyDataError
        It is no sound workbook, no single sheet is the table's, or openpyxl (extra ``io``) is absent.
    """
    filled = {title: grid for title, grid in _load(data, ledger) if any(map(any, grid.rows))}
    if not filled:
        raise ledger.stop("", "", "", "empty-file", "the workbook is empty")
    headed = {
        title: grid for title, grid in filled.items() if len(known_names(_texts(grid.rows[0]), names)) > 1
    }
    sheets = headed if len(filled) > 1 and len(headed) == 1 else filled
    if len(sheets) > 1:
        listed = ", ".join(map(quote, sheets))
        problem = f"several sheets hold something: {listed}; leave only the one with the table"
        raise ledger.stop("", "", "", "several-sheets", problem)
    title, grid = next(iter(sheets.items()))
    ledger.note(f"read from the sheet {quote(title)} of the workbook")
    if len(filled) > 1:
        others = ", ".join(quote(other) for other in filled if other != title)
        ledger.warn(f"other sheets of the workbook are left out, since they have no such header: {others}")
    _refuse_hidden(grid, ledger)
    width = max(map(len, grid.rows))
    for line, row in enumerate(grid.rows, start=1):
        cells = [_show_cell(cell, line, ledger) for cell in row]
        yield Record(line, cells + [""] * (width - len(cells)))


def find_hidden(sheet: Any) -> Hidden:
    """What is hidden of a sheet that openpyxl streams, for it does not tell that itself."""
    hidden, line = Hidden(set(), set()), 0

    def take(name: str, attributes: dict[str, str]) -> None:
        nonlocal line
        is_row, is_hidden = name.endswith("}row"), attributes.get("hidden") in {"1", "true"}
        line = int(attributes.get("r", line + 1)) if is_row else line
        if is_hidden and is_row:
            hidden.rows.add(line)
        elif is_hidden and name.endswith("}col"):
            last = min(int(attributes["max"]), LAST_COLUMN)
            hidden.columns.update(range(int(attributes["min"]), last + 1))

    parser = ParserCreate(namespace_separator="}")
    parser.StartElementHandler = take
    with sheet._get_source() as source:  # noqa: SLF001  (no API for the XML of a streamed sheet)
        parser.ParseFile(source)
    return hidden


def list_rows(lines: Iterable[int]) -> str:
    """Numbers of rows as people write them, cut where they are very many."""
    return shorten(span(lines), LONGEST_LIST)


def _refuse_hidden(grid: Grid, ledger: Ledger) -> None:
    """What is hidden but filled could be meant or not; the person who sees the sheet does not see it."""
    lines = [line for line, row in enumerate(grid.rows, start=1) if line in grid.hidden.rows and any(row)]
    if lines:
        problem = "what stands here is hidden in the workbook, as by a filter; show all rows, or delete these"
        ledger.refuse(list_rows(lines), "", "", "hidden-rows", problem)
    for column in sorted(grid.hidden.columns & set(range(1, max(map(len, grid.rows)) + 1))):
        cells = [cell for row in grid.rows for cell in row[column - 1 : column] if cell is not None]
        if cells:
            name = str(cells[0].value)
            problem = f"column {column} ({quote(name)}) is hidden in the workbook; show it, or delete it"
            ledger.refuse("", name, "", "hidden-columns", problem)


def _texts(row: Sequence[Any]) -> list[str]:
    return [str(cell.value) for cell in row if cell is not None]


def _load(data: bytes, ledger: Ledger) -> list[tuple[str, Grid]]:
    """Title and content of each sheet."""
    try:
        import openpyxl
    except ImportError as error:
        problem = "reading .xlsx needs openpyxl: pip install 'maturity-survey[io]', or save it as 'CSV UTF-8'"
        raise ledger.stop("", "", "", "not-text", problem) from error
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist() if part.filename.endswith(".xml"))
        if unpacked <= MOST_BYTES:
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
            return [(sheet.title, Grid(_read_rows(sheet), find_hidden(sheet))) for sheet in book.worksheets]
    except Exception as error:
        problem = "the file is no sound Excel workbook; save it anew in Excel, best as 'CSV UTF-8'"
        raise ledger.stop("", "", "", "not-text", problem) from error
    problem = f"the workbook unpacks to more than {MOST_BYTES // 10**6} MB; give the table alone"
    raise ledger.stop("", "", "", "too-large", problem)


def _read_rows(sheet: Any) -> list[list[Any]]:
    sheet.reset_dimensions()
    return [[cell if cell.value is not None else None for cell in row] for row in sheet.iter_rows()]


def _show_cell(cell: Any, line: int, ledger: Ledger) -> str:
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
    match = FIXED_FORMAT.fullmatch(cell.number_format)
    if match is None:
        return _plain(exact)
    exact = exact * 100 if match["percent"] else exact
    shown = exact.quantize(Decimal(1).scaleb(-len(match["decimals"] or "")), ROUND_HALF_UP)
    if shown != exact:
        problem = (
            f"a cell shows {shown} but holds {_plain(exact)}: two readings; type the number that is meant"
        )
        ledger.refuse(line, "", _plain(exact), "two-readings", problem)
    return _plain(shown) + ("%" if match["percent"] else "")


def _plain(number: Decimal) -> str:
    return f"{number:f}"
