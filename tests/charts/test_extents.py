"""Charts as they are seen: nothing is cut, overlaps, is crossed out, too small or too faint."""

from __future__ import annotations

import itertools
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawn import faults, frames
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from analysis.charts.chart import draw_chart
from analysis.charts.gallery import CHARTS, draw_figure
from analysis.charts.panel import longest_word, text_width, wrap
from analysis.style import CONTRAST, THEMES, contrast
from analysis.words.language import voice_of

LOOKS = (("wide", "light", "fi"), ("phone", "dark", "sv"), ("half", "dark", "en"), ("square", "light", "sv"))
CASES = [  # every size, theme and language; each survey in a wide and in a narrow one, where time allows
    *(("shipped", *look) for look in LOOKS),
    *(("large", *look) for look in LOOKS[:2]),
    ("small", *LOOKS[1]),
    ("long", *LOOKS[0]),
    ("open", *LOOKS[2]),
    ("tiny", *LOOKS[3]),
]


def draw(name: str, ax: Axes | None = None, *, title: bool | None = None) -> Figure:
    """A chart of the shipped survey as a user draws it."""
    frame = frames("shipped")[CHARTS[name].frame]
    return draw_chart(CHARTS[name], frame, voice_of(frame, "en"), ax, title=title).figure


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize(("survey", "size", "theme", "lang"), CASES)
def test_words_are_whole_apart_and_not_crossed_out(
    survey: str, size: str, theme: str, lang: str, name: str
) -> None:
    if not CHARTS[name].bears(frames(survey)):
        pytest.skip("the survey does not bear it")
    figure = draw_figure(name, frames(survey), lang=lang, size=size, theme=theme)
    assert faults(figure) == []
    smallest = min(text.get_fontsize() for text in figure.findobj(Text) if text.get_text())
    assert smallest >= (8.6 if size == "phone" else 8.5 if survey == "large" else 12)


@pytest.mark.parametrize("name", ["stages", "shares", "differences"])
def test_twelve_stages_of_twelve_groups_can_be_read(name: str) -> None:
    figure = draw_figure(name, frames("twelve"))
    assert faults(figure) == []


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("theme", THEMES)
def test_words_are_clear_on_what_is_behind_them(name: str, theme: str) -> None:
    figure = draw_figure(name, frames("shipped"), theme=theme)
    figure.draw_without_rendering()
    grounds = [(bar.get_window_extent(), to_hex(bar.get_facecolor())) for bar in figure.axes[0].patches]
    for text in figure.findobj(Text):
        if text.get_text() and text.get_visible():
            extent = Text.get_window_extent(text, figure._get_renderer())
            middle = (extent.x0 + extent.x1) / 2, (extent.y0 + extent.y1) / 2
            behind = [colour for place, colour in grounds if place.contains(*middle) and len(colour) == 7]
            ground = behind[0] if behind else THEMES[theme].ground
            assert contrast(to_hex(text.get_color()), ground) >= CONTRAST, text.get_text()


@pytest.mark.parametrize("layout", ["tight", "constrained", None])
def test_charts_beside_each_other_keep_it(layout: str | None) -> None:
    figure, axes = plt.subplots(2, 2, figsize=(14, 9), layout=layout)
    for ax, name in zip(axes.flat, ["stages", "differences", "shares", "waves"], strict=True):
        draw(name, ax, title=layout is not None)
    if layout is None:
        figure.tight_layout()
    assert faults(figure) == []
    plt.close(figure)


@pytest.mark.parametrize("name", ["stages", "diverging", "cumulative", "differences"])
def test_a_title_is_no_wider_than_what_a_layout_leaves(name: str) -> None:
    for inches in ((6.4, 4.8), (10, 6)):
        figure, ax = plt.subplots(figsize=inches, layout="constrained")
        draw(name, ax, title=True)
        assert faults(figure) == []
        plt.close(figure)


@pytest.mark.parametrize("name", CHARTS)
def test_a_figure_of_ours_may_be_tightened(name: str) -> None:
    figure = draw(name)
    figure.tight_layout()
    assert faults(figure) == []
    plt.close(figure)


def test_names_above_bars_stay_above_them_in_lower_axes() -> None:
    figure = plt.figure(figsize=(14, 9), layout="constrained")
    grid = figure.add_gridspec(2, 2, width_ratios=[2, 1])
    draw("stages", figure.add_subplot(grid[0, 1]))
    assert faults(figure) == []
    plt.close(figure)


def test_letters_that_no_font_has_are_marked_and_long_names_are_cut() -> None:
    from surveys import Survey, make_codebook

    stages = {
        "a": "$x^2$ <b>&{x} \\frac% \N{CJK UNIFIED IDEOGRAPH-4E2D}\U0001f600",
        "b": "B",
        "c": "On and on " * 20,
    }
    codebook = make_codebook(
        stages, {"all": "All", "x": "X", "y": "\N{THAI CHARACTER KO KAI}"}, waves=["2024-autumn"]
    )
    rows = Survey(codebook, {"2024-autumn": {"x": [10, 23, 34], "y": [18, 24, 24]}}).rows()
    for size in ("wide", "phone"):
        figure = draw_figure("stages", {"survey": rows}, size=size)
        assert faults(figure) == []
        assert stages["c"].strip() in figure.alt_text


def test_no_line_ends_after_a_short_word_or_within_a_figure() -> None:
    words = "andelen av svaren, 18 % i gymnasier; inom parentes 95-procentigt intervall of all"
    words += ": 35% in schools and 47\u00a0% elsewhere, from 42% to 62% (95% interval)"
    least = longest_word(words, 12)
    for width in np.arange(least, 3 * least, least / 20):
        broken = wrap(words, width, 12)
        assert not re.search(r"( (av|i|of)|\d-|%)\n(?!\()", broken), broken


def test_no_line_of_a_source_ends_between_a_group_and_its_n() -> None:
    for lang, size in itertools.product(("fi", "sv", "en"), ("wide", "half", "square", "phone")):
        figure = draw_figure("stages", frames("shipped"), lang=lang, size=size)
        source = figure.get_supxlabel()
        assert not re.search(r"n:\n|\n\d+[,)]", source), source


def test_what_is_held_together_parts_between_words_where_it_is_too_wide() -> None:
    words = "35% i yrkesutbildningsanstalterna"
    assert wrap(words, longest_word("yrkesutbildningsanstalterna", 12) + 1, 12).split("\n") == [
        "35% i",
        "yrkesutbildningsanstalterna",
    ]


def test_lines_are_as_even_as_their_number_allows() -> None:
    """A line that were a twentieth of the room narrower would take one more."""
    words = "Experiments are more common in upper secondary schools than in vocational institutions"
    least, whole = longest_word(words, 12), text_width(words, 12)
    assert wrap(words, whole + 1, 12) == words
    for width in np.linspace(least + 1, whole + 1, 40):
        lines = wrap(words, width, 12).split("\n")
        widest = max(text_width(line, 12) for line in lines)
        assert widest <= width
        narrower = widest - (width - least) / 20
        assert narrower < least or len(wrap(words, narrower, 12).split("\n")) > len(lines)
