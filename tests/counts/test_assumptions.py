"""Under which n and which rules a table could have been printed, and what it says of the groups' weights."""

from __future__ import annotations

import pandas as pd
import pytest
from printed import WAVE, made_survey

from analysis.counts.assumptions import audit_rounding, consistent_sizes, weight_bounds
from analysis.counts.recovery import recover_counts
from analysis.errors import RecoveryError, RequestError
from analysis.survey.table import load_survey


@pytest.fixture(scope="module")
def deck() -> pd.DataFrame:
    return load_survey()


@pytest.mark.parametrize(
    ("rule", "pairs", "tables", "smallest"),
    [
        ("half_up", 2_641, 43_954, (81, 110)),
        ("largest_remainder", 9_856, 519_451, (43, 51)),
        ("floor", 0, 0, None),
        ("ceiling", 0, 0, None),
    ],
)
def test_every_pair_up_to_300(
    deck: pd.DataFrame, rule: str, pairs: int, tables: int, smallest: tuple[int, int] | None
) -> None:
    sizes = consistent_sizes(deck, WAVE, max_n=300, rounding=rule)
    assert (len(sizes), sizes["n_tables"].sum()) == (pairs, tables)
    assert (sizes.attrs["n_feasible"], sizes.attrs["n_tables"]) == (pairs, tables)
    found = sizes.attrs["smallest"]
    assert (found and tuple(found.values())) == smallest
    assert (sizes["n"] == sizes["vocational"] + sizes["general"]).all()


def test_each_pair_has_its_own_number_of_tables(deck: pd.DataFrame) -> None:
    sizes = consistent_sizes(deck, WAVE, max_n=120, rounding="nearest")
    assert len(sizes) == 9
    for row in sizes.itertuples(index=False):
        n = {"vocational": row.vocational, "general": row.general}
        assert len(recover_counts(deck, WAVE, n=n, rounding="nearest")) == row.n_tables


def test_from_where_on_every_n_fits(deck: pd.DataFrame) -> None:
    second = consistent_sizes(deck, "2021-autumn", max_n=150, rounding="nearest")
    start = second.attrs["all_from"]["all"]
    assert set(range(start, 151)) <= set(second["all"])
    assert start - 1 not in set(second["all"])


def test_groups_without_a_total_are_free_of_each_other(deck: pd.DataFrame) -> None:
    parts = deck[deck["group"] != "all"]
    sizes = consistent_sizes(parts, WAVE, max_n=100, rounding="nearest")
    alone = [
        consistent_sizes(parts[parts["group"] == group], WAVE, max_n=100, rounding="nearest")
        for group in ("vocational", "general")
    ]
    assert len(sizes) == len(alone[0]) * len(alone[1])
    assert sizes["n_tables"].sum() == alone[0]["n_tables"].sum() * alone[1]["n_tables"].sum()


def test_weights_follow_from_the_percentages_alone(deck: pd.DataFrame) -> None:
    weights = weight_bounds(deck, WAVE, rounding=["nearest", "largest_remainder", "floor"])
    vocational = weights[weights["group"] == "vocational"].set_index("rule")
    assert vocational.loc["nearest", ["low", "high"]].tolist() == pytest.approx([7 / 18, 1 / 2])
    assert vocational.loc["largest_remainder", ["low", "high"]].tolist() == pytest.approx([8 / 21, 1 / 2])
    assert vocational.loc["floor", ["low", "high"]].isna().all()
    # the second wave's 68 of 128 is outside: the table cannot come from it
    assert vocational["high"].max() < 68 / 128


def test_what_cannot_be_asked_is_refused(deck: pd.DataFrame) -> None:
    with pytest.raises(RequestError, match="max_n is 0"):
        consistent_sizes(deck, WAVE, max_n=0)
    with pytest.raises(RecoveryError, match="no total"):
        weight_bounds(deck, "2021-autumn")


def test_too_many_combinations_are_bounded_by_group() -> None:
    columns = {f"g{place}": [30, 30, 40] for place in range(8)}
    sizes = consistent_sizes(made_survey(columns, {}), max_n=100, rounding="nearest")
    assert (sizes.attrs["status"], sizes.attrs["n_feasible"]) == ("too_many", None)
    assert sizes["g0"].to_dict() == {"low": 10, "high": 100}


def test_weights_of_a_repaired_table_are_wider_than_of_its_parts() -> None:
    """By enumeration of all pairs of n to 300 the shares of the first group lie inside the bounds."""
    deck = load_survey()
    for rule in ("adjust_minimal", "floor_or_ceiling", "webster"):
        weights = weight_bounds(deck, WAVE, rounding=rule).set_index("group")
        sizes = consistent_sizes(deck, WAVE, rounding=rule, max_n=100)
        shares = sizes["vocational"] / sizes["n"]
        assert weights.loc["vocational", "low"] - 1e-9 <= shares.min()
        assert weights.loc["vocational", "high"] + 1e-9 >= shares.max()


# rule: vocational alone, general alone, all together; found by enumeration of all columns of 80 and 95
DECK = {
    "half_up": (0, 0, 0),
    "half_down": (0, 0, 0),
    "floor": (0, 0, 0),
    "ceiling": (0, 0, 0),
    "half_even": (1, 0, 0),
    "nearest": (1, 0, 0),
    "largest_remainder": (1, 1, 1),
    "webster": (1, 1, 1),
    "adjust_minimal": (1, 1, 1),
    "floor_or_ceiling": (3, 3, 4),
    "within_one": (10, 5, 31),
}


@pytest.fixture(scope="module")
def audit() -> pd.DataFrame:
    return audit_rounding(load_survey(), WAVE).set_index("rule")


def test_each_column_and_all_together_as_known(audit: pd.DataFrame) -> None:
    found = audit[["vocational", "general", "n_tables"]]
    assert dict(zip(found.index, map(tuple, found.to_numpy().tolist()), strict=True)) == DECK


def test_the_nearest_n_is_the_given_one_or_a_rival(audit: pd.DataFrame) -> None:
    assert audit.loc["largest_remainder", "nearest"] == {"vocational": 80, "general": 95}
    assert audit.loc["nearest", "nearest"] == {"vocational": 80, "general": 96}
    assert audit.loc["floor", "nearest"] is None


def test_sums_that_a_rule_cannot_print_are_told() -> None:
    short = made_survey({"g": [33, 33, 33]}, {"g": 3})  # adds up to 99
    sums = audit_rounding(short, WAVE).set_index("rule")["sums"]
    assert sums[["nearest", "half_up", "floor", "within_one"]].all()
    assert not sums[["ceiling", "largest_remainder", "webster", "adjust_minimal"]].any()


def test_open_n_have_no_nearest() -> None:
    audit = audit_rounding(load_survey(), WAVE, max_n=60, rules=["half_up", "largest_remainder"])
    assert audit["n_tables"].tolist() == [0, 1]
    assert audit.loc[0, "nearest"] is None


def test_the_nearest_n_fits_where_n_is_a_range() -> None:
    n = {"vocational": range(78, 82), "general": range(94, 99)}
    audit = audit_rounding(load_survey(), WAVE, n=n).set_index("rule")
    fitting = audit[audit["fits"]]
    assert {"nearest", "largest_remainder"} <= set(fitting.index)
    for rule, nearest in fitting["nearest"].items():
        assert all(nearest[group] in sizes for group, sizes in n.items())
        assert len(recover_counts(load_survey(), WAVE, n=nearest, rounding=rule)) > 0


def test_a_billion_answers_are_audited_at_once() -> None:
    survey = made_survey({"a": [30, 30, 40], "b": [20, 70, 10]}, {"a": 10**9, "b": 10**9 + 7})
    audit = audit_rounding(survey).set_index("rule")
    assert audit.loc["nearest", ["a", "n_tables"]].tolist() == [None, None]
    assert audit.loc["nearest", "fits"]
    assert type(audit.loc["floor", "n_tables"]) is int
    assert audit.loc["nearest", "nearest"] == {"a": 10**9, "b": 10**9 + 7}
