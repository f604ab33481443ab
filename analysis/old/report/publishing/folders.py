"""A folder that is replaced as a whole: built beside its place, then moved there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from analysis.errors import StorageError, show


@contextmanager
def replaced_folder(target: Path) -> Iterator[Path]:
    """An empty folder to build in; when the block ends well it stands in the place of ``target``.

    When the block fails, and when nothing was built, ``target`` is as it was and nothing is left beside it.

    Yields
    ------
    Path
        The folder to build in, on the same disk as ``target``.

    Raises
    ------
    StorageError
        The disk or the system refused.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        workshop = Path(mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise _refused(target, error) from error
    try:
        built = workshop / "new"
        built.mkdir()
        yield built
        if any(built.iterdir()):
            _swap(built, target, workshop / "old")
    except OSError as error:
        raise _refused(target, error) from error
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _swap(built: Path, target: Path, aside: Path) -> None:
    if target.exists():
        target.rename(aside)
    try:
        built.rename(target)
    except OSError:
        if aside.exists():
            aside.rename(target)
        raise


def _refused(target: Path, error: OSError) -> StorageError:
    reason = error.strerror or str(error)
    return StorageError(f"{show(str(target))} cannot be written: {reason}; it was left as it was")
