"""Text on slides knows its language, run by run."""

from __future__ import annotations

import pytest
from leaves import worked_out

from analysis.old.slides.powerpoint.deck import open_deck
from analysis.old.slides.story import add_story

DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


@pytest.fixture(scope="module")
def sources():
    """The slide of sources in the deck of the shipped survey, in English."""
    deck = open_deck()
    add_story(deck, worked_out("shipped"), lang="en")
    return deck.slides[-1]


def runs_of(shape) -> dict[str, str]:
    """The language of each run of a shape by its words."""
    runs = shape.element.iter(f"{DRAWING}r")
    return {run.findtext(f"{DRAWING}t"): run.find(f"{DRAWING}rPr").get("lang") for run in runs}


@pytest.mark.parametrize("place", ["slide", "notes"])
def test_a_wave_before_a_foreign_title_is_marked_with_the_language_of_the_slide(sources, place):
    shapes = sources.shapes if place == "slide" else sources.notes_slide.shapes
    runs = {words: lang for shape in shapes if shape.has_text_frame for words, lang in runs_of(shape).items()}
    assert runs["autumn 2020: "] == "en-GB"
    assert next(runs[words] for words in runs if "muodot ja osaaminen" in words) == "fi-FI"
