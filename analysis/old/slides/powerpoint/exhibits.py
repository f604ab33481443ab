"""The charts of a deck, each with the words that belong to it: finding, alt text, source, what to say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isnan
from typing import TYPE_CHECKING, NamedTuple

from analysis.codebook import codebook_of
from analysis.old.charts.descriptions import describe_differences, describe_stages
from analysis.old.charts.headlines import (
    headline_cumulative,
    headline_differences,
    headline_stages,
    headline_waves,
)
from analysis.old.slides.powerpoint.bars import clustered_plot, stages_plot
from analysis.old.slides.powerpoint.dots import differences_plot, pair_plot, pairs_plot
from analysis.old.slides.powerpoint.labels import directions
from analysis.old.slides.powerpoint.native import CLEAR
from analysis.old.slides.powerpoint.shades import group_shades, tint
from analysis.old.slides.powerpoint.sheets import (
    changes_sheet,
    cumulative_sheet,
    differences_sheet,
    pair_sheet,
    readable_differences,
    stages_sheet,
)
from analysis.old.words.telling.courses import courses_of
from analysis.old.words.telling.figures import decimals_of, differences_of, one_wave, shown_differences
from analysis.old.words.telling.phrases import (
    lines_phrase,
    main_change,
    pair_label,
    size_of_difference,
    stage_label,
    stage_phrase,
    where,
)
from analysis.old.words.wording import (
    describe_marks,
    format_count,
    format_percent,
    format_points,
    format_range,
    format_share,
    rounded,
    say,
    source_line,
    wave_label,
)

if TYPE_CHECKING:
    import pandas as pd

    from analysis.old.slides.powerpoint.native import Plot, Size
    from analysis.old.words.telling.figures import Difference

EARLIER = tint("#9dbbd8")  # the wave before
MOST_CHANGES = 8  # that can be read from the back row


class Exhibit(NamedTuple):
    """One chart of a deck with the words that belong to it."""

    name: str
    headline: str
    subtitle: str
    plot: Callable[[Size], Plot]
    alt: str
    source: str
    figure: str = ""  # set large beside the chart
    remarks: tuple[str, ...] = ()  # under the figure


def exhibits_of(frames: Mapping[str, pd.DataFrame], *, lang: str = "en") -> dict[str, Exhibit]:
    """The charts that the frames of a survey bear, by name, in the order of a deck."""
    makers = (_stages, _cumulative, _differences, _robust, _waves)
    exhibits = [exhibit for make in makers for exhibit in make(frames, lang)]
    return {exhibit.name: exhibit for exhibit in exhibits}


def _stages(frames: Mapping[str, pd.DataFrame], lang: str) -> list[Exhibit]:
    if "stages" not in frames:
        return []
    frame = frames["stages"]
    sheet, decimals = stages_sheet(frame, lang=lang), decimals_of(frame)
    return [
        Exhibit(
            "stages",
            headline_stages(frame, lang=lang),
            _subtitle(frame, "stage", lang),
            lambda size: stages_plot(sheet, size=size, decimals=decimals, lang=lang),
            describe_stages(frame, lang=lang),
            _plain_source(frame, lang),
        )
    ]


def _cumulative(frames: Mapping[str, pd.DataFrame], lang: str) -> list[Exhibit]:
    if "cumulative" not in frames or len(codebook_of(frames["cumulative"]).stages) < 3:
        return []
    frame = frames["cumulative"]
    sheet, decimals = cumulative_sheet(frame, lang=lang), decimals_of(frame)
    shades, subtitle = group_shades(len(sheet.columns)), _subtitle(frame, "at_least", lang)
    return [
        Exhibit(
            "cumulative",
            headline_cumulative(frame, lang=lang),
            subtitle,
            lambda size: clustered_plot(
                sheet, shades, name="cumulative", size=size, decimals=decimals, lang=lang
            ),
            _marked(
                describe_bars(headline_cumulative(frame, lang=lang), subtitle, sheet, decimals, lang),
                frame,
                lang,
            ),
            _plain_source(frame, lang),
        )
    ]


def _marked(alt: str, frame: pd.DataFrame, lang: str) -> str:
    """An alt text with what was withheld or weighted."""
    return " ".join([alt, *describe_marks(frame, lang=lang)])


def _subtitle(frame: pd.DataFrame, measure: str, lang: str) -> str:
    """Topic, unit and wave of a chart of shares."""
    return say(
        "charts.plain_subtitle",
        lang,
        topic=codebook_of(frame).text("topic", lang),
        unit=say(f"charts.unit_{measure}", lang),
        wave=wave_label(one_wave(frame), lang),
    )


def _plain_source(frame: pd.DataFrame, lang: str) -> str:
    """The source of a chart that shows no intervals."""
    return source_line(frame.drop(columns=["method"], errors="ignore"), lang=lang)


def _differences(frames: Mapping[str, pd.DataFrame], lang: str) -> list[Exhibit]:
    if "differences" not in frames:
        return []
    whole = frames["differences"]
    frame, codebook = readable_differences(whole, lang=lang), codebook_of(whole)
    shown = shown_differences(frame)
    pairs = {(found.first, found.second) for found in shown}
    ends = directions(codebook, min(pairs) if len(pairs) == 1 else None, lang)
    sheet, decimals = differences_sheet(frame, lang=lang), decimals_of(frame)
    plot = differences_plot if len(pairs) == 1 else pairs_plot
    return [
        Exhibit(
            "differences",
            headline_differences(whole, lang=lang),
            _differences_subtitle(shown, whole, lang),
            lambda size: plot(sheet, size=size, decimals=decimals, ends=ends),
            describe_differences(frame, lang=lang),
            source_line(frame, lang=lang),
        )
    ]


def _differences_subtitle(shown: list[Difference], frame: pd.DataFrame, lang: str) -> str:
    """First minus second, unit, what the lines mean, wave; how many of the differences are shown."""
    words = {"lines": lines_phrase(frame, lang), "wave": wave_label(one_wave(frame), lang)}
    if len({(found.first, found.second) for found in shown}) > 1:
        counts = {"shown": format_count(len(shown), lang), "total": format_count(len(frame), lang)}
        return say("charts.largest_differences_subtitle", lang, **counts, **words)
    pair = pair_label(shown[0], codebook_of(frame), lang)
    return say("charts.differences_subtitle", lang, pair=pair, **words)


def _robust(frames: Mapping[str, pd.DataFrame], lang: str) -> list[Exhibit]:
    """The one difference that is clear, where there is just one and it is more than rounding."""
    if not {"differences", "shares"} <= frames.keys():
        return []
    frame, shares = frames["differences"], frames["shares"]
    clear = [found for found in differences_of(frame) if found.clear and not found.only_rounding]
    if len(clear) != 1:
        return []
    main, decimals = clear[0], decimals_of(frame)
    pair = shares[(shares["stage"] == main.stage) & shares["group"].isin([main.first, main.second])]
    sheet, words = pair_sheet(pair, lang=lang), _robust_words(main, frame, lang)
    title, subtitle = (say(f"slides.robust_{line}", lang, **words) for line in ("title", "subtitle"))
    why = "slides.robust_every_table" if frame["n_tables"].max() > 1 else "slides.robust_adjusted"
    return [
        Exhibit(
            "robust",
            title,
            subtitle,
            lambda size: pair_plot(sheet, size=size, decimals=decimals, lang=lang),
            describe_pair(title, subtitle, sheet, decimals, lang),
            source_line(pair, lang=lang),
            figure=words["figure"],
            remarks=(say("slides.robust_figure", lang, **words), say(why, lang, **words)),
        )
    ]


def _robust_words(main: Difference, frame: pd.DataFrame, lang: str) -> dict[str, str]:
    codebook, decimals = codebook_of(frame), decimals_of(frame)
    groups = (main.first, main.second) if main.middle > 0 else (main.second, main.first)
    ends = sorted(rounded(abs(value), decimals) for value in (main.least, main.most))
    single = ends[0] == ends[1]
    return {
        "stage": stage_phrase(codebook, main.measure, main.stage, lang),
        "points": size_of_difference(main, lang, decimals),
        "figure": format_points(float(ends[1]), lang, decimals)
        if single
        else format_range(float(ends[0]), float(ends[1]), lang, decimals),
        "level": format_percent(100 * main.level, lang),
        "interval": format_range(main.low, main.high, lang, decimals, sign=True),
        "high": where(codebook, groups[0], lang),
        "low": where(codebook, groups[1], lang),
        "count": format_count(len(frame), lang),
        "wave": wave_label(str(frame["wave"].iloc[0]), lang),
    }


def _waves(frames: Mapping[str, pd.DataFrame], lang: str) -> list[Exhibit]:
    """The changes between the latest two waves: of one group stage by stage, of several at the cut."""
    if "changes" not in frames:
        return []
    frame = frames["changes"]
    main = main_change(frame)
    frame = frame[(frame["first"] == main.first) & (frame["second"] == main.second)]
    shown = main_rows(frame)
    sheet, decimals = changes_sheet(shown, lang=lang), decimals_of(shown)
    headline = headline_waves(frame, lang=lang)
    subtitle = _waves_subtitle(shown, lang)
    return [
        Exhibit(
            "waves",
            headline,
            subtitle,
            lambda size: clustered_plot(
                sheet, (EARLIER, CLEAR), name="waves", size=size, decimals=decimals, lang=lang
            ),
            _marked(describe_bars(headline, subtitle, sheet, decimals, lang), shown, lang),
            source_line(shown, lang=lang),
        )
    ]


def _waves_subtitle(shown: pd.DataFrame, lang: str) -> str:
    """The topic, and of several groups the stage that they are compared at."""
    codebook, first = codebook_of(shown), differences_of(shown)[0]
    topic = codebook.text("topic", lang)
    if len(set(shown["group"])) == 1:
        return say("slides.waves_subtitle", lang, topic=topic)
    stage = stage_label(codebook, first.measure, first.stage, lang)
    return say("slides.waves_subtitle_stage", lang, topic=topic, stage=stage)


def main_rows(changes: pd.DataFrame) -> pd.DataFrame:
    """The changes that one chart is about, at most as many as can be read; that of the title comes first."""
    main = main_change(changes)
    wanted = {(course.group, course.measure, course.stage) for course in courses_of(changes)}
    keys = list(zip(*(changes[name].astype(str) for name in ("group", "measure", "stage")), strict=True))
    shown = changes[[key in wanted for key in keys]]
    first = [key != (main.group, main.measure, main.stage) for key in keys if key in wanted]
    return shown.iloc[sorted(range(len(shown)), key=lambda row: first[row])[:MOST_CHANGES]]


def describe_pair(headline: str, subtitle: str, sheet: pd.DataFrame, decimals: int, lang: str) -> str:
    """The alt text of two shares with their intervals."""
    rows = [
        say(
            "slides.alt_interval",
            lang,
            name=label.replace("\n", ", "),
            share=format_share(level, lang, decimals),
            interval=format_range(100 * low, 100 * high, lang, decimals, percent=True),
        )
        for label, (level, low, high, *_) in zip(sheet.index, sheet.to_numpy(), strict=True)
    ]
    return say("slides.alt_dots", lang, headline=headline, subtitle=subtitle, rows=" ".join(rows))


def describe_bars(headline: str, subtitle: str, sheet: pd.DataFrame, decimals: int, lang: str) -> str:
    """The alt text of bars side by side: the finding, then every figure that is drawn."""
    rows = []
    for label, values in zip(sheet.index, sheet.to_numpy(), strict=True):
        shares = [
            say("slides.alt_share", lang, name=name, share=format_share(value, lang, decimals))
            for name, value in zip(sheet.columns, values, strict=True)
            if not isnan(value)
        ]
        name = label.replace("\n", ", ")
        rows.append(say("slides.alt_row", lang, name=name, shares=", ".join(shares)))
    return say("slides.alt_bars", lang, headline=headline, subtitle=subtitle, rows=" ".join(rows))
