"""Pages are executed side by side: those that the cache does not have, before any is read.

Sphinx reads, and so MyST-NB executes, one page after the other; two of the default extensions
forbid it to do otherwise. Here the notebooks that it is going to ask the cache for are executed at
once, as many as there are processors, and put into the cache. A page that fails is left to MyST-NB,
which executes it again and reports it as ever.
"""

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.main import JupyterCacheBase
from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
from myst_nb.core.config import NbParserConfig
from myst_nb.core.read import create_nb_reader
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sqlalchemy.exc import DatabaseError

import kernels

logger = logging.getLogger(__name__)


class Stale(NamedTuple):
    """A page whose cells the cache does not have."""

    page: str
    path: Path
    notebook: NotebookNode


def execute(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Execute the stale ones of the pages that are to be read, and cache what they give."""
    settings: NbParserConfig = vars(env)["mystnb_config"]
    if settings.execution_mode != "cache":
        return
    cache = _cache(settings.execution_cache_path or ".jupyter_cache")
    # The longest first, so that none of them begins when the others are about to end.
    stale = sorted(_stale(app, env, docnames, cache), key=lambda each: -len(each.notebook.cells))
    if not stale:
        return
    kernels.start()
    executed = []
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        running = {pool.submit(_run, each.notebook, settings): each for each in stale}
        for done in as_completed(running):
            each, result = running[done], done.result()
            if result.err is None:
                logger.info("%s.md: Executing notebook took %.1f s", each.page, result.time)
                executed.append(
                    CacheBundleIn(
                        result.nb, str(each.path), data={"execution_seconds": result.time}
                    )
                )
    for bundle in executed:
        cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def _cache(path: str) -> JupyterCacheBase:
    """The cache; one that can't be read at all, as a full disk can leave it, is begun anew."""
    cache = get_cache(path)
    try:
        cache.list_cache_records()
    except (RuntimeError, DatabaseError):
        shutil.rmtree(path)
        cache = get_cache(path)
    return cache


def _stale(
    app: Sphinx, env: BuildEnvironment, docnames: list[str], cache: JupyterCacheBase
) -> Iterator[Stale]:
    attributes = vars(env)  # MyST-NB keeps its settings there
    markdown, settings = attributes["myst_config"], attributes["mystnb_config"]
    for page in docnames:
        path = Path(env.doc2path(page))
        content = [path.read_text(encoding="utf-8")]
        app.emit("source-read", page, content)
        reader = create_nb_reader(str(path), markdown, settings, content[0])
        if reader is None:
            continue
        notebook = reader.read(content[0])
        if not any(cell.cell_type == "code" for cell in notebook.cells):
            continue
        if not _is_cached(notebook, cache):
            yield Stale(page, path, notebook)


def _is_cached(notebook: NotebookNode, cache: JupyterCacheBase) -> bool:
    """Whether the cache has the outputs; what a full disk cut short in it is dropped.

    MyST-NB would stop at such a file in this build and in every later one.
    """
    try:
        record = cache.match_cache_notebook(notebook)
        cache.get_cache_bundle(record.pk)
    except KeyError:
        return False
    except ValueError:
        cache.remove_cache(record.pk)
        return False
    return True


def _run(notebook: NotebookNode, settings: NbParserConfig) -> ExecutionResult:
    with TemporaryDirectory() as folder:
        return single_nb_execution(
            notebook,
            cwd=folder,
            allow_errors=settings.execution_allow_errors,
            timeout=settings.execution_timeout,
        )


def setup(app: Sphinx) -> dict[str, bool]:
    """Execute after it is known which pages are to be read, and before the first is."""
    app.connect("env-before-read-docs", execute)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
