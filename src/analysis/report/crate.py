"""The run as an RO-Crate: which notebook made which figure, from which tables, with which parameters.

The packaging follows the Process Run Crate profile: one CreateAction per notebook run, whose instrument is the
notebook, whose objects are tables and parameters, and whose results are all files that it made. Actions carry no time,
since the same run has to give the same bytes.

References
----------
https://w3id.org/ro/wfrun/process/0.5 (profile); Leo et al. (2024), doi:10.1371/journal.pone.0309210.
"""

from __future__ import annotations

import mimetypes
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
    ".ipynb": "application/x-ipynb+json", ".jsonld": "application/ld+json", ".yml": "application/yaml",
    ".cff": "application/yaml", ".tex": "application/x-tex", ".md": "text/markdown",
}  # fmt: skip


def write_crate(published: Published, citation: Citation, folder: Path) -> Path:
    """Describe a folder that holds a run, its tables and its notebooks; the same folder gives the same bytes."""
    crate = ROCrate(version="1.2")

    def add(identifier: str, kind: str, **properties: Any) -> ContextEntity:
        return crate.add(ContextEntity(crate, identifier, properties={"@type": kind} | properties))

    crate.name, crate.description = citation.title, citation.abstract
    agent = add("#authors", "Organization", name=citation.author_names)
    about = {"datePublished": citation.released, "version": citation.version, "author": agent, "publisher": agent}
    about["conformsTo"] = add(PROFILE, "CreativeWork", name="Process Run Crate", version="0.5")
    for name, value in about.items():
        crate.root_dataset[name] = value
    files = _add_files(crate, folder)
    crate.license = files.get("LICENSE", "")
    made_with = published.manifest.get("environment", {})
    versions = {"python": made_with.get("python", ""), **made_with.get("packages", {})}
    software = [
        add(f"#software/{name}", "SoftwareApplication", name=name, softwareVersion=version)
        for name, version in sorted(versions.items())
    ]
    for notebook, (made, paths) in published.runs.items():
        values = {name: str(v) if isinstance(v, list) else v for name, v in sorted(made["parameters"].items())}
        used = [place(table(name)) for name in sorted(made["tables"])]
        used += [f"{OUTPUTS}/evidence/{name}" for name in sorted(made.get("evidence", ()))]
        results, source = [f"{OUTPUTS}/{path}" for path in paths], f"notebooks/{notebook}.ipynb"
        if missing := [name for name in (*used, *results, source) if name not in files]:
            remedy = "run all notebooks: analysis run"
            raise InputError(f"{missing[0]} is in the manifest but not in the folder", remedy=remedy)
        parameters = [
            add(f"#parameter/{notebook}/{name}", "PropertyValue", name=name, value=value)
            for name, value in values.items()
        ]
        action = crate.add_action(
            instrument=files[source],
            identifier=f"#run/{notebook}",
            object=[*(files[name] for name in used), *parameters],
            result=[files[name] for name in results],
            properties={"name": f"run of {notebook}", "actionStatus": "http://schema.org/CompletedActionStatus"},
        )
        crate.root_dataset.append_to("mentions", action)
        action["agent"] = agent
        files[source]["softwareRequirements"] = software
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
