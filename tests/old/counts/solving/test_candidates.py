"""Columns of each group, and the tables that they make under the total."""

from __future__ import annotations

import json

import numpy as np
import pytest
from brute import tables_that_print
from builders import codebook_of_codes
from hypothesis import assume, given, settings, strategies as st

from analysis.errors import RequestError
from analysis.old.counts.solving import candidates
from analysis.old.counts.solving.candidates import (
    TooManyError,
    from_record,
    join_columns,
    list_columns,
    read_rounding,
    to_record,
)
from analysis.old.counts.solving.printed import Printed
from analysis.old.rounding import publish

RULES = ["half_up", "nearest", "largest_remainder", "adjust_minimal", "adjust_one", "adams"]


def wave_of(columns: dict[str, list[int]], rule: str) -> Printed:
    """A printed wave of these counts, with ``all`` as their total."""
    counts = columns | {"all": [sum(stage) for stage in zip(*columns.values(), strict=True)]}
    codebook = codebook_of_codes([f"s{k}" for k in range(len(counts["all"]))], list(counts), "all")
    units = {group: tuple(publish(column, rule)) for group, column in counts.items()}
    hidden = {group: (None,) * len(column) for group, column in counts.items()}
    sizes = {group: (sum(column),) for group, column in counts.items()}
    return Printed("w", codebook, tuple(columns), "all", units, hidden, sizes, 0)


@settings(max_examples=40)
@given(
    st.lists(st.lists(st.integers(0, 6), min_size=2, max_size=2).filter(any), min_size=1, max_size=4),
    st.sampled_from(RULES),
    st.sampled_from(RULES),
)
def test_groups_are_joined_as_brute_force_joins_them(
    groups: list[list[int]], rule: str, printer: str
) -> None:
    try:
        printed = wave_of({f"g{place}": column for place, column in enumerate(groups)}, printer)
    except RequestError:
        assume(False)
    rounding = read_rounding(rule)
    columns = [list_columns(printed, group, [rule]) for group in printed.groups]
    found = {
        tuple(tuple(c.counts[p].tolist()) for c, p in zip(columns, places, strict=True))
        for block in join_columns(printed, rounding, columns)
        for places in block.places
    }
    figures = [printed.units[group] for group in printed.groups]
    sizes = [sum(column) for column in groups]
    assert found == tables_that_print(rule, figures, sizes, printed.units["all"])


def test_a_column_knows_the_rules_that_print_it() -> None:
    printed = wave_of({"g": [1, 7]}, "half_even")  # 12.5 and 87.5 print 12 and 88
    columns = list_columns(printed, "g", ["half_up", "half_even", "largest_remainder"])
    assert columns.counts.tolist() == [[1, 7]]
    assert columns.rules.tolist() == [0b110]


def test_columns_beyond_the_limit_are_not_listed() -> None:
    printed = wave_of({"g": [300, 300, 400]}, "nearest")
    number = len(list_columns(printed, "g", ["nearest"]).n)
    with pytest.raises(TooManyError):
        list_columns(printed, "g", ["nearest"], most=number - 1)


def test_pairs_beyond_the_limit_are_not_compared() -> None:
    printed = wave_of({"g": [300, 300, 400], "h": [100, 150, 250]}, "nearest")
    columns = [list_columns(printed, group, ["nearest"]) for group in printed.groups]
    with pytest.raises(TooManyError):
        list(join_columns(printed, read_rounding("nearest"), columns, most=10))


def test_small_blocks_give_the_same_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = wave_of({"g": [30, 30, 40], "h": [120, 90, 200], "i": [11, 15, 25]}, "nearest")
    rounding = read_rounding(["within_one", "nearest"])
    columns = [list_columns(printed, group, rounding.rules) for group in printed.groups]
    whole = np.concatenate([block.places for block in join_columns(printed, rounding, columns)])
    monkeypatch.setattr(candidates, "BLOCK", 7)
    cut = np.concatenate([block.places for block in join_columns(printed, rounding, columns)])
    assert len(whole) > 10
    assert whole.tolist() == cut.tolist()


def test_rules_are_read_by_name_and_the_total_follows_them() -> None:
    assert read_rounding(["half_up", "floor", "half_up"]).totals == (("half_up",), ("floor",))
    assert read_rounding("floor", "half_up").totals == (("half_up",),)
    with pytest.raises(RequestError, match="did you mean 'half_up'"):
        read_rounding("floor", "half_upp")


def test_a_wave_travels_as_plain_values() -> None:
    printed = wave_of({"g": [1, 7]}, "half_even")
    record = to_record(printed, read_rounding("floor"))
    json.dumps(record)
    assert from_record(record, printed.codebook) == (printed, read_rounding("floor"))
