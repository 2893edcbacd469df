"""Files of published studies, found beside the project or at their pinned addresses; and contrast of colours."""

import functools
import os
import runpy
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pooch
import pytest
import requests
import yaml
from matplotlib.colors import to_rgb

from analysis.data.cards import load_cards
from analysis.data.catalogue import HFI_EDITIONS
from analysis.data.load import load

SHARED = Path(os.environ.get("ANALYSIS_SHARED", Path(__file__).resolve().parents[2] / "shared"))
#: What the pages of the project call.
PAGES = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "docs/functions.py")))
#: Contrast that WCAG 2.1 asks of text (level AA).
CONTRAST = 4.5
#: Silence that ends a download: tests go on without it.
SECONDS = 10


def shared_file(name: str) -> Path:
    """Return the path of a validation or source file, or skip the test: it is not at hand and there is no network."""
    path = SHARED / name
    found = path if path.is_file() else retrieved(path.name)
    if found is None:
        pytest.skip(f"{name} is not at hand, nor its address (ANALYSIS_SHARED names a folder that has it)")
    return found


@functools.cache
def retrieved(file: str) -> Path | None:
    """Return a file from its pinned address, kept in the user's cache; None without a network."""
    url, sha256 = addresses()[file]
    try:
        fetch = pooch.HTTPDownloader(timeout=SECONDS)
        kept = pooch.os_cache("analysis-claims")
        return Path(pooch.retrieve(url, f"sha256:{sha256}", fname=file, path=kept, downloader=fetch))
    except (requests.ConnectionError, requests.Timeout):
        return None


@functools.cache
def addresses() -> dict[str, tuple[str, str]]:
    known = {card.file: (str(card.url), card.sha256) for card in load_cards().values()}
    only = pd.read_csv(Path(__file__).with_name("oracles.csv"), index_col="file")
    return known | {row.Index: (row.url, row.sha256) for row in only.itertuples()}


def load_hfi(editions: tuple[int, ...] = HFI_EDITIONS) -> pd.DataFrame:
    return pd.concat([load(f"hfi_{edition}") for edition in editions], ignore_index=True)


def luminance(colour: str) -> float:
    """Return the relative luminance after WCAG 2.1: 0 black, 1 white."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def cases(name: str) -> list[list[object]]:
    """Return the rows of plain values of a test."""
    return yaml.safe_load(Path(__file__).with_name("cases.yml").read_text(encoding="utf-8"))[name]
