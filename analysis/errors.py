"""The errors that a user can cause, each with where, what, got and next.

Every class here ends the command line with its ``exit_code`` and its message alone; any other
exception is a bug of ours and keeps its traceback.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from difflib import get_close_matches
from typing import NamedTuple

SHOWN_PROBLEMS = 8
MESSAGE_LIMIT = 4000  # characters; reliability promise 2
VALUE_LIMIT = 80  # characters of a quoted value


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
    return "".join(_visible(character) for character in text)


def shorten(text: str, limit: int) -> str:
    """At most ``limit`` characters, with an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _visible(character: str) -> str:
    hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return f"<U+{ord(character):04X}>" if hidden else character
