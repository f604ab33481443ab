"""The look of every chart: typeface, sizes, themes, and colours that bear a meaning.

Colours follow two rules: stages are one ramp from pale to deep (on a dark ground from dim to bright),
groups are hues that stay apart under the three kinds of colour blindness and always carry a mark besides.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from analysis.old.charts.drawing.typeface import FACES, FAMILY, light_face, whole_face

WHOLE = f"{FAMILY}, whole"  # for the letters of other scripts
FALLBACK = "DejaVu Sans"  # comes with matplotlib; for the few signs that Source Sans lacks
SEMIBOLD = 600
REGULAR = 400
CONTRAST = 4.5  # of text against its ground; WCAG 2.1, 1.4.3
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "p", "*", "<", ">", "d")  # a shape each for twelve groups

RGB = tuple[float, float, float]


class Theme(NamedTuple):
    """The colours of one ground."""

    ground: str
    ink: str
    muted: str
    rule: str
    accent: str  # what is clear
    faint: str  # the mark of what is not clear
    faintest: str  # its interval
    missing: str  # what was not published
    ramp: tuple[str, ...]
    groups: tuple[str, ...]


class Size(NamedTuple):
    """One format of a picture: inches, then type in points.

    A stacked format has its labels above the bars; a growing one gets the height that its rows need.
    """

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
    lines: int  # of the title
    stacked: bool = False
    grows: bool = False


LIGHT_RAMP = ("#dfe6ee", "#b5cde3", "#6fa8d0", "#2a78b5", "#0b3c6f")
DARK_RAMP = ("#34475b", "#3f6489", "#4f8cbf", "#86bae3", "#d6e9f8")
THEMES = {
    "light": Theme(
        ground="#ffffff",
        ink="#1b1f24",
        muted="#5b6470",
        rule="#d9dee5",
        accent="#0b3c6f",
        faint="#86909c",
        faintest="#d3d8de",
        missing="#eef1f5",
        ramp=LIGHT_RAMP,
        groups=("#0b3c6f", "#d68100", "#0f9d78", "#9a3ec8", "#5a2a0c", "#8b90bd", "#b0361a", "#1b1f24"),
    ),
    "dark": Theme(
        ground="#14181d",
        ink="#f1f4f7",
        muted="#aab4bf",
        rule="#39434e",
        accent="#8fc1ea",
        faint="#8d98a5",
        faintest="#3e4854",
        missing="#222932",
        ramp=DARK_RAMP,
        groups=("#8fc1ea", "#f0a02c", "#b45ff2", "#f2346f", "#f0f0a8", "#60f0d8", "#a58a10", "#e06ab8"),
    ),
}
SIZES = {
    "wide": Size(13 + 1 / 3, 7.5, 144, 0.60, 30, 17, 18, 22, 14, 12.5, 2),
    "half": Size(6.4, 6.25, 180, 0.36, 20, 13, 14, 16, 12, 12, 3, stacked=True),
    "square": Size(7.5, 7.5, 144, 0.48, 23, 14.5, 16, 18, 12.5, 12, 3, stacked=True),
    "phone": Size(3.6, 4.8, 300, 0.16, 14.5, 10.5, 10.5, 12, 9, 9, 4, stacked=True, grows=True),
}


@cache
def register_fonts() -> tuple[str, ...]:
    """The families to draw with, after the typeface was read from its package."""
    from matplotlib.font_manager import fontManager, ttfFontProperty
    from matplotlib.ft2font import FT2Font

    for face in FACES:
        fontManager.ttflist.append(replace(ttfFontProperty(FT2Font(str(whole_face(face)))), name=WHOLE))
        fontManager.addfont(light_face(face))
    bold = next(font for font in fontManager.ttflist if Path(font.fname).name == "DejaVuSans-Bold.ttf")
    fontManager.ttflist.append(replace(bold, weight=SEMIBOLD))  # it has no semibold, and would complain
    return FAMILY, WHOLE, FALLBACK


def group_looks(groups: list[str], total: str | None, theme: Theme) -> dict[str, tuple[str, str]]:
    """Colour and marker of each group by its place in the codebook; of the total, the muted ink."""
    parts = [group for group in groups if group != total]
    looks = {
        group: (theme.groups[place % len(theme.groups)], MARKERS[place % len(MARKERS)])
        for place, group in enumerate(parts)
    }
    return looks | ({total: (theme.muted, "o")} if total in groups and total is not None else {})


def ramp(stages: int, theme: Theme) -> list[str]:
    """One colour a stage, from least to most, in even steps of lightness.

    For as many stages as the theme's own ramp has, these are its colours.
    """
    anchors = theme.ramp
    if stages == len(anchors):
        return list(anchors)
    start, end = lightness(anchors[0]), lightness(anchors[-1])
    steps = [start + (end - start) * step / max(stages - 1, 1) for step in range(stages)]
    return [anchors[0] if step == 0 else _at_lightness(anchors, level) for step, level in enumerate(steps)]


def _at_lightness(anchors: tuple[str, ...], level: float) -> str:
    """The colour of that lightness on the line through the anchors."""
    for first, second in pairwise(anchors):
        ends = lightness(first), lightness(second)
        if min(ends) - 1e-9 <= level <= max(ends) + 1e-9:
            return _mix_to(first, second, level)
    raise ValueError(f"lightness {level} lies outside {anchors}")


def _mix_to(first: str, second: str, level: float) -> str:
    """The mixture of two colours that has a lightness; found by halving, since lightness is not linear."""
    low, high = 0.0, 1.0
    rising = lightness(second) > lightness(first)
    mixture = first
    for _ in range(20):
        middle = (low + high) / 2
        mixture = mix(first, second, middle)
        if (lightness(mixture) < level) == rising:
            low = middle
        else:
            high = middle
    return mixture


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
    """The theme whose ground is the nearest in lightness."""
    return min(THEMES.values(), key=lambda theme: abs(lightness(theme.ground) - lightness(ground)))


def size_of(width: float, height: float) -> Size:
    """The format whose shape is the nearest to a place of so many inches, its type scaled to it."""
    return min(SIZES.values(), key=lambda size: abs(size.width - width) + 0.2 * abs(size.height - height))
