"""Text measured before it is set."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st
from matplotlib.backends.backend_agg import RendererAgg

from analysis.old.charts.drawing.typesetting import (
    CUT,
    UNIT,
    Style,
    fit,
    font_of,
    longest_word,
    shrinking,
    text_width,
    wrap,
)

STYLE = Style(18, "#000000")
sentences = st.text(alphabet="aäöåWi1%-– ", min_size=1, max_size=60).filter(str.strip)


@pytest.mark.parametrize("weight", [400, 600])
@pytest.mark.parametrize(
    "words", ["Preparing or piloting", "28 % → 10 %", "Mångsidiga erfarenheter 1 427", "ÅÄÖ…“”−"]
)
def test_a_line_is_as_wide_as_matplotlib_draws_it(words: str, weight: int) -> None:
    renderer = RendererAgg(1, 1, UNIT)
    drawn, _, _ = renderer.get_text_width_height_descent(words, font_of(30, weight), ismath=False)
    assert 0.99 * drawn <= text_width(words, 30, weight) <= 1.04 * drawn  # kerning narrows some pairs


@settings(max_examples=60)
@given(sentences, st.floats(60, 400))
def test_no_line_is_too_wide_and_no_sign_is_lost(words: str, width: float) -> None:
    lines = wrap(words, width, STYLE)
    assert all(text_width(line, *STYLE.face) <= width + 1e-6 or len(line) == 1 for line in lines)
    assert "".join(lines).replace(" ", "") == words.replace(" ", "")


def test_lines_are_even() -> None:
    words = "Preparing or piloting is more common in vocational institutions"
    widths = [text_width(line, *STYLE.face) for line in wrap(words, 420, STYLE)]
    assert len(widths) == 2
    assert min(widths) > 0.8 * max(widths)


def test_a_no_break_space_holds_a_line_together() -> None:
    width = text_width("share of 28", *STYLE.face)
    assert wrap("share of 28\u00a0%", width, STYLE)[1].endswith("28\u00a0%")


def test_a_line_may_break_after_a_hyphen() -> None:
    assert wrap("kv-toiminta", text_width("toiminta", *STYLE.face), STYLE) == ("kv-", "toiminta")


def test_a_word_wider_than_the_line_is_broken() -> None:
    lines = wrap("x" * 40, 100, STYLE)
    assert len(lines) > 1
    assert "".join(lines) == "x" * 40


def test_a_text_of_too_many_lines_is_cut_visibly() -> None:
    lines = wrap("one two three four five six seven", 80, STYLE, lines=2)
    assert len(lines) == 2
    assert lines[1].endswith(CUT)
    assert text_width(lines[1], *STYLE.face) <= 80


def test_type_shrinks_only_as_far_as_it_must() -> None:
    words = "Preparing or piloting"
    room = text_width(words, 15.5)
    style, lines = fit(words, room, STYLE, lines=1, smallest=12)
    assert (style.size, lines) == (15.5, (words,))


def test_a_text_that_does_not_fit_in_the_smallest_type_gets_more_lines() -> None:
    style, lines = fit("Preparing or piloting", 60, STYLE, lines=2, smallest=12)
    assert style.size == 12
    assert 2 < len(lines) <= 4


def test_type_shrinks_in_half_points_to_the_smallest() -> None:
    assert [style.size for style in shrinking(STYLE, 17)] == [18, 17.5, 17]
    assert [style.size for style in shrinking(STYLE, 18)] == [18]


def test_the_longest_word_bounds_the_narrowest_column() -> None:
    assert longest_word("a bb-cccc d", STYLE) == text_width("cccc", *STYLE.face)


def test_control_characters_take_the_room_of_their_names() -> None:
    assert text_width("a\x07", *STYLE.face) == text_width("a<U+0007>", *STYLE.face)
