"""What the sources of rows say of their waves."""

from __future__ import annotations

import pytest

from analysis.codebook import WITHHELD_MARK, load_codebook
from analysis.survey.rows import SurveyRow
from analysis.survey.rules import declare_marks, mark_weighted

WAVE = "2031-spring"


def row(source: str, group: str = "general") -> SurveyRow:
    return SurveyRow(0, WAVE, group, "planned", "20", None, 80, source)


def test_what_is_written_is_read_again() -> None:
    ends = WITHHELD_MARK.format(stages="experiments, versatile", minimum=5)
    rows = [row(mark_weighted("a; b", 71.6) + ends), row(mark_weighted("a; b", 84.4) + ends, "vocational")]
    assert declare_marks(load_codebook(), rows).wave(WAVE) == {
        "id": WAVE,
        "weighted": True,
        "effective": {"general": 72, "vocational": 84},
        "withheld": {"minimum": 5, "stages": ["experiments", "versatile"]},
    }


def test_the_joined_sources_of_a_wide_table_say_that_it_is_weighted() -> None:
    joined = "; ".join([mark_weighted("a", 71.6), mark_weighted("a", 84.4)])
    assert declare_marks(load_codebook(), [row(joined)]).wave(WAVE) == {"id": WAVE, "weighted": True}


def test_the_codebook_goes_before_the_sources() -> None:
    own = load_codebook().declare(WAVE, {"withheld": {"minimum": 9, "stages": ["planned"]}})
    assert declare_marks(own, [row("a" + WITHHELD_MARK.format(stages="versatile", minimum=5))]).wave(
        WAVE
    ) == own.wave(WAVE)


@pytest.mark.parametrize(
    "source", ["", "deck, weighted", "weighted (effective n 5) by hand", "withheld", "a; b withheld"]
)
def test_other_sources_say_nothing(source: str) -> None:
    codebook = load_codebook()
    assert declare_marks(codebook, [row(source)]) is codebook
