"""Which rule could have printed the deck, and where the others fail."""

from __future__ import annotations

import pandas as pd
import pytest
from printed import WAVE, made_survey

from analysis.counts.audit import audit_rounding
from analysis.counts.recovery import recover_counts
from analysis.rounding import RULES
from analysis.survey.table import load_survey

# rule: vocational alone, general alone, all together; found by enumeration of all columns of 80 and 95
DECK = {
    "half_up": (0, 0, 0),
    "half_down": (0, 0, 0),
    "floor": (0, 0, 0),
    "ceiling": (0, 0, 0),
    "half_even": (1, 0, 0),
    "nearest": (1, 0, 0),
    "largest_remainder": (1, 1, 1),
    "webster": (1, 1, 1),
    "adjust_minimal": (1, 1, 1),
    "floor_or_ceiling": (3, 3, 4),
    "within_one": (10, 5, 31),
}


@pytest.fixture(scope="module")
def audit() -> pd.DataFrame:
    return audit_rounding(load_survey(), WAVE).set_index("rule")


def test_every_rule_is_tried(audit: pd.DataFrame) -> None:
    assert list(audit.index) == list(RULES)


def test_each_column_and_all_together_as_known(audit: pd.DataFrame) -> None:
    found = audit.loc[list(DECK), ["vocational", "general", "n_tables"]]
    assert {
        rule: tuple(row) for rule, row in zip(found.index, found.to_numpy().tolist(), strict=True)
    } == DECK


def test_the_nearest_n_is_the_given_one_or_a_rival(audit: pd.DataFrame) -> None:
    assert audit.loc["largest_remainder", "nearest"] == {"vocational": 80, "general": 95}
    assert audit.loc["nearest", "nearest"] == {"vocational": 80, "general": 96}
    assert audit.loc["floor", "nearest"] is None


def test_the_nearest_n_does_fit(audit: pd.DataFrame) -> None:
    for rule in ("half_up", "half_even", "within_one"):
        assert len(recover_counts(load_survey(), WAVE, n=audit.loc[rule, "nearest"], rounding=rule)) > 0


def test_sums_that_a_rule_cannot_print_are_told() -> None:
    short = made_survey({"g": [33, 33, 33]}, {"g": 3})  # adds up to 99
    sums = audit_rounding(short, WAVE).set_index("rule")["sums"]
    assert sums[["nearest", "half_up", "floor", "within_one"]].all()
    assert not sums[["ceiling", "largest_remainder", "webster", "adjust_minimal"]].any()


def test_open_n_have_no_nearest() -> None:
    audit = audit_rounding(load_survey(), WAVE, max_n=60, rules=["half_up", "largest_remainder"])
    assert audit["n_tables"].tolist() == [0, 1]
    assert audit.loc[0, "nearest"] is None


def test_the_nearest_n_fits_where_n_is_a_range() -> None:
    n = {"vocational": range(78, 82), "general": range(94, 99)}
    audit = audit_rounding(load_survey(), WAVE, n=n).set_index("rule")
    fitting = audit[audit["fits"]]
    assert {"nearest", "largest_remainder"} <= set(fitting.index)
    for rule, nearest in fitting["nearest"].items():
        assert all(nearest[group] in sizes for group, sizes in n.items())
        assert len(recover_counts(load_survey(), WAVE, n=nearest, rounding=rule)) > 0


def test_a_billion_answers_are_audited_at_once() -> None:
    survey = made_survey({"a": [30, 30, 40], "b": [20, 70, 10]}, {"a": 10**9, "b": 10**9 + 7})
    audit = audit_rounding(survey).set_index("rule")
    assert audit.loc["nearest", ["a", "n_tables"]].tolist() == [None, None]
    assert audit.loc["nearest", "fits"]
    assert type(audit.loc["floor", "n_tables"]) is int
    assert audit.loc["nearest", "nearest"] == {"a": 10**9, "b": 10**9 + 7}
