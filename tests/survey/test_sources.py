"""What respondents are read from: dialects and damage of CSV, Parquet folders, workbooks, labelled files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyreadstat
import pytest
from pyarrow import parquet

from analysis.errors import MaturityError, RequestError, SurveyDataError
from analysis.survey.sources import explain, list_parquet, literal, open_respondents
from analysis.survey.tallies import (
    BITS,
    BY_FILE,
    TOP,
    count_cells,
    find_repeated,
    find_unusable,
    first_rows,
    text_of,
)

COLUMNS = {"group": "g", "stage": "s"}
HOSTILE = [
    *("a*.csv", "a[1].csv", "a?.csv", "[!a].csv", "**", "q'uote\".csv", "new\nline.csv", "{a,b}.csv"),
    *("~.csv", "$HOME.csv", "-x.csv", "%s.csv", "täällä.csv", "s3:; DROP TABLE x.csv"),
]


def pairs(source: Any, columns: dict[str, str] = COLUMNS, delimiter: str | None = None) -> list[Any]:
    """Group and stage of all respondents as text, or with a weight the sum of it in units."""
    with open_respondents(source, columns, delimiter=delimiter) as respondents:
        cells = count_cells(respondents)
    return sorted((text_of(cell.group), text_of(cell.stage)) for cell in cells for _ in range(cell.number))


def scan(path: Path, data: bytes, columns: dict[str, str] = COLUMNS, delimiter: str | None = None) -> list:
    path.write_bytes(data)
    return pairs(path, columns, delimiter)


# CSV


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_means_one_file(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "all [2*]"
    folder.mkdir()
    for decoy in ("a1.csv", "ab.csv", "b.csv", "abc.csv"):
        (folder / decoy).write_text("g,s\nwrong,wrong\n")
    assert scan(folder / name, b"g,s\nright,right\n") == [("right", "right")]


@pytest.mark.parametrize("name", ["a\\b*.csv", "bad\udcff.csv"])
def test_a_name_that_cannot_be_given_safely_is_refused(name: str) -> None:
    with pytest.raises(RequestError, match="rename the file"):
        literal(Path("/answers") / name)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_gives_the_columns(tmp_path: Path, delimiter: str) -> None:
    rows = [["id", "g", "other", "s"], ["1", "x", '"p, q; r"', "y"]]
    data = "".join(delimiter.join(row) + "\n" for row in rows).encode()
    assert scan(tmp_path / "x.csv", data) == scan(tmp_path / "x.csv.gz", data) == [("x", "y")]


def test_a_given_delimiter_holds_and_is_one_character(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="the column is 'g'; use one of g;s"):
        scan(tmp_path / "x.csv", b"g;s\n1;2\n", delimiter=",")
    for delimiter in (",,", "", '"', "\n", "ä"):
        with pytest.raises(RequestError, match=r"the delimiter is '.*'; give one character"):
            scan(tmp_path / "x.csv", b"g;s\n1;2\n", delimiter=delimiter)


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfg,s\r\nx,y\r\n",
        b"sep=,\r\ng,s\r\nx,y\r\n",
        b"sep=;\ng;s\nx;y\n",
        b"G ,S\nx,y\n",
        b"g,s\nx,y",
        b"g;s\rx;y\r",
        b'"g","s"\n"x","y"\n\n\n',
        b"g;s\n;\nx;y\n;\n",
        b'g,"long\nhead",s\nx,"more\nlines",y\n',
        "g;s\nx;y\n".encode("utf-16"),
    ],
)
def test_dialects_of_survey_tools_are_read(tmp_path: Path, data: bytes) -> None:
    blank = [("", "")] * data.count(b"\n;")
    assert scan(tmp_path / "x.csv", data) == [*blank, ("x", "y")]


def test_letters_of_an_old_windows_are_read_as_append_reads_them(tmp_path: Path) -> None:
    assert scan(tmp_path / "x.csv", "g;s\nPäijät;Häme\n".encode("cp1252")) == [("Päijät", "Häme")]
    with pytest.raises(SurveyDataError, match="line 3: the byte 0xE4 is not UTF-8"):
        scan(tmp_path / "x.csv", b"g;s\n\xc3\xa4;y\n\xe4;y\n")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"g,s\nx,y\nx\n", "line 3: the row has 1, the header 2 fields"),
        (b"g,s\nx,y\nx,y,z\n", "line 3: the row has 3, the header 2 fields"),
        (b'g,s\nx,"y\nx,y\n', "line 2: a quote does not close"),
        (b'g,s\n"x"y,y\n', "line 2: a quote does not close, or text stands beside it"),
        (b"g,s\r\nx,y\nx,y\r\n", "line ends are of two kinds"),
        (b"g,w\nx,y\n", r"the column is 's'; use one of g, w"),
        (b"group,s\nx,y\n", r"'g'; use one of group, s \(did you mean 'group'|'g'; use one of group, s"),
        (b"g,g,s\nx,y,z\n", "has 2 columns 'g'"),
        (b"Survey, 2022\n\ng;s\nx;y\n", "the header seems to be on line 3: delete what is above it"),
        (b"sep=;\nSurvey\ng;s\nx;y\n", "the header seems to be on line 3: delete what is above it"),
        (b"", "is empty"),
        (b"\x1f\x8b\x08", r"compressed \(gzip\); unpack it first"),
        (b"%PDF-1.7", "a PDF document"),
        (b"PAR1....PAR1", "a Parquet file"),
    ],
)
def test_damage_and_other_files_are_refused_by_line_and_name(tmp_path: Path, data: bytes, what: str) -> None:
    with pytest.raises(MaturityError, match=what):
        scan(tmp_path / "x.csv", data)


def test_what_append_refuses_by_its_encoding_is_refused_here_too(tmp_path: Path) -> None:
    with pytest.raises(SurveyDataError, match="UTF-16 without a byte-order mark"):
        scan(tmp_path / "a.csv", "g,s\nx,y\n".encode("utf-16-le"))


def test_a_name_is_the_same_whether_its_accents_are_composed_or_not(tmp_path: Path) -> None:
    columns = {"group": "ryhm\u00e4", "stage": "s"}
    assert scan(tmp_path / "a.csv", "ryhma\u0308,s\nx,y\n".encode(), columns) == [("x", "y")]


def test_one_column_cannot_serve_two_purposes(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="column 's' is given for two purposes"):
        scan(tmp_path / "x.csv", b"g,s\nx,y\n", {"group": "s", "stage": "s"})


@pytest.mark.parametrize(
    "data", [b"g,s,w\nx,y,1.5\nx,y,2\n", b"g;s;w\nx;y;2\nx;y;1,5\n", b'g,s,w\nx,y,"2"\nx,y,1.5\n']
)
def test_weights_have_a_decimal_point_or_in_semicolon_files_a_comma(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(data)
    with open_respondents(tmp_path / "x.csv", {**COLUMNS, "weight": "w"}) as respondents:
        [cell] = count_cells(respondents)
    assert cell.weight == int(3.5 * 2 ** (BITS - TOP))


@pytest.mark.parametrize("weight", [b"1,5", b"heavy", b"\xef\xbc\x91"])
def test_a_weight_that_is_no_number_is_refused_at_its_line(tmp_path: Path, weight: bytes) -> None:
    data = b'g,s,w\nx,y,1\nx,y,"' + weight + b'"\n'
    with pytest.raises(SurveyDataError, match=r"line 3: the weight is '.*', not a number"):
        scan(tmp_path / "x.csv", data, {**COLUMNS, "weight": "w"})


def test_a_decimal_comma_is_seen_below_a_thousand_whole_weights(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"g;s;w\n" + b"x;y;1\n" * 1500 + b"x;y;1,5\n")
    with open_respondents(tmp_path / "x.csv", {**COLUMNS, "weight": "w"}) as respondents:
        assert sum(cell.weighed for cell in count_cells(respondents)) == 1501


def test_rows_have_the_numbers_of_a_spreadsheet(tmp_path: Path) -> None:
    """Blank lines count as it shows them, and an answer of two lines is one row."""
    (tmp_path / "x.csv").write_bytes(b'sep=,\ng,s\n\n"x\ny",a\r\n\r\n,\nx,b\n'.replace(b"\r", b""))
    with open_respondents(tmp_path / "x.csv", COLUMNS) as respondents:
        assert [first_rows(respondents, "stage", value) for value in "ab"] == [[4], [7]]
    (tmp_path / "x.csv").write_bytes(b"s\n\na\n")
    with open_respondents(tmp_path / "x.csv", {"stage": "s"}) as respondents:
        assert first_rows(respondents, "stage", "a") == [3]


def test_names_in_the_header_are_no_sql(tmp_path: Path) -> None:
    columns = {"group": 'g" FROM x; --', "stage": "s"}
    path = tmp_path / "x.parquet"
    duckdb.sql(f"""COPY (SELECT 'a' AS "g"" FROM x; --", 'b' AS s) TO '{path}' (FORMAT parquet)""")
    assert pairs(path, columns) == [("a", "b")]
    assert scan(tmp_path / "x.csv", b'"g"" FROM x; --",s\na,b\n', columns) == [("a", "b")]


@pytest.mark.parametrize(("more", "frugal"), [({}, True), ({"respondent": "id"}, False)])
def test_csv_keeps_little_in_memory_unless_ids_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: dict[str, str], frugal: bool
) -> None:
    settings: list[dict[str, Any]] = []
    connect = duckdb.connect
    monkeypatch.setattr(duckdb, "connect", lambda config: settings.append(config) or connect(config=config))
    (tmp_path / "x.csv").write_text("id,g,s\n1,a,b\n")
    pairs(tmp_path / "x.csv", {**COLUMNS, **more})
    assert ("memory_limit" in settings[0]) is frugal
    assert "give the columns that hold the codes" in str(explain("x", "Out of Memory Error: no block"))


# Frames and Parquet: columns by their exact names, one value in each


def two_cases(folder: Path) -> dict[str, Any]:
    table = pa.table({"g": ["x"], "role": ["small"], "Role": ["large"], "deep": [[{"Role": "no"}]]})
    parquet.write_table(table, folder / "x.parquet")
    return {
        "parquet": folder / "x.parquet",
        "relation": duckdb.sql("SELECT 'x' AS g, 'small' AS role, 'large' AS \"Role\""),
        "pandas": pd.DataFrame({"g": ["x"], "role": ["small"], "Role": ["large"]}),
        "polars": pl.DataFrame({"g": ["x"], "role": ["small"], "Role": ["large"]}),
        "lazy": pl.LazyFrame({"g": ["x"], "role": ["small"], "Role": ["large"]}),
    }


@pytest.mark.parametrize("kind", ["parquet", "relation", "pandas", "polars", "lazy"])
def test_a_column_is_taken_by_its_exact_name(tmp_path: Path, kind: str) -> None:
    source = two_cases(tmp_path)[kind]
    for name, value in (("role", "small"), ("Role", "large")):
        assert pairs(source, {"group": "g", "stage": name}) == [("x", value)]
    with pytest.raises(RequestError, match="has 2 columns 'ROLE'"):
        pairs(source, {"group": "g", "stage": "ROLE"})


@pytest.mark.parametrize(
    "source",
    [
        pd.DataFrame({"g": ["x"], "s": [["planned"]]}),
        pd.DataFrame({"g": ["x"], "s": [("planned",)]}),
        pl.DataFrame({"g": ["x"], "s": [["planned"]]}),
        pl.LazyFrame({"g": ["x"], "s": [{"a": "planned"}]}),
        pa.table({"g": ["x"], "s": [{"a": "planned"}]}),
        duckdb.sql("SELECT 'x' AS g, map{'a': 1} AS s"),
    ],
)
def test_lists_and_structures_are_refused(source: Any) -> None:
    with pytest.raises(RequestError, match="the column of the stage holds lists or structures"):
        pairs(source)


@pytest.mark.parametrize(
    ("source", "what"),
    [
        (pd.DataFrame({0: ["x"], 1: ["y"]}), r"use one of 0, 1 \(its columns are not named by text"),
        (pd.DataFrame({("a", "g"): ["x"]}), r"use one of \('a', 'g'\)"),
        (pd.DataFrame([["x", "y", "z"]], columns=["g", "s", "s"]), "two columns of one name"),
        (pl.DataFrame({"g": ["x"], "st": ["y"]}), r"the column is 's'; use one of g, st"),
        *((other, "give a path, or a frame") for other in (None, 7, [("x", "y")], {"g": []})),
    ],
)
def test_a_frame_must_have_the_columns(source: Any, what: str) -> None:
    with pytest.raises(RequestError, match=what):
        pairs(source)


def test_a_plan_that_fails_is_refused() -> None:
    with pytest.raises(RequestError, match="the frame of polars cannot be read: conversion from"):
        pairs(pl.LazyFrame({"g": ["x"], "s": ["y"]}).with_columns(pl.col("s").cast(pl.Int64)))


def test_a_folder_is_read_as_spark_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "part [1]"
    files = {"b.parquet": ("b", 2), "year=2022/a.parquet": ("a", 1), "part-0": ("c", 3)}
    passed = ["_temporary/0.parquet", ".ipynb_checkpoints/b.parquet", ".b.parquet", "_b.parquet"]
    for name, (group, stage) in (files | dict.fromkeys(passed, ("no", 9))).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(pa.table({"s": [stage], "g": [group]}), folder / name)
    (folder / "_SUCCESS").touch()
    (folder / "read me.txt").write_text("g,s")
    os.link(folder / "b.parquet", folder / "hard.parquet")
    (folder / "soft.parquet").symlink_to("b.parquet")
    (folder / "year=all").symlink_to(".")
    assert pairs(folder) == [("a", "1"), ("b", "2"), ("c", "3")]
    assert len(list_parquet(folder)) == 3
    with pytest.raises(RequestError, match="'year' is in the names of its folders only; write it into"):
        pairs(folder, {"group": "year", "stage": "s"})


def test_files_of_a_folder_may_have_a_column_in_different_kinds(tmp_path: Path) -> None:
    """Whole weights in the first file round no weight of the next; what one file lacks is named."""
    for name, weights in {"a": [1, 2], "b": [1.5, 2.25]}.items():
        table = pa.table({"g": ["x", "x"], "s": [1, 2] if name == "a" else ["1", "b"], "w": weights})
        parquet.write_table(table, tmp_path / f"{name}.parquet")
    with open_respondents(tmp_path, {**COLUMNS, "weight": "w"}) as respondents:
        cells = count_cells(respondents)
    assert {cell.stage: cell.weight / 2 ** (BITS - TOP) for cell in cells} == {"1": 2.5, "2": 2, "b": 2.25}
    parquet.write_table(pa.table({"g": ["x"], "n": [{"s": "1"}], "w": [1]}), tmp_path / "c.parquet")
    with pytest.raises(RequestError, match=r"its file 'c\.parquet' lacks the column 's'; add it there"):
        pairs(tmp_path)


def test_a_folder_with_another_inside_or_with_a_pipe_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"has no \.parquet files"):
        pairs(tmp_path)
    (tmp_path / "old").mkdir()
    two_cases(tmp_path / "old")
    with pytest.raises(RequestError, match="the folder 'old' inside has Parquet files too"):
        pairs(tmp_path)
    (tmp_path / "old" / "y.parquet").write_bytes((tmp_path / "old" / "x.parquet").read_bytes())
    with pytest.raises(RequestError, match="differ in the case of letters only"):
        pairs(tmp_path / "old", {"group": "g", "stage": "Role"})
    (tmp_path / "new").mkdir()
    os.mkfifo(tmp_path / "new" / "pipe.parquet")
    with pytest.raises(RequestError, match=r"pipe\.parquet is not a regular file"):
        pairs(tmp_path / "new")


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    for name in ("x.parquet", "x.sav", "x.xlsx"):
        start = {"x.parquet": b"PAR1", "x.sav": b"$FL2", "x.xlsx": b"PK\x03\x04"}[name]
        (tmp_path / name).write_bytes(start + b" nothing" * 20 + b"PAR1")
        with pytest.raises(MaturityError, match=r"cannot be read|no sound|damaged"):
            pairs(tmp_path / name)


# Workbooks: what a person sees is what is counted


def write_workbook(path: Path, rows: list[list[object]], **changes: Any) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    book.create_sheet("old").append(["g", "s"])
    book["old"].append(["hidden", "hidden"])
    book["old"].sheet_state = "hidden"
    if "change" in changes:
        changes["change"](sheet)
    book.save(path)
    return path


def test_the_visible_sheet_is_read_below_its_title(tmp_path: Path) -> None:
    rows = [["Answers of 2022"], ["g", "s"], ["x", "planned"], [None, None], ["x", None], ["x", 3]]
    path = write_workbook(tmp_path / "x.xlsx", rows)
    assert pairs(path) == [("x", ""), ("x", "3"), ("x", "planned")]
    with open_respondents(path, COLUMNS) as respondents:
        assert first_rows(respondents, "stage", "3") == [6]
        assert "hidden sheets left out: 'old'" in respondents.notes


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda sheet: setattr(sheet.row_dimensions[3], "hidden", True), "lines? 3: .*hidden"),
        (lambda sheet: setattr(sheet.column_dimensions["B"], "hidden", True), r"column 2 \('s'\) is hidden"),
        (lambda sheet: sheet.merge_cells("A2:A4"), "cells A2:A4 are merged"),
        (lambda sheet: setattr(sheet["B3"], "value", '="planned"'), "B3 holds a formula without a stored"),
        (lambda sheet: setattr(sheet["C3"], "value", "1,5"), "line 3: the weight is '1,5', not a number"),
    ],
)
def test_what_is_not_seen_or_not_there_is_refused(tmp_path: Path, change: Any, what: str) -> None:
    rows = [["g", "s", "w"], *[["x", "planned", 1.5]] * 4]
    path = write_workbook(tmp_path / "x.xlsx", rows, change=change)
    with pytest.raises(SurveyDataError, match=what):
        pairs(path, {**COLUMNS, "weight": "w"})


# Files of SPSS, Stata and SAS


def test_a_labelled_file_gives_its_labels_and_what_it_declares_missing(tmp_path: Path) -> None:
    frame = pd.DataFrame({"g": [1.0, 2, 2, 2, None], "s": [1.0, 2, 8, 9, 7], "w": [1.5, 2, 1, 1, 1]})
    labels = {"g": {1: "A", 2: "B"}, "s": {1: "No", 2: "Planned", 7: "Much", 8: "Vet inte", 9: "Planned"}}
    path = tmp_path / "x.sav"
    pyreadstat.write_sav(
        frame, path, variable_value_labels=labels, missing_ranges={"s": [{"lo": 8, "hi": 9}]}
    )
    said = ["No", "Planned", f"Vet inte{BY_FILE}", f"Planned{BY_FILE}", "Much"]
    assert pairs(path) == sorted(zip(["A", "B", "B", "B", ""], said, strict=True))
    with open_respondents(path, {**COLUMNS, "weight": "w"}) as respondents:
        assert first_rows(respondents, "stage", said[3]) == [4]
    stata = pd.DataFrame({"g": ["A", "B", "B"], "s": [1, "a", 2]})
    pyreadstat.write_dta(
        stata, tmp_path / "x.dta", variable_value_labels={"s": {1: "No", 2: "Yes", "a": "Yes"}},
        missing_user_values={"s": ["a"]},
    )  # fmt: skip
    assert pairs(tmp_path / "x.dta") == [("A", "No"), ("B", "Yes"), ("B", f"Yes{BY_FILE}")]


def test_a_weight_or_an_id_that_is_declared_missing_is_none(tmp_path: Path) -> None:
    frame = pd.DataFrame({"g": ["A"] * 3, "s": ["No"] * 3, "w": [1.0, 99, 2], "id": [1.0, 2, 98]})
    ranges = {"w": [99], "id": [{"lo": 97, "hi": 99}]}
    pyreadstat.write_sav(frame, tmp_path / "x.sav", missing_ranges=ranges)
    frame = frame.astype({"w": object}).assign(w=[1, "a", 2], id=[1, 2, "b"])
    pyreadstat.write_dta(frame, tmp_path / "x.dta", missing_user_values={"w": ["a"], "id": ["b"]})
    columns = {**COLUMNS, "weight": "w", "respondent": "id"}
    for name in ("x.sav", "x.dta"):
        with open_respondents(tmp_path / name, columns) as respondents:
            assert [problem.problem for problem in find_unusable(respondents)] == [
                "weight is ''; a weight is a number of 0 or more: 1 row, first in row 2"
            ]
            [empty] = find_repeated(respondents)
            assert empty.problem.startswith("an id is empty")


@pytest.mark.parametrize(("ending", "write"), [("por", "write_por"), ("xpt", "write_xport")])
def test_portable_files_are_read(tmp_path: Path, ending: str, write: str) -> None:
    path = tmp_path / f"x.{ending}"
    getattr(pyreadstat, write)(pd.DataFrame({"g": ["A", "B"], "s": ["No", ""]}), path)
    assert pairs(path) == [("A", "No"), ("B", "")]
    path.write_bytes(path.read_bytes()[:-85])
    with pytest.raises(RequestError, match=f"not a valid .{ending} file"):
        pairs(path)


@pytest.mark.parametrize(("ending", "what"), [("sav", "SPSS"), ("xlsx", "Excel")])
def test_a_file_is_held_to_its_name(tmp_path: Path, ending: str, what: str) -> None:
    (tmp_path / f"x.{ending}").write_text("g,s\nx,y\n")
    with pytest.raises(SurveyDataError, match=f"its name ends in .{ending}"):
        pairs(tmp_path / f"x.{ending}")
    (tmp_path / "export").write_text("g,s\nx,y\n")
    assert pairs(str(tmp_path / "export")) == [("x", "y")]


def test_a_transport_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    """pyreadstat reads the rows that are left, and says nothing."""
    path = tmp_path / "x.xpt"
    pyreadstat.write_xport(pd.DataFrame({"g": ["general"] * 40, "s": ["planned"] * 40}), path)
    path.write_bytes(path.read_bytes()[:-90])
    with pytest.raises(RequestError, match="it is cut off; write it again"):
        pairs(path)
