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

from analysis.files import file_hash
from analysis.notebook import INPUTS
from analysis.notebook.declared import read
from analysis.paths import DATA, ROOT, TABLES

#: Packages whose version can move a number or a figure.
PACKAGES = ("matplotlib", "numpy", "pandas", "papermill", "scipy", "seaborn", "statsmodels")
_IMPORT = re.compile(r"^\s*(?:from\s+(analysis[\w.]*)\s+import\s+(\([^)]*\)|[^\n#]+)|import\s+(analysis[\w.]*))", re.M)


def code(notebook: str) -> list[str]:
    """Return the sources of a notebook's code cells."""
    return [cell.source for cell in read(notebook) if cell.kind == "code"]


def code_hash(notebook: str) -> str:
    """Return the SHA-256 of a notebook's code cells; prose does not count."""
    return cells_hash(code(notebook))


def cells_hash(sources: Iterable[str]) -> str:
    """Return the SHA-256 of the sources of code cells, in their order."""
    return _digest("\0".join(sources))


def reads_evidence(notebook: str) -> bool:
    """Say whether a notebook stands on the evidence of the others."""
    return "session.all_evidence(" in "\n".join(code(notebook))


def library_hash() -> str:
    """Return the SHA-256 of the library's modules, by path and content."""
    return _modules_hash(_root().rglob("*.py"))


def environment() -> dict[str, Any]:
    """Describe what a run stands on besides notebooks and tables."""
    return {
        "library": library_hash(),
        "lock": file_hash(ROOT / "requirements.lock"),
        "packages": {name: version(name) for name in PACKAGES},
        "python": platform.python_version(),
    }


class Now:
    """What outputs would be made of now; each file is read once."""

    def __init__(self) -> None:
        self._imports: dict[Path, set[Path]] = {}

    @cached_property
    def tables(self) -> dict[str, str]:
        """The SHA-256 of each table, by name."""
        return {path.stem: file_hash(path) for folder in (DATA, TABLES) for path in sorted(folder.glob("*.csv"))}

    @cached_property
    def files(self) -> dict[str, str]:
        """The SHA-256 of the lock, the register and the source cards."""
        paths = {"lock": ROOT / "requirements.lock", "register": DATA / "claims.yml", "cards": DATA / "sources.yml"}
        return {name: file_hash(path) if path.is_file() else "" for name, path in paths.items()}

    def made(self, notebook: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Describe what makes a notebook's outputs, as far as it is known before it runs."""
        sources = code(notebook)
        fixed = {"notebook": notebook, "code": cells_hash(sources), "parameters": dict(parameters)}
        return fixed | {"library": self.library("\n".join(sources))} | self.files

    def library(self, source: str) -> str:
        """Return the SHA-256 of the modules of the library that a source imports, and of those that these import."""
        found: set[Path] = set()
        fresh = _imported(source)
        while fresh:
            found |= fresh
            fresh = set().union(*(self._of(path) for path in fresh)) - found
        return _modules_hash(found)

    def changes(self, entry: Mapping[str, Any], made: Mapping[str, Any], evidence: Mapping[str, str]) -> list[str]:
        """Say what has changed since an output was made.

        Parameters
        ----------
        entry : mapping
            The output in a manifest.
        made : mapping
            What would make it now, from :meth:`made`.
        evidence : mapping
            SHA-256 of the other notebooks' evidence by file name; only compared if the notebook read evidence.
        """
        changed = [name for name in made if entry.get(name) != made[name]]
        tables = entry.get("tables", {})
        changed += [f"table {name}" for name in sorted(tables) if self.tables.get(name) != tables[name]]
        return changed + ["evidence"] * (entry.get("evidence", evidence) != evidence)

    def _of(self, path: Path) -> set[Path]:
        if path not in self._imports:
            self._imports[path] = _imported(path.read_text(encoding="utf-8"))
        return self._imports[path]


def take_inputs(folder: Path) -> dict[str, Any]:
    """Take what a notebook's session noted about its tables and evidence; nothing if it saved nothing."""
    path = folder / INPUTS
    if not path.is_file():
        return {"tables": {}}
    noted: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    path.unlink()
    return {name: noted[name] for name in ("tables", "evidence") if name in noted}


def _imported(source: str) -> set[Path]:
    """Return the files of the library's modules that a source names in its imports, with their packages."""
    names: set[str] = set()
    for module, members, plain in _IMPORT.findall(source):
        parts = [part.split(" as ")[0].strip() for part in members.strip("()\n ").split(",")]
        names |= {module or plain, *(f"{module}.{part}" for part in parts if module)}
    parents = {".".join(name.split(".")[:depth]) for name in names for depth in range(1, name.count(".") + 2)}
    root = _root()
    places = [root.joinpath(*name.split(".")[1:]) for name in parents]
    return {path for place in places for path in (place / "__init__.py", place.with_suffix(".py")) if path.is_file()}


def _root() -> Path:
    """Return the library's own folder, wherever the project is."""
    return Path(__file__).resolve().parents[1]


def _modules_hash(paths: Iterable[Path]) -> str:
    root = _root()
    return _digest("".join(f"{path.relative_to(root).as_posix()}\0{file_hash(path)}\n" for path in sorted(paths)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
