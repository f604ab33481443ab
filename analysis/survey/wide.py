"""The wide layout, one column a group as on a slide, read as the rows of the survey table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from analysis.codebook import COLUMNS, WAVE_FORMS, WAVE_PATTERN, Codebook
from analysis.errors import RequestError, SurveyDataError, quote, show, unknown_code
from analysis.survey.characters import compose
from analysis.survey.ledger import Ledger
from analysis.survey.reading import open_table
from analysis.survey.rows import HEADS, RowReader
from analysis.survey.sheets import Row, Sheet
from analysis.survey.table import Table, close_table
from analysis.survey.vocabulary import Vocabulary, read_printed_wave

SIZE, COUNT, SOURCE = "n_", "count_", "source_"  # before the code of a group: the column of its n …
COMPUTED = "computed_"  # percentages that an export rounded from counts, which are passed over
STARTS = {  # of heads, and as an export writes them before the label of a group
    **{start: start for start in (SIZE, COUNT, SOURCE, COMPUTED)},
    "n:": SIZE,
    **dict.fromkeys(("count:", "lukumäärä:", "antal:"), COUNT),
    **dict.fromkeys(("source:", "lähde:", "källa:"), SOURCE),
    **dict.fromkeys(("computed %:", "laskettu %:", "beräknad %:"), COMPUTED),
}
SAID_ONCE = ("wave", "source")


class Given(NamedTuple):
    """What need not stand in a wide file, since it is the same in all rows: wave, n of each group, source."""

    wave: str = ""
    sizes: Mapping[str, str] = {}
    source: str = ""


def read_wide(path: str | Path, codebook: Codebook, given: Given) -> Table:
    """The rows of a wide file, each judged alone; never raises for bad data.

    The column ``stage``, or the first one, holds the stages; one column a group, named by its code or label,
    the percentages as published, an empty cell where they are not. Columns ``wave``, ``source`` and
    ``n_<group>`` may be there, else ``given`` says it for all rows; so may ``count_<group>`` and
    ``source_<group>``, and ``computed_<group>``, which is passed over. The heads of an export (``Vaihe``,
    ``n: Lukiot``) and its waves (``syksy 2022``) are read too.

    Raises
    ------
    RequestError
        What is given is no wave, no group, or stands in the file as well.
    """
    _check_given(given, codebook)
    ledger = Ledger(show(str(path)))
    vocabulary = Vocabulary(codebook, "group")
    names = ["stage", *SAID_ONCE, *vocabulary.words, *HEADS]
    try:
        sheet = open_table(path, ledger, names)
        roles = _read_roles(sheet, vocabulary, ledger)
        _check_roles(sheet, roles, given, ledger)
        rows = tuple(RowReader(codebook, ledger).read(_lengthen(sheet, roles, given), COLUMNS))
    except SurveyDataError:
        return close_table(ledger, codebook)
    said = [column for column in COLUMNS if _is_said(column, roles, given)]
    return close_table(ledger, codebook, said, sheet.form, rows)


def _check_given(given: Given, codebook: Codebook) -> None:
    if given.wave and not (WAVE_PATTERN.fullmatch(given.wave) or read_printed_wave(given.wave)):
        raise RequestError(f"--wave is {quote(given.wave)}; use {WAVE_FORMS}, the time of fieldwork")
    for group in given.sizes:
        if group not in codebook.groups:
            raise RequestError(unknown_code("a group of --n", group, codebook.groups))


def _read_roles(sheet: Sheet, vocabulary: Vocabulary, ledger: Ledger) -> list[str]:
    """What each column holds: ``stage``, ``wave``, ``source``, a group, or ``n_`` and a group."""
    roles = [_role(name.rstrip(" ,%"), vocabulary) for name in sheet.header]
    if "stage" not in roles and roles[:1] == [""]:
        roles[0] = "stage"
    for name, role in zip(sheet.header, roles, strict=True):
        if not role:
            problem = f"the column {quote(name)} is unknown; use stage, a group, n_<group>, wave or source"
            ledger.refuse(sheet.header_line, name, name, "unknown-column", problem)
        elif name != role:
            ledger.note(f"the head {quote(name)} read as {quote(role)}", sheet.header_line)
    return roles


def _role(name: str, vocabulary: Vocabulary) -> str:
    folded = compose(name).lower()
    if HEADS.get(folded) in {"stage", *SAID_ONCE}:
        return HEADS[folded]
    start = next((start for start in STARTS if folded.startswith(start)), "")
    group = vocabulary.means(folded[len(start) :].strip()) if start else None
    if group:
        return STARTS[start] + group
    return vocabulary.means(name) or ""


def _check_roles(sheet: Sheet, roles: Sequence[str], given: Given, ledger: Ledger) -> None:
    line = sheet.header_line
    for role in dict.fromkeys(roles):
        if role and roles.count(role) > 1:
            ledger.refuse(line, role, role, "repeated-column", f"the column {quote(role)} appears twice")
    given_twice = [name for name in SAID_ONCE if getattr(given, name) and name in roles]
    given_twice += [SIZE + group for group in given.sizes if SIZE + group in roles]
    for name in given_twice:
        problem = f"{name} stands in the file and is given as an option too"
        ledger.refuse(line, name, "", "given-twice", problem)
    for name, missing in (("stage", "stage" not in roles), ("wave", not _is_said("wave", roles, given))):
        if missing:
            problem = f"the column {name} is missing" + ("; or give --wave" if name == "wave" else "")
            ledger.refuse(line, name, "", "missing-column", problem)
    if ledger.problems:
        raise ledger.error()


def _is_said(column: str, roles: Sequence[str], given: Given) -> bool:
    if column in {"n", "count"}:
        is_given = bool(given.sizes) and column == "n"
        return is_given or any(role.startswith(f"{column}_") for role in roles)
    is_said_by_group = column == "source" and any(role.startswith(SOURCE) for role in roles)
    is_given = column in SAID_ONCE and bool(getattr(given, column))
    return column not in SAID_ONCE or column in roles or is_given or is_said_by_group


def _lengthen(sheet: Sheet, roles: Sequence[str], given: Given) -> Iterator[Row]:
    """One row for each filled cell of a group's column, in the order of the table's columns."""
    codes = [role.removeprefix(COUNT) for role in roles if not role.startswith((SIZE, SOURCE, COMPUTED))]
    groups = [code for code in dict.fromkeys(codes) if code not in {"stage", *SAID_ONCE}]
    for line, cells in sheet.rows():
        row = {"wave": given.wave, "source": given.source} | dict(zip(roles, cells, strict=True))
        for group in groups:
            percent, count = row.get(group, ""), row.get(COUNT + group, "")
            if percent or count:
                n = row.get(SIZE + group) or given.sizes.get(group, "")
                yield Row(line, [row["wave"], group, row["stage"], row[group], "", n, row["source"]])
