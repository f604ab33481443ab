"""Which n a printed wave can have, and what its percentages alone say of the groups' weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np
import pandas as pd

from analysis.counts.columns import Columns, TooManyError, join_columns, list_columns
from analysis.counts.reading import GroupSizes, PrintedWave, read_wave
from analysis.errors import RecoveryError
from analysis.rounding import DEFAULT_RULES, RULES, Rule, rule_names

MAX_N = 150
MOST_COMBINATIONS = 200_000  # of n by group to list
MOST_TURNS = 1_000  # of the columns together to go through; the bounds of more are a little wider
FINE = 10**9  # an n at which a window of whole numbers is as good as one of shares


def consistent_sizes(
    survey: pd.DataFrame,
    wave: str | None = None,
    *,
    max_n: int = MAX_N,
    n: GroupSizes | None = None,
    rounding: str | Sequence[str] = DEFAULT_RULES,
) -> pd.DataFrame:
    """Every n, or combination of n, of which some counts print the percentages of a wave.

    The n of the survey are not used, nor its counts.

    Parameters
    ----------
    survey : DataFrame
        A survey.
    wave : str, optional
        The id of the wave; left out, the latest complete one.
    max_n : int
        The largest n of a group to try.
    n : mapping or int, optional
        What is known of some n, as in `recover_counts`; with ``{"all": 175}`` the split of 175 is sought.
    rounding : str or sequence of str
        As in `recover_counts`.

    Returns
    -------
    DataFrame
        One row per feasible combination, smallest sum first: one column of n per part group, ``n`` (their
        sum) and ``n_tables``. With too many combinations two rows (index ``bound``: "low", "high"): the least
        and the greatest n at which each group fits alone.

        ``attrs``: ``status`` ("listed", "none" or "too_many"), ``n_feasible`` and ``n_tables`` (of all
        together; None with "too_many"), ``smallest`` (n by group, None where nothing is known to fit),
        ``all_from`` (by group: from which n on every n up to the bound occurs; None where the bound itself
        does not), ``wave``, ``max_n``, ``rules``.

    Raises
    ------
    RequestError
        Unknown wave, group or rule, or a bound out of reach.

    Examples
    --------
    >>> from analysis.survey.table import load_survey
    >>> sizes = consistent_sizes(load_survey(), "2020-autumn", max_n=60, rounding="largest_remainder")
    >>> sizes.attrs["smallest"]
    {'vocational': 43, 'general': 51}
    """
    names = rule_names(rounding)
    printed = read_wave(survey, wave, n=n, max_n=max_n).without_counts()
    alone: dict[str, list[int]] = {group: [] for group in printed.groups}
    try:
        listed = []
        for group in printed.groups:
            listed.append(list_columns(printed, group, names))
            alone[group] = np.unique(listed[-1].n).tolist()
        sizes = _combinations(printed, _count_by_size(printed, names, listed))
        sizes.attrs["status"] = "listed" if len(sizes) else "none"
    except TooManyError:
        sizes = _ends(printed, alone)
    sizes.attrs |= {"codebook": printed.codebook, "wave": printed.wave, "rules": list(names), "max_n": max_n}
    return sizes


def weight_bounds(
    survey: pd.DataFrame,
    wave: str | None = None,
    *,
    rounding: str | Sequence[str] = DEFAULT_RULES,
) -> pd.DataFrame:
    """What the percentages alone say about the weight of each group in the total, whatever n is.

    The share of a group among all answers must let the groups' percentages average to the total's; this is
    a linear program over shares of any fineness, so the bounds hold for every n.

    Returns
    -------
    DataFrame
        One row per rule × part group: ``rule``, ``group``, ``low`` and ``high`` (weights, 0 to 1; NaN where
        the rule fits no n at all).

    Raises
    ------
    RecoveryError
        The wave has no total beside its groups, so nothing ties the groups together.
    RequestError
        Unknown wave or rule.
    """
    names = rule_names(rounding)
    printed = read_wave(survey, wave, max_n=1).without_counts()
    if printed.total is None or not printed.exhaustive:
        raise RecoveryError(
            f"{printed.wave} has no total beside all its groups, so it says nothing of their weights"
        )
    rows = [
        {"rule": name, "group": group, "low": low, "high": high}
        for name in names
        for group, (low, high) in _weights(printed, RULES[name]).items()
    ]
    weights = pd.DataFrame(rows, columns=["rule", "group", "low", "high"])
    weights.attrs = {"codebook": printed.codebook, "wave": printed.wave, "rules": list(names)}
    return weights


def _count_by_size(
    printed: PrintedWave, names: Sequence[str], listed: Sequence[Columns]
) -> Counter[tuple[int, ...]]:
    """The number of tables for each combination of n that has any."""
    tables: Counter[tuple[int, ...]] = Counter()
    sizes = [np.unique(columns.n, return_inverse=True) for columns in listed]
    shape = tuple(len(tried) for tried, _ in sizes)
    if printed.total is None and prod(shape) > MOST_COMBINATIONS:
        raise TooManyError
    for block in join_columns(printed, names, listed):
        which = [place[row] for (_, place), row in zip(sizes, block.places, strict=True)]
        keys, numbers = np.unique(np.ravel_multi_index(which, shape), return_counts=True)
        places = np.unravel_index(keys, shape)
        n = [tried[place].tolist() for (tried, _), place in zip(sizes, places, strict=True)]
        tables.update(dict(zip(zip(*n, strict=True), numbers.tolist(), strict=True)))
        if len(tables) > MOST_COMBINATIONS:
            raise TooManyError
    return tables


def _combinations(printed: PrintedWave, tables: Counter[tuple[int, ...]]) -> pd.DataFrame:
    groups = list(printed.groups)
    ordered = sorted(tables.items(), key=lambda item: (sum(item[0]), item[0]))
    rows = np.array([[*n, sum(n), number] for n, number in ordered], dtype=np.int64)
    sizes = pd.DataFrame(rows.reshape(len(ordered), len(groups) + 2), columns=[*groups, "n", "n_tables"])
    sizes.attrs = {
        "n_feasible": len(sizes),
        "n_tables": sum(tables.values()),
        "smallest": dict(zip(groups, ordered[0][0], strict=True)) if ordered else None,
        "all_from": {
            group: _all_from({n[place] for n in tables}, printed.sizes[group] or ())
            for place, group in enumerate(groups)
        },
    }
    return sizes


def _ends(printed: PrintedWave, alone: dict[str, list[int]]) -> pd.DataFrame:
    """The least and greatest n of each group by itself; of one too large to list, those that were tried."""
    fitting = {group: alone[group] or list(printed.sizes[group] or ()) for group in printed.groups}
    rows = [[n[end] for n in fitting.values()] for end in (0, -1)]
    sizes = pd.DataFrame(rows, columns=list(printed.groups), index=pd.Index(["low", "high"], name="bound"))
    sizes["n"] = sizes.sum(axis="columns")
    sizes["n_tables"] = pd.array([None, None], dtype="Int64")
    all_from = {group: _all_from(set(n), printed.sizes[group] or ()) for group, n in fitting.items()}
    sizes.attrs = {"status": "too_many", "n_feasible": None, "n_tables": None, "smallest": None}
    sizes.attrs["all_from"] = all_from
    return sizes


def _all_from(feasible: set[int], tried: Sequence[int]) -> int | None:
    """The first of the n tried from which on all are feasible."""
    start = None
    for n in sorted(tried, reverse=True):
        if n not in feasible:
            break
        start = n
    return start


def _weights(printed: PrintedWave, rule: Rule) -> dict[str, tuple[float, float]]:
    """The lowest and highest weight of each group; NaN where the rule fits no n."""
    from scipy.optimize import linprog

    ends = dict.fromkeys(printed.groups, (np.inf, -np.inf))
    each = rule.turns if len(rule.turns) ** len(printed.names) <= MOST_TURNS else ()
    for turns in product(each or (None,), repeat=len(printed.names)):
        program = _program(printed, rule, turns)
        if program is None:
            break
        for group, place in zip(printed.groups, range(len(printed.groups)), strict=True):
            goal = np.zeros(len(program["bounds"]))
            for sign in (1, -1):
                goal[place] = sign
                solved = linprog(goal, **program)
                if solved.success:
                    ends[group] = (min(ends[group][0], solved.x[place]), max(ends[group][1], solved.x[place]))
    return {group: (low, high) if low <= high else (np.nan, np.nan) for group, (low, high) in ends.items()}


def _program(printed: PrintedWave, rule: Rule, turns: Sequence[int | None]) -> dict[str, Any] | None:
    """The constraints of a rule on weights and shares of all answers, as ``linprog`` takes them.

    Variables: the weight of each group, its shares by cell, and the hidden number of each column. A span
    that is not linear in counts and n (a multiplier's) is left out, so the bounds may be too wide.
    """
    groups, cells = len(printed.groups), len(printed.columns[printed.groups[0]].cells)
    hidden = groups * (1 + cells)
    width = hidden + len(printed.names)
    at_most: list[Any] = []
    equal = [np.r_[np.ones(groups), np.zeros(width - groups)]]
    sums = [1.0]
    for place in range(groups):
        row = np.zeros(width)
        row[groups + place * cells : groups + (place + 1) * cells] = 1
        row[place] = -1
        equal.append(row)
        sums.append(0.0)
    for which, name in enumerate(printed.names):
        column = printed.columns[name].under(rule)
        if column is None:
            return None
        members = [which] if which < groups else [*range(groups)]
        size = np.zeros(width)
        size[members] = 1
        turn = turns[which]
        for position, cell in enumerate(column):
            if cell.units is None:
                continue
            count = np.zeros(width)
            count[[groups + member * cells + position for member in members]] = 1
            low, high = rule.window(cell.units, FINE, cell.unit, printed.columns[name].parts)
            error = 2 * cell.unit * count - 2 * cell.units * size
            at_most += [low / FINE * size - error, error - high / FINE * size]
            for side, (in_count, in_n) in zip(
                (1, -1), _linear_span(rule, cell.units, cell.unit), strict=False
            ):
                number = np.zeros(width)
                number[hidden + which] = 1
                at_most.append(
                    side * (in_count * count + in_n * size - (number if turn is None else turn * size))
                )
    bounds = [(0, None)] * hidden + [(None, None)] * len(printed.names)
    return {
        "A_ub": np.array(at_most) if at_most else None,
        "b_ub": np.zeros(len(at_most)) if at_most else None,
        "A_eq": np.array(equal),
        "b_eq": np.array(sums),
        "bounds": bounds,
    }


def _linear_span(rule: Rule, units: int, unit: int) -> Iterator[tuple[float, float]]:
    """What the low and the high of a span are per answer and per n; nothing where it is not linear."""
    if rule.span is None:
        return
    by_count, twice, by_n = (rule.span(c, units, n, unit) for c, n in ((1, 0), (2, 0), (0, 1)))
    for end in (0, 1):
        if twice[end] == 2 * by_count[end]:
            yield by_count[end], by_n[end]
