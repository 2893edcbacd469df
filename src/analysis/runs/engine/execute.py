"""Execution of one notebook, parameters as papermill sets them, with outputs in a folder of its own."""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from analysis.files import write_whole
from analysis.runs.engine import Outcome, Task
from analysis.runs.engine.kernels import REPRODUCIBLE, Kernels
from analysis.session import OUT_VARIABLE

#: After so many seconds in one cell a word is said.
PATIENCE = 120
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_ARROW = re.compile(r"^-+>\s*\d+\s?(.*)$", re.MULTILINE)
# What Jupyter logs is said in the outcome.
_silent = logging.getLogger("analysis.kernels")
_silent.disabled = True


def execute(task: Task, tell: Callable[[Outcome], object] = bool) -> Outcome:
    """Execute a notebook, and tell of a cell that takes long; may be called in several threads at once."""
    start = time.monotonic()
    seen: dict[str, Any] = {"heading": "", "line": "", "cell": -1}
    task.out.mkdir(parents=True, exist_ok=True)
    failure: tuple[str, ...] = ()
    try:
        notebook = load_notebook_node(str(task.path))
        if task.parameters:
            notebook = parameterize_notebook(notebook, task.parameters, kernel_name="python3", language="python")
        try:
            _execute_cells(task, notebook, seen, tell)
        finally:
            write_whole(task.executed, nbformat.writes(notebook))
    except Exception as error:
        failure = _five_lines(task, error, seen)
    return Outcome(task.name, time.monotonic() - start, failure, "failed" if failure else "ok", seen.get("peak_mb"))


def _execute_cells(task: Task, notebook: Any, seen: dict[str, Any], tell: Callable[[Outcome], object]) -> None:
    """Execute the cells in a kernel, and note which one it is in and how much memory the kernel took."""
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        kernel_manager_class=Kernels,
        # All that a notebook saves is on disk when its last cell has run.
        shutdown_kernel="immediate",
        startup_timeout=120,
        timeout=task.timeout or None,
        raise_on_iopub_timeout=True,
        record_timing=False,
        log=_silent,
        # The kernel's own notices (ports, encryption, interrupts) are no output of the notebook.
        extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
    )
    with client.setup_kernel(env={**os.environ, **REPRODUCIBLE, **task.variables, OUT_VARIABLE: str(task.out)}):
        kernel: Any = getattr(client.km, "provisioner", None)
        try:
            for number, cell in enumerate(notebook.cells):
                prose = [one.source for one in notebook.cells[: number + 1] if one.cell_type == "markdown"]
                headings = ["before the first heading", *re.findall(r"^#[# ]*(.*)", "\n".join(prose), re.MULTILINE)]
                seen |= {"cell": number, "heading": headings[-1], "line": cell.source.strip().partition("\n")[0]}
                slow = Outcome(f"{task.name}, cell {number}: {seen['heading']}", PATIENCE, state="still running")
                timer = threading.Timer(PATIENCE, tell, [slow])
                timer.start()
                try:
                    client.execute_cell(cell, number)
                finally:
                    timer.cancel()
        except DeadKernelError:
            seen["exit"] = kernel.process.poll()
            raise
        finally:
            status = Path(f"/proc/{kernel.pid}/status")  # only Linux says it of another process
            found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="utf-8")) if status.is_file() else None
            seen["peak_mb"] = round(int(found.group(1)) / 1024, 1) if found else None


def _five_lines(task: Task, error: Exception, seen: dict[str, Any]) -> tuple[str, ...]:
    line, reason = seen["line"], f"{type(error).__name__}: {' '.join(str(error).split())[:200] or 'no message'}"
    if isinstance(error, CellExecutionError):
        arrow = _ARROW.search(_ANSI.sub("", error.traceback))
        line = arrow.group(1).strip() if arrow else line
        reason = f"{error.ename}: {' '.join(str(error.evalue).split())[:300]}"
    elif isinstance(error, CellTimeoutError):
        reason = f"CellTimeoutError: the cell took more than {task.timeout} seconds"
    elif isinstance(error, DeadKernelError):
        code = seen.get("exit")
        how = f"killed by signal {-code}" if code and code < 0 else f"it ended itself with exit code {code}"
        how = "most likely out of memory (killed by signal 9)" if code in (None, -9) else how
        reason = f"DeadKernelError: the kernel died, {how}"
    where = f"cell {seen['cell']}: {seen['heading']}" if seen["cell"] >= 0 else "cell: not known"
    told = (where, f"line: {line or 'not known'}", reason, f"executed copy: {task.executed}")
    return (f"failed: {task.name}", *(f"  {item}" for item in told))
