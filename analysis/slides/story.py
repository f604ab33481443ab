"""What a deck says: its pages in their order, and the words of every shape on them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from analysis.charts.gallery import CHARTS
from analysis.slides.native import inert, settle
from analysis.words.conclusions import statements

if TYPE_CHECKING:
    import pandas as pd

    from analysis.charts.chart import Chart, NativeChart
    from analysis.codebook import Codebook
    from analysis.words.language import Voice

TAG = "maturity:"  # begins the name of every shape that a refresh may find again
MADE_BY = "maturity-survey"  # begins the keywords of a deck
LONGEST = 400  # characters of a source line, three lines on a slide
ROOM = 600  # characters of a column that can be read from the back row; the rest stands in the notes


class StoryLine(NamedTuple):
    """A paragraph: its words, their language where not the deck's, what stands ahead in the deck's."""

    words: str
    lang: str = ""
    ahead: str = ""
    heading: bool = False


class Page(NamedTuple):
    """A slide to be: the lines of its shapes by role, and its chart, native or else a picture."""

    name: str
    shapes: dict[str, list[StoryLine]]  # title, subtitle, body, column1 …, source, notes
    alt: str = ""
    chart: Chart | None = None
    native: NativeChart | None = None


def told(lines: Iterable[StoryLine]) -> str:
    """The words of a shape as one text."""
    return inert("\n".join(line.ahead + line.words for line in lines))


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
    """The slides by name in their order; what the survey cannot bear is left out."""
    pages = [_opening(frames["survey"], voice)]
    for chart in CHARTS.values():
        if chart.bears(frames):
            page = _chart_page(chart, frames[chart.frame], voice)
            if page.shapes["title"] not in [other.shapes["title"] for other in pages]:  # said before
                pages.append(page)
    pages += [*_conclusions(frames, voice), *_background(voice), _sources(frames["survey"], voice)]
    return {page.name: page for page in pages}


def _opening(rows: pd.DataFrame, voice: Voice) -> Page:
    """Who was asked what, and who answered."""
    answered = _answered(rows, voice)
    lines = [voice.say("slides.question", question=voice.text("question")), *answered]
    shapes = {
        "title": [StoryLine(voice.text("title"))],
        "body": [
            *map(StoryLine, lines),
            StoryLine(_source_of(rows, voice, longest=0 if answered else LONGEST)),
        ],
        "notes": [*map(StoryLine, lines), *_lines_of(voice, "labelNote")],
    }
    return Page("opening", shapes)


def _answered(rows: pd.DataFrame, voice: Voice) -> list[str]:
    """How many answered, in one sentence, with those of each group; nothing where it is not known."""
    groups, n = rows["group"].astype(str), rows["n"]
    sizes = {group: int(size) for group, size in zip(groups, n, strict=True) if n.notna().all()}
    parts = {group: size for group, size in sizes.items() if group != voice.codebook.total}
    if not sizes:
        return []
    whole = voice.count(sizes.get(str(voice.codebook.total), sum(parts.values())))
    said = {"n": whole, "fieldwork": voice.fieldwork(str(rows["wave"].iloc[0]))}
    if len(parts) < 2:
        return [voice.say("slides.answers", **said)]
    return [voice.say("slides.answers_by_group", groups=voice.sizes(parts), **said)]


def _source_of(frame: pd.DataFrame, voice: Voice, longest: int = LONGEST) -> str:
    """The source line of a frame, without the n of many groups: they stand at their rows and in notes."""
    line = voice.source_line(frame)
    return line if len(line) <= longest else re.sub(r"\s*\([^()]*\d[^()]*\)", "", line)


def _lines_of(voice: Voice, key: str) -> list[StoryLine]:
    return [StoryLine(voice.text(key))] if key in voice.codebook.survey else []


def _chart_page(chart: Chart, frame: pd.DataFrame, voice: Voice) -> Page:
    """One finding: its chart, and for the speaker its figures and what does not follow from them."""
    title, alt, native = chart.title(frame, voice), chart.alt(frame, voice), chart.native(frame, voice)
    under, source = chart.subtitle(frame, voice), voice.source_line(frame)
    figures = " ".join(f"{alt.replace(f'{title}.', '')} {source if len(source) > LONGEST else ''}".split())
    caution = voice.say("slides.notes_caution", caution=voice.say(f"slides.caution_{chart.frame}"))
    shapes = {
        "title": [StoryLine(title)],
        "subtitle": [
            StoryLine(under.partition("; ")[0] if native else under)
        ],  # the source line tells of lines
        "source": [StoryLine(_source_of(frame, voice))],
        "notes": [*map(StoryLine, (f"{title}.", figures, caution))],
    }
    return Page(chart.name, shapes, inert(alt), chart, settle(native, voice) if native else None)


def _conclusions(frames: Mapping[str, pd.DataFrame], voice: Voice) -> list[Page]:
    """What can be said and what cannot, with all sentences for the speaker."""
    said = statements(frames, voice)
    clear = [one.text for one in said if one.verdict == "clear"]
    limits = [one.text for one in said if one.verdict != "clear"]
    shapes = {
        "title": [StoryLine(voice.say("slides.conclusions_title"))],
        "column1": _column(voice.say("slides.holds"), clear or [voice.say("slides.holds_nothing")]),
        "column2": _column(voice.say("slides.does_not_hold"), limits),
        "source": [StoryLine(_source_of(frames["survey"], voice))],
        "notes": [StoryLine(one.text) for one in said],
    }
    return [Page("conclusions", shapes)] if said else []


def _column(heading: str, sentences: Iterable[str]) -> list[StoryLine]:
    """A heading and as many sentences as can be read."""
    lines, taken = [StoryLine(heading, heading=True)], 0
    for sentence in sentences:
        taken += len(sentence)
        if taken <= ROOM or len(lines) == 1:
            lines.append(StoryLine(sentence))
    return lines


def _background(voice: Voice) -> list[Page]:
    """What the codebook tells beside the figures, side by side on one slide."""
    survey, lang = voice.codebook.survey, voice.lang
    columns = {
        f"column{place}": _column(str(section["title"][lang]), [str(item[lang]) for item in section["items"]])
        for place, section in enumerate(survey.get("background", []), 1)
    }
    source = voice.text("backgroundSource") if "backgroundSource" in survey else voice.text("publisher")
    shapes = {
        "title": [StoryLine(voice.say("slides.background_title"))],
        **columns,
        "source": [StoryLine(voice.say("slides.background_source", source=source))],
        "notes": [line for lines in columns.values() for line in lines],
    }
    return [Page("background", shapes)] if columns else []


def _sources(rows: pd.DataFrame, voice: Voice) -> Page:
    """Where the figures are from, in the deck's language; a publication has its own."""
    lines = []
    for wave in voice.codebook.survey.get("waves", []):
        own = str(wave.get("publicationLanguage", ""))
        told_by = wave.get("publication") or wave.get("source", {}).get(voice.lang)
        ahead = voice.say("slides.publication", wave=voice.wave(wave["id"]))
        lines += [StoryLine(str(told_by), own if wave.get("publication") else "", ahead)] if told_by else []
    links = []
    for source in voice.codebook.get("sources", []):
        title = source.get("titles", {}).get(voice.lang)
        lines.append(StoryLine(str(title or source.get("title", "")), "" if title else "en"))
        links += [StoryLine(str(source["path"]))] if source.get("path") else []
    lines += [*_lines_of(voice, "labelNote"), StoryLine(voice.say("slides.method"))]
    shapes = {
        "title": [StoryLine(voice.say("slides.sources_title"))],
        "column1": lines,
        "source": [StoryLine(_source_of(rows, voice))],
        "notes": [*lines, *links],
    }
    return Page("sources", shapes)
