"""Commands on what is published: ``readme``, ``report``, ``diff``, ``which``, ``version``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from analysis.cli.app import AsJson, app, err, say, shown
from analysis.paths import BUILD, FIGURES, ROOT


@app.command()
def readme() -> None:
    """Write what the README says of the run, and CLAIMS.md."""
    from analysis.files import write_whole
    from analysis.report.dossier import read_published
    from analysis.report.readme import claims_page, readme_blocks, write_blocks

    published = read_published()
    changed = write_blocks(ROOT / "README.md", readme_blocks(published))
    write_whole(ROOT / "CLAIMS.md", claims_page(published))
    say(f"README.md: {'updated' if changed else 'unchanged'}; CLAIMS.md: written")


@app.command()
def report(
    out: Annotated[Path | None, typer.Option("--out", file_okay=False, help="Folder for site/ and the paper.")] = None,
    run: Annotated[Path | None, typer.Option("--from", file_okay=False, help="Folder of another run.")] = None,
) -> None:
    """Write the report of a run: site, paper, and the forms that machines take (in site/data)."""
    from analysis.report.build import build_report

    written, warnings, changed = build_report(out or BUILD, run or FIGURES)
    for line in warnings:
        err.print(line)
    say(f"written: {', '.join(map(shown, written))}")
    say(f"data/datapackage.json: {'updated' if changed else 'unchanged'}")


@app.command()
def diff(
    run: Annotated[Path | None, typer.Argument(help="Folder of a run; none = the newest in build/runs.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare a run with what is published. Exit code 0: the same; 1: something would change; 2: bad request."""
    from analysis.report.diff import difference, newest_run

    found = difference(run or newest_run())
    if as_json:
        typer.echo(json.dumps(found.to_json(), indent=1, ensure_ascii=False))
    else:
        say("\n".join(found.lines()))
    if found.changed:
        raise typer.Exit(1)


@app.command()
def which(figure: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A PDF, PNG or SVG.")]) -> None:
    """Say what made a figure: notebook, run, tables."""
    from analysis.charts.save import origin

    say("\n".join(origin(figure)))


@app.command()
def version() -> None:
    """Print the version."""
    from analysis import __version__

    typer.echo(__version__)
