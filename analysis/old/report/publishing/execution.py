"""Notebooks run from first cell to last, each in a fresh kernel, with the same bytes every time."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from analysis.codebook import SURVEY_VARIABLE

if TYPE_CHECKING:
    from nbformat import NotebookNode

KERNELS = 2  # a kernel mostly waits for its imports; more than two gain nothing on two cores
CELL_SECONDS = 600
SOCKET_PATH_LIMIT = 80  # characters; Unix sockets end at 104 to 108, and the kernel adds its own ending


def run_notebooks(
    notebooks: Mapping[str, Path], *, survey: Path, done: Callable[[str], None] | None = None
) -> dict[str, str]:
    """The executed notebooks as the text of their files, by name.

    The kernels run with this Python, in a folder of their own that is gone afterwards, without the user's
    IPython settings, and find the survey through the environment variable ``MATURITY_SURVEY``.

    Parameters
    ----------
    notebooks : mapping of str to Path
        Notebook files by name.
    survey : Path
        Folder or table of the survey that the notebooks load.
    done : callable, optional
        Called with a notebook's name when it has run.

    Returns
    -------
    dict of str to str
        One entry per notebook, in the order given: JSON without time stamps and without the version of
        Python, so that a rerun has the same bytes.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        A cell raised; the name of the notebook is a note on the error.
    """
    with TemporaryDirectory(prefix="maturity-") as folder:
        environment = {**os.environ, "IPYTHONDIR": folder, SURVEY_VARIABLE: str(survey.resolve())}
        texts = _wait_for(_run_all(notebooks, folder, environment, done))
    return dict(zip(notebooks, texts, strict=True))


def _wait_for(work: Coroutine[Any, Any, list[str]]) -> list[str]:
    # A thread of its own, because whoever calls may already run an event loop, as Jupyter does.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()


async def _run_all(
    notebooks: Mapping[str, Path],
    folder: str,
    environment: Mapping[str, str],
    done: Callable[[str], None] | None,
) -> list[str]:
    turns = asyncio.Semaphore(KERNELS)

    async def run(position: int, name: str, path: Path) -> str:
        async with turns:
            text = await _run_one(name, path, f"{folder}/{position}.json", environment)
        if done:
            done(name)
        return text

    return await asyncio.gather(*(run(i, name, path) for i, (name, path) in enumerate(notebooks.items())))


async def _run_one(name: str, path: Path, connection: str, environment: Mapping[str, str]) -> str:
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError
    from traitlets.config import Config

    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    transport = "ipc" if os.name == "posix" and len(connection) < SOCKET_PATH_LIMIT else "tcp"
    client = NotebookClient(
        notebook,
        kernel_manager_class=_own_kernel(),
        config=Config(KernelManager={"transport": transport, "connection_file": connection}),
        resources={"metadata": {"path": str(Path(connection).parent)}},
        record_timing=False,
        timeout=CELL_SECONDS,
    )
    try:
        await client.async_execute(env=environment)
    except CellExecutionError as error:
        error.add_note(f"in the notebook {name}")
        raise
    return _canonical(notebook)


def _own_kernel() -> type:
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    class OwnKernel(AsyncKernelManager):
        """A kernel of the Python that runs this program, whatever kernels the user has installed."""

        @property
        def kernel_spec(self) -> KernelSpec:
            argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            return KernelSpec(argv=argv, display_name="Python 3", language="python")

    return OwnKernel


def _canonical(notebook: NotebookNode) -> str:
    import nbformat

    notebook.metadata.pop("language_info", None)  # the version of Python would change the bytes
    return str(nbformat.writes(notebook)) + "\n"  # type: ignore[no-untyped-call]
