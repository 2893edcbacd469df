"""The run as an RO-Crate: which notebook made which figure, from which tables, with which parameters.

The packaging follows the Process Run Crate profile: one CreateAction per notebook run, whose instrument is the
notebook, whose objects are tables and parameters, and whose results are all files that it made. Actions carry no time,
since the same run has to give the same bytes.

References
----------
https://w3id.org/ro/wfrun/process/0.5 (profile); Leo et al. (2024), doi:10.1371/journal.pone.0309210.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.model.file import File
from rocrate.rocrate import ROCrate

from analysis.data.catalogue import table
from analysis.errors import InputError
from analysis.files import file_hash, write_json
from analysis.report.citation import Citation
from analysis.report.datapackage import place
from analysis.report.dossier import Published

METADATA = "ro-crate-metadata.json"
VERSION = "1.2"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
#: Folder of the crate that the run's outputs are in.
OUTPUTS = "figures"
_MEDIA = {
    ".csv": "text/csv", ".html": "text/html", ".ipynb": "application/x-ipynb+json", ".json": "application/json",
    ".jsonld": "application/ld+json", ".md": "text/markdown", ".pdf": "application/pdf", ".png": "image/png",
    ".svg": "image/svg+xml", ".tex": "application/x-tex", ".yml": "application/yaml", ".cff": "application/yaml",
}  # fmt: skip


def write_crate(published: Published, citation: Citation, folder: Path) -> Path:
    """Describe a folder that holds a run, its tables and its notebooks.

    Parameters
    ----------
    published : Published
        The run; its manifest says what made each file.
    citation : Citation
        Title, authors, licence and the date of release.
    folder : Path
        The crate's root, with the run under ``figures/``, the tables under ``tables/`` and the notebooks under
        ``notebooks/``.

    Returns
    -------
    Path
        The file ``ro-crate-metadata.json``.

    Raises
    ------
    InputError
        The manifest names a file that the folder lacks.
    """
    crate = _described(citation)
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != METADATA)
    files = {name: _add_file(crate, path, name) for path in paths for name in [path.relative_to(folder).as_posix()]}
    if "LICENSE" in files:
        crate.license = files["LICENSE"]
    agent, software = _agent(crate, citation), _software(crate, published)
    for notebook, entries in _runs(published).items():
        try:
            action = _add_run(crate, notebook, entries, files)
        except KeyError as error:
            remedy = "run all notebooks: analysis run"
            raise InputError(f"{error.args[0]} is in the manifest but not in the folder", remedy=remedy) from None
        action["agent"] = agent
        files[f"notebooks/{notebook}.ipynb"]["softwareRequirements"] = software
    return write_json(folder / METADATA, _sorted(crate.metadata.generate()))


def _described(citation: Citation) -> ROCrate:
    crate = ROCrate(version=VERSION)
    crate.name, crate.description = citation.title, citation.abstract
    crate.root_dataset["datePublished"] = citation.released
    crate.root_dataset["version"] = citation.version
    profile = crate.add(
        ContextEntity(
            crate, PROFILE, properties={"@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"}
        )
    )
    crate.root_dataset["conformsTo"] = profile
    return crate


def _add_file(crate: ROCrate, path: Path, name: str) -> File:
    properties: dict[str, Any] = {"name": path.name, "contentSize": str(path.stat().st_size), "sha256": file_hash(path)}
    if media := _MEDIA.get(path.suffix):
        properties["encodingFormat"] = media
    if path.suffix == ".ipynb":
        properties["@type"] = ["File", "SoftwareSourceCode"]
    return crate.add_file(path, name, properties=properties)


def _agent(crate: ROCrate, citation: Citation) -> ContextEntity:
    properties = {"@type": "Organization", "name": citation.author_names}
    agent = crate.add(ContextEntity(crate, "#authors", properties=properties))
    crate.root_dataset["author"] = agent
    crate.publisher = agent
    return agent


def _software(crate: ROCrate, published: Published) -> list[ContextEntity]:
    """Add Python and the packages that can move a number, in the versions of the run."""
    environment = published.manifest.get("environment", {})
    versions = {"python": environment.get("python", ""), **environment.get("packages", {})}
    return [
        crate.add(
            ContextEntity(
                crate,
                f"#software/{name}",
                properties={"@type": "SoftwareApplication", "name": name, "softwareVersion": version},
            )
        )
        for name, version in sorted(versions.items())
    ]


def _runs(published: Published) -> dict[str, dict[str, Any]]:
    """Return the manifest's entries by notebook: one run of a notebook made all its outputs."""
    runs: dict[str, dict[str, Any]] = {}
    for path, entry in sorted(published.manifest["outputs"].items()):
        runs.setdefault(entry["notebook"], {})[path] = entry
    return dict(sorted(runs.items()))


def _add_run(crate: ROCrate, notebook: str, entries: dict[str, Any], files: dict[str, File]) -> ContextEntity:
    """Add one action; a file that is not there is a KeyError with its name."""
    first = next(iter(entries.values()))
    tables = [files[place(table(name))] for name in sorted(first["tables"])]
    parameters = [_parameter(crate, notebook, *pair) for pair in sorted(first["parameters"].items())]
    properties = {"@type": "CreateAction", "name": f"run of {notebook}"}
    action = crate.add(ContextEntity(crate, f"#run/{notebook}", properties=properties))
    action["instrument"] = files[f"notebooks/{notebook}.ipynb"]
    evidence = [files[f"{OUTPUTS}/evidence/{name}"] for name in sorted(first.get("evidence", ()))]
    action["object"] = [*tables, *evidence, *parameters]
    action["result"] = [files[f"{OUTPUTS}/{path}"] for path in entries]
    action["actionStatus"] = "http://schema.org/CompletedActionStatus"
    crate.root_dataset.append_to("mentions", action)
    return action


def _parameter(crate: ROCrate, notebook: str, name: str, value: Any) -> ContextEntity:
    plain = value if isinstance(value, bool | int | float | str) else str(value)
    properties = {"@type": "PropertyValue", "name": name, "value": plain}
    return crate.add(ContextEntity(crate, f"#parameter/{notebook}/{name}", properties=properties))


def _sorted(metadata: dict[str, Any]) -> dict[str, Any]:
    """Put entities in the order of their ids, the descriptor and the root first, so that order is no accident."""
    first = {METADATA: 0, "./": 1}
    graph = sorted(metadata["@graph"], key=lambda item: (first.get(item["@id"], 2), item["@id"]))
    return metadata | {"@graph": [_with_sorted_parts(item) for item in graph]}


def _with_sorted_parts(item: dict[str, Any]) -> dict[str, Any]:
    return {key: _sorted_ids(value) if key in ("hasPart", "mentions") else value for key, value in item.items()}


def _sorted_ids(value: Any) -> Any:
    ids: Iterable[Any] = value if isinstance(value, list) else [value]
    return sorted(ids, key=lambda item: item["@id"])
