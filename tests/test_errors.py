"""Messages say where, what, got and next; nothing that a terminal would act on gets through."""

from __future__ import annotations

import pytest

from analysis.errors import MESSAGE_LIMIT, Problem, SurveyDataError, quote, show, unknown_code


def problem(line: int, text: str = "percent is 'x'; give a number") -> Problem:
    return Problem(str(line), "percent", "x", "not-a-number", text)


def test_a_message_names_the_file_and_each_line() -> None:
    error = SurveyDataError("data/survey.csv", [problem(3), problem(9)])
    assert str(error).splitlines() == [
        "data/survey.csv has 2 problems:",
        "  line 3: percent is 'x'; give a number",
        "  line 9: percent is 'x'; give a number",
    ]


def test_eight_problems_are_shown_and_the_total_is_stated() -> None:
    lines = str(SurveyDataError("t.csv", [problem(n) for n in range(2, 602)])).splitlines()
    assert len(lines) == 1 + 8 + 1
    assert "600" in lines[0]
    assert lines[-1] == "  … and 592 more, 600 in all"


def test_a_range_of_lines_is_in_the_plural() -> None:
    found = str(SurveyDataError("t.csv", [Problem("7-11", "percent", "", "sum", "percentages sum to 94")]))
    assert "lines 7-11: percentages" in found


def test_a_message_is_never_longer_than_the_limit() -> None:
    found = str(SurveyDataError("t.csv", [problem(n, "y" * 3000) for n in range(20)]))
    assert len(found) <= MESSAGE_LIMIT


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred", "<U+001B>[31mred"),
        ("a\u202eb", "a<U+202E>b"),
        ("a\u200bb", "a<U+200B>b"),
        ("a\nb", "a<U+000A>b"),
        ("ä – €", "ä – €"),
    ],
)
def test_hidden_characters_are_named_by_code_point(raw: str, shown: str) -> None:
    assert show(raw) == shown


def test_a_quoted_value_is_shortened() -> None:
    assert len(quote("x" * 500)) < 100


def test_the_nearest_valid_code_is_offered() -> None:
    found = unknown_code("stage", "pilot", ["not_at_all", "planned", "piloting"])
    assert found == ("stage is 'pilot'; use one of not_at_all, planned, piloting (did you mean 'piloting'?)")
