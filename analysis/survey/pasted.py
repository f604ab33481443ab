"""A published percentage table as a survey: pasted text, a file or a data frame, with nothing else beside it.

Answers are rows and groups are columns, or the other way round; each cell is kept as it was printed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from analysis.codebook import COLUMNS, Codebook, codebook_of, make_codebook
from analysis.errors import RequestError, quote, shorten, show, unknown_code
from analysis.rounding import Cell, Column, is_empty, read_cell, read_decimal

if TYPE_CHECKING:
    import pandas as pd

MOST_BYTES = 1_000_000  # of a pasted table
MOST_CELLS = 20_000
PUBLISHED = "the table"  # the wave of a table that names none
NUMBER = r"[0-9]+(?:[.,][0-9]+)?|[.,][0-9]+"
THOUSANDS = r"[0-9]{1,3}(?:[ ,.’'\u00a0\u202f][0-9]{3})+|[0-9]+"
COUNT_FIRST = re.compile(rf"({THOUSANDS})\s*[(\[]\s*([<>≤≥]?\s*(?:{NUMBER}))\s*%?\s*[)\]]")
PERCENT_FIRST = re.compile(rf"([<>≤≥]?\s*(?:{NUMBER}))\s*%?\s*[(\[]\s*(?:[nN]\s*=\s*)?({THOUSANDS})\s*[)\]]")
SIZE_IN_HEAD = re.compile(rf"\s*[,;:]?\s*[(\[]?\s*\b[nN]\s*[=:]\s*({THOUSANDS})\s*[)\]]?\s*")
SIZE_LABEL = re.compile(
    r"\(?(n|unweighted n|base|bases|unweighted base|sample size|respondents|answers|vastaajia|vastaajat|"
    r"antal( svar)?|svarande|bas)\)?",
    re.IGNORECASE,
)
SUM_LABEL = re.compile(r"(grand )?(total|sum|summa|yhteensä|totalt|all answers)\s*%?", re.IGNORECASE)


class PastedTable(NamedTuple):
    """Texts of a table, answers × groups, and the n that stand beside them."""

    answers: list[str]
    groups: list[str]
    cells: list[list[str]]
    sizes: dict[str, int]


class PastedCell(NamedTuple):
    """One cell: its percentage as printed, with a point, and the count beside it, if any."""

    printed: str
    counted: int | None
    cell: Cell


def read_percentages(
    source: pd.DataFrame | str | Path,
    *,
    n: Mapping[str, int | Iterable[int] | None] | int | None = None,
    total: str | None = None,
    order: Sequence[str] | None = None,
    wave: str | None = None,
    ordered: bool = True,
    multiple: bool = False,
    exhaustive: bool = True,
    rest: str | None = None,
    lang: str = "en",
) -> pd.DataFrame:
    r"""A published percentage table as an ordinary survey, on which everything else works.

    Parameters
    ----------
    source : DataFrame, path or str
        The table: a data frame, a file, or pasted text (tabs, commas, semicolons or Markdown; lines with #
        are left out). Answers are rows and groups are columns, or the other way round: what adds up to 100
        tells. A row or column of n, "Men (n = 428)" in a head, and cells such as "277 (64.7 %)", "<1", "-",
        "*" or "[c]" are understood; a row of sums (100) is left out.
    n : mapping or int, optional
        n by group, a number or a range; one number where there is one group.
    total : str, optional
        The group that is the sum of all others.
    order : sequence of str, optional
        The answers from least to most, where the table has another order.
    wave : str, optional
        The id of the wave, as 2024.
    ordered : bool
        Whether the answers are a scale. Without one there are no cumulative shares.
    multiple : bool
        Whether several answers could be given, so that each cell is out of n by itself.
    exhaustive : bool
        Whether the groups add up to the total.
    rest : str, optional
        "unknown" where rows of the table are not shown.
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
    if rest not in {None, "unknown"}:
        raise RequestError(f"rest is {quote(str(rest))}; give 'unknown' where rows are not shown, or nothing")
    grid = _grid(source)
    table = _split_sides(grid)
    cells = _read_cells(table)
    if not multiple and rest is None and not _adds_up(cells) and _adds_up(list(zip(*cells, strict=True))):
        table = _split_sides(_turned(grid))
        cells = _read_cells(table)
    table, cells = _without_sums(table, cells)
    if not multiple and rest is None:
        _refuse_other_sums(table, cells, total)
    answers = _ordered(table.answers, order)
    sizes = _sizes(table, n)
    if total is not None and total not in table.groups:
        raise RequestError(unknown_code("total", total, table.groups))
    facts = {"total": total, "ordered": ordered, "exhaustive": exhaustive, "multiple": multiple, "rest": rest}
    wave = wave or PUBLISHED
    ranges = {group: [min(size), max(size)] for group, size in sizes.items() if not isinstance(size, int)}
    n_of = {group: size if isinstance(size := sizes.get(group), int) else None for group in table.groups}
    declared = {"id": wave} | ({"n": ranges} if ranges else {})
    codebook = _codebook(table.groups, answers, facts, wave=declared, lang=lang)
    where = "a data frame" if hasattr(source, "columns") else _place(source)
    rows = [
        (wave, group, answer, *_figures(cell), n_of[group], where, cell.printed)
        for place, group in enumerate(table.groups)
        for answer in answers
        for cell in [cells[table.answers.index(answer)][place]]
    ]
    return _frame(rows, codebook)


def save_percentages(survey: pd.DataFrame, folder: str | Path, *, name: str, wave: str) -> Path:
    r"""A table that was read by `read_percentages` as a survey's folder, to which waves can be appended.

    Parameters
    ----------
    survey : DataFrame
        From `read_percentages`.
    folder : str or Path
        A folder that does not exist yet, or is empty.
    name : str
        Name of the survey.
    wave : str
        Id of the wave, as 2024 or 2024-autumn.

    Returns
    -------
    Path
        The folder: a codebook with the labels of the table, and the table.

    Raises
    ------
    RequestError
        A cell is no number, cells have different decimals (a survey's table has one precision a wave), or
        the folder is in use.
    CodebookError
        The labels make no sound codebook.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> survey = read_percentages("role,a (n = 80),b (n = 95)\nno,19,21\nyes,81,79")
    >>> with TemporaryDirectory() as place:
    ...     made = save_percentages(survey, Path(place, "new"), name="Roles", wave="2024")
    ...     print((made / "survey.csv").read_text().splitlines()[1])
    2024,a,no,19,,80,published table
    """
    from analysis.survey.scaffold import save_survey

    old = codebook_of(survey)
    marks = survey.loc[survey["percent"].isna() & survey["count"].isna(), "printed"]
    if len(marks):
        raise RequestError(
            f"the cell {quote(marks.iloc[0])} is no number; a survey's folder holds numbers only"
        )
    decimals = {len(text.partition(".")[2]) for text in survey["printed"]}
    if len(decimals) > 1:
        raise RequestError("the cells have different decimals; a survey's folder has one precision a wave")
    lang = old.languages[0]
    labels = {
        column: [old.word(column, code, lang) for code in codes]
        for column, codes in (("stage", old.stages), ("group", old.groups))
    }
    facts = {key: old.survey[key] for key in ("ordered", "exhaustive", "multiple") if key in old.survey}
    codebook = make_codebook(
        name, labels["stage"], labels["group"], total=old.total, lang=lang, waves=[wave], **facts
    )
    codes = {
        column: dict(zip(before, after, strict=True))
        for column, before, after in (
            ("stage", old.stages, codebook.stages),
            ("group", old.groups, codebook.groups),
        )
    }
    rows = [
        [
            wave,
            codes["group"][group],
            codes["stage"][stage],
            printed,
            *("" if is_empty(x) else x for x in (count, n)),
            "published table",
        ]
        for group, stage, printed, count, n in survey[["group", "stage", "printed", "count", "n"]].itertuples(
            index=False
        )
    ]
    return save_survey(folder, codebook, name=name, rows=rows)


def _frame(rows: list[tuple[Any, ...]], codebook: Codebook) -> pd.DataFrame:
    import pandas as pd

    survey = pd.DataFrame(rows, columns=[*COLUMNS, "printed"])
    for column, codes in (
        ("wave", [rows[0][0]]),
        ("group", codebook.groups),
        ("stage", codebook.stages),
    ):
        survey[column] = pd.Categorical(survey[column], categories=codes, ordered=True)
    survey = survey.astype({"percent": "float64", "count": "Int64", "n": "Int64", "source": "str"})
    survey["printed"] = survey["printed"].astype("str")
    survey.attrs["codebook"] = codebook
    return survey


def _figures(cell: PastedCell) -> tuple[float | None, int | None]:
    units = cell.cell.units
    return (None if units is None else units / (cell.cell.unit // 100)), cell.counted


def _place(source: Any) -> str:
    return "pasted table" if _is_text(source) else show(Path(source).name)


def _is_text(source: Any) -> bool:
    return isinstance(source, str) and ("\n" in source or "\t" in source)


def _grid(source: Any) -> list[list[str]]:
    """The texts of a table, a row each, all as long as the first; empty rows and columns left out."""
    if hasattr(source, "columns"):
        frame = source
        if frame.index.name is not None or str(frame.index.dtype) in {"object", "str", "string", "category"}:
            frame = frame.reset_index()
        body = frame.itertuples(index=False, name=None)
        grid = [list(map(str, frame.columns)), *([_text(value) for value in row] for row in body)]
    else:
        grid = _split_text(source if _is_text(source) else _read_text(Path(source)))
    width = max(map(len, grid), default=0)
    if width * len(grid) > MOST_CELLS:
        raise RequestError(
            f"the table has {len(grid)} rows and {width} columns; give at most {MOST_CELLS} cells"
        )
    grid = [[*row, *[""] * (width - len(row))] for row in grid if any(cell.strip() for cell in row)]
    kept = [place for place in range(width) if any(row[place].strip() for row in grid)]
    grid = [[row[place].strip() for place in kept] for row in grid]
    if len(grid) < 2 or len(grid[0]) < 2 or len(grid) + len(grid[0]) < 5:
        raise RequestError("a table needs a head, two answers below it and a group beside them")
    return _turned(grid) if len(grid) == 2 else grid


def _turned(grid: list[list[str]]) -> list[list[str]]:
    return [list(row) for row in zip(*grid, strict=True)]


def _text(value: Any) -> str:
    if is_empty(value):
        return ""
    if isinstance(value, float):
        return f"{read_decimal(value):f}"
    return str(value)


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise RequestError(
                f"{show(str(path))} is larger than a published table: {MOST_BYTES} bytes at most"
            )
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise RequestError(
            f"{quote(str(path))} cannot be read: {reason}; give a file or a pasted table"
        ) from error


def _split_text(text: str) -> list[list[str]]:
    if len(text) > MOST_BYTES:
        raise RequestError(
            f"the pasted text is longer than a published table: {MOST_BYTES} characters at most"
        )
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if lines and all(line.strip().startswith("|") or line.count("|") > 1 for line in lines):
        rows = [re.split(r"(?<!\\)\|", line.strip().strip("|")) for line in lines]
        return [
            [cell.replace("\\|", "|").replace("**", "").strip() for cell in row]
            for row in rows
            if not all(re.fullmatch(r"\s*:?-+:?\s*", cell) for cell in row)
        ]
    for delimiter in "\t;,":
        rows = list(csv.reader(lines, delimiter=delimiter))
        if rows and all(len(row) > 1 for row in rows):
            return rows
    return [re.split(r"\s{2,}", line.strip()) for line in lines]


def _split_sides(grid: list[list[str]]) -> PastedTable:
    """Heads, labels, cells and the n that stand in heads, in a row or in a column."""
    head, *body = grid
    groups, sizes = [], {}
    for text in head[1:]:
        found = SIZE_IN_HEAD.search(text)
        label = (text[: found.start()] + " " + text[found.end() :]).strip() if found else text
        groups.append(" ".join(label.split()) or "all")
        if found:
            sizes[groups[-1]] = _whole_number(found[1])
    for row in [row for row in body if SIZE_LABEL.fullmatch(row[0]) and _are_sizes(row, body)]:
        body.remove(row)
        for group, text in zip(groups, row[1:], strict=True):
            if re.fullmatch(THOUSANDS, text.strip("()")):
                sizes[group] = _whole_number(text.strip("()"))
    columns = _turned(body)
    columns = [columns[0], *([group, *column] for group, column in zip(groups, columns[1:], strict=True))]
    keep = [
        place
        for place, group in enumerate(groups)
        if not (SIZE_LABEL.fullmatch(group) and _are_sizes(columns[1 + place], columns[1:]))
    ]
    groups = [groups[place] for place in keep]
    answers = [" ".join(SIZE_IN_HEAD.sub(" ", row[0]).split()) or "(no label)" for row in body]
    for what, labels in (("answer", answers), ("group", groups)):
        twice = sorted({label for label in labels if labels.count(label) > 1})
        if twice:
            raise RequestError(f"the {what} {quote(twice[0])} appears twice; name each once")
    if not groups or len(answers) < 2:
        raise RequestError("a table needs a head, two answers below it and a group beside them")
    return PastedTable(answers, groups, [[row[1 + place] for place in keep] for row in body], sizes)


def _are_sizes(row: list[str], body: list[list[str]]) -> bool:
    """Whether a row under a label such as "N" holds n, not one more answer that begins so."""
    texts = [text.strip("()") for text in row[1:] if text]
    if not texts or not all(re.fullmatch(THOUSANDS, text) for text in texts):
        return False
    others = [other[1].replace(",", ".").rstrip("%") for other in body if other is not row]
    numbers = [float(text) for text in others if re.fullmatch(r"[0-9]*\.?[0-9]+", text)]
    return max(map(_whole_number, texts)) > 100 or abs(sum(numbers) - 100) < len(body)


def _whole_number(text: str) -> int:
    return int(re.sub(r"[^0-9]", "", text))


def _read_cells(table: PastedTable) -> list[list[PastedCell]]:
    rows, problems = [], []
    for answer, texts in zip(table.answers, table.cells, strict=True):
        row = []
        for group, text in zip(table.groups, texts, strict=True):
            try:
                row.append(_read_cell(text))
            except RequestError as error:
                problems.append(f"{group}, {answer}: {error}")
                row.append(PastedCell("", None, Cell(None, 100)))
        rows.append(row)
    if problems:
        more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""
        raise RequestError(shorten("; ".join(problems[:3]), 1000) + more)
    return rows


def _read_cell(text: str) -> PastedCell:
    text = text.strip().strip("*").strip() or text.strip()
    count = None
    if pair := COUNT_FIRST.fullmatch(text):
        text, count = pair[2], _whole_number(pair[1])
    elif (pair := PERCENT_FIRST.fullmatch(text)) and "%" in text:
        text, count = pair[1], _whole_number(pair[2])
    printed = text.removesuffix("%").strip().replace("−", "-")
    if re.fullmatch(r"[<>≤≥]?\s*[0-9]*,[0-9]+", printed):
        printed = printed.replace(",", ".")
    cell = read_cell(printed)
    if cell.units is not None and cell.units > cell.unit:
        raise RequestError(
            f"{quote(text)} is above 100 %; give percentages, counts only as in '277 (64.7 %)'"
        )
    return PastedCell(printed, count, cell)


def _column(cells: Iterable[PastedCell]) -> Column:
    return Column(tuple(cell.cell for cell in cells))


def _room(column: Column) -> tuple[int, int]:
    """By how much a column may miss 100 % by rounding, below and above, in units of its finest cell."""
    reach = sum(column.unit // cell.unit for cell in column.cells if cell.units is not None)
    hidden = len(column.cells) > len(column.published)
    return (column.unit if hidden else reach - 1), reach - 1


def _adds_up(rows: Sequence[Sequence[PastedCell]]) -> bool:
    """Whether each column adds up to 100 % as far as rounding allows, sum rows left out."""
    columns = [_column(cells) for cells in zip(*rows, strict=True)]
    rooms = [(column, *_room(column)) for column in columns]
    return all(
        -above <= column.rest <= below or abs(column.rest + column.unit) <= above
        for column, below, above in rooms
    )


def _without_sums(
    table: PastedTable, cells: list[list[PastedCell]]
) -> tuple[PastedTable, list[list[PastedCell]]]:
    """The table without rows that only say 100, or repeat n, under a label of a sum."""
    kept = []
    for place, (answer, row) in enumerate(zip(table.answers, cells, strict=True)):
        whole_row = all(
            c.cell.units is not None and abs(c.cell.units - c.cell.unit) <= c.cell.unit // 40 for c in row
        )
        if not (SUM_LABEL.fullmatch(answer) and whole_row and len(table.answers) > 2):
            kept.append(place)
    answers = [table.answers[place] for place in kept]
    texts = [table.cells[place] for place in kept]
    return table._replace(answers=answers, cells=texts), [cells[place] for place in kept]


def _refuse_other_sums(table: PastedTable, cells: list[list[PastedCell]], total: str | None) -> None:
    """What sums other than 100 give away: several answers each, subtotals, a hidden rest, other bases."""
    columns = {group: _column(row[place] for row in cells) for place, group in enumerate(table.groups)}
    wrong = {}
    for group, column in columns.items():
        below, above = _room(column)
        if not -above <= column.rest <= below:
            wrong[group] = column
    if not wrong:
        return
    said = ", ".join(
        f"{group} {_percent(column.unit - column.rest, column.unit)}" for group, column in wrong.items()
    )
    message = shorten(f"percentages must add up to 100, but those of {said}", 600)
    parts = [column for group, column in columns.items() if group != total]
    all_cells = sum(1 - column.rest / column.unit for column in parts)
    if len(parts) > 1 and abs(all_cells - 1) < 0.03:
        raise RequestError(
            f"{message}; all cells together make 100: they are percentages of the total; give those of each "
            "group"
        )
    subtotal = _subtotal(table.answers, list(columns.values()))
    if subtotal:
        raise RequestError(f"{message}; {subtotal}")
    if all(column.rest < 0 for column in wrong.values()):
        raise RequestError(
            f"{message}; where several answers could be given, say multiple=True; where a row is the sum of "
            "others, leave it out"
        )
    raise RequestError(
        f"{message}; where rows are not shown (no answer, other), add them or say rest='unknown'; where the "
        "figures have different bases or are weighted, no counts lie behind them"
    )


def _subtotal(answers: Sequence[str], columns: Sequence[Column]) -> str:
    """The row that is the sum of its neighbours in every column, if there is one."""
    for place, answer in enumerate(answers):
        for first, last in combinations(range(len(answers) + 1), 2):
            rows = [row for row in range(first, last) if row != place]
            beside = first <= place < last and place in {first, last - 1} and len(rows) > 1
            if beside and all(_is_sum(column, place, rows) for column in columns):
                others = ", ".join(quote(answers[row]) for row in rows)
                return f"the row {quote(answer)} is the sum of {others}: leave it out, or leave those out"
    return ""


def _is_sum(column: Column, place: int, rows: Sequence[int]) -> bool:
    cells = [column.cells[row] for row in rows]
    whole_cell = column.cells[place]
    if whole_cell.units is None or any(cell.units is None for cell in cells):
        return False
    parts = sum(100 * (cell.units or 0) / cell.unit for cell in cells)
    reach = sum(100 / cell.unit for cell in cells) / 2 + 50 / whole_cell.unit
    return abs(parts - 100 * whole_cell.units / whole_cell.unit) <= reach and parts > 0


def _percent(units: int, unit: int) -> str:
    return f"{units / (unit // 100):g}"


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
    table: PastedTable, n: Mapping[str, int | Iterable[int] | None] | int | None
) -> dict[str, int | tuple[int, ...]]:
    given: Mapping[Any, Any] = n if isinstance(n, Mapping) else {}
    if n is not None and not isinstance(n, Mapping):
        if len(table.groups) > 1:
            raise RequestError(f"n is {n}, but there are {len(table.groups)} groups; give n by group")
        given = {table.groups[0]: n}
    sizes: dict[str, int | tuple[int, ...]] = dict(table.sizes)
    for group, size in given.items():
        if group not in table.groups:
            raise RequestError(unknown_code("group", str(group), table.groups))
        if size is None:
            continue
        values = tuple(size) if isinstance(size, Iterable) and not isinstance(size, str) else (size,)
        if not values or not all(isinstance(value, int) and value > 0 for value in values):
            raise RequestError(f"n of {group} is {size}; give a positive whole number, or a range")
        sizes[group] = values[0] if len(values) == 1 else values
    return {group: size for group, size in sizes.items() if group in table.groups}


def _codebook(
    groups: Sequence[str],
    answers: Sequence[str],
    facts: Mapping[str, Any],
    *,
    wave: dict[str, Any],
    lang: str,
) -> Codebook:
    def categories(labels: Sequence[str]) -> list[dict[str, Any]]:
        return [{"value": label, "label": label, "labels": {lang: label}} for label in labels]

    words = {"name": "Published table", "title": "Published table", "question": "Published table"}
    words |= {"topic": "Published table", "respondents": "Respondents", "publisher": "published table"}
    survey: dict[str, Any] = {key: {lang: text} for key, text in words.items()}
    survey |= {key: value for key, value in facts.items() if value is not None}
    survey |= {"languages": [lang], "waves": [wave]}
    fields = [
        {"name": name} | ({"categories": categories(labels)} if labels else {})
        for name, labels in (
            ("wave", ()),
            ("group", groups),
            ("stage", answers),
            *((c, ()) for c in COLUMNS[3:]),
        )
    ]
    resources = [{"path": "survey.csv", "schema": {"fields": fields}}]
    return Codebook({"name": "published-table", "survey": survey, "resources": resources})
