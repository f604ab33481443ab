"""The table as other programs take it: wide, as CSV or as a workbook, and back by ``append --wide``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from analysis.codebook import codebook_of
from analysis.errors import RequestError, unknown_code
from analysis.rounding import print_percentages
from analysis.survey.cells import starts_formula
from analysis.words.language import Voice

if TYPE_CHECKING:
    import pandas as pd

    from analysis.codebook import Codebook

FORMS = {"wide-csv": "csv", "xlsx": "xlsx"}  # form, ending of its file
READERS = ("any", "excel")  # what a CSV file is for
FIXED_DATE = datetime(2021, 1, 1)  # noqa: DTZ001  (a workbook has a date; ours must not depend on the clock)
PAGE_ROWS = 60  # of a workbook that still can be read on one printed page
KINDS = {"percent": "", "computed": "computed_", "count": "count_", "n": "n_", "source": "source_"}
TYPES: dict[str, Any] = {
    "percent": "Float64",
    "computed": "Float64",
    "count": "Int64",
    "n": "Int64",
    "source": "str",
}
WIDE, NARROW = 50, 12  # characters of the widest and of the narrowest column of a sheet
HEADS = {"percent": "percent", "computed": "computed", "count": "count", "n": "size", "source": "source_of"}


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
    import pandas as pd

    codebook = codebook_of(survey)
    groups = [group for group in codebook.groups if (survey["group"] == group).any()]
    long = survey.astype({"percent": "Float64"}).assign(computed=_computed(survey, codebook))
    wide = long[["wave", "stage"]].drop_duplicates().sort_values(["wave", "stage"], ignore_index=True)
    for kind, start in KINDS.items():
        cells = long.pivot(index=["wave", "stage"], columns="group", values=kind)
        cells = cells.reindex(index=pd.MultiIndex.from_frame(wide[["wave", "stage"]]), columns=groups)
        texts = [dict.fromkeys(row.dropna()) for _, row in cells.iterrows()] if kind == "source" else []
        if kind == "source" and all(len(sources) == 1 for sources in texts):
            wide["source"] = [source for sources in texts for source in sources]
            continue
        for group in groups:
            if cells[group].notna().any():
                wide[start + group] = pd.Series(cells[group].array, dtype=TYPES[kind])
    wide = wide.astype({"wave": str, "stage": str})
    if lang is not None:
        wide = _translate(wide, Voice(codebook, lang), groups)
    wide.attrs["codebook"] = codebook
    return wide


def _computed(survey: pd.DataFrame, codebook: Codebook) -> pd.Series[Any]:
    """Percentages of cells that have a count only: of a whole column together, else each out of its n."""
    import pandas as pd

    computed = pd.Series(pd.NA, index=survey.index, dtype="Float64")
    for (wave, _), column in survey[survey["count"].notna()].groupby(["wave", "group"], observed=True):
        counts, n = [int(count) for count in column["count"]], column["n"].max()
        decimals = int(codebook.wave(str(wave)).get("decimals") or 0)
        if set(column["stage"]) == set(codebook.stages) and any(counts):
            percents = print_percentages(counts, decimals=decimals)
        elif not pd.isna(n) and 0 < n >= max(counts):
            pairs = [[count, int(n) - count] for count in counts]
            percents = [print_percentages(pair, decimals=decimals)[0] for pair in pairs]
        else:
            continue
        computed[column.index] = percents
    return computed.where(survey["percent"].isna())


def _translate(wide: pd.DataFrame, voice: Voice, groups: list[str]) -> pd.DataFrame:
    heads = {name: voice.say(f"exports.{name}") for name in ("wave", "stage", "source")}
    for kind, start in KINDS.items():
        for group in groups:
            heads[start + group] = voice.say(f"exports.{HEADS[kind]}", group=voice.group(group))
    wide["wave"] = [voice.wave(wave) for wave in wide["wave"]]
    wide["stage"] = [voice.stage(stage) for stage in wide["stage"]]
    return wide.rename(columns=heads)


def write_wide_csv(survey: pd.DataFrame, *, lang: str | None = None, reader: str = "any") -> bytes:
    """The wide table as a CSV file; a cell that a spreadsheet would run as a formula gets an apostrophe.

    Parameters
    ----------
    survey : DataFrame
        Rows of the survey table.
    lang : str, optional
        As in ``widen_survey``.
    reader : {"any", "excel"}
        For ``any`` program: commas, decimal points, UTF-8. For ``excel``: with a byte-order mark, and with
        semicolons and decimal commas where the language writes decimals so, which opens there as a table.

    Raises
    ------
    RequestError
        An unknown reader or language.
    """
    from babel.numbers import get_decimal_symbol

    if reader not in READERS:
        raise RequestError(unknown_code("the reader", reader, READERS))
    mark = str(get_decimal_symbol(lang or "en")) if reader == "excel" else "."
    wide = widen_survey(survey, lang=lang)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";" if mark == "," else ",", lineterminator="\n")
    rows: list[Iterable[Any]] = [wide.columns, *wide.itertuples(index=False)]
    for row in rows:
        writer.writerow(
            [_inert(cell) if isinstance(cell, str) else print_cell(cell).replace(".", mark) for cell in row]
        )
    return text.getvalue().encode("utf-8-sig" if reader == "excel" else "utf-8")


def print_cell(value: Any) -> str:
    """A cell as text: figures with the digits that they have, empty where there is none."""
    import pandas as pd

    if isinstance(value, str):
        return value
    return "" if pd.isna(value) else f"{value:.10g}"


def _inert(text: str) -> str:
    return f"'{text}" if starts_formula(text) else text


def write_workbook(survey: pd.DataFrame, *, lang: str = "en") -> bytes:
    """An accessible Excel workbook that prints on one page: what the table is, then the wide table.

    Returns
    -------
    bytes
        One sheet with one table, which has its heads in its first row and no merged or hidden cells; text is
        kept as text. Above it stand the question, what the figures are, who published them and on what terms.
        The same survey gives the same bytes.
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
        for position, text in enumerate(notes, start=1):
            sheet.write_string(position, 0, text)
        _fill_table(book, sheet, wide, top=len(notes) + 2)
        sheet.repeat_rows(len(notes) + 2)
        sheet.fit_to_pages(1, 1 if len(wide) <= PAGE_ROWS else 0)  # 0: as many in length as it needs
    return content.getvalue()


def _notes(survey: pd.DataFrame, voice: Voice) -> list[str]:
    codebook = voice.codebook
    unit = voice.say("exports.unit_text")
    if _computed(survey, codebook).notna().any():
        unit += " " + voice.say("exports.computed_text")
    notes = [("question", voice.text("question")), ("publisher", voice.text("publisher")), ("unit", unit)]
    lines = [f"{voice.say(f'exports.{key}')}: {text}" for key, text in notes]
    lines += [
        f"{voice.say('exports.publication', wave=voice.wave(wave))}: {publication}"
        for wave in map(str, survey["wave"].unique())
        if (publication := codebook.wave(wave).get("publication"))
    ]
    if "labelNote" in codebook.survey:
        lines.append(f"{voice.say('exports.labels_head')}: {voice.text('labelNote')}")
    if licences := ", ".join(str(licence["title"]) for licence in codebook.get("licenses", [])):
        lines.append(f"{voice.say('exports.licence')}: {licences}")
    return lines


def _fill_table(book: Any, sheet: Any, wide: pd.DataFrame, *, top: int) -> None:
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    above = book.add_format({"valign": "top"})
    columns = [{"header": head, "header_format": wrap} for head in wide.columns]
    style = {"columns": columns, "style": "Table Style Light 1", "autofilter": False}
    sheet.add_table(top, 0, top + max(len(wide), 1), wide.shape[1] - 1, style)
    for column, head in enumerate(wide.columns):
        texts = [cell for cell in wide[head] if isinstance(cell, str)]
        sheet.set_column(column, column, min(max(map(len, texts), default=NARROW), WIDE) + 2)
    for row, values in enumerate(wide.itertuples(index=False), start=top + 1):
        for column, value in enumerate(values):
            if isinstance(value, str):
                sheet.write_string(row, column, value, wrap)
            elif plain := print_cell(value):
                sheet.write_number(row, column, float(plain), above)


def export_survey(survey: pd.DataFrame, *, to: str, lang: str = "en", reader: str = "any") -> bytes:
    """The survey in one of the forms of ``FORMS``, as the bytes of its file.

    Raises
    ------
    RequestError
        An unknown form, reader or language.
    """
    if to not in FORMS:
        raise RequestError(unknown_code("the form", to, list(FORMS)))
    if to == "xlsx":
        return write_workbook(survey, lang=lang)
    return write_wide_csv(survey, lang=lang, reader=reader)
