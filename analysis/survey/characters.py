"""Characters that must not pass unseen: control, text-direction, invisible, look-alike, garbled.

All of Unicode is legal text, except what a reader of the table could not see or would see otherwise.
"""

from __future__ import annotations

import re
import unicodedata

from analysis.errors import name_character

BLANKS = " \u00a0\u2007\u202f"  # spaces and no-break spaces, which cells are trimmed of

# UTF-8 that was once read as Windows-1252: Ã¤ for ä, â€“ for a dash; and the mark of a lost character.
_HIGH = (
    "\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u017d"
    "\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u017e\u0178\u00a0-\u00bf"
)
GARBLED = re.compile(f"[\u00c2\u00c3][{_HIGH}]|\u00e2[{_HIGH}]{{2}}|\ufffd")


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
