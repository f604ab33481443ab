"""The pages of a report: what can be said, what cannot, the charts, how it was made; no network."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analysis.codebook import WEIGHTING, usual_language
from analysis.rounding import DEFAULT_RULES, NOT_SHOWN, RULES
from analysis.survey import grids, readings
from analysis.words.conclusions import statements
from analysis.words.figures import Statement
from analysis.words.language import (
    Voice,
    find_topic,
    find_words,
    has_words,
    hold_ranges,
    only_rounding,
    rounded,
    sentence,
    voice_of,
)
from analysis.words.reservations import describe_recovery
from analysis.words.tables import widen_survey

TEMPLATES = Path(__file__).parent / "templates"
RELEASED = "2026-11-30"  # of this version, as CITATION.cff has it
FINDINGS = 5  # more would not be read
SHOWN = 3  # charts that stand open on a page; the others are a click away
SCALE = ("shape", "shift", "size")  # kinds of what is said of whole distributions
CHART_OF = {"stage": "differences", "shape": "stages", "shift": "shares", "wave": "waves"}  # what is compared
FACES = {"Regular": "400", "Semibold": "600 700"}  # weights that each stands for in a page
SIGNS = (*range(0x20, 0x7F), *range(0xA0, 0x180), *map(ord, "–—‘’‚“”„•…‹›€←→−≈≠≤≥\u00ad\u202f"))


ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
ENVIRONMENT.filters["unbroken"] = hold_ranges


class Matter(NamedTuple):
    """What all pages of a report are made of."""

    survey: pd.DataFrame
    frames: Mapping[str, pd.DataFrame]
    languages: Sequence[str]
    table: str  # name of the table's file
    digest: str  # SHA-256 of the table

    @property
    def voices(self) -> list[Voice]:
        """The survey's voice in each language of the report."""
        return [voice_of(self.survey, lang) for lang in self.languages]

    @property
    def waves(self) -> Iterable[tuple[Any, pd.DataFrame]]:
        """Each wave with its rows."""
        return self.survey.groupby("wave", observed=True)


def render_page(
    matter: Matter, drawings: Mapping[str, tuple[bytes, bytes]], notebooks: Mapping[str, str], voice: Voice
) -> str:
    """The report in one language, an HTML document; its links lead to files beside it.

    ``drawings`` are the charts in this language by name, in their order, as SVG for wide and for narrow
    screens; ``notebooks`` the titles of the notebooks by the stems of their files.
    """
    said = statements(matter.frames, voice)
    findings, further, limits, method = sort_statements(said)
    names = list(drawings)
    shown = dict.fromkeys([*names[:1], *(CHART_OF[one.kind] for one in findings), *names])
    figures = [_figure(name, matter.frames, drawings[name], voice) for name in shown if name in drawings]
    rows = matter.frames["survey"]
    wave = str(rows["wave"].iloc[0])
    context = {
        "matter": matter,
        "languages": matter.voices,
        "wave": wave,
        "waves": {str(wave): voice.answered(rows, str(wave)) for wave, rows in matter.waves},
        "answered": voice.answered(rows, wave),
        "findings": findings,
        "further": [one.text for one in further],
        "recovered": matter.frames.get("counts", rows).attrs.get("basis") == "recovered",
        "limits": tell_limits(limits, said, voice),
        "numbers": {figure["id"]: number for number, figure in enumerate(figures, 1)},
        "chart_of": CHART_OF,
        "figures": figures[:SHOWN],
        "more": figures[SHOWN:],
        "method": [*_method(matter, voice), *(one.text for one in method)],
        "notebooks": notebooks,
    }
    return _fill("page.html.j2", voice, context)


class Sorted(NamedTuple):
    """What is said of a survey, by the part of the page that it stands in."""

    findings: list[Statement]  # clear, or as it was published; the most telling first, as they were said
    further: list[Statement]  # clear as well
    limits: list[Statement]  # not clear or open, or dependent on assumptions
    method: list[Statement]  # that the others hold under other assumptions too


def sort_statements(said: Sequence[Statement]) -> Sorted:
    """The statements but sizes of effects and cautions; nothing stands twice."""
    compared = [one for one in said if one.kind in CHART_OF]
    clear = [one for one in compared if one.verdict == "clear"]
    findings = (clear or [one for one in compared if not one.verdict])[:FINDINGS]
    method = [one for one in said if one.kind == "assumption" and one.verdict == "clear"]
    told = [*findings, *clear, *method]
    limits = [one for one in said if one not in told and one.kind not in {"size", "caution"}]
    return Sorted(findings, clear[FINDINGS:], limits, method)


def tell_limits(limits: Sequence[Statement], said: Sequence[Statement], voice: Voice) -> dict[str, list[str]]:
    """What cannot be concluded, and the cautions as one text, by what they are about."""
    told, cautions = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for one in limits:
        told["scale" if one.kind in SCALE else one.kind].append(one.text)
    for one in said:
        if one.kind == "caution":
            cautions[one.topic].append(one.text)
    for topic, texts in cautions.items():
        told[topic].append(" ".join(texts))
    return {voice.say(f"report.topic_{topic}"): texts for topic, texts in told.items()}


def _figure(
    name: str, frames: Mapping[str, pd.DataFrame], drawings: Iterable[bytes], voice: Voice
) -> dict[str, Any]:
    """What stands about a chart: heading and line, if there are any, words, drawings and numbers."""
    from analysis.charts.gallery import CHARTS

    chart = CHARTS[name]
    frame, cut = frames[chart.frame], voice.stage_phrase("stage", voice.codebook.cut)
    reading = chart.read(frame, voice)
    heading, line = f"report.{name}_heading", f"report.{name}_line"
    if only_rounding(frame) and has_words(f"{line}_rounded"):
        line += "_rounded"
    title, numbers = reading.title(), reading.numbers().convert_dtypes()  # whole ones as whole
    wide, narrow = (Markup(svg.decode("utf-8").partition("?>")[2]) for svg in drawings)  # noqa: S704  (ours)
    return {
        "id": name,
        "heading": voice.say(heading) if has_words(heading) else title,
        "line": voice.say(line, stage=cut) if has_words(line) else "",
        "title": title,
        "alt": reading.alt(),
        "wide": wide,
        "narrow": narrow,
        "heads": list(map(str, numbers)),
        "rows": [
            [_cell(value, voice) for value in row] for row in numbers.itertuples(index=False, name=None)
        ],
    }


def _cell(value: Any, voice: Voice) -> str:
    """A cell of numbers; one that is not zero has the decimals that it takes not to read as zero."""
    if isinstance(value, str):
        return value
    if str(value) in {"nan", "None", "<NA>"}:
        return voice.say("tables.nothing")
    if isinstance(value, int):
        return voice.count(value)
    places = range(voice.decimals, voice.decimals + 3)
    return voice.number(value, next((more for more in places if rounded(value, more)), voice.decimals))


def _method(matter: Matter, voice: Voice) -> list[str]:
    """What the numbers rest on, a paragraph for each thing that a reader must know."""
    rows, counts, codebook = matter.frames["survey"], matter.frames.get("counts"), voice.codebook
    told = [voice.say("report.basis_published")] if rows["count"].isna().any() else []
    told += [voice.say("report.basis_no_n")] if rows["n"].isna().all() else []
    told += voice.marks(str(wave) for wave, _ in matter.waves)
    if counts is not None:
        told.append(describe_recovery(counts, lang=voice.lang))
    elif rows["count"].isna().any():
        told.append(voice.say("report.basis_no_counts"))
    told += filter(None, [voice.assumed(matter.frames.get("counts", matter.frames["shares"]))])
    if codebook.total in set(rows["group"]) and len(codebook.parts) > 1:
        told.append(voice.say("report.basis_total", total=voice.group(str(codebook.total))))
    for wave, figures in matter.waves:
        known = int((figures["percent"].notna() | figures["count"].notna()).sum())
        if known < len(codebook.stages) * len(codebook.parts) and not codebook.withheld(str(wave)):
            cells = voice.count(len(codebook.stages) * len(codebook.groups))
            words = {"wave": voice.wave(str(wave)), "known": voice.count(known), "cells": cells}
            told.append(voice.say("report.basis_partial", **words))
    return told


def render_choice(matter: Matter) -> str:
    """The first page: one link for each language, in that language."""
    return _fill("choice.html.j2", matter.voices[0], {"voices": matter.voices}, script=False)


def render_notebook(stem: str, title: str, cells: str, matter: Matter) -> str:
    """An executed notebook as a page, in English as it is: by its file's stem, its heading, its HTML."""
    voice = voice_of(matter.survey, usual_language(matter.languages))
    context = {"title": title, "stem": stem, "cells": Markup(cells)}  # noqa: S704  (nbconvert has escaped)
    return _fill("notebook.html.j2", voice, context, lang="en", script=False)


READ_BY = {  # in the browser too
    "weighted": rf"{WEIGHTING.pattern}|{readings.UNWEIGHTED.pattern}",
    "several": readings.SEVERAL_ANSWERS.pattern,
    "size": readings.SIZE_LABEL.pattern,
    "in_head": grids.SIZE_IN_HEAD.pattern,
    "whole": grids.INTEGER,
    "sum": readings.SUM_LABEL.pattern,
    "total": readings.TOTAL_LABEL.pattern,
    "hidden": NOT_SHOWN.pattern,
    "mark": readings.CELL_MARK.pattern,
    "per_cent": readings.PER_CENT.pattern,
    "rule": grids.RULE.pattern,
    "kind": grids.KIND.pattern.replace("(?P<", "(?<"),
    "note": grids.NOTE_MARK,
    "remark": f"^{grids.NOTE.pattern}",
    "bare_size": readings.BARE_SIZE.pattern,
    "statistic": readings.STATISTIC.pattern,
    "no_answer": readings.NO_ANSWER.pattern,
}


def make_recovery_page(*, lang: str = "en", example: str = "", report: str = "") -> str:
    """A page that recovers counts from a pasted table in the browser; it needs no network and sends nothing.

    It is HTML, all in one file. ``example`` stands in the box at first: a table as text, its cells separated
    by tabs; ``report`` is a link to the report that the page belongs to, where it does not stand alone. A
    language that the words of the page do not have is refused.

    >>> make_recovery_page(lang="sv").splitlines()[1]
    '<html lang="sv">'
    """
    words = find_topic("page", lang)
    shared = {"clear": "verdict_clear", "not clear": "verdict_not_clear", "differences": "points_of"}
    shared |= {"range": "range", "range_signed": "range_signed"}
    words |= {key: find_words(f"common.{name}", lang) for key, name in shared.items()}
    style, code = _read("recover.css"), _read("recover.js")
    known = [rule for rule in RULES if f"{rule}: {{" in code]  # the script has its own few lines for each
    rules = {" ".join(DEFAULT_RULES): words["rule_default"]}
    rules |= {rule: find_words(f"rules.{rule}", lang) for rule in known}
    context = {
        "lang": lang,
        "words": words,
        "rules": rules,
        "example": example,
        "report": report,
        "back": find_words("report.back", lang),
        "spoken": Markup(  # noqa: S704
            json.dumps(words | {"patterns": READ_BY}, ensure_ascii=False).replace("<", "\\u003c")
        ),
    }
    return _render("recover.html.j2", style, code, {"worker-src": "blob:"}, context)


def render_recovery(matter: Matter, voice: Voice) -> str:
    """The page of recovery in one language, with a wave of the survey as its example."""
    example = table_as_text(matter.frames["survey"], voice)
    return make_recovery_page(lang=voice.lang, example=example, report="index.html")


def table_as_text(rows: pd.DataFrame, voice: Voice) -> str:
    """One wave of a survey as a table that the page reads: answers as rows, groups as columns, a row n."""
    wide = widen_survey(rows)
    groups = [group for group in voice.codebook.groups if group in wide]
    lines = [["", *(voice.group(group, "short") for group in groups)]]
    for stage, *figures in wide[["stage", *groups]].itertuples(index=False, name=None):
        lines.append([voice.stage(stage), *("" if pd.isna(figure) else f"{figure:g}" for figure in figures)])
    sizes = (wide[f"n_{group}"].max() if f"n_{group}" in wide else "" for group in groups)
    lines.append(["n", *map(str, sizes)])
    return "\n".join(map("\t".join, lines))


# one document


def _fill(
    template: str, voice: Voice, context: Mapping[str, Any], *, lang: str | None = None, script: bool = True
) -> str:
    """A page of the report, with what all of them have."""
    shared = {
        "voice": voice,
        "lang": lang or voice.lang,
        "say": lambda key, **values: voice.say(f"report.{key}", **values),
        "sentence": sentence,
        "languages": [],
        "version": version("maturity-survey"),
        "released": RELEASED,
    }
    policy = {"style-src-attr": "'unsafe-inline'", "img-src": "'self' file: data:", "font-src": "data:"}
    code = _read("page.js") if script else ""
    return _render(template, _style(), code, policy, {**shared, **context})


def _render(template: str, style: str, code: str, more: Mapping[str, str], context: Mapping[str, Any]) -> str:
    """A page with its style and its script inside, and a policy against all else."""
    policy = {
        "default-src": "'none'",
        "style-src": _hash(style),
        "script-src": _hash(code) if code else "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    values = {
        **context,
        "style": Markup(style),  # noqa: S704  (our own files)
        "script": Markup(code),  # noqa: S704
        "policy": "; ".join(f"{name} {sources}" for name, sources in {**policy, **more}.items()),
    }
    return ENVIRONMENT.get_template(template).render(values)


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


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
