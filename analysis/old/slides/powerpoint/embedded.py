"""The workbook inside a native chart: labels are strings whatever they begin with, figures numbers."""

from __future__ import annotations

import io
import math
from datetime import datetime
from typing import TYPE_CHECKING

from analysis.old.slides.powerpoint.package import EPOCH, inert
from analysis.old.slides.powerpoint.spreadsheet import Cell, Range, change_cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

SHEET = "Sheet1"
WIDE, NARROW = 32, 18  # characters, of the columns with labels and with figures


def write_workbook(sheet: pd.DataFrame, forms: Sequence[str]) -> bytes:
    """A sheet as an Excel workbook, a number format for each of its columns; no date of the clock."""
    from xlsxwriter import Workbook

    buffer, cells = io.BytesIO(), {}
    with Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(*EPOCH)})  # noqa: DTZ001  (no clock, so no zone)
        page = book.add_worksheet(SHEET)
        page.set_column(0, 0, WIDE)
        page.set_column(1, len(sheet.columns), NARROW)
        for row, label in enumerate(sheet.index, 1):
            page.write_string(row, 0, inert(str(label)))
        for column, (name, form) in enumerate(zip(sheet.columns, forms, strict=True), 1):
            page.write_string(0, column, inert(str(name)))
            figures = book.add_format({"num_format": form})
            for row, value in enumerate(sheet.iloc[:, column - 1], 1):
                if not math.isnan(value):
                    page.write_number(row, column, value, figures)
                    cells[Cell(SHEET, row + 1, column_name(column))] = value
    return change_cells(buffer.getvalue(), cells)  # Workbook writes 16 digits, which is one too few


def column_name(column: int) -> str:
    """A column as Excel names it; the first is A."""
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(column))


def cell_range(column: int, first: int, last: int) -> str:
    """Cells of one column, rows as Excel counts them, as a chart refers to them."""
    return str(Range(SHEET, column_name(column), first, last))


def number(value: float) -> float | int | None:
    """A cell's number as it is written: whole numbers without a point, nothing for NaN."""
    if math.isnan(value):
        return None
    return int(value) if float(value).is_integer() else float(value)
