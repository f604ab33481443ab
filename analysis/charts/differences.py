"""Differences between groups, each with its interval: what is clear is in colour, what is not is grey."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matplotlib.lines import Line2D

from analysis.charts.axes import (
    GAP,
    Chart,
    Estimate,
    Options,
    Panel,
    colours_for,
    error_bars,
    require_columns,
)
from analysis.charts.native import NativeChart, NativeSeries
from analysis.charts.shares import lines_phrase
from analysis.charts.typesetting import text_height, text_width, wrap
from analysis.errors import RequestError
from analysis.style import SEMIBOLD, THEMES, text_colour
from analysis.words.language import Voice, sentence

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MOST_SHOWN = 6  # of more than two groups: with all differences a chart has a hundred rows that nobody reads
STEP = 5  # percentage points; the scale ends at a multiple
LEAST_SIDE = 0.3  # of the scale on each side of zero, for the words over it
CODES = ("measure", "stage", "first", "second", "verdict")
NUMBERS = ("percent_first", "percent_second", "estimate_low", "estimate_high", "low", "high")


@dataclass(frozen=True)
class Difference(Estimate):
    """One difference in percentage points, ``first`` minus ``second``; what is not known is NaN."""

    measure: str
    stage: str
    first: str
    second: str
    verdict: str
    group: str
    percent_first: float
    percent_second: float

    @property
    def clear(self) -> bool:
        """Whether it holds in every table that fits."""
        return self.verdict == "clear"

    def figure(self, voice: Voice) -> str:
        """Its points with their sign, or their range over the tables that fit; the interval in brackets."""
        points = voice.interval(self.least / 100, self.most / 100, sign=True)
        return self.with_interval(points, voice, sign=True)

    def size(self, voice: Voice) -> str:
        """How large it is, in words, without its sign."""
        low, high = sorted(abs(end) / 100 for end in (self.least, self.most))
        return voice.points_range(low, high, sign=False)


# what it finds


def differences_of(frame: pd.DataFrame, *, stages_only: bool = True) -> list[Difference]:
    """The differences of a frame in its order: of single stages, where it has any.

    Raises
    ------
    RequestError
        The frame is none of differences, or has none.
    """
    require_columns(frame, (*CODES, *NUMBERS), "differences (compare_stages, compare_waves)")
    rows = frame[frame["estimate_low"].notna()]
    if stages_only and (rows["measure"] == "stage").any():
        rows = rows[rows["measure"] == "stage"]
    if not len(rows):
        raise RequestError("the frame has no difference to draw")
    ends = (100 * rows[name].astype(float) for name in NUMBERS[2:])
    codes = (rows[name].astype(str) for name in CODES)
    groups = rows["group"].astype(str) if "group" in rows else [""] * len(rows)
    percents = (rows[name].astype(float) for name in NUMBERS[:2])
    return [Difference(*cells) for cells in zip(*ends, *codes, groups, *percents, strict=True)]


def pairs_of(differences: Sequence[Difference]) -> set[tuple[str, str]]:
    """The pairs of groups that are compared."""
    return {(difference.first, difference.second) for difference in differences}


def shown_differences(frame: pd.DataFrame) -> list[Difference]:
    """The differences that the chart shows: all between two groups, else the largest, clear ones first."""
    differences = differences_of(frame)
    if len(pairs_of(differences)) == 1:
        return differences
    rank = {"clear": 0, "open": 1}
    return sorted(differences, key=lambda d: (rank.get(d.verdict, 2), -abs(d.middle)))[:MOST_SHOWN]


def leading_difference(differences: Sequence[Difference]) -> Difference:
    """The largest of those that are clear, else the largest."""
    clear = [difference for difference in differences if difference.clear]
    return max(clear or differences, key=lambda difference: abs(difference.middle))


def title_differences(frame: pd.DataFrame, voice: Voice) -> str:
    """How many differences are clear, and the largest of them; or that none is, and why."""
    differences = differences_of(frame)
    largest = leading_difference(differences)
    clear = sum(difference.clear for difference in differences)
    still_open = sum(difference.verdict == "open" for difference in differences)
    ends = (largest.first, largest.second) if largest.middle > 0 else (largest.second, largest.first)
    several = len(pairs_of(differences)) > 1
    if frame.attrs.get("basis") == "published":
        key = "published" if clear else "rounded"
    elif not clear:
        key = "open" if still_open else "none"
    elif clear > 1:
        key = "several"
    else:
        key = "one_of_pairs" if several else "one" if len(differences) > 1 else "only"
    return voice.say(
        f"charts.differences_{key}",
        what=voice.answer_phrase(largest.measure, largest.stage),
        points=largest.size(voice),
        where=voice.within(ends[0]),
        where_other=voice.within(ends[1]),
        count=voice.count(clear or still_open),
        total=voice.count(len(differences)),
    )


# what it says


def verdict_phrase(difference: Difference, frame: pd.DataFrame, voice: Voice) -> str:
    """How firmly a difference holds, in words."""
    rounded = "rounded_" if frame.attrs.get("basis") == "published" else ""
    verdict = "clear" if difference.clear else "not_clear"
    if difference.verdict == "open" and not rounded:
        verdict = "open"
    return voice.say(f"charts.verdict_{rounded}{verdict}")


def alt_differences(frame: pd.DataFrame, voice: Voice) -> str:
    """The finding, then each difference that is drawn, the shares behind it and how firmly it holds."""
    shown = shown_differences(frame)
    several = len(pairs_of(shown)) > 1
    rows = []
    for difference in shown:
        name = voice.stage_phrase(difference.measure, difference.stage)
        if several:
            name = f"{name}, {_pair(difference, voice)}"
        ends = difference.percent_first, difference.percent_second
        shares = ""
        if not any(map(math.isnan, ends)):
            first, second = (voice.percent(end) for end in ends)
            shares = voice.say("charts.difference_shares", first=first, second=second)
        verdict = verdict_phrase(difference, frame, voice)
        values = {"name": sentence(name), "shares": shares, "figure": difference.figure(voice)}
        rows.append(voice.say("charts.difference_row", verdict=verdict, **values))
    wave = str(frame.attrs["wave"])
    return voice.say(
        "charts.alt_differences",
        title=title_differences(frame, voice),
        unit=sentence(_unit(frame, voice)),
        wave=voice.wave(wave),
        lines=lines_phrase(frame, voice),
        rows=" ".join([*rows, *voice.marks([wave])]),
    )


def _pair(difference: Difference, voice: Voice) -> str:
    first, second = (voice.group(group, "short") for group in (difference.first, difference.second))
    return voice.say("charts.first_minus_second", first=first, second=second)


def _unit(frame: pd.DataFrame, voice: Voice) -> str:
    """What is subtracted from what, in points."""
    shown, every = shown_differences(frame), differences_of(frame)
    if len(pairs_of(every)) == 1:
        return voice.say("charts.unit_points", pair=_pair(shown[0], voice))
    return voice.say("charts.unit_largest", shown=voice.count(len(shown)), total=voice.count(len(every)))


def subtitle_differences(frame: pd.DataFrame, voice: Voice) -> str:
    """What is subtracted, the wave, what the brackets hold."""
    wave, lines = voice.wave(str(frame.attrs["wave"])), lines_phrase(frame, voice)
    topic = sentence(_unit(frame, voice))
    return f"{topic}, {wave}; {lines}"


def numbers_differences(frame: pd.DataFrame, voice: Voice) -> pd.DataFrame:
    """One row per difference that is drawn: both shares, its points (or their ends), interval and verdict."""
    import pandas as pd

    shown = shown_differences(frame)
    columns: dict[str, Any] = {
        voice.say("charts.column_stage"): [voice.stage_label(d.measure, d.stage) for d in shown]
    }
    if len(pairs_of(shown)) > 1:
        columns[voice.say("charts.column_pair")] = [_pair(d, voice) for d in shown]
    else:
        for side in ("first", "second"):
            name = voice.group(getattr(shown[0], side), "short")
            head = voice.say("charts.column_percent_of", name=name)
            columns[head] = [getattr(d, f"percent_{side}") for d in shown]
    return pd.DataFrame(columns | figure_columns(shown, frame, voice, "difference"))


def figure_columns(
    shown: Sequence[Difference], frame: pd.DataFrame, voice: Voice, name: str
) -> dict[str, Any]:
    """Points, interval and verdict of differences; the ends of the points where the tables differ."""
    columns: dict[str, Any] = {}
    if any(math.isnan(d.value) for d in shown):
        columns[voice.say("charts.column_estimate_low")] = [d.least for d in shown]
        columns[voice.say("charts.column_estimate_high")] = [d.most for d in shown]
    else:
        columns[voice.say(f"charts.column_{name}")] = [d.value for d in shown]
    if frame.attrs.get("basis") != "published":
        columns[voice.say("charts.column_low")] = [d.low for d in shown]
        columns[voice.say("charts.column_high")] = [d.high for d in shown]
    columns[voice.say("charts.column_verdict")] = [verdict_phrase(d, frame, voice) for d in shown]
    return columns


def native_differences(frame: pd.DataFrame, voice: Voice) -> NativeChart:
    """A mark a difference with its interval; what is clear in the accent, what is not in grey."""
    shown, theme = shown_differences(frame), THEMES["light"]
    several = len(pairs_of(shown)) > 1
    names = [
        voice.stage_label(d.measure, d.stage) + (f"\n{_pair(d, voice)}" if several else "") for d in shown
    ]
    colours = [theme.accent if d.clear else theme.faint for d in shown]
    middles: list[float | None] = [d.middle / 100 for d in shown]
    unit, figures = _unit(frame, voice), [d.figure(voice) for d in shown]
    series = NativeSeries(sentence(unit), middles, theme.accent, error_bars(shown), figures, colours)
    return NativeChart("dots", names, [series], "+0%;\N{MINUS SIGN}0%;0%", unit, legend=False)


# how it draws


def _draw_differences(panel: Panel, frame: pd.DataFrame, voice: Voice, options: Options) -> None:
    size, theme, ax = panel.size, panel.theme, panel.ax
    shown = options.ordered(shown_differences(frame), lambda d: d.stage)
    several, at = len(pairs_of(shown)) > 1, range(len(shown))
    figures = [d.figure(voice) for d in shown]
    strong = options.chosen([d.stage for d in shown if d.clear])
    ends = colours_for(options.palette, ["clear", "not clear"], [theme.accent, theme.faint])
    colours = [ends["clear" if d.clear or d.verdict == "open" else "not clear"] for d in shown]
    names = _names(panel, shown, figures, voice)
    sides = _scale(panel, shown, voice)
    if any(d.verdict == "open" for d in shown):
        _key_of_verdicts(panel, shown, colours, voice)
    rows = panel.arrange_rows(names, 1.5 * size.number)
    zero: Any = {"color": theme.ink, "linewidth": 1.4, "zorder": 1.5}
    if rows.lift:  # a line through the names would cross them out
        ax.vlines([0] * len(shown), *zip(*rows.bodies(len(shown)), strict=True), **zero)
    else:
        ax.axvline(0, **zero)
    types, kinds = [], []
    for row, (d, colour) in enumerate(zip(shown, colours, strict=True)):
        bold = d.stage in strong and (d.clear or options.highlight is not None)
        panel.mark(d, row, colour, "o", filled=d.verdict != "open", side=0.62 * size.label)
        types.append(panel.emphasis("small" if several else "label", strong=bold))
        kinds.append(panel.type("label", text_colour(colour, theme) if bold else theme.muted, bold=bold))
    panel.name_rows(at, names, types, lift=rows.lift)
    panel.note_rows(at, figures, kinds, right=True, lift=rows.lift)
    panel.note_sides(sides, top=True)


def _names(panel: Panel, shown: Sequence[Difference], figures: Sequence[str], voice: Voice) -> list[str]:
    """The stages as names of rows, of more than two groups with the pair; room for them and the figures."""
    size, narrow = panel.size, panel.size.narrow
    labels = [voice.stage_label(d.measure, d.stage) for d in shown]
    right = max(text_width(words, size.label, SEMIBOLD) for words in figures) + GAP + 4
    room = panel.room - right if narrow else panel.names_room
    names = panel.reserve_rows(labels, 0.0 if narrow else right)
    if narrow:  # the figure stands beside the name, above its line
        names = [wrap(name, room, size.label, SEMIBOLD, lines=2) for name in labels]
    if len(pairs_of(shown)) == 1:
        return names
    pairs = [wrap(_pair(d, voice), room, size.small) for d in shown]
    widest = max(text_width(pair, size.small) for pair in pairs) + GAP + 2
    panel.reserve(0.0 if narrow else max(panel.left, widest), panel.right)
    return [f"{name}\n{pair}" for name, pair in zip(names, pairs, strict=True)]


def _scale(panel: Panel, shown: Sequence[Difference], voice: Voice) -> list[str]:
    """The scale around zero, its ticks, and the words for both of its directions."""
    ends = [end for d in shown for end in d.ends]
    low = float(STEP * math.floor(min(0.0, *ends) / STEP + 1e-9))
    high = float(STEP * math.ceil(max(0.0, *ends) / STEP - 1e-9))
    low = min(low, -LEAST_SIDE / (1 - LEAST_SIDE) * high, -STEP)
    high = max(high, -LEAST_SIDE / (1 - LEAST_SIDE) * low, STEP)
    panel.ax.set_xlim(low, high)
    panel.percent_axis(lambda value: voice.number(value, 0, sign=True), ticks=5 if panel.size.narrow else 8)
    words = [voice.say("charts.more_in_second"), voice.say("charts.more_in_first")]
    if len(pairs_of(shown)) == 1:
        left, right = voice.within(shown[0].second), voice.within(shown[0].first)
        words = [voice.say("charts.more_left", where=left), voice.say("charts.more_right", where=right)]
    sides = panel.wrap_sides(words)
    panel.head = max(text_height(text, panel.size.small) for text in sides) + 2 * GAP
    return sides


def _key_of_verdicts(panel: Panel, shown: Sequence[Difference], colours: Sequence[str], voice: Voice) -> None:
    """What filled, hollow and grey marks mean, where some differences are open."""
    present = {d.verdict: colour for d, colour in zip(shown, colours, strict=True)}
    kinds = [verdict for verdict in ("clear", "open", "not clear") if verdict in present]
    mark: Any = {"marker": "o", "linestyle": "none", "markersize": 0.55 * panel.size.label}
    handles = []
    for verdict in kinds:
        face = panel.theme.ground if verdict == "open" else present[verdict]
        handles.append(Line2D([], [], color=present[verdict], markerfacecolor=face, **mark))
    panel.key(handles, [voice.say(f"charts.mark_{verdict.replace(' ', '_')}") for verdict in kinds])


DIFFERENCES = Chart(
    "differences", "differences", differences_of, title_differences, alt_differences, subtitle_differences,
    _draw_differences, numbers_differences, native_differences,
)  # fmt: skip


def draw_differences(
    differences: pd.DataFrame, *, ax: Axes | None = None, lang: str = "en", palette: Any = None,
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
    return DIFFERENCES.draw_for(differences, ax, lang, palette, order, highlight, title)


def describe_differences(differences: pd.DataFrame, *, lang: str = "en") -> str:
    """What ``draw_differences`` shows, in words; as ``describe_stages``, with how firmly each holds."""
    return DIFFERENCES.describe(differences, lang)
