"""What is made of all notebooks together: the verdicts, from the evidence alone, and the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from analysis.claims.evidence import read_evidence
from analysis.claims.lock import check_lock
from analysis.claims.register import Register, load_register
from analysis.claims.verdicts import as_frame, verdicts
from analysis.files import write_json


def write_summaries(folder: Path) -> list[Path]:
    """Write ``verdicts.json`` and ``results.json`` from the evidence and the numbers in a folder of outputs.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    InputError
        Evidence is damaged, or the rules changed since they were locked.
    """
    records = verdict_records(load_register(), folder)
    numbers = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((folder / "numbers").glob("*.json"))}
    return [write_json(folder / "verdicts.json", records), write_json(folder / "results.json", numbers)]


def verdict_records(register: Register, folder: Path) -> list[dict[str, Any]]:
    """Return the verdict on each claim, made from the evidence in a folder of outputs, as JSON has it."""
    judged = verdicts(register, read_evidence(folder / "evidence"), rules_hash=check_lock(register))
    records: list[dict[str, Any]] = json.loads(as_frame(judged).to_json(orient="records"))
    return records
