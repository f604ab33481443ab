"""What a deck says: its pages in their order, and the words of every shape on them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from itertools import accumulate, chain
from typing import TYPE_CHECKING, NamedTuple

from analysis.charts.chart import draw_chart
from analysis.charts.gallery import CHARTS
from analysis.slides.native import inert, settle
from analysis.words.conclusions import statements
from analysis.words.language import JOINER, sentence

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.charts.chart import Chart, NativeChart, Reading
    from analysis.codebook import Codebook
    from analysis.words.language import Voice

TAG = "maturity:"  # begins the name of every shape that a refresh may find again
MADE_BY = "maturity-survey"  # begins the keywords of a deck
LONGEST = 400  # characters of a source line, three lines on a slide
ROOM = 600  # characters of a column that can be read from the back row; the rest stands in the notes
MEASURED = ("stage", "size", "wave")  # kinds of statements that without a verdict say what was found …
LIMITS = ("shift", "caution")  # … and what was not
NOTHING_CLEAR = {"stage": "holds_nothing", "wave": "holds_no_change"}  # what is said instead, by kind
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
    drawing: Callable[..., Axes] | None = None  # draws the chart, in the form that the report has
    native: NativeChart | None = None  # the chart in the form that an office program draws
    alt: str = ""


def told(lines: Iterable[Line]) -> str:
    """The words of a shape as one text."""
    return inert("\n".join("".join(run.words for run in line) for line in lines))


def shape_name(page: str, role: str, lang: str, words: str) -> str:
    """The name of a shape with words of ours, which tells later whether they are ours still."""
    return f"{TAG}{page}:{role}:{lang}:{fingerprint(words)}"


def fingerprint(words: str) -> str:
    """The same for the same words, however they are broken into lines."""
    return sha256(" ".join(unheld(words).split()).encode()).hexdigest()[:10]


def unheld(words: str) -> str:
    """Words as they were written."""
    return words.replace(JOINER, "")


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


def _lines(texts: Iterable[str]) -> list[Line]:
    return [(Run(text),) for text in texts]


def _opening(rows: pd.DataFrame, voice: Voice) -> Page:
    """Who was asked what, and who answered."""
    known = bool(rows["n"].notna().all())
    said = [voice.asked] if voice.asked else []
    said += [voice.answered(rows, str(rows["wave"].iloc[0]))] if known else []
    shapes = {
        "title": _lines([voice.text("title")]),
        "body": _lines([*said, voice.source_line(rows, fieldwork=not known)]),
        "notes": _lines([*said, *_note_on_labels(voice)]),
    }
    return Page("opening", voice, shapes)


def _source_of(frame: pd.DataFrame, voice: Voice) -> list[Line]:
    """The source line of a frame, without the n of many groups: they stand at their rows and in notes."""
    line = voice.source_line(frame)
    return _lines([line if len(line) <= LONGEST else voice.source_line(frame, sizes=False)])


def _note_on_labels(voice: Voice) -> list[str]:
    return [voice.text("labelNote")] if "labelNote" in voice.codebook.survey else []


def _chart_page(chart: Chart, frame: pd.DataFrame, voice: Voice) -> Page:
    """One finding: its chart, and for the speaker its figures and what does not follow from them."""
    reading = chart.read(frame, voice)
    title, native = reading.title(), reading.native()
    alt, source, subtitle = (
        reading.alt(native=native is not None),
        voice.source_line(frame),
        reading.subtitle(),
    )
    figures = alt.replace(f"{title}.", "").split()
    if len(source) > LONGEST:  # what the slide leaves out, and the description does not say
        figures += [sentence for sentence in re.split(r"(?<=\.) ", source) if sentence not in alt]
    if native is not None:  # brackets hold intervals where a row has them; of its lines the source tells
        subtitle = subtitle.partition("; ")[0]
        if native.kind == "dots" and not reading.only_rounding:
            subtitle += f"; {voice.say('charts.lines_interval', level=reading.level)}"
    shapes = {
        "title": _lines([title]),
        "subtitle": _lines([subtitle]),
        "source": _source_of(frame, voice),
        "notes": _lines([f"{title}.", " ".join(figures), _caution(reading, chart)]),
    }
    if native is not None:
        native = settle(native, voice)
        if key := _key(native, voice):
            shapes["key"], native = [key], native._replace(legend=False)
    return Page(chart.name, voice, shapes, partial(draw_chart, chart, frame, voice), native, inert(alt))


def _caution(reading: Reading, chart: Chart) -> str:
    """What does not follow from a chart; where no counts are known, chance is not judged at all."""
    unjudged = "low" in reading.frame and reading.only_rounding
    keys = ["rounding"] if unjudged else []
    keys += [chart.frame] if not unjudged or chart.frame == "changes" else []
    if keys == ["shares"] and len(set(reading.frame["group"])) == 1:
        keys = ["one_group"]
    keys += ["sums"] if chart.name == "diverging" else []
    said = " ".join(reading.voice.say(f"slides.caution_{key}") for key in keys)
    return reading.voice.say("slides.notes_caution", caution=said)


def _key(native: NativeChart, voice: Voice) -> Line:
    """The colours of stages in their own order, where a legend would have another, or many rows."""
    names = [voice.stage(stage) for stage in voice.codebook.stages]
    colours = {one.name: one.colour for one in native.series}
    if native.kind != "stacked" or set(colours) != set(names):
        return ()
    if list(colours) == names and sum(map(len, names)) < LEGEND:
        return ()
    pairs = ((Run(SQUARE, colour=colours[name]), Run(name + BETWEEN_KEYS)) for name in names)
    return tuple(chain(*pairs))


def _conclusions(frames: Mapping[str, pd.DataFrame], voice: Voice) -> list[Page]:
    """What can be said and what cannot, with all sentences for the speaker."""
    said = statements(frames, voice)
    found = [one for one in said if one.verdict == "clear" or (not one.verdict and one.kind in MEASURED)]
    found.sort(key=lambda one: (one.kind == "assumption", not one.verdict))
    limits = [one.text for one in said if one.verdict != "clear" and (one.verdict or one.kind in LIMITS)]
    judged = set() if any(one.verdict for one in found) else {one.kind for one in said if one.verdict}
    holds = [voice.say(f"slides.{key}") for kind, key in NOTHING_CLEAR.items() if kind in judged]
    compared = next(name for name in ("differences", "changes", "survey") if name in frames)
    shapes = {
        "title": _lines([voice.say("slides.conclusions_title")]),
        "column1": _column(voice.say("slides.holds"), [*holds, *(one.text for one in found)]),
        "column2": _column(voice.say("slides.does_not_hold"), limits),
        "source": _source_of(frames[compared], voice),
        "notes": _lines(one.text for one in said),
    }
    return [Page("conclusions", voice, shapes)] if said else []


def _column(heading: str, texts: Sequence[str]) -> list[Line]:
    """A heading and as many sentences as can be read, at least one."""
    taken = accumulate(map(len, texts))
    return _lines([heading, *texts[: max(1, sum(signs <= ROOM for signs in taken))]])


def _background(voice: Voice) -> list[Page]:
    """What the codebook tells beside the figures, side by side on one slide."""
    codebook, lang = voice.codebook, voice.lang
    columns = {
        f"column{place}": _column(
            codebook.choose(section["title"], lang),
            [codebook.choose(item, lang) for item in section["items"]],
        )
        for place, section in enumerate(codebook.survey.get("background", []), 1)
    }
    publisher = voice.text("backgroundSource" if "backgroundSource" in codebook.survey else "publisher")
    said = voice.say("common.source", publisher=publisher), voice.say("slides.background_note")
    shapes = {
        "title": _lines([voice.say("slides.background_title")]),
        **columns,
        "source": _lines([" ".join(said)]),
        "notes": [line for lines in columns.values() for line in lines],
    }
    return [Page("background", voice, shapes)] if columns else []


def _sources(rows: pd.DataFrame, voice: Voice) -> Page:
    """Where the figures are from, in the deck's language; a publication has its own."""
    lines, codebook = list[Line](), voice.codebook
    for wave in codebook.survey.get("waves", []):
        own = str(wave.get("publication", ""))
        if words := own or str(wave.get("source", {}).get(voice.lang, "")):
            ahead = voice.say("slides.publication", wave=sentence(voice.wave(wave["id"])))
            lines.append((Run(ahead), Run(words, str(wave.get("publicationLanguage", "")) if own else "")))
    for source in codebook.get("sources", []):
        words = source.get("titles", {}).get(voice.lang, "")
        lines.append((Run(str(words or source.get("title", "")), "" if words else "en"),))
    lines += _lines([*_note_on_labels(voice), voice.say("slides.method")])
    links = [str(source["path"]) for source in codebook.get("sources", []) if source.get("path")]
    shapes = {
        "title": _lines([voice.say("slides.sources_title")]),
        "body": lines,
        "source": _source_of(rows, voice),
        "notes": [*lines, *_lines(links)],
    }
    return Page("sources", voice, shapes)
