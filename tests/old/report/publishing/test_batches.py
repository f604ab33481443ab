"""Many charts at once, by one process or two."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from surveys import known_frames

from analysis.errors import StorageError
from analysis.old.report.publishing.batches import Job, chart_name, draw_all


def jobs_in(folder: Path) -> list[Job]:
    frames = known_frames("shipped")
    kinds = [("stages", "wide", "light"), ("shares", "phone", "dark"), ("stages", "half", "dark")]
    return [Job(name, frames["shares"], "en", size, theme, folder, ["svg"]) for name, size, theme in kinds]


def test_a_file_is_named_by_chart_size_and_theme() -> None:
    assert chart_name("stages", "wide", "light") == "stages-wide"
    assert chart_name("stages", "phone", "dark") == "stages-phone-dark"


def test_a_few_charts_take_one_process(tmp_path: Path) -> None:
    told: list[int] = []
    assert len(draw_all(jobs_in(tmp_path)[:1], done=told.append)) == 1
    assert told == [1]


def test_a_script_that_asks_for_two_processes_runs_once_and_saves_the_bytes_of_one(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    lines = [
        f"import sys; sys.path[:0] = {[str(Path(__file__).parent), str(Path(__file__).parents[3])]}",
        "from pathlib import Path",
        "from test_batches import jobs_in",
        "from analysis.old.report.publishing.batches import draw_all",
        "told = []",
        "both = draw_all(jobs_in(Path(sys.argv[1])), processes=2, done=told.append)",
        "print('once', sum(told), *(path.name for path in both))",
    ]
    script.write_text("\n".join(lines))
    run = subprocess.run(
        [sys.executable, script, tmp_path / "two"], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    alone = draw_all(jobs_in(tmp_path / "one"), processes=1)
    assert run.stdout.split() == ["once", "3", *(path.name for path in alone)]
    assert [(tmp_path / "two" / path.name).read_bytes() for path in alone] == [
        path.read_bytes() for path in alone
    ]


def test_what_the_second_process_cannot_write_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="cannot be written"):
        draw_all(jobs_in(tmp_path / "file" / "folder"), processes=2)
