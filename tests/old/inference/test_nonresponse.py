"""What the missing could do, against every way in which they can answer."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd
import pytest
from builders import DECK, codebook_of_codes, counts_frame, tables_frame
from hypothesis import given, settings, strategies as st

from analysis.errors import RequestError
from analysis.old.inference.nonresponse import bound_nonresponse

CODES = codebook_of_codes(["a", "b"], ["x", "y", "z"])
sizes = st.integers(0, 5)


def bounds_of(counts, **options):
    return bound_nonresponse(counts, **options).set_index(["measure", "stage"])


def differences_of_all(first, second, members) -> list[Fraction]:
    """The difference at stage b for every number of missing answers there."""
    return [
        Fraction(first[1] + y, members[0]) - Fraction(second[1] + z, members[1])
        for y in range(members[0] - sum(first) + 1)
        for z in range(members[1] - sum(second) + 1)
    ]


@given(st.tuples(sizes, sizes), st.tuples(sizes, sizes), sizes, sizes)
@settings(max_examples=60)
def test_the_bounds_are_those_of_every_way_to_answer(first, second, more, others) -> None:
    if not sum(first) or not sum(second):
        return
    members = sum(first) + more, sum(second) + others
    frame = counts_frame({"x": list(first), "y": list(second)}, CODES)
    row = bounds_of(frame, population=dict(zip("xy", members, strict=True))).loc[("stage", "b")]
    possible = differences_of_all(first, second, members)
    assert row["low"] == pytest.approx(float(min(possible)), abs=1e-12)
    assert row["high"] == pytest.approx(float(max(possible)), abs=1e-12)
    sign = Fraction(first[1], sum(first)) - Fraction(second[1], sum(second))
    holds = sign != 0 and all(one * sign > 0 for one in possible)
    assert row["verdict"] == ("every table" if holds else "none")


@given(st.tuples(sizes, sizes), st.tuples(sizes, sizes))
@settings(max_examples=60)
def test_the_fewest_answers_that_level_are_found_by_adding_them_one_by_one(first, second) -> None:
    if not sum(first) or not sum(second):
        return
    found = bounds_of(counts_frame({"x": list(first), "y": list(second)}, CODES)).loc[("stage", "b")]
    goal = Fraction(second[1], sum(second))
    start = Fraction(first[1], sum(first))
    levels = (
        extra
        for extra in range(200)
        if (Fraction(first[1] + extra, sum(first) + extra) >= goal > start)
        or (Fraction(first[1], sum(first) + extra) <= goal <= start)
    )
    known = next(levels, None)
    assert pd.isna(found["answers_first"]) if known is None else found["answers_first"] == known


def test_our_finding_would_take_24_more_answers_of_the_other_group() -> None:
    """(9 + 24) / (95 + 24) = 0.2773 is at least 22/80 = 0.275; with 23 it is 0.2712."""
    row = bounds_of(counts_frame(DECK)).loc[("stage", "piloting")]
    assert row["answers_second"] == 24
    assert row["answers_first"] == 153
    assert row[["low", "levelling_first"]].isna().all()
    assert row["verdict"] is None or row["verdict"] != row["verdict"]


def test_a_share_among_the_missing_levels_the_difference() -> None:
    population = {"vocational": 112, "general": 372}
    row = bounds_of(counts_frame(DECK), population=population).loc[("stage", "piloting")]
    assert (row["missing_first"], row["missing_second"]) == (32, 277)
    assert (row["share_first"], row["share_second"]) == (22 / 80, 9 / 95)
    assert (9 + row["levelling_second"] * 277) / 372 == pytest.approx(22 / 80)
    assert row["levelling_first"] != row["levelling_first"]  # even none of the 32 could not


def test_over_several_tables_the_nearest_counts() -> None:
    other = {"vocational": [15, 15, 20, 28, 2], "general": [20, 21, 9, 39, 6]}
    population = {"vocational": 112, "general": 372}
    together, *alone = (
        bounds_of(tables_frame(tables), population=population).loc[("stage", "piloting")]
        for tables in ([DECK, other], [DECK], [other])
    )
    assert together["answers_second"] == min(one["answers_second"] for one in alone)
    assert together["levelling_second"] == min(one["levelling_second"] for one in alone)
    assert together["low"] == min(one["low"] for one in alone)
    assert together["estimate"] != together["estimate"]


def test_nobody_missing_means_that_the_difference_is_known() -> None:
    row = bounds_of(counts_frame(DECK), population={"vocational": 80, "general": 95}).loc[
        ("stage", "piloting")
    ]
    assert row["low"] == row["high"] == pytest.approx(row["estimate"])
    assert row["verdict"] == "every table"


def test_a_population_that_cannot_be_is_refused() -> None:
    with pytest.raises(RequestError, match="population of general is 90, but 95 answered"):
        bound_nonresponse(counts_frame(DECK), population={"vocational": 80, "general": 90})
    with pytest.raises(RequestError, match="give the members of vocational, general"):
        bound_nonresponse(counts_frame(DECK), population={"vocational": 80})


def test_a_single_group_has_no_difference_to_level() -> None:
    assert bound_nonresponse(counts_frame({"x": [1, 2]}, CODES)).empty
