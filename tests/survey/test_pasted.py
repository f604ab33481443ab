"""Published tables as they are pasted: read with their n and counts, or refused with what to do instead."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

from analysis.counts.recovery import possible, recover_counts, wave_counts
from analysis.errors import MaturityError, RecoveryError, RequestError
from analysis.inference.differences import compare_stages
from analysis.rounding import publish
from analysis.survey.pasted import read_percentages, save_percentages
from analysis.survey.table import load_survey
from analysis.words.reservations import describe_recovery

PUBLISHED = Path(__file__).parents[1] / "published"
TABLES = sorted(path for path in PUBLISHED.glob("*.csv") if ".truth." not in path.name)
UNREADABLE = {  # what speaks against reading them as they stand
    "23-namcs-age-weighted": "the source says",
    "25-gbdvs-month-by-age-weighted": "the source says",
    "57-masculinity-multiple": "multiple=True",
}
DECK = [
    ["role", "vocational", "general", "all"],
    ["no", "19", "21", "20"],
    ["planned", "19", "22", "20"],
    ["piloting", "28", "10", "18"],
    ["some", "32", "41", "37"],
    ["much", "2", "6", "5"],
]
SIZES = {"vocational": 80, "general": 95}


def as_text(delimiter: str, grid: list[list[str]] = DECK) -> str:
    return "\n".join(delimiter.join(row) for row in grid) + "\n"


def as_markdown() -> str:
    rows = ["| " + " | ".join(row) + " |" for row in DECK]
    return "\n".join([rows[0], "|---|---:|---:|---:|", *rows[1:]])


def as_frame() -> pd.DataFrame:
    return pd.DataFrame([row[:1] + list(map(float, row[1:])) for row in DECK[1:]], columns=DECK[0])


@pytest.mark.parametrize(
    "source",
    [
        *(as_text(delimiter) for delimiter in "\t,;"),
        as_text("   "),
        as_markdown(),
        as_frame(),
        as_frame().set_index("role"),
        as_text("\t", [list(row) for row in zip(*DECK, strict=True)]),
        as_text(",", [*DECK, ["Total", "100", "100", "100"]]),
        as_text(",", [*DECK, ["n", "80", "95", "175"]]),
        as_text(",", [["role", "vocational (n = 80)", "general N=95", "all"], *DECK[1:]]),
    ],
)
def test_the_shipped_table_gives_its_one_table_however_it_is_pasted(source: Any) -> None:
    survey = read_percentages(source, n=SIZES, total="all")
    counts = wave_counts(survey)
    assert counts.to_dict("list") == {"vocational": [15, 15, 22, 26, 2], "general": [20, 21, 9, 39, 6]}


def test_a_long_line_of_dashes_is_no_work() -> None:
    """Of which a regular expression once tried every way to part it."""
    survey = read_percentages(f"{'-' * 5000}x\n" + as_text("\t"), n=SIZES, total="all")
    assert list(survey["group"].unique()) == ["vocational", "general", "all"]


COUNTS = {"vocational": [15, 15, 22, 26, 2], "general": [20, 21, 9, 39, 6]}
TENTHS = [[tenths / 10 for tenths in publish(cells, decimals=1)] for cells in COUNTS.values()]


def printed(line: str, *around: str, comma: bool = False) -> str:
    """The table in tenths as a program prints it: what is above, one line for each answer, what is below.

    A line has places for the answer, both counts and both percentages.
    """
    rows = zip([row[0] for row in DECK[1:]], *COUNTS.values(), *TENTHS, strict=True)
    body = [line.format(*(str(cell).replace(".", "," if comma else ".") for cell in row)) for row in rows]
    return "\n".join([*around[:-1], *body, around[-1]]) + "\n"


PRINTED = {
    "gtsummary": printed(
        "| {0} | {1} ({3}%) | {2} ({4}%) |",
        "| **Answer** | **vocational** N = 80¹ | **general** N = 95¹ |\n|:--|:-:|:-:|\n| Use |  |  |",
        "| Unknown | 4 | 2 |\n| ¹ n (%) |  |  |",
    ),
    "gtsummary, n of N": printed("{0}\t{1}/80 ({3}%)\t{2}/95 ({4}%)", "a\tvocational\tgeneral", ""),
    "n of N (%)": printed("{0}\t{1} of 80 ({3}%)\t{2} of 95 ({4}%)", "a\tvocational\tgeneral", ""),
    "Lancet": printed("{0}\t{1} ({3}%)\t{2} ({4}%)", "a\tvocational\tgeneral", "").replace(".", "·"),
    "percentage first": printed("{0}\t{3} ({1})\t{4} ({2})", "a\tvocational\tgeneral", ""),
    "columns n and %": printed(
        "{0},{1},{3},{2},{4}", ",vocational,,general,\n,n,%,n,%", "Total,80,100,95,100"
    ),
    "heads n and %": printed(
        "{0}\t{1}\t{3}\t{2}\t{4}",
        "\tvocational n\tvocational %\tgeneral n\tgeneral %",
        "Total\t80\t100\t95\t100",
    ),
    "Excel in Finnish": printed(
        "{0}\t{3} %\t{4} %",
        "Vastaus\tvocational (n\u202f=\u202f80)\tgeneral (n\u00a0=\u00a095)",
        "Yhteensä\t100,0 %\t100,0 %",
        comma=True,
    ),
    "Excel in Swedish": printed(
        "{0};{3};{4}", "Svar;vocational;general", "Totalt;100,0;100,0\nAntal svar;80;95", comma=True
    ),
    "a CSV of decimal commas": printed("{0},{3},{4}", "a,vocational (n=80),general (n=95)", "", comma=True),
    "a PDF": printed(
        "{0} {3} {4}",
        "Taulukko 3. Vastaukset oppilaitoksittain, %\nvocational general",
        "Yhteensä 100,0 100,0\nn 80 95\nLähde: kysely, 2020.",
        comma=True,
    ),
    "R": printed("{0:<10} {3:>10} {4:>7}", "           vocational general", "n                  80      95"),
    "LaTeX": printed(
        "{0} & {3}\\% & {4}\\% \\\\",
        "\\toprule\nUse & vocational & general \\\\ \\midrule",
        "N & 80 & 95 \\\\",
    ),
    "psql": printed(
        "{0} | {3} | {4}", " use | vocational | general \n-----+-----+-----", " n | 80 | 95\n(6 rows)"
    ),
    "footnotes": printed(
        "{0}\t{3}a\t{4} *", "Use, %\t\t\nUse\tvocational\tgeneral", "N²\t80\t95\n² Some note.\n* p < 0.05"
    ),
    "means": printed("{0}\t{3}\t{4}", "Use\tvocational\tgeneral", "Mean\t1.8\t1.9\nSD\t1.2\t1.1\nn\t80\t95"),
    "p-values": printed(
        "| {0} | {1} ({3}%) | {2} ({4}%) |  |",
        "| | vocational N = 80 | general N = 95 | p-value² |\n|---|---|---|---|\n| Use |  |  | 0.03 |",
        "",
    ),
    "a box": printed(
        "│ {0} │ {3} │ {4} │", "┌──┬──┐\n│ use │ vocational │ general │\n├──┼──┤", "│ n │ 80 │ 95 │\n└──┴──┘"
    ),
    "intervals": printed("{0}\t{3} (0.2–61.4)\t{4} ± 3.2", "a\tvocational (80)\tgeneral (95)", ""),
    "a head of two lines": printed("{0}\t{3}\t{4}", "Use\tvocational\tgeneral\n\tN=80\tN=95", ""),
    "SPSS, a crosstab": printed(
        "{0}\tCount\t{1}\t{2}\n\t% within use\t{3}%\t{4}%",
        "\t\tvocational\tgeneral",
        "Total\tCount\t80\t95\n\t% within use\t100.0%\t100.0%",
    ),
    "Stata, a crosstab": printed(
        "{0} |  {1}  {2} \n | {3} {4}\n-----+---------",
        "     |   school\n use | vocational   general\n-----+--------",
        "Total |  80    95\n      |  100.00  100.00",
    ),
    "R with names of both": printed(
        "  {0:<10} {3:>6} {4:>6}", "            school\nuse          vocational general", "n  80  95"
    ),
    "LaTeX with spans": printed(
        "{0} & {1} & {3} & {2} & {4} \\\\",
        "\\hline\n & \\multicolumn{2}{c}{vocational} & \\multicolumn{2}{c}{general} \\\\\n"
        " & $n$ & \\% & $n$ & \\% \\\\",
        "\\hline",
    ),
    "a PDF with n and %": printed(
        "{0} {1} {3} {2} {4}", "Table 3. Use\nvocational general\nn % n %", "Total 80 100 95 100"
    ),
    "Stata, esttab": printed(
        "{0}     {1}   {3}    {2}  {4}",
        "      vocational      general\n    n      %     n    %",
        "Total  80  100   95  100",
    ),
    "arsenal": printed(
        "|&nbsp;{0} | {1} ({3}%) | {2} ({4}%) | |",
        "| | vocational (N=84) | general (N=97) | p value|\n|:-|:-:|:-:|-:|\n|**use** | | | 0.04|\n"
        "|&nbsp;N-Miss | 4 | 2 | |",
        "",
    ),
    "compareGroups": printed(
        "  {0}\t{1} ({3}%)\t{2} ({4}%)\t",
        "\tvocational\tgeneral\tp.overall\n\tN=80\tN=95\t\nuse:\t\t\t0.040",
        "",
    ),
    "sums and n in Swedish": printed(
        "{0}\t{3} procent\t{4} ▲", "\tvocational\tgeneral", "Totalt procent\t100\t100\nTotalt antal\t80\t95"
    ),
    "sums and n in Finnish": printed(
        "{0}\t{3} B\t{4} A,B", "\tvocational\tgeneral", "Yht.\t100\t100\nVastaajien lkm\t80\t95"
    ),
    "a PDF with n below the heads": printed(
        "{0} {3} {4}", "Table 3. Use\nvocational general\n(n=80) (n = 95)", "Source: 2020."
    ),
    "a head of three lines": printed(
        "{0}\t{3}\t{4}", "Use\tvocational\tgeneral\n\tn = 80\tn = 95\n\t%\t%", "Source: 2020."
    ),
    "% below n": printed("{0}\t{3}\t{4}", "Use\tvocational\tgeneral\nN\t80\t95\n\t%\t%", ""),
    "columns % and (n)": printed(
        "{0}\t{3}\t({1})\t{4}\t({2})", "\tvocational\t\tgeneral\t\n\t%\t(n)\t%\t(n)", ""
    ),
    "n / %": printed("{0}\t{1} / {3} %\t{2} / {4} %", "a\tvocational\tgeneral", ""),
    "% n": printed("{0}\t{3}% {1}\t{4}% {2}", "a\tvocational\tgeneral", ""),
    "no answer beside n and %": printed(
        "{0}\t{1} ({3})\t{2} ({4})", "a\tvocational (N=83)\tgeneral (N=97)", "Don't know\t3\t2"
    ),
    "no answer in a row of n": printed(
        "{0}\t{3}\t{4}", "a\tvocational\tgeneral", "Ei vastausta (n)\t3\t2\nn\t80\t95"
    ),
    "a column of differences": printed(
        "{0}\t{3}\t{4}\t−1,0", "a\tvocational (n=80)\tgeneral (n=95)\tErotus", ""
    ),
    "a column of p with gaps": printed(
        "{0}\t{3}\t{4}\t", "a\tvocational (n=80)\tgeneral (n=95)\tp", ""
    ).replace("18.8\t21.1\t", "18.8\t21.1\t0.03", 1),
    "marks of Markdown": printed("{0}\t{3}^a\t{4}", "a\tvocational¹ (n=80)\tgeneral² (n=95)", ""),
    "psql with spans": printed(
        " {0} | {1} | {3} | {2} | {4}",
        " | vocational |  | general | \n--+--+--+--+--\n | n | % | n | % ",
        "",
    ),
    "spans beside the head of the labels": printed(
        "{0:<10}  {1:>6}  {3:>6}  {2:>6}  {4:>6}",
        "Use         vocational        general\n                 f       %       f       %",
        "",
    ),
    "a title with commas above heads with figures": printed(
        "{0},{3},{4}", "Table 3. Use by role, %\n,vocational (n = 80),general (n = 95)", ""
    ),
    "sums of all": printed("{0}\t{3}\t{4}", "\tvocational\tgeneral", "All\t100\t100\nn\t80\t95"),
    "sums in brackets": printed(
        "{0}\t{3}\t{4}", "\tvocational\tgeneral", "Total (%)\t100.0\t100.0\nTotal (n)\t80\t95"
    ),
    "sums without a label": printed("{0}\t{3}\t{4}", "\tvocational\tgeneral", "\t100\t100\nBas\t80\t95"),
    "n in Finnish": printed("{0}\t{3}\t{4}", "\tvocational\tgeneral", "Vastaajia yhteensä\t80\t95"),
    "sums with n": printed("{0}\t{3}\t{4}", "Use\tvocational\tgeneral", "Total\t80 (100%)\t95 (100%)"),
}


@pytest.mark.parametrize("form", PRINTED)
def test_programs_and_offices_print_the_table_each_in_its_way(form: str) -> None:
    survey = read_percentages(PRINTED[form])
    assert wave_counts(survey).to_dict("list") == COUNTS
    assert survey.groupby("group", observed=True)["n"].first().to_dict() == {"vocational": 80, "general": 95}


@pytest.mark.parametrize(
    "text",
    [
        "|yes|no|other\n2020|33|28|39\n",
        " | yes | no | other\n-+-+-+-\n 2020 | 33 | 28 | 39\n",
        "│yes│no│other\n2020│33│28│39\n",
        "       yes   no   other\n2020    33   28      39\n",
        "Figure 4\nUse,yes,no,other\n2020,33,28,39\nSource: a survey\n",
        "a\t2020\nyes\t33\nno\t28\nother\t39\n\t100\n",
    ],
)
def test_each_figure_stands_under_its_own_head(text: str) -> None:
    survey = read_percentages(text)
    assert survey[["group", "stage", "printed"]].to_numpy().tolist() == [
        ["2020", "yes", "33"],
        ["2020", "no", "28"],
        ["2020", "other", "39"],
    ]


def test_commas_of_decimals_part_no_cells() -> None:
    text = (
        "Taulukko 3. Ohjaus, %\n                Miehet %   Miehet f   Naiset %   Naiset f\n"
        "Hyvä                 0 %          0        0 %          0\n"
        "Keskitasoinen        0 %          0    76,19 %         16\n"
        "Huono              100 %         13    23,81 %          5\n* p < 0.05\n"
    )
    survey = read_percentages(text)
    assert survey[["group", "stage", "count"]].to_numpy().tolist() == [
        [group, stage, count]
        for group, counts in (("Miehet", (0, 0, 13)), ("Naiset", (0, 16, 5)))
        for stage, count in zip(("Hyvä", "Keskitasoinen", "Huono"), counts, strict=True)
    ]


@pytest.mark.parametrize("note", ["* p < 0.05", "¹ of 40"])
def test_no_line_of_a_pdf_is_lost_or_found(note: str) -> None:
    survey = read_percentages(f"Use Men Women\nyes 40 % 0.0 %\nno 60 % [c]\nother 0.0 % [c]\n{note}\n")
    assert list(survey["stage"].cat.categories) == ["yes", "no", "other"]


def test_the_groups_that_are_named_tell_which_side_they_are_on() -> None:
    text = "Svar\tJa\tNej\nMän\t50\t*\nKvinnor\t*\t50\n"
    assert read_percentages(text, n={"Män": 8})["group"].cat.categories.tolist() == ["Män", "Kvinnor"]
    assert read_percentages(text, n={"Ja": 8})["group"].cat.categories.tolist() == ["Ja", "Nej"]


@pytest.mark.parametrize(
    "label",
    [
        "Valid N",
        "Number of cases",
        "No. of respondents",
        "Base: all adults",
        "Total, n",
        "Participants",
        "Vastaajamäärä",
        "Otoskoko",
        "Yhteensä, lkm",
        "n (vastaajat)",
        "Antal respondenter",
        "Summa (n)",
        "Totalt, antal",
        "[n]",
    ],
)
@pytest.mark.parametrize("sizes", [(20, 30), (1200, 2345)])
def test_n_goes_by_many_names(label: str, sizes: tuple[int, int]) -> None:
    survey = read_percentages(f"a\tg\th\nyes\t40\t50\nno\t60\t50\n{label}\t{sizes[0]}\t{sizes[1]}\n")
    assert survey["n"].tolist() == [sizes[0]] * 2 + [sizes[1]] * 2


GAPS = [
    ["", "no", "planned", "some", "much"],
    ["Men (n=41)", "", "12.2", "21.9", "65.9"],
    ["Women (n=44)", "29.5", "61.4", "", "9.1"],
]


@pytest.mark.parametrize("grid", [GAPS, [list(row) for row in zip(*GAPS, strict=True)]])
@pytest.mark.parametrize("form", ["{:<14}", "{:>14}"])
def test_an_empty_cell_of_a_text_moves_no_figure(grid: list[list[str]], form: str) -> None:
    lines = [f"{label:<15}" + "".join(map(form.format, cells)) for label, *cells in grid]
    survey = read_percentages("\n".join(lines))
    assert survey["printed"].tolist() == ["", "12.2", "21.9", "65.9", "29.5", "61.4", "", "9.1"]
    assert recover_counts(survey).to_numpy().tolist() == [[0, 5, 9, 27, 13, 27, 0, 4]]


def test_a_label_of_two_words_is_not_two_heads_where_no_column_stands_below_it() -> None:
    text = (
        "Svar                  Ja     Nej   Vet ej\nPojkar    N = 17   17,6%   41,2%    41,2%\n"
        "Flickor    N = 6   33,3%   66,7%     0,0%\n"
    )
    survey = read_percentages(text)
    assert survey["stage"].astype(str).tolist() == ["Ja", "Nej", "Vet ej"] * 2
    assert survey["n"].tolist() == [17] * 3 + [6] * 3


@pytest.mark.parametrize(
    ("rows", "n", "options"),
    [
        ("x,:,50\ny,:,50\nn,5,30\n", [5, 30], {}),
        ("x,:,*\ny,*,:\nUnweighted base,5,30\n", [5, 30], {}),
        ("x,60,50\ny,70,80\nn,80,95\n", [80, 95], {"multiple": True}),
        ("x,60,50\ny,30,40\nBase,20,30\n", [20, 30], {"rest": "unknown"}),
        ("yes,40,50\nno,60,50\nN,20,30\n", [20, 30], {}),
        ("x,74,72\ny,*,*\nn,26,28\n", [26, 28], {}),
        ("Y,100,40\nN,0,60\n", None, {}),
        ("Y,60,*\nN,40,*\n", None, {}),
        ("Y,40,30\nN,60,70\n", None, {}),
    ],
)
def test_a_row_of_small_n_is_no_answer(rows: str, n: list[int] | None, options: dict[str, Any]) -> None:
    survey = read_percentages(f"a,g,h\n{rows}", weighted=False, **options)
    told = survey.groupby("group", observed=True)["n"].first()
    assert (told.tolist() == n) if n else told.isna().all()
    assert survey["stage"].nunique() == 2


def test_shares_of_one_are_percentages() -> None:
    survey = read_percentages("a\tmen\nyes\t0.650\nno\t0.350\n", n=20)
    assert survey["printed"].tolist() == ["65.0", "35.0"]


def test_spss_prints_missing_answers_that_are_no_answers() -> None:
    text = (
        "\t\tFrequency\tPercent\tValid Percent\tCumulative Percent\nValid\tyes\t13\t59.1\t65.0\t65.0\n"
        "\tno\t7\t31.8\t35.0\t100.0\n\tTotal\t20\t90.9\t100.0\t\nMissing\tSystem\t2\t9.1\t\t\n"
        "Total\t\t22\t100.0\t\t\n"
    )
    survey = read_percentages(text)
    assert survey[["stage", "printed", "count", "n"]].to_numpy().tolist() == [
        ["yes", "65.0", 13, 20],
        ["no", "35.0", 7, 20],
    ]


@pytest.mark.parametrize(
    "text",
    [
        "\tFrekvenssi\tProsentti\tValidi prosentti\tKumulatiivinen prosentti\n{}Yhteensä\t20\t90,9\t100\t\n",
        "\tFreq.\tPercent\tValid\tCum.\n{}Total\t20\t90.9\t100.0\t\n".replace("Valid", "Valid percent"),
        "#\tFrekvens\tProcent\tGiltig procent\tKumulativ procent\n{}",
    ],
)
def test_other_heads_of_frequencies_are_read(text: str) -> None:
    survey = read_percentages(text.format("yes\t13\t59.1\t65.0\t65.0\nno\t7\t31.8\t35.0\t100.0\n"))
    assert survey[["printed", "count", "n"]].to_numpy().tolist() == [["65.0", 13, 20], ["35.0", 7, 20]]


def test_less_than_one_is_no_one() -> None:
    for text in ("a\tAll\nyes\t97,9\nno\t2,0\nother\talle 1\n", "a  All\nyes 98\nno 2\nother less than 1\n"):
        assert read_percentages(text, n=1000)["printed"].iloc[2] == "<1"


def test_a_total_is_known_by_its_name_and_n() -> None:
    text = as_text(",", [*DECK, ["n", "80", "95", "175"]])
    assert read_percentages(text).attrs["codebook"].total == "all"
    assert read_percentages(text.replace("175", "176")).attrs["codebook"].total is None


def test_several_answers_are_asked_about_though_they_add_up_to_100() -> None:
    text = "Välineet (sai valita useita vaihtoehtoja)\n\tKaikki\nx\t60\ny\t30\nz\t10\n"
    with pytest.raises(RequestError, match="'useita vaihtoehtoja'; say multiple=True"):
        read_percentages(text)
    assert read_percentages(text, multiple=True).attrs["codebook"].multiple
    assert not read_percentages(text, multiple=False).attrs["codebook"].multiple


def test_a_wave_is_one_by_its_form() -> None:
    with pytest.raises(RequestError, match="wave is '2024-winter'; use YYYY"):
        read_percentages("a,g\nx,60\ny,40\n", wave="2024-winter")


def test_a_party_called_sd_is_an_answer() -> None:
    survey = read_percentages("Party,All\nS,58\nM,42\nSD,1\n")  # 101 by rounding
    assert survey["stage"].tolist() == ["S", "M", "SD"]


def test_a_list_needs_no_head() -> None:
    survey = read_percentages("Not at all: 18.8%\nPlanned: 18.8%\nPiloting: 62.5%\nn = 80\n")
    assert survey[["group", "stage", "n"]].to_numpy().tolist()[0] == ["all", "Not at all", 80]


def test_figures_are_no_answers() -> None:
    text = (
        "Table 3. Use by age, %\nUse,16-24 %,16-24 N,25-44 %,25-44 N,45-64 %,45-64 N\n"
        "a,18.4,9,0.0,0,89.7,26\nb,22.4,11,57.1,12,10.3,3\nc,59.2,29,42.9,9,0.0,0\nTotal,100,49,100,21,100,29\n"
    )
    survey = read_percentages(text)
    assert survey["stage"].cat.categories.tolist() == ["a", "b", "c"]
    assert survey.groupby("group", observed=True)["n"].first().tolist() == [49, 21, 29]


def test_a_first_answer_of_nobody_is_no_head() -> None:
    survey = read_percentages(
        "Table 2\n        Arm 1 (N=287)\n< 1 h       0.00%\n1-2 h      24.39%\n> 2 h      75.61%\n"
    )
    assert survey["stage"].tolist() == ["< 1 h", "1-2 h", "> 2 h"]
    assert survey["n"].tolist() == [287] * 3


@pytest.mark.parametrize(
    "text", ["Use (N = 80)\na;All\n{}", "Use (N = 80);All\n{}", "a;All\n{}n = 80, 2020\n"]
)
def test_a_title_or_footnote_tells_n_of_one_group(text: str) -> None:
    survey = read_percentages(text.format("yes;57,5\nno;42,5\n"))
    assert survey["n"].tolist() == [80, 80]


def test_a_dollar_in_a_label_stays_where_no_line_ends_as_in_latex() -> None:
    survey = read_percentages("a\tg (n = 20)\n$1\\\\2\t60\n$3 or more\t40\n")
    assert survey["stage"].tolist() == ["$1\\\\2", "$3 or more"]


def test_a_year_in_a_head_is_no_n() -> None:
    survey = read_percentages("a\tsurvey (2019)\tsurvey (2021)\nyes\t60\t50\nno\t40\t50\n")
    assert survey["n"].isna().all()


@pytest.mark.parametrize(
    "beside",
    [
        "Unweighted base;812\nWeighted base;800",
        "Unweighted base;812",
        "Effective base;612",
        "n;812.4",
        "n;812\nTulokset on painotettu iän mukaan.",
        "Oviktat antal;812\nViktat antal;800",
    ],
)
def test_what_says_that_a_table_is_weighted_is_heard(beside: str) -> None:
    text = f"Answer;All\nyes;60\nno;40\n{beside}\n"
    with pytest.raises(RecoveryError, match="weighted"):
        recover_counts(read_percentages(text))
    assert len(compare_stages(read_percentages(text))) == 0  # one group: the shares are read all the same
    told = read_percentages(text, n=812, weighted=False)
    assert recover_counts(told, rounding="nearest").attrs["status"] == "several"


@pytest.mark.parametrize(
    ("figures", "assumed"),
    [
        ([[85], [12], [2]], True),  # the errors of three figures make one per cent in one table of eight
        ([[31], [28], [22], [11], [7]], False),  # those of five in one of five
        ([[60, 55], [25, 30], [14, 14]], True),  # both columns are low
        ([[60, 55], [25, 31], [14, 14]], False),
        ([[60.1], [29.7], [10.1]], True),
    ],
)
def test_sums_that_rounding_seldom_makes_leave_room_for_a_row_that_is_not_shown(
    figures: list[list[float]], *, assumed: bool
) -> None:
    frame = pd.DataFrame(figures, index=list("abcde")[: len(figures)], columns=list("gh")[: len(figures[0])])
    survey = read_percentages(frame)
    assert (survey.attrs["codebook"].survey.get("rest") == "unknown") is assumed
    assert survey.attrs["codebook"].survey["restAssumed"] is assumed
    closed = read_percentages(frame, rest="none").attrs["codebook"].survey
    assert closed["rest"] == "none"
    assert "restAssumed" not in closed


def test_heads_rows_and_columns_tell_n() -> None:
    expected = {"men": 428, "women": 1691}
    for text in (
        "a,men (n = 428),women N=1691\nyes,60,50\nno,40,50\n",
        "a\tmen\twomen\nyes\t60\t50\nno\t40\t50\nBase\t428\t1,691\n",
        "sex,N,yes,no\nmen,428,60,40\nwomen,1691,50,50\n",
    ):
        survey = read_percentages(text)
        assert survey.groupby("group", observed=True)["n"].first().to_dict() == expected


@pytest.mark.parametrize("unknown", ["-", "*", "", "[c]"])
def test_one_n_may_be_unknown_and_another_have_a_mark(unknown: str) -> None:
    survey = read_percentages(f"a\tg\th\tk\nx\t60\t50\t40\ny\t40\t50\t60\nn\t80*\t{unknown}\t(90)\n")
    sizes = survey.groupby("group", observed=True)["n"].first()
    assert sizes.astype("object").where(sizes.notna(), None).tolist() == [80, None, 90]


@pytest.mark.parametrize(
    ("text", "groups", "stages"),
    [
        ("a\tg\nw\t0\t\nx\t60\ny\t40\n", ["g"], ["w", "x", "y"]),  # a cell more in one row
        ("a\tMen (116)\tAll respondents (186)\nx\t37.1\t31.2\ny\t62.9\t68.8\n", None, ["x", "y"]),
        ("a\tx\ty\nMen\t60.1\t39.9\nAll respondents\t31.2\t68.8\nWomen\t39\t61\n", None, ["x", "y"]),
        ("a;Men;N\nx;20;255\ny;80;34\nSum;100;289\n", ["Men"], ["x", "y"]),
        ("Use of it, %\na,Men,Women\nx,20,30\ny,80,70\n", ["Men", "Women"], ["x", "y"]),
        ("a\tMen\nN\t3.0\nx\t40.5\ny\t56.5\n", ["Men"], ["N", "x", "y"]),
    ],
)
def test_no_answer_or_group_is_lost(text: str, groups: list[str] | None, stages: list[str]) -> None:
    codebook = read_percentages(text).attrs["codebook"]
    assert codebook.stages == stages
    assert groups in (None, codebook.groups)
    assert groups or "All respondents" in codebook.groups


def test_a_text_is_not_split_within_cells_that_bars_part() -> None:
    text = (
        "| a | Men | Women |\n|---|---|---|\n| x | 33.7% ± 2.1 | 76.2% ± 2.1 |\n| y | 66.3% ± 2.1 | abc |\n"
    )
    with pytest.raises(RequestError, match="Women, y: a percentage is 'abc'"):
        read_percentages(text)


def test_a_row_called_n_may_be_an_answer() -> None:
    survey = read_percentages(PUBLISHED / "43-chile-vote-by-region-largest-remainder-d0.csv")
    assert survey.attrs["codebook"].stages == ["A", "N", "U", "Y"]


def test_counts_beside_percentages_are_kept() -> None:
    survey = read_percentages("a,men,women\nyes,277 (64.7 %),59.5% (411)\nno,151 (35.3%),40.5% (280)\n")
    assert survey["count"].tolist() == [277, 151, 411, 280]
    assert recover_counts(survey).attrs["basis"] == "counted"


def test_every_cell_keeps_what_was_printed() -> None:
    survey = read_percentages("a,all (n = 183)\nyes,91\nno,8.2\nother,<1\nrefused,[c]\nnone,-\n")
    assert survey["printed"].tolist() == ["91", "8.2", "<1", "[c]", "-"]
    assert survey["percent"].isna().tolist() == [False, False, True, True, True]
    assert set(recover_counts(survey, max_tables=10**6)["all", "no"]) == {15}


def test_a_decimal_comma_is_read_and_a_printed_zero_counts() -> None:
    survey = read_percentages("a;g\nyes;64,7\nno;35,3\n")
    assert survey["percent"].tolist() == [64.7, 35.3]
    exact = read_percentages("a;g\nyes;20,0\nno;80,0\n", n=1000)
    assert recover_counts(exact)["g", "yes"].tolist() == [200]


def test_noise_of_a_float_is_not_digits() -> None:
    frame = pd.DataFrame({"g": [100 * count / 80 for count in (11, 30, 39)]}, index=["a", "b", "c"])
    assert wave_counts(read_percentages(frame, n=80))["g"].tolist() == [11, 30, 39]


def test_n_may_be_a_range_and_order_given() -> None:
    survey = read_percentages(
        as_frame(),
        n=SIZES | {"general": range(95, 98)},
        total="all",
        order=["no", "planned", "piloting", "some", "much"][::-1],
    )
    assert survey.attrs["codebook"].stages[0] == "much"
    assert recover_counts(survey).attrs["n"] == {"vocational": 80, "general": [95, 97]}


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("a,g\nx,60\ny,70\nz,20\n", "multiple=True"),
        ("a,g,h\nx,60,50\ny,30,20\n", "rest='unknown'"),
        ("a,g,h\nx,10,20\ny,30,40\n", "percentages of the total"),
        ("a,g,h\nx,10,20\ny,30,40\nTotal,40,60\n", "percentages of the total"),
        ("a,g,h,Total\nx,30,25,55\ny,20,25,45\nTotal,50,50,100\n", "percentages of the total"),
        ("a,g\n++,30\n+,35\n-,25\n--,10\nTop 2,65\nBottom 2,35\nn,200\n", "'Top 2' is the sum of '++', '+'"),
        ("a,g\nx,60\ny,25\nn,812\n", "about 122 of 812 in g"),
        ("a,g\nx,15\ny,65\nn,80\n", "they are counts"),
        ("a,g,N\nx,60,22\ny,40,18\n", "they are numbers of answers: leave them out"),
        ("a,g\nb,Men\nx,60\ny,40\n", "one row of heads"),
        ("Never\t24\t36\nOften\t66\t51\nAlways\t10\t14\n", "write the names of the groups above it"),
        ("Never\t0\t1\nOften\t90\t86\nAlways\t10\t13\n", "the first row has figures (0, 1)"),
        ("Never\t41\t41.4%\nOften\t40\t40.4%\nAlways\t18\t18.2%\n", "the first row has figures"),
        ("a\tg\nYes\t60\nNo\t40\nAgree\t70\nDisagree\t30\n", "give one at a time"),
        ("<table><tr><td>a</td></tr></table>", "as a browser shows it"),
        ("\tn\t%\tn\t%\nyes\t9\t45\t8\t40\nno\t11\t55\t12\t60\n", "a group's name above each"),
        ("a,g\nSex,\nmen,40\nwomen,60\nAge,\nyoung,30\nold,70\n", "several questions ('Sex', 'Age')"),
        ("<table><tr><td>a</td></tr>\n</table>", "as a browser shows it"),
        ("a,g\nx,64.7 (2.1)\ny,35.3 (2.2)\n", "has no count beside the percentage"),
        ("a,g\nagree,60\nstrongly,40\nslightly,20\nno,40\n", "'agree' is the sum of 'strongly', 'slightly'"),
        ("a,g\nx,60\nx,40\n", "appears twice"),
        ("a,g\nx,many\ny,40\n", "g, x: a percentage is 'many'"),
        ("a,g\nx,277\ny,151\n", "above 100 %"),
        ("Answer Men (65)\nSome use 23\nOther 77\n", "the group '(65)' has no figure; leave it out"),
        ("a,g,h\nx,60,50\ny,40,50\nn,400,abc\n", "n of h is 'abc', which is no number; write it in digits"),
        (
            "a,g,h,i\nx,60,50,50\ny,40,50,50\nn,400,?5,o8\n",
            "n of h is '?5'; n of i is 'o8', which is no number",
        ),
        ("a\tg\th\nx\t60\t50\ny\t40\t50\nBase\tca. 40\t50\n", "n of g is 'ca. 40', which is no number"),
        ("sex,N,yes,no\nmen,428,60,40\nwomen,4x1,50,50\n", "n of women is '4x1', which is no number"),
        ("a\tmen\t\nyes\t40\t50\nno\t60\t50\n", "one group have no label; write its name"),
        ("a\tmen\tboys\nyes\t40\t50\nno\t50\t25\n\t10\t25\n", "one answer have no label; write its name"),
        ("Answer Men (n=16) Women (n=40)\nyes 25 50\nno 75 50\n", "tabs between heads and cells"),
        ("How often? 15-24 v\nn %\nmen 51 23 %\nwomen 118 54 %\nother 51 23 %\n", "'v' has no figure"),
        ("a,g\nx,60\nOf these:,\ny,40\n", "'Of these' has no figure; leave the line out if it is a heading"),
        ("\n", "needs a line of heads"),
        ("nothing\nat all", "needs a line of heads"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(text: str, advice: str) -> None:
    with pytest.raises(RequestError, match=re.escape(advice)):
        read_percentages(text)


def test_what_was_said_of_the_table_is_kept_of_it() -> None:
    survey = read_percentages("a,g\nx,60\ny,70\nz,20\n", n=10, multiple=True, ordered=False)
    assert recover_counts(survey)["g"].to_numpy().tolist() == [[6, 7, 2]]
    open_table = read_percentages("a,g\nx,60\ny,30\n", n=10, rest="unknown")
    assert recover_counts(open_table)["g"].to_numpy().tolist() == [[6, 3]]


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_the_truth_of_a_published_table_is_kept_or_the_table_refused(path: Path) -> None:
    told = dict(re.findall(r"# (\w+): ?(.*)", path.read_text(encoding="utf-8")))
    n = {group: size for group, size in json.loads(told["n"]).items() if size}
    truth = path.with_suffix(".truth.csv")
    if path.stem in UNREADABLE:
        with pytest.raises(MaturityError, match=UNREADABLE[path.stem]):
            recover_counts(read_percentages(path, n=n, total=told["total"] or None))
        return
    survey = read_percentages(path, n=n or None, total=told["total"] or None)
    counts = recover_counts(survey, max_n=None if n else 200)
    if truth.exists():
        answers = pd.read_csv(truth, dtype={"stage": str}, keep_default_na=False).set_index("stage")
        assert possible(answers, counts) == (True, "")


def print_cell(count: int, n: int, style: str) -> str:
    """A percentage as some program or journal prints it."""
    share = Fraction(100 * count, n)
    if style == "suppressed" and count < 5:
        return "<5" if count % 2 else "*"
    if style == "journal":
        return "<1" if 0 < share < 1 else f"{float(share):.0f}" if share >= 10 else f"{float(share):.1f}"
    if style == "javascript":  # half up, zeros dropped
        tenths = publish([count, n - count], "half_up", decimals=1)[0]
        return f"{tenths // 10}" if tenths % 10 == 0 else f"{tenths / 10}"
    decimals = {"python": 0, "r": 1, "spss": 2, "suppressed": 0}[style]
    text = f"{publish([count, n - count], 'half_even', decimals=decimals)[0] / 10**decimals:.{decimals}f}"
    return text.removeprefix("0") if style == "spss" and text.startswith("0.") else text


@settings(max_examples=80)
@given(st.data())
def test_the_truth_is_never_lost_whatever_program_printed_the_table(data: st.DataObject) -> None:
    style = data.draw(st.sampled_from(["python", "r", "spss", "journal", "javascript", "suppressed"]))
    answers, groups = data.draw(st.integers(2, 6)), data.draw(st.integers(1, 6))
    cell = st.integers(0, data.draw(st.sampled_from([6, 60, 600])))
    counts = {
        f"g{g}": data.draw(st.lists(cell, min_size=answers, max_size=answers).filter(any))
        for g in range(groups)
    }
    columns = dict(counts)
    total = "all" if data.draw(st.booleans()) else None
    if total:
        columns["all"] = [sum(row) for row in zip(*counts.values(), strict=True)]
    shown = [f"answer {place}" for place in range(answers)]
    hidden = data.draw(st.booleans()) and answers > 2
    is_said = data.draw(st.booleans())
    rows = [["answer", *columns]] + [
        [label, *(print_cell(column[place], sum(column), style) for column in columns.values())]
        for place, label in enumerate(shown)
    ]
    text = as_text("\t", rows[:-1] if hidden else rows)
    n = {group: sum(column) for group, column in columns.items()}
    survey, message = None, ""
    try:
        survey = read_percentages(text, n=n, total=total, rest="unknown" if hidden and is_said else None)
    except RequestError as refusal:
        message = str(refusal)
    if survey is None:
        assert "add up to" in message  # asked about, with what to say
        return
    if survey["stage"].cat.categories[0] != shown[0]:
        return  # the rows add up to 100 too, and were taken for the groups
    if hidden and survey.attrs["codebook"].survey.get("rest") != "unknown":
        return  # what is hidden is so little that the sums do not show it
    tables = recover_counts(survey, max_tables=2_000)
    truth = pd.DataFrame(counts, index=shown)
    assert possible(truth.iloc[: len(rows) - 1 - hidden], tables) == (True, "")


@pytest.mark.parametrize(
    ("lang", "asked", "taken"),
    [
        ("en", 'If all answers are shown, say so: rest="none".', "some of the answers may not be shown"),
        ("fi", 'Jos kaikki vastaukset ovat mukana, kerro se näin: rest="none".', "voi puuttua taulukosta"),
        ("sv", 'Om alla svar är med, ange det så här: rest="none".', "kan saknas i tabellen"),
    ],
)
def test_what_low_sums_may_mean_stands_beside_the_number_of_tables(lang: str, asked: str, taken: str) -> None:
    survey = read_percentages("a,All\nx,85\ny,12\nz,2\n", n=1038, lang=lang)
    told = describe_recovery(recover_counts(survey), lang=lang)
    assert asked in told
    assert taken in told
    assert "(All 99)" in told
    closed = read_percentages("a,All\nx,85\ny,12\nz,2\n", n=1038, rest="none", lang=lang)
    assert "(All 99)" not in describe_recovery(recover_counts(closed), lang=lang)
    several = read_percentages("a,All\nx,85\ny,82\nz,2\n", n=1038, multiple=True, lang=lang)
    assert taken not in describe_recovery(recover_counts(several), lang=lang)


def test_a_folder_keeps_what_was_said_of_its_table(tmp_path: Path) -> None:
    text = "a;g (n = 80);h (n = 90)\nx;60;40\ny;40;60\n"
    save_percentages(
        read_percentages(text + "Tulokset on painotettu.\n"), tmp_path / "w", name="A", wave="2024"
    )
    with pytest.raises(RecoveryError, match="weighted"):
        recover_counts(load_survey(tmp_path / "w"))
    low = read_percentages("a,All\nx,85\ny,12\nz,2\n", n=1038, ordered=False)
    kept = load_survey(save_percentages(low, tmp_path / "low", name="B", wave="2024"))
    facts = kept.attrs["codebook"].survey
    assert (facts["rest"], facts["restAssumed"], facts["ordered"]) == ("unknown", True, False)


@pytest.mark.parametrize("gap", ["            ", " ", ""])
def test_a_line_of_n_without_a_label_stands_under_its_own_groups(gap: str) -> None:
    lines = ["Never   19  21", "Planned   19  22", "Pilot   28  10", "Some   32  41", "Much   2  6"]
    text = "\n".join(["Table 2. Use of it", f"{gap}Men  Women", f"{gap}(n = 80)  (n = 95)", *lines])
    survey = read_percentages(text)
    assert dict(zip(survey["group"], survey["n"], strict=True)) == {"Men": 80, "Women": 95}


def test_whatever_holds_a_table_is_read_and_nothing_else() -> None:
    labels, figures = ["x", "y"], [33.3, 66.7]
    frame = pd.DataFrame({"a": labels, "g": np.array(figures, dtype="float32")})
    sources = [
        frame,
        frame.set_index("a")["g"],
        pd.DataFrame({"a": labels, "g": figures}).convert_dtypes(dtype_backend="pyarrow"),
        pl.DataFrame({"a": labels, "g": figures}),
        pa.table({"a": labels, "g": figures}),
    ]
    for source in sources:
        survey = read_percentages(source, n={"g": np.int64(30)})
        assert survey[["stage", "printed", "n"]].to_numpy().tolist() == [["x", "33.3", 30], ["y", "66.7", 30]]
    for nothing in (None, ["a", "g"], {"a": labels}):
        with pytest.raises(RequestError, match="give a data frame, the name of a file, or a text"):
            read_percentages(nothing)  # type: ignore[arg-type]


def test_a_range_in_a_head_is_no_n() -> None:
    survey = read_percentages("a\tg (n=20-25)\th (n=30)\nx\t40\t50\ny\t60\t50\n")
    assert survey["n"].dropna().tolist() == [30, 30]
    assert survey["group"].cat.categories[0] == "g (n=20-25)"


def test_groups_go_by_the_names_of_their_columns_whatever_type_they_have() -> None:
    frame = pd.DataFrame({2020: [30.0, 70.0], 2021: [40.0, 60.0]}, index=["x", "y"])
    survey = read_percentages(frame, n={2020: 10.0, 2021: np.arange(20, 23)})
    assert survey["n"].dropna().tolist() == [10, 10]
    assert survey.attrs["codebook"].survey["waves"][0]["n"] == {"2021": [20, 22]}
    with pytest.raises(RequestError, match="more than 100000 values"):
        read_percentages(frame, n={2020: range(1, 10**12)})


def test_a_head_of_brackets_is_read_at_once() -> None:
    """It took minutes: where the name of a group ends was tried at every bracket, and again behind it."""
    head = "(" * 20_000
    survey = read_percentages(f"q,{head},b\nyes,40,60\nno,60,40\n")
    assert list(survey["group"].unique()) == [head, "b"]
