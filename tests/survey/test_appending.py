"""A new wave into the table, wholly or not at all."""

import os
import subprocess
import sys
import threading

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from incoming import LINES, STORED, STORED_HEADER, WAVE, with_line

import analysis.survey.storing
from analysis.codebook import load_codebook
from analysis.errors import MaturityError, SurveyDataError
from analysis.survey import rules
from analysis.survey.appending import append_wave, plan_append, store, take_out, undo_append
from analysis.survey.storing import sweep
from analysis.survey.table import load_survey, read_rows

CODEBOOK = load_codebook()


@pytest.fixture
def table(survey_folder):
    """The table of a copy of the shipped survey."""
    return survey_folder / "survey_2021.csv"


@pytest.fixture
def wave_file(tmp_path):
    """A file with the made-up wave, away from the table."""
    path = tmp_path / "incoming" / "wave.csv"
    path.parent.mkdir()
    path.write_text(WAVE, encoding="utf-8")
    return path


def files(table):
    return sorted(path.name for path in table.parent.iterdir())


def stored_form(text):
    """Rows of a file without counts, as the table has them."""
    return "".join(
        ",".join([*line.split(",")[:4], "", *line.split(",")[4:]]) + "\n" for line in text.splitlines()[1:]
    )


def refusal(path, table):
    before, beside = table.read_bytes(), files(table)
    with pytest.raises(SurveyDataError) as caught:
        append_wave(path, table)
    assert table.read_bytes() == before
    assert files(table) == beside
    return caught.value


def test_new_rows_come_below_the_stored_ones_which_stay_byte_for_byte(wave_file, table):
    survey = append_wave(wave_file, table)
    assert table.read_bytes() == STORED + stored_form(WAVE).encode()
    assert len(survey) == len(load_survey(table)) == 17 + 15
    assert survey["wave"].cat.categories.tolist() == ["2020-autumn", "2021-autumn", "2022-autumn"]


def test_a_second_run_changes_not_a_byte(wave_file, table):
    append_wave(wave_file, table)
    written, status = table.read_bytes(), table.stat()
    append_wave(wave_file, table)
    assert table.read_bytes() == written
    assert (table.stat().st_ino, table.stat().st_mtime_ns) == (status.st_ino, status.st_mtime_ns)


def test_rows_are_stored_in_the_order_of_the_codebook(wave_file, table):
    wave_file.write_text("\n".join([LINES[0], *LINES[:0:-1]]), encoding="utf-8")
    append_wave(wave_file, table)
    assert table.read_bytes() == STORED + stored_form(WAVE).encode()


def test_a_frame_is_appended_as_its_file_would_be(wave_file, table):
    append_wave(pd.read_csv(wave_file), table.parent)
    assert table.read_bytes() == STORED + stored_form(WAVE).encode()


def test_a_dry_run_shows_the_survey_and_writes_nothing(wave_file, table):
    beside = files(table)
    assert len(append_wave(wave_file, table, dry_run=True)) == 32
    assert (table.read_bytes(), files(table)) == (STORED, beside)


def test_stored_rows_in_the_file_are_left_out(wave_file, table):
    wave_file.write_bytes(STORED + stored_form(WAVE).encode())
    plan = store(plan_append(read_rows(wave_file, CODEBOOK), table))
    assert (len(plan.new), plan.already_there) == (15, 17)
    assert table.read_bytes() == wave_file.read_bytes()


def test_a_partial_wave_can_be_completed(wave_file, table):
    lines = [
        line
        for line in LINES
        if line.startswith("wave") or ",all,experiments" in line or ",all,versatile" in line
    ]
    short = wave_file.with_name("short.csv")
    short.write_text("\n".join(lines), encoding="utf-8")
    plan = store(plan_append(read_rows(short, CODEBOOK), table))
    assert "partial" in plan.warnings[0]
    plan = store(plan_append(read_rows(wave_file, CODEBOOK), table))
    assert (len(plan.new), plan.already_there, plan.warnings) == (13, 2, ())


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        (b"2020-autumn,vocational,piloting,28", b"2020-autumn,vocational,piloting,29", "percent"),
        (b"piloting,28,,80", b"piloting,28,22,80", "count"),
        (b"piloting,28,,80", b"piloting,28,,", "n"),
        (b'28,,80,"OPH slide deck', b'28,,80,"Another deck', "source"),
    ],
)
def test_another_value_for_a_stored_row_is_a_conflict(old, new, column, wave_file, table):
    assert old in STORED
    wave_file.write_bytes(STORED.replace(old, new))
    conflicts = [p for p in refusal(wave_file, table).problems if p.rule == "conflict"]
    assert [(problem.line, problem.column) for problem in conflicts] == [("9", column)]
    assert "line 9 of the stored table" in conflicts[0].problem


def test_a_column_that_the_file_does_not_have_contradicts_nothing(wave_file, table):
    kept = [line.split(",")[:4] for line in STORED.decode().splitlines()]
    wave_file.write_text("\n".join(",".join(cells) for cells in kept), encoding="utf-8")
    plan = plan_append(read_rows(wave_file, CODEBOOK), table)
    assert (len(plan.new), plan.already_there) == (0, 17)


def test_every_problem_of_the_file_comes_at_once(wave_file, table):
    text = with_line(9, ",24,", ",x,").replace("general,planned,15", "general,planned,25")
    wave_file.write_text(text + "2020-autumn,all,planned,21,175,deck\n", encoding="utf-8")
    found = [(problem.line, problem.rule) for problem in refusal(wave_file, table).problems]
    assert found == [
        ("9", "not-a-number"),
        ("12-16", "no-consistent-counts"),
        ("17", "conflict"),
        ("17", "conflict"),
        ("17", "no-consistent-counts"),  # with 21 for 20 no counts of the groups fit all stages of the total
    ]


@pytest.mark.parametrize(
    ("stored", "line", "words"),
    [
        (b"", "", "empty"),
        (STORED[:-30], "18", "quote"),
        (STORED.replace(b"piloting,28", b"piloting,82"), "7-11", "154"),
        (STORED.replace(b"2020-autumn,general,versatile", b"2020-autumn,general,planned"), "16", "line 13"),
        (STORED + b"<<<<<<< HEAD\n", "19", "conflict"),
        (STORED + b"\x00" * 512, "19", "U+0000"),
        (STORED.replace(b",", b";"), "1", "UTF-8 with commas"),
        (STORED.split(b"\n", 1)[1], "1", "header"),
    ],
)
def test_a_damaged_table_is_recognised_and_left_alone(stored, line, words, wave_file, table):
    table.write_bytes(stored)
    error = refusal(wave_file, table)
    assert "the stored table" in str(error)
    assert line in [problem.line for problem in error.problems]
    assert words in str(error)


def test_a_table_without_final_line_end_gets_one(wave_file, table):
    table.write_bytes(STORED.rstrip(b"\n"))
    append_wave(wave_file, table)
    assert table.read_bytes() == STORED + stored_form(WAVE).encode()


def test_a_table_without_the_count_column_keeps_its_shape(wave_file, table):
    table.write_text("\n".join(line for line in LINES).replace("2022", "2019") + "\n", encoding="utf-8")
    before = table.read_text(encoding="utf-8")
    append_wave(wave_file, table)
    assert table.read_text(encoding="utf-8") == before + WAVE.partition("\n")[2]


def test_a_count_has_no_place_in_a_table_without_that_column(wave_file, table):
    table.write_text(WAVE.replace("2022", "2019"), encoding="utf-8")
    wave_file.write_text("wave,group,stage,count\n2022-autumn,all,planned,6\n", encoding="utf-8")
    assert [p.rule for p in refusal(wave_file, table).problems] == ["no-such-column"]


@pytest.mark.parametrize("line_end", ["\r\n", "\r", "\n"])
def test_a_table_keeps_its_line_ends_and_its_mark(line_end, wave_file, table):
    stored = b"\xef\xbb\xbf" + STORED.replace(b"\n", line_end.encode())
    table.write_bytes(stored)
    append_wave(wave_file, table)
    assert table.read_bytes() == stored + stored_form(WAVE).replace("\n", line_end).encode()


def test_an_empty_table_takes_its_first_wave(wave_file, table):
    table.write_text(STORED_HEADER, encoding="utf-8")
    assert len(append_wave(wave_file, table)) == 15


def test_text_of_any_kind_comes_back_from_the_table(wave_file, table):
    text = 'a & b < c > d "quoted", \' ä 中 😀 $x$ \\ | `'
    frame = pd.read_csv(wave_file).assign(source=text)
    assert set(append_wave(frame, table)["source"].tail(15)) == {text}
    assert set(load_survey(table)["source"].tail(15)) == {text}


def test_the_last_append_is_undone_and_only_that(wave_file, table):
    append_wave(wave_file, table)
    later = wave_file.with_name("later.csv")
    later.write_text(WAVE.replace("2022", "2023"), encoding="utf-8")
    append_wave(later, table)
    assert {row.wave for row in take_out(table, CODEBOOK)[0]} == {"2023-autumn"}
    assert table.read_bytes() == STORED + stored_form(WAVE).encode()
    with pytest.raises(MaturityError, match="nothing to undo"):
        undo_append(table)


def test_undoing_gives_the_survey_that_was(wave_file, table):
    before = load_survey(table)
    append_wave(wave_file, table)
    pd.testing.assert_frame_equal(undo_append(table.parent), before)


def test_rows_stored_meanwhile_by_others_are_kept(wave_file, table):
    other = wave_file.with_name("other.csv")
    other.write_text(WAVE.replace("2022", "2023"), encoding="utf-8")
    plan = plan_append(read_rows(wave_file, CODEBOOK), table)
    append_wave(other, table)
    assert len(store(plan).rows) == 17 + 30
    assert len(load_survey(table)) == 17 + 30


def test_the_same_rows_stored_meanwhile_are_nothing_to_do(wave_file, table):
    plan = plan_append(read_rows(wave_file, CODEBOOK), table)
    append_wave(wave_file, table)
    before = table.read_bytes()
    assert store(plan).new == ()
    assert table.read_bytes() == before


APPEND = """
import sys
from analysis.survey.appending import plan_append, store
from analysis.survey import rules
from analysis.codebook import load_codebook
from analysis.survey.table import read_rows
store(plan_append(read_rows(sys.argv[1], load_codebook()), sys.argv[2]))
"""


def fault_of(call):
    """The error that a call ends with, None when it succeeds."""
    try:
        call()
    except MaturityError as error:
        return error
    return None


def start(path, table):
    return subprocess.Popen([sys.executable, "-c", APPEND, path, table], stderr=subprocess.PIPE)


@pytest.mark.slow
def test_eight_processes_at_once_lose_nothing_while_a_reader_sees_whole_tables(wave_file, table):
    seen, done = [], threading.Event()

    def poll():
        while not done.is_set():
            seen.append(table.read_bytes())

    reader = threading.Thread(target=poll)
    reader.start()
    processes = []
    for year in range(2022, 2030):
        path = wave_file.with_name(f"{year}.csv")
        path.write_text(WAVE.replace("2022", str(year)), encoding="utf-8")
        processes.append(start(path, table))
    errors = [process.communicate()[1] for process in processes]
    done.set()
    reader.join()
    assert [process.returncode for process in processes] == [0] * 8, errors
    assert len(load_survey(table)) == 17 + 8 * 15
    lines = len(STORED.splitlines())
    assert {(len(content.splitlines()) - lines) % 15 for content in seen} == {0}
    assert all(content.startswith(STORED) for content in seen)


@pytest.mark.slow
@pytest.mark.parametrize("call", ["write", "fsync", "rename"])
def test_a_killed_process_leaves_a_whole_table_and_the_next_one_goes_on(call, wave_file, table):
    kill = f"""
import os, signal
real = os.{"replace" if call == "rename" else call}
def killed(*arguments):
    if "{call}" != "write":
        real(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
os.{"replace" if call == "rename" else call} = killed
"""
    process = subprocess.run([sys.executable, "-c", kill + APPEND, wave_file, table], check=False)
    assert process.returncode == -9
    assert table.read_bytes() == STORED
    append_wave(wave_file, table)
    assert len(load_survey(table)) == 32
    assert not [name for name in files(table) if name.endswith(".tmp")]


@pytest.mark.slow
def test_a_file_size_limit_is_a_refusal_that_leaves_nothing(wave_file, table):
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))\n"
    script = limit + "import sys; from analysis.__main__ import main\nsys.argv[0] = 'maturity'\nmain()"
    arguments = ["append", str(wave_file), "--survey", str(table), "--yes"]
    found = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False
    )
    assert found.returncode == 4, found.stderr
    assert "file too large" in found.stderr
    assert "added" not in found.stdout
    assert table.read_bytes() == STORED
    assert not [name for name in files(table) if name.endswith((".tmp", ".bak"))]


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="a small disk can be mounted by root only")
@pytest.mark.parametrize("pages", [1, 2, 3, 4, 5])
def test_a_full_disk_is_a_refusal_until_there_is_room(pages, wave_file, table, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={4 * pages}k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        small = disk / "survey.csv"
        small.write_bytes(STORED)
        refused = fault_of(lambda: append_wave(wave_file, small))
        if refused is not None:
            assert "no space left" in str(refused)
            assert small.read_bytes() == STORED
            assert not [name for name in files(small) if name.endswith((".tmp", ".bak"))]
            subprocess.run(["mount", "-o", "remount,size=1m", str(disk)], check=True)
            append_wave(wave_file, small)
        assert len(load_survey(small)) == 32
    finally:
        subprocess.run(["umount", str(disk)], check=True)


class PowerCut(BaseException):
    """The process is gone."""


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=st.lists(st.tuples(st.integers(2010, 2016), st.booleans(), st.integers(0, 14)), max_size=6))
def test_any_story_of_appends_and_crashes_ends_in_the_table_of_the_model(story, tmp_path_factory):
    folder = tmp_path_factory.mktemp("story")
    table = folder / "survey.csv"
    table.write_bytes(STORED)
    model: set[int] = set()
    for year, crashes, at in story:
        path = folder / f"{year}.csv"
        path.write_text(WAVE.replace("2022", str(year)), encoding="utf-8")
        with pytest.MonkeyPatch.context() as patch:
            if crashes:
                cut_power(patch, at)
            try:
                append_wave(path, table)
            except PowerCut:
                stored = set(load_survey(table)["wave"].str[:4].astype(int))
                assert stored - {2020, 2021} in (model, model | {year})
                model = stored - {2020, 2021}
            else:
                model.add(year)
        path.unlink()
    sweep(table)
    survey = load_survey(table)
    assert set(survey["wave"].str[:4].astype(int)) == model | {2020, 2021}
    assert len(survey) == 17 + 15 * len(model)
    assert set(files(table)) <= {"survey.csv", "survey.csv.bak", "survey.csv.lock"}


def cut_power(patch, at):
    """The process ends before the call numbered ``at`` that changes the folder; its lock dies with it."""
    calls = [0]

    def troubled(call):
        def run(*arguments, **options):
            calls[0] += 1
            if calls[0] > at:
                raise PowerCut
            return call(*arguments, **options)

        return run

    for name in ("write", "fsync", "replace", "utime", "fchmod", "unlink"):
        patch.setattr(analysis.survey.storing.os, name, troubled(getattr(os, name)))


def test_every_wave_is_judged_once(wave_file, table, monkeypatch):
    judged = []

    def find_breaches(waves, **options):
        for wave in waves:
            judged.append(wave.name)
            yield from rules.find_breaches([wave], **options)

    monkeypatch.setattr("analysis.survey.appending.find_breaches", find_breaches)
    monkeypatch.setattr("analysis.survey.table.find_breaches", find_breaches)
    append_wave(wave_file, table)
    assert sorted(judged) == ["2020-autumn", "2021-autumn", "2022-autumn"]
