"""All tables of one wave: the same number listed, counted and sampled, and none where none fits."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.old.counts.solving.candidates import TooManyError, read_rounding
from analysis.old.counts.solving.printed import Printed, read_printed
from analysis.old.counts.solving.solutions import find_tables, list_tables, number_of, possible_counts
from analysis.survey.table import load_survey


@pytest.fixture(scope="module")
def deck() -> Printed:
    return read_printed(load_survey(), "2020-autumn")


def test_a_list_a_number_and_a_sample_agree(deck: Printed) -> None:
    rounding = read_rounding(["within_one", "floor_or_ceiling"])
    listed = find_tables(deck, rounding, max_tables=31, seed=0)
    sampled = find_tables(deck, rounding, max_tables=30, seed=0)
    assert (listed.status, len(listed.tables)) == ("several", 31)
    assert (sampled.status, sampled.n_tables, len(sampled.tables)) == ("too_many", 31, 1_000)
    assert number_of(deck, rounding, 0) == 31
    assert listed.admitted == {"within_one": 31, "floor_or_ceiling": 4}
    assert {t.tobytes() for t in sampled.tables} == {t.tobytes() for t in listed.tables}


def test_a_list_without_a_number_is_the_same_list_or_none(deck: Printed) -> None:
    rounding = read_rounding("within_one")
    listed = find_tables(deck, rounding, max_tables=31, seed=0).tables
    np.testing.assert_array_equal(list_tables(deck, rounding, 31), listed)
    for wave in (deck, deck._replace(total=None)):
        with pytest.raises(TooManyError):
            list_tables(wave, rounding, 30)


def test_the_counts_of_each_cell_are_those_of_the_tables(deck: Printed) -> None:
    rounding = read_rounding("within_one")
    tables = find_tables(deck, rounding, max_tables=31, seed=0).tables
    counts = possible_counts(deck, rounding)
    assert counts is not None
    for place, group in enumerate(deck.groups):
        assert counts[group] == [np.unique(cell).tolist() for cell in tables[:, place].T]
    assert counts["all"] == [np.unique(cell).tolist() for cell in tables.sum(1).T]


def test_large_groups_are_too_many_or_none(deck: Printed) -> None:
    large = deck._replace(sizes={"vocational": (4_000,), "general": (4_750,), "all": (8_750,)})
    found = find_tables(large, read_rounding("largest_remainder"), max_tables=10, seed=0)
    assert found.status == "too_many"
    assert isinstance(found.n_tables, dict)
    heavy = deck._replace(sizes={"vocational": (8_000,), "general": (750,), "all": (8_750,)})
    assert find_tables(heavy, read_rounding("largest_remainder"), max_tables=10, seed=0).status == "none"


def test_sampled_tables_add_up_to_their_n(deck: Printed) -> None:
    large = deck._replace(sizes={"vocational": (4_000,), "general": (4_750,), "all": None})
    tables = find_tables(large, read_rounding("nearest"), max_tables=10, seed=0).tables
    assert len(tables) == 1_000
    assert np.unique(tables.sum(2), axis=0).tolist() == [[4_000, 4_750]]


def test_groups_without_a_total_multiply(deck: Printed) -> None:
    sizes = {"vocational": tuple(range(60, 261)), "general": tuple(range(60, 261))}
    free = deck._replace(total=None, sizes=sizes)
    rounding = read_rounding(["nearest", "largest_remainder"])
    alone = [
        number_of(free._replace(groups=(group,)), read_rounding("largest_remainder"), 0)
        for group in free.groups
    ]
    found = find_tables(free, rounding, max_tables=10, seed=0)
    assert found.n_tables == alone[0] * alone[1]  # nearest columns that add up to 100 are among them
    assert found.n_tables == number_of(free, rounding, 0)
    assert (found.status, len(found.tables)) == ("too_many", 1_000)
    counts = possible_counts(free, rounding)
    assert counts is not None
    assert list(counts) == ["vocational", "general"]


def test_a_counted_wave_has_its_own_counts(deck: Printed) -> None:
    known = {"vocational": (15, 15, 22, 26, 2), "general": (20, 21, 9, 39, 6), "all": (None,) * 5}
    counts = possible_counts(deck._replace(counts=known), read_rounding("half_up"))
    assert counts is not None
    assert counts["general"] == [[20], [21], [9], [39], [6]]
    assert counts["all"] == [[35], [36], [31], [65], [8]]
