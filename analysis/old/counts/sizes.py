"""Which n a printed wave can have, and what its percentages alone say of the groups' weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import RecoveryError, RequestError
from analysis.old.counts.solving.candidates import (
    Rounding,
    TooManyError,
    join_columns,
    list_columns,
    read_rounding,
)
from analysis.old.counts.solving.estimating import count_tables
from analysis.old.counts.solving.printed import Printed, Sizes, read_printed, without_counts
from analysis.old.counts.solving.programs import weight_limits
from analysis.old.rounding import DEFAULT_RULES

MAX_N = 300


def consistent_sizes(
    survey: pd.DataFrame,
    wave: str,
    *,
    max_n: int = MAX_N,
    n: Sizes | None = None,
    rounding: str | Sequence[str] = DEFAULT_RULES,
    total_rounding: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Every n, or combination of n, of which some counts print the percentages of a wave.

    The n of the survey are not used. Feasible n are closed under addition for the rules that form a cone
    (all but the repairs by hand): tables that fit can be added up.

    Parameters
    ----------
    survey : DataFrame
        A survey; counts in it are not used.
    wave : str
        The id of the wave.
    max_n : int
        The largest n of a group to try.
    n : mapping, optional
        What is known of some n, as in `recover_counts`; with ``{"all": 175}`` the split of 175 is sought.
    rounding, total_rounding : str or sequence of str
        As in `recover_counts`.

    Returns
    -------
    DataFrame
        One row per feasible combination, smallest sum first: one column of n per part group, ``n`` (their
        sum) and ``n_tables``. ``attrs``: ``n_feasible``, ``n_tables`` (of all together), ``smallest`` (n by
        group, None when nothing fits), ``all_from`` (by group: from which n on every n up to the bound
        occurs; None where the bound itself does not), ``max_n``, ``rules``.

    Raises
    ------
    RecoveryError
        There are too many columns of counts to go through: lower ``max_n`` or name one rule.
    RequestError
        Unknown wave, group or rule, or a bound below 1.

    Examples
    --------
    >>> from analysis.survey.table import load_survey
    >>> sizes = consistent_sizes(load_survey(), "2020-autumn", max_n=60, rounding="largest_remainder")
    >>> sizes.attrs["smallest"]
    {'vocational': 43, 'general': 51}
    """
    if max_n < 1:
        raise RequestError(f"max_n is {max_n}; give at least 1")
    printed = without_counts(read_printed(survey, wave, n=n, max_n=max_n))
    rules = read_rounding(rounding, total_rounding)
    sizes = _frame(printed, _count_by_size(printed, rules))
    sizes.attrs |= {"rules": list(rules.rules), "max_n": max_n}
    return sizes


def weight_bounds(
    survey: pd.DataFrame,
    wave: str,
    *,
    rounding: str | Sequence[str] = DEFAULT_RULES,
    total_rounding: str | Sequence[str] | None = None,
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
    printed = without_counts(read_printed(survey, wave, max_n=1))
    if printed.total is None:
        raise RecoveryError(f"{wave} has no total beside all its groups, so it says nothing of their weights")
    rules = read_rounding(rounding, total_rounding)
    rows = [
        {"rule": rule, "group": group, "low": low, "high": high}
        for rule, totals in zip(rules.rules, rules.totals, strict=True)
        for group, (low, high) in _limits(printed, Rounding((rule,), (totals,))).items()
    ]
    weights = pd.DataFrame(rows, columns=["rule", "group", "low", "high"])
    weights.attrs = {"codebook": printed.codebook, "wave": wave, "rules": list(rules.rules)}
    return weights


def _frame(printed: Printed, found: Counter[tuple[int, ...]]) -> pd.DataFrame:
    groups = list(printed.groups)
    ordered = sorted(found.items(), key=lambda item: (sum(item[0]), item[0]))
    rows = np.array([[*n, sum(n), number] for n, number in ordered], dtype=object)
    columns = [*groups, "n", "n_tables"]
    sizes = pd.DataFrame(rows.reshape(len(ordered), len(columns)), columns=columns)
    most = max(found.values(), default=0)
    sizes = sizes.astype(np.int64 if most < 2**63 else dict.fromkeys(columns[:-1], np.int64))
    sizes.attrs = {
        "codebook": printed.codebook,
        "wave": printed.wave,
        "n_feasible": len(sizes),
        "n_tables": sum(found.values()),
        "smallest": dict(zip(groups, ordered[0][0], strict=True)) if ordered else None,
        "all_from": {
            group: _all_from({n[place] for n in found}, printed.sizes[group] or ())
            for place, group in enumerate(groups)
        },
    }
    return sizes


def _limits(printed: Printed, rounding: Rounding) -> dict[str, tuple[float, float]]:
    return weight_limits(printed, rounding) or dict.fromkeys(printed.groups, (np.nan, np.nan))


def _count_by_size(printed: Printed, rounding: Rounding) -> Counter[tuple[int, ...]]:
    """The number of tables for each combination of n that has any."""
    found: Counter[tuple[int, ...]] = Counter()
    try:
        columns = [list_columns(printed, group, rounding.rules) for group in printed.groups]
        tried = [np.array(printed.sizes[group] or ()) for group in printed.groups]
        shape = tuple(map(len, tried))
        for block in join_columns(printed, rounding, columns):
            n = (c.n[block.places[:, g]] for g, c in enumerate(columns))
            which = tuple(map(np.searchsorted, tried, n))
            keys, numbers = np.unique(np.ravel_multi_index(which, shape), return_counts=True)
            sizes = [t[place].tolist() for t, place in zip(tried, np.unravel_index(keys, shape), strict=True)]
            found.update(dict(zip(zip(*sizes, strict=True), numbers.tolist(), strict=True)))
    except TooManyError:
        if len(printed.groups) > 1:
            raise RecoveryError(
                f"{printed.wave} has too many possible columns of counts to go through; lower max_n "
                "(--max-n), name a single rule, or give the n that are known"
            ) from None
        found = Counter(dict(_count_one_group(printed, rounding)))
    return found


def _count_one_group(printed: Printed, rounding: Rounding) -> Iterator[tuple[tuple[int, ...], Any]]:
    """The same for a single group, counted by boxes without listing."""
    (group,) = printed.groups
    for n in printed.sizes[group] or ():
        number = count_tables(printed._replace(sizes={group: (n,)}), rounding, seed=0)
        if number:
            yield (n,), number


def _all_from(feasible: set[int], tried: Sequence[int]) -> int | None:
    """The first of the n tried from which on all are feasible."""
    start = None
    for n in sorted(tried, reverse=True):
        if n not in feasible:
            break
        start = n
    return start
