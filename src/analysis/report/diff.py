"""A run against what is published: which value moved, which verdict flipped, and because of what."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from analysis.claims.evidence import read_evidence
from analysis.claims.judge import Conclusion
from analysis.claims.lock import check_lock
from analysis.claims.register import load_register
from analysis.claims.verdicts import verdicts
from analysis.errors import InputError
from analysis.files import file_hash
from analysis.paths import BUILD, FIGURES
from analysis.report.dossier import read_json
from analysis.runs.manifest import MANIFEST, read_manifest

RUNS = BUILD / "runs"
#: What an evidence file says of its inputs: named as the cause of a change, not as a change.
_INPUTS = ("parameters", "sources")
#: Entries of lists are known by the first of these that they have, so that a new entry does not move all others.
_LABELS = ("name", "quantity", "source", "table")
#: Fields of a published verdict that are compared.
_RECORDED = ("claim", "verdict", "reason", "certainty", "rules_hash")
#: What an entry of a manifest notes by one hash each.
_FILES = {
    "library": "code: modules that the notebook imports",
    "register": "rule: the register, in its rules or its words",
    "cards": "data: source cards",
    "ranges": "data: what the codebook lets tables hold",
}
_FAMILY = "family: p-values of other claims, which share the correction"
_UNEXPLAINED = "nothing that the manifests record: the result cannot be reproduced"
_AGAIN = "make it again with: analysis run"


@dataclass(frozen=True, slots=True)
class Moved:
    """A value of an output, or the verdict on a claim, before and after; None if it was or is not there.

    ``file`` is ``verdict`` for a claim whose verdict or certainty flipped; ``because`` names what made it flip.
    """

    file: str
    name: str
    before: Any
    after: Any
    because: tuple[str, ...] = ()

    @property
    def by(self) -> float | None:
        """Difference of two numbers; None for anything else."""
        try:
            return None if isinstance(self.before, bool) else float(self.after) - float(self.before)
        except (TypeError, ValueError):
            return None

    def sentence(self) -> str:
        """Say what moved, by how much, and why where that is known."""
        by = "" if self.by is None else f" ({self.by:+.6g})"
        why = f"; because of {'; '.join(self.because)}" if self.because else ""
        return f"{self.file} {self.name}: {_shown(self.before)} -> {_shown(self.after)}{by}{why}"


@dataclass(frozen=True)
class Difference:
    """What a run would change of what is published.

    Notebooks that the run lacks are ``not_run`` and taken to be as published. ``files`` are those of which no value is
    compared, by name: changed, gone or new. ``because`` names what differs in the making of each notebook that changed
    anything.
    """

    notebooks: tuple[str, ...]
    not_run: tuple[str, ...]
    verdicts: tuple[Moved, ...]
    values: tuple[Moved, ...]
    files: dict[str, str]
    because: dict[str, tuple[str, ...]]

    @property
    def changed(self) -> bool:
        """Whether publishing the run would change anything; without a change there is nothing to explain."""
        return bool(self.because or self.verdicts)

    def lines(self) -> Iterator[str]:
        """Say every change in one line, verdicts and numbers first; of tables and texts how many there are."""
        missing = f"; not run: {', '.join(self.not_run)}" if self.not_run else ""
        yield f"compared: {', '.join(self.notebooks)}{missing}"
        told = [item for item in self.values if item.by is not None or not isinstance(item.before, str)]
        told = [item for item in told if not item.file.startswith("tables/")]
        yield from (item.sentence() for item in (*self.verdicts, *sorted(told, key=lambda item: item.file < "numbers")))
        for file, own in groupby((item for item in self.values if item not in told), lambda item: item.file):
            rest = sorted(own, key=lambda item: abs(item.by or 0), reverse=True)
            yield f"{file}: cells or texts that changed: {len(rest)}; furthest {rest[0].sentence()}"
        for (state, stem), names in groupby(self.files, lambda name: (self.files[name], name.rpartition(".")[0])):
            yield f"{state} {stem}: {', '.join(name.rpartition('.')[2] for name in names)}"
        yield from (f"because {name}: {'; '.join(found)}" for name, found in self.because.items())
        if not self.changed:
            yield "nothing published changed"

    def to_json(self) -> dict[str, Any]:
        """Return all fields, and whether anything changed."""
        return {"changed": self.changed} | asdict(self)


def newest_run(folder: Path = RUNS) -> Path:
    """Return the folder under ``build/runs`` that was written last.

    Raises
    ------
    InputError
        There is none.
    """
    runs = [path.parent for path in folder.glob(f"*/{MANIFEST}")]
    if not runs:
        remedy = "make one with: analysis run --out build/runs/again"
        raise InputError("no run to compare", where="build/runs", remedy=remedy)
    return max(runs, key=lambda path: ((path / MANIFEST).stat().st_mtime_ns, path.name))


def difference(run: Path, published: Path = FIGURES) -> Difference:
    """Compare a folder of outputs with the published one.

    Raises
    ------
    InputError
        One of the folders holds no run, or a file is damaged.
    """
    before, after = (_manifest(folder) for folder in (published, run))
    old, new = ({name: entry["notebook"] for name, entry in sorted(m["outputs"].items())} for m in (before, after))
    states = {name: "gone" for name, notebook in old.items() if name not in new and notebook in new.values()}
    states |= {name: "new" for name in new if name not in old}
    states |= {name: "changed" for name in old if name in new and _differs(name, published, run)}
    because = {
        name: causes(before, after, name) or (_UNEXPLAINED,) for name in sorted({(old | new)[n] for n in states})
    }
    values = [moved for name, state in states.items() if state == "changed" for moved in compare(published, run, name)]
    told = {moved.file for moved in values}
    causes_of = {name: because[(old | new)[name]] for name in states}
    return Difference(
        notebooks=tuple(sorted(set(new.values()))),
        not_run=tuple(sorted(set(old.values()) - set(new.values()))),
        verdicts=tuple(_flipped(run, published, set(new.values()), causes_of)),
        values=tuple(values),
        files={name: state for name, state in sorted(states.items()) if name not in told},
        because=because,
    )


def compare(before: Path, after: Path, file: str) -> list[Moved]:
    """Return every value of a file of numbers, evidence or cells that differs in two folders, as it is written.

    Raises
    ------
    InputError
        A file is damaged.
    """
    if not file.startswith(("numbers/", "evidence/", "tables/")):
        return []
    old, new = (dict((_cells if file.endswith(".csv") else _leaves_of)(folder / file)) for folder in (before, after))
    names = dict.fromkeys((*old, *new))
    return [Moved(file, name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)]


def causes(before: Mapping[str, Any], after: Mapping[str, Any], notebook: str) -> tuple[str, ...]:
    """Name everything that differs, by the manifests, in how two runs made a notebook's outputs.

    Returns
    -------
    tuple of str
        Each begins with ``data``, ``code``, ``parameters`` or ``environment``; empty if nothing recorded differs.
    """
    entries = ([e for e in manifest["outputs"].values() if e["notebook"] == notebook] for manifest in (before, after))
    old, new = (found[0] if found else None for found in entries)
    if old is None or new is None:
        return (f"code: notebook {notebook} is {'new' if new else 'gone'}",)
    made = [manifest.get("environment", {}) for manifest in (before, after)]
    versions = [{"python": item.get("python")} | dict(item.get("packages", {})) for item in made]
    return (
        *_changes("data: table", old["tables"], new["tables"], values=False),
        *_changes("data: evidence", old.get("evidence", {}), new.get("evidence", {}), values=False),
        *_changes("parameters:", old["parameters"], new["parameters"], values=True),
        *([f"code: notebook {notebook}"] if old["code"] != new["code"] else []),
        *(said for name, said in _FILES.items() if old.get(name) != new.get(name)),
        *_changes("environment:", *versions, values=True),
        *(["environment: lock of versions"] if made[0].get("lock") != made[1].get("lock") else []),
    )


def _changes(label: str, old: Mapping[str, Any], new: Mapping[str, Any], *, values: bool) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            state = "" if name in old and name in new else " no longer used" if name in old else " newly used"
            yield f"{label} {name}" + (f" {old.get(name)} -> {new.get(name)}" if values else state)


def _leaves_of(path: Path) -> Iterator[tuple[str, Any]]:
    return _leaves({name: value for name, value in read_json(path).items() if name not in _INPUTS})


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            entry = item if isinstance(item, dict) else {}
            label = [next((str(entry[key]) for key in _LABELS if key in entry), str(number))]
            label += [entry[key] for key in ("part", "vintage") if entry.get(key)]
            yield from _leaves(item, f"{path}[{', '.join(label)}]")
    else:
        yield path, value


def _cells(path: Path) -> Iterator[tuple[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = (row for row in csv.reader(file) if row)
        for number, row in enumerate(rows, start=1):
            yield from ((f"row {number}, {name}", cell) for name, cell in zip(header, row, strict=True))
    except (ValueError, csv.Error):
        raise InputError("not readable as CSV, or a row of other length", where=str(path), remedy=_AGAIN) from None


def _manifest(folder: Path) -> dict[str, Any]:
    if not (folder / MANIFEST).is_file():
        raise InputError("no run there", where=str(folder), remedy="make one with: analysis run --out FOLDER")
    return read_manifest(folder)


def _differs(name: str, published: Path, run: Path) -> bool:
    # The files themselves are compared: a manifest can be older than a file that was changed by hand.
    for folder in (published, run):
        if not (folder / name).is_file():
            raise InputError(f"{name} is in the manifest but not in the folder", where=str((folder / name).parent))
    return file_hash(published / name) != file_hash(run / name)


def _recorded(path: Path) -> dict[str, dict[str, Any]]:
    """Return the verdicts as they were published, by claim; a damaged file is an InputError."""
    try:
        recorded = {item["claim"]: item for item in json.loads(path.read_text(encoding="utf-8"))}
        if not all(isinstance(item[name], str) for item in recorded.values() for name in _RECORDED):
            raise TypeError
        return recorded
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError("not a file of verdicts", where=str(path), remedy=_AGAIN) from None


def _flipped(
    run: Path, published: Path, notebooks: set[str], because_of: Mapping[str, tuple[str, ...]]
) -> Iterator[Moved]:
    """Yield what flipped: by its rule, by what made its evidence (by output), or by the p-values of its family."""
    register = load_register()
    rules_hash = check_lock(register)
    recorded = _recorded(published / "verdicts.json")
    old, new = (read_evidence(folder / "evidence") for folder in (published, run))
    # What would stand if the run were published: its own evidence, and that of notebooks not run.
    merged = [*(item for item in old if item.notebook not in notebooks), *new]
    judged = ([item.record() for item in verdicts(register, items, rules_hash=rules_hash)] for items in (old, merged))
    for again, now in zip(*judged, strict=True):
        claim, was = now["claim"], recorded.get(now["claim"], {})
        if _weighed(was) != _weighed(now):
            because = _by_rule(was, again)
            if _weighed(again) != _weighed(now):
                because += because_of.get(f"evidence/{claim}.json", (_FAMILY,))
            yield Moved("verdict", claim, _weighed(was), _weighed(now), because or (_UNEXPLAINED,))


def _by_rule(was: dict[str, Any], again: dict[str, Any]) -> tuple[str, ...]:
    """Name the rule if the published evidence, judged by the rules as they stand, gives another verdict."""
    if not was:
        return ("rule: the claim is new in the register",)
    if _weighed(was) == _weighed(again):
        return ()
    old, new = was["rules_hash"], again["rules_hash"]
    return ("code: how rules are applied" if old == new else f"rule: lock {old} -> {new}",)


def _weighed(item: dict[str, Any]) -> str:
    if not item:
        return "not in the register"
    said = Conclusion(item["verdict"], item["reason"], item["why"]).label
    return said + (f" ({item['certainty']} certainty)" if item["certainty"] else "")


def _shown(value: Any) -> str:
    return "none" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
