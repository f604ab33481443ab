"""A page is printed to a tagged PDF, the same bytes each time."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from pypdf import PdfReader

from analysis.errors import RequestError, StorageError
from analysis.old.report.publishing import prints
from analysis.old.report.publishing.prints import find_browser, print_page

PAGE = """<!DOCTYPE html><html lang="sv"><head><meta charset="utf-8"><title>Rapporten</title></head>
<body><h1>Rubrik</h1><p>Text</p><table><tr><th scope="col">n</th></tr><tr><td>80</td></tr></table>
</body></html>"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "a page å.html"
    path.write_text(PAGE, encoding="utf-8")
    return path


@pytest.mark.browser
@pytest.mark.skipif(not any(map(shutil.which, prints.BROWSERS)), reason="no browser is installed")
def test_the_pdf_is_tagged_has_its_language_and_the_same_bytes(page: Path) -> None:
    content = print_page(page)
    document = PdfReader(io.BytesIO(content))
    root = document.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith("sv")
    assert "/StructTreeRoot" in root
    assert document.metadata.title == "Rapporten"
    assert "Rubrik" in document.pages[0].extract_text()
    assert print_page(page) == content


def test_without_a_browser_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prints.shutil, "which", lambda _: None)
    with pytest.raises(RequestError, match=r"--pdf needs a browser, one of chromium, .* or print the page"):
        find_browser()


def test_a_browser_that_fails_is_named_with_what_it_said(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "browser"
    broken.write_text("#!/bin/sh\necho no display >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(prints, "find_browser", lambda: str(broken))
    with pytest.raises(StorageError, match=r"browser could not print a page å\.html: no display"):
        print_page(page)
