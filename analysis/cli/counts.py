"""Commands on the counts behind the percentages: ``recover``, ``sizes``, ``audit``, ``disclose``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from analysis.cli import options
from analysis.cli.output import WIDTH, print_json, print_table, wrapped
from analysis.errors import RecoveryError
from analysis.rounding import join_ends

if TYPE_CHECKING:
    import pandas as pd

SHOWN_SIZES = 12  # rows of feasible n for people; --json has them all
TAKEN_AS = {  # by what the counts presume
    "all": "Taken as unweighted, all answers shown, one answer each.",
    "rest": "Taken as unweighted, one answer each, with or without answers that have no row.",
    "multiple": "Taken as unweighted, several answers each.",
}
FOUND = {  # by where the tables come from, or how many there are
    "counted": "The survey has the counts of {wave} (n: {sizes}).",
    "unique": "Exactly one table of counts fits the percentages of {wave}, given its n and rounding.",
    "several": "{n_tables} tables of counts fit the percentages of {wave}. Fewest-most answers in each cell:",
    "too_many": "Too many tables of counts fit the percentages of {wave} to list. "
    "No table has fewer or more answers than these:",
    "none": "{reason}.",
}
SIZES_FOUND = {
    "too_many": "Too many n up to {max_n} fit {wave} under {either} to list together; the least and the "
    "greatest by which each group fits alone:",
    "several": "{n_feasible} combinations of n up to {max_n} fit {wave} under {either}, with {n_tables} "
    "tables; the smallest is {least}.",
    "one": "One combination of n up to {max_n} fits {wave} under {either}: {least}; tables: {n_tables}.",
    "none": "No n up to {max_n} fits {wave} under {either}.",
}
AUDITED = (
    "Each alone: how many columns of counts print that group's percentages; together: how many tables print "
    "all of them; nearest n: the closest n for which the rule can print them, - where none is near."
)
RISKS = {  # by what a reader can work out
    "exposed": "exposed: the exact count can be worked out.",
    "small": "small: it can be worked out that the count is below {minimum}.",
    "narrow": "narrow: not published, but fewer than {minimum} counts are possible.",
}
MaxNOption = Annotated[
    int | None, Option(metavar="N", help="Try every n up to N, instead of the survey's own.", min=1)
]


@options.about_a_table
def recover(
    asked: options.Asked,
    *,
    n: options.NOption = None,
    max_n: MaxNOption = None,
    rounding: options.RoundingOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Find every table of counts that rounds to the published percentages.

    The counts are worked out from n and the rounding rules. Where more tables fit than can be listed, each
    cell has its fewest and most answers.
    """
    from analysis.counts.recovery import cell_bounds, recover_counts

    given = options.counted_with(n, rounding) | {"max_n": max_n}
    count_tables = recover_counts(*asked, **given)
    attrs = count_tables.attrs
    bounds = cell_bounds(*asked, **given) if attrs["status"] in {"several", "too_many"} else None
    if not as_json:
        _print_tables(count_tables, bounds)
        return
    names = ("wave", "status", "n_tables", "rules", "n", "basis", "admitted", "assumed", "reason")
    content = {name: attrs[name] for name in names if name in attrs}
    groups = count_tables.columns.get_level_values(0).unique()
    content["count_tables"] = [
        {group: dict(row[group]) for group in groups}
        for _, row in count_tables.iloc[: attrs["n_tables"] or 0].iterrows()
    ]
    print_json(content | ({} if bounds is None else {"bounds": bounds}))


@options.about_a_table
def sizes(
    asked: options.Asked,
    *,
    max_n: Annotated[int, Option(metavar="N", help="The largest n to try for a group.", min=1)] = 150,
    n: options.NOption = None,
    rounding: options.RoundingOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Find every n that the percentages could have, and how much of the total each group makes up."""
    from analysis.counts.sizes import consistent_sizes, weight_bounds

    given = options.counted_with(n, rounding)
    feasible = consistent_sizes(*asked, max_n=max_n, **given)
    given.pop("n", None)
    try:
        weights = weight_bounds(*asked, **given)
    except RecoveryError:
        weights = None  # no total beside the groups, so there are no weights
    if not as_json:
        _print_sizes(feasible, weights)
        return
    names = ("wave", "status", "rules", "max_n", "n_feasible", "n_tables", "smallest", "all_from")
    content = {name: feasible.attrs[name] for name in names} | {"sizes": feasible}
    print_json(content | ({} if weights is None else {"weights": weights}))


@options.about_a_table
def audit(
    asked: options.Asked,
    *,
    n: options.NOption = None,
    max_n: MaxNOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Say which rounding rules could have printed the table, and which n the others would need."""
    from analysis.counts.audit import audit_rounding

    rules = audit_rounding(*asked, **options.counted_with(n), max_n=max_n)
    if as_json:
        print_json({"wave": rules.attrs["wave"], "audit": rules})
        return
    fitting = rules.loc[rules["fits"], "rule"].tolist()
    columns = list(rules.attrs["n"])
    found = f"{len(fitting)} of {len(rules)} rounding rules could have printed {rules.attrs['wave']}"
    found += f": {', '.join(fitting)}." if fitting else "."
    rows = []
    for row in rules.to_dict("records"):
        together, *ways = ("many" if row[name] is None else str(row[name]) for name in ("n_tables", *columns))
        nearest = " / ".join(map(str, row["nearest"].values())) if row["nearest"] else "-"
        rows.append([row["rule"], " / ".join(ways) if row["sums"] else "sum impossible", together, nearest])
    _print_found(found, ["rule", "each alone", "together", "nearest n"], rows)
    print(wrapped(f"{AUDITED} In this order: {' / '.join(columns)}."))
    print(wrapped(f"{taken_as(rules)} n: {_sizes_said(rules.attrs['n'])}."))


@options.about_a_table
def disclose(
    asked: options.Asked,
    *,
    minimum: Annotated[int, Option(metavar="N", help="The fewest answers that a cell may show.", min=1)] = 3,
    n: options.NOption = None,
    max_n: MaxNOption = None,
    rounding: options.RoundingOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Say, before a table is published, which of its percentages give small counts away."""
    from analysis.counts.disclosure import disclosure_risk
    from analysis.words.language import voice_of

    risks = disclosure_risk(*asked, minimum=minimum, **options.counted_with(n, rounding), max_n=max_n)
    risky, wave = risks[risks["risk"] != "none"], risks.attrs["wave"]
    if as_json:
        print_json({"wave": wave, "minimum": minimum, "n_at_risk": len(risky), "risks": risks})
        return
    voice = voice_of(risks)
    rows = [
        [row.group, voice.stage(str(row.stage)), join_ends(row.low, row.high), row.risk]
        for row in risky.itertuples()
    ]
    found = f"Cells of {wave} at risk with a minimum of {minimum} answers: {len(risky)} of {len(risks)}."
    _print_found(found, ["group", "stage", "answers", "risk"], rows, left=2)
    for risk in filter(set(risky["risk"]).__contains__, RISKS):
        print(wrapped(RISKS[risk].format(minimum=minimum)))


def _print_tables(count_tables: pd.DataFrame, bounds: pd.DataFrame | None) -> None:
    """How many tables fit, what they have in common, what that means for the groups, and what is presumed."""
    from analysis.words.language import sentence, voice_of
    from analysis.words.recovery import low_sums

    attrs, voice = count_tables.attrs, voice_of(count_tables)
    said = {"sizes": _sizes_said(attrs["n"]), "reason": sentence(attrs.get("reason") or "")}
    found = FOUND["counted" if attrs["basis"] == "counted" else attrs["status"]].format_map(attrs | said)
    if attrs["status"] == "none":
        print(wrapped(found))
        return
    groups, stages = (list(count_tables.columns.get_level_values(level).unique()) for level in (0, 1))
    if bounds is None:
        cells = {cell: str(count) for cell, count in count_tables.iloc[0].items()}
    else:
        groups = list(dict.fromkeys(bounds["group"]))
        cells = {(row.group, row.stage): join_ends(row.low, row.high) for row in bounds.itertuples()}
    rows = [[voice.stage(stage), *(cells[group, stage] for group in groups)] for stage in stages]
    widths = [max(map(len, column)) for column in zip(["stage", *groups], *rows, strict=True)]
    if sum(widths) + 3 * len(widths) <= WIDTH:
        _print_found(found, ["stage", *groups], rows)
    else:  # too wide for a terminal: a line for each cell
        rows = [[group, voice.stage(stage), cells[group, stage]] for group in groups for stage in stages]
        _print_found(found, ["group", "stage", "answers"], rows, left=2)
    told = []
    if bounds is not None:
        same = int((bounds["low"] == bounds["high"]).sum())
        told.append(f"The same in all of them: {same} of {len(bounds)} cells.")
    if attrs["basis"] == "recovered":
        from analysis.inference.differences import compare_stages

        told += findings({"differences": compare_stages(count_tables)}, "stage")
        told.append(assumed_of(count_tables))
    if attrs["admitted"]:
        by_rule = ", ".join(f"{rule} {number}" for rule, number in attrs["admitted"].items())
        told.append(f"Tables by rule: {by_rule}.")
    for text in (*told, *low_sums(count_tables, voice, in_shell=True)):
        print(wrapped(text))


def findings(frames: Mapping[str, pd.DataFrame], kind: str) -> list[str]:
    """What is found, in the words of the report."""
    from analysis.words.conclusions import statements
    from analysis.words.language import voice_of

    told = statements(frames, voice_of(next(iter(frames.values()))))
    return [statement.text for statement in told if statement.kind == kind]


def assumed_of(frame: pd.DataFrame) -> str:
    """What recovered counts presume, and the n and the rules that they are recovered under."""
    return f"{taken_as(frame)} n: {_sizes_said(frame.attrs['n'])}. Rounding: {_either(frame.attrs['rules'])}."


def taken_as(frame: pd.DataFrame) -> str:
    """What the counts of a frame presume, as its codebook has it."""
    from analysis.codebook import codebook_of
    from analysis.words.recovery import presumed

    return TAKEN_AS[presumed(codebook_of(frame))]


def _print_sizes(feasible: pd.DataFrame, weights: pd.DataFrame | None) -> None:
    attrs = feasible.attrs
    listed = attrs["status"] != "too_many"
    least = ", ".join(f"{group}={n}" for group, n in (attrs["smallest"] or {}).items())
    several = "one" if len(feasible) == 1 else "several"
    found = SIZES_FOUND["too_many" if not listed else several if least else "none"]
    shown = feasible if listed else feasible.drop(columns=["n", "n_tables"])
    _print_found(
        found.format_map(attrs | {"either": _either(attrs["rules"]), "least": least}),
        shown.columns,
        list(shown.head(SHOWN_SIZES).itertuples(index=False, name=None)),
        left=0,
    )
    if len(feasible) > SHOWN_SIZES:
        print(f"… and {len(feasible) - SHOWN_SIZES} more; --json lists them all.")
    if weights is not None:
        for rule, group, low, high in weights.dropna()[["rule", "group", "low", "high"]].to_numpy():
            share = f"{100 * low:.1f} to {100 * high:.1f}%"
            print(f"{rule}: {group} is {share} of all, whatever n is.")
    print(wrapped(taken_as(feasible)))


def _sizes_said(sizes: Mapping[str, Any]) -> str:
    ends = {group: n if isinstance(n, list) else [n] for group, n in sizes.items() if n}
    return ", ".join(f"{group} {join_ends(n[0], n[-1])}" for group, n in ends.items())


def _either(rules: Sequence[str]) -> str:
    *others, last = rules
    return f"{', '.join(others)} or {last}" if others else last


def _print_found(
    found: str, heads: Iterable[str], rows: Sequence[Sequence[object]], *, left: int = 1
) -> None:
    """The finding, and under it the table that shows it, if any."""
    if rows:
        print_table(wrapped(found), heads, rows, left=left)
    else:
        print(wrapped(found))
