"""Two descriptions of files for machines: tables as a Frictionless data package, a run as an RO-Crate.

The crate follows the profile of process runs: one CreateAction a notebook, whose instrument is the notebook, whose
objects are tables and parameters, and whose results are all files that it made. Actions carry no time, since the same
run has to give the same bytes.

References
----------
https://datapackage.org (version 2); the codes of licences are those of SPDX.
https://w3id.org/ro/wfrun/process/0.5 (profile); Leo et al. (2024), doi:10.1371/journal.pone.0309210.
"""

from __future__ import annotations

import mimetypes
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
from rocrate.model.contextentity import ContextEntity
from rocrate.model.file import File
from rocrate.rocrate import ROCrate

from analysis.data.cards import Card, load_cards
from analysis.data.catalogue import CATALOGUE, Table, countries_of, table
from analysis.data.codebook import described
from analysis.data.load import load, sha256
from analysis.files import file_hash, write_json
from analysis.paths import DATA
from analysis.report.citation import Citation
from analysis.report.dossier import Published

DATAPACKAGE = DATA / "datapackage.json"
_TYPES = {"int64": "integer", "Int64": "integer", "float64": "number", "string[python]": "string", "str": "string"}
_LICENCES = {
    "CC BY 4.0": {"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/"},
    "CC BY-NC 4.0": {"name": "CC-BY-NC-4.0", "path": "https://creativecommons.org/licenses/by-nc/4.0/"},
    "CC0 1.0": {"name": "CC0-1.0", "path": "https://creativecommons.org/publicdomain/zero/1.0/"},
}
#: What a check knows -> property of a field.
_BOUNDS = {"allowed_values": "enum", "pattern": "pattern", "min_value": "minimum", "max_value": "maximum"}
#: Ends of the patterns of dates and months, by the type that they are.
_TIMES = {"[0-3]\\d$": "date", "[01]\\d$": "yearmonth"}
#: Property of a field -> column of the codebook.
_SAID = {"description": "meaning", "unit": "unit", "direction": "direction"}
#: Columns that say which years values describe, the first that a table has.
_YEARS = ("data_year", "year", "date", "start", "date_start")
METADATA = "ro-crate-metadata.json"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
#: Folder that the run's outputs are in.
OUTPUTS = "figures"
_MEDIA = {
    ".ipynb": "application/x-ipynb+json", ".jsonld": "application/ld+json", ".yml": "application/yaml",
    ".cff": "application/yaml", ".tex": "application/x-tex", ".md": "text/markdown",
}  # fmt: skip


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
    dated = next((frame[name].dropna() for name in _YEARS if name in frame), ())
    years = sorted({int(str(when)[:4]) for when in dated})
    # Primary keys may hold no missing value; a key that may is unique all the same.
    strict = not any(entry.schema.columns[name].nullable for name in key)
    optional = {
        "description": f"Made by this project from {entry.made_of}: no data of others." if entry.made_of else "",
        "sources": [{"title": c.citation, "path": str(c.url), "version": c.edition} for c in used] or _pages(frame),
        "licenses": [
            _LICENCES.get(term, {"name": "other"}) | {"title": term} for term in dict.fromkeys(c.licence for c in used)
        ],
        # The two keys that this project never mixes: year of the edition, years that the values describe.
        "edition": list(dict.fromkeys(card.edition for card in used)),
        "edition_year": sorted({int(year) for year in frame.get("edition", ())}),
        "data_year": years[:1] + years[-1:],
    }
    return {
        "name": entry.name,
        "type": "table",
        "path": place(entry),
        "mediatype": "text/csv",
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
    cited = frame[["source_org" if "source_org" in frame else "origin", "source_url"]].set_axis(
        ["title", "path"], axis=1
    )
    pages = cited.dropna().sort_values(["title", "path"])
    pages["path"] = pages["path"].str.split()
    pages = pages.explode("path")
    return pages.assign(path=pages["path"].str.rstrip(";,")).drop_duplicates().to_dict("records")


def _field(entry: Table, name: str) -> dict[str, Any]:
    columns: dict[str, pa.Column] = entry.schema.columns
    column = next(item for key, item in columns.items() if key == name or (item.regex and re.match(key, name)))
    known = {key: value for check in column.checks for key, value in (check.statistics or {}).items()}
    bounds = {ours: known[key] for key, ours in _BOUNDS.items() if key in known}
    time = next((kind for end, kind in _TIMES.items() if bounds.get("pattern", "").endswith(end)), None)
    if time:
        del bounds["pattern"]
    meant = described(entry.name, name)
    said = {key: meant[word] for key, word in _SAID.items() if word in meant}
    constraints = bounds | ({} if column.nullable else {"required": True})
    return {"name": name, "type": time or _TYPES[str(column.dtype)], **said, "constraints": constraints}


def write_crate(published: Published, citation: Citation, folder: Path) -> Path:
    """Describe a folder that holds a run, its tables and its notebooks; the same folder gives the same bytes."""
    crate = ROCrate(version="1.2")

    def add(identifier: str, kind: str, **properties: Any) -> ContextEntity:
        return crate.add(ContextEntity(crate, identifier, properties={"@type": kind} | properties))

    agent = add("#authors", "Organization", name=citation.author_names)
    profile = add(PROFILE, "CreativeWork", name="Process Run Crate", version="0.5")
    about = {"name": citation.title, "description": citation.abstract, "version": citation.version}
    about |= {"datePublished": citation.released, "author": agent, "publisher": agent, "conformsTo": profile}
    files = _add_files(crate, folder)
    for name, value in {**about, "license": files.get("LICENSE", "")}.items():
        crate.root_dataset[name] = value
    made_with = published.manifest.get("environment", {})
    versions = {"python": made_with.get("python", ""), **made_with.get("packages", {})}
    software = [
        add(f"#software/{name}", "SoftwareApplication", name=name, softwareVersion=version)
        for name, version in sorted(versions.items())
    ]
    for notebook, (made, paths) in published.runs.items():
        used = [place(table(name)) for name in sorted(made["tables"])]
        used += [f"{OUTPUTS}/evidence/{name}" for name in sorted(made.get("evidence", ()))]
        source = files[f"notebooks/{notebook}.ipynb"]
        parameters = [
            add(f"#parameter/{notebook}/{name}", "PropertyValue", name=name, value=str(v) if isinstance(v, list) else v)
            for name, v in sorted(made["parameters"].items())
        ]
        action = crate.add_action(
            instrument=source,
            identifier=f"#run/{notebook}",
            object=[*(files[name] for name in used), *parameters],
            result=[files[f"{OUTPUTS}/{path}"] for path in paths],
            properties={"name": f"run of {notebook}", "actionStatus": "http://schema.org/CompletedActionStatus"},
        )
        action["agent"] = agent
        crate.root_dataset.append_to("mentions", action)
        source["softwareRequirements"] = software
    return write_json(folder / METADATA, crate.metadata.generate())


def _add_files(crate: ROCrate, folder: Path) -> dict[str, File]:
    """Add every file of a folder, and return them by path."""
    files, types = {}, mimetypes.MimeTypes()  # none of the machine's own
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != METADATA):
        said = {"name": path.name, "contentSize": str(path.stat().st_size), "sha256": file_hash(path)}
        said["encodingFormat"] = _MEDIA.get(path.suffix) or types.guess_type(path.name)[0] or "text/plain"
        kind = {"@type": ["File", "SoftwareSourceCode"]} if path.suffix == ".ipynb" else {}
        name = path.relative_to(folder).as_posix()
        files[name] = crate.add_file(path, name, properties=said | kind)
    return files
