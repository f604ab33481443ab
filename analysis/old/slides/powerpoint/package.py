"""An Office file as its parts: read within limits, packed to the same bytes, put in place at once."""

from __future__ import annotations

import io
import os
import posixpath
import re
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.errors import RequestError, StorageError, show

TYPES = "[Content_Types].xml"
FORM = b"application/vnd.openxmlformats-officedocument.presentationml."
DECK, TEMPLATE = FORM + b"presentation.main+xml", FORM + b"template.main+xml"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip archive can name
LARGEST = 500 * 2**20  # bytes, unpacked
# What XML 1.0 forbids or discourages (section 2.2), and the carriage return, which parsers turn to a newline.
FORBIDDEN = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def inert(text: str) -> str:
    """Text as XML may hold it: characters that it forbids are named by code point."""
    return FORBIDDEN.sub(lambda found: show(found[0]), text)


def read_parts(path: Path, *, what: str) -> dict[str, bytes]:
    """The parts of a deck by name, in the order of the file.

    Raises
    ------
    RequestError
        The file is absent, is too large, or is no PowerPoint deck; ``what`` says in whose place it was given.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if sum(entry.file_size for entry in entries) > LARGEST:
                raise RequestError(
                    f"{what} {show(str(path))} unpacks to more than 500 MB; give a smaller one"
                )
            parts = {entry.filename: archive.read(entry) for entry in entries}
    except OSError as error:
        reason = error.strerror or "it is damaged"
        raise RequestError(f"{what} {show(str(path))} cannot be read: {reason}") from error
    except (zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise not_a_deck(path, what=what) from error
    if DECK not in parts.get(TYPES, b"") and TEMPLATE not in parts.get(TYPES, b""):
        raise not_a_deck(path, what=what)
    return parts


def not_a_deck(path: Path, *, what: str) -> RequestError:
    """The refusal of a file that is no deck."""
    return RequestError(
        f"{what} {show(str(path))} is not a PowerPoint deck; give a .pptx or .potx file that PowerPoint saved"
    )


def pack(parts: Mapping[str, bytes]) -> bytes:
    """The parts as a zip archive, the list of content types first; the same parts give the same bytes."""
    buffer = io.BytesIO()
    names = [TYPES, *(name for name in parts if name != TYPES)]
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in names:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0  # the same on every system
            archive.writestr(entry, parts[name])
    return buffer.getvalue()


def unpack(blob: bytes) -> dict[str, bytes]:
    """The parts of a file that is known to be sound."""
    with zipfile.ZipFile(io.BytesIO(blob)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def put(path: Path, blob: bytes) -> None:
    """A file in its place wholly or not at all.

    Raises
    ------
    StorageError
        The disk or the system refused; what stood there stands there still.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(blob)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(path.stat().st_mode if path.exists() else 0o644)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise StorageError(f"{show(str(path))} was not written: {error.strerror}") from error


def parse(blob: bytes) -> Any:
    """The root element of a part; entities and the network are left alone."""
    from lxml import etree

    return etree.fromstring(blob, etree.XMLParser(resolve_entities=False, no_network=True))


def serialize(root: Any) -> bytes:
    """An element as a part, its declaration as Office writes it."""
    from lxml import etree

    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def relations(parts: Mapping[str, bytes], name: str) -> dict[str, str]:
    """What a part points to inside its file: relationship id to the name of the part."""
    folder, _, file = name.rpartition("/")
    blob = parts.get(posixpath.join(folder, "_rels", f"{file}.rels"))
    links = [] if blob is None else list(parse(blob))
    return {
        link.get("Id"): posixpath.normpath(posixpath.join("/", folder, link.get("Target"))).lstrip("/")
        for link in links
        if link.get("TargetMode") != "External"
    }
