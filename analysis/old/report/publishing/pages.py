"""The pages of a report: frames and drawings into HTML, in each language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from markupsafe import Markup

from analysis.codebook import LANGUAGES, codebook_of
from analysis.old.report.publishing.batches import chart_name
from analysis.old.report.publishing.cards import find_cards
from analysis.old.report.publishing.document import fill_template
from analysis.old.report.publishing.grids import chart_grid
from analysis.old.report.publishing.inline import inline_drawing
from analysis.old.report.publishing.provenance import basis_notes, find_facts, lead_of
from analysis.old.style import SIZES
from analysis.old.words.telling.phrases import stage_phrase
from analysis.old.words.wording import say

if TYPE_CHECKING:
    import pandas as pd

    from analysis.codebook import Codebook
    from analysis.old.report.publishing.transcripts import Transcript

CHART_ORDER = ("stages", "differences", "cumulative", "shares", "waves", "diverging")
DRAWN = {  # every picture of a chart by its size and theme, and the formats that it is saved in
    ("wide", "light"): ("svg", "png", "pdf"),
    ("wide", "dark"): ("svg", "png"),
    ("half", "light"): ("svg", "png"),
    ("square", "light"): ("svg", "png"),
    ("phone", "light"): ("svg", "png"),
    ("phone", "dark"): ("svg",),
}


class Picture(NamedTuple):
    """One chart in one language: its alt text, its finding, its drawings as SVG by size and theme."""

    name: str
    alt: str
    headline: str
    drawings: Mapping[tuple[str, str], bytes]


class Matter(NamedTuple):
    """What the pages of one language are made of."""

    survey: pd.DataFrame
    frames: Mapping[str, pd.DataFrame]
    pictures: Sequence[Picture]
    conclusions: Sequence[str]
    languages: Sequence[str]
    notebooks: Mapping[str, str]  # titles by file stem
    table: str  # name of the table's file
    pdf: bool = False


def chart_files(name: str, size: str, theme: str) -> dict[str, str]:
    """The files of a picture by format, relative to the folder of its language."""
    return {form: f"charts/{chart_name(name, size, theme)}.{form}" for form in DRAWN[size, theme]}


def numbers_file(name: str) -> str:
    """The file of a chart's numbers, relative to the folder of its language."""
    return f"charts/{name}.csv"


def render_page(matter: Matter, *, lang: str) -> str:
    """The report in one language: findings, a section per chart, what the numbers rest on, sources.

    Returns
    -------
    str
        One HTML document; its links lead to files beside it.
    """
    codebook = codebook_of(matter.survey)
    drawn = {picture.name: _inline(picture) for picture in matter.pictures}
    sections = [
        _section(picture, number, matter, lang) | {"drawing": Markup(drawn[picture.name][0])}  # noqa: S704
        for number, picture in enumerate(matter.pictures, start=1)
    ]
    context = {
        "title": codebook.text("title", lang),
        "lead": lead_of(matter.frames, lang=lang),
        "cards": find_cards(matter.frames, lang=lang),
        "sections": sections,
        "contents": _contents(sections, lang),
        "basis": basis_notes(matter.survey, matter.frames, lang=lang),
        "conclusions": matter.conclusions,
        "background": _background(codebook, lang),
        "files": _files(matter, lang),
        "notebooks": [
            {"href": f"../notebooks/{stem}.html", "name": title or stem}
            for stem, title in matter.notebooks.items()
        ],
        "facts": find_facts(matter.survey, table=matter.table, lang=lang),
    }
    languages = _languages(matter.languages, lang, "index.html")
    rules = frozenset[str]().union(*(rules for _, rules in drawn.values()))
    return fill_template(
        "page.html.j2", context, lang=lang, codebook=codebook, languages=languages, rules=rules
    )


def render_gallery(matter: Matter, *, lang: str) -> str:
    """The charts of one language to take: every size and format, the alt text, the numbers."""
    context = {
        "title": say("report.gallery", lang),
        "deck": "slides.pptx",
        "sheets": [_sheet(picture, matter, lang) for picture in matter.pictures],
    }
    languages = _languages(matter.languages, lang, "gallery.html")
    codebook = codebook_of(matter.survey)
    return fill_template("gallery.html.j2", context, lang=lang, codebook=codebook, languages=languages)


def render_choice(codebook: Codebook, languages: Sequence[str]) -> str:
    """The first page: one link for each language, in that language."""
    choices = [
        {
            "href": f"{lang}/index.html",
            "lang": lang,
            "title": codebook.text("title", lang),
            "name": say("report.endonym", lang),
            "site": codebook.text("name", lang),
        }
        for lang in languages
    ]
    context = {"title": codebook.text("name", languages[0]), "choices": choices}
    return fill_template(
        "choice.html.j2", context, lang=languages[0], codebook=codebook, languages=[], script=False
    )


def render_notebook(
    transcript: Transcript, stem: str, *, codebook: Codebook, languages: Sequence[str]
) -> str:
    """An executed notebook as a page, in English as the notebook is."""
    home = "en" if "en" in languages else languages[0]
    cells = [
        {
            "prose": Markup(entry.prose),  # noqa: S704  (transcripts holds only what it wrote itself)
            "code": Markup(entry.code),  # noqa: S704
            "number": entry.number,
            "outputs": [Markup(output) for output in entry.outputs],  # noqa: S704
        }
        for entry in transcript.entries
    ]
    context = {
        "title": transcript.title or stem,
        "home": {"href": f"../{home}/index.html#notebooks", "lang": home, "name": say("report.back", home)},
        "file": f"{stem}.ipynb",
        "cells": cells,
    }
    return fill_template(
        "notebook.html.j2", context, lang="en", codebook=codebook, languages=[], script=False
    )


def _contents(sections: Sequence[Mapping[str, Any]], lang: str) -> list[dict[str, str]]:
    names = {str(section["id"]): str(section["heading"]) for section in sections}
    names |= {name: say(f"report.{name}_head", lang) for name in ("basis", "conclusions", "sources")}
    return [{"id": name, "name": heading} for name, heading in names.items()]


def _languages(languages: Sequence[str], current: str, page: str) -> list[dict[str, object]]:
    return [
        {
            "lang": lang,
            "href": f"../{lang}/{page}",
            "name": say("report.endonym", lang),
            "current": lang == current,
        }
        for lang in LANGUAGES
        if lang in languages
    ]


def _inline(picture: Picture) -> tuple[str, frozenset[str]]:
    """A chart's wide and narrow drawing, of which the style sheet shows one, and their dark rules."""
    drawings = [
        inline_drawing(
            picture.drawings[size, "light"],
            dark=picture.drawings[size, "dark"],
            prefix=f"{picture.name}-{css}",
            css=css,
        )
        for size, css in (("wide", "wide"), ("phone", "narrow"))
    ]
    return "\n".join(drawing.markup for drawing in drawings), drawings[0].dark | drawings[1].dark


def _section(picture: Picture, number: int, matter: Matter, lang: str) -> dict[str, Any]:
    name = picture.name
    files = chart_files(name, "wide", "light")
    return {
        "id": name,
        "number": say("report.number", lang, number=number),
        "heading": say(f"report.{name}_heading", lang),
        "line": _line(name, matter.frames, lang),
        "alt": picture.alt,
        "downloads": _links(files | {"PowerPoint": "slides.pptx", "csv": numbers_file(name)}),
        "table": chart_grid(name, matter.frames, lang=lang),
    }


def _links(files: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": form.upper() if form.islower() else form, "href": href} for form, href in files.items()]


def _line(name: str, frames: Mapping[str, pd.DataFrame], lang: str) -> str:
    """The line under the heading of a section: what its chart shows."""
    codebook = codebook_of(frames["published"])
    if name == "stages":
        return codebook.text("question", lang)
    if name == "differences" and (frames[name]["method"] == "rounding").all():
        return say("report.differences_line_rounding", lang)
    cut = stage_phrase(codebook, "stage", codebook.cut, lang)
    return say(f"report.{name}_line", lang, stage=cut)


def _sheet(picture: Picture, matter: Matter, lang: str) -> dict[str, Any]:
    name, wide = picture.name, SIZES["wide"]
    heading = say(f"report.{name}_heading", lang)
    rows = {_size_name(size, theme, lang): chart_files(name, size, theme) for size, theme in DRAWN}
    rows[say("report.numbers_file", lang)] = {"csv": numbers_file(name)}
    return {
        "id": name,
        "heading": heading,
        "headline": picture.headline,
        "alt": picture.alt,
        "image": chart_files(name, "wide", "light")["png"],
        "width": round(wide.width * wide.dpi),
        "height": round(wide.height * wide.dpi),
        "files": [
            {"name": label, "about": f"{label}, {heading}", "downloads": _links(files)}
            for label, files in rows.items()
        ],
        "table": chart_grid(name, matter.frames, lang=lang),
    }


def _size_name(size: str, theme: str, lang: str) -> str:
    label = say(f"report.size_{size}", lang)
    return say("report.size_dark", lang, size=label) if theme == "dark" else label


def _background(codebook: Codebook, lang: str) -> dict[str, Any]:
    """What the source tells besides the numbers; empty where the codebook has nothing of it."""
    parts = [
        {"title": part["title"][lang], "entries": [item[lang] for item in part["items"]]}
        for part in codebook.survey.get("background", [])
    ]
    source = codebook.survey.get("backgroundSource", {}).get(lang, "")
    return {"parts": parts, "source": source} if parts else {}


def _files(matter: Matter, lang: str) -> list[dict[str, Any]]:
    links = [
        ("gallery", "gallery.html"),
        ("deck", "slides.pptx"),
        ("workbook", "survey.xlsx"),
        ("table", f"../data/{quote(matter.table)}"),
        ("codebook", "../data/datapackage.json"),
        *([("pdf", "report.pdf")] if matter.pdf else []),
    ]
    return [
        {
            "href": href,
            "saved": not href.endswith(".html"),
            "name": say(f"report.{key}", lang),
            "what": say(f"report.{key}_what", lang),
        }
        for key, href in links
    ]
