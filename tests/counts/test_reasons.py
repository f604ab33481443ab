"""Why each figure of the deck is printed as it is."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.counts.reasons import explain_rounding
from analysis.counts.recovery import wave_counts
from analysis.errors import RecoveryError
from analysis.survey.table import load_survey

WAVE = "2020-autumn"


@pytest.fixture(scope="module")
def deck() -> pd.DataFrame:
    return load_survey()


def test_each_figure_of_the_deck_has_its_reason(deck: pd.DataFrame) -> None:
    reasons = explain_rounding(deck, WAVE).set_index(["group", "stage"])["reason"]
    unusual = {cell: reason for cell, reason in reasons.items() if reason != "nearest"}
    assert unusual == {
        ("all", "not_at_all"): "exact",
        ("all", "planned"): "lowered",
        ("vocational", "piloting"): "tie_up",
        ("vocational", "experiments"): "tie_down",
        ("vocational", "versatile"): "tie_down",
        ("general", "piloting"): "raised",
    }


def test_a_reason_stands_beside_its_numbers(deck: pd.DataFrame) -> None:
    cells = explain_rounding(deck, WAVE).set_index(["group", "stage"])
    raised = cells.loc[("general", "piloting")]
    assert (raised["count"], raised["n"], raised["percent"]) == (9, 95, 10.0)
    assert raised["exact"] == pytest.approx(9.4737, abs=1e-4)


def test_rounding_off_the_nearest_without_the_sum_is_told_apart(deck: pd.DataFrame) -> None:
    counts = wave_counts(deck, WAVE)
    cut = deck.copy()
    cut.attrs = dict(deck.attrs)
    cut.loc[
        (cut["group"] == "general") & (cut["stage"] == "versatile") & (cut["wave"] == WAVE), "percent"
    ] = 7
    reasons = explain_rounding(cut, WAVE, counts=counts).set_index(["group", "stage"])["reason"]
    assert reasons["general", "versatile"] == "rounded_up"
    assert reasons["general", "piloting"] == "rounded_up"


def test_counts_of_another_wave_are_refused(deck: pd.DataFrame) -> None:
    counts = wave_counts(deck, WAVE)
    with pytest.raises(RecoveryError, match="lack general"):
        explain_rounding(deck, WAVE, counts=counts[["vocational"]])
