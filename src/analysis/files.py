"""Writing files whole: a reader sees the old file or the new one, never a part."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def write_whole(path: Path, content: str | bytes) -> Path:
    """Write a file beside its place and move it there in one step; return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode("utf-8") if isinstance(content, str) else content
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path


def write_json(path: Path, value: Any) -> Path:
    """Write JSON with sorted keys and a final newline, whole."""
    return write_whole(path, json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a folder, by path inside it."""
    return {p.relative_to(folder).as_posix(): file_hash(p) for p in sorted(folder.rglob("*")) if p.is_file()}


@contextlib.contextmanager
def own_folder(parent: Path, prefix: str, suffix: str) -> Iterator[Path]:
    """Give this process a folder of its own for a while, so that two at once never take each other's files.

    The number of the process stands in its name: what processes left that are no more is removed.
    """
    for left in parent.glob(f"{prefix}*{suffix}"):
        try:
            os.kill(next(int(part) for part in left.name.split(".") if part.isdigit()), 0)
        except (ProcessLookupError, StopIteration):
            shutil.rmtree(left, ignore_errors=True)
        except OSError:
            continue  # the process of another user
    path = parent / f"{prefix}{os.getpid()}{suffix}"
    shutil.rmtree(path, ignore_errors=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def add_records(path: Path, records: list[dict[str, Any]], *, key: list[str]) -> Path:
    """Add records to a CSV file, nested values as columns with dots, lists as JSON; the newest of a key stays."""
    import pandas as pd  # whoever only reads or moves files does not wait for it

    def cell(own: Any) -> str:
        return json.dumps(own) if isinstance(own, list) else "" if own is None else str(own)

    there = pd.read_csv(path, dtype=str, keep_default_na=False) if path.is_file() else pd.DataFrame(columns=key)
    rows = [there] + [pd.json_normalize(record).astype(object).map(cell) for record in records]
    return write_whole(path, pd.concat(rows).drop_duplicates(key, keep="last").to_csv(index=False, lineterminator="\n"))


def swap(new: Path, old: Path) -> None:
    """Put a folder in the place of another, which is then gone; both are on one file system.

    Where the system can exchange two folders (Linux, macOS), there is no moment without a whole one. Elsewhere the old
    folder waits under another name until the new one stands, and :func:`restore` puts it back after a crash.
    """
    aside = _aside(old)
    old.parent.mkdir(parents=True, exist_ok=True)
    if old.exists() and _exchange(new, old):
        shutil.rmtree(new)
        return
    shutil.rmtree(aside, ignore_errors=True)
    if old.exists():
        old.rename(aside)
    try:
        new.rename(old)
    except BaseException:
        restore(old)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def restore(folder: Path) -> None:
    """Put back a folder that an interrupted :func:`swap` left aside."""
    aside = _aside(folder)
    if aside.exists() and not folder.exists():
        aside.rename(folder)


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two paths in one step if the system can."""
    names = os.fsencode(one), os.fsencode(other)
    here, exchange = -100, 2  # AT_FDCWD; RENAME_EXCHANGE on Linux, RENAME_SWAP on macOS
    try:
        system = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            return bool(system.renamex_np(*names, exchange) == 0)
        return bool(system.renameat2(here, names[0], here, names[1], exchange) == 0)
    except (AttributeError, OSError, TypeError):
        return False
