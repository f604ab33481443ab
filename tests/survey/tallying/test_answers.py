"""Values of respondents into codes and reasons."""

from __future__ import annotations

import pytest

from analysis.codebook import load_codebook
from analysis.errors import RequestError
from analysis.survey.tallying.answers import REASONS, USUAL, AnswerReader, text_of

STAGES = AnswerReader(load_codebook(), "stage")


@pytest.mark.parametrize(
    "value",
    [
        "planned",
        " PLANNED ",
        "Suunniteltu",
        "Planerad",
        "Olemme suunnitelleet sitä",
        "We have planned it\u00a0",
    ],
)
def test_codes_and_labels_of_any_language_are_read_in_any_case(value: str) -> None:
    assert STAGES.read(value) == ("planned", None)


def test_letters_with_separate_marks_are_the_same_letters() -> None:
    assert STAGES.read("Olemme suunnitelleet sita\u0308") == ("planned", None)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "missing"),
        (float("nan"), "missing"),
        ("  ", "missing"),
        ("En osaa  sanoa", "dont_know"),
        ("Vet inte", "dont_know"),
        ("Don’t know", "dont_know"),
        ("Not asked", "not_asked"),
        ("not_asked", "not_asked"),
    ],
)
def test_reasons_for_no_answer_stay_apart(value: object, reason: str) -> None:
    assert STAGES.read(value) == (None, reason)


@pytest.mark.parametrize("value", ["pilot", "3", 3, "NA", "-", "plаnned", "planned\u200b", True])
def test_what_is_not_in_the_codebook_means_nothing(value: object) -> None:
    assert STAGES.read(value) is None


def test_a_caller_declares_own_values() -> None:
    reader = AnswerReader(load_codebook(), "stage", {"dont_know": [9, "99"], "not_asked": "-1"})
    assert [reader.read(value) for value in (9.0, "99", -1)] == [
        (None, "dont_know"),
        (None, "dont_know"),
        (None, "not_asked"),
    ]


def test_a_declared_value_may_not_be_a_code() -> None:
    with pytest.raises(RequestError, match="'Planerad' cannot mean missing: it is stage 'planned'"):
        AnswerReader(load_codebook(), "stage", {"missing": "Planerad"})


def test_a_reason_must_be_known() -> None:
    with pytest.raises(RequestError, match=r"'refused'; use one of not_asked, dont_know, missing"):
        AnswerReader(load_codebook(), "stage", {"refused": ["9"]})


def test_what_a_file_declares_missing_is_missing_unless_it_means_more() -> None:
    reader = AnswerReader(load_codebook(), "stage", declared=["Refused", "vet inte", "planned"])
    assert [reader.read(value) for value in ("refused", "vet inte", "planned")] == [
        (None, "missing"),
        (None, "dont_know"),
        ("planned", None),
    ]


def test_an_explanation_names_the_nearest_code_and_strange_characters() -> None:
    assert "did you mean 'piloting'?" in STAGES.explain("pilot")
    assert "U+0430 CYRILLIC SMALL LETTER A" in STAGES.explain("plаnned")


def test_usual_words_stand_for_one_reason_each() -> None:
    words = [word for reason in REASONS for word in USUAL[reason]]
    assert len(words) == len(set(words))


def test_numbers_become_text_without_a_needless_point() -> None:
    assert [text_of(value) for value in (1, 1.0, 1.5, b"abc", None)] == ["1", "1", "1.5", "abc", ""]
