"""Rules as linear pieces: each bound of a cell over the pieces is the bound over the listed columns."""

from __future__ import annotations

from math import isfinite

import pytest
from brute import columns_that_print
from builders import codebook_of_codes
from hypothesis import given, settings, strategies as st

from analysis.errors import RecoveryError, RequestError
from analysis.old.counts.solving.candidates import read_rounding
from analysis.old.counts.solving.pieces import _PIECES, rule_pieces
from analysis.old.counts.solving.printed import Printed
from analysis.old.counts.solving.programs import linear_bounds
from analysis.old.rounding import RULES, publish


def test_every_rule_has_its_pieces() -> None:
    assert set(_PIECES) == set(RULES)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_rows_of_one_piece_among_several_bound_counts_on_one_side(rule: str) -> None:
    """So one program can set aside the pieces that do not hold, by widening that side."""
    pieces = rule_pieces(rule, (33, 33, 34), 100)
    rows = [row for piece in pieces for row in piece] if len(pieces) > 1 else []
    assert [row for row in rows if row.of_aid or (isfinite(row.low) and isfinite(row.high))] == []


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 30), min_size=3, max_size=3).filter(any),
    st.sampled_from(sorted(RULES)),
    st.sampled_from(["nearest", "largest_remainder", "adjust_last", "adams"]),
)
def test_pieces_bound_a_cell_as_its_columns_do(counts: list[int], rule: str, printer: str) -> None:
    try:
        printed = tuple(publish(counts, printer))
    except RequestError:
        return
    n = sum(counts)
    codebook = codebook_of_codes(["a", "b", "c"], ["g"])
    wave = Printed("w", codebook, ("g",), None, {"g": printed}, {"g": (None,) * 3}, {"g": (n,)}, 0)
    known = columns_that_print(rule, printed, n)
    for cell in range(3):
        if known:
            low, high, proved = linear_bounds(wave, read_rounding(rule), {("g", cell): 1.0})
            assert (low, high) == (min(c[cell] for c in known), max(c[cell] for c in known))
            assert proved
        else:
            with pytest.raises(RecoveryError, match="no table of counts fits"):
                linear_bounds(wave, read_rounding(rule), {("g", cell): 1.0})


def test_a_rule_of_one_piece_stays_one_for_any_number_of_stages() -> None:
    for rule in ("half_up", "largest_remainder", "webster", "floor_or_ceiling"):
        assert len(rule_pieces(rule, (10,) * 10, 100)) == 1
    assert len(rule_pieces("adjust_minimal", (10,) * 10, 100)) == 2
