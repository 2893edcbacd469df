"""Runs: check first, execute elsewhere, publish whole."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from analysis.claims.evidence import read_evidence
from analysis.claims.lock import check_lock
from analysis.claims.register import load_register
from analysis.claims.verdicts import as_frame, verdicts
from analysis.errors import InputError
from analysis.files import write_json
from analysis.notebook.parameters import check
from analysis.notebook.session import INPUTS
from analysis.paths import BUILD, FIGURES, NOTEBOOKS
from analysis.runs.declared import declared, names, parse, resolve
from analysis.runs.execute import Outcome, Task, execute
from analysis.runs.manifest import MANIFEST, entries, environment, read_manifest
from analysis.tables.catalogue import CATALOGUE
from analysis.tables.load import load

Report = Callable[[Outcome], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do.

    Attributes
    ----------
    notebooks : dict
        All parameters of each notebook, by notebook.
    changed : dict
        Those that differ from the defaults, by notebook.
    out : Path
        Folder that the outputs are published in.
    jobs : int
        Notebooks executed at once.
    """

    notebooks: dict[str, dict[str, Any]]
    changed: dict[str, dict[str, Any]]
    out: Path
    jobs: int = field(default=1)


def plan(wanted: list[str], settings: Mapping[str, str], *, out: Path | None = None, jobs: int = 1) -> Plan:
    """Check a request before anything starts.

    Parameters
    ----------
    wanted : list of str
        Notebooks by name or number; empty = all.
    settings : mapping of str to str
        Changed parameters, as texts.
    out : Path, optional
        Folder for outputs; default ``figures/``, or ``build/runs/...`` if a parameter was changed.
    jobs : int
        Notebooks executed at once.

    Raises
    ------
    InputError
        An unknown notebook or parameter, a value that is not allowed, or a faulty table, register or lock.
    """
    chosen = [resolve(name) for name in wanted] or names()
    known = {name: declared(name) for name in chosen}
    for setting in settings:
        if not any(setting in parameters for parameters in known.values()):
            options = ", ".join(sorted({name for parameters in known.values() for name in parameters}))
            raise InputError(f"unknown parameter {setting}", where=" ".join(chosen), remedy=f"choose from {options}")
    given = {
        name: {key: parse(text, known[name][key], where=name) for key, text in settings.items() if key in known[name]}
        for name in chosen
    }
    full = {name: {key: item.default for key, item in known[name].items()} | given[name] for name in chosen}
    changed = {name: {k: v for k, v in given[name].items() if v != known[name][k].default} for name in chosen}
    for name in chosen:
        check(name, full[name])
    preflight()
    request = Plan(full, changed, out or _default_out(changed), jobs)
    _check_replaceable(request)
    return request


def preflight() -> str:
    """Check register, lock and every table, so that no run starts on a broken file; return the rules' hash."""
    locked = check_lock(load_register())
    for name in CATALOGUE:
        load(name)
    return locked


def run(request: Plan, *, report: Report) -> list[Outcome]:
    """Execute a plan and publish its outputs if every notebook succeeded.

    Parameters
    ----------
    request : Plan
        A checked plan.
    report : callable
        Called with each outcome as it comes.

    Returns
    -------
    list of Outcome
        In the order of the plan.
    """
    # A folder of its own, so that two runs at once never take each other's outputs.
    work = BUILD / "work" / f"{_slug(request.changed)}.{os.getpid()}"
    shutil.rmtree(work, ignore_errors=True)
    tasks = [_task(name, request, work) for name in request.notebooks]
    outcomes: dict[str, Outcome] = {}
    with ProcessPoolExecutor(request.jobs, mp_context=get_context("spawn")) as pool:
        for future in as_completed([pool.submit(execute, task) for task in tasks]):
            outcome = future.result()
            outcomes[outcome.name] = outcome
            report(outcome)
    if not any(outcome.failure for outcome in outcomes.values()):
        publish(_collected(request, tasks, work), request.out)
    shutil.rmtree(work, ignore_errors=True)
    return [outcomes[task.name] for task in tasks]


def publish(ready: Path, out: Path) -> None:
    """Move a complete folder of outputs into place; the old one goes only when the new one stands."""
    old = out.with_name(f".{out.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.exists():
        out.rename(old)
    try:
        shutil.move(ready, out)
    except BaseException:
        shutil.rmtree(out, ignore_errors=True)
        if old.exists():
            old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _check_replaceable(request: Plan) -> None:
    """Refuse to replace a folder that no run made, or whose outputs of other notebooks are not all there."""
    out = request.out
    if out.exists() and any(out.iterdir()) and not (out / MANIFEST).is_file():
        raise InputError("the folder holds files that no run made", where=str(out), remedy="name a new or empty folder")
    missing = sorted(path for path in _kept(request) if not (out / path).is_file())
    if missing:
        remedy = "restore it, or run all notebooks"
        raise InputError(f"{missing[0]} is in the manifest but not in the folder", where=str(out), remedy=remedy)


def _kept(request: Plan) -> dict[str, Any]:
    """Return the manifest's entries of notebooks that are not run now."""
    return {
        path: entry
        for path, entry in read_manifest(request.out)["outputs"].items()
        if entry.get("notebook") not in request.notebooks and entry.get("notebook") in names()
    }


def _collected(request: Plan, tasks: list[Task], work: Path) -> Path:
    """Lay kept and new outputs together in a folder, with manifest, results and verdicts."""
    ready = work / "ready"
    ready.mkdir(parents=True)
    kept = _kept(request)
    for path in kept:
        _copy(request.out / path, ready / path)
    outputs = dict(kept)
    for task in tasks:
        made = entries(task.out, task.name, request.notebooks[task.name], _inputs(task))
        for path in made:
            _copy(task.out / path, ready / path)
        outputs |= made
    _summarise(ready)
    write_json(ready / MANIFEST, {"environment": environment(), "outputs": outputs})
    return ready


def _inputs(task: Task) -> dict[str, str]:
    """Take what the notebook's session noted about its tables; nothing if it saved nothing."""
    path = task.out / INPUTS
    if not path.is_file():
        return {}
    tables: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))["tables"]
    path.unlink()
    return tables


def _summarise(ready: Path) -> None:
    register = load_register()
    judged = verdicts(register, read_evidence(ready / "evidence"), rules_hash=check_lock(register))
    records = json.loads(as_frame(judged).to_json(orient="records"))
    write_json(ready / "verdicts.json", records)
    numbers = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((ready / "numbers").glob("*.json"))}
    write_json(ready / "results.json", numbers)


def _task(name: str, request: Plan, work: Path) -> Task:
    executed = BUILD / "executed" / _slug(request.changed) / f"{name}.ipynb"
    return Task(name, NOTEBOOKS / f"{name}.ipynb", request.changed[name], work / name, executed)


def _default_out(changed: Mapping[str, Mapping[str, Any]]) -> Path:
    return BUILD / "runs" / _slug(changed) if any(changed.values()) else FIGURES


def _slug(changed: Mapping[str, Mapping[str, Any]]) -> str:
    """Name a run by its changed parameters, safe as a folder name; a checksum tells apart what the name cannot."""
    pairs = sorted(
        {(key, json.dumps(value).strip('"')) for values in changed.values() for key, value in values.items()}
    )
    text = "_".join(f"{key}={value}" for key, value in pairs)
    safe = re.sub(r"[^\w.=-]", "", text, flags=re.ASCII)[:100]
    if safe == text and not any("=" in value for _, value in pairs):
        return text or "default"
    return f"{safe}-{hashlib.sha256(json.dumps(pairs).encode()).hexdigest()[:8]}"


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
