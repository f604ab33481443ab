"""The words of the pages: what is said first, what of any survey, and text that looks like markup."""

from __future__ import annotations

import copy
import re
from functools import cache
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from lxml import html
from surveys import SURVEYS

from analysis import gather_frames
from analysis.charts.gallery import CHARTS, charts_of
from analysis.codebook import LANGUAGES, Codebook
from analysis.report import pages
from analysis.report.pages import Matter, find_findings, find_limits, render_choice, render_page
from analysis.words.figures import Statement
from analysis.words.language import voice_of

DRAWING = b"<?xml version='1.0'?><svg viewBox='0 0 1 1'></svg>"
CASES = [(name, lang) for name in SURVEYS for lang in LANGUAGES]
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "$x^2$ & </style>",
    "javascript:alert(1)",
)


TITLES = {"any_survey": "What the published percentages can bear"}


@cache
def matter_of(name: str) -> Matter:
    """What the pages of one of the made-up surveys are made of."""
    rows = SURVEYS[name]().rows()
    return Matter(rows, gather_frames(rows), LANGUAGES, "survey.csv", "0123456789abcdef")


def draw_page(matter: Matter, lang: str) -> str:
    """A page with an empty drawing in the place of each chart's."""
    drawings = dict.fromkeys(charts_of(matter.frames), (DRAWING, DRAWING))
    return render_page(matter, drawings, TITLES, voice_of(matter.survey, lang))


@cache
def page_of(name: str, lang: str) -> str:
    return draw_page(matter_of(name), lang)


def test_what_is_clear_stands_first_and_what_is_not_below() -> None:
    said = [
        Statement("shift", "not clear", "Not further along."),
        Statement("stage", "clear", "More.", "+18"),
        Statement("size", "", "0.2 apart."),
        Statement("assumption", "open", "It depends."),
        Statement("assumption", "clear", "It stays."),
        Statement("caution", "", "Careful."),
    ]
    assert [one.text for one in find_findings(said)] == ["More."]
    assert [one.text for one in find_limits(said)] == ["Not further along.", "It depends."]


def test_where_nothing_is_clear_the_published_figures_are_told() -> None:
    said = [Statement("stage", "", "Published.", "+18"), Statement("stage", "not clear", "Not clear.")]
    assert [one.text for one in find_findings(said)] == ["Published."]


@pytest.mark.parametrize(("name", "lang"), CASES)
def test_a_page_of_any_survey_is_sound(name: str, lang: str) -> None:
    page = html.document_fromstring(page_of(name, lang))
    assert page.get("lang") == lang
    levels = [int(heading.tag[1]) for heading in page.iter("h1", "h2", "h3")]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    named = " ".join(page.xpath("//@aria-labelledby")).split()
    assert set(named) <= set(ids)
    text = "".join(page.xpath("//header//text() | //main//text()"))
    assert not re.search(r"\bnan\b|<NA>|\{|\}", text)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_numbers_of_a_chart_are_whole(lang: str) -> None:
    page = html.document_fromstring(page_of("shipped", lang))
    cells = page.xpath("//section[@id='stages']//td/text()")
    for figure in ("19", "28", "32", "41"):
        assert figure in cells


def test_a_cell_without_a_figure_has_a_dash() -> None:
    voice = voice_of(matter_of("tiny").survey, "fi")
    found = [pages._cell(value, voice) for value in (pd.NA, float("nan"), 80, 19.5, "word")]
    assert found == ["–", "–", "80", "20", "word"]


def test_a_number_beside_a_chart_is_rounded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the drawing: −14.504 is −15, though it is −14.5 with one decimal; whole ones stay whole."""
    numbers = pd.DataFrame({"Stage": ["a", "b"], "n": [80.0, 95.0], "low": [-14.504, 2.0]})
    monkeypatch.setattr(CHARTS["stages"].read, "numbers", lambda _: numbers)
    page = html.document_fromstring(draw_page(matter_of("tiny"), "en"))
    assert page.xpath("//section[@id='stages']//td/text()") == ["80", "−15", "95", "2"]


def test_files_are_downloaded_and_pages_are_opened() -> None:
    links = html.document_fromstring(page_of("shipped", "en")).xpath("//section[@id='downloads']//a")
    assert {link.get("href") for link in links if link.get("download") is None} == {"recover.html"}
    assert len(links) == 6


def test_it_is_told_how_to_cite() -> None:
    text = html.document_fromstring(page_of("shipped", "en")).xpath("string(//*[@id='cite'])")
    assert version("maturity-survey") in text
    assert pages.RELEASED in text
    assert "0123456789ab" in text
    citation = (Path(__file__).parents[2] / "CITATION.cff").read_text(encoding="utf-8")
    dates = re.findall(r'date-released: "?([0-9-]+)', citation)
    assert dates in ([], [pages.RELEASED])


def test_a_page_in_one_language_links_to_no_other() -> None:
    page = html.document_fromstring(draw_page(matter_of("tiny")._replace(languages=["sv"]), "sv"))
    assert page.xpath("//nav[@class='languages']//a/@hreflang") == ["sv"]
    assert page.xpath("//link[@rel='alternate']") == []


@pytest.fixture(scope="module")
def hostile_pages() -> list[str]:
    """Pages of a survey in which every word is hostile."""
    matter = matter_of("small")
    codebook = Codebook(copy.deepcopy(dict(matter.survey.attrs["codebook"])))
    for key, text in zip(("name", "title", "question", "topic", "publisher"), HOSTILE, strict=True):
        codebook["survey"][key] = dict.fromkeys(LANGUAGES, text)
    for field in codebook["resources"][0]["schema"]["fields"]:
        for text, category in zip(HOSTILE, field.get("categories", []), strict=False):
            category["labels"] = dict.fromkeys(LANGUAGES, text)
    codebook["sources"] = [{"title": "x", "path": "javascript:alert(1)"}]
    codebook["licenses"] = [{"name": HOSTILE[1], "path": "javascript:alert(1)"}]
    rows, frames = matter.survey.copy(), {name: frame.copy() for name, frame in matter.frames.items()}
    for frame in (rows, *frames.values()):
        frame.attrs["codebook"] = codebook
    hostile = Matter(rows, frames, LANGUAGES, '"><script>.csv', "0")
    drawings = {"stages": (DRAWING, DRAWING)}
    return [render_choice(hostile), render_page(hostile, drawings, {"01": HOSTILE[0]}, voice_of(rows, "fi"))]


def test_text_that_looks_like_markup_stays_text(hostile_pages: list[str]) -> None:
    for text in hostile_pages:
        page = html.document_fromstring(text)
        assert [code for code in page.xpath("//script/text()") if "alert" in code] == []
        assert page.xpath("//@*[starts-with(name(), 'on')]") == []
        assert [link for link in page.xpath("//@href|//@src") if "javascript" in link] == []
    text = html.document_fromstring(hostile_pages[1]).text_content()
    assert [words for words in HOSTILE if words not in text] == []
