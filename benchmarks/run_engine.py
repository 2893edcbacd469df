"""The run engine against public tools, in pairs within one run, on copies of this project's notebooks.

    python benchmarks/run_engine.py [--parts cold,nothing,...] [--pairs N] [--combinations N] [--loop N]

cold      all notebooks by one `analysis run`, against the `papermill` command in a loop, with default parameters
smallest  the same with the fewest draws and permutations that the notebooks allow: what is left is the engine's
where     where the time goes: the whole run, without its figures, and without figures and with the fewest draws
nothing   a run with nothing to do, against `snakemake` in an environment of its own
sweep     one notebook over a grid, against the `papermill` command in a loop (of which `--loop` runs are timed, and
          scaled to the grid); numbers only, as a sweep does it, and with figures, as the loop does it
dask      the same grid on one and on two Dask workers of this machine

The memory of a command is that of all its processes together, shared pages counted once, at its highest; sampled up
to five times a second. Processor time is that of the whole machine meanwhile: over wall time and cores, it says how
much of the machine was used, and it is the command's if nothing else runs. The CSV has one row a command; ratios travel
between machines better than seconds do, and the load of the machine at the start of each command stands beside them.
"""

import argparse
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import psutil
import yaml

from analysis.claims.lock import LOCK
from analysis.paths import BUILD, NOTEBOOKS, ROOT
from analysis.runs.staleness import reads_evidence
from analysis.session import FIGURES_VARIABLE
from analysis.session.declared import declared, names
from analysis.session.parameters import allowed

BIN = Path(sys.executable).parent
#: Parameters that only say how often something is drawn.
DRAWS = ("DRAWS", "PERMUTATIONS")
SWEPT, COUNTRIES = "01_freedom_index", 20
#: Looking takes time from what is looked at, the more the more processes there are: at most a twentieth of one core.
PAUSE = 20
LIMITS = {"cold": 0.5, "smallest": 0.25, "nothing": 0.5, "sweep": 0.15, "dask": 1 / 1.7}
SNAKEFILE = """
rule all:
    input: {all}
rule notebook:
    input: "notebooks/{{name}}.ipynb"
    output: "made/{{name}}.ipynb"
    shell: "papermill {{input}} {{output}}"
"""


def smallest(name: str) -> dict[str, int]:
    """Return the lowest values that a notebook's cell allows for its numbers of draws."""
    return {key: int(allowed(item).partition("..")[0]) for key, item in declared(name).items() if key in DRAWS}


def copy(folder: Path, *, small: bool) -> Path:
    """Copy the notebooks, with other defaults in them and in the lock if asked for, beside links to the data."""
    for item in ("notebooks", "data"):
        (folder / item).mkdir(parents=True)
    for path in (ROOT / "requirements.lock", *(ROOT / "data").iterdir()):
        (folder / path.relative_to(ROOT)).symlink_to(path)
    locked = yaml.safe_load(LOCK.read_text(encoding="utf-8"))
    for name in names():
        text = (NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8")
        for key, value in smallest(name).items() if small else ():
            text = re.sub(rf"({key}: int = )\d+", rf"\g<1>{value}", text)
            locked["parameters"][name][key] = value
        (folder / "notebooks" / f"{name}.ipynb").write_text(text, encoding="utf-8")
    (folder / "data" / LOCK.name).unlink()
    (folder / "data" / LOCK.name).write_text(yaml.safe_dump(locked), encoding="utf-8")
    return folder


def measure(*calls: list[str], root: Path, part: str = "", **variables: str) -> dict[str, float]:
    """Run commands one after the other; return wall and processor time, peak memory in MB and the load at the start."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "ANALYSIS_ROOT": str(root)} | variables
    load, peak, done = os.getloadavg()[0], [0.0], threading.Event()
    sampler = threading.Thread(target=_sample, args=(peak, done))
    sampler.start()
    begin, spent = time.perf_counter(), processor()
    run = partial(subprocess.run, env=environment, cwd=root, capture_output=True, text=True, check=False)
    ended = [run(call) for call in calls]
    seconds = time.perf_counter() - begin
    done.set()
    sampler.join()
    for process in ended:
        # A country that the notebook refuses ends a sweep with 1; the loop refuses it as well.
        if process.returncode and not (part == "sweep" and process.returncode == 1):
            raise SystemExit(f"{' '.join(process.args)}\n{process.stderr}")
    return {"seconds": seconds, "processor_seconds": processor() - spent, "peak_mb": peak[0], "load": load}


def processor() -> float:
    """Return the seconds for which the machine's cores were busy: kernels outlive the process that forked them."""
    times = psutil.cpu_times()
    return times.user + times.nice + times.system


def _sample(peak: list[float], done: threading.Event) -> None:
    me, cost = psutil.Process(), 0.0
    while not done.wait(max(0.2, PAUSE * cost)):
        begin, total = time.perf_counter(), 0
        for process in me.children(recursive=True):
            with contextlib.suppress(psutil.Error):
                full = process.memory_full_info()
                total += getattr(full, "pss", full.uss)
        peak[0] = max(peak[0], total / 2**20)
        cost = time.perf_counter() - begin


def analysis(*arguments: str) -> list[str]:
    """Return a call of the command."""
    return [str(BIN / "analysis"), *arguments]


def papermill(name: str, root: Path, **parameters: str | int) -> list[str]:
    """Return a call of papermill's command."""
    given = [text for key, value in parameters.items() for text in ("-p", key, str(value))]
    return [str(BIN / "papermill"), f"notebooks/{name}.ipynb", str(root / "out.ipynb"), "-k", "python3", *given]


def cold(root: Path, *, small: bool) -> Iterator[dict[str, object]]:
    """All notebooks: papermill's command in a loop, then one run."""
    project = copy(root / "p", small=small)
    ordered = sorted(names(), key=reads_evidence)
    part = "smallest" if small else "cold"
    loop = measure(
        *(papermill(name, root) for name in ordered),
        root=project,
        ANALYSIS_OUT=str(root / "loop"),
        ANALYSIS_EVIDENCE=str(root / "loop/evidence"),
    )
    yield {"part": part, "what": "papermill, loop", "reference": True, **loop}
    yield {"part": part, "what": "analysis run", **measure(analysis("run", "--jobs", "2"), root=project)}


def where(root: Path) -> Iterator[dict[str, object]]:
    """The whole run, and what is left of it without figures, and without figures and most draws."""
    bare = {FIGURES_VARIABLE: "no"}
    trials = (("analysis run", False, {}), ("without figures", False, bare), ("nor most draws", True, bare))
    for number, (what, small, variables) in enumerate(trials):
        project = copy(root / what, small=small)
        found = measure(analysis("run", "--jobs", "2"), root=project, **variables)
        yield {"part": "where", "what": what, "reference": not number, **found}


def nothing(root: Path) -> Iterator[dict[str, object]]:
    """Nothing to do: snakemake, then a run."""
    project = copy(root / "p", small=True)
    snakemake = _snakemake()
    if isinstance(snakemake, str):
        print(f"snakemake is skipped: {snakemake}")
    else:
        (project / "made").mkdir()
        made = [f"made/{name}.ipynb" for name in names()]
        for path in made:
            (project / path).touch()
        (project / "Snakefile").write_text(SNAKEFILE.format(all=json.dumps(made)[1:-1]), encoding="utf-8")
        call = [str(snakemake), "--cores", "2"]
        measure(call, root=project)
        yield {"part": "nothing", "what": "snakemake", "reference": True, **measure(call, root=project)}
    measure(analysis("run", "--jobs", "2"), root=project)
    yield {"part": "nothing", "what": "analysis run", **measure(analysis("run"), root=project)}


def _snakemake() -> Path | str:
    """Return snakemake in an environment of its own, or why there is none."""
    folder = BUILD / "benchmark-snakemake"
    if not (folder / "bin/snakemake").is_file():
        calls = (["uv", "venv", "--quiet", str(folder)], ["uv", "pip", "install", "--quiet", "snakemake"])
        for call in calls:
            environment = os.environ | {"VIRTUAL_ENV": str(folder), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
            ended = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
            if ended.returncode:
                return " ".join(ended.stderr.split())[:200]
    return folder / "bin/snakemake"


def grid(combinations: int) -> tuple[list[tuple[str, int]], list[str]]:
    """Return country and seed of each combination, and the same as options of a sweep."""
    codes = sorted(pd.read_csv(ROOT / "data/tables/hfi_2020.csv", usecols=["iso3"])["iso3"].unique())[:COUNTRIES]
    seeds = list(range(1, combinations // COUNTRIES + 1))
    options = ["--grid", f"COUNTRY={','.join(codes)}", "--grid", f"SEED={','.join(map(str, seeds))}"]
    return [(code, seed) for code in codes for seed in seeds], options


def sweep(root: Path, combinations: int, loop: int) -> Iterator[dict[str, object]]:
    """One notebook over a grid: papermill's command in a loop, then sweeps."""
    project = copy(root / "p", small=True)
    pairs, options = grid(combinations)
    calls = [papermill(SWEPT, root, COUNTRY=code, SEED=seed) for code, seed in pairs[:: len(pairs) // loop][:loop]]
    timed = measure(
        *calls,
        root=project,
        part="sweep",
        ANALYSIS_OUT=str(root / "loop"),
        ANALYSIS_EVIDENCE=str(root / "loop/evidence"),
    )
    for column in ("seconds", "processor_seconds"):
        timed[column] *= len(pairs) / len(calls)
    yield {"part": "sweep", "what": f"papermill, loop ({len(calls)} timed)", "reference": True, **timed}
    for what, more in (("analysis sweep", ()), ("analysis sweep --figures", ("--figures",))):
        call = analysis("sweep", SWEPT, *options, "--jobs", "2", "--out", str(root / "swept"), *more)
        yield {"part": "sweep", "what": what, **measure(call, root=project, part="sweep")}


def dask(root: Path, combinations: int) -> Iterator[dict[str, object]]:
    """The same grid on one and on two Dask workers."""
    project = copy(root / "p", small=True)
    _, options = grid(combinations)
    measure(analysis("sweep", SWEPT, "--grid", "SEED=0", "--out", str(root / "first")), root=project)
    for workers in (1, 2):
        with _cluster(project, workers) as address:
            there = ("--executor", "dask", "--scheduler", address, "--out", str(root / f"dask{workers}"))
            found = measure(analysis("sweep", SWEPT, *options, *there), root=project, part="sweep")
        what = f"{workers} Dask worker{'s' * (workers > 1)}"
        yield {"part": "dask", "what": what, "reference": workers == 1, **found}


@contextlib.contextmanager
def _cluster(root: Path, workers: int) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address, quiet = f"tcp://127.0.0.1:{port}", subprocess.DEVNULL
    worker = ["worker", "--no-nanny", "--nthreads", "1", "--no-dashboard", address]
    calls = [["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"], *[worker] * workers]
    environment = os.environ | {"ANALYSIS_ROOT": str(root), "OMP_NUM_THREADS": "1"}
    started = [subprocess.Popen([str(BIN / "dask"), *c], env=environment, stdout=quiet, stderr=quiet) for c in calls]
    try:
        time.sleep(5)
        yield address
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait()


def draw(frame: pd.DataFrame, path: Path) -> None:
    """Draw the median ratio of each command to the public tool of its part, and what was wanted."""
    wanted = frame[frame["reference"] != True].groupby(["part", "what"], sort=False)["ratio"].median()  # noqa: E712
    fig, ax = plt.subplots(figsize=(7, 0.4 * len(wanted) + 1), layout="constrained")
    ax.barh(range(len(wanted)), wanted, color="#4477aa")
    for at, ((part, _), ratio) in enumerate(wanted.items()):
        ax.text(ratio, at, f"{ratio:.2f} ", va="center", ha="right", color="white")
        if part in LIMITS:
            ax.plot([LIMITS[part]] * 2, [at - 0.4, at + 0.4], color="#cc3311")
    ax.set_yticks(range(len(wanted)), [f"{part}: {what}" for part, what in wanted.index])
    ax.invert_yaxis()
    ax.set_xlim(0, 1.15 * max(*wanted, *LIMITS.values()))
    ax.set_xlabel("Wall time / that of the public tool (where: whole run; Dask: one worker).\nRed: what was wanted.")
    fig.savefig(path, metadata={"Date": None})


def main() -> None:
    """Run the chosen parts, write the CSV and the figure, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default="cold,smallest,where,nothing,sweep,dask")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--combinations", type=int, default=60)
    parser.add_argument("--loop", type=int, default=12)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results", help="folder for the results")
    options = parser.parse_args()
    parts = {
        "cold": lambda root: cold(root, small=False),
        "smallest": lambda root: cold(root, small=True),
        "where": where,
        "nothing": nothing,
        "sweep": lambda root: sweep(root, options.combinations, options.loop),
        "dask": lambda root: dask(root, options.combinations),
    }
    rows = []
    for pair in range(options.pairs):
        for part in options.parts.split(","):
            with tempfile.TemporaryDirectory() as folder:
                for row in parts[part](Path(folder)):
                    rows.append({"pair": pair, "reference": False} | row)
                    told = f"{row['seconds']:.1f} s, {row['processor_seconds']:.0f} s of processors"
                    print(f"{part}: {row['what']}: {told}, {row['peak_mb']:.0f} MB", flush=True)
    frame = pd.DataFrame(rows)
    reference = frame[frame["reference"]].set_index(["pair", "part"])["seconds"]
    frame["ratio"] = [row.seconds / reference.get((row.pair, row.part), float("nan")) for row in frame.itertuples()]
    options.out.mkdir(parents=True, exist_ok=True)
    frame.round(3).to_csv(options.out / "run_engine.csv", index=False)
    draw(frame, options.out / "run_engine.svg")
    columns = ["seconds", "processor_seconds", "peak_mb", "ratio"]
    print(frame.groupby(["part", "what"], sort=False)[columns].median().round(2).to_string())


if __name__ == "__main__":
    main()
