"""The notebooks: what is shipped, how they run on any survey, and what JupyterLab shows of them."""

from __future__ import annotations

import ast
import asyncio
import base64
import copy
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from incoming import put_shadows
from surveys import SURVEYS

import analysis
from analysis.codebook import load_codebook, shipped
from analysis.report.notebooks import (
    ANY_SURVEY,
    OTHER_TABLES,
    notebooks_for,
    render_cells,
    running_notebooks,
)
from analysis.survey.table import load_survey

NOTEBOOKS = sorted(shipped("notebooks").glob("*.ipynb"))
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
PUBLIC = {"analysis", "matplotlib", "pandas", "seaborn", "io"}
PROJECT = Path(__file__).parents[2] / "pyproject.toml"
VSCODE = PROJECT.parent / ".vscode" / "settings.json"
STARTS = 60  # seconds that JupyterLab may take to start on a busy machine


def cells_of(path: Path, kind: str = "code") -> list[Any]:
    content = nbformat.read(path, as_version=4)
    return [cell for cell in content.cells if cell.cell_type == kind]


def outputs_of(cells: Iterable[Any]) -> list[Any]:
    return [output for cell in cells for output in cell.outputs]


def pictures_of(cells: Iterable[Any]) -> list[str]:
    """The PNGs that cells show, in base 64."""
    datas = [output.get("data", {}) for output in outputs_of(cells)]
    return [data["image/png"] for data in datas if "image/png" in data]


def told_by(cells: list[Any]) -> str:
    """All text that cells show."""
    texts = []
    for output in outputs_of(cells):
        texts += [output.get("text") or output.get("data", {}).get("text/plain") or output.get("evalue", "")]
    return "\n".join(filter(None, texts))


# what is shipped


@each
def test_the_cells_were_executed_in_order_without_a_warning(path: Path) -> None:
    cells = cells_of(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert outputs_of(cells)
    assert not [o for o in outputs_of(cells) if o.output_type == "error" or o.get("name") == "stderr"]


@each
def test_cells_are_short_and_call_what_is_public(path: Path) -> None:
    assert len(cells_of(path)) <= 14
    forbidden = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.Lambda, ast.ListComp, ast.Try)
    for cell in cells_of(path):
        lines = [
            line for line in cell.source.splitlines() if line and not line.startswith(("from", "import"))
        ]
        assert len(lines) <= 6
        for node in ast.walk(ast.parse(cell.source)):
            assert not isinstance(node, forbidden)
            if isinstance(node, ast.ImportFrom) and node.module == "analysis":
                assert {name.name for name in node.names} <= set(analysis.__all__)
            elif isinstance(node, ast.ImportFrom):
                assert str(node.module).partition(".")[0] in PUBLIC - {"analysis"}
            elif isinstance(node, ast.Import):
                assert {name.name.partition(".")[0] for name in node.names} <= PUBLIC - {"analysis"}
    sources = "".join(cell.source for cell in cells_of(path))
    assert ('load_survey("../data")' in sources) is (path.name != OTHER_TABLES)


@each
def test_prose_has_no_figure_typed_by_hand(path: Path) -> None:
    prose = [cell.source for cell in cells_of(path, "markdown")]
    assert prose[0].startswith("# ")
    assert not [text for text in prose if re.search(r"\d", re.sub(r"`[^`]*`", "", text))]


@each
def test_a_chart_is_a_picture_beside_its_sentence(path: Path) -> None:
    for cell in cells_of(path):
        pictures = [output.data for output in cell.outputs if "image/png" in output.get("data", {})]
        assert not [data for data in pictures if "image/svg+xml" in data]
        if pictures and "describe_" in cell.source:
            assert len(told_by([cell])) > 80


@each
def test_nothing_of_a_machine_or_a_clock_is_stored(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert '"execution": {' not in text
    assert not re.search(r"/(home|root|tmp|work|Users)/", text)


# how they run


def save_notebook(folder: Path, name: str, *sources: str) -> Path:
    folder.mkdir(exist_ok=True)
    cells = [nbformat.v4.new_markdown_cell(f"# {name}", id="a")]
    for position, source in enumerate(sources):
        cells.append(nbformat.v4.new_code_cell(source, id=f"b{position}"))
        if source.startswith("n = "):
            cells[-1].metadata["tags"] = ["parameters"]
    path = folder / f"{name}.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def run(*paths: Path, assumed: Mapping[str, Any] | None = None) -> dict[str, Any]:
    with running_notebooks(paths, paths[0].parent, assumed=assumed) as running:
        return running.result()


def test_they_run_two_at_a_time_where_a_loop_runs_with_the_same_bytes(tmp_path: Path) -> None:
    paths = [save_notebook(tmp_path, name, "print(6 * 7)") for name in ("first", "second")]

    async def from_a_loop() -> dict[str, Any]:  # as Jupyter has one
        return run(*paths)

    found = asyncio.run(from_a_loop())
    assert {name: told_by(content.cells[1:]) for name, content in found.items()} == dict.fromkeys(
        ("first", "second"), "42\n"
    )
    assert [nbformat.writes(one) for one in run(*paths).values()] == [*map(nbformat.writes, found.values())]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first.ipynb", "second.ipynb"]


def test_what_is_assumed_stands_in_the_cell_of_parameters(tmp_path: Path) -> None:
    path = save_notebook(tmp_path, "one", "n = None\nlevel = 0.95", "print(n, level)")
    found = run(path, assumed={"n": {"general": range(95, 98)}, "adjust": "none"})["one"]
    assert found.cells[1].source == "n = {'general': range(95, 98)}\nlevel = 0.95"
    assert told_by(found.cells[2:]) == "{'general': range(95, 98)} 0.95\n"


def test_a_reason_stands_in_the_place_of_what_cannot_be_borne(tmp_path: Path) -> None:
    refuse = "from analysis.errors import RecoveryError\ndef tell(): raise RecoveryError('no <counts>')"
    path = save_notebook(tmp_path, "one", refuse, "counts = tell()", "counts.head()", "print(1)")
    found = run(path)["one"]
    assert told_by(found.cells[1:]) == "no <counts>\nthis needs 'counts', which could not be made above\n1\n"
    assert str(tmp_path) not in nbformat.writes(found)
    assert "no &lt;counts&gt;" in render_cells(found)


@pytest.mark.parametrize("source", ["1 / 0", "unheard_of"])
def test_any_other_error_is_raised_and_names_its_notebook(tmp_path: Path, source: str) -> None:
    path = save_notebook(tmp_path, "faulty", source)
    with pytest.raises(Exception, match=r"ZeroDivisionError|not defined") as caught:
        run(path)
    assert caught.value.__notes__ == ["in the notebook faulty"]


def test_settings_and_files_of_the_user_do_not_reach_a_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save_notebook(
        tmp_path / "notebooks", "one", "import matplotlib as mpl\nprint(mpl.rcParams['font.size'])"
    )
    told = put_shadows(tmp_path)
    (tmp_path / "matplotlibrc").write_text("font.size: 33")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MATPLOTLIBRC", str(tmp_path))
    monkeypatch.setenv("MPLBACKEND", "agg")
    assert told_by(run(path)["one"].cells[1:]) == "10.0\n"
    assert not told.exists(), told.read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_notebooks_of_the_shipped_survey_tell_those_that_have_its_first_wave() -> None:
    survey = load_survey()
    assert [path.name[:2] for path in notebooks_for(survey)] == ["01", "02", "03", "04", "05"]
    assert [path.name for path in notebooks_for(survey[survey["wave"] == "2021-autumn"])] == [ANY_SURVEY]


def test_sources_are_listed_of_the_waves_that_have_one(capsys: pytest.CaptureFixture[str]) -> None:
    codebook = load_codebook().declare("2022-autumn", {"weighted": True})
    exec(cells_of(NOTEBOOKS[0])[-1].source, {"codebook": codebook})
    assert capsys.readouterr().out.count("ISBN") == 2


def test_one_notebook_tells_any_survey(tmp_path: Path) -> None:
    """Its cells for one survey after the other, each from a clean slate, in one kernel."""
    source = nbformat.read(shipped("notebooks") / ANY_SURVEY, as_version=4)
    surveys = {name: SURVEYS[name]() for name in ("small", "large", "tiny")}
    cells = []
    for name, survey in surveys.items():
        survey.save(tmp_path / name)
        own = copy.deepcopy(source.cells)
        for cell in own:
            cell.source = cell.source.replace('"../data"', f'"../{name}"')
            cell.id = f"{name}-{cell.id}"
        cells += [nbformat.v4.new_code_cell("%reset -f"), *own]
    (tmp_path / "notebooks").mkdir()
    path = tmp_path / "notebooks" / ANY_SURVEY
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    found = [cell for cell in run(path)["any_survey"].cells if cell.cell_type == "code"]
    for name, survey in surveys.items():
        code = [cell for cell in found if cell.id.startswith(name)]
        told, codebook = told_by(code), survey.codebook
        assert codebook.text("question", "en") in told, name
        assert all(codebook.word("stage", stage, "en") in told for stage in codebook.stages), name
        assert re.search(r"tables? of counts (is|are) possible", told), name
        assert pictures_of(code), name
        assert "nan" not in told.lower().split(), name
    prose = " ".join(cell.source for cell in source.cells if cell.cell_type == "markdown")
    assert not re.search(r"two kinds|institution|vocational|upper secondary|agency", prose)


# what JupyterLab shows


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """JupyterLab on the cells of all notebooks that show a chart, which nobody has trusted; its address."""
    cells = [cell for path in NOTEBOOKS for cell in cells_of(path) if pictures_of([cell])]
    for position, cell in enumerate(cells):
        cell.id = str(position)
    (tmp_path / "copy").mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "copy" / "charts.ipynb")
    settings = tmp_path / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {f"JUPYTER_{kind}_DIR": str(tmp_path / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}"),
        *("--IdentityProvider.token=", f"--ServerApp.root_dir={tmp_path / 'copy'}"),
        f"--LabApp.user_settings_dir={tmp_path / 'settings'}",
    ]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(command, env={**os.environ, **folders}, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(STARTS):
            try:
                urllib.request.urlopen(f"{address}/api/status").close()
                break
            except OSError:
                time.sleep(1)
        yield address
    finally:
        for process in [*psutil.Process(server.pid).children(recursive=True), server]:
            process.kill()  # told to end it would wait for the kernel of every notebook that was opened
        server.wait()


@pytest.mark.browser
@pytest.mark.slow
def test_jupyterlab_shows_every_chart_of_an_untrusted_copy(lab: str, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    tab = context.new_page()
    known = pictures_of(cell for path in NOTEBOOKS for cell in cells_of(path))
    tab.goto(f"{lab}/lab/tree/charts.ipynb?reset")
    shown = tab.locator(".jp-OutputArea-output img")
    shown.nth(len(known) - 1).wait_for(state="visible", timeout=60_000)
    sizes = shown.evaluate_all(
        "list => list.map(i => [i.naturalWidth, i.clientWidth, i.closest('.jp-OutputArea').clientWidth])"
    )
    assert len(sizes) == len(known)
    assert all(natural > 0 and 100 < wide <= room for natural, wide, room in sizes)
    context.close()


@each
def test_vs_code_shows_what_is_printed_whole(path: Path) -> None:
    """Left to itself it cuts each line at the edge of its cell, and hides lines of a text longer than 30."""
    settings = json.loads(VSCODE.read_text(encoding="utf-8"))
    printed = [output.text.splitlines() for output in outputs_of(cells_of(path)) if "text" in output]
    assert settings["notebook.output.wordWrap"] is True
    assert max(map(len, printed)) < settings["notebook.output.textLineLimit"]


def test_vs_code_starts_a_kernel_where_its_notebook_is() -> None:
    """Whatever the user has set: the notebooks read ``../data``."""
    settings = json.loads(VSCODE.read_text(encoding="utf-8"))
    assert settings["jupyter.notebookFileRoot"] == "${fileDirname}"


# what a test of the notebooks compares


def test_a_changed_figure_or_sentence_is_noticed(tmp_path: Path) -> None:
    """The comparison of nbval, as this project asks for it, is red for changed outputs and for them alone."""
    told = {"From 42% to 62%.": "From 43% to 62%.", "Not clear.": "Clear.", "It stays.": "It stays."}
    path = save_notebook(tmp_path, "one", *(f"print({text!r})" for text in told))
    content = nbformat.read(path, as_version=4)
    for position, text in enumerate(told.values(), start=1):
        cell = content.cells[position]
        cell.outputs, cell.execution_count = [nbformat.v4.new_output("stream", text=f"{text}\n")], position
    nbformat.write(content, path)
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "-c", PROJECT, path]
    found = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert "2 failed, 1 passed" in found.stdout, found.stdout[-2000:]


@each
def test_no_cell_is_left_out_of_the_comparison(path: Path) -> None:
    assert "nbval" not in path.read_text(encoding="utf-8").lower()


def test_a_picture_fits_the_cell() -> None:
    """A PNG of a chart is at most as wide as JupyterLab's cell at 1 440 px, in the units of the screen."""
    for path in NOTEBOOKS:
        for picture in pictures_of(cells_of(path)):
            assert int.from_bytes(base64.b64decode(picture)[16:20], "big") <= 1_400, path.name
