"""One voice: what knows language, codebook and decimals, and puts numbers and names into whole sentences.

All words for people stand in ``analysis/words/<file>.toml``, a whole sentence a key, its languages side by
side. Another language is a folder of such files with the same keys, named by ``MATURITY_WORDS``, and a
codebook that has it; no code. A number is rounded here, and nowhere else, before it is put into words.
"""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.codebook import UNDATED, Codebook, codebook_of, wave_order
from analysis.errors import RequestError, unknown_code

if TYPE_CHECKING:
    import pandas as pd

WORDS = Path(__file__).parent
WORDS_VARIABLE = "MATURITY_WORDS"
MINUS = "\N{MINUS SIGN}"
NOISE = Decimal("1e-9")  # what binary floating point adds to a decimal figure, and more
SMALLEST_P = 0.001  # below it only "p < 0.001" is said
JOINER = "\N{WORD JOINER}"  # no line breaks at it; programs draw nothing for it, also in fonts without it
RANGE_SIGN = re.compile(r"(?<=\d[…–])(?=[+−\d])")
RANGE_WORD = re.compile(r"(?<=\d) (\w{2,4}) (?=[+−\d])")
SEASONS = ("spring", "autumn")


def rounded(value: float, decimals: int = 0) -> Decimal:
    """A figure at so many decimals, ties to the even digit, floating-point noise taken off first.

    >>> rounded(2.5), rounded(100 * 0.275), rounded(-0.3)
    (Decimal('2'), Decimal('28'), Decimal('0'))
    """
    exact = Decimal(repr(float(value))).quantize(NOISE, ROUND_HALF_EVEN)
    figure = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
    return figure or abs(figure)


def sentence(words: str) -> str:
    """Words with their first letter as at the start of a sentence."""
    return words[:1].upper() + words[1:]


def hold_ranges(words: str) -> str:
    """Words in which no line ends within a range: ``−18…`` with ``+15`` on the next, or ``−18 to``."""
    return RANGE_WORD.sub("\u00a0\\1\u00a0", RANGE_SIGN.sub(JOINER, words))


def find_words(key: str, lang: str) -> str:
    """The text of ``file.key`` in one language, its places not filled.

    Raises
    ------
    RequestError
        No file has the key, or the key lacks the language; the message names all three.
    """
    topic, name = key.split(".", 1)
    texts = _read_topic(topic, _further()).get(name)
    if texts is None:
        raise RequestError(f"words/{topic}.toml has no key '{name}' (asked for in '{lang}'); add it")
    if lang not in texts:
        raise RequestError(
            f"there are no words in '{lang}', only in {', '.join(texts)} (words/{topic}.toml, key '{name}'); "
            f"use one of these, or add the words to {topic}.toml in the folder that {WORDS_VARIABLE} names"
        )
    return texts[lang]


def find_topic(topic: str, lang: str) -> dict[str, str]:
    """All texts of one file in one language, by key, their places not filled; errors as `find_words`."""
    return {key: find_words(f"{topic}.{key}", lang) for key in _read_topic(topic, _further())}


def has_words(key: str) -> bool:
    """Whether a key exists, in whatever language."""
    topic, name = key.split(".", 1)
    return name in _read_topic(topic, _further())


def _further() -> str:
    """A folder with words in further languages."""
    return os.environ.get(WORDS_VARIABLE, "")


@cache
def _read_topic(topic: str, further: str) -> Mapping[str, Mapping[str, str]]:
    """All texts of one file, key then language, with those of the same file in a further folder."""
    texts: dict[str, dict[str, str]] = {}
    for folder in [WORDS, *([Path(further)] if further else [])]:
        path = folder / f"{topic}.toml"
        if path.is_file():
            for key, languages in tomllib.loads(path.read_text(encoding="utf-8")).items():
                texts.setdefault(key, {}).update(languages)
    return texts


@dataclass(frozen=True)
class Voice:
    """How a survey speaks in one language: sentences, numbers, and the codebook's words.

    Parameters
    ----------
    codebook
        The survey's codebook.
    lang
        One of the languages of the codebook.
    decimals
        Decimals of its percentages and percentage points where a method is not told otherwise.

    Raises
    ------
    RequestError
        The codebook does not have the language.
    """

    codebook: Codebook
    lang: str
    decimals: int = 0

    def __post_init__(self) -> None:
        if self.lang not in self.codebook.languages:
            raise RequestError(unknown_code("lang", self.lang, self.codebook.languages))

    def say(self, key: str, /, **values: object) -> str:
        """The sentence ``file.key``, its ``{named}`` places filled.

        Values are put in as they are: braces and markup inside them stay those characters.
        """
        return find_words(key, self.lang).format(**values)

    # numbers

    def number(self, value: float, decimals: int | None = None, *, sign: bool = False) -> str:
        """A figure with the language's separators and U+2212 as minus: ``−3,2``, ``+18`` with ``sign``."""
        places = self.decimals if decimals is None else decimals
        figure = rounded(value, places)
        mark = MINUS if figure < 0 else "+" if sign and figure > 0 else ""
        return mark + _separated(abs(figure), self.lang, places)

    def percent(self, value: float, decimals: int | None = None) -> str:
        """A figure that is in per cent already: ``19 %`` (no-break space), in English ``19%``."""
        return self.say("common.percent", number=self.number(value, decimals))

    def share(self, value: float, decimals: int | None = None) -> str:
        """A share between 0 and 1 as per cent."""
        return self.percent(100 * value, decimals)

    def points(self, low: float, high: float | None = None, *, sign: bool = True) -> str:
        """A difference of shares (−1 to 1) or its range in words: ``+18 percentage points``."""
        ends = 100 * low, 100 * (low if high is None else high)
        first, last = (rounded(end, self.decimals) for end in ends)
        key = "common.point" if first == last and abs(first) == 1 else "common.points"
        return self.say(key, number=self.numbers_range(*ends, sign=sign))

    def numbers_range(
        self, low: float, high: float, decimals: int | None = None, *, sign: bool = False
    ) -> str:
        """Two ends in the units given, ``9 to 31``; both signed when one is negative or when asked for.

        One figure where both print alike.
        """
        signed = sign or rounded(low, self.decimals if decimals is None else decimals) < 0
        ends = [self.number(end, decimals, sign=signed) for end in (low, high)]
        if ends[0] == ends[1]:
            return ends[0]
        return self.say("common.range_signed" if signed else "common.range", low=ends[0], high=ends[1])

    def interval(self, low: float, high: float, decimals: int | None = None, *, sign: bool = False) -> str:
        """Two shares: per cent, ``9–31%``; with ``sign`` a difference's bare points, ``−26 to +2``.

        What excludes zero has one decimal more, or two, where an end would read as zero else.
        """
        if sign:
            places, nearest = self.decimals if decimals is None else decimals, min(abs(low), abs(high))
            more = (extra for extra in (0, 1, 2) if low * high <= 0 or rounded(100 * nearest, places + extra))
            return self.numbers_range(100 * low, 100 * high, places + next(more, 0), sign=True)
        ends = [self.number(100 * end, decimals) for end in (low, high)]
        if ends[0] == ends[1]:
            return self.share(low, decimals)
        return self.say("common.range_percent", low=ends[0], high=ends[1])

    def level(self, level: float) -> str:
        """A confidence level as per cent, with the decimals that it has: ``95%``, ``97.5%``."""
        return self.percent(100 * level, _places(100 * level))

    def of_level(self, level: float) -> str:
        """A confidence level before its interval: ``95%``, ``95 %:n``, ``95-procentigt``."""
        return self.say("common.of_level", number=self.number(100 * level, _places(100 * level)))

    def count(self, value: float) -> str:
        """A number of answers, thousands set apart."""
        return self.number(value, 0)

    def p(self, low: float, high: float | None = None) -> str:
        """A p-value or its range over several tables, with the figures that tell something.

        ``p = 0.033``, ``p < 0.001``, ``p = 0.011 to 0.065``; ``p ≤ 0.065`` where low is nan.
        """
        high = low if high is None else high
        first, last = ("" if math.isnan(end) else self._p(end) for end in (low, high))
        if not first:
            return self.say("common.p_at_most", number=last)
        if high < SMALLEST_P:
            return self.say("common.p_below", number=last)
        if first != last:
            smallest = "<" if low < SMALLEST_P else ""
            last = self.say("common.range", low=smallest + first, high=last)
        return self.say("common.p_equals", number=last)

    def _p(self, value: float) -> str:
        if value < SMALLEST_P:
            return self.number(SMALLEST_P, 3)
        return self.number(value, 2 if value >= 0.0995 else 3 if value >= 0.00995 else 4)

    def size(self, n: float) -> str:
        """The base of a percentage: ``n = 80``."""
        return self.say("common.n_equals", n=self.count(n))

    # the codebook's words

    def wave(self, wave: str) -> str:
        """A wave in words: ``2020-autumn`` is autumn 2020; also ``2020``, ``2020-Q3``, ``2020-09``."""
        if wave == UNDATED:
            return self.say("common.undated")
        year, _, part = wave.partition("-")
        if part in SEASONS:
            return self.say("common.spring" if part == "spring" else "common.autumn", year=year)
        if part.startswith("Q"):
            return self.say("common.quarter", year=year, quarter=part[1:])
        if part.isdigit():
            from babel.dates import format_date

            return str(format_date(date(int(year), int(part), 1), "LLLL y", locale=self.lang))
        return wave

    def fieldwork(self, wave: str) -> str:
        """When the answers of a wave were given, as the codebook declares it, else the wave in words."""
        declared = self.codebook.wave(wave).get("fieldwork", {})
        return str(declared.get(self.lang) or self.wave(wave))

    def stage(self, code: str, form: str = "labels") -> str:
        """A stage in the codebook's words: ``labels``, ``answer``, ``short`` …"""
        return self.codebook.word("stage", code, self.lang, form)

    def group(self, code: str, form: str = "labels") -> str:
        """A group in the codebook's words: ``labels``, ``short``, ``single``, ``within``."""
        return self.codebook.word("group", code, self.lang, form)

    def within(self, group: str) -> str:
        """A group as the place of an answer: its form ``within``, else "in the group" with its label."""
        place, label = self.group(group, "within"), self.group(group)
        return place if place != label else self.say("phrases.in_group", group=self.quoted(label))

    def text(self, key: str) -> str:
        """A text of the survey: ``title``, ``topic``, ``question``, ``respondents``, ``publisher`` …"""
        return self.codebook.text(key, self.lang)

    def verdict(self, verdict: str) -> str:
        """A verdict in words: clear, not clear, open; a dash where nothing is judged."""
        return self.say(f"common.verdict_{verdict.replace(' ', '_')}") if verdict else "–"

    def rule(self, rule: str) -> str:
        """A rounding rule in words; its code where there are none."""
        return self.say(f"rules.{rule}") if has_words(f"rules.{rule}") else rule

    # parts of sentences

    def quoted(self, text: str) -> str:
        """A label in the quotation marks of the language, so that it needs no case ending."""
        return self.say("common.quoted", text=text)

    def listed(self, words: Sequence[str]) -> str:
        """A listing: ``a``, ``a and b``, ``a, b and c``."""
        if len(words) < 2:
            return "".join(words)
        return self.say("common.join", first=", ".join(words[:-1]), last=words[-1])

    def stage_phrase(self, measure: str, stage: str) -> str:
        """A stage in quotation marks, or that stage or further; nothing is further than the highest stage."""
        label = self.stage(stage)
        if self._stands_alone(measure, stage):
            return self.quoted(label)
        return self.say("phrases.quoted_or_further", stage=label)

    def answer_phrase(self, measure: str, stage: str) -> str:
        """As ``stage_phrase``, but the subject of a sentence: the answer of that name."""
        return self.say("phrases.answer", stage=self.stage_phrase(measure, stage))

    def stage_label(self, measure: str, stage: str) -> str:
        """A stage, or that stage or further, as a label on an axis or in a table."""
        label = self.stage(stage)
        return label if self._stands_alone(measure, stage) else self.say("phrases.or_further", stage=label)

    def _stands_alone(self, measure: str, stage: str) -> bool:
        return measure == "stage" or stage == self.codebook.stages[-1]

    def sizes(self, sizes: Mapping[str, Any]) -> str:
        """Groups with their n, a number or its two ends: ``Vocational 80, General 95 to 97``."""
        ends = {group: (n[0], n[-1]) if isinstance(n, Sequence) else (n, n) for group, n in sizes.items()}
        return ", ".join(f"{self.group(g, 'short')} {self.numbers_range(*n, 0)}" for g, n in ends.items())

    # where a frame comes from

    def source_line(self, frame: pd.DataFrame, *, fieldwork: bool = True, sizes: bool = True) -> str:
        """The foot of a chart, slide or page: publisher, fieldwork, n of each group, method, assumptions.

        Without ``sizes`` it leaves out the n, which are long where groups are many; without ``fieldwork``
        both, where they stand beside it.
        """
        waves, when = _waves_of(frame), self._fieldwork_with_n if sizes else lambda _, w: self.fieldwork(w)
        parts = [self.say("common.source", publisher=self.text("publisher") or self.text("name"))]
        if fieldwork:
            parts.append(self.say("common.answered", fieldwork="; ".join(when(frame, w) for w in waves)))
        parts += [self._basis(frame), self._intervals(frame), self.assumed(frame), *self.marks(waves)]
        return " ".join(filter(None, parts))

    @property
    def asked(self) -> str:
        """What was asked; empty where the codebook has no question."""
        question = self.text("question")
        return self.say("common.asked", question=question) if question else ""

    def answered(self, frame: pd.DataFrame, wave: str) -> str:
        """When a wave was asked, and how many answered, with those of each group, as far as that is known."""
        said, codebook = {"fieldwork": self.fieldwork(wave)}, self.codebook
        sizes = {group: n for group, n in _sizes_of(frame, wave).items() if isinstance(n, int)}
        parts = {group: sizes[group] for group in codebook.parts if group in sizes}
        if codebook.total in sizes:
            said["n"] = self.count(sizes[codebook.total])
        elif parts and len(parts) == len(codebook.parts) and codebook.exhaustive:
            said["n"] = self.count(sum(parts.values()))
        else:
            return self.say("common.answered", **said)
        if len(parts) < 2:
            return self.say("common.answered_total", **said)
        return self.say("common.answered_groups", groups=self.sizes(parts), **said)

    def _fieldwork_with_n(self, frame: pd.DataFrame, wave: str) -> str:
        sizes = _sizes_of(frame, wave)
        parts = {group: n for group, n in sizes.items() if group != self.codebook.total} or sizes
        if not parts:
            return self.fieldwork(wave)
        return self.say("common.fieldwork_with_n", fieldwork=self.fieldwork(wave), sizes=self.sizes(parts))

    def _basis(self, frame: pd.DataFrame) -> str:
        """Where the numbers come from; of weighted ones the marks say it."""
        counted = "count" in frame and bool(frame["count"].notna().all())
        basis, tables = frame.attrs.get("basis", "counted" if counted else "published"), ""
        weighted = all(self.codebook.wave(wave).get("weighted") for wave in _waves_of(frame))
        if basis == "weighted" or (basis == "published" and weighted):
            return ""
        if basis == "recovered" and (number := frame.attrs.get("n_tables")) is not None:
            basis, tables = f"recovered_{'one' if number == 1 else 'several'}", self.count(number)
        return self.say(f"common.basis_{basis}", tables=tables)

    def _intervals(self, frame: pd.DataFrame) -> str:
        """What the intervals of a frame promise, or that they are what rounding leaves open."""
        if "low" not in frame or not frame["low"].notna().any():
            return ""
        if only_rounding(frame):
            return self.say("common.intervals_rounding")
        adjust, level = frame.attrs.get("adjust", "family"), frame.attrs.get("level", 0.95)
        return self.say(f"common.intervals_{adjust}", level=self.level(level))

    def assumed(self, frame: pd.DataFrame) -> str:
        """What the user put in the place of the survey's own n and the default rules."""
        assumed = frame.attrs.get("assumed") or {}
        told = [self.say("common.assumed_n")] if assumed.get("n") else []
        if assumed.get("rounding"):
            told.append(
                self.say("common.assumed_rounding", rules="; ".join(map(self.rule, assumed["rounding"])))
            )
        return " ".join(told)

    def marks(self, waves: Iterable[str]) -> list[str]:
        """What was done to waves before they were published: stages withheld, answers weighted.

        The codebook says so in a wave's ``withheld``, an object with ``minimum`` and ``stages``, in
        ``weighted`` and in ``effective``, the effective n by group. One sentence each.
        """
        waves, told = list(waves), []
        for wave in waves:
            declared = self.codebook.wave(wave)
            start = f"{sentence(self.wave(wave))}: " if len(waves) > 1 else ""
            if names := [self.quoted(self.stage(stage)) for stage in self.codebook.withheld(wave)]:
                minimum = self.count(declared["withheld"]["minimum"])
                told.append(start + self.say("common.withheld", minimum=minimum, stages=self.listed(names)))
            if declared.get("weighted"):
                told.append(start + self.say("common.weighted"))
            if effective := declared.get("effective"):
                told.append(start + self.say("common.effective", sizes=self.sizes(effective)))
        return told


def voice_of(frame: pd.DataFrame, lang: str | None = None, decimals: int | None = None) -> Voice:
    """The voice of a frame: its codebook, and the decimals that its percentages were published with.

    Left out, the language is the codebook's ``language``.

    Raises
    ------
    RequestError
        The frame lost its codebook, or the codebook does not have the language.
    """
    codebook = codebook_of(frame)
    lang = codebook.language if lang is None else lang
    return Voice(codebook, lang, decimals_of(frame, codebook) if decimals is None else decimals)


def only_rounding(frame: pd.DataFrame) -> bool:
    """Whether the ends in a frame are what rounding leaves open, not what chance could do.

    So are those of percentages that were published weighted; with an effective n they are intervals.
    """
    basis = frame.attrs.get("basis")
    if basis != "weighted" or "low" not in frame:
        return bool(basis == "published")
    return bool(frame["low"].dropna().equals(frame["estimate_low"].dropna()))


def decimals_of(frame: pd.DataFrame, codebook: Codebook) -> int:
    """Decimals of a frame's published percentages: as its attrs or the codebook's waves declare, else read.

    Those of percentages that were computed from counts are not read off: they are said in whole per cent.
    """
    if "decimals" in frame.attrs:
        return int(frame.attrs["decimals"] or 0)
    declared = [codebook.wave(wave).get("decimals") for wave in _waves_of(frame)]
    known = [int(decimals) for decimals in declared if decimals is not None]
    if known and len(known) == len(declared):
        return max(known)
    columns = [name for name in ("percent", "percent_first", "percent_second") if name in frame]
    percents = [float(value) for name in columns for value in frame[name].dropna()]
    return max((_places(value) for value in percents), default=0)


def _places(value: float) -> int:
    """How many decimals a printed figure has; none for one with six or more, which was never printed so."""
    digits = f"{value:.6f}".rstrip("0").rpartition(".")[2]
    return len(digits) % 6


def _waves_of(frame: pd.DataFrame) -> list[str]:
    """Codes of a frame's waves in time order: its column, those that its changes compare, or its attrs."""
    names = ["first", "second"] if "group" in frame and "first" in frame else ["wave"]
    codes = {str(code) for name in names if name in frame for code in frame[name].dropna().unique()}
    if not codes and frame.attrs.get("wave"):
        codes = {str(frame.attrs["wave"])}
    return sorted(codes, key=wave_order)


def _sizes_of(frame: pd.DataFrame, wave: str) -> dict[str, Any]:
    """Sizes (n) by group of one wave: of its rows, or of the attrs, which know ranges too."""
    sizes = frame.attrs.get("n") or {}
    by_wave = any(isinstance(n, Mapping) for n in sizes.values())
    declared = dict(sizes.get(wave) or {}) if by_wave else dict(sizes)
    if "group" not in frame or "n" not in frame:
        return declared
    rows = frame[frame["wave"].astype(str) == wave] if "wave" in frame else frame
    bases = rows.dropna(subset="n").drop_duplicates("group")
    read = {str(group): int(n) for group, n in zip(bases["group"], bases["n"], strict=True)}
    known = read | declared
    return {group: known[group] for group in rows["group"].astype(str).unique() if group in known}


@cache
def _separated(figure: Decimal, lang: str, decimals: int) -> str:
    from babel.numbers import format_decimal

    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return str(format_decimal(figure, format=pattern, locale=lang))
