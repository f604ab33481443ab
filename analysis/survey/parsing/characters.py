"""Characters that must not pass unseen: control, text-direction, invisible, look-alike, garbled.

All of Unicode is legal text, except what a reader of the table could not see or would see otherwise.
"""

from __future__ import annotations

import re
import unicodedata

BLANKS = " \u00a0\u2007\u202f"  # spaces and no-break spaces, which cells are trimmed of

# Lines may break inside a quoted cell; no other control character has a place in a table.
_CONTROL = r"\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029"
_DIRECTION = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# Default-ignorable code points (Unicode 15, DerivedCoreProperties) and the blank braille cell.
_INVISIBLE = (
    r"\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u2800\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_NONCHARACTERS = r"\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff" + "".join(
    f"\\U{plane:04x}fffe\\U{plane:04x}ffff" for plane in range(1, 17)
)
FORBIDDEN = re.compile(
    f"(?P<control>[{_CONTROL}])|(?P<direction>[{_DIRECTION}])"
    f"|(?P<invisible>[{_INVISIBLE}])|(?P<nothing>[{_NONCHARACTERS}])"
)
RULES = {
    "control": ("control-character", "a control character"),
    "direction": ("bidi-control", "which turns the direction of text"),
    "invisible": ("invisible-character", "which cannot be seen"),
    "nothing": ("control-character", "which is no character"),
}

# UTF-8 that was once read as Windows-1252: Ã¤ for ä, â€“ for a dash; and the mark of a lost character.
_HIGH = (
    "\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u017d"
    "\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u017e\u0178\u00a0-\u00bf"
)
GARBLED = re.compile(f"[\u00c2\u00c3][{_HIGH}]|\u00e2[{_HIGH}]{{2}}|\ufffd")


def find_forbidden(text: str) -> tuple[str, str] | None:
    r"""The rule that the first forbidden character breaks and what it is; None when there is none.

    Examples
    --------
    >>> find_forbidden("OPH\u200b 2022")
    ('invisible-character', 'U+200B ZERO WIDTH SPACE, which cannot be seen')
    """
    match = FORBIDDEN.search(text)
    if match is None or match.lastgroup is None:
        return None
    rule, what = RULES[match.lastgroup]
    return rule, f"{name_character(match[0])}, {what}"


def name_character(character: str) -> str:
    """Code point and, where it has one, name: ``U+043E CYRILLIC SMALL LETTER O``."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


def find_foreign(text: str, alphabet: frozenset[str]) -> list[str]:
    """Names of the characters that are neither ASCII nor in the alphabet: look-alikes in a code."""
    return [name_character(c) for c in dict.fromkeys(text) if not c.isascii() and c not in alphabet]


def alphabet_of(words: list[str]) -> frozenset[str]:
    """The characters of some words, in either case, composed or not."""
    text = "".join(words)
    forms = [
        unicodedata.normalize(form, case) for form in ("NFC", "NFD") for case in (text.lower(), text.upper())
    ]
    return frozenset("".join([text, *forms]))


def starts_formula(text: str) -> bool:
    """Whether a spreadsheet would run the text: it starts with = + - @ or one of their other forms."""
    start = text.lstrip(BLANKS + "\t\r\n\x0b\x0c")[:1]
    return unicodedata.normalize("NFKC", start) in {"=", "+", "-", "@"}


def compose(text: str) -> str:
    """The text in Unicode's composed form (NFC)."""
    return unicodedata.normalize("NFC", text)
