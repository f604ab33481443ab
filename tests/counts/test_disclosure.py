"""What percentages give away before they are published, and what is withheld so that they do not."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import codebook_of_codes, survey_frame
from hypothesis import given, settings, strategies as st

from analysis.codebook import load_codebook
from analysis.counts.disclosure import disclosure_risk, possible_counts, suggest_merges, withhold_small_cells
from analysis.errors import RequestError
from analysis.survey.respondents import bases_of, shares_of, tabulate_responses
from analysis.survey.table import find_problems, load_survey

WAVE = "2020-autumn"
STAGES = load_codebook().stages
PARTS = load_codebook().parts
DECK = [[15, 15, 22, 26, 2], [20, 21, 9, 39, 6]]  # recovery.md: the one table


@pytest.fixture(scope="module")
def deck() -> pd.DataFrame:
    return load_survey()


def risks_of(risks: pd.DataFrame) -> dict[tuple[str, str], str]:
    risky = risks[risks["risk"] != "none"]
    return dict(zip(zip(risky["group"], risky["stage"], strict=True), risky["risk"], strict=True))


def hide(survey: pd.DataFrame, group: str, stages: list[str]) -> pd.DataFrame:
    hidden = (survey["wave"] == WAVE) & (survey["group"] == group) & survey["stage"].isin(stages)
    return survey[~hidden]


def test_the_deck_gives_two_vocational_institutions_away(deck: pd.DataFrame) -> None:
    assert risks_of(disclosure_risk(deck, WAVE)) == {("vocational", "versatile"): "exposed"}
    assert risks_of(disclosure_risk(deck, WAVE, minimum=7)) == {
        ("vocational", "versatile"): "exposed",
        ("general", "versatile"): "exposed",
    }
    assert risks_of(disclosure_risk(deck, WAVE, minimum=2)) == {}


def test_hiding_one_cell_hides_nothing(deck: pd.DataFrame) -> None:
    one = disclosure_risk(hide(deck, "vocational", ["versatile"]), WAVE, rounding="largest_remainder")
    assert risks_of(one) == {("vocational", "versatile"): "exposed"}


def test_hiding_two_stages_leaves_two_values(deck: pd.DataFrame) -> None:
    two = hide(deck, "vocational", ["experiments", "versatile"])
    risks = disclosure_risk(two, WAVE, rounding="largest_remainder").set_index(["group", "stage"])
    cell = risks.loc[("vocational", "versatile")]
    assert (cell["low"], cell["high"], cell["n_values"], cell["risk"]) == (2, 3, 2, "narrow")
    assert not cell["published"]


def test_uncertain_but_surely_small_cells_are_told(deck: pd.DataFrame) -> None:
    risks = disclosure_risk(deck, WAVE, rounding="within_one")
    assert risks_of(risks) == {("vocational", "versatile"): "small"}  # 1 or 2


def test_a_publisher_asks_with_counts_before_percentages_exist() -> None:
    codes = codebook_of_codes(["a", "b", "c"], ["g"])
    survey = survey_frame({}, {}, codes, {(WAVE, "g"): {"a": 1, "b": 40, "c": 9}})
    assert risks_of(disclosure_risk(survey, WAVE)) == {("g", "a"): "exposed"}


def test_many_answers_hide_a_small_cell() -> None:
    codes = codebook_of_codes(["a", "b", "c"], ["g"])
    survey = survey_frame({}, {}, codes, {(WAVE, "g"): {"a": 2, "b": 900, "c": 1098}})
    assert risks_of(disclosure_risk(survey, WAVE)) == {}  # 0 % of 2 000 is anything up to 10


def test_a_minimum_of_nothing_is_refused(deck: pd.DataFrame) -> None:
    with pytest.raises(RequestError, match="minimum is 0"):
        disclosure_risk(deck, WAVE, minimum=0)


def test_a_billion_answers_are_judged_at_once() -> None:
    codes = codebook_of_codes(["a", "b", "c"], ["g"])
    survey = survey_frame({(WAVE, "g"): {"a": 0, "b": 30, "c": 70}}, {(WAVE, "g"): 10**9}, codes)
    risks = disclosure_risk(survey)
    assert set(risks["method"]) == {"windows"}
    assert risks_of(risks) == {}


def tabulate(counts: list[list[int]], *, weighted: bool = False, **options: Any) -> pd.DataFrame:
    cells = [(PARTS[g], STAGES[s], c) for g, row in enumerate(counts) for s, c in enumerate(row)]
    answers = pd.DataFrame([(g, s) for g, s, count in cells for _ in range(count)], columns=["g", "s"])
    answers["w"] = 1.0 + np.arange(len(answers)) % 3
    weight = "w" if weighted else None
    return tabulate_responses(answers, wave="2022-autumn", group="g", stage="s", weight=weight, **options)


def counts_of(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.pivot(index="group", columns="stage", values="count")


def test_the_small_cell_of_the_deck_takes_its_neighbour_with_it() -> None:
    rows = withhold_small_cells(tabulate(DECK), minimum=5)
    assert rows["stage"].unique().tolist() == STAGES[:3]
    assert rows.attrs["withheld"] == {
        "minimum": 5,
        "stages": ["experiments", "versatile"],
        "merge": [["experiments", "versatile"]],
    }
    assert rows["source"].unique().tolist() == [
        "own tabulation of respondents; experiments, versatile withheld, so that no count below 5 shows"
    ]


@pytest.mark.parametrize(
    ("counts", "minimum"),
    [
        (DECK, 3),
        (DECK, 5),
        (DECK, 10),
        ([[1, 9, 30, 4, 12], [20, 3, 8, 8, 40]], 5),
        ([[0, 40, 50, 60, 9]] * 2, 4),
    ],
)
def test_recovery_finds_no_risk_in_what_is_left(counts: list[list[int]], minimum: int) -> None:
    """The audit by ``disclosure_risk``, which reads percentages and n alone; it finds the risk before."""
    rows = tabulate(counts)
    kept = withhold_small_cells(rows, minimum=minimum)
    assert (disclosure_risk(kept, "2022-autumn", minimum=minimum)["risk"] == "none").all()
    before = disclosure_risk(rows, "2022-autumn", minimum=minimum)["risk"]
    assert (before != "none").any()


def test_how_the_others_are_rounded_tells_nothing_of_what_is_withheld() -> None:
    """By hand: with 35 and 10 at the end 9 of 95 would be printed as 9, with 39 and 6 as 10."""
    one, two = tabulate(DECK), tabulate([DECK[0], [20, 21, 9, 35, 10]])
    assert one["percent"].tolist()[12] != two["percent"].tolist()[12]
    kept = [withhold_small_cells(rows, minimum=5)["percent"].tolist() for rows in (one, two)]
    assert kept[0] == kept[1] == [20, 21, 18, 19, 19, 28, 21, 22, 9]


def test_weighted_shares_beside_withheld_ones_are_printed_to_the_nearest() -> None:
    kept = withhold_small_cells(tabulate(DECK, weighted=True), minimum=5)
    assert (kept["percent"] - 100 * shares_of(kept)["estimate"]).abs().max() <= 0.5


def test_nothing_is_withheld_where_no_cell_is_small() -> None:
    rows = tabulate(DECK)
    kept = withhold_small_cells(rows, minimum=2)
    pd.testing.assert_frame_equal(kept, rows)
    assert kept.attrs["withheld"] == {"minimum": 2, "stages": [], "merge": []}


def test_hidden_cells_that_are_small_together_take_a_third_with_them() -> None:
    """Two hidden cells of a group with one answer between them could only be 0 or 1."""
    rows = withhold_small_cells(tabulate([[1, 0, 30, 40, 50], [20, 20, 20, 20, 20]]), minimum=5)
    assert rows.attrs["withheld"]["stages"] == STAGES[:3]


def test_an_empty_cell_is_below_any_minimum() -> None:
    rows = withhold_small_cells(tabulate([[0, 9, 9, 9, 9], [9, 9, 9, 9, 9]]), minimum=1)
    assert rows.attrs["withheld"]["stages"] == ["not_at_all", "planned"]


NAIVE = {
    "one cell": ("group == 'vocational' and stage == 'versatile'", {2}),
    "the cell in every part": ("group != 'all' and stage == 'versatile'", {2, 6}),
    "one stage": ("stage == 'versatile'", {2, 6}),
    "two cells of one group": ("group == 'vocational' and stage in ['piloting', 'versatile']", {2, 22}),
}


@pytest.mark.parametrize("naive", NAIVE)
def test_the_audit_sees_through_naive_choices(naive: str) -> None:
    """Each leaves one value: the rest of the group, or the total minus the other group."""
    hidden, values = NAIVE[naive]
    found = possible_counts(tabulate(DECK).query(f"not ({hidden})"))
    assert (found["n_values"] == 1).all()
    assert set(found["low"]) == set(found["high"]) == values


def test_totals_that_stay_narrow_what_is_hidden() -> None:
    """By hand: versatile is 8 in all, so 0 to 8 in each group."""
    hidden = "group != 'all' and stage in ['piloting', 'versatile']"
    found = possible_counts(tabulate(DECK).query(f"not ({hidden})"))
    versatile = found[found["stage"] == "versatile"]
    assert versatile[["low", "high", "n_values"]].to_numpy().tolist() == [[0, 8, 9], [0, 8, 9]]


@pytest.mark.parametrize(
    "hidden", ["stage in ['planned', 'versatile']", "group != 'all' and stage < 'piloting'"]
)
def test_bounds_are_those_of_listing_every_table(hidden: str) -> None:
    """All 2 × 5 tables with the published cells, n and totals, by brute force; counts are small for that."""
    small = np.array([[1, 2, 0, 1, 1], [0, 1, 2, 0, 2]])
    rows = tabulate(small.tolist()).query(f"not ({hidden})")
    published = set(zip(rows["group"], rows["stage"], strict=True))
    totals = [stage for stage, name in enumerate(STAGES) if ("all", name) in published]
    free = [(g, s) for g, s in product(range(2), range(5)) if (PARTS[g], STAGES[s]) not in published]
    found = []
    for values in product(range(6), repeat=len(free)):
        counts = small.copy()
        counts[tuple(zip(*free, strict=True))] = values
        same_n = (counts.sum(1) == small.sum(1)).all()
        if same_n and (counts.sum(0)[totals] == small.sum(0)[totals]).all():
            found.append(values)
    known = [[min(column), max(column), len(set(column))] for column in zip(*found, strict=True)]
    assert possible_counts(rows)[["low", "high", "n_values"]].to_numpy().tolist() == known


tables = st.lists(st.lists(st.integers(0, 30), min_size=5, max_size=5), min_size=2, max_size=2).filter(
    lambda counts: all(sum(row) > 0 for row in counts)
)


@settings(max_examples=15)
@given(counts=tables, minimum=st.integers(1, 12), weighted=st.booleans())
def test_what_is_published_is_not_small_and_what_is_hidden_stays_open(
    counts: list[list[int]], minimum: int, weighted: bool
) -> None:
    rows = tabulate(counts, weighted=weighted)
    try:
        kept = withhold_small_cells(rows, minimum=minimum)
    except RequestError as refusal:
        assert "no stage can be published" in str(refusal)  # noqa: PT017
        return
    published = tabulate(counts)
    published = published[published["stage"].isin(kept["stage"])]
    assert (published["count"] >= minimum).all()
    assert (possible_counts(published)["n_values"] >= minimum).all()
    assert set(kept.groupby("group", observed=True)["stage"].apply(tuple)) == {tuple(kept["stage"].unique())}
    assert len(set(STAGES) - set(kept["stage"])) != 1


@given(counts=tables, minimum=st.integers(1, 12))
@settings(max_examples=15)
def test_merged_stages_leave_no_small_cell(counts: list[list[int]], minimum: int) -> None:
    rows = tabulate(counts)
    blocks = suggest_merges(rows, minimum=minimum)
    merged = {stage: block[0] for block in blocks for stage in block}
    table = counts_of(rows).rename(columns=lambda stage: merged.get(stage, stage)).T.groupby(level=0).sum()
    assert blocks == [] or (table >= minimum).all(axis=None)


def test_the_most_stages_are_kept_when_merging() -> None:
    assert suggest_merges(tabulate(DECK), minimum=5) == [["experiments", "versatile"]]
    assert suggest_merges(tabulate(DECK), minimum=16) == [
        ["not_at_all", "planned"],
        ["piloting", "experiments", "versatile"],
    ]
    assert suggest_merges(tabulate(DECK), minimum=2) == []


def test_where_nothing_can_be_published_merging_is_suggested() -> None:
    small_everywhere = tabulate([[9, 1, 9, 1, 9], [1, 9, 1, 9, 1]])
    with pytest.raises(RequestError, match="merge 'not_at_all' with 'planned', 'piloting' with"):
        withhold_small_cells(small_everywhere, minimum=5)
    with pytest.raises(RequestError, match="merge groups, or publish the total alone"):
        withhold_small_cells(tabulate([[1, 1, 1, 0, 0], [9, 9, 9, 9, 9]]), minimum=5)


def test_weighted_shares_and_reasons_are_withheld_too() -> None:
    rows = tabulate(DECK, weighted=True)
    kept = withhold_small_cells(rows, minimum=5)
    assert set(shares_of(kept)["stage"]) == set(STAGES[:3])
    assert kept["count"].isna().all()
    assert bases_of(kept).to_numpy().tolist() == [["all", 175], ["vocational", 80], ["general", 95]]
    assert len(shares_of(rows)) == 15


def test_rows_without_counts_are_refused() -> None:
    rows = tabulate(DECK).assign(count=pd.array([pd.NA] * 15, dtype="Int64"))
    with pytest.raises(RequestError, match="counts are unknown"):
        withhold_small_cells(rows, minimum=5)


def test_a_minimum_below_one_is_refused() -> None:
    with pytest.raises(RequestError, match="the minimum is 0"):
        withhold_small_cells(tabulate(DECK), minimum=0)


def test_a_withheld_wave_is_a_sound_partial_table(survey_folder: Path) -> None:
    rows = withhold_small_cells(tabulate(DECK), minimum=5)
    rows.to_csv(survey_folder / "survey_2021.csv", index=False)
    assert find_problems(survey_folder).empty
