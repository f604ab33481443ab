"""What went into a report and what came out, by SHA-256, and which parts of an old one still hold.

A part is redone when its key has changed: the hash of its name and of all that it is made from. A manifest
has no date and no path of the machine, so that the same input gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from analysis.errors import RequestError, show

MANIFEST = "manifest.json"
MAKER = "maturity-survey report"
LIBRARIES = (
    *(
        "babel",
        "font-source-sans-pro",
        "ipykernel",
        "jinja2",
        "matplotlib",
        "nbclient",
        "nbconvert",
        "numpy",
        "pandas",
    ),
    *("python-pptx", "scipy"),
)
DESKTOP_FILES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})  # file managers put them into any folder
PACKAGE = Path(__file__).parents[3]
PAGE_WORDS, PAGE_TEMPLATES = "report.toml", "pages"


class Part(NamedTuple):
    """One part of a report: its step, its item (a language, a notebook), the hash of what it is made from."""

    step: str
    item: str
    key: str

    @property
    def name(self) -> str:
        """The step and the item, as the manifest names the part."""
        return f"{self.step} {self.item}"


def digest(content: bytes) -> str:
    """The SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def key_of(step: str, item: str, *made_from: str) -> Part:
    """The part for an item of a step, its key from the hashes of what it is made from."""
    return Part(step, item, digest("\n".join([step, item, *made_from]).encode()))


@cache
def library_digest(*, pages: bool = False) -> str:
    """One hash of this package and what it rests on; templates and words of pages only when asked for."""
    folders = [PACKAGE.rglob("*.py"), *((PACKAGE / name).rglob("*") for name in ("templates", "words"))]
    files = [path for folder in folders for path in folder if path.is_file()]
    if not pages:
        files = [path for path in files if path.name != PAGE_WORDS and path.parent.name != PAGE_TEMPLATES]
    lines = [f"{path.relative_to(PACKAGE).as_posix()} {digest(path.read_bytes())}" for path in sorted(files)]
    return digest("\n".join([*lines, json.dumps(versions())]).encode())


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that a report's bytes depend on."""
    return {"python": platform.python_version()} | {library: version(library) for library in LIBRARIES}


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a report of ours; empty where the folder has none."""
    try:
        content = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict) or content.get("made_by") != MAKER:
        return {}
    present = set(files_in(folder))  # a manifest from elsewhere must not lead out of its folder
    outputs = {name: mark for name, mark in content.get("outputs", {}).items() if name in present}
    return {**content, "outputs": outputs}


def write_manifest(
    folder: Path, *, languages: Sequence[str], inputs: Mapping[str, Path], parts: Mapping[Part, Sequence[str]]
) -> bytes:
    """The manifest of a finished folder, written into it.

    Parameters
    ----------
    folder : Path
        The report.
    languages : sequence of str
        Languages of its pages.
    inputs : mapping of str to Path
        What it was made from: the name to give it, and its file.
    parts : mapping of Part to sequence of str
        The files of each part, relative to the folder.

    Returns
    -------
    bytes
        JSON as written.
    """
    content = {
        "made_by": MAKER,
        "version": version("maturity-survey"),
        "languages": list(languages),
        "versions": versions(),
        "inputs": {name: _fingerprint(path) for name, path in sorted(inputs.items())},
        "outputs": {name: _fingerprint(folder / name) for name in files_in(folder)},
        "parts": {part.name: {"key": part.key, "outputs": sorted(files)} for part, files in parts.items()},
    }
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    (folder / MANIFEST).write_bytes(text.encode("utf-8"))
    return text.encode("utf-8")


def _fingerprint(path: Path) -> dict[str, str | int]:
    content = path.read_bytes()
    return {"bytes": len(content), "sha256": digest(content)}


def files_in(folder: Path) -> list[str]:
    """Every file of a report but its manifest, by its name relative to the folder, in order."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.name not in DESKTOP_FILES)
    return sorted(name for path in found if (name := path.relative_to(folder).as_posix()) != MANIFEST)


def check_target(folder: Path) -> None:
    """Nothing, when a report may be put there.

    Raises
    ------
    RequestError
        The path is a file, a folder of something else, or a report with files that are not its own.
    """
    if folder.exists() and not folder.is_dir():
        raise RequestError(f"{show(str(folder))} is a file; give --out a folder")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    manifest = read_manifest(folder)
    if not manifest:
        raise RequestError(
            f"{show(str(folder))} is not empty and not a report of ours; give --out a new or empty folder"
        )
    foreign = [name for name in files_in(folder) if name not in manifest["outputs"]]
    if foreign:
        raise RequestError(
            f"{show(str(folder))} has files that are not of the report: {_listing(foreign)}; "
            f"move them elsewhere, since a report replaces its folder"
        )


def _listing(names: Iterable[str]) -> str:
    shown = [show(name) for name in names]
    return ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if len(shown) > 3 else "")


def reuse_part(part: Part, manifest: Mapping[str, Any], *, old: Path, new: Path) -> list[str] | None:
    """The files of a part, copied from the old report; nothing where the part has to be made anew."""
    known = manifest.get("parts", {}).get(part.name, {})
    names: list[str] = known.get("outputs", [])
    whole = known.get("key") == part.key and all(name in manifest["outputs"] for name in names)
    if not whole or not all(_holds(old / name, manifest["outputs"][name]) for name in names):
        return None
    for name in names:
        (new / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(old / name, new / name)
    return names


def _holds(path: Path, fingerprint: Mapping[str, Any]) -> bool:
    try:
        return digest(path.read_bytes()) == str(fingerprint["sha256"])
    except OSError:
        return False
