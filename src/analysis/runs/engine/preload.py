"""What the parent of warm kernels imports; what can't be is left to the notebook, which says so with its cell."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os

#: Names of modules with commas between.
VARIABLE = "ANALYSIS_PRELOAD"

for _name in filter(None, os.environ.get(VARIABLE, "").split(",")):
    with contextlib.suppress(Exception):
        importlib.import_module(_name)
# What is frozen is not looked at by the collectors of the forked kernels, and stays shared with them.
gc.freeze()
