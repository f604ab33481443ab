"""Commands on the counts behind the percentages: ``recover``, ``sizes``, ``audit``, ``disclose``."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analysis.cli import options
from analysis.cli.output import JsonOption, print_json, print_table
from analysis.errors import RecoveryError

if TYPE_CHECKING:
    import pandas as pd

    from analysis.words.language import Voice

WIDTH = 80  # columns of a terminal
SHOWN_SIZES = 12  # rows of feasible n for people; --json has them all
TAKEN_AS = {  # by what the counts presume
    "all": "Taken as unweighted, all answers shown, one answer each",
    "rest": "Taken as unweighted, one answer each, with or without answers that have no row",
    "multiple": "Taken as unweighted, several answers each",
}
MaxNOption = Annotated[
    int | None, typer.Option(metavar="N", help="Try any n up to N, not the survey's own.", min=1)
]
MinimumOption = Annotated[int, typer.Option(help="The fewest answers that a cell may show.", min=1)]


def register(app: typer.Typer) -> None:
    """Add this family's commands to the program."""
    app.command("recover")(recover)
    app.command("sizes")(sizes)
    app.command("audit")(audit)
    app.command("disclose")(disclose)


@options.about_a_table
def recover(
    asked: options.Asked,
    *,
    n: options.NOption = None,
    max_n: MaxNOption = None,
    rounding: options.RoundingOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find every table of counts that rounds to the published percentages.

    Counts are derived, given n and the rules. More tables than can be listed are bounded cell by cell.
    """
    from analysis.counts.recovery import cell_bounds, recover_counts

    given = _given(n, rounding) | {"max_n": max_n}
    count_tables = recover_counts(*asked, **given)
    attrs = count_tables.attrs
    bounds = cell_bounds(*asked, **given) if attrs["status"] in {"several", "too_many"} else None
    if as_json:
        names = ("wave", "status", "n_tables", "rules", "n", "basis", "admitted", "assumed", "reason")
        content = {name: attrs[name] for name in names if name in attrs}
        content["count_tables"] = count_tables.iloc[: attrs["n_tables"] or 0].rename_axis(index=None)
        print_json(content | ({} if bounds is None else {"bounds": bounds}))
        return
    _print_tables(count_tables, bounds)


@options.about_a_table
def sizes(
    asked: options.Asked,
    *,
    max_n: Annotated[int, typer.Option(metavar="N", help="The largest n of a group to try.", min=1)] = 150,
    n: options.NOption = None,
    rounding: options.RoundingOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find every n that the percentages could have, and the groups' weights in the total."""
    from analysis.counts.sizes import consistent_sizes

    given = _given(n, rounding)
    feasible = consistent_sizes(*asked, max_n=max_n, **given)
    given.pop("n", None)
    weights = _weights(asked, given)
    if as_json:
        names = ("wave", "status", "rules", "max_n", "n_feasible", "n_tables", "smallest", "all_from")
        content = {name: feasible.attrs[name] for name in names} | {"sizes": feasible}
        print_json(content | ({} if weights is None else {"weights": weights}))
        return
    _print_sizes(feasible, weights)


@options.about_a_table
def audit(
    asked: options.Asked,
    *,
    n: options.NOption = None,
    max_n: MaxNOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell which rounding rules could have printed the table, and where the others fail."""
    from analysis.counts.audit import audit_rounding

    rules = audit_rounding(*asked, **_given(n), max_n=max_n)
    if as_json:
        print_json({"wave": rules.attrs["wave"], "audit": rules})
        return
    fitting = rules.loc[rules["fits"], "rule"].tolist()
    columns = list(rules.attrs["n"])
    found = f"{len(fitting)} of {len(rules)} rounding rules could have printed {rules.attrs['wave']}"
    found += f": {', '.join(fitting)}." if fitting else "."
    rows = []
    for row in rules.to_dict("records"):
        alone = " / ".join(_number(row[column]) for column in columns) if row["sums"] else "sum impossible"
        nearest = " / ".join(map(str, row["nearest"].values())) if row["nearest"] else "-"
        rows.append([row["rule"], alone, _number(row["n_tables"]), nearest])
    _print_found(found, ["rule", "ways to count it", "together", "nearest n"], rows)
    print(_wrapped(f"Ways to count each column by itself: {' / '.join(columns)}."))
    print(_wrapped(f"{taken_as(rules)} n: {_sizes_said(rules.attrs['n'])}."))


@options.about_a_table
def disclose(
    asked: options.Asked,
    *,
    minimum: MinimumOption = 3,
    n: options.NOption = None,
    max_n: MaxNOption = None,
    rounding: options.RoundingOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell before publishing which cells the percentages give away below a minimum."""
    from analysis.counts.disclosure import disclosure_risk

    risks = disclosure_risk(*asked, minimum=minimum, **_given(n, rounding), max_n=max_n)
    risky, wave = risks[risks["risk"] != "none"], risks.attrs["wave"]
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


def _given(n: Sequence[str] | None, rounding: Sequence[str] | None = None) -> dict[str, Any]:
    """What was assumed, as keywords; what was left out keeps its default."""
    names = options.read_rules(rounding)
    return {"n": options.read_sizes(n)} | ({"rounding": names} if names else {})


def _weights(asked: options.Asked, rules: dict[str, Any]) -> pd.DataFrame | None:
    from analysis.counts.sizes import weight_bounds

    try:
        return weight_bounds(*asked, **rules)
    except RecoveryError:
        return None  # no total beside the groups, so there are no weights


def _print_tables(count_tables: pd.DataFrame, bounds: pd.DataFrame | None) -> None:
    """How many tables fit, what they have in common, what that means for the groups, and what is presumed."""
    from analysis.words.language import voice_of
    from analysis.words.recovery import low_sums

    attrs, voice = count_tables.attrs, voice_of(count_tables, "en")
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
    widths = [max(map(len, map(str, column))) for column in zip(["stage", *groups], *rows, strict=True)]
    if sum(widths) + 3 * len(widths) <= WIDTH:
        _print_found(_headline(attrs), ["stage", *groups], rows)
    else:  # too wide for a terminal: a line for each cell
        rows = [[group, stage, cells[group, stage]] for group in groups for stage in stages]
        _print_found(_headline(attrs), ["group", "stage", "answers"], rows, left=2)
    told = []
    if bounds is not None:
        same = int((bounds["low"] == bounds["high"]).sum())
        told.append(f"The same in all of them: {same} of {len(bounds)} cells.")
    if attrs["basis"] == "recovered":
        told += _differences(count_tables, voice)
        n = _sizes_said(attrs["n"])
        told.append(f"{taken_as(count_tables)} n: {n}. Rounding: {_either(attrs['rules'])}.")
    if attrs["admitted"]:
        by_rule = ", ".join(f"{rule} {number}" for rule, number in attrs["admitted"].items())
        told.append(f"Tables by rule: {by_rule}.")
    for text in (*told, *low_sums(count_tables, voice, in_shell=True)):
        print(_wrapped(text))


def _differences(count_tables: pd.DataFrame, voice: Voice) -> list[str]:
    """What the tables mean for the differences between the groups, in the words of the report."""
    from analysis.inference.differences import compare_stages
    from analysis.words.conclusions import statements

    differences = compare_stages(count_tables)
    told = statements({"differences": differences}, voice) if len(differences) else []
    return [statement.text for statement in told if statement.kind == "stage"]


def taken_as(frame: pd.DataFrame) -> str:
    """What the counts of a frame presume, as its codebook has it."""
    from analysis.codebook import codebook_of
    from analysis.words.recovery import presumed

    return f"{TAKEN_AS[presumed(codebook_of(frame))]}."


def _headline(attrs: dict[Any, Any]) -> str:
    wave = attrs["wave"]
    if attrs["basis"] == "counted":
        return f"The survey has the counts of {wave} (n: {_sizes_said(attrs['n'])})."
    if attrs["status"] == "unique":
        return f"Exactly one table of counts fits {wave}, given its n and rounding."
    if attrs["status"] == "too_many":
        return f"Too many tables of counts fit {wave} to list. No table has fewer or more answers than these:"
    return f"{attrs['n_tables']} tables of counts fit {wave}. Fewest-most answers in each cell:"


def _print_sizes(feasible: pd.DataFrame, weights: pd.DataFrame | None) -> None:
    attrs = feasible.attrs
    up_to, rules = f"up to {attrs['max_n']}", _either(attrs["rules"])
    found = f"No n {up_to} fits {attrs['wave']} under {rules}."
    if attrs["status"] == "too_many":
        found = (
            f"Too many n {up_to} fit {attrs['wave']} under {rules} to list together; the least and the "
            "greatest by which each group fits alone:"
        )
    elif attrs["smallest"]:
        smallest = ", ".join(f"{group}={n}" for group, n in attrs["smallest"].items())
        found = (
            f"{attrs['n_feasible']} combinations of n {up_to} fit {attrs['wave']} under {rules}, with "
            f"{attrs['n_tables']} tables; the smallest is {smallest}."
        )
    shown = feasible if attrs["status"] != "too_many" else feasible.drop(columns=["n", "n_tables"])
    rows = [[str(value) for value in row] for row in shown.head(SHOWN_SIZES).itertuples(index=False)]
    _print_found(found, list(shown.columns), rows, left=0)
    if len(feasible) > SHOWN_SIZES:
        print(f"… and {len(feasible) - SHOWN_SIZES} more; --json lists them all.")
    if weights is not None:
        for row in weights.dropna().itertuples(index=False):
            print(f"{row.rule}: {row.group} is {row.low:.4f} to {row.high:.4f} of all, whatever n is.")
    print(_wrapped(taken_as(feasible)))


def _number(ways: int | None) -> str:
    return "many" if ways is None else str(ways)


def _sizes_said(sizes: dict[str, Any]) -> str:
    ends = {group: n if isinstance(n, list) else [n] for group, n in sizes.items() if n}
    return ", ".join(f"{group} {_span(n[0], n[-1])}" for group, n in ends.items())


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
