"""Differences between groups, each with its interval: what is clear is in colour, what is not is grey."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from matplotlib.lines import Line2D

from analysis.charts.chart import Chart, NativeChart, NativeSeries, Options, Reading, draw_chart
from analysis.charts.panel import Panel
from analysis.style import THEMES, text_colour
from analysis.words.figures import Estimate, differences_of
from analysis.words.language import Voice, rounded, sentence, voice_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MOST_SHOWN = 6  # of more than two groups: with all differences a chart has a hundred rows that nobody reads
STEP = 5  # percentage points; the scale ends at a multiple
LEAST_SIDE = 0.3  # of the scale on each side of zero, for the words over it


class Contrasts(Reading):
    """Differences in points, ``first`` minus ``second``: what charts of groups and of waves share."""

    needed = (
        "measure", "stage", "first", "second", "verdict",
        "percent_first", "percent_second", "estimate_low", "estimate_high", "low", "high",
    )  # fmt: skip
    drawn_from = "differences (compare_stages, compare_waves)"

    def __init__(self, frame: pd.DataFrame, voice: Voice) -> None:
        super().__init__(frame, voice)
        self.differences = differences_of(frame)

    def verdict(self, difference: Estimate) -> str:
        """How firmly a difference holds, in words."""
        if self.only_rounding or not difference.verdict:
            return self.voice.say(f"charts.verdict_rounded_{'clear' if difference.clear else 'not_clear'}")
        if difference.clear:
            return self.voice.verdict("clear")
        return self.voice.say(f"charts.verdict_{'open' if difference.verdict == 'open' else 'not_clear'}")

    def figure_columns(self, shown: Sequence[Estimate], name: str) -> dict[str, Any]:
        """Points, interval and verdict of differences; the ends of the points where the tables differ."""
        if any(math.isnan(difference.value) for difference in shown):
            columns = {f"{name}_low": "estimate_low", f"{name}_high": "estimate_high"}
        else:
            columns = {name: "value"}
        if not self.only_rounding:
            columns |= {"interval_low": "low", "interval_high": "high"}
        numbers = {self.head(head): [getattr(d, field) for d in shown] for head, field in columns.items()}
        return numbers | {self.head("verdict"): [self.verdict(difference) for difference in shown]}


class Differences(Contrasts):
    """The differences of single stages, where there are any: all between two groups, else the largest."""

    form = under = "differences"
    native_form = "difference_bars"

    def __init__(self, frame: pd.DataFrame, voice: Voice) -> None:
        super().__init__(frame, voice)
        stages = [difference for difference in self.differences if difference.measure == "stage"]
        self.differences = self.shown = stages or self.differences
        self.several = len({(d.first, d.second) for d in self.differences}) > 1
        if self.several:
            rank = {"clear": 0, "open": 1}
            ranked = sorted(self.differences, key=lambda d: (rank.get(d.verdict, 2), -abs(d.middle)))
            self.shown = ranked[:MOST_SHOWN]

    # what it says

    def title(self) -> str:
        """How many differences are clear, and the largest of them; or that none is, and why."""
        voice, clear = self.voice, [difference for difference in self.differences if difference.clear]
        still_open = sum(difference.verdict == "open" for difference in self.differences)
        largest = max(clear or self.differences, key=lambda difference: abs(difference.middle)).upright
        of_pairs = "_of_pairs" if self.several else ""
        if self.only_rounding:
            key = f"published{of_pairs}" if clear else "rounded"
        elif not clear:
            large = rounded(largest.estimate_high, voice.decimals)
            key = "open" if still_open else "none" if large else "zero"
        elif len(clear) > 1:
            key = f"several{of_pairs}"
        else:
            key = f"one{of_pairs}" if len(self.differences) > 1 else "only"
        return voice.say(
            f"charts.differences_{key}",
            what=voice.answer_phrase(largest.measure, largest.stage),
            points=largest.points(voice),
            where=voice.within(largest.first),
            where_other=voice.within(largest.second),
            count=voice.count(len(clear) or still_open),
            total=voice.count(len(self.differences)),
            unit=voice.points(10.0**-voice.decimals / 100, sign=False),
        )

    def rows(self) -> list[str]:
        """Each difference that is drawn, the shares behind it and how firmly it holds."""
        voice, rows = self.voice, []
        for d in self.shown:
            name = voice.stage_phrase(d.measure, d.stage)
            name = f"{name}, {self._pair(d)}" if self.several else name
            shares = ""
            if not math.isnan(d.percent_first + d.percent_second):
                first, second = voice.percent(d.percent_first), voice.percent(d.percent_second)
                shares = voice.say("charts.difference_shares", first=first, second=second)
            values = {"name": sentence(name), "shares": shares, "figure": d.figure(voice)}
            rows.append(voice.say("charts.difference_row", verdict=self.verdict(d), **values))
        return rows

    def _pair(self, difference: Estimate) -> str:
        first, second = (self.voice.group(code, "short") for code in (difference.first, difference.second))
        return self.voice.say("charts.first_minus_second", first=first, second=second)

    def unit(self) -> str:
        """What is subtracted from what, in points."""
        if not self.several:
            return sentence(self.voice.say("common.points_of", pair=self._pair(self.shown[0])))
        shown, total = (self.voice.count(len(some)) for some in (self.shown, self.differences))
        return sentence(self.voice.say("charts.unit_largest", shown=shown, total=total))

    def columns(self) -> dict[str, Any]:
        """A row a difference: both shares (or the pair), its points or their ends, interval and verdict."""
        voice, shown = self.voice, self.shown
        columns: dict[str, Any] = {self.head("stage"): [voice.stage_label(d.measure, d.stage) for d in shown]}
        if self.several:
            columns[self.head("groups")] = list(map(self._pair, shown))
        else:
            for side in ("first", "second"):
                name = voice.group(getattr(shown[0], side), "short")
                columns[self.head("share_of", name=name)] = [getattr(d, f"percent_{side}") for d in shown]
        return columns | self.figure_columns(shown, "difference")

    def native(self) -> NativeChart:
        """A mark a difference with its interval; what is clear in the accent, what is not in grey."""
        shown, theme, voice = self.shown, THEMES["light"], self.voice
        colours = [theme.accent if d.clear else theme.faint for d in shown]
        middles: list[float | None] = [d.middle / 100 for d in shown]
        figures = [d.figure(voice) for d in shown]
        series = NativeSeries(self.unit(), middles, theme.accent, self.error_bars(shown), figures, colours)
        names = list(map(self._name, shown))
        return NativeChart("dots", names, [series], "+0%;\N{MINUS SIGN}0%;0%", legend=False)

    def _name(self, d: Estimate) -> str:
        """The stage, of more than two groups with the pair under it."""
        return self.voice.stage_label(d.measure, d.stage) + (f"\n{self._pair(d)}" if self.several else "")

    # how it draws

    def draw(self, panel: Panel, options: Options) -> None:
        """A row a difference around zero: its interval and mark, its figure in a column to the right."""
        size, theme, ax = panel.size, panel.theme, panel.ax
        shown = options.ordered(self.shown, lambda d: d.stage)
        strong = options.chosen([d.stage for d in shown if d.clear])
        accent, faint = options.colours(["clear", "not clear"], [theme.accent, theme.faint])
        colours = [accent if d.clear or d.verdict == "open" else faint for d in shown]
        bold = [d.stage in strong and (d.clear or options.highlight is not None) for d in shown]
        figures = [d.figure(self.voice) for d in shown]
        role = "small" if self.several else "label"
        names = panel.reserve_rows(list(map(self._name, shown)), role, figures)
        self._set_scale(panel, shown)
        if any(d.verdict == "open" for d in shown):
            self._explain(panel, shown, colours)
        types = [panel.type(role, "ink" if stands else "muted", bold=stands) for stands in bold]
        panel.arrange_rows(names, types, 1.5 * size.number)
        # not through names above rows, which it would cross out
        half = panel.body / 2 / panel.pitch if size.narrow else 0.5
        for row, (d, colour) in enumerate(zip(shown, colours, strict=True)):
            ax.vlines(0, row - half, row + half, theme.ink, linewidth=1.4, zorder=1.5)
            panel.draw_estimate(d, row, colour, "o", filled=d.verdict != "open", side=0.62)
        inks = [
            text_colour(colour, theme) if stands else "muted"
            for colour, stands in zip(colours, bold, strict=True)
        ]
        types = [panel.type("label", ink, bold=stands) for ink, stands in zip(inks, bold, strict=True)]
        panel.figure_rows(range(len(shown)), figures, types)

    def _set_scale(self, panel: Panel, shown: Sequence[Estimate]) -> None:
        """The scale around zero, its ticks, and the words for both of its directions."""
        voice, ends = self.voice, [0.0, *(end for d in shown for end in d.ends)]
        low = float(STEP * math.floor(min(ends) / STEP + 1e-9))
        high = float(STEP * math.ceil(max(ends) / STEP - 1e-9))
        low = min(low, -LEAST_SIDE / (1 - LEAST_SIDE) * high, -STEP)
        high = max(high, -LEAST_SIDE / (1 - LEAST_SIDE) * low, STEP)
        panel.ax.set_xlim(low, high)
        panel.percent_axis(partial(voice.number, decimals=0, sign=True), ticks=5 if panel.size.narrow else 8)
        words = [voice.say("charts.more_in_second"), voice.say("charts.more_in_first")]
        if not self.several:
            left, right = voice.within(shown[0].second), voice.within(shown[0].first)
            words = [voice.say("charts.more_left", where=left), voice.say("charts.more_right", where=right)]
        panel.name_sides(words, top=True)

    def _explain(self, panel: Panel, shown: Sequence[Estimate], colours: Sequence[str]) -> None:
        """What filled, hollow and grey marks mean, where some differences are open."""
        present = {d.verdict: (d, colour) for d, colour in zip(shown, colours, strict=True)}
        kinds = [present[verdict] for verdict in ("clear", "open", "not clear") if verdict in present]
        mark: Any = {"marker": "o", "linestyle": "none", "markersize": 0.55 * panel.size.label}
        handles = [
            Line2D([], [], color=colour, mfc=panel.theme.ground if d.verdict == "open" else colour, **mark)
            for d, colour in kinds
        ]
        panel.key(handles, [sentence(self.verdict(d)) for d, _ in kinds])


DIFFERENCES = Chart("differences", "differences", Differences)


def draw_differences(
    differences: pd.DataFrame, *, ax: Axes | None = None, lang: str | None = None, palette: Any = None,
    order: Sequence[str] | None = None, highlight: str | Sequence[str] | None = None,
    title: bool | str | None = None,
) -> Axes:  # fmt: skip
    """The difference between two groups at each stage, with its interval; of more groups the largest ones.

    Parameters
    ----------
    differences : DataFrame
        What ``compare_stages`` gives.
    ax, lang, order, highlight, title
        As of ``draw_stages``; order and highlight are of stages.
    palette : optional
        Two colours: of what is clear, and of what is not.

    Returns
    -------
    Axes
        Across in percentage points, the differences as rows 0, 1 …; a pale line for each interval, a mark for
        each difference, a strong line where the tables that fit differ; hollow is what is open.

    Raises
    ------
    RequestError
        The frame is none of differences, or has none; an unknown code in ``order``.
    """
    options = Options(palette, order, highlight)
    return draw_chart(DIFFERENCES, differences, voice_of(differences, lang), ax, options, title=title)


def describe_differences(differences: pd.DataFrame, *, lang: str | None = None) -> str:
    """What ``draw_differences`` shows, in words; as ``describe_stages``, with how firmly each holds."""
    return DIFFERENCES.read(differences, voice_of(differences, lang)).alt()
