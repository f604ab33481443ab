"""The survey as a file for other programs: a CSV table or an accessible workbook, with the same bytes."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, Any

from analysis.codebook import codebook_of
from analysis.rounding import is_empty
from analysis.survey.cells import starts_formula
from analysis.survey.storing import FIXED_DATE
from analysis.words.language import Voice
from analysis.words.tables import computed_percents, widen_survey

if TYPE_CHECKING:
    import pandas as pd

FORMS = {"wide-csv": "csv", "xlsx": "xlsx"}  # form, ending of its file
READERS = ("any", "excel")  # what a CSV file is for
PAGE_ROWS = 60  # of a workbook that still can be read on one printed page
DECIMALS = 2  # of the numbers beside a chart
WIDEST, NARROWEST = 50, 12  # characters of the widest and of the narrowest column of a sheet


def export_survey(survey: pd.DataFrame, *, to: str, lang: str | None = "en", reader: str = "any") -> bytes:
    """The survey as a file in one of ``FORMS``, for one of ``READERS``; ``lang`` as in ``widen_survey``."""
    if to == "xlsx":
        return write_workbook(survey, lang=lang or "en")
    return write_csv(widen_survey(survey, lang=lang), excel=(lang or "en") if reader == "excel" else None)


def write_csv(table: pd.DataFrame, *, excel: str | None = None) -> bytes:
    """A table as a CSV file; a cell that a spreadsheet would run as a formula gets an apostrophe.

    For any program: commas, decimal points, UTF-8. For the Excel of a language: with a byte-order mark, and
    with semicolons and decimal commas where the language writes decimals so, which opens there as a table.
    """
    from babel.numbers import get_decimal_symbol

    mark = str(get_decimal_symbol(excel)) if excel else "."
    cells = table.map(_csv_cell, mark=mark).rename(columns=partial(_csv_cell, mark=mark))
    text = cells.to_csv(index=False, sep=";" if mark == "," else ",", lineterminator="\n")
    return text.encode("utf-8-sig" if excel else "utf-8")


def _csv_cell(value: Any, mark: str) -> str:
    """A cell as text: figures with the digits that they have, empty where there is none."""
    if isinstance(value, str):
        return f"'{value}" if starts_formula(value) else value
    return "" if is_empty(value) else f"{value + 0.0:.10g}".replace(".", mark)  # no minus before a zero


def write_numbers(numbers: pd.DataFrame, lang: str) -> bytes:
    """The numbers of a chart as CSV for the Excel of a language, without digits that nobody reads."""
    return write_csv(numbers.round(DECIMALS), excel=lang)


def write_workbook(survey: pd.DataFrame, *, lang: str = "en") -> bytes:
    """An accessible Excel workbook that prints on one page; the same survey gives the same bytes.

    One sheet with one table, which has its heads in its first row and no merged or hidden cells; text is kept
    as text. Above it stand the question, what the figures are, who published them and on what terms.
    """
    import xlsxwriter

    voice = Voice(codebook_of(survey), lang)
    wide = widen_survey(survey, lang=lang)
    title = voice.say("exports.title", topic=voice.text("topic"))
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"title": title, "author": voice.text("publisher"), "created": FIXED_DATE})
        sheet = book.add_worksheet(voice.say("exports.table_sheet"))
        sheet.hide_gridlines(2)
        sheet.set_paper(9)  # A4
        sheet.set_landscape()
        sheet.set_margins(left=0.5, right=0.5, top=0.5, bottom=0.6)
        sheet.set_footer("&C&P / &N")
        sheet.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 16}))
        notes = _notes(survey, voice)
        sheet.write_column(1, 0, notes)
        top = len(notes) + 2
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        columns = [{"header": head, "header_format": wrap, "format": wrap} for head in wide.columns]
        rows = wide.astype(object).where(wide.notna(), None).to_numpy().tolist()
        style = {"columns": columns, "data": rows, "style": "Table Style Light 1", "autofilter": False}
        sheet.add_table(top, 0, top + max(len(wide), 1), len(columns) - 1, style)
        for position, head in enumerate(wide.columns):
            texts = [cell for cell in wide[head] if isinstance(cell, str)]
            sheet.set_column(position, position, min(max(map(len, texts), default=NARROWEST), WIDEST) + 2)
        sheet.repeat_rows(top)
        sheet.fit_to_pages(1, 1 if len(wide) <= PAGE_ROWS else 0)  # 0: as many in length as it needs
    return content.getvalue()


def _notes(survey: pd.DataFrame, voice: Voice) -> list[str]:
    """What stands above the table: question, publisher, unit, publications, names of the stages, licence."""
    codebook = voice.codebook
    unit = voice.say("exports.unit_text")
    if computed_percents(survey, codebook).notna().any():
        unit += " " + voice.say("exports.computed_text")
    heads = {"exports.question": "question", "common.publisher": "publisher"}
    notes = [(voice.say(head), text) for head, key in heads.items() if (text := voice.text(key))]
    notes.append((voice.say("exports.unit"), unit))
    notes += [
        (voice.say("exports.publication", wave=voice.wave(wave)), publication)
        for wave in map(str, survey["wave"].unique())
        if (publication := codebook.wave(wave).get("publication"))
    ]
    if "labelNote" in codebook.survey:
        notes.append((voice.say("common.labels_head"), voice.text("labelNote")))
    licences = [
        (one.get("titles") or {}).get(voice.lang) or one.get("title") or one.get("name") or ""
        for one in codebook.get("licenses", [])
    ]
    if licence := ", ".join(filter(None, licences)):
        notes.append((voice.say("common.licence"), licence))
    return [f"{head}: {text}" for head, text in notes]
