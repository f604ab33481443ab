"""What a cell of a coded column may say: the codes in any case, and the codebook's labels as codes."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cached_property

from analysis.codebook import WAVE_FORMS, WAVE_PATTERN, Codebook
from analysis.errors import quote, unknown_code
from analysis.survey.characters import alphabet_of, compose, find_foreign
from analysis.survey.ledger import Ledger

ALONE = ("labels", "short", "single", "answer")  # the forms of a label that stand alone in a cell
SEASONS = {
    **dict.fromkeys(("spring", "kevät", "våren"), "spring"),
    **dict.fromkeys(("autumn", "syksy", "hösten"), "autumn"),
}
MONTHS = (  # in Finnish, before "kuu", in Swedish and in English
    "tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "january february march april may june july august september october november december",
)
PARTS = SEASONS | {name: f"{at:02}" for names in MONTHS for at, name in enumerate(names.split(), 1)}
PRINTED_WAVE = re.compile(
    rf"(?P<part>{'|'.join(PARTS)})(?:kuu)? (?P<year>[0-9]{{4}})"
    r"|(?:(?P<fi>[1-4])\. neljännes|kvartal (?P<sv>[1-4])|q(?P<en>[1-4])) (?P<of>[0-9]{4})"
)


class Vocabulary:
    """The codes and labels of one column, ``group`` or ``stage``."""

    def __init__(self, codebook: Codebook, column: str) -> None:
        self.column = column
        self.codes = codebook.groups if column == "group" else codebook.stages
        self._known = {code: code for code in self.codes}  # one object for each, however many rows
        self._labels = codebook.words_of(column, ALONE)

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
    """The id of the wave that a cell names, also as it is printed; None, and a problem, otherwise."""
    if WAVE_PATTERN.fullmatch(cell):
        return cell
    folded = cell.lower().replace("-q", "-Q") if cell.isascii() else cell
    if WAVE_PATTERN.fullmatch(folded):
        ledger.note(f"wave: letter case of {quote(folded)}", line)
        return folded
    if wave := read_printed_wave(cell):
        ledger.note(f"wave: {quote(cell)} read as {quote(wave)}", line)
        return wave
    if not cell:
        problem = "wave is empty; write it in every row (merged cells leave it empty)"
        ledger.refuse(line, "wave", cell, "empty-cell", problem)
        return None
    problem = f"wave is {quote(cell)}; use {WAVE_FORMS}, the time of fieldwork"
    foreign = find_foreign(cell, frozenset())
    if foreign:
        problem += f"; it holds {', '.join(foreign[:3])}"
    ledger.refuse(line, "wave", cell, "unknown-wave", problem)
    return None


def read_printed_wave(cell: str) -> str:
    """The id of a wave as pages print it, ``syksy 2022`` or ``Q3 2022``; empty for anything else."""
    found = PRINTED_WAVE.fullmatch(compose(cell).lower())
    if found is None:
        return ""
    if found["of"]:
        return f"{found['of']}-Q{found['fi'] or found['sv'] or found['en']}"
    return f"{found['year']}-{PARTS[found['part']]}"
