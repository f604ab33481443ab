"""Linear functions over all tables: bounds without listing, and the weights of the groups."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd
import pytest
from builders import codebook_of_codes, survey_frame

from analysis.errors import RecoveryError
from analysis.old.counts.recovery import recover_counts
from analysis.old.counts.solving import programs
from analysis.old.counts.solving.candidates import read_rounding
from analysis.old.counts.solving.printed import read_printed
from analysis.old.counts.solving.programs import linear_bounds, weight_limits
from analysis.survey.table import load_survey

WAVE = "2020-autumn"


@pytest.fixture(scope="module")
def deck() -> pd.DataFrame:
    return load_survey()


@pytest.mark.parametrize(
    ("rule", "low", "high"),
    [("nearest", "7/18", "1/2"), ("half_up", "7/18", "1/2"), ("largest_remainder", "8/21", "1/2")],
)
def test_percentages_alone_bound_the_weight_of_a_group(
    deck: pd.DataFrame, rule: str, low: str, high: str
) -> None:
    limits = weight_limits(read_printed(deck, WAVE, max_n=1), read_rounding(rule))
    assert limits is not None
    found = [Fraction(end).limit_denominator(10_000) for end in limits["vocational"]]
    assert found == [Fraction(low), Fraction(high)]


def test_no_weight_fits_where_no_n_does(deck: pd.DataFrame) -> None:
    assert weight_limits(read_printed(deck, WAVE, max_n=1), read_rounding("floor")) is None


@pytest.mark.parametrize("rule", ["within_one", "floor_or_ceiling", "adjust_minimal", "adjust_one"])
def test_bounds_are_those_of_the_listed_tables(deck: pd.DataFrame, rule: str) -> None:
    printed = read_printed(deck, WAVE)
    tables = recover_counts(deck, WAVE, rounding=rule)
    for group in printed.groups:
        for place, stage in enumerate(printed.stages):
            low, high, proved = linear_bounds(printed, read_rounding(rule), {(group, place): 1.0})
            assert (low, high) == (tables[group, stage].min(), tables[group, stage].max())
            assert proved


def test_each_end_takes_one_program_a_rule(deck: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    solved, solve = [], programs._solve
    monkeypatch.setattr(programs, "_solve", lambda *given: solved.append(given) or solve(*given))
    linear_bounds(read_printed(deck, WAVE), read_rounding("adjust_one"), {("general", 0): 1.0})
    assert len(solved) == 2


def test_no_number_of_cases_is_too_many() -> None:
    groups = ["x", "y", "z", "w", "v", "u"]
    codes = codebook_of_codes(["a", "b", "c"], [*groups, "all"], "all")
    thirds = {"a": 33, "b": 33, "c": 34}
    wave = survey_frame(
        {("2020-autumn", group): thirds for group in [*groups, "all"]},
        {("2020-autumn", group): 3 if group != "all" else 18 for group in [*groups, "all"]},
        codes,
    )
    found = linear_bounds(read_printed(wave, "2020-autumn"), read_rounding("adjust_one"), {("x", 2): 1.0})
    assert found == (1, 1, True)


def test_n_may_be_open(deck: pd.DataFrame) -> None:
    n = {"vocational": range(70, 91), "general": range(90, 101)}
    tables = recover_counts(deck, WAVE, n=n, rounding="largest_remainder")
    sizes = tables["vocational"].sum(axis=1)
    weights = {("vocational", place): 1.0 for place in range(5)}
    found = linear_bounds(read_printed(deck, WAVE, n=n), read_rounding("largest_remainder"), weights)
    assert found == (sizes.min(), sizes.max(), True)


def test_nothing_to_bound_is_said(deck: pd.DataFrame) -> None:
    with pytest.raises(RecoveryError, match="no table of counts fits"):
        linear_bounds(read_printed(deck, WAVE), read_rounding("half_up"), {("general", 0): 1.0})
