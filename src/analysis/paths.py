"""Where things are: one constant per folder, found from this file or from ``ANALYSIS_ROOT``."""

from __future__ import annotations

import os
from pathlib import Path

#: The project folder: the checkout, unless ``ANALYSIS_ROOT`` names another one.
ROOT = Path(os.environ.get("ANALYSIS_ROOT") or Path(__file__).resolve().parents[2])
#: Register, source cards, codebook and tables.
DATA = ROOT / "data"
#: The tidy tables that notebooks read.
TABLES = DATA / "tables"
#: The notebooks, committed without outputs.
NOTEBOOKS = ROOT / "notebooks"
#: The published figures, tables and evidence; written by the run only.
FIGURES = ROOT / "figures"
#: Executed notebooks, logs and runs with changed parameters; never committed.
BUILD = ROOT / "build"
