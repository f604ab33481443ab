"""What every chart shares: its figure or the Axes it is given, its title and source, its words, its files.

A chart is ordinary Axes. Bars, marks and lines stand at data coordinates; names and figures of rows are tick
labels; what stands at a mark is an annotation of a data point, hidden when the point is out of view. So no
call of matplotlib can move a figure away from its mark. All lengths here are in points.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import Affine2D, IdentityTransform, ScaledTranslation, blended_transform_factory

from analysis.charts.typesetting import LEADING, fit, shorten_to, text_height, text_width, wrap
from analysis.errors import RequestError, show, unknown_code
from analysis.style import (
    REGULAR,
    SEMIBOLD,
    Look,
    current_look,
    drawable,
    families_for,
    look_of,
    mix,
    only_settings,
    settings_of,
    theme_of,
)
from analysis.words.language import voice_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

    from analysis.charts.native import NativeChart
    from analysis.words.language import Voice

TITLE_LEADING = 1.08
CAPITAL = 0.66  # height of a capital letter of Source Sans, of the type size
GAP = 6.0  # between a name and the Axes, and around words
AREA = {"s": 0.9, "D": 0.85, "P": 1.2, "d": 1.2, "*": 1.35} | dict.fromkeys("^vX<>", 1.15)  # to look alike
WHOLE = re.compile(r"\([^()]{,30}\)| (?=\d+[,)])")  # of a source line: "(n: All 128)", a name and its n
SCREEN_DPI = 96  # of a figure of pyplot, which a notebook shows at most as wide as its cell
PALE = 0.55  # how much of the ground is in the colour of an interval


def require_columns(frame: pd.DataFrame, names: Sequence[str], source: str) -> None:
    """Nothing, where a frame has these columns.

    Raises
    ------
    RequestError
        It lacks some; the message says from what the chart is drawn.
    """
    if missing := [name for name in names if name not in frame]:
        raise RequestError(f"this chart is drawn from {source}; the frame has no column {', '.join(missing)}")


# one kind of chart


@dataclass(frozen=True)
class Estimate:
    """A figure in per cent or points: its range over the tables that fit, its interval; NaN is not known."""

    least: float
    most: float
    low: float
    high: float

    @property
    def value(self) -> float:
        """Where its mark stands; NaN where the tables that fit differ."""
        return self.least if abs(self.most - self.least) < 1e-9 else math.nan

    @property
    def middle(self) -> float:
        """To order and colour by; never printed where the tables differ."""
        return (self.least + self.most) / 2

    @property
    def ends(self) -> list[float]:
        """All that a scale must hold."""
        return [end for end in (self.middle, *astuple(self)[:4]) if not math.isnan(end)]

    def interval(self, voice: Voice, *, sign: bool = False) -> str:
        """Its interval; nothing where it has none."""
        return "" if math.isnan(self.low) else voice.interval(self.low / 100, self.high / 100, sign=sign)

    def with_interval(self, value: str, voice: Voice, *, sign: bool = False) -> str:
        """Its value as said, its interval in brackets."""
        interval = self.interval(voice, sign=sign)
        return voice.say("charts.figure", value=value, interval=interval) if interval else value


def error_bars(estimates: Sequence[Estimate | None]) -> tuple[list[float], list[float]]:
    """Shares below and above each middle that the interval reaches; nothing where there is none."""
    known = [None if one is None or math.isnan(one.low) else one for one in estimates]
    below = [(one.middle - one.low) / 100 if one else 0.0 for one in known]
    return below, [(one.high - one.middle) / 100 if one else 0.0 for one in known]


# one kind of chart


class Options(NamedTuple):
    """What a caller may change: colours, which rows in what order, what is set off."""

    palette: Any = None
    order: Sequence[str] | None = None
    highlight: str | Sequence[str] | None = None

    def ordered(self, items: Sequence[Any], code_of: Callable[[Any], str]) -> list[Any]:
        """The items in the order asked for, and only those; all in their own order where none is asked for.

        Raises
        ------
        RequestError
            The order names what is not there.
        """
        if self.order is None:
            return list(items)
        known = {code_of(item): item for item in items}
        for code in self.order:
            if code not in known:
                raise RequestError(unknown_code("order", str(code), list(known)))
        return [known[code] for code in self.order]

    def chosen(self, finding: Sequence[str]) -> frozenset[str]:
        """The codes to set off: those asked for, else those of the finding."""
        if self.highlight is None:
            return frozenset(finding)
        return frozenset([self.highlight] if isinstance(self.highlight, str) else self.highlight)


PLAIN = Options()


class Chart(NamedTuple):
    """One kind of chart: what it is drawn from, finds, says, draws, its numbers and its native form.

    ``frame`` is its frame's name in ``gather_frames``; ``find`` gives what it shows of that frame, or raises
    ``RequestError``. ``native`` may give nothing: then a slide has the picture.
    """

    name: str
    frame: str
    find: Callable[[pd.DataFrame], Any]
    title: Callable[[pd.DataFrame, Voice], str]
    alt: Callable[[pd.DataFrame, Voice], str]
    subtitle: Callable[[pd.DataFrame, Voice], str]
    draw: Callable[[Panel, pd.DataFrame, Voice, Options], None]
    numbers: Callable[[pd.DataFrame, Voice], pd.DataFrame]
    native: Callable[[pd.DataFrame, Voice], NativeChart | None] = lambda frame, voice: None  # noqa: ARG005

    def bears(self, frames: Mapping[str, pd.DataFrame]) -> bool:
        """Whether these frames of a survey have what the chart shows."""
        try:
            return self.frame in frames and bool(self.find(frames[self.frame]))
        except RequestError:
            return False

    def draw_for(  # noqa: PLR0917  (handed on by the ``draw_`` functions, whose options are keywords)
        self,
        frame: pd.DataFrame,
        ax: Axes | None,
        lang: str,
        palette: Any,
        order: Sequence[str] | None,
        highlight: str | Sequence[str] | None,
        title: bool | str | None,
    ) -> Axes:
        """The chart in a language on Axes, or on a figure of its own."""
        options = Options(palette, order, highlight)
        return draw_chart(self, frame, voice_of(frame, lang), ax, options, title=title)

    def describe(self, frame: pd.DataFrame, lang: str) -> str:
        """The alt text in a language."""
        return self.alt(frame, voice_of(frame, lang))


def draw_chart(
    chart: Chart,
    frame: pd.DataFrame,
    voice: Voice,
    ax: Axes | None = None,
    options: Options = PLAIN,
    *,
    title: bool | str | None = None,
    look: Look | None = None,
    pyplot: bool = True,
) -> Axes:
    """A chart on Axes, or on a figure of its own: of pyplot, or apart from it in a look."""
    named = title if isinstance(title, bool) else title is not None or ax is None
    with open_panel(ax, alt=chart.alt(frame, voice), pyplot=pyplot, look=look) as panel:
        panel.title = (title if isinstance(title, str) else chart.title(frame, voice)) if named else ""
        panel.subtitle = chart.subtitle(frame, voice)
        panel.source = voice.source_line(frame) if panel.own else ""
        chart.draw(panel, frame, voice, options)
    return panel.ax


def colours_for(palette: Any, codes: Sequence[str], plain: Sequence[str]) -> dict[str, str]:
    """A colour for each code: of a mapping, a seaborn palette or a list of colours, else the plain ones."""
    colours = dict(zip(codes, plain, strict=True))
    if palette is None:
        return colours
    if isinstance(palette, Mapping):
        return colours | {str(code): to_hex(colour) for code, colour in palette.items()}
    import seaborn as sns

    return dict(zip(codes, map(to_hex, sns.color_palette(palette, len(codes))), strict=True))


# the figure


class ChartFigure(Figure):
    """A figure that knows its chart in words: notebooks keep them as the picture's alternative text."""

    alt_text = ""

    def __repr__(self) -> str:
        return self.alt_text or super().__repr__()

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
        return {"text/plain": repr(self)}, {"image/png": {"alt": self.alt_text}}


class Type(NamedTuple):
    """How words are set: points, colour, weight."""

    size: float
    colour: str
    bold: bool = False

    @property
    def weight(self) -> int:
        """The weight of the typeface."""
        return SEMIBOLD if self.bold else REGULAR

    def __call__(self, text: Text, **more: Any) -> None:
        """Set a text so."""
        families = families_for(text.get_text())
        text.set(size=self.size, color=self.colour, weight=self.weight, family=families, **more)


class Rows(NamedTuple):
    """How rows lie: points from one to the next, and how far their names are lifted, in rows."""

    pitch: float
    lift: float
    body: float

    def span(self, points: float) -> float:
        """So many points in rows."""
        return points / self.pitch

    def bodies(self, number: int) -> list[tuple[float, float]]:
        """The ends of each row without its name."""
        half = self.span(self.body / 2)
        return [(row - half, row + half) for row in range(number)]


class Panel:
    """The Axes of one chart, their look and their room, while it is drawn."""

    def __init__(self, ax: Axes, look: Look, *, own: bool) -> None:
        self.ax, self.own = ax, own
        self.figure = root_of(ax)
        self.size, self.theme = look
        self.figure_width, self.figure_height = 72 * self.figure.get_size_inches()
        self.margin = 72 * self.size.margin if own else 0.0
        box = ax.get_window_extent()
        self.width, self.height = (72 * side / self.figure.dpi for side in (box.width, box.height))
        self.room = self.figure_width - 2 * self.margin if own else self.width  # for lines of words
        self.left = self.right = 0.0  # beside the Axes
        self.head = self.foot = 0.0  # between the Axes and the subtitle, and below the Axes
        self.ticks = 0.0  # labels of ticks on top, which matplotlib keeps clear of the subtitle by itself
        self.title = self.subtitle = self.source = ""

    def type(self, role: str, colour: str = "ink", *, bold: bool = False) -> Type:
        """The type of a role of the size (label, number, small …) in a colour, or one of the theme's."""
        return Type(getattr(self.size, role), getattr(self.theme, colour, colour), bold)

    def emphasis(self, role: str, *, strong: bool) -> Type:
        """Ink and semibold for what is set off, muted for the rest."""
        return self.type(role, "ink" if strong else "muted", bold=strong)

    def reserve(self, left: float, right: float) -> None:
        """Keep room beside the Axes for what stands there; the width of the Axes follows."""
        self.left, self.right = left, right
        if self.own:
            self.width = self.room - left - right

    @property
    def names_room(self) -> float:
        """The widest that the names of rows may be."""
        return 0.27 * self.figure_width if self.own else 0.35 * self.width

    def arrange(self, needed: float, most: float = 0.0) -> None:
        """Set title, subtitle and source; the Axes get what is left, a figure grows where that is little.

        A phone's figure also shrinks to so many times what they need, since a page scrolls.
        """
        size, lines = self.size, 3 if self.size.narrow else 2
        subtitle = wrap(self.subtitle, self.room, size.subtitle, lines=4)
        if not self.own:
            self._set_titles(wrap(self.title, self.room, size.title, SEMIBOLD), size.title, subtitle)
            return
        title, points = fit(self.title, self.room, size.title, lines=lines)
        whole = WHOLE.sub(lambda part: part[0].replace(" ", "\N{NO-BREAK SPACE}"), self.source)
        source = wrap(whole, self.room, size.source)
        top = (
            self.margin + self.head + self.ticks + text_height(subtitle, size.subtitle) + 0.2 * size.subtitle
        )
        if title:
            top += (title.count("\n") * TITLE_LEADING + CAPITAL + 0.7) * points
        below = 0.6 * self.margin
        bottom = below + text_height(source, size.source) + 1.2 * GAP + self.foot
        self.height = max(self.figure_height - top - bottom, needed)
        if most and size.name == "phone":
            self.height = min(self.height, most * needed)
        width, height = self.figure_width, self.height + top + bottom
        self.figure.set_size_inches(width / 72, height / 72)
        left = (self.margin + self.left) / width
        self.ax.set_position((left, bottom / height, self.width / width, self.height / height))
        self._set_titles(title, points, subtitle)
        place = self.margin / width, below / height
        foot = self.figure.supxlabel(source, x=place[0], y=place[1], ha="left", va="bottom")
        self.type("source", "muted")(foot)

    def _set_titles(self, title: str, points: float, subtitle: str) -> None:
        """The finding as the title, what is measured as the x axis's label on top, which moves the title up.

        On a figure of its own both begin at the margin of the figure.
        """
        ax, figure = self.ax, self.figure
        ax.xaxis.set_label_position("top")
        ax.set_xlabel(subtitle, labelpad=self.head + 0.55 * self.size.subtitle)
        ax.set_title(title, pad=0.42 * self.size.title)
        x = self.margin / self.figure_width
        self.type("subtitle", "muted")(ax.xaxis.label, ha="left", x=x)
        Type(points, self.theme.ink, bold=True)(ax.title, ha="left", x=x, linespacing=TITLE_LEADING)
        if self.own:
            offset: Any = vars(ax)["titleOffsetTrans"]  # public, but not in the stubs
            ax.title.set_transform(blended_transform_factory(figure.transFigure, ax.transAxes + offset))
            ax.xaxis.label.set_transform(blended_transform_factory(figure.transFigure, IdentityTransform()))

    # rows

    def reserve_rows(self, names: Sequence[str], right: float, *, lines: int = 3) -> list[str]:
        """Wrap the names of rows and keep room for them on the left, and for figures on the right."""
        size = self.size.label
        if self.size.narrow:
            self.reserve(0.0, right)
            return [wrap(name, self.room, size, SEMIBOLD, lines=2) for name in names]
        wrapped = [wrap(name, self.names_room, size, SEMIBOLD, lines=lines) for name in names]
        self.reserve(max(text_width(name, size, SEMIBOLD) for name in wrapped) + GAP + 2, right)
        return wrapped

    def arrange_rows(self, names: Sequence[str], body: float) -> Rows:
        """Place the Axes for rows 0, 1 … from the top, each with a body so high, its name beside or above."""
        name = max(text_height(words, self.size.label) for words in names)
        slot = name + 2 if self.size.narrow else 0.0
        least = slot + body + GAP if slot else max(body, name) + GAP
        self.arrange(least * len(names), 1.5)
        pitch = self.height / len(names)
        body = body if slot else pitch
        top = -(body / 2 + slot) / pitch
        self.ax.set_ylim(top + len(names), top)
        return Rows(pitch, (body / 2 + slot / 2) / pitch if slot else 0.0, body)

    def name_rows(
        self, at: Sequence[float], names: Sequence[str], types: Sequence[Type], *, lift: float = 0.0
    ) -> None:
        """Names of rows as tick labels: to the left, or inside and lifted by so much of a row."""
        self.ax.set_yticks(list(at), list(names))
        self.ax.tick_params(axis="y", pad=0 if lift else GAP + 2, length=0)
        for tick, kind in zip(self.ax.yaxis.get_major_ticks(), types, strict=True):
            kind(tick.label1, linespacing=TITLE_LEADING, va="center_baseline" if lift else "center")
            if lift:
                tick.label1.set(ha="left", transform=self.lifted(lift))

    def note_rows(
        self,
        at: Sequence[float],
        notes: Sequence[str],
        types: Sequence[Type],
        *,
        right: bool,
        lift: float = 0.0,
    ) -> None:
        """A second column as minor tick labels: under the names (n), or right of the Axes (figures)."""
        axis = self.ax.yaxis
        axis.remove_overlapping_locs = False
        self.ax.set_yticks(list(at), list(notes), minor=True)
        axis.set_tick_params("minor", labelleft=not right, labelright=right, length=0, pad=GAP + 2)
        for tick, kind in zip(axis.get_minor_ticks(), types, strict=True):
            label = tick.label2 if right else tick.label1
            kind(label, va="center_baseline")
            if lift:
                label.set(ha="right", transform=self.lifted(lift))

    def lifted(self, lift: float) -> Any:
        """Across in the Axes, up by so much of a row."""
        return blended_transform_factory(
            self.ax.transAxes, Affine2D().translate(0, -lift) + self.ax.transData
        )

    # marks, and words at them

    def mark(
        self, x: Estimate, y: float, colour: str, marker: str, *, filled: bool = True, side: float = 0.0
    ) -> None:
        """A pale line for an interval, a strong one for the range over tables, a mark for one value."""
        side = side or 0.55 * self.size.label
        ground = self.theme.ground
        line: Any = {"solid_capstyle": "round"}
        if not math.isnan(x.low):
            pale = mix(colour, ground, PALE)
            self.ax.plot([x.low, x.high], [y, y], color=pale, linewidth=0.62 * side, zorder=2.0, **line)
        if math.isnan(x.value) and not math.isnan(x.least):
            self.ax.plot([x.least, x.most], [y, y], color=colour, linewidth=0.8 * side, zorder=2.2, **line)
            return
        face, edge = (colour, ground) if filled else (ground, colour)
        look: Any = {"markeredgecolor": edge, "markeredgewidth": 0.16 * side, "zorder": 2.4}
        self.ax.plot([x.middle], [y], marker, color=face, markersize=side * AREA.get(marker, 1.0), **look)

    def note(
        self,
        x: float,
        y: float,
        words: str,
        kind: Type,
        *,
        dx: float = 0.0,
        dy: float = 0.0,
        ha: str = "center",
        va: str = "center_baseline",
        y_in_axes: bool = False,
    ) -> Annotation:
        """Words at a data point, off by some points; hidden with it where it is out of view."""
        where = ("data", "axes fraction") if y_in_axes else "data"
        look: Any = {"ha": ha, "va": va, "annotation_clip": True, "linespacing": TITLE_LEADING}
        note = self.ax.annotate(drawable(words), (x, y), (dx, dy), where, "offset points", **look)
        kind(note)
        return note

    def wrap_sides(self, words: Sequence[str], *, least: float = 0.0) -> list[str]:
        """The words for both directions of a scale around zero, wrapped to the room that each has."""
        low, high = self.ax.get_xlim()
        per_point = (high - low) / self.width
        rooms = -low / per_point + self.left, high / per_point + self.right
        pairs = zip(words, rooms, strict=True)
        return [wrap(text, max(room - GAP, least), self.size.small) for text, room in pairs]

    def note_sides(self, words: Sequence[str], *, top: bool) -> None:
        """These words above or below the Axes, to both sides of zero."""
        look: Any = {"y_in_axes": True, "va": "bottom" if top else "top", "dy": GAP if top else -GAP}
        for text, side, ha in zip(words, (-1, 1), ("right", "left"), strict=True):
            self.note(0, float(top), text, self.type("small", "muted"), dx=side * GAP, ha=ha, **look)

    def key(self, handles: Sequence[Any], names: Sequence[str], strong: Sequence[bool] | None = None) -> None:
        """A legend between the Axes and the subtitle, row by row; names that are too long are cut."""
        size, strong = self.size.small, strong or [False] * len(names)
        cut = [shorten_to(drawable(show(name)), self.room - 4 * size, size, SEMIBOLD) for name in names]
        widths = [text_width(name, size, SEMIBOLD) + 3.3 * size for name in cut]
        columns = len(cut)
        while columns > 1 and sum(max(widths[at::columns]) for at in range(columns)) > self.room:
            columns -= 1
        rows = -(-len(cut) // columns)
        blank = (Patch(alpha=0), " ", False)
        entries = [*zip(handles, cut, strong, strict=True), *[blank] * (rows * columns - len(cut))]
        placed = [entries[row * columns + column] for column in range(columns) for row in range(rows)]
        place, x = self.ax.transAxes, 0.0
        if self.own:
            place = blended_transform_factory(self.figure.transFigure, place)
            x = self.margin / self.figure_width
        gap = ScaledTranslation(0, (self.head + GAP) / 72, self.figure.dpi_scale_trans)
        look: Any = {"loc": "lower left", "bbox_to_anchor": (x, 1), "bbox_transform": place + gap}
        look |= {"handlelength": 1.3, "handleheight": 0.8, "handletextpad": 0.5, "columnspacing": 1.4}
        look |= {"borderaxespad": 0, "borderpad": 0, "labelspacing": 0.35, "frameon": False, "fontsize": size}
        handles, names, strong = zip(*placed, strict=True)
        legend = self.ax.legend(handles, names, ncols=columns, **look)
        for text, bold in zip(legend.get_texts(), strong, strict=True):
            self.type("small", bold=bold)(text)
        self.head += GAP + size * (1.45 * rows + 0.1)

    def percent_axis(
        self, format_tick: Callable[[float], str], *, across: bool = True, ticks: int = 6
    ) -> None:
        """Real ticks at round figures, fine lines behind the marks."""
        axis: Any = self.ax.xaxis if across else self.ax.yaxis
        kind = self.type("small", "muted")
        axis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10], integer=True))
        axis.set_major_formatter(FuncFormatter(lambda value, _: format_tick(value)))
        axis.set_tick_params(labelsize=kind.size, labelcolor=kind.colour, length=0, pad=4)
        if not (across and self.size.narrow):  # names stand among the lines there
            axis.grid(visible=True, color=self.theme.rule, linewidth=0.8)
        self.ax.set_axisbelow(True)
        self.foot = kind.size * LEADING + 4 if across else 0.0


def root_of(ax: Axes) -> Figure:
    """The figure that Axes are on."""
    figure = ax.get_figure(root=True)
    assert figure is not None  # noqa: S101  (Axes without a figure cannot be drawn on at all)
    return figure


@contextmanager
def open_panel(
    ax: Axes | None, *, alt: str = "", pyplot: bool = True, look: Look | None = None
) -> Iterator[Panel]:
    """The panel to draw a chart in, under matplotlib's defaults and our style whatever the user has set.

    Without Axes a figure of pyplot's is made, wide and light or as ``chart_style`` says. On Axes that are
    given the type follows their size and the colours their ground.
    """
    chosen = look or current_look()
    with only_settings(settings_of(chosen or look_of())):
        if ax is None:
            chosen = chosen or look_of()
            panel = Panel(_new_axes(chosen, pyplot=pyplot), chosen, own=True)
            panel.figure.alt_text = alt  # type: ignore[attr-defined]
        else:
            panel = Panel(ax, _look_on(ax, chosen), own=False)
        from seaborn import despine

        despine(ax=panel.ax, left=True, bottom=True)
        yield panel
        _give_fonts(panel)


def _new_axes(look: Look, *, pyplot: bool) -> Axes:
    size = (look.size.width, look.size.height)
    if pyplot:
        from matplotlib import pyplot as plt

        figure = plt.figure(figsize=size, dpi=SCREEN_DPI, FigureClass=ChartFigure)
    else:
        figure = ChartFigure(size, dpi=look.size.dpi)
        FigureCanvasAgg(figure)
    return figure.subplots()


def _look_on(ax: Axes, chosen: Look | None) -> Look:
    """The look for Axes that are given: type for their size, colours for their ground."""
    base, _ = chosen or look_of()
    ground = to_hex(ax.get_facecolor() if ax.patch.get_visible() else root_of(ax).get_facecolor())
    width = ax.get_window_extent().width / root_of(ax).dpi
    scale = min(1.0, width / (0.7 * base.width))
    least = {"label": 8.5, "number": 8.5, "small": 8.0, "title": 11.0, "subtitle": 9.0}
    type_sizes = {name: max(scale * getattr(base, name), points) for name, points in least.items()}
    return Look(base._replace(**type_sizes, narrow=base.narrow or width < 3.4), theme_of(ground))


def _give_fonts(panel: Panel) -> None:
    """A square for every letter that no font has, in what matplotlib or seaborn has set by itself."""
    for text in panel.ax.findobj(Text):
        words = text.get_text()
        if words and not words.isascii():
            text.set(text=drawable(words), fontfamily=families_for(words))
