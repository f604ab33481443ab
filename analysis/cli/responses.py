"""``tabulate``: from one row per respondent to rows of the table, shown, written or appended."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from analysis.cli.options import ForceOption, JsonOption, SurveyOption, read_members
from analysis.cli.output import note, print_json, print_table, telling_problems, wrapped

if TYPE_CHECKING:
    import pandas as pd

REASON_HEADS = {"not_asked": "not asked", "dont_know": "don't know"}
OUTCOMES = {
    "tabulated": "nothing was stored: --append adds the rows to the survey's table, --out FILE writes them",
    "written": "written to the file, but not added to the survey; maturity append does that",
    "added": "added to the survey's table; maturity undo takes the rows out again",
    "nothing_to_do": "nothing to add: the survey's table has these rows already",
}


def tabulate(
    file: Annotated[
        Path,
        Argument(
            metavar="FILE",
            help="One row per respondent: CSV, .xlsx, Parquet or a folder of it, SPSS, Stata or SAS.",
        ),
    ],
    *,
    wave: Annotated[str, Option(metavar="WAVE", help="The wave, as 2022-autumn.")],
    stage: Annotated[str, Option(metavar="COLUMN", help="Column of the answers.")],
    group: Annotated[
        str | None, Option(metavar="COLUMN", help="Column of the groups; left out where there is one group.")
    ] = None,
    weight: Annotated[
        str | None, Option(metavar="COLUMN", help="Column of weights; the shares are then weighted.")
    ] = None,
    respondent: Annotated[
        str | None, Option("--id", metavar="COLUMN", help="Column of respondent ids; each may appear once.")
    ] = None,
    minimum: Annotated[
        int | None, Option(metavar="N", help="Withhold the stages that would show a count below N.")
    ] = None,
    population: Annotated[
        str,
        Option(
            metavar="GROUP=N,…",
            help="With --weight: how many there are in each group that the respondents are a sample of.",
        ),
    ] = "",
    dont_know: Annotated[
        list[str] | None, Option(metavar="VALUE", help="A value that means don't know; may be repeated.")
    ] = None,
    not_asked: Annotated[
        list[str] | None, Option(metavar="VALUE", help="A value that means not asked; may be repeated.")
    ] = None,
    missing: Annotated[
        list[str] | None, Option(metavar="VALUE", help="A value that means no answer; may be repeated.")
    ] = None,
    delimiter: Annotated[
        str | None,
        Option(
            metavar="CHARACTER",
            help="What separates the columns of a CSV file, where that cannot be recognised.",
        ),
    ] = None,
    source: Annotated[
        str | None, Option(metavar="TEXT", help="Where the rows come from, for the table.")
    ] = None,
    survey: SurveyOption = None,
    out: Annotated[Path | None, Option(metavar="FILE", help="Write the rows as CSV.")] = None,
    force: ForceOption = False,
    append: Annotated[bool, Option("--append", help="Add the rows to the table of the survey.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Count the answers of respondents into the rows of a wave; says who is not in the base, and why."""
    from analysis.codebook import locate_survey
    from analysis.counts.disclosure import withhold_small_cells
    from analysis.survey.respondents import bases_of, shares_of, tabulate_responses
    from analysis.survey.sources import list_parquet
    from analysis.survey.storing import write_file

    reasons = {"dont_know": dont_know, "not_asked": not_asked, "missing": missing}
    with telling_problems(as_json=as_json):
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
    for text in rows.attrs["notes"]:
        note(f"note: {text}")
    status = "tabulated"
    if minimum is not None:
        rows = withhold_small_cells(rows, minimum=minimum)
    if out is not None:
        inputs = list_parquet(file) if file.is_dir() else [file]
        write_file(out, _csv(rows), force=force, never=[*inputs, locate_survey(survey).table])
        status = "written"
    if append:
        with telling_problems(as_json=as_json):
            status = _append(rows, survey)
    if not as_json:
        _print_rows(rows, status)
        return
    withheld = rows.attrs.get("withheld", {"stages": []})
    hidden = [{"stage": stage, "minimum": withheld["minimum"]} for stage in withheld["stages"]]
    frames = {"survey": rows, "bases": bases_of(rows), "shares": shares_of(rows)}
    print_json({"status": status, **frames, "withheld": hidden})


def _append(rows: pd.DataFrame, survey: Path | None) -> str:
    """Add the rows to the table of the survey; what became of them, in a word."""
    from analysis.codebook import locate_survey
    from analysis.survey.appending import plan_append, store
    from analysis.survey.table import read_frame

    location = locate_survey(survey)
    plan = store(plan_append(read_frame(rows, location.codebook), location.table))
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


def _print_rows(rows: pd.DataFrame, status: str) -> None:
    from analysis.survey.respondents import bases_of
    from analysis.words.language import voice_of

    voice = voice_of(rows)
    sizes = rows.drop_duplicates("group").set_index("group")["n"].to_dict()
    parts = {group: n for group, n in sizes.items() if group != voice.codebook.total} or sizes
    named = ", ".join(f"{group} {n}" for group, n in parts.items())
    wave = str(rows["wave"].iloc[0])
    figures = _figures(rows)
    headline = f"{wave}: {sum(parts.values())} answers counted ({named})"
    print_table(headline, figures.columns, figures.itertuples(index=False), left=2)
    bases = bases_of(rows).rename(columns=REASON_HEADS)
    if "respondents" in bases:  # not where that was withheld
        bases["group"] = bases["group"].replace("", "group unknown")
        headline = "Respondents, those without an answer, and n, the base of the percentages"
        print_table(headline, bases.columns, bases.itertuples(index=False))
    for mark in voice.marks([wave]):
        print(wrapped(mark))
    if merge := rows.attrs.get("withheld", {}).get("merge"):
        blocks = "; ".join(
            voice.listed([voice.stage_phrase("stage", stage) for stage in block]) for block in merge
        )
        print(wrapped(f"All could be published if these were merged: {blocks}."))
    note(OUTCOMES[status])


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
