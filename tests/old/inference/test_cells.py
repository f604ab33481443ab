"""Tables of counts as arrays: what is read, what is refused, what is summed."""

from __future__ import annotations

import numpy as np
import pytest
from builders import DECK, counts_frame, tables_frame

from analysis.errors import RecoveryError, RequestError
from analysis.old.inference.cells import common, measured, printed, read_cells, upwards, with_total


def test_a_counts_frame_is_one_table():
    cells = read_cells(counts_frame(DECK))
    assert cells.counts.tolist() == [list(DECK.values())]
    assert cells.n.tolist() == [[80, 95]]
    assert (cells.n_tables, cells.wave, cells.basis) == (1, "2020-autumn", "counted")


def test_count_tables_are_as_many_tables_as_rows():
    other = {**DECK, "general": [20, 21, 10, 39, 6]}
    cells = read_cells(tables_frame([DECK, other]))
    assert cells.counts[1].tolist() == list(other.values())
    assert cells.n.tolist() == [[80, 95], [80, 96]]


def test_stages_stand_in_the_order_of_their_category_however_the_rows_come():
    shuffled = counts_frame(DECK).iloc[[3, 0, 4, 1, 2]]
    assert read_cells(shuffled).counts.tolist() == [list(DECK.values())]


def test_a_total_beside_its_parts_is_left_out():
    total = [35, 36, 31, 65, 8]
    assert read_cells(counts_frame({"all": total, **DECK})).groups == ["vocational", "general"]
    assert read_cells(counts_frame({"all": total})).groups == ["all"]


def test_the_total_takes_its_place_in_the_codebook():
    cells = with_total(read_cells(counts_frame(DECK)))
    assert cells.groups == ["all", "vocational", "general"]
    assert cells.counts[0, 0].tolist() == [35, 36, 31, 65, 8]


def test_some_of_the_parts_have_no_total():
    assert with_total(read_cells(counts_frame({"general": DECK["general"]}))).groups == ["general"]


def test_cumulative_counts_leave_the_first_stage_out():
    stages, found = measured(read_cells(counts_frame(DECK)), "at_least")
    assert stages == ["planned", "piloting", "experiments", "versatile"]
    assert found[0, 0].tolist() == [65, 50, 28, 2]
    assert upwards(np.array([1, 2, 3])).tolist() == [5, 3]


def test_printed_figures_are_the_published_ones():
    cells = with_total(read_cells(counts_frame(DECK)))
    known = [[20, 20, 18, 37, 5], [19, 19, 28, 32, 2], [21, 22, 10, 41, 6]]  # the deck
    assert printed(cells, "stage").tolist() == known
    assert printed(cells, "at_least")[1].tolist() == [81, 62, 34, 2]  # sums of the printed figures


def test_tables_that_print_differently_have_no_printed_figure():
    other = {**DECK, "general": [20, 21, 10, 39, 5]}
    figures = printed(read_cells(tables_frame([DECK, other])), "stage")
    assert figures[0].tolist() == [19, 19, 28, 32, 2]
    assert np.isnan(figures[1]).any()


def test_what_tables_share_is_kept_and_never_averaged():
    np.testing.assert_array_equal(common(np.array([[1, 2], [1, 4]])), [1, np.nan])


@pytest.mark.parametrize(
    "bad", [[1.5, 1, 1, 1, 1], [-1, 1, 1, 1, 1], [np.nan, 1, 1, 1, 1], ["a", 1, 1, 1, 1]]
)
def test_anything_but_whole_numbers_is_refused(bad):
    with pytest.raises(RequestError, match="whole numbers of answers"):
        read_cells(counts_frame({"vocational": bad, "general": [1, 1, 1, 1, 1]}))


def test_no_table_at_all_is_refused():
    with pytest.raises(RecoveryError, match="no table of counts fits"):
        read_cells(tables_frame([DECK]).iloc[:0])


def test_published_figures_go_before_computed_ones():
    other = {**DECK, "general": [20, 21, 10, 39, 5]}
    frame = tables_frame([DECK, other])
    frame.attrs["percent"] = {"general": [21, 22, 10, 41, 6]}
    figures = printed(read_cells(frame), "stage")
    assert figures.tolist() == [[19, 19, 28, 32, 2], [21, 22, 10, 41, 6]]


def test_a_sample_of_too_many_tables_is_refused():
    frame = tables_frame([DECK])
    frame.attrs |= {"status": "too_many", "n_tables": 14620}
    with pytest.raises(RecoveryError, match=r"14620 tables .* a sample of them bounds nothing"):
        read_cells(frame)
