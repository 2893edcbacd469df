"""Commands on claims (``claims``, ``explain``) and what is published (``readme``, ``report``, ``diff``, ``which``)."""

from __future__ import annotations

import datetime
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from analysis.cli.app import CLAIMS, RUNS, AsJson, Kinds, OtherRun, app, choose, claims, err, notebook, say, shown
from analysis.cli.app import out as console
from analysis.errors import InputError
from analysis.paths import BUILD, FIGURES, ROOT
from analysis.report import project
from analysis.runs.manifest import MANIFEST
from analysis.session.declared import declared, resolve

ClaimId = Annotated[str, typer.Argument(help="Id of a claim: analysis claims lists them.")]
Site = Annotated[Path | None, typer.Option("--out", file_okay=False, help="Folder for site/ and the paper.")]
FromRun = Annotated[Path | None, typer.Option("--from", file_okay=False, help="Folder of another run.")]
AnyRun = Annotated[Path | None, typer.Argument(help="Folder of a run; none = the newest in build/runs.")]
app.command("new", rich_help_panel=RUNS)(project.new_project)
notebook.command("add")(project.new_notebook)


@claims.callback(invoke_without_command=True)
def list_claims(
    context: typer.Context,
    verdict: Annotated[str, typer.Option(help="Only claims whose verdict begins so, or has these words.")] = "",
    speaker: Annotated[str, typer.Option(help="Only claims of a speaker, by a beginning or part of the name.")] = "",
    notebook: Annotated[str, typer.Option(help="Only claims of a notebook, by name or number.")] = "",
    as_json: AsJson = False,
    run: OtherRun = None,
    kinds: Kinds = False,
) -> None:
    """Show the claims of the register with their verdicts, made from the evidence files."""
    from analysis.claims import verdicts
    from analysis.report import dossier, pages

    if kinds:
        say(project.kinds())
    if kinds or context.invoked_subcommand:
        return
    if run or (FIGURES / MANIFEST).is_file():
        dossier.read_run(run or FIGURES, as_written=True)
    judged = verdicts.judged_in(run or FIGURES)
    every = [judged.register[record["claim"]].model_dump(mode="json") | record for record in judged.records()]
    asked = {"verdict": verdict, "speaker": speaker, "notebook": notebook and resolve(notebook)}
    found = every
    for of, text in ((of, text.lower()) for of, text in asked.items() if text):
        known = sorted({one[of] for one in every if one[of]})
        begin = [name for name in known if name.lower().startswith(text)]
        meant = begin or [name for name in known if text in name.lower()] or [choose(f"claim of {of}", text, known)]
        found = [one for one in found if one[of] in meant]
    if as_json:
        typer.echo(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        ids = {one["id"] for one in found}
        console.print(pages.verdict_table((item for item in judged if item.claim.id in ids), width=console.width))


@claims.command("lock")
def lock_rules(reason: Annotated[str, typer.Option(help="Why the rules were set or changed.")] = "") -> None:
    """Lock the decision rules as they stand, with a reason that is kept."""
    from analysis.claims import lock, records, register
    from analysis.data.load import load, sha256

    known = register.load_register()
    if not known.claims:
        raise InputError("no claim to lock", where="claims.yml", remedy="write one: analysis claims --kinds")
    for claim in known.claims:
        records.look_up(claim, load, publisher=known.article.publisher)
    notebooks = sorted({claim.notebook for claim in known.claims if claim.notebook})
    published, today = any((FIGURES / "evidence").glob("*.json")), datetime.date.today().isoformat()
    tables = {name: sha256(name) for name in sorted({name for claim in known.claims for name in claim.data})}
    parameters = {name: {key: item.default for key, item in declared(name).items()} for name in notebooks}
    entry = lock.Entry(reason=reason, date=today, verdicts_known=published)
    locked = lock.write_lock(known, entry, tables=tables, parameters=parameters)
    say(f"rules locked: {len(locked.rules)}; hash: {locked.hash}")


@app.command(rich_help_panel=CLAIMS)
def explain(claim: ClaimId, run: OtherRun = None) -> None:
    """Show the chain from a claim to its verdict: estimand, data, estimate, rule, checks, what would change it."""
    from analysis.report import dossier, pages

    pages.explain(dossier.read_published(run or FIGURES), claim, console)


@app.command(rich_help_panel=CLAIMS)
def readme() -> None:
    """Write what the README says of the run, and CLAIMS.md."""
    from analysis.files import write_whole
    from analysis.report import dossier, pages

    published = dossier.read_published()
    pages.write_blocks(ROOT / "README.md", pages.readme_blocks(published))
    write_whole(ROOT / "CLAIMS.md", pages.claims_page(published))
    say("written: README.md, CLAIMS.md")


@app.command(rich_help_panel=CLAIMS)
def report(out: Site = None, run: FromRun = None) -> None:
    """Write the report of a run: site, paper, and the forms that machines take (in site/data)."""
    from analysis.report.build import build_report

    written, warnings = build_report(out or BUILD, run or FIGURES)
    for line in warnings:
        err.print(line)
    say(f"written: {', '.join(map(shown, written))}")


@app.command(rich_help_panel=CLAIMS)
def diff(run: AnyRun = None, as_json: AsJson = False) -> None:
    """Compare a run with what is published. Exit code 0: the same; 1: something would change; 2: bad request."""
    from analysis.report.diff import difference, newest_run

    found = difference(run or newest_run())
    typer.echo(json.dumps(asdict(found), indent=1, ensure_ascii=False) if as_json else "\n".join(found.lines()))
    raise typer.Exit(found.changed)


@app.command(rich_help_panel=CLAIMS)
def which(figure: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A PDF, PNG or SVG.")]) -> None:
    """Say what made a figure: notebook, run, tables."""
    from analysis.charts.save import origin

    say("\n".join(origin(figure)))
