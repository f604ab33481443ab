"""What every command asks alike: which table is meant, and what is assumed: n, rules, level, adjustment."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from threading import Timer
from typing import Annotated, Any, NamedTuple

import typer

from analysis.cli.output import SurveyOption, note
from analysis.errors import RequestError, quote

PATIENCE = 2.0  # seconds without a word
NOption = Annotated[
    list[str] | None,
    typer.Option(
        "--n",
        metavar="GROUP=N,…",
        help="n of groups, or a range: vocational=80,general=95-97. May be given several times.",
    ),
]
RoundingOption = Annotated[
    list[str] | None,
    typer.Option(
        "--rounding",
        metavar="RULE,…",
        help="Rounding rules that may have been used; maturity audit lists them all.",
    ),
]
LevelOption = Annotated[float, typer.Option("--level", help="Confidence level, as 0.95 or 95.", min=0)]
AdjustOption = Annotated[
    str,
    typer.Option(
        "--adjust",
        metavar="family|none",
        help="family: all statements of a comparison hold together; none: each by itself.",
    ),
]
PopulationOption = Annotated[
    list[str] | None,
    typer.Option("--population", metavar="GROUP=N,…", help="How many could have answered, of each group."),
]

TotalOption = Annotated[
    str | None, typer.Option(metavar="GROUP", help="With a table: the group that is the sum of the others.")
]
UnorderedOption = Annotated[
    bool, typer.Option("--unordered", help="With a table: its answers are not a scale.")
]


class Asked(NamedTuple):
    """What a command is asked about: a survey or a bare table, and the wave of it, None for the main one."""

    survey: Any
    wave: str | None


def open_asked(
    wave: Annotated[
        str | None,
        typer.Argument(
            metavar="[WAVE|TABLE]",
            help="A wave, as 2020-autumn (left out: the latest complete one), or a file with a published "
            "percentage table, or - for one that is piped in.",
        ),
    ] = None,
    survey: SurveyOption = None,
    *,
    total: TotalOption = None,
    multiple: Annotated[
        bool, typer.Option("--multiple", help="With a table: several answers could be given.")
    ] = False,
    rest: Annotated[
        bool | None,
        typer.Option(
            "--rest-unknown/--rest-none", help="With a table: some answers have no row, or all have one."
        ),
    ] = None,
    unordered: UnorderedOption = False,
    others: Annotated[
        bool, typer.Option("--other-groups", help="With a table: the total includes other groups too.")
    ] = False,
    weighted: Annotated[
        bool | None, typer.Option("--weighted/--unweighted", help="With a table: whether it is weighted.")
    ] = None,
) -> Asked:
    """The survey and the wave that are meant; of a bare table, in a file or piped in, its only one."""
    from analysis.survey.pasted import read_percentages
    from analysis.survey.table import load_survey

    if wave != "-" and (survey is not None or wave is None or not Path(wave).is_file()):
        return Asked(load_survey(survey), wave)
    table = read_percentages(
        f"{sys.stdin.read()}\n" if wave == "-" else Path(str(wave)),
        total=total,
        ordered=not unordered,
        multiple=multiple,
        exhaustive=not others,
        rest=None if rest is None else "unknown" if rest else "none",
        weighted=weighted,
    )
    return Asked(table, None)


def about_a_table(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the arguments of `open_asked` before its own; it is given what they open, first.

    Where it takes longer than two seconds, a word on stderr says that it is at work.
    """
    shared = inspect.signature(open_asked, eval_str=True).parameters
    _, *own = inspect.signature(command, eval_str=True).parameters.values()

    @wraps(command)
    def run(**given: Any) -> None:
        still = Timer(PATIENCE, note, ["Still at work; large tables take longer. Ctrl+C stops."])
        still.daemon = True
        still.start()
        try:
            command(open_asked(**{name: given.pop(name) for name in shared}), **given)
        finally:
            still.cancel()

    parameters = [*shared.values(), *own]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what typer reads
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def read_sizes(parts: Sequence[str] | str | None, option: str = "--n") -> dict[str, int | range] | None:
    """The n by group, one number or a range, as in ``vocational=80,general=95-97``; nothing without a part.

    Raises
    ------
    RequestError
        A part is not GROUP=N or GROUP=N-N, or a group stands twice.
    """
    texts = [parts] if isinstance(parts, str) else list(parts or [])
    sizes: dict[str, int | range] = {}
    for part in filter(None, ",".join(texts).split(",")):
        split = re.fullmatch(
            r"\s*([^=]*[^=\s])\s*=\s*([0-9]{1,9})(?:\s*[-–]\s*([0-9]{1,9}))?\s*", part, re.ASCII
        )
        if split is None or split[1] in sizes or (split[3] and int(split[3]) < int(split[2])):
            given = quote(",".join(texts))
            raise RequestError(
                f"{option} is {given}; give each group once, as in vocational=80,general=95-97"
            )
        sizes[split[1]] = range(int(split[2]), int(split[3]) + 1) if split[3] else int(split[2])
    return sizes or None


def read_members(parts: Sequence[str] | str | None) -> dict[str, int] | None:
    """The members of each group, as in ``vocational=112,general=372``; nothing without a part.

    Raises
    ------
    RequestError
        A part is not GROUP=N, or a group stands twice.
    """
    sizes = read_sizes(parts, option="--population") or {}
    members = {group: size for group, size in sizes.items() if isinstance(size, int)}
    if len(members) < len(sizes):
        raise RequestError("--population has a range; give one number for each group")
    return members or None


def read_rules(parts: Sequence[str] | str | None) -> list[str] | None:
    """The names of rounding rules, each once; nothing without one."""
    texts = [parts] if isinstance(parts, str) else list(parts or [])
    names = [name.strip() for name in ",".join(texts).split(",")]
    return list(dict.fromkeys(filter(None, names))) or None


def read_level(level: float) -> float:
    """A level between 0 and 1, also where it is typed in per cent (95).

    Raises
    ------
    RequestError
        It is neither.
    """
    share = level / 100 if 1 < level < 100 else level
    if not 0 < share < 1:
        raise RequestError(f"--level is {level:g}; use a number between 0 and 1, such as 0.95")
    return share


def assumptions(
    n: Sequence[str] | None = None,
    rounding: Sequence[str] | None = None,
    level: float = 0.95,
    adjust: str = "family",
) -> dict[str, Any]:
    """What was assumed, as the keywords of ``gather_frames``; what was left out is left out."""
    given = {"n": read_sizes(n), "rounding": read_rules(rounding)}
    return {name: value for name, value in given.items() if value} | {
        "level": read_level(level),
        "adjust": adjust,
    }
