"""A page is whole in its language, can be read aloud, needs no network, runs no script but its own."""

from __future__ import annotations

import base64
import hashlib
import re
import tomllib
from functools import cache
from itertools import pairwise

import pytest
from leaves import NOTEBOOKS, matter, texts_of
from lxml import html
from surveys import SURVEYS

from analysis.codebook import LANGUAGES, load_codebook
from analysis.old.report.publishing.pages import render_choice, render_gallery, render_notebook, render_page
from analysis.old.report.publishing.transcripts import Entry, Transcript
from analysis.old.words.wording import WORDS

TRANSCRIPT = Transcript("What was asked", (Entry(prose="<h1>What was asked</h1>"), Entry(code="x", number=1)))
KINDS = ("page", "gallery", "choice", "notebook")


@cache
def source(kind: str, name: str = "shipped", lang: str = "fi") -> str:
    content = matter(name, lang)
    if kind == "page":
        return render_page(content, lang=lang)
    if kind == "gallery":
        return render_gallery(content, lang=lang)
    if kind == "choice":
        return render_choice(load_codebook(), LANGUAGES)
    return render_notebook(TRANSCRIPT, "01_what", codebook=load_codebook(), languages=LANGUAGES)


def parsed(kind: str, name: str = "shipped", lang: str = "fi") -> html.HtmlElement:
    return html.document_fromstring(source(kind, name, lang))


ALL_PAGES = [
    *((kind, name, lang) for kind in KINDS[:2] for name in SURVEYS for lang in LANGUAGES),
    ("choice", "shipped", "fi"),
    ("notebook", "shipped", "fi"),
]
every_page = pytest.mark.parametrize(("kind", "name", "lang"), ALL_PAGES)


@every_page
def test_a_page_has_one_h1_and_no_heading_is_skipped(kind: str, name: str, lang: str) -> None:
    levels = [
        int(heading.tag[1]) for heading in parsed(kind, name, lang).xpath("//h1|//h2|//h3|//h4|//h5|//h6")
    ]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@every_page
def test_a_page_says_its_language_and_has_a_title(kind: str, name: str, lang: str) -> None:
    page = parsed(kind, name, lang)
    assert page.get("lang") == ("en" if kind == "notebook" else lang)
    assert page.findtext("head/title").strip()
    assert page.xpath("//main[@id='main']")
    assert page.xpath("//body/a[1]/@href") == ["#main"]


@every_page
def test_identifiers_are_unique_and_what_refers_to_them_finds_them(kind: str, name: str, lang: str) -> None:
    page = parsed(kind, name, lang)
    known = page.xpath("//@id")
    assert len(known) == len(set(known))
    referred = " ".join(page.xpath("//@aria-labelledby|//@data-copy")).split()
    anchors = [href[1:] for href in page.xpath("//@href") if href.startswith("#")]
    assert {*referred, *anchors} <= set(known)


@every_page
def test_tables_have_a_caption_and_heads_with_a_scope(kind: str, name: str, lang: str) -> None:
    for table in parsed(kind, name, lang).xpath("//table"):
        assert table.xpath("string(caption)").strip()
        assert table.xpath(".//th")
        assert table.xpath(".//th[not(@scope)]") == []
        assert [head.text_content() for head in table.xpath(".//th") if not head.text_content().strip()] == []


@every_page
def test_nothing_is_loaded_from_elsewhere(kind: str, name: str, lang: str) -> None:
    page = parsed(kind, name, lang)
    loaded = page.xpath("//@src|//link/@href|//@srcset|//svg//@href|//@poster|//@action")
    assert [address for address in loaded if re.match("(https?:)?//", address)] == []
    assert "@import" not in source(kind, name, lang)
    assert re.findall(r"url\((?!data:|#)", source(kind, name, lang)) == []


@every_page
def test_the_policy_lets_only_the_page_s_own_style_and_script_in(kind: str, name: str, lang: str) -> None:
    page = parsed(kind, name, lang)
    policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        for text in re.findall(f"<{tag}>(.*?)</{tag}>", source(kind, name, lang), re.DOTALL):
            known = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            assert f"{tag}-src 'sha256-{known}'" in policy
    assert page.xpath("//*[@style]|//script[@src]|//@*[starts-with(name(), 'on')]") == []


@every_page
def test_every_drawing_and_picture_has_its_words(kind: str, name: str, lang: str) -> None:
    page = parsed(kind, name, lang)
    for drawing in page.xpath("//svg"):
        assert drawing.get("role") == "img"
        assert drawing.get("aria-labelledby").split() == [
            child.get("id") for child in drawing if child.get("id")
        ]
    assert all(alt.strip() for alt in page.xpath("//img/@alt"))
    assert page.xpath("//img[not(@alt) or not(@width)]") == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", SURVEYS)
def test_each_chart_stands_with_its_alt_text_its_table_and_its_files(name: str, lang: str) -> None:
    content = matter(name, lang)
    page = parsed("page", name, lang)
    for picture in content.pictures:
        section = page.get_element_by_id(picture.name)
        assert len(section.xpath(".//svg")) == 2  # wide and narrow; the style sheet shows one
        assert page.get_element_by_id(f"{picture.name}-words").text_content() == picture.alt
        assert section.xpath(".//table")
        files = [href.rsplit(".")[-1] for href in section.xpath(".//a[@download]/@href")]
        assert files == ["svg", "png", "pdf", "pptx", "csv"]


@pytest.mark.parametrize("kind", ["page", "gallery"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_words_of_another_language_stand_on_a_page(kind: str, lang: str) -> None:
    own = "\n".join(texts_of(parsed(kind, "small", lang), lang))
    words = tomllib.loads((WORDS / "report.toml").read_text(encoding="utf-8"))
    for versions in words.values():
        for other in set(LANGUAGES) - {lang}:
            whole = not re.search("[{}]", versions[other]) and len(versions[other]) > 3
            if whole and versions[other] not in versions[lang]:
                assert not re.search(rf"^{re.escape(versions[other])}$", own, re.MULTILINE), versions[other]


@pytest.mark.parametrize("kind", ["page", "gallery"])
@pytest.mark.parametrize(("lang", "tags"), [("fi", "å"), ("sv", "ä"), ("en", "äå")])
def test_labels_stand_in_the_language_of_the_page(kind: str, lang: str, tags: str) -> None:
    # in the small survey a label ends in ä in Finnish, in å in Swedish
    text = "\n".join(texts_of(parsed(kind, "small", lang), lang))
    for label in ("Starting out", "Steady", "Leading the way", "North", "South", "The islands", "Everyone"):
        assert label in text
        assert not re.search(f"{label}[{tags}]", text)


def test_the_languages_are_linked_with_each_other() -> None:
    for lang in LANGUAGES:
        page = parsed("page", "shipped", lang)
        links = page.xpath("//nav[@class='languages']//a")
        assert [link.get("href") for link in links] == [f"../{code}/index.html" for code in LANGUAGES]
        assert [link.get("lang") for link in links if link.get("aria-current")] == [lang]


def test_a_report_in_one_language_links_to_no_other() -> None:
    page = html.document_fromstring(render_page(matter("tiny", "sv", ("sv",)), lang="sv"))
    assert page.xpath("//nav[@class='languages']//a/@href") == ["../sv/index.html"]


def test_the_notebooks_are_marked_as_english() -> None:
    links = parsed("page", "shipped", "fi").xpath("//section[@id='notebooks']//a")
    assert [(link.text, link.get("lang")) for link in links] == [
        (title, "en") for title in NOTEBOOKS.values()
    ]


def test_the_dark_theme_is_for_the_screen_only() -> None:
    style = parsed("page").findtext("head/style")
    assert ".fill-eeeeee{fill:#eeeeee}" in style
    assert style.count("prefers-color-scheme") == style.count("@media screen and (prefers-color-scheme")
