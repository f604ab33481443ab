"""CSV and Parquet through DuckDB: names, delimiters, quotes, encodings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from analysis.errors import MaturityError, RequestError, SurveyDataError
from analysis.survey.tallying import scanning
from analysis.survey.tallying.scanning import connect, explain, literal, read_header, scan_csv, scan_parquet
from analysis.survey.tallying.sources import open_respondents

COLUMNS = {"group": "g", "stage": "s"}
HOSTILE = [
    "a*.csv",
    "a[1].csv",
    "a?.csv",
    "[!a].csv",
    "**",
    "q'uote\".csv",
    "new\nline.csv",
    "{a,b}.csv",
    "~.csv",
    "$HOME.csv",
    "-x.csv",
    "%s.csv",
    "täällä.csv",
    "s3:; DROP TABLE x.csv",
]


def scan(
    path: Path, data: bytes, columns: dict[str, str] = COLUMNS, delimiter: str | None = None
) -> list[tuple]:
    path.write_bytes(data)
    with connect(path) as connection:
        return scan_csv(connection, path, columns, delimiter)[0].fetchall()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_means_one_file(tmp_path: Path, name: str) -> None:
    for decoy in ("a1.csv", "ab.csv", "b.csv", "abc.csv"):
        (tmp_path / decoy).write_text("g,s\nwrong,wrong\n")
    assert scan(tmp_path / name, b"g,s\nright,right\n") == [("right", "right")]


def test_a_folder_may_have_a_hostile_name_too(tmp_path: Path) -> None:
    folder = tmp_path / "all [2*]"
    folder.mkdir()
    assert scan(folder / "x.csv", b"g,s\n1,2\n") == [("1", "2")]


@pytest.mark.parametrize("name", ["a\\b*.csv", "bad\udcff.csv"])
def test_a_name_that_cannot_be_given_safely_is_refused(name: str) -> None:
    with pytest.raises(RequestError, match="rename the file"):
        literal(Path("/answers") / name)


def test_a_name_that_ends_in_gz_is_not_unpacked(tmp_path: Path) -> None:
    assert scan(tmp_path / "x.csv.gz", b"g,s\n1,2\n") == [("1", "2")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_gives_the_columns(tmp_path: Path, delimiter: str) -> None:
    rows = [["id", "g", "other", "s"], ["1", "x", '"p, q; r"', "y"]]
    data = "".join(delimiter.join(row) + "\n" for row in rows).encode()
    assert scan(tmp_path / "x.csv", data) == [("x", "y")]


def test_a_given_delimiter_holds(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="the column is 'g'; use one of g;s"):
        scan(tmp_path / "x.csv", b"g;s\n1;2\n", delimiter=",")


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfg,s\r\nx,y\r\n",
        b"sep=,\r\ng,s\r\nx,y\r\n",
        b"sep=;\ng;s\nx;y\n",
        b"G ,S\nx,y\n",
        b"g,s\nx,y",
        b'"g","s"\n"x","y"\n\n\n',
        b'g,"long\nhead",s\nx,"more\nlines",y\n',
    ],
)
def test_dialects_of_survey_tools_are_read(tmp_path: Path, data: bytes) -> None:
    assert scan(tmp_path / "x.csv", data) == [("x", "y")]


@pytest.mark.parametrize(
    ("data", "line", "what"),
    [
        (b"g,s\nx,y\nx\n", "3", "the row has 1 fields, the header has 2"),
        (b"g,s\nx,y\nx,y,z\n", "3", "the row has 3 fields, the header has 2"),
        (b'g,s\nx,"y\nx,y\n', "2", "a quote does not close"),
        (b'g,s\n"x"y,y\n', "2", "a quote does not close, or text stands beside it"),
        (b"g,s\nx,y\n\xe4,y\n", "3", "a byte is not UTF-8"),
    ],
)
def test_damage_is_refused_at_its_line(tmp_path: Path, data: bytes, line: str, what: str) -> None:
    with pytest.raises(SurveyDataError, match=rf"line {line}: {what}") as caught:
        scan(tmp_path / "x.csv", data)
    assert caught.value.problems[0].line == line


def test_two_kinds_of_line_ends_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SurveyDataError, match="line ends are of two kinds"):
        scan(tmp_path / "x.csv", b"g,s\r\nx,y\nx,y\r\n")


def test_a_header_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="not UTF-8 in its header"):
        scan(tmp_path / "x.csv", b"g,s,\xe4\nx,y,z\n")


def test_a_column_that_is_not_there_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(
        RequestError, match=r"the column is 'grp'; use one of group, s \(did you mean 'group'\?\)"
    ):
        scan(tmp_path / "x.csv", b"group,s\nx,y\n", {"group": "grp", "stage": "s"})


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="has 2 columns 'g'"):
        scan(tmp_path / "x.csv", b"g,g,s\nx,y,z\n")


def test_one_column_cannot_serve_two_purposes(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="column 's' is given for two purposes"):
        scan(tmp_path / "x.csv", b"g,s\nx,y\n", {"group": "s", "stage": "s"})


def test_weights_have_a_decimal_point_or_in_semicolon_files_a_comma(tmp_path: Path) -> None:
    columns = {**COLUMNS, "weight": "w"}
    assert scan(tmp_path / "x.csv", b"g,s,w\nx,y,1.5\n", columns) == [("x", "y", 1.5)]
    assert scan(tmp_path / "x.csv", b"g;s;w\nx;y;2\nx;y;1,5\n", columns)[1] == ("x", "y", 1.5)


@pytest.mark.parametrize("weight", [b"1,5", b"heavy", b"\xef\xbc\x91"])
def test_a_weight_that_is_no_number_is_refused_at_its_line(tmp_path: Path, weight: bytes) -> None:
    data = b'g,s,w\nx,y,1\nx,y,"' + weight + b'"\n'
    with pytest.raises(SurveyDataError, match=r"line 3: the weight is '.*', not a number"):
        scan(tmp_path / "x.csv", data, {**COLUMNS, "weight": "w"})


def test_names_in_the_header_are_no_sql(tmp_path: Path) -> None:
    columns = {"group": 'g" FROM x; --', "stage": "s"}
    path = tmp_path / "x.parquet"
    duckdb.sql(f"""COPY (SELECT 'a' AS "g"" FROM x; --", 'b' AS s) TO '{path}' (FORMAT parquet)""")
    with connect(path) as connection:
        assert scan_parquet(connection, path, columns).fetchall() == [("a", "b")]
    assert scan(tmp_path / "x.csv", b'"g"" FROM x; --",s\na,b\n', columns) == [("a", "b")]


def test_a_folder_of_parquet_is_read_by_column_names_in_the_order_of_file_names(tmp_path: Path) -> None:
    folder = tmp_path / "part [1]"
    folder.mkdir()
    for name, sql in (("b", "SELECT 2 AS s, 'b' AS g"), ("a", "SELECT 'a' AS g, 1 AS s")):
        duckdb.sql(f"COPY ({sql}) TO '{folder}/{name}.parquet' (FORMAT parquet)")
    (folder / "_SUCCESS").touch()
    with connect(folder) as connection:
        assert scan_parquet(connection, folder, COLUMNS).fetchall() == [("a", 1), ("b", 2)]


def test_an_empty_folder_and_a_damaged_file_are_refused(tmp_path: Path) -> None:
    damaged = tmp_path / "x.parquet"
    with connect(tmp_path) as connection, pytest.raises(RequestError, match=r"has no \.parquet files"):
        scan_parquet(connection, tmp_path, COLUMNS)
    damaged.write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(MaturityError, match="cannot be read"), connect(damaged) as connection:
        scan_parquet(connection, damaged, COLUMNS)


def test_the_header_says_where_data_begin(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("sep=;\ng;s\nx;y\n")
    assert read_header(path, COLUMNS)[2:4] == (";", 1)


@pytest.mark.parametrize(
    ("columns", "frugal"), [(COLUMNS, True), ({**COLUMNS, "respondent": "id"}, False)], ids=["plain", "ids"]
)
def test_csv_keeps_little_in_memory_unless_ids_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: dict[str, str], frugal: bool
) -> None:
    limits = []

    @contextmanager
    def watched(path: Path, *, frugal: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        with connect(path, frugal=frugal) as connection:
            limits.extend(connection.execute("SELECT current_setting('memory_limit')").fetchone())
            yield connection

    monkeypatch.setattr(scanning, "connect", watched)
    (tmp_path / "x.csv").write_text("id,g,s\n1,a,b\n")
    with open_respondents(tmp_path / "x.csv", columns):
        pass
    cores = max(2, os.cpu_count() or 2)
    bound = duckdb.connect(config={"memory_limit": f"{32 * cores}MB"}).execute(
        "SELECT current_setting('memory_limit')"
    )
    assert (limits == list(bound.fetchone())) is frugal


def test_columns_with_more_values_than_memory_holds_are_not_those_that_were_meant() -> None:
    error = explain(Path("x.csv"), "Out of Memory Error: could not allocate block of size 7.6 MiB")
    assert "give the columns that hold the codes or labels" in str(error)
