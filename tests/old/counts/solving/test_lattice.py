"""Points of boxes with a given sum: counted, listed and drawn as plain enumeration finds them."""

from __future__ import annotations

from collections import Counter
from itertools import product
from math import comb
from random import Random

from hypothesis import given, settings, strategies as st

from analysis.old.counts.solving.lattice import count_pairs, count_points, list_points, point_source

side = st.tuples(st.integers(0, 4), st.integers(0, 4)).map(lambda ends: (min(ends), max(ends)))


def inside(box: tuple[tuple[int, int], ...], n: int) -> list[tuple[int, ...]]:
    return [point for point in product(*(range(low, high + 1) for low, high in box)) if sum(point) == n]


@settings(max_examples=100)
@given(st.lists(side, min_size=1, max_size=4).map(tuple), st.data())
def test_counting_and_listing_agree_with_enumeration(
    box: tuple[tuple[int, int], ...], data: st.DataObject
) -> None:
    n = data.draw(st.integers(sum(low for low, _ in box), sum(high for _, high in box)))
    known = inside(box, n)
    assert list(list_points([box], n)) == known
    assert count_points([box], n) == len(known)


@settings(max_examples=60)
@given(st.lists(st.tuples(side, side, side), min_size=1, max_size=3), st.data())
def test_pairs_under_a_total_agree_with_enumeration(sides: list, data: st.DataObject) -> None:
    first, second, total = (tuple(box) for box in zip(*sides, strict=True))
    sizes = tuple(
        data.draw(st.integers(sum(low for low, _ in box), sum(high for _, high in box)))
        for box in (first, second)
    )
    known = sum(
        all(low <= a + b <= high for a, b, (low, high) in zip(one, other, total, strict=True))
        for one, other in product(inside(first, sizes[0]), inside(second, sizes[1]))
    )
    assert count_pairs(first, second, total, sizes) == known


def test_numbers_beyond_64_bits_are_exact() -> None:
    n, parts = 3_000, 12
    assert count_points([((0, n),) * parts], n) == comb(n + parts - 1, parts - 1) > 2**64


def test_every_point_is_drawn_equally_often() -> None:
    boxes = {4: [((0, 2), (1, 3), (0, 4))], 9: [((0, 0), (5, 5), (0, 4)), ((1, 1), (3, 4), (4, 5))]}
    known = {point for n, found in boxes.items() for box in found for point in inside(box, n)}
    draw, random = point_source(list(boxes.items())), Random(1)
    drawn = Counter(draw(random) for _ in range(500 * len(known)))
    assert set(drawn) == known
    # each frequency has mean 500 and standard deviation 22
    assert all(abs(times - 500) < 110 for times in drawn.values())
