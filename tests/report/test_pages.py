"""The words of the pages: what is said first, what of any survey, and text that looks like markup."""

from __future__ import annotations

import copy
import io
import re
from functools import cache
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from lxml import html
from surveys import SURVEYS

from analysis import gather_frames
from analysis.charts.gallery import CHARTS, charts_of
from analysis.codebook import LANGUAGES, Codebook
from analysis.report import pages
from analysis.report.exports import export_survey
from analysis.report.pages import Matter, render_choice, render_page, sort_statements
from analysis.words.conclusions import statements
from analysis.words.figures import Statement
from analysis.words.language import hold_ranges, voice_of

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
    parts = {part: [one.text for one in own] for part, own in sort_statements(said)._asdict().items()}
    limits = ["Not further along.", "It depends."]
    assert parts == {"findings": ["More."], "further": [], "limits": limits, "method": ["It stays."]}


def test_where_nothing_is_clear_the_published_figures_are_told() -> None:
    said = [Statement("stage", "", "Published.", "+18"), Statement("stage", "not clear", "Not clear.")]
    assert [one.text for one in sort_statements(said).findings] == ["Published."]


def test_everything_clear_stands_among_the_findings_and_nothing_of_it_below() -> None:
    """Of more than five the rest is a click away; it is not something that cannot be concluded."""
    said = statements(matter_of("large").frames, voice_of(matter_of("large").survey, "en"))
    clear = [hold_ranges(one.text) for one in said if one.verdict == "clear" and one.kind in pages.CHART_OF]
    page = html.document_fromstring(page_of("large", "en"))
    further = page.xpath("//section[@id='findings']//details//li/text()")
    assert further == clear[pages.FINDINGS :] != []
    below = page.xpath("string(//section[@id='limits'])")
    assert not [text for text in clear if text in below]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_survey_without_publisher_and_question_has_no_words_of_them(lang: str) -> None:
    matter, content = matter_of("small"), copy.deepcopy(dict(matter_of("small").survey.attrs["codebook"]))
    for text in ("publisher", "question"):
        content["survey"].pop(text, None)
    frames = {name: frame.copy() for name, frame in matter.frames.items()}
    survey = matter.survey.copy()
    for frame in (survey, *frames.values()):
        frame.attrs["codebook"] = Codebook(content)
    page = html.document_fromstring(draw_page(matter._replace(survey=survey, frames=frames), lang))
    assert not page.xpath("//*[@class='asked'] | //dd[not(normalize-space())]")
    assert not re.search(r": ?\.", page.xpath("string(//footer)"))
    assert page.xpath("string(//*[@id='cite-figures'])").startswith(voice_of(survey, lang).text("name"))
    workbook = openpyxl.load_workbook(io.BytesIO(export_survey(survey, to="xlsx", lang=lang)))
    assert not [
        cell
        for row in workbook.active.iter_rows(values_only=True)
        for cell in row
        if str(cell).endswith(": ")
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_of_a_weighted_survey_it_is_said_what_is_not_known_and_why(lang: str) -> None:
    rows = SURVEYS["shipped"]().rows()
    rows.attrs["codebook"] = rows.attrs["codebook"].declare("2020-autumn", {"weighted": True})
    matter = Matter(rows, gather_frames(rows, wave="2020-autumn"), LANGUAGES, "survey.csv", "0")
    voice = voice_of(rows, lang)
    page = html.document_fromstring(draw_page(matter, lang))
    assert voice.say("conclusions.nonresponse_unknown") in page.xpath("string(//section[@id='limits'])")
    assert voice.say("common.weighted") in page.xpath("string(//section[@id='method'])")
    for name in ("differences", "shares"):
        assert page.xpath(f"string(//section[@id='{name}']/p)") == voice.say(f"report.{name}_line_rounded")


def test_what_was_assumed_is_said_where_the_method_is_told() -> None:
    rows = SURVEYS["shipped"]().rows()
    frames = gather_frames(rows, n={"general": range(95, 98)}, rounding="within_one")
    page = html.document_fromstring(draw_page(Matter(rows, frames, LANGUAGES, "survey.csv", "0"), "en"))
    method = page.xpath("string(//section[@id='method'])")
    assert "The numbers of answers (n) are assumed. Rounding assumed: within one unit." in method


def test_no_line_ends_within_a_range() -> None:
    page = html.document_fromstring(page_of("shipped", "fi"))
    text = page.xpath("string(//section[@id='findings'])")
    assert "+18…\u2060+23\u00a0prosenttiyksikköä" in text
    assert not re.search("…[+−0-9]", text)


def test_the_figures_are_cited_by_the_name_of_the_survey_not_by_our_title() -> None:
    page = html.document_fromstring(page_of("shipped", "en"))
    codebook = matter_of("shipped").survey.attrs["codebook"]
    cited = page.xpath("string(//*[@id='cite-figures'])")
    assert cited.startswith(
        "Finnish National Agency for Education: Survey of virtual cooperation. Fieldwork:"
    )
    assert codebook.wave("2020-autumn")["publication"] in cited
    assert cited.endswith("webinar slides, spring 2021.")
    bare = html.document_fromstring(page_of("tiny", "en")).xpath("string(//*[@id='cite-figures'])")
    assert bare.endswith("Fieldwork: autumn 2022.")


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


def test_the_end_of_an_interval_beside_clear_is_not_printed_as_zero() -> None:
    voice = voice_of(matter_of("tiny").survey)
    assert [pages._cell(value, voice) for value in (0.2, -0.04, 0.6, 0.0)] == ["0.2", "−0.04", "1", "0"]


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


def test_background_in_one_language_stands_on_all_pages() -> None:
    matter = matter_of("small")
    codebook = Codebook(copy.deepcopy(dict(matter.survey.attrs["codebook"])))
    codebook["survey"]["background"] = [{"title": {"fi": "Taustaa"}, "items": [{"fi": "Kevätkysely"}]}]
    codebook["licenses"] = [{"path": "https://example.org/licence"}, {"title": "Own"}]
    rows = matter.survey.copy()
    rows.attrs["codebook"] = codebook
    text = draw_page(matter._replace(survey=rows), "en")
    assert [
        word for word in ("Taustaa", "Kevätkysely", "example.org/licence", "Own") if word not in text
    ] == []


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
