"""Replacing a table whole or not at all: lock, temporary files in its folder, rename, backup.

A table is written to a new file beside it, forced to the disk, and renamed over the old one, so that a
reader or a crash finds the old table or the new one. The table before stays as ``<file>.bak``, with the
time stamp of the new one: that tells later whether the table is still the one the backup belongs to.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from analysis.errors import LockedError, RequestError, StorageError, show

LOCK_SECONDS = 5  # for which another process may hold the table before we give up
WINDOWS_PAUSES = (0.1, 0.2, 0.4, 0.8)  # seconds, while Excel or a virus scanner holds a file


def resolve_table(path: str | Path) -> Path:
    """The regular, writable file behind a path; symbolic links are followed.

    Raises
    ------
    RequestError
        It is no regular file.
    StorageError
        It cannot be opened, or is read-only. Its mode is asked for, since a rename would not care.
    """
    with _storage_errors(path):
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
    with _storage_errors(path):
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise StorageError(f"{show(str(path))} is not a plain lock file; delete it")
        lock = FileLock(path, timeout=LOCK_SECONDS, mode=0o600 | (target.stat().st_mode & 0o666))
        try:
            lock.acquire()
        except Timeout as error:
            raise LockedError(
                f"{show(str(path))} is held by another process for more than {LOCK_SECONDS} seconds; "
                "nothing was changed, try again when it has ended"
            ) from error
    try:
        yield
    finally:
        with suppress(OSError):
            lock.release()


def sweep(target: Path) -> None:
    """Delete the temporary files that a killed process left; only the holder of the lock may do so."""
    ours = re.compile(rf"\.{re.escape(target.name)}\.[0-9a-f]{{16}}\.tmp")
    with _storage_errors(target.parent):
        leftovers = [path for path in target.parent.iterdir() if ours.fullmatch(path.name)]
    for path in leftovers:
        with suppress(OSError):
            path.unlink()


def replace_table(target: Path, before: bytes, after: bytes) -> None:
    """Put ``after`` in the place of ``before``, which becomes the backup; call it under the lock.

    Raises
    ------
    StorageError
        The disk or the system refused, or the table no longer holds ``before``: it is as it was.
    """
    backup = _backup_of(target)
    with _storage_errors(target), ExitStack() as temporaries:
        status = target.stat()
        staged = temporaries.enter_context(_beside(target, after, status))
        modified = staged.stat().st_mtime_ns
        spare = temporaries.enter_context(_beside(target, before, status, modified=modified))
        _require_unmoved(target, before)
        _rename(spare, backup)
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
    with _storage_errors(target), ExitStack() as temporaries:
        now, old, status = target.read_bytes(), backup.read_bytes(), target.stat()
        if now == old:
            raise RequestError(f"nothing to undo: {show(str(target))} is as it was before the last append")
        if status.st_mtime_ns != backup.stat().st_mtime_ns or not now.startswith(old):
            raise RequestError(
                f"{show(str(target))} was changed after the last append, so undoing it would lose that; "
                f"the table before the append is {show(str(backup))}"
            )
        spare = temporaries.enter_context(_beside(target, now, status, modified=status.st_mtime_ns))
        staged = temporaries.enter_context(_beside(target, old, status))
        _require_unmoved(target, now)
        _exchange(staged, target, spare)
        backup.unlink()
    return now, old


def _backup_of(target: Path) -> Path:
    return Path(f"{target}.bak")


@contextmanager
def _beside(
    target: Path, content: bytes, like: os.stat_result, *, modified: int | None = None
) -> Iterator[Path]:
    """A temporary file in the table's folder, on the disk, with its mode and owner; deleted at the end."""
    path = target.with_name(f".{target.name}.{os.urandom(8).hex()}.tmp")
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            _write_whole(file, content)
            _keep_owner(file, like)
            if modified is not None:
                os.utime(path, ns=(modified, modified))
            os.fsync(file)
        finally:
            os.close(file)
        yield path
    finally:
        with suppress(OSError):
            path.unlink()


def _write_whole(file: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(file, left) :]


def _keep_owner(file: int, like: os.stat_result) -> None:
    if os.name == "nt":
        return
    own = os.fstat(file)
    if (own.st_uid, own.st_gid) != (like.st_uid, like.st_gid):
        try:
            os.fchown(file, like.st_uid, like.st_gid)
        except PermissionError as error:
            reason = "you cannot keep its owner and group, so its owner must do this"
            raise PermissionError(error.errno, reason) from error
    os.fchmod(file, stat.S_IMODE(like.st_mode))


def _require_unmoved(target: Path, content: bytes) -> None:
    if target.read_bytes() != content:
        raise StorageError(
            f"{show(str(target))} was changed by another program meanwhile; nothing was written, try again"
        )


def _exchange(staged: Path, target: Path, old: Path) -> None:
    """Rename ``staged`` over the table and force the folder to the disk; on a fault put ``old`` back."""
    try:
        _rename(staged, target)
        _sync_folder(target.parent)
    except BaseException as fault:
        try:
            _rename(old, target)
        except OSError:
            raise StorageError(
                f"{show(str(target))}: {fault}; the new table may or may not be on the disk; "
                f"the one before is {show(str(old))}"
            ) from fault
        raise


def _rename(source: Path, target: Path) -> None:
    for pause in WINDOWS_PAUSES if os.name == "nt" else ():
        with suppress(PermissionError):
            os.replace(source, target)  # noqa: PTH105  (one call, as the tests of faults know it)
            return
        time.sleep(pause)
    os.replace(source, target)  # noqa: PTH105


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


@contextmanager
def _storage_errors(path: str | Path) -> Iterator[None]:
    """What the system refuses, as an error that says so; the table is as it was."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        advice = "; close it in Excel and try again" if os.name == "nt" else ""
        raise StorageError(f"{show(str(path))}: {reason}; the table was not changed{advice}") from error
