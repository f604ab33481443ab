"""Commands that compare: ``compare`` the groups of a wave, ``waves`` with the waves before."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

from analysis.cli import options
from analysis.cli.counts import assumed_of, findings, taken_as
from analysis.cli.output import note, print_json, print_table, wrapped

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    import pandas as pd

    from analysis.words.language import Voice

LONGEST_HEAD = 18  # columns of a group's name above its figures
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
SAMPLE = "Intervals treat the answers as a random sample, which a census with missing answers is not."
ESTIMATE, INTERVAL = ("estimate_low", "estimate_high"), ("low", "high")
LISTED = {"unique", "several", "too_many"}  # what has counts, or their bounds


@options.about_a_table
def compare(
    asked: options.Asked,
    *,
    n: options.NOption = None,
    rounding: options.RoundingOption = None,
    level: options.LevelOption = 0.95,
    adjust: options.AdjustOption = "family",
    population: options.PopulationOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Compare the groups of a wave at each stage and over the whole scale, in every table that fits.

    Where the counts cannot be worked out, the published shares are compared, with what rounding leaves open.
    """
    from analysis.counts.reading import main_wave
    from analysis.inference.findings import frames_of_wave

    assumed = options.assumptions(n, rounding, level, adjust, population)
    wave = asked.wave or main_wave(asked.survey)
    frames = frames_of_wave(asked.survey, wave, **assumed)
    counts = frames.pop("counts").attrs
    facts: dict[str, Any] = {"wave": wave}
    facts |= {name: counts[name] for name in ("status", "n_tables", "reason") if name in counts}
    if as_json:
        print_json(facts | frames)
    else:
        _print_comparison(frames, facts)


def waves(
    survey: options.SurveyOption = None,
    *,
    rounding: options.RoundingOption = None,
    level: options.LevelOption = 0.95,
    adjust: options.AdjustOption = "family",
    population: options.PopulationOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Compare each wave with the one before, for each group, at each stage that both publish."""
    from analysis.inference.differences import compare_waves
    from analysis.survey.table import load_survey

    assumed = options.assumptions(None, rounding, level, adjust, population)
    changes = compare_waves(load_survey(survey), **assumed)
    if as_json:
        print_json({"changes": changes})
        return
    if changes.empty:
        print("No two waves publish the same stage of the same group, so there is no change to show.")
        return
    for text in findings({"changes": changes}, "wave"):
        print(wrapped(text))
    promised: dict[str, None] = {}
    steps = changes.groupby(["group", "first", "second"], sort=False, observed=True)
    for (group, first, second), step in steps:
        _print_differences(f"\n{group}:", step, ("second", "first"))
        if (step["verdict"] != "").any():
            promised[_promise(changes, changes.attrs["family"][f"{first} {second}"])] = None
    for text in promised:
        note(wrapped(text))
    note(wrapped("Different respondents may answer in each wave; the intervals do not account for that."))


def _print_comparison(frames: dict[str, pd.DataFrame], facts: dict[str, Any]) -> None:
    """The finding, the differences of each pair, the whole scale; shares where they add something."""
    from analysis.words.language import voice_of
    from analysis.words.recovery import low_sums

    differences, shares = frames["differences"], frames["shares"]
    sides = ["first", "second"]
    for text in findings(frames, "stage"):
        print(wrapped(text))
    for (first, second), pair in differences.groupby(sides, sort=False, observed=True):
        _print_differences(f"\n{first} minus {second}:", pair, sides)
    effects = frames.get("effects", differences.iloc[:0])
    for (first, second), rows in effects.groupby(sides, sort=False, observed=True, dropna=False):
        named = "" if str(first) == "nan" else f", {first} against {second}"
        heads = ["", "by", "estimate", "interval", "p", "verdict"]
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
        print_table(f"Over the whole scale{named}:", heads, cells, left=2)
    voice, finite = voice_of(shares), "population" in shares.attrs
    if not len(differences):
        print(f"{facts['wave']} has one group, so there is nothing to compare.")
    if finite or not len(differences):
        cells = [
            [
                row["group"],
                voice.stage(row["stage"]),
                *(_range(row, ends, voice) for ends in (ESTIMATE, INTERVAL)),
            ]
            for row in shares[shares["measure"] == "stage"].to_dict("records")
        ]
        of = "of the population, each group weighted by its members" if finite else "of the answers"
        print_table(wrapped(f"Shares {of}, %:"), ["group", "stage", "share", "95% interval"], cells, left=2)
    told = [_basis(facts)]
    if facts["status"] in LISTED:
        if len(differences):
            told.append(_promise(differences, differences.attrs["family"]))
        if len(effects) and effects.loc[effects["statistic"] == "shift", ESTIMATE[0]].notna().any():
            told.append(FURTHER)
        presumed = assumed_of(shares) if shares.attrs["basis"] == "recovered" else taken_as(shares)
        told.append(f"{SAMPLE} {presumed}")
    for text in (*told, *low_sums(shares, voice, in_shell=True)):
        note(wrapped(text))


def _print_differences(headline: str, rows: pd.DataFrame, sides: Sequence[str]) -> None:
    """One table of two sides: printed shares, difference, interval, verdict; p where one table fits."""
    from analysis.words.language import voice_of

    voice, judged = voice_of(rows), bool((rows["verdict"] != "").any())
    known = judged and bool(rows["estimate"].notna().all())
    names = [str(rows[side].iloc[0]).replace("-", " ") for side in sides]
    heads = ["stage", *(names if max(map(len, names)) <= LONGEST_HEAD else sides)]  # the headline names them
    interval = f"{100 * rows.attrs['level']:g}% interval"
    heads += ["points", interval, *(["p"] if known else []), "verdict"] if judged else ["rounding leaves"]
    cells = []
    for row in rows.to_dict("records"):
        stage = voice.stage(row["stage"])
        line = [f"≥\u00a0{stage}" if row["measure"] == "at_least" else stage]
        percents = [row[f"percent_{side}"] for side in sides]
        line += ["" if isnan(percent) else voice.percent(percent) for percent in percents]
        line += [_range(row, ends, voice, sign=True) for ends in (ESTIMATE, INTERVAL)[not judged :]]
        line += [_p(row["p_adjusted"])] if known else []
        cells.append([*line, row["verdict"]] if judged else line)
    print_table(headline, heads, cells)


def _numbers(low: float, high: float) -> str:
    ends = [f"{low:.2f}", f"{high:.2f}"]
    return "" if isnan(low) else " to ".join(dict.fromkeys(ends))


def _range(row: Mapping[Hashable, Any], ends: Sequence[str], voice: Voice, *, sign: bool = False) -> str:
    """What lies between two shares in points or per cent; one figure where they are the same."""
    low, high = (row[end] for end in ends)
    decimals = voice.decimals + (abs(high - low) < 1e-12)  # one more where it is known
    if sign:
        return voice.interval(low, high, decimals, sign=True)
    return voice.numbers_range(100 * low, 100 * high, decimals)


def _p(value: float) -> str:
    return "" if isnan(value) else "<0.001" if value < 0.001 else f"{value:.3f}"


def _basis(facts: dict[str, Any]) -> str:
    """Where the numbers come from."""
    from analysis.words.language import sentence

    if facts["n_tables"]:
        one = facts["n_tables"] == 1
        tables = "the one table" if one else f"each of the {facts['n_tables']} tables"
        return f"Computed on {tables} of counts that {'fits' if one else 'fit'} the published percentages."
    if facts["status"] == "too_many":
        return (
            "More tables of counts fit than are listed, so what is said holds within the bounds of each cell."
        )
    reason = sentence(facts["reason"]).rstrip(".")
    return f"{reason}. So the published shares are compared, with what rounding leaves open."


def _promise(frame: pd.DataFrame, family: int) -> str:
    """What the intervals promise together, or each."""
    error = f"{100 * (1 - frame.attrs['level']):g}"
    if frame.attrs["adjust"] == "none":
        each = f"Each interval by itself is wrong in about {error} of 100 surveys like this"
        return f"{each}; one or another of them more often."
    some = f"One or more of the {family} statements of the comparison are wrong"
    return f"{some} in at most {error} of 100 surveys like this."
