"""The share of each stage, or of that stage or further, in every group with its interval.

Up to three groups are marks with lines; more of them a heat table of group by stage.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.colors import to_hex
from matplotlib.lines import Line2D

from analysis.charts.chart import (
    Chart,
    NativeChart,
    NativeSeries,
    Options,
    Reading,
    draw_chart,
    draw_estimate,
    error_bars,
    require_columns,
)
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
SHARE_COLUMNS = ("estimate_low", "estimate_high", "low", "high", "n", "percent", "group", "stage", "measure")
PERCENT_MARK = "%\u00a0"  # not in the cells of a heat table
SHARE_STEP = 10  # per cent; the scale ends at a multiple


class Shares(Reading):
    """The shares of a measure: of the groups that the total is made of, where there are any."""

    measure = "stage"
    native_form, under = "bars", "shares"

    def __init__(self, frame: pd.DataFrame, voice: Voice) -> None:
        require_columns(frame, SHARE_COLUMNS, "shares (estimate_shares)")
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
        self.form = "heat" if len(self.groups) > MOST_MARKED else "shares"

    def title(self) -> str:
        """How far at most a share lies from the end of its interval, rounded up."""
        known = [share for share in self.cells.values() if not math.isnan(share.low)]
        if self.only_rounding:
            margins = [max(share.high - share.percent, share.percent - share.low) for share in known]
        else:
            margins = [
                max(share.high - share.estimate_low, share.estimate_high - share.low) for share in known
            ]
        unit = 10.0**-self.voice.decimals
        points = self.voice.points(math.ceil(max(margins) / unit - 1e-9) * unit / 100, sign=False)
        key = "rounded" if self.only_rounding else "margin"
        return self.voice.say(f"charts.shares_{key}", points="±" + points)

    def subtitle(self) -> str:
        """What is measured; of a heat table where its intervals stand, if its cells have room for them."""
        if self.form != "heat":
            return super().subtitle()
        key = "charts.lines_rounding_below" if self.only_rounding else "charts.lines_below"
        below = {"lines": self.voice.say(key, level=self.level)}
        said = self.voice.say(f"charts.subtitle_{self.under}", **self._measured() | below)
        return said if len(self.groups) <= MOST_FILLED else said.partition("; ")[0]

    def _lines(self, *, in_marks: bool = True) -> str:
        """As of all estimates; in the cells of a heat table no line is drawn."""
        return super()._lines(in_marks=in_marks and self.form != "heat")

    def unit(self) -> str:
        """Of the answers at each stage, or at it or further."""
        return self.voice.say(f"charts.unit_{self.measure}")

    def rows(self) -> list[str]:
        """Every share with its interval, group by group."""
        rows = []
        for group in self.groups:
            own = [share for share in self.cells.values() if share.group == group]
            cells = {
                self.voice.stage_phrase(self.measure, share.stage): share.figure(self.voice) for share in own
            }
            rows.append(self.row(self.group(group), cells))
        return rows

    def columns(self) -> dict[str, Any]:
        """A row a stage and group: its base, its per cent, its interval."""
        voice = self.voice
        shares = sorted(self.cells.values(), key=lambda share: self.codebook.stages.index(share.stage))
        printed = [
            s.percent if self.measure == "stage" and not math.isnan(s.percent) else s.value for s in shares
        ]
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
            series.append(NativeSeries(name, values, looks[group][0], error_bars(own), labels))
        names = [voice.stage_label(self.measure, stage) for stage in self.stages]
        return NativeChart("bars", names, series, "0%", self.unit(), legend=True)

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
        colours = options.colours(groups, [looks[group][0] for group in groups])
        cells = [self.cells[g, s] for s in stages for g in groups if (g, s) in self.cells]
        figures = [cell.figure(voice) for cell in cells]
        names = [voice.stage_label(self.measure, stage) for stage in stages]
        names = panel.reserve_rows(names, figures, types=("label", "small"))
        panel.percent_axis(voice.percent, ticks=4 if size.narrow else 6)
        look: Any = {"linestyle": "none", "markersize": 0.5 * size.label}
        handles = [Line2D([], [], color=colours[g], marker=looks[g][1], **look) for g in groups]
        panel.key(handles, [self.group(group) for group in groups])
        panel.arrange_rows(len(names), 1.35 * size.small * len(groups))
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
            draw_estimate(panel, cell, y, colour, looks[cell.group][1])
            ink = theme.muted if quiet else text_colour(colour, theme)
            kinds.append(panel.type("small", ink, bold=not quiet))
        panel.name_rows(names, [panel.type("label", bold=stage in strong) for stage in stages])
        panel.figure_rows(places, figures, kinds)

    def _draw_heat(self, panel: Panel, groups: Sequence[str], strong: frozenset[str]) -> None:
        """A cell a group and stage, pale to deep by its share; its interval where there is room."""
        import seaborn as sns

        size, ax, stages = panel.size, panel.ax, self.stages
        points = size.small if size.narrow else 0.9 * size.label
        labels = [wrap(self.group(g), 0.32 * panel.room, points, lines=4) for g in groups]
        panel.reserve(max(text_width(label, points) for label in labels) + GAP + 2, 0)
        width = panel.width / len(stages)
        number = min(size.number, size.number * (width - 4) / text_width("100", size.number, SEMIBOLD))
        shares = [[self.cells.get((group, stage)) for stage in stages] for group in groups]
        table = [[cell.middle if cell else math.nan for cell in row] for row in shares]
        palette = sns.blend_palette(panel.theme.ramp, as_cmap=True)
        most = max(cell.middle for row in shares for cell in row if cell) or 1.0
        look: Any = {"cbar": False, "linewidths": 2, "linecolor": panel.theme.ground}
        look |= {"xticklabels": False, "yticklabels": False}
        sns.heatmap(table, ax=ax, cmap=palette, vmin=0, vmax=most, **look)
        room = width if panel.own else 0.8 * width  # Axes that are given may yet become narrower
        self._name_columns(panel, room - 4, strong)
        small = max(0.85 * size.small if size.narrow else min(size.small, size.source), 8.5)
        intervals = {cell: cell.interval(self.voice).rstrip(PERCENT_MARK) for cell in self.cells.values()}
        both = max(text_width(words, small) for words in intervals.values()) <= width - 4
        both = both and len(groups) <= MOST_FILLED
        least = number + 1.3 * small + 4 if both else 1.7 * number
        if not both:
            panel.subtitle = panel.subtitle.partition("; ")[0]
        panel.arrange(len(labels) * max(least, *(text_height(label, points) + 4 for label in labels)))
        panel.name_rows(labels, [panel.type(points)] * len(labels), first=0.5)
        both = both and least <= panel.height / len(groups) + 1e-6
        for y, row in enumerate(shares):
            for x, cell in enumerate(row):
                if cell is None:
                    continue
                ink = label_ink(to_hex(palette(cell.middle / most)), panel.theme)
                words = cell.words(self.voice).rstrip(PERCENT_MARK)
                if text_width(words, number, SEMIBOLD) > width - 2:
                    words = self.voice.number(cell.percent)
                kind = panel.type(number, ink, bold=cell.stage in strong or not strong)
                panel.note(x + 0.5, y + 0.5, words, kind, dy=0.55 * small if both else 0)
                if both:
                    panel.note(x + 0.5, y + 0.5, intervals[cell], panel.type(small, ink), dy=-0.6 * number)

    def _name_columns(self, panel: Panel, width: float, strong: frozenset[str]) -> None:
        """The stages over the columns as they fit: wrapped, or upright and cut where a word is too wide."""
        size, ax, names = panel.size.small, panel.ax, list(map(self.voice.stage, self.stages))
        level = all(longest_word(name, size, SEMIBOLD) <= width for name in names)
        room, lines = (width, 5) if level else (11 * size, 2 if width > 2.1 * size else 1)
        heads = [wrap(name, room, size, SEMIBOLD, lines=lines) for name in names]
        ax.set_xticks([place + 0.5 for place in range(len(heads))], heads)
        ax.xaxis.tick_top()
        ax.tick_params(axis="x", length=0, pad=GAP / 2)
        look: Any = {"rotation": 0 if level else 90, "va": "bottom", "ha": "center", "linespacing": 1.0}
        for tick, stage in zip(ax.xaxis.get_major_ticks(), self.stages, strict=True):
            tick.label2.set(**look, **panel.emphasis("small", strong=stage in strong))
        heights = [text_height(head, size) if level else text_width(head, size, SEMIBOLD) for head in heads]
        panel.ticks = max(heights) + GAP


class Cumulative(Shares):
    """The share of each group at each stage or further."""

    measure = "at_least"
    rounding_lines = "rounding_range"

    def __init__(self, frame: pd.DataFrame, voice: Voice) -> None:
        if voice.codebook.multiple or not voice.codebook.ordered:
            raise RequestError(
                "answers without an order are not further than one another; draw the chart 'shares'"
            )
        super().__init__(frame, voice)

    def title(self) -> str:
        """The share of each group at the codebook's cut or further."""
        cut = self.codebook.cut
        shares = {group: self.cells[group, cut].middle for group in self.groups if (group, cut) in self.cells}
        if not shares:
            return self.voice.text("topic")
        what = sentence(self.voice.stage_phrase("at_least", cut))
        return self.voice.say("charts.cumulative_title", what=what, shares=self.listed(shares))


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
