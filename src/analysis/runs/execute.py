"""Execution of one notebook by papermill, with outputs in a folder of its own."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.notebook.session import OUT_VARIABLE

#: Settings under which results are the same bytes on every rerun.
REPRODUCIBLE = {
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "TZ": "UTC",
    # The kernel named python3 must be the one of this environment, not one that the user registered elsewhere.
    "JUPYTER_PREFER_ENV_PATH": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_ARROW = re.compile(r"^-+>\s*\d+\s?(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Task:
    """One notebook to execute: name, file, changed parameters, folder for outputs, path of the executed copy."""

    name: str
    path: Path
    parameters: dict[str, Any]
    out: Path
    executed: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an execution ended.

    Attributes
    ----------
    name : str
        Notebook.
    seconds : float
        Wall time.
    failure : tuple of str
        Empty if it succeeded, else five lines: notebook, cell and heading, failing line, error, path of the copy.
    """

    name: str
    seconds: float
    failure: tuple[str, ...] = ()


def execute(task: Task) -> Outcome:
    """Execute a notebook; called in a worker process, since it sets the environment."""
    import papermill
    from papermill.exceptions import PapermillExecutionError

    start = time.monotonic()
    task.out.mkdir(parents=True, exist_ok=True)
    task.executed.parent.mkdir(parents=True, exist_ok=True)
    os.environ.update(REPRODUCIBLE | {OUT_VARIABLE: str(task.out)})
    failure: tuple[str, ...] = ()
    try:
        papermill.execute_notebook(
            task.path,
            task.executed,
            task.parameters,
            kernel_name="python3",
            progress_bar=False,
            # The kernel's own notices (ports, encryption) are no output of the notebook.
            extra_arguments=["--IPKernelApp.log_level=ERROR"],
        )
    except PapermillExecutionError as error:
        failure = _five_lines(task, error)
    except Exception as error:
        failure = _engine_lines(task, error)
    return Outcome(task.name, time.monotonic() - start, failure)


def _five_lines(task: Task, error: Any) -> tuple[str, ...]:
    trace = _ANSI.sub("", "\n".join(error.traceback))
    arrow = _ARROW.search(trace)
    line = arrow.group(1).strip() if arrow else error.source.strip().splitlines()[0]
    return (
        f"failed: {task.name}",
        f"  cell {error.cell_index}: {_heading(task.executed, error.cell_index)}",
        f"  line: {line}",
        f"  {error.ename}: {' '.join(str(error.evalue).split())[:300]}",
        f"  executed copy: {task.executed}",
    )


def _engine_lines(task: Task, error: Exception) -> tuple[str, ...]:
    reason = " ".join(str(error).split())[:200] or "no message"
    if type(error).__name__ == "DeadKernelError":
        reason = "the kernel died, most likely out of memory"
    return (
        f"failed: {task.name}",
        "  cell: not known",
        "  line: not known",
        f"  {type(error).__name__}: {reason}",
        f"  executed copy: {task.executed}",
    )


def _heading(path: Path, index: int) -> str:
    import nbformat

    cells = nbformat.read(path, as_version=4).cells[: index + 1]
    lines = [line for cell in cells if cell.cell_type == "markdown" for line in cell.source.splitlines()]
    # papermill puts a banner above a failed cell; it is not a heading of the notebook.
    headings = [line.lstrip("# ") for line in lines if line.startswith("#")]
    return headings[-1] if headings else "before the first heading"
