"""Copies of the published run that tests may change."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from analysis.data.load import sha256
from analysis.files import write_json
from analysis.paths import FIGURES
from analysis.runs.manifest import MANIFEST
from analysis.runs.staleness import code_hash
from tests.project import read_json


def copy_run(folder: Path, *, pictures: bool = True) -> Path:
    """Copy the published run; its captions are made up where it has none yet."""
    ignore = None if pictures else shutil.ignore_patterns("*.pdf", "*.png", "*.svg")
    shutil.copytree(FIGURES, folder, ignore=ignore)
    manifest = read_json(folder / MANIFEST)
    if not pictures:
        manifest["outputs"] = {name: entry for name, entry in manifest["outputs"].items() if (folder / name).is_file()}
    for name, entry in list(manifest["outputs"].items()):
        caption = f"captions/{Path(name).stem}.json"
        if name.endswith(".svg") and caption not in manifest["outputs"]:
            about = {"caption": "Drawn.", "claims": ["hfi-rank"], "credit": "Source.", "notebook": entry["notebook"]}
            write_json(folder / caption, about)
            manifest["outputs"][caption] = dict(entry)
    write_json(folder / MANIFEST, manifest)
    return folder


def bring_up_to_date(folder: Path) -> None:
    """Let the manifest say that the run was made by the notebooks and tables as they stand."""
    manifest = read_json(folder / MANIFEST)
    for entry in manifest["outputs"].values():
        entry["code"] = code_hash(entry["notebook"])
        entry["tables"] = {name: sha256(name) for name in entry["tables"]}
    write_json(folder / MANIFEST, manifest)


def change_json(path: Path, **values) -> None:
    """Change top-level fields of a JSON file."""
    write_json(path, json.loads(path.read_text(encoding="utf-8")) | values)


def change_entries(folder: Path, notebook: str, **values) -> None:
    """Change what the manifest says of a notebook's outputs."""
    manifest = read_json(folder / MANIFEST)
    for entry in manifest["outputs"].values():
        if entry["notebook"] == notebook:
            entry |= values
    write_json(folder / MANIFEST, manifest)
