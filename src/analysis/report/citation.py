"""The project as it cites itself and others: ``CITATION.cff``, and the keys of ``docs/references.bib``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from analysis.data.cards import load_cards
from analysis.data.catalogue import CATALOGUE
from analysis.paths import ROOT
from analysis.validation import read_yaml, validate

CITATION = ROOT / "CITATION.cff"


class Citation(BaseModel):
    """How the project is cited; ``released`` is the only date that the report carries, so that bytes do not change."""

    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True)

    title: str
    abstract: str = ""
    version: str
    released: str = Field(alias="date-released", pattern=r"^\d{4}-\d\d-\d\d$")
    licence: str = Field(alias="license")
    authors: tuple[dict[str, str], ...] = Field(min_length=1)

    @property
    def author_names(self) -> str:
        """All authors, as printed."""
        return ", ".join(one.get("name") or f"{one['given-names']} {one['family-names']}" for one in self.authors)


def read_citation(path: Path = CITATION) -> Citation:
    """Read ``CITATION.cff``; one that lacks a field is refused."""
    return validate(TypeAdapter(Citation), read_yaml(path), where=path.name)


def cited(tables: Iterable[str]) -> list[str]:
    """Return the keys of what tables are built from: of all cards with one citation, the name of the first."""
    cards = load_cards()
    known = {card.citation: name for name, card in reversed(cards.items())}
    return sorted({known[cards[card].citation] for name in tables for card in CATALOGUE[name].sources})
