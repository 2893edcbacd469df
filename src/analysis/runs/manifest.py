"""The manifest: what made each published output, by content and never by clock."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.errors import InputError
from analysis.files import file_hash, hashes, write_json

MANIFEST = "manifest.json"
_LONGEST_PATH, _OUTSIDE = 200, re.compile(r"^/|^[./]*$|(^|/)\.\.(/|$)")
_KINDS = {"notebook": str, "sha256": str, "code": str, "made": dict, "packages": dict}
_KINDS |= {"tables": dict, "parameters": dict, "evidence": dict}
Entries = dict[str, dict[str, Any]]


def entries(folder: Path, made: Mapping[str, Any]) -> Entries:
    """Describe every output in a notebook's folder, by path: what made it, with tables and evidence, and its hash."""
    return {path: {**made, "sha256": digest} for path, digest in hashes(folder).items()}


def altered(folder: Path, outputs: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return what is wrong with outputs that a manifest lists: missing, or not as they were written."""
    found = {name: file_hash(folder / name) if (folder / name).is_file() else None for name in outputs}
    changed = [name for name in outputs if found[name] != outputs[name]["sha256"]]
    return [f"{name} {'was altered' if found[name] else 'is missing'}" for name in changed]


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a folder of outputs, or an empty one; a damaged one is refused."""
    path = folder / MANIFEST
    if not path.is_file():
        return {"outputs": {}, "summaries": {}}
    try:
        manifest = {"environment": {}, "summaries": {}, "made": {}} | json.loads(path.read_text(encoding="utf-8"))
        made = manifest.pop("made")
        outputs = {p: made.get(e["notebook"], {}) | e for p, e in manifest["outputs"].items()}
        manifest["outputs"], summaries = outputs, manifest["summaries"]
        # Values of other types, and outputs outside of the folder; in plain Python, for a quick start.
        parts = [{"sha256": ""} | manifest["environment"], *({"sha256": None} | entry for entry in outputs.values())]
        parts += [{"made": None, "sha256": None} | entry for entry in summaries.values()]
        typed = [isinstance(part[key], _KINDS[key]) for part in parts for key in part.keys() & _KINDS]
        inside = [0 < len(name) <= _LONGEST_PATH and not _OUTSIDE.search(name) for name in (*outputs, *summaries)]
        if not all([*typed, *inside]):
            raise TypeError
        return manifest
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError("not a manifest of outputs", where=str(path), remedy="restore or delete the folder") from None


def write_manifest(folder: Path, outputs: Entries, **rest: Any) -> None:
    """Write the manifest of a folder of outputs; what made those of one notebook is said once."""
    short = {path: {name: entry[name] for name in ("notebook", "sha256")} for path, entry in outputs.items()}
    made = {e["notebook"]: {name: e[name] for name in e.keys() - {"notebook", "sha256"}} for e in outputs.values()}
    write_json(folder / MANIFEST, {**rest, "made": made, "outputs": short})
