"""Notebooks run by nbclient, two at a time, and shown by nbconvert; the same bytes each time."""

from __future__ import annotations

import ast
import asyncio
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING, Any

from analysis.codebook import load_codebook, shipped
from analysis.errors import MaturityError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from nbclient import NotebookClient
    from nbformat import NotebookNode

    from analysis.codebook import Codebook

ANY_SURVEY = "any_survey.ipynb"
OTHER_TABLES = "06_any_published_table.ipynb"  # pastes its own; no report is about it
KERNELS = 2  # a kernel mostly waits for its imports; more than two gain nothing on two cores
CELL_SECONDS = 600
CLEANING_SECONDS = 2.0  # for the kernels to be gone after an interrupt
SOCKET_PATH_LIMIT = 80  # characters; Unix sockets end at 104 to 108, and the kernel adds its own ending
PARAMETERS = "parameters"  # the tag of the cell whose values a report may set, as papermill has it
INLINE = "module://matplotlib_inline.backend_inline"
TEMPLATES = Path(__file__).parent / "templates"
OWN_STYLE = re.compile(r"<style\b.*?</style>\n?", re.DOTALL)  # which the policy of a page would block
EMPTY_HEAD = re.compile(r"<th>\s*</th>")


def notebooks_for(codebook: Codebook) -> list[Path]:
    """The notebooks of a survey: five tell the shipped one and its next waves, one tells any other."""
    folder, told = shipped("notebooks"), load_codebook()
    if (codebook.get("name"), codebook.stages, codebook.groups) == (told["name"], told.stages, told.groups):
        return sorted(path for path in folder.glob("*.ipynb") if path.name not in {ANY_SURVEY, OTHER_TABLES})
    return [folder / ANY_SURVEY]


def language_of_notebooks(languages: Sequence[str]) -> str:
    """The language of labels and charts in notebooks: English, as their prose is, else the first."""
    return "en" if "en" in languages else languages[0]


@contextmanager
def running_notebooks(
    paths: Sequence[Path],
    folder: Path,
    *,
    assumed: Mapping[str, Any] | None = None,
    done: Callable[[], None] = lambda: None,
) -> Iterator[Future[dict[str, NotebookNode]]]:
    """The notebooks while they run, each in a fresh kernel of this Python; stopped when the block ends.

    Parameters
    ----------
    paths : sequence of Path
        Notebook files.
    folder : Path
        Where the kernels run; the data that the notebooks read is beside it, in ``../data``.
    assumed : mapping, optional
        Values for names that a notebook sets in its cell of parameters.
    done : callable, optional
        Called when a notebook has run.

    Yields
    ------
    Future of dict of str to NotebookNode
        The executed notebooks by stem, without time stamps and without the version of Python. What the
        survey cannot bear stands in its cell as the reason; any other error is raised by ``result``.
    """
    loop = asyncio.new_event_loop()
    thread = Thread(target=_serve, args=(loop,), daemon=True)
    with TemporaryDirectory(prefix="maturity-", ignore_cleanup_errors=True) as settings:
        clients = {
            path.stem: _client(_read(path, assumed or {}), folder, f"{settings}/{position}.json")
            for position, path in enumerate(paths)
        }
        run = _run_all(clients, _environment(settings), done)
        thread.start()
        future = asyncio.run_coroutine_threadsafe(run, loop)
        try:
            yield future
        finally:
            with suppress(TimeoutError):  # a kernel that will not go sees that its parent has gone
                asyncio.run_coroutine_threadsafe(_stop_others(), loop).result(CLEANING_SECONDS)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(CLEANING_SECONDS)


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    """Run a loop until it is stopped, in a thread of its own: who called may run a loop already."""
    loop.run_forever()
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


async def _stop_others() -> None:
    """Cancel what still runs, and wait until it has cleaned up: its kernels are gone."""
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _read(path: Path, assumed: Mapping[str, Any]) -> NotebookNode:
    import nbformat

    notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        if PARAMETERS in cell.metadata.get("tags", []):
            cell.source = "\n".join(_assume(line, assumed) for line in cell.source.splitlines())
    return notebook


def _assume(line: str, assumed: Mapping[str, Any]) -> str:
    """A line of the form ``name = value``, with the value that is assumed for that name."""
    name = line.partition("=")[0].strip()
    return f"{name} = {assumed[name]!r}" if name in assumed else line


def _client(notebook: NotebookNode, folder: Path, connection: str) -> NotebookClient:
    """What runs a notebook, over sockets that no other user can reach where the system has such."""
    from nbclient import NotebookClient
    from traitlets.config import Config

    transport = "ipc" if os.name == "posix" and len(connection) < SOCKET_PATH_LIMIT else "tcp"
    return NotebookClient(
        notebook,
        kernel_manager_class=_own_kernel(),
        config=Config(KernelManager={"transport": transport, "connection_file": connection}),
        resources={"metadata": {"path": str(folder)}},
        allow_error_names=[*_names_of(MaturityError), "NameError"],
        shutdown_kernel="immediate",
        record_timing=False,
        coalesce_streams=True,  # a busy machine sends what a cell prints in pieces
        timeout=CELL_SECONDS,
    )


async def _run_all(
    clients: Mapping[str, NotebookClient], environment: Mapping[str, str], done: Callable[[], None]
) -> dict[str, NotebookNode]:
    turns = asyncio.Semaphore(KERNELS)

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
        done()
        return client.nb

    executed = await asyncio.gather(*(run(*named) for named in clients.items()))
    return dict(zip(clients, executed, strict=True))


def _names_of(kind: type[Exception]) -> list[str]:
    return [name for child in kind.__subclasses__() for name in (child.__name__, *_names_of(child))]


def _environment(settings: str) -> dict[str, str]:
    """That of this process, without the user's settings of IPython and matplotlib."""
    import matplotlib as mpl

    defaults = str(Path(mpl.get_data_path()) / "matplotlibrc")
    return {**os.environ, "IPYTHONDIR": settings, "MATPLOTLIBRC": defaults, "MPLBACKEND": INLINE}


def _own_kernel() -> type:
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    class OwnKernel(AsyncKernelManager):
        """A kernel of the Python that runs this program, whatever kernels the user has installed."""

        @property
        def kernel_spec(self) -> KernelSpec:
            argv = [sys.executable, "-P", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            return KernelSpec(argv=argv, display_name="Python 3", language="python")

    return OwnKernel


def _explain_errors(notebook: NotebookNode) -> None:
    """Leave of each error its sentence; a name that an earlier error left unset is told as its result."""
    unset: set[str] = set()
    for cell in notebook.cells:
        for error in [output for output in cell.get("outputs", []) if output.output_type == "error"]:
            name = (
                re.search(r"name '(\w+)' is not defined", error.evalue)
                if error.ename == "NameError"
                else None
            )
            if error.ename == "NameError" and not (name and name[1] in unset):
                raise NameError(error.evalue)
            unset |= {
                node.id
                for node in ast.walk(ast.parse(cell.source))
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            }
            if name:
                error.evalue = f"this needs '{name[1]}', which could not be made above"
            error.traceback = [error.evalue]  # without the paths of this machine


def write_notebook(notebook: NotebookNode) -> str:
    """The text of a notebook's file."""
    import nbformat

    return str(nbformat.writes(notebook)) + "\n"  # type: ignore[no-untyped-call]


def title_of(notebook: NotebookNode) -> str:
    """The heading that a notebook opens with."""
    return str(notebook.cells[0].source).partition("\n")[0].lstrip("# ")


def render_cells(notebook: NotebookNode) -> str:
    """The cells of an executed notebook as HTML, without scripts, styles and addresses."""
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(  # type: ignore[no-untyped-call]
        template_name="cells", extra_template_basedirs=[str(TEMPLATES)], exclude_anchor_links=True
    )
    body, _ = exporter.from_notebook_node(notebook)
    return EMPTY_HEAD.sub("<td></td>", OWN_STYLE.sub("", body))
