"""A copy of the published run with one figure changed, to see the change arrive in every form of the report."""

from __future__ import annotations

import json
import shutil

from analysis.paths import FIGURES


def altered_run(folder, claim, *, found_rank, without=None):
    """Copy the published run and change the rank that one claim's evidence found; leave one figure out."""
    run = folder / "run"
    ignored = shutil.ignore_patterns(f"{without}.svg") if without else None
    shutil.copytree(FIGURES, run, ignore=ignored)
    path = run / "evidence" / f"{claim}.json"
    evidence = json.loads(path.read_text(encoding="utf-8"))
    for found in evidence["found"]:
        if found["vintage"] == evidence["vintage"]:
            found["value"] = found_rank
    path.write_text(json.dumps(evidence), encoding="utf-8")
    return run
