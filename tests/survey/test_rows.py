"""Single rows by strict rules."""

import pytest
from incoming import HEADER, LINES, WAVE, with_line

from analysis.codebook import COLUMNS, load_codebook
from analysis.errors import SurveyDataError
from analysis.survey.ledger import Ledger
from analysis.survey.rows import read_columns, read_records
from analysis.survey.sheets import open_text

CODEBOOK = load_codebook()
PLAIN = "read as a plain number: a point for a comma, no %, spaces, needless zeros or digits"


def read(text, ledger=None):
    ledger = ledger or Ledger("table")
    sheet = open_text(text.encode(), ledger, COLUMNS)
    columns = read_columns(sheet, CODEBOOK, ledger)
    return list(read_records(sheet.rows(), columns, CODEBOOK, ledger))


def problems(text):
    ledger = Ledger("table")
    try:
        read(text, ledger)
    except SurveyDataError as error:
        return list(error.problems)
    return ledger.problems


def test_a_row_is_read_by_the_names_of_its_columns():
    row = read(WAVE)[7]
    assert row == (9, "2022-autumn", "vocational", "piloting", "24", None, 50, "made up")
    turned = "\n".join(",".join(reversed(line.split(","))) for line in LINES)
    assert read(turned)[7] == row


def test_the_header_may_have_any_case():
    assert len(read(WAVE.replace(HEADER, "Wave, GROUP,Stage,Percent ,N,Source"))) == 15


def test_digits_are_kept_as_printed_without_what_a_spreadsheet_adds():
    text = WAVE.replace(",24,", ',"24,50",').replace(",16,50", ",16.0,50")
    assert [row.percent for row in read(text)[6:8]] == ["16", "24.5"]


def test_counts_may_stand_without_percentages():
    row = read("wave,group,stage,count\n2022-autumn,general,planned,6\n")[0]
    assert (row.percent, row.count, row.n, row.source) == ("", 6, None, "")


@pytest.mark.parametrize(
    ("header", "column", "rule", "words"),
    [
        (HEADER.replace("percent", "pct"), "percent", "missing-column", "percent"),
        (HEADER.replace("percent", "pct"), "pct", "unknown-column", "pct"),
        (HEADER.replace("group", "ryhmät"), "group", "missing-column", "group"),
        (HEADER.replace("source", "comment"), "comment", "unknown-column", "comment"),
        (HEADER.replace("percent", "freq"), "freq", "unknown-column", "freq"),
        (HEADER.replace("source", "percent"), "percent", "repeated-column", "appears twice"),
        (HEADER.replace("source", "s\u043eurce"), "s\u043eurce", "unknown-column", "U+043E"),
    ],
)
def test_a_wrong_column_is_named_on_the_line_of_the_header(header, column, rule, words):
    found = [problem for problem in problems(WAVE.replace(HEADER, header)) if problem.rule == rule]
    assert ("1", column) in [(problem.line, problem.column) for problem in found]
    assert any(words in problem.problem for problem in found)


def test_the_wide_layout_is_known_and_its_option_told():
    assert "--wide" in problems("stage,all,vocational,general\nplanned,16,16,15\n")[-1].problem


@pytest.mark.parametrize(
    ("old", "new", "column", "rule"),
    [
        (",24,", ",x,", "percent", "not-a-number"),
        (",24,", ",NaN,", "percent", "not-a-number"),
        (",24,", ",..,", "percent", "not-a-number"),
        (",24,", ",２４,", "percent", "not-a-number"),
        (",24,", ",−24,", "percent", "not-a-number"),
        (",24,", ",240,", "percent", "out-of-range"),
        (",24,", ",100.1,", "percent", "out-of-range"),
        (",24,", ",-24,", "percent", "out-of-range"),
        (",24,", ",-0,", "percent", "out-of-range"),
        (",24,", ",0." + "0" * 9 + "1" * 9 + ",", "percent", "too-many-decimals"),
        (",24,", ",,", "percent", "empty-cell"),
        (",50,", ",NA,", "n", "not-a-number"),
        (",50,", ",50.5,", "n", "not-an-integer"),
        (",50,", ",1.250,", "n", "not-an-integer"),
        (",50,", ",0,", "n", "out-of-range"),
        (",50,", ",-50,", "n", "out-of-range"),
        (",50,", "," + "9" * 17 + ",", "n", "out-of-range"),
        ("made up", "=1+1", "source", "formula-cell"),
        ("made up", "N/A", "source", "missing-symbol"),
        ("vocational", "universities", "group", "unknown-group"),
        ("piloting", "pilot", "stage", "unknown-stage"),
        ("2022-autumn", "", "wave", "empty-cell"),
    ],
)
def test_a_wrong_cell_is_named_by_line_column_and_value(old, new, column, rule):
    found = problems(with_line(9, old, new))
    assert [(problem.line, problem.column, problem.rule) for problem in found] == [("9", column, rule)]
    value = new.strip(",")
    assert value[:70] in found[0].problem or not value


def test_several_wrong_cells_of_a_row_are_all_named():
    found = problems(with_line(9, "vocational,piloting,24,50", "vocatinal,pilot,x,y"))
    assert [problem.column for problem in found] == ["group", "stage", "percent", "n"]


def test_a_key_stands_once_and_both_lines_are_named():
    found = problems("\n".join([*LINES[:9], LINES[8], *LINES[9:]]))
    assert [(problem.line, problem.rule) for problem in found] == [("10", "duplicate-key")]
    assert "line 9" in found[0].problem


def test_every_normalisation_is_noted():
    ledger = Ledger("table")
    text = WAVE.replace("vocational", "Vocational").replace(",24,", ',"24,5 %",').replace(",90,", ",90.0,")
    read(text, ledger)
    assert ledger.notes == [
        f"n: {PLAIN} (5 times, first on line 2)",
        "group: 'Vocational' read as 'vocational' (5 times, first on line 7)",
        f"percent: {PLAIN} (line 9)",
    ]


def test_decimal_points_and_commas_in_one_column_are_a_warning():
    ledger = Ledger("table")
    read(with_line(9, ",24,", ',"24,0",').replace(",16,50", ",16.0,50"), ledger)
    assert "decimal points and decimal commas" in ledger.warnings[0]


def test_a_row_without_source_is_a_warning():
    ledger = Ledger("table")
    read(with_line(9, "made up", ""), ledger)
    assert "source is empty" in ledger.warnings[0]


@pytest.mark.parametrize("text", ["<script>x</script>", "5 $ and 10 $", "{{7*7}}", "[x](y:z)", "中 😀"])
def test_markup_is_legal_text_and_kept(text):
    assert read(with_line(9, "made up", text))[7].source == text


def test_text_is_kept_composed():
    assert read(with_line(9, "made up", "a\u0308"))[7].source == "ä"
