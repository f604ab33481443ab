"""Linear functions over all tables that fit: bounds where the tables are too many to list.

Whole counts make an integer program (HiGHS, in floating point; Huangfu & Hall 2018, Mathematical
Programming Computation 10), whose witness is checked exactly. With n of any size the shares and weights obey
a linear program.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import inf, prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.errors import RecoveryError
from analysis.rounding import could_print
from analysis.solving.candidates import Rounding, figures_for, group_boxes
from analysis.solving.pieces import Piece, Row, rule_pieces
from analysis.solving.printed import Printed

NEGLIGIBLE = 1e-6  # a difference between whole counts that is noise
MOST_PIECES = 600  # programs to solve for one bound, some 3 ms each

Floats = NDArray[np.float64]


class Bound(NamedTuple):
    """The lowest and highest value of a linear function; ``proved`` when a table attains each."""

    low: float
    high: float
    proved: bool


def linear_bounds(printed: Printed, rounding: Rounding, weights: dict[tuple[str, int], float]) -> Bound:
    """The lowest and highest weighted sum of counts, by group and stage, over all tables that fit.

    Raises
    ------
    RecoveryError
        No table fits, or the rules have too many pieces.
    """
    ends: list[float] = []
    proved = True
    for sign in (1, -1):
        best, table = inf, None
        signed = {cell: sign * weight for cell, weight in weights.items()}
        least = _least(printed, rounding, signed)
        for names, pieces in _choices(printed, rounding):
            value, found = _solve(printed, pieces, signed)
            if found is not None and value < best:
                best, table = value, (names, found)
            if best < least + NEGLIGIBLE:
                break
        if table is None:
            raise RecoveryError(f"no table of counts fits {printed.wave} (numerical)")
        proved &= _is_table(printed, *table)
        ends.append(sign * best)
    return Bound(ends[0], ends[1], proved)


def _least(printed: Printed, rounding: Rounding, weights: dict[tuple[str, int], float]) -> float:
    """What a weighted sum cannot fall below, each column by itself; no program can better a table of it."""
    if any(len(printed.sizes[column] or ()) != 1 for column in printed.columns):
        return -inf
    total = printed.total
    alike = total is not None and len(weights) == len(printed.groups) and len(set(weights.values())) == 1
    if alike and len({place for _, place in weights}) == 1:  # a cell of the total
        weights = {(str(total), next(iter(weights))[1]): next(iter(weights.values()))}
    least = 0.0
    for (column, place), weight in weights.items():
        rules = rounding.of_total if column == total else rounding.rules
        n = (printed.sizes[column] or (0,))[0]
        cells = [box[place] for rule in rules for box in group_boxes(printed, column, rule, n)]
        least += min((weight * end for cell in cells for end in cell), default=inf)
    return least


def has_table(printed: Printed, rounding: Rounding) -> bool:
    """Whether any table fits, for tables too many to list; a numerical answer where it is no."""
    return any(_solve(printed, pieces, {})[1] is not None for _, pieces in _choices(printed, rounding))


def weight_limits(printed: Printed, rounding: Rounding) -> dict[str, tuple[float, float]] | None:
    """The lowest and highest weight of each group in the total, for n of any size; None when none fits."""
    limits: dict[str, tuple[float, float]] = {}
    for _, pieces in _choices(printed, rounding):
        for group in printed.groups:
            ends = [_solve_weights(printed, pieces, group, sign) for sign in (1, -1)]
            if None not in ends:
                low, high = limits.get(group, (inf, -inf))
                limits[group] = (min(low, ends[0] or 0.0), max(high, ends[1] or 0.0))
    return limits or None


def _choices(printed: Printed, rounding: Rounding) -> Iterator[tuple[dict[str, str], list[Piece]]]:
    """For each rule of the groups and of the total, each choice of one piece a column."""
    for rule, totals in zip(rounding.rules, rounding.totals, strict=True):
        for total_rule in totals if printed.total else totals[:1]:
            names = {column: total_rule if column == printed.total else rule for column in printed.columns}
            figures = {column: figures_for(printed, column, name) for column, name in names.items()}
            if None in figures.values():
                continue
            pieces = [rule_pieces(names[c], figures[c] or (), printed.unit) for c in printed.columns]
            if prod(map(len, pieces)) > MOST_PIECES:
                raise RecoveryError(f"{rule} has too many cases for linear bounds on {printed.wave}")
            for choice in product(*pieces):
                yield names, list(choice)


def _matrix(printed: Printed, pieces: list[Piece]) -> tuple[Floats, Floats, Floats]:
    """Rows over the variables: for each group its counts, its n, its aid; then the aid of the total."""
    parts = len(printed.stages)
    width = len(printed.groups) * (parts + 2) + 1
    rows, lows, highs = [], [], []
    for place, piece in enumerate(pieces):
        is_total = place == len(printed.groups)
        starts = [g * (parts + 2) for g in (range(len(printed.groups)) if is_total else [place])]
        aid = width - 1 if is_total else starts[0] + parts + 1
        for row in [Row(dict.fromkeys(range(parts), 1.0), -1, 0, 0, 0), *piece]:
            line = np.zeros(width)
            for start in starts:
                line[start + parts] = row.of_n
                for cell, coefficient in row.counts.items():
                    line[start + cell] = coefficient
            line[aid] = row.of_aid
            rows.append(line)
            lows.append(row.low)
            highs.append(row.high)
    return np.array(rows), np.array(lows), np.array(highs)


def _solve(
    printed: Printed, pieces: list[Piece], weights: dict[tuple[str, int], float]
) -> tuple[float, dict[str, list[int]] | None]:
    """The least weighted sum over whole counts, and the counts by column that attain it."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    parts, (rows, lows, highs) = len(printed.stages), _matrix(printed, pieces)
    low, high = _ranges(printed, rows.shape[1])
    cost, whole = np.zeros(rows.shape[1]), np.ones(rows.shape[1])
    whole[parts + 1 :: parts + 2] = whole[-1] = 0
    for (group, cell), weight in weights.items():
        cost[printed.groups.index(group) * (parts + 2) + cell] = weight
    allowed = printed.sizes[printed.total] if printed.total else None
    if allowed is not None:
        rows = np.vstack([rows, _of_all_n(printed, rows.shape[1])])
        lows, highs = np.r_[lows, min(allowed)], np.r_[highs, max(allowed)]
    limits = LinearConstraint(rows, lows, highs)
    found = milp(cost, constraints=limits, integrality=whole, bounds=Bounds(low, high))
    if found.x is None:
        return inf, None
    cells = np.rint(found.x[:-1].reshape(-1, parts + 2)[:, :parts]).astype(int)
    table = dict(zip(printed.groups, cells.tolist(), strict=True))
    return sum(w * table[group][cell] for (group, cell), w in weights.items()), table


def _ranges(printed: Printed, width: int) -> tuple[Floats, Floats]:
    """The least and greatest value of each variable: known counts, n, and aids without limit."""
    parts = len(printed.stages)
    low, high = np.zeros(width), np.full(width, inf)
    low[parts + 1 :: parts + 2] = low[-1] = -inf
    for place, group in enumerate(printed.groups):
        start, sizes = place * (parts + 2), printed.sizes[group] or (0,)
        low[start + parts], high[start + parts] = min(sizes), max(sizes)
        for cell, count in enumerate(printed.counts[group]):
            if count is not None:
                low[start + cell] = high[start + cell] = count
    return low, high


def _of_all_n(printed: Printed, width: int) -> Floats:
    """Coefficients of the sum of all n."""
    of_n = np.zeros(width)
    of_n[len(printed.stages) :: len(printed.stages) + 2] = 1
    return of_n


def _is_table(printed: Printed, names: dict[str, str], table: dict[str, list[int]]) -> bool:
    """Whether a witness fits exactly."""
    if printed.total:
        table = {**table, printed.total: [sum(stage) for stage in zip(*table.values(), strict=True)]}
    return all(
        sum(counts) in (printed.sizes[column] or (sum(counts),))
        and could_print(counts, printed.units[column], names[column], decimals=printed.decimals)
        for column, counts in table.items()
    )


def _solve_weights(printed: Printed, pieces: list[Piece], group: str, sign: int) -> float | None:
    """The least (sign 1) or greatest (-1) weight of a group, all n together being 1."""
    from scipy.optimize import linprog

    parts, (rows, lows, highs) = len(printed.stages), _matrix(printed, pieces)
    above, below, same = lows > -inf, highs < inf, lows == highs
    cost = np.zeros(rows.shape[1])
    cost[printed.groups.index(group) * (parts + 2) + parts] = sign
    free = [(None, None) if k % (parts + 2) == parts + 1 else (0, None) for k in range(len(cost) - 1)]
    unequal = np.vstack([-rows[above & ~same], rows[below & ~same]])
    equal = np.vstack([rows[same], _of_all_n(printed, rows.shape[1])])
    right = np.r_[np.zeros(len(equal) - 1), 1.0]
    found = linprog(cost, unequal, np.zeros(len(unequal)), equal, right, bounds=[*free, (None, None)])
    return sign * float(found.fun) if found.status == 0 else None
