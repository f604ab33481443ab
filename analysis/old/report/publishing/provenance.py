"""What the numbers of a page rest on, and where they come from, in sentences."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, NamedTuple

from analysis.codebook import codebook_of
from analysis.old.words.telling.phrases import where
from analysis.old.words.wording import (
    describe_marks,
    fieldwork,
    format_count,
    format_percent,
    join_words,
    say,
    wave_label,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from analysis.codebook import Codebook


class Text(NamedTuple):
    """One text of a fact; with an address it is a link. Its language, where not that of the page."""

    text: str
    href: str = ""
    lang: str = ""


class Fact(NamedTuple):
    """One thing to know of a page: its name and its texts."""

    name: str
    texts: tuple[Text, ...]


def basis_notes(survey: pd.DataFrame, frames: Mapping[str, pd.DataFrame], *, lang: str) -> list[str]:
    """What the numbers of a page rest on, a paragraph for each thing that a reader must know.

    Parameters
    ----------
    survey : DataFrame
        All rows of the survey table.
    frames : mapping of str to DataFrame
        The frames of the survey, as ``gather_frames`` names them.
    lang : {"fi", "sv", "en"}
        Language of the words.

    Returns
    -------
    list of str
        Where the percentages come from, which tables of counts lie behind the comparisons, what the total
        stands for, what was withheld or weighted, and which waves were published in part.
    """
    published, codebook = frames["published"], codebook_of(survey)
    weighted = all(codebook.wave(str(wave)).get("weighted") for wave in published["wave"].unique())
    rounded = published["count"].isna().any() and not weighted
    notes = [say("report.basis_published", lang)] if rounded else []
    if published["count"].notna().any():
        notes.append(say("report.basis_counted", lang))
    notes += _counts_notes(frames, lang)
    if codebook.total in set(published["group"]) and len(codebook.parts) > 1:
        total = codebook.word("group", str(codebook.total), lang)
        notes.append(say("report.basis_total", lang, total=total))
    return [*notes, *describe_marks(survey, lang=lang), *_partial_notes(survey, codebook, lang)]


def _counts_notes(frames: Mapping[str, pd.DataFrame], lang: str) -> list[str]:
    """Which tables of counts the comparisons of groups rest on."""
    differences = frames.get("differences")
    if differences is None:
        return []
    if (differences["method"] == "rounding").all():
        return [say("report.basis_rounding", lang)]
    if not (differences["basis"] == "recovered").any():
        return []
    sizes = group_sizes(frames["published"], lang)
    if differences["n_tables"].isna().all():
        return [say("report.basis_many", lang, sizes=sizes)]
    tables = int(differences["n_tables"].max())
    key = "report.basis_unique" if tables == 1 else "report.basis_several"
    return [say(key, lang, tables=format_count(tables, lang), sizes=sizes)]


def _partial_notes(survey: pd.DataFrame, codebook: Codebook, lang: str) -> list[str]:
    """The waves of which some figures are not known."""
    notes = []
    for wave, rows in survey.groupby("wave", observed=True):
        known = int((rows["percent"].notna() | rows["count"].notna()).sum())
        cells = len(codebook.stages) * len(codebook.groups)
        if known < len(codebook.stages) * len(codebook.parts) and not codebook.withheld(str(wave)):
            words = {"known": format_count(known, lang), "cells": format_count(cells, lang)}
            notes.append(say("report.basis_partial", lang, wave=wave_label(str(wave), lang), **words))
    return notes


def group_sizes(rows: pd.DataFrame, lang: str) -> str:
    """How many answered in each group of a wave, parts only where there are any; empty where unknown."""
    codebook = codebook_of(rows)
    bases = rows.dropna(subset="n").drop_duplicates("group").set_index("group")["n"]
    known = [group for group in codebook.groups if group in bases.index]
    parts = [group for group in known if group != codebook.total] or known
    sizes = [
        say(
            "report.group_size",
            lang,
            label=codebook.word("group", group, lang),
            n=format_count(int(bases[group]), lang),
        )
        for group in parts
    ]
    return ", ".join(sizes)


def find_facts(survey: pd.DataFrame, *, table: str, lang: str) -> list[Fact]:
    """Question, publisher, waves, addresses, licence and making of a page, each with its texts."""
    codebook = codebook_of(survey)
    facts = [
        Fact(say("report.question", lang), (Text(codebook.text("question", lang)),)),
        Fact(say("report.publisher", lang), (Text(codebook.text("publisher", lang)),)),
    ]
    facts += [
        _wave_fact(rows, codebook, str(wave), lang) for wave, rows in survey.groupby("wave", observed=True)
    ]
    addresses = [str(source["path"]) for source in codebook.get("sources", []) if source.get("path")]
    if addresses:
        facts.append(
            Fact(say("report.addresses", lang), tuple(Text(path, _link(path)) for path in addresses))
        )
    if "labelNote" in codebook.survey:
        facts.append(Fact(say("report.labels", lang), (Text(codebook.text("labelNote", lang)),)))
    licences = [
        (str(licence["name"]), _link(str(licence.get("path", ""))))
        for licence in codebook.get("licenses", [])
    ]
    if licences:
        facts.append(Fact(say("report.licence", lang), tuple(Text(*licence) for licence in licences)))
    made = say("report.made_text", lang, version=version("maturity-survey"), table=table)
    return [*facts, Fact(say("report.made", lang), (Text(made),))]


def _link(path: str) -> str:
    """An address that may be followed; anything but the web is left as text."""
    return path if path.startswith(("https://", "http://")) else ""


def _wave_fact(rows: pd.DataFrame, codebook: Codebook, wave: str, lang: str) -> Fact:
    declared = codebook.wave(wave)
    sizes = group_sizes(rows, lang) or say("report.size_unknown", lang)
    texts = [say("report.wave_fieldwork", lang, fieldwork=fieldwork(codebook, wave, lang), sizes=sizes)]
    if "responseRate" in declared:
        share = format_percent(100 * float(declared["responseRate"]), lang)
        texts.append(say("report.response_rate", lang, share=share))
    if lang in declared.get("source", {}):
        texts.append(say("report.wave_source", lang, source=declared["source"][lang]))
    told = [Text(text) for text in texts]
    if "publication" in declared:
        told.append(Text(str(declared["publication"]), lang=str(declared.get("publicationLanguage", ""))))
    return Fact(say("report.wave_facts", lang, wave=wave_label(wave, lang)), tuple(told))


def lead_of(frames: Mapping[str, pd.DataFrame], *, lang: str) -> str:
    """Who answered and when, in the band on top of a page."""
    rows = frames["published"]
    codebook, wave = codebook_of(rows), str(rows["wave"].iloc[0])
    when = fieldwork(codebook, wave, lang)
    bases = rows.dropna(subset="n").drop_duplicates("group").set_index("group")["n"].astype(int)
    parts = [group for group in codebook.groups if group in bases.index and group != codebook.total]
    groups = [_answers_within(codebook, group, int(bases[group]), lang) for group in parts]
    if codebook.total in bases.index:
        n = int(bases[str(codebook.total)])
    elif len(parts) == len(codebook.parts):
        n = int(bases[parts].sum())
    else:
        return say("report.lead_plain", lang, fieldwork=when)
    if not groups:
        return say("report.lead_total", lang, fieldwork=when, n=format_count(n, lang))
    return say("report.lead", lang, fieldwork=when, n=format_count(n, lang), groups=join_words(groups, lang))


def _answers_within(codebook: Codebook, group: str, n: int, lang: str) -> str:
    return say("report.group_within", lang, n=format_count(n, lang), where=where(codebook, group, lang))
