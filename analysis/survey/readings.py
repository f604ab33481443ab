"""What the rows of a pasted table say: which are answers, what is a head, an n, a figure.

Each grid is read with its answers as rows and as columns, with counts before percentages and after them.
Whoever reads it keeps the reading that adds up.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import accumulate, product, starmap
from typing import Any, NamedTuple

from analysis.codebook import WEIGHTING
from analysis.errors import RequestError, quote, shorten
from analysis.rounding import NOT_SHOWN, Cell, Column, read_cell
from analysis.survey.grids import (
    CELL,
    DECIMAL,
    HAS_FIGURE,
    INTEGER,
    LESS,
    N_WORDS,
    NOTE,
    NOTE_MARK,
    SHARE,
    SIZE_IN_HEAD,
    Rows,
    grids_of,
    is_below_head,
    kind_of,
    take_columns,
    turned,
)

EXAMPLE = "'277 (64.7 %)'"
RAN = ", and put tabs between heads and cells where they ran together"
NO_TABLE = (
    "no table was found; it needs a line of heads and, for each of two answers or more, a line with its "
    "label and its figures, separated by tabs, commas, semicolons, | or wide gaps"
)

BOUND = re.compile(rf"({LESS})|\b(?:more than|over|above|yli|mer än|över)\s+(?=[0-9])", re.IGNORECASE)
CELL_MARK = re.compile(
    rf"(?<=[-–—−:.0-9%)\]])\s*(?:{NOTE_MARK}|\[[a-z]\]|\([a-z]\)|\^?[A-Za-z]{{1,2}}(?:,\s?[A-Za-z])*)$"
)
MARGIN = re.compile(  # of error, or an interval, behind a figure
    rf"\s*(?:±\s*{DECIMAL}\s*%?|[(\[]\s*(?:95\s?%\s*CI:?)?\s*[-−]?{DECIMAL}\s*%?(?:\s*[-–—;]\s*|\s+to\s+|,\s+)"
    rf"{DECIMAL}\s*%?\s*[)\]])$"
)
PAIR = re.compile(
    rf"(?P<first>{SHARE}|{INTEGER})\s*(?P<sign>%?)\s*(?:(?:/|of)\s*{INTEGER}\s*)?"
    rf"[(\[]\s*(?P<n>(?:n\s*=\s*)?)(?P<second>{SHARE}|{INTEGER}|[-–—])\s*%?\s*[)\]]",
    re.IGNORECASE,
)
BESIDE = re.compile(  # "41 / 23.6 %", "23.6 % 41"
    rf"^(?:({INTEGER})(?:\s*[/;]\s*|,?\s+)({SHARE}\s*%)|({SHARE}\s*%)(?:\s*[/;]\s*|,?\s+)({INTEGER}))$"
)
PER_CENT = re.compile(r"\s*(?:per ?cent|prosenttia|procent)$", re.IGNORECASE)

WEIGHTS = r"(?:un)?weighted|effective|painot\w+|(?:o|upp)?vikta\w+|o?väg[dt]\w*"
SIZE_LABEL = re.compile(
    r"[(\[]?(?:(?:totalt?|sum(?:ma)?|all|(?:number|no\.?) of|valid|sample|vastaajien|vastausten|yhteensä"
    rf"|{WEIGHTS})[\s,]+)*"
    rf"\(?(?:{N_WORDS}|count|number|sample|(?:sample |base )?size|määrä|lukumäärä|lkm|kpl|bases?: .+)"
    rf"(?:[\s,]*\(?(?:n|lkm|antal|yhteensä|totalt?|vastaajat|respondents|{WEIGHTS})\)?)?\s*[=:]?[)\]]?",
    re.IGNORECASE,
)
UNWEIGHTED = re.compile(r"\bunweighted|painottama|\bov(?:ik|äg)|\beffective", re.IGNORECASE)
BARE_SIZE = re.compile(rf"(.*\S)\s*[(\[]\s*({INTEGER})\s*[)\]]\s*{NOTE_MARK[:-1]}*")
SUM_LABEL = re.compile(
    r"(?:(?:grand|column|valid) )?(?:total|sum|summa|yhteensä|yht\.?|kaikki yhteensä|totalt|all answers)"
    r"[ ,]*(?:\(?(?:%|per ?cent|prosenttia|procent)\)?|\(?n ?\(?%\)*)?",
    re.IGNORECASE,
)
TOTAL_LABEL = re.compile(
    rf"(?:{SUM_LABEL.pattern}|all|everyone|overall|kaikki|koko|alla|samtliga|hela)(?: \S+)?", re.IGNORECASE
)

NO_ANSWER = re.compile(
    r"\(?(?:unknown|(?:n-)?miss(?:ing)?|system|n/?a|no (?:data|answer|response|reply)|don[’']t know|refused"
    r"|ei (?:tietoa|vastausta|vastannut|osaa sanoa)|eos|(?:tieto )?puuttu\w*|(?:uppgift )?saknas"
    r"|(?:ej|inget) svar|vet (?:ej|inte)|bortfall)(?:,? ?\(?n\)?)?\)?",
    re.IGNORECASE,
)
SEVERAL_ANSWERS = re.compile(  # answers could be given
    r"(?:multiple|several|more than one) (?:answer|response|choice|option)s?|all that apply"
    r"|use(?:ita|amman|amma[nt]|an) (?:vasta|vaiht)\w+|fler[ae] (?:svar\w*|alternativ)",
    re.IGNORECASE,
)
STATISTIC = re.compile(  # beside the answers; the first are never answers, "average" is one, and SD a party
    r"(mean|median|st(?:andar)?d\.? ?dev\w*|keskiarvo|mediaani|keskihajonta|medelvärde"
    r"|p[-. ]?(?:value|overall)|p-arvo|p-värde)(?: score| ?\((?:s\.?d\.?|kh\.?)\))?|average"
    r"|s\.?d\.?|ka\.?|hajonta|p|95\s?% ci|chi-?squared?|χ²|differen(?:ce|s)|change|erotus|ero|muutos"
    r"|skillnad|förändring",
    re.IGNORECASE,
)
VALID = re.compile(r"valid[ie]?|giltiga?", re.IGNORECASE)  # above the answers in SPSS


class PastedCell(NamedTuple):
    """One cell: its percentage as printed, with a point, and the count beside it, if any."""

    printed: str
    counted: int | None
    cell: Cell


_Answer = tuple[str, list[PastedCell]]


class PastedTable(NamedTuple):
    """The cells of each group in the order of the answers, the n that stand beside them, and what is said.

    ``weighted`` are the words that call the table weighted, ``several`` those that say that several answers
    could be given, if any; ``headings`` are labels without a figure, which tables of several questions have.
    """

    answers: list[str]
    columns: dict[str, list[PastedCell]]
    sizes: dict[str, int]
    weighted: str
    headings: list[str]
    several: str

    @property
    def percents(self) -> dict[str, Column]:
        """The percentages of each group."""
        return {group: Column(tuple(part.cell for part in cells)) for group, cells in self.columns.items()}


def readings_of(source: Any) -> Iterator[PastedTable | RequestError]:
    """Every way to read a table, the likeliest first; what cannot be read so is given as its refusal.

    Raises
    ------
    RequestError, SurveyDataError
        It is no table, too large, or the file is no text.
    """
    is_table = False
    for rows, notes in grids_of(source):
        is_table = True
        sides = _sides(rows)
        if len(rows[0]) == 2 and re.fullmatch(CELL, rows[0][1]):
            sides.append([["", "all"], *rows])  # a list of answers without a head
        for side, is_count_first in product(sides, (True, False)):
            try:
                yield _read_side(side, notes, is_count_first=is_count_first)
            except RequestError as refusal:
                yield refusal
    if not is_table:
        raise RequestError(NO_TABLE)


def _sides(rows: Rows) -> list[Rows]:
    """The table with its rows as answers and with its columns, as it is and without means and p-values.

    Without them first where some are surely none of the answers or groups: a column of "p" has gaps.
    """
    lines, bare = [*rows[1:], *turned(rows)[1:]], rows
    named = [(found, line) for line in lines if (found := STATISTIC.fullmatch(_plain(line[0])))]
    for _ in range(2):  # once the rows, once the columns
        head, *others = bare
        bare = turned([head, *(line for line in others if not STATISTIC.fullmatch(_plain(line[0])))])
    tables = [rows, bare] if named and len(bare) > 2 and len(bare[0]) > 1 else [rows]
    if any(found[1] or not all(line) for found, line in named):
        tables.reverse()
    return [side for table in tables for side in (table, turned(table))]


def _read_side(rows: Rows, notes: Sequence[str], *, is_count_first: bool) -> PastedTable:
    """One reading of a grid, with answers as rows: heads, labels, cells, and the n wherever they stand."""
    head, *body = _pair_columns(_join_heads(_join_labels(_pair_rows(rows))))
    body = [[label, *map(_plain_figure, texts)] for label, *texts in body]
    head, *body = _without_sizes([head, *body])
    groups, sizes = _read_heads(head[1:])
    title = [head[0], *notes]
    headings = [row[0] for row in body if not any(row[1:])]
    body, numbers, weighted = _sort_rows(body, groups)
    sizes = [number or size for number, size in zip(numbers, sizes, strict=True)]
    if len(groups) == 1 and not sizes[0]:  # a title may say it: "Use of guidance (N = 428)"
        _, sizes = _read_heads([next(filter(SIZE_IN_HEAD.search, title), "")])
    table = _read_cells(groups, body, is_count_first=is_count_first)
    sums = _sums(table)
    if len(table) - len(sums) > 1:
        for _, cells in sums:
            sizes = [part.counted or size for part, size in zip(cells, sizes, strict=True)]
        table = [row for row in table if row not in sums]
    answers = _plain_labels([answer for answer, _ in table])
    if len(answers) < 2 or not groups:
        raise RequestError(NO_TABLE)
    for what, labels in (("answer", answers), ("group", groups)):
        if "" in labels:
            raise RequestError(
                f"figures of one {what} have no label; write its name where it is missing{RAN}"
            )
        if twice := [label for label, number in Counter(labels).items() if number > 1]:
            raise RequestError(
                f"the {what} {quote(twice[0])} appears twice; name each once; one question at a time{RAN}"
            )
    said = [*filter(WEIGHTING.search, [*title, *head[1:]]), *weighted]
    several = next(filter(None, map(SEVERAL_ANSWERS.search, [*title, *headings])), None)
    return PastedTable(
        answers,
        dict(zip(groups, map(list, zip(*(cells for _, cells in table), strict=True)), strict=True)),
        {group: n for group, n in zip(groups, sizes, strict=True) if n},
        shorten(next(iter(said), ""), 200),
        headings,
        several[0] if several else "",
    )


def _pair_rows(rows: Rows) -> Rows:
    """A row of counts and one of percentages for each answer, as SPSS and Stata print them, as one."""
    first = next((place for place, row in enumerate(rows) if re.fullmatch(INTEGER, row[-1])), 0)
    counts, percents = rows[first::2], rows[first + 1 :: 2]
    labels = next((place for place, text in enumerate(counts[0]) if re.fullmatch(INTEGER, text)), 0)
    if not (first and labels) or len(counts) != len(percents) or any(row[0] for row in percents):
        return rows
    if not all(re.fullmatch(INTEGER, text) for row in counts for text in row[labels:]):
        return rows
    named = labels - ("%" in percents[0][labels - 1])  # "Count" and "% within …" name no answer
    paired = [[row[0], *row[labels:]] for row in rows[:first]]
    for row, below in zip(counts, percents, strict=True):
        label = next(filter(None, reversed(row[:named])), "")
        paired.append([label, *map(_pair, row[labels:], below[labels:])])
    return paired


def _pair(count: str, percent: str) -> str:
    percent = CELL_MARK.sub("", percent).rstrip("% ")
    return f"{count.strip('()')} ({percent} %)" if count and percent else percent


def _join_labels(rows: Rows) -> Rows:
    """Two columns of labels, as SPSS prints them, as one: "Valid | yes | 60" is "yes | 60"."""
    while len(rows[0]) > 2 and (
        VALID.fullmatch(rows[1][0]) or not any(HAS_FIGURE.match(row[1]) for row in rows[1:])
    ):
        rows = [[row[0] if NO_ANSWER.fullmatch(row[0]) else row[1] or row[0], *row[2:]] for row in rows]
    return rows


def _join_heads(rows: Rows) -> Rows:
    """More lines of heads, such as n and % or n = 428, joined to the first, where groups span columns."""
    head, second, *body = rows
    below = [text for text in second[1:] if text]
    is_head = all(map(is_below_head, below)) or not (second[0] or any(map(HAS_FIGURE.match, below)))
    is_row = any(label.fullmatch(second[0]) for label in (SIZE_LABEL, SUM_LABEL))
    if len(body) < 2 or not below or not is_head or is_row:
        return rows
    spanned: Iterable[str] = accumulate(head[1:], lambda last, text: text or last)
    joined = [f"{above} {text}".strip() for above, text in zip(spanned, second[1:], strict=True)]
    return _join_heads([[head[0], *joined], *body])


def _pair_columns(rows: Rows) -> Rows:
    """Columns of n and of % under one group as one, with cells such as "277 (64.7 %)"."""
    places: dict[str, dict[str, int]] = {}
    for place, text in enumerate(rows[0][1:], 1):
        group, kind = kind_of(text)
        if group is None:
            return rows
        if kind in places.setdefault(group, {}) and kind == "count":  # of another group, whose name is lost
            raise RequestError("columns n and % stand there more than once; write a group's name above each")
        places[group][kind] = place
    kinds = list(places.values())
    if len({"count" in kind for kind in kinds}) > 1 or not all("percent" in kind for kind in kinds):
        return rows

    def pair(row: list[str]) -> list[str]:
        cells = ((row[kind["count"]] if "count" in kind else "", row[kind["percent"]]) for kind in kinds)
        return [row[0], *starmap(_pair, cells)]

    return [[rows[0][0], *places], *map(pair, rows[1:])]


def _without_sizes(rows: Rows) -> Rows:
    """The table without columns of n, which the answers have, not the groups."""
    head, *body = rows
    labels, *columns = turned([head, *(row for row in body if not _sizes_in(row, head[1:], body))])
    keep = [
        place
        for place, column in enumerate(columns, 1)
        if SUM_LABEL.fullmatch(column[0]) or not _sizes_in(column, labels[1:], columns, is_doubtful=True)
    ]
    return take_columns(rows, [0, *keep])


def _read_heads(heads: Sequence[str]) -> tuple[list[str], list[int]]:
    """The groups, and the n in their heads, 0 for none: "Men (n = 428)"; "Men (428)" where all have one."""
    bare = [BARE_SIZE.fullmatch(text) for text in heads]
    is_size = all(bare) and not all(1900 <= _whole_number(found[2]) <= 2100 for found in bare if found)
    groups, sizes = [], []
    for text, ending in zip(heads, bare, strict=True):
        label, n = text, ""
        if found := SIZE_IN_HEAD.search(text):
            label, n = f"{text[: found.start()]} {text[found.end() :]}", found[1] or found[2]
        elif ending and is_size:
            label, n = ending[1], ending[2]
        groups.append(" ".join(label.split()))
        sizes.append(_whole_number(n or "0"))
    return _plain_labels(groups) if any(groups) or len(groups) > 1 else ["all"], sizes


def _sort_rows(body: Rows, groups: Sequence[str]) -> tuple[Rows, list[int], list[str]]:
    """The rows that are answers; the n of each group, 0 where none is; labels that speak of weights.

    Rows of n are none, nor a question above the answers, an empty sum, a footnote, and missing answers.
    """
    kept: Rows = []
    sizes, weighted = [0] * len(groups), []
    is_paired = any(PAIR.fullmatch(text) for row in body for text in row[1:])
    for row in body:
        label = _plain(row[0])
        if numbers := _sizes_in(row, groups, body):
            is_whole = all(number == int(number) for number in numbers)
            if WEIGHTING.search(label) or UNWEIGHTED.search(label) or not is_whole:
                weighted.append(label if is_whole else f"{label} {row[1]}")
            if is_whole and not WEIGHTING.search(label):
                sizes = [int(number) or size for number, size in zip(numbers, sizes, strict=True)]
            continue
        is_bare = not any(text.strip("%") for text in row[1:])
        is_head = is_bare and (not kept or SUM_LABEL.fullmatch(label) or NOTE.match(label))
        is_count = label.endswith("(n)") or (is_paired and not any(map(PAIR.fullmatch, row[1:])))
        if not (is_head or (is_count and NO_ANSWER.fullmatch(label))):
            kept.append(row)
    return kept, sizes, weighted


def _sizes_in(
    row: Sequence[str], heads: Sequence[str], body: Rows, *, is_doubtful: bool = False
) -> list[float]:
    """The numbers of a row that holds n, 0 where one is not known; none where the row is one more answer.

    Where that ``is_doubtful``, as of N (no, north), small numbers are n beside rows that add up to 100 only.
    """
    label = _plain(row[0])
    if not (SUM_LABEL.fullmatch(label) or SIZE_LABEL.fullmatch(label)):
        return []
    is_sum = SUM_LABEL.fullmatch(label) or label.lower().startswith("all ")  # respondents, a group as well
    numbers = [_read_size(text) for text in row[1:]]
    known = [number for number in numbers if number]
    if not known and None not in numbers and (not any(row[1:]) or not (is_sum or len(label) == 1)):
        return [0.0] * len(numbers)  # none is known; N alone may be a no that is not shown
    if not known or any("%" in text or PAIR.fullmatch(text) for text in row[1:]):
        return []
    if is_sum and (None in numbers or all(97 <= number <= 103 for number in known)):
        return []
    if max(known) <= 100 and (
        is_sum or _is_answer(row, numbers, body, is_doubtful=is_doubtful or label == "N")
    ):
        return []
    texts = zip(heads, row[1:], numbers, strict=True)
    if wrong := [f"n of {head} is {quote(text)}" for head, text, number in texts if number is None]:
        raise RequestError(
            f"{'; '.join(wrong)}, which is no number; write it in digits, or leave it empty and give n by "
            "group (n, --n), a range too"
        )
    return [number or 0.0 for number in numbers]


def _is_answer(row: Sequence[str], numbers: Sequence[float | None], body: Rows, *, is_doubtful: bool) -> bool:
    """Whether the others, all shown, add up to 100 with this row only; in doubt if they do not without it."""
    others = [other[1:] for other in body if other is not row and not _is_sum_label(other)]
    if not others or any(PAIR.fullmatch(text) for other in others for text in other):
        return False
    without, with_it, is_shown = [], [], True
    for number, texts in zip(numbers, zip(*others, strict=True), strict=True):
        figures = [text.rstrip("% ").replace(",", ".") for text in texts]
        known = [float(text) for text in figures if re.fullmatch(r"[0-9]*\.?[0-9]+", text)]
        together, is_shown = sum(known), is_shown and len(known) == len(texts)
        if number == together:  # of counts
            return False
        if number:
            without.append(abs(together - 100))
            with_it.append(abs(together + number - 100))
    if is_shown and max(with_it) < len(body):
        return sum(with_it) < sum(without)
    return is_doubtful and min(without) >= len(body)


def _is_sum_label(row: Sequence[str]) -> bool:
    """Whether a row is called a sum, or is one of all with 100 % in each cell."""
    is_full = all(re.fullmatch(r"100(?:[.,]0+)?\s?%?", text) for text in row[1:])
    return bool((TOTAL_LABEL if is_full else SUM_LABEL).fullmatch(_plain(row[0])))


def _read_size(text: str) -> float | None:
    """A number of answers, 0 where none is shown; None for anything else."""
    bare = re.sub(r"(?i)^n\s*[=:]\s*", "", text.strip("()[] "))
    if NOT_SHOWN.fullmatch(bare):
        return 0.0
    if re.fullmatch(INTEGER, bare):
        return float(_whole_number(bare))
    return float(bare.replace(",", ".")) if re.fullmatch(r"[0-9]+[.,][0-9]+", bare) else None


def _sums(table: Sequence[_Answer]) -> list[_Answer]:
    """The rows that only say that the answers are 100 %, those of "all" or without a label too."""
    shares = [list(map(_share, cells)) for _, cells in table]
    is_beside = max(map(sum, zip(*shares, strict=True)), default=0) > 3 / 2
    full = [row for row, own in zip(table, shares, strict=True) if all(abs(x - 1) <= 1 / 40 for x in own)]
    label = TOTAL_LABEL if is_beside else SUM_LABEL
    return [row for row in full if label.fullmatch(_plain(row[0])) or (is_beside and not row[0])]


def _plain_labels(labels: list[str]) -> list[str]:
    plain = [_plain(label) or label for label in labels]
    return plain if len(set(plain)) == len(set(labels)) else labels


def _plain(label: str) -> str:
    """A label without the marks of footnotes at its end."""
    return re.sub(rf"\s*{NOTE_MARK}$", "", label)


def _whole_number(text: str) -> int:
    return int(re.sub(r"[^0-9]", "", text))


def _read_cells(groups: Sequence[str], rows: Rows, *, is_count_first: bool) -> list[_Answer]:
    """Each answer with its cells; shares of 1 (0.647), as Python and R print them, as percentages."""
    table: list[_Answer] = []
    problems = []
    for label, *texts in rows:
        answer = " ".join(SIZE_IN_HEAD.sub(" ", label).split()).rstrip(":")
        is_sum = bool(SUM_LABEL.fullmatch(_plain(answer)))
        table.append((answer, []))
        for group, text in zip(groups, texts, strict=True):
            try:
                table[-1][1].append(_read_cell(text, is_count_first=is_count_first, is_sum=is_sum))
            except RequestError as error:
                problems.append(f"{group}, {answer}: {error}")
    if problems:
        more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""
        form = "; a table has one row of heads, one column of labels, and figures"
        raise RequestError(shorten("; ".join(problems[:3]), 1000) + more + form)
    sums = (sum(map(_share, column)) for column in zip(*(cells for _, cells in table), strict=True))
    if all(0.0095 < total < 0.0105 or 0.0195 < total < 0.0205 for total in sums):
        return [(answer, [_times_100(part) for part in cells]) for answer, cells in table]
    return table


def _share(part: PastedCell) -> float:
    return (part.cell.units or 0) / part.cell.unit


def _times_100(part: PastedCell) -> PastedCell:
    text = re.sub(DECIMAL, lambda number: f"{Decimal(number[0]).scaleb(2):f}", part.printed)
    return PastedCell(text, part.counted, read_cell(text))


def _plain_figure(text: str) -> str:
    """A cell without footnotes and margins, as "<1" or "277 (64.7 %)" where it says so otherwise."""
    figure = CELL_MARK.sub("", PER_CENT.sub(" %", text))
    figure = BOUND.sub(lambda words: "<" if words[1] else ">", figure)
    figure = BESIDE.sub(lambda pair: f"{pair[1] or pair[4]} ({pair[2] or pair[3]})", figure)
    return MARGIN.sub("", figure)


def _read_cell(text: str, *, is_count_first: bool, is_sum: bool) -> PastedCell:
    figure, counted = text, None
    if pair := PAIR.fullmatch(text):
        count, figure = pair["first"], pair["second"]
        if pair["sign"] or pair["n"] or ("%" not in text and not is_count_first):
            count, figure = figure, count
        if re.fullmatch(INTEGER, count):
            counted = _whole_number(count)
        elif count[0] not in "<>≤≥":
            raise RequestError(
                f"{quote(text)} has no count beside the percentage; give it alone, or as {EXAMPLE}"
            )
    figure = figure.strip("()").rstrip("% ").replace("−", "-")
    if re.fullmatch(r"[<>≤≥]?=?\s*[0-9]*,[0-9]+", figure):
        figure = figure.replace(",", ".")
    cell = read_cell(figure)
    if cell.units and cell.units > cell.unit and not is_sum:
        raise RequestError(f"{quote(text)} is above 100 %; give percentages, counts only as {EXAMPLE}")
    return PastedCell(figure, counted, cell)
