"""Commands on what is published: ``readme``, ``version``."""

from __future__ import annotations

import typer

from analysis.cli import frame
from analysis.cli.frame import app
from analysis.errors import InputError
from analysis.paths import FIGURES, ROOT


@app.command()
def readme() -> None:
    """Write the tables of verdicts and of sources into the README."""
    from analysis.claims.register import load_register
    from analysis.data.cards import load_cards
    from analysis.report.diff import recorded_verdicts
    from analysis.report.tables import readme_block, sources_block, write_blocks

    path = FIGURES / "verdicts.json"
    if not path.is_file():
        raise InputError("no verdicts yet", where="figures", remedy="make them with: analysis run")
    verdict_rows = readme_block(load_register(), recorded_verdicts(path).values())
    blocks = {"verdicts": verdict_rows, "sources": sources_block(load_cards())}
    changed = write_blocks(ROOT / "README.md", blocks)
    frame.out.print("README.md: tables " + ("updated" if changed else "unchanged"))


@app.command()
def version() -> None:
    """Print the version."""
    from analysis import __version__

    typer.echo(__version__)
