"""Where things go when room is short: boxes side by side without overlap, rows that are full.

Numbers in, numbers out; nothing here knows of charts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

EXACT = 1e-9


def spread(
    centres: Sequence[float], widths: Sequence[float], *, low: float, high: float, gap: float
) -> list[float] | None:
    """Centres of boxes that keep their order, do not overlap, and move as little as can be.

    The least sum of squares, by isotonic regression (pool adjacent violators; Barlow et al. 1972,
    *Statistical Inference under Order Restrictions*). Nothing when the boxes do not fit between the ends.
    """
    if not centres:
        return []
    offsets = [0.0]
    for left, right in pairwise(widths):
        offsets.append(offsets[-1] + (left + right) / 2 + gap)
    first, last = low + widths[0] / 2, high - widths[-1] / 2 - offsets[-1]
    if last < first - EXACT:
        return None
    wanted = [centre - offset for centre, offset in zip(centres, offsets, strict=True)]
    return [
        min(max(place, first), last) + offset
        for place, offset in zip(_isotonic(wanted), offsets, strict=True)
    ]


def _isotonic(values: Sequence[float]) -> list[float]:
    """The nearest sequence that never falls."""
    pools: list[tuple[float, int]] = []
    for value in values:
        mean, weight = value, 1
        while pools and pools[-1][0] > mean:
            before, count = pools.pop()
            mean = (mean * weight + before * count) / (weight + count)
            weight += count
        pools.append((mean, weight))
    return [mean for mean, weight in pools for _ in range(weight)]


def fill_rows(widths: Sequence[float], *, room: float, gap: float) -> list[list[int]]:
    """Positions of boxes in rows of at most ``room``, each row as full as it can be, in order.

    A box wider than the room has a row of its own.
    """
    rows: list[list[int]] = []
    used = 0.0
    for position, width in enumerate(widths):
        if rows and used + gap + width <= room + EXACT:
            rows[-1].append(position)
            used += gap + width
        else:
            rows.append([position])
            used = width
    return rows


def round_ticks(low: float, high: float, *, at_most: int) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten between two ends, as many as allowed."""
    steps = (size * 10.0**power for power in range(-3, 9) for size in (1, 2, 5))
    for step in steps:
        first, last = math.ceil(low / step - EXACT), math.floor(high / step + EXACT)
        if last - first < at_most:
            return [round(position * step, 9) for position in range(first, last + 1)]
    return []
