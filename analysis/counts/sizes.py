"""Which n a printed wave can have, and what its percentages alone say of the groups' weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import product, takewhile
from math import prod
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.counts.columns import CountColumns, TooManyError, join_columns, list_columns
from analysis.counts.reading import GroupSizes, PrintedWave, read_wave
from analysis.errors import RecoveryError
from analysis.rounding import DEFAULT_RULES, RULES, Rule, rule_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Reals = NDArray[np.float64]

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
    fitting: dict[str, Sequence[int]] = {group: printed.sizes[group] or () for group in printed.groups}
    try:
        listed: list[CountColumns] = []
        for group in printed.groups:
            if all(fitting.values()):
                listed.append(list_columns(printed, group, names))
                fitting[group] = np.unique(listed[-1].n).tolist()
        sizes = _combinations(printed, _count_by_size(printed, names, listed))
        fitting = {group: sizes[group].tolist() for group in printed.groups}
    except TooManyError:
        sizes = _ends(fitting)
    all_from = {group: _all_from(set(n), printed.sizes[group] or ()) for group, n in fitting.items()}
    sizes.attrs |= {"all_from": all_from, "codebook": printed.codebook, "wave": printed.wave}
    sizes.attrs |= {"rules": list(names), "max_n": max_n}
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
    rows = [(name, *weight) for name in names for weight in _weights(printed, RULES[name])]
    weights = pd.DataFrame(rows, columns=["rule", "group", "low", "high"])
    weights.attrs = {"codebook": printed.codebook, "wave": printed.wave, "rules": list(names)}
    return weights


def _count_by_size(
    printed: PrintedWave, names: Sequence[str], listed: Sequence[CountColumns]
) -> Counter[tuple[int, ...]]:
    """The number of tables for each combination of n that has any."""
    tables: Counter[tuple[int, ...]] = Counter()
    if printed.total is None and prod(len(np.unique(group.n)) for group in listed) > MOST_COMBINATIONS:
        raise TooManyError
    for block in join_columns(printed, names, listed):
        n = [group.n[places].tolist() for group, places in zip(listed, block.places, strict=True)]
        tables.update(zip(*n, strict=True))
        if len(tables) > MOST_COMBINATIONS:
            raise TooManyError
    return tables


def _combinations(printed: PrintedWave, tables: Counter[tuple[int, ...]]) -> pd.DataFrame:
    """Each combination of n with its number of tables, smallest sum first."""
    ordered = sorted(tables, key=lambda n: (sum(n), n))
    rows = [(*n, sum(n), tables[n]) for n in ordered]
    sizes = pd.DataFrame(rows, columns=[*printed.groups, "n", "n_tables"], dtype="int64")
    sizes.attrs = {
        "status": "listed" if ordered else "none",
        "n_feasible": len(sizes),
        "n_tables": tables.total(),
        "smallest": dict(zip(printed.groups, ordered[0], strict=True)) if ordered else None,
    }
    return sizes


def _ends(fitting: dict[str, Sequence[int]]) -> pd.DataFrame:
    """The least and greatest n of each group by itself; of one too large to list, those that were tried."""
    rows = [[n[end] for n in fitting.values()] for end in (0, -1)]
    sizes = pd.DataFrame(rows, columns=list(fitting), index=pd.Index(["low", "high"], name="bound"))
    sizes["n"] = sizes.sum(axis="columns")
    sizes["n_tables"] = pd.array([None, None], dtype="Int64")
    sizes.attrs = {"status": "too_many", "n_feasible": None, "n_tables": None, "smallest": None}
    return sizes


def _all_from(feasible: Collection[int], tried: Sequence[int]) -> int | None:
    """The first of the n tried from which on all are feasible."""
    together = list(takewhile(feasible.__contains__, sorted(tried, reverse=True)))
    return together[-1] if together else None


def _weights(printed: PrintedWave, rule: Rule) -> Iterator[tuple[str, float, float]]:
    """Each group with its lowest and highest weight; NaN where the rule fits no n.

    The unknowns are every cell of a group as a share of all answers, and the hidden number of each column.
    """
    from scipy.optimize import linprog

    groups, columns = len(printed.groups), len(printed.names)
    cells = len(printed.columns[printed.groups[0]].cells)
    unknowns = np.eye(groups * cells + columns)
    shares, hidden = unknowns[:-columns].reshape(groups, cells, -1), unknowns[-columns:]
    free = [(0, None)] * (groups * cells) + [(None, None)] * columns
    each = rule.turns if len(rule.turns) ** columns <= MOST_TURNS else ()
    programs = [
        {
            "A_ub": rows,
            "b_ub": np.zeros(len(rows)),
            "A_eq": shares.sum((0, 1))[None],
            "b_eq": [1],
            "bounds": free,
        }
        for turns in product(each or (None,), repeat=columns)
        if (rows := _constraints(printed, rule, turns, shares, hidden)) is not None
    ]
    for group, weight in zip(printed.groups, shares.sum(1), strict=True):
        solved = [linprog(sign * weight, **program) for program in programs for sign in (1, -1)]
        weights = [float(weight @ optimum.x) for optimum in solved if optimum.success]
        yield group, min(weights, default=np.nan), max(weights, default=np.nan)


def _constraints(
    printed: PrintedWave, rule: Rule, turns: Sequence[int | None], shares: Reals, hidden: Reals
) -> Reals | None:
    """What a rule says of the unknowns: a row each of what is 0 at most; None where it could not print a sum.

    A span that is not linear in counts and n (a multiplier's) is left out, so the bounds may be too wide.
    """
    rows = [0 * hidden[0]]
    columns = zip(printed.names, turns, hidden, [*shares, shares.sum(0)], strict=False)
    for name, turn, unknown, counts in columns:
        column, n = printed.columns[name], counts.sum(0)
        number, cells = unknown if turn is None else turn * n, column.under(rule)
        if cells is None:
            return None
        for cell, count in zip(cells, counts, strict=True):
            if cell.units is None:
                continue
            low, high = rule.window(cell.units, FINE, cell.unit, column.parts)
            error = 2 * (cell.unit * count - cell.units * n)
            rows += [low / FINE * n - error, error - high / FINE * n]
            if rule.span is not None:
                once, twice = (rule.span(k * count, cell.units, k * n, cell.unit) for k in (1, 2))
                if np.array_equal(2 * np.array(once), twice):
                    rows += [once[0] - number, number - once[1]]
    return np.array(rows)
