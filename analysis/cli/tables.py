"""Commands on the table itself: ``check`` it, ``append`` a wave to it, ``undo`` that, make a ``new`` one.

None of them loads pandas or numpy, so that they answer at once.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Exit, Option, confirm, prompt

from analysis.cli.options import JsonOption, LabelsOption, SurveyOption, read_sizes
from analysis.cli.output import StepBars, note, print_json, print_table, telling_problems, wrapped
from analysis.errors import SHOWN_PROBLEMS, RequestError, quote, report_problems, show

if TYPE_CHECKING:
    from analysis.codebook import Location
    from analysis.survey.appending import Plan
    from analysis.survey.rules import TableWave
    from analysis.survey.table import Table

REPORT = Path("maturity-report")
SHOWN_WAVES = 20  # of very many, the last ones


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
        findings = {"problems": table.problems, "notes": notes, "warnings": table.warnings}
        status = "refused" if table.problems else "sound"
        print_json({"status": status, **findings, "waves": list_waves(table.waves)})
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
        incoming = read_wide(file, location.codebook, wave=wave, sizes=_one_size_each(n), source=source)
    elif wave or n or source:
        raise RequestError(
            "--wave, --n and --source go with --wide; without it they stand in columns of the file"
        )
    else:
        incoming = read_rows(file, location.codebook)
    with telling_problems(as_json=as_json):
        plan = plan_append(incoming, location.table)
    if not as_json:
        _print_difference(plan, location)
        _print_remarks(incoming.notes, plan.warnings)
        sys.stdout.flush()  # what cannot be shown is not stored
    agreed = bool(plan.new) and not dry_run and (yes or as_json or _is_agreed())
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
        _refresh_report(location)


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


def new(
    folder: Annotated[
        Path, Argument(metavar="FOLDER", help="A folder that does not exist yet, or is empty.")
    ],
    *,
    name: Annotated[str, Option(metavar="TEXT", help="Name of the survey.")] = "",
    stages: Annotated[
        str, Option(metavar="A,B,…", help="Stages from least to most: labels, or CODE=LABEL each.")
    ] = "",
    groups: Annotated[
        str, Option(metavar="A,B,…", help="Groups in the same way, with their total, if there is one.")
    ] = "",
    total: Annotated[str, Option(metavar="GROUP", help="The group that all others make up together.")] = "",
    lang: LabelsOption = "en",
    as_json: JsonOption = False,
) -> None:
    """Make a folder for another survey: codebook, guide, empty table, notebook. Asks for what is not given.

    Where a name has a comma in it, separate the names with semicolons.
    """
    from analysis.survey.storing import require_replaceable
    from analysis.survey.table import make_survey

    require_replaceable(folder, once=True)
    name = name or _ask("--name", "Name of the survey")
    scale = _split_names(stages or _ask("--stages", "Stages, from least to most, separated by commas"))
    if len(scale) < 2:
        raise RequestError("a scale has two stages or more; separate their names with commas")
    target = make_survey(
        folder,
        name=name,
        stages=scale,
        groups=_split_names(groups or _ask("--groups", "Groups, separated by commas")),
        total=total or None,
        lang=lang,
    )
    if as_json:
        print_json({"status": "made", "folder": target})
        return
    print(f"{show(str(target))} is ready for its first wave; its README.md says what can be added.")
    print(f"  maturity append FILE --survey {show(shlex.quote(str(target)))}")


def _ask(option: str, question: str) -> str:
    """What the person at the terminal answers; where there is none, the option must say it."""
    if not sys.stdin.isatty():
        raise RequestError(
            f"{option} is missing; give it: maturity new FOLDER --name … --stages … --groups …"
        )
    return str(prompt(question))


def _split_names(text: str) -> dict[str, str] | list[str]:
    """Labels parted by semicolons, else by commas; by code where each is given as CODE=LABEL."""
    names = [part.strip() for part in text.split(";" if ";" in text else ",") if part.strip()]
    pairs = [[side.strip() for side in part.split("=", 1)] for part in names]
    coded = all(len(pair) == 2 for pair in pairs)
    if coded and len({code for code, _ in pairs}) < len(pairs):
        raise RequestError(f"a code stands twice in {quote(text)}; give each once")
    return dict(pairs) if coded else names


def _one_size_each(text: str) -> dict[str, str]:
    sizes = read_sizes(text) or {}
    if any(isinstance(size, range) for size in sizes.values()):
        raise RequestError(f"--n is {quote(text)}; a table to append has one n for each group")
    return {group: str(size) for group, size in sizes.items()}


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


def _is_agreed() -> bool:
    """Whether the person at the terminal agrees; where there is no terminal, nobody can be asked."""
    return not sys.stdin.isatty() or confirm("Add these rows?")


def _refresh_report(location: Location) -> None:
    from analysis.report.run import run_report

    with StepBars() as bar:
        run_report(REPORT, survey=location.table, watch=bar)
    note(f"The report is ready; open {REPORT / 'index.html'}")


def _print_difference(plan: Plan, location: Location) -> None:
    """What is new, group by group, against the wave before it."""
    place = show(str(location.table))
    same = f"; {plan.already_there} of the file's rows are stored already" if plan.already_there else ""
    if plan.new:
        print(f"{_number(plan.new, 'new row')} for {place}{same}")
    names = {wave.name for wave in plan.renewed}
    places = [position for position, wave in enumerate(plan.waves) if wave.name in names]
    if len(places) > SHOWN_WAVES:
        print(f"  {len(places)} waves, of which the last {SHOWN_WAVES} are:")
    for position in places[-SHOWN_WAVES:]:
        wave = plan.waves[position]
        for group, rows in wave.groups.items():
            size = wave.size(group)
            n = "n unknown" if size is None else f"n = {size}"
            cells = ", ".join(f"{row.stage} {row.percent or row.count}" for row in rows)
            print(wrapped(f"{wave.name} {group} ({n}): {cells}", "  ", "    "))
            if change := _describe_change(plan.waves[:position], wave, group):
                print(wrapped(change, "    ", "    "))


def _describe_change(earlier: Sequence[TableWave], wave: TableWave, group: str) -> str:
    """The differences from the last wave that has the group whole; empty where there is none."""
    before = next((old for old in reversed(earlier) if group in old.groups and not old.missing(group)), None)
    if before is None:
        return ""
    old = {row.stage: row.percent for row in before.groups[group]}
    points = ", ".join(
        f"{row.stage} {Decimal(row.percent) - Decimal(old[row.stage]):+f}"
        for row in wave.groups[group]
        if row.percent and old[row.stage]
    )
    return f"percentage points against {before.name}: {points.replace('-', '−')}" if points else ""


def _print_added(plan: Plan, location: Location, *, report: bool) -> None:
    place = show(str(location.table))
    print(f"added {_number(plan.new)} to {place}")
    print(f"The table before is {place}.bak; maturity undo brings it back.")
    for text in _undeclared(plan.renewed, location):
        note(f"note: {text}")
    if not report:
        print("To refresh what is made of it:")
        for command in ("report", "slides", "charts"):
            print(f"  maturity {command} --survey {show(shlex.quote(str(location.table)))}")


def _undeclared(waves: Sequence[TableWave], location: Location) -> list[str]:
    """What the survey's own codebook does not tell of some waves."""
    from analysis.survey.rules import describe_undeclared

    return list(filter(None, [] if location.shared else [describe_undeclared(waves)]))


def _print_waves(table: Table) -> None:
    from analysis.survey.rules import list_waves

    waves = f"{len(table.waves)} wave{'s' * (len(table.waves) != 1)}"
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
    headline = f"no problems: {_number(table.rows)}, {waves} in {table.place}"
    print_table(headline, ["wave", "group", "stages", "sum of percent", "n", ""], rows, left=2)


def _print_remarks(notes: Sequence[str], warnings: Sequence[str]) -> None:
    for kind, texts in (("note", notes), ("warning", warnings)):
        for text in texts[:SHOWN_PROBLEMS]:
            note(f"{kind}: {text}")
        if len(texts) > SHOWN_PROBLEMS:
            note(f"{kind}: {len(texts) - SHOWN_PROBLEMS} more, {len(texts)} in all")


def _number(rows: Sequence[object], noun: str = "row") -> str:
    return f"{len(rows)} {noun}{'s' * (len(rows) != 1)}"
