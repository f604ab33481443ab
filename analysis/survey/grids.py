"""The cells of a published table as it was pasted: which lines are rows, what is a head, an n, a figure.

A text is split in every way that gives rows of one length, and each grid is read with its answers as rows and
as columns, with counts before percentages and after them. Whoever reads it keeps the reading that adds up.
"""

from __future__ import annotations

import csv
import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from analysis.codebook import WEIGHTING
from analysis.errors import RequestError, quote, shorten, show
from analysis.rounding import NOT_SHOWN, Cell, is_empty, read_cell, read_decimal
from analysis.survey.ledger import Ledger
from analysis.survey.opening import decode
from analysis.survey.sheets import read_bytes

MOST_PASTED = 1_000_000  # of a pasted table
MOST_PASTED_CELLS = 20_000
MOST_TEXT_LINES = 2_000
LONGEST_LABEL = 60  # characters; what is longer and stands alone below a table is a footnote
LONGEST_LINE = 300  # characters of a line that is split before its figures
EXAMPLE = "'277 (64.7 %)'"
NO_TABLE = (
    "no table was found; it needs a line of heads and, for each of two answers or more, a line with its "
    "label and its figures, separated by tabs, commas, semicolons, | or wide gaps"
)

DECIMAL = r"(?:[0-9]+(?:[.,][0-9]+)?|[.,][0-9]+)"
INTEGER = r"(?:[0-9]{1,3}(?:[ ,.’'][0-9]{3})+|[0-9]+)"  # with or without a mark between thousands
LESS = re.compile(
    r"\b(?:less than|fewer than|under|below|alle|mindre än|färre än)\s+(?=[0-9])", re.IGNORECASE
)
MORE = re.compile(r"\b(?:more than|over|above|yli|mer än|över)\s+(?=[0-9])", re.IGNORECASE)
SHARE = rf"(?:(?:[<>≤≥]=?|{LESS.pattern})\s*)?{DECIMAL}"
NOTE_MARK = r"[*†‡§¶▲▼△▽↑↓¹²³\u2070-\u209c\u1d2c-\u1d6a\u1d9b-\u1dbf]+"  # of a footnote
CELL_MARK = re.compile(
    rf"(?<=[0-9%)\]])\s*(?:{NOTE_MARK}|\[[a-z]\]|\([a-z]\)|\^?[A-Za-z]{{1,2}}(?:,\s?[A-Za-z])*)$"
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
CELL = rf"{SHARE}\s?%?(?:\s?[(\[][^()\[\]]*[)\]])?{NOTE_MARK[:-1]}*|[-–—*:]|\.\.+|\[[a-z]\]"
RULE = re.compile(r"[\s|:+=\-─━│┃┌-╬]*[-─━═=]{2,}[\s|:+=\-─━═│┃┌-╬]*|\|(?:\s*:?-+:?\s*\|)+")
COMMENT = re.compile(r"#(?![\t;,|])")  # not the head of a column of numbers
PER_CENT = re.compile(r"\s*(?:per ?cent|prosenttia|procent)$", re.IGNORECASE)
SPACES = re.compile(r"[ \u00a0\u2000-\u200a\u202f\u205f\u3000]+")
UNSEEN = re.compile(r"[\u00ad\u200b-\u200d\u2060\ufeff]|\*\*|\\(?=%)")  # also marks of bold

N_WORDS = r"n|bases?|bas|vastaajia|vastaajat|vastauksia|svarande|antal(?: svar(?:ande)?)?|respondents|answers"
WEIGHTS = r"(?:un)?weighted|effective|painot\w+|(?:o|upp)?vikta\w+|o?väg[dt]\w*"
SIZE_LABEL = re.compile(
    rf"\(?(?:(?:totalt?|all|number of|sample|vastaajien|vastausten|yhteensä|{WEIGHTS})\s+)*"
    rf"\(?(?:{N_WORDS}|number|sample|(?:sample |base )?size|määrä|lukumäärä|lkm)"
    rf"(?:[\s,]*\(?(?:n|{WEIGHTS})\)?)?\s*[=:]?\)?",
    re.IGNORECASE,
)
UNWEIGHTED = re.compile(r"\bunweighted|painottama|\bov(?:ik|äg)|\beffective", re.IGNORECASE)
SIZE_IN_HEAD = re.compile(
    rf"\s*[,;:]?\s*[(\[]?\s*\b(?:{N_WORDS})\s*[=:]\s*({INTEGER})\s*[)\]]?\s*"
    rf"|\s*[(\[]\s*({INTEGER})\s+(?:vastaajaa|vastausta|henkilöä|hlö|kpl|svar|svarande|personer|st|respondents"
    r"|answers|people)\s*[)\]]",
    re.IGNORECASE,
)
BARE_SIZE = re.compile(rf"(.*\S)\s*[(\[]\s*({INTEGER})\s*[)\]]\s*{NOTE_MARK[:-1]}*")
SUM_LABEL = re.compile(
    r"(?:(?:grand|column|valid) )?(?:total|sum|summa|yhteensä|yht\.?|kaikki yhteensä|totalt|all answers)"
    r"[ ,]*(?:%|per ?cent|prosenttia|procent|\(?n ?\(?%\)*)?",
    re.IGNORECASE,
)
COLUMN_KINDS = {  # of columns under one group
    "count": r"n|no\.?|nr|count|freq(?:uency)?\.?|f|lkm|lukumäärä|antal(?: svar)?|frekvens(?:si)?|responses",
    "percent": r"n ?\(%\)|%|per ?cent|percentage|(?:valid[ie]? |giltig )?(?:percent|prosent\w*|procent)"
    r"|col(?:umn)? ?%|osuus|andel",
    "left out": r"cum(?:ulative|\.)? ?(?:percent|%)?|kumulat\w+ ?\w*",
}
KIND = re.compile(
    r"(?:(.*?)[ ,(–-]+)??\(?(?:" + "|".join(f"({words})" for words in COLUMN_KINDS.values()) + r")\)?",
    re.IGNORECASE,
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
HAS_FIGURE = re.compile(f".*[0-9]|(?!$)(?:{NOT_SHOWN.pattern})$", re.IGNORECASE)
NOTE = re.compile(
    rf"(?:{NOTE_MARK}|[a-z]\)\s|note|source|base|n\s*[=(]|lähde|huom|källa|anm|obs|(?:un)?weight|paino|vikt|percent)",
    re.IGNORECASE,
)


class PastedCell(NamedTuple):
    """One cell: its percentage as printed, with a point, and the count beside it, if any."""

    printed: str
    counted: int | None
    cell: Cell


class PastedTable(NamedTuple):
    """A table answers × groups, the n that stand beside it, and the words that call it weighted, if any.

    ``headings`` are labels without a figure, which several questions in one table have; ``several`` are the
    words that say that several answers could be given, if any.
    """

    answers: list[str]
    groups: list[str]
    cells: list[list[PastedCell]]
    sizes: dict[str, int]
    weighted: str
    headings: list[str]
    several: str = ""

    def columns(self) -> dict[str, list[PastedCell]]:
        """The cells of each group."""
        return {group: [row[place] for row in self.cells] for place, group in enumerate(self.groups)}


def is_pasted(source: object) -> bool:
    """Whether a source is the text of a table, not the name of a file."""
    return isinstance(source, str) and ("\n" in source or "\t" in source or source.startswith("<"))


def readings_of(source: Any) -> Iterator[PastedTable | RequestError]:
    """Every way to read a table, the likeliest first; what cannot be read so is given as its refusal.

    Raises
    ------
    RequestError, SurveyDataError
        It is no table, too large, or the file is no text.
    """
    is_frame = hasattr(source, "columns")
    grids, notes = ([_frame_grid(source)], []) if is_frame else _text_grids(source)
    is_table = False
    for grid in grids:
        for rows, beside in filter(None, [_tidy(grid)]):
            is_table = True
            bare = _without_statistics(rows)
            sides = [rows, _turned(rows)]
            if bare != rows and len(bare) > 2 and len(bare[0]) > 1:
                sides += [bare, _turned(bare)]
            if len(rows[0]) == 2 and re.fullmatch(CELL, rows[0][1]):
                sides.append([["", "all"], *rows])  # a list of answers without a head
            for side, is_count_first in product(sides, (True, False)):
                try:
                    yield _read_side(side, [*notes, *beside], is_count_first=is_count_first)
                except RequestError as refusal:
                    yield refusal
    if not is_table:
        raise RequestError(NO_TABLE)


def is_statistic(label: str, *, surely: bool = False) -> bool:
    """Whether a label may be, or surely is, that of a mean or a p-value, not of an answer or a group."""
    found = STATISTIC.fullmatch(_plain(label))
    return found is not None and (not surely or found[1] is not None)


def _without_statistics(rows: list[list[str]]) -> list[list[str]]:
    rows = [rows[0], *(row for row in rows[1:] if not is_statistic(row[0]))]
    keep = [place for place, head in enumerate(rows[0]) if not (place and is_statistic(head))]
    return [[row[place] for place in keep] for row in rows]


def _turned(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [list(row) for row in zip(*rows, strict=True)]


def _frame_grid(frame: Any) -> list[list[str]]:
    if frame.index.name is not None or str(frame.index.dtype) in {"object", "str", "string", "category"}:
        frame = frame.reset_index()
    heads = [" ".join(map(str, head)) if isinstance(head, tuple) else str(head) for head in frame.columns]
    body = frame.itertuples(index=False, name=None)
    return [heads, *([_text(value) for value in row] for row in body)]


def _text(value: Any) -> str:
    if is_empty(value):
        return ""
    return f"{read_decimal(value):f}" if isinstance(value, float) else str(value)


def _text_grids(source: Any) -> tuple[Iterator[list[list[str]]], list[str]]:
    """A text in every way in which it may be split into cells, and its comments."""
    text = source if is_pasted(source) else _read_file(Path(source))
    if len(text) > MOST_PASTED:
        raise RequestError(f"the text is longer than a published table: {MOST_PASTED} characters at most")
    if re.match(r"\s*<(?:!doctype|html|table|div|body)\b", text, re.IGNORECASE):
        raise RequestError("the text is HTML; copy the table as a browser shows it, and paste that")
    if re.search(r"&(?:[a-z]+|#[0-9]+);", text):
        text = html.unescape(text)
    text = SPACES.sub(lambda gap: "  " if len(gap[0]) > 1 else " ", UNSEEN.sub("", text))
    text = re.sub(r"(?<=[0-9])·(?=[0-9])", ".", text)
    if re.search(r"(?m)\\\\\s*(?:\\[a-z]+\s*)?$", text):
        text = _without_latex(text)
    lines = [line for line in text.splitlines() if line.strip() and not RULE.fullmatch(line.strip())]
    if len(lines) > MOST_TEXT_LINES:
        raise RequestError(
            f"the text has {len(lines)} lines; a published table has at most {MOST_TEXT_LINES}"
        )
    comments = [line for line in lines if COMMENT.match(line)]
    return _split([line for line in lines if not COMMENT.match(line)]), comments


def _without_latex(text: str) -> str:
    text = re.sub(
        r"\\multicolumn\{(\d\d?)\}\{[^{}]*\}\{([^{}]*)\}", lambda m: m[2] + " &" * (int(m[1]) - 1), text
    )
    text = re.sub(r"(?<!\\)\$|\\[,;!]", "", text)
    return re.sub(r"(?m)(?:\\\\\s*)?\\(?:hline|(?:top|mid|bottom)rule)|\\\\\s*$", "", text)


def _split(lines: list[str]) -> Iterator[list[list[str]]]:
    """Lines split by tabs, bars, LaTeX's &, semicolons, commas, wide gaps, or before their figures.

    At last by commas that are not those of decimals: a CSV file of "yes,64,7" is read as "yes | 64.7".
    """
    tabbed = _split_csv(lines, "\t")
    yield tabbed
    if _tidy(tabbed):  # in other ways its cells would become parts of labels
        return
    yield [_split_bars(line) for line in lines]
    for delimiter in "&;,":
        yield _split_csv(lines, delimiter)
    lines = [re.sub(r"[|│┃]", "  ", line) for line in lines]
    gaps = [re.split(r"\s{2,}", line.strip()) for line in lines]
    width = Counter(map(len, gaps)).most_common(1)[0][0]
    yield [_spread(row, width, line) for row, line in zip(gaps, lines, strict=True)]
    yield _split_figures(lines)
    yield _split_csv([re.sub(r"([0-9]+),([0-9])(?=,|$)", r"\1.\2", line) for line in lines], ",")


def _split_csv(lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:  # a quote that never ends, or a character that no table has
        return []


def _read_file(path: Path) -> str:
    ledger = Ledger(show(path.name))
    data = read_bytes(path, ledger)
    if data.startswith(b"PK"):
        raise RequestError(
            f"{quote(path.name)} is a workbook or another packed file; copy the cells of the table and paste "
            "them (maturity recover -), or save it as CSV"
        )
    return decode(data, ledger)[0]


def _split_bars(line: str) -> list[str]:
    cells = re.split(r"(?<!\\)[|│┃]", line.strip().strip("|│┃"))
    return [cell.replace("\\|", "|") for cell in cells]


def _split_figures(lines: Sequence[str]) -> list[list[str]]:
    """Lines of text with single spaces, as copied from a PDF, split before the figures at their end."""
    tails = []
    for line in lines:
        label = line.strip()
        figures: list[str] = []
        while len(line) < LONGEST_LINE and (last := re.search(rf"(?:^|\s)({CELL})$", label)):
            figures.insert(0, last[1])
            label = label[: last.start()].rstrip()
        tails.append((label, figures))
    widths = Counter(len(figures) for _, figures in tails if figures).most_common(1)
    if not widths:
        return []
    width, rows = widths[0][0], []
    for line, (label, figures) in zip(lines, tails, strict=True):
        spare = len(figures) - width
        rows.append([" ".join([label, *figures[:spare]]), *figures[spare:]] if spare >= 0 else [line.strip()])
    first = next(place for place, row in enumerate(rows) if len(row) > 1)
    for place in reversed(range(first)):
        words = re.split(r"\s{2,}", re.sub(r"\s*=\s*", "=", rows[place][0]))
        words = _spread(words, width + 1, lines[place]) if len(words) > 1 else words[0].split()
        rows[place] = ["", *words] if len(words) == width else words
        if not all(map(_is_below_head, words)):
            break
    return rows


def _spread(row: list[str], width: int, line: str) -> list[str]:
    """A row with too few cells, where single spaces part those behind its label."""
    spread = [row[0], *" ".join(row[1:]).split()]
    return spread if len(row) < width == len(spread) and not line.startswith(" ") else row


def _tidy(grid: list[list[str]]) -> tuple[list[list[str]], list[str]] | None:
    """The rows of one length, and the title and footnotes around them; None where there is no such table."""
    rows = [[SPACES.sub(" ", cell).strip() for cell in row] for row in grid]
    rows = [row for row in rows if any(row)]
    if not rows:
        return None
    width, number = Counter(map(len, rows)).most_common(1)[0]
    notes = []
    while len(rows) > 1 and not any(rows[0][1:]) and (rows[0][0] or len(rows[0]) == 1):
        notes.append(rows.pop(0)[0])
    while rows and not any(rows[-1][1:]) and (len(rows[-1]) < width or _is_note(rows[-1][0])):
        notes.append(rows.pop()[0])
    rows = [row for row in rows if len(row) <= width or any(row[width:])]
    if width < 2 or number * 2 < len(rows) or not rows:
        return None
    longest = max(map(len, rows))
    if width * len(rows) > MOST_PASTED_CELLS:
        raise RequestError(
            f"the table has {len(rows)} rows and {longest} columns; give at most {MOST_PASTED_CELLS} cells"
        )
    rows = _align_heads(rows, width)
    rows = [[*row, *[""] * (longest - len(row))] for row in rows]
    kept = [place for place in range(longest) if any(row[place] for row in rows)]
    rows = [[row[place] for place in kept] for row in rows]
    if len(rows) == 2:
        rows = _turned(rows)
    return (rows, notes) if len(rows) > 2 and len(rows[0]) > 1 else None


def _align_heads(rows: list[list[str]], width: int) -> list[list[str]]:
    """Lines of heads that lack the head of the labels, or that name each group once over several columns."""
    rows = [
        ["", *row] if len(row) == width - 1 and (not place or all(map(_is_below_head, row))) else row
        for place, row in enumerate(rows)
    ]
    columns, (head, second, *_) = width - 1, [*rows, [""]]
    if len(head) < width == len(second) and all(map(_is_below_head, second[1:])) and columns % len(head) == 0:
        rows[0] = ["", *(name for name in head for _ in range(columns // len(head)))]
    return rows


def _is_below_head(text: str) -> bool:
    return bool(SIZE_IN_HEAD.fullmatch(text)) or _kind_of(text)[0] == ""


def _is_note(text: str) -> bool:
    return bool(NOTE.match(text)) or len(text) > LONGEST_LABEL


def _read_side(rows: list[list[str]], notes: Sequence[str], *, is_count_first: bool) -> PastedTable:
    """One reading of a grid, with answers as rows: heads, labels, cells, and the n wherever they stand."""
    head, *body = _pair_columns(_join_heads(_join_labels(_pair_rows(rows))))
    groups, sizes = _read_heads(head[1:])
    body, numbers, labels = _take_sizes(body, len(groups))
    if not body:
        raise RequestError(NO_TABLE)
    sizes |= {group: n for group, n in zip(groups, numbers, strict=True) if n}
    weighted = [text for text in (*notes, *head, *labels) if WEIGHTING.search(text) or text in labels]
    groups, body = _without_sizes(groups, body)
    if not groups:
        raise RequestError(NO_TABLE)
    if len(groups) == 1 and not sizes:  # a title may say it: "Use of guidance (N = 428)"
        for found in filter(None, map(SIZE_IN_HEAD.search, (head[0], *notes))):
            sizes[groups[0]] = _whole_number(found[1] or found[2])
    headings = [row[0] for row in body if not any(row[1:])]
    body = _without_others(body)
    answers = [" ".join(SIZE_IN_HEAD.sub(" ", row[0]).split()).rstrip(":") or "(no label)" for row in body]
    cells = _as_percentages(_read_cells(answers, groups, body, is_count_first=is_count_first))
    sums = [place for place, label in enumerate(answers) if _is_sum_row(label, cells[place])]
    if len(answers) - len(sums) > 1:
        for place in sums:
            sizes |= {g: c.counted for g, c in zip(groups, cells[place], strict=True) if c.counted}
        cells = [row for place, row in enumerate(cells) if place not in sums]
        answers = [answer for place, answer in enumerate(answers) if place not in sums]
    answers, groups = map(_plain_labels, (answers, groups))
    sizes = {_plain(group): n for group, n in sizes.items()} | sizes
    _refuse_doubles(answers, groups)
    several = next(filter(None, map(SEVERAL_ANSWERS.search, (head[0], *notes, *headings))), None)
    return PastedTable(
        answers,
        groups,
        cells,
        sizes,
        shorten(next(iter(weighted), ""), 200),
        headings,
        several[0] if several else "",
    )


def _refuse_doubles(answers: Sequence[str], groups: Sequence[str]) -> None:
    for what, labels in (("answer", answers), ("group", groups)):
        if twice := [label for label, number in Counter(labels).items() if number > 1]:
            raise RequestError(
                f"the {what} {quote(twice[0])} appears twice; name each once, and give one question at a time"
            )
    if len(answers) < 2:
        raise RequestError(NO_TABLE)


def _pair_rows(rows: list[list[str]]) -> list[list[str]]:
    """A row of counts and one of percentages for each answer, as SPSS and Stata print them, as one."""
    first = next((place for place, row in enumerate(rows) if re.fullmatch(INTEGER, row[-1])), 0)
    counts, percents = rows[first::2], rows[first + 1 :: 2]
    labels = next((place for place, text in enumerate(counts[0]) if re.fullmatch(INTEGER, text)), 0)
    if not labels or len(counts) != len(percents) or any(row[0] for row in percents):
        return rows
    if not all(re.fullmatch(INTEGER, text) for row in counts for text in row[labels:]):
        return rows
    named = labels - ("%" in percents[0][labels - 1])  # "Count" and "% within …" name no answer
    paired = [[row[0], *row[labels:]] for row in rows[:first]]
    for row, below in zip(counts, percents, strict=True):
        label = next(filter(None, reversed(row[:named])), "")
        pairs = zip(row[labels:], below[labels:], strict=True)
        paired.append([label, *(f"{count} ({percent.rstrip('% ')} %)" for count, percent in pairs)])
    return paired


def _join_labels(rows: list[list[str]]) -> list[list[str]]:
    """Two columns of labels, as SPSS prints them, as one: "Valid | yes | 60" is "yes | 60"."""
    while len(rows[0]) > 2 and (
        VALID.fullmatch(rows[1][0]) or not any(HAS_FIGURE.match(row[1]) for row in rows[1:])
    ):
        rows = [[row[0] if NO_ANSWER.fullmatch(row[0]) else row[1] or row[0], *row[2:]] for row in rows]
    return rows


def _join_heads(rows: list[list[str]]) -> list[list[str]]:
    """More lines of heads, such as n and % or n = 428, joined to the first, where groups span columns."""
    head, second, *body = rows
    below = [text for text in second[1:] if text]
    is_head = below and all(map(_is_below_head, below))
    is_head = is_head or (bool(below) and not second[0] and not any(map(HAS_FIGURE.match, below)))
    if len(body) < 2 or not is_head or SIZE_LABEL.fullmatch(second[0]) or SUM_LABEL.fullmatch(second[0]):
        return rows
    spanned = [head[0]]
    for text in head[1:]:
        spanned.append(text or (spanned[-1] if len(spanned) > 1 else ""))
    joined = [f"{a} {b}".strip() for a, b in zip(spanned[1:], second[1:], strict=True)]
    return _join_heads([[spanned[0], *joined], *body])


def _kind_of(head: str) -> tuple[str | None, str]:
    """The group of a head, and whether its column holds counts or percentages; None where it does not say."""
    found = KIND.fullmatch(head)
    if found is None:
        return None, ""
    return found[1] or "", next(
        kind for kind, words in zip(COLUMN_KINDS, found.groups()[1:], strict=True) if words
    )


def _pair_columns(rows: list[list[str]]) -> list[list[str]]:
    """Columns of n and of % under one group as one, with cells such as "277 (64.7 %)"."""
    places: dict[str, dict[str, int]] = {}
    for place, text in enumerate(rows[0][1:], 1):
        group, kind = _kind_of(text)
        if group is None:
            return rows
        if kind in places.setdefault(group, {}) and kind == "count":  # of another group, whose name is lost
            raise RequestError("columns n and % stand there more than once; write a group's name above each")
        places[group][kind] = place
    is_paired = {"count" in kinds for kinds in places.values()}
    if len(is_paired) > 1 or not all("percent" in kinds for kinds in places.values()):
        return rows
    paired = [[rows[0][0], *places]]
    for row in rows[1:]:
        counts = [row[kinds["count"]].strip("()") if "count" in kinds else "" for kinds in places.values()]
        percents = [row[kinds["percent"]].removesuffix("%").strip() for kinds in places.values()]
        pairs = zip(counts, percents, strict=True)
        paired.append([row[0], *(f"{count} ({of} %)" if count and of else of for count, of in pairs)])
    return paired


def _read_heads(heads: Sequence[str]) -> tuple[list[str], dict[str, int]]:
    """The groups, and the n in their heads: "Men (n = 428)"; "Men (428)" where all have one."""
    bare = [BARE_SIZE.fullmatch(text) for text in heads]
    is_size = all(bare) and not all(1900 <= _whole_number(found[2]) <= 2100 for found in bare if found)
    groups, sizes = [], {}
    for text, ending in zip(heads, bare, strict=True):
        label, n = text, ""
        if found := SIZE_IN_HEAD.search(text):
            label, n = f"{text[: found.start()]} {text[found.end() :]}", found[1] or found[2]
        elif ending and is_size:
            label, n = ending[1], ending[2]
        groups.append(" ".join(label.split()) or "all")
        if n:
            groups[-1] = _plain(groups[-1])
            sizes[groups[-1]] = _whole_number(n)
    return groups, sizes


def _take_sizes(body: list[list[str]], width: int) -> tuple[list[list[str]], list[int], list[str]]:
    """The rows without those of n; the n of each column, 0 where none is; labels that speak of weights."""
    kept, sizes, weighted = [], [0] * width, []
    for row in body:
        numbers = _sizes_in(row, body)
        if not numbers:
            kept.append(row)
            continue
        is_whole = all(number == int(number) for number in numbers)
        if WEIGHTING.search(row[0]) or UNWEIGHTED.search(row[0]) or not is_whole:
            weighted.append(row[0] if is_whole else f"{row[0]} {row[1]}")
        if is_whole and not WEIGHTING.search(row[0]):
            sizes = [int(number) or size for number, size in zip(numbers, sizes, strict=True)]
    return kept, sizes, weighted


def _sizes_in(row: Sequence[str], body: Sequence[Sequence[str]]) -> list[float]:
    """The numbers of a row that holds n, not one more answer whose label begins so; none otherwise."""
    label, texts = _plain(row[0]), [re.sub(r"(?i)^n\s*[=:]\s*", "", text.strip("()[] ")) for text in row[1:]]
    is_sum = bool(SUM_LABEL.fullmatch(label))
    if not (is_sum or SIZE_LABEL.fullmatch(label)) or not any(texts):
        return []
    if not all(re.fullmatch(rf"{INTEGER}|[0-9]+[.,][0-9]+|", text) for text in texts):
        return []
    numbers = [
        float(_whole_number(text) if re.fullmatch(INTEGER, text) else text.replace(",", ".")) if text else 0.0
        for text in texts
    ]
    if is_sum and all(97 <= number <= 103 for number in numbers if number):
        return []
    others = [other[1] for other in body if other is not row and not SUM_LABEL.fullmatch(_plain(other[0]))]
    figures = [CELL_MARK.sub("", PER_CENT.sub("", text)).rstrip("% ").replace(",", ".") for text in others]
    together = sum(float(text) for text in figures if re.fullmatch(r"[0-9]*\.?[0-9]+", text))
    is_beside = abs(together - 100) < len(body) or together == numbers[0] or any(map(PAIR.fullmatch, others))
    return numbers if max(numbers) > 100 or (is_beside and not is_sum) else []


def _without_sizes(groups: list[str], body: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """The table without columns of n, which the answers have, not the groups."""
    columns = _turned(body)[1:]
    keep = [
        place
        for place, (group, column) in enumerate(zip(groups, columns, strict=True))
        if SUM_LABEL.fullmatch(group) or not _sizes_in([group, *column], [["", *other] for other in columns])
    ]
    return [groups[place] for place in keep], [[row[0], *(row[place + 1] for place in keep)] for row in body]


def _without_others(body: list[list[str]]) -> list[list[str]]:
    """The rows that are answers, not a question above them, an empty sum, a footnote, or missing answers."""
    is_paired = [any(map(PAIR.fullmatch, row[1:])) for row in body]
    kept = []
    for place, row in enumerate(body):
        label, is_bare = _plain(row[0]), not any(text.strip("%") for text in row[1:])
        is_head = is_bare and (place == 0 or SUM_LABEL.fullmatch(label) or NOTE.match(label))
        is_count = (any(is_paired) and not is_paired[place]) or label.endswith("(n)")
        is_missing = is_count and NO_ANSWER.fullmatch(label)
        if not (is_head or is_missing):
            kept.append(row)
    return kept


def _is_sum_row(label: str, row: Sequence[PastedCell]) -> bool:
    """Whether a row only says that the answers are 100 %."""
    cells = [part.cell for part in row]
    return bool(SUM_LABEL.fullmatch(_plain(label))) and all(
        cell.units is not None and abs(cell.units - cell.unit) <= cell.unit // 40 for cell in cells
    )


def _plain_labels(labels: list[str]) -> list[str]:
    plain = [_plain(label) or label for label in labels]
    return plain if len(set(plain)) == len(set(labels)) else labels


def _plain(label: str) -> str:
    """A label without the marks of footnotes at its end."""
    return re.sub(rf"\s*{NOTE_MARK}$", "", label)


def _whole_number(text: str) -> int:
    return int(re.sub(r"[^0-9]", "", text))


def _read_cells(
    answers: Sequence[str], groups: Sequence[str], body: Sequence[Sequence[str]], *, is_count_first: bool
) -> list[list[PastedCell]]:
    cells, problems = [], []
    for answer, row in zip(answers, body, strict=True):
        for group, text in zip(groups, row[1:], strict=True):
            try:
                cells.append(_read_cell(text, is_count_first=is_count_first))
            except RequestError as error:
                problems.append(f"{group}, {answer}: {error}")
                continue
            cell = cells[-1].cell
            if cell.units and cell.units > cell.unit and not SUM_LABEL.fullmatch(_plain(answer)):
                above = f"{quote(text)} is above 100 %; give percentages, counts only as {EXAMPLE}"
                problems.append(f"{group}, {answer}: {above}")
    if problems:
        more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""
        form = "; a table has one row of heads, one column of labels, and figures"
        raise RequestError(shorten("; ".join(problems[:3]), 1000) + more + form)
    return [cells[start : start + len(groups)] for start in range(0, len(cells), len(groups))]


def _read_cell(text: str, *, is_count_first: bool) -> PastedCell:
    figure, counted = LESS.sub("<", MORE.sub(">", CELL_MARK.sub("", PER_CENT.sub(" %", text)))), None
    figure = BESIDE.sub(lambda pair: f"{pair[1] or pair[3]} ({pair[2] or pair[4]})", figure)
    if (pair := PAIR.fullmatch(figure)) and not MARGIN.search(figure):
        count, figure = pair["first"], pair["second"]
        if pair["sign"] or pair["n"] or ("%" not in text and not is_count_first):
            count, figure = figure, count
        if re.fullmatch(INTEGER, count):
            counted = _whole_number(count)
        elif count[0] not in "<>≤≥":
            raise RequestError(
                f"{quote(text)} has no count beside the percentage; give it alone, or as {EXAMPLE}"
            )
    figure = MARGIN.sub("", figure).strip("()").removesuffix("%").strip().replace("−", "-")
    if re.fullmatch(r"[<>≤≥]?=?\s*[0-9]*,[0-9]+", figure):
        figure = figure.replace(",", ".")
    return PastedCell(figure, counted, read_cell(figure))


def _as_percentages(cells: list[list[PastedCell]]) -> list[list[PastedCell]]:
    """Shares of 1 (0.647), which Python and R print, as percentages (64.7)."""
    sums = [sum((c.cell.units or 0) / c.cell.unit for c in column) for column in zip(*cells, strict=True)]
    if not cells or not all(0.0095 < total < 0.0105 or 0.0195 < total < 0.0205 for total in sums):
        return cells
    scaled = []
    for row in cells:
        texts = [re.sub(DECIMAL, lambda number: f"{Decimal(number[0]).scaleb(2):f}", c.printed) for c in row]
        scaled.append([PastedCell(t, c.counted, read_cell(t)) for t, c in zip(texts, row, strict=True)])
    return scaled
