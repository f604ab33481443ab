"""Names over what they name, else a legend; words to both sides of zero."""

from __future__ import annotations

from analysis.old.charts.drawing.canvas import Canvas, new_axes
from analysis.old.charts.drawing.keys import plan_key, plan_legend, plan_sides

NAMES = ["Not at all", "Planned", "Preparing or piloting"]


def test_names_with_room_stand_over_their_segments_in_one_line() -> None:
    key = plan_key(Canvas(new_axes()), NAMES, [(100, 400), (400, 700), (700, 1000)])
    assert key.names == [(name,) for name in NAMES]
    assert key.centres == [250, 550, 850]


def test_only_a_name_without_room_takes_more_lines() -> None:
    key = plan_key(Canvas(new_axes()), NAMES, [(400, 640), (640, 700), (700, 760)])
    assert [len(name) for name in key.names] == [1, 1, 2]


def test_names_that_would_not_stand_over_their_own_are_a_legend() -> None:
    key = plan_key(Canvas(new_axes()), NAMES, [(400, 410), (410, 415), (415, 420)])
    assert key.centres == []


def test_a_legend_takes_the_rows_it_needs() -> None:
    canvas = Canvas(new_axes())
    assert plan_legend(canvas, NAMES * 6).height > plan_legend(canvas, NAMES).height


def test_words_beside_zero_keep_to_their_side() -> None:
    canvas = Canvas(new_axes())
    canvas.scale(100, 1200, (-1, 10))
    left, right = plan_sides(canvas, ["more in the second group"] * 2, left=100)
    assert len(left) > len(right) == 1
