"""Text that looks like markup, a script or a link stands on the pages as it is and does nothing."""

from __future__ import annotations

import copy

import pytest
from leaves import small_picture, worked_out
from lxml import html
from surveys import SURVEYS

from analysis.codebook import LANGUAGES, Codebook
from analysis.old.report.publishing.pages import Matter, render_choice, render_gallery, render_page

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "$x^2$ & </style>",
    "javascript:alert(1)",
)


@pytest.fixture(scope="module")
def content() -> Matter:
    """Pages of a survey in which every word is hostile."""
    survey = SURVEYS["small"]()
    codebook = Codebook(copy.deepcopy(dict(survey.codebook)))
    for key, text in zip(("name", "title", "question", "topic", "publisher"), HOSTILE, strict=True):
        codebook["survey"][key] = dict.fromkeys(LANGUAGES, text)
    for field in codebook["resources"][0]["schema"]["fields"]:
        for text, category in zip(HOSTILE, field.get("categories", []), strict=False):
            category["labels"] = dict.fromkeys(LANGUAGES, text)
    codebook["sources"] = [{"title": "x", "path": "javascript:alert(1)"}]
    codebook["licenses"] = [{"name": HOSTILE[1], "path": "javascript:alert(1)"}]
    rows, frames = survey.rows(), {name: frame.copy() for name, frame in worked_out("small").items()}
    for frame in (rows, *frames.values()):
        frame.attrs["codebook"] = codebook
    pictures = [small_picture("stages", HOSTILE[0])]
    return Matter(rows, frames, pictures, [HOSTILE[1]], LANGUAGES, {"01": HOSTILE[0]}, '"><script>.csv')


def pages(content: Matter) -> list[str]:
    codebook = content.survey.attrs["codebook"]
    texts = [render_choice(codebook, LANGUAGES)]
    return [*texts, *(render(content, lang="fi") for render in (render_page, render_gallery))]


def test_only_our_own_script_and_style_are_there(content: Matter) -> None:
    for text in pages(content):
        page = html.document_fromstring(text)
        assert len(page.xpath("//script")) <= 1
        assert len(page.xpath("//style")) == 1
        assert [code for code in page.xpath("//script/text()") if "alert" in code] == []
        assert page.xpath("//@*[starts-with(name(), 'on')]") == []


def test_no_link_or_picture_comes_from_the_survey(content: Matter) -> None:
    for text in pages(content):
        page = html.document_fromstring(text)
        assert [href for href in page.xpath("//@href|//@src") if "javascript" in href or href == "x"] == []


def test_the_text_is_found_as_it_was_given(content: Matter) -> None:
    text = html.document_fromstring(render_page(content, lang="fi")).text_content()
    for words in HOSTILE:
        assert words in text
    assert "49" not in html.document_fromstring(render_page(content, lang="fi")).findtext("head/title")
