"""The layout of a dot chart: rows with names, a lane for each mark in them, ticks below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from analysis.old.charts.drawing.typesetting import POINT, Style, fit, shrinking, text_width
from analysis.old.style import REGULAR, SEMIBOLD, mix

if TYPE_CHECKING:
    from analysis.old.charts.drawing.canvas import Canvas

ROOMY = {True: 2.5, False: 1.55}  # height of a lane, of its type size; by whether it is alone in its row
THINNEST = {True: 15.0, False: 4.0}  # places of a lane; by whether it is alone in its row
SMALLEST = 9.0  # places of a mark
PALE = 0.55  # how much of the ground is in the colour of an interval
NAME_LINES = 2
CROWDED = 1.12  # type size of figures at most, of their lane


class Name(NamedTuple):
    """What a row is called: a name, a line under it, and whether it is set off from the others."""

    name: str
    note: str = ""
    strong: bool = False


class Block(NamedTuple):
    """A row's name as it is set: its lines, and those of the note under it."""

    style: Style
    words: tuple[str, ...]
    note: Style
    notes: tuple[str, ...]

    @property
    def height(self) -> float:
        """Height of all lines."""
        return len(self.words) * self.style.leading + len(self.notes) * self.note.leading

    @property
    def ink(self) -> float:
        """Height from the top of the first capital to the last baseline."""
        return self.height - self.style.leading + self.style.capital


class Look(NamedTuple):
    """How rows of lanes look.

    ``gap`` is between rows of several lanes, of a lane; ``column`` the widest that names are, of the width,
    by whether that is narrow or they are long; ``names`` the role of their type.
    """

    gap: float
    column: Mapping[bool, float]
    names: str


PLAIN = Look(0.8, {False: 0.24, True: 0.34}, "label")


class Lanes:
    """Rows of lanes on a canvas: planned across, placed once the height of the body is known."""

    def __init__(
        self,
        canvas: Canvas,
        names: Sequence[Name],
        *,
        lanes: int,
        figures: Sequence[str],
        look: Look = PLAIN,
    ) -> None:
        self.canvas, self.lanes, self.gap = canvas, lanes, look.gap
        self.thinnest = THINNEST[lanes == 1]
        self.label, self.small = canvas.style(look.names), canvas.style("small", colour="muted")
        self.number = canvas.style("number" if lanes == 1 else "label", bold=True)
        self.reserve = max(text_width(figure, *self.number.face) for figure in figures) + self.clearance
        self.axis = 1.5 * self.small.leading  # height of the tick labels
        noted = any(name.note for name in names)
        self.above = canvas.size.grows or (canvas.size.stacked and noted)
        widest = max(text_width(words, self.label.size, SEMIBOLD) for name in names for words in name[:2])
        most = look.column[canvas.size.stacked or noted] * canvas.width
        self.column = canvas.room if self.above else min(widest, most)
        self.words = names
        self.names = self._set(self.label)
        self.lane = self._lane(1)

    @property
    def clearance(self) -> float:
        """Between the end of a mark and its figure."""
        return 0.7 * self.number.capital

    @property
    def left(self) -> float:
        """Where there is room to draw: after the names beside their lanes."""
        names = 0.0 if self.above else self.column + 2 * self.label.capital
        return self.canvas.margin + max(names, 0.5 * self.small.leading)

    def _set(self, label: Style) -> list[Block]:
        """Names and notes in the lines that the column has room for."""
        smallest = self.canvas.size.source
        blocks = []
        for name in self.words:
            lines = 1 if name.note else NAME_LINES
            weighted = label._replace(weight=SEMIBOLD if name.strong else REGULAR)
            style, words = fit(name.name, self.column, weighted, lines=lines, smallest=smallest)
            note, notes = fit(name.note, self.column, self.small, lines=1, smallest=smallest)
            blocks.append(Block(style, words, note, notes if name.note else ()))
        return blocks

    def scale(self, limits: tuple[float, float], *, left: float) -> None:
        """Spread the limits from a place on to where the figures need the rest of the width."""
        self.canvas.scale(left, self.canvas.right - self.reserve, limits)

    @property
    def needed(self) -> float:
        """The height of all rows and the ticks at their roomiest."""
        return self._height(self._lane(1)) + self.axis

    @property
    def least(self) -> tuple[float, float, float]:
        """The height of all rows and the ticks: with figures, so with the smallest names, and without."""
        smallest = self.canvas.size.source
        names = self.label.size, smallest, smallest
        lanes = self.legible, self.legible, self.thinnest
        roomy, legible, thinnest = (self.height_in(n, lane) for n, lane in zip(names, lanes, strict=True))
        return roomy, legible, thinnest

    def height_in(self, size: float, lane: float) -> float:
        """The height of all rows and the ticks with names in a type size and such lanes."""
        names = self.names
        self.names = self._set(self.label._replace(size=size))
        height = self._height(lane)
        self.names = names
        return height + self.axis

    @property
    def legible(self) -> float:
        """The height of a lane with figures in the smallest type."""
        return self.lane_of(self.canvas.size.source)

    @staticmethod
    def lane_of(size: float) -> float:
        """The height of a lane with figures in a type size."""
        return size * POINT / CROWDED

    def _lane(self, share: float) -> float:
        roomiest = ROOMY[self.lanes == 1] * self.number.size * POINT
        return self.thinnest + share * (roomiest - self.thinnest)

    def _row(self, name: Block, lane: float) -> float:
        if self.above:
            return name.height + self.lanes * lane
        return max(name.height, self.lanes * lane)

    def _height(self, lane: float) -> float:
        return sum(self._row(name, lane) + self._gap(lane) for name in self.names)

    def _gap(self, lane: float) -> float:
        alone = 0.25 if self.above else 0.0
        return self.gap * lane if self.lanes > 1 else alone * lane

    def place(self, top: float) -> None:
        """Give the rows the body from ``top`` down, and figures type that their lanes have room for."""
        room = self.canvas.body[1] - self.axis - top
        for lane, label in product((self.legible, self.thinnest), self._labels()):
            self.names = self._set(label)
            if self._height(lane) <= room:
                break
        heights = [self.legible, *(self._lane(step / 32) for step in range(33))]
        self.lane = max((lane for lane in heights if self._height(lane) <= room), default=self.thinnest)
        styles = shrinking(self.number, self.canvas.size.source)
        self.number_style = next((s for s in styles if s.size * POINT <= CROWDED * self.lane), None)
        self.top = top + 0.35 * max(0.0, room - self._height(self.lane))
        self.bottom = self.top + self._height(self.lane)

    def _labels(self) -> list[Style]:
        return list(shrinking(self.label, self.canvas.size.source))

    def rows(self) -> Iterator[tuple[Block, float, list[float]]]:
        """Each row's name, its top, and the middles of its lanes."""
        y = self.top
        for name in self.names:
            height = self._row(name, self.lane)
            start = (
                y + name.height
                if self.above
                else y + (height - self.lanes * self.lane + self._gap(self.lane)) / 2
            )
            yield name, y, [start + (lane + 0.5) * self.lane for lane in range(self.lanes)]
            y += height + self._gap(self.lane)

    def draw_names(self) -> None:
        """Names to the left of their lanes, or above them."""
        x, ha = self.canvas.margin + (0 if self.above else self.column), "left" if self.above else "right"
        for name, top, middles in self.rows():
            middle = (middles[0] + middles[-1]) / 2
            first = (top if self.above else middle - name.ink / 2) + name.style.capital
            last = self.canvas.lines(x, first, name.words, name.style, ha=ha, backed=self.above)
            self.canvas.lines(x, last + name.note.leading, name.notes, name.note, ha=ha, backed=self.above)

    def draw_ticks(self, ticks: Sequence[tuple[float, str]], *, zero: bool = False) -> None:
        """Fine lines at round values with their figures below; zero in ink where it divides."""
        canvas = self.canvas
        for value, words in ticks:
            x = canvas.x(value)
            strong = zero and value == 0
            colour, width = (canvas.theme.ink, 1.6) if strong else (canvas.theme.rule, 1.2)
            canvas.line((x, x), (self.top, self.bottom), colour, width)
            y = self.bottom + 0.45 * self.axis + self.small.capital / 2
            canvas.text(x, y, words, self.small, ha="center")

    def draw_mark(self, mark: Mark, y: float) -> None:
        """A mark with its interval and its figure: the interval pale, the range over all tables strong."""
        canvas, side = self.canvas, max(SMALLEST, min(self.dot_side, 0.95 * self.lane))
        pale = mark.pale or mix(mark.colour, canvas.theme.ground, PALE)
        if mark.interval:
            canvas.span(*mark.interval, y, pale, min(0.42 * side, 0.7 * self.lane))
        if mark.span:
            width = 0.72 if mark.value is None else 0.36
            canvas.span(*mark.span, y, mark.colour, min(width * side, 0.95 * self.lane))
        if mark.value is not None:
            canvas.dot(mark.value, y, mark.marker, side, mark.colour, ringed=not mark.span)
        if self.number_style:
            ends = [end for pair in (mark.interval, mark.span) if pair for end in pair]
            end = max([*ends, mark.value if mark.value is not None else ends[0]])
            style = self.number_style._replace(colour=mark.ink, weight=600 if mark.strong else 400)
            x = canvas.x(end) + max(self.clearance, side / 2 + 4)
            canvas.text(x, y + style.capital / 2, mark.figure, style, backed=True)

    @property
    def dot_side(self) -> float:
        """Width of a mark, its ring included."""
        return 0.68 * self.number.size * POINT


class Mark(NamedTuple):
    """One value with its figure: a dot, a pale interval, a strong range; any of them may be missing."""

    value: float | None
    interval: tuple[float, float] | None
    span: tuple[float, float] | None
    figure: str
    colour: str
    ink: str
    pale: str | None = None
    marker: str = "o"
    strong: bool = True
