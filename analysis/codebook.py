"""The codebook: codes, order, labels, question, waves and sources of one survey.

It is the Data Package descriptor (``datapackage.json``) beside the table, and the only place where
stages, groups, their order and their words stand. A frame carries it in ``frame.attrs["codebook"]``.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Self, Union, get_args, get_origin

import msgspec
from msgspec import Meta, Struct, field

from analysis.errors import CodebookError, RequestError, find_forbidden, quote, shorten, show

if TYPE_CHECKING:
    import pandas as pd

LANGUAGES = ("fi", "sv", "en")  # that the words of this package are in; a codebook may have fewer
DESCRIPTOR = "datapackage.json"
WITHHELD_MARK = "; {stages} withheld, so that no count below {minimum} shows"  # at the end of a source
SURVEY_VARIABLE = "MATURITY_SURVEY"
WAVE_FORMS = "YYYY, YYYY-spring, YYYY-autumn, YYYY-Qn or YYYY-MM"
UNDATED = "the table"  # the wave of a published table that names none
WAVE_PATTERN = re.compile(r"[0-9]{4}(-(spring|autumn|Q[1-4]|0[1-9]|1[0-2]))?")
WEIGHTING = re.compile(  # a word in a source that says the percentages are weighted
    r"\b(weight(ed|s|ing)|paino(tet|ker)\w+|(upp)?viktad?e?|viktat|väg(d|da|t))\b", re.IGNORECASE
)
COLUMNS = ("wave", "group", "stage", "percent", "count", "n", "source")
DESCRIPTOR_BYTES = 2_000_000  # of a descriptor; the shipped one has 20 kilobytes
MOST_LEVELS = 30  # of objects and lists in each other
SHOWN_GAPS = 20
LABEL_FORMS = ("labels", "short", "single", "within", "answer")
TEXTS = ("title", "question", "topic", "respondents", "publisher")

Text = Annotated[str, Meta(min_length=1, max_length=4000)]
Code = Annotated[str, Meta(pattern=r"^[^\s=+\-@,;\"'|][^,;\"\n]{0,59}$")]
LANGUAGE_PATTERN = r"^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$"
FILE_PATTERN = r"^[^/\\:\x00.][^/\\:\x00]{0,199}$"
PATTERNS = {
    WAVE_PATTERN.pattern: f"be {WAVE_FORMS}",
    LANGUAGE_PATTERN: "name languages by their codes, such as fi, sv or en",
    FILE_PATTERN: "be a plain file name in the survey's own folder",
}
Language = Annotated[str, Meta(pattern=LANGUAGE_PATTERN)]
Words = Annotated[dict[Language, str], Meta(min_length=1)]  # a text in each language that it is given in
Share = Annotated[float, Meta(ge=0, le=1)]
Number = Annotated[int, Meta(ge=1, le=10**15)]
BY_GROUP = ("population", "answers", "effective", "n")  # of a wave, by group


class _Category(Struct):
    value: Code
    label: str | None = None
    labels: Words | None = None
    short: Words | None = None
    single: Words | None = None
    within: Words | None = None
    answer: Words | None = None


class _Field(Struct):
    name: Text
    categories: Annotated[list[_Category], Meta(max_length=200)] | None = None


class _Schema(Struct):
    fields: Annotated[list[_Field], Meta(min_length=3, max_length=100)]


class _Resource(Struct):
    path: Annotated[str, Meta(pattern=FILE_PATTERN)]
    table: _Schema = field(name="schema")


class _Withheld(Struct):
    minimum: Annotated[int, Meta(ge=1)]
    stages: Annotated[list[str], Meta(min_length=1)]


class _Wave(Struct, rename="camel"):
    id: Annotated[str, Meta(pattern=f"^{WAVE_PATTERN.pattern}$")]
    fieldwork: Words | None = None
    source: Words | None = None
    publication: str | None = None
    publication_language: Language | None = None
    decimals: Annotated[int, Meta(ge=0, le=12)] | None = None
    weighted: bool | None = None
    comparable: bool | None = None
    withheld: _Withheld | None = None
    response_rate: Share | None = None
    population: dict[str, Annotated[float, Meta(gt=0, le=1e12)]] | None = None
    population_source: str | Words | None = None
    answers: dict[str, Number] | None = None
    effective: dict[str, Number] | None = None
    n: dict[str, Annotated[list[Number], Meta(min_length=1, max_length=2)]] | None = None


class _Background(Struct):
    title: Words
    items: list[Words]
    id: str | None = None


class _Survey(Struct, rename="camel"):
    name: Words
    title: Words | None = None
    question: Words | None = None
    topic: Words | None = None
    respondents: Words | None = None
    publisher: Words | None = None
    official_language: Language | None = None
    label_note: Words | None = None
    languages: Annotated[list[Language], Meta(min_length=1)] | None = None
    total: str | None = None
    cut: str | None = None
    ordered: bool | None = None
    exhaustive: bool | None = None
    multiple: bool | None = None
    rest: Literal["unknown", "none"] | None = None
    rest_assumed: bool | None = None
    waves: Annotated[list[_Wave], Meta(max_length=2000)] = []
    background: list[_Background] | None = None
    background_source: Words | None = None


class _Origin(Struct):  # a source or a licence
    name: str | None = None
    title: str | None = None
    titles: Words | None = None
    path: str | None = None


class _Descriptor(Struct):
    survey: _Survey
    resources: Annotated[list[_Resource], Meta(min_length=1)]
    sources: list[_Origin] = []
    licenses: list[_Origin] = []


class Location(NamedTuple):
    """Where a survey is, and its codebook; ``shared`` when the descriptor is the shipped one."""

    descriptor: Path
    table: Path
    codebook: Codebook
    shared: bool = False


class Codebook(dict[str, Any]):
    """The descriptor, read-only by convention; it is a dict so that frames with it can be saved.

    Copies are the same object: pandas copies ``attrs`` at each step.

    Attributes
    ----------
    survey
        The part of the descriptor that is this package's own.
    stages, groups
        Codes: stages from least to most, groups in the codebook's order, the total included.
    total, parts
        The group that is the total of the others, if there is one, and the groups that it is made of.
    ordered
        Whether the stages are a scale, from least to most.
    exhaustive
        Whether the groups add up to the total.
    multiple
        Whether each could give several answers, so that percentages do not add up to 100.
    adds_up
        Whether the stages of a group make up all its answers: one of each respondent, and all shown.
    cut
        The first stage of the upper part of the scale, for cumulative and diverging charts.
    languages, language
        Those that the survey is told in, as declared, else those that all labels are given in; and the one
        where none is asked for.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        super().__init__(content)
        self.survey: dict[str, Any] = self["survey"]
        survey = self.survey
        fields = [field for field in self["resources"][0]["schema"]["fields"] if field.get("categories")]
        self._categories = {
            field["name"]: {item["value"]: item for item in field["categories"]} for field in fields
        }
        self._waves: dict[str, dict[str, Any]] = {wave["id"]: wave for wave in survey.get("waves", [])}
        self.stages: list[str] = list(self._categories["stage"])
        self.groups: list[str] = list(self._categories["group"])
        self.total: str | None = survey.get("total")
        self.parts = [group for group in self.groups if group != self.total]
        self.ordered = survey.get("ordered") is not False
        self.exhaustive = survey.get("exhaustive") is not False
        self.multiple = survey.get("multiple") is True
        self.adds_up = not self.multiple and survey.get("rest") != "unknown"
        self.cut = str(survey.get("cut") or self.stages[len(self.stages) // 2])
        labels = [item.get("labels") or {} for codes in self._categories.values() for item in codes.values()]
        common = set(labels[0]).intersection(*labels)
        ordered = [lang for lang in LANGUAGES if lang in common] + sorted(common - set(LANGUAGES))
        self.languages: list[str] = list(survey.get("languages") or ordered or survey.get("name") or ["en"])
        self.language = usual_language(self.languages)

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def word(self, column: str, code: str, lang: str, form: str = "labels") -> str:
        """The word of a stage or group: ``labels``, or ``short``, ``single``, ``within``, ``answer``.

        Where it is not given in a language, it is the label in the first language that has one.
        """
        category = self._categories[column][code]
        return (
            (category.get(form) or {}).get(lang, "").strip()
            or _first_of(category.get("labels"), [lang, *self.languages])
            or category.get("label")
            or code
        )

    def words_of(self, column: str, forms: Sequence[str] = LABEL_FORMS) -> dict[str, set[str]]:
        """All words that mean a code, in all languages, by code."""
        return {
            code: {
                word.strip()
                for form in forms
                for word in [*(category.get(form) or {}).values(), category.get("label") or ""]
                if word.strip()
            }
            for code, category in self._categories[column].items()
        }

    def text(self, key: str, lang: str) -> str:
        """A text of the survey: ``name``, ``title``, ``question``, ``topic``, ``publisher`` …

        In another language where it is not given in this one; ``title`` and ``topic`` fall back to the
        name, and what is not given at all is empty.
        """
        return self.choose(
            self.survey.get(key) or (self.survey["name"] if key in {"title", "topic"} else None), lang
        )

    def choose(self, words: Mapping[str, str] | None, lang: str) -> str:
        """A text in a language, else in the first of the survey's that it is given in; empty without one."""
        return _first_of(words, [lang, *self.languages])

    def wave(self, wave: str) -> dict[str, Any]:
        """What is declared of a wave; empty for a wave that was appended without a declaration."""
        return dict(self._waves.get(wave, {}))

    def population(self, wave: str) -> dict[str, float]:
        """Members of each group in the population of a wave, where they are declared."""
        return dict(self.wave(wave).get("population") or {})

    def withheld(self, wave: str) -> list[str]:
        """The stages that were withheld from a wave, in their order."""
        declared = (self.wave(wave).get("withheld") or {}).get("stages", [])
        return [stage for stage in self.stages if stage in declared]

    def declare(self, wave: str, facts: Mapping[str, Any]) -> Codebook:
        """Another codebook that declares these facts of a wave too, as ``{"weighted": True}``."""
        return self.declare_all({wave: facts})

    def declare_all(self, facts: Mapping[str, Mapping[str, Any]]) -> Codebook:
        """Another codebook that declares these facts of some waves too."""
        declared = {wave: {"id": wave, **self.wave(wave), **more} for wave, more in facts.items()}
        return Codebook({**self, "survey": {**self.survey, "waves": list((self._waves | declared).values())}})


def usual_language(languages: Sequence[str]) -> str:
    """The language where none is asked for: English if it is there, else the first."""
    return "en" if "en" in languages else languages[0]


def make_codebook(
    name: str,
    stages: Mapping[str, str] | Iterable[str],
    groups: Mapping[str, str] | Iterable[str],
    *,
    total: str | None = None,
    lang: str = "en",
    waves: Iterable[str] = (),
    **facts: Any,
) -> Codebook:
    """The codebook of a survey that is told by plain names, in one language.

    Stages (from least to most) and groups are labels by code, or labels alone, whose codes are made from
    them; the total is named by either. ``facts`` are more of the survey: ``cut``, ``ordered``,
    ``exhaustive``, ``multiple``; ``question``, ``publisher`` … What makes no sound codebook is refused.

    Examples
    --------
    >>> codebook = make_codebook("Guidance", ["Not at all", "Often"], ["All", "Schools"], total="All")
    >>> codebook.stages, codebook.total, codebook.word("stage", "not_at_all", "en")
    (['not_at_all', 'often'], 'all', 'Not at all')
    """
    coded = {"group": _codes(groups, "group"), "stage": _codes(stages, "stage")}
    kinds = {"percent": "number", "count": "integer", "n": "integer"}
    fields: list[dict[str, Any]] = [
        {"name": column, "type": kinds.get(column, "string")} for column in COLUMNS
    ]
    for described in fields:
        if labels := coded.get(described["name"]):
            described["categories"] = [
                {"value": code, "label": word, "labels": {lang: word}} for code, word in labels.items()
            ]
            described["constraints"] = {"required": True, "enum": list(labels)}
    schema = {"fields": fields, "primaryKey": ["wave", "group", "stage"], "missingValues": [""]}
    texts = {key: {lang: facts.pop(key)} for key in TEXTS if key in facts}
    survey: dict[str, Any] = {"name": {lang: name}, "languages": [lang], **texts, **facts}
    if total is not None:
        survey["total"] = {label: code for code, label in coded["group"].items()}.get(total, total)
    content = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": _slug(name, "-") or "survey",
        "survey": {**survey, "waves": [{"id": wave} for wave in waves]},
        "resources": [{"name": "survey", "path": "survey.csv", "type": "table", "schema": schema}],
    }
    return _sound(content, "the codebook")


def wave_order(wave: str) -> tuple[str, int, str]:
    """What waves are sorted by: the year, then the month in which they end; a year alone ends it.

    Examples
    --------
    >>> sorted(["2022", "2022-autumn", "2022-Q1", "2022-03", "2022-spring"], key=wave_order)
    ['2022-03', '2022-Q1', '2022-spring', '2022', '2022-autumn']
    """
    year, _, part = wave.partition("-")
    month = {"spring": "6", "autumn": "12", "": "12"}.get(part, part)
    return year, 3 * int(month[1]) if month.startswith("Q") else int(month), wave


def waves_in_time(survey: pd.DataFrame) -> list[str]:
    """The waves of a survey's rows in the order of time, whatever the kind and order of its codes."""
    return sorted(map(str, survey["wave"].unique()), key=wave_order)


def shipped(folder: str) -> Path:
    """The shipped ``data`` or ``notebooks`` folder, in a checkout or inside the wheel."""
    inside = Path(__file__).parent / "shipped" / folder
    return inside if inside.is_dir() else Path(__file__).parents[1] / folder


def is_installed(table: Path) -> bool:
    """Whether a table lies inside the installed package."""
    return Path(__file__).parent.resolve() in table.resolve().parents


def locate_survey(path: str | Path | None = None) -> Location:
    """Where a survey is, given as its folder or its table; CodebookError where there is no sound one.

    Left out, it is the survey named by the environment variable ``MATURITY_SURVEY`` (so that a report can
    hand its survey to the notebooks), else the shipped one.
    """
    given = Path(path or os.environ.get(SURVEY_VARIABLE) or shipped("data"))
    place = show(str(given))
    if given.is_dir():
        descriptor = given / DESCRIPTOR
        if not descriptor.is_file():
            raise CodebookError(
                f"{place} has no {DESCRIPTOR}; give a folder that has one, or make one: maturity new FOLDER"
            )
        codebook = load_codebook(descriptor)
        return Location(descriptor, given / codebook["resources"][0]["path"], codebook)
    if not given.exists():
        raise CodebookError(f"{place} does not exist; give a survey's folder or its CSV file")
    beside, own = given.parent / DESCRIPTOR, shipped("data") / DESCRIPTOR
    shared = not beside.is_file()
    descriptor = own if shared else beside
    return Location(descriptor, given, load_codebook(descriptor), shared)


def load_codebook(descriptor: str | Path | None = None) -> Codebook:
    """The codebook in a descriptor file; the shipped survey's when left out.

    Raises
    ------
    CodebookError
        The file cannot be read, is not JSON, or is not what the program needs; all faults at once.
    """
    path = shipped("data") / DESCRIPTOR if descriptor is None else Path(descriptor)
    place = show(str(path))
    try:
        if not path.is_file():
            raise CodebookError(f"{place} is not a regular file; give the {DESCRIPTOR} of a survey")
        with path.open("rb") as file:
            data = file.read(DESCRIPTOR_BYTES + 1)
        if len(data) > DESCRIPTOR_BYTES:
            raise CodebookError(f"{place} is larger than {DESCRIPTOR_BYTES // 10**6} MB; a descriptor is not")
        content = json.loads(data.decode("utf-8-sig"))
    except OSError as error:
        raise CodebookError(f"{place} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CodebookError(f"{place} is not JSON in UTF-8: {shorten(show(str(error)), 200)}") from error
    return _sound(content, place)


def codebook_of(frame: pd.DataFrame) -> Codebook:
    """The codebook that a frame carries.

    Raises
    ------
    RequestError
        It was lost on the way, as a merge loses it; no other stands in for it.
    """
    codebook = frame.attrs.get("codebook")
    if isinstance(codebook, Codebook):
        return codebook
    if isinstance(codebook, Mapping):  # as it comes back from a file
        return _sound(dict(codebook), "the frame's codebook")
    raise RequestError(
        "the frame has lost its codebook, as merge and concat lose it, and with it labels and source; give "
        "it back: frame.attrs = survey.attrs, where survey is what load_survey returned"
    )


def find_gaps(content: object) -> list[str]:
    """What is wrong in a descriptor, a sentence each with its place; empty when the program can run on it."""
    gaps = list(_character_gaps(content)) or list(_shape_gaps(content, _Descriptor, ""))
    return gaps or list(_reference_gaps(msgspec.convert(content, _Descriptor)))


def _sound(content: Any, place: str) -> Codebook:
    gaps = find_gaps(content)
    if gaps:
        listed = [shorten(gap, 180) for gap in gaps[:SHOWN_GAPS]]
        if len(gaps) > SHOWN_GAPS:
            listed.append(f"… and {len(gaps) - SHOWN_GAPS} more, {len(gaps)} in all")
        raise CodebookError("\n  ".join([f"{place} is not complete:", *listed]))
    return Codebook(_without_nulls(content))


def _without_nulls(value: Any) -> Any:
    """A value without the names that stand for nothing: what is null is not given."""
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _character_gaps(value: object, place: str = "", level: int = 0) -> Iterator[str]:
    """Texts and names that hold what cannot be seen or turns the direction of text, and too deep nesting."""
    if level > MOST_LEVELS:
        yield f"{shorten(place, 60)} lies more than {MOST_LEVELS} levels deep"
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _character_gaps(str(name), f"a name in {place or 'the file'}")
            yield from _character_gaps(item, f"{place}.{name}".lstrip("."), level + 1)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _character_gaps(item, f"{place}[{number}]", level + 1)
    elif isinstance(value, str) and (found := find_forbidden(value)):
        yield f"{show(place)} holds {found[1]}: {quote(value)}"


def _shape_gaps(value: Any, kind: Any, place: str) -> Iterator[str]:
    """What is not of its kind, as deep inside as it can be told; the library names only the first of all."""
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        inside = list(_parts_of(value, kind, place))
        gaps = [f"{where} is missing" for where, part, _ in inside if part is ...]
        gaps += [gap for where, part, of in inside if part is not ... for gap in _shape_gaps(part, of, where)]
        yield from gaps or [_describe(str(error).partition(" - at ")[0], value, place)]


def _parts_of(value: Any, kind: Any, place: str) -> Iterator[tuple[str, Any, Any]]:
    """Place, value and kind of each part of an object or list; ``...`` for one that is missing."""
    while get_origin(kind) in {Annotated, Union, UnionType}:
        kind = get_args(kind)[0]
    if isinstance(value, dict) and isinstance(kind, type) and issubclass(kind, Struct):
        for part in msgspec.structs.fields(kind):
            name = part.encode_name
            if name in value or part.required:
                yield f"{place}.{name}".lstrip("."), value.get(name, ...), part.type
    elif isinstance(value, dict) and get_origin(kind) is dict:
        yield from ((f"{place}.{show(str(name))}", item, get_args(kind)[1]) for name, item in value.items())
    elif isinstance(value, list) and get_origin(kind) is list:
        yield from ((f"{place}[{number}]", item, get_args(kind)[0]) for number, item in enumerate(value))


def _describe(fault: str, value: object, place: str) -> str:
    text = quote(value) if isinstance(value, str) else shorten(show(json.dumps(value, default=str)), 80)
    for pattern, meant in PATTERNS.items():
        if repr(pattern)[1:-1] in fault:  # as the library quotes it
            return f"{place} must {meant}; it is {text}"
    return f"{place or 'the descriptor'}: {fault[:1].lower()}{fault[1:]}; it is {text}"


def _reference_gaps(descriptor: _Descriptor) -> Iterator[str]:
    """Names in the descriptor that lead nowhere, codes that stand twice, words that are not given."""
    survey, fields = descriptor.survey, {part.name: part for part in descriptor.resources[0].table.fields}
    yield from (f"resources[0].schema.fields lacks '{name}'" for name in COLUMNS[:3] if name not in fields)
    codes = {}
    for column, least in (("group", 1), ("stage", 2)):
        categories = (fields[column].categories if column in fields else None) or []
        codes[column] = [category.value for category in categories]
        if len(categories) < least:
            yield f"field '{column}' needs {least} categories or more, with value and labels"
        for category in categories:
            labels, name = category.labels or {}, f"labels of {column} {quote(category.value)}"
            if not (_first_of(labels, ()) or (category.label or "").strip()):
                yield f"{name} are missing"
            elif survey.languages and not labels.get(survey.languages[0], "").strip():
                yield f"{name} lack {survey.languages[0]}, the first language"
        yield from (f"{column} {quote(code)} appears twice" for code in _repeated(codes[column]))
    if not _first_of(survey.name, ()):
        yield "survey.name is empty"
    references = [("survey.total", "group", survey.total), ("survey.cut", "stage", survey.cut)]
    for number, wave in enumerate(survey.waves):
        place, withheld = f"survey.waves[{number}]", wave.withheld.stages if wave.withheld else []
        references += [
            (f"{place}.{name}", "group", group) for name in BY_GROUP for group in getattr(wave, name) or ()
        ]
        references += [(f"{place}.withheld.stages", "stage", stage) for stage in withheld]
    for place, column, code in references:
        if code is not None and code not in codes[column]:
            valid = shorten(", ".join(codes[column]), 100)
            yield f"{place} is {quote(code)}, which is not a {column}; use one of {valid}"
    yield from (
        f"wave {wave} appears twice in survey.waves" for wave in _repeated(wave.id for wave in survey.waves)
    )


def _repeated(codes: Iterable[str]) -> list[str]:
    return [code for code, times in Counter(codes).items() if times > 1]


def _first_of(words: Mapping[str, str] | None, languages: Iterable[str]) -> str:
    """A text in the first of some languages that it is given in, else in any; empty where it is not given."""
    given = {lang: text.strip() for lang, text in (words or {}).items() if text.strip()}
    return next((given[lang] for lang in [*languages, *given] if lang in given), "")


def _codes(labels: Mapping[str, str] | Iterable[str], kind: str) -> dict[str, str]:
    """Labels by code; codes are made from labels that come alone, each once."""
    if isinstance(labels, Mapping):
        return dict(labels)
    coded: dict[str, str] = {}
    for number, label in enumerate(labels, 1):
        if label in coded.values():
            raise CodebookError(f"the {kind} {quote(label)} is named twice; name each once")
        slug = _slug(label, "_") or f"{kind}_{number}"
        coded[slug if slug not in coded else f"{slug}_{number}"] = label
    return coded


def _slug(text: str, joint: str) -> str:
    """Small ASCII letters and digits of a text, joined."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return joint.join(re.findall(r"[a-z0-9]+", plain))[:50].strip(joint)
