"""How shares went from wave to wave: a line each, its name and its latest change at its end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.colors import to_hex
from matplotlib.transforms import Bbox, TransformedBbox

from analysis.charts.chart import Chart, NativeChart, NativeSeries, Options, draw_chart
from analysis.charts.differences import Contrasts
from analysis.charts.panel import GAP, Panel, text_height, text_width, wrap
from analysis.codebook import wave_order
from analysis.errors import RequestError
from analysis.style import SEMIBOLD, THEMES, Theme, text_colour
from analysis.words.figures import Estimate, main_change
from analysis.words.language import Voice, sentence, voice_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MOST_COURSES = 8  # the clear ones first, then the largest changes
PARTS_OF_YEAR = {"spring": 0.25, "autumn": 0.75, "Q1": 0.125, "Q2": 0.375, "Q3": 0.625, "Q4": 0.875}


class Course(NamedTuple):
    """One share of one group over the waves, in per cent as published, and its changes, both in time order.

    ``code`` is what tells it from the others, the stage or the group, and ``name`` in words.
    """

    group: str
    measure: str
    stage: str
    code: str
    name: str
    points: dict[str, float]
    changes: list[Estimate]

    @property
    def latest(self) -> Estimate:
        """Its change to the last wave that it has."""
        return self.changes[-1]

    @property
    def end(self) -> tuple[str, float]:
        """The last wave and its share."""
        return list(self.points.items())[-1]

    def colour(self, theme: Theme) -> str:
        """In the accent what changed clearly."""
        return theme.accent if self.latest.clear else theme.faint


class WaveLine(NamedTuple):
    """A course as it is drawn: its colour, the type and the words at its end."""

    course: Course
    colour: str
    kind: dict[str, Any]
    words: str


def time_of(wave: str) -> float:
    """A wave on the scale of years; its middle, where it names no more than the year."""
    year, _, part = wave.partition("-")
    return int(year) + (PARTS_OF_YEAR.get(part) or ((int(part) - 0.5) / 12 if part.isdigit() else 0.5))


class Waves(Contrasts):
    """The main change: to the latest wave, at the cut or further, of all who answered.

    Where there is no such change, the largest one to the latest wave. The lines are of one group its stages
    and the share at the cut, of several only the latter, so that a chart has one idea: how the stages of one
    group changed, or how groups differ in one change.
    """

    form = under = "waves"

    def __init__(self, frame: pd.DataFrame, voice: Voice) -> None:
        super().__init__(frame, voice)
        self.main = main_change(self.differences, self.codebook)
        self.courses = self._find_courses()
        self.groups = list(dict.fromkeys(course.group for course in self.courses))
        self.waves = sorted({wave for course in self.courses for wave in course.points}, key=wave_order)

    def _find_courses(self) -> list[Course]:
        main = self.main
        known = [c for c in self.differences if not math.isnan(c.percent_first + c.percent_second)]
        self.several = len({change.group for change in known}) > 1
        steps: dict[tuple[str, str, str], list[Estimate]] = {}
        for change in known:
            about_main = (change.measure, change.stage) == (main.measure, main.stage)
            if about_main or (not self.several and change.measure == "stage"):
                steps.setdefault((change.group, change.measure, change.stage), []).append(change)
        if main.stage == self.codebook.stages[-1] and (main.group, "stage", main.stage) in steps:
            steps.pop((main.group, "at_least", main.stage), None)  # nothing is further: one line says both
        if not steps:
            raise RequestError("the frame has no change between waves whose shares are known")
        leading = (main.group, main.measure, main.stage)
        courses = [self._course(*key, changes) for key, changes in steps.items()]
        courses.sort(key=lambda c: (c[:3] != leading, not c.latest.clear, -abs(c.latest.middle)))
        return courses[:MOST_COURSES]

    def _course(self, group: str, measure: str, stage: str, changes: list[Estimate]) -> Course:
        changes = sorted(changes, key=lambda c: (wave_order(c.first), wave_order(c.second)))
        ends = [(c.second, c.percent_second) for c in changes] + [(c.first, c.percent_first) for c in changes]
        points = dict(sorted(ends, key=lambda point: wave_order(point[0])))
        code, name = stage, self.voice.stage_label(measure, stage)
        if self.several:
            code, name = group, self.voice.group(group)
        return Course(group, measure, stage, code, name, points, changes)

    # what it says

    def title(self) -> str:
        """The main change, and whether it is clear."""
        voice, change = self.voice, self.main
        what = sentence(voice.stage_phrase(change.measure, change.stage))
        if len(set(self.frame["group"])) > 1:
            what = voice.say("charts.what_there", what=what, where=voice.within(change.group))
        if self.only_rounding or not change.verdict:
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
            level=self.level,
            interval=change.interval(voice),
        )

    def rows(self) -> list[str]:
        """Each line: its share in every wave, its changes with their intervals and how firmly they hold."""
        voice, rows = self.voice, []
        for course in self.courses:
            name = sentence(voice.stage_phrase(course.measure, course.stage))
            name = f"{voice.group(course.group)}, {name}" if self.several else name
            cells = [
                voice.say("charts.cell", name=voice.wave(wave), value=voice.percent(share))
                for wave, share in course.points.items()
            ]
            cells += [
                voice.say("charts.change", figure=change.figure(voice), verdict=self.verdict(change))
                for change in course.changes
            ]
            rows.append(voice.say("charts.row", name=name, cells=", ".join(cells)))
        return rows

    def unit(self) -> str:
        """Whose answers, and what the brackets hold."""
        voice, course = self.voice, self.courses[0]
        if len(self.groups) == 1:
            who = voice.group(self.groups[0])
            unit = voice.say("charts.unit_waves", who=who[:1].lower() + who[1:])
        else:
            unit = f"{super().unit()}, {voice.stage_phrase(course.measure, course.stage)}"
        return unit if self.only_rounding else f"{unit}; {voice.say('charts.lines_change', level=self.level)}"

    def columns(self) -> dict[str, Any]:
        """A row a line and change: what, of whom, both shares, the change with its interval and verdict."""
        voice, waves = self.voice, list(self.courses[0].points)
        steps = [(course.name, change) for course in self.courses for change in course.changes]
        changes = [change for _, change in steps]
        columns: dict[str, Any] = {
            self.head("group" if self.several else "stage"): [name for name, _ in steps]
        }
        if len(waves) == 2:
            for wave, side in zip(waves, ("second", "first"), strict=True):
                head = self.head("share_of", name=voice.wave(wave))
                columns[head] = [getattr(change, f"percent_{side}") for change in changes]
        else:
            columns[self.head("wave")] = [f"{voice.wave(c.second)} → {voice.wave(c.first)}" for c in changes]
        return columns | self.figure_columns(changes, "change")

    def native(self) -> NativeChart:
        """A line a share; what changed clearly in the accent."""
        voice, series = self.voice, []
        for course in self.courses:
            shares = [course.points.get(wave) for wave in self.waves]
            values = [None if share is None else share / 100 for share in shares]
            labels = ["" if share is None else voice.percent(share) for share in shares]
            series.append(NativeSeries(course.name, values, course.colour(THEMES["light"]), None, labels))
        return NativeChart("lines", list(map(voice.wave, self.waves)), series, "0%", self.unit(), legend=True)

    # how it draws

    def draw(self, panel: Panel, options: Options) -> None:
        """A line a share over the time, named at its end."""
        size, theme, ax = panel.size, panel.theme, panel.ax
        lines = self._lines_of(panel, options)
        waves = sorted({wave for line in lines for wave in line.course.points}, key=wave_order)
        times = {wave: time_of(wave) for wave in waves}
        figure = text_width(self.voice.percent(100), size.small, SEMIBOLD) + 2 * GAP
        widest = max(text_width(line.words, size.small, SEMIBOLD) for line in lines)
        panel.reserve(figure, widest + 3 * GAP)
        panel.percent_axis(self.voice.percent, across=False, ticks=5)
        panel.foot, panel.head = text_height("\n", size.small) + GAP, 2 * GAP
        panel.arrange(max(sum(text_height(line.words, size.small) + 4 for line in lines), 9 * size.label))
        first, last = times[waves[0]], times[waves[-1]]
        span = last - first or 1.0
        top = 1.06 * max(share for line in lines for share in line.course.points.values())
        ax.set_xlim(first - figure / (panel.width - figure) * span, last + 0.015 * span)
        ax.set_ylim(-0.02 * top, top)
        ax.set_xticks(list(times.values()), self._wave_labels(panel, times))
        ax.tick_params(axis="x", labelsize=size.small, labelcolor=theme.muted, length=0, pad=5)
        for tick in ax.yaxis.get_major_ticks():  # the figures of the first wave stand beside the fine lines
            tick.gridline.set_clip_box(
                TransformedBbox(Bbox([[first, 0], [last, 1]]), ax.get_xaxis_transform())
            )
        for line in sorted(lines, key=lambda line: line.course.latest.clear):
            xs, ys = [times[wave] for wave in line.course.points], list(line.course.points.values())
            look: Any = {"marker": "o", "markersize": 0.45 * size.label, "markeredgecolor": theme.ground}
            width = 2.6 if line.course.latest.clear else 1.6
            ax.plot(xs, ys, color=line.colour, linewidth=width, zorder=2.4, clip_on=False, **look)
        self._name_ends(panel, lines, times)
        self._figure_points(panel, lines, waves[0])

    def _lines_of(self, panel: Panel, options: Options) -> list[WaveLine]:
        """The courses with their looks: in colour what changed clearly, bold what the title speaks of."""
        theme, size, main, voice = panel.theme, panel.size.small, self.main, self.voice
        courses = options.ordered(self.courses, lambda course: course.code)
        if isinstance(options.palette, Mapping):
            colours = [to_hex(options.palette.get(c.code, c.colour(theme))) for c in courses]
        else:
            places = list(map(str, range(len(courses))))
            colours = list(options.colours(places, [course.colour(theme) for course in courses]).values())
        strong = options.chosen([main.group if self.several else main.stage])
        room = (0.42 if panel.size.narrow else 0.3) * panel.room
        lines = []
        for course, colour in zip(courses, colours, strict=True):
            bold = course.code in strong and (self.several or course.measure == main.measure)
            ink = text_colour(colour, theme) if course.latest.clear else theme.muted
            name = wrap(f"{voice.percent(course.end[1])} {course.name}", room, size, SEMIBOLD, lines=3)
            change = wrap(course.latest.figure(voice), room, size, SEMIBOLD)
            lines.append(WaveLine(course, colour, panel.type(size, ink, bold=bold), f"{name}\n{change}"))
        return lines

    def _wave_labels(self, panel: Panel, times: Mapping[str, float]) -> list[str]:
        """The names of the waves in two lines; none for those without room, the last one goes first."""
        edge, labels = math.inf, []
        for wave, time in reversed(list(times.items())):
            label = self.voice.wave(wave).replace(" ", "\n", 1)
            place, half = panel.across(time), text_width(label, panel.size.small) / 2
            fits = place + half < edge - GAP
            labels.append(label if fits else "")
            edge = place - half if fits else edge
        return labels[::-1]

    def _name_ends(self, panel: Panel, lines: Sequence[WaveLine], times: Mapping[str, float]) -> None:
        """What stands to the right of each line, moved apart, a fine line to its end."""
        lines = sorted(lines, key=lambda line: line.course.end[1])
        heights = [0.95 * text_height(line.words, panel.size.small) + 3 for line in lines]
        ends = [line.course.end[1] for line in lines]
        moves = panel.apart(ends, heights, across=False, before=panel.foot, after=GAP)
        arrow: Any = {
            "arrowstyle": "-",
            "color": panel.theme.faint,
            "linewidth": 0.8,
            "shrinkA": 0,
            "shrinkB": 4,
        }
        look: Any = {"textcoords": "offset points", "annotation_clip": True, "arrowprops": arrow}
        for line, dy in zip(lines, moves or [0.0] * len(lines), strict=True):
            wave, share = line.course.end
            panel.note(times[wave], share, line.words, line.kind, dx=2.4 * GAP, dy=dy, ha="left", va="center")
            if abs(dy) > 0.4 * panel.size.small:
                panel.ax.annotate("", (times[wave], share), (2.2 * GAP, dy), **look)

    def _figure_points(self, panel: Panel, lines: Sequence[WaveLine], first: str) -> None:
        """The shares of the first wave to the left of their points, moved apart."""
        points = [(line.course.points[first], line.kind) for line in lines if first in line.course.points]
        points.sort(key=lambda point: point[0])
        heights = [0.95 * panel.size.small + 1] * len(points)
        moves = panel.apart([y for y, _ in points], heights, across=False, before=GAP, after=GAP)
        for (share, kind), dy in zip(points, moves or [0.0] * len(points), strict=True):
            words = self.voice.percent(share)
            panel.note(time_of(first), share, words, kind, dx=-1.3 * GAP, dy=dy, ha="right")


WAVES = Chart("waves", "changes", Waves)


def draw_waves(
    changes: pd.DataFrame, *, ax: Axes | None = None, lang: str | None = None, palette: Any = None,
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
    options = Options(palette, order, highlight)
    return draw_chart(WAVES, changes, voice_of(changes, lang), ax, options, title=title)


def describe_waves(changes: pd.DataFrame, *, lang: str | None = None) -> str:
    """What ``draw_waves`` shows, in words; as ``describe_stages``, with every change."""
    return WAVES.read(changes, voice_of(changes, lang)).alt()
