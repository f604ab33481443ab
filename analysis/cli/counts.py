"""Commands on what percentages can mean: their counts, and the differences between groups and waves.

``recover``, ``sizes``, ``audit``, ``disclose``; ``compare`` and ``waves``.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from math import isnan
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from analysis.cli.options import Asked, JsonOption, SurveyOption, assuming
from analysis.cli.output import WIDTH, print_json, print_table, say
from analysis.errors import RecoveryError
from analysis.rounding import join_ends

if TYPE_CHECKING:
    import pandas as pd

    from analysis.words.language import Voice

SHOWN_SIZES = 12  # rows of feasible n for people; --json has them all
LONGEST_HEAD = 18  # columns of a group's name above its figures
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
METHODS = {
    "exact": "exact test",
    "sampled": "sampled tables",
    "bounds": "bounds",
    "brunner_munzel": "Brunner–Munzel",
    "noncentral_chi_square": "Cramér's V",
    "too_few": "too few answers",
    "unordered": "no order",
    "multiple": "several answers each",
}
STATISTIC_WORDS = {"shape": "whole distribution", "shift": "further along", "size": "size of difference"}
FURTHER = (
    "“Further along” is the probability that an answer of the first group is further along the scale than "
    "one of the second, ties counted by half; at 0.50 neither is."
)
COMPUTED_ON = {  # by how many tables fit, where that is known
    "unique": "Computed on the one table of counts that fits the published percentages.",
    "several": "Computed on each of the {n_tables} tables of counts that fit the published percentages.",
    "too_many": "More tables of counts fit than are listed, so what is said holds within the bounds of each "
    "cell.",
}
PUBLISHED = "{reason}. So the published shares are compared, with what rounding leaves open."
PROMISES = {  # by the adjustment
    "family": "One or more of the {family} statements of the comparison are wrong in at most {error:g} of "
    "100 surveys like this.",
    "none": "Each interval by itself is wrong in about {error:g} of 100 surveys like this; one or another of "
    "them more often.",
}
SAMPLE = "Intervals treat the answers as a random sample, which a census with missing answers is not."
ESTIMATE, INTERVAL = ("estimate_low", "estimate_high"), ("low", "high")


def recover(
    asked: Asked,
    *,
    assumed: Annotated[dict[str, Any], assuming("n", "max_n", "rounding")],
    as_json: JsonOption = False,
) -> None:
    """Find every table of counts that rounds to the published percentages.

    The counts are worked out from n and the rounding rules. Where more tables fit than can be listed, each
    cell has its fewest and most answers.
    """
    from analysis.counts.recovery import cell_bounds, recover_counts

    count_tables = recover_counts(*asked, **assumed)
    attrs = count_tables.attrs
    bounds = cell_bounds(*asked, **assumed) if attrs["status"] in {"several", "too_many"} else None
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


def sizes(
    asked: Asked,
    *,
    max_n: Annotated[int, Option(metavar="N", help="The largest n to try for a group.", min=1)] = 150,
    assumed: Annotated[dict[str, Any], assuming("n", "rounding")],
    as_json: JsonOption = False,
) -> None:
    """Find every n that the percentages could have, and how much of the total each group makes up."""
    from analysis.counts.assumptions import consistent_sizes, weight_bounds

    feasible = consistent_sizes(*asked, max_n=max_n, **assumed)
    assumed.pop("n", None)
    try:
        weights = {"weights": weight_bounds(*asked, **assumed)}
    except RecoveryError:
        weights = {}  # no total beside the groups
    names = ("wave", "status", "rules", "max_n", "n_feasible", "n_tables", "smallest", "all_from")
    content = {name: feasible.attrs[name] for name in names}
    if as_json:
        print_json(content | {"sizes": feasible} | weights)
        return
    many, least = content["status"] == "too_many", _said_sizes(content["smallest"] or {}, "=")
    found = "too_many" if many else "none" if not least else "one" if len(feasible) == 1 else "several"
    said = SIZES_FOUND[found].format(**content, either=_either(content["rules"]), least=least)
    shown = feasible.drop(columns=["n", "n_tables"]) if many else feasible
    print_table(said, shown.columns, shown.head(SHOWN_SIZES).to_numpy().tolist(), left=0)
    if len(feasible) > SHOWN_SIZES:
        print(f"… and {len(feasible) - SHOWN_SIZES} more; --json lists them all.")
    for bounds in weights.values():
        for rule, group, low, high in bounds.dropna().to_numpy():
            print(f"{rule}: {group} is {100 * low:.1f} to {100 * high:.1f}% of all, whatever n is.")
    say(_taken_as(feasible))


def audit(
    asked: Asked,
    *,
    assumed: Annotated[dict[str, Any], assuming("n", "max_n")],
    as_json: JsonOption = False,
) -> None:
    """Say which rounding rules could have printed the table, and which n the others would need."""
    from analysis.counts.assumptions import audit_rounding

    rules = audit_rounding(*asked, **assumed)
    if as_json:
        print_json({"wave": rules.attrs["wave"], "audit": rules})
        return
    fitting = rules.loc[rules["fits"], "rule"].tolist()
    columns = list(rules.attrs["n"])
    found = f"{len(fitting)} of {len(rules)} rounding rules could have printed {rules.attrs['wave']}"
    rows = []
    for row in rules.to_dict("records"):
        together, *ways = ("many" if row[name] is None else str(row[name]) for name in ("n_tables", *columns))
        nearest = " / ".join(map(str, row["nearest"].values())) if row["nearest"] else "-"
        rows.append([row["rule"], " / ".join(ways) if row["sums"] else "sum impossible", together, nearest])
    heads = ["rule", "each alone", "together", "nearest n"]
    print_table(f"{': '.join(filter(None, [found, ', '.join(fitting)]))}.", heads, rows)
    say(f"{AUDITED} In this order: {' / '.join(columns)}.")
    say(f"{_taken_as(rules)} n: {_said_sizes(rules.attrs['n'])}.")


def disclose(
    asked: Asked,
    *,
    minimum: Annotated[int, Option(metavar="N", help="The fewest answers that a cell may show.", min=1)] = 3,
    assumed: Annotated[dict[str, Any], assuming("n", "max_n", "rounding")],
    as_json: JsonOption = False,
) -> None:
    """Say, before a table is published, which of its percentages give small counts away."""
    from analysis.counts.disclosure import disclosure_risk
    from analysis.words.language import voice_of

    risks = disclosure_risk(*asked, minimum=minimum, **assumed)
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
    print_table(found, ["group", "stage", "answers", "risk"], rows, left=2)
    for risk in filter(set(risky["risk"]).__contains__, RISKS):
        say(RISKS[risk].format(minimum=minimum))


def compare(
    asked: Asked,
    *,
    assumed: Annotated[dict[str, Any], assuming("n", "rounding", "level", "adjust", "population")],
    as_json: JsonOption = False,
) -> None:
    """Compare the groups of a wave at each stage and over the whole scale, in every table that fits.

    Where the counts cannot be worked out, the published shares are compared, with what rounding leaves open.
    """
    from analysis.counts.reading import main_wave
    from analysis.inference.findings import frames_of_wave

    wave = asked.wave or main_wave(asked.survey)
    frames = frames_of_wave(asked.survey, wave, **assumed)
    counts = frames.pop("counts").attrs
    facts: dict[str, Any] = {"wave": wave}
    facts |= {name: counts[name] for name in ("status", "n_tables", "reason") if name in counts}
    if as_json:
        print_json(facts | frames)
    else:
        _print_comparison(facts, frames)


def waves(
    survey: SurveyOption = None,
    *,
    assumed: Annotated[dict[str, Any], assuming("rounding", "level", "adjust", "population")],
    as_json: JsonOption = False,
) -> None:
    """Compare each wave with the one before, for each group, at each stage that both publish."""
    from analysis.inference.differences import compare_waves
    from analysis.survey.table import load_survey

    changes = compare_waves(load_survey(survey), **assumed)
    if as_json:
        print_json({"changes": changes})
        return
    if changes.empty:
        print("No two waves publish the same stage of the same group, so there is no change to show.")
        return
    say(*_findings({"changes": changes}, "wave"))
    promises: dict[str, None] = {}
    steps = changes.groupby(["group", "first", "second"], sort=False, observed=True)
    for (group, first, second), step in steps:
        _print_differences(f"{group}:", step, ("second", "first"))
        if (step["verdict"] != "").any():
            promises[_promise(changes, changes.attrs["family"][f"{first} {second}"])] = None
    say(*promises, aside=True)
    say("Different respondents may answer in each wave; the intervals do not account for that.", aside=True)


def _print_tables(count_tables: pd.DataFrame, bounds: pd.DataFrame | None) -> None:
    """How many tables fit, what they have in common, what that means for the groups, and what is presumed."""
    from analysis.words.language import sentence, voice_of
    from analysis.words.reservations import low_sums

    attrs, voice = count_tables.attrs, voice_of(count_tables)
    facts = attrs | {"sizes": _said_sizes(attrs["n"]), "reason": sentence(attrs.get("reason") or "")}
    found = FOUND["counted" if attrs["basis"] == "counted" else attrs["status"]].format_map(facts)
    if attrs["status"] == "none":
        say(found)
        return
    groups, stages = (list(count_tables.columns.unique(level)) for level in (0, 1))
    if bounds is None:
        cells = {cell: str(count) for cell, count in count_tables.iloc[0].items()}
    else:
        groups = list(dict.fromkeys(bounds["group"]))
        cells = {(row.group, row.stage): join_ends(row.low, row.high) for row in bounds.itertuples()}
    rows = [[voice.stage(stage), *(cells[group, stage] for group in groups)] for stage in stages]
    widths = [max(map(len, column)) for column in zip(["stage", *groups], *rows, strict=True)]
    if sum(widths) + 3 * len(widths) <= WIDTH:
        print_table(found, ["stage", *groups], rows)
    else:  # too wide for a terminal: a line for each cell
        rows = [[group, voice.stage(stage), cells[group, stage]] for group in groups for stage in stages]
        print_table(found, ["group", "stage", "answers"], rows, left=2)
    if bounds is not None:
        same = int((bounds["low"] == bounds["high"]).sum())
        say(f"The same in all of them: {same} of {len(bounds)} cells.")
    if attrs["basis"] == "recovered":
        from analysis.inference.differences import compare_stages

        say(*_findings({"differences": compare_stages(count_tables)}, "stage"), _assumed_of(count_tables))
    if attrs["admitted"]:
        by_rule = (f"{rule} {number}" for rule, number in attrs["admitted"].items())
        say(f"Tables by rule: {', '.join(by_rule)}.")
    say(*low_sums(count_tables, voice, in_shell=True))


def _print_comparison(facts: Mapping[str, Any], frames: Mapping[str, pd.DataFrame]) -> None:
    """The finding, the differences of each pair, the whole scale; shares where they add something."""
    from analysis.words.language import sentence, voice_of
    from analysis.words.reservations import low_sums

    differences, shares = frames["differences"], frames["shares"]
    sides = ["first", "second"]
    say(*_findings(frames, "stage"))
    for (first, second), pair in differences.groupby(sides, sort=False, observed=True):
        _print_differences(f"{first} minus {second}:", pair, sides)
    effects = frames.get("effects", differences.iloc[:0])
    for (first, second), rows in effects.groupby(sides, sort=False, observed=True, dropna=False):
        named = "" if str(first) == "nan" else f", {first} against {second}"
        cells = [
            [
                STATISTIC_WORDS[row["statistic"]],
                METHODS[row["method"]],
                *(_numbers(row[low], row[high]) for low, high in (ESTIMATE, INTERVAL)),
                "" if row["statistic"] == "size" else _p(row["p_value"]),
                row["verdict"],
            ]
            for row in rows.to_dict("records")
        ]
        heads = ["", "by", "estimate", "interval", "p", "verdict"]
        print_table(f"Over the whole scale{named}:", heads, cells, left=2)
    voice, finite = voice_of(shares), "population" in shares.attrs
    if not len(differences):
        print(f"{facts['wave']} has one group, so there is nothing to compare.")
    if finite or not len(differences):
        cells = [
            [
                row["group"],
                voice.stage(row["stage"]),
                _range(row, ESTIMATE, voice),
                _range(row, INTERVAL, voice),
            ]
            for row in shares[shares["measure"] == "stage"].to_dict("records")
        ]
        of = "of the population, each group weighted by its members" if finite else "of the answers"
        print_table(f"Shares {of}, %:", ["group", "stage", "share", "95% interval"], cells, left=2)
    reason = sentence(facts.get("reason", "")).rstrip(".")
    say(COMPUTED_ON.get(facts["status"], PUBLISHED).format_map({**facts, "reason": reason}), aside=True)
    if facts["status"] in COMPUTED_ON:
        if len(differences):
            say(_promise(differences, differences.attrs["family"]), aside=True)
        if len(effects) and effects.loc[effects["statistic"] == "shift", ESTIMATE[0]].notna().any():
            say(FURTHER, aside=True)
        presumed = _assumed_of(shares) if shares.attrs["basis"] == "recovered" else _taken_as(shares)
        say(f"{SAMPLE} {presumed}", aside=True)
    say(*low_sums(shares, voice, in_shell=True), aside=True)


def _print_differences(headline: str, rows: pd.DataFrame, sides: Sequence[str]) -> None:
    """One table of two sides: printed shares, difference, interval, verdict; p where one table fits."""
    from analysis.words.language import voice_of

    voice, judged = voice_of(rows), bool((rows["verdict"] != "").any())
    settled = judged and bool(rows["estimate"].notna().all())
    names = [str(rows[side].iloc[0]).replace("-", " ") for side in sides]
    heads = ["stage", *(names if max(map(len, names)) <= LONGEST_HEAD else sides)]  # the headline names them
    interval = f"{100 * rows.attrs['level']:g}% interval"
    heads += ["points", interval, *(["p"] if settled else []), "verdict"] if judged else ["rounding leaves"]
    cells = []
    for row in rows.to_dict("records"):
        stage = voice.stage(row["stage"])
        line = [f"≥\u00a0{stage}" if row["measure"] == "at_least" else stage]
        percents = [row[f"percent_{side}"] for side in sides]
        line += ["" if isnan(percent) else voice.percent(percent) for percent in percents]
        line += [_range(row, ends, voice, sign=True) for ends in (ESTIMATE, INTERVAL)[not judged :]]
        line += [_p(row["p_adjusted"])] if settled else []
        cells.append([*line, row["verdict"]] if judged else line)
    print()
    print_table(headline, heads, cells)


def _findings(frames: Mapping[str, pd.DataFrame], kind: str) -> list[str]:
    """What is found, in the words of the report."""
    from analysis.words.conclusions import statements
    from analysis.words.language import voice_of

    told = statements(frames, voice_of(next(iter(frames.values()))))
    return [statement.text for statement in told if statement.kind == kind]


def _assumed_of(frame: pd.DataFrame) -> str:
    """What recovered counts presume, and the n and the rules that they are recovered under."""
    attrs = frame.attrs
    return f"{_taken_as(frame)} n: {_said_sizes(attrs['n'])}. Rounding: {_either(attrs['rules'])}."


def _taken_as(frame: pd.DataFrame) -> str:
    """What the counts of a frame presume, as its codebook has it."""
    from analysis.codebook import codebook_of
    from analysis.words.reservations import presumed

    return TAKEN_AS[presumed(codebook_of(frame))]


def _said_sizes(sizes: Mapping[str, Any], sign: str = " ") -> str:
    ends = {group: n if isinstance(n, list) else [n] for group, n in sizes.items() if n}
    return ", ".join(f"{group}{sign}{join_ends(n[0], n[-1])}" for group, n in ends.items())


def _either(rules: Sequence[str]) -> str:
    *others, last = rules
    return f"{', '.join(others)} or {last}" if others else last


def _numbers(low: float, high: float) -> str:
    return "" if isnan(low) else " to ".join(dict.fromkeys([f"{low:.2f}", f"{high:.2f}"]))


def _range(row: Mapping[Hashable, Any], ends: Sequence[str], voice: Voice, *, sign: bool = False) -> str:
    """What lies between two shares in points or per cent; one figure where they are the same."""
    low, high = (row[end] for end in ends)
    decimals = voice.decimals + (abs(high - low) < 1e-12)  # one more where it is known
    if sign:
        return voice.interval(low, high, decimals, sign=True)
    return voice.numbers_range(100 * low, 100 * high, decimals)


def _p(value: float) -> str:
    return "" if isnan(value) else "<0.001" if value < 0.001 else f"{value:.3f}"


def _promise(frame: pd.DataFrame, family: int) -> str:
    """What the intervals promise together, or each."""
    return PROMISES[frame.attrs["adjust"]].format(family=family, error=100 * (1 - frame.attrs["level"]))
