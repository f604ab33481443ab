"""Replacing a table whole or not at all: every fault at every call."""

import errno
import fcntl
import os
import stat
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

import analysis.survey.appending
import analysis.survey.storing
from analysis.codebook import load_codebook
from analysis.errors import LockedError, RequestError, StorageError
from analysis.survey.appending import lock_table, replace_table, resolve_table, take_out
from analysis.survey.storing import sweep

OLD, NEW = b"wave,n\n2020-autumn,175\n", b"wave,n\n2020-autumn,175\n2022-autumn,90\n"
CODEBOOK = load_codebook()
CALLS = ("open", "write", "fsync", "close", "replace", "utime", "fchmod", "unlink")


class PowerCut(BaseException):
    """The process is gone: nothing that comes after may touch the disk."""


@pytest.fixture
def table(tmp_path):
    """A table alone in its folder."""
    path = tmp_path / "survey.csv"
    path.write_bytes(OLD)
    return path


def names(table):
    return sorted(path.name for path in table.parent.iterdir() if path.suffix != ".lock")


@contextmanager
def trouble(monkeypatch, at, *, dies, calls=CALLS):
    """Calls of the system are counted; the one numbered ``at`` fails, or the process ends before it."""
    seen = []

    def troubled(name, call):
        def run(*arguments, **options):
            seen.append(name)
            if dies and len(seen) > at:
                if name == "close":  # as the system does with those of a dead process, locks included
                    call(*arguments)
                raise PowerCut
            if len(seen) == at + 1:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return call(*arguments, **options)

        return run

    with monkeypatch.context() as patch:
        for name in calls:
            patch.setattr(os, name, troubled(name, getattr(os, name)))
        yield seen


def fault_of(call):
    """The error that a call ends with, None when it succeeds."""
    try:
        call()
    except StorageError as error:
        return error
    return None


def number_of_calls(tmp_path, monkeypatch):
    path = tmp_path / "counted.csv"
    path.write_bytes(OLD)
    with trouble(monkeypatch, 10**6, dies=False) as seen:
        replace_table(path, OLD, NEW)
    for leftover in tmp_path.glob("counted*"):
        leftover.unlink()
    return len(seen)


def test_a_power_cut_before_any_call_leaves_the_old_table_or_the_new_one(table, monkeypatch, tmp_path):
    calls = number_of_calls(tmp_path, monkeypatch)
    assert calls >= 12
    outcomes = []
    for at in range(calls):
        table.write_bytes(OLD)
        with pytest.raises(PowerCut), trouble(monkeypatch, at, dies=True):
            replace_table(table, OLD, NEW)
        outcomes.append(table.read_bytes())
        sweep(table)
        if outcomes[-1] == OLD:
            replace_table(table, OLD, NEW)
        assert table.read_bytes() == NEW
        assert set(names(table)) <= {"survey.csv", "survey.csv.bak"}
    assert set(outcomes) == {OLD, NEW}
    assert outcomes == sorted(outcomes)


def test_a_failing_call_leaves_the_old_table_and_nothing_beside_it(table, monkeypatch, tmp_path):
    calls = number_of_calls(tmp_path, monkeypatch)
    failures = 0
    for at in range(calls):
        with trouble(monkeypatch, at, dies=False) as seen:
            fault = fault_of(lambda: replace_table(table, OLD, NEW))
        if fault is None:
            assert seen[at] in {"unlink", "close"}
            assert table.read_bytes() == NEW
        else:
            failures += 1
            assert "input/output error" in str(fault)
            assert table.read_bytes() == OLD
            sweep(table)
            assert names(table) == ["survey.csv"]
        for leftover in table.parent.iterdir():
            leftover.unlink()
        table.write_bytes(OLD)
    assert failures >= 10


def test_a_fault_that_cannot_be_taken_back_is_not_called_nothing(table, monkeypatch):
    real, done = os.replace, []

    def replace(source, target):
        done.append(target)
        if len(done) > 2:
            raise OSError(errno.EIO, "gone")
        real(source, target)

    def sync(folder):
        raise OSError(errno.EIO, "gone")

    monkeypatch.setattr(os, "replace", replace)
    monkeypatch.setattr(analysis.survey.appending, "sync", sync)
    with pytest.raises(StorageError, match="may or may not be on the disk"):
        replace_table(table, OLD, NEW)


def test_short_writes_are_gone_on_with(table, monkeypatch):
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, content: real(file, bytes(content)[:3]))
    replace_table(table, OLD, NEW)
    assert table.read_bytes() == NEW


def test_everything_is_on_the_disk_before_the_rename_and_the_folder_after(table, monkeypatch):
    steps = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, _real=real, _name=name: (steps.append(_name), _real(*a))[1])
    replace_table(table, OLD, NEW)
    assert steps == ["fsync", "fsync", "replace", "replace", "fsync"]


def test_a_reader_finds_the_whole_table_at_every_step(table, monkeypatch):
    found = set()
    for name in CALLS:
        real = getattr(os, name)

        def watched(*arguments, _real=real, **options):
            with open(table, "rb", buffering=0) as file:  # noqa: PTH123  (pathlib would be watched too)
                found.add(file.read())
            return _real(*arguments, **options)

        monkeypatch.setattr(os, name, watched)
    replace_table(table, OLD, NEW)
    assert found == {OLD, NEW}


@pytest.mark.parametrize("mode", [0o660, 0o644, 0o600, 0o640])
def test_mode_and_owner_are_kept_whatever_the_umask(mode, table):
    if os.geteuid() == 0:
        os.chown(table, 12, 34)
    table.chmod(mode)
    before = table.stat()
    umask = os.umask(0o077)
    try:
        replace_table(table, OLD, NEW)
    finally:
        os.umask(umask)
    for path in (table, Path(f"{table}.bak")):
        status = path.stat()
        assert stat.S_IMODE(status.st_mode) == mode
        assert (status.st_uid, status.st_gid) == (before.st_uid, before.st_gid)


def test_an_owner_that_cannot_be_kept_stops_it(table, monkeypatch):
    def refuse(*arguments):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    real = os.fstat
    monkeypatch.setattr(os, "fchown", refuse)
    monkeypatch.setattr(os, "fstat", lambda file: os.stat_result([*real(file)[:4], 12345, *real(file)[5:10]]))
    with pytest.raises(StorageError, match="its owner must do this"):
        replace_table(table, OLD, NEW)
    assert (table.read_bytes(), names(table)) == (OLD, ["survey.csv"])


def test_a_table_that_others_changed_meanwhile_is_left_alone(table):
    table.write_bytes(OLD + b"2021-autumn,128\n")
    with pytest.raises(StorageError, match="changed by another program"):
        replace_table(table, OLD, NEW)
    assert names(table) == ["survey.csv"]


def test_the_link_is_followed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "table.csv").write_bytes(OLD)
    link = tmp_path / "survey.csv"
    link.symlink_to("real/table.csv")
    replace_table(resolve_table(link), OLD, NEW)
    assert link.is_symlink()
    assert (tmp_path / "real" / "table.csv").read_bytes() == NEW
    assert names(link) == ["real", "survey.csv"]


def test_a_read_only_table_is_refused_by_its_mode(table):
    table.chmod(0o444)
    with pytest.raises(StorageError, match="read-only"):
        resolve_table(table)


def test_what_is_no_regular_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/null")):
        with pytest.raises(RequestError, match="not a regular file"):
            resolve_table(path)
    with pytest.raises(StorageError, match="no such file"):
        resolve_table(tmp_path / "absent.csv")


def test_a_lock_that_is_held_is_waited_for_and_then_named(table, monkeypatch):
    monkeypatch.setattr(analysis.survey.appending, "LOCK_SECONDS", 0.2)
    with Path(f"{table}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        start = time.perf_counter()
        with (
            pytest.raises(LockedError, match=r"survey\.csv\.lock has been held by another process"),
            lock_table(table),
        ):
            pass
        assert 0.2 <= time.perf_counter() - start < 2
    Path(f"{table}.lock").write_text("12345")  # left by a dead process, which holds nobody up
    with lock_table(table):
        assert Path(f"{table}.lock").exists()
    assert Path(f"{table}.lock").exists()


def test_a_lock_that_is_a_link_is_not_followed(table, tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("kept")
    Path(f"{table}.lock").symlink_to(precious)
    with pytest.raises(StorageError, match="not a regular lock file"), lock_table(table):
        pass
    assert precious.read_text() == "kept"


def test_only_our_own_leftovers_are_swept(table):
    ours = table.with_name(".survey.csv.0123456789abcdef.tmp")
    others = [".other.csv.0123456789abcdef.tmp", ".survey.csv.note.tmp", "survey.csv.tmp"]
    for path in (ours, *map(table.with_name, others)):
        path.touch()
    sweep(table)
    assert names(table) == sorted([*others, "survey.csv"])


def test_the_last_change_is_taken_back_once(table):
    replace_table(table, OLD, NEW)
    take_out(table, CODEBOOK)
    assert (table.read_bytes(), names(table)) == (OLD, ["survey.csv"])
    with pytest.raises(RequestError, match="nothing to undo"):
        take_out(table, CODEBOOK)


@pytest.mark.parametrize("change", [NEW + b"2023-autumn,80\n", NEW.replace(b"90", b"91"), NEW])
def test_a_table_changed_since_by_hand_is_not_taken_back(change, table):
    replace_table(table, OLD, NEW)
    table.write_bytes(change)
    os.utime(table, ns=(1, 1))
    with pytest.raises(RequestError, match="changed after the last append"):
        take_out(table, CODEBOOK)
    assert table.read_bytes() == change
    assert Path(f"{table}.bak").read_bytes() == OLD


def test_a_fault_while_taking_back_leaves_the_table_and_its_backup(table, monkeypatch):
    replace_table(table, OLD, NEW)
    for at in range(40):
        with trouble(monkeypatch, at, dies=False) as seen:
            fault_of(lambda: take_out(table, CODEBOOK))
        sweep(table)
        if len(seen) <= at:
            break
        if table.read_bytes() == NEW:
            assert names(table) == ["survey.csv", "survey.csv.bak"]
        else:
            assert seen[at] in {"unlink", "close"}
            replace_table(table, OLD, NEW)
    assert table.read_bytes() == OLD


def test_on_windows_a_file_held_by_excel_is_tried_again(table, monkeypatch):
    real, refused = os.replace, []

    def held(source, target):
        if len(refused) < 2:
            refused.append(target)
            raise PermissionError(errno.EACCES, "held")
        real(source, target)

    monkeypatch.setattr(analysis.survey.storing, "WINDOWS_PAUSES", (0.0, 0.0, 0.0))
    monkeypatch.setattr(os, "replace", held)
    monkeypatch.setattr(analysis.survey.storing.os, "name", "nt")
    analysis.survey.storing.move(table, table.with_name("moved.csv"))
    assert len(refused) == 2
