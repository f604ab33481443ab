"""A report is made whole, the same each time, never over something else, and ends at once when told to."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from incoming import put_shadows
from lxml import etree
from surveys import SURVEYS

from analysis.errors import CodebookError, RequestError, StorageError, SurveyDataError
from analysis.report import run as making
from analysis.report.run import run_report

MATURITY = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a job in the background ignores
from analysis.__main__ import main
main()
"""
ASSUMED = {"n": {"all": 57}, "rounding": ["nearest"], "level": 0.9, "adjust": "none"}
OPTIONS = ("--n", "all=57", "--rounding", "nearest", "--level", "90", "--adjust", "none", "--lang", "sv")


def start_report(folder: Path, *options: str | Path) -> subprocess.Popen[bytes]:
    """The command in a process of its own, from a working folder."""
    command = [sys.executable, "-P", "-c", MATURITY, "report", "--out", "made", *options]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the smallest of the made-up surveys."""
    return SURVEYS["tiny"]().save(tmp_path_factory.mktemp("survey") / "tiny")


@pytest.fixture(scope="module")
def made(survey: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of it in Swedish under assumptions, by the command among modules of the user's."""
    folder = tmp_path_factory.mktemp("made")
    told = put_shadows(folder)
    with start_report(folder, "--survey", survey, *OPTIONS) as process:
        _, said = process.communicate()
    assert process.returncode == 0, said
    assert not told.exists(), told.read_text(encoding="utf-8")
    return folder / "made"


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_notebook_of_a_report_reads_the_data_beside_it(made: Path) -> None:
    assert {path.name for path in (made / "data").iterdir()} == {"survey_2021.csv", "datapackage.json"}
    assert 'load_survey(\\"../data\\")' in (made / "notebooks" / "any_survey.ipynb").read_text("utf-8")


def test_what_is_assumed_reaches_everything(made: Path) -> None:
    from pptx import Presentation

    assert json.loads((made / "manifest.json").read_text())["assumed"] == ASSUMED
    executed = (made / "notebooks" / "any_survey.ipynb").read_text("utf-8")
    assert "level = 0.9" in executed
    assert "n = {'all': 57}" in executed
    told = "Antalen svar (n) är antaganden"
    drawing = etree.parse(made / "sv" / "charts" / "shares.svg")
    assert told in " ".join("".join(drawing.getroot().itertext()).split())
    slides = Presentation(str(made / "sv" / "slides.pptx")).slides
    texts = [shape.text_frame.text for slide in slides for shape in slide.shapes if shape.has_text_frame]
    assert [text for text in texts if told in text]
    assert "90\N{NO-BREAK SPACE}%" in (made / "sv" / "index.html").read_text("utf-8")


def test_an_older_report_is_replaced_by_the_same_bytes_and_somebody_s_folder_is_not(
    made: Path, survey: Path, tmp_path: Path
) -> None:
    """Made anew in another process, in a deeper folder, of a copy of the survey."""
    moved = shutil.copytree(survey, tmp_path / "elsewhere" / "copy")
    asked = {"survey": moved, "lang": "sv", **ASSUMED}
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "chapter.txt").write_text("mine")
    with pytest.raises(RequestError, match="mine"):
        run_report(tmp_path / "mine", **asked)
    copy = Path(shutil.copytree(made, tmp_path / "deeper" / "report"))
    (copy / "sv" / "index.html").write_text("changed by hand")
    with pytest.raises(RequestError, match=r"index\.html"):
        run_report(copy, **asked)
    again = contents(run_report(copy, **asked, force=True))
    assert again == contents(made)
    assert {"index.html", "sv/index.html", "sv/slides.pptx", "notebooks/any_survey.html"} <= set(again)


@pytest.mark.parametrize(
    ("damage", "error"), [("absent", CodebookError), ("percent", SurveyDataError), ("lang", RequestError)]
)
def test_what_is_refused_is_refused_before_anything_is_written(
    survey: Path, tmp_path: Path, damage: str, error: type[Exception]
) -> None:
    copy = Path(shutil.copytree(survey, tmp_path / "copy"))
    table = copy / "survey_2021.csv"
    if damage == "percent":
        table.write_text(table.read_text().replace(",80.0,", ",180.0,"))
    source = tmp_path / "nowhere" if damage == "absent" else copy
    with pytest.raises(error):
        run_report(tmp_path / "made" / "out", survey=source, lang="no" if damage == "lang" else "en")
    assert not (tmp_path / "made").exists()


def test_a_failure_leaves_the_report_that_was_there(made: Path, survey: Path, tmp_path: Path) -> None:
    def fill_up(step: str, done: int, parts: int) -> None:
        if step == "charts" and done:
            raise OSError(28, "No space left on device")

    copy = Path(shutil.copytree(made, tmp_path / "report"))
    with pytest.raises(StorageError, match="no space left on device"):
        run_report(copy, survey=survey, lang="sv", watch=fill_up)
    assert contents(copy) == contents(made)
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def kernels_of(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_ends_it_with_its_kernels_and_leaves_nothing(
    number: int, survey: Path, tmp_path: Path
) -> None:
    """Started among modules of the user's, which it must not run."""
    told = put_shadows(tmp_path)
    before = sorted(tmp_path.iterdir())
    with start_report(tmp_path, "--survey", survey) as process:
        while not kernels_of(process):
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.05)
        time.sleep(1)  # that they are at work
        kernels = kernels_of(process)
        since = time.perf_counter()
        process.send_signal(number)
        process.wait(60)
        lasted = time.perf_counter() - since
    assert process.returncode == 128 + number
    assert not [kernel for kernel in kernels if kernel.is_running()]
    assert sorted(tmp_path.iterdir()) == before
    assert not told.exists(), told.read_text(encoding="utf-8")
    assert lasted < 10  # seconds, on a busy machine; a quiet one takes half a second


def test_a_report_starts_no_other_process_of_python_than_kernels() -> None:
    """No child runs code of the working folder: only kernels are started, and those in their own folder."""
    sources = [path.read_text("utf-8") for path in Path(making.__file__).parent.glob("*.py")]
    assert not [text for text in sources if "subprocess" in text or "multiprocessing" in text]
