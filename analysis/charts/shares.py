"""The share of each stage, or of that stage or further, in every group with its interval.

Up to three groups are marks with lines; more of them a heat table of group by stage.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.colors import to_hex
from matplotlib.lines import Line2D

from analysis.charts.axes import (
    GAP,
    Chart,
    Options,
    Panel,
    Type,
    colours_for,
    draw_chart,
    longest_word,
    text_height,
    text_width,
    wrap,
)
from analysis.charts.native import NativeChart, NativeSeries
from analysis.charts.stages import group_with_n, listed_shares
from analysis.codebook import codebook_of
from analysis.errors import RequestError
from analysis.style import SEMIBOLD, THEMES, group_looks, label_ink, mix, text_colour
from analysis.words.language import Voice, sentence, voice_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MOST_MARKED = 3  # groups; more are a heat table
MOST_NATIVE = 24  # bars of a native chart
PALE = 0.55  # how much of the ground is in the colour of an interval
STEP = 10  # per cent; the scale ends at a multiple


class Share(NamedTuple):
    """One share in per cent: as published, its range over the tables that fit, its interval (or NaN)."""

    group: str
    stage: str
    n: float
    percent: float
    least: float
    most: float
    low: float
    high: float
    measure: str

    @property
    def value(self) -> float:
        """Where its mark stands; NaN where the tables that fit differ."""
        return self.least if abs(self.most - self.least) < 1e-9 else math.nan

    @property
    def middle(self) -> float:
        """To order and colour by; never printed where the tables differ."""
        return self.percent if math.isnan(self.least) else (self.least + self.most) / 2

    def words(self, voice: Voice) -> str:
        """A stage as published; that or further from what its interval is made from."""
        published = self.measure == "stage" or math.isnan(self.least)
        if published and not math.isnan(self.percent):
            return voice.percent(self.percent)
        return voice.interval(self.least / 100, self.most / 100)

    def figure(self, voice: Voice) -> str:
        """The share, its interval in brackets."""
        if math.isnan(self.low):
            return self.words(voice)
        interval = voice.interval(self.low / 100, self.high / 100)
        return voice.say("charts.figure", value=self.words(voice), interval=interval)


# what it finds


def shares_of(frame: pd.DataFrame, measure: str) -> list[Share]:
    """The shares of a measure: of the groups that the total is made of, where there are any.

    Raises
    ------
    RequestError
        The frame is none of shares, or has none of the measure.
    """
    columns = ["measure", "group", "stage", "n", "percent", "estimate_low", "estimate_high", "low", "high"]
    if missing := [name for name in columns if name not in frame]:
        raise RequestError(
            f"this chart is drawn from shares (estimate_shares); no column {', '.join(missing)}"
        )
    rows = frame[(frame["measure"] == measure) & frame[["percent", "estimate_low"]].notna().any(axis=1)]
    total = codebook_of(frame).total
    parts = rows[rows["group"].astype(str) != total]
    rows = parts if len(parts) else rows
    if not len(rows):
        raise RequestError(f"the frame has no share of the measure '{measure}'")
    numbers = rows[columns[3:]].astype(float)
    ends = 100 * numbers[columns[5:]]
    codes = (rows["group"].astype(str), rows["stage"].astype(str), numbers["n"], numbers["percent"])
    columns_of_share = (*codes, *(ends[name] for name in ends), rows["measure"].astype(str))
    return [Share(*cells) for cells in zip(*columns_of_share, strict=True)]


def title_shares(frame: pd.DataFrame, voice: Voice) -> str:
    """How far at most a share lies from the end of its interval, rounded up."""
    margins = [
        max(share.high - share.least, share.most - share.low)
        for share in shares_of(frame, "stage")
        if not math.isnan(share.low)
    ]
    unit = 10.0**-voice.decimals
    widest = math.ceil(max(margins) / unit - 1e-9) * unit
    key = "charts.shares_rounded" if _only_rounding(frame) else "charts.shares_margin"
    return voice.say(key, points="±" + voice.points(widest / 100, sign=False))


def title_cumulative(frame: pd.DataFrame, voice: Voice) -> str:
    """The share of each group at the codebook's cut or further."""
    cut = voice.codebook.cut
    found = [(s.group, s.middle) for s in shares_of(frame, "at_least") if s.stage == cut]
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
    shares = shares_of(frame, measure)
    rows = []
    for group in dict.fromkeys(share.group for share in shares):
        own = [share for share in shares if share.group == group]
        cells = [
            voice.say("charts.cell", name=voice.stage_phrase(measure, share.stage), value=share.figure(voice))
            for share in own
        ]
        rows.append(
            voice.say("charts.row", name=group_with_n(group, own[0].n, voice), cells=", ".join(cells))
        )
    heat = len({share.group for share in shares}) > MOST_MARKED
    values = {"topic": voice.text("topic"), "unit": voice.say(f"charts.unit_{measure}"), "title": title}
    wave = _wave(frame)
    return voice.say(
        "charts.alt_heat" if heat else "charts.alt_shares",
        wave=voice.wave(wave),
        lines=lines_phrase(frame, voice),
        rows=" ".join([*rows, *voice.marks([wave])]),
        **values,
    )


def _wave(frame: pd.DataFrame) -> str:
    return str(frame.attrs["wave"] if "wave" in frame.attrs else frame["wave"].iloc[0])


def _subtitle(frame: pd.DataFrame, voice: Voice, measure: str) -> str:
    """Topic, unit and wave, and what the brackets hold."""
    values = {"topic": voice.text("topic"), "unit": voice.say(f"charts.unit_{measure}")}
    lines = lines_phrase(frame, voice)
    return voice.say("charts.subtitle_lines", wave=voice.wave(_wave(frame)), lines=lines, **values)


def _numbers(frame: pd.DataFrame, voice: Voice, measure: str) -> pd.DataFrame:
    """One row per stage and group: its base, its per cent, its interval."""
    import pandas as pd

    rows = [
        (voice.stage_label(measure, s.stage), voice.group(s.group), s.n, _printed(s), s.low, s.high)
        for s in sorted(shares_of(frame, measure), key=lambda s: voice.codebook.stages.index(s.stage))
    ]
    stage, group, percent, low, high = (
        voice.say(f"charts.column_{name}") for name in ("stage", "group", "percent", "low", "high")
    )
    return pd.DataFrame(rows, columns=[stage, group, "n", percent, low, high])


def _printed(share: Share) -> float:
    published = share.measure == "stage" and not math.isnan(share.percent)
    return share.percent if published else share.value


def _native(frame: pd.DataFrame, voice: Voice, measure: str) -> NativeChart | None:
    """Bars of the shares with their intervals, one series a group; nothing where they would be too many."""
    shares = shares_of(frame, measure)
    stages = [stage for stage in voice.codebook.stages if any(share.stage == stage for share in shares)]
    groups = list(dict.fromkeys(share.group for share in shares))
    if len(stages) * len(groups) > MOST_NATIVE:
        return None
    looks = group_looks(voice.codebook.groups, voice.codebook.total, THEMES["light"])
    series = []
    for group in groups:
        cells = {share.stage: share for share in shares if share.group == group}
        own = [cells.get(stage) for stage in stages]
        errors = (
            [0.0 if s is None or math.isnan(s.low) else (s.middle - s.low) / 100 for s in own],
            [0.0 if s is None or math.isnan(s.low) else (s.high - s.middle) / 100 for s in own],
        )
        values = [None if s is None else s.middle / 100 for s in own]
        labels = ["" if s is None else s.words(voice) for s in own]
        name = group_with_n(group, next(s.n for s in own if s), voice)
        series.append(NativeSeries(name, values, looks[group][0], errors, labels))
    names = [voice.stage_label(measure, stage) for stage in stages]
    return NativeChart("bars", names, series, "0%", voice.say(f"charts.unit_{measure}"), legend=True)


# how it draws


class Grid(NamedTuple):
    """The shares by group and stage, what both are called, and what is set off."""

    cells: dict[tuple[str, str], Share]
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
    shares = shares_of(frame, measure)
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
    ends = [end for c in grid.cells.values() for end in (c.middle, c.most, c.high) if not math.isnan(end)]
    top = min(100.0, STEP * math.ceil(max(ends) / STEP - 1e-9))
    panel.ax.set_xlim(-0.02 * top, 1.02 * top)
    kinds = []
    for (group, stage), y in zip(order, places, strict=True):
        quiet = bool(grid.strong) and stage not in grid.strong
        colour = mix(colours[group], theme.ground, 0.35) if quiet else colours[group]
        panel.mark(grid.cells[group, stage], y, colour, looks[group][1])
        kinds.append(
            panel.type("small", theme.muted if quiet else text_colour(colour, theme), bold=not quiet)
        )
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
        kind = panel.type("small", "ink" if stage in grid.strong else "muted", bold=stage in grid.strong)
        kind(tick.label2, rotation=0 if upright else 90, va="bottom", ha="center", linespacing=1.0)
    rows = [place + 0.5 for place in range(len(labels))]
    panel.name_rows(rows, labels, [Type(points, panel.theme.ink)] * len(rows))
    small = max(0.85 * size.small, 8.5)
    intervals = {key: _interval(cell, grid.voice) for key, cell in grid.cells.items()}
    widest = max(text_width(words, small) for words in intervals.values())
    both = widest <= width - 4 and number + 1.3 * small <= panel.height / len(labels) - 4
    for (group, stage), cell in grid.cells.items():
        x, y = grid.stages.index(stage) + 0.5, grid.groups.index(group) + 0.5
        ink = label_ink(to_hex(palette(cell.middle / most)), panel.theme)
        kind = Type(number, ink, bold=stage in grid.strong or not grid.strong)
        words = cell.words(grid.voice).rstrip("%\u00a0")
        if text_width(words, number, SEMIBOLD) > width - 2:
            words = grid.voice.number(cell.percent)
        panel.note(x, y, words, kind, dy=0.55 * small if both else 0)
        if both:
            panel.note(x, y, intervals[group, stage], Type(small, ink), dy=-0.6 * number)


def _heads(panel: Panel, names: Sequence[str], width: float) -> tuple[list[str], bool]:
    """The names of columns as they fit: wrapped, or upright and cut where a word is too wide."""
    size = panel.size.small
    level = all(longest_word(name, size, SEMIBOLD) <= width for name in names)
    rows = 2 if width > 2.1 * size else 1
    heads = [
        wrap(name, width if level else 11 * size, size, SEMIBOLD, lines=5 if level else rows)
        for name in names
    ]
    sides = [text_height(head, size) if level else text_width(head, size, SEMIBOLD) for head in heads]
    panel.ticks = max(sides) + GAP
    return heads, level


def _middle(grid: Grid, group: str, stage: str) -> float:
    return grid.cells[group, stage].middle if (group, stage) in grid.cells else math.nan


def _interval(share: Share, voice: Voice) -> str:
    return (
        "" if math.isnan(share.low) else voice.interval(share.low / 100, share.high / 100).rstrip("%\u00a0")
    )


def _chart(name: str, measure: str, title: Callable[[pd.DataFrame, Voice], str]) -> Chart:
    """The chart of one measure."""

    def bears(frames: Mapping[str, pd.DataFrame]) -> bool:
        if "shares" not in frames or (measure == "at_least" and not _ordered(frames["shares"])):
            return False
        try:
            return bool(shares_of(frames["shares"], measure))
        except RequestError:
            return False

    return Chart(
        name, "shares", bears, title,
        lambda frame, voice: _describe(frame, voice, measure, title(frame, voice)),
        lambda frame, voice: _subtitle(frame, voice, measure),
        lambda panel, frame, voice, options: _draw(panel, frame, voice, options, measure),
        lambda frame, voice: _numbers(frame, voice, measure),
        lambda frame, voice: _native(frame, voice, measure),
    )  # fmt: skip


def _ordered(frame: pd.DataFrame) -> bool:
    codebook = codebook_of(frame)
    return getattr(codebook, "ordered", True) and not getattr(codebook, "multiple", False)


SHARES = _chart("shares", "stage", title_shares)
CUMULATIVE = _chart("cumulative", "at_least", title_cumulative)


def draw_shares(
    shares: pd.DataFrame,
    *,
    ax: Axes | None = None,
    lang: str = "en",
    palette: Any = None,
    order: Sequence[str] | None = None,
    highlight: str | Sequence[str] | None = None,
    title: bool | str | None = None,
) -> Axes:
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
    return draw_chart(
        SHARES, shares, voice_of(shares, lang), ax, Options(palette, order, highlight), title=title
    )


def draw_cumulative(
    shares: pd.DataFrame,
    *,
    ax: Axes | None = None,
    lang: str = "en",
    palette: Any = None,
    order: Sequence[str] | None = None,
    highlight: str | Sequence[str] | None = None,
    title: bool | str | None = None,
) -> Axes:
    """The share at each stage or further in every group, with its interval; the row of the cut is set off.

    Parameters as of ``draw_shares``.

    Returns
    -------
    Axes
        As of ``draw_shares``.

    Raises
    ------
    RequestError
        As of ``draw_shares``.
    """
    return draw_chart(
        CUMULATIVE, shares, voice_of(shares, lang), ax, Options(palette, order, highlight), title=title
    )


def describe_shares(shares: pd.DataFrame, *, lang: str = "en") -> str:
    """What ``draw_shares`` shows, in words: the finding and every share with its interval.

    Returns
    -------
    str
        The alt text.

    Raises
    ------
    RequestError
        As of ``draw_shares``.
    """
    return SHARES.alt(shares, voice_of(shares, lang))


def describe_cumulative(shares: pd.DataFrame, *, lang: str = "en") -> str:
    """What ``draw_cumulative`` shows, in words: the finding and every share with its interval.

    Returns
    -------
    str
        The alt text.

    Raises
    ------
    RequestError
        As of ``draw_shares``.
    """
    return CUMULATIVE.alt(shares, voice_of(shares, lang))
