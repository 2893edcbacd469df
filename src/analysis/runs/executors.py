"""Where the combinations of a sweep are executed: threads here, or a cluster that is already there."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

from analysis.errors import InputError

_ADDRESS = re.compile(r"(tcp|tls)://(\[[^]/]+\]|[^][:/@\s]+):\d{1,5}")


@contextlib.contextmanager
def executor(kind: str, scheduler: str, jobs: int) -> Iterator[Executor]:
    """Give threads of this machine, or the workers of a Dask scheduler."""
    if kind == "dask":
        with _client(scheduler) as client:
            yield client.get_executor(pure=False)
    else:
        with ThreadPoolExecutor(jobs) as pool:
            yield pool


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
