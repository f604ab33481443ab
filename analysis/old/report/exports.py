"""The table as other programs and people take it: wide, or as a workbook."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import TYPE_CHECKING, Any

from analysis.codebook import Codebook, codebook_of
from analysis.old.words.wording import say, wave_label

if TYPE_CHECKING:
    import pandas as pd

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
FORMS = {"wide-csv": "csv", "xlsx": "xlsx"}  # form, ending of its file
FIXED_DATE = datetime(2021, 1, 1)  # noqa: DTZ001  (a workbook has a date; ours must not depend on the clock)


def widen_survey(survey: pd.DataFrame, *, lang: str | None = None) -> pd.DataFrame:
    """One row per wave × stage; a column of percentages and one of n for each group, then the source.

    Parameters
    ----------
    survey : DataFrame
        Rows of the survey table.
    lang : {"fi", "sv", "en"}, optional
        Language of heads and cells; left out, the codes of the codebook.

    Returns
    -------
    DataFrame
        One row per wave × stage that has a published percentage, in order of time and stage. Percentages are
        as published; ``<NA>`` where a group's was not.
    """
    import pandas as pd

    codebook = codebook_of(survey)
    groups = [group for group in codebook.groups if (survey["group"] == group).any()]
    rows = []
    for (wave, stage), cells in survey.groupby(["wave", "stage"], observed=True, sort=True):
        by_group = cells.set_index("group")
        row: dict[str, Any] = {"wave": wave, "stage": stage}
        row |= {group: _cell(by_group, group, "percent") for group in groups}
        row |= {f"n_{group}": _cell(by_group, group, "n") for group in groups}
        rows.append(row | {"source": "; ".join(dict.fromkeys(cells["source"]))})
    kinds = dict.fromkeys(groups, "Float64") | {f"n_{group}": "Int64" for group in groups}
    wide = pd.DataFrame(rows, columns=["wave", "stage", *kinds, "source"]).astype(kinds)
    if lang is not None:
        wide = _translate(wide, codebook, groups, lang)
    wide.attrs["codebook"] = codebook
    return wide


def _cell(cells: pd.DataFrame, group: str, column: str) -> Any:
    import pandas as pd

    value = cells[column].get(group)
    return pd.NA if value is None or pd.isna(value) else value


def _translate(wide: pd.DataFrame, codebook: Codebook, groups: list[str], lang: str) -> pd.DataFrame:
    labels = {group: codebook.word("group", group, lang) for group in groups}
    heads = {
        "wave": say("exports.wave", lang),
        "stage": say("exports.stage", lang),
        **{group: f"{label}, %" for group, label in labels.items()},
        **{f"n_{group}": say("exports.size", lang, group=label) for group, label in labels.items()},
        "source": say("exports.source", lang),
    }
    wide["wave"] = [wave_label(wave, lang) for wave in wide["wave"]]
    wide["stage"] = [codebook.word("stage", stage, lang) for stage in wide["stage"]]
    return wide.rename(columns=heads)


def write_wide_csv(survey: pd.DataFrame, *, lang: str | None = None) -> str:
    """The wide table as CSV text; a cell that a spreadsheet would run as a formula gets an apostrophe."""
    wide = widen_survey(survey, lang=lang)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([_inert(column) for column in wide.columns])
    writer.writerows([_inert(print_cell(value)) for value in row] for row in wide.itertuples(index=False))
    return text.getvalue()


def write_workbook(survey: pd.DataFrame, *, lang: str = "en") -> bytes:
    """An accessible Excel workbook: a sheet about the table, then the wide table alone on its sheet.

    Returns
    -------
    bytes
        One table to a sheet, no merged or empty cells in it, heads in its first row, text kept as text.
        The same survey gives the same bytes.
    """
    import xlsxwriter

    wide = widen_survey(survey, lang=lang)
    codebook = codebook_of(survey)
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        title = say("exports.title", lang, topic=codebook.text("topic", lang))
        author = codebook.text("publisher", lang)
        book.set_properties({"title": title, "author": author, "created": FIXED_DATE})
        _fill_notes(book, codebook, survey, lang=lang, title=title)
        _fill_table(book, wide, say("exports.table_sheet", lang))
    return content.getvalue()


def _fill_notes(book: Any, codebook: Codebook, survey: pd.DataFrame, *, lang: str, title: str) -> None:
    sheet = book.add_worksheet(say("exports.notes_sheet", lang))
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 90)
    bold = book.add_format({"bold": True, "valign": "top"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 16}))
    for position, (head, text) in enumerate(_notes(codebook, survey, lang), start=2):
        sheet.write_string(position, 0, head, bold)
        sheet.write_string(position, 1, text, wrap)


def _notes(codebook: Codebook, survey: pd.DataFrame, lang: str) -> list[tuple[str, str]]:
    notes = [
        (say("exports.question", lang), codebook.text("question", lang)),
        (say("exports.publisher", lang), codebook.text("publisher", lang)),
        (say("exports.unit", lang), say("exports.unit_text", lang)),
    ]
    for wave in survey["wave"].unique():
        label = wave_label(wave, lang)
        published = codebook.wave(wave).get("publication")
        sources = "; ".join(dict.fromkeys(survey.loc[survey["wave"] == wave, "source"]))
        if published:
            notes.append((say("exports.publication", lang, wave=label), str(published)))
        notes.append((f"{say('exports.source', lang)}: {label}", sources))
    if "labelNote" in codebook.survey:
        notes.append((say("exports.labels_head", lang), codebook.text("labelNote", lang)))
    notes += [
        (say("exports.licence", lang), str(licence["title"])) for licence in codebook.get("licenses", [])
    ]
    return notes


def _fill_table(book: Any, wide: pd.DataFrame, name: str) -> None:
    sheet = book.add_worksheet(name)
    widths = [14, 30, *[18] * (wide.shape[1] - 3), 60]
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    columns = [{"header": head} for head in wide.columns]
    style = {"columns": columns, "style": "Table Style Light 1", "autofilter": False}
    sheet.add_table(0, 0, max(len(wide), 1), wide.shape[1] - 1, style)
    for row, values in enumerate(wide.itertuples(index=False), start=1):
        for column, value in enumerate(values):
            _write_cell(sheet, row, column, value)
    sheet.freeze_panes(1, 2)


def _write_cell(sheet: Any, row: int, column: int, value: Any) -> None:
    plain = print_cell(value)
    if isinstance(value, str):
        sheet.write_string(row, column, value)
    elif plain:
        sheet.write_number(row, column, float(plain))


def print_cell(value: Any) -> str:
    """A cell as text: figures with the digits that they have, empty where there is none."""
    import pandas as pd

    if isinstance(value, str):
        return value
    return "" if pd.isna(value) else f"{value:.10g}"


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def export_survey(survey: pd.DataFrame, *, to: str, lang: str = "en") -> bytes:
    """The survey in one of the forms of ``FORMS``, as the bytes of its file."""
    if to == "xlsx":
        return write_workbook(survey, lang=lang)
    return write_wide_csv(survey, lang=lang).encode("utf-8")
