"""What a cell of a coded column may say."""

import copy
import unicodedata
from itertools import product

import pytest

from analysis.codebook import Codebook, load_codebook
from analysis.survey.cells import Vocabulary, read_wave_id
from analysis.words.language import Voice


def read(column, cell, codebook=None):
    return Vocabulary(codebook or load_codebook(), column).read(cell)


@pytest.mark.parametrize("cell", ["vocational", "VOCATIONAL", "Vocational"])
def test_a_code_may_have_any_case(cell):
    assert read("group", cell).value == "vocational"


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("stage", "Ei lainkaan", "not_at_all"),
        ("stage", "inte alls", "not_at_all"),
        ("stage", "Preparing or piloting", "piloting"),
        ("stage", "Förbereds eller piloteras", "piloting"),
        ("stage", "FÖRSÖK", "experiments"),
        ("stage", unicodedata.normalize("NFD", "Försök"), "experiments"),
        ("stage", "Olemme suunnitelleet sitä", "planned"),
        ("group", "Lukiot", "general"),
        ("group", "Yrkesläroanstalter", "vocational"),
        ("group", "Kaikki", "all"),
        ("group", "Lukio", "general"),
        ("group", "Gymnasium", "general"),
        ("group", "ammatillinen oppilaitos", "vocational"),
        ("group", "Yrkesläroanstalt", "vocational"),
        ("group", "ammatillinen\noppilaitos", "vocational"),
        ("group", "ammatillinen  \u00a0oppilaitos", "vocational"),
    ],
)
def test_a_label_of_the_codebook_is_a_code_and_is_noted(column, cell, code):
    reading = read(column, cell)
    assert reading.value == code
    assert code in reading.note


def test_every_label_of_the_codebook_means_its_code():
    codebook = load_codebook()
    for column, codes in (("group", codebook.groups), ("stage", codebook.stages)):
        for code in codes:
            for form, lang in product(("labels", "short", "single", "answer"), ("fi", "sv", "en")):
                assert read(column, codebook.word(column, code, lang, form)).value == code


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("vocatinal", "did you mean 'vocational'?"),
        ("Lukioo", "did you mean 'lukio', which is 'general'?"),
        ("universities", "use one of all, vocational, general"),
        ("v\u043ecational", "U+043E CYRILLIC SMALL LETTER O"),
        ("vo\u0301cational", "U+0301"),
        ("x\nOK: 15 rows added", "<U+000A>"),
        ("vocational\n", "<U+000A>"),
        ("ammatillinen\u2009oppilaitos", "U+2009 THIN SPACE"),
        ("<script>", "'<script>'"),
        ("2", "'2'"),
    ],
)
def test_another_word_is_refused_with_what_would_be_right(cell, words):
    reading = read("group", cell)
    assert reading.value is None
    assert reading.flaw[0] == "unknown-group"
    assert words in reading.flaw[1]


def test_a_look_alike_of_an_ascii_letter_is_not_folded_to_it():
    content = copy.deepcopy(dict(load_codebook()))
    content["resources"][0]["schema"]["fields"][2]["categories"][0]["value"] = "kind"
    codebook = Codebook(content)
    assert read("stage", "KIND", codebook).value == "kind"
    assert read("stage", "\u212aind", codebook).value is None


def test_a_label_that_two_codes_share_means_neither():
    codebook = Codebook(copy.deepcopy(dict(load_codebook())))
    for category in codebook["resources"][0]["schema"]["fields"][2]["categories"][:2]:
        category["labels"]["en"] = "Not yet"
    assert read("stage", "Not yet", codebook).value is None
    assert read("stage", "planned", codebook).value == "planned"


def test_an_empty_cell_is_not_filled():
    reading = read("group", "")
    assert reading.value is None
    assert reading.flaw[0] == "empty-cell"


@pytest.mark.parametrize(
    "cell", ["2022-autumn", "2022-AUTUMN", "1999-spring", "2022", "2022-Q3", "2022-q3", "2022-09"]
)
def test_a_wave_is_a_year_or_a_part_of_one(cell):
    assert read_wave_id(cell).value == cell.lower().replace("q", "Q")


@pytest.mark.parametrize("lang", ["fi", "sv", "en"])
@pytest.mark.parametrize(
    "wave",
    ["2022", "2022-spring", "2022-autumn", "2022-Q1", "2022-Q4", *(f"2022-{m:02}" for m in range(1, 13))],
)
def test_a_wave_is_read_as_it_is_printed(wave, lang):
    printed = Voice(load_codebook(), lang).wave(wave)
    assert read_wave_id(printed).value == wave
    assert read_wave_id(printed.upper()).value == wave


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("2022-Q5", "'2022-Q5'"),
        ("syys.20", "'syys.20'"),
        ("2020-13", "use YYYY, YYYY-spring, YYYY-autumn, YYYY-Qn or YYYY-MM"),
        ("2022\u2010autumn", "U+2010 HYPHEN"),
        ("2022–autumn", "U+2013 EN DASH"),
        ("２022-autumn", "U+FF12"),
        ("../../evil", "'../../evil'"),
        ("2022-autumn\n", "<U+000A>"),
        ("2022-winter", "time of fieldwork"),
        ("", "wave is empty"),
    ],
)
def test_nothing_else_is_a_wave(cell, words):
    reading = read_wave_id(cell)
    assert reading.value is None
    assert words in reading.flaw[1]
