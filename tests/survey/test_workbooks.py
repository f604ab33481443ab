"""The sheet of a workbook: what Excel shows, and nothing that it does not show."""

import io
import re
import time
import zipfile
from datetime import date

import openpyxl
import pytest
from incoming import LINES
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from analysis.codebook import COLUMNS, load_codebook
from analysis.errors import SurveyDataError
from analysis.survey.ledger import Ledger
from analysis.survey.table import read_rows
from analysis.survey.workbooks import open_workbook, show_cell


def typed(line):
    *codes, percent, n, source = line.split(",")
    return [*codes, float(percent), int(n), source]


ROWS = [LINES[0].split(","), *map(typed, LINES[1:])]


@pytest.fixture
def save(tmp_path):
    """A workbook of some rows, changed as asked, in a file; ``xml`` replaces text in the XML of its sheet."""

    def make(rows, change=lambda book: None, xml=()):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        change(book)
        content = io.BytesIO()
        book.save(content)
        path = tmp_path / "wave.xlsx"
        with zipfile.ZipFile(content) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                data = old.read(name).decode()
                for before, after in xml if name.endswith("sheet1.xml") else ():
                    data = re.sub(before, after, data)
                new.writestr(name, data)
        return path

    return make


def problems(path):
    ledger = Ledger("book")
    try:
        open_workbook(path, ledger, COLUMNS)
    except SurveyDataError as error:
        return [(problem.line, problem.rule) for problem in error.problems]
    return [(problem.line, problem.rule) for problem in ledger.problems]


def test_a_workbook_reads_as_its_csv_would(save):
    table = read_rows(save(ROWS), load_codebook())
    assert table.problems == ()
    assert [(row.line, row.percent, row.n) for row in table.rows][7] == (9, "24", 50)


@pytest.mark.parametrize("title", [["Taulu 3. Rooli"], ["Taulu 3", None, None, 2022], []])
def test_a_title_above_the_header_is_passed_over_with_a_note(title, save):
    def merge(book):
        book.active.merge_cells("A1:F1")

    table = read_rows(
        save([title, [], *ROWS], merge if len(title) == 1 else lambda book: None), load_codebook()
    )
    assert table.problems == ()
    assert len(table.rows) == 15
    assert table.rows[0].line == 4
    assert any("above the header" in note for note in table.notes) == bool(title)


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (0.19, "0%", "19%"),
        (0.07, "0%", "7%"),
        (0.195, "0.0%", "19.5%"),
        (16.0, "0.0", "16.0"),
        (1250, "#,##0", "1250"),
        (1250, "#,##0_);(#,##0)", "1250"),
        (14, '0" %"', "14"),
        (14, '_-* #,##0_-;-* #,##0_-;_-* "-"??_-;_-@_-', "14"),
        (0, '_-* #,##0_-;-* #,##0_-;_-* "-"??_-;_-@_-', "0"),
        (14, "+0;-0;0", "14"),
        (14, "[Red]0_)", "14"),
        (14, 'General" %"', "14"),
        (0, '0;-0;"–"', "0"),
        (0.1, "General", "0.1"),
        (1e-07, "General", "0.0000001"),
        (True, "General", "TRUE"),
        (date(2020, 9, 1), "yyyy-mm-dd", "2020-09-01T00:00:00"),
    ],
)
def test_a_cell_is_what_it_shows(value, number_format, shown, save):
    def style(book):
        book.active["A2"].number_format = number_format

    ledger = Ledger("book")
    grid = open_workbook(save([["percent"], [value]], style), ledger)
    assert show_cell(grid.rows[1][0], 2, ledger).split("T00")[0] == shown.split("T00")[0]
    assert ledger.problems == []


@pytest.mark.parametrize(
    ("value", "number_format", "rule"),
    [
        (0.1875, "0%", "two-readings"),
        (18.75, "0", "two-readings"),
        (18.75, "#,##0_);(#,##0)", "two-readings"),
        (18.75, '0" %"', "two-readings"),
        (18.75, '_-* #,##0.0_-;-* #,##0.0_-;_-* "-"??_-;_-@_-', "two-readings"),
        (1250, "0,", "two-readings"),
        (18.75, "[>100]0.00;0", "two-readings"),
        (18.75, '[<1]"<1";0.00', "two-readings"),
        (18, "(0)", "two-readings"),
        (18, '"-"0', "two-readings"),
        (18, '"<"0', "two-readings"),
        (18, '0"0"', "two-readings"),
        (18, "0E+00", "two-readings"),
        (0, '0;-0;"<1"', "two-readings"),
        (18.75, ";;;", "hidden-value"),
        (18.75, '"n/a"', "hidden-value"),
    ],
)
def test_a_number_that_shows_otherwise_than_it_is_has_two_readings(value, number_format, rule, save):
    def style(book):
        book.active["A2"].number_format = number_format

    ledger = Ledger("book")
    show_cell(open_workbook(save([["percent"], [value]], style), ledger).rows[1][0], 2, ledger)
    assert [(problem.line, problem.rule) for problem in ledger.problems] == [("2", rule)]


def hide(book):
    for line in (3, 4, 9, 100):
        book.active.row_dimensions[line].hidden = True
    for letter in "EZ":
        book.active.column_dimensions[letter].hidden = True


def mark(book):
    raised = TextBlock(InlineFont(vertAlign="superscript"), "4")
    book.active["D9"] = CellRichText(["2", raised])
    book.active["F9"] = CellRichText(["slide ", TextBlock(InlineFont(b=True), "deck")])


def flatten(book):
    book.active.row_dimensions[3].height = 0.5
    book.active.column_dimensions["E"].width = 0.05


@pytest.mark.parametrize(
    ("change", "xml", "found"),
    [
        (hide, (), [("3-4, 9", "hidden-rows"), ("", "hidden-columns")]),
        (flatten, [('"0.0?5"', '"0"')], [("3", "hidden-rows"), ("", "hidden-columns")]),
        (hide, [('max="26"', 'max="9999999999"')], [("3-4, 9", "hidden-rows"), ("", "hidden-columns")]),
        (
            lambda book: None,
            [("<sheetFormatPr", '<sheetFormatPr zeroHeight="1"'), ('row r="([1-8])"', r'row r="\1" ht="15"')],
            [("9-16", "hidden-rows")],
        ),
        (lambda book: book.active.merge_cells("A2:A16"), (), [("2", "merged-cells")]),
        (lambda book: book.active.__setitem__("D9", "=12/50*100"), (), [("9", "formula-without-value")]),
        (mark, (), [("9", "footnote-mark")]),
    ],
)
def test_what_excel_does_not_show_or_hold_is_refused_by_its_place(change, xml, found, save):
    assert problems(save(ROWS, change, xml)) == found


def test_a_formula_is_its_stored_value(save):
    path = save(
        ROWS,
        lambda book: book.active.__setitem__("D9", "=12"),
        [("<f>12</f><v ?/>|<f>12</f><v></v>", "<f>12</f><v>24</v>")],
    )
    assert [row.percent for row in read_rows(path, load_codebook()).rows][7] == "24"


def add(title, rows, *, state="visible"):
    def change(book):
        sheet = book.create_sheet(title, 0)
        sheet.sheet_state = state
        for row in rows:
            sheet.append(row)

    return change


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_the_only_visible_sheet_is_taken_and_said_so(state, save):
    ledger = Ledger("book")
    grid = open_workbook(save(ROWS, add("old", ROWS[:8], state=state)), ledger, COLUMNS)
    assert (grid.title, len(grid.rows)) == ("Sheet", 16)
    assert ledger.notes == ["read from the sheet 'Sheet' of the workbook", "hidden sheets left out: 'old'"]


def test_a_sheet_without_the_header_is_left_out_with_a_warning_whatever_it_hides(save):
    def change(book):
        add("older", [["about the survey"]])(book)
        book["older"].row_dimensions[1].hidden = True

    ledger = Ledger("book")
    assert len(open_workbook(save(ROWS, change), ledger, COLUMNS).rows) == 16
    assert "'older'" in ledger.warnings[0]
    assert ledger.problems == []


@pytest.mark.parametrize(
    ("rows", "change", "rule"),
    [
        (ROWS, add("older", ROWS), "several-sheets"),
        ([], lambda book: None, "empty-file"),
        ([], add("old", ROWS, state="hidden"), "empty-file"),
    ],
)
def test_no_sheet_or_several_is_refused(rows, change, rule, save):
    assert problems(save(rows, change)) == [("", rule)]


FAR_OUT = "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(20, 400))


@pytest.mark.parametrize(
    "xml",
    [
        [('r="F2"', 'r="XFD1048576"'), ('row r="2"', 'row r="1048577"')],
        [('row r="2"', 'row r="1000000000000000000"')],
        [
            (
                "</sheetData>",
                "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(20, 400))
                + "</sheetData>",
            )
        ],
    ],
)
def test_a_sheet_that_grows_beyond_a_table_is_refused_at_once(xml, save):
    start = time.process_time()
    assert problems(save(ROWS, xml=xml)) == [("", "too-large")]
    assert time.process_time() - start < 2


def test_a_cell_far_out_is_no_table_and_costs_little(save):
    path = save(ROWS, lambda book: book.active.__setitem__("XFD1048576", "x"))
    start = time.process_time()
    assert read_rows(path, load_codebook()).problems
    assert time.process_time() - start < 5


def test_what_unpacks_to_very_much_is_not_unpacked(tmp_path):
    path = tmp_path / "wave.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b" " * 20_000_000)
    assert problems(path) == [("", "too-large")]


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"])
def test_a_broken_part_is_no_sound_workbook(part, save, tmp_path):
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(save(ROWS)) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name)[: 200 if name == part else None])
    assert problems(broken) == [("", "not-text")]


def test_a_format_that_the_workbook_does_not_have_is_no_sound_workbook(save):
    assert problems(save(ROWS, xml=[('r="D9"', 'r="D9" s="999"')])) == [("", "not-text")]
