"""The command that simulates worlds with a known answer: ``calibrate``."""

from __future__ import annotations

from typing import Annotated

import typer

from analysis.cli import frame
from analysis.cli.frame import app
from analysis.cli.going import interruptible


@app.command()
def calibrate(
    designs: Annotated[
        list[str] | None, typer.Argument(help="Designs by name; none = all, and the table is kept.")
    ] = None,
    worlds: Annotated[int, typer.Option(min=1, help="Simulated worlds of each kind.")] = 1000,
    jobs: Annotated[int, typer.Option(min=1, help="Processes; no figure depends on them.")] = 1,
) -> None:
    """Simulate worlds with a known answer and say how often tests and rules err."""
    from analysis.calibration.run import calibrate as simulate
    from analysis.calibration.run import keep, lines

    with interruptible("nothing was written"):
        table = simulate(designs or [], worlds=worlds, jobs=jobs, report=_tell)
    for line in lines(table):
        frame.out.print(line, markup=False)
    if not designs:
        frame.out.print(f"kept: {frame.shown(keep(table))}", markup=False)


def _tell(design: str, done: int, total: int) -> None:
    if frame.err.is_terminal:
        frame.err.print(f"{done} of {total}: {design}", markup=False, end="\r")
    elif done in (1, total) or done % 50 == 0:
        frame.err.print(f"{done} of {total} tasks done, {design}", markup=False)
