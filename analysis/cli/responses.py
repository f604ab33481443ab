"""``tabulate``: from one row per respondent to rows of the table, shown, written or appended."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.cli.output import JsonOption, SurveyOption, note, print_json, print_table
from analysis.errors import SurveyDataError

if TYPE_CHECKING:
    import pandas as pd

AnswersArgument = Annotated[
    Path,
    typer.Argument(help="One row per respondent: CSV, .xlsx, Parquet or a folder of it, SPSS, Stata or SAS."),
]
AnswersWaveOption = Annotated[str, typer.Option(metavar="WAVE", help="The wave, as 2022-autumn.")]
StageOption = Annotated[str, typer.Option(metavar="COLUMN", help="Column of the answers.")]
GroupOption = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Column of the groups; none where there is one group.")
]
WeightOption = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Column of weights; the shares are then weighted.")
]
IdOption = Annotated[
    str | None, typer.Option("--id", metavar="COLUMN", help="Column of respondent ids; each may appear once.")
]
LeastShownOption = Annotated[
    int | None, typer.Option(metavar="N", help="Withhold what would show a count below N.")
]
MembersOption = Annotated[
    str,
    typer.Option(
        metavar="GROUP=N,…", help="With --weight: the population that the respondents are a sample of."
    ),
]
DontKnowOption = Annotated[
    list[str] | None, typer.Option(metavar="VALUE", help="A value that means don't know; may be repeated.")
]
NotAskedOption = Annotated[
    list[str] | None, typer.Option(metavar="VALUE", help="A value that means not asked; may be repeated.")
]
MissingOption = Annotated[
    list[str] | None, typer.Option(metavar="VALUE", help="A value that means no answer; may be repeated.")
]
DelimiterOption = Annotated[
    str | None,
    typer.Option(metavar="CHARACTER", help="Delimiter of a CSV file, where it cannot be recognised."),
]
CreditOption = Annotated[
    str | None, typer.Option(metavar="TEXT", help="Where the rows come from, for the table.")
]
OutOption = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the rows as CSV.")]
ForceRowsOption = Annotated[
    bool, typer.Option("--force", help="Replace a file that this program did not write, or that was changed.")
]
AppendOption = Annotated[bool, typer.Option("--append", help="Add the rows to the table of the survey.")]

WIDTH = 80  # columns of a terminal
HEADS = {"not_asked": "not asked", "dont_know": "don't know"}
OUTCOMES = {
    "tabulated": "not stored: --append adds the rows to the table of the survey, --out FILE writes them",
    "written": "written, not added to a table: maturity append does that",
    "added": "added to the table of the survey; maturity undo takes them out again",
    "nothing_to_do": "nothing to add: the table has these rows already",
}


def register(app: typer.Typer) -> None:
    """Add this family's commands to the program."""
    app.command("tabulate")(tabulate)


def tabulate(
    file: AnswersArgument,
    *,
    wave: AnswersWaveOption,
    stage: StageOption,
    group: GroupOption = None,
    weight: WeightOption = None,
    respondent: IdOption = None,
    minimum: LeastShownOption = None,
    population: MembersOption = "",
    dont_know: DontKnowOption = None,
    not_asked: NotAskedOption = None,
    missing: MissingOption = None,
    delimiter: DelimiterOption = None,
    source: CreditOption = None,
    survey: SurveyOption = None,
    out: OutOption = None,
    force: ForceRowsOption = False,
    append: AppendOption = False,
    as_json: JsonOption = False,
) -> None:
    """Count respondents into the rows of a wave, with who is left out of the base, and why."""
    from analysis.cli.options import read_members
    from analysis.counts.disclosure import withhold_small_cells
    from analysis.survey.respondents import tabulate_responses
    from analysis.survey.storing import write_file

    reasons = {"dont_know": dont_know, "not_asked": not_asked, "missing": missing}
    try:
        rows = tabulate_responses(
            file,
            wave=wave,
            group=group,
            stage=stage,
            weight=weight,
            respondent=respondent,
            missing={reason: values for reason, values in reasons.items() if values},
            population=read_members(population),
            survey=survey,
            delimiter=delimiter,
            credit=source,
        )
    except SurveyDataError as error:
        if as_json:
            print_json({"status": "refused", "problems": [problem._asdict() for problem in error.problems]})
        raise
    for text in rows.attrs["notes"]:
        note(f"note: {text}")
    status = "tabulated"
    if minimum is not None:
        rows = withhold_small_cells(rows, minimum=minimum)
    if out is not None:
        write_file(out, _csv(rows), force=force, never=[file])
        status = "written"
    if append:
        status = _append(rows, survey)
    if as_json:
        _print_records(rows, status)
    else:
        _print_rows(rows, status)


def _append(rows: pd.DataFrame, survey: Path | None) -> str:
    """Add the rows to the table of the survey; what became of them, in a word."""
    from analysis.codebook import load_codebook, locate_survey
    from analysis.survey.appending import plan_append, store
    from analysis.survey.table import read_frame

    location = locate_survey(survey)
    plan = store(plan_append(read_frame(rows, load_codebook(location.descriptor)), location.table))
    for warning in plan.warnings:
        note(f"warning: {warning}")
    return "added" if plan.new else "nothing_to_do"


def _csv(rows: pd.DataFrame) -> str:
    """The rows in the stored form of the table."""
    from analysis.codebook import COLUMNS, codebook_of
    from analysis.survey.table import read_frame

    lines, table = io.StringIO(), read_frame(rows, codebook_of(rows))
    csv.writer(lines, lineterminator="\n").writerows([COLUMNS, *(row.texts.values() for row in table.rows)])
    return lines.getvalue()


def _print_records(rows: pd.DataFrame, status: str) -> None:
    from analysis.survey.respondents import bases_of, shares_of

    withheld = rows.attrs.get("withheld", {"stages": []})
    hidden = [{"stage": stage, "minimum": withheld["minimum"]} for stage in withheld["stages"]]
    frames = {"survey": rows, "bases": bases_of(rows), "shares": shares_of(rows), "withheld": hidden}
    print_json({"status": status, **frames})


def _print_rows(rows: pd.DataFrame, status: str) -> None:
    from analysis.survey.respondents import bases_of
    from analysis.words.language import voice_of

    voice = voice_of(rows)
    sizes = rows.drop_duplicates("group").set_index("group")["n"].to_dict()
    parts = {group: n for group, n in sizes.items() if group != voice.codebook.total} or sizes
    named = ", ".join(f"{group} {n}" for group, n in parts.items())
    wave = str(rows["wave"].iloc[0])
    _print_frame(f"{wave}: {sum(parts.values())} answers counted ({named})", _figures(rows), left=2)
    bases = bases_of(rows)
    if "respondents" in bases:  # not where that was withheld
        bases["group"] = bases["group"].replace("", "group unknown")
        headline = "Respondents, those without an answer, and n, the base of the percentages"
        _print_frame(headline, bases.rename(columns=HEADS))
    merge = rows.attrs.get("withheld", {}).get("merge", [])
    blocks = "; ".join(" with ".join(block) for block in merge)
    advice = f"Merged, all could be published: {blocks}." if merge else ""
    for sentence in filter(None, (*voice.marks([wave]), advice)):
        print(fill(sentence, WIDTH))
    note(OUTCOMES[status])


def _print_frame(headline: str, frame: pd.DataFrame, *, left: int = 1) -> None:
    print_table(headline, list(frame.columns), frame.astype(str).to_numpy().tolist(), left=left)


def _figures(rows: pd.DataFrame) -> pd.DataFrame:
    """Percentages with counts, or with the standard errors of weighted shares in percentage points."""
    from analysis.survey.respondents import shares_of

    shares = shares_of(rows)
    figures = rows[["group", "stage"]].reset_index(drop=True)
    figures["per cent"] = [f"{percent:g}" for percent in rows["percent"]]
    if shares.empty:
        return figures.assign(count=list(rows["count"]), n=list(rows["n"]))
    figures["s.e. (points)"] = [f"{100 * error:.1f}" for error in shares["error"]]
    return figures.assign(n=shares["n"]).join(
        shares["n_effective"].map("{:.1f}".format).rename("effective n")
    )
