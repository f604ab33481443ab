"""What one cell may say: characters that can be seen, numbers by a closed pattern, codes or their labels.

All of Unicode is legal text, except what a reader of the table could not see or would see otherwise. Numbers
are ASCII digits with a decimal point or comma; a no-break space may part thousands. Python's own ``int`` and
``float`` also take ``2_4``, full-width and Arabic digits, ``nan`` and ``1e400``, so they come after.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from analysis.codebook import DESCRIPTOR, WAVE_FORMS, WAVE_PATTERN, Codebook
from analysis.errors import name_character, quote, unknown_code

BLANKS = " \u00a0\u2007\u202f"  # spaces and no-break spaces, which cells are trimmed of
BETWEEN_WORDS = re.compile(
    f"(?<=[^{BLANKS}\n])[{BLANKS}\n]+(?=[^{BLANKS}\n])"
)  # between words of a label or head
UNIT = re.compile(r"[ ,]*(%|\(%\))?$")  # behind the words of a head

CELL_NUMBER = re.compile(
    r"-?(?:[0-9]{1,3}(?:[\u00a0\u202f][0-9]{3})+|[0-9]+|(?=[.,]))(?:[.,][0-9]+)?(?P<sign>[ \u00a0\u202f]?%)?"
)
MISSING_SYMBOLS = {  # what statistics write for an unknown or hidden value
    *("na", "n/a", "#n/a", "nan", "null", "none", "nil", "[c]", "[x]"),
    *(".", "..", "...", "…", "-", "–", "—", "−", ":", "*", "?", "<1", "<5"),
}
UNPUBLISHED = (
    "write 0 where it means none; where it was not published, leave the row out, and say so in the wave's "
    f'"withheld" in {DESCRIPTOR}'
)
LOOKED_AT = 20  # rows in which a header is looked for
LARGEST_NUMBER = 10**15  # the digits that a spreadsheet keeps
MOST_STORED_DECIMALS = 15
SURE_DIGITS = 12  # of a number computed in binary floating point, after some steps of arithmetic
SURE_DECIMALS = 10  # of a percentage with more digits, the same for all of a wave
ALONE = ("labels", "short", "single", "answer")  # the forms of a label that stand alone in a cell
MONTHS = (  # in Finnish, before "kuu", in Swedish and in English
    "tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "january february march april may june july august september october november december",
)
PARTS = {  # of a year, as pages print them
    **dict.fromkeys(("kevät", "våren", "spring"), "spring"),
    **dict.fromkeys(("syksy", "hösten", "autumn"), "autumn"),
    **{part: f"Q{n}" for n in range(1, 5) for part in (f"{n}. neljännes", f"kvartal {n}", f"q{n}")},
    **{name: f"{month:02}" for names in MONTHS for month, name in enumerate(names.split(), 1)},
}


def tell_foreign(text: str) -> str:
    """What to add to a message on a text with look-alikes: the first three that are no Latin letters."""
    foreign = [c for c in dict.fromkeys(text) if not _is_latin(c)]
    return f"; it holds {', '.join(map(name_character, foreign[:3]))}" if foreign else ""


def _is_latin(character: str) -> bool:
    """Whether a character is ASCII, or a letter of it with an accent; a Kelvin sign is neither."""
    return unicodedata.normalize("NFD", character)[0].isascii() and compose(character) == character


def starts_formula(text: str) -> bool:
    """Whether a spreadsheet would run the text: it starts with = + - @ or one of their other forms."""
    return unicodedata.normalize("NFKC", text.lstrip()[:1]) in {"=", "+", "-", "@"}


def known_names(cells: Iterable[str], names: Iterable[str]) -> set[str]:
    """The names that a row has, folded as heads are."""
    return {fold_head(cell) for cell in cells} & {fold_head(name) for name in names}


def compose(text: str) -> str:
    """The text in Unicode's composed form (NFC)."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """The text as labels are compared: in small letters, one space between words that a line may part."""
    return BETWEEN_WORDS.sub(" ", compose(text).lower())


@lru_cache(maxsize=1 << 12)  # a header is looked for in many rows, and with each separator
def fold_head(text: str) -> str:
    """The head of a column as it is compared, without a % or (%) behind its words."""
    folded = fold(text).strip()
    return UNIT.sub("", folded) or folded


class CellReading(NamedTuple):
    """What one cell says: its value, how it was read where it says it otherwise, and what is wrong with it.

    ``flaw`` is the rule that the cell breaks, and the sentence that says so; the value is None then.
    """

    value: Any = None
    note: str = ""
    warning: str = ""
    flaw: tuple[str, str] | None = None


def _flawed(rule: str, problem: str) -> CellReading:
    return CellReading(flaw=(rule, problem))


def read_numeral(text: str, *, percent: bool = False) -> str | None:
    r"""The number in a cell, plain: a decimal point, no zeros or digits that say nothing; None for no number.

    With ``percent`` a % may stand behind it. Digits beyond those that a computer is sure of are the noise of
    its arithmetic.

    Examples
    --------
    >>> read_numeral("1\u00a0250,50"), read_numeral("13.750000000000002")
    ('1250.5', '13.75')
    >>> read_numeral("2_4") is None
    True
    """
    match = CELL_NUMBER.fullmatch(text)
    if match is None or (match["sign"] and not percent):
        return None
    number = Decimal(re.sub("[ \u00a0\u202f%]", "", text).replace(",", ".")).normalize()
    decimals = -int(number.as_tuple().exponent)
    if decimals > SURE_DECIMALS and len(number.as_tuple().digits) > SURE_DIGITS:
        number = round(number, SURE_DECIMALS).normalize()
    return f"{number:f}"


def _read_number(column: str, cell: str) -> CellReading:
    """The plain form of a number that is not negative."""
    plain = read_numeral(cell, percent=column == "percent")
    said = f"{column} is {quote(cell)}"
    if plain is None:
        advice = "write it in digits 0-9"
        if cell.lower() in MISSING_SYMBOLS:
            advice = UNPUBLISHED if column == "percent" else "leave the cell empty where it is unknown"
        return _flawed("not-a-number", f"{said}, which is not a number; {advice}{tell_foreign(cell)}")
    if plain.startswith("-"):
        return _flawed("out-of-range", f"{said}; it cannot be below 0, nor have a minus sign")
    note = f"{column}: read as a plain number: a point for a comma, no %, spaces, needless zeros or digits"
    return CellReading(plain, note if plain != cell else "")


def read_percent(cell: str) -> CellReading:
    """A percentage with the digits that were printed; an empty text where there is none."""
    reading = _read_number("percent", cell) if cell else CellReading("")
    if reading.value and float(reading.value) > 100:
        return _flawed("out-of-range", f"percent is {quote(cell)}; a share lies between 0 and 100")
    decimals = len((reading.value or "").partition(".")[2])
    if decimals > MOST_STORED_DECIMALS:
        problem = f"percent is {quote(cell)}, with {decimals} decimals; give it as it was published"
        return _flawed("too-many-decimals", problem)
    return reading


def read_integer(column: str, cell: str) -> CellReading:
    """A number of answers; None where the cell is empty. What may be thousands or a fraction is refused."""
    if not cell:
        return CellReading()
    said = f"{column} is {quote(cell)}"
    if parted := re.fullmatch(r"([0-9]{1,3})[.,]([0-9]{3})", cell):
        whole, thousands = parted.groups()
        problem = f"{said}: {whole}{thousands}, or {whole} and a fraction? Leave the mark out"
        return _flawed("not-an-integer", problem)
    reading = _read_number(column, cell)
    if reading.flaw:
        return reading
    if "." in reading.value:
        return _flawed("not-an-integer", f"{said}; a number of answers is a whole number")
    least = int(column == "n")
    if not least <= float(reading.value) <= LARGEST_NUMBER:
        return _flawed("out-of-range", f"{said}; it lies between {least} and {LARGEST_NUMBER:,}")
    return reading._replace(value=int(reading.value))


def read_source(cell: str) -> CellReading:
    """Where a figure comes from, composed (NFC); nothing that a spreadsheet would run."""
    if not cell:
        return CellReading("", warning="source is empty: nobody can tell where the figures come from")
    said = f"source is {quote(cell)}"
    if cell.lower() in MISSING_SYMBOLS:
        return _flawed("missing-symbol", f"{said}; leave the cell empty where it is unknown")
    if starts_formula(cell):
        return _flawed(
            "formula-cell", f"{said}, which a spreadsheet would run as a formula; begin with a word"
        )
    composed = compose(cell)
    return CellReading(composed, "source: letters and their accents composed (NFC)" * (composed != cell))


class Vocabulary:
    """The codes and labels of one column, ``group`` or ``stage``."""

    def __init__(self, codebook: Codebook, column: str) -> None:
        self.column = column
        self.codes = codebook.groups if column == "group" else codebook.stages
        self._labels = codebook.words_of(column, ALONE)

    @property
    def words(self) -> list[str]:
        """All codes and labels."""
        return [*self.codes, *(label for labels in self._labels.values() for label in sorted(labels))]

    def means(self, cell: str) -> str | None:
        """The code that a cell means, without a word about it; a look-alike of a letter is not the letter."""
        is_plain = cell.isascii() or all(compose(character) == character for character in cell)
        return self._meanings.get(fold(cell)) if is_plain else None

    def read(self, cell: str) -> CellReading:
        """The code that a cell means, in any letter case, or by a label."""
        code = cell if cell in self.codes else self.means(cell)
        if code is not None or not cell:
            return _read_code(self.column, cell, code)
        problem = unknown_code(self.column, cell, self.codes)
        near = get_close_matches(fold(cell), self._meanings, n=1)
        if near and not get_close_matches(cell.lower(), self.codes, n=1):  # a label, where no code is nearer
            problem += f" (did you mean {quote(near[0])}, which is {quote(self._meanings[near[0]])}?)"
        return _flawed(f"unknown-{self.column}", problem + tell_foreign(cell))

    @cached_property
    def _meanings(self) -> dict[str, str]:
        """Code by code or label in small letters; a label that several codes share means none of them."""
        meant: dict[str, set[str]] = defaultdict(set)
        for code, labels in self._labels.items():
            for label in labels:
                meant[fold(label)].add(code)
        meanings = {label: codes.pop() for label, codes in meant.items() if len(codes) == 1}
        return meanings | {code.lower(): code for code in self.codes}


def _read_code(column: str, cell: str, code: str | None) -> CellReading:
    if code is None:
        return _flawed(
            "empty-cell", f"{column} is empty; write it in every row (merged cells leave it empty)"
        )
    return CellReading(code, f"{column}: {quote(cell)} read as {quote(code)}" if cell != code else "")


def read_wave_id(cell: str) -> CellReading:
    """The id of the wave that a cell names, in any letter case, or as it is printed."""
    folded = cell.lower().replace("-q", "-Q") if cell.isascii() else ""
    wave = next(filter(WAVE_PATTERN.fullmatch, (cell, folded, read_printed_wave(cell))), None)
    if wave is not None or not cell:
        return _read_code("wave", cell, wave)
    problem = f"wave is {quote(cell)}; use {WAVE_FORMS}, the time of fieldwork{tell_foreign(cell)}"
    return _flawed("unknown-wave", problem)


def read_printed_wave(cell: str) -> str:
    """The id of a wave as pages print it, ``syksy 2022`` or ``Q3 2022``; empty for anything else."""
    part, _, year = fold(cell).rpartition(" ")
    code = PARTS.get(part.removesuffix("kuu"))
    return f"{year}-{code}" if code and re.fullmatch("[0-9]{4}", year) else ""
