"""What the project stands on, for BibTeX and pandoc: data by the names of their source cards, methods from ``docs``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from analysis.data.cards import load_cards
from analysis.data.catalogue import CATALOGUE
from analysis.report.citation import read_citation
from analysis.report.pages import DOCS, convert


def bibliography() -> str:
    """Return all references as BibTeX."""
    known = _keys()
    items = [_csl(entry, known[entry["notes"]]) for entry in read_citation().references if entry["notes"] in known]
    made = convert(json.dumps(items), "biblatex", source="csljson")
    return f"{made}\n{(DOCS / 'references.bib').read_text(encoding='utf-8')}"


def cited(tables: Iterable[str]) -> list[str]:
    """Return the keys of what tables are built from."""
    known, cards = _keys(), load_cards()
    return sorted({known[cards[card].citation] for name in tables for card in CATALOGUE[name].sources})


def _keys() -> dict[str, str]:
    """Return by citation its key: the first card that is cited so."""
    return {card.citation: name for name, card in reversed(load_cards().items())}


def _csl(entry: dict[str, Any], key: str) -> dict[str, Any]:
    names = [
        {"literal": author["name"]}
        if "name" in author
        else {part: author[f"{part}-names"] for part in ("family", "given")}
        for author in entry["authors"]
    ]
    optional = {"publisher": entry.get("institution", {}).get("name"), "DOI": entry.get("doi")}
    return {
        "id": key,
        "type": "report" if entry["type"] == "report" else "dataset",
        "title": entry["title"],
        "author": names,
        "issued": {"date-parts": [[entry["year"]]]},
        **{name: value for name, value in optional.items() if value},
    }
