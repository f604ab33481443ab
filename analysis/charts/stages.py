"""The stages of every group as one bar: from the left edge, or to both sides of the codebook's cut."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.patches import Patch

from analysis.charts.axes import (
    GAP,
    LEADING,
    Chart,
    Options,
    Panel,
    Type,
    colours_for,
    draw_chart,
    longest_word,
    spread,
    text_height,
    text_width,
    wrap,
)
from analysis.charts.native import NativeChart, NativeSeries
from analysis.codebook import codebook_of
from analysis.counts.reading import main_wave
from analysis.errors import RequestError
from analysis.style import SEMIBOLD, label_ink, ramp, sides, text_colour
from analysis.words.language import Voice, sentence, voice_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

THICKEST = 92.0  # points of a bar
EDGE = 2.2  # points of the separators
NARROWEST = 3.2  # per cent of a last segment whose figure stands to its right
MOST_COLUMNS = 8  # of a table of numbers


class Bar(NamedTuple):
    """One group's published shares in per cent, by stage; what was not published is not there."""

    group: str
    n: float
    shares: dict[str, float]


class Segment(NamedTuple):
    """One piece of a bar: row, stage (none for what was not published), where it begins, length, figure."""

    row: int
    stage: str | None
    left: float
    width: float
    words: str

    @property
    def middle(self) -> float:
        """Where its figure stands."""
        return self.left + self.width / 2


# what it finds


def wave_rows(survey: pd.DataFrame, wave: str | None = None) -> pd.DataFrame:
    """The rows of one wave of a survey table: the main one where none is named.

    Raises
    ------
    RequestError
        The frame is no survey table, or has no such wave.
    """
    missing = [name for name in ("wave", "group", "stage", "percent") if name not in survey]
    if missing:
        raise RequestError(
            f"this chart is drawn from a survey table; the frame has no column {', '.join(missing)}"
        )
    chosen = wave or main_wave(survey)
    rows = survey[survey["wave"].astype(str) == chosen]
    if not len(rows):
        known = ", ".join(str(code) for code in survey["wave"].unique())
        raise RequestError(f"wave is '{chosen}', of which the survey has no rows; use one of {known}")
    return rows


def bars_of(frame: pd.DataFrame) -> list[Bar]:
    """The shares of each group, the total last: as published, else from the counts."""
    codebook = codebook_of(frame)
    places = {code: place for place, code in enumerate([*codebook.parts, codebook.total])}
    counts = frame["count"] if "count" in frame else frame["percent"] * math.nan
    sizes = frame["n"] if "n" in frame else frame["percent"] * math.nan
    bars: dict[str, Bar] = {}
    columns = (frame[name].astype(str) for name in ("group", "stage"))
    numbers = (column.astype(float) for column in (frame["percent"], counts, sizes))
    for group, stage, percent, count, n in zip(*columns, *numbers, strict=True):
        share = 100 * count / n if math.isnan(percent) and n else percent
        bar = bars.setdefault(group, Bar(group, n, {}))
        if not math.isnan(share):
            bar.shares[stage] = share
    order = {stage: place for place, stage in enumerate(codebook.stages)}
    found = [
        bar._replace(shares=dict(sorted(bar.shares.items(), key=lambda cell: order[cell[0]])))
        for bar in bars.values()
    ]
    found = sorted((bar for bar in found if bar.shares), key=lambda bar: places[bar.group])
    if not found:
        raise RequestError("the frame has no share to draw: percent and count are empty")
    return found


class Gap(NamedTuple):
    """The two groups furthest apart, and where."""

    stage: str
    high: Bar
    low: Bar

    @property
    def points(self) -> float:
        """How far apart, in percentage points."""
        return self.high.shares[self.stage] - self.low.shares[self.stage]


def compared(bars: Sequence[Bar], total: str | None) -> list[Bar]:
    """The groups to compare: the total only where it is alone."""
    return [bar for bar in bars if bar.group != total] or list(bars)


def widest_gap(bars: Sequence[Bar], stages: Sequence[str]) -> Gap | None:
    """The stage at which two groups are furthest apart; none where no two groups share a stage."""
    gaps = []
    for stage in stages:
        having = [bar for bar in bars if stage in bar.shares]
        if len(having) > 1:
            shares = [bar.shares[stage] for bar in having]
            gaps.append(Gap(stage, having[shares.index(max(shares))], having[shares.index(min(shares))]))
    return max(gaps, key=lambda gap: gap.points, default=None)


def title_stages(frame: pd.DataFrame, voice: Voice) -> str:
    """Where the groups are the furthest apart as published; of a single group, its most common answer."""
    codebook = voice.codebook
    bars = compared(bars_of(frame), codebook.total)
    gap = widest_gap(bars, codebook.stages)
    if gap is None:
        return _most_common(bars[0], voice)
    if gap.points <= 10.0**-voice.decimals + 1e-9:
        return voice.say("charts.stages_alike", points=voice.points(gap.points / 100, sign=False))
    return voice.say(
        "charts.stages_gap",
        stage=voice.quoted(voice.stage(gap.stage)),
        high=voice.percent(gap.high.shares[gap.stage]),
        low=voice.percent(gap.low.shares[gap.stage]),
        where_high=voice.within(gap.high.group),
        where_low=voice.within(gap.low.group),
    )


def _most_common(bar: Bar, voice: Voice) -> str:
    most = max(bar.shares.values())
    names = [voice.quoted(voice.stage(stage)) for stage, share in bar.shares.items() if share == most]
    if len(bar.shares) < len(voice.codebook.stages) and 100 - sum(bar.shares.values()) >= most:
        listed = [
            f"{voice.quoted(voice.stage(stage))} {voice.percent(share)}"
            for stage, share in bar.shares.items()
        ]
        return voice.say("charts.stages_listed", shares=voice.listed(listed))
    if len(names) == 1:
        return voice.say("charts.stages_most", stage=names[0], percent=voice.percent(most))
    key = "charts.stages_tied" if len(names) == 2 else "charts.stages_tied_several"
    return voice.say(key, stages=voice.listed(names), percent=voice.percent(most))


def sums_of(bar: Bar, stages: Sequence[str], cut: str) -> tuple[float, float]:
    """The published shares short of the cut, and from there on; a side with gaps is the rest of 100.

    Raises
    ------
    RequestError
        The group lacks stages on both sides.
    """
    place = list(stages).index(cut)
    below, above = (
        sum(bar.shares.get(stage, math.nan) for stage in side) for side in (stages[:place], stages[place:])
    )
    if math.isnan(below) and math.isnan(above):
        raise RequestError(
            f"group '{bar.group}' lacks stages on both sides of the cut '{cut}', so its bar has no place "
            "around it; draw the chart 'stages'"
        )
    return 100 - above if math.isnan(below) else below, 100 - below if math.isnan(above) else above


def title_diverging(frame: pd.DataFrame, voice: Voice) -> str:
    """On which side of the cut most answers of every group are, and how many."""
    codebook = voice.codebook
    bars = compared(bars_of(frame), codebook.total)
    sums = [sums_of(bar, codebook.stages, codebook.cut) for bar in bars]
    slack = 50 + 0.5 * 10.0**-voice.decimals * len(codebook.stages)  # what rounding can add to a sum
    most = [place for place in (0, 1) if all(pair[place] > slack for pair in sums)]
    side = ("below", "above")[most[0]] if most else "mixed"
    shares = [(bar.group, pair[0 if side == "below" else 1]) for bar, pair in zip(bars, sums, strict=True)]
    cut = voice.quoted(voice.stage(codebook.cut))
    return sentence(voice.say(f"charts.diverging_{side}", cut=cut, shares=listed_shares(shares, voice)))


def listed_shares(shares: Sequence[tuple[str, float]], voice: Voice) -> str:
    """Groups with their shares in per cent; of more than three only the lowest and the highest."""
    if len(shares) == 1:
        return voice.percent(shares[0][1])
    if len(shares) <= 3:
        said = [
            voice.say("phrases.share_there", percent=voice.percent(share), where=voice.within(group))
            for group, share in shares
        ]
        return voice.listed(said)
    low, high = (end(shares, key=lambda pair: pair[1]) for end in (min, max))
    return voice.say(
        "phrases.span_there",
        low=voice.percent(low[1]),
        where_low=voice.within(low[0]),
        high=voice.percent(high[1]),
        where_high=voice.within(high[0]),
    )


# what it says


def alt_stages(frame: pd.DataFrame, voice: Voice) -> str:
    """The finding, then every share that is drawn, and what was not published."""
    return _alt("charts.alt_stages", frame, voice, title_stages(frame, voice), cut=False)


def alt_diverging(frame: pd.DataFrame, voice: Voice) -> str:
    """As of the stages, with the sums on both sides of the cut."""
    return _alt("charts.alt_diverging", frame, voice, title_diverging(frame, voice), cut=True)


def _alt(key: str, frame: pd.DataFrame, voice: Voice, title: str, *, cut: bool) -> str:
    codebook = voice.codebook
    withheld = codebook.withheld(_wave(frame))
    told = []
    for bar in bars_of(frame):
        cells = [
            voice.say("charts.cell", name=voice.stage(stage), value=voice.percent(share))
            for stage, share in bar.shares.items()
        ]
        row = voice.say("charts.row", name=group_with_n(bar.group, bar.n, voice), cells=", ".join(cells))
        if cut:
            below, above = (voice.percent(value) for value in sums_of(bar, codebook.stages, codebook.cut))
            row = voice.say("charts.row_sums", row=row, below=below, above=above)
        missing = [voice.stage(stage) for stage in codebook.stages if stage not in bar.shares]
        if missing and not withheld:
            row = voice.say("charts.row_missing", row=row, stages=voice.listed(missing))
        told.append(row)
    wave = _wave(frame)
    return voice.say(
        key,
        title=title,
        topic=voice.text("topic"),
        wave=voice.wave(wave),
        rows=" ".join([*told, *voice.marks([wave])]),
        cut=voice.quoted(voice.stage(codebook.cut)),
    )


def group_with_n(group: str, n: float, voice: Voice) -> str:
    """A group with its base, where it is known."""
    name = voice.group(group)
    return name if math.isnan(n) else voice.say("charts.with_n", group=name, n=voice.size(n))


def _wave(frame: pd.DataFrame) -> str:
    return str(frame["wave"].iloc[0])


def subtitle_stages(frame: pd.DataFrame, voice: Voice) -> str:
    """Topic, unit and wave."""
    unit = voice.say("charts.unit_stage")
    return voice.say("charts.subtitle", topic=voice.text("topic"), unit=unit, wave=voice.wave(_wave(frame)))


# its numbers


def numbers_stages(frame: pd.DataFrame, voice: Voice) -> pd.DataFrame:
    """The table beside the chart: per cent as published.

    Returns
    -------
    DataFrame
        One row per stage with a column a group, the number of answers last; of more groups one row per group
        with a column a stage; of more of both one row per group and stage.
    """
    import pandas as pd

    bars = bars_of(frame)
    stages = voice.codebook.stages
    stage, group = (voice.say(f"charts.column_{name}") for name in ("stage", "group"))
    if len(bars) < MOST_COLUMNS:
        columns: dict[str, Any] = {stage: [voice.stage(code) for code in stages]}
        for bar in bars:
            head = voice.say("charts.column_percent_of", name=group_with_n(bar.group, bar.n, voice))
            columns[head] = [bar.shares.get(code, math.nan) for code in stages]
        return pd.DataFrame(columns)
    if len(stages) < MOST_COLUMNS - 1:
        columns = {group: [voice.group(bar.group) for bar in bars], "n": [bar.n for bar in bars]}
        for code in stages:
            head = voice.say("charts.column_percent_of", name=voice.stage(code))
            columns[head] = [bar.shares.get(code, math.nan) for bar in bars]
        return pd.DataFrame(columns)
    rows = [
        (voice.group(bar.group), bar.n, voice.stage(code), bar.shares.get(code, math.nan))
        for bar in bars
        for code in stages
    ]
    return pd.DataFrame(rows, columns=[group, "n", stage, voice.say("charts.column_percent")])


def numbers_diverging(frame: pd.DataFrame, voice: Voice) -> pd.DataFrame:
    """One row per group: its base, the per cent short of the cut and from there on."""
    import pandas as pd

    bars = bars_of(frame)
    sums = [sums_of(bar, voice.codebook.stages, voice.codebook.cut) for bar in bars]
    columns: dict[str, Any] = {
        voice.say("charts.column_group"): [voice.group(bar.group) for bar in bars],
        "n": [bar.n for bar in bars],
        voice.say("charts.column_below"): [below for below, _ in sums],
        voice.say("charts.column_above"): [above for _, above in sums],
    }
    return pd.DataFrame(columns)


# its native form


def native_stages(frame: pd.DataFrame, voice: Voice) -> NativeChart:
    """Stacked bars of the shares, one series a stage."""
    return _native(frame, voice, cut=False)


def native_diverging(frame: pd.DataFrame, voice: Voice) -> NativeChart:
    """Stacked bars around zero: what is short of the cut is negative, the nearest first."""
    return _native(frame, voice, cut=True)


def _native(frame: pd.DataFrame, voice: Voice, *, cut: bool) -> NativeChart:
    from analysis.style import THEMES

    stages, bars = voice.codebook.stages, bars_of(frame)
    place = stages.index(voice.codebook.cut) if cut else 0
    theme = THEMES["light"]
    colours = sides(place, len(stages) - place, theme) if cut else ramp(len(stages), theme)
    order = [*range(place - 1, -1, -1), *range(place, len(stages))]
    series = []
    for at in order:
        values = [bar.shares.get(stages[at]) for bar in bars]
        sign = -1 if at < place else 1
        shares = [None if value is None else sign * value / 100 for value in values]
        labels = ["" if not value else voice.number(value) for value in values]
        series.append(NativeSeries(voice.stage(stages[at]), shares, colours[at], labels=labels))
    pattern = "0%" if not voice.decimals else f"0.{'0' * voice.decimals}%"
    names = [
        f"{voice.group(bar.group, 'short')}" + ("" if math.isnan(bar.n) else f"\n{voice.size(bar.n)}")
        for bar in bars
    ]
    number_format = f"{pattern};{pattern}" if cut else pattern
    return NativeChart("stacked", names, series, number_format, voice.say("charts.unit_stage"), legend=True)


# how it draws


def _draw_stages(panel: Panel, frame: pd.DataFrame, voice: Voice, options: Options) -> None:
    gap = widest_gap(compared(bars_of(frame), voice.codebook.total), voice.codebook.stages)
    finding = (gap.stage, gap.high.group, gap.low.group) if gap else ()
    _Stack(panel, frame, voice, options, finding, cut=None).draw()


def _draw_diverging(panel: Panel, frame: pd.DataFrame, voice: Voice, options: Options) -> None:
    _Stack(panel, frame, voice, options, (), cut=voice.codebook.cut).draw()


class _Stack:
    """Stacked bars while they are drawn."""

    def __init__(
        self,
        panel: Panel,
        frame: pd.DataFrame,
        voice: Voice,
        options: Options,
        finding: Sequence[str],
        *,
        cut: str | None,
    ) -> None:
        self.panel, self.voice, self.cut = panel, voice, cut
        self.stages = voice.codebook.stages
        self.bars = options.ordered(bars_of(frame), lambda bar: bar.group)
        self.strong = options.chosen(finding)
        withheld = bool(voice.codebook.withheld(_wave(frame)))
        self.gap_words = voice.say("common.withheld_cell" if withheld else "charts.not_published")
        place = self.stages.index(cut) if cut else 0
        plain = (
            sides(place, len(self.stages) - place, panel.theme)
            if cut
            else ramp(len(self.stages), panel.theme)
        )
        self.colours = colours_for(options.palette, self.stages, plain)
        self.segments = [segment for row, bar in enumerate(self.bars) for segment in self._cut_up(row, bar)]

    def _cut_up(self, row: int, bar: Bar) -> list[Segment]:
        """The pieces of a bar, one after the other; what was not published is one piece where it begins."""
        pieces: list[tuple[str | None, float]] = list(bar.shares.items())
        missing = [place for place, stage in enumerate(self.stages) if stage not in bar.shares]
        rest = 100 - sum(bar.shares.values())
        if missing and rest > 0:
            before = sum(self.stages.index(stage) < missing[0] for stage in bar.shares)
            pieces.insert(before, (None, rest))
        left = 0.0
        if self.cut:
            left = -sums_of(bar, self.stages, self.cut)[0]
        segments = []
        for stage, width in pieces:
            words = self.gap_words if stage is None else self.voice.number(width)
            segments.append(Segment(row, stage, left, width, words))
            left += width
        return segments

    def _stressed(self, segment: Segment) -> bool:
        """Whether the title speaks of a segment: of its stage, in its group where groups are named too."""
        if segment.stage not in self.strong:
            return False
        groups = [bar.group for bar in self.bars if bar.group in self.strong]
        return not groups or self.bars[segment.row].group in self.strong

    def draw(self) -> None:
        panel, size = self.panel, self.panel.size
        self._plan_sides()
        lowest = min(segment.left for segment in self.segments)
        highest = max(segment.left + segment.width for segment in self.segments)
        ends = (
            (text_width("100%", size.label) + 2 * GAP) / panel.width * (highest - lowest) if self.cut else 0.0
        )
        panel.ax.set_xlim(lowest - ends, highest + ends)
        self.per_point = (highest - lowest + 2 * ends) / panel.width
        if self.cut:
            self._plan_directions()
        heads = None if size.narrow else self._plan_heads()
        if heads is None:
            rule = panel.theme.rule
            handles = [Patch(fc=self.colours[stage], ec=rule, lw=0.5) for stage in self.stages]
            names = [self.voice.stage(stage) for stage in self.stages]
            panel.key(handles, names, [stage in self.strong for stage in self.stages])
        else:
            panel.head = max(text_height(words, size.small) for _, _, words in heads) + 1.5 * GAP
        self._set_heights()
        self._draw_bars()
        self._draw_names()
        self._draw_figures()
        for segment, dx, words in heads or ():
            bold = segment.stage in self.strong
            kind = panel.type("small", "ink" if bold else "muted", bold=bold)
            panel.note(segment.middle, -self.thick / 2, words, kind, dx=dx, dy=1.2 * GAP, va="baseline")
        if self.cut:
            self._draw_cut()

    def _plan_sides(self) -> None:
        """Names to the left of the bars, wrapped; in a narrow format above them."""
        panel, size = self.panel, self.panel.size
        self.sizes = ["" if math.isnan(bar.n) else self.voice.size(bar.n) for bar in self.bars]
        widest_n = max(text_width(words, size.small) for words in self.sizes)
        self.last = {} if self.cut else {s.row: s for s in self.segments if s.width > 0}
        outside = [
            text_width(s.words, size.number, SEMIBOLD) for s in self.last.values() if s.width < NARROWEST
        ]
        right = max(outside) + GAP if outside else 0.0
        if size.narrow:
            panel.reserve(0.0, right)
            room, form, lines = panel.width - widest_n - 2 * GAP, "labels", 2
        else:
            room, form, lines = panel.names_room, "short", 3
        names = [self.voice.group(bar.group, form) for bar in self.bars]
        self.names = [wrap(name, room, size.label, SEMIBOLD, lines=lines) for name in names]
        if not size.narrow:
            widths = [text_width(name, size.label, SEMIBOLD) for name in self.names]
            panel.reserve(max(*widths, widest_n) + GAP + 2, right)

    def _plan_heads(self) -> list[tuple[Segment, float, str]] | None:
        """The stages' names above the first bar and how far each is moved; none where they find no place."""
        first = [segment for segment in self.segments if segment.row == 0]
        if [s.stage for s in first] != self.stages or any(s.width <= 0 for s in first):
            return None
        panel, size = self.panel, self.panel.size.small
        words = []
        for segment in first:
            name = self.voice.stage(str(segment.stage))
            room = max(segment.width / self.per_point - GAP, longest_word(name, size, SEMIBOLD) + 1)
            words.append(wrap(name, room, size, SEMIBOLD))
        start = panel.ax.get_xlim()[0]
        wanted = [(s.middle - start) / self.per_point for s in first]
        widths = [text_width(name, size, SEMIBOLD) for name in words]
        places = spread(wanted, widths, low=-GAP, high=panel.width + panel.right, gap=1.6 * GAP)
        if places is None or any(name.count("\n") > 2 for name in words):
            return None
        moves = [place - at for place, at in zip(places, wanted, strict=True)]
        reach = [(width + s.width / self.per_point) / 2 for width, s in zip(widths, first, strict=True)]
        if any(abs(move) > most for move, most in zip(moves, reach, strict=True)):
            return None
        return list(zip(first, moves, words, strict=True))

    def _set_heights(self) -> None:
        """How thick the bars are, and what stands between them, in rows."""
        panel, size, rows = self.panel, self.panel.size, len(self.bars)
        under = 0.95 * size.number + 2 if any(map(self._is_beneath, self.segments)) else 0.0
        name = max(text_height(words, size.label) for words in self.names)
        slot = name + 0.25 * size.label if size.narrow else 0.0  # for the name above the bar
        name += LEADING * size.small
        between = max(under, 0.5 * size.label)
        least = slot + 1.5 * size.number + between
        panel.arrange(rows * (least if size.narrow else max(name + GAP, least)), 2.2)
        pitch = panel.height / rows
        thick = pitch - slot - between if size.narrow else min(0.64 * pitch, pitch - under - 3)
        thick = min(thick, THICKEST)
        pitch = min(pitch, slot + thick + under + 2.2 * THICKEST)
        self.thick, self.slot = thick / pitch, slot / pitch
        top = -self.thick / 2 - self.slot
        panel.ax.set_ylim(top + panel.height / pitch, top)

    def _fits(self, segment: Segment) -> bool:
        room = text_width(segment.words, self.panel.size.number, SEMIBOLD) + 4
        return segment.width / self.per_point >= room

    def _is_after(self, segment: Segment) -> bool:
        """Whether a figure stands to the right of its bar."""
        return segment is self.last.get(segment.row) and segment.width < NARROWEST and not self._fits(segment)

    def _is_beneath(self, segment: Segment) -> bool:
        """Whether a figure stands under its segment; a segment of nothing has none."""
        small = segment.stage is not None and segment.width > 0 and not self._fits(segment)
        return small and not self._is_after(segment)

    def _draw_bars(self) -> None:
        """One container of bars a stage; an outline around what the title speaks of."""
        ax, theme = self.panel.ax, self.panel.theme
        for stage in [*self.stages, None]:
            pieces = [s for s in self.segments if s.stage == stage]
            if pieces:
                words = self.voice.stage(stage) if stage else self.gap_words
                colour, hatch = (self.colours[stage], None) if stage else (theme.missing, "///")
                rows, widths, lefts = zip(*((s.row, s.width, s.left) for s in pieces), strict=True)
                look: Any = {
                    "color": colour,
                    "edgecolor": theme.ground,
                    "hatch": hatch,
                    "hatchcolor": theme.rule,
                }
                ax.barh(rows, widths, self.thick, lefts, label=words, linewidth=EDGE, **look)
        for s in filter(self._stressed, self.segments):
            outline: Any = {"color": "none", "edgecolor": theme.ink, "linewidth": EDGE, "zorder": 2.5}
            ax.barh(s.row, s.width, self.thick, s.left, label="_highlight", **outline)
        ax.tick_params(axis="x", labelbottom=False, length=0)
        ax.xaxis.set_major_formatter(lambda value, _: self.voice.percent(abs(value)))

    def _draw_names(self) -> None:
        panel, rows = self.panel, range(len(self.bars))
        narrow = panel.size.narrow
        picked = {bar.group for bar in self.bars if bar.group in self.strong} if len(self.bars) > 3 else set()
        lift = self.thick / 2 + self.slot / 2 if narrow else 0.0
        types = [panel.type("label", bold=not picked or bar.group in picked) for bar in self.bars]
        panel.name_rows(rows, self.names, types, lift=lift)
        if any(self.sizes):
            kinds = [panel.type("small", "muted") for _ in rows]
            panel.note_rows(rows, self.sizes, kinds, right=narrow, lift=lift)
            axis = panel.ax.yaxis
            for major, minor in zip(axis.get_major_ticks(), axis.get_minor_ticks(), strict=True):
                if not narrow and minor.label1.get_text():
                    major.label1.set_verticalalignment("bottom")
                    minor.label1.set_verticalalignment("top")

    def _draw_figures(self) -> None:
        """Every figure in its segment; where it is too short, beneath it or to the right of the bar."""
        panel, theme = self.panel, self.panel.theme
        for row in range(len(self.bars)):
            self._draw_beneath([s for s in self.segments if s.row == row and self._is_beneath(s)])
        for s in self.segments:
            colour = self.colours[s.stage] if s.stage else theme.missing
            bold = self._stressed(s) or not self.strong
            if s.stage is None:
                if text_width(s.words, panel.size.small) < s.width / self.per_point - GAP:
                    panel.note(s.middle, s.row, s.words, panel.type("small", label_ink(colour, theme)))
            elif self._is_after(s):
                kind = panel.type("number", text_colour(colour, theme), bold=bold)
                panel.note(s.left + s.width, s.row, s.words, kind, dx=0.8 * GAP, ha="left")
            elif self._fits(s):
                panel.note(
                    s.middle, s.row, s.words, panel.type("number", label_ink(colour, theme), bold=bold)
                )

    def _draw_beneath(self, small: Sequence[Segment]) -> None:
        """Figures under their segments, moved apart where they would meet."""
        panel = self.panel
        kind = Type(0.85 * panel.size.number, panel.theme.muted)
        widths = [text_width(s.words, kind.size, SEMIBOLD) for s in small]
        wanted = [(s.middle - panel.ax.get_xlim()[0]) / self.per_point for s in small]
        places = spread(wanted, widths, low=0, high=panel.width + panel.right, gap=3) or wanted
        for s, place, at in zip(small, places, wanted, strict=True):
            look = Type(kind.size, panel.theme.ink, bold=True) if self._stressed(s) else kind
            panel.note(s.middle, s.row + self.thick / 2, s.words, look, dx=place - at, dy=-2.5, va="top")

    def _plan_directions(self) -> None:
        """The words for both sides of the cut, wrapped to the room that each side has."""
        panel, size = self.panel, self.panel.size.small
        low, high = panel.ax.get_xlim()
        cut = self.voice.quoted(self.voice.stage(str(self.cut)))
        rooms = -low / self.per_point + panel.left, high / self.per_point + panel.right
        words = self.voice.say("charts.short_of", cut=cut), self.voice.say("charts.reached", cut=cut)
        self.directions = [
            wrap(text, max(room - GAP, 40), size) for text, room in zip(words, rooms, strict=True)
        ]
        panel.foot = max(text_height(text, size) for text in self.directions) + 2 * GAP

    def _draw_cut(self) -> None:
        """The line at the cut, what is on both sides of it, and the sums at both ends of each bar."""
        panel = self.panel
        ends = zip(
            *((row - 0.55 * self.thick, row + 0.55 * self.thick) for row in range(len(self.bars))),
            strict=True,
        )
        panel.ax.vlines([0] * len(self.bars), *ends, color=panel.theme.ink, linewidth=1.8, zorder=3)
        small, label = panel.type("small", "muted"), panel.type("label")
        for words, side, ha in zip(self.directions, (-1, 1), ("right", "left"), strict=True):
            panel.note(0, 0, words, small, dx=side * GAP, dy=-GAP, ha=ha, va="top", y_in_axes=True)
        for row, bar in enumerate(self.bars):
            below, above = sums_of(bar, self.stages, str(self.cut))
            for value, side, ha in ((below, -1, "right"), (above, 1, "left")):
                panel.note(side * value, row, self.voice.percent(value), label, dx=side * GAP, ha=ha)


STAGES = Chart(
    "stages",
    "survey",
    lambda frames: _bears(frames, cut=False),
    title_stages,
    alt_stages,
    subtitle_stages,
    _draw_stages,
    numbers_stages,
    native_stages,
)
DIVERGING = Chart(
    "diverging",
    "survey",
    lambda frames: _bears(frames, cut=True),
    title_diverging,
    alt_diverging,
    subtitle_stages,
    _draw_diverging,
    numbers_diverging,
    native_diverging,
)


def _bears(frames: Mapping[str, pd.DataFrame], *, cut: bool) -> bool:
    """Whether there are shares to stack, and with a cut, whether each bar has its place around it."""
    if "survey" not in frames:
        return False
    codebook = codebook_of(frames["survey"])
    if getattr(codebook, "multiple", False) or (cut and not getattr(codebook, "ordered", True)):
        return False
    try:
        sums = (
            [sums_of(bar, codebook.stages, codebook.cut) for bar in bars_of(frames["survey"])] if cut else []
        )
        return bool(sums or bars_of(frames["survey"]))
    except RequestError:
        return False


def draw_stages(
    survey: pd.DataFrame,
    *,
    wave: str | None = None,
    ax: Axes | None = None,
    lang: str = "en",
    palette: Any = None,
    order: Sequence[str] | None = None,
    highlight: str | Sequence[str] | None = None,
    title: bool | str | None = None,
) -> Axes:
    """Every group's answers as one bar, cut into the stages in their order.

    In a notebook the chart shows itself as PNG, as wide as its cell at most; the figure carries the words of
    ``describe_stages`` (``ax.figure.alt_text``), which the notebook keeps beside the picture: as its plain
    text, which nbval compares, and as metadata ``image/png: {alt: …}``, which nbconvert prints as ``alt``.

    Parameters
    ----------
    survey : DataFrame
        A survey table.
    wave : str, optional
        Which wave; left out, the main one.
    ax : Axes, optional
        Where to draw; only the chart itself is drawn there. Left out, a pyplot figure of its own is made with
        title, subtitle and source line, wide and light or as ``chart_style`` says.
    lang : str
        A language of the codebook.
    palette : optional
        A seaborn palette, a list of colours from the lowest stage up, or a mapping of stages to colours.
    order : sequence of str, optional
        The groups to draw, from the top.
    highlight : str or sequence of str, optional
        Stages (and groups) to set off; left out, those of the title; empty, none.
    title : bool or str, optional
        Whether there is a title, or its words; left out, where the figure is the chart's own.

    Returns
    -------
    Axes
        One container of bars a stage, labelled by it: their widths are per cent, their places the rows 0, 1 …

    Raises
    ------
    RequestError
        The frame is no survey table, has no such wave, or no share; an unknown code in ``order``.

    Examples
    --------
    >>> from analysis import load_survey
    >>> ax = draw_stages(load_survey(), order=["vocational", "general"])
    >>> [round(bar.get_width()) for bar in ax.containers[2]]
    [28, 10]
    """
    frame = wave_rows(survey, wave)
    if getattr(codebook_of(frame), "multiple", False):
        raise RequestError("answers that go together do not add up to a bar; draw the chart 'shares'")
    return draw_chart(
        STAGES, frame, voice_of(frame, lang), ax, Options(palette, order, highlight), title=title
    )


def draw_diverging(
    survey: pd.DataFrame,
    *,
    wave: str | None = None,
    ax: Axes | None = None,
    lang: str = "en",
    palette: Any = None,
    order: Sequence[str] | None = None,
    highlight: str | Sequence[str] | None = None,
    title: bool | str | None = None,
) -> Axes:
    """Every group's answers to both sides of the cut that the codebook declares.

    Parameters as of ``draw_stages``.

    Returns
    -------
    Axes
        As of ``draw_stages``; zero is the cut, and the sums of both sides stand at the ends.

    Raises
    ------
    RequestError
        As of ``draw_stages``; or a group lacks stages on both sides of the cut.
    """
    frame = wave_rows(survey, wave)
    return draw_chart(
        DIVERGING, frame, voice_of(frame, lang), ax, Options(palette, order, highlight), title=title
    )


def describe_stages(survey: pd.DataFrame, *, wave: str | None = None, lang: str = "en") -> str:
    """What ``draw_stages`` shows, for who does not see it: the finding and every figure.

    Returns
    -------
    str
        The alt text; it begins with the kind of chart and its title.

    Raises
    ------
    RequestError
        As of ``draw_stages``.
    """
    frame = wave_rows(survey, wave)
    return alt_stages(frame, voice_of(frame, lang))


def describe_diverging(survey: pd.DataFrame, *, wave: str | None = None, lang: str = "en") -> str:
    """What ``draw_diverging`` shows, in words: the finding, every figure, the sums on both sides.

    Returns
    -------
    str
        The alt text.

    Raises
    ------
    RequestError
        As of ``draw_diverging``.
    """
    frame = wave_rows(survey, wave)
    return alt_diverging(frame, voice_of(frame, lang))
