"""Rounding rules as unions of few linear pieces, in the counts, in n and in one more variable.

That variable, the aid, is the threshold of largest remainder or the inverse multiplier of a divisor method
(Balinski & Young 1982). As n is a variable too, a piece serves any n, and with its constants left out it
is the cone of all shares that the rule could have printed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import inf
from typing import NamedTuple

from analysis.old.apportionment import DIVISORS, Divisor, Printed as Figures
from analysis.old.rounding import WINDOWS


class Row(NamedTuple):
    """``low <= sum of coefficients times counts + of_n * n + of_aid * aid <= high``."""

    counts: dict[int, float]
    of_n: float
    of_aid: float
    low: float
    high: float


Piece = list[Row]


def rule_pieces(rule: str, figures: Figures, unit: int) -> list[Piece]:
    """The linear pieces whose union is what a rule could have printed as these figures."""
    return list(_PIECES[rule](figures, unit))


def _windows(figures: Figures, unit: int, window: Callable[[int, int], tuple[int, int]]) -> Piece:
    """Doubled errors within a window that is linear in n."""
    rows = []
    for cell, units in enumerate(figures):
        if units is not None:
            (low_0, high_0), (low_1, high_1) = window(units, 0), window(units, 1)
            rows.append(Row({cell: 2 * unit}, -2 * units - (low_1 - low_0), 0, low_0, inf))
            rows.append(Row({cell: 2 * unit}, -2 * units - (high_1 - high_0), 0, -inf, high_0))
    return rows


def _window_piece(figures: Figures, unit: int, *, rule: str) -> Iterator[Piece]:
    yield _windows(figures, unit, WINDOWS[rule])


def _remainder_piece(figures: Figures, unit: int, *, sign: int = 0, slack: int = 0) -> Iterator[Piece]:
    """The aid is the least key; all keys lie within n of it."""
    scale = len(figures) if sign else 1
    rows = _windows(figures, unit, WINDOWS["floor_or_ceiling"])
    for cell, units in enumerate(figures):
        if units is not None:
            counts = {cell: float(scale * unit)}
            rows.append(Row(counts, -scale * units, -1, sign * cell, inf))
            rows.append(Row(counts, -scale * (units + 1), -1, -inf, sign * cell - slack))
    yield rows


def _divisor_piece(figures: Figures, unit: int, *, method: Divisor) -> Iterator[Piece]:
    """The aid is the inverse of the multiplier."""
    parts = len(figures)
    rows = [Row({}, 1, -max(0, unit - parts), 0, inf), Row({}, 1, -(unit + parts), -inf, 0)]
    for cell, units in enumerate(figures):
        if units is not None:
            below, above = (d(units) ** (1 / method.power) for d in (method.below, method.above))
            rows.append(Row({cell: method.scale}, 0, -below, 0, inf))
            rows.append(Row({cell: method.scale}, 0, -above, -inf, 0))
            rows.append(Row({cell: 1}, 0, 0, int(units > 0), inf))
    yield rows


def _repair_pieces(figures: Figures, unit: int, *, cells: Sequence[int] | None = None) -> Iterator[Piece]:
    """One of the cells is free, the others are nearest."""
    for cell in range(len(figures)) if cells is None else cells:
        yield _windows([None if k == cell else a for k, a in enumerate(figures)], unit, WINDOWS["nearest"])


def _largest_pieces(figures: Figures, unit: int) -> Iterator[Piece]:
    yield _windows(figures, unit, WINDOWS["nearest"])
    published = [cell for cell, units in enumerate(figures) if units is not None]
    for cell in published:
        others = [None if k == cell else a for k, a in enumerate(figures)]
        rows = _windows(others, unit, WINDOWS["nearest"])
        yield rows + [Row({cell: 1, other: -1}, 0, 0, 0, inf) for other in published if other != cell]


def _minimal_pieces(figures: Figures, unit: int) -> Iterator[Piece]:
    yield _windows(figures, unit, lambda _a, n: (-3 * n, n))
    yield _windows(figures, unit, lambda _a, n: (-n, 3 * n))


_PIECES: dict[str, Callable[[Figures, int], Iterator[Piece]]] = {
    **{rule: partial(_window_piece, rule=rule) for rule in WINDOWS},
    "largest_remainder": _remainder_piece,
    "largest_remainder_first": partial(_remainder_piece, sign=1, slack=1),
    "largest_remainder_last": partial(_remainder_piece, sign=-1, slack=1),
    "largest_remainder_untied": partial(_remainder_piece, slack=1),
    **{name: partial(_divisor_piece, method=method) for name, method in DIVISORS.items()},
    "adjust_minimal": _minimal_pieces,
    "adjust_one": _repair_pieces,
    "adjust_largest": _largest_pieces,
    "adjust_last": lambda figures, unit: _repair_pieces(figures, unit, cells=[len(figures) - 1]),
}
