"""A folder is replaced as a whole or not at all, and nothing is left beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.errors import StorageError
from analysis.old.report.publishing.folders import replaced_folder


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def fill(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "page.html").write_text(text)
    return folder


def test_a_new_folder_appears_with_its_parents(tmp_path: Path) -> None:
    with replaced_folder(tmp_path / "a" / "report") as built:
        fill(built, "new")
        assert not (tmp_path / "a" / "report").exists()
    assert contents(tmp_path) == {"a/report/page.html": "new"}
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["report"]


def test_an_old_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    target = fill(tmp_path / "report", "old")
    (target / "gone.html").write_text("old")
    with replaced_folder(target) as built:
        fill(built, "new")
        assert contents(target)["page.html"] == "old"
    assert contents(tmp_path) == {"report/page.html": "new"}


def test_an_error_leaves_the_old_folder_and_no_litter(tmp_path: Path) -> None:
    target = fill(tmp_path / "report", "old")
    with pytest.raises(ZeroDivisionError), replaced_folder(target) as built:
        fill(built, f"half {1 / 0}")
    assert contents(tmp_path) == {"report/page.html": "old"}
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_folder_that_stays_empty_changes_nothing(tmp_path: Path) -> None:
    target = fill(tmp_path / "report", "old")
    with replaced_folder(target):
        pass
    assert contents(tmp_path) == {"report/page.html": "old"}


def test_a_refused_move_brings_the_old_folder_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = fill(tmp_path / "report", "old")
    rename = Path.rename

    def refuse(self: Path, other: Path) -> Path:
        if self.name == "new":
            raise OSError(28, "No space left on device")
        return rename(self, other)

    monkeypatch.setattr(Path, "rename", refuse)
    with (
        pytest.raises(StorageError, match="No space left on device; it was left as it was"),
        replaced_folder(target) as built,
    ):
        fill(built, "new")
    assert contents(tmp_path) == {"report/page.html": "old"}


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with (
        pytest.raises(StorageError, match="cannot be written"),
        replaced_folder(tmp_path / "file" / "report"),
    ):
        pass
