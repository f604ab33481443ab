"""The shipped survey's report in a browser: accessible, quiet, whole on a phone, all of it to be taken."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from lxml import html

from analysis.codebook import LANGUAGES
from analysis.old.charts.gallery import CHARTS
from analysis.old.inference.findings import gather_frames
from analysis.old.report.publishing import batches, pages, workshop
from analysis.old.report.run import run_report
from analysis.survey.table import load_survey

CHROMIUM = "/usr/bin/chromium"
OPTIONS = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]
QUICK = {form: ("svg",) for form in pages.DRAWN if form[0] in {"wide", "phone"}}
QUICK["wide", "light"] = ("svg", "png")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
RULES_OF_COLOUR = ["color-contrast", "link-in-text-block"]  # all that another theme can break
SHOWN = (
    "[...document.querySelectorAll('.drawing')].map(d => [...d.children].filter(s => s.clientWidth).length)"
)
LONGEST_WORDS = ["*", "fi/*", "notebooks/*"]
VIEWS = {  # every kind of page in each; languages and notebooks differ in their words alone
    "desktop": ({"viewport": {"width": 1200, "height": 900}}, RULES, ["*.html", "en/*", "notebooks/*"]),
    "phone": ({"viewport": {"width": 390, "height": 844}}, RULES, ["fi/*", "notebooks/03*"]),
    "dark": ({"color_scheme": "dark"}, RULES_OF_COLOUR, ["sv/*", "notebooks/05*"]),
}


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, *_: object) -> None:
        pass


def read_notebooks(notebooks: Mapping[str, Path], **_: object) -> dict[str, str]:
    """The notebooks as they were executed before."""
    return {name: path.read_text(encoding="utf-8") for name, path in notebooks.items()}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the shipped survey in all languages, with the pictures that its pages show.

    Its notebooks are those that are shipped executed: a test of each cell holds that they would run so.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workshop, "run_notebooks", read_notebooks)
        for module in (workshop, pages):
            patch.setattr(module, "DRAWN", QUICK)
        patch.setattr(batches, "_processors", lambda: 1)  # other tests need the second
        return run_report(tmp_path_factory.mktemp("site") / "report")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, or a reason to skip."""
    playwright = pytest.importorskip("playwright.sync_api")
    if not shutil.which(CHROMIUM):
        pytest.skip(f"{CHROMIUM} is not installed")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield chromium
        chromium.close()


def pages_of(site: Path, patterns: Sequence[str] = ("**/*",)) -> list[Path]:
    return sorted(page for pattern in patterns for page in site.glob(pattern) if page.suffix == ".html")


def test_alt_texts_are_those_of_the_describe_functions(site: Path) -> None:
    frames = gather_frames(load_survey())
    for lang in LANGUAGES:
        page = html.parse(site / lang / "index.html")
        for drawing in page.xpath("//figure//svg"):
            chart = drawing.xpath("string(ancestor::section/@id)")
            known = CHARTS[chart].describe(frames[CHARTS[chart].key], lang=lang)
            assert drawing.findtext("desc") == known


def test_every_link_and_anchor_leads_somewhere(site: Path) -> None:
    known = {page: set(html.parse(page).xpath("//@id")) for page in pages_of(site)}
    for page in known:
        for link in html.parse(page).xpath("//a/@href|//img/@src"):
            if not link.startswith("https://"):
                name, _, anchor = link.partition("#")
                target = (page.parent / name).resolve() if name else page
                assert target.is_file(), f"{page.name}: {link}"
                assert not anchor or anchor in known[target], f"{page.name}: {link}"


def test_the_notebooks_have_one_h1_and_alt_texts(site: Path) -> None:
    for page in (site / "notebooks").glob("*.html"):
        content = html.parse(page)
        assert len(content.xpath("//h1")) == 1
        assert [
            drawing for drawing in content.xpath("//svg") if not (drawing.findtext("desc") or "").strip()
        ] == []


@pytest.mark.browser
@pytest.mark.parametrize("view", VIEWS)
def test_no_page_breaks_a_rule_of_accessibility(site: Path, browser: Any, view: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    options, rules, patterns = VIEWS[view]
    context = browser.new_context(**options)
    tab = context.new_page()
    for page in pages_of(site, patterns):
        tab.goto(page.as_uri())
        # what is kept needs no list, which takes longer than to judge it
        found = axe.run(tab, options={"runOnly": rules, "resultTypes": ["violations"]})
        broken = [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found.response["violations"]]
        assert broken == [], f"{page.relative_to(site)} ({view})"
    context.close()


@pytest.mark.browser
def test_pages_ask_the_network_for_nothing_and_report_nothing(site: Path, browser: Any) -> None:
    tab = browser.new_page(reduced_motion="reduce")  # to be at the end of a page at once
    said: list[str] = []
    tab.on(
        "request",
        lambda request: said.append(request.url) if request.url[:5] not in {"file:", "data:"} else None,
    )
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    for page in pages_of(site):
        tab.goto(page.as_uri())
        tab.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        pictures = tab.evaluate("[...document.images].every(i => i.loading == 'lazy' || i.naturalWidth > 0)")
        assert pictures
    assert said == []
    tab.close()


@pytest.mark.browser
def test_no_page_scrolls_sideways_and_one_drawing_of_each_chart_shows(site: Path, browser: Any) -> None:
    tab = browser.new_page()
    for page in pages_of(site, LONGEST_WORDS):
        tab.goto(page.as_uri())
        for width in (1200, 760, 390, 320):
            tab.set_viewport_size({"width": width, "height": 700})
            assert tab.evaluate("document.documentElement.scrollWidth") <= width, page.name
            assert set(tab.evaluate(SHOWN)) <= {1}, page.name
    tab.close()


@pytest.mark.browser
def test_text_in_the_charts_is_large_enough_on_a_phone(site: Path, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    tab = context.new_page()
    for lang in LANGUAGES:
        tab.goto((site / lang / "index.html").as_uri())
        smallest = tab.evaluate(
            """Math.min(...[...document.querySelectorAll('.drawing svg.narrow text')].map(text =>
               parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().d))"""
        )
        assert smallest >= 12 - 0.01
    context.close()


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
    tab.wait_for_function("document.getElementById('status').textContent == 'Kopierad'")
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
        reached.add(tab.evaluate("document.activeElement.outerHTML"))
        assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert len(reached) == 40
    tab.close()


@pytest.mark.browser
def test_without_a_script_the_page_is_whole(site: Path, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto((site / "en" / "index.html").as_uri())
    assert tab.locator("#stages svg.wide").is_visible()
    assert not tab.locator("#stages button").is_visible()
    tab.locator("#stages summary").click()
    assert tab.locator("#stages-words").is_visible()
    context.close()


def test_the_manifest_has_no_date_and_no_path_of_the_machine(site: Path) -> None:
    text = (site / "manifest.json").read_text(encoding="utf-8")
    assert str(site.parent) not in text
    assert str(Path.home()) not in text
    assert json.loads(text)["languages"] == list(LANGUAGES)
