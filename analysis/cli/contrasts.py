"""Commands that compare: ``compare`` the groups of a wave, ``waves`` with the waves before."""

from __future__ import annotations

from math import isnan
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analysis.cli.counts import WIDTH, NOption, RoundingOption, read_rules, read_sizes
from analysis.cli.output import JsonOption, SurveyOption, note, print_json, print_table
from analysis.errors import RecoveryError, RequestError

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import pandas as pd

LevelOption = Annotated[float, typer.Option(help="Confidence level of each interval.")]
AdjustOption = Annotated[
    str, typer.Option(metavar="holm|bonferroni|bh", help="How p is adjusted for the number of stages.")
]
MethodOption = Annotated[
    str, typer.Option(metavar="newcombe|miettinen_nurminen", help="Interval of a difference.")
]
PopulationOption = Annotated[
    str, typer.Option(metavar="GROUP=N,…", help="How many could have answered, of each group.")
]

VERDICTS = {"every table": "every", "none": "none", "undetermined": "open"}
TARGETS = (
    "Shares of answers count every answer alike. Shares of the population are about all who could have "
    "answered, as if those who did were drawn at random within their group: each group is corrected for how "
    "many of its members answered, and in the total a group weighs as much as it has members."
)


def register(app: typer.Typer) -> None:
    """Add this family's commands to the program."""
    app.command("compare")(compare)
    app.command("waves")(waves)


def compare(
    wave: Annotated[
        str | None, typer.Argument(help="The id of the wave; left out, the latest that is complete.")
    ] = None,
    survey: SurveyOption = None,
    *,
    population: PopulationOption = "",
    level: LevelOption = 0.95,
    adjust: AdjustOption = "holm",
    method: MethodOption = "newcombe",
    n: NOption = "",
    rounding: RoundingOption = "",
    as_json: JsonOption = False,
) -> None:
    """Compare the groups of a wave at each stage and over the whole scale, in every table that fits.

    Where the counts cannot be told, the published shares are compared, with what rounding leaves open.
    """
    from analysis.survey.table import load_survey

    members, given = read_members(population), {"n": read_sizes(n), **read_rules(rounding)}
    how = {"level": level, "adjust": adjust, "method": method}
    found = _compare_wave(load_survey(survey), wave, members, given, how)
    if as_json:
        print_json(found)
        return
    _print_comparison(found)


def waves(
    survey: SurveyOption = None,
    *,
    level: LevelOption = 0.95,
    adjust: AdjustOption = "holm",
    method: MethodOption = "newcombe",
    as_json: JsonOption = False,
) -> None:
    """Compare each wave with the one before, for each group, at each stage that both publish."""
    from analysis.old.inference.changes import compare_waves
    from analysis.survey.table import load_survey

    changes = compare_waves(load_survey(survey), level=level, adjust=adjust, method=method)
    if as_json:
        print_json({"changes": changes})
        return
    _print_changes(changes)


def read_members(text: str) -> dict[str, int]:
    """The members of each group, as in ``vocational=112,general=372``.

    Raises
    ------
    RequestError
        A part is not GROUP=N, or a group stands twice.
    """
    sizes = read_sizes(text, option="--population") or {}
    members = {group: size for group, size in sizes.items() if isinstance(size, int)}
    if len(members) < len(sizes):
        raise RequestError(f"--population is '{text}'; give one number for each group")
    return members


def _compare_wave(
    frame: pd.DataFrame,
    wave: str | None,
    members: dict[str, int],
    given: dict[str, Any],
    how: dict[str, Any],
) -> dict[str, Any]:
    """The frames of a wave by name: on every table of counts, else cell by cell, else as published."""
    from analysis.old.inference.findings import main_wave

    wave = wave or main_wave(frame)
    tables, found = _recover(frame, wave, given)
    if tables is not None:
        return found | _on_counts(tables, members, how)
    if members:
        raise RequestError(f"--population needs counts: {found['reason']}")
    by_cell = found["status"] in {"too_many", "withheld"} and not any(given.values())
    return found | _without_tables(frame, wave, how if by_cell else None)


def _recover(
    frame: pd.DataFrame, wave: str, given: dict[str, Any]
) -> tuple[pd.DataFrame | None, dict[str, Any]]:
    """Every table of counts that fits, and what is said of them; no tables where they cannot be listed."""
    from analysis.codebook import codebook_of
    from analysis.old.counts.recovery import recover_counts

    found: dict[str, Any] = {"wave": wave, "status": "unknown", "n_tables": None}
    try:
        tables = recover_counts(frame, wave, **given)
    except RecoveryError as error:
        status = "withheld" if codebook_of(frame).withheld(wave) else "unknown"
        return None, found | {"status": status, "reason": str(error)}
    found |= {name: tables.attrs[name] for name in ("status", "n_tables", "reason") if name in tables.attrs}
    if found["status"] == "too_many":
        found["reason"] = "more tables of counts fit than can be listed"
    return (None if "reason" in found else tables), found


def _on_counts(tables: pd.DataFrame, members: dict[str, int], how: dict[str, Any]) -> dict[str, Any]:
    from analysis.old.inference.comparisons import compare_stages
    from analysis.old.inference.effects import compare_groups
    from analysis.old.inference.estimates import estimate_shares

    differences = compare_stages(tables, **how)
    return {
        "shares": estimate_shares(tables, population=members or None, level=how["level"]),
        **_by_measure(differences),
        "effects": compare_groups(tables, level=how["level"]) if len(differences) else [],
    }


def _without_tables(frame: pd.DataFrame, wave: str, how: dict[str, Any] | None) -> dict[str, Any]:
    """Each cell over all counts that it can have, or the published shares alone."""
    from analysis.old.inference.comparisons import compare_cells, compare_published
    from analysis.old.inference.estimates import published_shares

    differences = compare_published(frame, wave) if how is None else compare_cells(frame, wave, **how)
    return {"shares": published_shares(frame, wave), **_by_measure(differences), "effects": []}


def _by_measure(differences: pd.DataFrame) -> dict[str, pd.DataFrame]:
    of_stages = differences["measure"] == "stage"
    return {"differences": differences[of_stages], "cumulative": differences[~of_stages]}


def _print_comparison(found: dict[str, Any]) -> None:
    """The difference at each stage, at each cut and over the whole scale; shares where they add something."""
    from analysis.old.charts.headlines import headline_differences

    for key in ("differences", "cumulative"):
        for _, pair in found[key].groupby(["first", "second"], sort=False):
            _print_differences(headline_differences(pair, lang="en"), pair, ["first", "second"])
    if len(found["effects"]):
        print_table("Over the whole scale:", ["measure", "estimate", "interval", "p"], _effect_rows(found))
    if not len(found["differences"]):
        print(f"{found['wave']} has one group, so there is nothing to compare.")
    finite = "population" in set(found["shares"]["target"])
    if finite or not len(found["differences"]):
        print_table("Shares, %:", ["of", "group", "stage", "share", "interval"], _share_rows(found), left=3)
    if finite:
        print(fill(TARGETS, WIDTH))
    note(fill(_basis(found), WIDTH))


def _print_changes(changes: pd.DataFrame) -> None:
    from analysis.old.charts.headlines import headline_waves

    if changes.empty:
        print("No two waves publish the same stage of the same group, so there is no change to show.")
        return
    print(fill(headline_waves(changes, lang="en"), WIDTH))
    for (group, _, _), step in changes.groupby(["group", "first", "second"], sort=False):
        _print_differences(f"\n{group}:", step, ["second", "first"])
    note(fill("Who answers may change from wave to wave; an interval knows nothing of that.", WIDTH))


def _print_differences(headline: str, rows: pd.DataFrame, sides: list[str]) -> None:
    """One table of two sides: their printed shares, the difference, its bounds, and p where there is one."""
    from analysis.old.words.telling.figures import decimals_of

    first, decimals = rows.iloc[0], decimals_of(rows)
    rounding = first["method"] == "rounding"
    heads = ["stage", *(str(first[side]) for side in sides), "points"]
    heads += ["rounding leaves"] if rounding else [f"{100 * first['level']:g}% interval", "p"]
    several = not rounding and bool((rows["n_tables"].fillna(0) != 1).any())
    finer = decimals + (not rounding)
    cells = []
    for row in rows.to_dict("records"):
        stage = f"≥ {row['stage']}" if row["measure"] == "at_least" else str(row["stage"])
        line = [stage, *(_percent(row[f"percent_{side}"], decimals) for side in sides)]
        line += [_figure(row, finer, sign=True), _range(row["low"], row["high"], finer, sign=True)]
        line += [] if rounding else [_p(row["p_adjusted"])]
        cells.append(line + ([VERDICTS[row["verdict"]]] if several else []))
    print_table(headline, heads + (["tables"] if several else []), cells)


def _effect_rows(found: dict[str, Any]) -> list[list[str]]:
    return [
        [
            row["measure"].replace("_", " "),
            _number(row["estimate"]) or _numbers(row["estimate_low"], row["estimate_high"]),
            _numbers(row["low"], row["high"]),
            _p(row["p_value"]),
        ]
        for row in found["effects"].to_dict("records")
    ]


def _share_rows(found: dict[str, Any]) -> list[list[str]]:
    from analysis.old.words.telling.figures import decimals_of

    shares = found["shares"]
    decimals = decimals_of(shares) + 1
    return [
        [
            row["target"],
            row["group"],
            row["stage"],
            _figure(row, decimals),
            _range(row["low"], row["high"], decimals),
        ]
        for row in shares[shares["measure"] == "stage"].to_dict("records")
    ]


def _figure(row: Mapping[Hashable, Any], decimals: int, *, sign: bool = False) -> str:
    """An estimate in points or per cent; where the tables differ, its range."""
    if isnan(row["estimate"]):
        return _range(row["estimate_low"], row["estimate_high"], decimals, sign=sign)
    return _hundred(row["estimate"], decimals, sign=sign)


def _range(low: float, high: float, decimals: int, *, sign: bool = False) -> str:
    return f"{_hundred(low, decimals, sign=sign)} to {_hundred(high, decimals, sign=sign)}"


def _hundred(share: float, decimals: int, *, sign: bool = False) -> str:
    from analysis.old.words.wording import format_number

    return format_number(100 * share, "en", decimals, sign=sign)


def _percent(value: float, decimals: int) -> str:
    from analysis.old.words.wording import format_percent

    return "" if isnan(value) else format_percent(value, "en", decimals)


def _number(value: float) -> str:
    return "" if isnan(value) else f"{value:.3f}"


def _numbers(low: float, high: float) -> str:
    return "" if isnan(low) else f"{low:.3f} to {high:.3f}"


def _p(value: float) -> str:
    return "" if isnan(value) else "<0.001" if value < 0.001 else f"{value:.3f}"


def _basis(found: dict[str, Any]) -> str:
    """Where the numbers come from, and what the intervals take for granted."""
    sample = (
        "p is adjusted for the number of stages and the largest that fits. Intervals take the answers for a "
        "random sample, which a census with missing answers is not."
    )
    if "reason" not in found:
        n_tables = found["n_tables"]
        fitting = "the one table" if n_tables == 1 else f"each of the {n_tables} tables"
        fit = "fits" if n_tables == 1 else "fit"
        return f"Computed on {fitting} of counts that {fit} the published percentages; {sample}"
    reason = f"{found['reason'][0].upper()}{found['reason'][1:].rstrip('.')}"
    if set(found["differences"]["method"]) <= {"rounding"}:
        return f"{reason}; so the published shares are compared, with what rounding leaves open."
    return f"{reason}; so each cell is taken over all counts that it can have; {sample}"
