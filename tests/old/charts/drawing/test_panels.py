"""Marks of groups in panels side by side."""

from __future__ import annotations

import pytest

from analysis.old.charts.drawing.canvas import Canvas, Head, new_axes
from analysis.old.charts.drawing.lanes import Mark, Name
from analysis.old.charts.drawing.panels import Panels, Sheet

VALUES = {(0, 0): 20.0, (0, 1): 80.0, (1, 0): 50.0, (1, 1): 100.0}
HEAD = Head("Title", "Subtitle", "Source")


def panels(*groups: str) -> Panels:
    marks = {
        place: Mark(value, None, None, f"{value:.0f}%", "#0b3c6f", "#0b3c6f")
        for place, value in VALUES.items()
    }
    looks = [("#0b3c6f", "o"), ("#d68100", "s")]
    return Panels(Canvas(new_axes()), Sheet([Name("One"), Name("Two")], groups, looks, marks))


def test_a_mark_stands_at_its_value_on_the_scale_of_its_panel() -> None:
    drawn = panels("North", "South")
    drawn.draw(HEAD, (0.0, 100.0))
    left, pitch, width = drawn.lanes.left, drawn.pitch, drawn.width
    known = [left + group * pitch + value / 100 * width for (group, _), value in VALUES.items()]
    marks = [line for line in drawn.canvas.ax.lines if line.get_marker() != "None"]
    assert [mark.get_xdata()[0] for mark in marks] == pytest.approx(known)


def test_names_head_their_panels_where_they_fit() -> None:
    assert panels("North", "South").key is None
    assert panels("North", "W" * 60).key is not None


def test_panels_that_are_too_low_for_figures_do_not_fit() -> None:
    drawn = panels("North", "South")
    assert drawn.fit(drawn.least[-1])
    assert not drawn.fit(drawn.least[-1] - 1)


def test_panels_narrower_than_a_figure_do_not_fit() -> None:
    marks = {(group, 0): Mark(50.0, None, None, "50%", "#0b3c6f", "#0b3c6f") for group in range(60)}
    many = Sheet([Name("One")], ["North"] * 60, [("#0b3c6f", "o")] * 60, marks)
    assert not Panels(Canvas(new_axes()), many).fit(1000.0)
