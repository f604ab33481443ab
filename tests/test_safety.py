"""No code of the working folder runs, from any command, and a harmless file there breaks none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from surveys import SURVEYS

SHADOWS = ("pickle", "re", "types", "struct", "enum", "sitecustomize", "pandas", "matplotlib", "ipykernel")
MATURITY = Path(sys.executable).with_name("maturity")
COMMANDS = (
    ["check"],
    ["recover"],
    ["compare"],
    ["charts", "--only", "stages", "--format", "svg", "--out", "made"],
    ["slides", "--lang", "en", "--out", "made.pptx"],
    ["export", "--to", "xlsx", "--out", "made"],
    ["page", "--out", "made.html"],
    pytest.param(["report", "--survey", "tiny", "--lang", "en", "--out", "made"], marks=pytest.mark.slow),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working folder with modules of the user's that tell when they are imported."""
    told = tmp_path.with_name(f"{tmp_path.name}-ran")
    for name in SHADOWS:
        text = f"open({str(told)!r}, 'a').write({name!r} + ' ')\n"
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    SURVEYS["tiny"]().save(tmp_path / "tiny")
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_no_code_of_the_working_folder_runs(folder: Path, command: list[str]) -> None:
    if not MATURITY.exists():
        pytest.skip("needs the installed command")
    environment = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    ended = subprocess.run(
        [MATURITY, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    told = folder.with_name(f"{folder.name}-ran")
    assert not told.exists(), told.read_text(encoding="utf-8")
    assert ended.returncode == 0, ended.stderr
