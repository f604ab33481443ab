"""Tables for people: the numbers of a chart as rows and columns, in words and number forms of a language."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from analysis.codebook import codebook_of
from analysis.old.words.telling.figures import (
    Difference,
    Row,
    decimals_of,
    differences_of,
    one_wave,
    rows_of,
    sides_of,
)
from analysis.old.words.telling.phrases import stage_label
from analysis.old.words.wording import (
    describe_marks,
    format_count,
    format_number,
    format_p,
    format_percent,
    format_points,
    format_range,
    join_words,
    say,
    wave_label,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from analysis.codebook import Codebook

DASH = "–"  # a cell that was not published


class Line(NamedTuple):
    """One row: its head and its cells; a sum or a base is set strong."""

    cells: tuple[str, ...]
    strong: bool = False


class Column(NamedTuple):
    """One column: its head and its cells."""

    head: str
    cells: list[str]


class Grid(NamedTuple):
    """A table with its caption and its column heads; the first cell of a row is its head."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[Line, ...]


def chart_grid(name: str, frames: Mapping[str, pd.DataFrame], *, lang: str) -> Grid:
    """The table that stands beside a chart.

    Parameters
    ----------
    name : str
        A chart: ``stages``, ``cumulative``, ``differences``, ``shares``, ``waves``, ``diverging``.
    frames : mapping of str to DataFrame
        The frames of the survey, as ``gather_frames`` names them.
    lang : {"fi", "sv", "en"}
        Language of heads and cells.

    Returns
    -------
    Grid
        Every number of the chart, printed as the chart prints it; withheld stages are marked so, and the
        caption says why, and whether the shares are weighted.
    """
    grid = GRIDS[name](frames, lang)
    marks = describe_marks(frames["changes" if name == "waves" else "published"], lang=lang)
    return grid._replace(caption=". ".join([grid.caption, " ".join(marks)])) if marks else grid


def _stages(frames: Mapping[str, pd.DataFrame], lang: str) -> Grid:
    return _share_grid("stages", frames["published"], "stage", lang)


def _cumulative(frames: Mapping[str, pd.DataFrame], lang: str) -> Grid:
    return _share_grid("cumulative", frames["cumulative"], "at_least", lang)


def _shares(frames: Mapping[str, pd.DataFrame], lang: str) -> Grid:
    return _share_grid("shares", frames["shares"], "stage", lang, intervals=True)


def _share_grid(name: str, frame: pd.DataFrame, measure: str, lang: str, *, intervals: bool = False) -> Grid:
    codebook = codebook_of(frame)
    rows, decimals = rows_of(frame, measure), decimals_of(frame)
    cells = {(row.group, cell.stage): cell for row in rows for cell in row.cells}
    withheld = codebook.withheld(one_wave(frame)) if measure == "stage" else []
    present = {stage for _, stage in cells} | set(withheld)

    def figure(group: str, stage: str) -> str:
        cell = cells.get((group, stage))
        if cell is None:
            return say("respondents.withheld_cells", lang) if stage in withheld else DASH
        printed = format_number(cell.printed, lang, decimals)
        return f"{printed} ({format_range(cell.low, cell.high, lang, decimals)})" if intervals else printed

    lines = [
        Line((stage_label(codebook, measure, stage, lang), *(figure(row.group, stage) for row in rows)))
        for stage in codebook.stages
        if stage in present
    ]
    heads = [say("report.percent_head", lang, label=_group(codebook, row.group, lang)) for row in rows]
    return Grid(
        say(f"report.{name}_caption", lang, wave=_waves(frame, lang), level=_level(frame, lang)),
        (say("report.stage", lang), *heads),
        (*lines, *_bases(rows, lang)),
    )


def _bases(rows: Sequence[Row], lang: str) -> list[Line]:
    """How many answers the shares rest on; no line where none of it is known."""
    if all(math.isnan(row.n) for row in rows):
        return []
    bases = (DASH if math.isnan(row.n) else format_count(row.n, lang) for row in rows)
    return [Line((say("report.answers_n", lang), *bases), strong=True)]


def _differences(frames: Mapping[str, pd.DataFrame], lang: str) -> Grid:
    frame = frames["differences"]
    codebook, differences = codebook_of(frame), differences_of(frame)
    pairs = list(dict.fromkeys((difference.first, difference.second) for difference in differences))
    labels = {group: _group(codebook, group, lang) for pair in pairs for group in pair}
    first, second = (labels[group] for group in pairs[0])
    columns = [_stage_column(codebook, differences, lang)]
    if len(pairs) == 1:
        caption = say(
            "report.differences_caption", lang, first=first, second=second, wave=_waves(frame, lang)
        )
    else:
        caption = say("report.differences_caption_many", lang, wave=_waves(frame, lang))
        cells = [_pair(labels[d.first], labels[d.second], lang) for d in differences]
        columns.append(Column(say("report.groups", lang), cells))
        first, second = say("report.first", lang), say("report.second", lang)
    printed = [(d.printed_first, d.printed_second) for d in differences]
    columns += _share_columns((first, second), printed, lang, decimals_of(frame))
    return _grid_of(caption, columns + _verdict_columns(frame, "difference", lang), differences)


def _changes(frames: Mapping[str, pd.DataFrame], lang: str) -> Grid:
    frame = _without_repeats(frames["changes"])
    codebook, changes = codebook_of(frame), differences_of(frame)
    pairs = list(dict.fromkeys((change.second, change.first) for change in changes))
    groups = list(dict.fromkeys(change.group for change in changes))
    earlier, later = (wave_label(wave, lang) for wave in pairs[0])
    columns = [_stage_column(codebook, changes, lang)]
    caption = say("report.waves_caption", lang, earlier=earlier, later=later)
    if len(pairs) > 1:
        caption = say("report.waves_caption_many", lang)
        waves = [(wave_label(change.second, lang), wave_label(change.first, lang)) for change in changes]
        columns.append(Column(say("report.surveys", lang), [_pair(*pair, lang) for pair in waves]))
        earlier, later = say("report.earlier", lang), say("report.later", lang)
    if len(groups) > 1:
        names = [_group(codebook, change.group, lang) for change in changes]
        columns.append(Column(say("report.group", lang), names))
    else:
        caption = say("report.of_group", lang, caption=caption, group=_group(codebook, groups[0], lang))
    printed = [(change.printed_second, change.printed_first) for change in changes]
    columns += _share_columns((earlier, later), printed, lang, decimals_of(frame))
    return _grid_of(caption, columns + _verdict_columns(frame, "change", lang), changes)


def _without_repeats(changes: pd.DataFrame) -> pd.DataFrame:
    """The changes without the last stage "or further", which says again what the last stage says."""
    last = changes["stage"] == codebook_of(changes).stages[-1]
    alone = changes[last & (changes["measure"] == "stage")]
    repeats = last & (changes["measure"] == "at_least") & changes["group"].isin(alone["group"])
    return changes[~repeats]


def _stage_column(codebook: Codebook, differences: Sequence[Difference], lang: str) -> Column:
    cells = [stage_label(codebook, difference.measure, difference.stage, lang) for difference in differences]
    return Column(say("report.stage", lang), cells)


def _share_columns(
    labels: tuple[str, str], printed: Sequence[tuple[float, float]], lang: str, decimals: int
) -> list[Column]:
    heads = [say("report.percent_head", lang, label=label) for label in labels]
    sides = zip(*printed, strict=True)
    return [
        Column(head, [DASH if math.isnan(share) else format_number(share, lang, decimals) for share in side])
        for head, side in zip(heads, sides, strict=True)
    ]


def _verdict_columns(frame: pd.DataFrame, kind: str, lang: str) -> list[Column]:
    """The difference itself, its interval, p where chance was assessed, and whether it holds."""
    differences, decimals = differences_of(frame), decimals_of(frame)
    level = _level(frame, lang)
    interval = say("report.interval_head", lang, level=level) if level else say("report.range_head", lang)
    ends = [format_range(d.low, d.high, lang, decimals, sign=True) for d in differences]
    columns = [Column(interval, ends)]
    if level:  # else the range is all that is known of the difference
        points = [points_figure(d, lang, decimals) for d in differences]
        columns.insert(0, Column(say(f"report.{kind}_head", lang), points))
        p_values = frame["p_adjusted"].astype(float)
        cells = [DASH if math.isnan(p) else format_p(p, lang) for p in p_values]
        columns.append(Column(say("report.p_head", lang), cells))
    verdicts = [say(f"report.verdict_{verdict_of(d)}", lang) for d in differences]
    return [*columns, Column(say("report.verdict_head", lang), verdicts)]


def _grid_of(caption: str, columns: Sequence[Column], differences: Sequence[Difference]) -> Grid:
    rows = zip(*(column.cells for column in columns), strict=True)
    strong = [difference.clear and not difference.only_rounding for difference in differences]
    lines = tuple(Line(tuple(row), clear) for row, clear in zip(rows, strong, strict=True))
    return Grid(caption, tuple(column.head for column in columns), lines)


def points_figure(difference: Difference, lang: str, decimals: int) -> str:
    """A difference in points as it is printed; where the tables that fit differ, its range over them."""
    ends = [format_points(end, lang, decimals) for end in (difference.least, difference.most)]
    return (
        ends[0]
        if ends[0] == ends[1]
        else format_range(difference.least, difference.most, lang, decimals, sign=True)
    )


def verdict_of(difference: Difference) -> str:
    """A word for how firmly a difference holds: clear, chance, depends; of rounded shares: sign, open."""
    if difference.only_rounding:
        return "sign" if difference.clear else "open"
    return {"every table": "clear", "none": "chance"}.get(difference.verdict, "depends")


def _diverging(frames: Mapping[str, pd.DataFrame], lang: str) -> Grid:
    frame = frames["stages"]
    codebook, decimals = codebook_of(frame), decimals_of(frame)
    lines = []
    for row in rows_of(frame):
        figures = [format_number(side, lang, decimals) for side in sides_of(row, codebook)]
        lines.append(Line((_group(codebook, row.group, lang), *figures)))
    heads = [say(f"report.{key}", lang) for key in ("group", "before_cut", "from_cut")]
    return Grid(say("report.diverging_caption", lang, wave=_waves(frame, lang)), tuple(heads), tuple(lines))


def _group(codebook: Codebook, group: str, lang: str) -> str:
    return codebook.word("group", group, lang, "short")


def _pair(first: str, second: str, lang: str) -> str:
    return say("report.pair", lang, first=first, second=second)


def _waves(frame: pd.DataFrame, lang: str) -> str:
    return join_words([wave_label(str(wave), lang) for wave in frame["wave"].unique()], lang)


def _level(frame: pd.DataFrame, lang: str) -> str:
    levels = list(frame["level"].dropna().astype(float).unique()) if "level" in frame else []
    return format_percent(100 * levels[0], lang) if levels else ""


GRIDS = {
    "stages": _stages,
    "cumulative": _cumulative,
    "differences": _differences,
    "shares": _shares,
    "waves": _changes,
    "diverging": _diverging,
}
