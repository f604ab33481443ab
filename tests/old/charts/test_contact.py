"""The sheet of all charts that is kept of a run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from contact import write_sheet

from analysis.old.report.publishing import batches


def test_a_sheet_shows_each_chart_in_each_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "_processors", lambda: 1)  # other tests need the second
    page = write_sheet(tmp_path, surveys=["tiny"], sizes=["phone"], themes=["light"])
    shown = re.findall(r'<img src="(.+?)" lang="(..)" alt="(.+?)"', page.read_text(encoding="utf-8"))
    assert len(shown) == 15  # five kinds, since a single group has no differences
    assert all((tmp_path / source).stat().st_size > 0 for source, _, _ in shown)
