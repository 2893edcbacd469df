"""Sweeps: one notebook over a grid of parameters, by threads here or on a cluster that is already there."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError, InputError, RunError
from analysis.files import gather_temporary_files, swap, write_whole
from analysis.paths import BUILD, NOTEBOOKS
from analysis.runs.engine import Outcome, Task, last_run, note_last_run
from analysis.runs.manifest import entries, read_manifest, write_manifest
from analysis.runs.plan import preflight, replaceable, slug
from analysis.runs.run import Report
from analysis.runs.staleness import Now, reads_evidence, remember, take_inputs
from analysis.session import FIGURES_VARIABLE
from analysis.session.declared import declared, parse, resolve
from analysis.session.parameters import COUNTRY, allowed, check, refuse_unknown

RESULTS = "results.csv"
_COPY = "executed.ipynb"
#: Takes every country that the notebook's own checks let through, where a parameter is a country.
ALL = "all"
_ADDRESS = re.compile(r"(tcp|tls)://(\[[^]/]+\]|[^][:/@\s]+):\d{1,5}")


class Sweep:
    """A sweep of one notebook, verified before anything starts; what only a running notebook refuses fails later on.

    The grid has values of each parameter with commas between, of a list parameter JSON lists with semicolons between;
    ``all`` stands for all countries that the notebook lets through. The default folder is ``build/sweeps/<notebook>``.
    ``combinations`` has all parameters of each combination by its name, ``due`` what would make those not fresh.
    """

    def __init__(self, wanted: str, grid: Mapping[str, str], *, out: Path | None = None, figures: bool = False) -> None:
        from analysis.data.load import country_names
        from analysis.data.readers.frames import open_csv  # whoever only asks for help does not wait for pandas

        notebook = resolve(wanted)
        known = declared(notebook)
        if reads_evidence(notebook):
            raise InputError("it stands on the evidence of other notebooks", where=notebook, remedy="sweep those")
        refuse_unknown(grid, known, where=notebook)
        defaults = {name: item.default for name, item in known.items()}
        single = [name for name, item in known.items() if item.kind == "str" and allowed(item).startswith(COUNTRY)]
        every = [name for name in single if ALL in grid.get(name, "").split(",")]
        values: dict[str, list[Any]] = {}
        for name, text in grid.items():
            items = country_names() if name in every else text.split(";" if known[name].kind == "list" else ",")
            values[name] = [parse(item, known[name], where=notebook) for item in items]
        preflight({})
        chosen = [dict(zip(values, combination, strict=True)) for combination in itertools.product(*values.values())]
        combinations = {slug({notebook: changed}): defaults | changed for changed in chosen}
        refused = {}
        for name, values_of_one in combinations.items():
            try:
                check(notebook, values_of_one)
            except InputError as error:
                refused[name] = error
        if refused and not (every and len(refused) < len(combinations)):
            raise [*refused.values()][-1 if every else 0]
        self.combinations = {name: own for name, own in combinations.items() if name not in refused}
        self.notebook, self.out = notebook, replaceable(out or BUILD / "sweeps" / notebook, RESULTS)
        results, remedy = self.out / RESULTS, "name another folder"
        rows = open_csv(results, remedy=remedy) if results.is_file() else known
        if missing := [name for name in known if name not in rows]:
            raise InputError(f"its rows have no {missing[0]}", where=str(results), remedy=remedy)
        remember()
        left_out = [f" ({len(refused)} left out, first: {error.what})" for error in refused.values()][:1]
        self.many = f"{len(self.combinations)} combination{'s' * (len(self.combinations) != 1)}{''.join(left_out)}"
        self._timed = f"{notebook}, swept {'with' if figures else 'without'} figures"
        now = Now()
        shared = now.made(notebook, {}) | {"figures": figures}
        folders = {name: self.out / "runs" / name for name in self.combinations}
        made = {name: shared | {"parameters": values} for name, values in self.combinations.items()}
        outputs = {name: read_manifest(folder)["outputs"] for name, folder in folders.items()}
        self.due = {name: own for name, own in made.items() if now.stale(folders[name], outputs[name], own, {})}

    def expected(self, jobs: int) -> str:
        """Say how many combinations are to run, and about how long by the notebook's last sweep, or else last run."""
        entry, count = last_run().get(self._timed) or last_run().get(self.notebook), len(self.due)
        told = f"{count} of {self.many}"
        if not (count and entry):
            return told + ", for how long is not known before the first" * bool(count)
        return f"{told}, about {entry['seconds'] * -(-count // jobs) / 60:.1f} min"

    def go(self, executor: Executor, *, report: Report) -> list[Outcome]:
        """Execute every combination that is due, report all; write a folder for each, and a row of ``results.csv``.

        The executor's threads are here (each has a kernel of its own), or it is a cluster. Rows of earlier sweeps into
        the same folder stay; of the same parameters the newest does.
        """
        from analysis.data.load import add_records
        from analysis.runs.engine.kernels import ended_on_interrupt

        made, results, key = self.due, self.out / RESULTS, [*declared(self.notebook)]
        outcomes = {name: Outcome(name, state="fresh") for name in self.combinations if name not in made}
        for outcome in outcomes.values():
            report(outcome)
        add_records(results, [], key=key)  # marks the folder as a sweep's, however early that is interrupted
        futures = {executor.submit(perform, made[name], self.out / "runs" / name): name for name in made}
        with ended_on_interrupt(futures):
            for future in as_completed(futures):
                name = futures[future]
                outcomes[name] = _keep(future, self.out / "runs" / name, made[name])
                if outcomes[name].state == "ok":
                    note_last_run({name: replace(outcomes[name], name=self._timed)})
                # Row by row, so that a sweep that is killed has those of what it finished.
                add_records(results, [self._record(outcomes[name])], key=key)
                report(outcomes[name])
        add_records(results, [self._record(outcomes[name]) for name in self.combinations], key=key)
        return [outcomes[name] for name in self.combinations]

    def _record(self, outcome: Outcome) -> dict[str, Any]:
        """Return a row of the results: parameters, how it ended, and the numbers that the notebook saved."""
        path = self.out / "runs" / outcome.name / "numbers" / f"{self.notebook}.json"
        numbers = json.loads(path.read_text(encoding="utf-8")) if path.is_file() and not outcome.failure else {}
        error = next((line.strip() for line in outcome.failure[::-1] if "executed copy:" not in line), "")
        return self.combinations[outcome.name] | {"state": "failed" if error else "ok", "error": error} | numbers


@contextlib.contextmanager
def executing(kind: str, scheduler: str, jobs: int) -> Iterator[Executor]:
    """Give threads of this machine, or the workers of a Dask scheduler."""
    if kind == "local":
        with ThreadPoolExecutor(jobs) as pool:
            yield pool
        return
    try:
        from distributed import Client, Security
    except ImportError:
        raise InputError("Dask is not installed", remedy="install it with: pip install --editable '.[dask]'") from None
    # Refused here, since a client that is refused prints a traceback of its own when it is collected.
    if not _ADDRESS.fullmatch(scheduler):
        what = f"--scheduler {scheduler or 'none'}: not of the form tcp://HOST:PORT or tls://HOST:PORT"
        raise InputError(what, remedy="start one: dask scheduler")
    if scheduler.startswith("tls") and not Security().get_connection_args("client").get("ssl_context"):
        remedy = "name them in Dask's configuration: distributed.comm.tls"
        raise InputError(f"--scheduler {scheduler}: no certificates are configured", remedy=remedy)
    try:
        client = Client(scheduler, timeout=10, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:120]
        raise InputError(f"no scheduler at {scheduler}: {reason}", remedy="start one: dask scheduler") from None
    with client:
        yield client.get_executor(pure=False)


def perform(made: dict[str, Any], folder: Path) -> tuple[Outcome, dict[str, bytes]]:
    """Execute one combination wherever this is called, and return its files, since the folder may be elsewhere."""
    from analysis.runs.engine import execute, kernels

    notebook, values = made["notebook"], made["parameters"]
    if other := [name for name, value in Now().made(notebook, values).items() if value != made[name]]:
        raise RunError(f"this machine has another {', '.join(other)}", where=notebook, remedy="update the worker")
    gather_temporary_files()
    kernels.prepare([notebook])
    variables = {} if made["figures"] else {FIGURES_VARIABLE: "no"}
    with tempfile.TemporaryDirectory() as name:
        here = Path(name) / folder.name
        source = NOTEBOOKS / f"{notebook}.ipynb"
        outcome = execute.execute(Task(folder.name, source, values, here, here / _COPY, variables))
        return outcome, {p.relative_to(here).as_posix(): p.read_bytes() for p in sorted(here.rglob("*")) if p.is_file()}


def _keep(future: Future[tuple[Outcome, dict[str, bytes]]], folder: Path, made: dict[str, Any]) -> Outcome:
    """Write what came back whole; a combination that failed leaves its executed copy and no manifest."""
    try:
        outcome, files = future.result()
    except Exception as error:
        reason = error.line() if isinstance(error, AnalysisError) else f"{type(error).__name__}: {error}"
        return Outcome(folder.name, failure=(f"failed: {folder.name}", f"  {' '.join(reason.split())}"), state="failed")
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for path, content in files.items():
        write_whole(fresh / path, content)
    noted = take_inputs(fresh, Now())
    if not outcome.failure:
        write_manifest(fresh, entries(fresh, made | noted))
    swap(fresh, folder)
    return replace(outcome, failure=outcome.failure and (*outcome.failure[:-1], f"  executed copy: {folder / _COPY}"))
