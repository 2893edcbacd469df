"""Copies of the published run that tests may change."""

import shutil
from pathlib import Path

from analysis.data.load import sha256
from analysis.files import file_hash, write_json
from analysis.paths import FIGURES
from analysis.runs.manifest import MANIFEST, read_manifest
from analysis.runs.staleness import cells_hash, code
from tests.project import read_json

#: The notebook, its claim and the edition whose rank tests change.
NOTEBOOK, CLAIM, VINTAGE = "01_freedom_index", "hfi-rank", "hfi_2020"
#: Markup that must never become an element.
EVIL = '<script>alert("evil")</script><img src="https://example.org/x.png" onerror="alert(1)">'


def copy_run(folder: Path, *, pictures: bool = True) -> Path:
    ignore = None if pictures else shutil.ignore_patterns("*.pdf", "*.png", "*.svg")
    shutil.copytree(FIGURES, folder, ignore=ignore)
    if not pictures:
        manifest = read_manifest(folder)
        manifest["outputs"] = {name: entry for name, entry in manifest["outputs"].items() if (folder / name).is_file()}
        write_json(folder / MANIFEST, manifest)
    return folder


def bring_up_to_date(folder: Path) -> None:
    """Let the manifest say that the run was made by the notebooks and tables as they stand."""
    manifest = read_manifest(folder)
    for path, entry in manifest["outputs"].items():
        entry["sha256"] = file_hash(folder / path)
        entry["code"] = cells_hash(code(entry["notebook"]))
        entry["tables"] = {name: sha256(name) for name in entry["tables"]}
    write_json(folder / MANIFEST, manifest)


def change_json(path: Path, **values) -> None:
    write_json(path, read_json(path) | values)


def change_rank(run: Path, rank: float, **values) -> None:
    path = run / f"evidence/{CLAIM}.json"
    found = read_json(path)["found"]
    for item in found:
        if (item["quantity"], item["vintage"]) == ("rank", VINTAGE):
            item["value"] = rank
    change_json(path, **{"estimate": rank, "found": found} | values)


def change_entries(folder: Path, notebook: str, **values) -> None:
    manifest = read_manifest(folder)
    for entry in manifest["outputs"].values():
        if entry["notebook"] == notebook:
            entry |= values
    write_json(folder / MANIFEST, manifest)
