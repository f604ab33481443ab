"""What a file is and how its respondents are taken from it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import polars as pl
import pyreadstat
import pytest

from analysis.errors import RequestError
from analysis.survey.tallying import sources
from analysis.survey.tallying.answers import text_of
from analysis.survey.tallying.engines import Cell, count_cells, first_rows
from analysis.survey.tallying.sources import find_kind, open_respondents

COLUMNS = {"group": "school", "stage": "role"}


def cells(source: object, columns: dict[str, str] = COLUMNS) -> list[Cell]:
    with open_respondents(source, columns) as respondents:
        return sorted(count_cells(respondents)[0], key=str)


def write_workbook(path: Path, rows: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.create_sheet("notes").append(["another sheet"])
    book.save(path)
    return path


def write_spss(path: Path) -> Path:
    frame = pd.DataFrame({"school": [1.0, 2, 2, 2, None], "role": [1.0, 2, 8, 9, 7], "w": [1.5, 2, 1, 1, 1]})
    labels = {
        "school": {1: "Vocational institutions", 2: "Lukiot"},
        "role": {1: "Ei lainkaan", 2: "Planned", 7: "versatile", 8: "En osaa sanoa", 9: "Refused"},
    }
    pyreadstat.write_sav(frame, path, variable_value_labels=labels, missing_ranges={"role": [8, 9]})
    return path


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b"\x1f\x8b\x08", r"compressed \(gzip\); unpack it first"),
        (b"BZh91AY", "compressed"),
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
        (b"\xff\xfeg\x00", "text in UTF-16; save it as CSV UTF-8"),
        (b"PAR1....", "is csv by its name, but parquet by its content"),
        (b"PK\x03\x04", "is csv by its name, but xlsx by its content"),
    ],
)
def test_a_file_that_is_no_csv_is_refused_by_what_it_is(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(RequestError, match=what):
        find_kind(path)


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="does not exist; give a file"):
        find_kind(tmp_path / "x.csv")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_without_reading_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(RequestError, match="is no plain file"):
        find_kind(tmp_path / "pipe.csv")


@pytest.mark.parametrize("source", [None, 7, [("Lukiot", "planned")], {"school": []}])
def test_other_objects_are_refused(source: object) -> None:
    with pytest.raises(RequestError, match="give a path, or a frame"):
        cells(source)


def test_the_first_sheet_of_a_workbook_is_read(tmp_path: Path) -> None:
    rows = [["school", "role"], ["Lukiot", "planned"], [None, None], ["Lukiot", None], ["Lukiot", 3]]
    path = write_workbook(tmp_path / "x.xlsx", rows)
    assert [text_of(cell.stage) for cell in cells(path)] == ["planned", "3", ""]
    with open_respondents(path, COLUMNS) as respondents:
        assert first_rows(respondents, "stage", 3) == [5]


def test_a_weight_in_a_workbook_must_be_a_number(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "x.xlsx", [["school", "role", "w"], ["Lukiot", "planned", "1,5"]])
    with pytest.raises(RequestError, match="the weight in row 2 is '1,5', not a number"):
        cells(path, {**COLUMNS, "weight": "w"})


def test_respondents_in_hidden_rows_of_a_workbook_are_not_counted_unseen(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "x.xlsx", [["school", "role"], *[["Lukiot", "planned"]] * 4])
    book = openpyxl.load_workbook(path)
    for line in (3, 4, 9):
        book.worksheets[0].row_dimensions[line].hidden = True
    book.save(path)
    with pytest.raises(RequestError, match=r"rows 3-4 are hidden, .* show them all or delete them"):
        cells(path)


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.xlsx").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(RequestError, match="is no workbook that can be read"):
        cells(tmp_path / "x.xlsx")


def test_an_spss_file_gives_its_labels_and_its_missing_values(tmp_path: Path) -> None:
    path = write_spss(tmp_path / "x.sav")
    with open_respondents(path, {**COLUMNS, "weight": "w"}) as respondents:
        found = {(cell.group, cell.stage): cell.number for cell in count_cells(respondents)[0]}
        assert respondents.missing == ("En osaa sanoa", "Refused")
        assert first_rows(respondents, "stage", "Refused") == [4]
    labels = [("Vocational institutions", "Ei lainkaan"), ("Lukiot", "Planned"), ("Lukiot", "En osaa sanoa")]
    assert found.keys() >= set(labels)
    assert sum(found.values()) == 5


def test_a_damaged_spss_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.sav").write_bytes(b"$FL2 nothing")
    with pytest.raises(RequestError, match="is no SPSS file that can be read"):
        cells(tmp_path / "x.sav")


@pytest.mark.parametrize(
    "write", [write_spss, lambda path: write_workbook(path.with_suffix(".xlsx"), [["a"]])]
)
def test_a_missing_library_is_named_with_what_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], Path]
) -> None:
    def refuse(name: str) -> None:
        raise ImportError(name)

    path = write(tmp_path / "x.sav")
    monkeypatch.setattr(sources, "import_module", refuse)
    with pytest.raises(RequestError, match=r"python -m pip install 'maturity-survey\[io\]'"):
        cells(path)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_a_frame_must_have_the_columns(frame: Callable[[dict], object]) -> None:
    with pytest.raises(
        RequestError, match=r"the column is 'role'; use one of school, rol \(did you mean 'rol'"
    ):
        cells(frame({"school": ["x"], "rol": ["y"]}))


def test_two_columns_of_one_name_are_refused() -> None:
    frame = pd.DataFrame([["x", "y", "z"]], columns=["school", "role", "role"])
    with pytest.raises(RequestError, match="two columns of one name"):
        cells(frame)


def test_a_file_without_an_ending_is_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "export").write_text("school,role\nLukiot,planned\n")
    assert cells(str(tmp_path / "export")) == [Cell("Lukiot", "planned", 1)]
