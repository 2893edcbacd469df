"""Worker processes that do not fight for the same cores."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor

from threadpoolctl import threadpool_limits


def processes(workers: int) -> ProcessPoolExecutor:
    """Return a pool of processes whose linear algebra uses one thread each.

    By default every process starts a thread a core; on two cores two workers then took three times as long.
    """
    return ProcessPoolExecutor(workers, initializer=threadpool_limits, initargs=(1,))
