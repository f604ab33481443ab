"""Waves go as time does, whatever the kind and the order of a frame's codes."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis import compare_waves, load_survey, recover_counts, widen_survey


@pytest.fixture
def backwards() -> pd.DataFrame:
    """The shipped survey with codes as plain text, as a CSV reader gives them, and its latest wave first."""
    survey = load_survey()
    frame = survey.astype({"wave": str, "group": str, "stage": str}).iloc[::-1].reset_index(drop=True)
    frame["wave"] = frame["wave"].str.replace("2021-autumn", "2021-spring")  # before autumn in the alphabet
    frame.attrs["codebook"] = survey.attrs["codebook"]
    return frame


def test_a_change_goes_from_the_earlier_wave_to_the_later(backwards: pd.DataFrame) -> None:
    changes = compare_waves(backwards)
    assert set(changes["first"]) == {"2021-spring"}
    assert set(changes["second"]) == {"2020-autumn"}


def test_the_wide_table_and_the_main_wave_go_by_time(backwards: pd.DataFrame) -> None:
    assert list(widen_survey(backwards)["wave"].unique()) == ["2020-autumn", "2021-spring"]
    later = backwards[backwards["wave"] == "2020-autumn"].assign(wave="2020-spring")
    both = pd.concat([backwards, later], ignore_index=True)
    both.attrs["codebook"] = backwards.attrs["codebook"]
    assert recover_counts(both).attrs["wave"] == "2020-autumn"
