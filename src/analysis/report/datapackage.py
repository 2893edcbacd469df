"""The tables as a Frictionless data package: every column with type, bounds, meaning and unit, every file with hash.

References
----------
https://datapackage.org (version 2); the codes of licences are those of SPDX.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa

from analysis.data.cards import Card, load_cards
from analysis.data.catalogue import CATALOGUE, Table, countries_of
from analysis.data.codebook import described
from analysis.data.load import load, sha256
from analysis.files import write_json
from analysis.paths import DATA
from analysis.report.citation import Citation

DATAPACKAGE = DATA / "datapackage.json"
_TYPES = {"int64": "integer", "Int64": "integer", "float64": "number", "string[python]": "string", "str": "string"}
_LICENCES = {
    "CC BY 4.0": {"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/"},
    "CC BY-NC 4.0": {"name": "CC-BY-NC-4.0", "path": "https://creativecommons.org/licenses/by-nc/4.0/"},
    "CC0 1.0": {"name": "CC0-1.0", "path": "https://creativecommons.org/publicdomain/zero/1.0/"},
}
_DAY, _MONTH = "[0-3]\\d$", "[01]\\d$"
#: Property of a field -> column of the codebook.
_SAID = {"description": "meaning", "unit": "unit", "direction": "direction"}
#: Columns that say which years values describe, the first that a table has.
_YEARS = ("data_year", "year", "date", "start", "date_start")


def data_package(citation: Citation) -> dict[str, Any]:
    """Describe the folder of tables as a data package of the project's title, version and date.

    Raises
    ------
    InputError
        A table of the catalogue is missing or breaks its schema.
    """
    cards = load_cards()
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "claims-under-test-tables",
        "title": f"Tables of: {citation.title}",
        "description": "Tidy tables built from checksummed source files or typed from cited pages. "
        "Each resource is under its own producers' terms.",
        "version": citation.version,
        "created": f"{citation.released}T00:00:00Z",
        "contributors": [{"title": author, "roles": ["author"]} for author in citation.authors],
        "resources": [_resource(CATALOGUE[name], cards) for name in sorted(CATALOGUE)],
    }


def write_data_package(citation: Citation, path: Path = DATAPACKAGE) -> bool:
    """Write the data package beside the folder of tables; return whether it changed."""
    before = path.read_bytes() if path.is_file() else b""
    package = data_package(citation)
    return write_json(path, package).read_bytes() != before


def place(entry: Table) -> str:
    """Return the path of a table relative to the data package."""
    return entry.path.relative_to(DATA).as_posix()


def _resource(entry: Table, cards: dict[str, Card]) -> dict[str, Any]:
    frame = load(entry.name)
    used = [cards[name] for name in entry.sources]
    terms = dict.fromkeys(card.licence for card in used)
    optional = {
        "description": f"Made by this project from {entry.made_of}: no data of others." if entry.made_of else "",
        "sources": [{"title": c.citation, "path": str(c.url), "version": c.edition} for c in used] or _pages(frame),
        "licenses": [_LICENCES.get(term, {"name": "other"}) | {"title": term} for term in terms],
        # The two keys that this project never mixes: year of the edition, years that the values describe.
        "edition": list(dict.fromkeys(card.edition for card in used)),
        "edition_year": sorted({int(year) for year in frame.get("edition", ())}),
        "data_year": _data_years(frame),
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
        "schema": _schema(entry, frame),
    } | {name: value for name, value in optional.items() if value}


def _pages(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the pages that the rows of a typed table cite, each once."""
    if "source_url" not in frame:
        return []
    who = "source_org" if "source_org" in frame else "origin"
    cited = frame[[who, "source_url"]].dropna().drop_duplicates().sort_values([who, "source_url"])
    # One cell may cite several pages.
    pairs = [(org, url) for org, urls in cited.itertuples(index=False) for url in str(urls).split()]
    return [{"title": org, "path": url.rstrip(";,")} for org, url in dict.fromkeys(pairs)]


def _data_years(frame: pd.DataFrame) -> list[int]:
    years = next((frame[name] for name in _YEARS if name in frame), pd.Series(dtype=object)).dropna()
    values = pd.to_numeric(years.astype(str).str[:4])
    return [int(values.min()), int(values.max())] if len(values) else []


def _schema(entry: Table, frame: pd.DataFrame) -> dict[str, Any]:
    key = list(entry.schema.unique or [])
    # Primary keys may hold no missing value; a key that may is unique all the same.
    strict = not any(entry.schema.columns[name].nullable for name in key)
    references = [
        {"fields": ["iso3"], "reference": {"resource": other, "fields": ["iso3"]}}
        for other in countries_of(entry)
        if "iso3" in frame
    ]
    return {
        "fields": [_field(entry, name) for name in frame],
        "missingValues": [""],
        **({"primaryKey": key} if strict else {"uniqueKeys": [key]}),
        **({"foreignKeys": references} if references else {}),
    }


def _field(entry: Table, name: str) -> dict[str, Any]:
    columns: dict[str, pa.Column] = entry.schema.columns
    column = next(item for key, item in columns.items() if key == name or (item.regex and re.match(key, name)))
    constraints: dict[str, Any] = {} if column.nullable else {"required": True}
    kind = _TYPES[str(column.dtype)]
    for check in column.checks:
        kind, found = _constraint(kind, check)
        constraints |= found
    field: dict[str, Any] = {"name": name, "type": kind}
    meant = described(entry.name, name)
    field |= {key: meant[word] for key, word in _SAID.items() if word in meant}
    return field | ({"constraints": constraints} if constraints else {})


def _constraint(kind: str, check: pa.Check) -> tuple[str, dict[str, Any]]:
    """Return the type of a column, which its check may narrow, and the constraint that says the same as the check."""
    known = check.statistics or {}
    if "allowed_values" in known:
        return kind, {"enum": list(known["allowed_values"])}
    if "pattern" in known:
        pattern = known["pattern"]
        narrower = "date" if pattern.endswith(_DAY) else "yearmonth" if pattern.endswith(_MONTH) else ""
        return narrower or kind, {} if narrower else {"pattern": pattern}
    bounds = {"minimum": known.get("min_value"), "maximum": known.get("max_value")}
    return kind, {name: value for name, value in bounds.items() if value is not None}
