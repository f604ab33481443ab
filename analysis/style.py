"""The look of every chart: typeface, sizes, themes, and colours that bear a meaning.

Colours follow two rules: stages are one ramp from pale to deep (on a dark ground from dim to bright), in two
hues around a cut; groups are hues that stay apart under the three kinds of colour blindness and always carry
a mark besides. What is clear is in colour, what is not is grey.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from analysis.errors import RequestError, unknown_code

FAMILY = "Source Sans Pro"  # OFL; static files in the package font-source-sans-pro
FALLBACK = "DejaVu Sans"  # comes with matplotlib; for the few signs that Source Sans lacks
UNKNOWN_LETTER = "\N{WHITE SQUARE}"  # for a letter that no font of this machine has
SEMIBOLD = 600
REGULAR = 400
CONTRAST = 4.5  # of text against its ground; WCAG 2.1, 1.4.3
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "p", "*", "<", ">", "d")  # a shape each for twelve groups

RGB = tuple[float, float, float]


class Theme(NamedTuple):
    """The colours of one ground."""

    name: str
    ground: str
    ink: str
    muted: str
    rule: str
    accent: str  # what is clear
    faint: str  # the mark of what is not clear
    missing: str  # what was not published
    ramp: tuple[str, ...]
    below: tuple[str, ...]  # short of a cut, the farthest first
    above: tuple[str, ...]  # from the cut on
    groups: tuple[str, ...]


class Size(NamedTuple):
    """One format of a picture: inches, then type in points; a narrow one has its labels above the bars."""

    name: str
    width: float
    height: float
    dpi: int  # of the PNG
    margin: float
    title: float
    subtitle: float
    label: float
    number: float
    small: float
    source: float
    narrow: bool = False


class Look(NamedTuple):
    """A size on a theme."""

    size: Size
    theme: Theme


THEMES = {
    "light": Theme(
        name="light",
        ground="#ffffff",
        ink="#1b1f24",
        muted="#5b6470",
        rule="#d9dee5",
        accent="#0b3c6f",
        faint="#86909c",
        missing="#eef1f5",
        ramp=("#dfe6ee", "#b5cde3", "#6fa8d0", "#2a78b5", "#0b3c6f"),
        below=("#8a4b08", "#dd9a4a", "#f8e6cd"),
        above=("#c3d8ea", "#4d92c4", "#0b3c6f"),
        groups=("#0b3c6f", "#d68100", "#0f9d78", "#9a3ec8", "#5a2a0c", "#8b90bd", "#b0361a", "#1b1f24"),
    ),
    "dark": Theme(
        name="dark",
        ground="#14181d",
        ink="#f1f4f7",
        muted="#aab4bf",
        rule="#39434e",
        accent="#8fc1ea",
        faint="#8d98a5",
        missing="#222932",
        ramp=("#34475b", "#3f6489", "#4f8cbf", "#86bae3", "#d6e9f8"),
        below=("#f8dcb6", "#c98a3d", "#5f4526"),
        above=("#2f4e6b", "#4f8cbf", "#d6e9f8"),
        groups=("#8fc1ea", "#f0a02c", "#b45ff2", "#f2346f", "#f0f0a8", "#60f0d8", "#a58a10", "#e06ab8"),
    ),
}
SIZES = {
    "wide": Size("wide", 13 + 1 / 3, 7.5, 144, 0.6, 28, 17, 18, 21, 14.5, 12.5),
    "half": Size("half", 6.4, 6.25, 180, 0.36, 19, 13, 14, 16, 12, 12, narrow=True),
    "square": Size("square", 7.5, 7.5, 144, 0.48, 22, 14.5, 16, 18, 13, 12, narrow=True),
    "phone": Size("phone", 3.6, 4.8, 300, 0.16, 14.5, 10.5, 10.5, 12, 9, 9, narrow=True),
}
_LOOK: ContextVar[Look | None] = ContextVar("look", default=None)


def look_of(size: str = "wide", theme: str = "light") -> Look:
    """A size and a theme by their names.

    Raises
    ------
    RequestError
        The size or the theme is not one of these.
    """
    for name, value, valid in (("size", size, SIZES), ("theme", theme, THEMES)):
        if value not in valid:
            raise RequestError(unknown_code(name, value, list(valid)))
    return Look(SIZES[size], THEMES[theme])


def current_look() -> Look:
    """What ``chart_style`` has set around the call; outside of it wide and light."""
    return _LOOK.get() or look_of()


@contextmanager
def chart_style(size: str = "wide", theme: str = "light") -> Iterator[dict[str, Any]]:
    """A context in which figures have the charts' style, and ``draw_`` functions take this size and theme.

    Parameters
    ----------
    size : str
        wide (16:9), half (half of a slide), square or phone.
    theme : str
        light or dark.

    Yields
    ------
    dict
        The settings of matplotlib that hold inside, made by ``seaborn.axes_style``.

    Raises
    ------
    RequestError
        The size or the theme is not one of these.

    Examples
    --------
    >>> from analysis import draw_stages, load_survey
    >>> with chart_style("half", theme="dark"):
    ...     ax = draw_stages(load_survey())
    >>> ax.figure.get_facecolor()[:3] != (1, 1, 1)
    True
    """
    look = look_of(size, theme)
    token = _LOOK.set(look)
    try:
        with only_settings(settings_of(look)) as settings:
            yield settings
    finally:
        _LOOK.reset(token)


@contextmanager
def only_settings(settings: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Matplotlib under its own defaults and these settings, whatever a user or a ``matplotlibrc`` has set."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(settings)  # type: ignore[arg-type]
        yield settings
        interactive = mpl.is_interactive()
    mpl.interactive(interactive)  # which a notebook turns on when pyplot makes its first figure


def settings_of(look: Look) -> dict[str, Any]:
    """The settings of matplotlib for a look: seaborn's white style with our typeface, colours and sizes."""
    import seaborn as sns

    size, theme = look
    register_fonts()
    white: dict[str, Any] = sns.axes_style("white", rc={"xtick.bottom": False, "ytick.left": False})
    colours = {
        **dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor"), theme.ground),
        **dict.fromkeys(("text.color", "axes.titlecolor"), theme.ink),
        **dict.fromkeys(("axes.labelcolor", "xtick.labelcolor", "ytick.labelcolor"), theme.muted),
        **dict.fromkeys(("axes.edgecolor", "grid.color", "xtick.color", "ytick.color"), theme.rule),
    }
    shape = {
        "figure.figsize": (size.width, size.height),
        "font.family": [FAMILY, FALLBACK],
        "font.size": size.label,
        "axes.titlesize": size.title,
        "axes.titleweight": SEMIBOLD,
        "axes.labelsize": size.subtitle,
        "xtick.labelsize": size.small,
        "ytick.labelsize": size.label,
        "legend.fontsize": size.small,
        "legend.frameon": False,
        "legend.handlelength": 1.3,
        "legend.handleheight": 0.8,
        "legend.handletextpad": 0.5,
        "legend.columnspacing": 1.4,
        "legend.labelspacing": 0.35,
        "legend.borderpad": 0.0,
        "legend.borderaxespad": 0.0,
        "text.parse_math": False,  # a $ in a label is a dollar
        "hatch.linewidth": 0.6,
    }
    return {**white, **colours, **shape}


@cache
def register_fonts() -> None:
    """Read the typeface from its package, before any of that name that the system may have."""
    import font_source_sans_pro
    from matplotlib.font_manager import FontProperties, findfont, fontManager

    folder = Path(font_source_sans_pro.font_directory)
    for face in ("Regular", "Semibold"):
        fontManager.addfont(folder / f"SourceSansPro-{face}.ttf")
        fontManager.ttflist.insert(0, fontManager.ttflist.pop())
    bold = findfont(FontProperties(family=FALLBACK, weight=700))
    _add_alias(str(bold), FALLBACK, SEMIBOLD)  # which it lacks, and matplotlib would complain


def _add_alias(path: str, name: str, weight: int) -> None:
    from dataclasses import replace

    from matplotlib.font_manager import fontManager, ttfFontProperty
    from matplotlib.ft2font import FT2Font

    fontManager.ttflist.append(replace(ttfFontProperty(FT2Font(path)), name=name, weight=weight))


@cache
def families_for(text: str) -> tuple[str, ...]:
    """The families that together have every letter of a text that any font of this machine has."""
    found = (_family_with(letter) for letter in text if letter != "\n")
    return tuple(dict.fromkeys((FAMILY, FALLBACK, *filter(None, found))))


@cache
def drawable(text: str) -> str:
    """A text with a square in the place of each letter that no font of this machine has."""
    return "".join(letter if letter == "\n" or _family_with(letter) else UNKNOWN_LETTER for letter in text)


@cache
def _family_with(letter: str) -> str:
    """A family that has a letter: ours, else one of this machine, named for both weights; or nothing."""
    from matplotlib.font_manager import findfont, fontManager

    register_fonts()
    for family in (FAMILY, FALLBACK):
        if ord(letter) in _letters_of(findfont(family)):
            return family
    plain = (f for f in fontManager.ttflist if f.style == "normal" and "LastResort" not in f.fname)
    fonts = sorted((abs(f.weight - REGULAR) if isinstance(f.weight, int) else 0, f.fname) for f in plain)
    path = next((path for _, path in fonts if path and ord(letter) in _letters_of(path)), None)
    if path is None:
        return ""
    name = f"letters of {Path(path).stem}"
    if not any(font.name == name for font in fontManager.ttflist):
        _add_alias(path, name, REGULAR)
        _add_alias(path, name, SEMIBOLD)
    return name


@cache
def _letters_of(path: str) -> frozenset[int]:
    """The letters of a font file as code points; none where it has no outlines, or cannot be read."""
    from matplotlib.ft2font import FT2Font

    try:
        font = FT2Font(path)
        return frozenset(font.get_charmap()) if font.scalable else frozenset()
    except (OSError, RuntimeError, ValueError):
        return frozenset()


def group_looks(groups: list[str], total: str | None, theme: Theme) -> dict[str, tuple[str, str]]:
    """Colour and marker of each group by its place in the codebook; of the total, the muted ink."""
    parts = [group for group in groups if group != total]
    looks = {
        group: (theme.groups[place % len(theme.groups)], MARKERS[place % len(MARKERS)])
        for place, group in enumerate(parts)
    }
    return looks | {group: (theme.muted, "o") for group in groups if group == total}


def ramp(stages: int, theme: Theme) -> list[str]:
    """One colour a stage, from least to most, in even steps of lightness; the theme's own for as many."""
    return _even(theme.ramp, stages)


def sides(below: int, above: int, theme: Theme) -> list[str]:
    """One colour a stage in two hues: so many short of a cut, and so many from it on."""
    return [*_even(theme.below, below), *_even(theme.above, above)]


def _even(anchors: tuple[str, ...], number: int) -> list[str]:
    """So many colours along the anchors, their lightness in even steps."""
    if number == len(anchors):
        return list(anchors)
    if number == 1:
        return [anchors[len(anchors) // 2]]
    fine = [mix(first, second, step / 100) for first, second in pairwise(anchors) for step in range(101)]
    first, last = lightness(anchors[0]), lightness(anchors[-1])
    levels = (first + (last - first) * step / (number - 1) for step in range(number))
    return [min(fine, key=lambda colour: abs(lightness(colour) - level)) for level in levels]


def parse_hex(colour: str) -> RGB:
    """Red, green and blue between 0 and 1 of ``#rrggbb``."""
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue


def mix(first: str, second: str, share: float) -> str:
    """A colour between two, so much of the second in it."""
    ends = zip(parse_hex(first), parse_hex(second), strict=True)
    return "#" + "".join(f"{round(255 * (a + (b - a) * share)):02x}" for a, b in ends)


def luminance(colour: str) -> float:
    """Relative luminance between 0 (black) and 1 (white); WCAG 2.1."""
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in parse_hex(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@cache
def lightness(colour: str) -> float:
    """CIE L* between 0 and 100; Commission internationale de l'éclairage (1976)."""
    share = luminance(colour)
    root = float(share ** (1 / 3)) if share > (6 / 29) ** 3 else share / (3 * (6 / 29) ** 2) + 4 / 29
    return 116 * root - 16


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours, 1 to 21; WCAG 2.1."""
    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def label_ink(ground: str, theme: Theme) -> str:
    """The colour of text on a ground: the theme's ink or white, black where neither is clear enough."""
    candidates = (theme.ink, "#ffffff", THEMES["light"].ink, "#000000")
    return next(colour for colour in candidates if contrast(colour, ground) >= CONTRAST)


def text_colour(colour: str, theme: Theme) -> str:
    """A mark's colour as text: itself where it is clear enough, else mixed with the ink until it is."""
    mixtures = (mix(colour, theme.ink, step / 10) for step in range(11))
    return next(mixture for mixture in mixtures if contrast(mixture, theme.ground) >= CONTRAST)


def theme_of(ground: str) -> Theme:
    """The theme whose ground is the nearest in lightness, on that very ground."""
    nearest = min(THEMES.values(), key=lambda theme: abs(lightness(theme.ground) - lightness(ground)))
    return nearest._replace(ground=ground)
