"""What those who did not answer could do to a difference: how far they could move it, what would level it."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from analysis.errors import RequestError
from analysis.old.inference.cells import MEASURES, Cells, common, measured, ordered, read_cells
from analysis.old.inference.differences import EVERY, NONE, UNDETERMINED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Reals = NDArray[np.float64]

COLUMNS = (
    "wave",
    "first",
    "second",
    "measure",
    "stage",
    "estimate",
    "estimate_low",
    "estimate_high",
    "share_first",
    "share_second",
    "answers_first",
    "answers_second",
    "missing_first",
    "missing_second",
    "low",
    "high",
    "levelling_first",
    "levelling_second",
    "basis",
    "n_tables",
    "verdict",
)

ROUNDING = 1e-9  # of a quotient of whole numbers


class Side(NamedTuple):
    """One of two groups, by table, pair and stage: answers of the kind in question, all answers, members."""

    x: Reals
    n: Reals
    members: Reals

    @property
    def missing(self) -> Reals:
        """Members that did not answer."""
        return self.members - self.n

    @property
    def share(self) -> Reals:
        """The share among the answers."""
        return np.asarray(np.divide(self.x, self.n, out=np.full(self.x.shape, np.nan), where=self.n > 0))


def bound_nonresponse(counts: pd.DataFrame, *, population: Mapping[str, int] | None = None) -> pd.DataFrame:
    """How those who did not answer would have to answer to reverse each difference between two groups.

    Parameters
    ----------
    counts : DataFrame
        ``counts`` or ``count_tables``.
    population : mapping of str to int, optional
        Members of each group: all who could have answered. Left out, the columns that need it are empty.

    Returns
    -------
    DataFrame
        One row per measure × pair of groups × stage; ``estimate`` is the difference of shares among the
        answers, ``first`` minus ``second`` in the codebook's order, ``share_first`` and ``share_second``
        the two shares.

        ``answers_first``: how many more answers of the first group, all the same way, would level the
        difference; ``answers_second`` likewise; empty where no number does. The fewest over the tables.

        With a population: ``low`` to ``high``, what the difference among all members can be, whatever
        the ``missing_first`` and ``missing_second`` would have answered. ``levelling_first``: the share
        among the missing of the first group that would level the difference, if the missing of the
        second were like those who answered; ``levelling_second`` likewise; NaN where even all of them could
        not. Over several tables the share nearest to that of the group's answers.

        ``verdict``: whether the sign holds whatever the missing would have answered, in "every table",
        in "none", or "undetermined"; empty without a population.

    Raises
    ------
    RequestError
        The population does not give each group, or gives fewer members than answered.
    RecoveryError
        No table of counts fits.

    Notes
    -----
    Manski (1989), J. Human Resources 24: 343–360: bounds that assume nothing of those who are missing.
    """
    cells = read_cells(counts)
    members = _members(cells, population)
    blocks = [_bound(cells, measure, members) for measure in MEASURES]
    bounds = pd.concat(blocks, ignore_index=True)
    bounds = bounds.assign(wave=cells.wave, basis=cells.basis, n_tables=cells.n_tables)
    bounds["stage"] = ordered(list(bounds["stage"]), cells.codebook.stages)
    whole = dict.fromkeys(("answers_first", "answers_second", "missing_first", "missing_second"), "Int64")
    bounds = bounds[list(COLUMNS)].astype(whole)
    bounds.attrs = {**cells.attrs, "population": dict(population or {})}
    return bounds


def _members(cells: Cells, population: Mapping[str, int] | None) -> Reals:
    """Members by group, NaN where no population is given."""
    if population is None:
        return np.full(len(cells.groups), np.nan)
    if set(population) != set(cells.groups):
        given = ", ".join(population) or "nothing"
        raise RequestError(f"population gives {given}; give the members of {', '.join(cells.groups)}")
    for group, answers in zip(cells.groups, cells.n.max(axis=0), strict=True):
        if population[group] < answers:
            raise RequestError(
                f"population of {group} is {population[group]}, but {answers} answered; "
                "count all who could have answered"
            )
    return np.array([population[group] for group in cells.groups], dtype=float)


def _bound(cells: Cells, measure: str, members: Reals) -> pd.DataFrame:
    """The rows of one measure; arrays run over tables, pairs of groups and stages."""
    stages, x = measured(cells, measure)
    pairs = list(combinations(range(len(cells.groups)), 2))
    first, second = (_side(cells, x, members, [pair[at] for pair in pairs]) for at in (0, 1))
    difference = first.share - second.share
    with np.errstate(invalid="ignore", divide="ignore"):  # no members: NaN
        low = first.x / first.members - (second.x + second.missing) / second.members
        high = (first.x + first.missing) / first.members - second.x / second.members
    holds = np.where(difference > 0, low > 0, (difference < 0) & (high < 0))
    columns = {
        "estimate": common(difference),
        "estimate_low": difference.min(axis=0),
        "estimate_high": difference.max(axis=0),
        "share_first": common(first.share),
        "share_second": common(second.share),
        "answers_first": np.fmin.reduce(_levelling_answers(first, second)),
        "answers_second": np.fmin.reduce(_levelling_answers(second, first)),
        "missing_first": common(first.missing),
        "missing_second": common(second.missing),
        "low": low.min(axis=0),
        "high": high.max(axis=0),
        "levelling_first": _nearest(_levelling_share(first, second), first.share),
        "levelling_second": _nearest(_levelling_share(second, first), second.share),
        "verdict": np.where(np.isnan(low).any(axis=0), np.array(None), _verdicts(holds)),
    }
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()}).assign(
        measure=measure,
        stage=np.tile(stages, len(pairs)),
        first=np.repeat([cells.groups[one] for one, _ in pairs], len(stages)),
        second=np.repeat([cells.groups[other] for _, other in pairs], len(stages)),
    )


def _side(cells: Cells, x: NDArray[np.int64], members: Reals, groups: list[int]) -> Side:
    arrays = x[:, groups].astype(float), cells.n[:, groups, None].astype(float), members[groups, None]
    answers, n, size = np.broadcast_arrays(*arrays)
    return Side(answers, n, size)


def _levelling_answers(side: Side, other: Side) -> Reals:
    """How many more answers of one group, all the same way, level its share with the other's."""
    gap = side.x * other.n - other.x * side.n
    each = np.where(gap > 0, other.x, other.n - other.x)
    needed = np.divide(np.abs(gap), each, out=np.full(gap.shape, np.nan), where=each > 0)
    known = (side.n > 0) & (other.n > 0)
    return np.where(known, np.where(gap == 0, 0.0, np.ceil(needed - ROUNDING)), np.nan)


def _levelling_share(side: Side, other: Side) -> Reals:
    """The share among one group's missing that levels it with the share of the other's answers."""
    needed = other.share * side.members - side.x
    share = np.divide(needed, side.missing, out=np.full(needed.shape, np.nan), where=side.missing > 0)
    return np.where((share >= 0) & (share <= 1), share, np.nan)


def _nearest(needed: Reals, observed: Reals) -> Reals:
    """Over the tables (first axis), the share needed that is nearest to the one observed."""
    away = np.where(np.isnan(needed), np.inf, np.abs(needed - observed))
    return np.asarray(np.take_along_axis(needed, away.argmin(axis=0)[None], axis=0)[0])


def _verdicts(holds: NDArray[np.bool_]) -> NDArray[np.str_]:
    return np.select([holds.all(axis=0), ~holds.any(axis=0)], [EVERY, NONE], default=UNDETERMINED)
