"""Checks before a kernel starts, remembered by content: what passed on the same bytes need not be done again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from analysis.errors import InputError
from analysis.files import file_hash, write_json
from analysis.paths import BUILD, DATA, TABLES
from analysis.runs.content import Now

_MAKES_CHECKS = """
from analysis.claims import lock, register
from analysis.session import parameters
from analysis.data import catalogue, load
"""
# Content that is gone does not come back: without a limit the file would grow with every change.
_MOST_REMEMBERED = 1000


class Checks:
    """Checks that need not be done again while library, register, cards and tables are the same, byte for byte."""

    def __init__(self) -> None:
        files = [*sorted(DATA.glob("*.*")), *sorted(TABLES.glob("*.csv"))]
        self._content = "\n".join([Now().library(_MAKES_CHECKS), *(f"{p.name} {file_hash(p)}" for p in files)])
        self._path = BUILD / "state" / "checked.json"
        try:
            self._passed: list[str] = list(json.loads(self._path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            self._passed = []

    def once(self, what: str, check: Callable[[], object]) -> None:
        """Do a check unless it has passed on the same content."""
        key = hashlib.sha256(f"{what}\n{self._content}".encode()).hexdigest()
        if key not in self._passed:
            check()
            self._passed.append(key)

    def parameters(self, notebook: str, values: dict[str, Any]) -> None:
        """Check the parameters of a notebook against its model and its tables."""

        def check() -> None:
            from analysis.session.parameters import check as check_model

            check_model(notebook, values)

        self.once(json.dumps([notebook, values]), check)

    def save(self) -> None:
        """Remember what has passed."""
        write_json(self._path, self._passed[-_MOST_REMEMBERED:])


def preflight() -> str:
    """Check register, lock and every table, so that no run starts on a broken file; return the rules' hash."""
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


def countries(notebook: str, defaults: dict[str, Any], name: str) -> list[str]:
    """Return the countries that the notebook's own checks let through, with the other parameters at their defaults."""
    from analysis.data.load import country_names
    from analysis.session.parameters import check

    def known(code: str) -> bool:
        try:
            check(notebook, defaults | {name: code})
        except InputError:
            return False
        return True

    return [code for code in country_names() if known(code)]
