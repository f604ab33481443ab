"""Where numbers come from: the tables of counts of a wave or a group, and the published shares themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from analysis.codebook import codebook_of
from analysis.errors import RecoveryError, RequestError, quote, unknown_code
from analysis.inference.cells import Cells, print_column, read_cells, upwards, with_total

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.inference.intervals import Reals

DEFAULT_RULES = ("nearest", "largest_remainder", "adjust_minimal")
# how far a true share may lie below and above a printed one, in units of the last decimal, whatever n is
REACH = {
    "nearest": (0.5, 0.5), "half_up": (0.5, 0.5), "half_down": (0.5, 0.5), "half_even": (0.5, 0.5),
    "floor": (0.0, 1.0), "ceiling": (1.0, 0.0), "within_one": (1.0, 1.0), "floor_or_ceiling": (1.0, 1.0),
    "largest_remainder": (1.0, 1.0), "webster": (1.0, 1.0), "adjust_minimal": (1.5, 1.5),
}  # fmt: skip
EXACT = 12  # decimals of a share; sums of printed figures stay clear of the last bits of a float


class Published(NamedTuple):
    """Published shares by group and stage with the bounds that the rules leave; nan where none is published.

    ``size`` is the effective number of answers of a share that was weighted here, else nan: as many as would
    give the linearised standard error (Korn & Graubard 1998). ``n`` by group, nan where unknown.
    """

    groups: list[str]
    stages: list[str]
    percent: Reals
    low: Reals
    high: Reals
    n: Reals
    size: Reals
    counted: NDArray[np.bool_]


def main_wave(survey: pd.DataFrame) -> str:
    """The wave that a report is about: the latest that is complete, else the latest."""
    from analysis.old.inference.findings import main_wave as main  # until analysis.counts has landed

    return main(survey)


def recover_tables(
    survey: pd.DataFrame,
    wave: str,
    *,
    n: Mapping[str, Any] | None = None,
    rounding: str | Sequence[str] = DEFAULT_RULES,
) -> pd.DataFrame:
    """The tables of counts of a wave, or their bounds: the one place where inference asks for them."""
    from analysis.old.counts.ranges import cell_bounds  # until analysis.counts has landed
    from analysis.old.counts.recovery import recover_counts

    given: dict[str, Any] = {"n": n, "rounding": rounding}
    tables = recover_counts(survey, wave, **given)
    rules = [rounding] if isinstance(rounding, str) else list(rounding)
    assumed: dict[str, Any] = {} if rules == list(DEFAULT_RULES) else {"rounding": rules}
    if n:
        assumed["n"] = {group: tables.attrs["n"].get(group, size) for group, size in n.items()}
    attrs = {name: value for name, value in tables.attrs.items() if name not in {"problem", "seed"}}
    if attrs["status"] == "too_many":
        bounds = cell_bounds(survey, wave, **given).set_index(["group", "stage"])
        rows = [[bounds.loc[cell, end] for cell in tables.columns] for end in ("low", "high")]
        index = pd.Index(["low", "high"], name="bound")
        tables, attrs["n_tables"] = pd.DataFrame(rows, index=index, columns=tables.columns), None
    tables.attrs = {**attrs, "assumed": assumed, "max_tables": 10_000}
    return tables


def group_cells(
    survey: pd.DataFrame, wave: str, *, rounding: str | Sequence[str] = DEFAULT_RULES
) -> dict[str, Cells]:
    """The counts that each group of a wave can have; a group whose counts cannot be told is left out.

    Parts that make up a published total are recovered together with it, others each by itself; where the
    tables are too many, each group's bounds are also taken by itself, if they are narrower there.
    """
    codebook = codebook_of(survey)
    rows = rows_of_wave(survey, wave).dropna(subset=["percent", "count"], how="all")
    groups = [group for group in codebook.groups if (rows["group"] == group).any()]
    told: dict[str, Cells] = {}
    together = set(codebook.parts) <= set(groups)
    if together and len(groups) > 1:
        tables = _tables(rows, wave, rounding)
        if tables is not None and not len(tables):
            return {}
        if tables is not None:
            cells = with_total(read_cells(tables))
            told = {group: cells.take([group]) for group in groups if group in cells.groups}
            if cells.listed:
                return told
    for group in groups:
        tables = _tables(rows[rows["group"] == group], wave, rounding)
        if tables is not None and len(tables):
            alone = read_cells(tables).take([group])
            told[group] = _narrowed(told[group], alone) if group in told else alone
    return told


def read_published(
    survey: pd.DataFrame, wave: str, *, rounding: str | Sequence[str] = DEFAULT_RULES
) -> Published:
    """The published shares of a wave, and what the rules leave open whatever the n: the union of the rules'.

    Bounds are narrowed by the shares of a group adding up to 1. A stage whose count is given has none; a
    share that was weighted here is known as it is, and has an effective n.

    Raises
    ------
    RequestError
        The survey has no such wave.
    """
    codebook, rows = codebook_of(survey), rows_of_wave(survey, wave)
    groups, stages = [group for group in codebook.groups if (rows["group"] == group).any()], codebook.stages
    place = (
        [groups.index(group) for group in rows["group"]],
        [stages.index(stage) for stage in rows["stage"]],
    )
    percent, count, n, size = np.full((4, len(groups), len(stages)), np.nan)
    for values, name in ((percent, "percent"), (count, "count"), (n, "n")):
        values[place] = rows[name].to_numpy(float, na_value=np.nan)
    sizes = np.where(np.isnan(n).all(1), count.sum(1), np.nan_to_num(n).max(1))
    sizes = np.where(sizes > 0, sizes, np.nan)
    counted = ~np.isnan(count) & ~np.isnan(sizes)[:, None]
    shares = np.where(counted, count / sizes[:, None], percent / 100)
    decimals = decimals_of_wave(survey, wave)
    rules = [rounding] if isinstance(rounding, str) else list(rounding)
    for rule in rules:
        if rule not in REACH:
            raise RequestError(unknown_code("rounding rule", rule, list(REACH)))
    unit = np.where(counted, 0.0, 10.0 ** -(2 + decimals))
    low, high = _bounds(shares, unit, [REACH[rule] for rule in rules])
    for group in np.flatnonzero(counted.all(1) & np.isnan(percent).any(1)):
        percent[group] = print_column(count[group].astype(np.int64), decimals)
    for record in survey.attrs.get("shares", []):
        if record["wave"] == wave and record["group"] in groups:
            at = groups.index(record["group"]), stages.index(record["stage"])
            share, error = record["estimate"], record["error"]
            size[at] = share * (1 - share) / error**2 if error > 0 else record["n_effective"]
            low[at] = high[at] = share
    return Published(groups, stages, percent, low, high, sizes, size, counted)


def at_least(published: Published) -> Published:
    """The published shares of each stage and all above it, from the second on, with their bounds."""
    low = np.maximum(upwards(published.low), 1 - published.high.cumsum(-1)[..., :-1])
    high = np.minimum(upwards(published.high), 1 - published.low.cumsum(-1)[..., :-1])
    percent = np.round(upwards(published.percent), 9)
    return published._replace(
        stages=published.stages[1:],
        percent=percent,
        low=np.round(np.clip(low, 0, 1), EXACT),
        high=np.round(np.clip(high, 0, 1), EXACT),
        size=np.broadcast_to(published.size.min(1, keepdims=True), percent.shape),
        counted=upwards(published.counted) == upwards(np.ones_like(published.counted)),
    )


def rows_of_wave(survey: pd.DataFrame, wave: str) -> pd.DataFrame:
    """The rows of a wave.

    Raises
    ------
    RequestError
        The survey has no such wave.
    """
    rows = survey[survey["wave"] == wave]
    if rows.empty:
        waves = ", ".join(str(known) for known in survey["wave"].unique())
        raise RequestError(f"wave is {quote(wave)}; use one of {waves}")
    return rows


def decimals_of_wave(survey: pd.DataFrame, wave: str) -> int:
    """The printed decimals of a wave: as declared, else the most that any of its percentages has."""
    from analysis.old.digits import significant_decimals  # until analysis.rounding has landed

    declared = codebook_of(survey).wave(wave).get("decimals")
    return significant_decimals(rows_of_wave(survey, wave)["percent"]) if declared is None else int(declared)


def _tables(rows: pd.DataFrame, wave: str, rounding: str | Sequence[str]) -> pd.DataFrame | None:
    try:
        return recover_tables(rows, wave, rounding=rounding)
    except RecoveryError:
        return None


def _narrowed(cells: Cells, alone: Cells) -> Cells:
    """Bounds of one group that hold both ways it was recovered."""
    low, high = np.maximum(cells.low, alone.low.min(0)), np.minimum(cells.high, alone.high.max(0))
    return cells._replace(low=low, high=high)


def _bounds(shares: Reals, unit: Reals, reaches: Sequence[tuple[float, float]]) -> tuple[Reals, Reals]:
    """The union over rules of the bounds that a rule allows; without any, a unit and a half on each side."""
    unknown = np.isnan(shares)
    ends = []
    for below, above in [*reaches, (1.5, 1.5)]:
        low = np.where(unknown, 0, np.clip(shares - below * unit, 0, 1))
        high = np.where(unknown, 1, np.clip(shares + above * unit, 0, 1))
        narrow_low = np.maximum(low, 1 - (high.sum(1, keepdims=True) - high))
        narrow_high = np.minimum(high, 1 - (low.sum(1, keepdims=True) - low))
        possible = (narrow_low <= narrow_high + 10.0**-EXACT).all(1, keepdims=True)
        ends.append((np.where(possible, narrow_low, np.nan), np.where(possible, narrow_high, np.nan)))
    wide_low, wide_high = ends.pop()
    low, high = np.fmin.reduce([end[0] for end in ends]), np.fmax.reduce([end[1] for end in ends])
    none = np.isnan(low)
    low, high = np.where(none, wide_low, low), np.where(none, wide_high, high)
    shown = np.where(unknown, 0, shares)
    low = np.where(np.isnan(low), np.clip(shown - 1.5 * unit, 0, 1), low)
    high = np.where(np.isnan(high), np.clip(np.where(unknown, 1, shares) + 1.5 * unit, 0, 1), high)
    return low.round(EXACT), high.round(EXACT)
