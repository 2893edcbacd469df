"""The run as an RO-Crate: which notebook made which figure, from which tables, with which parameters.

The packaging follows the Process Run Crate profile: one CreateAction per notebook run, whose instrument is the
notebook, whose objects are tables and parameters, and whose results are all files that it made. Actions carry no time,
since the same run has to give the same bytes.

References
----------
https://w3id.org/ro/wfrun/process/0.5 (profile); Leo et al. (2024), doi:10.1371/journal.pone.0309210.
"""

from __future__ import annotations

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
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
#: Folder of the crate that the run's outputs are in.
OUTPUTS = "figures"
_MEDIA = {
    ".csv": "text/csv", ".html": "text/html", ".ipynb": "application/x-ipynb+json", ".json": "application/json",
    ".jsonld": "application/ld+json", ".md": "text/markdown", ".pdf": "application/pdf", ".png": "image/png",
    ".svg": "image/svg+xml", ".tex": "application/x-tex", ".yml": "application/yaml", ".cff": "application/yaml",
}  # fmt: skip


def write_crate(published: Published, citation: Citation, folder: Path) -> Path:
    """Describe a folder that holds a run, its tables and its notebooks; the same folder gives the same bytes.

    It holds the run under ``figures/``, the tables under ``tables/`` and the notebooks under ``notebooks/``; the run's
    manifest says what made each file.

    Raises
    ------
    InputError
        The manifest names a file that the folder lacks.
    """
    crate = ROCrate(version="1.2")
    crate.name, crate.description = citation.title, citation.abstract
    profile = _entity(crate, PROFILE, "CreativeWork", name="Process Run Crate", version="0.5")
    agent = _entity(crate, "#authors", "Organization", name=citation.author_names)
    about = {"datePublished": citation.released, "version": citation.version, "conformsTo": profile}
    for name, value in (about | {"author": agent, "publisher": agent}).items():
        crate.root_dataset[name] = value
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != METADATA)
    files = {name: _add_file(crate, path, name) for path in paths for name in [path.relative_to(folder).as_posix()]}
    if "LICENSE" in files:
        crate.license = files["LICENSE"]
    software = _software(crate, published)
    for notebook, run in published.runs.items():
        try:
            action = _add_run(crate, notebook, run, files)
        except KeyError as error:
            remedy = "run all notebooks: analysis run"
            raise InputError(f"{error.args[0]} is in the manifest but not in the folder", remedy=remedy) from None
        action["agent"] = agent
        files[f"notebooks/{notebook}.ipynb"]["softwareRequirements"] = software
    return write_json(folder / METADATA, crate.metadata.generate())


def _entity(crate: ROCrate, identifier: str, kind: str, **properties: Any) -> ContextEntity:
    return crate.add(ContextEntity(crate, identifier, properties={"@type": kind} | properties))


def _add_file(crate: ROCrate, path: Path, name: str) -> File:
    properties: dict[str, Any] = {"name": path.name, "contentSize": str(path.stat().st_size), "sha256": file_hash(path)}
    if media := _MEDIA.get(path.suffix):
        properties["encodingFormat"] = media
    if path.suffix == ".ipynb":
        properties["@type"] = ["File", "SoftwareSourceCode"]
    return crate.add_file(path, name, properties=properties)


def _software(crate: ROCrate, published: Published) -> list[ContextEntity]:
    """Add Python and the packages that can move a number, in the versions of the run."""
    environment = published.manifest.get("environment", {})
    versions = {"python": environment.get("python", ""), **environment.get("packages", {})}
    return [
        _entity(crate, f"#software/{name}", "SoftwareApplication", name=name, softwareVersion=version)
        for name, version in sorted(versions.items())
    ]


def _add_run(
    crate: ROCrate, notebook: str, run: tuple[dict[str, Any], list[str]], files: dict[str, File]
) -> ContextEntity:
    """Add one action; a file that is not there is a KeyError with its name."""
    made, paths = run
    tables = [files[place(table(name))] for name in sorted(made["tables"])]
    evidence = [files[f"{OUTPUTS}/evidence/{name}"] for name in sorted(made.get("evidence", ()))]
    values = {name: str(v) if isinstance(v, list) else v for name, v in sorted(made["parameters"].items())}
    parameters = [
        _entity(crate, f"#parameter/{notebook}/{name}", "PropertyValue", name=name, value=value)
        for name, value in values.items()
    ]
    action = crate.add_action(
        instrument=files[f"notebooks/{notebook}.ipynb"],
        identifier=f"#run/{notebook}",
        object=[*tables, *evidence, *parameters],
        result=[files[f"{OUTPUTS}/{path}"] for path in paths],
        properties={"name": f"run of {notebook}", "actionStatus": "http://schema.org/CompletedActionStatus"},
    )
    crate.root_dataset.append_to("mentions", action)
    return action
