"""Files into rows of cells, by physical lines."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from incoming import HEADER, LINES, WAVE, with_line

from analysis.codebook import COLUMNS
from analysis.errors import SurveyDataError
from analysis.survey.ledger import Ledger
from analysis.survey.sheets import MOST_BYTES, open_table, open_text, read_bytes


def read(text, ledger=None):
    data = text if isinstance(text, bytes) else text.encode()
    return list(open_text(data, ledger or Ledger("file"), COLUMNS).rows())


def refusal(text):
    ledger = Ledger("file")
    try:
        read(text, ledger)
    except SurveyDataError as error:
        return error.problems
    assert ledger.problems
    return ledger.problems


def file_refusal(path):
    with pytest.raises(SurveyDataError) as caught:
        open_table(path, Ledger("file"), COLUMNS)
    return caught.value.problems[0].problem


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends_are_seen(separator, line_end):
    rows = read(WAVE.replace(",", separator).replace("\n", line_end))
    assert [row.line for row in rows] == list(range(2, 17))
    assert rows[7].cells == ["2022-autumn", "vocational", "piloting", "24", "50", "made up"]


def test_a_separator_in_another_files_text_is_text():
    assert read(WAVE.replace(",", ";").replace("made up", "a, b"))[0].cells[-1] == "a, b"


def test_excels_hint_names_the_separator_and_lines_go_on():
    ledger = Ledger("file")
    assert read("sep=;\r\n" + WAVE.replace(",", ";").replace("\n", "\r\n"), ledger)[0].line == 3
    assert any("sep=" in note for note in ledger.notes)


def test_cells_are_trimmed_of_spaces_and_no_break_spaces():
    assert read(with_line(9, "vocational", " \u00a0vocational\u202f "))[7].cells[1] == "vocational"


def test_lines_are_physical_ones_below_a_quoted_line_end():
    assert read(with_line(4, "made up", '"line 1\nline 2"'))[3].line == 6


def test_blank_rows_at_the_end_are_nothing_and_others_are_told():
    ledger = Ledger("file")
    assert len(read(WAVE + ",,,,,\n" * 50 + "\n", ledger)) == 15
    assert ledger.warnings == []
    assert len(read(with_line(7, "2022", "\n,,,,,\n2022"), ledger)) == 15
    assert ledger.warnings == ["blank rows between the others are left out (line 7)"]


def test_columns_without_name_and_content_are_told():
    ledger = Ledger("file")
    assert read("\n".join(line + ",,," for line in LINES), ledger)[0].cells[-1] == "made up"
    assert ledger.warnings == ["columns without name and content are left out: 7-9"]


def test_a_column_without_name_that_holds_something_is_refused():
    problems = refusal("\n".join([f",{HEADER}", *(f"{i},{line}" for i, line in enumerate(LINES[1:]))]))
    assert [(p.line, p.column, p.rule) for p in problems] == [("1", "column 1", "unknown-column")]
    assert "index=False" in problems[0].problem


@pytest.mark.parametrize(
    ("text", "line", "rule"),
    [
        ("", "", "empty-file"),
        ("\ufeff", "", "empty-file"),
        (" \n,,,\n", "", "empty-file"),
        ("sep=;\n", "", "empty-file"),
        ("\n".join(LINES[1:]), "1", "no-header"),
        (WAVE.replace(",", "|"), "1", "no-header"),
        ("Table 3. Role\n\n" + WAVE, "1", "header-not-on-line-1"),
        ("\n" + WAVE, "1", "header-not-on-line-1"),
        ("# exported\n" + WAVE, "1", "header-not-on-line-1"),
        ("sep=|\n" + WAVE.replace(",", "|"), "1", "separator"),
        ("sep=;\n" + WAVE, "2", "no-header"),
        (WAVE + WAVE, "17", "repeated-header"),
        (with_line(9, ",50,made up", ""), "9", "too-few-fields"),
        (with_line(9, ",24,", ",24,0,"), "9", "too-many-fields"),
        (with_line(9, "2022", "=======\n2022"), "9", "merge-conflict"),
        (with_line(9, "2022", "<<<<<<< HEAD\n2022"), "9", "merge-conflict"),
        (with_line(9, "made up", '"made up'), "9", "unclosed-quote"),
        (with_line(9, "vocational", 'voca"tional'), "9", "stray-quote"),
        (with_line(9, "made up", "x" * 1001), "9", "field-too-long"),
        (with_line(9, "made up", "made\x1b[2Jup"), "9", "control-character"),
        (with_line(9, "made up", "made\x00up"), "9", "control-character"),
        (with_line(9, "made up", '"made\rup"'), "9", "control-character"),
        (with_line(9, "made up", "made \u202eup"), "9", "bidi-control"),
        (with_line(9, "vocational", "voc\u200bational"), "9", "invisible-character"),
        (with_line(1, "percent", "per\u200bcent"), "1", "invisible-character"),
        (WAVE + "\x00" * 20, "17", "too-few-fields"),
    ],
)
def test_what_is_no_table_of_one_shape_is_refused_by_line(text, line, rule):
    assert (line, rule) in [(problem.line, problem.rule) for problem in refusal(text)]


def test_a_header_further_down_is_named():
    assert "seems to be on line 3" in refusal("Table 3. Role\n\n" + WAVE)[0].problem


def test_decimal_commas_in_a_file_with_commas_are_suspected():
    problem = refusal(with_line(2, ",10,", ",10,0,"))[0].problem
    assert "7 fields, the header 6" in problem
    assert "decimal comma" in problem


def test_a_cell_of_a_thousand_characters_is_within_the_limit():
    assert len(read(with_line(9, "made up", "ä" * 1000))[7].cells[-1]) == 1000


def test_garbled_text_is_kept_and_quoted_in_a_warning():
    ledger = Ledger("file")
    assert read(with_line(9, "made up", "yleissivistÃ¤vÃ¤"), ledger)[7].cells[-1] == "yleissivistÃ¤vÃ¤"
    assert "source" in ledger.warnings[0]
    assert "yleissivistÃ¤vÃ¤" in ledger.warnings[0]


def test_all_problems_come_at_once():
    text = with_line(9, ",50,made up", "").replace(
        "2022-autumn,general,planned", '2022-autumn,gene"ral,planned'
    )
    assert [problem.line for problem in refusal(text)] == ["9", "13"]


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9/x.csv", "https://x", "s3://bucket/x.csv", "file:///x.csv"]
)
def test_an_address_is_not_opened(address):
    assert "address" in file_refusal(address)


def test_a_path_loses_a_slash_of_an_address_and_is_known_still(tmp_path):
    assert "address" in file_refusal("http:/127.0.0.1:9/x.csv")


def test_what_is_no_regular_file_is_refused_without_reading(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        assert "socket" in file_refusal(tmp_path / "socket")
    assert "a pipe" in file_refusal(tmp_path / "pipe")
    assert "a device" in file_refusal("/dev/zero")
    assert "a folder" in file_refusal(tmp_path)
    assert "no such file" in file_refusal(tmp_path / "absent.csv")


def test_a_file_above_the_limit_is_judged_by_its_size_alone(tmp_path):
    path = tmp_path / "sparse.csv"
    with path.open("wb") as file:
        file.truncate(2_000_000_000)
    start = time.perf_counter()
    assert "larger than 5 MB" in file_refusal(path)
    assert time.perf_counter() - start < 1


def test_a_file_at_the_limit_is_read(tmp_path):
    path = tmp_path / "file.csv"
    path.write_bytes(b"x" * MOST_BYTES)
    assert len(read_bytes(path, Ledger("file"))) == MOST_BYTES


HOSTILE = {
    "one line": b"x" * MOST_BYTES,
    "separators": b"," * MOST_BYTES,
    "line ends": HEADER.encode() + b"\n" * (MOST_BYTES - 100),
    "one field a row": HEADER.encode() + b"\na" * (MOST_BYTES // 2 - 100),
    "quotes": HEADER.encode() + b'\n"' * (MOST_BYTES // 2 - 100),
    "open quotes": HEADER.encode() + b'\n"a' * (MOST_BYTES // 3 - 100),
    "doubled quotes": HEADER.encode() + b'\n"""' * (MOST_BYTES // 4 - 100),
    "wrong bytes": HEADER.encode() + b"\n\xff" * (MOST_BYTES // 2 - 100),
    "columns": b",".join(b"c%d" % i for i in range(600_000)),
}
JUDGE = """
import sys, time
from pathlib import Path
from analysis.codebook import load_codebook
from analysis.survey.table import judge_table, read_rows
codebook = load_codebook()
start = time.process_time()
table = judge_table(read_rows(sys.argv[1], codebook))
assert table.problems or not table.rows
seconds = time.process_time() - start
memory = Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]
print(seconds, memory)
"""


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the system does not tell the peak of memory"
)
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_at_the_limit_is_judged_quickly_in_little_memory(kind, tmp_path):
    path = tmp_path / "hostile.csv"
    path.write_bytes(HOSTILE[kind])
    found = subprocess.run([sys.executable, "-c", JUDGE, path], capture_output=True, text=True, check=True)
    seconds, kilobytes = map(float, found.stdout.split())
    assert seconds < 3
    assert kilobytes < 200_000
