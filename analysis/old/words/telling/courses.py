"""How a share went from wave to wave, and which of them a chart shows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from analysis.codebook import codebook_of
from analysis.errors import RequestError
from analysis.old.words.telling.figures import Difference, differences_of
from analysis.old.words.telling.phrases import main_change
from analysis.old.words.wording import wave_order

if TYPE_CHECKING:
    import pandas as pd


class Course(NamedTuple):
    """One share of one group over the waves, in per cent as printed, and its changes in time order."""

    group: str
    measure: str
    stage: str
    points: dict[str, float]
    changes: tuple[Difference, ...]

    @property
    def clear(self) -> bool:
        """Whether its latest change holds for every table of counts that fits."""
        return self.changes[-1].clear


def courses_of(frame: pd.DataFrame) -> list[Course]:
    """The courses of a chart: of one group its stages and the share at the cut, of several only the latter.

    So a chart has one idea: how the stages of one group changed, or how groups differ in one change. Where
    no group has the share at the cut, it is the largest change.

    Raises
    ------
    RequestError
        The frame has no change whose shares are known.
    """
    main = main_change(frame)
    changes = [change for change in differences_of(frame) if not math.isnan(change.printed_first)]
    if len({change.group for change in changes}) > 1:
        shown = {(main.measure, main.stage)}
    else:
        shown = {(change.measure, change.stage) for change in changes if change.measure == "stage"}
        shown |= set() if main.stage == codebook_of(frame).stages[-1] else {(main.measure, main.stage)}
    found: dict[tuple[str, str, str], list[Difference]] = {}
    for change in changes:
        if (change.measure, change.stage) in shown:
            found.setdefault((change.group, change.measure, change.stage), []).append(change)
    if not found:
        raise RequestError("the frame has no change between waves whose shares are known")
    return [_course(key, steps) for key, steps in found.items()]


def _course(key: tuple[str, str, str], steps: list[Difference]) -> Course:
    steps = sorted(steps, key=lambda step: wave_order(step.first))
    points = {steps[0].second: steps[0].printed_second} | {step.first: step.printed_first for step in steps}
    for step in steps:
        points.setdefault(step.second, step.printed_second)
    ordered = dict(sorted(points.items(), key=lambda point: wave_order(point[0])))
    return Course(*key, ordered, tuple(steps))


def time_of(wave: str) -> float:
    """A wave on the scale of years: spring at the first quarter, autumn at the third."""
    year, autumn = wave_order(wave)
    return int(year) + (0.75 if autumn else 0.25)
