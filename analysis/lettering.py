"""How much room text takes on a slide, before a machine that may lack the typeface sets it.

Slides name Arial; where it is missing a wider face stands in. So text is measured in DejaVu Sans, which
comes with matplotlib and is the widest of the usual stand-ins: what fits there fits everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

DOTS = 100  # an inch; the measure is in inches all the same
LEADING = 1.2  # baseline to baseline, of the type size


@cache
def _renderer() -> Any:
    return RendererAgg(1, 1, DOTS)  # type: ignore[no-untyped-call]


@cache
def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of one line in inches, the type in points."""
    font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
    return float(_renderer().get_text_width_height_descent(text, font, ismath=False)[0]) / DOTS


def text_height(lines: int, size: float) -> float:
    """Height of so many lines in inches."""
    return lines * size * LEADING / 72


def count_lines(text: str, width: float, size: float, *, bold: bool = False) -> int:
    """Lines that text takes in a box so many inches wide, broken between words."""
    lines, used = 0, 0.0
    space = text_width("n n", size, bold=bold) - text_width("nn", size, bold=bold)
    for paragraph in text.split("\n"):
        lines, used = lines + 1, 0.0
        for word in paragraph.split(" "):
            room = text_width(word, size, bold=bold)
            if used and used + space + room > width:
                lines, used = lines + 1, 0.0
            used += room + (space if used else 0.0)
    return lines


def narrowest(text: str, size: float, *, lines: int) -> float:
    """The narrowest box, in inches, that sets a text in at most so many lines without breaking a word."""
    words = text.split(" ")
    widths = sorted(
        text_width(" ".join(words[start:end]), size)
        for start in range(len(words))
        for end in range(start + 1, len(words) + 1)
    )
    longest = max(text_width(word, size) for word in words)
    return next(w for w in widths if w >= longest and count_lines(text, w + 1e-6, size) <= lines)


def fitting_size(
    texts: Sequence[str], width: float, height: float, sizes: Sequence[float], *, bold: bool = False
) -> float:
    """The first of some sizes, from large to small, at which each text fits a box; else the last."""
    for size in sizes:
        if all(text_height(count_lines(text, width, size, bold=bold), size) <= height for text in texts):
            return size
    return sizes[-1]
