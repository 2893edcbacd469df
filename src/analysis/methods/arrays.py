"""Kinds of array in the library, and how a frozen result keeps one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.floating[Any]]
Bools = NDArray[np.bool_]


def readonly(values: ArrayLike) -> Floats:
    """Return a read-only float copy, so that nobody changes a result, nor the input through it."""
    array = np.array(values, dtype=np.float64)
    array.flags.writeable = False
    return array
