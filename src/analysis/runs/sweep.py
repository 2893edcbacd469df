"""Sweeps: one notebook over a grid of parameters, on any executor of the ``concurrent.futures`` kind."""

from __future__ import annotations

import itertools
import json
import shutil
import tempfile
from collections.abc import Mapping
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError, InputError, RunError
from analysis.files import swap, write_json, write_records, write_whole
from analysis.paths import BUILD, NOTEBOOKS
from analysis.runs.checks import Checks, countries, preflight
from analysis.runs.content import Now, code, reads_evidence, take_inputs
from analysis.runs.engine import Outcome, Task
from analysis.runs.manifest import MANIFEST, altered, entries, read_manifest
from analysis.runs.plan import replaceable, slug
from analysis.runs.run import Report
from analysis.session import FIGURES_VARIABLE
from analysis.session.declared import declared, parse, resolve

RESULTS = "results.csv"
_COPY = "executed.ipynb"
#: Takes every country that the notebook's own checks of its parameters let through.
ALL = "all"


@dataclass(frozen=True, slots=True)
class Sweep:
    """A checked sweep: notebook, all parameters of each combination by its name, folder, whether to draw figures."""

    notebook: str
    combinations: dict[str, dict[str, Any]]
    out: Path
    figures: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What came back of one combination: the outcome, what the session noted, and every file by its path."""

    outcome: Outcome
    noted: dict[str, Any]
    files: dict[str, bytes]


def plan_sweep(wanted: str, grid: Mapping[str, str], *, out: Path | None = None, figures: bool = False) -> Sweep:
    """Check a grid before anything starts.

    Parameters
    ----------
    wanted : str
        Notebook by name or number.
    grid : mapping of str to str
        Values of each parameter with commas between; a list parameter takes JSON lists with semicolons between.
        ``all`` stands for all countries that the notebook's tables know.
    out, figures : Path, bool
        Folder for the results, by default ``build/sweeps/<notebook>``; whether to draw figures too.

    Raises
    ------
    InputError
        An unknown notebook or parameter, or a value of the wrong type. A combination that the notebook refuses is no
        error: it is recorded as failed.
    """
    notebook = resolve(wanted)
    known = declared(notebook)
    if reads_evidence(notebook):
        raise InputError("it stands on the evidence of other notebooks", where=notebook, remedy="sweep those")
    if unknown := sorted(set(grid) - set(known)):
        raise InputError(f"unknown parameter {unknown[0]}", where=notebook, remedy=f"choose from {', '.join(known)}")
    defaults = {name: item.default for name, item in known.items()}
    values = {
        name: countries(notebook, defaults, name) if text == ALL else
        [parse(item, known[name], where=notebook) for item in text.split(";" if known[name].kind == "list" else ",")]
        for name, text in grid.items()
    }  # fmt: skip
    checks = Checks()
    checks.once("preflight", preflight)
    chosen = [dict(zip(values, combination, strict=True)) for combination in itertools.product(*values.values())]
    combinations = {slug({notebook: changed}): defaults | changed for changed in chosen}
    request = Sweep(notebook, combinations, replaceable(out or BUILD / "sweeps" / notebook, RESULTS), figures)
    checks.save()
    return request


def sweep(request: Sweep, executor: Executor, *, report: Report, forked: bool = True) -> list[Outcome]:
    """Execute every combination that is not fresh; write ``results.csv``, and a folder for each combination.

    Parameters
    ----------
    request : Sweep
        A checked sweep.
    executor : concurrent.futures.Executor
        Where combinations are executed: threads here (each has a kernel of its own), or a cluster.
    report, forked : callable, bool
        Called with each outcome, named by its combination; whether to fork warm kernels where that is safe.
    """
    from analysis.runs.engine.kernels import ended_on_interrupt

    now, outcomes, futures = Now(), {}, {}
    made = {name: now.made(request.notebook, values) for name, values in request.combinations.items()}
    for name in request.combinations:
        made[name]["figures"] = request.figures
        folder = request.out / "runs" / name
        if _is_fresh(folder, made[name], now):
            outcomes[name] = Outcome(name, state="fresh")
            report(outcomes[name])
        else:
            futures[executor.submit(perform, made[name], folder, forked)] = folder
    with ended_on_interrupt(futures):
        for future in as_completed(futures):
            folder = futures[future]
            outcomes[folder.name] = _keep(future, folder, made[folder.name])
            report(outcomes[folder.name])
    ordered = [outcomes[name] for name in request.combinations]
    write_records(request.out / RESULTS, [_record(request, outcome) for outcome in ordered])
    return ordered


def perform(made: dict[str, Any], folder: Path, forked: bool) -> Done:
    """Execute one combination wherever this is called; files travel as bytes, since the folder may be elsewhere."""
    from analysis.runs.engine import execute, kernels

    notebook, values = made["notebook"], made["parameters"]
    if other := [name for name, value in Now().made(notebook, values).items() if value != made[name]]:
        raise RunError(
            f"this machine has another {', '.join(other)}", where=notebook, remedy="bring the worker up to date"
        )
    if forked:
        kernels.prepare(code(notebook))
    variables = {} if made["figures"] else {FIGURES_VARIABLE: "no"}
    with tempfile.TemporaryDirectory() as name:
        here = Path(name) / folder.name
        source = NOTEBOOKS / f"{notebook}.ipynb"
        outcome = execute.execute(Task(folder.name, source, values, here, here / _COPY, variables, forked))
        noted = take_inputs(here)
        files = {p.relative_to(here).as_posix(): p.read_bytes() for p in sorted(here.rglob("*")) if p.is_file()}
    return Done(outcome, noted, files)


def _is_fresh(folder: Path, made: dict[str, Any], now: Now) -> bool:
    outputs = read_manifest(folder)["outputs"]
    first = next(iter(outputs.values()), None)
    return first is not None and not now.changes(first, made, {}) and not altered(folder, outputs)


def _keep(future: Future[Done], folder: Path, made: dict[str, Any]) -> Outcome:
    """Write what came back whole; a combination that failed leaves its executed copy and no manifest."""
    try:
        done = future.result()
    except Exception as error:
        reason = error.line() if isinstance(error, AnalysisError) else f"{type(error).__name__}: {error}"
        return Outcome(folder.name, failure=(f"failed: {folder.name}", f"  {' '.join(reason.split())}"), state="failed")
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for path, content in done.files.items():
        write_whole(fresh / path, content)
    if not done.outcome.failure:
        write_json(fresh / MANIFEST, {"outputs": entries(fresh, made | done.noted)})
    swap(fresh, folder)
    copy = (f"  executed copy: {folder / _COPY}",)
    return replace(done.outcome, failure=done.outcome.failure and (*done.outcome.failure[:-1], *copy))


def _record(request: Sweep, outcome: Outcome) -> dict[str, Any]:
    """Return a row of the results: parameters, how it ended, and the numbers that the notebook saved."""
    path = request.out / "runs" / outcome.name / "numbers" / f"{request.notebook}.json"
    numbers = json.loads(path.read_text(encoding="utf-8")) if path.is_file() and not outcome.failure else {}
    lines = [line.strip() for line in outcome.failure if "executed copy:" not in line]
    error = lines[-1] if lines else ""
    return request.combinations[outcome.name] | {"state": "failed" if error else "ok", "error": error} | numbers
