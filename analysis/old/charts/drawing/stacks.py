"""The layout of stacked bars on a canvas: bars, the figures in and beside them, the stages named."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from matplotlib.patches import Rectangle

from analysis.old.charts.drawing.groups import draw_above, draw_beside, name_groups
from analysis.old.charts.drawing.keys import (
    Key,
    draw_key,
    draw_sides,
    plan_key,
    plan_legend,
    plan_sides,
    sides_height,
)
from analysis.old.charts.drawing.placing import spread
from analysis.old.charts.drawing.typesetting import POINT, shrinking, text_width
from analysis.old.style import label_ink, ramp, text_colour

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.codebook import Codebook
    from analysis.old.charts.drawing.canvas import Canvas
    from analysis.old.words.telling.figures import Row

THICKEST = 3.3  # height of a bar, of the type size of its figures
THINNEST = 1.1
GAP = 0.6  # between bars, of their height
LEAST_GAP = 7.0  # places
SEPARATOR = 2.5  # places between neighbours


class Segment(NamedTuple):
    """One piece of a bar in per cent: its stage (none for what was not published), its figure in words."""

    stage: str | None
    left: float
    width: float
    figure: str

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.left + self.width


class Bar(NamedTuple):
    """One group's bar: its segments from left to right and, at a cut, the sums on both sides."""

    row: Row
    segments: list[Segment]
    sums: tuple[str, str] | None


class Stack:
    """Stacked bars on a canvas: planned across, drawn once the height of the body is known."""

    def __init__(
        self, canvas: Canvas, bars: list[Bar], codebook: Codebook, lang: str, *, sides: Sequence[str] = ()
    ) -> None:
        self.canvas, self.bars, self.lang = canvas, bars, lang
        self.number = canvas.style("number", bold=True)
        self.aside = canvas.style("small", bold=True)  # figures below a bar
        self.small = canvas.style("small", colour="muted")
        self.groups = name_groups(canvas, codebook, {bar.row.group: bar.row.n for bar in bars}, lang)
        self.colours = dict(zip(codebook.stages, ramp(len(codebook.stages), canvas.theme), strict=True))
        canvas.scale(*self._ends(), self._limits())
        self.sides = plan_sides(canvas, sides, left=canvas.margin)
        self.key = self._plan_key(codebook)
        self._fill(1)

    def _limits(self) -> tuple[float, float]:
        """From the first segment's left to the last one's right, over all bars."""
        pieces = [piece for bar in self.bars for piece in bar.segments]
        return min(piece.left for piece in pieces), max(piece.right for piece in pieces)

    def _ends(self) -> tuple[float, float]:
        """The left and right place of the plot, with room for names, sums and a last small figure."""
        canvas, gap = self.canvas, 0.5 * self.number.capital
        left = canvas.margin + (0.0 if self.groups.above else self.groups.column + 2 * gap)
        sums = [words for bar in self.bars for words in bar.sums or ()]
        if sums:
            beside = max(text_width(words, *self.number.face) for words in sums) + gap
            return left + beside + (0 if self.groups.above else gap), canvas.right - beside
        last = [bar.segments[-1].figure for bar in self.bars if bar.segments[-1].stage]
        return left, canvas.right - gap - max((text_width(f, *self.number.face) for f in last), default=0.0)

    def _plan_key(self, codebook: Codebook) -> Key:
        """Stage names over the first bar where it has every stage and there is room, else a legend."""
        shown = {piece.stage for bar in self.bars for piece in bar.segments}
        self.shown = [stage for stage in codebook.stages if stage in shown]
        names = [codebook.word("stage", stage, self.lang, "short") for stage in self.shown]
        spans = {
            piece.stage: (self.canvas.x(piece.left), self.canvas.x(piece.right))
            for piece in self.bars[0].segments
        }
        whole = list(spans) == self.shown and not self.canvas.size.grows
        return (
            plan_key(self.canvas, names, list(spans.values())) if whole else plan_legend(self.canvas, names)
        )

    @property
    def needed(self) -> float:
        """The height that the bars take at their thickest."""
        return self._head_height + self._rows_height() + self.small.leading

    @property
    def least(self) -> float:
        """The height that the bars take at their thinnest, their figures at their smallest."""
        number = self.number
        self._squeeze(0)
        height = self._head_height + self._rows_height()
        self.number = number
        self._fill(1)
        return height

    @property
    def _head_height(self) -> float:
        """Height of what stands above all bars: a legend, the words to both sides of a cut."""
        legend = 0.0 if self.key.centres else self.key.height
        return legend + sides_height(self.canvas, self.sides)

    def _rows_height(self) -> float:
        return sum(self._row_height(bar) for bar in self.bars) + (len(self.bars) - 1) * self.gap

    def _row_height(self, bar: Bar) -> float:
        """Height of a bar with what stands above it and the figures below."""
        figures = self._below_height if self._below(bar) else 0.0
        name = self.groups.least(self.bars.index(bar)) - self.gap
        return self._lead(bar) + max(self.thickness + figures, name)

    def _lead(self, bar: Bar) -> float:
        """Height of what stands between the top of a row and its bar: its name, the stages of the first."""
        over = self.key.height if self.key.centres and bar is self.bars[0] else 0.0
        return over + self.groups.lead(self.bars.index(bar))

    @property
    def _below_height(self) -> float:
        return 1.6 * self.aside.capital

    def _inside(self, piece: Segment) -> bool:
        """Whether a segment has room for its figure."""
        room = self.canvas.x(piece.right) - self.canvas.x(piece.left)
        return text_width(piece.figure, *self.number.face) + 4 * SEPARATOR <= room

    def _beside(self, bar: Bar) -> Segment | None:
        """A last segment whose figure stands to its right."""
        last = bar.segments[-1]
        return None if bar.sums or self._inside(last) else last

    def _below(self, bar: Bar) -> list[Segment]:
        """Segments whose figures stand below them."""
        return [piece for piece in bar.segments if not self._inside(piece) and piece is not self._beside(bar)]

    def _squeeze(self, room: float) -> None:
        """Make the bars as thick as the room lets them be, and their figures smaller where it must be."""
        for style in shrinking(self.number, self.canvas.size.source):
            self.number = style
            self._fill(0)
            if self._rows_height() <= room:
                self._fill(max(share / 32 for share in range(33) if self._rows_height_at(share / 32) <= room))
                return

    def _rows_height_at(self, share: float) -> float:
        self._fill(share)
        return self._rows_height()

    def _fill(self, share: float) -> None:
        """Bars and gaps between their least (0) and their most (1)."""
        size = self.number.size * POINT
        self.thickness = (THINNEST + share * (THICKEST - THINNEST)) * size
        self.gap = LEAST_GAP + share * (GAP * THICKEST * size - LEAST_GAP)

    def draw(self) -> None:
        """Draw names, bars and figures into the body, a little above its middle."""
        top, bottom = self.canvas.body
        room = bottom - top - self._head_height
        self._squeeze(room)
        if self._rows_height() > room:  # the headline says the cut, too
            self.sides = []
            room = bottom - top - self._head_height
        y = top + 0.45 * max(0.0, room - self._rows_height())
        looks = [(self.colours[stage], "s") for stage in self.shown]
        if not self.key.centres:
            draw_key(self.canvas, self.key, y, looks)
            y += self.key.height
        draw_sides(self.canvas, self.sides, y)
        y += sides_height(self.canvas, self.sides)
        starts = []
        for position, bar in enumerate(self.bars):
            starts.append(y + self._lead(bar))
            if self.key.centres and position == 0:
                draw_key(self.canvas, self.key, starts[0] - self.key.height, looks)
            self._draw_bar(bar, starts[-1])
            if self.groups.above:
                draw_above(self.canvas, self.groups, position, top=y)
            y += self._row_height(bar) + self.gap
        if not self.groups.above:
            self._draw_names(starts)

    def _draw_names(self, starts: list[float]) -> None:
        """The names of the groups beside their bars, each at most to the middle of the gaps."""
        ends = [
            start + self._row_height(bar) - self._lead(bar)
            for start, bar in zip(starts, self.bars, strict=True)
        ]
        slack = self.gap / 2 - 1
        limits = [(start - slack, end + slack) for start, end in zip(starts, ends, strict=True)]
        draw_beside(self.canvas, self.groups, [start + self.thickness / 2 for start in starts], limits)

    def _draw_bar(self, bar: Bar, y: float) -> None:
        middle, canvas = y + self.thickness / 2, self.canvas
        for piece in bar.segments:
            self._draw_segment(piece, middle)
        self._separate(bar, middle)
        baseline, gap = middle + self.number.capital / 2, 0.5 * self.number.capital
        end = canvas.x(bar.segments[-1].right) + gap
        if bar.sums:
            canvas.text(canvas.x(bar.segments[0].left) - gap, baseline, bar.sums[0], self.number, ha="right")
            canvas.text(end, baseline, bar.sums[1], self.number)
            reach = self.thickness / 2 + (0 if self.groups.above else LEAST_GAP)
            canvas.line((canvas.x(0), canvas.x(0)), (middle - reach, middle + reach), canvas.theme.ink, 1.5)
        elif beside := self._beside(bar):
            colour = text_colour(self.colours.get(beside.stage or "", canvas.theme.muted), canvas.theme)
            canvas.text(end, baseline, beside.figure, self.number._replace(colour=colour))
        self._draw_below(self._below(bar), y + self.thickness)

    def _draw_segment(self, piece: Segment, middle: float) -> None:
        """One rectangle with its figure; what was not published says so."""
        theme, style = self.canvas.theme, self.number if piece.stage else self.small
        colour = self.colours[piece.stage] if piece.stage else theme.missing
        corner = piece.left, middle - self.thickness / 2
        segment = Rectangle(corner, piece.width, self.thickness, facecolor=colour, label=piece.stage or "")
        self.canvas.ax.add_patch(segment)
        if self._inside(piece):
            ink = label_ink(colour, theme) if piece.stage else theme.muted
            x = self.canvas.x((piece.left + piece.right) / 2)
            style = style._replace(colour=ink)
            self.canvas.text(x, middle + style.capital / 2, piece.figure, style, ha="center")

    def _separate(self, bar: Bar, middle: float) -> None:
        """A line in the colour of the ground between neighbours, thinner beside a very small one."""
        widths = [self.canvas.x(piece.right) - self.canvas.x(piece.left) for piece in bar.segments]
        ends = middle - self.thickness / 2, middle + self.thickness / 2
        for piece, sides in zip(bar.segments[1:], pairwise(widths), strict=True):
            width = min(SEPARATOR, *(side / 2 for side in sides))
            place = self.canvas.x(piece.left)
            if width > 0:
                self.canvas.line((place, place), ends, self.canvas.theme.ground, width)

    def _draw_below(self, pieces: list[Segment], y: float) -> None:
        """Figures of segments too small for them, below the bar, each joined to its own."""
        canvas = self.canvas
        widths = [text_width(piece.figure, *self.aside.face) for piece in pieces]
        wanted = [canvas.x((piece.left + piece.right) / 2) for piece in pieces]
        places = spread(wanted, widths, low=canvas.margin, high=canvas.right, gap=0.4 * self.aside.leading)
        for piece, x, place in zip(pieces, wanted, places or wanted, strict=True):
            ends = y + 0.1 * self._below_height, y + 0.3 * self._below_height
            canvas.line((x, place), ends, canvas.theme.muted, 1.0)
            canvas.text(place, y + self._below_height, piece.figure, self.aside, ha="center")
