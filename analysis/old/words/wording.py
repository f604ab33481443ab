"""Words and number forms in three languages, each by one policy.

All words for people stand in ``analysis/words/<topic>.toml``, a whole sentence a key with the three
languages side by side; a number is rounded here, and nowhere else, before it is put into one.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.codebook import LANGUAGES, codebook_of
from analysis.errors import RequestError, unknown_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from analysis.codebook import Codebook

WORDS = Path(__file__).parent
MINUS = "\N{MINUS SIGN}"
NOISE = Decimal("1e-9")  # what binary floating point adds to a decimal figure, and more
SMALLEST_P = 0.001  # below it only "p < 0.001" is said


def say(key: str, lang: str, /, **values: object) -> str:
    """The sentence ``topic.name`` in one language, its ``{named}`` places filled.

    Values are put in as they are: braces and markup inside them stay those characters.

    Raises
    ------
    RequestError
        The language is not one of fi, sv, en.
    """
    if lang not in LANGUAGES:
        raise RequestError(unknown_code("lang", lang, LANGUAGES))
    topic, name = key.split(".", 1)
    return words_of(topic)[name][lang].format(**values)


@cache
def words_of(topic: str) -> Mapping[str, Mapping[str, str]]:
    """All sentences of one topic: name, then language."""
    with (WORDS / f"{topic}.toml").open("rb") as file:
        return tomllib.load(file)


def rounded(value: float, decimals: int = 0) -> Decimal:
    """A figure at so many decimals, ties to the even digit, floating-point noise taken off first.

    >>> rounded(2.5), rounded(100 * 0.275), rounded(-0.3)
    (Decimal('2'), Decimal('28'), Decimal('0'))
    """
    exact = Decimal(repr(float(value))).quantize(NOISE, ROUND_HALF_EVEN)
    figure = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
    return figure or abs(figure)


def format_number(value: float, lang: str, decimals: int = 0, *, sign: bool = False) -> str:
    """A figure with the separators of the language, U+2212 as minus, and a plus where asked for.

    >>> format_number(-3.25, "fi", 1), format_number(18, "en", sign=True), format_number(1234.5, "en", 1)
    ('−3,2', '+18', '1,234.5')
    """
    figure = rounded(value, decimals)
    mark = MINUS if figure < 0 else "+" if sign and figure > 0 else ""
    return mark + _separated(abs(figure), lang, decimals)


@cache
def _separated(figure: Decimal, lang: str, decimals: int) -> str:
    from babel.numbers import format_decimal

    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return str(format_decimal(figure, format=pattern, locale=lang))


def format_percent(value: float, lang: str, decimals: int = 0) -> str:
    """A figure that is in per cent already, with its sign: ``19 %`` (no-break space), in English ``19%``."""
    return say("common.percent", lang, number=format_number(value, lang, decimals))


def format_share(value: float, lang: str, decimals: int = 0) -> str:
    """A share between 0 and 1 as per cent."""
    return format_percent(100 * value, lang, decimals)


def format_points(value: float, lang: str, decimals: int = 0, *, sign: bool = True) -> str:
    """A difference in percentage points (not a share), with its sign: ``+18``, ``−3``, ``0``."""
    return format_number(value, lang, decimals, sign=sign)


def points_phrase(value: float, lang: str, decimals: int = 0, *, sign: bool = False) -> str:
    """Percentage points in words: ``18 percentage points``, ``1 procentenhet``."""
    number = format_number(value, lang, decimals, sign=sign)
    one = abs(rounded(value, decimals)) == 1
    return say("common.point" if one else "common.points", lang, number=number)


def format_count(value: float, lang: str) -> str:
    """A number of answers, thousands set apart."""
    return format_number(value, lang)


def format_p(value: float, lang: str) -> str:
    """A p-value with two figures that tell something: ``p = 0.033``, ``p = 0.53``, ``p < 0.001``."""
    key = "common.p_below" if value < SMALLEST_P else "common.p_equals"
    return say(key, lang, number=_p_figure(value, lang))


def format_p_range(low: float, high: float, lang: str) -> str:
    """Two p-values as the ends of a range: ``0.011 to 0.065``, ``<0.001 to 0.02``."""
    ends = [("<" if end < SMALLEST_P else "") + _p_figure(end, lang) for end in (low, high)]
    return ends[0] if ends[0] == ends[1] else say("common.range", lang, low=ends[0], high=ends[1])


def _p_figure(value: float, lang: str) -> str:
    if value < SMALLEST_P:
        return format_number(SMALLEST_P, lang, 3)
    return format_number(value, lang, 2 if value >= 0.0995 else 3 if value >= 0.00995 else 4)


def format_range(
    low: float, high: float, lang: str, decimals: int = 0, *, sign: bool = False, percent: bool = False
) -> str:
    """Two ends of a range, in the units given: ``9 to 31``, ``−26 to +2``, ``9–31%``.

    Where an end is negative both ends carry their sign; a signed range is of points, never of per cent.
    """
    signed = sign or rounded(low, decimals) < 0
    ends = [format_number(end, lang, decimals, sign=signed) for end in (low, high)]
    key = "common.range_signed" if signed else "common.range_percent" if percent else "common.range"
    return say(key, lang, low=ends[0], high=ends[1])


def format_n(value: float, lang: str) -> str:
    """The base of a percentage: ``n = 80``."""
    return say("common.n_equals", lang, n=format_count(value, lang))


def wave_label(wave: str, lang: str) -> str:
    """A wave in words: ``2020-autumn`` is autumn 2020, syksy 2020, hösten 2020."""
    year, season = wave.split("-", 1)
    return say("common.spring" if season == "spring" else "common.autumn", lang, year=year)


def fieldwork(codebook: Codebook, wave: str, lang: str) -> str:
    """When the answers of a wave were given, as the codebook declares it, else its season."""
    declared = codebook.wave(wave).get("fieldwork", {})
    return str(declared.get(lang) or wave_label(wave, lang))


def quoted(text: str, lang: str) -> str:
    """A label in the quotation marks of the language, so that it needs no case ending."""
    return say("common.quoted", lang, text=text)


def join_words(words: Sequence[str], lang: str) -> str:
    """A listing: ``a``, ``a and b``, ``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return say("common.join", lang, first=", ".join(words[:-1]), last=words[-1])


def source_line(frame: pd.DataFrame, *, lang: str = "en") -> str:
    """The foot of a chart: publisher, fieldwork, answers, where the numbers come from, method and marks."""
    codebook = codebook_of(frame)
    times = join_words([fieldwork(codebook, wave, lang) for wave in _waves(frame)], lang)
    answers = _answers(frame, lang)
    values = {"publisher": codebook.text("publisher", lang), "fieldwork": times}
    head = (
        say("common.source", lang, answers=answers, **values)
        if answers
        else say("common.source_without_n", lang, **values)
    )
    return " ".join([head, *_bases(frame, lang), *_methods(frame, lang), *describe_marks(frame, lang=lang)])


def describe_marks(frame: pd.DataFrame, *, lang: str = "en") -> list[str]:
    """What was done to the waves of a frame before they were published: stages withheld, answers weighted.

    The codebook of the frame says so in a wave's ``withheld``, an object with ``minimum`` and ``stages``, in
    ``weighted`` and in ``effective``, the effective n by group; rows of ``tabulate_responses`` and
    ``withhold_small_cells`` bring it with them. One sentence each, none where nothing was done.
    """
    waves = _waves(frame)
    told = []
    for wave in waves:
        label = wave_label(wave, lang)
        start = "" if len(waves) == 1 else f"{label[:1].upper()}{label[1:]}: "
        told += [start + sentence for sentence in _marks(codebook_of(frame), wave, lang)]
    return told


def _marks(codebook: Codebook, wave: str, lang: str) -> list[str]:
    declared, told = codebook.wave(wave), []
    if names := [quoted(codebook.word("stage", stage, lang), lang) for stage in codebook.withheld(wave)]:
        minimum = format_count(declared["withheld"]["minimum"], lang)
        told.append(say("respondents.withheld", lang, minimum=minimum, stages=join_words(names, lang)))
    if declared.get("weighted"):
        told.append(say("respondents.weighted", lang))
    if effective := declared.get("effective"):
        sizes = [
            f"{codebook.word('group', group, lang)} {format_count(n, lang)}" for group, n in effective.items()
        ]
        told.append(say("respondents.effective", lang, sizes=", ".join(sizes)))
    return told


def _waves(frame: pd.DataFrame) -> list[str]:
    """Codes of the waves of a frame in time order; a change names two of them."""
    names = ["first", "second"] if "group" in frame and "first" in frame else ["wave"]
    codes = {str(code) for name in names for code in frame[name].unique()}
    return sorted(codes, key=wave_order)


def wave_order(wave: str) -> tuple[str, bool]:
    """What sorts waves in time: the year, then spring before autumn."""
    year, season = wave.split("-", 1)
    return year, season == "autumn"


def _answers(frame: pd.DataFrame, lang: str) -> str:
    """How many answered: one base for shares, the two bases for a difference; empty where unknown."""
    if "n_first" in frame:
        pairs = frame[["n_first", "n_second"]].dropna().drop_duplicates()
        if len(pairs) != 1:
            return ""
        order = [1, 0] if "group" in frame else [0, 1]  # waves in time order, groups in the codebook's
        bases = [format_count(pairs.to_numpy(float)[0, position], lang) for position in order]
        return say("common.answers", lang, n=join_words(bases, lang))
    total = codebook_of(frame).total
    groups = frame.drop_duplicates("group")
    if total in set(groups["group"]):
        groups = groups[groups["group"] == total]
    n = float(groups["n"].astype(float).sum(skipna=False))
    return "" if math.isnan(n) else format_n(n, lang)


def _bases(frame: pd.DataFrame, lang: str) -> list[str]:
    """Where the numbers come from, one sentence a basis; of weighted ones the marks say it."""
    counted = "count" in frame and frame["count"].notna().all()
    found = frame["basis"].dropna().unique() if "basis" in frame else ["counted" if counted else "published"]
    weighted = all(codebook_of(frame).wave(wave).get("weighted") for wave in _waves(frame))
    return [
        _recovered(frame, lang) if basis == "recovered" else say(f"common.basis_{basis}", lang)
        for basis in found
        if not (weighted and basis == "published")
    ]


def _recovered(frame: pd.DataFrame, lang: str) -> str:
    """How many tables of counts fit, where the frame knows it."""
    tables = frame.attrs.get("n_tables")
    if "n_tables" in frame:
        counted = frame.loc[frame["basis"] == "recovered", "n_tables"]
        tables = counted.max() if counted.notna().all() else None
    if tables is None or isinstance(tables, dict):  # dict: their number is only estimated
        return say("common.basis_recovered", lang)
    if tables == 1:
        return say("common.basis_recovered_one", lang)
    return say("common.basis_recovered_several", lang, tables=format_count(tables, lang))


def _methods(frame: pd.DataFrame, lang: str) -> list[str]:
    """How the intervals were made, one sentence a method."""
    methods = list(frame["method"].dropna().unique()) if "method" in frame else []
    sentences = [
        say("common.intervals", lang, method=say(f"common.method_{method}", lang))
        for method in methods
        if method != "rounding"
    ]
    return sentences + [say("common.intervals_rounding", lang)] * ("rounding" in methods)
