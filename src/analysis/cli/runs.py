"""Commands that execute notebooks: ``run``, ``status``, ``sweep``."""

from __future__ import annotations

import contextlib
import datetime
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from analysis.cli.app import Engine, Jobs, Log, Notebooks, OutFolder, Settings, app, choose, err, pairs, say, shown
from analysis.runs import sweep as sweeping
from analysis.runs.engine import Outcome
from analysis.runs.plan import plan
from analysis.runs.run import Run

_CHECK = "Publish nothing; fail if a run would. With --force: byte for byte."
_EXITS = "Exit codes: 0 done, 1 a notebook failed or --check found a difference, 2 a bad request, 130 interrupted."
_ENGINES, _EXECUTORS = ["warm", "papermill"], ["local", "dask"]


@app.command(epilog=_EXITS)
def run(
    notebooks: Notebooks = None,
    parameter: Settings = None,
    out: OutFolder = None,
    jobs: Jobs = 1,
    force: Annotated[bool, typer.Option("--force", help="Execute what is fresh too.")] = False,
    check: Annotated[bool, typer.Option("--check", help=_CHECK)] = False,
    engine: Engine = "warm",
    log: Log = "",
) -> None:
    """Execute the notebooks that are stale and publish what they make."""
    forked = choose("engine", engine, _ENGINES) == "warm"
    request = plan(notebooks or [], pairs(parameter, "-p"), out=out, jobs=jobs, forked=forked, force=force)
    current = Run(request)
    with Progress(log, total=len(request.notebooks)) as progress, interruptible("what has finished is kept"):
        if check:
            sys.exit(_tell_differences(current, progress))
        outcomes = current.go(progress.outcome)
    if any(outcome.failure for outcome in outcomes):
        sys.exit(1)
    progress.event("published" if current.published else "nothing to publish", shown(request.out))


def _tell_differences(current: Run, progress: Progress) -> bool:
    """Tell what a run would change, by what it is made of or, if it is forced, byte for byte; say whether anything."""
    if current.request.force:
        differences = current.compare(progress.outcome)
    else:
        differences = [f"{name}: {', '.join(why)}" for name, why in current.stale().items() if why]
    for line in differences:
        progress.event("would change", line)
    return bool(differences)


@app.command()
def status(notebooks: Notebooks = None, parameter: Settings = None, out: OutFolder = None) -> None:
    """Say for each notebook whether its outputs are fresh, or why they are stale."""
    for name, why in Run(plan(notebooks or [], pairs(parameter, "-p"), out=out)).stale().items():
        say(f"stale {name}: {', '.join(why)}" if why else f"fresh {name}")


@app.command()
def sweep(
    notebook: Annotated[str, typer.Argument(help="Name or number.")],
    grid: Annotated[list[str] | None, typer.Option(help="NAME=value,value,... or COUNTRY=all, repeatable.")] = None,
    out: OutFolder = None,
    jobs: Jobs = 1,
    figures: Annotated[bool, typer.Option("--figures", help="Draw figures too; they take most of the time.")] = False,
    executor: Annotated[str, typer.Option(help="local, or dask.")] = "local",
    scheduler: Annotated[str, typer.Option(help="Address of a Dask scheduler.")] = "",
    engine: Engine = "warm",
    log: Log = "",
) -> None:
    """Execute a notebook for every combination of a grid; what is fresh is skipped.

    One row a combination goes to results.csv, the rest to a folder each. A combination that fails is recorded there,
    and the sweep goes on. Exit codes: 0 done, 1 a combination failed, 2 a bad request, 130 interrupted.

    On a cluster: `dask scheduler`, for each worker `dask worker --no-nanny --nthreads 1 tcp://HOST:PORT`, then
    --executor dask --scheduler tcp://HOST:PORT. Workers need the project and its environment, not the same disk.
    """
    forked = choose("engine", engine, _ENGINES) == "warm"
    request = sweeping.plan_sweep(notebook, pairs(grid, "--grid"), out=out, figures=figures)
    with (
        interruptible("finished combinations are kept"),
        sweeping.executing(choose("executor", executor, _EXECUTORS), scheduler, jobs) as pool,
        Progress(log, total=len(request.combinations)) as progress,
    ):
        outcomes = sweeping.sweep(request, pool, report=progress.outcome, forked=forked)
        failed = sum(bool(outcome.failure) for outcome in outcomes)
        table = shown(request.out / sweeping.RESULTS)
        progress.event("results", f"{table}, {len(outcomes)} combinations, {failed} failed")
    if failed:
        sys.exit(1)


@contextlib.contextmanager
def interruptible(remark: str) -> Iterator[None]:
    """Turn Ctrl-C into one line and the exit code that shells expect."""
    try:
        yield
    except KeyboardInterrupt:
        err.print(f"interrupted; {remark}", markup=False)
        sys.exit(130)


class Progress:
    """Tells what happens: lines and a progress bar for people, JSON lines for machines."""

    def __init__(self, log: str, *, total: int) -> None:
        from rich import progress

        columns = (*progress.Progress.get_default_columns(), progress.MofNCompleteColumn())
        quiet = log == "json" or not err.is_terminal
        self._bar = progress.Progress(*columns, console=err, transient=True, disable=quiet)
        self._task = self._bar.add_task("notebooks", total=total)
        self._only_json, self._log = log == "json", log

    def __enter__(self) -> Progress:
        self._file: TextIO | None = sys.stderr if self._only_json else None
        if self._log and not self._only_json:
            self._file = Path(self._log).open("a", encoding="utf-8")
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def outcome(self, outcome: Outcome) -> None:
        """Tell how one notebook ended."""
        self._bar.advance(self._task)
        fields = {"seconds": round(outcome.seconds, 2), "peak_mb": outcome.peak_mb, "failure": outcome.failure}
        self._write(outcome.state, notebook=outcome.name, **{k: v for k, v in fields.items() if v})
        if self._only_json:
            return
        for line in outcome.failure:
            err.print(line, markup=False)
        if not outcome.failure:
            seconds = f" {outcome.seconds:.1f} s" if outcome.seconds else ""
            say(f"{outcome.state} {outcome.name}{seconds}")

    def event(self, event: str, what: str) -> None:
        """Tell one event."""
        self._write(event, what=what)
        if not self._only_json:
            say(f"{event}: {what}")

    def _write(self, event: str, **fields: Any) -> None:
        if self._file:
            time = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
            print(json.dumps({"time": time, "event": event, **fields}), file=self._file, flush=True)
