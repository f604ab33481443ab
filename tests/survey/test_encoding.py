"""Bytes into text."""

from contextlib import suppress

import pytest
from hypothesis import given, strategies as st
from incoming import LINES, WAVE

from analysis.errors import SurveyDataError
from analysis.survey.ledger import Ledger
from analysis.survey.opening import decode

FINNISH = "kysely, syyskuu – yleissivistävä, ”Åbo”, 5 €, OPH’n §"


def decoded(data):
    return decode(data, Ledger("file"))[0]


def refusal(data):
    with pytest.raises(SurveyDataError) as caught:
        decode(data, Ledger("file"))
    return caught.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_of_the_offices_of_finland_is_read(encoding):
    assert decoded(FINNISH.encode(encoding)) == FINNISH


@pytest.mark.parametrize(("mark", "encoding"), [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")])
def test_utf16_is_read_by_its_mark_only(mark, encoding):
    assert decoded(mark + WAVE.encode(encoding)) == WAVE
    assert "UTF-16 without a byte-order mark" in str(refusal(WAVE.encode(encoding)))


def test_a_file_with_many_zeros_is_not_taken_for_utf16():
    assert "UTF-16" not in str(refusal(b"\0\0\0\1data\xff\0\0" * 9))


def test_one_wrong_byte_in_utf8_is_an_error_at_its_line():
    lines = [line.encode() + b" \xc3\xa4" for line in LINES]
    lines[8] = LINES[8].encode() + b" \xe4"
    problems = refusal(b"\n".join(lines)).problems
    assert [(problem.line, problem.rule) for problem in problems] == [("9", "encoding")]
    assert "0xE4" in problems[0].problem
    assert "'ä' in Windows-1252" in problems[0].problem


def test_two_encodings_pasted_together_are_not_read_as_one():
    assert refusal("ruoŧŧa\n".encode() + "tämä\n".encode("cp1252")).problems[0].line == "2"


def test_every_wrong_line_is_named():
    data = b"a\xc3\xa4\r\nb\xe4\r\nc\r\nd\xff\r\n"
    assert [problem.line for problem in refusal(data).problems] == ["2", "4"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("tämä", "mac-roman"),
        ("tämä työ", "cp850"),
        ("työ", "cp850"),
        ("yötyö", "cp850"),
        ("ÄITI", "mac-roman"),
        ("šakki", "iso-8859-15"),
        ("привет", "koi8-r"),
        ("привет", "cp1251"),
        ("õpe", "cp1257"),
        ("żółw", "cp1250"),
    ],
)
def test_another_code_page_is_not_taken_for_windows_1252(text, encoding):
    refusal(f"wave\n{text}\n".encode(encoding))


@pytest.mark.parametrize("data", [b"a\xed\xa0\x80b", b"a\xc0\xafb", b"a\xf5\x80\x80\x80b", b"a\xc3"])
def test_surrogates_and_overlong_forms_are_not_utf8(data):
    assert refusal(data).problems[0].rule == "encoding"


@given(st.binary(max_size=200))
def test_any_bytes_end_in_text_or_in_a_refusal(data):
    with suppress(SurveyDataError):
        decoded(data).encode()
