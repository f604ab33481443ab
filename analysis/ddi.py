"""The survey described in DDI Codebook 2.5, the form in which data archives exchange such descriptions.

Element names and their order: DDI Alliance, *DDI Codebook 2.5*, field-level documentation (2012).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET  # only written, never parsed

from analysis.codebook import LANGUAGES, Codebook, codebook_of

if TYPE_CHECKING:
    import pandas as pd

NAMESPACE = "ddi:codebook:2_5"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def describe_study(survey: pd.DataFrame) -> bytes:
    """A DDI Codebook 2.5 document of the survey: study, waves, file, variables with their categories.

    Returns
    -------
    bytes
        XML in UTF-8; labels and the question in Finnish, Swedish and English. Percentages stay in the table:
        the document describes it and does not repeat it.
    """
    codebook = codebook_of(survey)
    ET.register_namespace("", NAMESPACE)
    root = ET.Element(_name("codeBook"), {"version": "2.5", LANG: "en"})
    study = _add(root, "stdyDscr")
    _describe_citation(study, codebook)
    _describe_study(study, codebook, survey)
    _describe_file(root, codebook, survey)
    _describe_variables(root, codebook)
    ET.indent(root, space=" ")
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _describe_citation(study: ET.Element, codebook: Codebook) -> None:
    citation = _add(study, "citation")
    titles = _add(citation, "titlStmt")
    _add(titles, "titl", str(codebook.get("title") or codebook.text("title", "en")), lang="en")
    for lang in LANGUAGES:
        _add(titles, "parTitl", codebook.text("title", lang), lang=lang)
    _add(titles, "IDNo", str(codebook["name"]))
    publisher = codebook.text("publisher", "en")
    _add(_add(citation, "rspStmt"), "AuthEnty", publisher)
    production = _add(citation, "prodStmt")
    _add(production, "producer", publisher)
    for licence in codebook.get("licenses", []):
        _add(production, "copyright", str(licence["title"]))
    if "version" in codebook:
        _add(_add(citation, "verStmt"), "version", str(codebook["version"]))
    for wave in codebook.survey.get("waves", []):
        if "publication" in wave:
            _add(citation, "biblCit", str(wave["publication"]))


def _describe_study(study: ET.Element, codebook: Codebook, survey: pd.DataFrame) -> None:
    info = _add(study, "stdyInfo")
    subject = _add(info, "subject")
    for keyword in codebook.get("keywords", []):
        _add(subject, "keyword", str(keyword), lang="en")
    _add(info, "abstract", str(codebook.get("description", "")), lang="en")
    summary = _add(info, "sumDscr")
    for wave in survey["wave"].unique():
        fieldwork = codebook.wave(wave).get("fieldwork", {}).get("en", wave)
        _add(summary, "collDate", str(fieldwork), event="single", date=wave[:4])
    for lang in LANGUAGES:
        _add(summary, "anlyUnit", codebook.text("respondents", lang), lang=lang)
    _add(summary, "dataKind", "Aggregated survey data: percentages by group, rounded as published")
    rates = [(w["id"], w["responseRate"]) for w in codebook.survey.get("waves", []) if w.get("responseRate")]
    if rates:
        analysis = _add(_add(study, "method"), "anlyInfo")
        for wave, rate in rates:
            _add(analysis, "respRate", f"{wave}: {rate:.0%}")


def _describe_file(root: ET.Element, codebook: Codebook, survey: pd.DataFrame) -> None:
    text = _add(_add(root, "fileDscr", ID="F1"), "fileTxt")
    _add(text, "fileName", str(codebook["resources"][0]["path"]))
    size = _add(text, "dimensns")
    _add(size, "caseQnty", str(len(survey)))
    _add(size, "varQnty", str(len(codebook["resources"][0]["schema"]["fields"])))
    _add(text, "fileType", "text/csv; charset=utf-8")


def _describe_variables(root: ET.Element, codebook: Codebook) -> None:
    data = _add(root, "dataDscr")
    for position, field in enumerate(codebook["resources"][0]["schema"]["fields"], start=1):
        name = str(field["name"])
        interval = "contin" if field.get("type") == "number" else "discrete"
        variable = _add(data, "var", ID=f"V{position}", name=name, files="F1", intrvl=interval)
        _add(variable, "labl", str(field.get("title", name)), lang="en")
        if name == "stage":
            question = _add(variable, "qstn")
            for lang in LANGUAGES:
                _add(question, "qstnLit", codebook.text("question", lang), lang=lang)
        if "description" in field:
            _add(variable, "txt", str(field["description"]), lang="en")
        for category in field.get("categories", []):
            entry = _add(variable, "catgry")
            _add(entry, "catValu", str(category["value"]))
            for lang in LANGUAGES:
                _add(entry, "labl", str(category["labels"][lang]), lang=lang)
        kind = "character" if field.get("type") == "string" else "numeric"
        _add(variable, "varFormat", type=kind)


def _name(tag: str) -> str:
    return f"{{{NAMESPACE}}}{tag}"


def _add(
    parent: ET.Element, tag: str, text: str | None = None, *, lang: str | None = None, **attributes: str
) -> ET.Element:
    element = ET.SubElement(parent, _name(tag), attributes | ({LANG: lang} if lang else {}))
    element.text = text
    return element
