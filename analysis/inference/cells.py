"""Cells of tables as arrays: of listed ones, of the bounds of too many, of published shares; and verdicts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from analysis.codebook import Codebook, codebook_of
from analysis.errors import RecoveryError, RequestError, quote
from analysis.rounding import print_percentages

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Reals: TypeAlias = NDArray[np.float64]
    Integers: TypeAlias = NDArray[np.int64]

MEASURES = ("stage", "at_least")
VERDICTS = ("clear", "not clear", "open", "")  # "" is not judged
ADJUSTMENTS = ("family", "none")
EXACT = 12  # decimals of a share; sums of printed figures stay clear of the last bits of a float
HIGHEST = 1 - 1e-12  # level of an interval; of 1 there is no quantile
SAME = 1e-12  # shares nearer than this are one


class Cells(NamedTuple):
    """Fewest and most answers by table, group and statement; they are equal where the tables are listed.

    Where they are not, there is one "table" of bounds; n (one column for all statements) is bounded likewise.
    Statements are the ``stages``, whose cells add up to n unless an answer may be ``multiple`` or rows of the
    published table are not shown; then of each stage in ``cuts`` that stage or a higher one. ``members`` (by
    group, one column) are all who could have answered, infinite where they are not known.

    Where counts cannot be told, low and high are bounds of the published shares, of n = 1, and ``size`` (by
    group and statement) is the effective number of answers of a share that was weighted here, else nan: as
    many as would give the linearised standard error (Korn & Graubard 1998).
    """

    low: NDArray[Any]
    high: NDArray[Any]
    n_low: NDArray[Any]
    n_high: NDArray[Any]
    members: Reals
    groups: list[str]
    stages: list[str]
    attrs: dict[Any, Any]
    size: Reals | None = None
    cuts: Sequence[str] = ()

    @property
    def listed(self) -> bool:
        """Whether each row is a table, and not the bounds of too many."""
        return np.array_equal(self.low, self.high) and np.array_equal(self.n_low, self.n_high)

    @property
    def codebook(self) -> Codebook:
        """The codebook that the frame carries."""
        known: Codebook = self.attrs["codebook"]
        return known

    @property
    def ordered(self) -> bool:
        """Whether answers can be cumulated: they have an order and are all shown, one of each respondent."""
        return self.codebook.ordered and self.codebook.adds_up

    @property
    def inner(self) -> list[str]:
        """Where a cumulative share says what no stage alone says: the third stage to the last but one."""
        return self.stages[2:-1] if self.ordered else []

    @property
    def family(self) -> int:
        """How many statements hold together: stages, inner cumulative shares and the shift, of all pairs."""
        return math.comb(len(self.groups), 2) * (len(self.stages) + len(self.inner) + self.ordered)

    @property
    def shares(self) -> tuple[Reals, Reals]:
        """The least and the most that each share can be; nan where nobody answered."""
        most = np.fmin(share_of(self.high, self.n_low), 1.0)
        return share_of(self.low, self.n_high), np.where(self.n_high > 0, most, np.nan)

    @property
    def answers(self) -> tuple[Reals, Reals]:
        """The fewest and the most effective answers; nan where a share is bounded by its rounding alone."""
        if self.size is not None:
            return self.size, self.size
        return effective_n(self.n_low, self.members), effective_n(self.n_high, self.members)

    def labels(self, shown: NDArray[np.bool_], **groups: Sequence[str]) -> pd.DataFrame:
        """One row per statement that is shown: its measure and stage, the codes of its group or groups."""
        place, statement = np.nonzero(shown)
        measures = np.repeat(np.array(MEASURES, dtype=object), (len(self.stages), len(self.cuts)))
        stages = np.array([*self.stages, *self.cuts], dtype=object)
        codes = {name: np.array(codes, dtype=object)[place] for name, codes in groups.items()}
        return pd.DataFrame({"measure": measures[statement], "stage": stages[statement]} | codes)

    def take(self, groups: Sequence[str]) -> Cells:
        """The cells of some groups, in that order; a group may come twice."""
        places = [self.groups.index(group) for group in groups]
        low, high, n_low, n_high = (values[:, places] for values in self[:4])
        size = None if self.size is None else self.size[places]
        cells = self._replace(low=low, high=high, n_low=n_low, n_high=n_high, size=size)
        return cells._replace(members=self.members[places], groups=list(groups))

    def parts(self) -> Cells:
        """The cells without the total, which repeats the others."""
        parts = [group for group in self.groups if group != self.codebook.total]
        return self.take(parts or self.groups)

    def pairs(self) -> tuple[Cells, Cells]:
        """The first and the second group of each pair."""
        pairs = list(combinations(self.groups, 2))
        first, second = (self.take([pair[side] for pair in pairs]) for side in (0, 1))
        return first, second

    def with_total(self) -> Cells:
        """The cells with the total in its place, where the groups are all the parts of one."""
        codebook, total = self.codebook, str(self.codebook.total)
        complete = (
            codebook.total is not None and codebook.exhaustive and set(self.groups) == {*codebook.parts}
        )
        if self.size is not None or not complete:
            return self
        place = codebook.groups.index(total)
        low, high, n_low, n_high = (np.insert(x, place, x.sum(1), axis=1) for x in self[:4])
        members = np.insert(self.members, place, self.members.sum(0), axis=0)
        groups = [*self.groups[:place], total, *self.groups[place:]]
        return Cells(low, high, n_low, n_high, members, groups, self.stages, self.attrs)

    def with_members(self, population: Mapping[str, int] | None) -> Cells:
        """The cells of groups that have so many members: a number for each, and no fewer than answered."""
        if not population:
            return self
        if self.size is not None:
            raise RequestError("population needs counts; the published shares alone do not tell them")
        if set(population) != set(self.groups):
            named = ", ".join(self.groups)
            given = ", ".join(population)
            raise RequestError(f"population gives {given}; give the members of each of {named}")
        for group, answers in zip(self.groups, self.n_high.max(0)[:, 0], strict=True):
            if population[group] < max(answers, 1):
                raise RequestError(
                    f"population of {group} is {population[group]}, but {answers} answered; "
                    "count all who could have answered"
                )
        return self._replace(members=np.array([[float(population[group])] for group in self.groups]))

    def cumulated(self, cuts: Sequence[str]) -> Cells:
        """The cells with what is at each of these stages (from the second on) or a higher one."""
        least = np.maximum(upwards(self.low), self.n_low - self.high.cumsum(-1)[..., :-1])
        most = np.minimum(upwards(self.high), self.n_high - self.low.cumsum(-1)[..., :-1])
        least, most = least.clip(0, self.n_low).round(EXACT), most.clip(0, self.n_high).round(EXACT)
        cells = self._replace(cuts=cuts)
        if self.size is not None:
            fewest = np.repeat(self.size.min(1, keepdims=True), len(self.stages) - 1, axis=1)
            cells = cells._replace(size=cells.by_statement(self.size, fewest))
        low, high = cells.by_statement(self.low, least), cells.by_statement(self.high, most)
        return cells._replace(low=low, high=high)

    def over_tables(self) -> Cells:
        """Bounds that hold in every table, as one."""
        low, n_low = (values.min(0, keepdims=True) for values in (self.low, self.n_low))
        high, n_high = (values.max(0, keepdims=True) for values in (self.high, self.n_high))
        return self._replace(low=low, high=high, n_low=n_low, n_high=n_high)

    def percent(self) -> Reals:
        """The published percentages by group and statement; nan where none is, so that no figure is made up.

        A cumulative figure is the sum of published ones. Counts that come without percentages are printed.
        """
        published, figures = self.attrs.get("percent"), np.full((len(self.groups), len(self.stages)), np.nan)
        declared = self.codebook.wave(str(self.attrs.get("wave", ""))).get("decimals", 0)
        decimals = int(self.attrs.get("decimals", declared))
        counted = published is None or self.attrs.get("basis") == "counted"
        for place, group in enumerate(self.groups):
            if published is not None and group in published:
                figures[place] = np.array(published[group], dtype=float)
            if counted and self.listed and len(self.low) == 1 and self.n_low[0, place]:
                counts = self.low[0, place, : len(self.stages)].tolist()
                printed = print_percentages(counts, decimals=decimals)
                figures[place] = np.where(np.isnan(figures[place]), printed, figures[place])
        return self.by_statement(figures, np.round(upwards(figures), 9))

    def shown(self) -> NDArray[np.bool_]:
        """By group and statement, whether a figure or a limit ("<1") is published.

        All is where nothing is published beside the counts. A cumulative share is shown where all its stages
        are.
        """
        shown = ~np.isnan(self.percent()[:, : len(self.stages)])
        if "percent" not in self.attrs:
            shown[:] = True
        for place, group in enumerate(self.groups):
            shown[place] |= np.isin(self.stages, self.attrs.get("limits", {}).get(group, []))
        return self.by_statement(shown, upwards(~shown) == 0)

    def by_statement(self, of_stages: NDArray[Any], sums: NDArray[Any]) -> NDArray[Any]:
        """Values of the stages, and of their sums from the second stage on those of the cuts."""
        upper = [self.stages.index(stage) - 1 for stage in self.cuts]
        return np.concatenate([of_stages, sums[..., upper]], axis=-1)


def read_cells(counts: pd.DataFrame) -> Cells:
    """The cells of a frame of tables, or of counts with stages as rows; part groups only.

    A column of the total beside its parts is left out, since it repeats them. What is no count is refused,
    and a frame without a table.
    """
    codebook = codebook_of(counts)
    attrs = {**counts.attrs, "codebook": codebook}
    bounds = attrs.get("status") == "too_many"
    if counts.columns.nlevels == 2:
        groups, stages = (list(counts.columns.get_level_values(level).unique()) for level in (0, 1))
        rows = counts.loc[["low", "high"]] if bounds else counts
        columns = pd.MultiIndex.from_product([groups, stages])
        values = rows[columns].to_numpy().reshape(len(rows), len(groups), len(stages))
    else:
        counts = counts.sort_index() if getattr(counts.index, "ordered", False) else counts
        groups, stages = list(counts.columns), list(counts.index)
        values = counts.to_numpy().T[None]
    if not len(values):
        reason = attrs.get("reason", "no table of counts fits the published percentages")
        raise RecoveryError(f"{reason}; the published shares are in estimate_shares(survey)")
    keep = [place for place, group in enumerate(groups) if group != codebook.total or len(groups) == 1]
    low = high = _whole(values[:, keep])
    n_low = n_high = low.sum(-1, keepdims=True)
    names = [str(groups[place]) for place in keep]
    if bounds or ("n" in attrs and not codebook.adds_up):
        low, high = (low[:1], low[1:]) if bounds else (low, low)
        sizes = [attrs.get("n", {}).get(group, [0, np.inf]) for group in names]
        ends = np.array([size if np.ndim(size) else [size, size] for size in sizes], dtype=float).T
        if codebook.adds_up:
            ends = np.array([np.maximum(low[0].sum(-1), ends[0]), np.minimum(high[0].sum(-1), ends[1])])
        n_low, n_high = (np.tile(end.astype(np.int64)[:, None], (len(low), 1, 1)) for end in ends)
    members = np.full((len(names), 1), np.inf)
    return Cells(low, high, n_low, n_high, members, names, [str(stage) for stage in stages], attrs)


def _whole(values: NDArray[Any]) -> Integers:
    try:
        numbers = values.astype(float)
    except (TypeError, ValueError):
        numbers = np.array(np.nan)
    if not np.all(np.isfinite(numbers) & (numbers >= 0) & (numbers == np.floor(numbers))):
        raise RequestError(
            "counts must be whole numbers of answers, stages as rows and groups as columns; "
            "use recover_counts for a published wave"
        )
    return numbers.astype(np.int64)


def share_of(x: ArrayLike, n: ArrayLike) -> Reals:
    """X / n, nan where nobody answered."""
    hits, answers = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(n, dtype=float))
    return np.asarray(np.divide(hits, answers, out=np.full(hits.shape, np.nan), where=answers > 0))


def effective_n(n: ArrayLike, population: ArrayLike = np.inf) -> Reals:
    """The n that gives a share the same variance without the finite population correction.

    n (N − 1) / (N − n), infinite when all of the population answered; n itself in an infinite one.
    Source: Cochran (1977), *Sampling Techniques*, section 3.2; used so by Korn & Graubard (1998).
    """
    answers, members = np.broadcast_arrays(np.asarray(n, dtype=float), np.asarray(population, dtype=float))
    silent = members - answers
    with np.errstate(divide="ignore", invalid="ignore"):
        finite = answers * (members - 1) / silent
    return np.select([np.isinf(members), silent > 0], [answers, finite], np.inf)


def upwards(values: NDArray[Any]) -> NDArray[Any]:
    """Sums of each stage and all above it along the last axis, from the second stage on."""
    sums: NDArray[Any] = np.flip(np.flip(values, -1).cumsum(-1), -1)[..., 1:]
    return sums


def common(least: Reals, most: Reals) -> Reals:
    """The value that all tables share, nan where they differ; never an average over tables."""
    return np.where(most - least < SAME, least, np.nan)


def with_codes(frame: pd.DataFrame, codebook: Codebook, **own: Sequence[str]) -> pd.DataFrame:
    """The frame by measure, its columns of codes as ordered categories; ``own`` are codes other than usual.

    The order is the codebook's, or as they come where it lacks one of them.
    """
    groups = dict.fromkeys(("group", "first", "second"), codebook.groups)
    usual = groups | {"measure": MEASURES, "stage": codebook.stages, "verdict": VERDICTS} | own
    for name in usual.keys() & set(frame.columns):
        values = frame[name].tolist()
        codes = [value for value in dict.fromkeys(values) if not pd.isna(value)]
        order = list(usual[name]) if set(codes) <= set(usual[name]) else codes
        frame[name] = pd.Categorical(values, order, ordered=True)
    return frame.sort_values("measure", kind="stable", ignore_index=True) if "measure" in frame else frame


def judge(low_least: Reals, low_most: Reals, high_least: Reals, high_most: Reals, middle: float = 0.0) -> Any:
    """The one criterion, from the least and most that each end of an interval is over all tables that fit.

    "clear": it leaves the middle out, on one side, in every table; "not clear": in none; else "open".
    """
    clear = (low_least > middle) | (high_most < middle)
    none = (low_most <= middle) & (high_least >= middle)
    unknown = np.isnan(low_least) | np.isnan(high_most)
    return np.select([unknown, clear, none], ["", "clear", "not clear"], default="open")


def level_of(level: float, family: int, adjust: str) -> float:
    """The level of one interval, so that all of the family hold together (Bonferroni's inequality)."""
    return min(HIGHEST, level if adjust == "none" else 1 - (1 - level) / max(family, 1))


def check_request(level: float, adjust: str = "family") -> None:
    """Refuse a level that is not between 0 and 1, and an adjustment that is not known."""
    if not 0 < level < 1:
        raise RequestError(f"level is {level}; use a number between 0 and 1, such as 0.95")
    if adjust not in ADJUSTMENTS:
        raise RequestError(f"adjust is {quote(str(adjust))}; use one of {', '.join(ADJUSTMENTS)}")


def settings(attrs: Mapping[Any, Any], *, usual: str = "family", **more: Any) -> dict[Any, Any]:
    """The attrs of a derived frame: where it comes from, how it was judged, what the user assumed."""
    more = {name: dict(value) if isinstance(value, Mapping) else value
            for name, value in more.items() if value is not None}  # fmt: skip
    standard = {"level": 0.95, "adjust": usual}
    unusual = {name: more[name] for name in standard if more.get(name, standard[name]) != standard[name]}
    return {"basis": "counted", **attrs, **more, "assumed": attrs.get("assumed", {}) | unusual}
