"""Pages of made-up surveys for tests: frames worked out, drawings replaced by small ones of the same form."""

from __future__ import annotations

from functools import cache

import pandas as pd
from lxml.html import HtmlElement
from surveys import SURVEYS

from analysis.codebook import LANGUAGES
from analysis.old.charts.gallery import CHARTS
from analysis.old.inference.findings import gather_frames
from analysis.old.report.publishing.pages import CHART_ORDER, DRAWN, Matter, Picture

SMALL = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 540">
<title>{title}</title><desc>{desc}</desc>
<path d="M 0 0 L 9 9" style="fill: {ink}"/><text x="1" y="2" style="fill: {ink}">19</text></svg>"""
NOTEBOOKS = {"01_what_was_asked": "What was asked and answered"}


@cache
def worked_out(name: str) -> dict[str, pd.DataFrame]:
    """The frames of one of the made-up surveys."""
    return gather_frames(SURVEYS[name]().rows())


@cache
def matter(name: str, lang: str, languages: tuple[str, ...] = LANGUAGES) -> Matter:
    """What the pages of one of the made-up surveys are made of."""
    rows, frames = SURVEYS[name]().rows(), worked_out(name)
    pictures = [
        small_picture(chart, CHARTS[chart].describe(frames[CHARTS[chart].key], lang=lang))
        for chart in CHART_ORDER
        if CHARTS[chart].key in frames
    ]
    return Matter(rows, frames, pictures, ["Concluded."], languages, NOTEBOOKS, "survey.csv")


def small_picture(name: str, alt: str) -> Picture:
    """A picture with a small drawing for each size and theme."""
    inks = {"light": "#111111", "dark": "#eeeeee"}
    texts = {theme: SMALL.format(title=name, desc="alt", ink=ink) for theme, ink in inks.items()}
    return Picture(name, alt, f"Headline of {name}", {form: texts[form[1]].encode() for form in DRAWN})


def texts_of(page: HtmlElement, lang: str) -> list[str]:
    """The texts of a page that are in its own language: what is marked as another one is left out."""
    found: list[str] = []

    def walk(element: HtmlElement) -> None:
        if element.tag in {"style", "script"} or element.get("lang", lang) != lang:
            return
        found.extend(
            text.strip() for text in (element.text, *element.xpath("@aria-label")) if text and text.strip()
        )
        for child in element:
            walk(child)
            if child.tail and child.tail.strip():
                found.append(child.tail.strip())

    walk(page)
    return found
