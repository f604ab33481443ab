"""What the numbers rest on is said of every survey, and only where it holds."""

from __future__ import annotations

import pandas as pd
import pytest
from leaves import worked_out
from surveys import SURVEYS

from analysis.codebook import LANGUAGES
from analysis.old.inference.findings import gather_frames
from analysis.old.report.publishing.provenance import basis_notes, find_facts, group_sizes, lead_of
from analysis.survey.table import load_survey


def test_the_shipped_survey_says_which_table_and_on_what_terms() -> None:
    notes = "\n".join(basis_notes(load_survey(), worked_out("shipped"), lang="en"))
    assert "Exactly one table of counts fits" in notes
    assert "Vocational institutions: 80, General upper secondary schools: 95" in notes
    assert "All who answered: the share of the answers given, not an estimate" in notes
    assert "Published in part: autumn 2021. 2 of 15 figures are known" in notes


def test_a_whole_survey_is_not_called_partial() -> None:
    notes = "\n".join(basis_notes(SURVEYS["small"]().rows(), worked_out("small"), lang="en"))
    assert "in part" not in notes


def test_several_tables_are_counted_and_none_is_picked() -> None:
    frames = dict(worked_out("shipped"))
    frames["differences"] = frames["differences"].assign(n_tables=31)
    notes = "\n".join(basis_notes(load_survey(), frames, lang="fi"))
    assert "31 lukumäärien taulukkoa" in notes
    assert "Mitään niistä ei ole valittu" in notes


def test_without_n_chance_is_not_assessed_and_that_is_said() -> None:
    rows = load_survey()
    rows["n"] = pd.array([pd.NA] * len(rows), dtype="Int64")
    frames = gather_frames(rows)
    assert "sattuman osuutta ei ole arvioitu" in "\n".join(basis_notes(rows, frames, lang="fi"))
    assert group_sizes(rows, "fi") == ""
    assert lead_of(frames, lang="fi").startswith("Kyselyn ajankohta: syyskuu 2020. Tämä sivu")


def test_the_band_says_who_answered_and_when() -> None:
    assert lead_of(worked_out("shipped"), lang="sv").startswith(
        "Enkäten genomfördes: september 2020. Totalt 175 svar: 80 i yrkesläroanstalter och 95 i gymnasier."
    )


def test_counts_of_one_s_own_are_said_to_be_counted() -> None:
    survey = SURVEYS["small"]()
    rows = survey.rows()
    answers = survey.answers["2023-autumn"]
    known = [
        answers[group][survey.codebook.stages.index(stage)]
        if group in answers and wave == "2023-autumn"
        else None
        for wave, group, stage in zip(rows["wave"], rows["group"], rows["stage"], strict=True)
    ]
    rows["count"] = pd.array(known, dtype="Int64")
    notes = "\n".join(basis_notes(rows, {**worked_out("small"), "published": rows}, lang="en"))
    assert "known from own tabulation" in notes


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", SURVEYS)
def test_the_facts_of_any_survey_have_words_and_addresses_of_the_web_only(name: str, lang: str) -> None:
    rows = SURVEYS[name]().rows()
    facts = find_facts(rows, table="survey.csv", lang=lang)
    assert all(fact.name and fact.texts for fact in facts)
    links = [text.href for fact in facts for text in fact.texts if text.href]
    assert all(link.startswith("https://") for link in links)
    assert sum("survey.csv" in text.text for fact in facts for text in fact.texts) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_publication_is_marked_with_the_language_of_its_title(lang: str) -> None:
    facts = find_facts(load_survey(), table="survey.csv", lang=lang)
    known = {"muodot ja osaaminen": "fi", "Forms and know-how": "en"}
    found = {
        title: text.lang for fact in facts for text in fact.texts for title in known if title in text.text
    }
    assert found == known
