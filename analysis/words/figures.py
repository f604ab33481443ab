"""What a frame of shares, differences or changes holds, and the parts of sentences and charts that say it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from analysis.codebook import Codebook, wave_order
from analysis.errors import RequestError
from analysis.words.language import Voice

if TYPE_CHECKING:
    import pandas as pd

CLEAR, NOT_CLEAR, OPEN = "clear", "not clear", "open"
SCALED = ("estimate_low", "estimate_high", "low", "high")  # from 0 to 1 in a frame, in per cent here


class Statement(NamedTuple):
    """One thing that can be said, or that cannot.

    ``kind`` is "stage", "shape", "shift", "size", "wave", "nonresponse", "assumption" or "caution";
    ``verdict`` "clear", "not clear", "open" or "" (no verdict); ``figure`` what a card shows large, often "";
    ``topic`` what a caution is about: "wave", "chance" or "nonresponse".
    """

    kind: str
    verdict: str
    text: str
    figure: str = ""
    topic: str = ""


@dataclass(frozen=True)
class Estimate:
    """A share in per cent, or a difference in points: its range over the tables that fit, its interval.

    ``percent`` is as published; ``first`` and ``second`` are what a difference is between, two groups or two
    waves of a ``group``. What is not known is NaN.
    """

    measure: str
    stage: str
    estimate_low: float
    estimate_high: float
    low: float
    high: float
    group: str = ""
    n: float = math.nan
    percent: float = math.nan
    first: str = ""
    second: str = ""
    percent_first: float = math.nan
    percent_second: float = math.nan
    verdict: str = ""

    @property
    def value(self) -> float:
        """Where its mark stands; NaN where the tables that fit differ."""
        return self.estimate_low if abs(self.estimate_high - self.estimate_low) < 1e-9 else math.nan

    @property
    def middle(self) -> float:
        """To order and colour by, never printed where the tables differ; as published, if that is all."""
        return self.percent if math.isnan(self.estimate_low) else (self.estimate_low + self.estimate_high) / 2

    @property
    def ends(self) -> list[float]:
        """All that a scale must hold."""
        ends = (self.middle, self.estimate_low, self.estimate_high, self.low, self.high)
        return [end for end in ends if not math.isnan(end)]

    @property
    def farthest(self) -> float:
        """The largest difference, either way, that its interval does not exclude."""
        return max(abs(self.low), abs(self.high))

    @property
    def clear(self) -> bool:
        """Whether a difference holds in every table that fits; of published shares, whether it has a sign."""
        return self.verdict == CLEAR or (not self.verdict and (self.low > 0 or self.high < 0))

    @property
    def upright(self) -> Estimate:
        """The same difference, told of the side that has more."""
        if self.middle >= 0:
            return self
        return replace(
            self,
            first=self.second,
            second=self.first,
            percent_first=self.percent_second,
            percent_second=self.percent_first,
            estimate_low=-self.estimate_high,
            estimate_high=-self.estimate_low,
            low=-self.high,
            high=-self.low,
        )

    def words(self, voice: Voice) -> str:
        """A stage's share as published; others by the tables that fit, differences with their sign."""
        published = self.measure == "stage" or math.isnan(self.estimate_low)
        if published and not math.isnan(self.percent):
            return voice.percent(self.percent)
        return voice.interval(self.estimate_low / 100, self.estimate_high / 100, sign=bool(self.first))

    def interval(self, voice: Voice) -> str:
        """Its interval; nothing where it has none."""
        if math.isnan(self.low):
            return ""
        return voice.interval(self.low / 100, self.high / 100, sign=bool(self.first))

    def figure(self, voice: Voice) -> str:
        """Its value as said, its interval in brackets; once where both are the same range."""
        value, interval = self.words(voice), self.interval(voice)
        if interval in {"", value}:
            return value
        return voice.say("charts.figure", value=value, interval=interval)

    def points(self, voice: Voice, *, sign: bool = False) -> str:
        """A difference in words, or its range over the tables: ``18 percentage points``.

        A range on both sides of zero has its signs always.
        """
        ends = [self.estimate_low / 100, self.estimate_high / 100]
        signed = sign or ends[0] * ends[1] < 0
        return voice.points(*(ends if signed else sorted(map(abs, ends))), sign=signed)


def estimates_of(rows: pd.DataFrame) -> list[Estimate]:
    """The rows of a frame of shares, differences or changes."""
    columns: dict[str, Any] = {}
    for field in fields(Estimate):
        if field.name in rows and field.type == "str":
            columns[field.name] = rows[field.name].astype(str)
        elif field.name in rows:
            columns[field.name] = rows[field.name].astype(float) * (100 if field.name in SCALED else 1)
    return [
        Estimate(**dict(zip(columns, cells, strict=True))) for cells in zip(*columns.values(), strict=True)
    ]


def differences_of(frame: pd.DataFrame) -> list[Estimate]:
    """The differences of a frame between groups or between waves, in its order; those not known left out.

    Raises
    ------
    RequestError
        The frame has no difference that is known.
    """
    known = estimates_of(frame[frame["estimate_low"].notna()])
    if not known:
        raise RequestError("the frame has no difference that is known")
    return known


def main_change(changes: Sequence[Estimate], codebook: Codebook) -> Estimate:
    """The change that matters first: to the latest wave, at the codebook's cut or further, of the total.

    Where there is no such change, the largest one to the latest wave.
    """
    latest = max((change.first for change in changes), key=wave_order)

    def rank(change: Estimate) -> tuple[Any, ...]:
        upwards = change.measure == "at_least" or change.stage == codebook.stages[-1]
        at_cut, of_all = upwards and change.stage == codebook.cut, change.group == codebook.total
        return at_cut, of_all, wave_order(change.second), abs(change.middle)

    return max((change for change in changes if change.first == latest), key=rank)
