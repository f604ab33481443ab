"""The figures of a frame as they are drawn, said and printed: one reading for charts and words alike.

Per cent here, not shares; missing cells are left out, never taken for zero.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from analysis.codebook import codebook_of
from analysis.errors import RequestError
from analysis.old.digits import significant_decimals

if TYPE_CHECKING:
    import pandas as pd

    from analysis.codebook import Codebook

MOST_SHOWN = 6  # differences between more than two groups
NUMBERS = ["percent", "count", "n", "estimate", "low", "high", "estimate_low", "estimate_high"]
POINTS = ["estimate", "estimate_low", "estimate_high", "low", "high"]
BASES = ["n_first", "n_second", "percent_first", "percent_second", "level"]


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
    groups = _codes(frame, "group")
    answers = dict(zip(groups, _numbers(frame, "n"), strict=True))
    for group, cell in zip(groups, _cells(frame), strict=True):
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
    percent, count, n, estimate, *others = (_numbers(frame, name) for name in NUMBERS)
    low, high, least, most = ([100 * value for value in column] for column in others)
    counted = (100 * answers / base if base else math.nan for answers, base in zip(count, n, strict=True))
    lengths = ((100 * share for share in estimate), percent, counted)
    shares = [_known(*values) for values in zip(*lengths, strict=True)]
    figures = [_known(*values) for values in zip(percent, shares, strict=True)]
    columns = _codes(frame, "stage"), shares, figures, low, high, least, most
    return [Cell(*values) for values in zip(*columns, strict=True)]


def _known(*values: float) -> float:
    """The first of some numbers that is not missing."""
    return next((value for value in values if not math.isnan(value)), math.nan)


def _numbers(frame: pd.DataFrame, name: str) -> list[float]:
    """The numbers of a column, NaN where they or it are missing."""
    if name not in frame:
        return [math.nan] * len(frame)
    found: list[float] = frame[name].to_numpy(dtype=float, na_value=math.nan).tolist()
    return found


def _codes(frame: pd.DataFrame, name: str) -> list[str]:
    """The codes of a column, empty where it is missing."""
    return [str(code) for code in frame[name]] if name in frame else [""] * len(frame)


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
    codes = (_codes(frame, name) for name in ("group", "first", "second", "measure", "stage"))
    shares = ([100 * value for value in _numbers(frame, name)] for name in POINTS)
    others = (_numbers(frame, name) for name in BASES)
    rows = zip(*codes, *shares, *others, _codes(frame, "verdict"), strict=True)
    return [Difference(*row) for row in rows]


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
    """The printed shares short of the codebook's cut, and from there on, added up.

    A side of which stages were not published is what the other leaves of 100.

    Raises
    ------
    RequestError
        The group lacks stages on both sides.
    """
    cut = codebook.stages.index(codebook.cut)
    printed = {cell.stage: cell.printed for cell in row.cells}
    sides = codebook.stages[:cut], codebook.stages[cut:]
    below, above = (sum(printed.get(stage, math.nan) for stage in side) for side in sides)
    if math.isnan(below) and math.isnan(above):
        raise RequestError(
            f"group '{row.group}' lacks stages on both sides of the cut '{codebook.cut}', so its bar has no "
            "place around it; draw the chart 'stages'"
        )
    return 100 - above if math.isnan(below) else below, 100 - below if math.isnan(above) else above
