"""The figures of a frame as they are drawn, said and printed: one reading for charts and words alike.

Per cent here, not shares; missing cells are left out, never taken for zero.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from analysis.codebook import codebook_of
from analysis.digits import significant_decimals
from analysis.errors import RequestError

if TYPE_CHECKING:
    import pandas as pd

    from analysis.codebook import Codebook

MOST_SHOWN = 6  # differences between more than two groups
NUMBERS = ["percent", "count", "n", "estimate", "low", "high", "estimate_low", "estimate_high"]


class Cell(NamedTuple):
    """One share of one group, in per cent; what is not known is NaN.

    ``share`` is its length and ``printed`` its figure, ``low`` and ``high`` its interval, ``least`` and
    ``most`` its range over all tables of counts that fit.
    """

    stage: str
    share: float
    printed: float
    low: float
    high: float
    least: float
    most: float


class Row(NamedTuple):
    """The shares of one group in the codebook's order, and how many answers they rest on (or NaN)."""

    group: str
    n: float
    cells: tuple[Cell, ...]


def rows_of(frame: pd.DataFrame, measure: str = "stage") -> list[Row]:
    """The shares of a measure by group, from estimates or from rows of the survey table.

    Raises
    ------
    RequestError
        The frame holds several waves, or no share of the measure.
    """
    if "measure" in frame:
        frame = frame[frame["measure"] == measure]
    if "target" in frame:
        frame = frame[frame["target"] == "answers"]
    one_wave(frame)
    codebook = codebook_of(frame)
    places = {stage: position for position, stage in enumerate(codebook.stages)}
    found: dict[str, list[Cell]] = {group: [] for group in codebook.groups}
    answers = dict(zip(frame["group"].astype(str), frame["n"].astype(float), strict=True))
    for group, cell in zip(frame["group"].astype(str), _cells(frame), strict=True):
        if not math.isnan(cell.share):
            found[group].append(cell)
    rows = [
        Row(group, answers[group], tuple(sorted(cells, key=lambda cell: places[cell.stage])))
        for group, cells in found.items()
        if cells
    ]
    if not rows:
        raise RequestError(f"the frame has no share of the measure '{measure}' to draw")
    return rows


def _cells(frame: pd.DataFrame) -> list[Cell]:
    """The cells of a frame, row by row.

    A share is an estimate, else (several tables fit, or none is known) as published, else as counted.
    """
    numbers = frame.reindex(columns=NUMBERS).astype(float)
    counted = numbers["count"] / numbers["n"].where(numbers["n"] > 0)
    share = numbers["estimate"].fillna(numbers["percent"] / 100).fillna(counted)
    shares = [100 * numbers[name] for name in ("low", "high", "estimate_low", "estimate_high")]
    columns = [100 * share, numbers["percent"].fillna(100 * share), *shares]
    stages = frame["stage"].astype(str)
    return [Cell(stage, *values) for stage, *values in zip(stages, *columns, strict=True)]


def one_wave(frame: pd.DataFrame) -> str:
    """The wave that all rows are of.

    Raises
    ------
    RequestError
        The rows are of several waves, or there are none.
    """
    waves = [str(wave) for wave in frame["wave"].unique()]
    if len(waves) != 1:
        raise RequestError(f"a chart shows one wave; the frame has {', '.join(waves) or 'none'}")
    return waves[0]


def decimals_of(frame: pd.DataFrame) -> int:
    """How many decimals the figures of a frame are printed with: those of its published percentages.

    None where nothing was published; what the codebook declares of the wave goes first.
    """
    codebook = codebook_of(frame)
    declared = [codebook.wave(str(wave)).get("decimals") for wave in frame["wave"].unique()]
    known = [int(decimals) for decimals in declared if decimals is not None]
    if known and len(known) == len(declared):
        return max(known)
    columns = [name for name in ("percent", "percent_first", "percent_second") if name in frame]
    return significant_decimals(round(value, 6) for name in columns for value in frame[name].dropna())


def level_of(frame: pd.DataFrame) -> float:
    """The confidence level of the intervals in a frame, in per cent; NaN where it has none."""
    return float(100 * frame["level"].max()) if "level" in frame else math.nan


class Difference(NamedTuple):
    """One difference in percentage points, ``first`` minus ``second``; what is not known is NaN.

    ``first`` and ``second`` are groups, or waves of a ``group``. ``estimate`` is NaN where the tables of
    counts that fit differ; ``least`` and ``most`` are then its ends, ``low`` and ``high`` the interval's.
    """

    group: str
    first: str
    second: str
    measure: str
    stage: str
    estimate: float
    least: float
    most: float
    low: float
    high: float
    n_first: float
    n_second: float
    printed_first: float
    printed_second: float
    level: float
    verdict: str

    @property
    def clear(self) -> bool:
        """Whether it holds for every table of counts that fits."""
        return self.verdict == "every table"

    @property
    def middle(self) -> float:
        """Where it lies, to order and place by; never printed as an estimate."""
        return (self.least + self.most) / 2

    @property
    def only_rounding(self) -> bool:
        """Whether its interval is what rounding leaves, not what chance could do."""
        return math.isnan(self.level)


def differences_of(frame: pd.DataFrame) -> list[Difference]:
    """The differences of a frame between groups or between waves, in its order.

    Raises
    ------
    RequestError
        The frame has no rows.
    """
    if not len(frame):
        raise RequestError("the frame has no difference to draw")
    names = ["estimate", "estimate_low", "estimate_high", "low", "high"]
    points = (100 * frame[names]).astype(float)
    names = ["n_first", "n_second", "percent_first", "percent_second", "level"]
    others = frame[names].astype(float)
    codes = frame.reindex(columns=["group", "first", "second", "measure", "stage"]).astype(str)
    columns = [codes, points, others, frame[["verdict"]].astype(str)]
    rows = zip(*(column.itertuples(index=False, name=None) for column in columns), strict=True)
    return [Difference(*(value for part in row for value in part)) for row in rows]


def shown_differences(frame: pd.DataFrame) -> list[Difference]:
    """The differences that a chart shows: all between two groups; between more, the largest, the clear first.

    With every pair of many groups a chart would hold a hundred rows that nobody reads.
    """
    differences = differences_of(frame)
    if len(pairs_of(frame)) == 1:
        return differences
    return sorted(differences, key=lambda found: (not found.clear, -abs(found.middle)))[:MOST_SHOWN]


def pairs_of(frame: pd.DataFrame) -> set[tuple[str, str]]:
    """The pairs of groups that a frame of differences compares."""
    return set(zip(frame["first"].astype(str), frame["second"].astype(str), strict=True))


def sides_of(row: Row, codebook: Codebook) -> tuple[float, float]:
    """The printed shares short of the codebook's cut, and from there on, added up."""
    above = codebook.stages[codebook.stages.index(codebook.cut) :]
    sums = [
        sum(cell.printed for cell in row.cells if (cell.stage in above) == side) for side in (False, True)
    ]
    return sums[0], sums[1]
