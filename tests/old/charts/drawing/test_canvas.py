"""The place of one chart on a figure."""

from __future__ import annotations

import pytest
from extents import boxes
from matplotlib.figure import Figure

from analysis.old.charts.drawing.canvas import Canvas, Head, new_axes
from analysis.old.style import THEMES

HEAD = Head("A finding in a sentence", "What, unit, when", "Source: somebody.")


def test_places_are_hundredths_of_an_inch_from_the_top() -> None:
    canvas = Canvas(new_axes())
    text = canvas.text(100, 50, "here", canvas.style("label"))
    x, y = text.get_transform().transform(text.get_position())
    dpi = canvas.figure.dpi
    assert (x, y) == pytest.approx((1.0 * dpi, (7.5 - 0.5) * dpi))


def test_the_left_edges_of_title_subtitle_and_source_are_level() -> None:
    canvas = Canvas(new_axes())
    canvas.frame(HEAD, needed=0, least=[0])
    assert {text.get_position()[0] for text in canvas.ax.texts} == {60}


def test_data_across_stand_where_the_canvas_says() -> None:
    canvas = Canvas(new_axes())
    canvas.scale(200, 1200, (-10, 40))
    canvas.frame(HEAD, needed=0, least=[0])
    x, y = canvas.ax.transData.transform((15, 300))
    dpi = canvas.figure.dpi
    assert canvas.x(15) == 700
    assert (x, y) == pytest.approx((7 * dpi, (7.5 - 3) * dpi))


def test_a_head_gets_smaller_where_the_body_needs_the_room() -> None:
    tall, short = Canvas(new_axes(size="half")), Canvas(new_axes(size="half"))
    long = Head(" ".join(["A long finding"] * 8), *HEAD[1:])
    tall.frame(long, needed=0, least=[0])
    short.frame(long, needed=0, least=[450])
    assert short.body[0] < tall.body[0]
    assert min(text.get_fontsize() for text in short.ax.texts) >= short.size.source


def test_only_a_format_that_grows_gets_another_height() -> None:
    phone, wide = Canvas(new_axes(size="phone")), Canvas(new_axes())
    for canvas in (phone, wide):
        canvas.frame(HEAD, needed=900, least=[0])
    assert phone.body[1] - phone.body[0] == pytest.approx(900)
    assert tuple(wide.figure.get_size_inches()) == pytest.approx((13 + 1 / 3, 7.5))


def test_axes_of_a_subfigure_keep_to_it() -> None:
    figure = Figure((20, 8), facecolor=THEMES["dark"].ground)
    _, right = figure.subfigures(1, 2)
    canvas = Canvas(right.add_axes((0, 0, 1, 1)))
    canvas.frame(HEAD, needed=0, least=[0])
    assert canvas.theme == THEMES["dark"]
    assert min(box.left for box in boxes(canvas.ax)) >= 10 * figure.dpi
