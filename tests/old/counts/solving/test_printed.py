"""A wave as it was printed: exact figures, n from the survey or from what is asked."""

from __future__ import annotations

import pandas as pd
import pytest
from builders import codebook_of_codes, survey_frame

from analysis.errors import RecoveryError, RequestError
from analysis.old.counts.solving.printed import read_printed, without_counts
from analysis.survey.table import load_survey

WAVE = "2020-autumn"


@pytest.fixture(scope="module")
def deck() -> pd.DataFrame:
    return load_survey()


def test_the_deck_has_two_groups_and_their_total(deck: pd.DataFrame) -> None:
    printed = read_printed(deck, WAVE)
    assert (printed.groups, printed.total) == (("vocational", "general"), "all")
    assert printed.units["general"] == (21, 22, 10, 41, 6)
    assert printed.sizes == {"vocational": (80,), "general": (95,), "all": (175,)}
    assert (printed.decimals, printed.unit) == (0, 100)


def test_a_total_alone_is_a_group(deck: pd.DataFrame) -> None:
    printed = read_printed(deck, "2021-autumn")
    assert (printed.groups, printed.total) == (("all",), None)
    assert printed.units["all"] == (None, None, None, 54, 8)


def test_a_total_with_a_group_missing_is_not_the_sum_of_the_rest(deck: pd.DataFrame) -> None:
    printed = read_printed(deck[deck["group"] != "general"], WAVE)
    assert (printed.groups, printed.total) == (("vocational",), None)


def test_an_n_of_a_group_that_is_asked_for_frees_the_total(deck: pd.DataFrame) -> None:
    printed = read_printed(deck, WAVE, n={"general": range(95, 98)})
    assert printed.sizes == {"vocational": (80,), "general": (95, 96, 97), "all": None}


def test_a_bound_replaces_every_n_that_is_not_asked_for(deck: pd.DataFrame) -> None:
    printed = read_printed(deck, WAVE, n={"all": 175, "general": 95}, max_n=3)
    assert printed.sizes == {"vocational": (1, 2, 3), "general": (95,), "all": (175,)}


def test_decimals_are_the_most_significant_ones_or_the_declared_ones() -> None:
    codes = codebook_of_codes(["a", "b"], ["g"])
    survey = survey_frame({(WAVE, "g"): {"a": 14.3, "b": 85.7}}, {(WAVE, "g"): 7}, codes)
    assert read_printed(survey, WAVE).units["g"] == (143, 857)
    declared = codebook_of_codes(["a", "b"], ["g"], waves=[{"id": WAVE, "decimals": 2}])
    survey.attrs["codebook"] = declared
    assert read_printed(survey, WAVE).units["g"] == (1430, 8570)


def test_computed_percentages_are_no_printed_ones() -> None:
    codes = codebook_of_codes(["a", "b"], ["g"])
    survey = survey_frame({(WAVE, "g"): {"a": 100 / 7, "b": 600 / 7}}, {(WAVE, "g"): 7}, codes)
    with pytest.raises(RecoveryError, match="they are computed, not rounded"):
        read_printed(survey, WAVE)


def test_counts_give_the_n(deck: pd.DataFrame) -> None:
    codes = codebook_of_codes(["a", "b"], ["g"])
    counted = survey_frame({}, {}, codes, {(WAVE, "g"): {"a": 3, "b": 4}})
    printed = read_printed(counted, WAVE)
    assert printed.counted
    assert printed.sizes == {"g": (7,)}
    assert not without_counts(printed).counted


def test_two_n_in_one_group_are_refused(deck: pd.DataFrame) -> None:
    spoiled = deck.copy()
    spoiled.loc[6, "n"] = 81
    with pytest.raises(RecoveryError, match="several n"):
        read_printed(spoiled, WAVE)


@pytest.mark.parametrize("n", [0, -3, 2.5, [], [80, 0]])
def test_an_n_must_be_a_positive_whole_number(deck: pd.DataFrame, n: object) -> None:
    with pytest.raises(RequestError, match="positive whole number"):
        read_printed(deck, WAVE, n={"general": n})
