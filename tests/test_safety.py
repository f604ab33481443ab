"""No code of the working folder runs, from any command, and a harmless file there breaks none.

The commands that print are started so in ``test_start.py``, and ``report`` in ``report/test_run.py``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from incoming import put_shadows

MATURITY = Path(sys.executable).with_name("maturity")
COMMANDS = (
    ["charts", "--only", "stages", "--format", "svg", "--out", "made"],
    ["slides", "--lang", "en", "--out", "made.pptx"],
    ["export", "--to", "xlsx", "--out", "made"],
    ["page", "--out", "made.html"],
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_no_code_of_the_working_folder_runs(tmp_path: Path, command: list[str]) -> None:
    if not MATURITY.exists():
        pytest.skip("needs the installed command")
    told = put_shadows(tmp_path)
    environment = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    ended = subprocess.run(
        [MATURITY, *command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert not told.exists(), told.read_text(encoding="utf-8")
    assert ended.returncode == 0, ended.stderr
