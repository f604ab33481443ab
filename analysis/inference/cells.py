"""Tables of counts as arrays: listed tables, or the bounds of each cell where they are too many to list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from analysis.codebook import Codebook, codebook_of
from analysis.errors import RecoveryError, RequestError, quote
from analysis.rounding import print_percentages

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.inference.intervals import Integers, Reals

MEASURES = ("stage", "at_least")
VERDICTS = ("clear", "not clear", "open", "")  # "" is not judged
ADJUSTMENTS = ("family", "none")


class Cells(NamedTuple):
    """Fewest and most answers by table, group and stage; they are equal where the tables are listed.

    Where they are not, there is one "table" of bounds; n (by table and group) is bounded likewise. The stages
    add up to n unless an answer may be ``multiple`` or rows of the published table are not shown.
    """

    low: Integers
    high: Integers
    n_low: Integers
    n_high: Integers
    groups: list[str]
    stages: list[str]
    attrs: dict[Any, Any]

    @property
    def listed(self) -> bool:
        """Whether each row is a table, and not the bounds of too many."""
        return np.array_equal(self.low, self.high)

    @property
    def codebook(self) -> Codebook:
        """The codebook that the frame carries."""
        known: Codebook = self.attrs["codebook"]
        return known

    def take(self, groups: Sequence[str]) -> Cells:
        """The cells of some groups, in that order."""
        places = [self.groups.index(group) for group in groups]
        low, high, n_low, n_high = (values[:, places] for values in self[:4])
        return Cells(low, high, n_low, n_high, list(groups), self.stages, self.attrs)


class Side(NamedTuple):
    """Bounds of counts and n of one side, broadcast alike, and how many members it has (else infinite)."""

    low: NDArray[Any]
    high: NDArray[Any]
    n_low: NDArray[Any]
    n_high: NDArray[Any]
    members: NDArray[Any]


def read_cells(counts: pd.DataFrame) -> Cells:
    """The cells of a frame of tables, or of counts with stages as rows; part groups only.

    A column of the total beside its parts is left out, since it repeats them.

    Raises
    ------
    RequestError
        The frame is neither of the two, or a count is not a whole number of answers.
    RecoveryError
        No table of counts fits the published percentages.
    """
    codebook = codebook_of(counts)
    bounds = counts.attrs.get("status") == "too_many"
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
        reason = counts.attrs.get("reason", "no table of counts fits the published percentages")
        raise RecoveryError(f"{reason}; the published shares are in estimate_shares(survey)")
    keep = [place for place, group in enumerate(groups) if group != codebook.total or len(groups) == 1]
    kept = [str(groups[place]) for place in keep]
    attrs = {**counts.attrs, "codebook": codebook}
    whole = _whole(values[:, keep])
    if not bounds and (adds_up(codebook) or "n" not in attrs):
        n = whole.sum(-1)
        return Cells(whole, whole, n, n, kept, [str(stage) for stage in stages], attrs)
    low, high = (whole[:1], whole[1:]) if bounds else (whole, whole)
    sizes = [attrs.get("n", {}).get(group, [0, np.inf]) for group in kept]
    ends = np.array([size if np.ndim(size) else [size, size] for size in sizes], dtype=float)
    if adds_up(codebook):
        ends = np.stack([np.maximum(low[0].sum(-1), ends[:, 0]), np.minimum(high[0].sum(-1), ends[:, 1])], -1)
    n_low, n_high = (np.repeat(ends[None, :, side].astype(np.int64), len(low), axis=0) for side in (0, 1))
    return Cells(low, high, n_low, n_high, kept, [str(stage) for stage in stages], attrs)


def with_total(cells: Cells) -> Cells:
    """The cells with the total in its place, where the groups are all the parts of one."""
    codebook = cells.codebook
    alone = codebook.total is None or codebook.survey.get("exhaustive", True) is False
    if alone or set(cells.groups) != set(codebook.parts):
        return cells
    total = str(codebook.total)
    place = codebook.groups.index(total)
    low, high, n_low, n_high = (np.insert(values, place, values.sum(1), axis=1) for values in cells[:4])
    groups = [*cells.groups[:place], total, *cells.groups[place:]]
    return Cells(low, high, n_low, n_high, groups, cells.stages, cells.attrs)


def side_of(cells: Cells, measure: str, members: Reals) -> Side:
    """Counts of each stage, or of that stage and all above it (from the second on), by table and group."""
    n_low, n_high = cells.n_low[..., None], cells.n_high[..., None]
    low, high = cells.low, cells.high
    if measure == "at_least" and not adds_up(cells.codebook):
        low, high = upwards(cells.low), upwards(cells.high)
    elif measure == "at_least":
        low = np.maximum(upwards(cells.low), n_low - cells.high.cumsum(-1)[..., :-1])
        high = np.minimum(upwards(cells.high), n_high - cells.low.cumsum(-1)[..., :-1])
    arrays = np.broadcast_arrays(low, high, n_low, n_high, members[:, None])
    return Side(*arrays)


def stages_of(stages: Sequence[str], measure: str) -> list[str]:
    """The stages that a measure has rows for; the first has no ``at_least``, since that is everyone."""
    return list(stages if measure == "stage" else stages[1:])


def inner_stages(codebook: Codebook, stages: Sequence[str]) -> list[str]:
    """Where a cumulative share says what no stage says alone: from the third stage to the last but one."""
    return list(stages[2:-1]) if ordered_scale(codebook) else []


def ordered_scale(codebook: Codebook) -> bool:
    """Whether the answers have an order and are all shown, one of each respondent: they can be cumulated."""
    return codebook.survey.get("ordered", True) is not False and adds_up(codebook)


def adds_up(codebook: Codebook) -> bool:
    """Whether the stages of a group make up all its answers."""
    return not codebook.survey.get("multiple") and codebook.survey.get("rest") != "unknown"


def upwards(values: NDArray[Any]) -> NDArray[Any]:
    """Sums of each stage and all above it along the last axis, from the second stage on."""
    sums: NDArray[Any] = np.flip(np.flip(values, -1).cumsum(-1), -1)[..., 1:]
    return sums


def printed_percent(cells: Cells, measure: str) -> Reals:
    """The published percentages by group and stage; nan where none is, so that no figure is made up.

    A cumulative figure is the sum of the published ones. Counts that come without percentages are printed.
    """
    published, figures = cells.attrs.get("percent"), np.full(cells.low.shape[1:], np.nan)
    declared = cells.codebook.wave(str(cells.attrs.get("wave", ""))).get("decimals", 0)
    decimals = int(cells.attrs.get("decimals", declared))
    for place, group in enumerate(cells.groups):
        if published is not None and group in published:
            figures[place] = np.array(published[group], dtype=float)
        counted = published is None or cells.attrs.get("basis") == "counted"
        if counted and cells.listed and len(cells.low) == 1 and cells.n_low[0, place]:
            printed = print_column(cells.low[0, place], decimals)
            figures[place] = np.where(np.isnan(figures[place]), printed, figures[place])
    return figures if measure == "stage" else np.round(upwards(figures), 9)


def common(values: NDArray[Any]) -> Reals:
    """The value that all tables (first axis) share, nan where they differ; never an average over tables."""
    return np.where((values == values[:1]).all(0), values[0].astype(float), np.nan)


def ordered(values: Sequence[str], known: Sequence[str]) -> pd.Categorical[str]:
    """Values as an ordered category: in the codebook's order, or as they come where it lacks one of them."""
    own = [value for value in dict.fromkeys(values) if not pd.isna(value)]
    return pd.Categorical(list(values), list(known) if set(own) <= set(known) else own, ordered=True)


def with_codes(frame: pd.DataFrame, codebook: Codebook, **own: Sequence[str]) -> pd.DataFrame:
    """The frame with its columns of codes as ordered categories; ``own`` are codes other than usual."""
    groups = dict.fromkeys(("group", "first", "second"), codebook.groups)
    usual = groups | {"measure": MEASURES, "stage": codebook.stages, "verdict": VERDICTS} | own
    named = {name: ordered(list(frame[name]), known) for name, known in usual.items() if name in frame}
    return frame.assign(**named)


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
    return level if adjust == "none" else 1 - (1 - level) / max(family, 1)


def check_request(level: float, adjust: str = "family") -> None:
    """Refuse a level that is not between 0 and 1, and an adjustment that is not known.

    Raises
    ------
    RequestError
        One of the two cannot be used.
    """
    if not 0 < level < 1:
        raise RequestError(f"level is {level}; use a number between 0 and 1, such as 0.95")
    if adjust not in ADJUSTMENTS:
        raise RequestError(f"adjust is {quote(str(adjust))}; use one of {', '.join(ADJUSTMENTS)}")


def members_of(population: Mapping[str, int] | None, cells: Cells) -> Reals:
    """Members of each group in the order of the cells; infinite without a population.

    Raises
    ------
    RequestError
        The population does not give each group, or gives fewer members than answered.
    """
    if population is None:
        return np.full(len(cells.groups), np.inf)
    if set(population) != set(cells.groups):
        given = ", ".join(population) or "nothing"
        raise RequestError(f"population gives {given}; give the members of {', '.join(cells.groups)}")
    for group, answers in zip(cells.groups, cells.n_high.max(0), strict=True):
        if population[group] < max(answers, 1):
            raise RequestError(
                f"population of {group} is {population[group]}, but {answers} answered; "
                "count all who could have answered"
            )
    return np.array([population[group] for group in cells.groups], dtype=float)


def settings(attrs: Mapping[Any, Any], *, usual: str = "family", **more: Any) -> dict[Any, Any]:
    """The attrs of a derived frame: where it comes from, how it was judged, what the user assumed."""
    more = {name: dict(value) if isinstance(value, Mapping) else value
            for name, value in more.items() if value is not None}  # fmt: skip
    kept = {name: value for name, value in attrs.items() if name not in {"problem", "seed"}}
    standard = {"level": 0.95, "adjust": usual}
    unusual = {name: more[name] for name in standard if more.get(name, standard[name]) != standard[name]}
    assumed = attrs.get("assumed", {}) | unusual
    return {"basis": "counted", **kept, **more, "assumed": assumed}


def print_column(counts: Integers, decimals: int) -> list[float]:
    """The percentages that a column of counts is printed as."""
    return [float(figure) for figure in print_percentages(counts.tolist(), decimals=decimals)]


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
