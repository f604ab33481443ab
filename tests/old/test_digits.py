"""Printed percentages as exact integers."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from analysis.errors import RequestError
from analysis.old.digits import (
    is_empty,
    print_units,
    printed_units,
    read_decimal,
    significant_decimals,
    whole,
)


def test_zeros_that_a_spreadsheet_adds_are_no_decimals() -> None:
    assert significant_decimals(["16.0", "20", "5.00"]) == 0
    assert significant_decimals(["16.0", "19.50", None]) == 1
    assert significant_decimals([16.0, 14.3, math.nan]) == 1
    assert significant_decimals([]) == 0


def test_figures_are_read_exactly() -> None:
    assert printed_units("19.5", 3) == 19_500
    assert printed_units(0.1 + 0.2, 17) == 30_000_000_000_000_004  # as the float prints
    assert printed_units("1e1", 0) == 10
    assert whole(3) == 100_000


def test_figures_are_printed_with_all_their_decimals() -> None:
    assert print_units(5, 2) == "0.05"
    assert print_units(195, 1) == "19.5"


@pytest.mark.parametrize("text", ["", "n/a", "nan", "1_0", "１９", "0x10", "19,5", "1e9999"])
def test_what_is_no_plain_number_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="give a plain number"):
        read_decimal(text)


def test_more_decimals_than_declared_are_refused() -> None:
    with pytest.raises(RequestError, match="published with 0 decimals"):
        printed_units("19.5", 0)


def test_nothing_published_is_recognised_in_every_form() -> None:
    assert all(is_empty(value) for value in (None, math.nan, pd.NA, pd.NaT))
    assert not is_empty("0")
