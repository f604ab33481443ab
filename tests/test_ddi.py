"""The description for data archives: well-formed, in the order of DDI Codebook 2.5, in three languages."""

from __future__ import annotations

import pytest
from lxml import etree
from surveys import SURVEYS

from analysis.codebook import LANGUAGES
from analysis.ddi import LANG, NAMESPACE, describe_study
from analysis.scaffold import blank_descriptor
from analysis.table import load_survey

# The sequences of the complex types that are used here: codebook.xsd, DDI Codebook 2.5 (DDI Alliance, 2012).
SEQUENCES = {
    "codeBook": "docDscr stdyDscr fileDscr dataDscr otherMat",
    "stdyDscr": "citation studyAuthorization stdyInfo studyDevelopment method dataAccs othrStdyMat notes",
    "citation": "titlStmt rspStmt prodStmt distStmt serStmt verStmt biblCit holdings notes",
    "titlStmt": "titl subTitl altTitl parTitl IDNo",
    "rspStmt": "AuthEnty othId",
    "prodStmt": "producer copyright prodDate prodPlac software fundAg grantNo",
    "verStmt": "version verResp notes",
    "stdyInfo": "studyBudget subject abstract sumDscr qualityStatement notes exPostEvaluation",
    "subject": "keyword topcClas",
    "sumDscr": "timePrd collDate nation geogCover geogUnit geoBndBox boundPoly anlyUnit universe dataKind",
    "method": "dataColl notes anlyInfo stdyClas dataProcessing codingInstructions",
    "anlyInfo": "respRate EstSmpErr dataAppr",
    "fileDscr": "fileTxt locMap notes",
    "fileTxt": "fileName fileCitation dataFingerprint fileCont fileStrc dimensns fileType format filePlac",
    "dimensns": "caseQnty varQnty logRecL recPrCas recNumTot",
    "dataDscr": "varGrp nCubeGrp var nCube notes",
    "var": "location labl imputation security embargo respUnit anlysUnit qstn valrng invalrng undocCod "
    "universe TotlResp sumStat txt stdCatgry catgryGrp catgry codInstr verStmt concept derivation "
    "varFormat geoMap catLevel notes",
    "qstn": "preQTxt qstnLit postQTxt forward backward ivuInstr",
    "catgry": "catValu labl txt catStat mrow",
}


def tree(name: str) -> etree._Element:
    return etree.fromstring(describe_study(SURVEYS[name]().rows()))


def local(element: etree._Element) -> str:
    return etree.QName(element).localname


def find(element: etree._Element, path: str) -> list[etree._Element]:
    return element.xpath(path, namespaces={"d": NAMESPACE})


@pytest.mark.parametrize("name", SURVEYS)
def test_elements_stand_in_the_order_of_the_standard(name: str) -> None:
    for element in tree(name).iter():
        children = [local(child) for child in element]
        known = SEQUENCES[local(element)].split() if children else []
        assert children == sorted(children, key=known.index)


@pytest.mark.parametrize("name", SURVEYS)
def test_each_category_has_its_labels_in_three_languages(name: str) -> None:
    root, codebook = tree(name), SURVEYS[name]().codebook
    for column, codes in (("group", codebook.groups), ("stage", codebook.stages)):
        found = find(root, f"//d:var[@name='{column}']/d:catgry")
        assert [find(category, "d:catValu")[0].text for category in found] == codes
        for category, code in zip(found, codes, strict=True):
            labels = {label.get(LANG): label.text for label in find(category, "d:labl")}
            assert labels == {lang: codebook.word(column, code, lang) for lang in LANGUAGES}


def test_the_question_stands_with_the_variable_that_answers_it() -> None:
    (question,) = find(tree("shipped"), "//d:var/d:qstn")
    assert question.getparent().get("name") == "stage"
    asked = {text.get(LANG): text.text for text in question}
    codebook = SURVEYS["shipped"]().codebook
    assert asked == {lang: codebook.text("question", lang) for lang in LANGUAGES}


def test_waves_file_and_response_are_described() -> None:
    root = etree.fromstring(describe_study(load_survey()))
    assert [(date.get("date"), date.text) for date in find(root, "//d:collDate")] == [
        ("2020", "September 2020"),
        ("2021", "autumn 2021"),
    ]
    assert find(root, "//d:fileName")[0].text == "survey_2021.csv"
    assert find(root, "//d:caseQnty")[0].text == "17"
    assert [rate.text for rate in find(root, "//d:respRate")] == ["2021-autumn: 24%"]


def test_figures_are_continuous_and_codes_are_not() -> None:
    kinds = {var.get("name"): var.get("intrvl") for var in find(tree("shipped"), "//d:var")}
    assert kinds["percent"] == "contin"
    assert {kinds[name] for name in ("wave", "group", "stage", "count", "n", "source")} == {"discrete"}


def test_the_descriptor_of_a_new_survey_is_described_by_its_headline() -> None:
    survey = load_survey()
    codebook = survey.attrs["codebook"]
    survey.attrs["codebook"] = type(codebook)({**codebook, "title": blank_descriptor()["title"]})
    (title,) = find(etree.fromstring(describe_study(survey)), "//d:titl")
    assert title.text == codebook.text("title", "en")


def test_markup_in_a_source_or_label_stays_text() -> None:
    survey = load_survey()
    codebook = survey.attrs["codebook"]
    words = {**codebook["survey"], "publisher": dict.fromkeys(LANGUAGES, "A & B <script>")}
    survey.attrs["codebook"] = type(codebook)({**codebook, "survey": words})
    (producer,) = find(etree.fromstring(describe_study(survey)), "//d:producer")
    assert producer.text == "A & B <script>"
