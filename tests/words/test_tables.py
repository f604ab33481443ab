"""Frames as tables for people: labels, one unit a column, verdicts in words, special characters escaped."""

from __future__ import annotations

import math
from html.parser import HTMLParser
from typing import Any

import pandas as pd
import pytest
from surveys import SURVEYS, make_codebook, shipped_survey

from analysis import compare_groups, compare_waves, recover_counts
from analysis.codebook import LANGUAGES, Codebook, load_codebook
from analysis.errors import RequestError
from analysis.rounding import DEFAULT_RULES
from analysis.survey.table import load_survey
from analysis.words.tables import TABLE_KINDS, table_of

NAN = math.nan
STAGES = load_codebook().stages
VERDICTS = ["not clear", "not clear", "clear", "open", ""]
ATTRS = {
    "codebook": load_codebook(), "wave": "2020-autumn", "basis": "recovered", "status": "unique",
    "n_tables": 1, "n": {"vocational": 80, "general": 95}, "level": 0.95, "adjust": "family", "decimals": 0,
}  # fmt: skip


def framed(columns: dict[str, Any], **attrs: Any) -> pd.DataFrame:
    frame = pd.DataFrame(columns)
    frame.attrs = ATTRS | attrs
    return frame


def differences(**columns: Any) -> pd.DataFrame:
    """As ``compare_stages`` gives them; the fourth stage has two tables."""
    estimate = [-0.023, -0.034, 0.18, NAN, -0.038]
    return framed({
        "measure": "stage", "stage": STAGES, "first": "vocational", "second": "general",
        "percent_first": [19.0, 19, 28, 32, 2], "percent_second": [21.0, 22, 10, 41, 6],
        "estimate": estimate, "estimate_low": [*estimate[:3], -0.09, -0.038],
        "estimate_high": [*estimate[:3], -0.076, -0.038],
        "low": [-0.14, -0.15, 0.034, -0.25, -0.12], "high": [0.1, 0.1, 0.31, 0.08, 0.05],
        "p_value": 0.5, "p_adjusted": 0.5, "verdict": VERDICTS,
    } | columns)  # fmt: skip


def shares(**attrs: Any) -> pd.DataFrame:
    values = [15 / 80, 15 / 80, 22 / 80, 26 / 80, 2 / 80]
    return framed({
        "measure": ["stage"] * 4 + ["at_least"], "group": "vocational", "stage": [*STAGES[:4], STAGES[3]],
        "percent": [19.0, 19, 28, 32, NAN], "n": 80, "estimate": values, "estimate_low": values,
        "estimate_high": values, "low": [0.1, 0.1, 0.2, 0.2, 0.0], "high": [0.3, 0.3, 0.4, 0.4, 0.1],
    }, **attrs)  # fmt: skip


def counts(rows: int = 1) -> pd.DataFrame:
    answers = shipped_survey().answers["2020-autumn"]
    columns = pd.MultiIndex.from_product([answers, STAGES], names=["group", "stage"])
    frame = pd.DataFrame([[*answers["vocational"], *answers["general"]]] * rows, columns=columns)
    if rows > 1:
        frame.loc[1, ("vocational", "planned")] = 16
    frame.attrs = ATTRS | {"n_tables": rows}
    return frame


FRAMES = {
    "survey": load_survey,
    "counts": counts,
    "shares": shares,
    "differences": differences,
    "changes": lambda: differences(first="2021-autumn", second="2020-autumn", group="all"),
    "effects": lambda: framed({
        "first": "vocational", "second": "general", "statistic": ["shape", "shift", "size"], "method": "",
        "estimate": [NAN, 0.46, 0.23], "estimate_low": [NAN, 0.46, 0.23], "estimate_high": [NAN, 0.46, 0.23],
        "low": [NAN, 0.35, 0.05], "high": [NAN, 0.55, 0.4], "p_value": [0.0001, 0.4, NAN], "p_low": 0.0,
        "verdict": ["clear", "not clear", ""],
    }),
    "nonresponse": lambda: differences(missing_first=70, missing_second=277).drop(
        columns=["percent_first", "percent_second", "p_value", "p_adjusted"]
    ),
    "assumptions": lambda: framed({
        "rounding": "nearest, floor",
        "n_tables": [3, 1, 0], "statistic": ["shape", "stage", ""], "stage": [NAN, "piloting", NAN],
        "first": "vocational", "second": "general", "estimate_low": NAN, "estimate_high": NAN,
        "p_low": [0.01, NAN, NAN], "p_value": [0.02, 0.004, NAN], "verdict": ["open", "clear", ""],
        "n": ["vocational 80–82, general 95", "vocational 80, general 95", "general 9"],
    }),
    "sizes": lambda: framed({"vocational": [43], "general": [1051], "n": [1094], "n_tables": [3]}),
    "audit": lambda: framed({
        "rule": ["nearest", "floor"], "sums": [True, False], "vocational": [1, None], "general": [2, 0],
        "n_tables": [2, 0], "fits": [True, False], "nearest": [None, {"vocational": 80, "general": 96}],
    }, n={"vocational": [80], "general": None}),
}  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", TABLE_KINDS)
def test_every_frame_is_text_without_codes_in_every_language(kind: str, lang: str) -> None:
    frame = FRAMES[kind]()
    table = table_of(frame, lang=lang)
    words = [table.columns.name, *table.index, *table.columns, *table.to_numpy().ravel()]
    assert all(isinstance(word, str) and word for word in words)
    codebook = frame.attrs["codebook"]
    codes = {*codebook.stages, *codebook.groups, "2020-autumn", "not clear", "nearest", "nan", "shift"}
    assert not {word for word in words if lang != "en" and word in codes}
    assert codebook.text("topic", lang) in table.attrs["title"]
    assert codebook.text("publisher", lang) in table.attrs["source"]
    assert "80" in table.attrs["source"] or kind in {"sizes", "changes"}
    assert table.columns.is_unique


def test_a_survey_has_a_row_a_stage_and_a_column_a_group() -> None:
    survey = load_survey()
    one = table_of(survey[survey["wave"] == "2020-autumn"])
    assert one.columns.tolist()[1] == "Vocational institutions (n\u00a0=\u00a080), per cent"
    assert one.loc["Has tried it out"].tolist() == ["37", "32", "41"]
    both = table_of(survey)
    assert both.iloc[5].tolist() == ["Has tried it out", "54", "128", "–", "–", "–", "–"]
    for name, make in SURVEYS.items():
        assert len(table_of(make().rows())) == len(make().rows()[["wave", "stage"]].drop_duplicates()), name


def test_counts_show_what_tables_leave_open() -> None:
    assert table_of(counts()).iloc[:, 0].tolist() == ["15", "15", "22", "26", "2"]
    assert table_of(counts()).columns[0] == "Vocational institutions (n\u00a0=\u00a080), answers"
    assert table_of(counts(2)).iloc[1].tolist() == ["15 to 16", "21"]
    assert "(n" not in table_of(counts(2)).columns[0]


def test_differences_have_one_unit_and_verdicts_in_words() -> None:
    table = table_of(differences())
    assert table.columns.tolist()[:3] == [
        "Vocational institutions, per cent",
        "General upper secondary schools, per cent",
        "Difference, percentage points",
    ]
    assert table.iloc[:, 2].tolist() == ["−2", "−3", "+18", "−9 to −8", "−4"]
    assert table.iloc[2, 3] == "+3 to +31"
    assert table.iloc[:, 4].tolist() == ["not clear", "not clear", "clear", "open", "–"]
    several = table_of(pd.concat([differences(), differences(second="all")]).pipe(with_attrs))
    assert several.index[0] == "Vocational institutions – General upper secondary schools"
    assert several.columns.tolist()[1:3] == ["First named, per cent", "Second named, per cent"]
    finer = differences(percent_first=[19.0, 19.5, 28, 32, 2])
    finer.attrs["decimals"] = 1
    assert table_of(finer, lang="fi").iloc[:2, 0].tolist() == ["19,0", "19,5"]


def with_attrs(frame: pd.DataFrame) -> pd.DataFrame:
    frame.attrs = ATTRS
    return frame


def test_shares_and_effects_are_told_apart_by_their_heads() -> None:
    table = table_of(shares(), lang="sv")
    assert table.iloc[2, 1:].tolist() == ["28", "28", "20–40", "80"]
    assert table.iloc[4, 0] == "Försök och uppåt"
    bounds = table_of(shares(basis="published"))
    assert bounds.columns.tolist()[1:3] == [
        "Published share, per cent",
        "What rounding leaves open, per cent",
    ]
    again = shares()
    again["stage"] = [*STAGES[:4], STAGES[4]]  # the highest stage or further is the highest stage
    assert len(table_of(again)) == 4
    effects = table_of(FRAMES["effects"]())
    assumptions = table_of(FRAMES["assumptions"]())
    assert assumptions.iloc[:, 0].tolist() == ["Vocational 80–82, General upper secondary 95",
        "Vocational 80, General upper secondary 95", "General upper secondary 9"]  # fmt: skip
    assert assumptions.iloc[:, 3].tolist() == ["0.010 to 0.020", "0.004", "–"]
    head = "Difference if all had answered, percentage points"
    nonresponse = table_of(FRAMES["nonresponse"]())
    assert nonresponse[head].iloc[2] == "+3 to +31"
    assert "interval" not in nonresponse.attrs["source"]
    finer = differences()
    finer.attrs["level"] = 0.975
    assert table_of(finer).columns[3] == "97.5% interval, percentage points"
    swedish = table_of(differences(), lang="sv").to_markdown().splitlines()
    assert "+3 till +31" in swedish[4]
    assert swedish[1].split("|")[1:-1] == [" --- ", *[" ---: "] * 4, " --- "]
    assert effects.iloc[:, -2].tolist() == ["<0.001", "0.400", "–"]


def test_the_usual_rules_do_not_fill_a_cell() -> None:
    rules = [", ".join(DEFAULT_RULES), "nearest, floor", "within_one"]
    found = table_of(FRAMES["assumptions"]().assign(rounding=rules)).index.tolist()
    assert found == ["any of the usual", "to the nearest, halves either way; down", "within one unit"]


class Cells(HTMLParser):
    """The texts and tags of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts, self.tags = [], set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


HOSTILE = r"50 % & <b>_x_</b> | $1 {a} #b ~^ \end"


def hostile() -> pd.DataFrame:
    survey = SURVEYS["tiny"]()
    codebook = make_codebook(
        {"no": HOSTILE, "yes": "Yes"}, {"all": HOSTILE}, waves=["2020-spring"], total=None
    )
    return survey._replace(codebook=Codebook(codebook)).rows()


def test_html_latex_and_markdown_say_what_stands_in_the_codebook() -> None:
    table = table_of(hostile())
    page = Cells(table.to_html())
    assert page.tags == {"table", "thead", "tbody", "tr", "th", "td"}
    assert HOSTILE in page.texts
    latex = table.to_latex()
    assert (
        r"50 \% \& <b>\_x\_</b> | \$1 \{a\} \#b \textasciitilde \textasciicircum \space \textbackslash end"
        in latex
    )
    assert latex.count("\\\\\n") == len(table) + 1
    assert "50 % &" in table.to_latex(escape=False)
    lines = table.to_markdown().splitlines()
    assert len(lines) == len(table) + 2
    assert {line.replace(r"\|", "").count("|") for line in lines} == {len(table.columns) + 2}
    assert r"50 % & \<b\>\_x\_\</b\> \| $1 \{a\} #b ~^ \\end" in lines[2]
    assert lines[1].split("|")[3].strip() == "---:"
    assert table.to_markdown(tablefmt="github").startswith("|")
    assert type(table.T) is type(table[[table.columns[0]]]) is pd.DataFrame


@pytest.mark.parametrize(
    ("frame", "what"),
    [
        (pd.DataFrame({"a": [1], 2: [2]}), "no table can be made of a frame with the columns a, 2"),
        (differences().assign(x=1).drop(columns="verdict"), "no table can be made"),
    ],
)
def test_other_frames_are_refused(frame: pd.DataFrame, what: str) -> None:
    with pytest.raises(RequestError, match=what):
        table_of(frame)
    with pytest.raises(RequestError, match="use one of fi, sv, en"):
        table_of(load_survey(), lang="de")


def test_all_groups_at_once_and_no_table_at_all_are_shown_and_no_words_are_cut() -> None:
    rows = SURVEYS["small"]().rows()
    effects = table_of(compare_groups(recover_counts(rows)))
    assert effects.index[0].count(",") == 1
    assert "..." not in effects._repr_html_()
    none = recover_counts(load_survey(), "2020-autumn", rounding="floor")
    assert set(table_of(none).to_numpy().ravel()) == {"–"}


def test_a_table_of_changes_goes_as_time_does() -> None:
    table = table_of(compare_waves(load_survey()), lang="fi")
    assert list(table.columns)[1:4] == [
        "Syksy 2020, prosenttia",
        "Syksy 2021, prosenttia",
        "Muutos, prosenttiyksikköä",
    ]
    assert table.iloc[0].tolist()[1:3] == ["37", "54"]


def test_an_interval_that_excludes_zero_does_not_reach_it_in_print() -> None:
    frame = differences(low=[-0.2, -0.1, 0.002, -0.1, -0.1], high=[0.2, 0.1, 0.08, 0.1, 0.1])
    table = table_of(frame)
    (column,) = [name for name in table if "interval" in name]
    assert table[column].tolist()[:3] == ["−20 to +20", "−10 to +10", "+0.2 to +8.0"]
