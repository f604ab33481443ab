"""The place of one chart on a figure: head, body and foot.

Places are in hundredths of an inch from the top left corner, downwards, so that a layout reads as the
pixels of a picture at 100 dpi.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import Affine2D, Bbox

from analysis.errors import RequestError, show, unknown_code
from analysis.old.charts.drawing.typesetting import POINT, UNIT, Style, fit, font_of, wrap
from analysis.old.style import REGULAR, SEMIBOLD, SIZES, THEMES, size_of, theme_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.text import Text
    from matplotlib.transforms import Transform

TITLE_LEADING = 1.04
SHRINK = (1.0, 0.85, 0.7, 0.6)  # of the type of a head whose body needs the room
ARIAL = {REGULAR: 1.08, SEMIBOLD: 1.12}  # its width, of that of Source Sans; measured on our headlines
SPARE = 0.8  # of the right margin, which a wider typeface may use up
RING = 2.5  # places around a mark
AREA = {"s": 0.9, "D": 0.85, "P": 1.2, "d": 1.2, "*": 1.35} | dict.fromkeys("^vX<>", 1.15)  # to look alike


class Head(NamedTuple):
    """What every chart says above and below its body."""

    title: str
    subtitle: str
    source: str


def new_axes(*, size: str = "wide", theme: str = "light") -> Axes:
    """Axes that fill a new figure of a format (wide, half, square, phone) on a light or dark ground.

    Raises
    ------
    RequestError
        The format or the theme is not one of these.
    """
    for name, value, valid in (("size", size, SIZES), ("theme", theme, THEMES)):
        if value not in valid:
            raise RequestError(unknown_code(name, value, list(valid)))
    form = SIZES[size]
    figure = Figure((form.width, form.height), dpi=form.dpi, facecolor=THEMES[theme].ground)
    FigureCanvasAgg(figure)
    return figure.add_axes((0, 0, 1, 1))


def root_of(ax: Axes) -> Figure:
    """The figure that Axes are on."""
    figure = ax.get_figure(root=True)
    assert figure is not None  # noqa: S101  (Axes without a figure cannot be drawn on at all)
    return figure


class Canvas:
    """Axes as a sheet: a head, a body to draw in, a foot."""

    def __init__(self, ax: Axes) -> None:
        self.ax = ax
        self.figure = root_of(ax)
        place = ax.bbox.transformed(self.figure.dpi_scale_trans.inverted())
        self.left, self.top = place.x0, place.y1
        self.width, self.height = place.width * UNIT, place.height * UNIT
        self.size = size_of(self.width / UNIT, self.height / UNIT)
        self.theme = theme_of(to_hex(self.figure.get_facecolor()))
        self.margin = self.size.margin * UNIT
        self.right = self.width - self.margin
        self.room = self.width - 2 * self.margin
        self.body = (self.margin, self.height - self.margin)
        self.scale(self.margin, self.right, (0, 1))
        ax.set_axis_off()

    def style(self, role: str, *, colour: str = "ink", bold: bool = False) -> Style:
        """The text style of a role of the format (label, number, small …) in a colour of the theme."""
        value = getattr(self.theme, colour) if colour in self.theme._fields else colour
        return Style(getattr(self.size, role), value, SEMIBOLD if bold else REGULAR)

    def text(
        self, x: float, y: float, words: str, style: Style, *, ha: str = "left", backed: bool = False
    ) -> Text:
        """One line of text, its baseline at ``y``; backed where lines run behind it."""
        text = self.ax.text(
            x, y, show(words), transform=self._places(), ha=ha, va="baseline", parse_math=False
        )
        text.set(fontproperties=font_of(style.size, style.weight), color=style.colour, zorder=4)
        if backed:
            text.set_bbox({"facecolor": self.theme.ground, "edgecolor": "none", "pad": 1.5})
        return text

    def _places(self) -> Transform:
        """From places to the pixels of the figure."""
        inches = Affine2D().scale(1 / UNIT, -1 / UNIT).translate(self.left, self.top)
        return inches + self.figure.dpi_scale_trans

    def line(
        self, xs: Sequence[float], ys: Sequence[float], colour: str, width: float, *, round_ends: bool = False
    ) -> None:
        """A line between places, its width in places too."""
        line = Line2D(xs, ys, transform=self._places(), color=colour, linewidth=width / POINT, clip_on=False)
        line.set_solid_capstyle("round" if round_ends else "butt")
        self.ax.add_artist(line)

    def mark(self, x: float, y: float, marker: str, side: float, colour: str) -> None:
        """A mark (circle, square …) around a place, as wide as ``side``."""
        size = side * AREA.get(marker, 1.0) / POINT
        mark = Line2D([x], [y], marker=marker, markersize=size, color=colour, linestyle="none")
        mark.set(markeredgewidth=0, transform=self._places(), clip_on=False)
        self.ax.add_artist(mark)

    def span(self, low: float, high: float, y: float, colour: str, width: float) -> None:
        """A thick line with round ends between two values across, at a place down."""
        line = Line2D([low, high], [y, y], color=colour, linewidth=width / POINT, clip_on=False)
        line.set_solid_capstyle("round")
        self.ax.add_line(line)

    def dot(
        self, value: float, y: float, marker: str, side: float, colour: str, *, ringed: bool = True
    ) -> None:
        """A mark at a value across, at a place down; a ring sets it off from a line through it."""
        ring = min(RING, 0.15 * side) if ringed else 0.0
        size = side * AREA.get(marker, 1.0) + ring
        dot = Line2D([value], [y], marker=marker, markersize=size / POINT, color=colour, linestyle="none")
        dot.set(markeredgecolor=self.theme.ground, markeredgewidth=ring / POINT, clip_on=False, zorder=3)
        self.ax.add_line(dot)

    def lines(
        self,
        x: float,
        y: float,
        words: Sequence[str],
        style: Style,
        *,
        ha: str = "left",
        backed: bool = False,
    ) -> float:
        """Lines of text from a first baseline on; the last baseline."""
        for position, line in enumerate(words):
            self.text(x, y + position * style.leading, line, style, ha=ha, backed=backed)
        return y + (len(words) - 1) * style.leading

    def reach(self, style: Style) -> float:
        """How wide a line from the left margin may be, so that nothing is cut where Arial stands in."""
        return min(self.room, (self.room + SPARE * self.margin) / ARIAL[style.weight])

    def frame(self, head: Head, *, needed: float, least: Sequence[float]) -> None:
        """Set title, subtitle and source line; what is between them is the body.

        A format that grows gets the height that the body needs. On another the head is set smaller until
        the body has what it can do with: the first of the heights of ``least`` that can be had.
        """
        foot, sources, foot_height = self._plan_foot(head)
        heads = [self._plan_head(head, shrink) for shrink in SHRINK[: 1 if self.size.grows else None]]
        room = self.height - foot_height
        fitting = (plan for height in least for plan in heads if room - plan[1] >= height)
        lines, end = next(fitting, heads[-1])
        if self.size.grows:
            self._grow(end + needed + foot_height)
        self.body = (end, self.height - foot_height)
        self._settle()
        for y, line, style in lines:
            self.text(self.margin, y, line, style)
        self.lines(self.margin, self.height - foot_height + 2.4 * foot.capital, sources, foot)
        # Set line by line, since matplotlib spaces the lines of one text unevenly; whole for who asks. With a
        # place of its own matplotlib need not look for one, which takes as long as drawing a dozen texts.
        self.ax.set_title(show(head.title), loc="left", y=1, visible=False, parse_math=False)

    def room_for_body(self, head: Head) -> float:
        """The height that the body can have at most; any in a format that grows."""
        if self.size.grows:
            return math.inf
        return self.height - self._plan_foot(head)[2] - self._plan_head(head, SHRINK[-1])[1]

    def _plan_foot(self, head: Head) -> tuple[Style, tuple[str, ...], float]:
        """The style and the lines of the source, and the height that they take."""
        foot = self.style("source", colour="muted")
        sources = wrap(head.source, self.reach(foot), foot)
        return (
            foot,
            sources,
            0.58 * self.margin + (len(sources) - 1) * foot.leading + 2.4 * foot.capital,
        )

    def _plan_head(self, head: Head, shrink: float) -> tuple[list[tuple[float, str, Style]], float]:
        """Baseline, words and style of each line of the head, and where it ends."""
        size = self.size
        large = Style(max(shrink * size.title, size.source), self.theme.ink, SEMIBOLD, TITLE_LEADING)
        smallest = max(0.75 * large.size, size.source)
        title, titles = fit(head.title, self.reach(large), large, lines=size.lines, smallest=smallest)
        small = Style(max(shrink * size.subtitle, size.source), self.theme.muted)
        lines = 2 if shrink == 1 else 1
        under, unders = fit(head.subtitle, self.reach(small), small, lines=lines, smallest=size.source)
        first = self.margin + title.capital
        below = first + (len(titles) - 0.72) * title.leading + under.leading
        placed = [(first + line * title.leading, words, title) for line, words in enumerate(titles)]
        placed += [(below + line * under.leading, words, under) for line, words in enumerate(unders)]
        return placed, below + (len(unders) - 0.2) * under.leading

    def _grow(self, height: float) -> None:
        """Another height of the figure, where these Axes are all of it."""
        inches = self.width / UNIT, self.height / UNIT
        if len(self.figure.axes) == 1 and np.allclose(inches, self.figure.get_size_inches()):
            self.figure.set_size_inches(self.width / UNIT, height / UNIT)
            self.height, self.top = height, height / UNIT

    def scale(self, left: float, right: float, limits: tuple[float, float]) -> None:
        """Data run across between two places; down they are places themselves."""
        self.across = (left, right)
        self.limits = limits

    def x(self, value: float) -> float:
        """The place of a value across."""
        (left, right), (start, end) = self.across, self.limits
        return left + (value - start) * (right - left) / (end - start)

    def _settle(self) -> None:
        """Give the Axes the part of the body where data are drawn."""
        (left, right), (top, bottom) = self.across, self.body
        box = Bbox.from_extents(
            self.left + left / UNIT, self.top - bottom / UNIT, self.left + right / UNIT, self.top - top / UNIT
        )
        self.ax.set_position(box.transformed(self.figure.dpi_scale_trans - self.ax.figure.transSubfigure))
        self.ax.set_xlim(*self.limits)
        self.ax.set_ylim(bottom, top)
