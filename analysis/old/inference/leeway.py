"""Differences between published shares with the leeway that rounding leaves: in shares, or in counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analysis.old.inference.cells import MEASURES
from analysis.old.inference.differences import (
    EVERY,
    METHODS,
    UNDETERMINED,
    Block,
    Request,
    adjusted_residuals,
    fisher_p,
    verdicts,
)
from analysis.old.inference.multiplicity import adjust_p
from analysis.old.inference.published import EXACT, Published, published_upwards
from analysis.old.inference.spans import Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.old.inference.cells import Integers
    from analysis.old.inference.intervals import Bounds

MOST_PAIRS = 2_500  # of counts of two cells; beyond it rounding says more than sampling


def published_differences(first: Published, second: Published) -> list[Block]:
    """Rows of first minus second, group by group, for what both publish, between the bounds of rounding."""
    sides = {"stage": (first, second), "at_least": (published_upwards(first), published_upwards(second))}
    return [_as_published(*sides[measure]) | {"measure": measure} for measure in MEASURES]


def counted_differences(
    first: Published, second: Published, spans: Sequence[tuple[Span, Span]], request: Request
) -> list[Block] | None:
    """The same rows over all counts that the spans allow; None where these are too many to go through.

    The family of adjusted p-values is all rows of a measure. No adjustment falls when a p-value rises, so
    adjusting the largest p-values gives at least the largest of the adjusted ones.
    """
    sides = {"stage": (first, second), "at_least": (published_upwards(first), published_upwards(second))}
    blocks = []
    for measure in MEASURES:
        both = ~np.isnan(sides[measure][0].estimate - sides[measure][1].estimate)
        one, other = (_ends([pair[side] for pair in spans], measure, both) for side in (0, 1))
        if ((one.high - one.low + 1) * (other.high - other.low + 1) > MOST_PAIRS).any():
            return None
        counted = {span.basis for pair in spans for span in pair} == {"counted"}
        tables = [_tables(pair) for pair in spans]
        blocks.append(
            _labels(*sides[measure], both)
            | _over_counts(one, other, request)
            | request._asdict()
            | {
                "measure": measure,
                "basis": "counted" if counted else "recovered",
                "n_tables": np.array(tables, dtype=float)[np.nonzero(both)[0]],
            }
        )
    return blocks


def _as_published(first: Published, second: Published) -> Block:
    both = ~np.isnan(first.estimate - second.estimate)
    bounds = (first.estimate - second.estimate, first.low - second.high, first.high - second.low)
    estimate, low, high = (np.round(bound, EXACT)[both] for bound in bounds)
    nothing = dict.fromkeys(
        ("p_value", "p_low", "p_high", "p_adjusted", "residual", "level", "n_tables"), np.nan
    )
    return {
        **_labels(first, second, both),
        **nothing,
        "estimate": estimate,
        "estimate_low": low,
        "estimate_high": high,
        "low": low,
        "high": high,
        "method": "rounding",
        "adjust": "none",
        "basis": np.where((first.counted & second.counted)[both], "counted", "published"),
        "verdict": np.where((low > 0) | (high < 0), EVERY, UNDETERMINED),
    }


def _labels(first: Published, second: Published, both: NDArray[np.bool_]) -> Block:
    """What stands beside each difference: the sides, the stage, their n, their printed shares."""
    row, column = np.nonzero(both)
    return {
        "first": np.array(first.groups)[row],
        "second": np.array(second.groups)[row],
        "stage": np.array(first.stages)[column],
        "n_first": first.n[row],
        "n_second": second.n[row],
        "percent_first": first.percent[both],
        "percent_second": second.percent[both],
    }


class _Ends(NamedTuple):
    """Lowest and highest count and n of each cell of one side."""

    low: Integers
    high: Integers
    n: Integers


def _ends(spans: Sequence[Span], measure: str, both: NDArray[np.bool_]) -> _Ends:
    low, high = (np.array([getattr(span, end)[measure] for span in spans])[both] for end in ("low", "high"))
    return _Ends(low, high, np.array([span.n for span in spans])[np.nonzero(both)[0]])


def _fisher_bounds(one: _Ends, other: _Ends) -> Bounds:
    """The smallest and largest p of each two cells, over all pairs of their counts."""
    wide = other.high - other.low + 1
    pairs = (one.high - one.low + 1) * wide
    starts = np.cumsum(pairs) - pairs
    cell = np.repeat(np.arange(len(pairs)), pairs)
    place = np.arange(len(cell)) - starts[cell]
    x1, x2 = one.low[cell] + place // wide[cell], other.low[cell] + place % wide[cell]
    p = fisher_p(x1, one.n[cell], x2, other.n[cell])
    return np.minimum.reduceat(p, starts), np.maximum.reduceat(p, starts)


def _tables(pair: tuple[Span, Span]) -> float:
    one, other = (span.n_tables for span in pair)
    return np.nan if one is None or other is None else float(one * other)


def _over_counts(one: _Ends, other: _Ends, request: Request) -> Block:
    """Both ends of an interval rise with the first count and fall with the second, so corners bound it."""
    bounds = METHODS[request.method]
    p_low, p_high = _fisher_bounds(one, other)
    adjusted_low, adjusted_high = (adjust_p(values, method=request.adjust) for values in (p_low, p_high))
    least, most = one.low / one.n - other.high / other.n, one.high / one.n - other.low / other.n
    single = (one.low == one.high) & (other.low == other.high)
    residual = adjusted_residuals(one.low, one.n, other.low, other.n)
    return {
        "estimate": np.where(single, least, np.nan),
        "estimate_low": least,
        "estimate_high": most,
        "low": bounds(one.low, one.n, other.high, other.n, level=request.level)[0],
        "high": bounds(one.high, one.n, other.low, other.n, level=request.level)[1],
        "p_value": p_high,
        "p_low": p_low,
        "p_high": p_high,
        "p_adjusted": adjusted_high,
        "residual": np.where(single, residual, np.nan),
        "verdict": verdicts(adjusted_low, adjusted_high, request.level),
    }
