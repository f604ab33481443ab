"""The published shares of a wave as arrays, with the bounds that rounding alone leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from analysis.codebook import codebook_of
from analysis.errors import RequestError, quote
from analysis.old.digits import significant_decimals
from analysis.old.inference.cells import print_column, upwards
from analysis.old.inference.shares import sum_bounds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.old.inference.intervals import Bounds, Floats

EXACT = 12  # decimals of a share; sums of printed figures stay clear of the last bits of a float


class Published(NamedTuple):
    """Shares by group and stage, nan where a stage is not published; ``n`` by group, nan where unknown.

    ``counted`` tells the cells whose counts are given, which rounding leaves no room.
    """

    groups: list[str]
    stages: list[str]
    percent: Floats
    estimate: Floats
    low: Floats
    high: Floats
    n: Floats
    counted: NDArray[np.bool_]

    def take(self, positions: list[int]) -> Published:
        """The groups at these positions, repeated where a position is."""
        return self._replace(
            groups=[self.groups[position] for position in positions],
            percent=self.percent[positions],
            estimate=self.estimate[positions],
            low=self.low[positions],
            high=self.high[positions],
            n=self.n[positions],
            counted=self.counted[positions],
        )


def read_published(survey: pd.DataFrame, wave: str) -> Published:
    """The published shares of a wave and what rounding to the nearest printed figure leaves open.

    Bounds are narrowed by the shares of a group adding up to 1. Where the printed figures cannot be the
    nearest ones of any shares (their sum is too far from 100), the bounds are a whole unit wide on each
    side, as after rounding up, down or by hand.

    Raises
    ------
    RequestError
        The survey has no such wave.
    """
    codebook = codebook_of(survey)
    rows = rows_of_wave(survey, wave)
    groups = [group for group in codebook.groups if group in set(rows["group"])]
    stages = codebook.stages
    places = (
        [groups.index(group) for group in rows["group"]],
        [stages.index(stage) for stage in rows["stage"]],
    )
    percent, count, n = np.full((3, len(groups), len(stages)), np.nan)
    for cells, name in ((percent, "percent"), (count, "count"), (n, "n")):
        cells[places] = rows[name].to_numpy(float, na_value=np.nan)
    n = np.where(np.isnan(n).all(1), count.sum(1), np.nan_to_num(n).max(1))
    counted = ~np.isnan(count) & (n > 0)[:, None]
    exact = np.divide(count, n[:, None], out=np.full(count.shape, np.nan), where=counted)
    estimate = np.where(counted, exact, percent / 100)
    decimals = decimals_of_wave(survey, wave)
    low, high = _bounds(estimate, np.where(counted, 0, 10.0 ** -(2 + decimals)))
    for group in np.flatnonzero(counted.all(1) & np.isnan(percent).any(1)):
        percent[group] = print_column(count[group].astype(int), decimals)
    return Published(groups, stages, percent, estimate, low, high, n, counted)


def published_upwards(published: Published) -> Published:
    """The published shares of each stage and all above it, from the second on, with their bounds."""
    low, high = sum_bounds(published.low, published.high)
    return published._replace(
        stages=published.stages[1:],
        percent=np.round(upwards(published.percent), EXACT),
        estimate=np.round(upwards(published.estimate), EXACT),
        low=np.round(low, EXACT),
        high=np.round(high, EXACT),
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
    declared = codebook_of(survey).wave(wave).get("decimals")
    return significant_decimals(rows_of_wave(survey, wave)["percent"]) if declared is None else int(declared)


def _bounds(estimate: Floats, unit: Floats) -> Bounds:
    """Half a unit around each share, a whole one for the groups whose sum allows no half."""
    low, high = _around(estimate, unit / 2)
    impossible = (np.round(low.sum(1), EXACT) > 1) | (np.round(high.sum(1), EXACT) < 1)
    wide_low, wide_high = _around(estimate, unit)
    low = np.where(impossible[:, None], wide_low, low)
    high = np.where(impossible[:, None], wide_high, high)
    narrow_low = np.maximum(low, 1 - (high.sum(1, keepdims=True) - high))
    narrow_high = np.minimum(high, 1 - (low.sum(1, keepdims=True) - low))
    possible = (narrow_low <= narrow_high + 10.0**-EXACT).all(1, keepdims=True)
    low, high = np.where(possible, narrow_low, low), np.where(possible, narrow_high, high)
    return np.round(low, EXACT), np.round(high, EXACT)


def _around(estimate: Floats, reach: Floats) -> Bounds:
    unknown = np.isnan(estimate)
    low = np.where(unknown, 0, np.maximum(estimate - reach, 0))
    high = np.where(unknown, 1, np.minimum(estimate + reach, 1))
    return low, high
