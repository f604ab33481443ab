"""What commands ask alike: which survey or table, in which languages, and what is assumed of it.

A command is its options and one call of the public API. Options that belong together are declared once, as
the parameters of the function that reads them; `spread` puts them on the command line.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from pathlib import Path
from shlex import quote as quote_shell
from threading import Timer
from typing import Annotated, Any, NamedTuple

from typer import Argument, Context, Option

from analysis.cli.output import note, print_json
from analysis.codebook import usual_language
from analysis.errors import RequestError, SurveyDataError, quote, show, unknown_code

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
TotalOption = Annotated[
    str | None, Option(metavar="GROUP", help="Of a table: the group that all others make up together.")
]
UnorderedOption = Annotated[bool, Option("--unordered", help="Of a table: its answers are not a scale.")]


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """A command as typer takes it, all its options side by side.

    A parameter with a function in its annotation gives way to the parameters of the function, which makes its
    value of them. Problems of a table stand on stdout too where ``--json`` is given, for programs to read.
    """
    own = inspect.signature(command, eval_str=True).parameters
    makers = {
        name: maker
        for name, parameter in own.items()
        for maker in getattr(parameter.annotation, "__metadata__", ())
        if inspect.isfunction(maker)
    }
    parts = {name: inspect.signature(maker, eval_str=True).parameters for name, maker in makers.items()}
    shown = [
        each.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in own.items()
        for each in (parts[name].values() if name in parts else [parameter])
    ]

    @wraps(command)
    def run(**given: Any) -> None:
        try:
            made = {
                name: maker(**{each: given.pop(each) for each in parts[name]})
                for name, maker in makers.items()
            }
            command(**made, **given)
        except SurveyDataError as error:
            if given.get("as_json"):
                problems = [problem._asdict() for problem in error.problems]
                print_json({"status": "refused", "problems": problems})
            raise

    run.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]  # what typer reads
    run.__annotations__ = {each.name: each.annotation for each in shown}
    return run


class TableAsked(NamedTuple):
    """What a command is asked about: a survey or a bare table, and the wave of it, None for the main one."""

    survey: Any
    wave: str | None


def _open_asked(
    context: Context,
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
) -> TableAsked:
    """The survey and the wave that are meant; of a bare table, in a file or piped in, its only one.

    A command that takes longer than two seconds says on stderr that it is at work.
    """
    from analysis.survey.pasted import likely_total, read_percentages
    from analysis.survey.table import load_survey

    still = Timer(PATIENCE, note, ["Still at work; large tables take longer. Ctrl+C stops."])
    still.daemon = True
    still.start()
    context.call_on_close(still.cancel)
    if wave != "-" and (survey is not None or wave is None or not Path(wave).is_file()):
        rows = load_survey(survey)
        if wave is not None and wave not in (waves := list(dict.fromkeys(rows["wave"]))):
            raise RequestError(_no_such_wave(wave, waves))
        return TableAsked(rows, wave)
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
    return TableAsked(table, None)


def _no_such_wave(wave: str, waves: Sequence[str]) -> str:
    """What to say of what is neither a wave nor a file with a table."""
    if Path(wave).is_dir():
        return f"{show(wave)} is a folder; name a survey's folder with --survey"
    if re.search(r"[./\\]", wave) and not Path(wave).exists():
        return f"there is no file {show(wave)}; give one with a table, or a wave: {', '.join(waves)}"
    return unknown_code("wave", wave, waves)


def _assume(
    *,
    n: Annotated[
        list[str] | None,
        Option(
            "--n",
            metavar="GROUP=N,…",
            help="How many answered in each group (n), or a range: vocational=80,general=95-97. May be "
            "repeated.",
        ),
    ] = None,
    max_n: Annotated[
        int | None, Option(metavar="N", help="Try every n up to N, instead of the survey's own.", min=1)
    ] = None,
    rounding: Annotated[
        list[str] | None,
        Option(
            "--rounding",
            metavar="RULE,…",
            help="The rounding rules that may have been used; maturity audit lists them.",
        ),
    ] = None,
    level: Annotated[
        float, Option("--level", metavar="LEVEL", help="Confidence level, as 0.95 or 95.")
    ] = 0.95,
    adjust: Annotated[
        str,
        Option(
            "--adjust",
            metavar="family|none",
            help="family: the intervals of a comparison hold together; none: each by itself.",
        ),
    ] = "family",
    population: Annotated[
        list[str] | None,
        Option("--population", metavar="GROUP=N,…", help="How many could have answered in each group."),
    ] = None,
) -> dict[str, Any]:
    """What is assumed, as the keywords of the API."""
    names = [name.strip() for name in ",".join(rounding or []).split(",")]
    return {
        "n": read_sizes(n),
        "max_n": max_n,
        "rounding": list(dict.fromkeys(filter(None, names))) or None,
        "level": level / 100 if 1 < level < 100 else level,
        "adjust": adjust,
        "population": read_sizes(population, "--population", single=True),
    }


def assuming(*names: str) -> Callable[..., dict[str, Any]]:
    """What options of these names say is assumed, as keywords of the API; what was left out is left out."""
    options = inspect.signature(_assume, eval_str=True).parameters

    def read(**given: Any) -> dict[str, Any]:
        return {
            name: value for name, value in _assume(**given).items() if name in given and value is not None
        }

    read.__signature__ = inspect.Signature([options[name] for name in names])  # type: ignore[attr-defined]
    return read


Asked = Annotated[TableAsked, _open_asked]


def read_sizes(
    parts: Sequence[str] | str | None, option: str = "--n", *, single: bool = False
) -> dict[str, Any] | None:
    """The n by group, one number or a range, as in ``vocational=80,general=95-97``; nothing without a part.

    Raises
    ------
    RequestError
        A part is not GROUP=N, or GROUP=N-N unless ``single``, or a group stands twice.
    """
    text = parts if isinstance(parts, str) else ",".join(parts or [])
    sizes: dict[str, int | range] = {}
    for part in filter(None, text.split(",")):
        split = re.fullmatch(
            r"\s*([^=]*[^=\s])\s*=\s*([0-9]{1,9})(?:\s*[-–]\s*([0-9]{1,9}))?\s*", part, re.ASCII
        )
        if split is None or split[1] in sizes or (split[3] and (single or int(split[3]) < int(split[2]))):
            form = (
                "one number, as in vocational=80,general=95"
                if single
                else "its number, as in vocational=80,general=95-97"
            )
            raise RequestError(f"{option} is {quote(text)}; give each group once with {form}")
        sizes[split[1]] = range(int(split[2]), int(split[3]) + 1) if split[3] else int(split[2])
    return sizes or None


def known(option: str, value: str, valid: Iterable[str]) -> str:
    """The value of an option; RequestError where it is none of the valid ones."""
    if value not in valid:
        raise RequestError(unknown_code(option, value, list(valid)))
    return value


def several(option: str, values: str, valid: Iterable[str]) -> list[str]:
    """The values of a list with commas, in the order of the valid ones; ``all`` for all of them."""
    names = {known(option, name.strip(), [*valid, "all"]) for name in values.split(",")}
    return [name for name in valid if names & {name, "all"}]


def languages_of(lang: str | None, offered: Sequence[str]) -> list[str]:
    """The languages that ``--lang`` asks for: one that is offered, or ``all``; else English, if it is."""
    if lang == "all":
        return list(offered)
    return [known("--lang", lang or usual_language(offered), [*offered, "all"])]
