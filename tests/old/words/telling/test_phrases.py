"""Parts of sentences: how large a change is, and which stage, in words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from surveys import known_frames

from analysis.codebook import load_codebook
from analysis.old.words.telling.figures import differences_of
from analysis.old.words.telling.phrases import change_of, span_of_points, stage_label, stage_phrase

CHANGE = differences_of(known_frames("small")["changes"])[0]


@pytest.mark.parametrize(
    ("least", "most", "lang", "said"),
    [
        (8.4, 8.4, "en", "+8\N{NO-BREAK SPACE}percentage points"),
        (8.0, 9.0, "en", "8 to 9 percentage points more"),
        (8.0, 9.0, "fi", "8–9 prosenttiyksikköä enemmän"),
        (-9.0, -8.0, "sv", "8–9 procentenheter mindre"),
        (-2.0, 3.0, "fi", "−2…+3 prosenttiyksikköä"),
        (-2.0, 3.0, "sv", "−2 till +3 procentenheter"),
    ],
)
def test_a_range_of_a_change_is_so_much_more_or_less(least: float, most: float, lang: str, said: str) -> None:
    assert change_of(CHANGE._replace(least=least, most=most), lang, 0) == said


def test_a_span_keeps_its_signs_in_the_form_of_other_ranges() -> None:
    assert span_of_points(8, 9, "fi", 0, sign=True) == "+8…+9 prosenttiyksikköä"
    assert span_of_points(8, 9, "fi", 0) == "8–9 prosenttiyksikköä"


@pytest.mark.parametrize("say_stage", [stage_label, stage_phrase])
def test_nothing_is_further_than_the_highest_stage(say_stage: Callable[..., str]) -> None:
    codebook = load_codebook()
    alone, further = (say_stage(codebook, of, codebook.stages[-1], "en") for of in ("stage", "at_least"))
    assert alone == further
    assert say_stage(codebook, "at_least", codebook.cut, "en").endswith(" or further")
