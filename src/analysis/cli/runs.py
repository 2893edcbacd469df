"""Commands on notebooks: ``run``, ``status``, ``sweep``, ``params``."""

from __future__ import annotations

import datetime
import json
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from analysis.cli.app import RUNS, Jobs, Log, Notebooks, OutFolder, Settings, app, choose, err, out, pairs, say, shown
from analysis.files import held
from analysis.runs import sweep as sweeping
from analysis.runs.engine import Outcome
from analysis.runs.plan import plan
from analysis.runs.run import Run


@app.command(rich_help_panel=RUNS)
def run(
    notebooks: Notebooks = None,
    parameter: Settings = None,
    out: OutFolder = None,
    jobs: Jobs = 1,
    force: Annotated[bool, typer.Option("--force", help="Execute what is fresh too.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only fail if a run would publish; --force: bytes.")] = False,
    timeout: Annotated[int, typer.Option(min=0, help="Seconds that a cell may take; 0 = any.")] = 0,
    log: Log = "",
) -> None:
    """Execute the notebooks that are stale and publish what they make."""
    given = pairs(parameter, "-p", notebooks)
    current = Run(plan(notebooks or [], given, out=out, jobs=jobs, force=force, timeout=timeout))
    progress = Progress(log)
    if check:
        stale = [f"{name}: {', '.join(why)}" for name, why in current.stale().items() if why]
        differences = current.compare(progress.outcome) if force else stale
        for line in differences or ["nothing would change"]:
            progress.event(("would change" if force else "stale") if differences else "unchanged", line)
        sys.exit(bool(differences))
    outcomes = current.go(progress.outcome)
    if any(outcome.failure for outcome in outcomes):
        sys.exit(1)
    progress.event("published" if current.published else "nothing to publish", shown(current.request.out))


@app.command(rich_help_panel=RUNS)
def status(notebooks: Notebooks = None, parameter: Settings = None, out: OutFolder = None) -> None:
    """Say for each notebook whether its outputs are fresh, or why they are stale."""
    for name, why in Run(plan(notebooks or [], pairs(parameter, "-p", notebooks), out=out)).stale().items():
        say(f"stale {name}: {', '.join(why)}" if why else f"fresh {name}")


@app.command(rich_help_panel=RUNS)
def params(notebook: Annotated[str, typer.Argument(help="Name or number.")]) -> None:
    """List a notebook's parameters: type, default, what is allowed, meaning."""
    from rich.table import Table

    from analysis.session import declared, parameters

    table = Table("parameter", "type", "default", "allowed", "meaning", box=None, pad_edge=False)
    for item in declared.declared(declared.resolve(notebook)).values():
        allowed = parameters.allowed(item)
        default = item.default if item.kind == "str" else json.dumps(item.default)
        table.add_row(item.name, item.kind, default, allowed, item.help.removesuffix(f"[{allowed}]").strip())
    out.print(table, soft_wrap=False)


@app.command(rich_help_panel=RUNS)
def sweep(
    notebook: Annotated[str, typer.Argument(help="Name or number.")],
    grid: Annotated[list[str] | None, typer.Option(help="NAME=value,value,... or COUNTRY=all, repeatable.")] = None,
    out: OutFolder = None,
    jobs: Jobs = 1,
    figures: Annotated[bool, typer.Option("--figures", help="Draw figures too; they take most of the time.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what is fresh and what would run.")] = False,
    executor: Annotated[str, typer.Option(help="local, or dask.")] = "local",
    scheduler: Annotated[str, typer.Option(help="Address of a Dask scheduler.")] = "",
    log: Log = "",
) -> None:
    """Execute a notebook for every combination of a grid; what is fresh is skipped.

    One row a combination goes to results.csv, below those that are there, the rest to a folder each. A combination that
    fails is recorded there, and the sweep goes on.

    On a cluster: `dask scheduler`, for each worker `dask worker --no-nanny --nthreads 1 tcp://HOST:PORT`, then
    --executor dask --scheduler tcp://HOST:PORT. Workers need the project and its environment, not the same disk.
    """
    request = sweeping.Sweep(notebook, pairs(grid, "--grid", [notebook]), out=out, figures=figures)
    for name in request.combinations if dry_run else ():
        say(f"would run {name}" if name in request.due else f"fresh {name}")
    todo = request.expected(jobs)
    if dry_run:
        say(f"to run: {todo}")
        return
    place = choose("executor", executor, ["local", "dask"])
    with held(request.out), sweeping.executing(place, scheduler, jobs) as pool:
        progress = Progress(log, total=len(request.combinations), alike=jobs)
        progress.event("to run", todo)
        outcomes = request.go(pool, report=progress.outcome)
        failed, table = sum(bool(outcome.failure) for outcome in outcomes), shown(request.out / sweeping.RESULTS)
        progress.event("results", f"{table}, {request.many}, {failed} failed")
    sys.exit(bool(failed))


class Progress:
    """Tells what happens in lines, or in JSON; of notebooks alike, so many at once, how long it takes."""

    def __init__(self, log: str, *, total: int = 0, alike: int = 0) -> None:
        self._only_json, self._alike, self._executed, self._left = log == "json", alike, 0, total
        self._since = time.monotonic()
        opened = Path(log).open("a", encoding="utf-8") if log not in ("", "json") else None  # noqa: SIM115
        self._file = sys.stderr if self._only_json else opened

    def outcome(self, outcome: Outcome) -> None:
        """Tell how one notebook ended, or in which cell it takes long."""
        if outcome.state == "still running":
            self.event(outcome.state, f"{outcome.name}, for {outcome.seconds:.0f} s")
            return
        self._left -= 1
        self._executed += bool(outcome.seconds)
        # Before each place has had one, too little is known.
        known = self._alike and outcome.seconds and self._executed >= self._alike
        rest = (time.monotonic() - self._since) / self._executed * self._left if known else 0.0
        fields = {"seconds": round(outcome.seconds, 2), "peak_mb": outcome.peak_mb, "failure": outcome.failure}
        told = {key: value for key, value in (fields | {"seconds_left": round(rest)}).items() if value}
        self._write(outcome.state, notebook=outcome.name, **told)
        for line in outcome.failure if not self._only_json else ():
            err.print(line)
        seconds = f" {outcome.seconds:.1f} s" if outcome.seconds else ""
        left = f", {self._left} left: about {rest / 60:.1f} min" if rest else ""
        if not self._only_json and (left or not outcome.failure):
            say(f"{outcome.state} {outcome.name}{seconds}{left}")

    def event(self, event: str, what: str) -> None:
        """Tell one event."""
        self._write(event, what=what)
        if not self._only_json:
            say(f"{event}: {what}")

    def _write(self, event: str, **fields: Any) -> None:
        if self._file:
            now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
            print(json.dumps({"time": now, "event": event, **fields}), file=self._file, flush=True)
