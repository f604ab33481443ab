"""Names at the things they name: above the first bar where there is room, else as a legend in rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from analysis.placing import fill_rows, spread
from analysis.typesetting import Style, longest_word, text_width, wrap

if TYPE_CHECKING:
    from analysis.canvas import Canvas

MOST_LINES = 3
GAP = 0.9  # between names, of their type size in places


class Key(NamedTuple):
    """Where names go: lines of each, their centres, and the height of all; no centres for a legend."""

    names: list[tuple[str, ...]]
    centres: list[float]
    height: float
    style: Style


def plan_key(canvas: Canvas, names: Sequence[str], spans: Sequence[tuple[float, float]] | None) -> Key:
    """The names of segments above them, each over the middle of its own; a legend where they do not fit.

    ``spans`` are the left and right places of the segments; without them it is a legend.
    """
    style = canvas.style("small")
    for lines in range(1, MOST_LINES + 1) if spans else ():
        wrapped = [_narrowest(name, style, lines) for name in names]
        widths = [max(text_width(line, *style.face) for line in name) for name in wrapped]
        centres = spread(
            [(left + right) / 2 for left, right in spans or ()],
            widths,
            low=canvas.margin,
            high=canvas.right,
            gap=GAP * style.leading,
        )
        if centres and _touching(centres, widths, spans or ()):
            height = max(len(name) for name in wrapped) * style.leading + 0.5 * style.leading
            return Key(wrapped, centres, height, style)
    return _legend(canvas, names, style)


def _touching(
    centres: Sequence[float], widths: Sequence[float], spans: Sequence[tuple[float, float]]
) -> bool:
    """Whether each name stands over the middle of its segment, so that it needs no line to it."""
    return all(
        abs(centre - (left + right) / 2) <= width / 2
        for centre, width, (left, right) in zip(centres, widths, spans, strict=True)
    )


def _narrowest(name: str, style: Style, lines: int) -> tuple[str, ...]:
    """A name in at most so many lines, as narrow as they allow."""
    low, high = longest_word(name, style), text_width(name, *style.face) + 1
    found: tuple[str, ...] = (name,)
    while high - low > 2:
        middle = (low + high) / 2
        narrower = wrap(name, middle, style)
        if len(narrower) > lines:
            low = middle
        else:
            found, high = narrower, middle
    return found


def _legend(canvas: Canvas, names: Sequence[str], style: Style) -> Key:
    swatch = _swatch(style)
    wrapped = [wrap(name, canvas.room - swatch, style, lines=MOST_LINES) for name in names]
    rows = fill_rows(_widths(wrapped, style), room=canvas.room, gap=_legend_gap(style))
    height = sum(max(len(wrapped[p]) for p in row) + 0.06 for row in rows) * style.leading
    return Key(wrapped, [], height + 0.55 * style.leading, style)


def _swatch(style: Style) -> float:
    """Width of the coloured square of a legend with the space after it."""
    return 1.35 * style.leading


def _legend_gap(style: Style) -> float:
    return 1.2 * style.leading


def _widths(names: Sequence[Sequence[str]], style: Style) -> list[float]:
    return [_swatch(style) + max(text_width(line, *style.face) for line in name) for name in names]


def draw_key(canvas: Canvas, key: Key, top: float, colours: Sequence[str]) -> None:
    """Set the names from ``top`` down: their last lines level, or as a legend in rows."""
    if not key.centres:
        _draw_legend(canvas, key, top, colours)
        return
    last = top + key.height - 0.55 * key.style.leading
    for name, centre in zip(key.names, key.centres, strict=True):
        canvas.lines(centre, last - (len(name) - 1) * key.style.leading, name, key.style, ha="center")


def _draw_legend(canvas: Canvas, key: Key, top: float, colours: Sequence[str]) -> None:
    widths = _widths(key.names, key.style)
    y = top + key.style.capital
    for row in fill_rows(widths, room=canvas.room, gap=_legend_gap(key.style)):
        x = canvas.margin
        for position in row:
            side = 1.2 * key.style.capital
            canvas.mark(x + side / 2, y - key.style.capital / 2, "s", side, colours[position])
            canvas.lines(x + _swatch(key.style), y, key.names[position], key.style)
            x += widths[position] + _legend_gap(key.style)
        y += (max(len(key.names[p]) for p in row) + 0.06) * key.style.leading
