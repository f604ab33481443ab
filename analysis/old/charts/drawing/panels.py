"""Marks of many groups: together in the row of a stage, or each group in a panel of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from analysis.old.charts.drawing.keys import draw_key, plan_legend
from analysis.old.charts.drawing.lanes import PALE, Lanes, Look, Mark, Name
from analysis.old.charts.drawing.placing import round_ticks
from analysis.old.charts.drawing.typesetting import longest_word, text_width, wrap
from analysis.old.style import mix

if TYPE_CHECKING:
    from analysis.old.charts.drawing.canvas import Canvas, Head

MOST_TICKS = {True: 5, False: 7}  # by whether the format is a narrow one
LOOK = Look(0.35, {False: 0.24, True: 0.38}, "small")
GAP = 0.16  # between panels, of what each has across
BAND = 0.36  # width of an interval, of a mark
SIDE = 0.62  # width of a mark, of its lane

Span = tuple[float, float]


class Sheet(NamedTuple):
    """Rows down, groups with their colours and markers, and the marks by group and row."""

    names: Sequence[Name]
    groups: Sequence[str]
    looks: Sequence[tuple[str, str]]
    marks: Mapping[tuple[int, int], Mark]

    @property
    def figures(self) -> list[str]:
        """The figures of all marks."""
        return [mark.figure for mark in self.marks.values()]


class Together:
    """The groups as lanes of each row, named by a legend."""

    def __init__(self, canvas: Canvas, sheet: Sheet) -> None:
        self.canvas, self.sheet = canvas, sheet
        self.lanes = Lanes(canvas, sheet.names, lanes=len(sheet.groups), figures=sheet.figures)
        self.key = plan_legend(canvas, sheet.groups)

    @property
    def least(self) -> list[float]:
        """The height that all takes, as of ``Lanes``."""
        return [self.key.height + height for height in self.lanes.least]

    def draw(self, head: Head, limits: Span, said: Callable[[float], str]) -> None:
        """Draw all on a scale with such ends, its round values as they are ``said``."""
        canvas, lanes = self.canvas, self.lanes
        lanes.scale(limits, left=lanes.left)
        canvas.frame(head, needed=self.key.height + lanes.needed, least=self.least)
        draw_key(canvas, self.key, canvas.body[0], self.sheet.looks)
        lanes.place(canvas.body[0] + self.key.height)
        ticks = round_ticks(*limits, at_most=MOST_TICKS[canvas.size.stacked])
        lanes.draw_ticks([(tick, said(tick)) for tick in ticks])
        lanes.draw_names()
        for row, (_, _, middles) in enumerate(lanes.rows()):
            for group, y in enumerate(middles):
                if (group, row) in self.sheet.marks:
                    lanes.draw_mark(self.sheet.marks[group, row], y)


class Panels:
    """A panel for each group: in each row a figure, and below it its mark.

    The groups' names head their panels where they fit there; else a legend names the marks that do.
    """

    def __init__(self, canvas: Canvas, sheet: Sheet) -> None:
        self.canvas, self.sheet = canvas, sheet
        self.lanes = Lanes(canvas, sheet.names, lanes=2, figures=sheet.figures, look=LOOK)
        self.lanes.axis = 0.0
        self.pitch = (canvas.right - self.lanes.left) / (len(sheet.groups) - GAP)
        self.width = (1 - GAP) * self.pitch
        self.style = canvas.style("small", bold=True)
        self.heads = [wrap(group, self.width, self.style) for group in sheet.groups]
        direct = all(longest_word(group, self.style) <= self.width for group in sheet.groups)
        self.key = None if direct else plan_legend(canvas, sheet.groups)

    def fit(self, room: float) -> bool:
        """Whether all figures can be read in so much height."""
        number = self.lanes.number._replace(size=self.canvas.size.source)
        widest = max(text_width(figure, *number.face) for figure in self.sheet.figures)
        return widest <= self.width and self.least[-1] <= room

    @property
    def least(self) -> list[float]:
        """The height that all takes: with figures as large as the names, so with figures at all."""
        size = self.lanes.label.size
        alike = self.lanes.height_in(size, self.lanes.lane_of(size))
        return [self._top + height for height in (alike, *self.lanes.least[:2])]

    @property
    def _top(self) -> float:
        """Height of what heads the panels."""
        if self.key:
            return self.key.height + 1.1 * self.style.leading
        return (max(map(len, self.heads)) + 0.4) * self.style.leading

    def draw(self, head: Head, limits: Span) -> None:
        """Draw all, each panel on a scale with such ends."""
        canvas, lanes = self.canvas, self.lanes
        canvas.frame(head, needed=0, least=self.least)
        lanes.place(canvas.body[0] + self._top)
        for group in range(len(self.heads)):
            left = lanes.left + group * self.pitch
            canvas.scale(left, left + self.width, limits)
            self._draw_head(group, left)
            lanes.draw_ticks([(end, "") for end in limits])
            for row, (_, _, middles) in enumerate(lanes.rows()):
                if (group, row) in self.sheet.marks:
                    self._draw_mark(self.sheet.marks[group, row], *middles)
        if self.key:
            draw_key(canvas, self.key, canvas.body[0], self.sheet.looks)
        lanes.draw_names()

    def _draw_head(self, group: int, left: float) -> None:
        """The name of a group over its panel, its last line level with the others', or its mark."""
        words, bottom = self.heads[group], self.lanes.top - 0.5 * self.style.leading
        if not self.key:
            self.canvas.lines(left, bottom - (len(words) - 1) * self.style.leading, words, self.style)
            return
        colour, marker = self.sheet.looks[group]
        side = 1.2 * self.style.capital
        self.canvas.mark(left + side / 2, bottom - side / 2, marker, side, colour)

    def _draw_mark(self, mark: Mark, above: float, y: float) -> None:
        """A figure at the left edge of its panel, and below it the mark with its interval."""
        canvas, side = self.canvas, SIDE * self.lanes.lane
        pale = mix(mark.colour, canvas.theme.ground, PALE)
        for band, colour in ((mark.interval, pale), (mark.span, mark.colour)):
            if band:
                ends = canvas.x(band[0]), canvas.x(band[1])
                canvas.line(ends, (y, y), colour, BAND * side, round_ends=True)
        if mark.value is not None:
            canvas.mark(canvas.x(mark.value), y, mark.marker, side, mark.colour)
        if self.lanes.number_style:
            style = self.lanes.number_style._replace(colour=mark.ink)
            canvas.text(canvas.across[0], above + style.capital / 2, mark.figure, style, backed=True)
