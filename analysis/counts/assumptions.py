"""Under which assumptions a wave could have been printed: the n, the weights of the groups, the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, product, takewhile
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.counts.columns import TooManyError, Windows, find_tables, find_tables_or_bounds, list_columns
from analysis.counts.reading import GroupSizes, PrintedWave, read_wave
from analysis.errors import RecoveryError
from analysis.rounding import DEFAULT_RULES, RULES, Column, Rule, join_ends, rule_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Reals = NDArray[np.float64]

MAX_N = 150
AROUND = 20  # how far from each n the nearest ones that fit are looked for
MOST_COUNTED = 1_000_000  # tables to count one by one
MOST_PROGRAMS = 1_000  # of the windows of all columns; the bounds of more are a little wider
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
        sum) and ``n_tables``. With too many tables two rows (index ``bound``: "low", "high"): outside them
        no n of a group fits.

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
    groups = list(printed.groups)
    try:
        tables = find_tables(printed, names, MOST_COUNTED)
    except TooManyError:
        windows = [Windows(printed.columns[group], printed.sizes[group], names) for group in groups]
        fitting = [each.n[each.fitting].tolist() for each in windows]
        ends, bounds = [[n[end] for n in fitting] for end in (0, -1)], pd.Index(["low", "high"], name="bound")
        sizes = pd.DataFrame(ends, columns=groups, index=bounds)
        sizes["n"], sizes["n_tables"] = sizes.sum(axis="columns"), pd.array([None, None], dtype="Int64")
        sizes.attrs = {"status": "too_many", "n_feasible": None, "n_tables": None, "smallest": None}
    else:
        feasible, n_tables = np.unique(tables.n, axis=1, return_counts=True)
        fitting, order = feasible.tolist(), np.argsort(feasible.sum(0), kind="stable")
        sizes = pd.DataFrame(feasible[:, order].T, columns=groups)
        smallest = sizes.iloc[0].to_dict() if len(sizes) else None
        sizes["n"], sizes["n_tables"] = sizes.sum(axis="columns"), n_tables[order]
        sizes.attrs = {"status": "listed" if len(sizes) else "none", "smallest": smallest}
        sizes.attrs |= {"n_feasible": len(sizes), "n_tables": len(tables.counts)}
    sizes.attrs["all_from"] = {
        group: [None, *takewhile(set(n).__contains__, reversed(printed.sizes[group]))][-1]
        for group, n in zip(groups, fitting, strict=True)
    }
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
    if printed.total is None or not printed.codebook.exhaustive:
        raise RecoveryError(
            f"{printed.wave} has no total beside all its groups, so it says nothing of their weights"
        )
    rows = [(name, *weight) for name in names for weight in _weights(printed, RULES[name])]
    weights = pd.DataFrame(rows, columns=["rule", "group", "low", "high"])
    weights.attrs = {"codebook": printed.codebook, "wave": printed.wave, "rules": list(names)}
    return weights


def _weights(printed: PrintedWave, rule: Rule) -> Iterator[tuple[str, float, float]]:
    """Each group with its lowest and highest weight; NaN where the rule fits no n.

    The unknowns are every cell of a group as a share of all answers, and the hidden number of each column.
    """
    from scipy.optimize import linprog

    columns = [printed.columns[name] for name in printed.names]
    shape = len(printed.groups), len(columns[0].cells)
    unknowns = np.eye(shape[0] * shape[1] + len(columns))
    shares, hidden = unknowns[: -len(columns)].reshape(*shape, -1), unknowns[-len(columns) :]
    bounds = [(0, None)] * (shape[0] * shape[1]) + [(None, None)] * len(columns)
    sides = rule.sides if len(rule.sides) ** len(columns) <= MOST_PROGRAMS else ()
    weights: list[Reals] = []
    printable = all(column.under(rule) for column in columns)
    for windows in product(sides or (rule.window,), repeat=len(columns)) if printable else ():
        rows = [0 * hidden[0]]
        for column, window, counts, number in zip(
            columns, windows, [*shares, shares.sum(0)], hidden, strict=True
        ):
            rows += _constraints(column, rule, window, counts, number)
        for weight in [*shares.sum(1), *-shares.sum(1)]:
            optimum = linprog(weight, rows, np.zeros(len(rows)), [shares.sum((0, 1))], [1], bounds)
            if optimum.success:
                weights.append(shares.sum(1) @ optimum.x)
    for group, *found in zip(printed.groups, *weights, strict=True):
        yield group, min(found, default=np.nan), max(found, default=np.nan)


def _constraints(
    column: Column, rule: Rule, window: Callable[..., Any], counts: Reals, hidden: Reals
) -> Iterator[Reals]:
    """What a rule says of the unknowns of a column: rows that are 0 at most.

    A span that is not linear in counts and n (a multiplier's) is left out, so the bounds may be too wide.
    """
    n = counts.sum(0)
    for cell, count in zip(column.under(rule) or (), counts, strict=False):
        if cell.units is None:
            continue
        low, high = window(cell.units, FINE, cell.unit, column.parts)
        error = 2 * (cell.unit * count - cell.units * n)
        yield from (low / FINE * n - error, error - high / FINE * n)
        if rule.span:
            ends, twice = (rule.span(k * count, cell.units, k * n, cell.unit) for k in (1, 2))
            if np.array_equal(2 * np.array(ends), twice):
                yield from (ends[0] - hidden, hidden - ends[1])


def audit_rounding(
    survey: pd.DataFrame,
    wave: str | None = None,
    *,
    n: GroupSizes | None = None,
    max_n: int | None = None,
    rules: Sequence[str] = (),
) -> pd.DataFrame:
    """Which rule could have printed this table: every rule against every column and all together.

    Parameters
    ----------
    survey : DataFrame
        A survey; counts in it are not used.
    wave : str, optional
        The id of the wave; left out, the latest complete one.
    n, max_n
        As in `recover_counts`.
    rules : sequence of str
        The rules to try; all of them when left out.

    Returns
    -------
    DataFrame
        One row per rule: ``rule``; ``sums`` (whether the rule allows the sums of the printed columns); for
        each column of the wave, named by its group, the number of ways to count it that fit alone (None
        where there are too many to list); ``n_tables`` (all columns together, None where too many); ``fits``
        (with too many: nothing speaks against it); ``nearest`` (n by group that the rule fits, nearest to
        the given ones; None where there is none within 20 answers of each, or too many to look through).

    Raises
    ------
    RecoveryError
        The wave cannot be recovered.
    RequestError
        Unknown wave, group or rule.
    """
    printed = read_wave(survey, wave, n=n, max_n=max_n).without_counts()
    rows = [_audit(printed, rule) for rule in rule_names(rules or tuple(RULES))]
    audit = pd.DataFrame(rows, dtype=object).astype({"rule": str, "sums": bool, "fits": bool})
    sizes = {group: list(size) for group, size in printed.sizes.items()}
    audit.attrs = {"codebook": printed.codebook, "wave": printed.wave, "n": sizes}
    return audit


def _audit(printed: PrintedWave, name: str) -> dict[str, Any]:
    """The row of a rule; of columns and tables that are too many to list the number is None."""
    alone: dict[str, int | None] = {}
    for group in printed.names:
        try:
            alone[group] = len(list_columns(Windows(printed.columns[group], printed.sizes[group], [name])).n)
        except TooManyError:
            alone[group] = None
    number: int | None = 0
    if 0 not in alone.values():
        tables = find_tables_or_bounds(printed, [name], MOST_COUNTED)
        number = len(tables.counts) if tables.listed else None
    given = {group: printed.sizes[group][0] for group in printed.groups}
    settled = number != 0 and all(len(printed.sizes[group]) == 1 for group in printed.groups)
    return {
        "rule": name,
        "sums": all(_allows_sum(printed.columns[group], name) for group in printed.names),
        **alone,
        "n_tables": number,
        "fits": number != 0,
        "nearest": given if settled else nearest_sizes(printed, name),
    }


def _allows_sum(column: Column, name: str) -> bool:
    """Whether a rule can print figures with this sum at some n, whatever limits such as "<5" stand for."""
    figures = column._replace(cells=tuple(cell._replace(sign="") for cell in column.cells))
    return len(Windows(figures, [FINE], [name]).fitting) > 0


def nearest_sizes(printed: PrintedWave, name: str) -> dict[str, int] | None:
    """The n by group nearest to the given ones that have a table: least sum of distances, then smallest."""
    if printed.total is None and len(printed.groups) > 1:
        alone = [nearest_sizes(printed._replace(groups=(group,)), name) for group in printed.groups]
        return dict(chain.from_iterable(n.items() for n in alone if n)) if all(alone) else None
    given = [printed.sizes[group] for group in printed.groups]
    if any(n[-1] - n[0] > 8 * AROUND for n in given):
        return None  # the given n are a range so wide that none is near it
    around = {
        g: range(max(1, n[0] - AROUND), n[-1] + AROUND + 1)
        for g, n in zip(printed.groups, given, strict=True)
    }
    try:
        tables = find_tables(printed.resized(around), [name], MOST_COUNTED)
    except TooManyError:
        return None
    away = [np.abs(np.subtract.outer(n, own)).min(1) for n, own in zip(tables.n, given, strict=True)]
    order = np.lexsort([*tables.n[::-1], tables.n.sum(0), np.sum(away, axis=0)])
    return dict(zip(printed.groups, tables.n[:, order[0]].tolist(), strict=True)) if len(order) else None


def explain_none(printed: PrintedWave, names: Sequence[str]) -> str:
    """Why no table fits: what to ask first, which column fails under which rule, and which n would fit."""
    sentences = []
    for audit in (_audit(printed, name) for name in names):
        failing = [
            f"{group} (n = {join_ends(printed.sizes[group][0], printed.sizes[group][-1])})"
            for group in printed.groups
            if audit[group] == 0
        ]
        sentence = f"{audit['rule']}: each group fits alone, but no sum of them prints {printed.total}"
        if failing:
            sentence = f"{audit['rule']}: no counts of {' and '.join(failing)} print its percentages"
        if near := audit["nearest"]:
            sentence += f"; {', '.join(f'{group}={n}' for group, n in near.items())} would fit"
        sentences.append(sentence)
    return (
        f"no table of counts fits the percentages of {printed.wave}. First ask whether the figures are "
        "weighted, or a row is not shown (no answer, don't know, other). If neither, the n or the rule is "
        f"another one. {'. '.join(sentences)}"
    )
