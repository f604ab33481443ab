"""Text into records of cells."""

import csv
import io

import pytest
from hypothesis import given, strategies as st

from analysis.survey.sheets import LONGEST_CELL, split_records, unify_line_ends


def records(text, separator=","):
    return [(record.line, record.cells) for record in split_records(text, separator)]


def flaws(text):
    return [(record.line, record.flaw[0]) for record in split_records(text, ",") if record.flaw]


def test_cells_stand_between_separators():
    assert records("a,b\nc,,d") == [(1, ["a", "b"]), (2, ["c", "", "d"])]


def test_a_quoted_cell_may_hold_separators_quotes_and_line_ends():
    assert records('a,"b, ""c""\nd"\ne,f\n') == [(1, ["a", 'b, "c"\nd']), (3, ["e", "f"])]


def test_a_separator_at_the_end_of_a_quoted_record_opens_an_empty_cell():
    assert records('"a",\n"b",') == [(1, ["a", ""]), (2, ["b", ""])]


def test_blank_rows_next_to_each_other_are_one_record_and_lines_go_on():
    assert records("a,b\n\n,,\n \nc,d\n,") == [(1, ["a", "b"]), (2, []), (5, ["c", "d"]), (6, [])]


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ('a,b\nc,"d\ne,f\n', (2, "unclosed-quote")),
        ('a,b\nvoca"tional,d\n', (2, "stray-quote")),
        ('a,b\n"c"d,e\n', (2, "stray-quote")),
        ('a,b\n "c",e\n', (2, "stray-quote")),
        ('a,b\n"c" ,e\n', (2, "stray-quote")),
        ('a,b\n"c,d\n"e",f\n', (2, "stray-quote")),
        ('a,b\n"' + "x\n" * 3 * LONGEST_CELL + 'x"",c\n', (2, "unclosed-quote")),
    ],
)
def test_a_wrong_quote_is_an_error_where_it_opens(text, flaw):
    assert flaws(text)[0] == flaw


def test_rows_below_a_wrong_quote_are_read_on():
    assert records('a,b\nc,"d\ne,f\n')[-1] == (3, ["e", "f"])


@pytest.mark.parametrize(
    ("text", "unified"),
    [
        ("a\r\nb\r\n", "a\nb\n"),
        ("a\rb\r", "a\nb\n"),
        ("a\nb\r\nc", "a\nb\nc"),
        ('a\n"b\rc"\n', 'a\n"b\rc"\n'),
        ("a\rb\nc\r", "a\nb\nc\n"),
    ],
)
def test_the_first_line_says_what_ends_a_line(text, unified):
    assert unify_line_ends(text)[0] == unified


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=8)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=3), min_size=1, max_size=5), st.sampled_from(",;\t"))
def test_what_a_strict_writer_wrote_is_read_back(rows, separator):
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    found = list(split_records(text.getvalue(), separator))
    assert [record.cells for record in found] == rows
    assert not any(record.flaw for record in found)


@given(st.text(st.sampled_from('a",\n '), max_size=40))
def test_any_text_is_split_to_its_end_with_lines_in_order(text):
    found = list(split_records(text, ","))
    lines = [record.line for record in found]
    assert lines == sorted(set(lines))
    assert all(1 <= line <= text.count("\n") + 1 for line in lines)
