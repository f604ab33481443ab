"""Groups compared, with values from R 4.2.2 (``oracles.json``; its signs are general minus vocational)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from builders import DECK, codebook_of_codes, counts_frame, survey_frame, tables_frame

from analysis.old.counts.recovery import recover_counts
from analysis.old.inference.comparisons import compare_cells, compare_published, compare_stages, order_groups
from analysis.old.inference.differences import COLUMNS
from analysis.old.rounding import print_percentages
from analysis.survey.table import load_survey

ORACLE = json.loads((Path(__file__).parents[2] / "oracles.json").read_text(encoding="utf-8"))["wave1"]["R"]
WAVE = "2024-spring"
ABC = codebook_of_codes(["none", "some", "much"], ["all", "a", "b", "c"], "all")


def part(differences: pd.DataFrame, measure: str = "stage") -> pd.DataFrame:
    return differences[differences["measure"] == measure]


@pytest.mark.parametrize("method", ["newcombe", "miettinen_nurminen"])
def test_intervals_of_each_stage_meet_r(method):
    found = part(compare_stages(counts_frame(DECK), method=method))
    estimate, low, high = np.array(ORACLE[f"stage_differences_{method}_g2_minus_g1"]).T
    np.testing.assert_allclose(found["estimate"], -estimate, atol=1e-9)
    np.testing.assert_allclose(found["low"], -high, atol=1e-9)
    np.testing.assert_allclose(found["high"], -low, atol=1e-9)


@pytest.mark.parametrize("method", ["newcombe", "miettinen_nurminen"])
def test_intervals_of_each_cut_meet_r(method):
    found = part(compare_stages(counts_frame(DECK), method=method), "at_least")
    known = np.array([cut[method] for cut in ORACLE["at_least_stage_k"]])
    np.testing.assert_allclose(found[["estimate", "low", "high"]], -known[:, [0, 2, 1]], atol=1e-9)


@pytest.mark.parametrize(("adjust", "key"), [("holm", "holm_fisher"), ("bh", "bh_fisher")])
def test_p_values_meet_r(adjust, key):
    found = part(compare_stages(counts_frame(DECK), adjust=adjust))
    np.testing.assert_allclose(found["p_value"], ORACLE["per_stage_p"]["fisher_2x2"], atol=1e-9)
    np.testing.assert_allclose(found["p_adjusted"], ORACLE["per_stage_p"][key], atol=1e-9)


def test_only_piloting_differs_in_the_deck():
    found = compare_stages(counts_frame(DECK))
    assert found.loc[found["verdict"] == "every table", "stage"].tolist() == ["piloting"]
    row = found[found["verdict"] == "every table"].iloc[0]
    assert (row["percent_first"], row["percent_second"]) == (28, 10)
    assert row["residual"] == pytest.approx(3.1115, abs=1e-4)


def test_swapping_the_groups_flips_the_signs():
    there = compare_stages(counts_frame(DECK))
    back = compare_stages(counts_frame(DECK)[["general", "vocational"]])
    assert (back["first"].iloc[0], back["second"].iloc[0]) == ("general", "vocational")
    for column, other in (
        ("estimate", "estimate"),
        ("low", "high"),
        ("high", "low"),
        ("residual", "residual"),
    ):
        np.testing.assert_allclose(there[column], -back[other], atol=1e-12)
    np.testing.assert_allclose(there["p_adjusted"], back["p_adjusted"])


def test_merging_stages_keeps_the_cumulative_differences():
    merged = codebook_of_codes(["less", "piloting", "experiments", "versatile"], ["all", *DECK], "all")
    table = {group: [counts[0] + counts[1], *counts[2:]] for group, counts in DECK.items()}
    fine = part(compare_stages(counts_frame(DECK)), "at_least")
    coarse = part(compare_stages(counts_frame(table, merged)), "at_least")
    columns = ["estimate", "low", "high", "p_value"]
    np.testing.assert_array_equal(fine.loc[fine["stage"] != "planned", columns], coarse[columns])


@pytest.mark.parametrize("method", ["newcombe", "miettinen_nurminen"])
def test_zero_cells_and_single_answers_work(method):
    found = compare_stages(
        counts_frame({"vocational": [0, 0, 0, 0, 1], "general": [0, 0, 0, 3, 0]}), method=method
    )
    assert found["p_value"].between(0, 1).all()
    assert ((found["low"] <= found["estimate"]) & (found["estimate"] <= found["high"])).all()
    assert (found["low"] < found["high"]).all()
    empty = found[(found["stage"] == "planned") & (found["measure"] == "stage")].iloc[0]
    assert (empty["estimate"], empty["p_value"], empty["verdict"]) == (0, 1, "none")


def test_three_groups_are_compared_in_pairs_and_adjusted_together():
    found = part(compare_stages(counts_frame({"a": [9, 1, 0], "b": [1, 9, 0], "c": [5, 4, 1]}, ABC)))
    pairs = found[["first", "second"]].drop_duplicates().to_numpy().tolist()
    assert pairs == [["a", "b"], ["a", "c"], ["b", "c"]]
    smallest = found["p_value"].min()
    assert found["p_adjusted"].min() == pytest.approx(9 * smallest)


def test_one_group_has_nothing_to_compare():
    found = compare_stages(counts_frame({"general": DECK["general"]}))
    assert len(found) == 0
    assert tuple(found.columns) == COLUMNS


def test_over_several_tables_the_widest_range_and_the_largest_p_stand():
    other = {"vocational": [16, 15, 22, 25, 2], "general": [20, 21, 10, 38, 6]}
    single = [compare_stages(counts_frame(table)) for table in (DECK, other)]
    found = compare_stages(tables_frame([DECK, other]))
    for column, pick in (
        ("low", np.minimum),
        ("high", np.maximum),
        ("p_value", np.maximum),
        ("p_low", np.minimum),
        ("p_adjusted", np.maximum),
        ("estimate_low", np.minimum),
        ("estimate_high", np.maximum),
    ):
        source = column.replace("p_low", "p_value").replace("estimate_low", "estimate")
        source = source.replace("estimate_high", "estimate")
        np.testing.assert_allclose(found[column], pick(single[0][source], single[1][source]))
    assert found.loc[found["stage"] == "piloting", "estimate"].isna().all()
    assert set(found["n_tables"]) == {2}


def test_tables_that_disagree_leave_the_verdict_undetermined():
    # 22/80 against 9/95 has p = 0.0026, 17/80 against 14/95 has p = 0.32
    other = {"vocational": [20, 15, 17, 26, 2], "general": [15, 21, 14, 39, 6]}
    found = part(compare_stages(tables_frame([DECK, other])))
    assert found.loc[found["stage"] == "piloting", "verdict"].item() == "undetermined"


@pytest.fixture
def deck() -> pd.DataFrame:
    """The first wave as the deck prints it."""
    stages = counts_frame(DECK).index
    printed = {"vocational": [19, 19, 28, 32, 2], "general": [21, 22, 10, 41, 6], "all": [20, 20, 18, 37, 5]}
    published = {
        ("2020-autumn", group): dict(zip(stages, row, strict=True)) for group, row in printed.items()
    }
    return survey_frame(published)


def test_28_and_10_percent_differ_by_17_to_19_points(deck):
    found = part(compare_published(deck, "2020-autumn"))
    piloting = found[found["stage"] == "piloting"].iloc[0]
    assert (piloting["estimate"], piloting["low"], piloting["high"]) == (0.18, 0.17, 0.19)
    assert (piloting["method"], piloting["verdict"]) == ("rounding", "every table")
    assert np.isnan(piloting["p_value"])


def test_cumulative_differences_carry_the_rounding_of_all_they_add_up(deck):
    # 34 of 32 + 2 and 47 of 41 + 6, a whole unit of room on each side of both
    found = part(compare_published(deck, "2020-autumn"), "at_least").set_index("stage")
    row = found.loc["experiments"]
    assert (row["estimate"], row["low"], row["high"]) == (-0.13, -0.15, -0.11)
    assert (row["percent_first"], row["percent_second"]) == (34, 47)


def test_a_difference_of_one_unit_may_be_none():
    survey = survey_frame(
        {
            (WAVE, "a"): {"none": 20, "some": 30, "much": 50},
            (WAVE, "b"): {"none": 19, "some": 31, "much": 50},
        },
        codebook=ABC,
    )
    found = part(compare_published(survey, WAVE))
    assert found["verdict"].tolist() == ["undetermined"] * 3
    assert found["low"].tolist() == [0, -0.02, -0.01]


def larger_survey(factor: int) -> pd.DataFrame:
    """The deck's shares from more answers, printed to whole per cent, with a total."""
    counts = {group: [factor * count for count in row] for group, row in DECK.items()}
    counts["all"] = [sum(column) for column in zip(*counts.values(), strict=True)]
    published = {
        ("2024-autumn", group): dict(zip(counts_frame(DECK).index, print_percentages(row), strict=True))
        for group, row in counts.items()
    }
    return survey_frame(published, {("2024-autumn", group): sum(row) for group, row in counts.items()})


def test_cells_by_themselves_are_no_sharper_than_the_tables_and_hold_the_truth():
    survey = larger_survey(2)
    tables = recover_counts(survey, "2024-autumn")
    listed, by_cell = compare_stages(tables), compare_cells(survey, "2024-autumn")
    assert tables.attrs["status"] == "several"
    for low, high in (("low", "high"), ("estimate_low", "estimate_high"), ("p_low", "p_high")):
        assert (by_cell[low] <= listed[low] + 1e-12).all()
        assert (by_cell[high] >= listed[high] - 1e-12).all()
    assert (by_cell["p_adjusted"] >= listed["p_adjusted"] - 1e-12).all()
    truth = compare_stages(counts_frame({group: [2 * count for count in row] for group, row in DECK.items()}))
    assert truth["estimate"].between(by_cell["estimate_low"] - 1e-12, by_cell["estimate_high"] + 1e-12).all()


def test_a_wave_with_too_many_tables_is_compared_cell_by_cell():
    survey = larger_survey(5)
    assert recover_counts(survey, "2024-autumn").attrs["status"] == "too_many"
    found = part(compare_cells(survey, "2024-autumn")).set_index("stage")
    assert (found.loc["piloting", "method"], found.loc["piloting", "verdict"]) == ("newcombe", "every table")
    assert (found.loc["not_at_all", "verdict"], found["n_tables"].isna().all()) == ("none", True)


def test_cells_whose_counts_cannot_be_told_are_compared_as_published(deck):
    pd.testing.assert_frame_equal(compare_cells(deck, "2020-autumn"), compare_published(deck, "2020-autumn"))


def test_the_groups_of_the_deck_cross(deck):
    for differences in (compare_published(deck, "2020-autumn"), compare_stages(counts_frame(DECK))):
        found = order_groups(differences).iloc[0]
        assert (found["first"], found["second"]) == ("vocational", "general")
        assert (found["cuts"], found["first_higher"], found["second_higher"]) == (4, 2, 2)
        assert found["verdict"] == "neither"


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        ([10, 30, 60], [20, 40, 40], "first"),
        ([20, 40, 40], [10, 30, 60], "second"),
        ([20, 40, 40], [30, 20, 50], "neither"),
        ([20, 40, 40], [20, 35, 45], "undetermined"),
        ([10, 40, 50], [20, 30, 50], "undetermined"),
    ],
)
def test_one_group_lies_higher_at_every_cut_or_not(first, second, verdict):
    published = {
        (WAVE, group): dict(zip(ABC.stages, row, strict=True)) for group, row in (("a", first), ("b", second))
    }
    found = order_groups(compare_published(survey_frame(published, codebook=ABC), WAVE))
    assert found["verdict"].tolist() == [verdict]


def test_known_equal_distributions_are_equal():
    found = order_groups(compare_stages(counts_frame({"a": [1, 2, 3], "b": [2, 4, 6]}, ABC)))
    assert found["verdict"].tolist() == ["equal"]


def test_a_missing_cut_leaves_the_order_open():
    published = {(WAVE, "a"): {"much": 60}, (WAVE, "b"): {"much": 40}}
    found = order_groups(compare_published(survey_frame(published, codebook=ABC), WAVE))
    assert found[["cuts", "first_higher", "verdict"]].to_numpy().tolist() == [[1, 1, "undetermined"]]


SHIPPED = load_survey()


def sets_of_tables() -> dict[str, pd.DataFrame]:
    """The sets of recovery.md, section 5."""
    repaired = recover_counts(SHIPPED, "2020-autumn")
    nearest = recover_counts(
        SHIPPED, "2020-autumn", n={"vocational": 80, "general": [96, 97]}, rounding="nearest"
    )
    either = pd.concat([repaired, nearest], ignore_index=True)
    either.attrs = dict(repaired.attrs)
    return {
        "repaired": repaired,
        "either": either,
        "floor_or_ceiling": recover_counts(SHIPPED, "2020-autumn", rounding="floor_or_ceiling"),
        "within_one": recover_counts(SHIPPED, "2020-autumn", rounding="within_one"),
    }


@pytest.mark.parametrize(
    ("name", "n_tables", "p_low", "p_high"),
    [
        # recovery.md, section 5: Fisher p of piloting
        ("repaired", 1, 0.0026, 0.0026),
        ("either", 3, 0.0026, 0.0054),
        ("floor_or_ceiling", 4, 0.0014, 0.0055),
        ("within_one", 31, 0.0014, 0.0055),
    ],
)
def test_more_vocational_institutions_were_piloting_in_every_table(name, n_tables, p_low, p_high):
    tables = sets_of_tables()[name]
    found = part(compare_stages(tables, adjust="bonferroni")).set_index("stage").loc["piloting"]
    assert found["n_tables"] == len(tables) == n_tables
    assert (round(found["p_low"], 4), round(found["p_high"], 4)) == (p_low, p_high)
    assert found["verdict"] == "every table"
    assert 0.16 < found["estimate_low"] <= found["estimate_high"] < 0.20
    assert found["percent_first"] == 28


def test_no_other_stage_differs_in_any_table():
    found = part(compare_stages(sets_of_tables()["within_one"])).set_index("stage")["verdict"]
    assert found.drop("piloting").unique().tolist() == ["none"]


def test_four_thousand_tables_take_seconds_at_most():
    table = np.array([list(DECK["vocational"]), list(DECK["general"])])
    shifts = np.random.default_rng(4).multinomial(6, [0.2] * 5, size=(4000, 2))
    tables = [dict(zip(DECK, (table + shift).tolist(), strict=True)) for shift in shifts]
    found = compare_stages(tables_frame(tables))
    assert set(found["n_tables"]) == {4000}
