"""One reading of a frame for charts and words alike."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from surveys import known_frames, shipped_survey, small_survey

from analysis.errors import RequestError
from analysis.old.words.telling.figures import (
    MOST_SHOWN,
    decimals_of,
    differences_of,
    one_wave,
    pairs_of,
    rows_of,
    shown_differences,
    sides_of,
)


def first_wave(survey_rows: pd.DataFrame) -> pd.DataFrame:
    return survey_rows[survey_rows["wave"] == survey_rows["wave"].min()]


def test_rows_of_the_table_are_read_in_the_codebooks_order() -> None:
    rows = rows_of(first_wave(shipped_survey().rows()).sample(frac=1, random_state=1))
    assert [(row.group, row.n) for row in rows] == [("all", 175), ("vocational", 80), ("general", 95)]
    assert [cell.printed for cell in rows[1].cells] == [19, 19, 28, 32, 2]


def test_estimates_keep_their_length_and_their_printed_figure() -> None:
    vocational = rows_of(known_frames("shipped")["shares"])[0]
    assert vocational.cells[2].share == pytest.approx(27.5)
    assert vocational.cells[2].printed == 28
    assert vocational.cells[2].low < 27.5 < vocational.cells[2].high


def test_a_share_that_differs_over_tables_is_read_as_published() -> None:
    shares = known_frames("shipped")["shares"]
    several = shares.assign(estimate=math.nan, estimate_low=0.26, estimate_high=0.29)
    cell = rows_of(several)[0].cells[2]
    assert (cell.share, cell.printed, cell.least, cell.most) == pytest.approx((28, 28, 26, 29))


def test_counts_stand_in_for_percentages() -> None:
    rows = first_wave(shipped_survey().rows())
    counted = rows.assign(percent=math.nan, count=pd.array([7] * len(rows), dtype="Int64"))
    assert rows_of(counted)[1].cells[0].share == pytest.approx(100 * 7 / 80)


def test_what_was_not_published_is_left_out() -> None:
    rows = shipped_survey().rows()
    later = rows_of(rows[rows["wave"] == "2021-autumn"])
    assert [cell.stage for cell in later[0].cells] == ["experiments", "versatile"]


def test_members_of_a_population_are_not_mixed_with_answers() -> None:
    shares = known_frames("shipped")["shares"]
    both = pd.concat([shares, shares.assign(target="population", percent=math.nan)])
    both.attrs = shares.attrs
    assert len(rows_of(both)[0].cells) == 5


def test_a_chart_of_two_waves_is_refused() -> None:
    with pytest.raises(RequestError, match="one wave; the frame has 2022-spring, 2023-autumn"):
        one_wave(small_survey().rows())


def test_a_frame_without_shares_is_refused() -> None:
    rows = first_wave(shipped_survey().rows()).assign(percent=math.nan)
    with pytest.raises(RequestError, match="no share"):
        rows_of(rows)
    with pytest.raises(RequestError, match="no difference"):
        differences_of(known_frames("shipped")["differences"].iloc[:0])


def test_decimals_are_those_that_the_codebook_declares() -> None:
    assert decimals_of(first_wave(shipped_survey().rows())) == 0


def test_decimals_are_else_those_that_were_printed() -> None:
    rows = first_wave(shipped_survey().rows()).assign(wave="2019-spring")  # a wave without a declaration
    assert decimals_of(rows) == 0
    rows.loc[rows.index[0], "percent"] = 19.5
    assert decimals_of(rows) == 1


def test_differences_are_in_points_and_clear_where_every_table_says_so() -> None:
    differences = differences_of(known_frames("shipped")["differences"])
    piloting = differences[2]
    assert piloting.estimate == pytest.approx(100 * (22 / 80 - 9 / 95))
    assert (piloting.printed_first, piloting.printed_second, piloting.clear) == (28, 10, True)
    assert [difference.clear for difference in differences].count(True) == 1


def test_of_many_pairs_the_clear_and_largest_are_shown() -> None:
    frame = known_frames("large")["differences"]
    shown = shown_differences(frame)
    assert len(pairs_of(frame)) == 15
    assert len(shown) == MOST_SHOWN
    rest = [d for d in differences_of(frame) if d not in shown]
    assert min(abs(d.middle) for d in shown) >= max(abs(d.middle) for d in rest if d.clear)


def test_of_one_pair_all_differences_are_shown_in_order() -> None:
    frame = known_frames("shipped")["differences"]
    assert shown_differences(frame) == differences_of(frame)


def test_the_sides_of_the_cut_are_sums_of_printed_figures() -> None:
    survey = shipped_survey()
    rows = rows_of(first_wave(survey.rows()))
    assert [sides_of(row, survey.codebook) for row in rows[1:]] == [(66, 34), (53, 47)]


@pytest.mark.parametrize(("withheld", "sides"), [(["planned"], (66, 34)), (["versatile"], (66, 34))])
def test_a_side_with_gaps_is_what_the_other_leaves(withheld: list[str], sides: tuple[int, int]) -> None:
    survey = shipped_survey()
    rows = first_wave(survey.rows())
    vocational = rows_of(rows[~rows["stage"].isin(withheld)])[1]
    assert sides_of(vocational, survey.codebook) == sides
