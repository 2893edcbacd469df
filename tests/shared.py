"""Files of published studies that some tests compare with: found beside the project, else the test is skipped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("ANALYSIS_SHARED", Path(__file__).resolve().parents[2] / "shared"))


def shared_file(name: str) -> Path:
    """Return the path of a validation or source file, or skip the test and say why."""
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"{name} is not at hand (set ANALYSIS_SHARED to the folder that has it)")
    return path
