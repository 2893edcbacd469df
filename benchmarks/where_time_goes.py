"""Where the time of a run goes: how long each notebook takes outside of its own cells, and on what its cells spend it.

    python benchmarks/where_time_goes.py [--draws smallest|default] [--out benchmarks/results]

Each notebook is executed twice, alone on the machine. First by the `papermill` command: what it takes beyond its cells
is the cost of Python, papermill and a kernel, which an engine can save. Then its code cells run in one plain process
with a clock at the doors of imports, tables and figures, each second counted once: that is what an engine can only
spread over cores. The last lines give the ratio to papermill's loop that would be left on two cores if all that is not
the notebooks' own cost nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# Nothing but the standard library up here: the process that runs the cells has to pay for its imports itself.
CORES = 2
OUTSIDE = "Python, papermill and kernel"
FIGURES = ("layout", "png", "svg", "pdf")


class Clock:
    """Seconds by section; of nested sections only the innermost runs."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._stack, self._since = ["other code"], time.perf_counter()

    def _pass(self) -> None:
        now = time.perf_counter()
        self.seconds[self._stack[-1]] += now - self._since
        self._since = now

    @contextlib.contextmanager
    def section(self, name: str) -> Iterator[None]:
        """Count what is inside under this name."""
        self._pass()
        self._stack.append(name)
        try:
            yield
        finally:
            self._pass()
            self._stack.pop()

    def at(self, module: object, function: str, name: str) -> None:
        """Count a function of a module under a name, in which ``{}`` stands for its second argument."""
        inner = getattr(module, function)

        def timed(*args: object, **kwargs: object) -> object:
            with self.section(name.format(args[1] if len(args) > 1 else "")):
                return inner(*args, **kwargs)

        setattr(module, function, timed)


def in_cells(name: str, project: str, out: str) -> dict[str, float]:
    """Run a notebook's code cells in this process; return the seconds by section."""
    os.environ.update(ANALYSIS_ROOT=project, ANALYSIS_OUT=out, ANALYSIS_EVIDENCE=f"{out}/evidence", MPLBACKEND="agg")
    cells = json.loads((Path(project) / f"notebooks/{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    clock, space = Clock(), {"__name__": "__main__", "display": lambda *_: None}
    watched = False
    for source in ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"):
        imports = "\nfrom analysis" in f"\n{source}"
        with (
            clock.section("imports") if imports else contextlib.nullcontext(),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            exec(compile(source, name, "exec"), space)
        if imports and not watched:
            watched = True
            _watch(clock)
    clock._pass()
    return dict(clock.seconds)


def _watch(clock: Clock) -> None:
    from analysis.charts import save
    from analysis.data import load

    clock.at(load, "_checked", "tables, read and checked")
    clock.at(save, "_settle", "figures: layout")
    clock.at(save, "_bytes", "figures: {}")


def by_papermill(name: str, project: Path, out: Path) -> tuple[float, float]:
    """Return the seconds of the `papermill` command for a notebook, and those of its cells in it."""
    from run_engine import measure, papermill

    there = {"ANALYSIS_OUT": str(out), "ANALYSIS_EVIDENCE": str(out / "evidence")}
    seconds = measure(papermill(name, out), root=project, **there)["seconds"]
    cells = json.loads((out / "out.ipynb").read_text(encoding="utf-8"))["cells"]
    return seconds, sum(cell["metadata"].get("papermill", {}).get("duration") or 0 for cell in cells)


def main() -> None:
    """Measure every notebook, write the CSV and print where the time goes."""
    import pandas as pd
    from run_engine import copy

    from analysis.runs.staleness import reads_evidence
    from analysis.session.declared import names

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", choices=("smallest", "default"), default="smallest")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results", help="folder for the results")
    options = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        project, out = copy(Path(folder) / "p", small=options.draws == "smallest"), Path(folder) / "out"
        out.mkdir()
        for name in sorted(names(), key=reads_evidence):
            whole, own = by_papermill(name, project, out)
            rows.append({"notebook": name, "section": OUTSIDE, "seconds": whole - own})
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as fresh:
                found = fresh.submit(in_cells, name, str(project), str(out)).result()
            rows += [{"notebook": name, "section": section, "seconds": seconds} for section, seconds in found.items()]
            print(f"{name}: {whole:.1f} s by papermill, {sum(found.values()):.1f} s in a plain process", flush=True)
    frame = pd.DataFrame(rows)
    options.out.mkdir(parents=True, exist_ok=True)
    frame.round(2).to_csv(options.out / f"where_time_goes_{options.draws}.csv", index=False)
    told(frame.groupby("section")["seconds"].sum())


def told(seconds: pd.Series) -> None:
    """Print the seconds of each section, and what is left if an engine costs nothing."""
    whole, outside = seconds.sum(), seconds[OUTSIDE]
    shares = seconds.sort_values(ascending=False).map(lambda value: f"{value:6.1f} s  {value / whole:4.0%}")
    print(shares.to_string())
    figures = sum(seconds.get(f"figures: {kind}", 0) for kind in FIGURES)
    print(f"{'figures, in all':30} {figures:6.1f} s  {figures / whole:4.0%}")
    left = (whole - outside) / CORES / whole
    print(f"An engine that costs nothing would take {left:.2f} of the loop on {CORES} cores", end="; ")
    print(f"{(whole - outside - seconds['imports']) / CORES / whole:.2f} if imports cost nothing either.")


if __name__ == "__main__":
    sys.exit(main())
