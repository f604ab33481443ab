"""Text is measured before it is set."""

from __future__ import annotations

import pytest

from analysis.old.slides.powerpoint.lettering import (
    count_lines,
    fitting_labels,
    fitting_size,
    narrowest,
    text_height,
    text_width,
)


def test_wider_boxes_never_take_more_lines():
    text = "Preparing or piloting with partners in other countries"
    lines = [count_lines(text, width / 4, 16) for width in range(4, 40)]
    assert lines == sorted(lines, reverse=True)
    assert lines[-1] == 1


@pytest.mark.parametrize("lines", [1, 2, 3])
def test_the_narrowest_box_has_the_lines_that_were_asked_for(lines):
    text = "Preparing or piloting with partners"
    width = narrowest(text, 16, lines=lines)
    assert count_lines(text, width + 1e-6, 16) <= lines
    assert count_lines(text, width - 0.05, 16) > lines or width == max(
        text_width(w, 16) for w in text.split()
    )


def test_type_shrinks_until_it_fits():
    assert fitting_size(["short"], 5, 1, (40, 20, 10)) == 40
    assert fitting_size(["a long sentence that needs room " * 9], 5, 1, (40, 20, 10)) == 10


def test_labels_beside_rows_are_no_taller_than_a_row():
    labels = ["Adult education centres and folk high schools\nn = 111", "Lukiot\nn = 95"]
    size, width = fitting_labels(labels, (18, 16, 14, 12), pitch=0.6, most=4.2)
    assert max(text_height(count_lines(label, width + 1e-6, size), size) for label in labels) <= 0.6


def test_signs_that_the_measure_lacks_do_no_harm():
    assert text_width("漢字\x07", 16) > 0
