"""Estimates as frames; reference values from R 4.2.2 in ``oracles.json``, others worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from builders import DECK, codebook_of_codes, counts_frame, survey_frame, tables_frame

from analysis.errors import RequestError
from analysis.old.inference.estimates import COLUMNS, estimate_shares, published_shares

ORACLE = json.loads((Path(__file__).parents[2] / "oracles.json").read_text(encoding="utf-8"))["wave1"]["R"]
PUBLISHED = {
    ("2020-autumn", "all"): [20, 20, 18, 37, 5],
    ("2020-autumn", "vocational"): [19, 19, 28, 32, 2],
    ("2020-autumn", "general"): [21, 22, 10, 41, 6],
}


@pytest.fixture
def survey() -> pd.DataFrame:
    """The shipped table, typed from the deck and the second wave's news item."""
    stages = counts_frame(DECK).index
    published = {key: dict(zip(stages, percents, strict=True)) for key, percents in PUBLISHED.items()}
    published["2021-autumn", "all"] = {"experiments": 54, "versatile": 8}
    sizes = dict(zip(published, (175, 80, 95, 128), strict=True))
    return survey_frame(published, sizes)


def rows(estimates: pd.DataFrame, **codes: str) -> pd.DataFrame:
    for column, code in codes.items():
        estimates = estimates[estimates[column] == code]
    return estimates


def test_shares_and_their_intervals_meet_r():
    found = estimate_shares(counts_frame(DECK))
    for group, known in zip(DECK, ORACLE["wilson"], strict=True):
        part = rows(found, group=group, measure="stage")
        np.testing.assert_allclose(part[["low", "high"]], known, atol=1e-9)
    total = rows(found, group="all", measure="stage")
    np.testing.assert_allclose(total[["low", "high"]], ORACLE["wilson_all"], atol=1e-9)


def test_cumulative_shares_meet_r():
    found = estimate_shares(counts_frame(DECK))
    for group, key in (("vocational", "g1"), ("general", "g2"), ("all", "all")):
        known = [cut[key][1:] for cut in ORACLE["at_least_stage_k"]]
        part = rows(found, group=group, measure="at_least")
        np.testing.assert_allclose(part[["estimate", "low", "high"]], known, atol=1e-9)


def test_a_finite_population_meets_r():
    population = {group: ORACLE["fpc"][group]["N"] for group in DECK}
    for method, key in (("wilson", "wilson_fpc"), ("clopper_pearson", "hypergeometric_exact")):
        found = estimate_shares(counts_frame(DECK), population=population, method=method)
        part = rows(found, group="general", measure="stage", target="population")
        known = np.array(ORACLE["fpc"]["general"][key])[:, -2:]
        np.testing.assert_allclose(part[["low", "high"]], known, atol=1e-9)
        np.testing.assert_allclose(
            part["standard_error"], ORACLE["fpc"]["general"]["se_fpc_unbiased"], atol=1e-9
        )


def test_a_population_adds_rows_and_changes_none():
    plain = estimate_shares(counts_frame(DECK))
    both = estimate_shares(counts_frame(DECK), population={"vocational": 112, "general": 372})
    assert set(both["target"]) == {"answers", "population"}
    pd.testing.assert_frame_equal(rows(both, target="answers").reset_index(drop=True), plain)


def test_the_stratified_total_weighs_members_and_the_pooled_one_answers():
    found = estimate_shares(counts_frame(DECK), population={"vocational": 112, "general": 372})
    piloting = rows(found, group="all", measure="stage", stage="piloting").set_index("target")["estimate"]
    assert piloting["answers"] == pytest.approx(31 / 175)
    assert piloting["population"] == pytest.approx((112 * 22 / 80 + 372 * 9 / 95) / 484)


@pytest.mark.parametrize(
    ("population", "message"),
    [
        ({"vocational": 112}, "give the members of vocational, general"),
        ({"vocational": 112, "general": 372, "all": 484}, "give the members of vocational, general"),
        ({"vocational": 79, "general": 372}, "population of vocational is 79, but 80 answered"),
    ],
)
def test_a_population_that_cannot_be_is_refused(population, message):
    with pytest.raises(RequestError, match=message):
        estimate_shares(counts_frame(DECK), population=population)


@pytest.mark.parametrize("method", ["goodman", "bonferroni_wilson"])
def test_a_scale_of_one_stage_has_no_cuts_to_bound(method):
    one = codebook_of_codes(["a"], ["x", "y"])
    found = estimate_shares(counts_frame({"x": [3], "y": [2]}, one), method=method)
    assert set(found["measure"]) == {"stage"}
    assert found["estimate"].tolist() == found["high"].tolist() == [1, 1]


def test_sison_glaz_has_no_finite_population():
    with pytest.raises(RequestError, match="no form for a finite population"):
        estimate_shares(
            counts_frame(DECK), population={"vocational": 112, "general": 372}, method="sison_glaz"
        )


def test_an_unknown_method_is_refused_with_those_that_are():
    with pytest.raises(RequestError, match="wilson, clopper_pearson"):
        estimate_shares(counts_frame(DECK), method="wald")


@pytest.mark.parametrize(("method", "key"), [("goodman", "goodman"), ("sison_glaz", "sison_glaz")])
def test_simultaneous_intervals_meet_r(method, key):
    found = rows(estimate_shares(counts_frame(DECK), method=method), group="vocational", measure="stage")
    np.testing.assert_allclose(found[["low", "high"]], np.array(ORACLE[key][0])[:, 1:], atol=1e-9)


def test_over_several_tables_intervals_are_united_and_nothing_is_averaged():
    other = {"vocational": [15, 15, 22, 26, 2], "general": [20, 21, 10, 39, 6]}
    single = [estimate_shares(counts_frame(table)) for table in (DECK, other)]
    found = rows(estimate_shares(tables_frame([DECK, other])), group="general")
    parts = [rows(estimates, group="general").reset_index(drop=True) for estimates in single]
    np.testing.assert_allclose(found["low"], np.minimum(parts[0]["low"], parts[1]["low"]))
    np.testing.assert_allclose(found["high"], np.maximum(parts[0]["high"], parts[1]["high"]))
    np.testing.assert_allclose(found["estimate_low"], np.minimum(parts[0]["estimate"], parts[1]["estimate"]))
    assert found["estimate"].isna().all()
    assert found["n"].isna().all()
    assert set(found["n_tables"]) == {2}


def test_the_figure_to_print_is_the_published_one(survey):
    estimates = rows(estimate_shares(counts_frame(DECK)), measure="stage")
    for (_, group), known in PUBLISHED.items():
        assert rows(estimates, group=group)["percent"].tolist() == known


def test_merging_stages_keeps_the_cumulative_shares():
    merged = codebook_of_codes(["less", "piloting", "experiments", "versatile"], ["all", *DECK], "all")
    table = {group: [counts[0] + counts[1], *counts[2:]] for group, counts in DECK.items()}
    fine = rows(estimate_shares(counts_frame(DECK)), measure="at_least")
    coarse = rows(estimate_shares(counts_frame(table, merged)), measure="at_least")
    kept = fine[fine["stage"] != "planned"]
    np.testing.assert_array_equal(kept[["estimate", "low", "high"]], coarse[["estimate", "low", "high"]])


def test_one_answer_and_one_group_work():
    codebook = codebook_of_codes(["no", "yes"], ["schools"])
    found = estimate_shares(counts_frame({"schools": [0, 1]}, codebook))
    assert found["estimate"].tolist() == [0, 1, 1]
    assert ((found["low"] < found["high"]) & (found["high"] <= 1)).all()


def test_published_shares_carry_the_bounds_that_rounding_leaves(survey):
    found = published_shares(survey, "2020-autumn")
    piloting = rows(found, group="vocational", measure="stage", stage="piloting").iloc[0]
    assert (piloting["estimate"], piloting["low"], piloting["high"]) == (0.28, 0.275, 0.285)
    assert (piloting["method"], piloting["n"], piloting["percent"]) == ("rounding", 80, 28)
    # 28 + 32 + 2 printed; below it 19 + 19, so the sum lies within a whole unit
    upper = rows(found, group="vocational", measure="at_least", stage="piloting").iloc[0]
    assert (upper["percent"], upper["low"], upper["high"]) == (62, 0.61, 0.63)


def test_a_partial_wave_gives_what_it_publishes(survey):
    found = published_shares(survey, "2021-autumn")
    assert found[["measure", "stage", "percent"]].to_numpy().tolist() == [
        ["stage", "experiments", 54],
        ["stage", "versatile", 8],
        ["at_least", "experiments", 62],
        ["at_least", "versatile", 8],
    ]


def test_both_kinds_of_estimates_have_the_same_columns(survey):
    for found in (estimate_shares(counts_frame(DECK)), published_shares(survey, "2021-autumn")):
        assert tuple(found.columns) == COLUMNS
        assert found.attrs["codebook"].stages == counts_frame(DECK).index.tolist()
