"""The workbook inside a chart: strings stay strings, numbers exact, and cells change in place."""

from __future__ import annotations

import io

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from analysis.old.slides.powerpoint.embedded import write_workbook
from analysis.old.slides.powerpoint.spreadsheet import Cell, Range, change_cells, read_range

SHEET = pd.DataFrame([[0.19, 8.7], [0.5, float("nan")]], index=["=1+1", "b"], columns=["http://x", "y"])


def book() -> bytes:
    return write_workbook(SHEET, ["0%", "0.0"])


def cells(blob: bytes) -> list[list[object]]:
    page = openpyxl.load_workbook(io.BytesIO(blob))["Sheet1"]
    return [[cell.value for cell in row] for row in page.iter_rows()]


def test_a_workbook_holds_strings_and_numbers_exactly():
    assert cells(book()) == [[None, "http://x", "y"], ["=1+1", 0.19, 8.7], ["b", 0.5, None]]


@settings(max_examples=30)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5))
def test_any_number_is_read_back_as_it_was(values):
    blob = write_workbook(pd.DataFrame({"x": values}), ["General"])
    assert [row[1] for row in cells(blob)[1:]] == values


def test_a_label_that_looks_like_a_formula_is_a_string():
    page = openpyxl.load_workbook(io.BytesIO(book()))["Sheet1"]
    assert page["A2"].data_type == "s"
    assert page["B1"].hyperlink is None


def test_the_same_sheet_gives_the_same_workbook():
    assert book() == book()


def test_changed_cells_keep_their_styles_and_others_their_values():
    changed = change_cells(
        book(), {Cell("Sheet1", 2, "B"): 0.21, Cell("Sheet1", 3, "A"): "=2", Cell("Sheet1", 4, "A"): "c"}
    )
    assert cells(changed) == [
        [None, "http://x", "y"],
        ["=1+1", 0.21, 8.7],
        ["=2", 0.5, None],
        ["c", None, None],
    ]
    page = openpyxl.load_workbook(io.BytesIO(changed))["Sheet1"]
    assert page["B2"].number_format == "0%"
    assert page["A3"].data_type == "s"


def test_a_cell_can_be_emptied():
    assert cells(change_cells(book(), {Cell("Sheet1", 2, "C"): None}))[1] == ["=1+1", 0.19, None]


def test_cells_that_hold_their_values_already_leave_every_byte():
    held = {Cell("Sheet1", 2, "B"): 0.19, Cell("Sheet1", 2, "A"): "=1+1", Cell("Sheet1", 9, "Z"): None}
    assert change_cells(book(), held) is not None
    assert change_cells(blob := book(), held) == blob


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        ("Sheet1!$B$2:$B$6", Range("Sheet1", "B", 2, 6)),
        ("Sheet1!$B$1", Range("Sheet1", "B", 1, 1)),
        ("'My ''own'' sheet'!$AA$2:$AA$3", Range("My 'own' sheet", "AA", 2, 3)),
        ("Sheet1!$B$2:$C$6", None),
        ("(Sheet1!$B$2,Sheet1!$B$4)", None),
        ("name", None),
    ],
)
def test_references_of_charts_are_read(formula, found):
    assert read_range(formula) == found
    if found:
        assert str(found) == formula
