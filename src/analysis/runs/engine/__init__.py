"""The engine: one notebook to execute, how that ended, and what the last executions took."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from analysis.files import write_json
from analysis.paths import BUILD

# jsonschema's optional checker of internationalised addresses compiles its grammars at import: two seconds of every run
# and of every parent of kernels, for a field that no notebook has. Nobody is there to use the kernels' debugger.
sys.modules.update(dict.fromkeys({"rfc3987_syntax", "debugpy"} - sys.modules.keys()))  # type: ignore[arg-type]


class Task(NamedTuple):
    """One notebook to execute: its file, changed parameters, a folder for outputs, a path for the executed copy.

    The session reads the environment's ``variables``; a cell may take ``timeout`` seconds, 0 for any.
    """

    name: str
    path: Path
    parameters: dict[str, Any]
    out: Path
    executed: Path
    variables: Mapping[str, str] = {}
    timeout: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the request of one notebook ended, or that a cell of it takes long.

    A failure is told in five lines: notebook, cell and heading, failing line, error, path of the copy. States are
    ``ok`` executed, ``fresh`` skipped, ``kept`` of an interrupted run, ``failed``, ``waiting`` for one that did, and
    ``still running``. Where the system says it, there is the highest memory of the kernel.
    """

    name: str
    seconds: float = 0.0
    failure: tuple[str, ...] = ()
    state: str = "ok"
    peak_mb: float | None = None


def last_run() -> dict[str, Any]:
    """Return seconds and highest memory of each notebook's last execution, and when it failed, if it did."""
    try:
        noted = json.loads((BUILD / "last_run.json").read_text(encoding="utf-8"))
        return {name: entry for name, entry in noted.items() if isinstance(entry["seconds"], int | float)}
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return {}


def note_last_run(outcomes: Mapping[str, Outcome]) -> None:
    """Note those that were executed, outside of what is published: their seconds are never the same twice."""
    noted: dict[str, Any] = {}
    for one in (outcome for outcome in outcomes.values() if outcome.seconds):
        failed = [f"failed {datetime.now():%Y-%m-%d %H:%M},{line}" for line in one.failure[-1:]]
        noted[one.name] = {"seconds": round(one.seconds, 2), "peak_mb": one.peak_mb, "failed": failed}
    if noted:
        write_json(BUILD / "last_run.json", last_run() | noted)
