"""Commands on the register and its verdicts: ``claims``, ``claims lock``, ``explain``."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from analysis.cli.app import AsJson, OtherRun, app, claims, out, say
from analysis.errors import InputError
from analysis.paths import FIGURES


@claims.callback(invoke_without_command=True)
def list_claims(context: typer.Context, as_json: AsJson = False, run: OtherRun = None) -> None:
    """Show every claim of the register with its verdict, made from the evidence files."""
    from analysis.claims.register import load_register
    from analysis.claims.verdicts import judged_in
    from analysis.report.readme import verdict_table
    from analysis.runs.manifest import MANIFEST

    if context.invoked_subcommand:
        return
    if run and not (run / MANIFEST).is_file():
        raise InputError("no run there", where=str(run), remedy="make one with: analysis run --out FOLDER")
    register = load_register()
    judged = judged_in(run or FIGURES, register)
    if as_json:
        known = [register[record["claim"]].model_dump(mode="json") | record for record in judged.as_json()]
        typer.echo(json.dumps(known, indent=1, ensure_ascii=False))
    else:
        out.print(verdict_table(judged, width=out.width))


@claims.command("lock")
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
    say(f"locked {len(lock.rules)} rules: {lock.hash}")


@app.command()
def explain(
    claim: Annotated[str, typer.Argument(help="Id of a claim: analysis claims lists them.")], run: OtherRun = None
) -> None:
    """Show the chain from a claim to its verdict: estimand, data, estimate, rule, checks, what would change it."""
    from analysis.report.dossier import read_published
    from analysis.report.pages import explain as explained

    explained(read_published(run or FIGURES), claim, out)
