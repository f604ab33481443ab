"""How shares went from wave to wave: a line each, its name and its latest change at its end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

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
Label = tuple[float, float, str, dict[str, Any]]  # a share, its time, the words beside them and their type
PARTS_OF_YEAR = {"spring": 0.25, "autumn": 0.75, "Q1": 0.125, "Q2": 0.375, "Q3": 0.625, "Q4": 0.875}


class Course(NamedTuple):
    """One share of one group over the waves, in per cent as published, and its changes, both in time order.

    ``code`` is what tells it from the others, the stage or the group, and ``name`` in words.
    """

    code: str
    name: str
    points: dict[str, float]
    changes: list[Estimate]

    @property
    def latest(self) -> Estimate:
        """Its change to the last wave that it has."""
        return self.changes[-1]

    def colour(self, theme: Theme) -> str:
        """In the accent what changed clearly."""
        return theme.accent if self.latest.clear else theme.faint


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
        self.groups = list(dict.fromkeys(course.latest.group for course in self.courses))
        self.waves = _waves_of(self.courses)

    def _find_courses(self) -> list[Course]:
        main, steps = self.main, dict[tuple[str, str, str], list[Estimate]]()
        known = [c for c in self.differences if not math.isnan(c.percent_first + c.percent_second)]
        self.several = len({change.group for change in known}) > 1
        for change in known:
            about_main = (change.measure, change.stage) == (main.measure, main.stage)
            if about_main or (not self.several and change.measure == "stage"):
                steps.setdefault((change.group, change.measure, change.stage), []).append(change)
        if main.stage == self.codebook.stages[-1] and (main.group, "stage", main.stage) in steps:
            steps.pop((main.group, "at_least", main.stage), None)  # nothing is further: one line says both
        if not steps:
            raise RequestError("the frame has no change between waves whose shares are known")
        for changes in steps.values():
            changes.sort(key=lambda change: (wave_order(change.first), wave_order(change.second)))
        leading, latest = (main.group, main.measure, main.stage), {of: steps[of][-1] for of in steps}
        ranked = sorted(steps, key=lambda of: (of != leading, not latest[of].clear, -abs(latest[of].middle)))
        return [self._course(*of, steps[of]) for of in ranked[:MOST_COURSES]]

    def _course(self, group: str, measure: str, stage: str, changes: list[Estimate]) -> Course:
        ends = [(c.second, c.percent_second) for c in changes] + [(c.first, c.percent_first) for c in changes]
        points = dict(sorted(ends, key=lambda point: wave_order(point[0])))
        if self.several:
            return Course(group, self.voice.group(group), points, changes)
        return Course(stage, self.voice.stage_label(measure, stage), points, changes)

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
            name = sentence(voice.stage_phrase(course.latest.measure, course.latest.stage))
            name = f"{course.name}, {name}" if self.several else name
            cells = {voice.wave(wave): voice.percent(share) for wave, share in course.points.items()}
            changes = [
                voice.say("charts.change", figure=change.figure(voice), verdict=self.verdict(change))
                for change in course.changes
            ]
            rows.append(self.row(name, cells, *changes))
        return rows

    def unit(self) -> str:
        """Whose answers, and what the brackets hold."""
        voice, latest = self.voice, self.courses[0].latest
        if len(self.groups) == 1:
            who = voice.group(self.groups[0])
            unit = voice.say("charts.unit_waves", who=who[:1].lower() + who[1:])
        else:
            unit = f"{super().unit()}, {voice.stage_phrase(latest.measure, latest.stage)}"
        return unit if self.only_rounding else f"{unit}; {voice.say('charts.lines_change', level=self.level)}"

    def columns(self) -> dict[str, Any]:
        """A row a line and change: what, of whom, both shares, the change with its interval and verdict."""
        voice, waves = self.voice, list(self.courses[0].points)
        steps = [(course.name, change) for course in self.courses for change in course.changes]
        changes = [change for _, change in steps]
        name = self.head("group" if self.several else "stage")
        columns: dict[str, Any] = {name: [course for course, _ in steps]}
        if len(waves) == 2:
            for wave, side in zip(waves, ("second", "first"), strict=True):
                head = self.head("share_of", name=voice.wave(wave))
                columns[head] = [getattr(change, f"percent_{side}") for change in changes]
        else:
            columns[self.head("wave")] = [f"{voice.wave(c.second)} → {voice.wave(c.first)}" for c in changes]
        return columns | self.figure_columns(changes, "change")

    def native(self) -> NativeChart:
        """A line a share; what changed clearly in the accent."""
        voice, waves, series = self.voice, self.waves, list[NativeSeries]()
        for course in self.courses:
            shares = [course.points.get(wave) for wave in waves]
            values = [None if share is None else share / 100 for share in shares]
            labels = ["" if share is None else voice.percent(share) for share in shares]
            series.append(NativeSeries(course.name, values, course.colour(THEMES["light"]), None, labels))
        return NativeChart("lines", list(map(voice.wave, waves)), series, "0%", legend=True)

    # how it draws

    def draw(self, panel: Panel, options: Options) -> None:
        """A line a share over the time, in colour what changed clearly, named at its end."""
        size, theme, ax, voice, main = panel.size, panel.theme, panel.ax, self.voice, self.main
        courses = options.ordered(self.courses, lambda course: course.code)
        colours = options.colours([c.code for c in courses], [c.colour(theme) for c in courses])
        strong = options.chosen([main.group if self.several else main.stage])
        times = {wave: time_of(wave) for wave in _waves_of(courses)}
        room, starts, ends = (0.42 if size.narrow else 0.3) * panel.room, list[Label](), list[Label]()
        for course, colour in zip(courses, colours, strict=True):
            latest, (*_, (wave, share)) = course.latest, course.points.items()
            bold = course.code in strong and (self.several or latest.measure == main.measure)
            kind = panel.type("small", text_colour(colour, theme) if latest.clear else "muted", bold=bold)
            name = wrap(f"{voice.percent(share)} {course.name}", room, size.small, SEMIBOLD, lines=3)
            change = wrap(latest.figure(voice), room, size.small, SEMIBOLD)
            ends.append((share, times[wave], f"{name}\n{change}", kind))
            if (start := course.points.get(next(iter(times)))) is not None:
                starts.append((start, min(times.values()), voice.percent(start), kind))
        figure = text_width(voice.percent(100), size.small, SEMIBOLD) + 2 * GAP
        widest = max(text_width(words, size.small, SEMIBOLD) for _, _, words, _ in ends)
        panel.reserve(2 * figure - GAP, widest + 3 * GAP)
        panel.percent_axis(voice.percent, across=False, ticks=5)
        ax.tick_params(axis="y", pad=figure)  # the figures of the first wave stand between
        panel.foot, panel.head = text_height("\n", size.small) + GAP, 2 * GAP
        panel.arrange(max(sum(text_height(words, size.small) + 4 for _, _, words, _ in ends), 9 * size.label))
        for course, colour in zip(courses, colours, strict=True):
            xs, ys = [times[wave] for wave in course.points], list(course.points.values())
            width, zorder = (2.6, 2.5) if course.latest.clear else (1.6, 2.4)
            look: Any = {"marker": "o", "markersize": 0.45 * size.label, "markeredgecolor": theme.ground}
            ax.plot(xs, ys, color=colour, linewidth=width, zorder=zorder, **look)
        top = 1.06 * max(share for course in courses for share in course.points.values())
        ax.set_ylim(-0.02 * top, top)
        ax.margins(x=GAP / panel.width)
        self._name_waves(panel, times)
        self._stand_beside(panel, starts, -1.5 * GAP)
        self._stand_beside(panel, ends, 2.2 * GAP)

    def _name_waves(self, panel: Panel, times: Mapping[str, float]) -> None:
        """The names of the waves in two lines; none for those without room, the last one goes first."""
        edge, labels, kind = math.inf, [], panel.type("small", "muted")
        for wave, time in reversed(list(times.items())):
            label = self.voice.wave(wave).replace(" ", "\n", 1)
            place, half = panel.across(time), text_width(label, panel.size.small) / 2
            fits = place + half < edge - GAP
            labels.append(label if fits else "")
            edge = place - half if fits else edge
        panel.label_ticks(panel.ax.xaxis, list(times.values()), labels[::-1], [kind] * len(labels), pad=5)

    def _stand_beside(self, panel: Panel, labels: Sequence[Label], dx: float) -> None:
        """Words to one side of their points, moved apart, a fine line to those that are far from theirs."""
        labels = sorted(labels, key=lambda label: label[0])
        heights = [0.95 * text_height(words, panel.size.small) for _, _, words, _ in labels]
        ys = [y for y, *_ in labels]
        moves = panel.apart(ys, heights, across=False, before=panel.foot, after=GAP)
        arrow = {"arrowstyle": "-", "color": panel.theme.faint, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 4}
        look: Any = {"textcoords": "offset points", "annotation_clip": True, "arrowprops": arrow}
        for (y, x, words, kind), dy in zip(labels, moves or [0.0] * len(labels), strict=True):
            ha = "left" if dx > 0 else "right"
            panel.note(x, y, words, kind, dx=dx, dy=dy, ha=ha, va="center")
            if abs(dy) > 0.4 * panel.size.small:
                panel.ax.annotate("", (x, y), (0.9 * dx, dy), **look)


def _waves_of(courses: Sequence[Course]) -> list[str]:
    return sorted({wave for course in courses for wave in course.points}, key=wave_order)


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
