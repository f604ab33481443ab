"""The charts by name: what draws each, what says it in words, and which frame it is drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from analysis.errors import RequestError
from analysis.old.charts.descriptions import (
    describe_cumulative,
    describe_differences,
    describe_diverging,
    describe_shares,
    describe_stages,
    describe_waves,
)
from analysis.old.charts.drawing.bars import draw_diverging, draw_stages
from analysis.old.charts.drawing.canvas import new_axes
from analysis.old.charts.drawing.dots import draw_cumulative, draw_shares
from analysis.old.charts.drawing.gaps import draw_differences
from analysis.old.charts.drawing.slopes import draw_waves
from analysis.old.charts.headlines import (
    headline_cumulative,
    headline_differences,
    headline_diverging,
    headline_shares,
    headline_stages,
    headline_waves,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes


class Draw(Protocol):
    """Draws a frame on Axes, new ones when left out."""

    def __call__(self, frame: pd.DataFrame, *, lang: str = ..., ax: Axes | None = ...) -> Axes: ...


class Say(Protocol):
    """Says a frame in words."""

    def __call__(self, frame: pd.DataFrame, *, lang: str = ...) -> str: ...


class Chart(NamedTuple):
    """One kind of chart; ``key`` is the name of its frame in ``gather_frames``."""

    draw: Draw
    describe: Say
    headline: Say
    key: str


CHARTS = {
    "stages": Chart(draw_stages, describe_stages, headline_stages, "stages"),
    "cumulative": Chart(draw_cumulative, describe_cumulative, headline_cumulative, "cumulative"),
    "differences": Chart(draw_differences, describe_differences, headline_differences, "differences"),
    "shares": Chart(draw_shares, describe_shares, headline_shares, "shares"),
    "waves": Chart(draw_waves, describe_waves, headline_waves, "changes"),
    "diverging": Chart(draw_diverging, describe_diverging, headline_diverging, "stages"),
}


def bears_chart(frames: Mapping[str, pd.DataFrame], name: str) -> bool:
    """Whether a survey has what a chart shows; gaps on both sides of a cut cannot be drawn around it."""
    chart = CHARTS[name]
    if chart.key not in frames:
        return False
    try:
        chart.describe(frames[chart.key])
    except RequestError:
        return False
    return True


__all__ = [
    "CHARTS",
    "Chart",
    "bears_chart",
    "draw_cumulative",
    "draw_differences",
    "draw_diverging",
    "draw_shares",
    "draw_stages",
    "draw_waves",
    "new_axes",
]
