"""The errors that a user can cause, each with where, what, got and next.

Every class here ends the command line with its ``exit_code`` and its message alone; any other
exception is a bug of ours and keeps its traceback.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from difflib import get_close_matches
from typing import NamedTuple

SHOWN_PROBLEMS = 8
MESSAGE_LIMIT = 4000  # characters; reliability promise 2
VALUE_LIMIT = 80  # characters of a quoted value

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
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # categories of Unicode
CHARACTER_RULES = {
    "control": ("control-character", "a control character"),
    "direction": ("bidi-control", "which turns the direction of text"),
    "invisible": ("invisible-character", "which cannot be seen"),
    "nothing": ("control-character", "which is no character"),
}


class Problem(NamedTuple):
    """One breach of the table's rules.

    ``line`` is the physical line of the file as an editor shows it (header = 1) or a range such as
    ``"7-11"``; ``rule`` is a short code, ``problem`` the sentence that a person reads.
    """

    line: str
    column: str
    value: str
    rule: str
    problem: str


class MaturityError(Exception):
    """Base of all that a user can cause."""

    exit_code = 2


class CodebookError(MaturityError):
    """The descriptor (datapackage.json) is absent or incomplete."""


class SurveyDataError(MaturityError):
    """The table breaks its rules; ``problems`` holds every breach."""

    def __init__(self, place: str, problems: Sequence[Problem]) -> None:
        self.place = place
        self.problems = tuple(problems)
        super().__init__(report_problems(place, self.problems))


class RecoveryError(MaturityError):
    """The counts cannot be recovered, or are not unique."""


class RequestError(MaturityError):
    """An option or argument that cannot be used."""


class LockedError(MaturityError):
    """Another process holds the table."""

    exit_code = 3


class StorageError(MaturityError):
    """The disk or the system refused; nothing was changed."""

    exit_code = 4


def report_problems(place: str, problems: Sequence[Problem]) -> str:
    """The message of several problems: how many, then the first eight by line."""
    noun = "problem" if len(problems) == 1 else "problems"
    head = f"{show(place)} has {len(problems)} {noun}:"
    room = (MESSAGE_LIMIT - len(head) - 60) // SHOWN_PROBLEMS
    lines = []
    for problem in problems[:SHOWN_PROBLEMS]:
        where = f"line{'' if problem.line.isdigit() else 's'} {problem.line}: " if problem.line else ""
        lines.append(shorten(f"  {where}{problem.problem}", room))
    if len(problems) > SHOWN_PROBLEMS:
        lines.append(f"  … and {len(problems) - SHOWN_PROBLEMS} more, {len(problems)} in all")
    return "\n".join([head, *lines])


def unknown_code(column: str, value: str, valid: Sequence[str]) -> str:
    """What to say of a code that the codebook does not have, with the nearest valid one."""
    near = get_close_matches(value.strip().lower(), valid, n=1)
    hint = f" (did you mean '{near[0]}'?)" if near else ""
    return f"{column} is {quote(value)}; use one of {', '.join(valid)}{hint}"


def quote(value: str) -> str:
    """A value as it may be shown anywhere: in quotes, shortened, control characters by code point."""
    return f"'{shorten(show(value[: VALUE_LIMIT + 1]), VALUE_LIMIT)}'"


def show(text: str) -> str:
    """Text with control, invisible and text-direction characters named by code point."""
    return "".join(f"<U+{ord(c):04X}>" if unicodedata.category(c) in HIDDEN else c for c in text)


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
    rule, what = CHARACTER_RULES[match.lastgroup]
    return rule, f"{name_character(match[0])}, {what}"


def name_character(character: str) -> str:
    """Code point and, where it has one, name: ``U+043E CYRILLIC SMALL LETTER O``."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


def shorten(text: str, limit: int) -> str:
    """At most ``limit`` characters, with an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
