"""A survey as a deck of slides: native charts, one finding a slide, ready to be shown and edited."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from analysis.codebook import LANGUAGES, codebook_of
from analysis.old.inference.findings import gather_frames
from analysis.old.slides.powerpoint.deck import deck_bytes, describe_deck, layout_of, open_deck, title_size
from analysis.old.slides.powerpoint.exhibits import Exhibit, exhibits_of
from analysis.old.slides.powerpoint.layouts import (
    Words,
    chart_slide,
    columns_slide,
    opening_slide,
    text_slide,
)
from analysis.old.slides.powerpoint.package import put
from analysis.old.slides.powerpoint.textboxes import Text
from analysis.old.slides.powerpoint.verdicts import verdicts_of
from analysis.old.words.conclusions import conclude
from analysis.old.words.telling.phrases import where
from analysis.old.words.wording import fieldwork, format_count, join_words, say, source_line, wave_label

if TYPE_CHECKING:
    from pptx.presentation import Presentation

    from analysis.codebook import Codebook

SMALLEST_TITLE = 24  # points that all titles get together; a longer one shrinks alone


def save_slides(
    path: str | Path,
    survey: pd.DataFrame,
    *,
    lang: str = "en",
    template: str | Path | None = None,
    frames: Mapping[str, pd.DataFrame] | None = None,
) -> Path:
    """A survey as a PowerPoint deck with native, editable charts; the same survey gives the same bytes.

    Parameters
    ----------
    path : path
        Where the deck goes; what stands there is replaced.
    survey : DataFrame
        Rows of the survey table.
    lang : {"fi", "sv", "en"}
        Language of everything on the slides and in the notes.
    template : path, optional
        A .pptx or .potx whose master, theme and layouts are used; its own slides are left out.
    frames : mapping of DataFrame, optional
        What ``gather_frames`` gives of the survey, for decks in several languages; left out, it is computed.

    Returns
    -------
    Path
        Where the deck is.

    Raises
    ------
    RequestError
        The language or the template cannot be used.
    StorageError
        The disk or the system refused; nothing was changed.
    """
    deck = open_deck(template)
    add_story(deck, gather_frames(survey) if frames is None else frames, lang=lang)
    codebook = codebook_of(survey)
    describe_deck(
        deck,
        title=codebook.text("title", lang),
        author=codebook.text("publisher", lang),
        subject=codebook.text("question", lang),
        lang=lang,
    )
    put(Path(path), deck_bytes(deck))
    return Path(path)


def add_story(deck: Presentation, frames: Mapping[str, pd.DataFrame], *, lang: str) -> None:
    """The slides in their order, their titles in one size; what the survey cannot bear is left out."""
    rows = frames["published"]
    pages = [
        *_chart_pages(frames, lang),
        *_conclusion_pages(frames, lang),
        *_background_pages(rows, lang),
        _sources_page(rows, lang),
    ]
    size = title_size(layout_of(deck, "titleOnly"), deck, [page.words.title for page in pages])
    _add_opening(deck, rows, lang)
    for page in pages:
        page.add(deck, page.words._replace(size=max(size, SMALLEST_TITLE)))


class Page(NamedTuple):
    """A slide to be: its words, and what sets it."""

    words: Words
    add: Callable[[Presentation, Words], None]


def _chart_pages(frames: Mapping[str, pd.DataFrame], lang: str) -> list[Page]:
    return [
        Page(
            Words(exhibit.headline, exhibit.source, tuple(map(Text, chart_notes(exhibit, lang))), lang),
            partial(chart_slide, exhibit=exhibit),
        )
        for exhibit in exhibits_of(frames, lang=lang).values()
    ]


def chart_notes(exhibit: Exhibit, lang: str) -> tuple[str, ...]:
    """What the speaker says of a chart: the finding, its figures, and what does not follow."""
    return (
        f"{exhibit.headline}.",
        *exhibit.remarks[1:],
        exhibit.alt.replace(f" {exhibit.headline}.", "", 1),  # said above
        say("slides.notes_caution", lang, caution=say(f"slides.caution_{exhibit.name}", lang)),
    )


def _conclusion_pages(frames: Mapping[str, pd.DataFrame], lang: str) -> list[Page]:
    """What can be said and what cannot, with the sentences in full for the speaker."""
    verdicts = verdicts_of(frames, lang=lang)
    columns = [
        (say("slides.holds", lang), verdicts.holds or [say("slides.holds_nothing", lang)]),
        (say("slides.does_not_hold", lang), verdicts.open),
    ]
    if not verdicts.open:
        return []
    rows = frames["published"]
    words = Words(
        say("slides.conclusions_title", lang),
        source_line(rows, lang=lang),
        tuple(map(Text, conclude(frames, lang=lang))),
        lang,
    )
    return [Page(words, partial(columns_slide, name="conclusions", columns=columns))]


def _add_opening(deck: Presentation, rows: pd.DataFrame, lang: str) -> None:
    """Who was asked what, and who answered."""
    codebook = codebook_of(rows)
    lines = [say("slides.question", lang, question=codebook.text("question", lang)), *_answered(rows, lang)]
    notes = (*lines, *([codebook.text("labelNote", lang)] if "labelNote" in codebook.survey else []))
    words = Words(codebook.text("title", lang), source_line(rows, lang=lang), tuple(map(Text, notes)), lang)
    opening_slide(deck, words, lines)


def _answered(rows: pd.DataFrame, lang: str) -> list[str]:
    """How many answered, and how many of each group, in one sentence; nothing where it is not known."""
    codebook, total = codebook_of(rows), answers_in(rows)
    if total is None:
        return []
    sizes = rows.drop_duplicates("group").set_index("group")["n"].dropna()
    groups = [
        say("slides.group_answers", lang, n=format_count(n, lang), where=where(codebook, str(group), lang))
        for group, n in sizes.items()
        if group in codebook.parts
    ]
    values = {
        "n": format_count(total, lang),
        "fieldwork": fieldwork(codebook, str(rows["wave"].iloc[0]), lang),
    }
    if len(groups) < 2:
        return [say("slides.answers", lang, **values)]
    return [say("slides.answers_by_group", lang, groups=join_words(groups, lang), **values)]


def answers_in(rows: pd.DataFrame) -> int | None:
    """How many answered in all: the base of the total, else the sum of the groups; none where unknown."""
    sizes = rows.drop_duplicates("group").set_index("group")["n"]
    total = codebook_of(rows).total
    answers = sizes[total] if total is not None and total in sizes.index else sizes.sum(skipna=False)
    return None if pd.isna(answers) else int(answers)


def _background_pages(rows: pd.DataFrame, lang: str) -> list[Page]:
    """What the codebook tells beside the figures; nothing where it tells nothing."""
    sections = codebook_of(rows).survey.get("background", [])
    return [_background_page(section, rows, lang) for section in sections]


def _background_page(section: Mapping[str, Any], rows: pd.DataFrame, lang: str) -> Page:
    codebook = codebook_of(rows)
    items = tuple(Text(str(item[lang])) for item in section["items"])
    told = say("slides.background_source", lang, source=codebook.text("backgroundSource", lang))
    source = " ".join([told, *_answered(rows, lang)])
    words = Words(str(section["title"][lang]), source, (*items, Text(told)), lang)
    return Page(words, partial(text_slide, name=f"background:{section['id']}", items=items))


def _sources_page(rows: pd.DataFrame, lang: str) -> Page:
    items = tuple(_sources(codebook_of(rows), lang))
    words = Words(say("slides.sources_title", lang), source_line(rows, lang=lang), items, lang)
    return Page(words, partial(text_slide, name="sources", items=items))


def _sources(codebook: Codebook, lang: str) -> list[Text]:
    """Each source in its language: a publication has its own, the titles in a descriptor are English."""
    told = []
    for wave in codebook.survey.get("waves", []):
        if wave.get("publication"):
            own = str(wave.get("publicationLanguage", lang))
            ahead = say("slides.publication", lang, wave=wave_label(wave["id"], lang))
            told.append(Text(wave["publication"], lang=own if own in LANGUAGES else lang, ahead=ahead))
    sources = codebook.get("sources", [])
    told += [Text(", ".join(filter(None, (one["title"], one.get("path")))), lang="en") for one in sources]
    if "labelNote" in codebook.survey:
        told.append(Text(codebook.text("labelNote", lang)))
    return [*told, Text(say("slides.method", lang))]
