"""The chart of the pairs of n that could have printed a wave."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.codebook import LANGUAGES
from analysis.errors import RequestError
from analysis.old.charts.drawing.pairs import describe_sizes, draw_sizes, headline_sizes
from analysis.old.counts.sizes import consistent_sizes
from analysis.survey.table import load_survey

WAVE = "2020-autumn"


@pytest.fixture(scope="module")
def sizes() -> pd.DataFrame:
    return consistent_sizes(load_survey(), WAVE, max_n=120, rounding="nearest")


def dots(ax) -> list[tuple[float, float]]:
    """Centres of the dots, in the places of the canvas."""
    every = [ax, *ax.child_axes]
    found = [line for axes in every for line in axes.lines if line.get_marker() == "o"]
    return [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in found]


def test_each_pair_has_its_dot_in_its_place(sizes: pd.DataFrame) -> None:
    found = dots(draw_sizes(sizes))
    assert len(found) == len(sizes) == 9  # as many as consistent_sizes is held to
    for axis, group in enumerate(("vocational", "general")):
        places = [place[axis] for place in found]
        first, last = sizes[group].idxmin(), sizes[group].idxmax()
        scale = (places[last] - places[first]) / (sizes[group][last] - sizes[group][first])
        expected = [places[first] + scale * (n - sizes[group][first]) for n in sizes[group]]
        assert places == pytest.approx(expected)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_headline_counts_the_pairs_and_names_the_smallest(sizes: pd.DataFrame, lang: str) -> None:
    headline = headline_sizes(sizes, lang=lang)
    assert headline.startswith("9 ")
    for n in sizes[["vocational", "general"]].iloc[0]:
        assert str(n) in headline


def test_the_alt_text_says_the_finding_and_the_axes(sizes: pd.DataFrame) -> None:
    text = describe_sizes(sizes)
    assert headline_sizes(sizes) in text
    codebook = sizes.attrs["codebook"]
    for group in ("vocational", "general"):
        assert f"n: {codebook.word('group', group, 'en')}" in text
    assert text.endswith("each at most 120.")


def test_that_no_pair_fits_is_drawn_and_said() -> None:
    none = consistent_sizes(load_survey(), WAVE, max_n=300, rounding="floor")
    assert headline_sizes(none) == "No pair of n up to 300 fits these percentages"
    assert dots(draw_sizes(none)) == []


def test_a_wave_of_one_group_has_no_pairs() -> None:
    sizes = consistent_sizes(load_survey(), "2021-autumn", max_n=50, rounding="nearest")
    with pytest.raises(RequestError, match="needs two groups; the wave has 1"):
        draw_sizes(sizes)
