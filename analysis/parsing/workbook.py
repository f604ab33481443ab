"""The one filled sheet of an Excel workbook as records of cells, each number as Excel shows it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from analysis.errors import quote
from analysis.parsing.ledger import Ledger
from analysis.parsing.sheets import known_names
from analysis.parsing.tokens import Record

MOST_BYTES = 10_000_000  # of a workbook's text once unpacked
FIXED_FORMAT = re.compile(r"(?:#,##)?0(?:\.(?P<decimals>0+))?(?P<percent> ?%)?")


def read_workbook(data: bytes, ledger: Ledger, names: Sequence[str]) -> Iterator[Record]:
    """One record per row of the sheet with the table; lines are the rows that Excel shows.

    That is the only sheet that holds anything, else the only one whose first row has some of ``names``.

    Raises
    ------
    SurveyDataError
        It is no sound workbook, no single sheet is the table's, or openpyxl (extra ``io``) is absent.
    """
    filled = {title: rows for title, rows in _load(data, ledger) if any(map(any, rows))}
    if not filled:
        raise ledger.stop("", "", "", "empty-file", "the workbook is empty")
    headed = {title: rows for title, rows in filled.items() if len(known_names(_texts(rows[0]), names)) > 1}
    sheets = headed if len(filled) > 1 and len(headed) == 1 else filled
    if len(sheets) > 1:
        listed = ", ".join(map(quote, sheets))
        problem = f"several sheets hold something: {listed}; leave only the one with the table"
        raise ledger.stop("", "", "", "several-sheets", problem)
    title, rows = next(iter(sheets.items()))
    ledger.note(f"read from the sheet {quote(title)} of the workbook")
    if len(filled) > 1:
        others = ", ".join(quote(other) for other in filled if other != title)
        ledger.warn(f"other sheets of the workbook are left out, since they have no such header: {others}")
    width = max(map(len, rows))
    for line, row in enumerate(rows, start=1):
        cells = [_show_cell(cell, line, ledger) for cell in row]
        yield Record(line, cells + [""] * (width - len(cells)))


def _texts(row: Sequence[Any]) -> list[str]:
    return [str(cell.value) for cell in row if cell is not None]


def _load(data: bytes, ledger: Ledger) -> list[tuple[str, list[list[Any]]]]:
    """Title and cells of each sheet; a cell is None, or has a value and a number format."""
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
            return [(sheet.title, _read_rows(sheet)) for sheet in book.worksheets]
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
