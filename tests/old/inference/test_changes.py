"""Waves compared; reference values from R 4.2.2 in ``oracles.json`` (contrasts), others by hand."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from builders import codebook_of_codes, survey_frame

from analysis.old.inference.changes import compare_waves
from analysis.old.inference.differences import COLUMNS, METHODS, fisher_p
from analysis.old.inference.spans import wave_spans
from analysis.survey.table import load_survey

CONTRASTS = json.loads((Path(__file__).parents[2] / "oracles.json").read_text(encoding="utf-8"))["contrasts"]
STAGES = ["none", "some", "much"]
WAVES = ["2020-spring", "2020-autumn", "2021-spring"]


def line_of(
    columns: list[list[float]], n: int | None = 40, breaks: tuple[int, ...] = (), group: str = "a"
) -> pd.DataFrame:
    """A survey of one group with a column of percentages per wave, in time order."""
    waves = [{"id": wave} | ({"comparable": False} if i in breaks else {}) for i, wave in enumerate(WAVES)]
    codebook = codebook_of_codes(STAGES, ["a", "b"], waves=waves)
    published = {
        (wave, group): dict(zip(STAGES, column, strict=True))
        for wave, column in zip(WAVES, columns, strict=False)
    }
    return survey_frame(published, {key: n for key in published if n}, codebook=codebook)


def test_the_second_wave_has_20_points_more_with_experiments_or_further():
    found = compare_waves(load_survey())
    row = found[(found["measure"] == "at_least") & (found["stage"] == "experiments")].iloc[0]
    known = CONTRASTS["all_experiments_plus_versatile_w1_vs_w2_N533"]["R"]
    np.testing.assert_allclose([row["estimate"], row["low"], row["high"]], known["newcombe"], atol=1e-9)
    assert row["p_value"] == pytest.approx(known["p_fisher"], abs=1e-9)
    assert (round(100 * row["low"], 1), round(100 * row["high"], 1)) == (8.6, 30.6)
    assert (row["first"], row["second"], row["group"]) == ("2021-autumn", "2020-autumn", "all")
    assert (row["percent_first"], row["percent_second"], row["verdict"]) == (62, 42, "every table")


@pytest.mark.parametrize(
    ("stage", "key"),
    [("experiments", "all_experiments_only_w1_vs_w2"), ("versatile", "all_versatile_only_w1_vs_w2")],
)
@pytest.mark.parametrize("method", ["newcombe", "miettinen_nurminen"])
def test_changes_of_stages_meet_r(stage, key, method):
    found = compare_waves(load_survey(), method=method)
    row = found[(found["measure"] == "stage") & (found["stage"] == stage)].iloc[0]
    np.testing.assert_allclose(
        [row["estimate"], row["low"], row["high"]], CONTRASTS[key]["R"][method], atol=1e-9
    )


def test_only_what_both_waves_publish_is_compared():
    found = compare_waves(load_survey())
    assert found[["measure", "stage"]].to_numpy().tolist() == [
        ["stage", "experiments"],
        ["stage", "versatile"],
        ["at_least", "experiments"],
        ["at_least", "versatile"],
    ]
    assert tuple(found.columns) == ("group", *COLUMNS)


def test_p_values_are_adjusted_within_a_group_two_waves_and_a_measure():
    found = compare_waves(load_survey())
    stages = found[found["measure"] == "stage"]
    np.testing.assert_allclose(stages["p_adjusted"], [2 * stages["p_value"].min(), stages["p_value"].max()])


def test_spring_comes_before_autumn_and_each_wave_after_the_one_before():
    found = compare_waves(line_of([[50, 30, 20], [40, 30, 30], [30, 30, 40]]))
    steps = found[["first", "second"]].drop_duplicates().to_numpy().tolist()
    assert steps == [["2020-autumn", "2020-spring"], ["2021-spring", "2020-autumn"]]


def test_a_declared_break_has_no_rows_across_it():
    columns = [[50, 30, 20], [40, 30, 30], [30, 30, 40]]
    found = compare_waves(line_of(columns, breaks=(1,)))
    assert found[["first", "second"]].drop_duplicates().to_numpy().tolist() == [
        ["2021-spring", "2020-autumn"]
    ]


def test_a_break_in_a_wave_that_a_group_lacks_breaks_its_line_too():
    survey = line_of([[50, 30, 20], [40, 30, 30], [30, 30, 40]], breaks=(1,))
    survey.loc[survey["wave"] == "2020-autumn", "group"] = "b"
    assert compare_waves(survey).empty


def test_a_single_wave_has_no_change():
    found = compare_waves(line_of([[50, 30, 20]]))
    assert found.empty
    assert tuple(found.columns) == ("group", *COLUMNS)


def test_without_n_only_rounding_is_bounded():
    found = compare_waves(line_of([[50, 30, 20], [40, 31, 29]], n=None))
    stages = found[found["measure"] == "stage"]
    assert set(found["method"]) == {"rounding"}
    assert found["p_value"].isna().all()
    assert stages[["low", "high"]].to_numpy().tolist() == [[-0.11, -0.09], [0, 0.02], [0.08, 0.1]]
    assert stages["verdict"].tolist() == ["every table", "undetermined", "every table"]


@pytest.mark.parametrize("method", ["newcombe", "miettinen_nurminen"])
def test_over_several_counts_the_widest_interval_and_the_largest_p_stand(method):
    # the expected values run over every pair of counts that the spans of the two waves allow
    survey = line_of([[20, 30, 50], [27, 30, 43]], n=260)
    found = compare_waves(survey, method=method)
    new, old = (wave_spans(survey, wave)["a"] for wave in ("2020-autumn", "2020-spring"))
    for measure in ("stage", "at_least"):
        rows = found[found["measure"] == measure].reset_index(drop=True)
        for cell, row in rows.iterrows():
            later = range(new.low[measure][cell], new.high[measure][cell] + 1)
            earlier = range(old.low[measure][cell], old.high[measure][cell] + 1)
            pairs = np.array(list(product(later, earlier)))
            assert len(pairs) > 1
            low, high = METHODS[method](pairs[:, 0], 260, pairs[:, 1], 260)
            p = fisher_p(pairs[:, 0], np.array(260), pairs[:, 1], np.array(260))
            assert (row["low"], row["high"]) == pytest.approx((low.min(), high.max()), abs=1e-12)
            assert (row["p_low"], row["p_value"]) == pytest.approx((p.min(), p.max()), abs=1e-12)
            assert np.isnan(row["estimate"])
            assert row["estimate_low"] <= (pairs[:, 0] - pairs[:, 1]).min() / 260 + 1e-12


def test_counts_without_bounds_worth_an_interval_fall_back_to_rounding():
    found = compare_waves(line_of([[20, 30, 50], [27, 30, 43]], n=8_000))
    assert set(found["method"]) == {"rounding"}


def test_counted_waves_are_compared_on_their_counts():
    codebook = codebook_of_codes(["no", "yes"], ["a"])
    counts = {("2020-spring", "a"): {"no": 3, "yes": 1}, ("2021-spring", "a"): {"no": 0, "yes": 5}}
    found = compare_waves(survey_frame({}, codebook=codebook, counts=counts))
    assert set(found["basis"]) == {"counted"}
    assert found["estimate"].tolist() == [-0.75, 0.75, 0.75]


def test_weighted_waves_are_compared_as_published():
    survey = line_of([[50, 30, 20], [40, 30, 30]])
    for wave in survey.attrs["codebook"].survey["waves"]:
        wave["weighted"] = True
    assert set(compare_waves(survey)["method"]) == {"rounding"}
