"""What respondents' values mean, and the refusal of all that means nothing known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

from analysis.errors import SurveyDataError
from analysis.survey.respondents import shares_of, tabulate_responses


def tabulate(source: object, **options: Any) -> pd.DataFrame:
    return tabulate_responses(source, wave="2022-autumn", group="g", stage="s", **options)


def relation(data: dict[str, list]) -> duckdb.DuckDBPyRelation:
    return duckdb.from_arrow(pl.DataFrame(data).to_arrow())


def frame(*pairs: tuple[object, object]) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["g", "s"])


def test_unknown_values_are_refused_with_counts_rows_and_the_nearest_code(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    lines = [
        "g,s",
        "Lukiot,planned",
        "Lukiot,pilot",
        "luki,planned",
        "Lukiot,pilot",
        "all,planned",
        "Lukiot,NA",
    ]
    path.write_text("\n".join(lines))
    with pytest.raises(SurveyDataError) as caught:
        tabulate(path)
    message = str(caught.value)
    assert message.startswith(f"{path} has 4 problems:")
    assert "stage is 'pilot'; use one of not_at_all" in message
    assert "(did you mean 'piloting'?): 2 rows, first in rows 3, 5" in message
    assert "stage is 'NA'" in message
    assert "group is 'luki'" in message
    assert "group is 'all', the total of the others; give each respondent's own group: 1 row" in message
    assert {problem.rule for problem in caught.value.problems} == {"unknown-group", "unknown-stage"}
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, relation])
def test_unknown_values_are_refused_on_every_engine(make: Any) -> None:
    with pytest.raises(SurveyDataError, match=r"stage is 'x'.*: 1 row"):
        tabulate(make({"g": ["Lukiot", "general"], "s": ["x", "planned"]}))


def test_number_codes_are_refused_since_their_order_cannot_be_seen() -> None:
    with pytest.raises(SurveyDataError, match="stage is '1'; use one of"):
        tabulate(pd.DataFrame({"g": ["Lukiot"], "s": [1]}))


def test_hidden_characters_in_a_value_are_named() -> None:
    with pytest.raises(SurveyDataError, match=r"stage is 'planned<U\+202E>'") as caught:
        tabulate(frame(("general", "planned\u202e")))
    assert "\u202e" not in str(caught.value)


def test_a_thousand_kinds_of_mistakes_make_a_short_message() -> None:
    answers = frame(*[("general", f"{number} " + "x" * 900) for number in range(1000)])
    with pytest.raises(SurveyDataError, match="1000 in all") as caught:
        tabulate(answers)
    assert len(str(caught.value)) <= 4000


def test_repeated_and_empty_ids_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    ids = ["a", "b", "a ", "", "c", "b", "a", ""]
    path.write_text("id,g,s\n" + "".join(f"{name},Lukiot,planned\n" for name in ids))
    with pytest.raises(SurveyDataError) as caught:
        tabulate(path, respondent="id")
    texts = {problem.problem for problem in caught.value.problems}
    assert (
        "respondent 'a' stands 3 times, first in rows 2, 4, 8; each respondent has one row and one id"
        in texts
    )
    assert (
        "respondent 'b' stands 2 times, first in rows 3, 7; each respondent has one row and one id" in texts
    )
    assert "2 ids are empty, first in rows 5, 9; each respondent has one row and one id" in texts


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pl.LazyFrame])
@pytest.mark.parametrize("ids", [[1, 2, 1], ["1", "2", "1"]])
def test_repeated_ids_are_refused_on_every_engine(make: Any, ids: list) -> None:
    answers = make({"id": ids, "g": ["general"] * 3, "s": ["planned"] * 3})
    with pytest.raises(SurveyDataError, match="respondent '1' stands 2 times, first in rows 1, 3"):
        tabulate(answers, respondent="id")


def test_more_repeated_ids_than_are_shown_are_counted() -> None:
    answers = pd.DataFrame({"id": [*range(20)] * 2 + [None], "g": "general", "s": "planned"})
    with pytest.raises(SurveyDataError) as caught:
        tabulate(answers, respondent="id")
    assert caught.value.problems[-1].problem == "13 more ids are repeated"


def test_ids_of_mixed_types_are_compared_as_text() -> None:
    answers = pd.DataFrame({"id": ["1", 1, None], "g": ["general"] * 3, "s": ["planned"] * 3})
    with pytest.raises(SurveyDataError, match="respondent '1' stands 2 times"):
        tabulate(answers, respondent="id")


@pytest.mark.parametrize("weight", [None, float("nan"), -1.0, float("inf")])
@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, relation])
def test_a_weight_that_cannot_be_used_is_refused(make: Any, weight: float | None) -> None:
    answers = make({"g": ["general"] * 3, "s": ["planned"] * 3, "w": [1.0, weight, 2.0]})
    with pytest.raises(SurveyDataError, match=r"weight is '.*' in 1 row"):
        tabulate(answers, weight="w")


@pytest.mark.parametrize("weight", [None, float("nan"), -1.0, float("inf")])
def test_the_statistics_of_a_parquet_file_hide_no_weight_that_cannot_be_used(
    tmp_path: Path, weight: float | None
) -> None:
    """The smallest and largest weight that pyarrow notes in a file leave out nan."""
    columns = {"g": ["general"] * 3, "s": ["planned"] * 3, "w": [1.0, weight, 2.0]}
    parquet.write_table(pa.table(columns), tmp_path / "x.parquet")
    with pytest.raises(SurveyDataError, match=r"weight is '.*' in 1 row, first in row 2"):
        tabulate(tmp_path / "x.parquet", weight="w")


def test_a_weight_that_counts_nowhere_may_be_unusable() -> None:
    answers = pd.DataFrame(
        {
            "g": ["general"] * 3 + [None],
            "s": ["planned", "piloting", None, "planned"],
            "w": [1.0, 3.0, None, -1],
        }
    )
    shares = shares_of(tabulate(answers, weight="w"))
    assert shares.loc[shares["group"] == "general", "estimate"].tolist() == [0, 0.25, 0.75, 0, 0]
