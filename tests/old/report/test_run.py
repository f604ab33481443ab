"""A report is made whole, the same each time, only what has changed anew, and never over something else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from lxml import html
from surveys import SURVEYS

from analysis.errors import CodebookError, RequestError, StorageError, SurveyDataError
from analysis.old.report.publishing import batches, pages, workshop
from analysis.old.report.publishing.manifest import MANIFEST, digest
from analysis.old.report.publishing.workshop import Watch
from analysis.old.report.run import run_report

QUICK = {(size, theme): ("svg",) for size in ("wide", "phone") for theme in ("light", "dark")}
QUICK["wide", "light"] = ("svg", "png")
STEPS = ["tables", "notebooks", "charts", "slides", "pages"]


class Notes(Watch):
    """Writes down how many parts of each step were made and kept."""

    def __init__(self) -> None:
        self.made: dict[str, int] = {}
        self.kept: dict[str, int] = {}

    def begin(self, step: str, made: int, kept: int) -> None:
        self.made[step], self.kept[step] = made, kept


@pytest.fixture(scope="module", autouse=True)
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two small notebooks in the place of the shipped ones, two charts, the pictures of a page."""
    folder = tmp_path_factory.mktemp("notebooks")
    for name in ("01_first", "02_second"):
        cells = [
            nbformat.v4.new_markdown_cell(f"# {name}", id="a"),
            nbformat.v4.new_code_cell("6 * 7", id="b"),
        ]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / f"{name}.ipynb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workshop, "shipped", lambda _: folder)
        for module in (workshop, pages):
            patch.setattr(module, "DRAWN", QUICK)
            patch.setattr(module, "CHART_ORDER", ("stages", "waves"))
        yield folder


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the smallest of the made-up surveys."""
    return SURVEYS["tiny"]().save(tmp_path_factory.mktemp("survey") / "tiny")


@pytest.fixture(scope="module")
def made(survey: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of it in Swedish."""
    return run_report(tmp_path_factory.mktemp("made") / "report", survey=survey, lang="sv")


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    """A copy of that report that a test may change."""
    return Path(shutil.copytree(made, tmp_path / "report"))


@pytest.fixture
def changed_survey(survey: Path, tmp_path: Path) -> Path:
    """A copy of the survey in which one answer of the first wave has moved: 39 and 11 of 50."""
    folder = Path(shutil.copytree(survey, tmp_path / "changed"))
    table = folder / "survey_2021.csv"
    table.write_text(table.read_text().replace(",80.0,", ",78.0,").replace(",20.0,", ",22.0,"))
    return folder


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): digest(path.read_bytes()) for path in files}


def test_a_changed_figure_remakes_all_that_shows_it_with_the_bytes_of_a_forced_run_in_one_process(
    out: Path, changed_survey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = Notes()
    run_report(out, survey=changed_survey, lang="sv", watch=notes)
    assert set(notes.kept.values()) == {0}
    assert "<td>22</td>" in (out / "sv" / "index.html").read_text()

    moved = Path(shutil.copytree(changed_survey, tmp_path / "elsewhere" / "copy"))
    second = Path(shutil.copytree(out, tmp_path / "deeper" / "second"))
    monkeypatch.setattr(batches, "_processors", lambda: 1)
    run_report(second, survey=moved, lang="sv", force=True, watch=notes)
    assert set(notes.kept.values()) == {0}
    found = contents(second)
    assert found == contents(out)
    assert {"index.html", "sv/index.html", "sv/gallery.html", "sv/slides.pptx", MANIFEST} <= set(found)
    assert {"notebooks/01_first.html", "notebooks/01_first.ipynb", "data/datapackage.json"} <= set(found)
    assert str(tmp_path) not in "".join(path.read_text() for path in second.rglob("*.html"))


def test_the_manifest_lists_every_file_by_its_hash(made: Path, survey: Path) -> None:
    manifest = json.loads((made / MANIFEST).read_text())
    found = contents(made)
    found.pop(MANIFEST)
    assert {name: entry["sha256"] for name, entry in manifest["outputs"].items()} == found
    assert sorted(name for part in manifest["parts"].values() for name in part["outputs"]) == sorted(found)
    table = "survey_2021.csv"
    assert manifest["inputs"][table]["sha256"] == digest((survey / table).read_bytes())


def test_every_link_of_a_report_leads_to_a_file(made: Path) -> None:
    for page in made.rglob("*.html"):
        links = html.parse(page).xpath("//@href|//@src")
        for link in (link.partition("#")[0] for link in links if not link.startswith("https://")):
            assert not link or (page.parent / link).is_file(), f"{page.name}: {link}"


def test_nothing_is_made_anew_when_nothing_has_changed(out: Path, made: Path, survey: Path) -> None:
    notes = Notes()
    run_report(out, survey=survey, lang="sv", watch=notes)
    assert notes.made == dict.fromkeys(STEPS, 0)
    assert contents(out) == contents(made)


def test_a_broken_file_is_made_anew_with_its_part_alone(out: Path, made: Path, survey: Path) -> None:
    notes = Notes()
    (out / "sv" / "slides.pptx").write_bytes(b"broken")
    run_report(out, survey=survey, lang="sv", watch=notes)
    assert {step for step, number in notes.made.items() if number} == {"slides"}
    assert contents(out) == contents(made)


def test_a_changed_notebook_is_run_alone(out: Path, survey: Path, notebooks: Path) -> None:
    notes, changed = Notes(), notebooks / "02_second.ipynb"
    before = changed.read_text()
    try:
        changed.write_text(before.replace("6 * 7", "6 * 8"))
        run_report(out, survey=survey, lang="sv", watch=notes)
    finally:
        changed.write_text(before)
    assert (notes.made["notebooks"], notes.kept["notebooks"]) == (1, 1)
    assert (notes.made["charts"], notes.made["slides"]) == (0, 0)
    assert "48" in (out / "notebooks" / "02_second.html").read_text()


def test_a_folder_of_someone_is_left_alone(survey: Path, tmp_path: Path) -> None:
    (tmp_path / "chapter.txt").write_text("mine")
    with pytest.raises(RequestError, match="is not empty and not a report of ours"):
        run_report(tmp_path, survey=survey, lang="en")
    assert contents(tmp_path) == {"chapter.txt": digest(b"mine")}


@pytest.mark.parametrize(
    ("damage", "error"), [("absent", CodebookError), ("percent", SurveyDataError), ("lang", RequestError)]
)
def test_what_is_refused_is_refused_before_anything_is_written(
    changed_survey: Path, tmp_path: Path, damage: str, error: type[Exception]
) -> None:
    table = changed_survey / "survey_2021.csv"
    if damage == "percent":
        table.write_text(table.read_text().replace(",78.0,", ",178.0,"))
    source = tmp_path / "nowhere" if damage == "absent" else changed_survey
    with pytest.raises(error):
        run_report(tmp_path / "made" / "out", survey=source, lang="no" if damage == "lang" else "en")
    assert not (tmp_path / "made").exists()


def test_a_failure_leaves_the_report_that_was_there(
    out: Path, made: Path, survey: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    (out / "sv" / "slides.pptx").unlink()
    before = contents(out)
    monkeypatch.setattr(workshop, "save_slides", fail)
    with pytest.raises(StorageError, match="No space left on device"):
        run_report(out, survey=survey, lang="sv")
    assert contents(out) == before
    assert [path.name for path in out.parent.iterdir()] == ["report"]
