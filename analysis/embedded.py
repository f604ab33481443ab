"""The workbook inside a native chart: labels are strings whatever they begin with, figures numbers."""

from __future__ import annotations

import io
import math
from datetime import datetime
from typing import TYPE_CHECKING

from analysis.package import EPOCH, inert

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

SHEET = "Sheet1"
WIDE, NARROW = 32, 18  # characters, of the columns with labels and with figures


def write_workbook(sheet: pd.DataFrame, forms: Sequence[str]) -> bytes:
    """A sheet as an Excel workbook, a number format for each of its columns; no date of the clock."""
    from xlsxwriter import Workbook

    buffer = io.BytesIO()
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
    return buffer.getvalue()


def cell_range(column: int, first: int, last: int) -> str:
    """Cells of one column, by row, as Excel names them: ``Sheet1!$B$2:$B$6``."""
    from xlsxwriter.utility import xl_col_to_name

    letter = xl_col_to_name(column)
    return f"{SHEET}!${letter}${first}" + (f":${letter}${last}" if last > first else "")


def number(value: float) -> float | int | None:
    """A cell's number as it is written: whole numbers without a point, nothing for NaN."""
    if math.isnan(value):
        return None
    return int(value) if float(value).is_integer() else float(value)
