"""Office files as parts: the same bytes each time, within limits, in place wholly or not at all."""

from __future__ import annotations

import zipfile

import pytest

from analysis.errors import RequestError, StorageError
from analysis.old.slides.powerpoint.package import inert, pack, put, read_parts, unpack


def test_a_package_is_the_same_whenever_it_is_made():
    parts = {"b.xml": b"<b/>", "[Content_Types].xml": b"<Types/>", "a.xml": b"<a/>"}
    blob = pack(parts)
    assert blob == pack(parts)
    assert list(unpack(blob)) == ["[Content_Types].xml", "b.xml", "a.xml"]


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[0m", "\ud800", "\ufffe", "\r"])
def test_what_xml_forbids_is_named_by_code_point(text):
    assert "<U+" in inert(text)


def test_what_xml_allows_is_left_alone():
    text = "Äö ”x” <b> & $x$ \t\n 🙂 =1+1"
    assert inert(text) == text


def test_a_zip_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.old.slides.powerpoint.package.LARGEST", 1000)
    with zipfile.ZipFile(tmp_path / "large.pptx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b" " * 2000)
    with pytest.raises(RequestError, match="give a smaller one"):
        read_parts(tmp_path / "large.pptx", what="template")


def test_a_failed_write_leaves_what_stood_there(tmp_path, monkeypatch):
    target = tmp_path / "deck.pptx"
    target.write_bytes(b"old")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(StorageError, match="No space left on device"):
        put(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]
