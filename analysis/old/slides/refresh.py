"""A deck that a presenter has made their own, with new figures: nothing else in it changes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from analysis.codebook import LANGUAGES, codebook_of
from analysis.errors import RequestError, show
from analysis.old.inference.findings import gather_frames
from analysis.old.slides.powerpoint.bars import stages_plot
from analysis.old.slides.powerpoint.dots import pairs_plot
from analysis.old.slides.powerpoint.exhibits import Exhibit, exhibits_of
from analysis.old.slides.powerpoint.found import Found, Page, find_charts, read_pages, title_of, write_words
from analysis.old.slides.powerpoint.labels import COLUMNS, spoken_words
from analysis.old.slides.powerpoint.moves import recall
from analysis.old.slides.powerpoint.native import render_callouts, render_chart
from analysis.old.slides.powerpoint.package import inert, not_a_deck, pack, put, read_parts, serialize
from analysis.old.slides.powerpoint.recharting import MovedError, read_data, rechart
from analysis.old.slides.powerpoint.spreadsheet import change_cells, strings_in
from analysis.old.words.telling.figures import decimals_of
from analysis.old.words.wording import wave_label

if TYPE_CHECKING:
    from analysis.old.slides.powerpoint.native import Plot

Parts = dict[str, bytes]


def refresh_slides(
    deck: str | Path,
    survey: pd.DataFrame,
    *,
    lang: str | None = None,
    out: str | Path | None = None,
    frames: Mapping[str, pd.DataFrame] | None = None,
) -> Path:
    """A deck with the figures of a survey: data, labels, alt texts and source lines of its charts change.

    Charts are known by the names of their shapes (``maturity:stages`` …), so they may have been moved,
    restyled, copied or put among other slides. Positions, fonts, colours, number formats and every other
    part stay byte for byte. Titles are the presenter's: ``outdated_titles`` tells which no longer hold;
    a line under a title changes only where it is ours but for the wave that it names.

    Parameters
    ----------
    deck : path
        A deck that ``save_slides`` made, however changed since.
    survey : DataFrame
        Rows of the survey table.
    lang : {"fi", "sv", "en"}, optional
        Language of the deck; left out, the one that its charts speak.
    out : path, optional
        Where the new deck goes; left out, it takes the place of the old one.
    frames : mapping of DataFrame, optional
        What ``gather_frames`` gives of the survey; left out, it is computed.

    Returns
    -------
    Path
        Where the deck is. One that is up to date is not written again.

    Raises
    ------
    RequestError
        The file is no deck, or has no chart of ours, or one that takes its data from other cells by now.
    StorageError
        The disk or the system refused; nothing was changed.
    """
    source, target = Path(deck), Path(out or deck)
    parts, pages = _open(source)
    charts = [chart for page in pages for chart in find_charts(page, parts)]
    frames = gather_frames(survey) if frames is None else frames
    lang = lang or _language(charts, parts, frames, source)
    exhibits = exhibits_of(frames, lang=lang)
    changed = dict(parts)
    for chart in charts:
        if chart.name in exhibits:
            changed |= _refresh(chart, changed, exhibits[chart.name], frames, lang)
    changed |= {page.part: serialize(page.root) for page in pages if serialize(page.root) != page.before}
    if changed != parts or target != source:
        put(target, pack(changed))
    return target


def outdated_titles(
    deck: str | Path,
    survey: pd.DataFrame,
    *,
    lang: str | None = None,
    frames: Mapping[str, pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """The titles over charts of ours that say something else than a survey says now.

    Parameters are those of `refresh_slides`.

    Returns
    -------
    DataFrame
        One row per chart on such a slide: ``slide`` (its number), ``chart`` (its name), ``title`` (what
        stands there), ``finding`` (what the survey says; empty where it no longer bears the chart).

    Raises
    ------
    RequestError
        The file is no deck, or has no chart of ours.
    """
    source = Path(deck)
    parts, pages = _open(source)
    charts = [(page, chart) for page in pages for chart in find_charts(page, parts)]
    frames = gather_frames(survey) if frames is None else frames
    lang = lang or _language([chart for _, chart in charts], parts, frames, source)
    exhibits = exhibits_of(frames, lang=lang)
    rows = []
    for page, chart in charts:
        finding = inert(exhibits[chart.name].headline) if chart.name in exhibits else ""
        if title_of(page) != finding:
            rows.append((page.number, chart.name, title_of(page), finding))
    return pd.DataFrame(rows, columns=["slide", "chart", "title", "finding"])


def _open(path: Path) -> tuple[Parts, list[Page]]:
    from lxml.etree import XMLSyntaxError

    parts = read_parts(path, what="deck")
    try:
        return parts, read_pages(parts)
    except (XMLSyntaxError, KeyError, AttributeError) as error:
        raise not_a_deck(path, what="deck") from error


def _language(charts: list[Found], parts: Parts, frames: Mapping[str, pd.DataFrame], path: Path) -> str:
    """The language in which the charts of a deck are labelled."""
    if not charts:
        raise RequestError(
            f"{show(str(path))} has no chart made by maturity slides; there is nothing to refresh"
        )
    codebook = codebook_of(frames["published"])
    heard: set[str] = set()
    for chart in charts:
        data = read_data(parts[chart.part])
        heard |= {*data.names, *(label.split("\n")[0] for label in data.categories)}
    told = {lang: len(heard & spoken_words(codebook, lang)) for lang in LANGUAGES}
    best = max(told, key=lambda lang: told[lang])
    if list(told.values()).count(told[best]) > 1:
        raise RequestError(f"the charts of {show(str(path))} do not tell their language; name it: --lang fi")
    return best


def _refresh(
    chart: Found, parts: Parts, exhibit: Exhibit, frames: Mapping[str, pd.DataFrame], lang: str
) -> Parts:
    """The parts of one chart that change; its alt text and source line change on its page."""
    plot = exhibit.plot(chart.size)
    base = _base(chart, parts, plot, frames, lang)
    known = spoken_words(codebook_of(frames["published"]), lang)
    try:
        made = rechart(
            parts[chart.part],
            render_chart(plot, lang),
            base=render_chart(base, lang) if base else None,
            known=known,
            left_out=_left_out(chart, parts),
        )
    except MovedError as error:
        raise RequestError(
            f"slide {chart.page.number}: the chart {chart.name} takes its data from other cells than it was "
            f"made with ({show(str(error))}); give its shape another name to leave it out of the refresh"
        ) from error
    _write_lines(chart, exhibit, frames, lang)
    changed = {chart.part: made.xml}
    if chart.workbook:
        changed[chart.workbook] = change_cells(parts[chart.workbook], made.cells)
    if chart.drawing:
        words = render_callouts(base, lang) if base else None
        fresh = render_callouts(plot, lang)
        changed[chart.drawing] = recall(parts[chart.drawing], fresh, base=words, known=known)
    return changed


def _left_out(chart: Found, parts: Parts) -> set[str]:
    """What the workbook of a chart names and the chart does not draw."""
    if chart.workbook is None:
        return set()
    return strings_in(parts[chart.workbook]) - set(read_data(parts[chart.part]).names)


def _write_lines(chart: Found, exhibit: Exhibit, frames: Mapping[str, pd.DataFrame], lang: str) -> None:
    """The alt text, the source and the subtitle, whichever wave the subtitle named before."""
    rows = frames["published"]
    now = wave_label(str(rows["wave"].iloc[0]), lang)
    waves = [wave_label(wave, lang) for wave in rows["wave"].cat.categories]
    lines = {"source": exhibit.source, "subtitle": exhibit.subtitle, "figure": exhibit.figure}
    write_words(
        chart,
        alt=inert(exhibit.alt),
        lines={name: inert(line) for name, line in lines.items() if line},
        earlier={inert(exhibit.subtitle.replace(now, wave)) for wave in waves},
    )


def _base(
    chart: Found, parts: Parts, plot: Plot, frames: Mapping[str, pd.DataFrame], lang: str
) -> Plot | None:
    """The chart as it was first drawn of the data that it holds, where words move with the data."""
    data = read_data(parts[chart.part])
    if chart.name == "stages":
        sheet = pd.DataFrame(dict(enumerate(data.values)), dtype=float)
        sheet.index, sheet.columns = pd.Index(data.categories), pd.Index(data.names)
        return stages_plot(sheet, size=chart.size, decimals=decimals_of(frames["stages"]), lang=lang)
    if chart.name == "differences" and plot.kind == "clustered" and data.categories:
        above, below = (callout.text for callout in plot.callouts)
        sheet = pd.DataFrame(index=data.categories, columns=COLUMNS, dtype=float)
        return pairs_plot(sheet, size=chart.size, ends=(above, below))
    return None
