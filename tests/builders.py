"""Frames for tests, built by hand: counts, tables of counts, surveys and their codebooks."""

from __future__ import annotations

from itertools import chain
from typing import Any

import pandas as pd

from analysis.codebook import Codebook, load_codebook

DECK = {"vocational": [15, 15, 22, 26, 2], "general": [20, 21, 9, 39, 6]}  # the one table that fits the deck


def counts_frame(
    columns: dict[str, list[Any]], codebook: Codebook | None = None, **attrs: Any
) -> pd.DataFrame:
    """A ``counts`` frame: stages as rows, groups as columns."""
    codebook = codebook or load_codebook()
    stages = pd.CategoricalIndex(codebook.stages, categories=codebook.stages, ordered=True, name="stage")
    frame = pd.DataFrame(columns, index=stages)
    frame.columns.name = "group"
    frame.attrs = {"codebook": codebook, "wave": "2020-autumn", **attrs}
    return frame


def tables_frame(tables: list[dict[str, list[int]]], codebook: Codebook | None = None) -> pd.DataFrame:
    """A ``count_tables`` frame: one row per table."""
    codebook = codebook or load_codebook()
    columns = pd.MultiIndex.from_product([list(tables[0]), codebook.stages], names=["group", "stage"])
    frame = pd.DataFrame([list(chain(*table.values())) for table in tables], columns=columns)
    frame.attrs = {"codebook": codebook, "wave": "2020-autumn", "basis": "recovered"}
    return frame


def codebook_of_codes(
    stages: list[str],
    groups: list[str],
    total: str | None = None,
    waves: list[dict[str, Any]] | None = None,
    **facts: Any,
) -> Codebook:
    """A codebook with these codes; enough for all that is computed, without words."""
    fields = [
        {"name": "group", "categories": [{"value": code} for code in groups]},
        {"name": "stage", "categories": [{"value": code} for code in stages]},
    ]
    survey = {"waves": waves or [], **facts} | ({"total": total} if total else {})
    return Codebook({"survey": survey, "resources": [{"schema": {"fields": fields}}]})


def survey_frame(
    published: dict[tuple[str, str], dict[str, Any]],
    sizes: dict[tuple[str, str], int] | None = None,
    codebook: Codebook | None = None,
    counts: dict[tuple[str, str], dict[str, int]] | None = None,
) -> pd.DataFrame:
    """A ``survey`` frame from percentages (and counts, and n) by (wave, group) and stage."""
    codebook, sizes, counts = codebook or load_codebook(), sizes or {}, counts or {}
    rows = []
    for key in dict.fromkeys([*published, *counts]):
        percents, known = published.get(key, {}), counts.get(key, {})
        rows += [
            (*key, stage, percents.get(stage), known.get(stage), sizes.get(key), "typed")
            for stage in dict.fromkeys([*percents, *known])
        ]
    frame = pd.DataFrame(rows, columns=["wave", "group", "stage", "percent", "count", "n", "source"])
    waves = sorted({wave for wave, _ in [*published, *counts]}, key=lambda w: (w[:4], w[5:] == "autumn"))
    categories = {"wave": waves, "group": codebook.groups, "stage": codebook.stages}
    for column, codes in categories.items():
        frame[column] = pd.Categorical(frame[column], categories=codes, ordered=True)
    frame = frame.astype({"percent": float}).astype({"count": "Int64", "n": "Int64"})
    frame.attrs["codebook"] = codebook
    return frame
