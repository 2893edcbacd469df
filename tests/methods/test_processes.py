"""Workers use one thread each; the libraries say so themselves (threadpoolctl asks them)."""

import numpy as np
from threadpoolctl import threadpool_info

from analysis.methods.multiverse import processes


def threads(size: int) -> set[int]:
    np.ones((size, size)) @ np.ones((size, size))
    return {pool["num_threads"] for pool in threadpool_info()}


def test_linear_algebra_of_a_worker_has_one_thread():
    with processes(2) as pool:
        assert set.union(*pool.map(threads, [64, 64])) == {1}
