"""Tables: of any frame, labelled for people; of the survey, with a column for each group."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.codebook import codebook_of, waves_in_time
from analysis.errors import RequestError
from analysis.rounding import DEFAULT_RULES, print_percentages
from analysis.words.language import SMALLEST_P, Voice, sentence, voice_of

if TYPE_CHECKING:
    from analysis.codebook import Codebook

MARKED = re.compile(r"[\\`*_{}\[\]<>|]")  # what Markdown would read as a mark
FIGURE_START = re.compile(r"[−+<]?\d|–$")  # how a cell of figures begins
WIDE_FIGURES = {  # of the wide table: what its names start with, its type, the key of its head
    "percent": ("", "Float64", "exports.percent"),
    "computed": ("computed_", "Float64", "exports.computed"),
    "count": ("count_", "Int64", "exports.count"),
    "n": ("n_", "Int64", "tables.n_of"),
    "source": ("source_", "str", "exports.source_of"),
}


class LabelledTable(pd.DataFrame):
    """A DataFrame of text whose LaTeX and Markdown escape what these would read as marks; its HTML does.

    ``attrs["title"]`` says what it is, ``attrs["source"]`` where it comes from. Whatever is made of it, as by
    ``[]`` or ``T``, is an ordinary DataFrame.
    """

    def _repr_html_(self) -> str:
        """As pandas shows a frame in a notebook, but no words are cut."""
        with pd.option_context("display.max_colwidth", None):
            return str(super()._repr_html_())  # type: ignore[misc]

    def to_latex(self, buf: Any = None, *, escape: bool = True, **options: Any) -> Any:  # type: ignore[override]
        """As pandas does, but escaped unless told otherwise."""
        return super().to_latex(buf, escape=escape, **options)

    def to_markdown(self, buf: Any = None, **options: Any) -> Any:
        """A pipe table; with options it is pandas' own, which needs the package ``tabulate``."""
        if buf is not None or options:
            return super().to_markdown(buf, **options)
        heads = [str(self.columns.name), *self.columns]
        rows = [list(map(str, row)) for row in self.itertuples()]
        columns = list(zip(*rows, strict=True))[1:]  # beside what the rows are
        rule = ["---", *("---:" if all(map(FIGURE_START.match, cells)) else "---" for cells in columns)]
        rule += ["---"] * (len(heads) - len(rule))  # where there are no rows
        lines = [[MARKED.sub(r"\\\g<0>", cell) for cell in row] for row in (heads, *rows)]
        return "\n".join(f"| {' | '.join(line)} |" for line in [lines[0], rule, *lines[1:]])


def table_of(frame: pd.DataFrame, *, lang: str | None = None) -> pd.DataFrame:
    r"""A frame of this package labelled and formatted for people.

    Parameters
    ----------
    frame : DataFrame
        Rows of a survey, or of what ``recover_counts``, ``consistent_sizes``, ``audit_rounding``,
        ``estimate_shares``, a ``compare_`` function or ``bound_nonresponse`` returned; each of the frames
        of ``gather_frames`` is one of these.
    lang : str, optional
        A language of the codebook; left out, English where the survey has it, else its first.

    Returns
    -------
    DataFrame
        Text: the codebook's labels, one unit a column (per cent, percentage points or answers, as its head
        says), the same decimals in a column, verdicts in words, ``–`` where there is nothing. Of a survey and
        of counts one row per stage (and wave) and a column a group; of others one row per row, but none for
        "the highest stage or further", which is that stage. What rows are
        is the index, named in the corner. ``attrs["title"]`` and ``attrs["source"]`` (publisher, n,
        assumptions) are its caption; ``to_html``, ``to_latex`` and ``to_markdown`` escape what is special
        there.

    Raises
    ------
    RequestError
        The frame is none of these, or lost its codebook, or the codebook does not have the language.

    Examples
    --------
    >>> from analysis.survey.table import load_survey
    >>> survey = load_survey()
    >>> table = table_of(survey[survey["wave"] == "2020-autumn"])
    >>> print(table.columns[1].replace("\N{NO-BREAK SPACE}", " "))
    Vocational institutions (n = 80), per cent
    >>> table.loc["Has tried it out"].tolist()
    ['37', '32', '41']
    """
    kind, voice = _kind(frame), voice_of(frame, lang)
    rows = _rows_of(kind, frame, voice)
    heads = _side_names(rows, voice) | {"level": voice.level(frame.attrs.get("level", 0.95))}
    of_bounds = kind == "shares" and frame.attrs.get("basis") == "published"
    columns: dict[str, Any] = {}
    for name in (BOUNDS if of_bounds else TABLE_KINDS[kind][1]).split():
        columns |= SPREADS[name](rows, voice) if name in SPREADS else _column(name, rows, voice, heads)
    first = next(iter(columns))
    table = pd.DataFrame(columns, dtype=object).fillna(voice.say("tables.nothing")).set_index(first)
    table = LabelledTable(table.rename_axis(index=None, columns=first))  # in the corner: one row of heads
    known = frame.drop(columns="low") if kind == "nonresponse" else frame.copy(deep=False)  # no intervals
    known.attrs["n"] = {group: n for group, n in (frame.attrs.get("n") or {}).items() if n}
    table.attrs = {
        "codebook": voice.codebook,
        "title": voice.say(f"tables.title_{kind}", topic=voice.text("topic")),
        "source": voice.source_line(known),
    }
    return table


def _kind(frame: pd.DataFrame) -> str:
    if isinstance(frame.columns, pd.MultiIndex):
        return "counts"
    for kind, (needed, _) in TABLE_KINDS.items():
        if needed and set(needed.split()) <= set(frame.columns):
            return kind
    listed = ", ".join(map(str, list(frame.columns)[:12]))
    raise RequestError(
        f"no table can be made of a frame with the columns {listed}; give rows of a survey, or what "
        "recover_counts, consistent_sizes, audit_rounding, an estimate_ or a compare_ function returned"
    )


def _rows_of(kind: str, frame: pd.DataFrame, voice: Voice) -> pd.DataFrame:
    """The rows of a table, with columns for all that its cells are made of."""
    rows = frame.rename(columns={"rounding": "rule"})
    if "first" in rows:
        say = voice.wave if kind == "changes" else voice.group
        compared = dict.fromkeys([*rows["first"].dropna(), *rows["second"].dropna()])
        everything = voice.listed([say(str(code)) for code in compared])  # where a row is of no pair
        rows["pair"] = [
            everything
            if _missing(one)
            else voice.say("tables.pair", first=say(str(one)), second=say(str(other)))
            for one, other in zip(rows["first"], rows["second"], strict=True)
        ]
        if len(set(rows["pair"])) == 1 and kind != "effects":
            del rows["pair"]
    if kind == "effects":  # judged over all tables, by the largest p
        rows = rows.assign(stage=None, p_low=rows["p_value"])
    if kind == "shares":  # nothing is further than the highest stage, which has its row
        rows = rows[(rows["measure"] != "at_least") | (rows["stage"] != voice.codebook.stages[-1])]
    unknown = [name for name in PERCENT_SIDES if name in rows and rows[name].isna().all()]
    return rows.drop(columns=unknown)


def _side_names(rows: pd.DataFrame, voice: Voice) -> dict[str, str]:
    """What the two sides of a comparison are called: by their names where these are the same in every row."""
    if "pair" in rows or "first" not in rows or rows.empty:
        return {side: voice.say(f"tables.{side}") for side in ("first", "second")}
    say = voice.wave if "group" in rows else voice.group
    return {side: sentence(say(str(rows[side].iloc[0]))) for side in ("first", "second")}


def _column(name: str, rows: pd.DataFrame, voice: Voice, heads: Mapping[str, str]) -> dict[str, Any]:
    """A column of ``CELLS``; none where the rows do not have what it is made of."""
    parts, say = CELLS[name]
    if not set(parts) <= set(rows):
        return {}
    return {voice.say(f"tables.{name}", **heads): _said(partial(say, voice), *(rows[part] for part in parts))}


def _said(say: Callable[..., str], *values: Iterable[Any]) -> list[str | None]:
    """Cells of so many values each; none where the last of them is missing."""
    return [None if _missing(cell[-1]) else say(*cell) for cell in zip(*values, strict=True)]


def _survey_columns(survey: pd.DataFrame, voice: Voice) -> dict[str, Any]:
    """Wave and stage, then the columns of each group; of a single wave n stands in the heads."""
    wide = widen_survey(survey)
    columns: dict[str, Any] = {}
    several = len(set(wide["wave"])) > 1
    if several:
        columns[voice.say("tables.wave")] = [sentence(voice.wave(wave)) for wave in wide["wave"]]
    columns[voice.say("tables.stage")] = [voice.stage(stage) for stage in wide["stage"]]
    for group in voice.codebook.groups:
        sizes = set(wide[f"n_{group}"].dropna()) if f"n_{group}" in wide else set()
        label = voice.group(group) if several else _with_n(group, sizes, voice)
        for name, head, say in (
            (group, "percent_of", voice.number),
            (f"count_{group}", "count_of", voice.count),
            (f"n_{group}", "n_of", voice.count),
        ):
            if name in wide and (several or head != "n_of"):
                columns[voice.say(f"tables.{head}", column=label, group=label)] = _said(say, wide[name])
    return columns


def _count_columns(counts: pd.DataFrame, voice: Voice) -> dict[str, Any]:
    """The stages, and a column a group: its counts; where tables differ, from the least to the most."""
    groups, stages = (list(dict.fromkeys(counts.columns.get_level_values(level))) for level in (0, 1))
    columns: dict[str, Any] = {voice.say("tables.stage"): [voice.stage(str(stage)) for stage in stages]}
    for group in groups:
        label = _with_n(str(group), set(counts[group].sum(axis=1)), voice)
        ends = counts[group].min()[stages], counts[group].max()[stages]
        columns[voice.say("tables.count_of", column=label)] = _said(
            partial(voice.numbers_range, decimals=0), *ends
        )
    return columns


def _with_n(group: str, sizes: Collection[int], voice: Voice) -> str:
    """The label of a group, with its n where that is one."""
    label = voice.group(group)
    if len(sizes) != 1:
        return label
    return voice.say("tables.with_n", group=label, size=voice.size(int(*sizes)))


def _group_columns(frame: pd.DataFrame, voice: Voice) -> dict[str, Any]:
    """A column for each group: its n, or in how many ways its percentages can come about."""
    head = "tables.ways" if "rule" in frame else "tables.n_of"
    names = [name for name in frame.columns if name in voice.codebook.groups]
    return {voice.say(head, group=voice.group(name)): _said(voice.count, frame[name]) for name in names}


def _span(unit: int, **how: Any) -> Callable[[Voice, float, float], str]:
    """Says two ends in a unit, or one figure where both print alike."""
    return lambda voice, low, high: voice.numbers_range(unit * low, unit * high, **how)


def _p_values(voice: Voice, *ends: float) -> str:
    """A p-value with three decimals, or from the smallest to the largest over the tables."""
    said = [
        f"<{voice.number(SMALLEST_P, 3)}" if p < SMALLEST_P else voice.number(p, 3)
        for p in ends
        if not _missing(p)
    ]
    return said[0] if said[0] == said[-1] else voice.say("common.range", low=said[0], high=said[-1])


def _statement(voice: Voice, stage: Any, statistic: str) -> str:
    return voice.say(f"tables.{statistic}") if _missing(stage) else voice.stage_label(statistic, str(stage))


def _rules(voice: Voice, rules: str) -> str:
    """Rules in words; the default ones, which would fill the cell, by what they have in common."""
    names = rules.split(", ")
    return voice.say("tables.usual_rules") if names == [*DEFAULT_RULES] else "; ".join(map(voice.rule, names))


def _sizes(voice: Voice, sizes: int | str) -> str:
    """A number; each n of ``vocational 80, general 95–97`` behind the label of its group."""
    if not isinstance(sizes, str):
        return voice.count(sizes)
    parts = (part.rpartition(" ") for part in sizes.split(", "))
    return ", ".join(f"{voice.group(group, 'short')} {n}" for group, _, n in parts)


def _missing(value: Any) -> bool:
    return bool(pd.isna(value)) or value == ""


PERCENT_SIDES = ("percent_first", "percent_second")
SHARE_SPAN, VALUE_SPAN = _span(100), _span(1, decimals=2)
POINT_SPAN = partial(Voice.interval, sign=True)
CELLS: dict[str, tuple[tuple[str, ...], Callable[..., str]]] = {
    # column, by the key of its head: what a cell is made of and how it is said, unless the last is missing
    "rule": (("rule",), _rules),
    "n": (("n",), _sizes),
    "tables": (("n_tables",), Voice.count),
    "wave": (("pair",), lambda _, pair: str(pair)),
    "groups": (("pair",), lambda _, pair: str(pair)),
    "group": (("group",), Voice.group),
    "stage": (("measure", "stage"), Voice.stage_label),
    "statistic": (("stage", "statistic"), _statement),
    "published": (("percent",), Voice.number),
    "percent_first": (PERCENT_SIDES[:1], Voice.number),
    "percent_second": (PERCENT_SIDES[1:], Voice.number),
    "share": (("estimate_low", "estimate_high"), SHARE_SPAN),
    "share_range": (("low", "high"), SHARE_SPAN),
    "share_bounds": (("low", "high"), SHARE_SPAN),
    "difference": (("estimate_low", "estimate_high"), POINT_SPAN),
    "change": (("estimate_low", "estimate_high"), POINT_SPAN),
    "difference_range": (("low", "high"), POINT_SPAN),
    "difference_of_all": (("low", "high"), POINT_SPAN),
    "estimate": (("estimate_low", "estimate_high"), VALUE_SPAN),
    "range": (("low", "high"), VALUE_SPAN),
    "p": (("p_low", "p_value"), _p_values),
    "fits": (("fits",), lambda voice, fits: voice.say("tables.yes" if fits else "tables.no")),
    "nearest": (("nearest",), Voice.sizes),
    "verdict": (("verdict",), Voice.verdict),
}
SPREADS = {"survey": _survey_columns, "counts": _count_columns, "by_group": _group_columns}
CONTRAST_COLUMNS = "stage percent_first percent_second difference difference_range verdict"
TABLE_KINDS = {
    # kind of frame: columns by which it is known (counts by columns of two levels), columns of its table
    "counts": ("", "counts"),
    "assumptions": ("rounding n statistic stage p_low verdict", "rule n tables groups statistic p verdict"),
    "nonresponse": ("first stage missing_first verdict", "groups stage difference difference_of_all verdict"),
    "changes": (
        "group first second stage verdict",
        "wave group stage percent_second percent_first change difference_range verdict",  # as time goes
    ),
    "effects": ("first second statistic p_value", "groups statistic estimate range p verdict"),
    "differences": ("first second stage verdict", f"groups {CONTRAST_COLUMNS}"),
    "shares": ("measure group stage estimate", "group stage published share share_range n"),
    "survey": ("wave group stage percent count n", "survey"),
    "audit": ("rule fits nearest", "rule by_group tables fits nearest"),
    "sizes": ("n n_tables", "by_group n tables"),
}
BOUNDS = "group stage published share_bounds n"  # of shares where no counts are known


# the wide table, for other programs


def widen_survey(survey: pd.DataFrame, *, lang: str | None = None) -> pd.DataFrame:
    """One row per wave × stage; for each group a column of percentages and one of n, then the source.

    Parameters
    ----------
    survey : DataFrame
        Rows of the survey table.
    lang : str, optional
        Language of heads and cells, one of the codebook's; left out, its codes.

    Returns
    -------
    DataFrame
        One row per wave × stage that has a figure, in order of time and stage. Percentages (a column named
        by its group) are as published. Where counts are stored they stand in ``count_<group>``, and where
        they are stored alone, percentages by this package's own rounding in ``computed_<group>``. Then
        ``n_<group>`` and ``source``, or ``source_<group>`` where groups have different ones. A column that
        would be empty is left out; ``<NA>`` is where there is nothing. ``maturity append --wide`` makes the
        same rows of it again.

    Raises
    ------
    RequestError
        The frame lost its codebook, or the codebook does not have the language.

    Examples
    --------
    >>> from analysis.survey.table import load_survey
    >>> print(*widen_survey(load_survey()).iloc[4].tolist()[:6])
    2020-autumn versatile 5.0 2.0 6.0 175
    """
    codebook = codebook_of(survey)
    voice = None if lang is None else Voice(codebook, lang)
    long = survey.assign(computed=computed_percents(survey, codebook)).astype({"group": str})
    for name, order in (("wave", waves_in_time(survey)), ("stage", codebook.stages)):
        long[name] = pd.Categorical(long[name].astype(str), order)
    cells = long.pivot(index=["wave", "stage"], columns="group", values=list(WIDE_FIGURES))
    cells = cells.reindex(columns=pd.MultiIndex.from_product([WIDE_FIGURES, codebook.groups]))
    wide = cells.index.to_frame(index=False).astype(str)
    sources = [list(dict.fromkeys(row.dropna())) for _, row in cells["source"].iterrows()]
    one_source = all(len(names) == 1 for names in sources)
    keys = {"wave": "tables.wave", "stage": "tables.stage", "source": "exports.source"}
    heads = {name: voice.say(key) for name, key in keys.items()} if voice else {}
    for kind, (start, dtype, head) in WIDE_FIGURES.items():
        if kind == "source" and one_source:
            wide["source"] = [name for (name,) in sources]
            continue
        for group in codebook.groups:
            if cells[kind, group].notna().any():
                wide[start + group] = pd.Series(cells[kind, group].array, dtype=dtype)
                if voice:
                    heads[start + group] = voice.say(head, group=voice.group(group))
    if voice:
        wide["wave"], wide["stage"] = wide["wave"].map(voice.wave), wide["stage"].map(voice.stage)
    wide = wide.rename(columns=heads)
    wide.attrs["codebook"] = codebook
    return wide


def computed_percents(survey: pd.DataFrame, codebook: Codebook) -> pd.Series[Any]:
    """Percentages of cells that have a count only: of a whole column together, else each out of its n."""
    computed = pd.Series(pd.NA, index=survey.index, dtype="Float64")
    for (wave, _), column in survey[survey["count"].notna()].groupby(["wave", "group"], observed=True):
        counts, n = [int(count) for count in column["count"]], column["n"].max()
        decimals = int(codebook.wave(str(wave)).get("decimals") or 0)
        if set(column["stage"]) == set(codebook.stages) and any(counts):
            computed[column.index] = print_percentages(counts, decimals=decimals)
        elif not pd.isna(n) and 0 < n >= max(counts):
            pairs = [[count, int(n) - count] for count in counts]
            computed[column.index] = [print_percentages(pair, decimals=decimals)[0] for pair in pairs]
    return computed.where(survey["percent"].isna())
