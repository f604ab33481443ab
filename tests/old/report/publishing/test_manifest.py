"""The manifest tells reports of ours from other folders, and which parts of an old one still hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.errors import RequestError
from analysis.old.report.publishing.manifest import (
    MANIFEST,
    check_target,
    files_in,
    key_of,
    library_digest,
    read_manifest,
    reuse_part,
    write_manifest,
)


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A report of two parts, one file each."""
    folder = tmp_path / "report"
    (folder / "fi").mkdir(parents=True)
    (folder / "fi" / "index.html").write_text("fi")
    (folder / "deck.pptx").write_text("deck")
    table = tmp_path / "survey.csv"
    table.write_text("wave\n")
    parts = {key_of("pages", "fi", "a"): ["fi/index.html"], key_of("slides", "fi", "b"): ["deck.pptx"]}
    write_manifest(folder, languages=["fi"], inputs={"survey.csv": table}, parts=parts)
    return folder


def test_a_manifest_lists_inputs_and_outputs_by_hash_without_the_machine(report: Path) -> None:
    text = (report / MANIFEST).read_text(encoding="utf-8")
    content = json.loads(text)

    assert str(report.parent) not in text
    assert sorted(content["outputs"]) == ["deck.pptx", "fi/index.html"]
    assert content["outputs"]["fi/index.html"] == {
        "bytes": 2,
        "sha256": "b4bdc848109722a383d0a972c6eb859f2abd29565b8c4cc7199e7c9eb708f1b7",  # printf fi | sha256sum
    }
    assert content["inputs"]["survey.csv"]["bytes"] == 5
    assert content["versions"]["pandas"]


def test_a_report_of_ours_and_an_empty_folder_may_be_replaced(report: Path, tmp_path: Path) -> None:
    (report / ".DS_Store").write_text("left by a file manager")
    (tmp_path / "empty").mkdir()

    check_target(report)
    check_target(tmp_path / "empty")
    check_target(tmp_path / "absent")


@pytest.mark.parametrize("content", ["{}", "[]", "not json", '{"made_by": "another"}'])
def test_a_folder_with_another_manifest_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / MANIFEST).write_text(content)
    with pytest.raises(RequestError, match="is not empty and not a report of ours"):
        check_target(tmp_path)


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "report").write_text("x")
    with pytest.raises(RequestError, match="is a file; give --out a folder"):
        check_target(tmp_path / "report")


def test_a_report_with_files_of_someone_is_refused_and_they_are_named(report: Path) -> None:
    (report / "my notes.txt").write_text("mine")
    with pytest.raises(RequestError, match=r"files that are not of the report: my notes\.txt; move them"):
        check_target(report)


def test_a_part_is_reused_when_its_key_and_its_files_are_unchanged(report: Path, tmp_path: Path) -> None:
    manifest = read_manifest(report)
    found = reuse_part(key_of("pages", "fi", "a"), manifest, old=report, new=tmp_path / "new")

    assert found == ["fi/index.html"]
    assert files_in(tmp_path / "new") == ["fi/index.html"]


def test_a_part_is_made_anew_when_what_it_is_made_from_has_changed(report: Path, tmp_path: Path) -> None:
    manifest = read_manifest(report)
    assert reuse_part(key_of("pages", "fi", "c"), manifest, old=report, new=tmp_path / "new") is None
    assert reuse_part(key_of("pages", "sv", "a"), manifest, old=report, new=tmp_path / "new") is None


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_a_part_is_made_anew_when_a_file_of_it_was_touched(report: Path, tmp_path: Path, damage: str) -> None:
    page = report / "fi" / "index.html"
    page.write_text("other") if damage == "changed" else page.unlink()
    manifest = read_manifest(report)
    assert reuse_part(key_of("pages", "fi", "a"), manifest, old=report, new=tmp_path / "new") is None


def test_a_manifest_from_elsewhere_cannot_lead_out_of_its_folder(report: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("fi")
    content = json.loads((report / MANIFEST).read_text())
    part = key_of("pages", "fi", "a")
    content["outputs"]["../secret.txt"] = content["outputs"]["fi/index.html"]
    content["parts"][part.name]["outputs"] = ["../secret.txt"]
    (report / MANIFEST).write_text(json.dumps(content))

    new = tmp_path / "deeper" / "new"
    assert reuse_part(part, read_manifest(report), old=report, new=new) is None
    assert not (tmp_path / "deeper").exists()


def test_words_of_pages_count_for_pages_only() -> None:
    assert library_digest() != library_digest(pages=True)
    assert library_digest() == library_digest()
