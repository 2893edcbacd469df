"""What is looked at before a kernel starts, remembered by content: the same bytes need not be looked at again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from analysis.files import file_hash
from analysis.paths import DATA, TABLES
from analysis.runs.staleness import Now, recall

_DECIDES = """
from analysis.claims import lock, register
from analysis.session import parameters
from analysis.data import catalogue, load
"""


def preflight(checks: Mapping[str, Callable[[], object]]) -> None:
    """Make checks, by name, unless they have passed while library, register, cards and tables were the same."""
    files = [*sorted(DATA.glob("*.*")), *sorted(TABLES.glob("*.csv"))]
    content = json.dumps([Now().library(_DECIDES), {path.name: file_hash(path) for path in files}]).encode()
    for what, check in {**checks, "inputs": verify_inputs}.items():
        recall(what, content, check)


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
