"""Ranges over the set of tables: of each cell, and of any statistic."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.errors import RecoveryError
from analysis.old.counts.ranges import across_tables, cell_bounds
from analysis.old.counts.recovery import recover_counts
from analysis.survey.table import load_survey

WAVE = "2020-autumn"


@pytest.fixture(scope="module")
def deck() -> pd.DataFrame:
    return load_survey()


def bounds_of(bounds: pd.DataFrame, group: str) -> list[tuple[int, int]]:
    rows = bounds[bounds["group"] == group]
    return list(zip(rows["low"], rows["high"], strict=True))


@pytest.mark.parametrize(
    ("rule", "known"),
    [("nearest", [(69, 69), (10, 10)]), ("floor_or_ceiling", [(68, 70), (9, 11)])],
)
def test_the_second_wave_leaves_few_counts_to_its_two_stages(
    deck: pd.DataFrame, rule: str, known: list[tuple[int, int]]
) -> None:
    bounds = cell_bounds(deck, "2021-autumn", rounding=rule)
    assert bounds_of(bounds, "all")[-2:] == known
    assert set(bounds["method"]) == {"all tables"}


def test_the_total_is_bounded_as_the_sum_of_its_groups(deck: pd.DataFrame) -> None:
    bounds = cell_bounds(deck, WAVE, rounding="within_one")
    assert bounds_of(bounds, "vocational") == [(15, 16), (15, 16), (22, 23), (25, 26), (1, 2)]
    tables = recover_counts(deck, WAVE, rounding="within_one")
    sums = tables["vocational"] + tables["general"]
    assert bounds_of(bounds, "all") == list(zip(sums.min(), sums.max(), strict=True))


def test_too_many_tables_are_bounded_by_programs(deck: pd.DataFrame) -> None:
    n = {"vocational": 8_000, "general": 9_500}
    bounds = cell_bounds(deck, WAVE, n=n, rounding="largest_remainder")
    assert set(bounds["method"]) == {"integer program"}
    low, high = bounds_of(bounds, "vocational")[0]
    assert low < 0.19 * 8_000 < high  # 19 % printed, less than one unit off
    assert low > 0.18 * 8_000
    assert high < 0.20 * 8_000


def test_no_table_has_no_bounds(deck: pd.DataFrame) -> None:
    with pytest.raises(RecoveryError, match="no counts of vocational"):
        cell_bounds(deck, WAVE, rounding="floor")


def test_a_statistic_ranges_over_all_listed_tables(deck: pd.DataFrame) -> None:
    tables = recover_counts(deck, WAVE, rounding="within_one")

    def piloting(counts: pd.DataFrame) -> pd.Series:
        return counts.loc["piloting"]

    ranges = across_tables(tables, piloting).set_index("statistic")
    assert ranges[["low", "high"]].to_numpy().tolist() == [[22, 23], [9, 10]]
    assert set(ranges["bound"]) == {"exact"}
    assert set(ranges["n_tables"]) == {31}


def test_cliffs_delta_ranges_as_known_for_the_deck(deck: pd.DataFrame) -> None:
    def delta(counts: pd.DataFrame) -> float:
        first, second = (counts[group].to_numpy() for group in ("vocational", "general"))
        wins = sum(first[j] * second[i] * ((j > i) - (j < i)) for i in range(5) for j in range(5))
        return float(wins / (first.sum() * second.sum()))

    # ranges over the tables, found by a separate enumeration
    known = {"largest_remainder": [-0.053, -0.053], "floor_or_ceiling": [-0.064, -0.053]}
    known["within_one"] = [-0.090, -0.043]
    for rule, ends in known.items():
        (row,) = across_tables(recover_counts(deck, WAVE, rounding=rule), delta).to_dict("records")
        assert row["statistic"] == "delta"
        assert [row["low"], row["high"]] == pytest.approx(ends, abs=5e-4)


def test_a_verdict_is_the_same_for_all_or_not(deck: pd.DataFrame) -> None:
    tables = recover_counts(deck, WAVE, rounding="within_one")
    verdicts = across_tables(
        tables,
        lambda counts: {
            "most pilot": bool(counts.loc["piloting", "vocational"] > counts.loc["piloting", "general"]),
            "two versatile": bool(counts.loc["versatile", "vocational"] == 2),
        },
    )
    assert verdicts["same"].tolist() == [True, False]


def test_weights_give_a_weighted_sum_of_counts(deck: pd.DataFrame) -> None:
    tables = recover_counts(deck, WAVE, rounding="floor_or_ceiling")
    weights = {("vocational", "piloting"): 1.0, ("general", "piloting"): -1.0}
    (row,) = across_tables(tables, weights).to_dict("records")
    sums = tables["vocational", "piloting"] - tables["general", "piloting"]
    assert (row["low"], row["high"]) == (sums.min(), sums.max())


def test_a_sample_bounds_from_inside_only(deck: pd.DataFrame) -> None:
    sampled = recover_counts(deck, WAVE, max_n=150, rounding="half_up", max_tables=10)
    ranges = across_tables(sampled, lambda counts: counts.loc["piloting", "vocational"])
    assert ranges["bound"].tolist() == ["inner"]


def test_a_weighted_sum_is_exact_over_too_many_tables_too(deck: pd.DataFrame) -> None:
    weights = {("vocational", "piloting"): 1.0, ("general", "piloting"): -1.0}
    listed, sampled = (
        recover_counts(deck, WAVE, max_n=130, rounding="half_up", max_tables=most) for most in (10_000, 3)
    )
    assert (listed.attrs["status"], sampled.attrs["status"]) == ("several", "too_many")
    known, found = (across_tables(tables, weights).iloc[0] for tables in (listed, sampled))
    assert found["bound"] == "exact"
    assert (found["low"], found["high"]) == (known["low"], known["high"])


def test_no_table_has_no_range(deck: pd.DataFrame) -> None:
    with pytest.raises(RecoveryError, match="no counts of vocational"):
        across_tables(recover_counts(deck, WAVE, rounding="floor"), {("vocational", "piloting"): 1.0})
