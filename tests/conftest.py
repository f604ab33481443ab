"""What every test file shares: the shipped survey, a copy that may be changed, another survey."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from analysis.codebook import shipped

ROOT = Path(__file__).parents[1]
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

HEAVY = {"browser", "office", "slow", "spark"}


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than cores, since workers wait for kernels, browsers and offices."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no process waits for another at the end."""
    heavy = {item.path for item in items if any(mark.name in HEAVY for mark in item.iter_markers())}
    items.sort(key=lambda item: item.path not in heavy and item.path.suffix != ".ipynb")


@pytest.fixture(scope="session", autouse=True)
def quick_disk() -> Iterator[None]:
    """No wait for the disk, since no test pulls the plug; those that watch its calls put in their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", os.fstat)  # refuses what is not open, as fsync does
        yield


@pytest.fixture
def survey_folder(tmp_path: Path) -> Path:
    """A copy of the shipped survey's folder."""
    return Path(shutil.copytree(shipped("data"), tmp_path / "survey"))
