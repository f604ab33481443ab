"""Group names with their number of answers: in a column beside their bars, or above them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from analysis.old.charts.drawing.canvas import ARIAL
from analysis.old.charts.drawing.typesetting import Style, shrinking, text_width, wrap
from analysis.old.words.wording import format_n

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.codebook import Codebook
    from analysis.old.charts.drawing.canvas import Canvas

FEW_GROUPS = 3  # so many have their names above their bars in a stacked format
COLUMN = {False: 0.17, True: 0.33}  # widest column, of the width; by whether the format is a stacked one
MOST_LINES = 3


class Names(NamedTuple):
    """The groups of a chart in words: name and answers of each, and whether they stand above their bars."""

    names: list[str]
    answers: list[str]
    above: bool
    lines: list[tuple[str, ...]]  # of each name where it stands above its bar
    label: Style
    small: Style
    smallest: float
    column: float

    def least(self, position: int) -> float:
        """The height that a name beside its bar takes in the smallest type."""
        if self.above:
            return 0.0
        style = self.label._replace(size=self.smallest)
        words = wrap(_both(self.names[position], self.answers[position]), self.column, style)
        return min(len(words), MOST_LINES) * style.leading

    def lead(self, position: int) -> float:
        """Height of a name above its bar."""
        return (len(self.lines[position]) + 0.15) * self.label.leading if self.above else 0.0


def name_groups(canvas: Canvas, codebook: Codebook, answers: dict[str, float], lang: str) -> Names:
    """The names of groups as a format sets them, long ones where they have a line of their own."""
    above = canvas.size.stacked and (canvas.size.grows or len(answers) <= FEW_GROUPS)
    label, small = canvas.style("label", bold=True), canvas.style("small", colour="muted")
    names = [codebook.word("group", group, lang, "labels" if above else "short") for group in answers]
    bases = ["" if math.isnan(n) else format_n(n, lang) for n in answers.values()]
    widths = [text_width(name, *label.face) for name in names] + [text_width(n, *small.face) for n in bases]
    column = 0.0 if above else min(max(widths), COLUMN[canvas.size.stacked] * canvas.width)
    lines = [_above(canvas, name, n, label, small) for name, n in zip(names, bases, strict=True)]
    return Names(names, bases, above, lines, label, small, canvas.size.source, column)


def _above(canvas: Canvas, name: str, n: str, label: Style, small: Style) -> tuple[str, ...]:
    """A name in lines that leave room for the answers after the last."""
    answers = text_width(n, *small.face) + small.leading if n else 0.0
    return wrap(name, (canvas.room - answers) / ARIAL[label.weight], label, lines=MOST_LINES)


def draw_beside(
    canvas: Canvas, groups: Names, middles: Sequence[float], limits: Sequence[tuple[float, float]]
) -> None:
    """Names to the left of their bars, all in one size: around the middles, between the limits."""
    x = canvas.margin + groups.column
    style, blocks = _fitting(groups, min(bottom - top for top, bottom in limits))
    for (words, n), middle, (top, bottom) in zip(blocks, middles, limits, strict=True):
        below = 1.1 * groups.small.leading if n else 0.0
        height = (len(words) - 1) * style.leading + style.capital + below
        start = max(top, min(middle - height / 2, bottom - height))
        last = canvas.lines(x, start + style.capital, words, style, ha="right")
        if n:
            canvas.text(x, last + below, n, groups.small, ha="right")


def _fitting(groups: Names, room: float) -> tuple[Style, list[tuple[tuple[str, ...], str]]]:
    """Every name in lines with its answers below; where that takes too much height, the two run on."""
    pairs = list(zip(groups.names, groups.answers, strict=True))
    for style in shrinking(groups.label, groups.smallest):
        blocks = [(wrap(name, groups.column, style), n) for name, n in pairs]
        below = 1.1 * groups.small.leading if any(groups.answers) else 0.0
        if max(len(words) for words, _ in blocks) * style.leading + below <= room:
            return style, blocks
    style = groups.label._replace(size=groups.smallest)
    lines = 1 + max(0, int((room - style.capital) / style.leading))
    return style, [(_run_on(name, n, groups.column, style, lines), "") for name, n in pairs]


def _run_on(name: str, n: str, width: float, style: Style, lines: int) -> tuple[str, ...]:
    """A name and its answers in so many lines; a name that is too long is cut short, never the answers."""
    words = wrap(_both(name, n), width, style)
    if len(words) <= lines:
        return words
    return (*wrap(name, width, style, lines=max(1, lines - 1)), n)[:lines]


def _both(name: str, n: str) -> str:
    return f"{name}, {n}" if n else name


def draw_above(canvas: Canvas, groups: Names, position: int, *, top: float) -> None:
    """A name on lines of its own, the answers after it."""
    words, style = groups.lines[position], groups.label
    last = canvas.lines(canvas.margin, top + style.capital, words, style)
    x = canvas.margin + ARIAL[style.weight] * text_width(words[-1], *style.face) + 0.5 * groups.small.leading
    canvas.text(x, last, groups.answers[position], groups.small)
