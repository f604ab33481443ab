"""The cards on top say what the survey bears and how firmly, and never more."""

from __future__ import annotations

import pandas as pd
import pytest
from leaves import worked_out
from surveys import SURVEYS

from analysis.codebook import LANGUAGES
from analysis.old.inference.findings import gather_frames
from analysis.old.report.publishing.cards import find_cards
from analysis.old.report.publishing.provenance import basis_notes
from analysis.old.words.wording import source_line
from analysis.survey.respondents import tabulate_responses


@pytest.fixture(scope="module")
def frames() -> dict[str, pd.DataFrame]:
    return worked_out("shipped")


def test_the_shipped_survey_has_its_three_findings(frames: dict[str, pd.DataFrame]) -> None:
    cards = find_cards(frames, lang="fi")
    # 28 against 10, 37 + 5 and 54 + 8, 32 + 2 and 41 + 6 per cent, as published
    assert [card.number for card in cards] == ["+18", "42 → 62\u00a0%", "34 : 47"]
    assert [card.firm for card in cards] == [True, True, False]
    assert cards[0].what == "Valmisteilla tai pilotoidaan"
    assert "ammatillisissa oppilaitoksissa (28\u00a0%) kuin lukioissa (10\u00a0%)" in cards[0].sentence


def test_what_chance_could_make_is_said_to_be_open(frames: dict[str, pd.DataFrame]) -> None:
    cards = find_cards(frames, lang="en")
    # Newcombe's interval of 28/80 − 45/95, in points; page.png of the drawings
    assert cards[2].tag == "Could be chance: interval −26\u00a0to\u00a0+2"


def test_the_larger_share_is_named_first(frames: dict[str, pd.DataFrame]) -> None:
    turned = dict(frames)
    rows = frames["differences"]
    turned["differences"] = rows[rows["stage"] == "experiments"]
    card = find_cards(turned, lang="en")[0]
    assert card.number == "+9"
    assert (
        "more in general upper secondary schools (41%) than in vocational institutions (32%)" in card.sentence
    )
    assert card.tag.endswith("−6\u00a0to\u00a0+22")


def test_a_survey_that_cannot_be_compared_has_cards_as_published(frames: dict[str, pd.DataFrame]) -> None:
    cards = find_cards({"published": frames["published"]}, lang="sv")
    assert [card.number for card in cards] == ["42\u00a0%", "37\u00a0%", "175"]
    assert cards[0].tag == "Som publicerat, n\u00a0=\u00a0175"


@pytest.mark.parametrize(("weight", "told"), [(None, "Counted from the"), ("weight", "From weighted")])
def test_a_tabulation_of_one_s_own_is_never_said_to_be_published(weight: str | None, told: str) -> None:
    answers = {"group": ["general", "vocational"] * 6, "stage": ["planned", "piloting", "piloting"] * 4}
    respondents = pd.DataFrame({**answers, "weight": [1, 2, 3] * 4})
    rows = tabulate_responses(respondents, wave="2022-autumn", group="group", stage="stage", weight=weight)
    cards = find_cards({"published": rows}, lang="en")
    assert [card.tag for card in cards] == [f"{told} answers, n\u00a0=\u00a012"] * 3
    assert "published" not in " ".join(
        [source_line(rows), *basis_notes(rows, {"published": rows}, lang="en")]
    )


def test_rounded_shares_without_counts_say_that_chance_was_not_assessed() -> None:
    rows = SURVEYS["shipped"]().rows().assign(n=pd.array([pd.NA] * 17, dtype="Int64"))
    cards = find_cards(gather_frames(rows), lang="en")
    assert "chance not assessed" in cards[0].tag
    assert not any(card.firm for card in cards if "chance" in card.tag)


def test_no_number_stands_on_two_cards() -> None:
    cards = find_cards(worked_out("tiny"), lang="en")
    # 45 of 57 answered yes in the last wave, 20 of 53 in the one before
    assert [card.number for card in cards] == ["38 → 79%", "57"]


def test_one_gap_of_many_is_not_called_clear_nor_its_interval_shown() -> None:
    card = find_cards(worked_out("small"), lang="en")[2]
    # Newcombe's interval leaves out zero, Fisher's p adjusted for nine comparisons does not
    assert card.tag == "Could be chance: there are many comparisons"
    assert not card.firm


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", SURVEYS)
def test_any_survey_has_cards_in_whole_sentences(name: str, lang: str) -> None:
    for card in find_cards(worked_out(name), lang=lang):
        assert all(text.strip() for text in card[:4])
        assert card.sentence.endswith(".")
        assert "nan" not in " ".join(card[:4])
