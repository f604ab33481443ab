"""Replacing a table: lock, rename, backup, and the way back.

The table before stays as ``<file>.bak``, with the time stamp of the new one: that tells later whether the
table is still the one the backup belongs to.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from analysis.errors import LockedError, RequestError, StorageError, show
from analysis.survey.storing import move, put_beside, storage_errors, sync_folder

LOCK_SECONDS = 5  # for which another process may hold the table before we give up


def resolve_table(path: str | Path) -> Path:
    """The regular, writable file behind a path; symbolic links are followed.

    Raises
    ------
    RequestError
        It is no regular file.
    StorageError
        It cannot be opened, or is read-only. Its mode is asked for, since a rename would not care.
    """
    with storage_errors(path):
        target = Path(os.path.realpath(path, strict=True))
        status = target.stat()
    if not stat.S_ISREG(status.st_mode):
        raise RequestError(f"{show(str(path))} is not a regular file; give the CSV file of a survey")
    if not status.st_mode & 0o222 or not os.access(target, os.W_OK):
        raise StorageError(f"{show(str(path))} is read-only; make it writable first (chmod u+w)")
    return target


@contextmanager
def lock_table(target: Path) -> Iterator[None]:
    """Holds the kernel lock ``<file>.lock``, which stays where it is afterwards.

    Raises
    ------
    LockedError
        Another process holds it for longer than ``LOCK_SECONDS``.
    StorageError
        The lock file cannot be made.
    """
    from filelock import FileLock, Timeout

    path = Path(f"{target}.lock")
    with storage_errors(path):
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise StorageError(f"{show(str(path))} is not a regular lock file; delete it")
        lock = FileLock(path, timeout=LOCK_SECONDS, mode=0o600 | (target.stat().st_mode & 0o666))
        try:
            lock.acquire()
        except Timeout as error:
            raise LockedError(
                f"{show(str(path))} has been held by another process for more than {LOCK_SECONDS} seconds; "
                "nothing was changed, try again when it has ended"
            ) from error
    try:
        yield
    finally:
        with suppress(OSError):
            lock.release()


def replace_table(target: Path, before: bytes, after: bytes) -> None:
    """Put ``after`` in the place of ``before``, which becomes the backup; call it under the lock.

    Raises
    ------
    StorageError
        The disk or the system refused, or the table no longer holds ``before``: it is as it was.
    """
    backup = _backup_of(target)
    with storage_errors(target), ExitStack() as temporaries:
        status = target.stat()
        staged = temporaries.enter_context(put_beside(target, after, status))
        modified = staged.stat().st_mtime_ns
        spare = temporaries.enter_context(put_beside(target, before, status, modified=modified))
        _require_unmoved(target, before)
        move(spare, backup)
        _exchange(staged, target, backup)


def take_back(target: Path) -> tuple[bytes, bytes]:
    """Put the backup in the place of the table; call it under the lock.

    Returns
    -------
    tuple of bytes
        The table as it was until now, and as it is again.

    Raises
    ------
    RequestError
        There is no backup, or the table was changed since.
    StorageError
        The disk or the system refused: the table is as it was.
    """
    backup = _backup_of(target)
    if backup.is_symlink() or not backup.is_file():
        raise RequestError(
            f"nothing to undo: there is no {show(str(backup))} (only the last append can be undone, and once)"
        )
    with storage_errors(target), ExitStack() as temporaries:
        now, old, status = target.read_bytes(), backup.read_bytes(), target.stat()
        if now == old:
            raise RequestError(f"nothing to undo: {show(str(target))} is as it was before the last append")
        if status.st_mtime_ns != backup.stat().st_mtime_ns or not now.startswith(old):
            raise RequestError(
                f"{show(str(target))} was changed after the last append, so undoing it would lose that; "
                f"the table before the append is {show(str(backup))}"
            )
        spare = temporaries.enter_context(put_beside(target, now, status, modified=status.st_mtime_ns))
        staged = temporaries.enter_context(put_beside(target, old, status))
        _require_unmoved(target, now)
        _exchange(staged, target, spare)
        backup.unlink()
    return now, old


def _backup_of(target: Path) -> Path:
    return Path(f"{target}.bak")


def _require_unmoved(target: Path, content: bytes) -> None:
    if target.read_bytes() != content:
        raise StorageError(
            f"{show(str(target))} was changed by another program meanwhile; nothing was written, try again"
        )


def _exchange(staged: Path, target: Path, old: Path) -> None:
    """Rename ``staged`` over the table and force the folder to the disk; on a fault put ``old`` back."""
    try:
        move(staged, target)
        sync_folder(target.parent)
    except BaseException as fault:
        try:
            move(old, target)
        except OSError:
            raise StorageError(
                f"{show(str(target))}: {fault}; the new table may or may not be on the disk; "
                f"the one before is {show(str(old))}"
            ) from fault
        raise
