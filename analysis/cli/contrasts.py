"""Commands that compare: ``compare`` the groups of a wave, ``waves`` with the waves before."""

from __future__ import annotations

from math import isnan
from textwrap import fill
from typing import TYPE_CHECKING, Any

import typer

from analysis.cli.counts import taken_as
from analysis.cli.options import (
    AdjustOption,
    Asked,
    LevelOption,
    NOption,
    PopulationOption,
    RoundingOption,
    about_a_table,
    assumptions,
    read_members,
)
from analysis.cli.output import JsonOption, SurveyOption, note, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    import pandas as pd

    from analysis.words.language import Voice

LINE = 80  # columns of a terminal
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
SAMPLE = "Intervals treat the answers as a random sample, which a census with missing answers is not."
ESTIMATE, INTERVAL = ("estimate_low", "estimate_high"), ("low", "high")
LISTED = {"unique", "several", "too_many"}  # what has counts, or their bounds


def register(app: typer.Typer) -> None:
    """Add this family's commands to the program."""
    app.command("compare")(compare)
    app.command("waves")(waves)


@about_a_table
def compare(
    asked: Asked,
    *,
    n: NOption = None,
    rounding: RoundingOption = None,
    level: LevelOption = 0.95,
    adjust: AdjustOption = "family",
    population: PopulationOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare the groups of a wave at each stage and over the whole scale, in every table that fits.

    Where the counts cannot be told, the published shares are compared, with what rounding leaves open.
    """
    from analysis.counts.reading import main_wave
    from analysis.inference.findings import frames_of_wave

    assumed, members = assumptions(n, rounding, level, adjust), read_members(population)
    wave = asked.wave or main_wave(asked.survey)
    frames = frames_of_wave(asked.survey, wave, **assumed, population=members)
    counts = frames.pop("counts").attrs
    facts: dict[str, Any] = {"wave": wave}
    facts |= {name: counts[name] for name in ("status", "n_tables", "reason") if name in counts}
    if as_json:
        print_json(facts | frames)
        return
    _print_comparison(frames, facts)


def waves(
    survey: SurveyOption = None,
    *,
    rounding: RoundingOption = None,
    level: LevelOption = 0.95,
    adjust: AdjustOption = "family",
    population: PopulationOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare each wave with the one before, for each group, at each stage that both publish."""
    from analysis.inference.differences import compare_waves
    from analysis.survey.table import load_survey

    given = assumptions(None, rounding, level, adjust)
    changes = compare_waves(load_survey(survey), **given, population=read_members(population))
    if as_json:
        print_json({"changes": changes})
        return
    if changes.empty:
        print("No two waves publish the same stage of the same group, so there is no change to show.")
        return
    _print_headlines({"changes": changes}, "wave")
    for (group, first, second), step in changes.groupby(
        ["group", "first", "second"], sort=False, observed=True
    ):
        family = changes.attrs["family"][f"{first} {second}"]
        _print_differences(f"\n{group}:", step, second_first=True)
        note(fill(_promise(changes, family), LINE))
    note(fill("Different respondents may answer in each wave; the intervals do not account for that.", LINE))


def _print_comparison(frames: dict[str, pd.DataFrame], facts: dict[str, Any]) -> None:
    """The finding, the differences of each pair, the whole scale; shares where they add something."""
    from analysis.words.recovery import low_sums

    differences = frames["differences"]
    if len(differences):
        _print_headlines(frames, "stage")
    for (first, second), pair in differences.groupby(["first", "second"], sort=False, observed=True):
        _print_differences(f"\n{first} minus {second}:", pair)
    effects = frames.get("effects", differences.iloc[:0])
    for (first, second), rows in effects.groupby(
        ["first", "second"], sort=False, observed=True, dropna=False
    ):
        named = "" if str(first) == "nan" else f", {first} against {second}"
        statistics = [_effect_row(row) for row in rows.to_dict("records")]
        heads = ["statistic", "by", "estimate", "interval", "p", "verdict"]
        print_table(f"Over the whole scale{named}:", heads, statistics, left=2)
    shares = frames["shares"]
    finite = "population" in shares.attrs
    if not len(differences):
        print(f"{facts['wave']} has one group, so there is nothing to compare.")
    if finite or not len(differences):
        voice = _voice(shares)
        lines = [
            [str(row["group"]), str(row["stage"]), _range(row, ESTIMATE, voice), _range(row, INTERVAL, voice)]
            for row in shares[shares["measure"] == "stage"].to_dict("records")
        ]
        of = "of the population, each group weighted by its members" if finite else "of the answers"
        print_table(
            fill(f"Shares {of}, %:", LINE), ["group", "stage", "share", "95% interval"], lines, left=2
        )
    told = [_basis(facts)]
    if len(differences) and facts["status"] in LISTED:
        told.append(_promise(differences, differences.attrs["family"]))
    told += [f"{SAMPLE} {taken_as(shares)}", *low_sums(shares, _voice(shares), in_shell=True)]
    for text in told:
        note(fill(text, LINE))


def _print_headlines(frames: dict[str, pd.DataFrame], kind: str) -> None:
    """What is found, in the words of the report."""
    from analysis.words.conclusions import statements

    voice = _voice(next(iter(frames.values())))
    told = [statement.text for statement in statements(frames, voice) if statement.kind == kind]
    for text in told:
        print(fill(text, LINE))


def _print_differences(headline: str, rows: pd.DataFrame, *, second_first: bool = False) -> None:
    """One table of two sides: printed shares, difference, interval, verdict; p where one table fits."""
    voice, sides = _voice(rows), ("second", "first") if second_first else ("first", "second")
    first, judged = rows.iloc[0], bool((rows["verdict"] != "").any())
    known = judged and bool(rows["estimate"].notna().all())
    names = [str(first[side]).replace("-", " ") for side in sides]
    heads = ["stage", *(names if max(map(len, names)) <= LONGEST_HEAD else sides)]  # the headline names them
    interval = f"{100 * rows.attrs['level']:g}% interval"
    heads += ["points", interval, *(["p"] if known else []), "verdict"] if judged else ["rounding leaves"]
    cells = []
    for row in rows.to_dict("records"):
        stage = f"≥ {row['stage']}" if row["measure"] == "at_least" else str(row["stage"])
        percents = [row[f"percent_{side}"] for side in sides]
        line = [stage, *("" if isnan(percent) else voice.percent(percent) for percent in percents)]
        line += [_range(row, ESTIMATE, voice, sign=True)] if judged else []
        line += [_range(row, INTERVAL, voice, sign=True)]
        line += [_p(row["p_adjusted"])] if known else []
        cells.append([*line, str(row["verdict"])] if judged else line)
    print_table(headline, heads, cells)


def _effect_row(row: Mapping[Hashable, Any]) -> list[str]:
    estimate, interval = (_numbers(row[low], row[high]) for low, high in (ESTIMATE, INTERVAL))
    p = "" if row["statistic"] == "size" else _p(row["p_value"])
    return [str(row["statistic"]), METHODS[row["method"]], estimate, interval, p, str(row["verdict"])]


def _numbers(low: float, high: float) -> str:
    ends = [f"{low:.2f}", f"{high:.2f}"]
    return "" if isnan(low) else ends[0] if ends[0] == ends[1] else " to ".join(ends)


def _voice(frame: pd.DataFrame) -> Voice:
    """The words of a frame in English."""
    from analysis.words.language import voice_of

    return voice_of(frame, "en")


def _range(row: Mapping[Hashable, Any], ends: Sequence[str], voice: Voice, *, sign: bool = False) -> str:
    """What lies between two shares in points or per cent; one figure where they are the same."""
    low, high = (row[end] for end in ends)
    decimals = voice.decimals + (abs(high - low) < 1e-12)  # one more where it is known
    return voice.numbers_range(100 * low, 100 * high, decimals, sign=sign)


def _p(value: float) -> str:
    return "" if isnan(value) else "<0.001" if value < 0.001 else f"{value:.3f}"


def _basis(facts: dict[str, Any]) -> str:
    """Where the numbers come from."""
    if facts["n_tables"]:
        one = facts["n_tables"] == 1
        tables = "the one table" if one else f"each of the {facts['n_tables']} tables"
        return f"Computed on {tables} of counts that {'fits' if one else 'fit'} the published percentages."
    if facts["status"] == "too_many":
        return (
            "More tables of counts fit than are listed, so what is said holds within the bounds of each cell."
        )
    reason = f"{facts['reason'][0].upper()}{facts['reason'][1:].rstrip('.')}"
    return f"{reason}; so the published shares are compared, with what rounding leaves open."


def _promise(frame: pd.DataFrame, family: int) -> str:
    """What the intervals promise together, or each."""
    error = f"{100 * (1 - frame.attrs['level']):g}"
    if frame.attrs["adjust"] == "none":
        return f"Each interval by itself is wrong in some {error} of 100 surveys like this, not all together."
    every = f"The {family} statements of the comparison together are wrong"
    return f"{every} in at most {error} of 100 surveys like this."
