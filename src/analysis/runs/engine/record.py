"""Seconds and memory of each notebook, outside of what is published: they are never the same twice."""

from __future__ import annotations

import json
from typing import Any

from analysis.files import write_json
from analysis.paths import BUILD
from analysis.runs.engine.task import Outcome


def recorded() -> dict[str, Any]:
    """Return seconds, highest memory and state of each notebook's last execution."""
    path = BUILD / "last_run.json"
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
        return {name: entry for name, entry in noted.items() if isinstance(entry["seconds"], int | float)}
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return {}


def record(outcomes: dict[str, Outcome]) -> None:
    """Note those that were executed."""
    executed = {
        name: {"seconds": round(outcome.seconds, 2), "peak_mb": outcome.peak_mb, "state": outcome.state}
        for name, outcome in outcomes.items() if outcome.seconds
    }  # fmt: skip
    if executed:
        write_json(BUILD / "last_run.json", recorded() | executed)
