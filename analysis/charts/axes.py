"""What every chart shares: its figure or the Axes it is given, its title and source, its words, its files.

A chart is ordinary Axes. Bars, marks and lines stand at data coordinates; names and figures of rows are tick
labels; what stands at a mark is an annotation of a data point, hidden when the point is out of view. So no
call of matplotlib can move a figure away from its mark. All lengths here are in points.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, fromstring, register_namespace, tostring

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.legend_handler import HandlerBase
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import Affine2D, IdentityTransform, ScaledTranslation, blended_transform_factory

from analysis.errors import RequestError, show, unknown_code
from analysis.style import (
    REGULAR,
    SEMIBOLD,
    Look,
    current_look,
    drawable,
    families_for,
    look_of,
    settings_of,
    theme_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

LEADING = 1.2  # baseline to baseline, of the type size; what matplotlib uses
CAPITAL = 0.66  # height of a capital letter of Source Sans, of the type size
GAP = 6.0  # between a name and the Axes, and around words
CUT = "…"
BREAKS = "-–/"  # a line may break after these
SHORT = 2  # letters of a word that a line does not end with: "%", "av", "i", "of"
SCREEN_DPI = 96  # of a figure of pyplot, which a notebook shows at most as wide as its cell
FORMATS = ("svg", "png", "pdf")
MAKER = "maturity-survey"


# words that fit


def text_width(words: str, size: float, weight: int = REGULAR) -> float:
    """Width of the widest line of a text, by the advances of its letters."""
    return size * max(sum(_advance(letter, weight) for letter in line) for line in words.split("\n"))


@cache
def _advance(letter: str, weight: int) -> float:
    """How far a letter moves the next one, of the type size."""
    letter = drawable(letter)
    fonts = (_open_font(family, weight) for family in families_for(letter))
    font = next((font for font in fonts if font.get_char_index(ord(letter))), None)
    if font is None:
        return 1.0
    return float(font.load_char(ord(letter), flags=LoadFlags.NO_SCALE).horiAdvance) / font.units_per_EM


@cache
def _open_font(family: str, weight: int) -> FT2Font:
    return FT2Font(findfont(FontProperties(family=family, weight=weight)))


@cache
def wrap(words: str, width: float, size: float, weight: int = REGULAR, *, lines: int | None = None) -> str:
    """Text in lines of at most a width, as even as can be; no more lines than asked for.

    A word wider than the line is broken; what does not fit the last line ends in an ellipsis.
    """
    words = show(words)
    broken = _break(words, width, size, weight)
    if lines is not None and len(broken) > lines:
        rest = "".join(words.split("".join(broken[: lines - 1]))[1:]) if lines == 1 else None
        kept = broken[: lines - 1]
        tail = " ".join(broken[lines - 1 :]) if rest is None else words
        return "\n".join([*kept, shorten_to(tail, width, size, weight)])
    low, high = longest_word(words, size, weight), width
    while len(broken) > 1 and high - low > 2:
        middle = (low + high) / 2
        narrower = _break(words, middle, size, weight)
        if len(narrower) > len(broken):
            low = middle
        else:
            broken, high = narrower, middle
    return "\n".join(broken)


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
    lines = [""]
    for piece in _pieces(words):
        if text_width((lines[-1] + piece).rstrip(" "), size, weight) <= width:
            lines[-1] += piece
            continue
        if lines[-1]:
            lines.append("")
        while text_width(piece.rstrip(" "), size, weight) > width and len(piece) > 1:
            fits = (n for n in range(len(piece), 1, -1) if text_width(piece[:n], size, weight) <= width)
            head = next(fits, 1)
            lines[-1:] = [piece[:head].rstrip(" "), ""]
            piece = piece[head:]  # noqa: PLW2901  (the rest of the word goes on)
        lines[-1] = piece
    return [line.rstrip(" ") for line in lines if line.strip(" ")] or [""]


@cache
def _pieces(words: str) -> tuple[str, ...]:
    """What a line is made of: words with the space or hyphen after them, short ones with the next word."""
    pieces = [""]
    for previous, letter in zip(" " + words, words, strict=False):
        new_word = previous == " " and letter != " " and not _holds_on(pieces[-1])
        if new_word or (previous in BREAKS and letter.isalpha()):
            pieces.append("")
        pieces[-1] += letter
    return tuple(pieces)


def _holds_on(piece: str) -> bool:
    last = piece.split(" ")[-2] if piece.endswith(" ") else ""
    return 0 < len(last) <= SHORT and not last[-1].isdigit() and last[-1] not in ",.;:"


def fit(words: str, width: float, size: float, weight: int, *, lines: int, smallest: float) -> tuple[str, float]:
    """A text in at most so many lines in the largest type from ``size`` down; and this type."""
    while size > smallest and wrap(words, width, size, weight).count("\n") >= lines:
        size -= 0.5
    return wrap(words, width, size, weight, lines=2 * lines), size


def text_height(words: str, size: float) -> float:
    """Height of a text, its lines in matplotlib's distance."""
    return size * LEADING * (words.count("\n") + 1)


def spread(
    wanted: Sequence[float], lengths: Sequence[float], *, low: float, high: float, gap: float
) -> list[float] | None:
    """Middles as near to those wanted as can be, in their order, so that nothing overlaps; none without room."""
    if sum(lengths) + gap * (len(lengths) - 1) > high - low + 1e-6:
        return None
    places = [min(max(at, low + length / 2), high - length / 2) for at, length in zip(wanted, lengths, strict=True)]
    for _ in range(200):  # pushes neighbours apart by halves until none overlap
        moved = False
        for i in range(len(places) - 1):
            need = (lengths[i] + lengths[i + 1]) / 2 + gap - (places[i + 1] - places[i])
            if need > 0.01:
                places[i] -= need / 2
                places[i + 1] += need / 2
                moved = True
        for i, length in enumerate(lengths):
            places[i] = min(max(places[i], low + length / 2), high - length / 2)
        if not moved:
            return places
    edge = low  # the room is nearly full: one after the other
    packed = []
    for length in lengths:
        packed.append(edge + length / 2)
        edge += length + gap
    return packed


# the figure


class ChartFigure(Figure):
    """A figure that knows its chart in words: notebooks keep them as the picture's alternative text."""

    alt_text = ""

    def __repr__(self) -> str:
        return self.alt_text or super().__repr__()

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None  # noqa: ARG002  (IPython's protocol)
    ) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
        return {"text/plain": repr(self)}, {"image/png": {"alt": self.alt_text}}


class Panel:
    """The Axes of one chart, their look and their room, while it is drawn."""

    def __init__(self, ax: Axes, look: Look, *, own: bool) -> None:
        self.ax, self.own = ax, own
        self.figure = root_of(ax)
        self.size, self.theme = look
        self.figure_width, self.figure_height = 72 * self.figure.get_size_inches()
        self.margin = 72 * self.size.margin if own else 0.0
        box = ax.get_window_extent()
        self.width = box.width * 72 / self.figure.dpi
        self.height = box.height * 72 / self.figure.dpi
        self.head = 0.0  # between the Axes and the subtitle
        self.foot = 0.0  # below the Axes

    def reserve(self, left: float, right: float) -> None:
        """Keep room beside the Axes for what stands there; the width of the Axes follows."""
        self.left, self.right = left, right
        if self.own:
            self.width = self.figure_width - 2 * self.margin - left - right

    @property
    def names_room(self) -> float:
        """The widest that the names of rows may be."""
        return 0.27 * self.figure_width if self.own else 0.35 * self.width

    def arrange(self, needed: float, title: str, subtitle: str, source: str) -> None:
        """Set title, subtitle and source, and give the Axes what is left; a figure grows where rows need more."""
        if not self.own:
            self._set_titles(title, subtitle)
            return
        room, size = self.figure_width - 2 * self.margin, self.size
        words, points = fit(title, room, size.title, SEMIBOLD, lines=3 if size.narrow else 2, smallest=0.8 * size.title)
        under = wrap(subtitle, room, size.subtitle, lines=4)
        below = wrap(source, room, size.source)
        top = self.margin + text_height(words, points) + text_height(under, size.subtitle) + GAP + self.head
        bottom = 0.6 * self.margin + text_height(below, size.source) + 1.2 * GAP + self.foot
        self.height = self.figure_height - top - bottom
        if self.height < needed:
            self.figure_height += needed - self.height
            self.height = needed
            self.figure.set_size_inches(self.figure_width / 72, self.figure_height / 72)
        width, height = self.figure_width, self.figure_height
        self.ax.set_position(
            ((self.margin + self.left) / width, bottom / height, self.width / width, self.height / height)
        )
        self._set_titles(words, under, points)
        foot = self.figure.supxlabel(
            below, x=self.margin / width, y=0.6 * self.margin / height, ha="left", va="bottom", size=size.source
        )
        foot.set(color=self.theme.muted, linespacing=LEADING)

    def _set_titles(self, title: str, subtitle: str, points: float | None = None) -> None:
        """The finding as the title and what is measured as the label on top, whole for matplotlib to lay out."""
        ax, size, theme = self.ax, self.size, self.theme
        ax.xaxis.set_label_position("top")
        ax.set_xlabel(
            subtitle if self.own else wrap(subtitle, self.width, size.subtitle, lines=4),
            labelpad=self.head + 0.35 * size.subtitle, size=size.subtitle, color=theme.muted, x=0, ha="left",
        )
        if self.own:
            x = self.margin / self.figure_width
            ax.xaxis.label.set_transform(blended_transform_factory(self.figure.transFigure, IdentityTransform()))
            ax.xaxis.label.set_x(x)
        if title:
            words = title if self.own else wrap(title, self.width, size.title, SEMIBOLD)
            ax.set_title(words, pad=0.25 * size.title, size=points or size.title, weight=SEMIBOLD, color=theme.ink)
            ax.title.set(ha="left", x=0, linespacing=1.08)
            if self.own:
                ax.title.set_transform(
                    blended_transform_factory(self.figure.transFigure, ax.transAxes + ax.titleOffsetTrans)
                )
                ax.title.set_x(x)

    # rows

    def set_rows(self, at: Sequence[float], names: Sequence[str], *, strong: Sequence[bool], lift: float = 0.0) -> None:
        """Name rows at their places: to the left, or inside above by ``lift`` in the unit of the rows."""
        labels = self.ax.set_yticks(list(at), list(names)) and self.ax.get_yticklabels()
        self.ax.tick_params(axis="y", pad=GAP + 2 if not lift else 0, length=0)
        for label, bold in zip(labels, strong, strict=True):
            label.set(
                size=self.size.label, color=self.theme.ink, weight=SEMIBOLD if bold else REGULAR, linespacing=1.08,
                family=families_for(label.get_text()), va="center",
            )
            if lift:
                label.set(ha="left", transform=self.lifted(lift))

    def note_rows(
        self, at: Sequence[float], notes: Sequence[str], *, colours: Sequence[str], strong: Sequence[bool],
        right: bool, size: float, lift: float = 0.0,
    ) -> None:
        """A second column of the rows as minor tick labels: under the names (n), or right of the Axes (figures)."""
        ax = self.ax
        ax.yaxis.remove_overlapping_locs = False
        ax.set_yticks(list(at), list(notes), minor=True)
        ax.tick_params(axis="y", which="minor", labelleft=not right, labelright=right, length=0, pad=GAP + 2)
        for tick, colour, bold in zip(ax.yaxis.get_minor_ticks(), colours, strong, strict=True):
            label = tick.label2 if right else tick.label1
            label.set(size=size, color=colour, weight=SEMIBOLD if bold else REGULAR, va="center_baseline")
            if lift:
                label.set(ha="right", transform=self.lifted(lift))

    def lifted(self, lift: float) -> Any:
        """Across in the Axes, up by so much of a row."""
        return blended_transform_factory(self.ax.transAxes, Affine2D().translate(0, -lift) + self.ax.transData)

    # words at marks

    def note(
        self, x: float, y: float, words: str, *, dx: float = 0.0, dy: float = 0.0, size: float, colour: str,
        bold: bool = False, ha: str = "center", va: str = "center_baseline", y_in_axes: bool = False,
    ) -> Annotation:
        """Words at a data point, off by some points; hidden with it where it is out of view."""
        return self.ax.annotate(
            drawable(show_lines(words)), (x, y), xycoords=("data", "axes fraction") if y_in_axes else "data",
            xytext=(dx, dy), textcoords="offset points", ha=ha, va=va, size=size, color=colour,
            weight=SEMIBOLD if bold else REGULAR, family=families_for(words), annotation_clip=True, linespacing=1.08,
        )

    def key(self, handles: Sequence[Any], names: Sequence[str], *, strong: Sequence[bool] | None = None) -> None:
        """A legend between the Axes and the subtitle, row by row; names that are too long are cut."""
        room = self.figure_width - 2 * self.margin if self.own else self.width
        size = self.size.small
        handle, pad = 1.3, 0.5
        width_of = lambda words: text_width(words, size, SEMIBOLD) + size * (handle + pad + 1.4)  # noqa: E731
        cut = [shorten_to(drawable(show(name)), room - size * 4, size, SEMIBOLD) for name in names]
        columns = next(
            (
                columns
                for columns in range(len(cut), 0, -1)
                if sum(max(width_of(name) for name in cut[at::columns]) for at in range(columns)) <= room
            ),
            1,
        )
        rows = -(-len(cut) // columns)
        order = [row * columns + column for column in range(columns) for row in range(rows)]
        order = [place for place in order if place < len(cut)]
        if len(order) % columns and rows > 1:  # matplotlib fills columns evenly: fill up with nothing
            blank = mpl.patches.Patch(alpha=0)
            grid = [row * columns + column for column in range(columns) for row in range(rows)]
            shown = [(handles[p], cut[p]) if p < len(cut) else (blank, " ") for p in grid]
        else:
            grid, shown = order, [(handles[p], cut[p]) for p in order]
        ax, x = self.ax, self.margin / self.figure_width
        place = blended_transform_factory(self.figure.transFigure, ax.transAxes) if self.own else ax.transAxes
        gap = self.head + GAP
        legend = ax.legend(
            *zip(*shown, strict=True), ncols=columns, loc="lower left", bbox_to_anchor=(x if self.own else 0, 1),
            bbox_transform=place + ScaledTranslation(0, gap / 72, self.figure.dpi_scale_trans),
            borderaxespad=0, borderpad=0, handlelength=handle, handleheight=0.8, handletextpad=pad, columnspacing=1.4,
            labelspacing=0.35, fontsize=size, labelcolor=self.theme.ink, frameon=False,
        )
        for text, place_in_list in zip(legend.get_texts(), grid, strict=True):
            bold = bool(strong and place_in_list < len(cut) and strong[place_in_list])
            text.set(weight=SEMIBOLD if bold else REGULAR, family=families_for(text.get_text()))
        self.head = gap + rows * size * 1.1 + (rows - 1) * 0.35 * size + 0.4 * size

    def percent_axis(self, format_tick: Any, *, ticks: int = 6) -> None:
        """Real ticks along the Axes, at round figures, with fine lines behind the marks."""
        axis = self.ax.xaxis
        axis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10], integer=True))
        axis.set_major_formatter(FuncFormatter(lambda value, _: format_tick(value)))
        self.ax.tick_params(axis="x", labelsize=self.size.small, labelcolor=self.theme.muted, length=0, pad=4)
        self.ax.grid(visible=True, axis="x", color=self.theme.rule, linewidth=0.8)
        self.ax.set_axisbelow(True)
        self.foot = self.size.small * LEADING + 4


def show_lines(words: str) -> str:
    """Words with invisible letters named, their line breaks kept."""
    return "\n".join(show(line) for line in words.split("\n"))


def root_of(ax: Axes) -> Figure:
    """The figure that Axes are on."""
    figure = ax.get_figure(root=True)
    assert figure is not None  # noqa: S101  (Axes without a figure cannot be drawn on at all)
    return figure


@contextmanager
def open_panel(ax: Axes | None, *, alt: str = "", pyplot: bool = True, look: Look | None = None) -> Iterator[Panel]:
    """The panel to draw a chart in, under matplotlib's defaults and our style whatever the user has set.

    Without Axes a figure of pyplot's is made, wide and light or as ``chart_style`` says. On Axes that are
    given the type follows their size and the colours their ground.
    """
    chosen = look or current_look()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(settings_of(chosen or look_of()))
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
    """Give every text the families that have its letters, and a square for what none has."""
    for text in panel.figure.findobj(Text) if panel.own else panel.ax.findobj(Text):
        words = text.get_text()
        if words and not words.isascii():
            shown = drawable(words)
            if shown != words:
                text.set_text(shown)
            text.set_fontfamily(families_for(shown))


class Swatch(HandlerBase):
    """Kept for legends with marks of their own."""


# files


ROOT_STYLE = {  # once on the root, so that no style element reaches the page that a drawing stands in
    "font-family": '"Source Sans Pro", "Source Sans 3", Arial, sans-serif',
    "stroke-linejoin": "round",
    "stroke-linecap": "butt",
}
TYPEFACE = re.compile(r"font-family:[^;]*;?\s*")
FONT = re.compile(r"font: ((?:\d+ )?[\d.]+px) [^;]*;?")
NO_TURN = re.compile(r"rotate\(-?0 [-0-9. ]+\)$")
COMPRESSION = 3  # of PNG: a third of the time of the usual 6 for files a tenth larger
SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
XML = "http://www.w3.org/XML/1998/namespace"
SETTINGS: Any = {  # of matplotlib while it saves
    "svg.fonttype": "none",
    "svg.hashsalt": MAKER,
    "pdf.fonttype": 42,
}


def save_chart(
    ax: Axes, path: str | Path, *, alt: str | None = None, title: str | None = None, lang: str = "en", force: bool = False
) -> Path:
    """The figure of these Axes as a file, its title and alt text inside; the same figure gives the same bytes.

    Parameters
    ----------
    ax : Axes
        What a ``draw_`` function returned.
    path : str or Path
        Where to save; its ending says the format: .svg, .png or .pdf. Its folder is made where it is missing.
    alt : str, optional
        What the chart shows, in words; left out, what the ``describe_`` twin says, which the figure carries.
    title : str, optional
        The name of the picture; left out, the title of the Axes.
    lang : str
        Language of the words on it.
    force : bool
        Write over a file that is there.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    RequestError
        The ending is of another format, or a file is there and ``force`` is not given.
    StorageError
        The disk or the system refused; a file that was there is as it was.
    """
    from analysis.survey.storing import write_file

    target = Path(path)
    form = target.suffix.removeprefix(".").lower()
    if form not in FORMATS:
        raise RequestError(unknown_code("format", form, FORMATS))
    figure = root_of(ax)
    words = getattr(figure, "alt_text", "") if alt is None else alt
    content = figure_bytes(figure, form, title=title or ax.get_title().replace("\n", " "), alt=words, lang=lang)
    write_file(target, content, force=force)
    return target


def figure_bytes(figure: Figure, form: str, *, title: str, alt: str, lang: str, prefix: str = "chart") -> bytes:
    """A figure as svg, png or pdf with title and alt text inside; the same bytes each time."""
    named = {"Title": show(title), "Description": show(alt)}
    if form == "png":
        return _save(figure, form, {**named, "Software": None}, pil_kwargs={"compress_level": COMPRESSION})
    if form == "pdf":
        facts = {"Title": named["Title"], "Subject": named["Description"], "Creator": MAKER, "Producer": MAKER}
        return _save(figure, form, {**facts, "CreationDate": None})
    drawing = _save(figure, form, {"Date": None, "Creator": None, "Format": None, "Type": None})
    return _finish_svg(drawing, prefix=prefix, lang=lang, title=named["Title"], desc=named["Description"])


def _save(figure: Figure, form: str, metadata: dict[str, str | None], **options: Any) -> bytes:
    content = io.BytesIO()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(SETTINGS)
        figure.savefig(
            content, format=form, dpi="figure", metadata=metadata, facecolor=figure.get_facecolor(), **options
        )
    return content.getvalue()


def _finish_svg(drawing: bytes, *, prefix: str, lang: str, title: str, desc: str) -> bytes:
    """SVG with title, description, role and language, and identifiers that no other drawing on a page has."""
    register_namespace("", SVG)
    register_namespace("xlink", XLINK)
    root = fromstring(drawing)  # noqa: S314  (matplotlib wrote it)
    for parent, tag in ((root, "metadata"), *((defs, "style") for defs in root.iter(f"{{{SVG}}}defs"))):
        for element in parent.findall(f"{{{SVG}}}{tag}"):
            parent.remove(element)
    for element in root.iter():
        for name, value in list(element.attrib.items()):
            if name == "id":
                element.set(name, f"{prefix}-{value}")
            elif name == f"{{{XLINK}}}href":
                element.set(name, value.replace("#", f"#{prefix}-", 1))
            elif name == "transform" and NO_TURN.match(value):
                del element.attrib[name]
            elif name in {"style", "clip-path"}:
                element.set(name, TYPEFACE.sub("", value.replace("url(#", f"url(#{prefix}-")))
    for place, (tag, text) in enumerate({"title": title, "desc": desc}.items()):
        element = Element(f"{{{SVG}}}{tag}", {"id": f"{prefix}-{tag}"})
        element.text = text
        root.insert(place, element)
    for name, value in {**ROOT_STYLE, "role": "img", "lang": lang, f"{{{XML}}}lang": lang}.items():
        root.set(name, value)
    root.set("aria-labelledby", f"{prefix}-title {prefix}-desc")
    content: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"
