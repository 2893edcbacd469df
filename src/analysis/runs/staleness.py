"""What a notebook stands on, by content: its code, the modules it imports, tables, register, cards and lock."""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from analysis import _HOMES
from analysis.files import file_hash
from analysis.paths import DATA, ROOT, TABLES
from analysis.runs.manifest import Entries, altered
from analysis.session import INPUTS
from analysis.session.declared import read

#: Packages whose version can move a number or a figure.
PACKAGES = ("matplotlib", "numpy", "pandas", "papermill", "scipy", "seaborn", "statsmodels")
_IMPORT = re.compile(r"^\s*(?:from\s+(analysis[\w.]*)\s+import\s+(\([^)]*\)|[^\n#]+)|import\s+(analysis[\w.]*))", re.M)


def code(notebook: str) -> list[str]:
    """Return the sources of a notebook's code cells."""
    return [cell.source for cell in read(notebook) if cell.kind == "code"]


def cells_hash(sources: Iterable[str]) -> str:
    """Return the SHA-256 of the sources of code cells, in their order; prose does not count."""
    return _digest("\0".join(sources))


def reads_evidence(notebook: str) -> bool:
    """Say whether a notebook stands on the evidence of the others."""
    return "session.all_evidence(" in "\n".join(code(notebook))


def library_hash() -> str:
    """Return the SHA-256 of the library's modules, by path and content."""
    return _modules_hash((name, file_hash(path)) for name, path in _modules().items())


def environment() -> dict[str, Any]:
    """Describe what a run stands on besides notebooks and tables."""
    return {
        "library": library_hash(),
        "lock": Now().files["lock"],
        "packages": {name: version(name) for name in PACKAGES},
        "python": platform.python_version(),
    }


class Now:
    """What outputs would be made of now; each file is read once."""

    def __init__(self) -> None:
        self._modules = _modules()
        self._imports: dict[str, set[str]] = {}
        self._hashes: dict[str, str] = {}

    @cached_property
    def tables(self) -> dict[str, str]:
        """The SHA-256 of each table, by name."""
        return {path.stem: file_hash(path) for folder in (DATA, TABLES) for path in sorted(folder.glob("*.csv"))}

    @cached_property
    def files(self) -> dict[str, str]:
        """The SHA-256 of the lock, the register, the source cards and the codebook."""
        data = {"register": "claims.yml", "cards": "sources.yml", "codebook": "codebook.md"}
        paths = {"lock": ROOT / "requirements.lock"} | {name: DATA / file for name, file in data.items()}
        return {name: file_hash(path) if path.is_file() else "" for name, path in paths.items()}

    def made(self, notebook: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Describe what makes a notebook's outputs, as far as it is known before it runs."""
        sources = code(notebook)
        fixed = {"notebook": notebook, "code": cells_hash(sources), "parameters": dict(parameters)}
        return fixed | {"library": self.library("\n".join(sources))} | self.files

    def library(self, source: str) -> str:
        """Return the SHA-256 of the modules of the library that a source imports, and of those that these import."""
        found: set[str] = set()
        fresh = _imported(source) & self._modules.keys()
        while fresh:
            found |= fresh
            fresh = set().union(*(self._of(name) for name in fresh)) - found
        return _modules_hash((name, self._hashes[name]) for name in found)

    def stale(self, folder: Path, outputs: Entries, made: Mapping[str, Any], evidence: Mapping[str, str]) -> list[str]:
        """Say what has changed since a notebook's outputs in a folder were made, or is wrong with them."""
        return self.changes(next(iter(outputs.values()), {}), made, evidence) + altered(folder, outputs)

    def changes(self, entry: Mapping[str, Any], made: Mapping[str, Any], evidence: Mapping[str, str]) -> list[str]:
        """Say what has changed since an output was made, by its entry in a manifest and what would make it now.

        The other notebooks' evidence, SHA-256 by file name, is only compared if the notebook read evidence.
        """
        changed = [name for name in made if entry.get(name) != made[name]]
        tables = entry.get("tables", {})
        changed += [f"table {name}" for name in sorted(tables) if self.tables.get(name) != tables[name]]
        return changed + ["evidence"] * (entry.get("evidence", evidence) != evidence)

    def _of(self, name: str) -> set[str]:
        """Return the modules that a module imports, and note its hash."""
        if name not in self._imports:
            content = self._modules[name].read_bytes()
            self._hashes[name] = hashlib.sha256(content).hexdigest()
            self._imports[name] = _imported(content.decode("utf-8")) & self._modules.keys()
        return self._imports[name]


def take_inputs(folder: Path) -> dict[str, Any]:
    """Take what a notebook's session noted about its tables and evidence; nothing if it saved nothing."""
    path = folder / INPUTS
    if not path.is_file():
        return {"tables": {}}
    noted: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    path.unlink()
    return {name: noted[name] for name in ("tables", "evidence") if name in noted}


def _imported(source: str) -> set[str]:
    """Return what a source names in its imports of the library, with the packages that this is in."""
    names: set[str] = set()
    for module, members, plain in _IMPORT.findall(source):
        parts = [part.split(" as ")[0].strip() for part in members.strip("()\n ").split(",")]
        # What the package itself offers stands in a module that is only imported when it is asked for.
        homes = [_HOMES.get(part, part) if module == "analysis" else part for part in parts if module]
        names |= {module or plain, *(f"{module}.{home}" for home in homes)}
    return {".".join(name.split(".")[:depth]) for name in names for depth in range(1, name.count(".") + 2)}


def _modules() -> dict[str, Path]:
    """Return the library's modules by name, from its own folder, wherever the project is."""
    root = Path(__file__).resolve().parents[1]
    paths = {".".join((root.name, *path.relative_to(root).with_suffix("").parts)): path for path in root.rglob("*.py")}
    return {name.removesuffix(".__init__"): path for name, path in paths.items()}


def _modules_hash(hashes: Iterable[tuple[str, str]]) -> str:
    return _digest("".join(f"{name}\0{digest}\n" for name, digest in sorted(hashes)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
