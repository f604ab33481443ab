"""The same counts and the same bits on every engine, for a million respondents; one scan of a file."""

from __future__ import annotations

import importlib.util
import re
import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest

from analysis.errors import RequestError
from analysis.survey.respondents import bases_of, shares_of, tabulate_responses
from analysis.survey.tallying import engines
from analysis.survey.tallying.engines import Unit, count_cells, count_query, first_rows, weigh_query
from analysis.survey.tallying.scanning import connect
from analysis.survey.tallying.sources import open_respondents

MILLION = 1_000_000
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # compiling more pays only in longer runs
COLUMNS = {"group": "school", "stage": "role", "weight": "w"}
SCHOOLS = ["vocational", "Lukiot", " GYMNASIER ", "Ammatilliset", None, "general"]
ROLES = [
    "not_at_all",
    "Suunniteltu",
    "vet inte",
    "  Planerad",
    None,
    "PILOTING",
    "Monipuolisia kokemuksia",
    "Meillä on jo kokeiluja virtuaalisesta kv-toiminnasta",
    "",
    "not asked",
    "Inte alls",
]
MEANINGS = [0, 1, "dont_know", 1, "missing", 2, 4, 3, "missing", "not_asked", 0]
GROUPS = ["vocational", "general", "general", "vocational", None, "general"]


def generate(rows: int) -> str:
    """SQL of made-up respondents, by arithmetic alone."""
    schools, roles = ([("" if v is None else v) for v in values] for values in (SCHOOLS, ROLES))
    return f"""
        SELECT i AS id, CASE WHEN school = '' THEN NULL ELSE school END AS school,
               CASE WHEN i * 7919 % 1000003 % 11 = 4 THEN NULL ELSE role END AS role,
               0.25 + (i * 104729 % 1000003) / 400000.0 AS w
        FROM (SELECT i, {schools}[1 + (i * 31 + i // 7) % 6] AS school,
                     {roles}[1 + i * 7919 % 1000003 % 11] AS role
              FROM range({rows}) AS numbers(i))"""


@pytest.fixture(scope="module")
def million(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Parquet file of a million made-up respondents."""
    path = tmp_path_factory.mktemp("million") / "respondents.parquet"
    duckdb.sql(f"COPY ({generate(MILLION)}) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 100000)")
    return path


@pytest.fixture(scope="module")
def known(million: Path) -> pd.DataFrame:
    """Rows by DuckDB on the file, which the first test holds to counts by numpy."""
    return tabulate(million)


def tabulate(source: object) -> pd.DataFrame:
    return tabulate_responses(
        source, wave="2022-autumn", group="school", stage="role", weight="w", respondent="id", credit="test"
    )


def test_counts_are_those_of_arithmetic(known: pd.DataFrame) -> None:
    i = np.arange(MILLION)
    group, role = (i * 31 + i // 7) % 6, i * 7919 % 1000003 % 11
    shares = shares_of(known).set_index(["group", "stage"])["count"]
    bases = bases_of(known).set_index("group")
    for code in ("vocational", "general"):
        mine = np.isin(group, [k for k, name in enumerate(GROUPS) if name == code])
        meant = [
            np.isin(role, [k for k, stage in enumerate(MEANINGS) if stage == meaning]) for meaning in range(5)
        ]
        assert shares[code].tolist() == [int((mine & stage).sum()) for stage in meant]
        assert bases.loc[code, "respondents"] == mine.sum()
        assert bases.loc[code, "dont_know"] == (mine & (role == 2)).sum()
        assert bases.loc[code, "not_asked"] == (mine & (role == 9)).sum()
        assert bases.loc[code, "missing"] == (mine & np.isin(role, [4, 8])).sum()
    assert bases.loc["", "respondents"] == (group == 4).sum()
    assert shares["all"].tolist() == (shares["vocational"] + shares["general"]).tolist()


FRAMES: dict[str, Callable[[Path], Any]] = {
    "pandas": lambda path: duckdb.read_parquet(str(path)).df(),
    "pandas categories": lambda path: (
        duckdb.read_parquet(str(path)).df().astype({"school": "category", "role": "category"})
    ),
    "polars": pl.read_parquet,
    "polars lazy": pl.scan_parquet,
    "polars categories": lambda path: pl.scan_parquet(path).cast(
        {"school": pl.Categorical, "role": pl.Categorical}
    ),
    "duckdb relation": lambda path: duckdb.read_parquet(str(path)),
    "pyarrow": lambda path: pl.read_parquet(path).to_arrow(),
    "path": str,
}


def assert_same(found: pd.DataFrame, known: pd.DataFrame) -> None:
    """Equal to the last bit: rows, bases, shares and their errors."""
    pd.testing.assert_frame_equal(found, known, check_exact=True)
    assert bases_of(found).to_dict() == bases_of(known).to_dict()
    assert shares_of(found).to_dict() == shares_of(known).to_dict()


@pytest.mark.parametrize("engine", FRAMES)
def test_every_engine_gives_the_same_bits(million: Path, known: pd.DataFrame, engine: str) -> None:
    assert_same(tabulate(FRAMES[engine](million)), known)


def test_csv_gives_the_same_bits(million: Path, known: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "respondents.csv"
    duckdb.sql(f"COPY (FROM '{million}') TO '{path}' (HEADER, DELIMITER ';')")
    assert_same(tabulate(path), known)


def test_a_folder_in_another_order_gives_the_same_bits(
    million: Path, known: pd.DataFrame, tmp_path: Path
) -> None:
    for part in range(3):
        rows = f"FROM '{million}' WHERE id % 3 = {part} ORDER BY hash(id)"
        duckdb.sql(f"COPY ({rows}) TO '{tmp_path}/part-{part}.parquet' (FORMAT parquet)")
    assert_same(tabulate(tmp_path), known)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_number_of_threads_moves_no_bit(million: Path, known: pd.DataFrame, threads: int) -> None:
    connection = duckdb.connect(config={"threads": threads})
    assert_same(tabulate(connection.read_parquet(str(million))), known)


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """Spark on two cores of this machine."""
    if not importlib.util.find_spec("pyspark") or not shutil.which("java"):
        pytest.skip("Spark needs Java and the extra spark")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        builder = builder.config("spark.driver.extraJavaOptions", QUICK_JAVA)
        builder = builder.config("spark.sql.shuffle.partitions", "2")
        session = builder.config("spark.driver.bindAddress", "127.0.0.1").getOrCreate()
    yield session
    session.stop()


@pytest.mark.spark
@pytest.mark.slow
def test_spark_gives_the_same_bits(million: Path, known: pd.DataFrame, spark: Any) -> None:
    assert_same(tabulate(spark.read.parquet(str(million))), known)


@pytest.mark.parametrize("query", [count_query, lambda frame: weigh_query(frame, Unit())])
@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_file_is_scanned_once(
    million: Path, tmp_path: Path, query: Callable[[Any], Any], kind: str
) -> None:
    path = million
    if kind == "csv":
        path = tmp_path / "x.csv"
        path.write_text("school,role,w\nLukiot,planned,1\n")
    with open_respondents(path, COLUMNS) as respondents, connect(path) as connection:
        sql = query(respondents.frame).to_native().sql_query()
        [(_, plan)] = connection.execute(f"EXPLAIN (FORMAT json) {sql}").fetchall()
    operators = re.findall(r'"name": "([A-Z_]+)', plan)
    assert operators.count(f"READ_{kind.upper()}") == 1
    assert [name for name in operators if "SCAN" in name or name.startswith("READ_")] == [
        f"READ_{kind.upper()}"
    ]
    assert operators.count("HASH_GROUP_BY") == 1


@pytest.mark.parametrize("weighted", [True, False])
def test_counting_asks_the_engine_once(
    million: Path, monkeypatch: pytest.MonkeyPatch, weighted: bool
) -> None:
    asked = []
    rows = engines._rows
    monkeypatch.setattr(engines, "_rows", lambda frame, most: asked.append(frame) or rows(frame, most))
    columns = COLUMNS if weighted else {role: COLUMNS[role] for role in ("group", "stage")}
    with open_respondents(million, columns) as respondents:
        count_cells(respondents)
    assert len(asked) == 1


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pl.LazyFrame])
def test_first_rows_are_numbered_from_one(frame: Callable[[dict], Any]) -> None:
    source = frame({"g": ["x", "y", "x", "x", "x"], "s": ["a", "b", "a", "b", "a"]})
    with open_respondents(source, {"group": "g", "stage": "s"}) as respondents:
        assert first_rows(respondents, "group", "x") == [1, 3, 4]


def test_rows_of_a_file_are_counted_in_its_order(million: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("g;s\na;b\nx;y\na;b\nx;y\n")
    with open_respondents(path, {"group": "g", "stage": "s"}) as respondents:
        assert first_rows(respondents, "group", "x") == [3, 5]
    with open_respondents(million, {"group": "id", "stage": "role"}) as respondents:
        assert first_rows(respondents, "group", 654_321) == [654_322]


def test_a_relation_without_an_order_has_no_row_numbers(million: Path) -> None:
    with open_respondents(duckdb.read_parquet(str(million)), COLUMNS) as respondents:
        assert first_rows(respondents, "group", "Lukiot") == []


def test_a_column_of_free_text_is_refused(million: Path) -> None:
    with (
        open_respondents(million, {"group": "school", "stage": "id"}) as respondents,
        pytest.raises(RequestError, match="more than 10000 pairs of values"),
    ):
        count_cells(respondents)


def test_text_is_no_weight() -> None:
    frame = pd.DataFrame({"school": ["Lukiot"], "role": ["planned"], "w": ["1"]})
    with (
        open_respondents(frame, COLUMNS) as respondents,
        pytest.raises(RequestError, match="the weights are no numbers"),
    ):
        count_cells(respondents)


def test_halves_of_scaled_weights_make_the_whole() -> None:
    """Weights up to the largest that fits, in both ways of summing: 128 bits and halves of 62."""
    weights = [2047.999999, 1 / 3, 0.0, 1e-9, 2048 - 2**-40]
    frame = pd.DataFrame({"school": "Lukiot", "role": "planned", "w": weights})
    sums = {int(weight * 2**51) for weight in weights}, sum(int(weight * 2**51) for weight in weights)
    for source in (frame, duckdb.from_arrow(pl.from_pandas(frame).to_arrow())):
        with open_respondents(source, COLUMNS) as respondents:
            [cell], unit = count_cells(respondents)
        assert (unit, cell.weighed, cell.weight) == (Unit(11), 5, sums[1])


def test_a_narwhals_frame_is_taken_too() -> None:
    frame = nw.from_native(pl.DataFrame({"school": ["Lukiot"], "role": ["planned"], "w": [2]}))
    with open_respondents(frame, COLUMNS) as respondents:
        assert count_cells(respondents)[0][0].number == 1
