"""What a cell of a coded column may say."""

import copy
import unicodedata
from itertools import product

import pytest

from analysis.codebook import Codebook, load_codebook
from analysis.survey.cells import Vocabulary, read_wave_id
from analysis.survey.ledger import Ledger
from analysis.words.language import Voice


def read(column, cell, codebook=None):
    ledger = Ledger("table")
    return Vocabulary(codebook or load_codebook(), column).read(cell, 9, ledger), ledger


@pytest.mark.parametrize("cell", ["vocational", "VOCATIONAL", "Vocational"])
def test_a_code_may_have_any_case(cell):
    assert read("group", cell)[0] == "vocational"


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
    ],
)
def test_a_label_of_the_codebook_is_a_code_and_is_noted(column, cell, code):
    found, ledger = read(column, cell)
    assert found == code
    assert code in ledger.notes[0]


def test_every_label_of_the_codebook_means_its_code():
    codebook = load_codebook()
    for column, codes in (("group", codebook.groups), ("stage", codebook.stages)):
        for code in codes:
            for form, lang in product(("labels", "short", "single", "answer"), ("fi", "sv", "en")):
                assert read(column, codebook.word(column, code, lang, form))[0] == code


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("vocatinal", "did you mean 'vocational'?"),
        ("Lukioo", "did you mean 'lukio', which is 'general'?"),
        ("universities", "use one of all, vocational, general"),
        ("v\u043ecational", "U+043E CYRILLIC SMALL LETTER O"),
        ("vo\u0301cational", "U+0301"),
        ("x\nOK: 15 rows added", "<U+000A>"),
        ("<script>", "'<script>'"),
        ("2", "'2'"),
    ],
)
def test_another_word_is_refused_with_what_would_be_right(cell, words):
    code, ledger = read("group", cell)
    assert code is None
    assert ledger.problems[0][:4] == ("9", "group", cell, "unknown-group")
    assert words in ledger.problems[0].problem


def test_a_look_alike_of_an_ascii_letter_is_not_folded_to_it():
    codebook = Codebook(copy.deepcopy(dict(load_codebook())))
    codebook["resources"][0]["schema"]["fields"][2]["categories"][0]["value"] = "kind"
    assert read("stage", "KIND", codebook)[0] == "kind"
    assert read("stage", "\u212aind", codebook)[0] is None


def test_a_label_that_two_codes_share_means_neither():
    codebook = Codebook(copy.deepcopy(dict(load_codebook())))
    for category in codebook["resources"][0]["schema"]["fields"][2]["categories"][:2]:
        category["labels"]["en"] = "Not yet"
    assert read("stage", "Not yet", codebook)[0] is None
    assert read("stage", "planned", codebook)[0] == "planned"


def test_an_empty_cell_is_not_filled():
    code, ledger = read("group", "")
    assert code is None
    assert ledger.problems[0].rule == "empty-cell"


@pytest.mark.parametrize(
    "cell", ["2022-autumn", "2022-AUTUMN", "1999-spring", "2022", "2022-Q3", "2022-q3", "2022-09"]
)
def test_a_wave_is_a_year_or_a_part_of_one(cell):
    assert read_wave_id(cell, 2, Ledger("table")) == cell.lower().replace("q", "Q")


@pytest.mark.parametrize("lang", ["fi", "sv", "en"])
@pytest.mark.parametrize(
    "wave",
    ["2022", "2022-spring", "2022-autumn", "2022-Q1", "2022-Q4", *(f"2022-{m:02}" for m in range(1, 13))],
)
def test_a_wave_is_read_as_it_is_printed(wave, lang):
    printed = Voice(load_codebook(), lang).wave(wave)
    assert read_wave_id(printed, 2, Ledger("table")) == wave
    assert read_wave_id(printed.upper(), 2, Ledger("table")) == wave


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
    ledger = Ledger("table")
    assert read_wave_id(cell, 2, ledger) is None
    assert words in ledger.problems[0].problem
