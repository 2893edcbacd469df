"""Runs: what is fresh is skipped, the rest executed elsewhere, and all published whole or not at all."""

from __future__ import annotations

import contextlib
import importlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from analysis.errors import InputError
from analysis.files import file_hash, gather_temporary_files, hashes, held, swap, write_whole
from analysis.paths import BUILD, NOTEBOOKS
from analysis.runs.engine import Outcome, Task, last_run, note_last_run
from analysis.runs.manifest import MANIFEST, Entries, altered, entries, read_manifest, write_manifest
from analysis.runs.plan import Plan, slug
from analysis.runs.staleness import Now, environment, reads_evidence, remember, take_inputs, told
from analysis.session import EVIDENCE_VARIABLE
from analysis.session.declared import names

Report = Callable[[Outcome], None]
#: What is made of all notebooks together, and by what.
SUMMARIES = "verdicts and results"
_DRAWN = (".pdf", ".png", ".svg")
_MAKES_SUMMARIES = "from analysis.claims import verdicts"


class Run:
    """One run of a verified plan: which outputs there are, what made them, where they lie until they are published.

    An output of a notebook that is not run now must be there, as it was written.
    """

    def __init__(self, request: Plan) -> None:
        self.request, self.published, self._publishes = request, False, False
        self.desk = BUILD / "work" / slug(request.changed | {"": {"out": str(request.out.absolute())}})
        self._look(read_manifest(request.out))

    def _look(self, manifest: dict[str, Any]) -> None:
        request, self.now, self.manifest = self.request, Now(), manifest
        self.made = {name: self.now.made(name, values) for name, values in request.notebooks.items()}
        register = {name: digest for name, (digest, _) in self.now.register.items()}
        self.makes_summaries = {"library": self.now.library(_MAKES_SUMMARIES), "register": register}
        current, outputs = set(names()), manifest["outputs"]
        self.gone = sorted({entry["notebook"] for entry in outputs.values()} - current)
        self.outputs: Entries = {path: e for path, e in outputs.items() if e["notebook"] in current}
        self.places = {path: request.out / path for path in self.outputs}
        kept = {path: e for path, e in self.outputs.items() if e["notebook"] not in request.notebooks}
        if wrong := altered(request.out, kept):
            raise InputError(wrong[0], where=str(request.out), remedy="restore it, or run all notebooks")

    def stale(self) -> dict[str, list[str]]:
        """Say for each notebook, and for the summaries of all, why it is stale; an empty list if it is fresh."""
        found = {name: self.why(name) for name in self.request.notebooks}
        for name in filter(reads_evidence, found):
            after = [other for other in found if found[other] and other != name]
            found[name] += [f"after {after[0]}{f' and {len(after) - 1} more' if after[1:] else ''}"] if after else []
        remember()
        for name in filter(found.get, noted := last_run()):
            found[name] += noted[name].get("failed", [])
        return found | {SUMMARIES: self._why_summaries()}

    def why(self, name: str) -> list[str]:
        """Say why a notebook's outputs, as they are known by now, are stale."""
        own = {path: entry for path, entry in self.outputs.items() if entry["notebook"] == name}
        return self.now.stale(self.request.out, own, self.made[name], self._evidence(name)) if own else ["never run"]

    def _evidence(self, name: str) -> dict[str, str]:
        """Return the hashes of the evidence of all other notebooks, by file name."""
        others = {path: e for path, e in self.outputs.items() if e["notebook"] != name}
        return {Path(path).name: e["sha256"] for path, e in others.items() if path.startswith("evidence/")}

    def _why_summaries(self) -> list[str]:
        known, now = self.manifest["summaries"].values(), self.makes_summaries
        if not known:
            return ["never made"]
        made = [(kind, entry["made"].get(kind)) for entry in known for kind in now]
        changed = dict.fromkeys(told(kind, old, now[kind]) for kind, old in made if old != now[kind])
        gone = [f"{name} is gone" for name in self.gone]
        return [*changed, *altered(self.request.out, self.manifest["summaries"]), *gone]

    def go(self, report: Report) -> list[Outcome]:
        """Execute what is stale and report each outcome; publish if all succeeded and anything is new."""
        with self._working():
            self._publishes = True
            outcomes = self._execute(report)
            new = bool(self._why_summaries()) or any(outcome.state != "fresh" for outcome in outcomes)
            if new and not any(outcome.failure for outcome in outcomes):
                swap(self._lay(), self.request.out)
                self.published = True
                for made in self.desk.iterdir():
                    shutil.rmtree(made)
            return outcomes

    def compare(self, report: Report) -> list[str]:
        """Execute what is stale, publish nothing, and say what would differ from what is published, and why."""
        known = {reason.partition(":")[0] for name in self.request.notebooks for reason in self.why(name)}
        with self._working():
            if failed := [f"{outcome.name} failed" for outcome in self._execute(report) if outcome.failure]:
                return failed
            new, old = hashes(self._lay()), hashes(self.request.out)
            paths = [Path(path) for path in sorted(new.keys() | old.keys()) if new.get(path) != old.get(path)]
            drawn = {path.stem for path in paths if path.suffix in _DRAWN}
            numbers = [str(path) for path in paths if path.suffix not in _DRAWN and path.name != MANIFEST]
            cause = f": {', '.join(sorted(known)) or 'environment'}" if drawn else ""
            return [f"{len(drawn)} figures{cause}; {len(numbers)} numbers", *numbers] if drawn or numbers else []

    @contextlib.contextmanager
    def _working(self) -> Iterator[None]:
        """Hold the outputs, which may have other desks too, and look again if another run has published since."""
        gather_temporary_files()
        with held(self.desk), held(self.request.out) if self.request.out.exists() else contextlib.nullcontext():
            if (manifest := read_manifest(self.request.out)) != self.manifest:
                self._look(manifest)
            yield

    def _execute(self, report: Report) -> list[Outcome]:
        outcomes: dict[str, Outcome] = {}

        def note(outcome: Outcome) -> None:
            if outcome.state != "still running":
                outcomes[outcome.name] = outcome
            report(outcome)

        for stage in (False, True):
            failed = [name for name, outcome in outcomes.items() if outcome.failure]
            chosen = [name for name in self.request.notebooks if reads_evidence(name) == stage]
            todo = [name for name in chosen if failed or self.request.force or not self._spared(name, note)]
            for name in todo if failed else ():
                note(Outcome(name, failure=(f"not run: {name} stands on {failed[0]}, which failed",), state="waiting"))
            if todo and not failed:
                self._execute_stage(todo, note)
        note_last_run(outcomes)
        remember()
        return [outcomes[name] for name in self.request.notebooks]

    def _spared(self, name: str, note: Report) -> bool:
        """Skip a notebook whose published outputs are fresh, or which an interrupted run finished."""
        if not self.why(name):
            note(Outcome(name, state="fresh"))
            return True
        with contextlib.suppress(InputError):
            left = read_manifest(folder := self.desk / name)["outputs"]
            if not self.now.stale(folder, left, self.made[name], self._evidence(name)):
                self._add(name, left, folder)
                note(Outcome(name, state="kept"))
                return True
        return False

    def _execute_stage(self, stage: list[str], note: Report) -> None:
        # Papermill and Jupyter are imported only if there is something to execute.
        from analysis.runs.engine import execute as executing
        from analysis.runs.engine import kernels

        if self._publishes:  # tried now, and not after all the work
            out = self.request.out.absolute()
            tempfile.TemporaryFile(dir=next(path for path in (out, *out.parents) if path.exists())).close()
        kernels.prepare(stage)
        seconds = {name: entry["seconds"] for name, entry in last_run().items()}
        # The longest first, so that none is left alone at the end.
        tasks = [self._task(name) for name in sorted(stage, key=lambda name: -seconds.get(name, 0.0))]
        with ThreadPoolExecutor(self.request.jobs) as pool:
            futures = [pool.submit(executing.execute, task, note) for task in tasks]
            with kernels.ended_on_interrupt(futures):
                with contextlib.suppress(InputError):  # imports and reads what the end needs, while there is time
                    importlib.import_module("analysis.claims.verdicts").judged_in(self.request.out)
                for future in as_completed(futures):
                    outcome = future.result()
                    if not outcome.failure:
                        self._finish(outcome.name, self.desk / outcome.name)
                    note(outcome)

    def _task(self, name: str) -> Task:
        executed = BUILD / "executed" / slug(self.request.changed) / f"{name}.ipynb"
        out, evidence = self.desk / name, self.desk / f"{name}.evidence"
        for left in (out, evidence):
            shutil.rmtree(left, ignore_errors=True)
        if reads_evidence(name) and not self._evidence(name):
            raise InputError("no evidence to stand on", where=f"{name}, {self.request.out}", remedy="run all notebooks")
        for file in self._evidence(name) if reads_evidence(name) else ():
            write_whole(evidence / file, self.places[f"evidence/{file}"].read_bytes())
        path, changed = NOTEBOOKS / f"{name}.ipynb", self.request.changed[name]
        return Task(name, path, changed, out, executed, {EVIDENCE_VARIABLE: str(evidence)}, self.request.timeout)

    def _finish(self, name: str, folder: Path) -> None:
        """Describe a notebook's outputs, so that an interrupted run is taken up where it stopped."""
        now = Now()
        made = self.made[name] | take_inputs(folder, now)
        if moved := now.changes(made, now.made(name, self.request.notebooks[name]), self._evidence(name)):
            made["changed while it ran"] = moved  # it is not known whether the old or the new was used: never fresh
        write_manifest(folder, outputs := entries(folder, made))
        self._add(name, outputs, folder)

    def _add(self, name: str, outputs: Entries, folder: Path) -> None:
        self.outputs = {path: e for path, e in self.outputs.items() if e["notebook"] != name} | outputs
        self.places |= {path: folder / path for path in outputs}

    def _lay(self) -> Path:
        """Lay all outputs together with manifest, results and verdicts, and what else the user keeps there."""
        from analysis.claims.verdicts import write_summaries

        ready, out = self.desk / "ready", self.request.out
        shutil.rmtree(ready, ignore_errors=True)
        of_runs = {*self.manifest["outputs"], *self.manifest["summaries"], MANIFEST}
        own = {path: out / path for path in hashes(out) if path not in of_runs}
        for path, place in (own | {path: self.places[path] for path in self.outputs}).items():
            write_whole(ready / path, place.read_bytes())
        made = {"made": self.makes_summaries}
        summaries = {path.name: made | {"sha256": file_hash(path)} for path in write_summaries(ready)}
        write_manifest(ready, self.outputs, environment=environment(), summaries=summaries)
        return ready
