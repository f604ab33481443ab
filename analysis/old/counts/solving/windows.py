"""The windows that the named roundings leave around the counts of one printed column.

For the checks of a table: plain Python integers and no counts enumerated, so n may be 10^9. A window is
a superset of what its rounding allows (the exact sets stand in ``boxes``), so a column that fits no
window fits no rounding.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import isqrt
from typing import NamedTuple

SCALE = 2_000_000  # of a signpost of the divisor methods, even so that halves are exact
SLICES = 8  # of the multiplier's range; more make the windows narrower

Window = tuple[tuple[int, int], ...]  # lowest and highest count of each stage


class Column(NamedTuple):
    """The printed units of one group, None where not published, and what 100 % is in these units."""

    printed: tuple[int | None, ...]
    unit: int

    @property
    def published(self) -> tuple[int, ...]:
        """Positions of the published stages."""
        return tuple(stage for stage, units in enumerate(self.printed) if units is not None)

    @property
    def hidden(self) -> int:
        """Number of stages that are not published."""
        return self.printed.count(None)

    @property
    def rest(self) -> int:
        """What the published figures leave of 100 %, in printed units; negative when they exceed it."""
        return self.unit - sum(filter(None, self.printed))


def column_windows(column: Column, n: int) -> list[Window]:
    """The windows of every named rounding but ``within_one``, tightened by n; empty when none fits.

    A column that adds up to 100 may have been rounded down or up at will (largest remainder is such a
    case), been repaired by hand, or come from a divisor method; another sum excludes all those.
    """
    found: list[Window] = []
    for bounds in _roundings(column, n):
        window = tighten(bounds, n)
        if window is not None and not any(_covers(other, window) for other in found):
            found = [other for other in found if not _covers(window, other)] + [window]
    return found


def first_window(column: Column, n: int) -> Window | None:
    """The first of these windows, not tightened, which is enough to accept; None when none fits."""
    found = (clip(bounds, n) for bounds in _roundings(column, n))
    return next((tuple(window) for window in found if window), None)


def floor_or_ceiling_window(column: Column, n: int) -> list[tuple[int, int]]:
    """Counts less than one unit away from each printed figure; lowest above highest where there is none."""
    return _around(column, n, 1 - n, n - 1)


def clip(bounds: list[tuple[int, int]], n: int) -> list[tuple[int, int]]:
    """The bounds between 0 and n; empty when no counts inside them add up to n."""
    clipped = [(max(0, low), min(n, high)) for low, high in bounds]
    lowest, highest = map(sum, zip(*clipped, strict=True))
    return clipped if lowest <= n <= highest and all(low <= high for low, high in clipped) else []


def tighten(bounds: list[tuple[int, int]], n: int) -> Window | None:
    """The bounds narrowed by the counts adding up to n; None when they cannot."""
    clipped = clip(bounds, n)
    if not clipped:
        return None
    lowest, highest = map(sum, zip(*clipped, strict=True))
    return tuple((max(low, n - highest + high), min(high, n - lowest + low)) for low, high in clipped)


def hull(windows: list[Window]) -> Window:
    """The smallest window around several."""
    return tuple(
        (min(low for low, _ in stage), max(high for _, high in stage)) for stage in zip(*windows, strict=True)
    )


def _covers(outer: Window, inner: Window) -> bool:
    return all(o[0] <= i[0] and i[1] <= o[1] for o, i in zip(outer, inner, strict=True))


def _roundings(column: Column, n: int) -> Iterator[list[tuple[int, int]]]:
    half, rest = n // 2, column.rest
    if rest == 0 or (rest > 0 and column.hidden):
        yield floor_or_ceiling_window(column, n)
        yield _around(column, n, -(3 * n // 2), half)
        yield _around(column, n, -half, 3 * n // 2)
        yield from _one_stage_took_all(column, n)
        yield from _divisor_methods(column, n)
    else:
        yield _around(column, n, -half, half)
        yield _around(column, n, 0, n - 1) if rest > 0 else _around(column, n, 1 - n, 0)


def _around(column: Column, n: int, low: int, high: int) -> list[tuple[int, int]]:
    """Counts c with ``low <= unit * c - units * n <= high`` at each published stage."""
    return [
        (0, n) if units is None else (-((-units * n - low) // column.unit), (units * n + high) // column.unit)
        for units in column.printed
    ]


def _one_stage_took_all(column: Column, n: int) -> Iterator[list[tuple[int, int]]]:
    for stage in column.published:
        bounds = _around(column, n, -(n // 2), n // 2)
        bounds[stage] = (0, n)
        yield bounds


def _divisor_methods(column: Column, n: int) -> Iterator[list[tuple[int, int]]]:
    """What Jefferson, Adams, Webster and Huntington-Hill leave; the multiplier's range is cut into slices."""
    published = [units for units in column.printed if units is not None]
    for below, above in SIGNPOSTS:
        least = sum(map(below, published)) + SCALE * max(0, column.rest - column.hidden)
        most = sum(map(above, published)) + SCALE * (column.rest + column.hidden)
        ends = [least + (most - least) * cut // SLICES for cut in range(SLICES + 1)]
        for low, high in pairwise(ends):
            yield [
                (0, n)
                if units is None
                else (-(-below(units) * n // high), above(units) * n // low if low else n)
                for units in column.printed
            ]


SIGNPOSTS = (
    (lambda units: SCALE * units, lambda units: SCALE * (units + 1)),
    (lambda units: SCALE * max(0, units - 1), lambda units: SCALE * units),
    (lambda units: max(0, SCALE * units - SCALE // 2), lambda units: SCALE * units + SCALE // 2),
    (
        lambda units: isqrt(SCALE * SCALE * units * max(0, units - 1)),
        lambda units: isqrt(SCALE * SCALE * units * (units + 1)) + 1,
    ),
)
