"""What percentages give away before they are published."""

from __future__ import annotations

import pandas as pd
import pytest
from builders import codebook_of_codes, survey_frame

from analysis.counts.disclosure import disclosure_risk
from analysis.errors import RequestError
from analysis.survey.table import load_survey

WAVE = "2020-autumn"


@pytest.fixture(scope="module")
def deck() -> pd.DataFrame:
    return load_survey()


def risks_of(risks: pd.DataFrame) -> dict[tuple[str, str], str]:
    risky = risks[risks["risk"] != "none"]
    return dict(zip(zip(risky["group"], risky["stage"], strict=True), risky["risk"], strict=True))


def hide(survey: pd.DataFrame, group: str, stages: list[str]) -> pd.DataFrame:
    hidden = (survey["wave"] == WAVE) & (survey["group"] == group) & survey["stage"].isin(stages)
    return survey[~hidden]


def test_the_deck_gives_two_vocational_institutions_away(deck: pd.DataFrame) -> None:
    assert risks_of(disclosure_risk(deck, WAVE)) == {("vocational", "versatile"): "exposed"}
    assert risks_of(disclosure_risk(deck, WAVE, minimum=7)) == {
        ("vocational", "versatile"): "exposed",
        ("general", "versatile"): "exposed",
    }
    assert risks_of(disclosure_risk(deck, WAVE, minimum=2)) == {}


def test_hiding_one_cell_hides_nothing(deck: pd.DataFrame) -> None:
    one = disclosure_risk(hide(deck, "vocational", ["versatile"]), WAVE, rounding="largest_remainder")
    assert risks_of(one) == {("vocational", "versatile"): "exposed"}


def test_hiding_two_stages_leaves_two_values(deck: pd.DataFrame) -> None:
    two = hide(deck, "vocational", ["experiments", "versatile"])
    risks = disclosure_risk(two, WAVE, rounding="largest_remainder").set_index(["group", "stage"])
    cell = risks.loc[("vocational", "versatile")]
    assert (cell["low"], cell["high"], cell["n_values"], cell["risk"]) == (2, 3, 2, "narrow")
    assert not cell["published"]


def test_uncertain_but_surely_small_cells_are_told(deck: pd.DataFrame) -> None:
    risks = disclosure_risk(deck, WAVE, rounding="within_one")
    assert risks_of(risks) == {("vocational", "versatile"): "small"}  # 1 or 2


def test_a_publisher_asks_with_counts_before_percentages_exist() -> None:
    codes = codebook_of_codes(["a", "b", "c"], ["g"])
    survey = survey_frame({}, {}, codes, {(WAVE, "g"): {"a": 1, "b": 40, "c": 9}})
    assert risks_of(disclosure_risk(survey, WAVE)) == {("g", "a"): "exposed"}


def test_many_answers_hide_a_small_cell() -> None:
    codes = codebook_of_codes(["a", "b", "c"], ["g"])
    survey = survey_frame({}, {}, codes, {(WAVE, "g"): {"a": 2, "b": 900, "c": 1098}})
    assert risks_of(disclosure_risk(survey, WAVE)) == {}  # 0 % of 2 000 is anything up to 10


def test_a_minimum_of_nothing_is_refused(deck: pd.DataFrame) -> None:
    with pytest.raises(RequestError, match="minimum is 0"):
        disclosure_risk(deck, WAVE, minimum=0)


def test_a_billion_answers_are_judged_at_once() -> None:
    codes = codebook_of_codes(["a", "b", "c"], ["g"])
    survey = survey_frame({(WAVE, "g"): {"a": 0, "b": 30, "c": 70}}, {(WAVE, "g"): 10**9}, codes)
    risks = disclosure_risk(survey)
    assert set(risks["method"]) == {"windows"}
    assert risks_of(risks) == {}
