"""Commands on the counts behind the percentages: ``recover``, ``sizes``, ``audit``, ``disclose``."""

from __future__ import annotations

import re
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analysis.cli.output import JsonOption, SurveyOption, print_json, print_table
from analysis.errors import RequestError, quote

if TYPE_CHECKING:
    import pandas as pd

WIDTH = 80  # columns of a terminal
SHOWN_SIZES = 12  # rows of feasible n for people; --json has them all
WaveArgument = Annotated[str, typer.Argument(help="The id of the wave, as 2020-autumn.")]
NOption = Annotated[
    str,
    typer.Option("--n", metavar="GROUP=N,…", help="n of groups, or a range: vocational=80,general=95-97."),
]
MaxNOption = Annotated[
    int | None, typer.Option(metavar="N", help="The survey's n are not used: any n up to N.", min=1)
]
RoundingOption = Annotated[
    str, typer.Option(metavar="RULE,…", help="Rounding rules, united; maturity audit lists them all.")
]
TotalOption = Annotated[str, typer.Option(metavar="RULE,…", help="Another rule for the total.")]
MinimumOption = Annotated[int, typer.Option(help="The fewest answers that a cell may show.", min=1)]


def register(app: typer.Typer) -> None:
    """Add this family's commands to the program."""
    app.command("recover")(recover)
    app.command("sizes")(sizes)
    app.command("audit")(audit)
    app.command("disclose")(disclose)


def recover(
    wave: WaveArgument,
    survey: SurveyOption = None,
    *,
    n: NOption = "",
    max_n: MaxNOption = None,
    rounding: RoundingOption = "",
    total_rounding: TotalOption = "",
    as_json: JsonOption = False,
) -> None:
    """Find every table of counts that rounds to the published percentages.

    Counts are derived, given n and the rules. More tables than can be listed are bounded cell by cell.
    """
    from analysis.old.counts.ranges import cell_bounds
    from analysis.old.counts.recovery import recover_counts
    from analysis.survey.table import load_survey

    frame = load_survey(survey)
    given: dict[str, Any] = {"n": read_sizes(n), "max_n": max_n, **read_rules(rounding, total_rounding)}
    count_tables = recover_counts(frame, wave, **given)
    attrs = count_tables.attrs
    bounds = None
    if attrs["status"] in {"several", "too_many"}:
        bounds = cell_bounds(frame, wave, **given)
    if as_json:
        names = ("wave", "status", "n_tables", "rules", "n", "basis", "admitted", "reason")
        content = {name: attrs[name] for name in names if name in attrs}
        listed = attrs["status"] != "too_many"
        content |= {"count_tables": count_tables if listed else count_tables.iloc[:0]}
        content |= {} if listed else {"sample": count_tables, "seed": attrs["seed"]}
        print_json(content | ({} if bounds is None else {"bounds": bounds}))
        return
    _print_tables(count_tables, bounds)


def sizes(
    wave: WaveArgument,
    survey: SurveyOption = None,
    *,
    max_n: Annotated[int, typer.Option(metavar="N", help="The largest n of a group to try.", min=1)] = 300,
    n: NOption = "",
    rounding: RoundingOption = "",
    total_rounding: TotalOption = "",
    as_json: JsonOption = False,
) -> None:
    """Find every n that the percentages could have, and the groups' weights in the total."""
    from analysis.old.counts.sizes import consistent_sizes
    from analysis.survey.table import load_survey

    frame = load_survey(survey)
    rules = read_rules(rounding, total_rounding)
    feasible = consistent_sizes(frame, wave, max_n=max_n, n=read_sizes(n), **rules)
    weights = _weights(frame, wave, rules)
    if as_json:
        names = ("wave", "rules", "max_n", "n_feasible", "n_tables", "smallest", "all_from")
        content = {name: feasible.attrs[name] for name in names}
        print_json(content | {"sizes": feasible} | ({} if weights is None else {"weights": weights}))
        return
    _print_sizes(feasible, weights)


def audit(
    wave: WaveArgument,
    survey: SurveyOption = None,
    n: NOption = "",
    max_n: MaxNOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Tell which rounding rules could have printed the table, and where the others fail."""
    from analysis.old.counts.audit import audit_rounding
    from analysis.survey.table import load_survey

    rules = audit_rounding(load_survey(survey), wave, n=read_sizes(n), max_n=max_n)
    if as_json:
        print_json({"wave": wave, "audit": rules})
        return
    fitting = rules.loc[rules["fits"], "rule"].tolist()
    shown = rules if not rules["sums"].all() else rules.drop(columns="sums")
    heads = [{"n_tables": "together", "nearest": "nearest n"}.get(name, name) for name in shown.columns]
    found = f"{len(fitting)} of {len(rules)} rounding rules could have printed {wave}"
    found += f": {', '.join(fitting)}." if fitting else "."
    rows = [[_shown(value) for value in row] for row in shown.drop(columns="fits").to_numpy().tolist()]
    _print_found(found, [head for head in heads if head != "fits"], rows)


def disclose(
    wave: WaveArgument,
    survey: SurveyOption = None,
    *,
    minimum: MinimumOption = 3,
    n: NOption = "",
    max_n: MaxNOption = None,
    rounding: RoundingOption = "",
    as_json: JsonOption = False,
) -> None:
    """Tell before publishing which cells the percentages give away below a minimum."""
    from analysis.old.counts.disclosure import disclosure_risk
    from analysis.survey.table import load_survey

    given: dict[str, Any] = {"n": read_sizes(n), "max_n": max_n, **read_rules(rounding)}
    risks = disclosure_risk(load_survey(survey), wave, minimum=minimum, **given)
    risky = risks[risks["risk"] != "none"]
    if as_json:
        print_json({"wave": wave, "minimum": minimum, "n_at_risk": len(risky), "risks": risks})
        return
    names = (risky[name].astype(str) for name in ("group", "stage", "risk"))
    rows = [
        [group, stage, answers, risk]
        for group, stage, risk, answers in zip(*names, _spans(risky), strict=True)
    ]
    found = f"Cells of {wave} at risk with a minimum of {minimum} answers: {len(risky)} of {len(risks)}."
    _print_found(found, ["group", "stage", "answers", "risk"], rows, left=2)


def read_sizes(text: str, option: str = "--n") -> dict[str, int | range] | None:
    """The n by group, one number or a range, as in ``vocational=80,general=95-97``.

    Raises
    ------
    RequestError
        A part is not GROUP=N or GROUP=N-N, or a group stands twice.
    """
    sizes: dict[str, int | range] = {}
    for part in filter(None, text.split(",")):
        found = re.fullmatch(r"\s*([^=\s]+)\s*=\s*([0-9]{1,9})(?:-([0-9]{1,9}))?\s*", part, re.ASCII)
        if found is None or found[1] in sizes:
            raise RequestError(
                f"{option} is {quote(text)}; give each group once, as in vocational=80,general=95-97"
            )
        sizes[found[1]] = range(int(found[2]), int(found[3]) + 1) if found[3] else int(found[2])
    return sizes or None


def read_rules(rounding: str, total_rounding: str = "") -> dict[str, Any]:
    """The rules as arguments; what is left out keeps its default."""
    given = {"rounding": rounding, "total_rounding": total_rounding}
    return {name: [rule.strip() for rule in text.split(",")] for name, text in given.items() if text}


def _weights(frame: pd.DataFrame, wave: str, rules: dict[str, Any]) -> pd.DataFrame | None:
    from analysis.errors import RecoveryError
    from analysis.old.counts.sizes import weight_bounds

    try:
        return weight_bounds(frame, wave, **rules)
    except RecoveryError:
        return None  # no total beside the groups, so there are no weights


def _print_tables(count_tables: pd.DataFrame, bounds: pd.DataFrame | None) -> None:
    attrs = count_tables.attrs
    if attrs["status"] == "none":
        print(_wrapped(attrs["reason"][0].upper() + attrs["reason"][1:] + "."))
        return
    groups, stages = (list(count_tables.columns.get_level_values(level).unique()) for level in (0, 1))
    if bounds is None:
        cells = {cell: str(count) for cell, count in count_tables.iloc[0].items()}
    else:
        groups = list(dict.fromkeys(bounds["group"]))
        cells = dict(zip(zip(bounds["group"], bounds["stage"], strict=True), _spans(bounds), strict=True))
    rows = [[stage, *(cells[group, stage] for group in groups)] for stage in stages]
    _print_found(_headline(attrs), ["stage", *groups], rows)
    if attrs["admitted"]:
        by_rule = ", ".join(f"{rule} {number}" for rule, number in attrs["admitted"].items())
        print(_wrapped(f"Tables by rule: {by_rule}."))


def _headline(attrs: dict[Any, Any]) -> str:
    n = ", ".join(f"{group} {_span(*n) if isinstance(n, list) else n}" for group, n in attrs["n"].items())
    if attrs["basis"] == "counted":
        return f"The survey has the counts of {attrs['wave']} (n: {n})."
    given = f"given n ({n}) and rounding by {_either(attrs['rules'])}"
    if attrs["status"] == "unique":
        return f"Exactly one table of counts fits {attrs['wave']}, {given}."
    number = attrs["n_tables"]
    if isinstance(number, dict):
        number = f"About {number['estimate']:.3g} ({number['low']:.3g} to {number['high']:.3g})"
    listed = "" if attrs["status"] == "several" else ", too many to list"
    return (
        f"{number} tables of counts fit {attrs['wave']}{listed}, {given}. Fewest-most answers in each cell:"
    )


def _print_sizes(feasible: pd.DataFrame, weights: pd.DataFrame | None) -> None:
    attrs = feasible.attrs
    rules = _either(attrs["rules"])
    found = f"No n up to {attrs['max_n']} fits {attrs['wave']} under {rules}."
    if attrs["smallest"]:
        smallest = ", ".join(f"{group}={n}" for group, n in attrs["smallest"].items())
        found = (
            f"{attrs['n_feasible']} combinations of n up to {attrs['max_n']} fit {attrs['wave']} under "
            f"{rules}, with {attrs['n_tables']} tables; the smallest is {smallest}."
        )
    rows = [[str(value) for value in row] for row in feasible.head(SHOWN_SIZES).itertuples(index=False)]
    _print_found(found, list(feasible.columns), rows, left=0)
    if len(feasible) > SHOWN_SIZES:
        print(f"… and {len(feasible) - SHOWN_SIZES} more; --json lists them all.")
    if weights is not None:
        for row in weights.dropna().itertuples(index=False):
            print(f"{row.rule}: {row.group} is {row.low:.4f} to {row.high:.4f} of all, whatever n is.")


def _shown(value: Any) -> str:
    """A cell of the audit: a truth value, a number or estimate of tables, or n by group."""
    if isinstance(value, dict):
        return f"{value['estimate']:.3g}" if "estimate" in value else "/".join(map(str, value.values()))
    if value is None:
        return "-"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _either(rules: list[str]) -> str:
    *others, last = rules
    return f"{', '.join(others)} or {last}" if others else last


def _span(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}-{high}"


def _spans(bounds: pd.DataFrame) -> list[str]:
    return [_span(low, high) for low, high in bounds[["low", "high"]].to_numpy().tolist()]


def _print_found(found: str, heads: list[str], rows: list[list[str]], *, left: int = 1) -> None:
    """The finding, and under it the table that shows it, if any."""
    if rows:
        print_table(_wrapped(found), heads, rows, left=left)
    else:
        print(_wrapped(found))


def _wrapped(text: str) -> str:
    return fill(text, WIDTH)
