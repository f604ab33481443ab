"""From one row per respondent to the rows of the survey table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from surveys import Survey, make_codebook

from analysis.codebook import COLUMNS, load_codebook, shipped
from analysis.errors import RecoveryError, RequestError
from analysis.old.counts.recovery import recover_counts
from analysis.survey.respondents import bases_of, shares_of, tabulate_responses
from analysis.survey.table import load_survey

CODEBOOK = load_codebook()
EXAMPLE = shipped("data") / "example_respondents.csv"
PUBLISHED = {"vocational": [15, 15, 22, 26, 2], "general": [20, 21, 9, 39, 6]}  # recovery.md: the one table


def tabulate(source: object, **options: Any) -> pd.DataFrame:
    return tabulate_responses(source, **{"wave": "2022-autumn", "group": "g", "stage": "s", **options})


def frame(*pairs: tuple[object, object]) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["g", "s"])


def test_the_example_prints_the_published_table() -> None:
    rows = tabulate_responses(
        EXAMPLE, wave="2020-autumn", group="institution", stage="role", respondent="respondent"
    )
    published = load_survey().query("wave == '2020-autumn'").reset_index(drop=True)
    pd.testing.assert_frame_equal(
        rows[["wave", "group", "stage", "percent", "n"]].astype({"wave": str}),
        published[["wave", "group", "stage", "percent", "n"]].astype({"wave": str}),
    )
    for group, counts in PUBLISHED.items():
        assert rows.loc[rows["group"] == group, "count"].tolist() == counts


def test_every_row_of_the_example_says_that_it_is_made_up() -> None:
    example = pd.read_csv(EXAMPLE)
    assert len(example) == 175
    assert (example["remark"] == "made up").all()
    assert example["respondent"].str.startswith("made-up-").all()


def test_rows_have_the_form_of_the_survey_table() -> None:
    rows = tabulate(frame(("Lukiot", "planned"), ("vocational", "Inte alls")))
    survey = load_survey()
    assert list(rows.columns) == list(COLUMNS)
    assert rows.drop(columns="wave").dtypes.equals(survey.drop(columns="wave").dtypes)
    assert rows["wave"].cat.ordered
    assert rows.attrs["codebook"] == CODEBOOK
    assert rows["source"].unique().tolist() == ["own tabulation of respondents"]
    assert len(rows) == len(CODEBOOK.groups) * len(CODEBOOK.stages)


def test_the_total_is_the_sum_of_the_groups() -> None:
    rows = tabulate(frame(("Lukiot", "planned"), ("vocational", "Inte alls"), ("general", "planned")))
    counts = rows.pivot(index="stage", columns="group", values="count")
    assert counts["all"].tolist() == [1, 2, 0, 0, 0]
    assert (counts["all"] == counts["vocational"] + counts["general"]).all()


def test_reasons_for_no_answer_stay_apart_and_bases_are_stated() -> None:
    rows = tabulate(
        frame(
            *[("general", "planned")] * 4,
            *[("general", "en osaa sanoa")] * 3,
            *[("general", "not asked")] * 2,
            ("general", None),
            ("vocational", "planned"),
            (None, "planned"),
            (None, None),
        )
    )
    assert bases_of(rows).to_numpy().tolist() == [
        ["all", 11, 2, 3, 1, 5],
        ["vocational", 1, 0, 0, 0, 1],
        ["general", 10, 2, 3, 1, 4],
        ["", 2, 0, 0, 1, 0],
    ]
    assert rows.loc[rows["group"] == "all", "n"].unique().tolist() == [5]


def test_a_group_without_answers_is_left_out() -> None:
    rows = tabulate(frame(("general", "planned"), ("vocational", None)))
    assert rows["group"].unique().tolist() == ["all", "general"]
    assert bases_of(rows)["n"].tolist() == [1, 0, 1]


def test_percentages_add_up_to_a_hundred_at_the_decimals_of_the_wave() -> None:
    """Three stages of one answer each; 2020-autumn has no decimals in the codebook."""
    answers = frame(*[("general", stage) for stage in CODEBOOK.stages[:3]])
    assert tabulate(answers)["percent"].tolist()[:5] == [34.0, 33.0, 33.0, 0.0, 0.0]


@pytest.mark.parametrize("weight", [1e-300, 1e300])
def test_weights_beyond_all_measure_are_refused(weight: float) -> None:
    answers = pd.DataFrame({"g": ["general"] * 2, "s": ["planned"] * 2, "w": [weight] * 2})
    with pytest.raises(RequestError, match="scale the weights"):
        tabulate(answers, weight="w")


def test_weights_that_sum_to_nothing_are_refused() -> None:
    answers = pd.DataFrame({"g": ["general"] * 2, "s": ["planned"] * 2, "w": [0, 0]})
    with pytest.raises(RequestError, match="sum to 0; give weights above 0"):
        tabulate(answers, weight="w")


def test_weighted_rows_are_marked_and_have_no_counts() -> None:
    answers = pd.DataFrame({"g": ["general"] * 3, "s": ["planned", "piloting", "piloting"], "w": [2, 1, 1]})
    rows = tabulate(answers, weight="w")
    assert rows.attrs["weighted"] is True
    assert rows["count"].isna().all()
    assert rows["percent"].tolist()[5:] == [0.0, 50.0, 50.0, 0.0, 0.0]
    assert rows["n"].unique().tolist() == [3]
    assert rows["source"].unique().tolist() == ["own tabulation of respondents, weighted (effective n 3)"]
    assert shares_of(rows)["count"].tolist()[:3] == [0, 1, 2]


def test_no_counts_are_recovered_from_weighted_rows() -> None:
    answers = pd.DataFrame({"g": ["general", "vocational"] * 2, "s": ["planned"] * 4, "w": [2, 1, 1, 1]})
    with pytest.raises(RecoveryError, match="are weighted"):
        recover_counts(tabulate(answers, weight="w"), "2022-autumn")


def test_counted_rows_are_not_marked() -> None:
    rows = tabulate(frame(("general", "planned")))
    assert "weighted" not in rows.attrs
    assert shares_of(rows).empty


def test_a_population_smaller_than_the_respondents_is_refused() -> None:
    answers = pd.DataFrame({"g": ["general"] * 2, "s": ["planned", None], "w": [1, 1]})
    with pytest.raises(RequestError, match="the population of 'general' is 1, but 2 of them responded"):
        tabulate(answers, weight="w", population={"general": 1})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"wave": "2022"}, "wave is '2022'; use YYYY-spring or YYYY-autumn"),
        ({"group": None}, "the codebook has 2 groups; name the column"),
        ({"weight": "w", "population": {"lukio": 5}}, "a group of the population is 'lukio'"),
        ({"population": {"general": 5}}, "a population needs weights"),
        ({"credit": "=1+1"}, "cannot stand in the table"),
        ({"credit": "own\u202e"}, "cannot stand in the table"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused(options: dict[str, Any], message: str) -> None:
    answers = pd.DataFrame({"g": ["general"], "s": ["planned"], "w": [1]})
    with pytest.raises(RequestError, match=message):
        tabulate(answers, **options)


def test_no_answer_at_all_is_refused() -> None:
    with pytest.raises(RequestError, match="has no answer with a group"):
        tabulate(frame(("general", None), (None, "planned")))


def test_another_survey_has_other_codes(survey_folder: Path) -> None:
    """The shipped survey with one stage and one group renamed."""
    descriptor = survey_folder / "datapackage.json"
    text = descriptor.read_text(encoding="utf-8")
    descriptor.write_text(
        text.replace('"piloting"', '"trial"').replace('"general"', '"upper"'), encoding="utf-8"
    )
    rows = tabulate(frame(("upper", "trial"), ("Lukiot", "trial")), survey=survey_folder)
    assert rows["stage"].cat.categories[2] == "trial"
    assert rows.loc[rows["group"] == "upper", "count"].tolist() == [0, 0, 2, 0, 0]


def test_twelve_stages_and_eight_groups_without_a_total(tmp_path: Path) -> None:
    stages = {f"s{k}": f"Stage {k}" for k in range(12)}
    groups = {f"g{k}": f"Group {k}" for k in range(8)}
    folder = Survey(make_codebook(stages, groups, waves=["2024-spring"], total=None), {}).save(tmp_path / "s")
    answers = pd.DataFrame(
        [(f"group {g}", f"Stage {s}å") for g in range(8) for s in range(12) for _ in range(g + s)]
    )
    rows = tabulate_responses(
        answers.set_axis(["g", "s"], axis=1), wave="2024-spring", group="g", stage="s", survey=folder
    )
    assert len(rows) == 96
    assert rows.set_index(["group", "stage"])["count"]["g3", "s4"] == 7
    assert rows.groupby("group", observed=True)["percent"].sum().unique().tolist() == [100]


def test_one_group_needs_no_column(tmp_path: Path) -> None:
    codebook = make_codebook({"no": "No", "yes": "Yes"}, {"us": "Us"}, waves=["2024-spring"], total=None)
    folder = Survey(codebook, {}).save(tmp_path / "s")
    answers = pd.DataFrame({"s": ["yes", "No", "yes", None], "w": [1, 2, 1, 1]})
    options = {"wave": "2024-spring", "group": None, "stage": "s", "survey": folder}
    assert tabulate_responses(answers, **options)["count"].tolist() == [1, 2]
    assert tabulate_responses(duckdb.from_arrow(pl.from_pandas(answers).to_arrow()), weight="w", **options)[
        "percent"
    ].tolist() == [50, 50]
    (tmp_path / "one.csv").write_text("s\nyes\nno\n")
    assert tabulate_responses(tmp_path / "one.csv", **options)["count"].tolist() == [1, 1]


def test_rows_do_not_depend_on_the_order_of_respondents() -> None:
    order = np.random.default_rng(1).permutation(175)
    example = pd.read_csv(EXAMPLE)
    options = {"group": "institution", "stage": "role", "credit": "test"}
    pd.testing.assert_frame_equal(tabulate(example.iloc[order], **options), tabulate(example, **options))


def test_the_name_of_a_file_in_the_source_is_inert(tmp_path: Path) -> None:
    path = tmp_path / "\u202e=cmd.csv"
    path.write_text("g,s\nLukiot,planned\n")
    assert tabulate(path)["source"].unique().tolist() == ["own tabulation of <U+202E>=cmd.csv"]
