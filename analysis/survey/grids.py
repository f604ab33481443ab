"""The cells of a published table as it was pasted, parted in every way that gives rows of one length."""

from __future__ import annotations

import csv
import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from analysis.errors import RequestError, quote, show
from analysis.rounding import NOT_SHOWN, is_empty, read_decimal
from analysis.survey.ledger import Ledger
from analysis.survey.opening import decode
from analysis.survey.sheets import read_bytes

MOST_PASTED = 1_000_000  # of a pasted table
MOST_PASTED_CELLS = 20_000
MOST_TEXT_LINES = 2_000
LONGEST_LABEL = 60  # characters; what is longer and stands alone below a table is a footnote
LONGEST_LINE = 300  # characters of a line that is split before its figures

DECIMAL = r"(?:[0-9]+(?:[.,][0-9]+)?|[.,][0-9]+)"
INTEGER = r"(?:[0-9]{1,3}(?:[ ,.’'][0-9]{3})+|[0-9]+)"  # with or without a mark between thousands
LESS = r"\b(?:less than|fewer than|under|below|alle|mindre än|färre än)\s+(?=[0-9])"
SHARE = rf"(?:(?:[<>≤≥]=?|{LESS})\s*)?{DECIMAL}"
NOTE_MARK = r"[*†‡§¶▲▼△▽↑↓¹²³\u2070-\u209c\u1d2c-\u1d6a\u1d9b-\u1dbf]+"  # of a footnote
CELL = (
    rf"(?:[0-9]{{1,3}}(?:[’'][0-9]{{3}})+|{SHARE})\s?%?(?:\s?[(\[](?![a-z]\])[^()\[\]]*[)\]])?{NOTE_MARK[:-1]}*"
    r"|[-–—*:]|\.\.+|\[[a-z]\]"
)
RULE = re.compile(r"(?=.*[-─━═=]{2})[\s|:+=\-─━│┃┌-╬]+|\|(?:\s*:?-+:?\s*\|)+")
COMMENT = re.compile(r"#(?![\t;,|])")  # not the head of a column of numbers
COMMA = re.compile(r",(?![0-9 ])|(?<![0-9]),(?! )")  # between cells, not of a decimal or in a title
SPACES = re.compile(r"[ \u00a0\u2000-\u200a\u202f\u205f\u3000]+")
UNSEEN = re.compile(r"[\u00ad\u200b-\u200d\u2060\ufeff]|\*\*|\\(?=%)")  # also marks of bold

N_WORDS = (
    r"n|bases?|respondents|answers|responses|participants|cases|observations|obs\.?|interviews"
    r"|vastaajia|vastaajat|vastaajamäärä|vastanneita|vastanneet|vastauksia|havaintoja|tapauksia|otos(?:koko)?"
    r"|bas(?:tal)?|svarande|respondenter|antal(?: (?:svar(?:ande)?|respondenter|intervju\w+|personer))?"
)
SIZE_IN_HEAD = re.compile(
    rf"\s*[,;:]?\s*[(\[]?\s*\b(?:{N_WORDS})\s*[=:]\s*({INTEGER})(?!\s*[-–—.,]?[0-9])\s*[)\]]?\s*"
    rf"|\s*[(\[]\s*({INTEGER})\s+(?:vastaajaa|vastausta|henkilöä|hlö|kpl|svar|svarande|personer|st|respondents"
    r"|answers|people)\s*[)\]]",
    re.IGNORECASE,
)
KIND = re.compile(  # of a column under the name of a group
    r"(?:(?P<group>.*?[^ ,(–-]|)[ ,(–-]+)??\(?(?:"
    r"(?P<count>n|no\.?|nr|count|freq(?:uency)?\.?|f|lkm|lukumäärä|antal(?: svar)?|frekvens(?:si)?|responses)"
    r"|(?P<percent>n ?\(%\)|%|per ?cent|percentage|(?:valid[ie]? |giltig )?(?:percent|prosent\w*|procent)"
    r"|col(?:umn)? ?%|osuus|andel)"
    r"|(?P<cumulative>cum(?:ulative|\.)? ?(?:percent|%)?|kumulat\w+ ?\w*))\)?",
    re.IGNORECASE,
)
HAS_FIGURE = re.compile(f".*[0-9]|(?!$)(?:{NOT_SHOWN.pattern})$", re.IGNORECASE)
NOTE = re.compile(
    rf"(?:{NOTE_MARK}|[a-z]\)\s|note|source|base|n\s*[=(]|lähde|huom|källa|anm|obs|(?:un)?weight|paino|vikt|percent)",
    re.IGNORECASE,
)

Rows = list[list[str]]  # of a table, the heads first, each with its label before its cells


def is_pasted(source: object) -> bool:
    """Whether a source is the text of a table, not the name of a file."""
    return isinstance(source, str) and ("\n" in source or "\t" in source or source.startswith("<"))


def grids_of(source: Any) -> Iterator[tuple[Rows, list[str]]]:
    """Every way to part a frame, a file or a text into rows of one length, with what stands around them.

    Raises
    ------
    RequestError, SurveyDataError
        It is too large, or no frame, text or file of text.
    """
    grids, comments = ([_frame_grid(source)], []) if hasattr(source, "columns") else _text_grids(source)
    for rows, beside in filter(None, map(_tidy, grids)):
        yield rows, [*comments, *beside]


def take_columns(rows: Rows, places: Sequence[int]) -> Rows:
    """The columns at some places."""
    return [[row[place] for place in places] for row in rows]


def turned(rows: Rows) -> Rows:
    """The columns as rows."""
    return [list(row) for row in zip(*rows, strict=True)]


def _frame_grid(frame: Any) -> Rows:
    if not hasattr(frame, "index"):  # of polars or Arrow
        import narwhals as nw
        import pandas as pd

        columns = nw.from_native(frame, eager_only=True)
        frame = pd.DataFrame(columns.rows(), columns=columns.columns)
    if frame.index.name is not None or str(frame.index.dtype) in {"object", "str", "string", "category"}:
        frame = frame.reset_index()
    heads = [" ".join(map(str, head)) if isinstance(head, tuple) else str(head) for head in frame.columns]
    arrays = (frame.iloc[:, place].array for place in range(len(heads)))  # a float32 keeps its few digits
    body = zip(*(["" if is_empty(x) else _text(x) for x in array] for array in arrays), strict=True)
    return [heads, *map(list, body)]


def _text(value: Any) -> str:
    return f"{read_decimal(value):f}" if isinstance(value, float) else str(value)


def _text_grids(source: Any) -> tuple[Iterable[Rows], list[str]]:
    """A text in every way in which it may be split into cells, and its comments."""
    if not isinstance(source, str | Path):
        kind = type(source).__name__
        raise RequestError(f"a table is {quote(kind)}; give a data frame, the name of a file, or a text")
    text = str(source) if is_pasted(source) else _read_file(Path(source))
    if len(text) > MOST_PASTED:
        raise RequestError(f"the text is longer than a published table: {MOST_PASTED} characters at most")
    if re.match(r"\s*<(?:!doctype|html|table|div|body)\b", text, re.IGNORECASE):
        raise RequestError("the text is HTML; copy the table as a browser shows it, and paste that")
    if re.search(r"&(?:[a-z]+|#[0-9]+);", text):
        text = html.unescape(text)
    text = SPACES.sub(lambda gap: " " * len(gap[0]), UNSEEN.sub("", text))
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


def _read_file(path: Path) -> str:
    ledger = Ledger(show(path.name))
    data = read_bytes(path, ledger)
    if data.startswith(b"PK"):
        raise RequestError(
            f"{quote(path.name)} is a workbook or another packed file; copy the cells of the table and paste "
            "them (maturity recover -), or save it as CSV"
        )
    return decode(data, ledger)[0]


def _without_latex(text: str) -> str:
    text = re.sub(
        r"\\multicolumn\{(\d\d?)\}\{[^{}]*\}\{([^{}]*)\}", lambda m: m[2] + " &" * (int(m[1]) - 1), text
    )
    text = re.sub(r"(?<!\\)\$|\\[,;!]", "", text)
    return re.sub(r"(?m)(?:\\\\\s*)?\\(?:hline|(?:top|mid|bottom)rule)|\\\\\s*$", "", text)


def _split(lines: list[str]) -> Iterator[Rows]:
    """Lines split by tabs, bars, LaTeX's &, semicolons, commas, wide gaps, or before their figures.

    At last by commas that are not those of decimals: a CSV file of "yes,64,7" is read as "yes | 64.7".
    """
    are_parted = any(map(COMMA.search, lines)) or any(", " in line for line in lines[1:])
    for delimiter in "\t|&;," if are_parted else "\t|&;":
        grid = _split_csv(_without_borders(lines) if delimiter == "|" else lines, delimiter)
        yield grid
        tidy = delimiter != "," and _tidy(grid)
        if tidy and (delimiter == "\t" or len(tidy[0][0]) > 2):  # in other ways cells become parts of labels
            return
    if are_parted and "," in lines[0] and not COMMA.search(lines[0]):
        yield [lines[:1], *_split_csv(lines[1:], ",")]  # a title above
    lines = [re.sub(r"[|│┃]", "  ", line) for line in lines]
    yield _split_columns(lines)
    yield _split_gaps(lines)
    yield _split_figures(lines)
    yield _split_csv([re.sub(r"([0-9]+),([0-9])(?=,|$)", r"\1.\2", line) for line in lines], ",")


def _without_borders(lines: Sequence[str]) -> list[str]:
    """Lines without the bars around them; where not all have one, an empty cell is before or behind it."""
    barred = [re.sub("[│┃]", "|", line).strip() for line in lines]
    most = max((line.count("|") for line in barred), default=0)
    is_left, is_right = (
        all(line[end] == "|" for line in barred if most and line.count("|") == most) for end in (0, -1)
    )
    return [
        line.removeprefix("|" * is_left).removesuffix("|" * is_right) if "|" in line else line
        for line in barred
    ]


def _split_csv(lines: list[str], delimiter: str) -> Rows:
    try:
        return list(csv.reader(lines, delimiter=delimiter, escapechar="\\" if delimiter in "|&" else None))
    except csv.Error:  # a quote that never ends, or a character that no table has
        return []


def _split_columns(lines: Sequence[str]) -> Rows:
    """Lines of text in columns, each cell in its own though others of its line are empty; none if unclear."""
    cells = [list(re.finditer(r"\S+(?:\s\S+)*", line)) for line in lines]
    columns: list[tuple[int, int]] = []
    for start, end in sorted(cell.span() for row in cells if len(row) > 1 for cell in row):
        last = columns.pop() if columns and start < columns[-1][1] else (start, end)
        columns.append((last[0], max(end, last[1])))
    rows = []
    for row in cells:
        texts = {sum(start <= cell.start() for start, _ in columns): cell[0] for cell in row}
        if len(row) > len(texts) > 0:  # two cells in one column
            return []
        rows.append(
            [texts.get(place, "") for place in range(1, 1 + len(columns))]
            if len(row) > 1
            else [*texts.values()]
        )
    return rows


def _split_gaps(lines: Sequence[str]) -> Rows:
    """Lines of text in columns, which wide gaps part, or a single space where each word is in its column."""
    cells = [list(re.finditer(r"\S+(?:\s\S+)*", line)) for line in lines]
    _, width = max(((number, width) for width, number in Counter(map(len, cells)).items()), default=(0, 0))
    columns = zip(*(row for row in cells if len(row) == width), strict=True)
    spans = [(min(cell.start() for cell in column), max(cell.end() for cell in column)) for column in columns]
    rows = []
    for line, row in zip(lines, cells, strict=True):
        words = list(re.finditer(r"\S+", line))[1 - width :]
        in_place = zip(words, spans[1:], strict=False)
        is_spread = all(word.start() < end and start < word.end() for word, (start, end) in in_place)
        texts = [cell[0] for cell in row]
        rows.append(_spread(texts, width, line) if is_spread else texts)
    return rows


def _split_figures(lines: Sequence[str]) -> Rows:
    """Lines of text with single spaces, as copied from a PDF, split before the figures at their end."""
    tails = []
    for line in lines:
        label = line.strip()
        figures: list[str] = []
        is_note = re.match(NOTE_MARK, label) or len(line) >= LONGEST_LINE
        while not is_note and (last := re.search(rf"(?:^|\s)({CELL})$", label)):
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
        if not all(map(is_below_head, words)):
            break
    return rows


def _spread(row: list[str], width: int, line: str) -> list[str]:
    """A row with too few cells, where single spaces part those behind its label."""
    spread = [row[0], *" ".join(row[1:]).split()]
    return spread if len(row) < width == len(spread) and not line.startswith(" ") else row


def _tidy(grid: Rows) -> tuple[Rows, list[str]] | None:
    """The rows of one length, and the title and footnotes around them; None where there is no such table."""
    rows = [[SPACES.sub(" ", cell).strip() for cell in row] for row in grid]
    rows = [row for row in rows if any(row)]
    widths = Counter(len(row) for row in rows if len(row) > 1)
    number, width = max(((number, width) for width, number in widths.items()), default=(0, 0))
    notes = []
    while len(rows) > 1 and not any(rows[0][1:]) and (rows[0][0] or len(rows[0]) == 1):
        notes.append(rows.pop(0)[0])
    if len(rows) > 2 and len(rows[0]) < width == len(rows[1]):  # a title with a comma above the heads
        below = [text for text in rows[1][1:] if text]
        if not (any(map(HAS_FIGURE.match, below)) or all(map(is_below_head, below))):
            notes.append(" ".join(rows.pop(0)))
    while rows and not any(rows[-1][1:]):
        text = rows[-1][0]
        if len(rows[-1]) == width and not NOTE.match(text) and len(text) <= LONGEST_LABEL:
            break
        notes.append(rows.pop()[0])
    if width < 2 or number * 2 < len(rows) or not rows:
        return None
    longest = max(map(len, rows))
    if width * len(rows) > MOST_PASTED_CELLS:
        raise RequestError(
            f"the table has {len(rows)} rows and {longest} columns; give at most {MOST_PASTED_CELLS} cells"
        )
    rows = [[*row, *[""] * (longest - len(row))] for row in _align_heads(rows, width)]
    rows = take_columns(rows, [place for place in range(longest) if any(row[place] for row in rows)])
    if len(rows) == 2:
        rows = turned(rows)
    return (rows, notes) if len(rows) > 2 and len(rows[0]) > 1 else None


def _align_heads(rows: Rows, width: int) -> Rows:
    """Lines of heads that lack the head of the labels, or that name each group once over several columns."""
    rows = [
        ["", *row] if place and len(row) == width - 1 and all(map(is_below_head, row)) else row
        for place, row in enumerate(rows)
    ]
    columns, (head, second, *_) = width - 1, [*rows, [""]]
    groups = max(Counter(second[1:]).values(), default=0)  # how often n and % stand there
    is_below = len(head) < width == len(second) and all(map(is_below_head, second[1:]))
    if is_below and columns % groups == 0 and len(head) in {groups, groups + 1}:
        spanned = (name for name in head[-groups:] for _ in range(columns // groups))
        return [[head[0] if len(head) > groups else "", *spanned], *rows[1:]]
    return [["", *head], *rows[1:]] if len(head) == width - 1 else rows


def is_below_head(text: str) -> bool:
    """Whether a text stands below the name of a group: n or %, or "n = 428"."""
    return bool(SIZE_IN_HEAD.fullmatch(text)) or kind_of(text)[0] == ""


def kind_of(head: str) -> tuple[str | None, str]:
    """The group of a head, and whether its column holds counts or percentages; None where it does not say."""
    found = KIND.fullmatch(head)
    return (found["group"] or "", found.lastgroup or "") if found else (None, "")
