"""Where the time of a run goes: how long each notebook takes outside of its own cells, and on what its cells spend it.

    python benchmarks/where_time_goes.py [--out benchmarks/results]

Each notebook is executed twice with the fewest draws, alone on the machine. First by the `papermill` command: what it
takes beyond its cells is the cost of Python, papermill and a kernel, which an engine can save. Then its code cells run
in one plain process with a clock at the doors of imports, tables and figures, each second counted once: that is what an
engine can only spread over cores. The last line gives the ratio to papermill's loop that would be left on two cores if
all that is not the notebooks' own cost nothing.
"""

import argparse
import contextlib
import io
import json
import multiprocessing
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

# Nothing but the standard library up here: the process that runs the cells has to pay for its imports itself.
CORES = 2
OUTSIDE = "Python, papermill and kernel"


class Clock:
    """Seconds by section; of nested sections only the innermost runs."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._sections, self._since = ["other code"], time.perf_counter()

    def turn(self) -> None:
        """Count the time since the last turn to the section that ran."""
        now = time.perf_counter()
        self.seconds[self._sections[-1]] += now - self._since
        self._since = now

    @contextlib.contextmanager
    def section(self, name: str) -> Iterator[None]:
        """Count what is inside under this name."""
        self.turn()
        self._sections.append(name)
        try:
            yield
        finally:
            self.turn()
            self._sections.pop()

    def at(self, module: object, function: str, name: str) -> None:
        """Count a function of a module under a name, in which ``{}`` stands for its second argument."""
        inner = getattr(module, function)

        def timed(*args: object, **kwargs: object) -> object:
            with self.section(name.format(*args[1:2] or [""])):
                return inner(*args, **kwargs)

        setattr(module, function, timed)


def in_cells(name: str, project: str, out: str) -> dict[str, float]:
    """Run a notebook's code cells in this process; return the seconds by section."""
    os.environ.update(ANALYSIS_ROOT=project, ANALYSIS_OUT=out, ANALYSIS_EVIDENCE=f"{out}/evidence", MPLBACKEND="agg")
    cells = json.loads((Path(project) / f"notebooks/{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    clock, space, watched = Clock(), {"__name__": "__main__", "display": lambda *_: None}, False
    for source in ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"):
        imports = "\nfrom analysis" in f"\n{source}"
        with clock.section("imports" if imports else "other code"), contextlib.redirect_stdout(io.StringIO()):
            exec(compile(source, name, "exec"), space)
        if imports and not watched:
            from analysis.charts import save
            from analysis.data import load

            watched = True
            clock.at(load, "_checked", "tables, read and checked")
            clock.at(save, "_settle", "figures: layout")
            clock.at(save, "_bytes", "figures: {}")
    clock.turn()
    return dict(clock.seconds)


def by_papermill(name: str, project: Path, out: Path) -> float:
    """Return the seconds of the `papermill` command for a notebook outside of its cells."""
    from run_engine import measure, papermill

    there = {"ANALYSIS_OUT": str(out), "ANALYSIS_EVIDENCE": str(out / "evidence")}
    seconds = measure(papermill(name, out), root=project, **there)["seconds"]
    cells = json.loads((out / "out.ipynb").read_text(encoding="utf-8"))["cells"]
    return seconds - sum(cell["metadata"].get("papermill", {}).get("duration") or 0 for cell in cells)


def main() -> None:
    """Measure every notebook, write the CSV and print where the time goes."""
    import pandas as pd
    from run_engine import copy

    from analysis.runs.staleness import reads_evidence
    from analysis.session.declared import names

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results", help="folder for the results")
    options = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        project, out = copy(Path(folder) / "p", small=True), Path(folder) / "out"
        out.mkdir()
        for name in sorted(names(), key=reads_evidence):
            found = {OUTSIDE: by_papermill(name, project, out)}
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as fresh:
                found |= fresh.submit(in_cells, name, str(project), str(out)).result()
            rows += [{"notebook": name, "section": section, "seconds": seconds} for section, seconds in found.items()]
            print(f"{name}: {sum(found.values()):.1f} s", flush=True)
    frame = pd.DataFrame(rows)
    options.out.mkdir(parents=True, exist_ok=True)
    frame.round(2).to_csv(options.out / "where_time_goes_smallest.csv", index=False)
    seconds = frame.groupby("section")["seconds"].sum().sort_values(ascending=False)
    print((seconds.map("{:6.1f} s ".format) + (seconds / seconds.sum()).map("{:4.0%}".format)).to_string())
    left = (seconds.sum() - seconds[OUTSIDE]) / CORES / seconds.sum()
    print(f"An engine that costs nothing would take {left:.2f} of the loop on {CORES} cores.")


if __name__ == "__main__":
    main()
