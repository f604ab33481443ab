"""What is found while a table is read."""

from analysis.survey.ledger import MOST_PROBLEMS, Ledger, sort_problems, span


def test_the_same_note_in_many_cells_is_one_note():
    ledger = Ledger("table")
    for line in (3, 4, 9):
        ledger.note("percent: the sign % left out", line)
    ledger.note("read as Windows-1252")
    assert ledger.notes == ["percent: the sign % left out (3 times, first on line 3)", "read as Windows-1252"]


def test_reading_stops_where_problems_are_too_many_and_says_so():
    ledger = Ledger("table")
    for line in range(2, 5000):
        ledger.refuse(line, "percent", "x", "not-a-number", "percent is 'x'")
    assert len(ledger.problems) == MOST_PROBLEMS
    assert ledger.full
    assert "reading stopped here" in ledger.problems[-1].problem


def test_problems_come_by_their_first_line():
    ledger = Ledger("table")
    for line in ("12-15", 9, "", "2, 7"):
        ledger.refuse(line, "", "", "rule", "problem")
    assert [problem.line for problem in sort_problems(ledger.problems)] == ["", "2, 7", "9", "12-15"]


def test_lines_next_to_each_other_are_a_range():
    assert span([9, 7, 8, 14, 2]) == "2, 7-9, 14"
