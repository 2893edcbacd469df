"""The project as it cites itself and others: ``CITATION.cff``, the source cards, and the methods in ``docs``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

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
    references: tuple[dict[str, Any], ...] = ()

    @property
    def author_names(self) -> str:
        """All authors, as printed."""
        return ", ".join(one.get("name") or " ".join(_person(one).values()) for one in self.authors)


def read_citation(path: Path = CITATION) -> Citation:
    """Read ``CITATION.cff``.

    Raises
    ------
    InputError
        The file is missing, not YAML, or lacks a field.
    """
    return validate(TypeAdapter(Citation), read_yaml(path), where=path.name)


def references() -> str:
    """Return all data that the project cites as CSL JSON, by the names of their source cards."""
    known = _keys()
    return json.dumps(
        [_csl(item, known[item["notes"]]) for item in read_citation().references if item["notes"] in known]
    )


def cited(tables: Iterable[str]) -> list[str]:
    """Return the keys of what tables are built from."""
    known, cards = _keys(), load_cards()
    return sorted({known[cards[card].citation] for name in tables for card in CATALOGUE[name].sources})


def _keys() -> dict[str, str]:
    """Return by citation its key: the first card that is cited so."""
    return {card.citation: name for name, card in reversed(load_cards().items())}


def _csl(entry: dict[str, Any], key: str) -> dict[str, Any]:
    optional = {"publisher": entry.get("institution", {}).get("name"), "DOI": entry.get("doi")}
    return {
        "id": key,
        "type": "report" if entry["type"] == "report" else "dataset",
        "title": entry["title"],
        "author": [{"literal": one["name"]} if "name" in one else _person(one) for one in entry["authors"]],
        "issued": {"date-parts": [[entry["year"]]]},
        **{name: value for name, value in optional.items() if value},
    }


def _person(author: dict[str, str]) -> dict[str, str]:
    return {part: author.get(f"{part}-names", "") for part in ("given", "family")}
