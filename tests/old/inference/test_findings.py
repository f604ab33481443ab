"""The frames of a survey: which there are, and which a survey cannot bear."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from surveys import Survey, large_survey, make_codebook, shipped_survey, small_survey, tiny_survey

from analysis.errors import RequestError
from analysis.old.inference.findings import gather_frames, main_wave
from analysis.survey.table import load_survey

PUBLISHED = {"published", "stages", "cumulative"}
DIFFERENCES = {"differences", "cumulative_differences"}
COUNTED = {"tables", "shares", "effects", "nonresponse"}


def without_n() -> pd.DataFrame:
    rows = small_survey().rows()
    return rows.assign(n=pd.array([None] * len(rows), dtype="Int64"))


def with_counts() -> pd.DataFrame:
    """The small survey as its owner has it: the answers beside the percentages."""
    survey = small_survey()
    rows, stages = survey.rows(), survey.codebook.stages
    answers = {
        wave: groups | {"all": [sum(cells) for cells in zip(*groups.values(), strict=True)]}
        for wave, groups in survey.answers.items()
    }
    cells = zip(rows["wave"], rows["group"], rows["stage"], strict=True)
    counts = [answers[wave][group][stages.index(stage)] for wave, group, stage in cells]
    return rows.assign(count=pd.array(counts, dtype="Int64"))


def one_wave(wave: str) -> pd.DataFrame:
    rows = shipped_survey().rows()
    return rows[rows["wave"] == wave].reset_index(drop=True)


def without_total() -> pd.DataFrame:
    codebook = make_codebook(
        {"no": "No", "some": "Some", "much": "Much"},
        {"east": "East", "west": "West"},
        waves=["2024-spring"],
        total=None,
    )
    return Survey(codebook, {"2024-spring": {"east": [7, 9, 4], "west": [3, 8, 12]}}).rows()


def with_many_tables() -> pd.DataFrame:
    """Two groups of 150: hundreds of tables fit, each of which would need tests of its own."""
    stages = {f"s{number}": f"Stage {number}" for number in range(1, 6)}
    codebook = make_codebook(stages, {"east": "East", "west": "West"}, waves=["2024-spring"], total=None)
    answers = {"east": [30, 30, 40, 30, 20], "west": [22, 31, 40, 31, 26]}
    return Survey(codebook, {"2024-spring": answers}).rows()


BORNE = {
    "as published": (
        load_survey,
        {*PUBLISHED, *DIFFERENCES, *COUNTED, "assumptions", "changes"},
    ),
    "four stages, three groups, two waves": (
        lambda: small_survey().rows(),
        {*PUBLISHED, *DIFFERENCES, *COUNTED, "assumptions", "changes"},
    ),
    "too many tables to list": (lambda: large_survey().rows(), {*PUBLISHED, *DIFFERENCES}),
    "hundreds of tables": (with_many_tables, {*PUBLISHED, *DIFFERENCES}),
    "one group": (lambda: tiny_survey().rows(), {*PUBLISHED, "tables", "shares", "changes"}),
    "n unknown": (without_n, {*PUBLISHED, *DIFFERENCES, "changes"}),
    "counts given": (with_counts, {*PUBLISHED, *DIFFERENCES, *COUNTED, "changes"}),
    "no total": (without_total, {*PUBLISHED, *DIFFERENCES, *COUNTED, "assumptions"}),
    "whole wave alone": (
        lambda: one_wave("2020-autumn"),
        {*PUBLISHED, *DIFFERENCES, *COUNTED, "assumptions"},
    ),
    "partial wave alone": (lambda: one_wave("2021-autumn"), PUBLISHED),
}


@pytest.mark.parametrize(("rows", "names"), BORNE.values(), ids=BORNE)
def test_a_survey_has_the_frames_that_it_can_bear(rows: Callable[[], pd.DataFrame], names: set[str]) -> None:
    survey = rows()
    frames = gather_frames(survey)
    assert set(frames) == names
    assert all(len(frame) for frame in frames.values())
    assert all(frame.attrs["codebook"] is survey.attrs["codebook"] for frame in frames.values())


def test_the_groups_are_told_without_their_total() -> None:
    frames = gather_frames(load_survey())
    for name in ("stages", "cumulative", "shares"):
        assert set(frames[name]["group"]) == {"vocational", "general"}
    assert set(frames["published"]["group"]) == {"all", "vocational", "general"}


def test_a_total_that_stands_alone_is_told() -> None:
    assert set(gather_frames(load_survey(), wave="2021-autumn")["stages"]["group"]) == {"all"}


def test_each_frame_has_one_measure() -> None:
    frames = gather_frames(load_survey())
    measures = {
        name: set(frames[name]["measure"])
        for name in ("stages", "shares", "cumulative", "differences", "cumulative_differences")
    }
    assert measures == {
        "stages": {"stage"},
        "shares": {"stage"},
        "cumulative": {"at_least"},
        "differences": {"stage"},
        "cumulative_differences": {"at_least"},
    }


def test_recovered_counts_are_those_that_the_table_was_printed_from() -> None:
    tables = gather_frames(small_survey().rows())["tables"]
    answers = small_survey().answers["2023-autumn"]
    assert {group: tables[group].iloc[0].tolist() for group in answers} == answers


def test_given_counts_are_taken_as_they_are() -> None:
    assert set(gather_frames(with_counts())["shares"]["basis"]) == {"counted"}


def test_intervals_have_the_level_that_is_asked_for() -> None:
    frames = gather_frames(load_survey(), level=0.9)
    assert set(frames["shares"]["level"]) == {0.9}
    assert set(frames["differences"]["level"]) == {0.9}


@pytest.mark.parametrize(
    ("rows", "wave"),
    [
        (load_survey, "2020-autumn"),  # the later wave is of the total alone
        (lambda: small_survey().rows(), "2023-autumn"),
        (lambda: tiny_survey().rows(), "2022-autumn"),  # a single group is whole
        (lambda: one_wave("2021-autumn"), "2021-autumn"),  # nothing better
    ],
)
def test_a_report_is_about_the_latest_whole_wave(rows: Callable[[], pd.DataFrame], wave: str) -> None:
    assert main_wave(rows()) == wave


def test_a_survey_without_figures_says_what_to_do() -> None:
    with pytest.raises(RequestError, match="no figures yet; add a wave first: maturity append"):
        gather_frames(load_survey().iloc[:0])


def test_an_unknown_wave_is_refused() -> None:
    with pytest.raises(RequestError, match="2020-autumn, 2021-autumn"):
        gather_frames(load_survey(), wave="2019-spring")
