"""One or several tables of counts as one array, so that every statistic runs over all tables at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from analysis.codebook import Codebook, codebook_of
from analysis.errors import RecoveryError, RequestError
from analysis.old.rounding import print_percentages

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


class Cells(NamedTuple):
    """Counts by table, group and stage; groups and stages stand in the order of their frame."""

    counts: Integers
    groups: list[str]
    stages: list[str]
    attrs: dict[Any, Any]

    @property
    def n(self) -> Integers:
        """Answers by table and group."""
        return np.asarray(self.counts.sum(-1))

    @property
    def n_tables(self) -> int:
        """Number of tables."""
        return len(self.counts)

    @property
    def codebook(self) -> Codebook:
        """The codebook that the frame carries."""
        found: Codebook = self.attrs["codebook"]
        return found

    @property
    def wave(self) -> str:
        """The wave; empty where the frame does not say."""
        return str(self.attrs.get("wave", ""))

    @property
    def basis(self) -> str:
        """``counted`` or ``recovered``; counts that a caller typed in are counted."""
        return str(self.attrs.get("basis", "counted"))


MEASURES = ("stage", "at_least")


def read_cells(counts: pd.DataFrame) -> Cells:
    """The cells of a ``counts`` or a ``count_tables`` frame, part groups only.

    A column of the total beside its parts is left out, since it repeats them.

    Raises
    ------
    RequestError
        The frame is neither of the two, or a count is not a whole number of answers.
    RecoveryError
        No table of counts fits the published percentages, or the frame holds a sample of too many.
    """
    codebook = codebook_of(counts)
    if counts.attrs.get("status") == "too_many":
        raise RecoveryError(
            f"{counts.attrs.get('n_tables')} tables of counts fit, and a sample of them bounds nothing; "
            "compare the published shares, or raise max_tables"
        )
    if counts.columns.nlevels == 2:
        groups, stages = (list(counts.columns.get_level_values(level).unique()) for level in (0, 1))
        columns = pd.MultiIndex.from_product([groups, stages])
        values = counts[columns].to_numpy().reshape(len(counts), len(groups), len(stages))
    else:
        counts = counts.sort_index() if getattr(counts.index, "ordered", False) else counts
        groups, stages = list(counts.columns), list(counts.index)
        values = counts.to_numpy().T[None]
    if not len(values):
        raise RecoveryError("no table of counts fits the published percentages; compare the published shares")
    keep = [position for position, group in enumerate(groups) if group != codebook.total or len(groups) == 1]
    attrs = {**counts.attrs, "codebook": codebook}
    return Cells(_whole(values[:, keep]), [groups[position] for position in keep], stages, attrs)


def with_total(cells: Cells) -> Cells:
    """The cells with the total in its place, where the groups are all the parts of one."""
    codebook = cells.codebook
    if codebook.total is None or set(cells.groups) != set(codebook.parts):
        return cells
    place = codebook.groups.index(codebook.total)
    pooled = cells.counts.sum(1, keepdims=True)
    counts = np.concatenate([cells.counts[:, :place], pooled, cells.counts[:, place:]], axis=1)
    groups = [*cells.groups[:place], codebook.total, *cells.groups[place:]]
    return cells._replace(counts=counts, groups=groups)


def measured(cells: Cells, measure: str) -> tuple[list[str], Integers]:
    """Stages and counts of a measure: of each stage, or of that stage and all above it.

    The first stage has no ``at_least``, since that is everyone.
    """
    if measure == "stage":
        return cells.stages, cells.counts
    return cells.stages[1:], upwards(cells.counts)


def upwards(cells: NDArray[Any]) -> NDArray[Any]:
    """Sums of each stage and all above it along the last axis, from the second stage on."""
    sums: NDArray[Any] = np.flip(np.flip(cells, -1).cumsum(-1), -1)[..., 1:]
    return sums


def printed(cells: Cells, measure: str) -> Floats:
    """The percentages to print by group and stage: the published ones where the frame carries them.

    A cumulative figure is the sum of the printed figures that it is made of. Nan where nothing is
    published and the tables do not print alike.
    """
    columns, back = np.unique(cells.counts.reshape(-1, cells.counts.shape[-1]), axis=0, return_inverse=True)
    decimals = cells.attrs.get("decimals", cells.codebook.wave(cells.wave).get("decimals", 0))
    figures = np.array([print_column(column, decimals) for column in columns])
    figures = common(figures[back].reshape(cells.counts.shape))
    published = cells.attrs.get("percent", {})
    for position, group in enumerate(cells.groups):
        known = np.array(published.get(group, []), dtype=float)
        if len(known) == len(cells.stages):
            figures[position] = np.where(np.isnan(known), figures[position], known)
    return figures if measure == "stage" else np.round(upwards(figures), decimals)


def print_column(counts: Integers, decimals: int) -> list[float]:
    """The printed percentages of one column; nan where nobody answered."""
    return print_percentages(counts.tolist(), decimals=decimals) if counts.sum() else [np.nan] * len(counts)


def common(values: NDArray[Any]) -> Floats:
    """The value that all tables (first axis) share, nan where they differ; never an average over tables."""
    return np.where((values == values[:1]).all(0), values[0].astype(float), np.nan)


def ordered(values: list[str], known: list[str]) -> pd.Categorical[str]:
    """Values as an ordered category: in the codebook's order, or as they come where it lacks one of them."""
    own = list(dict.fromkeys(values))
    return pd.Categorical(values, categories=known if set(own) <= set(known) else own, ordered=True)


def _whole(values: NDArray[Any]) -> Integers:
    try:
        numbers = values.astype(float)
    except (TypeError, ValueError):
        numbers = np.array(np.nan)
    if not np.all(np.isfinite(numbers) & (numbers >= 0) & (numbers == np.floor(numbers))):
        raise RequestError(
            "counts must be whole numbers of answers, stages as rows and groups as columns; "
            "use recover_counts or wave_counts for a published wave"
        )
    return numbers.astype(np.int64)
