"""A chart as an office program draws it: the same finding in the same form, in plain lists."""

from __future__ import annotations

from typing import Literal, NamedTuple


class NativeSeries(NamedTuple):
    """One series: a value for each category; ``None`` where there is none.

    ``errors`` are the lengths of the error bars below and above each value, in the unit of the values;
    ``labels`` stand in the place of the formatted values; ``colours`` are of single points.
    """

    name: str
    values: list[float | None]
    colour: str
    errors: tuple[list[float], list[float]] | None = None
    labels: list[str] | None = None
    colours: list[str] | None = None


class NativeChart(NamedTuple):
    """What a slide needs to draw a chart by itself; shares and differences are between −1 and 1."""

    kind: Literal["stacked", "bars", "dots", "lines"]
    categories: list[str]
    series: list[NativeSeries]
    number_format: str
    axis_title: str
    legend: bool
