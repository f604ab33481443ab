"""Pages printed to tagged PDF by a browser of the machine, the same bytes each time."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from analysis.errors import RequestError, StorageError, shorten

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
SECONDS = 120
OPTIONS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-extensions",
    "--no-first-run",
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
)
DATE = re.compile(rb"(/(?:Creation|Mod)Date \(D:)\d{14}")
NODE = re.compile(rb"\(node(\d{8})\)")


def find_browser() -> str:
    """The path of a browser that prints tagged PDF.

    Raises
    ------
    RequestError
        None is on the search path.
    """
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        raise RequestError(
            f"--pdf needs a browser, one of {', '.join(BROWSERS)}; install one, or print the page from yours"
        )
    return found


def browser_version() -> str:
    """What the browser says of itself; its prints depend on it.

    Raises
    ------
    RequestError
        None is on the search path.
    """
    command = [find_browser(), "--version"]
    run = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False, text=True)  # noqa: S603
    return run.stdout.strip()


def print_page(page: Path) -> bytes:
    """A page as a tagged PDF, with its outline and its language.

    Returns
    -------
    bytes
        The PDF, with a fixed date and its nodes numbered from one, so that a rerun has the same bytes.

    Raises
    ------
    RequestError
        No browser is on the search path.
    StorageError
        The browser failed.
    """
    browser = find_browser()
    with TemporaryDirectory(prefix="maturity-") as folder:
        target = Path(folder) / "page.pdf"
        options = [*OPTIONS, f"--user-data-dir={folder}/profile", f"--print-to-pdf={target}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            options.append("--no-sandbox")  # a browser refuses to sandbox itself for root
        command = [browser, *options, page.absolute().as_uri()]
        try:
            run = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603
        except subprocess.TimeoutExpired as error:
            raise StorageError(f"{browser} did not print {page.name} within {SECONDS} s") from error
        if run.returncode or not target.exists():
            said = run.stderr.decode(errors="replace").strip().splitlines()
            raise StorageError(f"{browser} could not print {page.name}: {shorten(' '.join(said[-1:]), 200)}")
        return _fix(target.read_bytes())


def _fix(content: bytes) -> bytes:
    """The same PDF with a fixed date and nodes counted from one; no byte moves, so its index stays right."""
    content = DATE.sub(rb"\g<1>20000101000000", content)
    first = min((int(node) for node in NODE.findall(content)), default=1)
    return NODE.sub(lambda node: b"(node%08d)" % (int(node[1]) - first + 1), content)
