"""What a frame of differences or changes holds, and the parts of sentences that say it: shares −1 to 1."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from analysis.codebook import Codebook, wave_order
from analysis.errors import RequestError
from analysis.words.language import Voice

if TYPE_CHECKING:
    import pandas as pd

CLEAR, NOT_CLEAR, OPEN = "clear", "not clear", "open"


class Statement(NamedTuple):
    """One thing that can be said, or that cannot.

    ``kind`` is "stage", "shape", "shift", "size", "wave", "nonresponse", "assumption" or "caution";
    ``verdict`` "clear", "not clear", "open" or "" (no verdict); ``figure`` what a card shows large, often "".
    """

    kind: str
    verdict: str
    text: str
    figure: str = ""


class Contrast(NamedTuple):
    """One difference of shares, ``first`` minus ``second``; what is not known is NaN.

    ``first`` and ``second`` are groups, or waves of a ``group``. ``estimate_low`` and ``estimate_high`` are
    its ends over every possible table, ``low`` and ``high`` those of its interval; ``percent_…`` is as
    published.
    """

    group: str
    first: str
    second: str
    measure: str
    stage: str
    estimate_low: float
    estimate_high: float
    low: float
    high: float
    percent_first: float
    percent_second: float
    verdict: str

    @property
    def middle(self) -> float:
        """Where it lies, to order by; never printed as an estimate."""
        return (self.estimate_low + self.estimate_high) / 2

    @property
    def farthest(self) -> float:
        """The largest difference, either way, that its interval does not exclude."""
        return max(abs(self.low), abs(self.high))


def contrasts_of(frame: pd.DataFrame) -> list[Contrast]:
    """The differences of a frame between groups or between waves, in its order; those not known left out.

    Raises
    ------
    RequestError
        The frame has no difference that is known.
    """
    rows = [_difference(row) for row in frame.to_dict("records")]
    known = [row for row in rows if not math.isnan(row.estimate_low)]
    if not known:
        raise RequestError("the frame has no difference that is known")
    return known


def _difference(row: dict[Any, Any]) -> Contrast:
    fields = ("estimate_low", "estimate_high", "low", "high", "percent_first", "percent_second")
    codes = [str(row.get(name, "")) for name in ("group", "first", "second", "measure", "stage")]
    numbers = [float(row[name]) if row.get(name) is not None else math.nan for name in fields]
    return Contrast._make([*codes, *numbers, str(row["verdict"])])


def main_contrast(changes: list[Contrast], codebook: Codebook) -> Contrast:
    """The change that matters first: of the latest two waves, at the codebook's cut or further, of the total.

    Where there is no such change, the largest.
    """
    latest = max((change.first for change in changes), key=wave_order)
    return max(
        (change for change in changes if change.first == latest),
        key=lambda change: (
            change.measure == "at_least" and change.stage == codebook.cut,
            change.group == codebook.total,
            abs(change.middle),
        ),
    )


# parts of sentences


def size_phrase(difference: Contrast, voice: Voice) -> str:
    """How large a difference is, without its sign: ``18 percentage points``, or its range over all tables."""
    low, high = sorted((abs(difference.estimate_low), abs(difference.estimate_high)))
    if difference.estimate_low < 0 < difference.estimate_high:
        return voice.points_range(difference.estimate_low, difference.estimate_high)
    return voice.points_range(low, high, sign=False)


def figure_phrase(difference: Contrast, voice: Voice) -> str:
    """A difference in bare points with its sign, for a card or a label: ``+18``, ``+16 to +20``."""
    return voice.interval(difference.estimate_low, difference.estimate_high, sign=True)


def interval_phrase(voice: Voice, level: float, interval: str) -> str:
    """An interval with its level: ``95% confidence interval +2 to +33``; the level a share."""
    return voice.say("phrases.interval", level=voice.of_level(level), interval=interval)


def share_then(percent: float, voice: Voice) -> str:
    """A published share in per cent; a dash where it was not published."""
    return "–" if math.isnan(percent) else voice.percent(percent)
