"""Excel workbooks as records of cells."""

import io
import zipfile
from datetime import date

import openpyxl
import pytest
from incoming import LINES

from analysis.codebook import COLUMNS, load_codebook
from analysis.errors import SurveyDataError
from analysis.survey.parsing.ledger import Ledger
from analysis.survey.parsing.workbook import find_hidden, read_workbook
from analysis.survey.table import read_rows


def workbook(rows, number_format=None, extra=()):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    if number_format:
        for row in sheet.iter_rows(min_row=2, min_col=4, max_col=4):
            row[0].number_format = number_format
    if extra:
        book.create_sheet("older").append(extra)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def partly_hidden():
    """The rows in a workbook that hides lines 3, 4 and 9, an empty row and the columns E and Z."""
    book = openpyxl.load_workbook(io.BytesIO(workbook(ROWS)))
    for line in (3, 4, 9, 100):
        book.active.row_dimensions[line].hidden = True
    for letter in "EZ":
        book.active.column_dimensions[letter].hidden = True
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def typed(line):
    *codes, percent, n, source = line.split(",")
    return [*codes, float(percent), int(n), source]


ROWS = [LINES[0].split(","), *map(typed, LINES[1:])]


def cells(data, ledger=None):
    return [record.cells for record in read_workbook(data, ledger or Ledger("book"), COLUMNS)]


def refusal(data):
    with pytest.raises(SurveyDataError) as caught:
        cells(data)
    return caught.value.problems[0]


def test_a_workbook_reads_as_its_csv_would(tmp_path):
    path = tmp_path / "wave.xlsx"
    path.write_bytes(workbook(ROWS))
    table = read_rows(path, load_codebook())
    assert table.problems == ()
    assert [(row.line, row.percent, row.n) for row in table.rows][7] == (9, "24", 50)


def test_rows_have_the_numbers_that_excel_shows_and_one_width():
    book = openpyxl.Workbook()
    book.active["A1"], book.active["C3"] = "wave", 1.5
    content = io.BytesIO()
    book.save(content)
    records = list(read_workbook(content.getvalue(), Ledger("book"), COLUMNS))
    assert [(record.line, record.cells) for record in records] == [
        (1, ["wave", "", ""]),
        (2, ["", "", ""]),
        (3, ["", "", "1.5"]),
    ]


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (0.19, "0%", "19%"),
        (0.195, "0.0%", "19.5%"),
        (16.0, "0.0", "16.0"),
        (1250, "#,##0", "1250"),
        (0.1, "General", "0.1"),
        (1e-07, "General", "0.0000001"),
        (True, "General", "TRUE"),
        (date(2020, 9, 1), "yyyy-mm-dd", "2020-09-01T00:00:00"),
        ("=1+1", "General", "=1+1"),
    ],
)
def test_a_cell_is_what_it_shows(value, number_format, shown):
    assert cells(workbook([["h"] * 4, ["a", "b", "c", value]], number_format))[1][3] == shown


@pytest.mark.parametrize(("value", "number_format"), [(0.1875, "0%"), (18.75, "0"), (18.75, "0.0")])
def test_a_number_that_shows_otherwise_than_it_is_has_two_readings(value, number_format):
    ledger = Ledger("book")
    cells(workbook([["h"] * 4, ["a", "b", "c", value]], number_format), ledger)
    assert [(problem.line, problem.rule) for problem in ledger.problems] == [("2", "two-readings")]


def test_a_formula_is_not_taken_for_its_value(tmp_path):
    path = tmp_path / "wave.xlsx"
    rows = [list(row) for row in ROWS]
    rows[8][3], rows[9][5] = "=12/50*100", "=1+1"
    path.write_bytes(workbook(rows))
    problems = read_rows(path, load_codebook()).problems
    assert [(problem.line, problem.rule) for problem in problems] == [
        ("9", "not-a-number"),
        ("10", "formula-cell"),
    ]


def test_merged_cells_are_not_filled_down(tmp_path):
    book = openpyxl.load_workbook(io.BytesIO(workbook(ROWS)))
    book.active.merge_cells("A2:A16")
    book.save(tmp_path / "wave.xlsx")
    problems = read_rows(tmp_path / "wave.xlsx", load_codebook()).problems
    assert [problem.line for problem in problems] == [str(line) for line in range(3, 17)]
    assert {problem.rule for problem in problems} == {"empty-cell"}


def test_what_is_hidden_but_filled_is_refused_by_its_place():
    ledger = Ledger("book")
    cells(partly_hidden(), ledger)
    assert [(problem.line, problem.rule) for problem in ledger.problems] == [
        ("3-4, 9", "hidden-rows"),
        ("", "hidden-columns"),
    ]
    assert ledger.problems[1].problem.startswith("column 5 ('n') is hidden")


def test_no_sheet_hides_more_columns_than_a_sheet_can_have():
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(partly_hidden())) as book, zipfile.ZipFile(content, "w") as wide:
        for name in book.namelist():
            wide.writestr(name, book.read(name).replace(b'max="26"', b'max="9999999999"'))
    sheet = openpyxl.load_workbook(content, read_only=True).worksheets[0]
    assert find_hidden(sheet).columns == {5, *range(26, 16_385)}


def test_a_left_out_sheet_may_hide_what_it_likes():
    book = openpyxl.load_workbook(io.BytesIO(workbook(ROWS, extra=["about the survey"])))
    book["older"].row_dimensions[1].hidden = True
    content = io.BytesIO()
    book.save(content)
    ledger = Ledger("book")
    cells(content.getvalue(), ledger)
    assert ledger.problems == []


def test_a_sheet_without_the_header_is_left_out_with_a_warning():
    ledger = Ledger("book")
    assert len(cells(workbook(ROWS, extra=["about the survey"]), ledger)) == len(ROWS)
    assert "'older'" in ledger.warnings[0]


def test_several_filled_sheets_are_named():
    problem = refusal(workbook(ROWS, extra=ROWS[0]))
    assert problem.rule == "several-sheets"
    assert "'older'" in problem.problem


def test_an_empty_workbook_is_empty():
    assert refusal(workbook([])).rule == "empty-file"


@pytest.mark.parametrize(
    "data",
    [b"", b"wave,group", b"PK\x03\x04broken", workbook(ROWS)[:-200]],
    ids=["empty", "text", "only its mark", "cut off"],
)
def test_a_broken_workbook_is_no_workbook(data):
    assert refusal(data).rule == "not-text"


def test_a_workbook_that_unpacks_to_very_much_is_not_unpacked():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b" " * 20_000_000)
    assert refusal(content.getvalue()).rule == "too-large"
