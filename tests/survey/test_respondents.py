"""From one row per respondent to rows of the survey table; weighted shares against R's survey package.

All reference values: R 4.2.2 with survey 4.1-1 (Debian's r-cran-survey), Rscript and this script::

    library(survey)
    i <- 0:239
    stages <- c("not_at_all", "planned", "piloting", "experiments", "versatile")
    d <- data.frame(group = ifelse(i %% 7 < 3, "vocational", "general"),
      stage = factor(c(stages, NA)[(7 * i + i %/% 9) %% 6 + 1], levels = stages),
      weight = ((37 * i) %% 23 + 5) / 10, N = ifelse(i %% 7 < 3, 112, 372))
    for (f in list(NULL, ~N)) {
      s <- svydesign(ids = ~1, strata = ~group, weights = ~weight, fpc = f, data = d)
      a <- svymean(~stage, s, na.rm = TRUE)
      b <- svyby(~stage, ~group, s, svymean, na.rm = TRUE)
      cat(sprintf("%.15g", coef(a)), "\\n", sprintf("%.15g", SE(a)), "\\n")
      for (g in c("vocational", "general")) cat(g, sprintf("%.15g", unlist(b[b$group == g, -1])), "\\n")
    }
    for (g in c("vocational", "general")) {
      w <- d$weight[d$group == g & !is.na(d$stage)]
      cat(sprintf("%.15g\\n", sum(w)^2 / sum(w^2)))
    }
"""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from surveys import Survey, make_codebook

from analysis.codebook import COLUMNS, load_codebook, shipped
from analysis.counts.recovery import recover_counts
from analysis.errors import RecoveryError, RequestError
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


def test_rows_have_the_form_of_the_survey_table() -> None:
    rows = tabulate(frame(("Lukiot", "planned"), ("vocational", "Inte alls")))
    survey = load_survey()
    assert list(rows.columns) == list(COLUMNS)
    assert rows.drop(columns="wave").dtypes.equals(survey.drop(columns="wave").dtypes)
    assert rows["wave"].cat.ordered
    assert rows.attrs["codebook"] == CODEBOOK
    assert rows["source"].unique().tolist() == ["own tabulation of respondents"]
    assert len(rows) == len(CODEBOOK.groups) * len(CODEBOOK.stages)


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


def test_a_group_without_answers_is_left_out_and_counted_rows_are_not_marked() -> None:
    rows = tabulate(frame(("general", "planned"), ("vocational", None)))
    assert "weighted" not in rows.attrs
    assert shares_of(rows).empty
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


def test_weights_that_are_nothing_beside_a_mistyped_one_are_refused() -> None:
    answers = {"g": ["general"] * 2 + ["vocational"] * 2, "s": ["planned", "piloting"] * 2}
    frame = pd.DataFrame(answers | {"w": [1.0, 2.0, 1.0, 1e11]})
    with pytest.raises(
        RequestError, match="weights of group 'general' are nothing beside the largest; check"
    ):
        tabulate_responses(frame, wave="2022-autumn", group="g", stage="s", weight="w")


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


def test_a_population_smaller_than_the_respondents_is_refused() -> None:
    answers = pd.DataFrame({"g": ["general"] * 2, "s": ["planned", None], "w": [1, 1]})
    with pytest.raises(RequestError, match="the population of 'general' is 1, but 2 of them responded"):
        tabulate(answers, weight="w", population={"general": 1})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"wave": "2022-winter"}, "wave is '2022-winter'; use YYYY, YYYY-spring, YYYY-autumn"),
        ({"group": None}, "the codebook has 2 groups; name the column"),
        ({"weight": "w", "population": {"lukio": 5}}, "a group of the population is 'lukio'"),
        ({"population": {"general": 5}}, "a population needs weights"),
        ({"credit": "=1+1"}, "cannot stand in the table"),
        *(
            ({"credit": credit}, "cannot stand in the table")
            for credit in ("own\u202e", "", "NA", "x" * 1001)
        ),
        ({"group": 0}, "the column is '0'; use one of g, s, w"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused(options: dict[str, Any], message: str) -> None:
    answers = pd.DataFrame({"g": ["general"], "s": ["planned"], "w": [1]})
    with pytest.raises(RequestError, match=message):
        tabulate(answers, **options)


def test_one_value_that_means_no_answer_needs_no_list() -> None:
    answers = pd.DataFrame({"g": ["general"] * 2, "s": ["planned", 9]})
    assert bases_of(tabulate(answers, missing={"dont_know": 9}))["dont_know"].tolist() == [1, 1]


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


def test_one_group_needs_no_column(tmp_path: Path) -> None:
    codebook = make_codebook({"no": "No", "yes": "Yes"}, {"us": "Us"}, waves=["2024-spring"], total=None)
    folder = Survey(codebook, {}).save(tmp_path / "s")
    answers = pd.DataFrame({"s": ["yes", "No", "yes", None], "w": [1, 2, 1, 1]})
    options = {"wave": "2024-spring", "group": None, "stage": "s", "survey": folder}
    rows = tabulate_responses(answers, **options)
    assert rows["count"].tolist() == [1, 2]
    assert bases_of(rows).to_numpy().tolist() == [["us", 4, 0, 0, 1, 3]]
    assert tabulate_responses(answers, weight="w", **options)["percent"].tolist() == [50, 50]
    (tmp_path / "one.csv").write_text("s\nyes\nno\n")
    assert tabulate_responses(tmp_path / "one.csv", **options)["count"].tolist() == [1, 1]


def test_a_stage_may_be_called_what_is_usually_no_answer(tmp_path: Path) -> None:
    stages = {"yes": "Yes", "dont_know": "Don't know"}
    codebook = make_codebook(stages, {"us": "Us"}, waves=["2024-spring"], total=None)
    folder = Survey(codebook, {}).save(tmp_path / "s")
    answers = pd.DataFrame({"s": ["yes", "don't know", "dont_know", "vet inte"]})
    rows = tabulate_responses(answers, wave="2024-spring", group=None, stage="s", survey=folder)
    assert rows["count"].tolist() == [1, 2]
    assert bases_of(rows).to_numpy().tolist() == [["us", 4, 0, 1, 0, 3]]


def test_rows_do_not_depend_on_the_order_of_respondents() -> None:
    order = np.random.default_rng(1).permutation(175)
    example = pd.read_csv(EXAMPLE)
    options = {"group": "institution", "stage": "role", "credit": "test"}
    pd.testing.assert_frame_equal(tabulate(example.iloc[order], **options), tabulate(example, **options))


def test_the_name_of_a_file_in_the_source_is_inert(tmp_path: Path) -> None:
    path = tmp_path / "\u202e=cmd.csv"
    path.write_text("g,s\nLukiot,planned\n")
    assert tabulate(path)["source"].unique().tolist() == ["own tabulation of <U+202E>=cmd.csv"]


# Weighted shares

SHARES = {
    "all": [0.218220991074177, 0.169898430286242, 0.225300092336103, 0.167743921206525, 0.218836565096953],
    "vocational": [
        *(0.20952380952381, 0.170695970695971, 0.226373626373626, 0.165567765567766, 0.227838827838828),
    ],
    "general": [0.224522292993631, 0.16932059447983, 0.224522292993631, 0.16932059447983, 0.212314225053079],
}
ERRORS = {
    "all": [
        *(0.0313680700728653, 0.0282534446377928, 0.032162843590551, 0.0283340217699178, 0.0316063306884018),
    ],
    "vocational": [
        *(0.047332070385618, 0.0422011486686683, 0.0492295869155577, 0.0435615849809602, 0.0495380581767312),
    ],
    "general": [
        *(0.0418346609908092, 0.0379385112823584, 0.0424763895920497, 0.0373048664162192, 0.0410000078545769),
    ],
}
FINITE = {
    "all": [
        *(0.0200387165787626, 0.0181516370341748, 0.020381726259485, 0.0179097300417581, 0.0197395093785977),
    ],
    "vocational": [
        *(0.0126500279135466, 0.0112787314033191, 0.0131571605378876, 0.011642323301685, 0.0132396029502431),
    ],
    "general": [
        *(0.0333212116808336, 0.0302179373599535, 0.0338323470422097, 0.0297132406750745, 0.0326564123691199),
    ],
}
EFFECTIVE = {"vocational": 74.3357271095153, "general": 99.4635431261559}


def shares(factor: float = 1, **options: object) -> pd.DataFrame:
    """Of the respondents of the R script."""
    i = np.arange(240)
    stages = np.array([*CODEBOOK.stages, None], dtype=object)
    group = np.where(i % 7 < 3, "vocational", "general")
    weights = factor * ((37 * i) % 23 + 5) / 10
    respondents = pd.DataFrame({"g": group, "s": stages[(7 * i + i // 9) % 6], "w": weights})
    return shares_of(tabulate(respondents, weight="w", **options)).set_index(["group", "stage"])


@pytest.mark.parametrize("group", SHARES)
def test_shares_and_errors_equal_those_of_r(group: str) -> None:
    found = shares().loc[group]
    np.testing.assert_allclose(found["estimate"], SHARES[group], rtol=1e-13)
    np.testing.assert_allclose(found["error"], ERRORS[group], rtol=1e-12)
    finite = shares(population={"vocational": 112, "general": 372}).loc[group]
    np.testing.assert_allclose(finite["error"], FINITE[group], rtol=1e-12)
    if group in EFFECTIVE:
        np.testing.assert_allclose(found["n_effective"], EFFECTIVE[group], rtol=1e-12)


@pytest.mark.parametrize("factor", [2.0**-40, 2.0**-8, 3.0, 1000.0, 2.0**45])
def test_the_scale_of_the_weights_does_not_matter(factor: float) -> None:
    found = shares(factor)
    for group, known in SHARES.items():
        np.testing.assert_allclose(found.loc[group]["estimate"], known, rtol=1e-12)
        np.testing.assert_allclose(found.loc[group]["error"], ERRORS[group], rtol=1e-10)


def test_errors_of_equal_weights_of_a_census_and_of_a_single_respondent() -> None:
    """By hand: share 3/10 of 10 answers, variance 0.3 * 0.7 / 9."""
    answers = pd.DataFrame({"g": "general", "s": ["planned"] * 3 + ["piloting"] * 7, "w": 2})
    found = shares_of(tabulate(answers, weight="w")).set_index(["group", "stage"]).loc["general"]
    assert found["estimate"].tolist()[1:3] == [0.3, 0.7]
    assert found["error"].iloc[1] == pytest.approx((0.3 * 0.7 / 9) ** 0.5, rel=1e-15)
    assert found["n_effective"].iloc[0] == 10
    census = shares_of(tabulate(answers, weight="w", population={"general": 10}))
    assert set(census["error"]) == {0}
    alone = pd.concat([answers, pd.DataFrame({"g": ["vocational"], "s": ["planned"], "w": [1]})])
    errors = shares_of(tabulate(alone, weight="w")).set_index("group")["error"]
    assert all(isnan(error) for error in errors[["all", "vocational"]])
