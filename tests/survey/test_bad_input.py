"""The corpus of bad input that CI has beside the checkout: each file ends as its index says."""

import csv
import io
import re
import shutil
import unicodedata
from pathlib import Path

import pytest
from incoming import CORPUS, maturity, needs_corpus

from analysis.codebook import shipped
from analysis.errors import MESSAGE_LIMIT

pytestmark = needs_corpus


def entries():
    if not CORPUS.is_dir():
        return []
    with (CORPUS / "index.csv").open(encoding="utf-8", newline="") as file:
        return [entry for entry in csv.DictReader(file) if entry["file"]]


def rows(content):
    """Rows by column, with 10.0 and 10 as the same number."""
    records = csv.DictReader(io.StringIO(content.decode(), newline=""))
    return sorted(
        tuple(
            float(record[column]) if column == "percent" and record[column] else record.get(column) or ""
            for column in ("wave", "group", "stage", "percent", "count", "n", "source")
        )
        for record in records
    )


def lines_of(text):
    """The lines that an index cell or a message names."""
    found = set()
    for first, _, last in re.findall(r"([0-9]+)(-([0-9]+))?", text):
        found |= set(range(int(first), int(last or first) + 1))
    return found


def is_any(cell, text):
    return not cell or any(word.lower() in text.lower() for word in cell.split("|"))


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry["id"])
def test_a_file_ends_as_its_index_says(entry, tmp_path):
    folder, desk = tmp_path / "survey", tmp_path / "desk"
    folder.mkdir()
    desk.mkdir()
    shutil.copyfile(shipped("data") / "datapackage.json", folder / "datapackage.json")
    table = Path(shutil.copyfile(CORPUS / entry["base"], folder / "survey.csv"))
    name = entry["give_as"].replace("\\n", "\n") or Path(entry["file"]).name
    before, beside = table.read_bytes(), sorted(folder.iterdir())
    outcome = maturity(
        "append", shutil.copyfile(CORPUS / entry["file"], desk / name), "--survey", table, "--yes"
    )
    assert not [c for c in outcome.text if unicodedata.category(c) in {"Cc", "Cf"} and c != "\n"]
    expected = entry["expect"]
    if expected == "either":
        expected = "reject" if outcome.code else "accept"
    if expected == "reject":
        assert outcome.code == 2
        assert (table.read_bytes(), sorted(folder.iterdir())) == (before, beside)
        assert len(outcome.text) <= MESSAGE_LIMIT
        named = set().union(*map(lines_of, re.findall(r"lines? ([0-9, -]+)", outcome.text)))
        assert not entry["row"] or lines_of(entry["row"]) & named
        assert is_any(entry["column"], outcome.text)
        assert is_any(entry["must_mention"], outcome.text)
    else:
        assert outcome.code == 0, outcome.text
        assert table.read_bytes().startswith(before)
        choices = [
            (CORPUS / "expected" / f"{name}.csv").read_bytes() for name in entry["normalises_to"].split("|")
        ]
        assert rows(table.read_bytes()) in [sorted(rows(before) + rows(choice)) for choice in choices]
        assert entry["normalises_to"] != "none" or table.read_bytes() == before
        assert expected != "accept_warn" or re.search("^(warning|note):", outcome.text, re.MULTILINE)
