"""What commands ask alike: which survey or table, in which languages, and what is assumed of it."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from shlex import quote as quote_shell
from threading import Timer
from typing import Annotated, Any, NamedTuple

from typer import Argument, Option

from analysis.cli.output import note
from analysis.codebook import LANGUAGES, usual_language
from analysis.errors import RequestError, quote, show, unknown_code

PATIENCE = 2.0  # seconds without a word
SurveyOption = Annotated[
    Path | None,
    Option(
        "--survey",
        help="The folder of a survey, or its CSV file; left out, the shipped survey.",
        metavar="PATH",
    ),
]
LangOption = Annotated[
    str | None,
    Option(
        "--lang",
        metavar="fi|sv|en|all",
        help="Language of what is made; left out, English where there is one.",
    ),
]
LabelsOption = Annotated[
    str, Option("--lang", metavar="CODE", help="Language of the names, as fi, sv or en.")
]
JsonOption = Annotated[bool, Option("--json", help="Print one JSON object, for other programs.")]
ForceOption = Annotated[
    bool, Option("--force", help="Replace a file that this program did not write, or that was changed.")
]
NOption = Annotated[
    list[str] | None,
    Option(
        "--n",
        metavar="GROUP=N,…",
        help="How many answered in each group (n), or a range: vocational=80,general=95-97. May be repeated.",
    ),
]
RoundingOption = Annotated[
    list[str] | None,
    Option(
        "--rounding",
        metavar="RULE,…",
        help="The rounding rules that may have been used; maturity audit lists them.",
    ),
]
LevelOption = Annotated[float, Option("--level", metavar="LEVEL", help="Confidence level, as 0.95 or 95.")]
AdjustOption = Annotated[
    str,
    Option(
        "--adjust",
        metavar="family|none",
        help="family: the intervals of a comparison hold together; none: each by itself.",
    ),
]
PopulationOption = Annotated[
    list[str] | None,
    Option("--population", metavar="GROUP=N,…", help="How many could have answered in each group."),
]
TotalOption = Annotated[
    str | None, Option(metavar="GROUP", help="Of a table: the group that all others make up together.")
]
UnorderedOption = Annotated[bool, Option("--unordered", help="Of a table: its answers are not a scale.")]


class Asked(NamedTuple):
    """What a command is asked about: a survey or a bare table, and the wave of it, None for the main one."""

    survey: Any
    wave: str | None


def open_asked(
    wave: Annotated[
        str | None,
        Argument(
            metavar="WAVE|TABLE",
            help="A wave of the survey, as 2020-autumn (left out: the latest complete one); or a file with a "
            "published table of percentages; or - for a table that is piped in.",
        ),
    ] = None,
    survey: SurveyOption = None,
    *,
    total: TotalOption = None,
    multiple: Annotated[
        bool | None,
        Option("--multiple/--one-answer", help="Of a table: whether several answers could be given."),
    ] = None,
    rest: Annotated[
        bool | None,
        Option("--rest-unknown/--rest-none", help="Of a table: some answers have no row, or all have one."),
    ] = None,
    unordered: UnorderedOption = False,
    others: Annotated[
        bool, Option("--other-groups", help="Of a table: the total includes other groups too.")
    ] = False,
    weighted: Annotated[
        bool | None, Option("--weighted/--unweighted", help="Of a table: whether its figures are weighted.")
    ] = None,
) -> Asked:
    """The survey and the wave that are meant; of a bare table, in a file or piped in, its only one."""
    from analysis.survey.pasted import likely_total, read_percentages
    from analysis.survey.table import load_survey

    if wave != "-" and (survey is not None or wave is None or not Path(wave).is_file()):
        rows = load_survey(survey)
        if wave is not None and wave not in (waves := list(dict.fromkeys(rows["wave"]))):
            raise RequestError(_no_such_wave(wave, waves, survey))
        return Asked(rows, wave)
    table = read_percentages(
        f"{sys.stdin.read()}\n" if wave == "-" else Path(str(wave)),
        total=total,
        ordered=not unordered,
        multiple=multiple,
        exhaustive=not others,
        rest=None if rest is None else "unknown" if rest else "none",
        weighted=weighted,
    )
    if total is None and (name := likely_total(table)):
        option = f"--total {show(quote_shell(name))}"
        note(f"note: {show(name)} looks like the total of the others; if so, say it: {option}")
    return Asked(table, None)


def _no_such_wave(wave: str, waves: Sequence[str], survey: Path | None) -> str:
    """What to say of what is neither a wave nor a file."""
    if survey is None and Path(wave).is_dir():
        return f"{show(wave)} is a folder; name a survey's folder with --survey"
    if survey is None and re.search(r"[./\\]", wave):
        return f"there is no file {show(wave)}; give one with a table, or a wave: {', '.join(waves)}"
    return unknown_code("wave", wave, waves)


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
    text = _joined(parts)
    sizes: dict[str, int | range] = {}
    for part in filter(None, text.split(",")):
        split = re.fullmatch(
            r"\s*([^=]*[^=\s])\s*=\s*([0-9]{1,9})(?:\s*[-–]\s*([0-9]{1,9}))?\s*", part, re.ASCII
        )
        if split is None or split[1] in sizes or (split[3] and int(split[3]) < int(split[2])):
            raise RequestError(
                f"{option} is {quote(text)}; give each group once with its number, as in "
                "vocational=80,general=95-97"
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
    names = [name.strip() for name in _joined(parts).split(",")]
    return list(dict.fromkeys(filter(None, names))) or None


def _joined(parts: Sequence[str] | str | None) -> str:
    """An option that may be given several times, as if it had been given at once."""
    return parts if isinstance(parts, str) else ",".join(parts or [])


def read_level(level: float) -> float:
    """A level between 0 and 1, also where it is typed in per cent (95).

    Raises
    ------
    RequestError
        It is neither.
    """
    share = level / 100 if 1 < level < 100 else level
    if not 0 < share < 1:
        raise RequestError(
            f"--level is {level:g}; use a number between 0 and 1, such as 0.95, or per cent, such as 95"
        )
    return share


def counted_with(n: Sequence[str] | None, rounding: Sequence[str] | None = None) -> dict[str, Any]:
    """What counts are recovered with, as keywords; what was left out is left out."""
    given = {"n": read_sizes(n), "rounding": read_rules(rounding)}
    return {name: value for name, value in given.items() if value}


def assumptions(
    n: Sequence[str] | None = None,
    rounding: Sequence[str] | None = None,
    level: float = 0.95,
    adjust: str = "family",
    population: Sequence[str] | None = None,
) -> dict[str, Any]:
    """What was assumed, as the keywords of ``gather_frames``; what was left out is left out."""
    assumed = counted_with(n, rounding) | {"level": read_level(level), "adjust": adjust}
    members = read_members(population)
    return assumed | ({"population": members} if members else {})


def chosen_languages(lang: str | None, offered: Sequence[str] = LANGUAGES) -> tuple[str, ...]:
    """The languages that an option asks for: one that is offered, or ``all``; else English, if it is."""
    if lang is None:
        return (usual_language(offered),)
    if lang == "all":
        return tuple(offered)
    if lang not in offered:
        raise RequestError(unknown_code("--lang", lang, [*offered, "all"]))
    return (lang,)


def chosen(option: str, value: str, valid: Sequence[str], *, single: bool = False) -> list[str]:
    """The values of a list with commas, in the order of the valid ones; ``all`` for all of them.

    Raises
    ------
    RequestError
        A value is not valid, or there are several where one is meant.
    """
    names = [name.strip() for name in value.split(",")]
    if names == ["all"] and not single:
        return list(valid)
    for name in names:
        if name not in valid:
            raise RequestError(unknown_code(option, name, [*valid, *([] if single else ["all"])]))
    if single and len(names) > 1:
        raise RequestError(f"{option} takes one of {', '.join(valid)}")
    return [name for name in valid if name in names]
