"""Counting, listing and drawing the integer points of boxes whose coordinates add up to n.

Counts of points are coefficients of a product of (1 + x + ... + x^w). The polynomials are packed into
Python integers, one slot of bits a coefficient (Kronecker substitution), so every number is exact however
large, and a convolution with a box is a prefix sum: a few shifts and additions.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from math import prod
from random import Random

from analysis.old.counts.solving.windows import Window

Point = tuple[int, ...]


def count_points(boxes: Sequence[Window], n: int) -> int:
    """The number of points with sum n in disjoint boxes, exact."""
    return sum(_count_in(box, n) for box in boxes)


def list_points(boxes: Sequence[Window], n: int) -> Iterator[Point]:
    """Every point with sum n in disjoint boxes, box by box."""
    for box in boxes:
        if all(low == high for low, high in box):
            yield tuple(low for low, _ in box)
        else:
            yield from _walk(box, n)


def point_source(parts: Sequence[tuple[int, Sequence[Window]]]) -> Callable[[Random], Point]:
    """A source of points, each equally likely, of disjoint boxes for each of several sums n."""
    boxes = [(n, box) for n, windows in parts for box in windows]
    ends = list(accumulate(_count_in(box, n) for n, box in boxes))
    tables: dict[int, list[list[int]]] = {}

    def draw(random: Random) -> Point:
        rank = random.randrange(ends[-1])
        place = bisect_right(ends, rank)
        n, box = boxes[place]
        if place not in tables:
            tables[place] = _ways_after(box, n)
        return _point_of_rank(box, n, tables[place], rank - (ends[place - 1] if place else 0))

    return draw


def count_pairs(first: Window, second: Window, total: Window, sizes: tuple[int, int]) -> int:
    """The number of points of two boxes, with sums ``sizes``, whose sum lies in a third box; exact.

    A row of the state is the sum reached in the first box, packed by the sum reached in the second.
    """
    rest = [n - sum(low for low, _ in box) for n, box in zip(sizes, (first, second), strict=True)]
    bits = _slot_bits(first, second)
    rows = [1] + [0] * rest[0]
    for (low1, high1), (low2, high2), (low, high) in zip(first, second, total, strict=True):
        sums = [_prefix(row, bits, rest[1] + 1) for row in rows]
        rows = [0] * len(rows)
        for step in range(high1 - low1 + 1):
            least = max(0, low - low1 - step - low2)
            most = min(high2 - low2, high - low1 - step - low2)
            if least <= most:
                for reached in range(rest[0] + 1 - step):
                    row = sums[reached]
                    rows[reached + step] += (row << bits * least) - (row << bits * (most + 1))
        rows = [row & ((1 << bits * (rest[1] + 1)) - 1) for row in rows]
    return rows[rest[0]] >> bits * rest[1]


def _slot_bits(*boxes: Window) -> int:
    """Bits that hold the number of points of all boxes together, and so any coefficient."""
    return prod(high - low + 1 for box in boxes for low, high in box).bit_length()


def _count_in(box: Window, n: int) -> int:
    rest = n - sum(low for low, _ in box)
    bits = _slot_bits(box)
    ways = 1
    for low, high in box:
        ways = _convolve(ways, high - low, bits, rest + 1)
    return ways >> bits * rest


def _convolve(packed: int, width: int, bits: int, slots: int) -> int:
    """The polynomial times 1 + x + ... + x^width, cut off after ``slots`` coefficients."""
    sums = _prefix(packed, bits, slots)
    return (sums - (sums << bits * (width + 1))) & ((1 << bits * slots) - 1)


def _prefix(packed: int, bits: int, slots: int) -> int:
    """Running sums of the coefficients, by doubling."""
    reach = 1
    while reach < slots:
        packed += packed << bits * reach
        reach *= 2
    return packed & ((1 << bits * slots) - 1)


def _ways_after(box: Window, n: int) -> list[list[int]]:
    """For each cell the running sums of the ways to reach 0, 1, … in the cells after it."""
    rest, bits = n - sum(low for low, _ in box), _slot_bits(box)
    widths = [high - low for low, high in reversed(box)]
    packed = list(accumulate(widths[:-1], lambda p, w: _convolve(p, w, bits, rest + 1), initial=1))
    slots = [[(ways >> bits * reached) & ((1 << bits) - 1) for reached in range(rest + 1)] for ways in packed]
    return [list(accumulate(ways)) for ways in reversed(slots)]


def _point_of_rank(box: Window, n: int, after: list[list[int]], rank: int) -> Point:
    """The point of a rank in the order of the first cell, then the second, and so on."""
    rest = n - sum(low for low, _ in box)
    point = []
    for (low, _), sums in zip(box, after, strict=True):
        left = bisect_left(sums, sums[rest] - rank)
        rank -= sums[rest] - sums[left]
        point.append(low + rest - left)
        rest = left
    return tuple(point)


def _walk(box: Window, n: int) -> Iterator[Point]:
    least = list(accumulate((low for low, _ in reversed(box)), initial=0))[-2::-1]
    most = list(accumulate((high for _, high in reversed(box)), initial=0))[-2::-1]
    last = len(box) - 1

    def extend(cell: int, rest: int, head: Point) -> Iterator[Point]:
        if cell == last:
            yield (*head, rest)
            return
        low, high = box[cell]
        for count in range(max(low, rest - most[cell]), min(high, rest - least[cell]) + 1):
            yield from extend(cell + 1, rest - count, (*head, count))

    return extend(0, n, ())
