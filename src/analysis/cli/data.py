"""Commands on source files and tables: ``data list``, ``pull``, ``verify``, ``build``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from analysis.cli import frame
from analysis.cli.frame import data
from analysis.errors import InputError

if TYPE_CHECKING:
    from analysis.data.cards import Card


@data.command("list")
def list_sources() -> None:
    """List source files: at hand or not, size, edition, licence."""
    from analysis.data.cards import load_cards
    from analysis.data.retrieve import local_file

    for name, card in load_cards().items():
        state = "at hand" if local_file(card) else "not pulled"
        line = f"{name}: {card.dataset} {card.edition}, {card.bytes:,} bytes, {card.licence}, {state}"
        frame.out.print(line, markup=False)


@data.command()
def pull(names: Annotated[list[str] | None, typer.Argument(help="Cards; none = all.")] = None) -> None:
    """Download source files that are not at hand, and check them."""
    from analysis.data.retrieve import retrieve

    for name, card in _cards(names).items():
        path = retrieve(card, progress=frame.err.is_terminal)
        frame.out.print(f"{name}: {path.name} ok", markup=False)


@data.command("verify")
def verify_sources() -> None:
    """Check every source file at hand, and every table."""
    from analysis.data.cards import load_cards
    from analysis.data.retrieve import local_file, verify
    from analysis.runs.checks import preflight

    at_hand = [(card, path) for card in load_cards().values() if (path := local_file(card))]
    for card, path in at_hand:
        verify(card, path)
    preflight()
    frame.out.print(f"{len(at_hand)} source files match their cards; all tables satisfy their schemas")


@data.command()
def build(names: Annotated[list[str] | None, typer.Argument(help="Tables; none = all.")] = None) -> None:
    """Make the tables again from their sources and say what changed."""
    from analysis.data import build as building
    from analysis.data.cards import load_cards
    from analysis.data.catalogue import table

    chosen = [table(name).name for name in names or []]
    for change in building.build(load_cards(), chosen, progress=frame.err.is_terminal):
        frame.out.print(change.sentence(), markup=False)


def _cards(names: list[str] | None) -> dict[str, Card]:
    from analysis.data.cards import load_cards

    cards = load_cards()
    unknown = sorted(set(names or []) - set(cards))
    if unknown:
        raise InputError(f"no source {unknown[0]}", remedy=f"choose from {', '.join(cards)}")
    return {name: cards[name] for name in names or cards}
