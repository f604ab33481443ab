"""The shipped survey's report, made once for all tests of pages and files, and a browser to open it in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analysis.report.run import run_report

CHROMIUM = "/usr/bin/chromium"
OPTIONS = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the shipped survey in all its languages, as the command makes it."""
    return run_report(tmp_path_factory.mktemp("site") / "report")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, or a reason to skip."""
    playwright = pytest.importorskip("playwright.sync_api")
    if not shutil.which(CHROMIUM):
        pytest.skip(f"{CHROMIUM} is not installed")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield chromium
        chromium.close()
