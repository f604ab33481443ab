"""Made-up surveys with codebooks of their own, and the shipped one; for charts, slides and reports.

Counts are invented; percentages are printed from them by ``analysis.rounding``, so that every frame of a
survey agrees with every other.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from analysis.codebook import LANGUAGES, Codebook, load_codebook
from analysis.rounding import print_percentages

Counts = dict[str, dict[str, list[int]]]  # wave, then part group: answers by stage


class Survey(NamedTuple):
    """A codebook and the answers that its table was printed from."""

    codebook: Codebook
    answers: Counts
    partial: tuple[str, ...] = ()  # waves of which only the two highest stages of the total were published

    def rows(self) -> pd.DataFrame:
        """The survey table as ``load_survey`` returns it: percentages and n, no counts."""
        records = [record for wave in self.answers for record in self._wave_rows(wave)]
        table = pd.DataFrame(records, columns=["wave", "group", "stage", "percent", "n"])
        table["wave"] = pd.Categorical(table["wave"], list(self.answers), ordered=True)
        table["group"] = pd.Categorical(table["group"], self.codebook.groups, ordered=True)
        table["stage"] = pd.Categorical(table["stage"], self.codebook.stages, ordered=True)
        table["percent"] = table["percent"].astype(float)
        table["n"] = table["n"].astype("Int64")
        table.insert(4, "count", pd.array([None] * len(table), dtype="Int64"))
        table["source"] = "made up"
        table.attrs["codebook"] = self.codebook
        return table

    def counts(self, wave: str) -> pd.DataFrame:
        """The answers of one wave as a ``counts`` frame."""
        stages = pd.CategoricalIndex(self.codebook.stages, self.codebook.stages, ordered=True, name="stage")
        counts = pd.DataFrame(self.answers[wave], index=stages, dtype="int64").rename_axis(columns="group")
        counts.attrs = {"codebook": self.codebook, "wave": wave, "basis": "recovered"}
        return counts

    def save(self, folder: Path) -> Path:
        """The survey as a folder that the program can be pointed at."""
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.codebook, ensure_ascii=False, indent=1)
        (folder / "datapackage.json").write_text(text, encoding="utf-8")
        self.rows().to_csv(folder / self.codebook["resources"][0]["path"], index=False, lineterminator="\n")
        return folder

    def _wave_rows(self, wave: str) -> list[tuple[str, str, str, float, int]]:
        groups = dict(self.answers[wave])
        if self.codebook.total:
            groups[self.codebook.total] = [sum(cells) for cells in zip(*groups.values(), strict=True)]
        stages = self.codebook.stages
        if wave in self.partial:
            groups, stages = {self.codebook.total: groups[self.codebook.total]}, stages[-2:]
        return [
            (wave, group, stage, percent, sum(groups[group]))
            for group in self.codebook.groups
            if group in groups
            for stage, percent in zip(self.codebook.stages, print_percentages(groups[group]), strict=True)
            if stage in stages
        ]


def make_codebook(
    stages: dict[str, str],
    groups: dict[str, str],
    *,
    waves: list[str],
    total: str | None = "all",
    cut: str | None = None,
) -> Codebook:
    """A codebook on the shipped one, with other stages and groups: code to label, the same in all languages.

    A label says its language, so that one in the wrong place is seen.
    """
    content = copy.deepcopy(dict(load_codebook()))
    for field in content["resources"][0]["schema"]["fields"]:
        words = {"stage": stages, "group": groups}.get(field["name"])
        if words is not None:
            field["categories"] = [_category(code, label) for code, label in words.items()]
            field["constraints"]["enum"] = list(words)
    content["survey"]["waves"] = [{"id": wave, "decimals": 0} for wave in waves]
    content["survey"]["total"] = total
    content["survey"]["cut"] = cut or list(stages)[len(stages) // 2]
    return Codebook(content)


def _category(code: str, label: str) -> dict[str, Any]:
    tags = {"fi": "ä", "sv": "å", "en": ""}
    return {"value": code, "label": label, "labels": {lang: label + tags[lang] for lang in LANGUAGES}}


def shipped_survey() -> Survey:
    """The shipped survey with the one table of counts that fits it; the second wave is partial."""
    answers = {
        "2020-autumn": {"vocational": [15, 15, 22, 26, 2], "general": [20, 21, 9, 39, 6]},
        "2021-autumn": {"vocational": [10, 10, 6, 36, 6], "general": [10, 10, 3, 33, 4]},
    }
    return Survey(load_codebook(), answers, partial=("2021-autumn",))


def small_survey() -> Survey:
    """Four stages, three groups and their total, two whole waves."""
    codebook = make_codebook(
        {"none": "None", "starting": "Starting out", "steady": "Steady", "leading": "Leading the way"},
        {"all": "Everyone", "north": "North", "south": "South", "islands": "The islands"},
        waves=["2022-spring", "2023-autumn"],
    )
    answers = {
        "2022-spring": {"north": [9, 21, 33, 17], "south": [24, 41, 18, 2], "islands": [5, 11, 8, 1]},
        "2023-autumn": {"north": [7, 18, 36, 24], "south": [12, 33, 39, 8], "islands": [4, 9, 12, 3]},
    }
    return Survey(codebook, answers)


def large_survey() -> Survey:
    """Seven stages and six groups with long labels, no total, one wave; empty and full cells among them."""
    stages = {
        "s1": "Nothing of the kind has been considered so far",
        "s2": "Under discussion in the management group",
        "s3": "Written into the strategy",
        "s4": "Being prepared together with partners abroad",
        "s5": "First experiments under way",
        "s6": "Established in several fields of study",
        "s7": "A permanent part of all teaching and guidance",
    }
    groups = {
        "g1": "Universities of applied sciences",
        "g2": "Research universities",
        "g3": "Adult education centres and folk high schools",
        "g4": "Vocational special needs institutions",
        "g5": "Music schools",
        "g6": "Liberal adult education elsewhere",
    }
    answers = {
        "2024-autumn": {
            "g1": [3, 8, 22, 41, 19, 9, 2],
            "g2": [0, 2, 11, 30, 44, 28, 7],
            "g3": [61, 30, 12, 5, 2, 1, 0],
            "g4": [12, 12, 12, 12, 12, 12, 12],
            "g5": [1, 0, 0, 0, 0, 0, 39],
            "g6": [140, 210, 333, 401, 222, 90, 31],
        }
    }
    return Survey(make_codebook(stages, groups, waves=["2024-autumn"], total=None, cut="s5"), answers)


def tiny_survey() -> Survey:
    """Two stages, one group, three waves with a year between the second and the third."""
    codebook = make_codebook(
        {"no": "No", "yes": "Yes"},
        {"all": "All schools"},
        waves=["2020-spring", "2020-autumn", "2022-autumn"],
        total=None,
    )
    answers = {
        "2020-spring": {"all": [40, 10]},
        "2020-autumn": {"all": [33, 20]},
        "2022-autumn": {"all": [12, 45]},
    }
    return Survey(codebook, answers)


def long_survey() -> Survey:
    """Four stages, three groups and their total, five waves; of the second only the total's two highest."""
    codebook = small_survey().codebook
    answers = {
        "2018-spring": {"north": [19, 21, 23, 7], "south": [34, 41, 8, 1], "islands": [9, 11, 4, 1]},
        "2019-autumn": {"north": [14, 21, 29, 11], "south": [30, 41, 13, 1], "islands": [7, 11, 6, 1]},
        "2022-spring": {"north": [9, 21, 33, 17], "south": [24, 41, 18, 2], "islands": [5, 11, 8, 1]},
        "2023-autumn": {"north": [7, 18, 36, 24], "south": [12, 33, 39, 8], "islands": [4, 9, 12, 3]},
        "2025-spring": {"north": [5, 12, 36, 34], "south": [8, 23, 42, 18], "islands": [2, 8, 14, 6]},
    }
    return Survey(codebook, answers, partial=("2019-autumn",))


SURVEYS = {"shipped": shipped_survey, "small": small_survey, "large": large_survey, "tiny": tiny_survey}
