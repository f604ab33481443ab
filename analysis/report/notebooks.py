"""Notebooks run by nbclient, two at a time, and shown by nbconvert; the same bytes each time."""

from __future__ import annotations

import ast
import asyncio
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from traitlets.config import Config

from analysis.codebook import codebook_of, load_codebook, shipped
from analysis.errors import MaturityError
from analysis.report.pages import TEMPLATES

if TYPE_CHECKING:
    import pandas as pd

ANY_SURVEY = "any_survey.ipynb"
OTHER_TABLES = "06_any_published_table.ipynb"  # pastes its own; no report is about it
KERNELS = 2  # a kernel mostly waits for its imports; more than two gain nothing on two cores
CELL_SECONDS = 600
SOCKET_PATH_LIMIT = 80  # characters; Unix sockets end at 104 to 108, and the kernel adds its own ending
PARAMETERS = "parameters"  # the tag of the cell whose values a report may set, as papermill has it
INLINE = "module://matplotlib_inline.backend_inline"
OWN_STYLE = re.compile(r"<style\b.*?</style>\n?", re.DOTALL)  # which the policy of a page would block
EMPTY_HEAD = re.compile(r"<th>\s*</th>")
Watch = Callable[[str, int, int], None]  # told a step, how many of its parts are done, how many it has


def notebooks_for(survey: pd.DataFrame) -> list[Path]:
    """The notebooks of a survey: five tell the shipped one and its next waves, one tells any other."""
    folder, told, codebook = shipped("notebooks"), load_codebook(), codebook_of(survey)
    alike = (codebook.get("name"), codebook.stages, codebook.groups) == (
        told["name"],
        told.stages,
        told.groups,
    )
    if alike and told.survey["waves"][0]["id"] in set(survey["wave"]):  # which they speak of
        return sorted(path for path in folder.glob("*.ipynb") if path.name not in {ANY_SURVEY, OTHER_TABLES})
    return [folder / ANY_SURVEY]


def keep_silent(step: str, done: int, parts: int) -> None:
    """Tell nobody how far a step is."""


@contextmanager
def running_notebooks(
    paths: Sequence[Path],
    folder: Path,
    *,
    assumed: Mapping[str, Any] | None = None,
    watch: Watch = keep_silent,
) -> Iterator[Future[dict[str, NotebookNode]]]:
    """The notebooks while they run, each in a fresh kernel of this Python; stopped when the block ends.

    The kernels run in ``folder``; what notebooks read is beside it, in ``../data``. ``assumed`` are values
    for names that a notebook sets in its cell of parameters; ``watch`` is told how many of how many have run.

    The result is the executed notebooks by stem, without time stamps and without the version of Python. What
    the survey has no figures for stands in its cell as the reason; any other error is raised by ``result``.
    """
    watch("notebooks", 0, len(paths))
    loop = asyncio.new_event_loop()
    with (
        TemporaryDirectory(prefix="maturity-", ignore_cleanup_errors=True) as settings,
        ThreadPoolExecutor(1) as thread,  # who called may run a loop already
    ):
        clients = {
            path.stem: _client(_read(path, assumed or {}), folder, f"{settings}/{position}.json")
            for position, path in enumerate(paths)
        }
        task = loop.create_task(_run_all(clients, _environment(settings), watch))
        running = thread.submit(_serve, loop, task)
        try:
            yield running
        finally:
            with suppress(RuntimeError):  # the loop is closed: all have run
                loop.call_soon_threadsafe(task.cancel)


def _serve(
    loop: asyncio.AbstractEventLoop, task: asyncio.Task[dict[str, NotebookNode]]
) -> dict[str, NotebookNode]:
    """What a task on a loop returns; then nothing is left of the loop."""

    async def wait() -> dict[str, NotebookNode]:
        return await task

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(wait())


def _read(path: Path, assumed: Mapping[str, Any]) -> NotebookNode:
    """A notebook; in its cell of parameters a line ``name = value`` has the value that is assumed for it."""
    notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        if PARAMETERS in cell.metadata.get("tags", []):
            names = {line: line.partition("=")[0].strip() for line in cell.source.splitlines()}
            cell.source = "\n".join(
                f"{name} = {assumed[name]!r}" if name in assumed else line for line, name in names.items()
            )
    return notebook


def _client(notebook: NotebookNode, folder: Path, connection: str) -> NotebookClient:
    """What runs a notebook, over sockets that no other user can reach where the system has such."""
    transport = "ipc" if os.name == "posix" and len(connection) < SOCKET_PATH_LIMIT else "tcp"
    return NotebookClient(
        notebook,
        kernel_manager_class=OwnKernel,
        config=Config(KernelManager={"transport": transport, "connection_file": connection}),
        resources={"metadata": {"path": str(folder)}},
        allow_error_names=[*_names_of(MaturityError), "NameError"],
        shutdown_kernel="immediate",
        record_timing=False,
        coalesce_streams=True,  # a busy machine sends what a cell prints in pieces
        timeout=CELL_SECONDS,
    )


async def _run_all(
    clients: Mapping[str, NotebookClient], environment: Mapping[str, str], watch: Watch
) -> dict[str, NotebookNode]:
    """The executed notebooks; where one fails or this is cancelled, no kernel is left."""
    turns, order = asyncio.Semaphore(KERNELS), count(1)

    async def run(stem: str, client: NotebookClient) -> NotebookNode:
        async with turns:
            try:
                await client.async_execute(env=environment)
                _explain_errors(client.nb)
            except Exception as error:
                error.add_note(f"in the notebook {stem}")
                raise
            finally:  # also where it was cancelled before the kernel had answered
                manager: Any = client.km
                if manager is not None and manager.has_kernel:
                    await manager.shutdown_kernel(now=True)
        client.nb.metadata.pop("language_info", None)  # the version of Python would change the bytes
        watch("notebooks", next(order), len(clients))
        return client.nb

    try:
        async with asyncio.TaskGroup() as group:
            tasks = {stem: group.create_task(run(stem, client)) for stem, client in clients.items()}
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return {stem: task.result() for stem, task in tasks.items()}


def _names_of(kind: type[Exception]) -> list[str]:
    return [name for child in kind.__subclasses__() for name in (child.__name__, *_names_of(child))]


def _environment(settings: str) -> dict[str, str]:
    """That of this process, without the user's settings of IPython and matplotlib."""
    defaults = str(Path(mpl.get_data_path()) / "matplotlibrc")
    return {**os.environ, "IPYTHONDIR": settings, "MATPLOTLIBRC": defaults, "MPLBACKEND": INLINE}


class OwnKernel(AsyncKernelManager):
    """A kernel of the Python that runs this program, whatever kernels the user has installed."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """How it is started."""
        argv = [sys.executable, "-P", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")


def _explain_errors(notebook: NotebookNode) -> None:
    """Leave of each error its sentence; a name that an earlier error left unset is told as its result."""
    unset: set[str] = set()
    for cell in notebook.cells:
        for error in [output for output in cell.get("outputs", []) if output.output_type == "error"]:
            if error.ename == "NameError":
                name = re.search(r"name '(\w+)' is not defined", error.evalue)
                if name is None or name[1] not in unset:
                    raise NameError(error.evalue)
                error.evalue = f"this needs '{name[1]}', which could not be made above"
            nodes = ast.walk(ast.parse(cell.source))
            unset |= {it.id for it in nodes if isinstance(it, ast.Name) and isinstance(it.ctx, ast.Store)}
            error.traceback = [error.evalue]  # without the paths of this machine


def render_cells(notebook: NotebookNode) -> str:
    """The cells of an executed notebook as HTML, without scripts, styles and addresses."""
    exporter = HTMLExporter(  # type: ignore[no-untyped-call]
        template_name="cells", extra_template_basedirs=[str(TEMPLATES)], exclude_anchor_links=True
    )
    body, _ = exporter.from_notebook_node(notebook)
    return EMPTY_HEAD.sub("<td></td>", OWN_STYLE.sub("", body))
