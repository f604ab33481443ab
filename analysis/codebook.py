"""The codebook: codes, order, labels, question, waves and sources of one survey.

It is the Data Package descriptor (``datapackage.json``) beside the table, and the only place where
stages, groups, their order and their words stand. A frame carries it in ``frame.attrs["codebook"]``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from analysis.errors import CodebookError, show

if TYPE_CHECKING:
    import pandas as pd

LANGUAGES = ("fi", "sv", "en")
DESCRIPTOR = "datapackage.json"
WITHHELD_MARK = "; {stages} withheld, so that no count below {minimum} shows"  # at the end of a source
SURVEY_VARIABLE = "MATURITY_SURVEY"
WAVE_PATTERN = re.compile(r"[0-9]{4}-(spring|autumn)")
COLUMNS = ("wave", "group", "stage", "percent", "count", "n", "source")


class Location(NamedTuple):
    """Where a survey is: its descriptor and its table; ``shared`` when the descriptor is the shipped one."""

    descriptor: Path
    table: Path
    shared: bool = False


class Codebook(dict[str, Any]):
    """The descriptor, read-only by convention; it is a dict so that frames with it can be saved.

    Copies are the same object: pandas copies ``attrs`` at each step.
    """

    def __deepcopy__(self, memo: object) -> Self:
        return self

    @cached_property
    def survey(self) -> dict[str, Any]:
        """The part of the descriptor that is this package's own."""
        return dict(self["survey"])

    @cached_property
    def _categories(self) -> dict[str, dict[str, dict[str, Any]]]:
        fields = self["resources"][0]["schema"]["fields"]
        return {
            field["name"]: {category["value"]: category for category in field["categories"]}
            for field in fields
            if "categories" in field
        }

    @cached_property
    def _waves(self) -> dict[str, dict[str, Any]]:
        return {wave["id"]: wave for wave in self.survey.get("waves", [])}

    @property
    def stages(self) -> list[str]:
        """Codes of the stages, from least to most."""
        return list(self._categories["stage"])

    @property
    def groups(self) -> list[str]:
        """Codes of the groups in the codebook's order, the total included."""
        return list(self._categories["group"])

    @property
    def total(self) -> str | None:
        """Code of the group that is the total of the others, if there is one."""
        return self.survey.get("total")

    @property
    def parts(self) -> list[str]:
        """Codes of the groups that the total is made of."""
        return [group for group in self.groups if group != self.total]

    @property
    def cut(self) -> str:
        """The first stage of the upper part of the scale, for cumulative and diverging charts."""
        stages = self.stages
        return str(self.survey.get("cut", stages[len(stages) // 2]))

    def word(self, column: str, code: str, lang: str, form: str = "labels") -> str:
        """The word of a stage or group: ``labels``, or ``short``, ``single``, ``within``, ``answer``."""
        category = self._categories[column][code]
        return str(category.get(form, category["labels"])[lang])

    def has_form(self, column: str, code: str, form: str) -> bool:
        """Whether the codebook gives this form, so that no sentence is built from a bare label."""
        return form in self._categories[column][code]

    def text(self, key: str, lang: str) -> str:
        """A text of the survey in one language: ``name``, ``title``, ``question``, ``publisher`` …"""
        return str(self.survey[key][lang])

    def wave(self, wave: str) -> dict[str, Any]:
        """What is declared of a wave; empty for a wave that was appended without a declaration."""
        return dict(self._waves.get(wave, {}))

    def withheld(self, wave: str) -> list[str]:
        """The stages that were withheld from a wave, in their order."""
        declared = self.wave(wave).get("withheld", {}).get("stages", [])
        return [stage for stage in self.stages if stage in declared]

    def declare(self, wave: str, facts: Mapping[str, Any]) -> Codebook:
        """Another codebook that declares these facts of a wave too, as ``{"weighted": True}``."""
        return self.declare_all({wave: facts})

    def declare_all(self, facts: Mapping[str, Mapping[str, Any]]) -> Codebook:
        """Another codebook that declares these facts of some waves too."""
        told = {wave: {"id": wave, **self.wave(wave), **more} for wave, more in facts.items()}
        return Codebook({**self, "survey": {**self.survey, "waves": list((self._waves | told).values())}})


def shipped(folder: str) -> Path:
    """The shipped ``data`` or ``notebooks`` folder, in a checkout or inside the wheel."""
    inside = Path(__file__).parent / "shipped" / folder
    return inside if inside.is_dir() else Path(__file__).parents[1] / folder


def locate_survey(path: str | Path | None = None) -> Location:
    """Descriptor and table of a survey, given as its folder or its table.

    Left out, it is the survey named by the environment variable ``MATURITY_SURVEY`` (so that a report can
    hand its survey to the notebooks), else the shipped one.

    Raises
    ------
    CodebookError
        The path does not exist, or a folder has no descriptor.
    """
    given = Path(path or os.environ.get(SURVEY_VARIABLE) or shipped("data"))
    if given.is_dir():
        descriptor = given / DESCRIPTOR
        if not descriptor.is_file():
            raise CodebookError(
                f"{show(str(given))} has no {DESCRIPTOR}; give a folder that has one, or make one with: "
                f"maturity new FOLDER"
            )
        return Location(descriptor, given / load_codebook(descriptor)["resources"][0]["path"])
    if not given.exists():
        raise CodebookError(f"{show(str(given))} does not exist; give a survey's folder or its CSV file")
    beside = given.parent / DESCRIPTOR
    if beside.is_file():
        return Location(beside, given)
    return Location(shipped("data") / DESCRIPTOR, given, shared=True)


def load_codebook(descriptor: str | Path | None = None) -> Codebook:
    """The codebook in a descriptor file; the shipped survey's when left out.

    Raises
    ------
    CodebookError
        The file cannot be read, is not JSON, or lacks what the program needs; all gaps at once.
    """
    path = shipped("data") / DESCRIPTOR if descriptor is None else Path(descriptor)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CodebookError(f"{show(str(path))} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise CodebookError(f"{show(str(path))} is not JSON in UTF-8: {error}") from error
    gaps = find_gaps(content)
    if gaps:
        raise CodebookError("\n  ".join([f"{show(str(path))} is not complete:", *gaps]))
    return Codebook(content)


def codebook_of(frame: pd.DataFrame) -> Codebook:
    """The codebook that a frame carries; the shipped one where it was lost on the way."""
    found = frame.attrs.get("codebook")
    return found if isinstance(found, Codebook) else load_codebook()


def find_gaps(content: object) -> list[str]:
    """What a descriptor lacks, one sentence each; empty when the program can run on it."""
    if not isinstance(content, Mapping):
        return ["the descriptor must be a JSON object"]
    survey = content.get("survey")
    try:
        fields = {field["name"]: field for field in content["resources"][0]["schema"]["fields"]}
        str(content["resources"][0]["path"])
    except (KeyError, IndexError, TypeError):
        return ["resources[0] must give the table's path and schema.fields"]
    gaps = [f"schema.fields lacks '{name}'" for name in ("wave", "group", "stage") if name not in fields]
    for column in ("group", "stage"):
        gaps += _category_gaps(column, fields.get(column, {}))
    if not isinstance(survey, Mapping):
        return [*gaps, "the object 'survey' is missing: question, publisher, waves"]
    for key in ("name", "title", "question", "topic", "respondents", "publisher"):
        gaps += _language_gaps(f"survey.{key}", survey.get(key))
    return gaps + _reference_gaps(survey, fields)


def _category_gaps(column: str, field: Mapping[str, Any]) -> list[str]:
    categories = field.get("categories") or []
    if len(categories) < 2 and column == "stage":
        return ["field 'stage' needs at least two categories, from least to most"]
    if not categories:
        return [f"field '{column}' needs categories with value and labels"]
    gaps = []
    for category in categories:
        name = f"{column} '{category.get('value')}'"
        for form in ("labels", "short", "single", "within", "answer"):
            if form in category or form == "labels":
                gaps += _language_gaps(f"{form} of {name}", category.get(form))
    codes = [category.get("value") for category in categories]
    gaps += [f"{column} '{code}' stands twice" for code in sorted(set(codes)) if codes.count(code) > 1]
    return gaps


def _language_gaps(name: str, words: object) -> list[str]:
    given: Mapping[str, Any] = words if isinstance(words, Mapping) else {}
    missing = [lang for lang in LANGUAGES if not str(given.get(lang) or "").strip()]
    return [f"{name} lacks {', '.join(missing)}"] if missing else []


def _reference_gaps(survey: Mapping[str, Any], fields: Mapping[str, Any]) -> list[str]:
    gaps = []
    for key, column in (("total", "group"), ("cut", "stage")):
        codes = [category.get("value") for category in fields.get(column, {}).get("categories") or []]
        if survey.get(key) is not None and survey[key] not in codes:
            gaps.append(f"survey.{key} is '{survey[key]}', which is not a {column}; use one of {codes}")
    waves = survey.get("waves", [])
    stages = [category.get("value") for category in fields.get("stage", {}).get("categories") or []]
    for wave in waves:
        if "withheld" in wave and not _is_withheld(wave["withheld"], stages):
            what = "an object with a minimum, a whole number, and stages of the codebook"
            gaps.append(f"withheld of wave '{wave.get('id')}' must be {what}")
    ids = [str(wave.get("id")) for wave in waves]
    unclear = [wave for wave in ids if not WAVE_PATTERN.fullmatch(wave)]
    return gaps + [f"survey.waves: id '{wave}' is not YYYY-spring or YYYY-autumn" for wave in unclear]


def _is_withheld(declared: object, stages: list[Any]) -> bool:
    if not isinstance(declared, Mapping) or not isinstance(declared.get("minimum"), int):
        return False
    named = declared.get("stages")
    return isinstance(named, list) and all(stage in stages for stage in named)
