"""What one cell may say: characters that can be seen, numbers by a closed pattern, codes or their labels.

All of Unicode is legal text, except what a reader of the table could not see or would see otherwise. Numbers
are ASCII digits with a decimal point or comma; a no-break space may part thousands. Python's own ``int`` and
``float`` also take ``2_4``, full-width and Arabic digits, ``nan`` and ``1e400``, so they come after.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches
from functools import cached_property, lru_cache
from typing import NamedTuple

from analysis.codebook import WAVE_FORMS, WAVE_PATTERN, Codebook
from analysis.errors import name_character, quote, unknown_code
from analysis.survey.ledger import Ledger

BLANKS = " \u00a0\u2007\u202f"  # spaces and no-break spaces, which cells are trimmed of

# UTF-8 that was once read as Windows-1252: Ã¤ for ä, â€“ for a dash; and the mark of a lost character.
_HIGH = (
    "\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u017d"
    "\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u017e\u0178\u00a0-\u00bf"
)
GARBLED = re.compile(f"[\u00c2\u00c3][{_HIGH}]|\u00e2[{_HIGH}]{{2}}|\ufffd")
NUMBER = re.compile(
    r"(?P<minus>-?)(?P<whole>[0-9]{1,3}(?:[\u00a0\u202f][0-9]{3})+|[0-9]+|(?=[.,]))"
    r"(?:(?P<mark>[.,])(?P<decimals>[0-9]+))?"
)
PERCENT_SIGN = re.compile(r"[ \u00a0\u202f]?%$")
PARTED = re.compile(r"[\u00a0\u202f]")
LOOKED_AT = 20  # rows in which a header is looked for
LARGEST = 10**15  # the digits that a spreadsheet keeps
MOST_DECIMALS = 15
SURE_DIGITS = 12  # of a number computed in binary floating point, after some steps of arithmetic
SURE_DECIMALS = 10  # of a percentage with more digits, the same for all of a wave
ALONE = ("labels", "short", "single", "answer")  # the forms of a label that stand alone in a cell
SEASONS = {"kevät": "spring", "våren": "spring", "syksy": "autumn", "hösten": "autumn"}
SEASONS |= {"spring": "spring", "autumn": "autumn"}
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
    start = text.lstrip(BLANKS + "\t\r\n\x0b\x0c")[:1]
    return unicodedata.normalize("NFKC", start) in {"=", "+", "-", "@"}


def known_names(cells: Iterable[str], names: Iterable[str]) -> set[str]:
    """The names that a row has, apart from letter case and a % behind them."""
    return {cell.strip(BLANKS).lower().rstrip(" ,%") for cell in cells} & {name.lower() for name in names}


def compose(text: str) -> str:
    """The text in Unicode's composed form (NFC)."""
    return unicodedata.normalize("NFC", text)


class Numeral(NamedTuple):
    """A number: its plain form (point, no needless zeros), its decimal mark, what was left out."""

    plain: str
    negative: bool
    mark: str
    dropped: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether it has no decimals, or only zeros."""
        return "." not in self.plain


@lru_cache(maxsize=4096)  # the same percentages come again and again
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
    match = NUMBER.fullmatch(bare)
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
    dropped = tuple(change for change, made in changes.items() if made)
    plain = f"{whole}.{decimals}" if decimals else whole
    return Numeral(plain, match["minus"] == "-", match["mark"] or "", dropped)


def _round_noise(whole: str, decimals: str) -> tuple[str, str]:
    """The digits that a computer was sure of: 13.75 for 13.750000000000002, the noise of its arithmetic."""
    if len((whole + decimals).lstrip("0")) <= SURE_DIGITS or len(decimals) <= SURE_DECIMALS:
        return whole, decimals
    rounded = round(Decimal(f"{whole}.{decimals}"), SURE_DECIMALS)
    plain_whole, _, plain_decimals = f"{rounded:f}".partition(".")
    return plain_whole, plain_decimals.rstrip("0")


def is_ambiguous_thousand(text: str) -> bool:
    """Whether three digits follow a single mark, so that it may part thousands: ``1.250``, ``1,000``."""
    return re.fullmatch(r"[0-9]{1,3}[.,][0-9]{3}", text) is not None


class Vocabulary:
    """The codes and labels of one column, ``group`` or ``stage``."""

    def __init__(self, codebook: Codebook, column: str) -> None:
        self.column = column
        self.codes = codebook.groups if column == "group" else codebook.stages
        self._known = {code: code for code in self.codes}  # one object for each, however many rows
        self._labels = codebook.words_of(column, ALONE)

    def read(self, cell: str, line: int, ledger: Ledger) -> str | None:
        """The code that a cell means; None, and a problem, when it means none."""
        if known := self._known.get(cell):
            return known
        code = self.means(cell)
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
        foreign = not cell.isascii() and find_foreign(cell, self._alphabet)
        return None if foreign else self._meanings.get(compose(cell).casefold())

    def _refuse(self, cell: str, line: int, ledger: Ledger) -> None:
        if not cell:
            problem = f"{self.column} is empty; write it in every row (merged cells leave it empty)"
            ledger.refuse(line, self.column, cell, "empty-cell", problem)
            return
        problem = unknown_code(self.column, cell, self.codes) + self._near_label(cell)
        problem += tell_foreign(cell, self._alphabet)
        ledger.refuse(line, self.column, cell, f"unknown-{self.column}", problem)

    def _near_label(self, cell: str) -> str:
        """The label that was meant, where no code is nearer."""
        near = get_close_matches(compose(cell).casefold(), self._meanings, n=1)
        if not near or get_close_matches(cell.lower(), self.codes, n=1):
            return ""
        return f" (did you mean {quote(near[0])}, which is {quote(self._meanings[near[0]])}?)"

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


def read_wave_id(cell: str, line: int, ledger: Ledger) -> str | None:
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
    problem = f"wave is {quote(cell)}; use {WAVE_FORMS}, the time of fieldwork{tell_foreign(cell)}"
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
