"""Text measured before it is set: lines wrapped by width, type shrunk to fit.

Widths are in places, hundredths of an inch; type is in points.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font, LoadFlags

from analysis.errors import show
from analysis.old.style import REGULAR, register_fonts

UNIT = 100  # places an inch
POINT = UNIT / 72  # places a point of type
CAPITAL = 0.66  # height of a capital letter of Source Sans, of the type size
LEADING = 1.16  # baseline to baseline, of the type size
BREAKS = "-–/"  # a line may break after these
CUT = "…"


class Style(NamedTuple):
    """How a piece of text is set: points, colour, weight."""

    size: float
    colour: str
    weight: int = REGULAR
    spacing: float = LEADING

    @property
    def face(self) -> tuple[float, int]:
        """Size and weight, as ``text_width`` wants them."""
        return self.size, self.weight

    @property
    def leading(self) -> float:
        """Places from one baseline to the next."""
        return self.size * POINT * self.spacing

    @property
    def capital(self) -> float:
        """Height of a capital letter in places."""
        return self.size * POINT * CAPITAL


@cache
def font_of(size: float, weight: int) -> FontProperties:
    """The typeface at a size in points and a weight."""
    return FontProperties(family=list(register_fonts()), size=size, weight=weight)


def text_width(words: str, size: float, weight: int = REGULAR) -> float:
    """Width of a line of text in places, by the advances of its signs."""
    return size * POINT * _width(words, weight)


@cache
def _width(words: str, weight: int) -> float:
    return sum(_advance(sign, weight) for sign in show(words))


@cache
def _advance(sign: str, weight: int) -> float:
    """How far a sign moves the next one, of the type size; of the fallback where the typeface lacks it."""
    fonts = [_open_font(family, weight) for family in register_fonts()]
    font = next((font for font in fonts if font.get_char_index(ord(sign))), fonts[0])
    return font.load_char(ord(sign), flags=LoadFlags.NO_SCALE).horiAdvance / font.units_per_EM


@cache
def _open_font(family: str, weight: int) -> FT2Font:
    return FT2Font(findfont(FontProperties(family=family, weight=weight)))


@cache
def wrap(words: str, width: float, style: Style, *, lines: int | None = None) -> tuple[str, ...]:
    """Text in lines of at most a width, the lines as even as can be; no more lines than asked for.

    A word wider than the line is broken; what does not fit the last line ends in an ellipsis.
    """
    words = show(words)
    found = _break(words, width, style)
    if lines is not None and len(found) > lines:
        return *found[: lines - 1], _shorten(" ".join(found[lines - 1 :]), width, style)
    low, high = longest_word(words, style), width
    while len(found) > 1 and high - low > 2:
        middle = (low + high) / 2
        narrower = _break(words, middle, style)
        if len(narrower) > len(found):
            low = middle
        else:
            found, high = narrower, middle
    return tuple(found)


def longest_word(words: str, style: Style) -> float:
    """Width of the widest part of a text that does not break."""
    return max(text_width(piece.rstrip(" "), *style.face) for piece in _pieces(words))


def _break(words: str, width: float, style: Style) -> list[str]:
    """Lines filled one after the other."""
    lines = [""]
    for piece in _pieces(words):
        if text_width((lines[-1] + piece).rstrip(" "), *style.face) <= width:
            lines[-1] += piece
            continue
        if lines[-1]:
            lines.append("")
        while text_width(piece.rstrip(" "), *style.face) > width and len(piece) > 1:
            head = _longest_head(piece, width, style)
            lines[-1:] = [piece[:head], ""]
            piece = piece[head:]  # noqa: PLW2901  (the rest of the word goes on)
        lines[-1] = piece
    return [line.rstrip(" ") for line in lines if line.strip(" ")] or [""]


def _pieces(words: str) -> list[str]:
    """What a line is made of: words with the space or hyphen after them; no-break spaces hold together."""
    pieces = [""]
    for previous, sign in zip(" " + words, words, strict=False):
        if (previous == " " and sign != " ") or (previous in BREAKS and sign.isalpha()):
            pieces.append("")
        pieces[-1] += sign
    return pieces


def _longest_head(word: str, width: float, style: Style) -> int:
    """How many signs of a word fit a line; at least one."""
    fits = (n for n in range(len(word), 1, -1) if text_width(word[:n], *style.face) <= width)
    return next(fits, 1)


def _shorten(words: str, width: float, style: Style) -> str:
    while words and text_width(words.rstrip() + CUT, *style.face) > width:
        words = words[:-1]
    return words.rstrip() + CUT


def fit(
    words: str, width: float, style: Style, *, lines: int, smallest: float
) -> tuple[Style, tuple[str, ...]]:
    """The largest type in which a text has at most so many lines; and these lines.

    Where even the smallest needs more, it gets more; a text that would take twice as many is cut short.
    """
    for fitted in shrinking(style, smallest):
        found = wrap(words, width, fitted)
        if len(found) <= lines:
            return fitted, found
    fitted = style._replace(size=smallest)
    return fitted, wrap(words, width, fitted, lines=2 * lines)


def shrinking(style: Style, smallest: float) -> Iterator[Style]:
    """The style in half points down to a size."""
    size = style.size
    while size > smallest:
        yield style._replace(size=size)
        size -= 0.5
    yield style._replace(size=smallest)
