"""Linear functions over all tables that fit: bounds where the tables are too many to list.

Whole counts make an integer program (HiGHS, in floating point; Huangfu & Hall 2018, Mathematical
Programming Computation 10), whose witness is checked exactly. With n of any size the shares and weights obey
a linear program.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import inf, prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.errors import RecoveryError
from analysis.old.counts.solving.candidates import Rounding, figures_for, group_boxes
from analysis.old.counts.solving.pieces import Piece, Row, rule_pieces
from analysis.old.counts.solving.printed import Printed
from analysis.old.rounding import could_print

NEGLIGIBLE = 1e-6  # a difference between whole counts that is noise
MOST_PIECES = 600  # programs to solve for one weight, some 3 ms each

Floats = NDArray[np.float64]


class Bound(NamedTuple):
    """The lowest and highest value of a linear function; ``proved`` when a table attains each."""

    low: float
    high: float
    proved: bool


class Witness(NamedTuple):
    """A weighted sum, the rule of each column, and the counts by group that attain it."""

    value: float
    names: dict[str, str]
    table: dict[str, list[int]]


def linear_bounds(printed: Printed, rounding: Rounding, weights: dict[tuple[str, int], float]) -> Bound:
    """The lowest and highest weighted sum of counts, by group and stage, over all tables that fit.

    Raises
    ------
    RecoveryError
        No table fits.
    """
    ends: list[float] = []
    proved = True
    for sign in (1, -1):
        signed = {cell: sign * weight for cell, weight in weights.items()}
        found = _best(printed, rounding, signed)
        if found is None:
            raise RecoveryError(f"no table of counts fits {printed.wave} (numerical)")
        proved &= _is_table(printed, found.names, found.table)
        ends.append(sign * found.value)
    return Bound(ends[0], ends[1], proved)


def has_table(printed: Printed, rounding: Rounding) -> bool:
    """Whether any table fits, for tables too many to list; a numerical answer where it is no."""
    return _best(printed, rounding, {}) is not None


def _best(printed: Printed, rounding: Rounding, weights: dict[tuple[str, int], float]) -> Witness | None:
    """A table with the least weighted sum; rules are left out that cannot better it."""
    best = None
    cases = [(_least(printed, names, weights), names, pieces) for names, pieces in _cases(printed, rounding)]
    for least, names, pieces in sorted(cases, key=lambda case: case[0]):
        if best is not None and best.value < least + NEGLIGIBLE:
            break
        value, table = _solve(printed, pieces, weights)
        if table is not None and (best is None or value < best.value):
            best = Witness(value, names, table)
    return best


def _least(printed: Printed, names: dict[str, str], weights: dict[tuple[str, int], float]) -> float:
    """What a weighted sum cannot fall below, each column by itself; no program can better a table of it."""
    if any(len(printed.sizes[column] or ()) != 1 for column in printed.columns):
        return -inf
    total = printed.total
    alike = total is not None and len(weights) == len(printed.groups) and len(set(weights.values())) == 1
    if alike and len({place for _, place in weights}) == 1:  # a cell of the total
        weights = {(str(total), next(iter(weights))[1]): next(iter(weights.values()))}
    least = 0.0
    for (column, place), weight in weights.items():
        boxes = group_boxes(printed, column, names[column], (printed.sizes[column] or (0,))[0])
        least += min((weight * end for box in boxes for end in box[place]), default=inf)
    return least


def weight_limits(printed: Printed, rounding: Rounding) -> dict[str, tuple[float, float]] | None:
    """The lowest and highest weight of each group in the total, for n of any size; None when none fits."""
    limits: dict[str, tuple[float, float]] = {}
    for _, pieces in _cases(printed, rounding):
        if prod(map(len, pieces)) > MOST_PIECES:
            raise RecoveryError(f"the rule has too many cases for the weights of {printed.wave}")
        for choice, group in product(product(*pieces), printed.groups):
            ends = [_solve_weights(printed, choice, group, sign) for sign in (1, -1)]
            if None not in ends:
                low, high = limits.get(group, (inf, -inf))
                limits[group] = (min(low, ends[0] or 0.0), max(high, ends[1] or 0.0))
    return limits or None


def _cases(printed: Printed, rounding: Rounding) -> Iterator[tuple[dict[str, str], list[list[Piece]]]]:
    """For each rule of the groups and of the total, the rule of each column and its pieces."""
    for rule, totals in zip(rounding.rules, rounding.totals, strict=True):
        for total_rule in totals if printed.total else totals[:1]:
            names = {column: total_rule if column == printed.total else rule for column in printed.columns}
            figures = {column: figures_for(printed, column, name) for column, name in names.items()}
            if None not in figures.values():
                columns = printed.columns
                yield names, [rule_pieces(names[c], figures[c] or (), printed.unit) for c in columns]


def _matrix(printed: Printed, pieces: Sequence[Piece]) -> tuple[Floats, Floats, Floats]:
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


def _choose(
    pieces: list[list[Piece]], matrix: tuple[Floats, Floats, Floats], low: Floats, high: Floats
) -> tuple[Floats, Floats, Floats]:
    """The rows with a variable for each piece of a column that has several, 1 for the one that holds.

    Where it is 0, the rows of its piece allow all that the ranges of the other variables do; each of them
    bounds counts and n on one side.
    """
    rows, lows, highs = matrix
    several = [len(column) if len(column) > 1 else 0 for column in pieces]
    owners: list[int] = []
    for column, first in zip(pieces, np.cumsum([0, *several]).tolist(), strict=False):
        owners.append(-1)  # of the row that all pieces share
        owners += [first + k if len(column) > 1 else -1 for k, piece in enumerate(column) for _ in piece]
    owned = np.flatnonzero(np.array(owners) >= 0)
    finite = [np.where(np.isinf(end), 0, end) for end in (low, high)]
    least, most = np.sort([rows[owned] * end for end in finite], axis=0).sum(axis=2)
    room = np.zeros(len(rows))
    room[owned] = np.where(lows[owned] > -inf, lows[owned] - least, highs[owned] - most)
    choices = np.zeros((len(rows), sum(several)))
    choices[owned, np.array(owners)[owned]] = -room[owned]
    one = np.repeat(np.eye(len(several)), several, axis=1)[np.array(several) > 0]
    grown = np.block([[rows, choices], [np.zeros((len(one), rows.shape[1])), one]])
    return grown, np.r_[lows - room, np.ones(len(one))], np.r_[highs - room, np.ones(len(one))]


def _solve(
    printed: Printed, pieces: list[list[Piece]], weights: dict[tuple[str, int], float]
) -> tuple[float, dict[str, list[int]] | None]:
    """The least weighted sum over whole counts, and the counts by column that attain it."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    parts = len(printed.stages)
    rows, lows, highs = _matrix(printed, [[row for piece in column for row in piece] for column in pieces])
    width = rows.shape[1]
    low, high = _ranges(printed, width)
    allowed = printed.sizes[printed.total] if printed.total else None
    if allowed is not None:
        rows = np.vstack([rows, _of_all_n(printed, width)])
        lows, highs = np.r_[lows, min(allowed)], np.r_[highs, max(allowed)]
    rows, lows, highs = _choose(pieces, (rows, lows, highs), low, high)
    choices = np.ones(rows.shape[1] - width)
    cost, whole = np.zeros(rows.shape[1]), np.ones(rows.shape[1])
    whole[parts + 1 : width : parts + 2] = whole[width - 1] = 0
    for (group, cell), weight in weights.items():
        cost[printed.groups.index(group) * (parts + 2) + cell] = weight
    bounds = Bounds(np.r_[low, 0 * choices], np.r_[high, choices])
    found = milp(cost, constraints=LinearConstraint(rows, lows, highs), integrality=whole, bounds=bounds)
    if found.x is None:
        return inf, None
    cells = np.rint(found.x[: width - 1].reshape(-1, parts + 2)[:, :parts]).astype(int)
    table = dict(zip(printed.groups, cells.tolist(), strict=True))
    return sum(w * table[group][cell] for (group, cell), w in weights.items()), table


def _ranges(printed: Printed, width: int) -> tuple[Floats, Floats]:
    """The least and greatest value of each variable: known counts, n, and aids without limit."""
    parts = len(printed.stages)
    low, high = np.zeros(width), np.full(width, inf)
    low[parts + 1 :: parts + 2] = low[-1] = -inf
    for place, group in enumerate(printed.groups):
        start, sizes = place * (parts + 2), printed.sizes[group] or (0,)
        low[start + parts], high[start : start + parts + 1] = min(sizes), max(sizes)
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


def _solve_weights(printed: Printed, pieces: Sequence[Piece], group: str, sign: int) -> float | None:
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
