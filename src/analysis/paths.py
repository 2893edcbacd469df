"""Where things are: one constant per folder of the project, found from the working folder or ``ANALYSIS_ROOT``."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

_HERE = Path.cwd()
_FOUND = (folder for folder in (_HERE, *_HERE.parents) if (folder / "data/claims.yml").is_file())
#: The project folder: that of ``ANALYSIS_ROOT``, else the nearest from here upwards with a register, else where we are.
ROOT = Path(os.environ.get("ANALYSIS_ROOT") or next(_FOUND, _HERE)).absolute()
#: Register, source cards, codebook and tables.
DATA = ROOT / "data"
#: The tidy tables that notebooks read.
TABLES = DATA / "tables"
#: The notebooks, committed without outputs.
NOTEBOOKS = ROOT / "notebooks"
#: The published figures, tables and evidence; written by the run only.
FIGURES = ROOT / "figures"


def _build() -> Path:
    own = ROOT / "build"
    if named := os.environ.get("ANALYSIS_BUILD"):
        return Path(named)
    if os.access(own if own.exists() else ROOT, os.W_OK):
        return own
    from platformdirs import user_cache_path  # read-only checkouts alone pay for the import

    return user_cache_path("analysis-claims") / "build" / hashlib.sha256(str(ROOT).encode()).hexdigest()[:16]


#: Executed notebooks, logs and runs with changed parameters; never committed. In the user's cache if need be.
BUILD = _build()
