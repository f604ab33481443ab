"""Words that fit: how wide they are, where their lines break, how labels keep apart; lengths in points."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import accumulate

from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font, LoadFlags

from analysis.errors import show
from analysis.style import REGULAR, SEMIBOLD, drawable, families_for

LEADING = 1.2  # baseline to baseline, of the type size; what matplotlib uses
CUT = "…"
BREAK = re.compile(  # after a space but no word of one or two letters ("%", "av", "of"); after - – /
    r"(?<= )(?<! [^ \d,.;:] )(?<! [^ ][^ \d,.;:] )(?=[^ ])|(?<=[-–/])(?=[^\W\d_])"
)


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
    words = drawable(show(words))
    broken = _break(words, width, size, weight)
    if lines is not None and len(broken) > lines:
        tail = shorten_to(" ".join(broken[lines - 1 :]), width, size, weight)
        return "\n".join([*broken[: lines - 1], tail])
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


def fit(words: str, width: float, size: float, *, lines: int) -> tuple[str, float]:
    """A title in at most so many lines in the largest type from ``size`` down to 0.8 of it; and this type."""
    smallest = 0.8 * size
    while size > smallest and wrap(words, width, size, SEMIBOLD).count("\n") >= lines:
        size -= 0.5
    return wrap(words, width, size, SEMIBOLD, lines=2 * lines), size


def text_height(words: str, size: float) -> float:
    """Height of a text, its lines in matplotlib's distance."""
    return size * LEADING * (words.count("\n") + 1)


def spread(
    wanted: Sequence[float], lengths: Sequence[float], *, low: float, high: float, gap: float
) -> list[float] | None:
    """Middles as near to those wanted as can be, in their order and apart; none without room."""
    slack = high - low - sum(lengths) - gap * (len(lengths) - 1)
    if slack < -1e-6:
        return None
    ends = accumulate(length + gap for length in lengths)
    packed = [low + end - gap - length / 2 for end, length in zip(ends, lengths, strict=True)]
    moves = [min(max(at - base, 0.0), slack) for at, base in zip(wanted, packed, strict=True)]
    up, down = (
        accumulate(moves, max),
        [*accumulate(moves[::-1], min)][::-1],
    )  # both apart: so is the mean
    return [base + (first + second) / 2 for base, first, second in zip(packed, up, down, strict=True)]
