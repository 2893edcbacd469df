"""A run against what is published: which number moved, which verdict flipped, and because of what."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from analysis.claims.evidence import Evidence, read_evidence
from analysis.claims.lock import check_lock
from analysis.claims.register import load_register
from analysis.claims.verdicts import Verdict, verdicts
from analysis.errors import InputError
from analysis.files import file_hash
from analysis.paths import BUILD, FIGURES
from analysis.report.causes import causes
from analysis.report.compare import Moved, TableMoved, compare_csv, compare_json
from analysis.runs.manifest import MANIFEST, read_manifest

RUNS = BUILD / "runs"
_PICTURES = (".pdf", ".png", ".svg")
#: What an evidence file says of its inputs: named as the cause of a change, not as a change.
_INPUTS = ("parameters", "sources")
#: Fields of a published verdict that are compared or printed in the README.
_RECORDED = ("claim", "verdict", "reason", "grade", "why", "newest", "rules_hash")
_FAMILY = "family: p-values of other claims, which share the correction"
_UNEXPLAINED = "nothing that the manifests record: the result cannot be reproduced"


@dataclass(frozen=True, slots=True)
class Flipped:
    """A claim whose verdict or grade is no longer the published one; ``because`` names what differs."""

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

    Attributes
    ----------
    notebooks, not_run : tuple of str
        Notebooks that the run has, and those that only the published folder has.
    verdicts : tuple of Flipped
        Claims whose verdict or grade flipped.
    numbers, evidence : tuple of Moved
        Published numbers and values of evidence files that moved.
    tables : tuple of TableMoved
        Tables of results that moved.
    pictures, files : tuple of str
        Pictures by hash, and other files that differ, as captions and evidence whose inputs alone differ.
    gone, new : tuple of str
        Outputs that only one of the two has.
    because : dict
        What differs in the making of each notebook that changed anything.
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
        """Whether publishing the run would change anything."""
        names = ("verdicts", "numbers", "evidence", "tables", "pictures", "files", "gone", "new")
        return any(getattr(self, name) for name in names)

    def lines(self) -> Iterator[str]:
        """Say every change in one line, verdicts first."""
        missing = f"; not run: {', '.join(self.not_run)}" if self.not_run else ""
        yield f"compared: {', '.join(self.notebooks)}{missing}"
        yield from (f"verdict {item.sentence()}" for item in self.verdicts)
        yield from (f"number {item.file} {item.sentence()}" for item in self.numbers)
        yield from self._evidence_lines()
        yield from (f"table {item.file}: {item.sentence()}" for item in self.tables)
        stems = dict.fromkeys(name.rsplit(".", 1)[0] for name in self.pictures)
        for stem in stems:
            yield f"picture {stem}: {', '.join(n[len(stem) + 1 :] for n in self.pictures if n.startswith(f'{stem}.'))}"
        yield from (f"file {name}: no number in it moved" for name in self.files)
        yield from (f"gone {name}" for name in self.gone)
        yield from (f"new {name}" for name in self.new)
        yield from (f"because {name}: {'; '.join(found)}" for name, found in self.because.items())
        if not self.changed:
            yield "nothing published changed"

    def _evidence_lines(self) -> Iterator[str]:
        """Yield numbers and passes; sentences only say the same again, so they are counted."""
        for file in dict.fromkeys(item.file for item in self.evidence):
            items = [item for item in self.evidence if item.file == file]
            told = [item for item in items if not item.is_text]
            yield from (f"evidence {file} {item.sentence()}" for item in told)
            if len(told) < len(items):
                yield f"evidence {file} {len(items) - len(told)} texts changed"

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


def recorded_verdicts(path: Path) -> dict[str, dict[str, Any]]:
    """Read ``verdicts.json``: the verdicts as they were published, by claim.

    Raises
    ------
    InputError
        The file is missing or damaged, or a verdict lacks a field.
    """
    try:
        records = {item["claim"]: item for item in json.loads(path.read_text(encoding="utf-8"))}
        if not all(isinstance(item[name], str) for item in records.values() for name in _RECORDED):
            raise TypeError
        return records
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError("not a file of verdicts", where=str(path), remedy="make it again with: analysis run") from None


def difference(run: Path, published: Path = FIGURES) -> Difference:
    """Compare a run with what is published.

    Notebooks that the run does not have are taken to be as published.

    Parameters
    ----------
    run, published : Path
        Folders of outputs.

    Raises
    ------
    InputError
        One of the folders holds no run, or a file is damaged.
    """
    return _Pair(run, published).difference()


@dataclass(frozen=True)
class _Pair:
    run: Path
    published: Path

    def __post_init__(self) -> None:
        for folder in (self.run, self.published):
            if not (folder / MANIFEST).is_file():
                raise InputError("no run there", where=str(folder), remedy="make one with: analysis run --out FOLDER")

    def difference(self) -> Difference:
        shared = [name for name in self.old if name in self.new and self._differs(name)]
        numbers = [name for name in shared if name.startswith("numbers/")]
        evidence = self._moved([name for name in shared if name.startswith("evidence/")], without=_INPUTS)
        tables = list(self._tables(_of(shared, ".csv")))
        pictures = _of(shared, *_PICTURES)
        told = {*(item.file for item in evidence), *(item.file for item in tables), *numbers, *pictures}
        gone = [name for name in self.old if name not in self.new and self._notebook(name) in self.notebooks]
        new = [name for name in self.new if name not in self.old]
        touched = {self._notebook(name) for name in (*shared, *gone, *new)}
        return Difference(
            notebooks=tuple(self.notebooks),
            not_run=tuple(sorted({entry["notebook"] for entry in self.old.values()} - set(self.notebooks))),
            verdicts=tuple(self._flipped(set(shared) | set(gone) | set(new))),
            numbers=tuple(self._moved(numbers)),
            evidence=tuple(evidence),
            tables=tuple(tables),
            pictures=tuple(pictures),
            files=tuple(name for name in shared if name not in told),
            gone=tuple(gone),
            new=tuple(new),
            because={name: self._because(name) for name in sorted(touched)},
        )

    @cached_property
    def manifests(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return read_manifest(self.published), read_manifest(self.run)

    @cached_property
    def old(self) -> dict[str, Any]:
        return dict(sorted(self.manifests[0]["outputs"].items()))

    @cached_property
    def new(self) -> dict[str, Any]:
        return dict(sorted(self.manifests[1]["outputs"].items()))

    @cached_property
    def notebooks(self) -> list[str]:
        return sorted({entry["notebook"] for entry in self.new.values()})

    def _notebook(self, name: str) -> str:
        found: str = (self.new.get(name) or self.old[name])["notebook"]
        return found

    def _differs(self, name: str) -> bool:
        # The files themselves are compared: a manifest can be older than a file that was changed by hand.
        before, after = self.published / name, self.run / name
        for path in (before, after):
            if not path.is_file():
                raise InputError(f"{name} is in the manifest but not in the folder", where=str(path.parent))
        return file_hash(before) != file_hash(after)

    def _moved(self, names: Iterable[str], *, without: tuple[str, ...] = ()) -> list[Moved]:
        pairs = ((self.published / name, self.run / name, name) for name in names)
        return [item for pair in pairs for item in compare_json(*pair, without=without)]

    def _tables(self, names: list[str]) -> Iterator[TableMoved]:
        for name in names:
            if moved := compare_csv(self.published / name, self.run / name, name):
                yield moved

    def _because(self, notebook: str) -> tuple[str, ...]:
        return causes(*self.manifests, notebook) or (_UNEXPLAINED,)

    def _flipped(self, touched: set[str]) -> Iterator[Flipped]:
        register = load_register()
        rules_hash = check_lock(register)
        old_evidence = read_evidence(self.published / "evidence")
        merged = _merged(old_evidence, read_evidence(self.run / "evidence"), self.notebooks)
        before = recorded_verdicts(self.published / "verdicts.json")
        by_rule, after = (
            {item.claim: item for item in verdicts(register, evidence, rules_hash=rules_hash)}
            for evidence in (old_evidence, merged)
        )
        for claim, now in after.items():
            was = before.get(claim, {})
            if _label(was) != _printed(now):
                because = list(_rule_cause(was, by_rule[claim]))
                if _printed(by_rule[claim]) != _printed(now):
                    because += self._evidence_cause(now, touched)
                yield Flipped(claim, _label(was), _printed(now), tuple(because) or (_UNEXPLAINED,))

    def _evidence_cause(self, verdict: Verdict, touched: set[str]) -> Iterable[str]:
        own = f"evidence/{verdict.claim}.json"
        return self._because(self._notebook(own)) if own in touched else (_FAMILY,)


def _of(names: list[str], *endings: str) -> list[str]:
    return [name for name in names if name.endswith(endings)]


def _merged(old: list[Evidence], new: list[Evidence], notebooks: list[str]) -> list[Evidence]:
    """Return the evidence that would stand if the run were published: its own, and that of notebooks not run."""
    return [*(item for item in old if item.notebook not in notebooks), *new]


def _rule_cause(was: dict[str, Any], by_rule: Verdict) -> Iterator[str]:
    """Name the rule if the published evidence, judged by the rules as they stand, gives another verdict."""
    if was and _label(was) != _printed(by_rule):
        same = was["rules_hash"] == by_rule.rules_hash
        yield "code: how rules are applied" if same else f"rule: lock {was['rules_hash']} -> {by_rule.rules_hash}"
    if not was:
        yield "rule: the claim is new in the register"


def _label(record: dict[str, Any]) -> str:
    if not record:
        return "not in the register"
    reason = f": {record['reason']}" if record["reason"] else ""
    return f"{record['verdict']}{reason}" + (f" ({record['grade']})" if record["grade"] else "")


def _printed(verdict: Verdict) -> str:
    return f"{verdict.label} ({verdict.grade})" if verdict.grade else verdict.label
