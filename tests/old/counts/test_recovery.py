"""Every table behind the percentages: the figures of the deck, brute force, and the round trip."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
import pytest
from brute import columns_that_print, tables_that_print
from builders import codebook_of_codes, survey_frame
from hypothesis import assume, given, settings, strategies as st

from analysis.errors import RecoveryError, RequestError
from analysis.old.counts.recovery import (
    number_of_tables,
    recover_counts,
    sample_tables,
    wave_counts,
)
from analysis.old.rounding import RULES, could_print, publish
from analysis.survey.table import load_survey

WAVE = "2020-autumn"
VOCATIONAL, GENERAL = [15, 15, 22, 26, 2], [20, 21, 9, 39, 6]


@pytest.fixture(scope="module")
def deck() -> pd.DataFrame:
    return load_survey()


def made_survey(
    columns: dict[str, list[int | None]],
    sizes: dict[str, int],
    *,
    total: str | None = None,
    decimals: int = 0,
    **wave: Any,
) -> pd.DataFrame:
    """A survey of one wave from printed units by group, None where unpublished."""
    stages = [f"s{place}" for place in range(len(next(iter(columns.values()))))]
    waves = [{"id": WAVE, "decimals": decimals, **wave}]
    codebook = codebook_of_codes(stages, list(columns), total, waves)
    published = {
        (WAVE, group): {s: a / 10**decimals for s, a in zip(stages, column, strict=True) if a is not None}
        for group, column in columns.items()
    }
    return survey_frame(published, {(WAVE, group): n for group, n in sizes.items()}, codebook)


def listed(count_tables: pd.DataFrame) -> set[tuple[tuple[int, ...], ...]]:
    groups = count_tables.columns.get_level_values(0).unique()
    return set(zip(*(map(tuple, count_tables[group].to_numpy().tolist()) for group in groups), strict=True))


def test_exactly_one_table_fits_the_deck_given_its_n(deck: pd.DataFrame) -> None:
    count_tables = recover_counts(deck, WAVE)
    assert count_tables.columns.names == ["group", "stage"]
    assert count_tables.to_numpy().tolist() == [VOCATIONAL + GENERAL]
    attrs = count_tables.attrs
    assert (attrs["status"], attrs["n_tables"], attrs["basis"]) == ("unique", 1, "recovered")
    assert attrs["n"] == {"vocational": 80, "general": 95}
    assert attrs["admitted"] == {"nearest": 0, "largest_remainder": 1, "adjust_minimal": 1}


@pytest.mark.parametrize(
    ("rule", "tables"),
    [
        *((rule, 0) for rule in ("half_up", "half_down", "half_even", "nearest", "floor", "ceiling")),
        *((rule, 1) for rule in ("largest_remainder", "webster", "adjust_minimal")),
        *((f"largest_remainder_{ties}", 0) for ties in ("first", "last", "untied")),
        ("floor_or_ceiling", 4),
        ("within_one", 31),
    ],
)
def test_the_number_of_tables_under_each_rule(deck: pd.DataFrame, rule: str, tables: int) -> None:
    assert number_of_tables(deck, WAVE, rounding=rule) == tables
    assert len(recover_counts(deck, WAVE, rounding=rule)) == tables


def test_the_rivals_need_another_n_and_no_repair(deck: pd.DataFrame) -> None:
    rivals = {n: recover_counts(deck, WAVE, n={"general": n}, rounding="half_even") for n in (96, 97)}
    assert [listed(tables) for tables in rivals.values()] == [
        {(tuple(VOCATIONAL), (20, 21, 10, 39, 6))},
        {(tuple(VOCATIONAL), (20, 21, 10, 40, 6))},
    ]
    together = recover_counts(deck, WAVE, n={"general": [95, 96, 97]})
    assert together.attrs["n_tables"] == 3
    assert together.attrs["n"] == {"vocational": 80, "general": [95, 97]}


def test_plain_rounding_is_impossible_for_smaller_groups(deck: pd.DataFrame) -> None:
    smaller = {"vocational": range(1, 81), "general": range(1, 96)}
    for rule in ("half_up", "half_down", "half_even", "nearest"):
        assert number_of_tables(deck, WAVE, n=smaller, rounding=rule) == 0


@pytest.mark.parametrize(("rule", "tables"), [("largest_remainder", 5), ("webster", 1), ("nearest", 0)])
def test_the_split_of_175_may_be_unknown(deck: pd.DataFrame, rule: str, tables: int) -> None:
    assert number_of_tables(deck, WAVE, n={"all": 175}, max_n=175, rounding=rule) == tables


def test_half_up_first_works_at_81_and_110(deck: pd.DataFrame) -> None:
    found = recover_counts(deck, WAVE, max_n=110, rounding="half_up")
    assert listed(found) == {((15, 15, 23, 26, 2), (23, 24, 11, 45, 7))}


def test_no_table_comes_with_the_column_that_fails_and_the_nearest_n(deck: pd.DataFrame) -> None:
    empty = recover_counts(deck, WAVE, rounding=("half_even", "floor"))
    assert (len(empty), empty.attrs["status"], empty.attrs["n_tables"]) == (0, "none", 0)
    reason = empty.attrs["reason"]
    assert "half_even: no counts of general (n = 95) print its percentages" in reason
    assert "vocational=80, general=96 would fit" in reason
    assert "floor: no counts of vocational (n = 80) and general (n = 95)" in reason
    with pytest.raises(RecoveryError, match="no counts of general"):
        wave_counts(deck, WAVE, rounding="half_even")


def test_a_total_that_no_sum_prints_is_named(deck: pd.DataFrame) -> None:
    reason = recover_counts(deck, WAVE, rounding="largest_remainder_first").attrs["reason"]
    assert "each group fits alone, but no sum of them prints all" in reason


def test_the_total_may_follow_another_rule(deck: pd.DataFrame) -> None:
    assert number_of_tables(deck, WAVE, rounding="webster", total_rounding="half_even") == 0
    # first-wins prints both groups and last-wins the total, though neither prints all three columns
    first, last = "largest_remainder_first", "largest_remainder_last"
    assert number_of_tables(deck, WAVE, rounding=first, total_rounding=last) == 1
    assert number_of_tables(deck, WAVE, rounding=last, total_rounding=[first, last]) == 0


def test_counts_of_a_unique_wave_carry_their_assumptions(deck: pd.DataFrame) -> None:
    counts = wave_counts(deck, WAVE)
    assert counts["vocational"].tolist() == VOCATIONAL
    assert counts["general"].tolist() == GENERAL
    assert (counts.index.name, counts.columns.name) == ("stage", "group")
    assert counts.index.ordered
    assert counts.attrs["basis"] == "recovered"
    assert counts.attrs["rules"] == ["nearest", "largest_remainder", "adjust_minimal"]


def test_several_tables_are_refused_with_what_would_settle_it(deck: pd.DataFrame) -> None:
    with pytest.raises(RecoveryError) as refusal:
        wave_counts(deck, WAVE, rounding="within_one")
    message = str(refusal.value)
    assert message.startswith("31 tables of counts fit 2020-autumn under within_one")
    assert "percentages with 1 decimal" in message
    with pytest.raises(RecoveryError, match="the n of general"):
        wave_counts(deck, WAVE, n={"general": range(95, 98)})


def test_counts_in_the_survey_are_taken_as_they_are() -> None:
    codebook = codebook_of_codes(["low", "high"], ["rural", "urban"])
    counts = {(WAVE, "rural"): {"low": 3, "high": 4}, (WAVE, "urban"): {"low": 5, "high": 0}}
    found = recover_counts(survey_frame({}, {}, codebook, counts), WAVE)
    assert listed(found) == {((3, 4), (5, 0))}
    assert (found.attrs["basis"], found.attrs["rules"]) == ("counted", [])
    assert found.attrs["n"] == {"rural": 7, "urban": 5}


def test_a_known_count_leaves_the_others_to_the_percentages() -> None:
    codebook = codebook_of_codes(["a", "b", "c"], ["g"])
    published = {(WAVE, "g"): {"a": 33, "b": 33, "c": 33}}
    survey = survey_frame(published, {(WAVE, "g"): 200}, codebook, {(WAVE, "g"): {"a": 66}})
    found = recover_counts(survey, WAVE, rounding="nearest")
    assert listed(found) == {((66, b, 134 - b),) for b in (67,)}


def test_unpublished_stages_are_free(deck: pd.DataFrame) -> None:
    second = recover_counts(deck, "2021-autumn", rounding="nearest")
    assert second.attrs["n_tables"] == 1275  # 49 answers shared among three stages
    assert set(second["all", "experiments"]) == {69}
    assert set(second["all", "versatile"]) == {10}
    assert (second.sum(axis=1) == 128).all()


def test_too_many_tables_are_counted_and_sampled_not_cut(deck: pd.DataFrame) -> None:
    found = recover_counts(deck, WAVE, max_n=300, rounding="half_up", seed=3)
    assert (found.attrs["status"], found.attrs["n_tables"]) == ("too_many", 43_954)
    assert len(found) == 1_000
    again = recover_counts(deck, WAVE, max_n=300, rounding="half_up", seed=3)
    pd.testing.assert_frame_equal(found, again)


def test_a_sample_is_drawn_from_the_tables_that_fit(deck: pd.DataFrame) -> None:
    known = listed(recover_counts(deck, WAVE, rounding="within_one"))
    drawn = sample_tables(deck, WAVE, size=400, rounding="within_one", seed=5)
    assert listed(drawn) == known  # 31 tables, each missed with probability below 1e-5
    assert drawn.attrs["n_tables"] == 31
    with pytest.raises(RecoveryError, match="0 of 10"):
        sample_tables(deck, WAVE, size=10, rounding="floor")


def test_one_n_and_a_total_give_the_other(deck: pd.DataFrame) -> None:
    open_n = deck.copy()
    open_n.attrs = dict(deck.attrs)
    open_n.loc[open_n["group"] == "general", "n"] = pd.NA
    assert listed(recover_counts(open_n, WAVE)) == {(tuple(VOCATIONAL), tuple(GENERAL))}
    open_n.loc[open_n["group"] == "all", "n"] = pd.NA
    with pytest.raises(RecoveryError, match="n of general in 2020-autumn is not known"):
        recover_counts(open_n, WAVE)


def test_what_is_no_share_of_n_is_refused(deck: pd.DataFrame) -> None:
    columns = {"rural": [40, 60]}
    with pytest.raises(RecoveryError, match="weighted"):
        recover_counts(made_survey(columns, {"rural": 5}, weighted=True), WAVE)
    with pytest.raises(RecoveryError, match="different bases"):
        recover_counts(made_survey(columns, {"rural": 5}, bases="n differs by stage"), WAVE)
    with pytest.raises(RecoveryError, match="80 \\+ 96 = 176"):
        recover_counts(deck, WAVE, n={"all": 175, "general": 96, "vocational": 80})


def test_requests_that_cannot_be_met_are_named(deck: pd.DataFrame) -> None:
    with pytest.raises(RequestError, match="did you mean '2020-autumn'"):
        recover_counts(deck, "2020-autum")
    with pytest.raises(RequestError, match="did you mean 'half_up'"):
        recover_counts(deck, WAVE, rounding="half-up")
    with pytest.raises(RequestError, match="did you mean 'general'"):
        recover_counts(deck, WAVE, n={"genral": 95})
    with pytest.raises(RequestError, match="positive whole number"):
        recover_counts(deck, WAVE, n={"general": 0})


def test_swapping_groups_swaps_the_tables_and_nothing_else() -> None:
    columns = {"a": [19, 19, 28, 32, 2], "b": [21, 22, 10, 41, 6], "all": [20, 20, 18, 37, 5]}
    swapped = {name: columns[name] for name in ("b", "a", "all")}
    sizes = {"a": 80, "b": 95, "all": 175}
    surveys = [made_survey(c, sizes, total="all") for c in (columns, swapped)]
    first, second = (recover_counts(survey, WAVE, rounding="within_one") for survey in surveys)
    assert listed(first) == {(b, a) for a, b in listed(second)}


@settings(max_examples=40)
@given(st.data())
def test_the_truth_is_always_among_the_tables(data: st.DataObject) -> None:
    stages, groups = data.draw(st.integers(2, 5)), data.draw(st.integers(1, 3))
    cell = st.integers(0, data.draw(st.sampled_from([3, 40])))
    parts = [data.draw(st.lists(cell, min_size=stages, max_size=stages).filter(any)) for _ in range(groups)]
    rule, decimals = data.draw(st.sampled_from(sorted(RULES))), data.draw(st.integers(0, 3))
    counts = {f"g{place}": part for place, part in enumerate(parts)}
    total = "all" if data.draw(st.booleans()) else None
    if total:
        counts["all"] = [sum(stage) for stage in zip(*parts, strict=True)]
    try:
        printed: dict[str, list[int | None]] = {
            group: list(publish(column, rule, decimals=decimals)) for group, column in counts.items()
        }
    except RequestError:
        assume(False)
    hidden = data.draw(st.sets(st.integers(0, stages - 1), max_size=1))
    if rule in {"largest_remainder_untied", "adjust_last"}:
        hidden = set()
    for column in printed.values():
        for place in hidden:
            column[place] = None
    survey = made_survey(printed, {g: sum(c) for g, c in counts.items()}, total=total, decimals=decimals)
    found = recover_counts(survey, WAVE, rounding=rule, max_tables=300_000)
    assume(found.attrs["status"] != "too_many")
    assert tuple(map(tuple, parts)) in listed(found)


@settings(max_examples=80)
@given(st.data())
def test_the_set_equals_brute_force(data: st.DataObject) -> None:
    stages = data.draw(st.integers(2, 3))
    groups = data.draw(st.integers(1, 2 if stages == 3 else 3))
    cell = st.integers(0, {2: 12, 3: 5}[stages])
    parts = [data.draw(st.lists(cell, min_size=stages, max_size=stages).filter(any)) for _ in range(groups)]
    rule = data.draw(st.sampled_from(sorted(RULES)))
    with_total = data.draw(st.booleans())
    printer = data.draw(st.sampled_from([rule, "nearest", "largest_remainder"]))
    counts = [*parts, [sum(stage) for stage in zip(*parts, strict=True)]]
    try:
        printed = [publish(column, printer) for column in counts]
    except RequestError:
        assume(False)
    sizes = [sum(column) for column in parts]
    known = tables_that_print(rule, printed[:-1], sizes, printed[-1] if with_total else None)
    columns: dict[str, list[int | None]] = {f"g{place}": list(c) for place, c in enumerate(printed[:-1])}
    if with_total:
        columns["all"] = list(printed[-1])
    survey = made_survey(
        columns,
        dict(zip(columns, [*sizes, sum(sizes)], strict=False)),
        total="all" if with_total else None,
    )
    found = recover_counts(survey, WAVE, rounding=rule)
    assert listed(found) == known
    assert number_of_tables(survey, WAVE, rounding=rule) == len(known)


@settings(max_examples=20)
@given(st.lists(st.integers(0, 40), min_size=2, max_size=5).filter(any), st.integers(0, 1))
def test_fewer_answers_than_units_name_their_counts(counts: list[int], decimals: int) -> None:
    n = sum(counts)
    assume(n < 100 * 10**decimals)
    for rule in ("nearest", "half_up", "half_down", "half_even", "largest_remainder"):
        printed = list(publish(counts, rule, decimals=decimals))
        found = recover_counts(made_survey({"g": printed}, {"g": n}, decimals=decimals), WAVE, rounding=rule)
        assert listed(found) == {(tuple(counts),)}


@settings(max_examples=60)
@given(
    st.sampled_from(
        ["half_up", "nearest", "floor", "largest_remainder", "webster", "jefferson", "floor_or_ceiling"]
    ),
    st.lists(st.integers(0, 5), min_size=3, max_size=3).filter(any),
    st.integers(1, 12),
)
def test_tables_that_fit_can_be_added_up(rule: str, counts: list[int], n: int) -> None:
    printed = publish(counts, rule)
    for other in columns_that_print(rule, printed, n):
        assert could_print([a + b for a, b in zip(counts, other, strict=True)], printed, rule)


def test_rules_are_united_without_counting_a_table_twice(deck: pd.DataFrame) -> None:
    rules = ("floor_or_ceiling", "within_one", "largest_remainder")
    single = [listed(recover_counts(deck, WAVE, rounding=rule)) for rule in rules]
    united = recover_counts(deck, WAVE, rounding=rules)
    assert listed(united) == set(chain(*single))
    assert united.attrs["n_tables"] == len(united) == 31
    assert list(united.attrs["admitted"].values()) == [4, 31, 1]


def test_many_groups_with_decimals_are_recovered_at_once() -> None:
    random = np.random.default_rng(2)
    counts = {f"g{g}": random.integers(5, 60, size=12).tolist() for g in range(6)}
    counts["all"] = [sum(stage) for stage in zip(*counts.values(), strict=True)]
    printed: dict[str, list[int | None]] = {
        group: list(publish(column, "half_even", decimals=1)) for group, column in counts.items()
    }
    sizes = {group: sum(column) for group, column in counts.items()}
    survey = made_survey(printed, sizes, total="all", decimals=1)
    found = recover_counts(survey, WAVE, rounding="half_even")
    assert listed(found) == {tuple(tuple(counts[f"g{g}"]) for g in range(6))}
