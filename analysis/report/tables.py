"""Frames as tables for people: labels for codes, one unit a column, verdicts in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pandas as pd

from analysis.errors import RequestError
from analysis.words.language import Voice, sentence, voice_of

MARKED = re.compile(r"[\\`*_{}\[\]<>|]")  # what Markdown would read as a mark
FIGURE = re.compile(r"[−+<]?\d|–$")  # how a cell of figures begins
SMALLEST_P = 0.001  # below it only "<0.001" is said


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
        rule = ["---", *("---:" if all(map(FIGURE.match, cells)) else "---" for cells in columns)]
        rule += ["---"] * (len(heads) - len(rule))  # where there are no rows
        lines = [[MARKED.sub(r"\\\g<0>", cell) for cell in row] for row in (heads, *rows)]
        return "\n".join(f"| {' | '.join(line)} |" for line in [lines[0], rule, *lines[1:]])


def table_of(frame: pd.DataFrame, *, lang: str = "en") -> pd.DataFrame:
    r"""A frame of this package labelled and formatted for people.

    Parameters
    ----------
    frame : DataFrame
        Rows of a survey, or of what ``recover_counts``, ``consistent_sizes``, ``audit_rounding``,
        ``estimate_shares``, a ``compare_`` function or ``bound_nonresponse`` returned; each of the frames
        of ``gather_frames`` is one of these.
    lang : str
        One of the codebook's languages.

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
    kind = _kind(frame)
    voice = voice_of(frame, lang)
    columns = MAKERS[kind][1](frame, voice)
    known = frame.copy(deep=False)  # the source line says the n that are known
    if kind == "nonresponse":  # its bounds are no intervals
        known = known.drop(columns="low")
    known.attrs["n"] = {group: n for group, n in (frame.attrs.get("n") or {}).items() if n}
    table = LabelledTable({head: list(cells) for head, cells in columns.items()}, dtype=object)
    first = next(iter(columns))
    table = LabelledTable(table.fillna(voice.say("tables.nothing")).set_index(first))
    table = LabelledTable(table.rename_axis(index=None, columns=first))  # in the corner: one row of heads
    table.attrs = {
        "codebook": voice.codebook,
        "title": voice.say(f"tables.title_{kind}", topic=voice.text("topic")),
        "source": voice.source_line(known),
    }
    return table


def _kind(frame: pd.DataFrame) -> str:
    if isinstance(frame.columns, pd.MultiIndex):
        return "counts"
    names = set(frame.columns)
    for kind, (needed, _) in MAKERS.items():
        if needed and needed <= names:
            return kind
    listed = ", ".join(map(str, list(frame.columns)[:12]))
    raise RequestError(
        f"no table can be made of a frame with the columns {listed}; give rows of a survey, or what "
        "recover_counts, consistent_sizes, audit_rounding, an estimate_ or a compare_ function returned"
    )


def _of_survey(survey: pd.DataFrame, voice: Voice) -> dict[str, Any]:
    """One row per wave and stage, a column a group; of a single wave n stands in the heads."""
    codebook = voice.codebook
    waves = list(survey["wave"].astype(str).unique())
    groups = [group for group in codebook.groups if (survey["group"] == group).any()]
    rows = survey[["wave", "stage"]].drop_duplicates().sort_values(["wave", "stage"])
    keys = list(zip(rows["wave"].astype(str), rows["stage"].astype(str), strict=True))
    cells = survey.astype({"wave": str, "stage": str, "group": str}).set_index(["wave", "stage"])
    columns: dict[str, Any] = {}
    if len(waves) > 1:
        columns[voice.say("tables.wave")] = [sentence(voice.wave(wave)) for wave, _ in keys]
    columns[voice.say("tables.stage")] = [voice.stage(stage) for _, stage in keys]
    for group in groups:
        label, rows = voice.group(group), cells[cells["group"] == group].reindex(keys)
        sizes = list(rows["n"].dropna().unique())
        if len(waves) == 1 and len(sizes) == 1:
            label = voice.say("tables.with_n", group=label, size=voice.size(int(sizes[0])))
        if rows["percent"].notna().any():
            columns[voice.say("tables.percent_of", column=label)] = _each(rows["percent"], voice.number)
        if rows["count"].notna().any():
            columns[voice.say("tables.count_of", column=label)] = _each(rows["count"], voice.count)
        if len(waves) > 1 and sizes:
            columns[voice.say("tables.n_of", group=voice.group(group))] = _each(rows["n"], voice.count)
    return columns


def _of_counts(counts: pd.DataFrame, voice: Voice) -> dict[str, Any]:
    """One row per stage, a column a group; where tables differ, from the least count to the most."""
    groups, stages = (list(dict.fromkeys(counts.columns.get_level_values(level))) for level in (0, 1))
    columns: dict[str, Any] = {voice.say("tables.stage"): [voice.stage(str(stage)) for stage in stages]}
    for group in groups:
        least, most = counts[group].min(), counts[group].max()
        ends = [(least[stage], most[stage]) for stage in stages]
        label, sizes = voice.group(str(group)), set(counts[group].sum(axis=1))
        if len(sizes) == 1:
            label = voice.say("tables.with_n", group=label, size=voice.size(sizes.pop()))
        columns[voice.say("tables.count_of", column=label)] = [
            None if _empty(low) else voice.numbers_range(low, high, 0) for low, high in ends
        ]
    return columns


def _of_shares(shares: pd.DataFrame, voice: Voice) -> dict[str, Any]:
    published = shares.attrs.get("basis") == "published"
    is_again = (shares["measure"] == "at_least") & (shares["stage"] == voice.codebook.stages[-1])
    shares = shares[~is_again]  # nothing is further than the highest stage, which has its row
    columns = _group_and_stage(shares, voice)
    columns[voice.say("tables.published")] = _each(shares["percent"], voice.number)
    if not published:
        columns[voice.say("tables.share")] = _ranges(shares, "estimate_low", "estimate_high", voice)
    head = voice.say("tables.share_bounds") if published else _with_level(shares, voice, "share_range")
    columns[head] = _ranges(shares, "low", "high", voice)
    columns[voice.say("tables.n")] = _each(shares["n"], voice.count)
    return columns


def _of_contrasts(frame: pd.DataFrame, voice: Voice) -> dict[str, Any]:
    """One row per stage, of waves per group and stage (and pair, where there are several)."""
    say = voice.wave if "group" in frame else voice.group
    pairs = list(dict.fromkeys(zip(frame["first"].astype(str), frame["second"].astype(str), strict=True)))
    columns = _group_and_stage(frame, voice)
    if len(pairs) > 1:
        head = voice.say("tables.wave" if "group" in frame else "tables.groups")
        columns = {head: _pairs(frame, voice, say), **columns}
    for column, place in (("percent_first", 0), ("percent_second", 1)):
        if column in frame and frame[column].notna().any():
            head = f"{voice.say('tables.published')} ({place + 1})"
            if len(pairs) == 1:
                head = sentence(voice.say("tables.percent_of", column=say(pairs[0][place])))
            columns[head] = _each(frame[column], voice.number)
    columns[voice.say("tables.difference")] = _ranges(
        frame, "estimate_low", "estimate_high", voice, sign=True
    )
    range_head = _with_level(frame, voice, "difference_range")
    if "missing_first" in frame:
        range_head = voice.say("tables.difference_of_all")
    columns[range_head] = _ranges(frame, "low", "high", voice, sign=True)
    columns[voice.say("tables.verdict")] = _each(frame["verdict"], voice.verdict)
    return columns


def _of_assumptions(frame: pd.DataFrame, voice: Voice) -> dict[str, Any]:
    """One row per assumption, pair of groups and statement; values have two units and are left out."""
    statements = zip(frame["statistic"], frame["stage"], strict=True)
    p_values = zip(frame["p_low"], frame["p_value"], strict=True)
    columns: dict[str, Any] = {
        voice.say("tables.rule"): [
            "; ".join(map(voice.rule, rules.split(", "))) for rules in frame["rounding"]
        ],
        voice.say("tables.n"): [_sizes(sizes, voice) for sizes in frame["n"]],
        voice.say("tables.tables"): _each(frame["n_tables"], voice.count),
        voice.say("tables.statistic"): [_statement(*statement, voice) for statement in statements],
        voice.say("tables.p"): [_p_span(low, high, voice) for low, high in p_values],
        voice.say("tables.verdict"): _each(frame["verdict"], voice.verdict),
    }
    if len(set(_pairs(frame, voice, str))) > 1:
        columns[voice.say("tables.groups")] = _pairs(frame, voice, voice.group)
    return columns


def _of_effects(effects: pd.DataFrame, voice: Voice) -> dict[str, Any]:
    """One row per pair and statistic: probabilities and Cramér's V with two decimals."""
    return {
        voice.say("tables.groups"): _pairs(effects, voice, voice.group),
        voice.say("tables.statistic"): [voice.say(f"tables.{name}") for name in effects["statistic"]],
        voice.say("tables.estimate"): _ranges(effects, "estimate_low", "estimate_high", voice, unit=1),
        _with_level(effects, voice, "range"): _ranges(effects, "low", "high", voice, unit=1),
        voice.say("tables.p"): _each(effects["p_value"], lambda p: _p(p, voice)),
        voice.say("tables.verdict"): _each(effects["verdict"], voice.verdict),
    }


def _of_sizes(sizes: pd.DataFrame, voice: Voice) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name in sizes.columns:
        if name in voice.codebook.groups:
            head = voice.say("tables.n_of", group=voice.group(name))
        else:
            head = voice.say("tables.tables" if name == "n_tables" else "tables.n")
        columns[head] = _each(sizes[name], voice.count)
    return columns


def _of_audit(audit: pd.DataFrame, voice: Voice) -> dict[str, Any]:
    columns: dict[str, Any] = {voice.say("tables.rule"): [voice.rule(rule) for rule in audit["rule"]]}
    yes, no = voice.say("tables.yes"), voice.say("tables.no")
    for group in (name for name in audit.columns if name in voice.codebook.groups):
        columns[voice.say("tables.ways", group=voice.group(group))] = _each(audit[group], voice.count)
    columns[voice.say("tables.tables")] = _each(audit["n_tables"], voice.count)
    columns[voice.say("tables.fits")] = [yes if fits else no for fits in audit["fits"]]
    nearest = [voice.sizes(sizes) if isinstance(sizes, dict) else None for sizes in audit["nearest"]]
    columns[voice.say("tables.nearest")] = nearest
    return columns


MAKERS: dict[str, tuple[set[str], Callable[[pd.DataFrame, Voice], dict[str, Any]]]] = {
    # kind of frame: the columns by which it is known (counts by columns of two levels), what makes its table
    "counts": (set(), _of_counts),
    "assumptions": ({"rounding", "n", "statistic", "stage", "p_low", "verdict"}, _of_assumptions),
    "nonresponse": ({"first", "second", "stage", "missing_first", "verdict"}, _of_contrasts),
    "changes": ({"group", "first", "second", "stage", "verdict"}, _of_contrasts),
    "effects": ({"first", "second", "statistic", "p_value"}, _of_effects),
    "differences": ({"first", "second", "stage", "verdict"}, _of_contrasts),
    "shares": ({"measure", "group", "stage", "estimate"}, _of_shares),
    "survey": ({"wave", "group", "stage", "percent", "count", "n"}, _of_survey),
    "audit": ({"rule", "fits", "nearest"}, _of_audit),
    "sizes": ({"n", "n_tables"}, _of_sizes),
}


def _group_and_stage(frame: pd.DataFrame, voice: Voice) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if "group" in frame:
        columns[voice.say("tables.group")] = [voice.group(str(group)) for group in frame["group"]]
    measures = frame["measure"] if "measure" in frame else ["stage"] * len(frame)
    columns[voice.say("tables.stage")] = [
        voice.stage_label(str(measure), str(stage))
        for measure, stage in zip(measures, frame["stage"], strict=True)
    ]
    return columns


def _pairs(frame: pd.DataFrame, voice: Voice, say: Callable[[str], str]) -> list[str]:
    """What is compared; all groups at once where a row is of no pair."""
    compared = dict.fromkeys([*frame["first"].dropna(), *frame["second"].dropna()])
    return [
        voice.listed([say(str(code)) for code in compared])
        if _empty(first)
        else voice.say("tables.pair", first=say(str(first)), second=say(str(second)))
        for first, second in zip(frame["first"], frame["second"], strict=True)
    ]


def _with_level(frame: pd.DataFrame, voice: Voice, head: str) -> str:
    return voice.say(f"tables.{head}", level=voice.level(frame.attrs.get("level", 0.95)))


def _ranges(
    frame: pd.DataFrame, low: str, high: str, voice: Voice, *, sign: bool = False, unit: int = 100
) -> list[str | None]:
    """The figures of two columns of shares, in per cent or points; one figure where both print alike."""
    places = voice.decimals if unit == 100 else 2
    return [
        None
        if _empty(least) or _empty(most)
        else voice.numbers_range(unit * least, unit * most, places, sign=sign)
        for least, most in zip(frame[low], frame[high], strict=True)
    ]


def _each(values: pd.Series[Any], say: Callable[[Any], str]) -> list[str | None]:
    return [None if _empty(value) or value == "" else say(value) for value in values]


def _statement(statistic: str, stage: object, voice: Voice) -> str | None:
    """What an assumption is tried on: a statistic, or a stage; nothing where no table fits."""
    if _empty(statistic) or not statistic:
        return None
    return voice.say(f"tables.{statistic}") if _empty(stage) else voice.stage_label(statistic, str(stage))


def _sizes(text: str, voice: Voice) -> str:
    """Each n of ``vocational 80, general 95–97`` behind the label of its group."""
    parts = (part.rpartition(" ") for part in text.split(", "))
    return ", ".join(f"{voice.group(group, 'short')} {n}" for group, _, n in parts)


def _p_span(low: float, high: float, voice: Voice) -> str | None:
    if _empty(high):
        return None
    ends = [_p(high if _empty(low) else low, voice), _p(high, voice)]
    return ends[1] if ends[0] == ends[1] else voice.say("common.range", low=ends[0], high=ends[1])


def _p(value: float, voice: Voice) -> str:
    return f"<{voice.number(SMALLEST_P, 3)}" if value < SMALLEST_P else voice.number(value, 3)


def _empty(value: Any) -> bool:
    return value is None or bool(pd.isna(value))
