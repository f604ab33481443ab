"""Each rule as boxes holds exactly the columns that the rule's relation admits, each once."""

from __future__ import annotations

from brute import compositions, printed_columns
from hypothesis import assume, given, settings

from analysis.old.apportionment import balanced
from analysis.old.counts.solving.boxes import SHAPES, intersect, rule_boxes
from analysis.old.counts.solving.lattice import list_points
from analysis.old.rounding import RULES


def test_every_rule_has_its_boxes() -> None:
    assert set(SHAPES) == set(RULES)


@settings(max_examples=150)
@given(printed_columns())
def test_boxes_hold_what_the_relation_admits_and_nothing_twice(
    case: tuple[str, tuple[int | None, ...], int, int],
) -> None:
    rule, printed, n, unit = case
    column = balanced(printed, unit) if RULES[rule].keeps_sum else list(printed)
    assume(column is not None)
    known = [c for c in compositions(n, len(printed)) if RULES[rule].fits(c, column, unit)]
    assert sorted(list_points(rule_boxes(rule, column, n, unit), n)) == known


def test_boxes_of_two_rules_meet_in_what_both_admit() -> None:
    column, n = (20, 21, 9, 39, 11), 95
    boxes = {rule: rule_boxes(rule, column, n, 100) for rule in ("largest_remainder", "adjust_minimal")}
    points = [set(list_points(found, n)) for found in boxes.values()]
    assert set(list_points(intersect(*boxes.values(), n), n)) == points[0] & points[1]


def test_a_large_n_has_few_boxes() -> None:
    assert len(rule_boxes("largest_remainder", (19, 19, 28, 32, 2), 2_000, 100)) < 200
    assert len(rule_boxes("nearest", (19, 19, 28, 32, 2), 10**9, 100)) == 1
