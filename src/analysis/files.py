"""Writing files whole: a reader sees the old file or the new one, never a part."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import functools
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from analysis.errors import RunError

_TEMPORARY = ".analysis-run-"
_until_the_end = contextlib.ExitStack()


def write_whole(path: Path, content: str | bytes) -> Path:
    """Write a file beside its place and move it there in one step, if it is not there already; return its path."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    if path.is_file() and path.read_bytes() == data:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    with contextlib.ExitStack() as done:
        done.callback(new.unlink, missing_ok=True)
        new.write_bytes(data)
        new.chmod(path.parent.stat().st_mode & 0o666)
        return new.replace(path)


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
def held(folder: Path) -> Iterator[bool]:
    """Hold a folder against any other process, until this ends or is killed; False on a disk that knows no locks."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, alone = os.open(folder, os.O_RDONLY), True
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            remedy = "wait for it, or name another folder with --out"
            raise RunError("another run is making the same outputs", remedy=remedy) from None
        except OSError:
            alone = False
        yield alone
    finally:
        os.close(handle)


@functools.cache
def gather_temporary_files() -> None:
    """Let temporary files of this process and its kernels lie in one folder, and remove those of killed runs."""
    from multiprocessing.util import Finalize  # whoever only reads or moves files does not wait for it

    for left in Path(tempfile.gettempdir()).glob(f"{_TEMPORARY}????????"):
        with contextlib.suppress(OSError, RunError), held(left) as alone:
            if alone:
                shutil.rmtree(left)
    made = Path(tempfile.mkdtemp())
    _until_the_end.enter_context(held(made))  # before it has the name by which others find and remove it
    os.environ["TMPDIR"] = tempfile.tempdir = folder = str(made.rename(made.with_name(_TEMPORARY + made.name[-8:])))
    # After multiprocessing has removed what it has there, at priority -100.
    Finalize(None, shutil.rmtree, (folder,), {"ignore_errors": True}, exitpriority=-200)


def swap(new: Path, old: Path) -> None:
    """Put a folder in the place of another, or of the one that a link names; what was there is then gone.

    Where the system can exchange two folders there is no moment without a whole one. Where it cannot, as with what is
    mounted, the new files replace the old ones one by one.
    """
    old = Path(os.path.realpath(old))
    beside = old.with_name(f".{old.name}.new")
    old.parent.mkdir(parents=True, exist_ok=True)
    elsewhere = new.stat().st_dev != old.parent.stat().st_dev
    try:
        if elsewhere:
            shutil.rmtree(beside, ignore_errors=True)
            new = Path(shutil.move(new, beside))
        if not old.exists():
            new.rename(old)
        elif not _exchange(new, old):
            raise OSError
    except OSError:
        fresh = hashes(new)
        for name in fresh:
            write_whole(old / name, (new / name).read_bytes())
        for name in hashes(old).keys() - fresh:
            (old / name).unlink()
    finally:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(beside, ignore_errors=True)


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
