"""The command's frame: the application, its groups, the two consoles and the options that commands share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from analysis.errors import InputError
from analysis.paths import ROOT

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Claims under test: tables, register, runs.",
    epilog="Exit codes: 0 done, 1 a run failed or would change what is published, 2 a bad request, 130 interrupted.",
)
data = typer.Typer(no_args_is_help=True, help="Source files and tables.")
claims = typer.Typer(help="Claims with their verdicts; or lock the rules.")
app.add_typer(data, name="data")
app.add_typer(claims, name="claims")
# Piped output is not wrapped at the eighty columns that rich assumes without a terminal.
_WIDE = None if sys.stdout.isatty() else 160
out = Console(highlight=False, soft_wrap=True, width=_WIDE)
err = Console(stderr=True, highlight=False, soft_wrap=True)

OutFolder = Annotated[
    Path | None,
    typer.Option("--out", help="Folder of the outputs; default figures/, below build/ if a parameter is given."),
]
Settings = Annotated[list[str] | None, typer.Option("-p", help="NAME=VALUE, as often as needed.")]


def pairs(texts: list[str] | None, option: str) -> dict[str, str]:
    """Split the texts of a repeated option at their first equals sign.

    Raises
    ------
    InputError
        A text is not ``NAME=VALUE``, or a name is given twice.
    """
    found: dict[str, str] = {}
    for text in texts or []:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InputError(f"{option} {text}: not of the form NAME=VALUE")
        if name in found:
            raise InputError(f"{option} {text}: {name} is given twice")
        found[name] = value
    return found


def shown(path: Path) -> str:
    """Return a path as the user reads it: short inside the project, in full elsewhere."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
