"""What every test file shares: the shipped survey, a copy that may be changed, another survey."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from analysis.codebook import shipped

ROOT = Path(__file__).parents[1]


@pytest.fixture
def survey_folder(tmp_path: Path) -> Path:
    """A copy of the shipped survey's folder."""
    return Path(shutil.copytree(shipped("data"), tmp_path / "survey"))
