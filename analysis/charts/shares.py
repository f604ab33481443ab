"""The share of each stage, or of that stage or further, in every group with its interval.

Up to three groups are marks with lines; more of them a heat table of group by stage.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D

from analysis.charts.chart import Chart, NativeChart, NativeSeries, Options, Reading, draw_chart
from analysis.charts.panel import GAP, Panel, longest_word, text_height, text_width, wrap
from analysis.errors import RequestError
from analysis.style import SEMIBOLD, THEMES, group_looks, label_ink, mix, text_colour
from analysis.words.figures import estimates_of
from analysis.words.language import Voice, sentence, voice_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MOST_MARKED = 3  # groups; more are a heat table
MOST_FILLED = 8  # groups of a heat table whose cells have room for intervals
MOST_NATIVE = 24  # bars of a native chart
PERCENT_MARK = "%\u00a0"  # not in the cells of a heat table
SHARE_STEP = 10  # per cent; the scale ends at a multiple


class Shares(Reading):
    """The shares of a measure: of the groups that the total is made of, where there are any."""

    measure = "stage"
    native_form = "bars"
    needed = ("measure", "group", "stage", "percent", "n", "estimate_low", "estimate_high", "low", "high")
    drawn_from = "shares (estimate_shares)"

    def __init__(self, frame: pd.DataFrame, voice: Voice) -> None:
        super().__init__(frame, voice)
        known = frame[["percent", "estimate_low"]].notna().any(axis=1)
        rows = frame[(frame["measure"] == self.measure) & known]
        parts = rows[rows["group"].astype(str) != self.codebook.total]
        shares = estimates_of(parts if len(parts) else rows)
        if not shares:
            raise RequestError(f"the frame has no share of the measure '{self.measure}'")
        self.cells = {(share.group, share.stage): share for share in shares}
        self.groups = list(dict.fromkeys(share.group for share in shares))
        self.stages = [s for s in self.codebook.stages if any(share.stage == s for share in shares)]
        self.n = {share.group: share.n for share in reversed(shares)}
        heat = len(self.groups) > MOST_MARKED
        self.form, self.under = ("heat", "stages") if heat else ("shares", "shares")

    def title(self) -> str:
        """How far at most a share lies from the end of its interval, rounded up."""
        margins, unit = [], 10.0**-self.voice.decimals
        for share in (share for share in self.cells.values() if not math.isnan(share.low)):
            published = (share.percent, share.percent)
            low, high = published if self.only_rounding else (share.estimate_low, share.estimate_high)
            margins += [share.high - low, high - share.low]
        points = self.voice.points(math.ceil(max(margins) / unit - 1e-9) * unit / 100, sign=False)
        key = "rounded" if self.only_rounding else "margin"
        return self.voice.say(f"charts.shares_{key}", points="±" + points)

    def subtitle(self) -> str:
        """What is measured; of a heat table where its intervals stand, if its cells have room for them."""
        if self.form != "heat" or len(self.groups) > MOST_FILLED:
            return super().subtitle()
        key = "charts.lines_rounding_below" if self.only_rounding else "charts.lines_below"
        return f"{super().subtitle()}; {self.voice.say(key, level=self.level)}"

    def unit(self) -> str:
        """Of the answers at each stage, or at it or further."""
        return self.voice.say(f"charts.unit_{self.measure}")

    def rows(self) -> list[str]:
        """Every share with its interval, group by group."""
        rows = []
        for group in self.groups:
            own = [share for share in self.cells.values() if share.group == group]
            said = {s.stage: s.figure(self.voice) for s in own}
            cells = {self.voice.stage_phrase(self.measure, stage): figure for stage, figure in said.items()}
            rows.append(self.row(self.group(group), cells))
        return rows

    def columns(self) -> dict[str, Any]:
        """A row a stage and group: its base, its per cent, its interval."""
        voice = self.voice
        shares = sorted(self.cells.values(), key=lambda share: self.codebook.stages.index(share.stage))
        by_value = self.measure == "at_least"
        printed = [s.value if by_value or math.isnan(s.percent) else s.percent for s in shares]
        return {
            self.head("stage"): [voice.stage_label(self.measure, share.stage) for share in shares],
            self.head("group"): [voice.group(share.group) for share in shares],
            "n": [share.n for share in shares],
            self.head("percent"): printed,
            self.head("interval_low"): [share.low for share in shares],
            self.head("interval_high"): [share.high for share in shares],
        }

    def native(self) -> NativeChart | None:
        """Bars of the shares with their intervals, a series a group; nothing where they would be too many."""
        voice = self.voice
        if len(self.stages) * len(self.groups) > MOST_NATIVE:
            return None
        looks = group_looks(self.codebook.groups, self.codebook.total, THEMES["light"])
        series = []
        for group in self.groups:
            own = [self.cells.get((group, stage)) for stage in self.stages]
            values = [None if share is None else share.middle / 100 for share in own]
            labels = ["" if share is None else share.words(voice) for share in own]
            name = self.group(group)
            series.append(NativeSeries(name, values, looks[group][0], self.error_bars(own), labels))
        names = [voice.stage_label(self.measure, stage) for stage in self.stages]
        return NativeChart("bars", names, series, "0%", legend=True)

    # how it draws

    def draw(self, panel: Panel, options: Options) -> None:
        """Marks with lines, or the heat table of more groups."""
        groups = options.ordered(self.groups)
        strong = options.chosen([self.codebook.cut] if self.measure == "at_least" else ())
        if len(groups) > MOST_MARKED:
            self._draw_heat(panel, groups, strong)
        else:
            self._draw_marks(panel, groups, strong, options)

    def _draw_marks(
        self, panel: Panel, groups: Sequence[str], strong: frozenset[str], options: Options
    ) -> None:
        """A row a stage with a line and a mark a group in it; figures in a column to the right."""
        size, theme, voice, stages = panel.size, panel.theme, self.voice, self.stages
        looks = group_looks(self.codebook.groups, self.codebook.total, theme)
        plain = options.colours(groups, [looks[group][0] for group in groups])
        colours = dict(zip(groups, plain, strict=True))
        cells = [self.cells[g, s] for s in stages for g in groups if (g, s) in self.cells]
        figures = [cell.figure(voice) for cell in cells]
        names = [voice.stage_label(self.measure, stage) for stage in stages]
        names = panel.reserve_rows(names, "label", figures, "small")
        panel.percent_axis(voice.percent, ticks=4 if size.narrow else 6)
        look: Any = {"linestyle": "none", "markersize": 0.5 * size.label}
        handles = [Line2D([], [], color=colours[g], marker=looks[g][1], **look) for g in groups]
        panel.key(handles, [self.group(group) for group in groups])
        types = [panel.type("label", bold=stage in strong) for stage in stages]
        panel.arrange_rows(names, types, 1.35 * size.small * len(groups))
        lane = min(panel.body / len(groups), 2.2 * size.small) / panel.pitch
        first = {group: (at - (len(groups) - 1) / 2) * lane for at, group in enumerate(groups)}
        places = [stages.index(cell.stage) + first[cell.group] for cell in cells]
        highest = max(end for cell in cells for end in cell.ends)
        top = min(100.0, SHARE_STEP * math.ceil(highest / SHARE_STEP - 1e-9))
        panel.ax.set_xlim(-0.02 * top, 1.02 * top)
        kinds = []
        for cell, y in zip(cells, places, strict=True):
            quiet, colour = bool(strong) and cell.stage not in strong, colours[cell.group]
            colour = mix(colour, theme.ground, 0.35) if quiet else colour
            panel.draw_estimate(cell, y, colour, looks[cell.group][1])
            ink = theme.muted if quiet else text_colour(colour, theme)
            kinds.append(panel.type("small", ink, bold=not quiet))
        panel.figure_rows(places, figures, kinds)

    def _draw_heat(self, panel: Panel, groups: Sequence[str], strong: frozenset[str]) -> None:
        """A cell a group and stage, pale to deep by its share; its interval where there is room."""
        import seaborn as sns

        size, ax, theme, stages = panel.size, panel.ax, panel.theme, self.stages
        points = size.small if size.narrow else 0.9 * size.label
        names = [wrap(self.group(group), 0.32 * panel.room, points, lines=4) for group in groups]
        panel.reserve(max(text_width(name, points) for name in names) + GAP + 2, 0)
        width = panel.width / len(stages)
        number = min(size.number, size.number * (width - 4) / text_width("100", size.number, SEMIBOLD))
        middles = {cell: one.middle for cell, one in self.cells.items()}
        table = [[middles.get((group, stage), math.nan) for stage in stages] for group in groups]
        most, palette = max(middles.values()) or 1.0, sns.blend_palette(theme.ramp, as_cmap=True)
        look: Any = {"linewidths": 2, "linecolor": theme.ground, "cbar": False, "xticklabels": False}
        sns.heatmap(np.array(table), vmin=0, vmax=most, cmap=palette, ax=ax, yticklabels=False, **look)
        self._name_columns(panel, (width if panel.own else 0.8 * width) - 4, strong)
        small = max(0.85 * size.small if size.narrow else min(size.small, size.source), 8.5)
        intervals = {cell: one.interval(self.voice).rstrip(PERCENT_MARK) for cell, one in self.cells.items()}
        filled = len(groups) <= MOST_FILLED
        filled = filled and max(text_width(words, small) for words in intervals.values()) <= width - 4
        panel.subtitle = panel.subtitle if filled else super().subtitle()
        least = number + 1.3 * small + 4 if filled else 1.7 * number
        panel.arrange(len(names) * max(least, *(text_height(name, points) + 4 for name in names)))
        filled = filled and least <= panel.height / len(groups) + 1e-6
        rows, types = [y + 0.5 for y in range(len(names))], [panel.type(points)] * len(names)
        panel.label_ticks(ax.yaxis, rows, names, types, pad=GAP + 2, va="center")
        for (group, stage), one in self.cells.items():
            if group not in groups:
                continue
            x, y = stages.index(stage) + 0.5, groups.index(group) + 0.5
            words = one.words(self.voice).rstrip(PERCENT_MARK)
            if text_width(words, number, SEMIBOLD) > width - 2:  # a range over tables
                words = self.voice.number(one.percent)
            ink = label_ink(to_hex(palette(one.middle / most)), theme)
            kind = panel.type(number, ink, bold=stage in strong or not strong)
            panel.note(x, y, words, kind, dy=0.55 * small if filled else 0)
            if filled:
                panel.note(x, y, intervals[group, stage], panel.type(small, ink), dy=-0.6 * number)

    def _name_columns(self, panel: Panel, width: float, strong: frozenset[str]) -> None:
        """The stages over the columns as they fit: wrapped, or upright and cut where a word is too wide."""
        size, axis, names = panel.size.small, panel.ax.xaxis, list(map(self.voice.stage, self.stages))
        level = all(longest_word(name, size, SEMIBOLD) <= width for name in names)
        room, lines = (width, 5) if level else (11 * size, 2 if width > 2.1 * size else 1)
        heads = [wrap(name, room, size, SEMIBOLD, lines=lines) for name in names]
        axis.tick_top()
        bold = [stage in strong for stage in self.stages]
        types = [panel.type("small", "ink" if stands else "muted", bold=stands) for stands in bold]
        place: Any = {"rotation": 0 if level else 90, "va": "bottom", "ha": "center"}
        panel.label_ticks(axis, [x + 0.5 for x in range(len(heads))], heads, types, pad=GAP / 2, **place)
        heights = [text_height(head, size) if level else text_width(head, size, SEMIBOLD) for head in heads]
        panel.ticks = max(heights) + GAP


class Cumulative(Shares):
    """The share of each group at each stage or further."""

    measure = "at_least"

    def __init__(self, frame: pd.DataFrame, voice: Voice) -> None:
        if voice.codebook.multiple or not voice.codebook.ordered:
            raise RequestError(
                "answers without an order are not further than one another; draw the chart 'shares'"
            )
        super().__init__(frame, voice)

    def title(self) -> str:
        """The share of each group at the codebook's cut or further."""
        cut = self.codebook.cut
        shares = {group: self.cells[group, cut] for group in self.groups if (group, cut) in self.cells}
        if not shares:
            return self.voice.text("topic")
        middles = {group: share.middle for group, share in shares.items()}
        listed = self.listed(middles, {group: share.words(self.voice) for group, share in shares.items()})
        what = sentence(self.voice.stage_phrase("at_least", cut))
        return self.voice.say("charts.cumulative_title", what=what, shares=listed)


SHARES = Chart("shares", "shares", Shares)
CUMULATIVE = Chart("cumulative", "shares", Cumulative)


def draw_shares(
    shares: pd.DataFrame, *, ax: Axes | None = None, lang: str | None = None, palette: Any = None,
    order: Sequence[str] | None = None, highlight: str | Sequence[str] | None = None,
    title: bool | str | None = None,
) -> Axes:  # fmt: skip
    """The share of each stage in every group, with its interval; of four and more groups a heat table.

    Parameters
    ----------
    shares : DataFrame
        What ``estimate_shares`` gives.
    ax, lang, palette, order, highlight, title
        As of ``draw_stages``; the palette is of groups, and ``highlight`` of stages.

    Returns
    -------
    Axes
        Across in per cent, the stages as rows 0, 1 …; a line for each interval, a mark for each share.

    Raises
    ------
    RequestError
        The frame is none of shares, or has none; an unknown code in ``order``.
    """
    options = Options(palette, order, highlight)
    return draw_chart(SHARES, shares, voice_of(shares, lang), ax, options, title=title)


def draw_cumulative(
    shares: pd.DataFrame, *, ax: Axes | None = None, lang: str | None = None, palette: Any = None,
    order: Sequence[str] | None = None, highlight: str | Sequence[str] | None = None,
    title: bool | str | None = None,
) -> Axes:  # fmt: skip
    """The share at each stage or further in every group, the cut set off; all as of ``draw_shares``."""
    options = Options(palette, order, highlight)
    return draw_chart(CUMULATIVE, shares, voice_of(shares, lang), ax, options, title=title)


def describe_shares(shares: pd.DataFrame, *, lang: str | None = None) -> str:
    """What ``draw_shares`` shows, in words; as ``describe_stages``, with every interval."""
    return SHARES.read(shares, voice_of(shares, lang)).alt()


def describe_cumulative(shares: pd.DataFrame, *, lang: str | None = None) -> str:
    """What ``draw_cumulative`` shows, in words; as ``describe_shares``."""
    return CUMULATIVE.read(shares, voice_of(shares, lang)).alt()
