"""Commands on verdicts for people and machines: ``explain``, ``report``, ``diff``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from analysis.cli import frame
from analysis.cli.frame import app
from analysis.paths import BUILD, FIGURES


@app.command()
def explain(
    claim: Annotated[str, typer.Argument(help="Id of a claim: analysis claims lists them.")],
    out: Annotated[Path | None, typer.Option("--out", file_okay=False, help="Folder of another run.")] = None,
) -> None:
    """Show the chain from a claim to its verdict: estimand, data, estimate, rule, checks, what would change it."""
    from analysis.report import explain as explaining
    from analysis.report.dossier import read_published

    explaining.show(explaining.explain(read_published(out or FIGURES), claim), frame.out)


@app.command()
def report(
    out: Annotated[Path | None, typer.Option("--out", file_okay=False, help="Folder for site/ and report.pdf.")] = None,
    run: Annotated[Path | None, typer.Option("--from", file_okay=False, help="Folder of another run.")] = None,
) -> None:
    """Write the report of a run: site, PDF, and the forms that machines take (in site/data)."""
    from analysis.report.build import build_report

    made = build_report(out or BUILD, run or FIGURES)
    frame.out.print(f"written: {frame.shown(made.site)}/index.html, {frame.shown(made.pdf)}", markup=False)
    state = "updated" if made.package_changed else "unchanged"
    frame.out.print(f"data/datapackage.json: {state}", markup=False)


@app.command()
def diff(
    run: Annotated[Path | None, typer.Argument(help="Folder of a run; none = the newest in build/runs.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Compare a run with what is published. Exit code 0: the same; 1: something would change; 2: bad request."""
    from analysis.report.diff import difference, newest_run

    found = difference(run or newest_run())
    if as_json:
        typer.echo(json.dumps(found.to_json(), indent=1, ensure_ascii=False))
    else:
        for line in found.lines():
            frame.out.print(line, markup=False)
    if found.changed:
        raise typer.Exit(1)
