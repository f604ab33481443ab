"""Recovery in words: three languages, the assumptions beside the counts, and each cell's reason."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.codebook import LANGUAGES
from analysis.errors import RequestError
from analysis.old.counts.reasons import explain_rounding
from analysis.old.counts.recovery import recover_counts
from analysis.old.rounding import RULES
from analysis.old.words.explanations import describe_explanations, describe_recovery
from analysis.old.words.wording import words_of
from analysis.survey.table import load_survey

WAVE = "2020-autumn"


@pytest.fixture(scope="module")
def deck() -> pd.DataFrame:
    return load_survey()


def test_every_rule_has_its_words() -> None:
    named = {key.removeprefix("rule_") for key in words_of("recovery") if key.startswith("rule_")}
    assert named == set(RULES)


def test_the_one_raised_figure_is_explained(deck: pd.DataFrame) -> None:
    explanations = explain_rounding(deck, WAVE)
    lines = {lang: describe_explanations(explanations, lang=lang).splitlines()[12] for lang in LANGUAGES}
    assert lines["fi"] == (
        "Lukiot, Valmisteilla tai pilotoidaan: 9/95 on 9,47\u00a0%; julkaistu 10\u00a0%: suurennettu, "
        "jotta sarakkeen summa on 100."
    )
    assert lines["sv"] == (
        "Gymnasier, Förbereds eller piloteras: 9 av 95 är 9,47\u00a0%; publicerat 10\u00a0%: höjt så "
        "att kolumnens summa blir 100."
    )
    assert lines["en"] == (
        "General upper secondary schools, Preparing or piloting: 9 of 95 is 9.47%; printed 10%: "
        "raised so that the column adds up to 100."
    )


def test_a_tie_shows_the_half(deck: pd.DataFrame) -> None:
    lines = describe_explanations(explain_rounding(deck, WAVE), lang="en").splitlines()
    assert "22 of 80 is 27.5%, exactly halfway; printed as the upper figure, 28%." in lines[7]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_number_n_and_rules_stand_beside_the_counts(deck: pd.DataFrame, lang: str) -> None:
    words = words_of("recovery")
    unique = describe_recovery(recover_counts(deck, WAVE), lang=lang)
    assert all(text in unique for text in ("80", "95", words["rule_adjust_minimal"][lang]))
    assert words["ties"][lang] in unique
    assert unique.endswith(words["derived"][lang])
    several = describe_recovery(recover_counts(deck, WAVE, rounding="within_one"), lang=lang)
    assert "31" in several
    assert words["ties"][lang] not in several


def test_none_and_too_many_are_said(deck: pd.DataFrame) -> None:
    none = describe_recovery(recover_counts(deck, WAVE, rounding="half_up"), lang="en")
    assert none.startswith("No table of counts fits")
    many = recover_counts(deck, WAVE, max_n=300, rounding="half_up")
    assert describe_recovery(many, lang="en").startswith("43,954 tables of counts fit")
    many.attrs["n_tables"] = {"estimate": 1234567.0, "low": 1000000.0, "high": 1500000.0}
    assert "About 1,230,000 (estimated by sampling: 1,000,000 to 1,500,000)" in describe_recovery(many)


def test_an_unknown_language_is_refused(deck: pd.DataFrame) -> None:
    with pytest.raises(RequestError, match="use one of fi, sv, en"):
        describe_recovery(recover_counts(deck, WAVE), lang="de")
