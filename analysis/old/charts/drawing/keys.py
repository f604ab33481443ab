"""Names at the things they name: above the first bar where there is room, else as a legend in rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from analysis.old.charts.drawing.placing import fill_rows, spread
from analysis.old.charts.drawing.typesetting import Style, longest_word, text_width, wrap

if TYPE_CHECKING:
    from analysis.old.charts.drawing.canvas import Canvas

MOST_LINES = 3
SIDES_GAP = 0.7  # below the words to the sides of zero, of a line
GAP = 0.9  # between names, of their type size in places


class Key(NamedTuple):
    """Where names go: lines of each, their centres, and the height of all; no centres for a legend."""

    names: list[tuple[str, ...]]
    centres: list[float]
    height: float
    style: Style
    left: float
    room: float


def plan_key(canvas: Canvas, names: Sequence[str], spans: Sequence[tuple[float, float]]) -> Key:
    """The names of segments above them, each over the middle of its own; a legend where they do not fit.

    ``spans`` are the left and right places of the segments.
    """
    style = canvas.style("small")
    for lines in range(1, MOST_LINES + 1):
        wrapped = [_narrowest(name, style, lines) for name in names]
        if _level(canvas, wrapped, spans, style) is None:
            continue
        for place, name in enumerate(names):  # no more lines than there is need for
            forms = (_narrowest(name, style, fewer) for fewer in range(1, len(wrapped[place])))
            looser = ([*wrapped[:place], form, *wrapped[place + 1 :]] for form in forms)
            fitting = (form for form in looser if _level(canvas, form, spans, style) is not None)
            wrapped = next(fitting, wrapped)
        height = (max(len(name) for name in wrapped) + 0.5) * style.leading
        centres = _level(canvas, wrapped, spans, style) or []
        return Key(wrapped, centres, height, style, canvas.margin, canvas.room)
    return plan_legend(canvas, names)


def _level(
    canvas: Canvas, names: Sequence[tuple[str, ...]], spans: Sequence[tuple[float, float]], style: Style
) -> list[float] | None:
    """Where names can stand side by side, each over the middle of its own; nothing where they cannot."""
    widths = [max(text_width(line, *style.face) for line in name) for name in names]
    middles = [(left + right) / 2 for left, right in spans]
    centres = spread(middles, widths, low=canvas.margin, high=canvas.right, gap=GAP * style.leading)
    if centres is None:
        return None
    places = zip(centres, middles, widths, strict=True)
    return centres if all(abs(centre - middle) <= width / 2 for centre, middle, width in places) else None


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


def plan_legend(
    canvas: Canvas, names: Sequence[str], *, left: float | None = None, room: float | None = None
) -> Key:
    """Names with a mark before each, in rows: over the width of the canvas, or of a part of it."""
    style = canvas.style("small")
    left, room = canvas.margin if left is None else left, canvas.reach(style) if room is None else room
    wrapped = [wrap(name, room - _swatch(style), style, lines=MOST_LINES) for name in names]
    rows = fill_rows(_widths(wrapped, style), room=room, gap=_legend_gap(style))
    height = sum(max(len(wrapped[p]) for p in row) + 0.06 for row in rows) * style.leading
    return Key(wrapped, [], height + 0.55 * style.leading, style, left, room)


def _swatch(style: Style) -> float:
    """Width of the coloured square of a legend with the space after it."""
    return 1.35 * style.leading


def _legend_gap(style: Style) -> float:
    return 1.2 * style.leading


def _widths(names: Sequence[Sequence[str]], style: Style) -> list[float]:
    return [_swatch(style) + max(text_width(line, *style.face) for line in name) for name in names]


def draw_key(canvas: Canvas, key: Key, top: float, looks: Sequence[tuple[str, str]]) -> None:
    """Set the names from ``top`` down: their last lines level, or as a legend in rows.

    ``looks`` are colour and marker of each name.
    """
    if not key.centres:
        _draw_legend(canvas, key, top, looks)
        return
    last = top + key.height - 0.55 * key.style.leading
    for name, centre in zip(key.names, key.centres, strict=True):
        canvas.lines(centre, last - (len(name) - 1) * key.style.leading, name, key.style, ha="center")


def _draw_legend(canvas: Canvas, key: Key, top: float, looks: Sequence[tuple[str, str]]) -> None:
    widths = _widths(key.names, key.style)
    y = top + key.style.capital
    for row in fill_rows(widths, room=key.room, gap=_legend_gap(key.style)):
        x = key.left
        for position in row:
            side = 1.2 * key.style.capital
            colour, marker = looks[position]
            canvas.mark(x + side / 2, y - key.style.capital / 2, marker, side, colour)
            canvas.lines(x + _swatch(key.style), y, key.names[position], key.style)
            x += widths[position] + _legend_gap(key.style)
        y += (max(len(key.names[p]) for p in row) + 0.06) * key.style.leading


def plan_sides(canvas: Canvas, sides: Sequence[str], *, left: float) -> list[tuple[str, ...]]:
    """The words to the left and to the right of zero, each in the room it has there from ``left`` on."""
    style = canvas.style("small")
    gap = 0.5 * style.leading
    rooms = canvas.x(0) - gap - left, canvas.right - canvas.x(0) - gap
    return [wrap(words, room, style) for words, room in zip(sides, rooms, strict=False)]


def sides_height(canvas: Canvas, sides: Sequence[Sequence[str]]) -> float:
    """The height of the words with the space below them; none without words."""
    lines = max((len(words) for words in sides), default=0)
    return (lines + SIDES_GAP) * canvas.style("small").leading if lines else 0.0


def draw_sides(canvas: Canvas, sides: Sequence[Sequence[str]], top: float) -> None:
    """Set the words to both sides of zero, level at the bottom."""
    style = canvas.style("small", colour="muted")
    zero, gap = canvas.x(0), 0.5 * style.leading
    most = max((len(words) for words in sides), default=0)
    for words, x, ha in zip(sides, (zero - gap, zero + gap), ("right", "left"), strict=False):
        y = top + style.capital + (most - len(words)) * style.leading
        canvas.lines(x, y, words, style, ha=ha)
