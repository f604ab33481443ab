"""Colours as other eyes see them; the matrices are those of Machado, Oliveira & Fernandes (2009)."""

from __future__ import annotations

import pytest

from analysis.old.charts.drawing.vision import EYES, GREY, simulate_colour, simulate_drawing
from analysis.old.style import luminance, parse_hex


@pytest.mark.parametrize("eye", [*EYES, GREY])
@pytest.mark.parametrize("colour", ["#000000", "#ffffff", "#808080"])
def test_black_grey_and_white_stay(eye: str, colour: str) -> None:
    seen = simulate_colour(colour, eye)
    assert all(
        abs(after - before) * 255 < 1.5
        for after, before in zip(parse_hex(seen), parse_hex(colour), strict=True)
    )


@pytest.mark.parametrize("eye", EYES)
def test_the_rows_of_a_matrix_sum_to_one(eye: str) -> None:
    assert [sum(row) for row in EYES[eye]] == pytest.approx([1, 1, 1], abs=2e-6)


def test_grey_keeps_the_luminance() -> None:
    for colour in ("#d98200", "#005a9c", "#1b7837"):
        assert luminance(simulate_colour(colour, GREY)) == pytest.approx(luminance(colour), abs=0.005)


def test_red_and_green_come_closer_without_green_cones() -> None:
    def apart(first: str, second: str) -> float:
        return sum((a - b) ** 2 for a, b in zip(parse_hex(first), parse_hex(second), strict=True))

    red, green = "#c04040", "#508040"
    seen = [simulate_colour(colour, "deuteranopia") for colour in (red, green)]
    assert apart(*seen) < apart(red, green) / 3


def test_pure_red_is_seen_as_worked_out_by_hand() -> None:
    # Linear red times the first column of the matrix for protanopia: 0.152286, 0.114503, below zero;
    # by the sRGB curve 109, 95 and 0 of 255.
    assert simulate_colour("#ff0000", "protanopia") == "#6d5f00"


def test_only_the_colours_of_a_drawing_change() -> None:
    svg = '<svg><a href="#abcdef0"/><use href="#m123456x"/><path style="fill: #FF0000; stroke:#fff"/></svg>'
    assert simulate_drawing(svg, "protanopia") == svg.replace("#FF0000", "#6d5f00")
