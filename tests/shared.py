"""Files of published studies, found beside the project, else the test is skipped; and contrast of colours."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from analysis.data.catalogue import HFI_EDITIONS
from analysis.data.load import load

SHARED = Path(os.environ.get("ANALYSIS_SHARED", Path(__file__).resolve().parents[2] / "shared"))
#: Contrast that WCAG 2.1 asks of text (level AA).
CONTRAST = 4.5


def shared_file(name: str) -> Path:
    """Return the path of a validation or source file, or skip the test and say why."""
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"{name} is not at hand (set ANALYSIS_SHARED to the folder that has it)")
    return path


def load_hfi(editions: tuple[int, ...] = HFI_EDITIONS) -> pd.DataFrame:
    """Return editions of the Human Freedom Index, one below the other."""
    return pd.concat([load(f"hfi_{edition}") for edition in editions], ignore_index=True)


def luminance(colour: str) -> float:
    """Return the relative luminance after WCAG 2.1: 0 black, 1 white."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
