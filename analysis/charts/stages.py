"""The stages of every group as one bar: from the left edge, or to both sides of the codebook's cut."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.patches import Patch

from analysis.charts.axes import GAP, Chart, Options, Panel, Type, colours_for, require_columns
from analysis.charts.native import NativeChart, NativeSeries
from analysis.charts.typesetting import LEADING, longest_word, spread, text_height, text_width, wrap
from analysis.codebook import codebook_of
from analysis.counts.reading import main_wave
from analysis.errors import RequestError
from analysis.style import SEMIBOLD, THEMES, Theme, label_ink, ramp, sides, text_colour
from analysis.words.language import Voice, sentence

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.codebook import Codebook

THICKEST = 92.0  # points of a bar
EDGE = 2.2  # points of the separators
NARROWEST = 3.2  # per cent of a last segment whose figure stands to its right
MOST_COLUMNS = 8  # of a table of numbers


class Bar(NamedTuple):
    """One group's published shares in per cent, by stage; what was not published is not there."""

    group: str
    n: float
    shares: dict[str, float]


class CutSide(NamedTuple):
    """A bar around the cut: its share short of it, and from there on."""

    bar: Bar
    below: float
    above: float


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
    require_columns(survey, ("wave", "group", "stage", "percent"), "a survey table")
    chosen = wave or main_wave(survey)
    rows = survey[survey["wave"].astype(str) == chosen]
    if not len(rows):
        known = ", ".join(str(code) for code in survey["wave"].unique())
        raise RequestError(f"wave is '{chosen}', of which the survey has no rows; use one of {known}")
    return rows


def bars_of(frame: pd.DataFrame) -> list[Bar]:
    """The shares of each group, the total last: as published, else from the counts.

    Raises
    ------
    RequestError
        There is no share, or answers go together.
    """
    codebook = codebook_of(frame)
    if codebook.multiple:
        raise RequestError("answers that go together do not add up to a bar; draw the chart 'shares'")
    unknown = frame["percent"].astype(float) * math.nan
    counts, sizes = (frame.get(name, unknown).astype(float) for name in ("count", "n"))
    shares = frame["percent"].astype(float).fillna(100 * counts / sizes)
    groups, stages = (frame[name].astype(str) for name in ("group", "stage"))
    known = {(g, s): share for g, s, share in zip(groups, stages, shares, strict=True) if share >= 0}
    n = dict(zip(groups, sizes, strict=True))
    bars = []
    for group in map(str, [*codebook.parts, codebook.total]):
        own = {stage: known[group, stage] for stage in codebook.stages if (group, stage) in known}
        if own:
            bars.append(Bar(group, n[group], own))
    if not bars:
        raise RequestError("the frame has no share to draw: percent and count are empty")
    return bars


def compared(frame: pd.DataFrame) -> list[Bar]:
    """The bars of the groups to compare: of the total only where it is alone."""
    bars = bars_of(frame)
    return [bar for bar in bars if bar.group != codebook_of(frame).total] or bars


class Gap(NamedTuple):
    """The two groups furthest apart, at which stage, and by how many percentage points."""

    stage: str
    high: Bar
    low: Bar
    points: float


def widest_gap(frame: pd.DataFrame) -> Gap | None:
    """The stage at which two groups are furthest apart; none where no two groups share a stage."""
    gaps = []
    for stage in codebook_of(frame).stages:
        having = [bar for bar in compared(frame) if stage in bar.shares]
        if len(having) > 1:
            high, low = (end(having, key=lambda bar: bar.shares[stage]) for end in (max, min))
            gaps.append(Gap(stage, high, low, high.shares[stage] - low.shares[stage]))
    return max(gaps, key=lambda gap: gap.points, default=None)


def title_stages(frame: pd.DataFrame, voice: Voice) -> str:
    """Where the groups are the furthest apart as published; of a single group, its most common answer."""
    gap = widest_gap(frame)
    if gap is None:
        return _most_common(compared(frame)[0], voice)
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
    most, names = max(bar.shares.values()), {stage: voice.quoted(voice.stage(stage)) for stage in bar.shares}
    if len(bar.shares) < len(voice.codebook.stages) and 100 - sum(bar.shares.values()) >= most:
        listed = [f"{names[stage]} {voice.percent(share)}" for stage, share in bar.shares.items()]
        return voice.say("charts.stages_listed", shares=voice.listed(listed))
    highest = [names[stage] for stage, share in bar.shares.items() if share == most]
    if len(highest) == 1:
        return voice.say("charts.stages_most", stage=highest[0], percent=voice.percent(most))
    key = "charts.stages_tied" if len(highest) == 2 else "charts.stages_tied_several"
    return voice.say(key, stages=voice.listed(highest), percent=voice.percent(most))


def half_of(bar: Bar, codebook: Codebook) -> CutSide:
    """The published shares on both sides of the cut; a side with gaps is the rest of 100.

    Raises
    ------
    RequestError
        The group lacks stages on both sides.
    """
    place = codebook.stages.index(codebook.cut)
    parts = codebook.stages[:place], codebook.stages[place:]
    below, above = (sum(bar.shares.get(stage, math.nan) for stage in side) for side in parts)
    if math.isnan(below) and math.isnan(above):
        raise RequestError(
            f"group '{bar.group}' lacks stages on both sides of the cut '{codebook.cut}', so its bar has no "
            "place around it; draw the chart 'stages'"
        )
    return CutSide(
        bar, 100 - above if math.isnan(below) else below, 100 - below if math.isnan(above) else above
    )


def halves_of(frame: pd.DataFrame) -> list[CutSide]:
    """Every bar around the cut.

    Raises
    ------
    RequestError
        As of ``bars_of`` and ``half_of``; or answers have no order.
    """
    codebook = codebook_of(frame)
    if not codebook.ordered:
        raise RequestError("answers without an order have no cut; draw the chart 'stages'")
    return [half_of(bar, codebook) for bar in bars_of(frame)]


def title_diverging(frame: pd.DataFrame, voice: Voice) -> str:
    """On which side of the cut most answers of every group are, and how many."""
    codebook, groups = voice.codebook, [bar.group for bar in compared(frame)]
    halves = [half for half in halves_of(frame) if half.bar.group in groups]
    slack = 50 + 0.5 * 10.0**-voice.decimals * len(codebook.stages)  # what rounding can add to a sum
    most = [s for s in ("below", "above") if all(getattr(half, s) > slack for half in halves)]
    side = most[0] if most else "mixed"
    shares = [(half.bar.group, half.below if side == "below" else half.above) for half in halves]
    cut = voice.quoted(voice.stage(codebook.cut))
    return sentence(voice.say(f"charts.diverging_{side}", cut=cut, shares=listed_shares(shares, voice)))


def listed_shares(shares: Sequence[tuple[str, float]], voice: Voice) -> str:
    """Groups with their shares in per cent; of more than three only the lowest and the highest."""
    if len(shares) == 1:
        return voice.percent(shares[0][1])
    said = [(voice.percent(share), voice.within(group)) for group, share in shares]
    if len(shares) <= 3:
        return voice.listed([voice.say("phrases.share_there", percent=p, where=where) for p, where in said])
    order = sorted(range(len(shares)), key=lambda place: shares[place][1])
    (low, where_low), (high, where_high) = said[order[0]], said[order[-1]]
    ends = {"low": low, "where_low": where_low, "high": high, "where_high": where_high}
    return voice.say("phrases.span_there", **ends)


# what it says


def alt_stages(frame: pd.DataFrame, voice: Voice) -> str:
    """The finding, then every share that is drawn, and what was not published."""
    rows = [_row(bar, frame, voice) for bar in bars_of(frame)]
    return _alt("charts.alt_stages", title_stages(frame, voice), rows, frame, voice)


def alt_diverging(frame: pd.DataFrame, voice: Voice) -> str:
    """As of the stages, with the sums on both sides of the cut."""
    rows = []
    for bar, *sums in halves_of(frame):
        below, above = map(voice.percent, sums)
        rows.append(voice.say("charts.row_sums", row=_row(bar, frame, voice), below=below, above=above))
    return _alt("charts.alt_diverging", title_diverging(frame, voice), rows, frame, voice)


def _row(bar: Bar, frame: pd.DataFrame, voice: Voice) -> str:
    cells = [
        voice.say("charts.cell", name=voice.stage(stage), value=voice.percent(share))
        for stage, share in bar.shares.items()
    ]
    row = voice.say("charts.row", name=group_with_n(bar.group, bar.n, voice), cells=", ".join(cells))
    missing = [voice.stage(stage) for stage in voice.codebook.stages if stage not in bar.shares]
    if missing and not voice.codebook.withheld(_wave(frame)):
        row = voice.say("charts.row_missing", row=row, stages=voice.listed(missing))
    return row


def _alt(key: str, title: str, rows: Sequence[str], frame: pd.DataFrame, voice: Voice) -> str:
    wave, cut = _wave(frame), voice.quoted(voice.stage(voice.codebook.cut))
    said = {"title": title, "topic": voice.text("topic"), "wave": voice.wave(wave), "cut": cut}
    return voice.say(key, rows=" ".join([*rows, *voice.marks([wave])]), **said)


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


# its numbers and its native form


def numbers_stages(frame: pd.DataFrame, voice: Voice) -> pd.DataFrame:
    """The table beside the chart, in per cent as published.

    Returns
    -------
    DataFrame
        One row per stage with a column a group, the total last; of more groups one row per group and stage.
    """
    import pandas as pd

    bars, stages = bars_of(frame), voice.codebook.stages
    head = voice.say("charts.column_stage")
    if len(bars) < MOST_COLUMNS:
        columns: dict[str, Any] = {head: [voice.stage(code) for code in stages]}
        for bar in bars:
            name = group_with_n(bar.group, bar.n, voice)
            shares = [bar.shares.get(code, math.nan) for code in stages]
            columns[voice.say("charts.column_percent_of", name=name)] = shares
        return pd.DataFrame(columns)
    rows = [
        (voice.group(bar.group), bar.n, voice.stage(code), bar.shares.get(code, math.nan))
        for bar in bars
        for code in stages
    ]
    group, percent = (voice.say(f"charts.column_{name}") for name in ("group", "percent"))
    return pd.DataFrame(rows, columns=[group, "n", head, percent])


def numbers_diverging(frame: pd.DataFrame, voice: Voice) -> pd.DataFrame:
    """One row per group: its base, the per cent short of the cut and from there on."""
    import pandas as pd

    rows = [(voice.group(half.bar.group), half.bar.n, half.below, half.above) for half in halves_of(frame)]
    group, below, above = (voice.say(f"charts.column_{name}") for name in ("group", "below", "above"))
    return pd.DataFrame(rows, columns=[group, "n", below, above])


def native_stages(frame: pd.DataFrame, voice: Voice, *, cut: bool = False) -> NativeChart:
    """Stacked bars of the shares, one series a stage."""
    stages, bars = voice.codebook.stages, bars_of(frame)
    place = stages.index(voice.codebook.cut) if cut else 0
    colours = stage_colours(voice.codebook, THEMES["light"], cut=cut)
    series = []
    for at in [*range(place - 1, -1, -1), *range(place, len(stages))]:
        values = [bar.shares.get(stages[at]) for bar in bars]
        unit = -100 if at < place else 100
        shares = [None if value is None else value / unit for value in values]
        labels = [voice.number(value) if value else "" for value in values]
        series.append(NativeSeries(voice.stage(stages[at]), shares, colours[at], labels=labels))
    pattern = f"0.{'0' * voice.decimals}%" if voice.decimals else "0%"
    names = [
        voice.group(bar.group, "short") + ("" if math.isnan(bar.n) else f"\n{voice.size(bar.n)}")
        for bar in bars
    ]
    number_format = f"{pattern};{pattern}" if cut else pattern
    return NativeChart("stacked", names, series, number_format, voice.say("charts.unit_stage"), legend=True)


def native_diverging(frame: pd.DataFrame, voice: Voice) -> NativeChart:
    """Stacked bars around zero: what is short of the cut is negative, the nearest first."""
    return native_stages(frame, voice, cut=True)


def stage_colours(codebook: Codebook, theme: Theme, *, cut: bool) -> list[str]:
    """A colour a stage: one ramp, or two hues around the cut."""
    number = len(codebook.stages)
    if not cut:
        return ramp(number, theme)
    below = codebook.stages.index(codebook.cut)
    return sides(below, number - below, theme)


# how it draws


def _draw_stages(panel: Panel, frame: pd.DataFrame, voice: Voice, options: Options) -> None:
    gap = widest_gap(frame)
    finding = (gap.stage, gap.high.group, gap.low.group) if gap else ()
    _Stack(panel, frame, voice, options, finding).draw()


def _draw_diverging(panel: Panel, frame: pd.DataFrame, voice: Voice, options: Options) -> None:
    _Stack(panel, frame, voice, options, ()).draw(halves_of(frame))


class _Stack:
    """Stacked bars while they are drawn."""

    def __init__(
        self, panel: Panel, frame: pd.DataFrame, voice: Voice, options: Options, finding: Sequence[str]
    ) -> None:
        self.panel, self.voice, self.options = panel, voice, options
        self.stages = voice.codebook.stages
        self.bars = options.ordered(bars_of(frame), lambda bar: bar.group)
        self.strong = options.chosen(finding)
        self.groups = [bar.group for bar in self.bars if bar.group in self.strong]
        withheld = voice.codebook.withheld(_wave(frame))
        self.gap_words = voice.say("common.withheld_cell" if withheld else "charts.not_published")

    def draw(self, halves: Sequence[CutSide] = ()) -> None:
        """All of it, from the left edge or around the cut."""
        panel, size = self.panel, self.panel.size
        below = {half.bar.group: half.below for half in halves}
        plain = stage_colours(self.voice.codebook, panel.theme, cut=bool(halves))
        self.colours = colours_for(self.options.palette, self.stages, plain)
        pieces = [self._cut_up(row, bar, -below.get(bar.group, 0.0)) for row, bar in enumerate(self.bars)]
        self.segments = [segment for bar in pieces for segment in bar]
        self.last = {} if halves else {s.row: s for s in self.segments if s.width > 0}
        self._plan_sides()
        low, high = min(s.left for s in self.segments), max(s.left + s.width for s in self.segments)
        ends = (text_width("100%", size.label) + 2 * GAP) / panel.width * (high - low) if halves else 0.0
        panel.ax.set_xlim(low - ends, high + ends)
        self.per_point = (high - low + 2 * ends) / panel.width
        directions = self._plan_directions() if halves else []
        heads = None if size.narrow else self._plan_heads()
        if heads is None:
            handles = [Patch(fc=self.colours[code], ec=panel.theme.rule, lw=0.5) for code in self.stages]
            names = [self.voice.stage(code) for code in self.stages]
            panel.key(handles, names, [code in self.strong for code in self.stages])
        else:
            panel.head = max(text_height(words, size.small) for _, _, words in heads) + 1.5 * GAP
        self._set_heights()
        self._draw_bars()
        self._draw_names()
        self._draw_figures()
        for segment, dx, words in heads or ():
            kind = panel.emphasis("small", strong=segment.stage in self.strong)
            panel.note(segment.middle, -self.thick / 2, words, kind, dx=dx, dy=1.2 * GAP, va="baseline")
        if halves:
            self._draw_cut({half.bar.group: half for half in halves}, directions)

    def _cut_up(self, row: int, bar: Bar, left: float) -> list[Segment]:
        """The pieces of a bar, one after the other; what was not published is one piece where it begins."""
        pieces: list[tuple[str | None, float]] = list(bar.shares.items())
        missing = [place for place, stage in enumerate(self.stages) if stage not in bar.shares]
        rest = 100 - sum(bar.shares.values())
        if missing and rest > 0:
            pieces.insert(missing[0], (None, rest))
        segments = []
        for stage, width in pieces:
            words = self.gap_words if stage is None else self.voice.number(width)
            segments.append(Segment(row, stage, left, width, words))
            left += width
        return segments

    def _stressed(self, segment: Segment) -> bool:
        """Whether the title speaks of a segment: of its stage, in its group where groups are named too."""
        group = self.bars[segment.row].group
        return segment.stage in self.strong and (not self.groups or group in self.groups)

    def _plan_sides(self) -> None:
        """Names to the left of the bars, wrapped; in a narrow format above them."""
        panel, size = self.panel, self.panel.size
        self.sizes = ["" if math.isnan(bar.n) else self.voice.size(bar.n) for bar in self.bars]
        widest_n = max(text_width(words, size.small) for words in self.sizes)
        outside = [s.words for s in self.last.values() if s.width < NARROWEST]
        right = max((text_width(words, size.number, SEMIBOLD) + GAP for words in outside), default=0.0)
        panel.reserve(0.0, right)
        room, form, lines = panel.names_room, "short", 3
        if size.narrow:
            room, form, lines = panel.width - widest_n - 2 * GAP, "labels", 2
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
        beneath = any(self._place(segment) == "beneath" for segment in self.segments)
        under = 0.95 * size.number + 2 if beneath else 0.0
        name = max(text_height(words, size.label) for words in self.names)
        slot = name + 0.25 * size.label if size.narrow else 0.0  # for the name above the bar
        between = max(under, 0.5 * size.label)
        least = slot + 1.5 * size.number + between
        beside = 0.0 if size.narrow else name + LEADING * size.small + GAP
        panel.arrange(rows * max(beside, least), 2.2)
        pitch = panel.height / rows
        thick = pitch - slot - between if size.narrow else min(0.64 * pitch, pitch - under - 3)
        thick = min(thick, THICKEST)
        pitch = min(pitch, slot + thick + under + 2.2 * THICKEST)
        self.thick, self.slot = thick / pitch, slot / pitch
        top = -self.thick / 2 - self.slot
        panel.ax.set_ylim(top + panel.height / pitch, top)

    def _place(self, s: Segment) -> str:
        """Where its figure stands: in it, after the bar or beneath it; a segment of nothing has none."""
        if s.stage is None or s.width <= 0:
            return ""
        if s.width / self.per_point >= text_width(s.words, self.panel.size.number, SEMIBOLD) + 4:
            return "in"
        return "after" if s is self.last.get(s.row) and s.width < NARROWEST else "beneath"

    def _draw_bars(self) -> None:
        """One container of bars a stage; an outline around what the title speaks of."""
        ax, theme = self.panel.ax, self.panel.theme
        for stage in [*self.stages, None]:
            pieces = [s for s in self.segments if s.stage == stage]
            if not pieces:
                continue
            words = self.voice.stage(stage) if stage else self.gap_words
            look: Any = {"linewidth": EDGE, "edgecolor": theme.ground, "hatchcolor": theme.rule}
            look |= {"color": self.colours[stage]} if stage else {"color": theme.missing, "hatch": "///"}
            rows, widths, lefts = zip(*((s.row, s.width, s.left) for s in pieces), strict=True)
            ax.barh(rows, widths, self.thick, lefts, label=words, **look)
        outline: Any = {"color": "none", "edgecolor": theme.ink, "linewidth": EDGE, "zorder": 2.5}
        for s in filter(self._stressed, self.segments):
            ax.barh(s.row, s.width, self.thick, s.left, label="_highlight", **outline)
        ax.tick_params(axis="x", labelbottom=False, length=0)
        ax.xaxis.set_major_formatter(lambda value, _: self.voice.percent(abs(value)))

    def _draw_names(self) -> None:
        panel, rows, narrow = self.panel, range(len(self.bars)), self.panel.size.narrow
        picked = self.groups if len(self.bars) > 3 else ()
        lift = self.thick / 2 + self.slot / 2 if narrow else 0.0
        types = [panel.type("label", bold=not picked or bar.group in picked) for bar in self.bars]
        panel.name_rows(rows, self.names, types, lift=lift)
        if not any(self.sizes):
            return
        panel.note_rows(rows, self.sizes, [panel.type("small", "muted")] * len(rows), right=narrow, lift=lift)
        axis = panel.ax.yaxis
        for major, minor in zip(axis.get_major_ticks(), axis.get_minor_ticks(), strict=True):
            if not narrow and minor.label1.get_text():
                major.label1.set_verticalalignment("bottom")
                minor.label1.set_verticalalignment("top")

    def _draw_figures(self) -> None:
        """Every figure in its segment; where it is too short, beneath it or to the right of the bar."""
        panel, theme = self.panel, self.panel.theme
        places = {s: self._place(s) for s in self.segments}
        for row in range(len(self.bars)):
            self._draw_beneath([s for s, place in places.items() if (s.row, place) == (row, "beneath")])
        for s, place in places.items():
            bold = self._stressed(s) or not self.strong
            colour = self.colours[s.stage] if s.stage else theme.missing
            if s.stage is None and text_width(s.words, panel.size.small) < s.width / self.per_point - GAP:
                panel.note(s.middle, s.row, s.words, panel.type("small", label_ink(colour, theme)))
            elif place == "after":
                kind = panel.type("number", text_colour(colour, theme), bold=bold)
                panel.note(s.left + s.width, s.row, s.words, kind, dx=0.8 * GAP, ha="left")
            elif place == "in":
                kind = panel.type("number", label_ink(colour, theme), bold=bold)
                panel.note(s.middle, s.row, s.words, kind)

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

    def _plan_directions(self) -> list[str]:
        """The words for both sides of the cut, wrapped to the room that each side has."""
        panel, size = self.panel, self.panel.size.small
        cut = self.voice.quoted(self.voice.stage(self.voice.codebook.cut))
        words = [self.voice.say(f"charts.{key}", cut=cut) for key in ("short_of", "reached")]
        directions = panel.wrap_sides(words, least=40)
        panel.foot = max(text_height(text, size) for text in directions) + 2 * GAP
        return directions

    def _draw_cut(self, halves: dict[str, CutSide], directions: Sequence[str]) -> None:
        """The line at the cut, what is on both sides of it, and the sums at both ends of each bar."""
        panel, half_thick = self.panel, 0.55 * self.thick
        for row, bar in enumerate(self.bars):
            half = halves[bar.group]
            panel.ax.vlines(0, row - half_thick, row + half_thick, panel.theme.ink, linewidth=1.8, zorder=3)
            for value, side, ha in ((half.below, -1, "right"), (half.above, 1, "left")):
                words, kind = self.voice.percent(value), panel.type("label")
                panel.note(side * value, row, words, kind, dx=side * GAP, ha=ha)
        panel.note_sides(directions, top=False)


STAGES = Chart(
    "stages", "survey", bars_of, title_stages, alt_stages, subtitle_stages, _draw_stages, numbers_stages,
    native_stages,
)  # fmt: skip
DIVERGING = Chart(
    "diverging", "survey", halves_of, title_diverging, alt_diverging, subtitle_stages, _draw_diverging,
    numbers_diverging, native_diverging,
)  # fmt: skip


def draw_stages(
    survey: pd.DataFrame, *, wave: str | None = None, ax: Axes | None = None, lang: str = "en",
    palette: Any = None, order: Sequence[str] | None = None, highlight: str | Sequence[str] | None = None,
    title: bool | str | None = None,
) -> Axes:  # fmt: skip
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
        The frame is no survey table, has no such wave, or no share; answers go together; an unknown code in
        ``order``.

    Examples
    --------
    >>> from analysis import load_survey
    >>> ax = draw_stages(load_survey(), order=["vocational", "general"])
    >>> [round(bar.get_width()) for bar in ax.containers[2]]
    [28, 10]
    """
    return STAGES.draw_for(wave_rows(survey, wave), ax, lang, palette, order, highlight, title)


def draw_diverging(
    survey: pd.DataFrame, *, wave: str | None = None, ax: Axes | None = None, lang: str = "en",
    palette: Any = None, order: Sequence[str] | None = None, highlight: str | Sequence[str] | None = None,
    title: bool | str | None = None,
) -> Axes:  # fmt: skip
    """Every group's answers to both sides of the codebook's cut; parameters as of ``draw_stages``.

    Returns
    -------
    Axes
        As of ``draw_stages``; zero is the cut, and the sums of both sides stand at the ends.

    Raises
    ------
    RequestError
        As of ``draw_stages``; or a group lacks stages on both sides of the cut, or answers have no order.
    """
    return DIVERGING.draw_for(wave_rows(survey, wave), ax, lang, palette, order, highlight, title)


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
    return STAGES.describe(wave_rows(survey, wave), lang)


def describe_diverging(survey: pd.DataFrame, *, wave: str | None = None, lang: str = "en") -> str:
    """What ``draw_diverging`` shows, in words, with the sums on both sides; else as ``describe_stages``."""
    return DIVERGING.describe(wave_rows(survey, wave), lang)
