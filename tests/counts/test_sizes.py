"""The n that the percentages can have, and what they say of the groups' weights."""

from __future__ import annotations

import pandas as pd
import pytest
from printed import WAVE, made_survey

from analysis.counts.recovery import recover_counts
from analysis.counts.sizes import consistent_sizes, weight_bounds
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


def test_the_split_of_a_known_total_is_found(deck: pd.DataFrame) -> None:
    sizes = consistent_sizes(deck, WAVE, max_n=174, n={"all": 175}, rounding="largest_remainder")
    pairs = [tuple(pair) for pair in sizes[["vocational", "general"]].to_numpy().tolist()]
    assert pairs == [(75, 100), (79, 96), (80, 95), (81, 94), (84, 91)]


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
