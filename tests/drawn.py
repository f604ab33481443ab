"""Charts for tests: the frames of made-up surveys, and where the words and marks of a figure are."""

from __future__ import annotations

from functools import cache
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from surveys import (
    Survey,
    large_survey,
    long_survey,
    make_codebook,
    shipped_survey,
    small_survey,
    tiny_survey,
)

from analysis.counts.recovery import recover_counts
from analysis.inference.differences import compare_stages, compare_waves
from analysis.inference.shares import estimate_shares

SLACK = 1.0  # pixels that hinting may move an edge


def open_survey() -> Survey:
    """Four stages, two groups of many answers: many tables fit, and verdicts depend on which one is true."""
    stages = {"a": "Never", "b": "Sometimes", "c": "Often", "d": "Always"}
    groups = {"all": "Everybody", "x": "Northern schools", "y": "Southern schools"}
    codebook = make_codebook(stages, groups, waves=["2024-autumn"])
    return Survey(codebook, {"2024-autumn": {"x": [100, 230, 340, 130], "y": [148, 200, 290, 171]}})


def twelve_survey() -> Survey:
    """Twelve stages, twelve groups; zeros among the cells."""
    stages = {f"s{place}": f"Stage number {place} of the scale" for place in range(12)}
    groups = {f"g{place}": f"Group of schools {place}" for place in range(12)}
    codebook = make_codebook(stages, groups, waves=["2024-autumn"], total=None)
    cells = {group: [(7 * at + 5 * place) % 13 for at in range(12)] for place, group in enumerate(groups)}
    return Survey(codebook, {"2024-autumn": cells})


MADE_UP = {
    "shipped": shipped_survey,
    "small": small_survey,
    "large": large_survey,
    "tiny": tiny_survey,
    "long": long_survey,
    "open": open_survey,
    "twelve": twelve_survey,
}


@cache
def frames(name: str) -> dict[str, pd.DataFrame]:
    """The frames that charts are drawn from; with the true counts where recovering them is not the point."""
    survey = MADE_UP[name]()
    rows = survey.rows()
    wave = "2020-autumn" if name == "shipped" else str(rows["wave"].max())
    current = rows[rows["wave"] == wave]
    if name in {"large", "twelve"}:
        answers = [
            dict(zip(survey.codebook.stages, cells, strict=True)) for cells in survey.answers[wave].values()
        ]
        known = dict(zip(survey.answers[wave], answers, strict=True))
        cells = zip(current["group"], current["stage"], strict=True)
        current = current.assign(count=pd.array([known[g][s] for g, s in cells], "Int64"))
        current.attrs = dict(rows.attrs)
    counts = recover_counts(current, wave)
    made = {"survey": current, "shares": estimate_shares(counts)}
    if len(survey.codebook.parts) > 1:
        made["differences"] = compare_stages(counts)
    if len(survey.answers) > 1:
        made["changes"] = compare_waves(rows)
    return made


def boxes(figure: Figure) -> list[tuple[str, Bbox]]:
    """The words that are seen, and their ink: without the room above capitals and below most letters."""
    figure.draw_without_rendering()
    renderer = figure._get_renderer()
    axes = [axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)]
    drawn = {id(tick) for axis in axes for tick in axis._update_ticks()}
    ticks = [tick for axis in axes for tick in (*axis.majorTicks, *axis.minorTicks) if id(tick) not in drawn]
    unseen = {id(label) for tick in ticks for label in (tick.label1, tick.label2)}
    seen = []
    for text in figure.findobj(Text):
        if not text.get_visible() or not text.get_text().strip() or id(text) in unseen:
            continue
        if hasattr(text, "_check_xy") and not text._check_xy(renderer):
            continue
        extent = Text.get_window_extent(text, renderer)
        trim = 0.17 * text.get_fontsize() * figure.dpi / 72
        sides = np.array((trim, 0.0) if text.get_rotation() else (0.0, trim))
        seen.append((text.get_text(), Bbox([extent.min + sides, extent.max - sides])))
    return seen


def faults(figure: Figure) -> list[str]:
    """Words that the edge cuts, that lie over others, or that a line, a mark or the end of a bar crosses."""
    words = boxes(figure)
    width, height = figure.get_size_inches() * figure.dpi
    room = Bbox([[-SLACK, -SLACK], [width + SLACK, height + SLACK]])
    cut = [text for text, box in words if not (room.contains(*box.min) and room.contains(*box.max))]
    over = [f"{a} / {b}" for (a, one), (b, other) in combinations(words, 2) if overlaps(one, other)]
    return [*cut, *over, *crossed(figure, words)]


def overlaps(one: Bbox, other: Bbox) -> bool:
    """Whether two boxes share more than a hairline."""
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    upwards = min(one.y1, other.y1) - max(one.y0, other.y0)
    return across > SLACK and upwards > SLACK


def crossed(figure: Figure, words: list[tuple[str, Bbox]]) -> list[str]:
    """Words that a line or a mark runs through, or that lie half on a bar."""
    found = []
    for axes in figure.axes:
        paths = [line.get_transform().transform(line.get_xydata()) for line in axes.lines]
        for lines in axes.collections:
            if isinstance(lines, LineCollection):
                to_pixels = lines.get_transform().transform
                paths += [to_pixels(np.asarray(piece)) for piece in lines.get_segments()]
        points = np.concatenate([between(path) for path in paths]) if paths else np.empty((0, 2))
        bars = [bar.get_window_extent() for bar in axes.patches]
        for text, box in words:
            inside = ((box.min < points) & (points < box.max)).all(axis=1)
            half_on = [bar for bar in bars if overlaps(bar, box) and not holds(bar, box)]
            found += [text] if inside.any() or half_on else []
    return found


def holds(bar: Bbox, box: Bbox) -> bool:
    """Whether a bar is as wide as the words on it."""
    return bar.x0 - SLACK <= box.x0 and box.x1 <= bar.x1 + SLACK


def between(path: np.ndarray) -> np.ndarray:
    """Many points along a path in pixels."""
    if len(path) < 2:
        return path
    steps = np.linspace(0, 1, 40)[:, None]
    return np.concatenate([a + (b - a) * steps for a, b in pairwise(path)])


def words_of(figure: Figure) -> list[str]:
    """What stands on a figure."""
    return [words for words, _ in boxes(figure)]
