"""Boxes side by side, rows that are full, round ticks."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from analysis.old.charts.drawing.placing import fill_rows, round_ticks, spread

numbers = st.floats(0, 100)
boxes = st.lists(st.tuples(numbers, st.floats(1, 9)), min_size=1, max_size=8)


@given(boxes)
def test_spread_boxes_keep_their_order_and_do_not_overlap(pairs: list[tuple[float, float]]) -> None:
    centres, widths = sorted(c for c, _ in pairs), [w for _, w in pairs]
    places = spread(centres, widths, low=-10, high=110, gap=1)
    assert places is not None
    for (a, wide), (b, narrow) in pairwise(zip(places, widths, strict=True)):
        assert b - a >= (wide + narrow) / 2 + 1 - 1e-6
    assert places[0] - widths[0] / 2 >= -10 - 1e-6
    assert places[-1] + widths[-1] / 2 <= 110 + 1e-6


def test_boxes_with_room_stay_where_they_are() -> None:
    assert spread([10, 50], [4, 4], low=0, high=100, gap=2) == [10, 50]


def test_boxes_in_one_place_move_by_as_much_to_both_sides() -> None:
    assert spread([50, 50], [10, 10], low=0, high=100, gap=0) == [45, 55]


def test_there_is_no_spread_without_room() -> None:
    assert spread([1, 2], [60, 60], low=0, high=100, gap=0) is None
    assert spread([], [], low=0, high=1, gap=0) == []


def test_rows_are_as_full_as_they_can_be() -> None:
    assert fill_rows([4, 4, 4, 9], room=10, gap=1) == [[0, 1], [2], [3]]
    assert fill_rows([40], room=10, gap=1) == [[0]]


@pytest.mark.parametrize(
    ("low", "high", "at_most", "ticks"),
    [
        (-25, 30, 8, [-20, -10, 0, 10, 20, 30]),
        (0, 90, 5, [0, 20, 40, 60, 80]),
        (0, 1, 3, [0, 0.5, 1]),
        (3, 4, 1, [4]),
    ],
)
def test_ticks_are_round_and_few(low: float, high: float, at_most: int, ticks: list[float]) -> None:
    assert round_ticks(low, high, at_most=at_most) == ticks
