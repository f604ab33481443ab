"""Findings as sentences, only as far as they hold."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from surveys import Survey, known_frames, shipped_survey, tiny_survey

from analysis.old.charts.headlines import (
    headline_cumulative,
    headline_differences,
    headline_diverging,
    headline_shares,
    headline_stages,
    headline_waves,
)
from analysis.old.inference.comparisons import compare_published


def plain(sentence: str) -> str:
    return sentence.replace("\u00a0", " ")


def wave_of(survey: Survey, wave: str | None = None) -> pd.DataFrame:
    rows = survey.rows()
    return rows[rows["wave"] == (wave or next(iter(survey.answers)))]


def parts_of(survey: Survey) -> pd.DataFrame:
    rows = wave_of(survey)
    return rows[rows["group"].isin(survey.codebook.parts)]


SHIPPED = known_frames("shipped")


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        (
            "fi",
            "Vastaus ”Valmisteilla tai pilotoidaan” on yleisempi ammatillisissa oppilaitoksissa (28 %) kuin",
        ),
        (
            "sv",
            "Svaret ”Förbereds eller piloteras” är vanligare i yrkesläroanstalter (28 %) än i gymnasier (10",
        ),
        (
            "en",
            "“Preparing or piloting” is more common in vocational institutions: 28% against 10% in general",
        ),
    ],
)
def test_a_firm_gap_is_called_more_common(lang: str, sentence: str) -> None:
    assert plain(headline_stages(parts_of(shipped_survey()), lang=lang)).startswith(sentence)


def test_a_gap_that_chance_could_make_is_only_the_largest() -> None:
    rows = parts_of(shipped_survey()).copy()
    rows["n"] = pd.array([20] * len(rows), dtype="Int64")
    assert headline_stages(rows).startswith("The largest gap is at “Preparing or piloting”: 28%")


def test_a_gap_of_unknown_bases_is_only_the_largest() -> None:
    rows = parts_of(shipped_survey())
    unknown = rows.assign(n=pd.array([None] * len(rows), dtype="Int64"))
    assert headline_stages(unknown).startswith("The largest gap is at")


def test_a_gap_that_rounding_could_make_is_none() -> None:
    rows = parts_of(shipped_survey())
    alike = rows.assign(percent=[20, 20, 20, 20, 20, 21, 20, 20, 20, 19])
    assert (
        plain(headline_stages(alike))
        == "The groups answered almost alike: the largest gap is 1 percentage point"
    )


def test_a_total_is_not_compared_with_its_parts() -> None:
    assert headline_stages(wave_of(shipped_survey())) == headline_stages(parts_of(shipped_survey()))


def test_of_one_group_the_most_common_answer_is_told() -> None:
    assert headline_stages(wave_of(tiny_survey())) == "The most common answer is “No”: 80%"


def test_answers_that_tie_are_both_told() -> None:
    rows = wave_of(tiny_survey()).assign(percent=50.0)
    assert headline_stages(rows) == "The most common answers are “No” and “Yes”: equally often, 50%"


def test_the_most_common_of_some_stages_is_told_only_where_the_rest_is_smaller() -> None:
    partial = wave_of(shipped_survey(), "2021-autumn")
    assert headline_stages(partial) == "The most common answer is “Has experiments”: 54%"
    small = partial.assign(percent=[20, 8])
    assert headline_stages(small).startswith("Only some of the stages were published: “Has experiments” 20%")


def test_a_difference_at_the_cut_that_chance_could_make_says_so() -> None:
    assert headline_cumulative(SHIPPED["cumulative"]).endswith(
        "34% in vocational institutions and 47% in general upper secondary schools; "
        "the difference could be chance"
    )
    assert "chance" not in headline_cumulative(known_frames("small")["cumulative"])


def test_of_many_groups_only_the_ends_are_told() -> None:
    sentence = headline_cumulative(known_frames("large")["cumulative"])
    assert "from 3% in the group “Adult education centres and folk high schools” to 98%" in sentence


def test_a_margin_is_rounded_up() -> None:
    # Wilson at 26 of 80: 23.2 to 43.4, 10.9 points above 32.5; by hand and statsmodels 0.14.4.
    assert plain(headline_shares(SHIPPED["shares"])).endswith("at most ±11 percentage points")


def test_what_rounding_leaves_is_no_margin_of_error() -> None:
    rounding = SHIPPED["shares"].assign(level=math.nan, method="rounding", low=0.185, high=0.195)
    assert headline_shares(rounding).startswith("Rounding leaves each share open")


def verdicts(found: list[str]) -> pd.DataFrame:
    return SHIPPED["differences"].assign(verdict=found)


@pytest.mark.parametrize(
    ("found", "start"),
    [
        (["none", "none", "every table", "none", "undetermined"], "Only one difference is clear: 18"),
        (
            ["every table", "none", "every table", "none", "none"],
            "2 of 5 differences are clear; the largest is 18",
        ),
        (["none"] * 5, "No difference is clear: even the largest, 18"),
        (
            ["none", "none", "undetermined", "none", "none"],
            "No difference is clear in every table that fits; 1 of 5",
        ),
    ],
)
def test_differences_are_told_by_their_verdicts(found: list[str], start: str) -> None:
    assert plain(headline_differences(verdicts(found))).startswith(start)


def test_a_range_over_tables_is_told_as_a_range() -> None:
    several = SHIPPED["differences"].assign(estimate=math.nan)
    several["estimate_low"] -= 0.02
    assert "16 to 18 percentage points more in vocational" in plain(headline_differences(several))


def test_a_difference_points_to_the_group_that_has_more() -> None:
    swapped = SHIPPED["differences"].copy()
    ends = ["estimate", "estimate_low", "estimate_high"]
    swapped[ends] = -swapped[["estimate", "estimate_high", "estimate_low"]].to_numpy()
    assert "more in general upper secondary schools" in headline_differences(swapped)


def test_published_differences_are_called_published() -> None:
    published = compare_published(shipped_survey().rows(), "2020-autumn")
    published = published[published["measure"] == "stage"]
    assert plain(headline_differences(published)) == (
        "As published, the largest difference is 17 to 19 percentage points more in vocational institutions "
        "for “Preparing or piloting”"
    )
    hidden = published.assign(verdict="undetermined")
    assert headline_differences(hidden).startswith("As published, no difference is larger than rounding")


def test_of_several_pairs_the_one_clear_difference_names_both_groups() -> None:
    frame = known_frames("small")["differences"]
    clear = frame["verdict"] == "every table"
    only = frame.assign(verdict=["every table" if i == clear.idxmax() else "none" for i in frame.index])
    assert " than in the group “" in headline_differences(only)


def test_a_clear_change_rose_or_fell() -> None:
    assert plain(headline_waves(SHIPPED["changes"])) == (
        "“Has experiments” or further rose from 42% to 62% (+20 percentage points, 95% interval +9 to +31)"
    )
    changes = SHIPPED["changes"].copy()
    ends = ["estimate", "estimate_low", "estimate_high", "low", "high"]
    changes[ends] = -changes[["estimate", "estimate_high", "estimate_low", "high", "low"]].to_numpy()
    changes[["percent_first", "percent_second"]] = changes[["percent_second", "percent_first"]].to_numpy()
    assert "fell from 62% to 42% (−20" in headline_waves(changes)


def test_a_change_that_is_not_clear_neither_rose_nor_fell() -> None:
    unclear = headline_waves(SHIPPED["changes"].assign(verdict="none"))
    assert unclear == "“Has experiments” or further: 42%, then 62%; the change could be chance"


def test_a_published_change_is_only_told() -> None:
    published = headline_waves(SHIPPED["changes"].assign(level=math.nan, method="rounding"))
    assert published == "“Has experiments” or further: published as 42%, then as 62%"


def test_a_change_of_one_of_several_groups_names_it() -> None:
    assert "in the group “Everyone” rose from" in headline_waves(known_frames("small")["changes"])


@pytest.mark.parametrize(
    ("percents", "start"),
    [
        ([19, 19, 28, 32, 2, 21, 22, 10, 41, 6], "Most answers fall short of “Has experiments”: 66%"),
        ([5, 5, 10, 50, 30, 5, 5, 20, 40, 30], "Most answers reach “Has experiments” or further: 80%"),
        ([19, 19, 28, 32, 2, 5, 5, 20, 40, 30], "“Has experiments” or further: 34%"),
        ([10, 20, 21, 47, 2, 10, 20, 21, 47, 2], "“Has experiments” or further: 49%"),  # 51 could be 49.5
    ],
)
def test_a_majority_is_told_only_where_every_group_has_it(percents: list[int], start: str) -> None:
    rows = parts_of(shipped_survey()).assign(percent=percents)
    assert headline_diverging(rows).startswith(start)
