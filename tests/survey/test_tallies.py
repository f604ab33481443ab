"""What respondents' values mean, what is refused, and the same bits on every engine."""

from __future__ import annotations

import importlib.util
import re
import shutil
import threading
import warnings
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

from analysis.codebook import load_codebook
from analysis.errors import RequestError, SurveyDataError
from analysis.survey import tallies
from analysis.survey.respondents import bases_of, shares_of, tabulate_responses
from analysis.survey.sources import open_respondents
from analysis.survey.tallies import (
    BITS,
    BY_FILE,
    REASONS,
    TOP,
    USUAL,
    AnswerReader,
    Respondents,
    count_cells,
    fetch_aside,
    first_rows,
    text_of,
)

STAGES = AnswerReader(load_codebook(), "stage")
MILLION = 1_000_000
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # compiling more pays only in longer runs
SCHOOLS = ["vocational", "Lukiot", " GYMNASIER ", "Ammatilliset", None, "general"]
GROUPS = ["vocational", "general", "general", "vocational", None, "general"]
ROLES = [
    *("not_at_all", "Suunniteltu", "vet inte", "  Planerad", None, "PILOTING", "Monipuolisia kokemuksia"),
    *("Meillä on jo kokeiluja virtuaalisesta kv-toiminnasta", "", "not asked", "Inte alls"),
]
MEANINGS = [0, 1, "dont_know", 1, "missing", 2, 4, 3, "missing", "not_asked", 0]


def tabulate(source: object, **options: Any) -> pd.DataFrame:
    names = {"wave": "2022-autumn", "group": "g", "stage": "s", "credit": "test"}
    return tabulate_responses(source, **(names | options))


def relation(data: dict[str, list]) -> duckdb.DuckDBPyRelation:
    return duckdb.from_arrow(pl.DataFrame(data).to_arrow())


MAKERS = [pd.DataFrame, pl.DataFrame, pl.LazyFrame, pa.table, relation]


# What a value means


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        *(
            (word, ("planned", None))
            for word in ("planned", " PLANNED ", "Suunniteltu", "We have planned it ")
        ),
        ("Olemme suunnitelleet sita\u0308", ("planned", None)),  # a letter with its mark apart
        *((value, (None, "missing")) for value in (None, float("nan"), "  ", pd.NA)),
        *((word, (None, "dont_know")) for word in ("En osaa  sanoa", "Vet inte", "Don’t know")),
        ("Not asked", (None, "not_asked")),
        *((value, None) for value in ("pilot", "3", 3, "NA", "-", "plаnned", "planned\u200b", True)),
        (f"Planned{BY_FILE}", (None, "missing")),
        (f"Vet inte{BY_FILE}", (None, "dont_know")),
    ],
)
def test_a_value_is_a_code_or_a_label_or_a_reason_or_nothing(value: object, meaning: object) -> None:
    assert STAGES.read(value) == meaning


def test_a_caller_declares_own_values_but_no_codes() -> None:
    reader = AnswerReader(load_codebook(), "stage", {"dont_know": [9, "99"], "not_asked": "-1"})
    reasons = [reader.read(value).reason for value in (9.0, "99", -1)]
    assert reasons == ["dont_know", "dont_know", "not_asked"]
    with pytest.raises(RequestError, match="'Planerad' cannot mean missing: it is stage 'planned'"):
        AnswerReader(load_codebook(), "stage", {"missing": "Planerad"})
    with pytest.raises(RequestError, match=r"'refused'; use one of not_asked, dont_know, missing"):
        AnswerReader(load_codebook(), "stage", {"refused": ["9"]})


def test_an_explanation_names_the_nearest_code_and_strange_characters() -> None:
    assert "did you mean 'piloting'?" in STAGES.explain("pilot")
    assert "U+0430 CYRILLIC SMALL LETTER A" in STAGES.explain("plаnned")


def test_usual_words_stand_for_one_reason_each() -> None:
    words = [word for reason in REASONS for word in USUAL[reason]]
    assert len(words) == len(set(words))


def test_numbers_become_text_without_a_needless_point() -> None:
    values = (1, 1.0, 1.5, b"abc", None, float("inf"), np.float64(2))
    assert [text_of(value) for value in values] == ["1", "1", "1.5", "abc", "", "inf", "2"]


# What is refused


@pytest.mark.parametrize("make", MAKERS)
def test_unknown_values_are_refused_with_counts_rows_and_the_nearest_code(make: Any) -> None:
    answers = {
        "g": ["Lukiot", "Lukiot", "luki", "Lukiot", "all", "Lukiot"],
        "s": ["planned", "pilot", "planned", "pilot", "planned", "NA"],
    }
    with pytest.raises(SurveyDataError, match="has 4 problems:") as caught:
        tabulate(make(answers))
    message = str(caught.value)
    where = "" if make is relation else ", first in rows 2, 4"
    assert f"(did you mean 'piloting'?): 2 rows{where}" in message
    assert "where it means no answer, say so (--missing" in message
    for part in ("stage is 'NA'", "group is 'luki'", "group is 'all', the total of the others"):
        assert part in message
    assert {problem.rule for problem in caught.value.problems} == {"unknown-group", "unknown-stage"}


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("ids", [["a", "b", "a "], [1, 2, 1], [1.0, 2.5, 1.0]])
def test_repeated_ids_are_refused_on_every_engine(make: Any, ids: list) -> None:
    answers = make({"id": ids, "g": ["general"] * 3, "s": ["planned"] * 3})
    where = "" if make is relation else ", first in rows 1, 3"
    with pytest.raises(
        SurveyDataError, match=f"respondent '[a1]' is there more than once; each .*: 2 rows{where}"
    ):
        tabulate(answers, respondent="id")


@pytest.mark.parametrize("make", [*MAKERS, None])
@pytest.mark.parametrize("ids", [["a", " ", "b"], ["a", None, "b"], [1.0, float("nan"), 2.0]])
def test_a_missing_id_is_refused_on_every_engine(make: Any, ids: list, tmp_path: Path) -> None:
    """Without a maker from a Parquet file, whose bounds leave out nan."""
    answers = {"id": ids, "g": ["general"] * 3, "s": ["planned"] * 3}
    parquet.write_table(pa.table(answers), tmp_path / "x.parquet")
    where = "" if make is relation else ", first in row 2"
    with pytest.raises(SurveyDataError, match=f"an id is empty; .*: 1 row{where}"):
        tabulate(make(answers) if make else tmp_path / "x.parquet", respondent="id")


@pytest.mark.parametrize("make", MAKERS)
def test_a_column_of_nothing_is_no_structure(make: Any) -> None:
    with pytest.raises(RequestError, match="has no answer with a group"):
        tabulate(make({"g": ["general"] * 2, "s": [None] * 2}))


def test_more_repeated_ids_than_are_shown_are_counted_and_types_do_not_matter() -> None:
    answers = pd.DataFrame({"id": [*range(20), *map(str, range(20)), None], "g": "general", "s": "planned"})
    with pytest.raises(SurveyDataError, match="has 21 problems"):
        tabulate(answers, respondent="id")
    many = pd.DataFrame({"id": [*range(20_000)] * 2, "g": "general", "s": "planned"})
    with pytest.raises(
        RequestError, match="more than 10000 repeated ids; give the column that holds the ids"
    ):
        tabulate(many, respondent="id")


@pytest.mark.parametrize("weight", [None, float("nan"), -1.0, float("inf")])
@pytest.mark.parametrize("make", [*MAKERS, None])
def test_a_weight_that_cannot_be_used_is_refused(make: Any, weight: float | None, tmp_path: Path) -> None:
    """Without a maker from a Parquet file, whose statistics by pyarrow leave out nan."""
    answers = {"g": ["general"] * 3, "s": ["planned"] * 3, "w": [1.0, weight, 2.0]}
    parquet.write_table(pa.table(answers), tmp_path / "x.parquet")
    with pytest.raises(SurveyDataError, match=r"weight is '.*'; a weight is .*: 1 row"):
        tabulate(make(answers) if make else tmp_path / "x.parquet", weight="w")


@pytest.mark.parametrize("weights", [[1, 2.5], [Decimal(1), Decimal("2.5")], [1.0, 2.5]])
def test_weights_of_databases_are_read(weights: list) -> None:
    """Which pandas keeps as objects."""
    answers = pd.DataFrame(
        {"g": "general", "s": ["planned", "piloting"], "w": pd.Series(weights, dtype=object)}
    )
    shares = shares_of(tabulate(answers, weight="w"))
    assert shares["estimate"].tolist()[1:3] == [1 / 3.5, 2.5 / 3.5]


def test_a_weight_that_counts_nowhere_may_be_unusable() -> None:
    answers = {
        "g": ["general"] * 3 + [None],
        "s": ["planned", "piloting", None, "planned"],
        "w": [1, 3, None, -1],
    }
    shares = shares_of(tabulate(pd.DataFrame(answers), weight="w"))
    assert shares.loc[shares["group"] == "general", "estimate"].tolist() == [0, 0.25, 0.75, 0, 0]


def test_a_thousand_kinds_of_mistakes_make_a_short_message_without_hidden_characters() -> None:
    values = [f"{number}\u202e" + "x" * 900 for number in range(1000)]
    with pytest.raises(SurveyDataError, match=r"<U\+202E>x.* \n?.*1000 in all|1000 in all") as caught:
        tabulate(pd.DataFrame({"g": "general", "s": values}))
    assert len(str(caught.value)) <= 4000
    assert "\u202e" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "columns", "what"),
    [
        *(
            ({"g": ["Lukiot"], "s": ["planned"], "w": [weight]}, {"weight": "w"}, "weights are not numbers")
            for weight in ("1", True, None)
        ),
        (
            {"g": [str(k) for k in range(20_000)], "s": ["x"] * 20_000},
            {},
            "more than 10000 pairs of group and stage; give the columns",
        ),
    ],
)
@pytest.mark.parametrize("make", MAKERS)
def test_columns_of_another_kind_are_refused(make: Any, data: Any, columns: Any, what: str) -> None:
    with pytest.raises(RequestError, match=what):
        tabulate(make(data), **columns)


# The same bits, and one scan


def generate(rows: int) -> str:
    """SQL of made-up respondents, by arithmetic alone."""
    schools, roles = ([("" if v is None else v) for v in values] for values in (SCHOOLS, ROLES))
    return f"""
        SELECT i AS id, CASE WHEN school = '' THEN NULL ELSE school END AS g,
               CASE WHEN i * 7919 % 1000003 % 11 = 4 THEN NULL ELSE role END AS s,
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


def weighted(source: object) -> pd.DataFrame:
    return tabulate(source, weight="w", respondent="id")


@pytest.fixture(scope="module")
def known(million: Path) -> pd.DataFrame:
    """Rows by DuckDB on the file, which the first test holds to counts by numpy."""
    return weighted(million)


def assert_same(found: pd.DataFrame, known: pd.DataFrame) -> None:
    """Equal to the last bit: rows, bases, shares and their errors."""
    pd.testing.assert_frame_equal(found, known, check_exact=True)
    assert bases_of(found).to_dict() == bases_of(known).to_dict()
    assert shares_of(found).to_dict() == shares_of(known).to_dict()


def test_counts_are_those_of_arithmetic(known: pd.DataFrame) -> None:
    i = np.arange(MILLION)
    group, role = (i * 31 + i // 7) % 6, i * 7919 % 1000003 % 11
    shares = shares_of(known).set_index(["group", "stage"])["count"]
    bases = bases_of(known).set_index("group")
    meant = {kind: np.isin(role, [k for k, one in enumerate(MEANINGS) if one == kind]) for kind in MEANINGS}
    for code in ("vocational", "general"):
        mine = np.isin(group, [k for k, name in enumerate(GROUPS) if name == code])
        assert shares[code].tolist() == [int((mine & meant[stage]).sum()) for stage in range(5)]
        found = bases.loc[code, ["respondents", *REASONS]].tolist()
        assert found == [mine.sum(), *((mine & meant[reason]).sum() for reason in REASONS)]
    assert bases.loc["", "respondents"] == (group == 4).sum()
    assert shares["all"].tolist() == (shares["vocational"] + shares["general"]).tolist()


FRAMES: dict[str, Callable[[Path], Any]] = {
    "pandas": lambda path: duckdb.read_parquet(str(path)).df(),
    "pandas objects": lambda path: duckdb.read_parquet(str(path)).df().astype({"g": object, "s": object}),
    "pandas categories": lambda path: (
        duckdb.read_parquet(str(path)).df().astype({"g": "category", "s": "category"})
    ),
    "polars": pl.read_parquet,
    "polars lazy": pl.scan_parquet,
    "polars categories": lambda path: pl.read_parquet(path).cast({"g": pl.Categorical, "s": pl.Categorical}),
    "narwhals": lambda path: nw.from_native(pl.scan_parquet(path)),
    "duckdb relation": lambda path: duckdb.read_parquet(str(path)),
    "one thread": lambda path: duckdb.connect(config={"threads": 1}).read_parquet(str(path)),
    "five threads": lambda path: duckdb.connect(config={"threads": 5}).read_parquet(str(path)),
    "pyarrow": lambda path: pl.read_parquet(path).to_arrow(),
}


@pytest.mark.parametrize("engine", FRAMES)
def test_every_engine_gives_the_same_bits(million: Path, known: pd.DataFrame, engine: str) -> None:
    assert_same(weighted(FRAMES[engine](million)), known)


def test_csv_and_a_folder_in_another_order_give_the_same_bits(
    million: Path, known: pd.DataFrame, tmp_path: Path
) -> None:
    for part in range(3):
        rows = f"FROM '{million}' WHERE id % 3 = {part} ORDER BY hash(id)"
        duckdb.sql(f"COPY ({rows}) TO '{tmp_path}/part-{part}.parquet' (FORMAT parquet)")
    assert_same(weighted(tmp_path), known)
    duckdb.sql(f"COPY (FROM '{million}') TO '{tmp_path}/x.csv' (HEADER, DELIMITER ';')")
    assert_same(weighted(tmp_path / "x.csv"), known)


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
def test_spark_gives_the_same_bits_and_refuses_alike(million: Path, known: pd.DataFrame, spark: Any) -> None:
    assert_same(weighted(spark.read.parquet(str(million))), known)
    weights = {"g": ["general"] * 3, "s": ["planned", "piloting", "planned"], "w": [2**40 / 3, 1.0, 1e-3]}
    rows = spark.createDataFrame(list(zip(*weights.values(), strict=True)), list(weights))
    assert_same(tabulate(rows, weight="w"), tabulate(pl.DataFrame(weights), weight="w"))
    for ids in (["a", " ", "b"], [1.0, float("nan"), 2.0]):
        rows = spark.createDataFrame([(one, "general", "planned") for one in ids], ["id", "g", "s"])
        with pytest.raises(SurveyDataError, match="an id is empty; each"):
            tabulate(rows, respondent="id")
    with pytest.raises(RequestError, match="holds lists or structures"):
        tabulate(spark.createDataFrame([("general", {"a": "planned"})], ["g", "s"]))
    rows = spark.createDataFrame([("general", "planned", "piloting")], ["g", "my.s", "my"])
    assert tabulate(rows, stage="my.s").query("count > 0")["stage"].tolist() == ["planned"] * 2
    with pytest.raises(RequestError, match="has 2 columns 's'; rename one of them"):
        tabulate(rows.toDF("g", "s", "s"))


@pytest.mark.parametrize("columns", [{"weight": "w"}, {}])
@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_counting_reads_the_rows_once(
    million: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: dict[str, str], kind: str
) -> None:
    """The least weight is known from the statistics of a Parquet file."""
    path, plans = million, []
    if kind == "csv":
        path = tmp_path / "x.csv"
        path.write_text("g,s,w\nLukiot,planned,1\n")
    fetch = Respondents.fetch

    def watched(self: Respondents, query: Any, most: int) -> list:
        connection, sql = self.connection, query.to_native().sql_query()
        [(_, plan)] = connection.execute(f"EXPLAIN (FORMAT json) {sql}").fetchall()
        plans.append(plan)
        return fetch(self, query, most)

    monkeypatch.setattr(Respondents, "fetch", watched)
    with open_respondents(path, {"group": "g", "stage": "s", **columns}) as respondents:
        count_cells(respondents)
    operators = re.findall(r'"name": "([A-Z_]+)', "".join(plans))
    scans = [name for name in operators if name.startswith("READ_")]
    assert (scans, operators.count("HASH_GROUP_BY")) == ([f"READ_{kind.upper()}"], 1)
    assert not any("WINDOW" in name for name in operators)  # rows are numbered only where one is named


def test_rows_are_numbered_as_people_do(million: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("g;s\na;b\nx;y\na;b\nx;y\n")
    with open_respondents(path, {"group": "g", "stage": "s"}) as respondents:
        assert first_rows(respondents, "group", "x") == [3, 5]
    with open_respondents(million, {"group": "id", "stage": "s"}) as respondents:
        assert first_rows(respondents, "group", 654_321) == [654_322]


def test_sums_of_weights_are_exact() -> None:
    """Of weights up to the largest that fits, in units of 63 bits."""
    weights = [2047.999999, 1 / 3, 0.0, 1e-9, 2048 - 2**-40]
    frame = pl.DataFrame({"g": "Lukiot", "s": "planned", "w": weights})
    with open_respondents(frame, {"group": "g", "stage": "s", "weight": "w"}) as respondents:
        [cell] = count_cells(respondents)
    assert cell.weighed == 5
    assert cell.weight == sum(round(weight * 2 ** (BITS - TOP)) for weight in weights)


def test_a_query_that_has_not_begun_is_interrupted_until_it_hears(monkeypatch: pytest.MonkeyPatch) -> None:
    heard, interrupts, real = threading.Event(), list[int](), tallies.wait

    class Query:
        def fetchall(self) -> list[tuple[Any, ...]]:
            heard.wait(20)
            return []

        def interrupt(self) -> None:
            interrupts.append(1)
            if len(interrupts) > 2:
                heard.set()

    def wait(*arguments: Any, **options: Any) -> Any:
        if interrupts:
            return real(*arguments, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(tallies, "wait", wait)
    query: Any = Query()
    with pytest.raises(KeyboardInterrupt):
        fetch_aside(query, query)
    assert len(interrupts) >= 3
