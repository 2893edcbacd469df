"""The tables as a Frictionless data package: every column with type, bounds, meaning and unit, every file with hash.

References
----------
https://datapackage.org (version 2); the codes of licences are those of SPDX.
"""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import pandera.pandas as pa

from analysis.data.cards import Card, load_cards
from analysis.data.catalogue import CATALOGUE, Table, countries_of
from analysis.data.codebook import described
from analysis.data.load import load, sha256
from analysis.paths import DATA
from analysis.report.citation import Citation

DATAPACKAGE = DATA / "datapackage.json"
_TYPES = {"int64": "integer", "Int64": "integer", "float64": "number", "string[python]": "string", "str": "string"}
_LICENCES = {
    "CC BY 4.0": {"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/"},
    "CC BY-NC 4.0": {"name": "CC-BY-NC-4.0", "path": "https://creativecommons.org/licenses/by-nc/4.0/"},
    "CC0 1.0": {"name": "CC0-1.0", "path": "https://creativecommons.org/publicdomain/zero/1.0/"},
}
#: Ends of the patterns of dates and months, by the type that they are.
_TIMES = {"[0-3]\\d$": "date", "[01]\\d$": "yearmonth"}
#: Property of a field -> column of the codebook.
_SAID = {"description": "meaning", "unit": "unit", "direction": "direction"}
#: Columns that say which years values describe, the first that a table has.
_YEARS = ("data_year", "year", "date", "start", "date_start")


def data_package(citation: Citation) -> dict[str, Any]:
    """Describe the folder of tables as a data package of the project's title, version and date."""
    cards = load_cards()
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "claims-under-test-tables",
        "title": f"Tables of: {citation.title}",
        "description": "Tidy tables built from checksummed source files or typed from cited pages. "
        "Each resource is under its own producers' terms.",
        "version": citation.version,
        "created": f"{citation.released}T00:00:00Z",
        "contributors": [{"title": citation.author_names, "roles": ["author"]}],
        "resources": [_resource(CATALOGUE[name], cards) for name in sorted(CATALOGUE)],
    }


def place(entry: Table) -> str:
    """Return the path of a table relative to the data package."""
    return entry.path.relative_to(DATA).as_posix()


def _resource(entry: Table, cards: dict[str, Card]) -> dict[str, Any]:
    frame, key = load(entry.name), list(entry.schema.unique or [])
    used = [cards[name] for name in entry.sources]
    other = [{"resource": name, "fields": ["iso3"]} for name in countries_of(entry) if "iso3" in frame]
    years = next((frame[name] for name in _YEARS if name in frame), pd.Series(dtype=object)).dropna()
    licences = dict.fromkeys(card.licence for card in used)
    described_years = pd.to_numeric(years.astype(str).str[:4])
    # Primary keys may hold no missing value; a key that may is unique all the same.
    strict = not any(entry.schema.columns[name].nullable for name in key)
    optional = {
        "description": f"Made by this project from {entry.made_of}: no data of others." if entry.made_of else "",
        "sources": [{"title": c.citation, "path": str(c.url), "version": c.edition} for c in used] or _pages(frame),
        "licenses": [_LICENCES.get(term, {"name": "other"}) | {"title": term} for term in licences],
        # The two keys that this project never mixes: year of the edition, years that the values describe.
        "edition": list(dict.fromkeys(card.edition for card in used)),
        "edition_year": sorted({int(year) for year in frame.get("edition", ())}),
        "data_year": [int(described_years.min()), int(described_years.max())] if len(described_years) else [],
    }
    return {
        "name": entry.name,
        "type": "table",
        "path": place(entry),
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": entry.path.stat().st_size,
        "hash": f"sha256:{sha256(entry.name)}",
        "schema": {
            "fields": [_field(entry, name) for name in frame],
            "missingValues": [""],
            **({"primaryKey": key} if strict else {"uniqueKeys": [key]}),
            **({"foreignKeys": [{"fields": ["iso3"], "reference": one} for one in other]} if other else {}),
        },
        **{name: value for name, value in optional.items() if value},
    }


def _pages(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the pages that the rows of a typed table cite, each once; one cell may cite several."""
    if "source_url" not in frame:
        return []
    who = "source_org" if "source_org" in frame else "origin"
    cited = frame[[who, "source_url"]].dropna().drop_duplicates().sort_values([who, "source_url"])
    pairs = [(org, url.rstrip(";,")) for org, urls in cited.itertuples(index=False) for url in str(urls).split()]
    return [{"title": org, "path": url} for org, url in dict.fromkeys(pairs)]


def _field(entry: Table, name: str) -> dict[str, Any]:
    columns: dict[str, pa.Column] = entry.schema.columns
    column = next(item for key, item in columns.items() if key == name or (item.regex and re.match(key, name)))
    meant = described(entry.name, name)
    known: dict[str, Any] = {}
    for check in column.checks:
        known |= check.statistics or {}
    pattern = known.get("pattern", "")
    time = next((kind for end, kind in _TIMES.items() if pattern.endswith(end)), "")
    bounds = {
        "required": not column.nullable or None,
        "enum": list(known["allowed_values"]) if "allowed_values" in known else None,
        "pattern": None if time else pattern or None,
        "minimum": known.get("min_value"),
        "maximum": known.get("max_value"),
    }
    constraints = {key: value for key, value in bounds.items() if value is not None}
    field = {"name": name, "type": time or _TYPES[str(column.dtype)]}
    field |= {key: meant[word] for key, word in _SAID.items() if word in meant}
    return field | ({"constraints": constraints} if constraints else {})
