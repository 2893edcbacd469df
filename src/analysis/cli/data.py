"""Commands on source files and tables: ``data list``, ``pull``, ``verify``, ``check``, ``build``."""

from __future__ import annotations

from typing import Annotated

import typer

from analysis.cli.app import choose, data, err, say


@data.command("list")
def list_sources() -> None:
    """List source files: at hand or not, size, edition, licence."""
    from analysis.data import cards, retrieve

    for name, card in cards.load_cards().items():
        state = "at hand" if retrieve.local_file(card) else "not pulled"
        say(f"{name}: {card.dataset} {card.edition}, {card.bytes:,} bytes, {card.licence}, {state}")


@data.command()
def pull(names: Annotated[list[str] | None, typer.Argument(help="Cards; none = all.")] = None) -> None:
    """Download source files that are not at hand, and check them."""
    from analysis.data import cards, retrieve

    known = cards.load_cards()
    for name in [choose("source", name, list(known)) for name in names or known]:
        say(f"{name}: {retrieve.retrieve(known[name], progress=err.is_terminal).name} ok")


@data.command("verify")
def verify_sources() -> None:
    """Check every source file at hand, and every table."""
    from analysis.data import cards, retrieve
    from analysis.runs.plan import verify_inputs

    known = cards.load_cards().values()
    at_hand = [retrieve.verify(card, path) for card in known if (path := retrieve.local_file(card))]
    verify_inputs()
    say(f"{len(at_hand)} source files match their cards; all tables satisfy their schemas")


@data.command()
def check() -> None:
    """Ask each source's address for size, ETag and newer editions; exit code 1 if there is news. Nothing changes."""
    from analysis.data import cards, retrieve

    found = [f"{name}: {told}" for name, card in cards.load_cards().items() for told in retrieve.news(card)]
    say("\n".join(found) or "every address gives the file of its card, and no repository has another")
    raise typer.Exit(bool(found))


@data.command()
def build(names: Annotated[list[str] | None, typer.Argument(help="Tables; none = all.")] = None) -> None:
    """Make the tables again from their sources and say what changed."""
    from analysis.data import build, cards

    say("\n".join(build.build(cards.load_cards(), names or [], progress=err.is_terminal)))
