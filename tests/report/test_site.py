"""The shipped survey's report as it is made: whole, accessible, quiet, fit for a phone, to be taken."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from lxml import html

from analysis import gather_frames, load_survey
from analysis.charts.gallery import CHARTS
from analysis.codebook import LANGUAGES
from analysis.words.language import voice_of

pytestmark = pytest.mark.slow
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
RULES_OF_COLOUR = ["color-contrast", "link-in-text-block"]  # all that another theme can break
VIEWS = {  # every kind of page in each; languages and notebooks differ in their words alone
    "desktop": ({"viewport": {"width": 1200, "height": 900}}, RULES, ["*.html", "en/*", "notebooks/*"]),
    "phone": ({"viewport": {"width": 390, "height": 844}}, RULES, ["*.html", "fi/*", "notebooks/03*"]),
    "dark": ({"color_scheme": "dark"}, RULES_OF_COLOUR, ["*.html", "sv/*", "notebooks/05*"]),
}
LONGEST = 5_450  # px of a page at 1 200 px: half of what the first edition had
MOST_FILES = 120


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, *_: object) -> None:
        pass


def pages_of(site: Path, patterns: Sequence[str] = ("**/*",)) -> list[Path]:
    return sorted(page for pattern in patterns for page in site.glob(pattern) if page.suffix == ".html")


def test_the_manifest_lists_every_file_by_its_hash_without_the_machine(site: Path) -> None:
    text = (site / "manifest.json").read_text(encoding="utf-8")
    files = {path.relative_to(site).as_posix(): path for path in site.rglob("*") if path.is_file()}
    known = {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in files.items()
        if not name.startswith(".") and name != "manifest.json"
    }
    manifest = json.loads(text)
    assert manifest["outputs"] == known
    assert (manifest["assumed"], manifest["languages"]) == ({}, list(LANGUAGES))
    assert len(files) <= MOST_FILES
    readable = [
        path.read_text("utf-8") for path in files.values() if path.suffix in {".html", ".ipynb", ".svg"}
    ]
    assert not [text for text in readable if str(site.parent) in text or str(Path.home()) in text]


def test_every_link_and_anchor_leads_somewhere(site: Path) -> None:
    known = {page: set(html.parse(page).xpath("//@id")) for page in pages_of(site)}
    for page in known:
        for link in html.parse(page).xpath("//a/@href|//img/@src"):
            if not link.startswith(("https://", "data:")):
                name, _, anchor = link.partition("#")
                target = (page.parent / name).resolve() if name else page
                assert target.is_file(), f"{page.name}: {link}"
                assert not anchor or anchor in known[target], f"{page.name}: {link}"


def test_every_chart_stands_with_its_words_and_its_files(site: Path) -> None:
    survey = load_survey()
    frames = gather_frames(survey)
    for lang in LANGUAGES:
        page = html.parse(site / lang / "index.html")
        voice = voice_of(survey, lang)
        for name, chart in CHARTS.items():
            (section,) = page.xpath(f"//section[@id='{name}']")
            alt = chart.read(frames[chart.frame], voice).alt()
            assert [drawing.findtext("desc") for drawing in section.iter("svg")] == [alt, alt]
            assert section.xpath(f"string(.//*[@id='{name}-words'])") == alt
            links = section.xpath(".//figcaption//a/@href")
            assert links == [f"charts/{name}.{ending}" for ending in ("svg", "png", "pdf", "pptx", "csv")]


def test_the_slide_of_a_chart_is_one_slide_in_its_language(site: Path) -> None:
    from pptx import Presentation

    for lang, name in product(LANGUAGES, CHARTS):
        (slide,) = Presentation(str(site / lang / "charts" / f"{name}.pptx")).slides
        (chart,) = (shape for shape in slide.shapes if shape.has_chart)
        assert chart.name == f"maturity:{name}:{lang}"


def test_numbers_open_as_a_table_in_a_spreadsheet_of_the_language(site: Path) -> None:
    for lang, (delimiter, mark) in {"fi": (";", ","), "en": (",", ".")}.items():
        content = (site / lang / "charts" / "shares.csv").read_bytes()
        assert content.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(content.decode("utf-8-sig").splitlines(), delimiter=delimiter))
        assert len({len(row) for row in rows}) == 1
        assert 2 <= len(rows[0]) <= 8
        assert any(mark in cell for row in rows[1:] for cell in row)


def test_the_notebooks_have_one_h1_and_alt_texts(site: Path) -> None:
    found = pages_of(site, ["notebooks/*"])
    assert len(found) == len(list((site / "notebooks").glob("*.ipynb"))) >= 5
    for page in found:
        content = html.parse(page)
        assert len(content.xpath("//h1")) == 1
        assert not [image for image in content.xpath("//img") if len(image.get("alt")) < 40]


@pytest.mark.browser
@pytest.mark.parametrize("view", VIEWS)
def test_no_page_breaks_a_rule_of_accessibility(site: Path, browser: Any, view: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    options, rules, patterns = VIEWS[view]
    context = browser.new_context(**options)
    tab = context.new_page()
    for page in pages_of(site, patterns):
        tab.goto(page.as_uri())
        tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        # what is kept needs no list, which takes longer than to judge it
        found = axe.run(tab, options={"runOnly": rules, "resultTypes": ["violations"]})
        broken = [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found.response["violations"]]
        assert broken == [], f"{page.relative_to(site)} ({view})"
    context.close()


@pytest.mark.browser
def test_pages_ask_the_network_for_nothing_and_report_nothing(site: Path, browser: Any) -> None:
    tab = browser.new_page()
    said: list[str] = []
    tab.on(
        "request", lambda asked: said.append(asked.url) if asked.url[:5] not in {"file:", "data:"} else None
    )
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    for page in pages_of(site):
        tab.goto(page.as_uri())
        assert tab.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
    assert said == []
    tab.close()


@pytest.mark.browser
def test_no_page_scrolls_sideways_and_none_is_long(site: Path, browser: Any) -> None:
    tab = browser.new_page()
    for page in pages_of(site, ["*", "fi/*", "sv/*", "notebooks/*"]):
        tab.goto(page.as_uri())
        for width in (1200, 760, 390, 320):
            tab.set_viewport_size({"width": width, "height": 700})
            assert tab.evaluate("document.documentElement.scrollWidth") <= width, page.name
    for lang in LANGUAGES:
        tab.set_viewport_size({"width": 1200, "height": 900})
        tab.goto((site / lang / "index.html").as_uri())
        assert tab.evaluate("document.documentElement.scrollHeight") <= LONGEST, lang
    tab.close()


@pytest.mark.browser
def test_a_phone_gets_narrow_charts_in_large_type_and_tables_without_scrolling(
    site: Path, browser: Any
) -> None:
    tab = browser.new_page(viewport={"width": 360, "height": 740})
    for lang in LANGUAGES:
        tab.goto((site / lang / "index.html").as_uri())
        tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert tab.evaluate("[...document.querySelectorAll('.wide')].every(d => !d.clientWidth)")
        smallest = tab.evaluate(
            """Math.min(...[...document.querySelectorAll('.narrow text')].map(text =>
               parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().d))"""
        )
        assert smallest >= 12 - 0.01
        cut = "[...document.querySelectorAll('.scroll')].filter(s => s.scrollWidth > s.clientWidth).length"
        assert tab.evaluate(cut) == 0
    tab.close()


@pytest.mark.browser
def test_what_is_offered_is_downloaded(site: Path, browser: Any) -> None:
    # from a server, since a browser shows what it opens from the disk instead of saving it
    handler = partial(Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        context = browser.new_context(accept_downloads=True)
        tab = context.new_page()
        tab.goto(f"http://127.0.0.1:{server.server_port}/sv/index.html")
        links = tab.locator("#stages a.button")
        for position in range(links.count()):
            with tab.expect_download() as caught:
                links.nth(position).click()
            known = site / "sv" / links.nth(position).get_attribute("href")
            assert Path(caught.value.path()).read_bytes() == known.read_bytes()
        context.close()
        server.shutdown()


@pytest.mark.browser
def test_an_alt_text_is_copied_and_that_is_said(site: Path, browser: Any) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    tab = context.new_page()
    tab.goto((site / "sv" / "index.html").as_uri())
    tab.locator("#stages button").click()
    tab.wait_for_function("document.getElementById('status').textContent == 'Kopierat'")
    assert tab.evaluate("navigator.clipboard.readText()") == tab.locator("#stages-words").text_content()
    context.close()


@pytest.mark.browser
def test_a_keyboard_reaches_everything_and_sees_where_it_is(site: Path, browser: Any) -> None:
    tab = browser.new_page()
    tab.goto((site / "fi" / "index.html").as_uri())
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    assert tab.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "main"
    reached = set()
    for _ in range(40):
        tab.keyboard.press("Tab")
        reached.add(tab.evaluate("[...document.all].indexOf(document.activeElement)"))
        assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert len(reached) == 40
    tab.close()


@pytest.mark.browser
def test_without_a_script_the_page_is_whole(site: Path, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto((site / "en" / "index.html").as_uri())
    assert tab.locator("#stages .wide svg").is_visible()
    assert not tab.locator("#stages button").is_visible()
    tab.locator("#stages summary").last.click()
    assert tab.locator("#stages-words").is_visible()
    context.close()


def lowest_text(sheet: Any) -> float:
    """The height of the lowest line of a printed sheet, in points from its foot."""
    heights: list[float] = []
    sheet.extract_text(visitor_text=lambda text, _, at, *__: text.strip() and heights.append(at[5]))
    return min(heights)


@pytest.mark.browser
def test_a_printed_page_has_no_half_empty_sheet(site: Path, browser: Any, tmp_path: Path) -> None:
    """Each sheet but the last is filled to two thirds at least, by the lowest ink on it."""
    pypdf = pytest.importorskip("pypdf")
    tab = browser.new_page()
    tab.goto((site / "en" / "index.html").as_uri())
    tab.pdf(path=str(tmp_path / "page.pdf"), prefer_css_page_size=True)
    tab.close()
    sheets = pypdf.PdfReader(tmp_path / "page.pdf").pages
    assert 2 <= len(sheets) <= 5
    assert all(lowest_text(sheet) <= float(sheet.mediabox.height) / 3 for sheet in sheets[:-1])
