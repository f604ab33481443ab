"""A made-up wave as a maintainer sends it, and the command line in process; no figure here is real."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from analysis.codebook import shipped
from analysis.survey.rows import SurveyRow

CORPUS = Path(__file__).parents[2] / "shared" / "bad-input"  # beside the checkout where CI puts it
CASES = CORPUS.parent / "cases" / "found-in-use"
needs_corpus = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of bad input is not beside the checkout"
)

HEADER = "wave,group,stage,percent,n,source"
SIZES = {"all": 90, "vocational": 50, "general": 40}
PERCENTS = {  # of the counts 5 8 12 20 5 and 4 6 8 18 4, each to the nearest whole per cent
    "all": ("10", "16", "22", "42", "10"),
    "vocational": ("10", "16", "24", "40", "10"),
    "general": ("10", "15", "20", "45", "10"),
}
STAGES = ("not_at_all", "planned", "piloting", "experiments", "versatile")
LINES = [HEADER] + [
    f"2022-autumn,{group},{stage},{percent},{SIZES[group]},made up"
    for group, percents in PERCENTS.items()
    for stage, percent in zip(STAGES, percents, strict=True)
]
WAVE = "\n".join(LINES) + "\n"  # line 9 is vocational piloting: 24 % of 50
STORED_HEADER = "wave,group,stage,percent,count,n,source\n"
STORED = (shipped("data") / "survey_2021.csv").read_bytes()


SHADOWS = ("pickle", "re", "types", "struct", "enum", "sitecustomize", "pandas", "matplotlib", "ipykernel")


def put_shadows(folder: Path) -> Path:
    """Put modules of the user's into a working folder; the file that each writes to where it is imported."""
    told = folder.with_name(f"{folder.name}-ran")
    for name in SHADOWS:
        text = f"open({str(told)!r}, 'a').write({name!r} + ' ')\n"
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return told


def with_line(number: int, old: str, new: str) -> str:
    """The wave with one line changed."""
    lines = list(LINES)
    assert old in lines[number - 1]
    lines[number - 1] = lines[number - 1].replace(old, new, 1)
    return "\n".join(lines) + "\n"


class Outcome(NamedTuple):
    """What one command left: its exit code, its two streams."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


def maturity(*arguments: object) -> Outcome:
    """One command of ``maturity`` in this process."""
    from analysis.__main__ import main

    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
    saved = sys.stdout, sys.stderr, sys.argv
    sys.stdout, sys.stderr, sys.argv = *streams, ["maturity", *map(str, arguments)]
    try:
        main()
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.stdout, sys.stderr, sys.argv = saved
    for stream in streams:
        stream.flush()
    return Outcome(code, *(stream.buffer.getvalue().decode() for stream in streams))


COUNTS = {"all": (9, 14, 20, 38, 9), "vocational": (5, 8, 12, 20, 5), "general": (4, 6, 8, 18, 4)}


def wave_rows(name="2022-autumn", *, groups=PERCENTS, counted=False):
    rows, line = [], 1
    for group in groups:
        for stage, percent, count in zip(STAGES, PERCENTS[group], COUNTS[group], strict=True):
            line += 1
            rows.append(
                SurveyRow(
                    line, name, group, stage, percent, count if counted else None, SIZES[group], "made up"
                )
            )
    return rows
