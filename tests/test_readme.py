"""The README is true to the letter: what it shows is run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from incoming import maturity

from analysis.__main__ import app
from analysis.codebook import shipped

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
TABLE = (
    "Stage,All,Vocational,General\nNot at all,20,19,21\nPlanned,20,19,22\nPiloting,18,28,10\n"
    "Tried,37,32,41\nWide,5,2,6\nn,175,80,95\n"
)
SLOW = ("report", "slides", "append", "tabulate")  # held by tests of their own


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "table.csv").write_text(TABLE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", README, re.DOTALL))
def test_its_python_runs(code: str) -> None:
    exec(compile(code, "README.md", "exec"), {})


COMMANDS = re.findall(r"^    (maturity (?!.*&&).+)$|`(maturity [^`]+ [^`]+)`", README, re.MULTILINE)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("command", ["".join(pair) for pair in COMMANDS])
def test_its_commands_run(command: str) -> None:
    words = shlex.split(command)[1:]
    if words[0] in SLOW or "FOLDER" in words:
        assert maturity(words[0], "--help").code == 0
    else:
        assert maturity(*words).code == 0


def test_its_commands_are_those_there_are() -> None:
    rows = "".join(re.findall(r"^\| (`.*?) \|", README, re.MULTILINE))
    names = [command.name or command.callback.__name__ for command in app.registered_commands]
    assert sorted(re.findall(r"`([a-z]+)`", rows)) == sorted(names)


def test_its_pictures_are_there() -> None:
    for picture in re.findall(r"!\[[^]]+\]\(([^)]+)\)", README):
        assert (Path(__file__).parents[1] / picture).is_file()
    assert shipped("notebooks").is_dir()
