"""A run against what is published: which value moved, which verdict flipped, and because of what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from analysis.claims.evidence import read_as, read_evidence
from analysis.claims.judge import Conclusion
from analysis.claims.lock import check_lock
from analysis.claims.register import load_register
from analysis.claims.verdicts import verdicts as judge_all
from analysis.data.readers.frames import open_csv
from analysis.errors import InputError
from analysis.files import file_hash
from analysis.paths import BUILD, FIGURES
from analysis.report.dossier import read_run
from analysis.runs.manifest import MANIFEST
from analysis.runs.staleness import told

RUNS = BUILD / "runs"
#: What an evidence file says of its inputs: named as the cause of a change, not as a change.
_INPUTS = ("parameters", "sources")
#: Entries of lists are known by those of these that they have, so that a new entry does not move all others.
_LABELS = ("name", "quantity", "source", "part", "vintage")
_FAMILY = "family: p-values of other claims, which share the correction"
_UNEXPLAINED = "nothing that the manifests record: the result cannot be reproduced"


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
        return f"{self.file} {self.name}: {self.before} -> {self.after}{by}{why}"


@dataclass(frozen=True)
class Difference:
    """What a run would change of what is published.

    Notebooks that the run lacks are ``not_run`` and taken to be as published. ``files`` are those of which no value is
    compared, by name: changed, gone or new. ``because`` names what differs in the making of each notebook that changed
    anything; without a change there is nothing to explain.
    """

    changed: bool
    notebooks: tuple[str, ...]
    not_run: tuple[str, ...]
    verdicts: tuple[Moved, ...]
    values: tuple[Moved, ...]
    files: dict[str, str]
    because: dict[str, tuple[str, ...]]

    def lines(self) -> Iterator[str]:
        """Say every change in one line, verdicts and numbers first; of evidence and tables how many there are."""
        missing = f"; not run: {', '.join(self.not_run)}" if self.not_run else ""
        yield f"compared: {', '.join(self.notebooks)}{missing}"
        numbers = [item for item in self.values if item.file.startswith("numbers/")]
        yield from (item.sentence() for item in (*self.verdicts, *numbers))
        for file, own in groupby((item for item in self.values if item not in numbers), lambda item: item.file):
            rest = sorted(own, key=lambda item: abs(item.by or 0), reverse=True)
            yield f"{file}: values that changed: {len(rest)}; furthest {rest[0].sentence()}"
        for (state, stem), names in groupby(self.files, lambda name: (self.files[name], name.rpartition(".")[0])):
            yield f"{state} {stem}: {', '.join(name.rpartition('.')[2] for name in names)}"
        yield from (f"because {name}: {'; '.join(found)}" for name, found in self.because.items())
        if not self.changed:
            yield "nothing published changed"


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
    ran, made_by = set(new.values()), old | new
    states = {name: "gone" for name in old if name not in new and old[name] in ran}
    states |= {name: "new" for name in new if name not in old}
    # The files themselves are compared: a manifest can be older than a file that was changed by hand.
    both = [name for name in old if name in new]
    states |= {name: "changed" for name in both if file_hash(published / name) != file_hash(run / name)}
    because = {name: causes(before, after, name) or (_UNEXPLAINED,) for name in sorted({made_by[n] for n in states})}
    valued = [name for name in states if name.startswith(("numbers/", "evidence/", "tables/"))]
    values = tuple(m for name in valued if states[name] == "changed" for m in compare(published, run, name))
    compared = {moved.file for moved in values}
    verdicts = tuple(_flipped(run, published, ran, {name: because[made_by[name]] for name in states}))
    return Difference(
        changed=bool(because or verdicts),
        notebooks=tuple(sorted(ran)),
        not_run=tuple(sorted(set(old.values()) - ran)),
        verdicts=verdicts,
        values=values,
        files={name: state for name, state in sorted(states.items()) if name not in compared},
        because=because,
    )


def compare(before: Path, after: Path, file: str) -> list[Moved]:
    """Return every value of a file of numbers, evidence or cells that differs in two folders, as it is written."""
    old, new = (_values(folder / file) for folder in (before, after))
    names = dict.fromkeys((*old, *new))
    return [Moved(file, name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)]


def causes(before: Mapping[str, Any], after: Mapping[str, Any], notebook: str) -> tuple[str, ...]:
    """Name everything that differs, by the manifests, in how two runs made a notebook's outputs; empty if nothing does.

    A cause is named as :func:`analysis.runs.staleness.told` names it.
    """
    entries = ((e for e in manifest["outputs"].values() if e["notebook"] == notebook) for manifest in (before, after))
    old, new = (next(found, None) for found in entries)
    if old is None or new is None:
        return (f"notebook {notebook} is {'new' if new else 'gone'}",)
    names = {kind: kind for kind in {**old, **new} if kind != "sha256"} | {"code": "code of the notebook"}
    return tuple(told(names[k], old.get(k), new.get(k)) for k in names if old.get(k) != new.get(k))


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            label = [str(item[key]) for key in _LABELS if item.get(key)] if isinstance(item, dict) else []
            yield from _leaves(item, f"{path}[{', '.join(label) or number}]")
    else:
        yield path, value


def _values(path: Path) -> dict[str, Any]:
    """Return the values of a JSON file, without those that say what it was made from, or the cells of a table."""
    if path.suffix == ".json":
        values = read_as(dict[str, Any], path)
        return dict(_leaves({name: value for name, value in values.items() if name not in _INPUTS}))
    table = open_csv(path, remedy="make it again with: analysis run", dtype=str).fillna("")
    return {f"row {row}, {name}": cell for name in table for row, cell in enumerate(table[name], start=1)}


def _flipped(run: Path, published: Path, ran: set[str], because_of: Mapping[str, tuple[str, ...]]) -> Iterator[Moved]:
    """Yield what flipped: by its rule, by what made its evidence (by output), or by the p-values of its family."""
    register = load_register()
    rules_hash = check_lock(register)
    recorded = {item.get("claim"): item for item in read_as(list[dict[str, Any]], published / "verdicts.json")}
    old, new = (read_evidence(folder / "evidence") for folder in (published, run))
    # What would stand if the run were published: its own evidence, and that of notebooks not run.
    merged = [*(item for item in old if item.notebook not in ran), *new]
    judged = (judge_all(register, items, rules_hash=rules_hash).records() for items in (old, merged))
    for again, now in zip(*judged, strict=True):
        claim, was = now["claim"], recorded.get(now["claim"], {})
        before, same_evidence, after = map(_weighed, (was, again, now))
        if before == after:
            continue
        because: list[str] = []
        if not was:
            because += ["rule: the claim is new in the register"]
        elif before != same_evidence:
            locks = [item.get("rules_hash") for item in (was, now)]
            because += ["code: how rules are applied" if locks[0] == locks[1] else "rule: lock {} -> {}".format(*locks)]
        if same_evidence != after:
            because += because_of.get(f"evidence/{claim}.json", (_FAMILY,))
        yield Moved("verdict", claim, before, after, tuple(because))


def _weighed(record: Mapping[str, Any]) -> str:
    """Return a verdict with its certainty, in which two runs are compared."""
    if "verdict" not in record:
        return "not in the register"
    said = Conclusion(record["verdict"], record.get("reason", ""), "").label
    return said + (f" ({record['certainty']} certainty)" if record.get("certainty") else "")
