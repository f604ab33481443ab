"""Number formats of native charts print as the words do."""

from __future__ import annotations

from analysis.old.slides.powerpoint.native import percent_form, points_form


def test_number_forms_print_as_the_words_do():
    assert percent_form("fi", 0) == '0"\xa0"%'
    assert percent_form("en", 1) == "0.0%"
    assert points_form(0) == '"+"0;"−"0;""0'
