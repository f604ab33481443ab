"""Many charts at once, by one process or two."""

from __future__ import annotations

from pathlib import Path

from surveys import frames_of, shipped_survey

from analysis.batches import Job, chart_name, draw_all


def jobs_in(folder: Path) -> list[Job]:
    frames = frames_of(shipped_survey())
    kinds = [("stages", "wide", "light"), ("shares", "phone", "dark"), ("stages", "half", "dark")]
    return [Job(name, frames["shares"], "en", size, theme, folder, ["svg"]) for name, size, theme in kinds]


def test_two_processes_save_the_same_bytes_in_the_same_order(tmp_path: Path) -> None:
    told: list[int] = []
    alone = draw_all(jobs_in(tmp_path / "one"), processes=1)
    both = draw_all(jobs_in(tmp_path / "two"), processes=2, done=told.append)
    assert [path.name for path in alone] == [path.name for path in both]
    assert [path.read_bytes() for path in alone] == [path.read_bytes() for path in both]
    assert sum(told) == 3


def test_a_file_is_named_by_chart_size_and_theme() -> None:
    assert chart_name("stages", "wide", "light") == "stages-wide"
    assert chart_name("stages", "phone", "dark") == "stages-phone-dark"


def test_a_few_charts_take_one_process(tmp_path: Path) -> None:
    told: list[int] = []
    assert len(draw_all(jobs_in(tmp_path)[:1], done=told.append)) == 1
    assert told == [1]
