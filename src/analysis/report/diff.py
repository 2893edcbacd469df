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
from analysis.report.dossier import read_json, read_run
from analysis.runs.manifest import MANIFEST
from analysis.runs.staleness import told

RUNS = BUILD / "runs"
#: What an evidence file says of its inputs: named as the cause of a change, not as a change.
_INPUTS = ("parameters", "sources")
#: Entries of lists are known by the first of these that they have, so that a new entry does not move all others.
_LABELS = ("name", "quantity", "source", "table")
#: Fields of a published verdict that are compared.
_RECORDED = ("verdict", "reason", "certainty", "rules_hash")
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
    """Return the folder under ``build/runs`` that was written last; refuse if there is none."""
    runs = [path.parent for path in folder.glob(f"*/{MANIFEST}")]
    if not runs:
        remedy = "make one with: analysis run --out build/runs/again"
        raise InputError("no run to compare", where="build/runs", remedy=remedy)
    return max(runs, key=lambda path: ((path / MANIFEST).stat().st_mtime_ns, path.name))


def difference(run: Path, published: Path = FIGURES) -> Difference:
    """Compare a folder of outputs with the published one; refuse one that holds no run, or a damaged file."""
    before, after = (read_run(folder) for folder in (published, run))
    old, new = ({name: entry["notebook"] for name, entry in sorted(m["outputs"].items())} for m in (before, after))
    states = {name: "gone" for name, notebook in old.items() if name not in new and notebook in new.values()}
    states |= {name: "new" for name in new if name not in old}
    # The files themselves are compared: a manifest can be older than a file that was changed by hand.
    both = [name for name in old if name in new]
    states |= {name: "changed" for name in both if file_hash(published / name) != file_hash(run / name)}
    because = {
        name: causes(before, after, name) or (_UNEXPLAINED,) for name in sorted({(old | new)[n] for n in states})
    }
    values = [moved for name, state in states.items() if state == "changed" for moved in compare(published, run, name)]
    compared = {moved.file for moved in values}
    causes_of = {name: because[(old | new)[name]] for name in states}
    return Difference(
        notebooks=tuple(sorted(set(new.values()))),
        not_run=tuple(sorted(set(old.values()) - set(new.values()))),
        verdicts=tuple(_flipped(run, published, set(new.values()), causes_of)),
        values=tuple(values),
        files={name: state for name, state in sorted(states.items()) if name not in compared},
        because=because,
    )


def compare(before: Path, after: Path, file: str) -> list[Moved]:
    """Return every value of a file of numbers, evidence or cells that differs in two folders, as it is written."""
    if not file.startswith(("numbers/", "evidence/", "tables/")):
        return []
    old, new = (dict(_values(folder / file)) for folder in (before, after))
    names = dict.fromkeys((*old, *new))
    return [Moved(file, name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)]


def causes(before: Mapping[str, Any], after: Mapping[str, Any], notebook: str) -> tuple[str, ...]:
    """Name everything that differs, by the manifests, in how two runs made a notebook's outputs; empty if nothing does.

    A cause is named as :func:`analysis.runs.staleness.told` names it.
    """
    entries = ([e for e in manifest["outputs"].values() if e["notebook"] == notebook] for manifest in (before, after))
    old, new = (found[0] if found else None for found in entries)
    if old is None or new is None:
        return (f"notebook {notebook} is {'new' if new else 'gone'}",)
    kinds = [kind for kind in {**old, **new} if kind != "sha256" and old.get(kind) != new.get(kind)]
    return tuple(
        told("code of the notebook" if kind == "code" else kind, old.get(kind), new.get(kind)) for kind in kinds
    )


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


def _values(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield the values of a JSON file, without those that say what it was made from, or the cells of a table."""
    if path.suffix == ".json":
        yield from _leaves({name: value for name, value in read_json(path).items() if name not in _INPUTS})
        return
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = (row for row in csv.reader(file) if row)
        for number, row in enumerate(rows, start=1):
            yield from ((f"row {number}, {name}", cell) for name, cell in zip(header, row, strict=True))
    except (ValueError, csv.Error):
        raise InputError("not readable as CSV, or a row of other length", where=str(path), remedy=_AGAIN) from None


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
        before, same_evidence, after = map(_weighed, (was, again, now))
        if before == after:
            continue
        because: list[str] = []
        if not was:
            because += ["rule: the claim is new in the register"]
        elif before != same_evidence:
            locks = [item["rules_hash"] for item in (was, now)]
            because += ["code: how rules are applied" if locks[0] == locks[1] else "rule: lock {} -> {}".format(*locks)]
        if same_evidence != after:
            because += because_of.get(f"evidence/{claim}.json", (_FAMILY,))
        yield Moved("verdict", claim, before, after, tuple(because) or (_UNEXPLAINED,))


def _recorded(path: Path) -> dict[str, dict[str, str]]:
    """Return what was published of each verdict, by claim."""
    try:
        records = json.loads(path.read_text(encoding="utf-8"))
        return {record["claim"]: {name: record[name] for name in _RECORDED} for record in records}
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError("not a file of verdicts", where=str(path), remedy=_AGAIN) from None


def _weighed(record: Mapping[str, str]) -> str:
    """Return a verdict with its certainty, in which two runs are compared."""
    if not record:
        return "not in the register"
    said = Conclusion(record["verdict"], record["reason"], "").label
    return said + (f" ({record['certainty']} certainty)" if record["certainty"] else "")


def _shown(value: Any) -> str:
    return "none" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
