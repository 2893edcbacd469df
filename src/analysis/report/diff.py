"""A run against what is published: which number moved, which verdict flipped, and because of what."""

from __future__ import annotations

import json
from collections import Counter
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
from analysis.report.compare import Moved, TableMoved, compare_csv, compare_json
from analysis.runs.manifest import MANIFEST, read_manifest

RUNS = BUILD / "runs"
_PICTURES = (".pdf", ".png", ".svg")
#: What an evidence file says of its inputs: named as the cause of a change, not as a change.
_INPUTS = ("parameters", "sources")
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


@dataclass(frozen=True, slots=True)
class Flipped:
    """A claim whose verdict or certainty is no longer the published one; ``because`` names what differs."""

    claim: str
    before: str
    after: str
    because: tuple[str, ...]

    def sentence(self) -> str:
        """Say what flipped and why."""
        return f"{self.claim}: {self.before} -> {self.after}; because of {'; '.join(self.because)}"


@dataclass(frozen=True)
class Difference:
    """What a run would change of what is published.

    Notebooks that the run lacks are ``not_run`` and taken to be as published. Pictures are compared by hash; ``files``
    are others that differ without a number that moved, as captions; ``because`` names what differs in the making of
    each notebook that changed anything.
    """

    notebooks: tuple[str, ...]
    not_run: tuple[str, ...]
    verdicts: tuple[Flipped, ...]
    numbers: tuple[Moved, ...]
    evidence: tuple[Moved, ...]
    tables: tuple[TableMoved, ...]
    pictures: tuple[str, ...]
    files: tuple[str, ...]
    gone: tuple[str, ...]
    new: tuple[str, ...]
    because: dict[str, tuple[str, ...]]

    @property
    def changed(self) -> bool:
        """Whether publishing the run would change anything; without a change there is nothing to explain."""
        return bool(self.because or self.verdicts)

    def lines(self) -> Iterator[str]:
        """Say every change in one line, verdicts first; texts of evidence only say the same again and are counted."""
        missing = f"; not run: {', '.join(self.not_run)}" if self.not_run else ""
        yield f"compared: {', '.join(self.notebooks)}{missing}"
        yield from (f"verdict {item.sentence()}" for item in self.verdicts)
        yield from (f"number {item.file} {item.sentence()}" for item in self.numbers)
        yield from (f"evidence {item.file} {item.sentence()}" for item in self.evidence if not item.is_text)
        texts = Counter(item.file for item in self.evidence if item.is_text)
        yield from (f"evidence {file} {count} texts changed" for file, count in texts.items())
        yield from (f"table {item.file}: {item.sentence()}" for item in self.tables)
        for stem, names in groupby(self.pictures, lambda name: name.rpartition(".")[0]):
            yield f"picture {stem}: {', '.join(name.rpartition('.')[2] for name in names)}"
        yield from (f"file {name}: no number in it moved" for name in self.files)
        yield from (f"gone {name}" for name in self.gone)
        yield from (f"new {name}" for name in self.new)
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


def _recorded(path: Path) -> dict[str, dict[str, Any]]:
    """Return the verdicts as they were published, by claim; a damaged file is an InputError."""
    try:
        recorded = {item["claim"]: item for item in json.loads(path.read_text(encoding="utf-8"))}
        if not all(isinstance(item[name], str) for item in recorded.values() for name in _RECORDED):
            raise TypeError
        return recorded
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError("not a file of verdicts", where=str(path), remedy="make it again with: analysis run") from None


def difference(run: Path, published: Path = FIGURES) -> Difference:
    """Compare a folder of outputs with the published one.

    Raises
    ------
    InputError
        One of the folders holds no run, or a file is damaged.
    """
    before, after = (_manifest(folder) for folder in (published, run))
    old, new = (
        {name: entry["notebook"] for name, entry in sorted(manifest["outputs"].items())} for manifest in (before, after)
    )
    shared = [name for name in old if name in new and _differs(name, published, run)]
    gone = [name for name, notebook in old.items() if name not in new and notebook in new.values()]
    fresh = [name for name in new if name not in old]
    made_by = {name: (old | new)[name] for name in (*shared, *gone, *fresh)}
    because = {name: causes(before, after, name) or (_UNEXPLAINED,) for name in sorted(set(made_by.values()))}
    numbers, evidence = (
        [m for name in shared if name.startswith(start) for m in compare_json(published, run, name, without=left_out)]
        for start, left_out in (("numbers/", ()), ("evidence/", _INPUTS))
    )
    tables = [table for name in shared if name.endswith(".csv") and (table := compare_csv(published, run, name))]
    pictures = [name for name in shared if name.endswith(_PICTURES)]
    told = {item.file for items in (numbers, evidence, tables) for item in items} | set(pictures)
    return Difference(
        notebooks=tuple(sorted(set(new.values()))),
        not_run=tuple(sorted(set(old.values()) - set(new.values()))),
        verdicts=tuple(
            _flipped(run, published, set(new.values()), {name: because[maker] for name, maker in made_by.items()})
        ),
        numbers=tuple(numbers),
        evidence=tuple(evidence),
        tables=tuple(tables),
        pictures=tuple(pictures),
        files=tuple(name for name in shared if name not in told),
        gone=tuple(gone),
        new=tuple(fresh),
        because=because,
    )


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
    return (
        *_changes("data: table", old["tables"], new["tables"], values=False),
        *_changes("data: evidence", old.get("evidence", {}), new.get("evidence", {}), values=False),
        *_changes("parameters:", old["parameters"], new["parameters"], values=True),
        *([f"code: notebook {notebook}"] if old["code"] != new["code"] else []),
        *(said for name, said in _FILES.items() if old.get(name) != new.get(name)),
        *_environment(before.get("environment", {}), after.get("environment", {})),
    )


def _environment(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    versions = [{"python": item.get("python")} | dict(item.get("packages", {})) for item in (old, new)]
    yield from _changes("environment:", *versions, values=True)
    if old.get("lock") != new.get("lock"):
        yield "environment: lock of versions"


def _changes(label: str, old: Mapping[str, Any], new: Mapping[str, Any], *, values: bool) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            state = "" if name in old and name in new else " no longer used" if name in old else " newly used"
            yield f"{label} {name}" + (f" {old.get(name)} -> {new.get(name)}" if values else state)


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


def _flipped(
    run: Path, published: Path, notebooks: set[str], because_of: Mapping[str, tuple[str, ...]]
) -> Iterator[Flipped]:
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
            because = list(_rule_cause(was, again))
            if _weighed(again) != _weighed(now):
                because += because_of.get(f"evidence/{claim}.json", (_FAMILY,))
            yield Flipped(claim, _weighed(was), _weighed(now), tuple(because) or (_UNEXPLAINED,))


def _rule_cause(was: dict[str, Any], by_rule: dict[str, Any]) -> Iterator[str]:
    """Name the rule if the published evidence, judged by the rules as they stand, gives another verdict."""
    if not was:
        yield "rule: the claim is new in the register"
    elif _weighed(was) != _weighed(by_rule):
        old, new = was["rules_hash"], by_rule["rules_hash"]
        yield "code: how rules are applied" if old == new else f"rule: lock {old} -> {new}"


def _weighed(item: dict[str, Any]) -> str:
    if not item:
        return "not in the register"
    said = Conclusion(item["verdict"], item["reason"], item["why"]).label
    return said + (f" ({item['certainty']} certainty)" if item["certainty"] else "")
