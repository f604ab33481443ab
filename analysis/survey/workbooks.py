"""The sheet of a workbook that holds the table, as Excel shows it.

A workbook is measured before it is unpacked. What it does not show (sheets, rows, columns, numbers), or
shows without holding it (formulas without a stored value, merged cells), is refused by its place. openpyxl
reads the cells and their number formats; python-calamine is 25 times faster, but tells of neither hidden
rows nor formats, and a workbook of 5 KB with one cell in XFD1048576 aborts its process.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import IO, Any, NamedTuple

from analysis.errors import SurveyDataError, quote, shorten, show
from analysis.survey.cells import LOOKED_AT, known_names
from analysis.survey.ledger import Ledger, span
from analysis.survey.opening import open_plain

LONGEST_LIST = 60  # characters of the numbers of hidden rows
MOST_ENTRIES = 2000  # files in a workbook; it has some twenty
MOST_UNPACKED = 10_000_000  # bytes of a table's workbook once unpacked
LAST_ROW = 1_048_576  # of any sheet
MOST_SHEET_CELLS = 5_000_000  # from the first column to the last filled one, over all rows
LITERAL = re.compile(r'"([^"]*)"|\\(.)|\[[^\]]*\]|[_*].')  # in a number format, what is no place of a digit
CONDITION = re.compile(r"\[[<>=]")  # in a number format, upon which a number has one form or another
TELLING = re.compile(r"[0-9<>≤≥~≈±]")  # in such a literal, what makes another number of it
FORMAT_DIGITS = re.compile(r"(?P<whole>[#?0,]*)(?:\.(?P<decimals>[0#?]*))?(?P<scale>,*)(?P<percent>%?)")


class SheetCell(NamedTuple):
    """What a cell holds, as openpyxl gives it, and its number format."""

    value: Any
    number_format: str


class SheetGrid(NamedTuple):
    """A sheet: its name, its rows of cells (None where empty).

    ``header`` is the place of the header in ``rows``; line numbers are places plus one. ``unseen`` is what is
    wrong with what it does not show: line, column, value, rule and problem.
    """

    title: str
    rows: list[list[SheetCell | None]]
    is_visible: bool
    header: int
    unseen: list[tuple[int | str, str, str, str, str]]


def open_workbook(
    path: str | Path, ledger: Ledger, names: Collection[str] = (), *, most: int = MOST_UNPACKED
) -> SheetGrid:
    """The sheet of a workbook that holds the table: the only visible one, or the only one with the header.

    The header is the row of the first twenty that has most of the ``names``; ``most`` are the bytes that the
    workbook may unpack to. Hidden rows and columns, merged cells and formulas without a stored value are
    problems in the ledger; SurveyDataError where it is too large, damaged, empty, or no single sheet is the
    table's.
    """
    with open_plain(path, ledger) as file:
        filled = [sheet for sheet in _load_sheets(file, names, ledger, most) if any(map(any, sheet.rows))]
    visible = [sheet for sheet in filled if sheet.is_visible]
    hidden = _listed(sheet for sheet in filled if not sheet.is_visible)
    if not visible:
        problem = f"only hidden sheets hold something: {hidden}; show the one with the table"
        raise ledger.stop("", "", "", "empty-file", problem if hidden else "the workbook is empty")
    headed = [s for s in visible if len(known_names(_texts(s.rows[s.header]), names)) > 1]
    chosen = visible if len(visible) == 1 else headed
    if len(chosen) != 1:
        problem = f"several sheets hold something: {_listed(visible)}; leave only the one with the table"
        raise ledger.stop("", "", "", "several-sheets", problem)
    [sheet] = chosen
    if others := _listed(other for other in visible if other is not sheet):
        ledger.warn(f"other sheets of the workbook are left out, since they have no such header: {others}")
    ledger.note(f"read from the sheet {quote(sheet.title)} of the workbook")
    if hidden:
        ledger.note(f"hidden sheets left out: {hidden}")
    if above := [text for row in sheet.rows[: sheet.header] for text in _texts(row)]:
        ledger.note(f"what is above the header was left out: {quote(' '.join(above))}")
    for unseen in sheet.unseen:
        ledger.refuse(*unseen)
    return sheet


def show_cell(cell: SheetCell | None, line: int, ledger: Ledger) -> str:
    """What Excel shows in a cell; a problem where it shows another number than it holds, or nothing."""
    if cell is None:
        return ""
    value = cell.value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if not isinstance(value, int | float):
        return str(value)
    exact = Decimal(repr(value))
    formatted = _formatted(exact, cell.number_format)
    if formatted is None:
        problem = f"the number format {quote(cell.number_format)} can show another number; choose a plain one"
        ledger.refuse(line, "", f"{exact:f}", "two-readings", problem)
        return f"{exact:f}"
    shown, percent = formatted
    exact = exact * 100 if percent else exact
    if shown is None:
        hides = f"the number format {quote(cell.number_format)} hides the number {exact:f}"
        ledger.refuse(line, "", f"{exact:f}", "hidden-value", f"{hides}; show or delete it")
    elif shown != exact and abs(shown - exact) > abs(exact).scaleb(-12):
        problem = f"a cell shows {shown} but holds {exact:f}: two readings; type the number that is meant"
        ledger.refuse(line, "", f"{exact:f}", "two-readings", problem)
    return f"{exact if shown is None else shown:f}" + ("%" if percent else "")


def _load_sheets(file: IO[bytes], names: Collection[str], ledger: Ledger, most: int) -> list[SheetGrid]:
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of styles and validations, which do not matter here
        try:
            _measure(file, ledger, most)
            file.seek(0)
            book = openpyxl.load_workbook(
                io.BytesIO(file.read()), read_only=True, data_only=True, rich_text=True
            )
            return [_read_sheet(sheet, names, ledger) for sheet in book.worksheets]
        except SurveyDataError:
            raise
        except Exception as error:  # of many kinds
            problem = "the file is not a valid Excel workbook; save it again in Excel, best as 'CSV UTF-8'"
            raise ledger.stop("", "", "", "not-text", problem) from error


def _measure(file: IO[bytes], ledger: Ledger, most: int) -> None:
    """Refuse a workbook that unpacks to too much, by what its index says, before anything is unpacked."""
    with zipfile.ZipFile(file) as parts:
        entries = parts.infolist()
    xml = sum(part.file_size for part in entries if part.filename.endswith((".xml", ".rels", ".vml")))
    if len(entries) > MOST_ENTRIES or xml > most:
        problem = f"the workbook unpacks to more than {most // 10**6} MB; give the table alone"
        raise ledger.stop("", "", "", "too-large", problem)


def _read_sheet(sheet: Any, names: Collection[str], ledger: Ledger) -> SheetGrid:
    """The sheet, by openpyxl's own reader of its XML, which is asked for what it tells nobody else."""
    from openpyxl.cell.read_only import ReadOnlyCell
    from openpyxl.worksheet._reader import WorkSheetParser

    book, cells_so_far = sheet.parent, 0
    rows: list[list[SheetCell | None]] = []
    hidden: list[int] = []
    untrue: list[tuple[int, str, str]] = []  # row, rule and problem of cells that show more than they hold

    def parse_cell(element: Any) -> Any:
        cell = WorkSheetParser.parse_cell(parser, element)
        if flaw := _judge_cell(cell["value"], element):
            rule, problem = flaw
            untrue.append((cell["row"], rule, f"cell {show(element.get('r', ''))} {problem}"))
        if isinstance(cell["value"], list):  # text with several fonts
            cell["value"] = str(cell["value"])
        return cell

    @cache
    def format_of(style: int) -> str:
        return str(ReadOnlyCell(sheet, 1, 1, None, style_id=style).number_format)

    dates = {name: getattr(book, f"_{name}") for name in ("date_formats", "timedelta_formats")}
    strings = sheet._shared_strings  # noqa: SLF001  (no API for a streamed sheet beyond its cells)
    with sheet._get_source() as source:  # noqa: SLF001
        parser: Any = WorkSheetParser(
            source, strings, data_only=True, rich_text=True, epoch=book.epoch, **dates
        )
        parser.parse_cell = parse_cell
        for line, cells in parser.parse():
            width = cells[-1]["column"] if cells else 0
            cells_so_far += width
            if line > LAST_ROW or cells_so_far > MOST_SHEET_CELLS:
                problem = f"the sheet {quote(sheet.title)} is larger than a table; delete what lies far out"
                raise ledger.stop("", "", "", "too-large", problem)
            format_ = getattr(parser, "sheet_format", None)
            hides = format_ is not None and (format_.zeroHeight or format_.defaultRowHeight == 0)
            attributes = parser.row_dimensions.get(str(line), {})
            height = attributes.get("ht")
            if _says_hidden(attributes) or (hides if height is None else float(height) < 1):
                hidden.append(line)
            rows += [[] for _ in range(line - len(rows))]
            row = rows[line - 1] = [None] * width
            for cell in cells:
                if cell["value"] is not None:
                    row[cell["column"] - 1] = SheetCell(cell["value"], format_of(cell["style_id"]))
    known = [len(known_names(_texts(row), names)) for row in rows[:LOOKED_AT]] or [0]
    header = known.index(max(known)) if max(known) >= min(2, len(names)) else 0
    unseen = list(_find_unseen(parser, rows, hidden, header))
    unseen += [(line, "", "", rule, problem) for line, rule, problem in untrue if line > header]
    return SheetGrid(sheet.title, rows, sheet.sheet_state == "visible", header, unseen)


def _judge_cell(value: Any, element: Any) -> tuple[str, str] | None:
    """The rule that a cell breaks which does not hold what it shows, and the sentence that says so."""
    from openpyxl.worksheet._reader import FORMULA_TAG

    if value is None and element.get("t") != "str" and element.find(FORMULA_TAG) is not None:
        return "formula-without-value", "holds a formula without a stored value; open and save it in Excel"
    blocks = (block for block in value if not isinstance(block, str)) if isinstance(value, list) else ()
    if raised := "".join(block.text for block in blocks if block.font.vertAlign):
        return "footnote-mark", f"shows {quote(raised)} raised or lowered, as a footnote mark; delete it"
    return None


def _find_unseen(
    parser: Any, rows: list[list[SheetCell | None]], hidden: list[int], header: int
) -> Iterator[tuple[int | str, str, str, str, str]]:
    """What stands where the person who sees the sheet does not see it, or is not there although it shows."""
    if lines := [line for line in hidden if any(rows[line - 1])]:
        problem = "what stands here is hidden in the workbook, as by a filter; show all rows, or delete these"
        yield shorten(span(lines), LONGEST_LIST), "", "", "hidden-rows", problem
    for of in parser.column_dimensions.values():
        if _says_hidden(of) or float(of.get("width", 1)) < 0.1:
            for at in range(int(of["min"]) - 1, min(int(of["max"]), max(map(len, rows), default=0))):
                if cells := [cell for row in rows for cell in row[at : at + 1] if cell is not None]:
                    name = str(cells[0].value)
                    what = f"column {at + 1} ({quote(name)}) is hidden in the workbook"
                    yield "", name, "", "hidden-columns", f"{what}; show it, or delete it"
    for merged in parser.merged_cells.mergeCell if parser.merged_cells else ():
        first, *_, last = re.findall("[0-9]+", merged.ref * 2)
        if int(last) > header:
            problem = f"cells {show(merged.ref)} are merged; unmerge them, and write the value into each"
            yield first, "", "", "merged-cells", problem


def _plain_literal(part: re.Match[str]) -> str:
    """A mark for what a literal of a number format does to the number: nothing, a minus, or more."""
    text = part[1] or part[2] or ""
    return "\1" if TELLING.search(text) else "-" if re.search("[-−–(]", text) else "\0" if text else ""


def _says_hidden(attributes: dict[str, str]) -> bool:
    return attributes.get("hidden") in {"1", "true"}


def _texts(row: Sequence[SheetCell | None]) -> list[str]:
    return [str(cell.value) for cell in row if cell is not None]


def _listed(sheets: Iterable[SheetGrid]) -> str:
    return ", ".join(quote(sheet.title) for sheet in sheets)


def _formatted(exact: Decimal, number_format: str) -> tuple[Decimal | None, bool] | None:
    """The number that a format shows, None where it shows none, and whether it shows it as per cent.

    None for a format that makes another number of it: by a condition, a sign or a digit of its own.
    """
    sections = LITERAL.sub(_plain_literal, number_format).split(";")
    position = 1 if exact < 0 else 2 if exact == 0 else 0
    section = sections[position if position < len(sections) else 0].strip()
    digits = re.sub(r"[\0 +)]" if exact > 0 else r"[\0 ()+-]", "", section)
    found = FORMAT_DIGITS.fullmatch(digits)
    if not section or (not digits and exact):
        return None, False
    if CONDITION.search(number_format) or (found is None and digits.lower() not in {"general", "@"}):
        return None
    if found is None or not digits:
        return exact, False
    thousands = len(found["whole"]) - len(found["whole"].rstrip(",")) + len(found["scale"])
    value = (exact * 100 if found["percent"] else exact).scaleb(-3 * thousands)
    with suppress(InvalidOperation):
        value = value.quantize(Decimal(1).scaleb(-len(found["decimals"] or "")), ROUND_HALF_UP)
    return value, bool(found["percent"])
