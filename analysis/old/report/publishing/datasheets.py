"""The numbers of a chart as CSV: codes and unrounded figures, the words of a language beside the codes."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.codebook import codebook_of
from analysis.old.report.exports import FORMULA_STARTS
from analysis.old.words.wording import wave_label

if TYPE_CHECKING:
    from analysis.codebook import Codebook

WORDED = ("wave", "group", "stage", "first", "second")  # columns of codes that get their words beside them


def write_numbers(frame: pd.DataFrame, *, lang: str) -> str:
    """A frame as CSV text: its columns, then the words of its codes.

    Returns
    -------
    str
        One line per row of the frame, commas and LF; missing values are empty; shares are between 0 and 1. A
        text that a spreadsheet would run as a formula gets an apostrophe. Withheld stages have rows whose
        ``basis`` says so, without a figure.
    """
    codebook = codebook_of(frame)
    frame = _with_withheld(frame, codebook)
    worded = [column for column in WORDED if column in frame]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*map(str, frame.columns), *(f"{column}_{lang}" for column in worded)])
    columns = list(map(str, frame.columns))
    for row in frame.itertuples(index=False, name=None):
        codes = dict(zip(columns, row, strict=True))
        words = [
            _word(codebook, column, str(codes[column]), lang, waves="group" in codes) for column in worded
        ]
        writer.writerow([*map(_plain, row), *map(_inert, words)])
    return text.getvalue()


def _with_withheld(frame: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """The frame of one wave with a row for each withheld stage beside each group or pair of groups."""
    waves = [str(wave) for wave in frame["wave"].unique()] if {"wave", "basis"} <= set(frame) else []
    stages = codebook.withheld(waves[0]) if len(waves) == 1 else []
    keys = frame[[name for name in ("wave", "group", "first", "second", "measure") if name in frame]]
    hidden = keys.astype(str).drop_duplicates().merge(pd.DataFrame({"stage": stages}), how="cross")
    return pd.concat([frame.astype({"stage": str}), hidden.assign(basis="withheld")]) if stages else frame


def _word(codebook: Codebook, column: str, code: str, lang: str, *, waves: bool) -> str:
    """The word of a code; what is compared are waves where the frame has a group of its own, else groups."""
    if column == "wave" or (waves and column in {"first", "second"}):
        return wave_label(code, lang)
    return codebook.word("stage" if column == "stage" else "group", code, lang)


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return _inert(value)
    if pd.isna(value):
        return ""
    return repr(value.item() if hasattr(value, "item") else value)


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
