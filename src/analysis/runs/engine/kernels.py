"""Kernels: forked warm from a parent that has imported what notebooks import, or started as always."""

from __future__ import annotations

import contextlib
import gc
import importlib
import multiprocessing
import os
import re
import signal
import sys
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, MutableMapping
from concurrent.futures import Future
from multiprocessing import forkserver, resource_tracker
from typing import Any

import zmq
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner

from analysis.errors import InputError
from analysis.paths import BUILD, FIGURES, ROOT
from analysis.runs.manifest import read_manifest
from analysis.runs.staleness import code, imported, library_hash

#: Settings under which results are the same bytes on every rerun; that freed memory is kept saves a tenth of the time.
REPRODUCIBLE = {
    "ANALYSIS_ROOT": str(ROOT),
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "TZ": "UTC",
    "GLIBC_TUNABLES": "glibc.malloc.mmap_threshold=33554432:glibc.malloc.trim_threshold=1073741824",
    # Modules and start-up files of the user, in the current folder and in IPython's, are no part of a run.
    "PYTHONSAFEPATH": "1",
    "PYTHONSTARTUP": "",
    "IPYTHONDIR": str(BUILD / "state" / "ipython"),
    # The kernel named python3 must be the one of this environment, not one that the user registered elsewhere.
    "JUPYTER_PREFER_ENV_PATH": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
#: Modules that the parent of kernels imports, with functions of theirs that it calls, as module:function:argument.
VARIABLE = "ANALYSIS_PRELOAD"
# What every kernel needs. Not matplotlib_inline's backend: a kernel has to choose it itself to show figures.
_ALWAYS = ["ipykernel.kernelapp", "ipykernel.debugger", "IPython.core.debugger", "IPython.core.oinspect", "sqlite3"]
_ALWAYS += ["matplotlib.backends.backend_pdf", "matplotlib.backends.backend_svg"]
_ALWAYS += ["analysis.session.session", "analysis.claims.register:load_register", "analysis.claims.lock:read_lock"]
_LOAD, _LOCK, _OFTEN = "analysis.data.load:load:", threading.Lock(), 3  # what fewer notebooks use they load themselves
_ALWAYS += [f"{_LOAD}calibration", f"{_LOAD}population"]  # for verdicts, and for parameters that name a country
_live: set[int] = set()
_preloaded: list[str] = []
_stopping = threading.Event()


def prepare(notebooks: Collection[str]) -> None:
    """Start the parent of warm kernels, which imports and loads what many of them used, while the caller goes on.

    That is on Linux, in a process that may have children; elsewhere kernels are started as always.
    """
    source = "\n".join(cell for name in notebooks for cell in code(name))
    others = re.findall(r"^(?:import|from)\s+([\w.]+)", source, re.MULTILINE)
    with _LOCK:
        if sys.platform == "linux" and not multiprocessing.current_process().daemon and not _preloaded:
            multiprocessing.set_forkserver_preload(["analysis.runs.engine.kernels"])
            # There may be no room for its socket, as where the name of the temporary folder is too long.
            with contextlib.suppress(OSError, InputError), contextlib.ExitStack() as started:
                known = {of["notebook"]: of.get("tables", ()) for of in read_manifest(FIGURES)["outputs"].values()}
                used = [table for name in notebooks for table in known.get(name, ())]
                often = sorted({table for table in used if used.count(table) >= min(_OFTEN, len(notebooks))})
                wanted = ",".join([*_ALWAYS, *others, *sorted(imported(source)), *map(_LOAD.__add__, often)])
                started.enter_context(_replaced(os.environ, {**REPRODUCIBLE, VARIABLE: wanted}))
                resource_tracker.ensure_running()  # lets interrupts through again, which are the runner's alone
                signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
                started.callback(signal.pthread_sigmask, signal.SIG_UNBLOCK, {signal.SIGINT})
                forkserver.ensure_running()
                _preloaded.append(library_hash())


@contextlib.contextmanager
def ended_on_interrupt(futures: Iterable[Future[Any]]) -> Iterator[None]:
    """End every kernel of this process, with its children, if what is inside is interrupted; no new one starts."""
    _stopping.clear()
    try:
        yield
    except BaseException:
        _stopping.set()
        for future in futures:
            future.cancel()
        for pid in list(_live):
            _kill_group(pid)
        raise


class Kernels(AsyncKernelManager):
    """Forks a kernel, or starts one as Jupyter does, in a process group that is known here and ends with it.

    On Linux its sockets have names and no files: no path can be too long, no file is left, no network is needed.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if sys.platform == "linux":
            self.transport, self.ip = "ipc", f"@kernel-{os.urandom(16).hex()}"

    def client(self, **kwargs: Any) -> Any:
        """Give a client that looks for a new kernel every few milliseconds, and soon believes that it said all."""
        made: Any = super().client(**kwargs)
        made.context.setsockopt(zmq.RECONNECT_IVL, 5)  # milliseconds
        listen = made.iopub_channel.get_msg
        made.iopub_channel.get_msg = lambda timeout=None: listen(timeout and timeout / 10)
        return made

    async def _async_pre_start_kernel(self, **kw: Any) -> Any:
        if _preloaded == [library_hash()]:  # else the modules of the parent are not those on disk
            self.provisioner = Forked(kernel_id=self.ip, kernel_spec=self.kernel_spec, parent=self)
        return await super()._async_pre_start_kernel(**{"kernel_id": self.ip, **kw})

    async def _async_post_start_kernel(self, **kw: Any) -> None:
        await super()._async_post_start_kernel(**kw)
        _live.add(pid := getattr(self.provisioner, "pid", None) or 0)
        if _stopping.is_set():
            _kill_group(pid)

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        if pid := getattr(self.provisioner, "pid", None):
            _live.discard(pid)
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)  # a kernel that was killed leaves its pool of processes behind
        await super()._async_cleanup_resources(restart=restart)

    cleanup_resources = _async_cleanup_resources


class Forked(LocalProvisioner):
    """Provides a kernel by forking the parent instead of starting Python."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork a kernel with the arguments that follow the name of the launcher's module."""
        child: Any = Child(target=_kernel, args=(cmd[cmd.index("ipykernel_launcher") + 1 :], kwargs["env"]))
        # The runner's main module is hidden: a kernel has its own and need not import this one first.
        with _LOCK, _replaced(sys.modules, {"__main__": type(sys)("__main__")}):
            child.start()
        self.process, self.pid = child, child.pid
        return self.connection_info


class Child(multiprocessing.context.ForkServerProcess):
    """A forked process with the methods that Jupyter calls on one that it started."""

    stdin = stdout = stderr = None
    wait = multiprocessing.context.ForkServerProcess.join

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        with _LOCK:  # read twice at once it is lost
            return self.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal to the process alone, and if it kills, wait for that: Jupyter looks ten times a second."""
        os.kill(self.pid or 0, number)
        with _LOCK:
            self.join(1 if number == signal.SIGKILL else 0)


def _kernel(arguments: list[str], environment: dict[str, str]) -> None:
    import numpy as np
    from ipykernel.kernelapp import IPKernelApp

    # A group of its own: an interrupt at the terminal is the runner's, and a kill takes the kernel's children along.
    os.setsid()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    # However the runner ends, this ends with it.
    threading.Thread(target=_kill_group, args=(os.getpid(), multiprocessing.parent_process()), daemon=True).start()
    os.environ.clear()
    os.environ.update(environment)
    np.random.seed()  # noqa: NPY002 (the state was copied with the fork)
    IPKernelApp.launch_instance(arguments)


def _kill_group(pid: int, after: Any = None) -> None:
    if after:
        after.join()
    for kill in (os.killpg, os.kill):  # it may have no group yet
        with contextlib.suppress(OSError):
            kill(pid, signal.SIGKILL)


@contextlib.contextmanager
def _replaced(mapping: MutableMapping[str, Any], values: Mapping[str, Any]) -> Iterator[None]:
    """Put values into a mapping for a while."""
    before = {name: mapping[name] for name in values if name in mapping}
    mapping.update(values)
    try:
        yield
    finally:
        mapping.update(before)
        for name in values.keys() - before.keys():
            del mapping[name]


# The parent of kernels imports this module first, then what it was told. What can't be imported is left to the notebook
# that needs it, which says so with its cell. Kernels share what is frozen, and their collectors do not look at it.
for _name, *_call in (_item.split(":") for _item in os.environ.pop(VARIABLE, "").split(",") if _item):
    with contextlib.suppress(Exception):
        _module = importlib.import_module(_name)
        _done = _call and getattr(_module, _call[0])(*_call[1:])
    gc.freeze()
