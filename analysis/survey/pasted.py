"""A published percentage table as a survey: pasted text, a file or a data frame, with nothing else beside it.

Answers are rows and groups are columns, or the other way round; each cell is kept as it was printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from analysis.codebook import (
    COLUMNS,
    UNDATED,
    WAVE_FORMS,
    WAVE_PATTERN,
    WEIGHTING,
    Codebook,
    codebook_of,
    make_codebook,
)
from analysis.errors import RequestError, quote, shorten, show, unknown_code
from analysis.rounding import Column, is_empty, list_sizes, read_cell
from analysis.survey.grids import DECIMAL, is_pasted
from analysis.survey.readings import SIZE_LABEL, SUM_LABEL, TOTAL_LABEL, PastedTable, readings_of
from analysis.survey.rows import SurveyRow
from analysis.survey.table import frame_rows, save_survey

if TYPE_CHECKING:
    import pandas as pd

NAME = {"en": "Published table", "fi": "Julkaistu taulukko", "sv": "Publicerad tabell"}
RESPONDENTS = {"en": "Respondents", "fi": "Vastaajat", "sv": "Respondenter"}
PUBLISHER = {"en": "published table", "fi": "julkaistu taulukko", "sv": "publicerad tabell"}
MOST_SUMMED = 40  # rows among which sums of others are looked for
SELDOM = 0.2  # of tables have sums so low by rounding alone; then a row may as well be missing


def read_percentages(
    source: pd.DataFrame | str | Path,
    *,
    n: Mapping[str, int | Iterable[int] | None] | int | None = None,
    total: str | None = None,
    order: Sequence[str] | None = None,
    wave: str | None = None,
    ordered: bool = True,
    multiple: bool | None = None,
    exhaustive: bool = True,
    rest: str | None = None,
    weighted: bool | None = None,
    lang: str = "en",
) -> pd.DataFrame:
    r"""A published percentage table as an ordinary survey, on which everything else works.

    Parameters
    ----------
    source : DataFrame, path or str
        The table: a data frame (of polars or Arrow too), a file, or pasted text (tabs, commas, semicolons,
        Markdown, or columns of text as in a PDF; titles, footnotes and lines with # are left out). Answers
        are rows and groups are columns, or the other way round: what adds up to 100 tells, and the groups
        that ``n`` and ``total`` name. A row or column of n, "Men (n = 428)" in a
        head, columns n and %, and cells such as "277 (64.7 %)", "64,7*", "<1", "-" or "[c]" are understood;
        a row of sums (100) is left out.
    n : mapping or int, optional
        n by group, a number or a range; one number where there is one group.
    total : str, optional
        The group that is the sum of all others. Left out, it is the group whose name says so ("All", "Total")
        if its n is the sum of the others'.
    order : sequence of str, optional
        The answers from least to most, where the table has another order.
    wave : str, optional
        The id of the wave, as 2024.
    ordered : bool
        Whether the answers are a scale. Without one there are no cumulative shares.
    multiple : bool, optional
        Whether several answers could be given, so that each cell is out of n by itself. Left out, one is
        taken to be, unless what is written beside the table says otherwise, which is refused.
    exhaustive : bool
        Whether the groups add up to the total.
    rest : str, optional
        "unknown" where rows of the table are not shown, "none" where all answers are. Left out, all are
        taken to be shown, unless the columns add up to so much less than 100 that rounding alone does it in
        fewer than one of five tables: then both are allowed for, as "unknown" does.
    weighted : bool, optional
        Whether the percentages are weighted; left out, what is written beside the table tells.
    lang : str
        The language of the labels.

    Returns
    -------
    DataFrame
        As ``load_survey`` returns it, with one wave and a column ``printed``: each cell as it was printed
        (``percent`` is missing where it is no number). ``attrs["codebook"]`` is made of the labels.

    Raises
    ------
    RequestError
        The table cannot be read, or its figures cannot be percentages of one answer each in which all
        answers are shown; the message says what to give instead.

    Examples
    --------
    >>> text = "role,vocational (n = 80),general (n = 95)\nno,19,21\nyes,81,79"
    >>> read_percentages(text)[["group", "stage", "printed", "n"]].values.tolist()[0]
    ['vocational', 'no', '19', 80]
    """
    if rest not in {None, "unknown", "none"}:
        raise RequestError(
            f"rest is {quote(str(rest))}; give 'unknown' where rows are not shown, 'none' where all are, or "
            "nothing"
        )
    is_open = bool(multiple) or rest == "unknown"
    if hasattr(source, "to_frame") and not hasattr(source, "columns"):  # a Series, as of value_counts
        source = source.to_frame()
    n = {str(group): size for group, size in n.items()} if isinstance(n, Mapping) else n
    total = None if total is None else str(total)
    named = {*(n if isinstance(n, Mapping) else ()), *([total] if total else ())}
    table = _best_reading(source, named, adds_up=not is_open)
    groups, answers = list(table.columns), _ordered(table.answers, order)
    _refuse_unclear(table, multiple=multiple)
    sizes = _sizes(table, n, whole=not is_open)
    total = total or _named_total(sizes)
    if not is_open:
        _refuse_other_sums(table, total)
    _refuse_empty(table)
    if total is not None and total not in groups:
        raise RequestError(unknown_code("total", total, groups))
    facts = {"total": total, "ordered": ordered, "exhaustive": exhaustive, "multiple": bool(multiple)}
    if not is_open and rest is None:  # nobody said whether all answers are shown
        facts["restAssumed"] = _is_leaning(table, total)
    facts["rest"] = "unknown" if facts.get("restAssumed") else rest
    wave = _known_wave(wave) if wave else UNDATED
    ranges = {group: [min(size), max(size)] for group, size in sizes.items() if not isinstance(size, int)}
    declared = {"id": wave, "n": ranges or None, "weighted": weighted}
    codebook = _codebook(groups, answers, facts, wave=declared, lang=lang)
    where = "pasted table" if is_pasted(source) else "a data frame"
    if not is_pasted(source) and not hasattr(source, "columns"):
        where = show(Path(source).name)
    if table.weighted and weighted is None:
        where += f", weighted: {quote(table.weighted)}"  # what is weighted by its source is not recovered
    rows, printed = [], []
    for group, column in table.columns.items():
        size = sizes.get(group)
        for answer in answers:
            text, count, cell = column[table.answers.index(answer)]
            percent = "" if cell.units is None else text
            rows.append(
                SurveyRow(
                    0, wave, group, answer, percent, count, size if isinstance(size, int) else None, where
                )
            )
            printed.append(text)
    survey = frame_rows(tuple(rows), codebook)
    return survey.assign(printed=printed).astype({"printed": "str"})


def likely_total(survey: pd.DataFrame) -> str:
    """The one of three groups or more that goes by the name of a total, in a table that declares none."""
    codebook = codebook_of(survey)
    named = [group for group in codebook.groups if TOTAL_LABEL.fullmatch(group)]
    return named[0] if codebook.total is None and len(codebook.groups) > 2 and len(named) == 1 else ""


def save_percentages(survey: pd.DataFrame, folder: str | Path, *, name: str, wave: str) -> Path:
    """A table that was read by `read_percentages` as a new survey's folder, to which waves can be appended.

    The codebook has the labels of the table. RequestError where a cell is no number, where cells have
    different decimals (a survey's table has one precision a wave), or where the folder is in use;
    CodebookError where the labels make no sound codebook.
    """
    old, wave = codebook_of(survey), _known_wave(wave)
    marks = survey.loc[survey["percent"].isna() & survey["count"].isna(), "printed"]
    if len(marks):
        raise RequestError(
            f"the cell {quote(marks.iloc[0])} is no number; a survey's folder holds numbers only"
        )
    decimals = {len(text.partition(".")[2]) for text in survey["printed"]}
    if len(decimals) > 1:
        raise RequestError("the cells have different decimals; a survey's folder has one precision a wave")
    names = ("ordered", "exhaustive", "multiple", "rest", "restAssumed")
    facts = {key: old.survey[key] for key in names if key in old.survey}
    new = make_codebook(
        name, old.stages, old.groups, total=old.total, lang=old.languages[0], waves=[wave], **facts
    )
    stage = dict(zip(old.stages, new.stages, strict=True))
    group = dict(zip(old.groups, new.groups, strict=True))
    source = survey["source"].iloc[0]
    is_weighted = old.wave(str(survey["wave"].iloc[0])).get("weighted", bool(WEIGHTING.search(source)))
    source = "published table, weighted" if is_weighted else "published table"
    figures = survey[["group", "stage", "printed", "count", "n"]].itertuples(index=False)
    rows = [
        [wave, group[g], stage[s], printed, *("" if is_empty(x) else x for x in (count, n)), source]
        for g, s, printed, count, n in figures
    ]
    return save_survey(folder, new, name=name, rows=rows)


def _known_wave(wave: str) -> str:
    if not WAVE_PATTERN.fullmatch(wave):
        raise RequestError(f"wave is {quote(wave)}; use {WAVE_FORMS}, the time of fieldwork")
    return wave


def _refuse_unclear(table: PastedTable, *, multiple: bool | None) -> None:
    if table.several and multiple is None:
        raise RequestError(
            f"the table says {quote(table.several)}; say multiple=True (--multiple) where several answers "
            "could be given, multiple=False (--one-answer) where not"
        )
    for group, column in table.columns.items():
        if not any(part.printed for part in column):
            raise RequestError(
                f"the group {quote(group)} has no figure; leave it out, or put tabs between heads and cells "
                "where they ran together"
            )


def _refuse_empty(table: PastedTable) -> None:
    """An answer without a figure: a heading, a label of two lines, or zeros that are not printed."""
    for answer, *cells in zip(table.answers, *table.columns.values(), strict=True):
        if not any(part.printed for part in cells):
            raise RequestError(
                f"the answer {quote(answer)} has no figure; leave the line out if it is a heading, else "
                "write 0 where nobody gave it and - where it is not shown"
            )


def _best_reading(source: Any, named: set[str], *, adds_up: bool) -> PastedTable:
    """The first reading with the named groups that adds up to 100; where it need not, one with n."""
    readings, refusals = [], []
    for reading in readings_of(source):
        if isinstance(reading, RequestError):
            refusals.append(reading)
        elif adds_up and named <= reading.columns.keys() and _adds_up(reading):
            return reading
        else:
            readings.append(reading)
    if not readings:
        raise refusals[0]

    def merits(table: PastedTable) -> tuple[bool, ...]:
        if adds_up:
            return named <= table.columns.keys(), _adds_up(table)
        is_below = all(column.rest >= -_room(column)[1] for column in table.percents.values())
        return named <= table.columns.keys(), is_below, bool(table.sizes)

    return max(readings, key=merits)


def _adds_up(table: PastedTable) -> bool:
    """Whether all columns add up to 100, and not by what a text that is split wrongly leaves empty."""
    filled = [[bool(part.printed) for part in column] for column in table.columns.values()]
    _, *answers = zip(*filled, strict=True)
    has_gaps = any(2 * sum(column) < len(column) for column in filled) or not all(map(any, answers))
    are_figures = all(re.fullmatch(r"[0-9]*[.,][0-9]+\s*%?", answer) for answer in table.answers)
    is_sound = not (has_gaps or are_figures or _lacks_head(table))
    return is_sound and all(map(_is_whole, table.percents.values()))


def _named_total(sizes: Mapping[str, int | tuple[int, ...]]) -> str | None:
    """The group that is called a total and has the n of all others together."""
    known = {group: size for group, size in sizes.items() if isinstance(size, int)}
    named = [group for group in known if TOTAL_LABEL.fullmatch(group)]
    is_sum = len(named) == 1 and len(known) > 2 and 2 * known[named[0]] == sum(known.values())
    return named[0] if is_sum else None


def _room(column: Column) -> tuple[int, int]:
    """By how much a column may miss 100 % by rounding, below and above, in units of its finest cell."""
    reach = sum(column.unit // cell.unit for cell in column.cells if cell.units is not None)
    hidden = len(column.cells) > len(column.published)
    return (column.unit if hidden else reach - 1), reach - 1


def _is_whole(column: Column) -> bool:
    """Whether a column adds up to 100 % as far as rounding allows, or to 200 % with a row of sums."""
    below, above = _room(column)
    return -above <= column.rest <= below or abs(column.rest + column.unit) <= above


def _is_leaning(table: PastedTable, total: str | None) -> bool:
    """Whether the columns add up to less than 100 so far that rounding alone seldom does it.

    A row that is not shown (no answer, other) does it to all of them. Errors of rounding are uniform and
    independent, near enough; their sum is taken for normal.
    """
    columns = [c for group, c in table.percents.items() if group != total or len(table.columns) == 1]
    if any(len(column.published) < len(column.cells) for column in columns):
        return False  # what is missing has its place already
    if all(part.counted is not None for column in table.columns.values() for part in column):
        return False
    unit = max(column.unit for column in columns)
    rest = sum(column.rest * (unit // column.unit) for column in columns)
    deviation = sum((unit // cell.unit) ** 2 / 12 for column in columns for cell in column.cells) ** 0.5
    return rest > 0 and NormalDist(0, deviation).cdf(0.5 - rest) < SELDOM


def _lacks_head(table: PastedTable) -> bool:
    """Whether figures stand where the groups' names should, and the columns come closer to 100 with them."""
    if not all(re.fullmatch(rf"{DECIMAL}\s*%?", group) for group in table.columns):
        return False
    without, together = 0.0, 0.0
    for group, column in table.percents.items():
        whole_column = Column((read_cell(group.replace(",", ".")), *column.cells))
        if _is_whole(column) or _is_whole(whole_column):
            without += abs(column.rest) / column.unit
            together += abs(whole_column.rest) / whole_column.unit
    return together <= without


def _refuse_other_sums(table: PastedTable, total: str | None) -> None:
    """What sums other than 100 give away: counts, several answers, subtotals, hidden rows, other bases."""
    if _lacks_head(table):
        raise RequestError(
            f"the first row has figures ({', '.join(table.columns)}); write the names of the groups above it"
        )
    sums = {}
    for group, column in table.percents.items():
        below, above = _room(column)
        if not -above <= column.rest <= below:
            sums[group] = (column.unit - column.rest) / (column.unit // 100)
    said = ", ".join(f"{value:g} ({group})" for group, value in sums.items())
    message = shorten(f"percentages must add up to 100, but they add up to {said}; ", 600) if sums else ""
    if _is_of_total(table, total, is_whole=not sums):
        raise RequestError(
            f"{message}all cells together make 100: they are percentages of the total; give those of each "
            "group"
        )
    if sums:
        raise RequestError(message + _advise(table, sums))


def _is_of_total(table: PastedTable, total: str | None, *, is_whole: bool) -> bool:
    """Whether the cells of all groups make 100 together, sums of rows and columns left out."""
    inner = [place for place, answer in enumerate(table.answers) if not SUM_LABEL.fullmatch(answer)]
    if is_whole and len(inner) == len(table.answers):
        return False
    parts = [c for group, c in table.percents.items() if group != total and not SUM_LABEL.fullmatch(group)]
    cells = [column.cells[place] for column in parts for place in inner]
    return len(parts) > 1 and abs(sum((cell.units or 0) / cell.unit for cell in cells) - 1) < 0.03


def _advise(table: PastedTable, sums: Mapping[str, float]) -> str:
    """What to do about columns that do not add up to 100, by what their sums give away."""
    if subtotals := _subtotals(table):
        return subtotals
    if all(table.sizes.get(group) == value for group, value in sums.items()):
        return "they are counts, since they add up to n: nothing has to be recovered"
    if all(SIZE_LABEL.fullmatch(group) for group in sums):
        return "they are numbers of answers: leave them out"
    if table.headings and min(sums.values()) > 150:
        named = ", ".join(map(quote, table.headings[:3]))
        return f"the table has several questions ({named}); give one at a time"
    if min(sums.values()) > 100:
        return (
            "where several answers could be given, say multiple=True (--multiple); where a row is the sum of "
            "others, leave it out; where there are several questions, give one at a time; where they are "
            "counts, nothing has to be recovered"
        )
    hidden = [
        f", about {table.sizes[group] * (100 - value) / 100:.0f} of {table.sizes[group]} in {group}"
        for group, value in sums.items()
        if group in table.sizes
    ]
    return (
        f"where rows are not shown (no answer, other{''.join(hidden[:3])}), add them or say rest='unknown' "
        "(--rest-unknown); where several answers could be given, say multiple=True (--multiple); where the "
        "figures have different bases or are weighted, no counts lie behind them"
    )


def _subtotals(table: PastedTable) -> str:
    """The rows that are sums of neighbours, such as net figures, without which the columns add up to 100."""
    answers, columns = table.answers, list(table.percents.values())
    places, sums = range(len(answers)), {}
    for place in places if len(places) <= MOST_SUMMED else ():
        others = [row for row in places if row != place]
        runs = (others[a:b] for a, b in combinations(places, 2) if b > a + 1)
        if run := next((run for run in runs if all(_is_sum(column, place, run) for column in columns)), None):
            sums[place] = run
    for left_out in (rows for number in (1, 2, 3) for rows in combinations(sums, number)):
        kept = [place for place in places if place not in left_out]
        if all(_is_whole(Column(tuple(column.cells[place] for place in kept))) for column in columns):
            named = [
                f"{quote(answers[row])} is the sum of {', '.join(quote(answers[r]) for r in sums[row])}"
                for row in left_out
            ]
            return shorten(f"{'; '.join(named)}: leave out sums, or what they sum up", 600)
    return ""


def _is_sum(column: Column, place: int, rows: Sequence[int]) -> bool:
    cells = [column.cells[row] for row in (place, *rows)]
    if any(cell.units is None for cell in cells):
        return False
    whole, *parts = ((cell.units or 0) / cell.unit for cell in cells)
    reach = sum(1 / cell.unit for cell in cells) / 2  # of their rounding together
    return whole > 0 and abs(sum(parts) - whole) < reach + 1e-9


def _ordered(answers: list[str], order: Sequence[str] | None) -> list[str]:
    if order is None:
        return answers
    for answer in order:
        if answer not in answers:
            raise RequestError(unknown_code("order", str(answer), answers))
    left = [answer for answer in answers if answer not in order]
    if left:
        raise RequestError(f"order lacks {', '.join(map(quote, left))}; name every answer once")
    return list(dict.fromkeys(order))


def _sizes(
    table: PastedTable, n: Mapping[str, int | Iterable[int] | None] | int | None, *, whole: bool
) -> dict[str, int | tuple[int, ...]]:
    """The n of each group: as given, else the sum of the counts of a whole column, else as printed."""
    groups = list(table.columns)
    given: Mapping[Any, Any] = n if isinstance(n, Mapping) else {}
    if n is not None and not isinstance(n, Mapping):
        if len(groups) > 1:
            raise RequestError(f"n is {n}, but there are {len(groups)} groups; give n by group")
        given = {groups[0]: n}
    sizes: dict[str, int | tuple[int, ...]] = dict(table.sizes)
    for group, column in table.columns.items() if whole else ():
        counts = [part.counted for part in column if part.counted is not None]
        if len(counts) == len(column):
            sizes[group] = sum(counts)
    for group, size in given.items():
        if group not in groups:
            raise RequestError(unknown_code("group", str(group), groups))
        if size is None:
            continue
        values = list_sizes(group, size)
        sizes[group] = values[0] if len(values) == 1 else tuple(values)
    return sizes


def _codebook(
    groups: Sequence[str],
    answers: Sequence[str],
    facts: Mapping[str, Any],
    *,
    wave: dict[str, Any],
    lang: str,
) -> Codebook:
    """A codebook whose codes are the labels of the table, whatever letters they have."""
    named = {"name": NAME, "title": NAME, "question": NAME, "topic": NAME}
    survey: dict[str, Any] = named | {"respondents": RESPONDENTS, "publisher": PUBLISHER}
    survey |= {key: value for key, value in facts.items() if value is not None}
    survey |= {"languages": list(dict.fromkeys([lang, *NAME]))}
    survey |= {"waves": [{key: value for key, value in wave.items() if value is not None}]}
    fields: list[dict[str, Any]] = [{"name": name} for name in COLUMNS]
    for field, labels in zip(fields[1:3], (groups, answers), strict=True):
        field["categories"] = [{"value": text, "label": text, "labels": {lang: text}} for text in labels]
    resources = [{"path": "survey.csv", "schema": {"fields": fields}}]
    return Codebook({"name": "published-table", "survey": survey, "resources": resources})
