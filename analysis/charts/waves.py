"""How shares went from wave to wave: a line each, its name and its latest change at its end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.transforms import Bbox, TransformedBbox

from analysis.charts.axes import GAP, Chart, Options, Panel, Type, colours_for
from analysis.charts.differences import Difference, differences_of, figure_columns, verdict_phrase
from analysis.charts.native import NativeChart, NativeSeries
from analysis.charts.shares import level_words
from analysis.charts.typesetting import spread, text_height, text_width, wrap
from analysis.codebook import codebook_of, wave_order
from analysis.errors import RequestError
from analysis.style import SEMIBOLD, THEMES, text_colour
from analysis.words.language import Voice, sentence

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MOST_LINES = 8  # the clear ones first, then the largest changes
PARTS = {"spring": 0.25, "autumn": 0.75, "Q1": 0.125, "Q2": 0.375, "Q3": 0.625, "Q4": 0.875}  # of a year


class Course(NamedTuple):
    """One share of one group over the waves, in per cent as published, and its changes, both in time order.

    ``code`` is what tells it from the others, the stage or the group, and ``name`` in words.
    """

    group: str
    measure: str
    stage: str
    points: dict[str, float]
    changes: tuple[Difference, ...]
    several: bool

    @property
    def latest(self) -> Difference:
        """Its change to the last wave that it has."""
        return self.changes[-1]

    @property
    def end(self) -> tuple[str, float]:
        """The last wave and its share."""
        return list(self.points.items())[-1]

    @property
    def code(self) -> str:
        """The group where there are several, else the stage."""
        return self.group if self.several else self.stage

    def name(self, voice: Voice) -> str:
        """The group in words where there are several, else the stage."""
        return voice.group(self.group) if self.several else voice.stage_label(self.measure, self.stage)


# what it finds


def time_of(wave: str) -> float:
    """A wave on the scale of years; its middle, where it names no more than the year."""
    year, _, part = wave.partition("-")
    return int(year) + (PARTS.get(part) or ((int(part) - 0.5) / 12 if part.isdigit() else 0.5))


def main_change(frame: pd.DataFrame) -> Difference:
    """The change that the chart is about: to the latest wave, at the cut or further, of all who answered.

    Where there is no such change, the largest one to the latest wave.
    """
    codebook = codebook_of(frame)
    changes = differences_of(frame, stages_only=False)
    latest = max((change.first for change in changes), key=wave_order)

    def rank(change: Difference) -> tuple[Any, ...]:
        upwards = change.measure == "at_least" or change.stage == codebook.stages[-1]
        reaches_cut, about_all = upwards and change.stage == codebook.cut, change.group == codebook.total
        return reaches_cut, about_all, wave_order(change.second), abs(change.middle)

    return max((change for change in changes if change.first == latest), key=rank)


def courses_of(frame: pd.DataFrame) -> list[Course]:
    """The lines of the chart: of one group its stages and the share at the cut, of several only the latter.

    So a chart has one idea: how the stages of one group changed, or how groups differ in one change.

    Raises
    ------
    RequestError
        The frame has no change whose shares are known.
    """
    main = main_change(frame)
    changes = differences_of(frame, stages_only=False)
    changes = [c for c in changes if not math.isnan(c.percent_first + c.percent_second)]
    several = len({change.group for change in changes}) > 1
    courses: dict[tuple[str, str, str], list[Difference]] = {}
    for change in changes:
        about_main = (change.measure, change.stage) == (main.measure, main.stage)
        if about_main or (not several and change.measure == "stage"):
            courses.setdefault((change.group, change.measure, change.stage), []).append(change)
    if main.stage == codebook_of(frame).stages[-1] and (main.group, "stage", main.stage) in courses:
        courses.pop((main.group, "at_least", main.stage), None)  # nothing is further: one line says both
    if not courses:
        raise RequestError("the frame has no change between waves whose shares are known")
    leading = (main.group, main.measure, main.stage)
    found = [_course(key, steps, several=several) for key, steps in courses.items()]
    ranked = sorted(found, key=lambda c: (c[:3] != leading, not c.latest.clear, -abs(c.latest.middle)))
    return ranked[:MOST_LINES]


def _course(key: tuple[str, str, str], steps: list[Difference], *, several: bool) -> Course:
    steps = sorted(steps, key=lambda step: (wave_order(step.first), wave_order(step.second)))
    ends = [(d.second, d.percent_second) for d in steps] + [(d.first, d.percent_first) for d in steps]
    points = dict(sorted(ends, key=lambda point: wave_order(point[0])))
    return Course(*key, points, tuple(steps), several)


def waves_of(courses: Sequence[Course]) -> list[str]:
    """The waves of the lines in time order."""
    return sorted({wave for course in courses for wave in course.points}, key=wave_order)


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
    return voice.say(
        f"charts.waves_{key}",
        what=what,
        before=voice.percent(change.percent_second),
        after=voice.percent(change.percent_first),
        points=voice.points_range(change.least / 100, change.most / 100),
        level=level_words(frame, voice),
        interval=change.interval(voice, sign=True),
    )


# what it says


def alt_waves(frame: pd.DataFrame, voice: Voice) -> str:
    """The finding, then each line: its share in every wave, its changes with their intervals."""
    courses = courses_of(frame)
    rows = []
    for course in courses:
        name = sentence(voice.stage_phrase(course.measure, course.stage))
        name = f"{voice.group(course.group)}, {name}" if course.several else name
        cells = [
            voice.say("charts.cell", name=voice.wave(wave), value=voice.percent(share))
            for wave, share in course.points.items()
        ]
        for change in course.changes:
            verdict = verdict_phrase(change, frame, voice)
            cells.append(voice.say("charts.change", figure=change.figure(voice), verdict=verdict))
        rows.append(voice.say("charts.row", name=name, cells=", ".join(cells)))
    return voice.say(
        "charts.alt_waves",
        title=title_waves(frame, voice),
        topic=voice.text("topic"),
        unit=_unit(frame, voice),
        rows=" ".join([*rows, *voice.marks(waves_of(courses))]),
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
    names = [course.name(voice) for course, _ in steps]
    waves = [f"{voice.wave(c.second)} → {voice.wave(c.first)}" for _, c in steps]
    columns: dict[str, Any] = {
        voice.say("charts.column_group" if courses[0].several else "charts.column_stage"): names,
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
    waves = waves_of(courses)
    series = []
    for course in courses:
        shares = [course.points.get(wave) for wave in waves]
        values = [None if share is None else share / 100 for share in shares]
        labels = ["" if share is None else voice.percent(share) for share in shares]
        colour = theme.accent if course.latest.clear else theme.faint
        series.append(NativeSeries(course.name(voice), values, colour, None, labels))
    names = [voice.wave(wave) for wave in waves]
    return NativeChart("lines", names, series, "0%", _unit(frame, voice), legend=True)


# how it draws


class WaveLine(NamedTuple):
    """A course as it is drawn: its colour, the type and the words at its end."""

    course: Course
    colour: str
    kind: Type
    words: str


def _draw_waves(panel: Panel, frame: pd.DataFrame, voice: Voice, options: Options) -> None:
    size, theme, ax = panel.size, panel.theme, panel.ax
    lines = _lines_of(panel, frame, voice, options)
    waves = waves_of([line.course for line in lines])
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


def _lines_of(panel: Panel, frame: pd.DataFrame, voice: Voice, options: Options) -> list[WaveLine]:
    """The courses with their looks: in colour what changed clearly, bold what the title speaks of."""
    theme, size, main = panel.theme, panel.size.small, main_change(frame)
    courses = courses_of(frame)
    if options.order is not None:
        courses = options.ordered(courses, attrgetter("code"))
    plain = [theme.accent if course.latest.clear else theme.faint for course in courses]
    places = [f"{course.measure} {course.code}" for course in courses]
    palette = options.palette
    if isinstance(palette, Mapping):
        chosen = [palette.get(course.code) for course in courses]
        palette = {place: colour for place, colour in zip(places, chosen, strict=True) if colour}
    colours = colours_for(palette, places, plain)
    strong = options.chosen([main.group if courses[0].several else main.stage])
    room = (0.42 if panel.size.narrow else 0.3) * panel.room
    lines = []
    for course, place in zip(courses, places, strict=True):
        bold = course.code in strong and (course.several or course.measure == main.measure)
        ink = text_colour(colours[place], theme) if course.latest.clear else theme.muted
        name = f"{voice.percent(course.end[1])} {course.name(voice)}"
        name = wrap(name, room, size, SEMIBOLD, lines=3)
        change = wrap(course.latest.figure(voice), room, size, SEMIBOLD)
        lines.append(WaveLine(course, colours[place], Type(size, ink, bold), f"{name}\n{change}"))
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


def _name_ends(panel: Panel, lines: Sequence[WaveLine], times: Mapping[str, float]) -> None:
    """What stands to the right of each line, moved apart where they would meet, a fine line to its end."""
    lines = sorted(lines, key=lambda line: line.course.end[1])
    low, high = panel.ax.get_ylim()
    wanted = [(line.course.end[1] - low) / (high - low) * panel.height for line in lines]
    heights = [0.95 * text_height(line.words, panel.size.small) for line in lines]
    places = spread(wanted, heights, low=-panel.foot, high=panel.height + GAP, gap=3) or wanted
    arrow: Any = {"arrowstyle": "-", "color": panel.theme.faint, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 4}
    look: Any = {"textcoords": "offset points", "annotation_clip": True, "arrowprops": arrow}
    for line, at, want in zip(lines, places, wanted, strict=True):
        wave, share = line.course.end
        where: Any = {"dx": 2.4 * GAP, "dy": at - want, "ha": "left", "va": "center"}
        panel.note(times[wave], share, line.words, line.kind, **where)
        if abs(at - want) > 0.4 * panel.size.small:
            panel.ax.annotate("", (times[wave], share), (2.2 * GAP, at - want), **look)


def _figure_points(panel: Panel, lines: Sequence[WaveLine], first: str, time: float, voice: Voice) -> None:
    """The shares of the first wave to the left of their points, moved apart."""
    points = [(line.course.points[first], line.kind) for line in lines if first in line.course.points]
    points.sort(key=lambda point: point[0])
    low, high = panel.ax.get_ylim()
    wanted = [(share - low) / (high - low) * panel.height for share, _ in points]
    heights = [0.95 * panel.size.small] * len(points)
    places = spread(wanted, heights, low=-GAP, high=panel.height + GAP, gap=1) or wanted
    for (share, kind), place, want in zip(points, places, wanted, strict=True):
        panel.note(time, share, voice.percent(share), kind, dx=-1.3 * GAP, dy=place - want, ha="right")


WAVES = Chart(
    "waves", "changes", courses_of, title_waves, alt_waves, subtitle_waves, _draw_waves, numbers_waves,
    native_waves,
)  # fmt: skip


def draw_waves(
    changes: pd.DataFrame, *, ax: Axes | None = None, lang: str = "en", palette: Any = None,
    order: Sequence[str] | None = None, highlight: str | Sequence[str] | None = None,
    title: bool | str | None = None,
) -> Axes:  # fmt: skip
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
    return WAVES.draw_for(changes, ax, lang, palette, order, highlight, title)


def describe_waves(changes: pd.DataFrame, *, lang: str = "en") -> str:
    """What ``draw_waves`` shows, in words; as ``describe_stages``, with every change."""
    return WAVES.describe(changes, lang)
