"""What all commands stand on: the application with its groups, the two consoles, and the options that they share."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from analysis.errors import InputError
from analysis.paths import ROOT
from analysis.session.parameters import with_codes

if not (sys.stdout and sys.stderr):
    print("error: standard output or error is closed; send it to /dev/null, if anywhere", file=sys.stderr or sys.stdout)
    sys.exit(2)
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Claims under test: tables, register, runs; --version prints the version.",
    epilog="Exit codes: 0 done, 1 a run failed or would change what is published, 2 a bad request, 130 interrupted.",
)
data = typer.Typer(no_args_is_help=True, help="Source files and tables.")
claims = typer.Typer(help="Claims with their verdicts; or lock the rules.")
notebook = typer.Typer(no_args_is_help=True, help="Notebooks of the project.")
CLAIMS, RUNS = "Claims and what is published", "Projects, notebooks and their runs"
app.add_typer(claims, name="claims", rich_help_panel=CLAIMS)
app.add_typer(notebook, name="notebook", rich_help_panel=RUNS)
app.add_typer(data, name="data", rich_help_panel="Source files and tables")
# Piped output is not wrapped at the eighty columns that rich assumes without a terminal, unless somebody wants it.
_piped = not sys.stdout.isatty() and "COLUMNS" not in os.environ
out = Console(highlight=False, markup=False, emoji=False, soft_wrap=True, width=160 if _piped else None)
err = Console(highlight=False, markup=False, emoji=False, soft_wrap=True, stderr=True)
say = out.print

AsJson = Annotated[bool, typer.Option("--json", help="All fields, as JSON.")]
Kinds = Annotated[bool, typer.Option("--kinds", help="Show every kind of rule with an example instead.")]
OtherRun = Annotated[Path | None, typer.Option("--out", help="Folder of another run; it is only read.")]
OutFolder = Annotated[Path | None, typer.Option("--out", help="Of the outputs: figures/, or below build/ with -p.")]
Notebooks = Annotated[list[str] | None, typer.Argument(help="Names or numbers; none = all.")]
Settings = Annotated[list[str] | None, typer.Option("-p", help="NAME=VALUE, as often as needed.")]
Jobs = Annotated[int, typer.Option(min=1, help="Notebooks at once.")]
Log = Annotated[str, typer.Option(help="json: JSON lines on stderr; a path: the same in that file.")]


def shown(path: Path) -> str:
    """Return a path as the user reads it: short inside the project, in full elsewhere."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def choose(kind: str, wanted: str, known: list[str]) -> str:
    """Return what was asked for if it is known, else say from what to choose."""
    if wanted not in known:
        raise InputError(f"no {kind} {wanted}", remedy=f"choose from {', '.join(known)}")
    return wanted


def pairs(texts: list[str] | None, option: str, notebooks: list[str] | None) -> dict[str, str]:
    """Split the texts of a repeated option at their first equals sign, each name once; say which country was meant."""
    found: dict[str, str] = {}
    for text in texts or []:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InputError(f"{option} {text}: not of the form NAME=VALUE")
        if name.strip() in found:
            raise InputError(f"{option} {text}: {name.strip()} is given twice")
        found[name.strip()] = value
    coded = with_codes(found, notebooks or []) if found else {}
    for name in [name for name in found if coded[name] != found[name]]:
        say(f"{name}={found[name]} is taken as {coded[name]}")
    return coded
