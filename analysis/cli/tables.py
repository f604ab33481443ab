"""Commands on the table itself: ``check``, ``append``, ``undo``, and ``tabulate`` respondents into it.

All but ``tabulate`` load neither pandas nor numpy, so that they answer at once.
"""

from __future__ import annotations

import csv
import shlex
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Exit, Option, confirm

from analysis.cli.options import ForceOption, JsonOption, SurveyOption, read_sizes
from analysis.cli.output import advance, note, print_json, print_table, say, step_bars
from analysis.errors import SHOWN_PROBLEMS, RequestError, report_problems, show

if TYPE_CHECKING:
    import pandas as pd

    from analysis.codebook import Location
    from analysis.survey.appending import Plan
    from analysis.survey.rules import TableWave
    from analysis.survey.table import Table

REPORT = Path("maturity-report")
SHOWN_WAVES = 20  # of very many, the last ones
REASON_HEADS = {"not_asked": "not asked", "dont_know": "don't know"}
OUTCOMES = {
    "tabulated": "nothing was stored: --append adds the rows to the survey's table, --out FILE writes them",
    "written": "written to the file, but not added to the survey; maturity append does that",
    "added": "added to the survey's table; maturity undo takes the rows out again",
    "nothing_to_do": "nothing to add: the survey's table has these rows already",
}


def check(
    path: Annotated[
        Path | None,
        Argument(metavar="PATH", help="A survey's folder or CSV file; left out, the shipped survey."),
    ] = None,
    survey: SurveyOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Check a survey's table against all rules, and show its waves, sums and n.

    With both PATH and --survey, PATH is a file with rows to append, judged by the codebook of the survey.
    """
    from analysis.survey.rules import list_waves
    from analysis.survey.table import judge_table, read_rows

    location = _find(survey or path)
    table = judge_table(read_rows(path if survey and path else location.table, location.codebook))
    notes = [*table.notes, *_undeclared(table.waves, location)]
    if as_json:
        status = "refused" if table.problems else "sound"
        problems = [problem._asdict() for problem in table.problems]
        found = {"problems": problems, "notes": notes, "warnings": table.warnings}
        print_json({"status": status, **found, "waves": list_waves(table.waves)})
    elif table.problems:
        print(report_problems(table.place, table.problems))
    else:
        _print_waves(table)
        _print_remarks(notes, table.warnings)
    if table.problems:
        raise Exit(2)


def append(
    file: Annotated[Path, Argument(metavar="FILE", help="The rows of a new wave: CSV, TSV or .xlsx.")],
    survey: SurveyOption = None,
    *,
    dry_run: Annotated[bool, Option("--dry-run", help="Show what would change; write nothing.")] = False,
    yes: Annotated[
        bool,
        Option("--yes", help="Store without asking; where there is no terminal, nothing is asked anyway."),
    ] = False,
    wide: Annotated[bool, Option("--wide", help="The file has one column for each group.")] = False,
    wave: Annotated[str, Option(metavar="WAVE", help="With --wide: the wave, as 2022-autumn.")] = "",
    n: Annotated[
        str, Option("--n", metavar="GROUP=N,…", help="With --wide: how many answered in each group.")
    ] = "",
    source: Annotated[str, Option(metavar="TEXT", help="With --wide: where the rows come from.")] = "",
    report: Annotated[bool, Option("--report", help="Make the report again afterwards.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Add the rows of a new wave: shows what is new, asks, and stores all of it or nothing."""
    from analysis.survey.appending import plan_append, resolve_table, store
    from analysis.survey.storing import require_replaceable
    from analysis.survey.table import read_rows, read_wide

    location = _find(survey)
    resolve_table(location.table)
    if report:
        require_replaceable(REPORT)  # before anything is stored
    if wide:
        sizes = {group: str(size) for group, size in (read_sizes(n, single=True) or {}).items()}
        incoming = read_wide(file, location.codebook, wave=wave, sizes=sizes, source=source)
    elif wave or n or source:
        raise RequestError(
            "--wave, --n and --source go with --wide; without it they stand in columns of the file"
        )
    else:
        incoming = read_rows(file, location.codebook)
    plan = plan_append(incoming, location.table)
    if not as_json:
        _print_difference(plan, show(str(location.table)))
        _print_remarks(incoming.notes, plan.warnings)
        sys.stdout.flush()  # what cannot be shown is not stored
    unasked = yes or as_json or not sys.stdin.isatty()  # where there is no terminal, nobody can be asked
    agreed = bool(plan.new) and not dry_run and (unasked or confirm("Add these rows?"))
    plan = store(plan) if agreed else plan
    if as_json:
        status = "nothing_to_do" if not plan.new else "added" if agreed else "dry_run"
        added = {"added": [row.record for row in plan.new], "already_there": plan.already_there}
        print_json({"status": status, **added, "notes": incoming.notes, "warnings": plan.warnings})
    elif not plan.new:
        stored = "all rows of the file are stored already" if incoming.rows else "the file has no rows"
        print(f"nothing to add: {stored}; the table was not changed")
    elif not agreed:
        print("dry run: nothing was written" if dry_run else "nothing was changed")
    else:
        _print_added(plan, location, report=report)
    if report and (agreed or not plan.new) and not dry_run:
        from analysis.report.run import run_report

        with step_bars() as bars:
            run_report(REPORT, survey=location.table, watch=partial(advance, bars))
        note(f"The report is ready; open {REPORT / 'index.html'}")


def undo(survey: SurveyOption = None, *, as_json: JsonOption = False) -> None:
    """Take the rows of the last append out of the table again."""
    from analysis.survey.appending import take_out

    location = _find(survey)
    rows = take_out(location.table, location.codebook)[0]
    if as_json:
        print_json({"status": "undone", "removed": [row.record for row in rows]})
        return
    waves = ", ".join(sorted({row.wave for row in rows}))
    print(f"{_number(rows)} of {waves} taken out of {show(str(location.table))} again")


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
    from analysis.codebook import COLUMNS, locate_survey
    from analysis.counts.disclosure import withhold_small_cells
    from analysis.survey.appending import plan_append, store
    from analysis.survey.respondents import bases_of, shares_of, tabulate_responses
    from analysis.survey.sources import list_parquet
    from analysis.survey.storing import write_file
    from analysis.survey.table import read_frame

    reasons = {"dont_know": dont_know, "not_asked": not_asked, "missing": missing}
    rows = tabulate_responses(
        file,
        wave=wave,
        group=group,
        stage=stage,
        weight=weight,
        respondent=respondent,
        missing={reason: values for reason, values in reasons.items() if values},
        population=read_sizes(population, "--population", single=True),
        survey=survey,
        delimiter=delimiter,
        credit=source,
    )
    _print_remarks(rows.attrs["notes"])
    if minimum is not None:
        rows = withhold_small_cells(rows, minimum=minimum)
    location, status = locate_survey(survey), "tabulated"
    table = read_frame(rows, location.codebook)._replace(place=f"the table counted from {show(str(file))}")
    if out is not None:
        lines, inputs = StringIO(), list_parquet(file) if file.is_dir() else [file]
        csv.writer(lines, lineterminator="\n").writerows(
            [COLUMNS, *(row.texts.values() for row in table.rows)]
        )
        write_file(out, lines.getvalue(), force=force, never=[*inputs, location.table])
        status = "written"
    if append:
        plan = store(plan_append(table, location.table))
        _print_remarks(warnings=plan.warnings)
        status = "added" if plan.new else "nothing_to_do"
    if not as_json:
        _print_tabulation(rows)
        note(OUTCOMES[status])
        return
    withheld = rows.attrs.get("withheld", {"stages": []})
    hidden = [{"stage": stage, "minimum": withheld["minimum"]} for stage in withheld["stages"]]
    frames = {"survey": rows, "bases": bases_of(rows), "shares": shares_of(rows)}
    print_json({"status": status, **frames, "withheld": hidden})


def _find(path: Path | None) -> Location:
    """Where the survey is, and its codebook; says so where the shipped codebook stands in."""
    from analysis.codebook import locate_survey
    from analysis.survey.opening import ADDRESS

    if path is not None and ADDRESS.match(str(path)):
        address = show(str(path)).replace(":/", "://", 1)
        raise RequestError(f"{address} is an address; download the file and give its path")
    location = locate_survey(path)
    if location.shared:
        note(f"note: no datapackage.json beside {show(str(location.table))}; the shipped survey's is used")
    return location


def _print_difference(plan: Plan, place: str) -> None:
    """What is new, group by group, against the wave before it."""
    same = f"; {plan.already_there} of the file's rows are stored already" if plan.already_there else ""
    if plan.new:
        print(f"{_number(plan.new, 'new row')} for {place}{same}")
    if len(plan.renewed) > SHOWN_WAVES:
        print(f"  {len(plan.renewed)} waves, of which the last {SHOWN_WAVES} are:")
    for wave in plan.renewed[-SHOWN_WAVES:]:
        earlier = plan.waves[: plan.waves.index(wave)]
        for group, rows in wave.groups.items():
            size = wave.size(group)
            n = "n unknown" if size is None else f"n = {size}"
            cells = ", ".join(f"{row.stage} {row.percent or row.count}" for row in rows)
            say(f"{wave.name} {group} ({n}): {cells}", first="  ", rest="    ")
            say(*_describe_change(earlier, wave, group), first="    ", rest="    ")


def _describe_change(earlier: Sequence[TableWave], wave: TableWave, group: str) -> Iterator[str]:
    """The differences from the last wave that has the group whole, if there are any."""
    before = next((old for old in reversed(earlier) if group in old.groups and not old.missing(group)), None)
    old = {row.stage: row.percent for row in before.groups[group]} if before else {}
    points = ", ".join(
        f"{row.stage} {Decimal(row.percent) - Decimal(old[row.stage]):+f}"
        for row in wave.groups[group]
        if row.percent and old.get(row.stage)
    )
    if before and points:
        yield f"percentage points against {before.name}: {points.replace('-', '−')}"


def _print_added(plan: Plan, location: Location, *, report: bool) -> None:
    place = show(str(location.table))
    print(f"added {_number(plan.new)} to {place}")
    print(f"The table before is {place}.bak; maturity undo brings it back.")
    _print_remarks(_undeclared(plan.renewed, location))
    if not report:
        print("To refresh what is made of it:")
        for command in ("report", "slides", "charts"):
            print(f"  maturity {command} --survey {show(shlex.quote(str(location.table)))}")


def _undeclared(waves: Sequence[TableWave], location: Location) -> list[str]:
    """What the survey's own codebook does not tell of some waves."""
    from analysis.survey.rules import describe_undeclared

    missing = "" if location.shared else describe_undeclared(waves)
    return [missing] if missing else []


def _print_waves(table: Table) -> None:
    from analysis.survey.rules import list_waves

    rows = [
        [
            wave["wave"],
            wave["group"],
            f"{wave['stages']} of {wave['stages_in_codebook']}",
            "–" if wave["percent_sum"] is None else f"{wave['percent_sum']:g}",
            "unknown" if wave["n"] is None else wave["n"],
            "partial" if wave["partial"] else "",
        ]
        for wave in list_waves(table.waves[-SHOWN_WAVES:])
    ]
    headline = f"no problems: {_number(table.rows)}, {_number(table.waves, 'wave')} in {table.place}"
    print_table(headline, ["wave", "group", "stages", "sum of percent", "n", ""], rows, left=2)


def _print_remarks(notes: Sequence[str] = (), warnings: Sequence[str] = ()) -> None:
    for kind, texts in (("note", notes), ("warning", warnings)):
        for text in texts[:SHOWN_PROBLEMS]:
            note(f"{kind}: {text}")
        if len(texts) > SHOWN_PROBLEMS:
            note(f"{kind}: {len(texts) - SHOWN_PROBLEMS} more, {len(texts)} in all")


def _number(rows: Sequence[object], noun: str = "row") -> str:
    return f"{len(rows)} {noun}{'s' * (len(rows) != 1)}"


def _print_tabulation(rows: pd.DataFrame) -> None:
    """Percentages with counts, of weighted ones with standard errors; their bases; what was withheld."""
    from analysis.survey.respondents import bases_of, shares_of
    from analysis.words.language import voice_of

    voice, shares, wave = voice_of(rows), shares_of(rows), str(rows["wave"].iloc[0])
    sizes = rows.drop_duplicates("group").set_index("group")["n"].to_dict()
    parts = {group: n for group, n in sizes.items() if group != voice.codebook.total} or sizes
    figures = rows[["group", "stage"]].reset_index(drop=True)
    figures["per cent"] = rows["percent"].map("{:g}".format).array
    if shares.empty:
        figures[["count", "n"]] = rows[["count", "n"]].to_numpy()
    else:
        figures["s.e. (points)"] = (100 * shares["error"]).map("{:.1f}".format)
        figures["n"], figures["effective n"] = shares["n"], shares["n_effective"].map("{:.1f}".format)
    listed = ", ".join(f"{group} {n}" for group, n in parts.items())
    headline = f"{wave}: {sum(parts.values())} answers counted ({listed})"
    print_table(headline, figures.columns, figures.to_numpy().tolist(), left=2)
    bases = bases_of(rows).rename(columns=REASON_HEADS)
    if "respondents" in bases:  # not where that was withheld
        bases["group"] = bases["group"].replace("", "group unknown")
        headline = "Respondents, those without an answer, and n, the base of the percentages"
        print_table(headline, bases.columns, bases.to_numpy().tolist())
    say(*voice.marks([wave]))
    if merge := rows.attrs.get("withheld", {}).get("merge"):
        blocks = (voice.listed([voice.stage_phrase("stage", stage) for stage in block]) for block in merge)
        say(f"All could be published if these were merged: {'; '.join(blocks)}.")
