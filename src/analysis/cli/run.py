"""Commands that execute notebooks: ``run``, ``status``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.cli import frame
from analysis.cli.frame import OutFolder, Settings, app
from analysis.cli.going import Engine, Jobs, Log, Teller, engine_is_warm, interruptible

if TYPE_CHECKING:
    from analysis.runs.run import Run

_Notebooks = Annotated[list[str] | None, typer.Argument(help="Names or numbers; none = all.")]
_EXITS = (
    "Exit codes: 0 done or nothing to do, 1 a notebook failed or --check found a difference, 2 a bad request, "
    "130 interrupted."
)


@app.command(epilog=_EXITS)
def run(
    notebooks: _Notebooks = None,
    parameter: Settings = None,
    out: OutFolder = None,
    jobs: Jobs = 1,
    force: Annotated[bool, typer.Option("--force", help="Execute what is fresh too.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Publish nothing; fail if a run would. With --force: byte for byte.")
    ] = False,
    engine: Engine = "warm",
    log: Log = "",
) -> None:
    """Execute the notebooks that are stale and publish what they make."""
    from analysis.runs.plan import plan
    from analysis.runs.run import Run

    forked = engine_is_warm(engine)
    request = plan(notebooks or [], frame.pairs(parameter, "-p"), out=out, jobs=jobs, forked=forked, force=force)
    going = Run(request)
    with Teller(log, total=len(request.notebooks)) as teller, interruptible("what has finished is kept"):
        if check:
            _check(going, teller)
        outcomes = going.go(teller.outcome)
    if any(outcome.failure for outcome in outcomes):
        sys.exit(1)
    teller.say("published" if going.published else "nothing to publish", frame.shown(request.out))


@app.command()
def status(notebooks: _Notebooks = None, parameter: Settings = None, out: OutFolder = None) -> None:
    """Say for each notebook whether its outputs are fresh, or why they are stale."""
    from analysis.runs.plan import plan
    from analysis.runs.run import Run

    for name, why in Run(plan(notebooks or [], frame.pairs(parameter, "-p"), out=out)).stale().items():
        frame.out.print(f"stale {name}: {', '.join(why)}" if why else f"fresh {name}", markup=False)


def _check(going: Run, teller: Teller) -> None:
    """Say what a run would change, and end."""
    if going.request.force:
        differences = going.compare(teller.outcome)
    else:
        differences = [f"{name}: {', '.join(why)}" for name, why in going.stale().items() if why]
    for line in differences:
        teller.say("would change", line)
    sys.exit(1 if differences else 0)
