"""Alt texts say every figure that is drawn: parsed back from the words, in every language."""

from __future__ import annotations

import math
import re
from collections import Counter

import pandas as pd
import pytest
from surveys import SURVEYS, known_frames, shipped_survey

from analysis.codebook import LANGUAGES
from analysis.old.charts.descriptions import (
    describe_differences,
    describe_shares,
    describe_stages,
    describe_waves,
)
from analysis.old.charts.gallery import CHARTS
from analysis.old.words.telling.courses import courses_of
from analysis.old.words.telling.figures import rows_of, shown_differences, sides_of
from analysis.old.words.wording import rounded

MEASURES = {"stages": "stage", "diverging": "stage", "shares": "stage", "cumulative": "at_least"}
NUMBER = re.compile(r"(?<![\w,.])([+−]?)(\d{1,3}(?:[\u00a0,]\d{3})+|\d+)(?![\d\w])")
Figures = Counter[int]


CASES = [
    (survey, name, lang)
    for survey in SURVEYS
    for name, chart in CHARTS.items()
    if chart.key in known_frames(survey)
    for lang in LANGUAGES
]


def parse(words: str) -> Figures:
    """Every whole number in a text; thousands may be set apart, a minus is U+2212."""
    found = Counter[int]()
    for sign, digits in NUMBER.findall(words):
        value = int(re.sub(r"[\u00a0,]", "", digits))
        found[-value if sign == "−" else value] += 1
    return found


def figure(value: float) -> int:
    return int(rounded(value))


def figures_of_rows(frame: pd.DataFrame, name: str) -> Figures:
    codebook = frame.attrs["codebook"]
    found = Counter[int]()
    for row in rows_of(frame, MEASURES[name]):
        found[int(row.n)] += 1
        for cell in row.cells:
            found[figure(cell.printed)] += 1
            if name in {"shares", "cumulative"}:
                found.update(figure(end) for end in (cell.low, cell.high))
        if name == "diverging":
            found.update(figure(total) for total in sides_of(row, codebook))
    return found


def figures_of_differences(frame: pd.DataFrame) -> Figures:
    shown = shown_differences(frame)
    found = Counter[int]()
    for difference in shown:
        ends = [difference.low, difference.high, difference.printed_first, difference.printed_second]
        found.update(figure(value) for value in (*ends, difference.estimate))
    if len(shown) < len(frame):
        found.update([len(shown), len(frame)])
    else:
        found.update([int(shown[0].n_first), int(shown[0].n_second)])
    return found


def figures_of_waves(frame: pd.DataFrame) -> Figures:
    found = Counter[int]()
    for course in courses_of(frame):
        found.update(figure(share) for share in course.points.values())
        found.update(int(wave[:4]) for wave in course.points)
        for change in course.changes:
            ends = {figure(change.least), figure(change.most)}
            found.update([*ends, figure(change.low), figure(change.high)])
    return found


def drawn(frame: pd.DataFrame, name: str) -> Figures:
    if name == "differences":
        return figures_of_differences(frame)
    return figures_of_waves(frame) if name == "waves" else figures_of_rows(frame, name)


@pytest.mark.parametrize(("survey", "name", "lang"), CASES)
def test_the_figures_said_are_the_figures_drawn(survey: str, name: str, lang: str) -> None:
    chart = CHARTS[name]
    frame = known_frames(survey)[chart.key]
    words = chart.describe(frame, lang=lang)
    said = parse(words) - parse(chart.headline(frame, lang=lang))
    known = drawn(frame, name)
    besides = said - known  # the year of the wave, the level of the intervals
    assert known - said == Counter()
    assert set(besides) <= {95, *(int(wave[:4]) for wave in SURVEYS[survey]().answers)}


@pytest.mark.parametrize(("survey", "name", "lang"), CASES)
def test_an_alt_text_is_made_of_whole_sentences(survey: str, name: str, lang: str) -> None:
    words = CHARTS[name].describe(known_frames(survey)[CHARTS[name].key], lang=lang)
    assert words.endswith(".")
    assert not re.search(r"[{}]|\bnan\b|<NA>|\.\.|  ", words)
    assert CHARTS[name].headline(known_frames(survey)[CHARTS[name].key], lang=lang) in words


@pytest.mark.parametrize(("survey", "name", "lang"), CASES)
def test_an_alt_text_is_in_one_language(survey: str, name: str, lang: str) -> None:
    if survey == "shipped":
        pytest.skip("its labels differ by language of themselves")
    words = CHARTS[name].describe(known_frames(survey)[CHARTS[name].key], lang=lang)
    tags = {"fi": "ä", "sv": "å"}
    others = [tag for other, tag in tags.items() if other != lang]
    last = SURVEYS[survey]().codebook.word("stage", SURVEYS[survey]().codebook.stages[-1], "en")
    assert all(last + tag not in words for tag in others)


def test_what_was_not_published_is_named() -> None:
    rows = shipped_survey().rows()
    words = describe_stages(rows[rows["wave"] == "2021-autumn"])
    assert "Not published: Not at all, Planned and Preparing or piloting." in words


def test_an_unknown_number_of_answers_is_not_said() -> None:
    rows = shipped_survey().rows()
    rows = rows[rows["wave"] == "2020-autumn"]
    words = describe_stages(rows.assign(n=pd.array([None] * len(rows), dtype="Int64")))
    assert "Vocational institutions: Not at all 19%" in words


def test_a_range_over_tables_is_said_apart_from_the_interval() -> None:
    shares = known_frames("shipped")["shares"]
    several = shares.assign(estimate=math.nan, estimate_low=0.26, estimate_high=0.29, low=0.19, high=0.4)
    assert "28% (19–40%; over the tables 26–29%)" in describe_shares(several)


def test_what_only_rounding_leaves_is_called_so() -> None:
    shares = known_frames("shipped")["shares"]
    published = shares.assign(level=math.nan, method="rounding", low=0.275, high=0.285)
    assert "in brackets what rounding leaves open" in describe_shares(published)


def test_a_difference_among_many_is_not_called_chance() -> None:
    words = describe_differences(known_frames("small")["differences"])
    assert "“Steady”, North − South: 41% and 21%, difference +20 (+6 to +33), not clear when" in words


def test_an_undetermined_difference_says_on_what_it_depends() -> None:
    frame = known_frames("shipped")["differences"].assign(verdict="undetermined")
    assert "depends on which table is true" in describe_differences(frame)


def test_published_differences_say_whether_their_direction_is_certain() -> None:
    frame = known_frames("shipped")["differences"].assign(level=math.nan, method="rounding")
    words = describe_differences(frame)
    assert "its direction is certain" in words
    assert "could be rounding" in words


def test_a_published_change_has_no_interval() -> None:
    changes = known_frames("shipped")["changes"].assign(level=math.nan, method="rounding")
    assert "change +20, its direction is certain" in describe_waves(changes)


def test_only_the_largest_of_many_differences_are_said() -> None:
    words = describe_differences(known_frames("large")["differences"])
    assert words.startswith("Chart of the largest differences between two groups (6 of 105).")
