"""Where the text of a figure is, and what of it is cut or collides."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.text import Text

SLACK = 1.5  # pixels that hinting may move an edge


class Box(NamedTuple):
    """The ink of one line of text: its words, and its edges in pixels."""

    words: str
    left: float
    bottom: float
    right: float
    top: float


@lru_cache(maxsize=1)
def boxes(ax: Axes) -> list[Box]:
    """The lines of text that are seen: across their extents, upwards from descender to capital.

    They are measured once, for all that is asked of a chart that is drawn.
    """
    figure = ax.get_figure(root=True)
    width, height = figure.get_size_inches() * figure.dpi
    renderer = RendererAgg(width, height, figure.dpi)
    seen = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]
    found = []
    for text in seen:
        extent = text.get_window_extent(renderer)
        _, baseline = text.get_transform().transform(text.get_unitless_position())
        size = text.get_fontsize() * figure.dpi / 72
        found.append(
            Box(text.get_text(), extent.x0, baseline - 0.18 * size, extent.x1, baseline + 0.68 * size)
        )
    return found


def outside(ax: Axes) -> list[str]:
    """Lines of text that the edge of the figure cuts."""
    figure = ax.get_figure(root=True)
    width, height = figure.get_size_inches() * figure.dpi
    return [
        box.words
        for box in boxes(ax)
        if box.left < -SLACK or box.bottom < -SLACK or box.right > width + SLACK or box.top > height + SLACK
    ]


def collisions(ax: Axes) -> list[tuple[str, str]]:
    """Pairs of lines of text that overlap."""
    return [(a.words, b.words) for a, b in combinations(boxes(ax), 2) if _overlap(a, b)]


def _overlap(a: Box, b: Box) -> bool:
    across = min(a.right, b.right) - max(a.left, b.left)
    upwards = min(a.top, b.top) - max(a.bottom, b.bottom)
    return across > SLACK and upwards > SLACK


def smallest_type(ax: Axes) -> float:
    """The smallest type of the figure in points."""
    figure = ax.get_figure(root=True)
    return min(text.get_fontsize() for text in figure.findobj(Text) if text.get_visible() and text.get_text())
