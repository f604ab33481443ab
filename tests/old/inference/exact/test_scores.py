"""The transformed distribution of a sum of scores against a full list of its values."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from analysis.old.inference.exact import linear_by_linear, mann_whitney, scoretests
from analysis.old.inference.exact.scores import Sums, reach, score_ends


def all_sums(sizes, scores, target) -> dict[int, Fraction]:
    ways = Counter({(0, 0): 1})
    for size, score in zip(sizes, scores, strict=True):
        grown: Counter[tuple[int, int]] = Counter()
        for (used, total), count in ways.items():
            for x in range(min(size, target - used) + 1):
                grown[used + x, total + score * x] += count * math.comb(size, x)
        ways = grown
    whole = math.comb(sum(sizes), target)
    return {total: Fraction(count, whole) for (used, total), count in ways.items() if used == target}


@given(st.data())
@settings(max_examples=60)
def test_both_ends_agree_with_all_sums(data) -> None:
    stages = data.draw(st.integers(2, 5))
    sizes = data.draw(st.lists(st.integers(1, 9), min_size=stages, max_size=stages))
    scores = sorted(data.draw(st.sets(st.integers(-5, 30), min_size=stages, max_size=stages)))
    target = data.draw(st.integers(1, sum(sizes) - 1))
    law = all_sums(sizes, scores, target)
    limit = data.draw(st.sampled_from(sorted(law)))
    low, high = score_ends(Sums(np.array(sizes), np.array(scores), target), limit, limit)
    for found, known in (
        (low.beyond, sum(p for total, p in law.items() if total <= limit)),
        (high.beyond, sum(p for total, p in law.items() if total >= limit)),
        (low.at, law[limit]),
        (high.at, law[limit]),
    ):
        assert found == pytest.approx(float(known), rel=1e-11)


def test_sums_near_the_top_of_their_range_are_not_taken_for_low_ones() -> None:
    sizes, scores = [2, 4, 8, 1], [0, 6, 24, 25]
    law = all_sums(sizes, scores, 7)
    for limit in law:
        low, _ = score_ends(Sums(np.array(sizes), np.array(scores), 7), limit, limit)
        assert low.beyond == pytest.approx(
            float(sum(p for total, p in law.items() if total <= limit)), rel=1e-11
        )


def test_a_limit_that_no_table_reaches_has_no_probability() -> None:
    low, high = score_ends(Sums(np.array([3, 4]), np.array([1, 2]), 2), 1, 5)
    assert (low.beyond, high.beyond) == (0.0, 0.0)
    low, high = score_ends(Sums(np.array([3, 4]), np.array([1, 2]), 2), 9, -9)
    assert (low.beyond, high.beyond) == (1.0, 1.0)


def test_the_transform_agrees_with_the_list(monkeypatch) -> None:
    table = [[150, 210, 90, 60], [130, 200, 120, 80]]
    listed = mann_whitney(table)
    monkeypatch.setattr(scoretests, "FEW", 0)
    transformed = mann_whitney(table)
    assert listed.p_value == pytest.approx(transformed.p_value, rel=1e-11)
    assert listed.mid_p == pytest.approx(transformed.mid_p, rel=1e-11)


def test_sums_of_few_values_are_transformed_and_those_of_many_listed(monkeypatch) -> None:
    transformed = []
    monkeypatch.setattr(
        scoretests, "score_ends", lambda *given: transformed.append(given) or score_ends(*given)
    )
    table = [[85, 80, 75, 130, 30], [75, 82, 72, 160, 1]]
    mann_whitney(table)
    assert not transformed
    linear_by_linear(table)
    assert len(transformed) == 1


def test_the_list_is_the_same_in_blocks(monkeypatch) -> None:
    table = [[15, 21, 9, 6], [13, 20, 12, 8]]
    whole = mann_whitney(table)
    monkeypatch.setattr(scoretests, "TOGETHER", 10)
    assert mann_whitney(table)[:2] == pytest.approx(whole[:2], rel=1e-13)


def test_the_integral_agrees_with_the_list_within_its_error(monkeypatch) -> None:
    table = [[150, 210, 90, 60], [130, 200, 120, 80]]
    listed = mann_whitney(table)
    monkeypatch.setattr(scoretests, "FEW", 0)
    monkeypatch.setattr("analysis.old.inference.exact.scores.LONGEST", 0)
    integrated = mann_whitney(table)
    assert integrated.method == "contour"
    assert abs(integrated.p_value - listed.p_value) < integrated.error < 1e-3
    monkeypatch.setattr("analysis.old.inference.exact.contour.LONGEST", 0)
    assert mann_whitney(table).p_value == pytest.approx(listed.p_value, abs=1e-3)
    assert mann_whitney(table).method == "asymptotic"


def test_far_beyond_the_normal_nothing_rare_is_left_out() -> None:
    """Complete separation has one table at each end: 2 / C(400, 200)."""
    found = mann_whitney([[200, 0, 0], [0, 100, 100]])
    ways = math.comb(400, 200)
    assert found.p_value == pytest.approx(float(Fraction(2, ways)), rel=1e-10)


@given(st.integers(1, 400), st.floats(0.01, 0.99), st.floats(1, 60))
@settings(max_examples=60)
def test_the_reach_leaves_out_no_more_than_it_says(size, share, faint) -> None:
    from scipy.stats import binom

    far = reach(size * share * (1 - share), 1.0, faint)
    assert binom.sf(size * share + far - 1e-9, size, share) <= math.exp(-faint) * 1.0001
