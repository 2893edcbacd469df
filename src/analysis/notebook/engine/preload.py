"""Imported by the parent of warm kernels: what the notebooks of a run import, and the tables they read.

What can't be imported is left to the notebook that needs it, which then says so with its cell.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os

#: Names of modules, and of tables as ``table:NAME``, with commas between.
VARIABLE = "ANALYSIS_PRELOAD"

for _name in filter(None, os.environ.get(VARIABLE, "").split(",")):
    with contextlib.suppress(Exception):
        if _name.startswith("table:"):
            importlib.import_module("analysis.tables.load").load(_name.removeprefix("table:"))
        else:
            importlib.import_module(_name)
# What is frozen is not looked at by the collectors of the forked kernels, and stays shared with them.
gc.freeze()
