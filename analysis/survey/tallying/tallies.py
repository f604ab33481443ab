"""What the values of respondents mean, counted: by group, and by stage or the reason why there is none.

Nothing passes that is not understood: unknown values, weights that cannot be used and repeated ids are
named together, with their numbers and their first rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from analysis.errors import SHOWN_PROBLEMS, Problem, SurveyDataError, quote
from analysis.survey.tallying import engines
from analysis.survey.tallying.answers import AnswerReader, text_of

if TYPE_CHECKING:
    from analysis.survey.tallying.engines import Cell, Unit
    from analysis.survey.tallying.sources import Respondents

Key = tuple[str | None, str]  # group, None where it is not known; stage or reason


class Tallies(NamedTuple):
    """Respondents by group and by stage or reason; sums of weights and squares in the unit, if weighted."""

    counts: Counter[Key]
    weights: Counter[Key]
    squares: Counter[Key]
    unit: Unit | None


def tally_respondents(
    respondents: Respondents, readers: Mapping[str, AnswerReader], *, only: str | None, total: str | None
) -> Tallies:
    """The tallies of all respondents; ``only`` is their group where the source has no column of groups.

    Raises
    ------
    SurveyDataError
        Values that mean nothing known, weights that cannot be used, ids that are empty or repeated.
    RequestError
        A column is another than was meant.
    """
    names = respondents.frame.collect_schema().names()
    problems = find_repeated(respondents) if "respondent" in names else []
    cells, unit = engines.count_cells(respondents)
    tallies = Tallies(Counter(), Counter(), Counter(), unit if "weight" in names else None)
    unknown: dict[str, Counter[object]] = {column: Counter() for column in readers}
    weightless = False
    for cell in cells:
        key, strange = _read_cell(cell, readers, only, total)
        for column in strange:
            unknown[column][getattr(cell, column)] += cell.number
        tallies.counts[key] += cell.number
        tallies.weights[key] += cell.weight
        tallies.squares[key] += cell.square
        weightless |= key[0] is not None and key[1] in readers["stage"].codes and cell.weighed < cell.number
    for column, values in unknown.items():
        problems += _explain_values(respondents, readers[column], values, total)
    if weightless and tallies.unit is not None:
        problems += find_unusable(respondents)
    if problems:
        raise SurveyDataError(respondents.place, problems)
    return tallies


def find_repeated(respondents: Respondents) -> list[Problem]:
    """Ids that are empty or stand more than once; the first of them by name, then how many more."""
    plain = engines.plain_ids(respondents)
    number, found = engines.repeated_respondents(plain, SHOWN_PROBLEMS)
    problems = []
    for value, count in found:
        what = f"{count} ids are empty" if count > 1 else "an id is empty"
        if text_of(value):
            what = f"respondent {quote(text_of(value))} stands {count} times"
        problem = f"{what}{_where(plain, 'respondent', value)}; each respondent has one row and one id"
        problems.append(Problem("", "respondent", text_of(value), "repeated-respondent", problem))
    if number > len(found):
        problem = f"{number - len(found)} more ids are repeated"
        problems.append(Problem("", "respondent", "", "repeated-respondent", problem))
    return problems


def find_unusable(respondents: Respondents) -> list[Problem]:
    """Weights that are missing, negative or not finite, with their first rows."""
    problems = []
    for value, count in engines.unusable_weights(respondents, SHOWN_PROBLEMS):
        rows = f"{count} {'row' if count == 1 else 'rows'}{_where(respondents, 'weight', value)}"
        problem = f"weight is {quote(text_of(value))} in {rows}; a weight is a number of 0 or more"
        problems.append(Problem("", "weight", text_of(value), "unusable-weight", problem))
    return problems


def _read_cell(
    cell: Cell, readers: Mapping[str, AnswerReader], only: str | None, total: str | None
) -> tuple[Key, list[str]]:
    """Group and stage or reason of a cell, and the columns whose values mean nothing known."""
    answer = readers["stage"].read(cell.stage)
    unknown = [] if answer else ["stage"]
    group = only
    if "group" in readers:
        found = readers["group"].read(cell.group)
        group = found.code if found else None
        if found is None or (group is not None and group == total):
            unknown.append("group")
    return (group, (answer.code or answer.reason or "") if answer else ""), unknown


def _explain_values(
    respondents: Respondents, reader: AnswerReader, values: Counter[object], total: str | None
) -> list[Problem]:
    ranked = sorted(values.items(), key=lambda item: (-item[1], text_of(item[0])))
    problems = []
    for place, (value, count) in enumerate(ranked):
        what = reader.explain(value)
        if reader.column == "group" and (answer := reader.read(value)) and answer.code == total:
            what = (
                f"group is {quote(text_of(value))}, the total of the others; give each respondent's own group"
            )
        where = _where(respondents, reader.column, value) if place < SHOWN_PROBLEMS else ""
        problem = f"{what}: {count} {'row' if count == 1 else 'rows'}{where}"
        problems.append(Problem("", reader.column, text_of(value), f"unknown-{reader.column}", problem))
    return problems


def _where(respondents: Respondents, column: str, value: object) -> str:
    rows = engines.first_rows(respondents, column, value)
    return f", first in {'row' if len(rows) == 1 else 'rows'} {', '.join(map(str, rows))}" if rows else ""
