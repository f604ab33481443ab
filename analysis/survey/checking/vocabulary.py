"""What a cell of a coded column may say: the codes in any case, and the codebook's labels as codes."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cached_property

from analysis.codebook import LANGUAGES, WAVE_PATTERN, Codebook
from analysis.errors import quote, unknown_code
from analysis.survey.ledger import Ledger
from analysis.survey.parsing.characters import alphabet_of, compose, find_foreign

FORMS = ("labels", "short", "single", "answer")  # the forms of a label that stand alone in a cell


class Vocabulary:
    """The codes and labels of one column, ``group`` or ``stage``."""

    def __init__(self, codebook: Codebook, column: str) -> None:
        self.column = column
        self.codes = codebook.groups if column == "group" else codebook.stages
        self._known = {code: code for code in self.codes}  # one object for each, however many rows
        self._labels = {code: _labels(codebook, column, code) for code in self.codes}

    def read(self, cell: str, line: int, ledger: Ledger) -> str | None:
        """The code that a cell means; None, and a problem, when it means none."""
        known = self._known.get(cell)
        if known is not None:
            return known
        code = None if self._foreign(cell) else self._meanings.get(compose(cell).casefold())
        if code is None:
            self._refuse(cell, line, ledger)
        elif cell.lower() == code.lower():
            ledger.note(f"{self.column}: letter case of the code {quote(code)}", line)
        else:
            ledger.note(f"{self.column}: the label {quote(cell)} read as {quote(code)}", line)
        return code

    @property
    def words(self) -> list[str]:
        """All codes and labels."""
        return [*self.codes, *(label for labels in self._labels.values() for label in sorted(labels))]

    def means(self, cell: str) -> str | None:
        """The code that a cell means, without a word about it."""
        return None if self._foreign(cell) else self._meanings.get(compose(cell).casefold())

    def _refuse(self, cell: str, line: int, ledger: Ledger) -> None:
        if not cell:
            problem = f"{self.column} is empty; write it in every row (merged cells leave it empty)"
            ledger.refuse(line, self.column, cell, "empty-cell", problem)
            return
        problem = unknown_code(self.column, cell, self.codes) + self._near_label(cell)
        foreign = self._foreign(cell)
        if foreign:
            problem += f"; it holds {', '.join(foreign[:3])}"
        ledger.refuse(line, self.column, cell, f"unknown-{self.column}", problem)

    def _near_label(self, cell: str) -> str:
        """The label that was meant, where no code is nearer."""
        near = get_close_matches(compose(cell).casefold(), self._meanings, n=1)
        if not near or get_close_matches(cell.lower(), self.codes, n=1):
            return ""
        return f" (did you mean {quote(near[0])}, which is {quote(self._meanings[near[0]])}?)"

    def _foreign(self, cell: str) -> list[str]:
        return [] if cell.isascii() else find_foreign(cell, self._alphabet)

    @cached_property
    def _alphabet(self) -> frozenset[str]:
        return alphabet_of([label for labels in self._labels.values() for label in labels])

    @cached_property
    def _meanings(self) -> dict[str, str]:
        """Code by folded code or label; a label that several codes share means none of them."""
        meanings: dict[str, str] = {}
        shared: set[str] = set()
        for code, labels in self._labels.items():
            for folded in {compose(label).casefold() for label in labels}:
                if meanings.setdefault(folded, code) != code:
                    shared.add(folded)
        own = {code.casefold(): code for code in self.codes}
        return {folded: code for folded, code in meanings.items() if folded not in shared} | own


def read_wave(cell: str, line: int, ledger: Ledger) -> str | None:
    """The wave that a cell names, as ``YYYY-spring`` or ``YYYY-autumn``; None, and a problem, otherwise."""
    if WAVE_PATTERN.fullmatch(cell):
        return cell
    folded = cell.lower() if cell.isascii() else cell
    if WAVE_PATTERN.fullmatch(folded):
        ledger.note(f"wave: letter case of {quote(folded)}", line)
        return folded
    if not cell:
        problem = "wave is empty; write it in every row (merged cells leave it empty)"
        ledger.refuse(line, "wave", cell, "empty-cell", problem)
        return None
    problem = f"wave is {quote(cell)}; use YYYY-spring or YYYY-autumn, the season of fieldwork"
    if cell.isascii() and cell.isdigit() and len(cell) == 4:
        problem += f": two waves can fall in a year, so {cell}-spring or {cell}-autumn"
    foreign = find_foreign(cell, frozenset())
    if foreign:
        problem += f"; it holds {', '.join(foreign[:3])}"
    ledger.refuse(line, "wave", cell, "unknown-wave", problem)
    return None


def _labels(codebook: Codebook, column: str, code: str) -> set[str]:
    forms = [form for form in FORMS if codebook.has_form(column, code, form)]
    return {codebook.word(column, code, lang, form) for form in forms for lang in LANGUAGES}
