"""Where the figures of differences stand on a slide."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from leaves import worked_out
from pptx import Presentation
from surveys import SURVEYS

from analysis.old.slides.powerpoint.dots import pairs_plot
from analysis.old.slides.powerpoint.lettering import text_height
from analysis.old.slides.powerpoint.native import Size
from analysis.old.slides.refresh import refresh_slides
from analysis.old.slides.story import save_slides

CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


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


def offsets_in(deck: Path) -> list[list[tuple[int, float]]]:
    """Of each series of the chart of differences with labels moved: which are, and how far up."""
    shapes = [shape for slide in Presentation(deck).slides for shape in slide.shapes]
    space = next(shape for shape in shapes if shape.name == "maturity:differences").chart._chartSpace
    series = [list(one.iter(f"{CHART}dLbl")) for one in space.iter(f"{CHART}ser")]
    return [
        [(int(label[0].get("val")), float(next(label.iter(f"{CHART}y")).get("val"))) for label in labels]
        for labels in series
        if labels
    ]


def test_figures_of_many_pairs_stand_above_their_bars_after_a_refresh_with_more_of_them(tmp_path):
    rows, frames = SURVEYS["small"]().rows(), worked_out("small")
    differences = frames["differences"]
    fewer = differences[(differences["first"] == "north") & differences["stage"].isin(["none", "starting"])]
    deck = save_slides(tmp_path / "deck.pptx", rows, frames={**frames, "differences": fewer})
    assert [len(labels) for labels in offsets_in(deck)] == [4, 4]
    refreshed = refresh_slides(deck, rows, lang="en", frames=frames)
    anew = save_slides(tmp_path / "anew.pptx", rows, frames=frames)
    ups = [[up for labels in offsets_in(one) for _, up in labels] for one in (refreshed, anew)]
    assert ups[0] == pytest.approx(ups[1], abs=0.002)  # a shorter title leaves a chart a little more height
