"""Execution of one notebook by papermill, with outputs in a folder of its own."""

from __future__ import annotations

import logging
import os
import re
import time
from pathlib import Path
from typing import Any

from nbclient.exceptions import DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NotebookExecutionManager, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import execute_notebook

from analysis.runs.engine.kernels import REPRODUCIBLE, Cold, Warm, is_warm
from analysis.runs.engine.task import Outcome, Task
from analysis.session import OUT_VARIABLE

_ENGINE = "analysis"
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_ARROW = re.compile(r"^-+>\s*\d+\s?(.*)$", re.MULTILINE)
# What papermill and Jupyter log is said in the outcome.
_silent = logging.getLogger("analysis.kernels")
_silent.disabled = True


def execute(task: Task) -> Outcome:
    """Execute a notebook; may be called in several threads at once."""
    start = time.monotonic()
    seen: dict[str, Any] = {"heading": "", "line": "", "cell": -1}
    task.out.mkdir(parents=True, exist_ok=True)
    task.executed.parent.mkdir(parents=True, exist_ok=True)
    failure: tuple[str, ...] = ()
    try:
        execute_notebook(
            task.path,
            task.executed,
            task.parameters,
            engine_name=_ENGINE,
            kernel_name="python3",
            progress_bar=False,
            request_save_on_cell_execute=False,
            copy=str(task.executed),
            seen=seen,
            env={**os.environ, **REPRODUCIBLE, **task.variables, OUT_VARIABLE: str(task.out)},
        )
    except Exception as error:
        failure = _five_lines(task, error, seen)
    return Outcome(task.name, time.monotonic() - start, failure, "failed" if failure else "ok", seen.get("peak_mb"))


class _Client(PapermillNotebookClient):
    """Papermill's client, which also sees where it was when it ended, and how much memory the kernel took."""

    def __init__(self, nb_man: NotebookExecutionManager, seen: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(nb_man, **kwargs)
        self.seen = seen

    def papermill_execute_cells(self) -> None:
        try:
            super().papermill_execute_cells()
        except DeadKernelError:
            self.seen["exit"] = self.km.provisioner.process.poll()
            raise
        finally:
            started = [n for n, cell in enumerate(self.nb.cells) if cell.metadata.papermill["start_time"]]
            self.seen |= _place(self.nb.cells, started[-1] if started else 0)
            self.seen["peak_mb"] = _peak_mb(self.km.provisioner.pid)


class _Engine(Engine):
    """Papermill's engine with a choice of kernels."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> None:
        client = _Client(
            nb_man,
            kwargs["seen"],
            kernel_name=kernel_name,
            kernel_manager_class=Warm if is_warm() else Cold,
            # All that a notebook saves is on disk when its last cell has run.
            shutdown_kernel="immediate",
            startup_timeout=120,
            timeout=None,
            record_timing=False,
            log=_silent,
            # The kernel's own notices (ports, encryption, interrupts) are no output of the notebook.
            extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
        )
        try:
            client.execute(env=kwargs["env"])
        except BaseException:
            nb_man.output_path = kwargs["copy"]  # papermill saves there what was done so far
            raise


papermill_engines.register(_ENGINE, _Engine)


def _five_lines(task: Task, error: Exception, seen: dict[str, Any]) -> tuple[str, ...]:
    line, reason = seen["line"], f"{type(error).__name__}: {' '.join(str(error).split())[:200] or 'no message'}"
    if isinstance(error, PapermillExecutionError):
        arrow = _ARROW.search(_ANSI.sub("", "\n".join(error.traceback)))
        line = arrow.group(1).strip() if arrow else line
        reason = f"{error.ename}: {' '.join(str(error.evalue).split())[:300]}"
    elif isinstance(error, DeadKernelError):
        reason = f"DeadKernelError: the kernel died, {_death(seen.get('exit'))}"
    where = f"cell {seen['cell']}: {seen['heading']}" if seen["cell"] >= 0 else "cell: not known"
    return (
        f"failed: {task.name}",
        f"  {where}",
        f"  line: {line or 'not known'}",
        f"  {reason}",
        f"  executed copy: {task.executed}",
    )


def _death(code: int | None) -> str:
    if code is None or code == -9:
        return "most likely out of memory (killed by signal 9)"
    return f"killed by signal {-code}" if code < 0 else f"it ended itself with exit code {code}"


def _place(cells: list[Any], index: int) -> dict[str, Any]:
    """Describe a cell: its number, the heading it stands under, its first line."""
    prose = [cell.source for cell in cells[: index + 1] if cell.cell_type == "markdown"]
    headings = [line.lstrip("# ") for line in "\n".join(prose).splitlines() if line.startswith("#")]
    line = cells[index].source.strip().partition("\n")[0] if cells else ""
    return {"cell": index, "heading": headings[-1] if headings else "before the first heading", "line": line}


def _peak_mb(pid: int) -> float | None:
    """Return the highest memory of a process in MB; only Linux says it of another process."""
    status = Path(f"/proc/{pid}/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="utf-8")) if status.is_file() else None
    return round(int(found.group(1)) / 1024, 1) if found else None
