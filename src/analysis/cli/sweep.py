"""The command ``sweep``: one notebook over a grid of parameters, here or on a cluster."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analysis.cli import frame
from analysis.cli.frame import OutFolder, app
from analysis.cli.going import Engine, Jobs, Log, Teller, engine_is_warm, interruptible
from analysis.errors import InputError

if TYPE_CHECKING:
    from concurrent.futures import Executor

_HELP = """Execute a notebook for every combination of a grid; what is fresh is skipped.

One row a combination goes to results.csv, the rest to a folder each. A combination that fails is recorded there, and
the sweep goes on. Exit codes: 0 done, 1 a combination failed, 2 a bad request, 130 interrupted.

On a cluster, for example of this machine, in a first terminal `dask scheduler --port 8786`, in a second
`dask worker --no-nanny --nthreads 1 tcp://127.0.0.1:8786`, then
`analysis sweep 01 --grid COUNTRY=all --executor dask --scheduler tcp://127.0.0.1:8786`.
Workers need the project and its environment, not the same disk.
"""
_ADDRESS = re.compile(r"(tcp|tls)://(\[[^]/]+\]|[^][:/@\s]+):\d{1,5}")


@app.command(help=_HELP)
def sweep(
    notebook: Annotated[str, typer.Argument(help="Name or number.")],
    grid: Annotated[list[str] | None, typer.Option(help="NAME=value,value,... or COUNTRY=all, repeatable.")] = None,
    out: OutFolder = None,
    jobs: Jobs = 1,
    figures: Annotated[bool, typer.Option("--figures", help="Draw figures too; they take most of the time.")] = False,
    executor: Annotated[str, typer.Option(help="local, or dask.")] = "local",
    scheduler: Annotated[str, typer.Option(help="Address of a Dask scheduler.")] = "",
    engine: Engine = "warm",
    log: Log = "",
) -> None:
    """Sweep."""
    from analysis.runs.sweep import RESULTS, plan_sweep
    from analysis.runs.sweep import sweep as run_sweep

    forked = engine_is_warm(engine)
    request = plan_sweep(notebook, frame.pairs(grid, "--grid"), out=out, figures=figures)
    with (
        interruptible("finished combinations are kept"),
        _executor(executor, scheduler, jobs) as pool,
        Teller(log, total=len(request.combinations)) as teller,
    ):
        outcomes = run_sweep(request, pool, report=teller.outcome, forked=forked)
        failed = sum(bool(outcome.failure) for outcome in outcomes)
        teller.say("results", f"{frame.shown(request.out / RESULTS)}, {len(outcomes)} combinations, {failed} failed")
    if failed:
        sys.exit(1)


@contextlib.contextmanager
def _executor(kind: str, scheduler: str, jobs: int) -> Iterator[Executor]:
    if kind == "local":
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(jobs) as pool:
            yield pool
    elif kind == "dask":
        with _client(scheduler) as client:
            yield client.get_executor(pure=False)
    else:
        raise InputError(f"no executor {kind}", remedy="choose from local, dask")


def _client(scheduler: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise InputError("Dask is not installed", remedy="install the extra: pip install 'analysis[dask]'") from None
    if not scheduler:
        raise InputError("no scheduler", remedy="name one: --scheduler tcp://HOST:PORT")
    _check_address(scheduler)
    try:
        return Client(scheduler, timeout=10, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:120]
        raise InputError(f"no scheduler at {scheduler}: {reason}", remedy="start one: dask scheduler") from None


def _check_address(scheduler: str) -> None:
    """Refuse what a client would: one that is refused prints a traceback of its own when it is collected."""
    from distributed.security import Security

    if not _ADDRESS.fullmatch(scheduler):
        raise InputError(f"--scheduler {scheduler}: not of the form tcp://HOST:PORT or tls://HOST:PORT")
    if scheduler.startswith("tls") and not Security().get_connection_args("client").get("ssl_context"):
        remedy = "name them in Dask's configuration: distributed.comm.tls"
        raise InputError(f"--scheduler {scheduler}: no certificates are configured", remedy=remedy)
