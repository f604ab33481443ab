"""Where the figures of differences stand on a slide."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.powerpoint.dots import pairs_plot
from analysis.powerpoint.lettering import text_height
from analysis.powerpoint.native import Size


def make_sheet(rows: int) -> pd.DataFrame:
    """Differences as ``differences_sheet`` gives them, every other one clear."""
    nan = float("nan")
    records = [
        (20.0 if row % 2 else nan, nan if row % 2 else -6.0, -8.0, 31.0, 12.0, 11.0) for row in range(rows)
    ]
    names = ["clear", "unclear", "low", "high", "below", "above"]
    return pd.DataFrame(records, index=[f"Stage {row}\nNorth − South" for row in range(rows)], columns=names)


@pytest.mark.parametrize("rows", [3, 6])
@pytest.mark.parametrize("size", [Size(12.1, 4.8), Size(8.5, 3.6)])
def test_figures_of_many_pairs_stand_between_the_bars_where_no_interval_runs(rows, size):
    plot = pairs_plot(make_sheet(rows), size=size)
    pitch = plot.box.height * size.height / rows
    bar = pitch / (1 + plot.gap / 100)
    for series in plot.series[:2]:
        assert series.label.place == "inBase"  # in the middle of the bar, whence it is moved
        text = text_height(1, series.label.font.size) / 2
        middles = [-point.dy * size.height for point in series.points]
        assert [point.at for point in series.points] == list(range(rows))
        assert [middle - text >= bar / 2 - 0.001 for middle in middles] == [True] * rows
        assert [middle + text <= pitch - bar / 2 + 0.001 for middle in middles] == [True] * rows
