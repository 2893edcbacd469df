"""The command ``analysis``: tables, register, runs. Exit code 2 for a bad request, 1 for a failed run."""

from __future__ import annotations

import datetime
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from analysis import __version__
from analysis.claims.evidence import read_evidence
from analysis.claims.lock import check_lock, write_lock
from analysis.claims.register import load_register
from analysis.claims.verdicts import as_frame, verdicts
from analysis.errors import AnalysisError, InputError
from analysis.paths import FIGURES, ROOT
from analysis.report.tables import readme_block, sources_block, verdict_table, write_blocks
from analysis.runs import run as runs
from analysis.runs.execute import Outcome
from analysis.sources.cards import Card, load_cards
from analysis.sources.retrieve import local_file, retrieve, verify
from analysis.tables import build as building
from analysis.tables.catalogue import table

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Claims under test: tables, register, runs.")
data = typer.Typer(no_args_is_help=True, help="Source files and tables.")
claims = typer.Typer(help="Claims with their verdicts; or lock the rules.")
app.add_typer(data, name="data")
app.add_typer(claims, name="claims")
# Piped output is not wrapped at the eighty columns that rich assumes without a terminal.
_WIDE = None if sys.stdout.isatty() else 160
_out = Console(highlight=False, soft_wrap=True, width=_WIDE)
_err = Console(stderr=True, highlight=False, soft_wrap=True)

_Out = Annotated[Path | None, typer.Option(help="Folder for outputs.", file_okay=False)]


def main() -> None:
    """Run the command; an error that the user can act on is one line, never a traceback."""
    try:
        app()
    except AnalysisError as error:
        _err.print(f"error: {error.line()}", markup=False)
        sys.exit(error.exit_code)


@app.command()
def run(
    notebooks: Annotated[list[str] | None, typer.Argument(help="Names or numbers; none = all.")] = None,
    parameter: Annotated[list[str] | None, typer.Option("-p", help="NAME=VALUE, as often as needed.")] = None,
    out: _Out = None,
    jobs: Annotated[int, typer.Option(min=1, help="Notebooks at once.")] = 1,
) -> None:
    """Execute notebooks and publish what they make."""
    request = runs.plan(notebooks or [], _settings(parameter or []), out=out, jobs=jobs)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_err, transient=True, disable=not _err.is_terminal) as progress:
        bar = progress.add_task("notebooks", total=len(request.notebooks))

        def report(outcome: Outcome) -> None:
            progress.advance(bar)
            _print_outcome(outcome)

        outcomes = runs.run(request, report=report)
    if any(outcome.failure for outcome in outcomes):
        sys.exit(1)
    _out.print(f"published: {_shown(request.out)}", markup=False)


@claims.callback(invoke_without_command=True)
def list_claims(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="All fields, as JSON.")] = False,
    out: _Out = None,
) -> None:
    """Show every claim of the register with its verdict, made from the evidence files."""
    if context.invoked_subcommand:
        return
    register = load_register()
    judged = verdicts(register, read_evidence((out or FIGURES) / "evidence"), rules_hash=check_lock(register))
    records: list[dict[str, Any]] = json.loads(as_frame(judged).to_json(orient="records"))
    if as_json:
        full = [register[record["claim"]].model_dump(mode="json") | record for record in records]
        typer.echo(json.dumps(full, indent=1, ensure_ascii=False))
    else:
        _out.print(verdict_table(register, records))


@claims.command("lock")
def lock_rules(reason: Annotated[str, typer.Option(help="Why the rules were set or changed.")] = "") -> None:
    """Lock the decision rules as they stand, with a reason that is kept."""
    lock = write_lock(load_register(), reason=reason, date=datetime.date.today().isoformat())
    _out.print(f"locked {len(lock.rules)} rules: {lock.hash}")


@app.command()
def readme() -> None:
    """Write the tables of verdicts and of sources into the README."""
    path = FIGURES / "verdicts.json"
    if not path.is_file():
        raise InputError("no verdicts yet", where="figures", remedy="make them with: analysis run")
    verdict_rows = readme_block(load_register(), json.loads(path.read_text(encoding="utf-8")))
    blocks = {"verdicts": verdict_rows, "sources": sources_block(load_cards())}
    changed = write_blocks(ROOT / "README.md", blocks)
    _out.print("README.md: tables " + ("updated" if changed else "unchanged"))


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


@data.command("list")
def list_sources() -> None:
    """List source files: at hand or not, size, edition, licence."""
    for name, card in load_cards().items():
        state = "at hand" if local_file(card) else "not pulled"
        line = f"{name}: {card.dataset} {card.edition}, {card.bytes:,} bytes, {card.licence}, {state}"
        _out.print(line, markup=False)


@data.command()
def pull(names: Annotated[list[str] | None, typer.Argument(help="Cards; none = all.")] = None) -> None:
    """Download source files that are not at hand, and check them."""
    for name, card in _cards(names).items():
        path = retrieve(card, progress=_err.is_terminal)
        _out.print(f"{name}: {path.name} ok", markup=False)


@data.command("verify")
def verify_sources() -> None:
    """Check every source file at hand, and every table."""
    at_hand = [(card, path) for card in load_cards().values() if (path := local_file(card))]
    for card, path in at_hand:
        verify(card, path)
    runs.preflight()
    _out.print(f"{len(at_hand)} source files match their cards; all tables satisfy their schemas")


@data.command()
def build(names: Annotated[list[str] | None, typer.Argument(help="Tables; none = all.")] = None) -> None:
    """Make the tables again from their sources and say what changed."""
    chosen = [table(name).name for name in names or []]
    for change in building.build(load_cards(), chosen, progress=_err.is_terminal):
        _out.print(change.sentence(), markup=False)


def _cards(names: list[str] | None) -> dict[str, Card]:
    cards = load_cards()
    unknown = sorted(set(names or []) - set(cards))
    if unknown:
        raise InputError(f"no source {unknown[0]}", remedy=f"choose from {', '.join(cards)}")
    return {name: cards[name] for name in names or cards}


def _settings(pairs: list[str]) -> dict[str, str]:
    settings = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise InputError(f"-p {pair}: not of the form NAME=VALUE")
        if name in settings:
            raise InputError(f"-p {pair}: {name} is given twice")
        settings[name] = value
    return settings


def _print_outcome(outcome: Outcome) -> None:
    if outcome.failure:
        for line in outcome.failure:
            _err.print(line, markup=False)
    else:
        _out.print(f"ok {outcome.name} {outcome.seconds:.1f} s", markup=False)


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
