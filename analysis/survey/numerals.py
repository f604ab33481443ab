"""Numbers as people write them in tables, by a closed pattern.

ASCII digits with a decimal point or comma; a no-break space may part thousands. Python's own ``int`` and
``float`` also take ``2_4``, full-width and Arabic digits, ``nan`` and ``1e400``, so they come after.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

NUMBER = re.compile(
    r"(?P<minus>-?)(?P<whole>[0-9]{1,3}(?:[\u00a0\u202f][0-9]{3})+|[0-9]+|(?=[.,]))"
    r"(?:(?P<mark>[.,])(?P<decimals>[0-9]+))?"
)
PERCENT_SIGN = re.compile(r"[ \u00a0\u202f]?%$")
PARTED = re.compile(r"[\u00a0\u202f]")
LARGEST = 10**15  # the digits that a spreadsheet keeps
MOST_DECIMALS = 15
SURE_DIGITS = 12  # of a number computed in binary floating point, after some steps of arithmetic
SURE_DECIMALS = 10  # of a percentage with more digits, the same for all of a wave


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
