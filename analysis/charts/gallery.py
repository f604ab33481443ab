"""The charts by name: the only list of them. A new kind is one file, and its line here."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from analysis.charts.chart import Chart, draw_chart
from analysis.charts.differences import DIFFERENCES
from analysis.charts.files import figure_bytes
from analysis.charts.panel import ChartFigure, root_of
from analysis.charts.shares import CUMULATIVE, SHARES
from analysis.charts.stages import DIVERGING, STAGES
from analysis.charts.waves import WAVES
from analysis.errors import RequestError, unknown_code
from analysis.style import look_of
from analysis.words.language import voice_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

CHARTS: dict[str, Chart] = {
    chart.name: chart for chart in (STAGES, CUMULATIVE, DIFFERENCES, SHARES, WAVES, DIVERGING)
}


def charts_of(frames: Mapping[str, pd.DataFrame]) -> list[str]:
    """The names of the charts that a survey bears, in the order of the gallery."""
    return [name for name, chart in CHARTS.items() if chart.bears(frames)]


def draw_figure(
    chart: str,
    frames: Mapping[str, pd.DataFrame],
    *,
    lang: str = "en",
    size: str = "wide",
    theme: str = "light",
) -> ChartFigure:
    """A chart as a figure apart from pyplot, in a size and on a theme; its words are its ``alt_text``.

    Raises
    ------
    RequestError
        There is no such chart, size or theme, or the survey does not bear the chart.
    """
    kind, frame = _known(chart, frames)
    look = look_of(size, theme)
    ax = draw_chart(kind, frame, voice_of(frame, lang), look=look, pyplot=False)
    return cast("ChartFigure", root_of(ax))


def chart_files(
    chart: str,
    frames: Mapping[str, pd.DataFrame],
    formats: tuple[str, ...],
    *,
    lang: str = "en",
    size: str = "wide",
    theme: str = "light",
) -> dict[str, bytes]:
    """A chart as files (svg, png, pdf) with title and alt text inside, drawn once; the same bytes each time.

    Raises
    ------
    RequestError
        As of ``draw_figure``.
    """
    kind, frame = _known(chart, frames)
    figure = draw_figure(chart, frames, lang=lang, size=size, theme=theme)
    title, prefix = kind.title(frame, voice_of(frame, lang)), f"{chart}-{size}-{theme}"
    words = {"title": title, "alt": figure.alt_text, "lang": lang, "prefix": prefix}
    return {form: figure_bytes(figure, form, **words) for form in formats}


def _known(chart: str, frames: Mapping[str, pd.DataFrame]) -> tuple[Chart, pd.DataFrame]:
    if chart not in CHARTS:
        raise RequestError(unknown_code("chart", chart, list(CHARTS)))
    kind = CHARTS[chart]
    if not kind.bears(frames):
        raise RequestError(
            f"this survey cannot bear the chart '{chart}'; it bears {', '.join(charts_of(frames))}"
        )
    return kind, frames[kind.frame]
