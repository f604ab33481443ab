"""Where numbers come from: the tables of counts of a wave or a group, and the published shares themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from analysis.codebook import codebook_of
from analysis.counts.recovery import recover_counts
from analysis.errors import RecoveryError, RequestError, quote
from analysis.inference.cells import Cells, print_column, read_cells, upwards, with_total
from analysis.rounding import DEFAULT_RULES, RULES, read_cell, rule_names, significant_decimals, whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.inference.intervals import Reals

LARGE = 10**12  # an n at which the window of a rule is that of any n, but for what rounding leaves of a share
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

    def take(self, groups: Sequence[str], measure: str) -> Published:
        """The shares of some groups (a group may come twice), of each stage or cumulated."""
        places = [self.groups.index(group) for group in groups]
        arrays = {name: getattr(self, name)[places] for name in ("percent", "low", "high", "n", "size")}
        taken = self._replace(groups=list(groups), **arrays)
        return taken if measure == "stage" else taken.cumulated()

    def cumulated(self) -> Published:
        """The shares of each stage and all above it, from the second on, with their bounds."""
        low = np.maximum(upwards(self.low), 1 - self.high.cumsum(-1)[..., :-1]).clip(0, 1).round(EXACT)
        high = np.minimum(upwards(self.high), 1 - self.low.cumsum(-1)[..., :-1]).clip(0, 1).round(EXACT)
        percent, stages = np.round(upwards(self.percent), 9), self.stages[1:]
        size = np.broadcast_to(self.size.min(1, keepdims=True), percent.shape)
        return self._replace(stages=stages, percent=percent, low=low, high=high, size=size)

    def known_n(self) -> dict[str, int]:
        """The n of each group, where it is known."""
        sizes = zip(self.groups, self.n.tolist(), strict=True)
        return {group: int(n) for group, n in sizes if not np.isnan(n)}


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
        tables = tables_of(rows, wave, rounding)
        if tables is not None and not len(tables):
            return {}
        if tables is not None:
            cells = with_total(read_cells(tables))
            told = {group: cells.take([group]) for group in groups if group in cells.groups}
            if cells.listed:
                return told
    for group in groups:
        tables = tables_of(rows[rows["group"] == group], wave, rounding)
        if tables is not None and len(tables):
            alone = read_cells(tables).take([group])
            wide = told.get(group, alone)  # what holds of it in the whole table holds too
            low, high = np.maximum(wide.low, alone.low.min(0)), np.minimum(wide.high, alone.high.max(0))
            told[group] = wide._replace(low=low, high=high) if group in told else alone
    return told


def tables_of(
    survey: pd.DataFrame, wave: str, rounding: str | Sequence[str], n: Mapping[str, Any] | None = None
) -> pd.DataFrame | None:
    """The tables of counts of a wave or their bounds, without a row if none fits; None if it has none."""
    try:
        return recover_counts(survey, wave, n=n, rounding=rounding)
    except RecoveryError:
        return None


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
    place = [groups.index(group) for group in rows["group"]], [stages.index(stage) for stage in rows["stage"]]
    percent, count, n, size = np.full((4, len(groups), len(stages)), np.nan)
    for values, name in ((percent, "percent"), (count, "count"), (n, "n")):
        values[place] = rows[name].to_numpy(float, na_value=np.nan)
    sizes = np.where(np.isnan(n).all(1), count.sum(1), np.nan_to_num(n).max(1))
    sizes = np.where(sizes > 0, sizes, np.nan)
    counted = ~np.isnan(count) & ~np.isnan(sizes)[:, None]
    shares = np.where(counted, count / sizes[:, None], percent / 100)
    decimals = decimals_of_wave(survey, wave)
    units = np.full(percent.shape, whole(decimals))
    if "printed" in rows:
        units[place] = [max(read_cell(str(text)).unit, 100) for text in rows["printed"]]
    names = rule_names(rounding)
    low, high = _bounds(shares, [_windows(percent, units, counted, name) for name in names])
    for group in np.flatnonzero(counted.all(1) & np.isnan(percent).any(1)):
        percent[group] = print_column(count[group].astype(np.int64), decimals)
    for record in survey.attrs.get("shares", []):
        if record["wave"] == wave and record["group"] in groups:
            at = groups.index(record["group"]), stages.index(record["stage"])
            share, error = record["estimate"], record["error"]
            size[at] = share * (1 - share) / error**2 if error > 0 else record["n_effective"]
            low[at] = high[at] = share
    return Published(groups, stages, percent, low, high, sizes, size)


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


def published_attrs(
    survey: pd.DataFrame, wave: str, rounding: str | Sequence[str] = DEFAULT_RULES
) -> dict[str, Any]:
    """The attrs of a frame that is made from published shares alone."""
    codebook, published, rules = codebook_of(survey), read_published(survey, wave), list(rule_names(rounding))
    percent = {
        group: [None if np.isnan(figure) else float(figure) for figure in figures]
        for group, figures in zip(published.groups, published.percent, strict=True)
    }
    weighted = codebook.wave(wave).get("weighted") or survey.attrs.get("shares")
    return {
        "codebook": codebook,
        "wave": wave,
        "basis": "weighted" if weighted else "published",
        "n": published.known_n(),
        "percent": percent,
        "decimals": decimals_of_wave(survey, wave),
        "assumed": {} if set(rules) == set(DEFAULT_RULES) else {"rounding": rules},
    }


def decimals_of_wave(survey: pd.DataFrame, wave: str) -> int:
    """The printed decimals of a wave: as declared, else the most that any of its percentages has."""
    declared = codebook_of(survey).wave(wave).get("decimals")
    return significant_decimals(rows_of_wave(survey, wave)["percent"]) if declared is None else int(declared)


def _windows(percent: Reals, units: Any, counted: NDArray[np.bool_], name: str) -> tuple[Reals, Reals]:
    """How far the true share of each cell may lie below and above the printed one under a rule."""
    reach = np.zeros((2, *percent.shape))
    for place in zip(*np.nonzero(~np.isnan(percent) & ~counted), strict=True):
        unit = int(units[place])
        figure = round(percent[place] * unit / 100)
        ends = RULES[name].window(figure, LARGE, unit, percent.shape[1])
        reach[(slice(None), *place)] = [abs(end) / (2 * LARGE * unit) for end in ends]
    return reach[0], reach[1]


def _bounds(shares: Reals, reaches: Sequence[tuple[Reals, Reals]]) -> tuple[Reals, Reals]:
    """The union over the rules that allow the shares of a group to add up to 1; else all that they allow."""
    unknown, ends, widest = np.isnan(shares), [], []
    for below, above in reaches:
        low = np.where(unknown, 0, np.clip(shares - below, 0, 1))
        high = np.where(unknown, 1, np.clip(shares + above, 0, 1))
        narrow_low = np.maximum(low, 1 - (high.sum(1, keepdims=True) - high))
        narrow_high = np.minimum(high, 1 - (low.sum(1, keepdims=True) - low))
        possible = (narrow_low <= narrow_high + 10.0**-EXACT).all(1, keepdims=True)
        ends.append((np.where(possible, narrow_low, np.nan), np.where(possible, narrow_high, np.nan)))
        widest.append((low, high))
    low, high = np.fmin.reduce([end[0] for end in ends]), np.fmax.reduce([end[1] for end in ends])
    low = np.where(np.isnan(low), np.min([end[0] for end in widest], axis=0), low)
    high = np.where(np.isnan(high), np.max([end[1] for end in widest], axis=0), high)
    return low.round(EXACT), high.round(EXACT)
