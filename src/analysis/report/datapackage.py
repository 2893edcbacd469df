"""The tables as a Frictionless data package: every column with type, bounds, meaning and unit, every file with hash.

References
----------
https://datapackage.org (version 2); the codes of licences are those of SPDX.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa

from analysis.data.cards import Card, load_cards
from analysis.data.catalogue import CATALOGUE, Table
from analysis.data.codebook import described
from analysis.data.load import read_csv
from analysis.errors import InputError
from analysis.files import file_hash, write_json
from analysis.paths import DATA
from analysis.report.citation import Citation

DATAPACKAGE = DATA / "datapackage.json"
_TYPES = {"int64": "integer", "Int64": "integer", "float64": "number", "string[python]": "string", "str": "string"}
_LICENCES = {
    "CC BY 4.0": ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
    "CC BY-NC 4.0": ("CC-BY-NC-4.0", "https://creativecommons.org/licenses/by-nc/4.0/"),
    "CC0 1.0": ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
}
_DAY, _MONTH = "[0-3]\\d$", "[01]\\d$"
#: Property of a field -> column of the codebook.
_SAID = {"description": "meaning", "unit": "unit", "direction": "direction"}
#: Tables whose countries are those of another table, besides being countries: table -> other table.
_WITHIN = {"protest_months": "protest_coverage"}


def data_package(citation: Citation) -> dict[str, Any]:
    """Describe the folder of tables as a data package.

    Parameters
    ----------
    citation : Citation
        Title, version and date of the project.

    Raises
    ------
    InputError
        A table of the catalogue is missing, or has a column that its schema does not know.
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
        "contributors": [{"title": author.full_name, "roles": ["author"]} for author in citation.authors],
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
    if not entry.path.is_file():
        raise InputError("table not found", where=entry.path.name, remedy="make it with: analysis data build")
    used = [cards[name] for name in entry.sources]
    resource = {
        "name": entry.name,
        "type": "table",
        "path": place(entry),
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": entry.path.stat().st_size,
        "hash": f"sha256:{file_hash(entry.path)}",
        "schema": _schema(entry),
    }
    if entry.simulated:
        resource["description"] = "Simulated by this project: no data of others."
    sources = [_card_source(card) for card in used] or _page_sources(entry)
    return resource | ({"sources": sources} if sources else {}) | _licences(used) | _years(entry, used)


def _card_source(card: Card) -> dict[str, Any]:
    return {"title": card.citation, "path": str(card.url), "version": card.edition}


def _page_sources(entry: Table) -> list[dict[str, Any]]:
    """Return the pages that the rows of a typed table cite, each once."""
    frame = read_csv(entry.path)
    if "source_url" not in frame:
        return []
    cited = frame[["source_org", "source_url"]].dropna().drop_duplicates().sort_values(["source_org", "source_url"])
    # One cell may cite several pages.
    pairs = [(org, url) for org, urls in cited.itertuples(index=False) for url in str(urls).split()]
    return [{"title": org, "path": url.rstrip(";,")} for org, url in dict.fromkeys(pairs)]


def _licences(used: list[Card]) -> dict[str, Any]:
    terms = dict.fromkeys(card.licence for card in used)
    return {"licenses": [_licence(term) for term in terms]} if terms else {}


def _licence(term: str) -> dict[str, str]:
    if term in _LICENCES:
        name, path = _LICENCES[term]
        return {"name": name, "path": path, "title": term}
    return {"name": "other", "title": term}


def _years(entry: Table, used: list[Card]) -> dict[str, Any]:
    """Return the two keys that this project never mixes: year of the edition, years that the values describe."""
    frame = read_csv(entry.path)
    found: dict[str, Any] = {}
    if used:
        found["edition"] = list(dict.fromkeys(card.edition for card in used))
    if "edition" in frame:
        found["edition_year"] = sorted({int(year) for year in frame["edition"]})
    years = next((frame[name] for name in ("data_year", "year", "date", "start", "date_start") if name in frame), None)
    if years is not None and years.notna().any():
        values = pd.to_numeric(years.dropna().astype(str).str[:4])
        found["data_year"] = [int(values.min()), int(values.max())]
    return found


def _schema(entry: Table) -> dict[str, Any]:
    with entry.path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    key = list(entry.schema.unique or [])
    columns = {name: _column(entry, name) for name in header}
    # Primary keys may hold no missing value; a key that may is unique all the same.
    strict = not any(columns[name].nullable for name in key)
    schema: dict[str, Any] = {
        "fields": [_field(entry.name, name, column) for name, column in columns.items()],
        "missingValues": [""],
    }
    schema |= {"primaryKey": key} if strict else {"uniqueKeys": [key]}
    references = _foreign_keys(entry.name, header)
    return schema | ({"foreignKeys": references} if references else {})


def _column(entry: Table, name: str) -> pa.Column:
    columns: dict[str, pa.Column] = entry.schema.columns
    if name in columns:
        return columns[name]
    for pattern, column in columns.items():
        if column.regex and re.match(pattern, name):
            return column
    raise InputError(f"column {name} is unknown to the schema", where=entry.path.name, remedy="analysis data verify")


def _field(table: str, name: str, column: pa.Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {} if column.nullable else {"required": True}
    kind = _TYPES[str(column.dtype)]
    for check in column.checks:
        kind, found = _constraint(kind, check)
        constraints |= found
    field: dict[str, Any] = {"name": name, "type": kind}
    meant = described(table, name)
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


def _foreign_keys(table: str, header: list[str]) -> list[dict[str, Any]]:
    if "iso3" not in header or table == "countries":
        return []
    others = ["countries", *([_WITHIN[table]] if table in _WITHIN else [])]
    return [{"fields": ["iso3"], "reference": {"resource": other, "fields": ["iso3"]}} for other in others]
