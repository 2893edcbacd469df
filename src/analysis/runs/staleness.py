"""What a notebook stands on, by content: its code, the modules it imports, tables, register, cards and lock."""

from __future__ import annotations

import ast
import hashlib
import json
import platform
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property, partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from analysis import _HOMES
from analysis.data.codebook import CODEBOOK, RANGE, section_of
from analysis.errors import RunError
from analysis.files import file_hash, write_json
from analysis.paths import BUILD, DATA, ROOT, TABLES
from analysis.runs.manifest import Entries, altered
from analysis.session import INPUTS
from analysis.session.declared import read

#: Packages whose version can move a number or a figure.
PACKAGES = ("matplotlib", "numpy", "pandas", "papermill", "scipy", "seaborn", "statsmodels")
_READABLE = ("environment", "parameters")
#: Parts of the register that count for every notebook.
_OF_ALL = ("article", "thresholds", "scales")
_MOST_REMEMBERED, _DIGITS = 2000, 16
_CHECKED = BUILD / "state" / "checked.json"
_new: list[str] = []
_IMPORT = re.compile(r"^\s*(?:from\s+(analysis[\w.]*)\s+import\s+(\([^)]*\)|[^\n#]+)|import\s+(analysis[\w.]*))", re.M)


def code(notebook: str) -> list[str]:
    """Return the sources of a notebook's code cells."""
    return [cell.source for cell in read(notebook) if cell.kind == "code"]


def cells_hash(sources: Iterable[str]) -> str:
    """Return the SHA-256 of the sources of code cells, in their order; prose does not count."""
    return hashlib.sha256("\0".join(sources).encode("utf-8")).hexdigest()


def reads_evidence(notebook: str) -> bool:
    """Say whether a notebook stands on the evidence of the others."""
    return "session.all_evidence(" in "\n".join(code(notebook))


def library_hash() -> str:
    """Return the SHA-256 of the library's modules, by path and content."""
    return digest({name: file_hash(path) for name, path in _modules().items()})


def environment() -> dict[str, Any]:
    """Describe what a run stands on besides notebooks and tables."""
    packages = {name: version(name) for name in PACKAGES}
    return {"library": library_hash(), "packages": packages, "python": platform.python_version()}


def recall(what: str, content: bytes, find: Callable[[], Any]) -> Any:
    """Return what was found out about content that is the same, byte for byte, or find it out."""
    known, key = _remembered(_CHECKED), hashlib.sha256(what.encode() + b"\n" + content).hexdigest()
    if key not in known:
        known[key] = find()
        _new.append(key)
    return known[key]


def remember() -> None:
    """Keep what was found out, once a request has turned out to be right."""
    if _new:
        write_json(_CHECKED, dict([*_remembered(_CHECKED).items()][-_MOST_REMEMBERED:]))
        _new.clear()


@cache
def _remembered(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


class Now:
    """What outputs would be made of now; each file is read once."""

    def __init__(self) -> None:
        self._modules = _modules()
        self._read: dict[str, tuple[str, str]] = {}

    @cached_property
    def tables(self) -> dict[str, str]:
        """The SHA-256 of each table, by name."""
        return {path.stem: file_hash(path) for folder in (DATA, TABLES) for path in sorted(folder.glob("*.csv"))}

    @cached_property
    def register(self) -> dict[str, list[str]]:
        """For each claim and each other part of the register, a hash and the notebook that tests it, if one does.

        Objections and what a claim needs do not count: no notebook shows them.
        """

        def find(parsed: dict[str, Any]) -> dict[str, list[str]]:
            claims = {claim["id"]: claim for claim in parsed["claims"]}
            shown = {id_: {key: of[key] for key in of.keys() - {"needs", "objection"}} for id_, of in claims.items()}
            parts = {name: part for name, part in parsed.items() if name != "claims"} | shown
            return {name: [digest(part), claims.get(name, {}).get("notebook") or ""] for name, part in parts.items()}

        return self._parsed("claims.yml", find)

    @cached_property
    def cards(self) -> dict[str, str]:
        """A hash of each source card, by its name."""
        return self._parsed("sources.yml", lambda parsed: {name: digest(card) for name, card in parsed.items()})

    @cached_property
    def ranges(self) -> dict[str, str]:
        """A hash of what the codebook lets each table hold, by the table's name; its other words do not count."""
        about = {name: section for name in self.tables if (section := section_of(name, DATA / CODEBOOK.name))}
        return {name: digest([one.key, [[row[0], row[RANGE]] for row in one.rows]]) for name, one in about.items()}

    @cached_property
    def environment(self) -> dict[str, str]:
        """Versions that can move a number or a figure; the last digits of Python's do not."""
        python = ".".join(platform.python_version_tuple()[:2])
        lock = file_hash(path)[:_DIGITS] if (path := ROOT / "requirements.lock").is_file() else ""
        return {"requirements.lock": lock, "python": python} | {name: version(name) for name in PACKAGES}

    def made(self, notebook: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Describe what makes a notebook's outputs, as far as it is known before it runs, by kind and name."""
        sources = code(notebook)
        library = self.library("\n".join(sources))
        own = [self._read[name][0] for name in library if name.startswith("analysis.article")]
        # What stands in quotation marks, as the id of a claim does, and where all claims are read.
        said = {*re.findall(r'(?<=")[\w-]+(?=")|register\.claims', "\n".join(sources + own))}
        register = {
            name: digest
            for name, (digest, home) in self.register.items()
            if "register.claims" in said or name in said or home == notebook or name in _OF_ALL
        }
        fixed = {"notebook": notebook, "code": cells_hash(sources), "parameters": dict(parameters)}
        return fixed | {"library": library, "register": register, "environment": self.environment}

    def library(self, source: str) -> dict[str, str]:
        """Return a hash of each module of the library that a source imports, or one of these, by what it says."""
        found: set[str] = set()
        fresh = imported(source) & self._modules.keys()
        while fresh:
            found |= fresh
            fresh = set().union(*map(self._of, fresh)) & self._modules.keys() - found
        return {name: self._read[name][1] for name in sorted(found)}

    def stale(self, folder: Path, outputs: Entries, made: Mapping[str, Any], evidence: Mapping[str, str]) -> list[str]:
        """Say what has changed since a notebook's outputs in a folder were made, or is wrong with them."""
        entry = next(iter(outputs.values()), {})
        return [*self.changes(entry, made, evidence).values(), *altered(folder, outputs)]

    def changes(self, entry: Mapping[str, Any], made: Mapping[str, Any], evidence: Mapping[str, str]) -> dict[str, str]:
        """Say by kind what has changed since an output was made, by its entry and what would make it now.

        The other notebooks' evidence, SHA-256 by file name, is only compared if the notebook read evidence.
        """
        noted = {kind: entry[kind] for kind in ("tables", "cards", "ranges") if isinstance(entry.get(kind), dict)}
        used = {kind: {name: getattr(self, kind).get(name) for name in names} for kind, names in noted.items()}
        read = {"evidence": evidence} if "evidence" in entry else {}
        now = {**made, **used, **read, "changed while it ran": {}}
        return {kind: told(kind, entry.get(kind), new) for kind, new in now.items() if entry.get(kind, {}) != new}

    def _of(self, name: str) -> set[str]:
        """Return what a module imports, and note its source with a hash of what it says."""
        if name not in self._read:
            source = self._modules[name].read_bytes()
            self._read[name] = source.decode("utf-8"), recall("meaning", source, partial(_meaning, source))
        return imported(self._read[name][0])

    def _parsed(self, name: str, find: Callable[[dict[str, Any]], Any]) -> Any:
        path = DATA / name  # only if it is not as it was last read does one wait for what reads YAML
        return recall(name, path.read_bytes(), lambda: find(import_module("analysis.validation").read_yaml(path)))


def told(kind: str, old: Any, new: Any) -> str:
    """Name what differs of a kind of things that make outputs: at most three, values of what has values to read."""
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return kind
    names = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
    shown = [f"{name} {old.get(name)} -> {new.get(name)}" for name in names] if kind in _READABLE else names
    return f"{kind}: {', '.join(shown[:3])}{f' and {len(names) - 3} more' if len(names) > 3 else ''}"


def take_inputs(folder: Path, now: Now) -> dict[str, Any]:
    """Take what a notebook's session noted about its tables and evidence; fail if what it saved is not all there."""
    path = folder / INPUTS
    noted: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"tables": {}}
    path.unlink(missing_ok=True)
    if gone := [saved for saved in (folder, *map(folder.joinpath, noted.get("saved", ()))) if not saved.exists()]:
        raise RunError("was saved by the notebook and is gone", where=str(gone[0]), remedy="run it again")
    from analysis.data.catalogue import CATALOGUE  # whoever only asks what is stale does not wait for pandas

    used = {card for name in noted["tables"] for card in CATALOGUE[name].sources}
    about = {"cards": {name: now.cards.get(name) for name in sorted(used)}}
    about |= {"ranges": {name: now.ranges.get(name) for name in noted["tables"]}}
    return about | {name: noted[name] for name in ("tables", "evidence") if name in noted}


@cache
def imported(source: str) -> set[str]:
    """Return what a source names in its imports of the library, with the packages that this is in."""
    names: set[str] = set()
    for module, members, plain in _IMPORT.findall(source):
        parts = [part.split(" as ")[0].strip() for part in members.strip("()\n ").split(",")]
        # What the package itself offers stands in a module that is only imported when it is asked for.
        homes = [_HOMES.get(part, part) if module == "analysis" else part for part in parts if module]
        names |= {module or plain, *(f"{module}.{home}" for home in homes)}
    return {".".join(name.split(".")[:depth]) for name in names for depth in range(1, name.count(".") + 2)}


def _modules() -> dict[str, Path]:
    """Return the library's modules by name, from its own folder, but for the functions of pages that it may carry."""
    root = Path(__file__).resolve().parents[1]
    paths = {".".join((root.name, *path.relative_to(root).with_suffix("").parts)): path for path in root.rglob("*.py")}
    return {name.removesuffix(".__init__"): path for name, path in paths.items() if ".carried." not in name}


def _meaning(source: bytes) -> str:
    """Return a hash of what a module says: of its syntax tree, without comments, docstrings and layout."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # left to the notebook that imports it
        return hashlib.sha256(source).hexdigest()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node, clean=False):
            del node.body[0]
    return digest(ast.dump(tree))


def digest(value: Any) -> str:
    """Return the first digits of the SHA-256 of a value, written as JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode("utf-8")).hexdigest()[:_DIGITS]
