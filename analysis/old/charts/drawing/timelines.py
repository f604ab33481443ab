"""The layout of lines over time on a canvas: waves, lines, intervals, the words at their ends."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from matplotlib.lines import Line2D

from analysis.old.charts.drawing.placing import spread
from analysis.old.charts.drawing.typesetting import POINT, Style, text_width, wrap
from analysis.old.style import REGULAR, SEMIBOLD, mix
from analysis.old.words.telling.courses import Course, time_of
from analysis.old.words.wording import format_percent, wave_label, wave_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.old.charts.drawing.canvas import Canvas
    from analysis.old.words.telling.figures import Difference

NAMES = {False: 0.3, True: 0.42}  # room for names, of the width; by whether the format is a narrow one
LINE = {True: 4.0, False: 2.5}  # places; by whether the change is clear
DOT = 0.6  # width of a mark, of the type size of the figures
BAND = 0.5  # width of an interval, of a mark
PALE = 0.6  # how much of the ground is in the colour of an interval
LEAST_ROWS = 9  # lines of text that a growing format is at least high


class Label(NamedTuple):
    """What stands at the end of a line: its figure, its name and its latest change."""

    figure: str
    name: str
    change: str


class Timeline:
    """Lines over time on a canvas, their figures at both ends, their names to the right."""

    def __init__(
        self, canvas: Canvas, courses: list[Course], labels: list[Label], decimals: int, lang: str
    ) -> None:
        self.canvas, self.courses, self.labels = canvas, courses, labels
        self.decimals, self.lang = decimals, lang
        self.number, self.name = canvas.style("label", bold=True), canvas.style("label")
        self.small = canvas.style("small", colour="muted")
        self.waves = sorted({wave for course in courses for wave in course.points}, key=wave_order)
        self.clearance = 0.8 * self.number.capital + DOT * self.number.size * POINT / 2
        self.figures = max(text_width(label.figure, *self.number.face) for label in labels)
        self.side = DOT * self.number.size * POINT
        self.step = min(0.8 * self.side, 4 * self.side / len(courses))  # from one interval to the next
        reach = (len(courses) - 1) / 2 * self.step
        widths = [text_width(label.name, self.name.size, SEMIBOLD) for label in labels]
        widths += [text_width(label.change, *self.small.face) for label in labels]
        gap = 0.6 * self.number.capital
        self.names_at = canvas.right - min(max(widths) + 1, NAMES[canvas.size.stacked] * canvas.width)
        self.figures_at = self.names_at - self.figures - gap
        left = canvas.margin + self.figures + self.clearance
        right = self.figures_at - self.clearance - reach
        canvas.scale(left, right, (time_of(self.waves[0]), time_of(self.waves[-1])))
        self.blocks = [self._block(label, changes=True) for label in labels]

    def _block(self, label: Label, *, changes: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The lines of a name, and of the change under it."""
        room = self.canvas.right - self.names_at
        return wrap(label.name, room, self.name), wrap(label.change, room, self.small) if changes else ()

    def _height(self, block: tuple[tuple[str, ...], tuple[str, ...]]) -> float:
        return len(block[0]) * self.name.leading + (len(block[1]) + 0.3) * self.small.leading

    @property
    def needed(self) -> float:
        """The height that all names take one under the other, and the waves below."""
        names = sum(self._height(block) for block in self.blocks)
        return max(1.25 * names, LEAST_ROWS * self.name.leading) + self._axis

    @property
    def least(self) -> float:
        """The height that the names take without the changes under them."""
        blocks = [self._block(label, changes=False) for label in self.labels]
        return sum(self._height(block) for block in blocks) + self._axis

    @property
    def _axis(self) -> float:
        words, _ = self._waves_in_room([self._place(wave) for wave in self.waves])
        return (1 + max(map(len, words))) * self.small.leading

    def draw(self) -> None:
        """Draw the waves, the lines and the words into the body."""
        top, bottom = self.canvas.body
        self.top, self.bottom = top + 0.5 * self.name.leading, bottom - self._axis
        if sum(self._height(block) for block in self.blocks) > self.bottom - self.top:
            self.blocks = [self._block(label, changes=False) for label in self.labels]
        self._scale_up()
        self._draw_waves()
        for position, course in enumerate(self.courses):
            for change in course.changes if len(self.courses) == 1 else course.changes[-1:]:
                self._draw_interval(change, position)
        for course in sorted(self.courses, key=lambda course: course.clear):
            self._draw_course(course)
        for wave in self.told:
            self._draw_figures(wave)
        self._draw_names()

    def _scale_up(self) -> None:
        """Per cent upwards: from zero, or from below the lowest where all are high."""
        ends = [end for c in self.courses for change in c.changes for end in _interval(change)]
        values = [value for course in self.courses for value in course.points.values()] + ends
        low, high = min(values), max(values)
        low = max(0.0, low - 0.1 * (high - low)) if low > 0.5 * high else 0.0
        self.limits = low, max(high, low + 1.0)
        share = (self.limits[1] - self.limits[0]) / (self.bottom - self.top)
        top, bottom = self.canvas.body
        self.canvas.ax.set_ylim(
            self.limits[0] - (bottom - self.bottom) * share, self.limits[1] + (self.top - top) * share
        )

    def _place(self, wave: str) -> float:
        """The place of a wave across."""
        return self.canvas.x(time_of(wave))

    def _y(self, value: float) -> float:
        """The place of a per cent."""
        low, high = self.limits
        return self.bottom - (value - low) / (high - low) * (self.bottom - self.top)

    def _colour(self, change: Difference) -> str:
        theme = self.canvas.theme
        return theme.accent if change.clear else theme.faint

    def _draw_waves(self) -> None:
        """A fine line and a label for each wave at its time; only the ends where there is no room for all."""
        canvas = self.canvas
        places = [self._place(wave) for wave in self.waves]
        for place in places:
            canvas.line((place, place), (self.top, self.bottom), canvas.theme.rule, 1.2)
        words, centres = self._waves_in_room(places)
        first = self.bottom + 1.3 * self.small.leading
        for centre, lines in zip(centres, words, strict=True):
            canvas.lines(centre, first, lines, self.small, ha="center")

    def _waves_in_room(self, places: list[float]) -> tuple[list[tuple[str, ...]], list[float]]:
        """The labels of waves, on a line or on two, and their centres; of the ends alone as a last resort."""
        labels = [wave_label(wave, self.lang) for wave in self.waves]
        for breaks in (0, 1):
            words = [tuple(label.rsplit(maxsplit=breaks)) for label in labels]
            widths = [max(text_width(line, *self.small.face) for line in lines) for lines in words]
            low, high = self.canvas.margin, self.canvas.right
            centres = spread(places, widths, low=low, high=high, gap=self.small.capital)
            moved = zip(centres or [], places, widths, strict=False)
            if centres and all(abs(centre - place) <= width / 2 for centre, place, width in moved):
                return words, centres
        return [(labels[0],), *[("",)] * (len(labels) - 2), (labels[-1],)], places

    def _draw_interval(self, change: Difference, position: int) -> None:
        """The interval of a change from the earlier share on, beside the later point; strong over tables."""
        side = DOT * self.number.size * POINT
        shift = (position - (len(self.courses) - 1) / 2) * min(0.8 * side, 4 * side / len(self.courses))
        per_place = (self.canvas.limits[1] - self.canvas.limits[0]) / (
            self.canvas.across[1] - self.canvas.across[0]
        )
        time = time_of(change.first) + shift * per_place
        colour = self._colour(change)
        pale = mix(colour, self.canvas.theme.ground, PALE)
        before = change.printed_second
        if not change.only_rounding:
            self._segment((time, time), (before + change.low, before + change.high), pale, BAND * self.side)
        if change.most > change.least:
            self._segment(
                (time, time), (before + change.least, before + change.most), colour, BAND * self.side
            )

    def _draw_course(self, course: Course) -> None:
        for change in course.changes:
            times = time_of(change.second), time_of(change.first)
            shares = course.points[change.second], course.points[change.first]
            self._segment(times, shares, self._colour(change), LINE[change.clear])
        for wave, share in course.points.items():
            colour = next(
                (self._colour(change) for change in course.changes if change.first == wave),
                self._colour(course.changes[0]),
            )
            self.canvas.dot(time_of(wave), share, "o", self.side, colour)

    def _segment(self, times: Sequence[float], shares: Sequence[float], colour: str, width: float) -> None:
        line = Line2D(times, shares, color=colour, linewidth=width / POINT, clip_on=False)
        line.set_solid_capstyle("round")
        self.canvas.ax.add_line(line)

    def _styles(self, style: Style) -> Iterator[Style]:
        """A style for each course: in the accent where its latest change is clear, else muted."""
        theme = self.canvas.theme
        for course in self.courses:
            yield style._replace(colour=theme.accent if course.clear else theme.muted)

    @property
    def told(self) -> list[str]:
        """The waves before the last that have room for the figures of their points, to the left of them."""
        most = self.figures + self.clearance + self.side / 2
        places = {wave: self._place(wave) for wave in self.waves[:-1]}
        roomy = [after for wave, after in pairwise(places) if places[after] - places[wave] > most]
        return [self.waves[0], *roomy]

    def _draw_figures(self, wave: str) -> None:
        """The figures of the points of a wave, moved apart where they would meet."""
        canvas = self.canvas
        styled = zip(self.courses, self._styles(self.number), strict=True)
        here = sorted(
            (
                (self._y(course.points[wave]), course, style)
                for course, style in styled
                if wave in course.points
            ),
            key=lambda item: item[0],
        )
        wanted = [y for y, _, _ in here]
        heights = [1.1 * self.number.capital] * len(here)
        low, high = self.top - self.number.leading, self.bottom + self.number.capital
        places = spread(wanted, heights, low=low, high=high, gap=0.25 * self.number.capital) or wanted
        x = self._place(wave) - self.clearance
        for (_, course, style), place in zip(here, places, strict=True):
            words = format_percent(course.points[wave], self.lang, self.decimals)
            backed = wave != self.waves[0]
            canvas.text(x, place + style.capital / 2, words, style, ha="right", backed=backed)

    def _draw_names(self) -> None:
        """Figure, name and change of each line to the right of its end, moved apart where they would meet."""
        canvas = self.canvas
        items = sorted(
            zip(self.courses, self.labels, self.blocks, self._styles(self.number), strict=True),
            key=lambda item: self._y(list(item[0].points.values())[-1]),
        )
        heights = [self._height(block) for _, _, block, _ in items]
        ends = [self._y(list(course.points.values())[-1]) for course, *_ in items]
        below = [(height - self.name.leading) / 2 for height in heights]  # of the first line, which is level
        wanted = [end + offset for end, offset in zip(ends, below, strict=True)]
        low, high = self.top - self.name.leading, self.bottom + self._axis / 3
        places = spread(wanted, heights, low=low, high=high, gap=0) or wanted
        for (course, label, block, style), end, place, offset in zip(items, ends, places, below, strict=True):
            level = place - offset
            start = canvas.x(time_of(list(course.points)[-1])) + 0.55 * self.clearance
            canvas.line((start, self.figures_at - 3), (end, level), canvas.theme.rule, 1.0)
            baseline = level + style.capital / 2
            canvas.text(self.figures_at + self.figures, baseline, label.figure, style, ha="right")
            plain = style._replace(weight=SEMIBOLD if course.clear else REGULAR)
            last = canvas.lines(self.names_at, baseline, block[0], plain)
            canvas.lines(self.names_at, last + self.small.leading, block[1], self.small)


def _interval(change: Difference) -> tuple[float, float]:
    """Where the interval of a change ends, counted from the earlier share."""
    return change.printed_second + change.low, change.printed_second + change.high
