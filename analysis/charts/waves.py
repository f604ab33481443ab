"""How shares went from wave to wave: a line each, its name and its latest change at its end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.transforms import Bbox, TransformedBbox

from analysis.charts.axes import (
    GAP,
    Chart,
    Options,
    Panel,
    Type,
    colours_for,
    draw_chart,
    spread,
    text_height,
    text_width,
    wrap,
)
from analysis.charts.differences import Difference, differences_of, figure_columns, verdict_phrase
from analysis.charts.native import NativeChart, NativeSeries
from analysis.charts.shares import level_words
from analysis.errors import RequestError
from analysis.style import SEMIBOLD, THEMES, text_colour
from analysis.words.language import Voice, sentence, voice_of, wave_order

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MOST_LINES = 8  # the clear ones first, then the largest changes
PARTS = {"spring": 0.25, "autumn": 0.75, "Q1": 0.125, "Q2": 0.375, "Q3": 0.625, "Q4": 0.875}  # of a year


class Course(NamedTuple):
    """One share of one group over the waves, in per cent as published, and its changes in time order."""

    group: str
    measure: str
    stage: str
    points: dict[str, float]
    changes: tuple[Difference, ...]

    @property
    def latest(self) -> Difference:
        """Its change to the last wave that it has."""
        return self.changes[-1]


# what it finds


def time_of(wave: str) -> float:
    """A wave on the scale of years; its middle, where it names no more than the year."""
    year, _, part = wave.partition("-")
    return int(year) + (PARTS.get(part) or ((int(part) - 0.5) / 12 if part.isdigit() else 0.5))


def main_change(frame: pd.DataFrame) -> Difference:
    """The change that the chart is about: to the latest wave, at the cut or further, of all who answered.

    Where there is no such change, the largest one to the latest wave.
    """
    from analysis.codebook import codebook_of

    codebook = codebook_of(frame)
    changes = differences_of(frame, stages_only=False)
    latest = max((change.first for change in changes), key=wave_order)
    return max(
        (change for change in changes if change.first == latest),
        key=lambda change: (
            change.stage == codebook.cut
            and (change.measure == "at_least" or change.stage == codebook.stages[-1]),
            change.group == codebook.total,
            wave_order(change.second),
            abs(change.middle),
        ),
    )


def courses_of(frame: pd.DataFrame) -> list[Course]:
    """The lines of the chart: of one group its stages and the share at the cut, of several only the latter.

    So a chart has one idea: how the stages of one group changed, or how groups differ in one change.

    Raises
    ------
    RequestError
        The frame has no change whose shares are known.
    """
    main = main_change(frame)
    changes = [
        c
        for c in differences_of(frame, stages_only=False)
        if not math.isnan(c.percent_first + c.percent_second)
    ]
    several = len({change.group for change in changes}) > 1
    courses: dict[tuple[str, str, str], list[Difference]] = {}
    for change in changes:
        about_main = (change.measure, change.stage) == (main.measure, main.stage)
        if about_main or (not several and change.measure == "stage"):
            courses.setdefault((change.group, change.measure, change.stage), []).append(change)
    alone = (main.group, "at_least", main.stage) in courses and (main.group, "stage", main.stage) in courses
    if alone and main.stage == _highest(frame):  # nothing is further: one line says both
        del courses[main.group, "at_least", main.stage]
    if not courses:
        raise RequestError("the frame has no change between waves whose shares are known")
    found = [_course(key, steps) for key, steps in courses.items()]
    ranked = sorted(found, key=lambda c: (main not in c.changes, not c.latest.clear, -abs(c.latest.middle)))
    return ranked[:MOST_LINES]


def _highest(frame: pd.DataFrame) -> str:
    from analysis.codebook import codebook_of

    return codebook_of(frame).stages[-1]


def _course(key: tuple[str, str, str], steps: list[Difference]) -> Course:
    steps = sorted(steps, key=lambda step: (wave_order(step.first), wave_order(step.second)))
    points: dict[str, float] = {}
    for step in steps:
        points.setdefault(step.second, step.percent_second)
        points.setdefault(step.first, step.percent_first)
    ordered = dict(sorted(points.items(), key=lambda point: wave_order(point[0])))
    return Course(*key, ordered, tuple(steps))


def title_waves(frame: pd.DataFrame, voice: Voice) -> str:
    """The main change, and whether it is clear."""
    change = main_change(frame)
    what = sentence(voice.stage_phrase(change.measure, change.stage))
    if len(set(frame["group"])) > 1:
        what = voice.say("charts.what_there", what=what, where=voice.within(change.group))
    if frame.attrs.get("basis") == "published":
        key = "published"
    elif change.clear:
        key = "rose" if change.middle > 0 else "fell"
    else:
        key = "open" if change.verdict == "open" else "unclear"
    interval = (
        "" if math.isnan(change.low) else voice.interval(change.low / 100, change.high / 100, sign=True)
    )
    return voice.say(
        f"charts.waves_{key}",
        what=what,
        before=voice.percent(change.percent_second),
        after=voice.percent(change.percent_first),
        points=voice.points_range(change.least / 100, change.most / 100),
        level=level_words(frame, voice),
        interval=interval,
    )


# what it says


def alt_waves(frame: pd.DataFrame, voice: Voice) -> str:
    """The finding, then each line: its share in every wave, its changes with their intervals."""
    courses = courses_of(frame)
    several = len({course.group for course in courses}) > 1
    rows = []
    for course in courses:
        name = sentence(voice.stage_phrase(course.measure, course.stage))
        name = f"{voice.group(course.group)}, {name}" if several else name
        cells = [
            voice.say("charts.cell", name=voice.wave(wave), value=voice.percent(share))
            for wave, share in course.points.items()
        ]
        cells += [
            voice.say(
                "charts.change", figure=change.figure(voice), verdict=verdict_phrase(change, frame, voice)
            )
            for change in course.changes
        ]
        rows.append(voice.say("charts.row", name=name, cells=", ".join(cells)))
    waves = sorted({wave for course in courses for wave in course.points}, key=wave_order)
    return voice.say(
        "charts.alt_waves",
        title=title_waves(frame, voice),
        topic=voice.text("topic"),
        unit=_unit(frame, voice),
        rows=" ".join([*rows, *voice.marks(waves)]),
    )


def _unit(frame: pd.DataFrame, voice: Voice) -> str:
    """Whose answers, and what the brackets hold."""
    courses = courses_of(frame)
    groups = list(dict.fromkeys(course.group for course in courses))
    if len(groups) == 1:
        who = voice.group(groups[0])
        unit = voice.say("charts.unit_waves", who=who[:1].lower() + who[1:])
    else:
        unit = f"{voice.say('charts.unit_stage')}, {voice.stage_phrase(courses[0].measure, courses[0].stage)}"
    if frame.attrs.get("basis") == "published":
        return unit
    return f"{unit}; {voice.say('charts.lines_change', level=level_words(frame, voice))}"


def subtitle_waves(frame: pd.DataFrame, voice: Voice) -> str:
    """Topic, unit, whose answers, what the brackets hold."""
    return voice.say("charts.waves_subtitle", topic=voice.text("topic"), unit=_unit(frame, voice))


def numbers_waves(frame: pd.DataFrame, voice: Voice) -> pd.DataFrame:
    """One row per line and change: what, of whom, both shares, the change with its interval and verdict."""
    import pandas as pd

    courses = courses_of(frame)
    steps = [(course, change) for course in courses for change in course.changes]
    several = len({course.group for course in courses}) > 1
    names = [_name(course, voice, several=several) for course, _ in steps]
    waves = [f"{voice.wave(c.second)} → {voice.wave(c.first)}" for _, c in steps]
    columns: dict[str, Any] = {
        voice.say("charts.column_group" if several else "charts.column_stage"): names,
        voice.say("charts.column_wave"): waves,
    }
    if len(courses[0].points) == 2:
        for wave, side in zip(courses[0].points, ("second", "first"), strict=True):
            head = voice.say("charts.column_percent_of", name=voice.wave(wave))
            columns[head] = [getattr(change, f"percent_{side}") for _, change in steps]
        del columns[voice.say("charts.column_wave")]
    return pd.DataFrame(columns | figure_columns([change for _, change in steps], frame, voice, "change"))


def native_waves(frame: pd.DataFrame, voice: Voice) -> NativeChart:
    """A line a share; what changed clearly in the accent."""
    courses, theme = courses_of(frame), THEMES["light"]
    several = len({course.group for course in courses}) > 1
    waves = sorted({wave for course in courses for wave in course.points}, key=wave_order)
    series = []
    for course in courses:
        shares = [course.points.get(wave) for wave in waves]
        values = [None if share is None else share / 100 for share in shares]
        labels = ["" if share is None else voice.percent(share) for share in shares]
        colour = theme.accent if course.latest.clear else theme.faint
        series.append(NativeSeries(_name(course, voice, several=several), values, colour, None, labels))
    names = [voice.wave(wave) for wave in waves]
    return NativeChart("lines", names, series, "0%", _unit(frame, voice), legend=True)


def _name(course: Course, voice: Voice, *, several: bool) -> str:
    return voice.group(course.group) if several else voice.stage_label(course.measure, course.stage)


# how it draws


class Line(NamedTuple):
    """A course as it is drawn: its colour, the type and the words at its end."""

    course: Course
    colour: str
    kind: Type
    words: str


def _draw_waves(panel: Panel, frame: pd.DataFrame, voice: Voice, options: Options) -> None:
    size, theme, ax = panel.size, panel.theme, panel.ax
    lines = _lines_of(panel, frame, voice, options)
    waves = sorted({wave for line in lines for wave in line.course.points}, key=wave_order)
    times = {wave: time_of(wave) for wave in waves}
    figure = text_width(voice.percent(100), size.small, SEMIBOLD) + 2 * GAP
    widest = max(text_width(line.words, size.small, SEMIBOLD) for line in lines)
    panel.reserve(figure, widest + 3 * GAP)
    panel.percent_axis(voice.percent, across=False, ticks=5)
    labels = _wave_labels(panel, voice, times)
    panel.foot = max(text_height(label, size.small) for label in labels) + GAP
    panel.head = 2 * GAP
    panel.arrange(max(sum(text_height(line.words, size.small) + 4 for line in lines), 9 * size.label))
    first, last = times[waves[0]], times[waves[-1]]
    span = last - first or 1.0
    top = 1.06 * max(share for line in lines for share in line.course.points.values())
    ax.set_xlim(first - figure / (panel.width - figure) * span, last + 0.015 * span)
    ax.set_ylim(-0.02 * top, top)
    ax.set_xticks(list(times.values()), labels)
    ax.tick_params(axis="x", labelsize=size.small, labelcolor=theme.muted, length=0, pad=5)
    for tick in ax.yaxis.get_major_ticks():  # the figures of the first wave stand beside the fine lines
        tick.gridline.set_clip_box(TransformedBbox(Bbox([[first, 0], [last, 1]]), ax.get_xaxis_transform()))
    for line in sorted(lines, key=lambda line: line.course.latest.clear):
        xs, ys = [times[wave] for wave in line.course.points], list(line.course.points.values())
        look: Any = {"marker": "o", "markersize": 0.45 * size.label, "markeredgecolor": theme.ground}
        width = 2.6 if line.course.latest.clear else 1.6
        ax.plot(xs, ys, color=line.colour, linewidth=width, zorder=2.4, clip_on=False, **look)
    _name_ends(panel, lines, times)
    _figure_points(panel, lines, waves[0], first, voice)


def _lines_of(panel: Panel, frame: pd.DataFrame, voice: Voice, options: Options) -> list[Line]:
    """The courses with their looks: in colour what changed clearly, bold what the title speaks of."""
    courses, main, size = courses_of(frame), main_change(frame), panel.size.small
    several = len({course.group for course in courses}) > 1
    code_of = attrgetter("group" if several else "stage")
    courses = options.ordered(courses, code_of) if options.order is not None else courses
    plain = [panel.theme.accent if course.latest.clear else panel.theme.faint for course in courses]
    palette = options.palette
    if isinstance(palette, Mapping):
        palette = [
            palette.get(code_of(course), colour) for course, colour in zip(courses, plain, strict=True)
        ]
    colours = colours_for(palette, [str(place) for place in range(len(courses))], plain)
    strong = options.chosen([main.group if several else main.stage])
    room = (0.42 if panel.size.narrow else 0.3) * panel.room
    lines = []
    for course, colour in zip(courses, colours.values(), strict=True):
        bold = code_of(course) in strong and (several or course.measure == main.measure)
        ink = text_colour(colour, panel.theme) if course.latest.clear else panel.theme.muted
        share = voice.percent(list(course.points.values())[-1])
        name = wrap(f"{share} {_name(course, voice, several=several)}", room, size, SEMIBOLD, lines=3)
        change = wrap(course.latest.figure(voice), room, size, SEMIBOLD)
        lines.append(Line(course, colour, Type(size, ink, bold), f"{name}\n{change}"))
    return lines


def _wave_labels(panel: Panel, voice: Voice, times: Mapping[str, float]) -> list[str]:
    """The names of the waves, on one line or two; nothing for those that have no room, the last one first."""
    size, at = panel.size.small, list(times.values())
    scale = 0.85 * panel.width / (at[-1] - at[0] or 1.0)
    places = [(time - at[0]) * scale for time in at]
    whole = [voice.wave(wave) for wave in times]
    broken = [label.replace(" ", "\n", 1) for label in whole]
    kept: list[str] = []
    for labels in (whole, broken):
        kept, edge = [], math.inf
        for label, place in zip(labels[::-1], places[::-1], strict=True):
            width = text_width(label, size)
            fits = place + width / 2 < edge - GAP
            kept.append(label if fits else "")
            edge = place - width / 2 if fits else edge
        if all(kept):
            break
    return kept[::-1]


def _name_ends(panel: Panel, lines: Sequence[Line], times: Mapping[str, float]) -> None:
    """What stands to the right of each line, moved apart where they would meet, a fine line to its end."""
    lines = sorted(lines, key=lambda line: list(line.course.points.values())[-1])
    low, high = panel.ax.get_ylim()
    per_point = (high - low) / panel.height
    ends = [list(line.course.points.items())[-1] for line in lines]
    wanted = [(share - low) / per_point for _, share in ends]
    heights = [0.95 * text_height(line.words, panel.size.small) for line in lines]
    places = spread(wanted, heights, low=-panel.foot, high=panel.height + GAP, gap=3) or wanted
    for line, (wave, share), at, want in zip(lines, ends, places, wanted, strict=True):
        panel.note(
            times[wave], share, line.words, line.kind, dx=2.4 * GAP, dy=at - want, ha="left", va="center"
        )
        if abs(at - want) > 0.4 * panel.size.small:
            arrow: Any = {
                "arrowstyle": "-",
                "color": panel.theme.faint,
                "linewidth": 0.8,
                "shrinkA": 0,
                "shrinkB": 4,
            }
            where: Any = {"textcoords": "offset points", "annotation_clip": True, "arrowprops": arrow}
            panel.ax.annotate("", (times[wave], share), (2.2 * GAP, at - want), **where)


def _figure_points(panel: Panel, lines: Sequence[Line], first: str, time: float, voice: Voice) -> None:
    """The shares of the first wave to the left of their points, moved apart."""
    points = [(line.course.points[first], line.kind) for line in lines if first in line.course.points]
    points.sort(key=lambda point: point[0])
    low, high = panel.ax.get_ylim()
    wanted = [(share - low) / (high - low) * panel.height for share, _ in points]
    heights = [0.95 * panel.size.small] * len(points)
    places = spread(wanted, heights, low=-GAP, high=panel.height + GAP, gap=1) or wanted
    for (share, kind), place, want in zip(points, places, wanted, strict=True):
        panel.note(time, share, voice.percent(share), kind, dx=-1.3 * GAP, dy=place - want, ha="right")


def _bears(frames: Mapping[str, pd.DataFrame]) -> bool:
    try:
        return "changes" in frames and bool(courses_of(frames["changes"]))
    except RequestError:
        return False


WAVES = Chart(
    "waves",
    "changes",
    _bears,
    title_waves,
    alt_waves,
    subtitle_waves,
    _draw_waves,
    numbers_waves,
    native_waves,
)


def draw_waves(
    changes: pd.DataFrame,
    *,
    ax: Axes | None = None,
    lang: str = "en",
    palette: Any = None,
    order: Sequence[str] | None = None,
    highlight: str | Sequence[str] | None = None,
    title: bool | str | None = None,
) -> Axes:
    """Shares over the waves: of one group its stages, of several the share at the cut or further.

    Parameters
    ----------
    changes : DataFrame
        What ``compare_waves`` gives.
    ax, lang, palette, order, highlight, title
        As of ``draw_stages``; the codes are of stages, or of groups where there are several.

    Returns
    -------
    Axes
        Across in years, upwards in per cent as published; a line a share, in colour where its latest change
        is clear, with that change and its interval at its end.

    Raises
    ------
    RequestError
        The frame is none of changes, or has none whose shares are known; an unknown code in ``order``.
    """
    return draw_chart(
        WAVES, changes, voice_of(changes, lang), ax, Options(palette, order, highlight), title=title
    )


def describe_waves(changes: pd.DataFrame, *, lang: str = "en") -> str:
    """What ``draw_waves`` shows, in words: the finding, every share and every change.

    Returns
    -------
    str
        The alt text.

    Raises
    ------
    RequestError
        As of ``draw_waves``.
    """
    return alt_waves(changes, voice_of(changes, lang))
