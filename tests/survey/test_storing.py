"""Everything that is written: old or new and whole, nothing left beside it, nothing of others replaced."""

import errno
import os
import stat
import sys
from itertools import count
from pathlib import Path

import pytest

from analysis.errors import RequestError, StorageError
from analysis.survey.storing import MANIFEST, building, put_beside, write_file

OLD, NEW = b"old\n" * 9000, b"new\n" * 20000
WATCHED = ("open", "os.", "shutil.")  # audit events of the calls that touch a disk


def die_before(step, work):
    """Whether the work was done by a process that dies before its call of the system numbered ``step``."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == 0
    seen = count()

    def step_on(event="os.", *_):
        if event.startswith(WATCHED) and next(seen) == step:
            os._exit(9)

    for name in ("write", "fsync", "close"):
        real = getattr(os, name)
        setattr(os, name, lambda *arguments, _real=real: (step_on(), _real(*arguments))[1])
    sys.addaudithook(step_on)
    work()
    os._exit(0)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def fill(folder, content):
    with building(folder) as staged:
        (staged / "deep").mkdir()
        for name in ("a", "deep/b"):
            (staged / name).write_bytes(content)


def test_a_file_is_old_or_new_whenever_its_writer_dies(tmp_path):
    target = tmp_path / "out.csv"
    outcomes = []
    for step in count():
        write_file(target, OLD)
        done = die_before(step, lambda: write_file(target, NEW))
        outcomes.append(target.read_bytes())
        assert outcomes[-1] in {OLD, NEW}
        write_file(target, NEW + b"more\n")
        assert names(tmp_path) == [MANIFEST, "out.csv"]
        if done:
            break
    assert len(outcomes) > 10
    assert set(outcomes) == {OLD, NEW}


def test_a_folder_is_old_or_new_whenever_its_writer_dies(tmp_path):
    folder = tmp_path / "report"
    outcomes = []
    for step in count():
        fill(folder, OLD)
        done = die_before(step, lambda: fill(folder, NEW))
        outcomes.append({path.read_bytes() for path in (folder / "a", folder / "deep" / "b")})
        assert outcomes[-1] in ({OLD}, {NEW})
        fill(folder, NEW + b"more\n")
        assert names(tmp_path) == ["report"]
        if done:
            break
    assert len(outcomes) > 20
    assert {OLD} in outcomes
    assert {NEW} in outcomes


def test_a_folder_comes_back_where_no_exchange_is_known(tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.survey.storing._exchange_folders", lambda *_: False)
    folder = tmp_path / "report"
    for step in count():
        fill(folder, OLD)
        done = die_before(step, lambda: fill(folder, NEW))
        fill(folder, NEW + b"more\n")
        assert names(tmp_path) == ["report"]
        if done:
            break


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_refusal_of_the_disk_leaves_the_old_file_and_nothing_beside_it(call, tmp_path, monkeypatch):
    target = write_file(tmp_path / "out.csv", OLD)

    def refuse(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(StorageError, match=r"out\.csv: no space left on device; nothing was changed"):
        write_file(target, NEW)
    with pytest.raises(StorageError, match="report: no space left"):
        write_file(tmp_path / "report", NEW)
    if call != "write":  # which a folder is not filled by
        with pytest.raises(StorageError, match="folder: no space left"):
            fill(tmp_path / "folder", NEW)
    assert target.read_bytes() == OLD
    assert names(tmp_path) == [MANIFEST, "out.csv"]


@pytest.mark.parametrize("fault", [KeyboardInterrupt, SystemExit(143), OSError(errno.ENOSPC, "full")])
def test_what_ends_the_filling_of_a_folder_leaves_nothing(fault, tmp_path):
    def fail():
        with building(tmp_path / "report") as staged:
            (staged / "a").write_bytes(NEW)
            raise fault

    with pytest.raises((KeyboardInterrupt, SystemExit, StorageError)):
        fail()
    assert names(tmp_path) == []


def test_everything_is_on_the_disk_before_the_rename_and_the_names_after(tmp_path, monkeypatch):
    steps = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, _real=real, _name=name: (steps.append(_name), _real(*a))[1])
    write_file(tmp_path / "out.csv", NEW)
    assert steps == ["fsync", "fsync", "replace", "fsync"]
    steps.clear()
    fill(tmp_path / "report", NEW)
    assert steps == [*["fsync"] * 5, "replace", "fsync"]


def test_the_same_once_more_changes_nothing(tmp_path):
    target = write_file(tmp_path / "out.csv", "Lähde\n")
    before = target.stat()
    write_file(target, "Lähde\n")
    assert target.stat() == before
    write_file(target, "another\n")
    assert target.read_bytes() == b"another\n"


@pytest.mark.parametrize("edit", [b"edited by hand\n", b""])
def test_a_file_of_others_is_replaced_only_by_force(edit, tmp_path):
    target = write_file(tmp_path / "out.csv", OLD)
    target.write_bytes(edit)
    with pytest.raises(
        RequestError, match=r"not written by this program, or has been changed since.*--force"
    ):
        write_file(target, NEW)
    assert target.read_bytes() == edit
    write_file(target, NEW, force=True)
    assert target.read_bytes() == NEW


@pytest.mark.parametrize("name", ["survey_2021.csv", "datapackage.json", "input.csv"])
def test_table_descriptor_and_input_are_never_replaced(name, survey_folder, monkeypatch):
    (survey_folder / "input.csv").write_bytes(OLD)
    target = survey_folder / name
    before = target.read_bytes()
    (survey_folder / "link").symlink_to(target)
    for path in (target, survey_folder / "link"):
        with pytest.raises(RequestError, match="give another name"):
            write_file(path, NEW, force=True, never=[survey_folder / "input.csv"])
    assert target.read_bytes() == before


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, what in (
        (tmp_path / "pipe", "not a regular file"),
        (tmp_path, "a folder"),
        ("/dev/null", "not a regular"),
    ):
        with pytest.raises(RequestError, match=what):
            write_file(path, NEW, force=True)
    with pytest.raises(RequestError, match="not a name that a file can have"):
        write_file(tmp_path / "\ud800", NEW)


def test_links_are_followed_and_stay(tmp_path):
    real = tmp_path / "real"
    write_file(real / "out.csv", OLD)
    fill(real / "report", OLD)
    for name in ("out.csv", "report"):
        (tmp_path / name).symlink_to(real / name)
    write_file(tmp_path / "out.csv", NEW)
    fill(tmp_path / "report", NEW)
    assert (real / "out.csv").read_bytes() == (real / "report" / "a").read_bytes() == NEW
    assert all((tmp_path / name).is_symlink() for name in ("out.csv", "report"))
    assert names(tmp_path) == ["out.csv", "real", "report"]


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_a_new_file_has_what_the_umask_leaves_and_an_old_one_keeps_its_mode(umask, mode, tmp_path):
    before = os.umask(umask)
    try:
        target = write_file(tmp_path / "out.csv", OLD)
        fill(tmp_path / "report", OLD)
        assert stat.S_IMODE(target.stat().st_mode) == mode
        assert stat.S_IMODE((tmp_path / "report").stat().st_mode) == mode | (mode & 0o444) >> 2
        target.chmod(0o640)
        (tmp_path / "report").chmod(0o750)
        write_file(target, NEW)
        fill(tmp_path / "report", NEW)
    finally:
        os.umask(before)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "report").stat().st_mode) == 0o750


def test_a_read_only_file_is_not_replaced(tmp_path):
    target = write_file(tmp_path / "out.csv", OLD)
    target.chmod(0o444)
    with pytest.raises(StorageError, match="read-only"):
        write_file(target, NEW, force=True)
    assert target.read_bytes() == OLD


def test_a_folder_that_was_changed_is_replaced_only_by_force(tmp_path):
    folder = tmp_path / "report"
    fill(folder, OLD)
    (folder / "a").write_bytes(b"edited")
    (folder / "notes.txt").write_bytes(b"mine")
    with pytest.raises(RequestError, match=r"changed since it was made: a, notes\.txt; .*--force"):
        fill(folder, NEW)
    assert (folder / "notes.txt").read_bytes() == b"mine"
    with building(folder, force=True) as staged:
        (staged / "a").write_bytes(NEW)
    assert names(folder) == [MANIFEST, "a"]


def test_a_folder_of_others_is_not_replaced_even_by_force(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis").write_bytes(b"years")
    monkeypatch.chdir(tmp_path)
    for folder, what in (
        ("mine", "exists already"),
        ("/", "is the current folder"),
        (".", "is the current folder"),
        ("mine/thesis", "a file"),
    ):
        with pytest.raises(RequestError, match=what), building(folder, force=True):
            pass
    assert (tmp_path / "mine" / "thesis").read_bytes() == b"years"


def test_what_a_living_process_writes_is_not_swept(tmp_path):
    target = tmp_path / "out.csv"
    with put_beside(target, b"slow", None) as staged:
        write_file(target, NEW)
        assert staged.read_bytes() == b"slow"
    assert names(tmp_path) == [MANIFEST, "out.csv"]


def test_the_longest_name_that_a_file_can_have_is_written(tmp_path):
    target = tmp_path / ("ä" * 127)
    write_file(target, OLD)
    write_file(target, NEW)
    assert target.read_bytes() == NEW


def test_eight_processes_write_one_file_and_it_is_one_of_theirs(tmp_path):
    target = write_file(tmp_path / "out.csv", OLD)
    children = []
    for number in range(8):
        child = os.fork()
        if not child:
            try:
                for _ in range(20):
                    write_file(target, f"{number}\n" * 5000)
            except StorageError:
                os._exit(4)
            os._exit(0)
        children.append(child)
    assert {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children} <= {0, 4}
    assert len(set(Path(target).read_text().splitlines())) == 1
    write_file(target, NEW)
    assert names(tmp_path) == [MANIFEST, "out.csv"]
