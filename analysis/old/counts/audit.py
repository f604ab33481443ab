"""Which rounding rules could have printed a wave, where each one fails, and which n near by it would fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.old.apportionment import balanced
from analysis.old.counts.solving.candidates import (
    Rounding,
    TooManyError,
    group_boxes,
    join_columns,
    list_columns,
    read_rounding,
)
from analysis.old.counts.solving.lattice import count_points
from analysis.old.counts.solving.printed import Printed, Sizes, read_printed, without_counts
from analysis.old.counts.solving.solutions import number_of
from analysis.old.rounding import RULES, WINDOWS

FARTHEST_N = 20  # how far from each n the nearest ones that fit are looked for


def audit_rounding(
    survey: pd.DataFrame,
    wave: str,
    *,
    n: Sizes | None = None,
    max_n: int | None = None,
    rules: Sequence[str] = tuple(RULES),
) -> pd.DataFrame:
    """Which rule could have printed this table: every rule against every column and all together.

    Parameters
    ----------
    survey : DataFrame
        A survey; counts in it are not used.
    wave : str
        The id of the wave.
    n, max_n
        As in `recover_counts`.
    rules : sequence of str
        The rules to try; all of them when left out.

    Returns
    -------
    DataFrame
        One row per rule: ``rule``; ``sums`` (whether the rule allows the sums of the printed columns); for
        each column of the wave, named by its group, the number of ways to count it that fit alone;
        ``n_tables`` (all columns together, as `number_of_tables`); ``fits``; ``nearest`` (the n by group
        nearest to the given ones that the rule does fit, None where there is none within 20 answers of
        each or where several n are open).

    Raises
    ------
    RecoveryError
        The wave cannot be recovered.
    RequestError
        Unknown wave, group or rule.
    """
    printed = without_counts(read_printed(survey, wave, n=n, max_n=max_n))
    rows = [_audit(printed, rule) for rule in rules]
    audit = pd.DataFrame(rows)
    audit.attrs = {"codebook": printed.codebook, "wave": wave, "n": dict(printed.sizes)}
    return audit


def explain_none(printed: Printed, rounding: Rounding) -> str:
    """Why no table fits: which column fails under which rule, and the nearest n that would fit."""
    sentences = []
    for rule, totals in zip(rounding.rules, rounding.totals, strict=True):
        alone = Rounding((rule,), (totals,))
        failing = [group for group in printed.groups if not _alone(printed, group, rule)]
        if failing:
            names = " and ".join(f"{group} ({_said(printed.sizes[group])})" for group in failing)
            sentence = f"{rule}: no counts of {names} print its percentages"
        else:
            sentence = f"{rule}: each group fits alone, but no sum of them prints {printed.total}"
        near = nearest_sizes(printed, alone)
        if near:
            sentence += f"; {', '.join(f'{group}={n}' for group, n in near.items())} would fit"
        sentences.append(sentence)
    return f"no table of counts fits {printed.wave}. " + ". ".join(sentences)


def nearest_sizes(printed: Printed, rounding: Rounding) -> dict[str, int] | None:
    """The n by group nearest to the given ones that have a table: least sum of distances, then smallest."""
    given = [printed.sizes[group] or () for group in printed.groups]
    if any(len(sizes) != 1 for sizes in given):
        return None
    center = np.array([sizes[0] for sizes in given])
    around = {
        group: tuple(range(max(1, n - FARTHEST_N), n + FARTHEST_N + 1))
        for group, n in zip(printed.groups, center.tolist(), strict=True)
    }
    moved = printed._replace(sizes=around | ({printed.total: None} if printed.total else {}))
    try:
        columns = [list_columns(moved, group, rounding.rules) for group in moved.groups]
        near = [
            _nearest(np.column_stack([c.n[block.places[:, g]] for g, c in enumerate(columns)]), center)
            for block in join_columns(moved, rounding, columns)
            if len(block.n)
        ]
    except TooManyError:
        return None
    if not near:
        return None
    return dict(zip(printed.groups, min(near)[-1], strict=True))


def _nearest(sizes: NDArray[np.int64], center: NDArray[np.int64]) -> tuple[int, int, list[int]]:
    """Of some n by group the nearest: its distance and its sum, by which they are compared, and itself."""
    distances = np.abs(sizes - center).sum(1)
    least = distances.min()
    return min((int(least), sum(n), n) for n in np.unique(sizes[distances == least], axis=0).tolist())


def _audit(printed: Printed, rule: str) -> dict[str, Any]:
    rounding = read_rounding(rule)
    number = number_of(printed, rounding, seed=0)
    fits = bool(number) if isinstance(number, int) else number["high"] > 0
    given = {group: (printed.sizes[group] or (0,))[0] for group in printed.groups}
    return {
        "rule": rule,
        "sums": all(_allows_sum(printed, column, rule) for column in printed.columns),
        **{column: _alone(printed, column, rule) for column in printed.columns},
        "n_tables": number,
        "fits": fits,
        "nearest": given if fits else nearest_sizes(printed, rounding),
    }


def _alone(printed: Printed, column: str, rule: str) -> int:
    """In how many ways one column can be counted by itself."""
    return sum(count_points(group_boxes(printed, column, rule, n), n) for n in _sizes_of(printed, column))


def _sizes_of(printed: Printed, column: str) -> Sequence[int]:
    """The n of a column; of a total without its own, every sum of its groups' n."""
    own = printed.sizes[column]
    if own is not None:
        return own
    parts = [printed.sizes[group] or (0,) for group in printed.groups]
    return range(sum(map(min, parts)), sum(map(max, parts)) + 1)


def _allows_sum(printed: Printed, column: str, rule: str) -> bool:
    """Whether a rule can print figures with this sum, for the largest n that the column may have."""
    units = printed.units[column]
    if RULES[rule].keeps_sum:
        return balanced(units, printed.unit) is not None
    n = max(_sizes_of(printed, column))
    windows = [WINDOWS[rule](a, n) for a in units if a is not None]
    missing = 2 * n * (printed.unit - sum(a or 0 for a in units))
    lowest = sum(low for low, _ in windows)
    return missing >= lowest if None in units else lowest <= missing <= sum(high for _, high in windows)


def _said(sizes: Sequence[int] | None) -> str:
    if not sizes:
        return "n unknown"
    return f"n = {sizes[0]}" if len(sizes) == 1 else f"any n of {sizes[0]}-{sizes[-1]}"
