"""The manifest: what made each published output, by content and never by clock."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from analysis.errors import InputError
from analysis.paths import ROOT
from analysis.runs.declared import read

MANIFEST = "manifest.json"
#: Packages whose version can move a number or a figure.
PACKAGES = ("matplotlib", "numpy", "pandas", "papermill", "scipy", "seaborn", "statsmodels")


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def code_hash(notebook: str) -> str:
    """Return the SHA-256 of a notebook's code cells; prose does not count."""
    cells = [cell.source for cell in read(notebook) if cell.kind == "code"]
    return hashlib.sha256("\0".join(cells).encode("utf-8")).hexdigest()


def library_hash() -> str:
    """Return the SHA-256 of the library's modules, by path and content."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(f"{path.relative_to(root).as_posix()}\0{file_hash(path)}\n".encode())
    return digest.hexdigest()


def environment() -> dict[str, Any]:
    """Describe what a run stands on besides notebooks and tables."""
    return {
        "library": library_hash(),
        "lock": file_hash(ROOT / "requirements.lock"),
        "packages": {name: version(name) for name in PACKAGES},
        "python": platform.python_version(),
    }


def entries(folder: Path, notebook: str, parameters: dict[str, Any], tables: dict[str, str]) -> dict[str, Any]:
    """Describe every output in a notebook's folder.

    Returns
    -------
    dict
        By path relative to the folder: notebook, hash of its code, parameters, hashes of the tables, own hash.
    """
    made = {"notebook": notebook, "code": code_hash(notebook), "parameters": parameters, "tables": tables}
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): made | {"sha256": file_hash(path)} for path in files}


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a folder of outputs, or an empty one.

    Raises
    ------
    InputError
        The manifest is damaged.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return {"outputs": {}}
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        return manifest | {"outputs": {name: dict(entry) for name, entry in manifest["outputs"].items()}}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(
            "not a manifest of outputs", where=str(path), remedy="restore the folder, or delete it"
        ) from None
