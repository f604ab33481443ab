"""The voice: numbers, names and sentences in the languages of a codebook."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.codebook import load_codebook
from analysis.errors import RequestError
from analysis.survey.table import load_survey
from analysis.words.language import Voice, find_words, voice_of

CODEBOOK = load_codebook()
FI, SV, EN = (Voice(CODEBOOK, lang) for lang in ("fi", "sv", "en"))


@pytest.mark.parametrize(
    ("known", "found"),
    [
        ("19\u00a0%", FI.percent(19)),
        ("19%", EN.percent(19)),
        ("−3,2", FI.number(-3.25, 1)),
        ("2", EN.number(2.5)),
        ("28%", EN.share(0.275)),
        ("1,234.5", EN.number(1234.5, 1)),
        ("+18\u00a0percentage points", EN.points(0.18)),
        ("1\u00a0procentenhet", SV.points(0.0125, sign=False)),
        ("+18 to +31\u00a0percentage points", EN.points(0.18, 0.31)),
        ("+18\u00a0percentage points", EN.points(0.179, 0.181)),
        ("p\u00a0=\u00a00.033", EN.p(0.0332)),
        ("p\u00a0<\u00a00,001", FI.p(0.0001)),
        ("p\u00a0=\u00a00.011 to 0.065", EN.p(0.011, 0.065)),
        ("9–31%", EN.interval(0.09, 0.31)),
        ("−26 till +2", SV.interval(-0.26, 0.02, sign=True)),
        ("−26…+2", FI.numbers_range(-26, 2)),
        ("n\u00a0=\u00a080", EN.size(80)),
        ("hösten 2020", SV.wave("2020-autumn")),
        ("syyskuu 2020", FI.wave("2020-09")),
        ("Q3 2020", EN.wave("2020-Q3")),
        ("2020", EN.wave("2020")),
        ("september 2020", SV.fieldwork("2020-autumn")),
        ("Lukio", FI.group("general", "single")),
        ("ammatillisissa oppilaitoksissa", FI.within("vocational")),
        ("a, b and c", EN.listed(["a", "b", "c"])),
        ("“Planned” or further", EN.stage_phrase("at_least", "planned")),
        ("”Monipuolisia kokemuksia”", FI.stage_phrase("at_least", "versatile")),
    ],
)
def test_numbers_and_names_follow_the_language(known: str, found: str) -> None:
    assert found == known


def test_values_are_put_in_as_they_are() -> None:
    assert EN.quoted("{n} <b>") == "“{n} <b>”"


def test_a_missing_key_is_named_with_its_file_and_language() -> None:
    with pytest.raises(RequestError, match=r"words/common.toml has no key 'nothing' \(asked for in 'sv'\)"):
        SV.say("common.nothing")


def test_a_language_that_the_codebook_lacks_is_refused() -> None:
    with pytest.raises(RequestError, match="lang is 'de'; use one of fi, sv, en"):
        Voice(CODEBOOK, "de")


def test_another_language_is_a_folder_of_word_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "common.toml").write_text('[join]\nnb = "{first} og {last}"\n', encoding="utf-8")
    monkeypatch.setenv("MATURITY_WORDS", str(tmp_path))
    assert find_words("common.join", "nb") == "{first} og {last}"
    assert find_words("common.join", "sv") == "{first} och {last}"
    with pytest.raises(
        RequestError, match=r"no words in 'nb', only in .* \(words/common.toml, key 'quoted'\)"
    ):
        find_words("common.quoted", "nb")


def test_the_source_line_gives_the_n_of_each_group() -> None:
    survey = load_survey()
    first = survey[survey["wave"] == "2020-autumn"]
    assert voice_of(first).source_line(first) == (
        "Source: Finnish National Agency for Education. Fieldwork: September 2020 "
        "(n: Vocational 80, General upper secondary 95). Percentages as published."
    )
    assert "syksy 2021 (n: Kaikki 128)" in voice_of(survey, "fi").source_line(survey)


def test_the_source_line_says_what_was_assumed() -> None:
    survey = load_survey()
    frame = survey[survey["wave"] == "2020-autumn"].copy()
    frame.attrs |= {
        "wave": "2020-autumn",
        "basis": "recovered",
        "n_tables": 9,
        "n": {"vocational": 80, "general": [95, 97]},
        "assumed": {"n": {"general": [95, 97]}, "rounding": ["nearest"]},
    }
    line = voice_of(frame).source_line(frame)
    assert "General upper secondary 95 to 97" in line
    assert "9 tables are possible" in line
    assert "(n) are assumed. Rounding assumed: to the nearest, halves either way." in line


def test_figures_that_were_never_printed_so_are_said_in_whole_per_cent() -> None:
    survey = load_survey().assign(percent=[100 / 3] * 17)
    survey.attrs = {
        "codebook": CODEBOOK.declare_all({w: {"decimals": None} for w in survey["wave"].unique()})
    }
    assert voice_of(survey).decimals == 0
    survey["percent"] = 33.3
    assert voice_of(survey).decimals == 1


def test_a_level_keeps_its_decimals() -> None:
    assert (EN.level(0.95), FI.level(0.975)) == ("95%", "97,5\u00a0%")


def test_an_interval_that_excludes_zero_does_not_read_as_if_it_held_it() -> None:
    voice = Voice(load_codebook(), "en")
    assert voice.interval(0.004, 0.08, sign=True) == "+0.4 to +8.0"
    assert voice.interval(-0.08, -0.0004, sign=True) == "−8.00 to −0.04"
    assert voice.interval(0.0, 0.08, sign=True) == "0 to +8"
    assert voice.interval(-0.004, 0.08, sign=True) == "0 to +8"
    assert voice.interval(1e-9, 0.08, sign=True) == "0 to +8"
    assert voice.interval(0.02, 0.34, sign=True) == "+2 to +34"
