"""The stages of every group as one bar: from the left edge, or to both sides of the codebook's cut."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.patches import Patch

from analysis.charts.chart import (
    Chart,
    NativeChart,
    NativeSeries,
    Options,
    Reading,
    draw_chart,
    require_columns,
)
from analysis.charts.panel import GAP, Panel, longest_word, text_height, text_width, wrap
from analysis.codebook import codebook_of
from analysis.counts.reading import main_wave
from analysis.errors import RequestError
from analysis.inference.shares import rows_of_wave
from analysis.style import SEMIBOLD, THEMES, Theme, label_ink, ramp, sides
from analysis.words.language import Voice, sentence, voice_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

THICKEST = 92.0  # points of a bar
EDGE = 2.2  # points of the separators
TABLE_COLUMNS = 8  # at most, of a table of numbers


class Segment(NamedTuple):
    """One piece of a bar: its row, stage ("" for what was not published), place and length in per cent."""

    row: int
    stage: str
    left: float
    width: float
    words: str
    colour: str
    strong: bool

    @property
    def middle(self) -> float:
        """Where its figure stands."""
        return self.left + self.width / 2


def wave_rows(survey: pd.DataFrame, wave: str | None = None) -> pd.DataFrame:
    """The rows of one wave of a survey table: the main one where none is named.

    Raises
    ------
    RequestError
        The frame is no survey table, or has no such wave.
    """
    require_columns(survey, ("wave", "group", "stage", "percent"), "a survey table")
    return rows_of_wave(survey, wave or main_wave(survey))


def published_shares(frame: pd.DataFrame) -> pd.DataFrame:
    """A row a group with its shares in per cent by stage, the total last: as published, else from counts.

    Raises
    ------
    RequestError
        There is no share, or answers go together.
    """
    codebook = codebook_of(frame)
    if codebook.multiple:
        raise RequestError(
            "where several answers could be given, they do not add up to a bar; draw the chart 'shares'"
        )
    share = frame["percent"].astype(float)
    if "count" in frame and "n" in frame:
        share = share.fillna(100 * frame["count"].astype(float) / frame["n"].astype(float))
    shares = share.groupby([frame["group"].astype(str), frame["stage"].astype(str)]).last().unstack()
    shares = shares.reindex(index=[*codebook.parts, str(codebook.total)], columns=codebook.stages)
    if shares.isna().all(axis=None):
        raise RequestError("the frame has no share to draw: percent and count are empty")
    return shares.dropna(how="all")


class Stages(Reading):
    """Every group's shares; the stage at which two groups are the furthest apart."""

    form = under = "stages"

    def __init__(self, frame: pd.DataFrame, voice: Voice) -> None:
        super().__init__(frame, voice)
        self.shares = published_shares(frame)
        self.groups = [str(group) for group in self.shares.index]
        self.known = {group: dict(self.shares.loc[group].dropna()) for group in self.groups}
        # those to compare: the total only where it is alone
        parts = self.shares.drop(index=str(self.codebook.total), errors="ignore")
        self.parts = parts if len(parts) else self.shares
        sizes = frame["n"].astype(float) if "n" in frame else [math.nan] * len(frame)
        self.n = dict(zip(frame["group"].astype(str), sizes, strict=True))
        self.withheld = self.codebook.withheld(self.waves[0])
        self.gap_words = voice.say("common.withheld_cell" if self.withheld else "charts.not_published")
        self.below, self.above = dict[str, float](), dict[str, float]()  # of each group, around the cut
        self.gaps = (self.parts.max() - self.parts.min())[self.parts.count() > 1]
        self.finding: tuple[str, ...] = ()  # the stage, and the groups with most and least of it
        if len(self.gaps):
            stage = str(self.gaps.idxmax())
            self.finding = (stage, str(self.parts[stage].idxmax()), str(self.parts[stage].idxmin()))

    # what it says

    def title(self) -> str:
        """Where two groups are the furthest apart; of a single group its most common answer."""
        if not self.finding:
            return self._most_common()
        voice, points, (stage, high, low) = self.voice, float(self.gaps.max()), self.finding
        if points < 1e-9:
            return voice.say("charts.stages_same")
        if points <= 10.0**-voice.decimals + 1e-9:
            return voice.say("charts.stages_alike", points=voice.points(points / 100, sign=False))
        return voice.say(
            "charts.stages_gap",
            stage=voice.quoted(voice.stage(stage)),
            high=voice.percent(self.parts[stage].max()),
            low=voice.percent(self.parts[stage].min()),
            where_high=voice.within(high),
            where_low=voice.within(low),
        )

    def _most_common(self) -> str:
        voice, shares = self.voice, next(iter(self.known.values()))
        most, names = max(shares.values()), {stage: voice.quoted(voice.stage(stage)) for stage in shares}
        if len(shares) < len(self.codebook.stages) and 100 - sum(shares.values()) >= most:
            listed = [f"{names[stage]} {voice.percent(share)}" for stage, share in shares.items()]
            return voice.say("charts.stages_listed", shares=voice.listed(listed))
        highest = [names[stage] for stage, share in shares.items() if share == most]
        key = "most" if len(highest) == 1 else "tied"
        return voice.say(f"charts.stages_{key}", stages=voice.listed(highest), percent=voice.percent(most))

    def rows(self) -> list[str]:
        """Every share, and what was not published."""
        voice, rows = self.voice, []
        for group, shares in self.known.items():
            cells = {voice.stage(stage): voice.percent(share) for stage, share in shares.items()}
            row = self.row(self.group(group), cells)
            missing = [voice.stage(stage) for stage in self.codebook.stages if stage not in shares]
            if missing and not self.withheld:
                row = voice.say("charts.row_missing", row=row, stages=voice.listed(missing))
            rows.append(row)
        return rows

    def columns(self) -> dict[str, Any]:
        """A row a stage with a column a group; of more groups than columns, a row a group and stage."""
        voice, shares, stages = self.voice, self.shares, list(map(self.voice.stage, self.codebook.stages))
        if len(shares) < TABLE_COLUMNS:
            heads = [self.head("share_of", name=self.group(group)) for group in self.groups]
            return {self.head("stage"): stages, **dict(zip(heads, shares.to_numpy(), strict=True))}
        groups = [group for group in self.groups for _ in stages]
        return {
            self.head("group"): list(map(voice.group, groups)),
            "n": [self.n[group] for group in groups],
            self.head("stage"): stages * len(shares),
            self.head("percent"): shares.to_numpy().ravel(),
        }

    def native(self) -> NativeChart:
        """Stacked bars, a series a stage; what is short of a cut is negative, the nearest first."""
        voice, stages = self.voice, self.codebook.stages
        place = stages.index(self.codebook.cut) if self.below else 0
        colours = self.colours(THEMES["light"])
        series = []
        for at in [*range(place - 1, -1, -1), *range(place, len(stages))]:
            values = self.shares[stages[at]].tolist()
            unit = -100 if at < place else 100
            shares = [None if math.isnan(value) else value / unit for value in values]
            labels = [voice.number(value) if value > 0 else "" for value in values]
            series.append(NativeSeries(voice.stage(stages[at]), shares, colours[at], labels=labels))
        pattern = f"0.{'0' * voice.decimals}%" if voice.decimals else "0%"
        number_format = f"{pattern};{pattern}" if self.below else pattern
        names = list(map(self._short, self.groups))
        return NativeChart("stacked", names, series, number_format, legend=True)

    def _short(self, group: str) -> str:
        """The short name of a group, its base under it."""
        n = self.n[group]
        return self.voice.group(group, "short") + ("" if math.isnan(n) else f"\n{self.voice.size(n)}")

    def colours(self, theme: Theme) -> list[str]:
        """A colour a stage: one ramp."""
        return ramp(len(self.codebook.stages), theme)

    # how it draws

    def draw(self, panel: Panel, options: Options) -> None:
        """A bar a group in its segments; the stages' names over the first where they fit, else in a key."""
        size, stages = panel.size, self.codebook.stages
        groups = options.ordered(self.groups)
        strong = options.chosen(self.finding)
        picked = [group for group in groups if group in strong]
        colours = dict(zip(stages, options.colours(stages, self.colours(panel.theme)), strict=True))
        shades = colours | {"": panel.theme.missing}
        segments = []
        for row, group in enumerate(groups):
            segments += self._segments(row, group, shades, strong if group in picked or not picked else ())
        names = panel.reserve_rows(list(map(self.group if size.narrow else self._short, groups)), "label")
        self._set_scale(panel, segments)
        heads = self._heads(panel, segments)
        if not heads:
            handles = [Patch(fc=colours[code], ec=panel.theme.rule, lw=0.5) for code in stages]
            panel.key(handles, list(map(self.voice.stage, stages)), [code in strong for code in stages])
        beneath = [s for s in segments if s.stage and s.width > 0 and not _fits(panel, s)]
        types = [panel.type("label", bold=group in picked) for group in groups]
        panel.arrange_rows(names, types, 1.5 * size.number, under=0.9 * size.number if beneath else 0.0)
        thick = min(panel.body, THICKEST, math.inf if size.narrow else 0.64 * panel.pitch) / panel.pitch
        self._draw_bars(panel, segments, thick)
        _draw_figures(panel, segments, beneath, thick)
        last = {s.stage: s.middle for s in segments if s.row == len(names) - 1}
        above = (panel.body / panel.pitch - thick) / 2 / len(names)  # the bar, as a part of the Axes
        for s, dx, words in heads:
            look: Any = {"dx": dx, "dy": 1.2 * GAP, "va": "baseline", "y_in": "axes fraction"}
            kind = panel.type("small", "ink" if s.stage in strong else "muted", bold=s.stage in strong)
            panel.note(s.middle, 1 - above, words, kind, other=last.get(s.stage), **look)
        for row, group in enumerate(groups if self.below else ()):
            panel.ax.vlines(0, row - 0.55 * thick, row + 0.55 * thick, panel.theme.ink, lw=1.8, zorder=3)
            for end, dx, ha in ((-self.below[group], -GAP, "right"), (self.above[group], GAP, "left")):
                panel.note(end, row, self.voice.percent(abs(end)), panel.type("label"), dx=dx, ha=ha)

    def _set_scale(self, panel: Panel, segments: Sequence[Segment]) -> None:
        """As long as the longest bar; around the cut with room for sums, and with words for both sides."""
        low, high = min(s.left for s in segments), max(s.left + s.width for s in segments)
        ends = text_width("100%", panel.size.label) + 2 * GAP if self.below else 0.0
        ends *= (high - low) / (panel.width - 2 * ends)
        panel.ax.set_xlim(low - ends, high + ends)
        if self.below:
            voice, cut = self.voice, self.codebook.cut
            short = voice.say("charts.short_of", cut=voice.quoted(voice.stage(cut)))
            reached = voice.say("charts.reached", what=voice.stage_phrase("at_least", cut))
            panel.name_sides([short, reached], top=False)

    def _segments(
        self, row: int, group: str, colours: Mapping[str, str], strong: Collection[str]
    ) -> list[Segment]:
        """The pieces of a bar, one after the other; what was not published is one piece where it begins."""
        shares, left = self.known[group], -self.below.get(group, 0.0)
        pieces = list(shares.items())
        missing = [place for place, stage in enumerate(self.codebook.stages) if stage not in shares]
        if missing and sum(shares.values()) < 100:
            pieces.insert(missing[0], ("", 100 - sum(shares.values())))
        segments = []
        for stage, width in pieces:
            words = self.voice.number(width) if stage else self.gap_words
            segments.append(Segment(row, stage, left, width, words, colours[stage], stage in strong))
            left += width
        return segments

    def _heads(self, panel: Panel, segments: Sequence[Segment]) -> list[tuple[Segment, float, str]]:
        """The stages' names above the first bar and how far each is moved; none where they find no place."""
        first, size = [segment for segment in segments if segment.row == 0], panel.size.small
        if panel.size.narrow or not panel.own or not all(s.stage and s.width > 0 for s in first):
            return []  # Axes that are given may yet become narrower
        words = []
        for segment in first:
            name, room = self.voice.stage(segment.stage), panel.across(segment.width) - GAP
            words.append(wrap(name, max(room, longest_word(name, size, SEMIBOLD) + 1), size, SEMIBOLD))
        widths = [text_width(name, size, SEMIBOLD) + 1.6 * GAP for name in words]
        moves = panel.apart([s.middle for s in first], widths, across=True, before=2 * GAP, after=GAP)
        reach = [(width + panel.across(s.width)) / 2 for width, s in zip(widths, first, strict=True)]
        if moves is None or any(abs(move) > most for move, most in zip(moves, reach, strict=True)):
            return []
        if any(name.count("\n") > 2 for name in words):
            return []
        panel.head += max(text_height(name, size) for name in words) + 1.5 * GAP
        return list(zip(first, moves, words, strict=True))

    def _draw_bars(self, panel: Panel, segments: Sequence[Segment], thick: float) -> None:
        """One container of bars a stage; an outline around what the title speaks of."""
        ax, theme = panel.ax, panel.theme
        for stage in [*self.codebook.stages, ""]:
            if not (pieces := [s for s in segments if s.stage == stage]):
                continue
            look: Any = {"linewidth": EDGE, "edgecolor": theme.ground, "hatchcolor": theme.rule}
            look |= {"color": pieces[0].colour, "hatch": None if stage else "///"}
            name = self.voice.stage(stage) if stage else self.gap_words
            rows, widths, lefts = zip(*((s.row, s.width, s.left) for s in pieces), strict=True)
            ax.barh(rows, widths, thick, lefts, label=name, **look)
        outline: Any = {"color": "none", "edgecolor": theme.ink, "linewidth": EDGE, "zorder": 2.5}
        for s in filter(attrgetter("strong"), segments):
            ax.barh(s.row, s.width, thick, s.left, label="_highlight", **outline)
        ax.tick_params(axis="x", labelbottom=False, length=0)


class Diverging(Stages):
    """Every group's shares to both sides of the cut; on which side most answers are."""

    form = "diverging"

    def __init__(self, frame: pd.DataFrame, voice: Voice) -> None:
        if not voice.codebook.ordered:
            raise RequestError("answers without an order have no cut; draw the chart 'stages'")
        super().__init__(frame, voice)
        self.finding, cut = (), self.codebook.cut
        place = self.codebook.stages.index(cut)
        halves = self.shares.iloc[:, :place], self.shares.iloc[:, place:]
        below, above = (half.sum(axis=1, skipna=False) for half in halves)
        for group in self.shares.index[below.isna() & above.isna()]:
            raise RequestError(
                f"group '{group}' lacks stages on both sides of the cut '{cut}', so its bar has no place "
                "around it; draw the chart 'stages'"
            )
        self.below = dict(below.fillna(100 - above))  # a side with gaps is the rest of 100
        self.above = dict(above.fillna(100 - below))

    def title(self) -> str:
        """The side that most answers of every group are on; where there is none, how many reach the cut."""
        slack = 50 + 0.5 * 10.0**-self.voice.decimals * len(self.codebook.stages)  # what rounding can add
        halves = self.below, self.above
        below, above = ({group: half[group] for group in self.parts.index} for half in halves)
        short, reached = (min(half.values()) > slack for half in (below, above))
        key = "below" if short else "above" if reached else "mixed"
        sums = below if short else above
        shares = self.listed(sums, {group: self.voice.percent(share) for group, share in sums.items()})
        cut = self.voice.quoted(self.voice.stage(self.codebook.cut))
        return sentence(self.voice.say(f"charts.diverging_{key}", cut=cut, shares=shares))

    def rows(self) -> list[str]:
        """Every share, and the sums on both sides of the cut."""
        rows = []
        for row, group in zip(super().rows(), self.groups, strict=True):
            below, above = self.voice.percent(self.below[group]), self.voice.percent(self.above[group])
            rows.append(self.voice.say("charts.row_sums", row=row, below=below, above=above))
        return rows

    def columns(self) -> dict[str, Any]:
        """A row a group: its base, the per cent short of the cut and from there on."""
        return {
            self.head("group"): list(map(self.voice.group, self.groups)),
            "n": [self.n[group] for group in self.groups],
            self.head("below"): list(self.below.values()),
            self.head("above"): list(self.above.values()),
        }

    def colours(self, theme: Theme) -> list[str]:
        """A colour a stage: two hues around the cut."""
        below = self.codebook.stages.index(self.codebook.cut)
        return sides(below, len(self.codebook.stages) - below, theme)


def _fits(panel: Panel, segment: Segment) -> bool:
    """Whether the figure of a segment has room in it."""
    points = panel.size.number if segment.stage else panel.size.small
    return panel.across(segment.width) >= text_width(segment.words, points, SEMIBOLD) + 4


def _draw_figures(
    panel: Panel, segments: Sequence[Segment], beneath: Sequence[Segment], thick: float
) -> None:
    """Every figure in its segment; beneath it where it is too short, moved apart; none for zero."""
    stressed = any(s.strong for s in segments)
    for s in (s for s in segments if _fits(panel, s)):
        bold = bool(s.stage) and (s.strong or not stressed)
        kind = panel.type("number" if s.stage else "small", label_ink(s.colour, panel.theme), bold=bold)
        panel.note(s.middle, s.row, s.words, kind)
    points = 0.85 * panel.size.number
    for row in {s.row for s in beneath}:
        own = [s for s in beneath if s.row == row]
        widths = [text_width(s.words, points, SEMIBOLD) + 3 for s in own]
        moves = panel.apart([s.middle for s in own], widths, across=True, before=0, after=GAP)
        for s, dx in zip(own, moves or [0.0] * len(own), strict=True):
            kind = panel.type(points, "ink" if s.strong else "muted", bold=s.strong)
            panel.note(s.middle, row + thick / 2, s.words, kind, dx=dx, dy=-2.5, va="top")


STAGES = Chart("stages", "survey", Stages)
DIVERGING = Chart("diverging", "survey", Diverging)


def draw_stages(
    survey: pd.DataFrame, *, wave: str | None = None, ax: Axes | None = None, lang: str | None = None,
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
    lang : str, optional
        A language of the codebook; left out, English where the survey has it, else its first.
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
    rows, options = wave_rows(survey, wave), Options(palette, order, highlight)
    return draw_chart(STAGES, rows, voice_of(rows, lang), ax, options, title=title)


def draw_diverging(
    survey: pd.DataFrame, *, wave: str | None = None, ax: Axes | None = None, lang: str | None = None,
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
    rows, options = wave_rows(survey, wave), Options(palette, order, highlight)
    return draw_chart(DIVERGING, rows, voice_of(rows, lang), ax, options, title=title)


def describe_stages(survey: pd.DataFrame, *, wave: str | None = None, lang: str | None = None) -> str:
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
    rows = wave_rows(survey, wave)
    return STAGES.read(rows, voice_of(rows, lang)).alt()


def describe_diverging(survey: pd.DataFrame, *, wave: str | None = None, lang: str | None = None) -> str:
    """What ``draw_diverging`` shows, in words, with the sums on both sides; else as ``describe_stages``."""
    rows = wave_rows(survey, wave)
    return DIVERGING.read(rows, voice_of(rows, lang)).alt()
