"""Retrieval of source files: cache, then a local mirror, then the pinned URL; refused unless the SHA-256 matches."""

from __future__ import annotations

import os
import re
import time
from functools import partial
from pathlib import Path

import pooch
import requests
import urllib3
from tqdm import tqdm

from analysis.data.cards import Card
from analysis.errors import InputError, RunError

#: Names a folder that holds source files under their card's file name (air-gapped machines).
MIRROR_VARIABLE = "ANALYSIS_MIRROR"
#: Names the cache folder; default: the user's cache folder.
CACHE_VARIABLE = "ANALYSIS_CACHE"
# Silence that ends a download; and all that a download may take: so long, or longer for a file of many bytes.
_TIMEOUT_SECONDS = 30
_LEAST_SECONDS = 120
_LEAST_BYTES_A_SECOND = 20_000
_PIECE_BYTES = 1 << 16
# Addresses are pinned by a commit; the same without it is the newest.
_COMMIT, _PLAIN = re.compile("/[0-9a-f]{40}/"), {"Accept-Encoding": "identity"}


def cache_folder() -> Path:
    """Return the folder that downloaded source files are kept in, by checksum: projects share what is the same."""
    return Path(os.environ.get(CACHE_VARIABLE) or pooch.os_cache("analysis-claims"))


def local_file(card: Card) -> Path | None:
    """Return the path of a source file that is at hand, in the cache or the mirror; None if it is not.

    Raises
    ------
    InputError
        The cache or the mirror cannot be looked into.
    """
    mirror = os.environ.get(MIRROR_VARIABLE)
    folders = {CACHE_VARIABLE: cache_folder() / card.sha256[:16]} | ({MIRROR_VARIABLE: Path(mirror)} if mirror else {})
    for variable, folder in folders.items():
        try:
            if (folder / card.file).is_file():
                return folder / card.file
        except OSError as error:
            remedy = f"let {variable} name a folder that can be read"
            raise InputError(f"not a folder to look into: {error.strerror}", where=variable, remedy=remedy) from None
    return None


def verify(card: Card, path: Path) -> Path:
    """Check a file against its card and return its path.

    Raises
    ------
    InputError
        The file cannot be read, or size or SHA-256 differ from the card.
    """
    try:
        size, found = path.stat().st_size, pooch.file_hash(str(path), alg="sha256")
    except OSError as error:
        raise InputError(f"not readable: {error.strerror}", where=str(path), remedy="look at its permissions") from None
    if (size, found) != (card.bytes, card.sha256):
        said = f"{size} bytes with sha256 {found}, the card says {card.bytes} bytes with {card.sha256[:12]}..."
        raise InputError(said, where=str(path), remedy="delete the file and pull it again, or correct the card")
    return path


def retrieve(card: Card, *, progress: bool = False) -> Path:
    """Return the path of a source file, downloading it (with a progress bar) if it is not at hand.

    Raises
    ------
    InputError
        A file at hand does not match its card.
    RunError
        The download failed or what came does not match the card; nothing is kept.
    """
    if (at_hand := local_file(card)) is not None:
        return verify(card, at_hand)

    downloader, kept = partial(_download, size=card.bytes, progress=progress), cache_folder() / card.sha256[:16]
    try:
        path = pooch.retrieve(str(card.url), f"sha256:{card.sha256}", fname=card.file, path=kept, downloader=downloader)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        reason = str(error) if type(error) is OSError else type(error).__name__
        if isinstance(error, ValueError) and "hash" in str(error):
            reason = "what came does not match the card's sha256"
        remedy = f"try again, or put the file into a folder named by {MIRROR_VARIABLE}"
        raise RunError(f"download failed: {reason}", where=card.file, remedy=remedy) from None
    Path(path).chmod(cache_folder().stat().st_mode & 0o666)  # as the folder is: a cache may be shared
    return Path(path)


def news(card: Card) -> list[str]:
    """Say whether the pinned address still gives a source's file, and whether its repository has another one by now.

    Only the headers are asked for: size and ETag, which is another for other content.
    """
    told: list[str] = []
    tags: list[str | None] = []
    for url in dict.fromkeys([str(card.url), _COMMIT.sub("/HEAD/", str(card.url))]):
        try:
            answer = requests.head(url, timeout=_TIMEOUT_SECONDS, allow_redirects=True, headers=_PLAIN)
            answer.raise_for_status()
        except requests.RequestException as error:
            return [*told, f"{type(error).__name__} at {url}"]
        size, tag = answer.headers.get("Content-Length"), answer.headers.get("ETag")
        if not tags and size != str(card.bytes):
            told.append(f"{size} bytes at its address, {card.bytes} on the card")
        tags.append(tag)
        if tag != tags[0]:
            told.append(f"a newer file of {size} bytes at {url}")
    return told


def _download(url: str, output: str, _: object, *, size: int, progress: bool) -> None:
    """Write what an address gives; more bytes than the card promises, or none for long, end it.

    The downloader of pooch has neither limit.
    """
    last = time.monotonic() + max(_LEAST_SECONDS, size / _LEAST_BYTES_A_SECOND)
    with (
        requests.get(url, stream=True, timeout=_TIMEOUT_SECONDS) as response,
        Path(output).open("wb") as file,
        tqdm(total=size, unit="B", unit_scale=True, disable=not progress) as bar,
    ):
        response.raise_for_status()
        # read1 returns what has come: iter_content would wait for a whole piece, however slowly its bytes drip.
        while piece := response.raw.read1(_PIECE_BYTES, decode_content=True):
            bar.update(file.write(piece))
            if file.tell() > size:
                raise OSError(f"more came than the {size} bytes of the card")
            if time.monotonic() > last:
                raise OSError("too slow")
