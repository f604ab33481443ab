"""What a file is, by its content: named for what it is, with a way out."""

import io
import os
import zipfile

import openpyxl
import pytest
from incoming import WAVE

from analysis.errors import SurveyDataError
from analysis.survey.ledger import Ledger
from analysis.survey.opening import identify

EVERY = ("text", "xlsx", "parquet", "sav", "por", "dta", "xpt", "sas7bdat")


def zipped(name, data=""):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as parts:
        parts.writestr(name, data)
    return content.getvalue()


def workbook():
    content = io.BytesIO()
    openpyxl.Workbook().save(content)
    return content.getvalue()


def compound(stream):
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4000 + stream.encode("utf-16-le") + b"\0" * 400


def refusal(path, readable=EVERY):
    with pytest.raises(SurveyDataError) as caught:
        identify(path, Ledger("file"), readable)
    return caught.value.problems[0].problem


KINDS = {
    "text": WAVE.encode(),
    "xlsx": workbook(),
    "parquet": b"PAR1\x15\x04",
    "sav": b"$FL2@(#) SPSS DATA FILE",
    "por": b"0" * 200 + b"ASCII SPSS PORT FILE",
    "dta": b"<stata_dta><header>",
    "xpt": b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!",
    "sas7bdat": b"\0" * 12 + b"\xc2\xea\x81\x60\xb3\x14",
}
FOREIGN = {
    "an OpenDocument spreadsheet": (
        zipped("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ".xlsx",
    ),
    "a binary Excel workbook (.xlsb)": (zipped("xl/workbook.bin"), ".xlsx"),
    "a Word document": (zipped("word/document.xml"), "CSV"),
    "'Strict Open XML'": (
        zipped("xl/workbook.xml", '<workbook xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"/>'),
        "'Excel Workbook'",
    ),
    "a zip archive": (zipped("survey.csv", WAVE), "unpack"),
    "a damaged zip file": (workbook()[:-300], "save it again"),
    "a workbook with a password": (compound("EncryptedPackage"), "save it without one"),
    "an old Excel workbook (.xls)": (compound("Workbook"), ".xlsx"),
    "an old Word document": (compound("WordDocument"), "CSV"),
    "an old Office document": (compound("PowerPoint Document"), "CSV"),
    "compressed (gzip)": (b"\x1f\x8b\x08\0", "unpack"),
    "compressed (RAR)": (b"Rar!\x1a\x07", "unpack"),
    "a tar archive": (b"survey.csv".ljust(257, b"\0") + b"ustar", "unpack"),
    "an Arrow file": (b"ARROW1\0\0", "Parquet"),
    "an SQLite database": (b"SQLite format 3\0", "CSV"),
    "HTML": (b"\n<!DOCTYPE html><table>", "CSV UTF-8"),
    "JSON": (b'[{"wave": 1}]', "CSV"),
    "a Python pickle": (b"\x80\x04\x95\0", "CSV"),
    "a PDF document": (b"%PDF-1.7", "CSV"),
    "UTF-32": ("wave".encode("utf-32"), "UTF-8"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_known_by_its_content(kind, tmp_path):
    (tmp_path / "file").write_bytes(KINDS[kind])
    assert identify(tmp_path / "file", Ledger("file"), EVERY) == kind
    (tmp_path / "file.csv").write_bytes(WAVE.encode("utf-16"))
    assert identify(tmp_path / "file.csv", Ledger("file"), EVERY) == "text"


@pytest.mark.parametrize("what", FOREIGN)
def test_what_nobody_reads_is_named_with_a_way_out(what, tmp_path):
    data, way_out = FOREIGN[what]
    for name in ("answers.xlsx", "answers.csv", "answers"):
        (tmp_path / name).write_bytes(data)
        told = refusal(tmp_path / name)
        assert what.removeprefix("a ") in told
        assert way_out in told


@pytest.mark.parametrize("kind", ["parquet", "sav", "por", "dta", "xpt", "sas7bdat"])
def test_answers_where_a_table_belongs_are_sent_to_tabulate(kind, tmp_path):
    (tmp_path / "file").write_bytes(KINDS[kind])
    assert "maturity tabulate" in refusal(tmp_path / "file", ("text", "xlsx"))


@pytest.mark.parametrize(
    ("kind", "name"), [("text", "wave.xlsx"), ("xlsx", "wave.csv"), ("parquet", "a.sav"), ("dta", "a.csv")]
)
def test_a_name_that_says_otherwise_is_told(kind, name, tmp_path):
    (tmp_path / name).write_bytes(KINDS[kind])
    assert f"but its name ends in .{name[-4:].lstrip('.')}; give it its right name" in refusal(
        tmp_path / name
    )


def test_what_is_no_file_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, what in (
        ("https://example.org/x.csv", "an address"),
        (tmp_path / "pipe", "it is a pipe"),
        ("/dev/zero", "it is a device"),
        (tmp_path, "it is a folder"),
        (tmp_path / "absent", "no such file"),
        ("a\0b", "cannot be read"),
        ("\ud800", "cannot be read"),
    ):
        assert what in refusal(path)
