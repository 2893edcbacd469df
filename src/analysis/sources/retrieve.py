"""Retrieval of source files: cache, then a local mirror, then the pinned URL; refused unless the SHA-256 matches."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pooch
import requests

from analysis.errors import InputError, RunError
from analysis.sources.cards import Card

#: Names a folder that holds source files under their card's file name (air-gapped machines).
MIRROR_VARIABLE = "ANALYSIS_MIRROR"
#: Names the cache folder; default: the user's cache folder.
CACHE_VARIABLE = "ANALYSIS_CACHE"
_TIMEOUT_SECONDS = 30


def cache_folder() -> Path:
    """Return the folder that downloaded source files are kept in."""
    return Path(os.environ.get(CACHE_VARIABLE) or pooch.os_cache("analysis-claims"))


def local_file(card: Card) -> Path | None:
    """Return the path of a source file that is at hand, in the cache or the mirror; None if it is not."""
    mirror = os.environ.get(MIRROR_VARIABLE)
    folders = [cache_folder(), *([Path(mirror)] if mirror else [])]
    return next((folder / card.file for folder in folders if (folder / card.file).is_file()), None)


def verify(card: Card, path: Path) -> Path:
    """Check a file against its card.

    Returns
    -------
    Path
        The same path.

    Raises
    ------
    InputError
        Size or SHA-256 differ from the card.
    """
    size, found = path.stat().st_size, pooch.file_hash(str(path), alg="sha256")
    if (size, found) != (card.bytes, card.sha256):
        raise InputError(
            f"{size} bytes with sha256 {found[:12]}..., the card says {card.bytes} bytes with {card.sha256[:12]}...",
            where=str(path),
            remedy="delete the file and pull it again",
        )
    return path


def retrieve(card: Card, *, progress: bool = False) -> Path:
    """Return the path of a source file, downloading it if it is not at hand.

    Parameters
    ----------
    card : Card
        The file's card.
    progress : bool
        Show a progress bar while downloading.

    Raises
    ------
    InputError
        A file at hand does not match its card.
    RunError
        The download failed or what came does not match the card; nothing is kept.
    """
    at_hand = local_file(card)
    if at_hand is not None:
        return verify(card, at_hand)
    downloader = pooch.HTTPDownloader(progressbar=progress, timeout=_TIMEOUT_SECONDS)
    try:
        path = pooch.retrieve(
            str(card.url), f"sha256:{card.sha256}", fname=card.file, path=cache_folder(), downloader=downloader
        )
    except (requests.RequestException, OSError, ValueError) as error:
        remedy = f"try again, or put the file into a folder named by {MIRROR_VARIABLE}"
        raise RunError(f"download failed: {_reason(error)}", where=card.file, remedy=remedy) from None
    return Path(path)


def pull(cards: Iterable[Card], *, progress: bool = False) -> list[Path]:
    """Retrieve several source files, in order."""
    return [retrieve(card, progress=progress) for card in cards]


def _reason(error: Exception) -> str:
    if isinstance(error, ValueError) and "hash" in str(error):
        return "what came does not match the card's sha256"
    return type(error).__name__
