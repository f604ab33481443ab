"""What every command asks alike: which table is meant, and what is assumed: n, rules, level, adjustment."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analysis.errors import RequestError, quote

if TYPE_CHECKING:
    import pandas as pd

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
        "--rounding", metavar="RULE,…", help="Rounding rules, united; maturity audit lists them all."
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


WaveArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[WAVE|TABLE]",
        help="A wave, as 2020-autumn (left out: the latest complete one), or a file with a published "
        "percentage table, or - for one that is piped in.",
    ),
]
TotalOption = Annotated[
    str | None, typer.Option(metavar="GROUP", help="Of a table: the group that is the sum of the others.")
]
MultipleOption = Annotated[
    bool, typer.Option("--multiple", help="Of a table: several answers could be given.")
]
RestOption = Annotated[
    bool, typer.Option("--rest-unknown", help="Of a table: there are answers that have no row.")
]


def open_survey(
    wave: str | None, survey: Path | None, total: str | None, *, multiple: bool, rest: bool
) -> tuple[pd.DataFrame, str | None]:
    """The survey and the wave that are meant; of a bare table, in a file or piped in, its only one."""
    from analysis.survey.pasted import read_percentages
    from analysis.survey.table import load_survey

    if wave != "-" and (survey is not None or wave is None or not Path(wave).is_file()):
        return load_survey(survey), wave
    source = f"{sys.stdin.read()}\n" if wave == "-" else Path(str(wave))
    unknown = "unknown" if rest else None
    return read_percentages(source, total=total, multiple=multiple, rest=unknown), None


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
