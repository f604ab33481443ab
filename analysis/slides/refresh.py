"""New figures for a deck that a presenter has made their own: what is ours and states a figure is renewed.

Shapes are known by their names, so they may have been moved, restyled, copied or put among other slides.
Words are ours while they are what we wrote, which the name of their shape tells. What the presenter wrote
stays, and is listed where a figure in it is no longer true.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from pptx.shapes.shapetree import BaseShapeFactory

from analysis.charts.chart import NativeChart, NativeSeries
from analysis.codebook import codebook_of
from analysis.errors import RequestError, quote, show
from analysis.inference.findings import gather_frames
from analysis.slides.deck import damage, deck_bytes, fill, open_deck, picture_of
from analysis.slides.native import LOCALES, C, chart_data, inert, number_of, paint, renew_looks
from analysis.slides.story import MADE_BY, TAG, Page, fingerprint, pages_of, survey_mark, told, unheld
from analysis.survey.storing import write_file
from analysis.words.language import Voice, voice_of

SAID_FIGURE = re.compile(r"\d+(?:[.,]\d+)?")
SAID_PER_CENT = re.compile(r"\d+(?:[.,]\d+)?(?=\s?%)")
PLOTS = ([f"{C}barChart"], [f"{C}lineChart"])

Values = list[float | None]


class Refreshed(NamedTuple):
    """What a refresh did: the deck, whether it changed, the deck before, and what is left to its presenter.

    ``left`` has one row per thing to look at: ``slide`` (its number), ``shape`` (its name), ``text`` (what
    stands there), ``now`` (what the survey says, or why it was left).
    """

    path: Path
    changed: bool
    backup: Path | None
    left: pd.DataFrame


def refresh_slides(
    deck: str | Path,
    survey: pd.DataFrame,
    *,
    lang: str | None = None,
    out: str | Path | None = None,
    frames: Mapping[str, pd.DataFrame] | None = None,
    force: bool = False,
) -> Refreshed:
    """A deck with the figures of a survey: charts, alt texts, and every word of ours that states a figure.

    Places, sizes, fonts, fills, number formats, and the slides, shapes and titles of the presenter stay. A
    deck that is up to date is not written. The deck before is kept beside the new one as ``.bak``.

    Parameters
    ----------
    deck : path
        A deck that ``save_slides`` made, however changed since.
    survey : DataFrame
        Rows of the survey table.
    lang : str, optional
        Language of charts whose names do not tell it.
    out : path, optional
        Where the new deck goes; left out, it takes the place of the old one.
    frames : mapping of DataFrame, optional
        What ``gather_frames`` gives of the survey; left out, it is computed.
    force : bool
        Replace whatever file stands at ``out``.

    Returns
    -------
    Refreshed
        Where the deck is, and one row per thing left to its presenter.

    Raises
    ------
    RequestError
        The file is no deck or damaged, has macros, has no chart of ours, or was made from another survey.
    StorageError
        The disk or the system refused; nothing was changed.
    """
    source, target = Path(deck), Path(out or deck)
    opened, before = open_deck(source)
    with damage(source, what="deck"):
        _require_ours(opened, survey, source)
    renewal = Renewal(opened, gather_frames(survey) if frames is None else frames, lang or "")
    with damage(source, what="deck"):
        unchanged = deck_bytes(opened)
        renewal.run()
        opened.core_properties.keywords, opened.core_properties.version = survey_mark(codebook_of(survey))
        content = deck_bytes(opened)
    changed, backup = content != unchanged, None
    if target.resolve() != source.resolve():
        write_file(target, content if changed else before, force=force, never=[source])
    elif changed:
        backup = write_file(source.with_name(f"{source.name}.bak"), before)
        write_file(target, content, force=True)
    left = pd.DataFrame(sorted(renewal.left), columns=["slide", "shape", "text", "now"])
    return Refreshed(target, changed, backup, left)


def _require_ours(deck: Any, survey: pd.DataFrame, path: Path) -> None:
    """Refuse a deck without our charts, or of another survey; an unmarked one is known by its charts."""
    place, codebook = show(str(path)), codebook_of(survey)
    charts = [shape for _, shape in _shapes(deck) if _is_chart(shape)]
    if not charts:
        raise RequestError(f"{place} has no chart made by maturity slides; there is nothing to refresh")
    found, version = str(deck.core_properties.keywords), str(deck.core_properties.version)
    mark, now = survey_mark(codebook)
    if found.startswith(MADE_BY) and found.removesuffix(version) != mark.removesuffix(now):
        raise RequestError(
            f"{place} was made from another survey, {quote(found.removeprefix(MADE_BY).strip())}, not from "
            f"{quote(mark.removeprefix(MADE_BY).strip())}; name its own with --survey, or make a new deck"
        )
    native = [_data_of(one.chart)[:2] for one in charts if one.has_chart]
    labels = "\n".join(label for data in native for names in data for label in names)
    spoken = [(stage, lang) for stage in codebook.stages for lang in codebook.languages]
    words = (inert(codebook.word("stage", *one)) for one in spoken)
    if labels.strip() and not any(word in labels for word in words):
        raise RequestError(f"the charts of {place} show no answer of this survey; name its own with --survey")


def _shapes(deck: Any) -> Iterator[tuple[int, Any]]:
    """All shapes with the number of their slide, those in groups and of the notes too."""
    for number, slide in enumerate(deck.slides, 1):
        for part in [slide, slide.notes_slide] if slide.has_notes_slide else [slide]:
            for element in part.shapes._spTree.iter("{*}sp", "{*}pic", "{*}graphicFrame"):
                yield number, BaseShapeFactory(element, part.shapes)


def _is_chart(shape: Any) -> bool:
    """Whether a shape is a chart of ours, native or a picture."""
    return bool(shape.name.startswith(TAG)) and bool(shape.has_chart or shape.element.tag.endswith("}pic"))


def _data_of(chart: Any) -> tuple[list[str], list[str], list[Values]]:
    """The names of series, the categories and the values that a chart keeps; #N/A and the like are none.

    python-pptx would stop at them, and count up to whatever number of points is declared.
    """
    series, values = list(chart._chartSpace.plotArea.sers), []
    labels = [cell.findtext(f"{C}v") or "" for one in series[:1] for cell in one.iterfind(f"{C}cat//{C}pt")]
    for one in series:
        cells = {cell.get("idx"): cell.findtext(f"{C}v") for cell in one.iterfind(f"{C}val//{C}pt")}
        values.append([number_of(cells.get(str(at))) for at in range(len(labels))])
    return [one.findtext(f"{C}tx//{C}v") or "" for one in series], labels, values


class Renewal:
    """One deck while it is renewed, and what is left to its presenter."""

    def __init__(self, deck: Any, frames: Mapping[str, pd.DataFrame], lang: str) -> None:
        self.deck = deck
        self.left = list[tuple[int, str, str, str]]()  # slide, name of the shape, words, what is said now
        # by slide the figures that were said, are said now, and are no longer drawn where they were
        self.said = defaultdict[int, tuple[set[str], ...]](lambda: (set(), set(), set()))
        self.sizes = set[str]()  # n of groups that the names in charts no longer say
        spoken = str(deck.core_properties.language)
        self.lang = lang or next((code for code, name in LOCALES.items() if name == spoken), "")
        self.pages = cache(lambda lang: pages_of(frames, voice_of(frames["survey"], lang)))

    def run(self) -> None:
        """Renew what is ours; then list what a presenter wrote and is no longer true."""
        theirs = list[tuple[int, Any, str]]()  # of the presenter: slide, shape, what we say in its place
        for slide, shape in list(_shapes(self.deck)):
            name, *tags = shape.name.removeprefix(TAG).split(":") if shape.name.startswith(TAG) else ("",)
            if _is_chart(shape):
                page = self._page(name, next(iter(tags), "") or self.lang)
                self._renew_chart(slide, shape, page)
            elif len(tags) == 3 and shape.has_text_frame:
                role, lang, mark = tags
                page = self._page(name, lang)
                lines = page.shapes.get(role, []) if page else []
                now, text = told(lines), str(shape.text_frame.text)
                ours = fingerprint(text) == mark
                self._say(slide, text if ours else "", now)
                if not ours and (role == "title" or fingerprint(now) == mark):
                    theirs.append((slide, shape, now))
                elif page is None or not ours or not lines:  # what we say there has changed
                    self._list(slide, shape, text, now)
                elif fingerprint(now) != mark:
                    fill(shape, page, role)
            else:
                theirs.append((slide, shape, ""))
        for slide, shape, now in theirs:
            paragraphs = (one.iterfind("{*}r/{*}t") for one in shape.element.iter("{*}p"))  # of tables too
            text = "\n".join("".join(run.text or "" for run in runs) for runs in paragraphs)
            if self._is_untrue(slide, text):
                self._list(slide, shape, text, now)

    def _page(self, name: str, lang: str) -> Page | None:
        if not lang:
            raise RequestError("the charts of the deck do not tell their language; name it: --lang fi")
        return self.pages(lang).get(name)

    def _list(self, slide: int, shape: Any, text: str, now: str) -> None:
        self.left.append((slide, shape.name, " ".join(unheld(text).split()), " ".join(now.split())))

    def _say(self, slide: int, before: str, now: str) -> None:
        """Note the figures that were said on a slide, and those that are said now."""
        for figures, text in zip(self.said[slide], (before, now), strict=False):
            figures.update(SAID_FIGURE.findall(text))

    def _is_untrue(self, slide: int, text: str) -> bool:
        """Whether a figure in the presenter's words was said here (elsewhere: per cent) and is gone."""
        ours = slide in self.said
        if not ours and len(self.sizes.intersection(SAID_FIGURE.findall(text))) > 1:  # who answered
            return True
        before, now, gone = map(set.union, *([self.said[slide]] if ours else self.said.values()))
        return not (before - now | gone).isdisjoint((SAID_FIGURE if ours else SAID_PER_CENT).findall(text))

    def _renew_chart(self, slide: int, shape: Any, page: Page | None) -> None:
        """A chart and its alternative text; one that can't take our data is left and listed."""
        properties = shape.element.xpath(".//p:cNvPr")[0]
        before, alt, reason = properties.get("descr", ""), page.alt if page else "", ""
        self._say(slide, before, alt)
        if page is None or page.drawing is None:
            reason = "the survey no longer has the figures of this chart"
        elif shape.has_chart:
            reason = self._renew_native(slide, shape, page.native, page.voice)
        elif shape.image.blob != (picture := picture_of(page, shape.image.size)):
            blip = shape.element.blipFill.find("{*}blip")
            shape.part.drop_rel(blip.rEmbed)
            blip.rEmbed = shape.part.get_or_add_image_part(io.BytesIO(picture))[1]
        if reason:
            self._list(slide, shape, before, reason)
        else:
            properties.set("descr", alt)

    def _renew_native(self, slide: int, shape: Any, native: NativeChart | None, voice: Voice) -> str:
        """New data for a chart, series by series, in the looks and number formats that it has."""
        chart = shape.chart
        plots = [plot.tag for plot in chart._chartSpace.plotArea if plot.tag.endswith("Chart")]
        names, labels, old = _data_of(chart)
        ours = [inert(one.name) for one in native.series] if native else []
        others = len(names) > len(ours) and set(ours).isdisjoint(names)
        if native is None or not names or plots not in PLOTS or others:
            return "it can no longer take data; copy this chart from a new deck"
        series, notes = _matched(native, names, old)
        new = [list(map(number_of, one.values)) for one in series]
        said_now = [inert(one.name) for one in series], [inert(label) for label in native.categories]
        if (names, labels, old) != (*said_now, new):
            for figure, now in zip(chain(*old), chain(*new), strict=False):
                said, says = (voice.number(abs(100 * v)) if v is not None else "" for v in (figure, now))
                self.said[slide][2].update({said} - {says})
            had, has = (
                set(SAID_FIGURE.findall(" ".join(chain(*names)))) for names in ((names, labels), said_now)
            )
            self.sizes |= had - has
            if stood := _let_go(chart):
                notes.append(f"its data stood in {stood}; it has a workbook of its own now")
            chart.replace_data(chart_data(native._replace(series=series))[1])
            for drawn, one in list(zip(chart.plots[0].series, series, strict=True))[len(names) :]:
                paint(drawn.format.fill, one.colour)  # python-pptx copies the last series
        renew_looks(chart, native._replace(series=series))
        for note in notes:
            self._list(slide, shape, "", note)
        return ""


def _matched(
    native: NativeChart, names: list[str], old: list[Values]
) -> tuple[list[NativeSeries], list[str]]:
    """Our series in the order of a chart that may leave some out, or have some of its presenter's own.

    With what there is to tell of it.
    """
    ours = {inert(one.name): one for one in native.series}
    own = [name for name in names if name not in ours]
    if own and len(names) <= len(ours):  # of another n, or of other things altogether: by their places
        bare = {re.sub(r"\d", "", name) for name in ours}
        renamed = [name for name in own if re.sub(r"\d", "", name) not in bare]
        by_hand = renamed if len(renamed) < len(names) else []
        return native.series, [f"{name} was replaced by a series of ours" for name in by_hand]
    notes = [f"the chart leaves out {name}, as before" for name in ours if name not in names]
    notes += [f"the series {name} is the presenter's own, and keeps its values" for name in own]
    count = len(native.categories)
    kept = [(name, (had + [None] * count)[:count]) for name, had in zip(names, old, strict=True)]
    return [ours.get(name) or NativeSeries(name, values, "") for name, values in kept], notes


def _let_go(chart: Any) -> str:
    """Part a chart from its workbook, which is written anew; where its data stood, if not in one of ours."""
    external, rels = chart._chartSpace.find(f"{C}externalData"), chart.part.rels
    link = rels.pop(external.rId) if external is not None and external.rId in rels else None
    if external is not None:
        chart._chartSpace.remove(external)
    if link is None or link.is_external:
        return link.target_ref if link else ""
    with suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(link.target_part.blob)) as workbook:
        if sum(name.startswith("xl/worksheets/sheet") for name in workbook.namelist()) == 1:
            return ""
    return "a workbook of more than one sheet or of another kind, which the deck before keeps"
