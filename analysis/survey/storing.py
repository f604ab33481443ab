"""The one writer: whole or not at all, beside the target first, then renamed.

What is written goes to a new file or folder with an unpredictable name in the target's own folder, is forced
to the disk, and is renamed, so that a reader or a crash finds the old one or the new one. Links are followed;
mode, owner and a read-only mark are kept. Leftovers of a killed process are swept by the next one.

What is made from a table (``write_file``, ``building``) replaces only what this package wrote, byte for byte:
``.maturity.sha256`` in the same folder lists that, as ``sha256sum`` does. ``appending`` replaces the table.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path

from analysis.codebook import DESCRIPTOR
from analysis.errors import RequestError, StorageError, shorten, show

WINDOWS_PAUSES = (0.1, 0.2, 0.4, 0.8)  # seconds, while Excel or a virus scanner holds a file
MANIFEST = ".maturity.sha256"
FIXED_DATE = datetime(2021, 1, 1)  # noqa: DTZ001  (of files that have one; ours must not depend on the clock)
DESKTOP_FILES = {".DS_Store", "Thumbs.db", "desktop.ini", ".ipynb_checkpoints"}  # which tools put anywhere
LONGEST_NAME = 200  # bytes of a name, to which a temporary one adds some; file systems end at 255
MOST_NAMED = 200  # characters of the names of changed files
EXCHANGE = 2  # RENAME_EXCHANGE of renameat2(2), since Linux 3.15
HERE = -100  # AT_FDCWD


def write_file(
    path: str | Path, data: bytes | str, *, force: bool = False, never: Iterable[str | Path] = ()
) -> Path:
    """A file with this content, text as UTF-8; a link is followed, and a missing folder made.

    With ``force`` it replaces a file too that this package did not write, or that was changed since; never a
    survey's table and descriptor, nor what ``never`` names, such as the file that the content was made from.
    The same content once more changes nothing. Returns the path as given.

    Raises
    ------
    RequestError, StorageError
        What stands there is not ours to replace, or the system refused: it is as it was.
    """
    content = data.encode("utf-8") if isinstance(data, str) else data
    with storage_errors(path), ExitStack() as temporaries:
        target = Path(os.path.realpath(path))
        if target.is_file() and target.stat().st_size == len(content) and target.read_bytes() == content:
            return Path(path)
        _require_free(target, path, never, force=force)
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(target)
        like = target.stat() if target.exists() else None
        staged = temporaries.enter_context(put_beside(target, content, like))
        _list_file(staged, target)
        move(staged, target)
        sync(target.parent)
    return Path(path)


@contextmanager
def building(folder: str | Path, *, force: bool = False, once: bool = False) -> Iterator[Path]:
    """A new folder to fill, which takes its place whole when the block ends well, and is deleted otherwise.

    An earlier one made here is replaced if nothing in it was changed, with ``force`` even so. With ``once``
    the folder is its user's from now on: nothing is replaced, and no list of files is kept.

    Raises
    ------
    RequestError, StorageError
        What stands there is a file, somebody else's folder, the current folder or was changed, or the system
        refused: what was there is as it was.
    """
    with storage_errors(folder), ExitStack() as temporaries:
        target = Path(os.path.realpath(folder))
        require_replaceable(folder, force=force, once=once)
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(target)
        staged = _temporary(target)
        temporaries.callback(shutil.rmtree, staged, ignore_errors=True)
        staged.mkdir()
        temporaries.enter_context(_holding(staged))
        yield staged
        if not once:
            lines = [_line_of(path, name) + "\n" for name, path in _files_in(staged).items()]
            (staged / MANIFEST).write_text("".join(lines), encoding="utf-8", newline="\n")
        for path in [*staged.rglob("*"), staged]:
            if not path.is_symlink():
                sync(path)
        require_replaceable(folder, force=force, once=once)
        _put_folder(staged, target)
        sync(target.parent)


def require_replaceable(folder: str | Path, *, force: bool = False, once: bool = False) -> None:
    """Refuse a folder that ``building`` would not replace, with its errors, before any work is done."""
    place = show(str(folder))
    with storage_errors(folder):
        target = Path(os.path.realpath(folder))
        if not target.exists():
            return
        if not target.is_dir():
            raise RequestError(f"{place} is a file; name a folder")
        if target == Path.cwd() or target in Path.cwd().parents:
            raise RequestError(f"{place} is the current folder; name a new one")
        if not {path.name for path in target.iterdir()} - DESKTOP_FILES:
            return
        if once or not (target / MANIFEST).is_file():
            raise RequestError(f"{place} exists already; name a folder that does not exist or is empty")
        ours = _read_list(target)
        changed = [name for name, file in _files_in(target).items() if _line_of(file, name) not in ours]
    if changed and not force:
        raise RequestError(
            f"{place} holds files that were added or changed since it was made: "
            f"{shorten(show(', '.join(changed)), MOST_NAMED)}; give another folder, move these files away, "
            "or replace all with --force"
        )


def sweep(target: Path) -> None:
    """Delete the temporary files and folders that a killed process left beside a target, and no others."""
    ours = re.compile(rf"\.{re.escape(_stem(target))}\.[0-9a-f]{{16}}\.tmp")
    with storage_errors(target.parent):
        leftovers = [path for path in target.parent.iterdir() if ours.fullmatch(path.name)]
    for path in leftovers:
        with suppress(OSError), _holding(path):  # an error where it is a link, or held by a living process
            if path.is_file():
                path.unlink()
            elif (path / MANIFEST).is_file() and not target.exists():  # killed between two renames
                path.rename(target)
            else:
                shutil.rmtree(path)


@contextmanager
def put_beside(
    target: Path, content: bytes, like: os.stat_result | None, *, modified: int | None = None
) -> Iterator[Path]:
    """A temporary file beside the target, on the disk, with mode and owner of ``like``; gone at the end."""
    path = _temporary(target)
    mode = 0o666 if like is None else 0o600  # a new file has what the umask leaves
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
        with _holding(path):
            with _closing(file):
                _write_whole(file, content)
                if like is not None and os.name != "nt":
                    _keep_owner(file, like)
                if modified is not None:
                    os.utime(path, ns=(modified, modified))
                os.fsync(file)
            yield path
    finally:
        with suppress(OSError):
            path.unlink()


@contextmanager
def _closing(file: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(file)


def _write_whole(file: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(file, left) :]


def _keep_owner(file: int, like: os.stat_result) -> None:
    own = os.fstat(file)
    if (own.st_uid, own.st_gid) != (like.st_uid, like.st_gid):
        try:
            os.fchown(file, like.st_uid, like.st_gid)
        except PermissionError as error:
            reason = "you cannot keep its owner and group, so its owner must do this"
            raise PermissionError(error.errno, reason) from error
    os.fchmod(file, stat.S_IMODE(like.st_mode))


def move(source: Path, target: Path) -> Path:
    """Rename over what is there, again after a pause where Windows holds it; returns the target."""
    for pause in WINDOWS_PAUSES if os.name == "nt" else ():
        with suppress(PermissionError):
            os.replace(source, target)  # noqa: PTH105  (one call, as the tests of faults know it)
            return target
        time.sleep(pause)
    os.replace(source, target)  # noqa: PTH105
    return target


def sync(path: Path) -> None:
    """Force a file, or the names in a folder, to the disk."""
    is_folder = path.is_dir()
    if is_folder and os.name == "nt":  # where no folder can be opened
        return
    file = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    with _closing(file):
        os.fsync(file)


def require_writable(target: Path, path: str | Path) -> None:
    """Refuse what is no regular file or has no mode to be written, for which a rename would not care."""
    mode = target.stat().st_mode
    if not stat.S_ISREG(mode):
        what = "not a regular file but a folder" if stat.S_ISDIR(mode) else "not a regular file"
        raise RequestError(f"{show(str(path))} is {what}; name a file")
    if not mode & 0o222 or not os.access(target, os.W_OK):
        raise StorageError(f"{show(str(path))} is read-only; make it writable first (chmod u+w)")


def _require_free(target: Path, path: str | Path, never: Iterable[str | Path], *, force: bool) -> None:
    """Refuse a file that may not be replaced."""
    place = show(str(path))
    if not target.exists():
        if folder := next((each for each in target.parents if each.is_file()), None):
            raise RequestError(f"{show(str(folder))} is a file; name a folder")
        return
    require_writable(target, path)
    if target.name == DESCRIPTOR or _is_table(target):
        raise RequestError(f"{place} belongs to a survey, as its table or descriptor; give another name")
    if any(Path(other).exists() and target.samefile(other) for other in never):
        raise RequestError(f"{place} is the input of this command; give another name")
    if not force and _line_of(target, target.name) not in _read_list(target.parent):
        raise RequestError(
            f"{place} was not written by this program, or has been changed since; give another name, move it "
            "away, or replace it with --force"
        )


def _is_table(target: Path) -> bool:
    """Whether a descriptor beside the file names it as its table."""
    try:
        resources = json.loads(target.with_name(DESCRIPTOR).read_bytes())["resources"]
        return any(resource["path"] == target.name for resource in resources)
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return False


def _files_in(folder: Path) -> dict[str, Path]:
    """The files of a folder by their name in it, in order; without its list and what desktops add."""
    found = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    named = {path.relative_to(folder): path for path in found}
    return {
        name.as_posix(): path
        for name, path in sorted(named.items())
        if name.as_posix() != MANIFEST and DESKTOP_FILES.isdisjoint(name.parts)
    }


def _line_of(path: Path, name: str) -> str:
    """How a file stands on a list: by its SHA-256 and its name; a link or pipe as nothing that is on one."""
    if path.is_symlink() or not path.is_file():
        return "-"
    with path.open("rb") as file:
        return f"{file_digest(file, 'sha256').hexdigest()}  {name}"


def _read_list(folder: Path) -> set[str]:
    """What this package wrote into a folder, a line each; a file that it wrote again has several."""
    with suppress(OSError, ValueError):
        return set((folder / MANIFEST).read_text(encoding="utf-8").splitlines())
    return set()


def _list_file(staged: Path, target: Path) -> None:
    """Put a file on its folder's list, before it is renamed, so that a crash does not lose that."""
    line = _line_of(staged, target.name)
    if line not in _read_list(target.parent):
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        file = os.open(target.with_name(MANIFEST), flags, 0o666)
        with _closing(file):
            _write_whole(file, f"{line}\n".encode())
            os.fsync(file)


def _put_folder(staged: Path, target: Path) -> None:
    """Put a finished folder in its place; what stood there has the temporary name afterwards."""
    if not target.exists():
        move(staged, target)
        return
    staged.chmod(stat.S_IMODE(target.stat().st_mode))
    if not _exchange_folders(staged, target):  # in two steps, after the first of which a sweep mends it
        aside = _temporary(target)
        move(target, aside)
        try:
            move(staged, target)
        except OSError:
            move(aside, target)
            raise
        shutil.rmtree(aside, ignore_errors=True)


def _exchange_folders(staged: Path, target: Path) -> bool:
    """Let two folders change names in one step, where the system can, so that neither is ever missing."""
    import ctypes

    exchange = getattr(ctypes.CDLL(None), "renameat2", None) if os.name != "nt" else None
    names = HERE, os.fsencode(staged), HERE, os.fsencode(target)
    return exchange is not None and exchange(*names, EXCHANGE) == 0


def _stem(target: Path) -> str:
    """What a temporary name begins with: the target's name, or a digest of one that leaves no room."""
    name = os.fsencode(target.name)
    return target.name if len(name) <= LONGEST_NAME else sha256(name).hexdigest()


def _temporary(target: Path) -> Path:
    return target.with_name(f".{_stem(target)}.{os.urandom(8).hex()}.tmp")


@contextmanager
def _holding(path: Path) -> Iterator[None]:
    """Holds a kernel lock on a temporary file or folder, by which ``sweep`` sees that its process lives.

    An OSError where another process holds it, or it is a link. Windows deletes no open file anyway.
    """
    if os.name == "nt":
        yield
        return
    import fcntl

    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError:  # of a file system that knows no locks
            pass
        yield
    finally:
        with suppress(OSError):
            os.close(file)


@contextmanager
def storage_errors(path: str | Path) -> Iterator[None]:
    """What the system refuses, as an error that says so; what was there is as it was."""
    place = show(str(path))
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        advice = "; close it in Excel and try again" if os.name == "nt" else ""
        raise StorageError(f"{place}: {reason}; nothing was changed{advice}") from error
    except UnicodeEncodeError as error:
        raise RequestError(f"{place} is not a name that a file can have; give another") from error
