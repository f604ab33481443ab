"""The command ``report``: places on stdout, steps and times on stderr, refusals with exit code 2."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from incoming import maturity
from typer.testing import CliRunner, Result

from analysis.__main__ import app
from analysis.errors import CodebookError, RequestError
from analysis.report import run as making
from analysis.report.notebooks import Watch


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["report", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the command asked for, in place of a report that takes its time."""
    found: dict[str, Any] = {}

    def pretend(out: Path, *, watch: Watch, **options: Any) -> Path:
        found.update(options, out=out)
        for step, parts in (("notebooks", 2), ("charts", 3)):
            for done in range(parts + 1):
                watch(step, done, parts)
        return out

    monkeypatch.setattr(making, "run_report", pretend)
    return found


def test_it_ends_by_saying_where_things_are(asked: dict[str, Any]) -> None:
    result = run("--lang", "sv", "--out", "made")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "The report is ready; open made/index.html",
        "  report     made/index.html",
        "  pages      made/sv/index.html",
        "  charts     made/sv/charts",
        "  slides     made/sv/slides.pptx",
        "  notebooks  made/notebooks",
    ]
    assumed = {"level": 0.95, "adjust": "family"}
    assert asked == {"survey": None, "lang": "sv", "force": False, "out": Path("made"), **assumed}


def test_what_is_assumed_is_handed_on(asked: dict[str, Any]) -> None:
    run("--n", "vocational=80,general=95-97", "--rounding", "nearest", "--level", "90", "--adjust", "none")
    assert asked["n"] == {"vocational": 80, "general": range(95, 98)}
    assert (asked["rounding"], asked["level"], asked["adjust"]) == (["nearest"], 0.9, "none")


def test_steps_and_times_are_on_stderr(asked: dict[str, Any]) -> None:
    lines = run("--lang", "en").stderr.splitlines()
    assert [line.split()[0] for line in lines if line.strip()] == ["notebooks", "charts", "in"]
    assert lines[-2].endswith(" s  3 made")


def test_programs_get_the_places_and_what_was_made(asked: dict[str, Any]) -> None:
    content = json.loads(run("--json").stdout)
    assert content["status"] == "done"
    assert sorted(content["slides"]) == [f"maturity-report/{lang}/slides.pptx" for lang in ("en", "fi", "sv")]
    assert content["steps"] == [{"step": "charts", "parts": 3}, {"step": "notebooks", "parts": 2}]


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(RequestError, match=r"--lang is 'no'; use one of .*all"):
        run("--lang", "no")


def test_a_survey_that_is_not_there_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(CodebookError, match="nowhere"):
        run("--survey", tmp_path / "nowhere", "--out", tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_is_one_message_without_traceback(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    code, out, err = maturity("report", "--out", tmp_path)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert str(tmp_path) in err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
