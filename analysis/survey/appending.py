"""A new wave into the table: what is new, what is there already, what contradicts it; and the way back.

The table before stays as ``<file>.bak``, with the time stamp of the new one: that tells later whether the
table is still the one the backup belongs to.
"""

from __future__ import annotations

import csv
import io
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from analysis.codebook import Codebook, is_installed, locate_survey, wave_order
from analysis.errors import LockedError, Problem, RequestError, StorageError, SurveyDataError, quote, show
from analysis.survey.ledger import MOST_PROBLEMS, Ledger, sort_problems
from analysis.survey.rows import SurveyRow
from analysis.survey.rules import TableWave, find_breaches, find_cautions, find_mixed_forms, split_waves
from analysis.survey.sheets import MOST_BYTES, read_bytes
from analysis.survey.storing import move, put_beside, require_writable, storage_errors, sweep, sync
from analysis.survey.table import Table, frame_rows, judge_table, read_bytes_as_table, read_frame, read_rows

if TYPE_CHECKING:
    import pandas as pd

LOCK_SECONDS = 5  # for which another process may hold the table before we give up


class Plan(NamedTuple):
    """What an append would do to a table: its file, its bytes before and after, the rows that are new.

    ``waves`` are those of the table after the append, in the order of time.
    """

    target: Path
    before: bytes
    after: bytes
    stored: Table
    incoming: Table
    new: tuple[SurveyRow, ...]
    waves: tuple[TableWave, ...]
    warnings: tuple[str, ...]

    @property
    def already_there(self) -> int:
        """The number of rows that are stored already, the same."""
        return len(self.incoming.rows) - len(self.new)

    @property
    def renewed(self) -> tuple[TableWave, ...]:
        """The waves that the new rows belong to."""
        names = {row.wave for row in self.new}
        return tuple(wave for wave in self.waves if wave.name in names)

    @property
    def rows(self) -> tuple[SurveyRow, ...]:
        """All rows of the table after the append."""
        return (*self.stored.rows, *self.new)


def append_wave(rows: pd.DataFrame | str | Path, path: str | Path, *, dry_run: bool = False) -> pd.DataFrame:
    """The survey with the rows of a new wave, which are stored in its table unless ``dry_run``.

    Rows that are stored already, the same, are left out, so that a second run changes not a byte.

    Parameters
    ----------
    rows
        Survey rows as a frame, or a file of them: CSV, TSV or .xlsx in the long layout.
    path
        The survey: its folder, or its CSV.
    dry_run
        Judge only, and write nothing.

    Returns
    -------
    DataFrame
        One row per wave × group × stage, the stored ones first; columns as of ``load_survey``.

    Raises
    ------
    SurveyDataError
        The rows break the table's rules or contradict stored ones, or the stored table is damaged; nothing
        was changed.
    LockedError
        Another process holds the table.
    StorageError
        The disk or the system refused; the table is as it was.
    """
    location = locate_survey(path)
    codebook = location.codebook
    incoming = read_rows(rows, codebook) if isinstance(rows, str | Path) else read_frame(rows, codebook)
    plan = plan_append(incoming, location.table)
    return frame_rows((plan if dry_run else store(plan)).rows, codebook)


def plan_append(incoming: Table, path: str | Path) -> Plan:
    """What appending some rows to a table would do; nothing is written.

    Raises
    ------
    SurveyDataError, RequestError, StorageError
        The stored table is damaged, the rows cannot be appended (every problem is listed), or the table is
        no regular file that can be written.
    """
    target = resolve_table(path)
    place = f"the stored table {show(str(path))}"
    before = read_bytes(target, Ledger(place))
    stored = judge_table(read_bytes_as_table(before, place, incoming.codebook)).require_sound()
    if stored.form is None or stored.form[:2] != ("utf-8", ","):  # in which new lines cannot be written
        problem = (
            "the table is not in UTF-8 with commas (was it saved by Excel?); bring back the earlier file, or "
            "save it in that form"
        )
        raise SurveyDataError(place, [Problem("1", "", "", "stored-form", problem)])
    names, keys = {row.wave for row in incoming.rows}, {row.key for row in stored.rows}
    touched = {row.key: row._replace(line=0) for row in stored.rows if row.wave in names}
    merged = split_waves((touched | {row.key: row for row in incoming.rows}).values(), stored.codebook)
    problems = [
        *incoming.problems,
        *_conflicts(incoming, stored),
        *find_mixed_forms([*stored.waves[:1], *merged]),
        *islice(find_breaches(merged, some_lost=bool(incoming.problems)), MOST_PROBLEMS),
    ]
    if problems:
        raise SurveyDataError(incoming.place, sort_problems(problems))
    new = tuple(row for wave in merged for row in wave.rows if row.key not in keys)
    by_name = {wave.name: wave for wave in (*stored.waves, *merged)}
    waves = tuple(by_name[name] for name in sorted(by_name, key=wave_order))
    warnings = (*incoming.warnings, *find_cautions(waves, {row.wave for row in new}))
    after = _add_lines(before, new, stored)
    if len(after) > MOST_BYTES:
        problem = f"the table would grow beyond {MOST_BYTES // 10**6} MB"
        raise SurveyDataError(place, [Problem("", "", "", "too-large", problem)])
    if new:
        found = read_bytes_as_table(after, f"{place} with the new rows", incoming.codebook).require_sound()
        if [row[1:] for row in found.rows] != [row[1:] for row in (*stored.rows, *new)]:
            raise AssertionError("the table would not read back as it was meant")
    return Plan(target, before, after, stored, incoming, new, waves, warnings)


def store(plan: Plan) -> Plan:
    """The plan as it was carried out, on the disk; made anew under the lock where others wrote meanwhile.

    Raises
    ------
    SurveyDataError, LockedError, StorageError
        Rows that were stored meanwhile contradict the new ones, another process holds the table, or the
        system refused: the table is as it was.
    """
    if not plan.new:
        return plan
    with lock_table(plan.target):
        sweep(plan.target)
        unmoved = read_bytes(resolve_table(plan.target), Ledger(plan.stored.place)) == plan.before
        current = plan if unmoved else plan_append(plan.incoming, plan.target)
        if current.new:
            replace_table(current.target, current.before, current.after)
    return current


def undo_append(path: str | Path) -> pd.DataFrame:
    """The survey without the rows of the last append, which are taken out of its table.

    Returns
    -------
    DataFrame
        One row per wave × group × stage; columns as of ``load_survey``.

    Raises
    ------
    RequestError
        There is nothing to undo, or the table was changed since.
    LockedError
        Another process holds the table.
    StorageError
        The disk or the system refused; the table is as it was.
    """
    location = locate_survey(path)
    codebook = location.codebook
    return frame_rows(take_out(location.table, codebook)[1], codebook)


def take_out(path: str | Path, codebook: Codebook) -> tuple[tuple[SurveyRow, ...], tuple[SurveyRow, ...]]:
    """The rows that the last append brought, taken out again, and the others; raises as ``undo_append``."""
    target = resolve_table(path)
    backup = Path(f"{target}.bak")
    with lock_table(target), storage_errors(target):
        sweep(target)
        now = target.read_bytes()
        old = backup.read_bytes() if backup.is_file() and not backup.is_symlink() else now
        if now == old:
            raise RequestError(
                f"nothing to undo in {show(str(target))}: only the last append can be undone, and once"
            )
        if target.stat().st_mtime_ns != backup.stat().st_mtime_ns or not now.startswith(old):
            raise RequestError(
                f"{show(str(target))} was changed after the last append, so undoing it would lose that; "
                f"the table before the append is {show(str(backup))}"
            )
        replace_table(target, now, old, keeps=False)
        backup.unlink()
    gone, kept = (read_bytes_as_table(data, show(str(path)), codebook).rows for data in (now, old))
    keys = {row.key for row in kept}
    return tuple(row for row in gone if row.key not in keys), kept


def _conflicts(incoming: Table, stored: Table) -> Iterator[Problem]:
    """What the file gives otherwise than the stored table, and what that has no column for.

    Rows of a group that say the same against the same are told once.
    """
    by_key = {row.key: row for row in stored.rows}
    alike: dict[tuple[str, ...], list[tuple[SurveyRow, int]]] = defaultdict(list)
    for row in incoming.rows:
        old, line = by_key.get(row.key), str(row.line)
        for column in incoming.columns:
            here = row.texts[column]
            if old is None and here and column not in stored.columns:
                problem = f"{column} is {quote(here)}, but the stored table has no column '{column}'"
                yield Problem(line, column, here, "no-such-column", problem)
            elif old is not None and here != old.texts[column]:
                alike[column, *row.key[:2], here, old.texts[column]].append((row, old.line))
    for (column, *_, here, there), pairs in alike.items():
        row, stored_line = pairs[0]
        others = f" and of {len(pairs) - 1} more of its rows" if len(pairs) > 1 else ""
        problem = (
            f"{column} of {' '.join(row.key)}{others} is {quote(here)} here, but {quote(there)} on line "
            f"{stored_line} of the stored table; an append changes no stored row: leave it out, take the "
            "last append back (maturity undo), or correct the table by hand"
        )
        yield Problem(str(row.line), column, here, "conflict", problem)


def _add_lines(before: bytes, new: Sequence[SurveyRow], stored: Table) -> bytes:
    """The bytes of the table, and a line for each new row."""
    if not new:
        return before
    line_end = stored.form.line_end if stored.form else "\n"
    gap = "" if before.endswith((b"\n", b"\r")) else line_end
    lines = io.StringIO()
    writer = csv.DictWriter(lines, stored.columns, extrasaction="ignore", lineterminator=line_end)
    writer.writerows(row.texts for row in new)
    return before + (gap + lines.getvalue()).encode()


def resolve_table(path: str | Path) -> Path:
    """The regular, writable file behind a path, else refused; symbolic links are followed.

    Its mode is asked for, since a rename would not care; and it lies outside the installed package, whose
    next upgrade would delete what is stored.
    """
    with storage_errors(path):
        target = Path(os.path.realpath(path, strict=True))
    if is_installed(target):
        raise RequestError(
            "the shipped survey lies inside the installed package, where the next upgrade would delete what "
            f"is stored; copy its folder ({show(str(target.parent))}) to a place of your own, and name the "
            "copy with --survey"
        )
    require_writable(target, path)
    return target


@contextmanager
def lock_table(target: Path) -> Iterator[None]:
    """Holds the kernel lock ``<file>.lock``, which stays; waits for it ``LOCK_SECONDS`` at most."""
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


def replace_table(target: Path, before: bytes, after: bytes, *, keeps: bool = True) -> None:
    """Put ``after`` in the place of ``before``, which becomes the backup if the append ``keeps`` it.

    Call it under the lock. The backup has the time stamp of ``after``. Where the system refuses, or the table
    no longer holds ``before``, it is as it was (StorageError).
    """
    with storage_errors(target), ExitStack() as temporaries:
        status = target.stat()
        staged = temporaries.enter_context(put_beside(target, after, status))
        modified = staged.stat().st_mtime_ns if keeps else status.st_mtime_ns
        old = temporaries.enter_context(put_beside(target, before, status, modified=modified))
        if target.read_bytes() != before:
            problem = "was changed by another program meanwhile; nothing was written, try again"
            raise StorageError(f"{show(str(target))} {problem}")
        if keeps:
            old = move(old, Path(f"{target}.bak"))
        try:
            move(staged, target)
            sync(target.parent)
        except BaseException as fault:
            try:
                move(old, target)
            except OSError:
                raise StorageError(
                    f"{show(str(target))}: {fault}; the new table may or may not be on the disk; "
                    f"the one before is {show(str(old))}"
                ) from fault
            raise
