"""Sentences on withheld and weighted waves, in three languages."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.codebook import LANGUAGES, load_codebook
from analysis.respondents import tabulate_responses
from analysis.suppression import withhold_small_cells
from analysis.table import load_survey
from analysis.telling.marks import describe_weighting, describe_withheld


def wave(weight: str | None = None) -> pd.DataFrame:
    stages = load_codebook().stages
    answers = pd.DataFrame([("general", stage) for stage in stages[:4] for _ in range(6)], columns=["g", "s"])
    answers = pd.concat([answers, answers.assign(g="vocational")]).assign(w=1.0)
    return tabulate_responses(answers, wave="2022-autumn", group="g", stage="s", weight=weight)


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("en", "no count below 5 can be read or worked out: “Has experiments” and “Versatile experience”."),
        ("fi", "lukumääriä ei voisi lukea eikä päätellä: ”Kokeiluja” ja ”Monipuolisia kokemuksia”."),
        (
            "sv",
            "antal under 5 varken kan läsas eller räknas fram: ”Försök” och ”Mångsidiga erfarenheter”.",
        ),
    ],
)
def test_withheld_stages_are_named_with_the_minimum(lang: str, sentence: str) -> None:
    assert describe_withheld(withhold_small_cells(wave(), minimum=5), lang=lang).endswith(sentence)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_weighted_shares_are_said_to_be_weighted(lang: str) -> None:
    assert describe_weighting(wave("w"), lang=lang)
    assert describe_weighting(wave(), lang=lang) == ""


def test_what_was_not_touched_needs_no_sentence() -> None:
    survey = load_survey()
    assert describe_withheld(wave()) == ""
    assert describe_withheld(survey) == ""
    assert describe_weighting(survey) == ""


def test_a_stored_wave_is_described_from_its_codebook() -> None:
    survey = load_survey().query("wave == '2020-autumn'")
    facts = {"weighted": True, "withheld": {"minimum": 3, "stages": ["versatile"]}}
    survey.attrs["codebook"] = load_codebook().declare("2020-autumn", facts)
    assert "below 3" in describe_withheld(survey)
    assert describe_weighting(survey)
