"""The whole report of a survey in one folder: executed notebooks, charts, slides and pages.

Each part is redone only when what it is made from has changed; the folder is replaced as a whole, at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from analysis.codebook import DESCRIPTOR, LANGUAGES, locate_survey
from analysis.errors import RequestError, unknown_code
from analysis.old.inference.findings import main_wave
from analysis.old.report.publishing.folders import replaced_folder
from analysis.old.report.publishing.manifest import (
    Part,
    check_target,
    digest,
    key_of,
    library_digest,
    read_manifest,
    reuse_part,
    write_manifest,
)
from analysis.old.report.publishing.prints import browser_version
from analysis.old.report.publishing.workshop import SHARED, Files, Watch, Workshop
from analysis.survey.table import load_survey

ALL = "all"


def run_report(
    out: str | Path,
    *,
    survey: str | Path | None = None,
    lang: str = ALL,
    force: bool = False,
    pdf: bool = False,
    watch: Watch | None = None,
) -> Path:
    """A folder with the report of a survey, as static pages that need no network.

    Parameters
    ----------
    out : path
        The folder; a report of ours in it is replaced, anything else refused.
    survey : path, optional
        A survey's folder or CSV; left out, the shipped survey.
    lang : {"all", "fi", "sv", "en"}
        Languages of pages, charts and slides.
    force : bool
        Make every part anew; else what an earlier report in ``out`` has and still holds is taken over. The
        bytes are the same.
    pdf : bool
        Print each language's page to a tagged PDF too, with a browser of the machine.
    watch : Watch, optional
        Told of each step.

    Returns
    -------
    Path
        The folder: ``index.html``, a folder per language, ``notebooks``, ``data`` and ``manifest.json``.

    Raises
    ------
    RequestError
        The language is not known, the survey has no figures yet, ``out`` holds something else, or there is
        no browser for ``pdf``.
    CodebookError, SurveyDataError
        The survey cannot be read.
    StorageError
        The disk or the system refused; ``out`` is as it was.
    """
    languages = _read_languages(lang)
    target = Path(out).absolute()
    check_target(target)
    location, rows = locate_survey(survey), load_survey(survey)
    main_wave(rows)  # refuses a survey without figures before a notebook stumbles over it
    with replaced_folder(target) as folder:
        watch = watch or Watch()
        workshop = Workshop(folder, location, rows, languages=languages, pdf=pdf, watch=watch)
        plan = plan_steps(workshop)
        run = partial(
            _run_steps, old=target, manifest={} if force else read_manifest(target), workshop=workshop
        )
        with ThreadPoolExecutor(max_workers=1) as aside:
            notebooks = aside.submit(run, plan.aside)
            files = run(plan.meanwhile)
            files |= notebooks.result()
        files |= run(plan.after)
        write_manifest(folder, languages=languages, inputs=workshop.inputs, parts=files)
    return target


def _run_steps(steps: Sequence[Step], *, old: Path, manifest: Mapping[str, Any], workshop: Workshop) -> Files:
    """Steps one after the other; what an old report has and still holds is taken over."""
    files: Files = {}
    for step in steps:
        kept = {part: reuse_part(part, manifest, old=old, new=workshop.folder) for part in step.parts}
        stale = [part for part, names in kept.items() if names is None]
        workshop.watch.begin(step.name, made=len(stale), kept=len(kept) - len(stale))
        files |= {part: names for part, names in kept.items() if names is not None}
        files |= step.make(stale) if stale else {}
        workshop.watch.end(step.name)
    return files


def _read_languages(lang: str) -> tuple[str, ...]:
    if lang == ALL:
        return LANGUAGES
    if lang not in LANGUAGES:
        raise RequestError(unknown_code("lang", lang, (*LANGUAGES, ALL)))
    return (lang,)


class Step(NamedTuple):
    """Parts that are made together; ``make`` gives the files of each part that it made."""

    name: str
    parts: Sequence[Part]
    make: Callable[[Sequence[Part]], Files]


class Plan(NamedTuple):
    """The steps of a report: those of a lane of their own, those meanwhile, those that need the others."""

    aside: Sequence[Step]
    meanwhile: Sequence[Step]
    after: Sequence[Step]


def plan_steps(workshop: Workshop) -> Plan:
    """The steps of a report, each part with the hash of what it is made from.

    The notebooks run aside, since their kernels are processes that mostly load libraries.
    """
    hashes = {name: digest(path.read_bytes()) for name, path in workshop.inputs.items()}
    table = workshop.location.table.name
    languages, shared = workshop.languages, (SHARED, *workshop.languages)
    made_from = (library_digest(), table, hashes[table], hashes[DESCRIPTOR])
    books = {stem: hashes[f"notebooks/{path.name}"] for stem, path in workshop.notebooks.items()}
    shown = (library_digest(pages=True), *made_from, *languages, *books, *books.values(), str(workshop.pdf))

    def parts(step: str, items: Sequence[str], *inputs: str) -> list[Part]:
        return [key_of(step, item, *inputs) for item in items]

    notebooks = [key_of("notebooks", stem, *made_from, hash_) for stem, hash_ in books.items()]
    prints = parts("prints", languages, *shown, browser_version()) if workshop.pdf else []
    return Plan(
        aside=[Step("notebooks", notebooks, workshop.make_notebooks)],
        meanwhile=[
            Step("tables", parts("tables", shared, *made_from), workshop.make_tables),
            Step("slides", parts("slides", languages, *made_from), workshop.make_slides),
            Step("charts", parts("charts", languages, *made_from), workshop.make_charts),
        ],
        after=[
            Step("pages", parts("pages", shared, *shown), workshop.make_pages),
            *([Step("prints", prints, workshop.make_prints)] if prints else []),
        ],
    )
