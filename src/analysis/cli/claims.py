"""Commands on the register: ``claims``, ``claims lock``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from analysis.cli import frame
from analysis.errors import InputError
from analysis.paths import FIGURES


@frame.claims.callback(invoke_without_command=True)
def list_claims(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="All fields, as JSON.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Folder of another run; it is only read.")] = None,
) -> None:
    """Show every claim of the register with its verdict, made from the evidence files."""
    from analysis.claims.evidence import read_evidence
    from analysis.claims.lock import check_lock
    from analysis.claims.register import load_register
    from analysis.claims.verdicts import as_frame, verdicts
    from analysis.report.tables import verdict_table
    from analysis.runs.manifest import MANIFEST

    if context.invoked_subcommand:
        return
    if out and not (out / MANIFEST).is_file():
        raise InputError("no run there", where=str(out), remedy="make one with: analysis run --out FOLDER")
    register = load_register()
    judged = verdicts(register, read_evidence((out or FIGURES) / "evidence"), rules_hash=check_lock(register))
    records: list[dict[str, Any]] = json.loads(as_frame(judged).to_json(orient="records"))
    if as_json:
        full = [register[record["claim"]].model_dump(mode="json") | record for record in records]
        typer.echo(json.dumps(full, indent=1, ensure_ascii=False))
    else:
        frame.out.print(verdict_table(register, records))


@frame.claims.command("lock")
def lock_rules(reason: Annotated[str, typer.Option(help="Why the rules were set or changed.")] = "") -> None:
    """Lock the decision rules as they stand, with a reason that is kept."""
    import datetime

    from analysis.claims.lock import write_lock
    from analysis.claims.register import load_register
    from analysis.data.load import sha256
    from analysis.session.declared import declared

    register = load_register()
    notebooks = sorted({claim.notebook for claim in register.claims if claim.notebook})
    lock = write_lock(
        register,
        reason=reason,
        date=datetime.date.today().isoformat(),
        tables={name: sha256(name) for name in sorted({name for claim in register.claims for name in claim.data})},
        parameters={name: {key: item.default for key, item in declared(name).items()} for name in notebooks},
        verdicts_known=any((FIGURES / "evidence").glob("*.json")),
    )
    frame.out.print(f"locked {len(lock.rules)} rules: {lock.hash}")
