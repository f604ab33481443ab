"""How much room text takes on a slide, before a machine that may lack the typeface sets it.

Slides name Arial; where it is missing a wider face stands in. So text is measured in DejaVu Sans, which
comes with matplotlib and is the widest of the usual stand-ins: what fits there fits everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font, LoadFlags

SLACK = 1e-6  # inches; a text is as wide as the box that was measured for it
LEADING = 1.2  # baseline to baseline, of the type size


@cache
def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of one line in inches, the type in points: the advances of its signs, a box for one it lacks."""
    return size / 72 * sum(_advance(sign, bold) for sign in text)


@cache
def _advance(sign: str, bold: bool) -> float:
    font = _font(bold)
    glyph = font.load_glyph(font.get_char_index(ord(sign)), flags=LoadFlags.NO_SCALE)
    return float(glyph.horiAdvance / font.units_per_EM)


@cache
def _font(bold: bool) -> FT2Font:
    return FT2Font(findfont(FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")))


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
    return next(w for w in widths if w >= longest and count_lines(text, w + SLACK, size) <= lines)


def fitting_size(
    texts: Sequence[str], width: float, height: float, sizes: Sequence[float], *, bold: bool = False
) -> float:
    """The first of some sizes, from large to small, at which each text fits a box; else the last."""
    for size in sizes:
        if all(text_height(count_lines(text, width, size, bold=bold), size) <= height for text in texts):
            return size
    return sizes[-1]


def fitting_labels(
    labels: Sequence[str], sizes: Sequence[int], *, pitch: float, most: float
) -> tuple[int, float]:
    """The largest type, and the width in inches, in which labels beside rows are not taller than a row.

    The first line of a label is a name and may break in two, what stands under it may not. Where nothing
    fits, the smallest type and all the room there is.
    """
    for size in sizes:
        for lines in (2, 1):
            width = max(_label_width(label, size, lines) for label in labels)
            tallest = max(count_lines(label, width + SLACK, size) for label in labels)
            if width <= most and text_height(tallest, size) <= pitch:
                return size, width
    return sizes[-1], most


def _label_width(label: str, size: float, lines: int) -> float:
    name, *below = label.split("\n")
    return max(narrowest(name, size, lines=lines), *(text_width(line, size) for line in below), 0.0)
