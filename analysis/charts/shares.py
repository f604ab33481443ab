"""The share of each stage, or of that stage or further, in every group with its interval.

Up to three groups are marks with lines; more of them a heat table of group by stage.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.colors import to_hex
from matplotlib.lines import Line2D

from analysis.charts.axes import (
    GAP,
    Chart,
    Estimate,
    Options,
    Panel,
    Type,
    colours_for,
    error_bars,
    require_columns,
)
from analysis.charts.native import NativeChart, NativeSeries
from analysis.charts.stages import group_with_n, listed_shares
from analysis.charts.typesetting import longest_word, text_height, text_width, wrap
from analysis.codebook import codebook_of
from analysis.errors import RequestError
from analysis.style import SEMIBOLD, THEMES, group_looks, label_ink, mix, text_colour
from analysis.words.language import Voice, sentence

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MOST_MARKED = 3  # groups; more are a heat table
MOST_NATIVE = 24  # bars of a native chart
ENDS, REST = ("estimate_low", "estimate_high", "low", "high"), ("n", "percent", "group", "stage", "measure")
PERCENT = "%\u00a0"  # not in the cells of a heat table
STEP = 10  # per cent; the scale ends at a multiple


@dataclass(frozen=True)
class DrawnShare(Estimate):
    """One share in per cent, with the per cent as published; what is not known is NaN."""

    n: float
    percent: float
    group: str
    stage: str
    measure: str

    @property
    def middle(self) -> float:
        """As published, where that is all there is."""
        return self.percent if math.isnan(self.least) else super().middle

    def words(self, voice: Voice) -> str:
        """A stage as published; that or further from what its interval is made from."""
        published = self.measure == "stage" or math.isnan(self.least)
        if published and not math.isnan(self.percent):
            return voice.percent(self.percent)
        return voice.interval(self.least / 100, self.most / 100)

    def figure(self, voice: Voice) -> str:
        """The share, its interval in brackets."""
        return self.with_interval(self.words(voice), voice)


# what it finds


def drawn_shares(frame: pd.DataFrame, measure: str) -> list[DrawnShare]:
    """The shares of a measure: of the groups that the total is made of, where there are any.

    Raises
    ------
    RequestError
        The frame is none of shares, or has none of the measure.
    """
    require_columns(frame, (*ENDS, *REST), "shares (estimate_shares)")
    codebook = codebook_of(frame)
    if measure == "at_least" and (codebook.multiple or not codebook.ordered):
        raise RequestError("answers without an order have no stage or further; draw the chart 'shares'")
    rows = frame[(frame["measure"] == measure) & frame[["percent", "estimate_low"]].notna().any(axis=1)]
    parts = rows[rows["group"].astype(str) != codebook.total]
    rows = parts if len(parts) else rows
    if not len(rows):
        raise RequestError(f"the frame has no share of the measure '{measure}'")
    ends = (100 * rows[name].astype(float) for name in ENDS)
    numbers = (rows[name].astype(float) for name in REST[:2])
    codes = (rows[name].astype(str) for name in REST[2:])
    return [DrawnShare(*cells) for cells in zip(*ends, *numbers, *codes, strict=True)]


def title_shares(frame: pd.DataFrame, voice: Voice) -> str:
    """How far at most a share lies from the end of its interval, rounded up."""
    margins = [
        max(share.high - share.least, share.most - share.low)
        for share in drawn_shares(frame, "stage")
        if not math.isnan(share.low)
    ]
    unit = 10.0**-voice.decimals
    widest = math.ceil(max(margins) / unit - 1e-9) * unit
    key = "charts.shares_rounded" if _only_rounding(frame) else "charts.shares_margin"
    return voice.say(key, points="±" + voice.points(widest / 100, sign=False))


def title_cumulative(frame: pd.DataFrame, voice: Voice) -> str:
    """The share of each group at the codebook's cut or further."""
    cut = voice.codebook.cut
    found = [(s.group, s.middle) for s in drawn_shares(frame, "at_least") if s.stage == cut]
    what = sentence(voice.stage_phrase("at_least", cut))
    if not found:
        return voice.text("topic")
    return voice.say("charts.cumulative_title", what=what, shares=listed_shares(found, voice))


def _only_rounding(frame: pd.DataFrame) -> bool:
    """Whether the ends in a frame are what rounding leaves, not what chance could do."""
    return bool(frame.attrs.get("basis") == "published")


def lines_phrase(frame: pd.DataFrame, voice: Voice) -> str:
    """What the lines and the brackets mean."""
    if _only_rounding(frame):
        return voice.say("charts.lines_rounding")
    differ = (frame["estimate_high"] - frame["estimate_low"]).abs().max() > 1e-9
    key = "charts.lines_tables" if differ else "charts.lines_interval"
    return voice.say(key, level=level_words(frame, voice))


def level_words(frame: pd.DataFrame, voice: Voice) -> str:
    """The confidence level of a frame as an attribute of the interval."""
    return voice.of_level(frame.attrs.get("level", 0.95))


# what it says


def _describe(frame: pd.DataFrame, voice: Voice, measure: str, title: str) -> str:
    shares = drawn_shares(frame, measure)
    rows = []
    for group in dict.fromkeys(share.group for share in shares):
        own = [share for share in shares if share.group == group]
        cells = [
            voice.say("charts.cell", name=voice.stage_phrase(measure, share.stage), value=share.figure(voice))
            for share in own
        ]
        name = group_with_n(group, own[0].n, voice)
        rows.append(voice.say("charts.row", name=name, cells=", ".join(cells)))
    key = "charts.alt_heat" if len(rows) > MOST_MARKED else "charts.alt_shares"
    said = _measured(frame, voice, measure)
    return voice.say(key, title=title, rows=" ".join([*rows, *voice.marks([_wave(frame)])]), **said)


def _wave(frame: pd.DataFrame) -> str:
    return str(frame.attrs["wave"] if "wave" in frame.attrs else frame["wave"].iloc[0])


def _measured(frame: pd.DataFrame, voice: Voice, measure: str) -> dict[str, str]:
    """What is measured, when, and what the brackets hold."""
    unit, wave = voice.say(f"charts.unit_{measure}"), voice.wave(_wave(frame))
    return {"topic": voice.text("topic"), "unit": unit, "wave": wave, "lines": lines_phrase(frame, voice)}


def _numbers(frame: pd.DataFrame, voice: Voice, measure: str) -> pd.DataFrame:
    """One row per stage and group: its base, its per cent, its interval."""
    import pandas as pd

    rows = [
        (voice.stage_label(measure, s.stage), voice.group(s.group), s.n, _printed(s), s.low, s.high)
        for s in sorted(drawn_shares(frame, measure), key=lambda s: voice.codebook.stages.index(s.stage))
    ]
    stage, group, percent, low, high = (
        voice.say(f"charts.column_{name}") for name in ("stage", "group", "percent", "low", "high")
    )
    return pd.DataFrame(rows, columns=[stage, group, "n", percent, low, high])


def _printed(share: DrawnShare) -> float:
    published = share.measure == "stage" and not math.isnan(share.percent)
    return share.percent if published else share.value


def _native(frame: pd.DataFrame, voice: Voice, measure: str) -> NativeChart | None:
    """Bars of the shares with their intervals, one series a group; nothing where they would be too many."""
    shares = drawn_shares(frame, measure)
    stages = [stage for stage in voice.codebook.stages if any(share.stage == stage for share in shares)]
    groups = list(dict.fromkeys(share.group for share in shares))
    if len(stages) * len(groups) > MOST_NATIVE:
        return None
    looks = group_looks(voice.codebook.groups, voice.codebook.total, THEMES["light"])
    series = []
    for group in groups:
        cells = {share.stage: share for share in shares if share.group == group}
        own = [cells.get(stage) for stage in stages]
        values = [None if s is None else s.middle / 100 for s in own]
        labels = ["" if s is None else s.words(voice) for s in own]
        name = group_with_n(group, next(s.n for s in own if s), voice)
        series.append(NativeSeries(name, values, looks[group][0], error_bars(own), labels))
    names = [voice.stage_label(measure, stage) for stage in stages]
    return NativeChart("bars", names, series, "0%", voice.say(f"charts.unit_{measure}"), legend=True)


# how it draws


class Grid(NamedTuple):
    """The shares by group and stage, what both are called, and what is set off."""

    cells: dict[tuple[str, str], DrawnShare]
    groups: list[str]
    stages: list[str]
    names: list[str]
    strong: frozenset[str]
    voice: Voice

    def size(self, group: str) -> float:
        """How many answers a group gave."""
        return next(share.n for (code, _), share in self.cells.items() if code == group)

    def group(self, group: str) -> str:
        """A group with its base."""
        return group_with_n(group, self.size(group), self.voice)

    def label(self, group: str, room: float, points: float) -> str:
        """A group wrapped, its base on a line of its own where both do not fit one."""
        whole, n = self.group(group), self.size(group)
        if text_width(whole, points) <= room or math.isnan(n):
            return wrap(whole, room, points, lines=3)
        return f"{wrap(self.voice.group(group), room, points, lines=3)}\n{self.voice.size(n)}"


def _draw(panel: Panel, frame: pd.DataFrame, voice: Voice, options: Options, measure: str) -> None:
    shares = drawn_shares(frame, measure)
    groups = options.ordered(list(dict.fromkeys(share.group for share in shares)), str)
    stages = [stage for stage in voice.codebook.stages if any(share.stage == stage for share in shares)]
    strong = options.chosen([voice.codebook.cut] if measure == "at_least" else ())
    cells = {(share.group, share.stage): share for share in shares if share.group in groups}
    names = [voice.stage_label(measure, stage) for stage in stages]
    grid = Grid(cells, groups, stages, names, strong, voice)
    if len(groups) > MOST_MARKED:
        _draw_heat(panel, grid)
    else:
        _draw_marks(panel, grid, options.palette)


def _draw_marks(panel: Panel, grid: Grid, palette: Any) -> None:
    """A row a stage with a line and a mark a group in it; figures in a column to the right."""
    size, theme, voice = panel.size, panel.theme, grid.voice
    looks = group_looks(voice.codebook.groups, voice.codebook.total, theme)
    colours = colours_for(palette, grid.groups, [looks[group][0] for group in grid.groups])
    order = [(g, s) for s in grid.stages for g in grid.groups if (g, s) in grid.cells]
    figures = [grid.cells[key].figure(voice) for key in order]
    widest = max(text_width(words, size.small, SEMIBOLD) for words in figures)
    names = panel.reserve_rows(grid.names, widest + GAP + 4)
    panel.percent_axis(voice.percent, ticks=4 if size.narrow else 6)
    look: Any = {"linestyle": "none", "markersize": 0.5 * size.label}
    handles = [Line2D([], [], color=colours[g], marker=looks[g][1], **look) for g in grid.groups]
    panel.key(handles, [grid.group(group) for group in grid.groups])
    lane, number = 1.35 * size.small, len(grid.groups)
    rows = panel.arrange_rows(names, lane * number)
    apart = rows.span(lane) if rows.lift else min(rows.span(1.6 * lane), 0.8 / number)
    offsets = {group: (at - (number - 1) / 2) * apart for at, group in enumerate(grid.groups)}
    places = [grid.stages.index(stage) + offsets[group] for group, stage in order]
    highest = max(end for cell in grid.cells.values() for end in cell.ends)
    top = min(100.0, STEP * math.ceil(highest / STEP - 1e-9))
    panel.ax.set_xlim(-0.02 * top, 1.02 * top)
    kinds = []
    for (group, stage), y in zip(order, places, strict=True):
        quiet = bool(grid.strong) and stage not in grid.strong
        colour = mix(colours[group], theme.ground, 0.35) if quiet else colours[group]
        panel.mark(grid.cells[group, stage], y, colour, looks[group][1])
        ink = theme.muted if quiet else text_colour(colour, theme)
        kinds.append(panel.type("small", ink, bold=not quiet))
    types = [panel.type("label", bold=stage in grid.strong) for stage in grid.stages]
    panel.name_rows(range(len(grid.stages)), names, types, lift=rows.lift)
    panel.note_rows(places, figures, kinds, right=True)


def _draw_heat(panel: Panel, grid: Grid) -> None:
    """A cell a group and stage, pale to deep by its share; its figure, its interval where there is room."""
    import seaborn as sns

    size, ax = panel.size, panel.ax
    points = size.small if size.narrow else 0.9 * size.label
    labels = [grid.label(group, 0.32 * panel.room, points) for group in grid.groups]
    panel.reserve(max(text_width(label, points) for label in labels) + GAP + 2, 0)
    width = panel.width / len(grid.stages)
    heads, upright = _heads(panel, [grid.voice.stage(stage) for stage in grid.stages], width - 4)
    number = min(size.number, size.number * (width - 4) / text_width("100", size.number, SEMIBOLD))
    tallest = max(text_height(label, points) for label in labels)
    table = [[_middle(grid, group, stage) for stage in grid.stages] for group in grid.groups]
    palette = sns.blend_palette(panel.theme.ramp, as_cmap=True)
    most = max(cell.middle for cell in grid.cells.values()) or 1.0
    look: Any = {"cbar": False, "linewidths": 2, "linecolor": panel.theme.ground}
    sns.heatmap(table, ax=ax, cmap=palette, vmin=0, vmax=most, xticklabels=False, yticklabels=False, **look)
    panel.arrange(len(labels) * max(1.7 * number, tallest + 4))
    ax.set_xticks([place + 0.5 for place in range(len(heads))], heads)
    ax.xaxis.tick_top()
    ax.tick_params(axis="x", length=0, pad=GAP / 2)
    for tick, stage in zip(ax.xaxis.get_major_ticks(), grid.stages, strict=True):
        kind = panel.emphasis("small", strong=stage in grid.strong)
        kind(tick.label2, rotation=0 if upright else 90, va="bottom", ha="center", linespacing=1.0)
    rows = [place + 0.5 for place in range(len(labels))]
    panel.name_rows(rows, labels, [Type(points, panel.theme.ink)] * len(rows))
    tints = {key: to_hex(palette(cell.middle / most)) for key, cell in grid.cells.items()}
    _fill_cells(panel, grid, tints, number, width)


def _fill_cells(
    panel: Panel, grid: Grid, tints: Mapping[tuple[str, str], str], number: float, width: float
) -> None:
    """The figure of each cell, and where all of them have the room, their intervals under them."""
    small = max(0.85 * panel.size.small, 8.5)
    intervals = {key: cell.interval(grid.voice).rstrip(PERCENT) for key, cell in grid.cells.items()}
    widest = max(text_width(words, small) for words in intervals.values())
    both = widest <= width - 4 and number + 1.3 * small <= panel.height / len(grid.groups) - 4
    for (group, stage), cell in grid.cells.items():
        x, y = grid.stages.index(stage) + 0.5, grid.groups.index(group) + 0.5
        ink = label_ink(tints[group, stage], panel.theme)
        kind = Type(number, ink, bold=stage in grid.strong or not grid.strong)
        words = cell.words(grid.voice).rstrip(PERCENT)
        if text_width(words, number, SEMIBOLD) > width - 2:
            words = grid.voice.number(cell.percent)
        panel.note(x, y, words, kind, dy=0.55 * small if both else 0)
        if both:
            panel.note(x, y, intervals[group, stage], Type(small, ink), dy=-0.6 * number)


def _heads(panel: Panel, names: Sequence[str], width: float) -> tuple[list[str], bool]:
    """The names of columns as they fit: wrapped, or upright and cut where a word is too wide."""
    size = panel.size.small
    level = all(longest_word(name, size, SEMIBOLD) <= width for name in names)
    room, lines = (width, 5) if level else (11 * size, 2 if width > 2.1 * size else 1)
    heads = [wrap(name, room, size, SEMIBOLD, lines=lines) for name in names]
    sides = [text_height(head, size) if level else text_width(head, size, SEMIBOLD) for head in heads]
    panel.ticks = max(sides) + GAP
    return heads, level


def _middle(grid: Grid, group: str, stage: str) -> float:
    return grid.cells[group, stage].middle if (group, stage) in grid.cells else math.nan


def _chart(name: str, measure: str, title: Callable[[pd.DataFrame, Voice], str]) -> Chart:
    """The chart of one measure."""
    return Chart(
        name, "shares", lambda frame: drawn_shares(frame, measure), title,
        lambda frame, voice: _describe(frame, voice, measure, title(frame, voice)),
        lambda frame, voice: voice.say("charts.subtitle_lines", **_measured(frame, voice, measure)),
        lambda panel, frame, voice, options: _draw(panel, frame, voice, options, measure),
        lambda frame, voice: _numbers(frame, voice, measure),
        lambda frame, voice: _native(frame, voice, measure),
    )  # fmt: skip


SHARES = _chart("shares", "stage", title_shares)
CUMULATIVE = _chart("cumulative", "at_least", title_cumulative)


def draw_shares(
    shares: pd.DataFrame, *, ax: Axes | None = None, lang: str = "en", palette: Any = None,
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
    return SHARES.draw_for(shares, ax, lang, palette, order, highlight, title)


def draw_cumulative(
    shares: pd.DataFrame, *, ax: Axes | None = None, lang: str = "en", palette: Any = None,
    order: Sequence[str] | None = None, highlight: str | Sequence[str] | None = None,
    title: bool | str | None = None,
) -> Axes:  # fmt: skip
    """The share at each stage or further in every group, the cut set off; all as of ``draw_shares``."""
    return CUMULATIVE.draw_for(shares, ax, lang, palette, order, highlight, title)


def describe_shares(shares: pd.DataFrame, *, lang: str = "en") -> str:
    """What ``draw_shares`` shows, in words; as ``describe_stages``, with every interval."""
    return SHARES.describe(shares, lang)


def describe_cumulative(shares: pd.DataFrame, *, lang: str = "en") -> str:
    """What ``draw_cumulative`` shows, in words; as ``describe_shares``."""
    return CUMULATIVE.describe(shares, lang)
