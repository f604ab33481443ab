"""Printed percentages as exact integers: 19.5 at one decimal is 195 units, 100 % is 1 000.

Spreadsheets add zeros (``16.0``), so a number's decimals are its *significant* ones, and the decimals
of a wave are the most that any of its percentages has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from analysis.errors import RequestError, quote

PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?", re.ASCII)


def whole(decimals: int) -> int:
    """What 100 % is in printed units: 100 at no decimals, 1 000 at one."""
    return int(100 * 10**decimals)


def read_decimal(percent: str | float) -> Decimal:
    """A percentage exactly as printed, without its insignificant zeros.

    A float stands for the shortest decimal that reads back as the same float.

    Raises
    ------
    RequestError
        It is not a plain decimal number.

    Examples
    --------
    >>> read_decimal("16.0"), read_decimal(19.5)
    (Decimal('16'), Decimal('19.5'))
    """
    text = percent.strip() if isinstance(percent, str) else repr(float(percent))
    if not PLAIN_NUMBER.fullmatch(text):
        raise RequestError(f"a percentage is {quote(text)}; give a plain number such as 19 or 19.5")
    number = Decimal(text)
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def significant_decimals(percents: Iterable[str | float | None]) -> int:
    """The most significant decimals among percentages; None and nan are left out.

    Examples
    --------
    >>> significant_decimals(["16.0", "19.5", None])
    1
    """
    published = (p for p in percents if p is not None and not is_empty(p))
    return max((_decimals(read_decimal(p)) for p in published), default=0)


@lru_cache(maxsize=4096)
def printed_units(percent: str | float, decimals: int) -> int:
    """A percentage in units of its last decimal.

    Raises
    ------
    RequestError
        It has more significant decimals than ``decimals``.

    Examples
    --------
    >>> printed_units("19.5", 1), printed_units("19", 1)
    (195, 190)
    """
    number = read_decimal(percent)
    if _decimals(number) > decimals:
        raise RequestError(
            f"a percentage is {quote(str(percent))}; the wave is published with {decimals} decimals"
        )
    return int(number.scaleb(decimals))


def print_units(units: int, decimals: int) -> str:
    """Printed units as text with all their decimals.

    Examples
    --------
    >>> print_units(190, 1), print_units(19, 0)
    ('19.0', '19')
    """
    return f"{Decimal(units).scaleb(-decimals):f}"


def is_empty(percent: object) -> bool:
    """Whether a percentage is not published: None, nan or missing."""
    return percent is None or type(percent).__name__ == "NAType" or percent != percent  # noqa: PLR0124


def _decimals(number: Decimal) -> int:
    return max(0, -int(number.as_tuple().exponent))
