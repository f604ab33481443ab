"""Every table behind the percentages: the figures of the deck, brute force, and the round trip."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pandas as pd
import pytest
from builders import codebook_of_codes, survey_frame
from hypothesis import assume, given, settings, strategies as st
from printed import WAVE, listed, made_survey, tables_that_print

from analysis.counts.assumptions import audit_rounding
from analysis.counts.reading import main_wave
from analysis.counts.recovery import across_tables, cell_bounds, possible, recover_counts, wave_counts
from analysis.errors import RecoveryError, RequestError
from analysis.rounding import DEFAULT_RULES, RULES, Rule, find_contradictions, print_units, publish
from analysis.survey.table import load_survey

VOCATIONAL, GENERAL = [15, 15, 22, 26, 2], [20, 21, 9, 39, 6]


@pytest.fixture(scope="module")
def deck() -> pd.DataFrame:
    return load_survey()


def test_a_group_called_none_is_no_total() -> None:
    survey = made_survey({"Some": [44, 56], "None": [31, 69]}, {"Some": 25, "None": 26})
    assert recover_counts(survey, n={"None": 26}).attrs["status"] == "unique"


def test_exactly_one_table_fits_the_deck_given_its_n(deck: pd.DataFrame) -> None:
    count_tables = recover_counts(deck)
    assert (count_tables.index.name, count_tables.columns.names) == ("table", ["group", "stage"])
    assert count_tables.to_numpy().tolist() == [VOCATIONAL + GENERAL]
    attrs = count_tables.attrs
    assert (attrs["wave"], attrs["status"], attrs["n_tables"]) == (WAVE, "unique", 1)
    assert (attrs["basis"], attrs["n"]) == ("recovered", {"vocational": 80, "general": 95})
    assert attrs["admitted"] == {"nearest": 0, "largest_remainder": 1, "adjust_minimal": 1}
    assert attrs["assumed"] == {}


def test_the_rivals_need_another_n_and_no_repair(deck: pd.DataFrame) -> None:
    rivals = {n: recover_counts(deck, WAVE, n={"general": n}, rounding="half_even") for n in (96, 97)}
    assert [listed(tables) for tables in rivals.values()] == [
        {(tuple(VOCATIONAL), (20, 21, 10, 39, 6))},
        {(tuple(VOCATIONAL), (20, 21, 10, 40, 6))},
    ]
    together = recover_counts(deck, WAVE, n={"general": [95, 96, 97]})
    assert together.attrs["n_tables"] == 3
    assert together.attrs["n"] == {"vocational": 80, "general": [95, 97]}
    assert together.attrs["assumed"] == {"n": {"general": [95, 97]}}


def test_plain_rounding_is_impossible_for_smaller_groups(deck: pd.DataFrame) -> None:
    smaller = {"vocational": range(1, 81), "general": range(1, 96)}
    for rule in ("half_up", "half_down", "half_even", "nearest"):
        assert recover_counts(deck, WAVE, n=smaller, rounding=rule).attrs["n_tables"] == 0


@pytest.mark.parametrize(("rule", "tables"), [("largest_remainder", 5), ("webster", 1), ("nearest", 0)])
def test_the_split_of_175_may_be_unknown(deck: pd.DataFrame, rule: str, tables: int) -> None:
    assert len(recover_counts(deck, WAVE, n={"all": 175}, max_n=175, rounding=rule)) == tables


def test_no_table_comes_with_what_to_ask_first_and_then_another_n(deck: pd.DataFrame) -> None:
    empty = recover_counts(deck, WAVE, rounding=("half_even", "floor"))
    assert (len(empty), empty.attrs["status"], empty.attrs["n_tables"]) == (0, "none", 0)
    reason = empty.attrs["reason"]
    assert reason.index("weighted") < reason.index("no answer") < reason.index("would fit")
    assert "half_even: no counts of general (n = 95) print its percentages" in reason
    assert "vocational=80, general=96 would fit" in reason
    assert "floor: no counts of vocational (n = 80) and general (n = 95)" in reason
    with pytest.raises(RecoveryError, match="no counts of general"):
        wave_counts(deck, WAVE, rounding="half_even")


def test_a_total_that_no_sum_prints_is_named() -> None:
    columns = {"a": [50, 50], "b": [50, 50], "all": [40, 60]}
    survey = made_survey(columns, {"a": 10, "b": 10, "all": 20}, total="all")
    reason = recover_counts(survey, rounding="half_up").attrs["reason"]
    assert "each group fits alone, but no sum of them prints all" in reason


def test_counts_of_a_unique_wave_carry_their_assumptions(deck: pd.DataFrame) -> None:
    counts = wave_counts(deck)
    assert counts["vocational"].tolist() == VOCATIONAL
    assert counts["general"].tolist() == GENERAL
    assert (counts.index.name, counts.columns.name) == ("stage", "group")
    assert counts.index.ordered
    assert (counts.attrs["basis"], counts.attrs["rules"]) == ("recovered", list(DEFAULT_RULES))


def test_several_tables_are_refused_with_what_would_settle_it(deck: pd.DataFrame) -> None:
    with pytest.raises(RecoveryError) as refusal:
        wave_counts(deck, WAVE, rounding="within_one")
    assert str(refusal.value).startswith(
        "31 tables of counts fit the percentages of 2020-autumn under within_one"
    )
    assert "percentages with more decimals" in str(refusal.value)
    with pytest.raises(RecoveryError, match="the n of general"):
        wave_counts(deck, WAVE, n={"general": range(95, 98)})


def test_counts_in_the_survey_are_taken_as_they_are() -> None:
    codebook = codebook_of_codes(["low", "high"], ["rural", "urban"])
    counts = {(WAVE, "rural"): {"low": 3, "high": 4}, (WAVE, "urban"): {"low": 5, "high": 0}}
    found = recover_counts(survey_frame({}, {}, codebook, counts))
    assert listed(found) == {((3, 4), (5, 0))}
    assert (found.attrs["basis"], found.attrs["rules"]) == ("counted", [])
    assert found.attrs["n"] == {"rural": 7, "urban": 5}


def test_a_known_count_leaves_the_others_to_the_percentages() -> None:
    codebook = codebook_of_codes(["a", "b", "c"], ["g"])
    published = {(WAVE, "g"): {"a": 33, "b": 33, "c": 33}}
    survey = survey_frame(published, {(WAVE, "g"): 200}, codebook, {(WAVE, "g"): {"a": 66}})
    assert listed(recover_counts(survey, WAVE, rounding="nearest")) == {((66, 67, 67),)}


def test_a_partly_published_wave_may_have_been_repaired(deck: pd.DataFrame) -> None:
    nearest = recover_counts(deck, "2021-autumn", rounding="nearest")
    assert len(nearest) == 1275  # 49 answers shared among three stages
    assert set(nearest["all", "experiments"]) == {69}
    assert set(nearest["all", "versatile"]) == {10}
    bounds = cell_bounds(deck, "2021-autumn").set_index("stage")
    assert bounds.loc[["experiments", "versatile"], ["low", "high"]].to_numpy().tolist() == [
        [68, 71],
        [9, 12],
    ]


def test_the_truth_of_a_repaired_partial_wave_is_kept() -> None:
    """118 answers printed by largest remainder, of which two stages were published."""
    printed = publish([1, 35, 22, 38, 22], "largest_remainder")
    survey = made_survey({"g": [*printed[:2], None, None, None]}, {"g": 118})
    found = recover_counts(survey, max_tables=200_000)
    assert ((1, 35, 22, 38, 22),) in listed(found)


def test_too_many_tables_are_bounded_not_cut(deck: pd.DataFrame) -> None:
    bounds = recover_counts(deck, WAVE, max_n=300, rounding="half_up")
    assert (bounds.attrs["status"], bounds.attrs["n_tables"]) == ("too_many", None)
    assert (bounds.index.name, list(bounds.index)) == ("bound", ["low", "high"])
    every = recover_counts(deck, WAVE, max_n=300, rounding="half_up", max_tables=50_000)
    assert len(every) == 43_954
    assert (bounds.loc["low"] <= every.min()).all()
    assert (bounds.loc["high"] >= every.max()).all()


def test_one_n_and_a_total_give_the_other(deck: pd.DataFrame) -> None:
    open_n = deck.copy()
    open_n.loc[open_n["group"] == "general", "n"] = pd.NA
    assert listed(recover_counts(open_n, WAVE)) == {(tuple(VOCATIONAL), tuple(GENERAL))}
    open_n.loc[open_n["group"] == "all", "n"] = pd.NA
    with pytest.raises(RecoveryError, match="n of general in 2020-autumn is not known"):
        recover_counts(open_n, WAVE)
    columns, facts = {name: [50, 50] for name in ("a", "b", "all")}, {"exhaustive": False}
    with pytest.raises(RecoveryError, match="n of b in 2020-autumn is not known"):  # others may be the rest
        recover_counts(made_survey(columns, {"a": 4, "all": 10}, total="all", facts=facts))


def test_what_is_no_share_of_n_is_refused(deck: pd.DataFrame) -> None:
    columns = {"rural": [40, 60]}
    with pytest.raises(RecoveryError, match="weighted"):
        recover_counts(made_survey(columns, {"rural": 5}, weighted=True))
    with pytest.raises(RecoveryError, match="different bases"):
        recover_counts(made_survey(columns, {"rural": 5}, bases="n differs by stage"))
    with pytest.raises(RecoveryError, match="80 \\+ 96 = 176"):
        recover_counts(deck, WAVE, n={"all": 175, "general": 96, "vocational": 80})


@pytest.mark.parametrize("source", ["weighted by region", "painotettu aineisto", "Vägda andelar"])
def test_a_source_that_says_weighted_is_believed(source: str) -> None:
    survey = made_survey({"rural": [40, 60]}, {"rural": 5}).assign(source=source)
    with pytest.raises(RecoveryError, match="the source says"):
        recover_counts(survey)
    declared = made_survey({"rural": [40, 60]}, {"rural": 5}, weighted=False).assign(source=source)
    assert len(recover_counts(declared)) == 1


def test_requests_that_cannot_be_met_are_named(deck: pd.DataFrame) -> None:
    with pytest.raises(RequestError, match="did you mean '2020-autumn'"):
        recover_counts(deck, "2020-autum")
    with pytest.raises(RequestError, match="did you mean 'half_up'"):
        recover_counts(deck, WAVE, rounding="half-up")
    with pytest.raises(RequestError, match="did you mean 'general'"):
        recover_counts(deck, WAVE, n={"genral": 95})
    with pytest.raises(RequestError, match="several groups"):
        recover_counts(deck, WAVE, n=175)
    for n in (0, 1.5, "many", [80, -1], []):
        with pytest.raises(RequestError, match="positive whole number"):
            recover_counts(deck, WAVE, n={"general": n})


def test_a_range_of_n_that_a_codebook_declares_has_the_same_limit(deck: pd.DataFrame) -> None:
    wide = deck.assign(n=deck["n"].mask(deck["group"].isin(["vocational", "all"])))
    wide.attrs["codebook"] = deck.attrs["codebook"].declare(WAVE, {"n": {"vocational": [5, 10**15]}})
    with pytest.raises(RequestError, match="n of vocational has more than 100000 values"):
        recover_counts(wide, WAVE)


def test_one_number_will_do_for_one_group() -> None:
    assert recover_counts(made_survey({"g": [40, 60]}, {}), n=5).attrs["n"] == {"g": 5}


def test_rules_are_united_without_counting_a_table_twice(deck: pd.DataFrame) -> None:
    rules = ("floor_or_ceiling", "within_one", "largest_remainder")
    single = [listed(recover_counts(deck, WAVE, rounding=rule)) for rule in rules]
    united = recover_counts(deck, WAVE, rounding=rules)
    assert listed(united) == set(chain(*single))
    assert list(united.attrs["admitted"].values()) == [4, 31, 1]


def test_a_table_is_in_the_set_or_told_what_speaks_against_it(deck: pd.DataFrame) -> None:
    tables, table = recover_counts(deck, WAVE, rounding="within_one"), wave_counts(deck)
    assert possible(table, tables) == (True, "")
    moved = table.copy()
    moved.loc["not_at_all", "general"] += 30
    moved.loc["planned", "general"] -= 30
    assert possible(moved, tables) == (False, "general not_at_all is 50; every table that fits has 19-20")
    many = recover_counts(deck, WAVE, rounding="within_one", max_tables=5)
    assert possible(table, many) == (True, "")
    assert not possible(moved, many)[0]
    with pytest.raises(RequestError, match="stage is 'versatile'"):
        possible(table.drop(index="versatile"), tables)


def test_a_statistic_has_a_range_over_the_tables(deck: pd.DataFrame) -> None:
    tables = recover_counts(deck, WAVE, rounding="within_one")
    ranges = across_tables(tables, lambda counts: counts.sum())
    assert ranges.set_index("statistic").loc["vocational", ["low", "high", "same"]].tolist() == [80, 80, True]
    with pytest.raises(RecoveryError, match="too many to go through"):
        across_tables(recover_counts(deck, WAVE, rounding="within_one", max_tables=5), dict)


def test_the_main_wave_is_the_latest_complete_one(deck: pd.DataFrame) -> None:
    assert main_wave(deck) == WAVE
    with pytest.raises(RequestError, match="no figures yet"):
        main_wave(deck.iloc[:0])


columns_of_counts = st.integers(2, 4).flatmap(
    lambda stages: st.lists(
        st.lists(st.integers(0, {2: 12, 3: 5, 4: 3}[stages]), min_size=stages, max_size=stages).filter(any),
        min_size=1,
        max_size={2: 3, 3: 2, 4: 1}[stages],
    )
)


@settings(max_examples=60)
@given(st.data())
def test_the_set_equals_brute_force(data: st.DataObject) -> None:
    """With one unpublished stage at most; with several the set may be wider, but never loses a table."""
    parts = data.draw(columns_of_counts)
    rule, printer = data.draw(st.sampled_from(sorted(RULES))), data.draw(st.sampled_from(sorted(RULES)))
    with_total = data.draw(st.booleans())
    sums = [sum(stage) for stage in zip(*parts, strict=True)]
    counts = {f"g{place}": part for place, part in enumerate(parts)} | ({"all": sums} if with_total else {})
    few = min(2 if len(counts) == 1 else 1, len(sums) - 1)
    hidden = data.draw(st.sets(st.integers(0, len(sums) - 1), max_size=few))
    figures = {
        group: [None if place in hidden else a for place, a in enumerate(publish(column, printer))]
        for group, column in counts.items()
    }
    columns, sizes = list(figures.values()), {group: sum(column) for group, column in counts.items()}
    known = tables_that_print(
        rule, columns[: len(parts)], [sum(p) for p in parts], columns[-1] if with_total else None
    )
    survey = made_survey(figures, sizes, total="all" if with_total else None)
    found = listed(recover_counts(survey, rounding=rule, max_tables=10**6))
    assert known <= found
    if len(hidden) < 2:
        assert known == found


@settings(max_examples=60)
@given(st.data())
def test_the_truth_is_always_among_the_tables_or_inside_the_bounds(data: st.DataObject) -> None:
    stages, groups = data.draw(st.integers(2, 6)), data.draw(st.integers(1, 4))
    cell = st.integers(0, data.draw(st.sampled_from([3, 40, 900])))
    parts = [data.draw(st.lists(cell, min_size=stages, max_size=stages).filter(any)) for _ in range(groups)]
    rule, decimals = data.draw(st.sampled_from(sorted(RULES))), data.draw(st.integers(0, 3))
    counts = {f"g{place}": part for place, part in enumerate(parts)}
    total = "all" if data.draw(st.booleans()) else None
    if total:
        counts["all"] = [sum(stage) for stage in zip(*parts, strict=True)]
    figures: dict[str, list[int | None]] = {
        group: list(publish(column, rule, decimals=decimals)) for group, column in counts.items()
    }
    for column in figures.values():
        for place in data.draw(st.sets(st.integers(1, stages - 1), max_size=2)):
            column[place] = None
    survey = made_survey(figures, {g: sum(c) for g, c in counts.items()}, total=total, decimals=decimals)
    found = recover_counts(
        survey, rounding=data.draw(st.sampled_from([rule, (rule, "nearest")])), max_tables=2000
    )
    table = pd.DataFrame({g: c for g, c in counts.items() if g != "all"}, index=found.columns.levels[1])
    assert possible(table, found) == (True, "")


@settings(max_examples=20)
@given(st.lists(st.integers(0, 40), min_size=2, max_size=5).filter(any), st.integers(0, 1))
def test_fewer_answers_than_units_name_their_counts(counts: list[int], decimals: int) -> None:
    n = sum(counts)
    assume(n < 100 * 10**decimals)
    for rule in ("nearest", "half_up", "half_down", "half_even", "largest_remainder"):
        printed = publish(counts, rule, decimals=decimals)
        found = recover_counts(made_survey({"g": printed}, {"g": n}, decimals=decimals), rounding=rule)
        assert listed(found) == {(tuple(counts),)}


def test_a_rule_is_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the nearest multiple of five: printed, recovered, audited, checked, and the truth is kept."""
    window = lambda a, n, *_: (-5 * n, 5 * n) if a % 5 == 0 else (1, 0)  # noqa: E731
    monkeypatch.setitem(RULES, "fives", Rule(window))
    counts = {"a": [3, 9, 22], "b": [14, 7, 8]}
    counts["all"] = [17, 16, 30]
    printed = {group: publish(column, "fives") for group, column in counts.items()}
    assert printed["a"] == [10, 25, 65]
    sizes = {group: sum(column) for group, column in counts.items()}
    survey = made_survey(printed, sizes, total="all")
    assert ((3, 9, 22), (14, 7, 8)) in listed(recover_counts(survey, rounding="fives"))
    audit = audit_rounding(survey).set_index("rule")
    assert audit.loc["fives", "fits"]
    texts = {group: [print_units(units, 0) for units in column] for group, column in printed.items()}
    assert find_contradictions(texts, sizes, total="all") == []
    monkeypatch.delitem(RULES, "fives")
    assert find_contradictions(texts, sizes, total="all") != []


def test_what_a_sound_table_may_hold_ends_in_bounds_or_tables() -> None:
    """12 stages of 8 groups, n in the thousands and a billion; in some seconds, so nothing runs away."""
    random = np.random.default_rng(7)
    for groups, stages, most in ((8, 12, 700), (3, 4, 3000), (4, 8, 900), (2, 5, 10**8)):
        parts = {f"g{g}": random.integers(0, most, size=stages).tolist() for g in range(groups)}
        counts = parts | {"all": [sum(stage) for stage in zip(*parts.values(), strict=True)]}
        printed = {group: publish(column) for group, column in counts.items()}
        survey = made_survey(printed, {g: sum(c) for g, c in counts.items()}, total="all")
        found = recover_counts(survey)
        assert possible(pd.DataFrame(parts, index=found.columns.levels[1]), found) == (True, "")


def test_many_groups_with_decimals_are_recovered_at_once() -> None:
    random = np.random.default_rng(2)
    counts = {f"g{g}": random.integers(5, 60, size=12).tolist() for g in range(6)}
    counts["all"] = [sum(stage) for stage in zip(*counts.values(), strict=True)]
    printed = {group: publish(column, "half_even", decimals=1) for group, column in counts.items()}
    survey = made_survey(printed, {g: sum(c) for g, c in counts.items()}, total="all", decimals=1)
    found = recover_counts(survey, rounding="half_even")
    assert listed(found) == {tuple(tuple(counts[f"g{g}"]) for g in range(6))}


def test_a_total_says_what_its_only_group_leaves_open() -> None:
    columns = {"a": [50, None, None], "all": [50, 30, 20]}
    survey = made_survey(columns, {"a": 10, "all": 10}, total="all")
    assert listed(recover_counts(survey, rounding="nearest")) == {((5, 3, 2),)}


def test_a_total_of_other_groups_and_unknown_n_says_nothing() -> None:
    survey = made_survey(
        {"a": [50, 50], "all": [10, 90]}, {"a": 2, "all": 20}, total="all", facts={"exhaustive": False}
    )
    assert listed(recover_counts(survey, max_n=3)) == {((1, 1),)}


def test_groups_that_are_not_all_leave_the_total_room() -> None:
    columns = {"a": [50, 50], "b": [25, 75], "all": [40, 60]}
    sizes = {"a": 10, "b": 8, "all": 20}
    survey = made_survey(columns, sizes, total="all", facts={"exhaustive": False})
    assert listed(recover_counts(survey)) == {((5, 5), (2, 6))}  # 8 of 20 and 12 of 20: one more of each
    low, high = recover_counts(survey, max_tables=0).to_numpy()
    assert (low <= [5, 5, 2, 6]).all()
    assert (high >= [5, 5, 2, 6]).all()
    tight = made_survey(columns | {"all": [60, 40]}, sizes, total="all", facts={"exhaustive": False})
    assert (
        recover_counts(tight, rounding="nearest").attrs["status"] == "none"
    )  # 11 of the 8 are in the groups


def test_answers_of_which_several_may_be_given_are_each_out_of_n() -> None:
    survey = made_survey({"g": [60, 80, 40]}, {"g": 5}, facts={"multiple": True})
    assert listed(recover_counts(survey)) == {((3, 4, 2),)}
    assert recover_counts(survey, rounding="largest_remainder").attrs["status"] == "none"


def test_several_answers_of_groups_that_are_not_all_need_no_room_beside_each_other() -> None:
    columns, sizes = {"a": [50, 50, 100], "all": [80, 50, 60]}, {"a": 4, "all": 10}
    facts = {"multiple": True, "exhaustive": False}
    survey = made_survey(columns, sizes, total="all", facts=facts)
    assert listed(recover_counts(survey)) == {((2, 2, 4),)}  # 6 others gave at most 6 answers to each
    tight = made_survey(columns | {"all": [90, 50, 60]}, sizes, total="all", facts=facts)
    assert recover_counts(tight).attrs["status"] == "none"


def test_rows_that_are_not_shown_take_what_is_left() -> None:
    survey = made_survey({"g": [85, 12, 2]}, {"g": 1038}, facts={"rest": "unknown"})
    found = recover_counts(survey, max_tables=100_000)
    table = pd.DataFrame({"g": [879, 121, 23]}, index=["s0", "s1", "s2"])  # 15 gave no answer
    assert found.shape[1] == 3
    assert possible(table, found) == (True, "")
    assert possible(table, recover_counts(survey, max_tables=100)) == (True, "")
    halves = made_survey({"g": [50, 50]}, {"g": 1000}, facts={"rest": "unknown"})
    found = recover_counts(halves, rounding="largest_remainder")
    assert ((496, 496),) in listed(found)  # 4 in each of two rows, which are printed as 0


def test_cells_may_be_printed_each_in_its_own_way() -> None:
    survey = made_survey({"g": [0] * 4}, {"g": 183})
    texts = ["54", "8.2", "<5", "[c]"]
    survey["printed"] = texts
    found = recover_counts(survey, max_tables=100_000)
    assert set(found["g", "s1"]) == {15}
    assert set(found["g", "s0"]) <= set(range(97, 102))
    assert found["g", "s2"].max() == 9


def test_rows_that_stand_twice_are_refused_and_none_is_chosen():
    survey = load_survey()
    raised = survey.assign(percent=survey["percent"] + 1)
    twice = pd.concat([survey, raised], ignore_index=True)
    twice.attrs = dict(survey.attrs)
    for wave in (None, "2020-autumn"):
        with pytest.raises(RequestError, match="more than once: keep one row of each wave, group and stage"):
            recover_counts(twice, wave)
