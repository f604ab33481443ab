"""The sheet that a chart is drawn on: a figure of its own or Axes that are given, and words that fit.

A chart is ordinary Axes. Bars, marks and lines stand at data coordinates; names and figures of rows are tick
labels; what stands at a mark is an annotation of a data point, hidden when the point is out of view. So no
call of matplotlib can move a figure away from its mark. All lengths here are in points.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import transforms
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Annotation, Text
from matplotlib.textpath import text_to_path
from matplotlib.ticker import MaxNLocator
from scipy.optimize import isotonic_regression

from analysis.errors import RequestError, quote, show
from analysis.style import (
    REGULAR,
    SEMIBOLD,
    Look,
    current_look,
    drawable,
    families_for,
    mix,
    only_settings,
    settings_of,
    theme_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.words.figures import Estimate

LEADING = 1.2  # baseline to baseline, of the type size; what matplotlib uses
TITLE_LEADING = 1.08
CAPITAL = 0.66  # height of a capital letter of Source Sans, of the type size
GAP = 6.0  # between a name and the Axes, and around words
CUT = "…"
BREAK = re.compile(  # after a space, but no word of one or two letters ("av", "of"), nor % unless before (
    r"(?<= )(?<! [^ \d,.;:] )(?<! [^ ][^ \d,.;:] )(?:(?<!% )|(?=\())(?=[^ ])|(?<=[-–/])(?<!\d-)(?=[^\W\d_])"
)
UNBROKEN = re.compile(r"\([^()]{,30}\)|(?<=\(n:) | (?=\d+[,)])")  # in a source: "(n: All 128)", "All 128"
TURNED: Any = {"left": "right", "right": "left", "top": "bottom", "bottom": "top", "baseline": "top"}
ARROWS = str.maketrans("←→", "→←")
PALE = 0.55  # how much of the ground is in the colour of an interval
SCREEN_DPI = 96  # of a figure of pyplot, which a notebook shows at most as wide as its cell


# words that fit


def text_width(words: str, size: float, weight: int = REGULAR) -> float:
    """Width of the widest line of a text."""
    families = families_for(words)
    return max(_line_width(line, families, weight) for line in words.split("\n")) * (size / 100)


@cache
def _line_width(line: str, families: tuple[str, ...], weight: int) -> float:
    """Width of a line in 100 points, since to measure takes far longer than to scale."""
    font = FontProperties(family=families, weight=weight, size=100)
    return float(text_to_path.get_text_width_height_descent(drawable(line), font, ismath=False)[0])


def text_height(words: str, size: float) -> float:
    """Height of a text, its lines in matplotlib's distance."""
    return size * LEADING * (words.count("\n") + 1)


@cache
def wrap(words: str, width: float, size: float, weight: int = REGULAR, *, lines: int | None = None) -> str:
    """Text in lines of at most a width, as even as can be; no more lines than asked for.

    A word wider than the line is broken; what does not fit the last line ends in an ellipsis.
    """
    words = drawable(show(words))
    broken = _break(words, width, size, weight)
    if lines is not None and len(broken) > lines:
        tail = shorten_to(" ".join(broken[lines - 1 :]), width, size, weight)
        return "\n".join([*broken[: lines - 1], tail])
    least = min(longest_word(words, size, weight), width)
    widths = [*(least + (width - least) * step / 20 for step in range(20)), width]
    lines_of = cache(partial(_break, words, size=size, weight=weight))
    narrowest = bisect_left(widths, -len(broken), key=lambda narrow: -len(lines_of(narrow)))
    return "\n".join(lines_of(widths[narrowest]))


def longest_word(words: str, size: float, weight: int = REGULAR) -> float:
    """Width of the widest part of a text that does not break."""
    return max(text_width(piece.rstrip(" "), size, weight) for piece in _pieces(words))


def shorten_to(words: str, width: float, size: float, weight: int = REGULAR) -> str:
    """A text cut to a width, an ellipsis at its end where something is missing."""
    ends = (words[:end].rstrip() + CUT for end in range(len(words) - 1, 0, -1))
    return next((text for text in (words, *ends) if text_width(text, size, weight) <= width), CUT)


def _break(words: str, width: float, size: float, weight: int) -> list[str]:
    """Lines filled one after the other."""
    lines = [""]

    def fill(parts: Iterable[str], *narrower: Callable[[str], Iterable[str]]) -> None:
        for part in parts:
            if narrower and text_width(part.rstrip(" "), size, weight) > width:
                fill(narrower[0](part), *narrower[1:])
                continue
            if text_width((lines[-1] + part).rstrip(" "), size, weight) > width:
                lines.append("")
            lines[-1] += part

    fill(_pieces(words), re.compile("(?<= )").split, iter)  # between words, then between letters
    return [line.rstrip(" ") for line in lines if line.strip(" ")] or [""]


def _pieces(words: str) -> list[str]:
    """What a line is made of: words with the space or hyphen after them, short ones with the next word."""
    return BREAK.split(" " + words)[1:] or [""]


# the figure


class ChartFigure(Figure):
    """A figure that knows its finding, and its chart in words: the alternative text in notebooks."""

    finding = alt_text = ""
    lang = "en"

    def __repr__(self) -> str:
        return self.alt_text or super().__repr__()

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
        return {"text/plain": repr(self)}, {"image/png": {"alt": self.alt_text}}


def root_of(ax: Axes) -> Figure:
    """The figure that Axes are on."""
    figure = ax.get_figure(root=True)
    assert figure is not None  # noqa: S101  (Axes without a figure cannot be drawn on at all)
    return figure


class Note(Annotation):
    """Words beside a data point, which keep to their side of it when an axis is turned round.

    ``other`` is where they stand across when the rows are turned, for words over the first row.
    """

    def __init__(self, ax: Axes, *args: Any, other: float | None = None, **look: Any) -> None:
        super().__init__(*args, transform=transforms.IdentityTransform(), clip_on=False, **look)
        self.other, self.way = other, (ax.xaxis_inverted(), ax.yaxis_inverted())
        ax.add_artist(self)

    def update_positions(self, renderer: Any) -> None:
        """Turn what has to be turned, then do as every annotation does."""
        ax: Any = self.axes
        way, (dx, dy) = (ax.xaxis_inverted(), ax.yaxis_inverted()), self.xyann
        across, up = (was != now for was, now in zip(self.way, way, strict=True))
        if across:
            self.set_horizontalalignment(TURNED.get(self.get_horizontalalignment(), "center"))
            self.set_text(self.get_text().translate(ARROWS))
            dx = -dx
        if up and self.other is not None:
            self.other, self.xy = self.xy[0], (self.other, self.xy[1])
        elif up and self.xycoords == ("data", "data"):
            self.set_verticalalignment(TURNED.get(va := self.get_verticalalignment(), va))
            dy = -dy
        self.way, self.xyann = way, (dx, dy)
        super().update_positions(renderer)


@contextmanager
def open_panel(ax: Axes | None, *, pyplot: bool = True, look: Look | None = None) -> Iterator[Panel]:
    """The panel to draw a chart in, under matplotlib's defaults and our style whatever the user has set.

    Without Axes a figure of pyplot's is made, wide and light or as ``chart_style`` says. On Axes that are
    given the type follows their size and the colours their ground.
    """
    from matplotlib import pyplot as plt
    from seaborn import despine

    if not (ax is None or (hasattr(ax, "get_window_extent") and hasattr(ax, "plot"))):
        raise RequestError(f"ax is {quote(type(ax).__name__)}; give one Axes, as axes[0] of plt.subplots")
    look = look or current_look()
    with only_settings(settings_of(look)):
        if ax is not None:
            panel = Panel(ax, _look_on(ax, look), own=False)
        else:
            inches = (look.size.width, look.size.height)
            apart = partial(ChartFigure, dpi=look.size.dpi)
            make = partial(plt.figure, dpi=SCREEN_DPI, FigureClass=ChartFigure) if pyplot else apart
            panel = Panel(make(figsize=inches).subplots(), look, own=True)
        despine(ax=panel.ax, left=True, bottom=True)
        yield panel
        for axis in (panel.ax.xaxis, panel.ax.yaxis):
            axis.get_ticklabels(which="both")  # which gives the ticks their words
        for text in (panel.figure if panel.own else panel.ax).findobj(Text):
            if words := text.get_text():  # a square for every letter that no font has
                text.set(text=drawable(words), fontfamily=families_for(words))


def _look_on(ax: Axes, chosen: Look) -> Look:
    """The look for Axes that are given: type for their size, colours for their ground."""
    base = chosen.size
    ground = to_hex(ax.get_facecolor() if ax.patch.get_visible() else root_of(ax).get_facecolor())
    width = ax.get_window_extent().width / root_of(ax).dpi
    scale = min(1.0, width / (0.7 * base.width))
    least = {"label": 8.5, "number": 8.5, "small": 8.0, "title": 11.0, "subtitle": 9.0}
    type_sizes = {name: max(scale * getattr(base, name), points) for name, points in least.items()}
    return Look(base._replace(**type_sizes, narrow=base.narrow or width < 3.4), theme_of(ground))


class Panel:
    """The Axes of one chart, their look and their room, while it is drawn."""

    def __init__(self, ax: Axes, look: Look, *, own: bool) -> None:
        self.ax, self.own, self.figure = ax, own, root_of(ax)
        self.size, self.theme = look
        self.figure_width, self.figure_height = 72 * self.figure.get_size_inches()
        self.margin = 72 * self.size.margin if own else 0.0
        box = ax.get_window_extent()
        self.width, self.height = (72 * side / self.figure.dpi for side in (box.width, box.height))
        self.room = self.figure_width - 2 * self.margin if own else self.width  # for lines of words
        self.left = self.right = 0.0  # beside the Axes
        self.head = self.foot = 0.0  # between the Axes and the subtitle, and below the Axes
        self.ticks = 0.0  # labels of ticks on top, which matplotlib keeps clear of the subtitle by itself
        self.pitch = self.body = 0.0  # of a row, and of it without its name
        self.name_height = 0.0  # of the highest name
        self.title = self.subtitle = self.source = ""

    def type(self, role: str | float, colour: str = "ink", *, bold: bool = False) -> dict[str, Any]:
        """How words are set: in points or the type of a role (label, small …), a colour or the theme's."""
        points = getattr(self.size, role) if isinstance(role, str) else role
        colour = getattr(self.theme, colour, colour)
        return {"size": points, "color": colour, "weight": SEMIBOLD if bold else REGULAR}

    # room

    def reserve(self, left: float, right: float) -> None:
        """Keep room beside the Axes for what stands there; the width of the Axes follows."""
        self.left, self.right = left, right
        if self.own:
            self.width = self.room - left - right
        elif spec := self.ax.get_subplotspec():  # tight and constrained layout leave no more than that
            columns: Any = spec.get_gridspec().get_width_ratios()
            share = sum(columns[place] for place in spec.colspan) / sum(columns)
            whole = 72 * self.ax.get_figure(root=False).bbox.width / self.figure.dpi  # type: ignore[union-attr]
            self.room = min(self.room, share * whole - left - right - 2 * GAP)

    def reserve_rows(
        self, names: Sequence[str], role: str, figures: Sequence[str] = (), figure_role: str = "label"
    ) -> list[str]:
        """Room for the names of rows, wrapped, and a column of figures; narrow formats have names above."""
        narrow, points = self.size.narrow, getattr(self.size, role)
        figure_points = getattr(self.size, figure_role)
        right = max((text_width(words, figure_points, SEMIBOLD) + GAP + 4 for words in figures), default=0.0)
        room = self.room if narrow else 0.27 * self.figure_width if self.own else 0.35 * self.width
        fit = partial(wrap, width=room, size=points, weight=SEMIBOLD, lines=2 if narrow else 3)
        wrapped = ["\n".join(map(fit, name.split("\n"))) for name in names]
        widest = max(text_width(name, points, SEMIBOLD) for name in wrapped)
        self.reserve(0.0 if narrow else widest + GAP + 2, right)
        self.name_height = max(text_height(name, points) for name in wrapped)
        return wrapped

    def arrange(self, needed: float, enough: float = math.inf) -> None:
        """Set title, subtitle and source; the Axes get what is left, a figure grows where that is little.

        The finding is the title; what is measured is the x axis's label on top, which moves the title up. On
        a phone a figure also shrinks to what is enough for the Axes, since a page scrolls.
        """
        size, ax, figure = self.size, self.ax, self.figure
        most, points = 3 if size.narrow else 2, size.title
        while points > 0.8 * size.title and wrap(self.title, self.room, points, SEMIBOLD).count("\n") >= most:
            points -= 0.5
        title = wrap(self.title, self.room, points, SEMIBOLD, lines=2 * most)
        subtitle = wrap(self.subtitle, self.room, size.subtitle, lines=4)
        place: Any = {"x": self.margin / self.figure_width, "ha": "left"}
        ax.xaxis.set_label_position("top")
        ax.set_xlabel(subtitle, labelpad=self.head + 0.55 * size.subtitle)
        ax.xaxis.label.set(**place, **self.type("subtitle", "muted"))
        ax.xaxis.label.set_transform(self._from_edge(transforms.IdentityTransform()))
        ax.set_title(title, pad=0.42 * size.title)
        ax.title.set(linespacing=TITLE_LEADING, **place, **self.type(points, bold=True))
        ax.title.set_transform(self._from_edge(ax.transAxes + vars(ax)["titleOffsetTrans"]))
        if not self.own:
            return
        whole = UNBROKEN.sub(lambda part: part[0].replace(" ", "\N{NO-BREAK SPACE}"), self.source)
        source = wrap(whole, self.room, size.source)
        above = (title.count("\n") * TITLE_LEADING + CAPITAL + 0.7) * points if title else 0.0
        above += text_height(subtitle, size.subtitle) + 0.2 * size.subtitle
        top = self.margin + above + self.ticks + self.head
        below = 0.6 * self.margin
        bottom = below + text_height(source, size.source) + 1.2 * GAP + self.foot
        limit = enough if size.name == "phone" else math.inf
        self.height = min(max(self.figure_height - top - bottom, needed), limit)
        width, height, left = self.figure_width, self.height + top + bottom, self.margin + self.left
        figure.set_size_inches(width / 72, height / 72)
        ax.set_in_layout(False)  # constrained layout knows no room for the source
        sides = left / width, bottom / height, (left + self.width) / width, (bottom + self.height) / height
        figure.subplots_adjust(*sides)  # where tight_layout looks for the Axes
        figure.supxlabel(source, y=below / height, va="bottom", **place, **self.type("source", "muted"))

    def _from_edge(self, up: transforms.Transform) -> transforms.Transform:
        """Across from the left edge, of the figure where it is our own; upwards as is given."""
        across = self.figure.transFigure if self.own else self.ax.transAxes
        return transforms.blended_transform_factory(across, up)

    def arrange_rows(
        self, names: Sequence[str], types: Sequence[dict[str, Any]], body: float, *, under: float = 0.0
    ) -> None:
        """Place the Axes for rows 0, 1 … from the top: a name beside or above, a body, room under it.

        Names are tick labels: to the left, in narrow formats inside, above the body of the row.
        """
        ax, rows, narrow = self.ax, len(names), self.size.narrow
        slot = self.name_height + 0.25 * self.size.label if narrow else 0.0
        least = max(slot + body + under, self.name_height) + GAP
        self.arrange(least * rows, enough=1.5 * least * rows)
        self.pitch = self.height / rows
        self.body = self.pitch - slot - under - GAP
        top = -(self.body / 2 + slot) / self.pitch
        ax.set_ylim(top + rows, top)
        place: Any = {"va": "center"}
        if narrow:  # by a part of the Axes: those that are given may yet become lower, and rows are turned
            rise = transforms.Affine2D().translate(0, self.body / 2 / self.height)
            lift = transforms.ScaledTranslation(0, 2 / 72, self.figure.dpi_scale_trans)
            up = ax.transScale + ax.transLimits + rise + ax.transAxes + lift
            over = transforms.blended_transform_factory(ax.transAxes, up)
            place = {"ha": "left", "va": "bottom", "transform": over}
        self.label_ticks(ax.yaxis, range(rows), names, types, pad=0 if narrow else GAP + 2, **place)

    def across(self, length: float) -> float:
        """So many points is a length on the x axis."""
        low, high = self.ax.get_xlim()
        return length / (high - low) * self.width

    # words

    def label_ticks(
        self, axis: Any, at: Sequence[float], words: Sequence[str], types: Sequence[dict[str, Any]], *,
        pad: float, minor: bool = False, **place: Any,
    ) -> None:  # fmt: skip
        """Words at places of an axis as its tick labels, each of its own type."""
        axis.set_ticks(at, words, minor=minor)
        axis.set_tick_params("minor" if minor else "major", length=0, pad=pad)
        ticks = axis.get_minor_ticks() if minor else axis.get_major_ticks()
        for tick, kind in zip(ticks, types, strict=True):
            for label in (tick.label1, tick.label2):
                label.set(linespacing=TITLE_LEADING, **kind, **place)

    def figure_rows(
        self, at: Sequence[float], figures: Sequence[str], types: Sequence[dict[str, Any]]
    ) -> None:
        """A column of figures to the right, as minor tick labels."""
        axis = self.ax.yaxis
        axis.remove_overlapping_locs = False
        axis.set_tick_params("minor", labelleft=False, labelright=True)
        self.label_ticks(axis, at, figures, types, pad=GAP + 2, minor=True, va="center_baseline")

    def note(
        self, x: float, y: float, words: str, kind: dict[str, Any], *, dx: float = 0.0, dy: float = 0.0,
        ha: str = "center", va: str = "center_baseline", y_in: str = "data", other: float | None = None,
    ) -> None:  # fmt: skip
        """Words at a data point, off by some points; hidden with it where it is out of view."""
        look: Any = {"ha": ha, "va": va, "annotation_clip": True, "linespacing": TITLE_LEADING, **kind}
        Note(self.ax, words, (x, y), (dx, dy), ("data", y_in), "offset points", other=other, **look)

    def apart(
        self, at: Sequence[float], lengths: Sequence[float], *, across: bool, before: float, after: float
    ) -> list[float] | None:
        """How far words at data coordinates have to move to keep apart, some points beyond the Axes allowed.

        Nothing where there is no room for all of them.
        """
        start, end = self.ax.get_xlim() if across else self.ax.get_ylim()
        length = self.width if across else self.height
        wanted = (np.array(at) - start) / (end - start) * length
        slack = length + before + after - sum(lengths)
        if slack < 0:
            return None
        packed = np.cumsum(lengths) - np.array(lengths) / 2 - before
        moves = np.clip(isotonic_regression(wanted - packed).x, 0, slack)
        return list(packed + moves - wanted)

    def name_sides(self, words: Sequence[str], *, top: bool) -> None:
        """What both directions of a scale around zero mean, above or below the Axes, wrapped."""
        low, high = self.ax.get_xlim()
        rooms = self.across(-low) + self.left, self.across(high) + self.right
        fitted = [wrap(text, max(r - GAP, 40), self.size.small) for text, r in zip(words, rooms, strict=True)]
        look: Any = {"va": "bottom", "dy": GAP} if top else {"va": "top", "dy": -GAP}
        for text, dx, ha in zip(fitted, (-GAP, GAP), ("right", "left"), strict=True):
            kind = self.type("small", "muted")
            self.note(0, float(top), text, kind, dx=dx, ha=ha, y_in="axes fraction", **look)
        needed = max(text_height(text, self.size.small) for text in fitted) + 2 * GAP
        self.head, self.foot = self.head + needed * top, self.foot + needed * (not top)

    def key(self, handles: Sequence[Any], names: Sequence[str], strong: Sequence[bool] = ()) -> None:
        """A legend between the Axes and the subtitle; names that are too long are cut."""
        size = self.size.small
        cut = [shorten_to(show(name), self.room - 4 * size, size, SEMIBOLD) for name in names]
        widest = max(text_width(name, size, SEMIBOLD) for name in cut) + 3.3 * size
        columns = min(len(cut), max(1, int(self.room / widest)))
        gap = transforms.ScaledTranslation(0, (self.head + GAP) / 72, self.figure.dpi_scale_trans)
        edge = {"bbox_to_anchor": (self.margin / self.figure_width, 1), "loc": "lower left"}
        look: Any = {"bbox_transform": self._from_edge(self.ax.transAxes + gap), "fontsize": size, **edge}
        legend = self.ax.legend(handles, cut, ncols=columns, **look)
        for text, bold in zip(legend.get_texts(), strong or [False] * len(cut), strict=True):
            text.set(**self.type("small", bold=bold))
        self.head += GAP + size * (1.45 * -(-len(cut) // columns) + 0.1)

    def draw_estimate(
        self, one: Estimate, y: float, colour: str, marker: str, *, filled: bool = True, side: float = 0.55
    ) -> None:
        """A pale line for its interval, a strong one for its range over tables, a mark for one value."""
        side, ground, low, high = side * self.size.label, self.theme.ground, one.low, one.high
        if not math.isnan(low):
            look: Any = {"color": mix(colour, ground, PALE), "linewidth": 0.62 * side, "zorder": 2.0}
            self.ax.plot([low, high], [y, y], solid_capstyle="round", **look)
        low, high = one.estimate_low, one.estimate_high
        if math.isnan(one.value) and not math.isnan(low):
            look = {"color": colour, "linewidth": 0.8 * side, "zorder": 2.2}
            self.ax.plot([low, high], [y, y], solid_capstyle="round", **look)
            return
        face, edge = (colour, ground) if filled else (ground, colour)
        look = {"color": face, "markersize": side, "markeredgecolor": edge, "markeredgewidth": 0.16 * side}
        self.ax.plot([one.middle], [y], marker, zorder=2.4, **look)

    def percent_axis(
        self, format_tick: Callable[[float], str], *, across: bool = True, ticks: int = 6
    ) -> None:
        """Real ticks at round figures, fine lines behind the marks."""
        axis: Any = self.ax.xaxis if across else self.ax.yaxis
        axis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10], integer=True))
        axis.set_major_formatter(partial(tick_words, format_tick))
        axis.set_tick_params(labelsize=self.size.small, labelcolor=self.theme.muted, length=0, pad=4)
        if not (across and self.size.narrow):  # names stand among the lines there
            axis.grid(visible=True, color=self.theme.rule, linewidth=0.8)
        self.ax.set_axisbelow(True)
        self.foot += self.size.small * LEADING + 4 if across else 0.0


def tick_words(say: Callable[[float], str], value: float, _: int | None) -> str:
    """The words of a tick, as matplotlib asks for them."""
    return say(value)
