"""What a deck says: its pages in their order, and the words of every shape on them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from analysis.charts.gallery import CHARTS
from analysis.slides.native import inert, settle
from analysis.words.conclusions import statements
from analysis.words.language import only_rounding

if TYPE_CHECKING:
    import pandas as pd

    from analysis.charts.chart import Chart, NativeChart
    from analysis.codebook import Codebook
    from analysis.words.language import Voice

TAG = "maturity:"  # begins the name of every shape that a refresh may find again
MADE_BY = "maturity-survey"  # begins the keywords of a deck
LONGEST = 400  # characters of a source line, three lines on a slide
ROOM = 600  # characters of a column that can be read from the back row; the rest stands in the notes
LEGEND = 130  # letters of the names in a legend that takes one or two rows
SQUARE = "\N{BLACK SQUARE}\N{NO-BREAK SPACE}"
BETWEEN_KEYS = 3 * "\N{NO-BREAK SPACE}" + " "


class Run(NamedTuple):
    """Some words; their language where it is not the deck's, their colour where they have their own."""

    words: str
    lang: str = ""
    colour: str = ""


Line = tuple[Run, ...]  # a paragraph


class Page(NamedTuple):
    """A slide to be: the lines of its shapes by role, and its chart, native or else a picture."""

    name: str
    voice: Voice
    shapes: dict[str, list[Line]]  # title, subtitle, key, body, column1 …, source, notes
    chart: Chart | None = None
    frame: pd.DataFrame | None = None  # that the chart shows
    native: NativeChart | None = None
    alt: str = ""


def told(lines: Iterable[Line]) -> str:
    """The words of a shape as one text."""
    return inert("\n".join("".join(run.words for run in line) for line in lines))


def shape_name(page: str, role: str, lang: str, words: str) -> str:
    """The name of a shape with words of ours, which tells later whether they are ours still."""
    return f"{TAG}{page}:{role}:{lang}:{fingerprint(words)}"


def fingerprint(words: str) -> str:
    """The same for the same words, however they are broken into lines."""
    return sha256(" ".join(words.split()).encode()).hexdigest()[:10]


def survey_mark(codebook: Codebook) -> tuple[str, str]:
    """Which survey a deck was made from, as its properties tell it: keywords and version."""
    name = codebook.get("name") or next(iter(dict(codebook.survey["name"]).values()))
    version = inert(str(codebook.get("version", "")))[:50]
    return f"{MADE_BY} {inert(str(name))[:150]} {version}".strip(), version


def pages_of(frames: Mapping[str, pd.DataFrame], voice: Voice) -> dict[str, Page]:
    """The slides by name in their order; what the survey has no figures for is left out."""
    pages = [_opening(frames["survey"], voice)]
    for chart in CHARTS.values():
        if chart.bears(frames):
            page = _chart_page(chart, frames[chart.frame], voice)
            if page.shapes["title"] not in [other.shapes["title"] for other in pages]:  # said before
                pages.append(page)
    pages += [*_conclusions(frames, voice), *_background(voice), _sources(frames["survey"], voice)]
    return {page.name: page for page in pages}


def _lines(*sentences: str) -> list[Line]:
    return [(Run(sentence),) for sentence in sentences]


def _opening(rows: pd.DataFrame, voice: Voice) -> Page:
    """Who was asked what, and who answered."""
    known = bool(rows["n"].notna().all())
    answered = [voice.answered(rows, str(rows["wave"].iloc[0]))] if known else []
    lines = _lines(voice.say("common.asked", question=voice.text("question")), *answered)
    source = _source_of(rows, voice, longest=0 if known else LONGEST)
    shapes = {
        "title": _lines(voice.text("title")),
        "body": [*lines, *_lines(source)],
        "notes": [*lines, *_note_on_labels(voice)],
    }
    return Page("opening", voice, shapes)


def _source_of(frame: pd.DataFrame, voice: Voice, longest: int = LONGEST) -> str:
    """The source line of a frame, without the n of many groups: they stand at their rows and in notes."""
    line = voice.source_line(frame)
    return line if len(line) <= longest else re.sub(r"\s*\([^()]*\d[^()]*\)", "", line)


def _note_on_labels(voice: Voice) -> list[Line]:
    return _lines(voice.text("labelNote")) if "labelNote" in voice.codebook.survey else []


def _chart_page(chart: Chart, frame: pd.DataFrame, voice: Voice) -> Page:
    """One finding: its chart, and for the speaker its figures and what does not follow from them."""
    reading = chart.read(frame, voice)
    title, alt, native = reading.title(), reading.alt(), reading.native()
    under, source = reading.subtitle(), voice.source_line(frame)
    figures = alt.replace(f"{title}.", "").split()
    if len(source) > LONGEST:  # what the slide leaves out, and the description does not say
        figures += [sentence for sentence in re.split(r"(?<=\.) ", source) if sentence not in alt]
    shapes = {
        "title": _lines(title),
        "subtitle": _lines(under.partition("; ")[0] if native else under),  # the source tells of lines
        "source": _lines(_source_of(frame, voice)),
        "notes": _lines(f"{title}.", " ".join(figures), _caution(chart, frame, voice)),
    }
    if native is not None:
        native = settle(native, voice)
        if key := _key(native, voice):
            shapes["key"], native = [key], native._replace(legend=False)
    return Page(chart.name, voice, shapes, chart, frame, native, inert(alt))


def _caution(chart: Chart, frame: pd.DataFrame, voice: Voice) -> str:
    """What does not follow from a chart; where no counts are known, chance is not judged at all."""
    unjudged = "low" in frame and only_rounding(frame)
    keys = ["rounding"] if unjudged else []
    keys += [chart.frame] if not unjudged or chart.frame == "changes" else []
    said = " ".join(voice.say(f"slides.caution_{key}") for key in keys)
    return voice.say("slides.notes_caution", caution=said)


def _key(native: NativeChart, voice: Voice) -> Line:
    """The colours of stages in their own order, where a legend would have another, or many rows."""
    names = [voice.stage(stage) for stage in voice.codebook.stages]
    colours = {one.name: one.colour for one in native.series}
    if native.kind != "stacked" or set(colours) != set(names):
        return ()
    if list(colours) == names and sum(map(len, names)) < LEGEND:
        return ()
    pairs = ((Run(SQUARE, colour=colours[name]), Run(name + BETWEEN_KEYS)) for name in names)
    return tuple(run for pair in pairs for run in pair)


def _conclusions(frames: Mapping[str, pd.DataFrame], voice: Voice) -> list[Page]:
    """What can be said and what cannot, with all sentences for the speaker."""
    said = statements(frames, voice)
    clear = [one.text for one in said if one.verdict == "clear"]
    limits = [one.text for one in said if one.verdict != "clear"]
    shapes = {
        "title": _lines(voice.say("slides.conclusions_title")),
        "column1": _column(voice.say("slides.holds"), clear or [voice.say("slides.holds_nothing")]),
        "column2": _column(voice.say("slides.does_not_hold"), limits),
        "source": _lines(_source_of(frames["survey"], voice)),
        "notes": _lines(*(one.text for one in said)),
    }
    return [Page("conclusions", voice, shapes)] if said else []


def _column(heading: str, sentences: Iterable[str]) -> list[Line]:
    """A heading and as many sentences as can be read."""
    chosen, taken = [heading], 0
    for sentence in sentences:
        taken += len(sentence)
        if taken <= ROOM or len(chosen) == 1:
            chosen.append(sentence)
    return _lines(*chosen)


def _background(voice: Voice) -> list[Page]:
    """What the codebook tells beside the figures, side by side on one slide."""
    survey, lang = voice.codebook.survey, voice.lang
    columns = {
        f"column{place}": _column(str(section["title"][lang]), [str(item[lang]) for item in section["items"]])
        for place, section in enumerate(survey.get("background", []), 1)
    }
    source = voice.text("backgroundSource" if "backgroundSource" in survey else "publisher")
    shapes = {
        "title": _lines(voice.say("slides.background_title")),
        **columns,
        "source": _lines(voice.say("slides.background_source", source=source)),
        "notes": [line for lines in columns.values() for line in lines],
    }
    return [Page("background", voice, shapes)] if columns else []


def _sources(rows: pd.DataFrame, voice: Voice) -> Page:
    """Where the figures are from, in the deck's language; a publication has its own."""
    lines: list[Line] = []
    for wave in voice.codebook.survey.get("waves", []):
        own = str(wave.get("publication", ""))
        if words := own or str(wave.get("source", {}).get(voice.lang, "")):
            ahead = voice.say("slides.publication", wave=voice.wave(wave["id"]))
            lines.append((Run(ahead), Run(words, str(wave.get("publicationLanguage", "")) if own else "")))
    sources = voice.codebook.get("sources", [])
    for source in sources:
        words = source.get("titles", {}).get(voice.lang, "")
        lines.append((Run(str(words or source.get("title", "")), "" if words else "en"),))
    lines += [*_note_on_labels(voice), *_lines(voice.say("slides.method"))]
    links = _lines(*(str(source["path"]) for source in sources if source.get("path")))
    shapes = {
        "title": _lines(voice.say("slides.sources_title")),
        "body": lines,
        "source": _lines(_source_of(rows, voice)),
        "notes": [*lines, *links],
    }
    return Page("sources", voice, shapes)
