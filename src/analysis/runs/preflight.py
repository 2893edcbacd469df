"""What is looked at before a kernel starts, remembered by content: the same bytes need not be looked at again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from analysis.files import file_hash, write_json
from analysis.paths import BUILD, DATA, TABLES
from analysis.runs.staleness import Now

_DECIDES = """
from analysis.claims import lock, register
from analysis.session import parameters
from analysis.data import catalogue, load
"""
# Content that is gone does not come back: without a limit the file would grow with every change.
_MOST_REMEMBERED = 1000


class Preflight:
    """What passed need not be looked at again while library, register, cards and tables are the same, byte for byte."""

    def __init__(self) -> None:
        files = [*sorted(DATA.glob("*.*")), *sorted(TABLES.glob("*.csv"))]
        self._content = "\n".join([Now().library(_DECIDES), *(f"{p.name} {file_hash(p)}" for p in files)])
        self._path = BUILD / "state" / "checked.json"
        try:
            self._passed: list[str] = list(json.loads(self._path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            self._passed = []

    def once(self, what: str, verify: Callable[[], object]) -> None:
        """Verify something unless it has passed on the same content."""
        key = hashlib.sha256(f"{what}\n{self._content}".encode()).hexdigest()
        if key not in self._passed:
            verify()
            self._passed.append(key)

    def save(self) -> None:
        """Remember what has passed, once all of a request has."""
        write_json(self._path, self._passed[-_MOST_REMEMBERED:])


def verify_inputs() -> str:
    """Verify register, lock and every table, so that no run starts on a broken file; return the rules' hash."""
    from analysis.claims.lock import check_lock
    from analysis.claims.register import load_register
    from analysis.data.load import load

    locked = check_lock(load_register())
    for name in _tables():
        load(name)
    return locked


def _tables() -> list[str]:
    from analysis.data.catalogue import CATALOGUE

    return list(CATALOGUE)
