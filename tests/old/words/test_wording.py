"""Words in three languages, numbers by one policy."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pandas as pd
import pytest
from hypothesis import given, strategies as st
from surveys import known_frames, shipped_survey

import analysis
from analysis.codebook import LANGUAGES
from analysis.errors import RequestError
from analysis.old.words.wording import (
    WORDS,
    format_count,
    format_n,
    format_p,
    format_percent,
    format_points,
    format_range,
    format_share,
    join_words,
    points_phrase,
    quoted,
    rounded,
    say,
    source_line,
    wave_label,
    words_of,
)

TOPICS = sorted(path.stem for path in WORDS.glob("*.toml"))
KEYS = [(topic, name) for topic in TOPICS for name in words_of(topic)]
SPACE = "\u00a0"


def places(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


@pytest.mark.parametrize(("topic", "name"), KEYS, ids=[".".join(key) for key in KEYS])
def test_a_key_has_three_languages_with_the_same_places(topic: str, name: str) -> None:
    sentences = words_of(topic)[name]
    assert list(sentences) == list(LANGUAGES)
    assert all(sentence.strip() for sentence in sentences.values())
    assert len({frozenset(places(sentence)) for sentence in sentences.values()}) == 1


def named_in_code() -> tuple[set[str], set[str]]:
    """Keys that the code names whole, and the beginnings of those that it puts together."""
    whole: set[str] = set()
    beginnings: set[str] = set()
    home = Path(analysis.__file__).parent
    texts = [path.read_text(encoding="utf-8") for path in home.rglob("*.py")]
    for node in (node for text in texts for node in ast.walk(ast.parse(text))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            whole.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            beginnings |= {
                str(part.value) for part in ast.iter_child_nodes(node) if isinstance(part, ast.Constant)
            }
    for path in home.rglob("*.j2"):
        whole |= set(re.findall(r"[\"']([a-z_]+\.[a-z0-9_]+)[\"']", path.read_text(encoding="utf-8")))
    return whole, {start for start in beginnings if re.match(r"[a-z_]+\.", start)}


def test_every_key_is_used() -> None:
    whole, beginnings = named_in_code()
    unused = [
        key
        for key in (f"{topic}.{name}" for topic, name in KEYS)
        if key not in whole and not key.startswith(tuple(beginnings))
    ]
    assert unused == []


def test_values_are_put_in_as_they_are() -> None:
    assert quoted("{percent} $x^2$ <b>", "en") == "“{percent} $x^2$ <b>”"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(RequestError, match="lang is 'de'; use one of fi, sv, en"):
        say("common.percent", "de", number="1")


# Expected figures by hand: half to even, as numpy, R and IEEE 754 do it.
@pytest.mark.parametrize(
    ("value", "decimals", "figure"),
    [
        (2.5, 0, "2"),
        (3.5, 0, "4"),
        (100 * 0.275, 0, "28"),
        (100 * 26 / 80, 0, "32"),
        (0.05, 1, "0.0"),
        (-0.4, 0, "0"),
        (19.95, 1, "20.0"),
    ],
)
def test_a_tie_goes_to_the_even_digit(value: float, decimals: int, figure: str) -> None:
    assert str(rounded(value, decimals)) == figure


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_percentage_rounds_as_its_exact_fraction_does(count: int, n: int) -> None:
    count = min(count, n)
    quotient, rest = divmod(100 * count, n)
    exact = quotient + (2 * rest > n or (2 * rest == n and quotient % 2 == 1))
    assert int(rounded(100 * (count / n))) == exact


@pytest.mark.parametrize(
    ("lang", "percent", "points", "interval", "count", "p"),
    [
        ("fi", f"19{SPACE}%", "−3,4", "−26…+2", f"1{SPACE}234", f"p{SPACE}={SPACE}0,033"),
        ("sv", f"19{SPACE}%", "−3,4", "−26 till +2", f"1{SPACE}234", f"p{SPACE}={SPACE}0,033"),
        ("en", "19%", "−3.4", "−26 to +2", "1,234", f"p{SPACE}={SPACE}0.033"),
    ],
)
def test_numbers_have_the_form_of_their_language(
    lang: str, *, percent: str, points: str, interval: str, count: str, p: str
) -> None:
    assert format_percent(19, lang) == format_share(0.19, lang) == percent
    assert format_points(-3.44, lang, 1) == points
    assert format_range(-25.6, 2.2, lang) == interval
    assert format_count(1234, lang) == count
    assert format_p(0.0325664144, lang) == p


def test_a_difference_carries_its_sign_and_zero_has_none() -> None:
    assert [format_points(value, "en") for value in (18.03, -0.2, -2.3)] == ["+18", "0", "−2"]


def test_a_range_of_percentages_has_one_sign() -> None:
    assert format_range(12, 29, "fi", percent=True) == f"12–29{SPACE}%"
    assert format_range(12, 29, "en", percent=True) == "12–29%"


@pytest.mark.parametrize(("p", "words"), [(0, "p < 0.001"), (1, "p = 1.00"), (0.0026, "p = 0.0026")])
def test_a_p_value_is_never_nought(p: float, words: str) -> None:
    assert format_p(p, "en").replace(SPACE, " ") == words


def test_one_point_is_said_in_the_singular() -> None:
    assert points_phrase(1, "sv") == f"1{SPACE}procentenhet"
    assert points_phrase(18, "fi", sign=True) == f"+18{SPACE}prosenttiyksikköä"


def test_a_wave_is_said_by_its_season() -> None:
    assert [wave_label("2020-autumn", lang) for lang in LANGUAGES] == [
        "syksy 2020",
        "hösten 2020",
        "autumn 2020",
    ]


def test_a_listing_ends_in_and() -> None:
    assert [join_words(list("abc")[:n], "fi") for n in range(4)] == ["", "a", "a ja b", "a, b ja c"]


def test_the_source_line_says_publisher_time_answers_basis_and_method() -> None:
    frames = known_frames("shipped")
    assert source_line(frames["shares"], lang="en") == (
        f"Source: Finnish National Agency for Education, survey September 2020 ({format_n(175, 'en')}). "
        "Counts recovered from published percentages: one table fits. "
        "Wilson intervals; answers treated as a random sample."
    )
    assert "(80 and 95 answers)" in source_line(frames["differences"], lang="en")
    assert "survey September 2020 and autumn 2021 (175 and 128 answers)" in source_line(frames["changes"])


def test_the_source_line_counts_tables_only_where_all_were_counted() -> None:
    shares = known_frames("shipped")["shares"]
    tables = shares["n_tables"].astype("Int64")
    uncounted = shares.assign(n_tables=tables.where(shares["group"] != "general"))
    assert "percentages: one table fits." in source_line(shares)
    assert "percentages. Wilson" in source_line(uncounted)


def test_the_source_line_of_published_rows_names_no_method() -> None:
    rows = shipped_survey().rows()
    first = rows[rows["wave"] == "2020-autumn"]
    assert source_line(first).endswith("(n\u00a0=\u00a0175). Percentages as published.")


def test_the_source_line_leaves_out_an_unknown_number_of_answers() -> None:
    rows = shipped_survey().rows()
    unknown = rows[rows["wave"] == "2020-autumn"]
    unknown = unknown.assign(n=pd.array([None] * len(unknown), dtype="Int64"))
    assert "n\u00a0=" not in source_line(unknown)
