"""What is found while a table is read: problems, warnings, and every normalisation as a note."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import starmap

from analysis.errors import Problem, SurveyDataError

MOST_PROBLEMS = 1000  # reading stops there, so that a file of nothing but mistakes is judged quickly


@dataclass
class Ledger:
    """The findings on one table, in the order of reading; ``place`` is the name to call it by."""

    place: str
    problems: list[Problem] = field(default_factory=list)
    _warnings: dict[str, list[int]] = field(default_factory=dict)
    _notes: dict[str, list[int]] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        """Whether so many problems were found that reading on serves nobody."""
        return len(self.problems) >= MOST_PROBLEMS

    def refuse(self, line: int | str, column: str, value: str, rule: str, problem: str) -> None:
        """Take down one problem; the last one that is taken says that reading stopped there."""
        if self.full:
            return
        self.problems.append(Problem(str(line), column, value, rule, problem))
        if self.full:
            text = f"reading stopped here, after {MOST_PROBLEMS - 1} problems; there may be more"
            self.problems[-1] = Problem(str(line), "", "", "too-many-problems", text)

    def warn(self, text: str, line: int = 0) -> None:
        """Take down something that may be right but deserves a look."""
        self._warnings.setdefault(text, []).append(line)

    def note(self, text: str, line: int = 0) -> None:
        """Take down one normalisation; the same one in many cells is one note with their number."""
        self._notes.setdefault(text, []).append(line)

    @property
    def warnings(self) -> list[str]:
        """Every warning, with the number of places and the first line."""
        return list(starmap(_tell, self._warnings.items()))

    @property
    def notes(self) -> list[str]:
        """Every normalisation, with the number of places and the first line."""
        return list(starmap(_tell, self._notes.items()))

    def stop(self, line: int | str, column: str, value: str, rule: str, problem: str) -> SurveyDataError:
        """The error that ends reading at once, together with what was found before."""
        self.refuse(line, column, value, rule, problem)
        return self.error()

    def error(self) -> SurveyDataError:
        """All problems as one error."""
        return SurveyDataError(self.place, sort_problems(self.problems))


def sort_problems(problems: Iterable[Problem]) -> list[Problem]:
    """Problems by their first line, each once; those of the whole file come first."""
    return sorted(dict.fromkeys(problems), key=lambda problem: int(re.split("[^0-9]", problem.line)[0] or 0))


def span(lines: Iterable[int]) -> str:
    """Line numbers as people write them: ``7``, ``7-11`` or ``4, 9, 14``.

    Examples
    --------
    >>> span([7, 8, 9, 14])
    '7-9, 14'
    """
    parts: list[list[int]] = []
    for line in sorted(set(lines)):
        if parts and line == parts[-1][-1] + 1:
            parts[-1].append(line)
        else:
            parts.append([line])
    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)


def _tell(text: str, lines: list[int]) -> str:
    places = f"line {lines[0]}" if len(lines) == 1 else f"{len(lines)} times, first on line {lines[0]}"
    return f"{text} ({places})" if lines[0] else text
