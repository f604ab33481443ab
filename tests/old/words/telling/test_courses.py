"""Shares from wave to wave, and which of them a chart shows."""

from __future__ import annotations

import pytest
from surveys import known_frames

from analysis.errors import RequestError
from analysis.old.words.telling.courses import courses_of, time_of


def test_of_one_group_the_stages_and_the_share_at_the_cut_are_shown() -> None:
    courses = courses_of(known_frames("shipped")["changes"])
    assert [(course.measure, course.stage) for course in courses] == [
        ("stage", "experiments"),
        ("stage", "versatile"),
        ("at_least", "experiments"),
    ]
    assert courses[2].points == {"2020-autumn": 42, "2021-autumn": 62}
    assert courses[2].clear


def test_of_several_groups_the_share_at_the_cut_is_shown() -> None:
    courses = courses_of(known_frames("small")["changes"])
    assert [course.group for course in courses] == ["all", "north", "south", "islands"]
    assert {(course.measure, course.stage) for course in courses} == {("at_least", "steady")}


def test_the_same_share_is_not_shown_twice() -> None:
    courses = courses_of(known_frames("tiny")["changes"])
    assert [(course.measure, course.stage) for course in courses] == [("stage", "no"), ("stage", "yes")]
    assert [list(course.points) for course in courses] == [["2020-spring", "2020-autumn", "2022-autumn"]] * 2


def test_a_broken_line_keeps_its_gap() -> None:
    changes = known_frames("tiny")["changes"]
    later = changes[changes["first"] == "2022-autumn"].assign(second="2021-autumn")
    broken = changes[changes["first"] == "2020-autumn"]
    frame = changes.__class__([*broken.to_dict("records"), *later.to_dict("records")])
    frame.attrs = changes.attrs
    course = courses_of(frame)[0]
    assert list(course.points) == ["2020-spring", "2020-autumn", "2021-autumn", "2022-autumn"]
    assert [(c.second, c.first) for c in course.changes] == [
        ("2020-spring", "2020-autumn"),
        ("2021-autumn", "2022-autumn"),
    ]


def test_changes_of_unknown_shares_are_refused() -> None:
    changes = known_frames("shipped")["changes"]
    with pytest.raises(RequestError, match="no change"):
        courses_of(changes.assign(percent_first=float("nan")))


def test_autumn_is_half_a_year_after_spring() -> None:
    assert time_of("2022-autumn") - time_of("2022-spring") == 0.5
    assert time_of("2023-spring") - time_of("2022-autumn") == 0.5
