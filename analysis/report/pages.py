"""The pages of a report: what can be said, what cannot, the charts, how it was made; no network."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analysis.report.notebooks import TEMPLATES, language_of_notebooks
from analysis.words.conclusions import statements
from analysis.words.figures import Statement
from analysis.words.language import Voice, has_words
from analysis.words.recovery import describe_recovery

if TYPE_CHECKING:
    import pandas as pd

    from analysis.codebook import Codebook

RELEASED = "2026-11-29"  # of this version, as CITATION.cff has it
FINDINGS = 5  # more would not be read
SHOWN = 3  # charts that stand open on a page; the others are a click away
LONG = 7  # letters of a figure that needs a smaller type
COMPARED = ("stage", "shape", "shift", "wave")  # kinds of statements that are findings when they are clear
CHART_OF = {"stage": "differences", "shape": "stages", "shift": "shares", "wave": "waves"}
FACES = {"Regular": "400", "Semibold": "600 700"}  # weights that each stands for in a page
SIGNS = (*range(0x20, 0x7F), *range(0xA0, 0x180), *map(ord, "–—‘’‚“”„•…‹›€←→−≈≠≤≥\u00ad\u202f"))
DIGEST = 12  # characters of a SHA-256 that a citation names


class Picture(NamedTuple):
    """One chart in one language: its words, its numbers, its SVG for wide and narrow screens, its files."""

    name: str
    title: str
    alt: str
    numbers: pd.DataFrame
    wide: bytes
    narrow: bytes
    files: Mapping[str, str]  # by ending, relative to the folder of the language


class Matter(NamedTuple):
    """What all pages of a report are made of."""

    survey: pd.DataFrame
    frames: Mapping[str, pd.DataFrame]
    languages: Sequence[str]
    notebooks: Mapping[str, str]  # titles by file stem
    table: str  # name of the table's file
    digest: str  # SHA-256 of the table

    @property
    def codebook(self) -> Codebook:
        """The survey's codebook."""
        codebook: Codebook = self.survey.attrs["codebook"]
        return codebook


def render_page(matter: Matter, pictures: Sequence[Picture], voice: Voice) -> str:
    """The report in one language; its links lead to files beside it.

    Parameters
    ----------
    matter : Matter
        What the report is made of.
    pictures : sequence of Picture
        The charts in this language, in their order.
    voice : Voice
        The language, the codebook and the decimals.

    Returns
    -------
    str
        One HTML document.
    """
    said = statements(matter.frames, voice)
    found = find_findings(said)
    shown = arrange_charts([picture.name for picture in pictures], [CHART_OF[one.kind] for one in found])
    numbers = {name: number for number, name in enumerate(shown, 1)}
    figures = {picture.name: _figure(picture, numbers[picture.name], voice) for picture in pictures}
    wave = str(matter.frames["survey"]["wave"].iloc[0])
    context = {
        "title": voice.text("title"),
        "answered": _answered(matter.frames["survey"], wave, voice),
        "asked": voice.say("report.asked", question=voice.text("question")),
        "findings": [_finding(one, numbers, voice) for one in found],
        "limits": [_limit(one, voice) for one in find_limits(said)],
        "cautions": " ".join(one.text for one in said if one.kind == "caution"),
        "figures": [figures[name] for name in shown[:SHOWN]],
        "more": [figures[name] for name in shown[SHOWN:]],
        "method": [*_method(matter, voice), *(one.text for one in said if _is_of_method(one))],
        "facts": _facts(matter, voice),
        "background": _background(matter.codebook, voice.lang),
        "files": _files(matter, voice),
        "notebooks": [
            {"href": f"../notebooks/{quote(stem)}.html", "name": title}
            for stem, title in matter.notebooks.items()
        ],
        "citations": _citations(matter, wave, voice),
    }
    return fill_template("page.html.j2", context, voice, _languages(matter.languages, voice))


def find_findings(said: Sequence[Statement]) -> list[Statement]:
    """What is clear, or stands as it was published; the most telling first, as they were said."""
    return [one for one in said if one.kind in COMPARED and one.verdict == "clear"][:FINDINGS] or [
        one for one in said if one.kind in COMPARED and not one.verdict
    ][:FINDINGS]


def find_limits(said: Sequence[Statement]) -> list[Statement]:
    """What is not clear or open, and what depends on assumptions; cautions are told together after them."""
    told = [*find_findings(said), *filter(_is_of_method, said)]
    return [one for one in said if one not in told and one.kind not in {"size", "caution"}]


def _is_of_method(one: Statement) -> bool:
    """Whether a statement says that the others hold under other assumptions too."""
    return one.kind == "assumption" and one.verdict == "clear"


def arrange_charts(names: Sequence[str], told: Sequence[str]) -> list[str]:
    """The charts in the order of a page: the first, those that the findings name, then the others."""
    return list(dict.fromkeys([*names[:1], *(name for name in told if name in names), *names]))


def _finding(one: Statement, numbers: Mapping[str, int], voice: Voice) -> dict[str, str]:
    chart = CHART_OF[one.kind] if CHART_OF[one.kind] in numbers else ""
    counted = one.kind in {"stage", "wave"} and one.figure
    return {
        "figure": one.figure if one.kind != "shape" else "≠",
        "size": "long" if counted and len(one.figure) >= LONG else "",
        "unit": voice.say("report.unit_points") if counted else "",
        "text": one.text,
        "tag": voice.say(f"report.verdict_{one.verdict.replace(' ', '_') or 'published'}"),
        "verdict": one.verdict or "published",
        "chart": chart,
        "see": voice.say("report.see", number=numbers[chart]) if chart else "",
    }


def _limit(one: Statement, voice: Voice) -> dict[str, str]:
    tag = voice.say(f"report.verdict_{one.verdict.replace(' ', '_')}") if one.verdict else ""
    return {"tag": tag, "verdict": one.verdict, "text": one.text}


def _answered(rows: pd.DataFrame, wave: str, voice: Voice) -> str:
    """Who answered and when."""
    codebook, when = voice.codebook, voice.fieldwork(wave)
    sizes = rows.dropna(subset="n").drop_duplicates("group").set_index("group")["n"].astype(int)
    parts = [group for group in codebook.parts if group in sizes.index]
    if codebook.total in sizes.index:
        n = int(sizes[str(codebook.total)])
    elif parts and len(parts) == len(codebook.parts) and codebook.exhaustive:
        n = int(sizes[parts].sum())
    else:
        return voice.say("report.answered", fieldwork=when)
    if len(parts) < 2:
        return voice.say("report.answered_total", fieldwork=when, n=voice.count(n))
    groups = voice.sizes({group: int(sizes[group]) for group in parts})
    return voice.say("report.answered_groups", fieldwork=when, n=voice.count(n), groups=groups)


def _figure(picture: Picture, number: int, voice: Voice) -> dict[str, Any]:
    name = picture.name
    heading = f"report.{name}_heading"
    downloads = {
        "SVG": "svg",
        "PNG": "png",
        "PDF": "pdf",
        voice.say("report.slide"): "pptx",
        voice.say("report.csv"): "csv",
    }
    return {
        "id": name,
        "number": voice.say("report.number", number=number),
        "heading": voice.say(heading) if has_words(heading) else picture.title,
        "line": _line(name, voice),
        "title": picture.title,
        "alt": picture.alt,
        "wide": _inline(picture.wide),
        "narrow": _inline(picture.narrow),
        "downloads": [{"name": label, "href": picture.files[ending]} for label, ending in downloads.items()],
        "table": _grid(picture.numbers, voice),
    }


def _line(name: str, voice: Voice) -> str:
    key = f"report.{name}_line"
    cut = voice.stage_phrase("stage", voice.codebook.cut)
    return voice.say(key, stage=cut) if has_words(key) else ""


def _inline(drawing: bytes) -> Markup:
    """A drawing as it stands in a page: without the line that says that it is XML."""
    return Markup(drawing.decode("utf-8").partition("?>")[2])  # noqa: S704  (drawn by us, its words escaped)


def _grid(numbers: pd.DataFrame, voice: Voice) -> dict[str, Any]:
    """The numbers of a chart as text; the first columns, which are words, head the rows."""
    table = numbers.reset_index() if numbers.index.name is not None else numbers
    rows = [[_cell(value, voice) for value in row] for row in table.itertuples(index=False, name=None)]
    return {"heads": [str(column) for column in table.columns], "rows": rows}


def _cell(value: Any, voice: Voice) -> str:
    if isinstance(value, str):
        return value
    if str(value) in {"nan", "None", "<NA>"}:
        return "–"
    return voice.count(value) if isinstance(value, int) else voice.number(value)


def _method(matter: Matter, voice: Voice) -> list[str]:
    """What the numbers rest on, a paragraph for each thing that a reader must know."""
    rows, counts = matter.frames["survey"], matter.frames.get("counts")
    told = [voice.say("report.basis_published")] if rows["count"].isna().any() else []
    if counts is not None:
        told.append(describe_recovery(counts, lang=voice.lang))
    elif rows["count"].isna().any():
        told.append(voice.say("report.basis_no_counts"))
    if voice.codebook.total in set(rows["group"]) and len(voice.codebook.parts) > 1:
        told.append(voice.say("report.basis_total", total=voice.group(str(voice.codebook.total))))
    return [*told, *_partial(matter.survey, voice)]


def _partial(survey: pd.DataFrame, voice: Voice) -> list[str]:
    """The waves of which some figures are not known."""
    codebook, told = voice.codebook, []
    for wave, rows in survey.groupby("wave", observed=True):
        known = int((rows["percent"].notna() | rows["count"].notna()).sum())
        if known < len(codebook.stages) * len(codebook.parts) and not codebook.withheld(str(wave)):
            cells = voice.count(len(codebook.stages) * len(codebook.groups))
            words = {"wave": voice.wave(str(wave)), "known": voice.count(known), "cells": cells}
            told.append(voice.say("report.basis_partial", **words))
    return told


def _facts(matter: Matter, voice: Voice) -> list[dict[str, Any]]:
    """Publisher, waves, addresses, licence: each with its texts, some links or of another language."""
    codebook = matter.codebook
    waves = map(str, matter.survey["wave"].unique())
    facts = [
        (voice.say("report.publisher"), [{"text": voice.text("publisher")}]),
        *((voice.say("report.wave_facts", wave=voice.wave(w)), _wave_texts(matter, w, voice)) for w in waves),
    ]
    addresses = [str(source["path"]) for source in codebook.get("sources", []) if source.get("path")]
    facts.append((voice.say("report.addresses"), [{"text": path, "href": _link(path)} for path in addresses]))
    if "labelNote" in codebook.survey:
        facts.append((voice.say("report.labels"), [{"text": voice.text("labelNote")}]))
    licences = [
        {"text": str(licence["name"]), "href": _link(str(licence.get("path", "")))}
        for licence in codebook.get("licenses", [])
    ]
    facts.append((voice.say("report.licence"), licences))
    return [{"name": name, "texts": texts} for name, texts in facts if texts]


def _wave_texts(matter: Matter, wave: str, voice: Voice) -> list[dict[str, str]]:
    declared = matter.codebook.wave(wave)
    rows = matter.survey[matter.survey["wave"] == wave]
    texts = [_answered(rows, wave, voice)]
    if "responseRate" in declared:
        texts.append(voice.say("report.response_rate", share=voice.share(float(declared["responseRate"]), 0)))
    if voice.lang in declared.get("source", {}):
        texts.append(voice.say("report.wave_source", source=declared["source"][voice.lang]))
    told = [{"text": " ".join(texts)}]
    if "publication" in declared:
        lang = str(declared.get("publicationLanguage", ""))
        told.append({"text": str(declared["publication"]), "lang": lang})
    return told


def _link(path: str) -> str:
    """An address that may be followed; anything but the web is left as text."""
    return path if path.startswith(("https://", "http://")) else ""


def _background(codebook: Codebook, lang: str) -> dict[str, Any]:
    """What the source tells besides the numbers; empty where the codebook has nothing of it."""
    parts = [
        {"title": part["title"][lang], "entries": [item[lang] for item in part["items"]]}
        for part in codebook.survey.get("background", [])
    ]
    return {"parts": parts, "source": codebook.survey.get("backgroundSource", {}).get(lang, "")}


def _files(matter: Matter, voice: Voice) -> list[dict[str, str]]:
    hrefs = {
        "deck": "slides.pptx",
        "workbook": "survey.xlsx",
        "table": f"../data/{quote(matter.table)}",
        "codebook": "../data/datapackage.json",
        "manifest": "../manifest.json",
        "recovery": "recover.html",
    }
    return [
        {"href": href, "name": voice.say(f"report.{key}"), "what": voice.say(f"report.{key}_what")}
        for key, href in hrefs.items()
    ]


def _citations(matter: Matter, wave: str, voice: Voice) -> list[dict[str, str]]:
    """How to cite the figures and this page, each as a text to copy."""
    declared = matter.codebook.wave(wave)
    source = declared.get("publication") or declared.get("source", {}).get(voice.lang) or voice.wave(wave)
    figures = voice.say(
        "report.cite_figures",
        publisher=voice.text("publisher"),
        title=_ended(voice.text("title")),
        fieldwork=voice.fieldwork(wave),
        source=source,
    )
    page = voice.say(
        "report.cite_page",
        name=voice.text("name"),
        version=version("maturity-survey"),
        date=RELEASED,
        table=matter.table,
        digest=matter.digest[:DIGEST],
    )
    return [{"id": "cite-figures", "text": figures}, {"id": "cite-page", "text": page}]


def _ended(title: str) -> str:
    return title if title.endswith(("?", "!", ".")) else f"{title}."


def _languages(languages: Sequence[str], voice: Voice) -> list[dict[str, Any]]:
    return [
        {
            "lang": lang,
            "href": f"../{lang}/index.html",
            "name": Voice(voice.codebook, lang).say("report.endonym"),
            "current": lang == voice.lang,
        }
        for lang in languages
    ]


def render_choice(matter: Matter) -> str:
    """The first page: one link for each language, in that language."""
    voices = [Voice(matter.codebook, lang) for lang in matter.languages]
    choices = [
        {
            "href": f"{voice.lang}/index.html",
            "lang": voice.lang,
            "title": voice.text("title"),
            "name": voice.say("report.endonym"),
            "site": voice.text("name"),
        }
        for voice in voices
    ]
    context = {"title": voices[0].text("name"), "choices": choices}
    return fill_template("choice.html.j2", context, voices[0], [], script=False)


def render_notebook(stem: str, title: str, cells: str, matter: Matter) -> str:
    """An executed notebook as a page, in English as the notebook is.

    Parameters
    ----------
    stem, title : str
        Name of the file without its ending; its heading.
    cells : str
        The cells as HTML, from ``notebooks.render_cells``.
    matter : Matter
        What the report is made of.
    """
    home = language_of_notebooks(matter.languages)
    voice = Voice(matter.codebook, home)
    context = {
        "title": title,
        "home": f"../{home}/index.html#method",
        "file": f"{quote(stem)}.ipynb",
        "cells": Markup(cells),  # noqa: S704  (nbconvert has escaped what is not ours)
    }
    return fill_template("notebook.html.j2", context, voice, [], lang="en", script=False)


# one document


def fill_template(
    template: str,
    context: Mapping[str, Any],
    voice: Voice,
    languages: Sequence[Mapping[str, Any]],
    *,
    lang: str | None = None,
    script: bool = True,
) -> str:
    """A page with its style, its type and its script inside, and a policy against all else."""
    style, code = _style(), _read("page.js") if script else ""
    words = {"name": voice.text("name"), "publisher": voice.text("publisher")}
    return (
        _environment()
        .get_template(template)
        .render(
            lang=lang or voice.lang,
            home_lang=voice.lang,
            say=lambda key: voice.say(f"report.{key}"),
            policy=_policy(style, code),
            style=Markup(style),  # noqa: S704  (our own style sheet)
            script=Markup(code),  # noqa: S704  (our own script)
            version=version("maturity-survey"),
            site=voice.text("name"),
            languages=languages,
            footer=voice.say("report.footer", version=version("maturity-survey"), **words),
            description=voice.text("topic"),
            **context,
        )
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _style() -> str:
    faces = "".join(
        f'@font-face{{font-family:"Source Sans Pro";font-weight:{weight};font-display:swap;'
        f'src:url(data:font/woff;base64,{base64.b64encode(_typeface(name)).decode()}) format("woff")}}'
        for name, weight in FACES.items()
    )
    return faces + re.sub(r"\n\s*", "\n", _read("style.css"))


def _typeface(name: str) -> bytes:
    """The Latin letters and our signs of a face; its licence (OFL) stays in its name table."""
    import font_source_sans_pro
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options(
        layout_features=["ccmp", "kern", "lnum", "mark", "tnum"],
        name_IDs=["*"],
        hinting=False,
        notdef_outline=True,
    )
    path = Path(font_source_sans_pro.font_directory) / f"SourceSansPro-{name}.ttf"
    with TTFont(path, recalcTimestamp=False) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=SIGNS)
        subsetter.subset(font)
        font.flavor = "woff"
        content = io.BytesIO()
        font.save(content)
    return content.getvalue()


def _policy(style: str, code: str) -> str:
    """The content policy: this style, this script, what drawings say of their own looks, pictures, type."""
    allowed = {
        "default-src": "'none'",
        "style-src": _hash(style),
        "style-src-attr": "'unsafe-inline'",
        "script-src": _hash(code) if code else "'none'",
        "img-src": "'self' file: data:",
        "font-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in allowed.items())


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
