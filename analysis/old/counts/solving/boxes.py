"""A rounding rule, for one column and one n, as a disjoint union of boxes of counts that add up to n.

Rules that round each cell by itself are one box. For the methods that keep the sum, a box is pinned by
the cell whose error is the largest and by its count (largest remainder: the threshold; divisor methods:
the multiplier), and for repair by hand by which cells were moved. Counting, listing, drawing and bounds
see only boxes, so a new rule is one function here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from math import isqrt

from analysis.old.apportionment import DIVISORS, Divisor, Printed
from analysis.old.counts.solving.windows import Window, tighten
from analysis.old.rounding import WINDOWS

Bounds = list[tuple[int, int]]
Shape = Callable[[Printed, int, int], Iterable[Bounds]]


def rule_boxes(rule: str, printed: Printed, n: int, unit: int) -> list[Window]:
    """The counts that a rule could have printed as this column, as disjoint boxes within sum n.

    Parameters
    ----------
    rule
        A name in `rounding.RULES`.
    printed
        Units of one column, None where free; for a rule that keeps the sum, as `apportionment.balanced`
        gives it.
    n
        Sum of the counts.
    unit
        What 100 % is in printed units.

    Returns
    -------
    list of Window
        Lowest and highest count of each cell, tightened by n; empty boxes are left out.
    """
    found = (tighten(bounds, n) for bounds in SHAPES[rule](printed, n, unit))
    return [window for window in found if window is not None]


def intersect(first: list[Window], second: list[Window], n: int) -> list[Window]:
    """The boxes of two disjoint unions that both rules allow."""
    crossed = (
        [(max(a[0], b[0]), min(a[1], b[1])) for a, b in zip(one, other, strict=True)]
        for one in first
        for other in second
    )
    return [window for bounds in crossed if (window := tighten(bounds, n)) is not None]


def _cell(units: int | None, n: int, unit: int, low: int, high: int) -> tuple[int, int]:
    """Counts whose error lies from low to high, in n-ths of a unit; all counts where nothing is printed."""
    if units is None:
        return 0, n
    return -((-units * n - low) // unit), (units * n + high) // unit


def _doubled(units: int | None, n: int, unit: int, window: tuple[int, int]) -> tuple[int, int]:
    """The same from the doubled error, so that halves are whole."""
    return _cell(units, n, unit, -(-window[0] // 2), window[1] // 2)


def _window_boxes(printed: Printed, n: int, unit: int, *, rule: str) -> Iterator[Bounds]:
    yield [_doubled(a, n, unit, WINDOWS[rule](a or 0, n)) for a in printed]


def _remainder_boxes(
    printed: Printed, n: int, unit: int, *, tighter: Callable[[int, int], int], last: bool = False
) -> Iterator[Bounds]:
    """One box for each first (or last) cell with the largest error and each of its counts."""
    if all(units is None for units in printed):
        yield [(0, n)] * len(printed)
    for pivot, units in enumerate(printed):
        if units is None:
            continue
        least, most = _cell(units, n, unit, 1 - n, n - 1)
        for count in range(max(0, least), min(n, most) + 1):
            top = unit * count - units * n
            box = [
                _cell(
                    a,
                    n,
                    unit,
                    max(1 - n, top - n + tighter(cell, pivot)),
                    top - (cell > pivot if last else cell < pivot),
                )
                for cell, a in enumerate(printed)
            ]
            box[pivot] = (count, count)
            yield box


def _divisor_boxes(printed: Printed, n: int, unit: int, *, method: Divisor) -> Iterator[Bounds]:
    """One box for each first cell that limits the multiplier from above and each of its counts."""
    slowest = method.scale * (unit + len(printed))
    fastest = method.scale * max(0, unit - len(printed))
    power = method.power
    for pivot, units in enumerate(printed):
        limit = 0 if units is None else method.above(units)
        most = _root_down(limit * n**power, fastest**power, power) if fastest else n
        least = 1 if None in printed else max(1, _root_up(limit * n**power, slowest**power, power))
        for count in range(least, min(most, n) + 1 if limit else 0):
            strength = count**power
            box = [(0, n) if a is None else (int(a > 0), 0) for a in printed]
            for cell, a in enumerate(printed):
                if a is not None:
                    low = _root_up(method.below(a) * n**power, slowest**power, power)
                    low = max(low, _root_up(strength * method.below(a), limit, power))
                    ahead = cell < pivot and method.above(a) > 0
                    high = _root_down(strength * method.above(a) - ahead, limit, power)
                    box[cell] = (max(box[cell][0], low), high)
            box[pivot] = (max(count, box[pivot][0]), count)
            yield box
    if not any(printed):
        yield [(0, n) if a is None else (0, 0) for a in printed]


def _minimal_repair_boxes(printed: Printed, n: int, unit: int) -> Iterator[Bounds]:
    """All cells nearest or raised; then, by the first cell that was lowered, the rest."""
    yield [_doubled(a, n, unit, (-3 * n, n)) for a in printed]
    for first in (cell for cell, a in enumerate(printed) if a is not None):
        lowered = [(-n, n)] * first + [(n + 1, 3 * n)] + [(-n, 3 * n)] * (len(printed) - first - 1)
        yield [_doubled(a, n, unit, window) for a, window in zip(printed, lowered, strict=True)]


def _repair_boxes(printed: Printed, n: int, unit: int, cells: Iterable[int]) -> Iterator[Bounds]:
    """All cells nearest; then one of the named cells lowered or raised by any amount."""
    nearest = [_doubled(a, n, unit, (-n, n)) for a in printed]
    yield nearest
    for cell in cells:
        if printed[cell] is not None:
            low, high = nearest[cell]
            for outside in ((0, low - 1), (high + 1, n)):
                yield [*nearest[:cell], outside, *nearest[cell + 1 :]]


def _largest_repair_boxes(printed: Printed, n: int, unit: int) -> Iterator[Bounds]:
    """As for any one cell, but the moved cell has at least as many answers as each other published one."""
    published = [cell for cell, a in enumerate(printed) if a is not None]
    nearest, *moved = _repair_boxes(printed, n, unit, published)
    yield nearest
    for cell, box in zip((cell for cell in published for _ in range(2)), moved, strict=True):
        rivals = [box[other] for other in published if other != cell]
        least = max([box[cell][0], *(low for low, _ in rivals)])
        clear = max([least, *(high for _, high in rivals)])
        for count in range(least, min(clear, box[cell][1] + 1)):
            yield [
                (count, count) if k == cell else (low, min(high, count)) if k in published else (low, high)
                for k, (low, high) in enumerate(box)
            ]
        yield [*box[:cell], (clear, box[cell][1]), *box[cell + 1 :]]


def _root_down(numerator: int, denominator: int, power: int) -> int:
    """The greatest c with ``c ** power * denominator <= numerator``; negative when there is none."""
    quotient = numerator // denominator
    return quotient if power == 1 or quotient < 0 else isqrt(quotient)


def _root_up(numerator: int, denominator: int, power: int) -> int:
    """The least c of 0, 1, … with ``c ** power * denominator >= numerator``."""
    quotient = -(-numerator // denominator)
    return quotient if power == 1 or quotient <= 0 else isqrt(quotient - 1) + 1


SHAPES: dict[str, Shape] = {
    **{rule: partial(_window_boxes, rule=rule) for rule in WINDOWS},
    "largest_remainder": partial(_remainder_boxes, tighter=lambda _cell, _pivot: 0),
    "largest_remainder_first": partial(_remainder_boxes, tighter=lambda cell, pivot: int(cell > pivot)),
    "largest_remainder_last": partial(
        _remainder_boxes, tighter=lambda cell, pivot: int(cell < pivot), last=True
    ),
    "largest_remainder_untied": partial(_remainder_boxes, tighter=lambda _cell, _pivot: 1),
    **{name: partial(_divisor_boxes, method=method) for name, method in DIVISORS.items()},
    "adjust_minimal": _minimal_repair_boxes,
    "adjust_one": lambda printed, n, unit: _repair_boxes(printed, n, unit, range(len(printed))),
    "adjust_largest": _largest_repair_boxes,
    "adjust_last": lambda printed, n, unit: _repair_boxes(printed, n, unit, [len(printed) - 1]),
}
