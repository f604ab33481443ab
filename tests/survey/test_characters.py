"""Characters that must not pass unseen."""

import unicodedata

import pytest

from analysis.errors import FORBIDDEN, find_forbidden
from analysis.survey.cells import starts_formula, tell_foreign
from analysis.survey.sheets import GARBLED


@pytest.mark.parametrize(
    ("character", "rule"),
    [
        ("\x00", "control-character"),
        ("\t", "control-character"),
        ("\r", "control-character"),
        ("\x1b", "control-character"),
        ("\x85", "control-character"),
        ("\u2028", "control-character"),
        ("\u202e", "bidi-control"),
        ("\u2066", "bidi-control"),
        ("\u061c", "bidi-control"),
        ("\u200b", "invisible-character"),
        ("\u00ad", "invisible-character"),
        ("\ufeff", "invisible-character"),
        ("\U000e0041", "invisible-character"),
        ("\ufdd0", "control-character"),
        ("\U0001ffff", "control-character"),
    ],
)
def test_a_character_that_cannot_be_seen_is_named_by_code_point(character, rule):
    found, reason = find_forbidden(f"OPH{character} 2022")
    assert found == rule
    assert reason.startswith(f"U+{ord(character):04X}")


def test_every_format_and_control_character_but_the_line_feed_is_forbidden():
    passing = {
        chr(code)
        for code in range(0x110000)
        if unicodedata.category(chr(code)) in {"Cc", "Zl", "Zp", "Cs"} and not FORBIDDEN.match(chr(code))
    }
    assert passing == {"\n"}


@pytest.mark.parametrize(
    "text", ["äöå – §", "中 😀", "אבג", "a\u0308", "1\u00a0250", "line 1\nline 2", "<b>&"]
)
def test_other_text_of_the_world_is_legal(text):
    assert find_forbidden(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "=1",
        "+1",
        "-1",
        "@x",
        " =1",
        "\u00a0=1",
        "\n=1",
        "\t=1",
        "\u3000=1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "﹦1",
    ],
)
def test_text_that_a_spreadsheet_would_run_is_told(text):
    assert starts_formula(text)


@pytest.mark.parametrize("text", ["", "OPH", "a=b", "'=1", "– since 2020", "−1"])
def test_text_that_no_spreadsheet_would_run_is_not(text):
    assert not starts_formula(text)


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("v\u043ecational", "U+043E CYRILLIC SMALL LETTER O"),
        ("p\u0131loting", "U+0131 LATIN SMALL LETTER DOTLESS I"),
        ("ver\u017fatile", "U+017F LATIN SMALL LETTER LONG S"),
        ("\u212aind", "U+212A KELVIN SIGN"),
        ("\uff41ll", "U+FF41 FULLWIDTH LATIN SMALL LETTER A"),
    ],
)
def test_a_look_alike_is_named(word, name):
    assert tell_foreign(word) == f"; it holds {name}"


def test_latin_letters_with_accents_are_at_home():
    assert tell_foreign("FÖRBEREDS Åbo é ü") == ""


@pytest.mark.parametrize("text", ["yleissivistÃ¤vÃ¤", "syksy â€“ kevÃ¤t", "Â§ 3", "tyttÃ¶"])
def test_text_that_was_decoded_wrongly_looks_garbled(text):
    assert GARBLED.search(text)


@pytest.mark.parametrize("text", ["yleissivistävä", "SÃO PAULO", "Ångström", "été", "Â"])
def test_sound_text_does_not_look_garbled(text):
    assert not GARBLED.search(text)
