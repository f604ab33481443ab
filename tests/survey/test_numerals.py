"""Numbers by a closed pattern."""

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from analysis.survey.cells import read_integer, read_numeral


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("19", "19"),
        ("19.5", "19.5"),
        ("19,5", "19.5"),
        ("16,0", "16"),
        ("16.00", "16"),
        ("19.50", "19.5"),
        ("007", "7"),
        ("0", "0"),
        ("0,50", "0.5"),
        (".5", "0.5"),
        (",5", "0.5"),
        ("13.750000000000002", "13.75"),
        ("49.99999999999999", "50"),
        ("9.803921568627452", "9.8039215686"),
        ("99.99999999999999", "100"),
        ("0.000012345678901234", "0.0000123457"),
        ("123456789012345", "123456789012345"),
        ("12.34567891234", "12.3456789123"),
        ("12.3456789123", "12.3456789123"),
        ("0.12345678912", "0.12345678912"),
        ("1\u00a0250", "1250"),
        ("1\u202f250\u202f000", "1250000"),
    ],
)
def test_a_number_is_kept_without_what_says_nothing(text, plain):
    assert read_numeral(text) == plain


@pytest.mark.parametrize("text", ["19%", "19 %", "19\u00a0%", "19\u202f%"])
def test_a_percentage_may_carry_its_sign(text):
    assert read_numeral(text, percent=True) == "19"
    assert read_numeral(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "x", "NaN", "nan", "inf", "1e3", "1E3", "2_4", "0x18", "+5", ".", "5.", "1 250", "1'250"),
        *(
            "1\u00a025",
            "12\u00a0\u00a0500",
            "1.2.3",
            "1,250.5",
            "٢٤",
            "２４",
            "2⁴",
            "½",
            "−5",
            "5-",
            "--5",
            "5%%",
        ),
        *("<5", "..", "..", "-", "*", "5*", "5 (3)", "10-20", "#DIV/0!", "=1+1", "1\n", "TRUE"),
    ],
)
def test_nothing_else_is_a_number(text):
    assert read_numeral(text) is None


@pytest.mark.parametrize("text", ["-5", "-0", "-0,5"])
def test_a_minus_is_seen(text):
    assert read_numeral(text).startswith("-")


@pytest.mark.parametrize("text", ["1.250", "1,250", "1.000", "12,500"])
def test_three_digits_behind_a_mark_may_be_thousands(text):
    rule, problem = read_integer("n", text).flaw
    assert rule == "not-an-integer"
    assert "and a fraction?" in problem


@pytest.mark.parametrize("text", ["90.0", "90.00", "1250", "1.2500", "1\u00a0250", "1.25"])
def test_other_digits_behind_a_mark_are_decimals(text):
    reading = read_integer("n", text)
    assert reading.flaw is None or "and a fraction?" not in reading.flaw[1]


@given(st.text(max_size=12))
def test_whatever_is_taken_for_a_number_is_one(text):
    numeral = read_numeral(text, percent=True)
    if numeral is not None:
        assert numeral.isascii()
        assert float(numeral) >= 0


@given(st.decimals(0, 100, places=2), st.sampled_from(".,"))
def test_a_number_keeps_its_value(number, mark):
    assert float(read_numeral(f"{number:f}".replace(".", mark))) == float(number)


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_percentage_computed_in_binary_comes_back_to_its_fraction(count, more):
    n = count + more
    found = float(read_numeral(f"{Decimal(repr(count / n * 100)):f}"))
    assert abs(found - 100 * count / n) <= 1e-10
