"""The sheet that a chart is drawn on: a figure of its own or Axes that are given, and words that fit.

A chart is ordinary Axes. Bars, marks and lines stand at data coordinates; names and figures of rows are tick
labels; what stands at a mark is an annotation of a data point, hidden when the point is out of view. So no
call of matplotlib can move a figure away from its mark. All lengths here are in points.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Annotation, Text
from matplotlib.textpath import text_to_path
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import (
    Affine2D,
    IdentityTransform,
    ScaledTranslation,
    Transform,
    blended_transform_factory,
)

from analysis.errors import show
from analysis.style import (
    REGULAR,
    SEMIBOLD,
    Look,
    current_look,
    drawable,
    families_for,
    look_of,
    only_settings,
    settings_of,
    theme_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEADING = 1.2  # baseline to baseline, of the type size; what matplotlib uses
TITLE_LEADING = 1.08
CAPITAL = 0.66  # height of a capital letter of Source Sans, of the type size
GAP = 6.0  # between a name and the Axes, and around words
CUT = "…"
BREAK = re.compile(  # after a space but no word of one or two letters ("%", "av", "of"); after - – /
    r"(?<= )(?<! [^ \d,.;:] )(?<! [^ ][^ \d,.;:] )(?=[^ ])|(?<=[-–/])(?=[^\W\d_])"
)
UNBROKEN = re.compile(r"\([^()]{,30}\)| (?=\d+[,)])")  # of a source line: "(n: All 128)", a name and its n
SIDES: dict[str, Any] = {
    "left": "right",
    "right": "left",
    "top": "bottom",
    "bottom": "top",
    "baseline": "top",
}  # turned
ARROWS = str.maketrans("←→", "→←")
SCREEN_DPI = 96  # of a figure of pyplot, which a notebook shows at most as wide as its cell


# words that fit


@cache
def text_width(words: str, size: float, weight: int = REGULAR) -> float:
    """Width of the widest line of a text."""
    font = FontProperties(family=families_for(words), weight=weight, size=size)
    words, measure = drawable(words), text_to_path.get_text_width_height_descent
    return max(float(measure(line, font, ismath=False)[0]) for line in words.split("\n"))


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
    if len(broken) == 1:
        return broken[0]
    if lines is not None and len(broken) > lines:
        tail = shorten_to(" ".join(broken[lines - 1 :]), width, size, weight)
        return "\n".join([*broken[: lines - 1], tail])
    least = min(longest_word(words, size, weight), width)

    def narrowed(step: int) -> list[str]:
        return _break(words, least + (width - least) * step / 20, size, weight)

    step = bisect_left(range(20), True, key=lambda step: len(narrowed(step)) <= len(broken))
    return "\n".join(narrowed(step))


def longest_word(words: str, size: float, weight: int = REGULAR) -> float:
    """Width of the widest part of a text that does not break."""
    return max(text_width(piece.rstrip(" "), size, weight) for piece in _pieces(words))


def shorten_to(words: str, width: float, size: float, weight: int = REGULAR) -> str:
    """A text cut to a width, an ellipsis at its end where something is missing."""
    if text_width(words, size, weight) <= width:
        return words
    while words and text_width(words.rstrip() + CUT, size, weight) > width:
        words = words[:-1]
    return words.rstrip() + CUT


def _break(words: str, width: float, size: float, weight: int) -> list[str]:
    """Lines filled one after the other."""
    lines, pieces = [""], list(_pieces(words))
    while pieces:
        piece = pieces.pop(0)
        if text_width((lines[-1] + piece).rstrip(" "), size, weight) <= width:
            lines[-1] += piece
            continue
        if text_width(piece.rstrip(" "), size, weight) > width and len(piece) > 1:
            ends = range(len(piece) - 1, 1, -1)
            end = next((end for end in ends if text_width(piece[:end], size, weight) <= width), 1)
            piece, rest = piece[:end], piece[end:]
            pieces.insert(0, rest)
        lines.append(piece)
    return [line.rstrip(" ") for line in lines if line.strip(" ")] or [""]


@cache
def _pieces(words: str) -> tuple[str, ...]:
    """What a line is made of: words with the space or hyphen after them, short ones with the next word."""
    return tuple(BREAK.split(" " + words)[1:]) or ("",)


# the figure


def _tick_words(say: Callable[[float], str], value: float, _: int | None) -> str:
    return say(value)


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
        super().__init__(*args, transform=IdentityTransform(), clip_on=False, **look)
        self.other = other
        ax.add_artist(self)
        self.way = self._way()

    def _way(self) -> tuple[bool, bool]:
        ax: Any = self.axes
        return ax.xaxis_inverted(), ax.yaxis_inverted()

    def update_positions(self, renderer: Any) -> None:
        """Turn what has to be turned, then do as every annotation does."""
        (across, up), self.way = (
            (was != now for was, now in zip(self.way, self._way(), strict=True)),
            self._way(),
        )
        dx, dy = self.xyann
        if across:
            self.set_horizontalalignment(SIDES.get(self.get_horizontalalignment(), "center"))
            self.set_text(self.get_text().translate(ARROWS))
            dx = -dx
        if up and self.other is not None:
            self.other, self.xy = self.xy[0], (self.other, self.xy[1])
        elif up and self.xycoords == ("data", "data"):
            self.set_verticalalignment(SIDES.get(va := self.get_verticalalignment(), va))
            dy = -dy
        self.xyann = dx, dy
        super().update_positions(renderer)


@contextmanager
def open_panel(ax: Axes | None, *, pyplot: bool = True, look: Look | None = None) -> Iterator[Panel]:
    """The panel to draw a chart in, under matplotlib's defaults and our style whatever the user has set.

    Without Axes a figure of pyplot's is made, wide and light or as ``chart_style`` says. On Axes that are
    given the type follows their size and the colours their ground.
    """
    from seaborn import despine

    chosen = look or current_look() or look_of()
    with only_settings(settings_of(chosen)):
        if ax is not None:
            panel = Panel(ax, _look_on(ax, chosen), own=False)
        else:
            inches = (chosen.size.width, chosen.size.height)
            if pyplot:
                from matplotlib import pyplot as plt

                figure = plt.figure(figsize=inches, dpi=SCREEN_DPI, FigureClass=ChartFigure)
            else:
                figure = ChartFigure(inches, dpi=chosen.size.dpi)
            panel = Panel(figure.subplots(), chosen, own=True)
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
        self.pitch = self.body = self.name_height = (
            0.0  # of a row, of it without its name, of the highest name
        )
        self.title = self.subtitle = self.source = ""

    def type(self, role: str | float, colour: str = "ink", *, bold: bool = False) -> dict[str, Any]:
        """How words are set: in points or the type of a role (label, small …), a colour or the theme's."""
        points = getattr(self.size, role) if isinstance(role, str) else role
        colour = getattr(self.theme, colour, colour)
        return {"size": points, "color": colour, "weight": SEMIBOLD if bold else REGULAR}

    def emphasis(self, role: str, *, strong: bool) -> dict[str, Any]:
        """Ink and semibold for what is set off, muted for the rest."""
        return self.type(role, "ink" if strong else "muted", bold=strong)

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
        self,
        names: Sequence[str],
        figures: Sequence[str] = (),
        *,
        types: tuple[str, str] = ("label", "label"),
    ) -> list[str]:
        """Room for the names of rows, wrapped, and a column of figures; narrow formats have names above."""
        narrow, (points, figure_points) = self.size.narrow, (getattr(self.size, role) for role in types)
        right = max((text_width(words, figure_points, SEMIBOLD) + GAP + 4 for words in figures), default=0.0)
        room = self.room if narrow else 0.27 * self.figure_width if self.own else 0.35 * self.width
        wrapped = []
        for name in names:
            lines = [
                wrap(line, room, points, SEMIBOLD, lines=2 if narrow else 3) for line in name.split("\n")
            ]
            wrapped.append("\n".join(lines))
        widest = max(text_width(name, points, SEMIBOLD) for name in wrapped)
        self.reserve(0.0 if narrow else widest + GAP + 2, right)
        self.name_height = max(text_height(name, points) for name in wrapped)
        return wrapped

    def arrange(self, needed: float, most: float = math.inf) -> None:
        """Set title, subtitle and source; the Axes get what is left, a figure grows where that is little.

        A phone's figure also shrinks to the most that they can use, since a page scrolls.
        """
        size, points, lines = self.size, self.size.title, 3 if self.size.narrow else 2
        while (
            points > 0.8 * size.title and wrap(self.title, self.room, points, SEMIBOLD).count("\n") >= lines
        ):
            points -= 0.5
        title = wrap(self.title, self.room, points, SEMIBOLD, lines=2 * lines)
        subtitle = wrap(self.subtitle, self.room, size.subtitle, lines=4)
        self._set_titles(title, points, subtitle)
        if not self.own:
            return
        whole = UNBROKEN.sub(lambda part: part[0].replace(" ", "\N{NO-BREAK SPACE}"), self.source)
        source = wrap(whole, self.room, size.source)
        top = (
            self.margin + self.head + self.ticks + text_height(subtitle, size.subtitle) + 0.2 * size.subtitle
        )
        if title:
            top += (title.count("\n") * TITLE_LEADING + CAPITAL + 0.7) * points
        below = 0.6 * self.margin
        bottom = below + text_height(source, size.source) + 1.2 * GAP + self.foot
        self.height = max(self.figure_height - top - bottom, needed)
        if size.name == "phone":
            self.height = min(self.height, most)
        width, height = self.figure_width, self.height + top + bottom
        self.figure.set_size_inches(width / 72, height / 72)
        left = (self.margin + self.left) / width
        self.ax.set_in_layout(False)  # constrained layout knows no room for the source
        self.figure.subplots_adjust(  # where tight_layout looks for the Axes
            left, bottom / height, left + self.width / width, (bottom + self.height) / height
        )
        place = {"x": self.margin / width, "y": below / height, "ha": "left", "va": "bottom"}
        self.figure.supxlabel(source, **place, **self.type("source", "muted"))

    def _set_titles(self, title: str, points: float, subtitle: str) -> None:
        """The finding as the title, what is measured as the x axis's label on top, which moves the title up.

        On a figure of its own both begin at the margin of the figure.
        """
        ax, figure, x = self.ax, self.figure, self.margin / self.figure_width
        ax.xaxis.set_label_position("top")
        ax.set_xlabel(subtitle, labelpad=self.head + 0.55 * self.size.subtitle)
        ax.set_title(title, pad=0.42 * self.size.title)
        ax.xaxis.label.set(ha="left", x=x, **self.type("subtitle", "muted"))
        ax.title.set(ha="left", x=x, linespacing=TITLE_LEADING, **self.type(points, bold=True))
        if self.own:
            offset: Any = vars(ax)["titleOffsetTrans"]  # public, but not in the stubs
            ax.title.set_transform(blended_transform_factory(figure.transFigure, ax.transAxes + offset))
            ax.xaxis.label.set_transform(blended_transform_factory(figure.transFigure, IdentityTransform()))

    def arrange_rows(self, rows: int, body: float, *, under: float = 0.0) -> None:
        """Place the Axes for rows 0, 1 … from the top: a name beside or above, a body, room under it."""
        slot = self.name_height + 0.25 * self.size.label if self.size.narrow else 0.0
        least = max(slot + body + under, self.name_height) + GAP
        self.arrange(least * rows, 1.5 * least * rows)
        self.pitch = self.height / rows
        self.body = self.pitch - slot - under - GAP
        top = -(self.body / 2 + slot) / self.pitch
        self.ax.set_ylim(top + rows, top)

    def across(self, length: float) -> float:
        """So many points is a length on the x axis."""
        low, high = self.ax.get_xlim()
        return length / (high - low) * self.width

    # words

    def name_rows(self, names: Sequence[str], types: Sequence[dict[str, Any]], *, first: float = 0.0) -> None:
        """Names of rows as tick labels: to the left, in narrow formats inside, above the body of the row."""
        ax, narrow = self.ax, self.size.narrow and not first
        ax.set_yticks([first + row for row in range(len(names))], list(names))
        ax.tick_params(axis="y", pad=0 if narrow else GAP + 2, length=0)
        place: Any = {"va": "center"}
        if narrow:
            place = {"ha": "left", "va": "bottom", "transform": self._above_rows()}
        for tick, kind in zip(ax.yaxis.get_major_ticks(), types, strict=True):
            tick.label1.set(linespacing=TITLE_LEADING, **kind, **place)

    def _above_rows(self) -> Transform:
        """Where names above rows stand; Axes that are given may yet become lower, the bodies of rows too."""
        points = self.body / 2 if self.own else 0.0
        rows = Affine2D().translate(0, 0 if self.own else -self.body / 2 / self.pitch)
        lift = ScaledTranslation(0, (points + 2) / 72, self.figure.dpi_scale_trans)
        return blended_transform_factory(self.ax.transAxes, rows + self.ax.transData + lift)

    def figure_rows(
        self, at: Sequence[float], figures: Sequence[str], types: Sequence[dict[str, Any]]
    ) -> None:
        """A column of figures to the right, as minor tick labels."""
        axis = self.ax.yaxis
        axis.remove_overlapping_locs = False
        self.ax.set_yticks(list(at), list(figures), minor=True)
        axis.set_tick_params("minor", labelleft=False, labelright=True, length=0, pad=GAP + 2)
        for tick, kind in zip(axis.get_minor_ticks(), types, strict=True):
            tick.label2.set(va="center_baseline", **kind)

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
        wanted = [(place - start) / (end - start) * length for place in at]
        slack = length + before + after - sum(lengths)
        if slack < 0:
            return None
        ends = accumulate(lengths)
        packed = [end - own / 2 - before for end, own in zip(ends, lengths, strict=True)]
        moves = [min(max(place - base, 0.0), slack) for place, base in zip(wanted, packed, strict=True)]
        up, down = accumulate(moves, max), [*accumulate(moves[::-1], min)][::-1]  # both apart: so is the mean
        places = [base + (a + b) / 2 for base, a, b in zip(packed, up, down, strict=True)]
        return [place - want for place, want in zip(places, wanted, strict=True)]

    def name_sides(self, words: Sequence[str], *, top: bool) -> None:
        """What both directions of a scale around zero mean, above or below the Axes, wrapped."""
        low, high = self.ax.get_xlim()
        rooms = self.across(-low) + self.left, self.across(high) + self.right
        wrapped = [
            wrap(text, max(room - GAP, 40), self.size.small) for text, room in zip(words, rooms, strict=True)
        ]
        for text, side, ha in zip(wrapped, (-1, 1), ("right", "left"), strict=True):
            look: Any = {
                "y_in": "axes fraction",
                "va": "bottom" if top else "top",
                "dy": GAP if top else -GAP,
            }
            self.note(0, float(top), text, self.type("small", "muted"), dx=side * GAP, ha=ha, **look)
        needed = max(text_height(text, self.size.small) for text in wrapped) + 2 * GAP
        if top:
            self.head += needed
        else:
            self.foot += needed

    def key(self, handles: Sequence[Any], names: Sequence[str], strong: Sequence[bool] = ()) -> None:
        """A legend between the Axes and the subtitle; names that are too long are cut."""
        size = self.size.small
        cut = [shorten_to(show(name), self.room - 4 * size, size, SEMIBOLD) for name in names]
        widest = max(text_width(name, size, SEMIBOLD) for name in cut) + 3.3 * size
        columns = min(len(cut), max(1, int(self.room / widest)))
        place, x = self.ax.transAxes, 0.0
        if self.own:
            place = blended_transform_factory(self.figure.transFigure, place)
            x = self.margin / self.figure_width
        gap = ScaledTranslation(0, (self.head + GAP) / 72, self.figure.dpi_scale_trans)
        look: Any = {"loc": "lower left", "bbox_to_anchor": (x, 1), "bbox_transform": place + gap}
        look |= {"handlelength": 1.3, "handleheight": 0.8, "handletextpad": 0.5, "columnspacing": 1.4}
        look |= {"borderaxespad": 0, "borderpad": 0, "labelspacing": 0.35, "frameon": False, "fontsize": size}
        legend = self.ax.legend(handles, cut, ncols=columns, **look)
        for text, bold in zip(legend.get_texts(), strong or [False] * len(cut), strict=True):
            text.set(**self.type("small", bold=bold))
        self.head += GAP + size * (1.45 * -(-len(cut) // columns) + 0.1)

    def percent_axis(
        self, format_tick: Callable[[float], str], *, across: bool = True, ticks: int = 6
    ) -> None:
        """Real ticks at round figures, fine lines behind the marks."""
        axis: Any = self.ax.xaxis if across else self.ax.yaxis
        axis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10], integer=True))
        axis.set_major_formatter(FuncFormatter(partial(_tick_words, format_tick)))
        axis.set_tick_params(labelsize=self.size.small, labelcolor=self.theme.muted, length=0, pad=4)
        if not (across and self.size.narrow):  # names stand among the lines there
            axis.grid(visible=True, color=self.theme.rule, linewidth=0.8)
        self.ax.set_axisbelow(True)
        self.foot += self.size.small * LEADING + 4 if across else 0.0
