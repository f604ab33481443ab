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
from functools import cached_property
from typing import Any, NamedTuple

from analysis.codebook import DESCRIPTOR, WAVE_FORMS, WAVE_PATTERN, Codebook
from analysis.errors import name_character, quote, unknown_code

BLANKS = " \u00a0\u2007\u202f"  # spaces and no-break spaces, which cells are trimmed of

# UTF-8 that was once read as Windows-1252: Ã¤ for ä, â€“ for a dash; and the mark of a lost character.
_HIGH = (
    "\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u017d"
    "\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u017e\u0178\u00a0-\u00bf"
)
GARBLED = re.compile(f"[\u00c2\u00c3][{_HIGH}]|\u00e2[{_HIGH}]{{2}}|\ufffd")
CELL_NUMBER = re.compile(
    r"(?P<minus>-?)(?P<whole>[0-9]{1,3}(?:[\u00a0\u202f][0-9]{3})+|[0-9]+|(?=[.,]))"
    r"(?:(?P<mark>[.,])(?P<decimals>[0-9]+))?"
)
PERCENT_SIGN = re.compile(r"[ \u00a0\u202f]?%$")
PARTED = re.compile(r"[\u00a0\u202f]")
LETTERS = frozenset("åäöÅÄÖ")
MISSING_SYMBOLS = {  # what statistics write for an unknown or hidden value
    *("na", "n/a", "#n/a", "nan", "null", "none", "nil", "[c]", "[x]"),
    *(".", "..", "...", "…", "-", "–", "—", "*", "?", "<1", "<5"),
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
SEASON_WORDS = {"kevät": "spring", "våren": "spring", "syksy": "autumn", "hösten": "autumn"}
SEASON_WORDS |= {"spring": "spring", "autumn": "autumn"}
MONTHS = (  # in Finnish, before "kuu", in Swedish and in English
    "tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "january february march april may june july august september october november december",
)
PARTS = SEASON_WORDS | {name: f"{at:02}" for names in MONTHS for at, name in enumerate(names.split(), 1)}
PRINTED_WAVE = re.compile(
    rf"(?P<part>{'|'.join(PARTS)})(?:kuu)? (?P<year>[0-9]{{4}})"
    r"|(?:(?P<fi>[1-4])\. neljännes|kvartal (?P<sv>[1-4])|q(?P<en>[1-4])) (?P<of>[0-9]{4})"
)


def find_foreign(text: str, alphabet: frozenset[str]) -> list[str]:
    """Names of the characters that are neither ASCII nor in the alphabet: look-alikes in a code."""
    return [name_character(c) for c in dict.fromkeys(text) if not c.isascii() and c not in alphabet]


def tell_foreign(text: str, alphabet: frozenset[str] = frozenset()) -> str:
    """What to add to a message on a text with look-alikes: the first three."""
    names = find_foreign(text, alphabet)
    return f"; it holds {', '.join(names[:3])}" if names else ""


def alphabet_of(words: list[str]) -> frozenset[str]:
    """The characters of some words, in either case, composed or not."""
    text = "".join(words)
    forms = [
        unicodedata.normalize(form, case) for form in ("NFC", "NFD") for case in (text.lower(), text.upper())
    ]
    return frozenset("".join([text, *forms]))


def starts_formula(text: str) -> bool:
    """Whether a spreadsheet would run the text: it starts with = + - @ or one of their other forms."""
    return unicodedata.normalize("NFKC", text.lstrip()[:1]) in {"=", "+", "-", "@"}


def known_names(cells: Iterable[str], names: Iterable[str]) -> set[str]:
    """The names that a row has, apart from letter case and a % behind them."""
    return {cell.strip(BLANKS).lower().rstrip(" ,%") for cell in cells} & {name.lower() for name in names}


def compose(text: str) -> str:
    """The text in Unicode's composed form (NFC)."""
    return unicodedata.normalize("NFC", text)


class CellReading(NamedTuple):
    """What one cell says: its value, what was left out or read otherwise, and what is wrong with it.

    ``flaw`` is the rule that the cell breaks, and the sentence that says so; the value is None then.
    """

    value: Any = None
    notes: tuple[str, ...] = ()
    warning: str = ""
    flaw: tuple[str, str] | None = None


class Numeral(NamedTuple):
    """A number: its plain form (point, no needless zeros), and what was left out."""

    plain: str
    dropped: tuple[str, ...]


def read_numeral(text: str, *, percent: bool = False) -> Numeral | None:
    r"""The number in a cell; None when it is not one. With ``percent`` a % may stand behind it.

    Examples
    --------
    >>> read_numeral("1\u00a0250,50").plain
    '1250.5'
    >>> read_numeral("2_4") is None
    True
    """
    bare = PERCENT_SIGN.sub("", text) if percent else text
    match = CELL_NUMBER.fullmatch(bare)
    if match is None:
        return None
    digits = PARTED.sub("", match["whole"])
    given = (match["decimals"] or "").rstrip("0")
    whole, decimals = _round_noise(digits.lstrip("0") or "0", given)
    changes = {
        "the sign % left out": bare != text,
        "the space between thousands left out": digits != match["whole"],
        f"decimals beyond the {SURE_DECIMALS} that a computed number is sure of left out": decimals != given,
        "decimal comma read as a point": bool(decimals) and match["mark"] == ",",
        "decimals that are only zeros left out": bool(match["decimals"]) and not given,
        "zeros at the end left out": bool(given) and given != match["decimals"],
        "zeros at the start left out": digits.startswith("0") and digits != "0",
        "the missing 0 before the decimals added": not digits,
    }
    plain = match["minus"] + (f"{whole}.{decimals}" if decimals else whole)
    return Numeral(plain, tuple(change for change, made in changes.items() if made))


def _round_noise(whole: str, decimals: str) -> tuple[str, str]:
    """The digits that a computer was sure of: 13.75 for 13.750000000000002, the noise of its arithmetic."""
    if len((whole + decimals).lstrip("0")) <= SURE_DIGITS or len(decimals) <= SURE_DECIMALS:
        return whole, decimals
    rounded = round(Decimal(f"{whole}.{decimals}"), SURE_DECIMALS)
    plain_whole, _, plain_decimals = f"{rounded:f}".partition(".")
    return plain_whole, plain_decimals.rstrip("0")


def _read_number(column: str, cell: str) -> CellReading:
    """The plain form of a number that is not negative."""
    numeral = read_numeral(cell, percent=column == "percent")
    said = f"{column} is {quote(cell)}"
    if numeral is None:
        advice = "write it in digits 0-9"
        if cell.lower() in MISSING_SYMBOLS:
            advice = UNPUBLISHED if column == "percent" else "leave the cell empty where it is unknown"
        problem = f"{said}, which is not a number; {advice}{tell_foreign(cell, LETTERS)}"
        return CellReading(flaw=("not-a-number", problem))
    if numeral.plain.startswith("-"):
        return CellReading(flaw=("out-of-range", f"{said}; it cannot be below 0, nor have a minus sign"))
    return CellReading(numeral.plain, tuple(f"{column}: {change}" for change in numeral.dropped))


def read_percent(cell: str) -> CellReading:
    """A percentage with the digits that were printed; an empty text where there is none."""
    reading = _read_number("percent", cell) if cell else CellReading("")
    if reading.value and float(reading.value) > 100:
        problem = f"percent is {quote(cell)}; a share lies between 0 and 100"
        return reading._replace(flaw=("out-of-range", problem))
    decimals = len((reading.value or "").partition(".")[2])
    if decimals > MOST_STORED_DECIMALS:
        problem = f"percent is {quote(cell)}, with {decimals} decimals; give it as it was published"
        return reading._replace(flaw=("too-many-decimals", problem))
    return reading


def read_integer(column: str, cell: str) -> CellReading:
    """A number of answers; None where the cell is empty. What may be thousands or a fraction is refused."""
    if not cell:
        return CellReading()
    if re.fullmatch(r"[0-9]{1,3}[.,][0-9]{3}", cell):
        whole, decimals = cell[:-4], cell[-3:]
        problem = (
            f"{column} is {quote(cell)}: {whole}{decimals}, or {whole} and a fraction? Leave the mark out"
        )
        return CellReading(flaw=("not-an-integer", problem))
    reading = _read_number(column, cell)
    if reading.flaw:
        return reading
    if "." in reading.value:
        problem = f"{column} is {quote(cell)}; a number of answers is a whole number"
        return reading._replace(flaw=("not-an-integer", problem))
    if float(reading.value) > LARGEST_NUMBER or (column == "n" and reading.value == "0"):
        problem = f"{column} is {quote(cell)}; it lies between {int(column == 'n')} and {LARGEST_NUMBER:,}"
        return reading._replace(flaw=("out-of-range", problem))
    return reading._replace(value=int(reading.value))


def read_source(cell: str) -> CellReading:
    """Where a figure comes from, composed (NFC); nothing that a spreadsheet would run."""
    if not cell:
        return CellReading("", warning="source is empty: nobody can tell where the figures come from")
    if cell.lower() in MISSING_SYMBOLS:
        problem = f"source is {quote(cell)}; leave the cell empty where it is unknown"
        return CellReading(flaw=("missing-symbol", problem))
    if starts_formula(cell):
        problem = f"source is {quote(cell)}, which a spreadsheet would run as a formula; begin with a word"
        return CellReading(flaw=("formula-cell", problem))
    composed = compose(cell)
    return CellReading(composed, ("source: letters and their accents composed (NFC)",) * (composed != cell))


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
        """The code that a cell means, without a word about it."""
        foreign = not cell.isascii() and find_foreign(cell, self._alphabet)
        return None if foreign else self._meanings.get(compose(cell).casefold())

    def read(self, cell: str) -> CellReading:
        """The code that a cell means, in any letter case, or by a label."""
        code = cell if cell in self.codes else self.means(cell)
        if code is not None:
            is_code = cell.lower() == code.lower()
            said = f"letter case of the code {quote(code)}"
            said = said if is_code else f"the label {quote(cell)} read as {quote(code)}"
            return CellReading(code, (f"{self.column}: {said}",) * (cell != code))
        if not cell:
            return _read_empty(self.column)
        problem = unknown_code(self.column, cell, self.codes) + self._near_label(cell)
        problem += tell_foreign(cell, self._alphabet)
        return CellReading(flaw=(f"unknown-{self.column}", problem))

    def _near_label(self, cell: str) -> str:
        """The label that was meant, where no code is nearer."""
        near = get_close_matches(compose(cell).casefold(), self._meanings, n=1)
        if not near or get_close_matches(cell.lower(), self.codes, n=1):
            return ""
        return f" (did you mean {quote(near[0])}, which is {quote(self._meanings[near[0]])}?)"

    @cached_property
    def _alphabet(self) -> frozenset[str]:
        return alphabet_of(self.words)

    @cached_property
    def _meanings(self) -> dict[str, str]:
        """Code by folded code or label; a label that several codes share means none of them."""
        meant: dict[str, set[str]] = defaultdict(set)
        for code, labels in self._labels.items():
            for label in labels:
                meant[compose(label).casefold()].add(code)
        meanings = {folded: codes.pop() for folded, codes in meant.items() if len(codes) == 1}
        return meanings | {code.casefold(): code for code in self.codes}


def _read_empty(column: str) -> CellReading:
    problem = f"{column} is empty; write it in every row (merged cells leave it empty)"
    return CellReading(flaw=("empty-cell", problem))


def read_wave_id(cell: str) -> CellReading:
    """The id of the wave that a cell names, in any letter case, or as it is printed."""
    if WAVE_PATTERN.fullmatch(cell):
        return CellReading(cell)
    folded = cell.lower().replace("-q", "-Q") if cell.isascii() else cell
    if WAVE_PATTERN.fullmatch(folded):
        return CellReading(folded, (f"wave: letter case of {quote(folded)}",))
    if wave := read_printed_wave(cell):
        return CellReading(wave, (f"wave: {quote(cell)} read as {quote(wave)}",))
    if not cell:
        return _read_empty("wave")
    problem = f"wave is {quote(cell)}; use {WAVE_FORMS}, the time of fieldwork{tell_foreign(cell)}"
    return CellReading(flaw=("unknown-wave", problem))


def read_printed_wave(cell: str) -> str:
    """The id of a wave as pages print it, ``syksy 2022`` or ``Q3 2022``; empty for anything else."""
    found = PRINTED_WAVE.fullmatch(compose(cell).lower())
    if found is None:
        return ""
    if found["of"]:
        return f"{found['of']}-Q{found['fi'] or found['sv'] or found['en']}"
    return f"{found['year']}-{PARTS[found['part']]}"
